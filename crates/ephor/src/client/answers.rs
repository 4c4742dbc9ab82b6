//! What a server answers, as far as the commands look at it; and its refusals, in its own words.

use ephor_core::role::RoleKind;
use ephor_core::schedule::ScheduleKind;
use ephor_core::time::{Instant, IsoDuration, Length};
use reqwest::StatusCode;
use serde_json::Value;

use crate::failure::{Exit, Failure};

/// A role of somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    /// The schedule that gives it.
    pub(crate) schedule: String,
    /// The group's id; a directory role's that of its definition.
    pub(crate) group: String,
    /// What the group or directory role is called; its id where it has been deleted since.
    pub(crate) name: String,
    /// `member` or `owner`; `role` for a directory role.
    pub(crate) access: String,
    /// Over what a directory role is held (`directoryScopeId`).
    pub(crate) scope: Option<String>,
    /// Whose it is: an id.
    pub(crate) principal: String,
    /// Their name; their id where they have been deleted since.
    pub(crate) principal_name: String,
    /// `eligible`, `active` or `ended`.
    pub(crate) state: String,
    /// When it begins.
    pub(crate) starts_at: Option<Instant>,
    /// When it ends, if it does.
    pub(crate) ends_at: Option<Instant>,
    /// How it came to be: `assigned` or `activated`, or `eligible`.
    pub(crate) assignment_type: String,
    /// What can be done with it now.
    pub(crate) offers: Vec<String>,
}

/// All roles of the caller.
#[derive(Debug, Clone)]
pub(crate) struct MyRoles {
    /// The server's time.
    pub(crate) now: Instant,
    /// What may be activated, now or later.
    pub(crate) eligible: Vec<Role>,
    /// What there is, or will be.
    pub(crate) active: Vec<Role>,
    /// What there was.
    pub(crate) ended: Vec<Role>,
}

/// The id of the group, or of the directory role, that a row is about.
fn of(row: &Value) -> Option<String> {
    text(row, "groupId").or_else(|| text(row, "roleDefinitionId"))
}

/// Which role of it.
fn access(row: &Value) -> String {
    text(row, "accessId").unwrap_or_else(|| "role".to_owned())
}

impl MyRoles {
    /// Reads the answer of `/ephor/v1/me/roles`.
    pub(super) fn read(answer: &Value) -> Option<Self> {
        let list = |name: &str| -> Option<Vec<Role>> {
            let rows = answer.get(name)?.as_array()?;
            rows.iter().map(Role::read).collect()
        };
        Some(Self {
            now: time(answer, "now")?,
            eligible: list("eligible")?,
            active: list("active")?,
            ended: list("ended")?,
        })
    }
}

impl Role {
    /// Reads a role as Ephor's own API shows it.
    pub(super) fn read(row: &Value) -> Option<Self> {
        let group = of(row)?;
        let principal = text(row, "principalId").unwrap_or_default();
        let name = text(row, "groupDisplayName").or_else(|| {
            let role = text(row, "roleDisplayName")?;
            let unit = text(row, "unitDisplayName").map(|unit| format!(" over {unit}"));
            Some(role + &unit.unwrap_or_default())
        });
        let name = name.unwrap_or_else(|| group.clone());
        Some(Self {
            schedule: text(row, "scheduleId")?,
            name,
            group,
            access: access(row),
            scope: text(row, "directoryScopeId"),
            principal_name: text(row, "principalDisplayName").unwrap_or_else(|| principal.clone()),
            principal,
            state: text(row, "state").unwrap_or_default(),
            starts_at: time(row, "startDateTime"),
            ends_at: time(row, "endDateTime"),
            assignment_type: text(row, "assignmentType").unwrap_or_default(),
            offers: row
                .get("actions")
                .and_then(Value::as_array)
                .map(|offers| {
                    offers
                        .iter()
                        .filter_map(Value::as_str)
                        .map(str::to_owned)
                        .collect()
                })
                .unwrap_or_default(),
        })
    }

    /// The group's id, where it is about one.
    pub(crate) fn group_id(&self) -> Option<&str> {
        self.scope.is_none().then_some(self.group.as_str())
    }

    /// The id of the directory role's definition, where it is about one.
    pub(crate) fn definition_id(&self) -> Option<&str> {
        self.scope.is_some().then_some(self.group.as_str())
    }

    /// Whether it makes eligible or gives the access, also once it has ended.
    pub(crate) fn kind(&self) -> ScheduleKind {
        if self.assignment_type == "eligible" {
            ScheduleKind::Eligible
        } else {
            ScheduleKind::Active
        }
    }

    /// Whether this can be done with it now.
    pub(crate) fn offers(&self, what: &str) -> bool {
        self.offers.iter().any(|offer| offer == what)
    }

    /// How long it still lasts at `now`.
    pub(crate) fn left(&self, now: Instant) -> Option<Length> {
        self.ends_at.map(|end| end.since(now))
    }
}

