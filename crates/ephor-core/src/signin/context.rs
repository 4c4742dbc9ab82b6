//! Authentication contexts: `c1` … `c99`, and what each asks of a sign-in (R-I5).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::session::Session;
use super::strength::Strength;
use crate::time::{Instant, Length};

/// A context's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContextId(u8);

/// A text that is no context's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an authentication context; write c1 to c99")]
pub struct BadContextId;

impl FromStr for ContextId {
    type Err = BadContextId;

    fn from_str(text: &str) -> Result<Self, BadContextId> {
        let digits = text.strip_prefix('c').ok_or(BadContextId)?;
        let plain = !digits.starts_with(['0', '+', '-']);
        match digits.parse() {
            Ok(number @ 1..=99) if plain => Ok(Self(number)),
            Ok(_) | Err(_) => Err(BadContextId),
        }
    }
}

impl TryFrom<String> for ContextId {
    type Error = BadContextId;

    fn try_from(text: String) -> Result<Self, BadContextId> {
        text.parse()
    }
}

impl From<ContextId> for String {
    fn from(id: ContextId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for ContextId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}

/// How fresh a sign-in must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Frequency {
    /// As old as its session.
    Session,
    /// Not older than this.
    Within(Length),
    /// Anew each time; a sign-in counts for as long as it takes to go on from it.
    EveryTime,
}

impl Frequency {
    /// How long "each time" lasts.
    pub const EACH_TIME: Length = Length::minutes(5);

    /// As fresh as both ask.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self.age_max(), other.age_max()) {
            (Some(one), Some(other_age)) if one <= other_age => self,
            (_, Some(_)) => other,
            (_, None) => self,
        }
    }

    /// How old the sign-in may be.
    pub const fn age_max(self) -> Option<Length> {
        match self {
            Self::Session => None,
            Self::Within(length) => Some(length),
            Self::EveryTime => Some(Self::EACH_TIME),
        }
    }
}

/// What a context asks of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Needs {
    /// Nothing: whoever is signed in has it.
    Nothing,
    /// A sign-in.
    SignIn {
        /// How strong it must be.
        strength: Strength,
        /// How fresh.
        frequency: Frequency,
    },
    /// It is not to be had.
    Never,
}

impl Needs {
    /// This and that.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, _) | (_, Self::Never) => Self::Never,
            (Self::Nothing, needs) | (needs, Self::Nothing) => needs,
            (
                Self::SignIn {
                    strength: one,
                    frequency: often,
                },
                Self::SignIn {
                    strength: other,
                    frequency: oftener,
                },
            ) => Self::SignIn {
                strength: one.max(other),
                frequency: often.and(oftener),
            },
        }
    }
}

/// A context, and what it asks of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Context {
    /// Its id.
    pub id: ContextId,
    /// What it asks.
    pub needs: Needs,
}

impl Context {
    /// A context that nothing more is said of: a second factor, as old as its session.
    pub const fn of(id: ContextId) -> Self {
        Self {
            id,
            needs: Needs::SignIn {
                strength: Strength::MultiFactor,
                frequency: Frequency::Session,
            },
        }
    }

    /// Whether `session` satisfies it at `now`. A device code's session never does (T-37).
    pub fn is_satisfied_by(&self, session: &Session, now: Instant) -> bool {
        let (strength, frequency) = match self.needs {
            Needs::Nothing => return session.can_step_up(),
            Needs::Never => return false,
            Needs::SignIn {
                strength,
                frequency,
            } => (strength, frequency),
        };
        let shown_at = if strength > Strength::Single {
            session.strong_at
        } else {
            session.signed_in_at
        };
        let fresh = frequency
            .age_max()
            .is_none_or(|age| now.since(shown_at) <= age);
        session.can_step_up() && session.strength() >= strength && fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ApplicationId, IdSource, PrincipalId, SeededIds, SessionId};
    use crate::signin::session::SessionKind;
    use crate::signin::strength::Method;

    fn session(kind: SessionKind, methods: &[Method]) -> Session {
        let at: Instant = "2026-11-21T09:00:00Z".parse().unwrap();
        let mut ids = SeededIds::new(1);
        Session {
            id: SessionId::from_uuid(ids.fresh()),
            user: PrincipalId::from_uuid(ids.fresh()),
            kind,
            parent: None,
            methods: methods.to_vec(),
            signed_in_at: at,
            strong_at: at,
            enrolled_at: None,
            made_at: at,
            seen_at: at,
            until: at.plus(Session::BROWSER_LIFETIME).unwrap(),
            address: None,
            agent: None,
            provider: None,
        }
    }

    #[test]
    fn contexts_are_c1_to_c99() {
        for good in ["c1", "c25", "c99"] {
            assert_eq!(good.parse::<ContextId>().unwrap().to_string(), good);
        }
        for bad in ["", "c", "c0", "c100", "C1", "c01", "1", "c+1", "c 1", "c1 "] {
            assert_eq!(bad.parse::<ContextId>(), Err(BadContextId), "{bad}");
        }
    }

    #[test]
    fn t42_a_password_alone_or_too_old_a_factor_satisfies_no_context() {
        let both = [Method::Password, Method::Totp];
        let asks = |strength| Context {
            id: "c1".parse().unwrap(),
            needs: Needs::SignIn {
                strength,
                frequency: Frequency::Within(Length::minutes(10)),
            },
        };
        let context = asks(Strength::MultiFactor);
        let strong = session(SessionKind::Browser, &both);
        let at = |minutes| strong.strong_at.plus(Length::minutes(minutes)).unwrap();
        assert!(context.is_satisfied_by(&strong, at(10)));
        assert!(!context.is_satisfied_by(&strong, at(11)));
        let weak = session(SessionKind::Browser, &[Method::Password]);
        assert!(!context.is_satisfied_by(&weak, at(0)));
        let resistant = asks(Strength::PhishingResistant);
        assert!(!resistant.is_satisfied_by(&strong, at(0)));
        assert!(
            resistant.is_satisfied_by(&session(SessionKind::Browser, &[Method::Passkey]), at(0))
        );
    }

    #[test]
    fn t37_a_device_code_satisfies_no_context_however_strong_its_sign_in() {
        let id = ApplicationId::from_uuid(SeededIds::new(2).fresh());
        let context = Context::of("c1".parse().unwrap());
        let device = session(SessionKind::Device(id), &[Method::Passkey]);
        assert!(!context.is_satisfied_by(&device, device.strong_at));
        let app = session(SessionKind::Application(id), &[Method::Passkey]);
        assert!(context.is_satisfied_by(&app, app.strong_at));
    }
}
