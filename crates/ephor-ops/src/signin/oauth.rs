//! What applications are given: codes, tokens and their refreshing, device codes (RFC 6749, 7636, 8628).
//!
//! Everything handed out is known here by its hash alone. Each works once; one that comes twice ends what
//! the first gave (T-41). A refusal is an answer that is committed, for what it used up stays used.

use std::collections::{BTreeMap, BTreeSet};

use ephor_core::effective::DEPTH_MAX;
use ephor_core::id::{ApplicationId, GroupId, SessionId};
use ephor_core::principal::{AccountState, User};
use ephor_core::signin::application::{Application, GroupsClaim};
use ephor_core::signin::context::{ContextId, Needs};
use ephor_core::signin::event::{DeviceAnswer, SessionEnd, SignInEvent};
use ephor_core::signin::refresh::{self, Refresh};
use ephor_core::signin::session::{Session, SessionKind};
use ephor_core::signin::strength::Strength;
use ephor_core::tenant::Tenant;
use ephor_core::time::{Instant, Length};
use ephor_store::{ReadTx, SigningKey, StoreError, Ticket, TicketKind, Tx};
use serde::{Deserialize, Serialize};

use super::condition::Asked;
use super::key::{Purpose, signer};
use super::session::{self, From};
use super::{application, note};
use crate::OpResult;

/// A code is good for this long.
pub const CODE_LIFETIME: Length = Length::seconds(60);
/// A request for one may wait so long for a sign-in.
pub const WAITING_MAX: Length = Length::minutes(30);
/// A device code is good for this long.
pub const DEVICE_LIFETIME: Length = Length::minutes(10);
/// How often a device may ask.
pub const DEVICE_INTERVAL: Length = Length::seconds(5);
/// An access token of a person is good for this long.
pub const ACCESS_LIFETIME: Length = Length::minutes(10);

/// Why an application gets nothing (RFC 6749 section 5.2, RFC 8628 section 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// What it showed is wrong, over, used, or another's.
    InvalidGrant,
    /// The device code was not answered yet.
    AuthorizationPending,
    /// It asks too often.
    SlowDown,
    /// The person said no.
    AccessDenied,
    /// The device code is over.
    ExpiredToken,
}

/// A request for a code, as it was checked at the edge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ask {
    /// For which application.
    pub application: ApplicationId,
    /// Where the code is to be sent.
    pub redirect_uri: String,
    /// PKCE's challenge, S256.
    pub challenge: String,
    /// What the application wants to find in the ID token.
    pub nonce: Option<String>,
    /// What the application wants to find with the code.
    pub state: Option<String>,
    /// The permissions and OpenID scopes that are given.
    pub scopes: Vec<String>,
    /// The authentication contexts that are asked for.
    pub contexts: Vec<ContextId>,
    /// How strong the sign-in must be.
    pub strength: Option<Strength>,
    /// How old it may be.
    pub max_age: Option<Length>,
    /// Whether it must be made anew, or none may be asked for.
    pub prompt: Prompt,
    /// Who is expected to sign in.
    pub hint: Option<String>,
    /// When it was asked.
    pub asked_at: Instant,
}

/// What an application wants its user to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Prompt {
    /// What is needed.
    Needed,
    /// Nothing.
    Nothing,
    /// A sign-in in any case.
    SignIn,
}

/// What comes of a request for a code.
#[derive(Debug, Clone)]
pub enum Authorized {
    /// The code was made.
    Code,
    /// Somebody must sign in, or show more: so strong, at or after this instant.
    SignIn {
        /// How strong.
        strength: Strength,
        /// Not before.
        not_before: Option<Instant>,
    },
}

