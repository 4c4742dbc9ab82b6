//! A seeded simulation: thousands of random steps, each answer compared with a naive model (I-1, I-6, I-10).
//!
//! The model is written to be obviously right: it keeps every grant in one list and asks that list. Each
//! seed runs with jobs on and with jobs off; no answer may differ (R-E5). `EPHOR_TORTURE=1` runs more seeds.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Grant, Model, Wanted};
use crate::world::{Asked, World, lasting};
use ephor_core::caller::Caller;
use ephor_core::directory_role::DirectoryRole;
use ephor_core::group::Access;
use ephor_core::holding::ChangeKind;
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::policy::{ExpirationChange, Occasion, RuleChange, RuleId};
use ephor_core::principal::AccountState;
use ephor_core::query::{Query, ScheduleView};
use ephor_core::refusal::Code;
use ephor_core::request::Action;
use ephor_core::role::{DirectoryScope, ObjectId, Role, RoleKind};
use ephor_core::schedule::{Expiration, Schedule, ScheduleKind};
use ephor_core::time::{Instant, Length};
use ephor_core::unit::Management;
use ephor_ops::mail::Sending;
use ephor_ops::schedule::Whose;
use ephor_ops::{OpError, access, directory, lapse, reminder, role_assignment, roles, schedule};
use ephor_store::Verification;
use ephor_store::ambient::ManualClock;
use ephor_store::testing::{self, Engine};

#[test]
fn a_world_of_random_steps_agrees_with_the_model_with_jobs_on_and_off() {
    let torture = std::env::var_os("EPHOR_TORTURE").is_some();
    for engine in testing::engines() {
        let (seeds, steps) = match (torture, matches!(engine, Engine::Postgres { .. })) {
            (true, true) => (10, 2_000),
            (true, false) => (100, 4_000),
            (false, true) => (1, 400),
            (false, false) => (2, 2_000),
        };
        for seed in 1..=seeds {
            for jobs in [Jobs::On, Jobs::Off] {
                run(&engine, seed, steps, jobs);
            }
        }
    }
}

/// Whether a request made this very schedule: the id of one that came back is Ephor's to choose, so the
/// model does not know it.
fn is_by_request(schedule: &Schedule) -> bool {
    schedule
        .created_using
        .is_some_and(|request| request.uuid() == schedule.id.grant.uuid())
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Jobs {
    On,
    Off,
}

/// SplitMix64: small, seeded, and the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() % bound as u64).unwrap()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

struct Simulation {
    world: World,
    model: Model,
    people: Vec<PrincipalId>,
    groups: Vec<GroupId>,
    directory_roles: Vec<Role>,
    dice: Dice,
    label: String,
}

fn run(engine: &Engine, seed: u64, steps: usize, jobs: Jobs) {
    let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()));
    let mut world = World::new(engine.store(clock.clone()), clock);
    let people = ["ada", "bea", "cid", "dan"]
        .map(|name| world.person(name))
        .to_vec();
    let groups = ["one", "two", "three"]
        .map(|name| world.group(name, "security"))
        .to_vec();
    let unit = world.unit("unit", Management::Open);
    let groups_administrator = DirectoryRole::GroupsAdministrator.definition_id();
    let directory_roles = vec![
        Role::directory(DirectoryRole::ReportsReader.definition_id()),
        Role::directory(groups_administrator),
        Role::Directory {
            definition: groups_administrator,
            scope: DirectoryScope::Unit(unit),
        },
    ];
    // So that they follow the same rules as groups, of which the model knows one set.
    for role in &directory_roles[..2] {
        let required = |occasion| {
            let change = ExpirationChange {
                required: Some(true),
                ..ExpirationChange::default()
            };
            (RuleId::Expiration(occasion), RuleChange::Expiration(change))
        };
        let changes = vec![
            required(Occasion::AdminEligibility),
            required(Occasion::AdminAssignment),
        ];
        world.set_policy_of(*role, changes).unwrap();
    }
    let mut simulation = Simulation {
        world,
        model: Model::default(),
        people,
        groups,
        directory_roles,
        dice: Dice(seed),
        label: format!("seed {seed} on {}, jobs {jobs:?}", engine.name()),
    };
    let started = simulation.world.now();
    for step in 0..steps {
        simulation.label = format!(
            "seed {seed} on {}, jobs {jobs:?}, step {step}",
            engine.name()
        );
        simulation.step();
        if jobs == Jobs::On && step % 3 == 0 {
            simulation
                .world
                .write(Caller::system(), lapse::run)
                .unwrap();
            simulation
                .world
                .write(Caller::system(), reminder::run)
                .unwrap();
            simulation.world.write_letters(Sending::On);
        }
        simulation.compare_one_role();
        if step % 5 == 0 {
            simulation.compare_a_past_instant(started);
        }
    }
    simulation.compare_everything();
    let verified = simulation.world.store.verify_audit().wait().unwrap();
    assert!(
        matches!(verified, Verification::Sound { .. }),
        "{}: {verified:?}",
        simulation.label
    );
}

