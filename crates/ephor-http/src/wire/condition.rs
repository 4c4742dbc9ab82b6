//! Authentication contexts, Conditional Access policies, named locations and authentication strengths on the wire
//! (`directory.md` section 8, `infrastructure-clients.md` 2.7).
//!
//! What a policy asks for beyond what an authentication context needs is refused by name: kept and not held it
//! would be worse than none.

use std::collections::BTreeSet;

use ephor_core::refusal::{Code, Refusal};
use ephor_core::signin::condition::{
    AccessPolicy, Availability, Condition, ContextName, Everybody, Grant, Location, Network,
    Operator, Places, PolicyState, StrengthPolicy, Trust, Whom, strength_of,
};
use ephor_core::signin::context::{ContextId, Frequency};
use ephor_core::text::{Description, DisplayName};
use ephor_core::time::{Instant, Length};
use ephor_ops::directory::Set;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fields::{BadField, Fields, Read};
use crate::json::{Json, clipped};

/// What is said of a thing; what is not said stays as it is.
pub(crate) type Write =
    Box<dyn FnOnce(Option<Condition>, Uuid, Instant) -> Result<Condition, Refusal> + Send>;

fn needed(what: &'static str) -> Refusal {
    Refusal::new(Code::BadRequest, format!("{what} is missing")).about(what)
}

fn onto<T>(set: Set<T>, value: &mut Option<T>) {
    match set {
        Set::Keep => {}
        Set::Clear => *value = None,
        Set::To(new) => *value = Some(new),
    }
}

fn words(fields: &Fields<'_>, name: &str) -> Read<Set<String>> {
    fields.set(name, |text| {
        Description::new(text).map(|text| text.to_string())
    })
}

fn flag(yes: bool) -> Everybody {
    if yes { Everybody::Yes } else { Everybody::No }
}

/// Reads what is said of an authentication context; `id` is the one in the path.
pub(crate) fn context(fields: &Fields<'_>, id: Option<ContextId>) -> Read<Write> {
    let named = match fields.text("id")? {
        None => None,
        Some(text) => Some(text.parse::<ContextId>().map_err(|wrong| {
            fields.wrong("id", format!("is `{}`, which {wrong}", clipped(text)))
        })?),
    };
    let (display_name, description) =
        (words(fields, "displayName")?, words(fields, "description")?);
    let availability = fields.bool("isAvailable")?.map(|is| {
        if is {
            Availability::Offered
        } else {
            Availability::Hidden
        }
    });
    Ok(Box::new(move |before, _, _| {
        let mut context = match before {
            Some(Condition::Context(context)) => context,
            _ => ContextName {
                id: id.or(named).ok_or_else(|| needed("id"))?,
                display_name: None,
                description: None,
                availability: Availability::default(),
            },
        };
        onto(display_name, &mut context.display_name);
        onto(description, &mut context.description);
        context.availability = availability.unwrap_or(context.availability);
        Ok(Condition::Context(context))
    }))
}

/// Reads what is said of a Conditional Access policy.
pub(crate) fn policy(fields: &Fields<'_>) -> Read<Write> {
    let name = fields.limited("displayName", DisplayName::new)?;
    let state = fields.word("state", state, &STATES.map(|(word, _)| word))?;
    let conditions = fields
        .object("conditions")?
        .map(|conditions| self::conditions(&conditions))
        .transpose()?;
    let grant = match fields.object("grantControls")? {
        Some(controls) => Set::To(self::grant(&controls)?),
        None if fields.is_null("grantControls") => Set::Clear,
        None => Set::Keep,
    };
    let frequency = match fields.object("sessionControls")? {
        Some(controls) => Some(self::frequency(&controls)?),
        None => fields
            .is_null("sessionControls")
            .then_some(Frequency::Session),
    };
    Ok(Box::new(move |before, id, now| {
        let mut policy = match before {
            Some(Condition::Policy(policy)) => AccessPolicy {
                modified_at: Some(now),
                ..policy
            },
            _ => {
                if conditions.is_none() {
                    return Err(needed("conditions"));
                }
                AccessPolicy {
                    id,
                    display_name: name.clone().ok_or_else(|| needed("displayName"))?,
                    state: state.ok_or_else(|| needed("state"))?,
                    contexts: BTreeSet::new(),
                    include: Whom::default(),
                    exclude: Whom::default(),
                    include_places: Places::default(),
                    exclude_places: Places::default(),
                    grant: None,
                    frequency: Frequency::Session,
                    created_at: now,
                    modified_at: None,
                }
            }
        };
        if let Some(name) = name {
            policy.display_name = name;
        }
        policy.state = state.unwrap_or(policy.state);
        if let Some(conditions) = conditions {
            policy.contexts = conditions.contexts;
            [policy.include, policy.exclude] = conditions.whom;
            [policy.include_places, policy.exclude_places] = conditions.places;
        }
        onto(grant, &mut policy.grant);
        policy.frequency = frequency.unwrap_or(policy.frequency);
        if policy.grant.is_none() && policy.frequency == Frequency::Session {
            return Err(Refusal::new(
                Code::BadRequest,
                "the policy asks for nothing: give grantControls or sessionControls.signInFrequency",
            ));
        }
        Ok(Condition::Policy(policy))
    }))
}

