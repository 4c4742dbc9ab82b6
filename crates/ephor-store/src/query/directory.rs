//! The directory's rows: the tenant, users, groups and principals.

use ephor_core::group::Group;
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::principal::{
    AccountState, Principal, PrincipalKind, PrincipalRef, User, UserPrincipalName,
};
use ephor_core::query::{GroupField, Page, Query, UserField};
use ephor_core::tenant::Tenant;
use ephor_core::text::DisplayName;
use ephor_core::time::Instant;

use super::fields;
use super::filter::{KeyedList, List, Sql};
use crate::sql::Row;
use crate::tx::ReadTx;
use crate::{StoreError, code};

pub(crate) fn tenant(tx: &ReadTx<'_>) -> Result<Option<Tenant>, StoreError> {
    tx.one("SELECT document FROM tenant", &[], |row| row.json(0))
}

pub(crate) fn user(tx: &ReadTx<'_>, id: PrincipalId) -> Result<Option<User>, StoreError> {
    tx.one(
        "SELECT document FROM users WHERE id = $1 AND deleted_at IS NULL",
        &[id.into()],
        |row| row.json(0),
    )
}

pub(crate) fn user_by_name(
    tx: &ReadTx<'_>,
    name: &UserPrincipalName,
) -> Result<Option<User>, StoreError> {
    tx.one(
        "SELECT document FROM users WHERE user_principal_name_key = $1 AND deleted_at IS NULL",
        &[name.key().into()],
        |row| row.json(0),
    )
}

pub(crate) fn group(tx: &ReadTx<'_>, id: GroupId) -> Result<Option<Group>, StoreError> {
    tx.one(
        "SELECT document, managed_since FROM groups WHERE id = $1 AND deleted_at IS NULL",
        &[id.into()],
        read_group,
    )
}

pub(crate) fn groups_that_follow_a_rule(tx: &ReadTx<'_>) -> Result<Vec<Group>, StoreError> {
    tx.all(
        "SELECT document, managed_since FROM groups
         WHERE is_dynamic = 1 AND deleted_at IS NULL AND rule_processing_key = 'on' ORDER BY number",
        &[],
        read_group,
    )
}

/// Groups that were deleted since `since` and not for good, and when.
pub(crate) fn deleted_groups(
    tx: &ReadTx<'_>,
    since: Instant,
    query: &Query<GroupField>,
) -> Result<Page<(Group, Instant)>, StoreError> {
    let with = |text| Sql::with(text, [since.into()]);
    List {
        select: with(
            "SELECT g.document, g.managed_since, g.deleted_at FROM groups g
             WHERE g.deleted_at > $1 AND g.purged_at IS NULL",
        ),
        count: with(
            "SELECT COUNT(*) FROM groups g WHERE g.deleted_at > $1 AND g.purged_at IS NULL",
        ),
        tie: "g.deleted_at DESC, g.number DESC",
    }
    .read(tx, query, fields::group, |row| {
        Ok((read_group(row)?, row.instant(2)?))
    })
}

/// Users that were deleted since `since` and not for good, and when.
pub(crate) fn deleted_users(
    tx: &ReadTx<'_>,
    since: Instant,
    query: &Query<UserField>,
) -> Result<Page<(User, Instant)>, StoreError> {
    let with = |text| Sql::with(text, [since.into()]);
    List {
        select: with(
            "SELECT u.document, u.deleted_at FROM users u
             WHERE u.deleted_at > $1 AND u.purged_at IS NULL",
        ),
        count: with("SELECT COUNT(*) FROM users u WHERE u.deleted_at > $1 AND u.purged_at IS NULL"),
        tie: "u.deleted_at DESC, u.number DESC",
    }
    .read(tx, query, fields::user, |row| {
        Ok((row.json(0)?, row.instant(1)?))
    })
}

pub(crate) fn deleted_group(
    tx: &ReadTx<'_>,
    id: GroupId,
) -> Result<Option<(Group, Instant)>, StoreError> {
    tx.one(
        "SELECT document, managed_since, deleted_at FROM groups
         WHERE id = $1 AND deleted_at IS NOT NULL AND purged_at IS NULL",
        &[id.into()],
        |row| Ok((read_group(row)?, row.instant(2)?)),
    )
}

pub(crate) fn deleted_user(
    tx: &ReadTx<'_>,
    id: PrincipalId,
) -> Result<Option<(User, Instant)>, StoreError> {
    tx.one(
        "SELECT document, deleted_at FROM users
         WHERE id = $1 AND deleted_at IS NOT NULL AND purged_at IS NULL",
        &[id.into()],
        |row| Ok((row.json(0)?, row.instant(1)?)),
    )
}

/// A group's document, with what changed since it was made.
pub(crate) fn read_group(row: &Row<'_>) -> Result<Group, StoreError> {
    let mut group: Group = row.json(0)?;
    group.managed_since = row.maybe_instant(1)?;
    Ok(group)
}

const PRINCIPAL: &str =
    "SELECT u.id, 0, u.display_name, u.user_principal_name, u.mail, u.account_enabled
     FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL
     UNION ALL
     SELECT g.id, 1, g.display_name, NULL, g.mail, 1
     FROM groups g WHERE g.id = $1 AND g.deleted_at IS NULL
     UNION ALL
     SELECT p.id, 2, p.display_name, NULL, NULL, p.account_enabled
     FROM service_principals p WHERE p.id = $1 AND p.deleted_at IS NULL";

