//! What the letters about access packages need to know, as it is now.

use ephor_core::event::Event;
use ephor_core::id::{PackageId, PrincipalId};
use ephor_core::notice::{NoticeKind, PackageFacts, Person, Portal};
use ephor_core::package::request::Delivered;
use ephor_core::package::{PackageEvent, PackageOutcome, PackageRequest, PackageRequestType};
use ephor_core::request::Decision;
use ephor_core::schedule::ExpiryReminder;
use ephor_core::time::Instant;
use ephor_store::{OutboxMessage, PackageScope, ReadTx};

use crate::OpResult;
use crate::package::approval;

/// The facts for the letters about a message; `None` where it is not about packages, or nobody hears of it.
pub(super) fn of<'a>(
    tx: &ReadTx<'_>,
    message: &OutboxMessage,
    portal: &'a Portal,
) -> OpResult<Option<PackageFacts<'a>>> {
    let Event::Package { entry } = &message.event else {
        return Ok(None);
    };
    let Some(what) = what(tx, entry)? else {
        return Ok(None);
    };
    let Some(package) = tx.package(what.package)? else {
        return Ok(None);
    };
    let Some(target) = tx.principal(what.target)? else {
        return Ok(None);
    };
    let deciders = match (&what.request, what.kind) {
        (Some(request), NoticeKind::ApprovalAsked) => {
            let ids = match what.asked {
                Asked::First => approval::deciders(tx, request)?,
                Asked::Alternates => approval::alternates(tx, request)?,
            };
            tx.principals(&ids)?.iter().filter_map(Person::of).collect()
        }
        _ => Vec::new(),
    };
    let reason = what.request.as_ref().and_then(|request| match what.kind {
        NoticeKind::ApprovalAsked => request.justification.clone(),
        _ => request
            .reviews
            .last()
            .and_then(|review| review.justification.clone()),
    });
    Ok(Some(PackageFacts {
        kind: what.kind,
        sequence: message.sequence,
        recorded_at: message.at,
        portal,
        package: package.id,
        name: package.display_name.to_string(),
        target: target.display_name.to_string(),
        request: what.request.as_ref().map(|request| request.id),
        reason,
        until: what.until,
        concerned: Person::of(&target).into_iter().collect(),
        deciders,
    }))
}

/// Who is asked to decide.
#[derive(Clone, Copy)]
enum Asked {
    /// Whoever may now.
    First,
    /// Whoever may only since it is escalated.
    Alternates,
}

/// What an event tells.
struct What {
    kind: NoticeKind,
    asked: Asked,
    package: PackageId,
    target: PrincipalId,
    request: Option<PackageRequest>,
    until: Option<Instant>,
}

