//! Directory roles as resources of access packages (`governance.md` 1.3 and 1.7; R-G2, R-G3, R-H4).

use ephor_core::caller::Caller;
use ephor_core::directory_role::DirectoryRole;
use ephor_core::id::PrincipalId;
use ephor_core::package::{AssignmentState, CatalogRole, ResourceRole};
use ephor_core::query::Query;
use ephor_core::refusal::Code;
use ephor_core::request::Action;
use ephor_core::role::{ObjectId, Role};
use ephor_core::schedule::ScheduleKind;
use ephor_core::time::Length;
use ephor_ops::package::view::{self, Whose};
use ephor_ops::package::{catalog, delegation};

use crate::packages_world::{code, everybody, worlds};
use crate::world::{Asked, World};

fn of(role: DirectoryRole) -> ObjectId {
    ObjectId::Directory(role.definition_id())
}

fn holds(world: &World, role: DirectoryRole, who: PrincipalId) -> bool {
    world
        .read(move |tx| Ok(tx.has_directory_role(who, role)?))
        .unwrap()
}

#[test]
fn r_g3_a_directory_role_is_had_by_a_package_activated_and_over_to_the_second_at_its_end() {
    for mut world in worlds() {
        let ada = world.person("ada");
        let catalog = world.catalog("Roles");
        let package = world.package(catalog, "Reports", &[]);
        let (reports, users) = (
            DirectoryRole::ReportsReader,
            DirectoryRole::UserAdministrator,
        );
        world
            .hold(package, catalog, of(reports), ResourceRole::Member)
            .unwrap();
        world
            .hold(package, catalog, of(users), ResourceRole::EligibleMember)
            .unwrap();
        world
            .package_policy(everybody(package, Some(Length::days(30))))
            .unwrap();
        world.ask_for(package, ada).unwrap();
        assert!(holds(&world, reports, ada) && !holds(&world, users, ada));
        world
            .request_role(
                Caller::person(ada),
                ScheduleKind::Active,
                Action::SelfActivate,
                Role::directory(users.definition_id()),
                ada,
                &Asked::default(),
            )
            .unwrap();
        assert!(holds(&world, users, ada));
        world.clock.advance(Length::hours(1));
        assert!(!holds(&world, users, ada), "the activation is over");
        let me = Caller::person(ada);
        let held = world
            .read(move |tx| view::assignments(tx, &me, Whose::Mine, &Query::default()))
            .unwrap();
        assert_eq!(held.rows[0].state, AssignmentState::Delivered);
        world.clock.advance(Length::days(30));
        assert!(!holds(&world, reports, ada));
        assert_eq!(
            code(world.request_role(
                Caller::person(ada),
                ScheduleKind::Active,
                Action::SelfActivate,
                Role::directory(users.definition_id()),
                ada,
                &Asked::default(),
            )),
            Some(Code::PolicyRules),
            "there is nothing to activate any more"
        );
    }
}

#[test]
fn r_g2_what_leads_to_more_rights_is_given_as_eligible_only() {
    for world in worlds() {
        let catalog = world.catalog("Roles");
        let package = world.package(catalog, "Admins", &[]);
        let global = of(DirectoryRole::GlobalAdministrator);
        for role in [
            ResourceRole::Member,
            ResourceRole::Owner,
            ResourceRole::EligibleOwner,
        ] {
            assert_eq!(
                code(world.hold(package, catalog, global, role)),
                Some(Code::BadRequest),
                "{role:?}"
            );
        }
        world
            .hold(package, catalog, global, ResourceRole::EligibleMember)
            .unwrap();
    }
}

#[test]
fn r_g5_only_those_who_assign_directory_roles_put_one_into_a_catalog() {
    for mut world in worlds() {
        let [owner, assigns, governs] =
            ["owner", "assigns", "governs"].map(|name| world.person(name));
        let own = world.catalog("Roles");
        for who in [owner, assigns] {
            world
                .write(Caller::person(world.root), move |tx| {
                    delegation::assign(tx, CatalogRole::CatalogOwner, Some(own), who)
                })
                .unwrap();
        }
        world.give(
            Role::directory(DirectoryRole::PrivilegedRoleAdministrator.definition_id()),
            assigns,
        );
        world.give(
            Role::directory(DirectoryRole::IdentityGovernanceAdministrator.definition_id()),
            governs,
        );
        let reports = of(DirectoryRole::ReportsReader);
        let add = |who| {
            world.write(Caller::person(who), move |tx| {
                catalog::add_resource(tx, own, reports)
            })
        };
        assert_eq!(code(add(owner)), Some(Code::Denied));
        assert_eq!(code(add(governs)), Some(Code::Denied));
        add(assigns).unwrap();
        let remove = |who| {
            world.write(Caller::person(who), move |tx| {
                catalog::remove_resource(tx, own, reports)
            })
        };
        assert_eq!(code(remove(owner)), Some(Code::Denied));
        remove(assigns).unwrap();
    }
}
