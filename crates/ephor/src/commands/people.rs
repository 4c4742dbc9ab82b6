//! Who and which group is meant by a name on the command line.

use super::find::{self, Named};
use crate::client::{Client, Group, Principal, is_id};
use crate::failure::Failure;
use crate::output::clean;

/// What stands before a group's name where a person could be meant.
const GROUP: &str = "group:";

impl Named for Group {
    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// A user or a group that was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    /// A user.
    User(Principal),
    /// Everybody in a group.
    Group(Group),
}

impl Who {
    /// Their id.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::User(user) => &user.id,
            Self::Group(group) => &group.id,
        }
    }

    /// What they are called.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::User(user) => &user.name,
            Self::Group(group) => &group.name,
        }
    }
}

/// The group of the directory that is meant.
pub(crate) fn group(client: &Client, text: &str) -> Result<Group, Failure> {
    if is_id(text) {
        return client.group(text);
    }
    let groups = client.groups()?;
    find::one(text, &groups.iter().collect::<Vec<_>>(), "group", "").cloned()
}

/// The user or `group:NAME` that is meant. Names of people are matched from their beginning, so that nobody
/// is meant by accident.
pub(crate) fn who(client: &Client, text: &str) -> Result<Who, Failure> {
    if let Some(name) = text.strip_prefix(GROUP) {
        return group(client, name).map(Who::Group);
    }
    let users = client.users_like(text)?;
    let same = |known: &str| known.eq_ignore_ascii_case(text);
    let exact = users
        .iter()
        .find(|user| user.sign_in.as_deref().is_some_and(same));
    if let Some(user) = exact {
        return Ok(Who::User(user.clone()));
    }
    // `ada` before `adam`: a whole name, or all that stands before the @.
    let whole = |user: &&Principal| {
        let local = user
            .sign_in
            .as_deref()
            .and_then(|name| name.split('@').next());
        same(&user.name) || local.is_some_and(same)
    };
    let whole: Vec<&Principal> = users.iter().filter(whole).collect();
    let found = match whole.as_slice() {
        [] => users.iter().collect(),
        _ => whole,
    };
    match found.as_slice() {
        [user] => Ok(Who::User((*user).clone())),
        [] => Err(
            Failure::new(format!("there is no user `{}`", clean(text))).hint(format!(
                "write what they sign in as, or how their name begins, or `{GROUP}NAME` for a group"
            )),
        ),
        several => {
            let names: Vec<_> = several.iter().map(|user| user.shown()).take(12).collect();
            Err(
                Failure::new(format!("`{}` can mean several users", clean(text)))
                    .hint(format!("write what they sign in as: {}", names.join(", "))),
            )
        }
    }
}
