//! Catalogs and the groups and directory roles in them (R-G1; `governance.md` 1.2 and 1.7).

use ephor_core::authority::{self, Ground, Operation};
use ephor_core::caller::Caller;
use ephor_core::id::{CatalogId, CatalogResourceId, CatalogRoleAssignmentId};
use ephor_core::package::catalog::{RESOURCES_MAX, may_be_resource};
use ephor_core::package::{
    Catalog, CatalogKind, CatalogResource, CatalogRole, CatalogRoleAssignment, CatalogState,
    PackageEvent, ResourceRole, Switch,
};
use ephor_core::principal::{PrincipalKind, PrincipalRef};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::request::Object;
use ephor_core::role::ObjectId;
use ephor_core::text::{Description, DisplayName};
use ephor_store::{ReadTx, Tx};

use super::{Delegated, attempt, authorise_in, has_permission, judge, record};
use crate::authorise::{About, authorise, is_signed_in};
use crate::directory::Set;
use crate::{OpError, OpResult, schedule_request};

/// A catalog to be made.
#[derive(Debug, Clone)]
pub struct NewCatalog {
    /// What it is called.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: Option<Description>,
    /// Whether people may ask for what it holds.
    pub state: CatalogState,
    /// Whether guests may.
    pub guests: Switch,
}

/// What is to be changed of a catalog; what is absent stays.
#[derive(Debug, Clone)]
pub struct CatalogChange {
    /// What it is called.
    pub display_name: Option<DisplayName>,
    /// What it is for.
    pub description: Set<Description>,
    /// Whether people may ask.
    pub state: Option<CatalogState>,
    /// Whether guests may.
    pub guests: Option<Switch>,
}

/// Makes a catalog; whoever makes it owns it.
pub fn create(tx: &mut Tx<'_>, new: NewCatalog) -> OpResult<Catalog> {
    let tried = attempt(Operation::CreateCatalog, None, new.display_name.to_string());
    made(tx, new).map_err(|error| error.at(tried))
}

fn made(tx: &mut Tx<'_>, new: NewCatalog) -> OpResult<Catalog> {
    let caller = tx.caller().clone();
    has_permission(&caller, Operation::CreateCatalog)?;
    let delegated = Delegated::of(tx, &caller)?;
    judge(Operation::CreateCatalog, &caller, &delegated.over(None))?;
    name_is_free(tx, &new.display_name, None)?;
    let now = tx.now();
    let catalog = Catalog {
        id: CatalogId::fresh(tx.ids()),
        display_name: new.display_name,
        description: new.description,
        kind: CatalogKind::UserManaged,
        state: new.state,
        guests: new.guests,
        created_at: now,
        modified_at: now,
    };
    record(
        tx,
        PackageEvent::CatalogMade {
            catalog: catalog.clone(),
        },
    )?;
    if let Some(me) = caller.user() {
        let assignment = CatalogRoleAssignment {
            id: CatalogRoleAssignmentId::fresh(tx.ids()),
            role: CatalogRole::CatalogOwner,
            catalog: Some(catalog.id),
            principal: PrincipalRef {
                id: me,
                kind: PrincipalKind::User,
            },
            created_at: now,
        };
        record(tx, PackageEvent::RoleAssigned { assignment })?;
    }
    Ok(catalog)
}

fn name_is_free(tx: &ReadTx<'_>, name: &DisplayName, but: Option<CatalogId>) -> OpResult<()> {
    match tx.catalog_by_name(name.as_str())? {
        Some(other) if Some(other.id) != but => Err(Refusal::new(
            Code::KeyExists,
            format!("there is a catalog called `{name}` already"),
        )
        .about("displayName")
        .into()),
        Some(_) | None => Ok(()),
    }
}

/// Changes what is known of a catalog.
pub fn change(tx: &mut Tx<'_>, id: CatalogId, change: CatalogChange) -> OpResult<Catalog> {
    let tried = attempt(
        Operation::ChangeCatalog,
        None,
        format!("change catalog {id}"),
    );
    changed(tx, id, change).map_err(|error| error.at(tried))
}

/// A catalog, if the caller may change it.
fn changeable(tx: &ReadTx<'_>, id: CatalogId) -> OpResult<Catalog> {
    tx.catalog(id)?
        .ok_or_else(|| OpError::from(Refusal::not_found(id)))
}

