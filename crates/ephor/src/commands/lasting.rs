//! How long and from when, as it was typed, in the shape that requests have it.

use ephor_core::time::{Instant, IsoDuration};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::cli::LastingArgs;
use crate::client::Client;
use crate::failure::Failure;
use crate::period;

/// The time that was typed after `flag`, by the server's clock where it has no day.
pub(crate) fn time(client: &Client, flag: &str, text: &str) -> Result<Instant, Failure> {
    period::instant(text, client.now()?, &TimeZone::system())
        .map_err(|wrong| Failure::usage(format!("{flag} {wrong}")))
}

/// The end that was typed, if one was.
pub(crate) fn expiration(client: &Client, lasting: &LastingArgs) -> Result<Option<Value>, Failure> {
    if lasting.permanent {
        return Ok(Some(json!({ "type": "noExpiration" })));
    }
    if let Some(duration) = &lasting.duration {
        return Ok(Some(after(duration.as_str())));
    }
    let until = lasting.until.as_deref();
    let until = until
        .map(|text| time(client, "--until", text))
        .transpose()?;
    Ok(until.map(|at| json!({ "type": "afterDateTime", "endDateTime": at.to_string() })))
}

/// An end after this duration, in ISO 8601.
pub(crate) fn after(duration: &str) -> Value {
    json!({ "type": "afterDuration", "duration": duration })
}

/// A duration as people read it, where it is one.
pub(crate) fn in_words(duration: &str) -> String {
    duration.parse::<IsoDuration>().map_or_else(
        |_| duration.to_owned(),
        |duration| duration.length().to_string(),
    )
}
