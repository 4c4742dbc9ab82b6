//! The options of a list, together: from the query of an address to a typed query with its shape.

use ephor_core::query::Query;

use super::BadQuery;
use super::bind::{Mode, Property, bind, order};
use super::filter;
use super::options::Options;
use super::shape::{Members, Shape};
use crate::json::clipped;
use crate::limits::SKIP_MAX;

/// What a list of directory objects takes.
const DIRECTORY: &[&str] = &[
    "$filter",
    "$select",
    "$expand",
    "$orderby",
    "$top",
    "$count",
    "$skiptoken",
];
/// What other lists take.
const OTHERS: &[&str] = &[
    "$filter",
    "$select",
    "$expand",
    "$orderby",
    "$top",
    "$skip",
    "$count",
    "$skiptoken",
];

/// Whether a list belongs to the directory, and if so whether the caller sent `ConsistencyLevel: eventual`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consistency {
    /// A directory list without the header.
    Plain,
    /// A directory list with the header.
    Eventual,
    /// Another list.
    NotOfTheDirectory,
}

impl Consistency {
    fn mode(self, count: bool) -> Mode {
        match self {
            Self::NotOfTheDirectory => Mode::Free,
            Self::Eventual if count => Mode::Advanced,
            Self::Eventual | Self::Plain => Mode::Plain,
        }
    }
}

/// A list as it is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Listing<F> {
    /// Which rows.
    pub(crate) query: Query<F>,
    /// What of each.
    pub(crate) shape: Shape,
}

/// Reads the options of a list of rows with these properties. `from` is the place that a page link names.
pub(crate) fn listing<F: Copy>(
    options: &Options,
    table: &'static [Property<F>],
    members: &Members,
    consistency: Consistency,
    from: Option<u64>,
) -> Result<Listing<F>, BadQuery> {
    options.only(match consistency {
        Consistency::Plain | Consistency::Eventual => DIRECTORY,
        Consistency::NotOfTheDirectory => OTHERS,
    })?;
    let asked = options.flag("$count")?;
    let mode = consistency.mode(asked);
    let shape = Shape::of(options)?;
    shape.check(members)?;
    let filter = filtered(options, table, mode)?;
    let order = match options.get("$orderby") {
        None => Vec::new(),
        Some(_) if filter.is_some() && mode == Mode::Plain => {
            return Err(BadQuery::unsupported(
                "$filter and $orderby together need an advanced query: add the header `ConsistencyLevel: eventual` and `$count=true`.",
            ));
        }
        Some(text) => order(text, table, mode)?,
    };
    let skip = match from {
        // Either how many rows were shown or the key of the last of them: the list knows which it gave.
        Some(place) => u32::try_from(place).unwrap_or(u32::MAX),
        None => number(options, "$skip", 0, 0, SKIP_MAX)?,
    };
    // Without the header `$count=true` is passed over in silence, and only a first page has the count.
    let count = asked && mode != Mode::Plain && from.is_none();
    Ok(Listing {
        query: Query {
            filter,
            order,
            skip,
            after: from,
            top: number(options, "$top", Query::<F>::PAGE, 1, Query::<F>::PAGE_MAX)?,
            count,
        },
        shape,
    })
}

/// Reads the options of `/$count`: a filter, and nothing else.
pub(crate) fn counting<F: Copy>(
    options: &Options,
    table: &'static [Property<F>],
    consistency: Consistency,
) -> Result<Query<F>, BadQuery> {
    options.only(&["$filter"])?;
    Ok(Query {
        // Counting is itself an advanced query, so the header alone is enough.
        filter: filtered(options, table, consistency.mode(true))?,
        top: 1,
        count: true,
        ..Query::default()
    })
}

fn filtered<F: Copy>(
    options: &Options,
    table: &'static [Property<F>],
    mode: Mode,
) -> Result<Option<ephor_core::query::Predicate<F>>, BadQuery> {
    options
        .get("$filter")
        .map(|text| bind(&filter::parse(text)?, table, mode))
        .transpose()
}

/// A whole number within bounds.
pub(crate) fn number(
    options: &Options,
    name: &str,
    usual: u32,
    least: u32,
    most: u32,
) -> Result<u32, BadQuery> {
    let Some(text) = options.get(name) else {
        return Ok(usual);
    };
    match text.parse::<u32>() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        Ok(_) | Err(_) if name == "$top" => Err(BadQuery::unsupported(format!(
            "Invalid page size specified: $top is `{}`, but it must be between {least} and {most} inclusive.",
            clipped(text)
        ))),
        Ok(_) | Err(_) => Err(BadQuery::unsupported(format!(
            "{name} is `{}`, but it must be a whole number between {least} and {most}.",
            clipped(text)
        ))),
    }
}
