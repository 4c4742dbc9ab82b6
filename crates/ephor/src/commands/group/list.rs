//! `ephor group list`: the groups under management.

use serde_json::json;

use crate::cli::GroupListArgs;
use crate::client::Client;
use crate::failure::Exit;
use crate::output::Output;

/// Lists them.
pub(super) fn run(args: &GroupListArgs, output: &Output) -> anyhow::Result<Exit> {
    let groups = Client::new(args.server.server.as_deref())?.managed()?;
    let rows = groups.iter().map(super::row);
    output.print(&json!({ "groups": rows.collect::<Vec<_>>() }), |output| {
        if groups.is_empty() {
            output.data("No group is under management yet.");
            return;
        }
        let rows = groups
            .iter()
            .map(|group| {
                vec![
                    group.name.clone(),
                    super::kind(group),
                    group.description.clone().unwrap_or_default(),
                ]
            })
            .collect();
        output.table("", &["group", "kind", "what for"], rows);
    });
    Ok(Exit::Done)
}
