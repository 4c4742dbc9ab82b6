//! Role management policies and their rules (`pim-groups.md` section 3).

use ephor_core::caller::{Actor, Caller};
use ephor_core::id::GroupId;
use ephor_core::policy::{Policy, PolicyId, RuleId};
use ephor_core::query::Comparison;
use ephor_ops::package::view::{self, Called};
use ephor_ops::{OpResult, directory, policy as policies};
use ephor_store::{ReadTx, Tx};
use serde_json::{Value, json};
use uuid::Uuid;

use super::packages::with_warnings;
use crate::answer::{Answer, Body};
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::json::clipped;
use crate::odata::BadQuery;
use crate::odata::filter::{self, Filter, Value as Given};
use crate::odata::options::Options;
use crate::odata::shape::Shape;
use crate::wire::package::warnings;
use crate::wire::policy::{POLICY, RULE, policy as policy_members, rule as rule_members};
use crate::wire::policy_change::{change as read_change, changes};

/// A policy with what whoever changed it last is called.
pub(super) type Named = (Policy, Option<String>);

/// The policy that the address names.
fn policy_id(call: &Call) -> Result<PolicyId, HttpError> {
    let text = call.param(0);
    PolicyId::parse(text, call.app.tenant.id).map_err(|_| HttpError::not_found(call.family, text))
}

/// `GET` of the collection: the filter must name a group, or the directory.
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    let shape = call.query(shape_of_list(&call.options))?;
    call.query(shape.check(&POLICY))?;
    let scope = call.query(Scope::read(&call.options, &[]))?;
    let found = call
        .read("policy.list", move |tx, caller| scope.policies(tx, caller))
        .await?;
    let rows = found.value.iter();
    let rows: Vec<Value> = rows.map(|named| shown(&call, named, &shape)).collect();
    let context = call.context(&format!(
        "policies/roleManagementPolicies{}",
        shape.context()
    ));
    Ok(Answer::json(
        json!({"@odata.context": context, "value": rows}),
    ))
}

/// `GET …/$count`: the filter must name a group here too.
pub(crate) async fn count(call: Call) -> Result<Answer, HttpError> {
    call.query(call.options.only(&["$filter"]))?;
    let scope = call.query(Scope::read(&call.options, &[]))?;
    let found = call
        .read("policy.list", move |tx, caller| scope.policies(tx, caller))
        .await?;
    Ok(Answer::count(Some(found.value.len() as u64)))
}

/// `$select` and `$expand` of a list that is never longer than a page.
pub(super) fn shape_of_list(options: &Options) -> Result<Shape, BadQuery> {
    options.only(&["$filter", "$select", "$expand"])?;
    Shape::of(options)
}

/// `GET …/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&POLICY)?;
    let id = policy_id(&call)?;
    let found = call
        .read("policy.read", move |tx, caller| {
            let policy = policies::get(tx, caller, id)?;
            named(tx, policy)
        })
        .await?;
    Ok(entity(&call, &found.value, &shape))
}

/// `PATCH …/{id}`: all rules that are sent, or none.
pub(crate) async fn change(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = policy_id(&call)?;
    let changes = call.body(changes)?;
    // What was changed is what the caller wants to see.
    let options = Options::parse("$expand=rules", crate::odata::options::Dollar::Needed);
    let shape = call.query(options.and_then(|options| Shape::of(&options)))?;
    let change = move |tx: &mut Tx<'_>| {
        let policy = policies::change(tx, id, &changes)?;
        let called = view::called_out_about(tx, id)?;
        Ok((named(tx, policy)?, called))
    };
    let changed = move |call: &Call, changed: At<(Named, Vec<Called>)>| {
        let (named, called) = changed.value;
        calling_out(entity(call, &named, &shape), &called)
    };
    call.write("policy.change", change, changed).await
}

/// The answer, with what is called out about access packages that hold the role (R-G4).
fn calling_out(mut answer: Answer, called: &[Called]) -> Answer {
    if let Body::Json(body) = &mut answer.body {
        *body = with_warnings(body.take(), warnings(called));
    }
    answer
}

fn entity(call: &Call, named: &Named, shape: &Shape) -> Answer {
    let context = format!("policies/roleManagementPolicies{}/$entity", shape.context());
    call.entity(&context, shown(call, named, shape))
}

