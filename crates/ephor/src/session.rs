//! The session of the commands: signed in once with `ephor login`, kept in a file that only its user may
//! read, and refreshed on the way.
//!
//! `EPHOR_TOKEN` goes before it, for scripts. Tokens are sent to the server that gave them and to no other.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::{Exit, Failure};

/// Names the file, where it is to be another.
const VARIABLE: &str = "EPHOR_SESSION_FILE";

/// How somebody signed in for the commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Way {
    /// In a browser on this machine.
    Browser,
    /// By a code that was typed into a browser elsewhere: it never satisfies a step-up.
    Device,
}

/// A session.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Session {
    /// The server's address.
    pub(crate) server: String,
    /// Where tokens are refreshed.
    pub(crate) token_endpoint: String,
    /// Where a session is given back.
    pub(crate) revocation_endpoint: String,
    /// How it was begun.
    pub(crate) way: Way,
    /// The access token.
    pub(crate) access_token: String,
    /// The refresh token.
    pub(crate) refresh_token: String,
    /// When the access token ends, in seconds since 1970, by this machine's clock.
    pub(crate) expires_at: i64,
}

impl Session {
    /// With the tokens of this answer.
    pub(crate) fn take(&mut self, answer: &Value, now: i64) -> Option<()> {
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        self.access_token = text("access_token")?;
        self.refresh_token = text("refresh_token")?;
        self.expires_at = now + answer.get("expires_in").and_then(Value::as_i64)?;
        Some(())
    }

    /// The session that is kept, where there is one.
    pub(crate) fn load() -> Result<Option<Self>, Failure> {
        let file = file()?;
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(wrong) if wrong.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(wrong) => {
                return Err(Failure::new(format!(
                    "can't read the session in `{}`: {wrong}",
                    file.display()
                )));
            }
        };
        serde_json::from_str(&text).map(Some).map_err(|_| {
            Failure {
                exit: Exit::NotSignedIn,
                ..Failure::new(format!("what stands in `{}` is no session", file.display()))
            }
            .hint("sign in anew with `ephor login`")
        })
    }

    /// Keeps it, whole or not at all.
    pub(crate) fn keep(&self) -> Result<(), Failure> {
        let file = file()?;
        let failed = |wrong: std::io::Error| {
            Failure::new(format!(
                "can't keep the session in `{}`: {wrong}",
                file.display()
            ))
        };
        let text = serde_json::to_string_pretty(self).map_err(|wrong| failed(wrong.into()))?;
        write(&file, &text).map_err(failed)
    }

    /// Forgets it.
    pub(crate) fn forget() -> Result<(), Failure> {
        let file = file()?;
        match std::fs::remove_file(&file) {
            Ok(()) => Ok(()),
            Err(wrong) if wrong.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(wrong) => Err(Failure::new(format!(
                "can't remove `{}`: {wrong}",
                file.display()
            ))),
        }
    }
}

/// Nobody is signed in.
pub(crate) fn not_signed_in() -> Failure {
    Failure {
        exit: Exit::NotSignedIn,
        ..Failure::new("you are not signed in")
    }
    .hint("sign in with `ephor login --server URL`, or give a token in EPHOR_TOKEN")
}

fn file() -> Result<PathBuf, Failure> {
    let named = std::env::var_os(VARIABLE).map(PathBuf::from);
    let config = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".config")));
    named
        .or_else(|| config.map(|config| config.join("ephor").join("session.json")))
        .ok_or_else(|| {
            Failure::new("there is no home directory to keep a session in")
                .hint(format!("name a file in {VARIABLE}"))
        })
}

fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let beside = folder.join(format!(".session.{}", std::process::id()));
    let mut out = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    std::fs::rename(&beside, file)
}
