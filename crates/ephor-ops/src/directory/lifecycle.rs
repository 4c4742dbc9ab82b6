//! Users and groups that go and come back: deletion, restoring, disabling and enabling (R-B4; T-65).
//!
//! Whoever goes has, may activate and waits for nothing from that instant. Who comes back within 30 days
//! gets what still runs of the assignments, where the other side is there too: a member of a deleted group
//! who is disabled meanwhile has it again once both are back. Activations and requests stay over.

use ephor_core::authority::{self, Ground, Operation, judge};
use ephor_core::credential::Change;
use ephor_core::event::Event;
use ephor_core::group::{Access, Group};
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::principal::{AccountState, User};
use ephor_core::query::{GroupField, Page, Query, UserField};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::restoration::{self, CutShort, RESTORABLE_FOR};
use ephor_core::role::{ObjectId, Role, RoleKind};
use ephor_core::schedule::{Schedule, ScheduleKind};
use ephor_core::time::Instant;
use ephor_store::{PackageScope, ReadTx, StoreError, Tx};

use ephor_core::caller::Caller;

use super::{attempt, dynamic, mail_nickname_is_free, nobody_looks_like};
use crate::authorise::{About, authorise, has_permission, leaves_the_approvers_alone, standing};
use crate::schedule_request::another_administrator;
use crate::{OpError, OpResult};
use crate::{cascade, credential};

/// Something that was deleted and can still be restored.
#[derive(Debug, Clone)]
pub struct Deleted<T> {
    /// What.
    pub what: T,
    /// When it was deleted.
    pub at: Instant,
}

impl<T> Deleted<T> {
    pub(super) fn of((what, at): (T, Instant)) -> Self {
        Self { what, at }
    }
}

/// Since when something must have been deleted to be restored.
pub(super) fn restorable_since(tx: &ReadTx<'_>) -> Instant {
    tx.now().minus(RESTORABLE_FOR)
}

/// Deletes a user: all they had or could activate is over in the same instant, and what they waited for.
pub fn delete_user(tx: &mut Tx<'_>, id: PrincipalId) -> OpResult<()> {
    let attempt = attempt(Operation::DeleteUser, None, None, Some(id), None);
    user_deleted(tx, id).map_err(|error| error.at(attempt))
}

fn user_deleted(tx: &mut Tx<'_>, id: PrincipalId) -> OpResult<()> {
    let caller = tx.caller().clone();
    authorise(tx, &caller, Operation::DeleteUser, About::user(id))?;
    if tx.user(id)?.is_none() {
        return Err(Refusal::not_found(id).into());
    }
    credential::may_change(tx, &caller, Change::Sensitive, id)?;
    if caller.user() == Some(id) {
        return Err(
            Refusal::new(Code::BadRequest, "nobody can delete their own account")
                .hint("ask another Global Administrator")
                .into(),
        );
    }
    another_administrator(tx, id)?;
    let at = tx.now();
    let mut events = vec![Event::UserDeleted { user: id, at }];
    events.extend(failed(tx, None, Some(id))?);
    Ok(tx.record(&events)?)
}

/// Deletes a group: it grants nothing and holds nothing from that instant (R-B4).
pub fn delete_group(tx: &mut Tx<'_>, id: GroupId) -> OpResult<()> {
    let attempt = attempt(Operation::DeleteGroup, Some(id), None, None, None);
    group_deleted(tx, id).map_err(|error| error.at(attempt))
}

fn group_deleted(tx: &mut Tx<'_>, id: GroupId) -> OpResult<()> {
    let caller = tx.caller().clone();
    has_permission(&caller, Operation::DeleteGroup, RoleKind::Group)?;
    let group = tx
        .group(id)?
        .ok_or_else(|| OpError::from(Refusal::not_found(id)))?;
    authorise(tx, &caller, Operation::DeleteGroup, About::group(&group))?;
    let at = tx.now();
    let lost = cascade::of_deleted_group(tx, id)?;
    let mut events = vec![Event::GroupDeleted { group: id, at }];
    events.extend(failed(tx, Some(id), None)?);
    tx.record(&events)?;
    Ok(cascade::record(tx, lost)?)
}

/// The end of all that waits about this group, or for this principal.
fn failed(
    tx: &ReadTx<'_>,
    group: Option<GroupId>,
    principal: Option<PrincipalId>,
) -> Result<Vec<Event>, StoreError> {
    let waiting = tx.waiting_requests(group, principal)?;
    Ok(waiting
        .iter()
        .map(|request| restoration::fail(request, tx.now()))
        .collect())
}