fn what(tx: &ReadTx<'_>, entry: &PackageEvent) -> OpResult<Option<What>> {
    let now = tx.now();
    Ok(match entry {
        PackageEvent::Requested { request } | PackageEvent::Settled { request } => {
            // Decided or withdrawn meanwhile, nobody is asked any more.
            let present = tx
                .package_request(request.id)?
                .unwrap_or_else(|| request.clone());
            let until = match request.outcome {
                PackageOutcome::Pending { until, .. } => Some(until),
                PackageOutcome::Done { .. } => ends_at(tx, request)?,
                PackageOutcome::Denied { .. } | PackageOutcome::Canceled { .. } => None,
            };
            let is_current = present.is_pending(now) && present.reviews == request.reviews;
            let kind = match request.outcome {
                PackageOutcome::Pending { .. } if is_current => Some(NoticeKind::ApprovalAsked),
                PackageOutcome::Pending { .. } => None,
                PackageOutcome::Done { delivered, .. } => done(request, delivered),
                PackageOutcome::Denied { .. } => Some(NoticeKind::Denied),
                PackageOutcome::Canceled { .. } => Some(NoticeKind::Canceled),
            };
            kind.map(|kind| What {
                kind,
                asked: Asked::First,
                package: request.package,
                target: request.target,
                request: Some(request.clone()),
                until,
            })
        }
        PackageEvent::Escalated { request, .. } => {
            let waits = tx
                .package_request(*request)?
                .filter(|request| request.is_escalated(now));
            waits.map(|request| What {
                kind: NoticeKind::ApprovalAsked,
                asked: Asked::Alternates,
                package: request.package,
                target: request.target,
                until: match request.outcome {
                    PackageOutcome::Pending { until, .. } => Some(until),
                    PackageOutcome::Done { .. }
                    | PackageOutcome::Denied { .. }
                    | PackageOutcome::Canceled { .. } => None,
                },
                request: Some(request),
            })
        }
        PackageEvent::RequestLapsed {
            package, target, ..
        } => Some(What {
            kind: NoticeKind::TimedOut,
            asked: Asked::First,
            package: *package,
            target: *target,
            request: None,
            until: None,
        }),
        PackageEvent::Lapsed {
            assignment,
            package,
            target,
            at,
        } => tells_of_ends(tx, *assignment)?.then_some(What {
            kind: NoticeKind::Ended,
            asked: Asked::First,
            package: *package,
            target: *target,
            request: None,
            until: Some(*at),
        }),
        PackageEvent::ReminderDue {
            assignment,
            package,
            target,
            ends_at,
            reminder,
        } => {
            let runs = tx
                .package_assignments(PackageScope::Assignment(*assignment))?
                .first()
                .is_some_and(|found| found.span.ends_at() == Some(*ends_at));
            let tells = runs && tells_of_ends(tx, *assignment)?;
            tells.then_some(What {
                kind: match reminder {
                    ExpiryReminder::FourteenDays => NoticeKind::EndsIn14Days,
                    ExpiryReminder::OneDay => NoticeKind::EndsIn1Day,
                },
                asked: Asked::First,
                package: *package,
                target: *target,
                request: None,
                until: Some(*ends_at),
            })
        }
        PackageEvent::CatalogMade { .. }
        | PackageEvent::CatalogChanged { .. }
        | PackageEvent::CatalogDeleted { .. }
        | PackageEvent::ResourceAdded { .. }
        | PackageEvent::ResourceRefreshed { .. }
        | PackageEvent::ResourceRemoved { .. }
        | PackageEvent::PackageMade { .. }
        | PackageEvent::PackageChanged { .. }
        | PackageEvent::PackageDeleted { .. }
        | PackageEvent::PolicyMade { .. }
        | PackageEvent::PolicyChanged { .. }
        | PackageEvent::PolicyDeleted { .. }
        | PackageEvent::Assigned { .. }
        | PackageEvent::Rescheduled { .. }
        | PackageEvent::Ended { .. }
        | PackageEvent::RequestDeleted { .. }
        | PackageEvent::RoleAssigned { .. }
        | PackageEvent::RoleRemoved { .. } => None,
    })
}

/// What whoever a request is for hears when it is done.
fn done(request: &PackageRequest, delivered: Delivered) -> Option<NoticeKind> {
    let approved = request
        .reviews
        .last()
        .is_some_and(|review| review.decision == Decision::Approve);
    match (request.action, delivered) {
        (PackageRequestType::UserRemove | PackageRequestType::AdminRemove, _) => {
            (request.action == PackageRequestType::AdminRemove).then_some(NoticeKind::Ended)
        }
        (_, Delivered::Nothing) => Some(NoticeKind::Failed),
        (PackageRequestType::UserUpdate | PackageRequestType::AdminUpdate, _) => {
            Some(NoticeKind::Extended)
        }
        (_, _) if approved => Some(NoticeKind::Approved),
        (_, _) => Some(NoticeKind::Assigned),
    }
}

fn ends_at(tx: &ReadTx<'_>, request: &PackageRequest) -> OpResult<Option<Instant>> {
    let Some(id) = request.assignment else {
        return Ok(None);
    };
    let found = tx.package_assignment_in_history(id)?;
    Ok(found.and_then(|assignment| assignment.span.ends_at()))
}

/// Whether the policy lets those who have the package be told of its end.
fn tells_of_ends(
    tx: &ReadTx<'_>,
    assignment: ephor_core::id::PackageAssignmentId,
) -> OpResult<bool> {
    let Some(assignment) = tx.package_assignment_in_history(assignment)? else {
        return Ok(false);
    };
    let policy = tx.package_policy(assignment.policy)?;
    Ok(policy.is_none_or(|policy| policy.mails.is_on()))
}
