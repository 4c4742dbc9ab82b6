//! Which of somebody's roles a command is about: named on the command line, or picked on a terminal.

use ephor_core::group::Access;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::find::{self, Named};
use super::{results, wait};
use crate::client::{Request, Review, Role};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::{pick, when};

impl Named for Role {
    fn id(&self) -> &str {
        &self.group
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// A role that was asked for, or the name that was not understood.
pub(crate) struct Asked {
    /// As it was named, or is called.
    pub(crate) name: String,
    /// The role, or why there is none.
    pub(crate) role: Result<Role, Failure>,
}

/// What became of one of several groups.
pub(crate) struct Answered {
    /// As it was named, or is called.
    pub(crate) name: String,
    /// The role, where the name was understood.
    pub(crate) role: Option<Role>,
    /// The request, or why there is none.
    pub(crate) outcome: Result<Request, Failure>,
    /// What was decided about it, where that was waited for.
    pub(crate) review: Option<Review>,
}

/// Refused before anything is asked of a server: no name, and nobody to pick one.
pub(crate) fn named_or_asked(names: &[String]) -> Result<(), Failure> {
    if names.is_empty() && !pick::can_ask() {
        return Err(pick::missing("GROUP"));
    }
    Ok(())
}

/// The roles among these that the names mean; without names those that are picked.
pub(crate) fn chosen(
    names: &[String],
    among: &[Role],
    access: Access,
    question: &str,
) -> Result<Vec<Asked>, Failure> {
    if names.is_empty() {
        if among.is_empty() {
            return Err(Failure::new("there is nothing to choose from")
                .hint("`ephor list` shows what there is"));
        }
        let zone = TimeZone::system();
        let picked = pick::some(question, among, |role| label(role, &zone))?;
        return Ok(picked
            .into_iter()
            .map(|role| Asked {
                name: role.name.clone(),
                role: Ok(role.clone()),
            })
            .collect());
    }
    let of_access: Vec<&Role> = among
        .iter()
        // A directory role is just that: nobody is its member or owner.
        .filter(|role| {
            let is_role = role.scope.is_some() && access == Access::Member;
            role.access == access.as_str() || is_role
        })
        .collect();
    let asked = names.iter().map(|name| {
        match find::one(name, &of_access, "group", " among yours for this") {
            Ok(role) => Asked {
                name: role.name.clone(),
                role: Ok(role.clone()),
            },
            Err(failure) => Asked {
                name: name.clone(),
                role: Err(if of_access.is_empty() {
                    failure.hint(format!(
                        "`ephor list` shows what there is; none as {access}"
                    ))
                } else {
                    failure
                }),
            },
        }
    });
    Ok(asked.collect())
}

/// A role as it stands in a list to pick from.
fn label(role: &Role, zone: &TimeZone) -> String {
    let until = role
        .ends_at
        .map(|end| format!(", until {}", when::local(end, zone)))
        .unwrap_or_default();
    let kind = match role.kind() {
        ephor_core::schedule::ScheduleKind::Eligible => "eligible",
        ephor_core::schedule::ScheduleKind::Active => role.assignment_type.as_str(),
    };
    format!("{} ({} {}{until})", role.name, kind, role.access)
}

/// Asks for each role in turn.
pub(crate) fn each(
    asked: Vec<Asked>,
    ask: impl Fn(&Role) -> Result<Request, Failure>,
) -> Vec<Answered> {
    asked
        .into_iter()
        .map(|one| {
            let (role, outcome) = match one.role {
                Ok(role) => {
                    let outcome = ask(&role);
                    (Some(role), outcome)
                }
                Err(failure) => (None, Err(failure)),
            };
            Answered {
                name: one.name,
                role,
                outcome,
                review: None,
            }
        })
        .collect()
}

/// Prints one line for each, and gives the exit code of them all.
pub(crate) fn show(
    answers: &[Answered],
    output: &Output,
    told: impl Fn(&Request) -> String,
) -> Exit {
    let all = json!({ "results": answers.iter().map(row).collect::<Vec<_>>() });
    output.print(&all, |output| {
        for one in answers {
            line(one, output, &told);
        }
    });
    results::exit(
        answers
            .iter()
            .map(|one| one.outcome.as_ref().map(|request| request.status.as_str())),
    )
}

/// What became of one of them.
fn line(one: &Answered, output: &Output, told: &impl Fn(&Request) -> String) {
    let outcome = one.outcome.as_ref().map(|request| match &one.review {
        Some(review) => wait::told(request, review).unwrap_or_else(|| told(request)),
        None => told(request),
    });
    results::line(
        output,
        &one.name,
        outcome.as_deref().map_err(|failure| *failure),
    );
}

fn row(one: &Answered) -> Value {
    let request = one.outcome.as_ref().ok();
    json!({
        "group": one.name,
        "groupId": one.role.as_ref().and_then(Role::group_id),
        "roleDefinitionId": one.role.as_ref().and_then(Role::definition_id),
        "accessId": one.role.as_ref().map(|role| &role.access),
        "directoryScopeId": one.role.as_ref().and_then(|role| role.scope.as_ref()),
        "status": request.map_or("Refused", |request| &request.status),
        "requestId": request.map(|request| &request.id),
        "startsAt": results::time(request.and_then(|request| request.starts_at)),
        "endsAt": results::time(request.and_then(|request| request.ends_at)),
        "review": one.review.as_ref().map(|review| json!({
            "status": review.status,
            "by": review.by,
            "justification": review.justification,
        })),
        "error": results::error(&one.outcome),
    })
}
