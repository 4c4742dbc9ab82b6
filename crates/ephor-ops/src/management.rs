//! Bringing groups under management: discover what can be, and bring it in (R-B1 to R-B3).

use ephor_core::authority::{Operation, Target, judge};
use ephor_core::caller::Caller;
use ephor_core::event::{Attempt, Event};
use ephor_core::group::Group;
use ephor_core::id::GroupId;
use ephor_core::query::{Comparison, GroupField, Literal, Page, Predicate, Query};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::role::RoleKind;
use ephor_store::{ReadTx, Tx};

use crate::authorise::{About, authorise, has_permission, standing};
use crate::schedule_request::manageable;
use crate::{OpError, OpResult};

/// How many groups one call brings in at most.
pub const MANY_MAX: usize = 100;

/// Groups that the caller may bring in and that are not in yet, those among them that can't be, too, a page
/// of them: an administrator's are all of the kinds that their roles are for (R-B5, R-B6), anybody else's those
/// they own.
pub fn discover(
    tx: &ReadTx<'_>,
    caller: &Caller,
    query: &Query<GroupField>,
) -> OpResult<Page<Group>> {
    has_permission(caller, Operation::ManageGroup, RoleKind::Group)?;
    let standing = standing(
        tx,
        caller,
        Operation::ManageGroup,
        About::every(RoleKind::Group),
    )?;
    let may_all = |target| judge(Operation::ManageGroup, target, caller, &standing).is_ok();
    let not_managed =
        Predicate::Compare(GroupField::IsManaged, Comparison::Eq, Literal::Bool(false));
    let mut query = query.clone();
    query.filter = Some(both(not_managed, query.filter));
    let theirs = match (may_all(Target::Group), may_all(Target::RoleAssignable)) {
        (true, true) => None,
        (ordinary, protected) => {
            let owned = match caller.user() {
                Some(me) => tx.owned_groups(me)?,
                None if ordinary || protected => Vec::new(),
                None => {
                    judge(Operation::ManageGroup, Target::Group, caller, &standing)?;
                    Vec::new()
                }
            };
            let owned = owned.into_iter().map(|id| Literal::Text(id.to_string()));
            let owned = Predicate::In(GroupField::Id, owned.collect());
            let of_class = |flag| {
                let field = GroupField::IsAssignableToRole;
                Predicate::Compare(field, Comparison::Eq, Literal::Bool(flag))
            };
            Some(match (ordinary, protected) {
                (true, _) => Predicate::Or(Box::new(owned), Box::new(of_class(false))),
                (false, true) => Predicate::Or(Box::new(owned), Box::new(of_class(true))),
                (false, false) => owned,
            })
        }
    };
    if let Some(theirs) = theirs {
        query.filter = Some(both(theirs, query.filter));
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

/// Brings one group under management, for good (R-B3). One that is in already stays as it is.
pub fn manage(tx: &mut Tx<'_>, id: GroupId) -> OpResult<Group> {
    let attempt = Attempt {
        operation: Operation::ManageGroup.name().to_owned(),
        group: Some(id),
        access: None,
        definition: None,
        principal: None,
        detail: None,
    };
    brought_in(tx, id).map_err(|error| error.at(attempt))
}

fn brought_in(tx: &mut Tx<'_>, id: GroupId) -> OpResult<Group> {
    let caller = tx.caller().clone();
    has_permission(&caller, Operation::ManageGroup, RoleKind::Group)?;
    let mut group = tx
        .group(id)?
        .ok_or_else(|| OpError::from(Refusal::not_found(id)))?;
    manageable(tx, &group, Code::InvalidRequest)?;
    authorise(tx, &caller, Operation::ManageGroup, About::group(&group))?;
    if !group.is_managed() {
        let at = tx.now();
        tx.record(&[Event::GroupManaged { group: id, at }])?;
        group.managed_since = Some(at);
    }
    Ok(group)
}
