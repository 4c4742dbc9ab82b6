//! `/beta/…/group/resources`: the groups under management, which only `/beta` can list (`pim-groups.md` 1.6).

use ephor_core::group::Group;
use ephor_core::id::GroupId;
use ephor_core::query::{Comparison, GroupField, Literal, Predicate, Query};
use ephor_ops::management;
use serde_json::{Map, Value, json};

use super::schedules::first;
use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;
use crate::odata::shape::{Members, Usual};
use crate::odata::tables::RESOURCES;
use crate::types::Type;
use crate::wire::object;

/// What a group under management has there: its id and nothing that says more of it.
pub(crate) const RESOURCE: Members = Members {
    name: "groupResource",
    properties: &[("id", Type::Id), ("deletedDateTime", Type::Time)],
    usual: Usual::All,
    related: &[],
};

fn resource(group: &Group) -> Map<String, Value> {
    object([("id", json!(group.id)), ("deletedDateTime", Value::Null)])
}

const COLLECTION: &str = "identityGovernance/privilegedAccess/group/resources";

/// `GET …/resources`
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    let listing = call.listing(RESOURCES, &RESOURCE)?;
    let query = listing.query.clone();
    let page = call
        .read("group.managed.list", move |tx, caller| {
            management::managed(tx, caller, &query)
        })
        .await?;
    let context = format!("{COLLECTION}{}", listing.shape.context());
    let render = |row: Group| listing.shape.apply(resource(&row), &RESOURCE);
    Ok(call.list(&context, &listing, page, render))
}

/// `GET …/resources/$count`
pub(crate) async fn count(call: Call) -> Result<Answer, HttpError> {
    let query = call.counting(RESOURCES)?;
    let page = call
        .read("group.managed.list", move |tx, caller| {
            management::managed(tx, caller, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// `GET …/resources/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&RESOURCE)?;
    let id: GroupId = call.id(0)?;
    let query = Query {
        filter: Some(Predicate::Compare(
            GroupField::Id,
            Comparison::Eq,
            Literal::Text(id.to_string()),
        )),
        ..Query::default()
    };
    let found = call
        .read("group.managed.list", move |tx, caller| {
            let page = management::managed(tx, caller, &query)?;
            first(page.rows, id)
        })
        .await?;
    let context = format!("{COLLECTION}{}/$entity", shape.context());
    Ok(call.entity(&context, shape.apply(resource(&found.value), &RESOURCE)))
}
