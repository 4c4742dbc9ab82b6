//! Text that people type: what it may hold, and how long it may be (`security.md` section 5).
//!
//! Text is given back as it was sent. Blanks at its ends do not count as content, and lengths are counted
//! in Unicode scalar values.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is wrong with a text, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// Nothing but blanks where something is needed.
    #[error("is empty; give 1 to {max} characters")]
    Empty {
        /// The most characters there may be.
        max: usize,
    },
    /// Too many characters.
    #[error("has {given} characters, but at most {max} are allowed")]
    TooLong {
        /// How many there are.
        given: usize,
        /// The most there may be.
        max: usize,
    },
    /// A character that must not be in text.
    #[error("holds the character U+{code:04X}, which is not allowed in text")]
    Forbidden {
        /// Its code point.
        code: u32,
    },
    /// None of the words that it may be.
    #[error("must be one of `{}`", .0.join("`, `"))]
    Words(&'static [&'static str]),
    /// Not the shape this kind of text has.
    #[error("{0}")]
    Shape(&'static str),
}

/// Whether a text may go over several lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// One line: no line break, no tab.
    One,
    /// Line breaks and tabs are allowed (justification, description).
    Many,
}

/// Checks `text` against the rules for text in general.
///
/// Refused are C0 and C1 controls (apart from line breaks and tab where `lines` allows them), the line and
/// paragraph separators, bidirectional controls, and non-characters.
pub fn check(text: &str, max: usize, lines: Lines) -> Result<(), BadText> {
    let given = text.chars().count();
    if given > max {
        return Err(BadText::TooLong { given, max });
    }
    match text.chars().find(|c| is_forbidden(*c, lines)) {
        Some(c) => Err(BadText::Forbidden { code: u32::from(c) }),
        None => Ok(()),
    }
}

/// Whether text in general must not hold this character.
pub(crate) fn is_forbidden(c: char, lines: Lines) -> bool {
    let code = u32::from(c);
    match c {
        '\n' | '\r' | '\t' => lines == Lines::One,
        '\u{2028}' | '\u{2029}' => true,
        '\u{061C}'
        | '\u{200E}'
        | '\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2066}'..='\u{2069}' => true,
        '\u{FDD0}'..='\u{FDEF}' => true,
        _ => c.is_control() || code & 0xFFFE == 0xFFFE,
    }
}

/// As [`check`], and something must be there besides blanks.
pub fn check_filled(text: &str, max: usize, lines: Lines) -> Result<(), BadText> {
    check(text, max, lines)?;
    if text.trim().is_empty() {
        return Err(BadText::Empty { max });
    }
    Ok(())
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $max:literal, $lines:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The most characters it may have.
            pub const MAX: usize = $max;

            /// Reads it from what was sent.
            pub fn new(text: impl Into<String>) -> Result<Self, BadText> {
                let text = text.into();
                check_filled(&text, $max, Lines::$lines)?;
                Ok(Self(text))
            }

            /// The text as it was sent.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

texts! {
    /// What a user or group is called: never a key.
    DisplayName: 256, One;
    /// What a group or user is for.
    Description: 1024, Many;
    /// Why somebody asks for something or decides it.
    Justification: 500, Many;
    /// The number of a ticket in another system.
    TicketNumber: 128, One;
    /// The name of that system.
    TicketSystem: 128, One;
    /// An answer to a question that is asked with a request, or the question itself.
    LongText: 1024, Many;
    /// Any other short property of a user: job title, department, …
    ShortText: 256, One;
}

/// The part of a mail address before the `@`: ASCII, at most 64 characters (`directory.md` 4.2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MailNickname(String);

impl MailNickname {
    /// Reads it from what was sent.
    pub fn new(text: impl Into<String>) -> Result<Self, BadText> {
        let text = text.into();
        check_filled(&text, 64, Lines::One)?;
        if text
            .chars()
            .any(|c| !c.is_ascii_graphic() || "@()\\[]\";:.<>,".contains(c))
        {
            return Err(BadText::Shape(
                "may hold ASCII letters, digits and signs only, without @ ( ) \\ [ ] \" ; : . < > , or blanks",
            ));
        }
        Ok(Self(text))
    }

    /// The text as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_counted_in_characters_and_given_back_as_sent() {
        let long = "ä".repeat(256);
        assert_eq!(DisplayName::new(long.clone()).unwrap().as_str(), long);
        assert_eq!(
            DisplayName::new("ä".repeat(257)),
            Err(BadText::TooLong {
                given: 257,
                max: 256
            })
        );
        assert_eq!(Justification::new(" why \n").unwrap().as_str(), " why \n");
    }

    #[test]
    fn blank_text_is_no_text() {
        assert_eq!(
            Justification::new("  \n\t"),
            Err(BadText::Empty { max: 500 })
        );
    }

    #[test]
    fn controls_and_direction_marks_are_refused_by_code_point() {
        for (text, code) in [
            ("a\0", 0),
            ("a\u{202e}b", 0x202e),
            ("\u{85}", 0x85),
            ("a\nb", 0x0a),
            ("x\u{ffff}", 0xffff),
        ] {
            assert_eq!(
                DisplayName::new(text),
                Err(BadText::Forbidden { code }),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_mail_nickname_is_ascii_without_separators() {
        assert!(MailNickname::new("prod-admins_1").is_ok());
        for text in ["a b", "a@b", "ä", "", "a.b"] {
            assert!(MailNickname::new(text).is_err(), "{text}");
        }
    }
}
