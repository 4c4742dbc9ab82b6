//! Sessions: begun, made stronger, listed, ended; and what one says of a caller at each request (T-38, T-42).

use ephor_core::caller::{Actor, Caller, Factor, Issuance};
use ephor_core::id::{PrincipalId, SessionId};
use ephor_core::principal::User;
use ephor_core::refusal::{Code, Refusal};
use ephor_core::signin::context::ContextId;
use ephor_core::signin::event::{SessionEnd, SignInEvent};
use ephor_core::signin::session::{Session, SessionKind, Shown};
use ephor_core::signin::strength::{Method, Strength};
use ephor_core::time::Length;
use ephor_store::{LiveSession, ReadTx, Tx};

use super::condition::Asked;
use super::note;
use crate::{OpError, OpResult};

/// Where a sign-in comes from, as it is shown in the list of sessions.
#[derive(Debug, Clone, Default)]
pub struct From {
    /// The address.
    pub address: Option<String>,
    /// What the browser or program calls itself.
    pub agent: Option<String>,
}

/// A session's account and what it is used for now.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// Whose.
    pub user: User,
}

/// Begins a session in a browser, or makes the one there is stronger: its cookie is a new one either way.
pub fn begin(
    tx: &mut Tx<'_>,
    user: PrincipalId,
    shown: &Shown,
    cookie: &[u8; 32],
    before: Option<&[u8; 32]>,
    from: &From,
) -> OpResult<Session> {
    let now = tx.now();
    let methods = shown.methods.as_slice();
    let shown_at = shown.at.map_or(now, |at| at.min(now));
    let before = match before {
        Some(before) => tx.session_of_cookie(before)?.map(|live| live.session),
        None => None,
    };
    let session = match before {
        Some(before) if before.user == user => {
            let mut all = before.methods.clone();
            all.extend(
                methods
                    .iter()
                    .filter(|method| !before.methods.contains(method)),
            );
            let was = before.strength();
            let now_shown = Strength::of(methods);
            let comes_to = Strength::of(&all);
            // Only what was shown now, or what it completes, is fresh.
            let second = [Method::Totp, Method::RecoveryCode]
                .iter()
                .any(|second| methods.contains(second));
            let completes = second && comes_to == Strength::MultiFactor;
            let strong_at = if now_shown >= comes_to || comes_to > was || completes {
                shown_at
            } else {
                before.strong_at
            };
            Session {
                methods: all,
                enrolled_at: [before.enrolled_at, shown.enrolled_at]
                    .into_iter()
                    .flatten()
                    .min(),
                signed_in_at: shown_at.max(before.signed_in_at),
                strong_at,
                seen_at: now,
                provider: shown.provider.clone().or(before.provider),
                ..before
            }
        }
        other => {
            if let Some(other) = other {
                end(tx, &other, SessionEnd::Replaced)?;
            }
            oldest_goes(tx, user)?;
            Session {
                id: SessionId::fresh(tx.ids()),
                user,
                kind: SessionKind::Browser,
                parent: None,
                methods: methods.to_vec(),
                enrolled_at: shown.enrolled_at,
                signed_in_at: shown_at,
                strong_at: shown_at,
                made_at: now,
                seen_at: now,
                until: now.plus(Session::BROWSER_LIFETIME).unwrap_or(now),
                address: from.address.clone(),
                agent: from.agent.clone(),
                provider: shown.provider.clone(),
            }
        }
    };
    tx.keep_session(&session, Some(cookie))?;
    note(
        tx,
        Some(user),
        SignInEvent::SignedIn {
            session: session.id,
            kind: session.kind,
            methods: methods.to_vec(),
        },
    )?;
    Ok(session)
}

fn oldest_goes(tx: &mut Tx<'_>, user: PrincipalId) -> OpResult<()> {
    let browsers: Vec<_> = tx
        .sessions_of(user)?
        .into_iter()
        .filter(|session| session.kind == SessionKind::Browser)
        .collect();
    for session in browsers.iter().skip(Session::BROWSERS_MAX - 1) {
        end(tx, session, SessionEnd::TooMany)?;
    }
    Ok(())
}

/// The session of a browser's cookie, with its account.
pub fn of_cookie(tx: &ReadTx<'_>, cookie: &[u8; 32]) -> OpResult<Option<SignedIn>> {
    let Some(live) = tx.session_of_cookie(cookie)? else {
        return Ok(None);
    };
    let user = tx.user(live.session.user)?;
    Ok(user.map(|user| SignedIn {
        session: live.session,
        user,
    }))
}

/// A browser's session was used. It is written down once a minute.
pub fn seen(tx: &mut Tx<'_>, session: &Session) -> OpResult<()> {
    let now = tx.now();
    if let Some(until) = now.plus(session.idle()) {
        tx.session_seen(session.id, until)?;
    }
    Ok(())
}

/// Whether [`seen`] is worth a write.
pub fn is_worth_noting(session: &Session, now: ephor_core::time::Instant) -> bool {
    now.since(session.seen_at) > Length::minutes(1)
}

