//! One request from its first header to its last: limits, where it leads, who sent it, the answer, and the
//! headers that every answer has (`security.md` sections 4 and 5).
//!
//! It reads from top to bottom in the order in which things are refused: what can't be read, another
//! site's host, a path or method that isn't there, a missing token, a body that is no JSON. Only then a
//! handler runs.

use std::future::Future;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body as HttpBody;
use ephor_core::caller::Issuance;
use ephor_core::id::IdSource;
use ephor_core::signin::session::Session;
use ephor_core::signin::strength::Strength;
use ephor_core::time::{Clock, Instant};
use ephor_ops::OpError;
use ephor_store::ambient::{RandomIds, SystemClock};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use serde_json::json;
use uuid::Uuid;

use crate::answer::{Answer, Body};
use crate::call::{Call, Signed, Version, Way};
use crate::error::{Family, HttpError, STEP_UP};
use crate::json::Json;
use crate::limits;
use crate::odata::options::{Dollar, Options};
use crate::options::OperatorTokens;
use crate::proxy::WhoAsks;
use crate::rate::{self, Asker};
use crate::repeat;
use crate::routes::{Entry, Found, Route};
use crate::signin::visitor;
use crate::state::App;
use crate::step_up::{self, SignInAge};
use crate::token::Validity;

/// What Graph's clients look for in an answer that they will read.
const GRAPH_JSON: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
const PLAIN_JSON: &str = "application/json; charset=utf-8";
const PLAIN_TEXT: &str = "text/plain; charset=utf-8";
const XML: &str = "application/xml; charset=utf-8";

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
/// What the portal says of itself with each request that its cookie is to count for.
pub(crate) const PORTAL: HeaderName = HeaderName::from_static("ephor-portal");
const CONSISTENCY_LEVEL: HeaderName = HeaderName::from_static("consistencylevel");

/// The two names a request goes by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids {
    pub(crate) request: Uuid,
    /// The client's own, if that is a GUID: anything else would be somebody's text in our answers and logs.
    pub(crate) client: Option<Uuid>,
}

impl Ids {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let request = RandomIds.fresh();
        let client = headers
            .get(CLIENT_REQUEST_ID)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| Uuid::try_parse(text).ok());
        Self { request, client }
    }

    fn shown(self) -> Uuid {
        self.client.unwrap_or(self.request)
    }
}

/// What the log tells of a request, as far as it is known.
#[derive(Debug, Default)]
struct Noted {
    route: Option<String>,
    user: Option<String>,
    family: Option<Family>,
}

/// Where a request's body comes from.
pub(crate) enum Sent {
    /// From the connection.
    Stream(HttpBody),
    /// It was read with the batch that the request is a part of.
    Read(Option<Json>),
}

