//! What every request shares: the store, the keys, and how the service was set up.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use ephor_core::caller::Caller;
use ephor_core::tenant::Tenant;
use ephor_core::time::{Instant, Length};
use ephor_ops::OpError;
use ephor_ops::signin::key::{self, Purpose};
use ephor_store::Store;
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::odata::page::Pager;
use crate::options::{
    ApiStepUp, Demonstration, HttpOptions, OperatorTokens, SignInOptions, StartError, VersionInfo,
};
use crate::proxy::TrustedProxies;
use crate::rate::Rates;
use crate::repeat::Repeats;
use crate::routes::Table;
use crate::seal::MasterKey;
use crate::token::Verifier;
use crate::upstream::Known;

/// The shared state.
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) public_url: String,
    pub(crate) master: MasterKey,
    pub(crate) tenant: Tenant,
    pub(crate) keys: Keys,
    pub(crate) id_key: tokio::sync::OnceCell<()>,
    pub(crate) webauthn: Option<Webauthn>,
    pub(crate) pager: Pager,
    pub(crate) hosts: Hosts,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) operator_tokens: OperatorTokens,
    pub(crate) reset_hold: Length,
    pub(crate) api_step_up: ApiStepUp,
    pub(crate) providers: Vec<Known>,
    pub(crate) version: VersionInfo,
    pub(crate) table: Table,
    pub(crate) demonstration: Option<Demonstration>,
    pub(crate) repeats: Repeats,
    pub(crate) rates: Rates,
}

impl App {
    /// Reads the tenant and its keys, and checks how the service is set up.
    pub(crate) async fn start(store: Store, options: HttpOptions) -> Result<Self, StartError> {
        let public_url = options.public_url;
        let hosts = Hosts::of(&public_url, &options.allowed_hosts).ok_or_else(|| {
            StartError::PublicUrl {
                given: public_url.clone(),
            }
        })?;
        let (tenant, keys) = store.read("session.keys", ephor_ops::session::keys).await?;
        let newest = keys.first().ok_or(StartError::NoSigningKey)?;
        options.master_key.open_key(newest)?;
        Ok(Self {
            keys: Keys::new(Verifier::new(&tenant, &keys, &public_url)),
            pager: Pager::new(&options.master_key),
            webauthn: webauthn(&public_url),
            master: options.master_key,
            id_key: tokio::sync::OnceCell::new(),
            tenant,
            hosts,
            trusted_proxies: options.trusted_proxies,
            operator_tokens: options.operator_tokens,
            reset_hold: options.sign_in.reset_hold,
            api_step_up: options.sign_in.api_step_up,
            providers: providers(options.sign_in),
            version: options.version,
            table: Table::new(options.demonstration.as_ref()),
            demonstration: options.demonstration,
            repeats: Repeats::default(),
            rates: Rates::new(options.rates),
            public_url,
            store,
        })
    }
}

/// The keys that access tokens are checked by, as they were a moment ago: one that is withdrawn, on whatever
/// node, is refused everywhere soon after (T-33).
pub(crate) struct Keys(RwLock<(tokio::time::Instant, Arc<Verifier>)>);

/// How long the keys are kept before they are looked at anew.
const KEYS_KEPT: Duration = Duration::from_secs(2);

impl Keys {
    fn new(verifier: Verifier) -> Self {
        Self(RwLock::new((
            tokio::time::Instant::now(),
            Arc::new(verifier),
        )))
    }

