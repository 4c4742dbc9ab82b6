//! Deciding on requests about packages, stage by stage (`governance.md` 1.4; R-F1 to R-F4).

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use ephor_core::authority::{Ground, Operation};
use ephor_core::caller::Caller;
use ephor_core::id::{GroupId, PackagePolicyId, PackageRequestId, PrincipalId};
use ephor_core::package::asking::{self, Decided, Says};
use ephor_core::package::request::Delivered;
use ephor_core::package::{
    PackageEvent, PackageOutcome, PackagePolicy, PackageRequest, PackageRequestType, Subject,
};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::request::{Decision, Review};
use ephor_core::text::Justification;
use ephor_store::{PackageScope, ReadTx, Tx};
use uuid::Uuid;

use super::ask::{First, assign, extended, reschedule};
use super::{Delegated, attempt, has_permission, judge, people, record};
use crate::authorise::{About, is_signed_in, standing};
use crate::{OpError, OpResult};

/// A request with its approval, as the caller sees it.
#[derive(Debug, Clone)]
pub struct PackageApproval {
    /// The request.
    pub request: PackageRequest,
    /// Whether the caller may decide in its present stage.
    pub mine: bool,
}

/// The id of a stage of a request, counted from 0.
pub fn stage_id(request: PackageRequestId, number: usize) -> Uuid {
    let mut bytes = request.uuid().into_bytes();
    bytes[15] ^= u8::try_from(number + 1).unwrap_or(u8::MAX);
    Uuid::from_bytes(bytes)
}

/// Whether the caller may decide on a request in its present stage.
fn may_decide(tx: &ReadTx<'_>, caller: &Caller, request: &PackageRequest) -> OpResult<bool> {
    let Some(me) = caller.user() else {
        return Ok(false);
    };
    if !request.was_asked() {
        return Ok(false);
    }
    let Some(policy) = tx.package_policy(request.policy)? else {
        return Ok(false);
    };
    let now = tx.now();
    // Of one that is decided, whoever could have decided last still sees what came of it.
    let stage = if request.is_pending(now) {
        asking::stage(request, &policy)
    } else {
        let last = request.reviews.len().saturating_sub(1);
        policy.approval.stages.get(last)
    };
    let is_escalated = request.is_escalated(now) || !request.is_pending(now);
    match stage {
        Some(stage) => Ok(
            people::deciders(tx, stage, request, is_escalated)?.contains(&me)
                && people::counts(tx, stage, request, me)?,
        ),
        None => Ok(false),
    }
}

/// Whether somebody who is in these groups is named by a policy, or could be whom it finds for a request.
fn could_decide(policy: &PackagePolicy, me: PrincipalId, groups: &BTreeSet<GroupId>) -> bool {
    let named = policy.approval.stages.iter().flat_map(|stage| {
        [
            &stage.primary,
            &stage.fallback,
            &stage.escalation,
            &stage.escalation_fallback,
        ]
    });
    named.flatten().any(|subject| match subject {
        Subject::User { id, .. } => *id == me,
        Subject::GroupMembers { id, .. } => groups.contains(id),
        Subject::RequestorManager { .. }
        | Subject::TargetManager { .. }
        | Subject::InternalSponsors
        | Subject::ExternalSponsors
        | Subject::TargetUserSponsors => true,
    })
}

/// Requests that wait for the caller (R-F1).
pub fn mine(tx: &ReadTx<'_>, caller: &Caller) -> OpResult<Vec<PackageApproval>> {
    has_permission(caller, Operation::ReadPackageApproval)?;
    is_signed_in(tx, caller)?;
    let Some(me) = caller.user() else {
        return Ok(Vec::new());
    };
    let groups = people::groups_of(tx, me)?;
    let mut found = Vec::new();
    // Of most policies it is plain at once that the caller decides nothing under them.
    let mut could: BTreeMap<PackagePolicyId, bool> = BTreeMap::new();
    for request in tx.waiting_package_requests()? {
        let could = match could.entry(request.policy) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                let policy = tx.package_policy(request.policy)?;
                *place.insert(policy.is_some_and(|policy| could_decide(&policy, me, &groups)))
            }
        };
        if !could {
            continue;
        }
        if may_decide(tx, caller, &request)? {
            found.push(PackageApproval {
                request,
                mine: true,
            });
        }
    }
    Ok(found)
}

/// The approval of a request.
pub fn get(tx: &ReadTx<'_>, caller: &Caller, id: PackageRequestId) -> OpResult<PackageApproval> {
    has_permission(caller, Operation::ReadPackageApproval)?;
    is_signed_in(tx, caller)?;
    let request = tx
        .package_request(id)?
        .filter(PackageRequest::was_asked)
        .ok_or_else(|| Refusal::not_found(id))?;
    let mine = may_decide(tx, caller, &request)?;
    let catalog = tx.package(request.package)?.map(|package| package.catalog);
    let mut over = Delegated::of(tx, caller)?.over(catalog);
    if mine {
        over = over.and(Ground::Approver);
    }
    if caller
        .user()
        .is_some_and(|me| me == request.target || request.created_by.user() == Some(me))
    {
        over = over.and(Ground::Oneself);
    }
    judge(Operation::ReadPackageApproval, caller, &over).map_err(|_| Refusal::not_found(id))?;
    let mine = mine && request.is_pending(tx.now());
    Ok(PackageApproval { request, mine })
}

