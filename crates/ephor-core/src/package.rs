//! Access packages: bundles of group roles that people ask for, or are given, and that end together
//! (`governance.md` part 1; R-G1 to R-G5).
//!
//! A catalog holds groups as resources, a package holds roles of them, a policy says who may ask and who
//! decides. What a package gives is given by the one engine, as any other grant, with the package as its
//! origin ([`delivery`]); so somebody holds the union of all grants in force, and nothing here says of itself
//! that it is active or over.

pub mod asking;
pub mod assignment;
pub mod catalog;
pub mod delegation;
pub mod delivery;
pub mod event;
pub mod lifecycle;
pub mod policy;
pub mod request;
pub mod role;

use serde::{Deserialize, Serialize};

pub use assignment::{AssignmentState, PackageAssignment};
pub use catalog::{Catalog, CatalogKind, CatalogResource, CatalogState, Package, PackageRole};
pub use delegation::{CatalogRole, CatalogRoleAssignment};
pub use event::PackageEvent;
pub use policy::{PackagePolicy, Subject, TargetScope};
pub use request::{PackageOutcome, PackageRequest, PackageRequestState, PackageRequestType};
pub use role::ResourceRole;

/// Whether something that can be switched is on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Switch {
    /// It is not.
    #[default]
    Off,
    /// It is.
    On,
}

impl Switch {
    /// Whether it is on.
    pub const fn is_on(self) -> bool {
        matches!(self, Self::On)
    }
}

impl From<bool> for Switch {
    fn from(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}
