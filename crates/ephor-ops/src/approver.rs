//! Who may decide on a request: people, found anew each time one asks (R-F1, R-F3; T-01).
//!
//! Approvers are expanded when it is decided, never from a list that was made when the request was. Whoever
//! asked, whoever it is for, and every account linked to one of them are never among those who decide.

use std::collections::BTreeSet;

use ephor_core::caller::Caller;
use ephor_core::id::PrincipalId;
use ephor_core::policy::Approver;
use ephor_core::principal::{AccountState, PrincipalKind};
use ephor_core::query::Query;
use ephor_core::request::{ApprovalNeed, ScheduleRequest};
use ephor_store::ReadTx;

use crate::OpResult;

/// The people whom these approvers stand for now: named ones, and active members of named groups through
/// any nesting; accounts that may be used.
pub(crate) fn people(tx: &ReadTx<'_>, approvers: &[Approver]) -> OpResult<BTreeSet<PrincipalId>> {
    let mut named = Vec::new();
    let mut people = BTreeSet::new();
    let every = Query {
        top: u32::MAX,
        ..Query::default()
    };
    for approver in approvers {
        match approver {
            Approver::User { id, .. } => named.push(*id),
            Approver::GroupMembers { id, .. } => {
                let members = tx.list_transitive_members(*id, &every)?.rows;
                people.extend(
                    members
                        .into_iter()
                        .filter(|member| {
                            member.reference.kind == PrincipalKind::User
                                && member.account == AccountState::Enabled
                        })
                        .map(|member| member.reference.id),
                );
            }
        }
    }
    let named = tx.principals(&named)?;
    people.extend(
        named
            .into_iter()
            .filter(|person| {
                person.reference.kind == PrincipalKind::User
                    && person.account == AccountState::Enabled
            })
            .map(|person| person.reference.id),
    );
    Ok(people)
}

/// Every account of the principal and of whoever asked.
pub(crate) fn identities(
    tx: &ReadTx<'_>,
    principal: PrincipalId,
    asker: Option<PrincipalId>,
) -> OpResult<BTreeSet<PrincipalId>> {
    let mut all = BTreeSet::from([principal]);
    all.extend(asker);
    for one in [Some(principal), asker].into_iter().flatten() {
        all.extend(tx.linked_accounts(one)?);
    }
    Ok(all)
}

/// Whether the caller may decide on this request for activation now, whatever its state.
pub(crate) fn may_decide(
    tx: &ReadTx<'_>,
    caller: &Caller,
    request: &ScheduleRequest,
) -> OpResult<bool> {
    let Some(me) = caller.user() else {
        return Ok(false);
    };
    if request.approval != ApprovalNeed::Asked {
        return Ok(false);
    }
    let policy = tx.policy(request.role)?;
    let approvers = people(
        tx,
        &policy.rules.activation.approval.stage.primary_approvers,
    )?;
    let identities = identities(tx, request.principal, request.created_by.user())?;
    Ok(approvers.contains(&me) && !identities.contains(&me))
}
