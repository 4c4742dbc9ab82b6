//! Who visits: cookies, the mark in our forms, and where a browser may be sent back to.

use std::net::IpAddr;

use ephor_core::caller::{Actor, Caller, Issuance, Scope};

use ephor_core::id::PrincipalId;
use ephor_core::signin::session::Session;
use ephor_ops::signin::session::{self, From, SignedIn};
use ephor_store::ambient::random_bytes;
use http::header;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::door::Visit;
use crate::error::{Family, HttpError};
use crate::state::App;

/// What a secret is kept as.
pub(crate) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// A fresh secret of 256 bits.
pub(crate) fn secret() -> String {
    hex::encode(random_bytes::<32>())
}

/// A browser's cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Its session.
    Session,
    /// A sign-in under way.
    Flow,
}

impl Cookie {
    /// Its name. On plain HTTP, which is served to this machine only, browsers take no `__Host-`.
    pub(crate) fn name(self, app: &App) -> &'static str {
        match (self, app.is_secure()) {
            (Self::Session, true) => "__Host-ephor",
            (Self::Session, false) => "ephor-local",
            (Self::Flow, true) => "__Host-ephor-flow",
            (Self::Flow, false) => "ephor-local-flow",
        }
    }

    /// The header that sets it.
    pub(crate) fn set(self, app: &App, value: &str) -> String {
        let secure = if app.is_secure() { "; Secure" } else { "" };
        format!(
            "{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}",
            self.name(app)
        )
    }

    /// The header that takes it away.
    pub(crate) fn clear(self, app: &App) -> String {
        format!("{}; Max-Age=0", self.set(app, ""))
    }
}

/// The value of a cookie among these headers: 64 hexadecimal digits, or it is none of ours.
pub(crate) fn cookie_in(headers: &http::HeaderMap, app: &App, cookie: Cookie) -> Option<String> {
    let name = cookie.name(app);
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(own, _)| *own == name)
        .map(|(_, value)| value);
    let value = found.next()?;
    let ours = value.len() == 64 && value.bytes().all(|b| b.is_ascii_hexdigit());
    // Two of one name: somebody put one there.
    (ours && found.next().is_none()).then(|| value.to_owned())
}

impl Visit {
    pub(crate) fn cookie(&self, cookie: Cookie) -> Option<String> {
        cookie_in(&self.parts.headers, &self.app, cookie)
    }

    /// From where it comes.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        crate::serve::address(&self.parts)
    }

    /// The network that attempts are counted under: one address, or the 64 bits in front of one.
    pub(crate) fn network(&self) -> Option<String> {
        match self.address()? {
            // Nobody else is behind it, and a proxy on this machine would be everybody.
            address if address.is_loopback() => None,
            IpAddr::V4(address) => Some(address.to_string()),
            IpAddr::V6(address) => {
                let front = &address.segments()[..4];
                let front: Vec<String> = front.iter().map(|part| format!("{part:x}")).collect();
                Some(format!("{}::/64", front.join(":")))
            }
        }
    }

    pub(crate) fn from(&self) -> From {
        let agent = self
            .parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok());
        From {
            address: self.address().map(|address| address.to_string()),
            agent: agent.map(|agent| agent.chars().take(256).collect()),
        }
    }

    /// Who is written down for what happens here.
    pub(crate) fn caller(&self, user: Option<PrincipalId>) -> Caller {
        Caller {
            actor: user.map_or(Actor::System, Actor::User),
            issuance: user.map_or(Issuance::Local, |_| Issuance::SignedIn),
            scopes: std::collections::BTreeSet::new(),
            address: self.address().map(|address| address.to_string()),
            request_id: Some(self.request_id),
            ..Caller::system()
        }
    }

    /// The session of the browser's cookie, where there is one in force.
    pub(crate) async fn signed_in(&self) -> Result<Option<SignedIn>, HttpError> {
        let Some(cookie) = self.cookie(Cookie::Session) else {
            return Ok(None);
        };
        signed_in_by(&self.app, &cookie).await
    }

    /// The mark that our forms carry for this secret of the browser's.
    pub(crate) fn mark(&self, secret: &str) -> String {
        hex::encode(&self.app.master.mark("form", &[secret.as_bytes()])[..16])
    }

    /// Refuses what was not sent from a page of ours that was made for this browser (T-39).
    pub(crate) fn is_ours(&self, secret: Option<&str>) -> Result<(), HttpError> {
        let stale = || {
            HttpError::new(
                http::StatusCode::FORBIDDEN,
                "Authorization_RequestDenied",
                "This form is no longer good, or was not sent from here. Go back, load the page again, and try once more.",
            )
        };
        if !is_same_origin(&self.parts.headers, &self.app) {
            return Err(stale());
        }
        let secret = secret.ok_or_else(stale)?;
        let header = self.parts.headers.get("x-ephor-form");
        let given = header
            .and_then(|value| value.to_str().ok())
            .or(self.form.get("form"))
            .unwrap_or_default();
        if bool::from(self.mark(secret).as_bytes().ct_eq(given.as_bytes())) {
            Ok(())
        } else {
            Err(stale())
        }
    }
}

