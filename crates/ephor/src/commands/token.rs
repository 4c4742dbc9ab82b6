//! `ephor token`: the operator's way in, on the machine that holds the database (T-43).

use ephor_core::caller::{Caller, Factor};
use ephor_core::principal::UserPrincipalName;
use ephor_ops::session;
use ephor_store::Store;
use serde_json::json;

use crate::cli::TokenArgs;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::{master_key, place, serve};

/// Prints a token. Standard output holds the token and nothing else, so that `$(…)` takes it.
pub(crate) fn run(args: &TokenArgs, output: &Output) -> anyhow::Result<Exit> {
    let name: UserPrincipalName = args
        .user
        .parse()
        .map_err(|wrong| Failure::usage(format!("--user `{}` {wrong}", args.user)))?;
    let factor = if args.mfa {
        Factor::Multi
    } else {
        Factor::Single
    };
    let lifetime = args.lifetime.length();
    let flags = [("server.public_url", args.public_url.clone())];
    let config = place::config(&args.place, &flags)?;
    let database = place::database(&config)?;
    let public_url = serve::public_url_of(&config, &database);
    let master = master_key::of(&config, &database)?;
    let store =
        Store::open(&place::options(database, place::Use::Beside)).map_err(Failure::from)?;
    let grant = store
        .write("token", Caller::operator(), move |tx| {
            session::issue(tx, &name, factor, lifetime)
        })
        .wait()
        .map_err(Failure::from)?;
    let token = ephor_http::token::mint(&grant, &public_url, &master)?;
    let answer = json!({
        "accessToken": token,
        "tokenType": "Bearer",
        "server": public_url,
        "expiresAt": grant.expires_at.to_string(),
        "user": {
            "id": grant.user.id.to_string(),
            "userPrincipalName": grant.user.user_principal_name.to_string(),
        },
    });
    output.print(&answer, |output| output.data(&token));
    output.say(&format!(
        "a token for {} at {public_url}, good until {}; issuing it was recorded",
        grant.user.user_principal_name, grant.expires_at
    ));
    Ok(Exit::Done)
}
