//! What somebody signs in by: authenticators, passkeys, recovery codes, passwords, one-time reset codes.

use ephor_core::authority::Operation;
use ephor_core::event::Attempt;
use ephor_core::id::{CredentialId, PrincipalId, SessionId};
use ephor_core::principal::{User, UserPrincipalName};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::signin::attempts::Attempts;
use ephor_core::signin::event::{PasswordChange, PasswordChangedBy, SessionEnd, SignInEvent};
use ephor_core::signin::strength::Method;
use ephor_core::time::{Instant, Length};
use ephor_store::{Credential, CredentialKind, ReadTx, Ticket, TicketKind, Tx};

use super::attempt::subject_of;
use super::{note, session};
use crate::authorise::{About, authorise};
use crate::{OpError, OpResult};

/// A one-time reset code is good for this long.
pub const RESET_LIFETIME: Length = Length::minutes(10);
/// So many recovery codes are made at a time.
pub const RECOVERY_CODES: usize = 10;
/// Nobody needs more passkeys or authenticators.
pub const METHODS_MAX: usize = 20;

/// What somebody can show.
#[derive(Clone, Default)]
pub struct Methods {
    /// When the password was set, where there is one.
    pub password: Option<Instant>,
    /// The rest.
    pub credentials: Vec<Credential>,
}

impl Methods {
    /// Those of a kind.
    pub fn of(&self, kind: CredentialKind) -> impl Iterator<Item = &Credential> {
        self.credentials
            .iter()
            .filter(move |credential| credential.kind == kind)
    }

    /// Whether there is a second factor, so that a password alone is not enough.
    pub fn has_second_factor(&self) -> bool {
        self.of(CredentialKind::Totp).next().is_some()
            || self.of(CredentialKind::Passkey).next().is_some()
    }
}

/// What somebody can show.
pub fn list(tx: &ReadTx<'_>, user: PrincipalId) -> OpResult<Methods> {
    Ok(Methods {
        password: tx.password_changed_at(user)?,
        credentials: tx.credentials(user)?,
    })
}

const fn method_of(kind: CredentialKind) -> Method {
    match kind {
        CredentialKind::Totp => Method::Totp,
        CredentialKind::Passkey => Method::Passkey,
        CredentialKind::Recovery => Method::RecoveryCode,
    }
}

/// A method to be added.
#[derive(Clone)]
pub struct NewMethod {
    /// What.
    pub kind: CredentialKind,
    /// What its owner calls it.
    pub name: String,
    /// By what it is found.
    pub handle: Option<Vec<u8>>,
    /// The secret, wrapped.
    pub secret: Vec<u8>,
    /// The step of the one-time password that it was confirmed with: it counts once.
    pub step: i64,
}

/// Adds a sign-in method; every other session ends.
pub fn add(
    tx: &mut Tx<'_>,
    user: PrincipalId,
    here: SessionId,
    new: NewMethod,
) -> OpResult<CredentialId> {
    if tx.credentials(user)?.len() >= METHODS_MAX + RECOVERY_CODES {
        return Err(Refusal::new(
            Code::QuotaExceeded,
            format!("you have {METHODS_MAX} sign-in methods already"),
        )
        .hint("remove one first")
        .into());
    }
    if let Some(handle) = &new.handle
        && tx.credential_of_handle(new.kind, handle)?.is_some()
    {
        return Err(
            Refusal::new(Code::KeyExists, "this sign-in method is registered already").into(),
        );
    }
    let id = CredentialId::fresh(tx.ids());
    tx.keep_credential(&Credential {
        id,
        user,
        kind: new.kind,
        name: new.name,
        created_at: tx.now(),
        used_at: None,
        last_step: new.step,
        handle: new.handle,
        secret: new.secret,
    })?;
    let method = method_of(new.kind);
    note(tx, Some(user), SignInEvent::MethodAdded { method, id })?;
    session::end_others(tx, user, here, SessionEnd::MethodChanged)?;
    Ok(id)
}

/// Takes a sign-in method away; every other session ends.
pub fn remove(
    tx: &mut Tx<'_>,
    user: PrincipalId,
    here: Option<SessionId>,
    id: CredentialId,
) -> OpResult<()> {
    let kind = tx
        .credentials(user)?
        .into_iter()
        .find(|credential| credential.id == id)
        .map(|credential| credential.kind);
    let Some(kind) = kind else {
        return Err(Refusal::not_found(id).into());
    };
    tx.drop_credential(user, id)?;
    let method = method_of(kind);
    note(tx, Some(user), SignInEvent::MethodRemoved { method, id })?;
    match here {
        Some(here) => session::end_others(tx, user, here, SessionEnd::MethodChanged),
        None => {
            tx.note_reset(user)?;
            session::end_all(tx, user, SessionEnd::EndedByAdministrator)
        }
    }
}

/// Puts new recovery codes in the place of the old ones: `hashes` of them.
pub fn renew_recovery_codes(
    tx: &mut Tx<'_>,
    user: PrincipalId,
    hashes: &[[u8; 32]],
) -> OpResult<()> {
    for old in tx.credentials(user)? {
        if old.kind == CredentialKind::Recovery {
            tx.drop_credential(user, old.id)?;
        }
    }
    for hash in hashes {
        let id = CredentialId::fresh(tx.ids());
        tx.keep_credential(&Credential {
            id,
            user,
            kind: CredentialKind::Recovery,
            name: String::new(),
            created_at: tx.now(),
            used_at: None,
            last_step: 0,
            handle: Some(hash.to_vec()),
            secret: Vec::new(),
        })?;
    }
    note(tx, Some(user), SignInEvent::RecoveryCodesMade)
}