/// Approves or denies in the present stage; the last approval gives what was asked for.
pub fn decide(
    tx: &mut Tx<'_>,
    id: PackageRequestId,
    stage: Option<Uuid>,
    decision: Decision,
    justification: Option<Justification>,
) -> OpResult<PackageRequest> {
    let tried = attempt(
        Operation::DecidePackage,
        None,
        format!("{decision} request {id}"),
    );
    decided(tx, id, stage, decision, justification).map_err(|error| error.at(tried))
}

fn decided(
    tx: &mut Tx<'_>,
    id: PackageRequestId,
    stage: Option<Uuid>,
    decision: Decision,
    justification: Option<Justification>,
) -> OpResult<PackageRequest> {
    let caller = tx.caller().clone();
    has_permission(&caller, Operation::DecidePackage)?;
    let seen = get(tx, &caller, id)?;
    let request = seen.request;
    let now = tx.now();
    if let Some(stage) = stage
        && stage != stage_id(id, request.reviews.len())
    {
        let over = (0..request.reviews.len()).any(|number| stage == stage_id(id, number));
        return Err(if over {
            Refusal::new(Code::Conflict, "the stage is decided already").into()
        } else {
            Refusal::not_found(stage).into()
        });
    }
    let policy = tx.package_policy(request.policy)?;
    let may = may_decide(tx, &caller, &request)?;
    let mut on = standing(tx, &caller, Operation::DecidePackage, About::NOTHING)?;
    if may {
        on = on.and(Ground::Approver);
    }
    judge(Operation::DecidePackage, &caller, &on)?;
    let policy = policy.ok_or_else(|| Refusal::not_found(id))?;
    let review = Review {
        by: caller.actor,
        at: now,
        decision,
        justification,
    };
    match asking::decide(&request, &policy, review, now)? {
        Decided::Settled(request) => {
            record(
                tx,
                PackageEvent::Settled {
                    request: request.clone(),
                },
            )?;
            Ok(request)
        }
        Decided::Give(request) => give(tx, request, &policy),
    }
}

/// Gives what the last stage agreed to, judged once more by how things are now; what can't be given any more
/// ends without giving anything.
fn give(
    tx: &mut Tx<'_>,
    request: PackageRequest,
    policy: &PackagePolicy,
) -> OpResult<PackageRequest> {
    match given(tx, request.clone(), policy) {
        Ok(done) => Ok(done),
        Err(error) if error.code().is_some() => {
            let at = tx.now();
            let mut request = request;
            request.outcome = PackageOutcome::Done {
                starts_at: at,
                at,
                delivered: Delivered::Nothing,
            };
            record(
                tx,
                PackageEvent::Settled {
                    request: request.clone(),
                },
            )?;
            Ok(request)
        }
        Err(error) => Err(error),
    }
}

fn given(
    tx: &mut Tx<'_>,
    request: PackageRequest,
    policy: &PackagePolicy,
) -> OpResult<PackageRequest> {
    tx.may_grant()?;
    let package = tx
        .package(request.package)?
        .ok_or_else(|| Refusal::not_found(request.package))?;
    let asker = people::asker(tx, request.target)?
        .ok_or_else(|| OpError::from(Refusal::not_found(request.target)))?;
    let lost = || {
        Refusal::new(
            Code::Denied,
            "whoever asked may not have the access package any more",
        )
    };
    if !asker.is_target_of(policy) {
        return Err(lost().into());
    }
    let now = tx.now();
    // A start that has passed while it waited is now.
    match request.action {
        PackageRequestType::UserUpdate => {
            let current = tx
                .package_assignments(PackageScope::Target(request.target))?
                .into_iter()
                .find(|assignment| Some(assignment.id) == request.assignment)
                .ok_or_else(lost)?;
            let says = Says::Administrator;
            let span = extended(policy, &current, request.schedule.as_ref(), says, now)?;
            reschedule(tx, &package, current, request, span, First::Goes)
        }
        _ => {
            if asker.packages.contains(&package.id) {
                return Err(lost().into());
            }
            asking::compatible(&package, &asker)?;
            let span = asking::period(policy, request.schedule.as_ref(), Says::Administrator, now)?;
            assign(tx, &package, request, span, First::Goes)
        }
    }
}

/// Who may decide on a request now: for letters.
pub(crate) fn deciders(tx: &ReadTx<'_>, request: &PackageRequest) -> OpResult<Vec<PrincipalId>> {
    let found = decide_in(tx, request, request.is_escalated(tx.now()))?;
    Ok(found.into_iter().collect())
}

/// Who may decide on a request only because it is escalated: for letters.
pub(crate) fn alternates(tx: &ReadTx<'_>, request: &PackageRequest) -> OpResult<Vec<PrincipalId>> {
    let first = decide_in(tx, request, false)?;
    let all = decide_in(tx, request, true)?;
    Ok(all.difference(&first).copied().collect())
}

fn decide_in(
    tx: &ReadTx<'_>,
    request: &PackageRequest,
    is_escalated: bool,
) -> OpResult<BTreeSet<PrincipalId>> {
    let Some(policy) = tx.package_policy(request.policy)? else {
        return Ok(BTreeSet::new());
    };
    match asking::stage(request, &policy) {
        Some(stage) => people::deciders(tx, stage, request, is_escalated),
        None => Ok(BTreeSet::new()),
    }
}
