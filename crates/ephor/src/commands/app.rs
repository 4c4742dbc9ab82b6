//! `ephor app create`, `ephor keys revoke`, `ephor reset-password`, `ephor link`: the operator's, about sign-in.

use std::path::Path;

use ephor_core::caller::Caller;
use ephor_core::principal::UserPrincipalName;
use ephor_core::signin::application::{GroupsClaim, RedirectUri};
use ephor_core::text::DisplayName;
use ephor_core::time::{Clock, Length};
use ephor_http::{BadClientKey, check_client_keys, client_keys_of_certificates};
use ephor_ops::signin::application::{NewApplication, register};
use ephor_ops::signin::identity;
use ephor_ops::signin::key::{self, Purpose};
use ephor_ops::signin::method;
use ephor_store::Store;
use ephor_store::ambient::{SystemClock, random_bytes};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::cli::{AppCreateArgs, KeysRevokeArgs, KeysRewrapArgs, LinkArgs, ResetPasswordArgs};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::{master_key, place};

/// A secret is good for half a year, as little as people will bear.
const SECRET_LIFETIME: Length = Length::days(180);

/// Registers an application, and prints its secret this once.
pub(crate) fn create(args: &AppCreateArgs, output: &Output) -> anyhow::Result<Exit> {
    let name = DisplayName::new(args.name.as_str())
        .map_err(|wrong| Failure::usage(format!("--name {wrong}")))?;
    let redirect_uris = args
        .redirect
        .iter()
        .map(|uri| {
            RedirectUri::new(uri.as_str())
                .map_err(|wrong| Failure::usage(format!("--redirect `{uri}` {wrong}")))
        })
        .collect::<Result<_, _>>()?;
    let keys = keys(args)?;
    let secret = (!args.public && keys.is_none()).then(|| {
        let bytes = random_bytes::<32>();
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    });
    let new = NewApplication {
        name,
        redirect_uris,
        permissions: args.permission.clone(),
        directory_roles: args.directory_role.clone(),
        keys,
        groups_claim: if args.groups {
            GroupsClaim::All
        } else {
            GroupsClaim::None
        },
        secret: secret
            .as_ref()
            .map(|secret| Sha256::digest(secret.as_bytes()).into()),
        secret_lifetime: SECRET_LIFETIME,
    };
    let config = place::config(&args.place, &[])?;
    let database = place::database(&config)?;
    // Whoever has the database but not the master key registers nothing (T-43).
    master_key::of(&config, &database)?;
    let store =
        Store::open(&place::options(database, place::Use::Beside)).map_err(Failure::from)?;
    let made = store
        .write("app.create", Caller::operator(), move |tx| {
            register(tx, new)
        })
        .wait()
        .map_err(Failure::from)?;
    let answer = json!({"clientId": made.id.to_string(), "clientSecret": secret});
    output.print(&answer, |output| {
        output.data(&format!("client id      {}", made.id));
        if let Some(secret) = &secret {
            output.data(&format!("client secret  {secret}"));
        }
    });
    if secret.is_some() {
        output.say("the secret is shown only now, and is good for 180 days");
    }
    Ok(Exit::Done)
}

/// The public keys that it proves itself by, from a file.
fn keys(args: &AppCreateArgs) -> Result<Option<String>, Failure> {
    let read = |option: &str, file: &Path| {
        std::fs::read_to_string(file).map_err(|wrong| {
            Failure::new(format!("can't read {option} `{}`: {wrong}", file.display()))
        })
    };
    let bad = |option: &str, file: &Path, wrong: BadClientKey| {
        Failure::usage(format!("{option} `{}` {wrong}", file.display()))
    };
    if let Some(file) = &args.keys {
        let set = read("--keys", file)?;
        check_client_keys(&set).map_err(|wrong| bad("--keys", file, wrong))?;
        return Ok(Some(set));
    }
    match &args.certificate {
        Some(file) => client_keys_of_certificates(&read("--certificate", file)?)
            .map(Some)
            .map_err(|wrong| bad("--certificate", file, wrong)),
        None => Ok(None),
    }
}

