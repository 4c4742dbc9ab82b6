//! The hours and days in which a role may be had by activation, in a named time zone. Beyond Graph.
//!
//! An activation must lie within the allowed hours from its start to its end. A window is written in local
//! time: it opens and closes when the clocks on the wall show it. Where clocks are set forward over such a
//! moment, it comes as much later as they were set; where they are set back, a window opens at the first and
//! closes at the second time that they show it. Windows that meet or overlap count as one.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use super::invalid;
use crate::refusal::{FailedRule, Refusal, RuleName};
use crate::time::{Instant, Length, Span};

const MINUTES_A_DAY: u16 = 24 * 60;
const MINUTES_A_WEEK: usize = 7 * MINUTES_A_DAY as usize;

/// Longer than any activation lasts: there is no need to know how much further open hours reach.
const FAR_ENOUGH: Length = Length::hours(48);

/// The time zones that come with the program, not those of the machine: every server means the same.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A time of day on the wall, in whole minutes; `24:00` is the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(u16);

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "a day says what it is")]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// When it may be had on some days: from a time until a time, which is one of the next day where it is not
/// later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Window {
    /// The days on which it opens.
    pub days: BTreeSet<Day>,
    /// When it opens.
    pub from: TimeOfDay,
    /// When it closes.
    pub to: TimeOfDay,
}

/// The hours and days in which a role may be had by activation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AllowedHours {
    time_zone: String,
    windows: Vec<Window>,
}

impl Day {
    /// All seven.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }

