//! Directory roles given and taken outside PIM: `roleAssignments`, members of `directoryRoles`, and scoped role
//! members of units, which are three views of the same grants (`directory.md` 6.1).
//!
//! A role that is given here is had at once and without an end, and is recorded as made outside PIM (R-A8).

use ephor_core::authority::{Operation, Target, judge};
use ephor_core::caller::Caller;
use ephor_core::directory;
use ephor_core::event::{Attempt, EndReason, EndedSchedule, Event};
use ephor_core::id::{GrantId, PrincipalId, RoleDefinitionId, UnitId};
use ephor_core::principal::Principal;
use ephor_core::query::{Page, Query, ScheduleField, ScheduleView, Scope};
use ephor_core::refusal::Refusal;
use ephor_core::request::Object;
use ephor_core::role::{DirectoryScope, Role, RoleKind};
use ephor_core::schedule::{Schedule, ScheduleKind};
use ephor_store::{ReadTx, Tx};

use crate::authorise::{About, authorise, standing};
use crate::schedule_request::{administrators_stay, object};
use crate::{OpError, OpResult, cascade};

/// Directory roles that somebody has now, a page of them: everybody's for whoever may see that, else the
/// caller's own, by a filter that names them.
pub fn list(
    tx: &ReadTx<'_>,
    caller: &Caller,
    query: &Query<ScheduleField>,
) -> OpResult<Page<Schedule>> {
    let named = query
        .filter
        .as_ref()
        .and_then(|filter| filter.required_text(ScheduleField::PrincipalId));
    let principal: Option<PrincipalId> = named.and_then(|text| text.parse().ok());
    authorise(
        tx,
        caller,
        Operation::ReadRoleAssignments,
        About::NOTHING.of(principal),
    )?;
    Ok(tx.list_schedules(
        ScheduleKind::Active,
        ScheduleView::Instances,
        RoleKind::Directory,
        Scope::All,
        query,
    )?)
}

/// One of them.
pub fn get(tx: &ReadTx<'_>, caller: &Caller, id: GrantId) -> OpResult<Schedule> {
    ephor_core::authority::has_permission(Operation::ReadRoleAssignments, Target::Any, caller)?;
    let found = in_force(tx, id)?;
    let about = About::NOTHING.of(found.as_ref().map(|one| one.principal.id));
    let operation = Operation::ReadRoleAssignments;
    let standing = standing(tx, caller, operation, about)?;
    judge(operation, about.target, caller, &standing).map_err(|_| Refusal::not_found(id))?;
    found.ok_or_else(|| Refusal::not_found(id).into())
}

fn in_force(tx: &ReadTx<'_>, id: GrantId) -> OpResult<Option<Schedule>> {
    let found = tx.directory_schedule(ScheduleKind::Active, id)?;
    Ok(found.filter(|one| one.span.covers(tx.now())))
}

/// Who has a directory role over the whole directory now, people and groups as such.
pub fn members(
    tx: &ReadTx<'_>,
    caller: &Caller,
    definition: RoleDefinitionId,
) -> OpResult<Vec<Principal>> {
    authorise(tx, caller, Operation::ReadRoleAssignments, About::NOTHING)?;
    object(tx, Role::directory(definition))?;
    let holders = tx.directory_role_holders(definition)?;
    Ok(tx.principals(&holders)?)
}

/// Gives a directory role.
pub fn create(tx: &mut Tx<'_>, role: Role, principal: PrincipalId) -> OpResult<Schedule> {
    let attempt = attempt("assign", role, principal);
    created(tx, role, principal).map_err(|error| error.at(attempt))
}

