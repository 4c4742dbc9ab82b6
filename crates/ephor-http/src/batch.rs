//! `/v1.0/$batch`: up to twenty requests in one, each as if it had been sent alone (T-46).
//!
//! A batch that is not in order is refused as a whole, before any of it is done. Each part then goes through
//! the same pipeline as a request of its own, in the name of whoever sent the batch; parts run side by side,
//! save where one names others that it depends on: it waits for them, and is not done where one of them
//! failed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Request, StatusCode, Uri};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

use crate::answer::{Answer, Body};
use crate::call::Call;
use crate::error::HttpError;
use crate::fields::{Fields, Read};
use crate::json::{Json, clipped};
use crate::limits::BATCH_MAX;
use crate::odata::shape::{Members, Usual};
use crate::serve::{Finished, PORTAL, Sent, finish, is_json};
use crate::state::App;
use crate::types::{Complex, TEXTS, Type};

/// What is sent.
pub(crate) const REQUESTS: Members = Members {
    name: "batchRequests",
    properties: &[(
        "requests",
        Type::List(&Type::Object(&Complex {
            name: "batchRequest",
            properties: &[
                ("id", Type::Text),
                ("method", Type::Text),
                ("url", Type::Text),
                ("headers", Type::Document),
                ("body", Type::Document),
                ("dependsOn", TEXTS),
            ],
        })),
    )],
    usual: Usual::All,
    related: &[],
};
/// What is answered.
pub(crate) const RESPONSES: Members = Members {
    name: "batchResponses",
    properties: &[(
        "responses",
        Type::List(&Type::Object(&Complex {
            name: "batchResponse",
            properties: &[
                ("id", Type::Text),
                ("status", Type::Int),
                ("headers", Type::Document),
                ("body", Type::Document),
            ],
        })),
    )],
    usual: Usual::All,
    related: &[],
};

/// What clients write into addresses unencoded.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Headers by which a part would be somebody else's, or go somewhere else, than the batch: also those by which
/// a browser's cookie counts or doesn't (T-39).
const INHERITED: [HeaderName; 6] = [
    header::AUTHORIZATION,
    header::HOST,
    header::COOKIE,
    header::ORIGIN,
    HeaderName::from_static("sec-fetch-site"),
    PORTAL,
];
/// The longest id of a part.
const ID_BYTES_MAX: usize = 256;

/// One request of a batch, ready to be sent.
struct Part {
    id: String,
    parts: Arc<Parts>,
    body: Option<Json>,
    /// Places of the parts it waits for.
    after: Vec<usize>,
}

/// `POST /$batch`
pub(crate) async fn run(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    // Whoever has no good token learns nothing of what else is wrong.
    call.is_signed_in().await?;
    let read = call.body(|fields| parts(fields, &call))?;
    in_order(&read)?;
    let ids: Vec<String> = read.iter().map(|part| part.id.clone()).collect();
    let finished = all(&call.app, read).await;
    let responses = ids
        .iter()
        .zip(finished)
        .map(|(id, finished)| shown(id, finished));
    Ok(Answer::json(
        json!({"responses": responses.collect::<Vec<_>>()}),
    ))
}

fn parts(fields: &Fields<'_>, call: &Call) -> Read<Vec<Part>> {
    let requests = fields
        .list("requests")?
        .ok_or_else(|| fields.missing("requests"))?;
    if requests.is_empty() || requests.len() > BATCH_MAX {
        return Err(fields.wrong(
            "requests",
            format!(
                "holds {} requests, but it must hold 1 to {BATCH_MAX}",
                requests.len()
            ),
        ));
    }
    let mut read = Vec::with_capacity(requests.len());
    let mut waits = Vec::with_capacity(requests.len());
    for (index, request) in requests.iter().enumerate() {
        let fields = fields.item("requests", index, request)?;
        read.push(part(&fields, call)?);
        waits.push((fields.texts("dependsOn")?.unwrap_or_default(), fields));
    }
    let mut places = HashMap::new();
    for (at, part) in read.iter().enumerate() {
        if places.insert(part.id.clone(), at).is_some() {
            return Err(fields.wrong(
                &format!("requests[{at}].id"),
                format!("is `{}`, which another request has too", clipped(&part.id)),
            ));
        }
    }
    for (part, (names, fields)) in read.iter_mut().zip(waits) {
        for name in names {
            let place = places.get(name).copied().ok_or_else(|| {
                fields.wrong(
                    "dependsOn",
                    format!("names `{}`, but no request has that id", clipped(name)),
                )
            })?;
            part.after.push(place);
        }
    }
    Ok(read)
}

