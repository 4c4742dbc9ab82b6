//! Requests about packages: ask, extend, give back; assign, update, remove; withdraw; deliver again
//! (`governance.md` 1.5).

use ephor_core::authority::{Ground, Operation};
use ephor_core::caller::Caller;
use ephor_core::event::Event;
use ephor_core::id::{
    PackageAssignmentId, PackageId, PackagePolicyId, PackageRequestId, PrincipalId,
};
use ephor_core::package::asking::{self, Asker, Says};
use ephor_core::package::assignment::AssignmentEnd;
use ephor_core::package::delivery::Standing;
use ephor_core::package::request::{Answer, Delivered};
use ephor_core::package::{
    Package, PackageAssignment, PackageEvent, PackageOutcome, PackagePolicy, PackageRequest,
    PackageRequestState, PackageRequestType,
};
use ephor_core::principal::AccountState;
use ephor_core::refusal::{Code, Refusal};
use ephor_core::schedule::ScheduleInfo;
use ephor_core::text::Justification;
use ephor_core::time::{Instant, Length, Span};
use ephor_store::{PackageScope, ReadTx, Tx};

use super::deliver::{self, TakenBy};
use super::{Delegated, attempt, authorise_in, event, has_permission, judge, people, record};
use crate::authorise::{About, authorise, is_signed_in};
use crate::{OpError, OpResult};

/// How long after it was done a request can be delivered again (`governance.md` 1.5).
const REPROCESSED_FOR: Length = Length::days(7);

/// What somebody asks for.
#[derive(Debug, Clone)]
pub struct Wish {
    /// What.
    pub action: PackageRequestType,
    /// Which package, where no assignment says so.
    pub package: Option<PackageId>,
    /// Under which policy.
    pub policy: Option<PackagePolicyId>,
    /// For whom; the caller where it is left out.
    pub target: Option<PrincipalId>,
    /// The assignment to be changed or ended.
    pub assignment: Option<PackageAssignmentId>,
    /// Why.
    pub justification: Option<Justification>,
    /// From when until when.
    pub schedule: Option<ScheduleInfo>,
    /// Answers to the policy's questions.
    pub answers: Vec<Answer>,
}

impl Wish {
    /// Nothing but what is to be done.
    pub const fn to(action: PackageRequestType) -> Self {
        Self {
            action,
            package: None,
            policy: None,
            target: None,
            assignment: None,
            justification: None,
            schedule: None,
            answers: Vec::new(),
        }
    }
}

const fn operation(action: PackageRequestType) -> Operation {
    match action {
        PackageRequestType::UserAdd
        | PackageRequestType::UserUpdate
        | PackageRequestType::UserRemove => Operation::RequestPackage,
        PackageRequestType::AdminAdd
        | PackageRequestType::AdminUpdate
        | PackageRequestType::AdminRemove => Operation::AssignPackage,
    }
}

/// Makes the request: done at once, or waiting for an approver.
pub fn request(tx: &mut Tx<'_>, wish: &Wish) -> OpResult<PackageRequest> {
    let about = wish.target.or_else(|| tx.caller().user());
    let tried = attempt(
        operation(wish.action),
        about,
        match &wish.justification {
            Some(why) => format!("{}: {why}", wish.action),
            None => wish.action.to_string(),
        },
    );
    let made = match wish.action {
        PackageRequestType::UserAdd => user_add(tx, wish),
        PackageRequestType::UserUpdate => user_update(tx, wish),
        PackageRequestType::UserRemove => user_remove(tx, wish),
        PackageRequestType::AdminAdd => admin_add(tx, wish),
        PackageRequestType::AdminUpdate => admin_update(tx, wish),
        PackageRequestType::AdminRemove => admin_remove(tx, wish),
    };
    made.map_err(|error| error.at(tried))
}

fn missing(property: &str) -> OpError {
    Refusal::new(Code::BadRequest, format!("`{property}` is missing"))
        .about(property)
        .into()
}

