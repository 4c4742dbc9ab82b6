//! Roles: what somebody can be eligible for or have, of a group or in the directory itself.
//!
//! The engine of schedules, requests and policies is keyed by a [`Role`] and treats both kinds alike; where
//! they differ it asks (`docs/decisions/0012`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::group::Access;
use crate::id::{BadId, GroupId, RoleDefinitionId, UnitId};

/// What somebody can be eligible for or have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Role {
    /// A role of a group.
    Group {
        /// Whose.
        group: GroupId,
        /// Which.
        access: Access,
    },
    /// A directory role, over all or part of the directory.
    Directory {
        /// Which.
        definition: RoleDefinitionId,
        /// Over what.
        scope: DirectoryScope,
    },
}

impl Role {
    /// A role of a group.
    pub const fn of(group: GroupId, access: Access) -> Self {
        Self::Group { group, access }
    }

    /// A directory role over the whole directory.
    pub const fn directory(definition: RoleDefinitionId) -> Self {
        Self::Directory {
            definition,
            scope: DirectoryScope::Directory,
        }
    }

    /// The group, where it is a group's.
    pub const fn group(self) -> Option<GroupId> {
        match self {
            Self::Group { group, .. } => Some(group),
            Self::Directory { .. } => None,
        }
    }

    /// What it is of, by its id.
    pub const fn object(self) -> ObjectId {
        match self {
            Self::Group { group, .. } => ObjectId::Group(group),
            Self::Directory { definition, .. } => ObjectId::Directory(definition),
        }
    }

    /// Member or owner, where it is a group's.
    pub const fn access(self) -> Option<Access> {
        match self {
            Self::Group { access, .. } => Some(access),
            Self::Directory { .. } => None,
        }
    }

    /// The directory role's definition, where it is one.
    pub const fn definition(self) -> Option<RoleDefinitionId> {
        match self {
            Self::Group { .. } => None,
            Self::Directory { definition, .. } => Some(definition),
        }
    }

    /// Of a group or in the directory.
    pub const fn kind(self) -> RoleKind {
        match self {
            Self::Group { .. } => RoleKind::Group,
            Self::Directory { .. } => RoleKind::Directory,
        }
    }

    /// What it is, in the words of a refusal.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Group {
                access: Access::Member,
                ..
            } => "membership of this group",
            Self::Group {
                access: Access::Owner,
                ..
            } => "ownership of this group",
            Self::Directory { .. } => "this directory role",
        }
    }

    /// Whether it is membership of a group: what others can be activated through (R-E6).
    pub const fn is_membership(self) -> bool {
        matches!(
            self,
            Self::Group {
                access: Access::Member,
                ..
            }
        )
    }

    /// The role that its policy belongs to: a directory role has one, whatever its scope.
    #[must_use]
    pub const fn for_policy(self) -> Self {
        match self {
            Self::Group { .. } => self,
            Self::Directory { definition, .. } => Self::directory(definition),
        }
    }
}

impl fmt::Display for Role {
    /// As the first part of a schedule's id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group { group, access } => write!(f, "{group}_{access}"),
            Self::Directory { definition, scope } => match scope {
                DirectoryScope::Directory => write!(f, "{definition}_directory"),
                DirectoryScope::Unit(unit) => write!(f, "{definition}_{unit}"),
            },
        }
    }
}

impl FromStr for Role {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId {
            given: text.chars().take(100).collect(),
            wanted: "a role ({groupId}_{member|owner})",
        };
        let (object, part) = text.split_once('_').ok_or_else(bad)?;
        if let Ok(access) = part.parse() {
            return Ok(Self::of(object.parse().map_err(|_| bad())?, access));
        }
        let scope = if part.eq_ignore_ascii_case("directory") {
            DirectoryScope::Directory
        } else {
            DirectoryScope::Unit(part.parse().map_err(|_| bad())?)
        };
        Ok(Self::Directory {
            definition: object.parse().map_err(|_| bad())?,
            scope,
        })
    }
}

/// What a role is of, by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "NamedObject", into = "NamedObject")]
pub enum ObjectId {
    /// A group.
    Group(GroupId),
    /// A directory role, over whatever it is held.
    Directory(RoleDefinitionId),
}

