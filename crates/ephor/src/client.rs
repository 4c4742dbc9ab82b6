//! The commands' way to a server: Graph's own calls, with the token in `EPHOR_TOKEN` or of `ephor login`.
//!
//! A token goes over the network only under TLS, or to this machine. Redirects are not followed, so that
//! nobody is sent elsewhere with it.

mod answers;
mod directory;
mod groups;
mod packages;
mod policy;
mod requests;

use std::cell::{OnceCell, RefCell};
use std::time::Duration;

use ephor_core::time::{Clock, Instant};
use ephor_ops::signin::application::COMMANDS;
use ephor_store::ambient::SystemClock;
use reqwest::{Method, Url};
use serde_json::Value;

pub(crate) use answers::{MyRoles, Request, Review, Role};
pub(crate) use directory::{Group, Principal, is_id};
pub(crate) use groups::Managed;
pub(crate) use packages::Package;
pub(crate) use policy::Policy;
pub(crate) use requests::{Given, Wish};

use crate::failure::{Exit, Failure};
use crate::pause::pause;
use crate::session::{self, Session};

/// Where the privileged access of groups is, in Graph.
const PIM: &str = "/v1.0/identityGovernance/privilegedAccess/group";
/// PIM for directory roles, over Graph's calls.
const ROLES: &str = "/v1.0/roleManagement/directory";
/// No list is read further than this: whoever has more rows asks for fewer of them.
const ROWS_MAX: usize = 20_000;
/// No answer takes longer.
const TIME_MAX: Duration = Duration::from_secs(30);

/// A server, and a token for it.
pub(crate) struct Client {
    server: Url,
    token: RefCell<String>,
    /// The session that the token is of, where it is one that is kept.
    session: Option<Session>,
    http: reqwest::Client,
    runtime: tokio::runtime::Runtime,
    /// The caller's own id, once it was asked for.
    me: OnceCell<String>,
}

/// A page of what is kept as it came.
#[derive(Debug)]
pub(crate) struct File {
    /// It.
    pub(crate) text: String,
    /// The address of the page behind it.
    pub(crate) next: Option<String>,
}

impl Client {
    /// The server that `--server` or `EPHOR_SERVER` names, with the token in `EPHOR_TOKEN`; else the one
    /// that somebody signed in to with `ephor login`.
    pub(crate) fn new(server: Option<&str>) -> Result<Self, Failure> {
        let token = std::env::var("EPHOR_TOKEN").unwrap_or_default();
        let token = token.trim().to_owned();
        if token.is_empty() {
            return Self::of_session(server);
        }
        let server = server.ok_or_else(|| {
            Failure::usage("it is not said which server")
                .hint("give --server URL, or set EPHOR_SERVER")
        })?;
        Self::with_token(origin(server)?, token)
    }

    /// The session that is kept, refreshed where it is about to end.
    fn of_session(server: Option<&str>) -> Result<Self, Failure> {
        let mut session = Session::load()?.ok_or_else(session::not_signed_in)?;
        let own = origin(&session.server)?;
        if let Some(server) = server {
            let asked = origin(server)?;
            if asked.origin() != own.origin() {
                return Err(Failure {
                    exit: Exit::NotSignedIn,
                    ..Failure::new(format!(
                        "you are signed in to {}, not to {server}",
                        session.server
                    ))
                }
                .hint(format!("sign in with `ephor login --server {server}`")));
            }
        }
        if session.expires_at - now() < 60 {
            let http = Http::new(Some(&session.server))?;
            http.is_its_own(&session.token_endpoint)?;
            let client = COMMANDS.to_string();
            let fields = [
                ("grant_type", "refresh_token"),
                ("client_id", client.as_str()),
                ("refresh_token", &session.refresh_token),
            ];
            let (error, answer) = http.form_or_error(&session.token_endpoint, &fields)?;
            if error.is_some() || session.take(&answer, now()).is_none() {
                return Err(Failure {
                    exit: Exit::NotSignedIn,
                    ..Failure::new("your session has ended")
                }
                .hint("sign in again with `ephor login`"));
            }
            session.keep()?;
        }
        let token = session.access_token.clone();
        Ok(Self {
            session: Some(session),
            ..Self::with_token(own, token)?
        })
    }

