//! Catalogs, access packages, their requests and assignments on the wire (`governance.md` 1.1), and the names
//! that `/beta` still has for them (`infrastructure-clients.md` 2.5).

pub(crate) mod members;
pub(crate) mod policy;
pub(crate) mod read;

use std::collections::BTreeMap;

use ephor_core::caller::Actor;
use ephor_core::directory_role::RoleDefinition;
use ephor_core::id::PrincipalId;
use ephor_core::package::role::scope_id;
use ephor_core::package::{
    AssignmentState, Catalog, CatalogKind, CatalogResource, CatalogRole, CatalogRoleAssignment,
    CatalogState, Package, PackageRequest, PackageRole, ResourceRole,
};
use ephor_core::principal::Principal;
use ephor_core::request::{Decision, Object, Review};
use ephor_core::role::ObjectId;
use ephor_core::schedule::Expiration;
use ephor_core::time::{Instant, Span};
use ephor_ops::package::approval::{PackageApproval, stage_id};
use ephor_ops::package::view::{AssignmentView, Called, View};
use serde_json::{Map, Value, json};

use super::object;

/// `originSystem` of a group.
pub(crate) const GROUP_SYSTEM: &str = "AadGroup";
/// `originSystem` of a directory role.
pub(crate) const ROLE_SYSTEM: &str = "DirectoryRole";

/// `originSystem`
pub(crate) const fn system(object: ObjectId) -> &'static str {
    match object {
        ObjectId::Group(_) => GROUP_SYSTEM,
        ObjectId::Directory(_) => ROLE_SYSTEM,
    }
}

/// `resourceType`, in `/beta`.
const fn resource_type(object: ObjectId) -> &'static str {
    match object {
        ObjectId::Group(_) => "Group",
        ObjectId::Directory(_) => "DirectoryRole",
    }
}

/// `originId`: the id that it has where it comes from.
fn origin(object: ObjectId) -> String {
    object.to_string()
}

/// People by their ids.
pub(crate) type People = BTreeMap<PrincipalId, Principal>;

pub(crate) fn state(catalog: &Catalog) -> &'static str {
    match catalog.state {
        CatalogState::Published => "published",
        CatalogState::Unpublished => "unpublished",
    }
}

fn kind(catalog: &Catalog) -> &'static str {
    match catalog.kind {
        CatalogKind::UserManaged => "userManaged",
        CatalogKind::ServiceDefault => "serviceDefault",
    }
}

/// A catalog by itself.
pub(crate) fn plain_catalog(catalog: &Catalog) -> Map<String, Value> {
    object([
        ("id", json!(catalog.id)),
        ("displayName", json!(catalog.display_name)),
        ("description", json!(catalog.description)),
        ("catalogType", json!(kind(catalog))),
        ("state", json!(state(catalog))),
        ("isExternallyVisible", json!(catalog.guests.is_on())),
        ("createdDateTime", json!(catalog.created_at)),
        ("modifiedDateTime", json!(catalog.modified_at)),
    ])
}

/// A catalog with what is in it.
pub(crate) fn catalog(catalog: &Catalog, view: &View) -> Value {
    let mut shown = plain_catalog(catalog);
    let packages = view
        .packages
        .iter()
        .filter(|package| package.catalog == catalog.id);
    shown.insert(
        "accessPackages".into(),
        packages
            .map(|one| Value::Object(plain_package(one)))
            .collect(),
    );
    let resources = view
        .resources
        .iter()
        .filter(|resource| resource.catalog == catalog.id);
    shown.insert(
        "resources".into(),
        resources.map(|one| resource(one, view)).collect(),
    );
    Value::Object(shown)
}

fn named(view: &View, resource: &CatalogResource) -> (String, Value) {
    let object = view.object(resource.object);
    match &object {
        Some(Object::Group(group)) => (group.display_name.to_string(), json!(group.description)),
        Some(Object::Directory(RoleDefinition::Custom(role))) => {
            (role.display_name.to_string(), json!(role.description))
        }
        Some(role @ Object::Directory(RoleDefinition::BuiltIn(_))) => {
            (role.display_name().to_owned(), Value::Null)
        }
        // It is gone, and is called by what is left of it.
        None => (origin(resource.object), Value::Null),
    }
}

/// A resource by itself.
pub(crate) fn plain_resource(resource: &CatalogResource, view: &View) -> Map<String, Value> {
    let (name, description) = named(view, resource);
    object([
        ("id", json!(resource.id)),
        ("displayName", json!(name)),
        ("description", description),
        ("originId", json!(origin(resource.object))),
        ("originSystem", json!(system(resource.object))),
        ("attributes", json!([])),
        ("createdDateTime", json!(resource.created_at)),
        ("modifiedDateTime", json!(resource.modified_at)),
    ])
}

