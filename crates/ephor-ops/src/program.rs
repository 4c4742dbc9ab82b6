//! Applications and service principals over the API: made, changed, given secrets and permissions, deleted
//! (`infrastructure-clients.md` 2.9).
//!
//! An application says what a program is; its service principal is the account by which it acts and holds
//! access. What a program may do in its own name is granted to the service principal: a permission of this API
//! is an app role of the service principal that stands for it.

use std::collections::BTreeMap;

use ephor_core::authority::Operation;
use ephor_core::caller::{Actor, Caller, Scope};
use ephor_core::directory_role::DirectoryRole;
use ephor_core::event::Attempt;
use ephor_core::id::{ApplicationId, PrincipalId};
use ephor_core::principal::{AccountState, Principal, PrincipalKind, ServicePrincipal};
use ephor_core::query::{Page, ProgramField, Query};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::signin::application::{
    Application, ApplicationKind, ClientSecret, GroupsClaim, RedirectUri,
};
use ephor_core::signin::event::SignInEvent;
use ephor_core::text::DisplayName;
use ephor_core::time::{Instant, Length};
use ephor_store::{ReadTx, Tx};
use uuid::Uuid;

use crate::authorise::{About, authorise, standing};
use crate::signin::note;
use crate::{OpError, OpResult};

/// The client id of the service principal that stands for this API, at every Ephor as at Microsoft's.
pub const GRAPH: Uuid = uuid::uuid!("00000003-0000-0000-c000-000000000000");

/// How many may run a program.
const OWNERS_MAX: usize = 100;

/// What is to be known of an application; what is not said stays.
#[derive(Debug, Clone, Default)]
pub struct ApplicationChange {
    /// What people call it.
    pub name: Option<DisplayName>,
    /// Where codes may be sent.
    pub redirect_uris: Option<Vec<RedirectUri>>,
    /// Whether it can keep a secret.
    pub kind: Option<ApplicationKind>,
    /// Whether its ID tokens name groups.
    pub groups_claim: Option<GroupsClaim>,
    /// Other properties, as JSON texts; `None` takes one away.
    pub properties: BTreeMap<String, Option<String>>,
    /// Who runs it, besides those who do.
    pub owners: Vec<PrincipalId>,
}

/// What is to be known of a service principal; what is not said stays.
#[derive(Debug, Clone, Default)]
pub struct ServicePrincipalChange {
    /// Whether it may be used.
    pub account: Option<AccountState>,
    /// Other properties, as JSON texts; `None` takes one away.
    pub properties: BTreeMap<String, Option<String>>,
    /// Who runs it, besides those who do.
    pub owners: Vec<PrincipalId>,
}

/// An application with what may be told of its secrets.
#[derive(Debug, Clone)]
pub struct Known {
    /// It.
    pub application: Application,
    /// Its secrets.
    pub secrets: Vec<ClientSecret>,
}

/// Which of the two an operation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// The application.
    Application,
    /// Its service principal.
    ServicePrincipal,
}

fn attempt(operation: Operation, about: impl ToString) -> Attempt {
    Attempt {
        operation: operation.name().to_owned(),
        group: None,
        access: None,
        definition: None,
        principal: None,
        detail: Some(about.to_string()),
    }
}

fn may_read(tx: &ReadTx<'_>, caller: &Caller) -> OpResult<()> {
    authorise(tx, caller, Operation::ReadApplications, About::NOTHING).map(drop)
}

/// Whether the caller may change programs that are run by these.
fn may_change(caller: &Caller, owners: &[PrincipalId]) -> OpResult<()> {
    match only_its_own(caller) {
        Some(me) if !owners.contains(&me) => Err(Refusal::new(
            Code::Denied,
            "insufficient privileges to complete the operation",
        )
        .hint("with `Application.ReadWrite.OwnedBy` an application changes only those that it runs")
        .into()),
        Some(_) | None => Ok(()),
    }
}

/// The application that asks, if it may change only what it runs itself.
fn only_its_own(caller: &Caller) -> Option<PrincipalId> {
    let all = [Scope::ApplicationReadWriteAll, Scope::DirectoryReadWriteAll];
    match caller.actor {
        Actor::Application(me) if !all.iter().any(|scope| caller.scopes.contains(scope)) => {
            Some(me)
        }
        Actor::Application(_) | Actor::User(_) | Actor::Operator | Actor::System => None,
    }
}

