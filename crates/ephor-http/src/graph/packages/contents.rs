//! Packages, the roles in them, and what they do not go with.

use ephor_core::id::{CatalogId, GroupId, PackageId};
use ephor_core::package::{Package, PackageRole};
use ephor_ops::package::content::{self, Shunned};
use ephor_ops::package::view::{self, Called, View};
use serde_json::Value;

use super::{count as count_of, is_beta, list as list_of, made, one, values, with_warnings};
use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::json::clipped;
use crate::odata::json_rows::Rows;
use crate::odata::shape::Members;
use crate::wire::group::GROUP;
use crate::wire::package::members::{
    BETA_PACKAGE, BETA_POLICY, BETA_ROLE_SCOPE, PACKAGE, PLAIN_PACKAGE, PLAIN_POLICY, ROLE_SCOPE,
};
use crate::wire::package::policy::requirements;
use crate::wire::package::read::{new_package, package_change, reference, role_scope};
use crate::wire::package::{beta_package, package as package_of, warnings};

fn members(call: &Call) -> &'static Members {
    if is_beta(call) {
        &BETA_PACKAGE
    } else {
        &PACKAGE
    }
}

fn shown(found: &Package, view: &View, beta: bool) -> Value {
    if beta {
        beta_package(found, view)
    } else {
        package_of(found, view)
    }
}

fn rows(view: &View, beta: bool) -> Vec<Value> {
    view.listed_packages()
        .map(|found| shown(found, view, beta))
        .collect()
}

/// `GET …/accessPackages`
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    let (beta, members) = (is_beta(&call), members(&call));
    list_of(call, "accessPackages", members, |view| rows(view, beta)).await
}

/// `GET …/accessPackages/$count`
pub(crate) async fn count(call: Call) -> Result<Answer, HttpError> {
    let (beta, members) = (is_beta(&call), members(&call));
    count_of(call, members, |view| rows(view, beta)).await
}

/// `GET …/catalogs/{id}/accessPackages`
pub(crate) async fn of_catalog(call: Call) -> Result<Answer, HttpError> {
    let (beta, members) = (is_beta(&call), members(&call));
    let id: CatalogId = call.id(0)?;
    list_of(call, "accessPackages", members, |view| {
        view.listed_packages()
            .filter(|found| found.catalog == id)
            .map(|found| shown(found, view, beta))
            .collect()
    })
    .await
}

/// `GET …/catalogs/{id}/accessPackages/$count`
pub(crate) async fn count_of_catalog(call: Call) -> Result<Answer, HttpError> {
    let id: CatalogId = call.id(0)?;
    count_of(call, &PACKAGE, |view| {
        view.listed_packages()
            .filter(|found| found.catalog == id)
            .map(|found| shown(found, view, false))
            .collect()
    })
    .await
}

/// `GET …/catalogs/{id}/accessPackages/{id}`
pub(crate) async fn get_of_catalog(call: Call) -> Result<Answer, HttpError> {
    let (catalog, id): (CatalogId, PackageId) = (call.id(0)?, call.id(1)?);
    one(call, "accessPackages", &PACKAGE, |view| {
        view.package(id)
            .filter(|found| found.catalog == catalog)
            .map(|found| shown(found, view, false))
    })
    .await
}

/// `GET …/accessPackages/filterByCurrentUser(on='allowedRequestor')`
pub(crate) async fn mine(call: Call) -> Result<Answer, HttpError> {
    let on = call.param(0);
    if !on.eq_ignore_ascii_case("allowedRequestor") {
        return Err(HttpError::bad_request(format!(
            "filterByCurrentUser is asked on `{}`, but there is `allowedRequestor`.",
            clipped(on)
        )));
    }
    let (beta, members) = (is_beta(&call), members(&call));
    list_of(call, "accessPackages", members, |view| {
        view.packages
            .iter()
            .filter(|found| view.offered.contains(&found.id))
            .map(|found| shown(found, view, beta))
            .collect()
    })
    .await
}

