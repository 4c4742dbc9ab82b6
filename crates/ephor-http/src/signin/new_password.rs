//! Another password, where whoever set the one until now asked for that: it comes before the session begins, after
//! everything else was shown.

use ephor_core::id::PrincipalId;
use ephor_core::signin::event::{PasswordChange, PasswordChangedBy};
use ephor_core::signin::strength::Strength;
use ephor_ops::signin::method;
use ephor_ops::{OpError, OpResult};
use ephor_store::{ReadTx, TicketKind};
use http::StatusCode;

use super::finish::{self, Flow, Missing, Secrets};
use super::pages::{self, NewPassword};
use super::visitor::{Cookie, hash};
use crate::door::{Reply, Visit};
use crate::error::HttpError;
use crate::oauth::store_fault;
use crate::password::{self, HashError, PASSWORD_MIN, PASSWORD_MIN_ALONE};
use crate::rate::Turn;

/// Where it is asked for.
pub(super) const ADDRESS: &str = "/sign-in/password";

/// Somebody of whom it is asked.
struct Asked {
    user: PrincipalId,
    name: String,
    display_name: String,
    /// The hash of the password until now.
    hash: Option<String>,
    has_second_factor: bool,
    /// A second factor has to come first, and there is none.
    is_stuck: bool,
}

/// Whether this browser's sign-in lacks nothing but another password.
fn asked(tx: &ReadTx<'_>, cookie: &[u8; 32], secrets: &Secrets) -> OpResult<Option<(Flow, Asked)>> {
    let Some(flow) = Flow::read(tx, cookie)? else {
        return Ok(None);
    };
    if finish::missing(tx, &flow, secrets)? != Missing::NewPassword {
        return Ok(None);
    }
    let Some(user) = tx.user(flow.user)? else {
        return Ok(None);
    };
    let asked = Asked {
        user: flow.user,
        name: user.user_principal_name.to_string(),
        display_name: user.display_name.to_string(),
        hash: tx.password_hash(flow.user)?,
        has_second_factor: method::list(tx, flow.user)?.has_second_factor(),
        is_stuck: tx.password_change(flow.user)? == PasswordChange::AskedWithMfa
            && Strength::of(&flow.methods) < Strength::MultiFactor,
    };
    Ok(Some((flow, asked)))
}

async fn of_visit(visit: &Visit, secrets: &Secrets) -> Result<Option<Asked>, HttpError> {
    let Some(cookie) = visit.cookie(Cookie::Flow).map(|cookie| hash(&cookie)) else {
        return Ok(None);
    };
    let secrets = secrets.clone();
    let found = visit
        .app
        .store
        .read("sign-in.new-password", move |tx| {
            asked(tx, &cookie, &secrets)
        })
        .await
        .map_err(store_fault)?;
    Ok(found.map(|(_, asked)| asked))
}

fn form(visit: &Visit, asked: &Asked, told: Option<&str>) -> Reply {
    if asked.is_stuck {
        return pages::message(
            "A second factor is needed first",
            "A new password is asked for, by somebody who has a second factor; there is none for this account. Ask an administrator for a one-time code for a new password, and use it under “I have a code for a new password”.",
        )
        .with_status(StatusCode::FORBIDDEN);
    }
    let flow = visit.cookie(Cookie::Flow).unwrap_or_default();
    pages::page(&NewPassword {
        mark: &visit.mark(&flow),
        name: &asked.name,
        told,
        least: if asked.has_second_factor {
            PASSWORD_MIN
        } else {
            PASSWORD_MIN_ALONE
        },
    })
}

/// The page.
pub(super) async fn show(visit: &Visit) -> Result<Reply, HttpError> {
    Ok(match of_visit(visit, &Secrets::for_visit(visit)).await? {
        Some(asked) => form(visit, &asked, None),
        None => Reply::redirect("/sign-in"),
    })
}

/// Sets it, and goes on with the sign-in.
pub(super) async fn set(visit: &Visit) -> Result<Reply, HttpError> {
    let cookie = visit.cookie(Cookie::Flow);
    visit.is_ours(cookie.as_deref())?;
    let Some(cookie) = cookie.map(|cookie| hash(&cookie)) else {
        return Ok(Reply::redirect("/sign-in"));
    };
    visit.take_turn(Turn::SignIn, &hex::encode(cookie))?;
    let secrets = Secrets::for_visit(visit);
    let asked_of = match of_visit(visit, &secrets).await? {
        Some(asked) if !asked.is_stuck => asked,
        Some(asked) => return Ok(form(visit, &asked, None)),
        None => return Ok(Reply::redirect("/sign-in")),
    };
    let new = visit.form.text("password").to_owned();
    if let Some(told) = wrong_with(visit, &asked_of, &new).await? {
        return Ok(form(visit, &asked_of, Some(&told)).with_status(StatusCode::BAD_REQUEST));
    }
    let hashed = password::hash_password(new).await.map_err(busy)?;
    let (own, before, network) = (secrets.clone(), asked_of.hash.clone(), visit.network());
    let next = visit
        .app
        .store
        .write(
            "sign-in.new-password",
            visit.caller(Some(asked_of.user)),
            move |tx| {
                // Set once more by somebody else meanwhile: then what was shown is no good.
                let Some((flow, _)) =
                    asked(tx, &cookie, &own)?.filter(|(_, asked)| asked.hash == before)
                else {
                    return Ok::<_, OpError>(None);
                };
                tx.drop_ticket(TicketKind::Flow, &cookie)?;
                method::set_password(tx, flow.user, &hashed, PasswordChangedBy::Owner, None)?;
                finish::shown(tx, flow, network.as_deref(), &own).map(Some)
            },
        )
        .await
        .map_err(store_fault)?;
    Ok(match next {
        Some(next) => finish::reply(&visit.app, &next, &secrets),
        None => Reply::redirect("/sign-in"),
    })
}

/// What is wrong with a new password, as a sentence.
async fn wrong_with(visit: &Visit, asked: &Asked, new: &str) -> Result<Option<String>, HttpError> {
    let words = [
        asked.name.as_str(),
        asked.display_name.as_str(),
        visit.app.tenant.domain.as_str(),
    ];
    let checked =
        password::check_password_rules(new).and_then(|()| password::check_is_uncommon(new, &words));
    if let Err(wrong) = checked {
        return Ok(Some(format!("The new password {wrong}.")));
    }
    if !asked.has_second_factor && password::is_short_as_only_factor(new) {
        let told = "Without a second factor the password needs at least 15 characters.";
        return Ok(Some(told.to_owned()));
    }
    // It is known to whoever set it.
    let is_same = password::verify(new.to_owned(), asked.hash.clone())
        .await
        .map_err(busy)?;
    Ok(is_same.then(|| "That is the password until now. Choose another one.".to_owned()))
}

fn busy(error: HashError) -> HttpError {
    match error {
        HashError::Busy => HttpError {
            retry_after: Some(3),
            ..HttpError::new(
                StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequests",
                "Many people are signing in at the moment. Try again in a few seconds.",
            )
        },
        HashError::Failed(why) => HttpError::fault(why),
    }
}
