//! The project's own checks and chores: `cargo xtask tidy`, `cargo xtask golden`.
//!
//! Everything here runs in seconds on a bare toolchain. What needs more is a script in `tools/`.

mod golden;
mod source;
mod tidy;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

const HELP: &str = "\
cargo xtask tidy               check what the compiler does not: crate directions, SQL, words, files
cargo xtask golden [FILTER]…   run the tests and let golden files follow; read the difference like code";

fn main() -> Result<ExitCode> {
    // Asked at run time: a target directory may be shared by several clones.
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR").context("run this as `cargo xtask`")?;
    let root = Path::new(&xtask)
        .parent()
        .context("xtask lies in the workspace")?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((command, [])) if command == "tidy" => tidy::run(root),
        Some((command, filters)) if command == "golden" => golden::run(root, filters),
        _ => {
            eprintln!("{HELP}");
            Ok(ExitCode::from(2))
        }
    }
}