pub(crate) fn principal(tx: &ReadTx<'_>, id: PrincipalId) -> Result<Option<Principal>, StoreError> {
    tx.one(PRINCIPAL, &[id.into()], read_principal)
}

pub(crate) fn principals(
    tx: &ReadTx<'_>,
    ids: &[PrincipalId],
) -> Result<Vec<Principal>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = &padded(ids);
    let mut sql = Sql::new(
        "SELECT u.id, 0, u.display_name, u.user_principal_name, u.mail, u.account_enabled
         FROM users u WHERE u.deleted_at IS NULL AND u.id IN (",
    );
    ids_list(&mut sql, ids);
    sql.push(
        ") UNION ALL SELECT g.id, 1, g.display_name, NULL, g.mail, 1
         FROM groups g WHERE g.deleted_at IS NULL AND g.id IN (",
    );
    ids_list(&mut sql, ids);
    sql.push(
        ") UNION ALL SELECT p.id, 2, p.display_name, NULL, NULL, p.account_enabled
         FROM service_principals p WHERE p.deleted_at IS NULL AND p.id IN (",
    );
    ids_list(&mut sql, ids);
    sql.push(")");
    sql.all(tx, read_principal)
}

pub(crate) fn groups(tx: &ReadTx<'_>, ids: &[GroupId]) -> Result<Vec<Group>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = &padded(ids);
    let mut sql =
        Sql::new("SELECT document, managed_since FROM groups WHERE deleted_at IS NULL AND id IN (");
    ids_list(&mut sql, ids);
    sql.push(")");
    sql.all(tx, read_group)
}

/// The ids with the last one repeated up to a power of two, so that lists of every length make few texts.
fn padded<I: Copy>(ids: &[I]) -> Vec<I> {
    let mut padded = ids.to_vec();
    if let Some(last) = ids.last() {
        padded.resize(ids.len().next_power_of_two(), *last);
    }
    padded
}

fn ids_list<I: Copy + Into<crate::sql::Value<'static>>>(sql: &mut Sql, ids: &[I]) {
    for (at, id) in ids.iter().enumerate() {
        if at > 0 {
            sql.push(", ");
        }
        sql.bind(*id);
    }
}

/// A principal from the six columns that every statement about principals has first.
pub(crate) fn read_principal(row: &Row<'_>) -> Result<Principal, StoreError> {
    let id = PrincipalId::from_uuid(row.id(0)?);
    let kind: PrincipalKind = code::to_principal_kind(row.int(1)?)?;
    // Whoever holds access is shown, even where their name is not known here.
    let display_name = match row.maybe_text(2)? {
        Some(name) => name.to_owned(),
        None => id.to_string(),
    };
    Ok(Principal {
        reference: PrincipalRef { id, kind },
        display_name: DisplayName::new(display_name)
            .map_err(|wrong| StoreError::Damaged(format!("a display name {wrong}")))?,
        user_principal_name: row
            .maybe_text(3)?
            .map(str::parse)
            .transpose()
            .map_err(|wrong| StoreError::Damaged(format!("a user principal name {wrong}")))?,
        mail: row.maybe_text(4)?.map(str::to_owned),
        account: if row.maybe_int(5)? == Some(0) {
            AccountState::Disabled
        } else {
            AccountState::Enabled
        },
    })
}

pub(crate) fn list_users(
    tx: &ReadTx<'_>,
    query: &Query<UserField>,
) -> Result<Page<User>, StoreError> {
    KeyedList {
        select: Sql::new("SELECT u.document, u.number FROM users u WHERE u.deleted_at IS NULL"),
        count: Sql::new("SELECT COUNT(*) FROM users u WHERE u.deleted_at IS NULL"),
        key: "u.number",
        key_at: 1,
    }
    .read(tx, query, fields::user, |row| row.json(0))
}

pub(crate) fn list_groups(
    tx: &ReadTx<'_>,
    query: &Query<GroupField>,
) -> Result<Page<Group>, StoreError> {
    KeyedList {
        select: Sql::new(
            "SELECT g.document, g.managed_since, g.number FROM groups g WHERE g.deleted_at IS NULL",
        ),
        count: Sql::new("SELECT COUNT(*) FROM groups g WHERE g.deleted_at IS NULL"),
        key: "g.number",
        key_at: 2,
    }
    .read(tx, query, fields::group, read_group)
}

/// Accounts of the same person: the same `employeeId`, deleted ones left out.
pub(crate) fn linked_accounts(
    tx: &ReadTx<'_>,
    user: PrincipalId,
) -> Result<Vec<PrincipalId>, StoreError> {
    tx.all(
        "SELECT other.id FROM users one JOIN users other ON other.employee_id_key = one.employee_id_key
         WHERE one.id = $1 AND other.id <> $1 AND other.deleted_at IS NULL",
        &[user.into()],
        |row| row.id(0).map(PrincipalId::from_uuid),
    )
}

/// How many role-assignable groups there are (R-A2).
pub(crate) fn role_assignable_groups(tx: &ReadTx<'_>) -> Result<u64, StoreError> {
    let count = tx.one(
        "SELECT COUNT(*) FROM groups WHERE role_assignable = 1 AND deleted_at IS NULL",
        &[],
        |row| row.int(0),
    )?;
    Ok(count
        .and_then(|count| u64::try_from(count).ok())
        .unwrap_or(0))
}
