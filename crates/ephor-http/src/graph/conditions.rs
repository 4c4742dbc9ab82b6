//! `/identity/conditionalAccess/…` and `/policies/authenticationStrengthPolicies` (`directory.md` section 8,
//! `infrastructure-clients.md` 2.7).

use ephor_core::signin::condition::{Condition, ConditionKind};
use ephor_core::signin::context::ContextId;
use ephor_ops::signin::condition;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::fields::{Fields, Read};
use crate::odata::BadQuery;
use crate::wire::condition::{self as wire, Write, shown};

/// Where the objects of a kind are.
const fn collection(kind: ConditionKind) -> &'static str {
    match kind {
        ConditionKind::Context => "identity/conditionalAccess/authenticationContextClassReferences",
        ConditionKind::Policy => "identity/conditionalAccess/policies",
        ConditionKind::Location => "identity/conditionalAccess/namedLocations",
        ConditionKind::Strength => "policies/authenticationStrengthPolicies",
    }
}

fn one(call: &Call, kind: ConditionKind, condition: &Condition) -> Answer {
    call.entity(&format!("{}/$entity", collection(kind)), shown(condition))
}

/// `GET` a list. Of filters there are those that known clients send: one property that equals something.
pub(crate) async fn list(call: Call, kind: ConditionKind) -> Result<Answer, HttpError> {
    call.query(call.options.only(&["$filter"]))?;
    let wanted = call
        .options
        .get("$filter")
        .map(|text| call.query(equals(text)))
        .transpose()?;
    let all = call
        .read("condition.list", move |tx, caller| {
            condition::list(tx, caller, kind)
        })
        .await?;
    let is_wanted = |row: &Value| {
        wanted
            .as_ref()
            .is_none_or(|(name, value)| row.get(name) == Some(value))
    };
    let rows: Vec<Value> = all.value.iter().map(shown).filter(is_wanted).collect();
    let mut body = Map::new();
    body.insert(
        "@odata.context".into(),
        call.context(collection(kind)).into(),
    );
    body.insert("value".into(), rows.into());
    Ok(Answer::json(Value::Object(body)))
}

/// `name eq 'text'`, `name eq true` or `name eq false`.
fn equals(text: &str) -> Result<(String, Value), BadQuery> {
    let wrong = || {
        BadQuery::unsupported(
            "The $filter here is one property that equals a text or true or false, such as isAvailable eq true.",
        )
    };
    let (name, value) = text.trim().split_once(" eq ").ok_or_else(wrong)?;
    let name = ["id", "displayName", "isAvailable", "state", "policyType"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name.trim()))
        .ok_or_else(wrong)?;
    let value = match value.trim() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        text => {
            let inside = text
                .strip_prefix('\'')
                .and_then(|text| text.strip_suffix('\''))
                .ok_or_else(wrong)?;
            let plain = inside.replace("''", "\u{0}");
            if plain.contains('\'') {
                return Err(wrong());
            }
            Value::String(plain.replace('\u{0}', "'"))
        }
    };
    Ok((name.to_owned(), value))
}

/// `GET` one.
pub(crate) async fn get(call: Call, kind: ConditionKind) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = call.param(0).to_owned();
    let found = call
        .read("condition.get", move |tx, caller| {
            condition::get(tx, caller, kind, &id)
        })
        .await?;
    Ok(one(&call, kind, &found.value))
}

fn read(fields: &Fields<'_>, kind: ConditionKind, id: Option<ContextId>) -> Read<Write> {
    match kind {
        ConditionKind::Context => wire::context(fields, id),
        ConditionKind::Policy => wire::policy(fields),
        ConditionKind::Location => wire::location(fields),
        ConditionKind::Strength => wire::strength(fields),
    }
}

/// `POST` a new one.
pub(crate) async fn create(call: Call, kind: ConditionKind) -> Result<Answer, HttpError> {
    call.no_options()?;
    let write = call.body(|fields| read(fields, kind, None))?;
    call.write(
        "condition.create",
        move |tx| condition::set(tx, kind, None, write),
        move |call, made: At<Condition>| {
            let location = format!(
                "{}/v1.0/{}/{}",
                call.app.public_url,
                collection(kind),
                made.value.id()
            );
            one(call, kind, &made.value).created(location)
        },
    )
    .await
}

/// `PATCH` one; an authentication context that is not there yet is made by it.
pub(crate) async fn change(call: Call, kind: ConditionKind) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = call.param(0).to_owned();
    let named = match kind {
        ConditionKind::Context => Some(call.id::<ContextId>(0)?),
        ConditionKind::Policy | ConditionKind::Location | ConditionKind::Strength => None,
    };
    let write = call.body(|fields| read(fields, kind, named))?;
    call.write(
        "condition.change",
        move |tx| condition::set(tx, kind, Some(&id), write),
        |_, _| Answer::done(),
    )
    .await
}

/// `DELETE` one.
pub(crate) async fn remove(call: Call, kind: ConditionKind) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = call.param(0).to_owned();
    call.write(
        "condition.remove",
        move |tx| condition::remove(tx, kind, &id),
        |_, _| Answer::done(),
    )
    .await
}

/// `POST …/{id}/updateAllowedCombinations`
pub(crate) async fn combinations(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = call.param(0).to_owned();
    let write = call.body(wire::combinations_only)?;
    call.write(
        "condition.combinations",
        move |tx| {
            let before = tx.condition(ConditionKind::Strength, &id)?;
            let after = condition::set(tx, ConditionKind::Strength, Some(&id), write)?;
            Ok((before, after))
        },
        |call, done| {
            let combinations =
                |condition: &Condition| shown(condition)["allowedCombinations"].clone();
            let (before, after) = done.value;
            call.entity(
                "microsoft.graph.updateAllowedCombinationsResult",
                json!({
                    "currentCombinations": combinations(&after),
                    "previousCombinations": before.as_ref().map(combinations),
                    "conditionalAccessReferences": [],
                    "additionalInformation": null,
                }),
            )
        },
    )
    .await
}
