//! A demonstration's movable clock (T-43): only there, and only forward.

use ephor_core::authority::Operation;
use ephor_core::event::Event;
use ephor_core::refusal::{Code, Refusal};
use ephor_core::tenant::TenantPurpose;
use ephor_core::time::{Instant, Length};
use ephor_store::Tx;

use crate::OpResult;
use crate::authorise::{About, authorise};

/// The clock can be moved this far in one step.
pub const STEP_MAX: Length = Length::days(400);

/// Moves the clock forward and tells what it shows then.
pub fn move_clock(tx: &mut Tx<'_>, by: Length) -> OpResult<Instant> {
    let caller = tx.caller().clone();
    authorise(tx, &caller, Operation::MoveClock, About::NOTHING)?;
    match crate::tenant::get(tx)?.purpose {
        TenantPurpose::Demonstration => {}
        TenantPurpose::Production => {
            return Err(Refusal::new(
                Code::Denied,
                "the clock can be moved only in a demonstration",
            )
            .into());
        }
    }
    if by > STEP_MAX {
        return Err(Refusal::new(
            Code::BadRequest,
            format!("the clock can be moved by at most {STEP_MAX} at a time"),
        )
        .into());
    }
    let then = tx.now().plus(by).unwrap_or_else(|| tx.now());
    tx.record(&[Event::ClockMoved { by }])?;
    tx.move_clock(by)?;
    Ok(then)
}
