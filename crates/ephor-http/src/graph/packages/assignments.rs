//! Packages as people have them, with what of each is really held (R-G4).

use ephor_core::id::{PackageAssignmentId, PackageId};
use ephor_ops::package::ask;
use ephor_ops::package::view::{self, AssignmentView, View, Whose};
use ephor_store::PackageScope;
use serde_json::{Value, json};

use super::requests::{accepted, scope};
use super::{entity, is_beta};
use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::json::clipped;
use crate::odata::json_rows::Rows;
use crate::wire::package::members::ASSIGNMENT;
use crate::wire::package::{assignment as shown, warning};

const fn name(beta: bool) -> &'static str {
    if beta {
        "accessPackageAssignments"
    } else {
        "assignments"
    }
}

type Found = (Vec<AssignmentView>, View);

async fn read(call: &Call, whose: Whose, scope: PackageScope) -> Result<At<Found>, HttpError> {
    call.read("package.assignment.list", move |tx, caller| {
        Ok((
            view::assignments(tx, caller, whose, scope)?,
            view::view(tx, caller)?,
        ))
    })
    .await
}

fn rows((found, view): &Found, now: ephor_core::time::Instant) -> Vec<Value> {
    found.iter().map(|one| shown(one, view, now)).collect()
}

async fn answered(
    call: Call,
    whose: Whose,
    asked: Rows,
    scope: PackageScope,
) -> Result<Answer, HttpError> {
    let At { now, value } = read(&call, whose, scope).await?;
    let context = format!("{}/{}", super::EM, name(is_beta(&call)));
    Ok(asked.answer(&call, &context, now, rows(&value, now), &ASSIGNMENT))
}

/// `GET …/assignments`
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    let asked = Rows::of(&call, &ASSIGNMENT)?;
    let scope = scope(&asked, "target/objectId");
    answered(call, Whose::All, asked, scope).await
}

/// `GET …/assignments/$count`
pub(crate) async fn count(call: Call) -> Result<Answer, HttpError> {
    let At { now, value } = read(&call, Whose::All, PackageScope::All).await?;
    Rows::counted(&call, &ASSIGNMENT, &rows(&value, now))
}

/// `GET …/assignments/filterByCurrentUser(on='target'|'createdBy')`
pub(crate) async fn mine(call: Call) -> Result<Answer, HttpError> {
    let on = call.param(0);
    let known = ["target", "createdBy"];
    if !known.iter().any(|word| word.eq_ignore_ascii_case(on)) {
        return Err(HttpError::bad_request(format!(
            "filterByCurrentUser is asked on `{}`, but there are `{}`.",
            clipped(on),
            known.join("`, `")
        )));
    }
    let asked = Rows::of(&call, &ASSIGNMENT)?;
    answered(call, Whose::Mine, asked, PackageScope::All).await
}

/// `GET …/assignments/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&ASSIGNMENT)?;
    let id: PackageAssignmentId = call.id(0)?;
    let At { now, value } = read(&call, Whose::All, PackageScope::Assignment(id)).await?;
    let found = rows(&value, now)
        .pop()
        .ok_or_else(|| HttpError::not_found(call.family, &id.to_string()))?;
    Ok(entity(
        &call,
        name(is_beta(&call)),
        found,
        &shape,
        &ASSIGNMENT,
    ))
}

/// `POST …/assignments/{id}/reprocess`
pub(crate) async fn reprocess(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: PackageAssignmentId = call.id(0)?;
    call.write(
        "package.assignment.reprocess",
        move |tx| ask::reprocess(tx, id),
        |_, _| accepted(),
    )
    .await
}

/// `GET /ephor/v1/packages/{id}/lifecycle`: what is called out about a package (R-G4).
pub(crate) async fn lifecycle(call: Call) -> Result<Answer, HttpError> {
    let id: PackageId = call.id(0)?;
    let found = call
        .read("package.lifecycle", move |tx, caller| {
            view::lifecycle(tx, caller, id)
        })
        .await?;
    let rows: Vec<_> = found.value.iter().map(warning).collect();
    Ok(Answer::json(json!({"value": rows})))
}

/// `GET /ephor/v1/groups/{id}/lifecycle`: the same, of the packages that hold roles of a group.
pub(crate) async fn lifecycle_of_group(call: Call) -> Result<Answer, HttpError> {
    let id: ephor_core::id::GroupId = call.id(0)?;
    let found = call
        .read("package.lifecycle", move |tx, caller| {
            view::lifecycle_of_group(tx, caller, id)
        })
        .await?;
    let rows: Vec<_> = found.value.iter().map(warning).collect();
    Ok(Answer::json(json!({"value": rows})))
}

/// `POST /ephor/v1/packages/{id}/repair`: gives again what was lost, where policy allows.
pub(crate) async fn repair(call: Call) -> Result<Answer, HttpError> {
    let id: PackageId = call.id(0)?;
    call.write(
        "package.repair",
        move |tx| ask::repair(tx, id),
        |_, done| {
            Answer::json(json!({
                "assignments": done.value.assignments,
                "whole": done.value.whole,
                "granted": done.value.granted,
            }))
        },
    )
    .await
}
