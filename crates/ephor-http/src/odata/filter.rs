//! `$filter`: text to tree and back (`directory.md` 2.2).
//!
//! `not` binds tighter than `and`, and `and` tighter than `or`; brackets and `not` may be nested eight
//! deep, and a filter holds at most 50 nodes, so no text makes this recurse far or work long (T-45). What
//! a name in a filter stands for is not decided here.

use std::fmt;

use ephor_core::query::{Comparison, TextMatch};
use ephor_core::time::Instant;
use uuid::Uuid;
use winnow::ascii::{Caseless, space0};
use winnow::combinator::{alt, peek, preceded, repeat, terminated};
use winnow::error::EmptyError;
use winnow::token::{literal, none_of, one_of, take_while};
use winnow::{Parser, Result as Winnow};

use super::BadQuery;
use crate::json::clipped;
use crate::limits::{FILTER_BYTES_MAX, FILTER_DEPTH_MAX, FILTER_IN_MAX, FILTER_NODES_MAX};

/// A condition as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Filter {
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>),
    /// `displayName eq 'x'`
    Compare(String, Comparison, Value),
    /// `id in ('x','y')`
    In(String, Vec<Value>),
    /// `startswith(displayName,'x')`
    Text(String, TextMatch, String),
    /// `groupTypes/any(c:c eq 'x')`, `targetResources/any(t:t/id eq 'x')`
    Any(String, Value),
    /// `targetResources/any(t:startswith(t/displayName,'x'))`
    AnyText(String, TextMatch, String),
}

/// A value as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    /// A GUID without quotes.
    Guid(Uuid),
    /// A time without quotes.
    Time(Instant),
}

/// Reads a `$filter`.
pub(crate) fn parse(text: &str) -> Result<Filter, BadQuery> {
    if text.len() > FILTER_BYTES_MAX {
        return Err(BadQuery::unreadable(format!(
            "The $filter has {} bytes, but at most {FILTER_BYTES_MAX} are read.",
            text.len()
        )));
    }
    let mut reader = Reader {
        whole: text,
        rest: text,
        nodes: 0,
    };
    let filter = reader.either(0)?;
    reader.skip_blanks();
    if reader.rest.is_empty() {
        Ok(filter)
    } else {
        Err(reader.expected("`and`, `or` or the end"))
    }
}

/// Reads from the front of `rest`; small pieces by winnow, their order by plain recursion with a depth.
struct Reader<'a> {
    whole: &'a str,
    rest: &'a str,
    nodes: u32,
}

impl<'a> Reader<'a> {
    fn take<T>(&mut self, mut parser: impl Parser<&'a str, T, EmptyError>) -> Option<T> {
        let mut rest = self.rest;
        let taken = parser.parse_next(&mut rest).ok()?;
        self.rest = rest;
        Some(taken)
    }

    fn skip_blanks(&mut self) {
        self.take(space0::<&str, EmptyError>);
    }

    /// A word on its own: what follows is no part of it.
    fn keyword(&mut self, word: &'static str) -> bool {
        self.skip_blanks();
        self.take(terminated(
            literal(Caseless(word)),
            peek(alt((
                one_of([' ', '\t', '(']).void(),
                winnow::combinator::eof.void(),
            ))),
        ))
        .is_some()
    }

    fn sign(&mut self, sign: char) -> Result<(), BadQuery> {
        self.skip_blanks();
        self.take(sign.void())
            .ok_or_else(|| self.expected(&format!("`{sign}`")))
    }

    fn expected(&self, what: &str) -> BadQuery {
        let place = self.whole.len() - self.rest.len();
        let found = if self.rest.is_empty() {
            "it ends there".to_owned()
        } else {
            format!("`{}` was found", clipped(self.rest))
        };
        BadQuery::unreadable(format!(
            "The $filter can't be read at position {place}: {what} was expected, but {found}."
        ))
    }

    fn node(&mut self, filter: Filter) -> Result<Filter, BadQuery> {
        self.nodes += 1;
        if self.nodes > FILTER_NODES_MAX {
            return Err(BadQuery::unreadable(format!(
                "The $filter holds more than {FILTER_NODES_MAX} comparisons and words that join them."
            )));
        }
        Ok(filter)
    }

    fn deeper(depth: u32) -> Result<u32, BadQuery> {
        if depth == FILTER_DEPTH_MAX {
            return Err(BadQuery::unreadable(format!(
                "The $filter is nested more than {FILTER_DEPTH_MAX} deep."
            )));
        }
        Ok(depth + 1)
    }

