//! `ephor check`: whether a data directory or database is well, and what to do if it is not.

use ephor_core::query::{GroupField, Query, UserField};
use ephor_core::time::Length;
use ephor_store::{Health, Store, StoreError, Verification};
use serde_json::{Value, json};

use crate::cli::CheckArgs;
use crate::commands::audit;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::place;

/// Something that is wrong, and what to do about it.
struct Problem {
    problem: String,
    remedy: &'static str,
}

/// Opens, looks, counts and, when asked, walks the audit chain.
pub(crate) fn run(args: &CheckArgs, output: &Output) -> anyhow::Result<Exit> {
    let store = place::open_beside(&args.place)?;
    let health = store.health().wait().map_err(Failure::from)?;
    let (users, groups) = counts(&store)?;
    let verification = match args.full {
        true => Some(store.verify_audit().wait().map_err(Failure::from)?),
        false => None,
    };
    let problems = problems(&health, verification.as_ref());

    let answer = json!({
        "ok": problems.is_empty(),
        "engine": health.engine,
        "schema": health.schema,
        "now": health.now.to_string(),
        "clockBehindSeconds": health.clock_behind.as_seconds(),
        "auditEntries": health.audit_entries,
        "users": users,
        "groups": groups,
        "audit": verification.as_ref().map_or(Value::Null, audit::verification),
        "problems": problems.iter().map(|one| json!({
            "problem": one.problem,
            "remedy": one.remedy,
        })).collect::<Vec<_>>(),
    });
    output.print(&answer, |output| {
        output.data(&format!(
            "{}, schema {}, {users} users, {groups} groups, {} audit entries{}",
            health.engine,
            health.schema,
            health.audit_entries,
            match &verification {
                Some(Verification::Sound { .. }) => ", all of them sound",
                Some(Verification::Broken { .. }) | None => "",
            }
        ));
        for one in &problems {
            output.data(&format!(
                "WRONG: {}\n  what to do: {}",
                one.problem, one.remedy
            ));
        }
        if problems.is_empty() {
            output.data("all is well");
        }
    });
    if !args.full && problems.is_empty() {
        output.say("the audit chain was not walked; `--full` does that");
    }
    Ok(if problems.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

fn counts(store: &Store) -> Result<(u64, u64), Failure> {
    store
        .read("check", |tx| {
            let users = tx.list_users(&Query::<UserField> {
                top: 1,
                count: true,
                ..Query::default()
            })?;
            let groups = tx.list_groups(&Query::<GroupField> {
                top: 1,
                count: true,
                ..Query::default()
            })?;
            Ok::<_, StoreError>((
                users.count.unwrap_or_default(),
                groups.count.unwrap_or_default(),
            ))
        })
        .wait()
        .map_err(Failure::from)
}

fn problems(health: &Health, verification: Option<&Verification>) -> Vec<Problem> {
    let mut problems = Vec::new();
    if health.clock_behind > Length::seconds(2) {
        problems.push(Problem {
            problem: format!(
                "the clock is {} behind the time already used; nothing is granted until it has caught up",
                health.clock_behind
            ),
            remedy: "put the machine's clock right, and see that it is kept right (NTP)",
        });
    }
    if let Some(Verification::Broken { at, wrong }) = verification {
        problems.push(Problem {
            problem: format!("the audit chain is broken at entry {at}: {wrong}"),
            remedy: "somebody or something changed the database behind Ephor: keep a copy of it as it is, and restore a backup from before",
        });
    }
    problems
}
