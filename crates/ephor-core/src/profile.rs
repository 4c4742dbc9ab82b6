//! What else is known of a user: kept, and given back as it was sent. Nothing is decided by it, apart from what
//! membership rules and filters ask (`directory.md` section 3, `infrastructure-clients.md` 2.2).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::text::{self, BadText, Lines};
use crate::time::Instant;

/// What a text of a profile may be.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// One line of at most so many characters.
    Line(usize),
    /// Several lines of at most so many characters.
    Lines(usize),
    /// One of these words.
    Word(&'static [&'static str]),
    /// Some of these words, with commas between them.
    Words(&'static [&'static str]),
    /// A point in time, kept as it was written.
    Time,
    /// Two letters.
    Country,
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident = $wire:literal: $form:expr;)*) => {
        /// A text of a profile.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum ProfileText { $($(#[$doc])* $name,)* }

        impl ProfileText {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its property's name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $wire,)* }
            }

            const fn form(self) -> Form {
                match self { $(Self::$name => $form,)* }
            }
        }
    };
}

texts! {
    /// What somebody says of themselves.
    AboutMe = "aboutMe": Form::Lines(1024);
    /// Whether they are of age.
    AgeGroup = "ageGroup": Form::Word(&["Minor", "NotAdult", "Adult"]);
    /// In which city they work.
    City = "city": Form::Line(128);
    /// For which company.
    CompanyName = "companyName": Form::Line(256);
    /// Whether somebody consented for a minor.
    ConsentProvidedForMinor = "consentProvidedForMinor": Form::Word(&["Granted", "Denied", "NotRequired"]);
    /// In which country.
    Country = "country": Form::Line(128);
    /// When they began.
    EmployeeHireDate = "employeeHireDate": Form::Time;
    /// When they leave.
    EmployeeLeaveDateTime = "employeeLeaveDateTime": Form::Time;
    /// What they are to the company.
    EmployeeType = "employeeType": Form::Line(256);
    /// A number to send faxes to.
    FaxNumber = "faxNumber": Form::Line(64);
    /// By what another directory knows them.
    OnPremisesImmutableId = "onPremisesImmutableId": Form::Line(256);
    /// What is not asked of their password.
    PasswordPolicies = "passwordPolicies": Form::Words(&["None", "DisablePasswordExpiration", "DisableStrongPassword"]);
    /// The postal code of their place of work.
    PostalCode = "postalCode": Form::Line(40);
    /// In which state or province.
    State = "state": Form::Line(128);
    /// In which street.
    StreetAddress = "streetAddress": Form::Lines(1024);
    /// Where they use what the company offers: a country by its two letters.
    UsageLocation = "usageLocation": Form::Country;
}

impl ProfileText {
    /// Reads it from what was sent: words in the spelling in which they are known, everything else as it is.
    pub fn read(self, text: String) -> Result<String, BadText> {
        match self.form() {
            Form::Line(max) => text::check_filled(&text, max, Lines::One).map(|()| text),
            Form::Lines(max) => text::check_filled(&text, max, Lines::Many).map(|()| text),
            Form::Word(words) => known(words, &text)
                .map(str::to_owned)
                .ok_or(BadText::Words(words)),
            Form::Words(words) => {
                let all = text
                    .split(',')
                    .all(|one| known(words, one.trim()).is_some());
                if all {
                    Ok(text)
                } else {
                    Err(BadText::Words(words))
                }
            }
            Form::Time => match text.parse::<Instant>() {
                Ok(_) => Ok(text),
                Err(_) => Err(BadText::Shape(
                    "is not a point in time; write it like 2026-11-21T09:00:00Z",
                )),
            },
            Form::Country => {
                if text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
                    Ok(text)
                } else {
                    Err(BadText::Shape(
                        "is not a country; write its two letters, such as DE",
                    ))
                }
            }
        }
    }
}

fn known(words: &[&'static str], text: &str) -> Option<&'static str> {
    words
        .iter()
        .copied()
        .find(|word| word.eq_ignore_ascii_case(text))
}

/// Where somebody stands in the company's books.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrgData {
    /// Who pays.
    pub cost_center: Option<String>,
    /// In which division.
    pub division: Option<String>,
}

/// What else is known of a user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Profile {
    /// Its texts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<ProfileText, String>,
    /// Numbers to call at work.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub business_phones: Vec<String>,
    /// Further mail addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_mails: Vec<String>,
    /// Where they stand in the company's books.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_org_data: Option<OrgData>,
    /// `showInAddressList`, where somebody said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_in_address_list: Option<bool>,
}

impl Profile {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// One of its texts.
    pub fn text(&self, which: ProfileText) -> Option<&str> {
        self.texts.get(&which).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_was_sent_and_words_are_known_in_any_case() {
        use ProfileText as T;
        for (which, sent, kept) in [
            (
                T::EmployeeHireDate,
                "2026-01-01T01:00:00+01:00",
                Some("2026-01-01T01:00:00+01:00"),
            ),
            (T::EmployeeHireDate, "yesterday", None),
            (T::AgeGroup, "notAdult", Some("NotAdult")),
            (T::AgeGroup, "Old", None),
            (
                T::PasswordPolicies,
                "DisablePasswordExpiration, DisableStrongPassword",
                Some("DisablePasswordExpiration, DisableStrongPassword"),
            ),
            (T::PasswordPolicies, "DisableEverything", None),
            (T::UsageLocation, "DE", Some("DE")),
            (T::UsageLocation, "Deutschland", None),
            (T::City, "Z\u{fc}rich", Some("Z\u{fc}rich")),
            (T::City, "Z\u{202e}hciru", None),
            (
                T::StreetAddress,
                "Hauptstrasse 1\nHinterhof",
                Some("Hauptstrasse 1\nHinterhof"),
            ),
        ] {
            let read = which.read(sent.to_owned());
            assert_eq!(read.as_deref().ok(), kept, "{which:?} {sent}");
        }
    }

    #[test]
    fn every_name_is_the_one_it_is_kept_under() {
        for which in ProfileText::ALL {
            let kept = serde_json::to_value(which).unwrap();
            assert_eq!(kept, which.as_str());
        }
    }
}
