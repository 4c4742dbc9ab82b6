//! `ephor serve`: the only place where all parts meet.
//!
//! The order matters. The database is opened first, outside the asynchronous runtime, because it may have
//! to wait and says best who else uses it; then the address is taken; only then is anything served.

mod connections;
mod elsewhere;
mod pace;
mod tls;

pub(crate) use tls::{Tls, TlsFiles};

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use ephor_connect::Courier;
use ephor_core::notice::Portal;
use ephor_core::tenant::TenantPurpose;
use ephor_http::{HttpOptions, OperatorTokens, SignInOptions, TrustedProxies, VersionInfo};
use ephor_store::{Database, Store};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use crate::cli::ServeArgs;
use crate::config::{self, Config};
use crate::failure::{Exit, Failure};
use crate::jobs::{Jobs, Letters};
use crate::logs::{self, Levels};
use crate::output::Output;
use crate::{master_key, place};

/// The file in a data directory that keeps the server's public address, for `ephor token`.
const PUBLIC_URL_FILE: &str = "public-url";

/// Serves until it is told to stop.
pub(crate) fn run(args: &ServeArgs, output: &Output) -> anyhow::Result<Exit> {
    let load = || {
        place::config(
            &args.place,
            &[
                ("server.listen", args.listen.clone()),
                ("server.public_url", args.public_url.clone()),
                ("server.tls_cert", text(args.tls.tls_cert.as_deref())),
                ("server.tls_key", text(args.tls.tls_key.as_deref())),
            ],
        )
    };
    let config = load()?;
    let levels = logs::start(&config);
    may_listen(&config)?;
    let tls = config.tls.clone().map(Tls::load).transpose()?.map(Arc::new);
    let courier = courier(&config)?;
    let database = place::database(&config)?;
    let store =
        Store::open(&place::options(database.clone(), place::Use::Alone)).map_err(Failure::from)?;
    let master_key = master_key::of(&config, &database)?;

    stays_here(&store, &config)?;

    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        let (listener, address) = listen(config.listen).await?;
        let public_url = public_url(&config, address);
        remember(&database, &public_url)?;
        let options = HttpOptions {
            allowed_hosts: hosts(&config, address),
            trusted_proxies: config.trusted_proxies.clone(),
            public_url: public_url.clone(),
            master_key,
            operator_tokens: match config.operator_tokens {
                config::OperatorTokens::Full => OperatorTokens::Full,
                config::OperatorTokens::Read => OperatorTokens::ReadOnly,
                config::OperatorTokens::Off => OperatorTokens::Off,
            },
            demonstration: None,
            sign_in: sign_in(&config)?,
            rates: config.limits,
            version: version(),
        };
        let app = ephor_http::router(store.clone(), options).await?;
        let server = Server {
            store,
            listener,
            app,
            woken: Arc::new(Notify::new()),
            jobs: !args.no_jobs,
            letters: Letters {
                portal: Portal {
                    url: public_url.clone(),
                    zone: config.mail.zone.clone(),
                },
                courier,
            },
            trusted_proxies: config.trusted_proxies.clone(),
            tls: tls.clone(),
        };
        server
            .run(
                || {
                    output.line(&json!({
                        "url": public_url,
                        "listen": address.to_string(),
                        "pid": std::process::id(),
                    }));
                    output.say(&format!("serving {public_url} on {address}"));
                },
                || {
                    match load() {
                        Ok(config) => levels.take_up(&config),
                        Err(wrong) => tracing::error!(%wrong, "the settings were not read anew"),
                    }
                    reload(tls.as_deref());
                },
            )
            .await
    });
    runtime.shutdown_timeout(Duration::from_millis(500));
    ended.map(|()| Exit::Done)
}

impl Levels {
    /// Takes up what can change while the server runs.
    fn take_up(&self, config: &Config) {
        self.set(config.log_level);
        tracing::info!(level = %config.log_level, "read the settings anew");
    }
}

/// The runtime that all of HTTP runs on.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("can't start the threads that serve")
}

/// What is running, for `/version`.
pub(crate) fn version() -> VersionInfo {
    VersionInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: option_env!("EPHOR_COMMIT").map(str::to_owned),
    }
}

/// A server that is ready to run.
pub(crate) struct Server {
    /// Where everything is kept.
    pub(crate) store: Store,
    /// Where connections come in.
    pub(crate) listener: TcpListener,
    /// What answers.
    pub(crate) app: axum::Router,
    /// Told when the clock was moved.
    pub(crate) woken: Arc<Notify>,
    /// Whether the jobs run.
    pub(crate) jobs: bool,
    /// How the jobs write and send letters.
    pub(crate) letters: Letters,
    /// Proxies whose connections are many people's.
    pub(crate) trusted_proxies: TrustedProxies,
    /// What connections are taken with; `None` for plain HTTP.
    pub(crate) tls: Option<Arc<Tls>>,
}

/// Reads the certificate anew; what is wrong leaves the old one in force.
pub(crate) fn reload(tls: Option<&Tls>) {
    match tls.map(Tls::reload) {
        None => {}
        Some(Ok(())) => tracing::info!("read the certificate anew"),
        Some(Err(wrong)) => tracing::error!(%wrong, "the certificate was not read anew"),
    }
}

/// A path as a setting's text.
fn text(path: Option<&Path>) -> Option<String> {
    path.map(|path| path.display().to_string())
}

