//! The one question every operation asks first: may this caller do this to that?
//!
//! The permission is judged before anything is looked up, so that a token without it learns nothing. The
//! grounds are read in the operation's own transaction: a role that has just ended no longer counts (R-H4).

use ephor_core::authority::{self, Ground, Operation, Standing, Target, judge, line};
use ephor_core::caller::{Actor, Caller};
use ephor_core::directory_role::DirectoryRole;
use ephor_core::group::{Group, RoleAssignable};
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::principal::{PrincipalKind, PrincipalRef};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::request::Object;
use ephor_core::role::{ObjectId, Role, RoleKind};
use ephor_store::ReadTx;

use crate::OpResult;

/// What an operation is about: what the caller's grounds are looked up towards.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About {
    /// Which line of the table counts.
    pub(crate) target: Target,
    /// The group whose owners count.
    pub(crate) group: Option<GroupId>,
    /// The principal: the caller's own makes it "for oneself".
    pub(crate) principal: Option<PrincipalId>,
    /// The object that units may have.
    pub(crate) object: Option<PrincipalId>,
}

impl About {
    pub(crate) const NOTHING: Self = Self {
        target: Target::Any,
        group: None,
        principal: None,
        object: None,
    };

    pub(crate) fn group(group: &Group) -> Self {
        Self {
            target: target_of(group),
            group: Some(group.id),
            object: Some(group.id.into()),
            ..Self::NOTHING
        }
    }

    pub(crate) const fn user(user: PrincipalId) -> Self {
        Self {
            object: Some(user),
            ..Self::NOTHING
        }
    }

    pub(crate) const fn directory_role() -> Self {
        Self {
            target: Target::DirectoryRole,
            ..Self::NOTHING
        }
    }

    pub(crate) fn object(object: &Object) -> Self {
        match object {
            Object::Group(group) => Self::group(group),
            Object::Directory(_) => Self::directory_role(),
        }
    }

    /// About a role, as it is now. Where nothing tells how a group is protected, the most is assumed.
    pub(crate) fn role(tx: &ReadTx<'_>, role: Role) -> OpResult<Self> {
        Self::object_id(tx, role.object())
    }

    /// About a group or directory role, by its id.
    pub(crate) fn object_id(tx: &ReadTx<'_>, object: ObjectId) -> OpResult<Self> {
        let id = match object {
            ObjectId::Group(id) => id,
            ObjectId::Directory(_) => return Ok(Self::directory_role()),
        };
        if let Some(group) = tx.group(id)? {
            return Ok(Self::group(&group));
        }
        Ok(match tx.deleted_group(id)? {
            Some((group, _)) => Self::deleted_group(&group),
            None => Self {
                target: Target::RoleAssignable,
                ..Self::NOTHING
            },
        })
    }

    /// About a group that was deleted: it has no owners and is in no unit any more.
    pub(crate) const fn deleted_group(group: &Group) -> Self {
        Self {
            target: target_of(group),
            ..Self::NOTHING
        }
    }

    /// About all roles of this kind at once: of groups, what is most protected counts.
    pub(crate) const fn every(of: RoleKind) -> Self {
        Self {
            target: match of {
                RoleKind::Group => Target::RoleAssignable,
                RoleKind::Directory => Target::DirectoryRole,
            },
            ..Self::NOTHING
        }
    }

    #[must_use]
    pub(crate) const fn of(self, principal: Option<PrincipalId>) -> Self {
        Self { principal, ..self }
    }
}

/// Which line of the table counts for a group.
pub(crate) const fn target_of(group: &Group) -> Target {
    match group.role_assignable {
        RoleAssignable::Yes => Target::RoleAssignable,
        RoleAssignable::No if group.kind.is_unified() => Target::Microsoft365,
        RoleAssignable::No => Target::Group,
    }
}

/// The target whose permissions are asked for before anything is looked up.
pub(crate) const fn before_looking(of: RoleKind) -> Target {
    match of {
        RoleKind::Group => Target::Group,
        RoleKind::Directory => Target::DirectoryRole,
    }
}

/// The ground on which `caller` may do it.
pub(crate) fn authorise(
    tx: &ReadTx<'_>,
    caller: &Caller,
    operation: Operation,
    about: About,
) -> OpResult<Ground> {
    authority::has_permission(operation, about.target, caller)?;
    let standing = standing(tx, caller, operation, about)?;
    let judged = judge(operation, about.target, caller, &standing);
    let group = match about.group {
        Some(group) if changes_who_is_in(operation) && about.target != Target::RoleAssignable => {
            group
        }
        Some(_) | None => return Ok(judged?),
    };
    match judged {
        Ok(ground) => {
            leaves_the_approvers_alone(tx, caller, operation, group)?;
            Ok(ground)
        }
        // Whoever runs what is approved for may say who approves.
        Err(_)
            if standing.has_role(DirectoryRole::PrivilegedRoleAdministrator)
                && matches!(
                    operation,
                    Operation::ChangeMembers | Operation::ChangeOwners
                )
                && !tx.protected_approved_by(group)?.is_empty() =>
        {
            Ok(Ground::Role(DirectoryRole::PrivilegedRoleAdministrator))
        }
        Err(refused) => Err(refused.into()),
    }
}

