//! Letting another device sign in (T-37): its code is typed here, and what it will be able to do is shown.

use ephor_core::signin::event::DeviceAnswer;
use ephor_ops::OpError;
use ephor_ops::signin::attempt::{self, Begun};
use ephor_ops::signin::oauth;
use http::StatusCode;

use super::finish;
use super::pages::{self, Device, DeviceConfirm};
use super::sessions::sign_in_first;
use super::visitor::Cookie;
use crate::door::{Reply, Visit};
use crate::error::HttpError;
use crate::oauth::{kept_user_code, store_fault};

const WRONG: &str =
    "No device waits under this code. See that you typed it as shown; it is good for ten minutes.";

pub(super) async fn show(visit: &Visit) -> Result<Reply, HttpError> {
    if visit.signed_in().await?.is_none() {
        return Ok(sign_in_first(visit));
    }
    Ok(form(visit, None))
}

fn form(visit: &Visit, told: Option<&str>) -> Reply {
    let cookie = visit.cookie(Cookie::Session).unwrap_or_default();
    pages::page(&Device {
        mark: &visit.mark(&cookie),
        told,
    })
}

pub(super) async fn judge(visit: &Visit) -> Result<Reply, HttpError> {
    let cookie = visit.cookie(Cookie::Session);
    visit.is_ours(cookie.as_deref())?;
    let Some(signed_in) = visit.signed_in().await? else {
        return Ok(sign_in_first(visit));
    };
    let user = signed_in.user.id;
    let typed = visit.form.text("code").to_owned();
    let code = kept_user_code(&typed);
    let answer = match visit.form.get("answer") {
        Some("yes") => Some(DeviceAnswer::Confirmed),
        Some("no") => Some(DeviceAnswer::Denied),
        Some(_) | None => None,
    };
    let session = signed_in.session.clone();
    // Guesses are counted under whoever guesses: the code itself is what is not known.
    let subject = format!("device:{user}");
    let (now, found) = visit
        .app
        .store
        .write("sign-in.device", visit.caller(Some(user)), move |tx| {
            let now = tx.now();
            if let Some(refused) = attempt::count(tx, &subject, None)? {
                return Ok((now, Err(Some(refused))));
            }
            let Some((device, application)) = oauth::device(tx, &code)? else {
                return Ok((now, Err(None)));
            };
            attempt::forgive(tx, &subject, None)?;
            if let Some(answer) = answer {
                oauth::answer_device(tx, &session, &code, answer)?;
            }
            Ok::<_, OpError>((now, Ok((device, application))))
        })
        .await
        .map_err(store_fault)?;
    let (device, application) = match found {
        Ok(found) => found,
        Err(None) => return Ok(form(visit, Some(WRONG)).with_status(StatusCode::NOT_FOUND)),
        Err(Some(Begun::Later(until))) => {
            let told = finish::later(until.since(now).as_seconds());
            return Ok(form(visit, Some(&told)).with_status(StatusCode::TOO_MANY_REQUESTS));
        }
        Err(Some(Begun::Closed | Begun::Counted(_))) => {
            let told = "There were too many attempts. Start again tomorrow, or sign out and in.";
            return Ok(form(visit, Some(told)).with_status(StatusCode::TOO_MANY_REQUESTS));
        }
    };
    match answer {
        Some(DeviceAnswer::Confirmed) => Ok(pages::message_to(
            "It is signed in",
            "Go on with the device. You can end its session under “My sessions” at any time.",
            "/sign-in/sessions",
            "My sessions",
        )),
        Some(DeviceAnswer::Denied) => Ok(pages::message_to(
            "It was turned down",
            "The device gets nothing. Tell your administrators if you did not start this.",
            "/sign-in/sessions",
            "My sessions",
        )),
        None => {
            let cookie = visit.cookie(Cookie::Session).unwrap_or_default();
            let address = device
                .address
                .unwrap_or_else(|| "an unknown address".into());
            Ok(pages::page(&DeviceConfirm {
                mark: &visit.mark(&cookie),
                application: &application.name.to_string(),
                name: signed_in.user.user_principal_name.as_str(),
                address: &address,
                scopes: &abilities(&device.scopes),
                code: &typed,
            }))
        }
    }
}

/// What an application will be able to do, in words: what only reads, and what changes.
fn abilities(scopes: &[String]) -> Vec<String> {
    let permissions: Vec<&str> = scopes
        .iter()
        .map(String::as_str)
        .filter(|scope| ephor_core::caller::Scope::parse(scope).is_some())
        .collect();
    let changes = permissions
        .iter()
        .filter(|scope| scope.contains("Write") || scope.contains("Remove"))
        .count();
    let mut told = vec!["know who you are".to_owned()];
    if !permissions.is_empty() {
        told.push(format!(
            "see what you may see ({} permissions to read)",
            permissions.len() - changes
        ));
    }
    if changes > 0 {
        told.push(format!(
            "act in your name: activate, approve and assign as you may ({changes} permissions to change)"
        ));
    }
    told
}
