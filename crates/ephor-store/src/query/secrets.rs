//! Signing keys and password hashes: kept and read here, never in the audit log, never in an answer.

use ephor_core::id::PrincipalId;

use crate::StoreError;
use crate::sql::Value;
use crate::tx::{ReadTx, SigningKey};

pub(crate) fn signing_keys(tx: &ReadTx<'_>) -> Result<Vec<SigningKey>, StoreError> {
    tx.all(
        "SELECT id, private, public, created_at FROM signing_keys ORDER BY created_at DESC, id",
        &[],
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
    tx.execute(
        "INSERT INTO signing_keys (id, private, public, created_at) VALUES ($1, $2, $3, $4)",
        &[
            key.id.as_str().into(),
            Value::Bytes(&key.private),
            Value::Bytes(&key.public),
            key.created_at.into(),
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
        "INSERT INTO passwords (user_id, hash) VALUES ($1, $2)
         ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash",
        &[user.into(), hash.into()],
    )
    .map(drop)
}
