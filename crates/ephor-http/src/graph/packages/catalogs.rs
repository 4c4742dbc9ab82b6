//! Catalogs and the groups in them.

use ephor_core::id::{CatalogId, CatalogResourceId};
use ephor_core::package::{Catalog, CatalogResource};
use ephor_ops::package::catalog;
use ephor_ops::package::view::{self, View};
use serde_json::{Value, json};

use super::{count as count_of, entity, is_beta, list as list_of, made, one};
use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::odata::shape::{Members, Shape};
use crate::wire::package::members::{
    BETA_CATALOG, BETA_RESOURCE, BETA_RESOURCE_REQUEST, CATALOG, RESOURCE, RESOURCE_REQUEST, ROLE,
    SCOPE,
};
use crate::wire::package::read::{ResourceRequest, catalog_change, new_catalog, resource_request};
use crate::wire::package::{
    beta_catalog, beta_resource, catalog as catalog_of, plain_catalog, plain_resource,
    resource as resource_of, roles as roles_of, scope as scope_of,
};

fn members(call: &Call) -> &'static Members {
    if is_beta(call) {
        &BETA_CATALOG
    } else {
        &CATALOG
    }
}

const fn name(beta: bool) -> &'static str {
    if beta {
        "accessPackageCatalogs"
    } else {
        "catalogs"
    }
}

fn shown(found: &Catalog, view: &View, beta: bool) -> Value {
    if beta {
        Value::Object(beta_catalog(found))
    } else {
        catalog_of(found, view)
    }
}

fn rows(view: &View, beta: bool) -> Vec<Value> {
    view.listed_catalogs()
        .map(|found| shown(found, view, beta))
        .collect()
}

/// `GET …/catalogs`
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    let (beta, members) = (is_beta(&call), members(&call));
    list_of(call, name(beta), members, |view| rows(view, beta)).await
}

/// `GET …/catalogs/$count`
pub(crate) async fn count(call: Call) -> Result<Answer, HttpError> {
    let (beta, members) = (is_beta(&call), members(&call));
    count_of(call, members, |view| rows(view, beta)).await
}

/// `GET …/catalogs/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let (beta, members) = (is_beta(&call), members(&call));
    let id: CatalogId = call.id(0)?;
    one(call, name(beta), members, |view| {
        // Whoever sees a package sees its catalog's name there, and not the catalog.
        view.listed_catalogs()
            .find(|found| found.id == id)
            .map(|found| shown(found, view, beta))
    })
    .await
}

/// `POST …/catalogs`
pub(crate) async fn create(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let new = call.body(new_catalog)?;
    let answer = |call: &Call, done: At<Catalog>| {
        let beta = is_beta(call);
        let found = if beta {
            beta_catalog(&done.value)
        } else {
            plain_catalog(&done.value)
        };
        made(
            call,
            name(beta),
            done.value.id,
            Value::Object(found),
            members(call),
        )
    };
    call.write("catalog.create", move |tx| catalog::create(tx, new), answer)
        .await
}

/// `PATCH …/catalogs/{id}`
pub(crate) async fn change(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: CatalogId = call.id(0)?;
    let change = call.body(catalog_change)?;
    call.write(
        "catalog.change",
        move |tx| catalog::change(tx, id, change),
        |_, _| Answer::done(),
    )
    .await
}

/// `DELETE …/catalogs/{id}`
pub(crate) async fn delete(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: CatalogId = call.id(0)?;
    call.write(
        "catalog.delete",
        move |tx| catalog::delete(tx, id),
        |_, _| Answer::done(),
    )
    .await
}

fn resource_members(beta: bool) -> &'static Members {
    if beta { &BETA_RESOURCE } else { &RESOURCE }
}

fn resource_shown(found: &CatalogResource, view: &View, beta: bool) -> Value {
    if beta {
        beta_resource(found, view)
    } else {
        resource_of(found, view)
    }
}

/// `GET …/catalogs/{id}/resources`: a catalog that is not there has none to list.
pub(crate) async fn resources(call: Call) -> Result<Answer, HttpError> {
    let beta = is_beta(&call);
    let id: CatalogId = call.id(0)?;
    exists(&call, id).await?;
    let context = format!("{}('{id}')/resources", name(beta));
    list_of(call, &context, resource_members(beta), |view| {
        view.resources
            .iter()
            .filter(|found| found.catalog == id)
            .map(|found| resource_shown(found, view, beta))
            .collect()
    })
    .await
}

