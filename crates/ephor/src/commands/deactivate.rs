//! `ephor deactivate`: ends activations before their time.

use ephor_core::schedule::ScheduleKind;
use serde_json::Value;

use super::roles::{chosen, each, named_or_asked, show};
use crate::cli::DeactivateArgs;
use crate::client::{Client, Given, Wish};
use crate::failure::Exit;
use crate::output::Output;

/// Ends each of them in turn.
pub(crate) fn run(args: &DeactivateArgs, output: &Output) -> anyhow::Result<Exit> {
    named_or_asked(&args.groups)?;
    let client = Client::new(args.server.server.as_deref())?;
    let mut roles = client.my_roles()?;
    roles
        .active
        .retain(|role| role.assignment_type == "activated");
    let access = super::access(args.owner);
    let asked = chosen(
        &args.groups,
        &roles.active,
        access,
        "Which activations do you end?",
    )?;
    let answers = each(asked, |role| {
        client.ask(Wish {
            kind: ScheduleKind::Active,
            action: "selfDeactivate",
            group: &role.group,
            access: &role.access,
            scope: role.scope.as_deref(),
            principal: None,
            schedule_info: &Value::Null,
            given: Given {
                justification: args.why.as_deref(),
                ticket: None,
            },
        })
    });
    Ok(show(&answers, output, |_| "deactivated".to_owned()))
}
