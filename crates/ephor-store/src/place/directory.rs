//! A data directory: `ephor.db`, and `ephor.lock` that says which server has it (F-06).
//!
//! Directories are made for their owner alone (0700), files too (0600): SQLite gives the files it makes
//! beside the database the same mode.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::Purpose;
use crate::OpenError;

const DATABASE: &str = "ephor.db";
const LOCK: &str = "ephor.lock";

/// What keeps a place ours, until it is dropped.
pub(crate) enum Guard {
    /// Nothing: others may come.
    Shared,
    /// The lock file of a data directory.
    Locked { _lock: File },
    /// A directory that goes with the store.
    Passing { directory: PathBuf },
}

impl Guard {
    /// The directory that goes with the store.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Passing { directory } => directory,
            Self::Shared | Self::Locked { .. } => Path::new(""),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Self::Passing { directory } = self
            && let Err(wrong) = std::fs::remove_dir_all(&*directory)
        {
            tracing::warn!(directory = %directory.display(), %wrong, "a passing directory stays behind");
        }
    }
}

/// The database's file in a data directory.
pub(super) fn database_file(directory: &Path) -> PathBuf {
    directory.join(DATABASE)
}

/// Looks at `directory`, makes it ours where `exclusive`, and sees to it that the database's file is there.
pub(super) fn claim(
    directory: &Path,
    exclusive: bool,
    purpose: Purpose,
) -> Result<Guard, OpenError> {
    look(directory, purpose)?;
    let guard = if exclusive {
        lock(directory)?
    } else {
        Guard::Shared
    };
    make_database_file(directory)?;
    Ok(guard)
}

/// Refuses what is not a data directory, and makes one where there is nothing.
fn look(directory: &Path, purpose: Purpose) -> Result<(), OpenError> {
    let place = || directory.display().to_string();
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(wrong) if wrong.kind() == ErrorKind::NotFound => {
            return match purpose {
                Purpose::Create => make_directory(directory),
                Purpose::Open => Err(OpenError::NoTenant { place: place() }),
            };
        }
        Err(wrong) if wrong.kind() == ErrorKind::NotADirectory => {
            return Err(OpenError::NotADataDirectory {
                place: place(),
                wrong: "it is a file".into(),
            });
        }
        Err(wrong) => return Err(refused(directory, &wrong)),
    };
    let mut foreign = None;
    for entry in entries {
        let name = entry
            .map_err(|wrong| refused(directory, &wrong))?
            .file_name();
        if name == DATABASE {
            return Ok(());
        }
        if name != LOCK {
            foreign = Some(name);
        }
    }
    match (foreign, purpose) {
        (Some(name), _) => Err(OpenError::NotADataDirectory {
            place: place(),
            wrong: format!(
                "it holds other things (`{}`) and no `{DATABASE}`; name a directory of its own",
                name.to_string_lossy()
            ),
        }),
        (None, Purpose::Open) => Err(OpenError::NoTenant { place: place() }),
        (None, Purpose::Create) => Ok(()),
    }
}

fn make_directory(directory: &Path) -> Result<(), OpenError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|wrong| refused(directory, &wrong))
}

fn lock(directory: &Path) -> Result<Guard, OpenError> {
    let path = directory.join(LOCK);
    let fault = |wrong: std::io::Error| refused(&path, &wrong);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(fault)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            file.read_to_string(&mut pid).map_err(fault)?;
            return Err(OpenError::InUse {
                place: directory.display().to_string(),
                pid: pid.trim().to_owned(),
            });
        }
        Err(TryLockError::Error(wrong)) => return Err(fault(wrong)),
    }
    // Written in place: a reader that comes between sees the old number or the new one.
    file.rewind().map_err(fault)?;
    let pid = format!("{}\n", std::process::id());
    file.write_all(pid.as_bytes()).map_err(fault)?;
    file.set_len(pid.len() as u64).map_err(fault)?;
    Ok(Guard::Locked { _lock: file })
}

fn make_database_file(directory: &Path) -> Result<(), OpenError> {
    let path = database_file(directory);
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map(drop)
        .map_err(|wrong| refused(&path, &wrong))
}

/// A directory of its own for a store in memory, which goes when the store goes.
///
/// SQLite's shared memory databases lock whole tables against readers; a file that nobody waits for
/// behaves as the real thing does.
pub(super) fn passing() -> Result<Guard, OpenError> {
    let name = format!(
        "ephor-{}",
        hex::encode(crate::ambient::random_bytes::<12>())
    );
    let directory = std::env::temp_dir().join(name);
    make_directory(&directory)?;
    let guard = Guard::Passing {
        directory: directory.clone(),
    };
    make_database_file(&directory)?;
    Ok(guard)
}

/// Why the file system refused, and what would help.
fn refused(path: &Path, wrong: &std::io::Error) -> OpenError {
    let help = match wrong.kind() {
        ErrorKind::PermissionDenied => {
            "; make it readable and writable for the user that runs Ephor, or name another directory"
        }
        ErrorKind::ReadOnlyFilesystem => {
            "; the file system is mounted read-only: name a directory on another one"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "; free some space and start again",
        ErrorKind::NotADirectory => "; a part of its path is a file",
        _ => "",
    };
    OpenError::Io {
        place: path.display().to_string(),
        wrong: format!("{wrong}{help}"),
    }
}
