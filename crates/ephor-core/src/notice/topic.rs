//! What an event is about, as far as anybody hears of it.

use crate::event::Event;
use crate::id::{PrincipalId, RequestId};
use crate::policy::Occasion;
use crate::request::{Action, ApprovalNeed, Decision, RequestStatus, ScheduleRequest, Ticket};
use crate::role::Role;
use crate::schedule::{Expiration, ExpiryReminder, GrantOrigin, Schedule, ScheduleKind};
use crate::text::Justification;
use crate::time::{Instant, Length};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// What a letter tells.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum NoticeKind { $($(#[$doc])* $variant,)* }

        impl NoticeKind {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word by which it is kept and listed.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Reads that word.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    };
}

kinds! {
    /// Somebody was made eligible or assigned.
    Assigned = "assigned",
    /// An assignment got another period.
    Changed = "changed",
    /// An administrator prolonged an assignment.
    Extended = "extended",
    /// An administrator gave an ended assignment again.
    Renewed = "renewed",
    /// Somebody activated a role.
    Activated = "activated",
    /// An activation waits for an approver.
    ApprovalAsked = "approvalAsked",
    /// An extension or renewal waits for an administrator.
    ExtensionAsked = "extensionAsked",
    /// A request was agreed to.
    Approved = "approved",
    /// A request was refused.
    Denied = "denied",
    /// A request was agreed to and could not be given any more.
    Failed = "failed",
    /// Nobody decided in time.
    TimedOut = "timedOut",
    /// A request was withdrawn.
    Canceled = "canceled",
    /// An assignment ends in two weeks.
    EndsIn14Days = "endsIn14Days",
    /// An assignment ends in a day.
    EndsIn1Day = "endsIn1Day",
    /// An assignment or activation has ended.
    Ended = "ended",
}

impl NoticeKind {
    /// Whether its recipient is asked to do something: what `Critical` lets through.
    pub const fn calls_for_action(self) -> bool {
        match self {
            Self::ApprovalAsked | Self::ExtensionAsked => true,
            Self::Assigned
            | Self::Changed
            | Self::Extended
            | Self::Renewed
            | Self::Activated
            | Self::Approved
            | Self::Denied
            | Self::Failed
            | Self::TimedOut
            | Self::Canceled
            | Self::EndsIn14Days
            | Self::EndsIn1Day
            | Self::Ended => false,
        }
    }
}

/// What an event is about, for those who hear of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// What it tells.
    pub kind: NoticeKind,
    /// About which role.
    pub role: Role,
    /// About eligibility, or about active assignment.
    pub schedule: ScheduleKind,
    /// Whether it is about an activation rather than an assignment.
    pub is_activation: bool,
    /// Whom it is about.
    pub principal: PrincipalId,
    /// Who asked for it or decided, where that is a person.
    pub by: Option<PrincipalId>,
    /// The request that it is about, or that made what it is about.
    pub request: Option<RequestId>,
    /// What was asked, where something was.
    pub action: Option<Action>,
    /// Whether somebody was asked to decide and has not.
    pub was_asked: bool,
    /// From when.
    pub starts_at: Option<Instant>,
    /// Until when; `None` without an end, or where it is not known yet.
    pub ends_at: Option<Instant>,
    /// How long, where that is what was asked for and the time has not begun to run.
    pub length: Option<Length>,
    /// Until when a decision is waited for.
    pub decide_until: Option<Instant>,
    /// Why it was asked for.
    pub justification: Option<Justification>,
    /// Why it was decided so.
    pub reason: Option<Justification>,
    /// The ticket that stands for it.
    pub ticket: Ticket,
}

impl Topic {
    /// The occasion whose notification rules it is under.
    pub const fn occasion(&self) -> Occasion {
        match (self.is_activation, self.schedule) {
            (true, _) => Occasion::EndUserAssignment,
            (false, ScheduleKind::Eligible) => Occasion::AdminEligibility,
            (false, ScheduleKind::Active) => Occasion::AdminAssignment,
        }
    }

