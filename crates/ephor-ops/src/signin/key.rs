//! Signing keys: which one signs, which are good, when a new one is due (T-33).
//!
//! A key is published a day before it signs, so that whoever keeps a copy of the list knows it by then, and
//! stays until the last token that it signed has ended. One that is withdrawn is gone at once.

use ephor_core::authority::Operation;
use ephor_core::event::Attempt;
use ephor_core::id::PrincipalId;
use ephor_core::refusal::{Code, Refusal};
use ephor_core::signin::event::SignInEvent;
use ephor_core::time::{Instant, Length};
use ephor_store::{ReadTx, SigningKey, Tx};

use super::note;
use crate::authorise::{About, authorise};
use crate::{OpError, OpResult};

/// A key is published for so long before it signs.
pub const PUBLISHED_BEFORE: Length = Length::hours(24);
/// A new key is made this long after the last one.
pub const RENEWED_AFTER: Length = Length::days(90);
/// A key that no longer signs stays good for this long: longer than any token.
pub const KEPT_AFTER: Length = Length::hours(26);

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Access tokens.
    Access,
    /// ID tokens.
    Id,
}

/// The keys of a purpose that are good, newest first.
pub fn list(tx: &ReadTx<'_>, purpose: Purpose) -> OpResult<Vec<SigningKey>> {
    let keys = match purpose {
        Purpose::Access => tx.signing_keys()?,
        Purpose::Id => tx.id_signing_keys()?,
    };
    Ok(good(keys, tx.now()))
}

/// Without those whose successor has signed for so long that nothing of theirs is left.
fn good(keys: Vec<SigningKey>, now: Instant) -> Vec<SigningKey> {
    let replaced = Length::micros(PUBLISHED_BEFORE.as_micros() + KEPT_AFTER.as_micros());
    let newest_settled = keys
        .iter()
        .position(|key| now.since(key.created_at) > replaced)
        .unwrap_or(keys.len());
    keys.into_iter().take(newest_settled + 1).collect()
}

/// The key that signs now: the newest that was published long enough, else the oldest there is.
pub fn signer(tx: &ReadTx<'_>, purpose: Purpose) -> OpResult<SigningKey> {
    let now = tx.now();
    let keys = list(tx, purpose)?;
    let settled = keys
        .iter()
        .find(|key| now.since(key.created_at) >= PUBLISHED_BEFORE)
        .or(keys.last());
    settled.cloned().ok_or_else(|| {
        OpError::from(Refusal::new(
            Code::NotFound,
            "the tenant has no signing key",
        ))
    })
}

/// Whether a new key of this purpose is due.
pub fn is_due(tx: &ReadTx<'_>, purpose: Purpose) -> OpResult<bool> {
    let newest = list(tx, purpose)?.into_iter().next();
    Ok(newest.is_none_or(|newest| tx.now().since(newest.created_at) >= RENEWED_AFTER))
}

/// Keeps a new key, unless another node was first.
pub fn renew(tx: &mut Tx<'_>, purpose: Purpose, key: &SigningKey) -> OpResult<()> {
    if !is_due(tx, purpose)? {
        return Ok(());
    }
    match purpose {
        Purpose::Access => tx.keep_signing_key(key)?,
        Purpose::Id => tx.keep_id_signing_key(key)?,
    }
    let key = key.id.clone();
    note(tx, None, SignInEvent::KeyMade { key })
}

/// Withdraws a key and puts a new one in its place: what the old one signed is no good any more.
pub fn revoke(tx: &mut Tx<'_>, purpose: Purpose, id: &str, next: &SigningKey) -> OpResult<()> {
    let attempt = Attempt {
        operation: Operation::RevokeKey.name().to_owned(),
        group: None,
        access: None,
        definition: None,
        principal: None,
        detail: Some(id.to_owned()),
    };
    revoked(tx, purpose, id, next).map_err(|error: OpError| error.at(attempt))
}

fn revoked(tx: &mut Tx<'_>, purpose: Purpose, id: &str, next: &SigningKey) -> OpResult<()> {
    let caller = tx.caller().clone();
    authorise(tx, &caller, Operation::RevokeKey, About::NOTHING)?;
    if !tx.revoke_signing_key(id)? {
        return Err(Refusal::new(Code::NotFound, format!("there is no signing key `{id}`")).into());
    }
    note(tx, None, SignInEvent::KeyRevoked { key: id.to_owned() })?;
    if list(tx, purpose)?.is_empty() {
        match purpose {
            Purpose::Access => tx.keep_signing_key(next)?,
            Purpose::Id => tx.keep_id_signing_key(next)?,
        }
        let key = next.id.clone();
        note(tx, None, SignInEvent::KeyMade { key })?;
    }
    Ok(())
}

/// What is kept wrapped by the master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// The private part of a signing key, by its `kid`.
    SigningKey(String),
    /// The secret of somebody's authenticator.
    Authenticator(PrincipalId),
}

/// What came of wrapping a part of it anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rewrapped {
    /// How many were wrapped anew.
    pub count: u64,
    /// Behind which authenticator to go on; `None` where there are no more.
    pub next: Option<i64>,
}

/// So many authenticators at a time: nobody waits long for the one writer.
const REWRAPPED_AT_ONCE: u32 = 500;

/// Wraps a part of what is kept anew, as the operator: `anew` is given each, and gives what takes its place, or
/// nothing where it stays (T-55). Whoever withdraws keys may: nothing is opened that was closed.
pub fn rewrap(
    tx: &mut Tx<'_>,
    after: i64,
    anew: impl Fn(&Kept, &[u8]) -> OpResult<Option<Vec<u8>>>,
) -> OpResult<Rewrapped> {
    let caller = tx.caller().clone();
    authorise(tx, &caller, Operation::RevokeKey, About::NOTHING)?;
    let mut count = 0;
    for (kid, private) in tx.wrapped_signing_keys()? {
        if let Some(private) = anew(&Kept::SigningKey(kid.clone()), &private)? {
            tx.rewrap_signing_key(&kid, &private)?;
            count += 1;
        }
    }
    let authenticators = tx.wrapped_authenticators(after, REWRAPPED_AT_ONCE)?;
    for (number, user, secret) in &authenticators {
        if let Some(secret) = anew(&Kept::Authenticator(*user), secret)? {
            tx.rewrap_authenticator(*number, &secret)?;
            count += 1;
        }
    }
    if count > 0 {
        note(tx, None, SignInEvent::SecretsRewrapped { count })?;
    }
    let next = authenticators.last().map(|(number, _, _)| *number);
    Ok(Rewrapped { count, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str, days_ago: u32, now: Instant) -> SigningKey {
        SigningKey {
            id: id.to_owned(),
            private: Vec::new(),
            public: Vec::new(),
            created_at: now.minus(Length::days(days_ago)),
        }
    }

    #[test]
    fn t33_an_old_key_stays_until_what_it_signed_has_ended() {
        let now: Instant = "2026-11-21T09:00:00Z".parse().unwrap();
        let ids = |keys: Vec<SigningKey>| {
            good(keys, now)
                .into_iter()
                .map(|key| key.id)
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(vec![key("a", 400, now)]), ["a"]);
        assert_eq!(ids(vec![key("b", 0, now), key("a", 90, now)]), ["b", "a"]);
        assert_eq!(ids(vec![key("b", 2, now), key("a", 92, now)]), ["b", "a"]);
        assert_eq!(ids(vec![key("b", 3, now), key("a", 93, now)]), ["b"]);
    }
}
