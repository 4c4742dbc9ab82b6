//! Lists whose rows are made whole before they are asked: filtered, ordered and cut as JSON.
//!
//! For collections of some thousands at most, whose filters reach into related objects
//! (`accessPackage/id eq '…'`). What grows without end is filtered by the store instead.

use std::cmp::Ordering;

use ephor_core::query::{Comparison, TextMatch};
use ephor_core::time::Instant;
use serde_json::{Map, Value as Json};

use super::BadQuery;
use super::filter::{self, Filter, Value};
use super::listing::number;
use super::shape::{Many, Members, Shape};
use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;
use crate::json::clipped;
use crate::limits::SKIP_MAX;

const TAKEN: &[&str] = &[
    "$filter",
    "$select",
    "$expand",
    "$orderby",
    "$top",
    "$skip",
    "$count",
    "$skiptoken",
];
const PAGE: u32 = 100;
const PAGE_MAX: u32 = 999;

/// What is asked of such a list.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    filter: Option<Filter>,
    order: Vec<(String, bool)>,
    skip: u32,
    top: u32,
    count: bool,
    /// What of each row is shown.
    pub(crate) shape: Shape,
}

impl Rows {
    /// Reads what is asked of a list of rows with these members.
    pub(crate) fn of(call: &Call, members: &Members) -> Result<Self, HttpError> {
        let from = call
            .page()?
            .map(|place| u32::try_from(place.at).unwrap_or(u32::MAX));
        call.query(Self::read(call, members, from))
    }

    fn read(call: &Call, members: &Members, from: Option<u32>) -> Result<Self, BadQuery> {
        let options = &call.options;
        options.only(TAKEN)?;
        let shape = Shape::of(options)?;
        shape.check(members)?;
        let filter = options.get("$filter").map(filter::parse).transpose()?;
        if let Some(filter) = &filter {
            check(filter, members)?;
        }
        let order = match options.get("$orderby") {
            None => Vec::new(),
            Some(text) => text
                .split(',')
                .map(|item| ordered(item.trim(), members))
                .collect::<Result<_, _>>()?,
        };
        let skip = match from {
            Some(place) => place,
            None => number(options, "$skip", 0, 0, SKIP_MAX)?,
        };
        Ok(Self {
            filter,
            order,
            skip,
            top: number(options, "$top", PAGE, 1, PAGE_MAX)?,
            count: options.flag("$count")? && from.is_none(),
            shape,
        })
    }

    /// The page of these rows that is asked for.
    pub(crate) fn answer(
        &self,
        call: &Call,
        context: &str,
        now: Instant,
        rows: Vec<Json>,
        members: &'static Members,
    ) -> Answer {
        let mut rows: Vec<_> = rows
            .into_iter()
            .filter(|row| self.filter.as_ref().is_none_or(|filter| fits(filter, row)))
            .collect();
        for (path, descending) in self.order.iter().rev() {
            rows.sort_by(|one, other| {
                let ordering = compared(at(one, path), at(other, path));
                if *descending {
                    ordering.reverse()
                } else {
                    ordering
                }
            });
        }
        let count = rows.len();
        let (skip, top) = (self.skip as usize, self.top as usize);
        let page: Vec<_> = rows
            .into_iter()
            .skip(skip)
            .take(top)
            .map(|row| shaped(row, &self.shape, members))
            .collect();
        let mut body = Map::new();
        let context = format!("{context}{}", self.shape.context());
        body.insert("@odata.context".into(), call.context(&context).into());
        if self.count {
            body.insert("@odata.count".into(), count.into());
        }
        if count > skip + page.len() {
            let place = (skip + page.len()) as u64;
            if let Some(link) = call.next_link(place, now) {
                body.insert("@odata.nextLink".into(), link.into());
            }
        }
        body.insert("value".into(), page.into());
        Answer::json(Json::Object(body))
    }

    /// How many of these rows fit.
    pub(crate) fn counted(
        call: &Call,
        members: &Members,
        rows: &[Json],
    ) -> Result<Answer, HttpError> {
        let filter = call.query(call.options.only(&["$filter"]).and_then(|()| {
            let filter = call.options.get("$filter").map(filter::parse).transpose()?;
            if let Some(filter) = &filter {
                check(filter, members)?;
            }
            Ok(filter)
        }))?;
        let fitting = rows
            .iter()
            .filter(|row| filter.as_ref().is_none_or(|filter| fits(filter, row)));
        Ok(Answer::count(Some(fitting.count() as u64)))
    }
}

/// An object with what is asked for of it, and of what it is related to.
pub(crate) fn shaped(row: Json, shape: &Shape, members: &Members) -> Json {
    let Json::Object(mut object) = row else {
        return row;
    };
    for link in members.related {
        let Some(related) = object.get_mut(link.name) else {
            continue;
        };
        let Some(inner) = shape.wants(link.name) else {
            object.remove(link.name);
            continue;
        };
        *related = match (related.take(), link.many) {
            (Json::Array(items), Many::Several) => items
                .into_iter()
                .map(|item| shaped(item, inner, link.to))
                .collect(),
            (one, _) => shaped(one, inner, link.to),
        };
    }
    shape.apply(object, members)
}

