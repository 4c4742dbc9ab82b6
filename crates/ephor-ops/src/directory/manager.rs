//! Whom somebody reports to, and who reports to them (`directory.md` section 3).

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::event::Event;
use ephor_core::id::PrincipalId;
use ephor_core::principal::User;
use ephor_core::query::{Comparison, Literal, Page, Predicate, Query, UserField};
use ephor_core::refusal::{Code, Refusal};
use ephor_store::{ReadTx, Tx};

use super::{UserKey, attempt, dynamic, user};
use crate::OpResult;
use crate::authorise::{About, authorise};

/// The user that somebody reports to. Whoever reports to nobody, or to somebody who was deleted, has none.
pub fn manager(tx: &ReadTx<'_>, caller: &Caller, key: &UserKey) -> OpResult<User> {
    let of = user(tx, caller, key)?;
    authorise(tx, caller, Operation::ReadUsers, About::NOTHING)?;
    let found = match of.manager {
        Some(id) => tx.user(id)?,
        None => None,
    };
    found.ok_or_else(|| Refusal::not_found("manager").into())
}

/// Those who report to somebody, a page of them.
pub fn direct_reports(
    tx: &ReadTx<'_>,
    caller: &Caller,
    key: &UserKey,
    query: &Query<UserField>,
) -> OpResult<Page<User>> {
    let of = user(tx, caller, key)?;
    authorise(tx, caller, Operation::ReadUsers, About::NOTHING)?;
    let theirs = Predicate::Compare(
        UserField::Manager,
        Comparison::Eq,
        Literal::Text(of.id.to_string()),
    );
    let filter = match &query.filter {
        None => theirs,
        Some(asked) => Predicate::And(Box::new(theirs), Box::new(asked.clone())),
    };
    let query = Query {
        filter: Some(filter),
        ..query.clone()
    };
    Ok(tx.list_users(&query)?)
}

/// Says whom somebody reports to; `None` is nobody.
pub fn set_manager(tx: &mut Tx<'_>, key: &UserKey, manager: Option<PrincipalId>) -> OpResult<()> {
    let caller = tx.caller().clone();
    let named = |id| {
        let detail = manager.map_or_else(|| "no manager".into(), |id| format!("manager {id}"));
        attempt(Operation::UpdateUser, None, None, id, Some(detail))
    };
    let of = match key {
        UserKey::Id(id) => *id,
        UserKey::Name(_) | UserKey::Me => {
            user(tx, &caller, key)
                .map_err(|error| error.at(named(None)))?
                .id
        }
    };
    manager_set(tx, of, manager).map_err(|error| error.at(named(Some(of))))
}

fn manager_set(tx: &mut Tx<'_>, id: PrincipalId, manager: Option<PrincipalId>) -> OpResult<()> {
    let caller = tx.caller().clone();
    authorise(tx, &caller, Operation::UpdateUser, About::NOTHING)?;
    let before = tx.user(id)?.ok_or_else(|| Refusal::not_found(id))?;
    if let Some(manager) = manager {
        tx.user(manager)?
            .ok_or_else(|| Refusal::not_found(manager))?;
        if manager == id {
            return Err(
                Refusal::new(Code::BadRequest, "nobody can be their own manager")
                    .about("manager")
                    .into(),
            );
        }
    }
    if before.manager == manager {
        return Ok(());
    }
    let after = User {
        manager,
        ..before.clone()
    };
    let at = tx.now();
    tx.record(&[Event::UserChanged {
        at,
        before: Box::new(before),
        after: Box::new(after),
    }])?;
    dynamic::settle_user(tx, id)
}
