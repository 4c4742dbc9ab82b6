//! `ephor extend` and `ephor renew`: more of what was assigned, by asking for it, or by giving it (R-D4, R-D5).

use ephor_core::group::Access;
use ephor_core::schedule::ScheduleKind;
use jiff::tz::TimeZone;
use serde_json::json;

use super::people::{self, Who};
use super::roles::{Asked, chosen, each, named_or_asked, show};
use super::{assign, find, lasting};
use crate::cli::MoreArgs;
use crate::client::{Client, Given, Request, Role, Wish};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::pick;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum More {
    /// While it lasts.
    Extend,
    /// Once it has ended.
    Renew,
}

impl More {
    const fn word(self) -> &'static str {
        match self {
            Self::Extend => "extend",
            Self::Renew => "renew",
        }
    }

    const fn asked(self) -> &'static str {
        match self {
            Self::Extend => "selfExtend",
            Self::Renew => "selfRenew",
        }
    }

    const fn given(self) -> &'static str {
        match self {
            Self::Extend => "adminExtend",
            Self::Renew => "adminRenew",
        }
    }
}

/// Asks for each of them, or with `--user` gives it.
pub(crate) fn run(args: &MoreArgs, more: More, output: &Output) -> anyhow::Result<Exit> {
    let wanted = match (args.eligible, args.active) {
        (true, _) => Some(ScheduleKind::Eligible),
        (_, true) => Some(ScheduleKind::Active),
        (false, false) => None,
    };
    let access = super::access(args.owner);
    if args.user.is_none() {
        named_or_asked(&args.groups)?;
    } else if args.groups.is_empty() {
        return Err(pick::missing("GROUP").into());
    }
    let client = Client::new(args.server.server.as_deref())?;
    let who = match &args.user {
        Some(name) => Some(people::who(&client, name)?),
        None => None,
    };
    let asked = match &who {
        Some(who) => assigned(&client, args, who, access, more)?,
        None => {
            let roles = client.my_roles()?;
            let all = match more {
                More::Extend => [roles.eligible, roles.active].concat(),
                More::Renew => roles.ended,
            };
            let assigned: Vec<Role> = all
                .into_iter()
                .filter(|role| role.assignment_type != "activated")
                .filter(|role| wanted.is_none_or(|wanted| role.kind() == wanted))
                .collect();
            mine(&args.groups, &assigned, access, more)?
        }
    };
    let expiration = lasting::expiration(&client, &args.lasting)?;
    let answers = each(asked, |role| {
        let expiration = match &expiration {
            Some(expiration) => expiration.clone(),
            None => assign::longest(&client.policy_of(role)?, role.kind())?,
        };
        client.ask(Wish {
            kind: role.kind(),
            action: match who {
                Some(_) => more.given(),
                None => more.asked(),
            },
            group: &role.group,
            access: &role.access,
            scope: role.scope.as_deref(),
            principal: who.as_ref().map(Who::id),
            schedule_info: &json!({ "expiration": expiration }),
            given: Given {
                justification: args.why.as_deref(),
                ticket: None,
            },
        })
    });
    let zone = TimeZone::system();
    Ok(show(&answers, output, |request| told(request, &zone)))
}

/// The caller's assignments that the names mean; without names those that are picked from what is offered.
fn mine(
    names: &[String],
    assigned: &[Role],
    access: Access,
    more: More,
) -> Result<Vec<Asked>, Failure> {
    let offered: Vec<Role> = assigned
        .iter()
        .filter(|role| role.offers(more.word()))
        .cloned()
        .collect();
    let question = format!("What do you {}?", more.word());
    if names.is_empty() {
        return chosen(names, &offered, access, &question);
    }
    let mut asked = Vec::with_capacity(names.len());
    for name in names {
        let name = std::slice::from_ref(name);
        // What can be had goes first; of the rest the server says why not, and from when.
        for among in [&offered[..], assigned] {
            let one = chosen(name, among, access, &question)?.remove(0);
            let found = one.role.is_ok();
            if found || std::ptr::eq(among, assigned) {
                asked.push(Asked {
                    role: one.role.and_then(|role| one_kind(role, among)),
                    ..one
                });
                break;
            }
        }
    }
    Ok(asked)
}

/// Refused where the name means what is eligible and what is active.
fn one_kind(role: Role, offered: &[Role]) -> Result<Role, Failure> {
    let same = |other: &&Role| {
        (&other.group, &other.access, &other.scope) == (&role.group, &role.access, &role.scope)
    };
    if offered
        .iter()
        .filter(same)
        .any(|other| other.kind() != role.kind())
    {
        return Err(
            Failure::new(format!("you are eligible and active in `{}`", role.name))
                .hint("say which with --eligible or --active"),
        );
    }
    Ok(role)
}

/// The assignments of somebody else that the names mean, as whoever runs these groups sees them.
fn assigned(
    client: &Client,
    args: &MoreArgs,
    who: &Who,
    access: Access,
    more: More,
) -> Result<Vec<Asked>, Failure> {
    let groups = client.groups()?;
    let among: Vec<_> = groups.iter().collect();
    let wanted_ended = more == More::Renew;
    let asked = args.groups.iter().map(|name| {
        let role = find::one(name, &among, "group", "").and_then(|group| {
            let mut roles = client.roles_of(&group.id)?;
            roles.retain(|role| {
                role.principal == who.id()
                    && role.access == access.as_str()
                    && role.assignment_type != "activated"
                    && (role.state == "ended") == wanted_ended
                    && (!args.eligible || role.kind() == ScheduleKind::Eligible)
                    && (!args.active || role.kind() == ScheduleKind::Active)
            });
            let Some(role) = roles.first().cloned() else {
                return Err(Failure::new(format!(
                    "{} has nothing in `{}` to {}",
                    who.name(),
                    group.name,
                    more.word()
                ))
                .hint(format!(
                    "`ephor group show '{}'` shows what there is",
                    group.name
                )));
            };
            if !wanted_ended {
                one_kind(role, &roles)
            } else {
                Ok(role)
            }
        });
        Asked {
            name: role.as_ref().map_or(name, |role| &role.name).clone(),
            role,
        }
    });
    Ok(asked.collect())
}

fn told(request: &Request, zone: &TimeZone) -> String {
    if request.is_pending() {
        format!(
            "waiting for a decision of whoever runs the group or role (request {})",
            request.id
        )
    } else {
        assign::told(request.kind, request, zone)
    }
}
