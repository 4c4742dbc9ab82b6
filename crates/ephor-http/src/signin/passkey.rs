//! Passkeys (WebAuthn): as the first factor and the only one, or as the second. The person is verified by
//! the authenticator either way, and a false site gets nothing from it.

use ephor_core::id::PrincipalId;
use ephor_core::signin::event::RefusedSignIn;
use ephor_core::signin::strength::Method;
use ephor_core::time::Length;
use ephor_ops::signin::attempt;
use ephor_ops::signin::method::{self, NewMethod};
use ephor_ops::{OpError, OpResult};
use ephor_store::{Credential, CredentialKind, Ticket, TicketKind};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use webauthn_rs::Webauthn;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyAuthentication,
    PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, WebauthnError,
};

use super::Demand;
use super::finish::{Flow, Secrets, script_refusal, script_reply, shown};
use super::methods::{Fresh, fresh, shown_name};
use super::visitor::{Cookie, hash};
use crate::door::{Reply, Visit};
use crate::error::HttpError;
use crate::oauth::store_fault;
use crate::rate::Turn;

/// A challenge is answered within this time, once.
const CHALLENGE_LIFETIME: Length = Length::minutes(5);

/// What is kept of a challenge.
#[derive(Serialize, Deserialize)]
enum Challenge {
    /// For whoever has a passkey of ours.
    Anybody(DiscoverableAuthentication, Demand),
    /// For somebody whose password was right.
    Somebody(PasskeyAuthentication),
    /// For a passkey to be added.
    Registration(PasskeyRegistration),
}

fn there(visit: &Visit) -> Result<&Webauthn, HttpError> {
    visit.app.webauthn.as_ref().ok_or_else(|| {
        script_refusal(
            "Passkeys need an address with a name, such as localhost; this one is a number.",
        )
    })
}

/// Where a challenge is kept: bound to the browser that it was made for.
fn kept_at(cookie: &str) -> [u8; 32] {
    hash(&format!("challenge {cookie}"))
}

async fn keep(
    visit: &Visit,
    cookie: &str,
    user: Option<PrincipalId>,
    challenge: &Challenge,
) -> Result<(), HttpError> {
    let document = serde_json::to_string(challenge)
        .map_err(|_| HttpError::fault("a challenge can't be written"))?;
    let kept = kept_at(cookie);
    visit
        .app
        .store
        .write("passkey.start", visit.caller(user), move |tx| {
            let until = tx.now().plus(CHALLENGE_LIFETIME).unwrap_or(tx.now());
            // A new challenge takes the place of one that was used.
            tx.drop_ticket(TicketKind::Challenge, &kept)?;
            tx.keep_ticket(&Ticket {
                kind: TicketKind::Challenge,
                hash: kept,
                other: None,
                user,
                session: None,
                until,
                used_at: None,
                document,
            })?;
            Ok::<_, OpError>(())
        })
        .await
        .map_err(store_fault)
}

/// The challenge that was made for this browser, used up by being asked for.
async fn challenge(visit: &Visit, cookie: &str) -> Result<Challenge, HttpError> {
    let kept = kept_at(cookie);
    let document = visit
        .app
        .store
        .write("passkey.challenge", visit.caller(None), move |tx| {
            let ticket = tx.ticket(TicketKind::Challenge, &kept)?;
            let first = tx.use_ticket(TicketKind::Challenge, &kept)?;
            Ok::<_, OpError>(ticket.filter(|_| first).map(|ticket| ticket.document))
        })
        .await
        .map_err(store_fault)?;
    document
        .and_then(|document| serde_json::from_str(&document).ok())
        .ok_or_else(|| script_refusal("That took too long. Load the page again and try once more."))
}

fn passkey_of(credential: &Credential) -> Option<Passkey> {
    serde_json::from_slice(&credential.secret).ok()
}