/// A resource with its roles and its scope.
pub(crate) fn resource(resource: &CatalogResource, view: &View) -> Value {
    let mut shown = plain_resource(resource, view);
    shown.insert("roles".into(), roles(resource, view).into());
    shown.insert("scopes".into(), json!([scope(resource, view)]));
    Value::Object(shown)
}

/// The roles that a resource offers now (R-G2).
pub(crate) fn roles(resource: &CatalogResource, view: &View) -> Vec<Value> {
    let object = view.object(resource.object);
    object
        .map(|object| {
            ResourceRole::offered(&object)
                .map(|offered| role(offered, resource, view))
                .collect()
        })
        .unwrap_or_default()
}

/// A role, in the exact representation of `governance.md` 1.3.
pub(crate) fn role(role: ResourceRole, resource: &CatalogResource, view: &View) -> Value {
    let mut shown = object([
        ("id", json!(role.id(resource.id))),
        ("displayName", json!(role.display_name(resource.object))),
        ("description", Value::Null),
        ("originId", json!(role.origin_id(resource.object))),
        ("originSystem", json!(system(resource.object))),
        ("type", json!(role.type_word())),
    ]);
    shown.insert(
        "resource".into(),
        Value::Object(plain_resource(resource, view)),
    );
    Value::Object(shown)
}

pub(crate) fn scope(resource: &CatalogResource, view: &View) -> Value {
    let mut shown = object([
        ("id", json!(scope_id(resource.id))),
        ("displayName", json!("Root")),
        ("description", json!("Root Scope")),
        ("originId", json!(origin(resource.object))),
        ("originSystem", json!(system(resource.object))),
        ("isRootScope", json!(true)),
    ]);
    shown.insert(
        "resource".into(),
        Value::Object(plain_resource(resource, view)),
    );
    Value::Object(shown)
}

/// A package by itself.
pub(crate) fn plain_package(package: &Package) -> Map<String, Value> {
    object([
        ("id", json!(package.id)),
        ("displayName", json!(package.display_name)),
        ("description", json!(package.description)),
        ("isHidden", json!(package.hidden.is_on())),
        ("createdDateTime", json!(package.created_at)),
        ("modifiedDateTime", json!(package.modified_at)),
    ])
}

/// The resource that a role of a package is of; a stand-in where the caller does not see the catalog whole.
fn resource_of(package: &Package, role: &PackageRole, view: &View) -> CatalogResource {
    view.resource(role.resource)
        .cloned()
        .unwrap_or(CatalogResource {
            id: role.resource,
            catalog: package.catalog,
            object: role.object,
            created_at: role.created_at,
            modified_at: role.created_at,
        })
}

/// A role in a package.
pub(crate) fn role_scope(package: &Package, held: &PackageRole, view: &View) -> Value {
    let resource = resource_of(package, held, view);
    let mut shown = object([
        ("id", json!(held.id())),
        ("createdDateTime", json!(held.created_at)),
    ]);
    shown.insert("role".into(), role(held.role, &resource, view));
    shown.insert("scope".into(), scope(&resource, view));
    Value::Object(shown)
}

/// A package with what belongs to it.
pub(crate) fn package(package: &Package, view: &View) -> Value {
    let mut shown = plain_package(package);
    if let Some(found) = view.catalog(package.catalog) {
        shown.insert("catalog".into(), Value::Object(plain_catalog(found)));
    }
    let held = package
        .roles
        .iter()
        .map(|held| role_scope(package, held, view));
    shown.insert("resourceRoleScopes".into(), held.collect());
    let policies = view.policies_of(package.id);
    shown.insert(
        "assignmentPolicies".into(),
        policies
            .map(|one| Value::Object(policy::plain(one)))
            .collect(),
    );
    // What a package does not go with is for those who manage it.
    let shuns = |ids: &[ephor_core::id::PackageId]| -> Value {
        ids.iter()
            .filter_map(|id| view.package(*id))
            .map(|one| Value::Object(plain_package(one)))
            .collect()
    };
    let whole = view.is_whole(package);
    let own: &[_] = if whole {
        &package.incompatible_packages
    } else {
        &[]
    };
    shown.insert("incompatibleAccessPackages".into(), shuns(own));
    let others: Vec<_> = view
        .packages
        .iter()
        .filter(|other| whole && other.incompatible_packages.contains(&package.id))
        .map(|other| other.id)
        .collect();
    shown.insert("accessPackagesIncompatibleWith".into(), shuns(&others));
    let groups = package
        .incompatible_groups
        .iter()
        .filter(|_| whole)
        .filter_map(|id| view.groups.get(id))
        .map(|group| json!({"id": group.id, "displayName": group.display_name}));
    shown.insert("incompatibleGroups".into(), groups.collect());
    Value::Object(shown)
}

