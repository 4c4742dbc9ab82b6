//! `token`: tokens for a code, a refresh token, a device code, or an application's own proof.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ephor_core::signin::application::{Application, ApplicationKind};
use ephor_ops::signin::oauth::{self, Denied, Granted};
use serde_json::json;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{Fault, client, ensure_id_key, id_token, store_fault};
use crate::door::{Reply, Visit};
use crate::error::HttpError;
use crate::signin::visitor::{hash, secret};
use crate::token::{GRAPH_AUDIENCE, mint_access, mint_own};

pub(super) async fn answer(visit: &Visit) -> Result<Reply, HttpError> {
    let application = match client::proven(visit).await? {
        Ok(application) => application,
        Err(fault) => return Ok(fault.reply()),
    };
    match visit.form.text("grant_type") {
        "authorization_code" => by_code(visit, application).await,
        "client_credentials" => in_its_own_name(visit, application).await,
        "refresh_token" => by_refresh(visit, application).await,
        "urn:ietf:params:oauth:grant-type:device_code" | "device_code" => {
            by_device(visit, application).await
        }
        _ => Ok(Fault::new(
            "unsupported_grant_type",
            "grant_type is none of authorization_code, refresh_token, client_credentials and urn:ietf:params:oauth:grant-type:device_code.",
        )
        .reply()),
    }
}

/// Whether a verifier fits a challenge (RFC 7636, S256).
fn fits(verifier: &str, challenge: &str) -> bool {
    let plausible = (43..=128).contains(&verifier.len())
        && verifier
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    let made = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    plausible && bool::from(made.as_bytes().ct_eq(challenge.as_bytes()))
}

async fn by_code(visit: &Visit, application: Application) -> Result<Reply, HttpError> {
    ensure_id_key(&visit.app).await?;
    let code = hash(visit.form.text("code"));
    let redirect_uri = visit.form.text("redirect_uri").to_owned();
    let verifier = visit.form.text("code_verifier").to_owned();
    let refresh = secret();
    let refresh_hash = hash(&refresh);
    let from = visit.from();
    let granted = visit
        .app
        .store
        .write("oauth.code", visit.caller(None), move |tx| {
            oauth::exchange(
                tx,
                &application,
                &code,
                &redirect_uri,
                |challenge| fits(&verifier, challenge),
                &refresh_hash,
                &from,
            )
        })
        .await
        .map_err(store_fault)?;
    given(visit, granted, &refresh)
}

/// A token for an application itself: only one that proves itself can have it, and there is no refreshing.
async fn in_its_own_name(visit: &Visit, application: Application) -> Result<Reply, HttpError> {
    match application.kind {
        ApplicationKind::Confidential => {}
        ApplicationKind::Public => {
            return Ok(Fault::new(
                "unauthorized_client",
                "An application that keeps no secret gets no token in its own name.",
            )
            .reply());
        }
    }
    let app = &visit.app;
    if let Some(asked) = visit.form.get("scope")
        && !asked
            .split(' ')
            .filter(|scope| !scope.is_empty())
            .all(|scope| is_everything(scope, &app.public_url))
    {
        return Ok(Fault::new(
            "invalid_scope",
            format!(
                "An application asks for what it was given as a whole: scope must be {}/.default.",
                app.public_url
            ),
        )
        .reply());
    }
    let granted = app
        .store
        .read("oauth.own", move |tx| oauth::grant_own(tx, application))
        .await
        .map_err(store_fault)?;
    let Some(granted) = granted else {
        return Ok(Fault::new(
            "unauthorized_client",
            "The application has no service principal that may be used.",
        )
        .reply());
    };
    let access = mint_own(&granted, &app.public_url, &app.master)
        .map_err(|wrong| HttpError::fault(wrong.to_string()))?;
    let seconds = granted.expires_at.since(granted.issued_at).as_seconds();
    Ok(Reply::json(json!({
        "token_type": "Bearer",
        "access_token": access,
        "expires_in": seconds,
        "ext_expires_in": seconds,
    })))
}

