//! What else is known of a group: kept for those who set it, and given back as it was sent. Nothing is decided
//! by it (`infrastructure-clients.md` 2.1).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::text::{self, BadText, Lines};

macro_rules! names {
    ($(#[$of:meta])* $type:ident { $($(#[$doc:meta])* $name:ident = $wire:literal;)* }) => {
        $(#[$of])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum $type { $($(#[$doc])* $name,)* }

        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its property's name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $wire,)* }
            }
        }
    };
}

names! {
    /// A text that is kept of a group.
    GroupText {
        /// How confidential it is.
        Classification = "classification";
        /// Where its data should be.
        PreferredDataLocation = "preferredDataLocation";
        /// The language of its mails.
        PreferredLanguage = "preferredLanguage";
        /// Its colour.
        Theme = "theme";
    }
}

names! {
    /// Something that a Microsoft 365 group does or doesn't, for systems that deliver its mail.
    GroupFlag {
        /// Takes mail from outside.
        AllowExternalSenders = "allowExternalSenders";
        /// Sends its conversations to whoever becomes a member.
        AutoSubscribeNewMembers = "autoSubscribeNewMembers";
        /// Is in no address list.
        HideFromAddressLists = "hideFromAddressLists";
        /// Is shown in no mail program.
        HideFromOutlookClients = "hideFromOutlookClients";
    }
}

const THEMES: &[&str] = &["Teal", "Purple", "Green", "Blue", "Pink", "Orange", "Red"];

impl GroupText {
    /// Reads it from what was sent.
    pub fn read(self, text: String) -> Result<String, BadText> {
        match self {
            Self::Theme => THEMES
                .iter()
                .find(|theme| theme.eq_ignore_ascii_case(&text))
                .map(|theme| (*theme).to_owned())
                .ok_or(BadText::Words(THEMES)),
            Self::Classification | Self::PreferredDataLocation | Self::PreferredLanguage => {
                text::check_filled(&text, 256, Lines::One).map(|()| text)
            }
        }
    }
}

/// Whether a group is to be written into another directory, and as what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Writeback {
    /// Whether it is.
    pub is_enabled: Option<bool>,
    /// As which kind of group, in the spelling in which it was sent.
    pub on_premises_group_type: Option<String>,
}

/// What else is known of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GroupExtras {
    /// Its texts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<GroupText, String>,
    /// What was said of its mail.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub flags: BTreeMap<GroupFlag, bool>,
    /// `resourceBehaviorOptions`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub behavior_options: Vec<String>,
    /// `resourceProvisioningOptions`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub provisioning_options: Vec<String>,
    /// Whether it is written into another directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writeback: Option<Writeback>,
    /// The spelling of `visibility` that was sent, where it is not the usual one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility_as_sent: Option<String>,
}

impl GroupExtras {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_the_one_it_is_kept_under() {
        for text in GroupText::ALL {
            assert_eq!(serde_json::to_value(text).unwrap(), text.as_str());
        }
        for flag in GroupFlag::ALL {
            assert_eq!(serde_json::to_value(flag).unwrap(), flag.as_str());
        }
    }

    #[test]
    fn a_colour_is_one_of_the_seven() {
        let read = |text: &str| GroupText::Theme.read(text.to_owned()).ok();
        assert_eq!(read("pink").as_deref(), Some("Pink"));
        assert_eq!(read("Beige"), None);
    }
}
