//! Where PostgreSQL is and how to get there: the URL, TLS, and the settings of each session.
//!
//! `sslmode=require`, and `verify-full` as other clients call it, mean TLS with the chain and the name
//! checked, always. Without either, hosts elsewhere are reached by TLS too; this machine is not.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use postgres::config::{Host, SslMode, TargetSessionAttrs};
use postgres::error::SqlState;
use postgres::{Client, Config, NoTls};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::OpenError;

/// What each session is told (`security.md`, "Store settings"): no statement runs for long, nobody waits
/// for long, a node that stands still loses its turn, and a commit is on the disk.
const SESSION: &str = "SET statement_timeout = '5s'; SET lock_timeout = '2s';
     SET idle_in_transaction_session_timeout = '10s'; SET client_min_messages = 'warning';
     SELECT set_config('synchronous_commit', 'on', false)
         WHERE current_setting('synchronous_commit') IN ('off', 'local')";

/// A PostgreSQL database, and how to connect to it.
pub(crate) struct Source {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl Source {
    /// Reads the URL.
    pub(crate) fn new(url: &str) -> Result<Self, OpenError> {
        let (url, root) = translated(url);
        let mut config = Config::from_str(&url).map_err(|wrong| {
            OpenError::Unreachable(format!(
                "the database URL can't be read: {}; write postgres://user:password@host:5432/database",
                super::postgres::reason(&wrong)
            ))
        })?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(5));
        }
        if config.get_application_name().is_none() {
            config.application_name("ephor");
        }
        config
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .tcp_user_timeout(Duration::from_secs(5))
            .keepalives(true)
            .keepalives_idle(Duration::from_secs(5))
            .keepalives_interval(Duration::from_secs(1))
            .keepalives_retries(3);
        let asks = match config.get_ssl_mode() {
            SslMode::Disable => false,
            SslMode::Require => true,
            // `Prefer`, which is also what nothing said means; and whatever the driver learns later.
            _ => config.get_hosts().iter().any(is_elsewhere),
        };
        let tls = if asks {
            Some(tls(root.as_deref())?)
        } else {
            None
        };
        Ok(Self { config, tls })
    }

    /// Which database, for messages: never with the password.
    pub(crate) fn place(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "localhost".into(),
        };
        let name = self.config.get_dbname().or(self.config.get_user());
        format!("postgres://{host}/{}", name.unwrap_or_default())
    }

    /// Connects; `warned` is set where the server warns of a cancelled wait.
    pub(crate) fn connect(&self, warned: &Arc<AtomicBool>) -> Result<Client, postgres::Error> {
        let mut config = self.config.clone();
        let warned = Arc::clone(warned);
        config.notice_callback(move |notice| {
            if *notice.code() == SqlState::WARNING {
                tracing::warn!(notice = notice.message(), "PostgreSQL warns");
                warned.store(true, Ordering::SeqCst);
            }
        });
        let mut client = match &self.tls {
            Some(tls) => config.connect(tls.clone())?,
            None => config.connect(NoTls)?,
        };
        client.batch_execute(SESSION)?;
        Ok(client)
    }
}

/// Whether a host is not this machine.
fn is_elsewhere(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            let is_loopback = name
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback());
            name != "localhost" && !is_loopback
        }
        Host::Unix(_) => false,
    }
}

/// The URL in the driver's words, and the file of a root certificate where it names one: other clients
/// know `sslmode=verify-full` and `sslrootcert`, the driver does not.
fn translated(url: &str) -> (String, Option<String>) {
    let Some((base, query)) = url.split_once('?') else {
        return (url.to_owned(), None);
    };
    let mut root = None;
    let kept: Vec<_> = query
        .split('&')
        .filter_map(|pair| match pair.split_once('=') {
            Some(("sslmode", "verify-full" | "verify-ca")) => Some("sslmode=require"),
            Some(("sslrootcert", file)) => {
                root = Some(file.replace("%2F", "/").replace("%2f", "/"));
                None
            }
            Some(_) | None => Some(pair),
        })
        .collect();
    (format!("{base}?{}", kept.join("&")), root)
}

fn tls(root: Option<&str>) -> Result<MakeRustlsConnect, OpenError> {
    let wrong = |file: &str, wrong: String| OpenError::Io {
        place: file.to_owned(),
        wrong: format!("{wrong}; `sslrootcert` names a file of PEM certificates"),
    };
    let mut roots = rustls::RootCertStore::empty();
    match root {
        Some(file) => {
            let read = CertificateDer::pem_file_iter(file)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|fault| wrong(file, fault.to_string()))?;
            for certificate in read {
                roots
                    .add(certificate)
                    .map_err(|fault| wrong(file, fault.to_string()))?;
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|fault| OpenError::Engine(format!("TLS can't be set up: {fault}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::{Source, translated};

    #[test]
    fn what_other_clients_write_is_translated() {
        let (url, root) =
            translated("postgres://h/d?sslmode=verify-full&sslrootcert=/etc/ca.pem&port=1");
        assert_eq!(url, "postgres://h/d?sslmode=require&port=1");
        assert_eq!(root.as_deref(), Some("/etc/ca.pem"));
        assert_eq!(
            translated("postgres://h/d"),
            ("postgres://h/d".into(), None)
        );
    }

    #[test]
    fn hosts_elsewhere_are_reached_by_tls_unless_it_is_switched_off() {
        for (url, asks) in [
            ("postgres://u@localhost/d", false),
            ("postgres://u@127.0.0.1/d", false),
            ("postgres://u@db.example/d", true),
            ("postgres://u@db.example/d?sslmode=disable", false),
            ("postgres://u@localhost/d?sslmode=require", true),
        ] {
            assert_eq!(Source::new(url).unwrap().tls.is_some(), asks, "{url}");
        }
    }

    #[test]
    fn a_url_that_is_none_says_what_one_looks_like_and_no_place_tells_a_password() {
        let told = Source::new("postgres://u@h:port/d")
            .err()
            .unwrap()
            .to_string();
        assert!(
            told.contains("postgres://user:password@host:5432/database"),
            "{told}"
        );
        let source = Source::new("postgres://u:secret@h/d?sslmode=disable").unwrap();
        assert_eq!(source.place(), "postgres://h/d");
    }
}
