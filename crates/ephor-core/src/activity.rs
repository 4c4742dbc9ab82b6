//! What an event is called in the audit log that Graph's clients read (`pim-groups.md` 5.8, `governance.md` 3).
//!
//! THE table of names: an event is one or several activities, as the services it stands for would have logged
//! them. "Role" is their word for a role of a group.

use crate::event::{Attempt, EndReason, EndedSchedule, Event};
use crate::group::Access;
use crate::id::{GroupId, PrincipalId, RequestId, RoleDefinitionId};
use crate::request::{Action, Decision, ScheduleRequest};
use crate::role::{Role, RoleKind};
use crate::schedule::{Expiration, GrantOrigin, Schedule, ScheduleInfo, ScheduleKind};
use crate::signin::event::{PasswordChangedBy, SignInEvent};
use crate::time::Instant;

/// Which service would have logged it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Privileged Identity Management.
    Pim,
    /// The directory.
    Directory,
    /// Access packages.
    EntitlementManagement,
    /// What only Ephor has.
    Ephor,
}

impl Service {
    /// `loggedByService`
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pim => "PIM",
            Self::Directory => "Core Directory",
            Self::EntitlementManagement => "Entitlement Management",
            Self::Ephor => "Ephor",
        }
    }
}

/// What an activity came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// It was done.
    Success,
    /// It was refused, or could not be given.
    Failure,
}

/// One activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// `activityDisplayName`
    pub name: &'static str,
    /// Who would have logged it.
    pub service: Service,
    /// `category`
    pub category: &'static str,
    /// `operationType`
    pub operation: &'static str,
    /// What it came to.
    pub came: Came,
    /// About which group.
    pub group: Option<GroupId>,
    /// About which of its roles.
    pub access: Option<Access>,
    /// About which directory role.
    pub definition: Option<RoleDefinitionId>,
    /// About whom.
    pub principal: Option<PrincipalId>,
    /// By which request.
    pub request: Option<RequestId>,
}

const GROUPS: &str = "GroupManagement";
const ROLES: &str = "RoleManagement";
const UNITS: &str = "AdministrativeUnit";

impl Activity {
    const fn of(
        service: Service,
        category: &'static str,
        operation: &'static str,
        name: &'static str,
    ) -> Self {
        Self {
            name,
            service,
            category,
            operation,
            came: Came::Success,
            group: None,
            access: None,
            definition: None,
            principal: None,
            request: None,
        }
    }

    const fn pim(operation: &'static str, name: &'static str) -> Self {
        Self::of(Service::Pim, GROUPS, operation, name)
    }

    fn about_request(self, request: &ScheduleRequest) -> Self {
        Self {
            principal: Some(request.principal),
            request: Some(request.id),
            ..self.about_role(request.role)
        }
    }

    fn about_schedule(self, schedule: &Schedule) -> Self {
        Self {
            principal: Some(schedule.principal.id),
            ..self.about_role(schedule.role())
        }
    }

    fn about_ended(self, ended: &EndedSchedule) -> Self {
        Self {
            principal: Some(ended.principal.id),
            ..self.about_role(ended.id.role)
        }
    }

    /// About a role; what PIM does with directory roles is in a category of its own.
    const fn about_role(self, role: Role) -> Self {
        Self {
            group: role.group(),
            access: role.access(),
            definition: role.definition(),
            category: match (role.kind(), self.service) {
                (RoleKind::Directory, Service::Pim) => ROLES,
                (RoleKind::Directory | RoleKind::Group, _) => self.category,
            },
            ..self
        }
    }

    const fn about_group(self, group: GroupId) -> Self {
        Self {
            group: Some(group),
            ..self
        }
    }

    const fn about_principal(self, principal: PrincipalId) -> Self {
        Self {
            principal: Some(principal),
            ..self
        }
    }
}

/// Whether an assignment has an end: the names tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lasting {
    Timebound,
    Permanent,
}

fn lasting(info: Option<&ScheduleInfo>) -> Lasting {
    match info.map(|info| &info.expiration) {
        Some(Expiration::At(_) | Expiration::After(_)) | None => Lasting::Timebound,
        Some(Expiration::Never | Expiration::NotSpecified) => Lasting::Permanent,
    }
}

