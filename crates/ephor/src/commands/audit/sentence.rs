//! What an entry of the audit log says, in one line for people.

use std::collections::HashMap;

use ephor_core::caller::{Actor, Factor};
use ephor_core::directory_role::DirectoryRole;
use ephor_core::event::{AuditForm, EndReason, Event};
use ephor_core::group::Group;
use ephor_core::id::{GroupId, PrincipalId, RoleDefinitionId};
use ephor_core::package::PackageEvent;
use ephor_core::principal::Principal;
use ephor_core::request::{Decision, ScheduleRequest};
use ephor_core::role::{DirectoryScope, Role};
use ephor_core::schedule::{Schedule, ScheduleKind};
use ephor_core::signin::event::{PasswordChange, SignInEvent};
use ephor_core::time::Instant;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::when;

/// Names to show in place of ids, and the zone to show times in.
#[derive(Debug)]
pub(super) struct Names {
    zone: TimeZone,
    principals: HashMap<PrincipalId, String>,
    groups: HashMap<GroupId, String>,
}

impl Names {
    /// Of these.
    pub(super) fn new(principals: Vec<Principal>, groups: Vec<Group>) -> Self {
        Self {
            zone: TimeZone::system(),
            principals: principals
                .into_iter()
                .map(|one| {
                    let name = one
                        .user_principal_name
                        .map_or_else(|| one.display_name.to_string(), |name| name.to_string());
                    (one.reference.id, name)
                })
                .collect(),
            groups: groups
                .into_iter()
                .map(|group| (group.id, group.display_name.to_string()))
                .collect(),
        }
    }

    fn time(&self, at: Instant) -> String {
        when::local(at, &self.zone)
    }

    fn principal(&self, id: PrincipalId) -> String {
        self.principals
            .get(&id)
            .cloned()
            .unwrap_or_else(|| id.to_string())
    }

    fn group(&self, id: GroupId) -> String {
        self.groups
            .get(&id)
            .cloned()
            .unwrap_or_else(|| id.to_string())
    }

    /// A user's or a group's name.
    fn object(&self, id: PrincipalId) -> String {
        match self.principals.get(&id) {
            Some(name) => name.clone(),
            None => self.group(id.as_group()),
        }
    }

    /// `member of ops`, or a directory role and over what it is held.
    fn role(&self, role: Role) -> String {
        match role {
            Role::Group { group, access } => format!("{access} of {}", self.group(group)),
            Role::Directory { definition, scope } => match scope {
                DirectoryScope::Directory => definition_name(definition),
                DirectoryScope::Unit(unit) => {
                    format!("{} over the unit {unit}", definition_name(definition))
                }
            },
        }
    }

    /// Who did it, and whether by a token that the operator issued.
    pub(super) fn actor(&self, caller: &serde_json::Value) -> String {
        let who = match actor_of(caller) {
            Some(Actor::User(id) | Actor::Application(id)) => self.principal(id),
            Some(Actor::Operator) => return "operator".to_owned(),
            Some(Actor::System) => return "Ephor".to_owned(),
            None => return caller.to_string(),
        };
        if caller.get("issuance").and_then(serde_json::Value::as_str) == Some("operator") {
            format!("{who} (operator's token)")
        } else {
            who
        }
    }
}

/// The actor of a recorded caller.
pub(super) fn actor_of(caller: &serde_json::Value) -> Option<Actor> {
    Actor::deserialize(caller.get("actor")?).ok()
}

