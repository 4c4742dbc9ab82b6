//! Applications and service principals on the wire (`infrastructure-clients.md` 2.9).

use std::collections::BTreeMap;

use ephor_core::caller::Scope;
use ephor_core::id::PrincipalId;
use ephor_core::principal::{AccountState, ServicePrincipal};
use ephor_core::signin::application::{ApplicationKind, ClientSecret, GroupsClaim, RedirectUri};
use ephor_core::text::{DisplayName, ShortText};
use ephor_core::time::Instant;
use ephor_ops::program::{ApplicationChange, GRAPH, Granted, Known, ServicePrincipalChange};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::group::references;
use super::object;
use super::user::is_enabled;
use crate::fields::{Fields, Read};
use crate::json::Json;
use crate::odata::shape::{Members, Usual};
use crate::types::{Complex, TEXTS, Type};

/// A secret of an application, without the secret.
const SECRET: Complex = Complex {
    name: "passwordCredential",
    properties: &[
        ("customKeyIdentifier", Type::Text),
        ("displayName", Type::Text),
        ("endDateTime", Type::Time),
        ("hint", Type::Text),
        ("keyId", Type::Id),
        ("secretText", Type::Text),
        ("startDateTime", Type::Time),
    ],
};

/// What is sent to give an application a secret.
pub(crate) const NEW_SECRET: Members = Members {
    name: "newPasswordCredential",
    properties: &[("passwordCredential", Type::Object(&SECRET))],
    usual: Usual::All,
    related: &[],
};

/// What is sent to take one away.
pub(crate) const SECRET_KEY: Members = Members {
    name: "passwordCredentialKey",
    properties: &[("keyId", Type::Id)],
    usual: Usual::All,
    related: &[],
};

/// A permission that a program has.
pub(crate) const APP_ROLE_ASSIGNMENT: Members = Members {
    name: "appRoleAssignment",
    properties: &[
        ("id", Type::Id),
        ("deletedDateTime", Type::Time),
        ("appRoleId", Type::Id),
        ("createdDateTime", Type::Time),
        ("principalDisplayName", Type::Text),
        ("principalId", Type::Id),
        ("principalType", Type::Text),
        ("resourceDisplayName", Type::Text),
        ("resourceId", Type::Id),
    ],
    usual: Usual::All,
    related: &[],
};

/// What an application has.
pub(crate) const APPLICATION: Members = Members {
    name: "application",
    properties: &[
        ("id", Type::Id),
        ("deletedDateTime", Type::Time),
        ("appId", Type::Id),
        ("createdDateTime", Type::Time),
        ("displayName", Type::Text),
        ("publisherDomain", Type::Text),
        ("keyCredentials", Type::List(&Type::Document)),
        ("passwordCredentials", Type::List(&Type::Object(&SECRET))),
        ("addIns", Type::List(&Type::Document)),
        ("api", Type::Document),
        ("appRoles", Type::List(&Type::Document)),
        ("defaultRedirectUri", Type::Text),
        ("description", Type::Text),
        ("disabledByMicrosoftStatus", Type::Text),
        ("groupMembershipClaims", Type::Text),
        ("identifierUris", TEXTS),
        ("info", Type::Document),
        ("isDeviceOnlyAuthSupported", Type::Bool),
        ("isFallbackPublicClient", Type::Bool),
        ("notes", Type::Text),
        ("oauth2RequirePostResponse", Type::Bool),
        ("optionalClaims", Type::Document),
        ("parentalControlSettings", Type::Document),
        ("publicClient", Type::Document),
        ("requiredResourceAccess", Type::List(&Type::Document)),
        ("samlMetadataUrl", Type::Text),
        ("serviceManagementReference", Type::Text),
        ("signInAudience", Type::Text),
        ("spa", Type::Document),
        ("tags", TEXTS),
        ("web", Type::Document),
    ],
    usual: Usual::All,
    related: &[],
};

