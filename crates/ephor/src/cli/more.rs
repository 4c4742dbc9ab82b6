//! `ephor extend` and `ephor renew`: more of what is assigned.

use clap::Args;

use super::{LastingArgs, ServerArgs};

/// `ephor extend`, `ephor renew`
#[derive(Debug, Args)]
pub(crate) struct MoreArgs {
    /// Which groups: name, part of a name, or id
    #[arg(value_name = "GROUP")]
    pub(crate) groups: Vec<String>,

    /// The ownership instead of the membership
    #[arg(long)]
    pub(crate) owner: bool,

    /// What you are eligible for, where you are assigned actively too
    #[arg(long, conflicts_with = "active")]
    pub(crate) eligible: bool,

    /// What you are assigned actively, where you are eligible too
    #[arg(long)]
    pub(crate) active: bool,

    /// Whose: without it your own
    #[arg(long, value_name = "WHO")]
    pub(crate) user: Option<String>,

    /// How long; without it as long as the policy allows.
    #[command(flatten)]
    pub(crate) lasting: LastingArgs,

    /// Why: shown to whoever decides
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,

    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}
