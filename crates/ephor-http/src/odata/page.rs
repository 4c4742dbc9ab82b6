//! Links to further pages: opaque, authenticated, bound to the query and the caller, good for an hour.
//!
//! A link holds a place in the list and an end; a keyed hash over these, the path, every option and the
//! caller makes it useless for anything else. The key comes from the master key, so links
//! outlive a restart, and every server of a deployment reads those of the others.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ephor_core::id::PrincipalId;
use ephor_core::time::{Instant, Length};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::BadQuery;
use super::options::Options;
use crate::limits::SKIP_TOKEN_BYTES_MAX;
use crate::seal::MasterKey;

/// How long a link is good for.
const LIFETIME: Length = Length::hours(1);
const LAYOUT: u8 = 1;
const MAC_BYTES: usize = 32;
const TOKEN_BYTES: usize = 1 + 8 + 8 + MAC_BYTES;

/// Makes links and checks them.
#[derive(Clone)]
pub(crate) struct Pager {
    key: [u8; MAC_BYTES],
}

/// What a link is bound to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Binding<'a> {
    /// The whole path, with the version.
    pub(crate) path: &'a str,
    /// All options.
    pub(crate) options: &'a Options,
    /// Who asks.
    pub(crate) caller: Option<PrincipalId>,
}

/// A place in a list, from a link that is our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Where to go on.
    pub(crate) at: u64,
    /// Until when the link is good: to be judged against the store's `now`.
    pub(crate) until: Instant,
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; MAC_BYTES] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        // Lengths go in too, so that no two lists of parts read alike.
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

impl Pager {
    /// Links under a key that is derived from the master key.
    pub(crate) fn new(master: &MasterKey) -> Self {
        Self {
            key: master.mark("page links", &[]),
        }
    }

    /// The `$skiptoken` for going on at `at`.
    pub(crate) fn token(&self, binding: Binding<'_>, at: u64, now: Instant) -> Option<String> {
        let until = now.plus(LIFETIME)?;
        let mut bytes = Vec::with_capacity(TOKEN_BYTES);
        bytes.push(LAYOUT);
        bytes.extend(at.to_be_bytes());
        bytes.extend(until.micros().to_be_bytes());
        let sealed = seal(&self.key, &bytes, binding);
        bytes.extend(sealed);
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The place a `$skiptoken` stands for, if it was made for just this.
    pub(crate) fn place(&self, binding: Binding<'_>, token: &str) -> Result<Place, BadQuery> {
        let foreign = || {
            BadQuery::unreadable(
                "The $skiptoken was not given for this query; follow @odata.nextLink as it is, or start anew.",
            )
        };
        if token.len() > SKIP_TOKEN_BYTES_MAX {
            return Err(foreign());
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| foreign())?;
        let (said, sealed) = bytes
            .split_at_checked(TOKEN_BYTES - MAC_BYTES)
            .ok_or_else(foreign)?;
        let ours = bool::from(seal(&self.key, said, binding).ct_eq(sealed));
        let number = |from: usize| <[u8; 8]>::try_from(&said[from..from + 8]).ok();
        match (ours, said[0], number(1), number(9)) {
            (true, LAYOUT, Some(at), Some(until)) => Ok(Place {
                at: u64::from_be_bytes(at),
                until: Instant::from_micros(i64::from_be_bytes(until)),
            }),
            (_, _, _, _) => Err(foreign()),
        }
    }
}

fn seal(key: &[u8], said: &[u8], binding: Binding<'_>) -> [u8; MAC_BYTES] {
    let caller = binding.caller.map(|caller| caller.uuid().into_bytes());
    let mut parts: Vec<&[u8]> = vec![said, binding.path.as_bytes()];
    parts.push(caller.as_ref().map_or(&[], |bytes| bytes.as_slice()));
    let sorted = binding.options.sorted();
    for (name, value) in &sorted {
        parts.push(name.as_bytes());
        parts.push(value.as_bytes());
    }
    mac(key, &parts)
}

#[cfg(test)]
mod tests {
    use super::super::options::Dollar;
    use super::*;
    use ephor_core::id::SeededIds;

    #[test]
    fn a_link_is_good_for_just_its_query_and_caller() {
        let now: Instant = "2026-11-21T09:00:00Z".parse().unwrap();
        let master = MasterKey::generate();
        let pager = Pager::new(&master);
        let options = |query: &str| Options::parse(query, Dollar::Needed).unwrap();
        let mut ids = SeededIds::new(1);
        let (ada, bob) = (PrincipalId::fresh(&mut ids), PrincipalId::fresh(&mut ids));
        let first = options("$top=2&$filter=a eq 'x'");
        fn binding<'a>(options: &'a Options, path: &'a str, caller: PrincipalId) -> Binding<'a> {
            Binding {
                path,
                options,
                caller: Some(caller),
            }
        }

        let token = pager
            .token(binding(&first, "/v1.0/users", ada), 100, now)
            .unwrap();
        assert!(token.len() < 100);
        let place = |options: &Options, path, caller, token: &str| {
            pager.place(binding(options, path, caller), token)
        };
        let read = place(&first, "/v1.0/users", ada, &token).unwrap();
        assert_eq!((read.at, read.until), (100, now.plus(LIFETIME).unwrap()));
        let same = options("$filter=a%20eq%20%27x%27&%24top=2&$skiptoken=y");
        assert!(place(&same, "/v1.0/users", ada, &token).is_ok());

        for (options, path, caller) in [
            (options("$top=3&$filter=a eq 'x'"), "/v1.0/users", ada),
            (options("$top=2"), "/v1.0/users", ada),
            (first.clone(), "/beta/users", ada),
            (first.clone(), "/v1.0/groups", ada),
            (first.clone(), "/v1.0/users", bob),
        ] {
            assert!(place(&options, path, caller, &token).is_err());
        }
        let mut bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        bytes[8] ^= 1;
        for wrong in [
            URL_SAFE_NO_PAD.encode(bytes),
            String::new(),
            "x".repeat(2_000),
            token[..60].into(),
        ] {
            assert!(place(&first, "/v1.0/users", ada, &wrong).is_err());
        }
        let place = |master: &MasterKey| {
            Pager::new(master).place(binding(&first, "/v1.0/users", ada), &token)
        };
        assert!(place(&master).is_ok(), "another node reads it");
        assert!(place(&MasterKey::generate()).is_err());
    }
}
