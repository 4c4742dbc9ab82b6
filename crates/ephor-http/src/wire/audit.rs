//! Entries of the audit log as `directoryAudit`s (`governance.md` 3.1).

use std::collections::HashMap;

use ephor_core::activity::{Activity, Came, Service};
use ephor_core::directory_role::DirectoryRole;
use ephor_core::event::Event;
use ephor_core::group::{Access, Group};
use ephor_core::id::{GroupId, PrincipalId, RoleDefinitionId};
use ephor_core::principal::{Principal, PrincipalKind};
use ephor_core::request::ScheduleRequest;
use ephor_store::AuditEntry;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::odata::shape::{Members, Usual};
use crate::types::{Complex, Type, Words};

const KEY_VALUES: Type = Type::List(&Type::Object(&Complex {
    name: "keyValue",
    properties: &[("key", Type::Text), ("value", Type::Text)],
}));
const MODIFIED: Type = Type::List(&Type::Object(&Complex {
    name: "modifiedProperty",
    properties: &[
        ("displayName", Type::Text),
        ("oldValue", Type::Text),
        ("newValue", Type::Text),
    ],
}));
const TARGETS: Type = Type::List(&Type::Object(&Complex {
    name: "targetResource",
    properties: &[
        ("id", Type::Id),
        ("displayName", Type::Text),
        ("type", Type::Text),
        ("userPrincipalName", Type::Text),
        ("groupType", Type::Text),
        ("modifiedProperties", MODIFIED),
    ],
}));
const INITIATOR: Type = Type::Object(&Complex {
    name: "auditActivityInitiator",
    properties: &[
        (
            "user",
            Type::Object(&Complex {
                name: "auditUserIdentity",
                properties: &[
                    ("id", Type::Id),
                    ("displayName", Type::Text),
                    ("userPrincipalName", Type::Text),
                    ("ipAddress", Type::Text),
                ],
            }),
        ),
        (
            "app",
            Type::Object(&Complex {
                name: "appIdentity",
                properties: &[
                    ("appId", Type::Id),
                    ("displayName", Type::Text),
                    ("servicePrincipalId", Type::Id),
                    ("servicePrincipalName", Type::Text),
                ],
            }),
        ),
    ],
});

/// What an entry has.
pub(crate) const AUDIT: Members = Members {
    name: "directoryAudit",
    properties: &[
        ("id", Type::Id),
        ("category", Type::Text),
        ("correlationId", Type::Id),
        (
            "result",
            Type::Words(&Words {
                name: "operationResult",
                words: &["success", "failure", "timeout"],
            }),
        ),
        ("resultReason", Type::Text),
        ("activityDisplayName", Type::Text),
        ("activityDateTime", Type::Time),
        ("loggedByService", Type::Text),
        ("operationType", Type::Text),
        ("initiatedBy", INITIATOR),
        ("targetResources", TARGETS),
        ("additionalDetails", KEY_VALUES),
    ],
    usual: Usual::All,
    related: &[],
};

/// What those that entries speak of are called.
#[derive(Default)]
pub(crate) struct Names {
    principals: HashMap<PrincipalId, Principal>,
    groups: HashMap<GroupId, Group>,
}

impl Names {
    pub(crate) fn of(principals: Vec<Principal>, groups: Vec<Group>) -> Self {
        let principals = principals.into_iter();
        let groups = groups.into_iter();
        Self {
            principals: principals.map(|one| (one.reference.id, one)).collect(),
            groups: groups.map(|one| (one.id, one)).collect(),
        }
    }
}

/// Who did it, where it was a person.
pub(crate) fn actor(entry: &AuditEntry) -> Option<PrincipalId> {
    entry.caller["actor"]["user"].as_str()?.parse().ok()
}

/// One activity of an entry, the `index`th.
pub(crate) fn audit(
    entry: &AuditEntry,
    index: usize,
    activity: &Activity,
    names: &Names,
) -> Map<String, Value> {
    let correlation = correlation(entry);
    super::object([
        (
            "id",
            json!(id(activity.service, correlation, index, entry.sequence)),
        ),
        ("category", json!(activity.category)),
        ("correlationId", json!(correlation)),
        (
            "result",
            json!(match activity.came {
                Came::Success => "success",
                Came::Failure => "failure",
            }),
        ),
        ("resultReason", json!(reason(&entry.event))),
        ("activityDisplayName", json!(activity.name)),
        ("activityDateTime", json!(entry.at)),
        ("loggedByService", json!(activity.service.as_str())),
        ("operationType", json!(activity.operation)),
        ("initiatedBy", initiated_by(entry, names)),
        ("targetResources", targets(entry, activity, names)),
        ("additionalDetails", details(entry, activity)),
    ])
}

