//! Directory roles as such: the built-in ones, and those that a tenant defines (`directory.md` 6.1).

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::directory_role::{
    CustomRole, DirectoryRole, RoleDefinition, RolePermission, RoleState,
};
use ephor_core::event::{Attempt, Event};
use ephor_core::id::RoleDefinitionId;
use ephor_core::refusal::{Code, Refusal};
use ephor_core::text::{Description, DisplayName};
use ephor_store::{ReadTx, Tx};
use uuid::Uuid;

use crate::authorise::{About, authorise};
use crate::{OpError, OpResult};

/// A tenant can have this many roles of its own (`directory.md` section 9).
pub const CUSTOM_MAX: usize = 100;
/// A role can name this many actions.
pub const ACTIONS_MAX: usize = 1_000;

/// A role to be made, or what one is to become.
#[derive(Debug, Clone)]
pub struct NewRole {
    /// What people call it.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: Option<Description>,
    /// Whether it can be assigned, and counts.
    pub state: RoleState,
    /// Which edition.
    pub version: Option<String>,
    /// What clients know it by besides its id.
    pub template_id: Option<Uuid>,
    /// The actions it allows.
    pub permissions: Vec<RolePermission>,
}

/// All directory roles, built-in ones first.
pub fn list(tx: &ReadTx<'_>, caller: &Caller) -> OpResult<Vec<RoleDefinition>> {
    authorise(tx, caller, Operation::ReadRoleDefinitions, About::NOTHING)?;
    let built_in = DirectoryRole::ALL.iter().copied();
    let custom = tx.custom_roles()?.into_iter().map(Box::new);
    Ok(built_in
        .map(RoleDefinition::BuiltIn)
        .chain(custom.map(RoleDefinition::Custom))
        .collect())
}

/// A directory role.
pub fn get(tx: &ReadTx<'_>, caller: &Caller, id: RoleDefinitionId) -> OpResult<RoleDefinition> {
    authorise(tx, caller, Operation::ReadRoleDefinitions, About::NOTHING)?;
    tx.role_definition(id)?
        .ok_or_else(|| Refusal::not_found(id).into())
}

/// Those of these that there are: for expanding a page of rows.
pub fn names(tx: &ReadTx<'_>, ids: &[RoleDefinitionId]) -> OpResult<Vec<RoleDefinition>> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(tx.role_definition(*id)?);
    }
    Ok(found)
}

/// Makes a role.
pub fn create(tx: &mut Tx<'_>, new: NewRole) -> OpResult<CustomRole> {
    let attempt = attempt("create", None, Some(new.display_name.to_string()));
    let make = |tx: &mut Tx<'_>| {
        let caller = tx.caller().clone();
        authorise(
            tx,
            &caller,
            Operation::ChangeRoleDefinitions,
            About::NOTHING,
        )?;
        let others = tx.custom_roles()?;
        if others.len() >= CUSTOM_MAX {
            return Err(Refusal::new(
                Code::QuotaExceeded,
                format!("there are {CUSTOM_MAX} custom roles, and there can be no more"),
            )
            .into());
        }
        makes_sense(&new, None, &others)?;
        let id = RoleDefinitionId::fresh(tx.ids());
        let role = CustomRole {
            id,
            template_id: new.template_id.unwrap_or_else(|| id.uuid()),
            display_name: new.display_name,
            description: new.description,
            state: new.state,
            version: new.version,
            permissions: new.permissions,
            created_at: tx.now(),
        };
        tx.record(&[Event::RoleDefined {
            role: Box::new(role.clone()),
        }])?;
        Ok(role)
    };
    make(tx).map_err(|error: OpError| error.at(attempt))
}

/// The built-in role of this template, which is there from the start: clients that know the older form of
/// roles bring it to life before they give it.
pub fn bring_to_life(tx: &mut Tx<'_>, template: RoleDefinitionId) -> OpResult<DirectoryRole> {
    let caller = tx.caller().clone();
    let operation = Operation::ChangeRoleDefinitions;
    authorise(tx, &caller, operation, About::NOTHING)
        .and_then(|_| {
            DirectoryRole::of(template).ok_or_else(|| Refusal::not_found(template).into())
        })
        .map_err(|error: OpError| error.at(attempt("activate", Some(template), None)))
}