const STATES: [(&str, PolicyState); 3] = [
    ("enabled", PolicyState::Enabled),
    ("disabled", PolicyState::Disabled),
    ("enabledForReportingButNotEnforced", PolicyState::ReportOnly),
];

fn state(text: &str) -> Option<PolicyState> {
    let known = STATES
        .iter()
        .find(|(word, _)| text.eq_ignore_ascii_case(word));
    known.map(|(_, state)| *state)
}

struct Conditions {
    contexts: BTreeSet<ContextId>,
    whom: [Whom; 2],
    places: [Places; 2],
}

/// Refuses members that say anything, but for these.
fn nothing_but(fields: &Fields<'_>, known: &[&str]) -> Read<()> {
    let more = fields.names().find(|name| {
        let is_known =
            name.starts_with('@') || known.iter().any(|known| name.eq_ignore_ascii_case(known));
        let says = match fields.get(name) {
            None => false,
            Some(Json::List(items)) => !items.is_empty(),
            Some(Json::Bool(is)) => *is,
            Some(_) => true,
        };
        !is_known && says
    });
    match more {
        Some(name) => Err(fields.unsupported(
            name,
            "is nothing that Ephor would hold; a policy says what an authentication context needs, of whom and from where",
        )),
        None => Ok(()),
    }
}

fn conditions(fields: &Fields<'_>) -> Read<Conditions> {
    nothing_but(
        fields,
        &["applications", "users", "locations", "clientAppTypes"],
    )?;
    for kind in fields.texts("clientAppTypes")?.unwrap_or_default() {
        if kind != "all" {
            return Err(fields.unsupported(
                "clientAppTypes",
                "must be `all`: Ephor knows no kinds of clients",
            ));
        }
    }
    let applications = fields
        .object("applications")?
        .ok_or_else(|| fields.missing("applications"))?;
    nothing_but(
        &applications,
        &["includeAuthenticationContextClassReferences"],
    )?;
    let name = "includeAuthenticationContextClassReferences";
    let contexts = applications
        .texts(name)?
        .unwrap_or_default()
        .into_iter()
        .map(|text| {
            text.parse().map_err(|wrong| {
                applications.wrong(name, format!("holds `{}`, which {wrong}", clipped(text)))
            })
        })
        .collect::<Read<BTreeSet<ContextId>>>()?;
    if contexts.is_empty() {
        return Err(applications.wrong(name, "must name an authentication context, such as c1"));
    }
    let users = fields
        .object("users")?
        .ok_or_else(|| fields.missing("users"))?;
    let sides = [
        "includeUsers",
        "excludeUsers",
        "includeGroups",
        "excludeGroups",
    ];
    nothing_but(&users, &sides)?;
    let whom = [
        whom(&users, sides[0], sides[2])?,
        whom(&users, sides[1], sides[3])?,
    ];
    let places = match fields.object("locations")? {
        None => [Places::default(), Places::default()],
        Some(locations) => {
            let sides = ["includeLocations", "excludeLocations"];
            nothing_but(&locations, &sides)?;
            [places(&locations, sides[0])?, places(&locations, sides[1])?]
        }
    };
    Ok(Conditions {
        contexts,
        whom,
        places,
    })
}

fn ids<T: std::str::FromStr + Ord>(
    fields: &Fields<'_>,
    name: &str,
    texts: &[&str],
) -> Read<BTreeSet<T>> {
    texts
        .iter()
        .map(|text| {
            text.parse().map_err(|_| {
                fields.wrong(
                    name,
                    format!("holds `{}`, which is not an id", clipped(text)),
                )
            })
        })
        .collect()
}

