//! What the letters about an account need to know, as it is now.

use ephor_core::caller::Actor;
use ephor_core::directory_role::DirectoryRole;
use ephor_core::notice::{AccountFacts, Person, Portal, account_topic};
use ephor_store::{OutboxMessage, ReadTx};

use super::facts;
use crate::OpResult;

/// The facts for the letters about a message; `None` where it is not about an account, or nobody hears of it.
pub(super) fn of<'a>(
    tx: &ReadTx<'_>,
    message: &OutboxMessage,
    portal: &'a Portal,
) -> OpResult<Option<AccountFacts<'a>>> {
    let Some(topic) = account_topic(&message.event) else {
        return Ok(None);
    };
    let Some(owner) = tx.principal(topic.user)? else {
        return Ok(None);
    };
    let by = match message.actor {
        Actor::User(user) if user == topic.user => None,
        Actor::User(user) | Actor::Application(user) => {
            Some(facts::name(tx, user)?.unwrap_or_else(|| user.to_string()))
        }
        Actor::Operator => Some("the operator".to_owned()),
        Actor::System => None,
    };
    let recipients = if topic.kind.is_for_administrators() {
        facts::lasting_holders(tx, &[DirectoryRole::GlobalAdministrator])?
    } else {
        Person::of(&owner).into_iter().collect()
    };
    Ok(Some(AccountFacts {
        topic,
        sequence: message.sequence,
        recorded_at: message.at,
        portal,
        owner: owner.display_name.to_string(),
        by,
        recipients,
    }))
}
