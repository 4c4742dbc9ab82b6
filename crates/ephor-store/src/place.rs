//! Where a store lives: finding it, locking it, and opening connections to it.

mod directory;
mod postgres;
mod sqlite;

use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::postgres_source::Source;
use crate::engine::sqlite::Durability;
use crate::options::Database;
use crate::sql::Conn;
use crate::{OpenError, StoreOptions};

pub(crate) use directory::Guard;

/// Whether a tenant is to be made or to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Create,
    Open,
}

/// Opens connections to one store.
pub(crate) enum Opener {
    Sqlite { file: PathBuf },
    Postgres { source: Arc<Source> },
}

impl Opener {
    /// A connection that only reads.
    pub(crate) fn reader(&self) -> Result<Conn, OpenError> {
        match self {
            Self::Sqlite { file } => sqlite::reader(file),
            Self::Postgres { source } => postgres::connection(source),
        }
    }
}

/// A place that was opened: its writing connection, how to open others, and what keeps it ours.
pub(crate) struct Opened {
    pub(crate) writer: Conn,
    pub(crate) opener: Opener,
    pub(crate) guard: Guard,
}

/// Opens the place that `options` name, with its schema brought up to date.
pub(crate) fn open(options: &StoreOptions, purpose: Purpose) -> Result<Opened, OpenError> {
    match &options.database {
        Database::Directory(directory) => {
            let guard = directory::claim(directory, options.exclusive, purpose)?;
            sqlite::open(directory, guard, purpose, Durability::Full)
        }
        Database::Memory => {
            let guard = directory::passing()?;
            let directory = guard.path().to_owned();
            sqlite::open(&directory, guard, Purpose::Create, Durability::None)
        }
        Database::Postgres(url) => postgres::open(url, purpose),
    }
}

/// Refuses to make a tenant where there is one, and to find one where there is none.
fn judge_tenant(has_tenant: bool, purpose: Purpose, place: &str) -> Result<(), OpenError> {
    let place = place.to_owned();
    match (has_tenant, purpose) {
        (true, Purpose::Create) => Err(OpenError::TenantExists { place }),
        (false, Purpose::Open) => Err(OpenError::NoTenant { place }),
        (true, Purpose::Open) | (false, Purpose::Create) => Ok(()),
    }
}

/// What a database holds before anything is done to it.
enum Found {
    Nothing,
    Version(i64),
    SomethingElse,
}

/// Where the ids of a store come from.
pub(crate) fn ids(seed: Option<u64>) -> Box<dyn ephor_core::id::IdSource + Send> {
    match seed {
        Some(seed) => Box::new(ephor_core::id::SeededIds::new(seed)),
        None => Box::new(crate::ambient::RandomIds),
    }
}
