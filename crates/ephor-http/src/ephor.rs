//! Ephor's own API, where Graph has none (`surface.md`). It refuses properties that it does not know.

pub(crate) mod activations;
pub(crate) mod decisions;
pub(crate) mod groups;
pub(crate) mod roles;
pub(crate) mod settings;

use ephor_core::caller::Caller;
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::time::{Instant, IsoDuration};
use ephor_ops::{OpError, audit as audit_ops, demonstration};
use ephor_store::{AuditEntry, AuditQuery};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;
use crate::fields::Explains;
use crate::json::clipped;
use crate::odata::listing::number;
use crate::odata::shape::{Members, Usual};
use crate::types::Type;

/// An entry of the audit log.
pub(crate) const ENTRY: Members = Members {
    name: "ephorAuditEntry",
    properties: &[
        ("sequence", Type::Int),
        ("recordedDateTime", Type::Time),
        ("name", Type::Text),
        ("caller", Type::Document),
        ("event", Type::Document),
        ("hash", Type::Text),
    ],
    usual: Usual::All,
    related: &[],
};
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

/// How many entries of the audit log a page may have.
const AUDIT_PAGE_MAX: u32 = 1_000;

/// `GET /ephor/v1/audit`: the log, newest first (R-I2).
pub(crate) async fn audit(call: Call) -> Result<Answer, HttpError> {
    call.query(call.options.only(&["$top", "$skiptoken"]))?;
    let all = |view: &str| view.eq_ignore_ascii_case("all");
    if let Some(view) = call.options.get("view").filter(|view| !all(view)) {
        return Err(HttpError::bad_request(format!(
            "`view` is `{}`, but there is only `all` so far; groupId narrows it to a group.",
            clipped(view)
        )));
    }
    let limit = call.query(number(&call.options, "$top", 100, 1, AUDIT_PAGE_MAX))?;
    let before = call.page()?.and_then(|place| i64::try_from(place.at).ok());
    let query = AuditQuery {
        group: parsed::<GroupId>(&call, "groupId")?,
        principal: parsed::<PrincipalId>(&call, "principalId")?,
        from: parsed::<Instant>(&call, "from")?,
        to: parsed::<Instant>(&call, "to")?,
        before,
        after: None,
        // One more than is shown tells whether there is another page.
        limit: limit + 1,
    };
    let found = call
        .read("audit.list", move |tx, caller| {
            audit_ops::list(tx, caller, &query)
        })
        .await?;
    let mut rows = found.value;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let mut body = Map::new();
    if let (true, Some(last)) = (more, rows.last())
        && let Ok(at) = u64::try_from(last.sequence)
        && let Some(link) = call.next_link(at, found.now)
    {
        body.insert("@odata.nextLink".into(), link.into());
    }
    body.insert("value".into(), rows.iter().map(entry).collect());
    Ok(Answer::json(Value::Object(body)))
}

fn entry(entry: &AuditEntry) -> Value {
    json!({
        "sequence": entry.sequence,
        "recordedDateTime": entry.at,
        "name": entry.event.name(),
        "caller": entry.caller,
        "event": entry.event,
        "hash": entry.hash,
    })
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
