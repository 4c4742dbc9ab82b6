//! Schedule requests on the wire, out and in (`pim-groups.md` sections 0, 1.3 and 2).

use ephor_core::caller::Actor;
use ephor_core::group::Access;
use ephor_core::id::{GrantId, GroupId, PrincipalId, RoleDefinitionId, ScheduleId};
use ephor_core::request::{Action, ApprovalNeed, Ask, RequestStatus, ScheduleRequest, Ticket};
use ephor_core::role::{DirectoryScope, Role, RoleKind};
use ephor_core::schedule::{Expiration, ScheduleInfo, ScheduleKind};
use ephor_core::text::{Justification, TicketNumber, TicketSystem};
use ephor_core::time::{Instant, IsoDuration};
use serde_json::{Map, Value, json};

use super::group::GROUP;
use super::object::OBJECT;
use super::role_schedule;
use super::schedule::{ASSIGNMENT, ELIGIBILITY, info, shown_id};
use crate::fields::{Fields, Read};
use crate::json::Json;
use crate::odata::shape::{Link, Members, Usual};
use crate::types::{ACCESS, IDENTITY_SET, SCHEDULE_INFO, TICKET_INFO, Type, Words};

const PROPERTIES: &[(&str, Type)] = &[
    ("id", Type::Id),
    ("status", Type::Text),
    ("createdDateTime", Type::Time),
    ("completedDateTime", Type::Time),
    ("approvalId", Type::Id),
    ("customData", Type::Text),
    ("createdBy", IDENTITY_SET),
    ("action", ACTION),
    ("isValidationOnly", Type::Bool),
    ("justification", Type::Text),
    ("scheduleInfo", SCHEDULE_INFO),
    ("ticketInfo", TICKET_INFO),
    ("principalId", Type::Id),
    ("accessId", ACCESS),
    ("groupId", Type::Id),
    ("targetScheduleId", Type::Id),
];

pub(crate) const ACTION: Type = Type::Words(&Words {
    name: "scheduleRequestActions",
    words: &[
        "adminAssign",
        "adminUpdate",
        "adminRemove",
        "selfActivate",
        "selfDeactivate",
        "adminExtend",
        "adminRenew",
        "selfExtend",
        "selfRenew",
    ],
});

const ELIGIBILITY_REQUEST: Members = Members {
    name: "privilegedAccessGroupEligibilityScheduleRequest",
    properties: PROPERTIES,
    usual: Usual::All,
    related: &[
        Link::one("group", &GROUP),
        Link::one("principal", &OBJECT),
        Link::one("targetSchedule", &ELIGIBILITY),
    ],
};
/// What a request about active assignment has.
pub(crate) const ASSIGNMENT_REQUEST: Members = Members {
    name: "privilegedAccessGroupAssignmentScheduleRequest",
    properties: PROPERTIES,
    usual: Usual::All,
    related: &[
        Link::one("group", &GROUP),
        Link::one("principal", &OBJECT),
        Link::one("targetSchedule", &ASSIGNMENT),
        Link::one("activatedUsing", &ELIGIBILITY),
    ],
};

/// What the requests of a collection have.
pub(crate) const fn members(of: RoleKind, kind: ScheduleKind) -> &'static Members {
    match (of, kind) {
        (RoleKind::Directory, _) => role_schedule::request_members(kind),
        (RoleKind::Group, ScheduleKind::Eligible) => &ELIGIBILITY_REQUEST,
        (RoleKind::Group, ScheduleKind::Active) => &ASSIGNMENT_REQUEST,
    }
}

/// Where a collection is, under the version.
pub(crate) const fn place(of: RoleKind, kind: ScheduleKind) -> &'static str {
    match (of, kind) {
        (RoleKind::Group, ScheduleKind::Eligible) => {
            "identityGovernance/privilegedAccess/group/eligibilityScheduleRequests"
        }
        (RoleKind::Group, ScheduleKind::Active) => {
            "identityGovernance/privilegedAccess/group/assignmentScheduleRequests"
        }
        (RoleKind::Directory, ScheduleKind::Eligible) => {
            "roleManagement/directory/roleEligibilityScheduleRequests"
        }
        (RoleKind::Directory, ScheduleKind::Active) => {
            "roleManagement/directory/roleAssignmentScheduleRequests"
        }
    }
}

