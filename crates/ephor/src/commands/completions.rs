//! `ephor completions`: what a shell needs to complete commands and flags.

use clap::CommandFactory;

use crate::cli::{Cli, Shell};
use crate::failure::Exit;
use crate::output::Output;

/// Prints the completions for `shell`.
pub(crate) fn run(shell: Shell, output: &Output) -> anyhow::Result<Exit> {
    let shell = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "ephor", &mut script);
    output.data(String::from_utf8_lossy(&script).trim_end());
    Ok(Exit::Done)
}
