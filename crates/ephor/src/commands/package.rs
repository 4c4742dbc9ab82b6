//! `ephor package …`: access packages, from asking to handing out (R-G3).

use ephor_core::time::Instant;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{lasting, people, results};
use crate::cli::{
    LastingArgs, PackageApproveArgs, PackageAssignArgs, PackageCommand, PackageListArgs,
    PackageRemoveArgs, PackageRepairArgs, PackageRequestArgs,
};
use crate::client::{Client, Package};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::when;

/// Runs one of them.
pub(crate) fn run(command: PackageCommand, output: &Output) -> anyhow::Result<Exit> {
    match command {
        PackageCommand::List(args) => list(&args, output),
        PackageCommand::Request(args) => request(&args, output),
        PackageCommand::Assign(args) => assign(&args, output),
        PackageCommand::Remove(args) => remove(&args, output),
        PackageCommand::Repair(args) => repair(&args, output),
        PackageCommand::Approve(args) => approve(&args, output),
    }
}

fn text<'a>(row: &'a Value, path: &[&str]) -> Option<&'a str> {
    path.iter()
        .try_fold(row, |value, name| value.get(name))?
        .as_str()
}

/// When an assignment ends, as it is answered.
fn ends_at(row: &Value) -> Option<&str> {
    text(row, &["schedule", "expiration", "endDateTime"])
}

/// A time as people read it.
fn local(time: Option<&str>) -> String {
    time.and_then(|time| time.parse::<Instant>().ok())
        .map_or_else(String::new, |at| when::local(at, &TimeZone::system()))
}

/// A state in words.
fn words(state: &str) -> &str {
    match state {
        "delivered" => "yours",
        "partiallyDelivered" => "yours in part",
        "deliveryFailed" => "nothing of it held",
        "delivering" | "scheduled" => "begins later",
        "pendingApproval" => "waits for approval",
        "expired" => "ended",
        other => other,
    }
}

fn list(args: &PackageListArgs, output: &Output) -> anyhow::Result<Exit> {
    let client = Client::new(args.server.server.as_deref())?;
    if args.requests {
        return requests(&client, output);
    }
    if let Some(name) = &args.who {
        let package = package(&client, name)?;
        return who(&client, &package, output);
    }
    let packages = client.packages()?;
    let askable = client.askable_packages()?;
    let mine = client.my_packages()?;
    let own = |package: &Package| {
        mine.iter().find(|row| {
            text(row, &["accessPackage", "id"]) == Some(package.id.as_str())
                && text(row, &["state"]) != Some("expired")
        })
    };
    let rows: Vec<_> = packages
        .iter()
        .map(|package| {
            let own = own(package);
            json!({
                "package": package.name,
                "packageId": package.id,
                "catalog": package.catalog,
                "description": package.description,
                "mayAsk": askable.contains(&package.id),
                "state": own.and_then(|own| text(own, &["state"])),
                "endsAt": own.and_then(ends_at),
            })
        })
        .collect();
    output.print(&json!({ "packages": rows }), |output| {
        if packages.is_empty() {
            output.data("There is no access package for you.");
            return;
        }
        let table = packages
            .iter()
            .map(|package| {
                let own = own(package);
                let state = own.and_then(|own| text(own, &["state"])).map(words);
                let can = askable.contains(&package.id).then_some("can be asked for");
                vec![
                    package.name.clone(),
                    package.catalog.clone(),
                    state.or(can).unwrap_or_default().to_owned(),
                    local(own.and_then(ends_at)),
                    package.description.clone().unwrap_or_default(),
                ]
            })
            .collect();
        output.table(
            "",
            &["package", "catalog", "state", "until", "what for"],
            table,
        );
    });
    Ok(Exit::Done)
}

