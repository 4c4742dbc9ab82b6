//! Rows of grants into schedules: for decisions, for lists, and for noting what the clock did.

use ephor_core::id::{GrantId, GroupId, PackageAssignmentId, PrincipalId, RequestId, ScheduleId};
use ephor_core::principal::PrincipalRef;
use ephor_core::query::{Page, Query, ScheduleField, ScheduleView, Scope};
use ephor_core::restoration::CutShort;
use ephor_core::role::{Role, RoleKind};
use ephor_core::schedule::{ExpiryReminder, GrantOrigin, Schedule, ScheduleInfo, ScheduleKind};
use ephor_core::time::{Instant, Span};

use super::fields;
use super::filter::{List, Sql};
use crate::sql::{NO_END, Row, in_force, running};
use crate::tx::ReadTx;
use crate::{StoreError, code};

/// The columns that [`read`] reads, of `s`.
macro_rules! columns {
    () => {
        "s.object_id, s.access, s.grant_id, s.kind, s.principal_id, s.principal_kind, s.origin,
         s.used_grant_id, s.starts_at, s.ends_at, s.info_starts_at, s.expiration, s.created_at,
         s.created_using, s.scope_id"
    };
}

pub(crate) use columns;

pub(crate) fn read(row: &Row<'_>) -> Result<Schedule, StoreError> {
    let id = ScheduleId {
        role: code::to_role(row.id(0)?, row.int(1)?, row.id(14)?)?,
        grant: GrantId::from_uuid(row.id(2)?),
    };
    let ends_at = Some(row.int(9)?)
        .filter(|end| *end != NO_END)
        .map(Instant::from_micros);
    Ok(Schedule {
        id,
        kind: code::to_kind(row.int(3)?)?,
        principal: PrincipalRef {
            id: PrincipalId::from_uuid(row.id(4)?),
            kind: code::to_principal_kind(row.int(5)?)?,
        },
        origin: match (row.int(6)?, row.maybe_id(7)?) {
            (code::ASSIGNED, None) => GrantOrigin::Assigned,
            (code::ACTIVATED, Some(used)) => GrantOrigin::Activated {
                using: ScheduleId {
                    grant: GrantId::from_uuid(used),
                    ..id
                },
            },
            (code::OUTSIDE, None) => GrantOrigin::Outside,
            (code::PACKAGE, Some(assignment)) => GrantOrigin::Package {
                assignment: PackageAssignmentId::from_uuid(assignment),
            },
            (other, _) => {
                return Err(StoreError::Damaged(format!(
                    "schedule `{id}` came about in no known way ({other})"
                )));
            }
        },
        span: Span::new(row.instant(8)?, ends_at),
        info: ScheduleInfo {
            starts_at: row.maybe_instant(10)?,
            expiration: row.json(11)?,
        },
        created_at: row.instant(12)?,
        created_using: row.maybe_id(13)?.map(RequestId::from_uuid),
    })
}

pub(crate) fn of_role(
    tx: &ReadTx<'_>,
    role: Role,
    principal: PrincipalId,
) -> Result<Vec<Schedule>, StoreError> {
    let (object, access, scope) = code::role(role);
    tx.all(
        concat!(
            "SELECT ",
            columns!(),
            " FROM schedules s
             WHERE object_id = $1 AND access = $2 AND scope_id = $4 AND principal_id = $3 AND kind IN (0, 1) AND ",
            running!(),
            " ORDER BY number"
        ),
        &[object.into(), access.into(), principal.into(), scope.into()],
        read,
    )
}

pub(crate) fn by_id(
    tx: &ReadTx<'_>,
    kind: ScheduleKind,
    id: ScheduleId,
) -> Result<Option<Schedule>, StoreError> {
    let (object, access, scope) = code::role(id.role);
    tx.one(
        concat!(
            "SELECT ",
            columns!(),
            " FROM schedules s
             WHERE grant_id = $1 AND object_id = $2 AND access = $3 AND kind = $4 AND scope_id = $5 AND ",
            running!()
        ),
        &[
            id.grant.into(),
            object.into(),
            access.into(),
            code::kind(kind).into(),
            scope.into(),
        ],
        read,
    )
}

