//! Access packages: catalogs, what is in them, who asks, who decides and who has what (R-G1 to R-G5).
//!
//! What a package gives or takes goes through the same decisions as any assignment (`core::assignment`,
//! `core::package::delivery`), in the transaction of whoever asked for it: there is no weaker path (T-15).

pub mod approval;
pub mod ask;
pub mod catalog;
pub mod content;
pub mod delegation;
pub mod lapse;
pub mod policy;
pub mod view;

pub(crate) mod deliver;
pub(crate) mod people;

use ephor_core::authority::{self, Ground, Operation, Standing, Target};
use ephor_core::caller::Caller;
use ephor_core::event::{Attempt, Event};
use ephor_core::id::{CatalogId, PackageId, PrincipalId};
use ephor_core::package::{CatalogRole, CatalogRoleAssignment, Package, PackageEvent};
use ephor_core::refusal::Refusal;
use ephor_store::{ReadTx, Tx};

use crate::authorise::{About, is_signed_in, standing};
use crate::{OpError, OpResult};

/// What somebody may do over catalogs: looked up once for all of them.
pub(crate) struct Delegated {
    plain: Standing,
    roles: Vec<CatalogRoleAssignment>,
}

impl Delegated {
    /// The caller's roles over catalogs now, their own and those of groups they are in.
    pub(crate) fn of(tx: &ReadTx<'_>, caller: &Caller) -> OpResult<Self> {
        // Every line about catalogs names directory roles, so that one lookup does for all.
        let plain = standing(tx, caller, Operation::ReadCatalog, About::NOTHING)?;
        let Some(me) = caller.user() else {
            return Ok(Self {
                plain,
                roles: Vec::new(),
            });
        };
        let roles = tx.catalog_roles()?;
        let through_groups = roles.iter().any(|role| !role.is_of(me));
        let groups = if through_groups {
            people::groups_of(tx, me)?
        } else {
            Default::default()
        };
        let roles = roles
            .into_iter()
            .filter(|role| role.is_of(me) || groups.contains(&role.principal.id.as_group()))
            .collect();
        Ok(Self { plain, roles })
    }

    /// The caller's grounds towards a catalog.
    pub(crate) fn over(&self, catalog: Option<CatalogId>) -> Standing {
        self.roles
            .iter()
            .filter(|role| role.role == CatalogRole::CatalogCreator || role.catalog == catalog)
            .fold(self.plain.clone(), |standing, role| {
                standing.and(role.role.ground())
            })
    }

    /// Whether the caller may see all there is in this catalog.
    pub(crate) fn sees(&self, caller: &Caller, catalog: CatalogId) -> bool {
        judge(Operation::ReadCatalog, caller, &self.over(Some(catalog))).is_ok()
    }
}

/// The ground on which the caller may do this in a catalog. What they may not even see does not exist for
/// them: then `shown` is not found.
pub(crate) fn authorise_in(
    tx: &ReadTx<'_>,
    caller: &Caller,
    operation: Operation,
    catalog: CatalogId,
    shown: impl std::fmt::Display,
) -> OpResult<Ground> {
    has_permission(caller, operation)?;
    let delegated = Delegated::of(tx, caller)?;
    let over = delegated.over(Some(catalog));
    let may_see = operation_reads(&over);
    judge(operation, caller, &over).map_err(|refusal| {
        if may_see {
            refusal.into()
        } else {
            OpError::from(Refusal::not_found(shown))
        }
    })
}

/// The ground on which the caller, standing so, may do this to packages.
pub(crate) fn judge(
    operation: Operation,
    caller: &Caller,
    standing: &Standing,
) -> Result<Ground, Refusal> {
    authority::judge(operation, Target::Any, caller, standing)
}

/// Refused where the token's client may not ask for this at all.
pub(crate) fn has_permission(caller: &Caller, operation: Operation) -> Result<(), Refusal> {
    authority::has_permission(operation, Target::Any, caller)
}

/// Whether one of these grounds lets somebody see a catalog, whatever their token's permissions are.
fn operation_reads(standing: &Standing) -> bool {
    authority::line(Operation::ReadCatalog, Target::Any)
        .is_some_and(|line| line.grounds().any(|ground| standing.has(ground)))
}

/// Refused where the caller may not change what holds for all catalogs.
pub fn may_change_settings(tx: &mut Tx<'_>) -> OpResult<()> {
    let operation = Operation::AppointCatalogCreator;
    let caller = tx.caller().clone();
    let judged = |tx: &Tx<'_>| {
        has_permission(&caller, operation)?;
        let delegated = Delegated::of(tx, &caller)?;
        judge(operation, &caller, &delegated.over(None))?;
        Ok(())
    };
    judged(tx).map_err(|error: OpError| error.at(attempt(operation, None, "change settings")))
}

/// A package, if the caller may do this with it.
pub(crate) fn package_for(
    tx: &ReadTx<'_>,
    caller: &Caller,
    operation: Operation,
    id: PackageId,
) -> OpResult<Package> {
    has_permission(caller, operation)?;
    is_signed_in(tx, caller)?;
    let package = tx.package(id)?.ok_or_else(|| Refusal::not_found(id))?;
    authorise_in(tx, caller, operation, package.catalog, id)?;
    Ok(package)
}

/// Writes down what happened to packages.
pub(crate) fn record(tx: &mut Tx<'_>, entry: PackageEvent) -> OpResult<()> {
    Ok(tx.record(&[event(entry)])?)
}

pub(crate) fn event(entry: PackageEvent) -> Event {
    Event::Package {
        entry: Box::new(entry),
    }
}

/// What was tried, for the record of refusals.
pub(crate) fn attempt(
    operation: Operation,
    principal: Option<PrincipalId>,
    detail: impl Into<String>,
) -> Attempt {
    Attempt {
        operation: operation.name().to_owned(),
        group: None,
        access: None,
        definition: None,
        principal,
        detail: Some(detail.into()),
    }
}