fn application_of(tx: &ReadTx<'_>, id: Uuid) -> OpResult<Application> {
    let found = match tx.application_object(id)? {
        Some(found) => Some(found),
        None => tx.application(ApplicationId::from_uuid(id))?,
    };
    found.ok_or_else(|| Refusal::not_found(id).into())
}

fn service_principal_of(tx: &ReadTx<'_>, id: Uuid) -> OpResult<ServicePrincipal> {
    if id == GRAPH {
        return graph();
    }
    let found = match tx.service_principal(PrincipalId::from_uuid(id))? {
        Some(found) => Some(found),
        None => tx.service_principal_of(id)?,
    };
    found.ok_or_else(|| Refusal::not_found(id).into())
}

/// The service principal that stands for this API; it is nowhere kept, and can't be changed.
fn graph() -> OpResult<ServicePrincipal> {
    let display_name = DisplayName::new("Microsoft Graph")
        .map_err(|wrong| Refusal::new(Code::BadRequest, wrong.to_string()))?;
    Ok(ServicePrincipal {
        id: PrincipalId::from_uuid(GRAPH),
        app_id: GRAPH,
        display_name,
        account: AccountState::Enabled,
        created_at: Instant::EARLIEST,
        owners: Vec::new(),
        properties: BTreeMap::new(),
    })
}

/// An application, by its id or its client id.
pub fn application(tx: &ReadTx<'_>, caller: &Caller, id: Uuid) -> OpResult<Known> {
    may_read(tx, caller)?;
    let application = application_of(tx, id)?;
    known(tx, application)
}

fn known(tx: &ReadTx<'_>, application: Application) -> OpResult<Known> {
    let secrets = tx.known_secrets(application.id)?;
    Ok(Known {
        application,
        secrets,
    })
}

/// Applications, a page of them.
pub fn applications(
    tx: &ReadTx<'_>,
    caller: &Caller,
    query: &Query<ProgramField>,
) -> OpResult<Page<Known>> {
    may_read(tx, caller)?;
    let page = tx.list_applications(query)?;
    let rows = page
        .rows
        .into_iter()
        .map(|application| known(tx, application));
    Ok(Page {
        rows: rows.collect::<OpResult<_>>()?,
        more: page.more,
        last: page.last,
        count: page.count,
    })
}

/// A service principal, by its id or its client id.
pub fn service_principal(tx: &ReadTx<'_>, caller: &Caller, id: Uuid) -> OpResult<ServicePrincipal> {
    may_read(tx, caller)?;
    service_principal_of(tx, id)
}

/// Service principals, a page of them. The one of this API is there where it is asked for by its client id.
pub fn service_principals(
    tx: &ReadTx<'_>,
    caller: &Caller,
    query: &Query<ProgramField>,
) -> OpResult<Page<ServicePrincipal>> {
    may_read(tx, caller)?;
    let asked = query
        .filter
        .as_ref()
        .and_then(|filter| filter.required_text(ProgramField::AppId));
    if asked.and_then(|id| id.parse().ok()) == Some(GRAPH) {
        return Ok(Page {
            rows: vec![graph()?],
            more: false,
            last: None,
            count: query.count.then_some(1),
        });
    }
    Ok(tx.list_service_principals(query)?)
}

/// Makes an application. Nobody can sign in to it before it has a secret, a key or an address for codes, and it
/// has nothing before it has a service principal.
pub fn create_application(tx: &mut Tx<'_>, new: ApplicationChange) -> OpResult<Known> {
    let name = new.name.as_ref().map(ToString::to_string);
    let attempt = attempt(Operation::ChangeApplications, name.unwrap_or_default());
    application_created(tx, new).map_err(|error| error.at(attempt))
}

fn application_created(tx: &mut Tx<'_>, new: ApplicationChange) -> OpResult<Known> {
    let caller = tx.caller().clone();
    authorise(tx, &caller, Operation::ChangeApplications, About::NOTHING)?;
    let name = new.name.clone().ok_or_else(|| {
        Refusal::new(Code::BadRequest, "displayName is missing").about("displayName")
    })?;
    let mut application = Application {
        id: ApplicationId::fresh(tx.ids()),
        principal: PrincipalId::from_uuid(Uuid::nil()),
        name,
        kind: ApplicationKind::Confidential,
        redirect_uris: Vec::new(),
        permissions: Vec::new(),
        keys: None,
        groups_claim: GroupsClaim::None,
        created_at: tx.now(),
        object: tx.ids().fresh(),
        // Whoever may change only what it runs runs what it makes.
        owners: only_its_own(&caller).into_iter().collect(),
        properties: BTreeMap::new(),
    };
    changed(tx, &mut application, new)?;
    tx.keep_application(&application)?;
    note(
        tx,
        None,
        SignInEvent::ApplicationRegistered {
            application: Box::new(application.clone()),
        },
    )?;
    known(tx, application)
}

