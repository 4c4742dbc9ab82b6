//! Signing in: attempts, sessions, sign-in methods, and what applications are given.
//!
//! What people know or hold is compared at the edge, between two transactions: the first counts the attempt
//! (T-36), the second says how it went. Whoever asks here is nobody yet, so nothing is authorised; what is
//! done in a session is done by the account that it belongs to.

pub mod administration;
pub mod application;
pub mod attempt;
pub mod condition;
pub mod identity;
pub mod key;
pub mod method;
pub mod oauth;
pub mod session;

use ephor_core::event::Event;
use ephor_core::id::PrincipalId;
use ephor_core::signin::event::SignInEvent;
use ephor_store::Tx;

use crate::OpResult;

/// Writes down what happened.
pub(crate) fn note(tx: &mut Tx<'_>, user: Option<PrincipalId>, entry: SignInEvent) -> OpResult<()> {
    Ok(tx.record(&[Event::SignIn { user, entry }])?)
}
