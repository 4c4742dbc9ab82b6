//! Role settings: read them and change them (R-C1, R-C6; `pim-groups.md` section 3).
//!
//! Roles of groups and directory roles alike. A role has its policy from the start, the defaults until somebody changes it; the
//! first change brings a group under management (R-B1).

use ephor_core::authority::Operation;
use ephor_core::caller::{Actor, Caller};
use ephor_core::directory_role::DirectoryRole;
use ephor_core::event::{Attempt, Event};
use ephor_core::group::{Access, RoleAssignable};
use ephor_core::id::GroupId;
use ephor_core::policy::{
    Approver, BeyondChange, Modified, Policy, PolicyId, RuleChange, RuleId, Rules,
};
use ephor_core::principal::PrincipalKind;
use ephor_core::refusal::{Code, Refusal};
use ephor_core::request::Object;
use ephor_core::role::Role;
use ephor_core::time::Instant;
use ephor_store::{ReadTx, Tx};
use serde::Deserialize;

use crate::OpResult;
use crate::access::is_known;
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
    let names: Vec<_> = changes.iter().map(|(rule, _)| rule.to_string()).collect();
    changed(tx, id, |rules| rules.changed(changes))
        .map_err(|error| error.at(attempt(id, names.join(", "))))
}

/// Changes the rules that Ephor has beyond Graph's 17.
pub fn change_beyond(tx: &mut Tx<'_>, id: PolicyId, change: &BeyondChange) -> OpResult<Policy> {
    changed(tx, id, |rules| rules.changed_beyond(change))
        .map_err(|error| error.at(attempt(id, "rules beyond Graph's".into())))
}

fn attempt(id: PolicyId, detail: String) -> Attempt {
    Attempt {
        operation: Operation::ChangePolicy.name().to_owned(),
        group: id.role().group(),
        access: id.role().access(),
        definition: id.role().definition(),
        principal: None,
        detail: Some(detail),
    }
}

fn changed(
    tx: &mut Tx<'_>,
    id: PolicyId,
    change: impl FnOnce(&Rules) -> Result<Rules, Refusal>,
) -> OpResult<Policy> {
    let caller = tx.caller().clone();
    has_permission(&caller, Operation::ChangePolicy, id.role().kind())?;
    let object = object(tx, id.role())?;
    if let Object::Group(group) = &object {
        manageable(tx, group, Code::InvalidPolicy)?;
    }
    authorise(tx, &caller, Operation::ChangePolicy, About::object(&object))?;

    let before = tx.policy(id.role())?;
    let rules = change(&before.rules)?;
    approvers_can_be(tx, &object, &before.rules, &rules)?;
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

/// One change of a policy: the version it made, with the rules before and after (R-C6).
#[derive(Debug, Clone)]
pub struct PolicyVersion {
    /// The entry of the audit log that holds it.
    pub sequence: i64,
    /// The version that it made; the defaults are version 1, and nobody made them.
    pub version: u32,
    /// When.
    pub at: Instant,
    /// Who changed it.
    pub by: Option<Actor>,
    /// What it said before.
    pub before: Box<Rules>,
    /// What it said from then on.
    pub after: Box<Rules>,
}

/// The changes of a policy, newest first: at most `limit` of those recorded before the entry `before`.
pub fn history(
    tx: &ReadTx<'_>,
    caller: &Caller,
    id: PolicyId,
    before: Option<i64>,
    limit: u32,
) -> OpResult<Vec<PolicyVersion>> {
    let about = About::role(tx, id.role())?;
    authorise(tx, caller, Operation::ReadPolicyHistory, about)?;
    is_known(tx, id.role().object())?;
    let mut versions = Vec::new();
    let mut from = before;
    // Changes of the other role's policy stand between those of this one.
    while versions.len() < limit as usize {
        let entries = tx.policy_changes(id.role().object(), from, limit)?;
        let Some(last) = entries.last() else { break };
        from = Some(last.sequence);
        for entry in entries {
            let Event::PolicyChanged {
                role,
                version,
                before,
                after,
                ..
            } = entry.event
            else {
                continue;
            };
            if role.for_policy() == id.role() && versions.len() < limit as usize {
                versions.push(PolicyVersion {
                    sequence: entry.sequence,
                    version,
                    at: entry.at,
                    by: entry
                        .caller
                        .get("actor")
                        .and_then(|actor| Actor::deserialize(actor).ok()),
                    before,
                    after,
                });
            }
        }
    }
    Ok(versions)
}

/// Refused where an approver that is newly named does not exist, as nobody could then decide (R-F7); and for a
/// role-assignable group or a directory role, where it is a group that nobody here decides on, or holds one
/// (T-05). Other groups that approve for these are changed only by those who may change these.
fn approvers_can_be(
    tx: &ReadTx<'_>,
    object: &Object,
    before: &Rules,
    after: &Rules,
) -> OpResult<()> {
    let protected = match object {
        Object::Group(group) => group.role_assignable == RoleAssignable::Yes,
        Object::Directory(_) => true,
    };
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
        let Approver::GroupMembers { id, .. } = approver else {
            continue;
        };
        if let (true, Some(elsewhere)) = (protected, tx.decided_elsewhere(*id)?.first()) {
            return Err(Refusal::new(
                Code::InvalidPolicy,
                format!(
                    "primaryApprovers names `{id}`, but who is in the group `{elsewhere}` is decided by its rule or in another directory, and such a group can't approve for a role-assignable group or a directory role"
                ),
            )
            .hint("name people, or a group with assigned membership that is mastered here")
            .into());
        }
    }
    Ok(())
}
