//! Who somebody is to a package: whether they may ask, and who decides on what they ask for.

use std::collections::BTreeSet;

use ephor_core::authority::{Operation, Target, line};
use ephor_core::caller::Caller;
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::package::asking::{self, Asker};
use ephor_core::package::policy::PackageStage;
use ephor_core::package::{PackageRequest, Subject};
use ephor_core::policy::Approver;
use ephor_core::principal::PrincipalKind;
use ephor_core::query::Query;
use ephor_core::refusal::Code;
use ephor_store::{PackageScope, ReadTx};

use super::Delegated;
use crate::approver::Memberships;
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

/// The manager of somebody, so many levels up; `None` where nobody is known: then fallback approvers decide.
fn manager(tx: &ReadTx<'_>, person: PrincipalId, level: u8) -> OpResult<Option<PrincipalId>> {
    let mut found = person;
    for _ in 0..level {
        match tx.user(found)?.and_then(|user| user.manager) {
            Some(manager) => found = manager,
            None => return Ok(None),
        }
    }
    Ok((found != person).then_some(found))
}

/// The same, with the sponsors of whom it is for named one by one. Where there are none, nobody is named: then
/// fallback approvers decide.
fn with_sponsors<'a>(
    tx: &ReadTx<'_>,
    subjects: impl IntoIterator<Item = &'a Subject>,
    target: PrincipalId,
) -> OpResult<Vec<Subject>> {
    let mut all = Vec::new();
    for subject in subjects {
        if *subject != Subject::TargetUserSponsors {
            all.push(subject.clone());
            continue;
        }
        let sponsors = tx.user(target)?.map(|user| user.sponsors);
        for sponsor in tx.principals(&sponsors.unwrap_or_default())? {
            match sponsor.reference.kind {
                PrincipalKind::User => all.push(Subject::User {
                    id: sponsor.reference.id,
                    description: None,
                }),
                PrincipalKind::Group => all.push(Subject::GroupMembers {
                    id: sponsor.reference.id.as_group(),
                    description: None,
                }),
                PrincipalKind::ServicePrincipal => {}
            }
        }
    }
    Ok(all)
}

/// Whether somebody who decides in this stage does so by a membership that counts, or by no membership at all
/// (T-05): who was put into an approver group after it was asked for could be there just to approve it.
pub(crate) fn counts(
    tx: &ReadTx<'_>,
    stage: &PackageStage,
    request: &PackageRequest,
    me: PrincipalId,
) -> OpResult<bool> {
    let named = [
        &stage.primary,
        &stage.fallback,
        &stage.escalation,
        &stage.escalation_fallback,
    ];
    let (mut groups, mut others) = (BTreeSet::new(), Vec::new());
    for subject in with_sponsors(tx, named.into_iter().flatten(), request.target)? {
        match subject {
            Subject::GroupMembers { id, .. } => {
                groups.insert(id);
            }
            other => others.push(other),
        }
    }
    if people(tx, &others, request)?.contains(&me) {
        return Ok(true);
    }
    let catalog = tx.package(request.package)?.map(|package| package.catalog);
    let manages = |giver: PrincipalId| -> OpResult<bool> {
        let giver = Caller::person(giver);
        let Some(line) = line(Operation::AssignPackage, Target::Any) else {
            return Ok(false);
        };
        match Delegated::of(tx, &giver) {
            Ok(delegated) => {
                let over = delegated.over(catalog);
                Ok(line.grounds().any(|ground| over.has(ground)))
            }
            // Whoever gave it is not there any more.
            Err(error) if error.code() == Some(Code::NotSignedIn) => Ok(false),
            Err(error) => Err(error),
        }
    };
    Memberships {
        tx,
        since: request.created_at,
        identities: approver::identities(tx, request.target, request.created_by.user())?,
        manages: &manages,
    }
    .reach(me, &groups)
}

/// The people that these stand for now, towards a request.
pub(crate) fn people(
    tx: &ReadTx<'_>,
    subjects: &[Subject],
    request: &PackageRequest,
) -> OpResult<BTreeSet<PrincipalId>> {
    let subjects = with_sponsors(tx, subjects, request.target)?;
    let mut named = Vec::new();
    for subject in &subjects {
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