/// The event in a line.
pub(super) fn of(event: &Event, names: &Names) -> String {
    match event {
        Event::TenantMade { tenant } => format!("made the tenant {}", tenant.domain),
        Event::UserCreated { user } => format!("made the user {}", user.user_principal_name),
        Event::UserDeleted { user, .. } => format!("deleted the user {}", names.principal(*user)),
        Event::UserRestored { user, .. } => {
            format!("restored the user {}", names.principal(*user))
        }
        Event::AccountDisabled { user, .. } => {
            format!("disabled the account of {}", names.principal(*user))
        }
        Event::AccountEnabled { user, .. } => {
            format!("enabled the account of {}", names.principal(*user))
        }
        Event::UserChanged { after, .. } => {
            format!("changed the user {}", after.user_principal_name)
        }
        Event::PasswordSet { user, .. } => {
            format!("set the password of {}", names.principal(*user))
        }
        Event::UserPurged { user, .. } => {
            format!("deleted the user {} for good", names.principal(*user))
        }
        Event::GroupPurged { group, .. } => {
            format!("deleted the group {} for good", names.group(*group))
        }
        Event::GroupChanged { after, .. } => format!("changed the group {}", after.display_name),
        Event::GroupRestored { group, .. } => format!("restored the group {}", names.group(*group)),
        Event::ScheduleRestored { schedule, .. } => {
            format!("{} (came back)", granted(schedule, names))
        }
        Event::GroupCreated { group } => format!("made the group {}", group.display_name),
        Event::GroupDeleted { group, .. } => format!("deleted the group {}", names.group(*group)),
        Event::GroupManaged { group, .. } => {
            format!("brought {} under management", names.group(*group))
        }
        Event::DirectoryRoleAssigned {
            principal, role, ..
        } => {
            format!(
                "made {} a {}",
                names.principal(*principal),
                role.display_name()
            )
        }
        Event::UnitCreated { unit } => format!("made the unit {}", unit.display_name),
        Event::UnitChanged { after, .. } => format!("changed the unit {}", after.display_name),
        Event::UnitDeleted { unit, .. } => format!("deleted the unit {unit}"),
        Event::UnitMemberAdded { unit, member } => {
            format!("put {} into the unit {unit}", names.object(member.id))
        }
        Event::UnitMemberRemoved { unit, member } => {
            format!("took {} out of the unit {unit}", names.object(*member))
        }
        Event::RoleDefined { role } => format!("made the role {}", role.display_name),
        Event::RoleRedefined { after, .. } => format!("changed the role {}", after.display_name),
        Event::RoleUndefined { definition, .. } => format!("deleted the role {definition}"),
        Event::PolicyChanged { role, version, .. } => format!(
            "changed the policy of {} (version {version})",
            names.role(*role)
        ),
        Event::ScheduleGranted { schedule, .. } => granted(schedule, names),
        Event::ScheduleSuperseded { schedule, .. } => {
            format!("{} (another period)", granted(schedule, names))
        }
        Event::RequestOpened { request } => format!(
            "{} asked for {}: waits for a decision",
            names.principal(request.principal),
            asked(request, names)
        ),
        Event::RequestDecided {
            request, schedule, ..
        } => {
            let decision = request.review.as_ref().map(|review| review.decision);
            let said = match (decision, schedule) {
                (Some(Decision::Approve), Some(schedule)) => {
                    format!("approved: {}", granted(schedule, names))
                }
                (Some(Decision::Approve), None) => {
                    "approved, but it can't be given any more".into()
                }
                (Some(Decision::Deny), _) => "denied".into(),
                (None, _) => "ended".into(),
            };
            format!(
                "request of {} for {}: {said}",
                names.principal(request.principal),
                asked(request, names)
            )
        }
        Event::RequestCanceled { request, .. } => format!(
            "withdrew the request of {} for {}",
            names.principal(request.principal),
            asked(request, names)
        ),
        Event::RequestLapsed {
            group,
            principal,
            at,
            ..
        } => format!(
            "request of {}{}: nobody decided until {}",
            names.principal(*principal),
            group.map_or_else(String::new, |group| format!(" on {}", names.group(group))),
            names.time(*at)
        ),
        Event::SchedulesEnded { ended, .. } => ended
            .iter()
            .map(|one| {
                let why = match one.why {
                    EndReason::Removed => "removed",
                    EndReason::Deactivated => "deactivated",
                    EndReason::EligibilityEnded => "ended with its eligibility",
                    EndReason::RemovedOutside => "removed outside PIM",
                    EndReason::WayInLost => "no longer in the group it came through",
                    EndReason::Canceled => "withdrawn before it began",
                    EndReason::Superseded => "replaced by another period",
                };
                let role = held(one.kind, one.id.role, names);
                format!("{} {role}: {why}", names.object(one.principal.id))
            })
            .collect::<Vec<_>>()
            .join("; "),
        Event::ScheduleLapsed {
            id,
            kind,
            principal,
            ended_at,
        } => format!(
            "{} {}: ended by the clock at {}",
            names.object(principal.id),
            held(*kind, id.role, names),
            names.time(*ended_at)
        ),
        Event::ExpiryReminderDue {
            id,
            kind,
            principal,
            ends_at,
            ..
        } => format!(
            "{} {}: ends at {}, its holder is reminded",
            names.object(principal.id),
            held(*kind, id.role, names),
            names.time(*ends_at)
        ),
        Event::AttemptRefused { attempt, refusal } => format!(
            "refused {}{}: {}",
            attempt.operation,
            match (attempt.group, attempt.definition) {
                (Some(group), _) => format!(" on {}", names.group(group)),
                (None, Some(definition)) => format!(" on {}", definition_name(definition)),
                (None, None) => String::new(),
            },
            refusal.sentence
        ),
        Event::TokenIssued {
            user,
            factor,
            lifetime,
            ..
        } => format!(
            "issued a token for {}, good for {lifetime}{}",
            names.principal(*user),
            match factor {
                Factor::Multi => ", with a second factor",
                Factor::Single => "",
            }
        ),
        Event::AuditRead { form, group, .. } => {
            let what = group.map_or_else(
                || "the audit log".to_owned(),
                |group| format!("the audit log of {}", names.group(group)),
            );
            match form {
                AuditForm::List => format!("read {what}"),
                AuditForm::Lines | AuditForm::Table => format!("exported {what}"),
            }
        }
        Event::SettingsChanged { .. } => "changed the settings of the tenant".to_owned(),
        Event::SignIn { user, entry } => {
            let who = user.map_or_else(|| "somebody".to_owned(), |user| names.principal(user));
            sign_in(&who, entry)
        }
        Event::Package { entry } => package(entry, names),
        Event::ClockMoved { by } => format!("moved the clock forward by {by}"),
    }
}

