//! Rows of requests into requests: history, the same for ever but for what the clock makes of it.

use ephor_core::id::{GrantId, GroupId, PrincipalId, RequestId, ScheduleId};
use ephor_core::query::{Page, Query, RequestField, Scope};
use ephor_core::request::{Action, Outcome, ScheduleRequest, Ticket};
use ephor_core::schedule::{ScheduleInfo, ScheduleKind};
use ephor_core::text::{BadText, Justification, TicketNumber, TicketSystem};

use super::fields;
use super::filter::{List, Sql};
use crate::sql::Row;
use crate::tx::ReadTx;
use crate::{StoreError, code};

/// The columns that [`read`] reads.
macro_rules! columns {
    () => {
        "r.id, r.kind, r.action, r.group_id, r.access, r.principal_id, r.info_starts_at, r.expiration,
         r.justification, r.ticket_system, r.ticket_number, r.target_grant_id, r.created_at, r.actor,
         r.actor_id, r.outcome, r.outcome_at, r.policy_version"
    };
}

fn read(row: &Row<'_>) -> Result<ScheduleRequest, StoreError> {
    let (group, access) = (
        GroupId::from_uuid(row.id(3)?),
        code::to_access(row.int(4)?)?,
    );
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
        group,
        access,
        principal: PrincipalId::from_uuid(row.id(5)?),
        info,
        justification: typed(row.maybe_text(8)?, Justification::new)?,
        ticket: Ticket {
            system: typed(row.maybe_text(9)?, TicketSystem::new)?,
            number: typed(row.maybe_text(10)?, TicketNumber::new)?,
        },
        target: row.maybe_id(11)?.map(|grant| ScheduleId {
            group,
            access,
            grant: GrantId::from_uuid(grant),
        }),
        created_at: row.instant(12)?,
        created_by: code::to_actor(row.int(13)?, row.maybe_id(14)?)?,
        outcome: match row.int(15)? {
            code::GRANTED => Outcome::Granted {
                starts_at: row.instant(16)?,
            },
            code::REVOKED => Outcome::Revoked {
                at: row.instant(16)?,
            },
            other => {
                return Err(StoreError::Damaged(format!(
                    "{other} is no outcome of a request"
                )));
            }
        },
        policy_version: row
            .maybe_int(17)?
            .map(u32::try_from)
            .transpose()
            .map_err(|_| StoreError::Damaged("a policy's version is out of range".into()))?,
    })
}

fn typed<T>(
    text: Option<&str>,
    new: impl Fn(String) -> Result<T, BadText>,
) -> Result<Option<T>, StoreError> {
    text.map(|text| new(text.to_owned()))
        .transpose()
        .map_err(|wrong| StoreError::Damaged(format!("a text of a request {wrong}")))
}

pub(crate) fn by_id(tx: &ReadTx<'_>, id: RequestId) -> Result<Option<ScheduleRequest>, StoreError> {
    tx.one(
        concat!("SELECT ", columns!(), " FROM requests r WHERE r.id = $1"),
        &[id.into()],
        read,
    )
}

macro_rules! listed {
    ($columns:expr) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM requests r LEFT JOIN users u ON u.id = r.principal_id
             LEFT JOIN groups g ON g.id = r.principal_id WHERE r.kind = $1"
        )
    };
}

pub(crate) fn list(
    tx: &ReadTx<'_>,
    kind: ScheduleKind,
    scope: &Scope,
    query: &Query<RequestField>,
) -> Result<Page<ScheduleRequest>, StoreError> {
    let with = |text| {
        let mut sql = Sql::with(text, [code::kind(kind).into()]);
        match scope {
            Scope::All => {}
            Scope::Group(group) => {
                sql.push(" AND r.group_id = ").bind(*group);
            }
            Scope::Principal(principal) => {
                sql.push(" AND r.principal_id = ").bind(*principal);
            }
            Scope::GroupAndPrincipal(group, principal) => {
                sql.push(" AND r.group_id = ").bind(*group);
                sql.push(" AND r.principal_id = ").bind(*principal);
            }
            Scope::CreatedBy(person) => {
                sql.push(" AND r.actor_id = ").bind(*person);
            }
        }
        sql
    };
    List {
        select: with(listed!(columns!())),
        count: with(listed!("COUNT(*)")),
        tie: "r.number",
    }
    .read(tx, query, fields::request, read)
}
