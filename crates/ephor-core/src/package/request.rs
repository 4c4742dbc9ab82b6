//! Requests about packages: what somebody asked for, and what became of it (`governance.md` 1.5).
//!
//! Stored is what was decided; the clock does the rest: a request that waits is escalated and denied by it,
//! and one with a future start is scheduled until then.

use serde::{Deserialize, Serialize};

use super::policy::PackageStage;
use crate::caller::Actor;
use crate::id::{
    PackageAssignmentId, PackageId, PackagePolicyId, PackageRequestId, PrincipalId, QuestionId,
};
use crate::request::{Review, words};
use crate::schedule::ScheduleInfo;
use crate::text::{Justification, LongText};
use crate::time::Instant;

words! {
    /// What a request asks for.
    PackageRequestType {
        /// Somebody asks for the package.
        UserAdd = "userAdd",
        /// Somebody extends what they have.
        UserUpdate = "userUpdate",
        /// Somebody gives it back.
        UserRemove = "userRemove",
        /// An administrator assigns it.
        AdminAdd = "adminAdd",
        /// An administrator changes its period.
        AdminUpdate = "adminUpdate",
        /// An administrator takes it away.
        AdminRemove = "adminRemove",
    }
}

words! {
    /// What has become of a request, at an instant.
    PackageRequestState {
        /// It waits for an approver.
        PendingApproval = "pendingApproval",
        /// It is agreed to, and its start lies ahead.
        Scheduled = "scheduled",
        /// All was given.
        Delivered = "delivered",
        /// Some of it was.
        PartiallyDelivered = "partiallyDelivered",
        /// Nothing of it could be.
        DeliveryFailed = "deliveryFailed",
        /// Refused by a person, or by nobody answering in time.
        Denied = "denied",
        /// Withdrawn.
        Canceled = "canceled",
    }
}

/// How much of a package could be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Delivered {
    /// All of it.
    Whole,
    /// Some of it.
    Partly,
    /// Nothing.
    Nothing,
}

/// What was decided about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PackageOutcome {
    /// It waits for an approver of a stage.
    Pending {
        /// Since when.
        since: Instant,
        /// From when others may decide too.
        escalates_at: Option<Instant>,
        /// Until when; then it is denied by the clock (R-F8).
        until: Instant,
    },
    /// It was done.
    Done {
        /// From when it counts.
        starts_at: Instant,
        /// When it was done.
        at: Instant,
        /// How much of it.
        delivered: Delivered,
    },
    /// A person said no.
    Denied {
        /// When.
        at: Instant,
    },
    /// It was withdrawn.
    Canceled {
        /// When.
        at: Instant,
    },
}

/// An answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// To which.
    pub question: QuestionId,
    /// The answer.
    pub value: LongText,
}

/// A request as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackageRequest {
    /// Its id.
    pub id: PackageRequestId,
    /// What is asked.
    pub action: PackageRequestType,
    /// About which package.
    pub package: PackageId,
    /// Under which policy.
    pub policy: PackagePolicyId,
    /// For whom.
    pub target: PrincipalId,
    /// Who asked.
    pub created_by: Actor,
    /// When.
    pub created_at: Instant,
    /// Why.
    pub justification: Option<Justification>,
    /// From when until when, where that was asked for.
    pub schedule: Option<ScheduleInfo>,
    /// Answers to the policy's questions.
    pub answers: Vec<Answer>,
    /// The assignment it made, changed or ended.
    pub assignment: Option<PackageAssignmentId>,
    /// What was decided.
    pub outcome: PackageOutcome,
    /// The decision of each stage that is over, in order.
    pub reviews: Vec<Review>,
}

impl PackageRequest {
    /// What has become of it at `now`.
    pub fn state(&self, now: Instant) -> PackageRequestState {
        match self.outcome {
            PackageOutcome::Pending { until, .. } if now < until => {
                PackageRequestState::PendingApproval
            }
            PackageOutcome::Pending { .. } | PackageOutcome::Denied { .. } => {
                PackageRequestState::Denied
            }
            PackageOutcome::Canceled { .. } => PackageRequestState::Canceled,
            PackageOutcome::Done {
                starts_at,
                delivered,
                ..
            } => match delivered {
                Delivered::Whole | Delivered::Partly if now < starts_at => {
                    PackageRequestState::Scheduled
                }
                Delivered::Whole => PackageRequestState::Delivered,
                Delivered::Partly => PackageRequestState::PartiallyDelivered,
                Delivered::Nothing => PackageRequestState::DeliveryFailed,
            },
        }
    }

    /// The service's own word for how it stands.
    pub fn status(&self, now: Instant) -> &'static str {
        match self.state(now) {
            PackageRequestState::PendingApproval if self.is_escalated(now) => {
                "PendingApprovalEscalated"
            }
            PackageRequestState::PendingApproval => "PendingApproval",
            PackageRequestState::Scheduled => "PendingNotBefore",
            PackageRequestState::Delivered => "Fulfilled",
            PackageRequestState::PartiallyDelivered => "PartiallyDelivered",
            PackageRequestState::DeliveryFailed => "DeliveryFailed",
            PackageRequestState::Denied
                if matches!(self.outcome, PackageOutcome::Pending { .. }) =>
            {
                "Expired"
            }
            PackageRequestState::Denied => "Denied",
            PackageRequestState::Canceled => "Canceled",
        }
    }

    /// Whether it waits for an approver.
    pub fn is_pending(&self, now: Instant) -> bool {
        self.state(now) == PackageRequestState::PendingApproval
    }

    /// Whether its stage is escalated.
    pub fn is_escalated(&self, now: Instant) -> bool {
        matches!(self.outcome, PackageOutcome::Pending { escalates_at: Some(at), .. } if at <= now)
            && self.is_pending(now)
    }

    /// When it was or will be done with.
    pub fn completed_at(&self, now: Instant) -> Option<Instant> {
        match self.outcome {
            PackageOutcome::Pending { until, .. } => (until <= now).then_some(until),
            PackageOutcome::Done { at, .. }
            | PackageOutcome::Denied { at }
            | PackageOutcome::Canceled { at } => Some(at),
        }
    }

    /// Whether it was put to approvers at all.
    pub fn was_asked(&self) -> bool {
        !self.reviews.is_empty() || matches!(self.outcome, PackageOutcome::Pending { .. })
    }

    /// Waiting in a stage that begins now.
    pub fn waiting(stage: &PackageStage, now: Instant) -> PackageOutcome {
        PackageOutcome::Pending {
            since: now,
            escalates_at: stage
                .escalated_after
                .as_ref()
                .and_then(|after| now.plus(after.length())),
            until: now.plus(stage.denied_after.length()).unwrap_or(now),
        }
    }
}
