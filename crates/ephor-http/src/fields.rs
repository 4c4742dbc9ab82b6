//! Reads properties out of a JSON object, and says of a wrong one what it was and what would be right.
//!
//! Names are read in whatever case, and null counts as absent, because known clients send both
//! (`pim-groups.md` section 0). Properties that nobody asks for are passed over; Ephor's own API refuses
//! them with [`Fields::only`].

use std::fmt;
use std::str::FromStr;

use ephor_core::id::BadId;
use ephor_core::text::BadText;
use ephor_core::time::BadTime;
use ephor_ops::directory::Set;

use crate::json::{Json, Object, clipped};

/// A property that is not right: its name and a phrase that says what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadField {
    /// The property with the names of the objects it is in: `scheduleInfo.expiration.type`.
    pub(crate) path: String,
    /// What is wrong, and what would be right.
    pub(crate) wrong: String,
    /// Which kind of wrong.
    pub(crate) fault: FieldFault,
}

/// Which kind of wrong a property is: clients know the two by different codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldFault {
    /// It is missing, or not what it must be.
    Malformed,
    /// It can be read, but what it asks for is nothing that Ephor does.
    Unsupported,
}

impl fmt::Display for BadField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.path, self.wrong)
    }
}

/// What a property gives, or what is wrong with it.
pub(crate) type Read<T> = Result<T, BadField>;

/// The properties of one object.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    object: &'a Object,
    path: String,
}

impl<'a> Fields<'a> {
    /// The properties of a body, which must be an object.
    pub(crate) fn of(body: &'a Json) -> Read<Self> {
        Self::at(body, "the body".to_owned()).map(|fields| Self {
            path: String::new(),
            ..fields
        })
    }

    /// The properties of an item of a list, which must be an object.
    pub(crate) fn item<'b>(&self, list: &str, index: usize, item: &'b Json) -> Read<Fields<'b>> {
        Fields::at(item, self.path_to(&format!("{list}[{index}]")))
    }

    fn at(value: &'a Json, path: String) -> Read<Self> {
        match value {
            Json::Object(object) => Ok(Self { object, path }),
            other => Err(BadField {
                path,
                wrong: format!("is {}, but it must be an object", other.shown()),
                fault: FieldFault::Malformed,
            }),
        }
    }

    fn path_to(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// `name` is wrong in this way.
    pub(crate) fn wrong(&self, name: &str, wrong: impl Into<String>) -> BadField {
        BadField {
            path: self.path_to(name),
            wrong: wrong.into(),
            fault: FieldFault::Malformed,
        }
    }

    /// `name` asks, in this way, for something that Ephor does not do.
    pub(crate) fn unsupported(&self, name: &str, wrong: impl Into<String>) -> BadField {
        BadField {
            fault: FieldFault::Unsupported,
            ..self.wrong(name, wrong)
        }
    }

    /// `name` is needed and not there.
    pub(crate) fn missing(&self, name: &str) -> BadField {
        self.wrong(name, "is missing")
    }

    fn is(&self, name: &str, value: &Json, wanted: &str) -> BadField {
        self.wrong(
            name,
            format!("is {}, but it must be {wanted}", value.shown()),
        )
    }

    /// Whatever stands under `name`; null counts as nothing.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Json> {
        self.object.get(name).filter(|value| **value != Json::Null)
    }

    /// All names, as they were written.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.object.names()
    }

    /// Whether null stands under `name`: where it means "none" and not "as it is".
    pub(crate) fn is_null(&self, name: &str) -> bool {
        self.object.get(name) == Some(&Json::Null)
    }

    /// Whether anything stands under `name`, null included.
    pub(crate) fn is_given(&self, name: &str) -> bool {
        self.object.get(name).is_some()
    }

    /// Refuses every property but these.
    pub(crate) fn only(&self, names: &[&str]) -> Read<()> {
        let known = |given: &str| names.iter().any(|name| name.eq_ignore_ascii_case(given));
        match self.object.names().find(|given| !known(given)) {
            None => Ok(()),
            Some(given) => Err(self.wrong(
                &clipped(given),
                format!(
                    "is not a property that is known here; there are `{}`",
                    names.join("`, `")
                ),
            )),
        }
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Read<Option<&'a str>> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(other) => Err(self.is(name, other, "a text")),
        }
    }

    /// A text that must not be repeated in an answer.
    pub(crate) fn secret(&self, name: &str) -> Read<Option<&'a str>> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(name, "must be a text")),
        }
    }

    /// `true` or `false`.
    pub(crate) fn bool(&self, name: &str) -> Read<Option<bool>> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Bool(value)) => Ok(Some(*value)),
            Some(other) => Err(self.is(name, other, "true or false")),
        }
    }

    /// A whole number that is not negative.
    pub(crate) fn whole_number(&self, name: &str) -> Read<Option<u32>> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Int(value)) if u32::try_from(*value).is_ok() => {
                Ok(u32::try_from(*value).ok())
            }
            Some(other) => Err(self.is(name, other, "a whole number from 0")),
        }
    }

    /// A list.
    pub(crate) fn list(&self, name: &str) -> Read<Option<&'a [Json]>> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::List(items)) => Ok(Some(items)),
            Some(other) => Err(self.is(name, other, "a list")),
        }
    }

    /// A list of texts.
    pub(crate) fn texts(&self, name: &str) -> Read<Option<Vec<&'a str>>> {
        let Some(items) = self.list(name)? else {
            return Ok(None);
        };
        items
            .iter()
            .enumerate()
            .map(|(index, item)| match item {
                Json::Text(text) => Ok(text.as_str()),
                other => Err(self.is(&format!("{name}[{index}]"), other, "a text")),
            })
            .collect::<Read<Vec<_>>>()
            .map(Some)
    }

    /// An object.
    pub(crate) fn object(&self, name: &str) -> Read<Option<Fields<'a>>> {
        self.get(name)
            .map(|value| Self::at(value, self.path_to(name)))
            .transpose()
    }

    /// A text that `T` reads from its spelling: an id, a time, a duration, a user principal name.
    pub(crate) fn parsed<T>(&self, name: &str) -> Read<Option<T>>
    where
        T: FromStr,
        T::Err: Explains,
    {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        text.parse()
            .map(Some)
            .map_err(|wrong: T::Err| self.wrong(name, wrong.phrase(text)))
    }

    /// A text within limits; nothing but blanks counts as absent.
    pub(crate) fn limited<T>(
        &self,
        name: &str,
        read: impl FnOnce(String) -> Result<T, BadText>,
    ) -> Read<Option<T>> {
        match self.text(name)? {
            None => Ok(None),
            Some(text) if text.trim().is_empty() => Ok(None),
            Some(text) => read(text.to_owned())
                .map(Some)
                .map_err(|wrong| self.wrong(name, wrong.to_string())),
        }
    }

    /// A text within limits that may be taken away: by null, or by nothing but blanks.
    pub(crate) fn set<T>(
        &self,
        name: &str,
        read: impl FnOnce(String) -> Result<T, BadText>,
    ) -> Read<Set<T>> {
        let given = self.object.get(name).is_some();
        Ok(match self.limited(name, read)? {
            Some(value) => Set::To(value),
            None if given => Set::Clear,
            None => Set::Keep,
        })
    }

    /// One of a few words, in whatever case.
    pub(crate) fn word<T>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Option<T>,
        words: &[&str],
    ) -> Read<Option<T>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        read(text).map(Some).ok_or_else(|| {
            self.wrong(
                name,
                format!(
                    "is `{}`, but it must be one of `{}`",
                    clipped(text),
                    words.join("`, `")
                ),
            )
        })
    }
}