/// Whoever asks or has something.
pub(crate) fn subject(id: PrincipalId, people: &People) -> Value {
    let person = people.get(&id);
    json!({
        "id": id,
        "objectId": id,
        "displayName": person.map(|person| &person.display_name),
        "principalName": person.and_then(|person| person.user_principal_name.as_ref()),
        "email": person.and_then(|person| person.mail.as_ref()),
        "onPremisesSecurityIdentifier": null,
        "subjectType": "user",
        "subjectLifecycle": "notDefined",
    })
}

fn expiration(end: Option<Instant>) -> Value {
    match end {
        Some(end) => json!({"type": "afterDateTime", "endDateTime": end, "duration": null}),
        None => json!({"type": "noExpiration", "endDateTime": null, "duration": null}),
    }
}

fn span(span: &Span) -> Value {
    json!({
        "startDateTime": span.starts_at(),
        "recurrence": null,
        "expiration": expiration(span.ends_at()),
    })
}

/// A package as somebody has it; what is granted stands beside what is held (R-G4).
pub(crate) fn assignment(shown: &AssignmentView, view: &View, now: Instant) -> Value {
    let AssignmentView {
        assignment, target, ..
    } = shown;
    let status = match shown.state {
        AssignmentState::Delivering => "PendingNotBefore",
        AssignmentState::Delivered => "Delivered",
        AssignmentState::PartiallyDelivered => "PartiallyDelivered",
        AssignmentState::DeliveryFailed => "DeliveryFailed",
        AssignmentState::Expired => "Expired",
    };
    let over = assignment.span.ends_at().filter(|end| *end <= now);
    let mut members = object([
        ("id", json!(assignment.id)),
        ("state", json!(shown.state)),
        ("status", json!(status)),
        ("expiredDateTime", json!(over)),
        ("schedule", span(&assignment.span)),
        ("customExtensionCalloutInstances", json!([])),
        (
            "@ephor.roles",
            shown
                .roles
                .iter()
                .map(|role| {
                    let object = role.role.object;
                    let name = view
                        .object(object)
                        .map(|object| object.display_name().to_owned());
                    json!({
                        "originId": origin(object),
                        "originSystem": system(object),
                        "resource": name,
                        "groupId": object.group(),
                        "group": object.group().and(name.as_ref()),
                        "role": role.role.display_name(),
                        "held": role.held.is_some(),
                        "until": role.held.and_then(|held| held.until),
                        "byPackage": role.held.is_some_and(|held| held.by_package),
                    })
                })
                .collect(),
        ),
    ]);
    let people: People = target
        .iter()
        .map(|person| (person.reference.id, person.clone()))
        .collect();
    members.insert("target".into(), subject(assignment.target, &people));
    members.insert("accessPackage".into(), package_of(assignment.package, view));
    members.insert(
        "assignmentPolicy".into(),
        match view.policy(assignment.policy) {
            Some(found) => Value::Object(policy::plain(found)),
            None => json!({"id": assignment.policy}),
        },
    );
    Value::Object(members)
}

fn package_of(id: ephor_core::id::PackageId, view: &View) -> Value {
    match view.package(id) {
        Some(found) => {
            let mut shown = plain_package(found);
            if let Some(catalog) = view.catalog(found.catalog) {
                shown.insert("catalog".into(), Value::Object(plain_catalog(catalog)));
            }
            Value::Object(shown)
        }
        None => json!({"id": id}),
    }
}