fn lasted(end: Option<Instant>) -> Lasting {
    match end {
        Some(_) => Lasting::Timebound,
        None => Lasting::Permanent,
    }
}

use Lasting::{Permanent, Timebound};
use ScheduleKind::{Active, Eligible};

const fn add_requested(kind: ScheduleKind, lasting: Lasting) -> &'static str {
    match (kind, lasting) {
        (Eligible, Timebound) => "Add eligible member to role in PIM requested (timebound)",
        (Eligible, Permanent) => "Add eligible member to role in PIM requested (permanent)",
        (Active, Timebound) => "Add member to role in PIM requested (timebound)",
        (Active, Permanent) => "Add member to role in PIM requested (permanent)",
    }
}

const fn add_completed(kind: ScheduleKind, lasting: Lasting) -> &'static str {
    match (kind, lasting) {
        (Eligible, Timebound) => "Add eligible member to role in PIM completed (timebound)",
        (Eligible, Permanent) => "Add eligible member to role in PIM completed (permanent)",
        (Active, Timebound) => "Add member to role in PIM completed (timebound)",
        (Active, Permanent) => "Add member to role in PIM completed (permanent)",
    }
}

const fn add_canceled(kind: ScheduleKind, lasting: Lasting) -> &'static str {
    match (kind, lasting) {
        (Eligible, Timebound) => "Add eligible member to role in PIM canceled (timebound)",
        (Eligible, Permanent) => "Add eligible member to role in PIM canceled (permanent)",
        (Active, Timebound) => "Add member to role in PIM canceled (timebound)",
        (Active, Permanent) => "Add member to role in PIM canceled (permanent)",
    }
}

const fn renew_requested(kind: ScheduleKind) -> &'static str {
    match kind {
        Eligible => "Add eligible member to role in PIM requested (renew)",
        Active => "Add member to role in PIM requested (renew)",
    }
}

const fn renew_canceled(kind: ScheduleKind) -> &'static str {
    match kind {
        Eligible => "Add eligible member to role in PIM canceled (renew)",
        Active => "Add member to role in PIM canceled (renew)",
    }
}

const fn extend_requested(kind: ScheduleKind) -> &'static str {
    match kind {
        Eligible => "Update eligible member in PIM requested (extend)",
        Active => "Update member in PIM requested (extend)",
    }
}

const fn extend_canceled(kind: ScheduleKind) -> &'static str {
    match kind {
        Eligible => "Update eligible member in PIM canceled (extend)",
        Active => "Update member in PIM canceled (extend)",
    }
}

const fn remove_requested(kind: ScheduleKind, lasting: Lasting) -> &'static str {
    match (kind, lasting) {
        (Eligible, Timebound) => "Remove eligible member from role in PIM requested (timebound)",
        (Eligible, Permanent) => "Remove eligible member from role in PIM requested (permanent)",
        (Active, Timebound) => "Remove member from role in PIM requested (timebound)",
        (Active, Permanent) => "Remove member from role in PIM requested (permanent)",
    }
}

const fn remove_completed(kind: ScheduleKind, lasting: Lasting) -> &'static str {
    match (kind, lasting) {
        (Eligible, Timebound) => "Remove eligible member from role in PIM completed (timebound)",
        (Eligible, Permanent) => "Remove eligible member from role in PIM completed (permanent)",
        (Active, Timebound) => "Remove member from role in PIM completed (timebound)",
        (Active, Permanent) => "Remove member from role in PIM completed (permanent)",
    }
}

const ACTIVATION_REQUESTED: &str = "Add member to role requested (PIM activation)";
const ACTIVATION_COMPLETED: &str = "Add member to role completed (PIM activation)";
const ACTIVATION_OVER: &str = "Remove member from role (PIM activation expired)";
const DEACTIVATION_REQUESTED: &str = "Remove member from role requested (PIM deactivate)";
const DECIDED_BY_ADMIN: &str = "Update member in PIM approved by admin (extend/renew)";