/// A directory role's schedule, by the last part of its id, which is all that clients are shown of it.
pub(crate) fn of_directory(
    tx: &ReadTx<'_>,
    kind: ScheduleKind,
    grant: GrantId,
) -> Result<Option<Schedule>, StoreError> {
    tx.one(
        concat!(
            "SELECT ",
            columns!(),
            " FROM schedules s WHERE grant_id = $1 AND access = 2 AND kind = $2 AND ",
            running!()
        ),
        &[grant.into(), code::kind(kind).into()],
        read,
    )
}

/// What every list of schedules reads from; the names are left out where nothing asks for them.
macro_rules! listed {
    ($columns:expr, $counts:expr) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM schedules s LEFT JOIN users u ON u.id = s.principal_id
             LEFT JOIN groups g ON g.id = s.principal_id
             LEFT JOIN service_principals p ON p.id = s.principal_id WHERE ",
            $counts,
            " AND s.kind = $1"
        )
    };
}

/// What groups have that a person, whose id follows, is an active member of.
const THROUGH_A_GROUP: &str = concat!(
    " OR s.principal_kind = 1 AND s.principal_id IN
        (SELECT object_id FROM schedules WHERE kind = 1 AND access = 0 AND ",
    in_force!(),
    " AND principal_id = "
);

/// The same of eligibilities alone: members of a nested group have its access without being named by it.
const ELIGIBLE_THROUGH_A_GROUP: &str = concat!(
    " OR s.kind = 0 AND s.principal_kind = 1 AND s.principal_id IN
        (SELECT object_id FROM schedules WHERE kind = 1 AND access = 0 AND ",
    in_force!(),
    " AND principal_id = "
);

pub(crate) fn list(
    tx: &ReadTx<'_>,
    kind: ScheduleKind,
    view: ScheduleView,
    of: RoleKind,
    scope: &Scope,
    query: &Query<ScheduleField>,
) -> Result<Page<Schedule>, StoreError> {
    let (select, count) = match view {
        ScheduleView::Schedules => (
            listed!(columns!(), running!()),
            listed!("COUNT(*)", running!()),
        ),
        ScheduleView::Instances => (
            listed!(columns!(), in_force!()),
            listed!("COUNT(*)", in_force!()),
        ),
    };
    let with = |text| {
        let mut sql = Sql::with(text, [code::kind(kind).into()]);
        sql.push(code::only(of));
        match scope {
            Scope::All => {}
            Scope::Group(group) => {
                sql.push(" AND s.object_id = ").bind(*group);
            }
            Scope::Principal(principal) => {
                sql.push(" AND s.principal_id = ").bind(*principal);
            }
            Scope::Own(person) => {
                sql.push(" AND (s.principal_id = ").bind(*person);
                match of {
                    RoleKind::Group => sql.push(ELIGIBLE_THROUGH_A_GROUP),
                    RoleKind::Directory => sql.push(THROUGH_A_GROUP),
                };
                sql.bind(*person).push("))");
            }
            Scope::GroupAndPrincipal(group, principal) => {
                sql.push(" AND s.object_id = ").bind(*group);
                sql.push(" AND s.principal_id = ").bind(*principal);
            }
            // Nobody approves schedules.
            Scope::Approver(_) => {
                sql.push(" AND 1 = 0");
            }
            // Schedules have no author; those that this person's requests made.
            Scope::CreatedBy(person) => {
                sql.push(" AND s.created_using IN (SELECT id FROM requests WHERE actor_id = ");
                sql.bind(*person).push(")");
            }
        }
        sql
    };
    List {
        select: with(select),
        count: with(count),
        tie: "s.number",
    }
    .read(
        tx,
        query,
        |field| fields::schedule(view, of, scope, field),
        read,
    )
}

pub(crate) fn ended(
    tx: &ReadTx<'_>,
    principal: PrincipalId,
    since: Instant,
) -> Result<Vec<Schedule>, StoreError> {
    tx.all(
        concat!(
            "SELECT ",
            columns!(),
            " FROM schedules s
             WHERE s.principal_id = $1 AND s.kind IN (0, 1) AND s.restored_as IS NULL
             AND s.ends_at >= $2 AND NOT ",
            running!(),
            " ORDER BY s.ends_at DESC, s.number DESC"
        ),
        &[principal.into(), since.into()],
        read,
    )
}

/// Schedules of a group that ended at or after `since`, newest end first, a page of them.
pub(crate) fn ended_of_group(
    tx: &ReadTx<'_>,
    group: GroupId,
    since: Instant,
    skip: u32,
    top: u32,
) -> Result<Page<Schedule>, StoreError> {
    let count = tx.one(
        concat!(
            "SELECT COUNT(*) FROM schedules s
             WHERE s.object_id = $1 AND s.kind IN (0, 1) AND s.ends_at >= $2 AND NOT ",
            running!()
        ),
        &[group.into(), since.into()],
        |row| row.int(0),
    )?;
    let rows = tx.all(
        concat!(
            "SELECT ",
            columns!(),
            " FROM schedules s
             WHERE s.object_id = $1 AND s.kind IN (0, 1) AND s.ends_at >= $2 AND NOT ",
            running!(),
            " ORDER BY s.ends_at DESC, s.number DESC LIMIT $3 OFFSET $4"
        ),
        &[group.into(), since.into(), top.into(), skip.into()],
        read,
    )?;
    let count = count.and_then(|count| u64::try_from(count).ok());
    let reached = u64::from(skip) + rows.len() as u64;
    Ok(Page {
        more: count.is_some_and(|count| reached < count),
        rows,
        last: None,
        count,
    })
}

/// Activations that run and were made from eligibilities of this principal for this role, whoever's. What was
/// made from an eligibility that is over is over itself.
pub(crate) fn made_from(
    tx: &ReadTx<'_>,
    role: Role,
    principal: PrincipalId,
) -> Result<Vec<Schedule>, StoreError> {
    let (object, access, scope) = code::role(role);
    tx.all(
        concat!(
            "SELECT ",
            columns!(),
            " FROM schedules s WHERE ",
            running!(),
            " AND s.used_grant_id IN (SELECT e.grant_id FROM schedules e
                 WHERE e.object_id = $1 AND e.access = $2 AND e.scope_id = $4 AND e.principal_id = $3
                     AND e.kind = 0 AND ",
            running!(),
            ") ORDER BY s.number"
        ),
        &[object.into(), access.into(), principal.into(), scope.into()],
        read,
    )
}

/// Activations that run and were made by `holder` through the eligibility of group `through` (R-E6).
pub(crate) fn through_group(
    tx: &ReadTx<'_>,
    through: GroupId,
    holder: Option<PrincipalId>,
) -> Result<Vec<Schedule>, StoreError> {
    let found = tx.all(
        concat!(
            "SELECT ",
            columns!(),
            " FROM schedules s WHERE ",
            running!(),
            " AND s.used_grant_id IN (SELECT e.grant_id FROM schedules e
                 WHERE e.principal_id = $1 AND e.kind = 0 AND ",
            running!(),
            ") ORDER BY s.number"
        ),
        &[PrincipalId::from(through).into()],
        read,
    )?;
    Ok(found
        .into_iter()
        .filter(|schedule| holder.is_none_or(|holder| schedule.principal.id == holder))
        .collect())
}

/// Eligibilities for this role, in force, of groups that the principal is a member of now (R-E6).
pub(crate) fn ways(
    tx: &ReadTx<'_>,
    role: Role,
    principal: PrincipalId,
) -> Result<Vec<Schedule>, StoreError> {
    let (object, access, scope) = code::role(role);
    tx.all(
        concat!(
            "SELECT ",
            columns!(),
            " FROM schedules s WHERE s.object_id = $1 AND s.access = $2 AND s.scope_id = $4 AND s.kind = 0
             AND s.principal_kind = 1 AND ",
            running!(),
            " AND s.principal_id IN (SELECT object_id FROM schedules
                 WHERE principal_id = $3 AND kind = 1 AND access = 0 AND ",
            in_force!(),
            ") ORDER BY s.number"
        ),
        &[object.into(), access.into(), principal.into(), scope.into()],
        read,
    )
}

/// What a deletion or a disabling ended, and could come back now: something is left of what was granted, and
/// whatever else it rests on is there. The macro's argument says whose return is asked about.
macro_rules! history_cut_short {
    ($whose:expr) => {
        concat!(
            "SELECT ",
            columns!(),
            ", s.granted_ends_at FROM schedules s
             WHERE s.ended_why = 4 AND s.restored_as IS NULL AND s.origin <> 1
             AND s.granted_ends_at > $now AND ",
            $whose,
            " ORDER BY s.number"
        )
    };
}

fn read_cut_short(row: &Row<'_>) -> Result<CutShort, StoreError> {
    Ok(CutShort {
        schedule: read(row)?,
        granted_until: Some(row.int(15)?)
            .filter(|end| *end != NO_END)
            .map(Instant::from_micros),
    })
}

/// What comes back with this group: what was given of it, and what it was given itself.
pub(crate) fn history_cut_short_with_group(
    tx: &ReadTx<'_>,
    group: GroupId,
) -> Result<Vec<CutShort>, StoreError> {
    tx.all(
        history_cut_short!(
            "((s.object_id = $1 AND s.access IN (0, 1) AND (s.principal_kind = 2 OR s.principal_id = $1
                 OR EXISTS (SELECT 1 FROM users u WHERE u.id = s.principal_id
                     AND u.deleted_at IS NULL AND u.account_enabled = 1)
                 OR EXISTS (SELECT 1 FROM groups g WHERE g.id = s.principal_id
                     AND g.deleted_at IS NULL)))
             OR (s.principal_id = $1 AND (s.access = 2 OR EXISTS (SELECT 1 FROM groups g
                 WHERE g.id = s.object_id AND g.deleted_at IS NULL))))"
        ),
        &[group.into()],
        read_cut_short,
    )
}

