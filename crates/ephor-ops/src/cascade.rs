//! What follows when somebody loses a membership: activations made through it end too (R-E6).
//!
//! Who is an active member of group A can activate what A is eligible for. When they leave A, by whatever
//! act, what they activated that way ends in the same transaction, and so on down the line. By the clock
//! nothing needs to be done: an activation never outlives the membership it was made through, because its
//! end is capped when it is made.

use std::collections::{BTreeMap, VecDeque};

use ephor_core::event::{EndReason, EndedSchedule, Event};
use ephor_core::group::Access;
use ephor_core::id::{GrantId, GroupId, PrincipalId};
use ephor_core::principal::PrincipalKind;
use ephor_core::role::Role;
use ephor_core::schedule::{Schedule, ScheduleKind};
use ephor_core::time::Instant;
use ephor_store::{ReadTx, StoreError, Tx};

/// The event, with all that follows from what it ends.
pub(crate) fn with_what_follows(tx: &ReadTx<'_>, event: Event) -> Result<Event, StoreError> {
    match event {
        Event::SchedulesEnded {
            request,
            mut ended,
            at,
        } => {
            follow(tx, &mut ended, at)?;
            Ok(Event::SchedulesEnded { request, ended, at })
        }
        Event::ScheduleSuperseded {
            request,
            superseded,
            schedule,
            mut ended,
            at,
        } => {
            follow(tx, &mut ended, at)?;
            Ok(Event::ScheduleSuperseded {
                request,
                superseded,
                schedule,
                ended,
                at,
            })
        }
        other => Ok(other),
    }
}

/// What ends with a group, besides what the group's own deletion ends: activations that anybody made through
/// the group's eligibilities, and what follows from those and from the memberships that are lost.
pub(crate) fn of_deleted_group(
    tx: &ReadTx<'_>,
    group: GroupId,
) -> Result<Vec<EndedSchedule>, StoreError> {
    let mut ended: Vec<_> = tx
        .activations_through(group, None)?
        .iter()
        .map(|activation| EndedSchedule::now(activation, EndReason::WayInLost))
        .collect();
    follow(tx, &mut ended, tx.now())?;
    // What belongs to the deleted group itself, its deletion ends.
    ended.retain(|schedule| schedule.id.role.group() != Some(group));
    Ok(ended)
}

/// Records the ends, where there are any.
pub(crate) fn record(tx: &mut Tx<'_>, ended: Vec<EndedSchedule>) -> Result<(), StoreError> {
    if ended.is_empty() {
        return Ok(());
    }
    let at = tx.now();
    tx.record(&[Event::SchedulesEnded {
        request: None,
        ended,
        at,
    }])
}

/// Adds to `ended` what follows from it, down the line. Something may be found more than once: its earliest
/// end counts.
fn follow(tx: &ReadTx<'_>, ended: &mut Vec<EndedSchedule>, at: Instant) -> Result<(), StoreError> {
    let mut ends: BTreeMap<GrantId, Instant> = ended
        .iter()
        .map(|schedule| (schedule.id.grant, schedule.at.unwrap_or(at)))
        .collect();
    let mut open: VecDeque<EndedSchedule> = ended.iter().copied().collect();
    while let Some(lost) = open.pop_front() {
        let is_membership = lost.kind == ScheduleKind::Active && lost.id.role.is_membership();
        let Some(through) = lost.id.role.group().filter(|_| is_membership) else {
            continue;
        };
        if lost.principal.kind != PrincipalKind::User {
            continue;
        }
        let holder = lost.principal.id;
        let still_in_until = still_in_until(tx, through, holder, &ends, at)?;
        for activation in tx.activations_through(through, Some(holder))? {
            let reaches = activation.span.ends_at();
            let Some(last) = still_in_until.filter(|last| reaches.is_none_or(|end| end > *last))
            else {
                continue;
            };
            let known = ends.get(&activation.id.grant);
            if known.is_some_and(|known| *known <= last) {
                continue;
            }
            ends.insert(activation.id.grant, last);
            let end = EndedSchedule {
                at: (last > at).then_some(last),
                ..EndedSchedule::now(&activation, EndReason::WayInLost)
            };
            ended.retain(|other| other.id != end.id);
            ended.push(end);
            open.push_back(end);
        }
    }
    Ok(())
}

/// Until when `holder` is still a member of `group` by what is in force and left; `None` without an end.
fn still_in_until(
    tx: &ReadTx<'_>,
    group: GroupId,
    holder: PrincipalId,
    ends: &BTreeMap<GrantId, Instant>,
    at: Instant,
) -> Result<Option<Instant>, StoreError> {
    let left = |schedule: &Schedule| {
        let own = schedule.span.ends_at();
        let cut = ends.get(&schedule.id.grant).copied();
        [own, cut].into_iter().flatten().min()
    };
    let mut last = Some(at);
    for schedule in tx.role_schedules(Role::of(group, Access::Member), holder)? {
        if schedule.kind == ScheduleKind::Active && schedule.span.covers(at) {
            last = match (last, left(&schedule)) {
                (Some(last), Some(end)) => Some(last.max(end)),
                (None, _) | (_, None) => None,
            };
        }
    }
    Ok(last)
}
