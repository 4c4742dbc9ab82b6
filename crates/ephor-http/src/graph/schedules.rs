//! Schedules and their instances, of either kind: the four collections that are only read
//! (`pim-groups.md` section 1).

use ephor_core::directory_role::RoleDefinition;
use ephor_core::id::{GrantId, ScheduleId};
use ephor_core::principal::PrincipalKind;
use ephor_core::query::{Page, ScheduleField, ScheduleView};
use ephor_core::refusal::Refusal;
use ephor_core::role::{DirectoryScope, Role, RoleKind};
use ephor_core::schedule::{GrantOrigin, Schedule, ScheduleKind};
use ephor_core::unit::Unit;
use ephor_ops::schedule::{self, ScheduleKey, Whose};
use ephor_ops::{OpResult, directory, role_definition};
use ephor_store::ReadTx;
use serde_json::{Value, json};

use super::related::{Links, Related};
use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::json::clipped;
use crate::odata::bind::Property;
use crate::odata::shape::Shape;
use crate::odata::tables::{INSTANCES, ROLE_INSTANCES, ROLE_SCHEDULES, SCHEDULES};
use crate::wire::group::{GROUP, group as group_members};
use crate::wire::object::{OBJECT, principal as principal_members};
use crate::wire::role::{ROLE_DEFINITION, role_definition as definition_members};
use crate::wire::schedule::{members, place, row, through_a_group};
use crate::wire::unit::{UNIT, unit};

const fn table(of: RoleKind, view: ScheduleView) -> &'static [Property<ScheduleField>] {
    match (of, view) {
        (RoleKind::Group, ScheduleView::Schedules) => SCHEDULES,
        (RoleKind::Group, ScheduleView::Instances) => INSTANCES,
        (RoleKind::Directory, ScheduleView::Schedules) => ROLE_SCHEDULES,
        (RoleKind::Directory, ScheduleView::Instances) => ROLE_INSTANCES,
    }
}

/// What the address calls a schedule by.
fn key(call: &Call, of: RoleKind) -> Result<ScheduleKey, HttpError> {
    match of {
        RoleKind::Group => call.id::<ScheduleId>(0).map(ScheduleKey::Group),
        RoleKind::Directory => call.id::<GrantId>(0).map(ScheduleKey::Directory),
    }
}

pub(super) fn links(schedule: &Schedule) -> Links {
    Links {
        principal: schedule.principal.id,
        role: schedule.role(),
        activated_using: match schedule.origin {
            GrantOrigin::Activated { using } => Some(using),
            GrantOrigin::Assigned | GrantOrigin::Outside | GrantOrigin::Package { .. } => None,
        },
        target: None,
    }
}

/// `GET` of a collection: the filter must name a group or a principal.
pub(crate) async fn list(
    call: Call,
    of: RoleKind,
    kind: ScheduleKind,
    view: ScheduleView,
) -> Result<Answer, HttpError> {
    rows(
        call,
        of,
        kind,
        view,
        Whose::Filtered,
        place(of, kind, view),
        None,
    )
    .await
}

/// `GET …/filterByCurrentUser(on='principal')`: the caller's own.
pub(crate) async fn mine(
    call: Call,
    of: RoleKind,
    kind: ScheduleKind,
    view: ScheduleView,
) -> Result<Answer, HttpError> {
    let on = call.param(0);
    if !on.eq_ignore_ascii_case("principal") {
        return Err(HttpError::bad_request(format!(
            "filterByCurrentUser is asked on `{}`, but here there is only `principal`.",
            clipped(on)
        )));
    }
    let type_name = members(of, kind, view).name;
    let context = format!("Collection({type_name})");
    rows(call, of, kind, view, Whose::Mine, &context, Some(type_name)).await
}

/// A page of rows with what is expanded of them.
async fn rows(
    call: Call,
    of: RoleKind,
    kind: ScheduleKind,
    view: ScheduleView,
    whose: Whose,
    context: &str,
    type_name: Option<&str>,
) -> Result<Answer, HttpError> {
    let listing = call.listing(table(of, view), members(of, kind, view))?;
    let (query, shape) = (listing.query.clone(), listing.shape.clone());
    let At { now, value } = call
        .read(
            "schedule.list",
            move |tx, caller| -> OpResult<(Page<Schedule>, Related)> {
                let page = schedule::list(tx, caller, kind, view, of, whose, &query)?;
                let related = Related::load(tx, caller, &shape, page.rows.iter().map(links))?;
                Ok((page, related))
            },
        )
        .await?;
    let (page, related) = value;
    let context = format!("{context}{}", listing.shape.context());
    let render = |schedule: Schedule| {
        let mut object = serde_json::Map::new();
        if let Some(name) = type_name {
            object.insert(
                "@odata.type".into(),
                json!(format!("#microsoft.graph.{name}")),
            );
        }
        object.extend(row(&schedule, view, now));
        if whose == Whose::Mine && schedule.principal.kind == PrincipalKind::Group {
            // One's own through a group (R-E6): activating it names the person all the same.
            object.insert("memberType".into(), through_a_group(of));
        }
        related.put(&mut object, &listing.shape, links(&schedule), view, now);
        listing.shape.apply(object, members(of, kind, view))
    };
    Ok(call.list(&context, &listing, At { now, value: page }, render))
}