/// What is answered, before it is written to a connection or into a batch.
pub(crate) struct Finished {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

/// Answers a request.
pub(crate) async fn serve(app: Arc<App>, request: Request<HttpBody>) -> Response<HttpBody> {
    let (mut parts, body) = request.into_parts();
    app.trusted_proxies.note(&mut parts);
    if crate::portal::is_for(&parts) && for_this_host(&app, &parts).is_ok() {
        return crate::portal::answer(&parts, app.table.around());
    }
    if crate::door::leads_in(parts.uri.path()) {
        return crate::door::open(app, parts, body).await;
    }
    let finished = finish(&app, Arc::new(parts), Sent::Stream(body)).await;
    let body = match finished.body {
        Body::Json(body) => HttpBody::from(body.to_string()),
        Body::Text(text) | Body::Xml(text) => HttpBody::from(text),
        Body::File(file) => HttpBody::from(file.text),
        Body::Nothing => HttpBody::empty(),
    };
    let mut response = Response::new(body);
    *response.status_mut() = finished.status;
    *response.headers_mut() = finished.headers;
    response
}

impl Finished {
    /// The answer where something of ours went wrong.
    pub(crate) fn fault() -> Self {
        let error = HttpError::fault("a part of a batch ended without an answer");
        refused(&Request::new(()).into_parts().0, &error)
    }
}

/// The answer to a part of a batch that is not even sent.
pub(crate) fn refused(parts: &Parts, error: &HttpError) -> Finished {
    let ids = Ids::of(&parts.headers);
    let mut finished = refuse(error, ids, false);
    dress(&mut finished.headers, ids, false);
    finished
}

/// Takes a request, or a part of a batch, all the way: whatever happens, there is an answer, and a line in
/// the log.
pub(crate) async fn finish(app: &Arc<App>, parts: Arc<Parts>, body: Sent) -> Finished {
    let started = tokio::time::Instant::now();
    let ids = Ids::of(&parts.headers);
    let mut noted = Noted::default();
    let work = answer(app, &parts, body, ids, &mut noted);
    let result = match tokio::time::timeout(limits::REQUEST_TIME_MAX, unpanicked(work)).await {
        Ok(result) => result,
        Err(_) => Err(HttpError::unavailable(
            "The request took too long. It is not known whether it was done: read before you ask for it again.",
            5,
            "the whole request took longer than it may",
        )),
    };
    note(&parts, ids, &noted, &result, started.elapsed());
    let own = noted.family == Some(Family::Ephor);
    let mut finished = match result {
        Ok(answer) => render(answer, own),
        Err(error) => refuse(&error, ids, own),
    };
    dress(&mut finished.headers, ids, own);
    finished
}

/// A panic ends this request and no other.
pub(crate) async fn unpanicked<T>(
    work: impl Future<Output = Result<T, HttpError>>,
) -> Result<T, HttpError> {
    let mut work = pin!(work);
    std::future::poll_fn(move |context| {
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled
            .unwrap_or_else(|_| std::task::Poll::Ready(Err(HttpError::fault("a handler panicked"))))
    })
    .await
}

async fn answer(
    app: &Arc<App>,
    parts: &Arc<Parts>,
    body: Sent,
    ids: Ids,
    noted: &mut Noted,
) -> Result<Answer, HttpError> {
    within_limits(parts)?;
    let segments = crate::path::segments(parts.uri.path(), |word| app.table.is_name(word))?;
    let Found {
        route,
        version,
        params,
        path,
    } = match app.table.find(&parts.method, &segments) {
        Ok(found) => found,
        Err(error) => {
            for_this_host(app, parts)?;
            return Err(error.unwrap_or_else(|| HttpError::no_such_path(parts.uri.path())));
        }
    };
    noted.route = Some(route.shown());
    noted.family = Some(route.family);
    // Probes come by whatever address the machine has, and health tells nothing that is worth a name.
    if route.entry != Entry::Open {
        for_this_host(app, parts)?;
    }
    let signed = match route.entry {
        Entry::Open => None,
        Entry::Loopback => {
            from_loopback(parts)?;
            None
        }
        Entry::Token => Some(signed(app, parts, ids).await?),
    };
    if let Some(signed) = &signed {
        noted.user = signed.caller.user().map(|user| user.to_string());
    }
    let dollar = match version {
        Version::Beta => Dollar::Optional,
        Version::V1 | Version::Own => Dollar::Needed,
    };
    let judged = Arc::new(AtomicBool::new(false));
    let validity = signed.as_ref().map(|signed| signed.validity);
    let result = async {
        let options = Options::parse(parts.uri.query().unwrap_or_default(), dollar)
            .map_err(|wrong| HttpError::query(wrong, route.family))?;
        let body = match (route.takes_body(), body) {
            (false, _) => None,
            (true, Sent::Stream(body)) => Some(Arc::new(read_body(parts, body, route).await?)),
            (true, Sent::Read(Some(body))) => Some(Arc::new(body)),
            (true, Sent::Read(None)) => return Err(no_body(route)),
        };
        let mut age = SignInAge::Any;
        if let Some(signed) = &signed {
            let asked = rate::Asked {
                method: route.method(),
                pattern: route.pattern(),
                options: &options,
                body: body.as_deref(),
            };
            age = step_up::asked_of(&asked, signed.way, app.api_step_up);
            if let Some(turn) = rate::turn_of(&asked) {
                app.rates
                    .take(turn, Asker::of(&signed.caller, &mut String::new()))?;
            }
        }
        let repeat = match &signed {
            Some(signed) if route.entry == Entry::Token => {
                let sent = repeat::Sent {
                    parts,
                    path: &path,
                    options: &options,
                    body: body.as_deref(),
                    client: ids.client,
                    sender: signed.caller.user(),
                };
                app.repeats.judge(&sent)?
            }
            Some(_) | None => None,
        };
        let call = Call {
            app: Arc::clone(app),
            request_id: ids.request,
            version,
            family: route.family,
            path,
            params,
            options,
            eventual: parts
                .headers
                .get(CONSISTENCY_LEVEL)
                .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"eventual")),
            signed,
            age,
            body,
            judged: Arc::clone(&judged),
            repeat,
            parts: Arc::clone(parts),
        };
        (route.handler)(call).await
    }
    .await;
    match (result, validity) {
        // Whoever has no good token learns nothing of what else was wrong: where no transaction has judged
        // the token's time yet, that comes first.
        (Err(error), Some(validity)) if !judged.load(Ordering::Relaxed) => {
            let now: Result<Instant, OpError> =
                app.store.read("token.judge", |tx| Ok(tx.now())).await;
            let now = now.map_err(|error| HttpError::operation(&error, route.family))?;
            match validity.check(now) {
                Ok(()) => Err(error),
                Err(why) => Err(HttpError::not_signed_in(why.to_string())),
            }
        }
        (result, _) => result,
    }
}