/// Uses up a recovery code, if it is one of theirs, and says since when it was.
pub fn use_recovery_code(
    tx: &mut Tx<'_>,
    user: PrincipalId,
    hash: &[u8; 32],
) -> OpResult<Option<Instant>> {
    match tx.credential_of_handle(CredentialKind::Recovery, hash)? {
        Some(code) if code.user == user => {
            let used = tx.drop_credential(user, code.id)?;
            Ok(used.then_some(code.created_at))
        }
        Some(_) | None => Ok(None),
    }
}

/// Takes a one-time password's step, once over all nodes (T-35).
pub fn take_step(tx: &mut Tx<'_>, id: CredentialId, step: i64) -> OpResult<bool> {
    Ok(tx.take_step(id, step)?)
}

/// A passkey was used: what changed of it is kept; a counter that went back is written down.
pub fn passkey_used(
    tx: &mut Tx<'_>,
    mut credential: Credential,
    secret: Option<Vec<u8>>,
    counter_back: bool,
) -> OpResult<()> {
    credential.used_at = Some(tx.now());
    if let Some(secret) = secret {
        credential.secret = secret;
    }
    tx.keep_credential(&credential)?;
    if counter_back {
        let id = credential.id;
        note(
            tx,
            Some(credential.user),
            SignInEvent::PasskeyCounterBack { id },
        )?;
    }
    // A passkey opens what guesses at the password closed (T-34).
    tx.keep_attempts(&subject_of(credential.user), Attempts::default())?;
    Ok(())
}

/// Sets somebody's password. Where its owner did it in a session, that one goes on.
pub fn set_password(
    tx: &mut Tx<'_>,
    user: PrincipalId,
    hash: &str,
    by: PasswordChangedBy,
    here: Option<SessionId>,
) -> OpResult<()> {
    tx.keep_password_hash(user, hash)?;
    if by == PasswordChangedBy::SomebodyElse {
        tx.note_reset(user)?;
    }
    note(tx, Some(user), SignInEvent::PasswordChanged { by })?;
    tx.keep_attempts(&subject_of(user), Attempts::default())?;
    match here {
        Some(here) => session::end_others(tx, user, here, SessionEnd::MethodChanged),
        None => session::end_all(tx, user, SessionEnd::MethodChanged),
    }
}

/// Asks somebody to set another password at the next sign-in with theirs, or asks it no more.
pub fn ask_for_change(tx: &mut Tx<'_>, user: PrincipalId, change: PasswordChange) -> OpResult<()> {
    if tx.password_change(user)? == change || tx.password_hash(user)?.is_none() {
        return Ok(());
    }
    tx.ask_for_password_change(user, change)?;
    note(tx, Some(user), SignInEvent::PasswordChangeAsked { change })
}

/// A password's hash was made stronger; nothing else changed.
pub fn rehash(tx: &mut Tx<'_>, user: PrincipalId, before: &str, after: &str) -> OpResult<()> {
    if tx.password_hash(user)?.as_deref() == Some(before) {
        tx.keep_password_hash(user, after)?;
    }
    Ok(())
}

/// Starts a reset of somebody's password (`ephor user reset`): the operator hands the code on, and never
/// learns the password.
pub fn reset(
    tx: &mut Tx<'_>,
    name: &UserPrincipalName,
    hash: [u8; 32],
) -> OpResult<(User, Instant)> {
    let attempt = Attempt {
        operation: Operation::ResetPassword.name().to_owned(),
        group: None,
        access: None,
        definition: None,
        principal: None,
        detail: Some(name.to_string()),
    };
    let reset = |tx: &mut Tx<'_>| -> OpResult<(User, Instant)> {
        let caller = tx.caller().clone();
        authorise(tx, &caller, Operation::ResetPassword, About::NOTHING)?;
        let user = tx
            .user_by_name(name)?
            .ok_or_else(|| Refusal::new(Code::NotFound, format!("there is no user `{name}`")))?;
        let until = make_reset_code(tx, &user, hash)?;
        Ok((user, until))
    };
    reset(tx).map_err(|error: OpError| error.at(attempt))
}

/// Makes a one-time code by which its owner sets a new password: everything of theirs ends.
pub fn make_reset_code(tx: &mut Tx<'_>, user: &User, hash: [u8; 32]) -> OpResult<Instant> {
    session::end_all(tx, user.id, SessionEnd::EndedByAdministrator)?;
    tx.note_reset(user.id)?;
    // A reset is what opens an account that guesses have closed (T-34).
    tx.keep_attempts(&subject_of(user.id), Attempts::default())?;
    let until = tx.now().plus(RESET_LIFETIME).unwrap_or(tx.now());
    tx.keep_ticket(&Ticket {
        kind: TicketKind::Reset,
        hash,
        other: None,
        user: Some(user.id),
        session: None,
        until,
        used_at: None,
        document: "{}".to_owned(),
    })?;
    note(tx, Some(user.id), SignInEvent::ResetCodeMade { until })?;
    Ok(until)
}

/// Uses up a reset code, if it is theirs.
pub fn use_reset_code(tx: &mut Tx<'_>, user: PrincipalId, hash: &[u8; 32]) -> OpResult<bool> {
    match tx.ticket(TicketKind::Reset, hash)? {
        Some(ticket) if ticket.user == Some(user) => Ok(tx.use_ticket(TicketKind::Reset, hash)?),
        Some(_) | None => Ok(false),
    }
}
