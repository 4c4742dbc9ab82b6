//! PostgreSQL behind the seam: kept statements, the writers' turn, and connecting again.
//!
//! A connection that was lost is dropped and made anew by the next transaction; until that works, everybody
//! gets [`StoreError::Unavailable`]. All nodes' writers take turns by an advisory lock that ends with the
//! transaction, so that a deployment's writes have one order. Never called on a thread that runs futures.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use ephor_core::time::Instant;
use postgres::error::SqlState;
use postgres::types::{IsNull, ToSql, Type};
use postgres::{Client, Statement};

use super::postgres_source::Source;
use crate::StoreError;
use crate::ambient::Stopwatch;
use crate::sql::{Row, State, Value, rewrite};

/// The writers' turn: "ephor" in ASCII. A database has its own, so two databases never wait for each other.
pub(crate) const TURN: i64 = 0x65_7068_6f72;
/// How many statements a connection keeps prepared.
const STATEMENTS_KEPT: usize = 256;
/// How long nobody tries to connect again after it failed, so that a host that is gone costs each request
/// no more than a moment.
const PAUSE: Duration = Duration::from_millis(500);

const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Each statement sees what was committed before it, and the first one comes after the turn.
const BEGIN_WRITE: &str =
    "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(435677589362)";
const STATE: &str = "SELECT audit_sequence, audit_hash, time_floor, clock_offset,
     (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT, pg_is_in_recovery() FROM state";

// The text above spells the number out.
const _: () = assert!(TURN == 435_677_589_362);

/// A connection to PostgreSQL that makes itself anew.
pub(crate) struct PostgresConn {
    source: Arc<Source>,
    link: RefCell<Option<Box<Link>>>,
    in_transaction: Cell<bool>,
    failed: Cell<Option<Stopwatch>>,
}

/// A connection as long as it lives.
struct Link {
    client: Client,
    statements: HashMap<String, Kept>,
    /// Set by a warning from the server: the wait for a standby was cancelled, and a commit came back as
    /// if it had not been (`security.md`, "Store settings").
    warned: Arc<AtomicBool>,
}

#[derive(Clone)]
struct Kept {
    statement: Statement,
    takes_now: bool,
}

impl Link {
    fn open(source: &Source) -> Result<Self, postgres::Error> {
        let warned = Arc::new(AtomicBool::new(false));
        Ok(Self {
            client: source.connect(&warned)?,
            statements: HashMap::new(),
            warned,
        })
    }

    fn prepared(&mut self, sql: &str) -> Result<Kept, postgres::Error> {
        if let Some(kept) = self.statements.get(sql) {
            return Ok(kept.clone());
        }
        if self.statements.len() >= STATEMENTS_KEPT {
            self.statements.clear();
        }
        let text = rewrite(sql, '$');
        let kept = Kept {
            statement: self.client.prepare(&text.sql)?,
            takes_now: text.takes_now,
        };
        self.statements.insert(sql.to_owned(), kept.clone());
        Ok(kept)
    }
}

/// The parameters with `$now` behind the last, where the text takes it.
fn with_now<'a>(
    params: &'a [Value<'a>],
    now: &'a Value<'a>,
    takes_now: bool,
) -> Vec<&'a (dyn ToSql + Sync)> {
    params
        .iter()
        .chain(takes_now.then_some(now))
        .map(|value| value as &(dyn ToSql + Sync))
        .collect()
}

impl PostgresConn {
    /// Connects for the first time.
    pub(crate) fn open(source: Arc<Source>) -> Result<Self, postgres::Error> {
        let link = Link::open(&source)?;
        Ok(Self {
            source,
            link: RefCell::new(Some(Box::new(link))),
            in_transaction: Cell::new(false),
            failed: Cell::new(None),
        })
    }

