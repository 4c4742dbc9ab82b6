//! What must not be possible by way of access packages, and what becomes of facts that change while somebody waits
//! (T-05, T-09 and T-15, T-25; R-F4, R-G1).

use ephor_core::caller::Caller;
use ephor_core::group::Access;
use ephor_core::id::{GroupId, PackageId, PrincipalId};
use ephor_core::package::policy::PackageStage;
use ephor_core::package::{
    Catalog, CatalogRole, PackageRequestState, PackageRequestType, ResourceRole, Subject,
};
use ephor_core::principal::AccountState;
use ephor_core::query::Query;
use ephor_core::refusal::Code;
use ephor_core::request::{Action, Decision};
use ephor_core::schedule::ScheduleKind;
use ephor_core::text::DisplayName;
use ephor_core::time::{IsoDuration, Length};
use ephor_ops::directory::{self, Set, UserChange, UserKey};
use ephor_ops::package::ask::{self, Wish};
use ephor_ops::package::catalog::{self, CatalogChange};
use ephor_ops::package::view::{self, Whose};
use ephor_ops::package::{approval, content, delegation};
use ephor_ops::{OpResult, mail, reminder};

use crate::packages_world::{approved, code, everybody, members, stage, user, worlds};
use crate::world::{Asked, World, lasting};

fn add(
    world: &World,
    by: PrincipalId,
    group: GroupId,
    access: Access,
    who: PrincipalId,
) -> OpResult<()> {
    world.write(Caller::person(by), move |tx| {
        directory::add(tx, group, access, who)
    })
}

fn by_members_of(group: GroupId) -> PackageStage {
    PackageStage {
        primary: vec![members(group)],
        ..stage(&[])
    }
}

/// T-05: whoever decides on a package decides on what it gives.
#[test]
fn t05_those_who_approve_a_package_of_what_is_protected_are_changed_only_by_those_who_may_change_that()
 {
    for mut world in worlds() {
        let [olga, mallory, ada] = ["olga", "mallory", "ada"].map(|name| world.person(name));
        let approvers = world.group("approvers", "security");
        add(&world, world.root, approvers, Access::Owner, olga).unwrap();
        add(&world, world.root, approvers, Access::Member, ada).unwrap();
        let tier0 = world.group("tier-0", "role-assignable");
        world.manage(tier0);
        let catalog = world.catalog("Tier 0");
        let package = world.package(catalog, "Admins", &[(tier0, ResourceRole::EligibleMember)]);
        let policy = approved(everybody(package, None), vec![by_members_of(approvers)]);
        // Before it approves for anything its owner runs it.
        add(&world, olga, approvers, Access::Member, mallory).unwrap();
        let made = world.package_policy(policy).unwrap();
        let remove = |by: PrincipalId| {
            world.write(Caller::person(by), move |tx| {
                directory::remove(tx, approvers, Access::Member, mallory)
            })
        };
        assert_eq!(code(remove(olga)), Some(Code::Denied));
        remove(world.root).unwrap();
        assert_eq!(
            code(add(&world, olga, approvers, Access::Member, mallory)),
            Some(Code::Denied)
        );
        // Nor when the role is taken out and put in again, and it is over when the policy is gone.
        world
            .write(Caller::person(world.root), move |tx| {
                ephor_ops::package::policy::delete(tx, made)
            })
            .unwrap();
        add(&world, olga, approvers, Access::Member, mallory).unwrap();
    }
}

