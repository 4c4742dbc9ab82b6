//! Administrative units: make them, and put things into them (`directory.md` section 5).
//!
//! A unit gives nothing by itself; roles that are held over it reach what is directly in it.

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::event::{Attempt, Event};
use ephor_core::group::Group;
use ephor_core::id::{PrincipalId, UnitId};
use ephor_core::principal::{Principal, PrincipalKind};
use ephor_core::query::{Comparison, Literal, Page, Predicate, PrincipalField, Query, UnitField};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::text::{Description, DisplayName};
use ephor_core::unit::{Management, Unit, UnitVisibility};
use ephor_store::{ReadTx, Tx};

use crate::authorise::{About, authorise};
use crate::directory::{self, NewGroup};
use crate::{OpError, OpResult};

/// Something can be in this many units (`directory.md` section 9).
pub const UNITS_OF_ONE_MAX: usize = 30;
/// There can be this many units whose management is restricted.
pub const RESTRICTED_MAX: u32 = 100;

/// A unit to be made.
#[derive(Debug, Clone)]
pub struct NewUnit {
    /// What people call it.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: Option<Description>,
    /// Who may see what is in it.
    pub visibility: Option<UnitVisibility>,
    /// Whether only its own administrators may change what is in it.
    pub management: Management,
}

/// What of a unit is to be changed; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct UnitChange {
    /// What people call it.
    pub display_name: Option<DisplayName>,
    /// What it is for; nothing, where that is said.
    pub description: Option<Option<Description>>,
    /// Who may see what is in it.
    pub visibility: Option<Option<UnitVisibility>>,
}

/// A unit.
pub fn get(tx: &ReadTx<'_>, caller: &Caller, id: UnitId) -> OpResult<Unit> {
    authorise(tx, caller, Operation::ReadUnits, About::NOTHING)?;
    tx.unit(id)?.ok_or_else(|| Refusal::not_found(id).into())
}

/// Units, a page of them.
pub fn list(tx: &ReadTx<'_>, caller: &Caller, query: &Query<UnitField>) -> OpResult<Page<Unit>> {
    authorise(tx, caller, Operation::ReadUnits, About::NOTHING)?;
    Ok(tx.list_units(query)?)
}

/// What is directly in a unit, a page of it.
pub fn members(
    tx: &ReadTx<'_>,
    caller: &Caller,
    id: UnitId,
    query: &Query<PrincipalField>,
) -> OpResult<Page<Principal>> {
    get(tx, caller, id)?;
    Ok(tx.list_unit_members(id, query)?)
}

/// Makes a unit.
pub fn create(tx: &mut Tx<'_>, new: NewUnit) -> OpResult<Unit> {
    let attempt = attempt(
        Operation::ChangeUnits,
        None,
        format!("create {}", new.display_name),
    );
    let make = |tx: &mut Tx<'_>| {
        let caller = tx.caller().clone();
        authorise(tx, &caller, Operation::ChangeUnits, About::NOTHING)?;
        if new.management == Management::Restricted {
            room_for_restricted(tx)?;
        }
        let unit = Unit {
            id: UnitId::fresh(tx.ids()),
            display_name: new.display_name,
            description: new.description,
            visibility: new.visibility,
            management: new.management,
            created_at: tx.now(),
        };
        tx.record(&[Event::UnitCreated {
            unit: Box::new(unit.clone()),
        }])?;
        Ok(unit)
    };
    make(tx).map_err(|error: OpError| error.at(attempt))
}

fn room_for_restricted(tx: &ReadTx<'_>) -> OpResult<()> {
    let restricted = Query {
        filter: Some(Predicate::Compare(
            UnitField::IsMemberManagementRestricted,
            Comparison::Eq,
            Literal::Bool(true),
        )),
        top: RESTRICTED_MAX,
        ..Query::default()
    };
    let found = tx.list_units(&restricted)?.rows.len();
    if u32::try_from(found).is_ok_and(|found| found < RESTRICTED_MAX) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::QuotaExceeded,
        format!("there are {RESTRICTED_MAX} restricted units, and there can be no more"),
    )
    .into())
}

