//! A request that is sent again has one effect (F-19): its first answer is kept with the effect, in the same
//! transaction, and given again.
//!
//! A client promises by `Idempotency-Key` that two requests are one; by `client-request-id` it may mean so, as
//! long as it never sends another request under the same id.

use ephor_core::refusal::{Code, Refusal};
use ephor_core::time::Length;
use ephor_store::{Remembered, Tx};

use crate::OpResult;
use crate::authorise::is_signed_in;

/// What a client means by a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// Requests under it are one request: good for a day, and another request under it is refused.
    Said,
    /// They may be: good for five minutes, and once another request came under it, it means nothing.
    Implied,
}

impl Promise {
    const fn lasts(self) -> Length {
        match self {
            Self::Said => Length::hours(24),
            Self::Implied => Length::minutes(5),
        }
    }
}

/// A request that may come again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeatable {
    /// What its sender calls it.
    pub key: String,
    /// What was sent, as a hash of all that matters of it.
    pub request: [u8; 32],
    /// What the key promises.
    pub promise: Promise,
}

/// Stands for requests of which there were several under one key: no request has this hash.
const SEVERAL: [u8; 32] = [0; 32];

/// What is known of a request before it is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Before {
    /// It is new.
    New,
    /// Its key came with another request before, and means nothing any more.
    Spent,
    /// It came before: this was its answer.
    Answered(String),
}

/// What became of the request when it came before. The account behind the token is judged before an old answer
/// is given.
pub fn before(tx: &Tx<'_>, request: &Repeatable) -> OpResult<Before> {
    match (
        tx.remembered(&sender(tx), &request.key, &request.request)?,
        request.promise,
    ) {
        (None, _) => Ok(Before::New),
        (Some(Remembered::Same(answer)), _) => {
            is_signed_in(tx, tx.caller())?;
            Ok(Before::Answered(answer))
        }
        (Some(Remembered::Other), Promise::Implied) => Ok(Before::Spent),
        (Some(Remembered::Other), Promise::Said) => Err(Refusal::new(
            Code::KeyReused,
            "another request was sent under this Idempotency-Key in the last 24 h",
        )
        .hint("give every request a key of its own, and the same key only to its repetitions")
        .into()),
    }
}

/// Keeps what is answered to a request that is new, in the transaction that has the effect.
pub fn keep(tx: &mut Tx<'_>, request: &Repeatable, before: &Before, answer: &str) -> OpResult<()> {
    let until = tx
        .now()
        .plus(request.promise.lasts())
        .unwrap_or_else(|| tx.now());
    let (hash, answer) = match before {
        Before::New => (&request.request, answer),
        Before::Spent | Before::Answered(_) => (&SEVERAL, ""),
    };
    Ok(tx.remember(&sender(tx), &request.key, hash, answer, until)?)
}

/// Who sends: the person, the client that speaks for them, and what it may ask for, so that no answer is given
/// to a token that could not have got it.
fn sender(tx: &Tx<'_>) -> String {
    let caller = tx.caller();
    let who = caller.user().map(|id| id.to_string()).unwrap_or_default();
    let client = caller.client.as_deref().unwrap_or_default();
    let scopes = caller
        .scopes
        .iter()
        .fold(0_u64, |all, scope| all | 1 << (*scope as u32 % 64));
    format!("{who} {scopes:x} {client}")
}
