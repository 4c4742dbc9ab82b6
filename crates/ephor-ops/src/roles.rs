//! *My roles* (R-E1): what the caller is eligible for, has, and had in the last 30 days, and what they may do
//! with it now. The same of a group, for whoever manages it.

use std::collections::{HashMap, HashSet};

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::directory_role::RoleDefinition;
use ephor_core::group::{Access, Group};
use ephor_core::id::{GroupId, PrincipalId, ScheduleId};
use ephor_core::principal::Principal;
use ephor_core::query::{Literal, Page, Predicate, Query, RequestField, ScheduleView, Scope};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::request::{EXTENDABLE_FOR, RENEWABLE_FOR, ScheduleRequest};
use ephor_core::role::{DirectoryScope, Role as CoreRole, RoleKind};
use ephor_core::schedule::{Schedule, ScheduleKind};
use ephor_core::time::{Instant, Length};
use ephor_core::unit::Unit;
use ephor_store::ReadTx;

use crate::authorise::{About, authorise};
use crate::{OpError, OpResult};

/// How long an ended role stays in the list.
const ENDED_SHOWN_FOR: Length = Length::days(30);

/// What can be done with a role now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// Activate it.
    Activate,
    /// End it.
    Deactivate,
    /// Ask to prolong it; whoever manages the group prolongs it.
    Extend,
    /// Ask for it again; whoever manages the group gives it again.
    Renew,
}

/// How a role stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It may be activated, now or later.
    Eligible,
    /// It is held, or will be from a later start.
    Active,
    /// It was held or could be activated.
    Ended,
}

impl Standing {
    /// Every standing, in the order of lists.
    pub const ALL: [Self; 3] = [Self::Eligible, Self::Active, Self::Ended];
}

/// A role of somebody's.
#[derive(Debug, Clone)]
pub struct Role {
    /// The schedule that gives it.
    pub schedule: Schedule,
    /// How it stands.
    pub standing: Standing,
    /// Its group; `None` for a directory role, and where the group has been deleted since.
    pub group: Option<Group>,
    /// The directory role; `None` for a group's, and where the definition has been deleted since.
    pub definition: Option<RoleDefinition>,
    /// The unit over which a directory role is held, where it is over one that is not deleted.
    pub unit: Option<Unit>,
    /// Whose it is; `None` where they have been deleted since.
    pub principal: Option<Principal>,
    /// What can be done with it now.
    pub offers: Vec<Offer>,
}

/// All roles of the caller.
#[derive(Debug, Clone)]
pub struct MyRoles {
    /// What they may activate, now or later: their own, and what groups that they are in may (R-E6).
    pub eligible: Vec<Role>,
    /// What they have, or will have from a later start.
    pub active: Vec<Role>,
    /// What they had in the last 30 days, newest end first.
    pub ended: Vec<Role>,
}

/// The kinds of roles that the token's client may ask about; refused where that is none.
fn kinds(tx: &ReadTx<'_>, caller: &Caller, me: PrincipalId) -> OpResult<Vec<RoleKind>> {
    let may = |of| {
        let about = About::every(of).of(Some(me));
        authorise(tx, caller, Operation::ReadEligibility, about)?;
        authorise(tx, caller, Operation::ReadAssignments, about)
    };
    let of_groups = may(RoleKind::Group);
    let of_directory = may(RoleKind::Directory);
    match (of_groups, of_directory) {
        (Ok(_), Ok(_)) => Ok(vec![RoleKind::Group, RoleKind::Directory]),
        (Ok(_), Err(_)) => Ok(vec![RoleKind::Group]),
        (Err(_), Ok(_)) => Ok(vec![RoleKind::Directory]),
        (Err(refused), Err(_)) => Err(refused),
    }
}