/// What a service principal has.
pub(crate) const SERVICE_PRINCIPAL: Members = Members {
    name: "servicePrincipal",
    properties: &[
        ("id", Type::Id),
        ("deletedDateTime", Type::Time),
        ("accountEnabled", Type::Bool),
        ("appDisplayName", Type::Text),
        ("appId", Type::Id),
        ("appOwnerOrganizationId", Type::Id),
        ("createdDateTime", Type::Time),
        ("displayName", Type::Text),
        ("servicePrincipalNames", TEXTS),
        ("servicePrincipalType", Type::Text),
        ("signInAudience", Type::Text),
        ("appRoles", Type::List(&Type::Document)),
        ("oauth2PermissionScopes", Type::List(&Type::Document)),
        ("keyCredentials", Type::List(&Type::Document)),
        ("passwordCredentials", Type::List(&Type::Object(&SECRET))),
        ("addIns", Type::List(&Type::Document)),
        ("alternativeNames", TEXTS),
        ("appDescription", Type::Text),
        ("appRoleAssignmentRequired", Type::Bool),
        ("description", Type::Text),
        ("homepage", Type::Text),
        ("info", Type::Document),
        ("loginUrl", Type::Text),
        ("logoutUrl", Type::Text),
        ("notes", Type::Text),
        ("notificationEmailAddresses", TEXTS),
        ("preferredSingleSignOnMode", Type::Text),
        ("preferredTokenSigningKeyThumbprint", Type::Text),
        ("replyUrls", TEXTS),
        ("samlMetadataUrl", Type::Text),
        ("samlSingleSignOnSettings", Type::Document),
        ("tags", TEXTS),
    ],
    usual: Usual::All,
    related: &[],
};

/// What is sent to make or change an application.
pub(crate) const APPLICATION_CHANGE: Members = Members {
    name: "applicationChange",
    properties: &[
        ("displayName", Type::Text),
        ("owners@odata.bind", TEXTS),
        ("addIns", Type::List(&Type::Document)),
        ("api", Type::Document),
        ("appRoles", Type::List(&Type::Document)),
        ("defaultRedirectUri", Type::Text),
        ("description", Type::Text),
        ("groupMembershipClaims", Type::Text),
        ("identifierUris", TEXTS),
        ("info", Type::Document),
        ("isDeviceOnlyAuthSupported", Type::Bool),
        ("isFallbackPublicClient", Type::Bool),
        ("notes", Type::Text),
        ("oauth2RequirePostResponse", Type::Bool),
        ("optionalClaims", Type::Document),
        ("parentalControlSettings", Type::Document),
        ("publicClient", Type::Document),
        ("requiredResourceAccess", Type::List(&Type::Document)),
        ("samlMetadataUrl", Type::Text),
        ("serviceManagementReference", Type::Text),
        ("signInAudience", Type::Text),
        ("spa", Type::Document),
        ("tags", TEXTS),
        ("web", Type::Document),
    ],
    usual: Usual::All,
    related: &[],
};

/// What is sent to make or change a service principal.
pub(crate) const SERVICE_PRINCIPAL_CHANGE: Members = Members {
    name: "servicePrincipalChange",
    properties: &[
        ("accountEnabled", Type::Bool),
        ("appId", Type::Id),
        ("owners@odata.bind", TEXTS),
        ("addIns", Type::List(&Type::Document)),
        ("alternativeNames", TEXTS),
        ("appRoleAssignmentRequired", Type::Bool),
        ("description", Type::Text),
        ("homepage", Type::Text),
        ("info", Type::Document),
        ("loginUrl", Type::Text),
        ("logoutUrl", Type::Text),
        ("notes", Type::Text),
        ("notificationEmailAddresses", TEXTS),
        ("preferredSingleSignOnMode", Type::Text),
        ("preferredTokenSigningKeyThumbprint", Type::Text),
        ("replyUrls", TEXTS),
        ("samlSingleSignOnSettings", Type::Document),
        ("tags", TEXTS),
    ],
    usual: Usual::All,
    related: &[],
};