fn created(tx: &mut Tx<'_>, role: Role, principal: PrincipalId) -> OpResult<Schedule> {
    let caller = tx.caller().clone();
    authorise(
        tx,
        &caller,
        Operation::ChangeRoleAssignments,
        About::NOTHING,
    )?;
    let (scope, definition) = directory_role(tx, role)?;
    tx.may_grant()?;
    let found = tx
        .principal(principal)?
        .ok_or_else(|| Refusal::not_found(principal))?;
    let as_group = tx.group(principal.as_group())?;
    let held = tx.role_schedules(role, principal)?;
    let schedule = directory::assign_role(
        &definition,
        scope,
        found.reference,
        as_group.as_ref(),
        &held,
        tx.now(),
        tx.ids(),
    )?;
    tx.record(&[Event::ScheduleGranted {
        request: None,
        schedule: Box::new(schedule.clone()),
    }])?;
    Ok(schedule)
}

fn directory_role(
    tx: &ReadTx<'_>,
    role: Role,
) -> OpResult<(DirectoryScope, ephor_core::directory_role::RoleDefinition)> {
    match (role, object(tx, role)?) {
        (Role::Directory { scope, .. }, Object::Directory(definition)) => Ok((scope, definition)),
        (Role::Directory { .. } | Role::Group { .. }, _) => Err(Refusal::not_found(role).into()),
    }
}

/// Takes a directory role away: at once, however it was given. Where a unit is named, only a role over it.
pub fn delete(tx: &mut Tx<'_>, id: GrantId, over: Option<UnitId>) -> OpResult<()> {
    let found = in_force(tx, id)?.filter(|one| match (over, one.role()) {
        (None, _) => true,
        (Some(unit), Role::Directory { scope, .. }) => scope == DirectoryScope::Unit(unit),
        (Some(_), Role::Group { .. }) => false,
    });
    let attempt = match &found {
        Some(one) => attempt("remove", one.role(), one.principal.id),
        None => Attempt {
            detail: Some(format!("remove {id}")),
            ..nothing()
        },
    };
    let remove = |tx: &mut Tx<'_>| {
        let caller = tx.caller().clone();
        authorise(
            tx,
            &caller,
            Operation::ChangeRoleAssignments,
            About::NOTHING,
        )?;
        let one = found.ok_or_else(|| OpError::from(Refusal::not_found(id)))?;
        end(tx, &caller, &[one])
    };
    remove(tx).map_err(|error| error.at(attempt))
}

/// Takes from somebody whatever gives them a directory role now.
pub fn remove(tx: &mut Tx<'_>, role: Role, principal: PrincipalId) -> OpResult<()> {
    let attempt = attempt("remove", role, principal);
    let remove = |tx: &mut Tx<'_>| {
        let caller = tx.caller().clone();
        authorise(
            tx,
            &caller,
            Operation::ChangeRoleAssignments,
            About::NOTHING,
        )?;
        directory_role(tx, role)?;
        let now = tx.now();
        let mut held = tx.role_schedules(role, principal)?;
        held.retain(|one| one.kind == ScheduleKind::Active && one.span.covers(now));
        if held.is_empty() {
            return Err(Refusal::not_found(principal).into());
        }
        end(tx, &caller, &held)
    };
    remove(tx).map_err(|error: OpError| error.at(attempt))
}

fn end(tx: &mut Tx<'_>, caller: &Caller, held: &[Schedule]) -> OpResult<()> {
    let ended = held
        .iter()
        .map(|one| EndedSchedule::now(one, EndReason::RemovedOutside))
        .collect();
    let event = Event::SchedulesEnded {
        request: None,
        ended,
        at: tx.now(),
    };
    administrators_stay(tx, caller, &event)?;
    let event = cascade::with_what_follows(tx, event)?;
    Ok(tx.record(&[event])?)
}

fn attempt(what: &str, role: Role, principal: PrincipalId) -> Attempt {
    Attempt {
        definition: role.definition(),
        principal: Some(principal),
        detail: Some(what.into()),
        ..nothing()
    }
}

fn nothing() -> Attempt {
    Attempt {
        operation: Operation::ChangeRoleAssignments.name().to_owned(),
        group: None,
        access: None,
        definition: None,
        principal: None,
        detail: None,
    }
}