fn changed(
    tx: &ReadTx<'_>,
    application: &mut Application,
    change: ApplicationChange,
) -> OpResult<()> {
    if let Some(name) = change.name {
        application.name = name;
    }
    if let Some(uris) = change.redirect_uris {
        application.redirect_uris = uris;
    }
    if let Some(kind) = change.kind {
        application.kind = kind;
    }
    if let Some(claim) = change.groups_claim {
        application.groups_claim = claim;
    }
    said(&mut application.properties, change.properties);
    run_by(tx, &mut application.owners, change.owners)
}

fn said(kept: &mut BTreeMap<String, String>, change: BTreeMap<String, Option<String>>) {
    for (name, value) in change {
        match value {
            Some(value) => {
                kept.insert(name, value);
            }
            None => {
                kept.remove(&name);
            }
        }
    }
}

/// Adds to those who run a program.
fn run_by(tx: &ReadTx<'_>, owners: &mut Vec<PrincipalId>, more: Vec<PrincipalId>) -> OpResult<()> {
    for id in more {
        let owner = tx.principal(id)?.ok_or_else(|| Refusal::not_found(id))?;
        match owner.reference.kind {
            PrincipalKind::User | PrincipalKind::ServicePrincipal => {}
            PrincipalKind::Group => {
                return Err(Refusal::new(
                    Code::BadRequest,
                    "a group can't be an owner: owners are users and service principals",
                )
                .into());
            }
        }
        if !owners.contains(&id) {
            owners.push(id);
        }
    }
    if owners.len() > OWNERS_MAX {
        return Err(Refusal::new(
            Code::BadRequest,
            format!(
                "there would be {} owners, but at most {OWNERS_MAX} are taken",
                owners.len()
            ),
        )
        .into());
    }
    Ok(())
}

/// Changes what is known of an application: all of it, or nothing. Its service principal is called what it is
/// called.
pub fn update_application(tx: &mut Tx<'_>, id: Uuid, change: ApplicationChange) -> OpResult<()> {
    let attempt = attempt(Operation::ChangeApplications, id);
    let update = |tx: &mut Tx<'_>| {
        let before = changeable(tx, id)?;
        let mut after = before.clone();
        changed(tx, &mut after, change)?;
        keep(tx, before, after)
    };
    update(tx).map_err(|error: OpError| error.at(attempt))
}

/// The application, if the caller may change it.
fn changeable(tx: &Tx<'_>, id: Uuid) -> OpResult<Application> {
    let caller = tx.caller();
    authorise(tx, caller, Operation::ChangeApplications, About::NOTHING)?;
    let found = application_of(tx, id)?;
    may_change(caller, &found.owners)?;
    Ok(found)
}

fn keep(tx: &mut Tx<'_>, before: Application, after: Application) -> OpResult<()> {
    if after == before {
        return Ok(());
    }
    if after.name != before.name
        && let Some(own) = tx.service_principal_of(before.id.uuid())?
    {
        let renamed = ServicePrincipal {
            display_name: after.name.clone(),
            ..own.clone()
        };
        keep_service_principal(tx, own, renamed)?;
    }
    tx.keep_application(&after)?;
    note(
        tx,
        None,
        SignInEvent::ApplicationChanged {
            before: Box::new(before),
            after: Box::new(after),
        },
    )
}

fn keep_service_principal(
    tx: &mut Tx<'_>,
    before: ServicePrincipal,
    after: ServicePrincipal,
) -> OpResult<()> {
    if after == before {
        return Ok(());
    }
    note(
        tx,
        None,
        SignInEvent::ServicePrincipalChanged {
            before: Box::new(before),
            after: Box::new(after),
        },
    )
}

