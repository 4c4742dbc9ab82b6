//! What became of several things that were asked for in one go, each judged by itself (R-E8).

use ephor_core::time::Instant;
use serde_json::{Value, json};

use crate::client::Request;
use crate::failure::{Exit, Failure};
use crate::output::{Output, clean};

/// The exit code of them all: refusals count most, then what still waits.
pub(crate) fn exit<'a>(outcomes: impl Iterator<Item = Result<&'a str, &'a Failure>>) -> Exit {
    outcomes.fold(Exit::Done, |worst, outcome| {
        let this = match outcome {
            Err(failure) if failure.exit == Exit::NotSignedIn => Exit::NotSignedIn,
            Err(_) => Exit::Failed,
            Ok(status) => exit_of(status),
        };
        let rank = |exit: Exit| match exit {
            Exit::Done => 0,
            Exit::Waiting => 1,
            Exit::Failed | Exit::Usage => 2,
            Exit::NotSignedIn => 3,
        };
        if rank(this) > rank(worst) {
            this
        } else {
            worst
        }
    })
}

/// The exit code of a request that was asked for and stands so.
pub(crate) fn exit_of(status: &str) -> Exit {
    match status {
        "Denied" | "Failed" | "Canceled" => Exit::Failed,
        status if status.starts_with("Pending") => Exit::Waiting,
        _ => Exit::Done,
    }
}

/// One line: what it is about, and what became of it.
pub(crate) fn line(output: &Output, about: &str, outcome: Result<&str, &Failure>) {
    let said = match outcome {
        Ok(told) => clean(told),
        Err(failure) => {
            let report = failure.report();
            let said = report.strip_prefix("error: ").unwrap_or(&report);
            format!("refused: {}", said.trim_end())
        }
    };
    output.data(&format!("{}: {said}", clean(about)));
}

/// Why something was refused, as JSON; null where it was not.
pub(crate) fn error<T>(outcome: &Result<T, Failure>) -> Value {
    outcome.as_ref().err().map_or(Value::Null, |failure| {
        json!({
            "code": failure.code,
            "message": failure.sentence,
            "rules": failure.rules,
            "hint": failure.hint,
        })
    })
}

/// A time as JSON.
pub(crate) fn time(at: Option<Instant>) -> Value {
    at.map_or(Value::Null, |at| at.to_string().into())
}

/// What a request is shown with as JSON.
pub(crate) fn request(request: &Request) -> Value {
    json!({
        "id": request.id,
        "action": request.action,
        "status": request.status,
        "kind": kind(request.kind),
        "group": request.name,
        "groupId": request.group_id(),
        "roleDefinitionId": request.definition_id(),
        "accessId": request.access,
        "directoryScopeId": request.scope,
        "principal": request.principal_name,
        "principalId": request.principal,
        "createdAt": time(request.created_at),
        "startsAt": time(request.starts_at),
        "endsAt": time(request.ends_at),
        "duration": request.duration.as_ref().map(ephor_core::time::IsoDuration::as_str),
        "justification": request.justification,
        "ticket": request.ticket.as_ref().map(|(system, number)| {
            json!({ "system": system, "number": number })
        }),
    })
}

/// What a request asks for, in a word.
pub(crate) fn action(action: &str) -> &str {
    match action {
        "selfActivate" => "activation",
        "selfDeactivate" => "deactivation",
        "selfExtend" | "adminExtend" => "extension",
        "selfRenew" | "adminRenew" => "renewal",
        "adminAssign" => "assignment",
        "adminUpdate" => "update",
        "adminRemove" => "removal",
        other => other,
    }
}

/// The beginning of an id, for people to read and to type.
pub(crate) fn short(id: &str) -> String {
    id.chars().take(8).collect()
}

/// What a kind of schedule is called here.
pub(crate) const fn kind(kind: ephor_core::schedule::ScheduleKind) -> &'static str {
    match kind {
        ephor_core::schedule::ScheduleKind::Eligible => "eligible",
        ephor_core::schedule::ScheduleKind::Active => "active",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_counts_more_than_what_waits_and_being_signed_out_counts_most() {
        let refused = Failure::new("no");
        let signed_out = Failure {
            exit: Exit::NotSignedIn,
            ..Failure::new("who?")
        };
        let of = |outcomes: &[Result<&str, &Failure>]| exit(outcomes.iter().copied());
        assert_eq!(of(&[]), Exit::Done);
        assert_eq!(of(&[Ok("Provisioned"), Ok("Granted")]), Exit::Done);
        assert_eq!(
            of(&[Ok("PendingApproval"), Ok("Provisioned")]),
            Exit::Waiting
        );
        assert_eq!(of(&[Err(&refused), Ok("PendingApproval")]), Exit::Failed);
        assert_eq!(
            of(&[Ok("PendingAdminDecision"), Ok("Denied")]),
            Exit::Failed
        );
        assert_eq!(of(&[Err(&signed_out), Err(&refused)]), Exit::NotSignedIn);
    }
}