/// A request as it stands at `now`.
pub(crate) fn request(request: &ScheduleRequest, now: Instant) -> Map<String, Value> {
    let mut members = super::object([
        ("id", json!(request.id)),
        ("status", json!(request.status(now))),
        ("createdDateTime", json!(request.created_at)),
        ("completedDateTime", json!(request.completed_at(now))),
        ("approvalId", approval_id(request)),
        ("customData", Value::Null),
        ("createdBy", created_by(request.created_by)),
        ("action", json!(request.action)),
        ("isValidationOnly", json!(false)),
        ("justification", json!(request.justification)),
        (
            "scheduleInfo",
            request.info.as_ref().map_or(Value::Null, info),
        ),
        (
            "ticketInfo",
            json!({"ticketNumber": request.ticket.number, "ticketSystem": request.ticket.system}),
        ),
        ("principalId", json!(request.principal)),
    ]);
    members.extend(super::role::of_role(request.role));
    let target = request.target.map_or(Value::Null, shown_id);
    members.insert("targetScheduleId".into(), target);
    members
}

/// The approval of a request has the request's own id, for clients make the one's address of the other
/// (`pim-groups.md` section 0).
fn approval_id(request: &ScheduleRequest) -> Value {
    match request.approval {
        ApprovalNeed::Asked => json!(request.id),
        ApprovalNeed::None => Value::Null,
    }
}

/// What a request would be answered with: it was only tried, so nothing of it is in force.
pub(crate) fn tried(tried: &ScheduleRequest, now: Instant) -> Map<String, Value> {
    let mut members = request(tried, now);
    let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
    let status = if tried.is_pending(now) {
        tried.status(now)
    } else {
        RequestStatus::Granted
    };
    put("status", json!(status));
    put("approvalId", Value::Null);
    put("completedDateTime", Value::Null);
    put("isValidationOnly", json!(true));
    members
}

fn created_by(actor: Actor) -> Value {
    match actor {
        Actor::User(id) => json!({
            "application": null,
            "device": null,
            "user": {"displayName": null, "id": id},
        }),
        Actor::Application(id) => json!({
            "application": {"displayName": null, "id": id},
            "device": null,
            "user": null,
        }),
        Actor::Operator | Actor::System => json!({
            "application": {"displayName": "Ephor", "id": null},
            "device": null,
            "user": null,
        }),
    }
}

/// What a client sent: what is asked, and whether it is only to be tried.
pub(crate) struct Posted {
    pub(crate) ask: Ask,
    pub(crate) only_try: bool,
}

/// Reads the body of a request.
pub(crate) fn posted(fields: &Fields<'_>, of: RoleKind, kind: ScheduleKind) -> Read<Posted> {
    let words: Vec<&str> = Action::ALL.iter().map(|action| action.as_str()).collect();
    let action = fields
        .word("action", Action::parse, &words)?
        .ok_or_else(|| fields.missing("action"))?;
    let principal = fields
        .parsed::<PrincipalId>("principalId")?
        .ok_or_else(|| fields.missing("principalId"))?;
    let role = match of {
        RoleKind::Group => role_of_group(fields)?,
        RoleKind::Directory => directory_role(fields)?,
    };
    about(fields, role, kind, action, principal)
}

/// What an activation in Ephor's own API may name.
pub(crate) const ACTIVATION: &[(&str, Type)] = &[
    ("groupId", Type::Id),
    ("accessId", ACCESS),
    ("roleDefinitionId", Type::Id),
    ("directoryScopeId", Type::Text),
    ("scheduleInfo", SCHEDULE_INFO),
    ("justification", Type::Text),
    ("ticketInfo", TICKET_INFO),
    ("isValidationOnly", Type::Bool),
];

/// Reads one of several activations of Ephor's own API, of a role of a group or of a directory role: always the
/// caller's own.
pub(crate) fn activation(fields: &Fields<'_>, me: PrincipalId) -> Read<Posted> {
    let names: Vec<&str> = ACTIVATION.iter().map(|(name, _)| *name).collect();
    fields.only(&names)?;
    let role = if fields.get("roleDefinitionId").is_some_and(says_something) {
        directory_role(fields)?
    } else {
        role_of_group(fields)?
    };
    about(fields, role, ScheduleKind::Active, Action::SelfActivate, me)
}

fn role_of_group(fields: &Fields<'_>) -> Read<Role> {
    Ok(Role::of(
        fields
            .parsed::<GroupId>("groupId")?
            .ok_or_else(|| fields.missing("groupId"))?,
        fields
            .parsed::<Access>("accessId")?
            .ok_or_else(|| fields.missing("accessId"))?,
    ))
}

