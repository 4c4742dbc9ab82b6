//! Registered applications: which may have tokens, and where codes for them may be sent (T-40).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{ApplicationId, PrincipalId};
use crate::text::DisplayName;
use crate::time::{Instant, Length};

/// Whether an application can keep a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ApplicationKind {
    /// It runs at its user's, and has none.
    Public,
    /// It runs on a server, and proves itself by a secret or a key.
    Confidential,
}

/// Whether ID tokens for it name the groups that their user is a member of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GroupsClaim {
    /// They don't.
    #[default]
    None,
    /// They name every group; each token ends no later than the earliest membership in it (T-21).
    All,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// Its client id.
    pub id: ApplicationId,
    /// The principal that it is where it acts in its own name.
    pub principal: PrincipalId,
    /// What people call it.
    pub name: DisplayName,
    /// Whether it can keep a secret.
    pub kind: ApplicationKind,
    /// Where codes may be sent.
    #[serde(default)]
    pub redirect_uris: Vec<RedirectUri>,
    /// What it may do in its own name: application permissions.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Public keys that it may prove itself by: the JSON text of a JWK set.
    #[serde(default)]
    pub keys: Option<String>,
    /// Whether its ID tokens name groups.
    #[serde(default)]
    pub groups_claim: GroupsClaim,
    /// When it was registered.
    pub created_at: Instant,
    /// Its id as an object of the directory, which is not its client id; nil where it has none of its own.
    #[serde(default)]
    pub object: Uuid,
    /// Who runs it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<PrincipalId>,
    /// What else was said of it: the JSON text of each property, under its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, String>,
}

/// What is known of a secret of an application, which itself is kept as a hash alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSecret {
    /// Which.
    pub key: Uuid,
    /// What people call it.
    pub name: Option<String>,
    /// Since when it is good.
    pub from: Instant,
    /// Until when.
    pub until: Instant,
}

impl Application {
    /// A secret is good for so long at most.
    pub const SECRET_LIFETIME_MAX: Length = Length::days(730);
    /// So many secrets at a time.
    pub const SECRETS_MAX: usize = 2;

    /// Its id as an object of the directory.
    pub const fn object_id(&self) -> Uuid {
        if self.object.is_nil() {
            self.id.uuid()
        } else {
            self.object
        }
    }

    /// Whether a code may be sent to `uri`.
    pub fn takes_codes_at(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|own| own.is(uri))
    }
}

/// An address that codes may be sent to. It is compared letter by letter; only the port of a loopback
/// address is free, for a program at its user's takes the one it gets (RFC 8252).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(String);

/// Why a text is no redirect URI: a phrase that follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRedirectUri {
    /// It is not `https://`, nor `http://` to this machine.
    #[error("must begin with https://, or with http://localhost, http://127.0.0.1 or http://[::1]")]
    Scheme,
    /// It holds what no such address needs.
    #[error("may hold neither a user, nor a fragment, a backslash, a blank or a control character")]
    Sign,
    /// It is too long.
    #[error("is longer than 256 characters")]
    TooLong,
}

/// The hosts that are this machine.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl RedirectUri {
    /// The address, if codes can be sent there at all.
    pub fn new(text: impl Into<String>) -> Result<Self, BadRedirectUri> {
        let text = text.into();
        if text.len() > 256 {
            return Err(BadRedirectUri::TooLong);
        }
        let bad = |c: char| !c.is_ascii_graphic() || matches!(c, '#' | '\\' | '"' | '<' | '>');
        if text.contains(bad) {
            return Err(BadRedirectUri::Sign);
        }
        let (scheme, rest) = text.split_once("://").ok_or(BadRedirectUri::Scheme)?;
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(BadRedirectUri::Sign);
        }
        let (host, _) = host_and_port(authority);
        let good = match scheme {
            "https" => !host.is_empty(),
            "http" => LOOPBACK.contains(&host),
            _ => false,
        };
        if good {
            Ok(Self(text))
        } else {
            Err(BadRedirectUri::Scheme)
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `uri` is this address.
    pub fn is(&self, uri: &str) -> bool {
        if self.0 == uri {
            return true;
        }
        match (loopback(&self.0), loopback(uri)) {
            (Some(own), Some(given)) => own == given && Self::new(uri).is_ok(),
            (None, _) | (_, None) => false,
        }
    }
}

/// Host and path of a loopback address, without its port.
fn loopback(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (host, port) = host_and_port(authority);
    let is_port = port.is_none_or(|port| {
        (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit())
    });
    (LOOPBACK.contains(&host) && is_port).then_some((host, path))
}

fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    let end = authority.rfind(']').map_or(0, |at| at + 1);
    match authority[end..].find(':') {
        Some(at) => (&authority[..end + at], Some(&authority[end + at + 1..])),
        None => (authority, None),
    }
}

impl TryFrom<String> for RedirectUri {
    type Error = BadRedirectUri;

    fn try_from(text: String) -> Result<Self, BadRedirectUri> {
        Self::new(text)
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t40_a_redirect_uri_is_the_same_letter_by_letter() {
        let own = RedirectUri::new("https://app.example/callback").unwrap();
        assert!(own.is("https://app.example/callback"));
        for other in [
            "https://app.example/callback/",
            "https://app.example/callback?x=1",
            "https://app.example/Callback",
            "https://app.example/callback/../evil",
            "https://sub.app.example/callback",
            "https://app.example:443/callback",
            "https://app.example.evil.example/callback",
            "https://app.example@evil.example/callback",
            "http://app.example/callback",
            "//app.example/callback",
            "https:app.example/callback",
            "https://app.example/callback%0d%0a",
            "https://app.example/callback#x",
            "/\\evil.example",
            "",
        ] {
            assert!(!own.is(other), "{other}");
        }
    }

    #[test]
    fn t40_only_a_loopback_address_has_a_free_port() {
        let own = RedirectUri::new("http://127.0.0.1/callback").unwrap();
        for same in [
            "http://127.0.0.1:49152/callback",
            "http://127.0.0.1/callback",
        ] {
            assert!(own.is(same), "{same}");
        }
        for other in [
            "http://localhost:49152/callback",
            "http://127.0.0.1:x/callback",
            "http://127.0.0.1:/callback",
            "http://127.0.0.1:123456/callback",
            "http://127.0.0.1:80@evil.example/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://127.0.0.1:80/other",
            "http://127.0.0.2:80/callback",
        ] {
            assert!(!own.is(other), "{other}");
        }
    }

    #[test]
    fn codes_are_sent_nowhere_in_the_clear() {
        for bad in [
            "http://app.example/",
            "ftp://localhost/",
            "javascript:alert(1)",
            "https://",
            "https://u@app.example/",
            "https://app.example/#x",
            "https://app.example/a b",
            "app.example",
        ] {
            assert!(RedirectUri::new(bad).is_err(), "{bad}");
        }
    }
}
