//! `ephor init`: makes a tenant and its first Global Administrator in an empty place.

use ephor_core::caller::Caller;
use ephor_core::principal::UserPrincipalName;
use ephor_core::tenant::TenantPurpose;
use ephor_core::time::Clock;
use ephor_http::password::hash_password_blocking;
use ephor_ops::directory::NewUser;
use ephor_ops::tenant::{self, Made, NewTenant};
use ephor_store::ambient::SystemClock;
use ephor_store::{Database, Store, StoreOptions};
use serde_json::json;

use crate::cli::InitArgs;
use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::{master_key, password, place};

/// Makes the tenant. The password is read last: whoever has to type it does so only where it is of use.
pub(crate) fn run(args: &InitArgs, output: &Output) -> anyhow::Result<Exit> {
    let config = place::config(&args.place, &[])?;
    let database = place::database(&config)?;
    tenant::check_domain(&args.domain).map_err(|refusal| usage(&refusal))?;
    let name: UserPrincipalName = args
        .admin
        .parse()
        .map_err(|wrong| Failure::usage(format!("--admin `{}` {wrong}", args.admin)))?;
    let password = password::read(args.password_stdin)?;
    let hash =
        hash_password_blocking(&password).map_err(|wrong| Failure::new(wrong.to_string()))?;

    let mut administrator = NewUser::named(
        name.clone(),
        tenant::display_name_of(&name).map_err(|r| usage(&r))?,
    );
    administrator.password_hash = Some(hash);
    let options = place::options(database, place::Use::Alone);
    let (_, made) = make(
        &config,
        &options,
        &args.domain,
        administrator,
        TenantPurpose::Production,
    )?;

    let answer = json!({
        "tenantId": made.tenant.id.to_string(),
        "domain": made.tenant.domain,
        "adminId": made.administrator.id.to_string(),
        "adminUserPrincipalName": made.administrator.user_principal_name.to_string(),
    });
    output.print(&answer, |output| {
        output.data(&format!(
            "tenant         {} ({})",
            made.tenant.id, made.tenant.domain
        ));
        output.data(&format!(
            "administrator  {} ({name})",
            made.administrator.id
        ));
    });
    output.say("next: `ephor serve`, then sign in at its /sign-in");
    Ok(Exit::Done)
}

/// Makes a tenant in an empty database, with a signing key of its own.
pub(crate) fn make(
    config: &Config,
    options: &StoreOptions,
    domain: &str,
    administrator: NewUser,
    purpose: TenantPurpose,
) -> anyhow::Result<(Store, Made)> {
    // Where a key must be given and is not, nothing is made.
    if config.master_key.is_none() && !matches!(options.database, Database::Directory(_)) {
        master_key::make(config, &options.database)?;
    }
    let store = Store::create(options).map_err(Failure::from)?;
    let master = master_key::make(config, &options.database)?;
    let new = NewTenant {
        domain: domain.to_owned(),
        administrator,
        purpose,
        key: master.seal_key(ephor_http::token::generate_key(SystemClock.now())),
    };
    let made = store
        .write("init", Caller::operator(), move |tx| tenant::make(tx, new))
        .wait()
        .map_err(Failure::from)?;
    Ok((store, made))
}

/// What the operations refuse of what stands on the command line is wrong usage.
fn usage(refusal: &ephor_core::refusal::Refusal) -> Failure {
    Failure {
        exit: Exit::Usage,
        ..Failure::from(refusal)
    }
}
