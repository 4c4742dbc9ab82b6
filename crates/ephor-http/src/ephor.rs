//! Ephor's own API, where Graph has none (`surface.md`). It refuses properties that it does not know.

pub(crate) mod access;
pub(crate) mod activations;
pub(crate) mod audit;
pub(crate) mod decisions;
pub(crate) mod groups;
pub(crate) mod policies;
pub(crate) mod roles;
pub(crate) mod settings;

use ephor_core::caller::Caller;
use ephor_core::time::{Instant, IsoDuration};
use ephor_ops::{OpError, demonstration};
use serde_json::json;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;
use crate::fields::Explains;

/// A query option of our own.
fn parsed<T>(call: &Call, name: &str) -> Result<Option<T>, HttpError>
where
    T: std::str::FromStr,
    T::Err: Explains,
{
    let Some(text) = call.options.get(name) else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|wrong: T::Err| {
        HttpError::bad_request(format!("The query option `{name}` {}.", wrong.phrase(text)))
    })
}

/// `POST /demo/clock` `{"advance":"PT8H"}`: only a demonstration has it, and only its own machine reaches it.
pub(crate) async fn move_clock(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let by: IsoDuration = call.body(|fields| {
        fields.only(&["advance"])?;
        fields
            .parsed("advance")?
            .ok_or_else(|| fields.missing("advance"))
    })?;
    let caller = Caller {
        request_id: Some(call.request_id),
        ..Caller::operator()
    };
    let then: Result<Instant, OpError> = call
        .app
        .store
        .write("clock.move", caller, move |tx| {
            demonstration::move_clock(tx, by.length())
        })
        .await;
    let then = then.map_err(|error| HttpError::operation(&error, call.family))?;
    Ok(Answer::json(json!({"now": then})))
}
