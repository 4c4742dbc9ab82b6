//! A client's assertion (RFC 7523): a JWT that it signed by a key of its own, for us, just now. It counts once.
//!
//! Clients' clocks are not ours, so a minute more or less is borne. How long an assertion says it is good for is
//! its own affair: here it counts for five minutes from when it was made, and no longer than it says.

use ephor_core::signin::application::Application;
use ephor_core::time::{Instant, Length};
use ephor_ops::OpError;
use ephor_store::{Ticket, TicketKind};

use super::{base, store_fault};
use crate::client_key;
use crate::door::Visit;
use crate::error::HttpError;
use crate::json::Json;
use crate::jws::{self, exact, instant, seconds, text};
use crate::signin::visitor::hash;
use crate::token::issuer;

/// An assertion counts for so long after it was made.
const LIFETIME: Length = Length::minutes(5);
/// A client's clock may be off by this much.
const SKEW: Length = Length::seconds(60);

/// Whether an assertion was signed by this application, for us, just now, and never came before.
pub(super) async fn is_good(
    visit: &Visit,
    application: &Application,
    assertion: &str,
) -> Result<bool, HttpError> {
    let app = &visit.app;
    let tenant = visit.path.first().map_or("", String::as_str);
    let audiences = [
        format!("{}/oauth2/v2.0/token", base(app)),
        // As the client was told to write the tenant.
        format!("{}/{tenant}/oauth2/v2.0/token", app.public_url),
        issuer(&app.public_url, app.tenant.id),
    ];
    let Some(checked) = check(application, assertion, &audiences) else {
        return Ok(false);
    };
    let once = hash(&format!("{} {}", application.id, checked.id));
    app.store
        .write("oauth.assertion", visit.caller(None), move |tx| {
            let now = tx.now();
            let Some(until) = checked.good_until(now) else {
                return Ok(false);
            };
            if tx.ticket(TicketKind::Assertion, &once)?.is_some() {
                return Ok(false);
            }
            tx.keep_ticket(&Ticket {
                kind: TicketKind::Assertion,
                hash: once,
                other: None,
                user: None,
                session: None,
                until,
                used_at: Some(now),
                document: "{}".to_owned(),
            })?;
            Ok::<_, OpError>(true)
        })
        .await
        .map_err(store_fault)
}

/// What is left to judge of an assertion whose signature and claims are right.
#[derive(Debug, PartialEq, Eq)]
struct Checked {
    id: String,
    from: Option<Instant>,
    until: Instant,
    /// Until when the key's certificate is good.
    key_until: Option<Instant>,
}

impl Checked {
    /// Until just before when it counts, if it counts at `now`.
    fn good_until(&self, now: Instant) -> Option<Instant> {
        let made = match self.from {
            Some(from) => from,
            // What does not say when it was made must not be good for longer than one that was made now.
            None => self.until.minus(LIFETIME),
        };
        let until = made.plus(LIFETIME)?.min(self.until).plus(SKEW)?;
        let in_time = made <= now.plus(SKEW)? && now < until;
        let key_is_good = self.key_until.is_none_or(|until| now < until);
        (in_time && key_is_good).then_some(until)
    }
}

fn check(application: &Application, assertion: &str, audiences: &[String]) -> Option<Checked> {
    let keys = client_key::read(application.keys.as_deref()?).ok()?;
    let signed = jws::verified(assertion, &keys)?;
    let (claims, key) = (signed.claims, signed.key);
    let id = application.id.to_string();
    let is_own = |name| text(&claims, name).is_some_and(|text| text.eq_ignore_ascii_case(&id));
    let is_for_us = match exact(&claims, "aud")? {
        Json::Text(audience) => audiences.contains(audience),
        Json::List(all) => all
            .iter()
            .any(|one| matches!(one, Json::Text(audience) if audiences.contains(audience))),
        _ => false,
    };
    if !is_own("iss") || !is_own("sub") || !is_for_us {
        return None;
    }
    let jti = text(&claims, "jti").filter(|jti| !jti.is_empty())?;
    let from = match (exact(&claims, "nbf"), exact(&claims, "iat")) {
        (None, None) => None,
        (nbf, iat) => {
            let times = [nbf, iat].into_iter().flatten();
            Some(
                times
                    .map(instant)
                    .collect::<Option<Vec<_>>>()?
                    .into_iter()
                    .max()?,
            )
        }
    };
    Some(Checked {
        id: jti.to_owned(),
        from,
        until: instant(exact(&claims, "exp")?)?,
        key_until: key.exp.map(seconds),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assertion_counts_for_five_minutes_whatever_it_says() {
        let now: Instant = "2026-11-21T09:00:00Z".parse().unwrap();
        let at = |minutes: i64| Instant::from_micros(now.micros() + minutes * 60_000_000);
        let assertion = |from: Option<i64>, until: i64| Checked {
            id: "x".into(),
            from: from.map(at),
            until: at(until),
            key_until: None,
        };
        let good = |assertion: &Checked| assertion.good_until(now).is_some();
        // Terraform's say an hour.
        assert!(good(&assertion(Some(0), 60)));
        assert!(good(&assertion(Some(-5), 55)));
        assert!(!good(&assertion(Some(-6), 54)));
        assert!(
            good(&assertion(Some(1), 61)),
            "a clock that is a minute ahead"
        );
        assert!(!good(&assertion(Some(2), 62)));
        assert!(good(&assertion(None, 5)));
        assert!(
            !good(&assertion(None, 60)),
            "it does not say when it was made"
        );
        assert!(!good(&assertion(Some(-2), -1)));
        let expired = Checked {
            key_until: Some(now),
            ..assertion(Some(0), 5)
        };
        assert!(!good(&expired), "its certificate has ended");
    }
}