pub(crate) fn within_limits(parts: &Parts) -> Result<(), HttpError> {
    let target = parts.uri.path().len() + parts.uri.query().map_or(0, |query| query.len() + 1);
    if target + parts.method.as_str().len() + 10 > limits::REQUEST_LINE_BYTES_MAX {
        return Err(HttpError::new(
            StatusCode::URI_TOO_LONG,
            "BadRequest",
            format!(
                "The address is longer than {} bytes.",
                limits::REQUEST_LINE_BYTES_MAX
            ),
        ));
    }
    let bytes: usize = parts
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    if parts.headers.len() > limits::HEADERS_MAX || bytes > limits::HEADER_BYTES_MAX {
        return Err(HttpError::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "BadRequest",
            format!(
                "The headers are more than {} or longer than {} bytes.",
                limits::HEADERS_MAX,
                limits::HEADER_BYTES_MAX
            ),
        ));
    }
    Ok(())
}

/// Refuses requests that were meant for another site and reached us by its name.
pub(crate) fn for_this_host(app: &App, parts: &Parts) -> Result<(), HttpError> {
    let named = parts.uri.authority().map(|authority| authority.as_str());
    let mut headers = parts.headers.get_all(header::HOST).iter();
    let (first, second) = (headers.next(), headers.next());
    let host = named.or_else(|| first.and_then(|value| value.to_str().ok()));
    match (host, second) {
        (Some(host), None) if app.hosts.knows(host) => Ok(()),
        (None, _) | (Some(_), Some(_)) => Err(HttpError::bad_request(
            "The request must name one host in its Host header.",
        )),
        (Some(host), None) => Err(HttpError::new(
            StatusCode::MISDIRECTED_REQUEST,
            "BadRequest",
            format!(
                "The host `{}` is not served here; use {}.",
                crate::json::clipped(host),
                app.public_url
            ),
        )),
    }
}

pub(crate) fn address(parts: &Parts) -> Option<IpAddr> {
    parts
        .extensions
        .get::<WhoAsks>()
        .map(|WhoAsks(address)| *address)
}

fn from_loopback(parts: &Parts) -> Result<(), HttpError> {
    match address(parts) {
        Some(address) if address.is_loopback() => Ok(()),
        Some(_) | None => Err(HttpError::new(
            StatusCode::FORBIDDEN,
            "Authorization_RequestDenied",
            "This is there only for the machine that the demonstration runs on.",
        )),
    }
}

/// Who sent the request, by its access token. Its time is judged later, in the transaction.
async fn signed(app: &App, parts: &Parts, ids: Ids) -> Result<Signed, HttpError> {
    if let Some(signed) = by_cookie(app, parts, ids).await? {
        return Ok(signed);
    }
    let mut headers = parts.headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (headers.next(), headers.next()) else {
        return Err(HttpError::not_signed_in(
            "not exactly one Authorization header",
        ));
    };
    let token = value
        .to_str()
        .ok()
        .and_then(|text| text.split_at_checked("Bearer ".len()))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer "))
        .map(|(_, token)| token)
        .ok_or_else(|| HttpError::not_signed_in("the Authorization header is not Bearer"))?;
    let (mut caller, validity) = app
        .verifier()
        .await
        .map_err(|error| HttpError::operation(&error, Family::Other))?
        .verify(token)
        .map_err(|why| HttpError::not_signed_in(why.to_string()))?;
    if caller.issuance == Issuance::Operator && app.operator_tokens == OperatorTokens::Off {
        return Err(HttpError::not_signed_in(
            "security.operator_tokens is off, and the operator issued this token",
        ));
    }
    caller.address = address(parts).map(|address| address.to_string());
    caller.request_id = Some(ids.request);
    Ok(Signed {
        caller,
        validity,
        way: Way::Bearer,
    })
}

