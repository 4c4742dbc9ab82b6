//! Schedule requests: what somebody asked for, and what became of it (`pim-groups.md` section 2).
//!
//! A request is immutable history. Its status is derived: stored is what was decided, and the clock does
//! the rest (a grant with a future start reads `Granted` until the start has come, then `Provisioned`).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::caller::Actor;
use crate::directory_role::RoleDefinition;
use crate::event::{EndReason, EndedSchedule, Event};
use crate::group::Group;
use crate::id::{PrincipalId, RequestId, ScheduleId};
use crate::policy::Policy;
use crate::principal::{AccountState, Principal, PrincipalRef};
use crate::refusal::{Code, Refusal};
use crate::role::Role;
use crate::schedule::{Expiration, Schedule, ScheduleInfo, ScheduleKind};
use crate::tenant::{Settings, WithoutEligibility};
use crate::text::{Justification, TicketNumber, TicketSystem};
use crate::time::{Instant, Length};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$item])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Reads the word on the wire, in any case.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| text.eq_ignore_ascii_case(one.as_str()))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use words;

words! {
    /// What a request asks for.
    Action {
        /// An administrator assigns.
        AdminAssign = "adminAssign",
        /// An administrator changes the period.
        AdminUpdate = "adminUpdate",
        /// An administrator takes away.
        AdminRemove = "adminRemove",
        /// An administrator prolongs what still runs.
        AdminExtend = "adminExtend",
        /// An administrator gives again what has ended.
        AdminRenew = "adminRenew",
        /// The principal activates an eligibility.
        SelfActivate = "selfActivate",
        /// The principal ends an activation.
        SelfDeactivate = "selfDeactivate",
        /// The principal asks to prolong what still runs.
        SelfExtend = "selfExtend",
        /// The principal asks for what has ended.
        SelfRenew = "selfRenew",
    }
}

words! {
    /// What became of a request, at an instant.
    RequestStatus {
        /// Withdrawn before it was decided or began.
        Canceled = "Canceled",
        /// Refused by a person, or by nobody answering in time.
        Denied = "Denied",
        /// Granted, and then it could not be given.
        Failed = "Failed",
        /// Granted, and its start lies ahead.
        Granted = "Granted",
        /// An administrator has to decide.
        PendingAdminDecision = "PendingAdminDecision",
        /// An approver has to decide.
        PendingApproval = "PendingApproval",
        /// Granted and in force since its start.
        Provisioned = "Provisioned",
        /// It took something away.
        Revoked = "Revoked",
    }
}

/// What was decided about a request, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// A schedule was made that starts at this instant.
    Granted {
        /// When what was granted begins.
        starts_at: Instant,
    },
    /// What it asked to remove was removed.
    Revoked {
        /// When it was removed.
        at: Instant,
    },
    /// It waits for an approver; if nobody answers until then, it is denied by the clock (R-F8).
    PendingApproval {
        /// Until when it waits.
        until: Instant,
    },
    /// It waits for an administrator; if nobody answers until then, it is denied by the clock (R-F8).
    PendingAdminDecision {
        /// Until when it waits.
        until: Instant,
    },
    /// A person said no.
    Denied {
        /// When.
        at: Instant,
    },
    /// It was withdrawn.
    Canceled {
        /// When.
        at: Instant,
    },
    /// It was agreed to or waited, and then it could not be given.
    Failed {
        /// When.
        at: Instant,
    },
}

/// Whether an approver is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ApprovalNeed {
    /// Nobody is.
    #[default]
    None,
    /// One is: the request has an approval of the same id (`pim-groups.md` section 0).
    Asked,
}

/// What an approver or administrator answered (`pim-groups.md` 1.3, stage).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// Who answered.
    pub by: Actor,
    /// When.
    pub at: Instant,
    /// What.
    pub decision: Decision,
    /// Why.
    pub justification: Option<Justification>,
}

words! {
    /// An answer to a request that waits.
    Decision {
        /// It is given.
        Approve = "Approve",
        /// It is not.
        Deny = "Deny",
    }
}

/// A reference into another system: system and number go together (`ticketInfo` on the wire).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// Which system.
    pub system: Option<TicketSystem>,
    /// Which ticket there.
    pub number: Option<TicketNumber>,
}

impl Ticket {
    /// Whether it names both a system and a number.
    pub const fn is_complete(&self) -> bool {
        self.system.is_some() && self.number.is_some()
    }
}

