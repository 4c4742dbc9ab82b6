//! The way in for browsers and for OAuth clients: forms, cookies and pages instead of JSON and tokens.
//!
//! It stands beside [`crate::serve`], with the same limits, the same check of the host and the same headers,
//! and headers of its own for pages (`security.md` section 4). What changes something is sent by POST from
//! our own pages, and carries a mark that only a page of ours could know (T-39).

use std::sync::Arc;

use axum::body::Body as HttpBody;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use crate::error::{Family, HttpError};
use crate::form::Form;
use crate::serve::{self, Ids};
use crate::state::App;
use crate::{limits, oauth, signin};

/// A request at this door.
pub(crate) struct Visit {
    pub(crate) app: Arc<App>,
    pub(crate) request_id: Uuid,
    pub(crate) method: Method,
    /// The path's segments.
    pub(crate) path: Vec<String>,
    pub(crate) query: Form,
    /// What was sent as a form.
    pub(crate) form: Form,
    /// What was sent as JSON: by the script for passkeys only.
    pub(crate) json: Value,
    pub(crate) parts: Parts,
}

/// What is answered at this door.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) content: Content,
    pub(crate) cookies: Vec<String>,
    /// Where a form of the page may lead besides here.
    pub(crate) form_action: Option<String>,
    pub(crate) headers: Vec<(HeaderName, String)>,
}

pub(crate) enum Content {
    Page(String),
    Json(Value),
    /// To another address.
    Redirect(String),
    /// Something fixed: its type and its text.
    Fixed(&'static str, &'static str),
    Nothing,
}

impl Reply {
    pub(crate) fn of(status: StatusCode, content: Content) -> Self {
        Self {
            status,
            content,
            cookies: Vec::new(),
            form_action: None,
            headers: Vec::new(),
        }
    }

    pub(crate) fn page(text: String) -> Self {
        Self::of(StatusCode::OK, Content::Page(text))
    }

    pub(crate) fn json(value: Value) -> Self {
        Self::of(StatusCode::OK, Content::Json(value))
    }

