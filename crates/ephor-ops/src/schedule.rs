//! Schedules and their instances: who may see which, and reading them (`pim-groups.md` 1.2 and 1.4).

use ephor_core::authority::{Ground, Operation, judge};
use ephor_core::caller::Caller;
use ephor_core::group::Access;
use ephor_core::id::{GrantId, GroupId, PrincipalId, ScheduleId};
use ephor_core::principal::PrincipalKind;
use ephor_core::query::{Page, Query, ScheduleField, ScheduleView, Scope};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::role::{Role, RoleKind};
use ephor_core::schedule::{Schedule, ScheduleKind};
use ephor_store::ReadTx;

use crate::authorise::{About, has_permission, is_signed_in, standing};
use crate::{OpError, OpResult};

/// Whose rows a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those that the filter names: of groups' roles it must name a group or a principal.
    Filtered,
    /// Those whose principal is the caller.
    Mine,
    /// Requests that the caller made.
    MadeByMe,
    /// Requests that wait, or have waited, for the caller to decide.
    ForMeToDecide,
}

/// What clients call a schedule by: a group's by its whole id, a directory role's by the last part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleKey {
    /// Of a group's role.
    Group(ScheduleId),
    /// Of a directory role.
    Directory(GrantId),
}

impl ScheduleKey {
    /// What kind of role it is of.
    pub const fn of(self) -> RoleKind {
        match self {
            Self::Group(_) => RoleKind::Group,
            Self::Directory(_) => RoleKind::Directory,
        }
    }
}

impl From<ScheduleId> for ScheduleKey {
    fn from(id: ScheduleId) -> Self {
        match id.role.kind() {
            RoleKind::Group => Self::Group(id),
            RoleKind::Directory => Self::Directory(id.grant),
        }
    }
}

impl From<GrantId> for ScheduleKey {
    fn from(grant: GrantId) -> Self {
        Self::Directory(grant)
    }
}

impl std::fmt::Display for ScheduleKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Group(id) => id.fmt(f),
            Self::Directory(grant) => grant.fmt(f),
        }
    }
}

/// A schedule that the caller may see.
pub fn get(
    tx: &ReadTx<'_>,
    caller: &Caller,
    kind: ScheduleKind,
    view: ScheduleView,
    key: impl Into<ScheduleKey>,
) -> OpResult<Schedule> {
    let operation = read_operation(kind);
    let key = key.into();
    has_permission(caller, operation, key.of())?;
    let now = tx.now();
    let shown = |schedule: &Schedule| match view {
        ScheduleView::Schedules => true,
        ScheduleView::Instances => schedule.span.covers(now),
    };
    let found = match key {
        ScheduleKey::Group(id) if id.role.kind() == RoleKind::Group => tx.schedule(kind, id)?,
        ScheduleKey::Group(_) => None,
        ScheduleKey::Directory(grant) => tx.directory_schedule(kind, grant)?,
    };
    let schedule = found
        .filter(shown)
        .ok_or_else(|| OpError::from(Refusal::not_found(key)))?;
    if !is_through_a_group(tx, caller, &schedule)? {
        let (role, principal) = (schedule.role(), schedule.principal.id);
        may_see(tx, caller, operation, role, principal, key)?;
    }
    Ok(schedule)
}

/// Whether it is an eligibility of a group that the caller is an active member of: theirs too (R-E6); or a
/// directory role that such a group has (R-H3).
pub(crate) fn is_through_a_group(
    tx: &ReadTx<'_>,
    caller: &Caller,
    schedule: &Schedule,
) -> OpResult<bool> {
    let is_theirs =
        schedule.kind == ScheduleKind::Eligible || schedule.role().kind() == RoleKind::Directory;
    match (caller.user(), schedule.principal.kind) {
        (Some(me), PrincipalKind::Group) if is_theirs => {
            is_signed_in(tx, caller)?;
            let through = schedule.principal.id.as_group();
            Ok(tx.holds(through, Access::Member, me)?)
        }
        (_, _) => Ok(false),
    }
}