impl Simulation {
    fn step(&mut self) {
        match self.dice.below(11) {
            0..=2 => self.let_time_pass(),
            3 => self.assign(ScheduleKind::Eligible),
            4 => self.assign(ScheduleKind::Active),
            5 | 6 => self.activate(),
            7 => self.deactivate(),
            8 => self.remove(),
            9 if self.dice.below(3) == 0 => self.go_or_come_back(),
            _ => self.change_outside(),
        }
    }

    /// A while, or just to, just before or just past the next end or start that there is.
    fn let_time_pass(&mut self) {
        let now = self.world.now();
        let then = match self.dice.below(3) {
            0 => now.plus(Length::seconds(
                u32::try_from(self.dice.below(7_200)).unwrap(),
            )),
            _ => self.model.next_boundary(now).and_then(|boundary| {
                let nudge = i64::try_from(self.dice.below(3)).unwrap() - 1;
                Some(Instant::from_micros(boundary.micros() + nudge)).filter(|then| *then > now)
            }),
        };
        if let Some(then) = then {
            self.world.clock.set(then);
        }
    }

    /// A role, of a group that is there where of one, and somebody who is: there always are some.
    fn any_role(&mut self) -> (Role, PrincipalId) {
        let is_there = |group: &GroupId| self.model.is_there(*group);
        let groups: Vec<_> = self.groups.iter().copied().filter(is_there).collect();
        let is_enabled = |person: &PrincipalId| self.model.is_enabled(*person);
        let people: Vec<_> = self.people.iter().copied().filter(is_enabled).collect();
        let of_group = Role::of(self.dice.pick(&groups), self.dice.pick(&Access::BOTH));
        let role = match self.dice.below(3) {
            0 => self.dice.pick(&self.directory_roles),
            _ => of_group,
        };
        (role, self.dice.pick(&people))
    }

    /// A group is deleted or restored, or an account is disabled or enabled; the first of each stays.
    fn go_or_come_back(&mut self) {
        let now = self.world.now();
        let root = Caller::person(self.world.root);
        if self.dice.below(2) == 0 {
            let group = self.dice.pick(&self.groups[1..]);
            if self.model.is_there(group) {
                let came = self
                    .world
                    .write(root, move |tx| directory::delete_group(tx, group));
                self.compare_end("delete", came, Ok(()));
                self.model.delete(group, now);
            } else {
                let came = self
                    .world
                    .write(root, move |tx| directory::restore_group(tx, group));
                // What was deleted too long ago stays so.
                if came.is_ok() {
                    self.model.restore(group, now);
                }
            }
        } else {
            let person = self.dice.pick(&self.people[1..]);
            let account = if self.model.is_enabled(person) {
                self.model.disable(person, now);
                AccountState::Disabled
            } else {
                self.model.enable(person, now);
                AccountState::Enabled
            };
            let came = self.world.write(root, move |tx| {
                directory::set_account(tx, person, account).map(drop)
            });
            self.compare_end("set the account", came, Ok(()));
        }
    }