fn request_row(row: &Value) -> Value {
    json!({
        "id": row.get("id"),
        "requestType": row.get("requestType"),
        "state": row.get("state"),
        "package": text(row, &["accessPackage", "displayName"]),
        "packageId": text(row, &["accessPackage", "id"]),
        "principal": text(row, &["requestor", "displayName"]),
        "principalId": text(row, &["requestor", "objectId"]),
        "createdAt": row.get("createdDateTime"),
        "justification": row.get("justification"),
    })
}

fn requests(client: &Client, output: &Output) -> anyhow::Result<Exit> {
    show_requests(
        &client.my_package_requests()?,
        "You have made no request.",
        output,
    );
    Ok(Exit::Done)
}

fn show_requests(rows: &[Value], none: &str, output: &Output) {
    let shown: Vec<_> = rows.iter().map(request_row).collect();
    output.print(&json!({ "requests": shown }), |output| {
        if rows.is_empty() {
            output.data(none);
            return;
        }
        let table = shown
            .iter()
            .map(|row| {
                let at = |name| text(row, &[name]).unwrap_or_default().to_owned();
                vec![
                    at("id").chars().take(8).collect(),
                    at("package"),
                    at("principal"),
                    at("requestType"),
                    words(&at("state")).to_owned(),
                    local(text(row, &["createdAt"])),
                    at("justification"),
                ]
            })
            .collect();
        let head = ["id", "package", "who", "asks to", "state", "asked", "why"];
        output.table("", &head, table);
    });
}

/// The package that is meant, among those that the caller sees.
fn package(client: &Client, name: &str) -> Result<Package, Failure> {
    let packages = client.packages()?;
    if let Some(package) = packages.iter().find(|package| package.id == name) {
        return Ok(package.clone());
    }
    let same: Vec<_> = {
        let wanted = name.to_lowercase();
        let exact: Vec<_> = packages
            .iter()
            .filter(|package| package.name.to_lowercase() == wanted)
            .collect();
        if exact.is_empty() {
            packages
                .iter()
                .filter(|package| package.name.to_lowercase().contains(&wanted))
                .collect()
        } else {
            exact
        }
    };
    match same.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(
            Failure::new(format!("no access package is called `{name}`"))
                .hint("`ephor package list` shows those there are"),
        ),
        several => {
            let names: Vec<_> = several
                .iter()
                .map(|package| package.name.as_str())
                .collect();
            Err(Failure::new(format!(
                "several access packages have `{name}` in their names: {}",
                names.join(", ")
            )))
        }
    }
}

fn who(client: &Client, package: &Package, output: &Output) -> anyhow::Result<Exit> {
    let rows = client.holders_of(&package.id)?;
    let shown: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "id": row.get("id"),
                "principal": text(row, &["target", "displayName"]),
                "principalId": text(row, &["target", "objectId"]),
                "state": row.get("state"),
                "endsAt": ends_at(row),
                "roles": row.get("@ephor.roles"),
            })
        })
        .collect();
    output.print(&json!({ "assignments": shown }), |output| {
        if rows.is_empty() {
            output.data("Nobody has it.");
            return;
        }
        let table = rows
            .iter()
            .map(|row| {
                let roles = row.get("@ephor.roles").and_then(Value::as_array);
                let lost: Vec<_> = roles
                    .into_iter()
                    .flatten()
                    .filter(|role| role.get("held").and_then(Value::as_bool) == Some(false))
                    .map(|role| {
                        let at = |name| text(role, &[name]).unwrap_or_default();
                        format!("{} of {}", at("role"), at("resource"))
                    })
                    .collect();
                vec![
                    text(row, &["target", "displayName"])
                        .unwrap_or_default()
                        .to_owned(),
                    text(row, &["state"]).unwrap_or_default().to_owned(),
                    local(ends_at(row)),
                    lost.join(", "),
                ]
            })
            .collect();
        output.table("", &["who", "state", "until", "not held"], table);
    });
    Ok(Exit::Done)
}

/// What came of one request.
struct Done {
    package: Package,
    principal: Option<(String, String)>,
    answer: Result<Value, Failure>,
}

