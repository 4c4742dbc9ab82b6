//! Letters about access packages: approvers are asked, whoever asked is told, and ends are announced
//! (`governance.md` 1.5; R-F4).

use super::letter::{Letter, Piece};
use super::topic::NoticeKind;
use super::{Notice, NoticeAbout, Person, Portal, RECIPIENTS_MAX, Told, digest};
use crate::id::{GroupId, PackageId, PackageRequestId};
use crate::role::ObjectId;
use crate::text::Justification;
use crate::time::Instant;

/// What the letters about something that happened to a package need to know.
#[derive(Debug, Clone)]
pub struct PackageFacts<'a> {
    /// What is told.
    pub kind: NoticeKind,
    /// The event's place in the audit log.
    pub sequence: i64,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Where links lead.
    pub portal: &'a Portal,
    /// Which package.
    pub package: PackageId,
    /// What it is called.
    pub name: String,
    /// What whom it is for is called.
    pub target: String,
    /// The request, where it is about one.
    pub request: Option<PackageRequestId>,
    /// Why it was asked for, or decided so.
    pub reason: Option<Justification>,
    /// Until when it can be decided, or when it ends.
    pub until: Option<Instant>,
    /// Whoever it is about.
    pub concerned: Vec<Person>,
    /// Whoever may decide.
    pub deciders: Vec<Person>,
}

/// The letters, one to each.
pub fn package_notices(facts: &PackageFacts<'_>) -> Vec<Notice> {
    let recipients = match facts.kind {
        NoticeKind::ApprovalAsked => &facts.deciders,
        NoticeKind::Assigned
        | NoticeKind::Changed
        | NoticeKind::Extended
        | NoticeKind::Renewed
        | NoticeKind::Activated
        | NoticeKind::ExtensionAsked
        | NoticeKind::Approved
        | NoticeKind::Denied
        | NoticeKind::Failed
        | NoticeKind::TimedOut
        | NoticeKind::Canceled
        | NoticeKind::EndsIn14Days
        | NoticeKind::EndsIn1Day
        | NoticeKind::Ended => &facts.concerned,
    };
    recipients
        .iter()
        .take(RECIPIENTS_MAX)
        .map(|person| write(facts, person))
        .collect()
}

/// The headline's words around the names of the person and of the package.
const fn words(kind: NoticeKind) -> (&'static str, &'static str) {
    match kind {
        NoticeKind::ApprovalAsked | NoticeKind::ExtensionAsked => (
            "an access package waits for your approval",
            " asks for the access package ",
        ),
        NoticeKind::Assigned | NoticeKind::Activated => {
            ("you have an access package", " has the access package ")
        }
        NoticeKind::Approved => (
            "your request for an access package is approved",
            " was granted the access package ",
        ),
        NoticeKind::Denied => (
            "your request for an access package is denied",
            " was denied the access package ",
        ),
        NoticeKind::TimedOut => (
            "your request for an access package has expired",
            " had no answer in time for the access package ",
        ),
        NoticeKind::Failed => (
            "your access package could not be given",
            " could not be given the access package ",
        ),
        NoticeKind::Canceled => (
            "a request for an access package is canceled",
            " is no longer waiting for the access package ",
        ),
        NoticeKind::Changed | NoticeKind::Extended | NoticeKind::Renewed => (
            "your access package is extended",
            " has another period for the access package ",
        ),
        NoticeKind::EndsIn14Days => (
            "your access package ends in 14 days",
            " will lose in 14 days the access package ",
        ),
        NoticeKind::EndsIn1Day => (
            "your access package ends in 1 day",
            " will lose in 1 day the access package ",
        ),
        NoticeKind::Ended => (
            "your access package has ended",
            " no longer has the access package ",
        ),
    }
}

fn write(facts: &PackageFacts<'_>, person: &Person) -> Notice {
    let (subject, verb) = words(facts.kind);
    let zone = person.zone.as_ref().unwrap_or(&facts.portal.zone);
    let url = &facts.portal.url;
    let asked = facts.kind == NoticeKind::ApprovalAsked;
    let mut rows = vec![("Access package", Piece::Typed(facts.name.clone()))];
    if let Some(reason) = &facts.reason {
        rows.push(("Reason", Piece::Typed(reason.to_string())));
    }
    if let Some(until) = facts.until {
        let label = if asked { "Decide until" } else { "Ends" };
        rows.push((label, Piece::Told(zone.tell(until))));
    }
    let letter = Letter {
        headline: vec![
            Piece::Typed(facts.target.clone()),
            Piece::Fixed(verb),
            Piece::Typed(facts.name.clone()),
            Piece::Fixed("."),
        ],
        rows,
        call: if asked {
            "Look at the request and approve or deny it, after signing in"
        } else {
            "Look at your access packages"
        },
        link: match facts.request {
            Some(request) if asked => format!("{url}/approvals/{request}"),
            Some(_) | None => format!("{url}/my-access"),
        },
        foot: if asked {
            "You get this mail because you may decide on such requests."
        } else {
            "You get this mail because it is about your own access."
        },
    };
    let host = facts.portal.host();
    let thread = facts
        .request
        .map_or_else(|| facts.package.uuid(), |request| request.uuid());
    Notice {
        subject: format!("PIM: {subject}"),
        plain: letter.plain(),
        html: letter.html(),
        message_id: format!(
            "<{}.{}.{:016x}@{host}>",
            facts.sequence,
            facts.recorded_at.micros(),
            digest(&person.address.key())
        ),
        thread_id: format!("<{thread}@{host}>"),
        list_id: format!("<{}.packages.{host}>", facts.package),
        person: Some(person.id),
        // Letters are filed by what they are about: here the package stands where a group's id does.
        about: NoticeAbout::Role(ObjectId::Group(GroupId::from_uuid(facts.package.uuid()))),
        kind: Told::Access(facts.kind),
        to: person.address.clone(),
    }
}