/// Who sent the request, by their browser's session: only where a page of ours sent it, which says so by a
/// header that no other site can send (T-39).
async fn by_cookie(app: &App, parts: &Parts, ids: Ids) -> Result<Option<Signed>, HttpError> {
    if parts.headers.contains_key(header::AUTHORIZATION) || !parts.headers.contains_key(PORTAL) {
        return Ok(None);
    }
    let Some(cookie) = visitor::cookie_in(&parts.headers, app, visitor::Cookie::Session) else {
        return Ok(None);
    };
    if !visitor::is_same_origin(&parts.headers, app) {
        return Err(HttpError::not_signed_in(
            "a cookie came with a request from another site",
        ));
    }
    let signed_in = visitor::signed_in_by(app, &cookie)
        .await?
        .ok_or_else(|| HttpError::not_signed_in("the cookie belongs to no session in force"))?;
    let mut caller = visitor::caller_of(&signed_in.session);
    caller.address = address(parts).map(|address| address.to_string());
    caller.request_id = Some(ids.request);
    let validity = Validity {
        not_before: signed_in.session.made_at,
        expires_at: signed_in.session.until,
    };
    Ok(Some(Signed {
        caller,
        validity,
        way: Way::Cookie,
    }))
}

/// The body as JSON: no encodings, no other types, no more than it may be.
async fn read_body(
    parts: &Parts,
    body: HttpBody,
    route: &Route,
) -> Result<crate::json::Json, HttpError> {
    let unsupported = |message: &str| {
        HttpError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UnsupportedMediaType",
            message,
        )
    };
    if parts.headers.contains_key(header::CONTENT_ENCODING) {
        return Err(unsupported(
            "A body with a Content-Encoding is not taken; send it plain.",
        ));
    }
    let is_json = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(is_json);
    if !is_json {
        return Err(unsupported(
            "The body must be sent as application/json in UTF-8.",
        ));
    }
    let too_large = || {
        HttpError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            format!("The body is larger than {} bytes.", limits::BODY_BYTES_MAX),
        )
    };
    let announced = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limits::BODY_BYTES_MAX as u64) {
        return Err(too_large());
    }
    let limited = http_body_util::Limited::new(body, limits::BODY_BYTES_MAX);
    let bytes = match http_body_util::BodyExt::collect(limited).await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => return Err(too_large()),
        Err(_) => {
            return Err(HttpError::bad_request(
                "The body could not be read to its end.",
            ));
        }
    };
    if bytes.is_empty() {
        return Err(no_body(route));
    }
    crate::json::parse(&bytes).map_err(|wrong| HttpError::body(&wrong.to_string(), route.family))
}

fn no_body(route: &Route) -> HttpError {
    HttpError::body("is missing; send a JSON object", route.family)
}

/// `application/json` or `…+json`, in UTF-8 if a character set is named.
pub(crate) fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let json =
        kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"));
    json && parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            let value = value.trim().trim_matches('"');
            value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8")
        }
        Some(_) | None => true,
    })
}

fn render(answer: Answer, own: bool) -> Finished {
    let kind = match &answer.body {
        Body::Json(_) => Some(if own { PLAIN_JSON } else { GRAPH_JSON }),
        Body::Text(_) => Some(PLAIN_TEXT),
        Body::Xml(_) => Some(XML),
        Body::File(file) => Some(file.kind),
        Body::Nothing => None,
    };
    let mut headers = HeaderMap::new();
    if let Body::File(file) = &answer.body {
        let saved = format!("attachment; filename=\"{}\"", file.name);
        let next = file.next.as_ref();
        let next = next.map(|next| format!("<{next}>; rel=\"next\""));
        let lines = [
            (header::CONTENT_DISPOSITION, Some(saved)),
            (header::LINK, next),
        ];
        for (name, value) in lines {
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                headers.insert(name, value);
            }
        }
    }
    if let Some(kind) = kind {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    if let Some(location) = answer.location
        && let Ok(value) = HeaderValue::try_from(location)
    {
        headers.insert(header::LOCATION, value);
    }
    Finished {
        status: answer.status,
        headers,
        body: answer.body,
    }
}

