//! Who had what at an instant, and by what: the evidence of access.
//!
//! A *holding* is one way in which a principal had a role, or was eligible for it. Its chain
//! begins with the grant of that role and goes on with whatever that grant rested on at the instant: the
//! eligibility that was activated, the membership of the group through which it came (R-E6), down to the
//! principal. Each link names the request, the policy's version and the person who decided.
//!
//! Through groups that are members of groups the shortest way is told once for each principal; the links
//! between the groups are holdings of their own, so that no grant is left out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::caller::Actor;
use crate::effective::DEPTH_MAX;
use crate::event::EndReason;
use crate::id::{GrantId, GroupId, PrincipalId};
use crate::principal::{PrincipalKind, PrincipalRef};
use crate::request::ScheduleRequest;
use crate::role::{ObjectId, Role};
use crate::schedule::{GrantOrigin, Schedule, ScheduleKind};
use crate::time::Instant;

/// What ended a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    /// Its end came.
    Clock,
    /// Somebody's act, or what follows from one.
    Act(EndReason),
    /// Its group or principal was deleted, or the account was disabled.
    Deletion,
}

impl EndedBy {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Deletion => "deletion",
            Self::Act(why) => match why {
                EndReason::Removed => "removed",
                EndReason::Deactivated => "deactivated",
                EndReason::EligibilityEnded => "eligibilityEnded",
                EndReason::WayInLost => "wayInLost",
                EndReason::RemovedOutside => "removedOutside",
                EndReason::Canceled => "canceled",
                EndReason::Superseded => "superseded",
            },
        }
    }
}

/// A grant, and on whose word it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The grant; its end is the one that it came to. An activation names the eligibility as that was at the
    /// instant, also where another period has taken its place since.
    pub schedule: Schedule,
    /// Until when it was granted; `None` without an end.
    pub granted_until: Option<Instant>,
    /// What ended it, where it has ended since.
    pub ended_by: Option<EndedBy>,
    /// Who gave it; `None` for what was given before that was kept.
    pub given_by: Option<Actor>,
    /// The request that made it, with the policy's version and the review; `None` for a change outside PIM.
    pub request: Option<Box<ScheduleRequest>>,
}

/// Whether a role was given to the principal or to a group that the principal is in (`memberType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Through {
    /// To the principal.
    Direct,
    /// To a group.
    Group,
}

/// What is held by whom, without the way in which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Held {
    /// Which role.
    pub role: Role,
    /// Whether it was held, or could be activated.
    pub kind: ScheduleKind,
    /// By whom.
    pub principal: PrincipalRef,
    /// Given to them, or to a group that they were in.
    pub through: Through,
}

/// One way in which a principal held something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// What, and who.
    pub held: Held,
    /// How: the role's own grant first, then what that rested on. Never empty.
    pub chain: Vec<Arc<Link>>,
}

impl Holding {
    fn new(principal: PrincipalRef, through: Through, chain: Vec<Arc<Link>>) -> Option<Self> {
        let first = &chain.first()?.schedule;
        Some(Self {
            held: Held {
                role: first.role(),
                kind: first.kind,
                principal,
                through,
            },
            chain,
        })
    }

    fn grants(&self) -> Vec<GrantId> {
        self.chain
            .iter()
            .map(|link| link.schedule.id.grant)
            .collect()
    }
}

/// Something that is held by whom at one of two instants and not at the other, or in another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What, and who.
    pub held: Held,
    /// The ways in which it was held at the first instant.
    pub before: Vec<Holding>,
    /// The ways in which it was held at the second.
    pub after: Vec<Holding>,
}

/// What a change comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Held at the second instant only.
    Gained,
    /// Held at the first instant only.
    Lost,
    /// Held at both, by other grants.
    Changed,
}

impl Change {
    /// What it comes to.
    pub const fn kind(&self) -> ChangeKind {
        match (self.before.is_empty(), self.after.is_empty()) {
            (true, _) => ChangeKind::Gained,
            (false, true) => ChangeKind::Lost,
            (false, false) => ChangeKind::Changed,
        }
    }
}

/// What differs between two instants, in a fixed order.
pub fn difference(before: Vec<Holding>, after: Vec<Holding>) -> Vec<Change> {
    let mut all: BTreeMap<Held, (Vec<Holding>, Vec<Holding>)> = BTreeMap::new();
    for holding in before {
        all.entry(holding.held).or_default().0.push(holding);
    }
    for holding in after {
        all.entry(holding.held).or_default().1.push(holding);
    }
    let ways =
        |holdings: &[Holding]| -> BTreeSet<_> { holdings.iter().map(Holding::grants).collect() };
    all.into_iter()
        .filter(|(_, (before, after))| ways(before) != ways(after))
        .map(|(held, (before, after))| Change {
            held,
            before,
            after,
        })
        .collect()
}

