//! The roles of a group that a package can hold, as clients know them (`governance.md` 1.3; R-G2).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::group::{Access, Group};
use crate::id::{CatalogResourceId, GroupId};
use crate::schedule::ScheduleKind;

/// A role of a group, as a resource role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GroupRole {
    /// Is a member.
    Member,
    /// Is an owner.
    Owner,
    /// May activate membership.
    EligibleMember,
    /// May activate ownership.
    EligibleOwner,
}

impl GroupRole {
    /// All four.
    pub const ALL: [Self; 4] = [
        Self::Member,
        Self::Owner,
        Self::EligibleMember,
        Self::EligibleOwner,
    ];

    /// Those that this group offers: the eligible ones only where it is managed (R-G2).
    pub fn offered(group: &Group) -> impl Iterator<Item = Self> + use<> {
        let is_managed = group.is_managed();
        Self::ALL
            .into_iter()
            .filter(move |role| is_managed || role.kind() == ScheduleKind::Active)
    }

    /// Whether it gives the access or makes eligible for it.
    pub const fn kind(self) -> ScheduleKind {
        match self {
            Self::Member | Self::Owner => ScheduleKind::Active,
            Self::EligibleMember | Self::EligibleOwner => ScheduleKind::Eligible,
        }
    }

    /// Which role of the group it is about.
    pub const fn access(self) -> Access {
        match self {
            Self::Member | Self::EligibleMember => Access::Member,
            Self::Owner | Self::EligibleOwner => Access::Owner,
        }
    }

    /// `displayName`
    pub const fn display_name(self) -> &'static str {
        match self {
            Self::Member => "Member",
            Self::Owner => "Owner",
            Self::EligibleMember => "Eligible Member",
            Self::EligibleOwner => "Eligible Owner",
        }
    }

    /// `type`
    pub const fn type_word(self) -> &'static str {
        match self.kind() {
            ScheduleKind::Active => "active",
            ScheduleKind::Eligible => "eligible",
        }
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::Member => "Member",
            Self::Owner => "Owner",
            Self::EligibleMember => "EligibleMember",
            Self::EligibleOwner => "EligibleOwner",
        }
    }

    /// `originId`: `EligibleMember_{groupId}`
    pub fn origin_id(self, group: GroupId) -> String {
        format!("{}_{group}", self.prefix())
    }

    /// Reads an `originId`, the word in whatever case.
    pub fn parse_origin(text: &str) -> Option<(Self, GroupId)> {
        let (word, group) = text.split_once('_')?;
        let role = Self::ALL
            .into_iter()
            .find(|role| role.prefix().eq_ignore_ascii_case(word))?;
        Some((role, group.parse().ok()?))
    }

    /// The role's id within a catalog: computed from the resource's, so that a role that nobody has chosen yet
    /// has one too.
    pub fn id(self, resource: CatalogResourceId) -> Uuid {
        near(
            resource,
            match self {
                Self::Member => 1,
                Self::Owner => 2,
                Self::EligibleMember => 3,
                Self::EligibleOwner => 4,
            },
        )
    }

    /// The role with this id, if it is of this resource.
    pub fn by_id(id: Uuid, resource: CatalogResourceId) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.id(resource) == id)
    }
}

/// The id of the one scope that a group has as a resource: the group itself.
pub fn scope_id(resource: CatalogResourceId) -> Uuid {
    near(resource, 0x10)
}

fn near(resource: CatalogResourceId, mark: u8) -> Uuid {
    let mut bytes = resource.uuid().into_bytes();
    bytes[15] ^= mark;
    Uuid::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SeededIds;

    #[test]
    fn r_g2_a_role_is_found_again_by_its_origin_and_its_id() {
        let mut ids = SeededIds::new(1);
        let (group, resource) = (GroupId::fresh(&mut ids), CatalogResourceId::fresh(&mut ids));
        for role in GroupRole::ALL {
            let origin = role.origin_id(group);
            assert_eq!(GroupRole::parse_origin(&origin), Some((role, group)));
            assert_eq!(
                GroupRole::parse_origin(&origin.to_ascii_lowercase()),
                Some((role, group))
            );
            assert_eq!(GroupRole::by_id(role.id(resource), resource), Some(role));
        }
        assert_eq!(
            GroupRole::EligibleMember.origin_id(group),
            format!("EligibleMember_{group}")
        );
        assert_eq!(GroupRole::parse_origin("Guest_x"), None);
        assert_eq!(GroupRole::by_id(scope_id(resource), resource), None);
    }
}
