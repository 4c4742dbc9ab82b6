//! `ephor deactivate`: ends activations before their time.

use ephor_core::group::Access;
use serde_json::Value;

use crate::cli::DeactivateArgs;
use crate::client::{Client, Wish};
use crate::commands::activate::{judge, show};
use crate::failure::Exit;
use crate::output::Output;

/// Ends each of them in turn.
pub(crate) fn run(args: &DeactivateArgs, output: &Output) -> anyhow::Result<Exit> {
    let client = Client::new(args.server.server.as_deref())?;
    let mut roles = client.my_roles()?;
    roles
        .active
        .retain(|role| role.assignment_type == "activated");
    let access = if args.owner {
        Access::Owner
    } else {
        Access::Member
    };
    let results: Vec<_> = args
        .groups
        .iter()
        .map(|name| {
            judge(name, &roles.active, access, |role| {
                client.ask(Wish {
                    action: "selfDeactivate",
                    role,
                    schedule_info: &Value::Null,
                    justification: args.why.as_deref(),
                    ticket: None,
                    validate: false,
                })
            })
        })
        .collect();
    Ok(show(&results, output, |_| "deactivated".to_owned()))
}