    /// Runs `run` on the connection; a connection that turns out to be lost is dropped.
    fn on<T>(
        &self,
        run: impl FnOnce(&mut Link) -> Result<T, postgres::Error>,
    ) -> Result<T, StoreError> {
        let mut link = self.link.borrow_mut();
        let Some(open) = link.as_mut() else {
            return Err(StoreError::Unavailable(
                "the connection to PostgreSQL was lost".into(),
            ));
        };
        let ran = run(open);
        if ran.is_err() && open.client.is_closed() {
            *link = None;
            self.in_transaction.set(false);
        }
        ran.map_err(error)
    }

    /// Connects again where the connection was lost.
    fn connect(&self) -> Result<(), StoreError> {
        let mut link = self.link.borrow_mut();
        if link.is_some() {
            return Ok(());
        }
        if self
            .failed
            .get()
            .is_some_and(|failed| failed.elapsed() < PAUSE)
        {
            return Err(StoreError::Unavailable(
                "PostgreSQL could not be reached a moment ago".into(),
            ));
        }
        match Link::open(&self.source) {
            Ok(open) => {
                *link = Some(Box::new(open));
                self.failed.set(None);
                tracing::info!("connected to PostgreSQL again");
                Ok(())
            }
            Err(wrong) => {
                self.failed.set(Some(Stopwatch::start()));
                Err(StoreError::Unavailable(reason(&wrong)))
            }
        }
    }

    fn begin(&self, sql: &str) -> Result<State, StoreError> {
        self.connect()?;
        let mut begun = self.control(sql);
        if begun.is_err() && self.link.borrow().is_none() {
            // It was lost while nobody used it; nothing was begun yet, so a new one serves as well.
            self.connect()?;
            begun = self.control(sql);
        }
        let state = begun.and_then(|()| self.state());
        if state.is_err() {
            self.roll_back();
        }
        state
    }

    fn state(&self) -> Result<State, StoreError> {
        let row = self.on(|link| {
            let kept = link.prepared(STATE)?;
            link.client.query_one(&kept.statement, &[])
        })?;
        let read = || {
            let in_recovery: bool = row.try_get(5)?;
            let state = State {
                sequence: row.try_get(0)?,
                hash: row.try_get(1)?,
                floor: Instant::from_micros(row.try_get(2)?),
                offset: row.try_get(3)?,
                database_clock: Some(Instant::from_micros(row.try_get(4)?)),
            };
            Ok((state, in_recovery))
        };
        let (state, in_recovery) = read().map_err(error)?;
        if in_recovery {
            // No authority from a copy that may be behind.
            *self.link.borrow_mut() = None;
            return Err(StoreError::Unavailable(
                "this PostgreSQL is a standby; the primary is needed".into(),
            ));
        }
        Ok(state)
    }