/// What a caller asks for, parsed: the input of every decision on schedules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The collection it was sent to: about eligibility, or about active assignment.
    pub kind: ScheduleKind,
    /// What is to be done.
    pub action: Action,
    /// The role it is about.
    pub role: Role,
    /// Who shall get or lose it.
    pub principal: PrincipalId,
    /// From when until when.
    pub info: Option<ScheduleInfo>,
    /// Why.
    pub justification: Option<Justification>,
    /// A reference into another system.
    pub ticket: Ticket,
    /// The schedule it is about, where it names one.
    pub target: Option<ScheduleId>,
}

/// A request as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleRequest {
    /// Its id.
    pub id: RequestId,
    /// Which collection it belongs to.
    pub kind: ScheduleKind,
    /// What was asked.
    pub action: Action,
    /// About which role.
    #[serde(flatten)]
    pub role: Role,
    /// For whom.
    pub principal: PrincipalId,
    /// From when until when: the effective start, and the end in the words of the asker.
    pub info: Option<ScheduleInfo>,
    /// Why.
    pub justification: Option<Justification>,
    /// A reference into another system.
    pub ticket: Ticket,
    /// The schedule it made, changed or ended.
    pub target: Option<ScheduleId>,
    /// When it was made.
    pub created_at: Instant,
    /// Who made it.
    pub created_by: Actor,
    /// What was decided.
    pub outcome: Outcome,
    /// Whether an approver is asked before anything is granted.
    #[serde(default)]
    pub approval: ApprovalNeed,
    /// What an approver or administrator answered, where one had to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// The version of the policy it was judged by (R-C5); `None` where no policy has a say.
    pub policy_version: Option<u32>,
}

impl ScheduleRequest {
    /// What has become of it at `now` (`pim-groups.md` 2.1).
    pub fn status(&self, now: Instant) -> RequestStatus {
        match self.outcome {
            Outcome::Granted { starts_at } if now < starts_at => RequestStatus::Granted,
            Outcome::Granted { .. } => RequestStatus::Provisioned,
            Outcome::Revoked { .. } => RequestStatus::Revoked,
            Outcome::PendingApproval { until } if now < until => RequestStatus::PendingApproval,
            Outcome::PendingAdminDecision { until } if now < until => {
                RequestStatus::PendingAdminDecision
            }
            Outcome::PendingApproval { .. }
            | Outcome::PendingAdminDecision { .. }
            | Outcome::Denied { .. } => RequestStatus::Denied,
            Outcome::Canceled { .. } => RequestStatus::Canceled,
            Outcome::Failed { .. } => RequestStatus::Failed,
        }
    }

    /// Whether it still waits for somebody to decide.
    pub fn is_pending(&self, now: Instant) -> bool {
        matches!(
            self.status(now),
            RequestStatus::PendingApproval | RequestStatus::PendingAdminDecision
        )
    }

    /// When it was or will be done (`completedDateTime`: a future start counts, `pim-groups.md` section 2).
    pub fn completed_at(&self, now: Instant) -> Option<Instant> {
        match self.outcome {
            Outcome::Granted { starts_at } => Some(starts_at),
            Outcome::Revoked { at }
            | Outcome::Denied { at }
            | Outcome::Canceled { at }
            | Outcome::Failed { at } => Some(at),
            Outcome::PendingApproval { until } | Outcome::PendingAdminDecision { until } => {
                (until <= now).then_some(until)
            }
        }
    }
}

/// How long after its end an assignment can be renewed (`pim-groups.md` 5.4).
pub const RENEWABLE_FOR: Length = Length::days(30);

/// How long before its end its holder can ask to extend it (R-D5).
pub const EXTENDABLE_FOR: Length = Length::days(14);

/// How long a request waits for a decision (R-F8).
pub const DECIDED_WITHIN: Length = Length::hours(24);

/// A way in through a group (R-E6): the group is eligible, and the principal is an active member of it.
#[derive(Debug, Clone)]
pub struct Way {
    /// The group's eligibility.
    pub eligibility: Schedule,
    /// The principal's membership of that group: the grants in force.
    pub memberships: Vec<Schedule>,
}

impl Way {
    /// Until when the principal is in the group, by what is in force at `now`: `None` without an end.
    pub fn open_until(&self, now: Instant) -> Option<Instant> {
        let ends = self
            .memberships
            .iter()
            .filter(|membership| membership.span.covers(now))
            .map(|membership| membership.span.ends_at());
        ends.reduce(|one, other| one.zip(other).map(|(one, other)| one.max(other)))
            .unwrap_or(Some(now))
    }
}

