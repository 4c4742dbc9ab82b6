//! What a package gives and takes, through the one engine (R-G3; `governance.md` 1.6).
//!
//! A grant of a package is a schedule like any other, with the package assignment as its origin: it runs beside
//! whatever else somebody has (R-D8), and is judged by the group's policy as every grant is. Its end is the
//! earlier of the package's end and the policy's maximum, so that no job has to take it away.

use crate::assignment::{may_hold, superseded};
use crate::caller::Caller;
use crate::event::Event;
use crate::id::{IdSource, PackageAssignmentId, PrincipalId, RequestId, ScheduleId};
use crate::package::assignment::PackageAssignment;
use crate::package::catalog::PackageRole;
use crate::policy::expiration::EndRequired;
use crate::refusal::{Code, Refusal};
use crate::request::{Action, Ask, Facts, Object, Outcome, Ticket, Verdict};
use crate::schedule::{Expiration, GrantOrigin, Schedule, ScheduleInfo, ScheduleKind};
use crate::tenant::Settings;
use crate::text::Justification;
use crate::time::{Instant, Span};

/// What becomes of a grant that the package made before and that still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It stays as it is: only what is missing is given.
    Stays,
    /// It gets the end that it would be given now.
    Anew,
}

/// What is asked of the engine, to give or to take this role.
pub fn ask(
    role: &PackageRole,
    target: PrincipalId,
    action: Action,
    why: Option<Justification>,
) -> Ask {
    Ask {
        kind: role.role.kind(),
        action,
        role: role.gives(),
        principal: target,
        info: None,
        justification: why,
        ticket: Ticket::default(),
        target: None,
    }
}

/// The grant of this package assignment that runs or lies ahead, if there is one.
pub fn held(
    facts: &Facts,
    kind: ScheduleKind,
    assignment: PackageAssignmentId,
    now: Instant,
) -> Option<&Schedule> {
    facts
        .running(kind, now)
        .find(|schedule| schedule.package() == Some(assignment))
}

/// Whether its policy has a say: a directory role's always has.
const fn is_managed(object: &Object) -> bool {
    match object {
        Object::Group(group) => group.is_managed(),
        Object::Directory(_) => true,
    }
}

/// The end that a grant gets: the package's, or the policy's maximum counted from its start, whichever is
/// earlier. Where the group isn't managed, no policy of its has a say.
pub fn end(
    facts: &Facts,
    kind: ScheduleKind,
    starts_at: Instant,
    package: Option<Instant>,
) -> Option<Instant> {
    let rules = match kind {
        ScheduleKind::Eligible => &facts.policy.rules.admin_eligibility,
        ScheduleKind::Active => &facts.policy.rules.admin_assignment,
    };
    let allowed = match rules.expiration.end {
        EndRequired::Yes if is_managed(&facts.object) => {
            starts_at.plus(rules.expiration.maximum.length())
        }
        EndRequired::Yes | EndRequired::No => None,
    };
    [package, allowed].into_iter().flatten().min()
}

/// Gives one role of a package for the package's span; `None` where there is nothing to give.
pub fn give(
    facts: &Facts,
    ask: &Ask,
    assignment: &PackageAssignment,
    standing: Standing,
    caller: &Caller,
    now: Instant,
    ids: &mut dyn IdSource,
) -> Result<Option<Verdict>, Refusal> {
    let principal = facts.usable_principal(ask)?;
    may_hold(facts, ask, principal)?;
    if let (ScheduleKind::Eligible, Object::Group(group)) = (ask.kind, &facts.object)
        && !group.is_managed()
    {
        return Err(Refusal::new(
            Code::InvalidRequest,
            format!(
                "group `{}` is not managed, so nobody can be made eligible for it",
                group.display_name
            ),
        ));
    }
    let package = &assignment.span;
    let current = held(facts, ask.kind, assignment.id, now);
    if current.is_some() && standing == Standing::Stays {
        return Ok(None);
    }
    let starts_at = current.map_or(package.starts_at(), |current| current.span.starts_at());
    let starts_at = starts_at.max(now);
    let ends_at = end(facts, ask.kind, starts_at, package.ends_at());
    if let Some(end) = ends_at
        && end.since(starts_at) < Settings::SHORTEST_ASSIGNMENT
    {
        return Err(Refusal::new(
            Code::InvalidSchedule,
            format!(
                "it would end at {end}, and nothing shorter than {} is given",
                Settings::SHORTEST_ASSIGNMENT
            ),
        ));
    }
    let span = Span::new(starts_at, ends_at);
    let expiration = ends_at.map_or(Expiration::Never, Expiration::At);
    let info = ScheduleInfo {
        starts_at: Some(starts_at),
        expiration,
    };
    if let Some(current) = current {
        if current.span.ends_at() == ends_at {
            return Ok(None);
        }
        let ask = Ask {
            info: Some(info),
            ..ask.clone()
        };
        return Ok(Some(superseded(
            facts, &ask, caller, current, span, now, ids,
        )));
    }
    let id = RequestId::fresh(ids);
    let schedule = Schedule {
        id: ScheduleId {
            role: ask.role,
            grant: id.into(),
        },
        kind: ask.kind,
        principal,
        origin: GrantOrigin::Package {
            assignment: assignment.id,
        },
        span,
        info: info.clone(),
        created_at: now,
        created_using: Some(id),
    };
    // Whatever led here, what the engine is asked for is a new grant.
    let ask = Ask {
        action: Action::AdminAssign,
        ..ask.clone()
    };
    let mut request = ask.settled(
        id,
        caller.actor,
        now,
        Outcome::Granted { starts_at },
        is_managed(&facts.object).then_some(facts.policy.version),
    );
    request.info = Some(info);
    request.target = Some(schedule.id);
    Ok(Some(Verdict {
        events: vec![Event::ScheduleGranted {
            request: Some(Box::new(request.clone())),
            schedule: Box::new(schedule),
        }],
        request,
    }))
}
