//! `ephor demo`: a small company to try Ephor with, on loopback, with a clock that can be moved.
//!
//! A demonstration is marked as one in its database. What is not marked so is never opened here, and what
//! is has its clock route here only (T-43).

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::extract::Request;
use axum::middleware::Next;
use ephor_core::notice::{Portal, Zone};
use ephor_core::tenant::{Tenant, TenantPurpose};
use ephor_core::time::Clock as _;
use ephor_http::password::hash_password_blocking;
use ephor_http::{Demonstration, HttpOptions, OperatorTokens, RateLimits};
use ephor_ops::OpError;
use ephor_store::ambient::SystemClock;
use ephor_store::{Database, OpenError, Store, StoreOptions, TimeSource};
use serde_json::json;
use tokio::sync::Notify;

use crate::cli::DemoArgs;
use crate::commands::init;
use crate::company::{self, DOMAIN, PEOPLE};
use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::jobs::Letters;
use crate::output::Output;
use crate::serve::{self, Server, Tls, TlsFiles};
use crate::{logs, master_key, place};

/// Makes or opens the demonstration, and serves it until it is told to stop.
pub(crate) fn run(args: &DemoArgs, output: &Output) -> anyhow::Result<Exit> {
    if !args.listen.ip().is_loopback() {
        return Err(Failure::usage(format!(
            "{} is not a loopback address, and a demonstration's passwords are known to everybody",
            args.listen
        ))
        .hint("listen on 127.0.0.1")
        .into());
    }
    let config = Config::load(
        None,
        std::iter::empty(),
        // A person at a terminal wants to see what they do, not what the server does.
        &[("log.level", Some("warn".into()))],
    )?;
    let _levels = logs::start(&config);
    let tls = match (&args.tls.tls_cert, &args.tls.tls_key) {
        (Some(certificate), Some(key)) => Some(Arc::new(Tls::load(TlsFiles {
            certificate: certificate.clone(),
            key: key.clone(),
        })?)),
        (_, _) => None,
    };
    let scheme = if tls.is_some() { "https" } else { "http" };
    let directory = directory(args.data.as_deref())?;
    let database = Database::Directory(directory.clone());
    let (store, tenant) = open(&config, &database)?;
    let master_key = master_key::of(&config, &database)?;
    let people = people(&store)?;

    let runtime = serve::runtime()?;
    let ended = runtime.block_on(async {
        let (listener, address) = serve::listen(args.listen).await?;
        let url = format!("{scheme}://localhost:{}", address.port());
        serve::remember(&database, &url)?;
        let options = HttpOptions {
            public_url: url.clone(),
            master_key,
            operator_tokens: OperatorTokens::Full,
            allowed_hosts: serve::hosts(&config, address),
            trusted_proxies: config.trusted_proxies.clone(),
            demonstration: Some(Demonstration {
                people: PEOPLE
                    .iter()
                    .map(company::Person::user_principal_name)
                    .collect(),
            }),
            sign_in: serve::sign_in(&config)?,
            rates: RateLimits::default(),
            version: serve::version(),
        };
        let woken = Arc::new(Notify::new());
        let app = ephor_http::router(store.clone(), options).await?;
        let server = Server {
            store,
            listener,
            app: waking(app, woken.clone()),
            woken,
            trusted_proxies: config.trusted_proxies.clone(),
            jobs: !args.no_jobs,
            // Nobody gets mail from a demonstration: its letters are kept to be read.
            letters: Letters {
                portal: Portal {
                    url: url.clone(),
                    zone: Zone::default(),
                },
                courier: None,
            },
            tls: tls.clone(),
        };
        let ready = || {
            output.line(&json!({
                "url": url,
                "tenantId": tenant.id.to_string(),
                "data": directory.display().to_string(),
                "people": people.iter().map(|person| json!({
                    "userPrincipalName": person.name,
                    "displayName": person.display_name,
                    "password": person.password,
                    "id": person.id,
                })).collect::<Vec<_>>(),
            }));
            if output.format == crate::output::Format::Table {
                welcome(output, &url, &directory, &people);
            }
        };
        server.run(ready, || serve::reload(tls.as_deref())).await
    });
    runtime.shutdown_timeout(Duration::from_millis(500));
    ended.map(|()| Exit::Done)
}

/// Where it is kept: as said, else a fresh directory that only this user can read.
fn directory(data: Option<&Path>) -> anyhow::Result<PathBuf> {
    match data {
        Some(data) => {
            // Only this user may read it: the signing key is in it.
            std::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(data)
                .with_context(|| format!("can't make the directory `{}`", data.display()))?;
            data.canonicalize()
                .with_context(|| format!("can't find the directory `{}`", data.display()))
        }
        None => Ok(tempfile::Builder::new()
            .prefix("ephor-demo-")
            .tempdir()
            .context("can't make a temporary directory")?
            .keep()),
    }
}

