//! Access packages: who may ask, who decides, what is given and when it ends (R-G1 to R-G5, T-15, T-25).

use ephor_core::caller::{Actor, Caller};
use ephor_core::event::Event;
use ephor_core::group::Access;
use ephor_core::id::{GroupId, PackageId, PrincipalId};
use ephor_core::package::policy::{
    Localizable, PackageExpiration, PackageStage, Question, QuestionKind, RequestorSettings,
};
use ephor_core::package::request::Delivered;
use ephor_core::package::{
    AssignmentState, CatalogRole, PackageOutcome, PackageRequest, PackageRequestState,
    PackageRequestType, ResourceRole, Subject, Switch, TargetScope,
};
use ephor_core::policy::expiration::ExpirationChange;
use ephor_core::policy::{Occasion, RuleChange, RuleId};
use ephor_core::query::{Comparison, Literal, PackageAssignmentField, Predicate, Query};
use ephor_core::refusal::Code;
use ephor_core::request::{Action, Decision};
use ephor_core::schedule::{Expiration, ScheduleInfo, ScheduleKind};
use ephor_core::text::LongText;
use ephor_core::time::{Instant, IsoDuration, Length};
use ephor_ops::package::ask::{self, Wish};
use ephor_ops::package::content::{self, Shunned};
use ephor_ops::package::view::{self, Whose};
use ephor_ops::package::{approval, catalog, delegation, policy};
use ephor_ops::{OpError, OpResult, directory};
use ephor_store::AuditQuery;

use crate::packages_world::{approved, code, everybody, stage, user, worlds};
use crate::world::{Asked, World, lasting};

pub(crate) fn eligible_max(days: u32) -> (RuleId, RuleChange) {
    (
        RuleId::Expiration(Occasion::AdminEligibility),
        RuleChange::Expiration(ExpirationChange {
            required: Some(true),
            maximum: Some(IsoDuration::of(Length::days(days))),
        }),
    )
}

/// A world with a managed group, a package that makes eligible for it, and somebody to ask for it.
struct Scene {
    world: World,
    group: GroupId,
    package: PackageId,
    ada: PrincipalId,
    grace: PrincipalId,
}

impl Scene {
    fn set(mut world: World, lasts: Option<Length>) -> Self {
        let (ada, grace) = (world.person("ada"), world.person("grace"));
        let group = world.group("prod-admins", "security");
        world.manage(group);
        let catalog = world.catalog("Production");
        let package = world.package(catalog, "On call", &[(group, ResourceRole::EligibleMember)]);
        world.package_policy(everybody(package, lasts)).unwrap();
        Self {
            world,
            group,
            package,
            ada,
            grace,
        }
    }

    fn is_eligible(&self, who: PrincipalId) -> bool {
        self.world
            .has(self.group, Access::Member, ScheduleKind::Eligible, who)
    }

    fn activate(&self, who: PrincipalId) -> OpResult<()> {
        self.world
            .request(
                Caller::person(who),
                ScheduleKind::Active,
                Action::SelfActivate,
                self.group,
                who,
                &Asked::default(),
            )
            .map(drop)
    }

    fn only_policy(&self) -> ephor_core::package::PackagePolicy {
        let package = self.package;
        self.world
            .read(move |tx| Ok(tx.package_policies_of(package)?))
            .unwrap()
            .remove(0)
    }

    fn change_policy(&self, change: impl FnOnce(&mut ephor_core::package::PackagePolicy)) {
        let mut new = self.only_policy();
        change(&mut new);
        let root = Caller::person(self.world.root);
        self.world
            .write(root, move |tx| policy::replace(tx, new.id, new.clone()))
            .unwrap();
    }

    fn state_of(&self, who: PrincipalId) -> AssignmentState {
        let caller = Caller::person(who);
        self.world
            .read(move |tx| view::assignments(tx, &caller, Whose::Mine, &Query::default()))
            .unwrap()
            .rows[0]
            .state
    }

    fn decide(
        &self,
        who: PrincipalId,
        request: &PackageRequest,
        decision: Decision,
    ) -> OpResult<PackageRequest> {
        let id = request.id;
        self.world.write(Caller::person(who), move |tx| {
            approval::decide(tx, id, None, decision, None)
        })
    }
}

#[test]
fn r_g3_whoever_asks_is_eligible_at_once_activates_and_loses_it_to_the_second_at_the_end() {
    for world in worlds() {
        let scene = Scene::set(world, Some(Length::days(30)));
        let request = scene.world.ask_for(scene.package, scene.ada).unwrap();
        assert_eq!(
            request.state(scene.world.now()),
            PackageRequestState::Delivered
        );
        assert!(scene.is_eligible(scene.ada) && !scene.is_eligible(scene.grace));
        scene.activate(scene.ada).unwrap();
        assert_eq!(scene.world.holders(scene.group, Access::Member), ["ada"]);

        scene.world.clock.advance(Length::days(30));
        assert!(!scene.is_eligible(scene.ada));
        assert_eq!(scene.state_of(scene.ada), AssignmentState::Expired);
        assert!(scene.activate(scene.ada).is_err());
    }
}

#[test]
fn t15_the_grant_of_a_package_is_recorded_with_its_origin_its_policy_and_who_made_it() {
    for world in worlds() {
        let scene = Scene::set(world, None);
        let given = scene
            .world
            .give_package(scene.package, scene.ada, None)
            .unwrap();
        let entries = scene
            .world
            .read(|tx| {
                Ok(tx.list_audit(&AuditQuery {
                    limit: 20,
                    ..AuditQuery::default()
                })?)
            })
            .unwrap();
        let (request, schedule) = entries
            .into_iter()
            .find_map(|entry| match entry.event {
                Event::ScheduleGranted {
                    request: Some(request),
                    schedule,
                } => Some((request, schedule)),
                _ => None,
            })
            .unwrap();
        assert_eq!(schedule.package(), given.assignment);
        assert_eq!(request.created_by, Actor::User(scene.world.root));
        assert_eq!(request.policy_version, Some(1));
    }
}

