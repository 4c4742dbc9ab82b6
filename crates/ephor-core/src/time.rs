//! Instants, half-open spans, ISO 8601 durations, and the clock as a parameter.
//!
//! Everything here is UTC in whole microseconds (`security.md` section 2). A day has 24 hours and a week
//! seven days; months and years are refused, because they have no length of their own. Nothing here
//! reads the machine's clock.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What tells the time. The program's clock is the machine's; tests move theirs.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Instant;
}

/// A text that should have been a time or a duration, what was wrong with it and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` {wrong}")]
pub struct BadTime {
    /// What was given, cut to 100 characters.
    pub given: String,
    /// What was wrong, and what would be right.
    pub wrong: &'static str,
}

impl BadTime {
    fn new(given: &str, wrong: &'static str) -> Self {
        Self {
            given: given.chars().take(100).collect(),
            wrong,
        }
    }
}

const MICROS_PER_SECOND: i64 = 1_000_000;

/// A moment in UTC, in whole microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// 2000-01-01: the earliest instant that anybody may ask for (`security.md` section 5).
    pub const EARLIEST: Self = Self(946_684_800 * MICROS_PER_SECOND);
    /// 3000-01-01: what anybody asks for lies before this (`security.md` section 5).
    pub const LATEST: Self = Self(32_503_680_000 * MICROS_PER_SECOND);

    /// The instant this many microseconds after 1970.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970, as the store keeps it.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// This instant plus `length`; `None` past the year 2999.
    pub fn plus(self, length: Length) -> Option<Self> {
        let sum = Self(self.0.checked_add(length.0)?);
        (sum < Self::LATEST).then_some(sum)
    }

    /// This instant minus `length`.
    pub const fn minus(self, length: Length) -> Self {
        Self(self.0.saturating_sub(length.0))
    }

    /// How long from `earlier` to this instant; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Length {
        Length(self.0.saturating_sub(earlier.0).max(0))
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC with `Z`; a fraction only where there is one, so that a client finds the end it
    /// sent unchanged (`pim-groups.md` 7.1).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_microsecond(self.0) {
            Ok(timestamp) => timestamp.fmt(f),
            Err(_) => f.write_str("beyond the calendar"),
        }
    }
}

impl FromStr for Instant {
    type Err = BadTime;

    /// Any RFC 3339 time with an offset, from 2000 to 2999. Digits below a microsecond are cut.
    fn from_str(text: &str) -> Result<Self, BadTime> {
        if text.len() > 64 {
            return Err(BadTime::new(
                text,
                "is too long for a time; write 2026-11-21T09:00:00Z",
            ));
        }
        let bytes = text.as_bytes();
        let shaped =
            bytes.len() >= 17 && bytes[4] == b'-' && matches!(bytes[10], b'T' | b't' | b' ');
        if !shaped || text.contains('[') {
            return Err(BadTime::new(
                text,
                "is not an RFC 3339 time; write 2026-11-21T09:00:00Z",
            ));
        }
        let tail = &text[11..];
        if !tail.contains(['Z', 'z', '+', '-']) {
            return Err(BadTime::new(
                text,
                "has no offset from UTC; add Z or +01:00",
            ));
        }
        let timestamp: Timestamp = text.parse().map_err(|_| {
            BadTime::new(text, "is not an RFC 3339 time; write 2026-11-21T09:00:00Z")
        })?;
        let instant = Self(timestamp.as_microsecond());
        if instant < Self::EARLIEST || instant >= Self::LATEST {
            return Err(BadTime::new(text, "lies outside the years 2000 to 2999"));
        }
        Ok(instant)
    }
}

impl Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A length of time in whole microseconds, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Length(i64);

impl Length {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// This many microseconds; a negative count is taken as none.
    pub const fn micros(micros: i64) -> Self {
        Self(if micros < 0 { 0 } else { micros })
    }

    /// This many seconds.
    pub const fn seconds(seconds: u32) -> Self {
        Self(seconds as i64 * MICROS_PER_SECOND)
    }

    /// This many minutes.
    pub const fn minutes(minutes: u32) -> Self {
        Self(minutes as i64 * 60 * MICROS_PER_SECOND)
    }