fn part(fields: &Fields<'_>, call: &Call) -> Read<Part> {
    let id = match fields.get("id") {
        None => return Err(fields.missing("id")),
        Some(Json::Int(number)) => number.to_string(),
        Some(_) => fields.text("id")?.unwrap_or_default().to_owned(),
    };
    if id.is_empty() || id.len() > ID_BYTES_MAX {
        return Err(fields.wrong("id", format!("must have 1 to {ID_BYTES_MAX} bytes")));
    }
    let method = fields
        .text("method")?
        .ok_or_else(|| fields.missing("method"))?;
    let method = [
        Method::GET,
        Method::POST,
        Method::PATCH,
        Method::PUT,
        Method::DELETE,
    ]
    .into_iter()
    .find(|known| known.as_str().eq_ignore_ascii_case(method))
    .ok_or_else(|| {
        fields.wrong(
            "method",
            format!(
                "is `{}`, but it must be one of `GET`, `POST`, `PATCH`, `PUT`, `DELETE`",
                clipped(method)
            ),
        )
    })?;
    let uri = address(fields, call)?;
    let mut request = Request::new(());
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers(fields, call)?;
    *request.extensions_mut() = call.parts.extensions.clone();
    let (parts, ()) = request.into_parts();
    Ok(Part {
        id,
        parts: Arc::new(parts),
        body: fields.get("body").cloned(),
        after: Vec::new(),
    })
}

/// The part's address under the batch's version; neither another host nor another batch.
fn address(fields: &Fields<'_>, call: &Call) -> Read<Uri> {
    let url = fields.text("url")?.ok_or_else(|| fields.missing("url"))?;
    let wrong = |why: &str| fields.wrong("url", format!("is `{}`, {why}", clipped(url)));
    let relative = url.strip_prefix('/').unwrap_or(url);
    let front = relative.split(['?', '/']).next().unwrap_or_default();
    if relative.starts_with('/') || front.contains(':') || relative.contains('#') {
        return Err(wrong(
            "but it must be an address relative to the batch's own, such as /me",
        ));
    }
    if front.eq_ignore_ascii_case("$batch") || front.eq_ignore_ascii_case("%24batch") {
        return Err(wrong("but a batch can't hold another batch"));
    }
    let encoded = utf8_percent_encode(relative, UNSAFE);
    format!("{}/{encoded}", call.version.prefix())
        .parse()
        .map_err(|_| wrong("which is no address"))
}

/// The part's own headers, with what it inherits: who sends it, and to which host.
fn headers(fields: &Fields<'_>, call: &Call) -> Read<HeaderMap> {
    let mut headers = HeaderMap::new();
    if let Some(given) = fields.object("headers")? {
        for name in given.names() {
            let text = given.text(name)?.unwrap_or_default();
            let unreadable = || given.wrong(&clipped(name), "is no header");
            let header: HeaderName = name.parse().map_err(|_| unreadable())?;
            let value: HeaderValue = text.parse().map_err(|_| unreadable())?;
            if INHERITED.contains(&header) && call.parts.headers.get(&header) != Some(&value) {
                return Err(given.wrong(name, "must be that of the batch, or be left out"));
            }
            headers.insert(header, value);
        }
    }
    let says_otherwise = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| !value.to_str().is_ok_and(is_json));
    if fields.get("body").is_some() && says_otherwise {
        return Err(fields.wrong("headers", "must say application/json, for so is the body"));
    }
    for name in INHERITED {
        headers.remove(&name);
        for value in call.parts.headers.get_all(&name) {
            headers.append(name.clone(), value.clone());
        }
    }
    if !headers.contains_key(header::HOST)
        && let Some(authority) = call.parts.uri.authority()
        && let Ok(value) = HeaderValue::from_str(authority.as_str())
    {
        headers.insert(header::HOST, value);
    }
    Ok(headers)
}

