//! What was given and in force at an instant, with who gave it and on which request: evidence.
//!
//! A grant's row is never undone: its end is only ever lowered to the instant at which it really ended, so the
//! one predicate answers for any instant of the past as it does for the present.

use std::collections::HashMap;

use ephor_core::holding::{EndedBy, Link};
use ephor_core::id::{GrantId, PrincipalId, RequestId, ScheduleId};
use ephor_core::principal::PrincipalRef;
use ephor_core::request::ScheduleRequest;
use ephor_core::role::{ObjectId, Role};
use ephor_core::schedule::{GrantOrigin, ScheduleKind};
use ephor_core::time::Instant;

use super::{requests, schedules};
use crate::sql::{NO_END, Row, Value, in_force};
use crate::tx::ReadTx;
use crate::{StoreError, code};

/// A role, and whoever it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleOf {
    /// Which.
    pub role: Role,
    /// Eligible or active.
    pub kind: ScheduleKind,
    /// Of whom.
    pub principal: PrincipalRef,
}

/// The two statements for the rows that fit: the grants, and the requests that made them.
macro_rules! links_in_history {
    ($which:literal) => {
        (
            concat!(
                "SELECT ",
                schedules::columns!(),
                ", s.granted_ends_at, s.ended_why, s.giver, s.giver_id,
                 (SELECT e.starts_at FROM schedules e WHERE e.grant_id = s.used_grant_id)
                 FROM schedules s WHERE ",
                $which,
                " AND ",
                in_force!(),
                " ORDER BY s.number"
            ),
            concat!(
                "SELECT ",
                requests::columns!(),
                " FROM requests r WHERE r.id IN (SELECT s.created_using FROM schedules s WHERE ",
                $which,
                " AND ",
                in_force!(),
                ")"
            ),
        )
    };
}

pub(crate) fn of_object(
    tx: &ReadTx<'_>,
    object: ObjectId,
    at: Instant,
) -> Result<Vec<Link>, StoreError> {
    match object {
        ObjectId::Group(group) => read(
            tx,
            links_in_history!("s.object_id = $1 AND s.kind IN (0, 1) AND s.access IN (0, 1)"),
            &[group.into()],
            at,
        ),
        ObjectId::Directory(definition) => read(
            tx,
            links_in_history!("s.object_id = $1 AND s.kind IN (0, 1) AND s.access = 2"),
            &[definition.into()],
            at,
        ),
    }
}

pub(crate) fn of_principal(
    tx: &ReadTx<'_>,
    principal: PrincipalId,
    at: Instant,
) -> Result<Vec<Link>, StoreError> {
    read(
        tx,
        links_in_history!("s.principal_id = $1 AND s.kind IN (0, 1)"),
        &[principal.into()],
        at,
    )
}

pub(crate) fn of_role(tx: &ReadTx<'_>, role: RoleOf, at: Instant) -> Result<Vec<Link>, StoreError> {
    let (object, access, scope) = code::role(role.role);
    read(
        tx,
        links_in_history!(
            "s.object_id = $1 AND s.access = $2 AND s.scope_id = $5 AND s.principal_id = $3 AND s.kind = $4"
        ),
        &[
            object.into(),
            access.into(),
            role.principal.id.into(),
            code::kind(role.kind).into(),
            scope.into(),
        ],
        at,
    )
}

fn read(
    tx: &ReadTx<'_>,
    (grants, requests): (&str, &str),
    which: &[Value<'_>],
    at: Instant,
) -> Result<Vec<Link>, StoreError> {
    let now = tx.now();
    let then = tx.as_of(at);
    let requests: HashMap<RequestId, ScheduleRequest> = then
        .all(requests, which, requests::read)?
        .into_iter()
        .map(|request| (request.id, request))
        .collect();
    let mut links = then.all(grants, which, |row| read_link(row, &requests, now))?;
    for (link, used_since) in &mut links {
        if let GrantOrigin::Activated { using } = &mut link.schedule.origin
            && used_since.is_some_and(|since| since > at)
        {
            *using = before_in_history(tx, *using, at)?;
        }
    }
    Ok(links.into_iter().map(|(link, _)| link).collect())
}

/// A grant, and since when the eligibility runs that it is now said to be activated from.
fn read_link(
    row: &Row<'_>,
    requests: &HashMap<RequestId, ScheduleRequest>,
    now: Instant,
) -> Result<(Link, Option<Instant>), StoreError> {
    let schedule = schedules::read(row)?;
    let ended_by = match row.maybe_int(16)? {
        _ if !schedule.span.is_over(now) => None,
        Some(why) => Some(code::to_ended_by(why)?),
        None => Some(EndedBy::Clock),
    };
    let given_by = row
        .maybe_int(17)?
        .map(|giver| code::to_actor(giver, row.maybe_id(18)?))
        .transpose()?;
    let request = schedule
        .created_using
        .and_then(|request| requests.get(&request))
        .map(|request| Box::new(request.clone()));
    let link = Link {
        granted_until: Some(row.int(15)?)
            .filter(|end| *end != NO_END)
            .map(Instant::from_micros),
        ended_by,
        given_by,
        request,
        schedule,
    };
    Ok((link, row.maybe_instant(19)?))
}

/// The eligibility as it was at `at`: the one whose place `later` took, or the one whose place that took.
fn before_in_history(
    tx: &ReadTx<'_>,
    later: ScheduleId,
    at: Instant,
) -> Result<ScheduleId, StoreError> {
    let mut found = later;
    loop {
        let before = tx.one(
            "SELECT o.grant_id, o.starts_at FROM schedules s JOIN schedules o
             ON o.object_id = s.object_id AND o.access = s.access AND o.scope_id = s.scope_id
                 AND o.principal_id = s.principal_id
                 AND o.kind = s.kind AND o.ended_why = 7 AND o.ended_using = s.created_using
             WHERE s.grant_id = $1",
            &[found.grant.into()],
            |row| Ok((GrantId::from_uuid(row.id(0)?), row.instant(1)?)),
        )?;
        let Some((grant, since)) = before else {
            return Ok(found);
        };
        found = ScheduleId { grant, ..found };
        if since <= at {
            return Ok(found);
        }
    }
}

pub(crate) fn roles_that_differ_in_history(
    tx: &ReadTx<'_>,
    from: Instant,
    to: Instant,
    skip: u32,
    limit: u32,
) -> Result<Vec<RoleOf>, StoreError> {
    tx.all(
        "SELECT object_id, access, kind, principal_id, principal_kind, scope_id FROM schedules
         WHERE (starts_at <= $1 AND $1 < ends_at AND NOT (starts_at <= $2 AND $2 < ends_at))
             OR (starts_at <= $2 AND $2 < ends_at AND NOT (starts_at <= $1 AND $1 < ends_at))
         GROUP BY object_id, access, kind, principal_id, principal_kind, scope_id
         ORDER BY MIN(number) LIMIT $3 OFFSET $4",
        &[from.into(), to.into(), limit.into(), skip.into()],
        |row| {
            Ok(RoleOf {
                role: code::to_role(row.id(0)?, row.int(1)?, row.id(5)?)?,
                kind: code::to_kind(row.int(2)?)?,
                principal: PrincipalRef {
                    id: PrincipalId::from_uuid(row.id(3)?),
                    kind: code::to_principal_kind(row.int(4)?)?,
                },
            })
        },
    )
}
