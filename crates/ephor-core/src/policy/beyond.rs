//! The rules of an activation that Ephor has beyond Graph's 17: all off until somebody turns them on, and
//! never shown among the 17.
//!
//! Each is a file of its own beside this one; here they are put together, changed and judged.

use serde::{Deserialize, Serialize};

use super::{AllowedHours, ExpirationRule, JustificationPattern, MinimumDuration};
use crate::refusal::{FailedRule, Refusal};
use crate::tenant::Settings;
use crate::text::Justification;
use crate::time::{Instant, Length, Span};

/// The rules beyond Graph's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BeyondRules {
    /// What the justification must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification_pattern: Option<JustificationPattern>,
    /// The shortest an activation may last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_duration: Option<MinimumDuration>,
    /// When it may be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_hours: Option<AllowedHours>,
}

/// A change of these rules: what is `None` keeps its value, `Some(None)` turns a rule off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BeyondChange {
    /// What the justification must hold.
    pub justification_pattern: Option<Option<JustificationPattern>>,
    /// The shortest an activation may last.
    pub minimum_duration: Option<Option<MinimumDuration>>,
    /// When it may be had.
    pub allowed_hours: Option<Option<AllowedHours>>,
}

impl BeyondRules {
    /// Whether none is on.
    pub fn are_off(&self) -> bool {
        *self == Self::default()
    }

    /// The rules after `change`.
    pub(super) fn changed(&self, change: &BeyondChange) -> Self {
        fn after<T: Clone>(now: &Option<T>, change: &Option<Option<T>>) -> Option<T> {
            change.clone().unwrap_or_else(|| now.clone())
        }
        Self {
            justification_pattern: after(
                &self.justification_pattern,
                &change.justification_pattern,
            ),
            minimum_duration: after(&self.minimum_duration, &change.minimum_duration),
            allowed_hours: after(&self.allowed_hours, &change.allowed_hours),
        }
    }

    /// The shortest that is given at all.
    pub fn shortest(&self) -> Length {
        let minimum = self.minimum_duration.as_ref().map(MinimumDuration::length);
        Settings::SHORTEST_ASSIGNMENT.max(minimum.unwrap_or(Length::ZERO))
    }

    /// Refused where nobody could activate, because the rules leave no room for each other.
    pub(super) fn check(&self, expiration: &ExpirationRule) -> Result<(), Refusal> {
        if let Some(minimum) = &self.minimum_duration {
            minimum.check(expiration)?;
        }
        if let Some(hours) = &self.allowed_hours {
            hours.check(self.shortest())?;
        }
        Ok(())
    }

    /// Every way in which an activation breaks these rules; `span` is `None` where its end makes no sense
    /// anyway.
    pub fn judge(
        &self,
        justification: Option<&Justification>,
        starts_at: Instant,
        span: Option<&Span>,
    ) -> Vec<FailedRule> {
        let pattern = self
            .justification_pattern
            .as_ref()
            .and_then(|pattern| pattern.judge(justification));
        let minimum = self.minimum_duration.as_ref();
        let hours = self.allowed_hours.as_ref();
        pattern
            .into_iter()
            .chain(minimum.and_then(|minimum| minimum.judge(span?)))
            .chain(
                hours
                    .and_then(|hours| hours.judge(starts_at, span.and_then(|span| span.ends_at()))),
            )
            .collect()
    }

    /// Until when an activation that begins at `starts_at` may last by the allowed hours; `Ok(None)` where
    /// there are none to keep, `Err` where it may not begin then.
    pub(crate) fn open_until(&self, starts_at: Instant) -> Result<Option<Instant>, Closed> {
        match &self.allowed_hours {
            None => Ok(None),
            Some(hours) => hours.open_until(starts_at).map(Some).ok_or(Closed),
        }
    }
}

/// It is not within the allowed hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Closed;