/// What comes back with this user, directory roles among it: they do after a disabling, and never after a
/// deletion ([`crate::project`]).
pub(crate) fn history_cut_short_with_user(
    tx: &ReadTx<'_>,
    user: PrincipalId,
) -> Result<Vec<CutShort>, StoreError> {
    tx.all(
        history_cut_short!(
            "s.principal_id = $1 AND (s.access = 2 OR EXISTS (SELECT 1 FROM groups g
                 WHERE g.id = s.object_id AND g.deleted_at IS NULL))"
        ),
        &[user.into()],
        read_cut_short,
    )
}

pub(crate) fn unlapsed(tx: &ReadTx<'_>, limit: u32) -> Result<Vec<Schedule>, StoreError> {
    tx.all(
        concat!(
            "SELECT ",
            columns!(),
            " FROM schedules s WHERE s.noted_at IS NULL AND s.ends_at <= $now AND NOT ",
            running!(),
            " ORDER BY s.ends_at, s.number LIMIT $1"
        ),
        &[limit.into()],
        read,
    )
}

/// A schedule whatever its span: for telling of what is over.
pub(crate) fn from_history(
    tx: &ReadTx<'_>,
    kind: ScheduleKind,
    id: ScheduleId,
) -> Result<Option<Schedule>, StoreError> {
    let (object, access, scope) = code::role(id.role);
    tx.one(
        concat!(
            "SELECT ",
            columns!(),
            " FROM schedules s
             WHERE grant_id = $1 AND object_id = $2 AND access = $3 AND kind = $4 AND scope_id = $5"
        ),
        &[
            id.grant.into(),
            object.into(),
            access.into(),
            code::kind(kind).into(),
            scope.into(),
        ],
        read,
    )
}

