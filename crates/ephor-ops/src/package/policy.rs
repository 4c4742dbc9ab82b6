//! The policies of packages: who may ask, who decides, for how long (`governance.md` 1.4).

use ephor_core::authority::Operation;
use ephor_core::id::{PackageId, PackagePolicyId};
use ephor_core::package::catalog::POLICIES_MAX;
use ephor_core::package::{PackageEvent, PackagePolicy, Subject};
use ephor_core::principal::PrincipalKind;
use ephor_core::refusal::{Code, Refusal};
use ephor_store::{ReadTx, Tx};

use super::view::{self, Called};
use super::{attempt, has_permission, package_for, record};
use crate::authorise::is_signed_in;
use crate::{OpError, OpResult};

fn tried(what: &str, id: impl std::fmt::Display) -> ephor_core::event::Attempt {
    attempt(
        Operation::ChangePackage,
        None,
        format!("{what} policy of access package {id}"),
    )
}

/// Makes a policy; its id and times are filled in. With it come the lifecycle warnings that it brings (R-G4).
pub fn create(tx: &mut Tx<'_>, new: PackagePolicy) -> OpResult<(PackagePolicy, Vec<Called>)> {
    let package = new.package;
    made(tx, new).map_err(|error| error.at(tried("make", package)))
}

fn made(tx: &mut Tx<'_>, new: PackagePolicy) -> OpResult<(PackagePolicy, Vec<Called>)> {
    let caller = tx.caller().clone();
    package_for(tx, &caller, Operation::ChangePackage, new.package)?;
    new.check()?;
    people_exist(tx, &new, None)?;
    if tx.package_policies_of(new.package)?.len() >= POLICIES_MAX {
        return Err(Refusal::new(
            Code::QuotaExceeded,
            format!("an access package has at most {POLICIES_MAX} policies"),
        )
        .into());
    }
    let now = tx.now();
    let policy = PackagePolicy {
        id: PackagePolicyId::fresh(tx.ids()),
        created_at: now,
        modified_at: now,
        ..new
    };
    record(
        tx,
        PackageEvent::PolicyMade {
            policy: policy.clone(),
        },
    )?;
    let warnings = called_out(tx, &policy)?;
    Ok((policy, warnings))
}

fn called_out(tx: &ReadTx<'_>, policy: &PackagePolicy) -> OpResult<Vec<Called>> {
    let Some(package) = tx.package(policy.package)? else {
        return Ok(Vec::new());
    };
    let mut warnings = view::warnings_of(tx, &package)?;
    warnings.retain(|called| called.warning.policy == policy.id);
    Ok(warnings)
}

/// A policy that the caller may change.
fn changeable(tx: &ReadTx<'_>, id: PackagePolicyId) -> OpResult<PackagePolicy> {
    let policy = tx
        .package_policy(id)?
        .ok_or_else(|| Refusal::not_found(id))?;
    Ok(policy)
}

/// Puts another policy in the place of one: whole, under its id. What was given under it stays as it was given.
pub fn replace(
    tx: &mut Tx<'_>,
    id: PackagePolicyId,
    new: PackagePolicy,
) -> OpResult<(PackagePolicy, Vec<Called>)> {
    let replaced = |tx: &mut Tx<'_>| {
        let caller = tx.caller().clone();
        has_permission(&caller, Operation::ChangePackage)?;
        is_signed_in(tx, &caller)?;
        let before = changeable(tx, id)?;
        package_for(tx, &caller, Operation::ChangePackage, before.package)
            .map_err(|error| hidden(error, before.package, id))?;
        if new.package != before.package {
            return Err(OpError::from(
                Refusal::new(Code::BadRequest, "a policy stays with its access package")
                    .about("accessPackage"),
            ));
        }
        new.check()?;
        people_exist(tx, &new, Some(&before))?;
        let after = PackagePolicy {
            id,
            created_at: before.created_at,
            modified_at: tx.now(),
            ..new
        };
        record(
            tx,
            PackageEvent::PolicyChanged {
                before,
                after: after.clone(),
            },
        )?;
        let warnings = called_out(tx, &after)?;
        Ok((after, warnings))
    };
    replaced(tx).map_err(|error: OpError| error.at(tried("change", id)))
}

/// Deletes a policy; refused while an assignment or a request that waits uses it.
pub fn delete(tx: &mut Tx<'_>, id: PackagePolicyId) -> OpResult<()> {
    let deleted = |tx: &mut Tx<'_>| {
        let caller = tx.caller().clone();
        has_permission(&caller, Operation::ChangePackage)?;
        is_signed_in(tx, &caller)?;
        let policy = changeable(tx, id)?;
        package_for(tx, &caller, Operation::ChangePackage, policy.package)
            .map_err(|error| hidden(error, policy.package, id))?;
        let waits = tx
            .waiting_package_requests()?
            .iter()
            .any(|request| request.policy == id);
        if waits || tx.package_policy_is_used(id)? {
            return Err(OpError::from(
                Refusal::new(
                    Code::BadRequest,
                    format!(
                        "policy `{}` is used by assignments or by requests that wait",
                        policy.display_name
                    ),
                )
                .hint("remove them first, or change the policy"),
            ));
        }
        record(tx, PackageEvent::PolicyDeleted { policy })
    };
    deleted(tx).map_err(|error: OpError| error.at(tried("delete", id)))
}

/// What is hidden is called by the name that it was asked for by.
fn hidden(error: OpError, package: PackageId, id: PackagePolicyId) -> OpError {
    match error.code() {
        Some(Code::NotFound) => {
            let _ = package;
            Refusal::not_found(id).into()
        }
        Some(_) | None => error,
    }
}

/// Refused where a user or group that is newly named does not exist: nobody could then ask, or decide (R-F7).
fn people_exist(
    tx: &ReadTx<'_>,
    new: &PackagePolicy,
    before: Option<&PackagePolicy>,
) -> OpResult<()> {
    let named = |policy: &PackagePolicy| -> Vec<(&'static str, Subject)> {
        let targets = policy
            .targets
            .iter()
            .map(|subject| ("specificAllowedTargets", subject.clone()));
        let approvers = policy.approval.stages.iter().flat_map(|stage| {
            [
                &stage.primary,
                &stage.fallback,
                &stage.escalation,
                &stage.escalation_fallback,
            ]
            .into_iter()
            .flatten()
            .map(|subject| ("requestApprovalSettings", subject.clone()))
        });
        targets.chain(approvers).collect()
    };
    let known = before.map(named).unwrap_or_default();
    for (property, subject) in named(new) {
        if known.iter().any(|(_, other)| *other == subject) {
            continue;
        }
        let (id, kind, what) = match subject {
            Subject::User { id, .. } => (id, PrincipalKind::User, "user"),
            Subject::GroupMembers { id, .. } => (id.into(), PrincipalKind::Group, "group"),
            Subject::RequestorManager { .. }
            | Subject::TargetManager { .. }
            | Subject::InternalSponsors
            | Subject::ExternalSponsors
            | Subject::TargetUserSponsors => continue,
        };
        let exists = tx
            .principal(id)?
            .is_some_and(|principal| principal.reference.kind == kind);
        if !exists {
            return Err(Refusal::new(
                Code::InvalidPolicy,
                format!("the policy names `{id}`, but there is no such {what}"),
            )
            .about(property)
            .into());
        }
    }
    Ok(())
}