    /// Mostly sensible lengths, now and then none that anything allows; sometimes a start ahead.
    fn any_period(&mut self, longest: Length) -> Asked {
        let length = match self.dice.below(8) {
            0 => Length::minutes(4),
            1 => Length::minutes(5),
            2 => longest,
            3 => Length::micros(longest.as_micros() + 1),
            _ => Length::micros(i64::try_from(self.dice.roll() % 14_400_000_000).unwrap()),
        };
        let starts_at = match self.dice.below(4) {
            0 => self.world.now().plus(Length::minutes(
                u32::try_from(self.dice.below(180)).unwrap(),
            )),
            _ => None,
        };
        let expiration = match self.dice.below(6) {
            0 => Expiration::At(starts_at.unwrap_or(self.world.now()).plus(length).unwrap()),
            1 if self.dice.below(4) == 0 => Expiration::Never,
            _ => lasting(length),
        };
        Asked {
            starts_at,
            expiration,
            ..Asked::default()
        }
    }

    fn assign(&mut self, kind: ScheduleKind) {
        let (role, principal) = self.any_role();
        let longest = match kind {
            ScheduleKind::Eligible => Length::days(365),
            ScheduleKind::Active => Length::days(180),
        };
        let asked = self.any_period(longest);
        let now = self.world.now();
        let root = Caller::person(self.world.root);
        let came =
            self.world
                .request_role(root, kind, Action::AdminAssign, role, principal, &asked);
        let wanted = Wanted {
            role,
            principal,
            kind,
            starts_at: asked.starts_at,
            expiration: asked.expiration,
        };
        let expected = self.model.assign(&wanted, longest, now);
        self.compare_outcome(
            "assign",
            came.map(|request| request.id.uuid()),
            expected,
            &wanted,
            now,
            None,
        );
    }

    fn activate(&mut self) {
        let (role, principal) = self.any_role();
        let asked = self.any_period(Length::hours(8));
        let now = self.world.now();
        let caller = Caller::person(principal);
        let came = self.world.request_role(
            caller,
            ScheduleKind::Active,
            Action::SelfActivate,
            role,
            principal,
            &asked,
        );
        let kind = ScheduleKind::Active;
        let wanted = Wanted {
            role,
            principal,
            kind,
            starts_at: asked.starts_at,
            expiration: asked.expiration,
        };
        let expected = self.model.activate(&wanted, Length::hours(8), now);
        let (expected, using) = match expected {
            Ok(using) => (Ok(()), Some(using)),
            Err(code) => (Err(code), None),
        };
        self.compare_outcome(
            "activate",
            came.map(|request| request.id.uuid()),
            expected,
            &wanted,
            now,
            using,
        );
    }

    fn compare_outcome(
        &mut self,
        what: &str,
        came: Result<uuid::Uuid, OpError>,
        expected: Result<(), Code>,
        wanted: &Wanted,
        now: Instant,
        using: Option<uuid::Uuid>,
    ) {
        match (came, expected) {
            (Ok(id), Ok(())) => self.model.grant(id, wanted, now, using),
            (Err(error), Err(code)) => {
                assert_eq!(error.code(), Some(code), "{}: {what}: {error}", self.label)
            }
            (Ok(_), Err(code)) => panic!(
                "{}: {what} was granted, but the model says {code:?}",
                self.label
            ),
            (Err(error), Ok(())) => panic!(
                "{}: {what} was refused, but the model grants it: {error}",
                self.label
            ),
        }
    }

    fn deactivate(&mut self) {
        let (role, principal) = self.any_role();
        let now = self.world.now();
        let asked = Asked::default();
        let caller = Caller::person(principal);
        let came = self.world.request_role(
            caller,
            ScheduleKind::Active,
            Action::SelfDeactivate,
            role,
            principal,
            &asked,
        );
        let expected = self.model.deactivate(role, principal, now);
        self.compare_end("deactivate", came.map(|_| ()), expected);
    }

