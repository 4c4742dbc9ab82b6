//! Decides what an administrator does: make eligible, assign actively, and take away again.
//!
//! That the caller may manage the group is judged before (`authority`). Several grants of one principal
//! to one role are a union (R-D8): an assignment runs beside an activation, and the end of one takes
//! nothing from the other.

use crate::caller::Caller;
use crate::directory::{keeps_an_owner, may_be_active, may_hold_directory_role};
use crate::event::{EndReason, EndedSchedule, Event};
use crate::group::{Access, Group};
use crate::id::{IdSource, RequestId, ScheduleId};
use crate::policy::enablement::Given;
use crate::principal::{PrincipalKind, PrincipalRef};
use crate::refusal::{Code, FailedRule, Refusal, RuleName};
use crate::request::{
    Action, Ask, DECIDED_WITHIN, Decision, EXTENDABLE_FOR, Facts, Object, Outcome, RENEWABLE_FOR,
    Review, ScheduleRequest, Verdict, effective_start, old_enough, still_pending,
};
use crate::role::Role;
use crate::schedule::{Expiration, GrantOrigin, Schedule, ScheduleInfo, ScheduleKind};
use crate::tenant::Settings;
use crate::time::{Instant, Span};

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
        .any(|schedule| !schedule.is_activation() && schedule.package().is_none())
    {
        return Err(
            Refusal::new(Code::AssignmentExists, "the Role assignment already exists")
                .hint("update or remove the one that is there"),
        );
    }

    let span = judged(facts, ask, info, starts_at, Some(caller))?;
    let id = RequestId::fresh(ids);
    let schedule = Schedule {
        id: ScheduleId {
            role: ask.role,
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

/// The span that `info` asks for from `starts_at`, judged by the policy: every rule that fails is named.
/// What the caller gives is judged too, where a caller asks; a decision on what was asked before has none.
fn judged(
    facts: &Facts,
    ask: &Ask,
    info: &ScheduleInfo,
    starts_at: Instant,
    caller: Option<&Caller>,
) -> Result<Span, Refusal> {
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
    match (ask.kind, caller) {
        (ScheduleKind::Active, Some(caller)) => failed.extend(rules.enablement.judge(Given {
            justification: ask.justification.as_ref(),
            ticket: &ask.ticket,
            factor: caller.factor,
        })),
        // Stored and shown, but no part of PIM asks for it when somebody is made eligible (`pim-groups.md` 3.1).
        (ScheduleKind::Eligible, _) | (ScheduleKind::Active, None) => {}
    }
    match (span, failed.is_empty()) {
        (Some(span), true) => Ok(span),
        (Some(_) | None, _) => Err(Refusal::rules(failed)),
    }
}

/// Judges `adminUpdate` (R-D4): the assignment gets the period asked for in place of its own.
pub fn update(
    facts: &Facts,
    ask: &Ask,
    caller: &Caller,
    now: Instant,
    ids: &mut dyn IdSource,
) -> Result<Verdict, Refusal> {
    let current = current(facts, ask, now)?;
    let info = ask.period()?;
    let starts_at = effective_start(info, now)?;
    let span = judged(facts, ask, info, starts_at, Some(caller))?;
    if !span.covers(now) {
        keeps_an_owner(
            ask.role,
            &facts.schedules,
            |schedule| schedule.id == current.id,
            &facts.other_owners,
            Code::InvalidRequest,
            now,
        )?;
    }
    Ok(superseded(facts, ask, caller, current, span, now, ids))
}

/// Judges `adminExtend` (R-D4): what still runs gets a later end.
pub fn extend(
    facts: &Facts,
    ask: &Ask,
    caller: &Caller,
    now: Instant,
    ids: &mut dyn IdSource,
) -> Result<Verdict, Refusal> {
    let current = current(facts, ask, now)?;
    let info = ask.period()?;
    // What runs goes on running: it begins anew now, so that nobody's access has a gap.
    let starts_at = current.span.starts_at().max(now);
    let span = judged(facts, ask, info, starts_at, Some(caller))?;
    lasts_longer(&span, current)?;
    Ok(superseded(facts, ask, caller, current, span, now, ids))
}

/// Judges `adminRenew` (R-D4): what the clock ended in the last 30 days is given again.
pub fn renew(
    facts: &Facts,
    ask: &Ask,
    caller: &Caller,
    now: Instant,
    ids: &mut dyn IdSource,
) -> Result<Verdict, Refusal> {
    renewable(facts, ask, now)?;
    assign(facts, ask, caller, now, ids)
}

/// The assignment that a change of its period is about: the one that is named, or the only one.
fn current<'a>(facts: &'a Facts, ask: &Ask, now: Instant) -> Result<&'a Schedule, Refusal> {
    facts
        .running(ask.kind, now)
        .filter(|schedule| schedule.is_assignment())
        .find(|schedule| ask.target.is_none_or(|target| target == schedule.id))
        .ok_or_else(|| {
            Refusal::new(
                Code::AssignmentDoesNotExist,
                "the Role assignment does not exist",
            )
            .hint("no assignment of that kind is running or ahead for this principal")
        })
}

