//! A letter in two dresses: plain text and HTML, from the same parts.
//!
//! What people typed is [`Piece::Typed`]: cut, cleaned of everything that steers a screen, and escaped. There
//! is no other way into a letter (T-30).

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::text::{Lines, is_forbidden};
use crate::time::Instant;

/// The most characters of what somebody typed that a letter shows (T-30).
const TYPED_MAX: usize = 500;

/// A time zone; UTC unless it is said otherwise. Looking one up by name is not done here: that reads files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl From<TimeZone> for Zone {
    fn from(zone: TimeZone) -> Self {
        Self(zone)
    }
}

impl Zone {
    /// The time there, with the same in UTC behind it unless that is what it is.
    pub fn tell(&self, at: Instant) -> String {
        let Ok(timestamp) = Timestamp::from_microsecond(at.micros()) else {
            return at.to_string();
        };
        let clock = if timestamp.as_second().rem_euclid(60) == 0 {
            "%H:%M"
        } else {
            "%H:%M:%S"
        };
        let here = timestamp.to_zoned(self.0.clone());
        let utc = timestamp.to_zoned(TimeZone::UTC);
        let own = here
            .strftime(&format!("%a %-d %b %Y, {clock} %Z"))
            .to_string();
        if here.offset() == utc.offset() {
            return utc
                .strftime(&format!("%a %-d %b %Y, {clock} UTC"))
                .to_string();
        }
        format!("{own} ({})", utc.strftime(&format!("%Y-%m-%d {clock} UTC")))
    }
}

/// A part of a sentence.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    /// Our own words.
    Fixed(&'static str),
    /// What Ephor worked out: a time, a length, an address of the portal.
    Told(String),
    /// What somebody typed.
    Typed(String),
}

/// A letter's parts.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    /// What happened, in a sentence.
    pub(super) headline: Vec<Piece>,
    /// What there is to know, as a list.
    pub(super) rows: Vec<(&'static str, Piece)>,
    /// What the link is for.
    pub(super) call: &'static str,
    /// Where it leads.
    pub(super) link: String,
    /// Why this letter came.
    pub(super) foot: &'static str,
}

impl Letter {
    pub(super) fn plain(&self) -> String {
        let mut text = String::new();
        for piece in &self.headline {
            text.push_str(&one_line(piece));
        }
        text.push_str("\n\n");
        for (label, piece) in &self.rows {
            let value = many_lines(piece);
            if value.contains('\n') {
                // Marked line by line, so that no line of it can pass for one of ours.
                let quoted = value.replace('\n', "\n> ");
                let _ = writeln!(text, "{label}:\n> {quoted}");
            } else {
                let _ = writeln!(text, "{label}: {value}");
            }
        }
        let _ = writeln!(text, "\n{}:\n{}\n\n{}", self.call, self.link, self.foot);
        text
    }

    pub(super) fn html(&self) -> String {
        let mut html = String::from(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>PIM</title></head>\n\
             <body style=\"font-family:sans-serif;max-width:40em\">\n<p>",
        );
        for piece in &self.headline {
            html.push_str(&marked(piece, &one_line(piece)));
        }
        html.push_str("</p>\n<table>\n");
        for (label, piece) in &self.rows {
            let value = marked(piece, &many_lines(piece)).replace('\n', "<br>");
            let _ = writeln!(
                html,
                "<tr><th align=\"left\" valign=\"top\">{label}</th><td>{value}</td></tr>"
            );
        }
        let link = escape(&self.link);
        let _ = write!(
            html,
            "</table>\n<p><a href=\"{link}\">{}</a></p>\n<p style=\"color:#555\">{}</p>\n</body></html>\n",
            self.call, self.foot
        );
        html
    }
}

/// Escaped, and what was typed kept apart, so that writing from right to left does not turn the rest around.
fn marked(piece: &Piece, text: &str) -> String {
    let text = escape(text);
    match piece {
        Piece::Fixed(_) | Piece::Told(_) => text,
        Piece::Typed(_) => format!("<bdi>{text}</bdi>"),
    }
}

fn one_line(piece: &Piece) -> String {
    match piece {
        Piece::Fixed(text) => (*text).to_owned(),
        Piece::Told(text) => text.clone(),
        Piece::Typed(text) => clean(text, Lines::One),
    }
}

fn many_lines(piece: &Piece) -> String {
    match piece {
        Piece::Fixed(text) => (*text).to_owned(),
        Piece::Told(text) => text.clone(),
        Piece::Typed(text) => clean(text, Lines::Many),
    }
}

/// What was typed, cut, with one kind of line break, and without anything that steers a screen.
fn clean(text: &str, lines: Lines) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut shown: String = text
        .chars()
        .take(TYPED_MAX)
        .map(|c| match (c, lines) {
            ('\n' | '\t', Lines::One) => ' ',
            (c, lines) if is_forbidden(c, lines) => char::REPLACEMENT_CHARACTER,
            (c, _) => c,
        })
        .collect();
    if text.chars().nth(TYPED_MAX).is_some() {
        shown.push('…');
    }
    shown
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_readers_zone_with_utc_behind() {
        let berlin = Zone(TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap());
        let honolulu = Zone(TimeZone::posix("HST10").unwrap());
        for (zone, at, told) in [
            (
                Zone::default(),
                "2026-11-21T09:00:00Z",
                "Sat 21 Nov 2026, 09:00 UTC",
            ),
            (
                berlin.clone(),
                "2026-11-21T09:00:00Z",
                "Sat 21 Nov 2026, 10:00 CET (2026-11-21 09:00 UTC)",
            ),
            (
                berlin,
                "2026-07-01T23:30:05Z",
                "Thu 2 Jul 2026, 01:30:05 CEST (2026-07-01 23:30:05 UTC)",
            ),
            (
                honolulu,
                "2026-03-01T05:00:00Z",
                "Sat 28 Feb 2026, 19:00 HST (2026-03-01 05:00 UTC)",
            ),
        ] {
            assert_eq!(zone.tell(at.parse().unwrap()), told);
        }
    }

    #[test]
    fn t30_what_was_typed_is_cut_cleaned_and_escaped() {
        assert_eq!(clean(&"ä".repeat(501), Lines::One).chars().count(), 501);
        assert_eq!(clean(&"ä".repeat(500), Lines::One), "ä".repeat(500));
        assert_eq!(clean("a\r\nBcc: b", Lines::One), "a Bcc: b");
        assert_eq!(clean("a\u{202e}b\0", Lines::Many), "a\u{fffd}b\u{fffd}");
        assert_eq!(
            escape("<a href='x' b=\"y\">&"),
            "&lt;a href=&#39;x&#39; b=&quot;y&quot;&gt;&amp;"
        );
    }
}
