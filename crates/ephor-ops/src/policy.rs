//! Role settings: read them and change them (R-C1, R-C6; `pim-groups.md` section 3).
//!
//! Roles of groups and directory roles alike. A role has its policy from the start, the defaults until somebody changes it; the
//! first change brings a group under management (R-B1).

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::directory_role::DirectoryRole;
use ephor_core::event::{Attempt, Event};
use ephor_core::group::Access;
use ephor_core::id::GroupId;
use ephor_core::policy::{Approver, Modified, Policy, PolicyId, RuleChange, RuleId, Rules};
use ephor_core::principal::PrincipalKind;
use ephor_core::refusal::{Code, Refusal};
use ephor_core::request::Object;
use ephor_core::role::Role;
use ephor_store::{ReadTx, Tx};

use crate::OpResult;
use crate::authorise::{About, authorise, has_permission};
use crate::schedule_request::{brought_in, manageable, object};

/// The policy of this id.
pub fn get(tx: &ReadTx<'_>, caller: &Caller, id: PolicyId) -> OpResult<Policy> {
    let about = About::role(tx, id.role())?;
    authorise(tx, caller, Operation::ReadPolicies, about)?;
    object(tx, id.role())?;
    Ok(tx.policy(id.role())?)
}

/// The two policies of a group, member's first; none where there is no such group.
pub fn of_group(tx: &ReadTx<'_>, caller: &Caller, group: GroupId) -> OpResult<Vec<Policy>> {
    let about = About::role(tx, Role::of(group, Access::Member))?;
    authorise(tx, caller, Operation::ReadPolicies, about)?;
    if tx.group(group)?.is_none() {
        return Ok(Vec::new());
    }
    let mut both = Vec::with_capacity(2);
    for access in Access::BOTH {
        both.push(tx.policy(Role::of(group, access))?);
    }
    Ok(both)
}

/// The policies of all directory roles, built-in ones first.
pub fn of_directory_roles(tx: &ReadTx<'_>, caller: &Caller) -> OpResult<Vec<Policy>> {
    let about = About::directory_role();
    authorise(tx, caller, Operation::ReadPolicies, about)?;
    let custom = tx.custom_roles()?;
    let built_in = DirectoryRole::ALL.iter().map(|role| role.definition_id());
    let mut all = Vec::new();
    for definition in built_in.chain(custom.iter().map(|role| role.id)) {
        all.push(tx.policy(Role::directory(definition))?);
    }
    Ok(all)
}

/// Changes rules of a policy, all that are named or none; what is already granted keeps its end (R-C6).
pub fn change(tx: &mut Tx<'_>, id: PolicyId, changes: &[(RuleId, RuleChange)]) -> OpResult<Policy> {
    let attempt = || Attempt {
        operation: Operation::ChangePolicy.name().to_owned(),
        group: id.role().group(),
        access: id.role().access(),
        definition: id.role().definition(),
        principal: None,
        detail: Some(
            changes
                .iter()
                .map(|(rule, _)| rule.to_string())
                .collect::<Vec<_>>()
                .join(", "),
        ),
    };
    changed(tx, id, changes).map_err(|error| error.at(attempt()))
}

fn changed(tx: &mut Tx<'_>, id: PolicyId, changes: &[(RuleId, RuleChange)]) -> OpResult<Policy> {
    let caller = tx.caller().clone();
    has_permission(&caller, Operation::ChangePolicy, id.role().kind())?;
    let object = object(tx, id.role())?;
    if let Object::Group(group) = &object {
        manageable(tx, group, Code::InvalidPolicy)?;
    }
    authorise(tx, &caller, Operation::ChangePolicy, About::object(&object))?;

    let before = tx.policy(id.role())?;
    let rules = before.rules.changed(changes)?;
    approvers_exist(tx, &before.rules, &rules)?;
    let at = tx.now();
    let mut events = Vec::new();
    events.extend(brought_in(&object, at));
    let policy = Policy {
        version: before.version + 1,
        rules,
        modified: Some(Modified {
            at,
            by: caller.actor,
        }),
        ..before.clone()
    };
    events.push(Event::PolicyChanged {
        role: id.role(),
        version: policy.version,
        at,
        before: Box::new(before.rules),
        after: Box::new(policy.rules.clone()),
    });
    tx.record(&events)?;
    Ok(policy)
}

/// Refused where an approver that is newly named does not exist: nobody could then decide (R-F7).
fn approvers_exist(tx: &ReadTx<'_>, before: &Rules, after: &Rules) -> OpResult<()> {
    let known = &before.activation.approval.stage.primary_approvers;
    for approver in &after.activation.approval.stage.primary_approvers {
        if known.contains(approver) {
            continue;
        }
        let (id, kind, what) = match approver {
            Approver::User { id, .. } => (*id, PrincipalKind::User, "user"),
            Approver::GroupMembers { id, .. } => ((*id).into(), PrincipalKind::Group, "group"),
        };
        if tx
            .principal(id)?
            .is_none_or(|principal| principal.reference.kind != kind)
        {
            return Err(Refusal::new(
                Code::InvalidPolicy,
                format!("primaryApprovers names `{id}`, but there is no such {what}"),
            )
            .into());
        }
    }
    Ok(())
}
