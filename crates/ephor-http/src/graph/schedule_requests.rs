//! Schedule requests of either kind: make one, try one, read them (`pim-groups.md` sections 1 and 2).

use ephor_core::id::RequestId;
use ephor_core::query::{Page, RequestField, ScheduleView};
use ephor_core::refusal::Refusal;
use ephor_core::request::ScheduleRequest;
use ephor_core::role::RoleKind;
use ephor_core::schedule::{GrantOrigin, ScheduleKind};
use ephor_ops::schedule::{self, Whose};
use ephor_ops::schedule_request::{self as requests, RequestKey};
use ephor_ops::{OpResult, directory, role_definition};
use ephor_store::ReadTx;
use serde_json::json;

use super::related::{Links, Related};
use super::schedules::{definition_entity, first, one, unit_of};
use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::json::clipped;
use crate::odata::bind::Property;
use crate::odata::tables::{REQUESTS, ROLE_REQUESTS};
use crate::wire::group::{GROUP, group as group_members};
use crate::wire::object::{OBJECT, principal as principal_members};
use crate::wire::request::{members, place, posted, request, tried};
use crate::wire::role::ROLE_DEFINITION;
use crate::wire::schedule as schedule_wire;
use crate::wire::unit::{UNIT, unit};

fn links(request: &ScheduleRequest) -> Links {
    Links {
        principal: request.principal,
        role: request.role,
        activated_using: None,
        target: request.target.map(|id| (request.kind, id)),
    }
}

/// `POST`: what is asked for is in force, or will be, once this is answered.
pub(crate) async fn create(
    call: Call,
    of: RoleKind,
    kind: ScheduleKind,
) -> Result<Answer, HttpError> {
    call.no_options()?;
    let posted = call.body(|fields| posted(fields, of, kind))?;
    let context = format!("{}/$entity", place(of, kind));
    let ask = posted.ask;
    if posted.only_try {
        let answer = call
            .read("schedule.try", move |tx, caller| {
                requests::try_out(tx, caller, &ask)
            })
            .await?;
        let body = call.entity(&context, tried(&answer.value, answer.now).into());
        return Ok(body.with_status(http::StatusCode::CREATED));
    }
    let made = move |call: &Call, made: At<ScheduleRequest>| {
        let location = format!(
            "{}/v1.0/{}/{}",
            call.app.public_url,
            place(of, kind),
            made.value.id
        );
        let body = call.entity(&context, request(&made.value, made.now).into());
        body.created(location)
    };
    call.write(
        "schedule.request",
        move |tx| requests::create(tx, &ask),
        made,
    )
    .await
}

/// `POST …/{id}/cancel`: a request that waits, or was granted and has not begun, is withdrawn (R-E4).
pub(crate) async fn cancel(
    call: Call,
    of: RoleKind,
    kind: ScheduleKind,
) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = id(&call, of)?;
    call.write(
        "schedule.cancel",
        move |tx| requests::cancel(tx, kind, id),
        |_, _| Answer::done(),
    )
    .await
}

/// `GET` of the collection: the filter must name a group or a principal.
pub(crate) async fn list(
    call: Call,
    of: RoleKind,
    kind: ScheduleKind,
) -> Result<Answer, HttpError> {
    rows(call, of, kind, Whose::Filtered, place(of, kind), None).await
}

/// `GET …/filterByCurrentUser(on='principal'|'createdBy'|'approver')`
pub(crate) async fn mine(
    call: Call,
    of: RoleKind,
    kind: ScheduleKind,
) -> Result<Answer, HttpError> {
    let on = call.param(0);
    let whose = [
        ("principal", Whose::Mine),
        ("createdBy", Whose::MadeByMe),
        ("approver", Whose::ForMeToDecide),
    ]
    .into_iter()
    .find(|(word, _)| on.eq_ignore_ascii_case(word))
    .map(|(_, whose)| whose)
    .ok_or_else(|| {
        HttpError::bad_request(format!(
            "filterByCurrentUser is asked on `{}`, but there are `principal`, `createdBy`, `approver`.",
            clipped(on)
        ))
    })?;
    let type_name = members(of, kind).name;
    let context = format!("Collection({type_name})");
    rows(call, of, kind, whose, &context, Some(type_name)).await
}

async fn rows(
    call: Call,
    of: RoleKind,
    kind: ScheduleKind,
    whose: Whose,
    context: &str,
    type_name: Option<&str>,
) -> Result<Answer, HttpError> {
    let listing = call.listing(requests_table(of), members(of, kind))?;
    let (query, shape) = (listing.query.clone(), listing.shape.clone());
    let At { now, value } = call
        .read(
            "request.list",
            move |tx, caller| -> OpResult<(Page<ScheduleRequest>, Related)> {
                let page = requests::list(tx, caller, kind, of, whose, &query)?;
                let related = Related::load(tx, caller, &shape, page.rows.iter().map(links))?;
                Ok((page, related))
            },
        )
        .await?;
    let (page, related) = value;
    let context = format!("{context}{}", listing.shape.context());
    let render = |row: ScheduleRequest| {
        let mut object = serde_json::Map::new();
        if let Some(name) = type_name {
            object.insert(
                "@odata.type".into(),
                json!(format!("#microsoft.graph.{name}")),
            );
        }
        object.extend(request(&row, now));
        related.put(
            &mut object,
            &listing.shape,
            links(&row),
            ScheduleView::Schedules,
            now,
        );
        listing.shape.apply(object, members(of, kind))
    };
    Ok(call.list(&context, &listing, At { now, value: page }, render))
}

