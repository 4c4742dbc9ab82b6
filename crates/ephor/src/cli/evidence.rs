//! The export of the audit log.

use clap::{Args, ValueEnum};
use ephor_core::time::Instant;

use super::PlaceArgs;

/// `ephor audit export`
#[derive(Debug, Args)]
pub(crate) struct AuditExportArgs {
    /// How to write the entries
    #[arg(long, value_enum, default_value_t = ExportFormat::Jsonl)]
    pub(crate) format: ExportFormat,

    /// Which entries, asked of a server: all, those about --group, or those about whoever's token it is
    #[arg(long, value_enum, value_name = "VIEW")]
    pub(crate) view: Option<AuditView>,

    /// Only about this group: its id or, on the database, its name
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<String>,

    /// Recorded at this time or later, such as 2026-11-21T09:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<Instant>,

    /// Recorded before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<Instant>,

    /// Which database.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    /// Address of a server to ask instead; the access token is taken from EPHOR_TOKEN
    #[arg(long, value_name = "URL", conflicts_with_all = ["data", "database", "config"])]
    pub(crate) server: Option<String>,
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// A JSON object on each line, as recorded
    Jsonl,
    /// A table; no cell of it is a formula
    Csv,
}

/// A view of the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuditView {
    /// About me, and what I did
    Mine,
    /// About one group, for its owners
    Group,
    /// Everything
    All,
}
