//! Who may change whose credentials and sensitive properties, by the operations that do (R-A7; both tables of
//! `directory.md` 7.3).

use std::sync::Arc;

use crate::world::{Asked, World};
use ephor_core::caller::Caller;
use ephor_core::directory_role::DirectoryRole::{self, *};
use ephor_core::group::Access;
use ephor_core::id::{CredentialId, PrincipalId};
use ephor_core::principal::AccountState;
use ephor_core::refusal::Code;
use ephor_core::request::Action;
use ephor_core::role::{DirectoryScope, Role};
use ephor_core::schedule::ScheduleKind;
use ephor_core::text::ShortText;
use ephor_core::time::Length;
use ephor_core::unit::Management;
use ephor_ops::directory::{self, NewPassword, Set, UserChange, UserKey};
use ephor_ops::signin::administration;
use ephor_ops::{OpError, OpResult};
use ephor_store::Tx;
use ephor_store::ambient::ManualClock;
use ephor_store::testing;

/// The heads of the tables, a letter for each.
const HEADS: [(char, DirectoryRole); 7] = [
    ('p', PasswordAdministrator),
    ('h', HelpdeskAdministrator),
    ('a', AuthenticationAdministrator),
    ('u', UserAdministrator),
    ('P', PrivilegedAuthenticationAdministrator),
    ('G', GlobalAdministrator),
    // Not in the tables: they run groups and roles, and nobody's account.
    ('x', PrivilegedRoleAdministrator),
];

/// What a target holds.
#[derive(Debug, Clone, Copy)]
enum Holds {
    Nothing,
    Role(DirectoryRole),
    /// Eligible for a role-assignable group, which protects from nothing.
    EligibleMember,
    Member,
    Owner,
    /// Member of a role-assignable group that holds Directory Readers: the group's row counts.
    ThroughGroup,
    OverRestrictedUnit,
}

/// A row: what the target holds, who may set the password, and who may do what is sensitive.
const ROWS: &[(Holds, &str, &str)] = &[
    (Holds::Nothing, "phauPG", "auPG"),
    (Holds::EligibleMember, "phauPG", "auPG"),
    (Holds::Member, "PG", "PG"),
    (Holds::Owner, "PG", "PG"),
    (Holds::ThroughGroup, "PG", "PG"),
    (Holds::OverRestrictedUnit, "PG", "PG"),
    (Holds::Role(DirectoryReaders), "phauPG", "auPG"),
    (Holds::Role(GuestInviter), "phauPG", "auPG"),
    (Holds::Role(PasswordAdministrator), "phauPG", "auPG"),
    (Holds::Role(MessageCenterReader), "hauPG", "auPG"),
    (Holds::Role(ReportsReader), "hauPG", "auPG"),
    (Holds::Role(UsageSummaryReportsReader), "hauPG", "auPG"),
    (Holds::Role(UserExperienceSuccessManager), "hauPG", "auPG"),
    (Holds::Role(HelpdeskAdministrator), "huPG", "uPG"),
    (Holds::Role(GroupsAdministrator), "uPG", "uPG"),
    (Holds::Role(UserAdministrator), "uPG", "uPG"),
    (Holds::Role(AuthenticationAdministrator), "aPG", "aPG"),
    (Holds::Role(GlobalAdministrator), "PG", "PG"),
    (
        Holds::Role(PrivilegedAuthenticationAdministrator),
        "PG",
        "PG",
    ),
    (Holds::Role(PrivilegedRoleAdministrator), "PG", "PG"),
    (Holds::Role(SecurityReader), "PG", "PG"),
];

fn change(change: UserChange) -> impl Fn(&mut Tx<'_>, PrincipalId) -> OpResult<()> {
    move |tx, user| directory::update_user(tx, &UserKey::Id(user), change.clone()).map(drop)
}

fn set(account: AccountState) -> impl Fn(&mut Tx<'_>, PrincipalId) -> OpResult<()> {
    move |tx, user| directory::set_account(tx, user, account).map(drop)
}

