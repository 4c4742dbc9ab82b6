//! How long something shall last, as several commands take it.

use clap::Args;
use ephor_core::time::IsoDuration;

use crate::period;

/// How long something shall last.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct LastingArgs {
    /// For how long: 90d, 8h, PT2H, P180D
    #[arg(long = "for", value_name = "DURATION", value_parser = period::parse)]
    pub(crate) duration: Option<IsoDuration>,

    /// Until when: 18:00, 2026-12-31T18:00 (in this machine's time zone), or with an offset
    #[arg(long, value_name = "TIME", conflicts_with = "duration")]
    pub(crate) until: Option<String>,

    /// Without an end, where the policy allows it
    #[arg(long, conflicts_with_all = ["duration", "until"])]
    pub(crate) permanent: bool,
}
