//! Administrative units: parts of a directory that roles can be held over (`directory.md` section 5).

use serde::{Deserialize, Serialize};

use crate::id::UnitId;
use crate::text::{Description, DisplayName};
use crate::time::Instant;

/// Whether only administrators of the unit may change what is in it (`isMemberManagementRestricted`); set
/// when it is made, or never.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Management {
    /// Whoever may elsewhere, may here.
    #[default]
    Open,
    /// Only they.
    Restricted,
}

/// Who may see what is in a unit (`visibility`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnitVisibility {
    /// Anybody.
    Public,
    /// Whoever is in it, and administrators.
    HiddenMembership,
}

/// An administrative unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// What people call it.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: Option<Description>,
    /// Who may see what is in it, where somebody said so.
    pub visibility: Option<UnitVisibility>,
    /// Whether only its own administrators may change what is in it.
    pub management: Management,
    /// When it was made.
    pub created_at: Instant,
}

impl Unit {
    /// Whether only its own administrators may change what is in it.
    pub const fn is_restricted(&self) -> bool {
        matches!(self.management, Management::Restricted)
    }
}
