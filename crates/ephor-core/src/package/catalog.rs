//! Catalogs, the groups in them, and packages of their roles (R-G1).

use serde::{Deserialize, Serialize};

use super::Switch;
use super::role::GroupRole;
use crate::group::Group;
use crate::id::{CatalogId, CatalogResourceId, GroupId, PackageId};
use crate::refusal::{Code, Refusal};
use crate::role::Role;
use crate::text::{Description, DisplayName};
use crate::time::Instant;

/// Who made a catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CatalogKind {
    /// Somebody.
    UserManaged,
    /// It is the one that is always there.
    ServiceDefault,
}

/// Whether people may ask for what a catalog holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CatalogState {
    /// They may not yet.
    Unpublished,
    /// They may.
    Published,
}

/// A catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Catalog {
    /// Its id.
    pub id: CatalogId,
    /// What it is called; no two are called the same.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: Option<Description>,
    /// Who made it.
    pub kind: CatalogKind,
    /// Whether people may ask.
    pub state: CatalogState,
    /// Whether guests may ask.
    pub guests: Switch,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub modified_at: Instant,
}

/// A group as a resource of a catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogResource {
    /// Its id, in this catalog.
    pub id: CatalogResourceId,
    /// The catalog.
    pub catalog: CatalogId,
    /// The group.
    pub group: GroupId,
    /// When it was added.
    pub created_at: Instant,
    /// When what is known of it was last read again.
    pub modified_at: Instant,
}

/// A role in a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackageRole {
    /// Of which resource of the catalog.
    pub resource: CatalogResourceId,
    /// Of which group.
    pub group: GroupId,
    /// Which.
    pub role: GroupRole,
    /// When it was put in.
    pub created_at: Instant,
}

impl PackageRole {
    /// What of the group it gives or makes eligible for.
    pub const fn gives(&self) -> Role {
        Role::of(self.group, self.role.access())
    }

    /// Its id on the wire: the role's and the scope's, joined.
    pub fn id(&self) -> String {
        format!(
            "{}_{}",
            self.role.id(self.resource),
            super::role::scope_id(self.resource)
        )
    }
}

/// An access package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Package {
    /// Its id.
    pub id: PackageId,
    /// Its catalog.
    pub catalog: CatalogId,
    /// What it is called.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: Option<Description>,
    /// Whether it is left out where people browse.
    pub hidden: Switch,
    /// What it gives.
    pub roles: Vec<PackageRole>,
    /// Whoever has one of these can't get this one; not the other way round.
    pub incompatible_packages: Vec<PackageId>,
    /// Whoever is a member of one of these groups can't get it.
    pub incompatible_groups: Vec<GroupId>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub modified_at: Instant,
}

/// Most roles that a package holds.
pub const ROLES_MAX: usize = 50;
/// Most resources that a catalog holds.
pub const RESOURCES_MAX: usize = 1_000;
/// Most packages and groups that a package is incompatible with.
pub const INCOMPATIBLE_MAX: usize = 100;
/// Most policies that a package has.
pub const POLICIES_MAX: usize = 10;

impl Package {
    /// The package with this role too; refused where it is there, or the group does not offer it (R-G2).
    pub fn with_role(
        &self,
        resource: &CatalogResource,
        group: &Group,
        role: GroupRole,
        now: Instant,
    ) -> Result<Self, Refusal> {
        if resource.catalog != self.catalog {
            return Err(Refusal::new(
                Code::BadRequest,
                format!(
                    "resource `{}` is not in the catalog of the access package",
                    resource.id
                ),
            )
            .hint("add the group to the catalog first"));
        }
        if !GroupRole::offered(group).any(|offered| offered == role) {
            return Err(Refusal::new(
                Code::BadRequest,
                format!(
                    "group `{}` has no role `{}`: it is not managed",
                    group.display_name,
                    role.display_name()
                ),
            )
            .about("role")
            .hint("bring the group under management first, then refresh the resource"));
        }
        if self
            .roles
            .iter()
            .any(|held| (held.group, held.role) == (resource.group, role))
        {
            return Err(Refusal::new(
                Code::KeyExists,
                format!(
                    "the access package holds `{}` of group `{}` already",
                    role.display_name(),
                    group.display_name
                ),
            ));
        }
        if self.roles.len() == ROLES_MAX {
            return Err(Refusal::new(
                Code::QuotaExceeded,
                format!("an access package holds at most {ROLES_MAX} resource roles"),
            ));
        }
        let mut with = self.clone();
        with.roles.push(PackageRole {
            resource: resource.id,
            group: resource.group,
            role,
            created_at: now,
        });
        with.modified_at = now;
        Ok(with)
    }
}

/// Refused, with the reason, where a group can't be a resource (`governance.md` 1.3).
pub fn may_be_resource(group: &Group) -> Result<(), Refusal> {
    if let Err(why) = group.manageable() {
        return Err(Refusal::new(
            Code::BadRequest,
            format!("group `{}` can't be a resource: {why}", group.display_name),
        )
        .about("originId"));
    }
    if group.kind.is_mail_enabled() && !group.kind.is_unified() {
        return Err(Refusal::new(
            Code::BadRequest,
            format!(
                "group `{}` can't be a resource: its members are managed with its mail address",
                group.display_name
            ),
        )
        .about("originId"));
    }
    Ok(())
}
