//! Schedules: who is eligible for or has a role, and from when until when.
//!
//! A schedule is one *grant*. Whether it counts is a function of its span and `now`: no schedule says of
//! itself that it is active or over. Access is the union of the grants in force (R-D8). An *instance*, as
//! Graph calls it, is a schedule that is in force at `now`.

use serde::{Deserialize, Serialize};

use crate::id::{PackageAssignmentId, RequestId, ScheduleId};
use crate::principal::PrincipalRef;
use crate::role::Role;
use crate::time::{Instant, IsoDuration, Length, Span};

/// Whether a schedule makes its principal eligible or gives the access (R-D1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ScheduleKind {
    /// May activate.
    Eligible,
    /// Has it.
    Active,
}

/// How a schedule came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GrantOrigin {
    /// An administrator assigned it in PIM.
    Assigned,
    /// Its principal activated this eligibility schedule.
    Activated {
        /// The eligibility schedule that was activated.
        using: ScheduleId,
    },
    /// A change outside PIM (Groups API, role assignments): active, without an end (R-A8).
    Outside,
    /// An access package that somebody has gives it (R-G3).
    Package {
        /// The package as they have it.
        assignment: PackageAssignmentId,
    },
}

/// A reminder that an assignment will end (R-D5): each goes out once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ExpiryReminder {
    /// 14 days before the end.
    FourteenDays,
    /// One day before the end.
    OneDay,
}

impl ExpiryReminder {
    /// Both, the earlier one first.
    pub const ALL: [Self; 2] = [Self::FourteenDays, Self::OneDay];

    /// How long before the end it is due.
    pub const fn lead(self) -> Length {
        match self {
            Self::FourteenDays => Length::days(14),
            Self::OneDay => Length::days(1),
        }
    }

    /// How long before the end it comes too late: then the next one is due, or the end is there.
    pub const fn too_late(self) -> Length {
        match self {
            Self::FourteenDays => Self::OneDay.lead(),
            Self::OneDay => Length::ZERO,
        }
    }
}

/// When something asked for shall end (`expiration` on the wire).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Expiration {
    /// Not said.
    NotSpecified,
    /// Never.
    Never,
    /// At this instant.
    At(Instant),
    /// This long after it began.
    After(IsoDuration),
}

/// From when and until when, as asked for or as granted (`scheduleInfo` on the wire).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleInfo {
    /// When it begins; `None` asks for now.
    pub starts_at: Option<Instant>,
    /// When it ends.
    pub expiration: Expiration,
}

/// One grant: a principal, a role, and a span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// Its id; names the role.
    pub id: ScheduleId,
    /// Eligible or active.
    pub kind: ScheduleKind,
    /// Who is eligible or has it.
    pub principal: PrincipalRef,
    /// How it came to be.
    pub origin: GrantOrigin,
    /// When it is in force. Ended early, its end is the instant of that.
    pub span: Span,
    /// What is shown as its period: the effective start, and the expiration in the words of the request.
    pub info: ScheduleInfo,
    /// When it was made.
    pub created_at: Instant,
    /// The request that made it; `None` for a change outside PIM.
    pub created_using: Option<RequestId>,
}

impl Schedule {
    /// The role it gives.
    pub const fn role(&self) -> Role {
        self.id.role
    }

    /// Whether it is or was an assignment made by request in PIM: what can be updated, extended and renewed.
    pub const fn is_assignment(&self) -> bool {
        matches!(self.origin, GrantOrigin::Assigned)
    }

    /// Whether the clock ended it, and no person did before: only then can it be renewed.
    pub fn ran_out(&self, now: Instant) -> bool {
        let granted_until = match (&self.info.expiration, self.info.starts_at) {
            (Expiration::At(end), _) => Some(*end),
            (Expiration::After(duration), Some(start)) => start.plus(duration.length()),
            (Expiration::After(_), None) | (Expiration::Never | Expiration::NotSpecified, _) => {
                None
            }
        };
        self.span.is_over(now) && granted_until.is_some() && self.span.ends_at() == granted_until
    }

    /// The package assignment that gives it, where one does.
    pub const fn package(&self) -> Option<PackageAssignmentId> {
        match self.origin {
            GrantOrigin::Package { assignment } => Some(assignment),
            GrantOrigin::Assigned | GrantOrigin::Activated { .. } | GrantOrigin::Outside => None,
        }
    }

    /// Whether it was activated by its principal rather than assigned.
    pub const fn is_activation(&self) -> bool {
        matches!(self.origin, GrantOrigin::Activated { .. })
    }
}
