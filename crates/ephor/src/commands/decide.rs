//! `ephor approvals`, `approve` and `deny`: what an approver does, and what whoever runs a group does about
//! wishes to extend and renew (R-F1, R-D5).

use ephor_core::request::Decision;
use serde_json::{Value, json};

use super::pending::{self, ByName};
use super::{lasting, results};
use crate::cli::{ApprovalsArgs, ApproveArgs, DenyArgs, LastingArgs};
use crate::client::{Client, Request};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::pick;

/// `ephor approvals`
pub(crate) fn list(args: &ApprovalsArgs, output: &Output) -> anyhow::Result<Exit> {
    let client = Client::new(args.server.server.as_deref())?;
    let requests = waiting(&client)?;
    let answer = json!({ "requests": requests.iter().map(results::request).collect::<Vec<_>>() });
    output.print(&answer, |output| {
        if requests.is_empty() {
            output.data("Nothing waits for your decision.");
        } else {
            pending::table("", &requests, output, results::short);
        }
    });
    if !requests.is_empty() {
        output.say("\ndecide with `ephor approve ID --why …` or `ephor deny ID --why …`");
    }
    Ok(Exit::Done)
}

/// What the caller may decide: as an approver, and as whoever runs a group.
fn waiting(client: &Client) -> Result<Vec<Request>, Failure> {
    let mut requests = client.waiting_for_me()?;
    // Not everybody's token lets them see which groups are managed.
    if let Ok(groups) = client.managed_ids() {
        requests.extend(client.waiting_on(&groups)?);
    }
    requests.sort_by_key(|request| request.created_at);
    Ok(requests)
}

/// `ephor approve`
pub(crate) fn approve(args: &ApproveArgs, output: &Output) -> anyhow::Result<Exit> {
    decide(&args.deny, Some(&args.lasting), output)
}

/// `ephor deny`
pub(crate) fn deny(args: &DenyArgs, output: &Output) -> anyhow::Result<Exit> {
    decide(args, None, output)
}

/// Approves, where it is said for how long it may be; denies otherwise.
fn decide(
    args: &DenyArgs,
    approved: Option<&LastingArgs>,
    output: &Output,
) -> anyhow::Result<Exit> {
    let (decision, question, then, told) = match approved {
        Some(_) => (
            Decision::Approve,
            "What do you approve?",
            "Granted",
            "approved",
        ),
        None => (Decision::Deny, "What do you deny?", "Denied", "denied"),
    };
    if args.ids.is_empty() && !pick::can_ask() {
        return Err(pick::missing("ID").into());
    }
    let client = Client::new(args.server.server.as_deref())?;
    let expiration = match approved {
        Some(lasting) => lasting::expiration(&client, lasting)?,
        None => None,
    };
    let period = expiration.map_or(Value::Null, |end| json!({ "expiration": end }));
    let chosen = pending::chosen(
        &client,
        &args.ids,
        ByName::No,
        || waiting(&client),
        question,
    )?;
    let done = pending::each(&client, chosen, then, |request| {
        if !period.is_null() && !request.is_about_more() {
            return Err(Failure::usage(
                "an activation lasts as long as it was asked for; another time goes with extending and renewing only",
            )
            .hint("leave out --for, --until and --permanent"));
        }
        client.decide(request, decision, args.why.as_deref(), &period)
    });
    Ok(pending::show(&done, output, told))
}