    /// The session that is kept, where the token is of one.
    pub(crate) const fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Goes on with another token of the same person.
    pub(crate) fn go_on_with(&self, token: &str) {
        token.clone_into(&mut self.token.borrow_mut());
    }

    /// The server's address.
    pub(crate) fn server(&self) -> &str {
        self.server.as_str().trim_end_matches('/')
    }

    fn with_token(server: Url, token: String) -> Result<Self, Failure> {
        Ok(Self {
            http: plain(&server)?,
            runtime: runtime()?,
            server,
            token: RefCell::new(token),
            session: None,
            me: OnceCell::new(),
        })
    }

    /// The caller's roles, with the server's time.
    pub(crate) fn my_roles(&self) -> Result<MyRoles, Failure> {
        let answer = self.get("/ephor/v1/me/roles", &[])?;
        MyRoles::read(&answer).ok_or_else(|| strange("/ephor/v1/me/roles"))
    }

    /// The server's time, by which everything begins and ends.
    pub(crate) fn now(&self) -> Result<Instant, Failure> {
        let answer = self.get("/readyz", &[])?;
        answers::time(&answer, "now").ok_or_else(|| strange("/readyz"))
    }

    /// The caller's own id.
    fn me(&self) -> Result<&str, Failure> {
        if let Some(me) = self.me.get() {
            return Ok(me);
        }
        let answer = self.get("/v1.0/me", &[])?;
        let id = answer.get("id").and_then(Value::as_str);
        let id = id.ok_or_else(|| strange("/v1.0/me"))?;
        Ok(self.me.get_or_init(|| id.to_owned()))
    }

    /// Every row of a list, page by page.
    fn rows(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Value>, Failure> {
        self.some_rows(path, query, ROWS_MAX)
    }

    /// The first rows of a list, page by page.
    fn some_rows(
        &self,
        path: &str,
        query: &[(&str, &str)],
        most: usize,
    ) -> Result<Vec<Value>, Failure> {
        let mut answer = self.get(path, query)?;
        let mut rows = Vec::new();
        loop {
            let page = answer.get_mut("value").and_then(Value::as_array_mut);
            rows.append(page.ok_or_else(|| strange(path))?);
            let next = answer.get("@odata.nextLink").and_then(Value::as_str);
            let Some(next) = next.filter(|_| rows.len() < most) else {
                rows.truncate(most);
                return Ok(rows);
            };
            // Only what is asked is taken from the link, never where: the token goes to this server.
            let next: Url = next.parse().map_err(|_| strange(path))?;
            let asked: Vec<(String, String)> = next.query_pairs().into_owned().collect();
            let asked: Vec<_> = asked
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            answer = self.get(path, &asked)?;
        }
    }

    /// Lets time pass between two looks.
    pub(crate) fn pause(&self, length: Duration) {
        self.runtime
            .block_on(async { crate::pause::pause(length).await });
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::POST, path, &[], Some(body))
    }