/// Deletes an application, and its service principal with all that it had.
pub fn delete_application(tx: &mut Tx<'_>, id: Uuid) -> OpResult<()> {
    let attempt = attempt(Operation::ChangeApplications, id);
    let delete = |tx: &mut Tx<'_>| {
        let application = changeable(tx, id)?;
        let at = tx.now();
        if let Some(own) = tx.service_principal_of(application.id.uuid())? {
            let service_principal = own.id;
            note(
                tx,
                None,
                SignInEvent::ServicePrincipalDeleted {
                    service_principal,
                    at,
                },
            )?;
        }
        let application = application.id;
        note(
            tx,
            None,
            SignInEvent::ApplicationDeleted { application, at },
        )
    };
    delete(tx).map_err(|error: OpError| error.at(attempt))
}

/// Gives an application a secret, of which only the hash is known here. At most two are good at a time, and
/// none for longer than two years.
pub fn add_secret(
    tx: &mut Tx<'_>,
    id: Uuid,
    name: Option<String>,
    until: Option<Instant>,
    hash: [u8; 32],
) -> OpResult<ClientSecret> {
    let attempt = attempt(Operation::ChangeApplications, id);
    secret_added(tx, id, name, until, hash).map_err(|error| error.at(attempt))
}

fn secret_added(
    tx: &mut Tx<'_>,
    id: Uuid,
    name: Option<String>,
    until: Option<Instant>,
    hash: [u8; 32],
) -> OpResult<ClientSecret> {
    let application = changeable(tx, id)?;
    may_speak_for(tx, &application)?;
    let (now, most) = (tx.now(), Application::SECRET_LIFETIME_MAX);
    let last = now.plus(most).unwrap_or(now);
    let until = until.unwrap_or(last);
    // Clients name a day two years ahead by their own clock.
    if until <= now || until > last.plus(Length::days(1)).unwrap_or(last) {
        return Err(Refusal::new(
            Code::BadRequest,
            format!("endDateTime is `{until}`, but a secret is good for some time and at most two years, until {last}"),
        )
        .about("endDateTime")
        .into());
    }
    if tx.known_secrets(application.id)?.len() >= Application::SECRETS_MAX {
        return Err(Refusal::new(
            Code::BadRequest,
            "the application has two secrets that are good, and there may be no more",
        )
        .hint("take one away by removePassword first")
        .into());
    }
    let secret = ClientSecret {
        key: tx.ids().fresh(),
        name,
        from: now,
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
    Ok(secret)
}

/// Refused where a secret would let the caller speak for a program that reaches what they don't: whoever has a
/// program's secret is that program (T-12). So only those who give directory roles give secrets to programs that
/// hold one, that are in a role-assignable group, or that may give roles or permissions themselves.
fn may_speak_for(tx: &Tx<'_>, application: &Application) -> OpResult<()> {
    let caller = tx.caller();
    if caller.actor == Actor::Application(application.principal) {
        return Ok(());
    }
    let gives_more = [
        Scope::RoleManagementReadWriteDirectory,
        Scope::AppRoleAssignmentReadWriteAll,
        Scope::ApplicationReadWriteAll,
    ];
    let granted = application.permissions.iter();
    let is_harmless = tx.holdings(application.principal)?.is_empty()
        && !granted
            .filter_map(|name| Scope::parse(name))
            .any(|scope| gives_more.contains(&scope));
    let standing = standing(tx, caller, Operation::GrantPermissions, About::NOTHING)?;
    let gives_roles = standing.has_role(DirectoryRole::GlobalAdministrator)
        || standing.has_role(DirectoryRole::PrivilegedRoleAdministrator);
    if is_harmless || gives_roles {
        return Ok(());
    }
    Err(Refusal::new(
        Code::Denied,
        "insufficient privileges to complete the operation",
    )
    .hint("the program holds a directory role or may give roles; a Privileged Role Administrator or Global Administrator may give it a secret")
    .into())
}

/// Takes a secret from an application: it is no good from then on.
pub fn remove_secret(tx: &mut Tx<'_>, id: Uuid, key: Uuid) -> OpResult<()> {
    let attempt = attempt(Operation::ChangeApplications, id);
    let remove = |tx: &mut Tx<'_>| {
        let application = changeable(tx, id)?.id;
        if !tx.forget_client_secret(application, key)? {
            return Err(Refusal::new(
                Code::BadRequest,
                format!("the application has no secret with the keyId `{key}`"),
            )
            .about("keyId")
            .into());
        }
        note(
            tx,
            None,
            SignInEvent::ApplicationSecretRemoved { application, key },
        )
    };
    remove(tx).map_err(|error: OpError| error.at(attempt))
}

