//! Who has a role of a group: now, as of an instant, directly and through nesting.
//!
//! Every statement here rests on the one predicate `in_force!`; `ephor_core::effective` answers the same
//! questions naively, and a property test holds the two equal.

use ephor_core::effective::DEPTH_MAX;
use ephor_core::group::{Access, Group};
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::principal::{Principal, PrincipalRef};
use ephor_core::query::{GroupField, Page, PrincipalField, Query};
use ephor_core::time::Instant;

use super::directory::{read_group, read_principal};
use super::fields;
use super::filter::{KeyedList, List, Sql};
use crate::sql::in_force;
use crate::tx::ReadTx;
use crate::{StoreError, code};

pub(crate) fn holds(
    tx: &ReadTx<'_>,
    group: GroupId,
    access: Access,
    principal: PrincipalId,
) -> Result<bool, StoreError> {
    let found = tx.one(
        concat!(
            "SELECT 1 FROM schedules
             WHERE object_id = $1 AND access = $2 AND principal_id = $3 AND kind = 1 AND ",
            in_force!(),
            " LIMIT 1"
        ),
        &[group.into(), code::access(access).into(), principal.into()],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// The groups that `principal` is a direct member of now, each with when the last grant of it ends.
pub(crate) fn memberships(
    tx: &ReadTx<'_>,
    principal: PrincipalId,
) -> Result<Vec<(GroupId, Option<Instant>)>, StoreError> {
    tx.all(
        concat!(
            "SELECT object_id, MAX(ends_at) FROM schedules
             WHERE principal_id = $1 AND kind = 1 AND access = 0 AND ",
            in_force!(),
            " GROUP BY object_id ORDER BY object_id"
        ),
        &[principal.into()],
        |row| {
            let ends_at = row.int(1)?;
            let ends_at = (ends_at != crate::sql::NO_END).then(|| Instant::from_micros(ends_at));
            Ok((GroupId::from_uuid(row.id(0)?), ends_at))
        },
    )
}

/// The six columns of a principal, from `h` and what it is joined with.
macro_rules! principal_columns {
    () => {
        "h.principal_id, h.principal_kind, COALESCE(u.display_name, g.display_name, p.display_name),
         u.user_principal_name, COALESCE(u.mail, g.mail), COALESCE(u.account_enabled, p.account_enabled)"
    };
}

macro_rules! names {
    () => {
        " LEFT JOIN users u ON u.id = h.principal_id LEFT JOIN groups g ON g.id = h.principal_id
          LEFT JOIN service_principals p ON p.id = h.principal_id
          WHERE 1 = 1"
    };
}

/// Who holds a role of a group, each once with the number of the first of their grants; up to and with the
/// grouping, so that a page can be cut out before names are looked up.
macro_rules! holding {
    () => {
        concat!(
            "SELECT principal_id, principal_kind, MIN(number) AS first FROM schedules
             WHERE object_id = $1 AND kind = 1 AND access = $2 AND ",
            in_force!(),
            " GROUP BY principal_id, principal_kind"
        )
    };
}

pub(crate) fn list_holders(
    tx: &ReadTx<'_>,
    group: GroupId,
    access: Access,
    query: &Query<PrincipalField>,
) -> Result<Page<Principal>, StoreError> {
    let of = || [group.into(), code::access(access).into()];
    let mut select = Sql::with(
        concat!(
            "SELECT ",
            principal_columns!(),
            ", h.first FROM (",
            holding!()
        ),
        of(),
    );
    // Names of those on other pages are not looked up where nothing asks for them.
    if query.filter.is_none()
        && query.order.is_empty()
        && (query.skip == 0 || query.after.is_some())
    {
        let after = query.after.unwrap_or(0);
        select.push(" HAVING MIN(number) > ");
        select.bind(i64::try_from(after).unwrap_or(i64::MAX));
        select.push(" ORDER BY first LIMIT ");
        select.bind(i64::from(query.top) + 1);
    }
    select.push(concat!(") h", names!()));
    KeyedList {
        select,
        count: Sql::with(
            concat!("SELECT COUNT(*) FROM (", holding!(), ") h", names!()),
            of(),
        ),
        key: "h.first",
        key_at: 6,
    }
    .read(tx, query, fields::principal, read_principal)
}

/// A row for each principal and each depth at which it was found: the depth ends what goes round in
/// circles, and there are at most `DEPTH_MAX` rows for one principal.
macro_rules! transitive {
    ($columns:expr) => {
        concat!(
            "WITH RECURSIVE nested (principal_id, principal_kind, depth) AS (
                 SELECT principal_id, principal_kind, 1 FROM schedules
                 WHERE object_id = $1 AND kind = 1 AND access = 0 AND principal_id <> $1 AND ",
            in_force!(),
            "    UNION
                 SELECT s.principal_id, s.principal_kind, n.depth + 1
                 FROM nested n JOIN schedules s ON s.object_id = n.principal_id
                 WHERE n.principal_kind = 1 AND n.depth < 16 AND s.kind = 1 AND s.access = 0
                     AND s.principal_id <> $1 AND ",
            in_force!(),
            ")
             SELECT ",
            $columns,
            " FROM (SELECT DISTINCT principal_id, principal_kind FROM nested) h",
            names!()
        )
    };
}

macro_rules! member_of {
    ($columns:expr) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM (SELECT DISTINCT object_id FROM schedules
             WHERE principal_id = $1 AND kind = 1 AND access = 0 AND ",
            in_force!(),
            ") h JOIN groups g ON g.id = h.object_id WHERE g.deleted_at IS NULL"
        )
    };
}

/// As `transitive!`, the other way: from whoever is in to what they are in.
macro_rules! transitive_member_of {
    ($columns:expr) => {
        concat!(
            "WITH RECURSIVE around (object_id, depth) AS (
                 SELECT object_id, 1 FROM schedules
                 WHERE principal_id = $1 AND kind = 1 AND access = 0 AND object_id <> $1 AND ",
            in_force!(),
            "    UNION
                 SELECT s.object_id, a.depth + 1
                 FROM around a JOIN schedules s ON s.principal_id = a.object_id
                 WHERE a.depth < 16 AND s.kind = 1 AND s.access = 0 AND s.object_id <> $1 AND ",
            in_force!(),
            ")
             SELECT ",
            $columns,
            " FROM (SELECT DISTINCT object_id FROM around) h JOIN groups g ON g.id = h.object_id
              WHERE g.deleted_at IS NULL"
        )
    };
}

pub(crate) fn list_member_of(
    tx: &ReadTx<'_>,
    principal: PrincipalId,
    query: &Query<GroupField>,
) -> Result<Page<Group>, StoreError> {
    let with = |text| Sql::with(text, [principal.into()]);
    List {
        select: with(member_of!("g.document, g.managed_since")),
        count: with(member_of!("COUNT(*)")),
        tie: "g.number",
    }
    .read(tx, query, fields::group, read_group)
}

pub(crate) fn list_transitive_member_of(
    tx: &ReadTx<'_>,
    principal: PrincipalId,
    query: &Query<GroupField>,
) -> Result<Page<Group>, StoreError> {
    let with = |text| Sql::with(text, [principal.into()]);
    List {
        select: with(transitive_member_of!("g.document, g.managed_since")),
        count: with(transitive_member_of!("COUNT(*)")),
        tie: "g.number",
    }
    .read(tx, query, fields::group, read_group)
}

// The statements spell the depth out.
const _: () = assert!(DEPTH_MAX == 16);

pub(crate) fn list_transitive(
    tx: &ReadTx<'_>,
    group: GroupId,
    query: &Query<PrincipalField>,
) -> Result<Page<Principal>, StoreError> {
    let with = |text| Sql::with(text, [group.into()]);
    List {
        select: with(transitive!(principal_columns!())),
        count: with(transitive!("COUNT(*)")),
        tie: "h.principal_kind, COALESCE(u.number, g.number, p.number), h.principal_id",
    }
    .read(tx, query, fields::principal, read_principal)
}

pub(crate) fn holders_as_of(
    tx: &ReadTx<'_>,
    group: GroupId,
    access: Access,
    at: Instant,
) -> Result<Vec<PrincipalRef>, StoreError> {
    tx.as_of(at).all(
        concat!(
            "SELECT principal_id, principal_kind FROM schedules
             WHERE object_id = $1 AND kind = 1 AND access = $2 AND ",
            in_force!(),
            " GROUP BY principal_id, principal_kind ORDER BY MIN(number)"
        ),
        &[group.into(), code::access(access).into()],
        |row| {
            Ok(PrincipalRef {
                id: PrincipalId::from_uuid(row.id(0)?),
                kind: code::to_principal_kind(row.int(1)?)?,
            })
        },
    )
}

pub(crate) fn owned_groups(
    tx: &ReadTx<'_>,
    principal: PrincipalId,
) -> Result<Vec<GroupId>, StoreError> {
    tx.all(
        concat!(
            "SELECT DISTINCT object_id FROM schedules
             WHERE principal_id = $1 AND kind = 1 AND access = 1 AND ",
            in_force!()
        ),
        &[principal.into()],
        |row| row.id(0).map(GroupId::from_uuid),
    )
}
