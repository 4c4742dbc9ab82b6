//! Administrative units and what is in them, into rows.

use ephor_core::id::{PrincipalId, UnitId};
use ephor_core::principal::PrincipalRef;
use ephor_core::time::Instant;
use ephor_core::unit::{Management, Unit};

use crate::audit::text;
use crate::fold::{fold, fold_maybe};
use crate::tx::Tx;
use crate::{StoreError, code};

pub(crate) fn created(tx: &Tx<'_>, unit: &Unit) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO units (id, display_name_key, description_key, restricted, created_at, document)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            unit.id.into(),
            fold(unit.display_name.as_str()).into(),
            fold_maybe(unit.description.as_ref().map(|text| text.as_str())).into(),
            (unit.management == Management::Restricted).into(),
            unit.created_at.into(),
            text(unit)?.into(),
        ],
    )
    .map(drop)
}

pub(crate) fn changed(tx: &Tx<'_>, unit: &Unit) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE units SET display_name_key = $2, description_key = $3, document = $4 WHERE id = $1",
        &[
            unit.id.into(),
            fold(unit.display_name.as_str()).into(),
            fold_maybe(unit.description.as_ref().map(|text| text.as_str())).into(),
            text(unit)?.into(),
        ],
    )
    .map(drop)
}

/// Roles over it count only while it is there, so nothing else needs to end.
pub(crate) fn deleted(tx: &Tx<'_>, unit: UnitId, at: Instant) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE units SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL",
        &[unit.into(), at.into()],
    )
    .map(drop)
}

pub(crate) fn member_added(
    tx: &Tx<'_>,
    unit: UnitId,
    member: PrincipalRef,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO unit_members (unit_id, member_id, member_kind) VALUES ($1, $2, $3)",
        &[
            unit.into(),
            member.id.into(),
            code::principal_kind(member.kind).into(),
        ],
    )
    .map(drop)
}

pub(crate) fn member_removed(
    tx: &Tx<'_>,
    unit: UnitId,
    member: PrincipalId,
) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM unit_members WHERE unit_id = $1 AND member_id = $2",
        &[unit.into(), member.into()],
    )
    .map(drop)
}