/// The assignment to be renewed: the latest that the clock ended.
fn renewable<'a>(facts: &'a Facts, ask: &Ask, now: Instant) -> Result<&'a Schedule, Refusal> {
    facts
        .ended
        .iter()
        .filter(|schedule| {
            schedule.kind == ask.kind && schedule.is_assignment() && schedule.ran_out(now)
        })
        .filter(|schedule| ask.target.is_none_or(|target| target == schedule.id))
        .filter(|schedule| {
            let ended_at = schedule.span.ends_at();
            ended_at.is_some_and(|end| now.since(end) <= RENEWABLE_FOR)
        })
        .max_by_key(|schedule| schedule.span.ends_at())
        .ok_or_else(|| {
            Refusal::new(
                Code::AssignmentDoesNotExist,
                "the Role assignment does not exist",
            )
            .hint(format!(
                "only what the clock ended in the last {RENEWABLE_FOR} can be renewed"
            ))
        })
}

fn lasts_longer(span: &Span, current: &Schedule) -> Result<(), Refusal> {
    let Some(end) = current.span.ends_at() else {
        return Err(Refusal::new(
            Code::InvalidSchedule,
            "the assignment has no end, so there is nothing to extend",
        ));
    };
    match span.ends_at() {
        Some(later) if later <= end => Err(Refusal::new(
            Code::InvalidSchedule,
            format!("the new end `{later}` is not later than the present one, `{end}`"),
        )
        .about("scheduleInfo")),
        Some(_) | None => Ok(()),
    }
}

/// The assignment with its new period, in place of `current`.
pub(crate) fn superseded(
    facts: &Facts,
    ask: &Ask,
    caller: &Caller,
    current: &Schedule,
    span: Span,
    now: Instant,
    ids: &mut dyn IdSource,
) -> Verdict {
    let id = RequestId::fresh(ids);
    let schedule = Schedule {
        id: ScheduleId {
            grant: id.into(),
            ..current.id
        },
        span,
        info: ScheduleInfo {
            starts_at: Some(span.starts_at()),
            expiration: ask
                .info
                .as_ref()
                .map_or(Expiration::NotSpecified, |info| info.expiration.clone()),
        },
        created_at: now,
        created_using: Some(id),
        ..current.clone()
    };
    let outcome = Outcome::Granted {
        starts_at: span.starts_at(),
    };
    let mut request = ask.settled(id, caller.actor, now, outcome, Some(facts.policy.version));
    request.info = Some(schedule.info.clone());
    request.target = Some(schedule.id);
    Verdict {
        events: vec![Event::ScheduleSuperseded {
            request: Box::new(request.clone()),
            superseded: current.id,
            ended: no_longer_covered(facts, current, &schedule.span, now),
            schedule: Box::new(schedule),
            at: now,
        }],
        request,
    }
}