/// Begins a sign-in with a passkey.
pub(super) async fn start(visit: &Visit) -> Result<Reply, HttpError> {
    let cookie = visit.cookie(Cookie::Flow);
    visit.is_ours(cookie.as_deref())?;
    let cookie = cookie.unwrap_or_default();
    let webauthn = there(visit)?;
    let flow_hash = hash(&cookie);
    let known = visit
        .app
        .store
        .read("passkey.known", move |tx| {
            let Some(flow) = Flow::read(tx, &flow_hash)? else {
                return Ok(None);
            };
            let methods = method::list(tx, flow.user)?;
            let keys: Vec<Passkey> = methods
                .of(CredentialKind::Passkey)
                .filter_map(passkey_of)
                .collect();
            Ok::<_, OpError>(Some((flow.user, keys)))
        })
        .await
        .map_err(store_fault)?;
    let broken = |_| script_refusal("A passkey can't be used just now.");
    let (user, public, challenge) = match known {
        Some((user, keys)) => {
            let (public, state) = webauthn
                .start_passkey_authentication(&keys)
                .map_err(broken)?;
            (Some(user), public, Challenge::Somebody(state))
        }
        None => {
            let (public, state) = webauthn
                .start_discoverable_authentication()
                .map_err(broken)?;
            let demand: Demand = serde_json::from_value(visit.json.clone())
                .ok()
                .filter(|demand: &Demand| super::visitor::local_path(&demand.return_to).is_some())
                .unwrap_or_else(|| Demand::read(&crate::form::Form::default()));
            (None, public, Challenge::Anybody(state, demand))
        }
    };
    keep(visit, &cookie, user, &challenge).await?;
    let mut public = serde_json::to_value(public)
        .map_err(|_| HttpError::fault("a challenge can't be written"))?;
    // A button asks for it, not the browser's list under a field.
    if let Some(public) = public.as_object_mut() {
        public.remove("mediation");
    }
    Ok(Reply::json(public))
}

const WRONG: &str = "This passkey is not known here, or was not accepted.";

/// Ends a sign-in with a passkey.
pub(super) async fn finish(visit: &Visit) -> Result<Reply, HttpError> {
    let cookie = visit.cookie(Cookie::Flow);
    visit.is_ours(cookie.as_deref())?;
    let cookie = cookie.unwrap_or_default();
    visit.take_turn(Turn::SignIn, &hex::encode(hash(&cookie)))?;
    let webauthn = there(visit)?.clone();
    let challenge = challenge(visit, &cookie).await?;
    let answer: PublicKeyCredential = serde_json::from_value(visit.json["credential"].clone())
        .map_err(|_| script_refusal(WRONG))?;
    let flow_hash = hash(&cookie);
    let secrets = Secrets::for_visit(visit);
    let own = secrets.clone();
    let network = visit.network();
    let done = visit
        .app
        .store
        .write("passkey.finish", visit.caller(None), move |tx| {
            let Some(credential) = found(tx, &answer)? else {
                attempt::failed(tx, None, RefusedSignIn::WrongPasskey)?;
                return Ok(None);
            };
            let user = credential.user;
            let may_sign_in = tx.sessions_valid_from(user)?.is_some();
            let (judged, mut flow) = match challenge {
                Challenge::Somebody(state) => {
                    let flow = Flow::read(tx, &flow_hash)?.filter(|flow| flow.user == user);
                    (
                        webauthn.finish_passkey_authentication(&answer, &state),
                        flow,
                    )
                }
                Challenge::Anybody(state, demand) => {
                    let key = passkey_of(&credential).map(|key| DiscoverableKey::from(&key));
                    let theirs = webauthn
                        .identify_discoverable_authentication(&answer)
                        .is_ok_and(|(handle, _)| handle == user.uuid());
                    let flow = theirs.then(|| Flow {
                        user,
                        methods: Vec::new(),
                        enrolled_at: None,
                        at: None,
                        provider: None,
                        demand,
                    });
                    let judged = match key {
                        Some(key) => {
                            webauthn.finish_discoverable_authentication_v2(&answer, state, &key)
                        }
                        None => Err(WebauthnError::CredentialNotFound),
                    };
                    (judged, flow)
                }
                Challenge::Registration(_) => return Ok(None),
            };
            let counter_back = matches!(judged, Err(WebauthnError::CredentialPossibleCompromise));
            let (Ok(result), Some(flow), true) = (judged, flow.as_mut(), may_sign_in) else {
                if counter_back {
                    method::passkey_used(tx, credential, None, true)?;
                }
                attempt::failed(tx, Some(user), RefusedSignIn::WrongPasskey)?;
                return Ok(None);
            };
            let mut passkey = passkey_of(&credential);
            let changed = passkey
                .as_mut()
                .and_then(|passkey| passkey.update_credential(&result))
                .unwrap_or(false);
            let secret = match passkey {
                Some(passkey) if changed => serde_json::to_vec(&passkey).ok(),
                Some(_) | None => None,
            };
            let since = credential.created_at;
            method::passkey_used(tx, credential, secret, false)?;
            flow.add(Method::Passkey, since);
            tx.drop_ticket(TicketKind::Flow, &flow_hash)?;
            shown(tx, flow.clone(), network.as_deref(), &own).map(Some)
        })
        .await
        .map_err(store_fault)?;
    match done {
        Some(next) => Ok(script_reply(&visit.app, &next, &secrets)),
        None => Err(HttpError::new(
            StatusCode::UNAUTHORIZED,
            "InvalidAuthenticationToken",
            WRONG,
        )),
    }
}

