//! Gives and takes what a package holds, through the one engine (R-G3).

use ephor_core::assignment;
use ephor_core::authority::Operation;
use ephor_core::event::Event;
use ephor_core::id::PackageAssignmentId;
use ephor_core::package::delivery::{self, Standing};
use ephor_core::package::request::Delivered;
use ephor_core::package::{PackageAssignment, PackageRole};
use ephor_core::refusal::Refusal;
use ephor_core::request::{Action, Ask, Object, Ticket};
use ephor_core::schedule::Schedule;
use ephor_core::text::Justification;
use ephor_core::time::Length;
use ephor_store::Tx;

use crate::authorise::leaves_the_approvers_alone;
use crate::{OpError, OpResult, cascade, schedule_request};

/// What giving came to; nothing is recorded yet.
pub(crate) struct Given {
    pub(crate) events: Vec<Event>,
    pub(crate) delivered: Delivered,
    /// Why something could not be given.
    pub(crate) refusals: Vec<Refusal>,
}

/// Works out what these roles give for this assignment.
pub(crate) fn give(
    tx: &mut Tx<'_>,
    roles: &[PackageRole],
    assignment: &PackageAssignment,
    standing: Standing,
    why: Option<&Justification>,
) -> OpResult<Given> {
    tx.may_grant()?;
    let (mut events, mut refusals) = (Vec::new(), Vec::new());
    let caller = tx.caller().clone();
    let now = tx.now();
    let action = match standing {
        Standing::Stays => Action::AdminAssign,
        Standing::Anew => Action::AdminExtend,
    };
    for role in roles {
        let Some(group) = tx.group(role.group)? else {
            refusals.push(Refusal::not_found(role.group));
            continue;
        };
        // Who approves for what is protected, a package does not say (T-05).
        match leaves_the_approvers_alone(tx, &caller, Operation::AssignActive, role.group) {
            Ok(()) => {}
            Err(OpError::Refused { refusal, .. }) => {
                refusals.push(*refusal);
                continue;
            }
            Err(other) => return Err(other),
        }
        let ask = delivery::ask(role, assignment.target, action, why.cloned());
        let facts = schedule_request::gather(tx, &ask, Object::Group(Box::new(group)), None)?;
        match delivery::give(&facts, &ask, assignment, standing, &caller, now, tx.ids()) {
            Ok(Some(verdict)) => {
                for event in verdict.events {
                    events.push(cascade::with_what_follows(tx, event)?);
                }
            }
            Ok(None) => {}
            Err(refusal) => refusals.push(refusal),
        }
    }
    let delivered = match refusals.len() {
        0 => Delivered::Whole,
        some if some < roles.len() => Delivered::Partly,
        _ => Delivered::Nothing,
    };
    Ok(Given {
        events,
        delivered,
        refusals,
    })
}

/// Who takes something away: an administrator may not take the last owner of a group, the holder may go
/// (R-D7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TakenBy {
    Administrator,
    Holder,
}

/// Takes what an assignment gives, all of it or what is picked: whatever else the person has stays (R-D8).
pub(crate) fn take(
    tx: &mut Tx<'_>,
    assignment: PackageAssignmentId,
    by: TakenBy,
    why: Option<&Justification>,
    picked: impl Fn(&Schedule) -> bool,
) -> OpResult<()> {
    let caller = tx.caller().clone();
    let now = tx.now();
    for schedule in tx.grants_of_package(assignment)? {
        if !picked(&schedule) {
            continue;
        }
        let Some(group) = schedule.role().group() else {
            continue;
        };
        let Some(group) = tx.group(group)? else {
            continue;
        };
        let ask = Ask {
            kind: schedule.kind,
            action: Action::AdminRemove,
            role: schedule.role(),
            principal: schedule.principal.id,
            info: None,
            justification: why.cloned(),
            ticket: Ticket::default(),
            target: Some(schedule.id),
        };
        let mut facts = schedule_request::gather(tx, &ask, Object::Group(Box::new(group)), None)?;
        // The floor is about requests in PIM (R-D3); here the package is gone, and what rests on it with it.
        facts.settings.removal_floor = Length::ZERO;
        if by == TakenBy::Holder {
            facts.other_owners.push(schedule.principal);
        }
        let verdict = assignment::remove(&facts, &ask, &caller, now, tx.ids())?;
        for event in verdict.events {
            let event = cascade::with_what_follows(tx, event)?;
            tx.record(&[event])?;
        }
    }
    Ok(())
}
