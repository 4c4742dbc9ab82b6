//! Packages: making, changing and deleting them, and what they hold. What changes of a package changes for
//! everybody who has it, in the same transaction.

use ephor_core::authority::Operation;
use ephor_core::id::{CatalogId, CatalogResourceId, GroupId, PackageId};
use ephor_core::package::catalog::INCOMPATIBLE_MAX;
use ephor_core::package::delivery::Standing;
use ephor_core::package::{
    Package, PackageEvent, PackageOutcome, PackageRole, ResourceRole, Switch,
};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::text::{Description, DisplayName};
use ephor_store::{PackageScope, Tx};

use super::deliver::{self, TakenBy};
use super::view::{self, Called};
use super::{attempt, authorise_in, has_permission, package_for, record};
use crate::authorise::is_signed_in;
use crate::directory::Set;
use crate::{OpError, OpResult, schedule_request};

/// A package to be made.
#[derive(Debug, Clone)]
pub struct NewPackage {
    /// In which catalog.
    pub catalog: CatalogId,
    /// What it is called.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: Option<Description>,
    /// Whether it is left out where people browse.
    pub hidden: Switch,
}

/// What is to be changed of a package; what is absent stays.
#[derive(Debug, Clone)]
pub struct PackageChange {
    /// What it is called.
    pub display_name: Option<DisplayName>,
    /// What it is for.
    pub description: Set<Description>,
    /// Whether it is left out where people browse.
    pub hidden: Option<Switch>,
}

/// Makes a package.
pub fn create(tx: &mut Tx<'_>, new: NewPackage) -> OpResult<Package> {
    let tried = attempt(Operation::ChangePackage, None, new.display_name.to_string());
    made(tx, new).map_err(|error| error.at(tried))
}

fn made(tx: &mut Tx<'_>, new: NewPackage) -> OpResult<Package> {
    let caller = tx.caller().clone();
    has_permission(&caller, Operation::ChangePackage)?;
    is_signed_in(tx, &caller)?;
    tx.catalog(new.catalog)?
        .ok_or_else(|| Refusal::not_found(new.catalog))?;
    authorise_in(
        tx,
        &caller,
        Operation::ChangePackage,
        new.catalog,
        new.catalog,
    )?;
    let is_same = |other: &Package| {
        other
            .display_name
            .as_str()
            .eq_ignore_ascii_case(new.display_name.as_str())
    };
    if tx.packages_of(new.catalog)?.iter().any(is_same) {
        return Err(Refusal::new(
            Code::KeyExists,
            format!(
                "the catalog holds an access package called `{}` already",
                new.display_name
            ),
        )
        .about("displayName")
        .into());
    }
    let now = tx.now();
    let package = Package {
        id: PackageId::fresh(tx.ids()),
        catalog: new.catalog,
        display_name: new.display_name,
        description: new.description,
        hidden: new.hidden,
        roles: Vec::new(),
        incompatible_packages: Vec::new(),
        incompatible_groups: Vec::new(),
        created_at: now,
        modified_at: now,
    };
    record(
        tx,
        PackageEvent::PackageMade {
            package: package.clone(),
        },
    )?;
    Ok(package)
}

fn tried(what: &str, id: PackageId) -> ephor_core::event::Attempt {
    attempt(
        Operation::ChangePackage,
        None,
        format!("{what} access package {id}"),
    )
}

/// Keeps a package as it is from now on.
fn keep(tx: &mut Tx<'_>, before: Package, mut after: Package) -> OpResult<Package> {
    if after == before {
        return Ok(after);
    }
    after.modified_at = tx.now();
    record(
        tx,
        PackageEvent::PackageChanged {
            before,
            after: after.clone(),
        },
    )?;
    Ok(after)
}