fn changed(tx: &mut Tx<'_>, id: CatalogId, change: CatalogChange) -> OpResult<Catalog> {
    let caller = tx.caller().clone();
    has_permission(&caller, Operation::ChangeCatalog)?;
    is_signed_in(tx, &caller)?;
    let before = changeable(tx, id)?;
    authorise_in(tx, &caller, Operation::ChangeCatalog, id, id)?;
    if let Some(name) = &change.display_name {
        name_is_free(tx, name, Some(id))?;
    }
    let mut after = before.clone();
    if let Some(name) = change.display_name {
        after.display_name = name;
    }
    match change.description {
        Set::To(description) => after.description = Some(description),
        Set::Clear => after.description = None,
        Set::Keep => {}
    }
    after.state = change.state.unwrap_or(after.state);
    after.guests = change.guests.unwrap_or(after.guests);
    if after != before {
        after.modified_at = tx.now();
        record(
            tx,
            PackageEvent::CatalogChanged {
                before,
                after: after.clone(),
            },
        )?;
    }
    Ok(after)
}

/// Deletes a catalog; refused while it holds packages.
pub fn delete(tx: &mut Tx<'_>, id: CatalogId) -> OpResult<()> {
    let tried = attempt(
        Operation::ChangeCatalog,
        None,
        format!("delete catalog {id}"),
    );
    deleted(tx, id).map_err(|error| error.at(tried))
}

fn deleted(tx: &mut Tx<'_>, id: CatalogId) -> OpResult<()> {
    let caller = tx.caller().clone();
    has_permission(&caller, Operation::ChangeCatalog)?;
    is_signed_in(tx, &caller)?;
    let catalog = changeable(tx, id)?;
    authorise_in(tx, &caller, Operation::ChangeCatalog, id, id)?;
    if catalog.kind == CatalogKind::ServiceDefault {
        return Err(Refusal::new(
            Code::BadRequest,
            "the catalog that is always there can't be deleted",
        )
        .into());
    }
    let packages = tx.packages_of(id)?;
    if !packages.is_empty() {
        let names: Vec<_> = packages
            .iter()
            .take(5)
            .map(|package| package.display_name.as_str())
            .collect();
        return Err(Refusal::new(
            Code::BadRequest,
            format!(
                "catalog `{}` holds {} access packages (`{}`)",
                catalog.display_name,
                packages.len(),
                names.join("`, `")
            ),
        )
        .hint("delete them first")
        .into());
    }
    record(tx, PackageEvent::CatalogDeleted { catalog })
}

/// Adds a group or a directory role to a catalog: whoever owns the catalog may, with a right on that itself.
pub fn add_resource(
    tx: &mut Tx<'_>,
    id: CatalogId,
    object: impl Into<ObjectId>,
) -> OpResult<CatalogResource> {
    let object = object.into();
    let tried = attempt(
        Operation::ChangeCatalog,
        None,
        format!("add {} to catalog {id}", called(object)),
    );
    resource_added(tx, id, object).map_err(|error| error.at(tried))
}

fn called(object: ObjectId) -> String {
    match object {
        ObjectId::Group(id) => format!("group {id}"),
        ObjectId::Directory(id) => format!("directory role {id}"),
    }
}

/// What a resource is, as it is now; refused where there is none.
fn what(tx: &ReadTx<'_>, object: ObjectId) -> OpResult<Object> {
    match schedule_request::object(tx, ResourceRole::Member.gives(object)) {
        Err(error) if error.code().is_some() => {
            Err(Refusal::not_found(object).about("originId").into())
        }
        came => came,
    }
}

fn resource_added(tx: &mut Tx<'_>, id: CatalogId, object: ObjectId) -> OpResult<CatalogResource> {
    let caller = tx.caller().clone();
    has_permission(&caller, Operation::ChangeCatalog)?;
    is_signed_in(tx, &caller)?;
    changeable(tx, id)?;
    authorise_in(tx, &caller, Operation::ChangeCatalog, id, id)?;
    let found = what(tx, object)?;
    may_hand_out(tx, &caller, &found)?;
    may_be_resource(&found)?;
    if tx.catalog_resource_of(id, object)?.is_some() {
        return Err(Refusal::new(
            Code::KeyExists,
            format!("`{}` is in the catalog already", found.display_name()),
        )
        .about("originId")
        .into());
    }
    let in_it = tx
        .catalog_resources()?
        .iter()
        .filter(|resource| resource.catalog == id)
        .count();
    if in_it >= RESOURCES_MAX {
        return Err(Refusal::new(
            Code::QuotaExceeded,
            format!("a catalog holds at most {RESOURCES_MAX} resources"),
        )
        .into());
    }
    let now = tx.now();
    let resource = CatalogResource {
        id: CatalogResourceId::fresh(tx.ids()),
        catalog: id,
        object,
        created_at: now,
        modified_at: now,
    };
    record(
        tx,
        PackageEvent::ResourceAdded {
            resource: resource.clone(),
        },
    )?;
    Ok(resource)
}

