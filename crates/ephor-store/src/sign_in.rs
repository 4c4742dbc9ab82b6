//! What sign-in remembers: applications, sessions, sign-in methods, tickets, and attempts.
//!
//! These rows are housekeeping, no facts about access: what happened is told by `Event::SignIn`. No secret
//! is kept readable: tickets, cookies and client secrets as hashes, the rest wrapped by the master key
//! before it comes here.

use ephor_core::id::{ApplicationId, CredentialId, PrincipalId, SessionId};
use ephor_core::principal::ServicePrincipal;
use ephor_core::query::{Page, ProgramField, Query};
use ephor_core::signin::application::{Application, ClientSecret};
use ephor_core::signin::attempts::Attempts;
use ephor_core::signin::condition::{Condition, ConditionKind};
use ephor_core::signin::event::PasswordChange;
use ephor_core::signin::session::Session;
use ephor_core::time::{Instant, Length};

use crate::audit::text;
use crate::query::fields;
use crate::query::filter::{KeyedList, List, Sql};
use crate::sql::{Row, Value};
use crate::tx::{ReadTx, SigningKey, Tx};
use crate::{StoreError, code};

/// What is handed out once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TicketKind {
    /// A sign-in under way in a browser.
    Flow,
    /// A request for a code, which waits for a sign-in.
    Authorization,
    /// An authorization code.
    Code,
    /// A refresh token.
    Refresh,
    /// A device code; `other` is its user code.
    Device,
    /// A challenge for a passkey.
    Challenge,
    /// A one-time code for a new password.
    Reset,
    /// The id of a client's assertion.
    Assertion,
    /// A sign-in at another identity provider.
    Upstream,
}

impl TicketKind {
    const fn code(self) -> i64 {
        match self {
            Self::Flow => 1,
            Self::Authorization => 2,
            Self::Code => 3,
            Self::Refresh => 4,
            Self::Device => 5,
            Self::Challenge => 6,
            Self::Reset => 7,
            Self::Assertion => 8,
            Self::Upstream => 9,
        }
    }
}

/// Something that was handed out once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// What.
    pub kind: TicketKind,
    /// SHA-256 of its secret.
    pub hash: [u8; 32],
    /// SHA-256 of a second secret that it is found by.
    pub other: Option<[u8; 32]>,
    /// Whose.
    pub user: Option<PrincipalId>,
    /// The session that it belongs to, or gave.
    pub session: Option<SessionId>,
    /// Until when it counts.
    pub until: Instant,
    /// When it was used.
    pub used_at: Option<Instant>,
    /// What else is known of it: JSON.
    pub document: String,
}

const fn condition_kind(kind: ConditionKind) -> i64 {
    match kind {
        ConditionKind::Context => 1,
        ConditionKind::Policy => 2,
        ConditionKind::Location => 3,
        ConditionKind::Strength => 4,
    }
}

/// What kind of sign-in method a credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialKind {
    /// An authenticator that shows one-time passwords.
    Totp,
    /// A passkey.
    Passkey,
    /// A recovery code.
    Recovery,
}

impl CredentialKind {
    const fn code(self) -> i64 {
        match self {
            Self::Totp => 1,
            Self::Passkey => 2,
            Self::Recovery => 3,
        }
    }

    fn of(code: i64) -> Result<Self, StoreError> {
        match code {
            1 => Ok(Self::Totp),
            2 => Ok(Self::Passkey),
            3 => Ok(Self::Recovery),
            other => Err(StoreError::Damaged(format!("{other} is no credential"))),
        }
    }
}

/// What somebody signs in by.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its id.
    pub id: CredentialId,
    /// Whose.
    pub user: PrincipalId,
    /// What.
    pub kind: CredentialKind,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub created_at: Instant,
    /// When it was last used.
    pub used_at: Option<Instant>,
    /// The last step of a one-time password that was taken (T-35).
    pub last_step: i64,
    /// By what it is found: a passkey's id, a recovery code's hash.
    pub handle: Option<Vec<u8>>,
    /// The secret, wrapped.
    pub secret: Vec<u8>,
}

