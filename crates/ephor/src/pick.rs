//! Picking from a list on a terminal, where a command was not told on the command line what it is about.
//!
//! Only where somebody sits there: a script that leaves a name out has made a mistake, and is told so.

use std::io::IsTerminal;

use dialoguer::console::Term;
use dialoguer::{Confirm, MultiSelect};
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failure;
use crate::output::clean;

/// What a shell expects of a program that was interrupted.
const EXIT_INTERRUPTED: i32 = 130;

/// Whether somebody can be asked.
pub(crate) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// That a name is missing, where nobody can be asked for it: `what` is `GROUP` or `ID`.
pub(crate) fn missing(what: &str) -> Failure {
    Failure::usage(format!("it is not said which: <{what}> is missing"))
        .hint("name it; on a terminal it can be picked from a list")
}

/// Lets somebody choose among these. Never empty: whoever chooses nothing, or leaves, ends the command.
pub(crate) fn some<'a, T>(
    question: &str,
    among: &'a [T],
    shown: impl Fn(&T) -> String,
) -> Result<Vec<&'a T>, Failure> {
    let labels: Vec<String> = among.iter().map(|one| clean(&shown(one))).collect();
    let terminal = Term::stderr();
    cursor_comes_back(&terminal)?;
    let chosen = MultiSelect::new()
        .with_prompt(format!("{question} (space chooses, enter goes on)"))
        .items(&labels)
        // One is not worth a second key.
        .defaults(&[among.len() == 1])
        .report(false)
        .interact_on_opt(&terminal)
        .map_err(|wrong| ended(&terminal, wrong))?;
    let chosen: Vec<&T> = chosen
        .into_iter()
        .flatten()
        .filter_map(|at| among.get(at))
        .collect();
    if chosen.is_empty() {
        return Err(Failure::new("nothing was chosen").hint("space chooses, enter goes on"));
    }
    Ok(chosen)
}

/// Asks whether to go on; no is the answer of whoever just presses enter.
pub(crate) fn is_agreed(question: &str) -> Result<bool, Failure> {
    let terminal = Term::stderr();
    cursor_comes_back(&terminal)?;
    let agreed = Confirm::new()
        .with_prompt(clean(question))
        .default(false)
        .interact_on_opt(&terminal)
        .map_err(|wrong| ended(&terminal, wrong))?;
    Ok(agreed.unwrap_or(false))
}

/// A list hides the cursor: whoever interrupts it shall have it back, now and while the command goes on.
fn cursor_comes_back(terminal: &Term) -> Result<(), Failure> {
    let failed = |wrong: std::io::Error| Failure::new(format!("can't ask: {wrong}"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(failed)?;
    let mut interrupted = {
        let _inside = runtime.enter();
        signal(SignalKind::interrupt()).map_err(failed)?
    };
    let terminal = terminal.clone();
    std::thread::spawn(move || {
        runtime.block_on(interrupted.recv());
        leave(&terminal);
    });
    Ok(())
}

fn ended(terminal: &Term, wrong: dialoguer::Error) -> Failure {
    let dialoguer::Error::IO(wrong) = wrong;
    if wrong.kind() == std::io::ErrorKind::Interrupted {
        leave(terminal);
    }
    let _ = terminal.show_cursor();
    Failure::new(format!("can't ask: {wrong}"))
}

fn leave(terminal: &Term) -> ! {
    let _ = terminal.show_cursor();
    std::process::exit(EXIT_INTERRUPTED)
}