/// `GET …/accessPackages/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let (beta, members) = (is_beta(&call), members(&call));
    let id: PackageId = call.id(0)?;
    one(call, "accessPackages", members, |view| {
        view.package(id).map(|found| shown(found, view, beta))
    })
    .await
}

/// `POST …/accessPackages`
pub(crate) async fn create(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let new = call.body(new_package)?;
    let answer = |call: &Call, done: At<(Package, View)>| {
        let (package, view) = done.value;
        let found = shown(&package, &view, is_beta(call));
        made(call, "accessPackages", package.id, found, members(call))
    };
    call.write(
        "package.create",
        move |tx| {
            let package = content::create(tx, new)?;
            let caller = tx.caller().clone();
            Ok((package, view::view(tx, &caller)?))
        },
        answer,
    )
    .await
}

/// `PATCH …/accessPackages/{id}`
pub(crate) async fn change(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: PackageId = call.id(0)?;
    let change = call.body(package_change)?;
    call.write(
        "package.change",
        move |tx| content::change(tx, id, change),
        |_, _| Answer::done(),
    )
    .await
}

/// `DELETE …/accessPackages/{id}`
pub(crate) async fn delete(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: PackageId = call.id(0)?;
    call.write(
        "package.delete",
        move |tx| content::delete(tx, id),
        |_, _| Answer::done(),
    )
    .await
}

const fn role_members(beta: bool) -> &'static Members {
    if beta { &BETA_ROLE_SCOPE } else { &ROLE_SCOPE }
}

const fn role_name(beta: bool) -> &'static str {
    if beta {
        "accessPackageResourceRoleScopes"
    } else {
        "resourceRoleScopes"
    }
}

/// What stands under a name in a package.
async fn part(
    call: Call,
    part: &'static str,
    members: &'static Members,
) -> Result<Answer, HttpError> {
    let beta = is_beta(&call);
    let id: PackageId = call.id(0)?;
    let seen = super::seen(&call).await?.value;
    if seen.package(id).is_none() {
        return Err(HttpError::not_found(call.family, &id.to_string()));
    }
    let context = format!("accessPackages('{id}')/{part}");
    list_of(call, &context, members, |view| {
        view.package(id)
            .and_then(|found| shown(found, view, beta)[part].as_array().cloned())
            .unwrap_or_default()
    })
    .await
}

/// How many stand under a name in a package.
pub(crate) async fn count_part(
    call: Call,
    part: &'static str,
    members: &'static Members,
) -> Result<Answer, HttpError> {
    let id: PackageId = call.id(0)?;
    let view = super::seen(&call).await?.value;
    let package = view
        .package(id)
        .ok_or_else(|| HttpError::not_found(call.family, &id.to_string()))?;
    let rows = package_of(package, &view)[part].as_array().cloned();
    Rows::counted(&call, members, &rows.unwrap_or_default())
}

/// `GET …/accessPackages/{id}/catalog`
pub(crate) async fn catalog(call: Call) -> Result<Answer, HttpError> {
    let id: PackageId = call.id(0)?;
    let view = super::seen(&call).await?.value;
    let found = view
        .package(id)
        .map(|found| package_of(found, &view))
        .ok_or_else(|| HttpError::not_found(call.family, &id.to_string()))?;
    super::related(&call, found, "catalog", &PACKAGE)
}

/// `GET …/accessPackages/{id}/resourceRoleScopes`
pub(crate) async fn roles(call: Call) -> Result<Answer, HttpError> {
    let beta = is_beta(&call);
    part(call, role_name(beta), role_members(beta)).await
}

/// `GET …/accessPackages/{id}/assignmentPolicies`
pub(crate) async fn policies(call: Call) -> Result<Answer, HttpError> {
    if is_beta(&call) {
        return part(call, "accessPackageAssignmentPolicies", &BETA_POLICY).await;
    }
    part(call, "assignmentPolicies", &PLAIN_POLICY).await
}

