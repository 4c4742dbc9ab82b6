//! One file for each command or family of commands. A command parses nothing and decides nothing about
//! access: it calls one operation, here or on a server, and shows the answer.

pub(crate) mod activate;
pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod deactivate;
pub(crate) mod group;
pub(crate) mod init;
pub(crate) mod list;
pub(crate) mod requests;
pub(crate) mod token;