/// `PIM_{guid}_{index}_{sequence}`: the last part finds the entry.
fn id(service: Service, correlation: Uuid, index: usize, sequence: i64) -> String {
    let front = match service {
        Service::Pim => "PIM",
        Service::Directory => "Directory",
        Service::EntitlementManagement => "EntitlementManagement",
        Service::Ephor => "Ephor",
    };
    format!("{front}_{correlation}_{index}_{sequence}")
}

/// The entry that an id names.
pub(crate) fn sequence(id: &str) -> Option<i64> {
    id.rsplit_once('_')?.1.parse().ok()
}

/// What all entries of one request share.
fn correlation(entry: &AuditEntry) -> Uuid {
    let named = entry.caller["requestId"].as_str();
    named
        .and_then(|text| text.parse().ok())
        .or_else(|| entry.hash.get(..32)?.parse().ok())
        .unwrap_or_default()
}

fn request(event: &Event) -> Option<&ScheduleRequest> {
    match event {
        Event::ScheduleGranted { request, .. } | Event::SchedulesEnded { request, .. } => {
            request.as_deref()
        }
        Event::ScheduleSuperseded { request, .. }
        | Event::RequestOpened { request }
        | Event::RequestDecided { request, .. }
        | Event::RequestCanceled { request, .. } => Some(request),
        _ => None,
    }
}

/// Why: what the asker or the approver gave as reason, or what whoever was refused was told.
fn reason(event: &Event) -> Option<String> {
    match event {
        Event::AttemptRefused { refusal, .. } => Some(refusal.sentence.clone()),
        Event::RequestDecided { request, .. } => {
            let review = request.review.as_ref()?;
            Some(review.justification.as_ref()?.to_string())
        }
        other => Some(request(other)?.justification.as_ref()?.to_string()),
    }
}

fn initiated_by(entry: &AuditEntry, names: &Names) -> Value {
    let address = entry.caller["address"].as_str();
    let (id, known) = match actor(entry) {
        Some(id) => (Some(id), names.principals.get(&id)),
        None => (None, None),
    };
    let display_name = match (id, entry.caller["actor"].as_str()) {
        (Some(_), _) => known.map(|person| person.display_name.to_string()),
        (None, Some("operator")) => Some("Operator".to_owned()),
        (None, _) => Some("Ephor".to_owned()),
    };
    json!({
        "user": {
            "id": id,
            "displayName": display_name,
            "userPrincipalName": known.and_then(|person| person.user_principal_name.as_ref()),
            "ipAddress": address,
        },
        "app": null,
    })
}

fn target(id: Value, name: Value, kind: &str) -> Value {
    json!({
        "id": id,
        "displayName": name,
        "type": kind,
        "userPrincipalName": null,
        "groupType": null,
        "modifiedProperties": [],
    })
}

/// What it is about. Consumers take the person of PIM's entries from the third place and the group from the
/// fourth.
fn targets(entry: &AuditEntry, activity: &Activity, names: &Names) -> Value {
    let of_group = activity.access.map(|access| match access {
        Access::Member => "Member".to_owned(),
        Access::Owner => "Owner".to_owned(),
    });
    let role = of_group.or_else(|| activity.definition.map(role_name));
    let person = activity.principal.map(|id| person(id, names));
    let group = activity.group.map(|id| group(id, names));
    let mut all = Vec::new();
    match (role, person) {
        (Some(role), Some(person)) => {
            let request = activity.request;
            all.push(target(json!(activity.definition), json!(role), "Role"));
            all.push(target(json!(request), Value::Null, "Request"));
            all.push(person);
            all.extend(group);
        }
        (Some(role), None) => {
            let mut role = target(json!(activity.definition), json!(role), "Role");
            role["modifiedProperties"] = changes(&entry.event);
            all.push(role);
            all.extend(group);
        }
        (None, person) => {
            all.extend(person);
            all.extend(group);
            if let Some(first) = all.first_mut() {
                first["modifiedProperties"] = changes(&entry.event);
            }
        }
    }
    if let Event::SettingsChanged { .. } = &entry.event {
        let mut tenant = target(Value::Null, Value::Null, "Directory");
        tenant["modifiedProperties"] = changes(&entry.event);
        all.push(tenant);
    }
    json!(all)
}

