//! `/roleManagement/directory/roleDefinitions`: built-in directory roles and a tenant's own
//! (`directory.md` 6.1).

use ephor_core::directory_role::{DirectoryRole, RoleDefinition, RolePermission, RoleState};
use ephor_core::id::RoleDefinitionId;
use ephor_core::text::{Description, DisplayName};
use ephor_ops::role_definition::{self as definitions, NewRole};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::fields::{Fields, Read};
use crate::odata::rows::Whole;
use crate::odata::shape::Shape;
use crate::wire::role::{ROLE_DEFINITION, role_definition};

const COLLECTION: &str = "roleManagement/directory/roleDefinitions";

/// `GET` of the collection: all of them.
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    let whole = call.query(Whole::read(&call.options, &ROLE_DEFINITION))?;
    let rows = fitting(&call, &whole).await?;
    let count = rows.len();
    let shown: Vec<Value> = rows
        .into_iter()
        .map(|row| shown(&row, &whole.shape))
        .collect();
    Ok(call.whole(
        &format!("{COLLECTION}{}", whole.shape.context()),
        whole.count.then_some(count),
        shown,
    ))
}

/// `GET …/$count`
pub(crate) async fn count(call: Call) -> Result<Answer, HttpError> {
    let whole = call.query(Whole::counting(&call.options, &ROLE_DEFINITION))?;
    let rows = fitting(&call, &whole).await?;
    Ok(Answer::count(Some(rows.len() as u64)))
}

async fn fitting(call: &Call, whole: &Whole) -> Result<Vec<RoleDefinition>, HttpError> {
    let all = call.read("role.definition.list", definitions::list).await?;
    let mut rows = all.value;
    rows.retain(|row| whole.has(&role_definition(row)));
    Ok(rows)
}

/// A definition, with what is expanded of it: every built-in role can what Directory Readers can.
fn shown(row: &RoleDefinition, shape: &Shape) -> Value {
    let mut object = role_definition(row);
    if shape.wants("inheritsPermissionsFrom").is_some() {
        object.insert("inheritsPermissionsFrom".into(), json!(inherited(row)));
    }
    shape.apply(object, &ROLE_DEFINITION)
}

fn inherited(row: &RoleDefinition) -> Vec<Value> {
    match row {
        RoleDefinition::BuiltIn(DirectoryRole::DirectoryReaders) | RoleDefinition::Custom(_) => {
            Vec::new()
        }
        RoleDefinition::BuiltIn(_) => {
            vec![json!({"id": DirectoryRole::DirectoryReaders.definition_id()})]
        }
    }
}

/// `GET …/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&ROLE_DEFINITION)?;
    let id: RoleDefinitionId = call.id(0)?;
    let found = call
        .read("role.definition.read", move |tx, caller| {
            definitions::get(tx, caller, id)
        })
        .await?;
    let context = format!("{COLLECTION}{}/$entity", shape.context());
    Ok(call.entity(&context, shown(&found.value, &shape)))
}

/// What the role of the address inherits from.
async fn load_inherited(call: &Call) -> Result<(RoleDefinitionId, Vec<Value>), HttpError> {
    call.no_options()?;
    let id: RoleDefinitionId = call.id(0)?;
    let found = call
        .read("role.definition.read", move |tx, caller| {
            definitions::get(tx, caller, id)
        })
        .await?;
    let readers = RoleDefinition::BuiltIn(DirectoryRole::DirectoryReaders);
    let rows = inherited(&found.value).into_iter();
    let rows = rows.map(|_| shown(&readers, &Shape::default())).collect();
    Ok((id, rows))
}

/// `GET …/{id}/inheritsPermissionsFrom`
pub(crate) async fn inherits(call: Call) -> Result<Answer, HttpError> {
    let (id, rows) = load_inherited(&call).await?;
    let context = format!("{COLLECTION}('{id}')/inheritsPermissionsFrom");
    Ok(call.whole(&context, None, rows))
}

/// `GET …/{id}/inheritsPermissionsFrom/$count`
pub(crate) async fn count_inherited(call: Call) -> Result<Answer, HttpError> {
    let (_, rows) = load_inherited(&call).await?;
    Ok(Answer::count(Some(rows.len() as u64)))
}

/// `GET …/{id}/inheritsPermissionsFrom/{id}`
pub(crate) async fn inherited_one(call: Call) -> Result<Answer, HttpError> {
    let (id, rows) = load_inherited(&call).await?;
    let wanted: RoleDefinitionId = call.id(1)?;
    let is = |row: &Value| row["id"] == wanted.to_string();
    let found = rows.into_iter().find(is);
    let found = found.ok_or_else(|| HttpError::not_found(call.family, call.param(1)))?;
    let context = format!("{COLLECTION}('{id}')/inheritsPermissionsFrom/$entity");
    Ok(call.entity(&context, found))
}

