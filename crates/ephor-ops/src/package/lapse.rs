//! Writes down what the clock ended of packages, and that an end is near: it changes no answer.

use ephor_core::event::Event;
use ephor_core::package::{PackageEvent, PackageOutcome};
use ephor_core::schedule::ExpiryReminder;
use ephor_store::ReadTx;

use super::event;
use crate::OpResult;

/// The ends that are to be written down, at most so many of each kind.
pub(crate) fn ends(tx: &ReadTx<'_>, limit: u32) -> OpResult<Vec<Event>> {
    let mut events = Vec::new();
    for request in tx.unlapsed_package_requests(limit)? {
        events.extend(request.completed_at(tx.now()).map(|at| {
            event(PackageEvent::RequestLapsed {
                request: request.id,
                package: request.package,
                target: request.target,
                at,
            })
        }));
    }
    for assignment in tx.unlapsed_package_assignments(limit)? {
        events.extend(assignment.span.ends_at().map(|at| {
            event(PackageEvent::Lapsed {
                assignment: assignment.id,
                package: assignment.package,
                target: assignment.target,
                at,
            })
        }));
    }
    Ok(events)
}

/// Whether a reminder is due.
pub(crate) fn reminder_is_due(tx: &ReadTx<'_>) -> OpResult<bool> {
    Ok(!reminders(tx, 1)?.is_empty())
}

/// The reminders that are to be written down, at most so many of each kind: of ends, and to those who decide since
/// nobody else did.
pub(crate) fn reminders(tx: &ReadTx<'_>, limit: u32) -> OpResult<Vec<Event>> {
    let mut events = Vec::new();
    for request in tx.package_requests_to_escalate(limit)? {
        let PackageOutcome::Pending {
            escalates_at: Some(at),
            ..
        } = request.outcome
        else {
            continue;
        };
        events.push(event(PackageEvent::Escalated {
            request: request.id,
            package: request.package,
            target: request.target,
            at,
        }));
    }
    for reminder in ExpiryReminder::ALL {
        for assignment in tx.package_assignments_to_remind(reminder, limit)? {
            events.extend(assignment.span.ends_at().map(|ends_at| {
                event(PackageEvent::ReminderDue {
                    assignment: assignment.id,
                    package: assignment.package,
                    target: assignment.target,
                    ends_at,
                    reminder,
                })
            }));
        }
    }
    Ok(events)
}
