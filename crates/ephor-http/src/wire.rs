//! The JSON that Graph's clients send and expect, from and into the core's types.
//!
//! Spellings are those of `pim-groups.md` section 0: what clients match by case is written in the one case
//! they match. Members without a value are there with null.

pub(crate) mod approval;
pub(crate) mod audit;
pub(crate) mod condition;
pub(crate) mod group;
pub(crate) mod object;
pub(crate) mod package;
pub(crate) mod policy;
pub(crate) mod policy_change;
pub(crate) mod program;
pub(crate) mod reference;
pub(crate) mod request;
pub(crate) mod role;
pub(crate) mod role_schedule;
pub(crate) mod schedule;
pub(crate) mod unit;
pub(crate) mod user;

use serde_json::{Map, Value};

/// An object with these members, in this order.
pub(crate) fn object<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
