//! Who had which role at an instant, by which grant, chain, request, policy version and approver:
//! `GET /ephor/v1/groups/{id}/access?asOf=`, `roleDefinitions/{id}/access?asOf=`, `users/{id}/access?asOf=`; and what differs between two instants:
//! `GET /ephor/v1/access/difference?from=&to=`.

use std::collections::HashMap;

use ephor_core::caller::Actor;
use ephor_core::holding::{Change, ChangeKind, Held, Holding, Link, Through};
use ephor_core::id::{GroupId, PrincipalId, RoleDefinitionId};
use ephor_core::principal::{Principal, PrincipalKind};
use ephor_core::request::ScheduleRequest;
use ephor_core::role::ObjectId;
use ephor_core::schedule::ScheduleKind;
use ephor_core::time::Instant;
use ephor_ops::access::{self, Between, Part, Told, Whose};
use serde_json::{Map, Value, json};

use super::parsed;
use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::odata::listing::number;
use crate::odata::shape::{Members, Usual};
use crate::types::{ACCESS, Complex, IDENTITY_SET, Type, Words};
use crate::wire::role::scope_of;
use crate::wire::schedule::{assignment_type, shown_id};

/// The request that made a grant.
const REQUEST: Complex = Complex {
    name: "ephorEvidenceRequest",
    properties: &[
        ("id", Type::Id),
        ("action", Type::Text),
        ("createdDateTime", Type::Time),
        ("createdBy", IDENTITY_SET),
        ("justification", Type::Text),
        ("ticketInfo", Type::Document),
        ("policyVersion", Type::Int),
        ("review", Type::Object(&REVIEW)),
    ],
};
const REVIEW: Complex = Complex {
    name: "ephorEvidenceReview",
    properties: &[
        ("decision", Type::Text),
        ("by", IDENTITY_SET),
        ("dateTime", Type::Time),
        ("justification", Type::Text),
    ],
};
/// A grant in a chain.
const LINK: Complex = Complex {
    name: "ephorEvidence",
    properties: &[
        ("scheduleId", Type::Id),
        ("groupId", Type::Id),
        ("accessId", ACCESS),
        ("roleDefinitionId", Type::Id),
        ("directoryScopeId", Type::Text),
        ("principalId", Type::Id),
        ("state", STATE),
        ("assignmentType", Type::Text),
        ("startDateTime", Type::Time),
        ("endDateTime", Type::Time),
        ("grantedEndDateTime", Type::Time),
        ("endedBy", Type::Text),
        ("createdDateTime", Type::Time),
        ("givenBy", IDENTITY_SET),
        ("request", Type::Object(&REQUEST)),
    ],
};
const CHAIN: Type = Type::List(&Type::Object(&LINK));
const STATE: Type = Type::Words(&Words {
    name: "ephorAccessState",
    words: &["eligible", "active"],
});
const MEMBER_TYPE: Type = Type::Words(&Words {
    name: "ephorAccessMemberType",
    words: &["direct", "group"],
});
const HOLDING: Complex = Complex {
    name: "ephorAccess",
    properties: &[
        ("groupId", Type::Id),
        ("groupDisplayName", Type::Text),
        ("accessId", ACCESS),
        ("roleDefinitionId", Type::Id),
        ("roleDisplayName", Type::Text),
        ("directoryScopeId", Type::Text),
        ("state", STATE),
        ("principalId", Type::Id),
        ("principalType", Type::Text),
        ("principalDisplayName", Type::Text),
        ("principalName", Type::Text),
        ("memberType", MEMBER_TYPE),
        ("chain", CHAIN),
    ],
};
const CHANGE: Complex = Complex {
    name: "ephorAccessChange",
    properties: &[
        ("change", Type::Text),
        ("groupId", Type::Id),
        ("groupDisplayName", Type::Text),
        ("accessId", ACCESS),
        ("roleDefinitionId", Type::Id),
        ("roleDisplayName", Type::Text),
        ("directoryScopeId", Type::Text),
        ("state", STATE),
        ("principalId", Type::Id),
        ("principalType", Type::Text),
        ("principalDisplayName", Type::Text),
        ("principalName", Type::Text),
        ("memberType", MEMBER_TYPE),
        ("before", Type::List(&CHAIN)),
        ("after", Type::List(&CHAIN)),
    ],
};
/// Who had what at an instant.
pub(crate) const AS_OF: Members = Members {
    name: "ephorAccessAsOf",
    properties: &[
        ("asOf", Type::Time),
        ("value", Type::List(&Type::Object(&HOLDING))),
    ],
    usual: Usual::All,
    related: &[],
};
/// What differs between two instants.
pub(crate) const DIFFERENCE: Members = Members {
    name: "ephorAccessDifference",
    properties: &[
        ("from", Type::Time),
        ("to", Type::Time),
        ("value", Type::List(&Type::Object(&CHANGE))),
    ],
    usual: Usual::All,
    related: &[],
};

