//! Files that hold a secret: refused where others on this machine could read them (T-59).

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::failure::Failure;

/// Refuses a file that others on this machine could read. `what` is what it holds.
pub(crate) fn check(file: &Path, what: &str) -> Result<(), Failure> {
    let found = std::fs::metadata(file).map_err(|error| {
        Failure::usage(format!(
            "the file `{}` can't be read: {error}",
            file.display()
        ))
    })?;
    if found.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "others on this machine may read the {what} `{}`",
        file.display()
    ))
    .hint(format!("chmod 600 '{}'", file.display())))
}

/// The one line of text that such a file holds.
pub(crate) fn line(file: &Path, what: &str) -> Result<String, Failure> {
    check(file, what)?;
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::usage(format!("the file `{shown}` can't be read: {error}")))?;
    let line = text.trim_end_matches(['\r', '\n']);
    if line.is_empty() || line.contains(['\r', '\n', '\0']) {
        return Err(Failure::usage(format!(
            "the file `{shown}` must hold the {what} on its one line"
        )));
    }
    Ok(line.to_owned())
}