    fn remove(&mut self) {
        let (role, principal) = self.any_role();
        let kind = self
            .dice
            .pick(&[ScheduleKind::Eligible, ScheduleKind::Active]);
        let now = self.world.now();
        let asked = Asked::default();
        let root = Caller::person(self.world.root);
        let came =
            self.world
                .request_role(root, kind, Action::AdminRemove, role, principal, &asked);
        let expected = self.model.remove(role, principal, kind, now);
        self.compare_end("remove", came.map(|_| ()), expected);
    }

    fn change_outside(&mut self) {
        let (role, principal) = self.any_role();
        let now = self.world.now();
        let root = Caller::person(self.world.root);
        if self.dice.below(3) == 0 {
            let came = self.world.write(root, move |tx| match role {
                Role::Group { group, access } => directory::add(tx, group, access, principal),
                Role::Directory { .. } => role_assignment::create(tx, role, principal).map(drop),
            });
            let expected = self.model.add_outside(role, principal, now);
            self.compare_end("add", came, expected);
        } else {
            let came = self.world.write(root, move |tx| match role {
                Role::Group { group, access } => directory::remove(tx, group, access, principal),
                Role::Directory { .. } => role_assignment::remove(tx, role, principal),
            });
            let expected = self.model.remove_outside(role, principal, now);
            self.compare_end("take out", came, expected);
        }
    }

    fn compare_end(&self, what: &str, came: Result<(), OpError>, expected: Result<(), Code>) {
        match (came, expected) {
            (Ok(()), Ok(())) => {}
            (Err(error), Err(code)) => {
                assert_eq!(error.code(), Some(code), "{}: {what}: {error}", self.label)
            }
            (came, expected) => panic!(
                "{}: {what}: {came:?}, but the model says {expected:?}",
                self.label
            ),
        }
    }

    fn compare_one_role(&mut self) {
        let (role, principal) = self.any_role();
        let now = self.world.now();
        let holds = self
            .world
            .read(move |tx| {
                Ok(match role {
                    Role::Group { group, access } => tx.holds(group, access, principal)?,
                    Role::Directory { definition, scope } => tx
                        .directory_roles_of(principal)?
                        .contains(&(definition, scope)),
                })
            })
            .unwrap();
        assert_eq!(
            holds,
            self.model.holds(role, principal, now),
            "{}: holds",
            self.label
        );
    }

    /// Who had what of a group or directory role at a random instant of the past, and what differs from another: the evidence
    /// says what the whole list of grants says.
    fn compare_a_past_instant(&mut self, started: Instant) {
        let now = self.world.now();
        let lived = u64::try_from(now.since(started).as_micros()).unwrap();
        let mut any = || {
            let since = self.dice.roll() % (lived + 1);
            Instant::from_micros(started.micros() + i64::try_from(since).unwrap())
        };
        let (one, other) = (any(), any());
        // As likely as not just where something begins or ends, which is where mistakes are.
        let one = match self.dice.below(2) {
            0 => one,
            _ => self
                .model
                .next_boundary(one)
                .filter(|boundary| *boundary <= now)
                .unwrap_or(one),
        };
        let (from, to) = (one.min(other), one.max(other));
        let mut objects: Vec<_> = self.groups.iter().copied().map(ObjectId::Group).collect();
        objects.extend(self.directory_roles.iter().map(|role| role.object()));
        let object = self.dice.pick(&objects);
        let root = Caller::person(self.world.root);
        let every = access::Part {
            skip: 0,
            top: u32::MAX,
        };
        let whose = access::Whose::Object(object);
        let (then, changes) = self
            .world
            .read(move |tx| {
                let then = access::of_object(tx, &root, object, Some(one), every)?;
                let to = Some(to);
                let between = access::Between {
                    from: Some(from),
                    to,
                    whose,
                };
                Ok((then, access::difference(tx, &root, between, every)?))
            })
            .unwrap();
        let mut told: Vec<_> = then
            .rows
            .iter()
            .map(|row| (row.held.role, row.held.principal.id, row.held.kind))
            .collect();
        told.sort();
        assert_eq!(
            told,
            self.model.in_force_at(object, one),
            "{}: as of {one}",
            self.label
        );
        for row in &then.rows {
            let rests_on = row.chain.get(1).map(|link| link.schedule.kind);
            let is_activation = row.chain[0].schedule.is_activation();
            assert_eq!(
                rests_on,
                is_activation.then_some(ScheduleKind::Eligible),
                "{}: the chain as of {one}",
                self.label
            );
        }
        let held = |at| -> BTreeSet<_> { self.model.in_force_at(object, at).into_iter().collect() };
        let (before, after) = (held(from), held(to));
        for (kind, expected) in [
            (ChangeKind::Gained, after.difference(&before)),
            (ChangeKind::Lost, before.difference(&after)),
        ] {
            let told: BTreeSet<_> = changes
                .rows
                .iter()
                .filter(|change| change.kind() == kind)
                .map(|change| (change.held.role, change.held.principal.id, change.held.kind))
                .collect();
            assert_eq!(
                told,
                expected.copied().collect(),
                "{}: {kind:?} between {from} and {to}",
                self.label
            );
        }
    }