/// Schedules or instances that the caller may see, a page of them.
pub fn list(
    tx: &ReadTx<'_>,
    caller: &Caller,
    kind: ScheduleKind,
    view: ScheduleView,
    of: RoleKind,
    whose: Whose,
    query: &Query<ScheduleField>,
) -> OpResult<Page<Schedule>> {
    let named = |field| {
        query
            .filter
            .as_ref()
            .and_then(|filter| filter.required_text(field))
    };
    let scope = list_scope(
        tx,
        caller,
        read_operation(kind),
        of,
        whose,
        named(ScheduleField::GroupId),
        named(ScheduleField::PrincipalId),
    )?;
    match scope {
        Some(scope) => Ok(tx.list_schedules(kind, view, of, scope, query)?),
        None => Ok(Page {
            rows: Vec::new(),
            more: false,
            last: None,
            count: query.count.then_some(0),
        }),
    }
}

const fn read_operation(kind: ScheduleKind) -> Operation {
    match kind {
        ScheduleKind::Eligible => Operation::ReadEligibility,
        ScheduleKind::Active => Operation::ReadAssignments,
    }
}

/// "Not found" unless the caller may see rows of this role and principal: what a caller may not see does
/// not exist for them.
pub(crate) fn may_see(
    tx: &ReadTx<'_>,
    caller: &Caller,
    operation: Operation,
    role: Role,
    principal: PrincipalId,
    id: impl std::fmt::Display,
) -> OpResult<()> {
    let about = About::role(tx, role)?.of(Some(principal));
    let standing = standing(tx, caller, operation, about)?;
    judge(operation, about.target, caller, &standing)
        .map(|_| ())
        .map_err(|_| Refusal::not_found(id).into())
}

/// Which rows the caller may be shown of those asked for; `None` where there can be none. A list that the
/// caller has no right to is refused whatever it holds.
pub(crate) fn list_scope(
    tx: &ReadTx<'_>,
    caller: &Caller,
    operation: Operation,
    of: RoleKind,
    whose: Whose,
    group: Option<&str>,
    principal: Option<&str>,
) -> OpResult<Option<Scope>> {
    has_permission(caller, operation, of)?;
    let me = || {
        caller.user().ok_or_else(|| {
            OpError::from(Refusal::new(
                Code::Denied,
                "this list is a person's own, and no person is signed in",
            ))
        })
    };
    let own = match whose {
        Whose::Mine => Some(Scope::Own(me()?)),
        Whose::MadeByMe => Some(Scope::CreatedBy(me()?)),
        Whose::ForMeToDecide => Some(Scope::Approver(me()?)),
        Whose::Filtered => None,
    };
    if own.is_some() {
        is_signed_in(tx, caller)?;
        return Ok(own);
    }
    // An id that cannot be one matches nothing; whether the caller may ask is judged all the same.
    let principal = principal.map(|text| text.parse::<PrincipalId>());
    let asked_for = principal.as_ref().and_then(|id| id.as_ref().ok().copied());
    match of {
        RoleKind::Group => {}
        // Of directory roles there are few, so whoever runs or watches them may list all.
        RoleKind::Directory => {
            let about = About::directory_role().of(asked_for);
            let standing = standing(tx, caller, operation, about)?;
            judge(operation, about.target, caller, &standing)?;
            return Ok(match principal.transpose() {
                Ok(Some(principal)) => Some(Scope::Principal(principal)),
                Ok(None) => Some(Scope::All),
                Err(_) => None,
            });
        }
    }
    if group.is_none() && principal.is_none() {
        return Err(Refusal::new(
            Code::InvalidFilter,
            "the list needs a $filter that names a group or a principal",
        )
        .hint("add $filter=groupId eq '…' or $filter=principalId eq '…'")
        .into());
    }
    let group = group.map(|text| text.parse::<GroupId>());
    let about = match group.as_ref().and_then(|id| id.as_ref().ok().copied()) {
        Some(group) => About::role(tx, Role::of(group, Access::Member))?,
        None => About::every(of),
    };
    let about = about.of(asked_for);
    let standing = standing(tx, caller, operation, about)?;
    let ground = judge(operation, about.target, caller, &standing)?;
    let (Ok(group), Ok(principal)) = (group.transpose(), principal.transpose()) else {
        return Ok(None);
    };
    Ok(Some(match (ground, group, principal) {
        (Ground::Oneself, Some(group), Some(me)) => Scope::GroupAndPrincipal(group, me),
        (Ground::Oneself, None, Some(me)) => Scope::Principal(me),
        (_, Some(group), Some(principal)) => Scope::GroupAndPrincipal(group, principal),
        (_, Some(group), None) => Scope::Group(group),
        (_, None, Some(principal)) => Scope::Principal(principal),
        (_, None, None) => return Ok(None),
    }))
}
