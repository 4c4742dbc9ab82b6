//! Authentication contexts, Conditional Access policies, named locations and authentication strengths: who may
//! see and change them, and what they ask of somebody (R-I5).

use std::collections::BTreeSet;
use std::net::IpAddr;

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::event::Attempt;
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::policy::ContextClass;
use ephor_core::refusal::{Code, Refusal};
use ephor_core::signin::condition::{
    self, Condition, ConditionKind, StrengthPolicy, Who, names_groups,
};
use ephor_core::signin::context::{Context, ContextId};
use ephor_core::signin::event::SignInEvent;
use ephor_core::time::Instant;
use ephor_store::{ReadTx, Tx};
use uuid::Uuid;

use super::{note, oauth};
use crate::authorise::{About, authorise};
use crate::{OpError, OpResult};

/// There may be so many of each kind.
const MAX: usize = 240;

/// What is asked of somebody.
pub(super) struct Asked {
    all: Vec<Condition>,
    user: PrincipalId,
    groups: BTreeSet<GroupId>,
    address: Option<IpAddr>,
}

impl Asked {
    /// Of this person, who comes from this address.
    pub(super) fn of(tx: &ReadTx<'_>, user: PrincipalId, address: Option<&str>) -> OpResult<Self> {
        let all = tx.conditions()?;
        let groups = if names_groups(&all) {
            oauth::groups_of(tx, user)?.groups.into_iter().collect()
        } else {
            BTreeSet::new()
        };
        Ok(Self {
            all,
            user,
            groups,
            address: address.and_then(|address| address.parse().ok()),
        })
    }

    /// By this context.
    pub(super) fn by(&self, id: ContextId) -> Context {
        let who = Who {
            user: self.user,
            groups: &self.groups,
            address: self.address,
        };
        condition::asked(&self.all, id, &who)
    }
}

const fn operations(kind: ConditionKind) -> (Operation, Operation) {
    match kind {
        ConditionKind::Context => (Operation::ReadContexts, Operation::ChangeContexts),
        ConditionKind::Policy | ConditionKind::Location => {
            (Operation::ReadConditions, Operation::ChangeConditions)
        }
        ConditionKind::Strength => (Operation::ReadStrengths, Operation::ChangeStrengths),
    }
}

/// All of a kind, oldest first; the authentication strengths that every tenant has among them.
pub fn list(tx: &ReadTx<'_>, caller: &Caller, kind: ConditionKind) -> OpResult<Vec<Condition>> {
    authorise(tx, caller, operations(kind).0, About::NOTHING)?;
    let built_in = match kind {
        ConditionKind::Strength => StrengthPolicy::built_in(),
        ConditionKind::Context | ConditionKind::Policy | ConditionKind::Location => Vec::new(),
    };
    let own = tx.conditions()?;
    let own = own.into_iter().filter(|one| one.kind() == kind);
    Ok(built_in
        .into_iter()
        .map(Condition::Strength)
        .chain(own)
        .collect())
}

/// One of them.
pub fn get(tx: &ReadTx<'_>, caller: &Caller, kind: ConditionKind, id: &str) -> OpResult<Condition> {
    let all = list(tx, caller, kind)?;
    let found = all
        .into_iter()
        .find(|one| one.id().eq_ignore_ascii_case(id));
    found.ok_or_else(|| Refusal::not_found(id).into())
}

/// Makes or changes one: `write` is given what is there, an id for what is new, and the time.
pub fn set(
    tx: &mut Tx<'_>,
    kind: ConditionKind,
    id: Option<&str>,
    write: impl FnOnce(Option<Condition>, Uuid, Instant) -> Result<Condition, Refusal>,
) -> OpResult<Condition> {
    let attempt = attempt(operations(kind).1, id);
    let set = |tx: &mut Tx<'_>| -> OpResult<Condition> {
        let caller = tx.caller().clone();
        authorise(tx, &caller, operations(kind).1, About::NOTHING)?;
        let before = match id {
            Some(id) => tx.condition(kind, id)?,
            None => None,
        };
        match (&before, kind, id) {
            (None, ConditionKind::Strength, Some(id)) if is_built_in(id) => {
                return Err(Refusal::new(
                    Code::BadRequest,
                    "an authentication strength that every tenant has can't be changed",
                )
                .into());
            }
            // An authentication context is made by being named.
            (Some(_), _, _) | (None, _, None) | (None, ConditionKind::Context, Some(_)) => {}
            (None, _, Some(id)) => return Err(Refusal::not_found(id).into()),
        }
        let now = tx.now();
        let fresh = tx.ids().fresh();
        let after = write(before.clone(), fresh, now)?;
        if before.as_ref() == Some(&after) {
            return Ok(after);
        }
        let all = tx.conditions()?;
        if before.is_none() && all.iter().filter(|one| one.kind() == kind).count() >= MAX {
            return Err(Refusal::new(
                Code::QuotaExceeded,
                format!("there are {MAX} of these already"),
            )
            .into());
        }
        names_what_is_there(tx, &after)?;
        tx.keep_condition(&after)?;
        let entry = SignInEvent::ConditionSet {
            condition: Box::new(after.clone()),
        };
        note(tx, caller.user(), entry)?;
        Ok(after)
    };
    set(tx).map_err(|error: OpError| error.at(attempt))
}

