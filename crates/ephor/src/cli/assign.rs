//! `ephor assign` and `unassign`: what whoever runs a group gives and takes.

use clap::Args;

use super::{LastingArgs, ServerArgs};

/// `ephor assign`
#[derive(Debug, Args)]
pub(crate) struct AssignArgs {
    /// Which group: name, part of a name, or id
    #[arg(value_name = "GROUP")]
    pub(crate) group: String,

    /// Whom: user principal name, name, id, or group:NAME
    #[arg(value_name = "WHO", required = true)]
    pub(crate) who: Vec<String>,

    /// As owner instead of member
    #[arg(long)]
    pub(crate) owner: bool,

    /// So that they may activate it [default]
    #[arg(long, conflicts_with = "active")]
    pub(crate) eligible: bool,

    /// So that they have it at once, without activating
    #[arg(long)]
    pub(crate) active: bool,

    /// Change the assignment that there is, instead of making one
    #[arg(long)]
    pub(crate) update: bool,

    /// From when: 14:30, 2026-11-21T14:30 (in this machine's time zone), or with an offset; without it at once
    #[arg(long = "at", value_name = "TIME")]
    pub(crate) at: Option<String>,

    /// How long; without it as long as the policy allows.
    #[command(flatten)]
    pub(crate) lasting: LastingArgs,

    /// Why: kept with the request and shown to whoever reads the record
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,

    /// The ticket that stands for it
    #[arg(long, value_name = "SYSTEM:NO")]
    pub(crate) ticket: Option<String>,

    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `ephor unassign`
#[derive(Debug, Args)]
pub(crate) struct UnassignArgs {
    /// Which group: name, part of a name, or id
    #[arg(value_name = "GROUP")]
    pub(crate) group: String,

    /// Whom: name, part of a name, or id
    #[arg(value_name = "WHO", required = true)]
    pub(crate) who: Vec<String>,

    /// As owner instead of member
    #[arg(long)]
    pub(crate) owner: bool,

    /// What they may activate
    #[arg(long, conflicts_with = "active")]
    pub(crate) eligible: bool,

    /// What they have without activating
    #[arg(long)]
    pub(crate) active: bool,

    /// Why: kept with the request and shown to whoever reads the record
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,

    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}
