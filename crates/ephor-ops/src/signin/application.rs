//! Registered applications, and the ones that every Ephor has.

use std::collections::BTreeMap;

use ephor_core::authority::Operation;
use ephor_core::caller::Scope;
use ephor_core::directory;
use ephor_core::directory_role::{DirectoryRole, RoleDefinition};
use ephor_core::event::{Attempt, Event};
use ephor_core::id::{ApplicationId, PrincipalId};
use ephor_core::principal::{AccountState, PrincipalKind, PrincipalRef, ServicePrincipal};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::role::DirectoryScope;
use ephor_core::signin::application::{
    Application, ApplicationKind, ClientSecret, GroupsClaim, RedirectUri,
};
use ephor_core::signin::event::SignInEvent;
use ephor_core::text::DisplayName;
use ephor_core::time::{Instant, Length};
use ephor_store::{ReadTx, Tx};
use uuid::Uuid;

use super::note;
use crate::authorise::{About, authorise};
use crate::{OpError, OpResult};

/// The client id of Ephor's own commands, at every Ephor.
pub const COMMANDS: ApplicationId =
    ApplicationId::from_uuid(Uuid::from_u128(0xe940_7c1d_2f4e_4a53_8b7e_8a1c_3f0e_5d6b));

/// Where codes for the commands are sent: this machine, at any port.
const COMMANDS_REDIRECTS: [&str; 2] = ["http://127.0.0.1/callback", "http://localhost/callback"];

/// An application to be registered.
#[derive(Debug, Clone)]
pub struct NewApplication {
    /// What people call it.
    pub name: DisplayName,
    /// Where codes may be sent.
    pub redirect_uris: Vec<RedirectUri>,
    /// What it may do.
    pub permissions: Vec<String>,
    /// The directory roles that it has in its own name over the whole directory, each by its name or id.
    pub directory_roles: Vec<String>,
    /// Public keys that it proves itself by: a JWK set.
    pub keys: Option<String>,
    /// Whether its ID tokens name groups.
    pub groups_claim: GroupsClaim,
    /// Whether it can keep a secret; the hash of its first one.
    pub secret: Option<[u8; 32]>,
    /// How long the secret is good for.
    pub secret_lifetime: Length,
}

/// An application: a registered one, or one that every Ephor has.
pub fn find(tx: &ReadTx<'_>, id: ApplicationId) -> OpResult<Option<Application>> {
    if id == COMMANDS {
        return Ok(built_in());
    }
    Ok(tx.application(id)?)
}

/// Ephor's own commands.
fn built_in() -> Option<Application> {
    Some(Application {
        id: COMMANDS,
        principal: PrincipalId::from_uuid(COMMANDS.uuid()),
        name: DisplayName::new("Ephor command line").ok()?,
        kind: ApplicationKind::Public,
        redirect_uris: COMMANDS_REDIRECTS
            .into_iter()
            .map(RedirectUri::new)
            .collect::<Result<_, _>>()
            .ok()?,
        permissions: Scope::ALL
            .iter()
            .map(|scope| scope.as_str().to_owned())
            .collect(),
        keys: None,
        groups_claim: GroupsClaim::None,
        created_at: Instant::EARLIEST,
        object: Uuid::nil(),
        owners: Vec::new(),
        properties: BTreeMap::new(),
    })
}

/// Registers an application (`ephor app create`).
pub fn register(tx: &mut Tx<'_>, new: NewApplication) -> OpResult<Application> {
    let attempt = Attempt {
        operation: Operation::RegisterApplication.name().to_owned(),
        group: None,
        access: None,
        definition: None,
        principal: None,
        detail: Some(new.name.to_string()),
    };
    registered(tx, new).map_err(|error: OpError| error.at(attempt))
}