/// Links that were in force at the instant, by whatever they are asked for with, each asked for once.
struct Links<K, F> {
    load: F,
    known: BTreeMap<K, Vec<Arc<Link>>>,
}

impl<K: Ord + Copy, E, F: FnMut(K) -> Result<Vec<Link>, E>> Links<K, F> {
    const fn new(load: F) -> Self {
        Self {
            load,
            known: BTreeMap::new(),
        }
    }

    fn of(&mut self, key: K) -> Result<Vec<Arc<Link>>, E> {
        if let Some(links) = self.known.get(&key) {
            return Ok(links.clone());
        }
        let links: Vec<_> = (self.load)(key)?.into_iter().map(Arc::new).collect();
        self.known.insert(key, links.clone());
        Ok(links)
    }
}

fn is_membership(link: &Link) -> bool {
    link.schedule.kind == ScheduleKind::Active && link.schedule.role().is_membership()
}

/// The group that holds a link, where a group does.
fn group_of(link: &Link) -> Option<GroupId> {
    let principal = link.schedule.principal;
    (principal.kind == PrincipalKind::Group).then(|| principal.id.as_group())
}

/// The group of which a link is a membership in force.
fn inner_of(link: &Link) -> Option<GroupId> {
    is_membership(link)
        .then(|| link.schedule.role().group())
        .flatten()
}

/// Whether a link gives its role to the members of a group that holds it: memberships do, and directory roles.
fn passes_on(link: &Link) -> bool {
    link.schedule.kind == ScheduleKind::Active
        && (link.schedule.role().is_membership() || link.schedule.role().definition().is_some())
}

/// Who held or was eligible for what of a group or of a directory role, directly or through groups. `load`
/// gives the links of one that were in force at the instant.
pub fn of_object<E>(
    object: ObjectId,
    load: impl FnMut(ObjectId) -> Result<Vec<Link>, E>,
) -> Result<Vec<Holding>, E> {
    let itself = match object {
        ObjectId::Group(group) => Some(PrincipalId::from(group)),
        ObjectId::Directory(_) => None,
    };
    let mut links = Links::new(load);
    let mut found = Vec::new();
    for link in links.of(object)? {
        let mut chain = vec![Arc::clone(&link)];
        rests_in_groups(&mut links, &mut chain)?;
        found.extend(Holding::new(
            link.schedule.principal,
            Through::Direct,
            chain,
        ));
        let (ScheduleKind::Eligible, Some(through)) = (link.schedule.kind, group_of(&link)) else {
            continue;
        };
        // Members of an eligible group may activate, direct ones only; a group can't (R-E6).
        for membership in links.of(ObjectId::Group(through))? {
            let principal = membership.schedule.principal;
            if is_membership(&membership) && principal.kind != PrincipalKind::Group {
                let mut chain = vec![Arc::clone(&link), membership];
                rests_in_groups(&mut links, &mut chain)?;
                found.extend(Holding::new(principal, Through::Group, chain));
            }
        }
    }
    let mut seen = BTreeSet::from([object]);
    let mut open = VecDeque::from([(object, Vec::new())]);
    while let Some((next, way)) = open.pop_front() {
        for membership in links.of(next)? {
            let principal = membership.schedule.principal;
            if !passes_on(&membership) || itself == Some(principal.id) {
                continue;
            }
            let mut chain: Vec<_> = way.clone();
            chain.push(Arc::clone(&membership));
            if let Some(inner) = group_of(&membership)
                && chain.len() < DEPTH_MAX
                && seen.insert(ObjectId::Group(inner))
            {
                open.push_back((ObjectId::Group(inner), chain.clone()));
            }
            if next != object {
                rests_in_groups(&mut links, &mut chain)?;
                found.extend(Holding::new(principal, Through::Group, chain));
            }
        }
    }
    Ok(found)
}

