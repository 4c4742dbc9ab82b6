//! The master key, and what is wrapped by it (T-54): signing keys and the secrets of authenticators.
//!
//! It comes from a file or a setting, is never in the database nor in a backup of it, and everything that
//! must stay secret in there is sealed under it, bound to the place where it is kept. Where only a mark is
//! needed that nobody else can make, it is derived from it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use ephor_store::SigningKey;
use ephor_store::ambient::random_bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What stands in front of everything sealed: how it was done.
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 12;

/// The master key.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

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
        Self(random_bytes())
    }

    /// The key that `text` spells.
    pub fn parse(text: &str) -> Result<Self, BadMasterKey> {
        let mut key = [0; 32];
        hex::decode_to_slice(text.trim(), &mut key).map_err(|_| BadMasterKey)?;
        Ok(Self(key))
    }

    /// The text that spells it.
    pub fn to_text(&self) -> String {
        hex::encode(self.0)
    }

    /// Seals `plain` for the place where it is kept: table, column and row.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Vec<u8> {
        let mut sealed = plain.to_vec();
        let nonce = self
            .cipher()
            .seal_in_place_append_tag(Aad::from(place.as_bytes()), &mut sealed)
            .expect("a short text can be sealed");
        let mut out = vec![VERSION];
        out.extend_from_slice(nonce.as_ref());
        out.extend_from_slice(&sealed);
        out
    }

    /// Opens what was sealed for this place.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let (&VERSION, rest) = sealed.split_first().ok_or(CannotOpen)? else {
            return Err(CannotOpen);
        };
        let (nonce, rest) = rest.split_at_checked(NONCE_BYTES).ok_or(CannotOpen)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| CannotOpen)?;
        let mut text = rest.to_vec();
        let plain = self
            .cipher()
            .open_in_place(nonce, Aad::from(place.as_bytes()), &mut text)
            .map_err(|_| CannotOpen)?;
        Ok(plain.to_vec())
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
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length makes marks");
        for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    fn cipher(&self) -> RandomizedNonceKey {
        let key = self.mark("seal", &[]);
        RandomizedNonceKey::new(&AES_256_GCM, &key).expect("32 bytes are a key")
    }
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
    fn a_master_key_is_64_hexadecimal_digits() {
        let key = MasterKey::generate();
        let read = MasterKey::parse(&format!("{}\n", key.to_text())).unwrap();
        assert_eq!(read.0, key.0);
        for bad in ["", "abc", &key.to_text()[1..], "zz", &"g".repeat(64)] {
            assert!(MasterKey::parse(bad).is_err(), "{bad}");
        }
        assert!(!format!("{key:?}").contains(&key.to_text()));
    }
}