/// Assignments whose end is near enough for this reminder and not for the next, and that have stood longer
/// than the reminder runs ahead: a shorter one would be announced and reminded of in one breath.
pub(crate) fn to_remind(
    tx: &ReadTx<'_>,
    reminder: ExpiryReminder,
    limit: u32,
) -> Result<Vec<Schedule>, StoreError> {
    let (near, too_near) = (
        tx.now().plus(reminder.lead()),
        tx.now().plus(reminder.too_late()),
    );
    let (Some(near), Some(too_near)) = (near, too_near) else {
        return Ok(Vec::new());
    };
    tx.all(
        concat!(
            "SELECT ",
            columns!(),
            " FROM schedules s
             WHERE s.origin = 0 AND s.noted_at IS NULL AND s.reminded < 2 AND s.reminded < $1
                 AND s.ends_at <= $2 AND s.ends_at > $3 AND s.ends_at - s.starts_at > $4 AND ",
            running!(),
            " ORDER BY s.ends_at, s.number LIMIT $5"
        ),
        &[
            code::reminder(reminder).into(),
            near.into(),
            too_near.into(),
            reminder.lead().as_micros().into(),
            limit.into(),
        ],
        read,
    )
}

pub(crate) fn next_end(tx: &ReadTx<'_>) -> Result<Option<Instant>, StoreError> {
    tx.one(
        concat!(
            "SELECT ends_at FROM schedules WHERE noted_at IS NULL AND ends_at < $1 AND ",
            running!(),
            " ORDER BY ends_at LIMIT 1"
        ),
        &[NO_END.into()],
        |row| row.instant(0),
    )
}
