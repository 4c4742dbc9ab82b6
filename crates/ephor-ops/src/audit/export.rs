//! Entries of the audit log as others take them: JSON, a JSON object on each line, or a table.
//!
//! A table is opened in spreadsheets, and what people wrote stands in it. So every cell is quoted (RFC 4180),
//! and one that a spreadsheet would take for a formula gets an apostrophe in front (T-53). JSON is as it is.

use ephor_core::caller::Actor;
use ephor_core::event::{EndedSchedule, Event};
use ephor_core::request::ScheduleRequest;
use ephor_core::role::{DirectoryScope, Role};
use ephor_core::schedule::Schedule;
use ephor_core::time::Instant;
use ephor_store::AuditEntry;
use serde::Deserialize;
use serde_json::{Value, json};

/// The columns of a table, in order. Columns are added at the end and never given another meaning.
pub const COLUMNS: [&str; 29] = [
    "sequence",
    "recordedDateTime",
    "name",
    "actorType",
    "actorId",
    "issuance",
    "factor",
    "client",
    "address",
    "requestId",
    "groupId",
    "accessId",
    "principalId",
    "scheduleId",
    "scheduleRequestId",
    "action",
    "startDateTime",
    "endDateTime",
    "justification",
    "ticketSystem",
    "ticketNumber",
    "policyVersion",
    "decision",
    "decisionJustification",
    "refusal",
    "hash",
    "event",
    "roleDefinitionId",
    "directoryScopeId",
];

/// An entry as JSON.
pub fn json(entry: &AuditEntry) -> Value {
    json!({
        "sequence": entry.sequence,
        "recordedDateTime": entry.at,
        "name": entry.event.name(),
        "caller": entry.caller,
        "event": entry.event,
        "hash": entry.hash,
    })
}

/// An entry as a line of its own.
pub fn line(entry: &AuditEntry) -> String {
    format!("{}\n", json(entry))
}

/// The first line of a table.
pub fn head() -> String {
    record(COLUMNS.map(str::to_owned))
}

/// An entry as a line of a table.
pub fn row(entry: &AuditEntry) -> String {
    let said = Said::of(&entry.event);
    let caller = |name: &str| text(entry.caller.get(name));
    let actor = entry.caller.get("actor");
    let (actor_type, actor_id) = match actor.and_then(|actor| Actor::deserialize(actor).ok()) {
        Some(Actor::User(id)) => ("user", id.to_string()),
        Some(Actor::Application(id)) => ("application", id.to_string()),
        Some(Actor::Operator) => ("operator", String::new()),
        Some(Actor::System) => ("system", String::new()),
        None => ("", text(actor)),
    };
    let request = said.request;
    let review = request.and_then(|request| request.review.as_ref());
    record([
        entry.sequence.to_string(),
        entry.at.to_string(),
        entry.event.name().to_owned(),
        actor_type.to_owned(),
        actor_id,
        caller("issuance"),
        caller("factor"),
        caller("client"),
        caller("address"),
        caller("requestId"),
        shown(entry.event.group()),
        shown(said.access()),
        shown(entry.event.principal()),
        shown(said.schedule_id()),
        shown(entry.event.request()),
        shown(request.map(|request| request.action)),
        shown(said.span().0),
        shown(said.span().1),
        shown(request.and_then(|request| request.justification.as_ref().map(|text| text.as_str()))),
        shown(request.and_then(|request| request.ticket.system.as_ref().map(|text| text.as_str()))),
        shown(request.and_then(|request| request.ticket.number.as_ref().map(|text| text.as_str()))),
        shown(said.policy_version()),
        shown(review.map(|review| review.decision)),
        shown(review.and_then(|review| review.justification.as_ref().map(|text| text.as_str()))),
        shown(match &entry.event {
            Event::AttemptRefused { refusal, .. } => Some(refusal),
            _ => None,
        }),
        entry.hash.clone(),
        text(serde_json::to_value(&entry.event).ok().as_ref()),
        shown(entry.event.definition()),
        shown(said.scope()),
    ])
}

/// What of an event has columns of its own; whatever has none is in the last column.
struct Said<'a> {
    event: &'a Event,
    request: Option<&'a ScheduleRequest>,
    schedule: Option<&'a Schedule>,
    ended: Option<&'a EndedSchedule>,
}

impl<'a> Said<'a> {
    fn of(event: &'a Event) -> Self {
        let nothing = Self {
            event,
            request: None,
            schedule: None,
            ended: None,
        };
        match event {
            Event::ScheduleGranted { request, schedule } => Self {
                request: request.as_deref(),
                schedule: Some(schedule),
                ..nothing
            },
            Event::ScheduleSuperseded {
                request, schedule, ..
            } => Self {
                request: Some(request),
                schedule: Some(schedule),
                ..nothing
            },
            Event::ScheduleRestored { schedule, .. } => Self {
                schedule: Some(schedule),
                ..nothing
            },
            Event::RequestOpened { request } => Self {
                request: Some(request),
                ..nothing
            },
            Event::RequestDecided {
                request, schedule, ..
            } => Self {
                request: Some(request),
                schedule: schedule.as_deref(),
                ..nothing
            },
            Event::RequestCanceled { request, ended, .. } => Self {
                request: Some(request),
                ended: ended.as_ref(),
                ..nothing
            },
            Event::SchedulesEnded { request, ended, .. } => Self {
                request: request.as_deref(),
                ended: ended.first(),
                ..nothing
            },
            _ => nothing,
        }
    }

