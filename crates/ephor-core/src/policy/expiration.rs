//! How long, and whether for ever is allowed (R-C2, R-C3).

use serde::{Deserialize, Serialize};

use super::{Occasion, invalid};
use crate::refusal::{FailedRule, Refusal, RuleName};
use crate::schedule::Expiration;
use crate::time::{Instant, IsoDuration, Length, Span};

/// How long an assignment, eligibility or activation may last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExpirationRule {
    /// Whether it must end.
    pub end: EndRequired,
    /// The longest it may last where it must end.
    pub maximum: IsoDuration,
}

/// Whether what is given must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EndRequired {
    /// It must end within the maximum (`isExpirationRequired: true`).
    Yes,
    /// It may be permanent, or last however long.
    No,
}

/// A change of an expiration rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpirationChange {
    /// Whether what is given must end.
    pub required: Option<bool>,
    /// The longest it may last.
    pub maximum: Option<IsoDuration>,
}

impl ExpirationRule {
    /// What is given must end within `maximum`.
    pub const fn required(maximum: IsoDuration) -> Self {
        Self {
            end: EndRequired::Yes,
            maximum,
        }
    }

    /// The rule after `change`.
    pub(super) fn changed(
        &self,
        occasion: Occasion,
        change: &ExpirationChange,
    ) -> Result<Self, Refusal> {
        let end = match change.required {
            Some(true) => EndRequired::Yes,
            Some(false) => EndRequired::No,
            None => self.end,
        };
        if end == EndRequired::No {
            if occasion == Occasion::EndUserAssignment {
                return Err(invalid(
                    "an activation must end: isExpirationRequired must stay true",
                ));
            }
            // The length is of no account while permanent is allowed; the old one is kept for when it isn't.
            return Ok(Self {
                end,
                maximum: self.maximum.clone(),
            });
        }
        let maximum = change
            .maximum
            .clone()
            .unwrap_or_else(|| self.maximum.clone());
        let (least, most) = match occasion {
            Occasion::EndUserAssignment => (Length::minutes(5), Length::hours(24)),
            Occasion::AdminEligibility | Occasion::AdminAssignment => {
                (Length::minutes(5), Length::days(3_650))
            }
        };
        if maximum.length() < least || maximum.length() > most {
            return Err(invalid(format!(
                "maximumDuration `{maximum}` is out of range; give between {least} and {most}"
            )));
        }
        if occasion == Occasion::EndUserAssignment
            && maximum.length().as_micros() % Length::minutes(1).as_micros() != 0
        {
            return Err(invalid(format!(
                "maximumDuration `{maximum}` must be in whole minutes"
            )));
        }
        Ok(Self { end, maximum })
    }

    /// The span from `starts_at` that `expiration` asks for; every way in which it breaks this rule
    /// otherwise. Judged with it is the shortest assignment there may be (R-D2).
    pub fn judge(
        &self,
        starts_at: Instant,
        expiration: &Expiration,
        shortest: Length,
    ) -> Result<Span, FailedRule> {
        let failed = |sentence: String| FailedRule {
            rule: RuleName::ExpirationRule,
            sentence,
        };
        let ends_at = match expiration {
            Expiration::NotSpecified | Expiration::Never => {
                return match self.end {
                    EndRequired::No => Ok(Span::new(starts_at, None)),
                    EndRequired::Yes => Err(failed(format!(
                        "it must end, within {} of its start",
                        self.maximum.length()
                    ))),
                };
            }
            Expiration::At(instant) => *instant,
            Expiration::After(duration) => starts_at
                .plus(duration.length())
                .ok_or_else(|| failed(format!("`{duration}` reaches past the year 2999")))?,
        };
        let asked = ends_at.since(starts_at);
        if asked < shortest {
            return Err(failed(format!(
                "requested {asked}, but nothing shorter than {shortest} is given"
            )));
        }
        match self.end {
            EndRequired::Yes if asked > self.maximum.length() => Err(failed(format!(
                "requested {asked}, but at most {} is allowed",
                self.maximum.length()
            ))),
            EndRequired::Yes | EndRequired::No => Ok(Span::new(starts_at, Some(ends_at))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eight_hours() -> ExpirationRule {
        ExpirationRule::required("PT8H".parse().unwrap())
    }

    fn judge(rule: &ExpirationRule, duration: &str) -> Result<Span, FailedRule> {
        let start = "2026-01-01T09:00:00Z".parse().unwrap();
        rule.judge(
            start,
            &Expiration::After(duration.parse().unwrap()),
            Length::minutes(5),
        )
    }

    #[test]
    fn r_d2_five_minutes_are_enough_and_less_is_not() {
        assert!(judge(&eight_hours(), "PT5M").is_ok());
        assert!(judge(&eight_hours(), "PT4M59S").is_err());
        assert!(judge(&eight_hours(), "PT0S").is_err());
    }

    #[test]
    fn r_c2_the_maximum_is_allowed_and_more_is_not() {
        assert!(judge(&eight_hours(), "PT8H").is_ok());
        let told = judge(&eight_hours(), "PT8H1S").unwrap_err().sentence;
        assert_eq!(told, "requested 8 h 1 s, but at most 8 h is allowed");
    }

    #[test]
    fn r_c3_permanent_is_given_only_where_it_is_allowed() {
        let start = "2026-01-01T09:00:00Z".parse().unwrap();
        assert!(
            eight_hours()
                .judge(start, &Expiration::Never, Length::ZERO)
                .is_err()
        );
        let open = ExpirationRule {
            end: EndRequired::No,
            ..eight_hours()
        };
        assert_eq!(
            open.judge(start, &Expiration::Never, Length::ZERO),
            Ok(Span::new(start, None))
        );
    }

    #[test]
    fn an_activation_rule_cannot_be_made_endless_or_longer_than_a_day() {
        let change = |required, maximum: &str| ExpirationChange {
            required,
            maximum: Some(maximum.parse().unwrap()),
        };
        let rule = eight_hours();
        let on = Occasion::EndUserAssignment;
        assert!(rule.changed(on, &change(Some(false), "PT1H")).is_err());
        assert!(rule.changed(on, &change(None, "P1D")).is_ok());
        assert!(rule.changed(on, &change(None, "PT24H1M")).is_err());
        assert!(rule.changed(on, &change(None, "PT0S")).is_err());
        assert!(rule.changed(on, &change(None, "PT1H0M30S")).is_err());
    }
}
