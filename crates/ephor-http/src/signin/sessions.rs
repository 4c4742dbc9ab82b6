//! My sessions: where somebody is signed in, and how to end it.

use ephor_core::signin::event::SessionEnd;
use ephor_core::signin::session::SessionKind;
use ephor_core::signin::strength::Method;
use ephor_ops::OpError;
use ephor_ops::signin::{application, session};

use super::pages::{self, SessionRow, Sessions, SignOut};
use super::visitor::Cookie;
use super::{Demand, sign_in_address};
use crate::door::{Reply, Visit};
use crate::error::HttpError;
use crate::oauth::store_fault;

/// To the sign-in page, and back here.
pub(super) fn sign_in_first(visit: &Visit) -> Reply {
    let mut demand = Demand::read(&crate::form::Form::default());
    demand.return_to = visit.parts.uri.path().to_owned();
    Reply::redirect(sign_in_address(&demand))
}

pub(super) async fn show(visit: &Visit) -> Result<Reply, HttpError> {
    let Some(signed_in) = visit.signed_in().await? else {
        return Ok(sign_in_first(visit));
    };
    let (user, here) = (signed_in.user, signed_in.session.id);
    let id = user.id;
    let rows = visit
        .app
        .store
        .read("session.list", move |tx| {
            let mut rows = Vec::new();
            for session in session::list(tx, id)? {
                let title = match session.kind {
                    SessionKind::Browser => session
                        .agent
                        .as_deref()
                        .map_or("A browser".to_owned(), browser),
                    SessionKind::Application(id) | SessionKind::Device(id) => {
                        application::find(tx, id)?
                            .map_or("An application".to_owned(), |found| found.name.to_string())
                    }
                };
                let from = session.address.as_deref().unwrap_or("an unknown address");
                rows.push(SessionRow {
                    id: session.id.to_string(),
                    title,
                    told: format!(
                        "from {from}, since {} UTC, by {}",
                        minute(session.made_at),
                        by(&session.methods)
                    ),
                    here: session.id == here,
                });
            }
            Ok::<_, OpError>(rows)
        })
        .await
        .map_err(store_fault)?;
    let cookie = visit.cookie(Cookie::Session).unwrap_or_default();
    Ok(pages::page(&Sessions {
        mark: &visit.mark(&cookie),
        name: user.user_principal_name.as_str(),
        sessions: &rows,
    }))
}

/// By what somebody signed in, in words.
fn by(methods: &[Method]) -> String {
    let mut told: Vec<&str> = Vec::new();
    for method in methods {
        let word = match method {
            Method::Password => "password",
            Method::Totp => "authenticator",
            Method::Passkey => "passkey",
            Method::RecoveryCode => "recovery code",
            Method::ResetCode => "code for a new password",
            Method::Upstream | Method::UpstreamMultiFactor | Method::UpstreamPhishingResistant => {
                "another provider"
            }
            Method::Demonstration => "a click",
        };
        if !told.contains(&word) {
            told.push(word);
        }
    }
    told.join(" and ")
}

/// An instant to the minute.
pub(super) fn minute(at: ephor_core::time::Instant) -> String {
    let text = at.to_string();
    text.get(..16).unwrap_or(&text).replace('T', " ")
}

/// What a browser is called, in a word.
fn browser(agent: &str) -> String {
    let names = [
        ("Edg/", "Edge"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    names
        .iter()
        .find(|(sign, _)| agent.contains(sign))
        .map_or("A browser".to_owned(), |(_, name)| (*name).to_owned())
}

pub(super) async fn end(visit: &Visit) -> Result<Reply, HttpError> {
    let cookie = visit.cookie(Cookie::Session);
    visit.is_ours(cookie.as_deref())?;
    let Some(signed_in) = visit.signed_in().await? else {
        return Ok(sign_in_first(visit));
    };
    let user = signed_in.user.id;
    let which = visit.form.text("id").to_owned();
    visit
        .app
        .store
        .write("session.end", visit.caller(Some(user)), move |tx| {
            if which == "all" {
                return session::end_all(tx, user, SessionEnd::EndedByUser);
            }
            match which.parse() {
                Ok(id) => session::end_own(tx, user, id),
                Err(_) => Ok(()),
            }
        })
        .await
        .map_err(store_fault)?;
    Ok(Reply::redirect("/sign-in/sessions"))
}

pub(super) async fn ask_sign_out(visit: &Visit) -> Result<Reply, HttpError> {
    if visit.signed_in().await?.is_none() {
        return Ok(pages::message(
            "You are signed out",
            "Nobody is signed in in this browser.",
        ));
    }
    let cookie = visit.cookie(Cookie::Session).unwrap_or_default();
    Ok(pages::page(&SignOut {
        mark: &visit.mark(&cookie),
    }))
}