/// T-05: a package takes nobody out of an approver group of what is protected, but whoever is in it may go.
#[test]
fn t05_whoever_hands_packages_out_takes_nobody_out_of_those_who_approve_for_what_is_protected() {
    for mut world in worlds() {
        let [manager, ada, grace] = ["manager", "ada", "grace"].map(|name| world.person(name));
        let approvers = world.group("approvers", "security");
        let catalog = world.catalog("Approvers");
        let package = world.package(catalog, "Approver", &[(approvers, ResourceRole::Member)]);
        world.package_policy(everybody(package, None)).unwrap();
        let of_ada = world.give_package(package, ada, None).unwrap();
        let of_grace = world.give_package(package, grace, None).unwrap();
        world
            .write(Caller::person(world.root), move |tx| {
                delegation::assign(tx, CatalogRole::AssignmentManager, Some(catalog), manager)
            })
            .unwrap();
        let tier0 = world.group("tier-0", "role-assignable");
        world.manage(tier0);
        let other = world.catalog("Tier 0");
        let admins = world.package(other, "Admins", &[(tier0, ResourceRole::EligibleMember)]);
        let policy = approved(everybody(admins, None), vec![by_members_of(approvers)]);
        world.package_policy(policy).unwrap();

        let taken = |by: PrincipalId, action| {
            world.wish(
                Caller::person(by),
                Wish {
                    assignment: of_ada.assignment,
                    ..Wish::to(action)
                },
            )
        };
        assert_eq!(
            code(taken(manager, PackageRequestType::AdminRemove)),
            Some(Code::Denied)
        );
        let is_member = |who: &str| {
            world
                .holders(approvers, Access::Member)
                .contains(&who.to_owned())
        };
        assert!(is_member("ada"), "nothing of it was done");
        taken(ada, PackageRequestType::UserRemove).unwrap();
        assert!(!is_member("ada"));
        world.take(&of_grace).unwrap();
        assert!(!is_member("grace"), "whoever may change tier 0 may");
    }
}

fn set_account(world: &World, who: PrincipalId, account: AccountState) {
    world
        .write(Caller::person(world.root), move |tx| {
            let change = UserChange {
                account: Some(account),
                ..UserChange::default()
            };
            directory::update_user(tx, &UserKey::Id(who), change)
        })
        .map(drop)
        .unwrap();
}

/// T-15: the matrix of T-09 through packages. What changes between the asking and the last approval counts.
#[test]
fn t15_what_has_changed_by_the_last_approval_decides_what_a_package_gives() {
    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Change {
        Nothing,
        AccountDisabled,
        PersonDeleted,
        GroupDeleted,
        PolicyTightened,
        ShutOut,
        Unpublished,
    }
    use Change::{
        AccountDisabled, GroupDeleted, Nothing, PersonDeleted, PolicyTightened, ShutOut,
        Unpublished,
    };
    for change in [
        Nothing,
        AccountDisabled,
        PersonDeleted,
        GroupDeleted,
        PolicyTightened,
        ShutOut,
        Unpublished,
    ] {
        for mut world in worlds() {
            let [ada, approver] = ["ada", "approver"].map(|name| world.person(name));
            let group = world.group("prod", "security");
            let shut = world.group("shut-out", "security");
            world.manage(group);
            let catalog = world.catalog("Production");
            let package = world.package(catalog, "P", &[(group, ResourceRole::EligibleMember)]);
            let policy = approved(
                everybody(package, Some(Length::days(30))),
                vec![stage(&[approver])],
            );
            world.package_policy(policy).unwrap();
            let asked = world.ask_for(package, ada).unwrap();
            let root = || Caller::person(world.root);
            match change {
                Nothing => {}
                AccountDisabled => set_account(&world, ada, AccountState::Disabled),
                PersonDeleted => world
                    .write(root(), move |tx| directory::delete_user(tx, ada))
                    .unwrap(),
                GroupDeleted => world
                    .write(root(), move |tx| directory::delete_group(tx, group))
                    .unwrap(),
                PolicyTightened => world
                    .set_policy(
                        group,
                        Access::Member,
                        vec![crate::packages::eligible_max(7)],
                    )
                    .unwrap(),
                ShutOut => {
                    add(&world, world.root, shut, Access::Member, ada).unwrap();
                    world
                        .write(root(), move |tx| {
                            content::shun(tx, package, content::Shunned::Group(shut))
                        })
                        .unwrap();
                }
                Unpublished => {
                    let unpublish = CatalogChange {
                        display_name: None,
                        description: Set::Keep,
                        state: Some(ephor_core::package::CatalogState::Unpublished),
                        guests: None,
                    };
                    world
                        .write(root(), move |tx| catalog::change(tx, catalog, unpublish))
                        .map(drop)
                        .unwrap();
                }
            }
            let id = asked.id;
            let came = world.write(Caller::person(approver), move |tx| {
                approval::decide(tx, id, None, Decision::Approve, None)
            });
            let state = came.map(|request| request.state(world.now()));
            let wanted = match change {
                Nothing | PolicyTightened | Unpublished => PackageRequestState::Delivered,
                AccountDisabled | PersonDeleted | GroupDeleted | ShutOut => {
                    PackageRequestState::DeliveryFailed
                }
            };
            // Whoever is gone takes what they asked for along.
            match state {
                Ok(state) => assert_eq!(state, wanted, "{change:?}"),
                Err(error) => {
                    assert_eq!(change, PersonDeleted, "{error:?}");
                }
            }
            let has = |world: &World| world.has(group, Access::Member, ScheduleKind::Eligible, ada);
            let gives = matches!(change, Nothing | PolicyTightened | Unpublished);
            assert_eq!(has(&world), gives, "{change:?}");
            world.clock.advance(Length::days(7));
            let still = matches!(change, Nothing | Unpublished);
            assert_eq!(has(&world), still, "{change:?}: never beyond the policy");
        }
    }
}