/// Whether a browser says that a request comes from a page of ours. Our pages send no referrer, so a form's
/// `Origin` is `null`: then only what the browser says of the site counts, or the mark alone.
pub(crate) fn is_same_origin(headers: &http::HeaderMap, app: &App) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let site = text("sec-fetch-site").is_none_or(|site| site == "same-origin");
    let origin = text("origin")
        .is_none_or(|origin| origin == "null" || origin.eq_ignore_ascii_case(&app.public_url));
    site && origin
}

/// The session of a cookie, which is noted as used once a minute.
pub(crate) async fn signed_in_by(app: &App, cookie: &str) -> Result<Option<SignedIn>, HttpError> {
    let secret = hash(cookie);
    let found = app
        .store
        .read("session.cookie", move |tx| {
            Ok::<_, ephor_ops::OpError>((tx.now(), session::of_cookie(tx, &secret)?))
        })
        .await
        .map_err(|error| HttpError::operation(&error, Family::Ephor))?;
    let (now, Some(signed_in)) = found else {
        return Ok(None);
    };
    if session::is_worth_noting(&signed_in.session, now) {
        let session = signed_in.session.clone();
        app.store
            .write("session.seen", Caller::system(), move |tx| {
                session::seen(tx, &session)
            })
            .await
            .map_err(|error| HttpError::operation(&error, Family::Ephor))?;
    }
    Ok(Some(signed_in))
}

/// The caller that a browser's session is, for the API.
pub(crate) fn caller_of(session: &Session) -> Caller {
    Caller {
        actor: Actor::User(session.user),
        scopes: Scope::ALL.iter().copied().collect(),
        factor: session.strength().factor(),
        contexts: (1..=99).map(|number| format!("c{number}")).collect(),
        issuance: Issuance::SignedIn,
        session: Some(session.id),
        held_until: None,
        issued_at: Some(session.signed_in_at),
        client: Some("ephor-portal".to_owned()),
        ..Caller::system()
    }
}

/// A place here that a browser may be sent back to: a path of ours and nothing else (T-40).
pub(crate) fn local_path(text: &str) -> Option<&str> {
    let good = text.starts_with('/')
        && !text.starts_with("//")
        && text.len() <= 4_096
        && text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    good.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t40_a_browser_is_sent_back_to_our_own_paths_only() {
        for good in [
            "/",
            "/sign-in/methods",
            "/x/oauth2/v2.0/authorize/resume?request=1",
        ] {
            assert_eq!(local_path(good), Some(good));
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https:evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x",
            "/a b",
            "/\u{e9}",
            "evil",
            "\t/x",
        ] {
            assert_eq!(local_path(bad), None, "{bad:?}");
        }
    }
}