/// `GET …/$count`
pub(crate) async fn count(
    call: Call,
    of: RoleKind,
    kind: ScheduleKind,
    view: ScheduleView,
) -> Result<Answer, HttpError> {
    let query = call.counting(table(of, view))?;
    let page = call
        .read("schedule.count", move |tx, caller| {
            schedule::list(tx, caller, kind, view, of, Whose::Filtered, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// `GET …/{id}`
pub(crate) async fn get(
    call: Call,
    of: RoleKind,
    kind: ScheduleKind,
    view: ScheduleView,
) -> Result<Answer, HttpError> {
    let shape = call.shape(members(of, kind, view))?;
    let id = key(&call, of)?;
    let wanted = shape.clone();
    let At { now, value } = call
        .read("schedule.read", move |tx, caller| {
            let found = schedule::get(tx, caller, kind, view, id)?;
            let related = Related::load(tx, caller, &wanted, std::iter::once(links(&found)))?;
            Ok((found, related))
        })
        .await?;
    let (found, related) = value;
    let mut object = row(&found, view, now);
    related.put(&mut object, &shape, links(&found), view, now);
    let context = format!("{}{}/$entity", place(of, kind, view), shape.context());
    Ok(call.entity(&context, shape.apply(object, members(of, kind, view))))
}

/// `GET …/{id}/group`
pub(crate) async fn group(
    call: Call,
    of: RoleKind,
    kind: ScheduleKind,
    view: ScheduleView,
) -> Result<Answer, HttpError> {
    let shape = call.shape(&GROUP)?;
    let id = key(&call, of)?;
    let found = call
        .read("schedule.group", move |tx, caller| {
            let found = schedule::get(tx, caller, kind, view, id)?;
            let group = found.role().group();
            let (_, groups) = directory::names(tx, &[], group.as_slice())?;
            first(groups, id)
        })
        .await?;
    Ok(call.entity(
        "groups/$entity",
        shape.apply(group_members(&found.value), &GROUP),
    ))
}

/// `GET …/{id}/principal`
pub(crate) async fn principal(
    call: Call,
    of: RoleKind,
    kind: ScheduleKind,
    view: ScheduleView,
) -> Result<Answer, HttpError> {
    let shape = call.shape(&OBJECT)?;
    let id = key(&call, of)?;
    let found = call
        .read("schedule.principal", move |tx, caller| {
            let found = schedule::get(tx, caller, kind, view, id)?;
            let (principals, _) = directory::names(tx, &[found.principal.id], &[])?;
            first(principals, id)
        })
        .await?;
    Ok(call.entity(
        "directoryObjects/$entity",
        shape.apply(principal_members(&found.value), &OBJECT),
    ))
}

/// `GET …/{id}/roleDefinition`: of a directory role's.
pub(crate) async fn definition(
    call: Call,
    kind: ScheduleKind,
    view: ScheduleView,
) -> Result<Answer, HttpError> {
    let shape = call.shape(&ROLE_DEFINITION)?;
    let id = key(&call, RoleKind::Directory)?;
    let found = call
        .read("schedule.definition", move |tx, caller| {
            let found = schedule::get(tx, caller, kind, view, id)?;
            let definition = found.role().definition();
            first(role_definition::names(tx, definition.as_slice())?, id)
        })
        .await?;
    Ok(definition_entity(&call, &shape, &found.value))
}

/// A role's definition as an answer of its own.
pub(super) fn definition_entity(call: &Call, shape: &Shape, found: &RoleDefinition) -> Answer {
    call.entity(
        "roleManagement/directory/roleDefinitions/$entity",
        shape.apply(definition_members(found), &ROLE_DEFINITION),
    )
}

/// `GET …/{id}/directoryScope`: the unit; the whole directory is no object.
pub(crate) async fn scope(
    call: Call,
    kind: ScheduleKind,
    view: ScheduleView,
) -> Result<Answer, HttpError> {
    let shape = call.shape(&UNIT)?;
    let id = key(&call, RoleKind::Directory)?;
    let found = call
        .read("schedule.scope", move |tx, caller| {
            let found = schedule::get(tx, caller, kind, view, id)?;
            unit_of(tx, found.role(), id)
        })
        .await?;
    Ok(call.entity(
        "directoryObjects/$entity",
        shape.apply(unit(&found.value), &UNIT),
    ))
}

/// The unit that a role is held over.
pub(super) fn unit_of(tx: &ReadTx<'_>, role: Role, id: impl std::fmt::Display) -> OpResult<Unit> {
    let found = match role {
        Role::Directory {
            scope: DirectoryScope::Unit(unit),
            ..
        } => tx.unit(unit)?,
        Role::Directory { .. } | Role::Group { .. } => None,
    };
    found.ok_or_else(|| Refusal::not_found(id).into())
}

/// `GET …/{id}/activatedUsing`: the eligibility that an activation was made from.
pub(crate) async fn activated_using(
    call: Call,
    of: RoleKind,
    view: ScheduleView,
) -> Result<Answer, HttpError> {
    let kind = ScheduleKind::Eligible;
    let shape = call.shape(members(of, kind, view))?;
    let id = key(&call, of)?;
    let found = call
        .read("schedule.activated_using", move |tx, caller| {
            let active = schedule::get(tx, caller, ScheduleKind::Active, view, id)?;
            let using = links(&active)
                .activated_using
                .ok_or_else(|| Refusal::not_found(id))?;
            schedule::get(tx, caller, kind, view, using)
        })
        .await?;
    Ok(one(&call, &shape, &found, view))
}

/// One schedule as an answer of its own.
pub(super) fn one(call: &Call, shape: &Shape, found: &At<Schedule>, view: ScheduleView) -> Answer {
    let (of, kind) = (found.value.role().kind(), found.value.kind);
    let object = row(&found.value, view, found.now);
    let shown: Value = shape.apply(object, members(of, kind, view));
    call.entity(&format!("{}/$entity", place(of, kind, view)), shown)
}

/// The one thing that was asked for, unless it has been deleted since.
pub(super) fn first<T>(found: Vec<T>, id: impl std::fmt::Display) -> OpResult<T> {
    found
        .into_iter()
        .next()
        .ok_or_else(|| Refusal::not_found(id).into())
}
