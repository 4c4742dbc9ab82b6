//! Which step-up an activation asks for: an authentication context `c1` to `c99` (R-C2, R-I5).

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::invalid;
use crate::refusal::{Code, Refusal};

/// The name of an authentication context: `c1` … `c99`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContextClass(u8);

impl ContextClass {
    /// Reads `c1` … `c99`, in either case.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['c', 'C'])?;
        if digits.starts_with('0') || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        digits
            .parse()
            .ok()
            .filter(|n| (1..=99).contains(n))
            .map(Self)
    }
}

impl fmt::Display for ContextClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}

impl Serialize for ContextClass {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContextClass {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an authentication context"))
    }
}

/// Which step-up an activation asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AuthenticationContextRule {
    /// None.
    #[default]
    Off,
    /// None, but this context is remembered for when it is switched on again.
    Remembered(ContextClass),
    /// This one.
    Required(ContextClass),
}

/// A change of the rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthenticationContextChange {
    /// Whether a context is asked for.
    pub enabled: Option<bool>,
    /// Which; an empty text or null is none.
    pub claim: Option<Option<String>>,
}

impl AuthenticationContextRule {
    /// Whether a context is asked for.
    pub const fn is_required(&self) -> bool {
        matches!(self, Self::Required(_))
    }

    /// The context that is asked for or remembered.
    pub const fn context(&self) -> Option<ContextClass> {
        match self {
            Self::Off => None,
            Self::Remembered(context) | Self::Required(context) => Some(*context),
        }
    }

    pub(super) fn changed(&self, change: &AuthenticationContextChange) -> Result<Self, Refusal> {
        let context = match &change.claim {
            None => self.context(),
            Some(claim) => match claim.as_deref() {
                None | Some("") => None,
                Some(text) => Some(ContextClass::parse(text).ok_or_else(|| {
                    invalid(format!("claimValue `{text}` is not one of c1 to c99"))
                })?),
            },
        };
        let on = change.enabled.unwrap_or_else(|| self.is_required());
        match (on, context) {
            (true, Some(context)) => Ok(Self::Required(context)),
            (true, None) => Err(invalid(
                "an authentication context is switched on without a claimValue",
            )
            .hint("give claimValue one of c1 to c99")),
            (false, Some(context)) => Ok(Self::Remembered(context)),
            (false, None) => Ok(Self::Off),
        }
    }

    /// Whether a sign-in that satisfied `contexts` is good enough.
    pub fn judge(&self, contexts: &BTreeSet<String>) -> Result<(), Refusal> {
        match self {
            Self::Off | Self::Remembered(_) => Ok(()),
            Self::Required(context) => {
                let name = context.to_string();
                if contexts.iter().any(|held| held.eq_ignore_ascii_case(&name)) {
                    return Ok(());
                }
                let mut refusal = Refusal::new(
                    Code::AuthenticationContext,
                    format!("the sign-in does not satisfy authentication context `{name}`"),
                )
                .hint("sign in again with the claims named here");
                refusal.context = Some(name);
                Err(refusal)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_run_from_c1_to_c99() {
        for good in ["c1", "C25", "c99"] {
            assert!(ContextClass::parse(good).is_some(), "{good}");
        }
        for bad in ["c0", "c100", "c01", "1", "", "c", "c-1", "c+1"] {
            assert!(ContextClass::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn r_i5_only_the_context_asked_for_is_good_enough() {
        let rule = AuthenticationContextRule::Required(ContextClass::parse("c2").unwrap());
        assert!(rule.judge(&["c1".to_owned()].into()).is_err());
        assert!(rule.judge(&BTreeSet::new()).is_err());
        assert!(rule.judge(&["c2".to_owned()].into()).is_ok());
    }
}
