//! What a handler answers, before headers that every answer has are added.

use http::StatusCode;
use serde_json::Value;

/// An answer that says yes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Body,
    /// Where what was made can be read.
    pub(crate) location: Option<String>,
}

/// What an answer holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Body {
    Json(Value),
    /// Plain text: what `/$count` answers.
    Text(String),
    Nothing,
}

impl Answer {
    /// 200 with JSON.
    pub(crate) const fn json(body: Value) -> Self {
        Self {
            status: StatusCode::OK,
            body: Body::Json(body),
            location: None,
        }
    }

    /// 200 with a number as text.
    pub(crate) fn count(count: Option<u64>) -> Self {
        Self {
            status: StatusCode::OK,
            body: Body::Text(count.unwrap_or_default().to_string()),
            location: None,
        }
    }

    /// 204: it is done, and there is nothing to say.
    pub(crate) const fn done() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            body: Body::Nothing,
            location: None,
        }
    }

    /// The same as 201, with where what was made can be read.
    pub(crate) fn created(self, location: String) -> Self {
        Self {
            status: StatusCode::CREATED,
            location: Some(location),
            ..self
        }
    }

    /// The same under another status.
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}
