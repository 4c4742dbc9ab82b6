//! Roles over catalogs, by which people without any directory role hand out access (R-G5; `governance.md` 1.7).

use serde::{Deserialize, Serialize};
use uuid::{Uuid, uuid};

use crate::authority::Ground;
use crate::id::{CatalogId, CatalogRoleAssignmentId, PrincipalId};
use crate::principal::PrincipalRef;
use crate::time::Instant;

/// A role over catalogs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CatalogRole {
    /// Makes catalogs, and then owns them.
    CatalogCreator,
    /// Does everything in a catalog.
    CatalogOwner,
    /// Sees everything in a catalog.
    CatalogReader,
    /// Makes packages of what is in a catalog, and hands them out.
    PackageManager,
    /// Hands packages out.
    AssignmentManager,
}

impl CatalogRole {
    /// Every one of them.
    pub const ALL: [Self; 5] = [
        Self::CatalogCreator,
        Self::CatalogOwner,
        Self::CatalogReader,
        Self::PackageManager,
        Self::AssignmentManager,
    ];

    /// The definition's id, as clients know it.
    pub const fn definition(self) -> Uuid {
        match self {
            Self::CatalogCreator => uuid!("ba92d953-d8e0-4e39-a797-0cbedb0a89e8"),
            Self::CatalogOwner => uuid!("ae79f266-94d4-4dab-b730-feca7e132178"),
            Self::CatalogReader => uuid!("44272f93-9762-48e8-af59-1b5351b1d6b3"),
            Self::PackageManager => uuid!("7f480852-ebdc-47d4-87de-0d8498384a83"),
            Self::AssignmentManager => uuid!("e2182095-804a-4656-ae11-64734e9b7ae5"),
        }
    }

    /// The role with this definition.
    pub fn of(definition: Uuid) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|role| role.definition() == definition)
    }

    /// `displayName`
    pub const fn display_name(self) -> &'static str {
        match self {
            Self::CatalogCreator => "Catalog creator",
            Self::CatalogOwner => "Catalog owner",
            Self::CatalogReader => "Catalog reader",
            Self::PackageManager => "Access package manager",
            Self::AssignmentManager => "Access package assignment manager",
        }
    }

    /// What it is for, in a sentence.
    pub const fn description(self) -> &'static str {
        match self {
            Self::CatalogCreator => "Makes catalogs, and becomes the owner of each.",
            Self::CatalogOwner => {
                "Manages a catalog: its resources, its packages and who manages them."
            }
            Self::CatalogReader => "Sees a catalog and everything in it.",
            Self::PackageManager => {
                "Makes packages of what is in a catalog, and manages who has them."
            }
            Self::AssignmentManager => "Assigns and removes the packages of a catalog.",
        }
    }

    /// The ground that whoever has it stands on.
    pub const fn ground(self) -> Ground {
        Ground::Catalog(self)
    }

    /// Whether it is held over one catalog, rather than over none in particular.
    pub const fn is_of_a_catalog(self) -> bool {
        !matches!(self, Self::CatalogCreator)
    }
}

/// A role over a catalog, as somebody has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogRoleAssignment {
    /// Its id.
    pub id: CatalogRoleAssignmentId,
    /// Which role.
    pub role: CatalogRole,
    /// Over which catalog; `None` for the catalog creator.
    pub catalog: Option<CatalogId>,
    /// Who has it: a user, or whoever is a member of a group.
    pub principal: PrincipalRef,
    /// When it was given.
    pub created_at: Instant,
}

impl CatalogRoleAssignment {
    /// Whether it is of this principal.
    pub fn is_of(&self, principal: PrincipalId) -> bool {
        self.principal.id == principal
    }
}
