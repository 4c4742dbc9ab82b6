//! `/applications` and `/servicePrincipals` (`infrastructure-clients.md` 2.9).

use ephor_core::id::PrincipalId;
use ephor_ops::program::{self, Grant, Known, Of};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::odata::shape::Shape;
use crate::odata::tables::PROGRAMS;
use crate::signin::visitor;
use crate::wire::object::{OBJECT, principal};
use crate::wire::program::{
    APPLICATION, SERVICE_PRINCIPAL, application, application_change, asked_permission, assignment,
    assignment_id, assignments, new_secret, secret, service_principal, service_principal_change,
};
use crate::wire::reference::reference;

/// The id in the place of the `index`th `{}`: an object's own, or a client id.
fn id(call: &Call, index: usize) -> Result<Uuid, HttpError> {
    call.id::<PrincipalId>(index).map(PrincipalId::uuid)
}

/// `GET /applications`
pub(crate) async fn applications(call: Call) -> Result<Answer, HttpError> {
    let listing = call.listing(PROGRAMS, &APPLICATION)?;
    let query = listing.query.clone();
    let page = call
        .read("application.list", move |tx, caller| {
            program::applications(tx, caller, &query)
        })
        .await?;
    let context = format!("applications{}", listing.shape.context());
    let render = |row| listing.shape.apply(application(&row), &APPLICATION);
    Ok(call.list(&context, &listing, page, render))
}

