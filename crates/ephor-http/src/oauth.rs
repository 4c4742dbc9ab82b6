//! OAuth 2.0 and OpenID Connect, at the addresses that Microsoft's clients know (`surface.md`).
//!
//! Each address is one file: what is sent is read strictly, one operation is called, and the answer has the
//! shape that RFC 6749 gives it. A redirect address is checked before anything is sent there (T-40).

mod assertion;
mod authorize;
mod client;
mod cloud;
mod device;
mod discovery;
mod id_token;
mod logout;
mod token;

use http::{Method, StatusCode};
use serde_json::json;

pub(crate) use cloud::endpoints;
pub(crate) use device::kept as kept_user_code;
pub(crate) use id_token::{ensure_id_key, generate as generate_id_key};
pub(crate) use logout::sign_out;

use crate::door::{Reply, Visit};
use crate::error::{Family, HttpError};
use crate::state::App;

/// Whether what follows the first segment of a path is an address of ours.
pub(crate) fn leads_in(rest: &[&str]) -> bool {
    matches!(
        rest,
        ["v2.0", ".well-known", "openid-configuration"]
            | [".well-known", "openid-configuration"]
            | ["discovery", "v2.0", "keys"]
            | ["oauth2", "v2.0", ..]
    )
}

/// Answers a request to one of these addresses.
pub(crate) async fn answer(visit: Visit) -> Result<Reply, HttpError> {
    let tenant = visit.path.first().map_or("", String::as_str);
    if !is_our_tenant(&visit.app, tenant) {
        return Ok(
            Fault::new("invalid_request", "There is no such tenant here.")
                .status(StatusCode::NOT_FOUND)
                .reply(),
        );
    }
    let rest: Vec<&str> = visit.path[1..].iter().map(String::as_str).collect();
    let get = visit.method == Method::GET;
    let post = visit.method == Method::POST;
    match rest.as_slice() {
        ["v2.0", ".well-known", "openid-configuration"]
        | [".well-known", "openid-configuration"]
            if get =>
        {
            discovery::configuration(&visit)
        }
        ["discovery", "v2.0", "keys"] if get => discovery::keys(&visit).await,
        ["oauth2", "v2.0", "authorize"] if get => authorize::begin(&visit, &visit.query).await,
        ["oauth2", "v2.0", "authorize"] if post => authorize::begin(&visit, &visit.form).await,
        ["oauth2", "v2.0", "authorize", "resume"] if get => authorize::resume(&visit).await,
        ["oauth2", "v2.0", "token"] if post => token::answer(&visit).await,
        ["oauth2", "v2.0", "devicecode"] if post => device::start(&visit).await,
        ["oauth2", "v2.0", "logout"] if get || post => logout::answer(&visit).await,
        ["oauth2", "v2.0", "revoke"] if post => token::give_back(&visit).await,
        [
            "oauth2",
            "v2.0",
            "authorize" | "token" | "devicecode" | "logout" | "revoke",
        ]
        | ["v2.0" | "discovery" | ".well-known", ..] => {
            let fault = Fault::new("invalid_request", "The method is not taken here.");
            Ok(fault.status(StatusCode::METHOD_NOT_ALLOWED).reply())
        }
        _ => {
            let fault = Fault::new("invalid_request", "There is nothing at this address.");
            Ok(fault.status(StatusCode::NOT_FOUND).reply())
        }
    }
}

fn is_our_tenant(app: &App, text: &str) -> bool {
    text.eq_ignore_ascii_case(&app.tenant.id.to_string())
        || text.eq_ignore_ascii_case(&app.tenant.domain)
        || matches!(text, "common" | "organizations")
}

/// An error as OAuth tells it.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) error: &'static str,
    pub(crate) description: String,
    status: StatusCode,
    retry_after: Option<i64>,
}

impl Fault {
    pub(crate) fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self {
            error,
            description: description.into(),
            status: StatusCode::BAD_REQUEST,
            retry_after: None,
        }
    }

    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn reply(&self) -> Reply {
        let reply = Reply::json(json!({
            "error": self.error,
            "error_description": self.description,
        }))
        .with_status(self.status);
        let reply = match self.retry_after {
            Some(seconds) => reply.header(http::header::RETRY_AFTER, seconds.max(1).to_string()),
            None => reply,
        };
        if self.status == StatusCode::UNAUTHORIZED {
            return reply.header(http::header::WWW_AUTHENTICATE, "Basic realm=\"ephor\"");
        }
        reply
    }
}

/// What could not be done, as OAuth tells it.
pub(crate) fn refused(error: &HttpError) -> Reply {
    let name = match error.status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            "temporarily_unavailable"
        }
        status if status.is_server_error() => "server_error",
        _ => "invalid_request",
    };
    Fault {
        error: name,
        description: error.message.clone(),
        status: error.status,
        retry_after: error.retry_after,
    }
    .reply()
}

/// A fault of the store, as this door tells it.
pub(crate) fn store_fault(error: ephor_ops::OpError) -> HttpError {
    HttpError::operation(&error, Family::Ephor)
}

/// Where OAuth's addresses of this tenant begin.
pub(crate) fn base(app: &App) -> String {
    format!("{}/{}", app.public_url, app.tenant.id)
}
