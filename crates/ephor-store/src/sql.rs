//! The thin seam between Ephor and its two engines: one SQL text, values, rows, and a connection.
//!
//! Placeholders are written `$1`, and `$now` for the transaction's own instant, which nobody else can
//! supply. [`rewrite`] turns both into what an engine takes: SQLite would read `$1` as a *name*, numbered
//! by first appearance, and bind out-of-order parameters silently wrong.
//!
//! INVARIANT: what a caller sent is always a parameter, never text (T-49).

use std::borrow::Cow;

use ephor_core::time::Instant;
use uuid::Uuid;

use crate::StoreError;
use crate::engine::postgres::PostgresConn;
use crate::engine::sqlite::SqliteConn;

/// Whether a row with a span counts at `$now`: the half-open predicate, written once.
///
/// `ephor_core::time::Span::covers` is its twin; a property test holds the two equal.
macro_rules! in_force {
    () => {
        "(starts_at <= $now AND $now < ends_at)"
    };
}

/// Whether anything of a row's span is left at `$now`: it is in force or lies ahead.
macro_rules! running {
    () => {
        "($now < ends_at AND starts_at < ends_at)"
    };
}

pub(crate) use {in_force, running};

/// What stands in `ends_at` for a span without an end.
pub(crate) const NO_END: i64 = i64::MAX;

/// A parameter.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    Null,
    Int(i64),
    Text(Cow<'a, str>),
    Bytes(&'a [u8]),
    Id(Uuid),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Value<'_> {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Int(value.into())
    }
}

impl From<Instant> for Value<'_> {
    fn from(value: Instant) -> Self {
        Self::Int(value.micros())
    }
}

impl From<Uuid> for Value<'_> {
    fn from(value: Uuid) -> Self {
        Self::Id(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl From<String> for Value<'_> {
    fn from(value: String) -> Self {
        Self::Text(Cow::Owned(value))
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! id_values {
    ($($name:ident),*) => {$(
        impl From<ephor_core::id::$name> for Value<'_> {
            fn from(id: ephor_core::id::$name) -> Self {
                Self::Id(id.uuid())
            }
        }
    )*};
}

id_values!(
    PrincipalId,
    GroupId,
    RequestId,
    GrantId,
    SessionId,
    ApplicationId,
    CredentialId,
    RoleDefinitionId,
    UnitId,
    CatalogId,
    CatalogResourceId,
    PackageId,
    PackagePolicyId,
    PackageRequestId,
    PackageAssignmentId,
    CatalogRoleAssignmentId
);

/// A row of an answer; columns are counted from 0.
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r postgres::Row),
}

impl Row<'_> {
    pub(crate) fn maybe_int(&self, at: usize) -> Result<Option<i64>, StoreError> {
        match self {
            Self::Sqlite(row) => row.get(at).map_err(crate::engine::sqlite::error),
            Self::Postgres(row) => crate::engine::postgres::int(row, at),
        }
    }

    pub(crate) fn maybe_text(&self, at: usize) -> Result<Option<&str>, StoreError> {
        match self {
            Self::Sqlite(row) => row
                .get_ref(at)
                .map_err(crate::engine::sqlite::error)?
                .as_str_or_null()
                .map_err(|wrong| damaged(at, wrong)),
            Self::Postgres(row) => row.try_get(at).map_err(|wrong| damaged(at, wrong)),
        }
    }

    pub(crate) fn maybe_bytes(&self, at: usize) -> Result<Option<&[u8]>, StoreError> {
        match self {
            Self::Sqlite(row) => row
                .get_ref(at)
                .map_err(crate::engine::sqlite::error)?
                .as_blob_or_null()
                .map_err(|wrong| damaged(at, wrong)),
            Self::Postgres(row) => row.try_get(at).map_err(|wrong| damaged(at, wrong)),
        }
    }

    pub(crate) fn int(&self, at: usize) -> Result<i64, StoreError> {
        self.maybe_int(at)?.ok_or_else(|| damaged(at, "is empty"))
    }

    pub(crate) fn flag(&self, at: usize) -> Result<bool, StoreError> {
        Ok(self.int(at)? != 0)
    }

    pub(crate) fn text(&self, at: usize) -> Result<&str, StoreError> {
        self.maybe_text(at)?.ok_or_else(|| damaged(at, "is empty"))
    }

    pub(crate) fn bytes(&self, at: usize) -> Result<&[u8], StoreError> {
        self.maybe_bytes(at)?.ok_or_else(|| damaged(at, "is empty"))
    }

    pub(crate) fn maybe_id(&self, at: usize) -> Result<Option<Uuid>, StoreError> {
        self.maybe_bytes(at)?
            .map(|bytes| Uuid::from_slice(bytes).map_err(|wrong| damaged(at, wrong)))
            .transpose()
    }

    pub(crate) fn id(&self, at: usize) -> Result<Uuid, StoreError> {
        self.maybe_id(at)?.ok_or_else(|| damaged(at, "is empty"))
    }

    pub(crate) fn instant(&self, at: usize) -> Result<Instant, StoreError> {
        self.int(at).map(Instant::from_micros)
    }

    pub(crate) fn maybe_instant(&self, at: usize) -> Result<Option<Instant>, StoreError> {
        Ok(self.maybe_int(at)?.map(Instant::from_micros))
    }

    /// A document kept as JSON text.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, at: usize) -> Result<T, StoreError> {
        serde_json::from_str(self.text(at)?).map_err(|wrong| damaged(at, wrong))
    }
}

fn damaged(at: usize, wrong: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged(format!("column {at} of a row {wrong}"))
}