/// What is sent to grant a permission.
pub(crate) const NEW_APP_ROLE_ASSIGNMENT: Members = Members {
    name: "newAppRoleAssignment",
    properties: &[
        ("principalId", Type::Id),
        ("resourceId", Type::Id),
        ("appRoleId", Type::Id),
    ],
    usual: Usual::All,
    related: &[],
};

/// What may be said of an application besides its name: kept, and given back as it was sent.
const OF_APPLICATIONS: &[&str] = &[
    "addIns",
    "api",
    "appRoles",
    "defaultRedirectUri",
    "description",
    "groupMembershipClaims",
    "identifierUris",
    "info",
    "isDeviceOnlyAuthSupported",
    "isFallbackPublicClient",
    "notes",
    "oauth2RequirePostResponse",
    "optionalClaims",
    "parentalControlSettings",
    "publicClient",
    "requiredResourceAccess",
    "samlMetadataUrl",
    "serviceManagementReference",
    "signInAudience",
    "spa",
    "tags",
    "web",
];

/// What may be said of a service principal.
const OF_SERVICE_PRINCIPALS: &[&str] = &[
    "addIns",
    "alternativeNames",
    "appRoleAssignmentRequired",
    "description",
    "homepage",
    "info",
    "loginUrl",
    "logoutUrl",
    "notes",
    "notificationEmailAddresses",
    "preferredSingleSignOnMode",
    "preferredTokenSigningKeyThumbprint",
    "replyUrls",
    "samlSingleSignOnSettings",
    "tags",
];

/// How much may be said of a program with one property, in bytes of JSON.
const PROPERTY_BYTES_MAX: usize = 64 * 1024;

fn to_value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => json!(value),
        Json::Int(value) => json!(value),
        Json::Float(value) => json!(value),
        Json::Text(text) => json!(text),
        Json::List(items) => items.iter().map(to_value).collect(),
        Json::Object(object) => {
            let members = object.names().filter_map(|name| {
                let value = object.get(name)?;
                Some((name.to_owned(), to_value(value)))
            });
            Value::Object(members.collect())
        }
    }
}

/// The properties of these names, as JSON texts: each of the kind that its description says.
fn properties(
    fields: &Fields<'_>,
    names: &[&str],
    members: &Members,
) -> Read<BTreeMap<String, Option<String>>> {
    let mut read = BTreeMap::new();
    for name in names.iter().filter(|name| fields.is_given(name)) {
        let kind = members.properties.iter().find(|(own, _)| own == name);
        match kind {
            Some((_, Type::Bool)) => drop(fields.bool(name)?),
            Some((_, Type::Text)) => drop(fields.text(name)?),
            Some((_, Type::List(Type::Text))) => drop(fields.texts(name)?),
            Some((_, Type::List(_))) => drop(fields.list(name)?),
            Some(_) | None => drop(fields.object(name)?),
        }
        let text = fields.get(name).map(|value| to_value(value).to_string());
        if text
            .as_ref()
            .is_some_and(|text| text.len() > PROPERTY_BYTES_MAX)
        {
            return Err(fields.wrong(name, format!("is longer than {PROPERTY_BYTES_MAX} bytes")));
        }
        read.insert((*name).to_owned(), text);
    }
    Ok(read)
}