/// Changes what is known of a package.
pub fn change(tx: &mut Tx<'_>, id: PackageId, change: PackageChange) -> OpResult<Package> {
    let changed = |tx: &mut Tx<'_>| {
        let caller = tx.caller().clone();
        let before = package_for(tx, &caller, Operation::ChangePackage, id)?;
        let mut after = before.clone();
        if let Some(name) = change.display_name {
            after.display_name = name;
        }
        match change.description {
            Set::To(description) => after.description = Some(description),
            Set::Clear => after.description = None,
            Set::Keep => {}
        }
        after.hidden = change.hidden.unwrap_or(after.hidden);
        keep(tx, before, after)
    };
    changed(tx).map_err(|error: OpError| error.at(tried("change", id)))
}

/// Deletes a package; refused while anybody has it. What waits is withdrawn.
pub fn delete(tx: &mut Tx<'_>, id: PackageId) -> OpResult<()> {
    deleted(tx, id).map_err(|error| error.at(tried("delete", id)))
}

fn deleted(tx: &mut Tx<'_>, id: PackageId) -> OpResult<()> {
    let caller = tx.caller().clone();
    let package = package_for(tx, &caller, Operation::ChangePackage, id)?;
    let held = tx.package_assignments(PackageScope::Package(id))?.len();
    if held > 0 {
        return Err(Refusal::new(
            Code::BadRequest,
            format!(
                "access package `{}` has {held} assignments",
                package.display_name
            ),
        )
        .hint("remove them first")
        .into());
    }
    let at = tx.now();
    for mut request in tx.waiting_package_requests()? {
        if request.package == id {
            request.outcome = PackageOutcome::Canceled { at };
            record(tx, PackageEvent::Settled { request })?;
        }
    }
    for other in tx.packages()? {
        if other.incompatible_packages.contains(&id) {
            let mut after = other.clone();
            after.incompatible_packages.retain(|shunned| *shunned != id);
            keep(tx, other, after)?;
        }
    }
    record(tx, PackageEvent::PackageDeleted { package })
}

/// Puts a role into a package: whoever has the package gets it at once. With it come the lifecycle warnings
/// that it brings (R-G4).
pub fn add_role(
    tx: &mut Tx<'_>,
    id: PackageId,
    resource: CatalogResourceId,
    role: ResourceRole,
) -> OpResult<(PackageRole, Vec<Called>)> {
    role_added(tx, id, resource, role).map_err(|error| error.at(tried("add a role to", id)))
}

fn role_added(
    tx: &mut Tx<'_>,
    id: PackageId,
    resource: CatalogResourceId,
    role: ResourceRole,
) -> OpResult<(PackageRole, Vec<Called>)> {
    let caller = tx.caller().clone();
    let before = package_for(tx, &caller, Operation::ChangePackage, id)?;
    let resource = tx.catalog_resource(resource)?.ok_or_else(|| {
        Refusal::new(
            Code::BadRequest,
            format!("there is no resource `{resource}` in the catalog of the access package"),
        )
        .about("role")
    })?;
    let object = schedule_request::object(tx, role.gives(resource.object))?;
    let after = before.with_role(&resource, &object, role, tx.now())?;
    goes_with_itself(&after)?;
    let added = *after
        .roles
        .last()
        .ok_or_else(|| Refusal::not_found(resource.id))?;
    let package = keep(tx, before, after)?;
    for assignment in tx.package_assignments(PackageScope::Package(id))? {
        let given = deliver::give(tx, &[added], &assignment, Standing::Stays, None)?;
        tx.record(&given.events)?;
    }
    let warnings = view::warnings_of(tx, &package)?
        .into_iter()
        .filter(|called| (called.warning.object, called.warning.role) == (added.object, added.role))
        .collect();
    Ok((added, warnings))
}

/// Takes a role out of a package: whoever has the package loses it at once, all of them or nobody.
pub fn remove_role(tx: &mut Tx<'_>, id: PackageId, role: &str) -> OpResult<()> {
    role_removed(tx, id, role).map_err(|error| error.at(tried("remove a role from", id)))
}

