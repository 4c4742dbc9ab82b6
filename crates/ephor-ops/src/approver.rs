//! Who may decide on a request: people, found anew each time one asks (R-F1, R-F3; T-01).
//!
//! Approvers are expanded when it is decided, never from a list that was made when the request was. Whoever
//! asked, whoever it is for, and every account linked to one of them are never among those who decide.

use std::collections::{BTreeSet, VecDeque};

use ephor_core::authority::{Operation, line};
use ephor_core::caller::{Actor, Caller};
use ephor_core::effective::DEPTH_MAX;
use ephor_core::group::Access;
use ephor_core::holding::Link;
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::policy::Approver;
use ephor_core::principal::{AccountState, PrincipalKind};
use ephor_core::query::Query;
use ephor_core::request::{ApprovalNeed, ScheduleRequest};
use ephor_core::role::Role;
use ephor_core::schedule::ScheduleKind;
use ephor_core::time::Instant;
use ephor_store::ReadTx;

use crate::OpResult;
use crate::authorise::About;

/// The people whom these approvers stand for now: named ones, and active members of named groups through
/// any nesting; accounts that may be used.
pub(crate) fn people(tx: &ReadTx<'_>, approvers: &[Approver]) -> OpResult<BTreeSet<PrincipalId>> {
    let mut named = Vec::new();
    let mut people = BTreeSet::new();
    let every = Query {
        top: u32::MAX,
        ..Query::default()
    };
    for approver in approvers {
        match approver {
            Approver::User { id, .. } => named.push(*id),
            Approver::GroupMembers { id, .. } => {
                let members = tx.list_transitive_members(*id, &every)?.rows;
                people.extend(
                    members
                        .into_iter()
                        .filter(|member| {
                            member.reference.kind == PrincipalKind::User
                                && member.account == AccountState::Enabled
                        })
                        .map(|member| member.reference.id),
                );
            }
        }
    }
    let named = tx.principals(&named)?;
    people.extend(
        named
            .into_iter()
            .filter(|person| {
                person.reference.kind == PrincipalKind::User
                    && person.account == AccountState::Enabled
            })
            .map(|person| person.reference.id),
    );
    Ok(people)
}

/// Every account of the principal and of whoever asked.
pub(crate) fn identities(
    tx: &ReadTx<'_>,
    principal: PrincipalId,
    asker: Option<PrincipalId>,
) -> OpResult<BTreeSet<PrincipalId>> {
    let mut all = BTreeSet::from([principal]);
    all.extend(asker);
    for one in [Some(principal), asker].into_iter().flatten() {
        all.extend(tx.linked_accounts(one)?);
    }
    Ok(all)
}

/// Whether the caller may decide on this request for activation now, whatever its state.
pub(crate) fn may_decide(
    tx: &ReadTx<'_>,
    caller: &Caller,
    request: &ScheduleRequest,
) -> OpResult<bool> {
    let Some(me) = caller.user() else {
        return Ok(false);
    };
    if request.approval != ApprovalNeed::Asked {
        return Ok(false);
    }
    let identities = identities(tx, request.principal, request.created_by.user())?;
    if identities.contains(&me)
        || tx
            .user(me)?
            .is_none_or(|user| user.account != AccountState::Enabled)
    {
        return Ok(false);
    }
    let policy = tx.policy(request.role)?;
    let approvers = policy.rules.activation.approval.stage.primary_approvers;
    let is_named = |approver: &Approver| matches!(approver, Approver::User { id, .. } if *id == me);
    if approvers.iter().any(is_named) {
        return Ok(true);
    }
    let groups: BTreeSet<GroupId> = approvers
        .iter()
        .filter_map(|approver| match approver {
            Approver::GroupMembers { id, .. } => Some(*id),
            Approver::User { .. } => None,
        })
        .collect();
    if groups.is_empty() {
        return Ok(false);
    }
    Memberships {
        tx,
        since: request.created_at,
        identities,
        manages: &|giver| manages(tx, request.role, giver),
    }
    .reach(me, &groups)
}

/// Memberships that count for deciding on a request (T-05): a person who was put into an approver group after
/// it was asked for could be there just to approve it.
pub(crate) struct Memberships<'a> {
    pub(crate) tx: &'a ReadTx<'a>,
    /// When it was asked for.
    pub(crate) since: Instant,
    /// Whoever asked and whom it is for, by every account.
    pub(crate) identities: BTreeSet<PrincipalId>,
    /// Whether somebody may give what was asked for without being asked.
    pub(crate) manages: &'a dyn Fn(PrincipalId) -> OpResult<bool>,
}

