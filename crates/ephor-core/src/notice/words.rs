//! The words of the letters: fixed sentences, with names, times and reasons put in.

use super::letter::{Letter, Piece, Zone};
use super::topic::{NoticeKind, Topic};
use super::{Because, Facts};
use crate::group::Access;
use crate::request::Action;
use crate::role::RoleKind;
use crate::schedule::ScheduleKind;
use crate::text::{TicketNumber, TicketSystem};

/// The most characters of a group's name that a subject shows.
const NAME_MAX: usize = 80;

/// The subject: `PIM: …`, with the name of the group or directory role only where it is plain text that can't
/// pass for anything else.
pub(super) fn subject(kind: NoticeKind, topic: &Topic, name: &str) -> String {
    let name = match topic.role.kind() {
        _ if is_plain(name) => name,
        RoleKind::Group => "a group",
        RoleKind::Directory => "a directory role",
    };
    let what = match kind {
        NoticeKind::Assigned => match topic.schedule {
            ScheduleKind::Eligible => "new eligible assignment in",
            ScheduleKind::Active => "new active assignment in",
        },
        NoticeKind::Changed => "assignment changed in",
        NoticeKind::Extended => "assignment extended in",
        NoticeKind::Renewed => "assignment renewed in",
        NoticeKind::Activated => "role activated in",
        NoticeKind::ApprovalAsked => "your approval is asked for in",
        NoticeKind::ExtensionAsked => "your decision is asked for in",
        NoticeKind::Approved => "request approved in",
        NoticeKind::Denied => "request denied in",
        NoticeKind::Failed => "request failed in",
        NoticeKind::TimedOut => "request expired in",
        NoticeKind::Canceled => "request canceled in",
        NoticeKind::EndsIn14Days => "assignment ends in 14 days in",
        NoticeKind::EndsIn1Day => "assignment ends in 1 day in",
        NoticeKind::Ended if topic.is_activation => "activation ended in",
        NoticeKind::Ended => "assignment ended in",
    };
    format!("PIM: {what} {name}")
}

fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || " -_.&()+".contains(c);
    !name.trim().is_empty() && name.chars().count() <= NAME_MAX && name.chars().all(plain)
}

pub(super) fn letter(
    topic: &Topic,
    facts: &Facts<'_>,
    kind: NoticeKind,
    because: Because,
    zone: &Zone,
) -> Letter {
    Letter {
        headline: headline(kind, topic, facts),
        rows: rows(topic, facts, kind, zone),
        call: match kind {
            NoticeKind::ApprovalAsked | NoticeKind::ExtensionAsked => {
                "Look at the request and approve or deny it, after signing in"
            }
            NoticeKind::EndsIn14Days | NoticeKind::EndsIn1Day | NoticeKind::Ended
                if !topic.is_activation =>
            {
                "Look at the assignment, and ask for more time if it is still needed"
            }
            NoticeKind::Assigned
            | NoticeKind::Changed
            | NoticeKind::Extended
            | NoticeKind::Renewed
            | NoticeKind::Activated
            | NoticeKind::Approved
            | NoticeKind::Denied
            | NoticeKind::Failed
            | NoticeKind::TimedOut
            | NoticeKind::Canceled
            | NoticeKind::EndsIn14Days
            | NoticeKind::EndsIn1Day
            | NoticeKind::Ended => "Look at the request",
        },
        link: link(topic, facts, kind),
        foot: match because {
            Because::Concerned => "You get this mail because it is about your own access.",
            Because::Administers => match topic.role.kind() {
                RoleKind::Group => "You get this mail because you are an owner of the group.",
                RoleKind::Directory => {
                    "You get this mail because you administer the directory's roles."
                }
            },
            Because::Decides => "You get this mail because you may decide on such requests.",
            Because::Named => match topic.role.kind() {
                RoleKind::Group => {
                    "You get this mail because the settings of the group name this address."
                }
                RoleKind::Directory => {
                    "You get this mail because the settings of the role name this address."
                }
            },
        },
    }
}

/// A place of the portal, by the request's id and nothing else: opening it decides nothing (T-04).
fn link(topic: &Topic, facts: &Facts<'_>, kind: NoticeKind) -> String {
    let url = &facts.portal.url;
    match (kind, topic.request) {
        (NoticeKind::ApprovalAsked, Some(request)) => format!("{url}/approvals/{request}"),
        (_, Some(request)) => format!("{url}/requests/{request}"),
        (_, None) => url.clone(),
    }
}

