//! The tenant and its settings.

use serde::{Deserialize, Serialize};

use crate::id::TenantId;
use crate::time::{Instant, Length};

/// One company's directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its first verified domain, in lower case.
    pub domain: String,
    /// When it was made.
    pub created_at: Instant,
    /// What it is used as.
    pub purpose: TenantPurpose,
    /// What it has set.
    #[serde(default)]
    pub settings: Settings,
}

/// What a tenant is used as (T-43: the movable clock exists only for a demonstration).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TenantPurpose {
    /// The real thing.
    Production,
    /// A demonstration whose clock can be moved.
    Demonstration,
}

/// Tenant settings (`surface.md`, `GET settings`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// How long an assignment stands before a PIM request may remove it (R-D3).
    pub removal_floor: Length,
    /// How many role-assignable groups there may be (R-A2).
    pub role_assignable_groups_max: u32,
    /// What becomes of an activation whose eligibility is taken away (R-E7).
    pub without_eligibility: WithoutEligibility,
}

/// What becomes of an activation whose eligibility is taken away (R-E7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WithoutEligibility {
    /// It ends with it.
    #[default]
    Ends,
    /// It runs to its own end.
    RunsOut,
}

impl Settings {
    /// No assignment may be shorter than this (R-D2).
    pub const SHORTEST_ASSIGNMENT: Length = Length::minutes(5);
    /// The floor for removals can be set no higher, or nothing could be taken away for long.
    pub const REMOVAL_FLOOR_MAX: Length = Length::hours(24);
    /// The limit on role-assignable groups can be set no higher.
    pub const ROLE_ASSIGNABLE_GROUPS_MAX: u32 = 10_000;
    /// A start may lie this far ahead at most (`security.md` section 5).
    pub const FARTHEST_START: Length = Length::days(366);
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            removal_floor: Length::minutes(5),
            role_assignable_groups_max: 500,
            without_eligibility: WithoutEligibility::Ends,
        }
    }
}
