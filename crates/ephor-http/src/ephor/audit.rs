//! `GET /ephor/v1/audit`: a group's entries, one's own, or all, newest first, to be read or to be kept (R-I2).

use ephor_core::event::AuditForm;
use ephor_core::id::{GroupId, PrincipalId, RoleDefinitionId};
use ephor_core::role::ObjectId;
use ephor_core::time::Instant;
use ephor_ops::audit::{self, View, export};
use ephor_store::{AuditEntry, AuditQuery};
use serde_json::{Map, Value};

use super::parsed;
use crate::answer::{Answer, File};
use crate::call::Call;
use crate::error::HttpError;
use crate::json::clipped;
use crate::odata::listing::number;
use crate::odata::shape::{Members, Usual};
use crate::types::Type;

/// An entry of the audit log.
pub(crate) const ENTRY: Members = Members {
    name: "ephorAuditEntry",
    properties: &[
        ("sequence", Type::Int),
        ("recordedDateTime", Type::Time),
        ("name", Type::Text),
        ("caller", Type::Document),
        ("event", Type::Document),
        ("hash", Type::Text),
    ],
    usual: Usual::All,
    related: &[],
};

/// How many entries a page may have.
const PAGE_MAX: u32 = 1_000;
/// How many entries a page of a file may have.
const FILE_PAGE_MAX: u32 = 10_000;

/// How the entries are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// A list, with a link to the next page.
    Json,
    /// A file with a JSON object on each line.
    Lines,
    /// A file with a table.
    Csv,
}

/// `GET /ephor/v1/audit?view=mine|group|role|all&groupId=&roleDefinitionId=&principalId=&from=&to=&format=json|jsonl|csv`
pub(crate) async fn read(call: Call) -> Result<Answer, HttpError> {
    call.query(call.options.only(&["$top", "$skiptoken"]))?;
    let format = format(&call)?;
    // No entries at all may be asked for as well: that tells whether the log may be read, and reads nothing.
    let (usual, least, most) = match format {
        Format::Json => (100, 0, PAGE_MAX),
        Format::Lines | Format::Csv => (FILE_PAGE_MAX, 1, FILE_PAGE_MAX),
    };
    let limit = call.query(number(&call.options, "$top", usual, least, most))?;
    let before = call.page()?.and_then(|place| i64::try_from(place.at).ok());
    let group = parsed::<GroupId>(&call, "groupId")?;
    let definition = parsed::<RoleDefinitionId>(&call, "roleDefinitionId")?;
    let view = view(&call, group, definition)?;
    let query = AuditQuery {
        group,
        definition,
        principal: parsed::<PrincipalId>(&call, "principalId")?,
        from: parsed::<Instant>(&call, "from")?,
        to: parsed::<Instant>(&call, "to")?,
        before,
        after: None,
        // One more than is shown tells whether there is another page.
        limit: limit + 1,
    };
    if view == View::Mine && query.principal.is_some() {
        return Err(HttpError::bad_request(
            "`principalId` can't be given with the view `mine`: it is the caller's own.",
        ));
    }
    let asked = query.clone();
    let found = call
        .read("audit.list", move |tx, caller| {
            audit::view(tx, caller, view, &query)
        })
        .await?;
    let form = match format {
        Format::Json => AuditForm::List,
        Format::Lines => AuditForm::Lines,
        Format::Csv => AuditForm::Table,
    };
    if limit > 0 && audit::is_noted(view, form) {
        call.note("audit.note", move |tx| audit::note(tx, view, &asked, form))
            .await?;
    }
    let mut rows = found.value;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows
        .last()
        .filter(|_| more)
        .and_then(|last| u64::try_from(last.sequence).ok())
        .and_then(|at| call.next_link(at, found.now));
    Ok(match format {
        Format::Json => {
            let mut body = Map::new();
            if let Some(link) = next {
                body.insert("@odata.nextLink".into(), link.into());
            }
            body.insert("value".into(), rows.iter().map(export::json).collect());
            Answer::json(Value::Object(body))
        }
        Format::Lines => Answer::file(File {
            kind: "application/jsonl; charset=utf-8",
            name: "ephor-audit.jsonl",
            text: rows.iter().map(export::line).collect(),
            next,
        }),
        Format::Csv => Answer::file(File {
            kind: "text/csv; charset=utf-8; header=present",
            name: "ephor-audit.csv",
            text: table(&rows, before),
            next,
        }),
    })
}

/// The rows as a table; its head stands on the first page only, so that pages can be put together.
fn table(rows: &[AuditEntry], before: Option<i64>) -> String {
    let head = before.is_none().then(export::head).unwrap_or_default();
    rows.iter().fold(head, |text, row| text + &export::row(row))
}

fn format(call: &Call) -> Result<Format, HttpError> {
    match call.options.get("format") {
        None => Ok(Format::Json),
        Some(word) if word.eq_ignore_ascii_case("json") => Ok(Format::Json),
        Some(word) if word.eq_ignore_ascii_case("jsonl") => Ok(Format::Lines),
        Some(word) if word.eq_ignore_ascii_case("csv") => Ok(Format::Csv),
        Some(other) => Err(HttpError::bad_request(format!(
            "`format` is `{}`, but there are `json`, `jsonl` and `csv`.",
            clipped(other)
        ))),
    }
}

/// The view that is asked for; a group or directory role narrows each of them down, and its own needs one.
fn view(
    call: &Call,
    group: Option<GroupId>,
    definition: Option<RoleDefinitionId>,
) -> Result<View, HttpError> {
    match call.options.get("view") {
        None => Ok(View::All),
        Some(word) if word.eq_ignore_ascii_case("all") => Ok(View::All),
        Some(word) if word.eq_ignore_ascii_case("mine") => Ok(View::Mine),
        Some(word) if word.eq_ignore_ascii_case("group") => {
            let object = group.map(ObjectId::Group);
            object.map(View::Object).ok_or_else(|| {
                HttpError::bad_request("The view `group` needs `groupId`, the group's id.")
            })
        }
        Some(word) if word.eq_ignore_ascii_case("role") => {
            let object = definition.map(ObjectId::Directory);
            object.map(View::Object).ok_or_else(|| {
                HttpError::bad_request(
                    "The view `role` needs `roleDefinitionId`, the directory role's id.",
                )
            })
        }
        Some(other) => Err(HttpError::bad_request(format!(
            "`view` is `{}`, but there are `mine`, `group`, `role` and `all`.",
            clipped(other)
        ))),
    }
}
