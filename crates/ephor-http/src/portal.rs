//! The portal: its page at each of its places and its files, with the headers that pages have
//! (`security.md` section 4). Nobody needs to be signed in for them: what they show comes from the API.

use axum::body::Body as HttpBody;
use ephor_core::id::IdSource;
use ephor_portal::{Around, Coding, Keep};
use ephor_store::ambient::RandomIds;
use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode};

/// What a page may load; `{}` is the nonce of this answer's styles.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{}'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'";

/// All off but passkeys.
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
    microphone=(), midi=(), payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self)";

/// Whether a request is for the portal; anything else is the API's.
pub(crate) fn is_for(parts: &Parts) -> bool {
    let path = parts.uri.path();
    (parts.method == Method::GET || parts.method == Method::HEAD)
        && (ephor_portal::is_place(path) || ephor_portal::asset(path, &[]).is_some())
}

/// The answer to such a request.
pub(crate) fn answer(parts: &Parts, around: Around) -> Response<HttpBody> {
    let mut response = match ephor_portal::asset(parts.uri.path(), &takes(parts)) {
        Some(asset) => file(parts, asset),
        None => page(around),
    };
    if parts.method == Method::HEAD {
        *response.body_mut() = HttpBody::empty();
    }
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// How the client takes files packed, the smallest first.
fn takes(parts: &Parts) -> Vec<Coding> {
    let said = parts
        .headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .filter(|one| !one.replace(' ', "").ends_with(";q=0"))
        .map(|one| one.split(';').next().unwrap_or_default().trim())
        .collect::<Vec<_>>();
    [Coding::Brotli, Coding::Gzip]
        .into_iter()
        .filter(|coding| said.contains(&coding.as_str()))
        .collect()
}

fn file(parts: &Parts, asset: ephor_portal::Asset) -> Response<HttpBody> {
    let known = parts
        .headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == asset.tag));
    let mut response = Response::new(if known {
        HttpBody::empty()
    } else {
        HttpBody::from(asset.bytes.into_owned())
    });
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(asset.media_type),
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let keep = match asset.keep {
        Keep::ForEver => "public, max-age=31536000, immutable",
        Keep::Ask => "no-cache",
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    if let Some(coding) = asset.coding {
        headers.insert(
            header::CONTENT_ENCODING,
            HeaderValue::from_static(coding.as_str()),
        );
    }
    if let Ok(tag) = HeaderValue::try_from(asset.tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

fn page(around: Around) -> Response<HttpBody> {
    let nonce = RandomIds.fresh().simple().to_string();
    let mut response = Response::new(HttpBody::from(ephor_portal::page(&nonce, around)));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(policy) = HeaderValue::try_from(POLICY.replace("{}", &nonce)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
