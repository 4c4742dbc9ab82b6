//! Requests about packages.

use ephor_core::caller::Caller;
use ephor_core::id::PackageRequestId;
use ephor_core::package::PackageRequest;
use ephor_core::query::Page;
use ephor_ops::OpResult;
use ephor_ops::package::approval;
use ephor_ops::package::ask::{self, Wish};
use ephor_ops::package::view::{self, View, Whose};
use ephor_store::ReadTx;
use serde_json::Value;

use super::{entity, is_beta, made, people};
use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::json::clipped;
use crate::odata::json_rows::{Rows, shaped};
use crate::odata::tables::packages::PACKAGE_REQUESTS;
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

fn with_people(tx: &ReadTx<'_>, caller: &Caller, requests: Vec<PackageRequest>) -> OpResult<Found> {
    let ids = requests
        .iter()
        .flat_map(|request| [Some(request.target), request.created_by.user()])
        .flatten();
    let people = people(tx, ids)?;
    let packages: Vec<_> = requests.iter().map(|request| request.package).collect();
    let view = view::view_of(tx, caller, packages)?;
    Ok((requests, view, people))
}

fn rows(found: &Found, now: ephor_core::time::Instant) -> Vec<Value> {
    let (requests, view, people) = found;
    requests
        .iter()
        .map(|request| shown(request, view, people, now))
        .collect()
}

async fn page(call: Call, whose: Whose) -> Result<Answer, HttpError> {
    let listing = call.listing(PACKAGE_REQUESTS, &REQUEST)?;
    let query = listing.query.clone();
    let At { now, value } = call
        .read("package.request.list", move |tx, caller| {
            let mut page = view::requests(tx, caller, whose, &query)?;
            let requests = std::mem::take(&mut page.rows);
            Ok((page.map(drop), with_people(tx, caller, requests)?))
        })
        .await?;
    let (page, found) = value;
    let page = Page {
        rows: rows(&found, now),
        more: page.more,
        last: page.last,
        count: page.count,
    };
    let beta = is_beta(&call);
    let context = format!("{}/{}{}", super::EM, name(beta), listing.shape.context());
    let render = |row| shaped(row, &listing.shape, &REQUEST);
    Ok(call.list(&context, &listing, At { now, value: page }, render))
}

/// `GET …/assignmentRequests`
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    page(call, Whose::All).await
}

/// `GET …/assignmentRequests/$count`
pub(crate) async fn count(call: Call) -> Result<Answer, HttpError> {
    let query = call.counting(PACKAGE_REQUESTS)?;
    let page = call
        .read("package.request.count", move |tx, caller| {
            view::requests(tx, caller, Whose::All, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// `GET …/assignmentRequests/filterByCurrentUser(on='target'|'createdBy'|'approver'|…)`
pub(crate) async fn mine(call: Call) -> Result<Answer, HttpError> {
    const KNOWN: [(&str, Option<Whose>); 5] = [
        ("target", Some(Whose::Mine)),
        ("createdBy", Some(Whose::MadeByMe)),
        ("approver", None),
        ("targetOrRequestor", Some(Whose::MineOrMadeByMe)),
        ("targetManager", Some(Whose::OfMyReports)),
    ];
    let on = call.param(0);
    let known = KNOWN
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(on))
        .map(|(_, whose)| *whose);
    match known {
        Some(Some(whose)) => page(call, whose).await,
        Some(None) => to_approve(call).await,
        None => Err(HttpError::bad_request(format!(
            "filterByCurrentUser is asked on `{}`, but there are `{}`.",
            clipped(on),
            KNOWN.map(|(word, _)| word).join("`, `")
        ))),
    }
}

/// What waits for the caller.
async fn to_approve(call: Call) -> Result<Answer, HttpError> {
    let asked = Rows::of(&call, &REQUEST)?;
    let At { now, value } = call
        .read("package.request.mine", move |tx, caller| {
            let waiting = approval::mine(tx, caller)?;
            let requests = waiting.into_iter().map(|one| one.request).collect();
            with_people(tx, caller, requests)
        })
        .await?;
    let context = format!("{}/{}", super::EM, name(is_beta(&call)));
    Ok(asked.answer(&call, &context, now, rows(&value, now), &REQUEST))
}

async fn found(call: &Call) -> Result<Value, HttpError> {
    let id: PackageRequestId = call.id(0)?;
    let At { now, value } = call
        .read("package.request.read", move |tx, caller| {
            let request = view::request(tx, caller, id)?;
            with_people(tx, caller, vec![request])
        })
        .await?;
    Ok(rows(&value, now).pop().unwrap_or_default())
}

/// `GET …/assignmentRequests/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&REQUEST)?;
    let found = found(&call).await?;
    Ok(entity(&call, name(is_beta(&call)), found, &shape, &REQUEST))
}

/// `GET …/assignmentRequests/{id}/requestor` and what else belongs to a request.
pub(crate) async fn related(call: Call, part: &'static str) -> Result<Answer, HttpError> {
    let found = found(&call).await?;
    super::related(&call, found, part, &REQUEST)
}

/// `DELETE …/assignmentRequests/{id}`
pub(crate) async fn delete(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: PackageRequestId = call.id(0)?;
    call.write(
        "package.request.delete",
        move |tx| ask::delete(tx, id),
        |_, _| Answer::done(),
    )
    .await
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