/// A schedule request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Its id.
    pub(crate) id: String,
    /// Which collection it is in.
    pub(crate) kind: ScheduleKind,
    /// What was asked.
    pub(crate) action: String,
    /// What became of it.
    pub(crate) status: String,
    /// The group's id; a directory role's that of its definition.
    pub(crate) group: String,
    /// What it is called, where that was asked for and there still is one.
    pub(crate) name: Option<String>,
    /// `member` or `owner`; `role` for a directory role.
    pub(crate) access: String,
    /// Over what a directory role is asked for (`directoryScopeId`).
    pub(crate) scope: Option<String>,
    /// Whom it is about: an id.
    pub(crate) principal: String,
    /// Their name, where it was asked for and they are still there.
    pub(crate) principal_name: Option<String>,
    /// When it was made.
    pub(crate) created_at: Option<Instant>,
    /// When what was granted begins.
    pub(crate) starts_at: Option<Instant>,
    /// When it ends.
    pub(crate) ends_at: Option<Instant>,
    /// For how long it was asked, where it was asked so.
    pub(crate) duration: Option<IsoDuration>,
    /// Why.
    pub(crate) justification: Option<String>,
    /// System and number of a ticket.
    pub(crate) ticket: Option<(String, String)>,
}

impl Request {
    /// Reads a schedule request as Graph shows it.
    pub(super) fn read(row: &Value, kind: ScheduleKind) -> Self {
        let info = row.get("scheduleInfo").unwrap_or(&Value::Null);
        let starts_at = time(info, "startDateTime");
        let expiration = info.get("expiration").unwrap_or(&Value::Null);
        let duration =
            text(expiration, "duration").and_then(|text| text.parse::<IsoDuration>().ok());
        let ends_at = time(expiration, "endDateTime")
            .or_else(|| starts_at.and_then(|start| start.plus(duration.as_ref()?.length())));
        let related = |name: &str| text(row.get(name).unwrap_or(&Value::Null), "displayName");
        let ticket = row.get("ticketInfo").unwrap_or(&Value::Null);
        let some = |name: &str| text(row, name).unwrap_or_default();
        Self {
            id: some("id"),
            kind,
            action: some("action"),
            status: some("status"),
            group: of(row).unwrap_or_default(),
            name: related("group").or_else(|| related("roleDefinition")),
            access: access(row),
            scope: text(row, "directoryScopeId"),
            principal: some("principalId"),
            principal_name: related("principal"),
            created_at: time(row, "createdDateTime"),
            starts_at,
            ends_at,
            duration,
            justification: text(row, "justification"),
            ticket: text(ticket, "ticketSystem").zip(text(ticket, "ticketNumber")),
        }
    }

    /// The group's id, where it is about one.
    pub(crate) fn group_id(&self) -> Option<&str> {
        self.scope.is_none().then_some(self.group.as_str())
    }

    /// The id of the directory role's definition, where it is about one.
    pub(crate) fn definition_id(&self) -> Option<&str> {
        self.scope.is_some().then_some(self.group.as_str())
    }

    /// Whether it is about a directory role, or about a role of a group.
    pub(crate) const fn of(&self) -> RoleKind {
        match self.scope {
            Some(_) => RoleKind::Directory,
            None => RoleKind::Group,
        }
    }

    /// Whether it waits for somebody to decide.
    pub(crate) fn is_pending(&self) -> bool {
        self.status.starts_with("Pending")
    }

    /// Whether it asks to extend or to renew, which an administrator decides and not an approver.
    pub(crate) fn is_about_more(&self) -> bool {
        matches!(self.action.as_str(), "selfExtend" | "selfRenew")
    }

    /// What the group or directory role is called, or its id.
    pub(crate) fn group_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.group)
    }

    /// What whom it is about is called, or their id.
    pub(crate) fn whose(&self) -> &str {
        self.principal_name.as_deref().unwrap_or(&self.principal)
    }
}

/// What was decided about a request, by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Review {
    /// `InProgress`, `Completed` or `Expired`.
    pub(crate) status: String,
    /// What whoever decided is called.
    pub(crate) by: Option<String>,
    /// Why.
    pub(crate) justification: Option<String>,
}

impl Review {
    /// Reads the one stage of an approval.
    pub(super) fn read(answer: &Value) -> Option<Self> {
        let stage = answer.pointer("/stages/0")?;
        let by = stage.get("reviewedBy").unwrap_or(&Value::Null);
        Some(Self {
            status: text(stage, "status")?,
            by: text(by, "displayName"),
            justification: text(stage, "justification").filter(|why| !why.is_empty()),
        })
    }
}

/// What the server said instead of doing it: its sentence, each failing rule, and the way forward.
pub(super) fn refusal(status: StatusCode, body: &str) -> Failure {
    let body: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    refused(status, body.get("error").unwrap_or(&Value::Null))
}

