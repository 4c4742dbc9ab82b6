//! One attempt to sign in: counted before it is judged, in the store, so that neither a restart nor
//! another node forgets it (T-34, T-36).

use ephor_core::id::PrincipalId;
use ephor_core::principal::{AccountState, User, UserPrincipalName};
use ephor_core::signin::attempts::{Attempts, Judged, Trial};
use ephor_core::signin::event::{RefusedSignIn, SignInEvent};
use ephor_core::time::Instant;
use ephor_store::{ReadTx, Tx};

use super::note;
use crate::OpResult;

/// Who is trying, and from where.
#[derive(Debug, Clone)]
pub struct Trying {
    /// The name as it was typed, in its one form; `None` where it can't be anybody's.
    pub name: Option<UserPrincipalName>,
    /// What attempts under a name that nobody has are counted under.
    pub nameless: String,
    /// The network they come from.
    pub network: Option<String>,
}

/// What an attempt is judged by.
#[derive(Debug, Clone)]
pub struct Counted {
    /// What it was counted under.
    pub subject: String,
    /// The network it came from.
    pub network: Option<String>,
    /// Whose account it is, where it is somebody's and may be used.
    pub user: Option<User>,
    /// The hash to compare a password with.
    pub hash: Option<String>,
    /// Why it fails whatever is typed.
    pub fails: Option<RefusedSignIn>,
}

/// Whether an attempt is judged.
#[derive(Debug, Clone)]
pub enum Begun {
    /// It is.
    Counted(Box<Counted>),
    /// Not before this instant.
    Later(Instant),
    /// Not until a passkey or a reset opens the account again.
    Closed,
}

/// What attempts at an account are counted under.
pub fn subject_of(user: PrincipalId) -> String {
    format!("user:{user}")
}

/// Counts an attempt with a password.
pub fn begin(tx: &mut Tx<'_>, trying: &Trying) -> OpResult<Begun> {
    let user = match &trying.name {
        Some(name) => tx.user_by_name(name)?,
        None => None,
    };
    let subject = user
        .as_ref()
        .map_or_else(|| trying.nameless.clone(), |user| subject_of(user.id));
    if let Some(refused) = count(tx, &subject, trying.network.as_deref())? {
        let who = user.map(|user| user.id);
        let why = RefusedSignIn::TooMany;
        note(tx, who, SignInEvent::Refused { why })?;
        return Ok(refused);
    }
    let hash = match &user {
        Some(user) => tx.password_hash(user.id)?,
        None => None,
    };
    let fails = match (&user, &hash) {
        (None, _) => Some(RefusedSignIn::UnknownName),
        (Some(user), _) if user.account == AccountState::Disabled => Some(RefusedSignIn::Disabled),
        (Some(user), _) if tx.sessions_valid_from(user.id)?.is_none() => {
            Some(RefusedSignIn::Disabled)
        }
        (Some(_), None) => Some(RefusedSignIn::NoPassword),
        (Some(_), Some(_)) => None,
    };
    Ok(Begun::Counted(Box::new(Counted {
        subject,
        network: trying.network.clone(),
        user,
        hash,
        fails,
    })))
}

/// Counts an attempt with a code, of an account that is known.
pub fn begin_code(
    tx: &mut Tx<'_>,
    user: PrincipalId,
    network: Option<&str>,
) -> OpResult<Option<Begun>> {
    let refused = count(tx, &subject_of(user), network)?;
    if refused.is_some() {
        let why = RefusedSignIn::TooMany;
        note(tx, Some(user), SignInEvent::Refused { why })?;
    }
    Ok(refused)
}

/// Counts one under any name, such as guesses of a device's code; the answer says when it is not judged.
pub fn count(tx: &mut Tx<'_>, subject: &str, network: Option<&str>) -> OpResult<Option<Begun>> {
    let now = tx.now();
    let network = network.map(|network| format!("net:{network}"));
    let mut counters = vec![(subject.to_owned(), Trial::Account)];
    counters.extend(network.map(|network| (network, Trial::Network)));
    let mut counted = Vec::new();
    for (subject, trial) in counters {
        let attempts = tx.attempts(&subject)?;
        match attempts.judge(trial, now) {
            Judged::Now => counted.push((subject, attempts.with_one_more(now))),
            Judged::Later(until) => return Ok(Some(Begun::Later(until))),
            Judged::Never => return Ok(Some(Begun::Closed)),
        }
    }
    for (subject, attempts) in counted {
        tx.keep_attempts(&subject, attempts)?;
    }
    Ok(None)
}

/// Whether what a password was compared with still is the account's: comparing takes a while, and a reset or the
/// end of the account may have come in between.
pub fn still_holds(tx: &ReadTx<'_>, counted: &Counted) -> OpResult<bool> {
    let Some(user) = &counted.user else {
        return Ok(false);
    };
    let is_in_use = tx.sessions_valid_from(user.id)?.is_some();
    Ok(is_in_use && tx.password_hash(user.id)? == counted.hash)
}

/// It was right: nothing is counted against it any more.
pub fn forgive(tx: &mut Tx<'_>, subject: &str, network: Option<&str>) -> OpResult<()> {
    tx.keep_attempts(subject, Attempts::default())?;
    if let Some(network) = network {
        tx.keep_attempts(&format!("net:{network}"), Attempts::default())?;
    }
    Ok(())
}

/// It was wrong; it stays counted.
pub fn failed(tx: &mut Tx<'_>, user: Option<PrincipalId>, why: RefusedSignIn) -> OpResult<()> {
    note(tx, user, SignInEvent::Refused { why })
}

/// How often it was wrong in a row.
pub fn so_far(tx: &ReadTx<'_>, subject: &str) -> OpResult<Attempts> {
    Ok(tx.attempts(subject)?)
}
