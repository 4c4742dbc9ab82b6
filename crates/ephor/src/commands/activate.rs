//! `ephor activate`: several roles in one go, each judged by itself.

use ephor_core::schedule::ScheduleKind;
use ephor_core::time::Instant;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::roles::{Answered, Asked, chosen, named_or_asked, show};
use super::{lasting, wait};
use crate::cli::ActivateArgs;
use crate::client::{Client, Given, Request, Role, Wish};
use crate::commands::login;
use crate::failure::{Exit, Failure};
use crate::output::{Output, clean};
use crate::when;

/// Asks for all of them at once.
pub(crate) fn run(args: &ActivateArgs, output: &Output) -> anyhow::Result<Exit> {
    named_or_asked(&args.groups)?;
    let given = Given {
        justification: args.why.as_deref(),
        ticket: args.ticket.as_deref().map(ticket).transpose()?,
    };
    let client = Client::new(args.server.server.as_deref())?;
    let mut roles = client.my_roles()?;
    let at = args.at.as_deref();
    let starts_at = at
        .map(|text| lasting::time(&client, "--at", text))
        .transpose()?;
    if args.groups.is_empty() {
        roles.eligible.retain(|role| role.offers("activate"));
    }
    let access = super::access(args.owner);
    let asked = chosen(
        &args.groups,
        &roles.eligible,
        access,
        "What do you activate?",
    )?;
    let mut answers = Vec::with_capacity(asked.len());
    let mut ready: Vec<(usize, Role, Value)> = Vec::new();
    for (at, Asked { name, role }) in asked.into_iter().enumerate() {
        let role = role.and_then(|role| {
            let info = period(&client, &role, args, starts_at)?;
            Ok((role, info))
        });
        // What is ready is answered below; until then it stands for itself.
        let (role, outcome) = match role {
            Ok((role, info)) => {
                ready.push((at, role.clone(), info));
                (Some(role), Err(Failure::new("it was not asked for")))
            }
            Err(failure) => (None, Err(failure)),
        };
        answers.push(Answered {
            name,
            role,
            outcome,
            review: None,
        });
    }
    let wishes: Vec<_> = ready
        .iter()
        .map(|(_, role, info)| Wish {
            kind: ScheduleKind::Active,
            action: "selfActivate",
            group: &role.group,
            access: &role.access,
            scope: role.scope.as_deref(),
            principal: None,
            schedule_info: info,
            given,
        })
        .collect();
    let outcomes = asked_for(&client, &wishes, args.validate, output)?;
    for ((at, ..), outcome) in ready.iter().zip(outcomes) {
        answers[*at].outcome = outcome;
    }
    if args.wait {
        wait::until_decided(&client, &mut answers, output)?;
    }
    let zone = TimeZone::system();
    let now = roles.now;
    Ok(show(&answers, output, |request| {
        told(request, now, args.validate, &zone)
    }))
}

/// Asks for all of them; where only a stronger or fresher sign-in is missing, signs in once more and asks
/// again for those.
fn asked_for(
    client: &Client,
    wishes: &[Wish<'_>],
    validate: bool,
    output: &Output,
) -> Result<Vec<Result<Request, Failure>>, Failure> {
    let mut outcomes = client.activate(wishes, validate)?;
    let more = outcomes
        .iter()
        .find_map(|outcome| outcome.as_ref().err()?.stronger.clone());
    let (Some(more), Some(session)) = (more, client.session()) else {
        return Ok(outcomes);
    };
    output.say("this takes a stronger or fresher sign-in");
    let session = login::step_up(session, &more, output)?;
    client.go_on_with(&session.access_token);
    let again: Vec<usize> = (0..wishes.len())
        .filter(|at| matches!(&outcomes[*at], Err(refused) if refused.stronger.is_some()))
        .collect();
    let asked: Vec<Wish<'_>> = again.iter().map(|at| wishes[*at]).collect();
    for (at, outcome) in again.into_iter().zip(client.activate(&asked, validate)?) {
        outcomes[at] = outcome;
    }
    Ok(outcomes)
}

/// From when and for how long: without a word as long as the policy allows.
fn period(
    client: &Client,
    role: &Role,
    args: &ActivateArgs,
    starts_at: Option<Instant>,
) -> Result<Value, Failure> {
    let duration = match &args.duration {
        Some(duration) => duration.to_string(),
        None => client
            .policy_of(role)?
            .activation_maximum()
            .ok_or_else(|| Failure::new("the policy does not say how long").hint("give --for"))?,
    };
    Ok(json!({
        "startDateTime": starts_at.map(|at| at.to_string()),
        "expiration": lasting::after(&duration),
    }))
}

/// What was granted, in words. An activation that waited began after `asked_at`.
fn told(request: &Request, asked_at: Instant, validate: bool, zone: &TimeZone) -> String {
    let until = request
        .ends_at
        .map(|end| format!(" until {}", when::local(end, zone)))
        .unwrap_or_default();
    match (validate, request.status.as_str()) {
        (true, status) if status.starts_with("Pending") => {
            "would wait for approval; nothing was kept".to_owned()
        }
        (true, _) => format!("would be granted{until}; nothing was kept"),
        (false, "Granted") => format!(
            "granted from {}{until}",
            request
                .starts_at
                .map_or_else(|| "later".to_owned(), |at| when::local(at, zone))
        ),
        (false, "Provisioned") => {
            let now = request
                .starts_at
                .map_or(asked_at, |start| start.max(asked_at));
            let left = request
                .ends_at
                .map(|end| format!(" ({})", when::left(end.since(now))))
                .unwrap_or_default();
            format!("active{until}{left}")
        }
        (false, status) if status.starts_with("Pending") => {
            format!("waiting for approval (request {})", request.id)
        }
        (false, other) => other.to_owned(),
    }
}

/// `SYSTEM:NO`, at the first colon.
pub(crate) fn ticket(text: &str) -> Result<(&str, &str), Failure> {
    text.split_once(':')
        .filter(|(system, number)| !system.trim().is_empty() && !number.trim().is_empty())
        .ok_or_else(|| {
            Failure::usage(format!(
                "--ticket `{}` does not name a system and a number",
                clean(text)
            ))
            .hint("write it like Jira:OPS-17")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_a_system_and_a_number() {
        assert_eq!(ticket("Jira:OPS-17").unwrap(), ("Jira", "OPS-17"));
        assert_eq!(ticket("a:b:c").unwrap(), ("a", "b:c"));
        for wrong in ["OPS-17", ":17", "Jira:", ""] {
            assert!(ticket(wrong).is_err(), "{wrong}");
        }
    }
}