/// Whether a scope is all that an application was given, here or under Microsoft Graph's name. Some clients have a
/// slash of their own at the end of the address.
fn is_everything(scope: &str, public_url: &str) -> bool {
    match scope.strip_suffix(".default") {
        Some("") => true,
        Some(rest) => {
            let resource = rest.trim_end_matches('/');
            rest.ends_with('/') && (resource == public_url || resource == GRAPH_AUDIENCE)
        }
        None => false,
    }
}

/// The successor of a refresh token: made of it, so that an answer that was lost can be given again (T-41).
fn successor(visit: &Visit, token: &str) -> String {
    hex::encode(visit.app.master.mark("refresh", &[token.as_bytes()]))
}

async fn by_refresh(visit: &Visit, application: Application) -> Result<Reply, HttpError> {
    ensure_id_key(&visit.app).await?;
    let token = visit.form.text("refresh_token");
    let next = successor(visit, token);
    let (token, next_hash) = (hash(token), hash(&next));
    let granted = visit
        .app
        .store
        .write("oauth.refresh", visit.caller(None), move |tx| {
            oauth::refresh(tx, &application, &token, &next_hash)
        })
        .await
        .map_err(store_fault)?;
    given(visit, granted, &next)
}

async fn by_device(visit: &Visit, application: Application) -> Result<Reply, HttpError> {
    ensure_id_key(&visit.app).await?;
    let code = hash(visit.form.text("device_code"));
    let refresh = secret();
    let refresh_hash = hash(&refresh);
    let granted = visit
        .app
        .store
        .write("oauth.device", visit.caller(None), move |tx| {
            oauth::poll_device(tx, &application, &code, &refresh_hash)
        })
        .await
        .map_err(store_fault)?;
    given(visit, granted, &refresh)
}

/// `revoke` (RFC 7009): whatever is shown, the answer is the same.
pub(super) async fn give_back(visit: &Visit) -> Result<Reply, HttpError> {
    let application = match client::proven(visit).await? {
        Ok(application) => application,
        Err(fault) => return Ok(fault.reply()),
    };
    let token = hash(visit.form.text("token"));
    visit
        .app
        .store
        .write("oauth.revoke", visit.caller(None), move |tx| {
            oauth::give_back(tx, application.id, &token)
        })
        .await
        .map_err(store_fault)?;
    Ok(Reply::json(json!({})))
}

fn given(
    visit: &Visit,
    granted: Result<Granted, Denied>,
    refresh: &str,
) -> Result<Reply, HttpError> {
    let granted = match granted {
        Ok(granted) => granted,
        Err(denied) => return Ok(told(denied).reply()),
    };
    let app = &visit.app;
    let broken = |wrong: crate::token::SigningError| HttpError::fault(wrong.to_string());
    let access = mint_access(&granted, &app.public_url, &app.master).map_err(broken)?;
    let mut answer = json!({
        "token_type": "Bearer",
        "access_token": access,
        "expires_in": granted.expires_at.since(granted.issued_at).as_seconds(),
        "scope": granted.scopes.join(" "),
        "refresh_token": refresh,
    });
    if granted.scopes.iter().any(|scope| scope == "openid") {
        answer["id_token"] = id_token::mint(app, &granted).map_err(broken)?.into();
    }
    Ok(Reply::json(answer))
}

fn told(denied: Denied) -> Fault {
    match denied {
        Denied::InvalidGrant => Fault::new(
            "invalid_grant",
            "The code or token is wrong, over, was used before, or is not this client's. Sign in again.",
        ),
        Denied::AuthorizationPending => {
            Fault::new("authorization_pending", "The code was not confirmed yet.")
        }
        Denied::SlowDown => Fault::new("slow_down", "Wait a little longer between two questions."),
        Denied::AccessDenied => Fault::new("access_denied", "The request was turned down."),
        Denied::ExpiredToken => Fault::new("expired_token", "The code is over. Start again."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_fits_its_challenge_and_no_other() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(fits(verifier, challenge));
        assert!(!fits(challenge, challenge), "plain is no S256");
        assert!(!fits("", challenge));
        assert!(!fits(&verifier[1..], challenge));
        assert!(!fits(
            "short",
            &URL_SAFE_NO_PAD.encode(Sha256::digest(b"short"))
        ));
    }
}
