//! What happens to packages into rows. What a package gives is in `schedules`, written by the events of grants.

use ephor_core::id::{CatalogId, PackageAssignmentId, PackageId};
use ephor_core::package::request::Delivered;
use ephor_core::package::{
    Catalog, CatalogKind, CatalogResource, CatalogRoleAssignment, Package, PackageAssignment,
    PackageEvent, PackageOutcome, PackagePolicy, PackageRequest, PackageRequestType,
};
use ephor_core::time::Instant;

use crate::audit::text;
use crate::fold::fold;
use crate::sql::{NO_END, Value};
use crate::tx::Tx;
use crate::{StoreError, code};

/// Writes the rows that follow.
pub(crate) fn project(tx: &Tx<'_>, entry: &PackageEvent) -> Result<(), StoreError> {
    match entry {
        PackageEvent::CatalogMade { catalog } => catalog_made(tx, catalog),
        PackageEvent::CatalogChanged { after, .. } => catalog_changed(tx, after),
        PackageEvent::CatalogDeleted { catalog } => catalog_deleted(tx, catalog.id),
        PackageEvent::ResourceAdded { resource } => resource_added(tx, resource),
        PackageEvent::ResourceRefreshed { resource } => one(
            tx.execute(
                "UPDATE catalog_resources SET document = $2 WHERE id = $1",
                &[resource.id.into(), text(resource)?.into()],
            )?,
            "resource",
        ),
        PackageEvent::ResourceRemoved { resource } => one(
            tx.execute(
                "DELETE FROM catalog_resources WHERE id = $1",
                &[resource.id.into()],
            )?,
            "resource",
        ),
        PackageEvent::PackageMade { package } => package_made(tx, package),
        PackageEvent::PackageChanged { before, after } => package_changed(tx, before, after),
        PackageEvent::PackageDeleted { package } => package_deleted(tx, package.id),
        PackageEvent::PolicyMade { policy } => policy_made(tx, policy),
        PackageEvent::PolicyChanged { after, .. } => policy_changed(tx, after),
        PackageEvent::PolicyDeleted { policy } => policy_deleted(tx, policy),
        PackageEvent::Requested { request } => requested(tx, request),
        PackageEvent::Settled { request } => settled(tx, request),
        PackageEvent::RequestDeleted { request } => one(
            tx.execute(
                "DELETE FROM package_requests WHERE id = $1",
                &[request.id.into()],
            )?,
            "request",
        ),
        PackageEvent::Escalated { request, .. } => one(
            tx.execute(
                "UPDATE package_requests SET escalates_at = NULL
                 WHERE id = $1 AND escalates_at IS NOT NULL",
                &[(*request).into()],
            )?,
            "request that is to be escalated",
        ),
        PackageEvent::RequestLapsed { request, .. } => tx
            .execute(
                "UPDATE package_requests SET noted_at = $now WHERE id = $1 AND noted_at IS NULL",
                &[(*request).into()],
            )
            .map(drop),
        PackageEvent::Assigned { assignment } => assigned(tx, assignment),
        PackageEvent::Rescheduled { after, .. } => rescheduled(tx, after),
        PackageEvent::Ended { assignment, at, .. } => ended(tx, assignment.id, *at),
        PackageEvent::Lapsed { assignment, .. } => tx
            .execute(
                "UPDATE package_assignments SET noted_at = $now
                 WHERE id = $1 AND noted_at IS NULL AND ends_at <= $now",
                &[(*assignment).into()],
            )
            .map(drop),
        PackageEvent::ReminderDue {
            assignment,
            reminder,
            ..
        } => one(
            tx.execute(
                "UPDATE package_assignments SET reminded = $2 WHERE id = $1 AND reminded < $2",
                &[(*assignment).into(), code::reminder(*reminder).into()],
            )?,
            "assignment to be reminded of",
        ),
        PackageEvent::RoleAssigned { assignment } => role_assigned(tx, assignment),
        PackageEvent::RoleRemoved { assignment } => one(
            tx.execute(
                "DELETE FROM catalog_roles WHERE id = $1",
                &[assignment.id.into()],
            )?,
            "role over a catalog",
        ),
    }
}

/// A row that an event is about is there, once.
fn one(changed: u64, what: &str) -> Result<(), StoreError> {
    if changed == 1 {
        return Ok(());
    }
    Err(StoreError::Damaged(format!(
        "a {what} was to be changed, but there is none"
    )))
}

fn catalog_made(tx: &Tx<'_>, catalog: &Catalog) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO catalogs (id, name_key, document) VALUES ($1, $2, $3)",
        &[
            catalog.id.into(),
            fold(catalog.display_name.as_str()).into(),
            text(catalog)?.into(),
        ],
    )
    .map(drop)
}

