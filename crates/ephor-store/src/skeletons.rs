//! What the names of those who are here look like (T-44).
//!
//! Rows get their skeletons as they are written; those that an earlier Ephor wrote get them as the store is
//! opened, so that a name which was free to imitate before is no longer.

use ephor_core::group::Group;
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::principal::{User, UserPrincipalName};
use ephor_core::skeleton::Skeleton;
use ephor_core::time::Instant;

use crate::StoreError;
use crate::sql::Conn;
use crate::tx::ReadTx;

/// Somebody else whose name looks like this one.
pub(crate) fn user_like(
    tx: &ReadTx<'_>,
    name: &UserPrincipalName,
    except: Option<PrincipalId>,
) -> Result<Option<User>, StoreError> {
    let skeleton = name.skeleton();
    tx.one(
        "SELECT document FROM users
         WHERE (name_skeleton IN ($1, $2) OR name_folded_skeleton IN ($1, $2))
         AND deleted_at IS NULL AND id <> $3 LIMIT 1",
        &[
            skeleton.written().into(),
            skeleton.folded().into(),
            except
                .unwrap_or(PrincipalId::from_uuid(uuid::Uuid::nil()))
                .into(),
        ],
        |row| row.json(0),
    )
}

/// Another Microsoft 365 group whose nickname looks like this one.
pub(crate) fn group_like(
    tx: &ReadTx<'_>,
    nickname: &str,
    except: Option<GroupId>,
) -> Result<Option<Group>, StoreError> {
    let skeleton = Skeleton::of(nickname);
    tx.one(
        "SELECT document, managed_since FROM groups
         WHERE (nickname_skeleton IN ($1, $2) OR nickname_folded_skeleton IN ($1, $2))
         AND is_unified = 1 AND deleted_at IS NULL AND id <> $3 LIMIT 1",
        &[
            skeleton.written().into(),
            skeleton.folded().into(),
            except
                .unwrap_or(GroupId::from_uuid(uuid::Uuid::nil()))
                .into(),
        ],
        crate::query::directory::read_group,
    )
}

/// Fills the skeletons in where rows have none. Where all have, that is found out by one look into an index.
pub(crate) fn fill(conn: &Conn) -> Result<(), StoreError> {
    while fill_some(conn)? {}
    Ok(())
}

/// Fills a thousand of each in; whether there may be more.
fn fill_some(conn: &Conn) -> Result<bool, StoreError> {
    let now = Instant::EARLIEST;
    let mut users = Vec::new();
    conn.query(
        "SELECT number, user_principal_name FROM users WHERE name_skeleton IS NULL LIMIT 1000",
        &[],
        now,
        &mut |row| {
            users.push((row.int(0)?, row.text(1)?.to_owned()));
            Ok(())
        },
    )?;
    let mut groups = Vec::new();
    conn.query(
        "SELECT number, mail_nickname_key FROM groups WHERE nickname_skeleton IS NULL LIMIT 1000",
        &[],
        now,
        &mut |row| {
            groups.push((row.int(0)?, row.text(1)?.to_owned()));
            Ok(())
        },
    )?;
    if users.is_empty() && groups.is_empty() {
        return Ok(false);
    }
    conn.begin_write()?;
    let filled = users
        .into_iter()
        .map(|row| (row, "UPDATE users SET name_skeleton = $2, name_folded_skeleton = $3 WHERE number = $1"))
        .chain(groups.into_iter().map(|row| {
            (row, "UPDATE groups SET nickname_skeleton = $2, nickname_folded_skeleton = $3 WHERE number = $1")
        }))
        .try_for_each(|((number, name), sql)| {
            let skeleton = Skeleton::of(&name);
            let values = [number.into(), skeleton.written().into(), skeleton.folded().into()];
            conn.execute(sql, &values, now).map(drop)
        });
    match filled.and_then(|()| conn.commit()) {
        Ok(()) => Ok(true),
        Err(wrong) => {
            conn.roll_back();
            Err(wrong)
        }
    }
}
