//! What an entry of the audit log says, in one line for people.

use std::collections::HashMap;

use ephor_core::caller::{Actor, Factor};
use ephor_core::event::{AuditForm, EndReason, Event};
use ephor_core::group::Group;
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::package::PackageEvent;
use ephor_core::principal::Principal;
use ephor_core::request::{Decision, ScheduleRequest};
use ephor_core::schedule::{Schedule, ScheduleKind};
use ephor_core::signin::event::SignInEvent;
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

    /// Who did it, and whether by a token that the operator issued.
    pub(super) fn actor(&self, caller: &serde_json::Value) -> String {
        let who = match actor_of(caller) {
            Some(Actor::User(id)) => self.principal(id),
            Some(Actor::Application(id)) => return format!("the application {id}"),
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
        Event::DirectoryRoleAssigned { principal, .. } => {
            format!(
                "made {} a Global Administrator",
                names.principal(*principal)
            )
        }
        Event::PolicyChanged {
            group,
            access,
            version,
            ..
        } => format!(
            "changed the {access} policy of {} (version {version})",
            names.group(*group)
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
            "request of {} on {}: nobody decided until {}",
            names.principal(*principal),
            names.group(*group),
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
                let role = role(one.kind, one.id.access.as_str());
                format!(
                    "{} {role} of {}: {why}",
                    names.principal(one.principal.id),
                    names.group(one.id.group)
                )
            })
            .collect::<Vec<_>>()
            .join("; "),
        Event::ScheduleLapsed {
            id,
            kind,
            principal,
            ended_at,
        } => format!(
            "{} {} of {}: ended by the clock at {}",
            names.principal(principal.id),
            role(*kind, id.access.as_str()),
            names.group(id.group),
            names.time(*ended_at)
        ),
        Event::ExpiryReminderDue {
            id,
            kind,
            principal,
            ends_at,
            ..
        } => format!(
            "{} {} of {}: ends at {}, its holder is reminded",
            names.principal(principal.id),
            role(*kind, id.access.as_str()),
            names.group(id.group),
            names.time(*ends_at)
        ),
        Event::AttemptRefused { attempt, refusal } => format!(
            "refused {}{}: {}",
            attempt.operation,
            attempt
                .group
                .map(|group| format!(" on {}", names.group(group)))
                .unwrap_or_default(),
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
        "{} {} of {} {until}",
        names.principal(schedule.principal.id),
        role(schedule.kind, schedule.access().as_str()),
        names.group(schedule.group())
    )
}

fn asked(request: &ScheduleRequest, names: &Names) -> String {
    format!(
        "{} of {} ({})",
        role(request.kind, request.access.as_str()),
        names.group(request.group),
        request.action
    )
}

fn role(kind: ScheduleKind, access: &str) -> String {
    match kind {
        ScheduleKind::Eligible => format!("eligible {access}"),
        ScheduleKind::Active => format!("active {access}"),
    }
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
        SignInEvent::RecoveryCodesMade => format!("{who} made new recovery codes"),
        SignInEvent::PasskeyCounterBack { .. } => {
            format!("the counter of a passkey of {who} went back: there may be a copy of it")
        }
        SignInEvent::PasswordChanged { .. } => format!("the password of {who} was changed"),
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
        SignInEvent::ContextSet { context } => {
            format!("set what the authentication context {} asks", context.id)
        }
        SignInEvent::KeyMade { key } => format!("made the signing key {key}"),
        SignInEvent::KeyRevoked { key } => format!("withdrew the signing key {key}"),
    }
}