/// Withdraws a signing key: every token that it signed is refused from here on.
pub(crate) fn revoke_key(args: &KeysRevokeArgs, output: &Output) -> anyhow::Result<Exit> {
    let config = place::config(&args.place, &[])?;
    let database = place::database(&config)?;
    let master = master_key::of(&config, &database)?;
    let store =
        Store::open(&place::options(database, place::Use::Beside)).map_err(Failure::from)?;
    let id = match &args.key {
        Some(id) => id.clone(),
        None => {
            let key = store
                .read("keys", |tx| key::signer(tx, Purpose::Access))
                .wait()
                .map_err(Failure::from)?;
            key.id
        }
    };
    let next = master.seal_key(ephor_http::token::generate_key(SystemClock.now()));
    let revoked = id.clone();
    store
        .write("keys.revoke", Caller::operator(), move |tx| {
            key::revoke(tx, Purpose::Access, &id, &next)
        })
        .wait()
        .map_err(Failure::from)?;
    output.print(&json!({"revoked": revoked}), |output| {
        output.data(&format!("withdrew the signing key {revoked}"));
    });
    output.say("every access token that it signed is refused on all nodes within seconds; people refresh theirs without noticing");
    Ok(Exit::Done)
}

/// Wraps what is kept secret by another master key.
pub(crate) fn rewrap(args: &KeysRewrapArgs, output: &Output) -> anyhow::Result<Exit> {
    let config = place::config(&args.place, &[])?;
    let database = place::database(&config)?;
    let master = master_key::of(&config, &database)?;
    let store =
        Store::open(&place::options(database, place::Use::Beside)).map_err(Failure::from)?;
    let (mut count, mut after) = (0, Some(0));
    while let Some(behind) = after {
        let master = master.clone();
        let done = store
            .write("keys.rewrap", Caller::operator(), move |tx| {
                master.rewrap(tx, behind)
            })
            .wait()
            .map_err(Failure::from)?;
        count += done.count;
        after = done.next;
    }
    output.print(&json!({"rewrapped": count}), |output| {
        output.data(&format!("wrapped {count} secrets anew"));
    });
    if count > 0 {
        output.say("do it once more in a quarter of an hour, for what was under way; once nothing was left, take the key until now out of the settings");
    }
    Ok(Exit::Done)
}

/// Links an account with what another provider calls its owner.
pub(crate) fn link(args: &LinkArgs, output: &Output) -> anyhow::Result<Exit> {
    let name: UserPrincipalName = args
        .user
        .parse()
        .map_err(|wrong| Failure::usage(format!("--user `{}` {wrong}", args.user)))?;
    let config = place::config(&args.place, &[])?;
    let database = place::database(&config)?;
    master_key::of(&config, &database)?;
    let store =
        Store::open(&place::options(database, place::Use::Beside)).map_err(Failure::from)?;
    let (issuer, subject) = (args.issuer.clone(), args.subject.clone());
    let user = store
        .write("identity.link", Caller::operator(), move |tx| {
            identity::link(tx, &name, &issuer, &subject)
        })
        .wait()
        .map_err(Failure::from)?;
    let answer = json!({
        "userId": user.to_string(), "issuer": args.issuer, "subject": args.subject,
    });
    output.print(&answer, |output| {
        output.data(&format!(
            "{} signs in as `{}` at {}",
            args.user, args.subject, args.issuer
        ));
    });
    Ok(Exit::Done)
}

/// Prints a one-time code by which somebody sets a new password.
pub(crate) fn reset_password(args: &ResetPasswordArgs, output: &Output) -> anyhow::Result<Exit> {
    let name: UserPrincipalName = args
        .user
        .parse()
        .map_err(|wrong| Failure::usage(format!("--user `{}` {wrong}", args.user)))?;
    let (code, hash) = ephor_http::reset_code();
    let config = place::config(&args.place, &[])?;
    let database = place::database(&config)?;
    master_key::of(&config, &database)?;
    let store =
        Store::open(&place::options(database, place::Use::Beside)).map_err(Failure::from)?;
    let (user, until) = store
        .write("password.reset", Caller::operator(), move |tx| {
            method::reset(tx, &name, hash)
        })
        .wait()
        .map_err(Failure::from)?;
    let answer = json!({
        "code": code,
        "expiresAt": until.to_string(),
        "user": {"id": user.id.to_string(), "userPrincipalName": user.user_principal_name.to_string()},
    });
    output.print(&answer, |output| output.data(&code));
    output.say(&format!(
        "{} sets a new password with it at /sign-in/recover, once, until {until}; all their sessions have ended",
        user.user_principal_name
    ));
    Ok(Exit::Done)
}
