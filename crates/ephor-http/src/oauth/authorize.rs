//! `authorize`: a code for whoever is signed in and showed enough, else a way to sign in and back.

use ephor_core::signin::application::Application;
use ephor_core::signin::context::ContextId;
use ephor_core::signin::strength::Strength;
use ephor_core::time::{Instant, Length};
use ephor_ops::OpError;
use ephor_ops::signin::oauth::{self, Ask, Authorized, Prompt};
use http::StatusCode;
use serde_json::Value;

use super::{client, store_fault};
use crate::door::{Reply, Visit};
use crate::error::HttpError;
use crate::form::Form;
use crate::signin::visitor::{Cookie, hash, secret};
use crate::signin::{Demand, pages, sign_in_address};
use crate::token::issuer;

/// A request for a code. Until the redirect address is known to be the application's own, what is wrong is
/// shown here and sent nowhere.
pub(super) async fn begin(visit: &Visit, sent: &Form) -> Result<Reply, HttpError> {
    let Some(application) = client::named(visit, sent.text("client_id")).await? else {
        return Ok(refused_here(
            "No application with this client_id is registered here.",
        ));
    };
    let Some(redirect_uri) = sent
        .get("redirect_uri")
        .filter(|uri| application.takes_codes_at(uri))
    else {
        return Ok(refused_here(
            "The address that the application wants to be answered at (redirect_uri) is not registered for it.",
        ));
    };
    let now = visit
        .app
        .store
        .read("oauth.now", |tx| Ok::<_, OpError>(tx.now()))
        .await
        .map_err(store_fault)?;
    match read(sent, &application, redirect_uri, now) {
        Ok(ask) => go_on(visit, ask, None).await,
        Err((error, description)) => Ok(sent_back(
            visit,
            redirect_uri,
            sent.get("state"),
            &[("error", error), ("error_description", description)],
        )),
    }
}

/// The way back from a sign-in.
pub(super) async fn resume(visit: &Visit) -> Result<Reply, HttpError> {
    let request = visit.query.text("request").to_owned();
    let kept = hash(&request);
    let ask = visit
        .app
        .store
        .read("oauth.resume", move |tx| oauth::waiting(tx, &kept))
        .await
        .map_err(store_fault)?;
    match ask {
        Some(ask) => go_on(visit, ask, Some(request)).await,
        None => Ok(refused_here(
            "This sign-in took too long, or was finished before. Start again in the application.",
        )),
    }
}

fn refused_here(text: &str) -> Reply {
    pages::message("This request can't be answered", text).with_status(StatusCode::BAD_REQUEST)
}

fn read(
    sent: &Form,
    application: &Application,
    redirect_uri: &str,
    asked_at: Instant,
) -> Result<Ask, (&'static str, &'static str)> {
    if sent.get("request").is_some() || sent.get("request_uri").is_some() {
        return Err(("request_not_supported", "Request objects are not taken."));
    }
    if sent.text("response_type") != "code" {
        return Err(("unsupported_response_type", "response_type must be code."));
    }
    if !matches!(sent.get("response_mode"), None | Some("query")) {
        return Err(("invalid_request", "response_mode must be query."));
    }
    let challenge = sent.text("code_challenge");
    let plausible = challenge.len() == 43
        && challenge
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if sent.text("code_challenge_method") != "S256" || !plausible {
        return Err((
            "invalid_request",
            "PKCE is needed: code_challenge with code_challenge_method=S256.",
        ));
    }
    let prompt = match sent.get("prompt") {
        None | Some("consent") => Prompt::Needed,
        Some("none") => Prompt::Nothing,
        Some("login" | "select_account") => Prompt::SignIn,
        Some(_) => {
            return Err((
                "invalid_request",
                "prompt is none of none, login, select_account and consent.",
            ));
        }
    };
    let max_age = match sent.get("max_age") {
        None => None,
        Some(text) => match text.parse::<u32>() {
            Ok(seconds) => Some(Length::seconds(seconds)),
            Err(_) => return Err(("invalid_request", "max_age is not a number of seconds.")),
        },
    };
    let claims = sent
        .get("claims")
        .map(claimed)
        .transpose()?
        .unwrap_or_default();
    let strength = sent
        .get("acr_values")
        .and_then(|values| values.split(' ').find_map(Strength::parse));
    if [sent.get("nonce"), sent.get("state")]
        .into_iter()
        .flatten()
        .any(|text| text.len() > 1_024)
    {
        return Err((
            "invalid_request",
            "nonce and state have at most 1,024 bytes.",
        ));
    }
    Ok(Ask {
        application: application.id,
        redirect_uri: redirect_uri.to_owned(),
        challenge: challenge.to_owned(),
        nonce: sent.get("nonce").map(str::to_owned),
        state: sent.get("state").map(str::to_owned),
        scopes: oauth::scopes(application, sent.text("scope")),
        contexts: claims,
        strength,
        max_age,
        prompt,
        hint: sent
            .get("login_hint")
            .map(|hint| hint.chars().take(113).collect()),
        asked_at,
    })
}

