//! Groups under management, and what somebody who runs them sees.

use serde_json::{Value, json};

use super::answers::{Role, text};
use super::directory::Group;
use super::requests::of_result;
use super::{Client, strange};
use crate::failure::Failure;

/// How many groups one call brings in at most.
const MANY_MAX: usize = 100;

/// A group that is not under management yet.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// Which.
    pub(crate) group: Group,
    /// Why it can't be brought in, if it can't.
    pub(crate) reason: Option<String>,
}

/// When a group was brought in, or why not.
pub(crate) type Managed = Result<String, Failure>;

impl Client {
    /// The groups that the caller may bring in, those that can't be among them (R-B1).
    pub(crate) fn discover(&self) -> Result<Vec<Candidate>, Failure> {
        let path = "/ephor/v1/groups/discover";
        let rows = self.rows(path, &[("$orderby", "displayName")])?;
        rows.iter()
            .map(|row| {
                let reason = text(row, "reason").unwrap_or_default();
                let is_manageable = row.get("manageable").and_then(Value::as_bool) == Some(true);
                Some(Candidate {
                    group: Group::read(row)?,
                    reason: (!is_manageable).then_some(reason),
                })
            })
            .collect::<Option<_>>()
            .ok_or_else(|| strange(path))
    }

    /// Brings these groups in, with an answer for each, in their order.
    pub(crate) fn manage(&self, groups: &[&Group]) -> Result<Vec<Managed>, Failure> {
        let path = "/ephor/v1/groups/manage";
        let mut answers = Vec::with_capacity(groups.len());
        for some in groups.chunks(MANY_MAX) {
            let ids: Vec<&str> = some.iter().map(|group| group.id.as_str()).collect();
            let answer = self.post(path, &json!({ "groupIds": ids }))?;
            let results = answer.get("value").and_then(Value::as_array);
            let results = results.filter(|results| results.len() == some.len());
            for one in results.ok_or_else(|| strange(path))? {
                answers.push(text(one, "managedSince").ok_or_else(|| of_result(one)));
            }
        }
        Ok(answers)
    }

    /// The ids of all groups under management.
    pub(crate) fn managed_ids(&self) -> Result<Vec<String>, Failure> {
        let path = "/beta/identityGovernance/privilegedAccess/group/resources";
        let rows = self.rows(path, &[])?;
        Ok(rows.iter().filter_map(|row| text(row, "id")).collect())
    }

    /// All groups under management, by name.
    pub(crate) fn managed(&self) -> Result<Vec<Group>, Failure> {
        self.groups_with(&self.managed_ids()?)
    }

    /// Everybody's roles of a group: eligible, active, and ended in the last 30 days.
    pub(crate) fn roles_of(&self, group: &str) -> Result<Vec<Role>, Failure> {
        let path = format!("/ephor/v1/groups/{group}/roles");
        let rows = self.rows(&path, &[("$top", "1000")])?;
        let read = |row| Role::read(row).ok_or_else(|| strange(&path));
        rows.iter().map(read).collect()
    }
}
