//! Decides what somebody does for themselves: activate an eligibility, and end an activation early.
//!
//! That the caller is the principal is judged before (`authority`). An activation never outlives its
//! eligibility, its policy's maximum, or the end it asked for (R-E2, invariant I-6).

use crate::caller::Caller;
use crate::event::{EndReason, EndedSchedule, Event};
use crate::id::{IdSource, RequestId, ScheduleId};
use crate::policy::enablement::Given;
use crate::refusal::{Code, FailedRule, Refusal, RuleName};
use crate::request::{Ask, Facts, Outcome, Verdict, effective_start, old_enough};
use crate::schedule::{GrantOrigin, Schedule, ScheduleInfo, ScheduleKind};
use crate::tenant::Settings;
use crate::time::{Instant, Span};

/// Judges `selfActivate` (R-E2). Every policy rule that fails is named, not only the first (R-C5).
pub fn activate(
    facts: &Facts,
    ask: &Ask,
    caller: &Caller,
    now: Instant,
    ids: &mut dyn IdSource,
) -> Result<Verdict, Refusal> {
    let principal = facts.usable_principal(ask)?;
    let info = ask.period()?;
    let starts_at = effective_start(info, now)?;
    if has_it_already(facts, starts_at, now) {
        return Err(
            Refusal::new(Code::AssignmentExists, "the Role assignment already exists")
                .hint("it is active or will be; deactivate it first to activate it anew"),
        );
    }

    let rules = &facts.policy.rules.activation;
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
    let eligibility = usable_eligibility(facts, starts_at, now);
    match (eligibility, span) {
        (None, _) => failed.push(FailedRule {
            rule: RuleName::EligibilityRule,
            sentence: format!(
                "there is no eligibility for {} of this group at {starts_at}",
                ask.access
            ),
        }),
        (Some(eligibility), Some(span)) => failed.extend(outlives(&span, &eligibility.span)),
        (Some(_), None) => {}
    }
    failed.extend(rules.enablement.judge(Given {
        justification: ask.justification.as_ref(),
        ticket: &ask.ticket,
        factor: caller.factor,
    }));
    if rules.approval.is_required() {
        failed.push(FailedRule {
            rule: RuleName::ApprovalRule,
            sentence: "the policy requires approval, and requests for approval cannot be made yet"
                .into(),
        });
    }
    let (Some(eligibility), Some(span), true) = (eligibility, span, failed.is_empty()) else {
        return Err(Refusal::rules(failed));
    };
    rules.authentication_context.judge(&caller.contexts)?;

    let id = RequestId::fresh(ids);
    let schedule = Schedule {
        id: ScheduleId {
            group: ask.group,
            access: ask.access,
            grant: id.into(),
        },
        kind: ScheduleKind::Active,
        principal,
        origin: GrantOrigin::Activated {
            using: eligibility.id,
        },
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

/// Whether the principal will have the role when the activation would begin, or has another activation
/// running or ahead: none is chained onto another.
fn has_it_already(facts: &Facts, starts_at: Instant, now: Instant) -> bool {
    facts
        .running(ScheduleKind::Active, now)
        .any(|schedule| schedule.is_activation() || schedule.span.covers(starts_at))
}

/// The eligibility to activate: in force now and when the activation begins; of several, the one that
/// lasts longest.
fn usable_eligibility(facts: &Facts, starts_at: Instant, now: Instant) -> Option<&Schedule> {
    facts
        .running(ScheduleKind::Eligible, now)
        .filter(|schedule| schedule.span.covers(now) && schedule.span.covers(starts_at))
        .max_by_key(|schedule| schedule.span.ends_at().map_or(i64::MAX, Instant::micros))
}

/// The failed rule, where `span` reaches beyond the eligibility's.
fn outlives(span: &Span, eligibility: &Span) -> Option<FailedRule> {
    let end = eligibility.ends_at()?;
    let too_long = span.ends_at().is_none_or(|asked| asked > end);
    too_long.then(|| FailedRule {
        rule: RuleName::ExpirationRule,
        sentence: format!("it would outlive the eligibility, which ends at {end}"),
    })
}

/// Judges `selfDeactivate` (R-E5): ends the principal's activation, not within the first five minutes (R-D3).
pub fn deactivate(
    facts: &Facts,
    ask: &Ask,
    caller: &Caller,
    now: Instant,
    ids: &mut dyn IdSource,
) -> Result<Verdict, Refusal> {
    let mine = facts
        .running(ScheduleKind::Active, now)
        .filter(|schedule| schedule.is_activation())
        .find(|schedule| ask.target.is_none_or(|target| target == schedule.id))
        .ok_or_else(|| {
            Refusal::new(
                Code::AssignmentDoesNotExist,
                "the Role assignment does not exist",
            )
            .hint("only an activation can be deactivated, and none is running")
        })?;
    let given_at = if mine.span.covers(now) {
        mine.span.starts_at()
    } else {
        mine.created_at
    };
    old_enough(given_at, facts.settings.removal_floor, now)?;

    let id = RequestId::fresh(ids);
    let mut request = ask.settled(id, caller.actor, now, Outcome::Revoked { at: now }, None);
    request.target = Some(mine.id);
    Ok(Verdict {
        events: vec![Event::SchedulesEnded {
            request: Some(Box::new(request.clone())),
            ended: vec![EndedSchedule {
                id: mine.id,
                kind: mine.kind,
                principal: mine.principal,
                why: EndReason::Deactivated,
            }],
            at: now,
        }],
        request,
    })
}
