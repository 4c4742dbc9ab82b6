//! Which policy belongs to which role: exactly one assignment for each of a group's two roles
//! (`pim-groups.md` section 3).

use ephor_core::policy::PolicyId;
use ephor_ops::policy as policies;
use serde_json::{Value, json};

use super::policies::{Named, Scope, named, shape_of_list, shown};
use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;
use crate::odata::shape::Shape;
use crate::wire::policy::{
    POLICY, POLICY_ASSIGNMENT, assignment, policy_of_assignment, role_of_policy,
};

/// `GET` of the collection: the filter must name a group.
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    let shape = call.query(shape_of_list(&call.options))?;
    call.query(shape.check(&POLICY_ASSIGNMENT))?;
    let found = fitting(&call).await?;
    let rows: Vec<Value> = found
        .iter()
        .map(|named| one(&call, named, &shape))
        .collect();
    let context = call.context(&format!(
        "policies/roleManagementPolicyAssignments{}",
        shape.context()
    ));
    Ok(Answer::json(
        json!({"@odata.context": context, "value": rows}),
    ))
}

/// `GET …/$count`: the filter must name a group here too.
pub(crate) async fn count(call: Call) -> Result<Answer, HttpError> {
    call.query(call.options.only(&["$filter"]))?;
    let found = fitting(&call).await?;
    Ok(Answer::count(Some(found.len() as u64)))
}

/// The policies that the filter asks for.
async fn fitting(call: &Call) -> Result<Vec<Named>, HttpError> {
    let scope = call.query(Scope::read(
        &call.options,
        &["roleDefinitionId", "policyId"],
    ))?;
    let role = scope.asks("roleDefinitionId").map(str::to_owned);
    let policy = scope.asks("policyId").map(str::to_owned);
    let found = call
        .read("policy.list", move |tx, caller| scope.policies(tx, caller))
        .await?;
    let tenant = call.app.tenant.id;
    let fits = |(own, _): &Named| {
        let same = |asked: &Option<String>, own: &str| {
            asked
                .as_ref()
                .is_none_or(|asked| asked.eq_ignore_ascii_case(own))
        };
        let id = own.id();
        same(&role, &role_of_policy(id)) && same(&policy, &id.shown(tenant))
    };
    Ok(found.value.into_iter().filter(fits).collect())
}

/// `GET …/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&POLICY_ASSIGNMENT)?;
    let found = load(&call).await?;
    let context = format!(
        "policies/roleManagementPolicyAssignments{}/$entity",
        shape.context()
    );
    Ok(call.entity(&context, one(&call, &found, &shape)))
}

/// `GET …/{id}/policy`
pub(crate) async fn policy(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&POLICY)?;
    let found = load(&call).await?;
    let context = format!("policies/roleManagementPolicies{}/$entity", shape.context());
    Ok(call.entity(&context, shown(&call, &found, &shape)))
}

async fn load(call: &Call) -> Result<Named, HttpError> {
    let text = call.param(0);
    let id: PolicyId = policy_of_assignment(text, call.app.tenant.id)
        .ok_or_else(|| HttpError::not_found(call.family, text))?;
    let found = call
        .read("policy.read", move |tx, caller| {
            let policy = policies::get(tx, caller, id)?;
            named(tx, policy)
        })
        .await?;
    Ok(found.value)
}

fn one(call: &Call, found: &Named, shape: &Shape) -> Value {
    let mut object = assignment(&found.0, call.app.tenant.id);
    if let Some(inner) = shape.wants("policy") {
        object.insert("policy".into(), shown(call, found, inner));
    }
    shape.apply(object, &POLICY_ASSIGNMENT)
}