/// Reads the body of `POST /applications` and `PATCH /applications/{id}`.
pub(crate) fn application_change(fields: &Fields<'_>) -> Read<ApplicationChange> {
    for name in ["id", "appId", "createdDateTime", "deletedDateTime"] {
        if fields.get(name).is_some() {
            return Err(fields.wrong(name, "is read-only: leave it out"));
        }
    }
    for name in ["keyCredentials", "passwordCredentials"] {
        if fields.list(name)?.is_some_and(|list| !list.is_empty()) {
            return Err(fields.unsupported(name, "can't be set here; use addPassword"));
        }
    }
    let mut uris = None;
    for place in ["web", "spa", "publicClient"] {
        let Some(inner) = fields.object(place)? else {
            continue;
        };
        for uri in inner.texts("redirectUris")?.unwrap_or_default() {
            let uri = RedirectUri::new(uri).map_err(|wrong| {
                inner.wrong("redirectUris", format!("holds `{uri}`: it {wrong}"))
            })?;
            uris.get_or_insert_with(Vec::new).push(uri);
        }
        uris.get_or_insert_with(Vec::new);
    }
    Ok(ApplicationChange {
        name: fields.limited("displayName", DisplayName::new)?,
        redirect_uris: uris,
        kind: fields.bool("isFallbackPublicClient")?.map(|public| {
            if public {
                ApplicationKind::Public
            } else {
                ApplicationKind::Confidential
            }
        }),
        groups_claim: fields.text("groupMembershipClaims")?.map(|claims| {
            let none = claims.eq_ignore_ascii_case("None");
            if none {
                GroupsClaim::None
            } else {
                GroupsClaim::All
            }
        }),
        properties: properties(fields, OF_APPLICATIONS, &APPLICATION)?,
        owners: references(fields, "owners@odata.bind")?,
    })
}

/// Reads what `POST /servicePrincipals` and `PATCH /servicePrincipals/{id}` say of it.
pub(crate) fn service_principal_change(fields: &Fields<'_>) -> Read<ServicePrincipalChange> {
    Ok(ServicePrincipalChange {
        account: fields.bool("accountEnabled")?.map(|enabled| {
            if enabled {
                AccountState::Enabled
            } else {
                AccountState::Disabled
            }
        }),
        properties: properties(fields, OF_SERVICE_PRINCIPALS, &SERVICE_PRINCIPAL)?,
        owners: references(fields, "owners@odata.bind")?,
    })
}

/// A secret to be made: what it is called, and until when it is to be good.
pub(crate) fn new_secret(fields: &Fields<'_>) -> Read<(Option<String>, Option<Instant>)> {
    let Some(asked) = fields.object("passwordCredential")? else {
        return Ok((None, None));
    };
    let name = asked.limited("displayName", ShortText::new)?;
    Ok((
        name.map(|name| name.as_str().to_owned()),
        asked.parsed("endDateTime")?,
    ))
}

/// What is kept of a program, and an empty value of its kind for what nobody said.
fn kept(
    members: &mut Map<String, Value>,
    names: &[&str],
    of: &Members,
    properties: &BTreeMap<String, String>,
) {
    for name in names {
        let said = properties
            .get(*name)
            .and_then(|text| serde_json::from_str(text).ok());
        let kind = of.properties.iter().find(|(own, _)| own == name);
        let value = said.unwrap_or_else(|| match kind {
            Some((_, Type::List(_))) => json!([]),
            Some((_, Type::Bool)) => json!(false),
            Some(_) | None => Value::Null,
        });
        members.insert((*name).to_owned(), value);
    }
}

/// A secret as it is told; the secret itself only as it is made.
pub(crate) fn secret(secret: &ClientSecret, text: Option<&str>) -> Map<String, Value> {
    object([
        ("customKeyIdentifier", Value::Null),
        ("displayName", json!(secret.name)),
        ("endDateTime", json!(secret.until)),
        ("hint", Value::Null),
        ("keyId", json!(secret.key)),
        ("secretText", json!(text)),
        ("startDateTime", json!(secret.from)),
    ])
}

/// An application with all it has.
pub(crate) fn application(known: &Known) -> Map<String, Value> {
    let own = &known.application;
    let secrets: Vec<Value> = known
        .secrets
        .iter()
        .map(|one| Value::Object(secret(one, None)))
        .collect();
    let mut members = object([
        ("id", json!(own.object_id())),
        ("deletedDateTime", Value::Null),
        ("appId", json!(own.id)),
        ("createdDateTime", json!(own.created_at)),
        ("displayName", json!(own.name)),
        ("publisherDomain", Value::Null),
        ("disabledByMicrosoftStatus", Value::Null),
        ("keyCredentials", json!([])),
        ("passwordCredentials", json!(secrets)),
    ]);
    kept(&mut members, OF_APPLICATIONS, &APPLICATION, &own.properties);
    if !own.properties.contains_key("signInAudience") {
        members.insert("signInAudience".into(), json!("AzureADMyOrg"));
    }
    members
}

