//! The roles of a resource that a package can hold, as clients know them (`governance.md` 1.3; R-G2).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::directory_role::{Privilege, RoleDefinition};
use crate::group::Access;
use crate::id::CatalogResourceId;
use crate::request::Object;
use crate::role::{ObjectId, Role};
use crate::schedule::ScheduleKind;

/// A role of a resource: of a group, or of a directory role, which nobody owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ResourceRole {
    /// Is a member; of a directory role: holds it.
    Member,
    /// Is an owner.
    Owner,
    /// May activate membership, or the directory role.
    EligibleMember,
    /// May activate ownership.
    EligibleOwner,
}

impl ResourceRole {
    /// All four.
    pub const ALL: [Self; 4] = [
        Self::Member,
        Self::Owner,
        Self::EligibleMember,
        Self::EligibleOwner,
    ];

    /// Those that this offers: a group's eligible ones only where it is managed (R-G2), a directory role's
    /// active one only where it could not be used to gain more rights. What a tenant's own role could be used
    /// for is not known, so it could.
    pub fn offered(object: &Object) -> impl Iterator<Item = Self> + use<> {
        let (owned, active, eligible) = match object {
            Object::Group(group) => (true, true, group.is_managed()),
            Object::Directory(RoleDefinition::BuiltIn(role)) => {
                (false, role.privilege() == Privilege::Ordinary, true)
            }
            Object::Directory(RoleDefinition::Custom(_)) => (false, false, true),
        };
        Self::ALL.into_iter().filter(move |role| {
            (owned || role.access() == Access::Member)
                && match role.kind() {
                    ScheduleKind::Active => active,
                    ScheduleKind::Eligible => eligible,
                }
        })
    }

    /// Whether it gives the access or makes eligible for it.
    pub const fn kind(self) -> ScheduleKind {
        match self {
            Self::Member | Self::Owner => ScheduleKind::Active,
            Self::EligibleMember | Self::EligibleOwner => ScheduleKind::Eligible,
        }
    }

    /// Which role of a group it is about.
    pub const fn access(self) -> Access {
        match self {
            Self::Member | Self::EligibleMember => Access::Member,
            Self::Owner | Self::EligibleOwner => Access::Owner,
        }
    }

    /// What it gives, or makes eligible for: a directory role over the whole directory.
    pub const fn gives(self, of: ObjectId) -> Role {
        match of {
            ObjectId::Group(group) => Role::of(group, self.access()),
            ObjectId::Directory(definition) => Role::directory(definition),
        }
    }

    /// `displayName`
    pub const fn display_name(self, of: ObjectId) -> &'static str {
        match (self, of) {
            (Self::Member, ObjectId::Group(_)) => "Member",
            (Self::Member, ObjectId::Directory(_)) => "Active Member",
            (Self::Owner, _) => "Owner",
            (Self::EligibleMember, _) => "Eligible Member",
            (Self::EligibleOwner, _) => "Eligible Owner",
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

    /// `originId`: `EligibleMember_{groupId}`, or of a directory role `Eligible` or `Active`.
    pub fn origin_id(self, of: ObjectId) -> String {
        match (of, self.kind()) {
            (ObjectId::Group(group), _) => format!("{}_{group}", self.prefix()),
            (ObjectId::Directory(_), ScheduleKind::Active) => "Active".to_owned(),
            (ObjectId::Directory(_), ScheduleKind::Eligible) => "Eligible".to_owned(),
        }
    }

    /// Reads an `originId`, the word in whatever case. The group that it names is not looked at: the resource
    /// says which it is, and known clients send another one here.
    pub fn parse_origin(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("active") {
            return Some(Self::Member);
        }
        if text.eq_ignore_ascii_case("eligible") {
            return Some(Self::EligibleMember);
        }
        let (word, group) = text.split_once('_')?;
        group.parse::<Uuid>().ok()?;
        Self::ALL
            .into_iter()
            .find(|role| role.prefix().eq_ignore_ascii_case(word))
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

/// The id of the one scope that a resource has: itself.
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
    use crate::directory_role::DirectoryRole;
    use crate::id::{GroupId, SeededIds};

    #[test]
    fn r_g2_a_role_is_found_again_by_its_origin_and_its_id() {
        let mut ids = SeededIds::new(1);
        let group = GroupId::fresh(&mut ids);
        let resource = CatalogResourceId::fresh(&mut ids);
        let reports = ObjectId::Directory(DirectoryRole::ReportsReader.definition_id());
        for role in ResourceRole::ALL {
            let origin = role.origin_id(group.into());
            assert_eq!(ResourceRole::parse_origin(&origin), Some(role));
            assert_eq!(
                ResourceRole::parse_origin(&origin.to_ascii_lowercase()),
                Some(role)
            );
            assert_eq!(ResourceRole::by_id(role.id(resource), resource), Some(role));
        }
        assert_eq!(
            ResourceRole::EligibleMember.origin_id(group.into()),
            format!("EligibleMember_{group}")
        );
        for role in [ResourceRole::Member, ResourceRole::EligibleMember] {
            let origin = role.origin_id(reports);
            assert_eq!(ResourceRole::parse_origin(&origin), Some(role), "{origin}");
        }
        assert_eq!(ResourceRole::parse_origin("Guest_x"), None);
        assert_eq!(ResourceRole::by_id(scope_id(resource), resource), None);
    }

    #[test]
    fn r_g2_a_role_that_leads_to_more_rights_is_offered_as_eligible_only() {
        let offers = |role: DirectoryRole| -> Vec<_> {
            let object = Object::Directory(RoleDefinition::BuiltIn(role));
            let of = ObjectId::Directory(role.definition_id());
            ResourceRole::offered(&object)
                .map(|role| role.display_name(of))
                .collect()
        };
        assert_eq!(
            offers(DirectoryRole::ReportsReader),
            ["Active Member", "Eligible Member"]
        );
        assert_eq!(
            offers(DirectoryRole::UserAdministrator),
            ["Eligible Member"]
        );
    }
}
