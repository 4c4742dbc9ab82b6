//! Picking from a list, on a terminal of the test's own: keys go in, what is drawn comes out.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use super::support::Company;

const DOWN: &str = "\u{1b}[B";
const SPACE: &str = " ";
const ENTER: &str = "\r";
const ESCAPE: &str = "\u{1b}";
const INTERRUPT: &str = "\u{3}";
/// What makes a hidden cursor visible.
const CURSOR_SHOWN: &str = "\u{1b}[?25h";

/// A terminal with a person at it.
struct Terminal {
    person: File,
    program: OwnedFd,
}

impl Terminal {
    fn open() -> Self {
        let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let name = ptsname(&person, Vec::new()).unwrap();
        let name = std::ffi::OsStr::from_bytes(name.as_bytes());
        let program = File::options().read(true).write(true).open(name).unwrap();
        let size = Winsize {
            ws_row: 40,
            ws_col: 120,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&program, size).unwrap();
        Self {
            person: person.into(),
            program: program.into(),
        }
    }

    /// Runs a command there, does `then` once `question` is asked, and gives its exit code, what it printed,
    /// and what was drawn.
    fn run(
        mut self,
        company: &Company,
        who: &str,
        args: &[&str],
        question: &str,
        then: impl FnOnce(&mut File),
    ) -> (Option<i32>, String, String) {
        let mut command = company.server.client(&company.token(who), args);
        command
            .env("TERM", "xterm")
            .stdin(Stdio::from(self.program.try_clone().unwrap()))
            .stderr(Stdio::from(self.program))
            .stdout(Stdio::piped());
        let child = command.spawn().unwrap();
        // Its copies of the terminal are the last ones, so that the end of the program can be read.
        drop(command);
        let (mut drawn, mut then) = (String::new(), Some(then));
        let mut bytes = [0; 4096];
        // An error says that nobody is at the other end any more.
        while let Ok(read @ 1..) = self.person.read(&mut bytes) {
            drawn.push_str(&String::from_utf8_lossy(&bytes[..read]));
            if drawn.contains(question)
                && let Some(then) = then.take()
            {
                then(&mut self.person);
            }
        }
        let output = child.wait_with_output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            drawn,
        )
    }
}

/// Runs a command on a terminal of its own, and types keys once it asks.
fn at_a_terminal(
    company: &Company,
    who: &str,
    args: &[&str],
    question: &str,
    keys: &[&str],
) -> (Option<i32>, String, String) {
    Terminal::open().run(company, who, args, question, |person| {
        // Before that a terminal would take Ctrl-C for itself, and nobody would read it.
        while tcgetattr(&*person)
            .unwrap()
            .local_modes
            .contains(LocalModes::ISIG)
        {
            std::thread::yield_now();
        }
        person.write_all(keys.concat().as_bytes()).unwrap();
    })
}