/// Refused where parts wait for each other.
fn in_order(parts: &[Part]) -> Result<(), HttpError> {
    let mut placed: HashSet<usize> = HashSet::new();
    loop {
        let next: Vec<usize> = (0..parts.len())
            .filter(|at| !placed.contains(at))
            .filter(|at| {
                parts[*at]
                    .after
                    .iter()
                    .all(|before| placed.contains(before))
            })
            .collect();
        if next.is_empty() {
            break;
        }
        placed.extend(next);
    }
    match (0..parts.len()).find(|at| !placed.contains(at)) {
        None => Ok(()),
        Some(at) => Err(HttpError::bad_request(format!(
            "The request `{}` depends on itself, by way of dependsOn.",
            clipped(&parts[at].id)
        ))),
    }
}

/// Sends the parts, each as soon as those that it waits for are done. With the batch, all of them end.
async fn all(app: &Arc<App>, parts: Vec<Part>) -> Vec<Finished> {
    let mut finished: Vec<Option<Finished>> = parts.iter().map(|_| None).collect();
    let mut waiting: Vec<Option<Part>> = parts.into_iter().map(Some).collect();
    let mut running: JoinSet<(usize, Finished)> = JoinSet::new();
    loop {
        for (at, slot) in waiting.iter_mut().enumerate() {
            let Some(part) = slot else { continue };
            let done = |before: &usize| finished[*before].as_ref();
            if !part.after.iter().all(|before| done(before).is_some()) {
                continue;
            }
            let failed = part
                .after
                .iter()
                .any(|before| done(before).is_some_and(|before| !before.status.is_success()));
            if let Some(part) = slot.take() {
                let app = Arc::clone(app);
                running.spawn(async move {
                    if failed {
                        let error = HttpError::new(
                            StatusCode::FAILED_DEPENDENCY,
                            "FailedDependency",
                            "A request that this one depends on failed, so it was not done.",
                        );
                        return (at, crate::serve::refused(&part.parts, &error));
                    }
                    (at, finish(&app, part.parts, Sent::Read(part.body)).await)
                });
            }
        }
        match running.join_next().await {
            None => break,
            Some(Ok((at, done))) => finished[at] = Some(done),
            // A panic in a handler is caught further in; whatever else ends a task ends the batch.
            Some(Err(_)) => break,
        }
    }
    finished
        .into_iter()
        .map(|finished| finished.unwrap_or_else(Finished::fault))
        .collect()
}

fn shown(id: &str, finished: Finished) -> Value {
    let mut headers = Map::new();
    for (name, value) in &finished.headers {
        if let Ok(value) = value.to_str() {
            headers.insert(name.as_str().to_owned(), json!(value));
        }
    }
    let mut response = json!({
        "id": id,
        "status": finished.status.as_u16(),
        "headers": headers,
    });
    match finished.body {
        Body::Json(body) => response["body"] = body,
        // What is no JSON is in Base64, as in Graph's batches.
        Body::Text(text) | Body::Xml(text) => response["body"] = json!(STANDARD.encode(text)),
        Body::File(file) => response["body"] = json!(STANDARD.encode(file.text)),
        Body::Nothing => {}
    }
    response
}