/// Groups that can be restored, a page of them; the latest deletion first.
pub fn deleted_groups(
    tx: &ReadTx<'_>,
    caller: &Caller,
    query: &Query<GroupField>,
) -> OpResult<Page<Deleted<Group>>> {
    authorise(tx, caller, Operation::ReadDeletedGroups, About::NOTHING)?;
    let page = tx.deleted_groups(restorable_since(tx), query)?;
    Ok(page.map(Deleted::of))
}

/// Users that can be restored, a page of them; the latest deletion first.
pub fn deleted_users(
    tx: &ReadTx<'_>,
    caller: &Caller,
    query: &Query<UserField>,
) -> OpResult<Page<Deleted<User>>> {
    authorise(tx, caller, Operation::ReadDeletedUsers, About::NOTHING)?;
    let page = tx.deleted_users(restorable_since(tx), query)?;
    Ok(page.map(Deleted::of))
}

/// Restores a deleted group: managed as before, with its policies and what still runs of its assignments
/// (R-B4).
pub fn restore_group(tx: &mut Tx<'_>, id: GroupId) -> OpResult<Group> {
    let attempt = attempt(Operation::RestoreGroup, Some(id), None, None, None);
    group_restored(tx, id).map_err(|error| error.at(attempt))
}

fn group_restored(tx: &mut Tx<'_>, id: GroupId) -> OpResult<Group> {
    let caller = tx.caller().clone();
    has_permission(&caller, Operation::RestoreGroup, RoleKind::Group)?;
    let about = About::object_id(tx, ObjectId::Group(id))?;
    authority::has_permission(Operation::RestoreGroup, about.target, &caller)?;
    let mut grounds = standing(tx, &caller, Operation::RestoreGroup, about)?;
    let back = {
        let cut = tx.cut_short_with_group(id)?;
        brought_back(tx, &cut)?
    };
    if back
        .iter()
        .any(|event| owns_again(event, id, &caller, tx.now()))
    {
        grounds = grounds.and(Ground::ActiveOwner);
    }
    judge(Operation::RestoreGroup, about.target, &caller, &grounds)?;
    let since = restorable_since(tx);
    let (group, _) = tx
        .deleted_group(id)?
        .filter(|(_, deleted_at)| *deleted_at > since)
        .ok_or_else(|| OpError::from(Refusal::not_found(id)))?;
    leaves_the_approvers_alone(tx, &caller, Operation::RestoreGroup, id)?;
    tx.may_grant()?;
    if group.kind.is_unified() {
        mail_nickname_is_free(tx, &group.mail_nickname, Some(id))?;
    }
    let at = tx.now();
    let mut events = vec![Event::GroupRestored { group: id, at }];
    events.extend(back);
    tx.record(&events)?;
    dynamic::settle_group(tx, &group)?;
    Ok(group)
}

/// Whether by this the caller owns the group again: whoever owned it when it was deleted, and still would, may
/// restore it (`directory.md` 4.3 and 7.1).
fn owns_again(event: &Event, group: GroupId, caller: &Caller, now: Instant) -> bool {
    let Event::ScheduleRestored { schedule, .. } = event else {
        return false;
    };
    schedule.kind == ScheduleKind::Active
        && schedule.role() == Role::of(group, Access::Owner)
        && caller.user() == Some(schedule.principal.id)
        && schedule.span.covers(now)
}

/// Restores a deleted user with what still runs of their assignments. Their password and their directory
/// roles are not brought back: whoever restores them decides anew about both.
pub fn restore_user(tx: &mut Tx<'_>, id: PrincipalId) -> OpResult<User> {
    let attempt = attempt(Operation::RestoreUser, None, None, Some(id), None);
    user_restored(tx, id).map_err(|error| error.at(attempt))
}

