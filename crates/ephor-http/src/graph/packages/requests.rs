//! Requests about packages.

use ephor_core::id::{PackageRequestId, PrincipalId};
use ephor_core::package::PackageRequest;
use ephor_ops::OpResult;
use ephor_ops::package::approval;
use ephor_ops::package::ask::{self, Wish};
use ephor_ops::package::view::{self, View, Whose};
use ephor_store::{PackageScope, ReadTx};
use serde_json::Value;

use super::{entity, is_beta, made, people};
use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::json::clipped;
use crate::odata::json_rows::Rows;
use crate::wire::package::members::REQUEST;
use crate::wire::package::read::wish;
use crate::wire::package::{People, request as shown};

const fn name(beta: bool) -> &'static str {
    if beta {
        "accessPackageAssignmentRequests"
    } else {
        "assignmentRequests"
    }
}

/// What requests are rendered from.
type Found = (Vec<PackageRequest>, View, People);

fn with_people(
    tx: &ReadTx<'_>,
    caller: &ephor_core::caller::Caller,
    requests: Vec<PackageRequest>,
) -> OpResult<Found> {
    let ids = requests
        .iter()
        .flat_map(|request| [Some(request.target), request.created_by.user()])
        .flatten();
    let people = people(tx, ids)?;
    Ok((requests, view::view(tx, caller)?, people))
}

/// The scope that a filter asks for.
pub(super) fn scope(asked: &Rows, target: &str) -> PackageScope {
    let id = |path: &str| asked.needs(path);
    let package = id("accessPackage/id").and_then(|text| text.parse().ok());
    let person = id(target).and_then(|text| text.parse::<PrincipalId>().ok());
    match (person, package) {
        (Some(person), _) => PackageScope::Target(person),
        (None, Some(package)) => PackageScope::Package(package),
        (None, None) => PackageScope::All,
    }
}

fn rows(found: &Found, now: ephor_core::time::Instant) -> Vec<Value> {
    let (requests, view, people) = found;
    requests
        .iter()
        .map(|request| shown(request, view, people, now))
        .collect()
}

/// `GET …/assignmentRequests`
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    let asked = Rows::of(&call, &REQUEST)?;
    let scope = scope(&asked, "assignment/targetId");
    let At { now, value } = call
        .read("package.request.list", move |tx, caller| {
            let requests = view::requests(tx, caller, Whose::All, scope)?;
            with_people(tx, caller, requests)
        })
        .await?;
    let context = format!("{}/{}", super::EM, name(is_beta(&call)));
    Ok(asked.answer(&call, &context, now, rows(&value, now), &REQUEST))
}

/// `GET …/assignmentRequests/filterByCurrentUser(on='target'|'createdBy'|'approver'|…)`
pub(crate) async fn mine(call: Call) -> Result<Answer, HttpError> {
    const WORDS: [&str; 4] = ["target", "createdBy", "approver", "targetOrRequestor"];
    let on = call.param(0);
    let word = WORDS
        .into_iter()
        .find(|word| word.eq_ignore_ascii_case(on))
        .ok_or_else(|| {
            HttpError::bad_request(format!(
                "filterByCurrentUser is asked on `{}`, but there are `{}`.",
                clipped(on),
                WORDS.join("`, `")
            ))
        })?;
    let asked = Rows::of(&call, &REQUEST)?;
    let At { now, value } = call
        .read("package.request.mine", move |tx, caller| {
            let requests = if word == "approver" {
                let waiting = approval::mine(tx, caller)?;
                waiting.into_iter().map(|one| one.request).collect()
            } else {
                let mut mine = view::requests(tx, caller, Whose::Mine, PackageScope::All)?;
                let me = caller.user();
                mine.retain(|request| match word {
                    "target" => Some(request.target) == me,
                    "createdBy" => request.created_by.user() == me,
                    _ => Some(request.target) == me || request.created_by.user() == me,
                });
                mine
            };
            with_people(tx, caller, requests)
        })
        .await?;
    let context = format!("{}/{}", super::EM, name(is_beta(&call)));
    Ok(asked.answer(&call, &context, now, rows(&value, now), &REQUEST))
}

/// `GET …/assignmentRequests/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&REQUEST)?;
    let id: PackageRequestId = call.id(0)?;
    let At { now, value } = call
        .read("package.request.read", move |tx, caller| {
            let request = view::request(tx, caller, id)?;
            with_people(tx, caller, vec![request])
        })
        .await?;
    let found = rows(&value, now).pop().unwrap_or_default();
    Ok(entity(&call, name(is_beta(&call)), found, &shape, &REQUEST))
}

/// `POST …/assignmentRequests`
pub(crate) async fn create(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let asked: Wish = call.body(wish)?;
    let answer = |call: &Call, done: At<Found>| {
        let id = done.value.0.first().map(|request| request.id.to_string());
        let found = rows(&done.value, done.now).pop().unwrap_or_default();
        made(
            call,
            name(is_beta(call)),
            id.unwrap_or_default(),
            found,
            &REQUEST,
        )
    };
    call.write(
        "package.request",
        move |tx| {
            let request = ask::request(tx, &asked)?;
            let caller = tx.caller().clone();
            with_people(tx, &caller, vec![request])
        },
        answer,
    )
    .await
}

/// `POST …/assignmentRequests/{id}/cancel`
pub(crate) async fn cancel(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: PackageRequestId = call.id(0)?;
    call.write(
        "package.request.cancel",
        move |tx| ask::cancel(tx, id),
        |_, _| Answer::done(),
    )
    .await
}

/// `POST …/assignmentRequests/{id}/reprocess`
pub(crate) async fn reprocess(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: PackageRequestId = call.id(0)?;
    call.write(
        "package.request.reprocess",
        move |tx| ask::reprocess_request(tx, id),
        |_, _| accepted(),
    )
    .await
}

/// 202: it was taken, and here it is done already.
pub(super) fn accepted() -> Answer {
    Answer::done().with_status(http::StatusCode::ACCEPTED)
}