/// The activities of an event, in the order in which they would have been logged.
pub fn activities(event: &Event) -> Vec<Activity> {
    use Service::{Directory, Ephor};
    let one = |activity: Activity| vec![activity];
    match event {
        Event::TenantMade { .. } => one(Activity::of(
            Directory,
            "DirectoryManagement",
            "Add",
            "Create company",
        )),
        Event::UserCreated { user } => {
            one(Activity::of(Directory, "UserManagement", "Add", "Add user")
                .about_principal(user.id))
        }
        Event::UserDeleted { user, .. } => {
            one(
                Activity::of(Directory, "UserManagement", "Delete", "Delete user")
                    .about_principal(*user),
            )
        }
        Event::UserRestored { user, .. } => {
            one(
                Activity::of(Directory, "UserManagement", "Add", "Restore user")
                    .about_principal(*user),
            )
        }
        Event::AccountDisabled { user, .. } => {
            one(
                Activity::of(Directory, "UserManagement", "Update", "Disable account")
                    .about_principal(*user),
            )
        }
        Event::AccountEnabled { user, .. } => {
            one(
                Activity::of(Directory, "UserManagement", "Update", "Enable account")
                    .about_principal(*user),
            )
        }
        Event::UserChanged { after, .. } => {
            one(
                Activity::of(Directory, "UserManagement", "Update", "Update user")
                    .about_principal(after.id),
            )
        }
        Event::PasswordSet { user, .. } => {
            one(
                Activity::of(Directory, "UserManagement", "Update", "Reset user password")
                    .about_principal(*user),
            )
        }
        Event::UserPurged { user, .. } => {
            one(
                Activity::of(Directory, "UserManagement", "Delete", "Hard Delete user")
                    .about_principal(*user),
            )
        }
        Event::GroupPurged { group, .. } => {
            one(Activity::of(Directory, GROUPS, "Delete", "Hard Delete group").about_group(*group))
        }
        Event::GroupChanged { after, .. } => {
            one(Activity::of(Directory, GROUPS, "Update", "Update group").about_group(after.id))
        }
        Event::GroupRestored { group, .. } => {
            one(Activity::of(Directory, GROUPS, "Add", "Restore Group").about_group(*group))
        }
        Event::ScheduleRestored { schedule, .. } => {
            let lasting = lasting(Some(&schedule.info));
            let name = add_completed(schedule.kind, lasting);
            one(Activity::pim("Assign", name).about_schedule(schedule))
        }
        Event::GroupCreated { group } => {
            one(Activity::of(Directory, GROUPS, "Add", "Add group").about_group(group.id))
        }
        Event::GroupDeleted { group, .. } => {
            one(Activity::of(Directory, GROUPS, "Delete", "Delete group").about_group(*group))
        }
        Event::GroupManaged { group, .. } => {
            one(Activity::pim("Add", "Onboarded resource to PIM").about_group(*group))
        }
        Event::DirectoryRoleAssigned { principal, .. } => {
            one(
                Activity::of(Directory, ROLES, "Assign", "Add member to role")
                    .about_principal(*principal),
            )
        }
        Event::UnitCreated { .. } => one(Activity::of(
            Directory,
            UNITS,
            "Add",
            "Add administrative unit",
        )),
        Event::UnitChanged { .. } => one(Activity::of(
            Directory,
            UNITS,
            "Update",
            "Update administrative unit",
        )),
        Event::UnitDeleted { .. } => one(Activity::of(
            Directory,
            UNITS,
            "Delete",
            "Delete administrative unit",
        )),
        Event::UnitMemberAdded { member, .. } => one(Activity::of(
            Directory,
            UNITS,
            "Assign",
            "Add member to administrative unit",
        )
        .about_principal(member.id)),
        Event::UnitMemberRemoved { member, .. } => one(Activity::of(
            Directory,
            UNITS,
            "Unassign",
            "Remove member from administrative unit",
        )
        .about_principal(*member)),
        Event::RoleDefined { role } => one(Activity {
            definition: Some(role.id),
            ..Activity::of(Directory, ROLES, "Add", "Add role definition")
        }),
        Event::RoleRedefined { after, .. } => one(Activity {
            definition: Some(after.id),
            ..Activity::of(Directory, ROLES, "Update", "Update role definition")
        }),
        Event::RoleUndefined { definition, .. } => one(Activity {
            definition: Some(*definition),
            ..Activity::of(Directory, ROLES, "Delete", "Delete role definition")
        }),
        Event::PolicyChanged { role, .. } => {
            one(Activity::pim("Update", "Update role setting in PIM").about_role(*role))
        }
        Event::ScheduleGranted {
            request: Some(request),
            schedule,
        } => granted(request, schedule),
        Event::ScheduleGranted {
            request: None,
            schedule,
        } => outside(schedule),
        Event::ScheduleSuperseded {
            request, schedule, ..
        } => superseded(request, schedule),
        Event::RequestOpened { request } => opened(request),
        Event::RequestDecided {
            request, schedule, ..
        } => decided(request, schedule.as_deref()),
        Event::RequestCanceled { request, .. } => one(canceled(request).about_request(request)),
        Event::RequestLapsed {
            request,
            group,
            definition,
            principal,
            ..
        } => one(Activity {
            request: Some(*request),
            group: *group,
            definition: *definition,
            ..Activity::pim("Update", "PIM activation request expired").about_principal(*principal)
        }),
        Event::SchedulesEnded { request, ended, .. } => ended_early(request.as_deref(), ended),
        Event::ScheduleLapsed {
            id,
            kind,
            principal,
            ..
        } => {
            let activity = match kind {
                Active => Activity::pim("Unassign", ACTIVATION_OVER),
                Eligible => Activity::pim("Unassign", remove_completed(Eligible, Timebound)),
            };
            one(activity.about_role(id.role).about_principal(principal.id))
        }
        Event::AttemptRefused { attempt, .. } => one(refused(attempt)),
        Event::ExpiryReminderDue { id, principal, .. } => one(Activity::of(
            Ephor,
            "Other",
            "Update",
            "Remind of an assignment that is about to end",
        )
        .about_role(id.role)
        .about_principal(principal.id)),
        Event::TokenIssued { user, .. } => {
            one(
                Activity::of(Ephor, "Authentication", "Add", "Issue access token")
                    .about_principal(*user),
            )
        }
        Event::AuditRead { group, .. } => {
            let activity = Activity::of(Ephor, "Other", "Read", "Read audit log");
            one(match group {
                Some(group) => activity.about_group(*group),
                None => activity,
            })
        }
        Event::SettingsChanged { .. } => one(Activity::of(
            Directory,
            "DirectoryManagement",
            "Update",
            "Update tenant setting",
        )),
        Event::SignIn { user, entry } => one(Activity {
            principal: *user,
            ..sign_in(entry)
        }),
        Event::Package { entry } => {
            let (operation, name) = entry.activity();
            one(Activity {
                principal: entry.principal(),
                ..Activity::of(
                    Service::EntitlementManagement,
                    "EntitlementManagement",
                    operation,
                    name,
                )
            })
        }
        Event::ClockMoved { .. } => one(Activity::of(
            Ephor,
            "Other",
            "Update",
            "Move the demonstration's clock",
        )),
    }
}

