//! What the compiler does not check, checked in a second: `cargo xtask tidy`.
//!
//! Each check is a function from the tree to findings, and each finding says what to do instead. A rule
//! that turns out wrong is changed here, in writing; there is no way to switch one off for a line.

mod crates;
mod files;
mod sql;
mod words;

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::source::Source;

/// Something that is not as it should be.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    wrong: String,
    instead: &'static str,
}

impl Finding {
    fn new(path: &str, line: usize, wrong: impl Into<String>, instead: &'static str) -> Self {
        Self {
            path: path.to_owned(),
            line,
            wrong: wrong.into(),
            instead,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}\n    instead: {}",
            self.path, self.line, self.wrong, self.instead
        )
    }
}

/// The files that are the project's, without what was built or installed.
struct Tree {
    files: Vec<File>,
}

/// One text file.
struct File {
    /// From the root of the repository, with `/`.
    path: String,
    text: String,
    /// Taken apart, where it is Rust.
    rust: Option<Source>,
}

impl Tree {
    /// Reads everything below `root`.
    fn read(root: &Path) -> Result<Self> {
        let mut found = Vec::new();
        let mut open = vec![root.to_path_buf()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(&folder)
                .with_context(|| format!("can't list {}", folder.display()))?
            {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let kind = entry.file_type()?;
                let is_ours = !matches!(
                    name.as_str(),
                    ".git" | "target" | "node_modules" | "scratch"
                );
                if kind.is_dir() && is_ours {
                    open.push(entry.path());
                } else if kind.is_file() {
                    // What is not UTF-8 is no text.
                    if let Ok(text) = std::fs::read_to_string(entry.path()) {
                        let path = entry
                            .path()
                            .strip_prefix(root)
                            .context("below the root")?
                            .to_string_lossy()
                            .replace('\\', "/");
                        found.push((path, text));
                    }
                }
            }
        }
        Ok(Self::of(found))
    }

    /// A tree of these files.
    fn of(files: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        let mut files: Vec<File> = files
            .into_iter()
            .map(|(path, text)| {
                let (path, text) = (path.into(), text.into());
                let rust = path.ends_with(".rs").then(|| Source::new(&text));
                File { path, text, rust }
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files }
    }

    fn get(&self, path: &str) -> Option<&File> {
        let at = self
            .files
            .binary_search_by(|file| file.path.as_str().cmp(path));
        at.ok().map(|at| &self.files[at])
    }

    fn rust(&self) -> impl Iterator<Item = (&File, &Source)> {
        self.files
            .iter()
            .filter_map(|file| file.rust.as_ref().map(|source| (file, source)))
    }
}

/// Checks the repository at `root` and prints what is found.
pub(crate) fn run(root: &Path) -> Result<ExitCode> {
    let tree = Tree::read(root)?;
    let findings = check(&tree);
    for finding in &findings {
        println!("{finding}");
    }
    println!(
        "tidy: {} files, {} of them Rust: {}",
        tree.files.len(),
        tree.rust().count(),
        match findings.len() {
            0 => "nothing to say".to_owned(),
            count => format!("{count} to put right"),
        }
    );
    Ok(if findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn check(tree: &Tree) -> Vec<Finding> {
    let checks: [fn(&Tree) -> Vec<Finding>; 4] =
        [crates::check, files::check, sql::check, words::check];
    let mut findings: Vec<Finding> = checks.iter().flat_map(|check| check(tree)).collect();
    findings.sort();
    findings
}

/// What the findings say is wrong, for tests.
#[cfg(test)]
fn wrongs(findings: &[Finding]) -> Vec<&str> {
    findings
        .iter()
        .map(|finding| finding.wrong.as_str())
        .collect()
}
