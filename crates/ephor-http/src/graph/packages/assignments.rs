//! Packages as people have them, with what of each is really held (R-G4).

use ephor_core::caller::Caller;
use ephor_core::id::{PackageAssignmentId, PackageId};
use ephor_core::query::Page;
use ephor_ops::OpResult;
use ephor_ops::package::ask;
use ephor_ops::package::view::{self, AssignmentView, View, Whose};
use ephor_store::ReadTx;
use serde_json::{Value, json};

use super::requests::accepted;
use super::{entity, is_beta};
use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::json::clipped;
use crate::odata::json_rows::{Rows, shaped};
use crate::odata::tables::packages::PACKAGE_ASSIGNMENTS;
use crate::wire::package::members::ASSIGNMENT;
use crate::wire::package::{assignment as shown, warning};

const fn name(beta: bool) -> &'static str {
    if beta {
        "accessPackageAssignments"
    } else {
        "assignments"
    }
}

/// A page of assignments, with what they are rendered from.
type Found = (Page<AssignmentView>, View);

fn with_view(tx: &ReadTx<'_>, caller: &Caller, page: Page<AssignmentView>) -> OpResult<Found> {
    let packages: Vec<_> = page.rows.iter().map(|one| one.assignment.package).collect();
    Ok((page, view::view_of(tx, caller, packages)?))
}

async fn rows(call: Call, whose: Whose) -> Result<Answer, HttpError> {
    let listing = call.listing(PACKAGE_ASSIGNMENTS, &ASSIGNMENT)?;
    let query = listing.query.clone();
    let At { now, value } = call
        .read("package.assignment.list", move |tx, caller| {
            let page = view::assignments(tx, caller, whose, &query)?;
            with_view(tx, caller, page)
        })
        .await?;
    let (page, view) = value;
    let beta = is_beta(&call);
    let context = format!("{}/{}{}", super::EM, name(beta), listing.shape.context());
    let render = |one: AssignmentView| shaped(shown(&one, &view, now), &listing.shape, &ASSIGNMENT);
    Ok(call.list(&context, &listing, At { now, value: page }, render))
}

/// `GET …/assignments`
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    rows(call, Whose::All).await
}

/// `GET …/assignments/$count`
pub(crate) async fn count(call: Call) -> Result<Answer, HttpError> {
    let query = call.counting(PACKAGE_ASSIGNMENTS)?;
    let page = call
        .read("package.assignment.count", move |tx, caller| {
            view::assignments(tx, caller, Whose::All, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// `GET …/assignments/filterByCurrentUser(on='target'|'createdBy')`
pub(crate) async fn mine(call: Call) -> Result<Answer, HttpError> {
    let on = call.param(0);
    let known = [("target", Whose::Mine), ("createdBy", Whose::MadeByMe)];
    let whose = known
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(on))
        .map(|(_, whose)| *whose)
        .ok_or_else(|| {
            HttpError::bad_request(format!(
                "filterByCurrentUser is asked on `{}`, but there are `target`, `createdBy`.",
                clipped(on)
            ))
        })?;
    rows(call, whose).await
}

/// `GET …/assignments/additionalAccess(accessPackageId='…',incompatibleAccessPackageId='…')`: who has both.
pub(crate) async fn additional(call: Call) -> Result<Answer, HttpError> {
    let asked = Rows::of(&call, &ASSIGNMENT)?;
    let (package, other): (PackageId, PackageId) = (call.id(0)?, call.id(1)?);
    let At { now, value } = call
        .read("package.assignment.additional", move |tx, caller| {
            let both = view::additional_access(tx, caller, package, other)?;
            Ok((both, view::view_of(tx, caller, [package])?))
        })
        .await?;
    let (both, view) = value;
    let rows = both.iter().map(|one| shown(one, &view, now)).collect();
    let context = format!("{}/{}", super::EM, name(is_beta(&call)));
    Ok(asked.answer(&call, &context, now, rows, &ASSIGNMENT))
}

async fn found(call: &Call) -> Result<Value, HttpError> {
    let id: PackageAssignmentId = call.id(0)?;
    let At { now, value } = call
        .read("package.assignment.read", move |tx, caller| {
            let one = view::assignment(tx, caller, id)?;
            let view = view::view_of(tx, caller, [one.assignment.package])?;
            Ok((one, view))
        })
        .await?;
    Ok(shown(&value.0, &value.1, now))
}

/// `GET …/assignments/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&ASSIGNMENT)?;
    let found = found(&call).await?;
    let name = name(is_beta(&call));
    Ok(entity(&call, name, found, &shape, &ASSIGNMENT))
}

/// `GET …/assignments/{id}/target` and what else belongs to an assignment.
pub(crate) async fn related(call: Call, part: &'static str) -> Result<Answer, HttpError> {
    let found = found(&call).await?;
    super::related(&call, found, part, &ASSIGNMENT)
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
