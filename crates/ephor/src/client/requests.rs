//! Schedule requests over Graph's calls and Ephor's own: make them, look at them, decide them, withdraw them.

use ephor_core::request::Decision;
use ephor_core::schedule::ScheduleKind;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::answers::{Request, Review, refused};
use super::{Client, PIM, strange};
use crate::failure::Failure;

/// How many activations go into one call.
const TOGETHER_MAX: usize = 20;
/// How many questions go into one batch.
const BATCH_MAX: usize = 20;
/// What a request is shown with.
const EXPANDED: (&str, &str) = ("$expand", "group,principal");
const NEWEST_FIRST: (&str, &str) = ("$orderby", "createdDateTime desc");

/// Why something is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Given<'a> {
    /// In the asker's words.
    pub(crate) justification: Option<&'a str>,
    /// System and number of a ticket.
    pub(crate) ticket: Option<(&'a str, &'a str)>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    /// Eligibility or access.
    pub(crate) kind: ScheduleKind,
    /// As on the wire: `adminAssign`, `selfExtend` and the rest.
    pub(crate) action: &'a str,
    /// The group's id.
    pub(crate) group: &'a str,
    /// `member` or `owner`.
    pub(crate) access: &'a str,
    /// Whom it is about: an id; without it the caller.
    pub(crate) principal: Option<&'a str>,
    /// From when until when, as on the wire.
    pub(crate) schedule_info: &'a Value,
    /// Why.
    pub(crate) given: Given<'a>,
}

/// The collection that requests of this kind are in.
const fn collection(kind: ScheduleKind) -> &'static str {
    match kind {
        ScheduleKind::Eligible => "eligibilityScheduleRequests",
        ScheduleKind::Active => "assignmentScheduleRequests",
    }
}

const KINDS: [ScheduleKind; 2] = [ScheduleKind::Active, ScheduleKind::Eligible];

fn ticket_info(given: Given<'_>) -> Value {
    given.ticket.map_or(
        Value::Null,
        |(system, number)| json!({ "ticketSystem": system, "ticketNumber": number }),
    )
}

impl Client {
    /// Asks for one thing.
    pub(crate) fn ask(&self, wish: Wish<'_>) -> Result<Request, Failure> {
        let principal = match wish.principal {
            Some(principal) => principal,
            None => self.me()?,
        };
        let path = format!("{PIM}/{}", collection(wish.kind));
        let body = json!({
            "action": wish.action,
            "principalId": principal,
            "groupId": wish.group,
            "accessId": wish.access,
            "justification": wish.given.justification,
            "scheduleInfo": wish.schedule_info,
            "ticketInfo": ticket_info(wish.given),
        });
        let answer = self.post(&path, &body)?;
        Ok(Request::read(&answer, wish.kind))
    }

