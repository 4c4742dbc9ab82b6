//! Bringing groups under management: discover what can be, and bring it in (R-B1 to R-B3).

use ephor_core::authority::{Ground, Operation, judge};
use ephor_core::caller::Caller;
use ephor_core::event::{Attempt, Event};
use ephor_core::group::Group;
use ephor_core::id::GroupId;
use ephor_core::query::{Comparison, GroupField, Literal, Page, Predicate, Query};
use ephor_core::refusal::{Code, Refusal};
use ephor_store::{ReadTx, Tx};

use crate::authorise::{About, authorise, has_permission, standing};
use crate::schedule_request::manageable;
use crate::{OpError, OpResult};

/// How many groups one call brings in at most.
pub const MANY_MAX: usize = 100;

/// Groups that the caller may bring in and that are not in yet, those among them that can't be, too, a page
/// of them: an administrator's are all, anybody else's those they own.
pub fn discover(
    tx: &ReadTx<'_>,
    caller: &Caller,
    query: &Query<GroupField>,
) -> OpResult<Page<Group>> {
    has_permission(caller, Operation::ManageGroup)?;
    let standing = standing(tx, caller, About::NOTHING)?;
    let not_managed =
        Predicate::Compare(GroupField::IsManaged, Comparison::Eq, Literal::Bool(false));
    let mut query = query.clone();
    query.filter = Some(both(not_managed, query.filter));
    if !standing.has(Ground::GlobalAdministrator) && !standing.has(Ground::Application) {
        let Some(me) = caller.user() else {
            judge(Operation::ManageGroup, caller, standing)?;
            return Ok(nothing(&query));
        };
        let owned = tx.owned_groups(me)?;
        if owned.is_empty() {
            return Ok(nothing(&query));
        }
        let owned = owned
            .into_iter()
            .map(|id| Literal::Text(id.to_string()))
            .collect();
        query.filter = Some(both(Predicate::In(GroupField::Id, owned), query.filter));
    }
    Ok(tx.list_groups(&query)?)
}

/// Groups under management, a page of them: any person of the directory may know which (`pim-groups.md` 1.6).
pub fn managed(
    tx: &ReadTx<'_>,
    caller: &Caller,
    query: &Query<GroupField>,
) -> OpResult<Page<Group>> {
    authorise(tx, caller, Operation::ListManagedGroups, About::NOTHING)?;
    let is_managed = Predicate::Compare(GroupField::IsManaged, Comparison::Eq, Literal::Bool(true));
    let mut query = query.clone();
    query.filter = Some(both(is_managed, query.filter));
    Ok(tx.list_groups(&query)?)
}

fn both<F>(one: Predicate<F>, other: Option<Predicate<F>>) -> Predicate<F> {
    match other {
        Some(other) => Predicate::And(Box::new(one), Box::new(other)),
        None => one,
    }
}

fn nothing<T>(query: &Query<GroupField>) -> Page<T> {
    Page {
        rows: Vec::new(),
        more: false,
        count: query.count.then_some(0),
    }
}

/// Brings one group under management, for good (R-B3). One that is in already stays as it is.
pub fn manage(tx: &mut Tx<'_>, id: GroupId) -> OpResult<Group> {
    let attempt = Attempt {
        operation: Operation::ManageGroup.name().to_owned(),
        group: Some(id),
        access: None,
        principal: None,
        detail: None,
    };
    brought_in(tx, id).map_err(|error| error.at(attempt))
}

fn brought_in(tx: &mut Tx<'_>, id: GroupId) -> OpResult<Group> {
    let caller = tx.caller().clone();
    has_permission(&caller, Operation::ManageGroup)?;
    let mut group = tx
        .group(id)?
        .ok_or_else(|| OpError::from(Refusal::not_found(id)))?;
    manageable(&group, Code::InvalidRequest)?;
    authorise(tx, &caller, Operation::ManageGroup, About::group(id))?;
    if !group.is_managed() {
        let at = tx.now();
        tx.record(&[Event::GroupManaged { group: id, at }])?;
        group.managed_since = Some(at);
    }
    Ok(group)
}