/// `GET …/{id}/rules`, `GET …/{id}/effectiveRules`: nothing is inherited, so they are the same.
pub(crate) async fn rules(call: Call) -> Result<Answer, HttpError> {
    let shape = call.query(shape_of_list(&call.options))?;
    call.query(shape.check(&RULE))?;
    let wanted = call.query(rule_filter(&call.options))?;
    let id = policy_id(&call)?;
    let found = call
        .read("policy.read", move |tx, caller| {
            policies::get(tx, caller, id)
        })
        .await?;
    let rows: Vec<Value> = RuleId::all()
        .filter(|rule| wanted.as_ref().is_none_or(|wanted| wanted == rule))
        .map(|rule| shape.apply(rule_members(&found.value, rule), &RULE))
        .collect();
    let context = call.context(&format!(
        "policies/roleManagementPolicies('{}')/rules{}",
        id.shown(call.app.tenant.id),
        shape.context()
    ));
    Ok(Answer::json(
        json!({"@odata.context": context, "value": rows}),
    ))
}

/// `GET …/{id}/rules/$count`, `GET …/{id}/effectiveRules/$count`
pub(crate) async fn count_rules(call: Call) -> Result<Answer, HttpError> {
    call.query(call.options.only(&["$filter"]))?;
    let wanted = call.query(rule_filter(&call.options))?;
    let id = policy_id(&call)?;
    call.read("policy.read", move |tx, caller| {
        policies::get(tx, caller, id)
    })
    .await?;
    let fits = |rule: &RuleId| wanted.as_ref().is_none_or(|wanted| wanted == rule);
    Ok(Answer::count(Some(
        RuleId::all().filter(fits).count() as u64
    )))
}

/// `$filter=id eq '…'`, the one filter that rules take.
fn rule_filter(options: &Options) -> Result<Option<RuleId>, BadQuery> {
    let Some(text) = options.get("$filter") else {
        return Ok(None);
    };
    let clauses = clauses(&filter::parse(text)?, &["id"])?;
    match clauses.as_slice() {
        [(_, id)] => id
            .parse()
            .map(Some)
            .map_err(|wrong| BadQuery::filter(format!("In the $filter {wrong}."))),
        _ => Err(BadQuery::filter("Rules are filtered as $filter=id eq '…'.")),
    }
}

/// `GET …/{id}/rules/{ruleId}`
pub(crate) async fn rule(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&RULE)?;
    let id = policy_id(&call)?;
    let rule: RuleId = call.id(1)?;
    let found = call
        .read("policy.read", move |tx, caller| {
            policies::get(tx, caller, id)
        })
        .await?;
    Ok(rule_entity(&call, &found.value, rule, &shape))
}

/// `PATCH …/{id}/rules/{ruleId}`
pub(crate) async fn change_rule(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id = policy_id(&call)?;
    let rule: RuleId = call.id(1)?;
    let change = call.body(|fields| read_change(fields, rule))?;
    let changed = move |call: &Call, changed: At<(Policy, Vec<Called>)>| {
        let (policy, called) = changed.value;
        calling_out(rule_entity(call, &policy, rule, &Shape::default()), &called)
    };
    call.write(
        "policy.change",
        move |tx| {
            let policy = policies::change(tx, id, &[(rule, change)])?;
            Ok((policy, view::called_out_about(tx, id)?))
        },
        changed,
    )
    .await
}

fn rule_entity(call: &Call, policy: &Policy, rule: RuleId, shape: &Shape) -> Answer {
    let context = format!(
        "policies/roleManagementPolicies('{}')/rules{}/$entity",
        policy.id().shown(call.app.tenant.id),
        shape.context()
    );
    call.entity(&context, shape.apply(rule_members(policy, rule), &RULE))
}

/// The policy as it is shown, with what is expanded of it.
pub(super) fn shown(call: &Call, (policy, modifier): &Named, shape: &Shape) -> Value {
    let mut object = policy_members(policy, call.app.tenant.id, modifier.as_deref());
    for name in ["effectiveRules", "rules"] {
        if let Some(inner) = shape.wants(name) {
            let rules: Vec<Value> = RuleId::all()
                .map(|rule| inner.apply(rule_members(policy, rule), &RULE))
                .collect();
            object.insert(name.into(), rules.into());
        }
    }
    shape.apply(object, &POLICY)
}

/// The policy with what whoever changed it last is called; nothing where they have been deleted since.
pub(super) fn named(tx: &ReadTx<'_>, policy: Policy) -> OpResult<Named> {
    let modifier = match policy.modified.map(|modified| modified.by) {
        Some(Actor::User(id) | Actor::Application(id)) => {
            let (people, _) = directory::names(tx, &[id], &[])?;
            people.first().map(|person| person.display_name.to_string())
        }
        Some(Actor::Operator | Actor::System) => Some("Ephor".to_owned()),
        None => None,
    };
    Ok((policy, modifier))
}

