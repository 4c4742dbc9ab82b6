//! Rows of administrative units, and of what is in them.

use ephor_core::id::{PrincipalId, UnitId};
use ephor_core::principal::Principal;
use ephor_core::query::{Page, PrincipalField, Query, UnitField};
use ephor_core::unit::Unit;

use super::directory::read_principal;
use super::fields;
use super::filter::{KeyedList, Sql};
use crate::StoreError;
use crate::tx::ReadTx;

pub(crate) fn unit(tx: &ReadTx<'_>, id: UnitId) -> Result<Option<Unit>, StoreError> {
    tx.one(
        "SELECT document FROM units WHERE id = $1 AND deleted_at IS NULL",
        &[id.into()],
        |row| row.json(0),
    )
}

pub(crate) fn list(tx: &ReadTx<'_>, query: &Query<UnitField>) -> Result<Page<Unit>, StoreError> {
    KeyedList {
        select: Sql::new("SELECT t.document, t.number FROM units t WHERE t.deleted_at IS NULL"),
        count: Sql::new("SELECT COUNT(*) FROM units t WHERE t.deleted_at IS NULL"),
        key: "t.number",
        key_at: 1,
    }
    .read(tx, query, fields::unit, |row| row.json(0))
}

/// Whether it is directly in the unit.
pub(crate) fn has_member(
    tx: &ReadTx<'_>,
    unit: UnitId,
    member: PrincipalId,
) -> Result<bool, StoreError> {
    let found = tx.one(
        "SELECT 1 FROM unit_members WHERE unit_id = $1 AND member_id = $2",
        &[unit.into(), member.into()],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// The units that this object is directly in.
pub(crate) fn of_member(tx: &ReadTx<'_>, member: PrincipalId) -> Result<Vec<Unit>, StoreError> {
    tx.all(
        "SELECT t.document FROM unit_members m JOIN units t ON t.id = m.unit_id
         WHERE m.member_id = $1 AND t.deleted_at IS NULL ORDER BY t.number",
        &[member.into()],
        |row| row.json(0),
    )
}

macro_rules! members {
    ($columns:expr) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM (SELECT number, member_id AS principal_id, member_kind AS principal_kind
                 FROM unit_members WHERE unit_id = $1) h
             LEFT JOIN users u ON u.id = h.principal_id AND u.deleted_at IS NULL
             LEFT JOIN groups g ON g.id = h.principal_id AND g.deleted_at IS NULL
             LEFT JOIN service_principals p ON p.id = h.principal_id
             WHERE (u.id IS NOT NULL OR g.id IS NOT NULL)"
        )
    };
}

/// What is in the unit, a page of it; what has been deleted is left out.
pub(crate) fn list_members(
    tx: &ReadTx<'_>,
    unit: UnitId,
    query: &Query<PrincipalField>,
) -> Result<Page<Principal>, StoreError> {
    KeyedList {
        select: Sql::with(
            members!(
                "h.principal_id, h.principal_kind, COALESCE(u.display_name, g.display_name),
                 u.user_principal_name, COALESCE(u.mail, g.mail), u.account_enabled, h.number"
            ),
            [unit.into()],
        ),
        count: Sql::with(members!("COUNT(*)"), [unit.into()]),
        key: "h.number",
        key_at: 6,
    }
    .read(tx, query, fields::principal, read_principal)
}
