//! Groups: their kinds, their two roles, and whether they can be managed (R-A1, R-A3, R-A4, R-B2).

mod extras;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{BadId, GroupId};
use crate::principal::PrincipalKind;
use crate::text::{Description, DisplayName, MailNickname};
use crate::time::Instant;

pub use extras::{GroupExtras, GroupFlag, GroupText, Writeback};

/// A role of a group: what somebody is eligible for or has (`accessId` on the wire).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Access {
    /// Belongs to the group.
    Member,
    /// Runs the group.
    Owner,
}

impl Access {
    /// Both roles.
    pub const BOTH: [Self; 2] = [Self::Member, Self::Owner];

    /// `member` or `owner`, as on the wire and in ids.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Owner => "owner",
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Access {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::BOTH
            .into_iter()
            .find(|access| text.eq_ignore_ascii_case(access.as_str()))
            .ok_or_else(|| BadId {
                given: text.chars().take(100).collect(),
                wanted: "`member` or `owner`",
            })
    }
}

/// What a group is for (R-A1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GroupKind {
    /// A security group.
    Security,
    /// A Microsoft 365 group (`groupTypes: ["Unified"]`) that also grants access.
    Microsoft365,
    /// A Microsoft 365 group with `securityEnabled` off.
    Microsoft365MailOnly,
    /// A security group that also receives mail: read-only in Graph, comes by synchronisation.
    MailEnabledSecurity,
    /// A mailing list: read-only in Graph, comes by synchronisation.
    Distribution,
}

impl GroupKind {
    /// Whether it is a Microsoft 365 group.
    pub const fn is_unified(self) -> bool {
        matches!(self, Self::Microsoft365 | Self::Microsoft365MailOnly)
    }

    /// Whether it has a mail address.
    pub const fn is_mail_enabled(self) -> bool {
        !matches!(self, Self::Security)
    }

    /// Whether it can be named in an access list.
    pub const fn is_security_enabled(self) -> bool {
        !matches!(self, Self::Distribution | Self::Microsoft365MailOnly)
    }

    /// Whether principals of this kind can be active members (`directory.md` 4.2).
    pub const fn takes_member(self, member: PrincipalKind) -> bool {
        match self {
            Self::Microsoft365 | Self::Microsoft365MailOnly => {
                matches!(member, PrincipalKind::User)
            }
            Self::Security | Self::MailEnabledSecurity | Self::Distribution => true,
        }
    }
}

/// Who decides on the members (R-A1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Membership {
    /// People do.
    Assigned,
    /// A rule over the users' properties does.
    Dynamic {
        /// The rule, as it was written.
        rule: String,
        /// Whether it is worked off.
        processing: RuleProcessing,
    },
}

/// Whether a dynamic group follows its rule (`membershipRuleProcessingState`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RuleProcessing {
    /// It does.
    On,
    /// It stays as it is.
    Paused,
}

/// Where a group is mastered (R-A1, R-B2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// Here.
    Ephor,
    /// In another directory that is not written back to (`onPremisesSyncEnabled: true`).
    Synchronised,
}

/// Whether a group can lead to a directory role (`isAssignableToRole`); set at creation or never (R-A2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RoleAssignable {
    /// It can.
    Yes,
    /// It can't.
    No,
}

/// Who may see a group's members (`visibility`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visibility {
    /// Anybody, and anybody may join a Microsoft 365 group.
    Public,
    /// Owners decide who joins.
    Private,
    /// Only members see each other.
    HiddenMembership,
}

/// A group (`directory.md` section 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// What people call it.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: Option<Description>,
    /// The part of its mail address before the `@`.
    pub mail_nickname: MailNickname,
    /// Its mail address, where it has one.
    pub mail: Option<String>,
    /// What kind of group it is.
    pub kind: GroupKind,
    /// Who decides on its members.
    pub membership: Membership,
    /// Where it is mastered.
    pub source: Source,
    /// Whether it can lead to a directory role.
    pub role_assignable: RoleAssignable,
    /// Who may see its members.
    pub visibility: Visibility,
    /// What else is known of it.
    #[serde(default, skip_serializing_if = "GroupExtras::is_empty")]
    pub extras: GroupExtras,
    /// When it was made.
    pub created_at: Instant,
    /// When it was brought under management; never taken out again (R-B3).
    pub managed_since: Option<Instant>,
}

/// Why a group can't be brought under management (R-B2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unmanageable {
    /// A rule decides on its members.
    #[error("its membership is dynamic, decided by a rule, so nobody can be assigned to it")]
    Dynamic,
    /// Another directory decides on its members.
    #[error(
        "it is synchronised from another directory without write-back, so a change here would be undone there"
    )]
    Synchronised,
    /// It grants nothing.
    #[error("it is a mail-only group, which is read-only here")]
    MailOnly,
}

impl Group {
    /// Whether it can be managed and, if not, why (R-B2).
    pub fn manageable(&self) -> Result<(), Unmanageable> {
        if matches!(self.membership, Membership::Dynamic { .. }) {
            return Err(Unmanageable::Dynamic);
        }
        match self.source {
            Source::Synchronised => return Err(Unmanageable::Synchronised),
            Source::Ephor => {}
        }
        match self.kind {
            GroupKind::Security | GroupKind::Microsoft365 | GroupKind::Microsoft365MailOnly => {
                Ok(())
            }
            GroupKind::MailEnabledSecurity | GroupKind::Distribution => Err(Unmanageable::MailOnly),
        }
    }

    /// Whether it has been brought under management.
    pub const fn is_managed(&self) -> bool {
        self.managed_since.is_some()
    }
}
