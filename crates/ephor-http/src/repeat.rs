//! Which requests may come again (F-19): those that change something and carry an `Idempotency-Key`, and
//! those `POST`s whose `client-request-id` their sender has used for nothing else.
//!
//! That a key has one effect is kept by the store, with the effect. Here is only remembered, on this server
//! and for a while, which client-request-ids came with several requests: those merely correlate.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use ephor_core::id::PrincipalId;
use ephor_ops::repeat::{Promise, Repeatable};
use http::Method;
use http::header::HeaderName;
use http::request::Parts;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::HttpError;
use crate::json::Json;
use crate::limits::{CORRELATIONS_MAX, IDEMPOTENCY_KEY_BYTES_MAX};
use crate::odata::options::Options;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A request as far as it makes it the same as another.
pub(crate) struct Sent<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) path: &'a str,
    pub(crate) options: &'a Options,
    pub(crate) body: Option<&'a Json>,
    /// Its `client-request-id`, where it has one.
    pub(crate) client: Option<Uuid>,
    pub(crate) sender: Option<PrincipalId>,
}

impl Sent<'_> {
    fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            // Lengths go in too, so that no two requests read alike.
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        };
        add(self.parts.method.as_str());
        add(self.path);
        for (name, value) in self.options.sorted() {
            add(name);
            add(value);
        }
        if let Some(body) = self.body {
            // Text of which no two different bodies have the same; what was read holds no more than 1 MiB.
            add(&format!("{body:?}"));
        }
        hash.finalize().into()
    }
}

/// What came under a client-request-id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    One([u8; 32]),
    Several,
}

/// The client-request-ids that came lately.
#[derive(Default)]
pub(crate) struct Repeats {
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    uses: HashMap<(PrincipalId, Uuid), Use>,
    /// Oldest first.
    order: VecDeque<(PrincipalId, Uuid)>,
}

impl Seen {
    /// Notes the use; whether it is the only one.
    fn note(&mut self, key: (PrincipalId, Uuid), hash: [u8; 32]) -> bool {
        if let Some(before) = self.uses.get_mut(&key) {
            if *before != Use::One(hash) {
                *before = Use::Several;
            }
            return *before != Use::Several;
        }
        if self.order.len() >= CORRELATIONS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.uses.remove(&oldest);
        }
        self.order.push_back(key);
        self.uses.insert(key, Use::One(hash));
        true
    }
}

impl Repeats {
    /// What this request is called, where it may come again.
    pub(crate) fn judge(&self, sent: &Sent<'_>) -> Result<Option<Repeatable>, HttpError> {
        let changes = sent.parts.method != Method::GET && sent.parts.method != Method::HEAD;
        let said = sent.parts.headers.get_all(IDEMPOTENCY_KEY);
        let mut said = said.iter().filter(|_| changes);
        let (first, second) = (said.next(), said.next());
        if first.is_none() && sent.client.is_none() {
            return Ok(None);
        }
        let request = sent.hash();
        let alone = match (sent.sender, sent.client) {
            (Some(sender), Some(client)) => {
                let mut seen = self
                    .seen
                    .lock()
                    .unwrap_or_else(|broken| broken.into_inner());
                Some(client).filter(|client| seen.note((sender, *client), request))
            }
            (_, _) => None,
        };
        let repeatable = |key, promise| Repeatable {
            key,
            request,
            promise,
        };
        if let Some(value) = first {
            let good = |text: &&str| {
                (1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&text.len()) && second.is_none()
            };
            let key = value.to_str().ok().filter(good).ok_or_else(|| {
                HttpError::bad_request(format!(
                    "The header Idempotency-Key must be there once, with 1 to {IDEMPOTENCY_KEY_BYTES_MAX} visible characters."
                ))
            })?;
            return Ok(Some(repeatable(format!("key {key}"), Promise::Said)));
        }
        Ok(alone
            .filter(|_| sent.parts.method == Method::POST)
            .map(|client| repeatable(format!("client-request-id {client}"), Promise::Implied)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::odata::options::Dollar;

    fn judged(
        repeats: &Repeats,
        method: &str,
        key: Option<&str>,
        client: u128,
        body: &str,
    ) -> Option<Repeatable> {
        let mut request = http::Request::builder().method(method).uri("/x");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let options = Options::parse("", Dollar::Needed).unwrap();
        let body = crate::json::parse(body.as_bytes()).unwrap();
        let sent = Sent {
            parts: &parts,
            path: "/x",
            options: &options,
            body: Some(&body),
            client: Some(Uuid::from_u128(client)),
            sender: Some(PrincipalId::from_uuid(Uuid::from_u128(1))),
        };
        repeats.judge(&sent).unwrap()
    }

    /// F-19: a client that keeps one client-request-id for a whole session only correlates with it.
    #[test]
    fn f19_a_client_request_id_counts_until_it_comes_with_another_request() {
        let repeats = Repeats::default();
        let first = judged(&repeats, "POST", None, 1, "{\"a\":1}").unwrap();
        assert_eq!(first.promise, Promise::Implied);
        assert_eq!(judged(&repeats, "POST", None, 1, "{\"a\":1}"), Some(first));
        assert_eq!(judged(&repeats, "GET", None, 1, "{}"), None);
        assert_eq!(judged(&repeats, "POST", None, 1, "{\"a\":1}"), None);
        assert!(judged(&repeats, "POST", None, 2, "{\"a\":1}").is_some());
    }

    #[test]
    fn f19_a_key_counts_for_every_change_whatever_the_client_request_id() {
        let repeats = Repeats::default();
        for body in ["{\"a\":1}", "{\"a\":2}"] {
            let said = judged(&repeats, "PATCH", Some("k"), 1, body).unwrap();
            assert_eq!((said.key.as_str(), said.promise), ("key k", Promise::Said));
        }
        assert_eq!(judged(&repeats, "GET", Some("k"), 3, "{}"), None);
    }
}