/// What reading a text may fail with, as a phrase that follows the property's name.
pub(crate) trait Explains {
    /// The phrase; `given` is the text that was read.
    fn phrase(&self, given: &str) -> String;
}

impl Explains for BadId {
    fn phrase(&self, given: &str) -> String {
        format!("is `{}`, which is not {}", clipped(given), self.wanted)
    }
}

impl Explains for BadTime {
    fn phrase(&self, given: &str) -> String {
        format!("is `{}`, which {}", clipped(given), self.wrong)
    }
}

impl Explains for BadText {
    fn phrase(&self, given: &str) -> String {
        format!("is `{}`: it {self}", clipped(given))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ephor_core::group::Access;
    use ephor_core::time::IsoDuration;

    fn read<T>(text: &str, with: impl FnOnce(&Fields<'_>) -> T) -> T {
        let body = crate::json::parse(text.as_bytes()).unwrap();
        with(&Fields::of(&body).unwrap())
    }

    #[test]
    fn names_are_read_in_whatever_case_and_null_is_absent() {
        read(r#"{"accessID":"Owner","createdBy":null}"#, |fields| {
            assert_eq!(fields.parsed::<Access>("accessId"), Ok(Some(Access::Owner)));
            assert!(fields.get("createdBy").is_none());
        });
    }

    #[test]
    fn an_error_names_the_property_the_value_and_what_would_be_right() {
        read(r#"{"a":{"duration":"P6M","on":"yes"}}"#, |fields| {
            let inner = fields.object("a").unwrap().unwrap();
            let told = inner
                .parsed::<IsoDuration>("duration")
                .unwrap_err()
                .to_string();
            assert!(
                told.contains("`a.duration` is `P6M`") && told.contains("P180D"),
                "{told}"
            );
            let told = inner.bool("on").unwrap_err().to_string();
            assert_eq!(
                told,
                "`a.on` is the text `yes`, but it must be true or false"
            );
        });
    }

    #[test]
    fn a_strict_reader_names_what_it_does_not_know() {
        read(r#"{"advance":"PT1H","extra":1}"#, |fields| {
            let told = fields.only(&["advance"]).unwrap_err().to_string();
            assert!(
                told.contains("`extra`") && told.contains("`advance`"),
                "{told}"
            );
        });
    }
}
