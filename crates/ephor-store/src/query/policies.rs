//! Rows of policies into policies; where nobody changed one, its defaults.

use ephor_core::policy::{ContextClass, Modified, Policy, Rules};
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

/// How many roles ask for this authentication context when they are activated; a role of a deleted group asks for
/// nothing until the group is back.
pub(crate) fn that_ask_for(tx: &ReadTx<'_>, context: ContextClass) -> Result<usize, StoreError> {
    // The text only narrows what is read: what a rule asks is told by the rules themselves.
    let rules = tx.all(
        "SELECT rules FROM policies AS p
         WHERE p.rules LIKE $1
           AND (p.access = 2
                OR EXISTS (SELECT 1 FROM groups AS g WHERE g.id = p.object_id AND g.deleted_at IS NULL))",
        &[format!("%\"{context}\"%").into()],
        |row| row.json::<Rules>(0),
    )?;
    let asks = |rules: &&Rules| {
        let rule = &rules.activation.authentication_context;
        rule.is_required() && rule.context() == Some(context)
    };
    Ok(rules.iter().filter(asks).count())
}