#[test]
fn what_is_left_out_is_picked_from_a_list() {
    let company = Company::founded();
    let (code, out, drawn) = at_a_terminal(
        &company,
        "ada",
        &["activate", "--why", "x", "--for", "1h"],
        "What do you activate?",
        &[SPACE, DOWN, SPACE, ENTER],
    );
    assert_eq!(code, Some(0), "{out}{drawn}");
    let groups: Vec<_> = out
        .lines()
        .map(|line| line.split(':').next().unwrap())
        .collect();
    assert_eq!(
        groups,
        ["Production admins", "Database operators"],
        "{drawn}"
    );
    assert!(
        drawn.contains("Payroll data (eligible member, until "),
        "{drawn}"
    );

    company.advance("PT6M");
    let question = "Which activations do you end?";
    let (code, out, drawn) = at_a_terminal(
        &company,
        "ada",
        &["deactivate"],
        question,
        &[DOWN, SPACE, ENTER],
    );
    assert_eq!(code, Some(0), "{out}{drawn}");
    assert_eq!(out, "Database operators: deactivated\n", "{drawn}");
    assert!(
        !drawn.contains("On-call"),
        "what is assigned can't be deactivated: {drawn}"
    );

    // One is not worth a second key.
    let args = ["extend", "--why", "the audit", "--for", "20d"];
    let (code, out, drawn) = at_a_terminal(&company, "ada", &args, "What do you extend?", &[ENTER]);
    assert_eq!(code, Some(4), "{out}{drawn}");
    assert!(out.starts_with("Payroll data: waiting"), "{out}");
    let (code, out, drawn) = at_a_terminal(
        &company,
        "ada",
        &["cancel"],
        "What do you cancel?",
        &[ENTER],
    );
    assert_eq!(
        (code, out.as_str()),
        (Some(0), "Payroll data for Ada Okafor: cancelled\n"),
        "{drawn}"
    );

    let args = ["approve", "--why", "planned"];
    let (code, out, drawn) = at_a_terminal(
        &company,
        "farah",
        &args,
        "What do you approve?",
        &[SPACE, ENTER],
    );
    assert_eq!(code, Some(0), "{out}{drawn}");
    assert!(out.ends_with(": approved\n"), "{out}");
    assert!(
        drawn.contains("activation for Daniel Kim, member of Signing keys"),
        "{drawn}"
    );
    assert!(drawn.contains("extension for Ben Fischer"), "{drawn}");
}

#[test]
fn whoever_leaves_the_list_changes_nothing_and_gets_their_cursor_back() {
    let company = Company::founded();
    let ask = ["activate", "--why", "x"];
    for (keys, code) in [
        (&[ESCAPE][..], 1),
        (&[ENTER][..], 1),
        (&[INTERRUPT][..], 130),
    ] {
        let (ended, out, drawn) =
            at_a_terminal(&company, "ada", &ask, "What do you activate?", keys);
        assert_eq!(
            (ended, out.as_str()),
            (Some(code), ""),
            "{keys:?}: {drawn:?}"
        );
        let shown = drawn.rfind(CURSOR_SHOWN);
        assert!(shown > drawn.rfind("\u{1b}[?25l"), "{keys:?}: {drawn:?}");
    }
    let roles = company.json("ada", &["list"]);
    let active: Vec<_> = roles["active"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| role["group"].as_str().unwrap())
        .collect();
    assert_eq!(
        active,
        ["On-call engineers", "All employees"],
        "the membership that she was given, and the one by a rule"
    );
}

#[test]
fn r_b3_bringing_a_group_in_is_asked_for_because_it_cant_be_undone() {
    let company = Company::founded();
    let manage = ["group", "manage", "vpn"];
    let question = "can't be undone";
    let (code, out, drawn) = at_a_terminal(&company, "admin", &manage, question, &["n"]);
    assert_eq!((code, out.as_str()), (Some(1), ""), "{drawn}");
    let (code, out, drawn) = at_a_terminal(&company, "admin", &manage, question, &["y"]);
    assert_eq!(
        (code, out.as_str()),
        (Some(0), "VPN users: is managed now\n"),
        "{drawn}"
    );
}

#[test]
fn while_somebody_waits_something_moves_and_is_gone_at_the_end() {
    let company = Company::founded();
    let args = ["activate", "signing", "--why", "x", "--wait"];
    let question = "waiting for approval: Signing keys";
    let (code, out, drawn) = Terminal::open().run(&company, "ada", &args, question, |_| {
        let all = company.json("farah", &["approvals"]);
        let requests = all["requests"].as_array().unwrap();
        let hers = requests
            .iter()
            .find(|request| request["principal"] == "Ada Okafor");
        let id = hers.unwrap()["id"].as_str().unwrap();
        company.run("farah", &["deny", id, "--why", "no"]).done();
    });
    assert_eq!(code, Some(1), "{out}{drawn}");
    assert_eq!(out, "Signing keys: denied by Farah Haddad: no\n");
    assert!(drawn.matches(question).count() > 1, "it moves: {drawn:?}");
    assert!(
        drawn.trim_end().ends_with("\u{1b}[2K"),
        "it is gone: {drawn:?}"
    );
}
