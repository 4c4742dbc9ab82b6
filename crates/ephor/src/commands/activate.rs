//! `ephor activate`: several roles in one go, each judged by itself.

use ephor_core::group::Access;
use ephor_core::time::Instant;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::cli::ActivateArgs;
use crate::client::{Client, MyRoles, Request, Role, Wish};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::{period, when};

/// What became of one of several groups.
pub(crate) struct Answered {
    /// As it was named, or called.
    pub(crate) name: String,
    /// The role, where the name was understood.
    pub(crate) role: Option<Role>,
    /// The request, or why there is none.
    pub(crate) outcome: Result<Request, Failure>,
}

/// Asks for each group in turn.
pub(crate) fn run(args: &ActivateArgs, output: &Output) -> anyhow::Result<Exit> {
    let ticket = args.ticket.as_deref().map(ticket).transpose()?;
    let client = Client::new(args.server.server.as_deref())?;
    let roles = client.my_roles()?;
    let zone = TimeZone::system();
    let starts_at = args
        .at
        .as_deref()
        .map(|text| period::instant(text, roles.now, &zone))
        .transpose()
        .map_err(|wrong| Failure::usage(format!("--at {wrong}")))?;
    let access = if args.owner {
        Access::Owner
    } else {
        Access::Member
    };
    let results: Vec<_> = args
        .groups
        .iter()
        .map(|name| {
            judge(name, &roles.eligible, access, |role| {
                let duration = match &args.duration {
                    Some(duration) => duration.to_string(),
                    None => client.maximum(&role.group, access)?,
                };
                client.ask(Wish {
                    action: "selfActivate",
                    role,
                    schedule_info: &json!({
                        "startDateTime": starts_at.map(|at| at.to_string()),
                        "expiration": { "type": "afterDuration", "duration": duration },
                    }),
                    justification: args.why.as_deref(),
                    ticket,
                    validate: args.validate,
                })
            })
        })
        .collect();
    Ok(show(&results, output, |request| {
        told(request, &roles, args.validate, &zone)
    }))
}

/// Finds the role that `name` means, and does `ask` with it.
pub(crate) fn judge(
    name: &str,
    among: &[Role],
    access: Access,
    ask: impl FnOnce(&Role) -> Result<Request, Failure>,
) -> Answered {
    match find(name, among, access) {
        Ok(role) => Answered {
            name: role.name.clone(),
            outcome: ask(role),
            role: Some(role.clone()),
        },
        Err(failure) => Answered {
            name: name.to_owned(),
            role: None,
            outcome: Err(failure),
        },
    }
}

/// The role with this group name or id, or the one whose group's name begins so.
fn find<'a>(name: &str, among: &'a [Role], access: Access) -> Result<&'a Role, Failure> {
    let of_access = || among.iter().filter(|role| role.access == access.as_str());
    let wanted = name.to_lowercase();
    let exact = |role: &&Role| role.name.to_lowercase() == wanted || role.group == wanted;
    let begins = |role: &&Role| role.name.to_lowercase().starts_with(&wanted);
    let mut found: Vec<&Role> = of_access().filter(exact).collect();
    if found.is_empty() {
        found = of_access().filter(begins).collect();
    }
    // One role may be given by several schedules: that is still one group.
    found.dedup_by(|one, other| one.group == other.group);
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let known: Vec<_> = of_access().map(|role| format!("`{}`", role.name)).collect();
            let failure = Failure::new(format!("there is no group `{name}` among yours for this"));
            Err(if known.is_empty() {
                failure.hint(format!(
                    "`ephor list` shows what there is; none as {access}"
                ))
            } else {
                failure.hint(format!("there is {}", known.join(", ")))
            })
        }
        several => {
            let names: Vec<_> = several
                .iter()
                .map(|role| format!("`{}` ({})", role.name, role.group))
                .collect();
            Err(
                Failure::new(format!("`{name}` can mean several groups")).hint(format!(
                    "write more of the name, or the id: {}",
                    names.join(", ")
                )),
            )
        }
    }
}

/// Prints one line for each, and gives the exit code of them all.
pub(crate) fn show(
    results: &[Answered],
    output: &Output,
    told: impl Fn(&Request) -> String,
) -> Exit {
    let answer = json!({ "results": results.iter().map(row).collect::<Vec<_>>() });
    output.print(&answer, |output| {
        for one in results {
            match &one.outcome {
                Ok(request) => output.data(&format!(
                    "{}: {}",
                    crate::output::clean(&one.name),
                    told(request)
                )),
                Err(failure) => {
                    let report = failure.report();
                    let said = report.strip_prefix("error: ").unwrap_or(&report);
                    output.data(&format!(
                        "{}: refused: {}",
                        crate::output::clean(&one.name),
                        said.trim_end()
                    ));
                }
            }
        }
    });
    exit_of(results)
}

