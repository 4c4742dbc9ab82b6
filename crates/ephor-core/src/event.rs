//! Every fact that Ephor records: the only shape of change.
//!
//! An event is written once and kept for ever, as JSON in the audit log, under the hash chain. So a field
//! is added to, with a default, and never given a new meaning; an event is never taken away.

use serde::{Deserialize, Serialize};

use crate::caller::Factor;
use crate::directory_role::{CustomRole, DirectoryRole};
use crate::group::{Access, Group};
use crate::id::{GroupId, PrincipalId, RequestId, RoleDefinitionId, ScheduleId, TokenId, UnitId};
use crate::notice::account_topic;
use crate::package::PackageEvent;
use crate::policy::Rules;
use crate::principal::{PrincipalRef, User};
use crate::refusal::Refusal;
use crate::request::ScheduleRequest;
use crate::role::Role;
use crate::schedule::{ExpiryReminder, Schedule, ScheduleKind};
use crate::signin::event::SignInEvent;
use crate::tenant::{Settings, Tenant};
use crate::time::{Instant, Length};
use crate::unit::Unit;

/// A schedule that an event ends, with what a reader of the record wants to know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndedSchedule {
    /// Which.
    pub id: ScheduleId,
    /// Eligible or active.
    pub kind: ScheduleKind,
    /// Whose.
    pub principal: PrincipalRef,
    /// Why this one ends.
    pub why: EndReason,
    /// When, if later than the event itself: what it rests on ends then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
    /// When it would have ended; absent where it had no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub would_end_at: Option<Instant>,
}

impl EndedSchedule {
    /// `schedule` ends with the event, for this reason.
    pub const fn now(schedule: &Schedule, why: EndReason) -> Self {
        Self {
            id: schedule.id,
            kind: schedule.kind,
            principal: schedule.principal,
            why,
            at: None,
            would_end_at: schedule.span.ends_at(),
        }
    }
}

/// Why a schedule ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EndReason {
    /// An administrator took it away.
    Removed,
    /// Its holder gave it back.
    Deactivated,
    /// The eligibility it was activated from ended (R-E7).
    EligibilityEnded,
    /// Its holder is no longer in the group through which they were eligible (R-E6).
    WayInLost,
    /// The member or owner was taken out by the Groups API.
    RemovedOutside,
    /// It was withdrawn before it began.
    Canceled,
    /// Another period took its place.
    Superseded,
}

