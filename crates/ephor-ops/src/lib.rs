//! What a caller can ask for: one synchronous function for each, run inside one transaction.
//!
//! An operation loads facts, lets `ephor-core` decide, and records what was decided. It takes a
//! [`Tx`](ephor_store::Tx) if it changes something, and then the transaction knows the caller; otherwise a
//! [`ReadTx`](ephor_store::ReadTx) and the caller. HTTP, commands, jobs and simulations all call these
//! same functions: there is no other way to change anything.

pub mod access;
pub mod approval;
pub mod audit;
pub mod demonstration;
pub mod directory;
pub mod lapse;
pub mod mail;
pub mod management;
pub mod package;
pub mod policy;
pub mod program;
pub mod reminder;
pub mod repeat;
pub mod role_assignment;
pub mod role_definition;
pub mod roles;
pub mod schedule;
pub mod schedule_request;
pub mod session;
pub mod settings;
pub mod signin;
pub mod tenant;
pub mod unit;

mod approver;
mod authorise;
mod cascade;
mod credential;
mod failure;

pub use failure::{OpError, OpResult};
