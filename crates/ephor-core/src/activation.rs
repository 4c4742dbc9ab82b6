//! Decides what somebody does for themselves: activate an eligibility, and end an activation early.
//!
//! That the caller is the principal is judged before (`authority`). An activation never outlives its
//! eligibility, its policy's maximum, or the end it asked for (R-E2, invariant I-6).

use crate::caller::Caller;
use crate::event::{EndReason, EndedSchedule, Event};
use crate::group::RoleAssignable;
use crate::id::{IdSource, RequestId, ScheduleId};
use crate::policy::enablement::Given;
use crate::principal::PrincipalRef;
use crate::refusal::{Code, FailedRule, Refusal, RuleName};
use crate::request::{
    ApprovalNeed, Ask, DECIDED_WITHIN, Decision, Facts, Object, Outcome, Review, ScheduleRequest,
    Verdict, effective_start, old_enough, still_pending,
};
use crate::schedule::{Expiration, GrantOrigin, Schedule, ScheduleInfo, ScheduleKind};
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
    facts.nothing_pending(ask, now)?;
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
    let usable = usable_eligibility(facts, starts_at, now);
    match (&usable, &span) {
        (None, _) => failed.push(FailedRule {
            rule: RuleName::EligibilityRule,
            sentence: format!(
                "there is no eligibility for {} at {starts_at}",
                ask.role.words()
            ),
        }),
        (Some(usable), Some(span)) => failed.extend(outlives(span, usable)),
        (Some(_), None) => {}
    }
    failed.extend(rules.enablement.judge(Given {
        justification: ask.justification.as_ref(),
        ticket: &ask.ticket,
        factor: caller.factor,
    }));
    failed.extend(
        rules
            .beyond
            .judge(ask.justification.as_ref(), starts_at, span.as_ref()),
    );
    let (Some(usable), Some(span), true) = (usable, span, failed.is_empty()) else {
        return Err(Refusal::rules(failed));
    };
    rules.authentication_context.judge(&caller.contexts)?;
    if !rules.approval.is_required() {
        not_held_back(facts, caller, now)?;
    }

    let id = RequestId::fresh(ids);
    if rules.approval.is_required() {
        return awaiting_approval(facts, ask, caller, id, now);
    }
    let schedule = activated(
        ask,
        id,
        principal,
        usable.eligibility,
        span,
        info.expiration.clone(),
        now,
    );
    let outcome = Outcome::Granted { starts_at };
    let mut request = ask.settled(id, caller.actor, now, outcome, Some(facts.policy.version));
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

/// Whoever had somebody's password or second factor reset could sign in as them: for a while they activate
/// nothing that leads to a directory role, unless they show what was theirs before (T-11).
fn not_held_back(facts: &Facts, caller: &Caller, now: Instant) -> Result<(), Refusal> {
    let leads_to_a_role = match &facts.object {
        Object::Group(group) => group.role_assignable == RoleAssignable::Yes,
        Object::Directory(_) => true,
    };
    match caller.held_until.filter(|until| now < *until) {
        Some(until) if leads_to_a_role => Err(Refusal::new(
            Code::Denied,
            format!("somebody else reset your sign-in, so until {until} you can't activate what leads to a directory role without approval"),
        )
        .hint("sign in with a passkey or authenticator that was yours before the reset, or ask an administrator")),
        Some(_) | None => Ok(()),
    }
}

/// The schedule of an activation.
fn activated(
    ask: &Ask,
    id: RequestId,
    principal: PrincipalRef,
    eligibility: &Schedule,
    span: Span,
    expiration: Expiration,
    now: Instant,
) -> Schedule {
    Schedule {
        id: ScheduleId {
            role: ask.role,
            grant: id.into(),
        },
        kind: ScheduleKind::Active,
        principal,
        origin: GrantOrigin::Activated {
            using: eligibility.id,
        },
        span,
        info: ScheduleInfo {
            starts_at: Some(span.starts_at()),
            expiration,
        },
        created_at: now,
        created_using: Some(id),
    }
}

/// The request waits (R-E3), unless nobody could ever decide it (R-F7).
fn awaiting_approval(
    facts: &Facts,
    ask: &Ask,
    caller: &Caller,
    id: RequestId,
    now: Instant,
) -> Result<Verdict, Refusal> {
    if facts.deciders().next().is_none() {
        return Err(Refusal::rules(vec![FailedRule {
            rule: RuleName::ApprovalRule,
            sentence: "approval is required, but nobody could give it: the policy names no approver who is there and is not the requestor".into(),
        }])
        .hint("ask an administrator of the role to name another approver"));
    }
    let until = now.plus(DECIDED_WITHIN).unwrap_or(now);
    let outcome = Outcome::PendingApproval { until };
    let mut request = ask.settled(id, caller.actor, now, outcome, Some(facts.policy.version));
    request.approval = ApprovalNeed::Asked;
    request.target = Some(ScheduleId {
        role: ask.role,
        grant: id.into(),
    });
    Ok(Verdict {
        events: vec![Event::RequestOpened {
            request: Box::new(request.clone()),
        }],
        request,
    })
}

