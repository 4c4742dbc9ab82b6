//! What must be given: justification, ticket, a second factor (R-C2, R-C3).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::caller::Factor;
use crate::refusal::{FailedRule, RuleName};
use crate::request::Ticket;
use crate::text::Justification;

/// Something that must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Enabled {
    /// A second factor at sign-in.
    MultiFactorAuthentication,
    /// A reason.
    Justification,
    /// A ticket: system and number.
    Ticketing,
}

impl Enabled {
    /// All three, in the order in which they are answered.
    pub const ALL: [Self; 3] = [
        Self::MultiFactorAuthentication,
        Self::Justification,
        Self::Ticketing,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MultiFactorAuthentication => "MultiFactorAuthentication",
            Self::Justification => "Justification",
            Self::Ticketing => "Ticketing",
        }
    }

    /// Reads the word on the wire, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|one| text.eq_ignore_ascii_case(one.as_str()))
    }
}

/// What must be given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EnablementRule {
    enabled: BTreeSet<Enabled>,
}

/// A change of an enablement rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnablementChange {
    /// All that must be given from now on.
    pub enabled: Option<BTreeSet<Enabled>>,
}

/// What a request gives.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// A reason.
    pub justification: Option<&'a Justification>,
    /// A ticket.
    pub ticket: &'a Ticket,
    /// How the caller signed in.
    pub factor: Factor,
}

impl EnablementRule {
    /// These must be given.
    pub fn of(enabled: impl IntoIterator<Item = Enabled>) -> Self {
        Self {
            enabled: enabled.into_iter().collect(),
        }
    }

    /// Whether this must be given.
    pub fn asks_for(&self, what: Enabled) -> bool {
        self.enabled.contains(&what)
    }

    /// All that must be given, in the order in which it is answered.
    pub fn enabled(&self) -> impl Iterator<Item = Enabled> {
        self.enabled.iter().copied()
    }

    pub(super) fn changed(&self, change: &EnablementChange) -> Self {
        Self {
            enabled: change
                .enabled
                .clone()
                .unwrap_or_else(|| self.enabled.clone()),
        }
    }

    /// Every way in which what is given falls short.
    pub fn judge(&self, given: Given<'_>) -> Vec<FailedRule> {
        self.enabled
            .iter()
            .filter_map(|what| match what {
                Enabled::MultiFactorAuthentication => {
                    (given.factor != Factor::Multi).then(|| FailedRule {
                        rule: RuleName::MfaRule,
                        sentence: "a sign-in with a second factor is required".into(),
                    })
                }
                Enabled::Justification => given.justification.is_none().then(|| FailedRule {
                    rule: RuleName::JustificationRule,
                    sentence: "a justification is required".into(),
                }),
                Enabled::Ticketing => (!given.ticket.is_complete()).then(|| FailedRule {
                    rule: RuleName::TicketingRule,
                    sentence: "a ticket is required, with its system and its number".into(),
                }),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_c5_everything_that_is_missing_is_named_at_once() {
        let rule = EnablementRule::of(Enabled::ALL);
        let nothing = Ticket::default();
        let failed = rule.judge(Given {
            justification: None,
            ticket: &nothing,
            factor: Factor::Single,
        });
        let names: Vec<_> = failed.iter().map(|f| f.rule).collect();
        assert_eq!(
            names,
            [
                RuleName::MfaRule,
                RuleName::JustificationRule,
                RuleName::TicketingRule
            ]
        );
    }

    #[test]
    fn r_c2_a_ticket_needs_its_system_and_its_number() {
        let rule = EnablementRule::of([Enabled::Ticketing]);
        let half = Ticket {
            system: None,
            number: Some(crate::text::TicketNumber::new("7").unwrap()),
        };
        assert_eq!(
            rule.judge(Given {
                justification: None,
                ticket: &half,
                factor: Factor::Single
            })
            .len(),
            1
        );
    }
}