/// Gives a code to whoever is signed in by this cookie, if they showed enough.
pub fn authorize(
    tx: &mut Tx<'_>,
    ask: &Ask,
    cookie: Option<&[u8; 32]>,
    code: &[u8; 32],
) -> OpResult<Authorized> {
    let now = tx.now();
    let live = match cookie {
        Some(cookie) => tx.session_of_cookie(cookie)?.map(|live| live.session),
        None => None,
    };
    let needs = needed(tx, ask, live.as_ref())?;
    let (strength, frequency) = match needs {
        Needs::Nothing => (Strength::Single, None),
        Needs::SignIn {
            strength,
            frequency,
        } => (strength, frequency.age_max()),
        // Whatever is shown, it is not to be had; the code comes without it.
        Needs::Never => (Strength::Single, None),
    };
    let strength = ask.strength.map_or(strength, |asked| asked.max(strength));
    let ages = frequency.into_iter().chain(ask.max_age);
    // Whoever signed in after the request was made is fresh, however long the request waits.
    let by_age = ages.min().map(|age| now.minus(age).min(ask.asked_at));
    let not_before = match ask.prompt {
        Prompt::SignIn => Some(ask.asked_at),
        Prompt::Needed | Prompt::Nothing => by_age,
    };
    let enough = live.filter(|session| {
        let fresh = not_before.is_none_or(|from| {
            let shown_at = if strength > Strength::Single {
                session.strong_at
            } else {
                session.signed_in_at
            };
            shown_at >= from
        });
        session.strength() >= strength && fresh
    });
    let Some(browser) = enough else {
        return Ok(Authorized::SignIn {
            strength,
            not_before,
        });
    };
    tx.keep_ticket(&Ticket {
        kind: TicketKind::Code,
        hash: *code,
        other: None,
        user: Some(browser.user),
        session: Some(browser.id),
        until: now.plus(CODE_LIFETIME).unwrap_or(now),
        used_at: None,
        document: json(ask)?,
    })?;
    Ok(Authorized::Code)
}

/// What the contexts that are asked for need of whoever is signed in here. Whoever is not known yet signs in first,
/// and is asked for more when it is known who they are.
fn needed(tx: &ReadTx<'_>, ask: &Ask, live: Option<&Session>) -> OpResult<Needs> {
    let Some(session) = live.filter(|_| !ask.contexts.is_empty()) else {
        return Ok(Needs::Nothing);
    };
    let asked = Asked::of(tx, session.user, session.address.as_deref())?;
    Ok(ask
        .contexts
        .iter()
        .map(|id| asked.by(*id).needs)
        .fold(Needs::Nothing, Needs::and))
}

/// Keeps a request for a code while somebody signs in.
pub fn wait(tx: &mut Tx<'_>, ask: &Ask, hash: [u8; 32]) -> OpResult<()> {
    let until = tx.now().plus(WAITING_MAX).unwrap_or(tx.now());
    Ok(tx.keep_ticket(&Ticket {
        kind: TicketKind::Authorization,
        hash,
        other: None,
        user: None,
        session: None,
        until,
        used_at: None,
        document: json(ask)?,
    })?)
}

/// A request that waited.
pub fn waiting(tx: &ReadTx<'_>, hash: &[u8; 32]) -> OpResult<Option<Ask>> {
    match tx.ticket(TicketKind::Authorization, hash)? {
        Some(ticket) => Ok(Some(read(&ticket.document)?)),
        None => Ok(None),
    }
}

/// What an application is given.
#[derive(Clone)]
pub struct Granted {
    /// The session that the tokens belong to.
    pub session: Session,
    /// In whose name.
    pub user: User,
    /// In which tenant.
    pub tenant: Tenant,
    /// To which application.
    pub application: Application,
    /// What it may ask for.
    pub scopes: Vec<String>,
    /// The authentication contexts that the sign-in satisfied.
    pub contexts: Vec<ContextId>,
    /// What the application wants to find in the ID token.
    pub nonce: Option<String>,
    /// The groups for the ID token, and when the earliest membership in them ends.
    pub groups: Option<Groups>,
    /// When it was given.
    pub issued_at: Instant,
    /// Until when the access token is good.
    pub expires_at: Instant,
    /// What signs the access token.
    pub access_key: SigningKey,
    /// What signs the ID token.
    pub id_key: SigningKey,
}

/// The groups that an ID token names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    /// Each group, direct or through others.
    pub groups: Vec<GroupId>,
    /// When the earliest of the memberships ends.
    pub until: Option<Instant>,
}

/// What a refresh token stands for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Family {
    application: ApplicationId,
    scopes: Vec<String>,
    contexts: Vec<ContextId>,
}

