//! Graph's resources, one file each: a handler parses, calls one operation, and renders.
//!
//! Nothing here asks whether somebody may; the operation does.

pub(crate) mod approvals;
pub(crate) mod authentication;
pub(crate) mod conditions;
pub(crate) mod deleted_items;
pub(crate) mod directory_audits;
pub(crate) mod directory_objects;
pub(crate) mod directory_roles;
pub(crate) mod groups;
pub(crate) mod manager;
pub(crate) mod member_of;
pub(crate) mod members;
pub(crate) mod organization;
pub(crate) mod owned;
pub(crate) mod packages;
pub(crate) mod policies;
pub(crate) mod policy_assignments;
pub(crate) mod programs;
mod related;
pub(crate) mod resources;
pub(crate) mod role_assignments;
pub(crate) mod role_definitions;
pub(crate) mod schedule_requests;
pub(crate) mod schedules;
pub(crate) mod sponsors;
pub(crate) mod units;
pub(crate) mod users;