#[test]
fn the_end_of_a_grant_is_the_earlier_of_the_packages_and_the_policys() {
    for (package, policy, ends_after) in [
        (Some(30), 365, Some(30)),
        (Some(180), 40, Some(40)),
        (None, 40, Some(40)),
    ] {
        for world in worlds() {
            let scene = Scene::set(world, package.map(Length::days));
            scene
                .world
                .set_policy(scene.group, Access::Member, vec![eligible_max(policy)])
                .unwrap();
            scene.world.ask_for(scene.package, scene.ada).unwrap();
            let ends = ends_after.map(Length::days).unwrap();
            scene
                .world
                .clock
                .advance(Length::micros(ends.as_micros() - 1));
            assert!(scene.is_eligible(scene.ada), "{package:?} {policy}");
            scene.world.clock.advance(Length::micros(1));
            assert!(!scene.is_eligible(scene.ada), "{package:?} {policy}");
        }
    }
}

#[test]
fn r_g4_what_lasts_longer_than_the_group_allows_is_called_out_and_nobody_is_shown_as_having_it() {
    for world in worlds() {
        let scene = Scene::set(world, Some(Length::days(180)));
        let group = scene.group;
        let called = |scene: &Scene| {
            let root = Caller::person(scene.world.root);
            scene
                .world
                .read(move |tx| view::lifecycle_of_group(tx, &root, group))
                .unwrap()
        };
        assert!(
            called(&scene).is_empty(),
            "the default lets it last 365 days"
        );
        scene
            .world
            .set_policy(group, Access::Member, vec![eligible_max(40)])
            .unwrap();
        let told = called(&scene)[0].sentence();
        assert!(told.contains("180 d") && told.contains("40 d"), "{told}");
        assert!(told.contains("expire eligible assignments after"), "{told}");

        scene.world.ask_for(scene.package, scene.ada).unwrap();
        assert_eq!(scene.state_of(scene.ada), AssignmentState::Delivered);
        scene.world.clock.advance(Length::days(40));
        assert_eq!(scene.state_of(scene.ada), AssignmentState::DeliveryFailed);

        let package = scene.package;
        let root = Caller::person(scene.world.root);
        let came = scene
            .world
            .write(root, move |tx| ask::repair(tx, package))
            .unwrap();
        assert_eq!((came.assignments, came.whole, came.granted), (1, 1, 1));
        assert_eq!(scene.state_of(scene.ada), AssignmentState::Delivered);
        scene.world.clock.advance(Length::days(40));
        assert!(!scene.is_eligible(scene.ada), "never beyond the policy");
    }
}

#[test]
fn t25_what_was_there_before_a_package_stays_when_it_goes_in_whatever_order() {
    for world in worlds() {
        let mut scene = Scene::set(world, None);
        let catalog = scene.world.catalog("Other");
        let direct = scene
            .world
            .package(catalog, "Direct", &[(scene.group, ResourceRole::Member)]);
        scene.world.package_policy(everybody(direct, None)).unwrap();
        let (group, ada, root) = (scene.group, scene.ada, scene.world.root);
        let is_member =
            |scene: &Scene| scene.world.holders(group, Access::Member) == ["ada".to_owned()];

        // First there by the Groups API, then by the package: the package takes its own only.
        scene
            .world
            .write(Caller::person(root), move |tx| {
                directory::add(tx, group, Access::Member, ada)
            })
            .unwrap();
        let given = scene.world.give_package(direct, ada, None).unwrap();
        scene.world.take(&given).unwrap();
        assert!(is_member(&scene));
        // The other way round: the package stays when the other is over.
        let given = scene.world.give_package(direct, ada, None).unwrap();
        let grace = scene.world.person("other");
        assert_ne!(grace, ada);
        scene
            .world
            .request(
                Caller::person(root),
                ScheduleKind::Active,
                Action::AdminAssign,
                group,
                grace,
                &Asked {
                    expiration: lasting(Length::hours(1)),
                    ..Asked::default()
                },
            )
            .unwrap();
        scene.world.clock.advance(Length::hours(1));
        assert!(is_member(&scene));
        scene.world.take(&given).unwrap();
        assert!(is_member(&scene), "the Groups API's still stands");
    }
}

#[test]
fn r_d8_an_administrator_assigns_beside_a_package_and_each_ends_by_itself() {
    for world in worlds() {
        let scene = Scene::set(world, Some(Length::days(10)));
        scene.world.ask_for(scene.package, scene.ada).unwrap();
        let month = Asked {
            expiration: lasting(Length::days(30)),
            ..Asked::default()
        };
        scene
            .world
            .request(
                Caller::person(scene.world.root),
                ScheduleKind::Eligible,
                Action::AdminAssign,
                scene.group,
                scene.ada,
                &month,
            )
            .unwrap();
        scene.world.clock.advance(Length::days(10));
        assert!(scene.is_eligible(scene.ada));
        scene.world.clock.advance(Length::days(20));
        assert!(!scene.is_eligible(scene.ada));
    }
}

