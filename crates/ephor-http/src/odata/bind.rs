//! From what a filter says to what the store is asked: names become fields of a closed set, values get
//! the field's type, and each operator is one the field allows.
//!
//! Nothing that a caller writes goes further than here as anything but a value (T-49). What is not in a
//! collection's table is refused, with what there is.

use ephor_core::query::{Comparison, Direction, Literal, Predicate, TextMatch};

use super::BadQuery;
use super::filter::{Filter, Value};
use crate::json::clipped;
use crate::limits::ORDER_MAX;

/// What a property's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// GUIDs and ids made of them; compared as text without case.
    Id,
    /// Text, and the words of enums; compared without case.
    Text,
    /// `true` and `false`.
    Bool,
    /// Times.
    Time,
    /// A list of texts: asked about with `any`.
    Texts,
}

/// What a filter may do with a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Eq,
    Ne,
    In,
    /// `lt`, `le`, `gt`, `ge`.
    Range,
    StartsWith,
    EndsWith,
    Contains,
    /// `eq null`
    Null,
    Any,
}

impl Op {
    const fn word(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::In => "in",
            Self::Range => "lt, le, gt, ge",
            Self::StartsWith => "startswith",
            Self::EndsWith => "endswith",
            Self::Contains => "contains",
            Self::Null => "eq null",
            Self::Any => "any",
        }
    }
}

/// Whether a list can be ordered by a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    No,
    /// Only in an advanced query.
    Advanced,
    Yes,
}

/// One property of a collection, as queries name it.
#[derive(Debug)]
pub(crate) struct Property<F: 'static> {
    pub(crate) name: &'static str,
    pub(crate) field: F,
    pub(crate) kind: Kind,
    /// What is always allowed.
    pub(crate) plain: &'static [Op],
    /// What is allowed besides in an advanced query.
    pub(crate) advanced: &'static [Op],
    pub(crate) sort: Sort,
}

/// Whether the query is an advanced one: `ConsistencyLevel: eventual` and `$count=true`
/// (`directory.md` 2.3). Collections outside the directory know no difference and are always [`Mode::Free`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A directory collection, asked plainly.
    Plain,
    /// A directory collection, asked in advanced mode.
    Advanced,
    /// Any other collection.
    Free,
}

impl Mode {
    const fn takes_all(self) -> bool {
        matches!(self, Self::Advanced | Self::Free)
    }
}

const NEEDS_ADVANCED: &str =
    "needs an advanced query: add the header `ConsistencyLevel: eventual` and `$count=true`";

/// The predicate that a filter asks for.
pub(crate) fn bind<F: Copy>(
    filter: &Filter,
    table: &'static [Property<F>],
    mode: Mode,
) -> Result<Predicate<F>, BadQuery> {
    let pair = |left, right| -> Result<_, BadQuery> {
        Ok((
            Box::new(bind(left, table, mode)?),
            Box::new(bind(right, table, mode)?),
        ))
    };
    match filter {
        Filter::And(left, right) => pair(left, right).map(|(l, r)| Predicate::And(l, r)),
        Filter::Or(left, right) => pair(left, right).map(|(l, r)| Predicate::Or(l, r)),
        Filter::Not(inner) => {
            if mode == Mode::Plain {
                return Err(BadQuery::filter(format!(
                    "`not` in a $filter {NEEDS_ADVANCED}."
                )));
            }
            Ok(Predicate::Not(Box::new(bind(inner, table, mode)?)))
        }
        Filter::Compare(path, comparison, value) => {
            let property = find(path, table)?;
            let op = match comparison {
                Comparison::Eq if *value == Value::Null => Op::Null,
                Comparison::Ne if *value == Value::Null => {
                    allow(property, Op::Null, mode)?;
                    Op::Ne
                }
                Comparison::Eq => Op::Eq,
                Comparison::Ne => Op::Ne,
                Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge => Op::Range,
            };
            allow(property, op, mode)?;
            let literal = literal(property, value)?;
            Ok(Predicate::Compare(property.field, *comparison, literal))
        }
        Filter::In(path, values) => {
            let property = find(path, table)?;
            allow(property, Op::In, mode)?;
            let literals = values.iter().map(|value| literal(property, value));
            Ok(Predicate::In(
                property.field,
                literals.collect::<Result<_, _>>()?,
            ))
        }
        Filter::Text(path, function, text) => {
            let property = find(path, table)?;
            let op = match function {
                TextMatch::StartsWith => Op::StartsWith,
                TextMatch::EndsWith => Op::EndsWith,
                TextMatch::Contains => Op::Contains,
            };
            allow(property, op, mode)?;
            Ok(Predicate::Text(property.field, *function, text.clone()))
        }
        Filter::AnyText(path, function, text) => {
            let property = find(path, table)?;
            allow(property, Op::Any, mode)?;
            Ok(Predicate::Text(property.field, *function, text.clone()))
        }
        Filter::Any(path, value) => {
            let property = find(path, table)?;
            allow(property, Op::Any, mode)?;
            let literal = literal(property, value)?;
            Ok(Predicate::Compare(property.field, Comparison::Eq, literal))
        }
    }
}