    pub(crate) fn execute(
        &self,
        sql: &str,
        params: &[Value<'_>],
        now: Instant,
    ) -> Result<u64, StoreError> {
        self.on(|link| {
            let kept = link.prepared(sql)?;
            let now = Value::from(now);
            link.client
                .execute(&kept.statement, &with_now(params, &now, kept.takes_now))
        })
    }

    pub(crate) fn query(
        &self,
        sql: &str,
        params: &[Value<'_>],
        now: Instant,
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let rows = self.on(|link| {
            let kept = link.prepared(sql)?;
            let now = Value::from(now);
            link.client
                .query(&kept.statement, &with_now(params, &now, kept.takes_now))
        })?;
        rows.iter().try_for_each(|row| each(&Row::Postgres(row)))
    }

    /// Runs words that take no parameters and give no rows that anybody reads.
    pub(crate) fn control(&self, sql: &str) -> Result<(), StoreError> {
        let ran = self.on(|link| link.client.batch_execute(sql));
        if sql.starts_with("BEGIN") {
            // Also where only the turn failed: then there is a transaction to give up.
            self.in_transaction.set(self.link.borrow().is_some());
        }
        ran
    }

    pub(crate) fn begin_read(&self) -> Result<State, StoreError> {
        self.begin(BEGIN_READ)
    }

    pub(crate) fn begin_write(&self) -> Result<State, StoreError> {
        self.begin(BEGIN_WRITE)
    }

    pub(crate) fn commit(&self) -> Result<(), StoreError> {
        let committed = self.on(|link| {
            link.warned.store(false, Ordering::SeqCst);
            link.client.batch_execute("COMMIT")?;
            Ok(link.warned.load(Ordering::SeqCst))
        });
        self.in_transaction.set(false);
        match committed {
            Ok(false) => Ok(()),
            Ok(true) => Err(StoreError::OutcomeUnknown(
                "the wait for a standby was cancelled".into(),
            )),
            Err(wrong) => {
                // Whatever state it is in, it is not used again.
                *self.link.borrow_mut() = None;
                Err(wrong)
            }
        }
    }

    pub(crate) fn roll_back(&self) {
        if self.in_transaction.replace(false)
            && self.link.borrow().is_some()
            && let Err(wrong) = self.on(|link| link.client.batch_execute("ROLLBACK"))
        {
            tracing::warn!(%wrong, "a transaction could not be rolled back; its connection is dropped");
            *self.link.borrow_mut() = None;
        }
    }

    pub(crate) fn in_transaction(&self) -> bool {
        self.in_transaction.get()
    }

    pub(crate) fn engine(&self) -> Result<String, StoreError> {
        let version: String = self.on(|link| {
            let kept = link.prepared("SELECT current_setting('server_version')")?;
            link.client.query_one(&kept.statement, &[])?.try_get(0)
        })?;
        Ok(format!("PostgreSQL {version}"))
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(value) if *ty == Type::INT4 => i32::try_from(*value)?.to_sql(ty, out),
            Self::Int(value) => value.to_sql(ty, out),
            Self::Text(text) => text.as_ref().to_sql(ty, out),
            Self::Bytes(bytes) => bytes.to_sql(ty, out),
            Self::Id(id) => id.as_bytes().as_slice().to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let fits = match self {
            Self::Null => true,
            Self::Int(_) => matches!(*ty, Type::INT4 | Type::INT8),
            Self::Text(_) => <&str as ToSql>::accepts(ty),
            Self::Bytes(_) | Self::Id(_) => *ty == Type::BYTEA,
        };
        if fits {
            self.to_sql(ty, out)
        } else {
            Err(format!("a parameter does not fit the type {ty}").into())
        }
    }
}

/// A whole number, whichever width the server gave it.
pub(crate) fn int(row: &postgres::Row, at: usize) -> Result<Option<i64>, StoreError> {
    let is_short = row
        .columns()
        .get(at)
        .is_some_and(|column| *column.type_() == Type::INT4);
    let read = if is_short {
        row.try_get::<_, Option<i32>>(at)
            .map(|value| value.map(i64::from))
    } else {
        row.try_get(at)
    };
    read.map_err(|wrong| StoreError::Damaged(format!("column {at} of a row {wrong}")))
}

/// What went wrong, with its cause: the driver's own sentence alone says little.
pub(crate) fn reason(wrong: &postgres::Error) -> String {
    match (wrong.as_db_error(), wrong.source()) {
        (Some(said), _) => format!("{} ({})", said.message(), said.code().code()),
        (None, Some(cause)) => format!("{wrong}: {cause}"),
        (None, None) => wrong.to_string(),
    }
}

/// An error of PostgreSQL in our words.
pub(crate) fn error(wrong: postgres::Error) -> StoreError {
    let text = reason(&wrong);
    let Some(code) = wrong.code() else {
        return if wrong.is_closed()
            || wrong
                .source()
                .is_some_and(|cause| cause.is::<std::io::Error>())
        {
            StoreError::Unavailable(text)
        } else {
            StoreError::Sql(text)
        };
    };
    // Classes: 08 connection, 53 out of something, 57 the operator or a time-out stepped in, 58 the
    // system below; and idle for too long inside a transaction.
    let passing = ["08", "53", "57", "58"]
        .iter()
        .any(|class| code.code().starts_with(class));
    if *code == SqlState::LOCK_NOT_AVAILABLE {
        StoreError::Unavailable("another server holds the write lock for too long".into())
    } else if passing || *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT {
        StoreError::Unavailable(text)
    } else {
        StoreError::Sql(text)
    }
}
