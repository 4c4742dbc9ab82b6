//! The service over real HTTP, on every engine: what clients see, to the letter where they compare it.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

mod bad_input;
mod clients;
mod life;
mod limits;
mod official;
mod own;
mod reading;
mod roles;
mod spelling;
mod strangers;
mod support;
