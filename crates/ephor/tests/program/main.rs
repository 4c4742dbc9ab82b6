//! The program as people and scripts meet it: the real binary, its words, its exit codes, and what is left
//! of its data when it is killed.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod administrator;
mod approvals;
mod certificate;
mod crash;
mod demonstration;
mod directory_roles;
mod evidence;
mod help;
mod mail;
mod operator;
mod packages;
mod person;
mod picking;
mod session;
mod starts;
mod support;