/// The authentication contexts in a claims challenge (`pim-groups.md` section 6): what else it asks for is
/// passed over, as OpenID Connect says.
fn claimed(text: &str) -> Result<Vec<ContextId>, (&'static str, &'static str)> {
    let wrong = ("invalid_request", "claims is not JSON that is taken here.");
    crate::json::parse(text.as_bytes()).map_err(|_| wrong)?;
    let claims: Value = serde_json::from_str(text).map_err(|_| wrong)?;
    let asked = &claims["access_token"]["acrs"];
    let one = asked["value"].as_str().into_iter();
    let several = asked["values"].as_array().into_iter().flatten();
    let names = one.chain(several.filter_map(Value::as_str));
    names
        .map(|name| {
            name.parse().map_err(|_| {
                (
                    "invalid_request",
                    "claims asks for an unknown authentication context.",
                )
            })
        })
        .collect()
}

async fn go_on(visit: &Visit, ask: Ask, request: Option<String>) -> Result<Reply, HttpError> {
    let app = &visit.app;
    let code = secret();
    let code_hash = hash(&code);
    let cookie = visit.cookie(Cookie::Session).map(|cookie| hash(&cookie));
    let asked = ask.clone();
    let waits = request.clone().unwrap_or_else(secret);
    let waits_hash = hash(&waits);
    let is_new = request.is_none();
    let result = app
        .store
        .write("oauth.authorize", visit.caller(None), move |tx| {
            let authorized = oauth::authorize(tx, &asked, cookie.as_ref(), &code_hash)?;
            match authorized {
                Authorized::Code if !is_new => {
                    tx.drop_ticket(ephor_store::TicketKind::Authorization, &waits_hash)?;
                }
                Authorized::SignIn { .. } if is_new && asked.prompt != Prompt::Nothing => {
                    oauth::wait(tx, &asked, waits_hash)?;
                }
                Authorized::Code | Authorized::SignIn { .. } => {}
            }
            Ok::<_, OpError>(authorized)
        })
        .await
        .map_err(store_fault)?;
    let state = ask.state.as_deref();
    match result {
        Authorized::Code => Ok(sent_back(
            visit,
            &ask.redirect_uri,
            state,
            &[("code", code.as_str())],
        )),
        Authorized::SignIn { .. } if ask.prompt == Prompt::Nothing => Ok(sent_back(
            visit,
            &ask.redirect_uri,
            state,
            &[
                ("error", "login_required"),
                (
                    "error_description",
                    "Nobody is signed in who showed enough.",
                ),
            ],
        )),
        Authorized::SignIn {
            strength,
            not_before,
        } => {
            let demand = Demand {
                strength,
                not_before,
                return_to: format!(
                    "/{}/oauth2/v2.0/authorize/resume?request={waits}",
                    app.tenant.id
                ),
                hint: ask.hint,
            };
            Ok(Reply::redirect(sign_in_address(&demand)))
        }
    }
}

/// Sends a browser back to the application. Its address was checked.
fn sent_back(
    visit: &Visit,
    redirect_uri: &str,
    state: Option<&str>,
    fields: &[(&str, &str)],
) -> Reply {
    let encoded = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let mut to = redirect_uri.to_owned();
    let mut sign = if to.contains('?') { '&' } else { '?' };
    let issuer = issuer(&visit.app.public_url, visit.app.tenant.id);
    let all = fields
        .iter()
        .copied()
        .chain(state.map(|state| ("state", state)))
        .chain([("iss", issuer.as_str())]);
    for (name, value) in all {
        to.push(sign);
        to.push_str(&format!("{name}={}", encoded(value)));
        sign = '&';
    }
    Reply::redirect(to).with_status(StatusCode::FOUND)
}