/// What happened around a sign-in: what the directory would have logged where it has a word for it.
fn sign_in(entry: &SignInEvent) -> Activity {
    const USERS: &str = "UserManagement";
    const KEYS: &str = "KeyManagement";
    const APPLICATIONS: &str = "ApplicationManagement";
    let (service, category, operation, name) = match entry {
        SignInEvent::SignedIn { .. } | SignInEvent::Refused { .. } => {
            (Service::Ephor, "Authentication", "Other", "Sign in")
        }
        SignInEvent::SessionEnded { .. } => {
            (Service::Ephor, "Authentication", "Other", "End session")
        }
        SignInEvent::SessionsRevoked { .. } => (
            Service::Directory,
            USERS,
            "Update",
            "Update StsRefreshTokenValidFrom Timestamp",
        ),
        SignInEvent::MethodAdded { .. } | SignInEvent::RecoveryCodesMade => (
            Service::Ephor,
            USERS,
            "Add",
            "User registered security info",
        ),
        SignInEvent::MethodRemoved { .. } => (
            Service::Ephor,
            USERS,
            "Delete",
            "User deleted security info",
        ),
        SignInEvent::IdentityLinked { .. } => {
            (Service::Directory, USERS, "Update", "Add external identity")
        }
        SignInEvent::IdentityUnlinked { .. } => (
            Service::Directory,
            USERS,
            "Update",
            "Remove external identity",
        ),
        SignInEvent::PasskeyCounterBack { .. } => (
            Service::Ephor,
            "Authentication",
            "Other",
            "Passkey counter went back",
        ),
        SignInEvent::ResetCodeMade { .. }
        | SignInEvent::PasswordChanged {
            by: PasswordChangedBy::SomebodyElse,
        } => (Service::Directory, USERS, "Update", "Reset user password"),
        SignInEvent::PasswordChangeAsked { .. } => (
            Service::Directory,
            USERS,
            "Update",
            "Set force change user password",
        ),
        SignInEvent::PasswordChanged { .. } => {
            (Service::Directory, USERS, "Update", "Change user password")
        }
        SignInEvent::DeviceAnswered { .. } => (
            Service::Ephor,
            "Authentication",
            "Other",
            "Answer device code",
        ),
        SignInEvent::ApplicationRegistered { .. } => {
            (Service::Directory, APPLICATIONS, "Add", "Add application")
        }
        SignInEvent::ApplicationSecretMade { .. } => (
            Service::Directory,
            APPLICATIONS,
            "Update",
            "Update application – Certificates and secrets management ",
        ),
        SignInEvent::ApplicationChanged { .. } => (
            Service::Directory,
            APPLICATIONS,
            "Update",
            "Update application",
        ),
        SignInEvent::ApplicationDeleted { .. } => (
            Service::Directory,
            APPLICATIONS,
            "Delete",
            "Delete application",
        ),
        SignInEvent::ApplicationSecretRemoved { .. } => (
            Service::Directory,
            APPLICATIONS,
            "Update",
            "Update application – Certificates and secrets management ",
        ),
        SignInEvent::ServicePrincipalMade { .. } => (
            Service::Directory,
            APPLICATIONS,
            "Add",
            "Add service principal",
        ),
        SignInEvent::ServicePrincipalChanged { .. } => (
            Service::Directory,
            APPLICATIONS,
            "Update",
            "Update service principal",
        ),
        SignInEvent::ServicePrincipalDeleted { .. } => (
            Service::Directory,
            APPLICATIONS,
            "Delete",
            "Remove service principal",
        ),
        SignInEvent::ConditionSet { .. } => (
            Service::Directory,
            "Policy",
            "Update",
            "Update conditional access policy",
        ),
        SignInEvent::ConditionRemoved { .. } => (
            Service::Directory,
            "Policy",
            "Delete",
            "Delete conditional access policy",
        ),
        SignInEvent::SecretsRewrapped { .. } => (
            Service::Ephor,
            KEYS,
            "Update",
            "Wrap secrets by another master key",
        ),
        SignInEvent::KeyMade { .. } => (Service::Ephor, KEYS, "Add", "Make signing key"),
        SignInEvent::KeyRevoked { .. } => (Service::Ephor, KEYS, "Delete", "Revoke signing key"),
    };
    let came = match entry {
        SignInEvent::Refused { .. } => Came::Failure,
        _ => Came::Success,
    };
    Activity {
        came,
        ..Activity::of(service, category, operation, name)
    }
}

