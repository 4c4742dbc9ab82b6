//! Roles over catalogs: who has them, giving and taking them (R-G5; `governance.md` 1.7).

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::id::{CatalogId, CatalogRoleAssignmentId, PrincipalId};
use ephor_core::package::{CatalogRole, CatalogRoleAssignment, PackageEvent};
use ephor_core::principal::PrincipalKind;
use ephor_core::refusal::{Code, Refusal};
use ephor_store::{ReadTx, Tx};

use super::{Delegated, attempt, has_permission, judge, record};
use crate::{OpError, OpResult};

/// The roles over catalogs that the caller may see: those of catalogs they see.
pub fn list(tx: &ReadTx<'_>, caller: &Caller) -> OpResult<Vec<CatalogRoleAssignment>> {
    has_permission(caller, Operation::ReadCatalog)?;
    let delegated = Delegated::of(tx, caller)?;
    let mut roles = tx.catalog_roles()?;
    roles.retain(|role| {
        let over = delegated.over(role.catalog);
        judge(Operation::ReadCatalog, caller, &over).is_ok()
            || caller.user().is_some_and(|me| role.is_of(me))
    });
    Ok(roles)
}

/// Gives somebody a role over a catalog, or over none in particular.
pub fn assign(
    tx: &mut Tx<'_>,
    role: CatalogRole,
    catalog: Option<CatalogId>,
    principal: PrincipalId,
) -> OpResult<CatalogRoleAssignment> {
    let tried = attempt(
        operation(role),
        Some(principal),
        format!("appoint {}", role.display_name()),
    );
    assigned(tx, role, catalog, principal).map_err(|error| error.at(tried))
}

const fn operation(role: CatalogRole) -> Operation {
    match role {
        CatalogRole::CatalogCreator => Operation::AppointCatalogCreator,
        CatalogRole::CatalogOwner
        | CatalogRole::CatalogReader
        | CatalogRole::PackageManager
        | CatalogRole::AssignmentManager => Operation::AppointInCatalog,
    }
}

fn assigned(
    tx: &mut Tx<'_>,
    role: CatalogRole,
    catalog: Option<CatalogId>,
    principal: PrincipalId,
) -> OpResult<CatalogRoleAssignment> {
    let caller = tx.caller().clone();
    has_permission(&caller, operation(role))?;
    let delegated = Delegated::of(tx, &caller)?;
    match catalog {
        Some(id) if !role.is_of_a_catalog() => {
            return Err(Refusal::new(
                Code::BadRequest,
                format!(
                    "`{}` is no role over one catalog, such as `{id}`",
                    role.display_name()
                ),
            )
            .about("appScopeId")
            .hint("give appScopeId `/`")
            .into());
        }
        None if role.is_of_a_catalog() => {
            return Err(Refusal::new(
                Code::BadRequest,
                format!("`{}` is a role over one catalog", role.display_name()),
            )
            .about("appScopeId")
            .hint("give appScopeId `/AccessPackageCatalog/{id}`")
            .into());
        }
        Some(id) => {
            let exists = tx.catalog(id)?.is_some();
            if !exists || !delegated.sees(&caller, id) {
                return Err(Refusal::not_found(id).into());
            }
        }
        None => {}
    }
    judge(operation(role), &caller, &delegated.over(catalog))?;
    let found = tx
        .principal(principal)?
        .ok_or_else(|| OpError::from(Refusal::not_found(principal)))?;
    if found.reference.kind == PrincipalKind::ServicePrincipal {
        return Err(Refusal::new(
            Code::BadRequest,
            "roles over catalogs are given to users and groups",
        )
        .about("principalId")
        .into());
    }
    let is_same = |other: &CatalogRoleAssignment| {
        (other.role, other.catalog, other.principal.id) == (role, catalog, principal)
    };
    if tx.catalog_roles()?.iter().any(is_same) {
        return Err(Refusal::new(
            Code::KeyExists,
            format!("the principal is {} already", role.display_name()),
        )
        .into());
    }
    let assignment = CatalogRoleAssignment {
        id: CatalogRoleAssignmentId::fresh(tx.ids()),
        role,
        catalog,
        principal: found.reference,
        created_at: tx.now(),
    };
    record(
        tx,
        PackageEvent::RoleAssigned {
            assignment: assignment.clone(),
        },
    )?;
    Ok(assignment)
}

/// Takes a role over a catalog away.
pub fn remove(tx: &mut Tx<'_>, id: CatalogRoleAssignmentId) -> OpResult<()> {
    let tried = attempt(
        Operation::AppointInCatalog,
        None,
        format!("remove role assignment {id}"),
    );
    removed(tx, id).map_err(|error| error.at(tried))
}

fn removed(tx: &mut Tx<'_>, id: CatalogRoleAssignmentId) -> OpResult<()> {
    let caller = tx.caller().clone();
    has_permission(&caller, Operation::AppointInCatalog)?;
    let delegated = Delegated::of(tx, &caller)?;
    let assignment = tx.catalog_role(id)?.ok_or_else(|| Refusal::not_found(id))?;
    let seen = assignment
        .catalog
        .is_none_or(|catalog| delegated.sees(&caller, catalog));
    if !seen {
        return Err(Refusal::not_found(id).into());
    }
    judge(
        operation(assignment.role),
        &caller,
        &delegated.over(assignment.catalog),
    )?;
    record(tx, PackageEvent::RoleRemoved { assignment })
}
