//! Schedule requests over Graph's calls and Ephor's own: make them, look at them, decide them, withdraw them.

use ephor_core::request::Decision;
use ephor_core::role::RoleKind;
use ephor_core::schedule::ScheduleKind;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::answers::{Request, Review, refused};
use super::{Client, PIM, ROLES, strange};
use crate::failure::Failure;

/// How many activations go into one call.
const TOGETHER_MAX: usize = 20;
/// How many questions go into one batch.
const BATCH_MAX: usize = 20;
/// What a request is shown with.
const fn expanded(of: RoleKind) -> (&'static str, &'static str) {
    match of {
        RoleKind::Group => ("$expand", "group,principal"),
        RoleKind::Directory => ("$expand", "roleDefinition,principal"),
    }
}
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
    /// The group's id, or that of a directory role.
    pub(crate) group: &'a str,
    /// `member` or `owner`; says nothing of a directory role.
    pub(crate) access: &'a str,
    /// Over what, where it is a directory role.
    pub(crate) scope: Option<&'a str>,
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

/// Where requests about such roles are.
fn place(of: RoleKind, kind: ScheduleKind) -> String {
    match (of, kind) {
        (RoleKind::Group, kind) => format!("{PIM}/{}", collection(kind)),
        (RoleKind::Directory, ScheduleKind::Eligible) => {
            format!("{ROLES}/roleEligibilityScheduleRequests")
        }
        (RoleKind::Directory, ScheduleKind::Active) => {
            format!("{ROLES}/roleAssignmentScheduleRequests")
        }
    }
}

/// Where the approval of a request is.
fn approval(of: RoleKind, id: &str) -> String {
    match of {
        RoleKind::Group => format!("{PIM}/assignmentApprovals/{id}"),
        RoleKind::Directory => format!("{ROLES}/roleAssignmentApprovals/{id}"),
    }
}

const OF: [RoleKind; 2] = [RoleKind::Group, RoleKind::Directory];
const KINDS: [ScheduleKind; 2] = [ScheduleKind::Active, ScheduleKind::Eligible];

impl Wish<'_> {
    /// What it is about, as on the wire.
    fn about(&self) -> Value {
        match self.scope {
            None => json!({ "groupId": self.group, "accessId": self.access }),
            Some(scope) => json!({ "roleDefinitionId": self.group, "directoryScopeId": scope }),
        }
    }
}

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
        let of = wish.scope.map_or(RoleKind::Group, |_| RoleKind::Directory);
        let path = place(of, wish.kind);
        let mut body = wish.about();
        body["action"] = wish.action.into();
        body["principalId"] = principal.into();
        body["justification"] = wish.given.justification.into();
        body["scheduleInfo"] = wish.schedule_info.clone();
        body["ticketInfo"] = ticket_info(wish.given);
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
                    let mut body = wish.about();
                    body["justification"] = wish.given.justification.into();
                    body["scheduleInfo"] = wish.schedule_info.clone();
                    body["ticketInfo"] = ticket_info(wish.given);
                    body["isValidationOnly"] = only_try.into();
                    body
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
        let query = [NEWEST_FIRST, ("$top", top.as_str())];
        self.mine(&query, limit as usize)
    }

    /// The caller's own requests that can still be withdrawn: those that wait, and those that have not begun.
    pub(crate) fn my_open_requests(&self) -> Result<Vec<Request>, Failure> {
        let open = "status in ('PendingApproval','PendingAdminDecision','Granted')";
        let query = [("$filter", open), NEWEST_FIRST];
        self.mine(&query, usize::MAX)
    }

    /// What waits for the caller's decision as an approver.
    pub(crate) fn waiting_for_me(&self) -> Result<Vec<Request>, Failure> {
        let mut requests = Vec::new();
        for of in OF {
            let query = [
                ("$filter", "status eq 'PendingApproval'"),
                expanded(of),
                NEWEST_FIRST,
            ];
            let path = place(of, ScheduleKind::Active) + "/filterByCurrentUser(on='approver')";
            let rows = self.rows(&path, &query)?;
            let read = |row| Request::read(row, ScheduleKind::Active);
            requests.extend(rows.iter().map(read));
        }
        Ok(requests)
    }

    fn mine(&self, query: &[(&str, &str)], most: usize) -> Result<Vec<Request>, Failure> {
        let mut requests = Vec::new();
        for (of, kind) in OF.into_iter().flat_map(|of| KINDS.map(|kind| (of, kind))) {
            let path = place(of, kind) + "/filterByCurrentUser(on='principal')";
            let query = [query, &[expanded(of)]].concat();
            let rows = self.some_rows(&path, &query, most)?;
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
                        expanded(RoleKind::Group).1
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
            let query = [
                ("$filter", filter.as_str()),
                expanded(RoleKind::Group),
                NEWEST_FIRST,
            ];
            let rows = self.rows(&path, &query)?;
            requests.extend(rows.iter().map(|row| Request::read(row, kind)));
        }
        Ok(requests)
    }

    /// The request with this id, of whichever kind it is.
    pub(crate) fn request(&self, id: &str) -> Result<Request, Failure> {
        let mut found = self.request_of(RoleKind::Group, ScheduleKind::Active, id);
        for (of, kind) in [
            (RoleKind::Group, ScheduleKind::Eligible),
            (RoleKind::Directory, ScheduleKind::Active),
            (RoleKind::Directory, ScheduleKind::Eligible),
        ] {
            match found {
                Err(failure) if failure.code.as_deref() == Some("ResourceNotFound") => {
                    found = self.request_of(of, kind, id);
                }
                Ok(_) | Err(_) => break,
            }
        }
        found
    }

    /// How a request of a known kind stands.
    pub(crate) fn request_of(
        &self,
        of: RoleKind,
        kind: ScheduleKind,
        id: &str,
    ) -> Result<Request, Failure> {
        let path = format!("{}/{id}", place(of, kind));
        let answer = self.get(&path, &[expanded(of)])?;
        Ok(Request::read(&answer, kind))
    }

    /// What was decided about an activation, and by whom.
    pub(crate) fn review(&self, request: &Request) -> Result<Review, Failure> {
        let path = approval(request.of(), &request.id);
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
        let path = format!("{}/stages/{id}", approval(request.of(), id));
        let body = json!({ "reviewResult": decision.as_str(), "justification": justification });
        self.patch(&path, &body).map(|_| ())
    }

    /// Withdraws a request (R-E4).
    pub(crate) fn cancel(&self, request: &Request) -> Result<(), Failure> {
        let path = format!(
            "{}/{}/cancel",
            place(request.of(), request.kind),
            request.id
        );
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
