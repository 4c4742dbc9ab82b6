//! `ephor group …`: what whoever runs groups sees and sets.

mod as_of;
mod discover;
mod list;
mod manage;
mod settings;
mod show;
pub(crate) mod words;

use serde_json::{Value, json};

use crate::cli::GroupCommand;
use crate::client::Group;
use crate::failure::Exit;
use crate::output::Output;

/// Runs one of them.
pub(crate) fn run(command: GroupCommand, output: &Output) -> anyhow::Result<Exit> {
    match command {
        GroupCommand::Discover(args) => discover::run(&args, output),
        GroupCommand::Manage(args) => manage::run(&args, output),
        GroupCommand::List(args) => list::run(&args, output),
        GroupCommand::Show(args) => show::run(&args, output),
        GroupCommand::Settings(args) => settings::run(&args, output),
    }
}

/// What a group is shown with as JSON.
fn row(group: &Group) -> Value {
    json!({
        "group": group.name,
        "groupId": group.id,
        "kind": group.kind,
        "description": group.description,
        "roleAssignable": group.role_assignable,
    })
}

/// What a group is, in words.
fn kind(group: &Group) -> String {
    if group.role_assignable {
        format!("{}, role-assignable", group.kind)
    } else {
        group.kind.clone()
    }
}
