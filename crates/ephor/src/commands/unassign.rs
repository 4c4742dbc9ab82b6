//! `ephor unassign`: takes an assignment away (R-D4).

use ephor_core::schedule::ScheduleKind;
use serde_json::Value;

use super::assign::{Assigned, show};
use super::find::{self, Named};
use super::{people, results};
use crate::cli::UnassignArgs;
use crate::client::{Client, Given, Role, Wish};
use crate::failure::{Exit, Failure};
use crate::output::Output;

/// Somebody who is assigned, and how.
struct Holder<'a> {
    id: &'a str,
    name: &'a str,
    role: &'a Role,
}

impl Named for Holder<'_> {
    fn id(&self) -> &str {
        self.id
    }

    fn name(&self) -> &str {
        self.name
    }
}

/// Takes each assignment away in turn.
pub(crate) fn run(args: &UnassignArgs, output: &Output) -> anyhow::Result<Exit> {
    let client = Client::new(args.server.server.as_deref())?;
    let group = people::group(&client, &args.group)?;
    let access = super::access(args.owner);
    let wanted = match (args.eligible, args.active) {
        (true, _) => Some(ScheduleKind::Eligible),
        (_, true) => Some(ScheduleKind::Active),
        (false, false) => None,
    };
    let roles = client.roles_of(&group.id)?;
    let holders: Vec<Holder<'_>> = roles
        .iter()
        .filter(|role| role.state != "ended" && role.access == access.as_str())
        // An activation is its holder's to end; the eligibility under it is what was assigned.
        .filter(|role| role.assignment_type != "activated")
        .filter(|role| wanted.is_none_or(|wanted| role.kind() == wanted))
        .map(|role| Holder {
            id: &role.principal,
            name: &role.principal_name,
            role,
        })
        .collect();
    let removed: Vec<Assigned> = args
        .who
        .iter()
        .map(|name| {
            let holder = meant(&client, name, &holders);
            let kind = match &holder {
                Ok(role) => role.kind(),
                Err(_) => wanted.unwrap_or(ScheduleKind::Eligible),
            };
            Assigned {
                name: holder
                    .as_ref()
                    .map_or(name, |role| &role.principal_name)
                    .clone(),
                principal: holder.as_ref().ok().map(|role| role.principal.clone()),
                kind,
                outcome: holder.and_then(|role| {
                    client.ask(Wish {
                        kind,
                        action: "adminRemove",
                        group: &group.id,
                        access: access.as_str(),
                        scope: None,
                        principal: Some(&role.principal),
                        schedule_info: &Value::Null,
                        given: Given {
                            justification: args.why.as_deref(),
                            ticket: None,
                        },
                    })
                }),
            }
        })
        .collect();
    Ok(show(&removed, &group, access.as_str(), output, |one, _| {
        format!("no longer {}", results::kind(one.kind))
    }))
}

/// The assignment that is meant: refused where it could be the eligible or the active one.
fn meant<'a>(client: &Client, text: &str, holders: &[Holder<'a>]) -> Result<&'a Role, Failure> {
    let among: Vec<&Holder<'a>> = holders.iter().collect();
    // What somebody signs in as is not shown with their roles.
    let id = if text.contains('@') || text.starts_with("group:") {
        Some(people::who(client, text)?)
    } else {
        None
    };
    let text = id.as_ref().map_or(text, people::Who::id);
    let one = find::one(text, &among, "assignment of", " to that group")?;
    let of_them: Vec<&Role> = holders
        .iter()
        .map(|holder| holder.role)
        .filter(|role| role.principal == one.role.principal)
        .collect();
    if of_them.iter().any(|role| role.kind() != one.role.kind()) {
        return Err(Failure::new(format!(
            "{} is eligible and active there",
            one.role.principal_name
        ))
        .hint("say which with --eligible or --active"));
    }
    Ok(one.role)
}
