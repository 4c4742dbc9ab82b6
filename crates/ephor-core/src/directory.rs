//! Decides changes of the directory: users, groups, and members and owners outside PIM (Groups API).
//!
//! A member or owner that is added here has the access at once and without an end; it is recorded as made
//! outside PIM (R-A8). Removing one ends whatever gives the access now, PIM's grants among it.

use crate::directory_role::{Reach, RoleDefinition, RoleState};
use crate::event::{EndReason, EndedSchedule, Event};
use crate::group::{Access, Group, RoleAssignable, Source};
use crate::id::{GrantId, IdSource, ScheduleId};
use crate::principal::{PrincipalKind, PrincipalRef};
use crate::refusal::{Code, Refusal};
use crate::role::{DirectoryScope, Role};
use crate::schedule::{Expiration, GrantOrigin, Schedule, ScheduleInfo, ScheduleKind};
use crate::time::{Instant, Span};

/// Whether `principal` can be an active member or owner of `group` (R-A4; `directory.md` 4.2), by whatever
/// path it would become one. `code` is what this path refuses with.
pub fn may_be_active(
    group: &Group,
    access: Access,
    principal: PrincipalRef,
    code: Code,
) -> Result<(), Refusal> {
    let refuse = |sentence: &str| Err(Refusal::new(code, sentence).about("principalId"));
    match (principal.kind, access) {
        (PrincipalKind::User, _) => Ok(()),
        (PrincipalKind::Group, Access::Owner) => {
            refuse("a group can't be an owner: owners are users and service principals")
        }
        (PrincipalKind::Group, Access::Member) if group.role_assignable == RoleAssignable::Yes => {
            refuse("a group can't be an active member of a role-assignable group")
        }
        (PrincipalKind::Group, Access::Member) if principal.id == group.id.into() => {
            refuse("a group can't be a member of itself")
        }
        (PrincipalKind::Group | PrincipalKind::ServicePrincipal, Access::Member)
            if !group.kind.takes_member(principal.kind) =>
        {
            refuse("a Microsoft 365 group takes users as members only")
        }
        (PrincipalKind::Group, Access::Member) | (PrincipalKind::ServicePrincipal, _) => Ok(()),
    }
}

/// Whether `principal` can hold a directory role over `scope` (R-H1; `directory.md` 5 and 6.1). `as_group` is
/// the principal as a group, where it is one.
pub fn may_hold_directory_role(
    definition: &RoleDefinition,
    scope: DirectoryScope,
    principal: PrincipalRef,
    as_group: Option<&Group>,
    code: Code,
) -> Result<(), Refusal> {
    match (scope, definition.reach()) {
        (DirectoryScope::Directory, _) | (DirectoryScope::Unit(_), Reach::DirectoryOrUnit) => {}
        (DirectoryScope::Unit(_), Reach::Directory) => {
            return Err(Refusal::new(
                code,
                "the given built-in role is not supported to be assigned to a single resource scope",
            )
            .about("directoryScopeId")
            .hint(format!(
                "`{}` is assigned over the whole directory: directoryScopeId /",
                definition.display_name()
            )));
        }
    }
    if definition.state() == RoleState::Disabled {
        return Err(Refusal::new(
            code,
            format!(
                "the role `{}` is disabled, so it can't be assigned",
                definition.display_name()
            ),
        )
        .about("roleDefinitionId"));
    }
    match (principal.kind, as_group.map(|group| group.role_assignable)) {
        (PrincipalKind::User | PrincipalKind::ServicePrincipal, _)
        | (PrincipalKind::Group, Some(RoleAssignable::Yes)) => Ok(()),
        (PrincipalKind::Group, Some(RoleAssignable::No) | None) => Err(Refusal::new(
            code,
            "only a role-assignable group can be given a directory role",
        )
        .about("principalId")
        .hint("a group is made role-assignable when it is created (isAssignableToRole), or never")),
    }
}

/// Gives a directory role outside PIM: at once, without an end. `held` is all that the principal has of it.
pub fn assign_role(
    definition: &RoleDefinition,
    scope: DirectoryScope,
    principal: PrincipalRef,
    as_group: Option<&Group>,
    held: &[Schedule],
    now: Instant,
    ids: &mut dyn IdSource,
) -> Result<Schedule, Refusal> {
    may_hold_directory_role(definition, scope, principal, as_group, Code::BadRequest)?;
    if held
        .iter()
        .any(|schedule| schedule.kind == ScheduleKind::Active && schedule.span.covers(now))
    {
        return Err(Refusal::new(
            Code::AssignmentExists,
            "a conflicting object with one or more of the specified property values is present in the directory: the principal has the role already",
        ));
    }
    let role = Role::Directory {
        definition: definition.id(),
        scope,
    };
    Ok(outside(role, principal, now, ids))
}

