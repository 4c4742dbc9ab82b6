//! Waiting until somebody has decided, with something that moves on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::roles::Answered;
use crate::client::{Client, Request, Review};
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output, clean};

/// How long between two looks at first.
const LOOK_AFTER: Duration = Duration::from_secs(1);
/// How long between two looks once it takes longer.
const LOOK_LATER: Duration = Duration::from_secs(5);
/// How many looks are short ones.
const SHORT_LOOKS: u32 = 60;
/// How many looks in a row may fail: a server that is started again is not worth giving up for.
const FAILURES_MAX: u32 = 20;
/// How often the picture moves.
const TICK: Duration = Duration::from_millis(120);

/// Waits until nothing of these waits any more, and puts what became of each in its place.
pub(crate) fn until_decided(
    client: &Client,
    answers: &mut [Answered],
    output: &Output,
) -> Result<(), Failure> {
    let waits = |one: &Answered| one.outcome.as_ref().is_ok_and(Request::is_pending);
    let total = answers.iter().filter(|one| waits(one)).count();
    if total == 0 {
        return Ok(());
    }
    let picture = picture(output);
    let (mut looks, mut failures) = (0_u32, 0_u32);
    loop {
        let waiting: Vec<String> = answers
            .iter()
            .filter(|one| waits(one))
            .map(|one| clean(&one.name))
            .collect();
        if waiting.is_empty() {
            picture.finish_and_clear();
            return Ok(());
        }
        picture.set_message(format!("waiting for approval: {}", waiting.join(", ")));
        client.pause(if looks < SHORT_LOOKS {
            LOOK_AFTER
        } else {
            LOOK_LATER
        });
        looks = looks.saturating_add(1);
        for one in answers.iter_mut().filter(|one| waits(one)) {
            match look(client, one) {
                Ok(()) => failures = 0,
                Err(failure) if failure.exit == Exit::Failed && failures < FAILURES_MAX => {
                    failures += 1;
                }
                Err(failure) => {
                    picture.finish_and_clear();
                    let more = "the request waits on: `ephor requests` shows what becomes of it";
                    let hint = match &failure.hint {
                        Some(hint) => format!("{hint}; {more}"),
                        None => more.to_owned(),
                    };
                    return Err(failure.hint(hint));
                }
            }
        }
    }
}

/// Looks at one that waits, and at who decided once it doesn't.
fn look(client: &Client, one: &mut Answered) -> Result<(), Failure> {
    let Ok(request) = &one.outcome else {
        return Ok(());
    };
    let now = client.request_of(request.of(), request.kind, &request.id)?;
    if !now.is_pending() {
        one.review = Some(client.review(&now)?);
        one.outcome = Ok(now);
    }
    Ok(())
}

/// What became of a request that did not end in a grant, in words; nothing where it did.
pub(crate) fn told(request: &Request, review: &Review) -> Option<String> {
    let by = review.by.as_deref().map(|by| format!(" by {by}"));
    let why = review.justification.as_deref();
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    match request.status.as_str() {
        "Denied" if review.status == "Expired" => Some("denied: nobody decided in time".to_owned()),
        "Denied" => Some(format!("denied{}{why}", by.unwrap_or_default())),
        "Canceled" => Some("cancelled".to_owned()),
        "Failed" => Some(format!(
            "approved{}, but it could not be given any more",
            by.unwrap_or_default()
        )),
        _ => None,
    }
}

/// Something that moves while nothing happens; nothing where nobody looks.
fn picture(output: &Output) -> ProgressBar {
    let target = if output.quiet || output.format == Format::Json {
        ProgressDrawTarget::hidden()
    } else {
        // Draws nothing where standard error is no terminal.
        ProgressDrawTarget::stderr()
    };
    let picture = ProgressBar::with_draw_target(None, target);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
        picture.set_style(style);
    }
    picture.enable_steady_tick(TICK);
    picture
}

#[cfg(test)]
mod tests {
    use super::*;
    use ephor_core::schedule::ScheduleKind;

    fn request(status: &str) -> Request {
        Request {
            id: String::new(),
            kind: ScheduleKind::Active,
            action: "selfActivate".into(),
            status: status.into(),
            group: String::new(),
            name: None,
            access: "member".into(),
            scope: None,
            principal: String::new(),
            principal_name: None,
            created_at: None,
            starts_at: None,
            ends_at: None,
            duration: None,
            justification: None,
            ticket: None,
        }
    }

    #[test]
    fn who_waited_is_told_who_decided_and_why_and_when_nobody_did() {
        let review = |status: &str, by: Option<&str>, why: Option<&str>| Review {
            status: status.into(),
            by: by.map(str::to_owned),
            justification: why.map(str::to_owned),
        };
        let told = |status: &str, review: &Review| told(&request(status), review);
        let farah = review("Completed", Some("Farah Haddad"), Some("not today"));
        assert_eq!(
            told("Denied", &farah).unwrap(),
            "denied by Farah Haddad: not today"
        );
        assert_eq!(
            told("Denied", &review("Expired", None, None)).unwrap(),
            "denied: nobody decided in time"
        );
        assert_eq!(told("Canceled", &farah).unwrap(), "cancelled");
        assert_eq!(told("Provisioned", &farah), None);
    }
}
