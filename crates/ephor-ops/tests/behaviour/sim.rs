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
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::policy::{ExpirationChange, Occasion, RuleChange, RuleId};
use ephor_core::query::{Query, ScheduleView};
use ephor_core::refusal::Code;
use ephor_core::request::Action;
use ephor_core::role::{DirectoryScope, Role, RoleKind};
use ephor_core::schedule::{Expiration, ScheduleKind};
use ephor_core::time::{Instant, Length};
use ephor_core::unit::Management;
use ephor_ops::schedule::Whose;
use ephor_ops::{OpError, directory, lapse, role_assignment, roles, schedule};
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
        }
        simulation.compare_one_role();
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
        match self.dice.below(10) {
            0..=2 => self.let_time_pass(),
            3 => self.assign(ScheduleKind::Eligible),
            4 => self.assign(ScheduleKind::Active),
            5 | 6 => self.activate(),
            7 => self.deactivate(),
            8 => self.remove(),
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

    fn any_role(&mut self) -> (Role, PrincipalId) {
        let of_group = Role::of(self.dice.pick(&self.groups), self.dice.pick(&Access::BOTH));
        let role = match self.dice.below(3) {
            0 => self.dice.pick(&self.directory_roles),
            _ => of_group,
        };
        (role, self.dice.pick(&self.people))
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

    /// Every list, of every group and person.
    fn compare_everything(&self) {
        let now = self.world.now();
        for group in &self.groups {
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
        for person in &self.people {
            let caller = Caller::person(*person);
            let mine = self.world.read(move |tx| roles::mine(tx, &caller)).unwrap();
            let ids = |roles: &[roles::Role]| -> BTreeSet<_> {
                let by_request = roles
                    .iter()
                    .filter(|role| role.schedule.created_using.is_some());
                by_request
                    .map(|role| role.schedule.id.grant.uuid())
                    .collect()
            };
            let open = |kind| {
                self.model
                    .of(RoleKind::Group, *person, kind, |grant: &Grant| {
                        grant.is_open(now)
                    })
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
                let by_request = page.rows.iter().filter(|row| row.created_using.is_some());
                let listed: BTreeSet<_> = by_request.map(|row| row.id.grant.uuid()).collect();
                let expected = self
                    .model
                    .of(of, *person, kind, |grant| grant.is_in_force(now));
                assert_eq!(listed, expected, "{}: instances", self.label);
            }
        }
    }
}