/// Changes a unit.
pub fn change(tx: &mut Tx<'_>, id: UnitId, change: UnitChange) -> OpResult<Unit> {
    let make = |tx: &mut Tx<'_>| {
        let before = changeable(tx, id, Operation::ChangeUnits)?;
        let after = Unit {
            display_name: change
                .display_name
                .unwrap_or_else(|| before.display_name.clone()),
            description: change
                .description
                .unwrap_or_else(|| before.description.clone()),
            visibility: change.visibility.unwrap_or(before.visibility),
            ..before.clone()
        };
        if after != before {
            tx.record(&[Event::UnitChanged {
                before: Box::new(before),
                after: Box::new(after.clone()),
            }])?;
        }
        Ok(after)
    };
    let attempt = attempt(Operation::ChangeUnits, None, format!("change {id}"));
    make(tx).map_err(|error: OpError| error.at(attempt))
}

/// Deletes a unit: roles that are held over it reach nothing from that instant.
pub fn delete(tx: &mut Tx<'_>, id: UnitId) -> OpResult<()> {
    let remove = |tx: &mut Tx<'_>| {
        changeable(tx, id, Operation::ChangeUnits)?;
        let at = tx.now();
        Ok(tx.record(&[Event::UnitDeleted { unit: id, at }])?)
    };
    let attempt = attempt(Operation::ChangeUnits, None, format!("delete {id}"));
    remove(tx).map_err(|error: OpError| error.at(attempt))
}

/// Puts a user or a group into a unit.
pub fn add_member(tx: &mut Tx<'_>, id: UnitId, member: PrincipalId) -> OpResult<()> {
    let add = |tx: &mut Tx<'_>| {
        changeable(tx, id, Operation::ChangeUnitMembers)?;
        let found = tx
            .principal(member)?
            .ok_or_else(|| OpError::from(Refusal::not_found(member)))?;
        if found.reference.kind == PrincipalKind::ServicePrincipal {
            return Err(Refusal::new(
                Code::BadRequest,
                "users and groups can be in an administrative unit, service principals can't",
            )
            .into());
        }
        if tx.is_in_unit(id, member)? {
            return Err(Refusal::new(
                Code::BadRequest,
                "one or more added object references already exist for the following modified properties: 'members'",
            )
            .into());
        }
        if tx.units_of(member)?.len() >= UNITS_OF_ONE_MAX {
            return Err(Refusal::new(
                Code::QuotaExceeded,
                format!("it is in {UNITS_OF_ONE_MAX} administrative units, and can be in no more"),
            )
            .into());
        }
        Ok(tx.record(&[Event::UnitMemberAdded {
            unit: id,
            member: found.reference,
        }])?)
    };
    let attempt = attempt(
        Operation::ChangeUnitMembers,
        Some(member),
        format!("add to {id}"),
    );
    add(tx).map_err(|error: OpError| error.at(attempt))
}

/// Makes a group in a unit, or nothing of it.
pub fn create_group(tx: &mut Tx<'_>, id: UnitId, new: NewGroup) -> OpResult<Group> {
    let group = directory::create_group(tx, new)?;
    add_member(tx, id, group.id.into())?;
    Ok(group)
}

/// Takes something out of a unit.
pub fn remove_member(tx: &mut Tx<'_>, id: UnitId, member: PrincipalId) -> OpResult<()> {
    let remove = |tx: &mut Tx<'_>| {
        changeable(tx, id, Operation::ChangeUnitMembers)?;
        if !tx.is_in_unit(id, member)? {
            return Err(Refusal::not_found(member).into());
        }
        Ok(tx.record(&[Event::UnitMemberRemoved { unit: id, member }])?)
    };
    let detail = format!("remove from {id}");
    let attempt = attempt(Operation::ChangeUnitMembers, Some(member), detail);
    remove(tx).map_err(|error: OpError| error.at(attempt))
}

/// The unit, if the caller may do this to it.
fn changeable(tx: &Tx<'_>, id: UnitId, operation: Operation) -> OpResult<Unit> {
    authorise(tx, tx.caller(), operation, About::NOTHING)?;
    tx.unit(id)?.ok_or_else(|| Refusal::not_found(id).into())
}

fn attempt(operation: Operation, principal: Option<PrincipalId>, detail: String) -> Attempt {
    Attempt {
        operation: operation.name().to_owned(),
        group: None,
        access: None,
        definition: None,
        principal,
        detail: Some(detail),
    }
}
