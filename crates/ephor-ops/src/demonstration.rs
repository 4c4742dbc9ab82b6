//! A demonstration's movable clock (T-43): only there, and only forward.

use ephor_core::authority::Operation;
use ephor_core::event::Event;
use ephor_core::id::PrincipalId;
use ephor_core::principal::{AccountState, UserPrincipalName};
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
    // Whoever watches would otherwise have to sign in again after each step.
    tx.postpone_sessions(by)?;
    Ok(then)
}

/// Whom a visitor chose to be: somebody of a demonstration whose account is enabled.
pub fn person(tx: &Tx<'_>, name: &UserPrincipalName) -> OpResult<PrincipalId> {
    match crate::tenant::get(tx)?.purpose {
        TenantPurpose::Demonstration => {}
        TenantPurpose::Production => {
            return Err(Refusal::new(
                Code::Denied,
                "only a demonstration lets you choose whom to be",
            )
            .into());
        }
    }
    match tx.user_by_name(name)? {
        Some(user) if user.account == AccountState::Enabled => Ok(user.id),
        Some(_) | None => {
            Err(Refusal::new(Code::Denied, format!("nobody signs in as {name} any more")).into())
        }
    }
}