fn whom(fields: &Fields<'_>, users: &str, groups: &str) -> Read<Whom> {
    let (mut named, mut everybody) = (Vec::new(), false);
    for text in fields.texts(users)?.unwrap_or_default() {
        match text {
            "All" => everybody = true,
            "None" => {}
            "GuestsOrExternalUsers" => {
                return Err(fields.unsupported(
                    users,
                    "holds `GuestsOrExternalUsers`; name users and groups",
                ));
            }
            id => named.push(id),
        }
    }
    let groups_named = fields.texts(groups)?.unwrap_or_default();
    Ok(Whom {
        everybody: flag(everybody),
        users: ids(fields, users, &named)?,
        groups: ids(fields, groups, &groups_named)?,
    })
}

fn places(fields: &Fields<'_>, name: &str) -> Read<Places> {
    let mut places = Places::default();
    let mut named = Vec::new();
    for text in fields.texts(name)?.unwrap_or_default() {
        match text {
            "All" => places.everywhere = Everybody::Yes,
            "AllTrusted" => places.all_trusted = Everybody::Yes,
            id => named.push(id),
        }
    }
    places.named = ids(fields, name, &named)?;
    Ok(places)
}

fn grant(fields: &Fields<'_>) -> Read<Grant> {
    nothing_but(
        fields,
        &["operator", "builtInControls", "authenticationStrength"],
    )?;
    let operator = fields.word(
        "operator",
        |text| match text.to_ascii_uppercase().as_str() {
            "AND" => Some(Operator::And),
            "OR" => Some(Operator::Or),
            _ => None,
        },
        &["AND", "OR"],
    )?;
    let (mut block, mut multi_factor) = (false, false);
    for control in fields.texts("builtInControls")?.unwrap_or_default() {
        match control {
            "mfa" => multi_factor = true,
            "block" => block = true,
            other => {
                return Err(fields.unsupported(
                    "builtInControls",
                    format!(
                        "holds `{}`, but Ephor holds `mfa` and `block`",
                        clipped(other)
                    ),
                ));
            }
        }
    }
    let strength = match fields.object("authenticationStrength")? {
        None => None,
        Some(strength) => {
            let id = strength.text("id")?.ok_or_else(|| strength.missing("id"))?;
            Some(id.parse::<Uuid>().map_err(|_| {
                strength.wrong("id", format!("is `{}`, which is not an id", clipped(id)))
            })?)
        }
    };
    if !block && !multi_factor && strength.is_none() {
        return Err(fields.wrong(
            "builtInControls",
            "must hold `mfa` or `block`, or authenticationStrength be given",
        ));
    }
    Ok(Grant {
        operator: operator.unwrap_or(Operator::And),
        block: flag(block),
        multi_factor: flag(multi_factor),
        strength,
    })
}

fn frequency(fields: &Fields<'_>) -> Read<Frequency> {
    nothing_but(fields, &["signInFrequency"])?;
    let Some(often) = fields.object("signInFrequency")? else {
        return Ok(Frequency::Session);
    };
    if often.bool("isEnabled")? == Some(false) {
        return Ok(Frequency::Session);
    }
    match often.text("frequencyInterval")? {
        Some("everyTime") => return Ok(Frequency::EveryTime),
        None | Some("timeBased") => {}
        Some(other) => {
            return Err(often.wrong(
                "frequencyInterval",
                format!(
                    "is `{}`, but it must be `timeBased` or `everyTime`",
                    clipped(other)
                ),
            ));
        }
    }
    let value = often
        .whole_number("value")?
        .ok_or_else(|| often.missing("value"))?;
    let (most, unit): (u32, fn(u32) -> Length) = match often.text("type")? {
        Some("hours") => (23, Length::hours),
        Some("days") => (365, Length::days),
        _ => return Err(often.wrong("type", "must be `hours` or `days`")),
    };
    if !(1..=most).contains(&value) {
        return Err(often.wrong("value", format!("is {value}, but it must be 1 to {most}")));
    }
    Ok(Frequency::Within(unit(value)))
}