/// A request.
pub(crate) fn request(
    request: &PackageRequest,
    view: &View,
    people: &People,
    now: Instant,
) -> Value {
    let (starts_at, ends) = match &request.schedule {
        None => (
            None,
            json!({"type": "notSpecified", "endDateTime": null, "duration": null}),
        ),
        Some(info) => (
            info.starts_at,
            match &info.expiration {
                Expiration::NotSpecified => {
                    json!({"type": "notSpecified", "endDateTime": null, "duration": null})
                }
                Expiration::Never => expiration(None),
                Expiration::At(end) => expiration(Some(*end)),
                Expiration::After(duration) => {
                    json!({"type": "afterDuration", "endDateTime": null, "duration": duration})
                }
            },
        ),
    };
    let policy = view.policy(request.policy);
    let answers: Vec<_> = request
        .answers
        .iter()
        .map(|answer| {
            let asked = policy.and_then(|policy| {
                policy
                    .questions
                    .iter()
                    .find(|question| question.id == answer.question)
            });
            json!({
                "@odata.type": "#microsoft.graph.accessPackageAnswerString",
                "displayValue": answer.value,
                "value": answer.value,
                "answeredQuestion": asked.map_or_else(
                    || json!({"id": answer.question}),
                    policy::question,
                ),
            })
        })
        .collect();
    let mut members = object([
        ("id", json!(request.id)),
        ("requestType", json!(request.action)),
        ("state", json!(request.state(now))),
        ("status", json!(request.status(now))),
        ("createdDateTime", json!(request.created_at)),
        ("completedDateTime", json!(request.completed_at(now))),
        ("justification", json!(request.justification)),
        ("answers", answers.into()),
        ("customExtensionCalloutInstances", json!([])),
        (
            "schedule",
            json!({"startDateTime": starts_at, "recurrence": null, "expiration": ends}),
        ),
    ]);
    let requestor = match request.created_by {
        Actor::User(id) => subject(id, people),
        Actor::Application(id) => {
            json!({"id": id, "objectId": id, "subjectType": "servicePrincipal"})
        }
        Actor::Operator | Actor::System => Value::Null,
    };
    members.insert("requestor".into(), requestor);
    members.insert("accessPackage".into(), package_of(request.package, view));
    members.insert(
        "assignment".into(),
        json!({
            "id": request.assignment,
            "targetId": request.target,
            "accessPackageId": request.package,
            "assignmentPolicyId": request.policy,
            "target": subject(request.target, people),
        }),
    );
    Value::Object(members)
}

/// An approval with its stages so far.
pub(crate) fn approval(seen: &PackageApproval, people: &People, now: Instant) -> Value {
    json!({"id": seen.request.id, "stages": stages(seen, people, now)})
}

/// The stages of an approval that were decided, and the one that waits or was not decided in time.
pub(crate) fn stages(seen: &PackageApproval, people: &People, now: Instant) -> Vec<Value> {
    let request = &seen.request;
    let mut stages: Vec<_> = request
        .reviews
        .iter()
        .enumerate()
        .map(|(number, review)| stage(request, number, Some(review), false, "Completed", people))
        .collect();
    let waits = request.is_pending(now);
    let undecided = matches!(
        request.outcome,
        ephor_core::package::PackageOutcome::Pending { .. }
    );
    if waits || undecided {
        let status = if waits { "InProgress" } else { "Expired" };
        let number = request.reviews.len();
        stages.push(stage(request, number, None, seen.mine, status, people));
    }
    stages
}

fn stage(
    request: &PackageRequest,
    number: usize,
    review: Option<&Review>,
    mine: bool,
    status: &str,
    people: &People,
) -> Value {
    let result = match review.map(|review| review.decision) {
        None => "NotReviewed",
        Some(Decision::Approve) => "Approve",
        Some(Decision::Deny) => "Deny",
    };
    let by = review.and_then(|review| review.by.user());
    json!({
        "id": stage_id(request.id, number),
        "assignedToMe": mine,
        "displayName": format!("Stage {}", number + 1),
        "justification": review.and_then(|review| review.justification.as_ref()).map_or_else(
            || json!(""),
            |why| json!(why),
        ),
        "reviewResult": result,
        "reviewedBy": by.map(|id| json!({
            "id": id,
            "displayName": people.get(&id).map(|person| &person.display_name),
        })),
        "reviewedDateTime": review.map(|review| review.at),
        "status": status,
    })
}

/// The definition of a role over catalogs.
pub(crate) fn role_definition(role: CatalogRole) -> Value {
    json!({
        "id": role.definition(),
        "displayName": role.display_name(),
        "description": role.description(),
        "templateId": role.definition(),
        "isBuiltIn": true,
        "isEnabled": true,
        "version": "1.0",
        "resourceScopes": ["/"],
        "rolePermissions": [],
    })
}

/// A role over a catalog, as somebody has it.
pub(crate) fn role_assignment(assignment: &CatalogRoleAssignment) -> Value {
    json!({
        "id": assignment.id,
        "principalId": assignment.principal.id,
        "roleDefinitionId": assignment.role.definition(),
        "directoryScopeId": "/",
        "appScopeId": assignment.catalog.map_or_else(
            || "/".to_owned(),
            |catalog| format!("/AccessPackageCatalog/{catalog}"),
        ),
        "condition": null,
        "roleDefinition": role_definition(assignment.role),
    })
}

