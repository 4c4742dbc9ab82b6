//! `ephor requests`: what I have asked for, and what became of it.

use ephor_core::time::Instant;
use jiff::tz::TimeZone;
use serde_json::json;

use super::results;
use crate::cli::RequestsArgs;
use crate::client::Client;
use crate::failure::Exit;
use crate::output::Output;
use crate::when;

/// Lists them, newest first.
pub(crate) fn run(args: &RequestsArgs, output: &Output) -> anyhow::Result<Exit> {
    let requests = Client::new(args.server.server.as_deref())?.my_requests(args.limit)?;
    let answer = json!({ "requests": requests.iter().map(results::request).collect::<Vec<_>>() });
    output.print(&answer, |output| {
        let zone = TimeZone::system();
        let at = |time: Option<Instant>| time.map(|at| when::local(at, &zone)).unwrap_or_default();
        let rows = requests
            .iter()
            .map(|request| {
                vec![
                    results::short(&request.id),
                    at(request.created_at),
                    request.group_name().to_owned(),
                    request.access.clone(),
                    results::action(&request.action).to_owned(),
                    request.status.clone(),
                    at(request.ends_at),
                    request.justification.clone().unwrap_or_default(),
                ]
            })
            .collect();
        let head = [
            "id", "asked", "group", "role", "what", "status", "until", "why",
        ];
        output.table("", &head, rows);
    });
    Ok(Exit::Done)
}
