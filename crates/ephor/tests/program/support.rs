//! Runs the real binary: commands to their end, servers until they are stopped.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use ephor_store::Database;
use ephor_store::testing::Place;
use serde_json::{Value, json};

/// The password of every administrator that a test makes.
pub(crate) const PASSWORD: &str = "a password for tests\n";
/// The administrator that [`Scratch::with_tenant`] makes.
pub(crate) const ADMIN: &str = "admin@contoso.example";

/// What a command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: i32,
}

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
            // A command that a signal ended has no code of its own.
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// The same, if it ended well.
    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self
    }

    /// The same, if it ended with this code and said this among its errors.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, words: &str) -> Self {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        assert!(
            self.err.contains(words),
            "{words:?} is not in {:?}",
            self.err
        );
        self
    }

    /// The same, if it ended with this code and said this in its answer.
    #[track_caller]
    pub(crate) fn failed_out(self, code: i32, words: &str) -> Self {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        assert!(
            self.out.contains(words),
            "{words:?} is not in {:?}",
            self.out
        );
        self
    }

    /// What it printed, as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no JSON: {}", self.out))
    }
}

/// The binary, with nothing of this environment that could change what it does.
pub(crate) fn ephor() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ephor"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("EPHOR_") {
            command.env_remove(name);
        }
    }
    command.env("EPHOR_SESSION_FILE", "/nonexistent/session.json");
    command.env("TZ", "UTC").stdin(Stdio::null());
    command
}

/// The binary with these arguments. A database that is no directory has no place for the master key.
fn ephor_with(args: &[&str]) -> Command {
    let mut command = ephor();
    command.args(args);
    if args.iter().any(|arg| arg.starts_with("postgres")) {
        command.env("EPHOR_SECURITY_MASTER_KEY", "5a".repeat(32));
    }
    command
}

/// Runs the binary to its end.
pub(crate) fn run(args: &[&str]) -> Said {
    Said::of(&ephor_with(args).output().unwrap())
}