/// How it is written down: as a member that says what it is, beside the others of whatever it is in.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(untagged)]
enum NamedObject {
    Group { group: GroupId },
    Directory { definition: RoleDefinitionId },
}

impl From<NamedObject> for ObjectId {
    fn from(named: NamedObject) -> Self {
        match named {
            NamedObject::Group { group } => Self::Group(group),
            NamedObject::Directory { definition } => Self::Directory(definition),
        }
    }
}

impl From<ObjectId> for NamedObject {
    fn from(object: ObjectId) -> Self {
        match object {
            ObjectId::Group(group) => Self::Group { group },
            ObjectId::Directory(definition) => Self::Directory { definition },
        }
    }
}

impl From<GroupId> for ObjectId {
    fn from(group: GroupId) -> Self {
        Self::Group(group)
    }
}

impl ObjectId {
    /// The group, where it is one.
    pub const fn group(self) -> Option<GroupId> {
        match self {
            Self::Group(group) => Some(group),
            Self::Directory(_) => None,
        }
    }

    /// The directory role's definition, where it is one.
    pub const fn definition(self) -> Option<RoleDefinitionId> {
        match self {
            Self::Group(_) => None,
            Self::Directory(definition) => Some(definition),
        }
    }

    /// Of a group or in the directory.
    pub const fn kind(self) -> RoleKind {
        match self {
            Self::Group(_) => RoleKind::Group,
            Self::Directory(_) => RoleKind::Directory,
        }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(group) => group.fmt(f),
            Self::Directory(definition) => definition.fmt(f),
        }
    }
}

/// Of a group or in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoleKind {
    /// A group's: member or owner.
    Group,
    /// A directory role.
    Directory,
}

/// What a directory role is held over (`directoryScopeId`; `directory.md` section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DirectoryScope {
    /// The whole directory.
    Directory,
    /// What is directly in one administrative unit.
    Unit(UnitId),
}

impl fmt::Display for DirectoryScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory => f.write_str("/"),
            Self::Unit(unit) => write!(f, "/administrativeUnits/{unit}"),
        }
    }
}

impl FromStr for DirectoryScope {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        const UNITS: &str = "/administrativeUnits/";
        if text == "/" {
            return Ok(Self::Directory);
        }
        text.get(..UNITS.len())
            .filter(|start| start.eq_ignore_ascii_case(UNITS))
            .and_then(|_| text[UNITS.len()..].parse().ok())
            .map(Self::Unit)
            .ok_or_else(|| BadId {
                given: text.chars().take(100).collect(),
                wanted: "a directory scope (/ or /administrativeUnits/{id})",
            })
    }
}

impl Serialize for DirectoryScope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DirectoryScope {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{IdSource, SeededIds};

    #[test]
    fn a_role_reads_back_what_it_shows() {
        let mut ids = SeededIds::new(3);
        let definition = RoleDefinitionId::from_uuid(ids.fresh());
        let unit = UnitId::from_uuid(ids.fresh());
        let roles = [
            Role::of(GroupId::from_uuid(ids.fresh()), Access::Owner),
            Role::directory(definition),
            Role::Directory {
                definition,
                scope: DirectoryScope::Unit(unit),
            },
        ];
        for role in roles {
            assert_eq!(role.to_string().parse::<Role>(), Ok(role));
        }
        let scope = DirectoryScope::Unit(unit);
        for text in [scope.to_string(), scope.to_string().to_lowercase()] {
            assert_eq!(text.parse(), Ok(scope));
        }
        for text in ["", "//", "/groups/x", "/administrativeUnits/", "x"] {
            assert!(text.parse::<DirectoryScope>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_directory_role_has_one_policy_whatever_its_scope() {
        let mut ids = SeededIds::new(4);
        let definition = RoleDefinitionId::from_uuid(ids.fresh());
        let over_unit = Role::Directory {
            definition,
            scope: DirectoryScope::Unit(UnitId::from_uuid(ids.fresh())),
        };
        assert_eq!(over_unit.for_policy(), Role::directory(definition));
    }
}