/// An approver's answer (R-F1, R-F2, R-F8). Approved, eligibility and policy are judged again as they are
/// now: time counts from now, and the end is capped by the policy's maximum and allowed hours, the
/// eligibility's end and the end that was asked for. What can't be given any more fails.
pub fn answer(
    facts: &Facts,
    request: &ScheduleRequest,
    review: Review,
    now: Instant,
) -> Result<Event, Refusal> {
    still_pending(request, now)?;
    let mut request = request.clone();
    let decision = review.decision;
    request.review = Some(review);
    let given = match decision {
        Decision::Deny => None,
        Decision::Approve => Some(given_on_approval(facts, &request, now)),
    };
    let schedule = match given {
        None => {
            request.outcome = Outcome::Denied { at: now };
            None
        }
        Some(None) => {
            request.outcome = Outcome::Failed { at: now };
            None
        }
        Some(Some(schedule)) => {
            // What is given is judged by the policy as it is now (R-C5).
            request.policy_version = Some(facts.policy.version);
            request.outcome = Outcome::Granted {
                starts_at: schedule.span.starts_at(),
            };
            request.info = Some(schedule.info.clone());
            request.target = Some(schedule.id);
            Some(Box::new(schedule))
        }
    };
    Ok(Event::RequestDecided {
        request: Box::new(request),
        schedule,
        superseded: None,
        at: now,
    })
}

/// What an approval gives at `now`; `None` where nothing can be given any more.
fn given_on_approval(facts: &Facts, request: &ScheduleRequest, now: Instant) -> Option<Schedule> {
    let ask = Ask::again(request);
    let principal = facts.usable_principal(&ask).ok()?;
    let info = request.info.as_ref()?;
    let starts_at = info.starts_at.map_or(now, |start| start.max(now));
    if has_it_already(facts, starts_at, now) {
        return None;
    }
    let usable = usable_eligibility(facts, starts_at, now)?;
    let asked_until = match &info.expiration {
        Expiration::At(end) => *end,
        Expiration::After(duration) => starts_at.plus(duration.length())?,
        Expiration::Never | Expiration::NotSpecified => return None,
    };
    let rules = &facts.policy.rules.activation;
    let longest = starts_at.plus(rules.expiration.maximum.length())?;
    let closes = rules.beyond.open_until(starts_at).ok()?;
    let until = [Some(asked_until), Some(longest), usable.until, closes]
        .into_iter()
        .flatten()
        .min()?;
    if until <= starts_at || until.since(starts_at) < Settings::SHORTEST_ASSIGNMENT {
        return None;
    }
    let span = Span::new(starts_at, Some(until));
    let justification = ask.justification.as_ref();
    if !rules
        .beyond
        .judge(justification, starts_at, Some(&span))
        .is_empty()
    {
        return None;
    }
    let expiration = if until == asked_until {
        info.expiration.clone()
    } else {
        Expiration::At(until)
    };
    Some(activated(
        &ask,
        request.id,
        principal,
        usable.eligibility,
        span,
        expiration,
        now,
    ))
}

/// Whether the principal will have the role when the activation would begin, or has another activation
/// running or ahead: none is chained onto another.
fn has_it_already(facts: &Facts, starts_at: Instant, now: Instant) -> bool {
    facts
        .running(ScheduleKind::Active, now)
        .any(|schedule| schedule.is_activation() || schedule.span.covers(starts_at))
}

/// An eligibility that could be activated, and until when.
struct Usable<'a> {
    eligibility: &'a Schedule,
    until: Option<Instant>,
}

/// The eligibility to activate: the principal's own, or that of a group they are in (R-E6); in force now and
/// when the activation begins; of several, the one that lasts longest.
fn usable_eligibility(facts: &Facts, starts_at: Instant, now: Instant) -> Option<Usable<'_>> {
    let own = facts
        .running(ScheduleKind::Eligible, now)
        .map(|eligibility| Usable {
            until: eligibility.span.ends_at(),
            eligibility,
        });
    let inherited = facts.ways.iter().map(|way| Usable {
        until: [way.eligibility.span.ends_at(), way.open_until(now)]
            .into_iter()
            .flatten()
            .min(),
        eligibility: &way.eligibility,
    });
    own.chain(inherited)
        .filter(|usable| {
            let span = Span::new(usable.eligibility.span.starts_at(), usable.until);
            span.covers(now) && span.covers(starts_at)
        })
        .max_by_key(|usable| usable.until.map_or(i64::MAX, Instant::micros))
}

/// The failed rule, where `span` reaches beyond what it would be activated from.
fn outlives(span: &Span, usable: &Usable<'_>) -> Option<FailedRule> {
    let end = usable.until?;
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
            ended: vec![EndedSchedule::now(mine, EndReason::Deactivated)],
            at: now,
        }],
        request,
    })
}
