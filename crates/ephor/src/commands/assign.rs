//! `ephor assign`: makes people eligible, or gives them the access itself (R-D1, R-D4).

use ephor_core::schedule::ScheduleKind;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::people::{self, Who};
use super::{activate, lasting, results};
use crate::cli::AssignArgs;
use crate::client::{Client, Given, Group, Policy, Request, Wish};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::when;

/// What became of one of several people.
pub(crate) struct Assigned {
    /// As they were named, or are called.
    pub(crate) name: String,
    /// Their id, where they were understood.
    pub(crate) principal: Option<String>,
    /// Eligible or active.
    pub(crate) kind: ScheduleKind,
    /// The request, or why there is none.
    pub(crate) outcome: Result<Request, Failure>,
}

/// Assigns each of them in turn.
pub(crate) fn run(args: &AssignArgs, output: &Output) -> anyhow::Result<Exit> {
    let given = Given {
        justification: args.why.as_deref(),
        ticket: args.ticket.as_deref().map(activate::ticket).transpose()?,
    };
    let client = Client::new(args.server.server.as_deref())?;
    let group = people::group(&client, &args.group)?;
    let kind = if args.active {
        ScheduleKind::Active
    } else {
        ScheduleKind::Eligible
    };
    let access = super::access(args.owner);
    let at = args.at.as_deref();
    let starts_at = at
        .map(|text| lasting::time(&client, "--at", text))
        .transpose()?;
    let expiration = match lasting::expiration(&client, &args.lasting)? {
        Some(expiration) => expiration,
        None => longest(&client.policy(&group.id, access)?, kind)?,
    };
    let info = json!({
        "startDateTime": starts_at.map(|at| at.to_string()),
        "expiration": expiration,
    });
    let assigned: Vec<Assigned> = args
        .who
        .iter()
        .map(|name| {
            let who = people::who(&client, name);
            let (name, principal) = match &who {
                Ok(who) => (who.name().to_owned(), Some(who.id().to_owned())),
                Err(_) => (name.clone(), None),
            };
            let ask = |who: Who| {
                client.ask(Wish {
                    kind,
                    action: if args.update {
                        "adminUpdate"
                    } else {
                        "adminAssign"
                    },
                    group: &group.id,
                    access: access.as_str(),
                    scope: None,
                    principal: Some(who.id()),
                    schedule_info: &info,
                    given,
                })
            };
            Assigned {
                name,
                principal,
                kind,
                outcome: who.and_then(ask),
            }
        })
        .collect();
    let zone = TimeZone::system();
    Ok(show(
        &assigned,
        &group,
        access.as_str(),
        output,
        |one, request| told(one.kind, request, &zone),
    ))
}

/// As long as the policy allows where there must be an end.
pub(crate) fn longest(policy: &Policy, kind: ScheduleKind) -> Result<Value, Failure> {
    let maximum = policy.assignment_maximum(kind);
    maximum
        .map(|maximum| lasting::after(&maximum))
        .ok_or_else(|| Failure::new("the policy does not say how long").hint("give --for"))
}

/// What was given, in words.
pub(crate) fn told(kind: ScheduleKind, request: &Request, zone: &TimeZone) -> String {
    let until = request.ends_at.map_or_else(
        || "without an end".to_owned(),
        |end| format!("until {}", when::local(end, zone)),
    );
    let kind = results::kind(kind);
    match (request.status.as_str(), request.starts_at) {
        ("Granted", Some(start)) => format!("{kind} from {} {until}", when::local(start, zone)),
        ("Provisioned" | "Granted", _) => format!("{kind} {until}"),
        (other, _) => other.to_owned(),
    }
}

/// Prints one line for each, and gives the exit code of them all.
pub(crate) fn show(
    assigned: &[Assigned],
    group: &Group,
    access: &str,
    output: &Output,
    told: impl Fn(&Assigned, &Request) -> String,
) -> Exit {
    let rows = assigned.iter().map(|one| row(one, group, access));
    output.print(&json!({ "results": rows.collect::<Vec<_>>() }), |output| {
        for one in assigned {
            let about = format!("{}, {access} of {}", one.name, group.name);
            let outcome = one.outcome.as_ref().map(|request| told(one, request));
            results::line(
                output,
                &about,
                outcome.as_deref().map_err(|failure| *failure),
            );
        }
    });
    results::exit(
        assigned
            .iter()
            .map(|one| one.outcome.as_ref().map(|request| request.status.as_str())),
    )
}

fn row(one: &Assigned, group: &Group, access: &str) -> Value {
    let request = one.outcome.as_ref().ok();
    json!({
        "principal": one.name,
        "principalId": one.principal,
        "group": group.name,
        "groupId": group.id,
        "accessId": access,
        "kind": results::kind(one.kind),
        "status": request.map_or("Refused", |request| &request.status),
        "requestId": request.map(|request| &request.id),
        "startsAt": results::time(request.and_then(|request| request.starts_at)),
        "endsAt": results::time(request.and_then(|request| request.ends_at)),
        "error": results::error(&one.outcome),
    })
}
