//! Catalogs, the groups and directory roles in them, and packages of their roles (R-G1).

use serde::{Deserialize, Serialize};
use uuid::uuid;

use super::Switch;
use super::role::ResourceRole;
use crate::directory_role::RoleState;
use crate::id::{CatalogId, CatalogResourceId, GroupId, PackageId};
use crate::refusal::{Code, Refusal};
use crate::request::Object;
use crate::role::{ObjectId, Role};
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

impl Catalog {
    /// The id of the catalog that is always there; the same everywhere.
    pub const GENERAL: CatalogId =
        CatalogId::from_uuid(uuid!("0c9b5c2e-6a0f-4c53-9d0e-5f1f6d3c7a41"));

    /// The catalog that is always there, as it is until somebody changes it; it was made with the tenant.
    pub fn general(made: Instant) -> Option<Self> {
        Some(Self {
            id: Self::GENERAL,
            display_name: DisplayName::new("General").ok()?,
            description: Description::new("The catalog that is always there").ok(),
            kind: CatalogKind::ServiceDefault,
            state: CatalogState::Published,
            guests: Switch::Off,
            created_at: made,
            modified_at: made,
        })
    }
}

/// A group or a directory role as a resource of a catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogResource {
    /// Its id, in this catalog.
    pub id: CatalogResourceId,
    /// The catalog.
    pub catalog: CatalogId,
    /// The group or directory role.
    #[serde(flatten)]
    pub object: ObjectId,
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
    /// Of which group or directory role.
    #[serde(flatten)]
    pub object: ObjectId,
    /// Which.
    pub role: ResourceRole,
    /// When it was put in.
    pub created_at: Instant,
}

impl PackageRole {
    /// What it gives or makes eligible for.
    pub const fn gives(&self) -> Role {
        self.role.gives(self.object)
    }

    /// `displayName`
    pub const fn display_name(&self) -> &'static str {
        self.role.display_name(self.object)
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
    /// The package with this role too; refused where it is there, or the resource does not offer it (R-G2).
    pub fn with_role(
        &self,
        resource: &CatalogResource,
        object: &Object,
        role: ResourceRole,
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
            .hint("add it to the catalog first"));
        }
        let shown = role.display_name(resource.object);
        let name = object.display_name();
        if !ResourceRole::offered(object).any(|offered| offered == role) {
            let (what, how) = match object {
                Object::Group(_) => (
                    format!("group `{name}` has no role `{shown}`: it is not managed"),
                    "bring the group under management first, then refresh the resource",
                ),
                Object::Directory(_) => (
                    format!(
                        "directory role `{name}` has no role `{shown}`: who has it could gain more rights by it"
                    ),
                    "offer `Eligible Member` of it",
                ),
            };
            return Err(Refusal::new(Code::BadRequest, what).about("role").hint(how));
        }
        if self
            .roles
            .iter()
            .any(|held| (held.object, held.role) == (resource.object, role))
        {
            return Err(Refusal::new(
                Code::KeyExists,
                format!("the access package holds `{shown}` of `{name}` already"),
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
            object: resource.object,
            role,
            created_at: now,
        });
        with.modified_at = now;
        Ok(with)
    }
}

/// Refused, with the reason, where a group or directory role can't be a resource (`governance.md` 1.3).
pub fn may_be_resource(object: &Object) -> Result<(), Refusal> {
    let refused = |why: String| Err(Refusal::new(Code::BadRequest, why).about("originId"));
    let name = object.display_name();
    let group = match object {
        Object::Group(group) => group,
        Object::Directory(role) if role.state() == RoleState::Disabled => {
            return refused(format!(
                "directory role `{name}` can't be a resource: it is disabled, and counts for nobody"
            ));
        }
        Object::Directory(_) => return Ok(()),
    };
    if let Err(why) = group.manageable() {
        return refused(format!("group `{name}` can't be a resource: {why}"));
    }
    if group.kind.is_mail_enabled() && !group.kind.is_unified() {
        return refused(format!(
            "group `{name}` can't be a resource: its members are managed with its mail address"
        ));
    }
    Ok(())
}
