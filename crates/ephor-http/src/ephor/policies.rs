//! The rules that Ephor has beyond Graph's 17: `GET` and `PATCH /ephor/v1/groups/{id}/policies/{member|owner}`,
//! for a directory role `/ephor/v1/roleDefinitions/{id}/policy`;
//! and what the whole policy said before, with old and new value of all that changed: `…/history` (R-C6).

use ephor_core::group::Access;
use ephor_core::id::TenantId;
use ephor_core::policy::{
    AllowedHours, BeyondChange, BeyondRules, Day, JustificationPattern, MinimumDuration, Policy,
    PolicyId, RuleId, Rules, TimeOfDay, Window,
};
use ephor_core::role::Role;
use ephor_core::text::Justification;
use ephor_core::time::IsoDuration;
use ephor_ops::policy::{self as policies, PolicyVersion};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::fields::{BadField, Fields, Read};
use crate::odata::listing::number;
use crate::odata::shape::{Members, Usual};
use crate::types::{ACCESS, Complex, IDENTITY_SET, TEXTS, Type};
use crate::wire::policy::rule as rule_members;

const PATTERN: Type = Type::Object(&Complex {
    name: "ephorJustificationPattern",
    properties: &[("pattern", Type::Text), ("example", Type::Text)],
});
const HOURS: Type = Type::Object(&Complex {
    name: "ephorAllowedHours",
    properties: &[
        ("timeZone", Type::Text),
        ("windows", Type::List(&Type::Object(&WINDOW))),
    ],
});
const WINDOW: Complex = Complex {
    name: "ephorAllowedWindow",
    properties: &[("days", TEXTS), ("from", Type::Text), ("to", Type::Text)],
};
/// The rules beyond Graph's, with whose they are.
pub(crate) const BEYOND: Members = Members {
    name: "ephorPolicy",
    properties: &[
        ("groupId", Type::Id),
        ("accessId", ACCESS),
        ("roleDefinitionId", Type::Id),
        ("policyId", Type::Id),
        ("policyVersion", Type::Int),
        ("lastModifiedDateTime", Type::Time),
        ("justificationPattern", PATTERN),
        ("minimumDuration", Type::Duration),
        ("allowedHours", HOURS),
    ],
    usual: Usual::All,
    related: &[],
};
/// What of them can be set.
pub(crate) const BEYOND_CHANGE: Members = Members {
    name: "ephorPolicyChange",
    properties: &[
        ("justificationPattern", PATTERN),
        ("minimumDuration", Type::Duration),
        ("allowedHours", HOURS),
    ],
    usual: Usual::All,
    related: &[],
};
/// A version of a policy.
pub(crate) const VERSION: Members = Members {
    name: "ephorPolicyVersion",
    properties: &[
        ("policyVersion", Type::Int),
        ("modifiedDateTime", Type::Time),
        ("modifiedBy", IDENTITY_SET),
        ("sequence", Type::Int),
        ("changes", Type::List(&Type::Object(&RULE_CHANGE))),
    ],
    usual: Usual::All,
    related: &[],
};
const RULE_CHANGE: Complex = Complex {
    name: "ephorRuleChange",
    properties: &[
        ("rule", Type::Text),
        ("before", Type::Any),
        ("after", Type::Any),
    ],
};

/// The rules there are.
const RULES: [&str; 3] = ["justificationPattern", "minimumDuration", "allowedHours"];

/// How many versions a page of the history may have.
const PAGE_MAX: u32 = 100;

/// Whose policy a path is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of {
    /// That of a role of the group whose id is in the path.
    Group(Access),
    /// That of the directory role whose id is in the path.
    DirectoryRole,
}

fn id(call: &Call, of: Of) -> Result<PolicyId, HttpError> {
    Ok(match of {
        Of::Group(access) => PolicyId::of(call.id(0)?, access),
        Of::DirectoryRole => PolicyId::of_role(Role::directory(call.id(0)?)),
    })
}

