//! Rows of policies into policies; where nobody changed one, its defaults.

use ephor_core::group::Access;
use ephor_core::id::GroupId;
use ephor_core::policy::{Modified, Policy};

use crate::sql::in_force;
use crate::tx::ReadTx;
use crate::{StoreError, code};

pub(crate) fn of_role(
    tx: &ReadTx<'_>,
    group: GroupId,
    access: Access,
) -> Result<Policy, StoreError> {
    let stored = tx.one(
        "SELECT version, rules, modified_at, actor, actor_id FROM policies
         WHERE group_id = $1 AND access = $2",
        &[group.into(), code::access(access).into()],
        |row| {
            Ok(Policy {
                group,
                access,
                version: u32::try_from(row.int(0)?).map_err(|_| {
                    StoreError::Damaged("a policy's version is out of range".into())
                })?,
                rules: row.json(1)?,
                modified: Some(Modified {
                    at: row.instant(2)?,
                    by: code::to_actor(row.int(3)?, row.maybe_id(4)?)?,
                }),
            })
        },
    )?;
    Ok(stored.unwrap_or_else(|| Policy::default_of(group, access)))
}

pub(crate) fn role_assignable_approved_by(
    tx: &ReadTx<'_>,
    group: GroupId,
) -> Result<Vec<GroupId>, StoreError> {
    tx.all(
        concat!(
            "WITH RECURSIVE above (group_id, depth) AS (
                 SELECT id, 0 FROM groups WHERE id = $1
                 UNION
                 SELECT s.group_id, a.depth + 1 FROM above a JOIN schedules s ON s.principal_id = a.group_id
                 WHERE a.depth < 16 AND s.kind = 1 AND s.access = 0 AND ",
            in_force!(),
            ")
             SELECT DISTINCT p.group_id FROM policy_approvers p JOIN groups g ON g.id = p.group_id
             WHERE g.role_assignable = 1 AND g.deleted_at IS NULL
                 AND p.approver_id IN (SELECT group_id FROM above)"
        ),
        &[group.into()],
        |row| row.id(0).map(GroupId::from_uuid),
    )
}
