//! Name and password (T-34): counted first, compared on a thread of its own, answered alike whoever it is.

use ephor_core::principal::UserPrincipalName;
use ephor_core::signin::event::RefusedSignIn;
use ephor_core::signin::strength::Method;
use ephor_ops::OpError;
use ephor_ops::signin::attempt::{self, Begun, Counted, Trying};
use ephor_ops::signin::method;
use http::StatusCode;
use unicode_normalization::UnicodeNormalization;

use super::finish::{self, Flow, Next, Secrets};
use super::pages::{self, SignIn};
use super::visitor::{Cookie, hash, secret};
use super::{Demand, demonstration, upstream};
use crate::door::{Reply, Visit};
use crate::error::HttpError;
use crate::oauth::store_fault;
use crate::password::{self, HashError};
use crate::rate::Turn;

const WRONG: &str = "The name or the password is wrong.";

/// The page. Whoever is signed in and showed enough goes on at once; whoever only lacks a second factor is
/// asked for that.
pub(super) async fn show(visit: &Visit) -> Result<Reply, HttpError> {
    let demand = Demand::read(&visit.query);
    let signed_in = visit.signed_in().await?;
    if let Some(signed_in) = signed_in
        && visit.query.get("again").is_none()
    {
        let session = signed_in.session;
        let fresh = demand
            .not_before
            .is_none_or(|from| session.strong_at >= from && session.signed_in_at >= from);
        if session.strength() >= demand.strength && fresh {
            return Ok(Reply::redirect(demand.return_to));
        }
        let secrets = Secrets::for_visit(visit);
        let flow_hash = hash(&secrets.flow);
        let user = session.user;
        let kept = visit
            .app
            .store
            .write("sign-in.step-up", visit.caller(Some(user)), move |tx| {
                let has = method::list(tx, user)?.has_second_factor();
                if has {
                    let methods = Vec::new();
                    Flow {
                        user,
                        methods,
                        enrolled_at: None,
                        at: None,
                        provider: None,
                        demand,
                    }
                    .keep(tx, flow_hash)?;
                }
                Ok::<_, OpError>(has)
            })
            .await
            .map_err(store_fault)?;
        if kept {
            return Ok(finish::reply(&visit.app, &Next::Factor, &secrets));
        }
        let demand = Demand::read(&visit.query);
        let is_chosen = !demonstration::people(visit).await?.is_empty();
        if demand.strength > session.strength() && !is_chosen {
            return Ok(pages::message_to(
                "A second factor is needed",
                "You have none yet. Add a passkey or an authenticator, then start again.",
                "/sign-in/methods",
                "My sign-in methods",
            ));
        }
    }
    let name = visit.query.text("hint").to_owned();
    form(visit, &Demand::read(&visit.query), &name, None).await
}

async fn form(
    visit: &Visit,
    demand: &Demand,
    name: &str,
    told: Option<&str>,
) -> Result<Reply, HttpError> {
    let kept = visit.cookie(Cookie::Flow);
    let flow = kept.clone().unwrap_or_else(secret);
    let hidden: String = demand
        .fields()
        .into_iter()
        .map(|(field, value)| {
            format!(
                "<input type=\"hidden\" name=\"{field}\" value=\"{}\">",
                escaped(&value)
            )
        })
        .collect();
    let mut people = demonstration::people(visit).await?;
    let signed_in = match visit.query.get("again") {
        Some(_) => None,
        None => visit.signed_in().await?,
    };
    if let Some(signed_in) = &signed_in {
        people.retain(|person| person.name == signed_in.user.user_principal_name.as_str());
    }
    let reply = pages::page(&SignIn {
        mark: &visit.mark(&flow),
        demand: &hidden,
        demand_json: &serde_json::to_string(demand).unwrap_or_default(),
        demand_query: &demand.query(),
        name,
        told,
        passkeys: visit.app.webauthn.is_some(),
        providers: &upstream::names(&visit.app),
        people: &people,
        stepping_up: signed_in.is_some(),
    });
    Ok(match kept {
        Some(_) => reply,
        None => reply.cookie(Cookie::Flow.set(&visit.app, &flow)),
    })
}

