//! `/auditLogs/directoryAudits`: the audit log as Graph's clients read it (`governance.md` 3.1).
//!
//! What an entry is called follows from its event, so it is filtered here and not in the database; what the
//! database can narrow, it does. A page looks at a bounded number of entries and goes on from there.

use ephor_core::activity::{Activity, activities};
use ephor_core::caller::Caller;
use ephor_core::event::AuditForm;
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::query::{Comparison, Direction, Literal, Predicate, TextMatch};
use ephor_core::refusal::Refusal;
use ephor_core::time::Instant;
use ephor_ops::{OpResult, audit as audit_ops, directory};
use ephor_store::{AuditEntry, AuditQuery, ReadTx};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;
use crate::odata::bind::{Mode, bind, order};
use crate::odata::filter;
use crate::odata::listing::number;
use crate::odata::shape::Shape;
use crate::odata::tables::{AUDITS, AuditField};
use crate::wire::audit::{AUDIT, Names, actor, audit, sequence};

/// How many rows a page may have.
const PAGE_MAX: u32 = 1_000;
/// How many entries one statement reads.
const CHUNK: u32 = 500;
/// How many entries one page looks at.
const LOOKED_AT_MAX: u32 = 5_000;
/// A place in the list is an entry and an activity of it: so many bits are the latter's.
const PLACE_BITS: u32 = 20;

/// What is asked for.
struct Asked {
    filter: Option<Predicate<AuditField>>,
    newest_first: Direction,
    top: usize,
    query: AuditQuery,
    /// How many activities of the first entry were shown before.
    skip: usize,
}

/// What was found, and where to go on.
#[derive(Default)]
struct Found {
    rows: Vec<Map<String, Value>>,
    next: Option<u64>,
}

/// `GET /auditLogs/directoryAudits`
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    call.query(
        call.options
            .only(&["$filter", "$select", "$orderby", "$top", "$skiptoken"]),
    )?;
    let shape = call.query(Shape::of(&call.options))?;
    call.query(shape.check(&AUDIT))?;
    let asked = asked(&call)?;
    let query = asked.query.clone();
    let found = call
        .read("audit.list", move |tx, caller| page(tx, caller, &asked))
        .await?;
    call.note("audit.note", move |tx| {
        audit_ops::note(tx, audit_ops::View::All, &query, AuditForm::List)
    })
    .await?;
    let mut body = Map::new();
    let context = format!("auditLogs/directoryAudits{}", shape.context());
    body.insert("@odata.context".into(), json!(call.context(&context)));
    if let Some(link) = found
        .value
        .next
        .and_then(|at| call.next_link(at, found.now))
    {
        body.insert("@odata.nextLink".into(), json!(link));
    }
    let rows = found.value.rows.into_iter();
    body.insert(
        "value".into(),
        rows.map(|row| shape.apply(row, &AUDIT)).collect(),
    );
    Ok(Answer::json(Value::Object(body)))
}

fn asked(call: &Call) -> Result<Asked, HttpError> {
    let filter = call
        .options
        .get("$filter")
        .map(|text| bind(&filter::parse(text)?, AUDITS, Mode::Free))
        .transpose();
    let filter = call.query(filter)?;
    let order = call
        .options
        .get("$orderby")
        .map(|text| order(text, AUDITS, Mode::Free))
        .transpose();
    let direction = match call.query(order)?.as_deref() {
        Some([(_, direction), ..]) => *direction,
        Some([]) | None => Direction::Descending,
    };
    let top = call.query(number(&call.options, "$top", 100, 1, PAGE_MAX))?;
    let mut query = AuditQuery {
        limit: CHUNK,
        ..AuditQuery::default()
    };
    if let Some(filter) = &filter {
        narrow(&mut query, filter);
    }
    let place = call.page()?.map(|place| place.at);
    let entry = place.and_then(|at| i64::try_from(at >> PLACE_BITS).ok());
    match direction {
        // From the entry itself: some of its activities may be left.
        Direction::Descending => query.before = entry.map(|entry| entry + 1),
        Direction::Ascending => query.after = Some(entry.map_or(0, |entry| entry - 1)),
    }
    let shown = place.map_or(0, |at| at & ((1 << PLACE_BITS) - 1));
    Ok(Asked {
        filter,
        newest_first: direction,
        top: top as usize,
        query,
        skip: usize::try_from(shown).unwrap_or(usize::MAX),
    })
}