/// The caller of this request as their session says it in this transaction: refused where it has ended,
/// the account is disabled or gone, or everything of it was ended since (T-38). How they signed in is read
/// off the session, not off the token (T-42). `hold` is for how long somebody else's reset holds them back.
pub fn check(tx: &ReadTx<'_>, caller: &Caller, hold: Length) -> OpResult<Caller> {
    let ended = || {
        OpError::from(Refusal::new(
            Code::NotSignedIn,
            "the session of this access token has ended",
        ))
    };
    let user = match caller.actor {
        Actor::User(user) => user,
        // Whether it is still registered is asked with what it may do.
        Actor::Application(_) | Actor::Operator | Actor::System => return Ok(caller.clone()),
    };
    match (caller.issuance, caller.session) {
        (Issuance::Local, _) => Ok(caller.clone()),
        (Issuance::Operator, _) => {
            let valid_from = tx.sessions_valid_from(user)?.ok_or_else(ended)?;
            match caller.issued_at {
                Some(issued_at) if issued_at >= valid_from => Ok(caller.clone()),
                Some(_) | None => Err(ended()),
            }
        }
        (Issuance::SignedIn, None) => Err(ended()),
        (Issuance::SignedIn, Some(id)) => {
            let LiveSession {
                session, reset_at, ..
            } = tx.session(id)?.ok_or_else(ended)?;
            if session.user != user {
                return Err(ended());
            }
            let now = tx.now();
            let mut contexts = caller.contexts.clone();
            if !contexts.is_empty() {
                let asked = Asked::of(tx, user, caller.address.as_deref())?;
                contexts.retain(|context| {
                    context
                        .parse()
                        .is_ok_and(|id| asked.by(id).is_satisfied_by(&session, now))
                });
            }
            Ok(Caller {
                factor: session.strength().factor(),
                contexts,
                held_until: session
                    .held_until(reset_at, hold)
                    .filter(|until| now < *until),
                ..caller.clone()
            })
        }
    }
}

/// Refused where the caller is a person who showed no second factor in the last quarter of an hour (T-42); a device
/// code's session never did (T-37). Applications have none to show.
pub fn is_fresh(tx: &ReadTx<'_>, caller: &Caller) -> OpResult<()> {
    let now = tx.now();
    let fresh = match (caller.actor, caller.issuance, caller.session) {
        (Actor::Application(_) | Actor::Operator | Actor::System, _, _)
        | (Actor::User(_), Issuance::Local, _) => true,
        (Actor::User(_), Issuance::Operator, _) => {
            let lately = |at| now.since(at) <= Session::FRESH;
            caller.factor == Factor::Multi && caller.issued_at.is_some_and(lately)
        }
        (Actor::User(_), Issuance::SignedIn, None) => false,
        (Actor::User(_), Issuance::SignedIn, Some(id)) => tx.session(id)?.is_some_and(|live| {
            let session = live.session;
            session.can_step_up() && session.is_strong(Strength::MultiFactor, Session::FRESH, now)
        }),
    };
    if fresh {
        return Ok(());
    }
    Err(Refusal::new(
        Code::SignInTooOld,
        "this takes a second factor that was shown in the last 15 minutes",
    )
    .hint("sign in once more, with a second factor")
    .into())
}

/// Those of these contexts that a session satisfies now.
pub fn satisfied(
    tx: &ReadTx<'_>,
    session: &Session,
    wanted: &[ContextId],
) -> OpResult<Vec<ContextId>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let asked = Asked::of(tx, session.user, session.address.as_deref())?;
    let now = tx.now();
    Ok(wanted
        .iter()
        .copied()
        .filter(|id| asked.by(*id).is_satisfied_by(session, now))
        .collect())
}

/// Somebody's own sessions.
pub fn list(tx: &ReadTx<'_>, user: PrincipalId) -> OpResult<Vec<Session>> {
    Ok(tx.sessions_of(user)?)
}

/// Ends a session and what came from it.
pub fn end(tx: &mut Tx<'_>, session: &Session, why: SessionEnd) -> OpResult<()> {
    if tx.end_session(session.id)? > 0 {
        let entry = SignInEvent::SessionEnded {
            session: session.id,
            why,
        };
        note(tx, Some(session.user), entry)?;
    }
    Ok(())
}

/// Ends one of somebody's own sessions; one that is not theirs is none.
pub fn end_own(tx: &mut Tx<'_>, user: PrincipalId, id: SessionId) -> OpResult<()> {
    match tx.session(id)? {
        Some(live) if live.session.user == user => end(tx, &live.session, SessionEnd::EndedByUser),
        Some(_) | None => Ok(()),
    }
}

/// Ends everything of somebody: sessions, tokens, and codes that wait (`revokeSignInSessions`).
pub fn end_all(tx: &mut Tx<'_>, user: PrincipalId, why: SessionEnd) -> OpResult<()> {
    tx.end_sessions(user)?;
    let at = tx.now();
    note(tx, Some(user), SignInEvent::SessionsRevoked { at, why })
}

/// Ends every session of somebody but this one, which showed that it is theirs.
pub fn end_others(
    tx: &mut Tx<'_>,
    user: PrincipalId,
    keep: SessionId,
    why: SessionEnd,
) -> OpResult<()> {
    for session in tx.sessions_of(user)? {
        if session.id != keep && session.parent != Some(keep) {
            end(tx, &session, why)?;
        }
    }
    Ok(())
}