/// `GET …/$count`
pub(crate) async fn count(
    call: Call,
    of: RoleKind,
    kind: ScheduleKind,
) -> Result<Answer, HttpError> {
    let query = call.counting(requests_table(of))?;
    let page = call
        .read("request.count", move |tx, caller| {
            requests::list(tx, caller, kind, of, Whose::Filtered, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// What the path calls a request by.
fn id(call: &Call, of: RoleKind) -> Result<RequestKey, HttpError> {
    match of {
        RoleKind::Group => call.id(0),
        RoleKind::Directory => call.id::<RequestId>(0).map(RequestKey::Directory),
    }
}

const fn requests_table(of: RoleKind) -> &'static [Property<RequestField>] {
    match of {
        RoleKind::Group => REQUESTS,
        RoleKind::Directory => ROLE_REQUESTS,
    }
}

/// `GET …/{id}`
pub(crate) async fn get(call: Call, of: RoleKind, kind: ScheduleKind) -> Result<Answer, HttpError> {
    let shape = call.shape(members(of, kind))?;
    let id = id(&call, of)?;
    let wanted = shape.clone();
    let At { now, value } = call
        .read("request.read", move |tx, caller| {
            let found = requests::get(tx, caller, kind, id)?;
            let related = Related::load(tx, caller, &wanted, std::iter::once(links(&found)))?;
            Ok((found, related))
        })
        .await?;
    let (found, related) = value;
    let mut object = request(&found, now);
    related.put(
        &mut object,
        &shape,
        links(&found),
        ScheduleView::Schedules,
        now,
    );
    let context = format!("{}{}/$entity", place(of, kind), shape.context());
    Ok(call.entity(&context, shape.apply(object, members(of, kind))))
}

/// `GET …/{id}/group`
pub(crate) async fn group(
    call: Call,
    of: RoleKind,
    kind: ScheduleKind,
) -> Result<Answer, HttpError> {
    let shape = call.shape(&GROUP)?;
    let id = id(&call, of)?;
    let found = call
        .read("request.group", move |tx, caller| {
            let found = requests::get(tx, caller, kind, id)?;
            let group = found.role.group();
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
) -> Result<Answer, HttpError> {
    let shape = call.shape(&OBJECT)?;
    let id = id(&call, of)?;
    let found = call
        .read("request.principal", move |tx, caller| {
            let found = requests::get(tx, caller, kind, id)?;
            let (principals, _) = directory::names(tx, &[found.principal], &[])?;
            first(principals, id)
        })
        .await?;
    Ok(call.entity(
        "directoryObjects/$entity",
        shape.apply(principal_members(&found.value), &OBJECT),
    ))
}

/// `GET …/{id}/roleDefinition`: of a request about a directory role.
pub(crate) async fn definition(call: Call, kind: ScheduleKind) -> Result<Answer, HttpError> {
    let shape = call.shape(&ROLE_DEFINITION)?;
    let id = id(&call, RoleKind::Directory)?;
    let found = call
        .read("request.definition", move |tx, caller| {
            let found = requests::get(tx, caller, kind, id)?;
            let definition = found.role.definition();
            first(role_definition::names(tx, definition.as_slice())?, id)
        })
        .await?;
    Ok(definition_entity(&call, &shape, &found.value))
}

/// `GET …/{id}/directoryScope`: the unit; the whole directory is no object.
pub(crate) async fn scope(call: Call, kind: ScheduleKind) -> Result<Answer, HttpError> {
    let shape = call.shape(&UNIT)?;
    let id = id(&call, RoleKind::Directory)?;
    let found = call
        .read("request.scope", move |tx, caller| {
            let found = requests::get(tx, caller, kind, id)?;
            unit_of(tx, found.role, id)
        })
        .await?;
    Ok(call.entity(
        "directoryObjects/$entity",
        shape.apply(unit(&found.value), &UNIT),
    ))
}

/// `GET …/{id}/targetSchedule`
pub(crate) async fn target(
    call: Call,
    of: RoleKind,
    kind: ScheduleKind,
) -> Result<Answer, HttpError> {
    let view = ScheduleView::Schedules;
    let shape = call.shape(schedule_wire::members(of, kind, view))?;
    let id = id(&call, of)?;
    let found = call
        .read("request.target", move |tx, caller| {
            target_of(tx, caller, kind, id)
        })
        .await?;
    Ok(one(&call, &shape, &found, view))
}

fn target_of(
    tx: &ReadTx<'_>,
    caller: &ephor_core::caller::Caller,
    kind: ScheduleKind,
    id: RequestKey,
) -> OpResult<ephor_core::schedule::Schedule> {
    let found = requests::get(tx, caller, kind, id)?;
    let target = found.target.ok_or_else(|| Refusal::not_found(id))?;
    schedule::get(tx, caller, kind, ScheduleView::Schedules, target)
}

/// `GET …/{id}/activatedUsing`: the eligibility behind the activation that a request made.
pub(crate) async fn activated_using(call: Call, of: RoleKind) -> Result<Answer, HttpError> {
    let view = ScheduleView::Schedules;
    let shape = call.shape(schedule_wire::members(of, ScheduleKind::Eligible, view))?;
    let id = id(&call, of)?;
    let found = call
        .read("request.activated_using", move |tx, caller| {
            let active = target_of(tx, caller, ScheduleKind::Active, id)?;
            match active.origin {
                GrantOrigin::Activated { using } => {
                    schedule::get(tx, caller, ScheduleKind::Eligible, view, using)
                }
                GrantOrigin::Assigned | GrantOrigin::Outside | GrantOrigin::Package { .. } => {
                    Err(Refusal::not_found(id).into())
                }
            }
        })
        .await?;
    Ok(one(&call, &shape, &found, view))
}
