//! A SQLite database in its directory: is it ours, is it new enough, has it a tenant; then open it.

use std::path::Path;

use rusqlite::{Connection, ErrorCode};

use super::directory::{Guard, database_file};
use super::{Found, Opened, Opener, Purpose, judge_tenant};
use crate::engine::sqlite::{self, Durability, SqliteConn};
use crate::sql::Conn;
use crate::{OpenError, StoreError, schema};

pub(super) fn open(
    directory: &Path,
    guard: Guard,
    purpose: Purpose,
    durability: Durability,
) -> Result<Opened, OpenError> {
    sqlite::check_version(rusqlite::version_number()).map_err(OpenError::Engine)?;
    let place = directory.display().to_string();
    let file = database_file(directory);
    let refused = |wrong| refused(&file, wrong);
    let mut conn = sqlite::open_writer(&file, durability).map_err(refused)?;
    match found(&conn).map_err(refused)? {
        Found::Nothing => {}
        Found::Version(version) => schema::check_known(version)?,
        Found::SomethingElse => {
            return Err(OpenError::NotADataDirectory {
                place,
                wrong: "its `ephor.db` is the database of another program".into(),
            });
        }
    }
    let has_tenant = has_tenant(&conn).map_err(refused)?;
    judge_tenant(has_tenant, purpose, &place)?;
    schema::migrate(&mut conn, &schema::SQLITE)?;
    Ok(Opened {
        writer: Conn::Sqlite(SqliteConn::new(conn)),
        opener: Opener::Sqlite { file },
        guard,
    })
}

/// A connection that only reads.
pub(super) fn reader(file: &Path) -> Result<Conn, OpenError> {
    sqlite::open_reader(file)
        .map(Conn::Sqlite)
        .map_err(|wrong| refused(file, wrong))
}

fn found(conn: &Connection) -> Result<Found, rusqlite::Error> {
    let tables: i64 = conn.query_row(
        "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table'",
        [],
        |row| row.get(0),
    )?;
    if tables == 0 {
        return Ok(Found::Nothing);
    }
    if !has_table(conn, schema::HISTORY)? {
        return Ok(Found::SomethingElse);
    }
    conn.query_row(
        "SELECT COALESCE(MAX(version), 0) FROM refinery_schema_history",
        [],
        |row| row.get(0),
    )
    .map(Found::Version)
}

fn has_table(conn: &Connection, name: &str) -> Result<bool, rusqlite::Error> {
    conn.query_row(
        "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1",
        [name],
        |row| row.get::<_, i64>(0),
    )
    .map(|count| count > 0)
}

fn has_tenant(conn: &Connection) -> Result<bool, rusqlite::Error> {
    if !has_table(conn, "tenant")? {
        return Ok(false);
    }
    conn.query_row("SELECT COUNT(*) FROM tenant", [], |row| {
        row.get::<_, i64>(0)
    })
    .map(|count| count > 0)
}

/// Why SQLite would not open the file, and what would help.
fn refused(file: &Path, wrong: rusqlite::Error) -> OpenError {
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
