//! `ephor login`, `logout` and `whoami`: a person signs in for the commands.
//!
//! In a browser on this machine where there is one (a redirect to loopback, with PKCE), else by a code that
//! is typed into a browser anywhere.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ephor_ops::signin::application::COMMANDS;
use ephor_store::ambient::random_bytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::cli::{LoginArgs, LogoutArgs, WhoamiArgs};
use crate::client::{Client, Http};
use crate::failure::{Exit, Failure};
use crate::output::{Output, clean};
use crate::session::{Session, Way};

/// What the commands ask for.
const SCOPE: &str = "openid profile offline_access https://graph.microsoft.com/.default";

/// What the server's addresses are.
struct Endpoints {
    issuer: String,
    authorize: String,
    token: String,
    device: String,
    revoke: String,
}

/// Signs in.
pub(crate) fn login(args: &LoginArgs, output: &Output) -> anyhow::Result<Exit> {
    let http = Http::new(args.server.server.as_deref())?;
    let endpoints = endpoints(&http)?;
    let by_browser = !args.device && has_browser();
    let (way, answer) = if by_browser {
        (Way::Browser, in_browser(&http, &endpoints, "", output)?)
    } else {
        (Way::Device, by_code(&http, &endpoints, output)?)
    };
    let mut session = Session {
        server: http.server().to_owned(),
        token_endpoint: endpoints.token,
        revocation_endpoint: endpoints.revoke,
        way,
        access_token: String::new(),
        refresh_token: String::new(),
        expires_at: 0,
    };
    session
        .take(&answer, crate::client::now())
        .ok_or_else(|| Failure::new("the server's answer holds no tokens"))?;
    session.keep()?;
    show_me(&Client::new(Some(&session.server))?, output)
}

/// Signs in once more, for what a request needs: more than was shown so far.
pub(crate) fn step_up(session: &Session, more: &str, output: &Output) -> Result<Session, Failure> {
    let http = Http::new(Some(&session.server))?;
    if session.way == Way::Device || !has_browser() {
        return Err(Failure {
            exit: Exit::NotSignedIn,
            ..Failure::new("this takes a stronger or fresher sign-in, which a code for another device can't give")
        }
        .hint(format!("do it in the portal at {}, or sign in with `ephor login` where there is a browser", session.server)));
    }
    let endpoints = endpoints(&http)?;
    let answer = in_browser(&http, &endpoints, more, output)?;
    let mut session = session.clone();
    session
        .take(&answer, crate::client::now())
        .ok_or_else(|| Failure::new("the server's answer holds no tokens"))?;
    session.keep()?;
    Ok(session)
}

/// Signs out: the server ends the session, and the file goes whatever the server says.
pub(crate) fn logout(_: &LogoutArgs, output: &Output) -> anyhow::Result<Exit> {
    let Some(session) = Session::load()? else {
        output.say("you were not signed in");
        return Ok(Exit::Done);
    };
    let told = Http::new(Some(&session.server)).and_then(|http| {
        let client = COMMANDS.to_string();
        let fields = [
            ("client_id", client.as_str()),
            ("token", &session.refresh_token),
        ];
        http.form(&session.revocation_endpoint, &fields)
    });
    Session::forget()?;
    match told {
        Ok(_) => output.say(&format!("signed out of {}", session.server)),
        Err(wrong) => output.say(&format!(
            "forgot the session, but {} could not be told: {}",
            session.server, wrong.sentence
        )),
    }
    output.print(&json!({"signedOut": true}), |_| {});
    Ok(Exit::Done)
}

/// Says who is signed in.
pub(crate) fn whoami(args: &WhoamiArgs, output: &Output) -> anyhow::Result<Exit> {
    show_me(&Client::new(args.server.server.as_deref())?, output)
}

fn show_me(client: &Client, output: &Output) -> anyhow::Result<Exit> {
    let me = client.get("/v1.0/me", &[])?;
    let text = |name: &str| {
        me.get(name)
            .and_then(Value::as_str)
            .unwrap_or("-")
            .to_owned()
    };
    let answer = json!({
        "userPrincipalName": text("userPrincipalName"),
        "displayName": text("displayName"),
        "id": text("id"),
        "server": client.server(),
    });
    output.print(&answer, |output| {
        output.data(&clean(&format!(
            "{} ({}) at {}",
            text("userPrincipalName"),
            text("displayName"),
            client.server()
        )));
    });
    Ok(Exit::Done)
}

fn endpoints(http: &Http) -> Result<Endpoints, Failure> {
    let path = "/common/v2.0/.well-known/openid-configuration";
    let answer = http.get(path)?;
    let text = |name: &str| {
        answer
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| {
                Failure::new(format!(
                    "the server's answer to {path} is not what Ephor answers"
                ))
                .hint("see that the address is that of an Ephor server of this version")
            })
    };
    let endpoints = Endpoints {
        issuer: text("issuer")?,
        authorize: text("authorization_endpoint")?,
        token: text("token_endpoint")?,
        device: text("device_authorization_endpoint")?,
        revoke: text("revocation_endpoint")?,
    };
    for address in [&endpoints.token, &endpoints.device, &endpoints.revoke] {
        http.is_its_own(address)?;
    }
    Ok(endpoints)
}