    /// To another address, by GET.
    pub(crate) fn redirect(to: impl Into<String>) -> Self {
        Self::of(StatusCode::SEE_OTHER, Content::Redirect(to.into()))
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn cookie(mut self, cookie: String) -> Self {
        self.cookies.push(cookie);
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Whether a path leads in by this door.
pub(crate) fn leads_in(path: &str) -> bool {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let first = segments.next().unwrap_or_default();
    let rest: Vec<&str> = segments.collect();
    matches!(first, "sign-in" | "sign-out") || oauth::leads_in(&rest)
}

/// Answers a request.
pub(crate) async fn open(app: Arc<App>, parts: Parts, body: HttpBody) -> Response<HttpBody> {
    let started = tokio::time::Instant::now();
    let ids = Ids::of(&parts.headers);
    let method = parts.method.clone();
    let is_oauth = !parts.uri.path().starts_with("/sign-");
    let is_json = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(serve::is_json);
    let asked_by = if is_json {
        signin::AskedBy::Script
    } else {
        signin::AskedBy::Browser
    };
    let work = serve::unpanicked(visit(Arc::clone(&app), parts, body, ids));
    let result = match tokio::time::timeout(limits::REQUEST_TIME_MAX, work).await {
        Ok(result) => result,
        Err(_) => Err(HttpError::unavailable(
            "The request took too long.",
            5,
            "the whole request took longer than it may",
        )),
    };
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let (status, cause) = match &result {
        Ok(reply) => (reply.status.as_u16(), None),
        Err(error) => (error.status.as_u16(), error.cause.as_deref()),
    };
    let request = ids.request;
    let door = if is_oauth { "oauth" } else { "sign-in" };
    tracing::info!(%request, method = method.as_str(), door, status, cause, micros, "request");
    let reply = match result {
        Ok(reply) => reply,
        Err(error) if is_oauth => oauth::refused(&error),
        Err(error) => signin::refused(&error, asked_by),
    };
    dressed(&app, reply, ids, &method)
}

async fn visit(app: Arc<App>, parts: Parts, body: HttpBody, ids: Ids) -> Result<Reply, HttpError> {
    serve::within_limits(&parts)?;
    serve::for_this_host(&app, &parts)?;
    let path = crate::path::segments(parts.uri.path(), |_| false)?;
    let query = Form::parse(parts.uri.query().unwrap_or_default().as_bytes())?;
    let method = match parts.method {
        Method::HEAD => Method::GET,
        ref method => method.clone(),
    };
    let (form, json) = match method {
        Method::POST => sent(&parts, body).await?,
        _ => (Form::default(), Value::Null),
    };
    let visit = Visit {
        app,
        request_id: ids.request,
        method,
        path,
        query,
        form,
        json,
        parts,
    };
    match visit.path.first().map(String::as_str) {
        Some("sign-in" | "sign-out") => signin::answer(visit).await,
        Some(_) | None => oauth::answer(visit).await,
    }
}

/// The largest form.
const FORM_BYTES_MAX: usize = 64 * 1024;

async fn sent(parts: &Parts, body: HttpBody) -> Result<(Form, Value), HttpError> {
    let limited = http_body_util::Limited::new(body, FORM_BYTES_MAX);
    let bytes = match http_body_util::BodyExt::collect(limited).await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            return Err(HttpError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                format!("The form is larger than {FORM_BYTES_MAX} bytes."),
            ));
        }
        Err(_) => {
            return Err(HttpError::bad_request(
                "The form could not be read to its end.",
            ));
        }
    };
    let kind = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let bare = kind.split(';').next().unwrap_or_default().trim();
    if bare.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok((Form::parse(&bytes)?, Value::Null));
    }
    if bytes.is_empty() {
        return Ok((Form::default(), Value::Null));
    }
    if serve::is_json(kind) && parts.uri.path().starts_with("/sign-in/") {
        crate::json::parse(&bytes)
            .map_err(|wrong| HttpError::body(&wrong.to_string(), Family::Ephor))?;
        let json = serde_json::from_slice(&bytes)
            .map_err(|_| HttpError::bad_request("The body is no JSON."))?;
        return Ok((Form::default(), json));
    }
    Err(HttpError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "UnsupportedMediaType",
        "The body must be sent as application/x-www-form-urlencoded.",
    ))
}

fn dressed(app: &App, reply: Reply, ids: Ids, method: &Method) -> Response<HttpBody> {
    let mut headers = HeaderMap::new();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.append(name, value);
        }
    };
    let (kind, text) = match reply.content {
        Content::Page(text) => (Some("text/html; charset=utf-8"), text),
        Content::Json(value) => (Some("application/json; charset=utf-8"), value.to_string()),
        Content::Redirect(to) => {
            set(header::LOCATION, &to);
            (None, String::new())
        }
        Content::Fixed(kind, text) => (Some(kind), text.to_owned()),
        Content::Nothing => (None, String::new()),
    };
    if let Some(kind) = kind {
        set(header::CONTENT_TYPE, kind);
    }
    for cookie in &reply.cookies {
        set(header::SET_COOKIE, cookie);
    }
    for (name, value) in reply.headers {
        set(name, &value);
    }
    let further = reply.form_action.unwrap_or_default();
    set(
        header::CONTENT_SECURITY_POLICY,
        &format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
             connect-src 'self'; form-action 'self' {further}; base-uri 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'"
        ),
    );
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self)",
    );
    if app.is_secure() {
        set(
            header::STRICT_TRANSPORT_SECURITY,
            "max-age=63072000; includeSubDomains",
        );
    }
    serve::dress(&mut headers, ids, true);
    let body = if *method == Method::HEAD {
        HttpBody::empty()
    } else {
        HttpBody::from(text)
    };
    let mut response = Response::new(body);
    *response.status_mut() = reply.status;
    *response.headers_mut() = headers;
    response
}