/// Runs the binary to its end, with something on its standard input.
pub(crate) fn run_with_input(args: &[&str], input: &str) -> Said {
    let mut child = ephor_with(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that fails before it reads has closed its end: that is for the test to judge.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    Said::of(&child.wait_with_output().unwrap())
}

/// A database for one test.
pub(crate) struct Scratch {
    directory: tempfile::TempDir,
    postgres: Option<Place>,
}

impl Scratch {
    /// A directory with nothing in it.
    pub(crate) fn empty() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            postgres: None,
        }
    }

    /// A data directory with a tenant.
    pub(crate) fn with_tenant() -> Self {
        let scratch = Self::empty();
        scratch.init().done();
        scratch
    }

    /// A tenant in a database of its own on PostgreSQL, where there is one to test on.
    pub(crate) fn on_postgres() -> Option<Self> {
        let scratch = Self {
            postgres: Some(ephor_store::testing::postgres()?.place()),
            ..Self::empty()
        };
        scratch.init().done();
        Some(scratch)
    }

    /// Which database it is.
    pub(crate) fn database(&self) -> Database {
        match &self.postgres {
            Some(place) => place.database().clone(),
            None => Database::Directory(self.data()),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// The arguments that name the database.
    pub(crate) fn place(&self) -> Vec<String> {
        match self.database() {
            Database::Postgres(url) => vec!["--database".into(), url],
            Database::Directory(_) | Database::Memory => {
                vec!["--data".into(), self.data().display().to_string()]
            }
        }
    }

    pub(crate) fn init(&self) -> Said {
        let place = self.place();
        let mut args: Vec<&str> = vec!["init", "--domain", "contoso.example", "--admin", ADMIN];
        args.push("--password-stdin");
        args.extend(place.iter().map(String::as_str));
        run_with_input(&args, PASSWORD)
    }

    /// Runs a command of the operator on this database.
    pub(crate) fn run(&self, args: &[&str]) -> Said {
        let place = self.place();
        let mut all = args.to_vec();
        all.extend(place.iter().map(String::as_str));
        run(&all)
    }

    /// A token for somebody.
    pub(crate) fn token(&self, user: &str, more: &[&str]) -> String {
        let mut args = vec!["token", "--user", user];
        args.extend(more);
        self.run(&args).done().out.trim().to_owned()
    }

    /// A server on this database.
    pub(crate) fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    pub(crate) fn serve_with(&self, more: &[&str]) -> Server {
        let place = self.place();
        let mut args = vec!["serve", "--listen", "127.0.0.1:0"];
        args.extend(place.iter().map(String::as_str));
        args.extend(more);
        Server::start(&args)
    }
}

/// A server that runs until this is dropped.
pub(crate) struct Server {
    child: Child,
    /// The first line it printed: where it is, and who there is.
    pub(crate) ready: Value,
}

impl Server {
    /// Starts `ephor ARGS --output json` and waits for its first line.
    #[track_caller]
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut child = ephor_with(args)
            .args(["--output", "json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let Ok(ready) = serde_json::from_str(&line) else {
            let said = Said::of(&child.wait_with_output().unwrap());
            panic!("the server did not start: {line}{}", said.err);
        };
        Self { child, ready }
    }

    pub(crate) fn url(&self) -> &str {
        self.ready["url"].as_str().unwrap()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it as a power cut would: nothing it holds in memory is kept.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for it to end by itself.
    pub(crate) fn ended(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// A client command against it.
    pub(crate) fn client(&self, token: &str, args: &[&str]) -> Command {
        let mut command = ephor();
        command
            .args(args)
            .env("EPHOR_SERVER", self.url())
            .env("EPHOR_TOKEN", token);
        command
    }

    /// Runs a client command against it.
    pub(crate) fn run(&self, token: &str, args: &[&str]) -> Said {
        Said::of(&self.client(token, args).output().unwrap())
    }

    /// Sends a request, and gives its status and its JSON.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(send(&client(), self.url(), method, path, token, body))
    }
}

/// Contoso, with its clock and everybody's token.
pub(crate) struct Company {
    pub(crate) scratch: Scratch,
    pub(crate) server: Server,
}

impl Company {
    /// As `ephor demo` makes it.
    pub(crate) fn founded() -> Self {
        let scratch = Scratch::empty();
        let data = scratch.data().display().to_string();
        let server = Server::start(&["demo", "--listen", "127.0.0.1:0", "--data", &data]);
        Self { scratch, server }
    }

    /// A fresh token with a second factor: the clock may have ended those before.
    pub(crate) fn token(&self, name: &str) -> String {
        let name = format!("{name}@contoso.example");
        self.scratch.token(&name, &["--quiet", "--mfa"])
    }

    /// Runs a command as somebody.
    pub(crate) fn run(&self, name: &str, args: &[&str]) -> Said {
        self.server.run(&self.token(name), args)
    }

    /// What a command answers somebody as JSON.
    #[track_caller]
    pub(crate) fn json(&self, name: &str, args: &[&str]) -> Value {
        let mut args = args.to_vec();
        args.extend(["--output", "json"]);
        self.run(name, &args).json()
    }

    /// Starts a command as somebody, and leaves it to itself.
    pub(crate) fn start(&self, name: &str, args: &[&str]) -> Running {
        let token = self.token(name);
        let mut command = self.server.client(&token, args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(command.spawn().unwrap())
    }

    /// Moves the clock.
    #[track_caller]
    pub(crate) fn advance(&self, by: &str) {
        let body = json!({ "advance": by });
        let (status, answer) = self.server.send("POST", "/demo/clock", None, Some(&body));
        assert_eq!(status, 200, "{answer:#}");
    }
}

/// A command that still runs.
pub(crate) struct Running(Child);

impl Running {
    /// Waits for its end.
    pub(crate) fn ended(self) -> Said {
        Said::of(&self.0.wait_with_output().unwrap())
    }
}

/// What tests make over HTTP, as the administrator.
pub(crate) struct Admin<'a> {
    pub(crate) server: &'a Server,
    pub(crate) token: String,
}

impl Admin<'_> {
    /// Posts something that must be made, and gives it back.
    #[track_caller]
    pub(crate) fn make(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self
            .server
            .send("POST", path, Some(&self.token), Some(body));
        assert_eq!(status, 201, "{answer:#}");
        answer
    }

    /// A user `NAME@contoso.example`; gives their id.
    #[track_caller]
    pub(crate) fn user(&self, name: &str) -> String {
        let made = self.make(
            "/v1.0/users",
            &json!({
                "accountEnabled": true,
                "displayName": name,
                "mailNickname": name,
                "userPrincipalName": format!("{name}@contoso.example"),
                "passwordProfile": { "password": "a password for tests" },
            }),
        );
        made["id"].as_str().unwrap().to_owned()
    }

    /// A security group; gives its id.
    #[track_caller]
    pub(crate) fn group(&self, name: &str) -> String {
        let made = self.make("/v1.0/groups", &group(name));
        made["id"].as_str().unwrap().to_owned()
    }

    /// Makes somebody eligible for a group, for a while.
    #[track_caller]
    pub(crate) fn eligible(&self, user: &str, group: &str, access: &str) {
        let mut asked = eligible(user, group);
        asked["accessId"] = json!(access);
        self.make(ELIGIBILITY, &asked);
    }
}

/// Where eligibility is asked for.
pub(crate) const ELIGIBILITY: &str =
    "/v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleRequests";
/// Where activation is asked for.
pub(crate) const ASSIGNMENT: &str =
    "/v1.0/identityGovernance/privilegedAccess/group/assignmentScheduleRequests";

/// The body that makes a security group.
pub(crate) fn group(name: &str) -> Value {
    json!({
        "displayName": name,
        "mailEnabled": false,
        "mailNickname": name.to_lowercase().replace(' ', "-"),
        "securityEnabled": true,
    })
}

/// The body that makes somebody eligible.
pub(crate) fn eligible(user: &str, group: &str) -> Value {
    json!({
        "action": "adminAssign",
        "principalId": user,
        "groupId": group,
        "accessId": "member",
        "justification": "for a test",
        "scheduleInfo": { "expiration": { "type": "afterDuration", "duration": "P30D" } },
    })
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client that keeps its connections.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .tls_certs_only([])
        .no_proxy()
        .build()
        .unwrap()
}

/// Sends a request on a client's connections; status 0 where no answer came.
pub(crate) async fn send(
    client: &reqwest::Client,
    url: &str,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> (u16, Value) {
    let mut request = client.request(method.parse().unwrap(), format!("{url}{path}"));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    let Ok(answer) = request.send().await else {
        return (0, Value::Null);
    };
    let status = answer.status().as_u16();
    match answer.text().await {
        Ok(text) => (status, serde_json::from_str(&text).unwrap_or(Value::Null)),
        Err(_) => (0, Value::Null),
    }
}
