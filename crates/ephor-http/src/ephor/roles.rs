//! `GET /ephor/v1/me/roles`, directory roles among them, and `GET /ephor/v1/groups/{id}/roles`: what somebody may activate, has, and had,
//! each with what may be done with it now (R-E1).

use ephor_core::id::GroupId;
use ephor_core::schedule::ScheduleKind;
use ephor_ops::roles::{self, MyRoles, Offer, Role, RolesOfGroup, Standing};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;
use crate::json::clipped;
use crate::odata::listing::number;
use crate::odata::shape::{Members, Usual};
use crate::types::{ACCESS, TEXTS, Type, Words};
use crate::wire::schedule::assignment_type;

/// What a role is shown with.
pub(crate) const ROLE: Members = Members {
    name: "ephorRole",
    properties: &[
        ("scheduleId", Type::Id),
        ("state", Type::Words(&STATE)),
        ("groupId", Type::Id),
        ("groupDisplayName", Type::Text),
        ("roleDefinitionId", Type::Id),
        ("roleDisplayName", Type::Text),
        ("directoryScopeId", Type::Text),
        ("unitDisplayName", Type::Text),
        ("principalId", Type::Id),
        ("principalDisplayName", Type::Text),
        ("accessId", ACCESS),
        ("memberType", Type::Text),
        ("assignmentType", Type::Text),
        ("startDateTime", Type::Time),
        ("endDateTime", Type::Time),
        ("actions", TEXTS),
    ],
    usual: Usual::All,
    related: &[],
};
const STATE: Words = Words {
    name: "ephorRoleState",
    words: &["eligible", "active", "ended"],
};
/// The caller's roles.
pub(crate) const MY_ROLES: Members = Members {
    name: "ephorMyRoles",
    properties: &[
        ("now", Type::Time),
        ("eligible", Type::List(&Type::Entity(&ROLE))),
        ("active", Type::List(&Type::Entity(&ROLE))),
        ("ended", Type::List(&Type::Entity(&ROLE))),
    ],
    usual: Usual::All,
    related: &[],
};

/// How many roles a page may have.
const PAGE_MAX: u32 = 1_000;

const fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Eligible => "eligible",
        Standing::Active => "active",
        Standing::Ended => "ended",
    }
}

/// `GET /ephor/v1/me/roles`
pub(crate) async fn mine(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let found = call.read("roles.mine", roles::mine).await?;
    let MyRoles {
        eligible,
        active,
        ended,
    } = found.value;
    let me = call.signed.as_ref().and_then(|signed| signed.caller.user());
    let each = |roles: &[Role]| {
        let shown = roles.iter().map(|role| {
            let mut shown = shown(role);
            // Through a group that one is in (R-E6).
            if Some(role.schedule.principal.id) != me {
                shown["memberType"] = json!("group");
            }
            shown
        });
        shown.collect::<Vec<_>>()
    };
    Ok(Answer::json(json!({
        // Whoever shows the time left must not count from a clock of their own.
        "now": found.now,
        "eligible": each(&eligible),
        "active": each(&active),
        "ended": each(&ended),
    })))
}

/// `GET /ephor/v1/groups/{id}/roles`, of one state by `?state=`: for whoever manages the group.
pub(crate) async fn of_group(call: Call) -> Result<Answer, HttpError> {
    call.query(call.options.only(&["$top", "$count", "$skiptoken"]))?;
    let asked = RolesOfGroup {
        group: call.id::<GroupId>(0)?,
        standing: call.options.get("state").map(state).transpose()?,
        skip: call
            .page()?
            .map_or(0, |place| u32::try_from(place.at).unwrap_or(u32::MAX)),
        top: call.query(number(&call.options, "$top", 100, 1, PAGE_MAX))?,
    };
    let count = call.query(call.options.flag("$count"))?;
    let found = call
        .read("roles.of_group", move |tx, caller| {
            roles::of_group(tx, caller, asked)
        })
        .await?;
    let page = found.value;
    let mut body = Map::new();
    if let Some(all) = page.count.filter(|_| count) {
        body.insert("@odata.count".into(), json!(all));
    }
    let at = u64::from(asked.skip) + page.rows.len() as u64;
    if let Some(link) = call.next_link(at, found.now).filter(|_| page.more) {
        body.insert("@odata.nextLink".into(), json!(link));
    }
    body.insert("value".into(), page.rows.iter().map(shown).collect());
    Ok(Answer::json(Value::Object(body)))
}

fn state(text: &str) -> Result<Standing, HttpError> {
    let known = |standing: &Standing| text.eq_ignore_ascii_case(word(*standing));
    Standing::ALL.into_iter().find(known).ok_or_else(|| {
        HttpError::bad_request(format!(
            "`state` is `{}`, but it must be one of `{}`.",
            clipped(text),
            STATE.words.join("`, `")
        ))
    })
}

fn shown(role: &Role) -> Value {
    let schedule = &role.schedule;
    let actions: Vec<&str> = role
        .offers
        .iter()
        .map(|offer| match offer {
            Offer::Activate => "activate",
            Offer::Deactivate => "deactivate",
            Offer::Extend => "extend",
            Offer::Renew => "renew",
        })
        .collect();
    json!({
        "scheduleId": crate::wire::schedule::shown_id(schedule.id),
        "state": word(role.standing),
        "groupId": schedule.role().group(),
        "groupDisplayName": role.group.as_ref().map(|group| &group.display_name),
        "roleDefinitionId": schedule.role().definition(),
        "roleDisplayName": role.definition.as_ref().map(|definition| definition.display_name()),
        "directoryScopeId": crate::wire::role::scope_of(schedule.role()),
        "unitDisplayName": role.unit.as_ref().map(|unit| &unit.display_name),
        "principalId": schedule.principal.id,
        "principalDisplayName": role.principal.as_ref().map(|principal| &principal.display_name),
        "accessId": schedule.role().access(),
        "memberType": "direct",
        "assignmentType": match schedule.kind {
            ScheduleKind::Eligible => "eligible",
            ScheduleKind::Active => assignment_type(schedule),
        },
        "startDateTime": schedule.span.starts_at(),
        "endDateTime": schedule.span.ends_at(),
        "actions": actions,
    })
}
