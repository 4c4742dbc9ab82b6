//! SQLite behind the seam: the settings that durability rests on, kept statements, and errors in our words.
//!
//! One connection writes and checkpoints; the others are opened read-only (`security.md`, "Store settings
//! that these promises rest on").

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ephor_core::time::Instant;
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};

use crate::StoreError;
use crate::sql::{Row, State, Text, Value, rewrite};

/// Versions before this one can lose a write when the write-ahead log is reset.
const OLDEST_VERSION: i32 = 3_051_003;
/// This one has a fault of its own.
const BAD_VERSION: i32 = 3_052_000;
/// How many statements a connection keeps prepared.
const STATEMENTS_KEPT: usize = 128;

/// How a commit reaches the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It is on the disk before it returns.
    Full,
    /// It may be lost with the machine: for stores in memory, which nobody opens again.
    None,
}

/// A connection to SQLite.
pub(crate) struct SqliteConn {
    conn: Connection,
    texts: RefCell<HashMap<String, Arc<Text>>>,
}

/// Why this program's SQLite can't be used, where it can't.
pub(crate) fn check_version(version: i32) -> Result<(), String> {
    if version >= OLDEST_VERSION && version != BAD_VERSION {
        return Ok(());
    }
    Err(format!(
        "SQLite {}.{}.{} can lose committed data; Ephor needs 3.51.3 or newer, and not 3.52.0",
        version / 1_000_000,
        version / 1_000 % 1_000,
        version % 1_000
    ))
}

/// Opens the connection that writes; the file must be there.
pub(crate) fn open_writer(
    file: &Path,
    durability: Durability,
) -> Result<Connection, rusqlite::Error> {
    let conn = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    settle(&conn)?;
    let mode: String = conn.query_row("PRAGMA journal_mode=WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        tracing::error!(%mode, "the file system does not allow a write-ahead log");
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN),
            Some("the file system does not allow a write-ahead log".into()),
        ));
    }
    conn.execute_batch(match durability {
        Durability::Full => "PRAGMA synchronous=FULL",
        Durability::None => "PRAGMA synchronous=OFF",
    })?;
    // Pages: a checkpoint every 16 MiB of log, rather than every 4, so that it costs a commit less often.
    conn.execute_batch("PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-16384")?;
    Ok(conn)
}

/// Opens a connection that can only read.
pub(crate) fn open_reader(file: &Path) -> Result<SqliteConn, rusqlite::Error> {
    let conn = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    settle(&conn)?;
    conn.execute_batch("PRAGMA query_only=ON; PRAGMA cache_size=-4096")?;
    Ok(SqliteConn::new(conn))
}

fn settle(conn: &Connection) -> Result<(), rusqlite::Error> {
    conn.busy_timeout(Duration::from_millis(5_000))?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // A kept statement stays as it is: without this, each new value of a bound parameter that the planner
    // once looked at has the statement parsed and planned again.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Savepoints keep the pages they may have to put back in a temporary file, unless told otherwise.
    conn.execute_batch("PRAGMA temp_store=MEMORY")?;
    conn.execute_batch(
        "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0",
    )?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(())
}

impl SqliteConn {
    pub(crate) fn new(conn: Connection) -> Self {
        Self {
            conn,
            texts: RefCell::new(HashMap::new()),
        }
    }

    fn text(&self, sql: &str) -> Arc<Text> {
        let mut texts = self.texts.borrow_mut();
        if let Some(text) = texts.get(sql) {
            return Arc::clone(text);
        }
        // Filters make texts of many shapes; forgetting all of them now and then bounds what is kept.
        if texts.len() >= 4 * STATEMENTS_KEPT {
            texts.clear();
        }
        let text = Arc::new(rewrite(sql, '?'));
        texts.insert(sql.to_owned(), Arc::clone(&text));
        text
    }

