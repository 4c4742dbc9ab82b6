//! Approvals of requests about packages, and their stages.

use ephor_core::id::PackageRequestId;
use ephor_ops::OpResult;
use ephor_ops::package::approval::{self, PackageApproval};
use ephor_store::ReadTx;
use serde_json::Value;
use uuid::Uuid;

use super::{entity, people};
use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::json::clipped;
use crate::odata::json_rows::Rows;
use crate::wire::approval::{APPROVAL, STAGE, decision};
use crate::wire::package::{People, approval as shown, stages as stages_of};

const NAME: &str = "accessPackageAssignmentApprovals";

type Found = (PackageApproval, People);

fn with_people(tx: &ReadTx<'_>, seen: PackageApproval) -> OpResult<Found> {
    let ids = seen
        .request
        .reviews
        .iter()
        .filter_map(|review| review.by.user());
    let people = people(tx, ids)?;
    Ok((seen, people))
}

/// `GET …/accessPackageAssignmentApprovals/filterByCurrentUser(on='approver')`
pub(crate) async fn mine(call: Call) -> Result<Answer, HttpError> {
    let on = call.param(0);
    if !on.eq_ignore_ascii_case("approver") {
        return Err(HttpError::bad_request(format!(
            "filterByCurrentUser is asked on `{}`, but there is `approver`.",
            clipped(on)
        )));
    }
    let asked = Rows::of(&call, &APPROVAL)?;
    let At { now, value } = call
        .read("package.approval.list", |tx, caller| {
            approval::mine(tx, caller)?
                .into_iter()
                .map(|seen| with_people(tx, seen))
                .collect::<OpResult<Vec<_>>>()
        })
        .await?;
    let rows = value
        .iter()
        .map(|(seen, people)| shown(seen, people, now))
        .collect();
    let mut asked = asked;
    always_with_stages(&mut asked.shape);
    Ok(asked.answer(
        &call,
        &format!("{}/{NAME}", super::EM),
        now,
        rows,
        &APPROVAL,
    ))
}

/// The stages of an approval come along, whether they are asked for or not.
fn always_with_stages(shape: &mut crate::odata::shape::Shape) {
    if shape.wants("stages").is_none() {
        shape.expand.push(crate::odata::shape::Expand {
            name: "stages".into(),
            shape: crate::odata::shape::Shape::default(),
        });
    }
}

async fn found(call: &Call) -> Result<At<Found>, HttpError> {
    let id: PackageRequestId = call.id(0)?;
    call.read("package.approval.read", move |tx, caller| {
        with_people(tx, approval::get(tx, caller, id)?)
    })
    .await
}

/// `GET …/accessPackageAssignmentApprovals/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let mut shape = call.shape(&APPROVAL)?;
    always_with_stages(&mut shape);
    let At { now, value } = found(&call).await?;
    let shown = shown(&value.0, &value.1, now);
    Ok(entity(&call, NAME, shown, &shape, &APPROVAL))
}

/// `GET …/accessPackageAssignmentApprovals/{id}/stages`
pub(crate) async fn stages(call: Call) -> Result<Answer, HttpError> {
    let asked = Rows::of(&call, &STAGE)?;
    let At { now, value } = found(&call).await?;
    let rows = stages_of(&value.0, &value.1, now);
    let context = format!("{}/{NAME}('{}')/stages", super::EM, value.0.request.id);
    Ok(asked.answer(&call, &context, now, rows, &STAGE))
}

/// `GET …/accessPackageAssignmentApprovals/{id}/stages/{id}`
pub(crate) async fn stage(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&STAGE)?;
    let id: Uuid = call.id(1)?;
    let At { now, value } = found(&call).await?;
    let stage = stages_of(&value.0, &value.1, now)
        .into_iter()
        .find(|stage| stage["id"] == Value::String(id.to_string()))
        .ok_or_else(|| HttpError::not_found(call.family, &id.to_string()))?;
    Ok(entity(&call, NAME, stage, &shape, &STAGE))
}

/// `PATCH …/accessPackageAssignmentApprovals/{id}/stages/{id}`
pub(crate) async fn decide(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: PackageRequestId = call.id(0)?;
    let stage: Uuid = call.id(1)?;
    let (decided, why) = call.body(decision)?;
    call.write(
        "package.approval.decide",
        move |tx| approval::decide(tx, id, Some(stage), decided, why),
        |_, _| Answer::done(),
    )
    .await
}