/// Adds to a chain what its last link rested on: the eligibility that was activated, and where that was a
/// group's, the membership of that group, and so on.
fn rests_in_groups<E, F: FnMut(ObjectId) -> Result<Vec<Link>, E>>(
    links: &mut Links<ObjectId, F>,
    chain: &mut Vec<Arc<Link>>,
) -> Result<(), E> {
    while let Some((holder, using)) = activated(chain) {
        let eligibility = links
            .of(using.role.object())?
            .into_iter()
            .find(|link| link.schedule.id == using && link.schedule.kind == ScheduleKind::Eligible);
        let Some(eligibility) = eligibility else {
            return Ok(());
        };
        let through = group_of(&eligibility);
        chain.push(eligibility);
        let Some(through) = through else {
            return Ok(());
        };
        let membership = links
            .of(ObjectId::Group(through))?
            .into_iter()
            .find(|link| is_membership(link) && link.schedule.principal.id == holder);
        match membership {
            Some(membership) => chain.push(membership),
            None => return Ok(()),
        }
    }
    Ok(())
}

/// Who activated the last link of a chain, and from which eligibility; nothing where it was not activated,
/// or the chain goes on and on.
fn activated(chain: &[Arc<Link>]) -> Option<(PrincipalId, crate::id::ScheduleId)> {
    let last = chain.last().filter(|_| chain.len() < 2 * DEPTH_MAX)?;
    match last.schedule.origin {
        GrantOrigin::Activated { using } => Some((last.schedule.principal.id, using)),
        GrantOrigin::Assigned | GrantOrigin::Outside | GrantOrigin::Package { .. } => None,
    }
}

/// What `principal` held or was eligible for, directly or through groups. `load` gives the
/// links of a principal that were in force at the instant.
pub fn of_principal<E>(
    principal: PrincipalRef,
    load: impl FnMut(PrincipalId) -> Result<Vec<Link>, E>,
) -> Result<Vec<Holding>, E> {
    let mut links = Links::new(load);
    let mut found = Vec::new();
    let mut open = VecDeque::new();
    let mut seen = BTreeSet::from([principal.id]);
    for link in links.of(principal.id)? {
        let mut chain = vec![Arc::clone(&link)];
        rests_in_own(&mut links, principal.id, &mut chain)?;
        found.extend(Holding::new(principal, Through::Direct, chain.clone()));
        let Some(inner) = inner_of(&link) else {
            continue;
        };
        for upper in links.of(inner.into())? {
            let is_eligibility = upper.schedule.kind == ScheduleKind::Eligible;
            if is_eligibility && principal.kind != PrincipalKind::Group {
                let way = [vec![upper], chain.clone()].concat();
                found.extend(Holding::new(principal, Through::Group, way));
            }
        }
        if seen.insert(inner.into()) {
            open.push_back((inner, chain, 1));
        }
    }
    while let Some((inner, way, depth)) = open.pop_front() {
        for upper in links.of(inner.into())? {
            let outer = inner_of(&upper);
            // What goes round in a circle says nothing new.
            let circle = outer.is_some_and(|outer| {
                PrincipalId::from(outer) == principal.id
                    || way
                        .iter()
                        .any(|link| link.schedule.role().group() == Some(outer))
            });
            if !passes_on(&upper) || circle {
                continue;
            }
            let chain = [vec![upper], way.clone()].concat();
            if let Some(outer) = outer
                && depth + 1 < DEPTH_MAX
                && seen.insert(outer.into())
            {
                open.push_back((outer, chain.clone(), depth + 1));
            }
            found.extend(Holding::new(principal, Through::Group, chain));
        }
    }
    Ok(found)
}

/// As [`rests_in_groups`], where links are known by their principal: the eligibility was the principal's own,
/// or that of a group they were in.
fn rests_in_own<E, F: FnMut(PrincipalId) -> Result<Vec<Link>, E>>(
    links: &mut Links<PrincipalId, F>,
    principal: PrincipalId,
    chain: &mut Vec<Arc<Link>>,
) -> Result<(), E> {
    while let Some((_, using)) = activated(chain) {
        let own = links.of(principal)?;
        let mut through: Vec<(Option<&Arc<Link>>, PrincipalId)> = vec![(None, principal)];
        through.extend(
            own.iter()
                .filter_map(|link| inner_of(link).map(|group| (Some(link), group.into()))),
        );
        let mut rests_on = None;
        for (membership, holder) in through {
            let eligibility = links.of(holder)?.into_iter().find(|link| {
                link.schedule.id == using && link.schedule.kind == ScheduleKind::Eligible
            });
            if let Some(eligibility) = eligibility {
                rests_on = Some((eligibility, membership.map(Arc::clone)));
                break;
            }
        }
        let Some((eligibility, membership)) = rests_on else {
            return Ok(());
        };
        chain.push(eligibility);
        match membership {
            Some(membership) => chain.push(membership),
            None => return Ok(()),
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "holding_tests.rs"]
mod tests;
