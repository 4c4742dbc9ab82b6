//! The naive model: every grant in one list, every question asked of the whole list.
//!
//! It knows the rules in the shortest words there are, and shares no code with `ephor-core`'s decisions.

use std::collections::BTreeSet;

use ephor_core::group::Access;
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::refusal::Code;
use ephor_core::role::{ObjectId, Role, RoleKind};
use ephor_core::schedule::{Expiration, ScheduleKind};
use ephor_core::time::{Instant, Length};
use uuid::Uuid;

const FIVE_MINUTES: Length = Length::minutes(5);

/// What somebody asks for.
pub(crate) struct Wanted {
    pub(crate) role: Role,
    pub(crate) principal: PrincipalId,
    pub(crate) kind: ScheduleKind,
    pub(crate) starts_at: Option<Instant>,
    pub(crate) expiration: Expiration,
}

/// One grant.
#[derive(Debug)]
pub(crate) struct Grant {
    id: Uuid,
    role: Role,
    principal: PrincipalId,
    kind: ScheduleKind,
    start: Instant,
    end: Option<Instant>,
    made: Instant,
    activated_from: Option<Uuid>,
    by: By,
    cut: Cut,
}

/// Whether a deletion or a disabling ended a grant, and what it would have been without.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cut {
    No,
    /// Until when it was granted.
    Short(Option<Instant>),
    /// It came back.
    Back,
}

/// How a grant was made.
#[derive(Debug, Clone, Copy, PartialEq)]
enum By {
    Request,
    GroupsApi,
}

impl Grant {
    pub(crate) fn is_in_force(&self, now: Instant) -> bool {
        self.start <= now && self.end.is_none_or(|end| now < end)
    }

    /// In force or ahead.
    pub(crate) fn is_open(&self, now: Instant) -> bool {
        self.end.is_none_or(|end| now < end)
    }
}

/// Every grant there ever was.
#[derive(Default)]
pub(crate) struct Model {
    grants: Vec<Grant>,
    disabled: BTreeSet<PrincipalId>,
    deleted: BTreeSet<GroupId>,
}

impl Wanted {
    fn start(&self, now: Instant) -> Instant {
        self.starts_at
            .map_or(now, |start| if start < now { now } else { start })
    }

    /// The end, where the period makes sense and is neither too short nor too long.
    fn end(&self, longest: Length, now: Instant) -> Result<Instant, Code> {
        let start = self.start(now);
        let end = match &self.expiration {
            Expiration::Never | Expiration::NotSpecified => return Err(Code::PolicyRules),
            Expiration::At(end) if *end <= start => return Err(Code::InvalidSchedule),
            Expiration::At(end) => *end,
            Expiration::After(duration) => start.plus(duration.length()).unwrap(),
        };
        let length = end.since(start);
        if length < FIVE_MINUTES || length > longest {
            Err(Code::PolicyRules)
        } else {
            Ok(end)
        }
    }
}

impl Model {
    fn role(
        &mut self,
        role: Role,
        principal: PrincipalId,
        kind: ScheduleKind,
        now: Instant,
    ) -> impl Iterator<Item = &mut Grant> {
        self.grants.iter_mut().filter(move |grant| {
            (grant.role, grant.principal, grant.kind) == (role, principal, kind)
                && grant.is_open(now)
        })
    }

    pub(crate) fn holds(&self, role: Role, principal: PrincipalId, now: Instant) -> bool {
        self.grants.iter().any(|grant| {
            (grant.role, grant.principal, grant.kind) == (role, principal, ScheduleKind::Active)
                && grant.is_in_force(now)
        })
    }

    /// What of a group or directory role was in force at an instant that has passed: nothing of the past changes any more.
    pub(crate) fn in_force_at(
        &self,
        object: ObjectId,
        at: Instant,
    ) -> Vec<(Role, PrincipalId, ScheduleKind)> {
        let mut found: Vec<_> = self
            .grants
            .iter()
            .filter(|grant| grant.role.object() == object && grant.is_in_force(at))
            .map(|grant| (grant.role, grant.principal, grant.kind))
            .collect();
        found.sort();
        found
    }