/// Reads what is said of a named location.
pub(crate) fn location(fields: &Fields<'_>) -> Read<Write> {
    if fields
        .text("@odata.type")?
        .is_some_and(|kind| !kind.ends_with("ipNamedLocation"))
    {
        return Err(fields.unsupported(
            "@odata.type",
            "must be #microsoft.graph.ipNamedLocation: Ephor knows networks, not countries",
        ));
    }
    let name = fields.limited("displayName", DisplayName::new)?;
    let trust = fields.bool("isTrusted")?.map(|is| {
        if is {
            Trust::Trusted
        } else {
            Trust::NotTrusted
        }
    });
    let ranges = match fields.list("ipRanges")? {
        None => None,
        Some(items) => Some(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| network(&fields.item("ipRanges", index, item)?))
                .collect::<Read<Vec<_>>>()?,
        ),
    };
    Ok(Box::new(move |before, id, now| {
        let mut location = match before {
            Some(Condition::Location(location)) => Location {
                modified_at: Some(now),
                ..location
            },
            _ => Location {
                id,
                display_name: name.clone().ok_or_else(|| needed("displayName"))?,
                trust: Trust::NotTrusted,
                ranges: ranges.clone().ok_or_else(|| needed("ipRanges"))?,
                created_at: now,
                modified_at: None,
            },
        };
        if let Some(name) = name {
            location.display_name = name;
        }
        location.trust = trust.unwrap_or(location.trust);
        location.ranges = ranges.unwrap_or(location.ranges);
        Ok(Condition::Location(location))
    }))
}

fn network(fields: &Fields<'_>) -> Read<Network> {
    let text = fields
        .text("cidrAddress")?
        .ok_or_else(|| fields.missing("cidrAddress"))?;
    text.parse().map_err(|wrong| {
        fields.wrong(
            "cidrAddress",
            format!("is `{}`, which {wrong}", clipped(text)),
        )
    })
}

/// Reads what is said of an authentication strength; what it takes is changed by an address of its own.
pub(crate) fn strength(fields: &Fields<'_>) -> Read<Write> {
    let name = fields.limited("displayName", DisplayName::new)?;
    let description = words(fields, "description")?;
    let combinations = combinations(fields)?;
    Ok(Box::new(move |before, id, now| {
        let mut strength = match (before, combinations) {
            (Some(Condition::Strength(strength)), None) => StrengthPolicy {
                modified_at: Some(now),
                ..strength
            },
            (Some(_), Some(_)) => {
                return Err(Refusal::new(
                    Code::BadRequest,
                    "allowedCombinations is changed by updateAllowedCombinations",
                ));
            }
            (_, combinations) => StrengthPolicy {
                id,
                display_name: name.clone().ok_or_else(|| needed("displayName"))?,
                description: None,
                combinations: combinations.ok_or_else(|| needed("allowedCombinations"))?,
                created_at: now,
                modified_at: None,
            },
        };
        if let Some(name) = name {
            strength.display_name = name;
        }
        onto(description, &mut strength.description);
        Ok(Condition::Strength(strength))
    }))
}

/// Reads what an authentication strength is to take from now on.
pub(crate) fn combinations_only(fields: &Fields<'_>) -> Read<Write> {
    let combinations =
        combinations(fields)?.ok_or_else(|| fields.missing("allowedCombinations"))?;
    Ok(Box::new(move |before, _, now| match before {
        Some(Condition::Strength(strength)) => Ok(Condition::Strength(StrengthPolicy {
            combinations,
            modified_at: Some(now),
            ..strength
        })),
        _ => Err(needed("displayName")),
    }))
}

fn combinations(fields: &Fields<'_>) -> Result<Option<Vec<String>>, BadField> {
    let name = "allowedCombinations";
    let Some(texts) = fields.texts(name)? else {
        return Ok(None);
    };
    if texts.is_empty() {
        return Err(fields.wrong(name, "must hold a combination, such as `fido2`"));
    }
    for text in &texts {
        if strength_of(text).is_none() {
            return Err(fields.wrong(
                name,
                format!(
                    "holds `{}`, which is no combination of methods",
                    clipped(text)
                ),
            ));
        }
    }
    Ok(Some(texts.into_iter().map(str::to_owned).collect()))
}

/// Any of them, as it is answered.
pub(crate) fn shown(condition: &Condition) -> Value {
    match condition {
        Condition::Context(context) => json!({
            "id": context.id.to_string(),
            "displayName": context.display_name,
            "description": context.description,
            "isAvailable": context.availability == Availability::Offered,
        }),
        Condition::Policy(policy) => shown_policy(policy),
        Condition::Location(location) => json!({
            "@odata.type": "#microsoft.graph.ipNamedLocation",
            "id": location.id,
            "displayName": location.display_name,
            "isTrusted": location.trust == Trust::Trusted,
            "ipRanges": location.ranges.iter().map(|network| {
                let kind = if network.is_v6() { "iPv6CidrRange" } else { "iPv4CidrRange" };
                json!({"@odata.type": format!("#microsoft.graph.{kind}"), "cidrAddress": network.to_string()})
            }).collect::<Vec<_>>(),
            "createdDateTime": location.created_at,
            "modifiedDateTime": location.modified_at.unwrap_or(location.created_at),
        }),
        Condition::Strength(strength) => shown_strength(strength),
    }
}