/// The same of an error that stands among several results.
pub(super) fn refused(status: StatusCode, error: &Value) -> Failure {
    let message = text(error, "message");
    let own_code = text(error, "code");
    let mut failure = Failure::new(match message {
        Some(message) => message,
        None => format!("the server answered {status}"),
    });
    if let Some((_, claims)) = failure.sentence.split_once("&claims=") {
        let claims = claims
            .split(|c: char| !(c.is_ascii_alphanumeric() || "%_.-".contains(c)))
            .next();
        failure.stronger = claims.map(|claims| format!("&claims={claims}"));
    }
    failure.code.clone_from(&own_code);
    let mut hints: Vec<String> = Vec::new();
    let details = error.get("details").and_then(Value::as_array);
    for detail in details.into_iter().flatten() {
        let (code, Some(sentence)) = (text(detail, "code"), text(detail, "message")) else {
            continue;
        };
        match code {
            // A detail of the error's own kind is what to do about it.
            code if code == own_code && !failure.sentence.contains(&sentence) => {
                hints.push(sentence);
            }
            code if code == own_code => {}
            Some(rule) => {
                hints.extend(way_forward(&rule).map(str::to_owned));
                failure.rules.push(format!("{rule}: {sentence}"));
            }
            None => failure.rules.push(sentence),
        }
    }
    if !failure.rules.is_empty()
        && failure
            .rules
            .iter()
            .all(|rule| rule.starts_with("MfaRule: "))
    {
        failure.stronger = Some("&acr_values=aal2".to_owned());
    }
    if !failure.rules.is_empty()
        && let Some((said, _)) = failure.sentence.split_once(" [")
    {
        // The rules follow one by one, with their reasons: their bare names need not stand here too.
        failure.sentence = said.to_owned();
    }
    match status {
        StatusCode::UNAUTHORIZED => {
            failure.exit = Exit::NotSignedIn;
            failure.sentence = format!("you are not signed in: {}", failure.sentence);
            hints.push(
                "the token in EPHOR_TOKEN is for another server, or its time is over: take a new one"
                    .to_owned(),
            );
        }
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            hints.push("try again in a moment".to_owned());
        }
        _ => {}
    }
    if !hints.is_empty() {
        failure.hint = Some(hints.join("; "));
    }
    failure
}

/// What to do on this command line about a rule that failed.
fn way_forward(rule: &str) -> Option<&'static str> {
    match rule {
        "JustificationRule" => Some("give a reason with --why"),
        "TicketingRule" => Some("name the ticket with --ticket SYSTEM:NO"),
        "MfaRule" => Some("sign in with a second factor"),
        "ExpirationRule" => Some("ask for another time with --for or --until"),
        "EligibilityRule" => Some("`ephor list` shows what you are eligible for"),
        _ => None,
    }
}

pub(super) fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::to_owned)
}

pub(super) fn time(object: &Value, name: &str) -> Option<Instant> {
    object.get(name)?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stronger_sign_in_would_mend_is_known_by_itself() {
        let stronger = |body: Value| refusal(StatusCode::BAD_REQUEST, &body.to_string()).stronger;
        let rules = |rules: &[&str]| {
            let details: Vec<Value> = rules
                .iter()
                .map(|rule| serde_json::json!({"code": rule, "message": "…"}))
                .collect();
            serde_json::json!({"error": {"code": "x", "message": "failed", "details": details}})
        };
        assert_eq!(
            stronger(rules(&["MfaRule"])).as_deref(),
            Some("&acr_values=aal2")
        );
        assert_eq!(stronger(rules(&["MfaRule", "JustificationRule"])), None);
        let asked = "it takes c1 &claims=%7B%22access_token%22%3A%7B%7D%7D";
        let body = serde_json::json!({"error": {"code": "x", "message": asked}});
        assert_eq!(
            stronger(body).as_deref(),
            Some("&claims=%7B%22access_token%22%3A%7B%7D%7D")
        );
    }

    #[test]
    fn a_refusal_is_told_in_the_servers_words_with_each_rule_and_the_way_forward() {
        let body = r#"{"error":{"code":"RoleAssignmentRequestPolicyValidationFailed",
            "message":"The following policy rules failed: [\"JustificationRule\",\"TicketingRule\"]",
            "details":[{"code":"JustificationRule","message":"A justification is required."},
                       {"code":"TicketingRule","message":"A ticket is required."}]}}"#;
        assert_eq!(
            refusal(StatusCode::BAD_REQUEST, body).report(),
            "error: The following policy rules failed:\n  \
             - JustificationRule: A justification is required.\n  \
             - TicketingRule: A ticket is required.\n\
             hint: give a reason with --why; name the ticket with --ticket SYSTEM:NO\n"
        );
        let body = r#"{"error":{"code":"RoleAssignmentExists","message":"It exists.",
            "details":[{"code":"RoleAssignmentExists","message":"Deactivate it first."}]}}"#;
        assert_eq!(
            refusal(StatusCode::BAD_REQUEST, body).report(),
            "error: It exists.\nhint: Deactivate it first.\n"
        );
    }

    #[test]
    fn an_answer_that_is_no_ephors_is_still_told() {
        let failure = refusal(StatusCode::BAD_GATEWAY, "<html>");
        assert_eq!(failure.sentence, "the server answered 502 Bad Gateway");
        assert_eq!(
            refusal(StatusCode::UNAUTHORIZED, "").exit,
            Exit::NotSignedIn
        );
    }
}