    /// Asks for several activations at once, each with an answer of its own (R-E8), in their order.
    pub(crate) fn activate(
        &self,
        wishes: &[Wish<'_>],
        only_try: bool,
    ) -> Result<Vec<Result<Request, Failure>>, Failure> {
        let path = "/ephor/v1/activations";
        let mut answers = Vec::with_capacity(wishes.len());
        for some in wishes.chunks(TOGETHER_MAX) {
            let each: Vec<Value> = some
                .iter()
                .map(|wish| {
                    json!({
                        "groupId": wish.group,
                        "accessId": wish.access,
                        "justification": wish.given.justification,
                        "scheduleInfo": wish.schedule_info,
                        "ticketInfo": ticket_info(wish.given),
                        "isValidationOnly": only_try,
                    })
                })
                .collect();
            let answer = self.post(path, &json!({ "activations": each }))?;
            let results = answer.get("value").and_then(Value::as_array);
            let results = results.filter(|results| results.len() == some.len());
            for one in results.ok_or_else(|| strange(path))? {
                answers.push(match one.get("request") {
                    Some(request @ Value::Object(_)) => {
                        Ok(Request::read(request, ScheduleKind::Active))
                    }
                    _ => Err(of_result(one)),
                });
            }
        }
        Ok(answers)
    }

    /// The caller's own requests, newest first.
    pub(crate) fn my_requests(&self, limit: u32) -> Result<Vec<Request>, Failure> {
        let top = limit.to_string();
        let query = [EXPANDED, NEWEST_FIRST, ("$top", top.as_str())];
        self.mine(&query, limit as usize)
    }

    /// The caller's own requests that can still be withdrawn: those that wait, and those that have not begun.
    pub(crate) fn my_open_requests(&self) -> Result<Vec<Request>, Failure> {
        let open = "status in ('PendingApproval','PendingAdminDecision','Granted')";
        let query = [("$filter", open), EXPANDED, NEWEST_FIRST];
        self.mine(&query, usize::MAX)
    }

    /// What waits for the caller's decision as an approver.
    pub(crate) fn waiting_for_me(&self) -> Result<Vec<Request>, Failure> {
        let query = [
            ("$filter", "status eq 'PendingApproval'"),
            EXPANDED,
            NEWEST_FIRST,
        ];
        let path = format!(
            "{PIM}/{}/filterByCurrentUser(on='approver')",
            collection(ScheduleKind::Active)
        );
        let rows = self.rows(&path, &query)?;
        let read = |row| Request::read(row, ScheduleKind::Active);
        Ok(rows.iter().map(read).collect())
    }

    fn mine(&self, query: &[(&str, &str)], most: usize) -> Result<Vec<Request>, Failure> {
        let mut requests = Vec::new();
        for kind in KINDS {
            let path = format!(
                "{PIM}/{}/filterByCurrentUser(on='principal')",
                collection(kind)
            );
            let rows = self.some_rows(&path, query, most)?;
            requests.extend(rows.iter().map(|row| Request::read(row, kind)));
        }
        requests.sort_by_key(|request| std::cmp::Reverse(request.created_at));
        requests.truncate(most);
        Ok(requests)
    }

    /// What waits on these groups for whoever runs them: where the caller does not, nothing.
    pub(crate) fn waiting_on(&self, groups: &[String]) -> Result<Vec<Request>, Failure> {
        // Whoever may not see the one kind of a group may not see the other either.
        let mut asked: Vec<&String> = groups.iter().collect();
        let mut requests = Vec::new();
        for kind in KINDS {
            let mut seen = Vec::new();
            for some in asked.chunks(BATCH_MAX) {
                let answers = self.batch(some.iter().map(|group| {
                    format!(
                        "{}/{}?$filter=groupId eq '{group}' and status eq 'PendingAdminDecision'&$expand={}",
                        &PIM["/v1.0".len()..],
                        collection(kind),
                        EXPANDED.1
                    )
                    .replace(' ', "%20")
                }))?;
                for (group, answer) in some.iter().zip(answers) {
                    let rows = answer.as_ref().and_then(|answer| answer.get("value"));
                    let Some(rows) = rows.and_then(Value::as_array) else {
                        continue;
                    };
                    seen.push(*group);
                    requests.extend(rows.iter().map(|row| Request::read(row, kind)));
                }
            }
            asked = seen;
        }
        Ok(requests)
    }

    /// What each of these addresses answers to a GET; nothing where one is refused.
    fn batch(
        &self,
        addresses: impl Iterator<Item = String>,
    ) -> Result<Vec<Option<Value>>, Failure> {
        let path = "/v1.0/$batch";
        let parts: Vec<Value> = addresses
            .enumerate()
            .map(|(at, url)| json!({ "id": at.to_string(), "method": "GET", "url": url }))
            .collect();
        let mut answer = self.post(path, &json!({ "requests": parts }))?;
        let answers = answer.get_mut("responses").and_then(Value::as_array_mut);
        let answers = answers.ok_or_else(|| strange(path))?;
        let mut found: Vec<Option<Value>> = vec![None; parts.len()];
        for one in answers {
            let at = one.get("id").and_then(Value::as_str);
            let at = at.and_then(|at| at.parse::<usize>().ok());
            let good = one.get("status").and_then(Value::as_u64) == Some(200);
            if let (Some(place), true) = (at.and_then(|at| found.get_mut(at)), good) {
                *place = one.get_mut("body").map(Value::take);
            }
        }
        Ok(found)
    }

    /// Every request about a group that waits, and every one that was granted and has not begun, as whoever
    /// runs it sees them.
    pub(crate) fn open_requests_of(&self, group: &str) -> Result<Vec<Request>, Failure> {
        let filter = format!(
            "groupId eq '{group}' and status in ('PendingApproval','PendingAdminDecision')"
        );
        let mut requests = Vec::new();
        for kind in KINDS {
            let path = format!("{PIM}/{}", collection(kind));
            let query = [("$filter", filter.as_str()), EXPANDED, NEWEST_FIRST];
            let rows = self.rows(&path, &query)?;
            requests.extend(rows.iter().map(|row| Request::read(row, kind)));
        }
        Ok(requests)
    }

    /// The request with this id, of whichever kind it is.
    pub(crate) fn request(&self, id: &str) -> Result<Request, Failure> {
        self.request_of(ScheduleKind::Active, id)
            .or_else(|failure| match failure.code.as_deref() {
                Some("ResourceNotFound") => self.request_of(ScheduleKind::Eligible, id),
                Some(_) | None => Err(failure),
            })
    }

    /// How a request of a known kind stands.
    pub(crate) fn request_of(&self, kind: ScheduleKind, id: &str) -> Result<Request, Failure> {
        let path = format!("{PIM}/{}/{id}", collection(kind));
        let answer = self.get(&path, &[EXPANDED])?;
        Ok(Request::read(&answer, kind))
    }

    /// What was decided about an activation, and by whom.
    pub(crate) fn review(&self, id: &str) -> Result<Review, Failure> {
        let path = format!("{PIM}/assignmentApprovals/{id}");
        let answer = self.get(&path, &[])?;
        Review::read(&answer).ok_or_else(|| strange(&path))
    }

    /// Decides, as an approver of an activation, or as an administrator who is asked to extend or renew
    /// (R-F1, R-D5). `period` goes with the latter only.
    pub(crate) fn decide(
        &self,
        request: &Request,
        decision: Decision,
        justification: Option<&str>,
        period: &Value,
    ) -> Result<(), Failure> {
        if request.is_about_more() {
            let path = format!("/ephor/v1/scheduleRequests/{}/decide", request.id);
            let word = match decision {
                Decision::Approve => "approve",
                Decision::Deny => "deny",
            };
            let mut body = json!({ "decision": word, "justification": justification });
            if !period.is_null() {
                body["scheduleInfo"] = period.clone();
            }
            return self.post(&path, &body).map(|_| ());
        }
        let id = &request.id;
        let path = format!("{PIM}/assignmentApprovals/{id}/stages/{id}");
        let body = json!({ "reviewResult": decision.as_str(), "justification": justification });
        self.patch(&path, &body).map(|_| ())
    }

    /// Withdraws a request (R-E4).
    pub(crate) fn cancel(&self, request: &Request) -> Result<(), Failure> {
        let path = format!("{PIM}/{}/{}/cancel", collection(request.kind), request.id);
        self.call(Method::POST, &path, &[], None).map(|_| ())
    }
}

/// What was said of one among several.
pub(super) fn of_result(one: &Value) -> Failure {
    let status = one.get("status").and_then(Value::as_u64);
    let status = status.and_then(|status| u16::try_from(status).ok());
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    refused(
        status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        one.get("error").unwrap_or(&Value::Null),
    )
}