/// What another provider calls somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider's issuer.
    pub issuer: String,
    /// The name there.
    pub subject: String,
    /// Whose.
    pub user: PrincipalId,
    /// Since when.
    pub linked_at: Instant,
}

fn identity(row: &Row<'_>) -> Result<Identity, StoreError> {
    Ok(Identity {
        issuer: row.text(0)?.to_owned(),
        subject: row.text(1)?.to_owned(),
        user: PrincipalId::from_uuid(row.id(2)?),
        linked_at: row.instant(3)?,
    })
}

/// A session as it stands in this transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSession {
    /// It.
    pub session: Session,
    /// When everything of its user was ended last.
    pub valid_from: Instant,
    /// When somebody else last reset its user's sign-in; long ago where nobody ever did.
    pub reset_at: Instant,
}

/// A session in force, with one more condition.
macro_rules! live_session {
    ($condition:literal) => {
        concat!(
            "SELECT s.document, s.idle_until, s.until, u.sessions_valid_from, u.reset_at
     FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.ended_at IS NULL AND s.until > $now AND s.idle_until > $now
         AND u.deleted_at IS NULL AND u.account_enabled = 1 ",
            $condition
        )
    };
}

fn session(row: &Row<'_>) -> Result<LiveSession, StoreError> {
    let mut session: Session = row.json(0)?;
    let idle_until = row.instant(1)?;
    session.until = row.instant(2)?;
    session.seen_at = idle_until.minus(session.idle()).max(session.seen_at);
    Ok(LiveSession {
        session,
        valid_from: row.instant(3)?,
        reset_at: row.instant(4)?,
    })
}

fn credential(row: &Row<'_>) -> Result<Credential, StoreError> {
    Ok(Credential {
        id: CredentialId::from_uuid(row.id(0)?),
        user: PrincipalId::from_uuid(row.id(1)?),
        kind: CredentialKind::of(row.int(2)?)?,
        name: row.text(3)?.to_owned(),
        created_at: row.instant(4)?,
        used_at: row.maybe_instant(5)?,
        last_step: row.int(6)?,
        handle: row.maybe_bytes(7)?.map(<[u8]>::to_vec),
        secret: row.bytes(8)?.to_vec(),
    })
}

fn hash(bytes: &[u8]) -> Result<[u8; 32], StoreError> {
    bytes
        .try_into()
        .map_err(|_| StoreError::Damaged("a hash has not 32 bytes".into()))
}

fn ticket(kind: TicketKind, row: &Row<'_>) -> Result<Ticket, StoreError> {
    Ok(Ticket {
        kind,
        hash: hash(row.bytes(0)?)?,
        other: row.maybe_bytes(1)?.map(hash).transpose()?,
        user: row.maybe_id(2)?.map(PrincipalId::from_uuid),
        session: row.maybe_id(3)?.map(SessionId::from_uuid),
        until: row.instant(4)?,
        used_at: row.maybe_instant(5)?,
        document: row.text(6)?.to_owned(),
    })
}

/// The end of all that was issued to somebody: also part of disabling and deleting them, so that nothing of it
/// works again when they come back.
pub(crate) fn signed_out(tx: &Tx<'_>, user: PrincipalId) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE users SET sessions_valid_from = $2 WHERE id = $1",
        &[user.into(), tx.now().into()],
    )?;
    tx.execute(
        "UPDATE sessions SET ended_at = $now, secret = NULL WHERE user_id = $1 AND ended_at IS NULL",
        &[user.into()],
    )?;
    tx.execute("DELETE FROM tickets WHERE user_id = $1", &[user.into()])
        .map(drop)
}

