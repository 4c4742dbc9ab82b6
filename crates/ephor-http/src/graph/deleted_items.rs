//! `/directory/deletedItems`: what was deleted and can be restored (`directory.md` 4.3).

use ephor_core::group::Group;
use ephor_core::id::PrincipalId;
use ephor_core::principal::{PrincipalKind, User};
use ephor_ops::directory::{self, Deleted, DeletedItem, Restored};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::odata::shape::Shape;
use crate::odata::tables::{GROUPS, USERS};
use crate::wire::group::{GROUP, group};
use crate::wire::object::{DELETED, of_kind};
use crate::wire::user::{USER, user};

fn deleted_group(deleted: &Deleted<Group>) -> Map<String, Value> {
    let mut object = of_kind(PrincipalKind::Group, group(&deleted.what));
    object.insert("deletedDateTime".into(), json!(deleted.at));
    object
}

fn deleted_user(deleted: &Deleted<User>) -> Map<String, Value> {
    let mut object = of_kind(PrincipalKind::User, user(&deleted.what));
    object.insert("deletedDateTime".into(), json!(deleted.at));
    object
}

/// `GET /directory/deletedItems/microsoft.graph.group`
pub(crate) async fn groups(call: Call) -> Result<Answer, HttpError> {
    let listing = call.listing(GROUPS, &GROUP)?;
    let query = listing.query.clone();
    let page = call
        .read("group.deleted.list", move |tx, caller| {
            directory::deleted_groups(tx, caller, &query)
        })
        .await?;
    let context = format!("groups{}", listing.shape.context());
    let render = |row| listing.shape.apply(deleted_group(&row), &GROUP);
    Ok(call.list(&context, &listing, page, render))
}

/// `GET /directory/deletedItems/microsoft.graph.group/$count`
pub(crate) async fn count_groups(call: Call) -> Result<Answer, HttpError> {
    let query = call.counting(GROUPS)?;
    let page = call
        .read("group.deleted.count", move |tx, caller| {
            directory::deleted_groups(tx, caller, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// `GET /directory/deletedItems/microsoft.graph.user`: with `deletedDateTime`, which of a user is shown only
/// here unless it is selected.
pub(crate) async fn users(call: Call) -> Result<Answer, HttpError> {
    let listing = call.listing(USERS, &USER)?;
    let query = listing.query.clone();
    let page = call
        .read("user.deleted.list", move |tx, caller| {
            directory::deleted_users(tx, caller, &query)
        })
        .await?;
    let context = format!("users{}", listing.shape.context());
    let render = |row: Deleted<User>| shown_user(&listing.shape, &row);
    Ok(call.list(&context, &listing, page, render))
}

fn shown_user(shape: &Shape, deleted: &Deleted<User>) -> Value {
    let mut shown = shape.apply(deleted_user(deleted), &USER);
    if shape.select.is_none() {
        shown["deletedDateTime"] = json!(deleted.at);
    }
    shown
}

/// `GET /directory/deletedItems/microsoft.graph.user/$count`
pub(crate) async fn count_users(call: Call) -> Result<Answer, HttpError> {
    let query = call.counting(USERS)?;
    let page = call
        .read("user.deleted.count", move |tx, caller| {
            directory::deleted_users(tx, caller, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// `GET /directory/deletedItems/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&DELETED)?;
    let id: PrincipalId = call.id(0)?;
    let found = call
        .read("deleted.read", move |tx, caller| {
            directory::deleted_item(tx, caller, id)
        })
        .await?;
    let shown = match &found.value {
        DeletedItem::Group(deleted) => shape.apply(deleted_group(deleted), &GROUP),
        DeletedItem::User(deleted) => shown_user(&shape, deleted),
    };
    Ok(call.entity("directoryObjects/$entity", shown))
}

/// `POST /directory/deletedItems/{id}/restore`, and the same of a group and of a user.
pub(crate) async fn restore(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: PrincipalId = call.id(0)?;
    let restored = |call: &Call, restored: At<Restored>| {
        let all = Shape::default();
        let shown = match &restored.value {
            Restored::Group(restored) => {
                all.apply(of_kind(PrincipalKind::Group, group(restored)), &GROUP)
            }
            Restored::User(restored) => {
                all.apply(of_kind(PrincipalKind::User, user(restored)), &USER)
            }
        };
        call.entity("directoryObjects/$entity", shown)
    };
    call.write(
        "deleted.restore",
        move |tx| directory::restore(tx, id),
        restored,
    )
    .await
}

/// `DELETE /directory/deletedItems/{id}`: for good.
pub(crate) async fn purge(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: PrincipalId = call.id(0)?;
    call.write(
        "deleted.purge",
        move |tx| directory::purge(tx, id),
        |_, _| Answer::done(),
    )
    .await
}