/// Whose policies are asked for.
#[derive(Debug, Clone, Copy)]
enum ScopeOf {
    Group(GroupId),
    /// All directory roles.
    Directory,
    /// Scopes of other types, and ids that can't be one, hold nothing here.
    Nothing,
}

/// What a list of policies or assignments is asked for.
pub(super) struct Scope {
    of: ScopeOf,
    others: Vec<(String, String)>,
}

impl Scope {
    /// Reads the filter: both clauses of the scope are mandatory, in any order, and `more` may be added.
    pub(super) fn read(options: &Options, more: &[&'static str]) -> Result<Self, BadQuery> {
        let needed = || {
            BadQuery::filter(
                "The list needs $filter=scopeId eq '{groupId}' and scopeType eq 'Group', or scopeId eq '/' and scopeType eq 'DirectoryRole'.",
            )
        };
        let text = options.get("$filter").ok_or_else(needed)?;
        let names: Vec<&str> = ["scopeId", "scopeType"]
            .iter()
            .chain(more)
            .copied()
            .collect();
        let mut clauses = clauses(&filter::parse(text)?, &names)?;
        let mut take = |name: &str| {
            let at = clauses.iter().position(|(own, _)| own == name)?;
            Some(clauses.remove(at).1)
        };
        let (id, kind) = (take("scopeId"), take("scopeType"));
        let (Some(id), Some(kind)) = (id, kind) else {
            return Err(needed());
        };
        let directory = ["DirectoryRole", "Directory"];
        let of = if kind.eq_ignore_ascii_case("Group") {
            id.parse().map_or(ScopeOf::Nothing, ScopeOf::Group)
        } else if id == "/" && directory.iter().any(|word| kind.eq_ignore_ascii_case(word)) {
            ScopeOf::Directory
        } else {
            ScopeOf::Nothing
        };
        Ok(Self {
            of,
            others: clauses,
        })
    }

    /// What a further clause asks for.
    pub(super) fn asks(&self, name: &str) -> Option<&str> {
        let found = self.others.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The policies. Whether the caller may ask is judged also where there can be none.
    pub(super) fn policies(&self, tx: &ReadTx<'_>, caller: &Caller) -> OpResult<Vec<Named>> {
        let found = match self.of {
            ScopeOf::Group(group) => policies::of_group(tx, caller, group)?,
            ScopeOf::Directory => policies::of_directory_roles(tx, caller)?,
            ScopeOf::Nothing => policies::of_group(tx, caller, GroupId::from_uuid(Uuid::nil()))?,
        };
        found.into_iter().map(|policy| named(tx, policy)).collect()
    }
}

/// The clauses of a filter that only joins `name eq 'value'` with `and`, under the names they have in the
/// table.
fn clauses(filter: &Filter, names: &[&str]) -> Result<Vec<(String, String)>, BadQuery> {
    match filter {
        Filter::And(left, right) => {
            let mut both = clauses(left, names)?;
            both.extend(clauses(right, names)?);
            Ok(both)
        }
        Filter::Compare(path, Comparison::Eq, value) => {
            let name = names.iter().find(|name| name.eq_ignore_ascii_case(path));
            let name = name.ok_or_else(|| {
                BadQuery::filter(format!(
                    "`{}` can't be used in a $filter here; there are `{}`.",
                    clipped(path),
                    names.join("`, `")
                ))
            })?;
            match value {
                Given::Text(text) => Ok(vec![((*name).to_owned(), text.clone())]),
                Given::Guid(guid) => Ok(vec![((*name).to_owned(), guid.to_string())]),
                Given::Null | Given::Bool(_) | Given::Int(_) | Given::Time(_) => {
                    Err(BadQuery::filter(format!(
                        "In the $filter `{name}` must be compared with a text in single quotes."
                    )))
                }
            }
        }
        Filter::Or(..)
        | Filter::Not(_)
        | Filter::Compare(..)
        | Filter::In(..)
        | Filter::Text(..)
        | Filter::Any(..)
        | Filter::AnyText(..) => Err(BadQuery::filter(format!(
            "Here a $filter joins comparisons with `eq` by `and`; there are `{}`.",
            names.join("`, `")
        ))),
    }
}