fn granted(request: &ScheduleRequest, schedule: &Schedule) -> Vec<Activity> {
    let (kind, lasting) = (schedule.kind, lasting(Some(&schedule.info)));
    let (asked, done) = match request.action {
        Action::SelfActivate => (
            Activity::pim("Activate", ACTIVATION_REQUESTED),
            Activity::pim("Activate", ACTIVATION_COMPLETED),
        ),
        Action::AdminRenew | Action::SelfRenew => (
            Activity::pim("Assign", renew_requested(kind)),
            Activity::pim("Assign", add_completed(kind, lasting)),
        ),
        Action::AdminAssign
        | Action::AdminUpdate
        | Action::AdminRemove
        | Action::AdminExtend
        | Action::SelfDeactivate
        | Action::SelfExtend => (
            Activity::pim("Assign", add_requested(kind, lasting)),
            Activity::pim("Assign", add_completed(kind, lasting)),
        ),
    };
    vec![asked.about_request(request), done.about_request(request)]
}

/// What was given behind PIM's back is two things: what the directory did, and what PIM makes of it.
fn outside(schedule: &Schedule) -> Vec<Activity> {
    let (category, name) = match schedule.role().access() {
        Some(Access::Member) => (GROUPS, "Add member to group"),
        Some(Access::Owner) => (GROUPS, "Add owner to group"),
        None => (ROLES, "Add member to role"),
    };
    let done = Activity::of(Service::Directory, category, "Assign", name).about_schedule(schedule);
    match schedule.origin {
        GrantOrigin::Outside => vec![
            done,
            Activity::pim("Assign", "Add member to role outside of PIM (permanent)")
                .about_schedule(schedule),
        ],
        // The first administrator, with the tenant.
        GrantOrigin::Assigned | GrantOrigin::Activated { .. } | GrantOrigin::Package { .. } => {
            vec![done]
        }
    }
}