/// The caller's roles, of all groups and in the directory, as far as the token's client may ask about them.
pub fn mine(tx: &ReadTx<'_>, caller: &Caller) -> OpResult<MyRoles> {
    let me = caller.user().ok_or_else(|| {
        Refusal::new(
            Code::Denied,
            "roles are a person's own, and no person is signed in",
        )
    })?;
    let kinds = kinds(tx, caller, me)?;
    let now = tx.now();
    let list = |kind| -> OpResult<Vec<Schedule>> {
        let mut all = Vec::new();
        for of in &kinds {
            let (view, own) = (ScheduleView::Schedules, Scope::Own(me));
            all.extend(tx.list_schedules(kind, view, *of, own, &every())?.rows);
        }
        Ok(all)
    };
    let eligible = list(ScheduleKind::Eligible)?;
    let active = list(ScheduleKind::Active)?;
    let mut ended = tx.ended_schedules(me, now.minus(ENDED_SHOWN_FOR))?;
    ended.retain(|schedule| kinds.contains(&schedule.role().kind()));

    let mut ids: Vec<GroupId> = eligible
        .iter()
        .chain(&active)
        .chain(&ended)
        .filter_map(|schedule| schedule.role().group())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let groups = tx.groups(&ids)?;
    let me_as_principal = tx.principal(me)?;
    let mut pending = Vec::new();
    for kind in [ScheduleKind::Eligible, ScheduleKind::Active] {
        for of in &kinds {
            let waiting = tx.list_requests(kind, *of, Scope::Principal(me), &waiting())?;
            pending.extend(waiting.rows);
        }
    }
    let known = Known {
        me,
        now,
        floor: crate::tenant::get(tx)?.settings.removal_floor,
        running: eligible.iter().chain(&active).cloned().collect(),
        renewable: renewable(&ended, now),
        pending,
    };
    let role = |schedule: Schedule, standing: Standing| -> OpResult<Role> {
        let group = groups
            .iter()
            .find(|group| Some(group.id) == schedule.role().group())
            .cloned();
        let (definition, unit) = match schedule.role() {
            CoreRole::Group { .. } => (None, None),
            CoreRole::Directory { definition, scope } => (
                tx.role_definition(definition)?,
                match scope {
                    DirectoryScope::Directory => None,
                    DirectoryScope::Unit(unit) => tx.unit(unit)?,
                },
            ),
        };
        let is_there = match schedule.role() {
            CoreRole::Group { .. } => group.is_some(),
            CoreRole::Directory { scope, .. } => {
                definition.is_some() && (scope == DirectoryScope::Directory || unit.is_some())
            }
        };
        Ok(Role {
            offers: if is_there {
                known.offers(&schedule)
            } else {
                Vec::new()
            },
            principal: me_as_principal.clone(),
            schedule,
            standing,
            group,
            definition,
            unit,
        })
    };
    let all = |schedules: Vec<Schedule>, standing| -> OpResult<Vec<Role>> {
        let roles = schedules.into_iter();
        roles.map(|schedule| role(schedule, standing)).collect()
    };
    Ok(MyRoles {
        eligible: all(eligible, Standing::Eligible)?,
        active: all(active, Standing::Active)?,
        ended: all(ended, Standing::Ended)?,
    })
}

fn every<F>() -> Query<F> {
    Query {
        top: u32::MAX,
        ..Query::default()
    }
}

/// Requests that wait for a decision.
fn waiting() -> Query<RequestField> {
    let words = ["PendingApproval", "PendingAdminDecision"];
    let words = words.map(|word| Literal::Text(word.to_owned()));
    Query {
        filter: Some(Predicate::In(RequestField::Status, words.into())),
        ..every()
    }
}

/// A role, and whether eligible for it or having it.
type Key = (PrincipalId, CoreRole, ScheduleKind);

fn key(schedule: &Schedule) -> Key {
    (schedule.principal.id, schedule.role(), schedule.kind)
}

/// What could be renewed: of each role the latest that the clock ended, not too long ago.
fn renewable(ended: &[Schedule], now: Instant) -> HashSet<ScheduleId> {
    let mut latest: HashMap<Key, &Schedule> = HashMap::new();
    for schedule in ended {
        let recent = schedule
            .span
            .ends_at()
            .is_some_and(|end| now.since(end) <= RENEWABLE_FOR);
        if !recent || !schedule.is_assignment() || !schedule.ran_out(now) {
            continue;
        }
        let known = latest.entry(key(schedule)).or_insert(schedule);
        if known.span.ends_at() < schedule.span.ends_at() {
            *known = schedule;
        }
    }
    latest.into_values().map(|schedule| schedule.id).collect()
}

/// What is known of a person's roles, to say what they may do.
struct Known {
    me: PrincipalId,
    now: Instant,
    floor: Length,
    /// What is in force or ahead, of both kinds.
    running: Vec<Schedule>,
    renewable: HashSet<ScheduleId>,
    pending: Vec<ScheduleRequest>,
}

impl Known {
    fn offers(&self, schedule: &Schedule) -> Vec<Offer> {
        let now = self.now;
        if schedule.span.is_over(now) {
            let renew = self.renewable.contains(&schedule.id)
                && !self.is_assigned(schedule)
                && !self.is_pending(schedule, schedule.kind);
            return if renew {
                vec![Offer::Renew]
            } else {
                Vec::new()
            };
        }
        let mut offers = Vec::new();
        if schedule.span.covers(now) {
            match schedule.kind {
                ScheduleKind::Eligible
                    if !self.is_active(schedule)
                        && !self.is_pending(schedule, ScheduleKind::Active) =>
                {
                    offers.push(Offer::Activate);
                }
                ScheduleKind::Active
                    if schedule.is_activation()
                        && now.since(schedule.span.starts_at()) >= self.floor =>
                {
                    offers.push(Offer::Deactivate);
                }
                ScheduleKind::Eligible | ScheduleKind::Active => {}
            }
        }
        // What is a group's is no person's to extend (`pim-groups.md` 5.4).
        let own = schedule.principal.id == self.me && schedule.is_assignment();
        let ends_soon = schedule
            .span
            .ends_at()
            .is_some_and(|end| end.since(now) <= EXTENDABLE_FOR);
        if own && ends_soon && !self.is_pending(schedule, schedule.kind) {
            offers.push(Offer::Extend);
        }
        offers
    }