    fn kept(&self) -> (tokio::time::Instant, Arc<Verifier>) {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl App {
    /// What checks access tokens.
    pub(crate) async fn verifier(&self) -> Result<Arc<Verifier>, OpError> {
        let (read_at, kept) = self.keys.kept();
        if read_at.elapsed() < KEYS_KEPT {
            return Ok(kept);
        }
        self.read_keys().await
    }

    /// Reads the keys anew.
    pub(crate) async fn read_keys(&self) -> Result<Arc<Verifier>, OpError> {
        let read_at = tokio::time::Instant::now();
        let (tenant, keys, due) = self
            .store
            .read("session.keys", |tx| {
                let (tenant, keys) = ephor_ops::session::keys(tx)?;
                let id_keys = key::list(tx, Purpose::Id)?;
                let due = [
                    (Purpose::Access, key::is_due(tx, Purpose::Access)?),
                    // The first one is made when it is needed.
                    (
                        Purpose::Id,
                        !id_keys.is_empty() && key::is_due(tx, Purpose::Id)?,
                    ),
                ];
                Ok::<_, OpError>((
                    tenant,
                    keys,
                    due.map(|(of, is)| is.then_some((of, tx.now()))),
                ))
            })
            .await?;
        let mut keys = keys;
        for (purpose, now) in due.into_iter().flatten() {
            self.renew_key(purpose, now).await?;
            let read = |tx: &ephor_store::ReadTx<'_>| key::list(tx, Purpose::Access);
            keys = self.store.read("session.keys", read).await?;
        }
        let verifier = Arc::new(Verifier::new(&tenant, &keys, &self.public_url));
        let mut kept = self.keys.0.write().unwrap_or_else(PoisonError::into_inner);
        *kept = (read_at, Arc::clone(&verifier));
        Ok(verifier)
    }

    /// Makes the key that is due: a day before it signs (T-33).
    async fn renew_key(&self, purpose: Purpose, now: Instant) -> Result<(), OpError> {
        let made = tokio::task::spawn_blocking(move || match purpose {
            Purpose::Access => crate::token::generate_key(now),
            Purpose::Id => crate::oauth::generate_id_key(now),
        });
        let Ok(made) = made.await else {
            tracing::error!("a signing key that is due could not be made");
            return Ok(());
        };
        let sealed = self.master.seal_key(made);
        self.store
            .write("key.renew", Caller::system(), move |tx| {
                key::renew(tx, purpose, &sealed)
            })
            .await
    }

    /// Whether browsers come by TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// The providers that people sign in through; without anything that fetches there are none.
fn providers(options: SignInOptions) -> Vec<Known> {
    let Some(outbound) = options.outbound else {
        return Vec::new();
    };
    let known = |provider| Known::new(provider, Arc::clone(&outbound));
    options.providers.into_iter().map(known).collect()
}

/// Passkeys belong to a name: where the public address is a number, there are none.
fn webauthn(public_url: &str) -> Option<Webauthn> {
    let origin: url::Url = public_url.parse().ok()?;
    let name = origin.domain()?.to_owned();
    WebauthnBuilder::new(&name, &origin)
        .ok()?
        .rp_name("Ephor")
        .build()
        .ok()
}

/// The hosts that requests may name (`security.md` section 4): another name is another site's.
pub(crate) struct Hosts {
    exact: HashSet<String>,
    any_port: HashSet<String>,
}

impl Hosts {
    fn of(public_url: &str, allowed: &[String]) -> Option<Self> {
        let uri: http::Uri = public_url.parse().ok()?;
        let authority = uri.authority()?.as_str().to_ascii_lowercase();
        let plain = format!("{}://{authority}", uri.scheme_str()?);
        if !public_url.eq_ignore_ascii_case(&plain) || authority.contains('@') {
            return None;
        }
        let mut hosts = Self {
            exact: HashSet::from([authority]),
            any_port: HashSet::new(),
        };
        for host in allowed {
            let host = host.to_ascii_lowercase();
            if name_of(&host) == host {
                hosts.any_port.insert(host);
            } else {
                hosts.exact.insert(host);
            }
        }
        Some(hosts)
    }

    /// Whether a request to `host` is for us.
    pub(crate) fn knows(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.exact.contains(&host) || self.any_port.contains(name_of(&host))
    }
}

/// A host without its port; `[::1]:80` is `[::1]`.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.is_empty() => name,
        Some(_) | None => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_the_public_one_and_those_listed() {
        let listed = [
            "127.0.0.1".to_owned(),
            "pim.example:8443".to_owned(),
            "[::1]".to_owned(),
        ];
        let hosts = Hosts::of("http://localhost:8080", &listed).unwrap();
        for host in [
            "localhost:8080",
            "LOCALHOST:8080",
            "127.0.0.1:9",
            "127.0.0.1",
            "pim.example:8443",
            "[::1]:80",
        ] {
            assert!(hosts.knows(host), "{host}");
        }
        for host in [
            "localhost",
            "localhost:8081",
            "evil.example",
            "pim.example",
            "",
            "127.0.0.1.evil.example",
        ] {
            assert!(!hosts.knows(host), "{host}");
        }
    }

    #[test]
    fn a_public_url_is_an_origin_and_nothing_more() {
        for bad in [
            "",
            "localhost:8080",
            "https://a.example/",
            "https://a.example/x",
            "https://u@a.example",
            "/x",
        ] {
            assert!(Hosts::of(bad, &[]).is_none(), "{bad}");
        }
    }
}
