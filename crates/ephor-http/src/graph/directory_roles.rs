//! `/directoryRoles` and `/directoryRoleTemplates`: the older form of the built-in roles, with those who have
//! them over the whole directory (`directory.md` 6.1).
//!
//! Every built-in role counts as brought to life, so that none needs to be first.

use ephor_core::directory_role::DirectoryRole;
use ephor_core::id::{PrincipalId, RoleDefinitionId};
use ephor_core::principal::PrincipalKind;
use ephor_core::role::Role;
use ephor_ops::{role_assignment, role_definition};
use http::StatusCode;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::odata::rows::Whole;
use crate::odata::shape::{Members, Shape};
use crate::wire::object::{OBJECT, principal};
use crate::wire::reference::reference;
use crate::wire::role::{
    DIRECTORY_ROLE, DIRECTORY_ROLE_TEMPLATE, directory_role, directory_role_template,
    role_of_directory_role,
};

/// Which of the two forms.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    Role,
    Template,
}

impl Form {
    const fn collection(self) -> &'static str {
        match self {
            Self::Role => "directoryRoles",
            Self::Template => "directoryRoleTemplates",
        }
    }

    const fn members(self) -> &'static Members {
        match self {
            Self::Role => &DIRECTORY_ROLE,
            Self::Template => &DIRECTORY_ROLE_TEMPLATE,
        }
    }

    fn shown(self, role: DirectoryRole) -> Map<String, Value> {
        match self {
            Self::Role => directory_role(role),
            Self::Template => directory_role_template(role),
        }
    }
}

async fn may_read(call: &Call) -> Result<(), HttpError> {
    let all = |tx: &ephor_store::ReadTx<'_>, caller: &ephor_core::caller::Caller| {
        role_definition::list(tx, caller).map(|_| ())
    };
    call.read("role.definition.list", all).await.map(|_| ())
}

/// `GET` of the collection.
pub(crate) async fn list(call: Call, form: Form) -> Result<Answer, HttpError> {
    let whole = call.query(Whole::read(&call.options, form.members()))?;
    may_read(&call).await?;
    let rows = DirectoryRole::ALL.iter().map(|role| form.shown(*role));
    let rows: Vec<Value> = rows
        .filter(|row| whole.has(row))
        .map(|row| whole.shape.apply(row, form.members()))
        .collect();
    let context = format!("{}{}", form.collection(), whole.shape.context());
    Ok(call.whole(&context, whole.count.then_some(rows.len()), rows))
}

/// `GET …/$count`
pub(crate) async fn count(call: Call, form: Form) -> Result<Answer, HttpError> {
    let whole = call.query(Whole::counting(&call.options, form.members()))?;
    may_read(&call).await?;
    let rows = DirectoryRole::ALL.iter().map(|role| form.shown(*role));
    Ok(Answer::count(Some(
        rows.filter(|row| whole.has(row)).count() as u64,
    )))
}

/// The role that the address names; an older role also by its template's id.
fn role(call: &Call, form: Form) -> Result<DirectoryRole, HttpError> {
    let id: RoleDefinitionId = call.id(0)?;
    let by_template = DirectoryRole::of(id);
    match form {
        Form::Role => role_of_directory_role(id.uuid()).or(by_template),
        Form::Template => by_template,
    }
    .ok_or_else(|| HttpError::not_found(call.family, call.param(0)))
}

/// The definition of the role that the address names, whether there is one or not: whether the caller may
/// ask is judged first.
fn definition(call: &Call) -> Result<RoleDefinitionId, HttpError> {
    let id: RoleDefinitionId = call.id(0)?;
    Ok(definition_of(id.uuid()).unwrap_or(id))
}

/// `GET …/{id}`
pub(crate) async fn get(call: Call, form: Form) -> Result<Answer, HttpError> {
    let shape = call.shape(form.members())?;
    may_read(&call).await?;
    let role = role(&call, form)?;
    let context = format!("{}{}/$entity", form.collection(), shape.context());
    Ok(call.entity(&context, shape.apply(form.shown(role), form.members())))
}

/// `POST /directoryRoles`: brings a role to life that is alive already.
pub(crate) async fn activate(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = call.body(|fields| {
        fields
            .parsed::<RoleDefinitionId>("roleTemplateId")?
            .ok_or_else(|| fields.missing("roleTemplateId"))
    })?;
    let made = |call: &Call, made: At<DirectoryRole>| {
        let object = Shape::default().apply(directory_role(made.value), &DIRECTORY_ROLE);
        call.entity("directoryRoles/$entity", object)
            .with_status(StatusCode::CREATED)
    };
    call.write(
        "role.activate",
        move |tx| role_definition::bring_to_life(tx, id),
        made,
    )
    .await
}

/// `GET …/{id}/members`, and the same of one type.
pub(crate) async fn members(call: Call, only: Option<PrincipalKind>) -> Result<Answer, HttpError> {
    let whole = call.query(Whole::read(&call.options, &OBJECT))?;
    let rows = holders(&call, &whole, only).await?;
    let rows: Vec<Value> = rows
        .into_iter()
        .map(|row| whole.shape.apply(row, &OBJECT))
        .collect();
    let context = format!("directoryObjects{}", whole.shape.context());
    Ok(call.whole(&context, whole.count.then_some(rows.len()), rows))
}

async fn holders(
    call: &Call,
    whole: &Whole,
    only: Option<PrincipalKind>,
) -> Result<Vec<Map<String, Value>>, HttpError> {
    let definition = definition(call)?;
    let found = call
        .read("role.members", move |tx, caller| {
            role_assignment::members(tx, caller, definition)
        })
        .await?;
    let rows = found.value.iter();
    Ok(rows
        .filter(|row| only.is_none_or(|kind| row.reference.kind == kind))
        .map(principal)
        .filter(|row| whole.has(row))
        .collect())
}

/// `GET …/{id}/members/$count`
pub(crate) async fn count_members(call: Call) -> Result<Answer, HttpError> {
    let whole = call.query(Whole::counting(&call.options, &OBJECT))?;
    let rows = holders(&call, &whole, None).await?;
    Ok(Answer::count(Some(rows.len() as u64)))
}

/// `POST …/{id}/members/$ref`
pub(crate) async fn add(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let role = Role::directory(definition(&call)?);
    let principal = call.body(reference)?;
    call.write(
        "role.member.add",
        move |tx| role_assignment::create(tx, role, principal),
        |_, _| Answer::done(),
    )
    .await
}

/// `DELETE …/{id}/members/{id}/$ref`
pub(crate) async fn remove(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let role = Role::directory(definition(&call)?);
    let principal: PrincipalId = call.id(1)?;
    call.write(
        "role.member.remove",
        move |tx| role_assignment::remove(tx, role, principal),
        |_, _| Answer::done(),
    )
    .await
}

/// The definition that a role is called by in its older form, or by its template.
pub(crate) fn definition_of(id: Uuid) -> Option<RoleDefinitionId> {
    role_of_directory_role(id)
        .or_else(|| DirectoryRole::of(RoleDefinitionId::from_uuid(id)))
        .map(DirectoryRole::definition_id)
}