fn check_name(path: &str, members: &Members) -> Result<(), BadQuery> {
    let first = path.split('/').next().unwrap_or(path);
    let known = members
        .properties
        .iter()
        .map(|(name, _)| *name)
        .chain(members.related.iter().map(|link| link.name));
    if known.clone().any(|name| name.eq_ignore_ascii_case(first)) {
        return Ok(());
    }
    Err(BadQuery::unsupported(format!(
        "Could not find a property named `{}`; there are `{}`.",
        clipped(first),
        known.collect::<Vec<_>>().join("`, `")
    )))
}

fn check(filter: &Filter, members: &Members) -> Result<(), BadQuery> {
    match filter {
        Filter::And(one, other) | Filter::Or(one, other) => {
            check(one, members)?;
            check(other, members)
        }
        Filter::Not(inner) => check(inner, members),
        Filter::Compare(path, ..)
        | Filter::In(path, _)
        | Filter::Text(path, ..)
        | Filter::Any(path, _)
        | Filter::AnyText(path, ..) => check_name(path, members),
    }
}

fn ordered(item: &str, members: &Members) -> Result<(String, bool), BadQuery> {
    let (path, direction) = item.split_once(' ').unwrap_or((item, "asc"));
    check_name(path, members)?;
    match direction.trim().to_ascii_lowercase().as_str() {
        "asc" => Ok((path.to_owned(), false)),
        "desc" => Ok((path.to_owned(), true)),
        other => Err(BadQuery::unreadable(format!(
            "$orderby holds `{}`, but the direction is `asc` or `desc`.",
            clipped(other)
        ))),
    }
}

/// What stands at a path, the names in whatever case.
fn at<'a>(row: &'a Json, path: &str) -> Option<&'a Json> {
    path.split('/').try_fold(row, |value, name| {
        value
            .as_object()?
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}

/// Everything that stands at a path, through lists.
fn all_at<'a>(row: &'a Json, path: &str) -> Vec<&'a Json> {
    let mut found = vec![row];
    for name in path.split('/') {
        found = found
            .into_iter()
            .flat_map(|value| match value {
                Json::Array(items) => items.iter().collect(),
                other => vec![other],
            })
            .filter_map(|value| at(value, name))
            .collect();
    }
    found
        .into_iter()
        .flat_map(|value| match value {
            Json::Array(items) => items.iter().collect(),
            other => vec![other],
        })
        .collect()
}

fn fits(filter: &Filter, row: &Json) -> bool {
    match filter {
        Filter::And(one, other) => fits(one, row) && fits(other, row),
        Filter::Or(one, other) => fits(one, row) || fits(other, row),
        Filter::Not(inner) => !fits(inner, row),
        Filter::Compare(path, comparison, value) => compares(at(row, path), *comparison, value),
        Filter::In(path, values) => values
            .iter()
            .any(|value| compares(at(row, path), Comparison::Eq, value)),
        Filter::Text(path, function, text) => matches(at(row, path), *function, text),
        Filter::Any(path, value) => all_at(row, path)
            .into_iter()
            .any(|found| compares(Some(found), Comparison::Eq, value)),
        Filter::AnyText(path, function, text) => all_at(row, path)
            .into_iter()
            .any(|found| matches(Some(found), *function, text)),
    }
}

fn matches(found: Option<&Json>, function: TextMatch, text: &str) -> bool {
    let Some(own) = found.and_then(Json::as_str) else {
        return false;
    };
    let (own, text) = (own.to_lowercase(), text.to_lowercase());
    match function {
        TextMatch::StartsWith => own.starts_with(&text),
        TextMatch::EndsWith => own.ends_with(&text),
        TextMatch::Contains => own.contains(&text),
    }
}

/// Texts are compared whatever their case; times as times.
fn compares(found: Option<&Json>, comparison: Comparison, value: &Value) -> bool {
    let ordering = match (found.unwrap_or(&Json::Null), value) {
        (Json::Null, Value::Null) => Some(Ordering::Equal),
        (Json::Bool(own), Value::Bool(value)) => Some(own.cmp(value)),
        (Json::Number(own), Value::Int(value)) => own.as_i64().map(|own| own.cmp(value)),
        (Json::String(own), Value::Text(text)) => {
            Some(own.to_lowercase().cmp(&text.to_lowercase()))
        }
        (Json::String(own), Value::Guid(id)) => Some(own.to_lowercase().cmp(&id.to_string())),
        (Json::String(own), Value::Time(time)) => {
            own.parse::<Instant>().ok().map(|own| own.cmp(time))
        }
        _ => None,
    };
    match (comparison, ordering) {
        (Comparison::Ne, None) => true,
        (_, None) => false,
        (Comparison::Eq, Some(ordering)) => ordering.is_eq(),
        (Comparison::Ne, Some(ordering)) => ordering.is_ne(),
        (Comparison::Gt, Some(ordering)) => ordering.is_gt(),
        (Comparison::Ge, Some(ordering)) => ordering.is_ge(),
        (Comparison::Lt, Some(ordering)) => ordering.is_lt(),
        (Comparison::Le, Some(ordering)) => ordering.is_le(),
    }
}

fn compared(one: Option<&Json>, other: Option<&Json>) -> Ordering {
    let text = |value: Option<&Json>| match value {
        Some(Json::String(text)) => text.to_lowercase(),
        Some(Json::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    text(one).cmp(&text(other))
}
