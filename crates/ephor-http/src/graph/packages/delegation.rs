//! Roles over catalogs: `/roleManagement/entitlementManagement` (R-G5).

use ephor_core::id::CatalogRoleAssignmentId;
use ephor_core::package::{CatalogRole, CatalogRoleAssignment};
use ephor_ops::package::delegation;
use serde_json::Value;
use uuid::Uuid;

use super::is_beta;
use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::odata::json_rows::{Rows, shaped};
use crate::odata::shape::Shape;
use crate::wire::package::members::{ROLE_ASSIGNMENT, ROLE_DEFINITION};
use crate::wire::package::read::appointment;
use crate::wire::package::{role_assignment, role_definition};

const RM: &str = "roleManagement/entitlementManagement";

/// `GET …/roleDefinitions`
pub(crate) async fn definitions(call: Call) -> Result<Answer, HttpError> {
    let asked = Rows::of(&call, &ROLE_DEFINITION)?;
    let now = super::seen(&call).await?.now;
    let rows = CatalogRole::ALL.into_iter().map(role_definition).collect();
    let context = format!("{RM}/roleDefinitions");
    Ok(asked.answer(&call, &context, now, rows, &ROLE_DEFINITION))
}

/// `GET …/roleDefinitions/{id}`
pub(crate) async fn definition(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&ROLE_DEFINITION)?;
    let id: Uuid = call.id(0)?;
    super::seen(&call).await?;
    let role =
        CatalogRole::of(id).ok_or_else(|| HttpError::not_found(call.family, &id.to_string()))?;
    let context = format!("{RM}/roleDefinitions{}/$entity", shape.context());
    let found = shaped(role_definition(role), &shape, &ROLE_DEFINITION);
    Ok(call.entity(&context, found))
}

async fn assigned(call: &Call) -> Result<At<Vec<CatalogRoleAssignment>>, HttpError> {
    call.read("catalog.role.list", delegation::list).await
}

/// `GET …/roleAssignments`
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    let asked = Rows::of(&call, &ROLE_ASSIGNMENT)?;
    let At { now, value } = assigned(&call).await?;
    let rows = value.iter().map(role_assignment).collect();
    let context = format!("{RM}/roleAssignments");
    Ok(asked.answer(&call, &context, now, rows, &ROLE_ASSIGNMENT))
}

fn answered(call: &Call, found: Value, shape: &Shape) -> Answer {
    let context = format!("{RM}/roleAssignments{}/$entity", shape.context());
    call.entity(&context, shaped(found, shape, &ROLE_ASSIGNMENT))
}

/// `GET …/roleAssignments/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&ROLE_ASSIGNMENT)?;
    let id: CatalogRoleAssignmentId = call.id(0)?;
    let found = assigned(&call).await?.value;
    let one = found
        .iter()
        .find(|one| one.id == id)
        .ok_or_else(|| HttpError::not_found(call.family, &id.to_string()))?;
    Ok(answered(&call, role_assignment(one), &shape))
}

/// `GET …/roleDefinitions/$count`
pub(crate) async fn count_definitions(call: Call) -> Result<Answer, HttpError> {
    super::seen(&call).await?;
    let rows: Vec<_> = CatalogRole::ALL.into_iter().map(role_definition).collect();
    Rows::counted(&call, &ROLE_DEFINITION, &rows)
}

/// `GET …/roleAssignments/$count`
pub(crate) async fn count(call: Call) -> Result<Answer, HttpError> {
    let found = assigned(&call).await?.value;
    let rows: Vec<_> = found.iter().map(role_assignment).collect();
    Rows::counted(&call, &ROLE_ASSIGNMENT, &rows)
}

/// `GET …/roleAssignments/{id}/roleDefinition`
pub(crate) async fn definition_of(call: Call) -> Result<Answer, HttpError> {
    let id: CatalogRoleAssignmentId = call.id(0)?;
    let found = assigned(&call).await?.value;
    let one = found
        .iter()
        .find(|one| one.id == id)
        .ok_or_else(|| HttpError::not_found(call.family, &id.to_string()))?;
    super::related(
        &call,
        role_assignment(one),
        "roleDefinition",
        &ROLE_ASSIGNMENT,
    )
}

/// `POST …/roleAssignments`
pub(crate) async fn create(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let (role, catalog, principal) = call.body(appointment)?;
    let answer = |call: &Call, done: At<CatalogRoleAssignment>| {
        let version = if is_beta(call) { "beta" } else { "v1.0" };
        let location = format!(
            "{}/{version}/{RM}/roleAssignments/{}",
            call.app.public_url, done.value.id
        );
        answered(call, role_assignment(&done.value), &Shape::default()).created(location)
    };
    call.write(
        "catalog.role.assign",
        move |tx| delegation::assign(tx, role, catalog, principal),
        answer,
    )
    .await
}

/// `DELETE …/roleAssignments/{id}`
pub(crate) async fn delete(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: CatalogRoleAssignmentId = call.id(0)?;
    call.write(
        "catalog.role.remove",
        move |tx| delegation::remove(tx, id),
        |_, _| Answer::done(),
    )
    .await
}
