//! Grants and their ends into rows. `ends_at` is only ever lowered: nothing that is over comes back.

use ephor_core::directory_role::DirectoryRole;
use ephor_core::event::{EndReason, EndedSchedule};
use ephor_core::id::{GrantId, GroupId, PrincipalId, RequestId, ScheduleId};
use ephor_core::principal::{PrincipalKind, PrincipalRef};
use ephor_core::role::Role;
use ephor_core::schedule::{
    Expiration, ExpiryReminder, GrantOrigin, Schedule, ScheduleInfo, ScheduleKind,
};
use ephor_core::time::{Instant, Span};

use crate::audit::text;
use crate::sql::{NO_END, running};
use crate::tx::Tx;
use crate::{StoreError, code};

/// Who gave something, as two columns.
type Giver = (Option<i64>, Option<PrincipalId>);

/// The caller gave it.
pub(crate) fn granted(tx: &Tx<'_>, schedule: &Schedule) -> Result<(), StoreError> {
    let (giver, giver_id) = code::actor(tx.caller().actor);
    insert(tx, schedule, (Some(giver), giver_id))
}

fn insert(tx: &Tx<'_>, schedule: &Schedule, (giver, giver_id): Giver) -> Result<(), StoreError> {
    let (origin, used) = match schedule.origin {
        GrantOrigin::Assigned => (code::ASSIGNED, None),
        GrantOrigin::Activated { using } => (code::ACTIVATED, Some(using)),
        GrantOrigin::Outside => (code::OUTSIDE, None),
        GrantOrigin::Package { .. } => (code::PACKAGE, None),
    };
    let rests_on = used
        .map(|used| used.grant.uuid())
        .or_else(|| schedule.package().map(|package| package.uuid()));
    // The row keeps only the last part of the eligibility's id: the rest is the row's own.
    if let Some(used) = used
        && used.role != schedule.role()
    {
        return Err(StoreError::Damaged(format!(
            "schedule `{}` can't be activated from `{used}`, which is of another role",
            schedule.id
        )));
    }
    let (object, access, scope) = code::role(schedule.role());
    let ends_at = schedule.span.ends_at().map_or(NO_END, Instant::micros);
    tx.execute(
        "INSERT INTO schedules (object_id, access, kind, grant_id, principal_id, principal_kind, origin,
             used_grant_id, starts_at, ends_at, granted_ends_at, info_starts_at, expiration, created_at,
             created_using, scope_id, giver, giver_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $13, $14, $15, $16, $17)",
        &[
            object.into(),
            access.into(),
            code::kind(schedule.kind).into(),
            schedule.id.grant.into(),
            schedule.principal.id.into(),
            code::principal_kind(schedule.principal.kind).into(),
            origin.into(),
            rests_on.into(),
            schedule.span.starts_at().into(),
            ends_at.into(),
            schedule.info.starts_at.into(),
            text(&schedule.info.expiration)?.into(),
            schedule.created_at.into(),
            schedule.created_using.into(),
            scope.into(),
            giver.into(),
            giver_id.into(),
        ],
    )
    .map(drop)
}

/// What still runs of an assignment comes back as a grant of its own: the row that was ended stays ended, so
/// that nothing that readers saw end comes back, and who was in the group at any instant stays true. Whoever
/// gave the first one gave this one.
pub(crate) fn restored(
    tx: &Tx<'_>,
    from: ScheduleId,
    schedule: &Schedule,
) -> Result<(), StoreError> {
    let changed = tx.execute(
        "UPDATE schedules SET restored_as = $2
         WHERE grant_id = $1 AND ended_why = 4 AND restored_as IS NULL",
        &[from.grant.into(), schedule.id.grant.into()],
    )?;
    if changed != 1 {
        return Err(StoreError::Damaged(format!(
            "schedule `{from}` was to come back, but no deletion ended it"
        )));
    }
    insert(tx, schedule, giver_in_history(tx, from)?)
}

/// Who gave a schedule, also one that is over; empty for what was given before this was kept.
fn giver_in_history(tx: &Tx<'_>, id: ScheduleId) -> Result<Giver, StoreError> {
    let giver = tx.one(
        "SELECT giver, giver_id FROM schedules WHERE grant_id = $1",
        &[id.grant.into()],
        |row| {
            let id = row.maybe_id(1)?.map(PrincipalId::from_uuid);
            Ok((row.maybe_int(0)?, id))
        },
    )?;
    Ok(giver.unwrap_or_default())
}