/// What is called out, beside what was done (R-G4).
pub(crate) fn warnings(called: &[Called]) -> Value {
    called.iter().map(Called::sentence).collect()
}

/// A lifecycle warning.
pub(crate) fn warning(called: &Called) -> Value {
    let warning = &called.warning;
    let iso = |length| ephor_core::time::IsoDuration::of(length);
    json!({
        "packageId": warning.package,
        "package": called.package,
        "policyId": warning.policy,
        "policy": called.policy,
        "originId": origin(warning.object),
        "originSystem": system(warning.object),
        "resource": called.object,
        "groupId": warning.object.group(),
        "group": warning.object.group().map(|_| &called.object),
        "role": warning.role.display_name(warning.object),
        "packageLasts": warning.package_lasts.map(iso),
        "roleLasts": iso(warning.role_lasts),
        "message": called.sentence(),
    })
}

/// A catalog as `/beta` shows it.
pub(crate) fn beta_catalog(catalog: &Catalog) -> Map<String, Value> {
    object([
        ("id", json!(catalog.id)),
        ("displayName", json!(catalog.display_name)),
        ("description", json!(catalog.description)),
        (
            "catalogType",
            json!(match catalog.kind {
                CatalogKind::UserManaged => "UserManaged",
                CatalogKind::ServiceDefault => "ServiceDefault",
            }),
        ),
        (
            "catalogStatus",
            json!(match catalog.state {
                CatalogState::Published => "Published",
                CatalogState::Unpublished => "Unpublished",
            }),
        ),
        ("isExternallyVisible", json!(catalog.guests.is_on())),
        ("createdBy", Value::Null),
        ("createdDateTime", json!(catalog.created_at)),
        ("modifiedBy", Value::Null),
        ("modifiedDateTime", json!(catalog.modified_at)),
    ])
}

/// A resource as `/beta` shows it.
pub(crate) fn beta_resource(resource: &CatalogResource, view: &View) -> Value {
    let (name, description) = named(view, resource);
    let roles = roles(resource, view).into_iter().map(beta_role);
    Value::Object(object([
        ("id", json!(resource.id)),
        ("displayName", json!(name)),
        ("description", description),
        ("originId", json!(origin(resource.object))),
        ("originSystem", json!(system(resource.object))),
        ("resourceType", json!(resource_type(resource.object))),
        ("isPendingOnboarding", json!(false)),
        ("addedOn", json!(resource.created_at)),
        ("url", Value::Null),
        ("accessPackageResourceRoles", roles.collect()),
        (
            "accessPackageResourceScopes",
            json!([beta_scope(scope(resource, view))]),
        ),
    ]))
}

fn renamed(value: Value) -> Value {
    let Value::Object(mut object) = value else {
        return value;
    };
    if let Some(Value::Object(mut resource)) = object.remove("resource") {
        let is_role = resource.get("originSystem") == Some(&json!(ROLE_SYSTEM));
        let kind = if is_role { "DirectoryRole" } else { "Group" };
        resource.insert("resourceType".into(), json!(kind));
        object.insert("accessPackageResource".into(), Value::Object(resource));
    }
    Value::Object(object)
}

fn beta_role(role: Value) -> Value {
    renamed(role)
}

fn beta_scope(scope: Value) -> Value {
    renamed(scope)
}

/// A package as `/beta` shows it.
pub(crate) fn beta_package(package: &Package, view: &View) -> Value {
    let held = package.roles.iter().map(|held| {
        let mut shown = role_scope(package, held, view);
        let role = beta_role(shown["role"].take());
        let scope = beta_scope(shown["scope"].take());
        json!({
            "id": held.id(),
            "createdDateTime": held.created_at,
            "accessPackageResourceRole": role,
            "accessPackageResourceScope": scope,
        })
    });
    let mut shown = object([
        ("id", json!(package.id)),
        ("catalogId", json!(package.catalog)),
        ("displayName", json!(package.display_name)),
        ("description", json!(package.description)),
        ("isHidden", json!(package.hidden.is_on())),
        ("isRoleScopesVisible", json!(true)),
        ("createdDateTime", json!(package.created_at)),
        ("modifiedDateTime", json!(package.modified_at)),
        ("accessPackageResourceRoleScopes", held.collect()),
    ]);
    if let Some(found) = view.catalog(package.catalog) {
        shown.insert(
            "accessPackageCatalog".into(),
            Value::Object(beta_catalog(found)),
        );
    }
    let policies = view.policies_of(package.id).map(policy::beta);
    shown.insert("accessPackageAssignmentPolicies".into(), policies.collect());
    Value::Object(shown)
}
