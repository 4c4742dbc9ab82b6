//! PostgreSQL behind the seam: kept statements, the writers' turn, and connecting again.

use ephor_core::time::Instant;

use crate::StoreError;
use crate::sql::{Row, State, Value};

/// A connection to PostgreSQL.
pub(crate) struct PostgresConn;

impl PostgresConn {
    pub(crate) fn execute(
        &self,
        _sql: &str,
        _params: &[Value<'_>],
        _now: Instant,
    ) -> Result<u64, StoreError> {
        Err(StoreError::Unavailable("not yet".into()))
    }

    pub(crate) fn query(
        &self,
        _sql: &str,
        _params: &[Value<'_>],
        _now: Instant,
        _each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        Err(StoreError::Unavailable("not yet".into()))
    }

    pub(crate) fn control(&self, _sql: &str) -> Result<(), StoreError> {
        Err(StoreError::Unavailable("not yet".into()))
    }

    pub(crate) fn begin_read(&self) -> Result<State, StoreError> {
        Err(StoreError::Unavailable("not yet".into()))
    }

    pub(crate) fn begin_write(&self) -> Result<State, StoreError> {
        Err(StoreError::Unavailable("not yet".into()))
    }

    pub(crate) fn roll_back(&self) {}

    pub(crate) fn in_transaction(&self) -> bool {
        false
    }

    pub(crate) fn engine(&self) -> Result<String, StoreError> {
        Err(StoreError::Unavailable("not yet".into()))
    }
}

pub(crate) fn int(row: &postgres::Row, at: usize) -> Result<Option<i64>, StoreError> {
    row.try_get(at)
        .map_err(|wrong| StoreError::Damaged(wrong.to_string()))
}