/// T-25: an activation, an assignment and a package on one person and role, which end in every order.
#[test]
fn t25_an_activation_an_assignment_and_a_package_end_in_every_order_and_the_last_end_counts() {
    let orders = [
        [1, 2, 3],
        [1, 3, 2],
        [2, 1, 3],
        [2, 3, 1],
        [3, 1, 2],
        [3, 2, 1],
    ];
    for mut world in worlds() {
        let catalog = world.catalog("Production");
        for (number, [activated, assigned, given]) in orders.into_iter().enumerate() {
            let name = format!("ada{number}");
            let ada = world.person(&name);
            let group = world.group(&format!("prod{number}"), "security");
            world.manage(group);
            let package = world.package(
                catalog,
                &format!("P{number}"),
                &[(group, ResourceRole::Member)],
            );
            world.package_policy(everybody(package, None)).unwrap();
            let ask = |caller: PrincipalId, kind, action, hours| {
                let asked = Asked {
                    expiration: lasting(Length::hours(hours)),
                    ..Asked::default()
                };
                world
                    .request(Caller::person(caller), kind, action, group, ada, &asked)
                    .map(drop)
                    .unwrap();
            };
            let (eligible, active) = (ScheduleKind::Eligible, ScheduleKind::Active);
            ask(world.root, eligible, Action::AdminAssign, 24);
            ask(ada, active, Action::SelfActivate, activated);
            ask(world.root, active, Action::AdminAssign, assigned);
            let until = world.now().plus(Length::hours(given));
            world.give_package(package, ada, until).unwrap();
            for hour in 1..=3 {
                assert_eq!(
                    world.holders(group, Access::Member),
                    std::slice::from_ref(&name),
                    "{activated} {assigned} {given}: before hour {hour}"
                );
                world.clock.advance(Length::hours(1));
            }
            assert!(world.holders(group, Access::Member).is_empty());
        }
    }
}