/// The text as it stands in an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The name in its one form, whatever was typed: T-34's spellings share one counter.
pub(super) fn trying(visit: &Visit, typed: &str) -> Trying {
    let typed: String = typed.chars().take(256).collect();
    let plain: String = typed.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    let plain = plain.trim().trim_end_matches('.').trim();
    let name: Option<UserPrincipalName> = plain.parse().ok();
    Trying {
        nameless: format!("name:{}", hex::encode(hash(plain))),
        name,
        network: visit.network(),
    }
}

/// Compares a password, or does as if: it takes the same time.
pub(super) async fn compared(counted: &Counted, password: String) -> Result<bool, HttpError> {
    let hash = counted.hash.clone();
    let right = password::verify(password, hash).await;
    match right {
        Ok(right) => Ok(right && counted.fails.is_none()),
        Err(HashError::Busy) => Err(HttpError {
            retry_after: Some(3),
            ..HttpError::new(
                StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequests",
                "Many people are signing in at the moment. Try again in a few seconds.",
            )
        }),
        Err(HashError::Failed(why)) => Err(HttpError::fault(why)),
    }
}

/// Judges name and password.
pub(super) async fn judge(visit: &Visit) -> Result<Reply, HttpError> {
    let flow_cookie = visit.cookie(Cookie::Flow);
    visit.is_ours(flow_cookie.as_deref())?;
    let demand = Demand::read(&visit.form);
    let typed = visit.form.text("name").to_owned();
    let trying = trying(visit, &typed);
    visit.take_turn(Turn::SignIn, &trying.nameless)?;
    let (now, begun) = visit
        .app
        .store
        .write("sign-in.begin", visit.caller(None), move |tx| {
            let begun = attempt::begin(tx, &trying)?;
            Ok::<_, OpError>((tx.now(), begun))
        })
        .await
        .map_err(store_fault)?;
    let counted = match begun {
        Begun::Counted(counted) => counted,
        Begun::Later(until) => {
            let told = finish::later(until.since(now).as_seconds());
            let reply = form(visit, &demand, &typed, Some(&told)).await?;
            return Ok(reply.with_status(StatusCode::TOO_MANY_REQUESTS));
        }
        Begun::Closed => {
            let reply = form(visit, &demand, &typed, Some(finish::CLOSED)).await?;
            return Ok(reply.with_status(StatusCode::TOO_MANY_REQUESTS));
        }
    };
    let right = compared(&counted, visit.form.text("password").to_owned()).await?;
    let user = counted.user.as_ref().map(|user| user.id);
    let (Some(user), true) = (user, right) else {
        let why = counted.fails.unwrap_or(RefusedSignIn::WrongPassword);
        visit
            .app
            .store
            .write("sign-in.failed", visit.caller(None), move |tx| {
                attempt::failed(tx, user, why)
            })
            .await
            .map_err(store_fault)?;
        let reply = form(visit, &demand, &typed, Some(WRONG)).await?;
        return Ok(reply.with_status(StatusCode::UNAUTHORIZED));
    };
    let secrets = Secrets::for_visit(visit);
    let (own, again) = (secrets.clone(), demand.clone());
    let next = visit
        .app
        .store
        .write("sign-in.password", visit.caller(Some(user)), move |tx| {
            if !attempt::still_holds(tx, &counted)? {
                attempt::failed(tx, Some(user), RefusedSignIn::WrongPassword)?;
                return Ok(None);
            }
            let methods = vec![Method::Password];
            let flow = Flow {
                user,
                methods,
                enrolled_at: None,
                at: None,
                provider: None,
                demand,
            };
            finish::shown(tx, flow, counted.network.as_deref(), &own).map(Some)
        })
        .await
        .map_err(store_fault)?;
    match next {
        Some(next) => Ok(finish::reply(&visit.app, &next, &secrets)),
        None => {
            let reply = form(visit, &again, &typed, Some(WRONG)).await?;
            Ok(reply.with_status(StatusCode::UNAUTHORIZED))
        }
    }
}
