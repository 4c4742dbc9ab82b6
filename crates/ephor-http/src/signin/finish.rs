//! A sign-in under way, from the first thing that was shown to a session.

use std::sync::Arc;

use ephor_core::id::PrincipalId;
use ephor_core::signin::event::PasswordChange;
use ephor_core::signin::session::Shown;
use ephor_core::signin::strength::{Method, Strength};
use ephor_core::time::{Instant, Length};
use ephor_ops::OpResult;
use ephor_ops::signin::session::{self, From};
use ephor_ops::signin::{attempt, method};
use ephor_store::{ReadTx, StoreError, Ticket, TicketKind, Tx};
use serde::{Deserialize, Serialize};

use super::pages::{self, GoOn};
use super::visitor::{Cookie, hash, secret};
use super::{Demand, factor, new_password};
use crate::door::{Reply, Visit};
use crate::error::HttpError;
use crate::state::App;

/// A sign-in may take this long.
const FLOW_LIFETIME: Length = Length::minutes(15);

/// A sign-in under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Flow {
    /// Whose it is.
    pub(super) user: PrincipalId,
    /// What was shown.
    pub(super) methods: Vec<Method>,
    /// Since when the oldest authenticator or passkey among what was shown is theirs.
    #[serde(default)]
    pub(super) enrolled_at: Option<Instant>,
    /// When the last of it was shown, where that was before now.
    #[serde(default)]
    pub(super) at: Option<Instant>,
    /// The issuer of the other provider whose word was shown.
    #[serde(default)]
    pub(super) provider: Option<String>,
    /// What it is for.
    pub(super) demand: Demand,
}

impl Flow {
    /// Something more was shown: an authenticator or passkey that is theirs since `enrolled_at`.
    pub(super) fn add(&mut self, method: Method, enrolled_at: Instant) {
        self.methods.push(method);
        self.at = None;
        let since = self.enrolled_at.unwrap_or(enrolled_at);
        self.enrolled_at = Some(since.min(enrolled_at));
    }

    /// The flow of a browser, where there is one.
    pub(super) fn read(tx: &ReadTx<'_>, cookie: &[u8; 32]) -> OpResult<Option<Self>> {
        let Some(ticket) = tx.ticket(TicketKind::Flow, cookie)? else {
            return Ok(None);
        };
        let flow = serde_json::from_str(&ticket.document)
            .map_err(|wrong| StoreError::Damaged(format!("a sign-in can't be read: {wrong}")))?;
        Ok(Some(flow))
    }

    pub(super) fn keep(&self, tx: &mut Tx<'_>, cookie: [u8; 32]) -> OpResult<()> {
        let document = serde_json::to_string(self)
            .map_err(|wrong| StoreError::Damaged(format!("a sign-in can't be kept: {wrong}")))?;
        let until = tx.now().plus(FLOW_LIFETIME).unwrap_or(tx.now());
        Ok(tx.keep_ticket(&Ticket {
            kind: TicketKind::Flow,
            hash: cookie,
            other: None,
            user: Some(self.user),
            session: None,
            until,
            used_at: None,
            document,
        })?)
    }
}

/// What comes after something was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// The session began; where the browser goes on.
    Done(String),
    /// A second factor is needed.
    Factor,
    /// Another password is to be set first.
    NewPassword,
}

/// What is still missing of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Nothing,
    Factor,
    NewPassword,
}

/// The secrets that a sign-in needs on its way, made before the transaction.
#[derive(Debug, Clone)]
pub(super) struct Secrets {
    /// The session's cookie.
    pub(super) session: String,
    /// The next flow's.
    pub(super) flow: String,
    /// The session's cookie that the browser has, where it has one.
    before: Option<String>,
    from: From,
}

impl Secrets {
    pub(super) fn for_visit(visit: &Visit) -> Self {
        Self {
            session: secret(),
            flow: secret(),
            before: visit.cookie(Cookie::Session),
            from: visit.from(),
        }
    }
}