fn show(done: Vec<Done>, output: &Output) -> Exit {
    let refused = done.iter().any(|one| one.answer.is_err());
    let waits = done.iter().any(|one| {
        let state = one
            .answer
            .as_ref()
            .ok()
            .and_then(|row| text(row, &["state"]));
        state == Some("pendingApproval")
    });
    let rows: Vec<_> = done
        .iter()
        .map(|one| {
            let answer = one.answer.as_ref().ok();
            json!({
                "package": one.package.name,
                "packageId": one.package.id,
                "principal": one.principal.as_ref().map(|(name, _)| name),
                "principalId": one.principal.as_ref().map(|(_, id)| id),
                "requestId": answer.and_then(|row| row.get("id")),
                "state": answer.and_then(|row| text(row, &["state"])).unwrap_or("Refused"),
                "error": results::error(&one.answer),
            })
        })
        .collect();
    output.print(&json!({ "results": rows }), |output| {
        for one in &done {
            let name = one
                .principal
                .as_ref()
                .map_or_else(String::new, |(name, _)| format!("{name}: "));
            match &one.answer {
                Ok(row) => {
                    let state = text(row, &["state"]).unwrap_or_default();
                    let kind = text(row, &["requestType"]).unwrap_or_default();
                    let told = if kind.ends_with("Remove") {
                        "removed"
                    } else {
                        match state {
                            "delivered" => "granted",
                            "partiallyDelivered" => "granted in part",
                            other => words(other),
                        }
                    };
                    output.data(&format!("{name}{}: {told}", one.package.name));
                }
                Err(why) => {
                    output.data(&format!("{name}{}: refused: {why}", one.package.name));
                }
            }
        }
    });
    if refused {
        Exit::Failed
    } else if waits {
        Exit::Waiting
    } else {
        Exit::Done
    }
}

fn schedule(client: &Client, args: &LastingArgs) -> Result<Value, Failure> {
    Ok(lasting::expiration(client, args)?.map_or(Value::Null, |end| json!({ "expiration": end })))
}

/// The policy of this name or id among rows that call it so.
fn policy(rows: &[Value], wanted: &str, id: &str, name: &str) -> Result<String, Failure> {
    rows.iter()
        .find(|row| {
            text(row, &[id]) == Some(wanted)
                || text(row, &[name]).is_some_and(|own| own.eq_ignore_ascii_case(wanted))
        })
        .and_then(|row| text(row, &[id]))
        .map(str::to_owned)
        .ok_or_else(|| {
            let names: Vec<_> = rows.iter().filter_map(|row| text(row, &[name])).collect();
            Failure::new(format!("no policy is called `{wanted}`")).hint(if names.is_empty() {
                "there is no policy under which you could".to_owned()
            } else {
                format!("there are: {}", names.join(", "))
            })
        })
}

fn request(args: &PackageRequestArgs, output: &Output) -> anyhow::Result<Exit> {
    let client = Client::new(args.server.server.as_deref())?;
    let schedule = schedule(&client, &args.lasting)?;
    let packages = args
        .packages
        .iter()
        .map(|name| package(&client, name))
        .collect::<Result<Vec<_>, _>>()?;
    let done = packages
        .into_iter()
        .map(|package| {
            let answer = ask(&client, args, &package, &schedule);
            Done {
                package,
                principal: None,
                answer,
            }
        })
        .collect();
    Ok(show(done, output))
}

fn ask(
    client: &Client,
    args: &PackageRequestArgs,
    package: &Package,
    schedule: &Value,
) -> Result<Value, Failure> {
    let needs_rows = args.policy.is_some() || !args.answers.is_empty();
    let rows = if needs_rows {
        client.package_requirements(&package.id)?
    } else {
        Vec::new()
    };
    let chosen = args
        .policy
        .as_deref()
        .map(|wanted| policy(&rows, wanted, "policyId", "policyDisplayName"))
        .transpose()?;
    let answers = args
        .answers
        .iter()
        .map(|given| answer(&rows, given))
        .collect::<Result<Vec<_>, _>>()?;
    client.ask_for_package(&json!({
        "requestType": if args.extend { "userUpdate" } else { "userAdd" },
        "assignment": {"accessPackageId": package.id, "assignmentPolicyId": chosen},
        "justification": args.why,
        "answers": answers,
        "schedule": schedule,
    }))
}