/// How many rows a page may have.
const PAGE_MAX: u32 = 1_000;
/// How many a page has where nobody says.
const PAGE: u32 = 100;

/// `GET /ephor/v1/groups/{id}/access`
pub(crate) async fn of_group(call: Call) -> Result<Answer, HttpError> {
    let group = ObjectId::Group(call.id::<GroupId>(0)?);
    of_object(call, group).await
}

/// `GET /ephor/v1/roleDefinitions/{id}/access`
pub(crate) async fn of_directory_role(call: Call) -> Result<Answer, HttpError> {
    let definition = ObjectId::Directory(call.id::<RoleDefinitionId>(0)?);
    of_object(call, definition).await
}

async fn of_object(call: Call, object: ObjectId) -> Result<Answer, HttpError> {
    let part = part(&call)?;
    let at = parsed::<Instant>(&call, "asOf")?;
    let found = call
        .read("access.of_object", move |tx, caller| {
            access::of_object(tx, caller, object, at, part)
        })
        .await?;
    Ok(as_of(call, part, found))
}

/// `GET /ephor/v1/users/{id}/access`
pub(crate) async fn of_principal(call: Call) -> Result<Answer, HttpError> {
    let (principal, part) = (call.id::<PrincipalId>(0)?, part(&call)?);
    let at = parsed::<Instant>(&call, "asOf")?;
    let found = call
        .read("access.of_principal", move |tx, caller| {
            access::of_principal(tx, caller, principal, at, part)
        })
        .await?;
    Ok(as_of(call, part, found))
}

/// `GET /ephor/v1/access/difference`, of one group by `groupId`, of one directory role by `roleDefinitionId`,
/// of one principal by `principalId`.
pub(crate) async fn difference(call: Call) -> Result<Answer, HttpError> {
    let part = part(&call)?;
    let group = parsed::<GroupId>(&call, "groupId")?;
    let definition = parsed::<RoleDefinitionId>(&call, "roleDefinitionId")?;
    let principal = parsed::<PrincipalId>(&call, "principalId")?;
    let whose = match (group, definition, principal) {
        (Some(group), None, None) => Whose::Object(ObjectId::Group(group)),
        (None, Some(definition), None) => Whose::Object(ObjectId::Directory(definition)),
        (None, None, Some(principal)) => Whose::Principal(principal),
        (None, None, None) => Whose::Everybody,
        (_, _, _) => {
            return Err(HttpError::bad_request(
                "Give one of groupId, roleDefinitionId and principalId: the difference is that of one of them.",
            ));
        }
    };
    let from = parsed::<Instant>(&call, "from")?;
    let to = parsed::<Instant>(&call, "to")?;
    let between = Between { from, to, whose };
    let found = call
        .read("access.difference", move |tx, caller| {
            access::difference(tx, caller, between, part)
        })
        .await?;
    let to = found.value.at;
    let mut body = Map::new();
    body.insert("from".into(), json!(from));
    body.insert("to".into(), json!(to));
    Ok(page(call, part, found, "to", body, change))
}

fn part(call: &Call) -> Result<Part, HttpError> {
    call.query(call.options.only(&["$top", "$skiptoken"]))?;
    Ok(Part {
        skip: call
            .page()?
            .map_or(0, |place| u32::try_from(place.at).unwrap_or(u32::MAX)),
        top: call.query(number(&call.options, "$top", PAGE, 1, PAGE_MAX))?,
    })
}

fn as_of(call: Call, part: Part, found: At<Told<Holding>>) -> Answer {
    let mut body = Map::new();
    body.insert("asOf".into(), json!(found.value.at));
    page(call, part, found, "asOf", body, holding)
}

/// A page; the link to the next one names the instant, also where "now" was meant.
fn page<T>(
    mut call: Call,
    part: Part,
    found: At<Told<T>>,
    instant: &str,
    mut body: Map<String, Value>,
    shown: impl Fn(&T, &Names<'_>) -> Value,
) -> Answer {
    let At { now, value: told } = found;
    let at = told.at;
    call.options = call.options.or_else(instant, || at.to_string());
    let place = u64::from(part.skip) + u64::from(part.top);
    if let Some(link) = call.next_link(place, now).filter(|_| told.more) {
        body.insert("@odata.nextLink".into(), link.into());
    }
    let names = Names::of(&told);
    let rows = told.rows.iter().map(|row| shown(row, &names)).collect();
    body.insert("value".into(), rows);
    Answer::json(Value::Object(body))
}

/// What principals, groups and directory roles are called now; those that were deleted are called nothing any more.
struct Names<'a> {
    principals: HashMap<PrincipalId, &'a Principal>,
    groups: HashMap<GroupId, &'a ephor_core::text::DisplayName>,
    definitions: HashMap<RoleDefinitionId, &'a str>,
}

