//! `logout`: the browser's session ends, and with it what came from it.

use ephor_core::signin::event::SessionEnd;
use ephor_ops::signin::session;

use super::store_fault;
use crate::door::{Reply, Visit};
use crate::error::HttpError;
use crate::signin::pages::{self, SignOutThere};
use crate::signin::upstream;
use crate::signin::visitor::Cookie;

/// Signs out. A link elsewhere may lead here, so by GET a page asks first.
pub(super) async fn answer(visit: &Visit) -> Result<Reply, HttpError> {
    if visit.method == http::Method::GET {
        return Ok(Reply::redirect("/sign-out"));
    }
    sign_out(visit).await
}

/// Ends the browser's session.
pub(crate) async fn sign_out(visit: &Visit) -> Result<Reply, HttpError> {
    let cookie = visit.cookie(Cookie::Session);
    visit.is_ours(cookie.as_deref())?;
    let mut there = None;
    if let Some(signed_in) = visit.signed_in().await? {
        let caller = visit.caller(Some(signed_in.session.user));
        let provider = signed_in.session.provider.clone();
        visit
            .app
            .store
            .write("session.end", caller, move |tx| {
                session::end(tx, &signed_in.session, SessionEnd::SignedOut)
            })
            .await
            .map_err(store_fault)?;
        if let Some(issuer) = provider {
            there = upstream::sign_out_address(visit, &issuer).await;
        }
    }
    // Here it is over whatever becomes of it there. A form's answer may not lead to another site, so a page comes
    // in between.
    let page = match &there {
        Some((to, provider)) => pages::page(&SignOutThere { to, provider }),
        None => pages::message(
            "You are signed out",
            "You can close this page, or sign in again.",
        ),
    };
    Ok(page.cookie(Cookie::Session.clear(&visit.app)).header(
        http::HeaderName::from_static("clear-site-data"),
        "\"cache\", \"cookies\", \"storage\"",
    ))
}
