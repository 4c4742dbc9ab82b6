//! What the letters about an event need to know, as it is now.
//!
//! Recipients are found when a letter is written, never taken from the event: whoever has left since hears
//! nothing any more (R-F4).

use std::collections::BTreeSet;

use ephor_core::directory_role::DirectoryRole;
use ephor_core::event::Event;
use ephor_core::group::Access;
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::notice::{Facts, NoticeKind, Person, Portal, RECIPIENTS_MAX, Topic, topic};
use ephor_core::policy::Policy;
use ephor_core::principal::PrincipalKind;
use ephor_core::query::{
    Comparison, Literal, Predicate, Query, ScheduleField, ScheduleView, Scope,
};
use ephor_core::request::ScheduleRequest;
use ephor_core::role::{DirectoryScope, Role, RoleKind};
use ephor_core::schedule::{Schedule, ScheduleKind};
use ephor_store::{OutboxMessage, ReadTx};

use crate::{OpResult, approver};

/// The topic of the message with its facts; `None` where nobody hears of it.
pub(super) fn of<'a>(
    tx: &ReadTx<'_>,
    message: &OutboxMessage,
    portal: &'a Portal,
) -> OpResult<Option<(Topic, Facts<'a>)>> {
    let request = match message.event.request() {
        Some(id) => tx.request(id)?,
        None => None,
    };
    let schedule = schedule(tx, &message.event)?;
    let Some(topic) = topic(
        &message.event,
        request.as_ref(),
        schedule.as_ref(),
        tx.now(),
    ) else {
        return Ok(None);
    };
    // A group that was deleted meanwhile holds nothing any more, and nobody runs it.
    let Some((object, unit)) = object(tx, topic.role)? else {
        return Ok(None);
    };
    let policy = tx.policy(topic.role)?;
    let administrators = match topic.role {
        Role::Group { group, .. } => owners(tx, group)?,
        Role::Directory { .. } => privileged(tx)?,
    };
    let facts = Facts {
        sequence: message.sequence,
        recorded_at: message.at,
        actor: message.actor,
        portal,
        object,
        unit,
        principal: name(tx, topic.principal)?.unwrap_or_else(|| topic.principal.to_string()),
        by: match topic.by.filter(|by| *by != topic.principal) {
            Some(by) => name(tx, by)?,
            None => None,
        },
        assignees: assignees(tx, topic.principal)?,
        deciders: deciders(tx, &topic, &policy, request.as_ref(), &administrators)?,
        administrators,
        rules: policy.rules,
    };
    Ok(Some((topic, facts)))
}

/// The schedule that an event names by its id only.
fn schedule(tx: &ReadTx<'_>, event: &Event) -> OpResult<Option<Schedule>> {
    if let Event::ScheduleLapsed { id, kind, .. } | Event::ExpiryReminderDue { id, kind, .. } =
        event
    {
        return Ok(tx.schedule_from_history(*kind, *id)?);
    }
    Ok(None)
}

pub(super) fn name(tx: &ReadTx<'_>, id: PrincipalId) -> OpResult<Option<String>> {
    let principal = tx.principal(id)?;
    Ok(principal.map(|principal| principal.display_name.to_string()))
}

/// Those of these principals who can get a letter; no more than one event is told to.
fn people(tx: &ReadTx<'_>, ids: impl IntoIterator<Item = PrincipalId>) -> OpResult<Vec<Person>> {
    let ids: Vec<_> = ids.into_iter().take(RECIPIENTS_MAX).collect();
    let mut people: Vec<_> = tx.principals(&ids)?.iter().filter_map(Person::of).collect();
    people.sort_by_key(|person| person.id);
    people.dedup_by_key(|person| person.id);
    Ok(people)
}

/// The principal; where it is a group, the people who are in it directly: they are those who may activate.
fn assignees(tx: &ReadTx<'_>, principal: PrincipalId) -> OpResult<Vec<Person>> {
    let Some(found) = tx.principal(principal)? else {
        return Ok(Vec::new());
    };
    match found.reference.kind {
        PrincipalKind::User => Ok(Person::of(&found).into_iter().collect()),
        PrincipalKind::Group => {
            let every = Query {
                top: u32::try_from(RECIPIENTS_MAX).unwrap_or(u32::MAX),
                ..Query::default()
            };
            let members = tx.list_holders(principal.as_group(), Access::Member, &every)?;
            Ok(members.rows.iter().filter_map(Person::of).collect())
        }
        PrincipalKind::ServicePrincipal => Ok(Vec::new()),
    }
}

