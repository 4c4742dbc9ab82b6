//! Approvals of requests for activation: see them, and decide (`pim-groups.md` section 1, R-F1).

use ephor_core::caller::{Actor, Caller};
use ephor_core::id::RequestId;
use ephor_core::query::Page;
use ephor_core::role::RoleKind;
use ephor_ops::approval::{self, Approval};
use ephor_ops::schedule::Whose;
use ephor_ops::{OpResult, directory};
use ephor_store::ReadTx;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::{At, Call, Version};
use crate::error::HttpError;
use crate::json::clipped;
use crate::odata::shape::{Members, Shape};
use crate::odata::tables::APPROVALS;
use crate::wire::approval::{APPROVAL, BETA_APPROVAL, STAGE, decision, stage};

const fn collection(of: RoleKind) -> &'static str {
    match of {
        RoleKind::Group => "identityGovernance/privilegedAccess/group/assignmentApprovals",
        RoleKind::Directory => "roleManagement/directory/roleAssignmentApprovals",
    }
}

/// An approval with what whoever decided it is called; nothing where they have been deleted since.
type Named = (Approval, Option<String>);

fn named(tx: &ReadTx<'_>, approval: Approval) -> OpResult<Named> {
    let reviewer = match approval.request.review.as_ref().map(|review| review.by) {
        Some(Actor::User(id) | Actor::Application(id)) => {
            let (people, _) = directory::names(tx, &[id], &[])?;
            people.first().map(|person| person.display_name.to_string())
        }
        Some(Actor::Operator | Actor::System) => Some("Ephor".to_owned()),
        None => None,
    };
    Ok((approval, reviewer))
}

fn load(tx: &ReadTx<'_>, caller: &Caller, of: RoleKind, id: RequestId) -> OpResult<Named> {
    named(tx, approval::get(tx, caller, of, id)?)
}

/// What the address's version calls the stages, and what it calls them too.
const fn spelling(version: Version) -> (&'static str, &'static Members) {
    match version {
        Version::Beta => ("steps", &BETA_APPROVAL),
        Version::V1 | Version::Own => ("stages", &APPROVAL),
    }
}

fn shown(call: &Call, shape: &Shape, found: &Named, now: ephor_core::time::Instant) -> Value {
    let (approval, reviewer) = found;
    let (name, members) = spelling(call.version);
    let mut object = Map::new();
    object.insert("id".into(), json!(approval.request.id));
    for asked in ["stages", "steps"] {
        let inner = match shape.wants(asked) {
            Some(inner) => inner.clone(),
            None if asked == name => Shape::default(),
            None => continue,
        };
        let stage = stage(approval, reviewer.as_deref(), now);
        object.insert(asked.into(), json!([inner.apply(stage, &STAGE)]));
    }
    shape.apply(object, members)
}

/// `GET …/filterByCurrentUser(on='approver'|'target'|'createdBy')`
pub(crate) async fn mine(call: Call, of: RoleKind) -> Result<Answer, HttpError> {
    let on = call.param(0);
    let whose = [
        ("approver", Whose::ForMeToDecide),
        ("target", Whose::Mine),
        ("createdBy", Whose::MadeByMe),
    ]
    .into_iter()
    .find(|(word, _)| on.eq_ignore_ascii_case(word))
    .map(|(_, whose)| whose)
    .ok_or_else(|| {
        HttpError::bad_request(format!(
            "filterByCurrentUser is asked on `{}`, but there are `approver`, `target`, `createdBy`.",
            clipped(on)
        ))
    })?;
    let (_, members) = spelling(call.version);
    let listing = call.listing(APPROVALS, members)?;
    let query = listing.query.clone();
    let At { now, value: page } = call
        .read("approval.list", move |tx, caller| {
            let page = approval::mine(tx, caller, of, whose, &query)?;
            let rows = page.rows.into_iter().map(|row| named(tx, row));
            Ok(Page {
                rows: rows.collect::<OpResult<Vec<Named>>>()?,
                more: page.more,
                last: page.last,
                count: page.count,
            })
        })
        .await?;
    let context = format!("Collection(approval){}", listing.shape.context());
    let render = |row: Named| match shown(&call, &listing.shape, &row, now) {
        Value::Object(members) => {
            let mut object = Map::new();
            object.insert("@odata.type".into(), json!("#microsoft.graph.approval"));
            object.extend(members);
            Value::Object(object)
        }
        other => other,
    };
    Ok(call.list(&context, &listing, At { now, value: page }, render))
}

/// `GET …/{id}`
pub(crate) async fn get(call: Call, of: RoleKind) -> Result<Answer, HttpError> {
    let (_, members) = spelling(call.version);
    let shape = call.shape(members)?;
    let id: RequestId = call.id(0)?;
    let At { now, value } = call
        .read("approval.read", move |tx, caller| load(tx, caller, of, id))
        .await?;
    let context = format!("{}{}/$entity", collection(of), shape.context());
    Ok(call.entity(&context, shown(&call, &shape, &value, now)))
}

fn stages_context(call: &Call, of: RoleKind, id: RequestId, shape: &Shape, end: &str) -> String {
    let (name, _) = spelling(call.version);
    let collection = collection(of);
    format!("{collection}('{id}')/{name}{}{end}", shape.context())
}

/// `GET …/{id}/stages`: there is one.
pub(crate) async fn stages(call: Call, of: RoleKind) -> Result<Answer, HttpError> {
    let shape = call.shape(&STAGE)?;
    let id: RequestId = call.id(0)?;
    let At { now, value } = call
        .read("approval.read", move |tx, caller| load(tx, caller, of, id))
        .await?;
    let one = shape.apply(stage(&value.0, value.1.as_deref(), now), &STAGE);
    let context = call.context(&stages_context(&call, of, id, &shape, ""));
    Ok(Answer::json(
        json!({"@odata.context": context, "value": [one]}),
    ))
}

/// `GET …/{id}/stages/$count`
pub(crate) async fn count_stages(call: Call, of: RoleKind) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: RequestId = call.id(0)?;
    call.read("approval.read", move |tx, caller| load(tx, caller, of, id))
        .await?;
    Ok(Answer::count(Some(1)))
}

/// The approval's and the stage's id, which are one.
fn ids(call: &Call) -> Result<RequestId, HttpError> {
    let (approval, stage): (RequestId, RequestId) = (call.id(0)?, call.id(1)?);
    if approval == stage {
        Ok(approval)
    } else {
        Err(HttpError::not_found(call.family, call.param(1)))
    }
}

/// `GET …/{id}/stages/{id}`
pub(crate) async fn stage_of(call: Call, of: RoleKind) -> Result<Answer, HttpError> {
    let shape = call.shape(&STAGE)?;
    let id = ids(&call)?;
    let At { now, value } = call
        .read("approval.read", move |tx, caller| load(tx, caller, of, id))
        .await?;
    let one = shape.apply(stage(&value.0, value.1.as_deref(), now), &STAGE);
    let context = stages_context(&call, of, id, &shape, "/$entity");
    Ok(call.entity(&context, one))
}

/// `PATCH …/{id}/stages/{id}`: the first decision is final (R-F2).
pub(crate) async fn decide(call: Call, of: RoleKind) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = ids(&call)?;
    let (decision, justification) = call.body(decision)?;
    call.write(
        "approval.decide",
        move |tx| approval::decide(tx, of, id, decision, justification),
        |_, _| Answer::done(),
    )
    .await
}
