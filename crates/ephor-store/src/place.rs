//! Where a store lives: finding it, locking it, and opening connections to it.

mod directory;

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::engine::sqlite::{self, Durability, SqliteConn};
use crate::options::Database;
use crate::sql::Conn;
use crate::{OpenError, StoreError, StoreOptions, schema};

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
}

impl Opener {
    /// A connection that only reads.
    pub(crate) fn reader(&self) -> Result<Conn, OpenError> {
        match self {
            Self::Sqlite { file } => sqlite::open_reader(file)
                .map(Conn::Sqlite)
                .map_err(|wrong| sqlite_refused(file, wrong)),
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
            sqlite::check_version(rusqlite::version_number()).map_err(OpenError::Engine)?;
            let guard = directory::claim(directory, options.exclusive, purpose)?;
            open_sqlite(directory, guard, purpose, Durability::Full)
        }
        Database::Memory => {
            sqlite::check_version(rusqlite::version_number()).map_err(OpenError::Engine)?;
            let guard = directory::passing()?;
            let directory = guard.path().to_owned();
            open_sqlite(&directory, guard, Purpose::Create, Durability::None)
        }
        Database::Postgres(_) => Err(OpenError::Engine("PostgreSQL is not there yet".into())),
    }
}

fn open_sqlite(
    directory: &Path,
    guard: Guard,
    purpose: Purpose,
    durability: Durability,
) -> Result<Opened, OpenError> {
    let place = directory.display().to_string();
    let file = directory::database_file(directory);
    let refused = |wrong| sqlite_refused(&file, wrong);
    let mut conn = sqlite::open_writer(&file, durability).map_err(refused)?;
    match sqlite_schema(&conn).map_err(refused)? {
        Found::Nothing => {}
        Found::Version(version) => schema::check_known(version)?,
        Found::SomethingElse => {
            return Err(OpenError::NotADataDirectory {
                place,
                wrong: "its `ephor.db` is the database of another program".into(),
            });
        }
    }
    let has_tenant = sqlite_has_tenant(&conn).map_err(refused)?;
    judge_tenant(has_tenant, purpose, &place)?;
    schema::migrate(&mut conn, &schema::SQLITE)?;
    Ok(Opened {
        writer: Conn::Sqlite(SqliteConn::new(conn)),
        opener: Opener::Sqlite { file },
        guard,
    })
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

fn sqlite_schema(conn: &Connection) -> Result<Found, rusqlite::Error> {
    let tables: i64 = conn.query_row(
        "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table'",
        [],
        |row| row.get(0),
    )?;
    if tables == 0 {
        return Ok(Found::Nothing);
    }
    if !sqlite_has_table(conn, schema::HISTORY)? {
        return Ok(Found::SomethingElse);
    }
    conn.query_row(
        "SELECT COALESCE(MAX(version), 0) FROM refinery_schema_history",
        [],
        |row| row.get(0),
    )
    .map(Found::Version)
}

fn sqlite_has_table(conn: &Connection, name: &str) -> Result<bool, rusqlite::Error> {
    conn.query_row(
        "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1",
        [name],
        |row| row.get::<_, i64>(0),
    )
    .map(|count| count > 0)
}

fn sqlite_has_tenant(conn: &Connection) -> Result<bool, rusqlite::Error> {
    if !sqlite_has_table(conn, "tenant")? {
        return Ok(false);
    }
    conn.query_row("SELECT COUNT(*) FROM tenant", [], |row| {
        row.get::<_, i64>(0)
    })
    .map(|count| count > 0)
}

/// Why SQLite would not open the file, and what would help.
fn sqlite_refused(file: &Path, wrong: rusqlite::Error) -> OpenError {
    use rusqlite::ErrorCode;
    let place = file.display().to_string();
    match wrong.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotADataDirectory {
            place,
            wrong: "the file is not a SQLite database".into(),
        },
        Some(ErrorCode::DiskFull) => OpenError::Io {
            place,
            wrong: "the disk is full; free some space and start again".into(),
        },
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            OpenError::Io {
                place,
                wrong: format!(
                    "{wrong}; make the directory and its files writable for the user that runs Ephor"
                ),
            }
        }
        Some(_) | None => OpenError::Store(match sqlite::error(wrong) {
            StoreError::Sql(wrong) | StoreError::Damaged(wrong) => StoreError::Damaged(wrong),
            other => other,
        }),
    }
}

/// Where the ids of a store come from.
pub(crate) fn ids(seed: Option<u64>) -> Box<dyn ephor_core::id::IdSource + Send> {
    match seed {
        Some(seed) => Box::new(ephor_core::id::SeededIds::new(seed)),
        None => Box::new(crate::ambient::RandomIds),
    }
}
