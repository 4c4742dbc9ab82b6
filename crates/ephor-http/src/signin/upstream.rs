//! Sign-in through another identity provider: there with a question that only this browser can get the answer to,
//! and back. Who is signed in here may link the two.

use ephor_core::id::PrincipalId;
use ephor_core::principal::UserPrincipalName;
use ephor_core::signin::event::RefusedSignIn;
use ephor_core::signin::session::Session;
use ephor_core::signin::strength::{Method, Strength};
use ephor_core::text::DisplayName;
use ephor_core::time::{Instant, Length};
use ephor_ops::signin::{attempt, identity};
use ephor_ops::{OpError, OpResult};
use ephor_store::{ReadTx, StoreError, Ticket, TicketKind, Tx};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::finish::{self, Flow, Next, Secrets};
use super::methods::{Fresh, fresh};
use super::pages::{self, GoOn};
use super::visitor::{Cookie, hash, secret};
use super::{Demand, sign_in_address};
use crate::door::{Reply, Visit};
use crate::error::HttpError;
use crate::jws;
use crate::oauth::store_fault;
use crate::state::App;
use crate::upstream::{Expected, Known, Provisioning, Said, read_id_token};

/// A sign-in elsewhere may take so long.
const AWAY: Length = Length::minutes(15);
/// How much a provider's clock may be off where a sign-in has to be fresh.
const SKEW: Length = Length::seconds(60);

/// What is kept while somebody is away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Away {
    provider: String,
    nonce: String,
    verifier: String,
    demand: Demand,
    /// Whose account is to be linked.
    link: Option<PrincipalId>,
}

/// The providers' addresses here and their names.
pub(super) fn names(app: &App) -> Vec<(String, String)> {
    let named = |known: &Known| (known.options.id.clone(), known.options.name.clone());
    app.providers.iter().map(named).collect()
}

/// What people call the provider of this issuer, where it is among the settings.
pub(super) fn name_of(app: &App, issuer: &str) -> String {
    let known = app
        .providers
        .iter()
        .find(|known| known.options.issuer == issuer);
    known.map_or_else(|| issuer.to_owned(), |known| known.options.name.clone())
}

fn provider<'a>(app: &'a App, id: &str) -> Option<&'a Known> {
    app.providers.iter().find(|known| known.options.id == id)
}

fn nowhere() -> Reply {
    pages::message("There is nothing here", "See that the address is right.")
        .with_status(StatusCode::NOT_FOUND)
}

/// Somebody who can't be signed in this way; why is in the log.
fn unbelieved(visit: &Visit, why: &str) -> Reply {
    let request = visit.request_id;
    tracing::warn!(%request, why, "a sign-in through another provider failed");
    pages::message(
        "That sign-in did not work",
        "The other provider could not be asked, or what it said could not be believed. Start again; if it happens again, tell your administrator.",
    )
    .with_status(StatusCode::BAD_GATEWAY)
}

/// Where a provider sends browsers back to.
fn back_address(app: &App, known: &Known) -> String {
    format!("{}/sign-in/back/{}", app.public_url, known.options.id)
}

/// Bound to the browser that went: an answer that another browser brings is none (T-39).
fn kept_at(flow: &str, state: &str) -> [u8; 32] {
    hash(&format!("upstream {flow} {state}"))
}

/// Sends a browser to a provider.
pub(super) async fn begin(visit: &Visit, id: &str) -> Result<Reply, HttpError> {
    let Some(known) = provider(&visit.app, id) else {
        return Ok(nowhere());
    };
    match away(visit, known, Demand::read(&visit.query), None).await? {
        Ok((to, flow)) => Ok(Reply::redirect(to).cookie(Cookie::Flow.set(&visit.app, &flow))),
        Err(reply) => Ok(reply),
    }
}

