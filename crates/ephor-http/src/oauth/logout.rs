//! `logout`: the browser's session ends, and with it what came from it.

use ephor_core::signin::event::SessionEnd;
use ephor_ops::signin::session;

use super::store_fault;
use crate::door::{Reply, Visit};
use crate::error::HttpError;
use crate::signin::pages;
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
    if let Some(signed_in) = visit.signed_in().await? {
        let caller = visit.caller(Some(signed_in.session.user));
        visit
            .app
            .store
            .write("session.end", caller, move |tx| {
                session::end(tx, &signed_in.session, SessionEnd::SignedOut)
            })
            .await
            .map_err(store_fault)?;
    }
    Ok(pages::message(
        "You are signed out",
        "You can close this page, or sign in again.",
    )
    .cookie(Cookie::Session.clear(&visit.app))
    .header(
        http::HeaderName::from_static("clear-site-data"),
        "\"cache\", \"cookies\", \"storage\"",
    ))
}