impl Server {
    /// Runs until SIGTERM or SIGINT. `ready` is called once it answers, `reload` at each SIGHUP.
    pub(crate) async fn run(self, ready: impl FnOnce(), reload: impl Fn()) -> anyhow::Result<()> {
        let mut hangup = signal(SignalKind::hangup())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let jobs = if self.jobs {
            Jobs::start(&self.store, &self.woken, &self.letters)
        } else {
            tracing::warn!("all jobs are stopped; access ends on time all the same");
            Jobs::none()
        };
        let stop = Arc::new(Notify::new());
        let serving = tokio::spawn(connections::serve(
            self.listener,
            self.app,
            stop.clone(),
            self.tls,
            self.trusted_proxies,
        ));
        ready();
        loop {
            tokio::select! {
                _ = hangup.recv() => reload(),
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
            }
        }
        stop.notify_one();
        let served = serving.await;
        drop(jobs);
        served.context("the server ended unexpectedly")
    }
}

/// How people sign in, as the settings say.
pub(crate) fn sign_in(config: &Config) -> anyhow::Result<SignInOptions> {
    Ok(SignInOptions {
        reset_hold: config.reset_hold,
        api_step_up: config.api_step_up,
        providers: config.providers.clone(),
        outbound: Some(Arc::new(elsewhere::Elsewhere::new(
            config.private_hosts.clone(),
        )?)),
    })
}

/// Who takes letters, as the settings say.
fn courier(config: &Config) -> Result<Option<Arc<dyn Courier>>, Failure> {
    Ok(match &config.mail.server {
        Some(server) => Some(Arc::new(server.courier()?)),
        None => None,
    })
}

/// Plain HTTP is for loopback, or for a proxy in front that terminates TLS: a token that crosses a network
/// in the clear is anybody's.
fn may_listen(config: &Config) -> Result<(), Failure> {
    let behind_proxy = config
        .public_url
        .as_ref()
        .is_some_and(|url| url.starts_with("https://"));
    if config.listen.ip().is_loopback() || config.tls.is_some() || behind_proxy {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "{} is not a loopback address, and plain HTTP is served on loopback only",
        config.listen
    ))
    .hint("give a certificate with --tls-cert and --tls-key, put a proxy that terminates TLS in front and give its address with --public-url https://…, or listen on 127.0.0.1"))
}

/// A demonstration's passwords are known to everybody, so it is served on this machine only (T-43).
fn stays_here(store: &Store, config: &Config) -> Result<(), Failure> {
    let tenant = store.read("serve", ephor_ops::tenant::get).wait()?;
    match tenant.purpose {
        TenantPurpose::Demonstration
            if !config.listen.ip().is_loopback() || config.public_url.is_some() =>
        {
            Err(
                Failure::new("this is a demonstration, whose passwords are known to everybody")
                    .hint("serve it on loopback without a public address, or make a tenant with `ephor init`"),
            )
        }
        TenantPurpose::Demonstration | TenantPurpose::Production => Ok(()),
    }
}

/// Takes the address; the one that was really taken comes back with it.
pub(crate) async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let failed = |wrong: std::io::Error| match wrong.kind() {
        std::io::ErrorKind::AddrInUse => {
            Failure::new(format!("{address} is in use by another program"))
                .hint("stop it, or take another port with --listen; port 0 takes a free one")
        }
        std::io::ErrorKind::AddrNotAvailable => {
            Failure::new(format!("this machine has no address {}", address.ip()))
                .hint("listen on 127.0.0.1, or on an address that the machine has")
        }
        std::io::ErrorKind::PermissionDenied => {
            Failure::new(format!("this user may not listen on {address}"))
                .hint("take a port from 1024 on")
        }
        _ => Failure::new(format!("can't listen on {address}: {wrong}")),
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let taken = listener.local_addr().map_err(failed)?;
    Ok((listener, taken))
}

/// The address that clients know the server by: as set, else what it listens on.
fn public_url(config: &Config, listening: SocketAddr) -> String {
    config
        .public_url
        .clone()
        .unwrap_or_else(|| match config.tls {
            Some(_) => format!("https://{listening}"),
            None => format!("http://{listening}"),
        })
}

/// The hosts it answers to besides the public one. On loopback it goes by its other names too.
pub(crate) fn hosts(config: &Config, listening: SocketAddr) -> Vec<String> {
    let mut hosts = config.allowed_hosts.clone();
    if listening.ip().is_loopback() {
        hosts.push(format!("localhost:{}", listening.port()));
        hosts.push(listening.to_string());
    }
    hosts
}

/// Keeps the public address beside the database, because tokens name it: `ephor token` on the same
/// directory then makes tokens that this server takes.
pub(crate) fn remember(database: &Database, public_url: &str) -> Result<(), Failure> {
    let Database::Directory(directory) = database else {
        return Ok(());
    };
    let file = directory.join(PUBLIC_URL_FILE);
    if remembered(directory).as_deref() == Some(public_url) {
        return Ok(());
    }
    std::fs::write(&file, format!("{public_url}\n")).map_err(|wrong| {
        Failure::new(format!("can't write `{}`: {wrong}", file.display()))
            .hint("see that there is room, and that this user may write there")
    })
}

/// What [`remember`] kept.
pub(crate) fn remembered(directory: &Path) -> Option<String> {
    let text = std::fs::read_to_string(directory.join(PUBLIC_URL_FILE)).ok()?;
    Some(text.trim().to_owned()).filter(|url| !url.is_empty())
}

/// The public address of the server on this database, as far as it can be told: as set, else as the server
/// that ran there last remembered it, else what a server with these settings would have.
pub(crate) fn public_url_of(config: &Config, database: &Database) -> String {
    let remembered = match database {
        Database::Directory(directory) => remembered(directory),
        Database::Postgres(_) | Database::Memory => None,
    };
    config
        .public_url
        .clone()
        .or(remembered)
        .unwrap_or_else(|| public_url(config, config.listen))
}