/// `GET /ephor/v1/groups/{id}/policies/{member|owner}`
pub(crate) async fn get(call: Call, of: Of) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = id(&call, of)?;
    let found = call
        .read("policy.read", move |tx, caller| {
            policies::get(tx, caller, id)
        })
        .await?;
    Ok(Answer::json(shown(&found.value, call.app.tenant.id)))
}

/// `PATCH /ephor/v1/groups/{id}/policies/{member|owner}`: what is not named stays, null turns a rule off.
pub(crate) async fn change(call: Call, of: Of) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = id(&call, of)?;
    let change = call.body(change_of)?;
    let tenant = call.app.tenant.id;
    call.write(
        "policy.change",
        move |tx| policies::change_beyond(tx, id, &change),
        move |_, changed: At<Policy>| Answer::json(shown(&changed.value, tenant)),
    )
    .await
}

/// `GET /ephor/v1/groups/{id}/policies/{member|owner}/history`: newest first.
pub(crate) async fn history(call: Call, of: Of) -> Result<Answer, HttpError> {
    call.query(call.options.only(&["$top", "$skiptoken"]))?;
    let id = id(&call, of)?;
    let top = call.query(number(&call.options, "$top", 20, 1, PAGE_MAX))?;
    let before = call.page()?.and_then(|place| i64::try_from(place.at).ok());
    let found = call
        .read("policy.history", move |tx, caller| {
            // One more than is shown tells whether there is another page.
            policies::history(tx, caller, id, before, top + 1)
        })
        .await?;
    let mut versions = found.value;
    let more = versions.len() > top as usize;
    versions.truncate(top as usize);
    let mut body = Map::new();
    if let (true, Some(last)) = (more, versions.last())
        && let Ok(at) = u64::try_from(last.sequence)
        && let Some(link) = call.next_link(at, found.now)
    {
        body.insert("@odata.nextLink".into(), link.into());
    }
    let rows = versions.iter().map(|version| told(version, id)).collect();
    body.insert("value".into(), rows);
    Ok(Answer::json(Value::Object(body)))
}

fn shown(policy: &Policy, tenant: TenantId) -> Value {
    let mut members = crate::wire::object([
        ("groupId", json!(policy.role.group())),
        ("accessId", json!(policy.role.access())),
        ("roleDefinitionId", json!(policy.role.definition())),
        ("policyId", json!(policy.id().shown(tenant))),
        ("policyVersion", json!(policy.version)),
        (
            "lastModifiedDateTime",
            json!(policy.modified.map(|modified| modified.at)),
        ),
    ]);
    for name in RULES {
        members.insert(name.into(), rule(&policy.rules.activation.beyond, name));
    }
    Value::Object(members)
}

/// One of the rules, by its name; null where it is off.
fn rule(rules: &BeyondRules, name: &str) -> Value {
    match name {
        "justificationPattern" => json!(rules.justification_pattern),
        "minimumDuration" => json!(rules.minimum_duration),
        _ => json!(rules.allowed_hours),
    }
}

/// A version with the old and the new value of each rule that it changed.
fn told(version: &PolicyVersion, id: PolicyId) -> Value {
    let one_of_graphs = |rules: &Rules, rule: RuleId| {
        let policy = Policy {
            rules: rules.clone(),
            ..Policy::default_of(id.role())
        };
        Value::Object(rule_members(&policy, rule))
    };
    let (before, after) = (&*version.before, &*version.after);
    let changed = |rule: &str, before: Value, after: Value| {
        (before != after).then(|| json!({"rule": rule, "before": before, "after": after}))
    };
    let beyond = |rules: &Rules, name| rule(&rules.activation.beyond, name);
    let changes: Vec<Value> = RuleId::all()
        .filter(|rule| before.get(*rule) != after.get(*rule))
        .filter_map(|rule| {
            changed(
                &rule.to_string(),
                one_of_graphs(before, rule),
                one_of_graphs(after, rule),
            )
        })
        .chain(
            RULES
                .iter()
                .filter_map(|name| changed(name, beyond(before, name), beyond(after, name))),
        )
        .collect();
    json!({
        "policyVersion": version.version,
        "modifiedDateTime": version.at,
        "modifiedBy": version.by.map(|actor| super::identity(actor, |_| None)),
        "sequence": version.sequence,
        "changes": changes,
    })
}

