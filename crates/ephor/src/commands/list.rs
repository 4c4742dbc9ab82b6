//! `ephor list`: my roles (R-E1), of groups and in the directory, with the time that is left by the server's clock.

use ephor_core::time::Instant;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::cli::ListArgs;
use crate::client::{Client, MyRoles, Role};
use crate::failure::Exit;
use crate::output::Output;
use crate::when;

/// Shows what is eligible, what is active, and what has ended.
pub(crate) fn run(args: &ListArgs, output: &Output) -> anyhow::Result<Exit> {
    let roles = Client::new(args.server.server.as_deref())?.my_roles()?;
    let list =
        |roles: &[Role], now| -> Vec<Value> { roles.iter().map(|role| row(role, now)).collect() };
    let answer = json!({
        "now": roles.now.to_string(),
        "eligible": list(&roles.eligible, Some(roles.now)),
        "active": list(&roles.active, Some(roles.now)),
        "ended": list(&roles.ended, None),
    });
    output.print(&answer, |output| tables(&roles, output));
    Ok(Exit::Done)
}

/// What a role is shown with as JSON; `now` where time may be left.
pub(super) fn row(role: &Role, now: Option<Instant>) -> Value {
    let left = now.and_then(|now| role.left(now));
    json!({
        "group": role.name,
        "groupId": role.group_id(),
        "roleDefinitionId": role.definition_id(),
        "accessId": role.access,
        "directoryScopeId": role.scope,
        "scheduleId": role.schedule,
        "startsAt": role.starts_at.map(|at| at.to_string()),
        "endsAt": role.ends_at.map(|at| at.to_string()),
        "secondsLeft": left.map(ephor_core::time::Length::as_seconds),
        "offers": role.offers,
    })
}

/// How a role stands in time: when it begins, or how much is left of it.
pub(super) fn state(role: &Role, now: Instant, zone: &TimeZone) -> String {
    match (role.starts_at, role.left(now)) {
        (Some(start), _) if start > now => format!("from {}", when::local(start, zone)),
        (_, Some(left)) => when::left(left),
        (_, None) => "no end".to_owned(),
    }
}

fn tables(roles: &MyRoles, output: &Output) {
    let zone = TimeZone::system();
    let now = roles.now;
    let at = |instant: Option<Instant>| {
        instant.map_or_else(|| "no end".to_owned(), |at| when::local(at, &zone))
    };
    let what = |role: &Role| match role.offers.as_slice() {
        [] => String::new(),
        offers => format!("can {}", offers.join(", ")),
    };
    let running = |roles: &[Role]| {
        roles
            .iter()
            .map(|role| {
                vec![
                    role.name.clone(),
                    role.access.clone(),
                    state(role, now, &zone),
                    at(role.ends_at),
                    what(role),
                ]
            })
            .collect::<Vec<_>>()
    };
    let head = ["group", "role", "time", "until", ""];
    if !roles.active.is_empty() {
        output.table("Active", &head, running(&roles.active));
        output.data("");
    }
    if roles.eligible.is_empty() {
        output.data("You are not eligible for anything.");
    } else {
        output.table("Eligible", &head, running(&roles.eligible));
    }
    if !roles.ended.is_empty() {
        let rows = roles
            .ended
            .iter()
            .map(|role| {
                vec![
                    role.name.clone(),
                    role.access.clone(),
                    at(role.ends_at),
                    what(role),
                ]
            })
            .collect();
        output.data("");
        output.table(
            "Ended in the last 30 days",
            &["group", "role", "ended", ""],
            rows,
        );
    }
    output.say(&format!(
        "\nas of {}, by the server's clock",
        when::local(now, &zone)
    ));
}