fn exit_of(results: &[Answered]) -> Exit {
    let failed = |exit: Exit| {
        results
            .iter()
            .any(|one| matches!(&one.outcome, Err(failure) if failure.exit == exit))
    };
    let waits = |one: &Answered| matches!(&one.outcome, Ok(request) if request.status.starts_with("Pending"));
    if failed(Exit::NotSignedIn) {
        Exit::NotSignedIn
    } else if results.iter().any(|one| one.outcome.is_err()) {
        Exit::Failed
    } else if results.iter().any(waits) {
        Exit::Waiting
    } else {
        Exit::Done
    }
}

fn row(one: &Answered) -> Value {
    let request = one.outcome.as_ref().ok();
    let time = |at: Option<Instant>| at.map(|at| at.to_string());
    json!({
        "group": one.name,
        "groupId": one.role.as_ref().map(|role| &role.group),
        "accessId": one.role.as_ref().map(|role| &role.access),
        "status": request.map_or("Refused", |request| &request.status),
        "requestId": request.map(|request| &request.id),
        "startsAt": time(request.and_then(|request| request.starts_at)),
        "endsAt": time(request.and_then(|request| request.ends_at)),
        "error": one.outcome.as_ref().err().map(|failure| json!({
            "message": failure.sentence,
            "rules": failure.rules,
            "hint": failure.hint,
        })),
    })
}

/// What was granted, in words.
fn told(request: &Request, roles: &MyRoles, validate: bool, zone: &TimeZone) -> String {
    let until = request
        .ends_at
        .map(|end| format!(" until {}", when::local(end, zone)))
        .unwrap_or_default();
    match (validate, request.status.as_str()) {
        (true, _) => format!("would be granted{until}; nothing was kept"),
        (false, "Granted") => format!(
            "granted from {}{until}",
            request
                .starts_at
                .map_or_else(|| "later".to_owned(), |at| when::local(at, zone))
        ),
        (false, "Provisioned") => {
            let left = request
                .ends_at
                .map(|end| format!(" ({})", when::left(end.since(roles.now))))
                .unwrap_or_default();
            format!("active{until}{left}")
        }
        (false, status) if status.starts_with("Pending") => "waiting for approval".to_owned(),
        (false, other) => other.to_owned(),
    }
}

/// `SYSTEM:NO`, at the first colon.
fn ticket(text: &str) -> Result<(&str, &str), Failure> {
    text.split_once(':')
        .filter(|(system, number)| !system.trim().is_empty() && !number.trim().is_empty())
        .ok_or_else(|| {
            Failure::usage(format!(
                "--ticket `{}` does not name a system and a number",
                text.escape_debug()
            ))
            .hint("write it like Jira:OPS-17")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str, group: &str, access: &str) -> Role {
        Role {
            schedule: String::new(),
            group: group.into(),
            name: name.into(),
            access: access.into(),
            starts_at: None,
            ends_at: None,
            assignment_type: String::new(),
            offers: Vec::new(),
        }
    }

    #[test]
    fn a_group_is_found_by_name_by_a_beginning_that_is_its_own_and_by_id() {
        let among = [
            role("Production admins", "1", "member"),
            role("Production", "2", "member"),
            role("Payroll", "3", "member"),
            role("Payroll", "3", "owner"),
        ];
        let found = |name: &str| find(name, &among, Access::Member).map(|role| role.group.as_str());
        assert_eq!(
            found("production").unwrap(),
            "2",
            "the whole name counts first"
        );
        assert_eq!(found("pay").unwrap(), "3");
        assert_eq!(found("1").unwrap(), "1");
        let several = found("p").unwrap_err().report();
        assert!(
            several.contains("can mean several") && several.contains("(1)"),
            "{several}"
        );
        let none = found("x").unwrap_err().report();
        assert!(none.contains("there is `Production admins`"), "{none}");
    }

    #[test]
    fn a_ticket_is_a_system_and_a_number() {
        assert_eq!(ticket("Jira:OPS-17").unwrap(), ("Jira", "OPS-17"));
        assert_eq!(ticket("a:b:c").unwrap(), ("a", "b:c"));
        for wrong in ["OPS-17", ":17", "Jira:", ""] {
            assert!(ticket(wrong).is_err(), "{wrong}");
        }
    }
}
