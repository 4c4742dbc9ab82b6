//! One file for each command or family of commands. A command parses nothing and decides nothing about
//! access: it calls one operation, here or on a server, and shows the answer.

pub(crate) mod activate;
pub(crate) mod app;
pub(crate) mod assign;
pub(crate) mod audit;
pub(crate) mod cancel;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod deactivate;
pub(crate) mod decide;
pub(crate) mod find;
pub(crate) mod group;
pub(crate) mod init;
pub(crate) mod lasting;
pub(crate) mod list;
pub(crate) mod login;
pub(crate) mod mail;
pub(crate) mod more;
pub(crate) mod package;
pub(crate) mod pending;
pub(crate) mod people;
pub(crate) mod requests;
pub(crate) mod results;
pub(crate) mod roles;
pub(crate) mod token;
pub(crate) mod unassign;
pub(crate) mod wait;

use ephor_core::group::Access;

/// Which role of a group `--owner` means.
const fn access(owner: bool) -> Access {
    if owner { Access::Owner } else { Access::Member }
}
