//! Forms and queries as browsers and OAuth clients send them: strictly, each name once.

use crate::error::HttpError;
use crate::json::clipped;

/// How many fields a form may have.
const FIELDS_MAX: usize = 64;

/// Names with their values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads `name=value&…`. A name that comes twice is refused (RFC 6749 section 3.1), and so is what is
    /// not UTF-8.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, HttpError> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for piece in bytes
            .split(|b| *b == b'&')
            .filter(|piece| !piece.is_empty())
        {
            let mut halves = piece.splitn(2, |b| *b == b'=');
            let name = decoded(halves.next().unwrap_or_default())?;
            let value = decoded(halves.next().unwrap_or_default())?;
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(HttpError::bad_request(format!(
                    "`{}` is given twice.",
                    clipped(&name)
                )));
            }
            if fields.len() == FIELDS_MAX {
                return Err(HttpError::bad_request(format!(
                    "There are more than {FIELDS_MAX} fields."
                )));
            }
            fields.push((name, value));
        }
        Ok(Self(fields))
    }

    /// The value of this name, where it is there and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Every name with its value.
    #[cfg(test)]
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of this name, or nothing.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}

fn decoded(piece: &[u8]) -> Result<String, HttpError> {
    let spaced: Vec<u8> = piece
        .iter()
        .map(|b| if *b == b'+' { b' ' } else { *b })
        .collect();
    let bytes: Vec<u8> = percent_encoding::percent_decode(&spaced).collect();
    String::from_utf8(bytes)
        .map_err(|_| HttpError::bad_request("What was sent is not valid UTF-8."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_strictly() {
        let form = Form::parse(b"a=1&b=x+y%2Bz&c=&%C3%A9=%C3%A9").unwrap();
        assert_eq!(form.get("a"), Some("1"));
        assert_eq!(form.get("b"), Some("x y+z"));
        assert_eq!(form.get("c"), None);
        assert_eq!(form.get("\u{e9}"), Some("\u{e9}"));
        assert!(Form::parse(b"a=1&a=2").is_err(), "twice");
        assert!(Form::parse(b"a=%ff").is_err(), "no UTF-8");
        assert!(Form::parse("x&".repeat(100).as_bytes()).is_err());
        let many: String = (0..65).map(|at| format!("f{at}=&")).collect();
        assert!(Form::parse(many.as_bytes()).is_err());
    }
}
