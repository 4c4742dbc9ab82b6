//! What a name looks like: two that look the same must not be two names (T-44).
//!
//! A skeleton (UTS 39, section 4) stands for all texts that can't be told apart on a screen: `раураl` in Cyrillic
//! has that of `paypal`, and `rn` that of `m`. Skeletons are compared and kept, and never shown.

use unicode_bidi::{BidiClass, bidi_class};
use unicode_normalization::UnicodeNormalization;
use unicode_security::{GeneralSecurityProfile, MixedScript};

use crate::text::BadText;

/// What a name looks like, in the case it was written in and in lower case: `aIice` looks like `alice` only as it
/// is written, `b0b` like `bob` only where the `O` that a zero looks like is an `o`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skeleton {
    written: String,
    folded: String,
}

impl Skeleton {
    /// Of this name. The domain of one has no case.
    pub fn of(name: &str) -> Self {
        let (local, domain) = name.split_at(name.find('@').unwrap_or(name.len()));
        let name = format!("{local}{}", domain.to_lowercase());
        let skeleton = |text: &str| unicode_security::skeleton(text).collect::<String>();
        let written = skeleton(&name);
        let lower: String = name.nfc().flat_map(char::to_lowercase).nfc().collect();
        // What a character looks like may be a capital.
        let folded = skeleton(&skeleton(&lower).to_lowercase());
        Self { written, folded }
    }

    /// In the case it was written in.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// In lower case.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Whether the two look the same, in one case or the other.
    pub fn is_like(&self, other: &Self) -> bool {
        [&self.written, &self.folded]
            .iter()
            .any(|one| **one == other.written || **one == other.folded)
    }
}

/// Refuses a part of a name that nobody is to get any more: beside ASCII it may hold letters, digits and marks of
/// one script, of those that are in use and in no other form of themselves, and runs one way.
///
/// The characters are those of the identifier class of RFC 8264 that UTS 39 recommends. What is there already is
/// not judged by this: names are read as they were kept.
pub(crate) fn check_identifier(text: &str) -> Result<(), BadText> {
    let text: Vec<char> = text.nfc().collect();
    let others: String = text.iter().filter(|c| !c.is_ascii()).collect();
    if let Some(c) = others.chars().find(|c| !c.identifier_allowed()) {
        return Err(BadText::Forbidden { code: u32::from(c) });
    }
    if !others.as_str().is_single_script() {
        return Err(BadText::Shape(
            "mixes scripts; beside ASCII, write letters of one script only",
        ));
    }
    // Composed as far as it can be, a mark that is left on a bare letter is none that people write there.
    let is_mark = |c: char| bidi_class(c) == BidiClass::NSM;
    let is_bare = |c: char| c.is_ascii() || matches!(c, 'ı' | 'ȷ');
    let mut before = None;
    for c in &text {
        if is_mark(*c) && before.is_none_or(is_bare) {
            return Err(BadText::Forbidden {
                code: u32::from(*c),
            });
        }
        before = Some(*c);
    }
    let is_rtl = |c: char| matches!(bidi_class(c), BidiClass::R | BidiClass::AL);
    let is_ltr = |c: char| bidi_class(c) == BidiClass::L;
    if text.iter().any(|c| is_rtl(*c))
        && (text.iter().any(|c| is_ltr(*c)) || text.first().is_none_or(|c| !is_rtl(*c)))
    {
        return Err(BadText::Shape(
            "runs both ways; write it in a script from right to left, or in others, and not in both",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t44_what_looks_the_same_has_one_skeleton() {
        for (one, other) in [
            ("paypal", "раураӏ"),
            ("admin", "аdmin"),
            ("alice", "aIice"),
            ("bob", "b0b"),
            ("Bob", "B0B"),
            ("corn", "com"),
            ("clara", "cⅼara"),
        ] {
            let (one, other) = (Skeleton::of(one), Skeleton::of(other));
            assert!(
                one.is_like(&other) && other.is_like(&one),
                "{one:?} {other:?}"
            );
        }
        for (one, other) in [
            ("ada", "adam"),
            ("neil", "nell"),
            ("u1", "u2"),
            ("u0", "u8"),
        ] {
            assert!(
                !Skeleton::of(one).is_like(&Skeleton::of(other)),
                "{one} {other}"
            );
        }
    }

    #[test]
    fn t44_a_new_name_is_of_one_script_beside_ascii() {
        for good in [
            "ada",
            "o'neill",
            "re\u{301}mi",
            "jürgen.müller",
            "иван",
            "иван2",
            "山田たろう",
            "김철수",
            "ada山田",
            "דוד",
            "דוד2",
            "محمد",
        ] {
            assert_eq!(check_identifier(good), Ok(()), "{good}");
        }
        for bad in [
            "αж",
            "éж",
            "ａdmin",
            "𝐚dmin",
            "ⅾave",
            "adm\u{131}\u{307}n",
            "admi\u{307}n",
            "a\u{20dd}",
            "davidד",
            "2דוד",
            "a\u{200d}b",
            "ad\u{ad}a",
            "☺",
            "\u{301}a",
        ] {
            assert!(check_identifier(bad).is_err(), "{bad}");
        }
    }
}
