//! What happens to packages, as it is written down. What a package gives or takes is written down as any other
//! grant is, beside this.

use serde::{Deserialize, Serialize};

use super::assignment::{AssignmentEnd, PackageAssignment};
use super::catalog::{Catalog, CatalogResource, Package};
use super::delegation::CatalogRoleAssignment;
use super::policy::PackagePolicy;
use super::request::{Delivered, PackageOutcome, PackageRequest};
use crate::id::{PackageAssignmentId, PackageId, PackageRequestId, PrincipalId};
use crate::schedule::ExpiryReminder;
use crate::time::Instant;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "what",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum PackageEvent {
    /// A catalog was made.
    CatalogMade {
        /// It.
        catalog: Catalog,
    },
    /// A catalog was changed.
    CatalogChanged {
        /// What it was.
        before: Catalog,
        /// What it is.
        after: Catalog,
    },
    /// A catalog was deleted.
    CatalogDeleted {
        /// What it was.
        catalog: Catalog,
    },
    /// A group was added to a catalog.
    ResourceAdded {
        /// It.
        resource: CatalogResource,
    },
    /// What is known of a resource was read again.
    ResourceRefreshed {
        /// It.
        resource: CatalogResource,
    },
    /// A group was taken out of a catalog.
    ResourceRemoved {
        /// What it was.
        resource: CatalogResource,
    },
    /// A package was made.
    PackageMade {
        /// It.
        package: Package,
    },
    /// A package was changed: its words, its roles, or what it does not go with.
    PackageChanged {
        /// What it was.
        before: Package,
        /// What it is.
        after: Package,
    },
    /// A package was deleted.
    PackageDeleted {
        /// What it was.
        package: Package,
    },
    /// A policy was made.
    PolicyMade {
        /// It.
        policy: PackagePolicy,
    },
    /// A policy was changed.
    PolicyChanged {
        /// What it said.
        before: PackagePolicy,
        /// What it says.
        after: PackagePolicy,
    },
    /// A policy was deleted.
    PolicyDeleted {
        /// What it said.
        policy: PackagePolicy,
    },
    /// Somebody asked.
    Requested {
        /// The request; done at once, or waiting.
        request: PackageRequest,
    },
    /// A request that waited went on: a stage was decided, it was delivered again, or withdrawn.
    Settled {
        /// The request.
        request: PackageRequest,
    },
    /// A request that is done with was taken out of the list.
    RequestDeleted {
        /// What it was.
        request: PackageRequest,
    },
    /// Nobody decided for so long that others may too, and they are to hear of it.
    Escalated {
        /// The request.
        request: PackageRequestId,
        /// About which package.
        package: PackageId,
        /// For whom.
        target: PrincipalId,
        /// Since when others may decide.
        at: Instant,
    },
    /// The clock ended the waiting of a request, and Ephor noticed.
    RequestLapsed {
        /// The request.
        request: PackageRequestId,
        /// About which package.
        package: PackageId,
        /// For whom.
        target: PrincipalId,
        /// When it was over.
        at: Instant,
    },
    /// Somebody was given a package.
    Assigned {
        /// The package as they have it.
        assignment: PackageAssignment,
    },
    /// An assignment got another period.
    Rescheduled {
        /// What it was.
        before: PackageAssignment,
        /// What it is.
        after: PackageAssignment,
    },
    /// An assignment ended before its time.
    Ended {
        /// What it was.
        assignment: PackageAssignment,
        /// Why.
        why: AssignmentEnd,
        /// When.
        at: Instant,
    },
    /// The clock ended an assignment, and Ephor noticed.
    Lapsed {
        /// Which.
        assignment: PackageAssignmentId,
        /// Of which package.
        package: PackageId,
        /// Whose.
        target: PrincipalId,
        /// When.
        at: Instant,
    },
    /// An assignment ends soon, and whoever has it is to be reminded.
    ReminderDue {
        /// Which.
        assignment: PackageAssignmentId,
        /// Of which package.
        package: PackageId,
        /// Whose.
        target: PrincipalId,
        /// When it ends.
        ends_at: Instant,
        /// Which of the reminders.
        reminder: ExpiryReminder,
    },
    /// Somebody was given a role over catalogs.
    RoleAssigned {
        /// It.
        assignment: CatalogRoleAssignment,
    },
    /// A role over catalogs was taken away.
    RoleRemoved {
        /// What it was.
        assignment: CatalogRoleAssignment,
    },
}

impl PackageEvent {
    /// The principal it is about, for the views of the audit log (R-I2).
    pub const fn principal(&self) -> Option<PrincipalId> {
        match self {
            Self::Requested { request }
            | Self::Settled { request }
            | Self::RequestDeleted { request } => Some(request.target),
            Self::Assigned { assignment }
            | Self::Rescheduled {
                after: assignment, ..
            }
            | Self::Ended { assignment, .. } => Some(assignment.target),
            Self::RequestLapsed { target, .. }
            | Self::Escalated { target, .. }
            | Self::Lapsed { target, .. }
            | Self::ReminderDue { target, .. } => Some(*target),
            Self::RoleAssigned { assignment } | Self::RoleRemoved { assignment } => {
                Some(assignment.principal.id)
            }
            Self::CatalogMade { .. }
            | Self::CatalogChanged { .. }
            | Self::CatalogDeleted { .. }
            | Self::ResourceAdded { .. }
            | Self::ResourceRefreshed { .. }
            | Self::ResourceRemoved { .. }
            | Self::PackageMade { .. }
            | Self::PackageChanged { .. }
            | Self::PackageDeleted { .. }
            | Self::PolicyMade { .. }
            | Self::PolicyChanged { .. }
            | Self::PolicyDeleted { .. } => None,
        }
    }

