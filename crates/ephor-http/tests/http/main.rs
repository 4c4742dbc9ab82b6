//! The service over real HTTP, on every engine: what clients see, to the letter where they compare it.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

mod approvals;
mod audits;
mod bad_input;
mod batch;
mod browser;
mod clients;
mod clients_pim;
mod deleted;
mod described;
mod evidence;
mod examples;
mod life;
mod limits;
mod mail;
mod member_of;
mod oauth;
mod official;
mod own;
mod own_pim;
mod packages;
mod reading;
mod repeats;
mod requests;
mod sign_in;
mod spelling;
mod strangers;
mod support;