/// What the database can narrow: each condition that every row must meet, and that it knows.
fn narrow(query: &mut AuditQuery, filter: &Predicate<AuditField>) {
    match filter {
        Predicate::And(left, right) => {
            narrow(query, left);
            narrow(query, right);
        }
        Predicate::Compare(AuditField::ActivityDateTime, comparison, Literal::Time(at)) => {
            match comparison {
                Comparison::Ge | Comparison::Gt | Comparison::Eq => query.from = Some(*at),
                Comparison::Le | Comparison::Lt => {
                    query.to = at.plus(ephor_core::time::Length::micros(1));
                }
                Comparison::Ne => {}
            }
        }
        Predicate::Compare(AuditField::UserId, Comparison::Eq, Literal::Text(text)) => {
            query.principal = text.parse().ok();
        }
        Predicate::Compare(..)
        | Predicate::Or(..)
        | Predicate::Not(_)
        | Predicate::In(..)
        | Predicate::Text(..) => {}
    }
}

fn page(tx: &ReadTx<'_>, caller: &Caller, asked: &Asked) -> OpResult<Found> {
    let mut found = Found::default();
    let mut query = asked.query.clone();
    let mut looked_at = 0;
    let mut skip = asked.skip;
    loop {
        let entries = audit_ops::list(tx, caller, &query)?;
        let names = names(tx, &entries)?;
        for entry in &entries {
            let mut all: Vec<(usize, Activity)> =
                activities(&entry.event).into_iter().enumerate().collect();
            if asked.newest_first == Direction::Descending {
                all.reverse();
            }
            for (shown, (index, activity)) in all.iter().enumerate().skip(skip) {
                let row = audit(entry, *index, activity, &names);
                let fits = |filter| holds(filter, &row, entry.at);
                if !asked.filter.as_ref().is_none_or(fits) {
                    continue;
                }
                if found.rows.len() == asked.top {
                    found.next = place(entry.sequence, shown);
                    return Ok(found);
                }
                found.rows.push(row);
            }
            skip = 0;
        }
        let Some(last) = entries.last().map(|entry| entry.sequence) else {
            return Ok(found);
        };
        if entries.len() < query.limit as usize {
            return Ok(found);
        }
        looked_at += query.limit;
        match asked.newest_first {
            Direction::Descending => query.before = Some(last),
            Direction::Ascending => query.after = Some(last),
        }
        if looked_at >= LOOKED_AT_MAX {
            found.next = match asked.newest_first {
                Direction::Descending => place(last - 1, 0),
                Direction::Ascending => place(last + 1, 0),
            };
            return Ok(found);
        }
    }
}

fn place(entry: i64, shown: usize) -> Option<u64> {
    let entry = u64::try_from(entry).ok()?;
    Some(entry << PLACE_BITS | u64::try_from(shown).ok()?)
}

/// What those that these entries speak of are called.
fn names(tx: &ReadTx<'_>, entries: &[AuditEntry]) -> OpResult<Names> {
    let mut people: Vec<PrincipalId> = Vec::new();
    let mut groups: Vec<GroupId> = Vec::new();
    for entry in entries {
        people.extend(actor(entry));
        for activity in activities(&entry.event) {
            people.extend(activity.principal);
            groups.extend(activity.group);
        }
    }
    people.sort_unstable();
    people.dedup();
    groups.sort_unstable();
    groups.dedup();
    let (people, groups) = directory::names(tx, &people, &groups)?;
    Ok(Names::of(people, groups))
}

