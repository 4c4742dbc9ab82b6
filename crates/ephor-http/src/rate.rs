//! How often somebody may ask (`security.md` section 4): a bucket of turns for each of them on this node, which
//! fills evenly. What ends access has a wider bucket of its own, so that nobody is kept from ending it.
//!
//! Who signs in, and which application asks for tokens, is counted together with the network it comes from: else
//! anybody could use up the turns of somebody else (T-34). Guessing from many networks is what the attempts are
//! counted against, in the store and over all nodes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ephor_core::caller::{Actor, Caller};
use http::{Method, StatusCode};
use tokio::time::Instant;

use crate::door::Visit;
use crate::error::HttpError;
use crate::json::Json;
use crate::odata::options::Options;

/// So many buckets are remembered; then those that are full again are forgotten, and all of them where most are
/// not: names are typed by anybody, and looking through them at each request would be what limits are against.
const BUCKETS_MAX: usize = 50_000;
/// What ends access has this many times the turns of writing.
const WIDER: u32 = 10;
/// Applications have this many times the turns of people.
const FOR_APPLICATIONS: u32 = 5;

/// How many turns there are (settings under `limits`); `None` is as many as anybody likes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RateLimits {
    /// Attempts to sign in a minute, under one name from one network.
    pub sign_in: Option<u32>,
    /// Requests for tokens a minute, by one application from one network.
    pub token: Option<u32>,
    /// Reads a minute, for one person.
    pub reads: Option<u32>,
    /// Writes a minute, for one person.
    pub writes: Option<u32>,
    /// Searches a minute, for one person.
    pub search: Option<u32>,
    /// Exports an hour, for one person.
    pub export: Option<u32>,
}

