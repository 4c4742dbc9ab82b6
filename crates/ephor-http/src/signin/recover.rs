//! A new password by a one-time code from an administrator. It never takes a second factor's place.

use ephor_core::signin::event::{PasswordChangedBy, RefusedSignIn};
use ephor_core::signin::strength::Method;
use ephor_ops::OpError;
use ephor_ops::signin::attempt::{self, Begun};
use ephor_ops::signin::method;
use http::StatusCode;

use super::finish::{self, Flow, Next, Secrets};
use super::pages::{self, Recover};
use super::visitor::{Cookie, hash, secret};
use super::{Demand, start};
use crate::door::{Reply, Visit};
use crate::error::HttpError;
use crate::oauth::store_fault;
use crate::password;
use crate::rate::Turn;

pub(super) fn show(visit: &Visit) -> Result<Reply, HttpError> {
    Ok(form(visit, "", None))
}

fn form(visit: &Visit, name: &str, told: Option<&str>) -> Reply {
    let kept = visit.cookie(Cookie::Flow);
    let flow = kept.clone().unwrap_or_else(secret);
    let reply = pages::page(&Recover {
        mark: &visit.mark(&flow),
        name,
        told,
    });
    match kept {
        Some(_) => reply,
        None => reply.cookie(Cookie::Flow.set(&visit.app, &flow)),
    }
}

/// A reset code as it is kept.
pub(crate) fn code_hash(code: &str) -> [u8; 32] {
    let bare: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    hash(&format!("reset {bare}"))
}

pub(super) async fn judge(visit: &Visit) -> Result<Reply, HttpError> {
    let cookie = visit.cookie(Cookie::Flow);
    visit.is_ours(cookie.as_deref())?;
    let typed = visit.form.text("name").to_owned();
    let password = visit.form.text("password").to_owned();
    let trying = start::trying(visit, &typed);
    visit.take_turn(Turn::SignIn, &trying.nameless)?;
    // What is wrong with the password is told before the code is used up. Whether there is a second factor
    // is not known to whoever has no code, so the stricter rule is named only with a good one.
    if let Err(wrong) = password::check_password_rules(&password)
        .and_then(|()| password::check_is_uncommon(&password, &[typed.as_str()]))
    {
        let told = format!("The password {wrong}.");
        return Ok(form(visit, &typed, Some(&told)).with_status(StatusCode::BAD_REQUEST));
    }
    let (now, begun) = visit
        .app
        .store
        .write("sign-in.recover.begin", visit.caller(None), move |tx| {
            let begun = attempt::begin(tx, &trying)?;
            Ok::<_, OpError>((tx.now(), begun))
        })
        .await
        .map_err(store_fault)?;
    let counted = match begun {
        Begun::Counted(counted) => counted,
        Begun::Later(until) => {
            let told = finish::later(until.since(now).as_seconds());
            return Ok(form(visit, &typed, Some(&told)).with_status(StatusCode::TOO_MANY_REQUESTS));
        }
        // A reset is what opens a closed account, so its code is judged all the same; 80 bits are not guessed.
        Begun::Closed => {
            let told = "There were too many attempts. Ask for a new code.";
            return Ok(form(visit, &typed, Some(told)).with_status(StatusCode::TOO_MANY_REQUESTS));
        }
    };
    let is_short = password::is_short_as_only_factor(&password);
    let new_hash = password::hash_password(password)
        .await
        .map_err(|wrong| HttpError::fault(wrong.to_string()))?;
    let user = counted.user.as_ref().map(|user| user.id);
    let code = code_hash(visit.form.text("code"));
    let secrets = Secrets::for_visit(visit);
    let own = secrets.clone();
    let next: Result<Next, &str> = visit
        .app
        .store
        .write("sign-in.recover", visit.caller(user), move |tx| {
            let disabled = counted.fails == Some(RefusedSignIn::Disabled);
            let Some(user) = user.filter(|_| !disabled) else {
                attempt::failed(tx, None, RefusedSignIn::WrongCode)?;
                return Ok(Err("The name or the code is wrong, or the code is over."));
            };
            let has_second = method::list(tx, user)?.has_second_factor();
            let known = tx.ticket(ephor_store::TicketKind::Reset, &code)?;
            let is_theirs = known.is_some_and(|ticket| ticket.user == Some(user));
            if is_theirs && is_short && !has_second {
                return Ok(Err(
                    "Without a second factor the password needs at least 15 characters.",
                ));
            }
            if !method::use_reset_code(tx, user, &code)? {
                attempt::failed(tx, Some(user), RefusedSignIn::WrongCode)?;
                return Ok(Err("The name or the code is wrong, or the code is over."));
            }
            method::set_password(tx, user, &new_hash, PasswordChangedBy::ResetCode, None)?;
            let flow = Flow {
                user,
                methods: vec![Method::ResetCode],
                enrolled_at: None,
                at: None,
                provider: None,
                demand: Demand::read(&crate::form::Form::default()),
            };
            finish::shown(tx, flow, counted.network.as_deref(), &own).map(Ok)
        })
        .await
        .map_err(store_fault)?;
    match next {
        Ok(next) => Ok(finish::reply(&visit.app, &next, &secrets)),
        Err(told) => Ok(form(visit, &typed, Some(told)).with_status(StatusCode::BAD_REQUEST)),
    }
}