/// R-F4, `governance.md` 1.4: after the time that a stage says, those who stand in hear of it, once, and decide.
#[test]
fn r_f4_alternates_are_asked_by_mail_when_their_time_has_come_and_primaries_stay_entitled() {
    for mut world in worlds() {
        let [ada, first, boss] = ["ada", "first", "boss"].map(|name| world.person(name));
        let group = world.group("prod", "security");
        world.manage(group);
        let catalog = world.catalog("Production");
        let package = world.package(catalog, "P", &[(group, ResourceRole::EligibleMember)]);
        let mut escalated = stage(&[first]);
        escalated.escalated_after = Some(IsoDuration::of(Length::days(5)));
        escalated.escalation = vec![user(boss)];
        let policy = approved(everybody(package, None), vec![escalated]);
        world.package_policy(policy).unwrap();
        let asked = world.ask_for(package, ada).unwrap();
        let asked_by_mail = |world: &World| -> Vec<_> {
            while world.write(Caller::system(), reminder::run).unwrap() > 0 {}
            world.write_letters(mail::Sending::Off);
            let letters = world.letters(50);
            letters
                .into_iter()
                .filter(|mail| {
                    mail.notice
                        .plain
                        .contains(&format!("/approvals/{}", asked.id))
                })
                .filter_map(|mail| mail.notice.person)
                .collect()
        };
        assert_eq!(asked_by_mail(&world), [first]);
        world.clock.advance(Length::days(5));
        let mut told = asked_by_mail(&world);
        told.sort_unstable();
        let mut wanted = vec![first, boss];
        wanted.sort_unstable();
        assert_eq!(told, wanted, "each once");
        let id = asked.id;
        world
            .write(Caller::person(first), move |tx| {
                approval::decide(tx, id, None, Decision::Approve, None)
            })
            .unwrap();
        assert!(world.has(group, Access::Member, ScheduleKind::Eligible, ada));
    }
}

/// R-F1: what waits for somebody is found by whatever makes them an approver, and nobody else finds it.
#[test]
fn r_f1_what_waits_is_listed_for_those_who_decide_by_name_by_nested_group_and_as_manager() {
    for mut world in worlds() {
        let [ada, named, inner, boss, other] =
            ["ada", "named", "inner", "boss", "other"].map(|name| world.person(name));
        let (outer, nested) = (
            world.group("outer", "security"),
            world.group("nested", "security"),
        );
        add(&world, world.root, outer, Access::Member, nested.into()).unwrap();
        add(&world, world.root, nested, Access::Member, inner).unwrap();
        world
            .write(Caller::person(world.root), move |tx| {
                directory::set_manager(tx, &UserKey::Id(ada), Some(boss))
            })
            .unwrap();
        let group = world.group("prod", "security");
        world.manage(group);
        let catalog = world.catalog("Production");
        let package = world.package(catalog, "P", &[(group, ResourceRole::EligibleMember)]);
        let by_all = PackageStage {
            primary: vec![
                user(named),
                members(outer),
                Subject::RequestorManager { level: 1 },
            ],
            ..stage(&[])
        };
        let policy = approved(everybody(package, None), vec![by_all]);
        world.package_policy(policy).unwrap();
        world.ask_for(package, ada).unwrap();
        let waits = |who: PrincipalId| {
            let caller = Caller::person(who);
            world
                .read(move |tx| approval::mine(tx, &caller))
                .unwrap()
                .len()
        };
        assert_eq!([named, inner, boss, other, ada].map(waits), [1, 1, 1, 0, 0]);
    }
}

/// R-G1: one catalog is always there, can be changed, and can't be deleted.
#[test]
fn r_g1_the_general_catalog_is_there_from_the_start_and_stays() {
    for world in worlds() {
        let root = || Caller::person(world.root);
        let id = Catalog::GENERAL;
        let delete = world.write(root(), move |tx| catalog::delete(tx, id));
        assert_eq!(code(delete), Some(Code::BadRequest));
        let package = world.package(id, "In it", &[]);
        let renamed = CatalogChange {
            display_name: Some(DisplayName::new("Everything else").unwrap()),
            description: Set::Keep,
            state: None,
            guests: None,
        };
        for _ in 0..2 {
            let renamed = renamed.clone();
            world
                .write(root(), move |tx| catalog::change(tx, id, renamed))
                .unwrap();
        }
        let seen = world
            .read({
                let root = root();
                move |tx| view::view(tx, &root)
            })
            .unwrap();
        let names: Vec<_> = seen
            .listed_catalogs()
            .map(|catalog| catalog.display_name.as_str())
            .collect();
        assert_eq!(names, ["Everything else"]);
        assert_eq!(seen.package(package).unwrap().catalog, id);
    }
}

