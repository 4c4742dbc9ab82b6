//! What was deleted, by its id alone: users and groups of `/directory/deletedItems` (`directory.md` 4.3).

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::credential::Change;
use ephor_core::event::Event;
use ephor_core::group::Group;
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::principal::User;
use ephor_core::refusal::Refusal;
use ephor_core::role::ObjectId;
use ephor_store::{ReadTx, Tx};

use super::attempt;
use super::lifecycle::{Deleted, restorable_since, restore_group, restore_user};
use crate::authorise::{About, authorise};
use crate::{OpResult, credential};

/// A user or group that can be restored.
#[derive(Debug, Clone)]
pub enum DeletedItem {
    /// A group.
    Group(Deleted<Group>),
    /// A user.
    User(Deleted<User>),
}

/// A user or group that is there again.
#[derive(Debug, Clone)]
pub enum Restored {
    /// A group.
    Group(Group),
    /// A user.
    User(User),
}

fn deleted_group(tx: &ReadTx<'_>, id: PrincipalId) -> OpResult<Option<Deleted<Group>>> {
    let since = restorable_since(tx);
    let found = tx.deleted_group(GroupId::from_uuid(id.uuid()))?;
    Ok(found.map(Deleted::of).filter(|deleted| deleted.at > since))
}

fn deleted_user(tx: &ReadTx<'_>, id: PrincipalId) -> OpResult<Option<Deleted<User>>> {
    let since = restorable_since(tx);
    let found = tx.deleted_user(id)?;
    Ok(found.map(Deleted::of).filter(|deleted| deleted.at > since))
}

/// A user or group that can be restored. What the caller may not see is not there.
pub fn deleted_item(tx: &ReadTx<'_>, caller: &Caller, id: PrincipalId) -> OpResult<DeletedItem> {
    let may_see = |operation| authorise(tx, caller, operation, About::NOTHING);
    let groups = may_see(Operation::ReadDeletedGroups).is_ok();
    let users = may_see(Operation::ReadDeletedUsers);
    if groups && let Some(group) = deleted_group(tx, id)? {
        return Ok(DeletedItem::Group(group));
    }
    match users {
        Ok(_) => deleted_user(tx, id)?
            .map(DeletedItem::User)
            .ok_or_else(|| Refusal::not_found(id).into()),
        Err(_) if groups => Err(Refusal::not_found(id).into()),
        Err(refused) => Err(refused),
    }
}

/// Restores whichever it is; see [`restore_group`] and [`restore_user`].
pub fn restore(tx: &mut Tx<'_>, id: PrincipalId) -> OpResult<Restored> {
    let group = GroupId::from_uuid(id.uuid());
    if tx.deleted_group(group)?.is_some() {
        restore_group(tx, group).map(Restored::Group)
    } else {
        restore_user(tx, id).map(Restored::User)
    }
}

/// Deletes a deleted user or group for good: nobody can restore it any more, its id is never used again, and
/// what was granted with it stays in the record.
pub fn purge(tx: &mut Tx<'_>, id: PrincipalId) -> OpResult<()> {
    let group = GroupId::from_uuid(id.uuid());
    if tx.deleted_group(group)?.is_some() {
        let attempt = attempt(Operation::PurgeGroup, Some(group), None, None, None);
        group_purged(tx, id, group).map_err(|error| error.at(attempt))
    } else {
        let attempt = attempt(Operation::PurgeUser, None, None, Some(id), None);
        user_purged(tx, id).map_err(|error| error.at(attempt))
    }
}

fn group_purged(tx: &mut Tx<'_>, id: PrincipalId, group: GroupId) -> OpResult<()> {
    let caller = tx.caller().clone();
    let about = About::object_id(tx, ObjectId::Group(group))?;
    authorise(tx, &caller, Operation::PurgeGroup, about)?;
    deleted_group(tx, id)?.ok_or_else(|| Refusal::not_found(id))?;
    let at = tx.now();
    Ok(tx.record(&[Event::GroupPurged { group, at }])?)
}

fn user_purged(tx: &mut Tx<'_>, user: PrincipalId) -> OpResult<()> {
    let caller = tx.caller().clone();
    authorise(tx, &caller, Operation::PurgeUser, About::NOTHING)?;
    deleted_user(tx, user)?.ok_or_else(|| Refusal::not_found(user))?;
    credential::may_change(tx, &caller, Change::Sensitive, user)?;
    let at = tx.now();
    Ok(tx.record(&[Event::UserPurged { user, at }])?)
}
