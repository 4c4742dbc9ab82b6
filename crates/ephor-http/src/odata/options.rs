//! The query of an address, split into options: decoded once, each name at most once.
//!
//! Names that begin with `$` are OData's: they are read in whatever case and must be known. Others are
//! passed over, save where a resource of Ephor's own asks for them.

use super::BadQuery;
use crate::json::clipped;

/// OData's options that Ephor knows; which of them a resource takes is for the resource to say.
const KNOWN: [&str; 11] = [
    "$filter",
    "$select",
    "$expand",
    "$orderby",
    "$top",
    "$skip",
    "$count",
    "$search",
    "$skiptoken",
    "$format",
    "$id",
];

/// The options of one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pairs: Vec<(String, String)>,
}

/// Whether OData's options may be written without their `$`, as `/beta` allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dollar {
    Needed,
    Optional,
}

impl Options {
    /// Splits and decodes the query of an address.
    pub(crate) fn parse(query: &str, dollar: Dollar) -> Result<Self, BadQuery> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let name = canonical(&decoded(name)?, dollar)?;
            if pairs.iter().any(|(own, _)| *own == name) {
                return Err(BadQuery::unreadable(format!(
                    "The query option `{}` occurs twice.",
                    clipped(&name)
                )));
            }
            pairs.push((name, decoded(value)?));
        }
        Ok(Self { pairs })
    }

    /// The value of an option.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// The same, with `value` where the option was not given: for a link that says what was left out.
    pub(crate) fn or_else(mut self, name: &str, value: impl FnOnce() -> String) -> Self {
        if self.get(name).is_none() {
            self.pairs.push((name.to_owned(), value()));
        }
        self
    }

    /// Refuses OData's options other than these; `$format` is taken everywhere, as JSON.
    pub(crate) fn only(&self, taken: &[&str]) -> Result<(), BadQuery> {
        for (name, value) in &self.pairs {
            if name == "$format" {
                let json = ["json", "application/json"]
                    .iter()
                    .any(|one| value.eq_ignore_ascii_case(one));
                if !json {
                    return Err(BadQuery::unsupported(format!(
                        "$format is `{}`, but answers are `json` only.",
                        clipped(value)
                    )));
                }
            } else if name.starts_with('$') && !taken.contains(&name.as_str()) {
                let taken = if taken.is_empty() {
                    "none is taken".to_owned()
                } else {
                    format!("there are `{}`", taken.join("`, `"))
                };
                return Err(BadQuery::unsupported(format!(
                    "The query option `{name}` is not supported here; {taken}."
                )));
            }
        }
        Ok(())
    }

    /// `true` or `false`; absent is false.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, BadQuery> {
        match self.get(name) {
            None => Ok(false),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(text) => Err(BadQuery::unreadable(format!(
                "{name} is `{}`, but it must be true or false.",
                clipped(text)
            ))),
        }
    }

    /// All options but `$skiptoken`, in an order that does not depend on how they were written.
    pub(crate) fn sorted(&self) -> Vec<(&str, &str)> {
        let mut pairs: Vec<_> = self
            .pairs
            .iter()
            .filter(|(name, _)| name != "$skiptoken")
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        pairs.sort_unstable();
        pairs
    }

    /// All options but `$skiptoken`, in their order, for a link to the next page.
    pub(crate) fn for_link(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs
            .iter()
            .filter(|(name, _)| name != "$skiptoken")
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn canonical(name: &str, dollar: Dollar) -> Result<String, BadQuery> {
    let known = |text: &str| {
        KNOWN
            .iter()
            .find(|known| known.eq_ignore_ascii_case(text))
            .map(|known| (*known).to_owned())
    };
    if name.starts_with('$') {
        return known(name).ok_or_else(|| {
            BadQuery::unsupported(format!(
                "The query option `{}` is not known; there are `{}`.",
                clipped(name),
                KNOWN.join("`, `")
            ))
        });
    }
    let bare = match dollar {
        Dollar::Optional => known(&format!("${name}")),
        Dollar::Needed => None,
    };
    Ok(bare.unwrap_or_else(|| name.to_owned()))
}

/// One percent-decoding; `+` is a blank, as clients write it.
fn decoded(text: &str) -> Result<String, BadQuery> {
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(&text.replace('+', " ")).collect();
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        Ok(_) | Err(_) => Err(BadQuery::unreadable(
            "The query is not percent-encoded UTF-8 text.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Options, BadQuery> {
        Options::parse(query, Dollar::Needed)
    }

    #[test]
    fn names_and_values_are_decoded_once() {
        let options = read("%24filter=a%20eq+%27x%2527%27&$TOP=5&$count=true").unwrap();
        assert_eq!(options.get("$filter"), Some("a eq 'x%27'"));
        assert_eq!(options.get("$top"), Some("5"));
        assert_eq!(options.flag("$count"), Ok(true));
    }

    #[test]
    fn an_option_twice_or_unknown_is_refused_by_name() {
        assert!(
            read("$top=1&%24top=2")
                .unwrap_err()
                .sentence
                .contains("`$top`")
        );
        assert!(read("a=1&a=2").unwrap_err().sentence.contains("`a`"));
        assert!(read("$apply=x").unwrap_err().sentence.contains("`$apply`"));
        assert!(read("x=%ff").is_err());
        assert!(read("x=%00").is_err());
        assert_eq!(read("whatever=1").unwrap().only(&[]), Ok(()));
    }

    #[test]
    fn the_dollar_may_be_left_out_only_where_that_is_allowed() {
        let beta = Options::parse("filter=x", Dollar::Optional).unwrap();
        assert_eq!(beta.get("$filter"), Some("x"));
        assert_eq!(read("filter=x").unwrap().get("$filter"), None);
    }

    #[test]
    fn what_is_not_taken_here_is_refused_with_what_is() {
        let told = read("$skip=1")
            .unwrap()
            .only(&["$top"])
            .unwrap_err()
            .sentence;
        assert!(
            told.contains("`$skip`") && told.contains("`$top`"),
            "{told}"
        );
        assert!(read("$format=xml").unwrap().only(&[]).is_err());
        assert!(read("$format=json").unwrap().only(&[]).is_ok());
    }
}