    /// This many hours.
    pub const fn hours(hours: u32) -> Self {
        Self(hours as i64 * 3_600 * MICROS_PER_SECOND)
    }

    /// This many days of 24 hours.
    pub const fn days(days: u32) -> Self {
        Self(days as i64 * 86_400 * MICROS_PER_SECOND)
    }

    /// The length in microseconds.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The length in whole seconds, cut.
    pub const fn as_seconds(self) -> i64 {
        self.0 / MICROS_PER_SECOND
    }
}

impl fmt::Display for Length {
    /// For people: `4 h`, `1 h 30 min`, `365 d`, `45 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.as_seconds();
        let parts = [
            (seconds / 86_400, "d"),
            (seconds / 3_600 % 24, "h"),
            (seconds / 60 % 60, "min"),
            (seconds % 60, "s"),
        ];
        let mut written = false;
        for (count, unit) in parts.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "{}{count} {unit}", if written { " " } else { "" })?;
            written = true;
        }
        if written { Ok(()) } else { f.write_str("0 s") }
    }
}

/// An ISO 8601 duration with the text it was written in.
///
/// The text is kept because clients compare it letter for letter with what they sent
/// (`pim-groups.md` 7.1); the two other spellings a known client sends, `8:00:00` and `1 day, 8:00:00`,
/// are answered in ISO form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IsoDuration {
    text: String,
    length: Length,
}

impl IsoDuration {
    /// The duration of this length, in its shortest ISO form.
    pub fn of(length: Length) -> Self {
        Self {
            text: iso(length),
            length,
        }
    }

    /// How long it is.
    pub const fn length(&self) -> Length {
        self.length
    }

    /// The text as it is answered.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// `P365D`, `PT8H`, `P1DT2H30M`: days, hours, minutes and seconds of `length`.
fn iso(length: Length) -> String {
    let seconds = length.as_seconds();
    let micros = length.0 % MICROS_PER_SECOND;
    let (days, hours, minutes, rest) = (
        seconds / 86_400,
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    );
    let mut text = String::from("P");
    if days > 0 {
        text.push_str(&format!("{days}D"));
    }
    if hours > 0 || minutes > 0 || rest > 0 || micros > 0 || days == 0 {
        text.push('T');
        if hours > 0 {
            text.push_str(&format!("{hours}H"));
        }
        if minutes > 0 {
            text.push_str(&format!("{minutes}M"));
        }
        if micros > 0 {
            text.push_str(format!("{rest}.{micros:06}").trim_end_matches('0'));
            text.push('S');
        } else if rest > 0 || text.ends_with('T') {
            text.push_str(&format!("{rest}S"));
        }
    }
    text
}

impl fmt::Display for IsoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for IsoDuration {
    type Err = BadTime;