#[test]
fn r_f2_stages_decide_one_after_the_other_and_a_denial_ends_it() {
    for world in worlds() {
        let mut scene = Scene::set(world, None);
        let (first, second) = (scene.world.person("first"), scene.world.person("second"));
        scene.change_policy(|policy| {
            *policy = approved(policy.clone(), vec![stage(&[first]), stage(&[second])]);
        });
        let request = scene.world.ask_for(scene.package, scene.ada).unwrap();
        let now = scene.world.now();
        assert_eq!(request.state(now), PackageRequestState::PendingApproval);
        assert_eq!(
            code(scene.decide(second, &request, Decision::Approve)),
            Some(Code::NotFound),
            "the second stage has not begun"
        );
        let after = scene.decide(first, &request, Decision::Approve).unwrap();
        assert_eq!(after.state(now), PackageRequestState::PendingApproval);
        assert!(!scene.is_eligible(scene.ada));
        let after = scene.decide(second, &request, Decision::Approve).unwrap();
        assert_eq!(after.state(now), PackageRequestState::Delivered);
        assert!(scene.is_eligible(scene.ada));

        let request = scene.world.ask_for(scene.package, scene.grace).unwrap();
        let after = scene.decide(first, &request, Decision::Deny).unwrap();
        assert_eq!(after.state(now), PackageRequestState::Denied);
        assert_eq!(
            code(scene.decide(first, &request, Decision::Approve)),
            Some(Code::Conflict)
        );
        assert!(!scene.is_eligible(scene.grace));
    }
}

#[test]
fn r_f3_r_f7_nobody_decides_for_themselves_and_a_dead_end_is_refused_at_once() {
    for world in worlds() {
        let scene = Scene::set(world, None);
        let (ada, grace) = (scene.ada, scene.grace);
        scene.change_policy(|policy| {
            *policy = approved(policy.clone(), vec![stage(&[ada])]);
        });
        assert_eq!(
            code(scene.world.ask_for(scene.package, ada)),
            Some(Code::BadRequest)
        );
        let request = scene.world.ask_for(scene.package, grace).unwrap();
        assert_eq!(
            code(scene.decide(grace, &request, Decision::Approve)),
            Some(Code::Denied)
        );
        scene.decide(ada, &request, Decision::Approve).unwrap();
        assert!(scene.is_eligible(grace));
    }
}

#[test]
fn r_f8_a_request_that_nobody_decides_is_escalated_and_denied_by_the_clock() {
    for world in worlds() {
        let mut scene = Scene::set(world, None);
        let (first, boss) = (scene.world.person("first"), scene.world.person("boss"));
        scene.change_policy(|policy| {
            let mut escalated = stage(&[first]);
            escalated.escalated_after = Some(IsoDuration::of(Length::days(5)));
            escalated.escalation = vec![user(boss)];
            *policy = approved(policy.clone(), vec![escalated]);
        });
        let request = scene.world.ask_for(scene.package, scene.ada).unwrap();
        assert_eq!(
            code(scene.decide(boss, &request, Decision::Approve)),
            Some(Code::NotFound)
        );
        scene.world.clock.advance(Length::days(5));
        assert_eq!(
            request.status(scene.world.now()),
            "PendingApprovalEscalated"
        );
        let who = Caller::person(boss);
        let waits = scene
            .world
            .read(move |tx| approval::mine(tx, &who))
            .unwrap();
        assert_eq!(waits.len(), 1);
        scene.world.clock.advance(Length::days(9));
        assert_eq!(
            request.state(scene.world.now()),
            PackageRequestState::Denied
        );
        assert_eq!(
            code(scene.decide(first, &request, Decision::Approve)),
            Some(Code::Conflict)
        );
        // After that it can be asked for anew.
        scene.world.ask_for(scene.package, scene.ada).unwrap();
    }
}

#[test]
fn a_request_is_judged_anew_when_its_last_stage_agrees() {
    for world in worlds() {
        let scene = Scene::set(world, None);
        let (ada, grace) = (scene.ada, scene.grace);
        scene.change_policy(|policy| {
            *policy = approved(policy.clone(), vec![stage(&[grace])]);
        });
        let request = scene.world.ask_for(scene.package, ada).unwrap();
        scene.change_policy(|policy| {
            policy.scope = TargetScope::SpecificDirectoryUsers;
            policy.targets = vec![user(grace)];
        });
        let after = scene.decide(grace, &request, Decision::Approve).unwrap();
        assert_eq!(
            after.state(scene.world.now()),
            PackageRequestState::DeliveryFailed
        );
        assert!(!scene.is_eligible(ada));
    }
}

#[test]
fn a_package_that_starts_later_is_scheduled_and_needs_nobody_to_begin_it() {
    for world in worlds() {
        let scene = Scene::set(world, Some(Length::days(10)));
        let start = scene.world.now().plus(Length::days(2)).unwrap();
        let request = scene
            .world
            .wish(
                Caller::person(scene.ada),
                Wish {
                    package: Some(scene.package),
                    schedule: Some(ScheduleInfo {
                        starts_at: Some(start),
                        expiration: Expiration::NotSpecified,
                    }),
                    ..Wish::to(PackageRequestType::UserAdd)
                },
            )
            .unwrap();
        assert_eq!(
            request.state(scene.world.now()),
            PackageRequestState::Scheduled
        );
        assert!(!scene.is_eligible(scene.ada));
        scene.world.clock.advance(Length::days(2));
        assert!(scene.is_eligible(scene.ada));
        assert_eq!(scene.state_of(scene.ada), AssignmentState::Delivered);
        scene.world.clock.advance(Length::days(10));
        assert!(!scene.is_eligible(scene.ada));
    }
}

