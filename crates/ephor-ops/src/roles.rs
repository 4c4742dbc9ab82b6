//! *My roles* (R-E1): what the caller is eligible for, has, and had in the last 30 days.

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::group::Group;
use ephor_core::id::GroupId;
use ephor_core::query::{Query, ScheduleView, Scope};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::schedule::{Schedule, ScheduleKind};
use ephor_core::time::Length;
use ephor_store::ReadTx;

use crate::OpResult;
use crate::authorise::{About, authorise};

/// How long an ended role stays in the list.
const ENDED_SHOWN_FOR: Length = Length::days(30);

/// What can be done with a role now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// Activate it.
    Activate,
    /// End it.
    Deactivate,
}

/// A role of the caller's.
#[derive(Debug, Clone)]
pub struct Role {
    /// The schedule that gives it.
    pub schedule: Schedule,
    /// Its group; `None` where that has been deleted since.
    pub group: Option<Group>,
    /// What can be done with it now.
    pub offers: Vec<Offer>,
}

/// All roles of the caller.
#[derive(Debug, Clone)]
pub struct MyRoles {
    /// What they may activate, now or later.
    pub eligible: Vec<Role>,
    /// What they have, or will have from a later start.
    pub active: Vec<Role>,
    /// What they had in the last 30 days, newest end first.
    pub ended: Vec<Role>,
}

/// The caller's roles over all groups.
pub fn mine(tx: &ReadTx<'_>, caller: &Caller) -> OpResult<MyRoles> {
    let me = caller.user().ok_or_else(|| {
        Refusal::new(
            Code::Denied,
            "roles are a person's own, and no person is signed in",
        )
    })?;
    let about = About {
        group: None,
        principal: Some(me),
    };
    authorise(tx, caller, Operation::ReadEligibility, about)?;
    authorise(tx, caller, Operation::ReadAssignments, about)?;
    let now = tx.now();
    let every = Query {
        top: u32::MAX,
        ..Query::default()
    };
    let list =
        |kind| tx.list_schedules(kind, ScheduleView::Schedules, Scope::Principal(me), &every);
    let eligible = list(ScheduleKind::Eligible)?.rows;
    let active = list(ScheduleKind::Active)?.rows;
    let ended = tx.ended_schedules(me, now.minus(ENDED_SHOWN_FOR))?;

    let mut ids: Vec<GroupId> = eligible
        .iter()
        .chain(&active)
        .chain(&ended)
        .map(Schedule::group)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let groups = tx.groups(&ids)?;
    let is_running = |schedule: &Schedule| {
        active.iter().any(|other| {
            other.group() == schedule.group()
                && other.access() == schedule.access()
                && (other.is_activation() || other.span.covers(now))
        })
    };
    let role = |schedule: Schedule| {
        let offers = match schedule.kind {
            _ if schedule.span.is_over(now) || !schedule.span.covers(now) => Vec::new(),
            ScheduleKind::Eligible if is_running(&schedule) => Vec::new(),
            ScheduleKind::Eligible => vec![Offer::Activate],
            ScheduleKind::Active if schedule.is_activation() => vec![Offer::Deactivate],
            ScheduleKind::Active => Vec::new(),
        };
        let group = groups
            .iter()
            .find(|group| group.id == schedule.group())
            .cloned();
        Role {
            schedule,
            group,
            offers,
        }
    };
    Ok(MyRoles {
        eligible: eligible.iter().cloned().map(role).collect(),
        active: active.iter().cloned().map(role).collect(),
        ended: ended.into_iter().map(role).collect(),
    })
}