/// A service principal with all it has.
pub(crate) fn service_principal(own: &ServicePrincipal) -> Map<String, Value> {
    let roles = if own.app_id == GRAPH {
        Scope::ALL.iter().map(|scope| app_role(*scope)).collect()
    } else {
        Vec::new()
    };
    let mut members = object([
        ("id", json!(own.id)),
        ("deletedDateTime", Value::Null),
        ("accountEnabled", json!(is_enabled(own.account))),
        ("appDescription", Value::Null),
        ("appDisplayName", json!(own.display_name)),
        ("appId", json!(own.app_id)),
        ("appOwnerOrganizationId", Value::Null),
        ("appRoles", json!(roles)),
        ("createdDateTime", json!(own.created_at)),
        ("displayName", json!(own.display_name)),
        ("keyCredentials", json!([])),
        ("oauth2PermissionScopes", json!([])),
        ("passwordCredentials", json!([])),
        ("samlMetadataUrl", Value::Null),
        ("servicePrincipalNames", json!([own.app_id])),
        ("servicePrincipalType", json!("Application")),
        ("signInAudience", json!("AzureADMyOrg")),
    ]);
    let (names, of) = (OF_SERVICE_PRINCIPALS, &SERVICE_PRINCIPAL);
    kept(&mut members, names, of, &own.properties);
    members
}

/// A permission as an app role of the service principal of this API.
fn app_role(scope: Scope) -> Value {
    json!({
        "allowedMemberTypes": ["Application"],
        "description": scope.as_str(),
        "displayName": scope.as_str(),
        "id": app_role_id(scope),
        "isEnabled": true,
        "origin": "Application",
        "value": scope.as_str(),
    })
}

/// The ids by which Microsoft's API knows its permissions: scripts hold them. Those that are not here have ids of
/// their own, made of their names.
const KNOWN_ROLES: &[(Scope, Uuid)] = &[
    (
        Scope::UserReadAll,
        uuid::uuid!("df021288-bdef-4463-88db-98f22de89214"),
    ),
    (
        Scope::UserReadWriteAll,
        uuid::uuid!("741f803b-c850-494e-b5df-cde7c675a1ca"),
    ),
    (
        Scope::GroupReadAll,
        uuid::uuid!("5b567255-7703-4780-807c-7be8301ae99b"),
    ),
    (
        Scope::GroupReadWriteAll,
        uuid::uuid!("62a82d76-70ea-41e2-9197-370581804d09"),
    ),
    (
        Scope::GroupMemberReadAll,
        uuid::uuid!("98830695-27a2-44f7-8c18-0c3ebc9698f6"),
    ),
    (
        Scope::GroupMemberReadWriteAll,
        uuid::uuid!("dbaae8cf-10b5-4b86-a4a1-f871c94c6695"),
    ),
    (
        Scope::DirectoryReadAll,
        uuid::uuid!("7ab1d382-f21e-4acd-a863-ba3e13f7da61"),
    ),
    (
        Scope::DirectoryReadWriteAll,
        uuid::uuid!("19dbc75e-c2e2-444c-a770-ec69d8559fc7"),
    ),
    (
        Scope::RoleManagementReadWriteDirectory,
        uuid::uuid!("9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"),
    ),
    (
        Scope::ApplicationReadAll,
        uuid::uuid!("9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"),
    ),
    (
        Scope::ApplicationReadWriteAll,
        uuid::uuid!("1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9"),
    ),
    (
        Scope::ApplicationReadWriteOwnedBy,
        uuid::uuid!("18a4783c-866b-4cc7-a460-3d5e5662c884"),
    ),
    (
        Scope::AppRoleAssignmentReadWriteAll,
        uuid::uuid!("06b708a9-e830-4db3-a914-8e69da51d44f"),
    ),
    (
        Scope::AuditLogReadAll,
        uuid::uuid!("b0afded3-3588-46d8-8b3d-9842eff778da"),
    ),
    (
        Scope::PrivilegedAccessRead,
        uuid::uuid!("01e37dc9-c035-40bd-b438-b2879c4870a6"),
    ),
    (
        Scope::AssignmentScheduleRead,
        uuid::uuid!("cd4161cb-f098-48f8-a884-1eda9a42434c"),
    ),
    (
        Scope::EligibilityScheduleRead,
        uuid::uuid!("edb419d6-7edc-42a3-9345-509bfdf5d87c"),
    ),
    (
        Scope::PolicyReadWrite,
        uuid::uuid!("b38dcc4d-a239-4ed6-aa84-6c65b284f97c"),
    ),
    (
        Scope::MethodsReadAll,
        uuid::uuid!("38d9df27-64da-44fd-b7c5-a6fbac20248f"),
    ),
];

