//! The shortest an activation may last: no five minutes where the work takes an hour and each activation is
//! reviewed. Beyond Graph.

use serde::{Deserialize, Serialize};

use super::{ExpirationRule, invalid};
use crate::refusal::{FailedRule, Refusal, RuleName};
use crate::tenant::Settings;
use crate::time::{IsoDuration, Length, Span};

/// The shortest an activation may last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MinimumDuration(IsoDuration);

impl MinimumDuration {
    /// Refused where it is shorter than anything may be (R-D2), or longer than a day.
    pub fn new(minimum: IsoDuration) -> Result<Self, Refusal> {
        let (least, most) = (Settings::SHORTEST_ASSIGNMENT, Length::hours(24));
        if minimum.length() < least || minimum.length() > most {
            return Err(invalid(format!(
                "minimumDuration `{minimum}` is out of range; give between {least} and {most}"
            ))
            .about("minimumDuration"));
        }
        Ok(Self(minimum))
    }

    /// As it was written.
    pub const fn duration(&self) -> &IsoDuration {
        &self.0
    }

    /// How long it is.
    pub const fn length(&self) -> Length {
        self.0.length()
    }

    /// Refused where the longest that is allowed is shorter: nobody could activate.
    pub(super) fn check(&self, expiration: &ExpirationRule) -> Result<(), Refusal> {
        if self.length() > expiration.maximum.length() {
            return Err(invalid(format!(
                "nobody could activate: the minimumDuration is {}, and the maximumDuration {}",
                self.length(),
                expiration.maximum.length()
            ))
            .about("minimumDuration"));
        }
        Ok(())
    }

    /// What is wrong with a span, if anything is.
    pub(super) fn judge(&self, span: &Span) -> Option<FailedRule> {
        let asked = span.length()?;
        (asked < self.length()).then(|| FailedRule {
            rule: RuleName::ExpirationRule,
            sentence: format!(
                "requested {asked}, but nothing shorter than {} is given here",
                self.length()
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;

    fn hour() -> MinimumDuration {
        MinimumDuration::new("PT1H".parse().unwrap()).unwrap()
    }

    #[test]
    fn the_minimum_is_enough_and_less_is_not() {
        let start: Instant = "2026-01-01T09:00:00Z".parse().unwrap();
        let judge = |length| hour().judge(&Span::new(start, start.plus(length)));
        assert_eq!(judge(Length::hours(1)), None);
        let told = judge(Length::minutes(59)).unwrap();
        assert_eq!(told.rule, RuleName::ExpirationRule);
        assert_eq!(
            told.sentence,
            "requested 59 min, but nothing shorter than 1 h is given here"
        );
    }

    #[test]
    fn a_minimum_that_nobody_could_meet_is_refused() {
        assert!(MinimumDuration::new("PT4M59S".parse().unwrap()).is_err());
        assert!(MinimumDuration::new("PT24H1S".parse().unwrap()).is_err());
        let within = |text: &str| ExpirationRule::required(text.parse().unwrap());
        assert_eq!(hour().check(&within("PT1H")), Ok(()));
        let told = hour().check(&within("PT59M")).unwrap_err().to_string();
        assert!(told.contains("nobody could activate"), "{told}");
    }
}
