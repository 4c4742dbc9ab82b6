//! Directory objects whose kind a client learns from `@odata.type`: members, owners, principals.

use ephor_core::principal::{Principal, PrincipalKind};
use serde_json::{Map, Value, json};

use super::user::is_enabled;
use crate::odata::shape::Members;

/// What a member, an owner or a principal may be asked for: what users and groups have. Those that it
/// does not have, or that Ephor does not load for a list, are left out.
pub(crate) const OBJECT: Members = Members {
    properties: &[
        "id",
        "deletedDateTime",
        "displayName",
        "mail",
        "userPrincipalName",
        "accountEnabled",
        "businessPhones",
        "companyName",
        "createdDateTime",
        "department",
        "description",
        "employeeId",
        "givenName",
        "groupTypes",
        "isAssignableToRole",
        "jobTitle",
        "mailEnabled",
        "mailNickname",
        "mobilePhone",
        "officeLocation",
        "onPremisesSyncEnabled",
        "preferredLanguage",
        "securityEnabled",
        "surname",
        "userType",
        "visibility",
        "appId",
    ],
    usual: &["id", "displayName", "mail", "userPrincipalName"],
    related: &[],
};

/// The type's name on the wire.
pub(crate) const fn type_name(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::User => "#microsoft.graph.user",
        PrincipalKind::Group => "#microsoft.graph.group",
        PrincipalKind::ServicePrincipal => "#microsoft.graph.servicePrincipal",
    }
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
