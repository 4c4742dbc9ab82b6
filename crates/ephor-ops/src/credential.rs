//! Whose credentials and sensitive properties the caller may change now (R-A7).

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::credential::{Change, judge};
use ephor_core::id::PrincipalId;
use ephor_store::ReadTx;

use crate::OpResult;
use crate::authorise::{About, standing};

/// Refused unless the caller may make `change` to this user's account, by what both hold now. One's own
/// account is for oneself to change, and not judged here.
pub(crate) fn may_change(
    tx: &ReadTx<'_>,
    caller: &Caller,
    change: Change,
    user: PrincipalId,
) -> OpResult<()> {
    if caller.user() == Some(user) {
        return Ok(());
    }
    let standing = standing(tx, caller, Operation::DeleteUser, About::user(user))?;
    let holdings = tx.holdings(user)?;
    Ok(judge(change, &standing, &holdings)?)
}