    fn either(&mut self, depth: u32) -> Result<Filter, BadQuery> {
        let mut left = self.both(depth)?;
        while self.keyword("or") {
            let right = self.both(depth)?;
            left = self.node(Filter::Or(Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn both(&mut self, depth: u32) -> Result<Filter, BadQuery> {
        let mut left = self.single(depth)?;
        while self.keyword("and") {
            let right = self.single(depth)?;
            left = self.node(Filter::And(Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn single(&mut self, depth: u32) -> Result<Filter, BadQuery> {
        if self.keyword("not") {
            let inner = self.single(Self::deeper(depth)?)?;
            return self.node(Filter::Not(Box::new(inner)));
        }
        self.skip_blanks();
        if self.take('('.void()).is_some() {
            let inner = self.either(Self::deeper(depth)?)?;
            self.sign(')')?;
            return Ok(inner);
        }
        let condition = self.condition()?;
        self.node(condition)
    }

    fn condition(&mut self) -> Result<Filter, BadQuery> {
        for (word, function) in [
            ("startswith", TextMatch::StartsWith),
            ("endswith", TextMatch::EndsWith),
            ("contains", TextMatch::Contains),
        ] {
            if self
                .take(terminated(literal(Caseless(word)), peek((space0, '('))))
                .is_some()
            {
                return self.function(function);
            }
        }
        let path = self.path()?;
        if let Some(list) = path.strip_suffix("/any") {
            return self.any(list.to_owned());
        }
        if self.keyword("in") {
            return Ok(Filter::In(path, self.values()?));
        }
        for (word, comparison) in COMPARISONS {
            if self.keyword(word) {
                return Ok(Filter::Compare(path, comparison, self.value()?));
            }
        }
        Err(self.expected("one of `eq`, `ne`, `gt`, `ge`, `lt`, `le`, `in`"))
    }

    fn function(&mut self, function: TextMatch) -> Result<Filter, BadQuery> {
        self.sign('(')?;
        self.skip_blanks();
        let path = self.path()?;
        self.sign(',')?;
        let value = match self.value()? {
            Value::Text(text) => text,
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Guid(_) | Value::Time(_) => {
                return Err(self.expected("a text in single quotes"));
            }
        };
        self.sign(')')?;
        Ok(Filter::Text(path, function, value))
    }

    /// The inside of `any(c:c eq 'x')`, `any(t:t/id eq 'x')` or `any(t:startswith(t/name,'x'))`: one
    /// condition. What is asked of the items is a property of the list, so it becomes one path.
    fn any(&mut self, list: String) -> Result<Filter, BadQuery> {
        self.sign('(')?;
        self.skip_blanks();
        let variable = self.path()?;
        self.sign(':')?;
        self.skip_blanks();
        let before = self.rest;
        let inside = match self.condition()? {
            Filter::Compare(path, Comparison::Eq, value) => self
                .of_item(&list, &variable, &path)
                .map(|path| Filter::Any(path, value)),
            Filter::Text(path, function, text) => self
                .of_item(&list, &variable, &path)
                .map(|path| Filter::AnyText(path, function, text)),
            _ => None,
        };
        let Some(inside) = inside else {
            self.rest = before;
            return Err(self.expected(&format!("`{variable} eq` and a value")));
        };
        self.sign(')')?;
        Ok(inside)
    }

    /// The path from the collection's row to what is asked of the list's items.
    fn of_item(&self, list: &str, variable: &str, path: &str) -> Option<String> {
        match path.strip_prefix(variable)? {
            "" => Some(list.to_owned()),
            rest => rest.strip_prefix('/').map(|rest| format!("{list}/{rest}")),
        }
    }

    /// `displayName`, `principal/id`.
    fn path(&mut self) -> Result<String, BadQuery> {
        fn name<'a>(input: &mut &'a str) -> Winnow<&'a str, EmptyError> {
            (
                one_of(|c: char| c.is_ascii_alphabetic() || c == '_'),
                take_while(0.., |c: char| {
                    c.is_ascii_alphanumeric() || c == '_' || c == '.'
                }),
            )
                .take()
                .parse_next(input)
        }
        let path = (name, repeat::<_, _, (), _, _>(0..4, preceded('/', name))).take();
        self.take(path)
            .map(str::to_owned)
            .ok_or_else(|| self.expected("the name of a property"))
    }

    fn values(&mut self) -> Result<Vec<Value>, BadQuery> {
        self.sign('(')?;
        let mut values = vec![self.value()?];
        loop {
            self.skip_blanks();
            if self.take(','.void()).is_none() {
                break;
            }
            if values.len() == FILTER_IN_MAX {
                return Err(BadQuery::unreadable(format!(
                    "The $filter lists more than {FILTER_IN_MAX} values after `in`."
                )));
            }
            values.push(self.value()?);
        }
        self.sign(')')?;
        Ok(values)
    }

    fn value(&mut self) -> Result<Value, BadQuery> {
        self.skip_blanks();
        if self.rest.starts_with('\'') {
            return self
                .take(quoted)
                .map(Value::Text)
                .ok_or_else(|| self.expected("a text that ends with a single quote"));
        }
        let before = self.rest;
        let bare = |c: char| c.is_ascii_alphanumeric() || "-:.+_@".contains(c);
        let word = self.take(take_while(1.., bare)).unwrap_or_default();
        bare_value(word).map_err(|why| {
            self.rest = before;
            match why {
                Some(why) => BadQuery::unreadable(format!("In the $filter {why}.")),
                None => self.expected("a value (a text stands in single quotes)"),
            }
        })
    }
}

const COMPARISONS: [(&str, Comparison); 6] = [
    ("eq", Comparison::Eq),
    ("ne", Comparison::Ne),
    ("gt", Comparison::Gt),
    ("ge", Comparison::Ge),
    ("lt", Comparison::Lt),
    ("le", Comparison::Le),
];

/// `'it''s'`: a quote inside is doubled.
fn quoted(input: &mut &str) -> Winnow<String, EmptyError> {
    let inside = repeat(0.., alt((literal("''").value('\''), none_of('\''))));
    let text = preceded(
        '\'',
        inside.fold(String::new, |mut text, c| {
            text.push(c);
            text
        }),
    )
    .parse_next(input)?;
    '\''.parse_next(input)?;
    Ok(text)
}

/// A value without quotes; the error says why a time is none.
fn bare_value(word: &str) -> Result<Value, Option<String>> {
    if word.eq_ignore_ascii_case("null") {
        return Ok(Value::Null);
    }
    if word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false") {
        return Ok(Value::Bool(word.eq_ignore_ascii_case("true")));
    }
    if word.len() == 36
        && let Ok(guid) = Uuid::try_parse(word)
    {
        return Ok(Value::Guid(guid));
    }
    if let Ok(number) = word.parse() {
        return Ok(Value::Int(number));
    }
    let like_a_time = word.len() >= 10 && word.as_bytes()[4] == b'-' && word.is_ascii();
    match word.parse::<Instant>() {
        Ok(instant) => Ok(Value::Time(instant)),
        Err(wrong) if like_a_time => Err(Some(wrong.to_string())),
        Err(_) => Err(None),
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Self::Guid(guid) => guid.fmt(f),
            Self::Time(instant) => instant.fmt(f),
        }
    }
}

const fn word(function: TextMatch) -> &'static str {
    match function {
        TextMatch::StartsWith => "startswith",
        TextMatch::EndsWith => "endswith",
        TextMatch::Contains => "contains",
    }
}

impl fmt::Display for Filter {
    /// The shortest text that reads back as the same tree.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(left, right) => match **right {
                Self::Or(..) => write!(f, "{left} or ({right})"),
                _ => write!(f, "{left} or {right}"),
            },
            Self::And(left, right) => {
                match **left {
                    Self::Or(..) => write!(f, "({left}) and ")?,
                    _ => write!(f, "{left} and ")?,
                }
                match **right {
                    Self::Or(..) | Self::And(..) => write!(f, "({right})"),
                    _ => right.fmt(f),
                }
            }
            Self::Not(inner) => match **inner {
                Self::Or(..) | Self::And(..) => write!(f, "not ({inner})"),
                _ => write!(f, "not {inner}"),
            },
            Self::Compare(path, comparison, value) => {
                let word = COMPARISONS
                    .iter()
                    .find(|(_, one)| one == comparison)
                    .map_or("eq", |(word, _)| word);
                write!(f, "{path} {word} {value}")
            }
            Self::In(path, values) => {
                let values: Vec<_> = values.iter().map(Value::to_string).collect();
                write!(f, "{path} in ({})", values.join(","))
            }
            Self::Text(path, function, text) => {
                let text = Value::Text(text.clone());
                write!(f, "{}({path},{text})", word(*function))
            }
            Self::Any(path, value) => write!(f, "{path}/any(c:c eq {value})"),
            Self::AnyText(path, function, text) => {
                let text = Value::Text(text.clone());
                write!(f, "{path}/any(c:{}(c,{text}))", word(*function))
            }
        }
    }
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