    /// The ids of such grants that a request made.
    pub(crate) fn of(
        &self,
        of: RoleKind,
        principal: PrincipalId,
        kind: ScheduleKind,
        which: impl Fn(&Grant) -> bool,
    ) -> BTreeSet<Uuid> {
        self.grants
            .iter()
            .filter(|grant| {
                grant.role.kind() == of
                    && grant.principal == principal
                    && grant.kind == kind
                    && which(grant)
                    && grant.by == By::Request
            })
            .map(|grant| grant.id)
            .collect()
    }

    pub(crate) fn next_boundary(&self, now: Instant) -> Option<Instant> {
        self.grants
            .iter()
            .flat_map(|grant| [Some(grant.start), grant.end])
            .flatten()
            .filter(|at| *at > now)
            .min()
    }

    pub(crate) fn assign(
        &mut self,
        wanted: &Wanted,
        longest: Length,
        now: Instant,
    ) -> Result<(), Code> {
        if let Err(Code::InvalidSchedule) = wanted.end(longest, now) {
            return Err(Code::InvalidSchedule);
        }
        let taken = self
            .role(wanted.role, wanted.principal, wanted.kind, now)
            .any(|grant| grant.activated_from.is_none());
        if taken {
            return Err(Code::AssignmentExists);
        }
        wanted.end(longest, now).map(|_| ())
    }

    /// The eligibility it would be activated from.
    pub(crate) fn activate(
        &mut self,
        wanted: &Wanted,
        longest: Length,
        now: Instant,
    ) -> Result<Uuid, Code> {
        let end = wanted.end(longest, now);
        if end == Err(Code::InvalidSchedule) {
            return Err(Code::InvalidSchedule);
        }
        let start = wanted.start(now);
        let taken = self
            .role(wanted.role, wanted.principal, ScheduleKind::Active, now)
            .any(|grant| grant.activated_from.is_some() || grant.is_in_force(start));
        if taken {
            return Err(Code::AssignmentExists);
        }
        let eligible = self
            .role(wanted.role, wanted.principal, ScheduleKind::Eligible, now)
            .find(|grant| grant.is_in_force(now) && grant.is_in_force(start))
            .map(|grant| (grant.id, grant.end));
        match (eligible, end) {
            (Some((id, until)), Ok(end)) if until.is_none_or(|until| end <= until) => Ok(id),
            _ => Err(Code::PolicyRules),
        }
    }

    pub(crate) fn grant(
        &mut self,
        id: Uuid,
        wanted: &Wanted,
        now: Instant,
        activated_from: Option<Uuid>,
    ) {
        self.grants.push(Grant {
            id,
            role: wanted.role,
            principal: wanted.principal,
            kind: wanted.kind,
            start: wanted.start(now),
            end: wanted.end(Length::days(4_000), now).ok(),
            made: now,
            activated_from,
            cut: Cut::No,
            by: By::Request,
        });
    }

    pub(crate) fn deactivate(
        &mut self,
        role: Role,
        principal: PrincipalId,
        now: Instant,
    ) -> Result<(), Code> {
        let mine = self
            .role(role, principal, ScheduleKind::Active, now)
            .find(|grant| grant.activated_from.is_some())
            .ok_or(Code::AssignmentDoesNotExist)?;
        let since = if mine.start <= now {
            mine.start
        } else {
            mine.made
        };
        if now.since(since) < FIVE_MINUTES {
            return Err(Code::ActiveDurationTooShort);
        }
        mine.end = Some(now);
        Ok(())
    }

    pub(crate) fn remove(
        &mut self,
        role: Role,
        principal: PrincipalId,
        kind: ScheduleKind,
        now: Instant,
    ) -> Result<(), Code> {
        let made: Vec<_> = self
            .role(role, principal, kind, now)
            .map(|grant| (grant.id, grant.made))
            .collect();
        if made.is_empty() {
            return Err(Code::AssignmentDoesNotExist);
        }
        if made.iter().any(|(_, made)| now.since(*made) < FIVE_MINUTES) {
            return Err(Code::ActiveDurationTooShort);
        }
        let holds = self.holds(role, principal, now);
        if kind == ScheduleKind::Active && holds && self.is_last_owner(role, principal, now) {
            return Err(Code::InvalidRequest);
        }
        for grant in self.grants.iter_mut().filter(|grant| grant.is_open(now)) {
            let removed = |id: Uuid| made.iter().any(|(one, _)| *one == id);
            if removed(grant.id) || grant.activated_from.is_some_and(removed) {
                grant.end = Some(now);
            }
        }
        Ok(())
    }