/// Makes the service principal of an application.
pub fn create_service_principal(
    tx: &mut Tx<'_>,
    app: Uuid,
    new: ServicePrincipalChange,
) -> OpResult<ServicePrincipal> {
    let attempt = attempt(Operation::ChangeApplications, app);
    let make = |tx: &mut Tx<'_>| {
        let caller = tx.caller().clone();
        authorise(tx, &caller, Operation::ChangeApplications, About::NOTHING)?;
        let application = tx
            .application(ApplicationId::from_uuid(app))?
            .ok_or_else(|| {
                Refusal::new(
                    Code::BadRequest,
                    format!("there is no application with the appId `{app}`"),
                )
                .about("appId")
            })?;
        may_change(&caller, &application.owners)?;
        if tx.service_principal_of(app)?.is_some() {
            return Err(Refusal::new(
                Code::KeyExists,
                format!("there is a service principal with the appId `{app}` already"),
            )
            .about("appId")
            .into());
        }
        let mut made = ServicePrincipal {
            id: PrincipalId::fresh(tx.ids()),
            app_id: app,
            display_name: application.name.clone(),
            account: new.account.unwrap_or(AccountState::Enabled),
            created_at: tx.now(),
            owners: only_its_own(&caller).into_iter().collect(),
            properties: BTreeMap::new(),
        };
        said(&mut made.properties, new.properties);
        run_by(tx, &mut made.owners, new.owners)?;
        note(
            tx,
            None,
            SignInEvent::ServicePrincipalMade {
                service_principal: Box::new(made.clone()),
            },
        )?;
        let with_account = Application {
            principal: made.id,
            ..application.clone()
        };
        keep(tx, application, with_account)?;
        Ok(made)
    };
    make(tx).map_err(|error: OpError| error.at(attempt))
}

/// The service principal, if the caller may change it.
fn changeable_account(tx: &Tx<'_>, id: Uuid) -> OpResult<ServicePrincipal> {
    let caller = tx.caller();
    authorise(tx, caller, Operation::ChangeApplications, About::NOTHING)?;
    let found = service_principal_of(tx, id)?;
    if found.app_id == GRAPH {
        return Err(Refusal::new(
            Code::BadRequest,
            "the service principal of this API can't be changed",
        )
        .into());
    }
    may_change(caller, &found.owners)?;
    Ok(found)
}

/// Changes what is known of a service principal. One that is disabled gets no tokens, and those it has are no
/// good.
pub fn update_service_principal(
    tx: &mut Tx<'_>,
    id: Uuid,
    change: ServicePrincipalChange,
) -> OpResult<()> {
    let attempt = attempt(Operation::ChangeApplications, id);
    let update = |tx: &mut Tx<'_>| {
        let before = changeable_account(tx, id)?;
        let mut after = before.clone();
        if let Some(account) = change.account {
            after.account = account;
        }
        said(&mut after.properties, change.properties);
        run_by(tx, &mut after.owners, change.owners)?;
        keep_service_principal(tx, before, after)
    };
    update(tx).map_err(|error: OpError| error.at(attempt))
}

/// Deletes a service principal: all that it had is over. Its application may have another one.
pub fn delete_service_principal(tx: &mut Tx<'_>, id: Uuid) -> OpResult<()> {
    let attempt = attempt(Operation::ChangeApplications, id);
    let delete = |tx: &mut Tx<'_>| {
        let own = changeable_account(tx, id)?;
        let at = tx.now();
        if let Some(application) = tx.application(ApplicationId::from_uuid(own.app_id))? {
            // What was granted was granted to the one that is gone.
            let without = Application {
                principal: PrincipalId::from_uuid(Uuid::nil()),
                permissions: Vec::new(),
                ..application.clone()
            };
            keep(tx, application, without)?;
        }
        let service_principal = own.id;
        note(
            tx,
            None,
            SignInEvent::ServicePrincipalDeleted {
                service_principal,
                at,
            },
        )
    };
    delete(tx).map_err(|error: OpError| error.at(attempt))
}

/// Who runs a program. Whoever was deleted runs nothing.
pub fn owners(tx: &ReadTx<'_>, caller: &Caller, of: Of, id: Uuid) -> OpResult<Vec<Principal>> {
    may_read(tx, caller)?;
    let ids = match of {
        Of::Application => application_of(tx, id)?.owners,
        Of::ServicePrincipal => service_principal_of(tx, id)?.owners,
    };
    let mut found = tx.principals(&ids)?;
    found.sort_by_key(|one| ids.iter().position(|id| *id == one.reference.id));
    Ok(found)
}