async fn exists(call: &Call, id: CatalogId) -> Result<(), HttpError> {
    let view = super::seen(call).await?.value;
    if view.whole.contains(&id) {
        Ok(())
    } else {
        Err(HttpError::not_found(call.family, &id.to_string()))
    }
}

/// `GET …/catalogs/{id}/resourceRoles`: all roles that may be chosen.
pub(crate) async fn resource_roles(call: Call) -> Result<Answer, HttpError> {
    let id: CatalogId = call.id(0)?;
    exists(&call, id).await?;
    let context = format!("catalogs('{id}')/resourceRoles");
    list_of(call, &context, &ROLE, |view| {
        view.resources
            .iter()
            .filter(|found| found.catalog == id)
            .flat_map(|found| roles_of(found, view))
            .collect()
    })
    .await
}

/// `GET …/catalogs/{id}/resourceScopes`: each resource has one, itself.
pub(crate) async fn resource_scopes(call: Call) -> Result<Answer, HttpError> {
    let id: CatalogId = call.id(0)?;
    exists(&call, id).await?;
    let context = format!("catalogs('{id}')/resourceScopes");
    list_of(call, &context, &SCOPE, |view| {
        view.resources
            .iter()
            .filter(|found| found.catalog == id)
            .map(|found| scope_of(found, view))
            .collect()
    })
    .await
}

/// What of a catalog is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    Resources,
    Roles,
    Scopes,
}

/// `GET …/catalogs/{id}/resources/$count` and the like.
pub(crate) async fn count_in(call: Call, what: Counted) -> Result<Answer, HttpError> {
    let id: CatalogId = call.id(0)?;
    exists(&call, id).await?;
    let members: &'static Members = match what {
        Counted::Resources => &RESOURCE,
        Counted::Roles => &ROLE,
        Counted::Scopes => &SCOPE,
    };
    count_of(call, members, |view| {
        let own = view.resources.iter().filter(|found| found.catalog == id);
        own.flat_map(|found| match what {
            Counted::Resources => vec![resource_of(found, view)],
            Counted::Roles => roles_of(found, view),
            Counted::Scopes => vec![scope_of(found, view)],
        })
        .collect()
    })
    .await
}

/// `GET …/resources`
pub(crate) async fn all_resources(call: Call) -> Result<Answer, HttpError> {
    list_of(call, "resources", &RESOURCE, |view| {
        view.resources
            .iter()
            .map(|found| resource_of(found, view))
            .collect()
    })
    .await
}

fn found(view: &View, id: CatalogResourceId) -> Option<&CatalogResource> {
    view.resource(id)
}

/// The resource that an address names last, in whatever catalog.
fn resource_id(call: &Call) -> Result<CatalogResourceId, HttpError> {
    let of_a_catalog = call.path.to_ascii_lowercase().contains("catalogs");
    call.id(usize::from(of_a_catalog))
}

/// `GET …/resources/$count`
pub(crate) async fn count_resources(call: Call) -> Result<Answer, HttpError> {
    count_of(call, &RESOURCE, |view| {
        view.resources
            .iter()
            .map(|found| resource_of(found, view))
            .collect()
    })
    .await
}

/// `GET …/resources/{id}`
pub(crate) async fn get_resource(call: Call) -> Result<Answer, HttpError> {
    let id = resource_id(&call)?;
    one(call, "resources", &RESOURCE, |view| {
        found(view, id).map(|found| resource_of(found, view))
    })
    .await
}

/// Roles or scopes of a resource.
pub(crate) async fn parts(call: Call, part: &'static str) -> Result<Answer, HttpError> {
    let id = resource_id(&call)?;
    let members: &'static Members = if part == "roles" { &ROLE } else { &SCOPE };
    let context = format!("resources('{id}')/{part}");
    let seen = super::seen(&call).await?.value;
    if found(&seen, id).is_none() {
        return Err(HttpError::not_found(call.family, &id.to_string()));
    }
    list_of(call, &context, members, |view| {
        found(view, id)
            .and_then(|found| resource_of(found, view)[part].as_array().cloned())
            .unwrap_or_default()
    })
    .await
}

/// `POST …/resources/{id}/refresh`
pub(crate) async fn refresh(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = resource_id(&call)?;
    call.write(
        "catalog.resource.refresh",
        move |tx| catalog::refresh(tx, id),
        |_, _| Answer::done(),
    )
    .await
}