fn shown_strength(strength: &StrengthPolicy) -> Value {
    let is_built_in = StrengthPolicy::built_in()
        .iter()
        .any(|own| own.id == strength.id);
    json!({
        "id": strength.id,
        "displayName": strength.display_name,
        "description": strength.description,
        "policyType": if is_built_in { "builtIn" } else { "custom" },
        "requirementsSatisfied": "mfa",
        "allowedCombinations": strength.combinations,
        "createdDateTime": strength.created_at,
        "modifiedDateTime": strength.modified_at.unwrap_or(strength.created_at),
        "combinationConfigurations": [],
    })
}

fn shown_policy(policy: &AccessPolicy) -> Value {
    let users = |whom: &Whom| {
        let everybody = (whom.everybody == Everybody::Yes).then(|| "All".to_owned());
        let named = whom.users.iter().map(ToString::to_string);
        everybody.into_iter().chain(named).collect::<Vec<_>>()
    };
    let places = |places: &Places| {
        let words = [
            (places.everywhere, "All"),
            (places.all_trusted, "AllTrusted"),
        ];
        let words = words.into_iter().filter(|(is, _)| *is == Everybody::Yes);
        let named = places.named.iter().map(ToString::to_string);
        words
            .map(|(_, word)| word.to_owned())
            .chain(named)
            .collect::<Vec<_>>()
    };
    let is_anywhere =
        policy.include_places == Places::default() && policy.exclude_places == Places::default();
    let locations = if is_anywhere {
        Value::Null
    } else {
        json!({
            "includeLocations": places(&policy.include_places),
            "excludeLocations": places(&policy.exclude_places),
        })
    };
    let state = STATES.iter().find(|(_, state)| *state == policy.state);
    json!({
        "id": policy.id,
        "displayName": policy.display_name,
        "state": state.map(|(word, _)| *word),
        "createdDateTime": policy.created_at,
        "modifiedDateTime": policy.modified_at,
        "conditions": {
            "clientAppTypes": ["all"],
            "applications": {
                "includeApplications": [],
                "excludeApplications": [],
                "includeUserActions": [],
                "includeAuthenticationContextClassReferences":
                    policy.contexts.iter().map(ToString::to_string).collect::<Vec<_>>(),
            },
            "users": {
                "includeUsers": users(&policy.include),
                "excludeUsers": users(&policy.exclude),
                "includeGroups": policy.include.groups,
                "excludeGroups": policy.exclude.groups,
                "includeRoles": [],
                "excludeRoles": [],
            },
            "locations": locations,
        },
        "grantControls": policy.grant.as_ref().map(shown_grant),
        "sessionControls": shown_frequency(policy.frequency),
    })
}

fn shown_grant(grant: &Grant) -> Value {
    let controls = [(grant.block, "block"), (grant.multi_factor, "mfa")];
    let controls = controls.into_iter().filter(|(is, _)| *is == Everybody::Yes);
    json!({
        "operator": match grant.operator { Operator::And => "AND", Operator::Or => "OR" },
        "builtInControls": controls.map(|(_, word)| word).collect::<Vec<_>>(),
        "customAuthenticationFactors": [],
        "termsOfUse": [],
        "authenticationStrength": grant.strength.map(|id| json!({"id": id})),
    })
}

fn shown_frequency(frequency: Frequency) -> Value {
    let often = match frequency {
        Frequency::Session => return Value::Null,
        Frequency::EveryTime => {
            json!({"value": null, "type": null, "frequencyInterval": "everyTime"})
        }
        Frequency::Within(length) => {
            let hours = length.as_seconds() / 3_600;
            let (value, unit) = if hours % 24 == 0 {
                (hours / 24, "days")
            } else {
                (hours, "hours")
            };
            json!({"value": value, "type": unit, "frequencyInterval": "timeBased"})
        }
    };
    let mut often = often;
    often["isEnabled"] = true.into();
    often["authenticationType"] = "primaryAndSecondaryAuthentication".into();
    json!({"signInFrequency": often})
}
