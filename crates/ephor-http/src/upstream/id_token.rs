//! ID tokens of other providers (`security.md` section 3): read as strictly as our own.

use ephor_core::signin::strength::Method;
use ephor_core::time::{Instant, Length};

use super::{ProviderOptions, Strengths};
use crate::client_key::ClientKey;
use crate::json::{Json, Object};
use crate::jws::{self, exact, instant, text};

/// Their clocks may be off by this much.
const SKEW: Length = Length::seconds(60);
/// A token that was issued longer ago is not the answer to what was just asked.
const ISSUED_WITHIN: Length = Length::minutes(10);

/// What an ID token must say.
pub(crate) struct Expected<'a> {
    /// Of which provider it is.
    pub(crate) provider: &'a ProviderOptions,
    /// What was sent with the question.
    pub(crate) nonce: &'a str,
    /// The time.
    pub(crate) now: Instant,
}

/// What it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// Who, by the provider's own name.
    pub(crate) subject: String,
    /// What was shown there.
    pub(crate) method: Method,
    /// When they last showed it there.
    pub(crate) shown_at: Option<Instant>,
    /// What they sign in by there.
    pub(crate) name: Option<String>,
    /// What they are called.
    pub(crate) display_name: Option<String>,
}

/// Reads a token that one of these keys signed; fails with a reason for the log.
pub(crate) fn read(
    token: &str,
    keys: &[ClientKey],
    expected: &Expected<'_>,
) -> Result<Said, &'static str> {
    let signed =
        jws::verified(token, keys).ok_or("its signature fits none of the provider's keys")?;
    let claims = &signed.claims;
    let provider = expected.provider;
    if text(claims, "iss") != Some(provider.issuer.as_str()) {
        return Err("another issuer made it");
    }
    let several = match exact(claims, "aud") {
        Some(Json::Text(audience)) if *audience == provider.client_id => false,
        Some(Json::List(all))
            if all
                .iter()
                .any(|one| *one == Json::Text(provider.client_id.clone())) =>
        {
            all.len() > 1
        }
        _ => return Err("it is for another client"),
    };
    match (exact(claims, "azp"), several) {
        (None, false) => {}
        (Some(Json::Text(party)), _) if *party == provider.client_id => {}
        (None, true) | (Some(_), _) => return Err("it was issued to another client"),
    }
    if text(claims, "nonce") != Some(expected.nonce) {
        return Err("it answers another question: its nonce is wrong");
    }
    let time = |name| exact(claims, name).and_then(instant);
    let (now, until) = (expected.now, time("exp").ok_or("it has no exp")?);
    if until.plus(SKEW).is_none_or(|until| now >= until) {
        return Err("it has expired");
    }
    let issued_at = time("iat").ok_or("it has no iat")?;
    let soonest = now.minus(ISSUED_WITHIN);
    if issued_at < soonest || now.plus(SKEW).is_some_and(|latest| issued_at > latest) {
        return Err("it was issued long ago, or is from the future");
    }
    if time("nbf").is_some_and(|from| now.plus(SKEW).is_some_and(|latest| from > latest)) {
        return Err("it is not good yet");
    }
    let subject = text(claims, "sub")
        .filter(|subject| !subject.is_empty() && subject.len() <= 255)
        .ok_or("it does not say who")?;
    let any = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| text(claims, name))
            .map(str::to_owned)
    };
    Ok(Said {
        subject: subject.to_owned(),
        method: method(claims, &provider.strengths),
        shown_at: time("auth_time").map(|at| at.min(now)),
        name: any(&["preferred_username", "upn", "email"]),
        display_name: any(&["name", "preferred_username"]),
    })
}

fn method(claims: &Object, strengths: &Strengths) -> Method {
    let mut said: Vec<&str> = text(claims, "acr").into_iter().collect();
    if let Some(Json::List(amr)) = exact(claims, "amr") {
        said.extend(amr.iter().filter_map(|one| match one {
            Json::Text(text) => Some(text.as_str()),
            _ => None,
        }));
    }
    let is_one_of = |meant: &[String]| {
        said.iter()
            .any(|said| meant.iter().any(|meant| meant == said))
    };
    if is_one_of(&strengths.phishing_resistant) {
        Method::UpstreamPhishingResistant
    } else if is_one_of(&strengths.multi_factor) {
        Method::UpstreamMultiFactor
    } else {
        Method::Upstream
    }
}
