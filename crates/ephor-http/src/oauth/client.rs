//! Which application asks, and how it proves itself: by nothing, a secret, or a signed assertion.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ephor_core::id::ApplicationId;
use ephor_core::signin::application::{Application, ApplicationKind};
use ephor_core::time::{Instant, Length};
use ephor_ops::OpError;
use ephor_ops::signin::application::find;
use ephor_store::{Ticket, TicketKind};
use http::{StatusCode, header};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::{Fault, base, store_fault};
use crate::door::Visit;
use crate::error::HttpError;
use crate::signin::visitor::hash;
use crate::token::issuer;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// An assertion is good for no longer.
const ASSERTION_LIFETIME_MAX: Length = Length::minutes(5);
const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::ES256,
    Algorithm::RS256,
    Algorithm::PS256,
    Algorithm::EdDSA,
];

/// What an application shows of itself.
enum Proof {
    Nothing,
    Secret(String),
    Assertion(String),
}

/// The application of this id, unproven.
pub(super) async fn named(visit: &Visit, id: &str) -> Result<Option<Application>, HttpError> {
    let Ok(id) = id.parse::<ApplicationId>() else {
        return Ok(None);
    };
    visit
        .app
        .store
        .read("oauth.client", move |tx| find(tx, id))
        .await
        .map_err(store_fault)
}

/// The application that asks, proven.
pub(super) async fn proven(visit: &Visit) -> Result<Result<Application, Fault>, HttpError> {
    let (id, proof) = match shown(visit) {
        Ok(shown) => shown,
        Err(fault) => return Ok(Err(fault)),
    };
    let Some(application) = named(visit, &id).await? else {
        return Ok(Err(unknown()));
    };
    let good = match (application.kind, proof) {
        (ApplicationKind::Public, Proof::Nothing) => true,
        (ApplicationKind::Public, Proof::Secret(_) | Proof::Assertion(_))
        | (ApplicationKind::Confidential, Proof::Nothing) => false,
        (ApplicationKind::Confidential, Proof::Secret(secret)) => {
            let given = hash(&secret);
            let id = application.id;
            let known = visit
                .app
                .store
                .read("oauth.client", move |tx| {
                    tx.client_secrets(id).map_err(OpError::from)
                })
                .await
                .map_err(store_fault)?;
            // Each is compared, whatever the ones before came to.
            known
                .iter()
                .fold(false, |good, own| good | bool::from(own.ct_eq(&given)))
        }
        (ApplicationKind::Confidential, Proof::Assertion(assertion)) => {
            asserted(visit, &application, &assertion).await?
        }
    };
    Ok(if good {
        Ok(application)
    } else {
        Err(unknown())
    })
}

fn unknown() -> Fault {
    Fault::new(
        "invalid_client",
        "The client is not known here, or did not prove itself.",
    )
    .status(StatusCode::UNAUTHORIZED)
}

fn shown(visit: &Visit) -> Result<(String, Proof), Fault> {
    let form = &visit.form;
    let basic = basic(visit)?;
    let in_form = form.get("client_secret").map(str::to_owned);
    let assertion = form.get("client_assertion").map(str::to_owned);
    let named = form.get("client_id").map(str::to_owned);
    let several = Fault::new(
        "invalid_request",
        "The client proves itself in more than one way.",
    );
    match (basic, in_form, assertion) {
        (Some((id, secret)), None, None) => match named {
            Some(named) if named != id => Err(several),
            Some(_) | None => Ok((id, Proof::Secret(secret))),
        },
        (None, Some(secret), None) => Ok((named.ok_or_else(missing)?, Proof::Secret(secret))),
        (None, None, Some(assertion)) => {
            if form.text("client_assertion_type") != ASSERTION_TYPE {
                return Err(Fault::new(
                    "invalid_request",
                    format!("client_assertion_type must be {ASSERTION_TYPE}."),
                ));
            }
            let id = match named {
                Some(named) => named,
                None => subject(&assertion).ok_or_else(unknown)?,
            };
            Ok((id, Proof::Assertion(assertion)))
        }
        (None, None, None) => Ok((named.ok_or_else(missing)?, Proof::Nothing)),
        (_, _, _) => Err(several),
    }
}

fn missing() -> Fault {
    Fault::new("invalid_request", "client_id is missing.")
}

/// The two halves of `Authorization: Basic`, each form-encoded (RFC 6749 section 2.3.1).
fn basic(visit: &Visit) -> Result<Option<(String, String)>, Fault> {
    let Some(value) = visit.parts.headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let read = || {
        let text = value.to_str().ok()?;
        let (scheme, rest) = text.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let text = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
        let (id, secret) = text.split_once(':')?;
        let plain = |half: &str| {
            percent_encoding::percent_decode_str(&half.replace('+', " "))
                .decode_utf8()
                .ok()
                .map(std::borrow::Cow::into_owned)
        };
        Some((plain(id)?, plain(secret)?))
    };
    read().map(Some).ok_or_else(unknown)
}

/// Whom an assertion says it is of: only to find the keys it is checked by.
fn subject(assertion: &str) -> Option<String> {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let bytes = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1)?).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    Some(claims.get("sub")?.as_str()?.to_owned())
}

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    jti: String,
}

/// Whether an assertion was signed by this application, for us, just now, and never came before.
async fn asserted(
    visit: &Visit,
    application: &Application,
    assertion: &str,
) -> Result<bool, HttpError> {
    let app = &visit.app;
    let audiences = [
        format!("{}/oauth2/v2.0/token", base(app)),
        issuer(&app.public_url, app.tenant.id),
    ];
    let Some(claims) = checked(application, assertion, &audiences) else {
        return Ok(false);
    };
    let id = application.id.to_string();
    if claims.iss != id || claims.sub != id {
        return Ok(false);
    }
    let at = |seconds: i64| Instant::from_micros(seconds.saturating_mul(1_000_000));
    let (until, from) = (at(claims.exp), claims.nbf.map(at));
    let once = hash(&format!("{id} {}", claims.jti));
    app.store
        .write("oauth.assertion", visit.caller(None), move |tx| {
            let now = tx.now();
            let in_time = now < until
                && until.since(now) <= ASSERTION_LIFETIME_MAX
                && from.is_none_or(|from| from <= now);
            if !in_time || tx.ticket(TicketKind::Assertion, &once)?.is_some() {
                return Ok(false);
            }
            tx.keep_ticket(&Ticket {
                kind: TicketKind::Assertion,
                hash: once,
                other: None,
                user: None,
                session: None,
                until,
                used_at: Some(now),
                document: "{}".to_owned(),
            })?;
            Ok::<_, OpError>(true)
        })
        .await
        .map_err(store_fault)
}

fn checked(application: &Application, assertion: &str, audiences: &[String]) -> Option<Claims> {
    let keys: JwkSet = serde_json::from_str(application.keys.as_deref()?).ok()?;
    let header = jsonwebtoken::decode_header(assertion).ok()?;
    if !ALGORITHMS.contains(&header.alg) {
        return None;
    }
    let fits = |key: &&jsonwebtoken::jwk::Jwk| match &header.kid {
        Some(kid) => key.common.key_id.as_ref() == Some(kid),
        None => true,
    };
    let key = DecodingKey::from_jwk(keys.keys.iter().find(fits)?).ok()?;
    let mut validation = Validation::new(header.alg);
    validation.set_audience(audiences);
    validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    // Time is judged against the store's own.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    jsonwebtoken::decode::<Claims>(assertion, &key, &validation)
        .ok()
        .map(|token| token.claims)
}
