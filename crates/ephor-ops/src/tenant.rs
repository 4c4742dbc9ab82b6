//! Makes a tenant and its first Global Administrator (`ephor init`).

use ephor_core::authority::Operation;
use ephor_core::directory;
use ephor_core::directory_role::DirectoryRole;
use ephor_core::event::Event;
use ephor_core::id::{PrincipalId, TenantId};
use ephor_core::principal::{PrincipalKind, PrincipalRef, User, UserPrincipalName};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::role::Role;
use ephor_core::schedule::{GrantOrigin, Schedule};
use ephor_core::tenant::{Settings, Tenant, TenantPurpose};
use ephor_core::text::DisplayName;
use ephor_store::{ReadTx, SigningKey, Tx};

use crate::OpResult;
use crate::authorise::{About, authorise};
use crate::directory::NewUser;

/// A tenant to be made.
#[derive(Clone)]
pub struct NewTenant {
    /// Its first verified domain.
    pub domain: String,
    /// Its first Global Administrator.
    pub administrator: NewUser,
    /// What it is used as.
    pub purpose: TenantPurpose,
    /// The key that its access tokens are signed with.
    pub key: SigningKey,
}

/// What was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// The tenant.
    pub tenant: Tenant,
    /// Its first Global Administrator.
    pub administrator: User,
}

/// Makes the tenant in an empty database.
pub fn make(tx: &mut Tx<'_>, new: NewTenant) -> OpResult<Made> {
    let caller = tx.caller().clone();
    authorise(tx, &caller, Operation::MakeTenant, About::NOTHING)?;
    if let Some(tenant) = tx.tenant()? {
        return Err(Refusal::new(
            Code::KeyExists,
            format!("there already is a tenant, `{}`", tenant.domain),
        )
        .into());
    }
    if let Err(wrong) = new.administrator.user_principal_name.check_new() {
        return Err(Refusal::new(
            Code::BadRequest,
            format!(
                "the administrator's name `{}` {wrong}",
                new.administrator.user_principal_name
            ),
        )
        .into());
    }
    let domain = new.domain.to_lowercase();
    if new.administrator.user_principal_name.domain() != domain {
        return Err(Refusal::new(
            Code::BadRequest,
            format!(
                "the administrator `{}` is not in the tenant's domain `{domain}`",
                new.administrator.user_principal_name
            ),
        )
        .hint(format!("name someone@{domain}"))
        .into());
    }
    let at = tx.now();
    let tenant = Tenant {
        id: TenantId::fresh(tx.ids()),
        domain,
        created_at: at,
        purpose: new.purpose,
        settings: Settings::default(),
    };
    let hash = new.administrator.password_hash.clone();
    let administrator = new
        .administrator
        .into_user(PrincipalId::fresh(tx.ids()), at);
    let global = Role::directory(DirectoryRole::GlobalAdministrator.definition_id());
    let first = PrincipalRef {
        id: administrator.id,
        kind: PrincipalKind::User,
    };
    // The first one is nobody's doing behind PIM's back.
    let administration = Schedule {
        origin: GrantOrigin::Assigned,
        ..directory::outside(global, first, at, tx.ids())
    };
    tx.record(&[
        Event::TenantMade {
            tenant: tenant.clone(),
        },
        Event::UserCreated {
            user: Box::new(administrator.clone()),
        },
        Event::ScheduleGranted {
            request: None,
            schedule: Box::new(administration),
        },
    ])?;
    tx.keep_signing_key(&new.key)?;
    if let Some(hash) = hash {
        tx.keep_password_hash(administrator.id, &hash)?;
    }
    Ok(Made {
        tenant,
        administrator,
    })
}

/// The domain as it will be kept, or why it is none.
pub fn check_domain(domain: &str) -> Result<(), Refusal> {
    format!("someone@{domain}")
        .parse::<UserPrincipalName>()
        .map(|_| ())
        .map_err(|_| {
            Refusal::new(
                Code::BadRequest,
                format!("`{}` is not a domain name", domain.escape_debug()),
            )
            .hint("write it like contoso.example, at most 48 characters")
        })
}

/// A name for an account that was given none: the part of its sign-in name before the `@`.
pub fn display_name_of(name: &UserPrincipalName) -> Result<DisplayName, Refusal> {
    let local = name.as_str().split('@').next().unwrap_or_default();
    DisplayName::new(local)
        .map_err(|wrong| Refusal::new(Code::BadRequest, format!("displayName {wrong}")))
}

/// The tenant of this database.
pub fn get(tx: &ReadTx<'_>) -> OpResult<Tenant> {
    tx.tenant()?
        .ok_or_else(|| Refusal::new(Code::NotFound, "there is no tenant in this database").into())
}