    pub(crate) fn execute(
        &self,
        sql: &str,
        params: &[Value<'_>],
        now: Instant,
    ) -> Result<u64, StoreError> {
        let text = self.text(sql);
        let mut statement = self.conn.prepare_cached(&text.sql).map_err(error)?;
        bind(&mut statement, params, &text, now)?;
        let changed = statement.raw_execute().map_err(error)?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    pub(crate) fn query(
        &self,
        sql: &str,
        params: &[Value<'_>],
        now: Instant,
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let text = self.text(sql);
        let mut statement = self.conn.prepare_cached(&text.sql).map_err(error)?;
        bind(&mut statement, params, &text, now)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(error)? {
            each(&Row::Sqlite(row))?;
        }
        Ok(())
    }

    pub(crate) fn control(&self, sql: &str) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(sql).map_err(error)?;
        statement.raw_execute().map(drop).map_err(error)
    }

    pub(crate) fn begin_read(&self) -> Result<State, StoreError> {
        self.control("BEGIN")?;
        self.state()
    }

    pub(crate) fn begin_write(&self) -> Result<State, StoreError> {
        self.control("BEGIN IMMEDIATE")?;
        self.state()
    }

    fn state(&self) -> Result<State, StoreError> {
        let read = || {
            self.conn
                .prepare_cached(
                    "SELECT audit_sequence, audit_hash, time_floor, clock_offset FROM state",
                )?
                .query_row([], |row| {
                    Ok(State {
                        sequence: row.get(0)?,
                        hash: row.get(1)?,
                        floor: Instant::from_micros(row.get(2)?),
                        offset: row.get(3)?,
                        database_clock: None,
                    })
                })
        };
        read().map_err(|wrong| {
            self.roll_back();
            error(wrong)
        })
    }

    pub(crate) fn roll_back(&self) {
        if self.in_transaction()
            && let Err(wrong) = self.control("ROLLBACK")
        {
            tracing::error!(%wrong, "a transaction could not be rolled back");
        }
    }

    pub(crate) fn in_transaction(&self) -> bool {
        !self.conn.is_autocommit()
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "the other engine has to ask its server"
    )]
    pub(crate) fn engine(&self) -> Result<String, StoreError> {
        Ok(format!("SQLite {}", rusqlite::version()))
    }

    /// Empties the write-ahead log, so that the database is one file again.
    pub(crate) fn close(self) {
        let emptied = self
            .conn
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
                row.get::<_, i64>(0)
            });
        if let Err(wrong) = emptied {
            tracing::warn!(%wrong, "the write-ahead log could not be emptied; the next start does it");
        }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Id(id) => ValueRef::Blob(id.as_bytes()),
        }))
    }
}

fn bind(
    statement: &mut rusqlite::Statement<'_>,
    params: &[Value<'_>],
    text: &Text,
    now: Instant,
) -> Result<(), StoreError> {
    for (at, value) in params.iter().enumerate() {
        statement.raw_bind_parameter(at + 1, value).map_err(error)?;
    }
    if text.takes_now {
        statement
            .raw_bind_parameter(params.len() + 1, now.micros())
            .map_err(error)?;
    }
    Ok(())
}

/// What keeps SQLite from its file, where that is what is wrong.
pub(crate) fn not_available(wrong: &rusqlite::Error) -> Option<StoreError> {
    let why = match wrong.sqlite_error_code()? {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            "another process holds the database's write lock; find and stop it".into()
        }
        ErrorCode::DiskFull => "the disk is full; free some space".into(),
        ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly => {
            format!("the file system refused: {wrong}")
        }
        _ => return None,
    };
    Some(StoreError::Unavailable(why))
}

/// An error of SQLite in our words.
pub(crate) fn error(wrong: rusqlite::Error) -> StoreError {
    if let Some(plain) = not_available(&wrong) {
        return plain;
    }
    match wrong.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Damaged(wrong.to_string())
        }
        Some(_) | None => StoreError::Sql(wrong.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::check_version;

    #[test]
    fn versions_that_can_lose_data_are_refused() {
        for (version, good) in [
            (3_051_002, false),
            (3_051_003, true),
            (3_052_000, false),
            (3_052_001, true),
            (3_054_001, true),
        ] {
            assert_eq!(check_version(version).is_ok(), good, "{version}");
        }
        assert!(check_version(rusqlite::version_number()).is_ok());
    }
}
