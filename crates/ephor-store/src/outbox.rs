//! What waits to be told outside. A message is a pointer to an audit entry, so it cannot say anything
//! else than the log says; it is leased, then settled or put off.

use ephor_core::caller::Actor;
use ephor_core::time::Instant;
use serde::Deserialize;

use crate::StoreError;
use crate::tx::{OutboxMessage, ReadTx, Tx};

/// Puts the entry that was just appended into the outbox.
pub(crate) fn put(tx: &Tx<'_>) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO outbox (sequence, due_at, attempts) VALUES ($1, $now, 0)",
        &[tx.progress.head.sequence.into()],
    )
    .map(drop)
}

/// What is read back of who asked.
#[derive(Deserialize)]
struct Recorded {
    actor: Actor,
}

pub(crate) fn lease(
    tx: &Tx<'_>,
    limit: u32,
    until: Instant,
) -> Result<Vec<OutboxMessage>, StoreError> {
    let messages = tx.all(
        "SELECT o.id, o.sequence, a.event, o.attempts, a.at, a.caller
         FROM outbox o JOIN audit a ON a.sequence = o.sequence
         WHERE o.due_at <= $now ORDER BY o.due_at, o.id LIMIT $1",
        &[limit.into()],
        |row| {
            Ok(OutboxMessage {
                id: row.int(0)?,
                sequence: row.int(1)?,
                event: row.json(2)?,
                attempts: row.int(3)? + 1,
                at: row.instant(4)?,
                actor: row.json::<Recorded>(5)?.actor,
            })
        },
    )?;
    for message in &messages {
        tx.execute(
            "UPDATE outbox SET due_at = $2, attempts = attempts + 1 WHERE id = $1",
            &[message.id.into(), until.into()],
        )?;
    }
    Ok(messages)
}

/// When the next message is due.
pub(crate) fn next_due(tx: &ReadTx<'_>) -> Result<Option<Instant>, StoreError> {
    tx.one(
        "SELECT due_at FROM outbox ORDER BY due_at, id LIMIT 1",
        &[],
        |row| row.instant(0),
    )
}

pub(crate) fn settle(tx: &Tx<'_>, id: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM outbox WHERE id = $1", &[id.into()])
        .map(drop)
}

pub(crate) fn postpone(tx: &Tx<'_>, id: i64, at: Instant, error: &str) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE outbox SET due_at = $2, error = $3 WHERE id = $1",
        &[id.into(), at.into(), error.into()],
    )
    .map(drop)
}
