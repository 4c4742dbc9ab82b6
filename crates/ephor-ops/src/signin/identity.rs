//! What other identity providers call people: linked by an administrator, by themselves in a session that shows who
//! they are, or with an account that is made at the first sign-in. Never by a name or a mail address.

use ephor_core::authority::Operation;
use ephor_core::event::{Attempt, Event};
use ephor_core::id::PrincipalId;
use ephor_core::principal::UserPrincipalName;
use ephor_core::refusal::{Code, Refusal};
use ephor_core::signin::event::{LinkedBy, SessionEnd, SignInEvent};
use ephor_core::text::DisplayName;
use ephor_store::{Identity, ReadTx, Tx};

use super::{note, session};
use crate::authorise::{About, authorise};
use crate::directory::NewUser;
use crate::{OpError, OpResult};

/// Whom a provider knows by this name.
pub fn find(tx: &ReadTx<'_>, issuer: &str, subject: &str) -> OpResult<Option<Identity>> {
    Ok(tx.identity(issuer, subject)?)
}

/// What other providers call somebody.
pub fn list(tx: &ReadTx<'_>, user: PrincipalId) -> OpResult<Vec<Identity>> {
    Ok(tx.identities_of(user)?)
}

/// Links an account with what a provider calls its owner, who is signed in to both.
pub fn link_own(tx: &mut Tx<'_>, user: PrincipalId, issuer: &str, subject: &str) -> OpResult<()> {
    linked(tx, user, issuer, subject, LinkedBy::Owner)
}

/// Links somebody's account with what a provider calls them (`ephor link`).
pub fn link(
    tx: &mut Tx<'_>,
    name: &UserPrincipalName,
    issuer: &str,
    subject: &str,
) -> OpResult<PrincipalId> {
    let attempt = Attempt {
        operation: Operation::LinkIdentity.name().to_owned(),
        group: None,
        access: None,
        definition: None,
        principal: None,
        detail: Some(name.to_string()),
    };
    let link = |tx: &mut Tx<'_>| -> OpResult<PrincipalId> {
        let caller = tx.caller().clone();
        authorise(tx, &caller, Operation::LinkIdentity, About::NOTHING)?;
        let user = tx
            .user_by_name(name)?
            .ok_or_else(|| Refusal::new(Code::NotFound, format!("there is no user `{name}`")))?;
        linked(tx, user.id, issuer, subject, LinkedBy::Administrator)?;
        Ok(user.id)
    };
    link(tx).map_err(|error: OpError| error.at(attempt))
}

fn linked(
    tx: &mut Tx<'_>,
    user: PrincipalId,
    issuer: &str,
    subject: &str,
    by: LinkedBy,
) -> OpResult<()> {
    match tx.identity(issuer, subject)? {
        Some(known) if known.user == user => return Ok(()),
        Some(_) => {
            return Err(Refusal::new(
                Code::KeyExists,
                "this account of the provider is linked with another account here",
            )
            .hint("take that link away first")
            .into());
        }
        None => {}
    }
    tx.keep_identity(issuer, subject, user)?;
    let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
    note(
        tx,
        Some(user),
        SignInEvent::IdentityLinked {
            issuer,
            subject,
            by,
        },
    )
}

/// Takes one of somebody's own links away; every session of theirs but this one ends.
pub fn unlink_own(
    tx: &mut Tx<'_>,
    user: PrincipalId,
    here: ephor_core::id::SessionId,
    issuer: &str,
    subject: &str,
) -> OpResult<()> {
    if !tx.drop_identity(issuer, subject, user)? {
        return Ok(());
    }
    let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
    note(
        tx,
        Some(user),
        SignInEvent::IdentityUnlinked { issuer, subject },
    )?;
    session::end_others(tx, user, here, SessionEnd::MethodChanged)
}

/// Makes an account for whoever signs in first through a provider that may bring people in. A name that somebody
/// has here is theirs, whatever the provider says.
pub fn provision(
    tx: &mut Tx<'_>,
    name: UserPrincipalName,
    display_name: DisplayName,
    issuer: &str,
    subject: &str,
) -> OpResult<PrincipalId> {
    crate::directory::user_name_is_free(tx, &name, None)?;
    let now = tx.now();
    let id = PrincipalId::fresh(tx.ids());
    let user = NewUser::named(name, display_name).into_user(id, now);
    tx.record(&[Event::UserCreated {
        user: Box::new(user),
    }])?;
    linked(tx, id, issuer, subject, LinkedBy::FirstSignIn)?;
    crate::directory::settled(tx, id)?;
    Ok(id)
}