#[test]
fn a_request_that_is_done_with_is_taken_out_of_the_list_and_one_that_waits_is_not() {
    for mut world in worlds() {
        let [ada, approver] = ["ada", "approver"].map(|name| world.person(name));
        let group = world.group("prod", "security");
        world.manage(group);
        let catalog = world.catalog("Production");
        let package = world.package(catalog, "P", &[(group, ResourceRole::EligibleMember)]);
        let policy = approved(everybody(package, None), vec![stage(&[approver])]);
        world.package_policy(policy).unwrap();
        let asked = world.ask_for(package, ada).unwrap().id;
        let delete =
            |who: PrincipalId| world.write(Caller::person(who), move |tx| ask::delete(tx, asked));
        assert_eq!(code(delete(world.root)), Some(Code::BadRequest));
        world
            .write(Caller::person(approver), move |tx| {
                approval::decide(tx, asked, None, Decision::Approve, None)
            })
            .unwrap();
        assert_eq!(code(delete(ada)), Some(Code::Denied));
        delete(world.root).unwrap();
        let root = Caller::person(world.root);
        let listed = world
            .read(move |tx| view::requests(tx, &root, Whose::All, &Query::default()))
            .unwrap();
        assert!(listed.rows.is_empty());
        assert!(
            world.has(group, Access::Member, ScheduleKind::Eligible, ada),
            "what it gave stays"
        );
    }
}

/// Gives a package to so many people, as an administrator does.
fn crowd(world: &mut World, package: PackageId, many: usize) -> Vec<PrincipalId> {
    let people: Vec<_> = (0..many)
        .map(|one| world.person(&format!("p{one}")))
        .collect();
    for some in people.chunks(100) {
        let some = some.to_vec();
        world
            .write(Caller::person(world.root), move |tx| {
                for who in some {
                    let wish = Wish {
                        package: Some(package),
                        target: Some(who),
                        ..Wish::to(PackageRequestType::AdminAdd)
                    };
                    ask::request(tx, &wish)?;
                }
                Ok(())
            })
            .unwrap();
    }
    people
}

/// A role that is taken out is lost by everybody in one step, however many they are. `EPHOR_CROWD` says how many.
#[test]
fn however_many_have_a_role_by_a_package_they_lose_it_in_one_step() {
    let many = std::env::var("EPHOR_CROWD")
        .ok()
        .and_then(|text| text.parse().ok());
    let many = many.unwrap_or(150);
    for mut world in worlds() {
        let (group, other) = (
            world.group("prod", "security"),
            world.group("other", "security"),
        );
        world.manage(group);
        world.manage(other);
        let catalog = world.catalog("Production");
        let package = world.package(
            catalog,
            "P",
            &[
                (group, ResourceRole::EligibleMember),
                (other, ResourceRole::Member),
            ],
        );
        world.package_policy(everybody(package, None)).unwrap();
        let people = crowd(&mut world, package, many);
        world
            .write(Caller::person(world.root), move |tx| {
                let held = tx.package(package)?.unwrap().roles[0].id();
                content::remove_role(tx, package, &held)
            })
            .unwrap();
        let (first, last) = (people[0], people[many - 1]);
        for who in [first, last] {
            assert!(!world.has(group, Access::Member, ScheduleKind::Eligible, who));
            assert!(world.has(other, Access::Member, ScheduleKind::Active, who));
        }
        // A list of so many is read page by page, each row once.
        let mut query = Query {
            top: 40,
            ..Query::default()
        };
        let mut seen = std::collections::BTreeSet::new();
        loop {
            let (root, asked) = (Caller::person(world.root), query.clone());
            let page = world
                .read(move |tx| view::assignments(tx, &root, Whose::All, &asked))
                .unwrap();
            seen.extend(page.rows.iter().map(|row| row.assignment.target));
            if !page.more {
                break;
            }
            query.after = page.last;
        }
        assert_eq!(seen.len(), many);
    }
}
