//! Log lines, on standard error: for operators, one line each that reads well alone.
//!
//! A value that callers sent is written escaped, so that nobody can make a second line of it (T-52).

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Config, LogFormat};

/// What the level can be changed with while the program runs.
#[derive(Clone)]
pub(crate) struct Levels {
    handle: reload::Handle<LevelFilter, tracing_subscriber::Registry>,
}

impl Levels {
    /// Logs from this level on.
    pub(crate) fn set(&self, level: LevelFilter) {
        // It fails only where the subscriber is gone, and then nothing is logged at all.
        let _ = self.handle.reload(level);
    }
}

/// Starts logging as the settings say.
pub(crate) fn start(config: &Config) -> Levels {
    let (level, handle) = reload::Layer::new(config.log_level);
    let registry = tracing_subscriber::registry().with(level);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false);
    // A second start in one process (there is none but in tests) keeps the first.
    let _ = match config.log_format {
        LogFormat::Text => registry.with(lines.with_ansi(false)).try_init(),
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).try_init(),
    };
    Levels { handle }
}
