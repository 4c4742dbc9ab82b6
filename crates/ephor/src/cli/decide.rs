//! `ephor approvals`, `approve`, `deny` and `cancel`: what becomes of requests that wait.

use clap::Args;

use super::{LastingArgs, ServerArgs};

/// `ephor approvals`
#[derive(Debug, Args)]
pub(crate) struct ApprovalsArgs {
    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `ephor approve`
#[derive(Debug, Args)]
pub(crate) struct ApproveArgs {
    /// Which and why.
    #[command(flatten)]
    pub(crate) deny: DenyArgs,

    /// How long an extended or renewed assignment shall last; without it as asked.
    #[command(flatten)]
    pub(crate) lasting: LastingArgs,
}

/// `ephor deny`
#[derive(Debug, Args)]
pub(crate) struct DenyArgs {
    /// Which requests: id, or the beginning of one
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,

    /// Why: told to whoever asked, and kept with the request
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,

    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `ephor cancel`
#[derive(Debug, Args)]
pub(crate) struct CancelArgs {
    /// Which requests: id, the beginning of one, or the group's name
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,

    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}
