//! `ephor group discover`: what can be brought under management, and why some can't (R-B1, R-B2).

use serde_json::json;

use crate::cli::GroupDiscoverArgs;
use crate::client::Client;
use crate::failure::Exit;
use crate::output::Output;

/// Lists them.
pub(super) fn run(args: &GroupDiscoverArgs, output: &Output) -> anyhow::Result<Exit> {
    let candidates = Client::new(args.server.server.as_deref())?.discover()?;
    let rows = candidates.iter().map(|one| {
        let mut row = super::row(&one.group);
        row["manageable"] = one.reason.is_none().into();
        row["reason"] = one.reason.clone().into();
        row
    });
    output.print(&json!({ "groups": rows.collect::<Vec<_>>() }), |output| {
        if candidates.is_empty() {
            output.data("There is no group that you may bring under management.");
            return;
        }
        let rows = candidates
            .iter()
            .map(|one| {
                vec![
                    one.group.name.clone(),
                    super::kind(&one.group),
                    match &one.reason {
                        None => "can be managed".to_owned(),
                        Some(reason) => reason.clone(),
                    },
                ]
            })
            .collect();
        output.table("", &["group", "kind", ""], rows);
    });
    Ok(Exit::Done)
}
