//! Reads JSON that strangers send: within limits, without duplicate names, numbers checked (T-48).
//!
//! The limits hold while reading, so that a body built to be expensive is refused before it has cost
//! anything. What a body *means* is not here: [`crate::fields`] reads properties out of it.

use std::cell::Cell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::limits::{
    JSON_ARRAY_MAX, JSON_DEPTH_MAX, JSON_INTEGER_MAX, JSON_NODES_MAX, JSON_TEXT_BYTES_MAX,
};

/// A JSON value within the limits.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Json>),
    Object(Object),
}

/// An object: its names are distinct, whatever their case.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Object(Vec<(String, Json)>);

/// Why a text is not JSON that we take: a phrase that completes "the body …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BadJson(String);

/// Reads one JSON value from `bytes`, and nothing after it.
pub(crate) fn parse(bytes: &[u8]) -> Result<Json, BadJson> {
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return Err(BadJson(
            "begins with a byte order mark; send plain UTF-8".into(),
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| BadJson("is not valid UTF-8".to_owned()))?;
    let nodes = Cell::new(0);
    let mut reader = serde_json::Deserializer::from_str(text);
    let seed = Reading {
        depth: 1,
        nodes: &nodes,
    };
    seed.deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| BadJson(format!("is not JSON that is taken here: {error}")))
}

impl Object {
    /// The value under `name`, in whatever case it was written.
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        self.0
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// All names, as they were written.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl Json {
    /// The value as an error message shows it: its kind, and what it is where that is short.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => format!("`{value}`"),
            Self::Int(value) => format!("the number `{value}`"),
            Self::Float(value) => format!("the number `{value}`"),
            Self::Text(text) => format!("the text `{}`", clipped(text)),
            Self::List(_) => "a list".to_owned(),
            Self::Object(_) => "an object".to_owned(),
        }
    }
}

/// At most 100 characters of `text`, with what could break a line or a terminal written as escapes.
pub(crate) fn clipped(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(100)
        .flat_map(|c| {
            let plain = !c.is_control();
            plain
                .then_some(c)
                .into_iter()
                .chain(c.escape_default().filter(move |_| !plain))
        })
        .collect();
    if text.chars().nth(100).is_some() {
        shown.push('…');
    }
    shown
}

/// One value being read, at a depth, with the count of all values so far.
#[derive(Clone, Copy)]
struct Reading<'a> {
    depth: u32,
    nodes: &'a Cell<u32>,
}

impl Reading<'_> {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth >= JSON_DEPTH_MAX {
            return Err(E::custom(format!(
                "it is nested more than {JSON_DEPTH_MAX} deep"
            )));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }
}

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        self.nodes.set(self.nodes.get() + 1);
        if self.nodes.get() > JSON_NODES_MAX {
            return Err(de::Error::custom(format!(
                "it holds more than {JSON_NODES_MAX} values"
            )));
        }
        deserializer.deserialize_any(self)
    }
}

fn text<E: de::Error>(text: &str) -> Result<String, E> {
    if text.len() > JSON_TEXT_BYTES_MAX {
        return Err(E::custom(format!(
            "a text has more than {JSON_TEXT_BYTES_MAX} bytes"
        )));
    }
    Ok(text.to_owned())
}

fn beyond<E: de::Error>() -> E {
    E::custom(format!(
        "a number lies beyond ±{JSON_INTEGER_MAX}, where numbers are no longer exact"
    ))
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Json, E> {
        if value.unsigned_abs() > JSON_INTEGER_MAX.unsigned_abs() {
            return Err(beyond());
        }
        Ok(Json::Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Json, E> {
        i64::try_from(value)
            .map_err(|_| beyond())
            .and_then(|value| self.visit_i64(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Json, E> {
        // 2^53 is exact in both types.
        if value.is_nan() || value.abs() > JSON_INTEGER_MAX as f64 {
            return Err(beyond());
        }
        Ok(Json::Float(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Json, E> {
        text(value).map(Json::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(inner)? {
            if items.len() == JSON_ARRAY_MAX {
                return Err(de::Error::custom(format!(
                    "an array holds more than {JSON_ARRAY_MAX} values"
                )));
            }
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let inner = self.deeper()?;
        let mut members = Vec::new();
        let mut seen = std::collections::HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            let name: String = text(&name)?;
            if !seen.insert(name.to_ascii_lowercase()) {
                return Err(de::Error::custom(format!(
                    "the name `{}` occurs twice in one object",
                    clipped(&name)
                )));
            }
            let value = map.next_value_seed(inner)?;
            members.push((name, value));
        }
        Ok(Json::Object(Object(members)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        parse(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn t48_depth_nodes_arrays_and_texts_are_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nested(31).as_bytes()).is_ok());
        assert!(wrong(&nested(33)).contains("32 deep"));
        assert!(wrong(&nested(100_000)).contains("32 deep"));

        let list = |count: usize| format!("[{}]", vec!["0"; count].join(","));
        assert!(parse(list(1_000).as_bytes()).is_ok());
        assert!(wrong(&list(1_001)).contains("1000 values"));
        let many = format!("[{}]", vec![list(1_000); 10].join(","));
        assert!(wrong(&many).contains("10000 values"));

        let long = |bytes: usize| format!("\"{}\"", "x".repeat(bytes));
        assert!(parse(long(64 * 1024).as_bytes()).is_ok());
        assert!(wrong(&long(64 * 1024 + 1)).contains("65536 bytes"));
    }

    #[test]
    fn t48_numbers_stay_where_they_are_exact() {
        assert_eq!(parse(b"9007199254740992"), Ok(Json::Int(1 << 53)));
        for text in [
            "9007199254740993",
            "-9007199254740993",
            "18446744073709551615",
            "1e999999",
            "1e300",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_stands_once_in_whatever_case() {
        let told = wrong(r#"{"groupId":1,"GROUPID":2}"#);
        assert!(told.contains("`GROUPID` occurs twice"), "{told}");
        assert!(parse(br#"{"a":{"x":1},"b":{"x":2}}"#).is_ok());
    }

    #[test]
    fn what_is_not_json_is_told_with_its_place() {
        for text in [
            "",
            "{",
            "{\"a\":}",
            "[1,]",
            "{} {}",
            "NaN",
            "'a'",
            "{\"a\" 1}",
        ] {
            assert!(wrong(text).contains("line"), "{text}");
        }
        assert!(
            parse(b"\xEF\xBB\xBF{}")
                .unwrap_err()
                .to_string()
                .contains("byte order mark")
        );
        assert!(
            parse(b"\"\xff\"")
                .unwrap_err()
                .to_string()
                .contains("UTF-8")
        );
        assert!(parse(br#""\ud800""#).is_err());
    }

    #[test]
    fn what_is_shown_of_a_value_is_short_and_on_one_line() {
        let shown = Json::Text(format!("a\r\n\u{1b}[31m{}", "x".repeat(200))).shown();
        assert!(!shown.contains(['\r', '\n', '\u{1b}']), "{shown:?}");
        assert!(shown.chars().count() < 140);
    }
}
