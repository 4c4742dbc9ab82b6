//! `POST /ephor/v1/scheduleRequests/{id}/decide`: an administrator's answer to a request to extend or renew a role
//! of a group or a directory role, which Graph can't give (R-D5).

use ephor_core::id::RequestId;
use ephor_core::request::{Decision, ScheduleRequest};
use ephor_core::text::Justification;
use ephor_ops::schedule_request as requests;

use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::odata::shape::{Members, Usual};
use crate::types::{SCHEDULE_INFO, Type, Words};
use crate::wire::request::{request, schedule_info};

/// What is sent.
pub(crate) const DECISION: Members = Members {
    name: "ephorDecision",
    properties: &[
        (
            "decision",
            Type::Words(&Words {
                name: "ephorDecisionWord",
                words: &["approve", "deny"],
            }),
        ),
        ("justification", Type::Text),
        ("scheduleInfo", SCHEDULE_INFO),
    ],
    usual: Usual::All,
    related: &[],
};

/// `POST /ephor/v1/scheduleRequests/{id}/decide`
pub(crate) async fn decide(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: RequestId = call.id(0)?;
    let (decision, justification, info) = call.body(|fields| {
        let names: Vec<&str> = DECISION.properties.iter().map(|(name, _)| *name).collect();
        fields.only(&names)?;
        let decision = fields
            .word("decision", Decision::parse, &["approve", "deny"])?
            .ok_or_else(|| fields.missing("decision"))?;
        let why = fields.limited("justification", Justification::new)?;
        Ok((decision, why, schedule_info(fields)?))
    })?;
    let decided = |_: &Call, decided: At<ScheduleRequest>| {
        Answer::json(request(&decided.value, decided.now).into())
    };
    call.write(
        "schedule.decide",
        move |tx| {
            let of = requests::kind_of(tx, id)?;
            requests::decide_extension(tx, of, id, decision, justification, info.as_ref())
        },
        decided,
    )
    .await
}
