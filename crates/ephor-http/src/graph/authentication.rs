//! How a user signs in, as Graph's clients see it: `authentication/methods`, and `revokeSignInSessions`
//! (`directory.md` section 3).
//!
//! Nothing secret is ever answered, and nothing here makes a factor fewer for its owner: who has lost theirs
//! is helped by an administrator, and takes away what they no longer want on their own page.

use ephor_core::caller::Caller;
use ephor_core::id::{CredentialId, PrincipalId};
use ephor_core::refusal::{Code, Refusal};
use ephor_ops::directory::UserKey;
use ephor_ops::signin::administration;
use ephor_ops::signin::method::Methods;
use ephor_ops::{OpError, OpResult};
use ephor_store::{CredentialKind, ReadTx};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;

/// The id that the password of every user has.
const PASSWORD: &str = "28c10230-6103-485e-b985-444c60001490";

/// Which of the methods are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// All of them.
    All,
    /// The password.
    Password,
    /// Passkeys.
    Passkeys,
    /// Authenticators.
    Authenticators,
}

impl Asked {
    const fn name(self) -> &'static str {
        match self {
            Self::All => "methods",
            Self::Password => "passwordMethods",
            Self::Passkeys => "fido2Methods",
            Self::Authenticators => "softwareOathMethods",
        }
    }

    const fn is_of(self, kind: CredentialKind) -> bool {
        matches!(
            (self, kind),
            (Self::All | Self::Passkeys, CredentialKind::Passkey)
                | (Self::All | Self::Authenticators, CredentialKind::Totp)
        )
    }
}

/// Whose: the caller's own, or somebody's by id or name.
fn whose(call: &Call, of: Whose) -> Result<Option<UserKey>, HttpError> {
    match of {
        Whose::Mine => Ok(None),
        Whose::Somebodys => {
            let text = call.param(0);
            match text.parse::<PrincipalId>() {
                Ok(id) => Ok(Some(UserKey::Id(id))),
                Err(_) => call.id(0).map(UserKey::Name).map(Some),
            }
        }
    }
}

/// Whether a path is about the caller or about somebody whom it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// `/me/…`
    Mine,
    /// `/users/{}/…`
    Somebodys,
}

fn found(tx: &ReadTx<'_>, caller: &Caller, key: Option<&UserKey>) -> OpResult<PrincipalId> {
    match key {
        Some(UserKey::Id(id)) => Ok(*id),
        Some(UserKey::Name(name)) => match tx.user_by_name(name)? {
            Some(user) => Ok(user.id),
            None => Err(Refusal::not_found(name).into()),
        },
        Some(UserKey::Me) | None => caller.user().ok_or_else(|| {
            OpError::from(Refusal::new(
                Code::BadRequest,
                "/me is only there for a signed-in person",
            ))
        }),
    }
}

/// `GET …/authentication/methods` and the lists of each kind.
pub(crate) async fn list(call: Call, of: Whose, asked: Asked) -> Result<Answer, HttpError> {
    call.no_options()?;
    let key = whose(&call, of)?;
    let methods = call
        .read("method.list", move |tx, caller| {
            let user = found(tx, caller, key.as_ref())?;
            administration::methods(tx, caller, user)
        })
        .await?;
    let mut body = Map::new();
    let context = format!("users/authentication/{}", asked.name());
    body.insert("@odata.context".into(), call.context(&context).into());
    body.insert("value".into(), shown(&methods.value, asked).into());
    Ok(Answer::json(Value::Object(body)))
}

fn shown(methods: &Methods, asked: Asked) -> Vec<Value> {
    let mut rows = Vec::new();
    if matches!(asked, Asked::All | Asked::Password)
        && let Some(set_at) = methods.password
    {
        rows.push(json!({
            "@odata.type": "#microsoft.graph.passwordAuthenticationMethod",
            "id": PASSWORD,
            "password": null,
            "createdDateTime": set_at,
        }));
    }
    for credential in &methods.credentials {
        if !asked.is_of(credential.kind) {
            continue;
        }
        rows.push(match credential.kind {
            CredentialKind::Passkey => json!({
                "@odata.type": "#microsoft.graph.fido2AuthenticationMethod",
                "id": credential.id,
                "displayName": credential.name,
                "createdDateTime": credential.created_at,
            }),
            CredentialKind::Totp | CredentialKind::Recovery => json!({
                "@odata.type": "#microsoft.graph.softwareOathAuthenticationMethod",
                "id": credential.id,
                "secretKey": null,
            }),
        });
    }
    rows
}

/// `DELETE …/authentication/fido2Methods/{id}` and `softwareOathMethods/{id}`
pub(crate) async fn remove(call: Call, asked: Asked) -> Result<Answer, HttpError> {
    let key = whose(&call, Whose::Somebodys)?;
    let id: CredentialId = call.id(1)?;
    call.write(
        "method.remove",
        move |tx| {
            let caller = tx.caller().clone();
            let user = found(tx, &caller, key.as_ref())?;
            administration::remove_method(tx, user, id, |kind| asked.is_of(kind))
        },
        |_, _: At<()>| Answer::done(),
    )
    .await
}

/// `POST …/revokeSignInSessions`: every session and token of theirs ends at once.
pub(crate) async fn revoke(call: Call, of: Whose) -> Result<Answer, HttpError> {
    let key = whose(&call, of)?;
    call.write(
        "session.revoke",
        move |tx| {
            let caller = tx.caller().clone();
            let user = found(tx, &caller, key.as_ref())?;
            administration::revoke_sessions(tx, user)?;
            Ok::<_, OpError>(())
        },
        |call, _: At<()>| {
            Answer::json(json!({"@odata.context": call.context("Edm.Boolean"), "value": true}))
        },
    )
    .await
}
