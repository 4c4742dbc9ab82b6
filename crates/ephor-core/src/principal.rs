//! Principals: users, groups and service principals, and what is kept about a user.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::id::PrincipalId;
use crate::profile::Profile;
use crate::skeleton::{self, Skeleton};
use crate::text::{BadText, DisplayName, MailNickname, ShortText};
use crate::time::Instant;

/// What kind of thing a principal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PrincipalKind {
    /// A person's account.
    User,
    /// A group, as a member of another or eligible for it.
    Group,
    /// A program's account.
    ServicePrincipal,
}

/// A principal with its kind: what schedules and memberships name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrincipalRef {
    /// Which one.
    pub id: PrincipalId,
    /// What it is.
    pub kind: PrincipalKind,
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AccountState {
    /// It may sign in and hold access.
    Enabled,
    /// It may not.
    Disabled,
}

/// Whether a user belongs to this company or was invited (`userType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub enum UserType {
    /// Of this company.
    Member,
    /// Invited from elsewhere.
    Guest,
}

/// A user principal name, `local@domain`, with the key it is compared by.
///
/// Limits: 64 characters, `@`, 48 characters (`security.md` section 5). Compared by NFC and lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserPrincipalName {
    text: String,
    key: String,
}

impl UserPrincipalName {
    /// The name as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What two spellings of the same name share.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What it looks like (T-44).
    pub fn skeleton(&self) -> Skeleton {
        Skeleton::of(&self.text)
    }

    /// Refuses a name that nobody is to get any more, though somebody may have it (T-44).
    pub fn check_new(&self) -> Result<(), BadText> {
        let local = self.text.split_once('@').map_or("", |(local, _)| local);
        skeleton::check_identifier(local)
    }

    /// The part behind the `@`, in lower case.
    pub fn domain(&self) -> &str {
        self.key.split_once('@').map_or("", |(_, domain)| domain)
    }
}

impl FromStr for UserPrincipalName {
    type Err = BadText;

    fn from_str(text: &str) -> Result<Self, BadText> {
        let shape = BadText::Shape(
            "is not a user principal name; write name@domain with at most 64 characters before and 48 behind the @, without blanks",
        );
        crate::text::check_filled(text, 113, crate::text::Lines::One)?;
        let (local, domain) = text.split_once('@').ok_or(shape.clone())?;
        let bad_local = local.is_empty()
            || local.chars().count() > 64
            || local.starts_with('.')
            || local.ends_with('.')
            || local.chars().any(|c| {
                c.is_whitespace() || "\"\\/[]:;|=,+*?<>()@&#%".contains(c) || is_invisible(c)
            });
        let bad_domain = domain.is_empty()
            || domain.len() > 48
            || domain.split('.').any(|label| {
                label.is_empty()
                    || label.starts_with('-')
                    || label.ends_with('-')
                    || !label
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            });
        if bad_local || bad_domain {
            return Err(shape);
        }
        let key = text.nfc().flat_map(char::to_lowercase).nfc().collect();
        Ok(Self {
            text: text.to_owned(),
            key,
        })
    }
}

/// Characters that take no room on the screen: two names that look the same must not be two names.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2064}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}')
}

impl fmt::Display for UserPrincipalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for UserPrincipalName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for UserPrincipalName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// A person's account (`directory.md` section 3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Its id.
    pub id: PrincipalId,
    /// The name it signs in by.
    pub user_principal_name: UserPrincipalName,
    /// What people call it.
    pub display_name: DisplayName,
    /// Whether it may be used.
    pub account: AccountState,
    /// Of this company or invited.
    pub user_type: UserType,
    /// The part of its mail address before the `@`.
    pub mail_nickname: Option<MailNickname>,
    /// Its mail address.
    pub mail: Option<ShortText>,
    /// First name.
    pub given_name: Option<ShortText>,
    /// Family name.
    pub surname: Option<ShortText>,
    /// What it does in the company.
    pub job_title: Option<ShortText>,
    /// Where it does it.
    pub department: Option<ShortText>,
    /// Where to find it.
    pub office_location: Option<ShortText>,
    /// A number to call.
    pub mobile_phone: Option<ShortText>,
    /// The language it likes, such as `en-GB`.
    pub preferred_language: Option<ShortText>,
    /// The person's number in the company: accounts with the same one are the same person's (T-01).
    #[serde(default)]
    pub employee_id: Option<ShortText>,
    /// Whom they report to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<PrincipalId>,
    /// Who answers for them: users and groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sponsors: Vec<PrincipalId>,
    /// What else is known of them.
    #[serde(default, skip_serializing_if = "Profile::is_empty")]
    pub profile: Profile,
    /// When it was made.
    pub created_at: Instant,
}

/// A program's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePrincipal {
    /// Its id.
    pub id: PrincipalId,
    /// The id of its application, by which its tokens name it.
    pub app_id: uuid::Uuid,
    /// What people call it.
    pub display_name: DisplayName,
    /// Whether it may be used.
    pub account: AccountState,
    /// When it was made.
    pub created_at: Instant,
    /// Who runs it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<PrincipalId>,
    /// What else was said of it: the JSON text of each property, under its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, String>,
}

/// What a decision, a picker or an expanded answer needs to know of a principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Which one, and what it is.
    pub reference: PrincipalRef,
    /// What people call it.
    pub display_name: DisplayName,
    /// A user's name to sign in by.
    pub user_principal_name: Option<UserPrincipalName>,
    /// Its mail address, where it has one.
    pub mail: Option<String>,
    /// Whether it may be used; groups always may.
    pub account: AccountState,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_share_a_key() {
        let key = |text: &str| text.parse::<UserPrincipalName>().unwrap().key().to_owned();
        assert_eq!(key("Ada@Contoso.Example"), key("ada@contoso.example"));
        assert_eq!(
            key("re\u{301}mi@contoso.example"),
            key("R\u{c9}MI@contoso.example")
        );
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            "ada",
            "@x.example",
            "ada@",
            "a b@x.example",
            "ada@x..example",
            "ada@-x.example",
            "a\u{200b}da@x.example",
            "a@b@c.example",
            "ada.@x.example",
        ] {
            assert!(text.parse::<UserPrincipalName>().is_err(), "{text:?}");
        }
        assert!(
            format!("{}@x.example", "a".repeat(64))
                .parse::<UserPrincipalName>()
                .is_ok()
        );
        assert!(
            format!("{}@x.example", "a".repeat(65))
                .parse::<UserPrincipalName>()
                .is_err()
        );
    }
}