/// What the group or directory role is called, and the unit over which a directory role is held; `None` where
/// one of them is no more.
fn object(tx: &ReadTx<'_>, role: Role) -> OpResult<Option<(String, Option<String>)>> {
    let (definition, scope) = match role {
        Role::Group { group, .. } => {
            let group = tx.group(group)?;
            return Ok(group.map(|group| (group.display_name.to_string(), None)));
        }
        Role::Directory { definition, scope } => (definition, scope),
    };
    let Some(definition) = tx.role_definition(definition)? else {
        return Ok(None);
    };
    let name = definition.display_name().to_owned();
    match scope {
        DirectoryScope::Directory => Ok(Some((name, None))),
        DirectoryScope::Unit(unit) => {
            let unit = tx.unit(unit)?;
            Ok(unit.map(|unit| (name, Some(unit.display_name.to_string()))))
        }
    }
}

/// Who may give directory roles.
fn privileged(tx: &ReadTx<'_>) -> OpResult<Vec<Person>> {
    lasting_holders(
        tx,
        &[
            DirectoryRole::GlobalAdministrator,
            DirectoryRole::PrivilegedRoleAdministrator,
        ],
    )
}

/// Who holds one of these roles without having activated it; of a group that does, the people who are directly in
/// it.
pub(super) fn lasting_holders(tx: &ReadTx<'_>, roles: &[DirectoryRole]) -> OpResult<Vec<Person>> {
    let mut all = Vec::new();
    for role in roles {
        for holder in tx.directory_role_holders(role.definition_id())? {
            let held = tx.role_schedules(Role::directory(role.definition_id()), holder)?;
            let is_lasting = |schedule: &Schedule| {
                schedule.kind == ScheduleKind::Active
                    && !schedule.is_activation()
                    && schedule.span.covers(tx.now())
            };
            if held.iter().any(is_lasting) {
                all.extend(assignees(tx, holder)?);
            }
        }
    }
    all.sort_by_key(|person| person.id);
    all.dedup_by_key(|person| person.id);
    Ok(all)
}

/// The owners of the group who are owners without having activated it (`pim-groups.md` 5.7).
fn owners(tx: &ReadTx<'_>, group: GroupId) -> OpResult<Vec<Person>> {
    let is = |field, word: &str| {
        Box::new(Predicate::Compare(
            field,
            Comparison::Eq,
            Literal::Text(word.to_owned()),
        ))
    };
    let query = Query {
        filter: Some(Predicate::And(
            is(ScheduleField::AccessId, Access::Owner.as_str()),
            is(ScheduleField::AssignmentType, "assigned"),
        )),
        top: u32::MAX,
        ..Query::default()
    };
    let owners = tx.list_schedules(
        ScheduleKind::Active,
        ScheduleView::Instances,
        RoleKind::Group,
        Scope::Group(group),
        &query,
    )?;
    let ids: BTreeSet<_> = owners.rows.iter().map(|row| row.principal.id).collect();
    people(tx, ids)
}

/// Those who may decide on the request now, or might have: never whoever asked, by any account (R-F3).
fn deciders(
    tx: &ReadTx<'_>,
    topic: &Topic,
    policy: &Policy,
    request: Option<&ScheduleRequest>,
    administrators: &[Person],
) -> OpResult<Vec<Person>> {
    let is_told = match topic.kind {
        NoticeKind::ApprovalAsked
        | NoticeKind::ExtensionAsked
        | NoticeKind::Approved
        | NoticeKind::Denied
        | NoticeKind::Failed
        | NoticeKind::TimedOut
        | NoticeKind::Canceled => true,
        NoticeKind::Assigned
        | NoticeKind::Changed
        | NoticeKind::Extended
        | NoticeKind::Renewed
        | NoticeKind::Activated
        | NoticeKind::EndsIn14Days
        | NoticeKind::EndsIn1Day
        | NoticeKind::Ended => false,
    };
    if !is_told {
        return Ok(Vec::new());
    }
    let asker = request.and_then(|request| request.created_by.user());
    let identities = approver::identities(tx, topic.principal, asker)?;
    if topic.is_activation {
        let approvers = &policy.rules.activation.approval.stage.primary_approvers;
        let approvers = approver::people(tx, approvers)?;
        return people(tx, approvers.difference(&identities).copied());
    }
    let others = administrators
        .iter()
        .filter(|person| !identities.contains(&person.id));
    Ok(others.cloned().collect())
}
