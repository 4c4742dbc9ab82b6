//! The first administrator's password: read without showing it.

use std::io::{BufRead, IsTerminal, Write};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::failure::Failure;

/// Reads a password from the first line of standard input, or asks for it on the terminal.
pub(crate) fn read(from_stdin: bool) -> Result<String, Failure> {
    let stdin = std::io::stdin();
    if from_stdin {
        return judged(first_line(stdin.lock())?);
    }
    if !stdin.is_terminal() {
        return Err(Failure::usage(
            "the administrator needs a password, and there is no terminal to ask on",
        )
        .hint("give it on standard input with --password-stdin"));
    }
    let first = asked("password for the administrator (at least 12 characters): ")?;
    let first = judged(first)?;
    if asked("the same again: ")? != first {
        return Err(Failure::usage("the two passwords differ").hint("try again"));
    }
    Ok(first)
}

fn first_line(mut input: impl BufRead) -> Result<String, Failure> {
    let mut line = String::new();
    input
        .read_line(&mut line)
        .map_err(|wrong| Failure::new(format!("can't read the password: {wrong}")))?;
    // Only the line's end is taken off: a password may begin or end with a blank.
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

/// Asks on the terminal, which shows nothing of what is typed.
fn asked(question: &str) -> Result<String, Failure> {
    let broken =
        |wrong: rustix::io::Errno| Failure::new(format!("can't hide what is typed: {wrong}"));
    let stdin = std::io::stdin();
    let shown = tcgetattr(&stdin).map_err(broken)?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    eprint!("{question}");
    let _ = std::io::stderr().flush();
    tcsetattr(&stdin, OptionalActions::Flush, &hidden).map_err(broken)?;
    let answer = first_line(stdin.lock());
    tcsetattr(&stdin, OptionalActions::Now, &shown).map_err(broken)?;
    eprintln!();
    answer
}

/// The password, if it can be taken as one.
fn judged(password: String) -> Result<String, Failure> {
    ephor_http::check_password_rules(&password)
        .map_err(|wrong| Failure::usage(format!("the password {wrong}")))?;
    Ok(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_line_is_the_password() {
        let line = first_line(&b" with blanks \r\nmore"[..]).unwrap();
        assert_eq!(line, " with blanks ");
    }
}
