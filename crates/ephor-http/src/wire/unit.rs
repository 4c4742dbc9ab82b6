//! Administrative units on the wire (`directory.md` section 5).

use ephor_core::unit::{Unit, UnitVisibility};
use serde_json::{Map, Value, json};

use crate::odata::shape::{Members, Usual};
use crate::types::Type;

/// What a unit has.
pub(crate) const UNIT: Members = Members {
    name: "administrativeUnit",
    properties: &[
        ("id", Type::Id),
        ("deletedDateTime", Type::Time),
        ("displayName", Type::Text),
        ("description", Type::Text),
        ("membershipType", Type::Text),
        ("membershipRule", Type::Text),
        ("membershipRuleProcessingState", Type::Text),
        ("visibility", Type::Text),
        ("isMemberManagementRestricted", Type::Bool),
    ],
    usual: Usual::All,
    related: &[],
};

/// The words of `visibility`.
pub(crate) const VISIBILITY: [&str; 2] = ["Public", "HiddenMembership"];

/// Reads a word of `visibility`.
pub(crate) fn visibility(text: &str) -> Option<UnitVisibility> {
    if text.eq_ignore_ascii_case("Public") {
        Some(UnitVisibility::Public)
    } else if text.eq_ignore_ascii_case("HiddenMembership") {
        Some(UnitVisibility::HiddenMembership)
    } else {
        None
    }
}

/// A unit.
pub(crate) fn unit(unit: &Unit) -> Map<String, Value> {
    super::object([
        ("@odata.type", json!("#microsoft.graph.administrativeUnit")),
        ("id", json!(unit.id)),
        ("deletedDateTime", Value::Null),
        ("displayName", json!(unit.display_name)),
        ("description", json!(unit.description)),
        ("membershipType", Value::Null),
        ("membershipRule", Value::Null),
        ("membershipRuleProcessingState", Value::Null),
        ("visibility", json!(unit.visibility)),
        ("isMemberManagementRestricted", json!(unit.is_restricted())),
    ])
}