/// Whether somebody may give this role.
fn manages(tx: &ReadTx<'_>, role: Role, giver: PrincipalId) -> OpResult<bool> {
    let about = About::role(tx, role)?;
    let Some(line) = line(Operation::AssignActive, about.target) else {
        return Ok(false);
    };
    let giver = Caller::person(giver);
    let standing = tx.standing(&giver, Some(line), about.group, None, about.object)?;
    Ok(line.grounds().any(|ground| standing.has(ground)))
}

impl Memberships<'_> {
    /// Whether `me` is in one of these groups, through any nesting, by memberships that count.
    pub(crate) fn reach(&self, me: PrincipalId, groups: &BTreeSet<GroupId>) -> OpResult<bool> {
        let mut seen = BTreeSet::from([me]);
        let mut open = VecDeque::from([(me, 0)]);
        while let Some((inside, depth)) = open.pop_front() {
            for group in self.of(inside)? {
                if groups.contains(&group) {
                    return Ok(true);
                }
                if depth + 1 < DEPTH_MAX && seen.insert(group.into()) {
                    open.push_back((group.into(), depth + 1));
                }
            }
        }
        Ok(false)
    }

    /// The groups that `principal` is a direct member of now, by memberships that count: those that there were
    /// when the request was made, and those that somebody gave since who may manage the group that was asked
    /// for. An activated one counts as what it was activated from does.
    fn of(&self, principal: PrincipalId) -> OpResult<BTreeSet<GroupId>> {
        let then = self.tx.links_of_principal(principal, self.since)?;
        let now = self.tx.links_of_principal(principal, self.tx.now())?;
        let was_in = |group| {
            then.iter()
                .any(|link| is(link, ScheduleKind::Active, group))
        };
        let mut counting = BTreeSet::new();
        let mut activated = BTreeSet::new();
        for link in now.iter().filter(|link| is_membership(link)) {
            let Some(group) = link.schedule.role().group() else {
                continue;
            };
            if was_in(group) {
                counting.insert(group);
            } else if link.schedule.is_activation() {
                activated.insert(group);
            } else if self.is_trusted(link)? {
                counting.insert(group);
            }
        }
        // Eligible oneself, or through a group that one is in, where that membership counts in turn.
        let mut holders = vec![principal];
        holders.extend(counting.iter().map(|group| PrincipalId::from(*group)));
        while let Some(holder) = holders.pop() {
            if activated.is_empty() {
                break;
            }
            let then = self.tx.links_of_principal(holder, self.since)?;
            let now = self.tx.links_of_principal(holder, self.tx.now())?;
            for group in activated.clone() {
                if self.may_activate(&then, &now, group)? {
                    activated.remove(&group);
                    counting.insert(group);
                    holders.push(group.into());
                }
            }
        }
        Ok(counting)
    }

    /// Whether there is an eligibility for the group that counts, among what there was and what there is.
    fn may_activate(&self, then: &[Link], now: &[Link], group: GroupId) -> OpResult<bool> {
        let mut may = then
            .iter()
            .any(|link| is(link, ScheduleKind::Eligible, group));
        for link in now
            .iter()
            .filter(|link| is(link, ScheduleKind::Eligible, group))
        {
            may = may || self.is_trusted(link)?;
        }
        Ok(may)
    }

    /// Whether somebody gave it who may manage the group that was asked for, who is not the requestor, and who
    /// did not give it as an owner of the group that it is of.
    fn is_trusted(&self, link: &Link) -> OpResult<bool> {
        let Some(giver) = link.given_by.and_then(Actor::user) else {
            return Ok(false);
        };
        let owned = match link.schedule.role().group() {
            Some(group) => self.tx.holds(group, Access::Owner, giver)?,
            None => false,
        };
        if self.identities.contains(&giver) || owned {
            return Ok(false);
        }
        (self.manages)(giver)
    }
}

fn is_membership(link: &Link) -> bool {
    link.schedule.kind == ScheduleKind::Active && link.schedule.role().is_membership()
}

/// Whether a link is of the membership of a group, eligible or active.
fn is(link: &Link, kind: ScheduleKind, group: GroupId) -> bool {
    link.schedule.kind == kind && link.schedule.role() == Role::of(group, Access::Member)
}
