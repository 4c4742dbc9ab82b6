//! Schedules and their instances: who may see which, and reading them (`pim-groups.md` 1.2 and 1.4).

use ephor_core::authority::{Ground, Operation, judge};
use ephor_core::caller::Caller;
use ephor_core::group::Access;
use ephor_core::id::{GroupId, PrincipalId, ScheduleId};
use ephor_core::principal::PrincipalKind;
use ephor_core::query::{Page, Query, ScheduleField, ScheduleView, Scope};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::schedule::{Schedule, ScheduleKind};
use ephor_store::ReadTx;

use crate::authorise::{About, has_permission, standing};
use crate::{OpError, OpResult};

/// Whose rows a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those that the filter names: it must name a group or a principal.
    Filtered,
    /// Those whose principal is the caller.
    Mine,
    /// Requests that the caller made.
    MadeByMe,
    /// Requests that wait, or have waited, for the caller to decide.
    ForMeToDecide,
}

/// A schedule that the caller may see.
pub fn get(
    tx: &ReadTx<'_>,
    caller: &Caller,
    kind: ScheduleKind,
    view: ScheduleView,
    id: ScheduleId,
) -> OpResult<Schedule> {
    let operation = read_operation(kind);
    has_permission(caller, operation)?;
    let now = tx.now();
    let shown = |schedule: &Schedule| match view {
        ScheduleView::Schedules => true,
        ScheduleView::Instances => schedule.span.covers(now),
    };
    let schedule = tx
        .schedule(kind, id)?
        .filter(shown)
        .ok_or_else(|| OpError::from(Refusal::not_found(id)))?;
    if !is_through_a_group(tx, caller, &schedule)? {
        may_see(tx, caller, operation, id.group, schedule.principal.id, id)?;
    }
    Ok(schedule)
}

/// Whether it is an eligibility of a group that the caller is an active member of: theirs too (R-E6).
pub(crate) fn is_through_a_group(
    tx: &ReadTx<'_>,
    caller: &Caller,
    schedule: &Schedule,
) -> OpResult<bool> {
    match (caller.user(), schedule.kind, schedule.principal.kind) {
        (Some(me), ScheduleKind::Eligible, PrincipalKind::Group) => {
            standing(tx, caller, About::NOTHING)?;
            let through = schedule.principal.id.as_group();
            Ok(tx.holds(through, Access::Member, me)?)
        }
        (_, _, _) => Ok(false),
    }
}

/// Schedules or instances that the caller may see, a page of them.
pub fn list(
    tx: &ReadTx<'_>,
    caller: &Caller,
    kind: ScheduleKind,
    view: ScheduleView,
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
        whose,
        named(ScheduleField::GroupId),
        named(ScheduleField::PrincipalId),
    )?;
    match scope {
        Some(scope) => Ok(tx.list_schedules(kind, view, scope, query)?),
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

/// "Not found" unless the caller may see rows of this group and principal: what a caller may not see does
/// not exist for them.
pub(crate) fn may_see(
    tx: &ReadTx<'_>,
    caller: &Caller,
    operation: Operation,
    group: GroupId,
    principal: PrincipalId,
    id: impl std::fmt::Display,
) -> OpResult<()> {
    let standing = standing(
        tx,
        caller,
        About {
            group: Some(group),
            principal: Some(principal),
        },
    )?;
    judge(operation, caller, standing)
        .map(|_| ())
        .map_err(|_| Refusal::not_found(id).into())
}

/// Which rows the caller may be shown of those asked for; `None` where there can be none. A list that the
/// caller has no right to is refused whatever it holds.
pub(crate) fn list_scope(
    tx: &ReadTx<'_>,
    caller: &Caller,
    operation: Operation,
    whose: Whose,
    group: Option<&str>,
    principal: Option<&str>,
) -> OpResult<Option<Scope>> {
    has_permission(caller, operation)?;
    let me = || {
        caller.user().ok_or_else(|| {
            OpError::from(Refusal::new(
                Code::Denied,
                "this list is a person's own, and no person is signed in",
            ))
        })
    };
    match whose {
        Whose::Mine => {
            let me = me()?;
            standing(tx, caller, About::NOTHING)?;
            return Ok(Some(Scope::Own(me)));
        }
        Whose::MadeByMe => {
            let me = me()?;
            standing(tx, caller, About::NOTHING)?;
            return Ok(Some(Scope::CreatedBy(me)));
        }
        Whose::ForMeToDecide => {
            let me = me()?;
            standing(tx, caller, About::NOTHING)?;
            return Ok(Some(Scope::Approver(me)));
        }
        Whose::Filtered => {}
    }
    if group.is_none() && principal.is_none() {
        return Err(Refusal::new(
            Code::InvalidFilter,
            "the list needs a $filter that names a group or a principal",
        )
        .hint("add $filter=groupId eq '…' or $filter=principalId eq '…'")
        .into());
    }
    // An id that cannot be one matches nothing; whether the caller may ask is judged all the same.
    let group = group.map(|text| text.parse::<GroupId>());
    let principal = principal.map(|text| text.parse::<PrincipalId>());
    let about = About {
        group: group.as_ref().and_then(|id| id.as_ref().ok().copied()),
        principal: principal.as_ref().and_then(|id| id.as_ref().ok().copied()),
    };
    let standing = standing(tx, caller, about)?;
    let ground = judge(operation, caller, standing)?;
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
