//! The small numbers by which rows name kinds, roles and outcomes, and the way back.
//!
//! A number is kept for ever: one is added, none is given a new meaning.

use ephor_core::caller::Actor;
use ephor_core::event::EndReason;
use ephor_core::group::Access;
use ephor_core::holding::EndedBy;
use ephor_core::id::PrincipalId;
use ephor_core::id::{GroupId, RoleDefinitionId, UnitId};
use ephor_core::notice::NoticeAbout;
use ephor_core::principal::PrincipalKind;
use ephor_core::request::{Action, ApprovalNeed, Decision};
use ephor_core::role::{DirectoryScope, ObjectId, Role, RoleKind};
use ephor_core::schedule::{ExpiryReminder, ScheduleKind};
use ephor_core::signin::event::PasswordChange;
use uuid::Uuid;

use crate::StoreError;
use crate::mails::MailState;

macro_rules! codes {
    ($($(#[$doc:meta])* $to:ident, $from:ident: $type:ident { $($variant:ident = $number:literal,)* })*) => {$(
        $(#[$doc])*
        pub(crate) const fn $to(value: $type) -> i64 {
            match value { $($type::$variant => $number,)* }
        }

        pub(crate) fn $from(number: i64) -> Result<$type, StoreError> {
            match number {
                $($number => Ok($type::$variant),)*
                other => Err(StoreError::Damaged(format!("{other} is no {}", stringify!($type)))),
            }
        }
    )*};
}

codes! {
    kind, to_kind: ScheduleKind { Eligible = 0, Active = 1, }
    access, to_access: Access { Member = 0, Owner = 1, }
    principal_kind, to_principal_kind: PrincipalKind { User = 0, Group = 1, ServicePrincipal = 2, }
    approval, to_approval: ApprovalNeed { None = 0, Asked = 1, }
    mail_state, to_mail_state: MailState { Waiting = 0, Sent = 1, Undelivered = 2, Kept = 3, }
    decision, to_decision: Decision { Approve = 0, Deny = 1, }
    password_change, to_password_change: PasswordChange { NotAsked = 0, Asked = 1, AskedWithMfa = 2, }
    action, to_action: Action {
        AdminAssign = 0, AdminUpdate = 1, AdminRemove = 2, AdminExtend = 3, AdminRenew = 4,
        SelfActivate = 5, SelfDeactivate = 6, SelfExtend = 7, SelfRenew = 8,
    }
}

/// What stands in `access` for a directory role.
pub(crate) const DIRECTORY: i64 = 2;

/// A role as three columns: `object_id`, `access`, `scope_id`.
pub(crate) const fn role(role: Role) -> (Uuid, i64, Uuid) {
    match role {
        Role::Group { group, access: of } => (group.uuid(), access(of), Uuid::nil()),
        Role::Directory { definition, scope } => (definition.uuid(), DIRECTORY, self::scope(scope)),
    }
}

/// What a role is of, as a column.
pub(crate) const fn object(object: ObjectId) -> Uuid {
    match object {
        ObjectId::Group(group) => group.uuid(),
        ObjectId::Directory(definition) => definition.uuid(),
    }
}

/// What a role is of, from its column and whether that is a directory role.
pub(crate) fn to_object(id: Uuid, is_directory: bool) -> ObjectId {
    if is_directory {
        ObjectId::Directory(RoleDefinitionId::from_uuid(id))
    } else {
        ObjectId::Group(GroupId::from_uuid(id))
    }
}

/// What a letter is about, as its two columns: the second was a flag for directory roles before there were letters
/// about accounts.
pub(crate) const fn notice_about(about: NoticeAbout) -> (Uuid, i64) {
    match about {
        NoticeAbout::Role(ObjectId::Group(group)) => (group.uuid(), 0),
        NoticeAbout::Role(ObjectId::Directory(definition)) => (definition.uuid(), 1),
        NoticeAbout::Account(user) => (user.uuid(), 2),
    }
}

pub(crate) fn to_notice_about(id: Uuid, code: i64) -> Result<NoticeAbout, StoreError> {
    Ok(match code {
        0 | 1 => NoticeAbout::Role(to_object(id, code == 1)),
        2 => NoticeAbout::Account(PrincipalId::from_uuid(id)),
        other => {
            return Err(StoreError::Damaged(format!(
                "{other} is nothing that a letter is about"
            )));
        }
    })
}

/// A scope as a column: nil is the whole directory.
pub(crate) const fn scope(scope: DirectoryScope) -> Uuid {
    match scope {
        DirectoryScope::Directory => Uuid::nil(),
        DirectoryScope::Unit(unit) => unit.uuid(),
    }
}

pub(crate) fn to_scope(scope: Uuid) -> DirectoryScope {
    if scope.is_nil() {
        DirectoryScope::Directory
    } else {
        DirectoryScope::Unit(UnitId::from_uuid(scope))
    }
}

pub(crate) fn to_role(object: Uuid, access: i64, scope: Uuid) -> Result<Role, StoreError> {
    if access == DIRECTORY {
        return Ok(Role::Directory {
            definition: RoleDefinitionId::from_uuid(object),
            scope: to_scope(scope),
        });
    }
    Ok(Role::of(GroupId::from_uuid(object), to_access(access)?))
}

/// The condition that leaves only rows of this kind of role.
pub(crate) const fn only(of: RoleKind) -> &'static str {
    match of {
        RoleKind::Group => " AND access IN (0, 1)",
        RoleKind::Directory => " AND access = 2",
    }
}

/// Why a schedule ended early; a deleted user or group has a number of its own.
pub(crate) const fn end_reason(why: EndReason) -> i64 {
    match why {
        EndReason::Removed => 0,
        EndReason::Deactivated => 1,
        EndReason::EligibilityEnded => 2,
        EndReason::RemovedOutside => 3,
        EndReason::WayInLost => 5,
        EndReason::Canceled => 6,
        EndReason::Superseded => 7,
    }
}

/// The way back; what people ended has a reason, a deletion is one of its own.
pub(crate) fn to_ended_by(number: i64) -> Result<EndedBy, StoreError> {
    Ok(EndedBy::Act(match number {
        0 => EndReason::Removed,
        1 => EndReason::Deactivated,
        2 => EndReason::EligibilityEnded,
        3 => EndReason::RemovedOutside,
        ENDED_BY_DELETION => return Ok(EndedBy::Deletion),
        5 => EndReason::WayInLost,
        6 => EndReason::Canceled,
        7 => EndReason::Superseded,
        other => {
            return Err(StoreError::Damaged(format!(
                "{other} is no reason to end something"
            )));
        }
    }))
}

/// The user or the group was deleted, or the account was disabled.
pub(crate) const ENDED_BY_DELETION: i64 = 4;

pub(crate) const ASSIGNED: i64 = 0;
pub(crate) const ACTIVATED: i64 = 1;
pub(crate) const OUTSIDE: i64 = 2;
pub(crate) const PACKAGE: i64 = 3;

pub(crate) const GRANTED: i64 = 0;
pub(crate) const REVOKED: i64 = 1;
pub(crate) const PENDING_APPROVAL: i64 = 2;
pub(crate) const PENDING_ADMIN_DECISION: i64 = 3;
pub(crate) const DENIED: i64 = 4;
pub(crate) const CANCELED: i64 = 5;
pub(crate) const FAILED: i64 = 6;

/// A reminder as the column `reminded` counts them; 0 is none.
pub(crate) const fn reminder(reminder: ExpiryReminder) -> i64 {
    match reminder {
        ExpiryReminder::FourteenDays => 1,
        ExpiryReminder::OneDay => 2,
    }
}

/// An actor as two columns.
pub(crate) const fn actor(actor: Actor) -> (i64, Option<PrincipalId>) {
    match actor {
        Actor::User(id) => (0, Some(id)),
        Actor::Application(id) => (3, Some(id)),
        Actor::Operator => (1, None),
        Actor::System => (2, None),
    }
}

pub(crate) fn to_actor(number: i64, id: Option<Uuid>) -> Result<Actor, StoreError> {
    match (number, id) {
        (0, Some(id)) => Ok(Actor::User(PrincipalId::from_uuid(id))),
        (3, Some(id)) => Ok(Actor::Application(PrincipalId::from_uuid(id))),
        (1, None) => Ok(Actor::Operator),
        (2, None) => Ok(Actor::System),
        (other, _) => Err(StoreError::Damaged(format!("{other} is no actor"))),
    }
}