/// What happened to access packages: what the log calls it, about whom, and by which name.
fn package(entry: &PackageEvent, names: &Names) -> String {
    let (_, activity) = entry.activity();
    let mut told = activity.to_owned();
    if let Some(first) = told.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    match entry.principal() {
        Some(id) => format!("{told}, about {}", names.principal(id)),
        None => told,
    }
}

fn granted(schedule: &Schedule, names: &Names) -> String {
    let until = schedule.span.ends_at().map_or_else(
        || "without an end".to_owned(),
        |end| format!("until {}", names.time(end)),
    );
    format!(
        "{} {} {until}",
        names.object(schedule.principal.id),
        held(schedule.kind, schedule.role(), names)
    )
}

fn asked(request: &ScheduleRequest, names: &Names) -> String {
    format!(
        "{} ({})",
        held(request.kind, request.role, names),
        request.action
    )
}

fn held(kind: ScheduleKind, role: Role, names: &Names) -> String {
    let role = names.role(role);
    match kind {
        ScheduleKind::Eligible => format!("eligible {role}"),
        ScheduleKind::Active => format!("active {role}"),
    }
}

/// What a directory role is called; the id of one of the tenant's own.
fn definition_name(id: RoleDefinitionId) -> String {
    DirectoryRole::of(id).map_or_else(|| id.to_string(), |role| role.display_name().to_owned())
}

/// What happened around a sign-in.
fn sign_in(who: &str, entry: &SignInEvent) -> String {
    match entry {
        SignInEvent::SignedIn { methods, .. } => {
            let shown = ephor_core::signin::strength::amr(methods).join(", ");
            format!("{who} signed in ({shown})")
        }
        SignInEvent::Refused { .. } => format!("a sign-in of {who} failed"),
        SignInEvent::SessionEnded { .. } => format!("a session of {who} ended"),
        SignInEvent::SessionsRevoked { .. } => format!("every session of {who} ended"),
        SignInEvent::MethodAdded { method, .. } => {
            format!("{who} added a sign-in method ({})", method.amr())
        }
        SignInEvent::MethodRemoved { method, .. } => {
            format!("a sign-in method of {who} was removed ({})", method.amr())
        }
        SignInEvent::IdentityLinked {
            issuer, subject, ..
        } => format!("{who} was linked with `{subject}` at {issuer}"),
        SignInEvent::IdentityUnlinked { issuer, subject } => {
            format!("the link of {who} with `{subject}` at {issuer} was taken away")
        }
        SignInEvent::RecoveryCodesMade => format!("{who} made new recovery codes"),
        SignInEvent::PasskeyCounterBack { .. } => {
            format!("the counter of a passkey of {who} went back: there may be a copy of it")
        }
        SignInEvent::PasswordChanged { .. } => format!("the password of {who} was changed"),
        SignInEvent::PasswordChangeAsked { change } => match change {
            PasswordChange::NotAsked => format!("{who} may keep their password"),
            PasswordChange::Asked | PasswordChange::AskedWithMfa => {
                format!("{who} has to set another password at the next sign-in")
            }
        },
        SignInEvent::ResetCodeMade { until } => {
            format!("a code for a new password of {who} was made, good until {until}")
        }
        SignInEvent::DeviceAnswered { application, .. } => {
            format!("{who} answered a device code of the application {application}")
        }
        SignInEvent::ApplicationRegistered { application } => format!(
            "registered the application `{}` ({})",
            application.name, application.id
        ),
        SignInEvent::ApplicationSecretMade { application, until } => {
            format!("made a secret for the application {application}, good until {until}")
        }
        SignInEvent::ApplicationChanged { after, .. } => {
            format!("changed the application `{}` ({})", after.name, after.id)
        }
        SignInEvent::ApplicationDeleted { application, .. } => {
            format!("deleted the application {application}")
        }
        SignInEvent::ApplicationSecretRemoved { application, key } => {
            format!("took the secret {key} from the application {application}")
        }
        SignInEvent::ServicePrincipalMade { service_principal } => format!(
            "made the service principal `{}` ({})",
            service_principal.display_name, service_principal.id
        ),
        SignInEvent::ServicePrincipalChanged { after, .. } => format!(
            "changed the service principal `{}` ({})",
            after.display_name, after.id
        ),
        SignInEvent::ServicePrincipalDeleted {
            service_principal, ..
        } => format!("deleted the service principal {service_principal}"),
        SignInEvent::ConditionSet { condition } => format!(
            "{who} set the condition `{}` ({})",
            condition.name(),
            condition.id()
        ),
        SignInEvent::ConditionRemoved { condition } => format!(
            "{who} removed the condition `{}` ({})",
            condition.name(),
            condition.id()
        ),
        SignInEvent::SecretsRewrapped { count } => {
            format!("{count} secrets were wrapped by another master key")
        }
        SignInEvent::KeyMade { key } => format!("made the signing key {key}"),
        SignInEvent::KeyRevoked { key } => format!("withdrew the signing key {key}"),
    }
}