    fn patch(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::PATCH, path, &[], Some(body))
    }

    /// Any resource.
    pub(crate) fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, Failure> {
        self.call(Method::GET, path, query, None)
    }

    /// All pages of a list: the first one, and the rows of all.
    pub(crate) fn pages(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<(Value, Vec<Value>), Failure> {
        let first = self.get(path, query)?;
        let mut rows = Vec::new();
        let mut page = first.clone();
        loop {
            let found = page.get("value").and_then(Value::as_array);
            rows.extend(found.ok_or_else(|| strange(path))?.iter().cloned());
            let next = page.get("@odata.nextLink").and_then(Value::as_str);
            let Some(next) = next else {
                return Ok((first, rows));
            };
            let text = self.sent(self.http.get(self.behind(next)?))?.text;
            page = serde_json::from_str(&text).map_err(|_| strange(path))?;
        }
    }

    /// The first page of a file.
    pub(crate) fn file(&self, path: &str, query: &[(&str, &str)]) -> Result<File, Failure> {
        self.sent(self.http.get(self.url(path, query)))
    }

    /// A further page of a file.
    pub(crate) fn file_behind(&self, next: &str) -> Result<File, Failure> {
        self.sent(self.http.get(self.behind(next)?))
    }

    /// The address of a further page, on the server that was named: a link leads nobody elsewhere with the
    /// token.
    fn behind(&self, next: &str) -> Result<Url, Failure> {
        let next: Url = next
            .parse()
            .map_err(|_| strange("a link to the next page"))?;
        let mut url = self.server.clone();
        url.set_path(next.path());
        url.set_query(next.query());
        Ok(url)
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.server.clone();
        url.set_path(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    fn call(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let mut request = self.http.request(method, self.url(path, query));
        if let Some(body) = body {
            request = request.json(body);
        }
        let text = self.sent(request)?.text;
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).map_err(|_| strange(path))
    }

    /// Sends a request, and gives what came back if that says yes.
    fn sent(&self, request: reqwest::RequestBuilder) -> Result<File, Failure> {
        self.runtime.block_on(async {
            let answer = request
                .bearer_auth(self.token.borrow())
                .send()
                .await
                .map_err(|wrong| self.unreached(&wrong))?;
            let status = answer.status();
            let link = answer.headers().get(reqwest::header::LINK);
            let next = link
                .and_then(|link| link.to_str().ok())
                .and_then(|link| link.strip_prefix('<')?.strip_suffix(">; rel=\"next\""))
                .map(str::to_owned);
            let text = answer
                .text()
                .await
                .map_err(|wrong| self.unreached(&wrong))?;
            if status.is_success() {
                return Ok(File { text, next });
            }
            Err(answers::refusal(status, &text))
        })
    }

    fn unreached(&self, wrong: &reqwest::Error) -> Failure {
        let what = if wrong.is_timeout() {
            format!("{} does not answer", self.server)
        } else {
            let mut cause: &dyn std::error::Error = wrong;
            while let Some(next) = cause.source() {
                cause = next;
            }
            format!("can't reach {}: {cause}", self.server)
        };
        Failure::new(what)
            .hint("see that the server runs, and that --server or EPHOR_SERVER is right")
    }
}

fn not_ready(wrong: &dyn std::fmt::Display) -> Failure {
    Failure::new(format!("can't get ready to ask the server: {wrong}"))
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|wrong| not_ready(&wrong))
}

