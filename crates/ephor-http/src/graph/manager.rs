//! `manager` and `directReports` of users and of oneself (`directory.md` section 3).

use ephor_core::principal::{PrincipalKind, User};
use ephor_ops::directory::{self, UserKey};
use serde_json::Value;

use super::users;
use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;
use crate::odata::shape::Shape;
use crate::odata::tables::USERS;
use crate::wire::object::of_kind;
use crate::wire::reference::reference;
use crate::wire::user::{USER, shown_by, user};

/// Whose manager or reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    Mine,
    Somebodys,
}

pub(crate) fn key(call: &Call, whose: Whose) -> Result<UserKey, HttpError> {
    match whose {
        Whose::Mine => Ok(UserKey::Me),
        Whose::Somebodys => users::key(call),
    }
}

fn shown(call: &Call, shape: &Shape, row: &User) -> Value {
    shape.apply(
        of_kind(PrincipalKind::User, user(row)),
        shown_by(call.version),
    )
}

/// `GET …/manager`
pub(crate) async fn get(call: Call, whose: Whose) -> Result<Answer, HttpError> {
    let shape = call.shape(&USER)?;
    let key = key(&call, whose)?;
    let found = call
        .read("user.manager", move |tx, caller| {
            directory::manager(tx, caller, &key)
        })
        .await?;
    let context = format!("directoryObjects{}/$entity", shape.context());
    Ok(call.entity(&context, shown(&call, &shape, &found.value)))
}

/// `GET …/directReports`
pub(crate) async fn reports(call: Call, whose: Whose) -> Result<Answer, HttpError> {
    let key = key(&call, whose)?;
    let listing = call.listing(USERS, &USER)?;
    let query = listing.query.clone();
    let page = call
        .read("user.reports", move |tx, caller| {
            directory::direct_reports(tx, caller, &key, &query)
        })
        .await?;
    let context = format!("directoryObjects{}", listing.shape.context());
    let render = |row| shown(&call, &listing.shape, &row);
    Ok(call.list(&context, &listing, page, render))
}

/// `GET …/directReports/$count`
pub(crate) async fn count_reports(call: Call, whose: Whose) -> Result<Answer, HttpError> {
    let key = key(&call, whose)?;
    let query = call.counting(USERS)?;
    let page = call
        .read("user.reports.count", move |tx, caller| {
            directory::direct_reports(tx, caller, &key, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// `PUT /users/{id}/manager/$ref`
pub(crate) async fn set(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let key = users::key(&call)?;
    let manager = call.body(reference)?;
    call.write(
        "user.manager.set",
        move |tx| directory::set_manager(tx, &key, Some(manager)),
        |_, _| Answer::done(),
    )
    .await
}

/// `DELETE /users/{id}/manager/$ref`
pub(crate) async fn clear(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let key = users::key(&call)?;
    call.write(
        "user.manager.clear",
        move |tx| directory::set_manager(tx, &key, None),
        |_, _| Answer::done(),
    )
    .await
}
