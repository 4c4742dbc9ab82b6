//! Access tokens: who they are issued to. Until people sign in, the operator issues them (T-43).

use ephor_core::authority::Operation;
use ephor_core::caller::Factor;
use ephor_core::event::{Attempt, Event};
use ephor_core::id::TokenId;
use ephor_core::principal::{AccountState, User, UserPrincipalName};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::tenant::Tenant;
use ephor_core::time::{Instant, Length};
use ephor_store::{ReadTx, SigningKey, Tx};

use crate::OpResult;
use crate::authorise::{About, authorise};
use crate::signin::key::Purpose;

/// An operator's token is good for this long at most.
pub const LIFETIME_MAX: Length = Length::hours(1);

/// What an access token says, before it is signed.
#[derive(Clone)]
pub struct Grant {
    /// The token's id.
    pub token: TokenId,
    /// In whose name.
    pub user: User,
    /// In which tenant.
    pub tenant: Tenant,
    /// Whether it says that a second factor was shown.
    pub factor: Factor,
    /// From when it is good.
    pub issued_at: Instant,
    /// Until when.
    pub expires_at: Instant,
    /// What to sign it with.
    pub key: SigningKey,
}

/// Issues a token in a user's name, as the operator; the record names it.
pub fn issue(
    tx: &mut Tx<'_>,
    name: &UserPrincipalName,
    factor: Factor,
    lifetime: Length,
) -> OpResult<Grant> {
    let attempt = Attempt {
        operation: Operation::IssueToken.name().to_owned(),
        group: None,
        access: None,
        definition: None,
        principal: None,
        detail: Some(name.to_string()),
    };
    issued(tx, name, factor, lifetime).map_err(|error| error.at(attempt))
}

fn issued(
    tx: &mut Tx<'_>,
    name: &UserPrincipalName,
    factor: Factor,
    lifetime: Length,
) -> OpResult<Grant> {
    let caller = tx.caller().clone();
    authorise(tx, &caller, Operation::IssueToken, About::NOTHING)?;
    if lifetime > LIFETIME_MAX || lifetime < Length::minutes(1) {
        return Err(Refusal::new(
            Code::BadRequest,
            format!("a token for {lifetime} was asked for, but it can be good for 1 min to {LIFETIME_MAX}"),
        )
        .into());
    }
    let user = tx
        .user_by_name(name)?
        .ok_or_else(|| Refusal::new(Code::NotFound, format!("there is no user `{name}`")))?;
    if user.account == AccountState::Disabled {
        return Err(Refusal::new(Code::Denied, format!("the account `{name}` is disabled")).into());
    }
    let tenant = crate::tenant::get(tx)?;
    let key = crate::signin::key::signer(tx, Purpose::Access)?;
    let token = TokenId::fresh(tx.ids());
    let issued_at = tx.now();
    tx.record(&[Event::TokenIssued {
        user: user.id,
        token,
        factor,
        lifetime,
    }])?;
    Ok(Grant {
        token,
        user,
        tenant,
        factor,
        issued_at,
        expires_at: issued_at.plus(lifetime).unwrap_or(issued_at),
        key,
    })
}

/// What is needed to check tokens: the tenant and its keys.
pub fn keys(tx: &ReadTx<'_>) -> OpResult<(Tenant, Vec<SigningKey>)> {
    Ok((
        crate::tenant::get(tx)?,
        crate::signin::key::list(tx, Purpose::Access)?,
    ))
}
