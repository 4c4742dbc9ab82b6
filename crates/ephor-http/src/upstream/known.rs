//! What is remembered of a provider: its addresses and keys, looked at anew after a while, and at most once a
//! minute for a key that nobody knows (T-33).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Outbound, ProviderOptions};
use crate::client_key::{ClientKey, usable};
use crate::json::{Json, parse};
use crate::jws::text;

/// Addresses and keys are kept for so long.
const KEPT: Duration = Duration::from_secs(600);
/// Keys are not fetched more often than this, however many tokens name keys that are not there.
const APART: Duration = Duration::from_secs(60);

/// A provider's addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Addresses {
    pub(crate) authorize: String,
    pub(crate) token: String,
    pub(crate) keys: String,
    /// Where somebody signs out there.
    pub(crate) end_session: Option<String>,
    /// Whether its answers name it, so that one that does not is not its own.
    pub(crate) names_itself: bool,
}

/// A provider with what is remembered of it.
pub(crate) struct Known {
    pub(crate) options: ProviderOptions,
    outbound: Arc<dyn Outbound>,
    addresses: Mutex<Option<(Instant, Addresses)>>,
    keys: Mutex<Option<(Instant, Arc<Vec<ClientKey>>)>>,
}

impl Known {
    pub(crate) fn new(options: ProviderOptions, outbound: Arc<dyn Outbound>) -> Self {
        Self {
            options,
            outbound,
            addresses: Mutex::default(),
            keys: Mutex::default(),
        }
    }

    /// Its addresses, by its own discovery document; fails with a reason for the log.
    pub(crate) async fn addresses(&self) -> Result<Addresses, String> {
        let mut kept = self.addresses.lock().await;
        if let Some((read_at, addresses)) = kept.as_ref()
            && read_at.elapsed() < KEPT
        {
            return Ok(addresses.clone());
        }
        let issuer = &self.options.issuer;
        let url = format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        );
        let document = match parse(&self.outbound.get(&url).await?) {
            Ok(Json::Object(document)) => document,
            Ok(_) | Err(_) => return Err(format!("`{url}` is no JSON object")),
        };
        if text(&document, "issuer") != Some(issuer.as_str()) {
            return Err(format!("`{url}` names another issuer than `{issuer}`"));
        }
        let address = |name: &str| {
            text(&document, name)
                .map(str::to_owned)
                .ok_or_else(|| format!("`{url}` lacks {name}"))
        };
        let names_itself = document
            .names()
            .any(|name| name == "authorization_response_iss_parameter_supported")
            && document.get("authorization_response_iss_parameter_supported")
                == Some(&Json::Bool(true));
        let addresses = Addresses {
            authorize: address("authorization_endpoint")?,
            token: address("token_endpoint")?,
            keys: address("jwks_uri")?,
            end_session: text(&document, "end_session_endpoint").map(str::to_owned),
            names_itself,
        };
        *kept = Some((Instant::now(), addresses.clone()));
        Ok(addresses)
    }

    /// Its keys, fetched anew where the one of this id is not among those that are remembered.
    pub(crate) async fn keys(&self, kid: Option<&str>) -> Result<Arc<Vec<ClientKey>>, String> {
        let mut kept = self.keys.lock().await;
        if let Some((read_at, keys)) = kept.as_ref() {
            let has = keys.iter().any(|key| key.is_named(kid, None, None));
            let age = read_at.elapsed();
            if age < APART || (has && age < KEPT) {
                return Ok(Arc::clone(keys));
            }
        }
        let url = self.addresses().await?.keys;
        let bytes = self.outbound.get(&url).await?;
        let keys = Arc::new(usable(&bytes).ok_or_else(|| format!("`{url}` is no JWK set"))?);
        *kept = Some((Instant::now(), Arc::clone(&keys)));
        Ok(keys)
    }

    /// Exchanges a code for the text of an ID token.
    pub(crate) async fn id_token(
        &self,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
    ) -> Result<String, String> {
        let url = self.addresses().await?.token;
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
            ("client_id", self.options.client_id.as_str()),
        ];
        if let Some(secret) = &self.options.client_secret {
            fields.push(("client_secret", secret));
        }
        let bytes = self.outbound.post_form(&url, &fields).await?;
        match parse(&bytes) {
            Ok(Json::Object(answer)) => text(&answer, "id_token")
                .map(str::to_owned)
                .ok_or_else(|| format!("`{url}` gave no ID token")),
            Ok(_) | Err(_) => Err(format!("`{url}` answered no JSON object")),
        }
    }
}