/// Whoever asks for themselves.
fn oneself(tx: &ReadTx<'_>, caller: &Caller, target: Option<PrincipalId>) -> OpResult<Asker> {
    has_permission(caller, Operation::RequestPackage)?;
    let me = caller.user();
    let target = target.or(me);
    let about = About {
        principal: target,
        ..About::NOTHING
    };
    authorise(tx, caller, Operation::RequestPackage, about)?;
    let asker = match me {
        Some(me) => people::asker(tx, me)?,
        None => None,
    };
    asker.ok_or_else(|| Refusal::new(Code::Denied, "only people ask for access packages").into())
}

/// The request as it is made, before anything is decided.
fn fresh(
    tx: &mut Tx<'_>,
    wish: &Wish,
    package: PackageId,
    policy: PackagePolicyId,
    target: PrincipalId,
) -> PackageRequest {
    let now = tx.now();
    PackageRequest {
        id: PackageRequestId::fresh(tx.ids()),
        action: wish.action,
        package,
        policy,
        target,
        created_by: tx.caller().actor,
        created_at: now,
        justification: wish.justification.clone(),
        schedule: wish.schedule.clone(),
        answers: wish.answers.clone(),
        assignment: None,
        outcome: PackageOutcome::Done {
            starts_at: now,
            at: now,
            delivered: Delivered::Whole,
        },
        reviews: Vec::new(),
    }
}

fn user_add(tx: &mut Tx<'_>, wish: &Wish) -> OpResult<PackageRequest> {
    let caller = tx.caller().clone();
    let asker = oneself(tx, &caller, wish.target)?;
    let id = wish.package.ok_or_else(|| missing("accessPackageId"))?;
    let package = tx.package(id)?.ok_or_else(|| Refusal::not_found(id))?;
    let policy = policy_to_ask_under(tx, &caller, &package, &asker, wish.policy)?;
    nothing_yet(tx, &package, &asker)?;
    asking::compatible(&package, &asker)?;
    asked_for_well(&policy, wish)?;
    let span = asking::period(&policy, wish.schedule.as_ref(), Says::Requestor, tx.now())?;
    let request = fresh(tx, wish, package.id, policy.id, asker.user.id);
    if policy.approval.for_add.is_on() {
        return wait(tx, request, &policy);
    }
    assign(tx, &package, request, span, First::Made)
}

/// The policy that somebody may ask under; where there are several they have to choose.
fn policy_to_ask_under(
    tx: &ReadTx<'_>,
    caller: &Caller,
    package: &Package,
    asker: &Asker,
    chosen: Option<PackagePolicyId>,
) -> OpResult<PackagePolicy> {
    let policies = tx.package_policies_of(package.id)?;
    let catalog = tx
        .catalog(package.catalog)?
        .ok_or_else(|| Refusal::not_found(package.id))?;
    let applicable = asking::applicable(&catalog, &policies, asker);
    let found = match chosen {
        Some(id) => applicable.iter().find(|policy| policy.id == id).copied(),
        None if applicable.len() > 1 => {
            let names: Vec<_> = applicable
                .iter()
                .map(|policy| format!("{} ({})", policy.display_name, policy.id))
                .collect();
            return Err(Refusal::new(
                Code::BadRequest,
                format!(
                    "access package `{}` can be asked for under several policies",
                    package.display_name
                ),
            )
            .about("assignmentPolicyId")
            .hint(format!("choose one: {}", names.join(", ")))
            .into());
        }
        None => applicable.first().copied(),
    };
    if let Some(policy) = found {
        return Ok(policy.clone());
    }
    let knows_it = !applicable.is_empty()
        || asker.packages.contains(&package.id)
        || Delegated::of(tx, caller)?.sees(caller, package.catalog);
    if !knows_it {
        return Err(Refusal::not_found(package.id).into());
    }
    Err(Refusal::new(
        Code::Denied,
        format!(
            "no policy of access package `{}` lets you ask for it{}",
            package.display_name,
            if chosen.is_some() { " so" } else { "" }
        ),
    )
    .into())
}

/// Refused where the person has the package, will have it, or has asked for it.
fn nothing_yet(tx: &ReadTx<'_>, package: &Package, asker: &Asker) -> OpResult<()> {
    if asker.packages.contains(&package.id) {
        return Err(Refusal::new(
            Code::AssignmentExists,
            format!(
                "`{}` has access package `{}` already",
                asker.user.user_principal_name, package.display_name
            ),
        )
        .hint("extend or remove what is there")
        .into());
    }
    nothing_waits(tx, package.id, asker.user.id)
}