#[test]
fn what_has_not_begun_can_be_withdrawn_and_gives_nothing() {
    for world in worlds() {
        let scene = Scene::set(world, None);
        let start = scene.world.now().plus(Length::days(2)).unwrap();
        let request = scene
            .world
            .wish(
                Caller::person(scene.ada),
                Wish {
                    package: Some(scene.package),
                    schedule: Some(ScheduleInfo {
                        starts_at: Some(start),
                        expiration: Expiration::NotSpecified,
                    }),
                    ..Wish::to(PackageRequestType::UserAdd)
                },
            )
            .unwrap();
        let id = request.id;
        scene
            .world
            .write(Caller::person(scene.ada), move |tx| ask::cancel(tx, id))
            .unwrap();
        scene.world.clock.advance(Length::days(3));
        assert!(!scene.is_eligible(scene.ada));
        scene.world.ask_for(scene.package, scene.ada).unwrap();
    }
}

#[test]
fn an_extension_writes_the_end_anew_and_a_policy_may_forbid_it() {
    for world in worlds() {
        let scene = Scene::set(world, Some(Length::days(10)));
        scene.world.ask_for(scene.package, scene.ada).unwrap();
        scene.world.clock.advance(Length::days(8));
        let extend = |scene: &Scene| {
            scene.world.wish(
                Caller::person(scene.ada),
                Wish {
                    package: Some(scene.package),
                    ..Wish::to(PackageRequestType::UserUpdate)
                },
            )
        };
        extend(&scene).unwrap();
        scene.world.clock.advance(Length::days(9));
        assert!(scene.is_eligible(scene.ada));
        scene.change_policy(|policy| policy.requestor.update = Switch::Off);
        assert_eq!(code(extend(&scene)), Some(Code::Denied));
        scene.world.clock.advance(Length::days(1));
        assert!(!scene.is_eligible(scene.ada));
    }
}

#[test]
fn giving_back_ends_the_eligibility_and_what_was_activated_from_it() {
    for world in worlds() {
        let scene = Scene::set(world, None);
        scene.world.ask_for(scene.package, scene.ada).unwrap();
        scene.activate(scene.ada).unwrap();
        let back = scene.world.wish(
            Caller::person(scene.ada),
            Wish {
                package: Some(scene.package),
                ..Wish::to(PackageRequestType::UserRemove)
            },
        );
        back.unwrap();
        assert!(scene.world.holders(scene.group, Access::Member).is_empty());
        assert!(!scene.is_eligible(scene.ada));
    }
}

#[test]
fn incompatible_packages_and_groups_shut_out_requests_and_assignments_alike() {
    for world in worlds() {
        let mut scene = Scene::set(world, None);
        let catalog = scene.world.catalog("Audit");
        let auditors = scene.world.group("auditors", "security");
        let other = scene
            .world
            .package(catalog, "Auditor", &[(auditors, ResourceRole::Member)]);
        scene.world.package_policy(everybody(other, None)).unwrap();
        let root = || Caller::person(scene.world.root);
        let package = scene.package;
        scene
            .world
            .write(root(), move |tx| {
                content::shun(tx, package, Shunned::Package(other))?;
                content::shun(tx, other, Shunned::Package(package))
            })
            .unwrap();
        scene.world.ask_for(other, scene.ada).unwrap();
        assert_eq!(
            code(scene.world.ask_for(package, scene.ada)),
            Some(Code::BadRequest)
        );
        assert_eq!(
            code(scene.world.give_package(package, scene.ada, None)),
            Some(Code::BadRequest)
        );
        scene.world.ask_for(package, scene.grace).unwrap();

        // A group of the package itself would shut its own holders out.
        let shun = scene.world.write(root(), move |tx| {
            content::shun(tx, other, Shunned::Group(auditors))
        });
        assert_eq!(code(shun), Some(Code::BadRequest));
        let itself = scene.world.write(root(), move |tx| {
            content::shun(tx, other, Shunned::Package(other))
        });
        assert_eq!(code(itself), Some(Code::BadRequest));
    }
}

#[test]
fn r_g2_eligible_roles_are_offered_only_once_the_group_is_managed() {
    for mut world in worlds() {
        let group = world.group("plain", "security");
        let catalog = world.catalog("Plain");
        let package = world.package(catalog, "Plain", &[(group, ResourceRole::Member)]);
        let hold =
            |world: &World| world.hold(package, catalog, group, ResourceRole::EligibleMember);
        assert_eq!(code(hold(&world)), Some(Code::BadRequest));
        world.manage(group);
        hold(&world).unwrap();
        assert_eq!(code(hold(&world)), Some(Code::KeyExists));
    }
}

#[test]
fn a_group_that_is_gone_gives_nothing_and_the_rest_of_the_package_is_given() {
    for world in worlds() {
        let mut scene = Scene::set(world, None);
        let other = scene.world.group("other", "security");
        let catalog = scene
            .world
            .read(|tx| Ok(tx.catalogs()?))
            .unwrap()
            .remove(0)
            .id;
        scene
            .world
            .hold(scene.package, catalog, other, ResourceRole::Member)
            .unwrap();
        scene
            .world
            .write(Caller::person(scene.world.root), move |tx| {
                directory::delete_group(tx, other)
            })
            .unwrap();
        let request = scene.world.ask_for(scene.package, scene.ada).unwrap();
        let PackageOutcome::Done { delivered, .. } = request.outcome else {
            panic!("{request:?}")
        };
        assert_eq!(delivered, Delivered::Partly);
        assert_eq!(
            scene.state_of(scene.ada),
            AssignmentState::PartiallyDelivered
        );
        let group = scene.group;
        scene
            .world
            .write(Caller::person(scene.world.root), move |tx| {
                directory::delete_group(tx, group)
            })
            .unwrap();
        assert_eq!(
            code(scene.world.ask_for(scene.package, scene.grace)),
            Some(Code::NotFound)
        );
    }
}