impl ReadTx<'_> {
    /// A registered application.
    pub fn application(&self, id: ApplicationId) -> Result<Option<Application>, StoreError> {
        self.one(
            "SELECT document FROM applications WHERE id = $1 AND deleted_at IS NULL",
            &[id.into()],
            |row| row.json(0),
        )
    }

    /// The application with this id as an object of the directory.
    pub fn application_object(&self, id: uuid::Uuid) -> Result<Option<Application>, StoreError> {
        self.one(
            "SELECT document FROM applications WHERE object_id = $1 AND deleted_at IS NULL",
            &[PrincipalId::from_uuid(id).into()],
            |row| row.json(0),
        )
    }

    /// Applications, a page of them.
    pub fn list_applications(
        &self,
        query: &Query<ProgramField>,
    ) -> Result<Page<Application>, StoreError> {
        List {
            select: Sql::new("SELECT a.document FROM applications a WHERE a.deleted_at IS NULL"),
            count: Sql::new("SELECT COUNT(*) FROM applications a WHERE a.deleted_at IS NULL"),
            tie: "a.created_at, a.id",
        }
        .read(self, query, fields::application, |row| row.json(0))
    }

    /// A service principal.
    pub fn service_principal(
        &self,
        id: PrincipalId,
    ) -> Result<Option<ServicePrincipal>, StoreError> {
        self.one(
            "SELECT document FROM service_principals WHERE id = $1 AND deleted_at IS NULL",
            &[id.into()],
            |row| row.json(0),
        )
    }

    /// The service principal of an application, by its client id.
    pub fn service_principal_of(
        &self,
        app: uuid::Uuid,
    ) -> Result<Option<ServicePrincipal>, StoreError> {
        self.one(
            "SELECT document FROM service_principals WHERE app_id = $1 AND deleted_at IS NULL",
            &[PrincipalId::from_uuid(app).into()],
            |row| row.json(0),
        )
    }

    /// Service principals, a page of them.
    pub fn list_service_principals(
        &self,
        query: &Query<ProgramField>,
    ) -> Result<Page<ServicePrincipal>, StoreError> {
        KeyedList {
            select: Sql::new(
                "SELECT p.document, p.number FROM service_principals p WHERE p.deleted_at IS NULL",
            ),
            count: Sql::new("SELECT COUNT(*) FROM service_principals p WHERE p.deleted_at IS NULL"),
            key: "p.number",
            key_at: 1,
        }
        .read(self, query, fields::service_principal, |row| row.json(0))
    }

    /// What may be told of an application's secrets that are good now or will be, oldest first.
    pub fn known_secrets(&self, id: ApplicationId) -> Result<Vec<ClientSecret>, StoreError> {
        self.all(
            "SELECT key_id, display_name, starts_at, until FROM client_secrets
             WHERE application_id = $1 AND until > $now AND key_id IS NOT NULL ORDER BY starts_at, key_id",
            &[id.into()],
            |row| {
                Ok(ClientSecret {
                    key: row.id(0)?,
                    name: row.maybe_text(1)?.map(str::to_owned),
                    from: row.instant(2)?,
                    until: row.instant(3)?,
                })
            },
        )
    }

    /// The hashes of an application's secrets that are good now.
    pub fn client_secrets(&self, id: ApplicationId) -> Result<Vec<[u8; 32]>, StoreError> {
        self.all(
            "SELECT hash FROM client_secrets WHERE application_id = $1 AND until > $now",
            &[id.into()],
            |row| hash(row.bytes(0)?),
        )
    }

    /// A session that is in force now, of an account that is enabled.
    pub fn session(&self, id: SessionId) -> Result<Option<LiveSession>, StoreError> {
        let live = self.one(live_session!("AND s.id = $1"), &[id.into()], session)?;
        Ok(live.filter(|live| live.session.made_at >= live.valid_from))
    }

    /// The browser's session whose cookie has this hash.
    pub fn session_of_cookie(&self, secret: &[u8; 32]) -> Result<Option<LiveSession>, StoreError> {
        let live = self.one(
            live_session!("AND s.secret = $1"),
            &[Value::Bytes(secret)],
            session,
        )?;
        Ok(live.filter(|live| live.session.made_at >= live.valid_from))
    }

    /// Somebody's sessions that are in force now, newest first.
    pub fn sessions_of(&self, user: PrincipalId) -> Result<Vec<Session>, StoreError> {
        let mut live: Vec<_> = self
            .all(live_session!("AND s.user_id = $1"), &[user.into()], session)?
            .into_iter()
            .filter(|live| live.session.made_at >= live.valid_from)
            .map(|live| live.session)
            .collect();
        live.sort_by_key(|session| std::cmp::Reverse((session.made_at, session.id)));
        Ok(live)
    }

    /// From when on what is issued to somebody counts; `None` where the account is disabled or gone.
    pub fn sessions_valid_from(&self, user: PrincipalId) -> Result<Option<Instant>, StoreError> {
        self.one(
            "SELECT sessions_valid_from FROM users
             WHERE id = $1 AND deleted_at IS NULL AND account_enabled = 1",
            &[user.into()],
            |row| row.instant(0),
        )
    }

    /// What somebody signs in by besides a password, oldest first.
    pub fn credentials(&self, user: PrincipalId) -> Result<Vec<Credential>, StoreError> {
        self.all(
            "SELECT id, user_id, kind, name, created_at, used_at, last_step, handle, secret
             FROM credentials WHERE user_id = $1 ORDER BY number",
            &[user.into()],
            credential,
        )
    }

    /// The credential that is found by this.
    pub fn credential_of_handle(
        &self,
        kind: CredentialKind,
        handle: &[u8],
    ) -> Result<Option<Credential>, StoreError> {
        self.one(
            "SELECT id, user_id, kind, name, created_at, used_at, last_step, handle, secret
             FROM credentials WHERE kind = $1 AND handle = $2",
            &[kind.code().into(), Value::Bytes(handle)],
            credential,
        )
    }

    /// When somebody's password was set; `None` where they have none.
    pub fn password_changed_at(&self, user: PrincipalId) -> Result<Option<Instant>, StoreError> {
        self.one(
            "SELECT changed_at FROM passwords WHERE user_id = $1",
            &[user.into()],
            |row| row.instant(0),
        )
    }

    /// Every signing key's id with its private part as it is wrapped.
    pub fn wrapped_signing_keys(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.all(
            "SELECT id, private FROM signing_keys ORDER BY id",
            &[],
            |row| Ok((row.text(0)?.to_owned(), row.bytes(1)?.to_owned())),
        )
    }

    /// Authenticators behind this number, in order: their numbers, whose they are, and their secrets as they are
    /// wrapped.
    pub fn wrapped_authenticators(
        &self,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, PrincipalId, Vec<u8>)>, StoreError> {
        self.all(
            "SELECT number, user_id, secret FROM credentials WHERE kind = 1 AND number > $1
             ORDER BY number LIMIT $2",
            &[after.into(), limit.into()],
            |row| {
                let user = PrincipalId::from_uuid(row.id(1)?);
                Ok((row.int(0)?, user, row.bytes(2)?.to_owned()))
            },
        )
    }

    /// Whether somebody has to set another password at the next sign-in with it.
    pub fn password_change(&self, user: PrincipalId) -> Result<PasswordChange, StoreError> {
        let asked = self.one(
            "SELECT change_asked FROM passwords WHERE user_id = $1",
            &[user.into()],
            |row| code::to_password_change(row.int(0)?),
        )?;
        Ok(asked.unwrap_or_default())
    }

    /// Whom another provider knows by this name.
    pub fn identity(&self, issuer: &str, subject: &str) -> Result<Option<Identity>, StoreError> {
        self.one(
            "SELECT issuer, subject, user_id, linked_at FROM identities WHERE issuer = $1 AND subject = $2",
            &[issuer.into(), subject.into()],
            identity,
        )
    }

    /// What other providers call somebody.
    pub fn identities_of(&self, user: PrincipalId) -> Result<Vec<Identity>, StoreError> {
        self.all(
            "SELECT issuer, subject, user_id, linked_at FROM identities WHERE user_id = $1 ORDER BY issuer, subject",
            &[user.into()],
            identity,
        )
    }

    /// A ticket that counts now, used or not.
    pub fn ticket(&self, kind: TicketKind, of: &[u8; 32]) -> Result<Option<Ticket>, StoreError> {
        self.one(
            "SELECT hash, other, user_id, session_id, until, used_at, document FROM tickets
             WHERE until > $now AND kind = $1 AND hash = $2",
            &[kind.code().into(), Value::Bytes(of)],
            |row| ticket(kind, row),
        )
    }

    /// A ticket that counts now, by its second secret.
    pub fn ticket_by_other(
        &self,
        kind: TicketKind,
        other: &[u8; 32],
    ) -> Result<Option<Ticket>, StoreError> {
        self.one(
            "SELECT hash, other, user_id, session_id, until, used_at, document FROM tickets
             WHERE until > $now AND kind = $1 AND other = $2",
            &[kind.code().into(), Value::Bytes(other)],
            |row| ticket(kind, row),
        )
    }

    /// How often something was tried and was wrong, in a row.
    pub fn attempts(&self, subject: &str) -> Result<Attempts, StoreError> {
        let found = self.one(
            "SELECT failed, until FROM attempts WHERE subject = $1",
            &[subject.into()],
            |row| {
                Ok(Attempts {
                    failed: u32::try_from(row.int(0)?).unwrap_or(u32::MAX),
                    until: row.maybe_instant(1)?,
                })
            },
        )?;
        Ok(found.unwrap_or_default())
    }

    /// All that says what a sign-in has to be for what, oldest first.
    pub fn conditions(&self) -> Result<Vec<Condition>, StoreError> {
        self.all(
            "SELECT document FROM conditions ORDER BY number",
            &[],
            |row| row.json(0),
        )
    }

    /// One of them.
    pub fn condition(
        &self,
        kind: ConditionKind,
        id: &str,
    ) -> Result<Option<Condition>, StoreError> {
        self.one(
            "SELECT document FROM conditions WHERE kind = $1 AND id = $2",
            &[condition_kind(kind).into(), id.into()],
            |row| row.json(0),
        )
    }

    /// The keys that sign ID tokens, newest first.
    pub fn id_signing_keys(&self) -> Result<Vec<SigningKey>, StoreError> {
        crate::query::secrets::keys_for(self, 1)
    }
}

