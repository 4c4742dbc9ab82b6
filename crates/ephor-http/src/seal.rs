//! The master key, and what is wrapped by it (T-54): signing keys and the secrets of authenticators.
//!
//! It comes from a file or a setting, is never in the database nor in a backup of it, and everything that
//! must stay secret in there is sealed under it, bound to the place where it is kept. Where only a mark is
//! needed that nobody else can make, it is derived from it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use ephor_ops::OpResult;
use ephor_ops::signin::key::{Kept, Rewrapped};
use ephor_store::ambient::random_bytes;
use ephor_store::{SigningKey, StoreError, Tx};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What stands in front of everything sealed: how it was done. The first way did not say by which key.
const FIRST_VERSION: u8 = 1;
const VERSION: u8 = 2;
const ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 12;

/// The master key, and the one before it while what that sealed is still about.
#[derive(Clone)]
pub struct MasterKey {
    key: [u8; 32],
    before: Option<[u8; 32]>,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// A text that is no master key; it is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a master key; it has 64 hexadecimal digits, made with `openssl rand -hex 32`")]
pub struct BadMasterKey;

/// What was sealed can't be opened: by another master key, or it was changed or moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "what is sealed in the database can't be opened: it is another tenant's master key, or what is stored was changed"
)]
pub struct CannotOpen;

impl MasterKey {
    /// A fresh one.
    pub fn generate() -> Self {
        Self {
            key: random_bytes(),
            before: None,
        }
    }

    /// The same, which opens what that one sealed too (T-55).
    #[must_use]
    pub fn with_previous(self, previous: &Self) -> Self {
        Self {
            before: Some(previous.key),
            ..self
        }
    }

    /// The key that `text` spells.
    pub fn parse(text: &str) -> Result<Self, BadMasterKey> {
        let mut key = [0; 32];
        hex::decode_to_slice(text.trim(), &mut key).map_err(|_| BadMasterKey)?;
        Ok(Self { key, before: None })
    }

    /// The text that spells it.
    pub fn to_text(&self) -> String {
        hex::encode(self.key)
    }

    /// Seals `plain` for the place where it is kept: table, column and row.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Vec<u8> {
        let mut sealed = plain.to_vec();
        let id = id_of(&self.key);
        let nonce = cipher(&self.key)
            .seal_in_place_append_tag(Aad::from(of_version(place, id)), &mut sealed)
            .expect("a short text can be sealed");
        let mut out = vec![VERSION];
        out.extend_from_slice(&id);
        out.extend_from_slice(nonce.as_ref());
        out.extend_from_slice(&sealed);
        out
    }

    /// Opens what was sealed for this place.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let (version, rest) = sealed.split_first().ok_or(CannotOpen)?;
        let mut keys = std::iter::once(self.key).chain(self.before);
        match *version {
            FIRST_VERSION => keys
                .find_map(|key| opened(&key, place.as_bytes(), rest))
                .ok_or(CannotOpen),
            VERSION => {
                let (id, rest) = rest.split_first_chunk::<ID_BYTES>().ok_or(CannotOpen)?;
                let key = keys.find(|key| id_of(key) == *id).ok_or(CannotOpen)?;
                opened(&key, of_version(place, *id).as_bytes(), rest).ok_or(CannotOpen)
            }
            _ => Err(CannotOpen),
        }
    }

    /// What was sealed by the key before, or in an older way, sealed by this one; `None` where it is so already.
    pub(crate) fn resealed(
        &self,
        place: &str,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, CannotOpen> {
        let own = [&[VERSION][..], &id_of(&self.key)].concat();
        let plain = self.open(place, sealed)?;
        Ok((!sealed.starts_with(&own)).then(|| self.seal(place, &plain)))
    }

    /// Seals by this key a part of what the key before sealed: the signing keys, and authenticators behind `after`.
    /// Says how many those were, and behind which to go on, while there are more.
    pub fn rewrap(&self, tx: &mut Tx<'_>, after: i64) -> OpResult<Rewrapped> {
        ephor_ops::signin::key::rewrap(tx, after, |kept, sealed| {
            let place = match kept {
                Kept::SigningKey(kid) => place_of(kid),
                Kept::Authenticator(user) => crate::signin::place_of_authenticator(*user),
            };
            self.resealed(&place, sealed)
                .map_err(|wrong| StoreError::Damaged(format!("{place}: {wrong}")).into())
        })
    }

    /// A signing key as it is kept.
    pub fn seal_key(&self, key: SigningKey) -> SigningKey {
        let private = self.seal(&place_of(&key.id), &key.private);
        SigningKey { private, ..key }
    }

    /// The private part of a signing key as it was kept.
    pub(crate) fn open_key(&self, key: &SigningKey) -> Result<Vec<u8>, CannotOpen> {
        self.open(&place_of(&key.id), &key.private)
    }

    /// A mark that only who has the key can make: of `parts`, for one purpose.
    pub(crate) fn mark(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        mark_by(&self.key, purpose, parts)
    }
}