fn nothing_waits(tx: &ReadTx<'_>, package: PackageId, target: PrincipalId) -> OpResult<()> {
    let waiting = tx
        .package_requests(PackageScope::Target(target), tx.now())?
        .into_iter()
        .find(|request| {
            (request.package, request.target) == (package, target) && request.is_pending(tx.now())
        });
    match waiting {
        None => Ok(()),
        Some(request) => Err(Refusal::new(
            Code::PendingRequest,
            format!(
                "request `{}` about this access package waits for a decision already",
                request.id
            ),
        )
        .hint("cancel it first, or wait for the decision")
        .into()),
    }
}

/// What a policy asks of whoever asks.
fn asked_for_well(policy: &PackagePolicy, wish: &Wish) -> Result<(), Refusal> {
    if policy.approval.requestor_justification.is_on() && wish.justification.is_none() {
        return Err(
            Refusal::new(Code::BadRequest, "a justification is required").about("justification"),
        );
    }
    asking::answered(policy, &wish.answers)
}

/// The request waits for its first stage; refused where nobody could decide in one of them (R-F7).
fn wait(
    tx: &mut Tx<'_>,
    mut request: PackageRequest,
    policy: &PackagePolicy,
) -> OpResult<PackageRequest> {
    for (number, stage) in policy.approval.stages.iter().enumerate() {
        // Others may decide later, where it is escalated: then it is no dead end.
        if people::deciders(tx, stage, &request, true)?.is_empty() {
            return Err(Refusal::new(
                Code::BadRequest,
                format!(
                    "approval is required, but nobody could give it in stage {}: its approvers are not there, or are the requestor",
                    number + 1
                ),
            )
            .hint("ask whoever manages the access package to name another approver")
            .into());
        }
    }
    let first = policy.approval.stages.first().ok_or_else(|| {
        Refusal::new(
            Code::BadRequest,
            "approval is required, but the policy has no stage in which it could be given",
        )
    })?;
    request.outcome = PackageRequest::waiting(first, tx.now());
    record(
        tx,
        PackageEvent::Requested {
            request: request.clone(),
        },
    )?;
    Ok(request)
}

/// Whether a request is written down for the first time, or goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    Made,
    Goes,
}

fn told(request: &PackageRequest, first: First) -> Event {
    let request = request.clone();
    event(match first {
        First::Made => PackageEvent::Requested { request },
        First::Goes => PackageEvent::Settled { request },
    })
}

/// Gives the package. Where nothing of it can be given, it is refused with the reason.
pub(super) fn assign(
    tx: &mut Tx<'_>,
    package: &Package,
    mut request: PackageRequest,
    span: Span,
    first: First,
) -> OpResult<PackageRequest> {
    let assignment = PackageAssignment {
        id: PackageAssignmentId::fresh(tx.ids()),
        package: package.id,
        policy: request.policy,
        target: request.target,
        span,
        created_at: tx.now(),
        created_using: request.id,
    };
    let why = request.justification.clone();
    let given = deliver::give(
        tx,
        &package.roles,
        &assignment,
        Standing::Stays,
        why.as_ref(),
    )?;
    if given.delivered == Delivered::Nothing
        && let Some(refusal) = given.refusals.into_iter().next()
    {
        return Err(refusal.into());
    }
    request.assignment = Some(assignment.id);
    request.outcome = PackageOutcome::Done {
        starts_at: span.starts_at(),
        at: tx.now(),
        delivered: given.delivered,
    };
    let mut events = vec![
        told(&request, first),
        event(PackageEvent::Assigned { assignment }),
    ];
    events.extend(given.events);
    tx.record(&events)?;
    Ok(request)
}

/// Gives an assignment another period.
pub(super) fn reschedule(
    tx: &mut Tx<'_>,
    package: &Package,
    before: PackageAssignment,
    mut request: PackageRequest,
    span: Span,
    first: First,
) -> OpResult<PackageRequest> {
    let after = PackageAssignment {
        span,
        policy: request.policy,
        ..before.clone()
    };
    let why = request.justification.clone();
    let given = deliver::give(tx, &package.roles, &after, Standing::Anew, why.as_ref())?;
    request.assignment = Some(after.id);
    request.outcome = PackageOutcome::Done {
        starts_at: span.starts_at(),
        at: tx.now(),
        delivered: given.delivered,
    };
    let mut events = vec![
        told(&request, first),
        event(PackageEvent::Rescheduled { before, after }),
    ];
    events.extend(given.events);
    tx.record(&events)?;
    Ok(request)
}