    fn from_str(text: &str) -> Result<Self, BadTime> {
        if text.len() > 64 {
            return Err(BadTime::new(
                text,
                "is too long for a duration; write PT8H or P365D",
            ));
        }
        if text.starts_with('-') {
            return Err(BadTime::new(
                text,
                "is negative; a duration is at least zero",
            ));
        }
        let (kept, length) = if text.starts_with('P') {
            let length = iso_length(text)?;
            let kept = if is_known_to_clients(text) {
                text.to_owned()
            } else {
                iso(length)
            };
            (kept, length)
        } else {
            let length = clock_length(text).ok_or_else(|| {
                BadTime::new(text, "is not an ISO 8601 duration; write PT8H or P365D")
            })?;
            (iso(length), length)
        };
        // A thousand years: anything longer could only overflow what it is added to.
        if length > Length::days(365_250) {
            return Err(BadTime::new(text, "is longer than a thousand years"));
        }
        Ok(Self { text: kept, length })
    }
}

/// Reads `P1DT2H3M4.5S` and `P2W`; months and years are refused.
fn iso_length(text: &str) -> Result<Length, BadTime> {
    let date_part = text.split('T').next().unwrap_or(text);
    if date_part.contains(['M', 'Y']) {
        return Err(BadTime::new(
            text,
            "counts months or years, which have no fixed length; count in days, such as P180D or P365D",
        ));
    }
    let wrong = || BadTime::new(text, "is not an ISO 8601 duration; write PT8H or P365D");
    if text.bytes().any(|b| b.is_ascii_lowercase()) {
        return Err(wrong());
    }
    let span: jiff::Span = text.parse().map_err(|_| wrong())?;
    let exact = span
        .to_duration(jiff::SpanRelativeTo::days_are_24_hours())
        .map_err(|_| wrong())?;
    let micros = i64::try_from(exact.as_micros()).map_err(|_| wrong())?;
    if micros < 0 {
        return Err(BadTime::new(
            text,
            "is negative; a duration is at least zero",
        ));
    }
    Ok(Length(micros))
}

/// Whether a duration is written as XML Schema does it: in days, hours, minutes and seconds, of which only
/// seconds may have a fraction. Clients read no other form, so weeks are answered in days.
fn is_known_to_clients(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_digit() || b"PDTHMS.".contains(&b);
    text.bytes().all(plain) && (!text.contains('.') || text.ends_with('S'))
}

/// Reads `8:00:00` and `1 day, 8:00:00`: what Microsoft's Python SDK writes for a duration.
fn clock_length(text: &str) -> Option<Length> {
    let (days, clock) = match text.split_once(", ") {
        Some((days, clock)) => {
            let count = days
                .strip_suffix(" days")
                .or_else(|| days.strip_suffix(" day"))?;
            (count.parse::<u32>().ok()?, clock)
        }
        None => (0, text),
    };
    let mut parts = clock.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || days > 365_250 {
        return None;
    }
    let hours: u32 = hours.parse().ok().filter(|_| hours.len() <= 2)?;
    let minutes: u32 = minutes.parse().ok().filter(|m| *m < 60)?;
    let seconds: u32 = seconds.parse().ok().filter(|s| *s < 60)?;
    Some(Length(
        Length::days(days).0
            + Length::hours(hours).0
            + Length::minutes(minutes).0
            + Length::seconds(seconds).0,
    ))
}

impl Serialize for IsoDuration {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for IsoDuration {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A half-open stretch of time: `starts_at <= now < ends_at`, or without an end.
///
/// INVARIANT: the end is not before the start. A span may be empty (it then covers nothing).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    starts_at: Instant,
    ends_at: Option<Instant>,
}

impl Span {
    /// From `starts_at` until just before `ends_at`; an end before the start is taken as the start.
    pub fn new(starts_at: Instant, ends_at: Option<Instant>) -> Self {
        Self {
            starts_at,
            ends_at: ends_at.map(|end| end.max(starts_at)),
        }
    }

    /// The first instant inside.
    pub const fn starts_at(&self) -> Instant {
        self.starts_at
    }

    /// The first instant that is no longer inside; `None` for a span without an end.
    pub const fn ends_at(&self) -> Option<Instant> {
        self.ends_at
    }

    /// Whether `now` lies inside. The same predicate stands once more as SQL, in the store.
    pub fn covers(&self, now: Instant) -> bool {
        self.starts_at <= now && !self.is_over(now)
    }

    /// Whether nothing of it is left at `now`; an empty span is over from the beginning.
    pub fn is_over(&self, now: Instant) -> bool {
        self.ends_at
            .is_some_and(|end| end <= now || end <= self.starts_at)
    }

    /// Whether all of it lies after `now`.
    pub fn is_ahead(&self, now: Instant) -> bool {
        now < self.starts_at && !self.is_over(now)
    }

    /// The same span, over at `instant` at the latest.
    pub fn cut_at(&self, instant: Instant) -> Self {
        let end = self.ends_at.map_or(instant, |end| end.min(instant));
        Self::new(self.starts_at, Some(end))
    }

