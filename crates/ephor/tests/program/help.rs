//! The help texts are reference documentation: a change of them is seen in review.
//!
//! `EPHOR_GOLDEN=update` writes them anew.

use super::support::run;

/// Every command that has help of its own.
const COMMANDS: &[&[&str]] = &[
    &[],
    &["list"],
    &["activate"],
    &["deactivate"],
    &["extend"],
    &["renew"],
    &["requests"],
    &["login"],
    &["logout"],
    &["whoami"],
    &["app", "create"],
    &["keys", "revoke"],
    &["keys", "rewrap"],
    &["reset-password"],
    &["cancel"],
    &["approvals"],
    &["approve"],
    &["deny"],
    &["group"],
    &["group", "discover"],
    &["group", "manage"],
    &["group", "list"],
    &["group", "show"],
    &["group", "settings"],
    &["package"],
    &["package", "list"],
    &["package", "request"],
    &["package", "assign"],
    &["package", "remove"],
    &["package", "repair"],
    &["package", "approve"],
    &["assign"],
    &["unassign"],
    &["audit"],
    &["audit", "list"],
    &["audit", "export"],
    &["audit", "verify"],
    &["mail"],
    &["mail", "list"],
    &["init"],
    &["serve"],
    &["demo"],
    &["token"],
    &["check"],
    &["completions"],
];

#[test]
fn the_help_texts_are_those_that_were_reviewed() {
    let mut texts = String::new();
    for command in COMMANDS {
        let mut args = command.to_vec();
        args.push("--help");
        let help = run(&args).done().out;
        let help: Vec<_> = help.lines().map(str::trim_end).collect();
        texts.push_str(&format!(
            "$ ephor {}\n\n{}\n\n\n",
            args.join(" "),
            help.join("\n").trim_end()
        ));
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/program/help.txt");
    if std::env::var("EPHOR_GOLDEN").is_ok_and(|how| how == "update") {
        std::fs::write(file, &texts).unwrap();
    }
    let golden = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        golden == texts,
        "the help texts have changed; read the difference after EPHOR_GOLDEN=update"
    );
}

#[test]
fn the_version_is_told_and_completions_are_there_for_three_shells() {
    let version = run(&["--version"]).done().out;
    assert_eq!(version, format!("ephor {}\n", env!("CARGO_PKG_VERSION")));
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&["completions", shell]).done().out;
        for word in ["activate", "approvals", "settings", "unassign"] {
            assert!(script.contains(word), "{shell}: no {word}");
        }
    }
}
