//! `ephor cancel`: withdraws requests that wait or have not begun (R-E4, R-F5).

use super::pending::{self, ByName};
use crate::cli::CancelArgs;
use crate::client::Client;
use crate::failure::Exit;
use crate::output::Output;
use crate::pick;

/// Withdraws each of them in turn.
pub(crate) fn run(args: &CancelArgs, output: &Output) -> anyhow::Result<Exit> {
    if args.ids.is_empty() && !pick::can_ask() {
        return Err(pick::missing("ID").into());
    }
    let client = Client::new(args.server.server.as_deref())?;
    let chosen = pending::chosen(
        &client,
        &args.ids,
        ByName::Yes,
        || client.my_open_requests(),
        "What do you cancel?",
    )?;
    let done = pending::each(&client, chosen, "Canceled", |request| {
        client.cancel(request)
    });
    Ok(pending::show(&done, output, "cancelled"))
}
