//! What a handler answers, before headers that every answer has are added.

use http::StatusCode;
use serde_json::{Value, json};

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
    /// XML: what `$metadata` answers.
    Xml(String),
    /// A file to be kept.
    File(File),
    Nothing,
}

/// A page of a file to be kept: a browser saves it, and never shows or runs it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct File {
    /// Its content type.
    pub(crate) kind: &'static str,
    /// What it is called.
    pub(crate) name: &'static str,
    pub(crate) text: String,
    /// The address of the page behind this one.
    pub(crate) next: Option<String>,
}

impl Answer {
    /// 200 with a file.
    pub(crate) const fn file(file: File) -> Self {
        Self {
            status: StatusCode::OK,
            body: Body::File(file),
            location: None,
        }
    }

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

    /// The answer as it is kept for when its request comes again (F-19).
    pub(crate) fn kept(&self) -> String {
        let body = match &self.body {
            Body::Json(body) => Some(body),
            // No change is answered so.
            Body::Text(_) | Body::Xml(_) | Body::File(_) | Body::Nothing => None,
        };
        json!({"status": self.status.as_u16(), "location": self.location, "body": body}).to_string()
    }

    /// The answer that was kept; `None` where the text is none.
    pub(crate) fn again(kept: &str) -> Option<Self> {
        let mut kept: Value = serde_json::from_str(kept).ok()?;
        let status = u16::try_from(kept["status"].as_u64()?).ok()?;
        Some(Self {
            status: StatusCode::from_u16(status).ok()?,
            location: kept["location"].as_str().map(str::to_owned),
            body: match kept["body"].take() {
                Value::Null => Body::Nothing,
                body => Body::Json(body),
            },
        })
    }

    /// The same under another status.
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}
