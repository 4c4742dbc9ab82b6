//! The store's tests: one contract on both engines, and what each promises by itself.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

mod batches;
mod contract;
mod evidence;
mod lists;
mod membership;
mod nodes;
mod places;
mod time;
mod upgrade;
mod world;
