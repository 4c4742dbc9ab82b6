//! `/roleManagement/directory/roleAssignments`: who has which directory role now (`directory.md` 6.1).
//!
//! What is made here is had at once, without an end, and is recorded as made outside PIM.

use ephor_core::id::{GrantId, PrincipalId};
use ephor_core::query::Page;
use ephor_core::schedule::Schedule;
use ephor_ops::{OpResult, directory, role_assignment as assignments, role_definition};
use serde_json::Value;

use super::related::Related;
use super::schedules::{definition_entity, first, links, unit_of};
use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::odata::shape::Shape;
use crate::odata::tables::ROLE_ASSIGNMENTS;
use crate::wire::object::{OBJECT, principal as principal_members};
use crate::wire::request::directory_role;
use crate::wire::role::{ROLE_ASSIGNMENT, ROLE_DEFINITION, role_assignment};
use crate::wire::unit::{UNIT, unit as unit_members};

const COLLECTION: &str = "roleManagement/directory/roleAssignments";

/// `GET` of the collection.
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    let listing = call.listing(ROLE_ASSIGNMENTS, &ROLE_ASSIGNMENT)?;
    let (query, shape) = (listing.query.clone(), listing.shape.clone());
    let At { now, value } = call
        .read(
            "role.assignment.list",
            move |tx, caller| -> OpResult<(Page<Schedule>, Related)> {
                let page = assignments::list(tx, caller, &query)?;
                let related = Related::load(tx, caller, &shape, page.rows.iter().map(links))?;
                Ok((page, related))
            },
        )
        .await?;
    let (page, related) = value;
    let context = format!("{COLLECTION}{}", listing.shape.context());
    let render = |row: Schedule| shown(&row, &related, &listing.shape, now);
    Ok(call.list(&context, &listing, At { now, value: page }, render))
}

fn shown(
    row: &Schedule,
    related: &Related,
    shape: &Shape,
    now: ephor_core::time::Instant,
) -> Value {
    let mut object = role_assignment(row);
    let view = ephor_core::query::ScheduleView::Instances;
    related.put(&mut object, shape, links(row), view, now);
    shape.apply(object, &ROLE_ASSIGNMENT)
}

/// `GET …/$count`
pub(crate) async fn count(call: Call) -> Result<Answer, HttpError> {
    let query = call.counting(ROLE_ASSIGNMENTS)?;
    let page = call
        .read("role.assignment.count", move |tx, caller| {
            assignments::list(tx, caller, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// `GET …/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&ROLE_ASSIGNMENT)?;
    let id: GrantId = call.id(0)?;
    let wanted = shape.clone();
    let At { now, value } = call
        .read("role.assignment.read", move |tx, caller| {
            let found = assignments::get(tx, caller, id)?;
            let related = Related::load(tx, caller, &wanted, std::iter::once(links(&found)))?;
            Ok((found, related))
        })
        .await?;
    let (found, related) = value;
    let context = format!("{COLLECTION}{}/$entity", shape.context());
    Ok(call.entity(&context, shown(&found, &related, &shape, now)))
}

/// `GET …/{id}/principal`
pub(crate) async fn principal(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&OBJECT)?;
    let id: GrantId = call.id(0)?;
    let found = call
        .read("role.assignment.read", move |tx, caller| {
            let found = assignments::get(tx, caller, id)?;
            let (principals, _) = directory::names(tx, &[found.principal.id], &[])?;
            first(principals, id)
        })
        .await?;
    Ok(call.entity(
        "directoryObjects/$entity",
        shape.apply(principal_members(&found.value), &OBJECT),
    ))
}

/// `GET …/{id}/roleDefinition`
pub(crate) async fn definition(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&ROLE_DEFINITION)?;
    let id: GrantId = call.id(0)?;
    let found = call
        .read("role.assignment.read", move |tx, caller| {
            let found = assignments::get(tx, caller, id)?;
            let definition = found.role().definition();
            first(role_definition::names(tx, definition.as_slice())?, id)
        })
        .await?;
    Ok(definition_entity(&call, &shape, &found.value))
}

/// `GET …/{id}/directoryScope`: the unit; the whole directory is no object.
pub(crate) async fn scope(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&UNIT)?;
    let id: GrantId = call.id(0)?;
    let found = call
        .read("role.assignment.read", move |tx, caller| {
            let found = assignments::get(tx, caller, id)?;
            unit_of(tx, found.role(), id)
        })
        .await?;
    Ok(call.entity(
        "directoryObjects/$entity",
        shape.apply(unit_members(&found.value), &UNIT),
    ))
}

/// `POST` of the collection.
pub(crate) async fn create(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let (role, principal) = call.body(|fields| {
        let principal = fields
            .parsed::<PrincipalId>("principalId")?
            .ok_or_else(|| fields.missing("principalId"))?;
        Ok((directory_role(fields)?, principal))
    })?;
    let made = |call: &Call, made: At<Schedule>| {
        let id = made.value.id.grant;
        let location = format!("{}/v1.0/{COLLECTION}/{id}", call.app.public_url);
        let shown = Shape::default().apply(role_assignment(&made.value), &ROLE_ASSIGNMENT);
        call.entity(&format!("{COLLECTION}/$entity"), shown)
            .created(location)
    };
    call.write(
        "role.assignment.create",
        move |tx| assignments::create(tx, role, principal),
        made,
    )
    .await
}

/// `DELETE …/{id}`
pub(crate) async fn delete(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: GrantId = call.id(0)?;
    call.write(
        "role.assignment.delete",
        move |tx| assignments::delete(tx, id, None),
        |_, _| Answer::done(),
    )
    .await
}

/// `GET …/{id}/appScope` of anything here: roles of the directory have no application's scope.
pub(crate) async fn app_scope(call: Call) -> Result<Answer, HttpError> {
    let may_read = |tx: &ephor_store::ReadTx<'_>, caller: &ephor_core::caller::Caller| {
        role_definition::list(tx, caller).map(|_| ())
    };
    call.read("role.definition.list", may_read).await?;
    Ok(Answer::done())
}
