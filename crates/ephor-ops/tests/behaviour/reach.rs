//! T-12: nobody climbs by what they are allowed to do.
//!
//! In random directories random people try random things. What somebody *reaches* is what they hold, could
//! activate, or could give themselves by the rules as they stand, over any number of steps. The rules are
//! listed in [`Directory::reach`]; whatever an operation adds to its own actor's reach of role-assignable groups
//! and directory roles was not in them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::world::{Asked, World, lasting};
use ephor_core::caller::Caller;
use ephor_core::directory_role::DirectoryRole;
use ephor_core::group::{Access, RoleAssignable};
use ephor_core::id::{GroupId, PrincipalId, UnitId};
use ephor_core::principal::PrincipalKind;
use ephor_core::query::{Query, ScheduleView, Scope};
use ephor_core::request::Action;
use ephor_core::role::{DirectoryScope, Role, RoleKind};
use ephor_core::schedule::{Schedule, ScheduleKind};
use ephor_core::time::Length;
use ephor_core::unit::Management;
use ephor_ops::{OpResult, directory, role_assignment, unit};
use ephor_store::ambient::ManualClock;
use ephor_store::testing::{self, Engine};

#[test]
fn t12_nobody_reaches_more_by_what_they_are_allowed_to_do() {
    let torture = std::env::var_os("EPHOR_TORTURE").is_some();
    for engine in testing::engines() {
        let (seeds, steps) = match (torture, matches!(engine, Engine::Postgres { .. })) {
            (true, true) => (10, 500),
            (true, false) => (200, 1_000),
            (false, true) => (3, 60),
            (false, false) => (4, 300),
        };
        let mut allowed = 0;
        for seed in 1..=seeds {
            allowed += climb(&engine, seed, steps);
        }
        // Most tries of most people are refused; but enough must not be, or nothing was shown.
        let tried = steps * usize::try_from(seeds).unwrap();
        assert!(
            allowed > tried / 25,
            "of {tried} tries on {} only {allowed} were allowed",
            engine.name()
        );
    }
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

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Roles that somebody is given in these directories: all that could lead somewhere, and one that can't.
const ROLES: [DirectoryRole; 12] = [
    DirectoryRole::PrivilegedRoleAdministrator,
    DirectoryRole::GroupsAdministrator,
    DirectoryRole::UserAdministrator,
    DirectoryRole::DirectoryWriters,
    DirectoryRole::IdentityGovernanceAdministrator,
    DirectoryRole::ExchangeAdministrator,
    DirectoryRole::SharePointAdministrator,
    DirectoryRole::TeamsAdministrator,
    DirectoryRole::IntuneAdministrator,
    DirectoryRole::HelpdeskAdministrator,
    DirectoryRole::PrivilegedAuthenticationAdministrator,
    DirectoryRole::GlobalReader,
];

/// A group as far as the rules tell groups apart.
#[derive(Clone, Copy)]
struct Kind {
    protected: bool,
    microsoft365: bool,
}

struct Directory {
    world: World,
    people: Vec<PrincipalId>,
    groups: Vec<GroupId>,
    kinds: HashMap<GroupId, Kind>,
    unit: UnitId,
    in_unit: BTreeSet<PrincipalId>,
}

fn climb(engine: &Engine, seed: u64, steps: usize) -> usize {
    let mut dice = Dice(seed);
    let clock = Arc::new(ManualClock::at("2026-03-02T08:00:00Z".parse().unwrap()));
    let mut directory =
        Directory::random(World::new(engine.store(clock.clone()), clock), &mut dice);
    let mut allowed = 0;
    for step in 0..steps {
        if dice.below(20) == 0 {
            directory.world.clock.advance(Length::minutes(17));
        }
        let actor = dice.one_of(&directory.people);
        let before = directory.reach(actor);
        let there: BTreeSet<GroupId> = directory.kinds.keys().copied().collect();
        let (what, came) = directory.try_something(actor, &mut dice);
        if came.is_err() {
            continue;
        }
        allowed += 1;
        let after = directory.reach(actor);
        let more: Vec<_> = after
            .difference(&before)
            .filter(|role| directory.is_protected(**role))
            // Whoever makes a group reaches it; whoever may make a protected one reaches all there are.
            .filter(|role| role.group().is_none_or(|group| there.contains(&group)))
            .map(|role| format!("{role}"))
            .collect();
        assert!(
            more.is_empty(),
            "seed {seed}, step {step}: {} came to reach {more:?} by: {what}",
            directory.world.name_of(actor)
        );
    }
    allowed
}

impl Directory {
    fn random(mut world: World, dice: &mut Dice) -> Self {
        let people: Vec<_> = (0..8).map(|n| world.person(&format!("p{n}"))).collect();
        let mut groups = Vec::new();
        let mut kinds = HashMap::new();
        for n in 0..9 {
            let kind = ["security", "microsoft365", "role-assignable"][n % 3];
            let group = world.group(&format!("g{n}"), kind);
            let of = Kind {
                protected: kind == "role-assignable",
                microsoft365: kind == "microsoft365",
            };
            kinds.insert(group, of);
            groups.push(group);
        }
        let unit = world.unit("unit", Management::Open);
        let mut made = Self {
            world,
            people,
            groups,
            kinds,
            unit,
            in_unit: BTreeSet::new(),
        };
        for _ in 0..5 {
            let object = made.object(dice);
            if made.in_unit.insert(object) {
                made.world.put(unit, object);
            }
        }
        // Some begin with something; nobody but root has everything.
        let root = made.world.root;
        for _ in 0..24 {
            let whom = dice.one_of(&made.people);
            let role = if dice.below(2) == 0 {
                made.directory_role(dice)
            } else {
                Role::of(dice.one_of(&made.groups), dice.one_of(&Access::BOTH))
            };
            let _ = made.assign(root, ScheduleKind::Eligible, role, whom);
            if dice.below(3) > 0 {
                let _ = made.assign(root, ScheduleKind::Active, role, whom);
            }
            // Groups that lead elsewhere.
            let through = dice.one_of(&made.groups);
            let into = if dice.below(2) == 0 {
                made.directory_role(dice)
            } else {
                Role::of(dice.one_of(&made.groups), Access::Member)
            };
            let _ = made.assign(root, ScheduleKind::Eligible, into, through.into());
        }
        made
    }

    fn directory_role(&self, dice: &mut Dice) -> Role {
        let role = dice.one_of(&ROLES);
        let scope = if dice.below(3) == 0 {
            DirectoryScope::Unit(self.unit)
        } else {
            DirectoryScope::Directory
        };
        Role::Directory {
            definition: role.definition_id(),
            scope,
        }
    }

    /// A person or a group.
    fn object(&self, dice: &mut Dice) -> PrincipalId {
        if dice.below(2) == 0 {
            dice.one_of(&self.people)
        } else {
            dice.one_of(&self.groups).into()
        }
    }

    fn assign(
        &self,
        actor: PrincipalId,
        kind: ScheduleKind,
        role: Role,
        whom: PrincipalId,
    ) -> OpResult<()> {
        let asked = Asked {
            expiration: lasting(Length::days(3)),
            ..Asked::default()
        };
        let caller = Caller::person(actor);
        self.world
            .request_role(caller, kind, Action::AdminAssign, role, whom, &asked)
            .map(drop)
    }

    fn try_something(&mut self, actor: PrincipalId, dice: &mut Dice) -> (String, OpResult<()>) {
        let caller = Caller::person(actor);
        let group = dice.one_of(&self.groups);
        let access = dice.one_of(&Access::BOTH);
        // Mostly to one's own advantage: that is what climbing is.
        let whom = match dice.below(4) {
            0 => self.object(dice),
            _ => actor,
        };
        let mut role = if dice.below(3) == 0 {
            self.directory_role(dice)
        } else {
            Role::of(group, access)
        };
        // Half of the time about something that is one's own, where more is allowed.
        let mut own: Vec<Role> = self
            .grants()
            .iter()
            .filter(|grant| grant.principal.id == actor)
            .map(Schedule::role)
            .collect();
        own.sort_unstable();
        if !own.is_empty() && dice.below(2) == 0 {
            role = dice.one_of(&own);
        }
        let (group, access) = match role {
            Role::Group { group, access } => (group, access),
            Role::Directory { .. } => (group, access),
        };
        let kind = dice.one_of(&[ScheduleKind::Eligible, ScheduleKind::Active]);
        let unit = self.unit;
        let world = &self.world;
        match dice.below(9) {
            0 | 1 => (
                format!("adds {whom} to {group} as {access}"),
                world.write(caller, move |tx| directory::add(tx, group, access, whom)),
            ),
            2 => (
                format!("takes {whom} out of {group} as {access}"),
                world.write(caller, move |tx| directory::remove(tx, group, access, whom)),
            ),
            3 | 4 => (
                format!("assigns {whom} {kind:?} to {role}"),
                self.assign(actor, kind, role, whom),
            ),
            5 => (
                format!("activates {role}"),
                world
                    .request_role(
                        caller,
                        ScheduleKind::Active,
                        Action::SelfActivate,
                        role,
                        actor,
                        &Asked::default(),
                    )
                    .map(drop),
            ),
            6 => (
                format!("gives {whom} {role}"),
                world.write(caller, move |tx| {
                    role_assignment::create(tx, role, whom).map(drop)
                }),
            ),
            7 => {
                let came = world.write(caller, move |tx| unit::add_member(tx, unit, whom));
                if came.is_ok() {
                    self.in_unit.insert(whom);
                }
                (format!("puts {whom} into the unit"), came)
            }
            _ => {
                let name = format!("n{}", dice.below(1_000_000));
                let protected = dice.below(2) == 0;
                let kind = if protected {
                    "role-assignable"
                } else {
                    "security"
                };
                let new = World::new_group(&name, kind);
                let made = world.write(caller, move |tx| directory::create_group(tx, new));
                let came = made.map(|group| {
                    let kind = Kind {
                        protected: group.role_assignable == RoleAssignable::Yes,
                        microsoft365: false,
                    };
                    self.kinds.insert(group.id, kind);
                });
                (format!("makes the group {name}, {kind}"), came)
            }
        }
    }

    fn is_protected(&self, role: Role) -> bool {
        match role {
            Role::Directory { .. } => true,
            Role::Group { group, .. } => self.kinds.get(&group).is_some_and(|kind| kind.protected),
        }
    }

    /// Everything in force or ahead, of either kind.
    fn grants(&self) -> Vec<Schedule> {
        self.world
            .read(|tx| {
                let every = Query {
                    top: u32::MAX,
                    ..Query::default()
                };
                let mut all = Vec::new();
                for kind in [ScheduleKind::Eligible, ScheduleKind::Active] {
                    for of in [RoleKind::Group, RoleKind::Directory] {
                        let view = ScheduleView::Schedules;
                        all.extend(tx.list_schedules(kind, view, of, Scope::All, &every)?.rows);
                    }
                }
                Ok(all)
            })
            .unwrap()
    }

    /// What `person` holds, could activate, or could give themselves by the rules:
    ///
    /// - what they are eligible for or have (R-E2);
    /// - what a group is eligible for, or which directory role it has, whose member they could be (R-E6, R-H2,
    ///   R-H3);
    /// - both roles of a group that they could own (R-A5, R-A6);
    /// - everything, as Global or Privileged Role Administrator: of groups only role-assignable ones, but
    ///   directory roles, and with them the rest (R-A5, R-B5);
    /// - both roles of every lesser group, as one of those that R-A6 and R-B6 name; of Microsoft 365 groups as
    ///   those that it names for these; of those in a unit as those who hold such a role over it.
    fn reach(&self, person: PrincipalId) -> BTreeSet<Role> {
        let grants = self.grants();
        let mut reach = BTreeSet::new();
        loop {
            let mut found: BTreeSet<Role> = grants
                .iter()
                .filter(|grant| {
                    let through = grant.principal.id.as_group();
                    grant.principal.id == person
                        || (grant.principal.kind == PrincipalKind::Group
                            && reach.contains(&Role::of(through, Access::Member))
                            && (grant.kind == ScheduleKind::Eligible
                                || grant.role().kind() == RoleKind::Directory))
                })
                .map(Schedule::role)
                .collect();
            for (group, kind) in &self.kinds {
                let owned = reach.contains(&Role::of(*group, Access::Owner));
                if owned || reach.iter().any(|role| self.runs(*role, *group, *kind)) {
                    found.extend(Access::BOTH.map(|access| Role::of(*group, access)));
                }
            }
            if reach.iter().any(|role| gives_roles(*role)) {
                for role in DirectoryRole::ALL {
                    let definition = role.definition_id();
                    found.insert(Role::directory(definition));
                    found.insert(Role::Directory {
                        definition,
                        scope: DirectoryScope::Unit(self.unit),
                    });
                }
            }
            let size = reach.len();
            reach.extend(found);
            if reach.len() == size {
                return reach;
            }
        }
    }

    /// Whether whoever holds `role` could make themselves a member or owner of the group.
    fn runs(&self, role: Role, group: GroupId, kind: Kind) -> bool {
        use DirectoryRole::{
            DirectoryWriters, ExchangeAdministrator, GlobalAdministrator, GroupsAdministrator,
            IdentityGovernanceAdministrator, IntuneAdministrator, PrivilegedRoleAdministrator,
            SharePointAdministrator, TeamsAdministrator, UserAdministrator,
        };
        let Role::Directory { definition, scope } = role else {
            return false;
        };
        let Some(role) = DirectoryRole::of(definition) else {
            return false;
        };
        if kind.protected {
            return scope == DirectoryScope::Directory
                && matches!(role, GlobalAdministrator | PrivilegedRoleAdministrator);
        }
        match scope {
            DirectoryScope::Directory => match role {
                GlobalAdministrator
                | GroupsAdministrator
                | UserAdministrator
                | DirectoryWriters
                | IntuneAdministrator
                | IdentityGovernanceAdministrator => true,
                ExchangeAdministrator | SharePointAdministrator | TeamsAdministrator => {
                    kind.microsoft365
                }
                _ => false,
            },
            DirectoryScope::Unit(_) => {
                self.in_unit.contains(&group.into())
                    && match role {
                        GroupsAdministrator | UserAdministrator => true,
                        SharePointAdministrator | TeamsAdministrator => kind.microsoft365,
                        _ => false,
                    }
            }
        }
    }
}

/// Whether whoever holds the role could give themselves any directory role.
fn gives_roles(role: Role) -> bool {
    [
        DirectoryRole::GlobalAdministrator,
        DirectoryRole::PrivilegedRoleAdministrator,
    ]
    .iter()
    .any(|one| role == Role::directory(one.definition_id()))
}