    /// Every list, of every group and person.
    fn compare_everything(&self) {
        let now = self.world.now();
        let is_there = |group: &&GroupId| self.model.is_there(**group);
        for group in self.groups.iter().filter(is_there) {
            for access in Access::BOTH {
                let held: BTreeSet<_> = self.world.holders(*group, access).into_iter().collect();
                let expected: BTreeSet<_> = self
                    .people
                    .iter()
                    .filter(|person| self.model.holds(Role::of(*group, access), **person, now))
                    .map(|person| self.world.name_of(*person))
                    .collect();
                assert_eq!(held, expected, "{}: members", self.label);
            }
        }
        let is_enabled = |person: &&PrincipalId| self.model.is_enabled(**person);
        for person in self.people.iter().filter(is_enabled) {
            let caller = Caller::person(*person);
            let mine = self.world.read(move |tx| roles::mine(tx, &caller)).unwrap();
            let ids = |roles: &[roles::Role]| -> BTreeSet<_> {
                let by_request = roles.iter().filter(|role| is_by_request(&role.schedule));
                by_request
                    .map(|role| role.schedule.id.grant.uuid())
                    .collect()
            };
            let open = |kind| {
                let of = |of| {
                    self.model
                        .of(of, *person, kind, |grant: &Grant| grant.is_open(now))
                };
                &of(RoleKind::Group) | &of(RoleKind::Directory)
            };
            assert_eq!(
                ids(&mine.eligible),
                open(ScheduleKind::Eligible),
                "{}: eligible",
                self.label
            );
            assert_eq!(
                ids(&mine.active),
                open(ScheduleKind::Active),
                "{}: active",
                self.label
            );
            let kinds = [ScheduleKind::Eligible, ScheduleKind::Active];
            let roles = [RoleKind::Group, RoleKind::Directory];
            for (kind, of) in kinds.iter().flat_map(|kind| roles.map(|of| (*kind, of))) {
                let caller = Caller::person(*person);
                let every = Query {
                    top: u32::MAX,
                    ..Query::default()
                };
                let page = self
                    .world
                    .read(move |tx| {
                        schedule::list(
                            tx,
                            &caller,
                            kind,
                            ScheduleView::Instances,
                            of,
                            Whose::Mine,
                            &every,
                        )
                    })
                    .unwrap();
                let by_request = page.rows.iter().filter(|row| is_by_request(row));
                let listed: BTreeSet<_> = by_request.map(|row| row.id.grant.uuid()).collect();
                let expected = self
                    .model
                    .of(of, *person, kind, |grant| grant.is_in_force(now));
                assert_eq!(listed, expected, "{}: instances", self.label);
            }
        }
    }
}
