//! Schedules and their instances, of either kind: the four collections that are only read
//! (`pim-groups.md` section 1).

use ephor_core::id::ScheduleId;
use ephor_core::principal::PrincipalKind;
use ephor_core::query::{Page, ScheduleView};
use ephor_core::refusal::Refusal;
use ephor_core::schedule::{GrantOrigin, Schedule, ScheduleKind};
use ephor_ops::schedule::{self, Whose};
use ephor_ops::{OpResult, directory};
use serde_json::{Value, json};

use super::related::{Links, Related};
use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::json::clipped;
use crate::odata::bind::Property;
use crate::odata::shape::Shape;
use crate::odata::tables::{INSTANCES, SCHEDULES};
use crate::wire::group::{GROUP, group as group_members};
use crate::wire::object::{OBJECT, principal as principal_members};
use crate::wire::schedule::{members, names, row};

const fn table(view: ScheduleView) -> &'static [Property<ephor_core::query::ScheduleField>] {
    match view {
        ScheduleView::Schedules => SCHEDULES,
        ScheduleView::Instances => INSTANCES,
    }
}

fn links(schedule: &Schedule) -> Links {
    Links {
        principal: schedule.principal.id,
        group: schedule.group(),
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
    kind: ScheduleKind,
    view: ScheduleView,
) -> Result<Answer, HttpError> {
    let (name, _) = names(kind, view);
    let context = format!("identityGovernance/privilegedAccess/group/{name}");
    rows(call, kind, view, Whose::Filtered, &context, None).await
}

/// `GET …/filterByCurrentUser(on='principal')`: the caller's own.
pub(crate) async fn mine(
    call: Call,
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
    let (_, type_name) = names(kind, view);
    let context = format!("Collection({type_name})");
    rows(call, kind, view, Whose::Mine, &context, Some(type_name)).await
}

/// A page of rows with what is expanded of them.
async fn rows(
    call: Call,
    kind: ScheduleKind,
    view: ScheduleView,
    whose: Whose,
    context: &str,
    type_name: Option<&str>,
) -> Result<Answer, HttpError> {
    let listing = call.listing(table(view), members(kind, view))?;
    let (query, shape) = (listing.query.clone(), listing.shape.clone());
    let At { now, value } = call
        .read(
            "schedule.list",
            move |tx, caller| -> OpResult<(Page<Schedule>, Related)> {
                let page = schedule::list(tx, caller, kind, view, whose, &query)?;
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
            object.insert("memberType".into(), json!("group"));
        }
        related.put(&mut object, &listing.shape, links(&schedule), view, now);
        listing.shape.apply(object, members(kind, view))
    };
    Ok(call.list(&context, &listing, At { now, value: page }, render))
}

/// `GET …/$count`
pub(crate) async fn count(
    call: Call,
    kind: ScheduleKind,
    view: ScheduleView,
) -> Result<Answer, HttpError> {
    let query = call.counting(table(view))?;
    let page = call
        .read("schedule.count", move |tx, caller| {
            schedule::list(tx, caller, kind, view, Whose::Filtered, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// `GET …/{id}`
pub(crate) async fn get(
    call: Call,
    kind: ScheduleKind,
    view: ScheduleView,
) -> Result<Answer, HttpError> {
    let shape = call.shape(members(kind, view))?;
    let id: ScheduleId = call.id(0)?;
    let (name, _) = names(kind, view);
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
    let context = format!(
        "identityGovernance/privilegedAccess/group/{name}{}/$entity",
        shape.context()
    );
    Ok(call.entity(&context, shape.apply(object, members(kind, view))))
}

/// `GET …/{id}/group`
pub(crate) async fn group(
    call: Call,
    kind: ScheduleKind,
    view: ScheduleView,
) -> Result<Answer, HttpError> {
    let shape = call.shape(&GROUP)?;
    let id: ScheduleId = call.id(0)?;
    let found = call
        .read("schedule.group", move |tx, caller| {
            let found = schedule::get(tx, caller, kind, view, id)?;
            let (_, groups) = directory::names(tx, &[], &[found.group()])?;
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
    kind: ScheduleKind,
    view: ScheduleView,
) -> Result<Answer, HttpError> {
    let shape = call.shape(&OBJECT)?;
    let id: ScheduleId = call.id(0)?;
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

/// `GET …/{id}/activatedUsing`: the eligibility that an activation was made from.
pub(crate) async fn activated_using(call: Call, view: ScheduleView) -> Result<Answer, HttpError> {
    let kind = ScheduleKind::Eligible;
    let shape = call.shape(members(kind, view))?;
    let id: ScheduleId = call.id(0)?;
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
    let kind = found.value.kind;
    let (name, _) = names(kind, view);
    let object = row(&found.value, view, found.now);
    let shown: Value = shape.apply(object, members(kind, view));
    call.entity(
        &format!("identityGovernance/privilegedAccess/group/{name}/$entity"),
        shown,
    )
}

/// The one thing that was asked for, unless it has been deleted since.
pub(super) fn first<T>(found: Vec<T>, id: impl std::fmt::Display) -> OpResult<T> {
    found
        .into_iter()
        .next()
        .ok_or_else(|| Refusal::not_found(id).into())
}