type Act = Arc<dyn Fn(&mut Tx<'_>, PrincipalId) -> OpResult<()> + Send + Sync>;

/// What is the first table's to say.
fn of_passwords() -> Vec<(&'static str, Act)> {
    let password = UserChange {
        password: Some(NewPassword::Hashed("hash".into())),
        ..UserChange::default()
    };
    let phone = UserChange {
        mobile_phone: Set::To(ShortText::new("+47 555").unwrap()),
        ..UserChange::default()
    };
    vec![
        ("passwordProfile", Arc::new(change(password))),
        ("mobilePhone", Arc::new(change(phone))),
    ]
}

/// What is the second table's to say, done to somebody whose account may be used.
fn of_sensitive() -> Vec<(&'static str, Act)> {
    let renamed = UserChange {
        user_principal_name: Some(format!("renamed@{}", crate::world::DOMAIN).parse().unwrap()),
        ..UserChange::default()
    };
    let linked = UserChange {
        employee_id: Set::To(ShortText::new("4711").unwrap()),
        ..UserChange::default()
    };
    let off = UserChange {
        account: Some(AccountState::Disabled),
        ..UserChange::default()
    };
    vec![
        ("userPrincipalName", Arc::new(change(renamed))),
        ("employeeId", Arc::new(change(linked))),
        ("accountEnabled by PATCH", Arc::new(change(off))),
        ("disable", Arc::new(set(AccountState::Disabled))),
        ("delete", Arc::new(directory::delete_user)),
    ]
}

fn is_denied(came: &OpResult<()>) -> bool {
    came.as_ref().err().and_then(OpError::code) == Some(Code::Denied)
}

struct Targets {
    all: Vec<PrincipalId>,
}

impl Targets {
    fn of(world: &mut World) -> Self {
        let plain = world.group("plain-crown", "role-assignable");
        let reading = world.group("reading-crown", "role-assignable");
        let definition = DirectoryReaders.definition_id();
        world.give(Role::directory(definition), reading.into());
        let restricted = world.unit("restricted", Management::Restricted);
        let mut all = Vec::new();
        for (at, (holds, ..)) in ROWS.iter().enumerate() {
            let target = world.person(&format!("target{at}"));
            let root = Caller::person(world.root);
            let add = |group, access| {
                world
                    .write(root.clone(), move |tx| {
                        directory::add(tx, group, access, target)
                    })
                    .unwrap();
            };
            match *holds {
                Holds::Nothing => {}
                Holds::Role(role) => world.give(Role::directory(role.definition_id()), target),
                Holds::EligibleMember => {
                    let (kind, action) = (ScheduleKind::Eligible, Action::AdminAssign);
                    let role = Role::of(plain, Access::Member);
                    world
                        .request_role(root.clone(), kind, action, role, target, &Asked::default())
                        .unwrap();
                }
                Holds::Member => add(plain, Access::Member),
                Holds::Owner => add(plain, Access::Owner),
                Holds::ThroughGroup => add(reading, Access::Member),
                Holds::OverRestrictedUnit => world.give(
                    Role::Directory {
                        definition: GroupsAdministrator.definition_id(),
                        scope: DirectoryScope::Unit(restricted),
                    },
                    target,
                ),
            }
            all.push(target);
        }
        Self { all }
    }
}

#[test]
fn r_a7_every_operation_on_an_account_asks_the_table() {
    for engine in testing::engines() {
        let clock = Arc::new(ManualClock::at("2026-03-02T08:00:00Z".parse().unwrap()));
        let mut world = World::new(engine.store(clock.clone()), clock);
        let targets = Targets::of(&mut world);
        let callers = HEADS.map(|(letter, role)| {
            let person = world.person(&format!("{role:?}").to_lowercase());
            world.give(Role::directory(role.definition_id()), person);
            (letter, Caller::person(person))
        });
        let try_all = |acts: &[(&str, Act)],
                       column: fn(&(Holds, &'static str, &'static str)) -> &'static str,
                       state: &str| {
            for (row, target) in ROWS.iter().zip(&targets.all) {
                for (letter, caller) in &callers {
                    for (what, act) in acts {
                        let (act, target) = (Arc::clone(act), *target);
                        let came = world.probe(caller.clone(), move |tx| act(tx, target));
                        assert_eq!(
                            !is_denied(&came),
                            column(row).contains(*letter),
                            "{what} of {:?}, {state}, as {letter} on {}: {came:?}",
                            row.0,
                            engine.name()
                        );
                    }
                }
            }
        };
        try_all(&of_passwords(), |row| row.1, "in use");
        try_all(&of_sensitive(), |row| row.2, "in use");
        let methods: Vec<(&str, Act)> = vec![(
            "revokeSignInSessions",
            Arc::new(administration::revoke_sessions),
        )];
        // Of the first table's heads, who only sets passwords ends no sessions.
        try_all(&methods, |row| row.1.trim_start_matches('p'), "in use");

        // Who is gone is protected by what would come back.
        let root = Caller::person(world.root);
        for target in &targets.all {
            let target = *target;
            world
                .write(root.clone(), move |tx| {
                    directory::set_account(tx, target, AccountState::Disabled).map(drop)
                })
                .unwrap();
        }
        let enable: Vec<(&str, Act)> = vec![("enable", Arc::new(set(AccountState::Enabled)))];
        try_all(&enable, |row| row.2, "disabled");
        try_all(&of_passwords(), |row| row.1, "disabled");
        for target in &targets.all {
            let target = *target;
            world
                .write(root.clone(), move |tx| {
                    directory::set_account(tx, target, AccountState::Enabled).map(drop)
                })
                .unwrap();
        }
        try_all(&of_passwords(), |row| row.1, "enabled again");
        for target in &targets.all {
            let target = *target;
            world
                .write(root.clone(), move |tx| directory::delete_user(tx, target))
                .unwrap();
        }
        let gone: Vec<(&str, Act)> = vec![
            (
                "restore",
                Arc::new(|tx, user| directory::restore_user(tx, user).map(drop)),
            ),
            ("delete for good", Arc::new(directory::purge)),
        ];
        try_all(&gone, |row| row.2, "deleted");
    }
}

#[test]
fn r_a7_what_people_change_of_themselves_is_not_asked_about_but_whose_they_are_is() {
    for engine in testing::engines() {
        let clock = Arc::new(ManualClock::at("2026-03-02T08:00:00Z".parse().unwrap()));
        let mut world = World::new(engine.store(clock.clone()), clock);
        let person = world.person("una");
        for role in [UserAdministrator, PrivilegedRoleAdministrator] {
            world.give(Role::directory(role.definition_id()), person);
        }
        world.clock.advance(Length::hours(1));
        for (what, act) in of_passwords() {
            let came = world.probe(Caller::person(person), move |tx| act(tx, person));
            assert!(came.is_ok(), "{what}: {came:?}");
        }
        let came = world.probe(Caller::person(person), move |tx| {
            administration::revoke_sessions(tx, person)
        });
        assert!(came.is_ok(), "{came:?}");
        let linked = UserChange {
            employee_id: Set::To(ShortText::new("4711").unwrap()),
            ..UserChange::default()
        };
        let came = world.probe(Caller::person(person), move |tx| {
            directory::update_user(tx, &UserKey::Id(person), linked).map(drop)
        });
        assert!(is_denied(&came), "{came:?}");
        let method = CredentialId::from_uuid(person.uuid());
        let came = world.probe(Caller::person(person), move |tx| {
            administration::remove_method(tx, person, method, |_| true)
        });
        assert!(
            is_denied(&came),
            "a User Administrator runs no factors: {came:?}"
        );
    }
}

#[test]
fn r_a7_directory_roles_come_back_with_an_account_that_is_enabled_and_not_with_a_restored_one() {
    for engine in testing::engines() {
        let clock = Arc::new(ManualClock::at("2026-03-02T08:00:00Z".parse().unwrap()));
        let mut world = World::new(engine.store(clock.clone()), clock);
        let person = world.person("una");
        world.give(Role::directory(UserAdministrator.definition_id()), person);
        let root = Caller::person(world.root);
        let holds = |world: &World| {
            world
                .read(move |tx| Ok(tx.has_directory_role(person, UserAdministrator)?))
                .unwrap()
        };
        let set = |world: &World, account| {
            world
                .write(root.clone(), move |tx| {
                    directory::set_account(tx, person, account).map(drop)
                })
                .unwrap();
        };
        assert!(holds(&world));
        set(&world, AccountState::Disabled);
        assert!(!holds(&world));
        set(&world, AccountState::Enabled);
        assert!(holds(&world));
        world
            .write(root.clone(), move |tx| directory::delete_user(tx, person))
            .unwrap();
        world
            .write(root.clone(), move |tx| {
                directory::restore_user(tx, person).map(drop)
            })
            .unwrap();
        assert!(!holds(&world), "whoever restores decides anew about roles");
        set(&world, AccountState::Disabled);
        set(&world, AccountState::Enabled);
        assert!(!holds(&world), "nor later");
    }
}
