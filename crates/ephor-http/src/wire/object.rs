//! Directory objects whose kind a client learns from `@odata.type`: members, owners, principals.

use ephor_core::principal::{Principal, PrincipalKind};
use serde_json::{Map, Value, json};

use super::user::is_enabled;
use crate::odata::shape::{Members, Usual};
use crate::types::{TEXTS, Type};

/// What a member, an owner or a principal may be asked for: what users and groups have. Those that it
/// does not have, or that Ephor does not load for a list, are left out.
pub(crate) const OBJECT: Members = Members {
    name: "directoryObject",
    properties: ALL,
    usual: Usual::Only(&["id", "displayName", "mail", "userPrincipalName"]),
    related: &[],
};

/// What a deleted user or group may be asked for.
pub(crate) const DELETED: Members = Members {
    name: "deletedItem",
    properties: ALL,
    usual: Usual::All,
    related: &[],
};

const ALL: &[(&str, Type)] = &[
    ("id", Type::Id),
    ("deletedDateTime", Type::Time),
    ("displayName", Type::Text),
    ("mail", Type::Text),
    ("userPrincipalName", Type::Text),
    ("accountEnabled", Type::Bool),
    ("businessPhones", TEXTS),
    ("classification", Type::Text),
    ("companyName", Type::Text),
    ("createdDateTime", Type::Time),
    ("department", Type::Text),
    ("description", Type::Text),
    ("employeeId", Type::Text),
    ("expirationDateTime", Type::Time),
    ("givenName", Type::Text),
    ("groupTypes", TEXTS),
    ("isAssignableToRole", Type::Bool),
    ("jobTitle", Type::Text),
    ("mailEnabled", Type::Bool),
    ("mailNickname", Type::Text),
    ("membershipRule", Type::Text),
    ("membershipRuleProcessingState", Type::Text),
    ("mobilePhone", Type::Text),
    ("officeLocation", Type::Text),
    ("onPremisesSyncEnabled", Type::Bool),
    ("preferredLanguage", Type::Text),
    ("proxyAddresses", TEXTS),
    ("securityEnabled", Type::Bool),
    ("surname", Type::Text),
    ("userType", Type::Text),
    ("visibility", Type::Text),
    ("appId", Type::Id),
];

/// The type's name on the wire.
pub(crate) const fn type_name(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::User => "#microsoft.graph.user",
        PrincipalKind::Group => "#microsoft.graph.group",
        PrincipalKind::ServicePrincipal => "#microsoft.graph.servicePrincipal",
    }
}

/// An object of a list of several kinds: with its kind in front.
pub(crate) fn of_kind(kind: PrincipalKind, object: Map<String, Value>) -> Map<String, Value> {
    let mut members = super::object([("@odata.type", json!(type_name(kind)))]);
    members.extend(object);
    members
}

/// A principal, as far as it is known.
pub(crate) fn principal(principal: &Principal) -> Map<String, Value> {
    let mut members = super::object([
        ("@odata.type", json!(type_name(principal.reference.kind))),
        ("id", json!(principal.reference.id)),
        ("displayName", json!(principal.display_name)),
    ]);
    let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
    match principal.reference.kind {
        PrincipalKind::User => {
            put("mail", json!(principal.mail));
            put("userPrincipalName", json!(principal.user_principal_name));
            put("accountEnabled", json!(is_enabled(principal.account)));
        }
        PrincipalKind::Group => {
            put("mail", json!(principal.mail));
        }
        PrincipalKind::ServicePrincipal => {
            put("accountEnabled", json!(is_enabled(principal.account)));
        }
    }
    members
}
