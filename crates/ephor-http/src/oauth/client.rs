//! Which application asks, and how it proves itself: by nothing, a secret, or a signed assertion.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ephor_core::id::ApplicationId;
use ephor_core::signin::application::{Application, ApplicationKind};
use ephor_ops::OpError;
use ephor_ops::signin::application::find;
use http::{StatusCode, header};
use subtle::ConstantTimeEq;

use super::{Fault, assertion, store_fault};
use crate::door::Visit;
use crate::error::HttpError;
use crate::jws;
use crate::rate::Turn;
use crate::signin::visitor::hash;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

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
    visit.take_turn(Turn::Token, &id.to_ascii_lowercase())?;
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
        (ApplicationKind::Confidential, Proof::Assertion(shown)) => {
            assertion::is_good(visit, &application, &shown).await?
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
    let signed = form.get("client_assertion").map(str::to_owned);
    let named = form.get("client_id").map(str::to_owned);
    let several = Fault::new(
        "invalid_request",
        "The client proves itself in more than one way.",
    );
    match (basic, in_form, signed) {
        (Some((id, secret)), None, None) => match named {
            Some(named) if named != id => Err(several),
            Some(_) | None => Ok((id, Proof::Secret(secret))),
        },
        (None, Some(secret), None) => Ok((named.ok_or_else(missing)?, Proof::Secret(secret))),
        (None, None, Some(signed)) => {
            if form.text("client_assertion_type") != ASSERTION_TYPE {
                return Err(Fault::new(
                    "invalid_request",
                    format!("client_assertion_type must be {ASSERTION_TYPE}."),
                ));
            }
            let id = match named {
                Some(named) => named,
                None => jws::subject(&signed).ok_or_else(unknown)?,
            };
            Ok((id, Proof::Assertion(signed)))
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