/// Activations made from `current` that reach beyond its new span: an activation ends no later than its
/// eligibility (invariant I-6).
fn no_longer_covered(
    facts: &Facts,
    current: &Schedule,
    span: &Span,
    now: Instant,
) -> Vec<EndedSchedule> {
    let last = if span.covers(now) {
        span.ends_at()
    } else {
        Some(now)
    };
    let Some(last) = last else {
        return Vec::new();
    };
    facts
        .ending_with_eligibility()
        .filter(|activation| activation.origin == GrantOrigin::Activated { using: current.id })
        .filter(|activation| activation.span.ends_at().is_none_or(|end| end > last))
        .map(|activation| EndedSchedule {
            at: (last > now).then_some(last),
            ..EndedSchedule::now(activation, EndReason::EligibilityEnded)
        })
        .collect()
}

/// Judges `selfExtend` and `selfRenew` (R-D5): the assignee asks, and an administrator decides.
pub fn ask_for_more(
    facts: &Facts,
    ask: &Ask,
    caller: &Caller,
    now: Instant,
    ids: &mut dyn IdSource,
) -> Result<Verdict, Refusal> {
    facts.usable_principal(ask)?;
    let about = match ask.action {
        Action::SelfExtend => extendable(facts, ask, now)?,
        _ => {
            let ended = renewable(facts, ask, now)?;
            if current(facts, ask, now).is_ok() {
                return Err(Refusal::new(
                    Code::AssignmentExists,
                    "the Role assignment already exists",
                ));
            }
            ended
        }
    };
    facts.nothing_pending(ask, now)?;
    if ask.justification.is_none() {
        return Err(Refusal::rules(vec![FailedRule {
            rule: RuleName::JustificationRule,
            sentence: "a justification is required".into(),
        }]));
    }
    let until = now.plus(DECIDED_WITHIN).unwrap_or(now);
    let outcome = Outcome::PendingAdminDecision { until };
    let mut request = ask.settled(
        RequestId::fresh(ids),
        caller.actor,
        now,
        outcome,
        Some(facts.policy.version),
    );
    request.target = Some(about.id);
    Ok(Verdict {
        events: vec![Event::RequestOpened {
            request: Box::new(request.clone()),
        }],
        request,
    })
}

/// The assignment to be extended, if its end is near enough to ask.
fn extendable<'a>(facts: &'a Facts, ask: &Ask, now: Instant) -> Result<&'a Schedule, Refusal> {
    let current = current(facts, ask, now)?;
    let Some(end) = current.span.ends_at() else {
        return Err(Refusal::new(
            Code::InvalidSchedule,
            "the assignment has no end, so there is nothing to extend",
        ));
    };
    let left = end.since(now);
    if left > EXTENDABLE_FOR {
        return Err(Refusal::new(
            Code::InvalidSchedule,
            format!("the assignment runs for another {left}; it can be extended in its last {EXTENDABLE_FOR}"),
        )
        .hint(format!("ask again from {}", end.minus(EXTENDABLE_FOR))));
    }
    Ok(current)
}

/// An administrator's answer to `selfExtend` or `selfRenew` (R-D5): approved, the assignment gets the period
/// that the administrator gives, or else the one that was asked for, counted from now.
pub fn answer(
    facts: &Facts,
    request: &ScheduleRequest,
    review: Review,
    info: Option<&ScheduleInfo>,
    now: Instant,
) -> Result<Event, Refusal> {
    still_pending(request, now)?;
    let mut request = request.clone();
    let decision = review.decision;
    request.review = Some(review);
    if decision == Decision::Deny {
        request.outcome = Outcome::Denied { at: now };
        return Ok(Event::RequestDecided {
            request: Box::new(request),
            schedule: None,
            superseded: None,
            at: now,
        });
    }
    let ask = Ask::again(&request);
    let principal = facts.usable_principal(&ask)?;
    let info = info.or(request.info.as_ref()).ok_or_else(|| {
        Refusal::new(
            Code::InvalidRequest,
            "neither the request nor the decision says until when",
        )
        .about("scheduleInfo")
        .hint("give scheduleInfo with the decision")
    })?;
    let current = current(
        facts,
        &Ask {
            target: None,
            ..ask.clone()
        },
        now,
    )
    .ok();
    let starts_at = match (request.action, current) {
        (Action::SelfExtend, Some(current)) => current.span.starts_at().max(now),
        _ => effective_start(info, now)?,
    };
    let span = judged(facts, &ask, info, starts_at, None)?;
    if let Some(current) = current {
        lasts_longer(&span, current)?;
    }
    let schedule = Schedule {
        id: ScheduleId {
            role: request.role,
            grant: request.id.into(),
        },
        kind: request.kind,
        principal,
        origin: GrantOrigin::Assigned,
        span,
        info: ScheduleInfo {
            starts_at: Some(starts_at),
            expiration: info.expiration.clone(),
        },
        created_at: now,
        created_using: Some(request.id),
    };
    request.info = Some(schedule.info.clone());
    request.target = Some(schedule.id);
    request.policy_version = Some(facts.policy.version);
    request.outcome = Outcome::Granted { starts_at };
    Ok(Event::RequestDecided {
        request: Box::new(request),
        superseded: current.map(|current| current.id),
        schedule: Some(Box::new(schedule)),
        at: now,
    })
}

