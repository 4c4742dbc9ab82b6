//! `ephor group show`: who is eligible for a group, who has it, who had it, and what waits.

use ephor_core::time::Instant;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::cli::GroupShowArgs;
use crate::client::{Client, Group, Request, Role};
use crate::commands::{list, pending, people, results};
use crate::failure::Exit;
use crate::output::{Output, clean};
use crate::when;

/// A group as it stands now.
struct Shown {
    now: Instant,
    group: Group,
    roles: Vec<Role>,
    waiting: Vec<Request>,
}

/// Shows it.
pub(super) fn run(args: &GroupShowArgs, output: &Output) -> anyhow::Result<Exit> {
    if let Some(at) = args.as_of {
        return super::as_of::run(args, at, output);
    }
    let client = Client::new(args.server.server.as_deref())?;
    let group = people::group(&client, &args.group)?;
    let shown = Shown {
        now: client.now()?,
        roles: client.roles_of(&group.id)?,
        waiting: client.open_requests_of(&group.id)?,
        group,
    };
    output.print(&json(&shown), |output| tables(&shown, output));
    Ok(Exit::Done)
}

fn of<'a>(shown: &'a Shown, state: &'a str) -> impl Iterator<Item = &'a Role> {
    shown.roles.iter().filter(move |role| role.state == state)
}

fn json(shown: &Shown) -> Value {
    let mut answer = super::row(&shown.group);
    answer["now"] = shown.now.to_string().into();
    for state in ["eligible", "active", "ended"] {
        let now = (state != "ended").then_some(shown.now);
        let rows = of(shown, state).map(|role| {
            let mut row = list::row(role, now);
            row["principal"] = role.principal_name.clone().into();
            row["principalId"] = role.principal.clone().into();
            row["assignmentType"] = role.assignment_type.clone().into();
            row
        });
        answer[state] = rows.collect();
    }
    answer["waiting"] = shown.waiting.iter().map(results::request).collect();
    answer
}

fn tables(shown: &Shown, output: &Output) {
    let zone = TimeZone::system();
    let about = shown.group.description.as_deref();
    output.data(&format!(
        "{} ({}){}\nid {}",
        clean(&shown.group.name),
        super::kind(&shown.group),
        about
            .map(|about| format!(": {}", clean(about)))
            .unwrap_or_default(),
        shown.group.id
    ));
    let mut empty = true;
    for (state, title) in [
        ("active", "\nActive"),
        ("eligible", "\nEligible"),
        ("ended", "\nEnded in the last 30 days"),
    ] {
        let rows: Vec<Vec<String>> = of(shown, state)
            .map(|role| {
                let mut row = vec![
                    role.principal_name.clone(),
                    role.access.clone(),
                    role.assignment_type.clone(),
                ];
                if state != "ended" {
                    row.push(list::state(role, shown.now, &zone));
                }
                row.push(
                    role.ends_at
                        .map_or_else(|| "no end".to_owned(), |at| when::local(at, &zone)),
                );
                row
            })
            .collect();
        if rows.is_empty() {
            continue;
        }
        empty = false;
        let head: &[&str] = if state == "ended" {
            &["who", "role", "how", "ended"]
        } else {
            &["who", "role", "how", "time", "until"]
        };
        output.table(title, head, rows);
    }
    if empty {
        output.data("\nNobody is assigned to it.");
    }
    if !shown.waiting.is_empty() {
        pending::table("\nWaiting", &shown.waiting, output, str::to_owned);
    }
    output.say(&format!(
        "\nas of {}, by the server's clock",
        when::local(shown.now, &zone)
    ));
}
