//! What administrators, and people for themselves, do about sign-in through the API (R-A7).

use ephor_core::authority::Operation;
use ephor_core::caller::{Actor, Caller};
use ephor_core::credential::Change;
use ephor_core::event::Attempt;
use ephor_core::id::{CredentialId, PrincipalId};
use ephor_core::refusal::Refusal;
use ephor_core::signin::event::SessionEnd;
use ephor_store::{CredentialKind, ReadTx, Tx};

use super::method::{self, Methods};
use super::session;
use crate::authorise::{About, authorise};
use crate::{OpError, OpResult, credential};

const fn about(user: PrincipalId) -> About {
    About::user(user).of(Some(user))
}

fn attempt(operation: Operation, user: PrincipalId) -> Attempt {
    Attempt {
        operation: operation.name().to_owned(),
        group: None,
        access: None,
        definition: None,
        principal: Some(user),
        detail: None,
    }
}

/// What somebody signs in by.
pub fn methods(tx: &ReadTx<'_>, caller: &Caller, user: PrincipalId) -> OpResult<Methods> {
    authorise(tx, caller, Operation::ReadMethods, about(user))?;
    exists(tx, user)?;
    method::list(tx, user)
}

fn exists(tx: &ReadTx<'_>, user: PrincipalId) -> OpResult<()> {
    match tx.user(user)? {
        Some(_) => Ok(()),
        None => Err(Refusal::not_found(user).into()),
    }
}

/// Takes a sign-in method of somebody away; all their sessions end.
pub fn remove_method(
    tx: &mut Tx<'_>,
    user: PrincipalId,
    id: CredentialId,
    is_asked_for: impl FnOnce(CredentialKind) -> bool,
) -> OpResult<()> {
    let removed = |tx: &mut Tx<'_>| -> OpResult<()> {
        let caller = tx.caller().clone();
        authorise(tx, &caller, Operation::RemoveMethod, about(user))?;
        exists(tx, user)?;
        credential::may_change(tx, &caller, Change::Factors, user)?;
        let kind = tx
            .credentials(user)?
            .into_iter()
            .find(|credential| credential.id == id)
            .map(|credential| credential.kind);
        match kind {
            Some(kind) if is_asked_for(kind) => method::remove(tx, user, None, id),
            Some(_) | None => Err(Refusal::not_found(id).into()),
        }
    };
    removed(tx).map_err(|error: OpError| error.at(attempt(Operation::RemoveMethod, user)))
}

/// Ends every session and token of somebody.
pub fn revoke_sessions(tx: &mut Tx<'_>, user: PrincipalId) -> OpResult<()> {
    let revoked = |tx: &mut Tx<'_>| -> OpResult<()> {
        let caller = tx.caller().clone();
        authorise(tx, &caller, Operation::RevokeSessions, about(user))?;
        exists(tx, user)?;
        let change = match caller.actor {
            // Programs set no passwords, but may end the sessions of whoever holds nothing.
            Actor::Application(_) => Change::Sensitive,
            Actor::User(_) | Actor::Operator | Actor::System => Change::Password,
        };
        credential::may_change(tx, &caller, change, user)?;
        let why = if caller.user() == Some(user) {
            SessionEnd::EndedByUser
        } else {
            SessionEnd::EndedByAdministrator
        };
        session::end_all(tx, user, why)
    };
    revoked(tx).map_err(|error: OpError| error.at(attempt(Operation::RevokeSessions, user)))
}
