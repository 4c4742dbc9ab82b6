//! The commands' way to a server: Graph's own calls, with the token in `EPHOR_TOKEN`.
//!
//! A token goes over the network only under TLS, or to this machine. Redirects are not followed, so that
//! nobody is sent elsewhere with it.

mod answers;
mod directory;
mod groups;
mod policy;
mod requests;

use std::cell::OnceCell;
use std::time::Duration;

use ephor_core::time::Instant;
use reqwest::{Method, Url};
use serde_json::Value;

pub(crate) use answers::{MyRoles, Request, Review, Role};
pub(crate) use directory::{Group, Principal, is_id};
pub(crate) use groups::Managed;
pub(crate) use policy::Policy;
pub(crate) use requests::{Given, Wish};

use crate::failure::{Exit, Failure};

/// Where the privileged access of groups is, in Graph.
const PIM: &str = "/v1.0/identityGovernance/privilegedAccess/group";
/// No list is read further than this: whoever has more rows asks for fewer of them.
const ROWS_MAX: usize = 20_000;
/// No answer takes longer.
const TIME_MAX: Duration = Duration::from_secs(30);

/// A server, and a token for it.
pub(crate) struct Client {
    server: Url,
    token: String,
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
    /// The server that `--server` or `EPHOR_SERVER` names, with the token in `EPHOR_TOKEN`.
    pub(crate) fn new(server: Option<&str>) -> Result<Self, Failure> {
        let server = server.ok_or_else(|| {
            Failure::usage("it is not said which server")
                .hint("give --server URL, or set EPHOR_SERVER")
        })?;
        let server = origin(server)?;
        let token = std::env::var("EPHOR_TOKEN").unwrap_or_default();
        let token = token.trim().to_owned();
        if token.is_empty() {
            return Err(Failure {
                exit: Exit::NotSignedIn,
                ..Failure::new("you are not signed in: EPHOR_TOKEN is not set")
            }
            .hint("the operator makes a token with `ephor token --user you@…`"));
        }
        let failed = |wrong: &dyn std::fmt::Display| {
            Failure::new(format!("can't get ready to ask the server: {wrong}"))
        };
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
        Ok(Self {
            http: builder.build().map_err(|wrong| failed(&wrong))?,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|wrong| failed(&wrong))?,
            server,
            token,
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
                .bearer_auth(&self.token)
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
