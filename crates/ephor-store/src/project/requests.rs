//! Requests into rows: history, written once.

use ephor_core::request::{Outcome, ScheduleRequest};
use ephor_core::text::{Justification, TicketNumber, TicketSystem};

use crate::audit::text;
use crate::tx::Tx;
use crate::{StoreError, code};

pub(crate) fn kept(tx: &Tx<'_>, request: &ScheduleRequest) -> Result<(), StoreError> {
    // The row keeps only the last part of the schedule's id: the rest is the row's own.
    if let Some(target) = request.target
        && (target.group, target.access) != (request.group, request.access)
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
    let (actor, actor_id) = code::actor(request.created_by);
    let (outcome, outcome_at) = match request.outcome {
        Outcome::Granted { starts_at } => (code::GRANTED, starts_at),
        Outcome::Revoked { at } => (code::REVOKED, at),
    };
    tx.execute(
        "INSERT INTO requests (id, kind, action, group_id, access, principal_id, info_starts_at,
             expiration, justification, ticket_system, ticket_number, target_grant_id, created_at,
             actor, actor_id, outcome, outcome_at, policy_version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        &[
            request.id.into(),
            code::kind(request.kind).into(),
            code::action(request.action).into(),
            request.group.into(),
            code::access(request.access).into(),
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
        ],
    )
    .map(drop)
}