/// `QUESTION=ANSWER` as the server reads it.
fn answer(rows: &[Value], given: &str) -> Result<Value, Failure> {
    let (asked, value) = given
        .split_once('=')
        .ok_or_else(|| Failure::usage(format!("--answer `{given}` is not QUESTION=ANSWER")))?;
    let questions = rows
        .iter()
        .filter_map(|row| row.get("questions")?.as_array())
        .flatten();
    let question = questions
        .clone()
        .find(|question| {
            text(question, &["id"]) == Some(asked)
                || text(question, &["text"]).is_some_and(|own| own.eq_ignore_ascii_case(asked))
        })
        .ok_or_else(|| {
            let all: Vec<_> = questions
                .filter_map(|question| text(question, &["text"]))
                .collect();
            Failure::new(format!("nobody asks `{asked}`"))
                .hint(format!("the questions are: {}", all.join(", ")))
        })?;
    let kind = "#microsoft.graph.accessPackageAnswerString";
    Ok(json!({
        "@odata.type": kind,
        "answeredQuestion": {"id": question.get("id")},
        "value": value,
    }))
}

fn assign(args: &PackageAssignArgs, output: &Output) -> anyhow::Result<Exit> {
    let client = Client::new(args.server.server.as_deref())?;
    let package = package(&client, &args.package)?;
    let schedule = schedule(&client, &args.lasting)?;
    let chosen = match args.policy.as_deref() {
        Some(wanted) => {
            let rows = client.package_policies(&package.id)?;
            Some(policy(&rows, wanted, "id", "displayName")?)
        }
        None => None,
    };
    let done = args
        .who
        .iter()
        .map(|name| {
            let who = people::who(&client, name);
            let principal = who
                .as_ref()
                .ok()
                .map(|who| (who.name().to_owned(), who.id().to_owned()));
            let answer = who.and_then(|who| {
                client.ask_for_package(&json!({
                    "requestType": "adminAdd",
                    "assignment": {
                        "targetId": who.id(),
                        "accessPackageId": package.id,
                        "assignmentPolicyId": chosen,
                    },
                    "justification": args.why,
                    "schedule": schedule,
                }))
            });
            Done {
                package: package.clone(),
                principal: principal.or_else(|| Some((name.clone(), String::new()))),
                answer,
            }
        })
        .collect();
    Ok(show(done, output))
}

fn remove(args: &PackageRemoveArgs, output: &Output) -> anyhow::Result<Exit> {
    let client = Client::new(args.server.server.as_deref())?;
    let package = package(&client, &args.package)?;
    if args.who.is_empty() && !args.all {
        let answer = client.ask_for_package(&json!({
            "requestType": "userRemove",
            "assignment": {"accessPackageId": package.id},
            "justification": args.why,
        }));
        let done = Done {
            package,
            principal: None,
            answer,
        };
        return Ok(show(vec![done], output));
    }
    let rows = client.holders_of(&package.id)?;
    let taken = if args.all {
        rows.iter().map(Ok).collect::<Vec<_>>()
    } else {
        args.who.iter().map(|name| holder(&rows, name)).collect()
    };
    let done = taken
        .into_iter()
        .zip(args.who.iter().map(Some).chain(std::iter::repeat(None)))
        .map(|(row, name)| {
            let principal = match &row {
                Ok(row) => Some((
                    text(row, &["target", "displayName"])
                        .unwrap_or_default()
                        .to_owned(),
                    text(row, &["target", "objectId"])
                        .unwrap_or_default()
                        .to_owned(),
                )),
                Err(_) => name.map(|name| (name.clone(), String::new())),
            };
            let answer = row.and_then(|row| {
                client.ask_for_package(&json!({
                    "requestType": "adminRemove",
                    "assignment": {"id": row.get("id")},
                    "justification": args.why,
                }))
            });
            Done {
                package: package.clone(),
                principal,
                answer,
            }
        })
        .collect();
    Ok(show(done, output))
}

