//! What Ephor decides, and nothing else: no clock, no database, no network, no randomness.
//!
//! A decision takes facts, what is asked, and `now`; it gives events to record, or a refusal. Start with
//! [`activation`] (what somebody does for themselves) and [`assignment`] (what an administrator does);
//! [`policy`] holds the rules they are judged by, [`authority`] the table of who may do what.
//!
//! Invariants of the domain, each with its test named in `ARCHITECTURE.md`:
//! - who has access is a function of recorded spans and one `now`;
//! - a span is half-open: at its end it is over;
//! - access is the union of the grants in force;
//! - a rule that cannot be evaluated refuses.

pub mod activation;
pub mod activity;
pub mod assignment;
pub mod authority;
pub mod caller;
pub mod credential;
pub mod directory;
pub mod directory_role;
pub mod effective;
pub mod event;
pub mod group;
pub mod holding;
pub mod id;
pub mod membership_rule;
pub mod notice;
pub mod package;
pub mod policy;
pub mod principal;
pub mod profile;
pub mod query;
pub mod refusal;
pub mod request;
pub mod restoration;
pub mod role;
pub mod schedule;
pub mod signin;
pub mod skeleton;
pub mod tenant;
pub mod text;
pub mod time;
pub mod unit;
