//! The master key: given in a setting or a file, or kept beside an embedded database (F-23).
//!
//! It is made with the tenant and never again: one that is missing or wrong is told, not replaced. A data
//! directory has it in a file of its own, which a backup of the database must leave out.

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use ephor_http::MasterKey;
use ephor_store::Database;

use crate::config::Config;
use crate::failure::Failure;

/// The file in a data directory.
const FILE: &str = "master.key";

/// The key that a setting gives, itself or in a file.
pub(crate) fn given(
    setting: &str,
    text: Option<&str>,
    file: Option<&Path>,
) -> Result<Option<MasterKey>, Failure> {
    match (text, file) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(Failure::usage(format!(
            "the master key is given twice, by {setting} and {setting}_file"
        ))
        .hint("keep one of them")),
        (Some(text), None) => MasterKey::parse(text)
            .map(Some)
            .map_err(|wrong| Failure::usage(format!("{setting} {wrong}"))),
        (None, Some(file)) => read(file).map(Some),
    }
}

/// The master key of the tenant in this database.
pub(crate) fn of(config: &Config, database: &Database) -> Result<MasterKey, Failure> {
    let key = match (&config.master_key, database) {
        (Some(key), _) => key.clone(),
        (None, Database::Directory(directory)) => read(&directory.join(FILE))?,
        (None, Database::Postgres(_) | Database::Memory) => return Err(missing()),
    };
    Ok(match &config.master_key_previous {
        Some(previous) => key.with_previous(previous),
        None => key,
    })
}

/// The master key for a tenant that is about to be made: a new one, kept in its directory, where none is
/// given.
pub(crate) fn make(config: &Config, database: &Database) -> Result<MasterKey, Failure> {
    match (&config.master_key, database) {
        (Some(key), _) => Ok(key.clone()),
        (None, Database::Directory(directory)) => {
            let file = directory.join(FILE);
            if file.exists() {
                return read(&file);
            }
            let key = MasterKey::generate();
            write(directory, &file, &key).map_err(|wrong| {
                Failure::new(format!("can't write `{}`: {wrong}", file.display()))
                    .hint("see that there is room, and that this user may write there")
            })?;
            Ok(key)
        }
        (None, Database::Postgres(_) | Database::Memory) => Err(missing()),
    }
}

fn missing() -> Failure {
    Failure::usage("the master key is not given, which wraps the secrets in the database")
        .hint("make one with `openssl rand -hex 32`, keep it in a file with mode 0600, and name that in security.master_key_file (EPHOR_SECURITY_MASTER_KEY_FILE)")
}

fn read(file: &Path) -> Result<MasterKey, Failure> {
    let shown = file.display();
    let told = |wrong: std::io::Error| {
        Failure::new(format!("can't read the master key in `{shown}`: {wrong}")).hint(
            "bring back the file that was made with the tenant: without it what is wrapped in the database is lost",
        )
    };
    let mode = std::fs::metadata(file).map_err(told)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Failure::new(format!(
            "others may read the master key in `{shown}` (mode {:03o})",
            mode & 0o777
        ))
        .hint(format!("close it with `chmod 600 {shown}`")));
    }
    let text = std::fs::read_to_string(file).map_err(told)?;
    MasterKey::parse(&text)
        .map_err(|wrong| Failure::new(format!("what stands in `{shown}` {wrong}")))
}

fn write(directory: &Path, file: &Path, key: &MasterKey) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let mut out = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    writeln!(out, "{}", key.to_text())?;
    out.sync_all()
}
