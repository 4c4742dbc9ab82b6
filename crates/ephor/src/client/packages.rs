//! Access packages, their requests and who has them.

use serde_json::{Value, json};

use super::answers::text;
use super::{Client, strange};
use crate::failure::Failure;

const EM: &str = "/v1.0/identityGovernance/entitlementManagement";

/// An access package.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// What it is for.
    pub(crate) description: Option<String>,
    /// The name of its catalog.
    pub(crate) catalog: String,
}

impl Package {
    fn read(row: &Value) -> Option<Self> {
        let catalog = row.get("catalog").and_then(|one| text(one, "displayName"));
        Some(Self {
            id: text(row, "id")?,
            name: text(row, "displayName")?,
            description: text(row, "description"),
            catalog: catalog.unwrap_or_default(),
        })
    }
}

impl Client {
    fn packages_at(&self, path: &str) -> Result<Vec<Package>, Failure> {
        let rows = self.rows(path, &[("$expand", "catalog")])?;
        rows.iter()
            .map(|row| Package::read(row).ok_or_else(|| strange(path)))
            .collect()
    }

    /// The packages that the caller sees.
    pub(crate) fn packages(&self) -> Result<Vec<Package>, Failure> {
        self.packages_at(&format!("{EM}/accessPackages"))
    }

    /// The ids of the packages that the caller may ask for.
    pub(crate) fn askable_packages(&self) -> Result<Vec<String>, Failure> {
        let path = format!("{EM}/accessPackages/filterByCurrentUser(on='allowedRequestor')");
        let found = self.packages_at(&path)?;
        Ok(found.into_iter().map(|package| package.id).collect())
    }

    /// The caller's own packages, as the server shows them.
    pub(crate) fn my_packages(&self) -> Result<Vec<Value>, Failure> {
        let path = format!("{EM}/assignments/filterByCurrentUser(on='target')");
        self.rows(&path, &[("$expand", "accessPackage,target")])
    }

    /// Whoever has a package.
    pub(crate) fn holders_of(&self, package: &str) -> Result<Vec<Value>, Failure> {
        let filter = format!("accessPackage/id eq '{package}' and state ne 'expired'");
        let path = format!("{EM}/assignments");
        self.rows(&path, &[("$filter", &filter), ("$expand", "target")])
    }

    /// The caller's requests about packages.
    pub(crate) fn my_package_requests(&self) -> Result<Vec<Value>, Failure> {
        let path = format!("{EM}/assignmentRequests/filterByCurrentUser(on='createdBy')");
        self.rows(&path, &[("$expand", "accessPackage,assignment")])
    }

    /// The requests about packages that wait for the caller.
    pub(crate) fn packages_to_approve(&self) -> Result<Vec<Value>, Failure> {
        let path = format!("{EM}/assignmentRequests/filterByCurrentUser(on='approver')");
        self.rows(&path, &[("$expand", "accessPackage,requestor")])
    }

    /// The policies of a package under which the caller may ask, with what each wants to know.
    pub(crate) fn package_requirements(&self, package: &str) -> Result<Vec<Value>, Failure> {
        let path = format!("{EM}/accessPackages/{package}/getApplicablePolicyRequirements");
        let answer = self.post(&path, &json!({}))?;
        let rows = answer.get("value").and_then(Value::as_array);
        Ok(rows.ok_or_else(|| strange(&path))?.clone())
    }

    /// The policies of a package.
    pub(crate) fn package_policies(&self, package: &str) -> Result<Vec<Value>, Failure> {
        self.rows(
            &format!("{EM}/accessPackages/{package}/assignmentPolicies"),
            &[],
        )
    }

    /// Makes a request about a package.
    pub(crate) fn ask_for_package(&self, body: &Value) -> Result<Value, Failure> {
        self.post(&format!("{EM}/assignmentRequests"), body)
    }

    /// Gives everybody again what they have lost of a package.
    pub(crate) fn repair_package(&self, package: &str) -> Result<Value, Failure> {
        self.post(&format!("/ephor/v1/packages/{package}/repair"), &json!({}))
    }

    /// Decides in the present stage of a request.
    pub(crate) fn decide_on_package(
        &self,
        id: &str,
        decision: &str,
        why: Option<&str>,
    ) -> Result<(), Failure> {
        let path = format!("{EM}/accessPackageAssignmentApprovals/{id}/stages");
        let stages = self.rows(&path, &[])?;
        let waits = |stage: &&Value| text(stage, "status").as_deref() == Some("InProgress");
        let stage = stages.iter().rfind(waits).or(stages.last());
        let stage = stage
            .and_then(|stage| text(stage, "id"))
            .ok_or_else(|| strange(&path))?;
        let body = json!({"reviewResult": decision, "justification": why});
        self.patch(&format!("{path}/{stage}"), &body).map(drop)
    }
}
