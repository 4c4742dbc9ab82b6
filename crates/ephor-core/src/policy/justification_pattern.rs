//! A pattern that the justification of an activation must hold: an incident's number, say. Beyond Graph.
//!
//! Patterns are matched in linear time, however they are written, and a compiled one is kept small, so that
//! none can hold the server up. With the pattern comes an example that it fits: so no pattern can be set
//! that nothing fits, and whoever is refused sees what would be right.

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use super::invalid;
use crate::refusal::{FailedRule, Refusal, RuleName};
use crate::text::Justification;

/// A pattern with an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JustificationPattern {
    pattern: String,
    example: Justification,
}

impl JustificationPattern {
    /// How many characters a pattern may have.
    pub const CHARS_MAX: usize = 500;
    /// How many bytes a compiled pattern may take, so that it is compiled in no time.
    const COMPILED_BYTES_MAX: usize = 1 << 18;
    /// How deep its brackets may be nested.
    const NESTING_MAX: u32 = 50;

    /// Refused where the pattern is none, is too large, or does not fit its own example.
    pub fn new(pattern: String, example: Justification) -> Result<Self, Refusal> {
        let told = |wrong: String| invalid(wrong).about("justificationPattern");
        let chars = pattern.chars().count();
        if pattern.trim().is_empty() || chars > Self::CHARS_MAX {
            return Err(told(format!(
                "justificationPattern has {chars} characters; give a pattern of 1 to {}, or null for none",
                Self::CHARS_MAX
            )));
        }
        let regex = compiled(&pattern).map_err(|wrong| told(wrong.to_string()))?;
        if !regex.is_match(example.as_str()) {
            return Err(told(format!(
                "the example `{}` does not fit the pattern `{pattern}`",
                example.as_str()
            ))
            .hint("give an example that fits: it shows that somebody can, and is shown to whoever is refused"));
        }
        Ok(Self { pattern, example })
    }

    /// The pattern.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// A justification that fits it.
    pub const fn example(&self) -> &Justification {
        &self.example
    }

    /// What is wrong with a justification, if anything is.
    pub(super) fn judge(&self, given: Option<&Justification>) -> Option<FailedRule> {
        // A pattern that can't be evaluated fits nothing.
        let fits = compiled(&self.pattern)
            .is_ok_and(|regex| given.is_some_and(|given| regex.is_match(given.as_str())));
        (!fits).then(|| FailedRule {
            rule: RuleName::JustificationRule,
            sentence: format!(
                "the justification must fit the pattern `{}`, as `{}` does",
                self.pattern,
                self.example.as_str()
            ),
        })
    }
}

/// What is wrong with a pattern.
#[derive(Debug, thiserror::Error)]
enum BadPattern {
    #[error(
        "justificationPattern takes more than {} bytes when it is compiled; write it with fewer or smaller repetitions",
        JustificationPattern::COMPILED_BYTES_MAX
    )]
    TooLarge,
    #[error("justificationPattern is not a regular expression: {0}")]
    Unreadable(String),
}

fn compiled(pattern: &str) -> Result<Regex, BadPattern> {
    RegexBuilder::new(pattern)
        .size_limit(JustificationPattern::COMPILED_BYTES_MAX)
        .dfa_size_limit(JustificationPattern::COMPILED_BYTES_MAX)
        .nest_limit(JustificationPattern::NESTING_MAX)
        .build()
        .map_err(|wrong| match wrong {
            regex::Error::CompiledTooBig(_) => BadPattern::TooLarge,
            // The library draws the pattern over several lines; the last one says what is wrong.
            other => {
                let told = other.to_string();
                let last = told.lines().last().unwrap_or_default().trim();
                BadPattern::Unreadable(last.trim_start_matches("error: ").to_owned())
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str) -> Justification {
        Justification::new(text).unwrap()
    }

    fn made(pattern: &str, example: &str) -> Result<JustificationPattern, Refusal> {
        JustificationPattern::new(pattern.to_owned(), why(example))
    }

    #[test]
    fn a_justification_must_hold_what_the_pattern_asks_for() {
        let rule = made(r"\bINC-\d{4,}\b", "INC-12345").unwrap();
        assert_eq!(rule.judge(Some(&why("disk full, see INC-4711"))), None);
        for given in [None, Some("INC-1"), Some("because")] {
            let given = given.map(why);
            let failed = rule.judge(given.as_ref()).unwrap();
            assert_eq!(failed.rule, RuleName::JustificationRule);
            assert!(failed.sentence.contains("INC-12345"), "{}", failed.sentence);
        }
    }

    #[test]
    fn a_pattern_that_nothing_fits_can_not_be_set() {
        for (pattern, words) in [
            ("$^x", "does not fit"),
            ("", "1 to 500"),
            ("(", "not a regular expression: unclosed group"),
            (r"(?=INC)", "not a regular expression"),
            (r"\w{2000}", "fewer or smaller"),
        ] {
            let told = made(pattern, "INC-1").unwrap_err().to_string();
            assert!(told.contains(words), "{pattern}: {told}");
        }
        assert!(made(&"a".repeat(501), "a").is_err());
        assert!(made(&format!("{}a{}", "(".repeat(60), ")".repeat(60)), "a").is_err());
    }

    /// The classic of patterns that explode: with backtracking this would take longer than the sun has left.
    #[test]
    fn t45_a_pattern_that_explodes_elsewhere_is_matched_at_once() {
        let rule = made("^(a+)+$", "aaa").unwrap();
        let given = why(&format!("{}!", "a".repeat(400)));
        assert!(rule.judge(Some(&given)).is_some());
    }

    #[test]
    fn what_is_kept_reads_back() {
        let rule = made("x", "xy").unwrap();
        let text = serde_json::to_string(&rule).unwrap();
        assert_eq!(text, r#"{"pattern":"x","example":"xy"}"#);
        assert_eq!(
            serde_json::from_str::<JustificationPattern>(&text).unwrap(),
            rule
        );
    }
}
