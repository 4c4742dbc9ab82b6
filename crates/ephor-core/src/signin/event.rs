//! What happens around sign-in, as it is written down: never a secret, nor what was typed.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::application::Application;
use super::condition::Condition;
use super::session::SessionKind;
use super::strength::Method;
use crate::id::{ApplicationId, CredentialId, PrincipalId, SessionId};
use crate::principal::ServicePrincipal;
use crate::time::Instant;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "what",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum SignInEvent {
    /// Somebody signed in, or showed more.
    SignedIn {
        /// The session.
        session: SessionId,
        /// In what.
        kind: SessionKind,
        /// What was shown.
        methods: Vec<Method>,
    },
    /// A sign-in failed.
    Refused {
        /// Why.
        why: RefusedSignIn,
    },
    /// A session ended before its time.
    SessionEnded {
        /// Which.
        session: SessionId,
        /// Why.
        why: SessionEnd,
    },
    /// Every session and token of somebody ended.
    SessionsRevoked {
        /// When: what was issued before is no good.
        at: Instant,
        /// Why.
        why: SessionEnd,
    },
    /// A sign-in method was added.
    MethodAdded {
        /// Which kind.
        method: Method,
        /// Which.
        id: CredentialId,
    },
    /// A sign-in method was taken away.
    MethodRemoved {
        /// Which kind.
        method: Method,
        /// Which.
        id: CredentialId,
    },
    /// An account was linked with what another provider calls its owner.
    IdentityLinked {
        /// The provider's issuer.
        issuer: String,
        /// What it calls them.
        subject: String,
        /// How the link came about.
        by: LinkedBy,
    },
    /// Such a link was taken away.
    IdentityUnlinked {
        /// The provider's issuer.
        issuer: String,
        /// What it calls them.
        subject: String,
    },
    /// New recovery codes took the place of the old ones.
    RecoveryCodesMade,
    /// A passkey's counter went back: there may be a copy of it.
    PasskeyCounterBack {
        /// Which.
        id: CredentialId,
    },
    /// The password was changed.
    PasswordChanged {
        /// By whom, as far as it matters to its owner.
        by: PasswordChangedBy,
    },
    /// Its owner has to set another password before anything else, or has to no more.
    PasswordChangeAsked {
        /// What is asked.
        change: PasswordChange,
    },
    /// A one-time code for a new password was made.
    ResetCodeMade {
        /// Until when it is good.
        until: Instant,
    },
    /// A device code was confirmed or turned down.
    DeviceAnswered {
        /// For which application.
        application: ApplicationId,
        /// What was answered.
        answer: DeviceAnswer,
    },
    /// An application was registered.
    ApplicationRegistered {
        /// It.
        application: Box<Application>,
    },
    /// An application was given a secret.
    ApplicationSecretMade {
        /// Which application.
        application: ApplicationId,
        /// Until when it is good.
        until: Instant,
    },
    /// What is known of an application was changed, who runs it and what it may do among it.
    ApplicationChanged {
        /// What was known.
        before: Box<Application>,
        /// What is known.
        after: Box<Application>,
    },
    /// An application was deleted: nobody has tokens for it any more.
    ApplicationDeleted {
        /// Which.
        application: ApplicationId,
        /// When.
        at: Instant,
    },
    /// A secret of an application was taken away.
    ApplicationSecretRemoved {
        /// Which application.
        application: ApplicationId,
        /// Which secret.
        key: Uuid,
    },
    /// A service principal was made.
    ServicePrincipalMade {
        /// It.
        service_principal: Box<ServicePrincipal>,
    },
    /// What is known of a service principal was changed.
    ServicePrincipalChanged {
        /// What was known.
        before: Box<ServicePrincipal>,
        /// What is known.
        after: Box<ServicePrincipal>,
    },
    /// A service principal was deleted; all it had is over at `at`.
    ServicePrincipalDeleted {
        /// Which.
        service_principal: PrincipalId,
        /// When.
        at: Instant,
    },
    /// Something that says what a sign-in has to be for what was set.
    ConditionSet {
        /// It, as it is now.
        condition: Box<Condition>,
    },
    /// It was taken away.
    ConditionRemoved {
        /// It, as it was.
        condition: Box<Condition>,
    },
    /// A new signing key was made.
    KeyMade {
        /// Its id.
        key: String,
    },
    /// What is kept secret was wrapped by another master key.
    SecretsRewrapped {
        /// How much of it.
        count: u64,
    },
    /// A signing key was withdrawn: what it signed is no good.
    KeyRevoked {
        /// Its id.
        key: String,
    },
}

/// Why a sign-in failed. Whoever signs in is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RefusedSignIn {
    /// Nobody has that name.
    UnknownName,
    /// The account is disabled.
    Disabled,
    /// It has no password.
    NoPassword,
    /// The password is wrong.
    WrongPassword,
    /// The code is wrong, or was used before.
    WrongCode,
    /// The passkey is not one of theirs, or does not fit.
    WrongPasskey,
    /// What another provider said could not be believed.
    WrongUpstream,
    /// Nobody here is linked with whom another provider named.
    NotLinked,
    /// Too many attempts: it was not judged.
    TooMany,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SessionEnd {
    /// Its user signed out.
    SignedOut,
    /// Its user ended it from elsewhere.
    EndedByUser,
    /// An administrator ended it.
    EndedByAdministrator,
    /// There were too many, and it was the oldest.
    TooMany,
    /// The password or another sign-in method was changed.
    MethodChanged,
    /// A refresh token or a code of it came twice (T-41).
    Reused,
    /// A stronger sign-in took its place.
    Replaced,
}

/// How an account came to be linked with another provider's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LinkedBy {
    /// Its owner, who was signed in to both.
    Owner,
    /// An administrator.
    Administrator,
    /// The account was made at the first sign-in.
    FirstSignIn,
}

/// Who changed a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PasswordChangedBy {
    /// Its owner, who knew the old one.
    Owner,
    /// Its owner, by a one-time code.
    ResetCode,
    /// Somebody else.
    SomebodyElse,
}

/// Whether the owner of a password has to set another one at the next sign-in with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PasswordChange {
    /// It may stay.
    #[default]
    NotAsked,
    /// Another one (`forceChangePasswordNextSignIn`).
    Asked,
    /// Another one, once a second factor was shown (`forceChangePasswordNextSignInWithMfa`).
    AskedWithMfa,
}

/// What was answered to a device code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeviceAnswer {
    /// It may.
    Confirmed,
    /// It may not.
    Denied,
}
