//! `ephor group show --as-of`: who had which role of a group at an instant, and on whose word.

use ephor_core::time::Instant;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::cli::GroupShowArgs;
use crate::client::Client;
use crate::commands::people;
use crate::failure::Exit;
use crate::output::Output;
use crate::when;

/// Shows it.
pub(super) fn run(args: &GroupShowArgs, at: Instant, output: &Output) -> anyhow::Result<Exit> {
    let client = Client::new(args.server.server.as_deref())?;
    let group = people::group(&client, &args.group)?;
    let at = at.to_string();
    let query = [("$top", "1000"), ("asOf", at.as_str())];
    let (first, rows) = client.pages(&format!("/ephor/v1/groups/{}/access", group.id), &query)?;
    let as_of = first.get("asOf").cloned().unwrap_or(Value::Null);
    let answer = json!({ "asOf": as_of, "value": rows });
    output.print(&answer, |output| {
        let zone = TimeZone::system();
        let title = instant(&as_of).map_or_else(String::new, |at| {
            format!("{} as of {}", group.name, when::local(at, &zone))
        });
        let head = [
            "who",
            "role",
            "state",
            "since",
            "until",
            "through",
            "given by",
            "why",
            "approved by",
        ];
        let rows = rows.iter().map(|row| line(row, &rows, &zone)).collect();
        output.table(&title, &head, rows);
    });
    Ok(Exit::Done)
}

/// A row for people; whoever is named by an id elsewhere is called what the rows call them.
fn line(row: &Value, rows: &[Value], zone: &TimeZone) -> Vec<String> {
    let first = &row["chain"][0];
    let time = |value: &Value| instant(value).map(|at| when::local(at, zone));
    let name = |id: &Value| called(rows, id);
    let through = match row["memberType"].as_str() {
        Some("group") => {
            // The last link of a way in through groups is the membership of the innermost.
            let links = row["chain"].as_array().map_or(&[][..], Vec::as_slice);
            let inner = links.iter().skip(1).find(|link| {
                link["state"] == "active" && link["principalId"] == row["principalId"]
            });
            inner.map_or_else(String::new, |link| name(&link["groupId"]))
        }
        _ => String::new(),
    };
    // Who is gone has no name any more.
    let actor = |of: &Value| {
        ["user", "application"]
            .iter()
            .find_map(|kind| text(&of[kind]["displayName"]).or_else(|| text(&of[kind]["id"])))
            .unwrap_or_default()
    };
    let request = &first["request"];
    vec![
        text(&row["principalName"])
            .or_else(|| text(&row["principalDisplayName"]))
            .or_else(|| text(&row["principalId"]))
            .unwrap_or_default(),
        text(&row["accessId"]).unwrap_or_default(),
        text(&row["state"]).unwrap_or_default(),
        time(&first["startDateTime"]).unwrap_or_default(),
        time(&first["endDateTime"]).unwrap_or_else(|| "without an end".into()),
        through,
        actor(&first["givenBy"]),
        text(&request["justification"]).unwrap_or_default(),
        actor(&request["review"]["by"]),
    ]
}

fn called(rows: &[Value], id: &Value) -> String {
    let named = rows.iter().find_map(|row| {
        if row["principalId"] == *id {
            text(&row["principalName"]).or_else(|| text(&row["principalDisplayName"]))
        } else if row["groupId"] == *id {
            text(&row["groupDisplayName"])
        } else {
            None
        }
    });
    named.or_else(|| text(id)).unwrap_or_default()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn instant(value: &Value) -> Option<Instant> {
    value.as_str()?.parse().ok()
}