/// Whether this principal can hold this role at all (R-A4, R-H1; `pim-groups.md` 5.6, `directory.md` 6.1).
pub(crate) fn may_hold(facts: &Facts, ask: &Ask, principal: PrincipalRef) -> Result<(), Refusal> {
    match (&facts.object, ask.role) {
        (Object::Directory(definition), Role::Directory { scope, .. }) => {
            let as_group = facts.principal_group.as_ref();
            if principal.kind == PrincipalKind::ServicePrincipal
                && ask.kind == ScheduleKind::Eligible
            {
                return Err(activates_nothing());
            }
            may_hold_directory_role(definition, scope, principal, as_group, Code::InvalidRequest)
        }
        (Object::Group(group), Role::Group { access, .. }) => match ask.kind {
            ScheduleKind::Active => may_be_active(group, access, principal, Code::InvalidRequest),
            ScheduleKind::Eligible => may_be_eligible(group, access, principal),
        },
        (Object::Group(_), Role::Directory { .. }) | (Object::Directory(_), Role::Group { .. }) => {
            Err(Refusal::not_found(ask.role))
        }
    }
}

fn may_be_eligible(group: &Group, access: Access, principal: PrincipalRef) -> Result<(), Refusal> {
    match (principal.kind, access) {
        (PrincipalKind::User, _) => Ok(()),
        (PrincipalKind::Group, Access::Member) if principal.id == group.id.into() => Err(
            Refusal::new(Code::InvalidRequest, "a group can't be eligible for itself")
                .about("principalId"),
        ),
        (PrincipalKind::Group, Access::Member) => Ok(()),
        (PrincipalKind::Group, Access::Owner) => Err(Refusal::new(
            Code::InvalidRequest,
            "a group can't be an owner: owners are users and service principals",
        )
        .about("principalId")),
        (PrincipalKind::ServicePrincipal, _) => Err(activates_nothing()),
    }
}

fn activates_nothing() -> Refusal {
    Refusal::new(
        Code::InvalidRequest,
        "a service principal can't activate anything, so it can't be made eligible",
    )
    .about("principalId")
    .hint("assign it actively")
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
    let is_removed = |schedule: &Schedule| removed.iter().any(|removed| removed.id == schedule.id);
    keeps_an_owner(
        ask.role,
        &facts.schedules,
        is_removed,
        &facts.other_owners,
        Code::InvalidRequest,
        now,
    )?;

    let from_removed = |schedule: &&Schedule| match schedule.origin {
        GrantOrigin::Activated { using } => removed.iter().any(|removed| removed.id == using),
        GrantOrigin::Assigned | GrantOrigin::Outside | GrantOrigin::Package { .. } => false,
    };
    let dependants = facts.ending_with_eligibility().filter(from_removed);
    let ended = removed
        .iter()
        .map(|schedule| EndedSchedule::now(schedule, EndReason::Removed))
        .chain(dependants.map(|schedule| EndedSchedule::now(schedule, EndReason::EligibilityEnded)))
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
