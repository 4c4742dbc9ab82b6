//! Which requests a command is about: by id or its beginning, or picked on a terminal; and how they are shown.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::find::{self, Named};
use super::results;
use crate::client::{Client, Request, is_id};
use crate::failure::{Exit, Failure};
use crate::output::{Output, clean};
use crate::{pick, when};

/// How much of an id must be there, so that none is meant by accident.
const BEGINNING_MIN: usize = 4;

impl Named for Request {
    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        self.group_name()
    }
}

/// Whether a request can be meant by its group's name too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByName {
    /// By its id or the beginning of it only: what is about somebody else is named exactly.
    No,
    /// By its group's name too.
    Yes,
}

/// A request that was named or picked.
pub(crate) struct Chosen {
    /// As it was named.
    named: String,
    /// The request, or why none is meant.
    request: Result<Request, Failure>,
}

/// What became of a request that something was done with.
pub(crate) struct Done {
    /// As it was named.
    pub(crate) named: String,
    /// The request as it stands now, where it was found.
    pub(crate) request: Option<Request>,
    /// Whether it was done.
    pub(crate) outcome: Result<(), Failure>,
}

/// The requests that `ids` mean, or that are picked from `open`, which is asked for only if it is needed.
pub(crate) fn chosen(
    client: &Client,
    ids: &[String],
    by_name: ByName,
    open: impl Fn() -> Result<Vec<Request>, Failure>,
    question: &str,
) -> Result<Vec<Chosen>, Failure> {
    if ids.is_empty() {
        let open = open()?;
        if open.is_empty() {
            return Err(Failure::new(
                "there is nothing to choose from: nothing waits",
            ));
        }
        let zone = TimeZone::system();
        let picked = pick::some(question, &open, |request| label(request, &zone))?;
        let picked = picked.into_iter();
        return Ok(picked
            .map(|request| Chosen {
                named: request.id.clone(),
                request: Ok(request.clone()),
            })
            .collect());
    }
    let open = if ids.iter().all(|id| is_id(id)) {
        Vec::new()
    } else {
        open()?
    };
    let found = ids.iter().map(|text| {
        let request = if is_id(text) {
            client.request(text)
        } else {
            among(text, &open, by_name).cloned()
        };
        Chosen {
            named: text.clone(),
            request,
        }
    });
    Ok(found.collect())
}

/// The one among these whose id begins so, or whose group is called so.
fn among<'a>(text: &str, open: &'a [Request], by_name: ByName) -> Result<&'a Request, Failure> {
    let wanted = text.to_lowercase();
    let begins = |request: &&Request| request.id.to_lowercase().starts_with(&wanted);
    let found: Vec<&Request> = if wanted.len() < BEGINNING_MIN {
        Vec::new()
    } else {
        open.iter().filter(begins).collect()
    };
    match (found.as_slice(), by_name) {
        ([one], _) => Ok(one),
        ([], ByName::Yes) => find::one(
            text,
            &open.iter().collect::<Vec<_>>(),
            "request",
            " among yours that can be cancelled",
        ),
        ([], ByName::No) => Err(Failure::new(format!(
            "no request that waits for you has an id that begins with `{}`",
            clean(text)
        ))
        .hint(format!(
            "`ephor approvals` shows what waits; write {BEGINNING_MIN} characters of the id or more"
        ))),
        (several, _) => Err(find::can_mean_several(text, "request", several)),
    }
}

/// A request as it stands in a list to pick from.
fn label(request: &Request, zone: &TimeZone) -> String {
    let when = request.created_at.map(|at| when::local(at, zone));
    let why = request.justification.as_deref();
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    format!(
        "{} for {}, {} of {}, asked {}{why}",
        results::action(&request.action),
        request.whose(),
        request.access,
        request.group_name(),
        when.unwrap_or_default()
    )
}

/// For how long something was asked, in words.
pub(crate) fn period(request: &Request, zone: &TimeZone) -> String {
    match (&request.duration, request.ends_at) {
        (Some(duration), _) => duration.length().to_string(),
        (None, Some(end)) => format!("until {}", when::local(end, zone)),
        (None, None) => "no end".to_owned(),
    }
}