/// Ends an assignment with all it gives.
fn end(
    tx: &mut Tx<'_>,
    assignment: PackageAssignment,
    request: &PackageRequest,
    by: TakenBy,
) -> OpResult<()> {
    let why = match by {
        TakenBy::Administrator => AssignmentEnd::Removed,
        TakenBy::Holder => AssignmentEnd::GivenBack,
    };
    let at = tx.now();
    let id = assignment.id;
    tx.record(&[
        told(request, First::Made),
        event(PackageEvent::Ended {
            assignment,
            why,
            at,
        }),
    ])?;
    deliver::take(tx, id, by, request.justification.as_ref())
}

/// An assignment that runs or lies ahead.
fn live(tx: &ReadTx<'_>, id: PackageAssignmentId) -> OpResult<PackageAssignment> {
    let found = tx.package_assignments(PackageScope::Assignment(id))?;
    found
        .into_iter()
        .next()
        .ok_or_else(|| Refusal::not_found(id).into())
}

/// The caller's own assignment: the one that is named, or theirs of the package.
fn own(tx: &ReadTx<'_>, wish: &Wish, me: PrincipalId) -> OpResult<PackageAssignment> {
    let mine = tx.package_assignments(PackageScope::Target(me))?;
    let found = match (wish.assignment, wish.package) {
        (Some(id), _) => mine.into_iter().find(|assignment| assignment.id == id),
        (None, Some(package)) => mine
            .into_iter()
            .find(|assignment| assignment.package == package),
        (None, None) => return Err(missing("assignment")),
    };
    found.ok_or_else(|| {
        let shown = wish
            .assignment
            .map(|id| id.to_string())
            .or_else(|| wish.package.map(|id| id.to_string()));
        Refusal::not_found(shown.unwrap_or_default()).into()
    })
}

fn policy_of(tx: &ReadTx<'_>, assignment: &PackageAssignment) -> OpResult<PackagePolicy> {
    tx.package_policy(assignment.policy)?
        .ok_or_else(|| Refusal::not_found(assignment.policy).into())
}

fn user_update(tx: &mut Tx<'_>, wish: &Wish) -> OpResult<PackageRequest> {
    let caller = tx.caller().clone();
    let asker = oneself(tx, &caller, wish.target)?;
    let current = own(tx, wish, asker.user.id)?;
    let policy = policy_of(tx, &current)?;
    let package = tx
        .package(current.package)?
        .ok_or_else(|| Refusal::not_found(current.package))?;
    if !policy.requestor.update.is_on() || !asker.is_target_of(&policy) {
        return Err(Refusal::new(
            Code::Denied,
            format!(
                "policy `{}` does not let you extend access package `{}`",
                policy.display_name, package.display_name
            ),
        )
        .into());
    }
    nothing_waits(tx, package.id, asker.user.id)?;
    asked_for_well(&policy, wish)?;
    let span = extended(
        &policy,
        &current,
        wish.schedule.as_ref(),
        Says::Requestor,
        tx.now(),
    )?;
    let mut request = fresh(tx, wish, package.id, policy.id, asker.user.id);
    request.assignment = Some(current.id);
    if policy.approval.for_update.is_on() {
        return wait(tx, request, &policy);
    }
    reschedule(tx, &package, current, request, span, First::Made)
}

/// The span of an assignment with another end: it goes on from its own start.
pub(super) fn extended(
    policy: &PackagePolicy,
    current: &PackageAssignment,
    schedule: Option<&ScheduleInfo>,
    says: Says,
    now: Instant,
) -> Result<Span, Refusal> {
    let span = asking::period(policy, schedule, says, now)?;
    let starts_at = if current.span.is_ahead(now) {
        schedule
            .and_then(|info| info.starts_at)
            .map_or(current.span.starts_at(), |_| span.starts_at())
    } else {
        current.span.starts_at()
    };
    Ok(Span::new(starts_at, span.ends_at()))
}

