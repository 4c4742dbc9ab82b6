//! Which database, which clock, how large the queues.

use std::path::PathBuf;
use std::sync::Arc;

use ephor_core::time::Clock;

/// Which database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// SQLite in this directory, which is made if it isn't there.
    Directory(PathBuf),
    /// SQLite in memory: for tests; every store has its own.
    Memory,
    /// PostgreSQL at this `postgres://` URL.
    Postgres(String),
}

/// Where `now` comes from.
#[derive(Clone)]
pub enum TimeSource {
    /// From this clock.
    Clock(Arc<dyn Clock>),
    /// From the database server, so that many nodes cannot disagree (`security.md` section 2). SQLite has
    /// no clock of its own and uses the machine's.
    Database,
}

/// How a store is opened.
#[derive(Clone)]
pub struct StoreOptions {
    /// Which database.
    pub database: Database,
    /// Where `now` comes from.
    pub time: TimeSource,
    /// Whether this process serves: then it takes the data directory's lock file (F-06). Commands of the
    /// operator work beside a server and don't.
    pub exclusive: bool,
    /// How many reader threads.
    pub readers: usize,
    /// How many closures may wait for the writer before [`crate::StoreError::Busy`].
    pub queue: usize,
    /// How many closures one commit takes at most.
    pub batch_max: usize,
    /// Ids counted from this seed instead of random ones: for golden files and simulations.
    pub seed: Option<u64>,
    /// What to do when a commit failed and the state on disk is the only truth left (F-03): the program
    /// ends itself with exit code 70, tests take note.
    pub on_fatal: Arc<dyn Fn(&str) + Send + Sync>,
}

impl StoreOptions {
    /// The usual: database time, four readers, a queue of 1,024, batches of up to 256, exclusive use.
    pub fn new(database: Database) -> Self {
        Self {
            database,
            time: TimeSource::Database,
            exclusive: true,
            readers: 4,
            queue: 1_024,
            batch_max: 256,
            seed: None,
            on_fatal: Arc::new(|_| {}),
        }
    }
}