/// What somebody tried, that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The operation, by its name in the authority table.
    pub operation: String,
    /// About which group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// About which role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// About which directory role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<RoleDefinitionId>,
    /// About which principal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<PrincipalId>,
    /// What was asked, in words: the action and its reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "event",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Event {
    /// The tenant was made.
    TenantMade {
        /// It.
        tenant: Tenant,
    },
    /// A user was made.
    UserCreated {
        /// Them.
        user: Box<User>,
    },
    /// A user was deleted; all they had or could activate is over at `at`.
    UserDeleted {
        /// Who.
        user: PrincipalId,
        /// When.
        at: Instant,
    },
    /// A deleted user was restored; what they had comes back by events of its own.
    UserRestored {
        /// Who.
        user: PrincipalId,
        /// When.
        at: Instant,
    },
    /// An account may not be used any more; all it had or could activate is over at `at`.
    AccountDisabled {
        /// Whose.
        user: PrincipalId,
        /// When.
        at: Instant,
    },
    /// An account may be used again; what it had comes back by events of its own.
    AccountEnabled {
        /// Whose.
        user: PrincipalId,
        /// When.
        at: Instant,
    },
    /// What is known of a user was changed; whether the account may be used has events of its own.
    UserChanged {
        /// When.
        at: Instant,
        /// What was known.
        before: Box<User>,
        /// What is known.
        after: Box<User>,
    },
    /// Somebody's password was set by somebody else; it is kept beside the record, never in it.
    PasswordSet {
        /// Whose.
        user: PrincipalId,
        /// When.
        at: Instant,
    },
    /// A deleted user can't be restored any more.
    UserPurged {
        /// Who.
        user: PrincipalId,
        /// When.
        at: Instant,
    },
    /// A deleted group can't be restored any more.
    GroupPurged {
        /// Which.
        group: GroupId,
        /// When.
        at: Instant,
    },
    /// What is known of a group was changed; who is in it has events of its own.
    GroupChanged {
        /// When.
        at: Instant,
        /// What was known.
        before: Box<Group>,
        /// What is known.
        after: Box<Group>,
    },
    /// A group was made.
    GroupCreated {
        /// It.
        group: Box<Group>,
    },
    /// A group was deleted; it grants nothing and holds nothing from `at` on (R-B4).
    GroupDeleted {
        /// Which.
        group: GroupId,
        /// When.
        at: Instant,
    },
    /// A deleted group was restored, managed as before (R-B4); what was given of it and what it was given
    /// comes back by events of its own.
    GroupRestored {
        /// Which.
        group: GroupId,
        /// When.
        at: Instant,
    },
    /// What still runs of an assignment came back, because what its end rested on was undone (R-B4).
    ScheduleRestored {
        /// The schedule that a deletion or a disabling ended; it stays ended.
        from: ScheduleId,
        /// The one in its place, from now until the end that was granted.
        schedule: Box<Schedule>,
        /// When.
        at: Instant,
    },
    /// A group was brought under management (R-B1), for good (R-B3).
    GroupManaged {
        /// Which.
        group: GroupId,
        /// When.
        at: Instant,
    },
    /// A directory role was given over the whole directory, without an end. Only old records have it: now that
    /// is a schedule that was granted, as everything is.
    DirectoryRoleAssigned {
        /// To whom.
        principal: PrincipalId,
        /// Which.
        role: DirectoryRole,
        /// From when.
        at: Instant,
    },
    /// An administrative unit was made.
    UnitCreated {
        /// It.
        unit: Box<Unit>,
    },
    /// An administrative unit was changed.
    UnitChanged {
        /// What it was.
        before: Box<Unit>,
        /// What it is.
        after: Box<Unit>,
    },
    /// An administrative unit was deleted: roles over it count for nothing from `at` on.
    UnitDeleted {
        /// Which.
        unit: UnitId,
        /// When.
        at: Instant,
    },
    /// Something was put into an administrative unit.
    UnitMemberAdded {
        /// Into which.
        unit: UnitId,
        /// What.
        member: PrincipalRef,
    },
    /// Something was taken out of an administrative unit.
    UnitMemberRemoved {
        /// Out of which.
        unit: UnitId,
        /// What.
        member: PrincipalId,
    },
    /// A custom role was made.
    RoleDefined {
        /// It.
        role: Box<CustomRole>,
    },
    /// A custom role was changed.
    RoleRedefined {
        /// What it was.
        before: Box<CustomRole>,
        /// What it is.
        after: Box<CustomRole>,
    },
    /// A custom role was deleted.
    RoleUndefined {
        /// Which.
        definition: RoleDefinitionId,
        /// When.
        at: Instant,
    },
    /// A policy was changed (R-C6).
    PolicyChanged {
        /// Whose.
        #[serde(flatten)]
        role: Role,
        /// Its version from now on.
        version: u32,
        /// When.
        at: Instant,
        /// What it said.
        before: Box<Rules>,
        /// What it says.
        after: Box<Rules>,
    },
    /// Somebody was made eligible or given access.
    ScheduleGranted {
        /// The request that asked for it; `None` for a change outside PIM.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<Box<ScheduleRequest>>,
        /// What was granted.
        schedule: Box<Schedule>,
    },
    /// An assignment got another period: the schedule that had the old one ends as the new one begins, so
    /// that nobody's access flickers (`pim-groups.md` section 2).
    ScheduleSuperseded {
        /// The request that asked for it.
        request: Box<ScheduleRequest>,
        /// The schedule with the old period; activations made from it go on under the new one.
        superseded: ScheduleId,
        /// The schedule with the new period.
        schedule: Box<Schedule>,
        /// Activations made from it that the new period no longer covers.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ended: Vec<EndedSchedule>,
        /// When the old one ended.
        at: Instant,
    },
    /// A request was made that waits for an approver or an administrator.
    RequestOpened {
        /// It.
        request: Box<ScheduleRequest>,
    },
    /// An approver or an administrator decided on a request that waited, or it could not be given.
    RequestDecided {
        /// It, with the review and what came of it.
        request: Box<ScheduleRequest>,
        /// What it gave.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        schedule: Option<Box<Schedule>>,
        /// The schedule that it took the place of; activations made from it go on under the new one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        superseded: Option<ScheduleId>,
        /// When it was decided.
        at: Instant,
    },
    /// A request was withdrawn before it was decided or began.
    RequestCanceled {
        /// It, with what came of it.
        request: Box<ScheduleRequest>,
        /// The schedule that had not begun.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ended: Option<EndedSchedule>,
        /// When.
        at: Instant,
    },
    /// The clock ended the waiting of a request, and Ephor noticed: it was denied at `at` (R-F8).
    RequestLapsed {
        /// Which.
        request: RequestId,
        /// About which group, where it was about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<GroupId>,
        /// About which directory role, where it was about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        definition: Option<RoleDefinitionId>,
        /// For whom.
        principal: PrincipalId,
        /// When it was over.
        at: Instant,
    },
    /// People or what follows from their acts ended schedules before their time.
    SchedulesEnded {
        /// The request that asked for it; `None` for a change outside PIM.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<Box<ScheduleRequest>>,
        /// What ended.
        ended: Vec<EndedSchedule>,
        /// When.
        at: Instant,
    },
    /// The clock ended a schedule, and Ephor noticed. It changes no answer: the access was over at `ended_at`.
    ScheduleLapsed {
        /// Which.
        id: ScheduleId,
        /// Eligible or active.
        kind: ScheduleKind,
        /// Whose.
        principal: PrincipalRef,
        /// When its span ended.
        ended_at: Instant,
    },
    /// An assignment ends soon, and its holder is to be reminded (R-D5). It changes no answer.
    ExpiryReminderDue {
        /// Which.
        id: ScheduleId,
        /// Eligible or active.
        kind: ScheduleKind,
        /// Whose.
        principal: PrincipalRef,
        /// When it ends.
        ends_at: Instant,
        /// Which of the reminders.
        reminder: ExpiryReminder,
    },
    /// Somebody tried to change something and was told no (R-I1).
    AttemptRefused {
        /// What they tried.
        attempt: Attempt,
        /// What they were told.
        refusal: Refusal,
    },
    /// The operator issued an access token (T-43).
    TokenIssued {
        /// In whose name.
        user: PrincipalId,
        /// Which.
        token: TokenId,
        /// Whether it says that a second factor was shown.
        factor: Factor,
        /// How long it is good for.
        lifetime: Length,
    },
    /// Somebody read everybody's entries of this log, or took some away as a file: told once for each query,
    /// not for each page (T-51).
    AuditRead {
        /// In which form.
        form: AuditForm,
        /// Only about this group.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<GroupId>,
        /// Only about this directory role.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        definition: Option<RoleDefinitionId>,
        /// Only about this principal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        principal: Option<PrincipalId>,
        /// Recorded at this time or later.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Instant>,
        /// Recorded before this time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Instant>,
    },
    /// The tenant's settings were changed.
    SettingsChanged {
        /// When.
        at: Instant,
        /// What they said.
        before: Settings,
        /// What they say.
        after: Settings,
    },
    /// Something around sign-in.
    SignIn {
        /// Whose, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<PrincipalId>,
        /// What.
        entry: SignInEvent,
    },
    /// Something about access packages.
    Package {
        /// What.
        entry: Box<PackageEvent>,
    },
    /// A demonstration's clock was moved forward.
    ClockMoved {
        /// By how much.
        by: Length,
    },
}

