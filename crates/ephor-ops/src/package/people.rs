//! Who somebody is to a package: whether they may ask, and who decides on what they ask for.

use std::collections::BTreeSet;

use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::package::asking::{self, Asker};
use ephor_core::package::policy::PackageStage;
use ephor_core::package::{PackageRequest, Subject};
use ephor_core::policy::Approver;
use ephor_core::query::Query;
use ephor_store::{PackageScope, ReadTx};

use crate::{OpResult, approver};

/// The groups that somebody is an active member of now, through any nesting.
pub(crate) fn groups_of(tx: &ReadTx<'_>, person: PrincipalId) -> OpResult<BTreeSet<GroupId>> {
    let every = Query {
        top: u32::MAX,
        ..Query::default()
    };
    let groups = tx.list_transitive_member_of(person, &every)?.rows;
    Ok(groups.into_iter().map(|group| group.id).collect())
}

/// What is to be known of somebody who asks or is given something; `None` where there is no such user.
pub(crate) fn asker(tx: &ReadTx<'_>, person: PrincipalId) -> OpResult<Option<Asker>> {
    let Some(user) = tx.user(person)? else {
        return Ok(None);
    };
    let packages = tx
        .package_assignments(PackageScope::Target(person))?
        .iter()
        .map(|assignment| assignment.package)
        .collect();
    Ok(Some(Asker {
        groups: groups_of(tx, person)?,
        user,
        packages,
    }))
}

/// The manager of somebody, so many levels up; `None` where nobody is known.
fn manager(_: &ReadTx<'_>, _: PrincipalId, _: u8) -> OpResult<Option<PrincipalId>> {
    // The directory keeps no managers yet: whoever is found by being one is nobody, and fallback approvers
    // decide.
    Ok(None)
}

/// The people that these stand for now, towards a request.
pub(crate) fn people(
    tx: &ReadTx<'_>,
    subjects: &[Subject],
    request: &PackageRequest,
) -> OpResult<BTreeSet<PrincipalId>> {
    let mut named = Vec::new();
    for subject in subjects {
        match subject {
            Subject::User { id, .. } => named.push(*id),
            Subject::RequestorManager { level } | Subject::TargetManager { level } => {
                named.extend(manager(tx, request.target, *level)?);
            }
            Subject::GroupMembers { .. }
            | Subject::InternalSponsors
            | Subject::ExternalSponsors
            | Subject::TargetUserSponsors => {}
        }
    }
    let named = named.into_iter().map(|id| Approver::User {
        id,
        description: None,
    });
    let groups = subjects.iter().filter_map(|subject| match subject {
        Subject::GroupMembers { id, .. } => Some(Approver::GroupMembers {
            id: *id,
            description: None,
        }),
        Subject::User { .. }
        | Subject::RequestorManager { .. }
        | Subject::TargetManager { .. }
        | Subject::InternalSponsors
        | Subject::ExternalSponsors
        | Subject::TargetUserSponsors => None,
    });
    let approvers: Vec<_> = named.chain(groups).collect();
    approver::people(tx, &approvers)
}

/// Who may decide on a request in a stage now: never whoever asked, nor whom it is for, by any account (R-F3).
pub(crate) fn deciders(
    tx: &ReadTx<'_>,
    stage: &PackageStage,
    request: &PackageRequest,
    is_escalated: bool,
) -> OpResult<BTreeSet<PrincipalId>> {
    let identities = approver::identities(tx, request.target, request.created_by.user())?;
    let mut failed = None;
    let found = asking::deciders(stage, is_escalated, |subjects| {
        match people(tx, subjects, request) {
            // Who could not decide anyway does not count as found, so that others stand in.
            Ok(people) => people.difference(&identities).copied().collect(),
            Err(error) => {
                failed = Some(error);
                BTreeSet::new()
            }
        }
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(found),
    }
}