/// Takes one away, unless something names it.
pub fn remove(tx: &mut Tx<'_>, kind: ConditionKind, id: &str) -> OpResult<()> {
    let attempt = attempt(operations(kind).1, Some(id));
    let remove = |tx: &mut Tx<'_>| -> OpResult<()> {
        let caller = tx.caller().clone();
        authorise(tx, &caller, operations(kind).1, About::NOTHING)?;
        if kind == ConditionKind::Strength && is_built_in(id) {
            return Err(Refusal::new(
                Code::BadRequest,
                "an authentication strength that every tenant has can't be deleted",
            )
            .into());
        }
        let before = tx
            .condition(kind, id)?
            .ok_or_else(|| OpError::from(Refusal::not_found(id)))?;
        is_not_used(tx, &before)?;
        tx.drop_condition(kind, id)?;
        let entry = SignInEvent::ConditionRemoved {
            condition: Box::new(before),
        };
        note(tx, caller.user(), entry)
    };
    remove(tx).map_err(|error: OpError| error.at(attempt))
}

fn attempt(operation: Operation, id: Option<&str>) -> Attempt {
    Attempt {
        operation: operation.name().to_owned(),
        group: None,
        access: None,
        definition: None,
        principal: None,
        detail: id.map(str::to_owned),
    }
}

fn is_built_in(id: &str) -> bool {
    let all = StrengthPolicy::built_in();
    all.iter()
        .any(|strength| strength.id.to_string().eq_ignore_ascii_case(id))
}

/// Refused where a policy names what is not there: it would be held in a way that nobody meant.
fn names_what_is_there(tx: &ReadTx<'_>, condition: &Condition) -> OpResult<()> {
    let Condition::Policy(policy) = condition else {
        return Ok(());
    };
    let missing = |what: &str, id: String| {
        Err(Refusal::new(Code::BadRequest, format!("there is no {what} `{id}`")).into())
    };
    for user in policy.include.users.iter().chain(&policy.exclude.users) {
        if tx.user(*user)?.is_none() {
            return missing("user", user.to_string());
        }
    }
    for group in policy.include.groups.iter().chain(&policy.exclude.groups) {
        if tx.group(*group)?.is_none() {
            return missing("group", group.to_string());
        }
    }
    let places = policy
        .include_places
        .named
        .iter()
        .chain(&policy.exclude_places.named);
    for place in places {
        if tx
            .condition(ConditionKind::Location, &place.to_string())?
            .is_none()
        {
            return missing("named location", place.to_string());
        }
    }
    if let Some(strength) = policy.grant.as_ref().and_then(|grant| grant.strength) {
        let id = strength.to_string();
        if !is_built_in(&id) && tx.condition(ConditionKind::Strength, &id)?.is_none() {
            return missing("authentication strength", id);
        }
    }
    Ok(())
}

/// Refused where a policy, or a role's settings, name it.
fn is_not_used(tx: &ReadTx<'_>, condition: &Condition) -> OpResult<()> {
    let all = tx.conditions()?;
    let user = all.iter().find_map(|other| {
        let Condition::Policy(policy) = other else {
            return None;
        };
        let names = match condition {
            Condition::Context(context) => policy.contexts.contains(&context.id),
            Condition::Location(location) => [&policy.include_places, &policy.exclude_places]
                .iter()
                .any(|places| places.named.contains(&location.id)),
            Condition::Strength(strength) => {
                policy.grant.as_ref().and_then(|grant| grant.strength) == Some(strength.id)
            }
            Condition::Policy(_) => false,
        };
        names.then(|| policy.display_name.to_string())
    });
    if let Some(name) = user {
        return Err(Refusal::new(
            Code::BadRequest,
            format!("the Conditional Access policy `{name}` uses it"),
        )
        .hint("change or delete that policy first")
        .into());
    }
    let Condition::Context(context) = condition else {
        return Ok(());
    };
    let asked_for = match ContextClass::parse(&context.id.to_string()) {
        Some(class) => tx.policies_that_ask_for(class)?,
        None => 0,
    };
    // Which ones is not told: whoever sees to contexts need not see every group.
    match asked_for {
        0 => Ok(()),
        1 => Err("one role's settings ask for it".to_owned()),
        many => Err(format!("the settings of {many} roles ask for it")),
    }
    .map_err(|told| {
        Refusal::new(Code::BadRequest, told)
            .hint("have it taken out of those settings first")
            .into()
    })
}
