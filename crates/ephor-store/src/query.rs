//! Rows into facts and lists, one file for each aggregate.

pub(crate) mod directory;
pub(crate) mod fields;
pub(crate) mod filter;
pub(crate) mod holdings;
pub(crate) mod membership;
pub(crate) mod packages;
pub(crate) mod policies;
pub(crate) mod requests;
pub(crate) mod roles;
pub(crate) mod schedules;
pub(crate) mod secrets;
pub(crate) mod units;