/// The error envelope (`directory.md` 1.2).
pub(crate) fn refuse(error: &HttpError, ids: Ids, own: bool) -> Finished {
    let second = SystemClock.now().micros().div_euclid(1_000_000) * 1_000_000;
    let date = Instant::from_micros(second).to_string();
    let mut inner = error.shown();
    inner["innerError"] = json!({
        "date": date.trim_end_matches('Z'),
        "request-id": ids.request,
        "client-request-id": ids.shown(),
    });
    let answer = Answer::json(json!({"error": inner})).with_status(error.status);
    let mut finished = render(answer, own);
    let headers = &mut finished.headers;
    if error.status == StatusCode::UNAUTHORIZED {
        // RFC 9470: how the sign-in would have to be.
        let asked = format!(
            "Bearer error=\"{STEP_UP}\", error_description=\"A second factor must have been shown lately.\", \
             acr_values=\"{}\", max_age=\"{}\"",
            Strength::MultiFactor.acr(),
            Session::FRESH.as_seconds()
        );
        let value = match error.code {
            STEP_UP => HeaderValue::try_from(asked).ok(),
            _ => None,
        };
        let plain = HeaderValue::from_static("Bearer");
        headers.insert(header::WWW_AUTHENTICATE, value.unwrap_or(plain));
    }
    if let Some(seconds) = error.retry_after {
        headers.insert(header::RETRY_AFTER, seconds.max(1).into());
    }
    if let Some(allow) = &error.allow
        && let Ok(value) = HeaderValue::try_from(allow)
    {
        headers.insert(header::ALLOW, value);
    }
    finished
}

/// The headers that every answer has.
pub(crate) fn dress(headers: &mut HeaderMap, ids: Ids, own: bool) {
    let mut id = |name: HeaderName, id: Uuid| {
        if let Ok(value) = HeaderValue::try_from(id.to_string()) {
            headers.insert(name, value);
        }
    };
    id(REQUEST_ID, ids.request);
    id(CLIENT_REQUEST_ID, ids.shown());
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !own {
        headers.insert(
            HeaderName::from_static("odata-version"),
            HeaderValue::from_static("4.0"),
        );
    }
}

/// One line for each request: ids and codes, nothing that anybody wrote and nothing secret (T-52).
fn note(
    parts: &Parts,
    ids: Ids,
    noted: &Noted,
    result: &Result<Answer, HttpError>,
    took: std::time::Duration,
) {
    let (status, code, cause) = match result {
        Ok(answer) => (answer.status, None, None),
        Err(error) => (error.status, Some(error.code), error.cause.as_deref()),
    };
    let route = noted.route.as_deref().unwrap_or("-");
    let user = noted.user.as_deref();
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let (status, request) = (status.as_u16(), ids.request);
    let method = if parts.method.as_str().len() <= 16 {
        parts.method.as_str()
    } else {
        "-"
    };
    if status >= 500 {
        tracing::error!(%request, method, route, user, status, code, cause, micros, "request failed");
    } else {
        tracing::info!(%request, method, route, user, status, code, cause, micros, "request");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t43_a_demonstrations_clock_is_moved_from_loopback_only() {
        let from = |address: Option<&str>| {
            let (mut parts, ()) = Request::new(()).into_parts();
            if let Some(address) = address {
                let address: std::net::SocketAddr = address.parse().unwrap();
                parts.extensions.insert(axum::extract::ConnectInfo(address));
                crate::TrustedProxies::default().note(&mut parts);
            }
            from_loopback(&parts).map_err(|error| error.status.as_u16())
        };
        for near in [
            "127.0.0.1:9",
            "127.8.0.1:9",
            "[::1]:9",
            "[::ffff:127.0.0.1]:9",
        ] {
            assert_eq!(from(Some(near)), Ok(()), "{near}");
        }
        for far in [
            "192.0.2.7:9",
            "10.0.0.1:9",
            "[2001:db8::1]:9",
            "[::ffff:192.0.2.7]:9",
            "0.0.0.0:9",
        ] {
            assert_eq!(from(Some(far)), Err(403), "{far}");
        }
        assert_eq!(from(None), Err(403), "nobody knows from where");
    }

    #[test]
    fn only_json_in_utf8_is_taken() {
        for good in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/json;odata.metadata=minimal;IEEE754Compatible=false;charset=utf-8",
            "application/merge-patch+json",
        ] {
            assert!(is_json(good), "{good}");
        }
        for bad in [
            "",
            "text/plain",
            "application/json; charset=latin1",
            "application/xml",
            "text/x+json",
            "multipart/form-data",
        ] {
            assert!(!is_json(bad), "{bad}");
        }
    }
}