/// The directory role that a body names, and over what it is held.
pub(crate) fn directory_role(fields: &Fields<'_>) -> Read<Role> {
    if fields.get("appScopeId").is_some_and(says_something) {
        return Err(fields.wrong(
            "appScopeId",
            "is given, but roles of the directory have no application's scope; give directoryScopeId",
        ));
    }
    let definition = fields
        .parsed::<RoleDefinitionId>("roleDefinitionId")?
        .ok_or_else(|| fields.missing("roleDefinitionId"))?;
    let scope = fields
        .parsed::<DirectoryScope>("directoryScopeId")?
        .ok_or_else(|| fields.missing("directoryScopeId"))?;
    Ok(Role::Directory { definition, scope })
}

fn about(
    fields: &Fields<'_>,
    role: Role,
    kind: ScheduleKind,
    action: Action,
    principal: PrincipalId,
) -> Read<Posted> {
    let ticket = match fields.object("ticketInfo")? {
        None => Ticket::default(),
        Some(ticket) => Ticket {
            system: ticket.limited("ticketSystem", TicketSystem::new)?,
            number: ticket.limited("ticketNumber", TicketNumber::new)?,
        },
    };
    Ok(Posted {
        ask: Ask {
            kind,
            action,
            role,
            principal,
            info: schedule_info(fields)?,
            justification: fields.limited("justification", Justification::new)?,
            ticket,
            target: match role.kind() {
                RoleKind::Group => fields.parsed::<ScheduleId>("targetScheduleId")?,
                RoleKind::Directory => fields
                    .parsed::<GrantId>("targetScheduleId")?
                    .map(|grant| ScheduleId { role, grant }),
            },
        },
        only_try: fields.bool("isValidationOnly")?.unwrap_or(false),
    })
}

/// Reads `scheduleInfo`.
pub(crate) fn schedule_info(fields: &Fields<'_>) -> Read<Option<ScheduleInfo>> {
    schedule_of(fields, "scheduleInfo")
}

/// Reads a schedule under this name.
pub(crate) fn schedule_of(fields: &Fields<'_>, name: &str) -> Read<Option<ScheduleInfo>> {
    let Some(info) = fields.object(name)? else {
        return Ok(None);
    };
    if info.get("recurrence").is_some_and(says_something) {
        return Err(info.unsupported(
            "recurrence",
            "is given, but nothing recurs here; leave it out or give null",
        ));
    }
    Ok(Some(ScheduleInfo {
        starts_at: info.parsed::<Instant>("startDateTime")?,
        expiration: match info.object("expiration")? {
            None => Expiration::NotSpecified,
            Some(expiration) => read_expiration(&expiration)?,
        },
    }))
}

/// Whether anything but null is in a value: clients send recurrences of nothing but nulls.
fn says_something(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Object(object) => object
            .names()
            .filter(|name| !name.starts_with('@'))
            .any(|name| object.get(name).is_some_and(says_something)),
        Json::Bool(_) | Json::Int(_) | Json::Float(_) | Json::Text(_) | Json::List(_) => true,
    }
}

/// The words of `expiration.type`.
const TYPES: [&str; 4] = [
    "notSpecified",
    "noExpiration",
    "afterDateTime",
    "afterDuration",
];

/// The type says what counts: a duration that comes along with `noExpiration` is passed over, as a known
/// client always sends one (`pim-groups.md` 1.3).
fn read_expiration(fields: &Fields<'_>) -> Read<Expiration> {
    let which = |text: &str| {
        TYPES
            .into_iter()
            .find(|word| word.eq_ignore_ascii_case(text))
    };
    match fields.word("type", which, &TYPES)? {
        Some("noExpiration") => Ok(Expiration::Never),
        Some("afterDateTime") => fields
            .parsed("endDateTime")?
            .map(Expiration::At)
            .ok_or_else(|| fields.missing("endDateTime")),
        Some("afterDuration") => fields
            .parsed::<IsoDuration>("duration")?
            .map(Expiration::After)
            .ok_or_else(|| fields.missing("duration")),
        Some(_) => Ok(Expiration::NotSpecified),
        None if fields.get("duration").is_none() && fields.get("endDateTime").is_none() => {
            Ok(Expiration::NotSpecified)
        }
        None => Err(fields.missing("type")),
    }
}
