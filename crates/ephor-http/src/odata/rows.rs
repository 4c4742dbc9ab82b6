//! Lists that are short enough to be whole: filtered and counted as they stand on the wire.
//!
//! Roles and their templates are so few that they are never paged, and no statement filters them.

use ephor_core::query::{Comparison, TextMatch};
use serde_json::{Map, Value};

use super::BadQuery;
use super::filter::{self, Filter, Value as Given};
use super::options::Options;
use super::shape::{Members, Shape};
use crate::json::clipped;

/// What such a list takes.
const TAKEN: [&str; 6] = [
    "$filter", "$select", "$expand", "$top", "$count", "$orderby",
];

/// A whole list as it is asked for.
#[derive(Debug)]
pub(crate) struct Whole {
    filter: Option<Filter>,
    pub(crate) shape: Shape,
    pub(crate) count: bool,
}

impl Whole {
    /// Reads the options of a list of such objects.
    pub(crate) fn read(options: &Options, members: &'static Members) -> Result<Self, BadQuery> {
        options.only(&TAKEN)?;
        let shape = Shape::of(options)?;
        shape.check(members)?;
        Ok(Self {
            filter: filtered(options, members)?,
            shape,
            count: options.flag("$count")?,
        })
    }

    /// Reads the options of `/$count`.
    pub(crate) fn counting(options: &Options, members: &'static Members) -> Result<Self, BadQuery> {
        options.only(&["$filter"])?;
        Ok(Self {
            filter: filtered(options, members)?,
            shape: Shape::default(),
            count: true,
        })
    }

    /// Whether the list has this object.
    pub(crate) fn has(&self, object: &Map<String, Value>) -> bool {
        self.filter
            .as_ref()
            .is_none_or(|filter| holds(filter, object))
    }
}

fn filtered(options: &Options, members: &'static Members) -> Result<Option<Filter>, BadQuery> {
    let Some(text) = options.get("$filter") else {
        return Ok(None);
    };
    let filter = filter::parse(text)?;
    known(&filter, members)?;
    Ok(Some(filter))
}

/// Refuses what names no property, or asks what can't be asked.
fn known(filter: &Filter, members: &'static Members) -> Result<(), BadQuery> {
    let property = |name: &str| {
        let is = |(own, _): &(&str, _)| own.eq_ignore_ascii_case(name);
        if members.properties.iter().any(is) {
            return Ok(());
        }
        let names: Vec<&str> = members.properties.iter().map(|(name, _)| *name).collect();
        Err(BadQuery::filter(format!(
            "`{}` can't be used in a $filter here; there are `{}`.",
            clipped(name),
            names.join("`, `")
        )))
    };
    match filter {
        Filter::And(left, right) | Filter::Or(left, right) => {
            known(left, members)?;
            known(right, members)
        }
        Filter::Not(inner) => known(inner, members),
        Filter::Compare(name, Comparison::Eq | Comparison::Ne, _)
        | Filter::In(name, _)
        | Filter::Text(name, _, _) => property(name),
        Filter::Compare(..) | Filter::Any(..) | Filter::AnyText(..) => Err(BadQuery::filter(
            "Here a $filter compares with `eq`, `ne`, `in`, `startswith`, `endswith` and `contains`.",
        )),
    }
}

fn holds(filter: &Filter, object: &Map<String, Value>) -> bool {
    match filter {
        Filter::And(left, right) => holds(left, object) && holds(right, object),
        Filter::Or(left, right) => holds(left, object) || holds(right, object),
        Filter::Not(inner) => !holds(inner, object),
        Filter::Compare(name, how, given) => {
            is(value(object, name), given) == (*how == Comparison::Eq)
        }
        Filter::In(name, all) => all.iter().any(|given| is(value(object, name), given)),
        Filter::Text(name, how, text) => {
            let own = value(object, name).as_str().map(str::to_lowercase);
            let text = text.to_lowercase();
            own.is_some_and(|own| match how {
                TextMatch::StartsWith => own.starts_with(&text),
                TextMatch::EndsWith => own.ends_with(&text),
                TextMatch::Contains => own.contains(&text),
            })
        }
        Filter::Any(..) | Filter::AnyText(..) => false,
    }
}

fn value<'a>(object: &'a Map<String, Value>, name: &str) -> &'a Value {
    let own = |(own, _): &(&String, &Value)| own.eq_ignore_ascii_case(name);
    object
        .iter()
        .find(own)
        .map_or(&Value::Null, |(_, value)| value)
}

fn is(own: &Value, given: &Given) -> bool {
    match (own, given) {
        (Value::Null, Given::Null) => true,
        (Value::Bool(own), Given::Bool(given)) => own == given,
        (Value::String(own), Given::Text(given)) => own.to_lowercase() == given.to_lowercase(),
        (Value::String(own), Given::Guid(given)) => own.eq_ignore_ascii_case(&given.to_string()),
        _ => false,
    }
}
