//! Decides what an administrator does: make eligible, assign actively, and take away again.
//!
//! That the caller may manage the group is judged before (`authority`). Several grants of one principal
//! to one role are a union (R-D8): an assignment runs beside an activation, and the end of one takes
//! nothing from the other.

use crate::caller::Caller;
use crate::directory::may_be_active;
use crate::event::{EndReason, EndedSchedule, Event};
use crate::group::Access;
use crate::id::{IdSource, RequestId, ScheduleId};
use crate::policy::enablement::Given;
use crate::principal::{PrincipalKind, PrincipalRef};
use crate::refusal::{Code, Refusal};
use crate::request::{Ask, Facts, Outcome, Verdict, effective_start, old_enough};
use crate::schedule::{GrantOrigin, Schedule, ScheduleInfo, ScheduleKind};
use crate::tenant::Settings;
use crate::time::Instant;

/// Judges `adminAssign` (R-D1, R-D2, R-C3).
pub fn assign(
    facts: &Facts,
    ask: &Ask,
    caller: &Caller,
    now: Instant,
    ids: &mut dyn IdSource,
) -> Result<Verdict, Refusal> {
    let principal = facts.usable_principal(ask)?;
    may_hold(facts, ask, principal)?;
    let info = ask.period()?;
    let starts_at = effective_start(info, now)?;
    if facts
        .running(ask.kind, now)
        .any(|schedule| !schedule.is_activation())
    {
        return Err(
            Refusal::new(Code::AssignmentExists, "the Role assignment already exists")
                .hint("update or remove the one that is there"),
        );
    }

    let rules = match ask.kind {
        ScheduleKind::Eligible => &facts.policy.rules.admin_eligibility,
        ScheduleKind::Active => &facts.policy.rules.admin_assignment,
    };
    let mut failed = Vec::new();
    let span =
        match rules
            .expiration
            .judge(starts_at, &info.expiration, Settings::SHORTEST_ASSIGNMENT)
        {
            Ok(span) => Some(span),
            Err(rule) => {
                failed.push(rule);
                None
            }
        };
    match ask.kind {
        ScheduleKind::Active => failed.extend(rules.enablement.judge(Given {
            justification: ask.justification.as_ref(),
            ticket: &ask.ticket,
            factor: caller.factor,
        })),
        // Stored and shown, but no part of PIM asks for it when somebody is made eligible (`pim-groups.md` 3.1).
        ScheduleKind::Eligible => {}
    }
    let (Some(span), true) = (span, failed.is_empty()) else {
        return Err(Refusal::rules(failed));
    };

    let id = RequestId::fresh(ids);
    let schedule = Schedule {
        id: ScheduleId {
            group: ask.group,
            access: ask.access,
            grant: id.into(),
        },
        kind: ask.kind,
        principal,
        origin: GrantOrigin::Assigned,
        span,
        info: ScheduleInfo {
            starts_at: Some(starts_at),
            expiration: info.expiration.clone(),
        },
        created_at: now,
        created_using: Some(id),
    };
    let mut request = ask.settled(
        id,
        caller.actor,
        now,
        Outcome::Granted { starts_at },
        Some(facts.policy.version),
    );
    request.info = Some(schedule.info.clone());
    request.target = Some(schedule.id);
    Ok(Verdict {
        events: vec![Event::ScheduleGranted {
            request: Some(Box::new(request.clone())),
            schedule: Box::new(schedule),
        }],
        request,
    })
}

/// Whether this principal can hold this role of this group at all (R-A4; `pim-groups.md` 5.6).
fn may_hold(facts: &Facts, ask: &Ask, principal: PrincipalRef) -> Result<(), Refusal> {
    match ask.kind {
        ScheduleKind::Active => {
            may_be_active(&facts.group, ask.access, principal, Code::InvalidRequest)
        }
        ScheduleKind::Eligible => match (principal.kind, ask.access) {
            (PrincipalKind::User, _) => Ok(()),
            (PrincipalKind::Group, Access::Member) if principal.id == facts.group.id.into() => Err(
                Refusal::new(Code::InvalidRequest, "a group can't be eligible for itself")
                    .about("principalId"),
            ),
            (PrincipalKind::Group, Access::Member) => Ok(()),
            (PrincipalKind::Group, Access::Owner) => Err(Refusal::new(
                Code::InvalidRequest,
                "a group can't be an owner: owners are users and service principals",
            )
            .about("principalId")),
            (PrincipalKind::ServicePrincipal, _) => Err(Refusal::new(
                Code::InvalidRequest,
                "a service principal can't activate anything, so it can't be made eligible",
            )
            .about("principalId")
            .hint("assign it actively")),
        },
    }
}

/// Judges `adminRemove` (R-D4): ends what the principal has of this kind and role, or only the schedule
/// that is named; not within five minutes of its being made (R-D3). With an eligibility go the activations
/// that were made from it (R-E7).
pub fn remove(
    facts: &Facts,
    ask: &Ask,
    caller: &Caller,
    now: Instant,
    ids: &mut dyn IdSource,
) -> Result<Verdict, Refusal> {
    let removed: Vec<&Schedule> = facts
        .running(ask.kind, now)
        .filter(|schedule| ask.target.is_none_or(|target| target == schedule.id))
        .collect();
    let Some(first) = removed.first() else {
        return Err(Refusal::new(
            Code::AssignmentDoesNotExist,
            "the Role assignment does not exist",
        )
        .hint("nothing of that kind is running or ahead for this principal"));
    };
    for schedule in &removed {
        old_enough(schedule.created_at, facts.settings.removal_floor, now)?;
    }

    let ended_with = |schedule: &&Schedule| match schedule.origin {
        GrantOrigin::Activated { using } => removed.iter().any(|removed| removed.id == using),
        GrantOrigin::Assigned | GrantOrigin::Outside => false,
    };
    let end = |schedule: &Schedule, why| EndedSchedule {
        id: schedule.id,
        kind: schedule.kind,
        principal: schedule.principal,
        why,
    };
    let dependants = facts.running(ScheduleKind::Active, now).filter(ended_with);
    let ended = removed
        .iter()
        .map(|schedule| end(schedule, EndReason::Removed))
        .chain(dependants.map(|schedule| end(schedule, EndReason::EligibilityEnded)))
        .collect();

    let mut request = ask.settled(
        RequestId::fresh(ids),
        caller.actor,
        now,
        Outcome::Revoked { at: now },
        None,
    );
    request.target = Some(first.id);
    Ok(Verdict {
        events: vec![Event::SchedulesEnded {
            request: Some(Box::new(request.clone())),
            ended,
            at: now,
        }],
        request,
    })
}
