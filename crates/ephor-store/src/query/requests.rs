//! Rows of requests into requests: history, the same for ever but for what the clock makes of it.

use ephor_core::id::{GrantId, GroupId, PrincipalId, RequestId, ScheduleId};
use ephor_core::query::{Page, Query, RequestField, Scope};
use ephor_core::request::{Action, Outcome, Review, ScheduleRequest, Ticket};
use ephor_core::role::{Role, RoleKind};
use ephor_core::schedule::{ScheduleInfo, ScheduleKind};
use ephor_core::text::{BadText, Justification, TicketNumber, TicketSystem};
use ephor_core::time::Instant;

use super::fields;
use super::filter::{List, Sql};
use crate::sql::{Row, in_force};
use crate::tx::ReadTx;
use crate::{StoreError, code};

/// The columns that [`read`] reads, of `r`.
macro_rules! columns {
    () => {
        "r.id, r.kind, r.action, r.object_id, r.access, r.principal_id, r.info_starts_at, r.expiration,
         r.justification, r.ticket_system, r.ticket_number, r.target_grant_id, r.created_at, r.actor,
         r.actor_id, r.outcome, r.outcome_at, r.policy_version, r.decision, r.decided_at, r.decider,
         r.decider_id, r.decision_justification, r.approval, r.scope_id"
    };
}

pub(crate) use columns;

pub(crate) fn read(row: &Row<'_>) -> Result<ScheduleRequest, StoreError> {
    let role = code::to_role(row.id(3)?, row.int(4)?, row.id(24)?)?;
    let info = match row.maybe_text(7)? {
        Some(_) => Some(ScheduleInfo {
            starts_at: row.maybe_instant(6)?,
            expiration: row.json(7)?,
        }),
        None => None,
    };
    let action: Action = code::to_action(row.int(2)?)?;
    Ok(ScheduleRequest {
        id: RequestId::from_uuid(row.id(0)?),
        kind: code::to_kind(row.int(1)?)?,
        action,
        role,
        principal: PrincipalId::from_uuid(row.id(5)?),
        info,
        justification: typed(row.maybe_text(8)?, Justification::new)?,
        ticket: Ticket {
            system: typed(row.maybe_text(9)?, TicketSystem::new)?,
            number: typed(row.maybe_text(10)?, TicketNumber::new)?,
        },
        target: row.maybe_id(11)?.map(|grant| ScheduleId {
            role,
            grant: GrantId::from_uuid(grant),
        }),
        created_at: row.instant(12)?,
        created_by: code::to_actor(row.int(13)?, row.maybe_id(14)?)?,
        outcome: outcome(row.int(15)?, row.instant(16)?)?,
        approval: code::to_approval(row.int(23)?)?,
        review: match (
            row.maybe_int(18)?,
            row.maybe_instant(19)?,
            row.maybe_int(20)?,
        ) {
            (Some(decision), Some(at), Some(decider)) => Some(Review {
                by: code::to_actor(decider, row.maybe_id(21)?)?,
                at,
                decision: code::to_decision(decision)?,
                justification: typed(row.maybe_text(22)?, Justification::new)?,
            }),
            (_, _, _) => None,
        },
        policy_version: row
            .maybe_int(17)?
            .map(u32::try_from)
            .transpose()
            .map_err(|_| StoreError::Damaged("a policy's version is out of range".into()))?,
    })
}

fn outcome(number: i64, at: Instant) -> Result<Outcome, StoreError> {
    match number {
        code::GRANTED => Ok(Outcome::Granted { starts_at: at }),
        code::REVOKED => Ok(Outcome::Revoked { at }),
        code::PENDING_APPROVAL => Ok(Outcome::PendingApproval { until: at }),
        code::PENDING_ADMIN_DECISION => Ok(Outcome::PendingAdminDecision { until: at }),
        code::DENIED => Ok(Outcome::Denied { at }),
        code::CANCELED => Ok(Outcome::Canceled { at }),
        code::FAILED => Ok(Outcome::Failed { at }),
        other => Err(StoreError::Damaged(format!(
            "{other} is no outcome of a request"
        ))),
    }
}

fn typed<T>(
    text: Option<&str>,
    new: impl Fn(String) -> Result<T, BadText>,
) -> Result<Option<T>, StoreError> {
    text.map(|text| new(text.to_owned()))
        .transpose()
        .map_err(|wrong| StoreError::Damaged(format!("a text of a request {wrong}")))
}