    /// Whether somebody hears of it by mail.
    pub const fn is_notice(&self) -> bool {
        match self {
            Self::Requested { .. }
            | Self::Settled { .. }
            | Self::RequestLapsed { .. }
            | Self::Escalated { .. }
            | Self::Lapsed { .. }
            | Self::ReminderDue { .. } => true,
            Self::CatalogMade { .. }
            | Self::CatalogChanged { .. }
            | Self::CatalogDeleted { .. }
            | Self::ResourceAdded { .. }
            | Self::ResourceRefreshed { .. }
            | Self::ResourceRemoved { .. }
            | Self::PackageMade { .. }
            | Self::PackageChanged { .. }
            | Self::PackageDeleted { .. }
            | Self::PolicyMade { .. }
            | Self::PolicyChanged { .. }
            | Self::PolicyDeleted { .. }
            | Self::Assigned { .. }
            | Self::Rescheduled { .. }
            | Self::Ended { .. }
            | Self::RequestDeleted { .. }
            | Self::RoleAssigned { .. }
            | Self::RoleRemoved { .. } => false,
        }
    }

    /// What the directory's log would have called it.
    pub fn activity(&self) -> (&'static str, &'static str) {
        match self {
            Self::CatalogMade { .. } => ("Add", "Create access package catalog"),
            Self::CatalogChanged { .. } => ("Update", "Update access package catalog"),
            Self::CatalogDeleted { .. } => ("Delete", "Delete access package catalog"),
            Self::ResourceAdded { .. } => ("Add", "Create resource request"),
            Self::ResourceRefreshed { .. } => ("Update", "Update access package catalog resource"),
            Self::ResourceRemoved { .. } => ("Delete", "Create resource remove request"),
            Self::PackageMade { .. } => ("Add", "Create access package"),
            Self::PackageChanged { before, after } => {
                let shunned = |package: &Package| {
                    (
                        package.incompatible_packages.len(),
                        package.incompatible_groups.len(),
                    )
                };
                let (was, is) = (shunned(before), shunned(after));
                if is.0 > was.0 {
                    ("Add", "Create incompatible access package")
                } else if is.0 < was.0 {
                    ("Delete", "Delete incompatible access package")
                } else if is.1 > was.1 {
                    ("Add", "Create incompatible group")
                } else if is.1 < was.1 {
                    ("Delete", "Delete incompatible group")
                } else {
                    ("Update", "Update access package")
                }
            }
            Self::PackageDeleted { .. } => ("Delete", "Delete access package"),
            Self::PolicyMade { .. } => ("Add", "Create access package assignment policy"),
            Self::PolicyChanged { .. } => ("Update", "Update access package assignment policy"),
            Self::PolicyDeleted { .. } => ("Delete", "Delete access package assignment policy"),
            Self::Requested { request } => requested(request),
            Self::Settled { request } => settled(request),
            Self::RequestDeleted { .. } => ("Delete", "Delete access package assignment request"),
            Self::Escalated { .. } => ("Update", "Escalate access package assignment request"),
            Self::RequestLapsed { .. } => ("Update", "Deny access package assignment request"),
            Self::Assigned { assignment } if assignment.span.is_ahead(assignment.created_at) => {
                ("Assign", "Schedule a future access package assignment")
            }
            Self::Assigned { .. } => ("Assign", "Fulfill access package assignment request"),
            Self::Rescheduled { .. } => ("Update", "Extend access package assignment"),
            Self::Ended { .. } => ("Unassign", "Remove access package resource assignment"),
            Self::Lapsed { .. } => (
                "Unassign",
                "Entitlement Management removes access package assignment request for user",
            ),
            Self::ReminderDue { .. } => {
                ("Update", "Remind of an access package that is about to end")
            }
            Self::RoleAssigned { .. } => ("Assign", "Add Entitlement Management role assignment"),
            Self::RoleRemoved { .. } => {
                ("Unassign", "Remove Entitlement Management role assignment")
            }
        }
    }
}

const fn requested(request: &PackageRequest) -> (&'static str, &'static str) {
    use super::request::PackageRequestType as Asked;
    match request.action {
        Asked::UserAdd => ("Assign", "User requests access package assignment"),
        Asked::UserUpdate => (
            "Update",
            "User requests to extend access package assignment",
        ),
        Asked::UserRemove => (
            "Unassign",
            "User requests to remove access package assignment",
        ),
        Asked::AdminAdd => (
            "Assign",
            "Administrator directly assigns user to access package",
        ),
        Asked::AdminUpdate => ("Update", "Extend access package assignment"),
        Asked::AdminRemove => (
            "Unassign",
            "Administrator directly removes user access package assignment",
        ),
    }
}

const fn settled(request: &PackageRequest) -> (&'static str, &'static str) {
    match request.outcome {
        PackageOutcome::Pending { .. } => (
            "Update",
            "Approval stage completed for access package assignment request",
        ),
        PackageOutcome::Done { delivered, .. } => match delivered {
            Delivered::Whole => ("Update", "Approve access package assignment request"),
            Delivered::Partly => (
                "Update",
                "Partially fulfill access package assignment request",
            ),
            Delivered::Nothing => ("Update", "Failed access package assignment request"),
        },
        PackageOutcome::Denied { .. } => ("Update", "Deny access package assignment request"),
        PackageOutcome::Canceled { .. } => ("Update", "Cancel access package assignment request"),
    }
}