fn user_remove(tx: &mut Tx<'_>, wish: &Wish) -> OpResult<PackageRequest> {
    let caller = tx.caller().clone();
    let asker = oneself(tx, &caller, wish.target)?;
    let current = own(tx, wish, asker.user.id)?;
    let policy = policy_of(tx, &current)?;
    if !policy.requestor.remove.is_on() {
        return Err(Refusal::new(
            Code::Denied,
            format!(
                "policy `{}` does not let you give the access package back",
                policy.display_name
            ),
        )
        .hint("ask whoever manages the access package to remove it")
        .into());
    }
    let mut request = fresh(tx, wish, current.package, policy.id, asker.user.id);
    request.assignment = Some(current.id);
    end(tx, current, &request, TakenBy::Holder)?;
    Ok(request)
}

/// Whoever is to be given something by an administrator.
fn assignee(tx: &ReadTx<'_>, id: PrincipalId) -> OpResult<Asker> {
    let asker = people::asker(tx, id)?.ok_or_else(|| {
        Refusal::new(Code::SubjectNotFound, format!("there is no user `{id}`")).about("targetId")
    })?;
    match asker.user.account {
        AccountState::Enabled => Ok(asker),
        AccountState::Disabled => Err(Refusal::new(
            Code::BadRequest,
            format!("the account `{id}` is disabled and can be given nothing"),
        )
        .about("targetId")
        .into()),
    }
}

fn admin_add(tx: &mut Tx<'_>, wish: &Wish) -> OpResult<PackageRequest> {
    let caller = tx.caller().clone();
    has_permission(&caller, Operation::AssignPackage)?;
    is_signed_in(tx, &caller)?;
    let id = wish.package.ok_or_else(|| missing("accessPackageId"))?;
    let package = tx.package(id)?.ok_or_else(|| Refusal::not_found(id))?;
    authorise_in(tx, &caller, Operation::AssignPackage, package.catalog, id)?;
    let target = wish.target.ok_or_else(|| missing("targetId"))?;
    let asker = assignee(tx, target)?;
    let policies = tx.package_policies_of(id)?;
    let policy = match wish.policy {
        Some(chosen) => policies.into_iter().find(|policy| policy.id == chosen),
        None if policies.len() == 1 => policies.into_iter().next(),
        None => return Err(missing("assignmentPolicyId")),
    }
    .ok_or_else(|| {
        Refusal::new(
            Code::BadRequest,
            format!(
                "access package `{}` has no such policy",
                package.display_name
            ),
        )
        .about("assignmentPolicyId")
    })?;
    nothing_yet(tx, &package, &asker)?;
    asking::compatible(&package, &asker)?;
    let span = asking::period(
        &policy,
        wish.schedule.as_ref(),
        Says::Administrator,
        tx.now(),
    )?;
    let request = fresh(tx, wish, package.id, policy.id, target);
    assign(tx, &package, request, span, First::Made)
}

/// The assignment that an administrator means, with its package.
fn administered(
    tx: &ReadTx<'_>,
    caller: &Caller,
    wish: &Wish,
) -> OpResult<(PackageAssignment, Package)> {
    has_permission(caller, Operation::AssignPackage)?;
    is_signed_in(tx, caller)?;
    let id = wish.assignment.ok_or_else(|| missing("assignment.id"))?;
    let assignment = live(tx, id)?;
    let package = tx
        .package(assignment.package)?
        .ok_or_else(|| Refusal::not_found(id))?;
    authorise_in(tx, caller, Operation::AssignPackage, package.catalog, id)?;
    Ok((assignment, package))
}

fn admin_update(tx: &mut Tx<'_>, wish: &Wish) -> OpResult<PackageRequest> {
    let caller = tx.caller().clone();
    let (current, package) = administered(tx, &caller, wish)?;
    assignee(tx, current.target)?;
    let policy = match wish.policy {
        Some(chosen) => tx
            .package_policies_of(package.id)?
            .into_iter()
            .find(|policy| policy.id == chosen)
            .ok_or_else(|| Refusal::not_found(chosen))?,
        None => policy_of(tx, &current)?,
    };
    let span = extended(
        &policy,
        &current,
        wish.schedule.as_ref(),
        Says::Administrator,
        tx.now(),
    )?;
    let request = fresh(tx, wish, package.id, policy.id, current.target);
    reschedule(tx, &package, current, request, span, First::Made)
}