fn catalog_changed(tx: &Tx<'_>, catalog: &Catalog) -> Result<(), StoreError> {
    // The one that is always there has a row of its own once it is changed.
    if catalog.kind == CatalogKind::ServiceDefault && !tx.has_catalog_row(catalog.id)? {
        return catalog_made(tx, catalog);
    }
    let changed = tx.execute(
        "UPDATE catalogs SET name_key = $2, document = $3 WHERE id = $1",
        &[
            catalog.id.into(),
            fold(catalog.display_name.as_str()).into(),
            text(catalog)?.into(),
        ],
    )?;
    one(changed, "catalog")
}

/// With a catalog go the groups in it and who did what in it.
fn catalog_deleted(tx: &Tx<'_>, catalog: CatalogId) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM catalog_resources WHERE catalog_id = $1",
        &[catalog.into()],
    )?;
    tx.execute(
        "DELETE FROM catalog_roles WHERE catalog_id = $1",
        &[catalog.into()],
    )?;
    let changed = tx.execute("DELETE FROM catalogs WHERE id = $1", &[catalog.into()])?;
    one(changed, "catalog")
}

fn resource_added(tx: &Tx<'_>, resource: &CatalogResource) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO catalog_resources (id, catalog_id, object_id, document) VALUES ($1, $2, $3, $4)",
        &[
            resource.id.into(),
            resource.catalog.into(),
            code::object(resource.object).into(),
            text(resource)?.into(),
        ],
    )
    .map(drop)
}

fn package_made(tx: &Tx<'_>, package: &Package) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO access_packages (id, catalog_id, document) VALUES ($1, $2, $3)",
        &[
            package.id.into(),
            package.catalog.into(),
            text(package)?.into(),
        ],
    )?;
    roles_set(tx, package)
}

fn package_changed(tx: &Tx<'_>, before: &Package, after: &Package) -> Result<(), StoreError> {
    one(
        tx.execute(
            "UPDATE access_packages SET document = $2 WHERE id = $1",
            &[after.id.into(), text(after)?.into()],
        )?,
        "package",
    )?;
    if before.roles == after.roles {
        return Ok(());
    }
    tx.execute(
        "DELETE FROM package_roles WHERE package_id = $1",
        &[after.id.into()],
    )?;
    roles_set(tx, after)
}

fn roles_set(tx: &Tx<'_>, package: &Package) -> Result<(), StoreError> {
    for role in &package.roles {
        let (object, access, _) = code::role(role.gives());
        tx.execute(
            "INSERT INTO package_roles (package_id, object_id, access, kind) VALUES ($1, $2, $3, $4)",
            &[
                package.id.into(),
                object.into(),
                access.into(),
                code::kind(role.role.kind()).into(),
            ],
        )?;
    }
    Ok(())
}

fn package_deleted(tx: &Tx<'_>, package: PackageId) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM package_approvers WHERE package_id = $1",
        "DELETE FROM package_policies WHERE package_id = $1",
        "DELETE FROM package_roles WHERE package_id = $1",
    ] {
        tx.execute(sql, &[package.into()])?;
    }
    let changed = tx.execute(
        "DELETE FROM access_packages WHERE id = $1",
        &[package.into()],
    )?;
    one(changed, "package")
}

fn policy_made(tx: &Tx<'_>, policy: &PackagePolicy) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO package_policies (id, package_id, document) VALUES ($1, $2, $3)",
        &[
            policy.id.into(),
            policy.package.into(),
            text(policy)?.into(),
        ],
    )?;
    approvers_set(tx, policy)
}

fn policy_changed(tx: &Tx<'_>, policy: &PackagePolicy) -> Result<(), StoreError> {
    one(
        tx.execute(
            "UPDATE package_policies SET document = $2 WHERE id = $1",
            &[policy.id.into(), text(policy)?.into()],
        )?,
        "policy",
    )?;
    approvers_forgotten(tx, policy)?;
    approvers_set(tx, policy)
}

fn policy_deleted(tx: &Tx<'_>, policy: &PackagePolicy) -> Result<(), StoreError> {
    approvers_forgotten(tx, policy)?;
    one(
        tx.execute(
            "DELETE FROM package_policies WHERE id = $1",
            &[policy.id.into()],
        )?,
        "policy",
    )
}

fn approvers_forgotten(tx: &Tx<'_>, policy: &PackagePolicy) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM package_approvers WHERE policy_id = $1",
        &[policy.id.into()],
    )
    .map(drop)
}

/// The groups whose members decide, so that they are found from the group (T-05).
fn approvers_set(tx: &Tx<'_>, policy: &PackagePolicy) -> Result<(), StoreError> {
    for group in policy.approver_groups() {
        tx.execute(
            "INSERT INTO package_approvers (policy_id, package_id, approver_id) VALUES ($1, $2, $3)",
            &[policy.id.into(), policy.package.into(), group.into()],
        )?;
    }
    Ok(())
}