/// The demonstration that is there, or a new one; refused where there is a real tenant.
fn open(config: &Config, database: &Database) -> anyhow::Result<(Store, Tenant)> {
    let options = place::options(database.clone(), place::Use::Alone);
    match Store::open(&options) {
        Ok(store) => {
            let tenant = store
                .read("demo", ephor_ops::tenant::get)
                .wait()
                .map_err(Failure::from)?;
            match tenant.purpose {
                TenantPurpose::Demonstration => {}
                TenantPurpose::Production => {
                    return Err(Failure::new(format!(
                        "there is a real tenant, `{}`, in this directory, and not a demonstration",
                        tenant.domain
                    ))
                    .hint("serve it with `ephor serve`, or name another directory")
                    .into());
                }
            }
            // A demonstration whose making was cut off gets its company now.
            company::found(&store, hashes).map_err(Failure::from)?;
            Ok((store, tenant))
        }
        Err(OpenError::NoTenant { .. }) => {
            let hashes = hashes();
            let administrator = PEOPLE[0].new_user(hashes[0].clone());
            let past = company::Past::before(SystemClock.now());
            let earlier = StoreOptions {
                time: TimeSource::Clock(past.clone()),
                ..options.clone()
            };
            let (store, made) = init::make(
                config,
                &earlier,
                DOMAIN,
                administrator,
                TenantPurpose::Demonstration,
            )?;
            let company = company::with_a_past(&store, &past, || hashes).map_err(Failure::from)?;
            drop(store);
            // From here on it goes by the true clock.
            let store = Store::open(&options).map_err(Failure::from)?;
            if let Some(company) = company {
                company::under_way(&store, &company).map_err(Failure::from)?;
            }
            Ok((store, made.tenant))
        }
        Err(other) => Err(Failure::from(other).into()),
    }
}

/// The hash of everybody's password, in the order of [`PEOPLE`]; side by side, because each is slow on purpose.
fn hashes() -> Vec<String> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = PEOPLE
            .iter()
            .map(|person| scope.spawn(|| hash_password_blocking(person.password)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().ok().and_then(Result::ok).unwrap_or_default())
            .collect()
    })
}

/// Somebody of the company, as they are shown.
struct Shown {
    name: String,
    display_name: &'static str,
    password: &'static str,
    id: String,
}

fn people(store: &Store) -> Result<Vec<Shown>, Failure> {
    store
        .read("demo", |tx| {
            let mut shown = Vec::new();
            for person in &PEOPLE {
                // Whoever was deleted in the demonstration is no longer shown.
                let name = person.user_principal_name();
                if let Some(user) = tx.user_by_name(&name)? {
                    shown.push(Shown {
                        name: name.to_string(),
                        display_name: person.display_name,
                        password: person.password,
                        id: user.id.to_string(),
                    });
                }
            }
            Ok::<_, OpError>(shown)
        })
        .wait()
        .map_err(Failure::from)
}

/// The same service, which tells the jobs when the clock was moved.
fn waking(app: axum::Router, woken: Arc<Notify>) -> axum::Router {
    let watch = move |request: Request, next: Next| {
        let moves = request.uri().path() == "/demo/clock";
        let woken = woken.clone();
        async move {
            let answer = next.run(request).await;
            if moves {
                woken.notify_one();
            }
            answer
        }
    };
    // In a fallback of an outer router, because a layer runs only where a route was found.
    axum::Router::new()
        .fallback_service(app)
        .layer(axum::middleware::from_fn(watch))
}

/// Who there is, where, and what to try first.
fn welcome(output: &Output, url: &str, directory: &Path, people: &[Shown]) {
    let rows = people
        .iter()
        .map(|person| {
            vec![
                person.display_name.to_owned(),
                person.name.clone(),
                person.password.to_owned(),
            ]
        })
        .collect();
    output.table(
        &format!("Contoso is served at {url}\n"),
        &["name", "signs in as", "password"],
        rows,
    );
    let data = quoted(&directory.display().to_string());
    let ephor = quoted(&program());
    let token_of =
        |name: &str| format!("{ephor} token --quiet --mfa --data {data} --user {name}@{DOMAIN}");
    let (token, approver) = (token_of("ada"), token_of("farah"));
    output.data(&format!(
        "\n\
         Open {url} in a browser and choose whom to be: one click, no password.\n\
         {admin} is the Global Administrator. Everything is kept in {data}:\n\
         `{ephor} demo --data {data}` takes it up again.\n\
         \n\
         Or sign in with `{ephor} login --server {url}`, or try this, in another terminal:\n\
         \n  \
           export EPHOR_SERVER={url} EPHOR_TOKEN=$({token})\n  \
           {ephor} list\n  \
           {ephor} activate production --for 2h --why 'a look around'\n\
         \n\
         Some groups need somebody who agrees:\n\
         \n  \
           {ephor} activate 'signing keys' --why 'release 4.2' --wait\n\
         \n\
         Farah agrees, in a third terminal (without an ID it lets you pick):\n\
         \n  \
           export EPHOR_SERVER={url} EPHOR_TOKEN=$({approver})\n  \
           {ephor} approvals\n  \
           {ephor} approve --why 'planned for today'\n\
         \n\
         Then let three hours pass, take a new token (the old one has ended too), and look again:\n\
         \n  \
           curl -X POST {url}/demo/clock -H 'Content-Type: application/json' -d '{{\"advance\":\"PT3H\"}}'\n  \
           export EPHOR_TOKEN=$({token})\n  \
           {ephor} list\n\
         \n\
         Mails are not sent but kept: `{ephor} mail list --data {data}` shows them.\n\
         Ctrl-C stops it.",
        admin = PEOPLE[0].user_principal_name(),
    ));
}

/// What to type for this program: its name where the shell finds it by that, else its path.
fn program() -> String {
    let Ok(exe) = std::env::current_exe().and_then(|exe| exe.canonicalize()) else {
        return "ephor".to_owned();
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_found = std::env::split_paths(&path)
        .find_map(|directory| directory.join("ephor").canonicalize().ok())
        .is_some_and(|found| found == exe);
    if is_found {
        return "ephor".to_owned();
    }
    let here = std::env::current_dir().unwrap_or_default();
    exe.strip_prefix(here).unwrap_or(&exe).display().to_string()
}

/// The text as a shell takes it for one word.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_pasted_is_one_word_to_a_shell() {
        assert_eq!(quoted("/tmp/ephor-demo-1a"), "/tmp/ephor-demo-1a");
        assert_eq!(quoted("/tmp/a b"), "'/tmp/a b'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }
}
