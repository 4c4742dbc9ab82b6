//! The audit log, as it may be read: a group's, one's own, or all of it (R-I2).

pub mod export;

use ephor_core::authority::Operation;
use ephor_core::caller::{Actor, Caller};
use ephor_core::event::{AuditForm, Event};
use ephor_core::id::PrincipalId;
use ephor_core::refusal::{Code, Refusal};
use ephor_core::role::{ObjectId, RoleKind};
use ephor_store::{AuditEntry, AuditQuery, ReadTx, Tx};

use crate::OpResult;
use crate::access::is_known;
use crate::authorise::{About, authorise, has_permission};

/// Which part of the log to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// What is about the caller, and what they did (*My audit*).
    Mine,
    /// What is about this group, also one that was deleted (*Resource audit*).
    Object(ObjectId),
    /// Everything.
    All,
}

/// Entries of a view that fit the query, newest first. The query narrows the view down, it never widens it.
pub fn view(
    tx: &ReadTx<'_>,
    caller: &Caller,
    view: View,
    query: &AuditQuery,
) -> OpResult<Vec<AuditEntry>> {
    let query = narrowed(tx, caller, view, query)?;
    let mut entries = tx.list_audit(&query)?;
    if let (View::Mine, Some(me)) = (view, caller.user()) {
        for entry in &mut entries {
            without_others_traces(entry, me);
        }
    }
    Ok(entries)
}

/// The query within a view that the caller may read.
fn narrowed(
    tx: &ReadTx<'_>,
    caller: &Caller,
    view: View,
    query: &AuditQuery,
) -> OpResult<AuditQuery> {
    let mut query = query.clone();
    match view {
        View::All => {
            authorise(tx, caller, Operation::ReadAudit, About::NOTHING)?;
        }
        View::Object(object) => {
            let about = About::object_id(tx, object)?;
            authorise(tx, caller, Operation::ReadRoleAudit, about)?;
            is_known(tx, object)?;
            match object {
                ObjectId::Group(group) => query.group = Some(group),
                ObjectId::Directory(definition) => query.definition = Some(definition),
            }
        }
        View::Mine => {
            has_permission(caller, Operation::ReadMyAudit, RoleKind::Group)?;
            let me = caller.user().ok_or_else(|| {
                Refusal::new(
                    Code::Denied,
                    "this view is a person's own, and no person is signed in",
                )
            })?;
            let about = About::NOTHING.of(Some(me));
            authorise(tx, caller, Operation::ReadMyAudit, about)?;
            query.principal = Some(me);
        }
    }
    Ok(query)
}

/// Whether reading this leaves an entry: everybody's log does, and whatever is taken away as a file (T-51).
pub fn is_noted(view: View, form: AuditForm) -> bool {
    view == View::All || form != AuditForm::List
}

/// Records that the caller reads this, once for a query and not for each of its pages (T-51).
pub fn note(tx: &mut Tx<'_>, view: View, query: &AuditQuery, form: AuditForm) -> OpResult<()> {
    let query = narrowed(tx, &tx.caller().clone(), view, query)?;
    tx.record(&[Event::AuditRead {
        form,
        group: query.group,
        definition: query.definition,
        principal: query.principal,
        from: query.from,
        to: query.to,
    }])?;
    Ok(())
}

/// From where and with what somebody else did something is not for whom they did it to: who, when and what is.
fn without_others_traces(entry: &mut AuditEntry, me: PrincipalId) {
    let actor = entry.caller.get("actor").cloned();
    let mine = serde_json::to_value(Actor::User(me)).ok();
    if actor != mine {
        entry.caller = serde_json::json!({ "actor": actor });
    }
}

/// Entries of the whole log, newest first.
pub fn list(tx: &ReadTx<'_>, caller: &Caller, query: &AuditQuery) -> OpResult<Vec<AuditEntry>> {
    view(tx, caller, View::All, query)
}
