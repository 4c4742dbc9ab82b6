//! Changed policies into rows; a policy that nobody changed has none.

use ephor_core::group::Access;
use ephor_core::id::GroupId;
use ephor_core::policy::Rules;
use ephor_core::time::Instant;

use crate::audit::text;
use crate::tx::Tx;
use crate::{StoreError, code};

pub(crate) fn changed(
    tx: &Tx<'_>,
    group: GroupId,
    access: Access,
    version: u32,
    at: Instant,
    rules: &Rules,
) -> Result<(), StoreError> {
    let (actor, actor_id) = code::actor(tx.caller().actor);
    tx.execute(
        "INSERT INTO policies (group_id, access, version, rules, modified_at, actor, actor_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (group_id, access) DO UPDATE
         SET version = excluded.version, rules = excluded.rules, modified_at = excluded.modified_at,
             actor = excluded.actor, actor_id = excluded.actor_id",
        &[
            group.into(),
            code::access(access).into(),
            version.into(),
            text(rules)?.into(),
            at.into(),
            actor.into(),
            actor_id.into(),
        ],
    )
    .map(drop)
}