#[test]
fn what_is_in_use_is_not_deleted_and_each_refusal_says_why() {
    for world in worlds() {
        let scene = Scene::set(world, None);
        let (package, group) = (scene.package, scene.group);
        let given = scene.world.ask_for(package, scene.ada).unwrap();
        let catalog = scene
            .world
            .read(|tx| Ok(tx.catalogs()?))
            .unwrap()
            .remove(0)
            .id;
        let policy = scene.only_policy().id;
        let root = || Caller::person(scene.world.root);
        let refused = |came: OpResult<()>| {
            let error = came.unwrap_err();
            assert_eq!(error.code(), Some(Code::BadRequest), "{error}");
        };
        refused(
            scene
                .world
                .write(root(), move |tx| catalog::delete(tx, catalog)),
        );
        refused(scene.world.write(root(), move |tx| {
            catalog::remove_resource(tx, catalog, group).map(drop)
        }));
        refused(
            scene
                .world
                .write(root(), move |tx| content::delete(tx, package)),
        );
        refused(
            scene
                .world
                .write(root(), move |tx| policy::delete(tx, policy)),
        );
        scene.world.take(&given).unwrap();
        scene
            .world
            .write(root(), move |tx| {
                policy::delete(tx, policy)?;
                content::delete(tx, package)?;
                catalog::delete(tx, catalog)
            })
            .unwrap();
    }
}

#[test]
fn a_policy_that_nobody_could_decide_under_or_with_too_many_questions_is_refused() {
    for world in worlds() {
        let scene = Scene::set(world, None);
        let plain = everybody(scene.package, None);
        let question = |number: u32| Question {
            id: ephor_core::id::QuestionId::from_uuid(uuid::Uuid::from_u128(u128::from(number))),
            sequence: number,
            text: Localizable {
                text: LongText::new("Why?").unwrap(),
                localizations: Vec::new(),
            },
            required: Switch::On,
            editable: Switch::Off,
            kind: QuestionKind::Text {
                single_line: Switch::On,
                pattern: None,
            },
        };
        let mut many = plain.clone();
        many.questions = (0..50).map(question).collect();
        let nobody = approved(plain.clone(), Vec::new());
        let empty = approved(plain.clone(), vec![stage(&[])]);
        let stranger = PrincipalId::from_uuid(uuid::Uuid::from_u128(7));
        let gone = approved(plain.clone(), vec![stage(&[stranger])]);
        for wrong in [many, nobody, empty, gone] {
            assert_eq!(
                code(scene.world.package_policy(wrong)),
                Some(Code::InvalidPolicy)
            );
        }
        let mut asks = plain;
        asks.questions = vec![question(1)];
        let id = scene.only_policy().id;
        let root = Caller::person(scene.world.root);
        scene
            .world
            .write(root, move |tx| policy::replace(tx, id, asks))
            .unwrap();
        assert_eq!(
            code(scene.world.ask_for(scene.package, scene.ada)),
            Some(Code::BadRequest),
            "the question is not answered"
        );
    }
}

#[test]
fn r_g5_each_role_over_a_catalog_does_its_part_in_its_own_catalog_only() {
    for world in worlds() {
        let mut scene = Scene::set(world, None);
        let manager = scene.world.person("manager");
        let catalog = scene
            .world
            .read(|tx| Ok(tx.catalogs()?))
            .unwrap()
            .remove(0)
            .id;
        let foreign = scene.world.catalog("Foreign");
        let other = scene.world.package(foreign, "Foreign", &[]);
        scene.world.package_policy(everybody(other, None)).unwrap();
        let root = Caller::person(scene.world.root);
        scene
            .world
            .write(root, move |tx| {
                delegation::assign(tx, CatalogRole::AssignmentManager, Some(catalog), manager)
            })
            .unwrap();
        let give = |package, who| {
            scene.world.wish(
                Caller::person(manager),
                Wish {
                    package: Some(package),
                    target: Some(who),
                    ..Wish::to(PackageRequestType::AdminAdd)
                },
            )
        };
        give(scene.package, scene.ada).unwrap();
        assert!(scene.is_eligible(scene.ada));
        assert_eq!(code(give(other, scene.ada)), Some(Code::NotFound));
        let package = scene.package;
        let rename = scene.world.write(Caller::person(manager), move |tx| {
            content::delete(tx, package)
        });
        assert_eq!(code(rename), Some(Code::Denied));
        let appoint = scene.world.write(Caller::person(manager), move |tx| {
            delegation::assign(tx, CatalogRole::CatalogOwner, Some(catalog), manager)
        });
        assert_eq!(code(appoint), Some(Code::Denied));
    }
}

#[test]
fn whoever_owns_a_catalog_adds_only_groups_that_they_own_too() {
    for mut world in worlds() {
        let owner = world.person("owner");
        let (own, foreign) = (
            world.group("own", "security"),
            world.group("foreign", "security"),
        );
        let catalog = world.catalog("Theirs");
        let dynamic = world.group("dynamic", "dynamic");
        let root = Caller::person(world.root);
        world
            .write(root, move |tx| {
                directory::add(tx, own, Access::Owner, owner)?;
                delegation::assign(tx, CatalogRole::CatalogOwner, Some(catalog), owner)
            })
            .unwrap();
        let add = |caller, group| {
            world.write(caller, move |tx| {
                catalog::add_resource(tx, catalog, group).map(drop)
            })
        };
        add(Caller::person(owner), own).unwrap();
        assert_eq!(
            code(add(Caller::person(owner), foreign)),
            Some(Code::Denied)
        );
        assert_eq!(
            code(add(Caller::person(world.root), dynamic)),
            Some(Code::BadRequest)
        );
    }
}