/// Changes a role: `change` gets what it is, and gives what it shall be. What is already given keeps its end,
/// and counts for what the role allows from now on.
pub fn change(
    tx: &mut Tx<'_>,
    id: RoleDefinitionId,
    change: impl FnOnce(NewRole) -> NewRole,
) -> OpResult<CustomRole> {
    let make = |tx: &mut Tx<'_>| {
        let before = own(tx, id)?;
        let after = change(NewRole {
            display_name: before.display_name.clone(),
            description: before.description.clone(),
            state: before.state,
            version: before.version.clone(),
            template_id: Some(before.template_id),
            permissions: before.permissions.clone(),
        });
        makes_sense(&after, Some(id), &tx.custom_roles()?)?;
        let after = CustomRole {
            template_id: after.template_id.unwrap_or(before.template_id),
            display_name: after.display_name,
            description: after.description,
            state: after.state,
            version: after.version,
            permissions: after.permissions,
            ..before.clone()
        };
        if after != before {
            tx.record(&[Event::RoleRedefined {
                before: Box::new(before),
                after: Box::new(after.clone()),
            }])?;
        }
        Ok(after)
    };
    make(tx).map_err(|error: OpError| error.at(attempt("change", Some(id), None)))
}

/// Deletes a role that nobody has.
pub fn delete(tx: &mut Tx<'_>, id: RoleDefinitionId) -> OpResult<()> {
    let remove = |tx: &mut Tx<'_>| {
        own(tx, id)?;
        if tx.is_role_granted(id)? {
            return Err(Refusal::new(
                Code::BadRequest,
                "the role is assigned to somebody, so it can't be deleted",
            )
            .hint("remove its assignments first")
            .into());
        }
        let at = tx.now();
        Ok(tx.record(&[Event::RoleUndefined { definition: id, at }])?)
    };
    remove(tx).map_err(|error: OpError| error.at(attempt("delete", Some(id), None)))
}

/// The tenant's own role, if the caller may change it.
fn own(tx: &Tx<'_>, id: RoleDefinitionId) -> OpResult<CustomRole> {
    let caller = tx.caller();
    authorise(tx, caller, Operation::ChangeRoleDefinitions, About::NOTHING)?;
    match tx.role_definition(id)? {
        Some(RoleDefinition::Custom(role)) => Ok(*role),
        Some(RoleDefinition::BuiltIn(role)) => Err(Refusal::new(
            Code::BadRequest,
            format!(
                "`{}` is a built-in role and can't be changed or deleted",
                role.display_name()
            ),
        )
        .into()),
        None => Err(Refusal::not_found(id).into()),
    }
}

fn makes_sense(
    new: &NewRole,
    own: Option<RoleDefinitionId>,
    others: &[CustomRole],
) -> Result<(), Refusal> {
    let is_other = |other: &&CustomRole| Some(other.id) != own;
    let name = new.display_name.as_str();
    let same = |other: &str| other.to_lowercase() == name.to_lowercase();
    if others
        .iter()
        .filter(is_other)
        .any(|other| same(other.display_name.as_str()))
        || DirectoryRole::ALL
            .iter()
            .any(|role| same(role.display_name()))
    {
        return Err(Refusal::new(
            Code::KeyExists,
            format!("another role has the displayName `{name}`"),
        )
        .about("displayName"));
    }
    let actions: Vec<&String> = new
        .permissions
        .iter()
        .flat_map(|block| &block.actions)
        .collect();
    if actions.is_empty() || actions.len() > ACTIONS_MAX {
        return Err(Refusal::new(
            Code::BadRequest,
            format!(
                "a role allows 1 to {ACTIONS_MAX} actions, and {} were given",
                actions.len()
            ),
        )
        .about("rolePermissions"));
    }
    match actions.into_iter().find(|action| !is_action(action)) {
        None => Ok(()),
        Some(wrong) => Err(Refusal::new(
            Code::BadRequest,
            format!(
                "`{}` is no action; write it like microsoft.directory/groups/members/update",
                wrong.chars().take(100).collect::<String>().escape_debug()
            ),
        )
        .about("rolePermissions")),
    }
}

/// `namespace/entity/…/action`: parts of letters, digits, dots and hyphens.
fn is_action(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let is_part = |part: &&str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b".-_$".contains(&b))
    };
    text.len() <= 256 && (3..=6).contains(&parts.len()) && parts.iter().all(is_part)
}

fn attempt(what: &str, definition: Option<RoleDefinitionId>, detail: Option<String>) -> Attempt {
    Attempt {
        operation: Operation::ChangeRoleDefinitions.name().to_owned(),
        group: None,
        access: None,
        definition,
        principal: None,
        detail: Some(detail.map_or_else(|| what.to_owned(), |detail| format!("{what} {detail}"))),
    }
}