/// A table of requests that wait.
pub(crate) fn table(title: &str, requests: &[Request], output: &Output, ids: fn(&str) -> String) {
    let zone = TimeZone::system();
    let rows = requests
        .iter()
        .map(|request| {
            vec![
                ids(&request.id),
                request
                    .created_at
                    .map(|at| when::local(at, &zone))
                    .unwrap_or_default(),
                request.whose().to_owned(),
                results::action(&request.action).to_owned(),
                request.group_name().to_owned(),
                request.access.clone(),
                period(request, &zone),
                request.justification.clone().unwrap_or_default(),
                request
                    .ticket
                    .as_ref()
                    .map(|(system, number)| format!("{system}:{number}"))
                    .unwrap_or_default(),
            ]
        })
        .collect();
    let head = [
        "id", "asked", "by", "what", "group", "role", "time", "why", "ticket",
    ];
    output.table(title, &head, rows);
}

/// Prints one line for each, and gives the exit code of them all.
pub(crate) fn show(done: &[Done], output: &Output, told: &str) -> Exit {
    let all = json!({ "results": done.iter().map(row).collect::<Vec<_>>() });
    output.print(&all, |output| {
        for one in done {
            let about = match &one.request {
                Some(request) => format!("{} for {}", request.group_name(), request.whose()),
                None => one.named.clone(),
            };
            let said = match one.request.as_ref().map(|request| request.status.as_str()) {
                // The decision was to give it, and it could not be given (R-C5).
                Some("Failed") => "approved, but it could not be given any more",
                Some(_) | None => told,
            };
            results::line(output, &about, one.outcome.as_ref().map(|()| said));
        }
    });
    results::exit(done.iter().map(|one| {
        one.outcome.as_ref().map(|()| {
            let status = one.request.as_ref().map(|request| request.status.as_str());
            // What was denied or withdrawn on purpose is done.
            status.filter(|status| *status == "Failed").unwrap_or("")
        })
    }))
}

fn row(one: &Done) -> Value {
    let request = one.request.as_ref();
    let status = match &one.outcome {
        Ok(()) => request.map_or("", |request| request.status.as_str()),
        Err(_) => "Refused",
    };
    json!({
        "id": request.map_or(&one.named, |request| &request.id),
        "group": request.and_then(|request| request.name.as_ref()),
        "groupId": request.and_then(Request::group_id),
        "roleDefinitionId": request.and_then(Request::definition_id),
        "accessId": request.map(|request| &request.access),
        "directoryScopeId": request.and_then(|request| request.scope.as_ref()),
        "principal": request.and_then(|request| request.principal_name.as_ref()),
        "principalId": request.map(|request| &request.principal),
        "action": request.map(|request| &request.action),
        "status": status,
        "error": results::error(&one.outcome),
    })
}

/// Does `act` with each, and looks at what it is then.
pub(crate) fn each(
    client: &Client,
    chosen: Vec<Chosen>,
    then: &str,
    act: impl Fn(&Request) -> Result<(), Failure>,
) -> Vec<Done> {
    let done = chosen
        .into_iter()
        .map(|Chosen { named, request }| match request {
            Err(failure) => Done {
                named,
                request: None,
                outcome: Err(failure),
            },
            Ok(mut request) => {
                let outcome = act(&request);
                if outcome.is_ok() {
                    // It was done; whoever may not look at it any more is told what it must be.
                    request.status = client
                        .request_of(request.of(), request.kind, &request.id)
                        .map_or_else(|_| then.to_owned(), |now| now.status);
                }
                Done {
                    named,
                    request: Some(request),
                    outcome,
                }
            }
        });
    done.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ephor_core::schedule::ScheduleKind;

    fn request(id: &str, group: &str) -> Request {
        Request {
            id: id.into(),
            kind: ScheduleKind::Active,
            action: "selfActivate".into(),
            status: "PendingApproval".into(),
            group: "g".into(),
            name: Some(group.into()),
            access: "member".into(),
            scope: None,
            principal: "p".into(),
            principal_name: Some("Ada".into()),
            created_at: None,
            starts_at: None,
            ends_at: None,
            duration: None,
            justification: None,
            ticket: None,
        }
    }

    #[test]
    fn somebody_elses_request_is_meant_by_its_id_only() {
        let open = [
            request("3f2c0000-a", "Signing keys"),
            request("3f2c1111-b", "Payroll"),
        ];
        let found = |text: &str, by_name| among(text, &open, by_name).map(|one| one.id.clone());
        assert_eq!(found("3f2c1", ByName::No).unwrap(), "3f2c1111-b");
        assert_eq!(found("payroll", ByName::Yes).unwrap(), "3f2c1111-b");
        for (text, said) in [
            ("payroll", "no request that waits for you"),
            ("3f2", "no request that waits for you"),
            ("3f2c", "can mean several requests"),
        ] {
            let report = found(text, ByName::No).unwrap_err().report();
            assert!(report.contains(said), "{text}: {report}");
        }
    }
}
