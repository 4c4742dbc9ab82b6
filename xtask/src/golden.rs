//! Lets golden files follow the code: runs the tests with `EPHOR_GOLDEN=update`.
//!
//! A test with a golden file writes it anew when it finds that variable, and compares otherwise. The
//! snapshots of `insta` follow by its own variables. What changed is then for a person to read.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

/// Runs the tests that match `filters`, or all.
pub(crate) fn run(root: &Path, filters: &[String]) -> Result<ExitCode> {
    let passed = Command::new("cargo")
        .args(["nextest", "run", "--workspace", "--all-features"])
        .args(["--no-fail-fast", "--no-tests=pass"])
        .args(filters)
        .env("EPHOR_GOLDEN", "update")
        .env("INSTA_UPDATE", "always")
        .env("INSTA_FORCE_PASS", "1")
        .current_dir(root)
        .status()
        .context("can't run cargo nextest; install it with `tools/install-needs test`")?
        .success();
    eprintln!("golden files that differ now (read them with `git diff`):");
    Command::new("git")
        .args(["status", "--short"])
        .current_dir(root)
        .status()
        .context("can't run git")?;
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
