//! The service over real HTTP, on every engine: what clients see, to the letter where they compare it.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

mod approvals;
mod assertions;
mod audits;
mod bad_input;
mod batch;
mod browser;
mod clients;
mod clients_pim;
mod conditions;
mod deleted;
mod described;
mod endings;
mod evidence;
mod examples;
mod groups;
mod life;
mod limits;
mod look_alikes;
mod mail;
mod master_key;
mod member_of;
mod mutated;
mod oauth;
mod official;
mod own;
mod own_pim;
mod packages;
mod programs;
mod rates;
mod reading;
mod repeats;
mod requests;
mod roles;
mod sign_in;
mod spelling;
mod strangers;
mod support;
mod transcripts;
mod upstream;
mod users;