/// Whether a row is one that the filter lets through. Text and ids compare without case.
fn holds(filter: &Predicate<AuditField>, row: &Map<String, Value>, at: Instant) -> bool {
    match filter {
        Predicate::And(left, right) => holds(left, row, at) && holds(right, row, at),
        Predicate::Or(left, right) => holds(left, row, at) || holds(right, row, at),
        Predicate::Not(inner) => !holds(inner, row, at),
        Predicate::Compare(_, comparison, Literal::Time(other)) => match comparison {
            Comparison::Eq => at == *other,
            Comparison::Ne => at != *other,
            Comparison::Lt => at < *other,
            Comparison::Le => at <= *other,
            Comparison::Gt => at > *other,
            Comparison::Ge => at >= *other,
        },
        Predicate::Compare(field, comparison, literal) => {
            let is_one = values(*field, row).iter().any(|value| same(value, literal));
            match comparison {
                Comparison::Ne => !is_one,
                _ => is_one,
            }
        }
        Predicate::In(field, literals) => {
            let values = values(*field, row);
            literals
                .iter()
                .any(|literal| values.iter().any(|value| same(value, literal)))
        }
        Predicate::Text(field, function, text) => {
            let text = text.to_lowercase();
            values(*field, row).iter().any(|value| {
                let value = value.to_lowercase();
                match function {
                    TextMatch::StartsWith => value.starts_with(&text),
                    TextMatch::EndsWith => value.ends_with(&text),
                    TextMatch::Contains => value.contains(&text),
                }
            })
        }
    }
}

fn same(value: &str, literal: &Literal) -> bool {
    match literal {
        Literal::Text(text) => value.to_lowercase() == text.to_lowercase(),
        Literal::Null | Literal::Bool(_) | Literal::Int(_) | Literal::Time(_) => false,
    }
}

/// The texts that a row has in a field.
fn values(field: AuditField, row: &Map<String, Value>) -> Vec<&str> {
    let own = |name: &str| row.get(name).and_then(Value::as_str);
    let user = |name: &str| row.get("initiatedBy")?["user"][name].as_str();
    let app = |name: &str| row.get("initiatedBy")?["app"][name].as_str();
    let targets = |name: &str| {
        let targets = row.get("targetResources").and_then(Value::as_array);
        let texts = targets.into_iter().flatten();
        texts.filter_map(|target| target[name].as_str()).collect()
    };
    let one = match field {
        AuditField::Id => own("id"),
        AuditField::ActivityDateTime => None,
        AuditField::ActivityDisplayName => own("activityDisplayName"),
        AuditField::Category => own("category"),
        AuditField::LoggedByService => own("loggedByService"),
        AuditField::OperationType => own("operationType"),
        AuditField::Result => own("result"),
        AuditField::CorrelationId => own("correlationId"),
        AuditField::UserId => user("id"),
        AuditField::UserDisplayName => user("displayName"),
        AuditField::UserPrincipalName => user("userPrincipalName"),
        AuditField::AppId => app("appId"),
        AuditField::AppDisplayName => app("displayName"),
        AuditField::TargetId => return targets("id"),
        AuditField::TargetDisplayName => return targets("displayName"),
    };
    one.into_iter().collect()
}

/// `GET /auditLogs/directoryAudits/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&AUDIT)?;
    let id = call.param(0).to_owned();
    let found = call
        .read("audit.read", move |tx, caller| {
            let query = AuditQuery {
                before: Some(sequence(&id).map_or(0, |at| at.saturating_add(1))),
                limit: 1,
                ..AuditQuery::default()
            };
            let entries = audit_ops::list(tx, caller, &query)?;
            let names = names(tx, &entries)?;
            let rows = entries.iter().flat_map(|entry| {
                let all = activities(&entry.event);
                let rows = all.iter().enumerate();
                rows.map(|(index, activity)| audit(entry, index, activity, &names))
                    .collect::<Vec<_>>()
            });
            let mut rows = rows.filter(|row| {
                row["id"]
                    .as_str()
                    .is_some_and(|own| own.eq_ignore_ascii_case(&id))
            });
            rows.next().ok_or_else(|| Refusal::not_found(&id).into())
        })
        .await?;
    let context = format!("auditLogs/directoryAudits{}/$entity", shape.context());
    Ok(call.entity(&context, shape.apply(found.value, &AUDIT)))
}