    /// Reads the word on the wire, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|day| text.eq_ignore_ascii_case(day.as_str()))
    }

    const fn of(weekday: Weekday) -> Self {
        match weekday {
            Weekday::Monday => Self::Monday,
            Weekday::Tuesday => Self::Tuesday,
            Weekday::Wednesday => Self::Wednesday,
            Weekday::Thursday => Self::Thursday,
            Weekday::Friday => Self::Friday,
            Weekday::Saturday => Self::Saturday,
            Weekday::Sunday => Self::Sunday,
        }
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

/// A text that is no time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is `{given}`, which is no time of day; give 00:00 to 24:00")]
pub struct BadTimeOfDay {
    /// What was given, cut short.
    pub given: String,
}

impl FromStr for TimeOfDay {
    type Err = BadTimeOfDay;

    fn from_str(text: &str) -> Result<Self, BadTimeOfDay> {
        let two = |digits: &str| match digits.as_bytes() {
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
                Some(u16::from(tens - b'0') * 10 + u16::from(ones - b'0'))
            }
            _ => None,
        };
        text.split_once(':')
            .and_then(|(hours, minutes)| Some((two(hours)?, two(minutes)?)))
            .filter(|(_, minutes)| *minutes < 60)
            .map(|(hours, minutes)| hours * 60 + minutes)
            .filter(|minutes| *minutes <= MINUTES_A_DAY)
            .map(Self)
            .ok_or_else(|| BadTimeOfDay {
                given: text.chars().take(100).collect(),
            })
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = BadTimeOfDay;

    fn try_from(text: String) -> Result<Self, BadTimeOfDay> {
        text.parse()
    }
}

impl TimeOfDay {
    /// This time of that day on the wall.
    fn on(self, date: Date) -> Option<DateTime> {
        let (date, minutes) = if self.0 == MINUTES_A_DAY {
            (date.tomorrow().ok()?, 0)
        } else {
            (date, self.0)
        };
        let hour = i8::try_from(minutes / 60).ok()?;
        let minute = i8::try_from(minutes % 60).ok()?;
        Some(date.at(hour, minute, 0, 0))
    }
}

impl Window {
    /// How many minutes it is open by the clocks on the wall.
    const fn minutes(&self) -> u16 {
        if self.to.0 > self.from.0 {
            self.to.0 - self.from.0
        } else {
            self.to.0 + MINUTES_A_DAY - self.from.0
        }
    }

    /// The window that opens on `date`, if one does.
    fn on(&self, date: Date, zone: &TimeZone) -> Option<Span> {
        if !self.days.contains(&Day::of(date.weekday())) {
            return None;
        }
        let closes_on = if self.to.0 > self.from.0 {
            date
        } else {
            date.tomorrow().ok()?
        };
        let opens = zone.to_ambiguous_timestamp(self.from.on(date)?);
        let closes = zone.to_ambiguous_timestamp(self.to.on(closes_on)?);
        let instant = |at: Timestamp| Instant::from_micros(at.as_microsecond());
        let (opens, closes) = (opens.compatible().ok()?, closes.later().ok()?);
        (opens < closes).then(|| Span::new(instant(opens), Some(instant(closes))))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days: Vec<_> = self.days.iter().map(|day| day.as_str()).collect();
        write!(f, "{} {}–{}", days.join(", "), self.from, self.to)
    }
}

impl AllowedHours {
    /// How many windows there may be.
    pub const WINDOWS_MAX: usize = 21;

    /// Refused where there is no such zone, or no window that ever opens.
    pub fn new(time_zone: &str, windows: Vec<Window>) -> Result<Self, Refusal> {
        let told = |wrong: String| invalid(wrong).about("allowedHours");
        let zone = ZONES.get(time_zone).map_err(|_| {
            told(format!(
                "there is no time zone `{}`",
                time_zone.chars().take(100).collect::<String>()
            ))
            .hint("give a name of the IANA time zone database, such as Europe/Berlin")
        })?;
        if windows.is_empty() || windows.len() > Self::WINDOWS_MAX {
            return Err(told(format!(
                "allowedHours has {} windows; give 1 to {}, or null for all hours",
                windows.len(),
                Self::WINDOWS_MAX
            )));
        }
        if windows.iter().any(|window| window.days.is_empty()) {
            return Err(told("a window of allowedHours has no days".into()));
        }
        if let Some(window) = windows
            .iter()
            .find(|window| window.from.0 == MINUTES_A_DAY || window.to.0 == 0)
        {
            return Err(told(format!(
                "the window {window} of allowedHours opens at 24:00 or closes at 00:00"
            ))
            .hint("a window opens from 00:00 on and closes at 24:00 at the latest, or on the next day"));
        }
        Ok(Self {
            time_zone: zone.iana_name().unwrap_or(time_zone).to_owned(),
            windows,
        })
    }

    /// The time zone's name.
    pub fn time_zone(&self) -> &str {
        &self.time_zone
    }

    /// When it is open.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// Refused where nothing of at least this length fits in: nobody could activate.
    pub(super) fn check(&self, shortest: Length) -> Result<(), Refusal> {
        let longest = Length::minutes(u32::try_from(self.longest_minutes()).unwrap_or(u32::MAX));
        if longest < shortest {
            return Err(invalid(format!(
                "nobody could activate: the longest stretch of allowedHours is {longest}, and nothing shorter than {shortest} is given"
            ))
            .about("allowedHours"));
        }
        Ok(())
    }

    /// The longest stretch of a week of which every minute is in some window, by the clocks on the wall.
    fn longest_minutes(&self) -> usize {
        let mut open = vec![false; MINUTES_A_WEEK];
        for window in &self.windows {
            for day in &window.days {
                let opens = *day as usize * usize::from(MINUTES_A_DAY) + usize::from(window.from.0);
                for minute in 0..usize::from(window.minutes()) {
                    open[(opens + minute) % MINUTES_A_WEEK] = true;
                }
            }
        }
        // Twice around, so that a stretch over the end of the week is found whole.
        let mut longest = 0;
        let mut length = 0;
        for minute in 0..2 * MINUTES_A_WEEK {
            length = if open[minute % MINUTES_A_WEEK] {
                length + 1
            } else {
                0
            };
            longest = longest.max(length);
        }
        longest.min(MINUTES_A_WEEK)
    }

    /// Until when it stays open from `at` on; `None` where it is closed at `at`. What reaches further than any
    /// activation may be cut there.
    pub(super) fn open_until(&self, at: Instant) -> Option<Instant> {
        // A zone that can't be found is never open.
        let zone = ZONES.get(&self.time_zone).ok()?;
        let mut until = at;
        while until.since(at) < FAR_ENOUGH {
            match self.closes_after(until, &zone) {
                Some(later) => until = later,
                None => break,
            }
        }
        (until > at).then_some(until)
    }

    /// The latest end of a window that is open at `at`.
    fn closes_after(&self, at: Instant, zone: &TimeZone) -> Option<Instant> {
        let local = zone.to_datetime(Timestamp::from_microsecond(at.micros()).ok()?);
        let today = local.date();
        let dates = [today.yesterday().ok(), Some(today)];
        self.windows
            .iter()
            .flat_map(|window| {
                dates
                    .iter()
                    .flatten()
                    .filter_map(|date| window.on(*date, zone))
            })
            .filter(|span| span.covers(at))
            .filter_map(|span| span.ends_at())
            .max()
    }

    /// What is wrong with an activation from `starts_at` to `ends_at`, if anything is; where its end makes no
    /// sense anyway, only its start is judged.
    pub(super) fn judge(&self, starts_at: Instant, ends_at: Option<Instant>) -> Option<FailedRule> {
        let told = |wrong: String| {
            Some(FailedRule {
                rule: RuleName::ActivationDayRule,
                sentence: format!("{wrong}; allowed is {self}"),
            })
        };
        match self.open_until(starts_at) {
            None => told(format!(
                "it would begin at {starts_at}, which is not within the allowed hours"
            )),
            Some(until) if ends_at.is_some_and(|end| end > until) => told(format!(
                "it would reach beyond {until}, where the allowed hours end"
            )),
            Some(_) => None,
        }
    }
}

impl fmt::Display for AllowedHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let windows: Vec<_> = self.windows.iter().map(Window::to_string).collect();
        write!(f, "{} ({})", windows.join("; "), self.time_zone)
    }
}

#[cfg(test)]
#[path = "allowed_hours_tests.rs"]
mod tests;