    fn schedule_id(&self) -> Option<ephor_core::id::ScheduleId> {
        match self.event {
            Event::ScheduleLapsed { id, .. } => Some(*id),
            _ => self
                .schedule
                .map(|schedule| schedule.id)
                .or(self.ended.map(|ended| ended.id)),
        }
    }

    fn scope(&self) -> Option<DirectoryScope> {
        let role = self
            .schedule_id()
            .map(|id| id.role)
            .or(self.request.map(|request| request.role))?;
        match role {
            Role::Group { .. } => None,
            Role::Directory { scope, .. } => Some(scope),
        }
    }

    fn access(&self) -> Option<ephor_core::group::Access> {
        match self.event {
            Event::PolicyChanged { role, .. } => role.access(),
            Event::AttemptRefused { attempt, .. } => attempt.access,
            _ => self
                .schedule_id()
                .map(|id| id.role)
                .or(self.request.map(|request| request.role))
                .and_then(Role::access),
        }
    }

    fn span(&self) -> (Option<Instant>, Option<Instant>) {
        match (self.event, self.schedule) {
            (Event::ScheduleLapsed { ended_at, .. }, _) => (None, Some(*ended_at)),
            (Event::SchedulesEnded { at, .. }, _) => (None, Some(*at)),
            (_, Some(schedule)) => (Some(schedule.span.starts_at()), schedule.span.ends_at()),
            (_, None) => (None, None),
        }
    }

    fn policy_version(&self) -> Option<u32> {
        match self.event {
            Event::PolicyChanged { version, .. } => Some(*version),
            _ => self.request.and_then(|request| request.policy_version),
        }
    }
}

fn shown(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A recorded value as a cell: a text as it is, nothing for none.
fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn record(cells: [String; COLUMNS.len()]) -> String {
    let cells = cells.map(|cell| format!("\"{}\"", inert(&cell).replace('"', "\"\"")));
    format!("{}\r\n", cells.join(","))
}

/// A cell that no spreadsheet takes for a formula.
fn inert(cell: &str) -> std::borrow::Cow<'_, str> {
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => {
            format!("'{cell}").into()
        }
        Some(_) | None => cell.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ephor_core::event::Attempt;
    use ephor_core::refusal::{Code, Refusal};

    /// Reads a table back as RFC 4180 has it, where every cell is quoted.
    fn read(table: &str) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        let mut rest = table;
        while !rest.is_empty() {
            let mut row = Vec::new();
            loop {
                rest = rest.strip_prefix('"').unwrap();
                let mut cell = String::new();
                loop {
                    let end = rest.find('"').unwrap();
                    cell.push_str(&rest[..end]);
                    rest = &rest[end + 1..];
                    match rest.strip_prefix('"') {
                        Some(more) => {
                            cell.push('"');
                            rest = more;
                        }
                        None => break,
                    }
                }
                row.push(cell);
                match rest.strip_prefix(',') {
                    Some(more) => rest = more,
                    None => break,
                }
            }
            rest = rest.strip_prefix("\r\n").unwrap();
            rows.push(row);
        }
        rows
    }

    fn entry(client: &str, detail: &str) -> AuditEntry {
        AuditEntry {
            sequence: 7,
            at: "2026-01-01T09:00:00Z".parse().unwrap(),
            caller: json!({"actor": "operator", "client": client}),
            event: Event::AttemptRefused {
                attempt: Attempt {
                    operation: "group.delete".into(),
                    group: None,
                    access: None,
                    definition: None,
                    principal: None,
                    detail: None,
                },
                refusal: Refusal::new(Code::Denied, detail),
            },
            hash: "00".into(),
        }
    }

    /// T-53: whatever people wrote stays text.
    #[test]
    fn t53_no_cell_is_a_formula_and_every_cell_reads_back() {
        for nasty in [
            "=HYPERLINK(\"http://evil.example\",\"click\")",
            "+1+1",
            "-2+3+cmd|' /C calc'!A0",
            "@SUM(1,2)",
            "\t=1",
            "\r=1",
            "\n=1",
            "＝1",
            "＋1",
            "－1",
            "＠SUM(1)",
        ] {
            let table = head() + &row(&entry(nasty, nasty));
            let rows = read(&table);
            assert_eq!(rows[0], COLUMNS);
            let cell = |name: &str| {
                let at = COLUMNS.iter().position(|column| *column == name).unwrap();
                rows[1][at].as_str()
            };
            assert_eq!(cell("client"), format!("'{nasty}"));
            assert_eq!(cell("refusal"), format!("'{nasty}"));
            assert_eq!(cell("sequence"), "7");
            let event: Value = serde_json::from_str(cell("event")).unwrap();
            assert_eq!(event["refusal"]["sentence"], nasty, "JSON is as it is");
            let told: Value = serde_json::from_str(&line(&entry(nasty, nasty))).unwrap();
            assert_eq!(told["caller"]["client"], nasty);
        }
        let plain = read(&row(&entry("a \"quoted\", comma\r\nand line", "x")));
        assert_eq!(plain[0][7], "a \"quoted\", comma\r\nand line");
    }

    #[test]
    fn an_entry_is_one_line_of_json_whatever_is_in_it() {
        let line = line(&entry("two\nlines", "x"));
        assert_eq!(line.matches('\n').count(), 1);
    }
}
