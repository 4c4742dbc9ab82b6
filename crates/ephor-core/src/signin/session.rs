//! A session: somebody signed in, in a browser or through an application, until it is over.
//!
//! Where it is in force is for the store to say at each request; nothing in a token or cookie says so.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::strength::{Method, Strength};
use crate::id::{ApplicationId, PrincipalId, SessionId};
use crate::time::{Instant, Length};

/// In what somebody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SessionKind {
    /// A browser, by a cookie.
    Browser,
    /// An application that was sent a code by a redirect.
    Application(ApplicationId),
    /// An application whose device code was confirmed elsewhere: it never satisfies a step-up (T-37).
    Device(ApplicationId),
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Its id, which is no secret.
    pub id: SessionId,
    /// Whose.
    pub user: PrincipalId,
    /// In what.
    pub kind: SessionKind,
    /// The browser's session that an application's came from: it ends with that one.
    pub parent: Option<SessionId>,
    /// What was shown.
    pub methods: Vec<Method>,
    /// When somebody last showed anything (`auth_time`).
    pub signed_in_at: Instant,
    /// When the strength that the methods come to was last shown in full.
    pub strong_at: Instant,
    /// Since when the oldest of the authenticators and passkeys that were shown is theirs (T-11).
    #[serde(default)]
    pub enrolled_at: Option<Instant>,
    /// When it was made.
    pub made_at: Instant,
    /// When it was last used.
    pub seen_at: Instant,
    /// When it ends, whatever happens.
    pub until: Instant,
    /// From which address it was made.
    pub address: Option<String>,
    /// What the browser or program called itself.
    pub agent: Option<String>,
    /// The issuer of the other identity provider whose word was shown, where it was one's.
    #[serde(default)]
    pub provider: Option<String>,
}

/// What was shown at a sign-in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// By which methods.
    pub methods: Vec<Method>,
    /// Since when the oldest authenticator, passkey or link with another provider among them is theirs.
    pub enrolled_at: Option<Instant>,
    /// When it was shown, where that was before now: what somebody showed at another provider counts from then.
    pub at: Option<Instant>,
    /// The issuer of the other provider whose word was shown.
    pub provider: Option<String>,
}

impl Session {
    /// A browser's session ends when it was not used for so long …
    pub const BROWSER_IDLE: Length = Length::minutes(30);
    /// … and after so long in any case.
    pub const BROWSER_LIFETIME: Length = Length::hours(12);
    /// An application's ends when its refresh token was not used for so long …
    pub const APPLICATION_IDLE: Length = Length::hours(12);
    /// … and after so long in any case.
    pub const APPLICATION_LIFETIME: Length = Length::hours(24);
    /// So long a reset by somebody else holds back activations without approval of role-assignable groups, where
    /// nothing else was set.
    pub const RESET_HOLD: Length = Length::hours(24);
    /// So many browsers at a time; the oldest goes.
    pub const BROWSERS_MAX: usize = 10;
    /// What changes how somebody signs in, or what others may, takes a second factor not older than this.
    pub const FRESH: Length = Length::minutes(15);

    /// How long it may lie unused.
    pub const fn idle(&self) -> Length {
        match self.kind {
            SessionKind::Browser => Self::BROWSER_IDLE,
            SessionKind::Application(_) | SessionKind::Device(_) => Self::APPLICATION_IDLE,
        }
    }

    /// When it ends if it is not used any more.
    pub fn idle_until(&self) -> Instant {
        self.seen_at
            .plus(self.idle())
            .map_or(self.until, |idle| idle.min(self.until))
    }

    /// How strong the sign-in was.
    pub fn strength(&self) -> Strength {
        Strength::of(&self.methods)
    }

    /// Whether it is as strong as needed, and that was shown not longer ago than `within`. In a demonstration, where
    /// a click is all there is to show and the clock is moved, whoever was chosen stays so.
    pub fn is_strong(&self, needed: Strength, within: Length, now: Instant) -> bool {
        let lately = now.since(self.strong_at) <= within;
        self.strength() >= needed && (lately || self.methods.contains(&Method::Demonstration))
    }

    /// Whether a step-up can be done in it.
    pub const fn can_step_up(&self) -> bool {
        match self.kind {
            SessionKind::Browser | SessionKind::Application(_) => true,
            SessionKind::Device(_) => false,
        }
    }

    /// Until when a reset by somebody else at `reset_at` holds back what takes their own sign-in: not where they
    /// showed something that was theirs before (T-11).
    pub fn held_until(&self, reset_at: Instant, hold: Length) -> Option<Instant> {
        let is_their_own = self.enrolled_at.is_some_and(|since| since < reset_at);
        if is_their_own {
            return None;
        }
        reset_at.plus(hold)
    }

    /// The application it is in, where it is one.
    pub const fn application(&self) -> Option<ApplicationId> {
        match self.kind {
            SessionKind::Browser => None,
            SessionKind::Application(id) | SessionKind::Device(id) => Some(id),
        }
    }

    /// The authentication contexts that it satisfies at `now`, among those that are defined.
    pub fn contexts(&self, defined: &[super::context::Context], now: Instant) -> BTreeSet<String> {
        defined
            .iter()
            .filter(|context| context.is_satisfied_by(self, now))
            .map(|context| context.id.to_string())
            .collect()
    }
}
