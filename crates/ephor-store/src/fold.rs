//! What two spellings of the same text share: the key by which text is compared, found and ordered.
//!
//! SQLite's own `lower()` knows ASCII only and PostgreSQL's depends on its locale, so keys are made here,
//! the same on both engines: NFC and lower case, letter by letter.

use unicode_normalization::UnicodeNormalization;

/// The key of `text`.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfc().flat_map(char::to_lowercase).nfc().collect()
}

/// The key of a text that may be absent.
pub(crate) fn fold_maybe(text: Option<&str>) -> Option<String> {
    text.map(fold)
}

#[cfg(test)]
mod tests {
    use super::fold;
    use ephor_core::principal::UserPrincipalName;

    #[test]
    fn a_users_name_folds_to_its_own_key() {
        for text in [
            "Ada@Contoso.Example",
            "re\u{301}mi@contoso.example",
            "\u{130}STANBUL@contoso.example",
        ] {
            let name: UserPrincipalName = text.parse().unwrap();
            assert_eq!(fold(text), name.key());
        }
    }
}
