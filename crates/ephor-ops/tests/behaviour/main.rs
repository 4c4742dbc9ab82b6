//! What Ephor does, told as stories and held to a naive model: one program, so that what the tests share is
//! built once.

#![expect(
    clippy::unwrap_used,
    reason = "a test says what went wrong by stopping"
)]

mod approvals;
mod as_of;
mod authority;
mod beyond;
mod credentials;
mod mail;
mod model;
mod packages;
mod packages_guards;
mod packages_roles;
mod packages_world;
mod reach;
mod sim;
mod spec;
mod world;