/// Something was shown: the session begins, or goes on to the second factor.
pub(super) fn shown(
    tx: &mut Tx<'_>,
    flow: Flow,
    network: Option<&str>,
    secrets: &Secrets,
) -> OpResult<Next> {
    match missing(tx, &flow, secrets)? {
        Missing::Nothing => {}
        Missing::Factor => {
            flow.keep(tx, hash(&secrets.flow))?;
            return Ok(Next::Factor);
        }
        Missing::NewPassword => {
            flow.keep(tx, hash(&secrets.flow))?;
            return Ok(Next::NewPassword);
        }
    }
    let before = secrets.before.as_deref().map(hash);
    session::begin(
        tx,
        flow.user,
        &Shown {
            methods: flow.methods,
            enrolled_at: flow.enrolled_at,
            at: flow.at,
            provider: flow.provider,
        },
        &hash(&secrets.session),
        before.as_ref(),
        &secrets.from,
    )?;
    attempt::forgive(tx, &attempt::subject_of(flow.user), network)?;
    Ok(Next::Done(flow.demand.return_to))
}

/// What is missing of a sign-in: a second factor where there is one, and another password where that was asked for
/// of whoever signs in by this one.
pub(super) fn missing(tx: &ReadTx<'_>, flow: &Flow, secrets: &Secrets) -> OpResult<Missing> {
    let stepping_up = match secrets.before.as_deref().map(hash) {
        Some(before) => tx
            .session_of_cookie(&before)?
            .is_some_and(|live| live.session.user == flow.user),
        None => false,
    };
    if Strength::of(&flow.methods) == Strength::Single
        && method::list(tx, flow.user)?.has_second_factor()
        && !is_second_alone(flow, stepping_up)
    {
        return Ok(Missing::Factor);
    }
    let is_asked = tx.password_change(flow.user)? != PasswordChange::NotAsked;
    Ok(if is_asked && flow.methods.contains(&Method::Password) {
        Missing::NewPassword
    } else {
        Missing::Nothing
    })
}

/// Whoever is signed in already shows the second factor alone.
fn is_second_alone(flow: &Flow, stepping_up: bool) -> bool {
    stepping_up
        && matches!(
            flow.methods.as_slice(),
            [Method::Totp | Method::RecoveryCode]
        )
}

/// Sends the browser on.
pub(super) fn reply(app: &Arc<App>, next: &Next, secrets: &Secrets) -> Reply {
    match next {
        Next::Factor => {
            Reply::redirect(factor::ADDRESS).cookie(Cookie::Flow.set(app, &secrets.flow))
        }
        Next::NewPassword => {
            Reply::redirect(new_password::ADDRESS).cookie(Cookie::Flow.set(app, &secrets.flow))
        }
        // A page in between, because a form's answer may not lead to another site, and an application's
        // address is one.
        Next::Done(to) => pages::page(&GoOn { to })
            .cookie(Cookie::Session.set(app, &secrets.session))
            .cookie(Cookie::Flow.clear(app)),
    }
}

/// How long until something is judged again, in words.
pub(super) fn later(seconds: i64) -> String {
    let shown = if seconds < 90 {
        format!("{} seconds", seconds.max(1))
    } else {
        format!("{} minutes", (seconds + 59) / 60)
    };
    format!("There were too many attempts. Try again in {shown}.")
}

/// Where attempts are closed.
pub(super) const CLOSED: &str = "There were too many attempts. Use a passkey, or ask an administrator for a code for a new password.";

/// For handlers that answer a script.
pub(super) fn script_reply(app: &Arc<App>, next: &Next, secrets: &Secrets) -> Reply {
    match next {
        Next::Factor => Reply::json(serde_json::json!({"to": factor::ADDRESS}))
            .cookie(Cookie::Flow.set(app, &secrets.flow)),
        Next::NewPassword => Reply::json(serde_json::json!({"to": new_password::ADDRESS}))
            .cookie(Cookie::Flow.set(app, &secrets.flow)),
        Next::Done(to) => Reply::json(serde_json::json!({"to": to}))
            .cookie(Cookie::Session.set(app, &secrets.session))
            .cookie(Cookie::Flow.clear(app)),
    }
}

/// What a script is told where it can't go on.
pub(super) fn script_refusal(text: &str) -> HttpError {
    HttpError::bad_request(text)
}
