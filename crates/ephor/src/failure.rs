//! How a command fails: what was wrong, what would be right, and with which exit code.

use std::process::ExitCode;

use ephor_core::refusal::Refusal;
use ephor_ops::OpError;
use ephor_store::{OpenError, StoreError};

/// How a command ended; the numbers are a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done.
    Done,
    /// 1: refused or failed.
    Failed,
    /// 2: wrong usage.
    Usage,
    /// 3: not signed in.
    NotSignedIn,
    /// 4: waiting for approval.
    Waiting,
}

/// 70: a commit failed, and the state on disk is the only truth left (F-03).
pub(crate) const EXIT_FATAL: u8 = 70;

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::NotSignedIn => 3,
            Exit::Waiting => 4,
        })
    }
}

/// Why a command did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub(crate) struct Failure {
    /// The exit code it ends with.
    pub(crate) exit: Exit,
    /// The server's code for it, where a server said no.
    pub(crate) code: Option<String>,
    /// What was wrong: lower case, no final stop.
    pub(crate) sentence: String,
    /// The rules that failed, where there were several.
    pub(crate) rules: Vec<String>,
    /// What would be right.
    pub(crate) hint: Option<String>,
    /// What a sign-in would have to be asked for, where a stronger or fresher one is all that is missing: the
    /// end of an address.
    pub(crate) stronger: Option<String>,
}

impl Failure {
    /// Refused or failed.
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            code: None,
            sentence: sentence.into(),
            rules: Vec::new(),
            hint: None,
            stronger: None,
        }
    }

    /// Wrong usage.
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            ..Self::new(sentence)
        }
    }

    /// The same, with a way forward.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// How it is shown: the sentence, a bullet for each rule, the way forward.
    pub(crate) fn report(&self) -> String {
        use crate::output::clean;
        let mut report = format!("error: {}\n", clean(&self.sentence));
        for rule in &self.rules {
            report.push_str(&format!("  - {}\n", clean(rule)));
        }
        if let Some(hint) = &self.hint {
            report.push_str(&format!("hint: {}\n", clean(hint)));
        }
        report
    }
}

/// What to look at where the database did not do what it should.
const UNAVAILABLE: &str =
    "see that the database runs and can be reached, and that its disk works and has room";

impl From<&Refusal> for Failure {
    fn from(refusal: &Refusal) -> Self {
        let rules: Vec<_> = refusal
            .rules
            .iter()
            .map(|failed| format!("{}: {}", failed.rule.as_str(), failed.sentence))
            .collect();
        Self {
            sentence: if rules.is_empty() {
                refusal.sentence.clone()
            } else {
                "the policy does not allow it".to_owned()
            },
            rules,
            hint: refusal.hint.clone(),
            ..Self::new("")
        }
    }
}

impl From<OpError> for Failure {
    fn from(error: OpError) -> Self {
        match error {
            OpError::Refused { refusal, .. } => Self::from(refusal.as_ref()),
            OpError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let hint = match &error {
            StoreError::Busy => Some("try again in a moment"),
            StoreError::Unavailable(_) => Some(UNAVAILABLE),
            StoreError::OutcomeUnknown(_) => Some("look whether it was done before trying again"),
            StoreError::ClockBehind { .. } => Some("put the machine's clock right"),
            StoreError::Damaged(_) | StoreError::Sql(_) => {
                Some("look closer with `ephor check --full`")
            }
            StoreError::Panicked | StoreError::Closed => None,
        };
        Self {
            hint: hint.map(str::to_owned),
            ..Self::new(error.to_string())
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let hint = match &error {
            // These sentences already say what would be right.
            OpenError::NoTenant { .. }
            | OpenError::InUse { .. }
            | OpenError::NewerSchema { .. }
            | OpenError::Io { .. }
            | OpenError::Engine(_) => None,
            OpenError::TenantExists { .. } => Some("use another directory or database"),
            OpenError::NotADataDirectory { .. } => Some(
                "name a directory made by `ephor init`, or an empty or new one to `ephor init`",
            ),
            OpenError::Unreachable(_) => Some(
                "see that PostgreSQL runs there, and that the address, user and password are right",
            ),
            OpenError::Store(StoreError::Unavailable(_)) => Some(UNAVAILABLE),
            OpenError::Store(_) => Some("look closer with `ephor check --full`"),
        };
        Self {
            hint: hint.map(str::to_owned),
            ..Self::new(error.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ephor_core::refusal::{FailedRule, RuleName};

    #[test]
    fn failing_rules_are_bullets_and_the_hint_comes_last() {
        let refusal = Refusal::rules(vec![
            FailedRule {
                rule: RuleName::MfaRule,
                sentence: "a second factor is needed".into(),
            },
            FailedRule {
                rule: RuleName::ExpirationRule,
                sentence: "requested 9 h, but at most 8 h is allowed".into(),
            },
        ])
        .hint("ask for 8 h or less");
        assert_eq!(
            Failure::from(&refusal).report(),
            "error: the policy does not allow it\n  \
             - MfaRule: a second factor is needed\n  \
             - ExpirationRule: requested 9 h, but at most 8 h is allowed\n\
             hint: ask for 8 h or less\n"
        );
    }
}