fn headline(kind: NoticeKind, topic: &Topic, facts: &Facts<'_>) -> Vec<Piece> {
    use Piece::{Fixed, Typed};
    let who = || Typed(facts.principal.clone());
    let object = || Typed(facts.object.clone());
    let role = Fixed(match topic.role.access() {
        Some(Access::Member) => "membership of ",
        Some(Access::Owner) => "ownership of ",
        None => "the directory role ",
    });
    let to_do = Fixed(match topic.action {
        Some(Action::SelfActivate) => " to activate ",
        Some(Action::SelfExtend) => " to extend ",
        Some(Action::SelfRenew) => " to renew ",
        Some(
            Action::AdminAssign
            | Action::AdminUpdate
            | Action::AdminRemove
            | Action::AdminExtend
            | Action::AdminRenew
            | Action::SelfDeactivate,
        )
        | None => " for ",
    });
    let eligibility = match topic.schedule {
        ScheduleKind::Eligible if !topic.is_activation => Fixed("eligibility for "),
        ScheduleKind::Eligible | ScheduleKind::Active => Fixed(""),
    };
    let assignment = Fixed(match (topic.is_activation, topic.schedule) {
        (true, _) => "The activation of ",
        (false, ScheduleKind::Eligible) => "The eligible assignment of ",
        (false, ScheduleKind::Active) => "The active assignment of ",
    });
    let sentence = |verb, end| vec![who(), verb, role.clone(), object(), end];
    let of_assignment = |end| {
        vec![
            assignment.clone(),
            who(),
            Fixed(" to "),
            role.clone(),
            object(),
            Fixed(end),
        ]
    };
    let of_request = |end| {
        vec![
            Fixed("The request of "),
            who(),
            to_do.clone(),
            eligibility.clone(),
            role.clone(),
            object(),
            Fixed(end),
        ]
    };
    match kind {
        NoticeKind::Assigned | NoticeKind::Renewed => sentence(
            Fixed(match (kind, topic.schedule) {
                (NoticeKind::Renewed, ScheduleKind::Eligible) => " was made eligible again for ",
                (NoticeKind::Renewed, ScheduleKind::Active) => " was given again ",
                (_, ScheduleKind::Eligible) => " was made eligible for ",
                (_, ScheduleKind::Active) => " was given ",
            }),
            Fixed("."),
        ),
        NoticeKind::Changed => of_assignment(" has another period now."),
        NoticeKind::Extended => of_assignment(" was extended."),
        NoticeKind::Activated => sentence(Fixed(" activated "), Fixed(".")),
        NoticeKind::ApprovalAsked | NoticeKind::ExtensionAsked => vec![
            who(),
            Fixed(" asks"),
            to_do.clone(),
            eligibility.clone(),
            role.clone(),
            object(),
            Fixed("."),
        ],
        NoticeKind::Approved => of_request(" was approved."),
        NoticeKind::Denied => of_request(" was denied."),
        NoticeKind::Failed => {
            of_request(" was approved, but it could not be given any more: nothing was granted.")
        }
        NoticeKind::TimedOut => {
            of_request(" was not decided in time and has expired: nothing was granted.")
        }
        NoticeKind::Canceled => of_request(" was canceled."),
        NoticeKind::EndsIn14Days => of_assignment(" ends in 14 days."),
        NoticeKind::EndsIn1Day => of_assignment(" ends within a day."),
        NoticeKind::Ended => of_assignment(" has ended."),
    }
}

fn rows(
    topic: &Topic,
    facts: &Facts<'_>,
    kind: NoticeKind,
    zone: &Zone,
) -> Vec<(&'static str, Piece)> {
    use Piece::{Fixed, Told, Typed};
    let mut rows = vec![
        match topic.role.kind() {
            RoleKind::Group => ("Group", Typed(facts.object.clone())),
            RoleKind::Directory => ("Directory role", Typed(facts.object.clone())),
        },
        match (topic.role.access(), &facts.unit) {
            (Some(access), _) => ("Role", Fixed(access.as_str())),
            (None, None) => ("Over", Fixed("the whole directory")),
            (None, Some(unit)) => ("Over the administrative unit", Typed(unit.clone())),
        },
        ("For", Typed(facts.principal.clone())),
    ];
    if let Some(by) = &facts.by {
        let label = match kind {
            NoticeKind::Approved | NoticeKind::Denied | NoticeKind::Failed => "Decided by",
            NoticeKind::Assigned
            | NoticeKind::Changed
            | NoticeKind::Extended
            | NoticeKind::Renewed
            | NoticeKind::Activated
            | NoticeKind::ApprovalAsked
            | NoticeKind::ExtensionAsked
            | NoticeKind::TimedOut
            | NoticeKind::Canceled
            | NoticeKind::EndsIn14Days
            | NoticeKind::EndsIn1Day
            | NoticeKind::Ended => "By",
        };
        rows.push((label, Typed(by.clone())));
    }
    if let Some(starts_at) = topic.starts_at {
        rows.push(("From", Told(zone.tell(starts_at))));
    }
    match (topic.ends_at, topic.length, topic.starts_at) {
        (Some(end), _, _) => rows.push(("Until", Told(zone.tell(end)))),
        (None, Some(length), _) => rows.push(("For how long", Told(length.to_string()))),
        (None, None, Some(_)) => rows.push(("Until", Fixed("without an end"))),
        (None, None, None) => {}
    }
    if let Some(until) = topic.decide_until {
        rows.push(("Decide before", Told(zone.tell(until))));
    }
    if let Some(justification) = &topic.justification {
        rows.push(("Justification", Typed(justification.to_string())));
    }
    let ticket = [
        topic.ticket.system.as_ref().map(TicketSystem::as_str),
        topic.ticket.number.as_ref().map(TicketNumber::as_str),
    ];
    let ticket: Vec<&str> = ticket.into_iter().flatten().collect();
    if !ticket.is_empty() {
        rows.push(("Ticket", Typed(ticket.join(" "))));
    }
    if let Some(reason) = &topic.reason {
        rows.push(("Reason", Typed(reason.to_string())));
    }
    rows
}