fn mark_by(key: &[u8; 32], purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length makes marks");
    for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn cipher(key: &[u8; 32]) -> RandomizedNonceKey {
    let key = mark_by(key, "seal", &[]);
    RandomizedNonceKey::new(&AES_256_GCM, &key).expect("32 bytes are a key")
}

/// By what a key is known in what it sealed; it tells nothing of the key.
fn id_of(key: &[u8; 32]) -> [u8; ID_BYTES] {
    let mark = mark_by(key, "key id", &[]);
    [mark[0], mark[1], mark[2], mark[3]]
}

/// What is sealed along: the place and the key, so that nothing opens elsewhere or as another key's.
fn of_version(place: &str, id: [u8; ID_BYTES]) -> String {
    format!("{place}#{}", hex::encode(id))
}

fn opened(key: &[u8; 32], aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, rest) = sealed.split_at_checked(NONCE_BYTES)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut text = rest.to_vec();
    let plain = cipher(key)
        .open_in_place(nonce, Aad::from(aad), &mut text)
        .ok()?;
    Some(plain.to_vec())
}

fn place_of(kid: &str) -> String {
    format!("signing_keys.private/{kid}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t54_what_is_sealed_opens_only_in_its_place_by_its_key() {
        let key = MasterKey::generate();
        let sealed = key.seal("a/1", b"secret");
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_eq!(key.open("a/1", &sealed).unwrap(), b"secret");
        assert_eq!(key.open("a/2", &sealed), Err(CannotOpen));
        assert_eq!(MasterKey::generate().open("a/1", &sealed), Err(CannotOpen));
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert_eq!(key.open("a/1", &bent), Err(CannotOpen), "{at}");
            assert_eq!(key.open("a/1", &sealed[..at]), Err(CannotOpen), "{at}");
        }
        assert_ne!(sealed, key.seal("a/1", b"secret"));
    }

    #[test]
    fn t55_a_new_key_opens_what_the_one_before_sealed_and_seals_it_anew() {
        let (old, new) = (MasterKey::generate(), MasterKey::generate());
        let both = new.clone().with_previous(&old);
        let mut first_way = old.seal("a/1", b"");
        let nonce = cipher(&old.key);
        let mut text = b"secret".to_vec();
        let nonce = nonce
            .seal_in_place_append_tag(Aad::from(b"a/1"), &mut text)
            .unwrap();
        first_way.truncate(0);
        first_way.push(FIRST_VERSION);
        first_way.extend_from_slice(nonce.as_ref());
        first_way.extend_from_slice(&text);
        for sealed in [old.seal("a/1", b"secret"), first_way] {
            assert_eq!(old.open("a/1", &sealed).unwrap(), b"secret");
            assert_eq!(both.open("a/1", &sealed).unwrap(), b"secret");
            assert_eq!(new.open("a/1", &sealed), Err(CannotOpen));
            assert_eq!(both.open("a/2", &sealed), Err(CannotOpen), "moved");
            let anew = both.resealed("a/1", &sealed).unwrap().unwrap();
            assert_eq!(new.open("a/1", &anew).unwrap(), b"secret");
            assert_eq!(old.open("a/1", &anew), Err(CannotOpen));
            assert_eq!(both.resealed("a/1", &anew), Ok(None), "it is so already");
            assert_eq!(both.resealed("a/2", &anew), Err(CannotOpen));
        }
    }

    #[test]
    fn a_master_key_is_64_hexadecimal_digits() {
        let key = MasterKey::generate();
        let read = MasterKey::parse(&format!("{}\n", key.to_text())).unwrap();
        assert_eq!(read.key, key.key);
        for bad in ["", "abc", &key.to_text()[1..], "zz", &"g".repeat(64)] {
            assert!(MasterKey::parse(bad).is_err(), "{bad}");
        }
        assert!(!format!("{key:?}").contains(&key.to_text()));
    }
}