/// Whether an operation changes who is in a group, or could be.
const fn changes_who_is_in(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::ChangeMembers
            | Operation::ChangeOwners
            | Operation::DeleteGroup
            | Operation::RestoreGroup
            | Operation::AssignEligibility
            | Operation::RemoveEligibility
            | Operation::AssignActive
            | Operation::RemoveActive
            | Operation::DecideEligibility
            | Operation::DecideActive
            | Operation::ChangePolicy
            | Operation::OfferResource
    )
}

/// A group that approves for a role-assignable group or a directory role, itself or inside another group, is
/// changed only by those who may change that: whoever runs it would otherwise decide who gets in there (T-05).
pub(crate) fn leaves_the_approvers_alone(
    tx: &ReadTx<'_>,
    caller: &Caller,
    operation: Operation,
    group: GroupId,
) -> OpResult<()> {
    use DirectoryRole::{GlobalAdministrator, PrivilegedRoleAdministrator};
    for guarded in tx.protected_approved_by(group)? {
        let about = match guarded {
            ObjectId::Group(guarded) => About {
                target: Target::RoleAssignable,
                group: Some(guarded),
                object: Some(guarded.into()),
                ..About::NOTHING
            },
            ObjectId::Directory(_) => About::directory_role(),
        };
        let standing = standing(tx, caller, Operation::ChangeRoleAssignments, about)?;
        let may_change = standing.has_role(GlobalAdministrator)
            || standing.has_role(PrivilegedRoleAdministrator)
            || standing.has(Ground::ActiveOwner)
            || (standing.is_application()
                && authority::has_permission(operation, Target::RoleAssignable, caller).is_ok());
        if !may_change {
            return Err(Refusal::new(
                Code::Denied,
                "the members of this group approve for a role-assignable group or a directory role, so only those who may change that may change this group",
            )
            .hint("ask a Privileged Role Administrator or Global Administrator")
            .into());
        }
    }
    Ok(())
}

/// Refused where `principal` is a group that nobody here decides on, or holds one, and coming into `group` it
/// would approve for what is protected: a rule lets whoever changes a person's properties choose who approves,
/// and another directory is not ours to guard (T-05).
pub(crate) fn approvers_stay_decided_here(
    tx: &ReadTx<'_>,
    group: GroupId,
    principal: PrincipalRef,
) -> OpResult<()> {
    if principal.kind != PrincipalKind::Group {
        return Ok(());
    }
    match tx.decided_elsewhere(principal.id.as_group())?.first() {
        Some(elsewhere) if !tx.protected_approved_by(group)?.is_empty() => Err(Refusal::new(
            Code::BadRequest,
            format!(
                "the members of this group approve for a role-assignable group or a directory role, but who is in the group `{elsewhere}` is decided by its rule or in another directory"
            ),
        )
        .hint("choose a group with assigned membership that is mastered here")
        .into()),
        Some(_) | None => Ok(()),
    }
}

/// Refused where the token's client may not ask for this at all.
pub(crate) fn has_permission(
    caller: &Caller,
    operation: Operation,
    of: RoleKind,
) -> Result<(), Refusal> {
    authority::has_permission(operation, before_looking(of), caller)
}

/// The caller's grounds; refused where the account behind the token is gone or disabled.
pub(crate) fn standing(
    tx: &ReadTx<'_>,
    caller: &Caller,
    operation: Operation,
    about: About,
) -> OpResult<Standing> {
    let line = line(operation, about.target);
    let standing = tx.standing(caller, line, about.group, about.principal, about.object)?;
    match caller.actor {
        Actor::User(_) | Actor::Application(_) if !standing.is_known() => {
            return Err(Refusal::new(
                Code::NotSignedIn,
                "the account of this access token does not exist any more or is disabled",
            )
            .into());
        }
        Actor::User(_) | Actor::Application(_) | Actor::Operator | Actor::System => {}
    }
    let changes_it = matches!(
        operation,
        Operation::ChangeMembers
            | Operation::ChangeOwners
            | Operation::UpdateGroup
            | Operation::DeleteGroup
            | Operation::UpdateUser
            | Operation::SetPassword
            | Operation::SetAccount
            | Operation::DeleteUser
            | Operation::RevokeSessions
            | Operation::RemoveMethod
    );
    match about.object {
        Some(object) if changes_it && is_restricted(tx, object)? => {
            Ok(standing.confined(about.target))
        }
        Some(_) | None => Ok(standing),
    }
}

/// Refused where the account behind the token is gone or disabled.
pub(crate) fn is_signed_in(tx: &ReadTx<'_>, caller: &Caller) -> OpResult<()> {
    // A line that names no role, so that none is looked up.
    standing(tx, caller, Operation::ReadMe, About::NOTHING).map(|_| ())
}

/// Whether it is in a unit whose management is restricted.
pub(crate) fn is_restricted(tx: &ReadTx<'_>, object: PrincipalId) -> OpResult<bool> {
    Ok(tx
        .units_of(object)?
        .iter()
        .any(ephor_core::unit::Unit::is_restricted))
}