    fn of_request(kind: NoticeKind, request: &ScheduleRequest) -> Self {
        let info = request.info.as_ref();
        let starts_at = info.and_then(|info| info.starts_at);
        let (ends_at, length) = match info.map(|info| &info.expiration) {
            Some(Expiration::At(end)) => (Some(*end), None),
            Some(Expiration::After(duration)) => (None, Some(duration.length())),
            Some(Expiration::Never | Expiration::NotSpecified) | None => (None, None),
        };
        Self {
            kind,
            role: request.role,
            schedule: request.kind,
            is_activation: request.action == Action::SelfActivate,
            principal: request.principal,
            by: request.created_by.user(),
            request: Some(request.id),
            action: Some(request.action),
            was_asked: false,
            starts_at,
            ends_at,
            length,
            decide_until: None,
            justification: request.justification.clone(),
            reason: None,
            ticket: request.ticket.clone(),
        }
    }

    fn of_schedule(kind: NoticeKind, schedule: &Schedule) -> Self {
        Self {
            kind,
            role: schedule.role(),
            schedule: schedule.kind,
            is_activation: schedule.is_activation(),
            principal: schedule.principal.id,
            by: None,
            request: schedule.created_using,
            action: None,
            was_asked: false,
            starts_at: Some(schedule.span.starts_at()),
            ends_at: schedule.span.ends_at(),
            length: None,
            decide_until: None,
            justification: None,
            reason: None,
            ticket: Ticket::default(),
        }
    }

    /// The same with the period that was really given.
    fn lasting(self, schedule: &Schedule) -> Self {
        Self {
            starts_at: Some(schedule.span.starts_at()),
            ends_at: schedule.span.ends_at(),
            length: None,
            ..self
        }
    }
}

/// What `event` tells at `now`; `None` where nobody hears of it, or it is no longer so.
///
/// `request` and `schedule` are what the event names by id only, as they are known now: the request of a
/// lapse, the schedule of an end or a reminder.
pub fn topic(
    event: &Event,
    request: Option<&ScheduleRequest>,
    schedule: Option<&Schedule>,
    now: Instant,
) -> Option<Topic> {
    match event {
        // A change outside PIM has no request; nobody is told of it by mail.
        Event::ScheduleGranted { request, schedule } => {
            let kind = match (schedule.origin, request.as_ref()?.action) {
                (GrantOrigin::Activated { .. }, _) => NoticeKind::Activated,
                (_, Action::AdminRenew) => NoticeKind::Renewed,
                (
                    _,
                    Action::AdminAssign
                    | Action::AdminUpdate
                    | Action::AdminRemove
                    | Action::AdminExtend
                    | Action::SelfActivate
                    | Action::SelfDeactivate
                    | Action::SelfExtend
                    | Action::SelfRenew,
                ) => NoticeKind::Assigned,
            };
            Some(Topic::of_request(kind, request.as_ref()?).lasting(schedule))
        }
        Event::ScheduleSuperseded {
            request, schedule, ..
        } => {
            let kind = if request.action == Action::AdminExtend {
                NoticeKind::Extended
            } else {
                NoticeKind::Changed
            };
            Some(Topic::of_request(kind, request).lasting(schedule))
        }
        Event::RequestOpened { request: opened } => {
            asked(opened, request.unwrap_or(opened.as_ref()), now)
        }
        Event::RequestDecided {
            request, schedule, ..
        } => decided(request, schedule.as_deref()),
        Event::RequestCanceled { request, .. } => Some(Topic {
            was_asked: waited(request),
            ..Topic::of_request(NoticeKind::Canceled, request)
        }),
        Event::RequestLapsed { .. } => Some(Topic::of_request(NoticeKind::TimedOut, request?)),
        Event::ScheduleLapsed { .. } => schedule
            .filter(|schedule| schedule.origin != GrantOrigin::Outside)
            .map(|schedule| Topic::of_schedule(NoticeKind::Ended, schedule)),
        // Extended or taken away meanwhile: then there is nothing to be reminded of.
        Event::ExpiryReminderDue {
            ends_at, reminder, ..
        } => schedule
            .filter(|schedule| {
                schedule.span.ends_at() == Some(*ends_at) && !schedule.span.is_over(now)
            })
            .map(|schedule| {
                let kind = match reminder {
                    ExpiryReminder::FourteenDays => NoticeKind::EndsIn14Days,
                    ExpiryReminder::OneDay => NoticeKind::EndsIn1Day,
                };
                Topic::of_schedule(kind, schedule)
            }),
        // Whoever gives something back or takes it away knows; the documents have no mail for it.
        Event::SchedulesEnded { .. }
        | Event::PolicyChanged { .. }
        | Event::TenantMade { .. }
        | Event::UserCreated { .. }
        | Event::UserDeleted { .. }
        | Event::UserChanged { .. }
        | Event::PasswordSet { .. }
        | Event::SignIn { .. }
        | Event::Package { .. }
        | Event::UserPurged { .. }
        | Event::GroupPurged { .. }
        | Event::GroupChanged { .. }
        | Event::UserRestored { .. }
        | Event::AccountDisabled { .. }
        | Event::AccountEnabled { .. }
        | Event::GroupRestored { .. }
        | Event::ScheduleRestored { .. }
        | Event::GroupCreated { .. }
        | Event::GroupDeleted { .. }
        | Event::GroupManaged { .. }
        | Event::DirectoryRoleAssigned { .. }
        | Event::UnitCreated { .. }
        | Event::UnitChanged { .. }
        | Event::UnitDeleted { .. }
        | Event::UnitMemberAdded { .. }
        | Event::UnitMemberRemoved { .. }
        | Event::RoleDefined { .. }
        | Event::RoleRedefined { .. }
        | Event::RoleUndefined { .. }
        | Event::AttemptRefused { .. }
        | Event::TokenIssued { .. }
        | Event::AuditRead { .. }
        | Event::SettingsChanged { .. }
        | Event::ClockMoved { .. } => None,
    }
}