impl Tx<'_> {
    /// Keeps a registered application, new or changed.
    pub fn keep_application(&mut self, application: &Application) -> Result<(), StoreError> {
        self.progress.wrote = true;
        self.execute(
            "INSERT INTO applications (id, document, object_id, display_name_key, created_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO UPDATE SET document = excluded.document,
                 display_name_key = excluded.display_name_key",
            &[
                application.id.into(),
                text(application)?.into(),
                PrincipalId::from_uuid(application.object_id()).into(),
                crate::fold::fold(application.name.as_str()).into(),
                application.created_at.into(),
            ],
        )
        .map(drop)
    }

    /// Keeps the hash of an application's secret, and what may be told of it; what is over is forgotten.
    pub fn keep_client_secret(
        &mut self,
        application: ApplicationId,
        hash: &[u8; 32],
        secret: &ClientSecret,
    ) -> Result<(), StoreError> {
        self.progress.wrote = true;
        self.execute(
            "DELETE FROM client_secrets WHERE application_id = $1 AND until <= $now",
            &[application.into()],
        )?;
        self.execute(
            "INSERT INTO client_secrets (application_id, hash, until, key_id, display_name, starts_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
            &[
                application.into(),
                Value::Bytes(hash),
                secret.until.into(),
                PrincipalId::from_uuid(secret.key).into(),
                secret.name.as_deref().into(),
                secret.from.into(),
            ],
        )
        .map(drop)
    }

    /// Forgets a secret of an application; whether there was one.
    pub fn forget_client_secret(
        &mut self,
        application: ApplicationId,
        key: uuid::Uuid,
    ) -> Result<bool, StoreError> {
        self.progress.wrote = true;
        let gone = self.execute(
            "DELETE FROM client_secrets WHERE application_id = $1 AND key_id = $2",
            &[application.into(), PrincipalId::from_uuid(key).into()],
        )?;
        Ok(gone > 0)
    }

    /// Keeps a new session, or what changed of one. `secret` is the hash of a browser's cookie.
    pub fn keep_session(
        &mut self,
        session: &Session,
        secret: Option<&[u8; 32]>,
    ) -> Result<(), StoreError> {
        self.progress.wrote = true;
        self.execute(
            "DELETE FROM sessions WHERE id IN
                 (SELECT id FROM sessions WHERE user_id = $1 AND until <= $2 LIMIT 4)",
            &[
                session.user.into(),
                self.now().minus(Length::days(1)).into(),
            ],
        )?;
        self.execute(
            "INSERT INTO sessions (id, user_id, parent_id, secret, until, idle_until, document)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (id) DO UPDATE SET secret = excluded.secret, until = excluded.until,
                 idle_until = excluded.idle_until, document = excluded.document",
            &[
                session.id.into(),
                session.user.into(),
                session.parent.into(),
                secret.map_or(Value::Null, |secret| Value::Bytes(secret)),
                session.until.into(),
                session.idle_until().into(),
                text(session)?.into(),
            ],
        )
        .map(drop)
    }

    /// A session was used: it may lie idle until `idle_until` from here on.
    pub fn session_seen(&mut self, id: SessionId, idle_until: Instant) -> Result<(), StoreError> {
        self.progress.wrote = true;
        self.execute(
            "UPDATE sessions SET idle_until = CASE WHEN $2 < until THEN $2 ELSE until END
             WHERE id = $1 AND idle_until < $2",
            &[id.into(), idle_until.into()],
        )
        .map(drop)
    }

    /// Lets every session in force last so much longer: a demonstration's clock was moved, and nobody was
    /// away for so long.
    pub fn postpone_sessions(&mut self, by: Length) -> Result<(), StoreError> {
        self.progress.wrote = true;
        self.execute(
            "UPDATE sessions SET until = until + $1, idle_until = idle_until + $1
             WHERE ended_at IS NULL AND until > $now AND idle_until > $now",
            &[by.as_micros().into()],
        )
        .map(drop)
    }

    /// Ends a session and those that came from it, and says how many ended.
    pub fn end_session(&mut self, id: SessionId) -> Result<u64, StoreError> {
        self.progress.wrote = true;
        self.execute(
            "UPDATE sessions SET ended_at = $now, secret = NULL
             WHERE (id = $1 OR parent_id = $1) AND ended_at IS NULL",
            &[id.into()],
        )
    }

    /// Whether somebody has to set another password at the next sign-in, where they have one.
    pub fn ask_for_password_change(
        &mut self,
        user: PrincipalId,
        change: PasswordChange,
    ) -> Result<(), StoreError> {
        self.progress.wrote = true;
        self.execute(
            "UPDATE passwords SET change_asked = $2 WHERE user_id = $1",
            &[user.into(), code::password_change(change).into()],
        )
        .map(drop)
    }

    /// Puts another wrapping of a signing key's private part in the place of the one there is.
    pub fn rewrap_signing_key(&mut self, id: &str, private: &[u8]) -> Result<(), StoreError> {
        self.progress.wrote = true;
        self.execute(
            "UPDATE signing_keys SET private = $2 WHERE id = $1",
            &[id.into(), Value::Bytes(private)],
        )
        .map(drop)
    }

    /// Puts another wrapping of an authenticator's secret in the place of the one there is.
    pub fn rewrap_authenticator(&mut self, number: i64, secret: &[u8]) -> Result<(), StoreError> {
        self.progress.wrote = true;
        self.execute(
            "UPDATE credentials SET secret = $2 WHERE number = $1",
            &[number.into(), Value::Bytes(secret)],
        )
        .map(drop)
    }

    /// Somebody else reset this user's sign-in now.
    pub fn note_reset(&mut self, user: PrincipalId) -> Result<(), StoreError> {
        self.progress.wrote = true;
        self.execute(
            "UPDATE users SET reset_at = $now WHERE id = $1",
            &[user.into()],
        )
        .map(drop)
    }

    /// Ends all that was issued to somebody so far: sessions by their rows, tokens and tickets by the time.
    pub fn end_sessions(&mut self, user: PrincipalId) -> Result<(), StoreError> {
        self.progress.wrote = true;
        signed_out(self, user)
    }

    /// Keeps a sign-in method, new or changed.
    pub fn keep_credential(&mut self, credential: &Credential) -> Result<(), StoreError> {
        self.progress.wrote = true;
        self.execute(
            "INSERT INTO credentials (id, user_id, kind, name, created_at, used_at, last_step, handle, secret)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, used_at = excluded.used_at,
                 secret = excluded.secret",
            &[
                credential.id.into(),
                credential.user.into(),
                credential.kind.code().into(),
                credential.name.as_str().into(),
                credential.created_at.into(),
                credential.used_at.into(),
                credential.last_step.into(),
                credential
                    .handle
                    .as_deref()
                    .map_or(Value::Null, Value::Bytes),
                Value::Bytes(&credential.secret),
            ],
        )
        .map(drop)
    }

    /// Takes a one-time password's step, unless it or a later one was taken before (T-35).
    pub fn take_step(&mut self, id: CredentialId, step: i64) -> Result<bool, StoreError> {
        self.progress.wrote = true;
        let taken = self.execute(
            "UPDATE credentials SET last_step = $2, used_at = $now WHERE id = $1 AND last_step < $2",
            &[id.into(), step.into()],
        )?;
        Ok(taken == 1)
    }

    /// Forgets a sign-in method; says whether it was there.
    pub fn drop_credential(
        &mut self,
        user: PrincipalId,
        id: CredentialId,
    ) -> Result<bool, StoreError> {
        self.progress.wrote = true;
        let dropped = self.execute(
            "DELETE FROM credentials WHERE id = $1 AND user_id = $2",
            &[id.into(), user.into()],
        )?;
        Ok(dropped == 1)
    }

    /// Links an account with what another provider calls it.
    pub fn keep_identity(
        &mut self,
        issuer: &str,
        subject: &str,
        user: PrincipalId,
    ) -> Result<(), StoreError> {
        self.progress.wrote = true;
        self.execute(
            "INSERT INTO identities (issuer, subject, user_id, linked_at) VALUES ($1, $2, $3, $now)",
            &[issuer.into(), subject.into(), user.into()],
        )
        .map(drop)
    }

    /// Takes such a link away; says whether it was there.
    pub fn drop_identity(
        &mut self,
        issuer: &str,
        subject: &str,
        user: PrincipalId,
    ) -> Result<bool, StoreError> {
        self.progress.wrote = true;
        let dropped = self.execute(
            "DELETE FROM identities WHERE issuer = $1 AND subject = $2 AND user_id = $3",
            &[issuer.into(), subject.into(), user.into()],
        )?;
        Ok(dropped == 1)
    }

    /// Keeps a ticket, new or changed, and forgets a few that no longer count.
    pub fn keep_ticket(&mut self, ticket: &Ticket) -> Result<(), StoreError> {
        self.progress.wrote = true;
        self.execute(
            "DELETE FROM tickets WHERE (kind, hash) IN
                 (SELECT kind, hash FROM tickets WHERE until <= $now ORDER BY until LIMIT 4)",
            &[],
        )?;
        self.execute(
            "INSERT INTO tickets (kind, hash, other, user_id, session_id, until, used_at, document)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (kind, hash) DO UPDATE SET other = excluded.other, user_id = excluded.user_id,
                 session_id = excluded.session_id, until = excluded.until, document = excluded.document",
            &[
                ticket.kind.code().into(),
                Value::Bytes(&ticket.hash),
                ticket
                    .other
                    .as_ref()
                    .map_or(Value::Null, |other| Value::Bytes(other)),
                ticket.user.into(),
                ticket.session.into(),
                ticket.until.into(),
                ticket.used_at.into(),
                ticket.document.as_str().into(),
            ],
        )
        .map(drop)
    }

    /// Uses a ticket up: true for whoever is first (I-11).
    pub fn use_ticket(&mut self, kind: TicketKind, hash: &[u8; 32]) -> Result<bool, StoreError> {
        self.progress.wrote = true;
        let used = self.execute(
            "UPDATE tickets SET used_at = $now
             WHERE kind = $1 AND hash = $2 AND used_at IS NULL AND until > $now",
            &[kind.code().into(), Value::Bytes(hash)],
        )?;
        Ok(used == 1)
    }

    /// Forgets a ticket.
    pub fn drop_ticket(&mut self, kind: TicketKind, hash: &[u8; 32]) -> Result<(), StoreError> {
        self.progress.wrote = true;
        self.execute(
            "DELETE FROM tickets WHERE kind = $1 AND hash = $2",
            &[kind.code().into(), Value::Bytes(hash)],
        )
        .map(drop)
    }

    /// Keeps how often something was tried; nothing failed is nothing to keep.
    pub fn keep_attempts(&mut self, subject: &str, attempts: Attempts) -> Result<(), StoreError> {
        self.progress.wrote = true;
        if attempts == Attempts::default() {
            return self
                .execute("DELETE FROM attempts WHERE subject = $1", &[subject.into()])
                .map(drop);
        }
        self.execute(
            "INSERT INTO attempts (subject, failed, until, last_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (subject) DO UPDATE
             SET failed = excluded.failed, until = excluded.until, last_at = excluded.last_at",
            &[
                subject.into(),
                attempts.failed.into(),
                attempts.until.into(),
                self.now().into(),
            ],
        )
        .map(drop)
    }

    /// Keeps something that says what a sign-in has to be for what, new or changed.
    pub fn keep_condition(&mut self, condition: &Condition) -> Result<(), StoreError> {
        self.progress.wrote = true;
        self.execute(
            "INSERT INTO conditions (kind, id, document) VALUES ($1, $2, $3)
             ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document",
            &[
                condition_kind(condition.kind()).into(),
                condition.id().into(),
                text(condition)?.into(),
            ],
        )
        .map(drop)
    }

    /// Forgets it.
    pub fn drop_condition(&mut self, kind: ConditionKind, id: &str) -> Result<(), StoreError> {
        self.progress.wrote = true;
        self.execute(
            "DELETE FROM conditions WHERE kind = $1 AND id = $2",
            &[condition_kind(kind).into(), id.into()],
        )
        .map(drop)
    }

    /// Keeps a key that signs ID tokens.
    pub fn keep_id_signing_key(&mut self, key: &SigningKey) -> Result<(), StoreError> {
        self.progress.wrote = true;
        crate::query::secrets::keep_key_for(self, key, 1)
    }

    /// Withdraws a signing key; says whether it was there and in use.
    pub fn revoke_signing_key(&mut self, id: &str) -> Result<bool, StoreError> {
        self.progress.wrote = true;
        let revoked = self.execute(
            "UPDATE signing_keys SET revoked_at = $now WHERE id = $1 AND revoked_at IS NULL",
            &[id.into()],
        )?;
        Ok(revoked == 1)
    }
}