/// What requests are sent with.
fn plain(server: &Url) -> Result<reqwest::Client, Failure> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("ephor/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .timeout(TIME_MAX)
        // A proxy would see the token.
        .no_proxy();
    if server.scheme() == "http" {
        // No certificate is needed here, and a machine may have none.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|wrong| not_ready(&wrong))
}

/// This machine's clock, in seconds since 1970: only to refresh a token in good time.
pub(crate) fn now() -> i64 {
    SystemClock.now().micros().div_euclid(1_000_000)
}

/// A server without a token: for signing in.
pub(crate) struct Http {
    server: Url,
    http: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

impl Http {
    /// The server that `--server` or `EPHOR_SERVER` names.
    pub(crate) fn new(server: Option<&str>) -> Result<Self, Failure> {
        let server = server.ok_or_else(|| {
            Failure::usage("it is not said which server")
                .hint("give --server URL, or set EPHOR_SERVER")
        })?;
        let server = origin(server)?;
        Ok(Self {
            http: plain(&server)?,
            runtime: runtime()?,
            server,
        })
    }

    /// Its address.
    pub(crate) fn server(&self) -> &str {
        self.server.as_str().trim_end_matches('/')
    }

    /// Refuses an address that is another server's: no code or token goes there.
    pub(crate) fn is_its_own(&self, address: &str) -> Result<(), Failure> {
        let own = |url: &Url| {
            let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
            let host = if loopback {
                "localhost"
            } else {
                url.host_str().unwrap_or_default()
            };
            (
                url.scheme().to_owned(),
                host.to_owned(),
                url.port_or_known_default(),
            )
        };
        match address.parse::<Url>() {
            Ok(url) if own(&url) == own(&self.server) => Ok(()),
            Ok(_) | Err(_) => Err(Failure::new(format!(
                "{} says that sign-in is at {}, which is another server",
                self.server(),
                address.escape_debug()
            ))
            .hint("give the server's public address with --server")),
        }
    }

    /// What is at a path.
    pub(crate) fn get(&self, path: &str) -> Result<Value, Failure> {
        let mut url = self.server.clone();
        url.set_path(path);
        let (error, answer) = self.sent(self.http.get(url))?;
        match error {
            None => Ok(answer),
            Some(_) => Err(strange(path)),
        }
    }

    /// The answer to a form, where it is a good one.
    pub(crate) fn form(&self, address: &str, fields: &[(&str, &str)]) -> Result<Value, Failure> {
        let (error, answer) = self.form_or_error(address, fields)?;
        match error {
            None => Ok(answer),
            Some(error) => {
                let why = answer.get("error_description").and_then(Value::as_str);
                Err(Failure::new(why.unwrap_or(&error).to_owned()))
            }
        }
    }

    /// The answer to a form, with the error that it names.
    pub(crate) fn form_or_error(
        &self,
        address: &str,
        fields: &[(&str, &str)],
    ) -> Result<(Option<String>, Value), Failure> {
        self.sent(self.http.post(address).form(fields))
    }

    fn sent(&self, request: reqwest::RequestBuilder) -> Result<(Option<String>, Value), Failure> {
        self.runtime.block_on(async {
            let lost = |wrong: &reqwest::Error| {
                Failure::new(format!("can't reach {}: {wrong}", self.server()))
                    .hint("see that the server runs, and that --server or EPHOR_SERVER is right")
            };
            let answer = request.send().await.map_err(|wrong| lost(&wrong))?;
            let status = answer.status();
            let text = answer.text().await.map_err(|wrong| lost(&wrong))?;
            let answer: Value =
                serde_json::from_str(&text).map_err(|_| strange("a sign-in address"))?;
            let error = answer.get("error").and_then(Value::as_str);
            match (status.is_success(), error) {
                (true, _) => Ok((None, answer)),
                (false, Some(error)) => Ok((Some(error.to_owned()), answer)),
                (false, None) => Err(strange("a sign-in address")),
            }
        })
    }

    /// Waits.
    pub(crate) fn pause(&self, length: Duration) {
        self.runtime.block_on(async { pause(length).await });
    }
}

/// The server's address, if a token may be sent there.
fn origin(text: &str) -> Result<Url, Failure> {
    let url: Url = text.parse().map_err(|_| {
        Failure::usage(format!(
            "`{}` is not the address of a server",
            text.escape_debug()
        ))
        .hint("write it like https://ephor.contoso.example")
    })?;
    let loopback = match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
        None => false,
    };
    match (url.scheme(), loopback) {
        ("https", _) | ("http", true) => Ok(url),
        ("http", false) => Err(Failure::usage(format!(
            "{url} is plain HTTP on another machine, and the token would cross the network in the clear"
        ))
        .hint("use its https:// address")),
        _ => Err(Failure::usage(format!("{url} is not the address of a server"))
            .hint("write it like https://ephor.contoso.example")),
    }
}

fn strange(path: &str) -> Failure {
    Failure::new(format!(
        "the server's answer to {path} is not what Ephor answers"
    ))
    .hint("see that the address is that of an Ephor server of this version")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_does_not_cross_the_network_in_the_clear() {
        for good in [
            "https://ephor.contoso.example",
            "http://localhost:8080",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
        ] {
            assert!(origin(good).is_ok(), "{good}");
        }
        for bad in [
            "http://ephor.contoso.example",
            "http://localhost.evil.example",
            "ftp://localhost",
            "localhost:8080",
            "",
        ] {
            assert_eq!(origin(bad).unwrap_err().exit, Exit::Usage, "{bad}");
        }
    }
}