/// The id of a permission as an app role.
pub(crate) fn app_role_id(scope: Scope) -> Uuid {
    let known = KNOWN_ROLES.iter().find(|(own, _)| *own == scope);
    known.map_or_else(|| made_of(scope.as_str()), |(_, id)| *id)
}

/// A UUID that only this name has: FNV-1a over its bytes.
fn made_of(name: &str) -> Uuid {
    let start = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    let prime = 0x0000_0000_0100_0000_0000_0000_0000_013b_u128;
    let hash = name.bytes().fold(start, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(prime)
    });
    uuid::Builder::from_custom_bytes(hash.to_be_bytes()).into_uuid()
}

/// The permission with this id as an app role.
pub(crate) fn permission_of(id: Uuid) -> Option<Scope> {
    Scope::ALL
        .iter()
        .copied()
        .find(|scope| app_role_id(*scope) == id)
}

/// The id of the assignment of a permission to a program.
pub(crate) fn assignment_id(principal: PrincipalId, scope: Scope) -> Uuid {
    made_of(&format!("{principal} {}", scope.as_str()))
}

/// A permission that a program has.
pub(crate) fn assignment(own: &ServicePrincipal, scope: Scope) -> Map<String, Value> {
    object([
        ("id", json!(assignment_id(own.id, scope))),
        ("deletedDateTime", Value::Null),
        ("appRoleId", json!(app_role_id(scope))),
        ("createdDateTime", Value::Null),
        ("principalDisplayName", json!(own.display_name)),
        ("principalId", json!(own.id)),
        ("principalType", json!("ServicePrincipal")),
        ("resourceDisplayName", json!("Microsoft Graph")),
        ("resourceId", json!(GRAPH)),
    ])
}

/// The permissions of a program.
pub(crate) fn assignments(granted: &Granted) -> Vec<Value> {
    let own = &granted.service_principal;
    let rows = granted.permissions.iter();
    rows.map(|scope| Value::Object(assignment(own, *scope)))
        .collect()
}

/// Reads the body of `POST …/appRoleAssignments`: which permission, of this API, to whom.
pub(crate) fn asked_permission(fields: &Fields<'_>, to: Uuid) -> Read<Scope> {
    let id = |name: &str| -> Read<Uuid> {
        let text = fields.text(name)?.ok_or_else(|| fields.missing(name))?;
        let id: Result<PrincipalId, _> = text.parse();
        id.map(PrincipalId::uuid)
            .map_err(|_| fields.wrong(name, "is not a GUID"))
    };
    if id("principalId")? != to {
        return Err(fields.wrong("principalId", "is not the service principal of the address"));
    }
    if id("resourceId")? != GRAPH {
        return Err(fields.wrong(
            "resourceId",
            format!("must be `{GRAPH}`, the service principal of this API: others give no permissions here"),
        ));
    }
    permission_of(id("appRoleId")?).ok_or_else(|| {
        fields.wrong(
            "appRoleId",
            "is none of the appRoles of the service principal of this API",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_has_an_id_of_its_own() {
        for scope in Scope::ALL {
            assert_eq!(permission_of(app_role_id(*scope)), Some(*scope));
        }
    }
}
