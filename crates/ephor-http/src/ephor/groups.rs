//! Bringing groups under management: `GET /ephor/v1/groups/discover`, `POST /ephor/v1/groups/manage` (R-B1).

use ephor_core::group::Group;
use ephor_core::id::GroupId;
use ephor_ops::management::{self, MANY_MAX};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Body};
use crate::call::{At, Call};
use crate::error::{HttpError, sentence};
use crate::odata::shape::{Members, Usual};
use crate::odata::tables::GROUPS;
use crate::types::{TEXTS, Type};
use crate::wire::group::group as group_members;

/// A group that could be brought in, or why not.
pub(crate) const CANDIDATE: Members = Members {
    name: "ephorCandidate",
    properties: &[
        ("id", Type::Id),
        ("displayName", Type::Text),
        ("description", Type::Text),
        ("groupTypes", TEXTS),
        ("isAssignableToRole", Type::Bool),
        ("manageable", Type::Bool),
        ("reason", Type::Text),
    ],
    usual: Usual::All,
    related: &[],
};
/// What is sent to bring groups in.
pub(crate) const MANAGE: Members = Members {
    name: "ephorManage",
    properties: &[("groupIds", Type::List(&Type::Id))],
    usual: Usual::All,
    related: &[],
};
/// What came of one of them.
pub(crate) const MANAGED: Members = Members {
    name: "ephorManageResult",
    properties: &[
        ("groupId", Type::Id),
        ("status", Type::Int),
        ("managedSince", Type::Time),
        ("error", Type::Document),
    ],
    usual: Usual::All,
    related: &[],
};

/// `GET /ephor/v1/groups/discover`
pub(crate) async fn discover(call: Call) -> Result<Answer, HttpError> {
    let listing = call.listing(GROUPS, &CANDIDATE)?;
    let query = listing.query.clone();
    let found = call
        .read("group.discover", move |tx, caller| {
            management::discover(tx, caller, &query)
        })
        .await?;
    let At { now, value: page } = found;
    let mut body = Map::new();
    if let Some(count) = page.count {
        body.insert("@odata.count".into(), json!(count));
    }
    let shown = u64::from(listing.query.skip) + page.rows.len() as u64;
    let at = page.last.unwrap_or(shown);
    if let Some(link) = call.next_link(at, now).filter(|_| page.more) {
        body.insert("@odata.nextLink".into(), json!(link));
    }
    let rows = page.rows.iter();
    let rows = rows.map(|row| listing.shape.apply(candidate(row), &CANDIDATE));
    body.insert("value".into(), rows.collect());
    Ok(Answer::json(Value::Object(body)))
}

fn candidate(group: &Group) -> Map<String, Value> {
    let mut members = group_members(group);
    let reason = group.manageable().err();
    members.retain(|name, _| CANDIDATE.properties.iter().any(|(known, _)| known == name));
    members.insert("manageable".into(), json!(reason.is_none()));
    let reason = reason.map(|why| sentence(&why.to_string()));
    members.insert("reason".into(), json!(reason));
    members
}

/// `POST /ephor/v1/groups/manage`: a result for each.
pub(crate) async fn manage(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    call.is_signed_in().await?;
    let ids: Vec<GroupId> = call.body(|fields| {
        fields.only(&["groupIds"])?;
        let ids = fields
            .texts("groupIds")?
            .ok_or_else(|| fields.missing("groupIds"))?;
        if ids.is_empty() || ids.len() > MANY_MAX {
            return Err(fields.wrong(
                "groupIds",
                format!("holds {}, but it must hold 1 to {MANY_MAX}", ids.len()),
            ));
        }
        let read = ids.iter().enumerate().map(|(index, id)| {
            id.parse().map_err(|_| {
                fields.wrong(
                    &format!("groupIds[{index}]"),
                    format!("is `{}`, which is not a GUID", crate::json::clipped(id)),
                )
            })
        });
        read.collect()
    })?;
    let mut results = Vec::with_capacity(ids.len());
    for (index, id) in ids.into_iter().enumerate() {
        let managed = |_: &Call, group: At<Group>| Answer::json(json!(group.value.managed_since));
        let done = call
            .part(index)
            .write(
                "group.manage",
                move |tx| management::manage(tx, id),
                managed,
            )
            .await;
        results.push(match done {
            Ok(answer) => {
                let since = match answer.body {
                    Body::Json(since) => since,
                    Body::Text(_) | Body::Xml(_) | Body::File(_) | Body::Nothing => Value::Null,
                };
                json!({"groupId": id, "status": 200, "managedSince": since, "error": null})
            }
            Err(error) => json!({
                "groupId": id,
                "status": error.status.as_u16(),
                "managedSince": null,
                "error": error.shown(),
            }),
        });
    }
    Ok(Answer::json(json!({"value": results})))
}
