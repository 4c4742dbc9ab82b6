//! Changed policies into rows; a policy that nobody changed has none.

use ephor_core::policy::{Approver, Rules};
use ephor_core::role::Role;
use ephor_core::time::Instant;

use crate::audit::text;
use crate::tx::Tx;
use crate::{StoreError, code};

pub(crate) fn changed(
    tx: &Tx<'_>,
    role: Role,
    version: u32,
    at: Instant,
    rules: &Rules,
) -> Result<(), StoreError> {
    let (object, which, _) = code::role(role.for_policy());
    let (actor, actor_id) = code::actor(tx.caller().actor);
    tx.execute(
        "INSERT INTO policies (object_id, access, version, rules, modified_at, actor, actor_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (object_id, access) DO UPDATE
         SET version = excluded.version, rules = excluded.rules, modified_at = excluded.modified_at,
             actor = excluded.actor, actor_id = excluded.actor_id",
        &[
            object.into(),
            which.into(),
            version.into(),
            text(rules)?.into(),
            at.into(),
            actor.into(),
            actor_id.into(),
        ],
    )
    .map(drop)
}

/// Whoever approves finds what waits for them by this table; whether they may decide is judged by the policy.
pub(crate) fn approvers(tx: &Tx<'_>, role: Role, rules: &Rules) -> Result<(), StoreError> {
    let (object, which, _) = code::role(role.for_policy());
    tx.execute(
        "DELETE FROM policy_approvers WHERE object_id = $1 AND access = $2",
        &[object.into(), which.into()],
    )?;
    for approver in &rules.activation.approval.stage.primary_approvers {
        let id = match approver {
            Approver::User { id, .. } => *id,
            Approver::GroupMembers { id, .. } => (*id).into(),
        };
        tx.execute(
            "INSERT INTO policy_approvers (object_id, access, approver_id) VALUES ($1, $2, $3)
             ON CONFLICT DO NOTHING",
            &[object.into(), which.into(), id.into()],
        )?;
    }
    Ok(())
}
