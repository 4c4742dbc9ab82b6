//! The same over HTTP: the real server in its own process, 64 connections that are kept.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ephor_core::caller::{Caller, Factor};
use ephor_core::id::PrincipalId;
use ephor_core::request::Ask;
use ephor_core::time::Length;
use ephor_ops::{OpError, session};
use serde_json::json;

use crate::company::{Company, master_key};
use crate::{CALLERS, now};

/// Where requests are made.
const REQUESTS: &str = "/v1.0/identityGovernance/privilegedAccess/group/assignmentScheduleRequests";

/// A server on the company's database, and a token for everybody.
pub(crate) struct Server {
    child: Child,
    host: String,
    tokens: HashMap<PrincipalId, String>,
}

impl Server {
    /// Starts it; the company gives its database up.
    pub(crate) fn start(company: &mut Company) -> Self {
        // What tokens say of the server must be known before it runs.
        let listen = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("there is a free port");
        let url = format!("http://{listen}");
        let tokens = tokens(company, &url);
        company.close();
        // It writes a line for each request, as it does in earnest; nobody needs to read them here.
        let log = std::fs::File::create(company.scratch().join("log")).expect("a file is made");
        let mut child = Command::new(env!("CARGO_BIN_EXE_ephor"))
            .env("EPHOR_SECURITY_MASTER_KEY", master_key().to_text())
            .env("EPHOR_LIMITS_READS", "off")
            .env("EPHOR_LIMITS_WRITES", "off")
            .args([
                "serve",
                "--output",
                "json",
                "--listen",
                &listen.to_string(),
                "--data",
            ])
            .arg(company.data())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the server can be started");
        let mut ready = String::new();
        let out = child.stdout.take().expect("its output is read");
        BufReader::new(out)
            .read_line(&mut ready)
            .expect("it says that it is ready");
        assert!(ready.contains(&url), "the server did not start: {ready}");
        Self {
            child,
            host: listen.to_string(),
            tokens,
        }
    }

    /// Activates for `length`, everybody something of their own; gives how many were answered with 201.
    pub(crate) fn round(&self, company: &Company, length: Duration) -> (usize, Duration) {
        let started = now();
        let count = std::thread::scope(|scope| {
            let callers: Vec<_> = (0..CALLERS)
                .map(|_| {
                    scope.spawn(|| {
                        let mut connection = Connection::to(&self.host);
                        let mut acknowledged = 0;
                        while started.elapsed() < length
                            && let Some(ask) = company.next()
                        {
                            let token = &self.tokens[&ask.principal];
                            let (status, text) = connection.post(token, &body(&ask));
                            assert_eq!(status, 201, "{text}");
                            acknowledged += 1;
                        }
                        acknowledged
                    })
                })
                .collect();
            callers
                .into_iter()
                .map(|caller| caller.join().expect("no caller fails"))
                .sum()
        });
        (count, started.elapsed())
    }
}

/// A connection that is kept: as little work as a client can do, because it takes the server's cores.
struct Connection<'a> {
    host: &'a str,
    stream: BufReader<TcpStream>,
}

impl<'a> Connection<'a> {
    fn to(host: &'a str) -> Self {
        let stream = TcpStream::connect(host).expect("the server takes connections");
        stream.set_nodelay(true).expect("it is a socket");
        Self {
            host,
            stream: BufReader::new(stream),
        }
    }

    /// Posts a request; gives the status and the body of the answer.
    fn post(&mut self, token: &str, body: &str) -> (u16, String) {
        let request = format!(
            "POST {REQUESTS} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        self.stream
            .get_mut()
            .write_all(request.as_bytes())
            .expect("the server reads");
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            self.stream
                .read_line(&mut line)
                .expect("the server answers");
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(code) = line.strip_prefix("http/1.1 ") {
                status = code[..3].parse().expect("a status is a number");
            } else if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length is a number");
            } else if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream
            .read_exact(&mut body)
            .expect("the answer is whole");
        (status, String::from_utf8(body).expect("it is text"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn body(ask: &Ask) -> String {
    json!({
        "action": "selfActivate",
        "principalId": ask.principal.to_string(),
        "groupId": ask.role.group(),
        "accessId": "member",
        "justification": "incident 4711: the front door is open",
        "scheduleInfo": { "expiration": { "type": "afterDuration", "duration": "PT2H" } },
    })
    .to_string()
}

/// A token for everybody, issued as the operator does it.
fn tokens(company: &Company, url: &str) -> HashMap<PrincipalId, String> {
    let people = company.people.clone();
    let grants = company
        .store()
        .write("seed", Caller::operator(), move |tx| {
            (0..people.len())
                .map(|at| {
                    let name = format!("person{at}@contoso.example");
                    let name = name.parse().expect("it is a name");
                    session::issue(tx, &name, Factor::Single, Length::hours(1))
                })
                .collect::<Result<Vec<_>, OpError>>()
        })
        .wait()
        .expect("tokens are issued");
    grants
        .iter()
        .map(|grant| {
            let token =
                ephor_http::token::mint(grant, url, &master_key()).expect("a token is signed");
            (grant.user.id, token)
        })
        .collect()
}