fn admin_remove(tx: &mut Tx<'_>, wish: &Wish) -> OpResult<PackageRequest> {
    let caller = tx.caller().clone();
    let (current, package) = administered(tx, &caller, wish)?;
    let mut request = fresh(tx, wish, package.id, current.policy, current.target);
    request.assignment = Some(current.id);
    end(tx, current, &request, TakenBy::Administrator)?;
    Ok(request)
}

/// Withdraws a request that waits, or whose start lies ahead.
pub fn cancel(tx: &mut Tx<'_>, id: PackageRequestId) -> OpResult<()> {
    let tried = attempt(
        Operation::CancelPackageRequest,
        None,
        format!("cancel request {id}"),
    );
    canceled(tx, id).map_err(|error| error.at(tried))
}

fn canceled(tx: &mut Tx<'_>, id: PackageRequestId) -> OpResult<()> {
    let caller = tx.caller().clone();
    let mut request = about(tx, &caller, Operation::CancelPackageRequest, id)?;
    let at = tx.now();
    match request.state(at) {
        PackageRequestState::PendingApproval => {}
        PackageRequestState::Scheduled => {
            if let Some(assignment) = request.assignment {
                let assignment = live(tx, assignment)?;
                let id = assignment.id;
                record(
                    tx,
                    PackageEvent::Ended {
                        assignment,
                        why: AssignmentEnd::Canceled,
                        at,
                    },
                )?;
                deliver::take(tx, id, TakenBy::Holder, None)?;
            }
        }
        state @ (PackageRequestState::Delivered
        | PackageRequestState::PartiallyDelivered
        | PackageRequestState::DeliveryFailed
        | PackageRequestState::Denied
        | PackageRequestState::Canceled) => {
            return Err(Refusal::new(
                Code::BadRequest,
                format!("the request can't be cancelled any more: it is {state}"),
            )
            .hint("only what waits for a decision or has not begun can be cancelled")
            .into());
        }
    }
    request.outcome = PackageOutcome::Canceled { at };
    record(tx, PackageEvent::Settled { request })
}

/// Takes a request that is done with out of the list; what it gave stays, and the audit log keeps all of it.
pub fn delete(tx: &mut Tx<'_>, id: PackageRequestId) -> OpResult<()> {
    let tried = attempt(
        Operation::AssignPackage,
        None,
        format!("delete request {id}"),
    );
    let done = |tx: &mut Tx<'_>| {
        let caller = tx.caller().clone();
        let request = about(tx, &caller, Operation::AssignPackage, id)?;
        let state = request.state(tx.now());
        if matches!(
            state,
            PackageRequestState::PendingApproval | PackageRequestState::Scheduled
        ) {
            return Err(OpError::from(
                Refusal::new(
                    Code::BadRequest,
                    format!("the request can't be deleted: it is {state}"),
                )
                .hint("cancel it first"),
            ));
        }
        record(tx, PackageEvent::RequestDeleted { request })
    };
    done(tx).map_err(|error: OpError| error.at(tried))
}

/// A request, if the caller may do this with it: as whom it is about or who made it, or by a right over its
/// catalog.
pub(super) fn about(
    tx: &ReadTx<'_>,
    caller: &Caller,
    operation: Operation,
    id: PackageRequestId,
) -> OpResult<PackageRequest> {
    has_permission(caller, operation)?;
    is_signed_in(tx, caller)?;
    let request = tx
        .package_request(id)?
        .ok_or_else(|| Refusal::not_found(id))?;
    let is_mine = caller.actor == request.created_by || caller.user() == Some(request.target);
    let catalog = tx.package(request.package)?.map(|package| package.catalog);
    let mut over = Delegated::of(tx, caller)?.over(catalog);
    if is_mine && caller.user().is_some() {
        over = over.and(Ground::Oneself);
    }
    match judge(operation, caller, &over) {
        Ok(_) => Ok(request),
        Err(refusal) if is_mine => Err(refusal.into()),
        Err(refusal) => {
            let sees =
                catalog.is_some_and(|_| judge(Operation::ReadCatalog, caller, &over).is_ok());
            Err(if sees {
                refusal.into()
            } else {
                Refusal::not_found(id).into()
            })
        }
    }
}

