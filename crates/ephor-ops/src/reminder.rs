//! Writes down that an assignment ends soon, so that its holder is reminded: 14 days and one day before, each
//! once (R-D5).
//!
//! It looks at the present, changes no answer, and is safe to run twice or never. What was missed is not made
//! up for: in the last day only the later reminder is due.

use ephor_core::event::Event;
use ephor_core::schedule::ExpiryReminder;
use ephor_store::{ReadTx, Tx};

use crate::{OpResult, package};

/// How many reminders one transaction writes down.
pub const ROUND: u32 = 128;

/// Whether a reminder is due: asked before [`run`], so that a server with nothing to do writes nothing.
pub fn is_due(tx: &ReadTx<'_>) -> OpResult<bool> {
    for reminder in ExpiryReminder::ALL {
        if !tx.schedules_to_remind(reminder, 1)?.is_empty() {
            return Ok(true);
        }
    }
    package::lapse::reminder_is_due(tx)
}

/// Writes down up to [`ROUND`] reminders of each kind; says how many.
pub fn run(tx: &mut Tx<'_>) -> OpResult<usize> {
    let mut events = Vec::new();
    for reminder in ExpiryReminder::ALL {
        for schedule in tx.schedules_to_remind(reminder, ROUND)? {
            events.extend(
                schedule
                    .span
                    .ends_at()
                    .map(|ends_at| Event::ExpiryReminderDue {
                        id: schedule.id,
                        kind: schedule.kind,
                        principal: schedule.principal,
                        ends_at,
                        reminder,
                    }),
            );
        }
    }
    events.extend(package::lapse::reminders(tx, ROUND)?);
    tx.record(&events)?;
    Ok(events.len())
}