fn user_restored(tx: &mut Tx<'_>, id: PrincipalId) -> OpResult<User> {
    let caller = tx.caller().clone();
    authorise(tx, &caller, Operation::RestoreUser, About::NOTHING)?;
    let since = restorable_since(tx);
    let (user, _) = tx
        .deleted_user(id)?
        .filter(|(_, deleted_at)| *deleted_at > since)
        .ok_or_else(|| OpError::from(Refusal::not_found(id)))?;
    credential::may_change(tx, &caller, Change::Sensitive, id)?;
    tx.may_grant()?;
    // Names are used again, ids never: the name may have gone to somebody else meanwhile (T-65).
    if let Some(other) = tx.user_by_name(&user.user_principal_name)? {
        return Err(Refusal::new(
            Code::KeyExists,
            format!(
                "another user, `{}`, has the userPrincipalName `{}` now",
                other.id, user.user_principal_name
            ),
        )
        .about("userPrincipalName")
        .hint("delete or rename the other one first")
        .into());
    }
    nobody_looks_like(tx, &user.user_principal_name, Some(id))?;
    let at = tx.now();
    let mut events = vec![Event::UserRestored { user: id, at }];
    events.extend(back_with_user(tx, id, user.account, &[RoleKind::Group])?);
    tx.record(&events)?;
    dynamic::settle_user(tx, id)?;
    Ok(user)
}

/// Disables an account, or enables it again. Disabled, it has, may activate, decides and waits for nothing;
/// enabled again, it has what still runs of its assignments.
pub fn set_account(tx: &mut Tx<'_>, id: PrincipalId, account: AccountState) -> OpResult<User> {
    let detail = match account {
        AccountState::Enabled => "enable",
        AccountState::Disabled => "disable",
    };
    let attempt = attempt(
        Operation::SetAccount,
        None,
        None,
        Some(id),
        Some(detail.into()),
    );
    account_set(tx, id, account).map_err(|error| error.at(attempt))
}

pub(super) fn account_set(
    tx: &mut Tx<'_>,
    id: PrincipalId,
    account: AccountState,
) -> OpResult<User> {
    let caller = tx.caller().clone();
    authorise(tx, &caller, Operation::SetAccount, About::user(id))?;
    let user = tx
        .user(id)?
        .ok_or_else(|| OpError::from(Refusal::not_found(id)))?;
    credential::may_change(tx, &caller, Change::Sensitive, id)?;
    if user.account == account {
        return Ok(user);
    }
    let at = tx.now();
    let events = match account {
        AccountState::Disabled => {
            if caller.user() == Some(id) {
                return Err(
                    Refusal::new(Code::BadRequest, "nobody can disable their own account")
                        .hint("ask another Global Administrator")
                        .into(),
                );
            }
            another_administrator(tx, id)?;
            let mut events = vec![Event::AccountDisabled { user: id, at }];
            events.extend(failed(tx, None, Some(id))?);
            events
        }
        AccountState::Enabled => {
            tx.may_grant()?;
            let mut events = vec![Event::AccountEnabled { user: id, at }];
            let of = [RoleKind::Group, RoleKind::Directory];
            events.extend(back_with_user(tx, id, account, &of)?);
            events
        }
    };
    tx.record(&events)?;
    dynamic::settle_user(tx, id)?;
    Ok(User { account, ..user })
}

/// What comes back of roles of these kinds.
fn back_with_user(
    tx: &mut Tx<'_>,
    id: PrincipalId,
    account: AccountState,
    of: &[RoleKind],
) -> Result<Vec<Event>, StoreError> {
    match account {
        AccountState::Disabled => Ok(Vec::new()),
        AccountState::Enabled => {
            let mut cut = tx.cut_short_with_user(id)?;
            cut.retain(|cut| of.contains(&cut.schedule.role().kind()));
            brought_back(tx, &cut)
        }
    }
}

fn brought_back(tx: &mut Tx<'_>, cut: &[CutShort]) -> Result<Vec<Event>, StoreError> {
    let now = tx.now();
    let mut events = Vec::new();
    for cut in cut {
        if still_given(tx, &cut.schedule)? {
            events.extend(restoration::bring_back(cut, now, tx.ids()));
        }
    }
    Ok(events)
}

/// What a package gave comes back only while its holder has the package and the package has the role: either
/// may have gone in between.
fn still_given(tx: &ReadTx<'_>, grant: &Schedule) -> Result<bool, StoreError> {
    let Some(assignment) = grant.package() else {
        return Ok(true);
    };
    let found = tx.package_assignments(PackageScope::Assignment(assignment))?;
    let Some(assignment) = found.first() else {
        return Ok(false);
    };
    let package = tx.package(assignment.package)?;
    Ok(package.is_some_and(|package| {
        package
            .roles
            .iter()
            .any(|role| (role.gives(), role.role.kind()) == (grant.role(), grant.kind))
    }))
}
