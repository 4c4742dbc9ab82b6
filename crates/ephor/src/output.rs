//! How answers are printed: tables for people, JSON for programs; data to stdout, talk to stderr.

use std::io::{IsTerminal, Write};

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table};
use serde_json::Value;

use crate::failure::Failure;

/// How to print what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// For programs; its members are listed in each command's help and stay
    Json,
}

/// Where answers go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// For whom.
    pub(crate) format: Format,
    /// Whether to leave out all talk.
    pub(crate) quiet: bool,
}

impl Output {
    /// Prints `value` as JSON, or what `people` makes of it.
    pub(crate) fn print(&self, value: &Value, people: impl FnOnce(&Self)) {
        match self.format {
            Format::Json => self.data(&format!("{value:#}")),
            Format::Table => people(self),
        }
    }

    /// A line, or several, of what was asked for.
    ///
    /// Whoever reads may have gone away (`| head`): that is no failure of ours.
    #[expect(
        clippy::unused_self,
        reason = "all printing goes through an Output, so that its rules hold everywhere"
    )]
    pub(crate) fn data(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    }

    /// A line of JSON, for programs that read while this one goes on.
    pub(crate) fn line(&self, value: &Value) {
        if self.format == Format::Json {
            self.data(&value.to_string());
        }
    }

    /// A table of what was asked for, with a line above it.
    pub(crate) fn table(&self, title: &str, head: &[&str], rows: Vec<Vec<String>>) {
        let mut table = Table::new();
        table
            .load_style(comfy_table::presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(head.iter().map(|word| word.to_uppercase()));
        if !std::io::stdout().is_terminal() {
            // In a pipe or file a row is a line, however long.
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
        for row in rows {
            table.add_row(row.iter().map(|cell| clean(cell)));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        if !title.is_empty() {
            self.data(title);
        }
        self.data(&table.trim_fmt());
    }

    /// Talk: what a person may want to know, and a program does not need.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            let mut err = std::io::stderr().lock();
            let _ = writeln!(err, "{text}");
        }
    }

    /// Why a command failed, and the way forward. Said even when quiet.
    #[expect(
        clippy::unused_self,
        reason = "all printing goes through an Output, so that its rules hold everywhere"
    )]
    pub(crate) fn failed(&self, failure: &Failure) {
        let mut err = std::io::stderr().lock();
        let _ = write!(err, "{}", failure.report());
    }
}

/// The text without anything that a terminal would obey: what a server sends is shown, never carried out.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_told_what_to_do() {
        assert_eq!(clean("a\u{1b}[31mb\n"), "a\u{fffd}[31mb\u{fffd}");
        assert_eq!(clean("Zoë"), "Zoë");
    }
}