impl RateLimits {
    /// What holds where nothing else is set.
    pub const USUAL: Self = Self {
        sign_in: Some(10),
        token: Some(60),
        reads: Some(12_000),
        writes: Some(6_000),
        search: Some(600),
        export: Some(60),
    };
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Turn {
    SignIn,
    Token,
    Read,
    Write,
    /// Ending access: revoking, deactivating, signing out.
    End,
    Search,
    Export,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker<'a> {
    /// A person, a name, a network.
    One(&'a str),
    /// An application in its own name.
    Application(&'a str),
}

impl<'a> Asker<'a> {
    /// Whoever sent a request; `name` holds what they are called.
    pub(crate) fn of(caller: &Caller, name: &'a mut String) -> Self {
        match caller.actor {
            Actor::Application(id) => {
                *name = id.to_string();
                Self::Application(name)
            }
            Actor::User(id) => {
                *name = id.to_string();
                Self::One(name)
            }
            Actor::Operator | Actor::System => {
                "system".clone_into(name);
                Self::One(name)
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// How many turns are left, at `at`.
    left: f64,
    at: Instant,
    size: f64,
    per_second: f64,
}

impl Bucket {
    fn filled(self, now: Instant) -> Self {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        Self {
            left: (self.left + since * self.per_second).min(self.size),
            at: now,
            ..self
        }
    }
}

/// The buckets of this node.
#[derive(Default)]
pub(crate) struct Rates {
    limits: RateLimits,
    buckets: Mutex<HashMap<(Turn, String), Bucket>>,
}

impl Rates {
    pub(crate) fn new(limits: RateLimits) -> Self {
        Self {
            limits,
            buckets: Mutex::default(),
        }
    }

    /// Takes a turn, or says when there is one again.
    pub(crate) fn take(&self, turn: Turn, asker: Asker<'_>) -> Result<(), HttpError> {
        self.take_at(turn, asker, Instant::now())
    }

    fn take_at(&self, turn: Turn, asker: Asker<'_>, now: Instant) -> Result<(), HttpError> {
        let (limit, minutes) = match turn {
            Turn::SignIn => (self.limits.sign_in, 1),
            Turn::Token => (self.limits.token, 1),
            Turn::Read => (self.limits.reads, 1),
            Turn::Write => (self.limits.writes, 1),
            Turn::End => (
                self.limits.writes.map(|limit| limit.saturating_mul(WIDER)),
                1,
            ),
            Turn::Search => (self.limits.search, 1),
            Turn::Export => (self.limits.export, 60),
        };
        let (who, times) = match asker {
            Asker::One(who) => (who, 1),
            Asker::Application(who) => (who, FOR_APPLICATIONS),
        };
        let Some(limit) = limit else {
            return Ok(());
        };
        let size = f64::from(limit.saturating_mul(times));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|_, bucket| bucket.filled(now).left < bucket.size);
            if buckets.len() > BUCKETS_MAX / 2 {
                buckets.clear();
            }
        }
        let fresh = Bucket {
            left: size,
            at: now,
            size,
            per_second: size / (f64::from(minutes) * 60.0),
        };
        let bucket = buckets.entry((turn, who.to_owned())).or_insert(fresh);
        *bucket = bucket.filled(now);
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return Ok(());
        }
        Err(later(
            (1.0 - bucket.left) / bucket.per_second.max(f64::MIN_POSITIVE),
        ))
    }
}

fn later(seconds: f64) -> HttpError {
    let wait = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_secs(3_600));
    let seconds = i64::try_from(wait.as_secs().saturating_add(1)).unwrap_or(3_600);
    HttpError {
        retry_after: Some(seconds),
        ..HttpError::new(
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequests",
            format!("There were too many requests. Try again in {seconds} seconds."),
        )
    }
}

impl Visit {
    /// Takes a turn for this name (of a person, of an application) and the network that it comes from.
    pub(crate) fn take_turn(&self, turn: Turn, name: &str) -> Result<(), HttpError> {
        let network = self.network();
        let who = format!("{} {name}", network.as_deref().unwrap_or("here"));
        self.app.rates.take(turn, Asker::One(&who))
    }
}

/// What a request to a route is; `None` is a batch, whose parts are counted one by one.
pub(crate) fn turn_of(asked: &Asked<'_>) -> Option<Turn> {
    if asked.pattern == "/$batch" {
        return None;
    }
    if asked.method == Method::GET {
        let is_file = matches!(asked.options.get("format"), Some("jsonl" | "csv"));
        // Further pages belong to the export that was begun.
        let is_begun = asked.options.get("$skiptoken").is_some();
        return Some(match is_file && !is_begun {
            true => Turn::Export,
            false if is_search(asked.options) => Turn::Search,
            false => Turn::Read,
        });
    }
    let action = asked.action();
    let ends = asked.method == Method::DELETE
        || asked.pattern.ends_with("/revokeSignInSessions")
        || ["selfDeactivate", "adminRemove", "userRemove"]
            .iter()
            .any(|ending| action.eq_ignore_ascii_case(ending));
    Some(if ends { Turn::End } else { Turn::Write })
}

/// Whether rows are looked for by a part of a text.
fn is_search(options: &Options) -> bool {
    let filter = options
        .get("$filter")
        .unwrap_or_default()
        .to_ascii_lowercase();
    options.get("$search").is_some()
        || filter.contains("startswith(")
        || filter.contains("contains(")
}

/// A request, as far as its turn depends on it.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a Method,
    pub(crate) pattern: &'a str,
    pub(crate) options: &'a Options,
    pub(crate) body: Option<&'a Json>,
}

impl<'a> Asked<'a> {
    /// What a request for access says is to be done: `action` in PIM, `requestType` in access packages; else
    /// nothing.
    pub(crate) fn action(&self) -> &'a str {
        let Some(Json::Object(body)) = self.body else {
            return "";
        };
        match body.get("action").or_else(|| body.get("requestType")) {
            Some(Json::Text(action)) => action.as_str(),
            Some(_) | None => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(writes: u32) -> Rates {
        Rates::new(RateLimits {
            writes: Some(writes),
            ..RateLimits::default()
        })
    }

    #[test]
    fn turns_come_back_evenly_and_everybody_has_their_own() {
        let rates = rates(60);
        let start = Instant::now();
        let ada = |seconds| {
            let now = start + Duration::from_secs(seconds);
            rates.take_at(Turn::Write, Asker::One("ada"), now)
        };
        for _ in 0..60 {
            ada(0).unwrap();
        }
        let refused = ada(0).unwrap_err();
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.retry_after, Some(2));
        rates
            .take_at(Turn::Write, Asker::One("bob"), start)
            .unwrap();
        rates.take_at(Turn::Read, Asker::One("ada"), start).unwrap();
        ada(2).unwrap();
        ada(2).unwrap();
        ada(2).unwrap_err();
        for _ in 0..60 {
            ada(3_600).unwrap();
        }
        ada(3_600).unwrap_err();
    }

    #[test]
    fn what_ends_access_is_not_kept_waiting_by_what_gives_it() {
        let rates = rates(5);
        let now = Instant::now();
        let take = |turn, asker| rates.take_at(turn, asker, now);
        for _ in 0..5 {
            take(Turn::Write, Asker::One("ada")).unwrap();
        }
        take(Turn::Write, Asker::One("ada")).unwrap_err();
        for _ in 0..50 {
            take(Turn::End, Asker::One("ada")).unwrap();
        }
        take(Turn::End, Asker::One("ada")).unwrap_err();
        for _ in 0..25 {
            take(Turn::Write, Asker::Application("app")).unwrap();
        }
        take(Turn::Write, Asker::Application("app")).unwrap_err();
    }

    #[test]
    fn without_a_limit_there_is_no_end_of_turns() {
        let rates = Rates::default();
        for _ in 0..1_000 {
            rates.take(Turn::Write, Asker::One("ada")).unwrap();
        }
    }
}