/// Whoever of those who have a package is called so.
fn holder<'a>(rows: &'a [Value], name: &str) -> Result<&'a Value, Failure> {
    let wanted = name.to_lowercase();
    let is = |row: &&Value| {
        let own = |field| text(row, &["target", field]).map(str::to_lowercase);
        own("objectId").as_deref() == Some(wanted.as_str())
            || own("principalName").is_some_and(|own| own.starts_with(&wanted))
            || own("displayName").is_some_and(|own| own.starts_with(&wanted))
    };
    let mut found = rows.iter().filter(is);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(Failure::new(format!("nobody called `{name}` has it"))
            .hint("`ephor package list --who PACKAGE` shows who does")),
        (Some(_), Some(_)) => Err(
            Failure::new(format!("several who have it are called `{name}`"))
                .hint("say more of the name, or the id"),
        ),
    }
}

fn repair(args: &PackageRepairArgs, output: &Output) -> anyhow::Result<Exit> {
    let client = Client::new(args.server.server.as_deref())?;
    let package = package(&client, &args.package)?;
    let came = client.repair_package(&package.id)?;
    let number = |name| came.get(name).and_then(Value::as_u64).unwrap_or(0);
    let (all, whole, granted) = (number("assignments"), number("whole"), number("granted"));
    let shown = json!({
        "package": package.name,
        "packageId": package.id,
        "assignments": all,
        "whole": whole,
        "granted": granted,
    });
    output.print(&shown, |output| {
        output.data(&format!(
            "{}: {granted} given again; {whole} of {all} hold all of it",
            package.name
        ));
    });
    Ok(if whole < all {
        Exit::Failed
    } else {
        Exit::Done
    })
}

fn approve(args: &PackageApproveArgs, output: &Output) -> anyhow::Result<Exit> {
    let client = Client::new(args.server.server.as_deref())?;
    let waiting = client.packages_to_approve()?;
    if args.ids.is_empty() {
        show_requests(&waiting, "Nothing waits for your approval.", output);
        return Ok(Exit::Done);
    }
    let decision = if args.deny { "Deny" } else { "Approve" };
    let results: Vec<_> = args
        .ids
        .iter()
        .map(|id| {
            let wanted = id.to_lowercase();
            let found: Vec<_> = waiting
                .iter()
                .filter_map(|row| text(row, &["id"]))
                .filter(|own| own.starts_with(&wanted))
                .collect();
            let one = match found.as_slice() {
                [one] => Ok(*one),
                [] => Err(Failure::new(format!(
                    "nothing that waits for you is `{id}`"
                ))),
                _ => Err(Failure::new(format!("several requests begin with `{id}`"))),
            };
            let came = one.and_then(|id| {
                client
                    .decide_on_package(id, decision, args.why.as_deref())
                    .map(|()| id.to_owned())
            });
            (id.clone(), came)
        })
        .collect();
    let rows: Vec<_> = results
        .iter()
        .map(|(id, came)| {
            json!({
                "id": came.as_ref().unwrap_or(id),
                "decision": if came.is_ok() { decision } else { "Refused" },
                "error": results::error(came),
            })
        })
        .collect();
    let told = if args.deny { "denied" } else { "approved" };
    output.print(&json!({ "results": rows }), |output| {
        for (id, came) in &results {
            match came {
                Ok(id) => output.data(&format!("{id}: {told}")),
                Err(why) => output.data(&format!("{id}: refused: {why}")),
            }
        }
    });
    let refused = results.iter().any(|(_, came)| came.is_err());
    Ok(if refused { Exit::Failed } else { Exit::Done })
}