/// Delivers an assignment again: what is missing of it is given, where policy allows (R-G4).
pub fn reprocess(tx: &mut Tx<'_>, id: PackageAssignmentId) -> OpResult<Delivered> {
    let tried = attempt(
        Operation::AssignPackage,
        None,
        format!("reprocess assignment {id}"),
    );
    let done = |tx: &mut Tx<'_>| {
        let caller = tx.caller().clone();
        let wish = Wish {
            assignment: Some(id),
            ..Wish::to(PackageRequestType::AdminUpdate)
        };
        let (assignment, package) = administered(tx, &caller, &wish)?;
        again(tx, &package, &assignment)
    };
    done(tx).map_err(|error: OpError| error.at(tried))
}

fn again(
    tx: &mut Tx<'_>,
    package: &Package,
    assignment: &PackageAssignment,
) -> OpResult<Delivered> {
    let given = deliver::give(tx, &package.roles, assignment, Standing::Stays, None)?;
    tx.record(&given.events)?;
    Ok(given.delivered)
}

/// Delivers again what a request asked for, within seven days.
pub fn reprocess_request(tx: &mut Tx<'_>, id: PackageRequestId) -> OpResult<()> {
    let tried = attempt(
        Operation::AssignPackage,
        None,
        format!("reprocess request {id}"),
    );
    let done = |tx: &mut Tx<'_>| {
        let caller = tx.caller().clone();
        let mut request = about(tx, &caller, Operation::AssignPackage, id)?;
        let now = tx.now();
        let state = request.state(now);
        let PackageOutcome::Done { starts_at, at, .. } = request.outcome else {
            return Err(OpError::from(not_again(&format!("it is {state}"))));
        };
        let failed = matches!(
            state,
            PackageRequestState::PartiallyDelivered | PackageRequestState::DeliveryFailed
        );
        if !failed || now.since(at) > REPROCESSED_FOR {
            return Err(not_again(&format!("it is {state} since {at}")).into());
        }
        let assignment = match request.assignment {
            Some(assignment) => live(tx, assignment)?,
            None => return Err(not_again("nothing was assigned; ask anew").into()),
        };
        let package = tx
            .package(request.package)?
            .ok_or_else(|| Refusal::not_found(request.package))?;
        let delivered = again(tx, &package, &assignment)?;
        request.outcome = PackageOutcome::Done {
            starts_at,
            at: now,
            delivered,
        };
        record(tx, PackageEvent::Settled { request })
    };
    done(tx).map_err(|error: OpError| error.at(tried))
}

fn not_again(why: &str) -> Refusal {
    Refusal::new(
        Code::BadRequest,
        format!("the request can't be delivered again: {why}"),
    )
    .hint(format!(
        "only what was delivered in part or not at all can be, within {REPROCESSED_FOR}"
    ))
}

/// What repairing a package came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repaired {
    /// How many have the package.
    pub assignments: usize,
    /// How many of them hold all of it now.
    pub whole: usize,
    /// How many grants were made.
    pub granted: usize,
}

/// Gives everybody who has a package what they have lost of it, where policy allows (R-G4).
pub fn repair(tx: &mut Tx<'_>, id: PackageId) -> OpResult<Repaired> {
    let tried = attempt(
        Operation::AssignPackage,
        None,
        format!("repair access package {id}"),
    );
    let done = |tx: &mut Tx<'_>| {
        let caller = tx.caller().clone();
        let package = super::package_for(tx, &caller, Operation::AssignPackage, id)?;
        let mut came = Repaired {
            assignments: 0,
            whole: 0,
            granted: 0,
        };
        for assignment in tx.package_assignments(PackageScope::Package(id))? {
            let given = deliver::give(tx, &package.roles, &assignment, Standing::Stays, None)?;
            came.assignments += 1;
            came.whole += usize::from(given.delivered == Delivered::Whole);
            came.granted += given.events.len();
            tx.record(&given.events)?;
        }
        Ok(came)
    };
    done(tx).map_err(|error: OpError| error.at(tried))
}