/// `GET /applications/$count`
pub(crate) async fn count_applications(call: Call) -> Result<Answer, HttpError> {
    let query = call.counting(PROGRAMS)?;
    let page = call
        .read("application.count", move |tx, caller| {
            program::applications(tx, caller, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// `GET /applications/{id}`
pub(crate) async fn get_application(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&APPLICATION)?;
    let id = id(&call, 0)?;
    let found = call
        .read("application.read", move |tx, caller| {
            program::application(tx, caller, id)
        })
        .await?;
    let context = format!("applications{}/$entity", shape.context());
    let shown = shape.apply(application(&found.value), &APPLICATION);
    Ok(call.entity(&context, shown))
}

/// `POST /applications`
pub(crate) async fn create_application(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let new = call.body(application_change)?;
    let made = |call: &Call, made: At<Known>| {
        let own = made.value.application.object_id();
        let location = format!("{}/v1.0/applications/{own}", call.app.public_url);
        let shown = Shape::default().apply(application(&made.value), &APPLICATION);
        call.entity("applications/$entity", shown).created(location)
    };
    call.write(
        "application.create",
        move |tx| program::create_application(tx, new),
        made,
    )
    .await
}

/// `PATCH /applications/{id}`
pub(crate) async fn change_application(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = id(&call, 0)?;
    let change = call.body(application_change)?;
    call.write(
        "application.update",
        move |tx| program::update_application(tx, id, change),
        |_, _| Answer::done(),
    )
    .await
}

/// `DELETE /applications/{id}`
pub(crate) async fn delete_application(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = id(&call, 0)?;
    call.write(
        "application.delete",
        move |tx| program::delete_application(tx, id),
        |_, _| Answer::done(),
    )
    .await
}

/// `POST /applications/{id}/addPassword`: the secret is in this answer and nowhere else. An answer that was lost
/// can't be given again, so a request that comes again makes another one.
pub(crate) async fn add_password(mut call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    call.repeat = None;
    let id = id(&call, 0)?;
    let (name, until) = call.body(new_secret)?;
    let text = visitor::secret();
    let hash = visitor::hash(&text);
    call.write(
        "application.secret.add",
        move |tx| program::add_secret(tx, id, name, until, hash),
        move |call, made| {
            let shown = Value::Object(secret(&made.value, Some(&text)));
            call.entity("microsoft.graph.passwordCredential", shown)
        },
    )
    .await
}

/// `POST /applications/{id}/removePassword`
pub(crate) async fn remove_password(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = id(&call, 0)?;
    let key = call.body(|fields| {
        fields
            .parsed::<PrincipalId>("keyId")?
            .ok_or_else(|| fields.missing("keyId"))
    })?;
    call.write(
        "application.secret.remove",
        move |tx| program::remove_secret(tx, id, key.uuid()),
        |_, _| Answer::done(),
    )
    .await
}

/// `GET /servicePrincipals`
pub(crate) async fn service_principals(call: Call) -> Result<Answer, HttpError> {
    let listing = call.listing(PROGRAMS, &SERVICE_PRINCIPAL)?;
    let query = listing.query.clone();
    let page = call
        .read("servicePrincipal.list", move |tx, caller| {
            program::service_principals(tx, caller, &query)
        })
        .await?;
    let context = format!("servicePrincipals{}", listing.shape.context());
    let render = |row| {
        listing
            .shape
            .apply(service_principal(&row), &SERVICE_PRINCIPAL)
    };
    Ok(call.list(&context, &listing, page, render))
}

/// `GET /servicePrincipals/$count`
pub(crate) async fn count_service_principals(call: Call) -> Result<Answer, HttpError> {
    let query = call.counting(PROGRAMS)?;
    let page = call
        .read("servicePrincipal.count", move |tx, caller| {
            program::service_principals(tx, caller, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// `GET /servicePrincipals/{id}`
pub(crate) async fn get_service_principal(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&SERVICE_PRINCIPAL)?;
    let id = id(&call, 0)?;
    let found = call
        .read("servicePrincipal.read", move |tx, caller| {
            program::service_principal(tx, caller, id)
        })
        .await?;
    let context = format!("servicePrincipals{}/$entity", shape.context());
    let shown = shape.apply(service_principal(&found.value), &SERVICE_PRINCIPAL);
    Ok(call.entity(&context, shown))
}

/// `POST /servicePrincipals`
pub(crate) async fn create_service_principal(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let (app, new) = call.body(|fields| {
        let app = fields
            .parsed::<PrincipalId>("appId")?
            .ok_or_else(|| fields.missing("appId"))?;
        Ok((app.uuid(), service_principal_change(fields)?))
    })?;
    call.write(
        "servicePrincipal.create",
        move |tx| program::create_service_principal(tx, app, new),
        |call, made| {
            let own = made.value.id;
            let location = format!("{}/v1.0/servicePrincipals/{own}", call.app.public_url);
            let shown = Shape::default().apply(service_principal(&made.value), &SERVICE_PRINCIPAL);
            call.entity("servicePrincipals/$entity", shown)
                .created(location)
        },
    )
    .await
}

/// `PATCH /servicePrincipals/{id}`
pub(crate) async fn change_service_principal(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = id(&call, 0)?;
    let change = call.body(service_principal_change)?;
    call.write(
        "servicePrincipal.update",
        move |tx| program::update_service_principal(tx, id, change),
        |_, _| Answer::done(),
    )
    .await
}

/// `DELETE /servicePrincipals/{id}`
pub(crate) async fn delete_service_principal(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = id(&call, 0)?;
    call.write(
        "servicePrincipal.delete",
        move |tx| program::delete_service_principal(tx, id),
        |_, _| Answer::done(),
    )
    .await
}

/// `GET …/owners`: there are few, so they come at once.
pub(crate) async fn owners(call: Call, of: Of) -> Result<Answer, HttpError> {
    let shape = call.shape(&OBJECT)?;
    let id = id(&call, 0)?;
    let found = call
        .read("program.owners", move |tx, caller| {
            program::owners(tx, caller, of, id)
        })
        .await?;
    let rows = found.value.iter();
    let rows: Vec<Value> = rows
        .map(|row| shape.apply(principal(row), &OBJECT))
        .collect();
    let context = call.context(&format!("directoryObjects{}", shape.context()));
    Ok(Answer::json(
        json!({"@odata.context": context, "value": rows}),
    ))
}

/// `POST …/owners/$ref`
pub(crate) async fn add_owner(call: Call, of: Of) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = id(&call, 0)?;
    let owner = call.body(reference)?;
    call.write(
        "program.owners.add",
        move |tx| program::add_owner(tx, of, id, owner),
        |_, _| Answer::done(),
    )
    .await
}

/// `DELETE …/owners/{id}/$ref`
pub(crate) async fn remove_owner(call: Call, of: Of) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = id(&call, 0)?;
    let owner: PrincipalId = call.id(1)?;
    call.write(
        "program.owners.remove",
        move |tx| program::remove_owner(tx, of, id, owner),
        |_, _| Answer::done(),
    )
    .await
}

/// `GET /servicePrincipals/{id}/appRoleAssignments`
pub(crate) async fn permissions(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = id(&call, 0)?;
    let found = call
        .read("permission.list", move |tx, caller| {
            program::permissions(tx, caller, id)
        })
        .await?;
    Ok(Answer::json(json!({
        "@odata.context": call.context("appRoleAssignments"),
        "value": assignments(&found.value),
    })))
}

/// `POST /servicePrincipals/{id}/appRoleAssignments`
pub(crate) async fn grant(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = id(&call, 0)?;
    let scope = call.body(|fields| asked_permission(fields, id))?;
    call.write(
        "permission.grant",
        move |tx| program::set_permission(tx, id, scope, Grant::Given),
        move |call, own| {
            let shown = Value::Object(assignment(&own.value, scope));
            let location = format!(
                "{}/v1.0/servicePrincipals/{id}/appRoleAssignments/{}",
                call.app.public_url,
                assignment_id(own.value.id, scope)
            );
            call.entity("appRoleAssignments/$entity", shown)
                .created(location)
        },
    )
    .await
}

/// `DELETE /servicePrincipals/{id}/appRoleAssignments/{id}`
pub(crate) async fn revoke(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = id(&call, 0)?;
    let asked = self::id(&call, 1)?;
    let own = PrincipalId::from_uuid(id);
    let mut known = ephor_core::caller::Scope::ALL.iter().copied();
    let scope = known
        .find(|scope| assignment_id(own, *scope) == asked)
        .ok_or_else(|| HttpError::not_found(call.family, call.param(1)))?;
    call.write(
        "permission.revoke",
        move |tx| program::set_permission(tx, id, scope, Grant::Taken),
        |_, _| Answer::done(),
    )
    .await
}