/// Adds somebody to those who run a program.
pub fn add_owner(tx: &mut Tx<'_>, of: Of, id: Uuid, owner: PrincipalId) -> OpResult<()> {
    let attempt = attempt(Operation::ChangeApplications, id);
    owners_changed(tx, of, id, |tx, owners| {
        if owners.contains(&owner) {
            return Err(Refusal::new(
                Code::BadRequest,
                "one or more added object references already exist for the following modified properties: 'owners'",
            )
            .into());
        }
        run_by(tx, owners, vec![owner])
    })
    .map_err(|error| error.at(attempt))
}

/// Takes somebody from those who run a program: the last one, too.
pub fn remove_owner(tx: &mut Tx<'_>, of: Of, id: Uuid, owner: PrincipalId) -> OpResult<()> {
    let attempt = attempt(Operation::ChangeApplications, id);
    owners_changed(tx, of, id, |_, owners| {
        let before = owners.len();
        owners.retain(|own| *own != owner);
        if owners.len() == before {
            return Err(Refusal::not_found(owner).into());
        }
        Ok(())
    })
    .map_err(|error| error.at(attempt))
}

fn owners_changed(
    tx: &mut Tx<'_>,
    of: Of,
    id: Uuid,
    change: impl FnOnce(&ReadTx<'_>, &mut Vec<PrincipalId>) -> OpResult<()>,
) -> OpResult<()> {
    match of {
        Of::Application => {
            let before = changeable(tx, id)?;
            let mut after = before.clone();
            change(tx, &mut after.owners)?;
            keep(tx, before, after)
        }
        Of::ServicePrincipal => {
            let before = changeable_account(tx, id)?;
            let mut after = before.clone();
            change(tx, &mut after.owners)?;
            keep_service_principal(tx, before, after)
        }
    }
}

/// A service principal with what it may do in its own name.
#[derive(Debug, Clone)]
pub struct Granted {
    /// To whom.
    pub service_principal: ServicePrincipal,
    /// The permissions.
    pub permissions: Vec<Scope>,
}

/// What a service principal may do in its own name.
pub fn permissions(tx: &ReadTx<'_>, caller: &Caller, id: Uuid) -> OpResult<Granted> {
    may_read(tx, caller)?;
    let service_principal = service_principal_of(tx, id)?;
    let application = tx.application(ApplicationId::from_uuid(service_principal.app_id))?;
    let permissions = application
        .into_iter()
        .flat_map(|application| application.permissions)
        .filter_map(|name| Scope::parse(&name));
    Ok(Granted {
        permissions: permissions.collect(),
        service_principal,
    })
}

/// Whether a permission is given or taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Given.
    Given,
    /// Taken away.
    Taken,
}

/// Lets a program do something in its own name, or no longer. Tokens that it has say what they said until they
/// end, which is within the hour.
pub fn set_permission(
    tx: &mut Tx<'_>,
    id: Uuid,
    permission: Scope,
    granted: Grant,
) -> OpResult<ServicePrincipal> {
    let attempt = attempt(
        Operation::GrantPermissions,
        format!("{} {id}", permission.as_str()),
    );
    let set = |tx: &mut Tx<'_>| {
        let caller = tx.caller().clone();
        authorise(tx, &caller, Operation::GrantPermissions, About::NOTHING)?;
        let own = service_principal_of(tx, id)?;
        let before = application_of(tx, own.app_id)?;
        let mut after = before.clone();
        let has = before
            .permissions
            .iter()
            .any(|name| Scope::parse(name) == Some(permission));
        match (granted, has) {
            (Grant::Given, true) => {
                return Err(Refusal::new(
                    Code::BadRequest,
                    format!(
                        "the permission `{}` being assigned already exists on the object",
                        permission.as_str()
                    ),
                )
                .about("appRoleId")
                .into());
            }
            (Grant::Taken, false) => return Err(Refusal::not_found(id).into()),
            (Grant::Given, false) => after.permissions.push(permission.as_str().to_owned()),
            (Grant::Taken, true) => after
                .permissions
                .retain(|name| Scope::parse(name) != Some(permission)),
        }
        keep(tx, before, after)?;
        Ok(own)
    };
    set(tx).map_err(|error: OpError| error.at(attempt))
}