/// `GET …/accessPackages/{id}/incompatibleAccessPackages`
pub(crate) async fn incompatible_packages(call: Call) -> Result<Answer, HttpError> {
    part(call, "incompatibleAccessPackages", &PLAIN_PACKAGE).await
}

/// `GET …/accessPackages/{id}/accessPackagesIncompatibleWith`
pub(crate) async fn incompatible_with(call: Call) -> Result<Answer, HttpError> {
    part(call, "accessPackagesIncompatibleWith", &PLAIN_PACKAGE).await
}

/// `GET …/accessPackages/{id}/incompatibleGroups`
pub(crate) async fn incompatible_groups(call: Call) -> Result<Answer, HttpError> {
    part(call, "incompatibleGroups", &GROUP).await
}

/// `POST …/accessPackages/{id}/resourceRoleScopes`
pub(crate) async fn add_role(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: PackageId = call.id(0)?;
    let (resource, role) = call.body(role_scope)?;
    let answer = move |call: &Call, done: At<(PackageRole, Vec<Called>, View)>| {
        let (added, called, view) = done.value;
        let beta = is_beta(call);
        let found = view
            .package(id)
            .map(|found| shown(found, &view, beta))
            .and_then(|package| {
                package[role_name(beta)]
                    .as_array()?
                    .iter()
                    .find(|held| held["id"] == added.id())
                    .cloned()
            })
            .unwrap_or_default();
        let found = with_warnings(found, warnings(&called));
        let name = format!("accessPackages('{id}')/{}", role_name(beta));
        made(call, &name, added.id(), found, role_members(beta))
    };
    call.write(
        "package.role.add",
        move |tx| {
            let (added, called) = content::add_role(tx, id, resource, role)?;
            let caller = tx.caller().clone();
            Ok((added, called, view::view(tx, &caller)?))
        },
        answer,
    )
    .await
}

/// `DELETE …/accessPackages/{id}/resourceRoleScopes/{id}`
pub(crate) async fn remove_role(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: PackageId = call.id(0)?;
    let role = call.param(1).to_owned();
    call.write(
        "package.role.remove",
        move |tx| content::remove_role(tx, id, &role),
        |_, _| Answer::done(),
    )
    .await
}

/// With what a package does not go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum With {
    Packages,
    Groups,
}

fn shunned(call: &Call, with: With, text: &str) -> Result<Shunned, HttpError> {
    let wrong = || HttpError::not_found(call.family, text);
    Ok(match with {
        With::Packages => Shunned::Package(text.parse::<PackageId>().map_err(|_| wrong())?),
        With::Groups => Shunned::Group(text.parse::<GroupId>().map_err(|_| wrong())?),
    })
}

/// `POST …/accessPackages/{id}/incompatible…/$ref`
pub(crate) async fn shun(call: Call, with: With) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: PackageId = call.id(0)?;
    let named = call.body(reference)?;
    let other = shunned(&call, with, &named)?;
    call.write(
        "package.incompatible.add",
        move |tx| content::shun(tx, id, other),
        |_, _| Answer::done(),
    )
    .await
}

/// `DELETE …/accessPackages/{id}/incompatible…/{id}/$ref`
pub(crate) async fn unshun(call: Call, with: With) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: PackageId = call.id(0)?;
    let other = shunned(&call, with, call.param(1))?;
    call.write(
        "package.incompatible.remove",
        move |tx| content::unshun(tx, id, other),
        |_, _| Answer::done(),
    )
    .await
}

/// `POST …/accessPackages/{id}/getApplicablePolicyRequirements`
pub(crate) async fn applicable(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: PackageId = call.id(0)?;
    let found = call
        .read("package.applicable", move |tx, caller| {
            view::applicable(tx, caller, id)
        })
        .await?;
    let rows = found.value.iter().map(requirements).collect();
    let context = "Collection(microsoft.graph.accessPackageAssignmentRequestRequirements)";
    Ok(values(&call, context, rows))
}