/// Gives tokens for a code, once. `matches` says whether PKCE's verifier fits the challenge.
pub fn exchange(
    tx: &mut Tx<'_>,
    application: &Application,
    code: &[u8; 32],
    redirect_uri: &str,
    matches: impl FnOnce(&str) -> bool,
    refresh: &[u8; 32],
    from: &From,
) -> OpResult<Result<Granted, Denied>> {
    let Some(ticket) = tx.ticket(TicketKind::Code, code)? else {
        return Ok(Err(Denied::InvalidGrant));
    };
    let ask: Ask = read(&ticket.document)?;
    if ask.application != application.id {
        return Ok(Err(Denied::InvalidGrant));
    }
    if !tx.use_ticket(TicketKind::Code, code)? {
        // What the first use gave is in the hands of one of two: nobody keeps it.
        end_family(tx, ticket.session)?;
        return Ok(Err(Denied::InvalidGrant));
    }
    if ask.redirect_uri != redirect_uri || !matches(&ask.challenge) {
        return Ok(Err(Denied::InvalidGrant));
    }
    let browser = match ticket.session {
        Some(id) => tx.session(id)?,
        None => None,
    };
    let Some(browser) = browser.map(|live| live.session) else {
        return Ok(Err(Denied::InvalidGrant));
    };
    let kind = SessionKind::Application(application.id);
    let family = open_family(tx, &browser, kind, Some(browser.id), from)?;
    // From here on the ticket names what it gave, so that a second use ends that.
    tx.keep_ticket(&Ticket {
        session: Some(family.id),
        ..ticket
    })?;
    let rest = Family {
        application: application.id,
        scopes: ask.scopes,
        contexts: session::satisfied(tx, &family, &ask.contexts)?,
    };
    keep_refresh(tx, &family, &rest, refresh)?;
    grant(tx, application, family, rest, ask.nonce)
}

fn end_family(tx: &mut Tx<'_>, family: Option<SessionId>) -> OpResult<()> {
    if let Some(id) = family
        && let Some(live) = tx.session(id)?
        && live.session.kind != SessionKind::Browser
    {
        session::end(tx, &live.session, SessionEnd::Reused)?;
    }
    Ok(())
}

fn open_family(
    tx: &mut Tx<'_>,
    browser: &Session,
    kind: SessionKind,
    parent: Option<SessionId>,
    from: &From,
) -> OpResult<Session> {
    let now = tx.now();
    let family = Session {
        id: SessionId::fresh(tx.ids()),
        kind,
        parent,
        made_at: now,
        seen_at: now,
        until: now.plus(Session::APPLICATION_LIFETIME).unwrap_or(now),
        address: from.address.clone(),
        agent: from.agent.clone(),
        ..browser.clone()
    };
    tx.keep_session(&family, None)?;
    note(
        tx,
        Some(family.user),
        SignInEvent::SignedIn {
            session: family.id,
            kind,
            methods: family.methods.clone(),
        },
    )?;
    Ok(family)
}

fn keep_refresh(
    tx: &mut Tx<'_>,
    session: &Session,
    family: &Family,
    hash: &[u8; 32],
) -> OpResult<()> {
    Ok(tx.keep_ticket(&Ticket {
        kind: TicketKind::Refresh,
        hash: *hash,
        other: None,
        user: Some(session.user),
        session: Some(session.id),
        until: session.until,
        used_at: None,
        document: json(family)?,
    })?)
}

/// Gives new tokens for a refresh token, and its successor; `successor` is made of the token itself, so that
/// an answer that was lost can be given again.
pub fn refresh(
    tx: &mut Tx<'_>,
    application: &Application,
    token: &[u8; 32],
    successor: &[u8; 32],
) -> OpResult<Result<Granted, Denied>> {
    let Some(ticket) = tx.ticket(TicketKind::Refresh, token)? else {
        return Ok(Err(Denied::InvalidGrant));
    };
    let family: Family = read(&ticket.document)?;
    let live = match ticket.session {
        Some(id) => tx.session(id)?,
        None => None,
    };
    let Some(session) = live.map(|live| live.session) else {
        return Ok(Err(Denied::InvalidGrant));
    };
    if family.application != application.id {
        return Ok(Err(Denied::InvalidGrant));
    }
    let next = tx.ticket(TicketKind::Refresh, successor)?;
    let successor_used = next.and_then(|next| next.used_at);
    match refresh::judge(ticket.used_at, successor_used, tx.now()) {
        Refresh::Rotate => {
            tx.use_ticket(TicketKind::Refresh, token)?;
            keep_refresh(tx, &session, &family, successor)?;
            session::seen(tx, &session)?;
        }
        Refresh::Again => {}
        Refresh::Reused => {
            end_family(tx, Some(session.id))?;
            return Ok(Err(Denied::InvalidGrant));
        }
    }
    let contexts = session::satisfied(tx, &session, &family.contexts)?;
    grant(
        tx,
        application,
        session,
        Family { contexts, ..family },
        None,
    )
}