#[test]
fn t65_what_a_package_gave_does_not_come_back_with_an_account_after_the_package_was_removed() {
    for world in worlds() {
        use ephor_core::principal::AccountState::{Disabled, Enabled};
        let scene = Scene::set(world, None);
        let ada = scene.ada;
        let root = || Caller::person(scene.world.root);
        let account = |state| {
            scene
                .world
                .write(root(), move |tx| directory::set_account(tx, ada, state))
                .unwrap()
        };
        let given = scene.world.ask_for(scene.package, ada).unwrap();
        account(Disabled);
        assert!(!scene.is_eligible(ada));
        account(Enabled);
        assert!(scene.is_eligible(ada), "the package is still theirs");
        account(Disabled);
        scene.world.take(&given).unwrap();
        account(Enabled);
        assert!(!scene.is_eligible(ada));
    }
}

#[test]
fn a_role_that_is_taken_out_of_a_package_is_taken_from_everybody_or_from_nobody() {
    for world in worlds() {
        let mut scene = Scene::set(world, None);
        let people: Vec<_> = (0..40)
            .map(|number| scene.world.person(&format!("p{number}")))
            .collect();
        for person in &people {
            scene
                .world
                .give_package(scene.package, *person, None)
                .unwrap();
        }
        let package = scene.package;
        let root = || Caller::person(scene.world.root);
        let remove = |scene: &Scene| {
            scene.world.write(root(), move |tx| {
                let role = tx.package(package)?.unwrap().roles[0].id();
                content::remove_role(tx, package, &role)
            })
        };
        assert!(people.iter().all(|person| scene.is_eligible(*person)));
        remove(&scene).unwrap();
        assert!(!people.iter().any(|person| scene.is_eligible(*person)));
        let group = scene.group;
        let catalog = scene
            .world
            .read(|tx| Ok(tx.catalogs()?))
            .unwrap()
            .remove(0)
            .id;
        scene
            .world
            .hold(package, catalog, group, ResourceRole::EligibleMember)
            .unwrap();
        assert!(
            people.iter().all(|person| scene.is_eligible(*person)),
            "current assignments get a new role too"
        );
    }
}

#[test]
fn a_direct_policy_is_for_administrators_and_hides_the_package_from_others() {
    for world in worlds() {
        let scene = Scene::set(world, None);
        scene.change_policy(|policy| {
            policy.scope = TargetScope::NotSpecified;
            policy.requestor = RequestorSettings::default();
            policy.expiration = PackageExpiration::Never;
        });
        assert_eq!(
            code(scene.world.ask_for(scene.package, scene.ada)),
            Some(Code::NotFound)
        );
        let (package, who) = (scene.package, Caller::person(scene.ada));
        let seen = scene.world.read(move |tx| view::view(tx, &who)).unwrap();
        assert!(seen.packages.is_empty() && seen.catalogs.is_empty());
        scene.world.give_package(package, scene.ada, None).unwrap();
        let who = Caller::person(scene.ada);
        let seen = scene.world.read(move |tx| view::view(tx, &who)).unwrap();
        assert_eq!(seen.packages.len(), 1);
        assert!(seen.policies.is_empty());
    }
}

#[test]
fn approvers_are_asked_by_mail_and_whoever_asked_is_told() {
    for world in worlds() {
        let scene = Scene::set(world, Some(Length::days(20)));
        let (ada, grace) = (scene.ada, scene.grace);
        scene.change_policy(|policy| {
            *policy = approved(policy.clone(), vec![stage(&[grace])]);
        });
        scene.world.write_letters(ephor_ops::mail::Sending::Off);
        let request = scene.world.ask_for(scene.package, ada).unwrap();
        scene.world.write_letters(ephor_ops::mail::Sending::Off);
        let asked = scene.world.letters(1).remove(0).notice;
        assert_eq!(asked.person, Some(grace));
        assert!(
            asked.plain.contains(&format!("/approvals/{}", request.id)),
            "{}",
            asked.plain
        );
        assert!(asked.plain.contains("the project"), "{}", asked.plain);
        scene.decide(grace, &request, Decision::Approve).unwrap();
        scene.world.write_letters(ephor_ops::mail::Sending::Off);
        let told: Vec<_> = scene
            .world
            .letters(10)
            .into_iter()
            .filter(|mail| mail.notice.person == Some(ada))
            .map(|mail| mail.notice.subject)
            .collect();
        assert!(
            told.iter()
                .any(|subject| subject.contains("your request for an access package is approved")),
            "{told:?}"
        );
        scene.world.clock.advance(Length::days(7));
        scene
            .world
            .write(Caller::system(), ephor_ops::reminder::run)
            .unwrap();
        scene.world.write_letters(ephor_ops::mail::Sending::Off);
        let reminded = scene.world.letters(10);
        assert!(reminded.iter().any(|mail| {
            mail.notice
                .subject
                .contains("access package ends in 14 days")
        }),);
    }
}

/// What the naive model knows of one grant.
#[derive(Debug, Clone)]
struct Grant {
    who: usize,
    group: usize,
    role: ResourceRole,
    from: Instant,
    until: Option<Instant>,
}

/// A package as somebody has it: the request, its grants, its end, whose and which.
type Live = (PackageRequest, Vec<usize>, Option<Instant>, usize, usize);

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }
}