/// In which form the audit log was given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AuditForm {
    /// To be looked at.
    List,
    /// A file with a JSON object on each line.
    Lines,
    /// A file with a table.
    Table,
}

impl Event {
    /// The event's name: what it is filtered by in the audit log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::TenantMade { .. } => "tenantMade",
            Self::UserCreated { .. } => "userCreated",
            Self::UserDeleted { .. } => "userDeleted",
            Self::UserRestored { .. } => "userRestored",
            Self::AccountDisabled { .. } => "accountDisabled",
            Self::AccountEnabled { .. } => "accountEnabled",
            Self::GroupRestored { .. } => "groupRestored",
            Self::ScheduleRestored { .. } => "scheduleRestored",
            Self::UserChanged { .. } => "userChanged",
            Self::PasswordSet { .. } => "passwordSet",
            Self::UserPurged { .. } => "userPurged",
            Self::GroupPurged { .. } => "groupPurged",
            Self::GroupChanged { .. } => "groupChanged",
            Self::GroupCreated { .. } => "groupCreated",
            Self::GroupDeleted { .. } => "groupDeleted",
            Self::GroupManaged { .. } => "groupManaged",
            Self::DirectoryRoleAssigned { .. } => "directoryRoleAssigned",
            Self::UnitCreated { .. } => "unitCreated",
            Self::UnitChanged { .. } => "unitChanged",
            Self::UnitDeleted { .. } => "unitDeleted",
            Self::UnitMemberAdded { .. } => "unitMemberAdded",
            Self::UnitMemberRemoved { .. } => "unitMemberRemoved",
            Self::RoleDefined { .. } => "roleDefined",
            Self::RoleRedefined { .. } => "roleRedefined",
            Self::RoleUndefined { .. } => "roleUndefined",
            Self::PolicyChanged { .. } => "policyChanged",
            Self::ScheduleGranted { .. } => "scheduleGranted",
            Self::ScheduleSuperseded { .. } => "scheduleSuperseded",
            Self::RequestOpened { .. } => "requestOpened",
            Self::RequestDecided { .. } => "requestDecided",
            Self::RequestCanceled { .. } => "requestCanceled",
            Self::RequestLapsed { .. } => "requestLapsed",
            Self::SchedulesEnded { .. } => "schedulesEnded",
            Self::ScheduleLapsed { .. } => "scheduleLapsed",
            Self::ExpiryReminderDue { .. } => "expiryReminderDue",
            Self::AttemptRefused { .. } => "attemptRefused",
            Self::TokenIssued { .. } => "tokenIssued",
            Self::AuditRead { .. } => "auditRead",
            Self::SettingsChanged { .. } => "settingsChanged",
            Self::SignIn { .. } => "signIn",
            Self::Package { .. } => "accessPackage",
            Self::ClockMoved { .. } => "clockMoved",
        }
    }

    /// The group it is about, for the views of the audit log (R-I2).
    pub fn group(&self) -> Option<GroupId> {
        match self {
            Self::GroupCreated { group } => Some(group.id),
            Self::GroupChanged { after, .. } => Some(after.id),
            Self::GroupDeleted { group, .. }
            | Self::GroupPurged { group, .. }
            | Self::GroupRestored { group, .. }
            | Self::GroupManaged { group, .. } => Some(*group),
            Self::PolicyChanged { role, .. } => role.group(),
            Self::ScheduleGranted { schedule, .. }
            | Self::ScheduleRestored { schedule, .. }
            | Self::ScheduleSuperseded { schedule, .. } => schedule.role().group(),
            Self::RequestOpened { request }
            | Self::RequestDecided { request, .. }
            | Self::RequestCanceled { request, .. } => request.role.group(),
            Self::RequestLapsed { group, .. } => *group,
            Self::SchedulesEnded { request, ended, .. } => request
                .as_ref()
                .map(|request| request.role)
                .or_else(|| ended.first().map(|ended| ended.id.role))
                .and_then(Role::group),
            Self::ScheduleLapsed { id, .. } | Self::ExpiryReminderDue { id, .. } => id.role.group(),
            Self::AttemptRefused { attempt, .. } => attempt.group,
            Self::AuditRead { group, .. } => *group,
            Self::TenantMade { .. }
            | Self::UserCreated { .. }
            | Self::UserDeleted { .. }
            | Self::UserChanged { .. }
            | Self::PasswordSet { .. }
            | Self::UserPurged { .. }
            | Self::UserRestored { .. }
            | Self::AccountDisabled { .. }
            | Self::AccountEnabled { .. }
            | Self::DirectoryRoleAssigned { .. }
            | Self::UnitCreated { .. }
            | Self::UnitChanged { .. }
            | Self::UnitDeleted { .. }
            | Self::UnitMemberAdded { .. }
            | Self::UnitMemberRemoved { .. }
            | Self::RoleDefined { .. }
            | Self::RoleRedefined { .. }
            | Self::RoleUndefined { .. }
            | Self::TokenIssued { .. }
            | Self::SettingsChanged { .. }
            | Self::SignIn { .. }
            | Self::Package { .. }
            | Self::ClockMoved { .. } => None,
        }
    }

    /// The directory role it is about, for the views of the audit log. The first administrators' old records
    /// name none.
    pub fn definition(&self) -> Option<RoleDefinitionId> {
        match self {
            Self::PolicyChanged { role, .. } => role.definition(),
            Self::ScheduleGranted { schedule, .. }
            | Self::ScheduleRestored { schedule, .. }
            | Self::ScheduleSuperseded { schedule, .. } => schedule.role().definition(),
            Self::RequestOpened { request }
            | Self::RequestDecided { request, .. }
            | Self::RequestCanceled { request, .. } => request.role.definition(),
            Self::SchedulesEnded { request, ended, .. } => request
                .as_ref()
                .map(|request| request.role)
                .or_else(|| ended.first().map(|ended| ended.id.role))
                .and_then(Role::definition),
            Self::ScheduleLapsed { id, .. } | Self::ExpiryReminderDue { id, .. } => {
                id.role.definition()
            }
            Self::RequestLapsed { definition, .. } | Self::AuditRead { definition, .. } => {
                *definition
            }
            Self::RoleDefined { role } => Some(role.id),
            Self::RoleRedefined { after, .. } => Some(after.id),
            Self::RoleUndefined { definition, .. } => Some(*definition),
            Self::AttemptRefused { attempt, .. } => attempt.definition,
            Self::TenantMade { .. }
            | Self::UserCreated { .. }
            | Self::UserDeleted { .. }
            | Self::UserRestored { .. }
            | Self::AccountDisabled { .. }
            | Self::AccountEnabled { .. }
            | Self::UserChanged { .. }
            | Self::PasswordSet { .. }
            | Self::UserPurged { .. }
            | Self::GroupCreated { .. }
            | Self::GroupDeleted { .. }
            | Self::GroupRestored { .. }
            | Self::GroupManaged { .. }
            | Self::GroupPurged { .. }
            | Self::GroupChanged { .. }
            | Self::DirectoryRoleAssigned { .. }
            | Self::UnitCreated { .. }
            | Self::UnitChanged { .. }
            | Self::UnitDeleted { .. }
            | Self::UnitMemberAdded { .. }
            | Self::UnitMemberRemoved { .. }
            | Self::TokenIssued { .. }
            | Self::SettingsChanged { .. }
            | Self::SignIn { .. }
            | Self::Package { .. }
            | Self::ClockMoved { .. } => None,
        }
    }

    /// The principal it is about, for the views of the audit log (R-I2).
    pub fn principal(&self) -> Option<PrincipalId> {
        match self {
            Self::UserCreated { user } => Some(user.id),
            Self::UserChanged { after, .. } => Some(after.id),
            Self::UserDeleted { user, .. }
            | Self::PasswordSet { user, .. }
            | Self::UserPurged { user, .. }
            | Self::UserRestored { user, .. }
            | Self::AccountDisabled { user, .. }
            | Self::AccountEnabled { user, .. }
            | Self::TokenIssued { user, .. } => Some(*user),
            Self::AuditRead { principal, .. } => *principal,
            Self::DirectoryRoleAssigned { principal, .. } => Some(*principal),
            Self::UnitMemberAdded { member, .. } => Some(member.id),
            Self::UnitMemberRemoved { member, .. } => Some(*member),
            Self::ScheduleGranted { schedule, .. }
            | Self::ScheduleRestored { schedule, .. }
            | Self::ScheduleSuperseded { schedule, .. } => Some(schedule.principal.id),
            Self::RequestOpened { request }
            | Self::RequestDecided { request, .. }
            | Self::RequestCanceled { request, .. } => Some(request.principal),
            Self::RequestLapsed { principal, .. } => Some(*principal),
            Self::SchedulesEnded { request, ended, .. } => request
                .as_ref()
                .map(|request| request.principal)
                .or_else(|| ended.first().map(|ended| ended.principal.id)),
            Self::ScheduleLapsed { principal, .. } | Self::ExpiryReminderDue { principal, .. } => {
                Some(principal.id)
            }
            Self::AttemptRefused { attempt, .. } => attempt.principal,
            Self::SignIn { user, .. } => *user,
            Self::Package { entry } => entry.principal(),
            Self::TenantMade { .. }
            | Self::GroupCreated { .. }
            | Self::GroupDeleted { .. }
            | Self::GroupChanged { .. }
            | Self::GroupPurged { .. }
            | Self::GroupRestored { .. }
            | Self::GroupManaged { .. }
            | Self::UnitCreated { .. }
            | Self::UnitChanged { .. }
            | Self::UnitDeleted { .. }
            | Self::RoleDefined { .. }
            | Self::RoleRedefined { .. }
            | Self::RoleUndefined { .. }
            | Self::PolicyChanged { .. }
            | Self::SettingsChanged { .. }
            | Self::ClockMoved { .. } => None,
        }
    }

    /// The request it answers, where there is one.
    pub fn request(&self) -> Option<RequestId> {
        match self {
            Self::ScheduleGranted { request, .. } | Self::SchedulesEnded { request, .. } => {
                request.as_ref().map(|request| request.id)
            }
            Self::ScheduleSuperseded { request, .. }
            | Self::RequestOpened { request }
            | Self::RequestDecided { request, .. }
            | Self::RequestCanceled { request, .. } => Some(request.id),
            Self::RequestLapsed { request, .. } => Some(*request),
            Self::TenantMade { .. }
            | Self::UserCreated { .. }
            | Self::UserDeleted { .. }
            | Self::UserChanged { .. }
            | Self::PasswordSet { .. }
            | Self::UserPurged { .. }
            | Self::GroupPurged { .. }
            | Self::GroupChanged { .. }
            | Self::UserRestored { .. }
            | Self::AccountDisabled { .. }
            | Self::AccountEnabled { .. }
            | Self::GroupRestored { .. }
            | Self::ScheduleRestored { .. }
            | Self::GroupCreated { .. }
            | Self::GroupDeleted { .. }
            | Self::GroupManaged { .. }
            | Self::DirectoryRoleAssigned { .. }
            | Self::UnitCreated { .. }
            | Self::UnitChanged { .. }
            | Self::UnitDeleted { .. }
            | Self::UnitMemberAdded { .. }
            | Self::UnitMemberRemoved { .. }
            | Self::RoleDefined { .. }
            | Self::RoleRedefined { .. }
            | Self::RoleUndefined { .. }
            | Self::PolicyChanged { .. }
            | Self::ScheduleLapsed { .. }
            | Self::ExpiryReminderDue { .. }
            | Self::AttemptRefused { .. }
            | Self::TokenIssued { .. }
            | Self::AuditRead { .. }
            | Self::SettingsChanged { .. }
            | Self::SignIn { .. }
            | Self::Package { .. }
            | Self::ClockMoved { .. } => None,
        }
    }

    /// Whether somebody outside the database may want to hear of it: then it goes to the outbox too.
    pub fn is_notice(&self) -> bool {
        match self {
            Self::ScheduleGranted { .. }
            | Self::ScheduleRestored { .. }
            | Self::ScheduleSuperseded { .. }
            | Self::RequestOpened { .. }
            | Self::RequestDecided { .. }
            | Self::RequestCanceled { .. }
            | Self::RequestLapsed { .. }
            | Self::SchedulesEnded { .. }
            | Self::ScheduleLapsed { .. }
            | Self::ExpiryReminderDue { .. }
            | Self::PolicyChanged { .. } => true,
            Self::Package { entry } => entry.is_notice(),
            Self::TokenIssued { .. } | Self::SignIn { .. } => account_topic(self).is_some(),
            Self::TenantMade { .. }
            | Self::UserCreated { .. }
            | Self::UserDeleted { .. }
            | Self::UserChanged { .. }
            | Self::PasswordSet { .. }
            | Self::UserPurged { .. }
            | Self::GroupPurged { .. }
            | Self::GroupChanged { .. }
            | Self::UserRestored { .. }
            | Self::AccountDisabled { .. }
            | Self::AccountEnabled { .. }
            | Self::GroupRestored { .. }
            | Self::GroupCreated { .. }
            | Self::GroupDeleted { .. }
            | Self::GroupManaged { .. }
            | Self::DirectoryRoleAssigned { .. }
            | Self::UnitCreated { .. }
            | Self::UnitChanged { .. }
            | Self::UnitDeleted { .. }
            | Self::UnitMemberAdded { .. }
            | Self::UnitMemberRemoved { .. }
            | Self::RoleDefined { .. }
            | Self::RoleRedefined { .. }
            | Self::RoleUndefined { .. }
            | Self::AttemptRefused { .. }
            | Self::AuditRead { .. }
            | Self::SettingsChanged { .. }
            | Self::ClockMoved { .. } => false,
        }
    }
}