fn found(
    tx: &ephor_store::ReadTx<'_>,
    answer: &PublicKeyCredential,
) -> OpResult<Option<Credential>> {
    Ok(tx.credential_of_handle(CredentialKind::Passkey, answer.raw_id.as_ref())?)
}

/// Begins adding a passkey.
pub(super) async fn start_adding(visit: &Visit) -> Result<Reply, HttpError> {
    let signed_in = match fresh(visit).await? {
        Fresh::Yes(signed_in) => signed_in,
        // The script goes there, and comes back to the page of methods.
        Fresh::No(to) => return Ok(Reply::json(json!({"to": to}))),
    };
    let webauthn = there(visit)?;
    let user = signed_in.user.id;
    let known = visit
        .app
        .store
        .read("passkey.known", move |tx| method::list(tx, user))
        .await
        .map_err(store_fault)?;
    let excluded = known
        .of(CredentialKind::Passkey)
        .filter_map(passkey_of)
        .map(|passkey| passkey.cred_id().clone())
        .collect();
    let (public, state) = webauthn
        .start_passkey_registration(
            user.uuid(),
            signed_in.user.user_principal_name.as_str(),
            signed_in.user.display_name.as_str(),
            Some(excluded),
        )
        .map_err(|_| script_refusal("A passkey can't be added just now."))?;
    let cookie = visit.cookie(Cookie::Session).unwrap_or_default();
    keep(visit, &cookie, Some(user), &Challenge::Registration(state)).await?;
    let mut public = serde_json::to_value(public)
        .map_err(|_| HttpError::fault("a challenge can't be written"))?;
    // It has to be found without a name, so that signing in takes no more than the passkey.
    let selection = &mut public["publicKey"]["authenticatorSelection"];
    selection["residentKey"] = Value::from("required");
    selection["requireResidentKey"] = Value::from(true);
    Ok(Reply::json(public))
}

/// Adds a passkey.
pub(super) async fn add(visit: &Visit) -> Result<Reply, HttpError> {
    let signed_in = match fresh(visit).await? {
        Fresh::Yes(signed_in) => signed_in,
        Fresh::No(_) => return Err(script_refusal("You are signed out.")),
    };
    let webauthn = there(visit)?;
    let cookie = visit.cookie(Cookie::Session).unwrap_or_default();
    let Challenge::Registration(state) = challenge(visit, &cookie).await? else {
        return Err(script_refusal(WRONG));
    };
    let answer: RegisterPublicKeyCredential =
        serde_json::from_value(visit.json["credential"].clone())
            .map_err(|_| script_refusal(WRONG))?;
    let passkey = webauthn
        .finish_passkey_registration(&answer, &state)
        .map_err(|_| {
            script_refusal("The passkey was not accepted. It must verify that it is you.")
        })?;
    let new = NewMethod {
        kind: CredentialKind::Passkey,
        name: shown_name(visit.json["name"].as_str().unwrap_or_default(), "Passkey"),
        handle: Some(passkey.cred_id().to_vec()),
        // A public key is no secret, and a restored database must know it without the master key (T-54).
        secret: serde_json::to_vec(&passkey)
            .map_err(|_| HttpError::fault("a passkey can't be written"))?,
        step: 0,
    };
    let (user, here) = (signed_in.user.id, signed_in.session.id);
    visit
        .app
        .store
        .write("method.add", visit.caller(Some(user)), move |tx| {
            method::add(tx, user, here, new)
        })
        .await
        .map_err(store_fault)?;
    Ok(Reply::json(json!({"to": "/sign-in/methods"})))
}