/// What a role is of: the group, or the directory role itself.
#[derive(Debug, Clone)]
pub enum Object {
    /// The group.
    Group(Box<Group>),
    /// The directory role.
    Directory(RoleDefinition),
}

impl Object {
    /// What people call it.
    pub fn display_name(&self) -> &str {
        match self {
            Self::Group(group) => group.display_name.as_str(),
            Self::Directory(role) => role.display_name(),
        }
    }
}

/// What a decision on a schedule request looks at.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The group or the directory role.
    pub object: Object,
    /// The policy of the role.
    pub policy: Policy,
    /// The principal, where there is one with that id.
    pub principal: Option<Principal>,
    /// The principal as a group, where it is one.
    pub principal_group: Option<Group>,
    /// All that the principal has of this role, eligible and active, now and ahead.
    pub schedules: Vec<Schedule>,
    /// Eligibilities for this role of groups that the principal is an active member of (R-E6).
    pub ways: Vec<Way>,
    /// Activations that run and were made from the principal's eligibilities for this role, whoever's.
    pub dependants: Vec<Schedule>,
    /// What the principal had of this role and the clock ended in the last [`RENEWABLE_FOR`].
    pub ended: Vec<Schedule>,
    /// Requests about this principal and role that wait for a decision.
    pub pending: Vec<ScheduleRequest>,
    /// Who could decide on an activation now: the approvers of the policy, expanded to people.
    pub approvers: BTreeSet<PrincipalId>,
    /// Every account of whoever asks and of whoever it is for: none of them decides (R-F3).
    pub identities: BTreeSet<PrincipalId>,
    /// Whoever else owns the group now, where an active owner is to be taken away (R-D7).
    pub other_owners: Vec<PrincipalRef>,
    /// What the tenant has set.
    pub settings: Settings,
}

impl Facts {
    /// What of this kind is in force or ahead at `now`.
    pub fn running(&self, kind: ScheduleKind, now: Instant) -> impl Iterator<Item = &Schedule> {
        self.schedules
            .iter()
            .filter(move |schedule| schedule.kind == kind && !schedule.span.is_over(now))
    }

    /// Activations that end with the eligibility they were made from: all, or none where the tenant lets them
    /// run to their own end (R-E7).
    pub(crate) fn ending_with_eligibility(&self) -> impl Iterator<Item = &Schedule> {
        let ends = self.settings.without_eligibility == WithoutEligibility::Ends;
        self.dependants.iter().filter(move |_| ends)
    }

    /// Who could really decide: the approvers without anybody who may not (R-F3).
    pub fn deciders(&self) -> impl Iterator<Item = PrincipalId> {
        self.approvers.difference(&self.identities).copied()
    }

    /// Refused where another request of this kind waits for a decision.
    pub(crate) fn nothing_pending(&self, ask: &Ask, now: Instant) -> Result<(), Refusal> {
        let waiting = self
            .pending
            .iter()
            .find(|request| request.kind == ask.kind && request.is_pending(now));
        match waiting {
            None => Ok(()),
            Some(request) => Err(Refusal::new(
                Code::PendingRequest,
                format!(
                    "request `{}` of that kind waits for a decision already",
                    request.id
                ),
            )
            .hint("cancel it first, or wait for the decision")),
        }
    }

    /// The principal, if it may be given something; refused where there is none or it may not be used.
    pub fn usable_principal(&self, ask: &Ask) -> Result<PrincipalRef, Refusal> {
        let Some(principal) = &self.principal else {
            return Err(Refusal::new(
                Code::SubjectNotFound,
                format!(
                    "there is no user, group or service principal `{}`",
                    ask.principal
                ),
            )
            .about("principalId"));
        };
        match principal.account {
            AccountState::Enabled => Ok(principal.reference),
            AccountState::Disabled => Err(Refusal::new(
                Code::InvalidRequest,
                format!(
                    "the account `{}` is disabled and can be given nothing",
                    ask.principal
                ),
            )
            .about("principalId")),
        }
    }
}

/// What a decision came to: the request as it will be kept, and the events to record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The request, as it is answered.
    pub request: ScheduleRequest,
    /// What to record.
    pub events: Vec<Event>,
}