/// What a directory role is called; of the tenant's own the id.
fn role_name(id: RoleDefinitionId) -> String {
    DirectoryRole::of(id).map_or_else(|| id.to_string(), |role| role.display_name().to_owned())
}

fn person(id: PrincipalId, names: &Names) -> Value {
    let known = names.principals.get(&id);
    let kind = match known.map(|known| known.reference.kind) {
        Some(PrincipalKind::Group) => "Group",
        Some(PrincipalKind::ServicePrincipal) => "ServicePrincipal",
        Some(PrincipalKind::User) | None => "User",
    };
    let name = known.map(|known| &known.display_name);
    let mut person = target(json!(id), json!(name), kind);
    let upn = known.and_then(|known| known.user_principal_name.as_ref());
    person["userPrincipalName"] = json!(upn);
    person
}

fn group(id: GroupId, names: &Names) -> Value {
    let known = names.groups.get(&id);
    let name = known.map(|known| &known.display_name);
    let mut group = target(json!(id), json!(name), "Group");
    group["groupType"] = json!(known.map(|known| if known.kind.is_unified() {
        "unifiedGroups"
    } else {
        "azureAD"
    }));
    group
}

/// What changed, property by property; values are JSON inside of text, as consumers expect them.
fn changes(event: &Event) -> Value {
    let (before, after) = match event {
        Event::PolicyChanged { before, after, .. } => (json!(before), json!(after)),
        Event::SettingsChanged { before, after, .. } => (json!(before), json!(after)),
        Event::UserChanged { before, after, .. } => (json!(before), json!(after)),
        Event::GroupChanged { before, after, .. } => (json!(before), json!(after)),
        _ => return json!([]),
    };
    let (Value::Object(before), Value::Object(after)) = (before, after) else {
        return json!([]);
    };
    let differing = after
        .iter()
        .filter(|(name, value)| before.get(*name) != Some(value));
    let shown = differing.map(|(name, value)| {
        json!({
            "displayName": name,
            "oldValue": before.get(name).map(Value::to_string),
            "newValue": value.to_string(),
        })
    });
    shown.collect()
}

fn details(entry: &AuditEntry, activity: &Activity) -> Value {
    let mut details: Vec<Value> = Vec::new();
    let mut add = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            details.push(json!({"key": key, "value": value}));
        }
    };
    add("RequestId", activity.request.map(|id| id.to_string()));
    if let Some(request) = request(&entry.event) {
        let text = |text: Option<&dyn std::fmt::Display>| text.map(ToString::to_string);
        add("ActionType", Some(request.action.to_string()));
        add(
            "Justification",
            request.justification.as_ref().map(ToString::to_string),
        );
        let ticket = &request.ticket;
        add(
            "TicketNumber",
            text(ticket.number.as_ref().map(|one| one as _)),
        );
        add(
            "TicketSystem",
            text(ticket.system.as_ref().map(|one| one as _)),
        );
    }
    if let Some(span) = span(&entry.event) {
        add("StartTime", Some(span.starts_at().to_string()));
        add("ExpirationTime", span.ends_at().map(|end| end.to_string()));
    }
    if let Event::ScheduleLapsed { ended_at, .. } = &entry.event {
        add("ExpirationTime", Some(ended_at.to_string()));
    }
    add(
        "ipaddr",
        entry.caller["address"].as_str().map(str::to_owned),
    );
    add("oid", actor(entry).map(|id| id.to_string()));
    json!(details)
}

fn span(event: &Event) -> Option<ephor_core::time::Span> {
    match event {
        Event::ScheduleGranted { schedule, .. } | Event::ScheduleSuperseded { schedule, .. } => {
            Some(schedule.span)
        }
        Event::RequestDecided { schedule, .. } => schedule.as_ref().map(|schedule| schedule.span),
        _ => None,
    }
}