/// Ends the family of a refresh token, whoever shows it (RFC 7009).
pub fn give_back(tx: &mut Tx<'_>, application: ApplicationId, token: &[u8; 32]) -> OpResult<()> {
    let Some(ticket) = tx.ticket(TicketKind::Refresh, token)? else {
        return Ok(());
    };
    let family: Family = read(&ticket.document)?;
    let live = match ticket.session {
        Some(id) if family.application == application => tx.session(id)?,
        Some(_) | None => None,
    };
    match live {
        Some(live) => session::end(tx, &live.session, SessionEnd::SignedOut),
        None => Ok(()),
    }
}

fn grant(
    tx: &Tx<'_>,
    application: &Application,
    session: Session,
    family: Family,
    nonce: Option<String>,
) -> OpResult<Result<Granted, Denied>> {
    let Some(user) = tx.user(session.user)? else {
        return Ok(Err(Denied::InvalidGrant));
    };
    let issued_at = tx.now();
    let groups = match application.groups_claim {
        GroupsClaim::None => None,
        GroupsClaim::All => Some(groups_of(tx, user.id)?),
    };
    let expires_at = issued_at
        .plus(ACCESS_LIFETIME)
        .map_or(session.until, |end| end.min(session.until));
    Ok(Ok(Granted {
        user,
        tenant: crate::tenant::get(tx)?,
        application: application.clone(),
        scopes: family.scopes,
        contexts: family.contexts,
        nonce,
        groups,
        issued_at,
        expires_at,
        access_key: signer(tx, Purpose::Access)?,
        id_key: signer(tx, Purpose::Id)?,
        session,
    }))
}

/// Every group that somebody is a member of now, and when the earliest of these memberships ends. Of
/// several ways into a group the one that lasts longest counts (T-21, R-H4).
pub fn groups_of(tx: &ReadTx<'_>, user: ephor_core::id::PrincipalId) -> Result<Groups, StoreError> {
    let mut best: BTreeMap<GroupId, Option<Instant>> = BTreeMap::new();
    let mut open = vec![(user, None::<Instant>)];
    for _ in 0..DEPTH_MAX {
        let mut further = Vec::new();
        for (principal, until) in open {
            for (group, ends_at) in tx.memberships(principal)? {
                let through = earlier(until, ends_at);
                let longer = match best.get(&group) {
                    None => true,
                    Some(known) => earlier(*known, through) == *known && *known != through,
                };
                if longer {
                    best.insert(group, through);
                    further.push((group.into(), through));
                }
            }
        }
        open = further;
    }
    Ok(Groups {
        until: best.values().copied().fold(None, earlier),
        groups: best.into_keys().collect(),
    })
}

/// The earlier of two ends; `None` is never.
fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (end, None) | (None, end) => end,
    }
}

/// What an application is given in its own name.
#[derive(Clone)]
pub struct OwnGrant {
    /// The application.
    pub application: Application,
    /// In which tenant.
    pub tenant: Tenant,
    /// When it was given.
    pub issued_at: Instant,
    /// Until when it is good.
    pub expires_at: Instant,
    /// What signs it.
    pub key: SigningKey,
}

/// An access token of an application in its own name is good for this long: known clients ask anew at every
/// call when little is left.
pub const OWN_LIFETIME: Length = Length::minutes(60);

/// Gives an application that proved itself a token in its own name.
///
/// `None` where it has no account to act by, or one that is disabled.
pub fn grant_own(tx: &ReadTx<'_>, application: Application) -> OpResult<Option<OwnGrant>> {
    let issued_at = tx.now();
    let account = tx.service_principal(application.principal)?;
    if account.is_none_or(|account| account.account == AccountState::Disabled) {
        return Ok(None);
    }
    Ok(Some(OwnGrant {
        application,
        tenant: crate::tenant::get(tx)?,
        issued_at,
        expires_at: issued_at.plus(OWN_LIFETIME).unwrap_or(issued_at),
        key: signer(tx, Purpose::Access)?,
    }))
}

/// A device that asks for a code.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// The application on it.
    pub application: ApplicationId,
    /// What it wants to do.
    pub scopes: Vec<String>,
    /// From where it asks.
    pub address: Option<String>,
    /// What was answered.
    pub answer: Option<DeviceAnswer>,
    /// Whose session it is, once it was confirmed.
    pub session: Option<SessionId>,
    /// When it asked last.
    pub asked_at: Option<Instant>,
}

/// Keeps a device code, and the code that its user types.
pub fn start_device(
    tx: &mut Tx<'_>,
    device: &Device,
    device_code: [u8; 32],
    user_code: [u8; 32],
) -> OpResult<()> {
    let until = tx.now().plus(DEVICE_LIFETIME).unwrap_or(tx.now());
    Ok(tx.keep_ticket(&Ticket {
        kind: TicketKind::Device,
        hash: device_code,
        other: Some(user_code),
        user: None,
        session: None,
        until,
        used_at: None,
        document: json(device)?,
    })?)
}

