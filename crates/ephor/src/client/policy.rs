//! The policy of a group's role, over Graph's calls.

use ephor_core::group::Access;
use ephor_core::schedule::ScheduleKind;
use serde_json::{Value, json};

use super::answers::{Role, text};
use super::{Client, strange};
use crate::failure::Failure;

/// A policy with its rules as they are on the wire.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    id: String,
    rules: Vec<Value>,
    /// What is called out about access packages that last longer, after a change (R-G4).
    pub(crate) warnings: Vec<String>,
}

impl Policy {
    fn read(policy: &Value) -> Option<Self> {
        let called = policy.get("@ephor.warnings").and_then(Value::as_array);
        Some(Self {
            id: text(policy, "id")?,
            rules: policy.get("rules")?.as_array()?.clone(),
            warnings: called
                .into_iter()
                .flatten()
                .filter_map(|one| one.as_str().map(str::to_owned))
                .collect(),
        })
    }

    /// The rule of this id.
    pub(crate) fn rule(&self, id: &str) -> Option<&Value> {
        self.rules
            .iter()
            .find(|rule| text(rule, "id").as_deref() == Some(id))
    }

    /// A text of one of its rules.
    pub(crate) fn text(&self, rule: &str, name: &str) -> Option<String> {
        text(self.rule(rule)?, name)
    }

    /// The longest that the role can be activated for, as ISO 8601.
    pub(crate) fn activation_maximum(&self) -> Option<String> {
        self.text("Expiration_EndUser_Assignment", "maximumDuration")
    }

    /// The longest that it can be assigned for where it may not be without an end.
    pub(crate) fn assignment_maximum(&self, kind: ScheduleKind) -> Option<String> {
        let rule = match kind {
            ScheduleKind::Eligible => "Expiration_Admin_Eligibility",
            ScheduleKind::Active => "Expiration_Admin_Assignment",
        };
        self.text(rule, "maximumDuration")
    }
}

impl Client {
    /// The policy of one role of a group.
    pub(crate) fn policy(&self, group: &str, access: Access) -> Result<Policy, Failure> {
        self.policy_where(&format!(
            "scopeId eq '{group}' and scopeType eq 'Group' and roleDefinitionId eq '{access}'"
        ))
    }

    /// The policy of somebody's role.
    pub(crate) fn policy_of(&self, role: &Role) -> Result<Policy, Failure> {
        let (id, access) = (&role.group, &role.access);
        self.policy_where(&match role.scope {
            None => format!(
                "scopeId eq '{id}' and scopeType eq 'Group' and roleDefinitionId eq '{access}'"
            ),
            Some(_) => format!(
                "scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq '{id}'"
            ),
        })
    }

    fn policy_where(&self, filter: &str) -> Result<Policy, Failure> {
        let path = "/v1.0/policies/roleManagementPolicyAssignments";
        let query = [("$filter", filter), ("$expand", "policy($expand=rules)")];
        let answer = self.get(path, &query)?;
        answer
            .pointer("/value/0/policy")
            .and_then(Policy::read)
            .ok_or_else(|| strange(path))
    }

    /// Changes these rules, all or none; gives the policy as it is then.
    pub(crate) fn change_policy(
        &self,
        policy: &Policy,
        rules: &[Value],
    ) -> Result<Policy, Failure> {
        let path = format!("/v1.0/policies/roleManagementPolicies/{}", policy.id);
        let answer = self.patch(&path, &json!({ "rules": rules }))?;
        Policy::read(&answer).ok_or_else(|| strange(&path))
    }
}
