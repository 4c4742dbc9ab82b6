//! `/organization` and `/domains`: the tenant, as clients ask for it when they begin.

use ephor_core::tenant::Tenant;
use ephor_ops::settings;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::{Family, HttpError};
use crate::odata::shape::{Members, Shape, Usual};
use crate::types::{Complex, TEXTS, Type};

/// The company.
pub(crate) const ORGANIZATION: Members = Members {
    name: "organization",
    properties: &[
        ("id", Type::Id),
        ("createdDateTime", Type::Time),
        ("deletedDateTime", Type::Time),
        ("displayName", Type::Text),
        ("onPremisesSyncEnabled", Type::Bool),
        ("tenantType", Type::Text),
        (
            "verifiedDomains",
            Type::List(&Type::Object(&Complex {
                name: "verifiedDomain",
                properties: &[
                    ("capabilities", Type::Text),
                    ("isDefault", Type::Bool),
                    ("isInitial", Type::Bool),
                    ("name", Type::Text),
                    ("type", Type::Text),
                ],
            })),
        ),
    ],
    usual: Usual::All,
    related: &[],
};

/// A domain of it.
pub(crate) const DOMAIN: Members = Members {
    name: "domain",
    properties: &[
        ("id", Type::Id),
        ("authenticationType", Type::Text),
        ("isAdminManaged", Type::Bool),
        ("isDefault", Type::Bool),
        ("isInitial", Type::Bool),
        ("isRoot", Type::Bool),
        ("isVerified", Type::Bool),
        ("supportedServices", TEXTS),
    ],
    usual: Usual::All,
    related: &[],
};

async fn tenant(call: &Call) -> Result<Tenant, HttpError> {
    let found = call
        .read("organization.read", settings::organization)
        .await?;
    Ok(found.value)
}

fn organization(tenant: &Tenant, shape: &Shape) -> Value {
    let object = crate::wire::object([
        ("id", json!(tenant.id)),
        ("createdDateTime", json!(tenant.created_at)),
        ("deletedDateTime", Value::Null),
        ("displayName", json!(tenant.domain)),
        ("onPremisesSyncEnabled", Value::Null),
        ("tenantType", json!("AAD")),
        (
            "verifiedDomains",
            json!([{
                "capabilities": "Email", "isDefault": true, "isInitial": true,
                "name": tenant.domain, "type": "Managed",
            }]),
        ),
    ]);
    shape.apply(object, &ORGANIZATION)
}

fn domain(tenant: &Tenant, shape: &Shape) -> Value {
    let object = crate::wire::object([
        ("id", json!(tenant.domain)),
        ("authenticationType", json!("Managed")),
        ("isAdminManaged", json!(true)),
        ("isDefault", json!(true)),
        ("isInitial", json!(true)),
        ("isRoot", json!(true)),
        ("isVerified", json!(true)),
        ("supportedServices", json!(["Email"])),
    ]);
    shape.apply(object, &DOMAIN)
}

fn list_of(call: &Call, name: &str, shape: &Shape, row: Value) -> Answer {
    let context = call.context(&format!("{name}{}", shape.context()));
    Answer::json(json!({"@odata.context": context, "value": [row]}))
}

/// `GET /organization`
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&ORGANIZATION)?;
    let tenant = tenant(&call).await?;
    let row = organization(&tenant, &shape);
    Ok(list_of(&call, "organization", &shape, row))
}

/// `GET /organization/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&ORGANIZATION)?;
    let tenant = tenant(&call).await?;
    if !call.param(0).eq_ignore_ascii_case(&tenant.id.to_string()) {
        return Err(HttpError::not_found(Family::Directory, call.param(0)));
    }
    Ok(call.entity("organization/$entity", organization(&tenant, &shape)))
}

/// `GET /domains`
pub(crate) async fn domains(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&DOMAIN)?;
    let tenant = tenant(&call).await?;
    let row = domain(&tenant, &shape);
    Ok(list_of(&call, "domains", &shape, row))
}

/// `GET /domains/{name}`
pub(crate) async fn get_domain(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&DOMAIN)?;
    let tenant = tenant(&call).await?;
    if !call.param(0).eq_ignore_ascii_case(&tenant.domain) {
        return Err(HttpError::not_found(Family::Directory, call.param(0)));
    }
    Ok(call.entity("domains/$entity", domain(&tenant, &shape)))
}
