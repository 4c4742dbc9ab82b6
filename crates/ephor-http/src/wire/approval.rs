//! Approvals and their one stage on the wire (`pim-groups.md` 1.3 and 5.3).
//!
//! The ids of request, approval and stage are one: clients make the one's address of the other.

use ephor_core::id::PrincipalId;
use ephor_core::request::{Decision, RequestStatus, Review};
use ephor_core::text::Justification;
use ephor_core::time::Instant;
use ephor_ops::approval::{Approval, Assigned};
use serde_json::{Map, Value, json};

use crate::fields::{Fields, Read};
use crate::odata::shape::{Link, Members, Usual};
use crate::types::{IDENTITY, Type};

/// What a stage has.
pub(crate) const STAGE: Members = Members {
    name: "approvalStage",
    properties: STAGE_PROPERTIES,
    usual: Usual::All,
    related: &[],
};
const STAGE_PROPERTIES: &[(&str, Type)] = &[
    ("id", Type::Id),
    ("assignedToMe", Type::Bool),
    ("displayName", Type::Text),
    ("justification", Type::Text),
    ("reviewResult", Type::Text),
    ("reviewedBy", IDENTITY),
    ("reviewedDateTime", Type::Time),
    ("status", Type::Text),
];

/// What an approval has; its stages come along, whether they are asked for or not.
pub(crate) const APPROVAL: Members = Members {
    name: "approval",
    properties: &[("id", Type::Id)],
    usual: Usual::Only(&["id", "stages"]),
    related: &[
        Link::several("stages", &STAGE),
        Link::several("steps", &STAGE),
    ],
};
/// The same as `/beta` spells it.
pub(crate) const BETA_APPROVAL: Members = Members {
    name: "approval",
    properties: &[("id", Type::Id)],
    usual: Usual::Only(&["id", "steps"]),
    related: &[
        Link::several("steps", &STAGE),
        Link::several("stages", &STAGE),
    ],
};

/// An approval's one stage. `reviewer` is what whoever decided is called.
pub(crate) fn stage(
    approval: &Approval,
    reviewer: Option<&str>,
    now: Instant,
) -> Map<String, Value> {
    let request = &approval.request;
    let review = request.review.as_ref();
    let status = match (request.status(now), review) {
        (RequestStatus::PendingApproval | RequestStatus::PendingAdminDecision, _) => "InProgress",
        // Nobody answered in time (R-F8).
        (RequestStatus::Denied, None) => "Expired",
        (_, _) => "Completed",
    };
    super::object([
        ("id", json!(request.id)),
        ("assignedToMe", json!(approval.assigned == Assigned::ToMe)),
        ("displayName", Value::Null),
        (
            "justification",
            review
                .and_then(|review| review.justification.as_ref())
                .map_or_else(|| json!(""), |why| json!(why)),
        ),
        ("reviewResult", json!(result(review))),
        ("reviewedBy", reviewed_by(review, reviewer)),
        ("reviewedDateTime", json!(review.map(|review| review.at))),
        ("status", json!(status)),
    ])
}

fn result(review: Option<&Review>) -> &'static str {
    match review.map(|review| review.decision) {
        None => "NotReviewed",
        Some(Decision::Approve) => "Approved",
        Some(Decision::Deny) => "Denied",
    }
}

fn reviewed_by(review: Option<&Review>, reviewer: Option<&str>) -> Value {
    let Some(review) = review else {
        return Value::Null;
    };
    let id: Option<PrincipalId> = review.by.user();
    json!({"displayName": reviewer, "id": id})
}

/// What an approver sends: the verb goes in, the participle comes out.
pub(crate) fn decision(fields: &Fields<'_>) -> Read<(Decision, Option<Justification>)> {
    let words: Vec<&str> = Decision::ALL.iter().map(|one| one.as_str()).collect();
    let decision = fields
        .word("reviewResult", Decision::parse, &words)?
        .ok_or_else(|| fields.missing("reviewResult"))?;
    let justification = fields.limited("justification", Justification::new)?;
    Ok((decision, justification))
}