/// The request by which a resource came into its catalog: done at once, so it is told by what came of it. Of what
/// was taken out the audit log tells.
fn added(resource: &CatalogResource, view: &View, beta: bool) -> Value {
    if beta {
        return beta_request(resource, view, "AdminAdd");
    }
    json!({
        "id": resource.id,
        "requestType": "adminAdd",
        "state": "delivered",
        "createdDateTime": resource.created_at,
        "resource": plain_resource(resource, view),
        "catalog": view.catalog(resource.catalog).map(plain_catalog),
    })
}

fn beta_request(resource: &CatalogResource, view: &View, word: &str) -> Value {
    json!({
        "id": resource.id,
        "catalogId": resource.catalog,
        "requestType": word,
        "requestState": "Delivered",
        "requestStatus": "Fulfilled",
        "executeImmediately": true,
        "isValidationOnly": false,
        "accessPackageResource": beta_resource(resource, view),
    })
}

const fn request_members(beta: bool) -> (&'static str, &'static Members) {
    if beta {
        ("accessPackageResourceRequests", &BETA_RESOURCE_REQUEST)
    } else {
        ("resourceRequests", &RESOURCE_REQUEST)
    }
}

/// `GET …/resourceRequests`
pub(crate) async fn requests(call: Call) -> Result<Answer, HttpError> {
    let beta = is_beta(&call);
    let (name, members) = request_members(beta);
    list_of(call, name, members, |view| {
        let all = view.resources.iter();
        all.map(|found| added(found, view, beta)).collect()
    })
    .await
}

/// `GET …/resourceRequests/$count`
pub(crate) async fn count_requests(call: Call) -> Result<Answer, HttpError> {
    let beta = is_beta(&call);
    let (_, members) = request_members(beta);
    count_of(call, members, |view| {
        let all = view.resources.iter();
        all.map(|found| added(found, view, beta)).collect()
    })
    .await
}

/// `GET …/resourceRequests/{id}`
pub(crate) async fn get_request(call: Call) -> Result<Answer, HttpError> {
    let beta = is_beta(&call);
    let (name, members) = request_members(beta);
    let id: CatalogResourceId = call.id(0)?;
    one(call, name, members, |view| {
        found(view, id).map(|found| added(found, view, beta))
    })
    .await
}

/// `GET …/resourceRequests/{id}/catalog` and `…/resource`
pub(crate) async fn related(call: Call, part: &'static str) -> Result<Answer, HttpError> {
    let id: CatalogResourceId = call.id(0)?;
    let view = super::seen(&call).await?.value;
    let found = found(&view, id)
        .map(|found| added(found, &view, false))
        .ok_or_else(|| HttpError::not_found(call.family, &id.to_string()))?;
    super::related(&call, found, part, &RESOURCE_REQUEST)
}

/// `POST …/resourceRequests`: done at once.
pub(crate) async fn request(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let (id, object, what, word) = call.body(resource_request)?;
    let answer = move |call: &Call, done: At<(CatalogResource, View)>| {
        let (resource, view) = done.value;
        if is_beta(call) {
            let shown = beta_request(&resource, &view, word);
            let name = "accessPackageResourceRequests";
            return made(call, name, resource.id, shown, &BETA_RESOURCE_REQUEST);
        }
        let shown = json!({
            "id": resource.id,
            "requestType": word,
            "state": "delivered",
            "createdDateTime": done.now,
            "resource": plain_resource(&resource, &view),
            "catalog": view.catalog(resource.catalog).map(plain_catalog),
        });
        let location = format!(
            "{}/v1.0/identityGovernance/entitlementManagement/resourceRequests/{}",
            call.app.public_url, resource.id
        );
        entity(
            call,
            "resourceRequests",
            shown,
            &Shape::default(),
            &RESOURCE_REQUEST,
        )
        .created(location)
    };
    call.write(
        "catalog.resource.request",
        move |tx| {
            let resource = match what {
                ResourceRequest::Add => catalog::add_resource(tx, id, object)?,
                ResourceRequest::Remove => catalog::remove_resource(tx, id, object)?,
                ResourceRequest::Update => {
                    let resource = tx
                        .catalog_resource_of(id, object)?
                        .ok_or_else(|| ephor_core::refusal::Refusal::not_found(object))?;
                    catalog::refresh(tx, resource.id)?
                }
            };
            let caller = tx.caller().clone();
            let view = view::view(tx, &caller)?;
            Ok((resource, view))
        },
        answer,
    )
    .await
}