pub(crate) fn ended(
    tx: &Tx<'_>,
    ended: &[EndedSchedule],
    at: Instant,
    using: Option<RequestId>,
) -> Result<(), StoreError> {
    for schedule in ended {
        let (object, access, _) = code::role(schedule.id.role);
        let changed = tx.execute(
            "UPDATE schedules
             SET ends_at = CASE WHEN ends_at < $5 THEN ends_at ELSE $5 END,
                 ended_why = $6, ended_using = $7,
                 noted_at = CASE WHEN $5 <= $now THEN $5 ELSE noted_at END
             WHERE grant_id = $1 AND object_id = $2 AND access = $3 AND kind = $4",
            &[
                schedule.id.grant.into(),
                object.into(),
                access.into(),
                code::kind(schedule.kind).into(),
                schedule.at.unwrap_or(at).into(),
                code::end_reason(schedule.why).into(),
                using.into(),
            ],
        )?;
        if changed != 1 {
            return Err(StoreError::Damaged(format!(
                "schedule `{}` was to be ended, but there is none",
                schedule.id
            )));
        }
    }
    Ok(())
}

/// Another period takes the old one's place at `at`; activations made from it go on under the new one.
pub(crate) fn superseded(
    tx: &Tx<'_>,
    old: ScheduleId,
    new: &Schedule,
    at: Instant,
    using: RequestId,
) -> Result<(), StoreError> {
    let old_ends = EndedSchedule {
        id: old,
        kind: new.kind,
        principal: new.principal,
        why: EndReason::Superseded,
        at: None,
        would_end_at: None,
    };
    ended(tx, &[old_ends], at, Some(using))?;
    granted(tx, new)?;
    tx.execute(
        "UPDATE schedules SET used_grant_id = $2 WHERE used_grant_id = $1",
        &[old.grant.into(), new.id.grant.into()],
    )
    .map(drop)
}

/// The grant that an old record of a directory role stands for.
pub(crate) fn of_old_record(principal: PrincipalId, role: DirectoryRole, at: Instant) -> Schedule {
    Schedule {
        id: ScheduleId {
            role: Role::directory(role.definition_id()),
            grant: GrantId::from_uuid(principal.uuid()),
        },
        kind: ScheduleKind::Active,
        principal: PrincipalRef {
            id: principal,
            kind: PrincipalKind::User,
        },
        origin: GrantOrigin::Outside,
        span: Span::new(at, None),
        info: ScheduleInfo {
            starts_at: None,
            expiration: Expiration::Never,
        },
        created_at: at,
        created_using: None,
    }
}

/// The clock ended it; now that is written down, and no answer changes.
pub(crate) fn lapsed(tx: &Tx<'_>, id: ScheduleId) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE schedules SET noted_at = $now
         WHERE grant_id = $1 AND noted_at IS NULL AND ends_at <= $now",
        &[id.grant.into()],
    )
    .map(drop)
}

/// A reminder of its end was written down; none is written twice, and none after a later one.
pub(crate) fn reminded(
    tx: &Tx<'_>,
    id: ScheduleId,
    reminder: ExpiryReminder,
) -> Result<(), StoreError> {
    let changed = tx.execute(
        "UPDATE schedules SET reminded = $2 WHERE grant_id = $1 AND reminded < $2",
        &[id.grant.into(), code::reminder(reminder).into()],
    )?;
    if changed == 1 {
        return Ok(());
    }
    Err(StoreError::Damaged(format!(
        "schedule `{id}` was to be reminded of, but there is none or that was done before"
    )))
}

/// Directory roles that went with a deletion don't come back with whoever is restored, now or ever: each is
/// its own successor.
pub(crate) fn directory_roles_stay_over(
    tx: &Tx<'_>,
    principal: PrincipalId,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE schedules SET restored_as = grant_id
         WHERE principal_id = $1 AND access = 2 AND ended_why = 4 AND restored_as IS NULL",
        &[principal.into()],
    )
    .map(drop)
}

/// A group is gone: nobody has or can activate anything of it (R-B4).
pub(crate) fn group_gone(tx: &Tx<'_>, group: GroupId, at: Instant) -> Result<(), StoreError> {
    tx.execute(
        concat!(
            "UPDATE schedules SET ends_at = $3, ended_why = $4, noted_at = $3
             WHERE object_id = $1 AND kind IN (0, 1) AND access IN (0, 1) AND ends_at > $2 AND ",
            running!()
        ),
        &gone(group.into(), at),
    )
    .map(drop)
}

/// A principal is gone, with all it had or could activate.
pub(crate) fn principal_gone(
    tx: &Tx<'_>,
    principal: PrincipalId,
    at: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        concat!(
            "UPDATE schedules SET ends_at = $3, ended_why = $4, noted_at = $3
             WHERE principal_id = $1 AND kind IN (0, 1) AND ends_at > $2 AND ",
            running!()
        ),
        &gone(principal, at),
    )
    .map(drop)
}

fn gone(id: PrincipalId, at: Instant) -> [crate::sql::Value<'static>; 4] {
    [
        id.into(),
        at.into(),
        at.into(),
        code::ENDED_BY_DELETION.into(),
    ]
}