fn find<F>(path: &str, table: &'static [Property<F>]) -> Result<&'static Property<F>, BadQuery> {
    table
        .iter()
        .find(|property| property.name.eq_ignore_ascii_case(path))
        .ok_or_else(|| {
            BadQuery::filter(format!(
                "`{}` can't be used in a $filter here; there are `{}`.",
                clipped(path),
                names(table, |_| true)
            ))
        })
}

fn names<F>(table: &[Property<F>], which: impl Fn(&Property<F>) -> bool) -> String {
    table
        .iter()
        .filter(|property| which(property))
        .map(|property| property.name)
        .collect::<Vec<_>>()
        .join("`, `")
}

fn allow<F>(property: &Property<F>, op: Op, mode: Mode) -> Result<(), BadQuery> {
    if property.plain.contains(&op) {
        return Ok(());
    }
    let advanced = property.advanced.contains(&op);
    if advanced && mode.takes_all() {
        return Ok(());
    }
    if advanced {
        return Err(BadQuery::filter(format!(
            "`{}` with `{}` in a $filter {NEEDS_ADVANCED}.",
            op.word(),
            property.name
        )));
    }
    let allowed: Vec<&str> = property
        .plain
        .iter()
        .chain(property.advanced)
        .map(|op| op.word())
        .collect();
    Err(BadQuery::filter(format!(
        "`{}` can't be used with `{}` in a $filter; there are `{}`.",
        op.word(),
        property.name,
        allowed.join("`, `")
    )))
}

/// The value in the property's type.
fn literal<F>(property: &Property<F>, value: &Value) -> Result<Literal, BadQuery> {
    match (property.kind, value) {
        (_, Value::Null) => Ok(Literal::Null),
        (Kind::Id, Value::Guid(guid)) => Ok(Literal::Text(guid.to_string())),
        (Kind::Id | Kind::Text | Kind::Texts, Value::Text(text)) => Ok(Literal::Text(text.clone())),
        (Kind::Bool, Value::Bool(value)) => Ok(Literal::Bool(*value)),
        (Kind::Time, Value::Time(instant)) => Ok(Literal::Time(*instant)),
        (
            kind,
            Value::Bool(_) | Value::Int(_) | Value::Text(_) | Value::Guid(_) | Value::Time(_),
        ) => {
            let wanted = match kind {
                Kind::Id => "an id, such as '6aacaee8-4089-4048-9510-3119367fc943'",
                Kind::Text | Kind::Texts => "a text in single quotes",
                Kind::Bool => "true or false",
                Kind::Time => "a time without quotes, such as 2026-11-21T09:00:00Z",
            };
            Err(BadQuery::filter(format!(
                "In the $filter `{}` is compared with {}, but its values are {wanted}.",
                property.name,
                clipped(&value.to_string())
            )))
        }
    }
}

/// The order that `$orderby` asks for.
pub(crate) fn order<F: Copy>(
    text: &str,
    table: &'static [Property<F>],
    mode: Mode,
) -> Result<Vec<(F, Direction)>, BadQuery> {
    let items: Vec<&str> = text.split(',').map(str::trim).collect();
    if items.len() > ORDER_MAX {
        return Err(BadQuery::unsupported(format!(
            "$orderby names {} properties, but at most {ORDER_MAX} are taken.",
            items.len()
        )));
    }
    items
        .into_iter()
        .map(|item| ordered(item, table, mode))
        .collect()
}

fn ordered<F: Copy>(
    item: &str,
    table: &'static [Property<F>],
    mode: Mode,
) -> Result<(F, Direction), BadQuery> {
    let mut words = item.split_ascii_whitespace();
    let name = words.next().unwrap_or_default();
    let direction = match (words.next(), words.next()) {
        (None, None) => Direction::Ascending,
        (Some(word), None) if word.eq_ignore_ascii_case("asc") => Direction::Ascending,
        (Some(word), None) if word.eq_ignore_ascii_case("desc") => Direction::Descending,
        (_, _) => {
            return Err(BadQuery::unsupported(format!(
                "$orderby holds `{}`; write a property and then asc or desc.",
                clipped(item)
            )));
        }
    };
    let property = table
        .iter()
        .find(|property| property.name.eq_ignore_ascii_case(name) && property.sort != Sort::No)
        .ok_or_else(|| {
            BadQuery::unsupported(format!(
                "`{}` can't be ordered by here; there are `{}`.",
                clipped(name),
                names(table, |property| property.sort != Sort::No)
            ))
        })?;
    if property.sort == Sort::Advanced && !mode.takes_all() {
        return Err(BadQuery::unsupported(format!(
            "Ordering by `{}` {NEEDS_ADVANCED}.",
            property.name
        )));
    }
    Ok((property.field, direction))
}

#[cfg(test)]
mod tests {
    use ephor_core::query::{ScheduleField, UserField};

    use super::super::filter::parse;
    use super::super::tables::{SCHEDULES, USERS};
    use super::*;

    fn users(text: &str, mode: Mode) -> Result<Predicate<UserField>, String> {
        let filter = parse(text).unwrap();
        bind(&filter, USERS, mode).map_err(|wrong| wrong.sentence)
    }

    #[test]
    fn a_name_becomes_a_field_in_whatever_case() {
        assert_eq!(
            users("DISPLAYNAME eq 'Ada'", Mode::Plain),
            Ok(Predicate::Compare(
                UserField::DisplayName,
                Comparison::Eq,
                Literal::Text("Ada".into())
            ))
        );
    }

    #[test]
    fn what_is_not_in_the_table_is_refused_with_what_is() {
        let told = users("passwordProfile eq 'x'", Mode::Advanced).unwrap_err();
        assert!(
            told.contains("`passwordProfile`") && told.contains("`displayName`"),
            "{told}"
        );
        let told = users("contains(displayName,'x')", Mode::Advanced).unwrap_err();
        assert!(
            told.contains("`contains`") && told.contains("`startswith`"),
            "{told}"
        );
        let told = users("accountEnabled eq 'yes'", Mode::Plain).unwrap_err();
        assert!(told.contains("true or false"), "{told}");
        assert!(users("createdDateTime gt 'x'", Mode::Plain).is_err());
    }

    #[test]
    fn advanced_operators_say_what_they_need() {
        for text in [
            "displayName ne 'x'",
            "not (displayName eq 'x')",
            "endswith(mail,'x')",
        ] {
            let told = users(text, Mode::Plain).unwrap_err();
            assert!(told.contains("ConsistencyLevel: eventual"), "{told}");
            assert!(users(text, Mode::Advanced).is_ok(), "{text}");
        }
    }

    #[test]
    fn two_paths_to_one_field_are_one_field() {
        let filter = parse("principal/id eq 6aacaee8-4089-4048-9510-3119367fc943").unwrap();
        let bound = bind(&filter, SCHEDULES, Mode::Free).unwrap();
        assert_eq!(
            bound.required_text(ScheduleField::PrincipalId),
            Some("6aacaee8-4089-4048-9510-3119367fc943")
        );
    }

    #[test]
    fn orders_are_bounded_and_named() {
        assert_eq!(
            order("displayName desc , userPrincipalName", USERS, Mode::Plain)
                .map(|order| order.len()),
            Ok(2)
        );
        for text in [
            "displayName down",
            "surname",
            "",
            "createdDateTime",
            "a b c",
        ] {
            assert!(order(text, USERS, Mode::Plain).is_err(), "{text}");
        }
        assert!(
            order(
                "displayName,displayName,displayName,displayName",
                USERS,
                Mode::Plain
            )
            .is_err()
        );
    }
}