impl Ask {
    /// The period asked for; refused where there is none.
    pub fn period(&self) -> Result<&ScheduleInfo, Refusal> {
        self.info.as_ref().ok_or_else(|| {
            Refusal::new(Code::InvalidRequest, format!("`{}` needs a scheduleInfo", self.action))
                .about("scheduleInfo")
                .hint("give scheduleInfo with an expiration, such as {\"type\":\"afterDuration\",\"duration\":\"PT2H\"}")
        })
    }

    /// What a request asked, to be judged once more when it is decided.
    pub fn again(request: &ScheduleRequest) -> Self {
        Self {
            kind: request.kind,
            action: request.action,
            role: request.role,
            principal: request.principal,
            info: request.info.clone(),
            justification: request.justification.clone(),
            ticket: request.ticket.clone(),
            target: request.target,
        }
    }

    /// The request as it is kept, with what was decided.
    pub(crate) fn settled(
        &self,
        id: RequestId,
        created_by: Actor,
        now: Instant,
        outcome: Outcome,
        policy_version: Option<u32>,
    ) -> ScheduleRequest {
        ScheduleRequest {
            id,
            kind: self.kind,
            action: self.action,
            role: self.role,
            principal: self.principal,
            info: self.info.clone(),
            justification: self.justification.clone(),
            ticket: self.ticket.clone(),
            target: self.target,
            created_at: now,
            created_by,
            outcome,
            approval: ApprovalNeed::None,
            review: None,
            policy_version,
        }
    }
}

/// When what is asked for would begin: now where nothing or the past is asked for.
pub(crate) fn effective_start(info: &ScheduleInfo, now: Instant) -> Result<Instant, Refusal> {
    let starts_at = info.starts_at.map_or(now, |start| start.max(now));
    if starts_at.since(now) > Settings::FARTHEST_START {
        return Err(Refusal::new(
            Code::InvalidSchedule,
            format!("startDateTime `{starts_at}` is more than a year ahead"),
        )
        .about("scheduleInfo"));
    }
    match info.expiration {
        Expiration::At(end) if end <= now => Err(Refusal::new(
            Code::InvalidSchedule,
            format!("endDateTime `{end}` has passed; it is now `{now}`"),
        )
        .about("scheduleInfo")),
        Expiration::At(end) if end <= starts_at => Err(Refusal::new(
            Code::InvalidSchedule,
            format!("endDateTime `{end}` is not after startDateTime `{starts_at}`"),
        )
        .about("scheduleInfo")),
        Expiration::At(_) | Expiration::After(_) | Expiration::Never | Expiration::NotSpecified => {
            Ok(starts_at)
        }
    }
}

/// Refused unless what is to be ended has stood for the tenant's floor (R-D3).
pub(crate) fn old_enough(given_at: Instant, floor: Length, now: Instant) -> Result<(), Refusal> {
    let stood = now.since(given_at);
    if stood >= floor {
        return Ok(());
    }
    Err(Refusal::new(
        Code::ActiveDurationTooShort,
        format!("it has stood for {stood}, and nothing is taken away before {floor}"),
    )
    .hint(format!(
        "try again at {}",
        given_at.plus(floor).unwrap_or(now)
    )))
}

/// Refused, with what it came to, unless the request still waits (R-F2: the first decision is final).
pub(crate) fn still_pending(request: &ScheduleRequest, now: Instant) -> Result<(), Refusal> {
    if request.is_pending(now) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::Conflict,
        format!(
            "the request is decided already: it is {}",
            request.status(now)
        ),
    ))
}

/// Judges `cancel` (R-E4): what waits, or was granted and has not begun, is withdrawn.
pub fn cancel(
    request: &ScheduleRequest,
    schedule: Option<&Schedule>,
    now: Instant,
) -> Result<Event, Refusal> {
    match request.status(now) {
        RequestStatus::PendingApproval
        | RequestStatus::PendingAdminDecision
        | RequestStatus::Granted => {}
        status @ (RequestStatus::Canceled
        | RequestStatus::Denied
        | RequestStatus::Failed
        | RequestStatus::Provisioned
        | RequestStatus::Revoked) => {
            return Err(Refusal::new(
                Code::InvalidRequest,
                format!("the request can't be cancelled any more: it is {status}"),
            )
            .hint("only what waits for a decision or has not begun can be cancelled"));
        }
    }
    let mut request = request.clone();
    request.outcome = Outcome::Canceled { at: now };
    Ok(Event::RequestCanceled {
        request: Box::new(request),
        ended: schedule.map(|schedule| EndedSchedule::now(schedule, EndReason::Canceled)),
        at: now,
    })
}
