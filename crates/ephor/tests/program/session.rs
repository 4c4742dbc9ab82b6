//! A person signs in at the command line, and the operator's commands about sign-in: the real binary against
//! a real server, with the browser's part played over HTTP.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::support::{ADMIN, PASSWORD, Scratch, Server, ephor};

/// A browser: its cookies, and the pages that it gets.
struct Browser {
    url: String,
    http: reqwest::Client,
    runtime: tokio::runtime::Runtime,
    cookies: std::collections::BTreeMap<String, String>,
}

impl Browser {
    fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .tls_certs_only([])
                .build()
                .unwrap(),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            cookies: std::collections::BTreeMap::new(),
        }
    }

    fn sent(&mut self, request: reqwest::RequestBuilder) -> (u16, String, String) {
        let jar: Vec<String> = self
            .cookies
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        let request = request.header("cookie", jar.join("; "));
        let (status, headers, text) = self.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            (status, headers, answer.text().await.unwrap())
        });
        for cookie in headers.get_all("set-cookie") {
            let text = cookie.to_str().unwrap();
            let (name, rest) = text.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let to = headers
            .get("location")
            .map(|to| to.to_str().unwrap().to_owned());
        (status, to.unwrap_or_default(), text)
    }

    fn get(&mut self, path: &str) -> (u16, String, String) {
        let address = if path.starts_with('/') {
            format!("{}{path}", self.url)
        } else {
            path.to_owned()
        };
        let request = self.http.get(address);
        self.sent(request)
    }

    fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> (u16, String, String) {
        let request = self.http.post(format!("{}{path}", self.url)).form(fields);
        self.sent(request)
    }

    /// Signs in at a page that was led to, and gives where that goes on.
    fn signs_in(&mut self, address: &str) -> String {
        let (_, _, page) = self.get(address);
        let fields = [
            ("form", hidden(&page, "form")),
            ("return_to", hidden(&page, "return_to")),
            ("strength", hidden(&page, "strength")),
            ("name", ADMIN.to_owned()),
            ("password", PASSWORD.trim().to_owned()),
        ];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let (status, _, page) = self.post("/sign-in", &fields);
        assert_eq!(status, 200, "{page}");
        let to = page.split("content=\"0;url=").nth(1).unwrap();
        to.split('"').next().unwrap().to_owned()
    }
}

