//! Directory roles on the wire: their definitions, who has them, and the older forms of both
//! (`directory.md` sections 5 and 6).

use ephor_core::directory_role::{
    DirectoryRole, Privilege, Reach, RoleDefinition, RolePermission, RoleState,
};
use ephor_core::id::RoleDefinitionId;
use ephor_core::role::{DirectoryScope, Role};
use ephor_core::schedule::Schedule;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::object::OBJECT;
use super::unit::UNIT;
use crate::odata::shape::{Link, Members, Usual};
use crate::types::{Complex, IDENTITY, TEXTS, Type};

const PERMISSION: Type = Type::Object(&Complex {
    name: "unifiedRolePermission",
    properties: &[
        ("allowedResourceActions", TEXTS),
        ("condition", Type::Text),
        ("excludedResourceActions", TEXTS),
    ],
});

/// What a role's definition has.
pub(crate) const ROLE_DEFINITION: Members = Members {
    name: "unifiedRoleDefinition",
    properties: &[
        ("id", Type::Id),
        ("description", Type::Text),
        ("displayName", Type::Text),
        ("isBuiltIn", Type::Bool),
        ("isEnabled", Type::Bool),
        ("resourceScopes", TEXTS),
        ("rolePermissions", Type::List(&PERMISSION)),
        ("templateId", Type::Id),
        ("version", Type::Text),
        ("isPrivileged", Type::Bool),
    ],
    usual: Usual::Only(&[
        "id",
        "description",
        "displayName",
        "isBuiltIn",
        "isEnabled",
        "resourceScopes",
        "rolePermissions",
        "templateId",
        "version",
    ]),
    related: &[Link::several("inheritsPermissionsFrom", &INHERITED)],
};
/// What a role inherits from, named only.
const INHERITED: Members = Members {
    name: "unifiedRoleDefinitionReference",
    properties: &[("id", Type::Id)],
    usual: Usual::All,
    related: &[],
};

/// Nothing: Ephor has no roles in the scope of an application.
pub(crate) const APP_SCOPE: Members = Members {
    name: "appScope",
    properties: &[
        ("id", Type::Id),
        ("displayName", Type::Text),
        ("type", Type::Text),
    ],
    usual: Usual::All,
    related: &[],
};

/// What every row that names a directory role points to.
pub(crate) const ROLE_LINKS: [Link; 4] = [
    Link::one("principal", &OBJECT),
    Link::one("roleDefinition", &ROLE_DEFINITION),
    Link::one("directoryScope", &UNIT),
    Link::one("appScope", &APP_SCOPE),
];

/// What an assignment has.
pub(crate) const ROLE_ASSIGNMENT: Members = Members {
    name: "unifiedRoleAssignment",
    properties: &[
        ("id", Type::Id),
        ("principalId", Type::Id),
        ("principalOrganizationId", Type::Id),
        ("resourceScope", Type::Text),
        ("directoryScopeId", Type::Text),
        ("appScopeId", Type::Text),
        ("condition", Type::Text),
        ("roleDefinitionId", Type::Id),
    ],
    usual: Usual::Only(&[
        "id",
        "principalId",
        "directoryScopeId",
        "appScopeId",
        "condition",
        "roleDefinitionId",
    ]),
    related: &ROLE_LINKS,
};

/// What a directory role has in its older form.
pub(crate) const DIRECTORY_ROLE: Members = Members {
    name: "directoryRole",
    properties: &[
        ("id", Type::Id),
        ("deletedDateTime", Type::Time),
        ("description", Type::Text),
        ("displayName", Type::Text),
        ("roleTemplateId", Type::Id),
    ],
    usual: Usual::All,
    related: &[],
};
/// What a role's template has.
pub(crate) const DIRECTORY_ROLE_TEMPLATE: Members = Members {
    name: "directoryRoleTemplate",
    properties: &[
        ("id", Type::Id),
        ("deletedDateTime", Type::Time),
        ("description", Type::Text),
        ("displayName", Type::Text),
    ],
    usual: Usual::All,
    related: &[],
};
/// What a role that is held over a unit has in its older form.
pub(crate) const SCOPED_ROLE_MEMBER: Members = Members {
    name: "scopedRoleMembership",
    properties: &[
        ("id", Type::Id),
        ("administrativeUnitId", Type::Id),
        ("roleId", Type::Id),
        ("roleMemberInfo", IDENTITY),
    ],
    usual: Usual::All,
    related: &[],
};