/// The device that waits under a user code, with its application.
pub fn device(tx: &ReadTx<'_>, user_code: &[u8; 32]) -> OpResult<Option<(Device, Application)>> {
    let Some(ticket) = tx.ticket_by_other(TicketKind::Device, user_code)? else {
        return Ok(None);
    };
    let device: Device = read(&ticket.document)?;
    if device.answer.is_some() {
        return Ok(None);
    }
    let application = application::find(tx, device.application)?;
    Ok(application.map(|application| (device, application)))
}

/// Answers a device, in a browser's session; the user code is used up by it.
pub fn answer_device(
    tx: &mut Tx<'_>,
    browser: &Session,
    user_code: &[u8; 32],
    answer: DeviceAnswer,
) -> OpResult<bool> {
    let Some(ticket) = tx.ticket_by_other(TicketKind::Device, user_code)? else {
        return Ok(false);
    };
    let mut device: Device = read(&ticket.document)?;
    device.answer = Some(answer);
    if answer == DeviceAnswer::Confirmed {
        let from = From {
            address: device.address.clone(),
            agent: None,
        };
        let kind = SessionKind::Device(device.application);
        device.session = Some(open_family(tx, browser, kind, None, &from)?.id);
    }
    tx.keep_ticket(&Ticket {
        other: None,
        user: Some(browser.user),
        session: device.session,
        document: json(&device)?,
        ..ticket
    })?;
    note(
        tx,
        Some(browser.user),
        SignInEvent::DeviceAnswered {
            application: device.application,
            answer,
        },
    )?;
    Ok(true)
}

/// A device asks whether it was answered.
pub fn poll_device(
    tx: &mut Tx<'_>,
    application: &Application,
    device_code: &[u8; 32],
    refresh: &[u8; 32],
) -> OpResult<Result<Granted, Denied>> {
    let Some(ticket) = tx.ticket(TicketKind::Device, device_code)? else {
        return Ok(Err(Denied::ExpiredToken));
    };
    let mut device: Device = read(&ticket.document)?;
    if device.application != application.id {
        return Ok(Err(Denied::InvalidGrant));
    }
    let now = tx.now();
    let before = device.asked_at.replace(now);
    match device.answer {
        None => {
            tx.keep_ticket(&Ticket {
                document: json(&device)?,
                ..ticket
            })?;
            // A little less than what is asked for, for networks that are not even.
            let soon = Length::seconds(3);
            let hasty = before.is_some_and(|before| now.since(before) < soon);
            Ok(Err(if hasty {
                Denied::SlowDown
            } else {
                Denied::AuthorizationPending
            }))
        }
        Some(DeviceAnswer::Denied) => Ok(Err(Denied::AccessDenied)),
        Some(DeviceAnswer::Confirmed) => {
            if !tx.use_ticket(TicketKind::Device, device_code)? {
                end_family(tx, device.session)?;
                return Ok(Err(Denied::InvalidGrant));
            }
            let live = match device.session {
                Some(id) => tx.session(id)?,
                None => None,
            };
            let Some(session) = live.map(|live| live.session) else {
                return Ok(Err(Denied::InvalidGrant));
            };
            let family = Family {
                application: application.id,
                scopes: device.scopes,
                contexts: Vec::new(),
            };
            keep_refresh(tx, &session, &family, refresh)?;
            grant(tx, application, session, family, None)
        }
    }
}

/// The scopes that an application is given of those it asks for: OpenID's, and the permissions that were
/// given to it. `.default` asks for all of them.
pub fn scopes(application: &Application, asked: &str) -> Vec<String> {
    let mut given = BTreeSet::new();
    for scope in asked.split(' ').filter(|scope| !scope.is_empty()) {
        if matches!(scope, "openid" | "profile" | "email" | "offline_access") {
            given.insert(scope.to_owned());
            continue;
        }
        let bare = scope.rsplit('/').next().unwrap_or(scope);
        if bare == ".default" {
            given.extend(application.permissions.iter().cloned());
        } else if let Some(own) = application
            .permissions
            .iter()
            .find(|own| own.eq_ignore_ascii_case(bare))
        {
            given.insert(own.clone());
        }
    }
    given.into_iter().collect()
}

fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|wrong| StoreError::Damaged(format!("a ticket can't be written: {wrong}")))
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text)
        .map_err(|wrong| StoreError::Damaged(format!("a ticket can't be read: {wrong}")))
}