    /// How long it is; `None` without an end.
    pub fn length(&self) -> Option<Length> {
        self.ends_at.map(|end| end.since(self.starts_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn a_span_holds_its_start_and_not_its_end() {
        let span = Span::new(at("2026-01-01T09:00:00Z"), Some(at("2026-01-01T13:00:00Z")));
        assert!(!span.covers(at("2026-01-01T08:59:59.999999Z")));
        assert!(span.covers(at("2026-01-01T09:00:00Z")));
        assert!(span.covers(at("2026-01-01T12:59:59.999999Z")));
        assert!(!span.covers(at("2026-01-01T13:00:00Z")));
    }

    #[test]
    fn an_empty_span_covers_nothing() {
        let noon = at("2026-01-01T12:00:00Z");
        let empty = Span::new(noon, Some(noon));
        assert!(!empty.covers(noon));
        assert!(!empty.is_ahead(Instant::EARLIEST));
    }

    #[test]
    fn instants_keep_their_text_where_they_can() {
        for (given, shown) in [
            ("2026-02-07T07:05:53Z", "2026-02-07T07:05:53Z"),
            (
                "2026-02-07T07:05:53.7895614Z",
                "2026-02-07T07:05:53.789561Z",
            ),
            ("2026-02-07T08:05:53.5+01:00", "2026-02-07T07:05:53.5Z"),
            ("2026-06-30T23:59:60Z", "2026-06-30T23:59:59Z"),
        ] {
            assert_eq!(at(given).to_string(), shown, "{given}");
        }
    }

    #[test]
    fn a_time_without_an_offset_is_refused_and_says_so() {
        let told = "2026-02-07T07:05:53"
            .parse::<Instant>()
            .unwrap_err()
            .to_string();
        assert!(told.contains("no offset"), "{told}");
        for text in [
            "",
            "yesterday",
            "2026-02-30T00:00:00Z",
            "1999-12-31T23:59:59Z",
            "3000-01-01T00:00:00Z",
            "2026-02-07",
            "2026-02-07T07:05:53+01:00[Europe/Paris]",
            "日本語日本語日本語",
        ] {
            assert!(text.parse::<Instant>().is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_counted_in_days_of_24_hours() {
        for (text, length) in [
            ("PT2H", Length::hours(2)),
            ("PT1H45M", Length::minutes(105)),
            ("P3D", Length::days(3)),
            ("P365D", Length::days(365)),
            ("P1DT2H", Length::hours(26)),
            ("PT0.5S", Length::micros(500_000)),
            ("PT480M", Length::hours(8)),
            ("PT0S", Length::ZERO),
        ] {
            let read: IsoDuration = text.parse().unwrap();
            assert_eq!((read.length(), read.as_str()), (length, text));
        }
    }

    #[test]
    fn spellings_that_clients_do_not_read_are_answered_in_one_that_they_do() {
        for (text, iso) in [
            ("P2W", "P14D"),
            ("P1W1D", "P8D"),
            ("PT1.5H", "PT1H30M"),
            ("PT1,5S", "PT1.5S"),
        ] {
            assert_eq!(text.parse::<IsoDuration>().unwrap().as_str(), iso);
        }
    }

    #[test]
    fn the_python_sdks_spelling_is_read_and_answered_in_iso_form() {
        for (text, iso) in [
            ("8:00:00", "PT8H"),
            ("1 day, 8:00:00", "P1DT8H"),
            ("365 days, 0:00:00", "P365D"),
            ("0:05:00", "PT5M"),
        ] {
            assert_eq!(text.parse::<IsoDuration>().unwrap().as_str(), iso);
        }
    }

    #[test]
    fn months_years_and_negatives_are_refused_with_the_reason() {
        for text in ["P6M", "P1Y", "P1Y2M3D"] {
            let told = text.parse::<IsoDuration>().unwrap_err().to_string();
            assert!(told.contains("months or years"), "{told}");
        }
        for text in [
            "-PT2H",
            "PT-2H",
            "",
            "P",
            "PT",
            "2H",
            "pt2h",
            "P1H",
            "99:99:99",
            "P99999999999D",
            "8:00",
            "-8:00:00",
        ] {
            assert!(text.parse::<IsoDuration>().is_err(), "{text}");
        }
    }

    #[test]
    fn lengths_read_well() {
        assert_eq!(Length::minutes(90).to_string(), "1 h 30 min");
        assert_eq!(Length::days(365).to_string(), "365 d");
        assert_eq!(Length::ZERO.to_string(), "0 s");
    }
}