/// Which bits of a template's id its role's has turned over: the two are told apart everywhere, and each is
/// computed from the other.
const TURNED: u128 = 0x6469_7265_6374_0f72_2979_726f_6c65_3031;

/// The id that a role has in its older form.
pub(crate) const fn directory_role_id(role: DirectoryRole) -> Uuid {
    Uuid::from_u128(role.template_id().as_u128() ^ TURNED)
}

/// The built-in role that is called so in its older form.
pub(crate) fn role_of_directory_role(id: Uuid) -> Option<DirectoryRole> {
    DirectoryRole::of(RoleDefinitionId::from_uuid(Uuid::from_u128(
        id.as_u128() ^ TURNED,
    )))
}

/// A definition.
pub(crate) fn role_definition(definition: &RoleDefinition) -> Map<String, Value> {
    let (description, version, template) = match definition {
        RoleDefinition::BuiltIn(role) => {
            (json!(description(*role)), json!("1"), role.template_id())
        }
        RoleDefinition::Custom(role) => (
            json!(role.description),
            json!(role.version),
            role.template_id,
        ),
    };
    let is_built_in = matches!(definition, RoleDefinition::BuiltIn(_));
    let privileged = match definition {
        RoleDefinition::BuiltIn(role) => role.privilege() == Privilege::Privileged,
        RoleDefinition::Custom(_) => false,
    };
    super::object([
        ("id", json!(definition.id())),
        ("description", description),
        ("displayName", json!(definition.display_name())),
        ("isBuiltIn", json!(is_built_in)),
        ("isEnabled", json!(definition.state() == RoleState::Enabled)),
        ("resourceScopes", json!(["/"])),
        ("rolePermissions", permissions(definition)),
        ("templateId", json!(template)),
        ("version", version),
        ("isPrivileged", json!(privileged)),
    ])
}

fn permissions(definition: &RoleDefinition) -> Value {
    match definition {
        RoleDefinition::BuiltIn(role) => {
            let actions = role.actions().iter();
            let actions: Vec<String> = actions
                .map(|action| format!("microsoft.directory/{action}"))
                .collect();
            json!([{"allowedResourceActions": actions, "condition": null}])
        }
        RoleDefinition::Custom(role) => role.permissions.iter().map(permission).collect(),
    }
}

fn permission(block: &RolePermission) -> Value {
    json!({"allowedResourceActions": block.actions, "condition": block.condition})
}

/// What a built-in role is for.
fn description(role: DirectoryRole) -> String {
    let over = match role.reach() {
        Reach::Directory => "Held over the whole directory.",
        Reach::DirectoryOrUnit => "Held over the whole directory or one administrative unit.",
    };
    format!("{} {over}", role.about())
}

/// A role in its older form.
pub(crate) fn directory_role(role: DirectoryRole) -> Map<String, Value> {
    super::object([
        ("@odata.type", json!("#microsoft.graph.directoryRole")),
        ("id", json!(directory_role_id(role))),
        ("deletedDateTime", Value::Null),
        ("description", json!(description(role))),
        ("displayName", json!(role.display_name())),
        ("roleTemplateId", json!(role.template_id())),
    ])
}

/// Its template.
pub(crate) fn directory_role_template(role: DirectoryRole) -> Map<String, Value> {
    super::object([
        ("id", json!(role.template_id())),
        ("deletedDateTime", Value::Null),
        ("description", json!(description(role))),
        ("displayName", json!(role.display_name())),
    ])
}

/// Who has which role over what.
pub(crate) fn role_assignment(schedule: &Schedule) -> Map<String, Value> {
    let mut members = super::object([
        ("id", json!(schedule.id.grant)),
        ("principalId", json!(schedule.principal.id)),
    ]);
    members.extend(of_role(schedule.role()));
    members.insert("condition".into(), Value::Null);
    members
}

/// The role that a row names, and over what.
pub(crate) fn of_role(role: Role) -> Map<String, Value> {
    match role {
        Role::Group { group, access } => {
            super::object([("accessId", json!(access)), ("groupId", json!(group))])
        }
        Role::Directory { definition, scope } => super::object([
            ("roleDefinitionId", json!(definition)),
            ("directoryScopeId", json!(scope.to_string())),
            ("appScopeId", Value::Null),
        ]),
    }
}

/// Over what a directory role is held; `None` for a role of a group.
pub(crate) const fn scope_of(role: Role) -> Option<DirectoryScope> {
    match role {
        Role::Group { .. } => None,
        Role::Directory { scope, .. } => Some(scope),
    }
}
