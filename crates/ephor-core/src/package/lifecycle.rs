//! The lifecycle rule: a package that lasts longer than a group in it allows (R-G4).
//!
//! It is called out, not refused: what a package gives ends at the earlier of the two, and then the package is
//! still assigned while the role is gone.

use super::catalog::{Package, PackageRole};
use super::policy::{PackageExpiration, PackagePolicy};
use crate::id::{PackageId, PackagePolicyId};
use crate::package::role::ResourceRole;
use crate::policy::Rules;
use crate::policy::expiration::EndRequired;
use crate::role::ObjectId;
use crate::schedule::ScheduleKind;
use crate::time::{Instant, Length};

/// A package that lasts longer than a role in it may be held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Which package.
    pub package: PackageId,
    /// By which of its policies.
    pub policy: PackagePolicyId,
    /// Which group or directory role.
    pub object: ObjectId,
    /// Which role of it.
    pub role: ResourceRole,
    /// How long the package is held; `None` for ever.
    pub package_lasts: Option<Length>,
    /// How long the role can be held.
    pub role_lasts: Length,
}

impl Warning {
    /// The two durations and what to do, in a sentence.
    pub fn sentence(&self, name: &str, policy: &str) -> String {
        let package = self.package_lasts.map_or_else(
            || "has no end".to_owned(),
            |length| format!("lasts {length}"),
        );
        let setting = match self.role.kind() {
            ScheduleKind::Eligible => "expire eligible assignments after",
            ScheduleKind::Active => "expire active assignments after",
        };
        let what = match self.object {
            ObjectId::Group(_) => "group",
            ObjectId::Directory(_) => "directory role",
        };
        format!(
            "policy `{policy}` {package}, but {what} `{name}` lets {} last {} only: after that the role is gone while the package is still assigned; shorten the policy, or raise \"{setting}\" of the {what}",
            self.role.display_name(self.object),
            self.role_lasts,
        )
    }
}

/// What is to be called out about one role of a package under one of its policies, where the group's role
/// settings are these; `None` where it is not managed or lets it last.
pub fn warning(
    package: &Package,
    policy: &PackagePolicy,
    role: &PackageRole,
    rules: Option<&Rules>,
    now: Instant,
) -> Option<Warning> {
    let rules = rules?;
    let rule = match role.role.kind() {
        ScheduleKind::Eligible => &rules.admin_eligibility.expiration,
        ScheduleKind::Active => &rules.admin_assignment.expiration,
    };
    let role_lasts = match rule.end {
        EndRequired::No => return None,
        EndRequired::Yes => rule.maximum.length(),
    };
    let package_lasts = match &policy.expiration {
        PackageExpiration::Never => None,
        PackageExpiration::After(duration) => Some(duration.length()),
        PackageExpiration::At(end) => Some(end.since(now)),
    };
    package_lasts
        .is_none_or(|length| length > role_lasts)
        .then_some(Warning {
            package: package.id,
            policy: policy.id,
            object: role.object,
            role: role.role,
            package_lasts,
            role_lasts,
        })
}