    pub(crate) fn is_there(&self, group: GroupId) -> bool {
        !self.deleted.contains(&group)
    }

    pub(crate) fn is_enabled(&self, person: PrincipalId) -> bool {
        !self.disabled.contains(&person)
    }

    pub(crate) fn delete(&mut self, group: GroupId, now: Instant) {
        self.deleted.insert(group);
        self.cut(now, |grant| grant.role.group() == Some(group));
    }

    pub(crate) fn restore(&mut self, group: GroupId, now: Instant) {
        self.deleted.remove(&group);
        self.bring_back(now);
    }

    pub(crate) fn disable(&mut self, person: PrincipalId, now: Instant) {
        self.disabled.insert(person);
        self.cut(now, |grant| grant.principal == person);
    }

    pub(crate) fn enable(&mut self, person: PrincipalId, now: Instant) {
        self.disabled.remove(&person);
        self.bring_back(now);
    }

    fn cut(&mut self, now: Instant, which: impl Fn(&Grant) -> bool) {
        for grant in self.grants.iter_mut() {
            if which(grant) && grant.is_open(now) {
                grant.cut = Cut::Short(grant.end);
                grant.end = Some(now);
            }
        }
    }

    /// What was cut short, was no activation, and has both its group and its person again.
    fn bring_back(&mut self, now: Instant) {
        for index in 0..self.grants.len() {
            let grant = &self.grants[index];
            let Cut::Short(end) = grant.cut else { continue };
            let is_over = end.is_some_and(|end| end <= now);
            let (role, kind) = (grant.role, grant.kind);
            let (principal, made) = (grant.principal, grant.made);
            let start = grant.start.max(now);
            if is_over
                || grant.activated_from.is_some()
                || !role.group().is_none_or(|group| self.is_there(group))
                || !self.is_enabled(principal)
            {
                continue;
            }
            self.grants[index].cut = Cut::Back;
            self.grants.push(Grant {
                id: Uuid::from_u128(self.grants.len() as u128 + 1),
                role,
                principal,
                kind,
                start,
                end,
                made,
                activated_from: None,
                by: By::GroupsApi,
                cut: Cut::No,
            });
        }
    }

    /// Whether nobody but this principal, if they do, owns the group (R-D7).
    fn is_last_owner(&self, role: Role, principal: PrincipalId, now: Instant) -> bool {
        let another = self
            .grants
            .iter()
            .any(|grant| grant.principal != principal && self.holds(role, grant.principal, now));
        role.access() == Some(Access::Owner) && !another
    }

    pub(crate) fn add_outside(
        &mut self,
        role: Role,
        principal: PrincipalId,
        now: Instant,
    ) -> Result<(), Code> {
        if self.holds(role, principal, now) {
            return Err(match role {
                Role::Group { .. } => Code::BadRequest,
                Role::Directory { .. } => Code::AssignmentExists,
            });
        }
        // The id is Ephor's to choose, so the model makes up one of its own; lists of ids leave it out.
        let id = Uuid::from_u128(self.grants.len() as u128 + 1);
        self.grants.push(Grant {
            id,
            role,
            principal,
            kind: ScheduleKind::Active,
            start: now,
            end: None,
            made: now,
            activated_from: None,
            cut: Cut::No,
            by: By::GroupsApi,
        });
        Ok(())
    }

    pub(crate) fn remove_outside(
        &mut self,
        role: Role,
        principal: PrincipalId,
        now: Instant,
    ) -> Result<(), Code> {
        let mut any = false;
        let holds = self.holds(role, principal, now);
        if holds && self.is_last_owner(role, principal, now) {
            return Err(Code::BadRequest);
        }
        for grant in self.role(role, principal, ScheduleKind::Active, now) {
            if grant.is_in_force(now) {
                grant.end = Some(now);
                any = true;
            }
        }
        if any { Ok(()) } else { Err(Code::NotFound) }
    }
}
