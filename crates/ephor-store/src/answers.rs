//! Answers kept for a while, so that a request that is sent again has one effect (F-19).
//!
//! An answer is kept in the transaction that has the effect: both are there, or neither is. It is
//! housekeeping, no fact about access.

use ephor_core::time::Instant;

use crate::StoreError;
use crate::tx::{ReadTx, Tx};

/// What was answered before under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remembered {
    /// The same request: this was the answer.
    Same(String),
    /// Another request: the key is taken.
    Other,
}

/// What was answered to `caller` under `key`, unless that is forgotten by now.
pub(crate) fn remembered(
    tx: &ReadTx<'_>,
    caller: &str,
    key: &str,
    request: &[u8; 32],
) -> Result<Option<Remembered>, StoreError> {
    tx.one(
        "SELECT request, answer FROM answers WHERE caller = $1 AND key = $2 AND until > $now",
        &[caller.to_owned().into(), key.to_owned().into()],
        |row| {
            if row.bytes(0)? == request {
                Ok(Remembered::Same(row.text(1)?.to_owned()))
            } else {
                Ok(Remembered::Other)
            }
        },
    )
}

/// Keeps an answer until `until`, in place of one that is forgotten, and forgets a few others that are due.
pub(crate) fn remember(
    tx: &Tx<'_>,
    caller: &str,
    key: &str,
    request: &[u8; 32],
    answer: &str,
    until: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM answers WHERE (caller, key) IN
             (SELECT caller, key FROM answers WHERE until <= $now ORDER BY until LIMIT 4)",
        &[],
    )?;
    tx.execute(
        "INSERT INTO answers (caller, key, request, answer, until) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (caller, key) DO UPDATE
         SET request = excluded.request, answer = excluded.answer, until = excluded.until",
        &[
            caller.to_owned().into(),
            key.to_owned().into(),
            crate::sql::Value::Bytes(request),
            answer.to_owned().into(),
            until.into(),
        ],
    )
    .map(drop)
}
