//! The query options that Graph clients send (`directory.md` section 2), read once into typed queries.
//!
//! [`filter`] reads the text of `$filter` into a tree; [`bind`] turns that into a predicate over the fields
//! one collection has, by [`tables`]; [`options`] splits the query; [`shape`] is what `$select` and `$expand` ask for;
//! [`page`] makes and checks the opaque links to further pages.

pub(crate) mod bind;
pub(crate) mod filter;
pub(crate) mod json_rows;
pub(crate) mod listing;
pub(crate) mod options;
pub(crate) mod page;
pub(crate) mod rows;
pub(crate) mod shape;
pub(crate) mod tables;

/// What is wrong with a query, in a whole sentence that says what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadQuery {
    /// Which kind of wrong: each family of resources has its own code for it.
    pub(crate) fault: QueryFault,
    /// The sentence.
    pub(crate) sentence: String,
}

/// Which kind of wrong a query is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QueryFault {
    /// It can't be read.
    Unreadable,
    /// `$filter` can be read, but not on these resources.
    Filter,
    /// Another option can be read, but not on these resources.
    Unsupported,
}

impl BadQuery {
    pub(crate) fn unreadable(sentence: impl Into<String>) -> Self {
        Self {
            fault: QueryFault::Unreadable,
            sentence: sentence.into(),
        }
    }

    pub(crate) fn filter(sentence: impl Into<String>) -> Self {
        Self {
            fault: QueryFault::Filter,
            sentence: sentence.into(),
        }
    }

    pub(crate) fn unsupported(sentence: impl Into<String>) -> Self {
        Self {
            fault: QueryFault::Unsupported,
            sentence: sentence.into(),
        }
    }
}
