//! Who and what there is in the directory, by names as people write them.

use serde_json::Value;

use super::answers::text;
use super::{Client, strange};
use crate::failure::Failure;

/// How many groups one question names.
const IN_MAX: usize = 20;

/// A group of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// What it is for.
    pub(crate) description: Option<String>,
    /// `security` or `Microsoft 365`, and what else is to be known of it.
    pub(crate) kind: String,
    /// Whether it can lead to a directory role.
    pub(crate) role_assignable: bool,
}

impl Group {
    pub(super) fn read(row: &Value) -> Option<Self> {
        let types: Vec<&str> = row
            .get("groupTypes")
            .and_then(Value::as_array)
            .map(|types| types.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let is = |word: &str| types.iter().any(|one| one.eq_ignore_ascii_case(word));
        let kind = if is("Unified") {
            "Microsoft 365"
        } else {
            "security"
        };
        Some(Self {
            id: text(row, "id")?,
            name: text(row, "displayName")?,
            description: text(row, "description"),
            kind: if is("DynamicMembership") {
                format!("{kind}, dynamic")
            } else {
                kind.to_owned()
            },
            role_assignable: row.get("isAssignableToRole").and_then(Value::as_bool) == Some(true),
        })
    }
}

/// A user or a group, as somebody who can hold a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principal {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// What a user signs in as.
    pub(crate) sign_in: Option<String>,
}

impl Principal {
    fn read(row: &Value) -> Option<Self> {
        Some(Self {
            id: text(row, "id")?,
            name: text(row, "displayName")?,
            sign_in: text(row, "userPrincipalName"),
        })
    }

    /// How it is told from others of that name.
    pub(crate) fn shown(&self) -> String {
        match &self.sign_in {
            Some(sign_in) => format!("{} ({sign_in})", self.name),
            None => self.name.clone(),
        }
    }
}

/// A text between quotes in a `$filter`.
fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}

impl Client {
    /// Every group that the caller may see.
    pub(crate) fn groups(&self) -> Result<Vec<Group>, Failure> {
        let path = "/v1.0/groups";
        let rows = self.rows(path, &[("$orderby", "displayName"), ("$top", "999")])?;
        let read = |row| Group::read(row).ok_or_else(|| strange(path));
        rows.iter().map(read).collect()
    }

    /// The groups with these ids, as far as they are there.
    pub(super) fn groups_with(&self, ids: &[String]) -> Result<Vec<Group>, Failure> {
        let path = "/v1.0/groups";
        let mut groups = Vec::with_capacity(ids.len());
        for some in ids.chunks(IN_MAX) {
            let filter = format!("id in ('{}')", some.join("','"));
            let rows = self.rows(path, &[("$filter", &filter)])?;
            groups.extend(rows.iter().filter_map(Group::read));
        }
        groups.sort_by_cached_key(|group| group.name.to_lowercase());
        Ok(groups)
    }

    /// The group with this id.
    pub(crate) fn group(&self, id: &str) -> Result<Group, Failure> {
        let path = format!("/v1.0/groups/{id}");
        Group::read(&self.get(&path, &[])?).ok_or_else(|| strange(&path))
    }

    /// Users whose name or sign-in name begins so, or who have this id.
    pub(crate) fn users_like(&self, name: &str) -> Result<Vec<Principal>, Failure> {
        let path = "/v1.0/users";
        let filter = if is_id(name) {
            format!("id eq '{name}'")
        } else {
            let name = quoted(name);
            format!("startswith(displayName,'{name}') or startswith(userPrincipalName,'{name}')")
        };
        let rows = self.rows(path, &[("$filter", &filter)])?;
        let read = |row| Principal::read(row).ok_or_else(|| strange(path));
        rows.iter().map(read).collect()
    }

    /// Whoever has this id, if anybody has.
    pub(crate) fn principal(&self, id: &str) -> Option<Principal> {
        let answer = self.get(&format!("/v1.0/directoryObjects/{id}"), &[]);
        answer.ok().as_ref().and_then(Principal::read)
    }
}

/// Whether the text is an id and no name.
pub(crate) fn is_id(text: &str) -> bool {
    text.parse::<ephor_core::id::RequestId>().is_ok()
}
