//! What every request shares: the store, the keys, and how the service was set up.

use std::collections::HashSet;

use ephor_core::id::TenantId;
use ephor_store::Store;

use crate::odata::page::Pager;
use crate::options::{HttpOptions, OperatorTokens, StartError, VersionInfo};
use crate::repeat::Repeats;
use crate::routes::Table;
use crate::token::Verifier;

/// The shared state.
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) public_url: String,
    pub(crate) tenant: TenantId,
    pub(crate) verifier: Verifier,
    pub(crate) pager: Pager,
    pub(crate) hosts: Hosts,
    pub(crate) operator_tokens: OperatorTokens,
    pub(crate) version: VersionInfo,
    pub(crate) table: Table,
    pub(crate) repeats: Repeats,
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
        if keys.is_empty() {
            return Err(StartError::NoSigningKey);
        }
        Ok(Self {
            tenant: tenant.id,
            verifier: Verifier::new(&tenant, &keys, &public_url),
            pager: Pager::new(&keys),
            hosts,
            operator_tokens: options.operator_tokens,
            version: options.version,
            table: Table::new(options.demonstration),
            repeats: Repeats::default(),
            public_url,
            store,
        })
    }
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