fn registered(tx: &mut Tx<'_>, new: NewApplication) -> OpResult<Application> {
    let caller = tx.caller().clone();
    authorise(tx, &caller, Operation::RegisterApplication, About::NOTHING)?;
    for permission in &new.permissions {
        if Scope::parse(permission).is_none() {
            return Err(Refusal::new(
                Code::BadRequest,
                format!("there is no permission `{permission}`"),
            )
            .about("permission")
            .into());
        }
    }
    let can_prove_itself = new.secret.is_some() || new.keys.is_some();
    if !can_prove_itself && !new.directory_roles.is_empty() {
        return Err(Refusal::new(
            Code::BadRequest,
            "an application that keeps no secret never acts in its own name, so it can have no directory role",
        )
        .hint("give the role to its users, or let it have a secret or keys")
        .into());
    }
    let mut roles = Vec::new();
    for named in &new.directory_roles {
        let role = role_called(tx, named)?;
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    let id = ApplicationId::fresh(tx.ids());
    let application = Application {
        id,
        // One id for both: where it acts in its own name it is found by it.
        principal: PrincipalId::from_uuid(id.uuid()),
        name: new.name,
        kind: if can_prove_itself {
            ApplicationKind::Confidential
        } else {
            ApplicationKind::Public
        },
        redirect_uris: new.redirect_uris,
        permissions: new.permissions,
        keys: new.keys,
        groups_claim: new.groups_claim,
        created_at: tx.now(),
        object: tx.ids().fresh(),
        owners: Vec::new(),
        properties: BTreeMap::new(),
    };
    tx.keep_application(&application)?;
    note(
        tx,
        None,
        SignInEvent::ApplicationRegistered {
            application: Box::new(application.clone()),
        },
    )?;
    // What acts in its own name is a principal like any other: it holds roles, and owns groups.
    let service_principal = ServicePrincipal {
        id: application.principal,
        app_id: id.uuid(),
        display_name: application.name.clone(),
        account: AccountState::Enabled,
        created_at: tx.now(),
        owners: Vec::new(),
        properties: BTreeMap::new(),
    };
    note(
        tx,
        None,
        SignInEvent::ServicePrincipalMade {
            service_principal: Box::new(service_principal),
        },
    )?;
    give_roles(tx, application.principal, &roles)?;
    if let Some(hash) = new.secret {
        let lifetime = new.secret_lifetime.min(Application::SECRET_LIFETIME_MAX);
        let until = tx.now().plus(lifetime).unwrap_or(tx.now());
        let secret = ClientSecret {
            key: tx.ids().fresh(),
            name: None,
            from: tx.now(),
            until,
        };
        tx.keep_client_secret(application.id, &hash, &secret)?;
        note(
            tx,
            None,
            SignInEvent::ApplicationSecretMade {
                application: application.id,
                until,
            },
        )?;
    }
    Ok(application)
}

/// Gives a program these directory roles over the whole directory.
fn give_roles(tx: &mut Tx<'_>, program: PrincipalId, roles: &[RoleDefinition]) -> OpResult<()> {
    if roles.is_empty() {
        return Ok(());
    }
    tx.may_grant()?;
    let principal = PrincipalRef {
        id: program,
        kind: PrincipalKind::ServicePrincipal,
    };
    let (scope, now) = (DirectoryScope::Directory, tx.now());
    for role in roles {
        let ids = tx.ids();
        let schedule = directory::assign_role(role, scope, principal, None, &[], now, ids)?;
        tx.record(&[Event::ScheduleGranted {
            request: None,
            schedule: Box::new(schedule),
        }])?;
    }
    Ok(())
}

/// The directory role of this name or id.
fn role_called(tx: &ReadTx<'_>, named: &str) -> OpResult<RoleDefinition> {
    let built_in = DirectoryRole::ALL.iter().copied();
    let custom = tx.custom_roles()?.into_iter().map(Box::new);
    built_in
        .map(RoleDefinition::BuiltIn)
        .chain(custom.map(RoleDefinition::Custom))
        .find(|role| {
            role.display_name().eq_ignore_ascii_case(named)
                || role.id().to_string().eq_ignore_ascii_case(named)
        })
        .ok_or_else(|| {
            Refusal::new(
                Code::BadRequest,
                format!("there is no directory role `{named}`"),
            )
            .about("directory-role")
            .hint("write its name as the list of roles has it, such as \"Groups Administrator\", or its id")
            .into()
        })
}