async fn away(
    visit: &Visit,
    known: &Known,
    demand: Demand,
    link: Option<PrincipalId>,
) -> Result<Result<(String, String), Reply>, HttpError> {
    let addresses = match known.addresses().await {
        Ok(addresses) => addresses,
        Err(why) => return Ok(Err(unbelieved(visit, &why))),
    };
    let (flow, state) = (secret(), secret());
    let away = Away {
        provider: known.options.id.clone(),
        nonce: secret(),
        verifier: secret(),
        demand,
        link,
    };
    let Ok(mut to) = url::Url::parse(&addresses.authorize) else {
        return Ok(Err(unbelieved(
            visit,
            "its authorization_endpoint is no address",
        )));
    };
    let challenge = {
        use base64::Engine;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;
        URL_SAFE_NO_PAD.encode(Sha256::digest(away.verifier.as_bytes()))
    };
    let scope = std::iter::once("openid")
        .chain(known.options.scopes.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join(" ");
    let mut fields = vec![
        ("response_type", "code".to_owned()),
        ("client_id", known.options.client_id.clone()),
        ("redirect_uri", back_address(&visit.app, known)),
        ("scope", scope),
        ("state", state.clone()),
        ("nonce", away.nonce.clone()),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256".to_owned()),
    ];
    // Asked so, a provider has to say when its user last showed anything.
    if away.demand.not_before.is_some() {
        fields.push(("prompt", "login".to_owned()));
        fields.push(("max_age", "0".to_owned()));
    }
    if away.demand.strength > Strength::Single
        && let Some(values) = &known.options.acr_values
    {
        fields.push(("acr_values", values.clone()));
    }
    if let Some(hint) = &away.demand.hint {
        fields.push(("login_hint", hint.clone()));
    }
    to.query_pairs_mut().extend_pairs(fields);
    let document = serde_json::to_string(&away)
        .map_err(|_| HttpError::fault("a sign-in elsewhere can't be written"))?;
    let kept = kept_at(&flow, &state);
    visit
        .app
        .store
        .write("sign-in.away", visit.caller(link), move |tx| {
            let until = tx.now().plus(AWAY).unwrap_or(tx.now());
            tx.keep_ticket(&Ticket {
                kind: TicketKind::Upstream,
                hash: kept,
                other: None,
                user: link,
                session: None,
                until,
                used_at: None,
                document,
            })
            .map_err(OpError::from)
        })
        .await
        .map_err(store_fault)?;
    Ok(Ok((to.into(), flow)))
}

/// The way back.
pub(super) async fn back(visit: &Visit, id: &str) -> Result<Reply, HttpError> {
    let Some(known) = provider(&visit.app, id) else {
        return Ok(nowhere());
    };
    let Some((away, now)) = taken(visit).await? else {
        return Ok(pages::message(
            "This sign-in took too long",
            "It took too long, was finished before, or was begun in another browser. Start again.",
        )
        .with_status(StatusCode::BAD_REQUEST));
    };
    if away.provider != id {
        return Ok(unbelieved(visit, "another provider answered (mix-up)"));
    }
    if visit.query.get("error").is_some() {
        return Ok(pages::message(
            "You were not signed in",
            "The other provider did not sign you in. Start again, or sign in another way.",
        )
        .with_status(StatusCode::UNAUTHORIZED));
    }
    let said = match asked(visit, known, &away, now).await {
        Ok(said) => said,
        Err(why) => {
            refused(visit, None, RefusedSignIn::WrongUpstream).await?;
            return Ok(unbelieved(visit, &why));
        }
    };
    match away.link {
        Some(user) => linked(visit, known, &said, user).await,
        None => signed_in(visit, known, said, away.demand).await,
    }
}

/// What was kept for this browser, used up by coming back.
async fn taken(visit: &Visit) -> Result<Option<(Away, Instant)>, HttpError> {
    let (Some(flow), Some(state)) = (visit.cookie(Cookie::Flow), visit.query.get("state")) else {
        return Ok(None);
    };
    let kept = kept_at(&flow, state);
    let taken = visit
        .app
        .store
        .write("sign-in.back", visit.caller(None), move |tx| {
            let ticket = tx.ticket(TicketKind::Upstream, &kept)?;
            let is_first = tx.use_ticket(TicketKind::Upstream, &kept)?;
            Ok::<_, OpError>(
                ticket
                    .filter(|_| is_first)
                    .map(|ticket| (ticket.document, tx.now())),
            )
        })
        .await
        .map_err(store_fault)?;
    Ok(taken.and_then(|(document, now)| Some((serde_json::from_str(&document).ok()?, now))))
}

/// What the provider says; fails with a reason for the log.
async fn asked(visit: &Visit, known: &Known, away: &Away, now: Instant) -> Result<Said, String> {
    let named = visit.query.get("iss");
    let must_name = known.addresses().await?.names_itself;
    if named.is_some_and(|named| named != known.options.issuer) || (must_name && named.is_none()) {
        return Err("the answer names another issuer, or none (mix-up)".into());
    }
    let code = visit.query.get("code").ok_or("there is no code")?;
    let token = known
        .id_token(code, &back_address(&visit.app, known), &away.verifier)
        .await?;
    let keys = known.keys(jws::kid(&token).as_deref()).await?;
    let expected = Expected {
        provider: &known.options,
        nonce: &away.nonce,
        now,
    };
    let said = read_id_token(&token, &keys, &expected)?;
    match (away.demand.not_before, said.shown_at) {
        (Some(from), Some(at)) if at.plus(SKEW).is_some_and(|at| at < from) => {
            Err("it was asked for a fresh sign-in and gave an old one".into())
        }
        (Some(_), None) => Err("it does not say when its user signed in (auth_time)".into()),
        (Some(_) | None, _) => Ok(said),
    }
}

async fn refused(
    visit: &Visit,
    user: Option<PrincipalId>,
    why: RefusedSignIn,
) -> Result<(), HttpError> {
    visit
        .app
        .store
        .write("sign-in.failed", visit.caller(None), move |tx| {
            attempt::failed(tx, user, why)
        })
        .await
        .map_err(store_fault)
}

/// What comes of a sign-in elsewhere.
enum Came {
    In(Next),
    /// Nobody here is linked, and nobody is made.
    Unknown,
    Disabled,
}

async fn signed_in(
    visit: &Visit,
    known: &Known,
    said: Said,
    demand: Demand,
) -> Result<Reply, HttpError> {
    let secrets = Secrets::for_visit(visit);
    let (own, network) = (secrets.clone(), visit.network());
    let issuer = known.options.issuer.clone();
    let provisioning = known.options.provisioning;
    let came = visit
        .app
        .store
        .write("sign-in.upstream", visit.caller(None), move |tx| {
            let known = match identity::find(tx, &issuer, &said.subject)? {
                Some(known) => Some((known.user, known.linked_at)),
                None => match provisioning {
                    Provisioning::Off => None,
                    Provisioning::FirstSignIn => {
                        provisioned(tx, &issuer, &said)?.map(|user| (user, tx.now()))
                    }
                },
            };
            let Some((user, linked_at)) = known else {
                attempt::failed(tx, None, RefusedSignIn::NotLinked)?;
                return Ok(Came::Unknown);
            };
            // Whatever the provider says, the account's own state decides.
            if tx.sessions_valid_from(user)?.is_none() {
                attempt::failed(tx, Some(user), RefusedSignIn::Disabled)?;
                return Ok(Came::Disabled);
            }
            let flow = Flow {
                user,
                methods: vec![said.method],
                enrolled_at: is_own_factor(said.method).then_some(linked_at),
                at: Some(shown_at(tx, said.shown_at)),
                provider: Some(issuer),
                demand,
            };
            finish::shown(tx, flow, network.as_deref(), &own).map(Came::In)
        })
        .await
        .map_err(store_fault)?;
    match came {
        Came::In(next) => Ok(finish::reply(&visit.app, &next, &secrets)),
        Came::Unknown | Came::Disabled => Ok(pages::message(
            "There is no account for you here",
            "You are signed in at the other provider, but nobody here is linked with that. Sign in another way and link it under “My sign-in methods”, or ask an administrator to link it.",
        )
        .with_status(StatusCode::FORBIDDEN)),
    }
}

/// Where somebody who came from a provider signs out there too, and what it is called; `None` where it names no such
/// place, or can't be asked: then there is only the sign-out here.
pub(crate) async fn sign_out_address(visit: &Visit, issuer: &str) -> Option<(String, String)> {
    let known = visit
        .app
        .providers
        .iter()
        .find(|known| known.options.issuer == issuer)?;
    let addresses = match known.addresses().await {
        Ok(addresses) => addresses,
        Err(why) => {
            let request = visit.request_id;
            tracing::warn!(%request, why, "another provider could not be asked where to sign out");
            return None;
        }
    };
    let mut to = url::Url::parse(&addresses.end_session?).ok()?;
    // As its issuer is reached, and by nothing that a browser would take for a script.
    let own = url::Url::parse(issuer).ok()?;
    if to.scheme() != "https" && (to.scheme() != "http" || own.scheme() != "http") {
        return None;
    }
    to.query_pairs_mut()
        .append_pair("client_id", &known.options.client_id)
        .append_pair(
            "post_logout_redirect_uri",
            &format!("{}/sign-out", visit.app.public_url),
        );
    Some((to.into(), known.options.name.clone()))
}

/// Whether a provider vouches for more than a password that somebody may have reset there.
fn is_own_factor(method: Method) -> bool {
    Strength::of(&[method]) > Strength::Single
}

/// When somebody showed who they are. Who does not say counts as a sign-in that is as old as any may be: it lets
/// in, and is fresh enough for nothing.
fn shown_at(tx: &ReadTx<'_>, said: Option<Instant>) -> Instant {
    said.unwrap_or_else(|| tx.now().minus(Session::BROWSER_LIFETIME))
}

/// An account for whoever comes first, where their name there is one of this tenant's that nobody has, nor one
/// that looks like it.
fn provisioned(tx: &mut Tx<'_>, issuer: &str, said: &Said) -> OpResult<Option<PrincipalId>> {
    let domain = tx.tenant()?.map(|tenant| tenant.domain).unwrap_or_default();
    let name = said
        .name
        .as_deref()
        .and_then(|name| name.parse::<UserPrincipalName>().ok())
        .filter(|name| name.domain() == domain);
    let Some(name) = name else {
        return Ok(None);
    };
    let is_taken = tx.user_by_name(&name)?.is_some() || tx.user_like(&name, None)?.is_some();
    if is_taken || name.check_new().is_err() {
        return Ok(None);
    }
    let shown = said.display_name.as_deref().unwrap_or(name.as_str());
    let display_name = DisplayName::new(shown)
        .or_else(|_| DisplayName::new(name.as_str()))
        .map_err(|wrong| StoreError::Damaged(wrong.to_string()))?;
    identity::provision(tx, name, display_name, issuer, &said.subject).map(Some)
}

/// Whoever is signed in here goes to a provider to link what they are there.
pub(super) async fn link(visit: &Visit, id: &str) -> Result<Reply, HttpError> {
    let signed_in = match fresh(visit).await? {
        Fresh::Yes(signed_in) => signed_in,
        Fresh::No(to) => return Ok(Reply::redirect(to)),
    };
    let Some(known) = provider(&visit.app, id) else {
        return Ok(nowhere());
    };
    let demand = Demand::read(&crate::form::Form::default());
    match away(visit, known, demand, Some(signed_in.user.id)).await? {
        // A form's answer may not lead to another site, so a page comes in between.
        Ok((to, flow)) => {
            Ok(pages::page(&GoOn { to: &to }).cookie(Cookie::Flow.set(&visit.app, &flow)))
        }
        Err(reply) => Ok(reply),
    }
}

async fn linked(
    visit: &Visit,
    known: &Known,
    said: &Said,
    user: PrincipalId,
) -> Result<Reply, HttpError> {
    // Still the same person in this browser: whoever signed in meanwhile gets nobody else's link.
    match visit.signed_in().await? {
        Some(signed_in) if signed_in.user.id == user => {}
        Some(_) | None => {
            let demand = Demand::read(&crate::form::Form::default());
            return Ok(Reply::redirect(sign_in_address(&demand)));
        }
    }
    let (issuer, subject) = (known.options.issuer.clone(), said.subject.clone());
    visit
        .app
        .store
        .write("identity.link", visit.caller(Some(user)), move |tx| {
            identity::link_own(tx, user, &issuer, &subject)
        })
        .await
        .map_err(store_fault)?;
    Ok(Reply::redirect("/sign-in/methods"))
}

/// Takes one of the own links away.
pub(super) async fn unlink(visit: &Visit) -> Result<Reply, HttpError> {
    let signed_in = match fresh(visit).await? {
        Fresh::Yes(signed_in) => signed_in,
        Fresh::No(to) => return Ok(Reply::redirect(to)),
    };
    let (user, here) = (signed_in.user.id, signed_in.session.id);
    let issuer = visit.form.text("issuer").to_owned();
    let subject = visit.form.text("subject").to_owned();
    visit
        .app
        .store
        .write("identity.unlink", visit.caller(Some(user)), move |tx| {
            identity::unlink_own(tx, user, here, &issuer, &subject)
        })
        .await
        .map_err(store_fault)?;
    Ok(Reply::redirect("/sign-in/methods"))
}
