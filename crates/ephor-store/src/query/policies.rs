//! Rows of policies into policies; where nobody changed one, its defaults.

use ephor_core::policy::{Modified, Policy};
use ephor_core::role::Role;

use crate::tx::ReadTx;
use crate::{StoreError, code};

pub(crate) fn of_role(tx: &ReadTx<'_>, role: Role) -> Result<Policy, StoreError> {
    let (object, access, _) = code::role(role.for_policy());
    let stored = tx.one(
        "SELECT version, rules, modified_at, actor, actor_id FROM policies
         WHERE object_id = $1 AND access = $2",
        &[object.into(), access.into()],
        |row| {
            Ok(Policy {
                role: role.for_policy(),
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
    Ok(stored.unwrap_or_else(|| Policy::default_of(role)))
}
