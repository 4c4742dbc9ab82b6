//! Access packages: `/identityGovernance/entitlementManagement` and `/roleManagement/entitlementManagement`
//! (`governance.md` part 1). `/beta` has other names for most of it; the operations are the same.

pub(crate) mod approvals;
pub(crate) mod assignments;
pub(crate) mod catalogs;
pub(crate) mod contents;
pub(crate) mod delegation;
pub(crate) mod policies;
pub(crate) mod requests;
pub(crate) mod settings;

use std::collections::BTreeMap;

use ephor_core::id::PrincipalId;
use ephor_ops::OpResult;
use ephor_ops::package::view::{self, View};
use ephor_store::ReadTx;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::{At, Call, Version};
use crate::error::HttpError;
use crate::odata::json_rows::{Rows, shaped};
use crate::odata::shape::{Members, Shape};
use crate::wire::package::People;

const EM: &str = "identityGovernance/entitlementManagement";

/// Whether the address asks for the older shapes: in `/beta`, where what it names last has an older name.
/// Under the names of `/v1.0` the answers are those of `/v1.0` there too.
pub(crate) fn is_beta(call: &Call) -> bool {
    let is_name = |segment: &&str| {
        segment.starts_with(|first: char| first.is_ascii_alphabetic())
            && segment.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    call.version == Version::Beta
        && call
            .path
            .split('/')
            .rfind(is_name)
            .is_some_and(|name| name.starts_with("accessPackage"))
}

/// What the caller sees.
pub(crate) async fn seen(call: &Call) -> Result<At<View>, HttpError> {
    call.read("package.view", view::view).await
}

/// A list of what the caller sees.
pub(crate) async fn list(
    call: Call,
    name: &str,
    members: &'static Members,
    rows: impl FnOnce(&View) -> Vec<Value>,
) -> Result<Answer, HttpError> {
    let asked = Rows::of(&call, members)?;
    let At { now, value: view } = seen(&call).await?;
    Ok(asked.answer(&call, &format!("{EM}/{name}"), now, rows(&view), members))
}

/// How many of what the caller sees there are.
pub(crate) async fn count(
    call: Call,
    members: &'static Members,
    rows: impl FnOnce(&View) -> Vec<Value>,
) -> Result<Answer, HttpError> {
    let view = seen(&call).await?.value;
    Rows::counted(&call, members, &rows(&view))
}

/// One of what the caller sees.
pub(crate) async fn one(
    call: Call,
    name: &str,
    members: &'static Members,
    pick: impl FnOnce(&View) -> Option<Value>,
) -> Result<Answer, HttpError> {
    let shape = call.shape(members)?;
    let view = seen(&call).await?.value;
    let last = call.params.last().map_or("", String::as_str);
    let found = pick(&view).ok_or_else(|| HttpError::not_found(call.family, last))?;
    Ok(entity(&call, name, found, &shape, members))
}

/// An object's answer.
pub(crate) fn entity(
    call: &Call,
    name: &str,
    found: Value,
    shape: &Shape,
    members: &'static Members,
) -> Answer {
    let context = format!("{EM}/{name}{}/$entity", shape.context());
    call.entity(&context, shaped(found, shape, members))
}

/// What belongs to an object, by itself; not found where there is none.
pub(crate) fn related(
    call: &Call,
    mut owner: Value,
    part: &'static str,
    members: &'static Members,
) -> Result<Answer, HttpError> {
    let link = members.related.iter().find(|link| link.name == part);
    let found = owner.get_mut(part).map(Value::take);
    match (link, found) {
        (Some(link), Some(found @ Value::Object(_))) => {
            let shape = call.shape(link.to)?;
            let context = format!("microsoft.graph.{}", link.to.name);
            Ok(call.entity(&context, shaped(found, &shape, link.to)))
        }
        _ => Err(HttpError::not_found(call.family, part)),
    }
}

/// What was made: 201, with where it is.
pub(crate) fn made(
    call: &Call,
    name: &str,
    id: impl std::fmt::Display,
    found: Value,
    members: &'static Members,
) -> Answer {
    let version = match is_beta(call) {
        true => "beta",
        false => "v1.0",
    };
    let location = format!("{}/{version}/{EM}/{name}/{id}", call.app.public_url);
    entity(call, name, found, &Shape::default(), members).created(location)
}

/// An answer with what is called out beside it (R-G4); nothing is added where there is nothing.
pub(crate) fn with_warnings(mut shown: Value, warnings: Value) -> Value {
    if let Value::Object(members) = &mut shown
        && warnings.as_array().is_some_and(|list| !list.is_empty())
    {
        members.insert("@ephor.warnings".into(), warnings);
    }
    shown
}

/// People by their ids.
pub(crate) fn people(
    tx: &ReadTx<'_>,
    ids: impl IntoIterator<Item = PrincipalId>,
) -> OpResult<People> {
    let ids: BTreeMap<_, ()> = ids.into_iter().map(|id| (id, ())).collect();
    let ids: Vec<_> = ids.into_keys().collect();
    view::principals(tx, &ids)
}

/// A list in which there is never anything.
pub(crate) async fn none(
    call: Call,
    name: &str,
    members: &'static Members,
) -> Result<Answer, HttpError> {
    list(call, name, members, |_| Vec::new()).await
}

/// An answer that `/beta` and `/v1.0` spell alike: a list under `value`, without options.
pub(crate) fn values(call: &Call, context: &str, rows: Vec<Value>) -> Answer {
    Answer::json(json!({"@odata.context": call.context(context), "value": rows}))
}
