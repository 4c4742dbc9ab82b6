//! `/groups` (`directory.md` section 4).

use ephor_core::group::Group;
use ephor_core::id::GroupId;
use ephor_ops::directory;

use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::odata::shape::Shape;
use crate::odata::tables::GROUPS;
use crate::wire::group::{GROUP, group_change, group_on, new_group, shown_by};

/// `GET /groups`
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    let listing = call.listing(GROUPS, &GROUP)?;
    let query = listing.query.clone();
    let page = call
        .read("group.list", move |tx, caller| {
            directory::list_groups(tx, caller, &query)
        })
        .await?;
    let context = format!("groups{}", listing.shape.context());
    let version = call.version;
    let render = |row| {
        let object = group_on(version, &row);
        listing.shape.apply(object, shown_by(version))
    };
    Ok(call.list(&context, &listing, page, render))
}

/// `GET /groups/$count`
pub(crate) async fn count(call: Call) -> Result<Answer, HttpError> {
    let query = call.counting(GROUPS)?;
    let page = call
        .read("group.count", move |tx, caller| {
            directory::list_groups(tx, caller, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// `GET /groups/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&GROUP)?;
    let id: GroupId = call.id(0)?;
    let found = call
        .read("group.read", move |tx, caller| {
            directory::group(tx, caller, id)
        })
        .await?;
    let context = format!("groups{}/$entity", shape.context());
    let object = group_on(call.version, &found.value);
    Ok(call.entity(&context, shape.apply(object, shown_by(call.version))))
}

/// `POST /groups`
pub(crate) async fn create(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let new = call.body(new_group)?;
    let made = |call: &Call, made: At<Group>| {
        let location = format!("{}/v1.0/groups/{}", call.app.public_url, made.value.id);
        let object = group_on(call.version, &made.value);
        let shown = Shape::default().apply(object, shown_by(call.version));
        call.entity("groups/$entity", shown).created(location)
    };
    call.write(
        "group.create",
        move |tx| directory::create_group(tx, new),
        made,
    )
    .await
}

/// `PATCH /groups/{id}`
pub(crate) async fn change(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: GroupId = call.id(0)?;
    let change = call.body(group_change)?;
    call.write(
        "group.update",
        move |tx| directory::update_group(tx, id, change),
        |_, _| Answer::done(),
    )
    .await
}

/// `DELETE /groups/{id}`
pub(crate) async fn delete(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: GroupId = call.id(0)?;
    call.write(
        "group.delete",
        move |tx| directory::delete_group(tx, id),
        |_, _| Answer::done(),
    )
    .await
}
