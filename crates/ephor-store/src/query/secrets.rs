//! Signing keys and password hashes: kept and read here, never in the audit log, never in an answer.

use ephor_core::id::PrincipalId;

use crate::StoreError;
use crate::sql::Value;
use crate::tx::{ReadTx, SigningKey};

/// The keys that sign access tokens.
pub(crate) fn signing_keys(tx: &ReadTx<'_>) -> Result<Vec<SigningKey>, StoreError> {
    keys_for(tx, 0)
}

/// The keys of one purpose that were not withdrawn, newest first.
pub(crate) fn keys_for(tx: &ReadTx<'_>, purpose: i64) -> Result<Vec<SigningKey>, StoreError> {
    tx.all(
        "SELECT id, private, public, created_at FROM signing_keys
         WHERE purpose = $1 AND revoked_at IS NULL ORDER BY created_at DESC, id",
        &[purpose.into()],
        |row| {
            Ok(SigningKey {
                id: row.text(0)?.to_owned(),
                private: row.bytes(1)?.to_owned(),
                public: row.bytes(2)?.to_owned(),
                created_at: row.instant(3)?,
            })
        },
    )
}

pub(crate) fn keep_signing_key(tx: &ReadTx<'_>, key: &SigningKey) -> Result<(), StoreError> {
    keep_key_for(tx, key, 0)
}

/// Keeps a key for a purpose.
pub(crate) fn keep_key_for(
    tx: &ReadTx<'_>,
    key: &SigningKey,
    purpose: i64,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO signing_keys (id, private, public, created_at, purpose)
         VALUES ($1, $2, $3, $4, $5)",
        &[
            key.id.as_str().into(),
            Value::Bytes(&key.private),
            Value::Bytes(&key.public),
            key.created_at.into(),
            purpose.into(),
        ],
    )
    .map(drop)
}

pub(crate) fn password_hash(
    tx: &ReadTx<'_>,
    user: PrincipalId,
) -> Result<Option<String>, StoreError> {
    tx.one(
        "SELECT hash FROM passwords WHERE user_id = $1",
        &[user.into()],
        |row| row.text(0).map(str::to_owned),
    )
}

pub(crate) fn keep_password_hash(
    tx: &ReadTx<'_>,
    user: PrincipalId,
    hash: &str,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO passwords (user_id, hash, changed_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at, change_asked = 0",
        &[user.into(), hash.into(), tx.now().into()],
    )
    .map(drop)
}