fn superseded(request: &ScheduleRequest, schedule: &Schedule) -> Vec<Activity> {
    let (kind, lasting) = (schedule.kind, lasting(Some(&schedule.info)));
    let asked = match request.action {
        Action::AdminExtend => Activity::pim("Update", extend_requested(kind)),
        _ => Activity::pim("Update", add_requested(kind, lasting)),
    };
    let done = Activity::pim("Update", add_completed(kind, lasting));
    vec![asked.about_request(request), done.about_request(request)]
}

fn opened(request: &ScheduleRequest) -> Vec<Activity> {
    let of = |operation, name| Activity::pim(operation, name).about_request(request);
    match request.action {
        Action::SelfExtend => vec![of("Update", extend_requested(request.kind))],
        Action::SelfRenew => vec![of("Assign", renew_requested(request.kind))],
        _ => vec![
            of("Activate", ACTIVATION_REQUESTED),
            of(
                "Activate",
                "Add member to role approval requested (PIM activation)",
            ),
        ],
    }
}

fn decided(request: &ScheduleRequest, schedule: Option<&Schedule>) -> Vec<Activity> {
    let of = |operation, name| Activity::pim(operation, name).about_request(request);
    let decision = request.review.as_ref().map(|review| review.decision);
    if decision.is_none() {
        // Nobody decided: its group or whom it was for went away.
        return vec![Activity {
            came: Came::Failure,
            ..of("Update", "Process request")
        }];
    }
    let is_activation = request.action == Action::SelfActivate;
    let said = match (is_activation, decision) {
        (true, Some(Decision::Approve)) => of(
            "Activate",
            "Add member to role request approved (PIM activation)",
        ),
        (true, _) => of(
            "Activate",
            "Add member to role request denied (PIM activation)",
        ),
        (false, Some(Decision::Approve)) => of("Update", DECIDED_BY_ADMIN),
        (false, _) => of(
            "Update",
            "Update member in PIM denied by admin (extend/renew)",
        ),
    };
    let mut all = vec![said];
    match (schedule, decision) {
        (Some(_), _) if is_activation => all.push(of("Activate", ACTIVATION_COMPLETED)),
        (Some(schedule), _) => all.push(of(
            "Update",
            add_completed(schedule.kind, lasting(Some(&schedule.info))),
        )),
        // Agreed to, and then it could not be given.
        (None, Some(Decision::Approve)) => all.push(Activity {
            came: Came::Failure,
            ..of("Activate", "Process request")
        }),
        (None, _) => {}
    }
    all
}

fn canceled(request: &ScheduleRequest) -> Activity {
    match request.action {
        Action::SelfActivate => {
            Activity::pim("Activate", "Add member to role canceled (PIM activation)")
        }
        Action::SelfExtend | Action::AdminExtend => {
            Activity::pim("Update", extend_canceled(request.kind))
        }
        Action::SelfRenew | Action::AdminRenew => {
            Activity::pim("Assign", renew_canceled(request.kind))
        }
        Action::AdminAssign | Action::AdminUpdate => Activity::pim(
            "Assign",
            add_canceled(request.kind, lasting(request.info.as_ref())),
        ),
        Action::AdminRemove | Action::SelfDeactivate => Activity::pim("Update", "Cancel request"),
    }
}

