//! Applications and service principals into rows.

use ephor_core::principal::{AccountState, ServicePrincipal};
use ephor_core::signin::event::SignInEvent;

use super::schedules;
use crate::StoreError;
use crate::audit::text;
use crate::fold::fold;
use crate::tx::Tx;

/// What of an event around sign-in is about programs. A deleted one keeps its row, so that the record and what
/// was granted keep its name; it has nothing any more.
pub(crate) fn project(tx: &Tx<'_>, entry: &SignInEvent) -> Result<(), StoreError> {
    match entry {
        SignInEvent::ApplicationDeleted { application, at } => tx
            .execute(
                "UPDATE applications SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL",
                &[(*application).into(), (*at).into()],
            )
            .map(drop),
        SignInEvent::ServicePrincipalMade { service_principal }
        | SignInEvent::ServicePrincipalChanged {
            after: service_principal,
            ..
        } => kept(tx, service_principal),
        SignInEvent::ServicePrincipalDeleted {
            service_principal,
            at,
        } => {
            // The client id may have a service principal again: its own is kept beside the name.
            tx.execute(
                "UPDATE service_principals SET deleted_at = $2, app_id = id
                 WHERE id = $1 AND deleted_at IS NULL",
                &[(*service_principal).into(), (*at).into()],
            )?;
            schedules::principal_gone(tx, *service_principal, *at)
        }
        _ => Ok(()),
    }
}

fn kept(tx: &Tx<'_>, made: &ServicePrincipal) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO service_principals (id, app_id, display_name, display_name_key, account_enabled,
             created_at, document)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET display_name = excluded.display_name,
             display_name_key = excluded.display_name_key, account_enabled = excluded.account_enabled,
             document = excluded.document",
        &[
            made.id.into(),
            ephor_core::id::PrincipalId::from_uuid(made.app_id).into(),
            made.display_name.as_str().into(),
            fold(made.display_name.as_str()).into(),
            (made.account == AccountState::Enabled).into(),
            made.created_at.into(),
            text(made)?.into(),
        ],
    )
    .map(drop)
}
