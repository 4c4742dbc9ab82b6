//! The directory's rows: the tenant, users, groups, principals, and the grounds that a caller stands on.

use ephor_core::authority::{Ground, Standing};
use ephor_core::caller::{Actor, Caller};
use ephor_core::group::Group;
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::principal::{
    AccountState, DirectoryRole, Principal, PrincipalKind, PrincipalRef, User, UserPrincipalName,
};
use ephor_core::query::{GroupField, Page, Query, UserField};
use ephor_core::tenant::Tenant;
use ephor_core::text::DisplayName;
use ephor_core::time::Instant;

use super::fields;
use super::filter::{List, Sql};
use crate::sql::{Row, in_force};
use crate::tx::ReadTx;
use crate::{StoreError, code};

pub(crate) fn tenant(tx: &ReadTx<'_>) -> Result<Option<Tenant>, StoreError> {
    tx.one("SELECT document FROM tenant", &[], |row| row.json(0))
}

pub(crate) fn standing(
    tx: &ReadTx<'_>,
    caller: &Caller,
    group: Option<GroupId>,
    principal: Option<PrincipalId>,
) -> Result<Standing, StoreError> {
    let user = match caller.actor {
        Actor::Operator => return Ok(Standing::on([Ground::Operator])),
        // What Ephor does by itself is asked of nobody, and what it may do is in no line of the table.
        Actor::System => return Ok(Standing::default()),
        Actor::Application(id) => {
            let is_registered = tx.one(
                "SELECT 1 FROM applications WHERE id = $1 AND deleted_at IS NULL",
                &[id.into()],
                |_| Ok(()),
            )?;
            return Ok(Standing::on(is_registered.map(|()| Ground::Application)));
        }
        Actor::User(user) => user,
    };
    let found = tx.one(
        concat!(
            "SELECT
                 CASE WHEN EXISTS (SELECT 1 FROM directory_role_assignments
                     WHERE principal_id = u.id AND role = $2 AND ",
            in_force!(),
            ") THEN 1 ELSE 0 END,
                 CASE WHEN EXISTS (SELECT 1 FROM schedules
                     WHERE group_id = $3 AND access = 1 AND principal_id = u.id AND kind = 1 AND ",
            in_force!(),
            ") THEN 1 ELSE 0 END
             FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL AND u.account_enabled = 1"
        ),
        &[
            user.into(),
            code::role(DirectoryRole::GlobalAdministrator).into(),
            group.into(),
        ],
        |row| Ok((row.flag(0)?, row.flag(1)?)),
    )?;
    let Some((is_administrator, is_owner)) = found else {
        return Ok(Standing::default());
    };
    let grounds = [
        (Ground::GlobalAdministrator, is_administrator),
        (Ground::ActiveOwner, is_owner),
        (Ground::Oneself, principal == Some(user)),
        (Ground::Anyone, true),
    ];
    Ok(Standing::on(
        grounds
            .into_iter()
            .filter_map(|(ground, stands)| stands.then_some(ground)),
    ))
}

pub(crate) fn has_role(
    tx: &ReadTx<'_>,
    principal: PrincipalId,
    role: DirectoryRole,
) -> Result<bool, StoreError> {
    let found = tx.one(
        concat!(
            "SELECT 1 FROM directory_role_assignments WHERE principal_id = $1 AND role = $2
             AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = $1 AND u.account_enabled = 0) AND ",
            in_force!(),
            " LIMIT 1"
        ),
        &[principal.into(), code::role(role).into()],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
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
pub(super) fn read_group(row: &Row<'_>) -> Result<Group, StoreError> {
    let mut group: Group = row.json(0)?;
    group.managed_since = row.maybe_instant(1)?;
    Ok(group)
}

const PRINCIPAL: &str =
    "SELECT u.id, 0, u.display_name, u.user_principal_name, u.mail, u.account_enabled
     FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL
     UNION ALL
     SELECT g.id, 1, g.display_name, NULL, g.mail, 1
     FROM groups g WHERE g.id = $1 AND g.deleted_at IS NULL";

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
    List {
        select: Sql::new("SELECT u.document FROM users u WHERE u.deleted_at IS NULL"),
        count: Sql::new("SELECT COUNT(*) FROM users u WHERE u.deleted_at IS NULL"),
        tie: "u.number",
    }
    .read(tx, query, fields::user, |row| row.json(0))
}

pub(crate) fn list_groups(
    tx: &ReadTx<'_>,
    query: &Query<GroupField>,
) -> Result<Page<Group>, StoreError> {
    List {
        select: Sql::new(
            "SELECT g.document, g.managed_since FROM groups g WHERE g.deleted_at IS NULL",
        ),
        count: Sql::new("SELECT COUNT(*) FROM groups g WHERE g.deleted_at IS NULL"),
        tie: "g.number",
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