/// `POST` of the collection.
pub(crate) async fn create(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let new = call.body(|fields| {
        let change = read(fields)?;
        let display_name = change
            .display_name
            .ok_or_else(|| fields.missing("displayName"))?;
        let permissions = change
            .permissions
            .ok_or_else(|| fields.missing("rolePermissions"))?;
        Ok(NewRole {
            display_name,
            description: change.description.flatten(),
            state: change.state.unwrap_or(RoleState::Enabled),
            version: change.version.flatten(),
            template_id: change.template_id,
            permissions,
        })
    })?;
    let made = |call: &Call, made: At<ephor_core::directory_role::CustomRole>| {
        let location = format!(
            "{}/v1.0/{COLLECTION}/{}",
            call.app.public_url, made.value.id
        );
        let row = RoleDefinition::Custom(Box::new(made.value));
        let shown = shown(&row, &Shape::default());
        call.entity(&format!("{COLLECTION}/$entity"), shown)
            .created(location)
    };
    call.write(
        "role.definition.create",
        move |tx| definitions::create(tx, new),
        made,
    )
    .await
}

/// `PATCH …/{id}`
pub(crate) async fn change(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: RoleDefinitionId = call.id(0)?;
    let change = call.body(read)?;
    let changed = move |before: NewRole| NewRole {
        display_name: change.display_name.unwrap_or(before.display_name),
        description: change.description.unwrap_or(before.description),
        state: change.state.unwrap_or(before.state),
        version: change.version.unwrap_or(before.version),
        template_id: change.template_id.or(before.template_id),
        permissions: change.permissions.unwrap_or(before.permissions),
    };
    call.write(
        "role.definition.change",
        move |tx| definitions::change(tx, id, changed),
        |_, _| Answer::done(),
    )
    .await
}

/// `DELETE …/{id}`
pub(crate) async fn delete(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: RoleDefinitionId = call.id(0)?;
    call.write(
        "role.definition.delete",
        move |tx| definitions::delete(tx, id),
        |_, _| Answer::done(),
    )
    .await
}

/// What a client sent of a role: what is `None` was not there.
struct Sent {
    display_name: Option<DisplayName>,
    description: Option<Option<Description>>,
    state: Option<RoleState>,
    version: Option<Option<String>>,
    template_id: Option<Uuid>,
    permissions: Option<Vec<RolePermission>>,
}

fn read(fields: &Fields<'_>) -> Read<Sent> {
    let sent = |name: &str| fields.names().any(|own| own.eq_ignore_ascii_case(name));
    // A known client sends empty texts where it has nothing to say.
    let template = fields.text("templateId")?.filter(|text| !text.is_empty());
    let template_id = template
        .map(|text| {
            text.parse::<RoleDefinitionId>()
                .map_err(|wrong| fields.wrong("templateId", wrong.to_string()))
        })
        .transpose()?;
    let description = match fields.text("description")? {
        Some("") | None => None,
        Some(_) => fields.limited("description", Description::new)?,
    };
    let version = fields.limited("version", |text| {
        ephor_core::text::ShortText::new(text.clone()).map(|_| text)
    });
    let version = match fields.text("version")? {
        Some("") | None => None,
        Some(_) => version?,
    };
    Ok(Sent {
        display_name: fields.limited("displayName", DisplayName::new)?,
        description: sent("description").then_some(description),
        state: fields.bool("isEnabled")?.map(|enabled| match enabled {
            true => RoleState::Enabled,
            false => RoleState::Disabled,
        }),
        version: sent("version").then_some(version),
        template_id: template_id.map(RoleDefinitionId::uuid),
        permissions: permissions(fields)?,
    })
}

fn permissions(fields: &Fields<'_>) -> Read<Option<Vec<RolePermission>>> {
    let Some(blocks) = fields.list("rolePermissions")? else {
        return Ok(None);
    };
    let mut all = Vec::with_capacity(blocks.len());
    for (index, block) in blocks.iter().enumerate() {
        let block = fields.item("rolePermissions", index, block)?;
        let mut actions: Vec<String> = Vec::new();
        for action in block.texts("allowedResourceActions")?.unwrap_or_default() {
            if !actions.iter().any(|own| own.eq_ignore_ascii_case(action)) {
                actions.push(action.to_owned());
            }
        }
        all.push(RolePermission {
            actions,
            condition: block.text("condition")?.map(str::to_owned),
        });
    }
    Ok(Some(all))
}