/// Whether a browser can be opened here.
fn has_browser() -> bool {
    if std::env::var_os("BROWSER").is_some() || cfg!(target_os = "macos") {
        return true;
    }
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn open(address: &str) -> bool {
    let named = std::env::var("BROWSER").ok();
    let usual = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    Command::new(named.as_deref().unwrap_or(usual))
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .is_ok()
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

fn in_browser(
    http: &Http,
    endpoints: &Endpoints,
    more: &str,
    output: &Output,
) -> Result<Value, Failure> {
    let failed = |wrong: std::io::Error| {
        Failure::new(format!(
            "can't wait for the browser on this machine: {wrong}"
        ))
        .hint("sign in with `ephor login --device`")
    };
    let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    let redirect_uri = format!("http://127.0.0.1:{port}/callback");
    let (state, verifier) = (hex(&random_bytes::<16>()), hex(&random_bytes::<32>()));
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    let address = format!(
        "{}?client_id={COMMANDS}&response_type=code&redirect_uri={}&scope={}&state={state}&code_challenge={challenge}&code_challenge_method=S256{more}",
        endpoints.authorize,
        encoded(&redirect_uri),
        encoded(SCOPE),
    );
    output.say("sign in in the browser that opens; if none does, open this address:");
    output.say(&address);
    open(&address);
    let code = wait_for_code(&listener, &state, &endpoints.issuer)?;
    let client = COMMANDS.to_string();
    http.form(
        &endpoints.token,
        &[
            ("grant_type", "authorization_code"),
            ("client_id", &client),
            ("code", &code),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", &verifier),
        ],
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Waits until the browser comes with a code for just this sign-in. What else comes is answered and passed
/// over: any page in that browser can send something here.
fn wait_for_code(listener: &TcpListener, state: &str, issuer: &str) -> Result<String, Failure> {
    for stream in listener.incoming().take(100) {
        let Ok(stream) = stream else { continue };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
        let Some(query) = asked(&stream) else {
            answer(&stream, "404 Not Found", "Nothing is here.");
            continue;
        };
        let field = |name: &str| {
            query
                .query_pairs()
                .find(|(own, _)| own == name)
                .map(|(_, value)| value.into_owned())
        };
        if field("state").as_deref() != Some(state) || field("iss").as_deref() != Some(issuer) {
            answer(
                &stream,
                "400 Bad Request",
                "This is not the sign-in that was started here.",
            );
            continue;
        }
        if let Some(code) = field("code") {
            answer(
                &stream,
                "200 OK",
                "You are signed in. Go back to the terminal; you can close this page.",
            );
            return Ok(code);
        }
        let why =
            field("error_description").unwrap_or_else(|| "the sign-in was refused".to_owned());
        answer(
            &stream,
            "200 OK",
            "The sign-in did not work. Go back to the terminal.",
        );
        return Err(Failure {
            exit: Exit::NotSignedIn,
            ..Failure::new(why)
        });
    }
    Err(Failure::new("the browser never came back from signing in"))
}

/// The address that a browser asks for, if it is the one that it was to come back to.
fn asked(stream: &TcpStream) -> Option<reqwest::Url> {
    let mut line = String::new();
    let mut reader = BufReader::new(std::io::Read::take(stream, 8 * 1024));
    reader.read_line(&mut line).ok()?;
    let target = line.strip_prefix("GET ")?.split(' ').next()?;
    let rest = target.strip_prefix("/callback?")?;
    format!("http://127.0.0.1/callback?{rest}").parse().ok()
}

fn answer(mut stream: &TcpStream, status: &str, text: &str) {
    let body = format!("<!doctype html><meta charset=utf-8><title>Ephor</title><p>{text}</p>");
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

fn by_code(http: &Http, endpoints: &Endpoints, output: &Output) -> Result<Value, Failure> {
    let client = COMMANDS.to_string();
    let fields = [("client_id", client.as_str()), ("scope", SCOPE)];
    let asked = http.form(&endpoints.device, &fields)?;
    let text = |name: &str| asked.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut interval = asked.get("interval").and_then(Value::as_u64).unwrap_or(5);
    output.say(&clean(&format!(
        "open {} in a browser and type the code {}",
        text("verification_uri"),
        text("user_code")
    )));
    let fields = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", client.as_str()),
        ("device_code", text("device_code")),
    ];
    loop {
        http.pause(Duration::from_secs(interval.clamp(1, 60)));
        let (error, answer) = http.form_or_error(&endpoints.token, &fields)?;
        match error.as_deref() {
            None => return Ok(answer),
            Some("authorization_pending") => {}
            Some("slow_down") => interval += 5,
            Some(_) => {
                let why = answer.get("error_description").and_then(Value::as_str);
                return Err(Failure {
                    exit: Exit::NotSignedIn,
                    ..Failure::new(why.unwrap_or("the sign-in was refused"))
                });
            }
        }
    }
}