fn change_of(fields: &Fields<'_>) -> Read<BeyondChange> {
    fields.only(&RULES)?;
    Ok(BeyondChange {
        justification_pattern: match fields.object("justificationPattern")? {
            Some(inner) => Some(Some(pattern(fields, &inner)?)),
            None => fields.is_null("justificationPattern").then_some(None),
        },
        minimum_duration: match fields.parsed::<IsoDuration>("minimumDuration")? {
            Some(minimum) => {
                let minimum = MinimumDuration::new(minimum);
                Some(Some(minimum.map_err(|wrong| {
                    refused(fields, "minimumDuration", &wrong)
                })?))
            }
            None => fields.is_null("minimumDuration").then_some(None),
        },
        allowed_hours: match fields.object("allowedHours")? {
            Some(inner) => Some(Some(hours(fields, &inner)?)),
            None => fields.is_null("allowedHours").then_some(None),
        },
    })
}

/// What a rule says of its own value, as the fault of that property.
fn refused(fields: &Fields<'_>, name: &str, wrong: &ephor_core::refusal::Refusal) -> BadField {
    fields.wrong(name, format!("is not right: {wrong}"))
}

fn pattern(fields: &Fields<'_>, inner: &Fields<'_>) -> Read<JustificationPattern> {
    inner.only(&["pattern", "example"])?;
    let pattern = inner
        .text("pattern")?
        .ok_or_else(|| inner.missing("pattern"))?;
    let example = inner
        .limited("example", Justification::new)?
        .ok_or_else(|| {
            inner.wrong(
                "example",
                "is missing; give a justification that fits the pattern",
            )
        })?;
    JustificationPattern::new(pattern.to_owned(), example)
        .map_err(|wrong| refused(fields, "justificationPattern", &wrong))
}

fn hours(fields: &Fields<'_>, inner: &Fields<'_>) -> Read<AllowedHours> {
    inner.only(&["timeZone", "windows"])?;
    let zone = inner
        .text("timeZone")?
        .ok_or_else(|| inner.missing("timeZone"))?;
    let items = inner
        .list("windows")?
        .ok_or_else(|| inner.missing("windows"))?;
    let mut windows = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        windows.push(window(&inner.item("windows", index, item)?)?);
    }
    AllowedHours::new(zone, windows).map_err(|wrong| refused(fields, "allowedHours", &wrong))
}

fn window(fields: &Fields<'_>) -> Read<Window> {
    fields.only(&["days", "from", "to"])?;
    let words = Day::ALL.map(Day::as_str);
    let days = fields
        .texts("days")?
        .ok_or_else(|| fields.missing("days"))?;
    let days = days.into_iter().map(|word| {
        Day::parse(word).ok_or_else(|| {
            let given = crate::json::clipped(word);
            let days = words.join("`, `");
            fields.wrong("days", format!("names `{given}`, but there are `{days}`"))
        })
    });
    let time = |name| -> Read<TimeOfDay> {
        let text = fields.text(name)?.ok_or_else(|| fields.missing(name))?;
        text.parse()
            .map_err(|wrong: ephor_core::policy::allowed_hours::BadTimeOfDay| {
                fields.wrong(name, wrong.to_string())
            })
    };
    Ok(Window {
        days: days.collect::<Read<_>>()?,
        from: time("from")?,
        to: time("to")?,
    })
}
