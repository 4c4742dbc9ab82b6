//! The audit log, as it may be read (R-I2).

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_store::{AuditEntry, AuditQuery, ReadTx};

use crate::OpResult;
use crate::authorise::{About, authorise};

/// Entries of the whole log, newest first.
pub fn list(tx: &ReadTx<'_>, caller: &Caller, query: &AuditQuery) -> OpResult<Vec<AuditEntry>> {
    authorise(tx, caller, Operation::ReadAudit, About::NOTHING)?;
    Ok(tx.list_audit(query)?)
}