/// A request that waits; decided or withdrawn meanwhile, nobody is asked any more.
fn asked(opened: &ScheduleRequest, present: &ScheduleRequest, now: Instant) -> Option<Topic> {
    let kind = match present.status(now) {
        RequestStatus::PendingApproval => NoticeKind::ApprovalAsked,
        RequestStatus::PendingAdminDecision => NoticeKind::ExtensionAsked,
        RequestStatus::Canceled
        | RequestStatus::Denied
        | RequestStatus::Failed
        | RequestStatus::Granted
        | RequestStatus::Provisioned
        | RequestStatus::Revoked => return None,
    };
    let until = match opened.outcome {
        crate::request::Outcome::PendingApproval { until }
        | crate::request::Outcome::PendingAdminDecision { until } => Some(until),
        crate::request::Outcome::Granted { .. }
        | crate::request::Outcome::Revoked { .. }
        | crate::request::Outcome::Denied { .. }
        | crate::request::Outcome::Canceled { .. }
        | crate::request::Outcome::Failed { .. } => None,
    };
    Some(Topic {
        was_asked: true,
        decide_until: until,
        ..Topic::of_request(kind, opened)
    })
}

fn decided(request: &ScheduleRequest, schedule: Option<&Schedule>) -> Option<Topic> {
    let review = request.review.as_ref()?;
    let kind = match (review.decision, schedule) {
        (Decision::Approve, Some(_)) => NoticeKind::Approved,
        (Decision::Approve, None) => NoticeKind::Failed,
        (Decision::Deny, _) => NoticeKind::Denied,
    };
    let topic = Topic {
        by: review.by.user(),
        reason: review.justification.clone(),
        ..Topic::of_request(kind, request)
    };
    Some(match schedule {
        Some(schedule) => topic.lasting(schedule),
        None => topic,
    })
}

/// Whether a request that was withdrawn had been put to somebody who had not answered.
fn waited(request: &ScheduleRequest) -> bool {
    let is_put_to_somebody = request.approval == ApprovalNeed::Asked
        || matches!(request.action, Action::SelfExtend | Action::SelfRenew);
    is_put_to_somebody && request.review.is_none()
}