/// Refused where the caller has no right on the group or directory role itself: who may hand it out is not decided
/// by whoever owns a catalog (`governance.md` 1.7). Whoever may not change those who approve for what is
/// protected may not let them be handed out either (T-05).
pub fn may_hand_out(tx: &ReadTx<'_>, caller: &Caller, object: &Object) -> OpResult<()> {
    let about = About::object(object);
    let ground = authorise(tx, caller, Operation::OfferResource, about)?;
    // Of a program its permissions say what it may do to it (T-14).
    let (one, other) = match object {
        Object::Group(_) => (Operation::ChangeMembers, Operation::ChangeOwners),
        Object::Directory(_) => (Operation::AssignActive, Operation::AssignEligibility),
    };
    let lacks = |operation| authority::has_permission(operation, about.target, caller).is_err();
    if ground == Ground::Application && (lacks(one) || lacks(other)) {
        let what = match object {
            Object::Group(_) => "change members and owners of groups",
            Object::Directory(_) => "assign directory roles",
        };
        return Err(Refusal::new(
            Code::Denied,
            "only those who may hand it out themselves add it to a catalog or take it out",
        )
        .hint(format!("grant the application the permission to {what}"))
        .into());
    }
    Ok(())
}

/// Takes a group or directory role out of a catalog; refused while a package of the catalog uses it.
pub fn remove_resource(
    tx: &mut Tx<'_>,
    id: CatalogId,
    object: impl Into<ObjectId>,
) -> OpResult<CatalogResource> {
    let object = object.into();
    let tried = attempt(
        Operation::ChangeCatalog,
        None,
        format!("remove {} from catalog {id}", called(object)),
    );
    resource_removed(tx, id, object).map_err(|error| error.at(tried))
}

fn resource_removed(tx: &mut Tx<'_>, id: CatalogId, object: ObjectId) -> OpResult<CatalogResource> {
    let caller = tx.caller().clone();
    has_permission(&caller, Operation::ChangeCatalog)?;
    is_signed_in(tx, &caller)?;
    changeable(tx, id)?;
    authorise_in(tx, &caller, Operation::ChangeCatalog, id, id)?;
    let resource = tx
        .catalog_resource_of(id, object)?
        .ok_or_else(|| Refusal::not_found(object))?;
    match what(tx, object) {
        Ok(found) => may_hand_out(tx, &caller, &found)?,
        // A group that is gone has no owner who could do it.
        Err(error) if error.code() == Some(Code::NotFound) => {}
        Err(error) => return Err(error),
    }
    let user = tx
        .packages_of(id)?
        .into_iter()
        .find(|package| package.roles.iter().any(|role| role.object == object));
    if let Some(package) = user {
        return Err(Refusal::new(
            Code::BadRequest,
            format!(
                "access package `{}` uses the resource",
                package.display_name
            ),
        )
        .hint("take its roles out of the package first")
        .into());
    }
    record(
        tx,
        PackageEvent::ResourceRemoved {
            resource: resource.clone(),
        },
    )?;
    Ok(resource)
}

/// Reads a resource's group again: after it was brought under management it offers its eligible roles (R-G2).
pub fn refresh(tx: &mut Tx<'_>, id: CatalogResourceId) -> OpResult<CatalogResource> {
    let tried = attempt(
        Operation::ChangePackage,
        None,
        format!("refresh resource {id}"),
    );
    refreshed(tx, id).map_err(|error| error.at(tried))
}

fn refreshed(tx: &mut Tx<'_>, id: CatalogResourceId) -> OpResult<CatalogResource> {
    let caller = tx.caller().clone();
    has_permission(&caller, Operation::ChangePackage)?;
    is_signed_in(tx, &caller)?;
    let mut resource = tx
        .catalog_resource(id)?
        .ok_or_else(|| Refusal::not_found(id))?;
    authorise_in(tx, &caller, Operation::ChangePackage, resource.catalog, id)?;
    what(tx, resource.object)?;
    resource.modified_at = tx.now();
    record(
        tx,
        PackageEvent::ResourceRefreshed {
            resource: resource.clone(),
        },
    )?;
    Ok(resource)
}