fn role_removed(tx: &mut Tx<'_>, id: PackageId, role: &str) -> OpResult<()> {
    let caller = tx.caller().clone();
    let before = package_for(tx, &caller, Operation::ChangePackage, id)?;
    let removed = before
        .roles
        .iter()
        .find(|held| held.id().eq_ignore_ascii_case(role))
        .copied()
        .ok_or_else(|| Refusal::not_found(role))?;
    let mut after = before.clone();
    after.roles.retain(|held| held.id() != removed.id());
    keep(tx, before, after)?;
    let grants = tx.grants_of_package_role(id, removed.gives(), removed.role.kind())?;
    deliver::take_grants(tx, grants, TakenBy::Administrator, None)
}

/// What a package does not go with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shunned {
    /// Another package.
    Package(PackageId),
    /// A group.
    Group(GroupId),
}

impl std::fmt::Display for Shunned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Package(id) => id.fmt(f),
            Self::Group(id) => id.fmt(f),
        }
    }
}

/// Says that a package does not go with another, or with a group: for requests and assignments from now on.
pub fn shun(tx: &mut Tx<'_>, id: PackageId, other: Shunned) -> OpResult<()> {
    shunned(tx, id, other).map_err(|error| error.at(tried("change", id)))
}

fn shunned(tx: &mut Tx<'_>, id: PackageId, other: Shunned) -> OpResult<()> {
    let caller = tx.caller().clone();
    let before = package_for(tx, &caller, Operation::ChangePackage, id)?;
    let mut after = before.clone();
    let (has_it, many) = match other {
        Shunned::Package(package) => (
            after.incompatible_packages.contains(&package),
            after.incompatible_packages.len(),
        ),
        Shunned::Group(group) => (
            after.incompatible_groups.contains(&group),
            after.incompatible_groups.len(),
        ),
    };
    if has_it {
        return Err(Refusal::new(
            Code::KeyExists,
            format!("the access package is incompatible with `{other}` already"),
        )
        .into());
    }
    if many >= INCOMPATIBLE_MAX {
        return Err(Refusal::new(
            Code::QuotaExceeded,
            format!("an access package is incompatible with at most {INCOMPATIBLE_MAX} of a kind"),
        )
        .into());
    }
    match other {
        Shunned::Package(package) => {
            if package == id {
                return Err(Refusal::new(
                    Code::BadRequest,
                    "an access package can't be incompatible with itself",
                )
                .into());
            }
            tx.package(package)?
                .ok_or_else(|| Refusal::not_found(package))?;
            after.incompatible_packages.push(package);
        }
        Shunned::Group(group) => {
            tx.group(group)?.ok_or_else(|| Refusal::not_found(group))?;
            after.incompatible_groups.push(group);
        }
    }
    goes_with_itself(&after)?;
    keep(tx, before, after).map(drop)
}

/// Refused where a package gives what shuts people out of it: its own holders could not have it.
fn goes_with_itself(package: &Package) -> Result<(), Refusal> {
    let own = package
        .roles
        .iter()
        .filter_map(|role| role.object.group())
        .find(|group| package.incompatible_groups.contains(group));
    match own {
        None => Ok(()),
        Some(group) => Err(Refusal::new(
            Code::BadRequest,
            format!(
                "access package `{}` gives a role of group `{group}` and would be incompatible with it",
                package.display_name
            ),
        )
        .hint("take the role out of the package, or leave the group out")),
    }
}

/// Takes that back.
pub fn unshun(tx: &mut Tx<'_>, id: PackageId, other: Shunned) -> OpResult<()> {
    let done = |tx: &mut Tx<'_>| {
        let caller = tx.caller().clone();
        let before = package_for(tx, &caller, Operation::ChangePackage, id)?;
        let mut after = before.clone();
        match other {
            Shunned::Package(package) => {
                after.incompatible_packages.retain(|held| *held != package);
            }
            Shunned::Group(group) => after.incompatible_groups.retain(|held| *held != group),
        }
        if after == before {
            return Err(OpError::from(Refusal::not_found(other)));
        }
        keep(tx, before, after).map(drop)
    };
    done(tx).map_err(|error: OpError| error.at(tried("change", id)))
}
