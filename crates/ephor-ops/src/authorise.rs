//! The one question every operation asks first: may this caller do this to that?
//!
//! The permission is judged before anything is looked up, so that a token without it learns nothing. The
//! grounds are read in the operation's own transaction: a role that has just ended no longer counts.

use ephor_core::authority::{Ground, Operation, Standing, judge};
use ephor_core::caller::{Actor, Caller};
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::refusal::{Code, Refusal};
use ephor_store::ReadTx;

use crate::OpResult;

/// What an operation is about: what the caller's grounds are looked up towards.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct About {
    /// The group.
    pub(crate) group: Option<GroupId>,
    /// The principal: the caller's own makes it "for oneself".
    pub(crate) principal: Option<PrincipalId>,
}

impl About {
    pub(crate) const NOTHING: Self = Self {
        group: None,
        principal: None,
    };

    pub(crate) const fn group(group: GroupId) -> Self {
        Self {
            group: Some(group),
            principal: None,
        }
    }
}

/// The ground on which `caller` may do it.
pub(crate) fn authorise(
    tx: &ReadTx<'_>,
    caller: &Caller,
    operation: Operation,
    about: About,
) -> OpResult<Ground> {
    has_permission(caller, operation)?;
    let standing = standing(tx, caller, about)?;
    let ground = judge(operation, caller, standing)?;
    if let (Ground::ActiveOwner, Some(group)) = (ground, about.group) {
        leaves_the_approvers_alone(tx, caller, operation, group)?;
    }
    Ok(ground)
}

/// Whether an operation changes who is in a group, or could be.
const fn changes_who_is_in(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::ChangeMembers
            | Operation::ChangeOwners
            | Operation::DeleteGroup
            | Operation::AssignEligibility
            | Operation::RemoveEligibility
            | Operation::AssignActive
            | Operation::RemoveActive
            | Operation::DecideEligibility
            | Operation::DecideActive
            | Operation::ChangePolicy
    )
}

/// A group that approves for a role-assignable group, directly or inside another group, is changed only by
/// those who may change that group: its owners would otherwise decide who becomes a member there (T-05).
fn leaves_the_approvers_alone(
    tx: &ReadTx<'_>,
    caller: &Caller,
    operation: Operation,
    group: GroupId,
) -> OpResult<()> {
    if !changes_who_is_in(operation) {
        return Ok(());
    }
    for guarded in tx.role_assignable_approved_by(group)? {
        let standing = standing(tx, caller, About::group(guarded))?;
        let may_change = [Ground::GlobalAdministrator, Ground::ActiveOwner];
        if !may_change.iter().any(|ground| standing.has(*ground)) {
            return Err(Refusal::new(
                Code::Denied,
                "the members of this group approve for a role-assignable group, so only those who may change that group may change this one",
            )
            .hint("ask a Global Administrator")
            .into());
        }
    }
    Ok(())
}

/// Refused where the token's client may not ask for this at all.
pub(crate) fn has_permission(caller: &Caller, operation: Operation) -> Result<(), Refusal> {
    // On every ground there is, only a missing permission is left to refuse for.
    judge(operation, caller, Standing::on(Ground::ALL)).map(|_| ())
}

/// The caller's grounds; refused where the account behind the token is gone or disabled.
pub(crate) fn standing(tx: &ReadTx<'_>, caller: &Caller, about: About) -> OpResult<Standing> {
    let standing = tx.standing(caller, about.group, about.principal)?;
    match caller.actor {
        Actor::User(_) if !standing.has(Ground::Anyone) => Err(Refusal::new(
            Code::NotSignedIn,
            "the account of this access token does not exist any more or is disabled",
        )
        .into()),
        Actor::Application(_) if !standing.has(Ground::Application) => Err(Refusal::new(
            Code::NotSignedIn,
            "the application of this access token is not registered any more",
        )
        .into()),
        Actor::User(_) | Actor::Application(_) | Actor::Operator | Actor::System => Ok(standing),
    }
}