const FOR_APPROVER_BEFORE: &str = " AND r.approval = 1
    AND EXISTS (SELECT 1 FROM policy_approvers p
        WHERE p.object_id = r.object_id AND p.access = r.access AND (p.approver_id = ";

/// The groups that the person is a member of through any nesting, found from the person upwards.
const FOR_APPROVER_MIDDLE: &str = concat!(
    " OR p.approver_id IN (WITH RECURSIVE above (object_id, depth) AS (
        SELECT s.object_id, 1 FROM schedules s
        WHERE s.kind = 1 AND s.access = 0 AND ",
    in_force!(),
    " AND s.principal_id = "
);

const FOR_APPROVER_AFTER: &str = concat!(
    " UNION SELECT s.object_id, a.depth + 1 FROM above a JOIN schedules s ON s.principal_id = a.object_id
        WHERE a.depth < 16 AND s.kind = 1 AND s.access = 0 AND ",
    in_force!(),
    ") SELECT object_id FROM above)))"
);

/// What waits about this principal and role.
pub(crate) fn pending(
    tx: &ReadTx<'_>,
    role: Role,
    principal: PrincipalId,
) -> Result<Vec<ScheduleRequest>, StoreError> {
    let (object, access, scope) = code::role(role);
    tx.all(
        concat!(
            "SELECT ",
            columns!(),
            " FROM requests r WHERE r.object_id = $1 AND r.access = $2 AND r.scope_id = $4 AND r.principal_id = $3
             AND r.outcome IN (2, 3) AND r.outcome_at > $now ORDER BY r.number"
        ),
        &[object.into(), access.into(), principal.into(), scope.into()],
        read,
    )
}

/// What waits about this group, or for this principal.
pub(crate) fn waiting(
    tx: &ReadTx<'_>,
    group: Option<GroupId>,
    principal: Option<PrincipalId>,
) -> Result<Vec<ScheduleRequest>, StoreError> {
    let mut all = Vec::new();
    if let Some(group) = group {
        all = tx.all(
            concat!(
                "SELECT ",
                columns!(),
                " FROM requests r WHERE r.object_id = $1 AND r.access IN (0, 1) AND r.outcome IN (2, 3)
                 AND r.outcome_at > $now ORDER BY r.number"
            ),
            &[group.into()],
            read,
        )?;
    }
    if let Some(principal) = principal {
        all.extend(tx.all(
            concat!(
                "SELECT ",
                columns!(),
                " FROM requests r WHERE r.principal_id = $1 AND r.outcome IN (2, 3)
                 AND r.outcome_at > $now ORDER BY r.number"
            ),
            &[principal.into()],
            read,
        )?);
    }
    Ok(all)
}

/// What waited until the clock ended it, and was not written down yet.
pub(crate) fn unlapsed(tx: &ReadTx<'_>, limit: u32) -> Result<Vec<ScheduleRequest>, StoreError> {
    tx.all(
        concat!(
            "SELECT ",
            columns!(),
            " FROM requests r WHERE r.noted_at IS NULL AND r.outcome IN (2, 3)
             AND r.outcome_at <= $now ORDER BY r.outcome_at, r.number LIMIT $1"
        ),
        &[limit.into()],
        read,
    )
}

pub(crate) fn by_id(tx: &ReadTx<'_>, id: RequestId) -> Result<Option<ScheduleRequest>, StoreError> {
    tx.one(
        concat!("SELECT ", columns!(), " FROM requests r WHERE r.id = $1"),
        &[id.into()],
        read,
    )
}

/// The newest request that made, changed or ended this schedule, or asks to.
pub(crate) fn newest_about(
    tx: &ReadTx<'_>,
    kind: ScheduleKind,
    schedule: ScheduleId,
) -> Result<Option<RequestId>, StoreError> {
    let (object, access, _) = code::role(schedule.role);
    tx.one(
        "SELECT id FROM requests
         WHERE object_id = $1 AND access = $2 AND target_grant_id = $3 AND kind = $4
         ORDER BY number DESC LIMIT 1",
        &[
            object.into(),
            access.into(),
            schedule.grant.into(),
            code::kind(kind).into(),
        ],
        |row| Ok(RequestId::from_uuid(row.id(0)?)),
    )
}

macro_rules! listed {
    ($columns:expr) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM requests r LEFT JOIN users u ON u.id = r.principal_id
             LEFT JOIN groups g ON g.id = r.principal_id
             LEFT JOIN service_principals p ON p.id = r.principal_id WHERE r.kind = $1"
        )
    };
}

pub(crate) fn list(
    tx: &ReadTx<'_>,
    kind: ScheduleKind,
    of: RoleKind,
    scope: &Scope,
    query: &Query<RequestField>,
) -> Result<Page<ScheduleRequest>, StoreError> {
    let with = |text| {
        let mut sql = Sql::with(text, [code::kind(kind).into()]);
        sql.push(code::only(of));
        match scope {
            Scope::All => {}
            Scope::Group(group) => {
                sql.push(" AND r.object_id = ").bind(*group);
            }
            // Nobody makes requests through a group.
            Scope::Principal(principal) | Scope::Own(principal) => {
                sql.push(" AND r.principal_id = ").bind(*principal);
            }
            Scope::GroupAndPrincipal(group, principal) => {
                sql.push(" AND r.object_id = ").bind(*group);
                sql.push(" AND r.principal_id = ").bind(*principal);
            }
            Scope::CreatedBy(person) => {
                sql.push(" AND r.actor_id = ").bind(*person);
            }
            // Those that waited for an approver, where this person is one by the policy as it is now; their
            // own are never among them (R-F3).
            Scope::Approver(person) => {
                sql.push(FOR_APPROVER_BEFORE).bind(*person);
                sql.push(FOR_APPROVER_MIDDLE).bind(*person);
                sql.push(FOR_APPROVER_AFTER);
                sql.push(" AND r.principal_id <> ").bind(*person);
                sql.push(" AND (r.actor_id IS NULL OR r.actor_id <> ")
                    .bind(*person);
                sql.push(
                    ") AND NOT EXISTS (SELECT 1 FROM users one
                     JOIN users other ON other.employee_id_key = one.employee_id_key
                     WHERE other.id IN (r.principal_id, r.actor_id) AND one.id = ",
                );
                sql.bind(*person).push(")");
            }
        }
        sql
    };
    List {
        select: with(listed!(columns!())),
        count: with(listed!("COUNT(*)")),
        tie: "r.number",
    }
    .read(tx, query, |field| fields::request(of, field), read)
}
