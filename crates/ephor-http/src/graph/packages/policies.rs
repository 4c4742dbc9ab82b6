//! Policies of packages: made, read, replaced whole, deleted.

use ephor_core::id::PackagePolicyId;
use ephor_core::package::PackagePolicy;
use ephor_ops::package::policy;
use ephor_ops::package::view::{Called, View};
use serde_json::Value;

use super::{count as count_of, entity, is_beta, list as list_of, made, one, with_warnings};
use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::odata::shape::{Members, Shape};
use crate::wire::package::members::{BETA_POLICY, POLICY, QUESTION};
use crate::wire::package::policy::{beta as beta_policy, plain, question};
use crate::wire::package::read::policy as read_policy;
use crate::wire::package::{plain_catalog, plain_package, warnings};

fn members(call: &Call) -> &'static Members {
    if is_beta(call) { &BETA_POLICY } else { &POLICY }
}

const fn name(beta: bool) -> &'static str {
    if beta {
        "accessPackageAssignmentPolicies"
    } else {
        "assignmentPolicies"
    }
}

fn shown(found: &PackagePolicy, view: &View, beta: bool) -> Value {
    if beta {
        return beta_policy(found);
    }
    let mut members = plain(found);
    if let Some(package) = view.package(found.package) {
        members.insert(
            "accessPackage".into(),
            Value::Object(plain_package(package)),
        );
        if let Some(catalog) = view.catalog(package.catalog) {
            members.insert("catalog".into(), Value::Object(plain_catalog(catalog)));
        }
    }
    Value::Object(members)
}

fn rows(view: &View, beta: bool) -> Vec<Value> {
    view.policies
        .iter()
        .map(|found| shown(found, view, beta))
        .collect()
}

/// `GET …/assignmentPolicies`
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    let (beta, members) = (is_beta(&call), members(&call));
    list_of(call, name(beta), members, |view| rows(view, beta)).await
}

/// `GET …/assignmentPolicies/$count`
pub(crate) async fn count(call: Call) -> Result<Answer, HttpError> {
    let (beta, members) = (is_beta(&call), members(&call));
    count_of(call, members, |view| rows(view, beta)).await
}

/// `GET …/assignmentPolicies/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let (beta, members) = (is_beta(&call), members(&call));
    let id: PackagePolicyId = call.id(0)?;
    one(call, name(beta), members, |view| {
        view.policy(id).map(|found| shown(found, view, beta))
    })
    .await
}

/// `GET …/assignmentPolicies/{id}/accessPackage` and `…/catalog`
pub(crate) async fn related(call: Call, part: &'static str) -> Result<Answer, HttpError> {
    let id: PackagePolicyId = call.id(0)?;
    let view = super::seen(&call).await?.value;
    let found = view
        .policy(id)
        .map(|found| shown(found, &view, false))
        .ok_or_else(|| HttpError::not_found(call.family, &id.to_string()))?;
    super::related(&call, found, part, &POLICY)
}

/// `GET …/assignmentPolicies/{id}/questions`
pub(crate) async fn questions(call: Call) -> Result<Answer, HttpError> {
    let id: PackagePolicyId = call.id(0)?;
    let seen = super::seen(&call).await?.value;
    if seen.policy(id).is_none() {
        return Err(HttpError::not_found(call.family, &id.to_string()));
    }
    let context = format!("assignmentPolicies('{id}')/questions");
    list_of(call, &context, &QUESTION, |view| {
        let policy = view.policy(id);
        policy
            .into_iter()
            .flat_map(|policy| policy.questions.iter().map(question))
            .collect()
    })
    .await
}

fn told(call: &Call, (policy, called): &(PackagePolicy, Vec<Called>)) -> Value {
    let found = if is_beta(call) {
        beta_policy(policy)
    } else {
        Value::Object(plain(policy))
    };
    with_warnings(found, warnings(called))
}

/// `POST …/assignmentPolicies`
pub(crate) async fn create(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let new = call.body(read_policy)?;
    let answer = |call: &Call, done: At<(PackagePolicy, Vec<Called>)>| {
        let found = told(call, &done.value);
        made(
            call,
            name(is_beta(call)),
            done.value.0.id,
            found,
            members(call),
        )
    };
    call.write(
        "package.policy.create",
        move |tx| policy::create(tx, new),
        answer,
    )
    .await
}

/// `PUT …/assignmentPolicies/{id}`
pub(crate) async fn replace(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: PackagePolicyId = call.id(0)?;
    let new = call.body(read_policy)?;
    let answer = |call: &Call, done: At<(PackagePolicy, Vec<Called>)>| {
        let found = told(call, &done.value);
        entity(
            call,
            name(is_beta(call)),
            found,
            &Shape::default(),
            members(call),
        )
    };
    call.write(
        "package.policy.change",
        move |tx| policy::replace(tx, id, new),
        answer,
    )
    .await
}

/// `DELETE …/assignmentPolicies/{id}`
pub(crate) async fn delete(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: PackagePolicyId = call.id(0)?;
    call.write(
        "package.policy.delete",
        move |tx| policy::delete(tx, id),
        |_, _| Answer::done(),
    )
    .await
}
