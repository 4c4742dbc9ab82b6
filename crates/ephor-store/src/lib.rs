//! What Ephor remembers, on SQLite and on PostgreSQL alike, and nothing of why.
//!
//! A [`Store`] runs synchronous closures on database threads: [`Store::read`] on one of a few readers,
//! [`Store::write`] on the one writer, which commits many closures at once and answers only after the
//! commit. Inside, a closure has a [`ReadTx`] or [`Tx`] with one `now` that never runs backwards, and
//! changes anything only through [`Tx::record`], the one door: audit entry, rows and outbox together.

pub mod ambient;
mod answers;
mod audit;
mod code;
mod engine;
mod fold;
mod mails;
mod moment;
mod options;
mod outbox;
mod place;
mod project;
mod query;
mod readers;
mod record;
mod reply;
mod schema;
mod sign_in;
mod skeletons;
mod sql;
#[cfg(feature = "testing")]
pub mod testing;
mod tx;
mod writer;

pub use answers::Remembered;
pub use mails::{Mail, MailQuery, MailState};
pub use options::{Database, StoreOptions, TimeSource};
pub use query::holdings::RoleOf;
pub use query::packages::PackageScope;
pub use reply::Reply;
pub use sign_in::{Credential, CredentialKind, Identity, LiveSession, Ticket, TicketKind};
pub use tx::{AuditEntry, AuditQuery, OutboxMessage, ReadTx, SigningKey, Tx};

use std::sync::Arc;
use std::thread::JoinHandle;

use ephor_core::caller::Caller;
use ephor_core::event::Attempt;
use ephor_core::refusal::Refusal;
use ephor_core::time::{Instant, Length};

use crate::place::Purpose;
use crate::readers::Readers;
use crate::sql::State;
use crate::writer::Writer;

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

/// A handle to the store; clones share it. The last one to go stops its threads.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// What the clones share.
struct Inner {
    /// Taken when the store is closed, which lets the threads come to their end.
    queues: Option<(Readers, Writer)>,
    threads: Vec<JoinHandle<()>>,
    /// Dropped last: until then the place is ours.
    _guard: place::Guard,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queues = None;
        let own = std::thread::current().id();
        // Readers come before the writer, which leaves the database as one file behind it.
        for thread in self.threads.drain(..) {
            // A closure may hold the last handle; its thread can't wait for itself.
            if thread.thread().id() != own && thread.join().is_err() {
                tracing::error!("a database thread failed unexpectedly");
            }
        }
    }
}

impl Store {
    /// Makes a new, empty database with the schema and no tenant yet. Refuses where there is a tenant.
    pub fn create(options: &StoreOptions) -> Result<Self, OpenError> {
        Self::start(options, Purpose::Create)
    }

    /// Opens an existing database and brings its schema up to date. Refuses where there is no tenant.
    pub fn open(options: &StoreOptions) -> Result<Self, OpenError> {
        Self::start(options, Purpose::Open)
    }

    fn start(options: &StoreOptions, purpose: Purpose) -> Result<Self, OpenError> {
        // On a thread of its own: PostgreSQL's driver can't be called on one that runs futures.
        std::thread::scope(|scope| {
            scope
                .spawn(|| Self::start_here(options, purpose))
                .join()
                .unwrap_or(Err(OpenError::Store(StoreError::Panicked)))
        })
    }

    fn start_here(options: &StoreOptions, purpose: Purpose) -> Result<Self, OpenError> {
        let place::Opened {
            writer: conn,
            opener,
            guard,
        } = place::open(options, purpose)?;
        skeletons::fill(&conn)?;
        let time = moment::Time::new(options.time.clone());
        let (readers, mut threads) =
            readers::start(&opener, &time, options.readers, options.queue)?;
        let (writer, thread) = writer::start(writer::Settings {
            dies_with_commit: matches!(conn, sql::Conn::Sqlite(_)),
            conn,
            time,
            ids: place::ids(options.seed),
            queue: options.queue,
            batch_max: options.batch_max,
            on_fatal: Arc::clone(&options.on_fatal),
        })?;
        threads.push(thread);
        Ok(Self {
            inner: Arc::new(Inner {
                queues: Some((readers, writer)),
                threads,
                _guard: guard,
            }),
        })
    }

    fn queues(&self) -> &(Readers, Writer) {
        self.inner
            .queues
            .as_ref()
            .expect("the queues go only when the last handle goes")
    }

    /// Runs `run` in a read transaction on a reader thread. `name` is for metrics and slow logs.
    pub fn read<T, E, F>(&self, name: &'static str, run: F) -> Reply<Result<T, E>>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&ReadTx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.read_with_state(name, move |tx, _| run(tx))
    }

    fn read_with_state<T, E, F>(&self, name: &'static str, run: F) -> Reply<Result<T, E>>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&ReadTx<'_>, &State) -> Result<T, E> + Send + 'static,
    {
        let (readers, writer) = self.queues();
        let is_dead = writer.is_dead();
        readers.send(name, move |tx, state| {
            // No zombie that serves reads only (F-26).
            if is_dead {
                return Err(writer::ended().into());
            }
            run(tx, state)
        })
    }

    /// Runs `run` on the writer, in a savepoint of its own; the reply comes after the commit. If `run`
    /// fails, nothing of it stays; if it fails with a refusal, the refusal is recorded in the same batch.
    pub fn write<T, E, F>(&self, name: &'static str, caller: Caller, run: F) -> Reply<Result<T, E>>
    where
        T: Send + 'static,
        E: Failure,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.queues().1.send(name, caller, run)
    }

    /// How the store is doing; fails where the database can't be reached.
    pub fn health(&self) -> Reply<Result<Health, StoreError>> {
        self.read_with_state("store.health", |tx, state| {
            Ok(Health {
                engine: tx.engine()?,
                schema: schema::version(tx)?,
                now: tx.now(),
                clock_behind: tx.clock_behind(),
                audit_entries: state.sequence,
            })
        })
    }

    /// Walks the whole audit chain.
    pub fn verify_audit(&self) -> Reply<Result<Verification, StoreError>> {
        self.read_with_state("audit.verify", audit::verify)
    }
}
