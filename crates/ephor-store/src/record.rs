//! THE door: an event is appended to the audit log, projected into rows, and put into the outbox, or none
//! of it happens. Nothing else changes a fact about access.

use ephor_core::event::Event;

use crate::StoreError;
use crate::project;
use crate::tx::Tx;
use crate::{audit, outbox};

/// Records one event under the transaction's caller.
pub(crate) fn record(tx: &mut Tx<'_>, event: &Event) -> Result<(), StoreError> {
    let caller_text = match tx.caller_text.take() {
        Some(text) => text,
        None => audit::caller_text(&tx.caller)?,
    };
    let appended = audit::append(
        &tx.read,
        &mut tx.progress.head,
        &tx.caller,
        &caller_text,
        event,
    );
    tx.caller_text = Some(caller_text);
    appended?;
    project::project(tx, event)?;
    if event.is_notice() {
        outbox::put(tx)?;
    }
    Ok(())
}
