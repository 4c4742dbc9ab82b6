//! Requests into rows: history. What was asked is written once; what was decided about it, once more.

use ephor_core::id::RequestId;
use ephor_core::request::{Outcome, ScheduleRequest};
use ephor_core::text::{Justification, TicketNumber, TicketSystem};
use ephor_core::time::Instant;

use crate::audit::text;
use crate::tx::Tx;
use crate::{StoreError, code};

pub(crate) fn kept(tx: &Tx<'_>, request: &ScheduleRequest) -> Result<(), StoreError> {
    // The row keeps only the last part of the schedule's id: the rest is the row's own.
    if let Some(target) = request.target
        && target.role != request.role
    {
        return Err(StoreError::Damaged(format!(
            "request `{}` can't be about `{target}`, which is of another role",
            request.id
        )));
    }
    let expiration = request
        .info
        .as_ref()
        .map(|info| text(&info.expiration))
        .transpose()?;
    let (object, access, scope) = code::role(request.role);
    let (actor, actor_id) = code::actor(request.created_by);
    let (outcome, outcome_at) = outcome(request.outcome);
    tx.execute(
        "INSERT INTO requests (id, kind, action, object_id, access, principal_id, info_starts_at,
             expiration, justification, ticket_system, ticket_number, target_grant_id, created_at,
             actor, actor_id, outcome, outcome_at, policy_version, approval, scope_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        &[
            request.id.into(),
            code::kind(request.kind).into(),
            code::action(request.action).into(),
            object.into(),
            access.into(),
            request.principal.into(),
            request.info.as_ref().and_then(|info| info.starts_at).into(),
            expiration.into(),
            request
                .justification
                .as_ref()
                .map(Justification::as_str)
                .into(),
            request
                .ticket
                .system
                .as_ref()
                .map(TicketSystem::as_str)
                .into(),
            request
                .ticket
                .number
                .as_ref()
                .map(TicketNumber::as_str)
                .into(),
            request.target.map(|target| target.grant).into(),
            request.created_at.into(),
            actor.into(),
            actor_id.into(),
            outcome.into(),
            outcome_at.into(),
            request.policy_version.into(),
            code::approval(request.approval).into(),
            scope.into(),
        ],
    )
    .map(drop)
}

/// An outcome as two columns: which, and the instant that belongs to it.
const fn outcome(outcome: Outcome) -> (i64, Instant) {
    match outcome {
        Outcome::Granted { starts_at } => (code::GRANTED, starts_at),
        Outcome::Revoked { at } => (code::REVOKED, at),
        Outcome::PendingApproval { until } => (code::PENDING_APPROVAL, until),
        Outcome::PendingAdminDecision { until } => (code::PENDING_ADMIN_DECISION, until),
        Outcome::Denied { at } => (code::DENIED, at),
        Outcome::Canceled { at } => (code::CANCELED, at),
        Outcome::Failed { at } => (code::FAILED, at),
    }
}

/// A request that waited, or was granted and had not begun, came to its end.
pub(crate) fn decided(tx: &Tx<'_>, request: &ScheduleRequest) -> Result<(), StoreError> {
    let (outcome, outcome_at) = outcome(request.outcome);
    let expiration = request
        .info
        .as_ref()
        .map(|info| text(&info.expiration))
        .transpose()?;
    let review = request.review.as_ref();
    let (decider, decider_id) = match review {
        Some(review) => {
            let (decider, id) = code::actor(review.by);
            (Some(decider), id)
        }
        None => (None, None),
    };
    let changed = tx.execute(
        "UPDATE requests
         SET outcome = $2, outcome_at = $3, info_starts_at = $4, expiration = $5, target_grant_id = $6,
             decision = $7, decided_at = $8, decider = $9, decider_id = $10,
             decision_justification = $11, policy_version = $12
         WHERE id = $1 AND outcome IN (0, 2, 3)",
        &[
            request.id.into(),
            outcome.into(),
            outcome_at.into(),
            request.info.as_ref().and_then(|info| info.starts_at).into(),
            expiration.into(),
            request.target.map(|target| target.grant).into(),
            review.map(|review| code::decision(review.decision)).into(),
            review.map(|review| review.at).into(),
            decider.into(),
            decider_id.into(),
            review
                .and_then(|review| review.justification.as_ref())
                .map(Justification::as_str)
                .into(),
            request.policy_version.into(),
        ],
    )?;
    if changed == 1 {
        return Ok(());
    }
    Err(StoreError::Damaged(format!(
        "request `{}` was to be decided, but none waits",
        request.id
    )))
}

/// The clock ended its waiting; now that is written down, and no answer changes.
pub(crate) fn lapsed(tx: &Tx<'_>, id: RequestId) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE requests SET noted_at = $now WHERE id = $1 AND noted_at IS NULL",
        &[id.into()],
    )
    .map(drop)
}