fn ended_early(request: Option<&ScheduleRequest>, ended: &[EndedSchedule]) -> Vec<Activity> {
    let mut all = Vec::new();
    for one in ended {
        let asked = |activity: Activity| match request {
            Some(request) => Activity {
                request: Some(request.id),
                ..activity.about_ended(one)
            },
            None => activity.about_ended(one),
        };
        match one.why {
            EndReason::Removed => {
                let lasting = lasted(one.would_end_at);
                all.push(asked(Activity::pim(
                    "Unassign",
                    remove_requested(one.kind, lasting),
                )));
                all.push(asked(Activity::pim(
                    "Unassign",
                    remove_completed(one.kind, lasting),
                )));
            }
            EndReason::Deactivated => {
                all.push(asked(Activity::pim("Unassign", DEACTIVATION_REQUESTED)));
                all.push(asked(Activity::pim(
                    "Unassign",
                    "Remove member from role completed (PIM deactivate)",
                )));
            }
            EndReason::EligibilityEnded | EndReason::WayInLost => {
                all.push(asked(Activity::pim("Unassign", ACTIVATION_OVER)));
            }
            EndReason::RemovedOutside => {
                let (category, name) = match one.id.role.access() {
                    Some(Access::Member) => (GROUPS, "Remove member from group"),
                    Some(Access::Owner) => (GROUPS, "Remove owner from group"),
                    None => (ROLES, "Remove member from role"),
                };
                let activity = Activity::of(Service::Directory, category, "Unassign", name);
                all.push(asked(activity));
            }
            EndReason::Canceled | EndReason::Superseded => {
                all.push(asked(Activity::pim("Update", "Process request")));
            }
        }
    }
    all
}

/// What was tried and refused goes by the name of its first step.
fn refused(attempt: &Attempt) -> Activity {
    use Service::Directory;
    let activity = match attempt.operation.as_str() {
        "eligibility.assign" => Activity::pim("Assign", add_requested(Eligible, Timebound)),
        "assignment.assign" => Activity::pim("Assign", add_requested(Active, Timebound)),
        "eligibility.remove" => Activity::pim("Unassign", remove_requested(Eligible, Timebound)),
        "assignment.remove" => Activity::pim("Unassign", remove_requested(Active, Timebound)),
        "activation.request" => Activity::pim("Activate", ACTIVATION_REQUESTED),
        "activation.end" => Activity::pim("Unassign", DEACTIVATION_REQUESTED),
        "eligibility.ask" => Activity::pim("Update", extend_requested(Eligible)),
        "assignment.ask" => Activity::pim("Update", extend_requested(Active)),
        "eligibility.decide" | "assignment.decide" => Activity::pim("Update", DECIDED_BY_ADMIN),
        "eligibility.cancel" | "assignment.cancel" => Activity::pim("Update", "Cancel request"),
        "approval.decide" => Activity::pim(
            "Activate",
            "Add member to role request approved (PIM activation)",
        ),
        "group.manage" => Activity::pim("Add", "Onboarded resource to PIM"),
        "policy.change" => Activity::pim("Update", "Update role setting in PIM"),
        "user.restore" => Activity::of(Directory, "UserManagement", "Add", "Restore user"),
        "user.account" => Activity::of(Directory, "UserManagement", "Update", "Disable account"),
        "group.restore" => Activity::of(Directory, GROUPS, "Add", "Restore Group"),
        "user.create" => Activity::of(Directory, "UserManagement", "Add", "Add user"),
        "user.delete" => Activity::of(Directory, "UserManagement", "Delete", "Delete user"),
        "group.create" => Activity::of(Directory, GROUPS, "Add", "Add group"),
        "group.delete" => Activity::of(Directory, GROUPS, "Delete", "Delete group"),
        "group.members.change" => Activity::of(Directory, GROUPS, "Update", "Add member to group"),
        "group.owners.change" => Activity::of(Directory, GROUPS, "Update", "Add owner to group"),
        _ => Activity::pim("Update", "Process request"),
    };
    Activity {
        came: Came::Failure,
        group: attempt.group,
        access: attempt.access,
        definition: attempt.definition,
        principal: attempt.principal,
        ..activity
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names that `pim-groups.md` 5.8 has, of which each event is one.
    #[test]
    fn every_pair_of_names_differs_by_what_it_tells() {
        let mut names = Vec::new();
        for kind in [Eligible, Active] {
            for lasting in [Timebound, Permanent] {
                names.extend([
                    add_requested(kind, lasting),
                    add_completed(kind, lasting),
                    add_canceled(kind, lasting),
                    remove_requested(kind, lasting),
                    remove_completed(kind, lasting),
                ]);
            }
            names.extend([
                renew_requested(kind),
                renew_canceled(kind),
                extend_requested(kind),
                extend_canceled(kind),
            ]);
        }
        let all = names.len();
        for name in &names {
            assert_eq!(name.contains("eligible"), name.contains(" eligible member"));
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "no two are alike");
    }
}
