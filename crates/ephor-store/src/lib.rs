//! What Ephor remembers, on SQLite and on PostgreSQL alike, and nothing of why.
//!
//! A [`Store`] runs synchronous closures on database threads: [`Store::read`] on one of a few readers,
//! [`Store::write`] on the one writer, which commits many closures at once and answers only after the
//! commit. Inside, a closure has a [`ReadTx`] or [`Tx`] with one `now` that never runs backwards, and
//! changes anything only through [`Tx::record`], the one door: audit entry, rows and outbox together.

pub mod ambient;
mod options;
mod tx;

pub use options::{Database, StoreOptions, TimeSource};
pub use tx::{AuditEntry, AuditQuery, OutboxMessage, ReadTx, SigningKey, Tx};

use ephor_core::caller::Caller;
use ephor_core::event::Attempt;
use ephor_core::refusal::Refusal;
use ephor_core::time::{Instant, Length};

/// What can go wrong with the store itself: never an answer, always a fault.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Too much is waiting: come again a little later (503 with `Retry-After`).
    #[error("too many requests are waiting for the database")]
    Busy,
    /// The database can't be reached or does not answer in time; nothing was changed.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The commit failed or its outcome is not known: it must be read, not repeated.
    #[error("the outcome of the commit is not known: {0}")]
    OutcomeUnknown(String),
    /// The machine's clock is behind the time floor by more than two seconds: nothing is granted (T-17).
    #[error(
        "the clock is {behind} behind the time already used; nothing is granted until it has caught up"
    )]
    ClockBehind {
        /// By how much.
        behind: Length,
    },
    /// What is stored does not make sense.
    #[error("the database holds what it should not: {0}")]
    Damaged(String),
    /// A statement failed.
    #[error("a database statement failed: {0}")]
    Sql(String),
    /// A closure panicked; it changed nothing.
    #[error("an operation failed unexpectedly")]
    Panicked,
    /// The store is being closed.
    #[error("the server is shutting down")]
    Closed,
}

/// Why a data directory or database can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is nothing of Ephor's there.
    #[error("`{place}` holds no Ephor tenant; make one with `ephor init`")]
    NoTenant {
        /// Which directory or database.
        place: String,
    },
    /// There is one already.
    #[error("`{place}` already holds a tenant; nothing was changed")]
    TenantExists {
        /// Which directory or database.
        place: String,
    },
    /// Something else is there.
    #[error("`{place}` is not an Ephor data directory: {wrong}")]
    NotADataDirectory {
        /// Which directory.
        place: String,
        /// What was found.
        wrong: String,
    },
    /// Another server has it.
    #[error(
        "another Ephor server (process {pid}) uses `{place}`; stop it first, or use another directory"
    )]
    InUse {
        /// Which directory.
        place: String,
        /// Whose lock it is, as written in the lock file.
        pid: String,
    },
    /// A newer Ephor made it.
    #[error(
        "the database has schema version {found}, but this Ephor knows only up to {known}; use the newer Ephor that upgraded it"
    )]
    NewerSchema {
        /// The version found.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// It can't be reached.
    #[error("the database can't be reached: {0}")]
    Unreachable(String),
    /// The file system refused.
    #[error("can't use `{place}`: {wrong}")]
    Io {
        /// Which file or directory.
        place: String,
        /// What went wrong, with what would help.
        wrong: String,
    },
    /// The engine is too old or of a version known to lose data.
    #[error("{0}")]
    Engine(String),
    /// Anything else.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a write closure may fail with: a refusal is recorded, a fault is not.
pub trait Failure: From<StoreError> + Send + 'static {
    /// What was tried and what was answered, if this failure is a refusal of a change.
    fn refused(&self) -> Option<(&Attempt, &Refusal)>;
}

/// How the store is doing, for `/readyz` and `ephor check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The engine and its version, such as `SQLite 3.54.1`.
    pub engine: String,
    /// The schema version in force.
    pub schema: i64,
    /// The present by the store's time.
    pub now: Instant,
    /// How far the clock is behind the time floor.
    pub clock_behind: Length,
    /// The sequence number of the newest audit entry.
    pub audit_entries: i64,
}

/// What a check of the audit chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// Every entry follows from the one before.
    Sound {
        /// How many there are.
        entries: i64,
        /// The last one's hash, in hex.
        head: String,
    },
    /// Something was changed, taken out, put in or moved.
    Broken {
        /// At which sequence number it shows first.
        at: i64,
        /// What is wrong there.
        wrong: String,
    },
}

/// The answer to a closure that was sent to a database thread: `.await` it, or `wait()` for it.
#[derive(Debug)]
pub struct Reply<T> {
    receiver: futures_channel::oneshot::Receiver<T>,
}

/// A handle to the store; clones share it. The last one to go stops its threads.
#[derive(Clone)]
pub struct Store {
    _private: std::sync::Arc<()>,
}

impl Store {
    /// Makes a new, empty database with the schema and no tenant yet. Refuses where there is a tenant.
    pub fn create(options: &StoreOptions) -> Result<Self, OpenError> {
        let _ = options;
        todo!("store")
    }

    /// Opens an existing database and brings its schema up to date. Refuses where there is no tenant.
    pub fn open(options: &StoreOptions) -> Result<Self, OpenError> {
        let _ = options;
        todo!("store")
    }

    /// Runs `run` in a read transaction on a reader thread. `name` is for metrics and slow logs.
    pub fn read<T, E, F>(&self, name: &'static str, run: F) -> Reply<Result<T, E>>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&ReadTx<'_>) -> Result<T, E> + Send + 'static,
    {
        let _ = (name, run);
        todo!("store")
    }

    /// Runs `run` on the writer, in a savepoint of its own; the reply comes after the commit. If `run`
    /// fails, nothing of it stays; if it fails with a refusal, the refusal is recorded in the same batch.
    pub fn write<T, E, F>(&self, name: &'static str, caller: Caller, run: F) -> Reply<Result<T, E>>
    where
        T: Send + 'static,
        E: Failure,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let _ = (name, caller, run);
        todo!("store")
    }

    /// How the store is doing; fails where the database can't be reached.
    pub fn health(&self) -> Reply<Result<Health, StoreError>> {
        todo!("store")
    }

    /// Walks the whole audit chain.
    pub fn verify_audit(&self) -> Reply<Result<Verification, StoreError>> {
        todo!("store")
    }
}
