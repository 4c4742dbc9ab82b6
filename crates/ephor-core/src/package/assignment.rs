//! A package as somebody has it: a span, and what of its roles is really held (R-G4).

use serde::{Deserialize, Serialize};

use crate::id::{PackageAssignmentId, PackageId, PackagePolicyId, PackageRequestId, PrincipalId};
use crate::request::words;
use crate::time::{Instant, Span};

/// A package as somebody has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackageAssignment {
    /// Its id.
    pub id: PackageAssignmentId,
    /// Which package.
    pub package: PackageId,
    /// Under which policy.
    pub policy: PackagePolicyId,
    /// Who has it.
    pub target: PrincipalId,
    /// From when until when. Ended early, its end is the instant of that.
    pub span: Span,
    /// When it was made.
    pub created_at: Instant,
    /// The request that made it.
    pub created_using: PackageRequestId,
}

/// Why an assignment ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AssignmentEnd {
    /// An administrator took it away.
    Removed,
    /// Whoever had it gave it back.
    GivenBack,
    /// It was withdrawn before it began.
    Canceled,
}

words! {
    /// How an assignment stands (`governance.md` 1.5).
    AssignmentState {
        /// Its start lies ahead.
        Delivering = "delivering",
        /// Something of what it gives is not held.
        PartiallyDelivered = "partiallyDelivered",
        /// All it gives is held.
        Delivered = "delivered",
        /// It is over.
        Expired = "expired",
        /// Nothing of what it gives is held.
        DeliveryFailed = "deliveryFailed",
    }
}

impl PackageAssignment {
    /// How it stands at `now`, where so many of its roles, out of so many, are held: nobody is shown as having
    /// what they don't have (R-G4).
    pub fn state(&self, held: usize, of: usize, now: Instant) -> AssignmentState {
        if self.span.is_over(now) {
            AssignmentState::Expired
        } else if self.span.is_ahead(now) {
            AssignmentState::Delivering
        } else if held >= of {
            AssignmentState::Delivered
        } else if held == 0 {
            AssignmentState::DeliveryFailed
        } else {
            AssignmentState::PartiallyDelivered
        }
    }

    /// Whether it is in force or ahead.
    pub fn is_live(&self, now: Instant) -> bool {
        !self.span.is_over(now)
    }
}
