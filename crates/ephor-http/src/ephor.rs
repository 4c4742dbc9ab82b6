//! Ephor's own API, where Graph has none (`surface.md`). It refuses properties that it does not know.

pub(crate) mod access;
pub(crate) mod activations;
pub(crate) mod audit;
pub(crate) mod decisions;
pub(crate) mod groups;
pub(crate) mod mail;
pub(crate) mod policies;
pub(crate) mod roles;
pub(crate) mod settings;

use ephor_core::caller::{Actor, Caller};
use ephor_core::id::PrincipalId;
use ephor_core::time::{Instant, IsoDuration};
use ephor_ops::{OpError, demonstration};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;
use crate::fields::Explains;
use crate::odata::shape::{Members, Usual};
use crate::types::Type;

/// By how much a demonstration's clock is moved.
pub(crate) const ADVANCE: Members = Members {
    name: "ephorAdvance",
    properties: &[("advance", Type::Duration)],
    usual: Usual::All,
    related: &[],
};
/// What a demonstration's clock shows then.
pub(crate) const CLOCK: Members = Members {
    name: "ephorClock",
    properties: &[("now", Type::Time)],
    usual: Usual::All,
    related: &[],
};

/// Whoever did something, as Graph's identity set: a person by name and id, a program by name.
fn identity<'a>(actor: Actor, name: impl FnOnce(PrincipalId) -> Option<&'a str>) -> Value {
    let (user, program) = match actor {
        Actor::User(id) => (Some(json!({"displayName": name(id), "id": id})), None),
        Actor::Application(id) => (None, Some((name(id), Some(id)))),
        Actor::Operator => (None, Some((Some("operator"), None))),
        Actor::System => (None, Some((Some("Ephor"), None))),
    };
    let program = program.map(|(name, id)| json!({"displayName": name, "id": id}));
    json!({"application": program, "device": null, "user": user})
}

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