/// R-G4: the state that a list is narrowed by, in SQL, is the one that each row shows.
fn lists_say_what_is_shown(world: &World) {
    let list = |state: Option<AssignmentState>| -> Vec<_> {
        let query = Query {
            filter: state.map(|state| {
                Predicate::Compare(
                    PackageAssignmentField::State,
                    Comparison::Eq,
                    Literal::Text(state.to_string()),
                )
            }),
            top: 999,
            ..Query::default()
        };
        let root = Caller::person(world.root);
        let page = world
            .read(move |tx| view::assignments(tx, &root, Whose::All, &query))
            .unwrap();
        page.rows
            .into_iter()
            .map(|row| (row.assignment.id, row.state))
            .collect()
    };
    let all = list(None);
    for state in AssignmentState::ALL {
        let shown: Vec<_> = all
            .iter()
            .copied()
            .filter(|(_, one)| one == state)
            .collect();
        assert_eq!(list(Some(*state)), shown, "{state}");
    }
}

#[test]
fn r_d8_what_somebody_holds_is_the_union_of_all_grants_in_force_whatever_the_packages() {
    for (number, mut world) in worlds().enumerate() {
        for seed in 1..=4_u64 {
            let mut dice = Dice(seed * 0x9E37_79B9 + number as u64 + 1);
            let people: Vec<_> = (0..3)
                .map(|one| world.person(&format!("s{seed}p{one}")))
                .collect();
            let groups: Vec<_> = (0..3)
                .map(|one| world.group(&format!("s{seed}g{one}"), "security"))
                .collect();
            let longest: Vec<_> = groups
                .iter()
                .map(|group| {
                    world.manage(*group);
                    let days = u32::try_from(dice.below(40) + 5).unwrap();
                    world
                        .set_policy(*group, Access::Member, vec![eligible_max(days)])
                        .unwrap();
                    Length::days(days)
                })
                .collect();
            let catalog = world.catalog(&format!("s{seed}"));
            let packages: Vec<(PackageId, Vec<(usize, ResourceRole)>)> = (0..3)
                .map(|one| {
                    let mut roles = Vec::new();
                    for group in 0..groups.len() {
                        match dice.below(3) {
                            0 => roles.push((group, ResourceRole::EligibleMember)),
                            1 => roles.push((group, ResourceRole::Member)),
                            _ => {}
                        }
                    }
                    let held: Vec<_> = roles
                        .iter()
                        .map(|(group, role)| (groups[*group], *role))
                        .collect();
                    let package = world.package(catalog, &format!("p{one}"), &held);
                    world.package_policy(everybody(package, None)).unwrap();
                    (package, roles)
                })
                .collect();
            let mut grants: Vec<Grant> = Vec::new();
            let mut live: Vec<Live> = Vec::new();
            for _ in 0..40 {
                let now = world.now();
                live.retain(|(_, _, until, _, _)| until.is_none_or(|end| end > now));
                match dice.below(5) {
                    0 | 1 => {
                        let (who, which) = (dice.below(3), dice.below(3));
                        let until = (dice.below(4) > 0)
                            .then(|| now.plus(Length::days(dice.below(60) as u32 + 1)).unwrap());
                        let came = world.give_package(packages[which].0, people[who], until);
                        let has_it = live
                            .iter()
                            .any(|(_, _, _, person, package)| (*person, *package) == (who, which));
                        assert_eq!(came.is_err(), has_it, "{came:?}");
                        let Ok(request) = came else { continue };
                        let first = grants.len();
                        for (group, role) in &packages[which].1 {
                            let allowed = match role.kind() {
                                ScheduleKind::Eligible => longest[*group],
                                ScheduleKind::Active => Length::days(180),
                            };
                            let allowed = now.plus(allowed);
                            grants.push(Grant {
                                who,
                                group: *group,
                                role: *role,
                                from: now,
                                until: [until, allowed].into_iter().flatten().min(),
                            });
                        }
                        live.push((request, (first..grants.len()).collect(), until, who, which));
                    }
                    2 if !live.is_empty() => {
                        let (request, own, ..) = live.remove(dice.below(live.len()));
                        world.take(&request).unwrap();
                        for grant in own {
                            let grant = &mut grants[grant];
                            grant.until = Some(grant.until.map_or(now, |end| end.min(now)));
                        }
                    }
                    3 => {
                        let (who, group) = (dice.below(3), dice.below(3));
                        let days = Length::days(dice.below(4) as u32 + 1);
                        let came = world.request(
                            Caller::person(world.root),
                            ScheduleKind::Eligible,
                            Action::AdminAssign,
                            groups[group],
                            people[who],
                            &Asked {
                                expiration: lasting(days),
                                ..Asked::default()
                            },
                        );
                        if came.is_ok() {
                            grants.push(Grant {
                                who,
                                group,
                                role: ResourceRole::EligibleMember,
                                from: now,
                                until: now.plus(days),
                            });
                        }
                    }
                    _ => world
                        .clock
                        .advance(Length::hours(dice.below(24 * 12) as u32)),
                }
                lists_say_what_is_shown(&world);
                let now = world.now();
                for (who, person) in people.iter().enumerate() {
                    for (group, id) in groups.iter().enumerate() {
                        for role in [ResourceRole::Member, ResourceRole::EligibleMember] {
                            let expected = grants.iter().any(|grant| {
                                (grant.who, grant.group, grant.role) == (who, group, role)
                                    && grant.from <= now
                                    && grant.until.is_none_or(|end| now < end)
                            });
                            let found = world.has(*id, Access::Member, role.kind(), *person);
                            assert_eq!(found, expected, "seed {seed}: {who} {group} {role:?}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn refusals_of_packages_are_recorded_with_who_asked() {
    for world in worlds() {
        let scene = Scene::set(world, None);
        let stranger = Caller::person(scene.ada);
        let package = scene.package;
        let came: Result<(), OpError> = scene
            .world
            .write(stranger, move |tx| content::delete(tx, package));
        assert_eq!(code(came), Some(Code::NotFound), "they may not even see it");
        let newest = scene
            .world
            .read(|tx| {
                Ok(tx.list_audit(&AuditQuery {
                    limit: 1,
                    ..AuditQuery::default()
                })?)
            })
            .unwrap()
            .remove(0);
        assert!(
            matches!(newest.event, Event::AttemptRefused { ref attempt, .. } if attempt.operation == "package.change"),
            "{:?}",
            newest.event
        );
    }
}

/// `governance.md` 1.4: the manager of whoever asks decides, and where there is none the fallback approver does.
#[test]
fn the_manager_of_whoever_asks_decides_as_the_directory_names_them() {
    for world in worlds() {
        let mut scene = Scene::set(world, None);
        let (boss, spare) = (scene.world.person("boss"), scene.world.person("spare"));
        let managed = PackageStage {
            primary: vec![Subject::RequestorManager { level: 1 }],
            fallback: vec![user(spare)],
            ..stage(&[])
        };
        scene.change_policy(|policy| {
            *policy = approved(policy.clone(), vec![managed.clone()]);
        });
        let (ada, root) = (scene.ada, Caller::person(scene.world.root));
        scene
            .world
            .write(root, move |tx| {
                directory::set_manager(tx, &directory::UserKey::Id(ada), Some(boss))
            })
            .unwrap();
        let of_ada = scene.world.ask_for(scene.package, scene.ada).unwrap();
        let of_grace = scene.world.ask_for(scene.package, scene.grace).unwrap();
        assert!(scene.decide(spare, &of_ada, Decision::Approve).is_err());
        assert!(scene.decide(boss, &of_grace, Decision::Approve).is_err());
        scene.decide(boss, &of_ada, Decision::Approve).unwrap();
        scene.decide(spare, &of_grace, Decision::Approve).unwrap();
        assert!(scene.is_eligible(scene.ada) && scene.is_eligible(scene.grace));
    }
}

/// `governance.md` 1.4: whoever answers for a guest decides, a person or the members of a group; where nobody does,
/// the fallback approver.
#[test]
fn the_sponsors_of_whom_it_is_for_decide() {
    for world in worlds() {
        let mut scene = Scene::set(world, None);
        let (host, spare) = (scene.world.person("host"), scene.world.person("spare"));
        let sponsored = PackageStage {
            primary: vec![Subject::TargetUserSponsors],
            fallback: vec![user(spare)],
            ..stage(&[])
        };
        scene.change_policy(|policy| {
            *policy = approved(policy.clone(), vec![sponsored.clone()]);
        });
        let (ada, root) = (scene.ada, Caller::person(scene.world.root));
        scene
            .world
            .write(root, move |tx| {
                let change = directory::SponsorChange::Add(host);
                directory::change_sponsor(tx, &directory::UserKey::Id(ada), change)
            })
            .unwrap();
        let of_ada = scene.world.ask_for(scene.package, scene.ada).unwrap();
        let of_grace = scene.world.ask_for(scene.package, scene.grace).unwrap();
        assert!(scene.decide(spare, &of_ada, Decision::Approve).is_err());
        assert!(scene.decide(host, &of_grace, Decision::Approve).is_err());
        scene.decide(host, &of_ada, Decision::Approve).unwrap();
        scene.decide(spare, &of_grace, Decision::Approve).unwrap();
        assert!(scene.is_eligible(scene.ada) && scene.is_eligible(scene.grace));
    }
}

/// T-05: an owner of an approver group adds an accomplice after it was asked for.
#[test]
fn t05_whoever_is_put_into_an_approver_group_after_the_request_does_not_decide_on_a_package() {
    for world in worlds() {
        let mut scene = Scene::set(world, None);
        let [olga, mallory, carol, mona] =
            ["olga", "mallory", "carol", "mona"].map(|name| scene.world.person(name));
        let approvers = scene.world.group("approvers", "security");
        let add = |scene: &Scene, who: PrincipalId, access, person| {
            scene
                .world
                .write(Caller::person(who), move |tx| {
                    directory::add(tx, approvers, access, person)
                })
                .unwrap();
        };
        let root = scene.world.root;
        add(&scene, root, Access::Owner, olga);
        let grouped = PackageStage {
            primary: vec![Subject::GroupMembers {
                id: approvers,
                description: None,
            }],
            ..stage(&[])
        };
        add(&scene, root, Access::Member, mona);
        scene.change_policy(|policy| {
            *policy = approved(policy.clone(), vec![grouped.clone()]);
        });
        let asked = scene.world.ask_for(scene.package, scene.ada).unwrap();
        scene.world.clock.advance(Length::minutes(1));
        add(&scene, olga, Access::Member, mallory);
        assert!(scene.decide(mallory, &asked, Decision::Approve).is_err());
        // Whoever may give the package anyway may still find somebody to decide.
        add(&scene, root, Access::Member, carol);
        scene.decide(carol, &asked, Decision::Approve).unwrap();
        // Whoever was there when it was asked for could be seen there.
        let later = scene.world.ask_for(scene.package, scene.grace).unwrap();
        scene.decide(mallory, &later, Decision::Approve).unwrap();
    }
}
