//! Approvals of activations: see them, and decide (R-F1 to R-F8; `pim-groups.md` 5.3).

use ephor_core::activation;
use ephor_core::authority::{Ground, Operation, judge};
use ephor_core::caller::Caller;
use ephor_core::id::RequestId;
use ephor_core::query::{Comparison, Literal, Page, Predicate, Query, RequestField, Scope};
use ephor_core::refusal::{Code, FailedRule, Refusal, RuleName};
use ephor_core::request::{ApprovalNeed, Ask, Decision, Review, ScheduleRequest};
use ephor_core::role::RoleKind;
use ephor_core::schedule::ScheduleKind;
use ephor_core::text::Justification;
use ephor_store::{ReadTx, Tx};

use crate::authorise::{About, has_permission, standing};
use crate::schedule::{Whose, list_scope};
use crate::schedule_request::{about, decided, gather, object, unseen};
use crate::{OpError, OpResult, approver};

/// Whether an approval waits for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    /// The caller may decide.
    ToMe,
    /// Others may.
    ToOthers,
}

/// The approval of a request for activation, as the caller sees it.
#[derive(Debug, Clone)]
pub struct Approval {
    /// The request; its `review` says what was decided.
    pub request: ScheduleRequest,
    /// Whether the caller may decide.
    pub assigned: Assigned,
}

/// The approval of this request, if the caller may see it.
pub fn get(tx: &ReadTx<'_>, caller: &Caller, of: RoleKind, id: RequestId) -> OpResult<Approval> {
    has_permission(caller, Operation::ReadApproval, of)?;
    let hidden = || OpError::from(Refusal::not_found(id));
    let request = tx
        .request(id)?
        .filter(|request| needed_approval(request) && request.role.kind() == of)
        .ok_or_else(hidden)?;
    let is_approver = approver::may_decide(tx, caller, &request)?;
    let about = About::role(tx, request.role)?.of(Some(request.principal));
    let mut standing = standing(tx, caller, Operation::ReadApproval, about)?;
    if is_approver {
        standing = standing.and(Ground::Approver);
    }
    judge(Operation::ReadApproval, about.target, caller, &standing).map_err(|_| hidden())?;
    let assigned = if is_approver {
        Assigned::ToMe
    } else {
        Assigned::ToOthers
    };
    Ok(Approval { request, assigned })
}

/// Approvals that the caller has to do with, a page of them: those that wait, or have waited, for their
/// decision (R-F1), those of their own requests, or those of requests that they made.
pub fn mine(
    tx: &ReadTx<'_>,
    caller: &Caller,
    of: RoleKind,
    whose: Whose,
    query: &Query<RequestField>,
) -> OpResult<Page<Approval>> {
    has_permission(caller, Operation::ReadApproval, of)?;
    let scope = list_scope(tx, caller, Operation::ReadApproval, of, whose, None, None)?;
    let scope =
        scope.ok_or_else(|| Refusal::new(Code::BadRequest, "whose approvals is not said"))?;
    let needed = Predicate::Compare(
        RequestField::HasApproval,
        Comparison::Eq,
        Literal::Bool(true),
    );
    let mut query = query.clone();
    query.filter = Some(match query.filter {
        None => needed,
        Some(filter) => Predicate::And(Box::new(needed), Box::new(filter)),
    });
    let assigned = match scope {
        // Nobody is found there who may not decide.
        Scope::Approver(_) => Assigned::ToMe,
        _ => Assigned::ToOthers,
    };
    let mut page = tx.list_requests(ScheduleKind::Active, of, scope, &query)?;
    if assigned == Assigned::ToMe {
        // The list finds whoever is in an approver group now; whether that counts is judged one by one (T-05).
        let mut rows = Vec::with_capacity(page.rows.len());
        for request in page.rows {
            if approver::may_decide(tx, caller, &request)? {
                rows.push(request);
            }
        }
        page.rows = rows;
    }
    Ok(page.map(|request| Approval { request, assigned }))
}

fn needed_approval(request: &ScheduleRequest) -> bool {
    request.approval == ApprovalNeed::Asked
}

/// Approves or denies. The first decision is final (R-F2); who may decide and what may be given are judged
/// as they are now.
pub fn decide(
    tx: &mut Tx<'_>,
    of: RoleKind,
    id: RequestId,
    decision: Decision,
    justification: Option<Justification>,
) -> OpResult<ScheduleRequest> {
    let caller = tx.caller().clone();
    let approval = has_permission(&caller, Operation::DecideApproval, of)
        .map_err(OpError::from)
        .and_then(|()| get(tx, &caller, of, id))
        .map_err(|error| error.at(unseen(Operation::DecideApproval, decision.as_str(), id)))?;
    let attempt = about(
        Operation::DecideApproval,
        &approval.request,
        decision.as_str(),
    );
    answer(tx, &caller, approval, decision, justification).map_err(|error| error.at(attempt))
}

fn answer(
    tx: &mut Tx<'_>,
    caller: &Caller,
    approval: Approval,
    decision: Decision,
    justification: Option<Justification>,
) -> OpResult<ScheduleRequest> {
    let request = approval.request;
    let grounds = match approval.assigned {
        Assigned::ToMe => Ground::Approver,
        Assigned::ToOthers => {
            return Err(Refusal::new(
                Code::Denied,
                "you are not an approver of this request, or it is your own",
            )
            .into());
        }
    };
    let about = About::role(tx, request.role)?;
    let standing = standing(tx, caller, Operation::DecideApproval, about)?.and(grounds);
    judge(Operation::DecideApproval, about.target, caller, &standing)?;
    if decision == Decision::Approve {
        tx.may_grant()?;
    }
    let object = object(tx, request.role)?;
    let facts = gather(tx, &Ask::again(&request), object, request.created_by.user())?;
    let needs_reason = &facts
        .policy
        .rules
        .activation
        .approval
        .stage
        .approver_justification;
    if justification.is_none()
        && *needs_reason == ephor_core::policy::approval::ApprovalRequired::Yes
    {
        return Err(Refusal::rules(vec![FailedRule {
            rule: RuleName::JustificationRule,
            sentence: "a justification is required to approve or deny".into(),
        }])
        .into());
    }
    let now = tx.now();
    let review = Review {
        by: caller.actor,
        at: now,
        decision,
        justification,
    };
    let event = activation::answer(&facts, &request, review, now)?;
    tx.record(std::slice::from_ref(&event))?;
    Ok(decided(event, request))
}
