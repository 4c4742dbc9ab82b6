//! Sign-in, as far as it can be decided without touching anything: how strong a sign-in was, how long a
//! session lives, when an attempt is judged at all, what a refresh token that comes back means.
//!
//! Nothing secret is here: what people know or hold is compared at the edge, and kept in the store.

pub mod application;
pub mod attempts;
pub mod condition;
pub mod context;
pub mod event;
pub mod refresh;
pub mod session;
pub mod strength;