fn hidden(page: &str, name: &str) -> String {
    let field = format!("name=\"{name}\" value=\"");
    let rest = page.split(&field).nth(1).unwrap_or_default();
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// `ephor` with a session file of its own.
fn person(scratch: &Scratch, server: &Server, args: &[&str]) -> std::process::Command {
    let mut command = ephor();
    command
        .args(args)
        .env("EPHOR_SESSION_FILE", scratch.path().join("session.json"))
        .env("EPHOR_SERVER", server.url());
    command
}

fn said(mut command: std::process::Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_person_signs_in_by_a_code_and_out_again() {
    let scratch = Scratch::with_tenant();
    let server = scratch.serve();
    let mut login = person(&scratch, &server, &["login", "--device"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(login.stderr.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let code = line.trim().rsplit(' ').next().unwrap().to_owned();
    let mut browser = Browser::at(server.url());
    assert_eq!(
        browser.signs_in("/sign-in?return_to=%2Fsign-in%2Fdevice"),
        "/sign-in/device"
    );
    let mark = hidden(&browser.get("/sign-in/device").2, "form");
    let confirm = [("form", mark.as_str()), ("code", &code), ("answer", "yes")];
    assert!(
        browser
            .post("/sign-in/device", &confirm)
            .2
            .contains("It is signed in")
    );
    let output = login.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains(ADMIN));

    use std::os::unix::fs::PermissionsExt;
    let file = scratch.path().join("session.json");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let (code, out, _) = said(person(&scratch, &server, &["whoami", "--output", "json"]));
    assert!(code == 0 && out.contains(ADMIN), "{out}");
    assert_eq!(said(person(&scratch, &server, &["list"])).0, 0);
    // What is about to end is refreshed on the way.
    let text = std::fs::read_to_string(&file).unwrap();
    let mut session: serde_json::Value = serde_json::from_str(&text).unwrap();
    let before = session["accessToken"].clone();
    session["expiresAt"] = 0.into();
    std::fs::write(&file, session.to_string()).unwrap();
    assert_eq!(said(person(&scratch, &server, &["list"])).0, 0);
    let text = std::fs::read_to_string(&file).unwrap();
    let session: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_ne!(session["accessToken"], before);

    let mut elsewhere = person(&scratch, &server, &["list"]);
    elsewhere.env("EPHOR_SERVER", "https://ephor.fabrikam.example");
    let (code, _, err) = said(elsewhere);
    assert!(code == 3 && err.contains("you are signed in to"), "{err}");

    assert_eq!(said(person(&scratch, &server, &["logout"])).0, 0);
    assert!(!file.exists());
    assert_eq!(said(person(&scratch, &server, &["whoami"])).0, 3);
    // The server ended it too: the file, brought back, is worth nothing.
    std::fs::write(&file, text).unwrap();
    assert_eq!(said(person(&scratch, &server, &["whoami"])).0, 3);
}

#[test]
fn a_person_signs_in_by_the_browser_on_this_machine() {
    let scratch = Scratch::with_tenant();
    let server = scratch.serve();
    let mut login = person(&scratch, &server, &["login", "--output", "json"])
        // A browser that does nothing: its part is played here.
        .env("BROWSER", "true")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(login.stderr.take().unwrap()).lines();
    let address = lines
        .by_ref()
        .map(Result::unwrap)
        .find(|line| line.starts_with("http"))
        .unwrap();
    let mut browser = Browser::at(server.url());
    let (status, to, _) = browser.get(&address);
    assert_eq!(status, 303, "{to}");
    let on = browser.signs_in(&to);
    let (status, back, page) = browser.get(&on);
    assert_eq!(status, 302, "{page}");
    assert!(back.starts_with("http://127.0.0.1:"), "{back}");
    // What another page sends is passed over.
    let port = back
        .split(':')
        .nth(2)
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(
        browser
            .get(&format!("http://127.0.0.1:{port}/callback?code=x&state=y"))
            .0,
        400
    );
    assert!(browser.get(&back).2.contains("You are signed in"));
    let output = login.wait_with_output().unwrap();
    assert!(output.status.success());
    let me: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(me["userPrincipalName"], ADMIN);
}

#[test]
fn t33_a_withdrawn_key_is_refused_within_seconds_and_a_restart_goes_on() {
    let scratch = Scratch::with_tenant();
    let server = scratch.serve();
    let token = scratch.token(ADMIN, &["--quiet"]);
    server.run(&token, &["list"]).done();
    scratch.run(&["keys", "revoke"]).done();
    let refused = (0..50).any(|_| {
        std::thread::park_timeout(std::time::Duration::from_millis(100));
        server.run(&token, &["list"]).code == 3
    });
    assert!(refused, "five seconds later the old key still counts");
    let token = scratch.token(ADMIN, &["--quiet"]);
    server.run(&token, &["list"]).done();
    scratch
        .run(&["keys", "revoke", "--key", "nothing"])
        .failed(1, "there is no signing key");
}

#[test]
fn an_application_is_registered_and_its_secret_is_shown_once() {
    let scratch = Scratch::with_tenant();
    let made = scratch
        .run(&[
            "app",
            "create",
            "--name",
            "Dashboard",
            "--redirect",
            "https://app.example/cb",
            "--output",
            "json",
        ])
        .done()
        .json();
    assert_eq!(made["clientSecret"].as_str().unwrap().len(), 64);
    let public = scratch
        .run(&[
            "app", "create", "--name", "Tool", "--public", "--output", "json",
        ])
        .done()
        .json();
    assert!(public["clientSecret"].is_null());
    scratch
        .run(&[
            "app",
            "create",
            "--name",
            "x",
            "--redirect",
            "http://app.example/",
        ])
        .failed(2, "must begin with https://");
    scratch
        .run(&["app", "create", "--name", "x", "--permission", "Everything"])
        .failed(1, "there is no permission");
    let with_roles = |more: &[&str]| {
        let role = ["--directory-role", "user administrator"];
        let args = ["app", "create", "--name", "Onboarding", "--output", "json"];
        scratch.run(&[&args[..], &role[..], more].concat())
    };
    with_roles(&["--public"]).failed(2, "--directory-role");
    with_roles(&["--directory-role", "King"]).failed(1, "there is no directory role `King`");
    let reader = "4a5d8f65-41da-4de4-8968-e035b65339cf";
    let made = with_roles(&["--directory-role", reader]).done().json();
    let server = scratch.serve();
    let token = scratch.token(ADMIN, &["--quiet", "--mfa", "--public-url", server.url()]);
    let held = format!(
        "/v1.0/roleManagement/directory/roleAssignments?$filter=principalId%20eq%20'{}'",
        made["clientId"].as_str().unwrap()
    );
    let (status, held) = server.send("GET", &held, Some(&token), None);
    let mut held: Vec<_> = held["value"]
        .as_array()
        .unwrap_or_else(|| panic!("{status}: {held}"))
        .iter()
        .map(|row| row["roleDefinitionId"].as_str().unwrap().to_owned())
        .collect();
    held.sort();
    assert_eq!(held, [reader, "fe930be7-5e62-47db-91af-98c3a49a38b1"]);
    drop(server);
    let code = scratch
        .run(&["reset-password", "--user", ADMIN, "--output", "json"])
        .done()
        .json();
    assert_eq!(code["code"].as_str().unwrap().len(), 23);
    scratch
        .run(&["reset-password", "--user", "nobody@contoso.example"])
        .failed(1, "there is no user");
}

#[test]
fn f23_without_its_master_key_a_tenant_is_not_served() {
    let scratch = Scratch::with_tenant();
    let key = scratch.data().join("master.key");
    let kept = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    scratch
        .run(&["serve"])
        .failed(1, "can't read the master key");
    scratch
        .run(&["token", "--user", ADMIN])
        .failed(1, "can't read the master key");
    for (text, words) in [
        ("5a".repeat(32), "another tenant's master key"),
        ("5a".to_owned(), "is not a master key"),
    ] {
        std::fs::write(&key, text).unwrap();
        scratch
            .run(&["serve"])
            .failed(1, "others may read the master key");
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        scratch.run(&["serve"]).failed(1, words);
        std::fs::remove_file(&key).unwrap();
    }
    std::fs::write(&key, kept).unwrap();
}
