//! `ephor requests`: what I have asked for, and what became of it.

use ephor_core::time::Instant;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::cli::RequestsArgs;
use crate::client::{Client, Request};
use crate::failure::Exit;
use crate::output::Output;
use crate::when;

/// Lists them, newest first.
pub(crate) fn run(args: &RequestsArgs, output: &Output) -> anyhow::Result<Exit> {
    let requests = Client::new(args.server.server.as_deref())?.my_requests(args.limit)?;
    let answer = json!({ "requests": requests.iter().map(row).collect::<Vec<_>>() });
    output.print(&answer, |output| {
        let zone = TimeZone::system();
        let at = |time: Option<Instant>| time.map(|at| when::local(at, &zone)).unwrap_or_default();
        let rows = requests
            .iter()
            .map(|request| {
                vec![
                    at(request.created_at),
                    request
                        .name
                        .clone()
                        .unwrap_or_else(|| request.group.clone()),
                    request.access.clone(),
                    request.action.clone(),
                    request.status.clone(),
                    at(request.ends_at),
                    request.justification.clone().unwrap_or_default(),
                ]
            })
            .collect();
        let head = ["asked", "group", "role", "for", "status", "until", "why"];
        output.table("", &head, rows);
    });
    Ok(Exit::Done)
}

fn row(request: &Request) -> Value {
    let time = |at: Option<Instant>| at.map(|at| at.to_string());
    json!({
        "id": request.id,
        "action": request.action,
        "status": request.status,
        "group": request.name,
        "groupId": request.group,
        "accessId": request.access,
        "createdAt": time(request.created_at),
        "startsAt": time(request.starts_at),
        "endsAt": time(request.ends_at),
        "justification": request.justification,
    })
}