/// Whether people may change who is in this group at all.
fn is_written_here(group: &Group) -> Result<(), Refusal> {
    if matches!(group.membership, crate::group::Membership::Dynamic { .. }) {
        return Err(Refusal::new(
            Code::BadRequest,
            "the group's membership is decided by its rule, so nobody can be added or removed",
        ));
    }
    match group.source {
        Source::Ephor => Ok(()),
        Source::Synchronised => Err(Refusal::new(
            Code::BadRequest,
            "the group is synchronised from another directory and can be changed only there",
        )),
    }
}

/// Adds a member or owner outside PIM. `held` is all that the principal has of this role.
pub fn add(
    group: &Group,
    access: Access,
    principal: PrincipalRef,
    held: &[Schedule],
    now: Instant,
    ids: &mut dyn IdSource,
) -> Result<Event, Refusal> {
    is_written_here(group)?;
    may_be_active(group, access, principal, Code::BadRequest)?;
    if held
        .iter()
        .any(|schedule| schedule.kind == ScheduleKind::Active && schedule.span.covers(now))
    {
        return Err(Refusal::new(
            Code::BadRequest,
            format!(
                "one or more added object references already exist for the following modified properties: '{access}s'"
            ),
        ));
    }
    Ok(Event::ScheduleGranted {
        request: None,
        schedule: Box::new(outside(Role::of(group.id, access), principal, now, ids)),
    })
}

/// The schedule of a role that is given outside PIM.
pub fn outside(
    role: Role,
    principal: PrincipalRef,
    now: Instant,
    ids: &mut dyn IdSource,
) -> Schedule {
    Schedule {
        id: ScheduleId {
            role,
            grant: GrantId::fresh(ids),
        },
        kind: ScheduleKind::Active,
        principal,
        origin: GrantOrigin::Outside,
        span: Span::new(now, None),
        info: ScheduleInfo {
            starts_at: None,
            expiration: Expiration::Never,
        },
        created_at: now,
        created_using: None,
    }
}

/// Refused where an administrator would take the last active owner away (R-D7). `held` is all that the
/// principal has of the role; `takes` says which of it would end.
///
/// What the clock, the holder, a deletion or the loss of an eligibility ends, ends all the same: access ends
/// on time, and a group without an owner is told of, not prevented.
pub(crate) fn keeps_an_owner(
    role: Role,
    held: &[Schedule],
    takes: impl Fn(&Schedule) -> bool,
    others: &[PrincipalRef],
    code: Code,
    now: Instant,
) -> Result<(), Refusal> {
    let gives_it_now =
        |schedule: &&Schedule| schedule.kind == ScheduleKind::Active && schedule.span.covers(now);
    let mut owning = held.iter().filter(gives_it_now).peekable();
    let loses_it = owning.peek().is_some() && owning.all(takes);
    match role.access() {
        Some(Access::Owner) if loses_it && others.is_empty() => Err(Refusal::new(
            code,
            "this is the last owner: the group must have at least one owner, hence this owner cannot be removed",
        )
        .hint("give the group another owner first")),
        Some(Access::Owner | Access::Member) | None => Ok(()),
    }
}

/// Removes a member or owner outside PIM: at once, whatever gave the access (R-D3, last half); not the last
/// owner (R-D7), so `others` are whoever else owns the group now.
pub fn remove(
    group: &Group,
    access: Access,
    held: &[Schedule],
    others: &[PrincipalRef],
    now: Instant,
) -> Result<Event, Refusal> {
    is_written_here(group)?;
    let ended: Vec<_> = held
        .iter()
        .filter(|schedule| schedule.kind == ScheduleKind::Active && schedule.span.covers(now))
        .map(|schedule| EndedSchedule::now(schedule, EndReason::RemovedOutside))
        .collect();
    if ended.is_empty() {
        return Err(Refusal::new(Code::NotFound, "it is not in the group"));
    }
    let gives_it = |schedule: &Schedule| schedule.kind == ScheduleKind::Active;
    keeps_an_owner(
        Role::of(group.id, access),
        held,
        gives_it,
        others,
        Code::BadRequest,
        now,
    )?;
    Ok(Event::SchedulesEnded {
        request: None,
        ended,
        at: now,
    })
}