    fn is_active(&self, eligible: &Schedule) -> bool {
        self.running.iter().any(|other| {
            other.kind == ScheduleKind::Active
                && other.role() == eligible.role()
                && (other.is_activation() || other.span.covers(self.now))
        })
    }

    fn is_assigned(&self, ended: &Schedule) -> bool {
        self.running
            .iter()
            .any(|other| key(other) == key(ended) && !other.is_activation())
    }

    fn is_pending(&self, schedule: &Schedule, kind: ScheduleKind) -> bool {
        self.pending
            .iter()
            .any(|request| (request.role, request.kind) == (schedule.role(), kind))
    }
}

/// Which roles of a group are asked for.
#[derive(Debug, Clone, Copy)]
pub struct RolesOfGroup {
    /// Whose.
    pub group: GroupId,
    /// Only those that stand so; `None` asks for all.
    pub standing: Option<Standing>,
    /// How many to pass over.
    pub skip: u32,
    /// How many to give at most.
    pub top: u32,
}

/// The roles of a group, whoever's, a page of them: for whoever manages it.
pub fn of_group(tx: &ReadTx<'_>, caller: &Caller, asked: RolesOfGroup) -> OpResult<Page<Role>> {
    let about = About::role(tx, CoreRole::of(asked.group, Access::Member))?;
    authorise(tx, caller, Operation::ReadEligibility, about)?;
    authorise(tx, caller, Operation::ReadAssignments, about)?;
    let group = tx
        .group(asked.group)?
        .ok_or_else(|| OpError::from(Refusal::not_found(asked.group)))?;
    let now = tx.now();
    let (mut skip, mut left) = (u64::from(asked.skip), asked.top);
    let mut rows = Vec::new();
    let mut more = false;
    let mut total = 0;
    for standing in Standing::ALL {
        if asked.standing.is_some_and(|only| only != standing) {
            continue;
        }
        let query = Query {
            skip: u32::try_from(skip).unwrap_or(u32::MAX),
            top: left.max(1),
            count: true,
            ..Query::default()
        };
        let page = match standing {
            Standing::Eligible | Standing::Active => {
                let kind = match standing {
                    Standing::Eligible => ScheduleKind::Eligible,
                    Standing::Active | Standing::Ended => ScheduleKind::Active,
                };
                let scope = Scope::Group(asked.group);
                tx.list_schedules(
                    kind,
                    ScheduleView::Schedules,
                    RoleKind::Group,
                    scope,
                    &query,
                )?
            }
            Standing::Ended => {
                let since = now.minus(ENDED_SHOWN_FOR);
                tx.ended_schedules_of_group(asked.group, since, query.skip, query.top)?
            }
        };
        let here = page.count.unwrap_or_default();
        total += here;
        let taken = page.rows.into_iter().take(left as usize);
        let before = rows.len();
        rows.extend(taken.map(|schedule| (schedule, standing)));
        let taken = u32::try_from(rows.len() - before).unwrap_or(left);
        more |= skip + u64::from(taken) < here;
        left -= taken;
        skip = skip.saturating_sub(here);
    }

    let mut people: Vec<PrincipalId> = rows.iter().map(|(row, _)| row.principal.id).collect();
    people.sort_unstable();
    people.dedup();
    let people = tx.principals(&people)?;
    let mut offers = Vec::with_capacity(rows.len());
    for (schedule, _) in &rows {
        offers.push(administrators_offers(tx, schedule, now)?);
    }
    let rows = rows
        .into_iter()
        .zip(offers)
        .map(|((schedule, standing), offers)| Role {
            principal: people
                .iter()
                .find(|person| person.reference.id == schedule.principal.id)
                .cloned(),
            group: Some(group.clone()),
            definition: None,
            unit: None,
            schedule,
            standing,
            offers,
        })
        .collect();
    Ok(Page {
        rows,
        more,
        last: None,
        count: Some(total),
    })
}

/// What whoever manages the group may do to prolong a role.
fn administrators_offers(
    tx: &ReadTx<'_>,
    schedule: &Schedule,
    now: Instant,
) -> OpResult<Vec<Offer>> {
    if !schedule.is_assignment() || schedule.span.ends_at().is_none() {
        return Ok(Vec::new());
    }
    if !schedule.span.is_over(now) {
        return Ok(vec![Offer::Extend]);
    }
    if renewable(std::slice::from_ref(schedule), now).is_empty() {
        return Ok(Vec::new());
    }
    let running = tx.role_schedules(schedule.role(), schedule.principal.id)?;
    let is_there = |other: &Schedule| other.kind == schedule.kind && !other.is_activation();
    Ok(if running.iter().any(is_there) {
        Vec::new()
    } else {
        vec![Offer::Renew]
    })
}