impl<'a> Names<'a> {
    fn of<T>(told: &'a Told<T>) -> Self {
        let principals = told.principals.iter();
        let groups = told.groups.iter();
        Self {
            principals: principals.map(|one| (one.reference.id, one)).collect(),
            groups: groups.map(|one| (one.id, &one.display_name)).collect(),
            definitions: told
                .definitions
                .iter()
                .map(|one| (one.id(), one.display_name()))
                .collect(),
        }
    }

    /// Whoever did something.
    fn actor(&self, actor: Actor) -> Value {
        let name = |id| {
            self.principals
                .get(&id)
                .map(|principal| principal.display_name.as_str())
        };
        super::identity(actor, name)
    }
}

const fn state(kind: ScheduleKind) -> &'static str {
    match kind {
        ScheduleKind::Eligible => "eligible",
        ScheduleKind::Active => "active",
    }
}

fn held(held: Held, names: &Names<'_>) -> Map<String, Value> {
    let principal = names.principals.get(&held.principal.id);
    let group = held.role.group().and_then(|id| names.groups.get(&id));
    let definition = held
        .role
        .definition()
        .and_then(|id| names.definitions.get(&id));
    crate::wire::object([
        ("groupId", json!(held.role.group())),
        ("groupDisplayName", json!(group)),
        ("accessId", json!(held.role.access())),
        ("roleDefinitionId", json!(held.role.definition())),
        ("roleDisplayName", json!(definition)),
        ("directoryScopeId", json!(scope_of(held.role))),
        ("state", json!(state(held.kind))),
        ("principalId", json!(held.principal.id)),
        (
            "principalType",
            json!(match held.principal.kind {
                PrincipalKind::User => "user",
                PrincipalKind::Group => "group",
                PrincipalKind::ServicePrincipal => "servicePrincipal",
            }),
        ),
        (
            "principalDisplayName",
            json!(principal.map(|one| &one.display_name)),
        ),
        (
            "principalName",
            json!(principal.and_then(|one| one.user_principal_name.as_ref())),
        ),
        (
            "memberType",
            json!(match held.through {
                Through::Direct => "direct",
                Through::Group => "group",
            }),
        ),
    ])
}

fn chain(holding: &Holding, names: &Names<'_>) -> Value {
    let links = holding.chain.iter();
    links.map(|one| link(one, names)).collect()
}

fn holding(holding: &Holding, names: &Names<'_>) -> Value {
    let mut members = held(holding.held, names);
    members.insert("chain".into(), chain(holding, names));
    Value::Object(members)
}

fn change(change: &Change, names: &Names<'_>) -> Value {
    let kind = match change.kind() {
        ChangeKind::Gained => "gained",
        ChangeKind::Lost => "lost",
        ChangeKind::Changed => "changed",
    };
    let mut members = crate::wire::object([("change", json!(kind))]);
    members.extend(held(change.held, names));
    let ways = |ways: &[Holding]| -> Value {
        let ways = ways.iter();
        ways.map(|holding| chain(holding, names)).collect()
    };
    members.insert("before".into(), ways(&change.before));
    members.insert("after".into(), ways(&change.after));
    Value::Object(members)
}

fn link(link: &Link, names: &Names<'_>) -> Value {
    let schedule = &link.schedule;
    json!({
        "scheduleId": shown_id(schedule.id),
        "groupId": schedule.role().group(),
        "accessId": schedule.role().access(),
        "roleDefinitionId": schedule.role().definition(),
        "directoryScopeId": scope_of(schedule.role()),
        "principalId": schedule.principal.id,
        "state": state(schedule.kind),
        "assignmentType": match schedule.kind {
            ScheduleKind::Eligible => None,
            ScheduleKind::Active => Some(assignment_type(schedule)),
        },
        "startDateTime": schedule.span.starts_at(),
        "endDateTime": schedule.span.ends_at(),
        "grantedEndDateTime": link.granted_until,
        "endedBy": link.ended_by.map(|why| why.as_str()),
        "createdDateTime": schedule.created_at,
        "givenBy": link.given_by.map(|actor| names.actor(actor)),
        "request": link.request.as_deref().map(|made| request(made, names)),
    })
}

/// The request that made a grant, as far as it is evidence.
fn request(request: &ScheduleRequest, names: &Names<'_>) -> Value {
    json!({
        "id": request.id,
        "action": request.action,
        "createdDateTime": request.created_at,
        "createdBy": names.actor(request.created_by),
        "justification": request.justification,
        "ticketInfo": {
            "ticketNumber": request.ticket.number,
            "ticketSystem": request.ticket.system,
        },
        "policyVersion": request.policy_version,
        "review": request.review.as_ref().map(|review| json!({
            "decision": review.decision,
            "by": names.actor(review.by),
            "dateTime": review.at,
            "justification": review.justification,
        })),
    })
}
