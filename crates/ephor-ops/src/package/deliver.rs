//! Gives and takes what a package holds, through the one engine (R-G3).

use ephor_core::assignment;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::event::Event;
use ephor_core::id::PackageAssignmentId;
use ephor_core::package::delivery::{self, Standing};
use ephor_core::package::request::Delivered;
use ephor_core::package::{PackageAssignment, PackageRole};
use ephor_core::refusal::Refusal;
use ephor_core::request::{Action, Ask, Object, Ticket};
use ephor_core::role::{ObjectId, Role};
use ephor_core::schedule::Schedule;
use ephor_core::text::Justification;
use ephor_core::time::Length;
use ephor_store::{ReadTx, Tx};

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
        let object = match givable(tx, &caller, role) {
            Ok(object) => object,
            Err(OpError::Refused { refusal, .. }) => {
                refusals.push(*refusal);
                continue;
            }
            Err(other) => return Err(other),
        };
        let ask = delivery::ask(role, assignment.target, action, why.cloned());
        let facts = schedule_request::gather(tx, &ask, object, None)?;
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

/// What a role is of, as it is now. Who approves for what is protected, a package does not say (T-05).
fn givable(tx: &ReadTx<'_>, caller: &Caller, role: &PackageRole) -> OpResult<Object> {
    if let Some(group) = role.object.group() {
        leaves_the_approvers_alone(tx, caller, Operation::AssignActive, group)?;
    }
    schedule_request::object(tx, role.gives())
}

/// Who takes something away: an administrator may not take the last owner of a group, the holder may go
/// (R-D7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TakenBy {
    Administrator,
    Holder,
}

/// Takes what an assignment gives: whatever else the person has stays (R-D8). Nobody takes an approver of what is
/// protected out of their group without a right over that (T-05); whoever holds it may go.
pub(crate) fn take(
    tx: &mut Tx<'_>,
    assignment: PackageAssignmentId,
    by: TakenBy,
    why: Option<&Justification>,
) -> OpResult<()> {
    let grants = tx.grants_of_package(assignment)?;
    take_grants(tx, grants, by, why)
}

/// Takes these grants of packages, all of them or none.
pub(crate) fn take_grants(
    tx: &mut Tx<'_>,
    grants: Vec<Schedule>,
    by: TakenBy,
    why: Option<&Justification>,
) -> OpResult<()> {
    let caller = tx.caller().clone();
    let now = tx.now();
    // What is asked of a group is asked once, however many lose their role of it.
    let mut objects: BTreeMap<ObjectId, Option<Object>> = BTreeMap::new();
    for schedule in grants {
        let of = schedule.role().object();
        let object = match objects.entry(of) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(place) => {
                let found = takeable(tx, &caller, schedule.role(), by)?;
                place.insert(found).clone()
            }
        };
        // With what is gone went all that anybody had of it.
        let Some(object) = object else { continue };
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
        let mut facts = schedule_request::gather(tx, &ask, object, None)?;
        // The floor is about requests in PIM (R-D3); here the package is gone, and what rests on it with it.
        facts.settings.removal_floor = Length::ZERO;
        if by == TakenBy::Holder {
            facts.other_owners.push(schedule.principal);
        }
        let verdict = assignment::remove(&facts, &ask, &caller, now, tx.ids())?;
        for event in verdict.events {
            schedule_request::administrators_stay(tx, &caller, &event)?;
            let event = cascade::with_what_follows(tx, event)?;
            tx.record(&[event])?;
        }
    }
    Ok(())
}

/// What a role is of, where it can be taken from people; `None` where that is gone.
fn takeable(tx: &ReadTx<'_>, caller: &Caller, role: Role, by: TakenBy) -> OpResult<Option<Object>> {
    let object = match schedule_request::object(tx, role) {
        Ok(object) => object,
        Err(error) if error.code().is_some() => return Ok(None),
        Err(error) => return Err(error),
    };
    if let (Object::Group(group), TakenBy::Administrator) = (&object, by) {
        leaves_the_approvers_alone(tx, caller, Operation::RemoveActive, group.id)?;
    }
    Ok(Some(object))
}
