//! Decides what comes back when a deletion or a disabling is undone (R-B4; T-65).
//!
//! What still runs of an assignment comes back, with the end that was granted and never a later one.
//! Activations stay over, and so do requests that waited: whoever wants them asks anew, and is judged anew.
//! A schedule that somebody saw end stays ended; another takes its place, under an id of its own.

use crate::event::Event;
use crate::id::{GrantId, IdSource, ScheduleId};
use crate::request::{Outcome, ScheduleRequest};
use crate::schedule::{GrantOrigin, Schedule};
use crate::time::{Instant, Length, Span};

/// How long after its deletion a group or user can be restored.
pub const RESTORABLE_FOR: Length = Length::days(30);

/// A schedule that a deletion or a disabling ended, and what it would have been without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutShort {
    /// It; its span ends where it was cut.
    pub schedule: Schedule,
    /// Until when it was granted; `None` without an end.
    pub granted_until: Option<Instant>,
}

/// What comes back of it at `now`; `None` where nothing does.
pub fn bring_back(cut: &CutShort, now: Instant, ids: &mut dyn IdSource) -> Option<Event> {
    match cut.schedule.origin {
        GrantOrigin::Assigned | GrantOrigin::Outside | GrantOrigin::Package { .. } => {}
        GrantOrigin::Activated { .. } => return None,
    }
    let starts_at = cut.schedule.span.starts_at().max(now);
    if cut.granted_until.is_some_and(|end| end <= starts_at) {
        return None;
    }
    let from = cut.schedule.id;
    let schedule = Schedule {
        id: ScheduleId {
            grant: GrantId::fresh(ids),
            ..from
        },
        span: Span::new(starts_at, cut.granted_until),
        ..cut.schedule.clone()
    };
    Some(Event::ScheduleRestored {
        from,
        schedule: Box::new(schedule),
        at: now,
    })
}

/// A request that waits can't be given any more, because its group or principal is gone or disabled.
pub fn fail(request: &ScheduleRequest, now: Instant) -> Event {
    Event::RequestDecided {
        request: Box::new(ScheduleRequest {
            outcome: Outcome::Failed { at: now },
            ..request.clone()
        }),
        schedule: None,
        superseded: None,
        at: now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::Access;
    use crate::id::{GroupId, PrincipalId, SeededIds};
    use crate::principal::{PrincipalKind, PrincipalRef};
    use crate::role::Role;
    use crate::schedule::{Expiration, ScheduleInfo, ScheduleKind};

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn cut(origin: GrantOrigin, granted_until: Option<Instant>) -> CutShort {
        let mut ids = SeededIds::new(1);
        let (start, end) = (at("2026-01-01T00:00:00Z"), at("2026-01-10T00:00:00Z"));
        CutShort {
            schedule: Schedule {
                id: ScheduleId {
                    role: Role::of(GroupId::fresh(&mut ids), Access::Member),
                    grant: GrantId::fresh(&mut ids),
                },
                kind: ScheduleKind::Eligible,
                principal: PrincipalRef {
                    id: PrincipalId::fresh(&mut ids),
                    kind: PrincipalKind::User,
                },
                origin,
                span: Span::new(start, Some(end)),
                info: ScheduleInfo {
                    starts_at: Some(start),
                    expiration: Expiration::Never,
                },
                created_at: start,
                created_using: None,
            },
            granted_until,
        }
    }

    fn back(cut: &CutShort, now: &str) -> Option<Span> {
        match bring_back(cut, at(now), &mut SeededIds::new(2))? {
            Event::ScheduleRestored { from, schedule, .. } => {
                assert_ne!(from, schedule.id, "what ended stays ended");
                Some(schedule.span)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn r_b4_what_comes_back_ends_when_it_would_have_ended() {
        let end = at("2026-02-01T00:00:00Z");
        let assigned = cut(GrantOrigin::Assigned, Some(end));
        assert_eq!(
            back(&assigned, "2026-01-15T00:00:00Z"),
            Some(Span::new(at("2026-01-15T00:00:00Z"), Some(end)))
        );
        assert!(back(&assigned, "2026-01-31T23:59:59Z").is_some());
        assert_eq!(back(&assigned, "2026-02-01T00:00:00Z"), None);
        let permanent = cut(GrantOrigin::Outside, None);
        assert_eq!(
            back(&permanent, "2026-01-15T00:00:00Z"),
            Some(Span::new(at("2026-01-15T00:00:00Z"), None))
        );
    }

    #[test]
    fn t65_an_activation_never_comes_back() {
        let using = cut(GrantOrigin::Assigned, None).schedule.id;
        assert_eq!(
            back(
                &cut(GrantOrigin::Activated { using }, None),
                "2026-01-11T00:00:00Z"
            ),
            None
        );
    }
}
