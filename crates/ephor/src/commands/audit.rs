//! `ephor audit`: read the record of every change and every refusal, and verify that it is whole.

pub(crate) mod export;
mod sentence;

use ephor_core::caller::{Actor, Caller};
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::query::{Comparison, GroupField, Literal, Predicate, Query};
use ephor_core::time::Instant;
use ephor_ops::OpError;
use ephor_store::{AuditEntry, AuditQuery, ReadTx, Verification};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::cli::{AuditListArgs, PlaceArgs};
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::{place, when};

use sentence::Names;

/// `ephor audit list`: from the database itself, or from a server.
pub(crate) fn list(args: &AuditListArgs, output: &Output) -> anyhow::Result<Exit> {
    let (entries, names) = match &args.server {
        Some(_) => (from_server(args)?, Names::new(Vec::new(), Vec::new())),
        None => from_database(args)?,
    };
    let answer = json!({ "entries": entries.iter().map(entry).collect::<Vec<_>>() });
    output.print(&answer, |output| {
        let zone = TimeZone::system();
        let rows = entries
            .iter()
            .map(|entry| {
                vec![
                    entry.sequence.to_string(),
                    when::local(entry.at, &zone),
                    names.actor(&entry.caller),
                    sentence::of(&entry.event, &names),
                ]
            })
            .collect();
        output.table("", &["no.", "recorded", "by", "what"], rows);
    });
    Ok(Exit::Done)
}

fn from_database(args: &AuditListArgs) -> Result<(Vec<AuditEntry>, Names), Failure> {
    let store = place::open_beside(&args.place)?;
    let group = args.group.clone();
    let (from, to, limit) = (args.from, args.to, args.limit);
    store
        .read("audit list", move |tx| {
            let query = AuditQuery {
                group: group.map(|text| group_named(tx, &text)).transpose()?,
                from,
                to,
                limit,
                ..AuditQuery::default()
            };
            let entries = ephor_ops::audit::list(tx, &Caller::operator(), &query)?;
            let names = names_in(tx, &entries)?;
            Ok::<_, OpError>((entries, names))
        })
        .wait()
        .map_err(Failure::from)
}

/// The group with this id or name. A deleted group is still found by its id.
fn group_named(tx: &ReadTx<'_>, text: &str) -> Result<GroupId, OpError> {
    use ephor_core::refusal::{Code, Refusal};
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let query = Query {
        filter: Some(Predicate::Compare(
            GroupField::DisplayName,
            Comparison::Eq,
            Literal::Text(text.to_owned()),
        )),
        ..Query::default()
    };
    let found = tx.list_groups(&query)?.rows;
    match found.as_slice() {
        [one] => Ok(one.id),
        [] => Err(Refusal::new(Code::NotFound, format!("there is no group `{text}`")).into()),
        several => Err(Refusal::new(
            Code::BadRequest,
            format!("{} groups are called `{text}`", several.len()),
        )
        .hint(format!(
            "name one by its id: {}",
            several
                .iter()
                .map(|group| group.id.to_string())
                .collect::<Vec<_>>()
                .join(", ")
        ))
        .into()),
    }
}

/// The names of all that the entries mention, as far as they still exist.
fn names_in(tx: &ReadTx<'_>, entries: &[AuditEntry]) -> Result<Names, OpError> {
    let mut principals: Vec<PrincipalId> = Vec::new();
    let mut groups: Vec<GroupId> = Vec::new();
    for entry in entries {
        principals.extend(entry.event.principal());
        groups.extend(entry.event.group());
        if let Some(Actor::User(id)) = sentence::actor_of(&entry.caller) {
            principals.push(id);
        }
    }
    principals.sort_unstable();
    principals.dedup();
    groups.sort_unstable();
    groups.dedup();
    Ok(Names::new(tx.principals(&principals)?, tx.groups(&groups)?))
}

/// Asks a server, which lists the log for whoever may read it.
fn from_server(args: &AuditListArgs) -> Result<Vec<AuditEntry>, Failure> {
    let client = Client::new(args.server.as_deref())?;
    let time = |at: Option<Instant>| at.map(|at| at.to_string());
    let (limit, from, to) = (args.limit.to_string(), time(args.from), time(args.to));
    let mut query = vec![("view", "all"), ("$top", limit.as_str())];
    query.extend(args.group.as_deref().map(|group| ("groupId", group)));
    query.extend(from.as_deref().map(|from| ("from", from)));
    query.extend(to.as_deref().map(|to| ("to", to)));
    let answer = client.get("/ephor/v1/audit", &query)?;
    let rows = answer.get("value").and_then(Value::as_array);
    rows.into_iter()
        .flatten()
        .map(|row| {
            read_entry(row).ok_or_else(|| {
                Failure::new("the server's audit log has entries that this Ephor does not know")
                    .hint("use an Ephor of the server's version")
            })
        })
        .collect()
}

fn read_entry(row: &Value) -> Option<AuditEntry> {
    Some(AuditEntry {
        sequence: row.get("sequence")?.as_i64()?,
        at: row.get("recordedDateTime")?.as_str()?.parse().ok()?,
        caller: row.get("caller")?.clone(),
        event: serde_json::from_value(row.get("event")?.clone()).ok()?,
        hash: row.get("hash")?.as_str()?.to_owned(),
    })
}

fn entry(entry: &AuditEntry) -> Value {
    json!({
        "sequence": entry.sequence,
        "at": entry.at.to_string(),
        "caller": entry.caller,
        "event": entry.event,
        "hash": entry.hash,
    })
}

/// `ephor audit verify`: walks the whole chain.
pub(crate) fn verify(place: &PlaceArgs, output: &Output) -> anyhow::Result<Exit> {
    let store = place::open_beside(place)?;
    let found = store.verify_audit().wait().map_err(Failure::from)?;
    output.print(&verification(&found), |output| match &found {
        Verification::Sound { entries, head } => {
            output.data(&format!(
                "sound: {entries} entries, the last one's hash is {head}"
            ));
        }
        Verification::Broken { at, wrong } => {
            output.data(&format!("BROKEN at entry {at}: {wrong}"));
        }
    });
    match found {
        Verification::Sound { .. } => Ok(Exit::Done),
        Verification::Broken { .. } => Ok(Exit::Failed),
    }
}

/// What a walk along the chain found, as JSON.
pub(crate) fn verification(found: &Verification) -> Value {
    match found {
        Verification::Sound { entries, head } => {
            json!({ "sound": true, "entries": entries, "head": head })
        }
        Verification::Broken { at, wrong } => {
            json!({ "sound": false, "brokenAt": at, "wrong": wrong })
        }
    }
}
