//! `ephor group manage`: brings groups under management, for good (R-B1, R-B3).

use serde_json::{Value, json};

use crate::cli::GroupManageArgs;
use crate::client::{Client, Group, Managed};
use crate::commands::find::{self, Named};
use crate::commands::results;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::pick;

/// Brings each of them in.
pub(super) fn run(args: &GroupManageArgs, output: &Output) -> anyhow::Result<Exit> {
    if args.groups.is_empty() && !pick::can_ask() {
        return Err(pick::missing("GROUP").into());
    }
    let client = Client::new(args.server.server.as_deref())?;
    let candidates = client.discover()?;
    let named: Vec<(String, Result<&Group, Failure>)> = if args.groups.is_empty() {
        let good: Vec<&Group> = candidates
            .iter()
            .filter(|one| one.reason.is_none())
            .map(|one| &one.group)
            .collect();
        if good.is_empty() {
            return Err(
                Failure::new("there is no group that you may bring under management").into(),
            );
        }
        let picked = pick::some("Which groups?", &good, |group| {
            format!("{} ({})", group.name, super::kind(group))
        })?;
        let picked = picked.into_iter();
        picked
            .map(|group| (group.name.clone(), Ok(*group)))
            .collect()
    } else {
        // Those that can't be managed can be named too: the server says why they can't.
        let among: Vec<&Group> = candidates.iter().map(|one| &one.group).collect();
        let whose = " among those that you may bring under management";
        let named = args.groups.iter().map(|name| {
            let found = find::one(name, &among, "group", whose);
            (
                found
                    .as_ref()
                    .map_or(name.as_str(), |group| group.name())
                    .to_owned(),
                found,
            )
        });
        named.collect()
    };
    let ready: Vec<&Group> = named
        .iter()
        .filter_map(|(_, group)| group.as_ref().ok().copied())
        .collect();
    if !ready.is_empty() && !args.yes {
        agreed(&ready)?;
    }
    let mut managed = client.manage(&ready)?.into_iter();
    let results: Vec<(String, Option<&Group>, Managed)> = named
        .into_iter()
        .map(|(name, group)| match group {
            Ok(group) => {
                let unanswered = || Err(Failure::new("the server did not say what came of it"));
                (name, Some(group), managed.next().unwrap_or_else(unanswered))
            }
            Err(failure) => (name, None, Err(failure)),
        })
        .collect();
    Ok(show(&results, output))
}

/// Nobody brings a group in by accident, for it can't be taken out again.
fn agreed(groups: &[&Group]) -> Result<(), Failure> {
    if !pick::can_ask() {
        return Err(Failure::usage(
            "a managed group can't be taken out again, and nobody can be asked here",
        )
        .hint("say --yes"));
    }
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    let question = format!(
        "Bring {} under management? It can't be undone.",
        names.join(", ")
    );
    if pick::is_agreed(&question)? {
        Ok(())
    } else {
        Err(Failure::new("nothing was changed"))
    }
}

fn show(results: &[(String, Option<&Group>, Managed)], output: &Output) -> Exit {
    let rows = results.iter().map(|(name, group, managed)| {
        json!({
            "group": name,
            "groupId": group.map(|group| &group.id),
            "status": if managed.is_ok() { "Managed" } else { "Refused" },
            "managedSince": managed.as_ref().ok(),
            "error": results::error(managed),
        })
    });
    let all: Vec<Value> = rows.collect();
    output.print(&json!({ "results": all }), |output| {
        for (name, _, managed) in results {
            results::line(output, name, managed.as_ref().map(|_| "is managed now"));
        }
    });
    results::exit(
        results
            .iter()
            .map(|(_, _, managed)| managed.as_ref().map(|_| "")),
    )
}