/// What an engine needs of a text after rewriting.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) sql: String,
    /// Whether `$now` goes in as the last parameter.
    pub(crate) takes_now: bool,
}

/// Turns `$1` into `{mark}1` and `$now` into the parameter behind the last one, outside of literals,
/// quoted names and comments.
pub(crate) fn rewrite(sql: &str, mark: char) -> Text {
    let mut out = String::with_capacity(sql.len() + 8);
    let mut last = 0;
    let mut nows = Vec::new();
    let mut rest = sql;
    while let Some(at) = rest.find(['$', '\'', '"', '-']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = if rest.starts_with("$now") {
            nows.push(out.len());
            4
        } else if let Some(digits) = rest.strip_prefix('$') {
            let count = digits.bytes().take_while(u8::is_ascii_digit).count();
            out.push(mark);
            out.push_str(&digits[..count]);
            last = last.max(digits[..count].parse().unwrap_or(0));
            1 + count
        } else {
            let length = if let Some(comment) = rest.strip_prefix("--") {
                2 + comment.find('\n').unwrap_or(comment.len())
            } else if rest.starts_with('-') {
                1
            } else {
                let quote = &rest[..1];
                rest[1..].find(quote).map_or(rest.len(), |end| end + 2)
            };
            out.push_str(&rest[..length]);
            length
        };
        rest = &rest[taken..];
    }
    out.push_str(rest);
    let now = format!("{mark}{}", last + 1);
    for at in nows.iter().rev() {
        out.insert_str(*at, &now);
    }
    Text {
        sql: out,
        takes_now: !nows.is_empty(),
    }
}

/// What a transaction begins with: the one row of the table `state`, and the database's own clock where
/// it has one.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) sequence: i64,
    pub(crate) hash: Vec<u8>,
    pub(crate) floor: Instant,
    pub(crate) offset: i64,
    pub(crate) database_clock: Option<Instant>,
}

/// A connection to one of the two engines. Each belongs to one thread.
pub(crate) enum Conn {
    Sqlite(SqliteConn),
    Postgres(PostgresConn),
}

macro_rules! on_engine {
    ($self:ident, $conn:ident => $run:expr) => {
        match $self {
            Conn::Sqlite($conn) => $run,
            Conn::Postgres($conn) => $run,
        }
    };
}

impl Conn {
    /// Runs a statement and says how many rows it changed.
    pub(crate) fn execute(
        &self,
        sql: &str,
        params: &[Value<'_>],
        now: Instant,
    ) -> Result<u64, StoreError> {
        on_engine!(self, conn => conn.execute(sql, params, now))
    }

    /// Runs a query and hands over each row.
    pub(crate) fn query(
        &self,
        sql: &str,
        params: &[Value<'_>],
        now: Instant,
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        on_engine!(self, conn => conn.query(sql, params, now, each))
    }

    /// Begins a transaction that reads one consistent view.
    pub(crate) fn begin_read(&self) -> Result<State, StoreError> {
        on_engine!(self, conn => conn.begin_read())
    }

    /// Begins a transaction that writes, once it is this connection's turn.
    pub(crate) fn begin_write(&self) -> Result<State, StoreError> {
        on_engine!(self, conn => conn.begin_write())
    }

    /// Sets a mark to which [`Self::roll_back_to_mark`] returns.
    pub(crate) fn mark(&self) -> Result<(), StoreError> {
        on_engine!(self, conn => conn.control("SAVEPOINT closure"))
    }

    /// Keeps what was done since the mark.
    pub(crate) fn release_mark(&self) -> Result<(), StoreError> {
        on_engine!(self, conn => conn.control("RELEASE SAVEPOINT closure"))
    }

    /// Undoes what was done since the mark; the mark is gone.
    pub(crate) fn roll_back_to_mark(&self) -> Result<(), StoreError> {
        on_engine!(self, conn => conn.control("ROLLBACK TO SAVEPOINT closure"))?;
        self.release_mark()
    }

    pub(crate) fn commit(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(conn) => conn.control("COMMIT"),
            Self::Postgres(conn) => conn.commit(),
        }
    }

    /// Gives the transaction up; a connection that can't do even that is thrown away.
    pub(crate) fn roll_back(&self) {
        on_engine!(self, conn => conn.roll_back());
    }

    /// Whether the transaction that was begun is still there: an engine may give up all of it.
    pub(crate) fn in_transaction(&self) -> bool {
        on_engine!(self, conn => conn.in_transaction())
    }

    /// Such as `SQLite 3.54.1`.
    pub(crate) fn engine(&self) -> Result<String, StoreError> {
        on_engine!(self, conn => conn.engine())
    }

    /// What the writer does last.
    pub(crate) fn close(self) {
        match self {
            Self::Sqlite(conn) => conn.close(),
            Self::Postgres(conn) => drop(conn),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::rewrite;

    #[test]
    fn placeholders_are_numbered_outside_of_literals_and_comments() {
        for (given, wanted) in [
            ("a = $2 AND b = $1", "a = ?2 AND b = ?1"),
            ("a = '$1' AND b = $1", "a = '$1' AND b = ?1"),
            ("a = 'it''s $1' AND b = $12", "a = 'it''s $1' AND b = ?12"),
            (r#""x$1" = $1"#, r#""x$1" = ?1"#),
            ("a -- $1\n = $1 - $2", "a -- $1\n = ?1 - ?2"),
            (
                "s <= $now AND $now < e AND g = $1",
                "s <= ?2 AND ?2 < e AND g = ?1",
            ),
        ] {
            let text = rewrite(given, '?');
            assert_eq!(text.sql, wanted);
            assert_eq!(text.takes_now, given.contains("$now"));
        }
    }
}