/// Until when a request waits, where it does.
const fn waits_until(request: &PackageRequest) -> Option<Instant> {
    match request.outcome {
        PackageOutcome::Pending { until, .. } => Some(until),
        PackageOutcome::Done { .. }
        | PackageOutcome::Denied { .. }
        | PackageOutcome::Canceled { .. } => None,
    }
}

/// When others may decide too, where that lies ahead.
const fn escalates_at(request: &PackageRequest) -> Option<Instant> {
    match request.outcome {
        PackageOutcome::Pending { escalates_at, .. } => escalates_at,
        PackageOutcome::Done { .. }
        | PackageOutcome::Denied { .. }
        | PackageOutcome::Canceled { .. } => None,
    }
}

/// What became of a request as a number, and when what was given begins.
const fn outcome(request: &PackageRequest) -> (i64, Instant) {
    match request.outcome {
        PackageOutcome::Pending { since, .. } => (0, since),
        PackageOutcome::Denied { at } => (1, at),
        PackageOutcome::Canceled { at } => (2, at),
        PackageOutcome::Done {
            starts_at,
            delivered,
            ..
        } => match delivered {
            Delivered::Whole => (3, starts_at),
            Delivered::Partly => (4, starts_at),
            Delivered::Nothing => (5, starts_at),
        },
    }
}

const fn action(request: &PackageRequest) -> i64 {
    match request.action {
        PackageRequestType::UserAdd => 0,
        PackageRequestType::UserUpdate => 1,
        PackageRequestType::UserRemove => 2,
        PackageRequestType::AdminAdd => 3,
        PackageRequestType::AdminUpdate => 4,
        PackageRequestType::AdminRemove => 5,
    }
}

fn requested(tx: &Tx<'_>, request: &PackageRequest) -> Result<(), StoreError> {
    let (_, actor) = code::actor(request.created_by);
    let (outcome, starts_at) = outcome(request);
    tx.execute(
        "INSERT INTO package_requests (id, package_id, target_id, actor_id, waits_until, created_at, document,
             policy_id, assignment_id, action, outcome, starts_at, escalates_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        &[
            request.id.into(),
            request.package.into(),
            request.target.into(),
            actor.into(),
            waits_until(request).into(),
            request.created_at.into(),
            text(request)?.into(),
            request.policy.into(),
            request.assignment.into(),
            action(request).into(),
            outcome.into(),
            starts_at.into(),
            escalates_at(request).into(),
        ],
    )
    .map(drop)
}

fn settled(tx: &Tx<'_>, request: &PackageRequest) -> Result<(), StoreError> {
    let (outcome, starts_at) = outcome(request);
    let changed = tx.execute(
        "UPDATE package_requests SET waits_until = $2, document = $3, assignment_id = $4, outcome = $5,
             starts_at = $6, escalates_at = $7, policy_id = $8 WHERE id = $1",
        &[
            request.id.into(),
            waits_until(request).into(),
            text(request)?.into(),
            request.assignment.into(),
            outcome.into(),
            starts_at.into(),
            escalates_at(request).into(),
            request.policy.into(),
        ],
    )?;
    one(changed, "request")
}

fn until(assignment: &PackageAssignment) -> Value<'static> {
    assignment
        .span
        .ends_at()
        .map_or(NO_END, Instant::micros)
        .into()
}

fn assigned(tx: &Tx<'_>, assignment: &PackageAssignment) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO package_assignments (id, package_id, policy_id, target_id, starts_at, ends_at,
             created_at, created_using)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            assignment.id.into(),
            assignment.package.into(),
            assignment.policy.into(),
            assignment.target.into(),
            assignment.span.starts_at().into(),
            until(assignment),
            assignment.created_at.into(),
            assignment.created_using.into(),
        ],
    )
    .map(drop)
}

fn rescheduled(tx: &Tx<'_>, assignment: &PackageAssignment) -> Result<(), StoreError> {
    // Whoever is given more time is reminded of the new end.
    let changed = tx.execute(
        "UPDATE package_assignments SET policy_id = $2, starts_at = $3, ends_at = $4, reminded = 0
         WHERE id = $1 AND ends_at > $now",
        &[
            assignment.id.into(),
            assignment.policy.into(),
            assignment.span.starts_at().into(),
            until(assignment),
        ],
    )?;
    one(changed, "running assignment")
}

fn ended(tx: &Tx<'_>, assignment: PackageAssignmentId, at: Instant) -> Result<(), StoreError> {
    let changed = tx.execute(
        "UPDATE package_assignments SET ends_at = $2, noted_at = $2 WHERE id = $1 AND ends_at > $2",
        &[assignment.into(), at.into()],
    )?;
    one(changed, "running assignment")
}

fn role_assigned(tx: &Tx<'_>, assignment: &CatalogRoleAssignment) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO catalog_roles (id, catalog_id, principal_id, document) VALUES ($1, $2, $3, $4)",
        &[
            assignment.id.into(),
            assignment.catalog.into(),
            assignment.principal.id.into(),
            text(assignment)?.into(),
        ],
    )
    .map(drop)
}
