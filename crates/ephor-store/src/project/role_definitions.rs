//! Custom roles into rows; the built-in ones need none.

use ephor_core::directory_role::CustomRole;
use ephor_core::id::RoleDefinitionId;
use ephor_core::time::Instant;

use crate::StoreError;
use crate::audit::text;
use crate::tx::Tx;

pub(crate) fn made(tx: &Tx<'_>, role: &CustomRole) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO role_definitions (id, created_at, document) VALUES ($1, $2, $3)",
        &[role.id.into(), role.created_at.into(), text(role)?.into()],
    )
    .map(drop)
}

pub(crate) fn changed(tx: &Tx<'_>, role: &CustomRole) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE role_definitions SET document = $2 WHERE id = $1",
        &[role.id.into(), text(role)?.into()],
    )
    .map(drop)
}

pub(crate) fn gone(
    tx: &Tx<'_>,
    definition: RoleDefinitionId,
    at: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE role_definitions SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL",
        &[definition.into(), at.into()],
    )
    .map(drop)
}
