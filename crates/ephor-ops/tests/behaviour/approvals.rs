//! What nobody may decide, and what only one can: properties of approvals over random graphs and races
//! (T-01, T-03; I-3, I-4).

use std::sync::Arc;

use crate::world::{Asked, DOMAIN, World, lasting};
use ephor_core::caller::Caller;
use ephor_core::directory_role::DirectoryRole;
use ephor_core::group::{Access, RuleProcessing};
use ephor_core::id::{GroupId, PrincipalId, RequestId};
use ephor_core::policy::{ApprovalChange, Approver, RuleChange, RuleId, StageChange};
use ephor_core::query::Query;
use ephor_core::refusal::Code;
use ephor_core::request::{Action, Decision, RequestStatus};
use ephor_core::role::{Role, RoleKind};
use ephor_core::schedule::ScheduleKind;
use ephor_core::text::{DisplayName, Justification, ShortText};
use ephor_core::time::Length;
use ephor_ops::approval::{self, Assigned};
use ephor_ops::directory::{self, GroupChange, GroupTypes, NewUser, Set};
use ephor_ops::schedule::Whose;
use ephor_ops::{OpResult, schedule_request};
use ephor_store::ambient::ManualClock;
use ephor_store::testing::{self, Engine};
use ephor_store::{Tx, Verification};

fn world(engine: &Engine) -> World {
    let clock = Arc::new(ManualClock::at("2026-03-02T08:00:00Z".parse().unwrap()));
    World::new(engine.store(clock.clone()), clock)
}

fn approval_by(approvers: Vec<Approver>) -> Vec<(RuleId, RuleChange)> {
    let stage = StageChange {
        primary_approvers: Some(approvers),
        approver_justification: None,
    };
    let change = ApprovalChange {
        required: Some(true),
        requestor_justification: None,
        stages: Some(vec![stage]),
    };
    vec![(RuleId::Approval, RuleChange::Approval(change))]
}

fn why() -> Option<Justification> {
    Some(Justification::new("because").unwrap())
}

/// Makes `person` eligible for the group and has them ask; gives the request that waits.
fn waiting(world: &World, group: GroupId, person: PrincipalId) -> RequestId {
    let asked = Asked::default();
    world
        .request(
            Caller::person(person),
            ScheduleKind::Active,
            Action::SelfActivate,
            group,
            person,
            &asked,
        )
        .unwrap()
        .id
}

fn eligible(world: &World, group: GroupId, person: PrincipalId) {
    let asked = Asked {
        expiration: lasting(Length::days(30)),
        ..Asked::default()
    };
    let root = Caller::person(world.root);
    let (kind, action) = (ScheduleKind::Eligible, Action::AdminAssign);
    world
        .request(root, kind, action, group, person, &asked)
        .unwrap();
}

/// SplitMix64: small, seeded, and the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }
}

/// T-01: approver groups, groups in groups and second accounts, put together at random and changed again and
/// again; whatever the graph, no account of the requestor's is ever among those who may decide, and somebody
/// whom the graph reaches always is.
#[test]
fn t01_no_account_of_the_requestors_may_ever_decide_whatever_the_graph() {
    for engine in testing::engines() {
        let graphs = match (std::env::var_os("EPHOR_TORTURE").is_some(), &engine) {
            (true, Engine::Sqlite) => 100_000,
            (true, Engine::Postgres { .. }) => 5_000,
            (false, Engine::Sqlite) => 2_000,
            (false, Engine::Postgres { .. }) => 200,
        };
        let mut world = world(&engine);
        let target = world.group("target", "security");
        let groups = ["g0", "g1", "g2", "g3", "g4"].map(|name| world.group(name, "security"));
        // Ada's second account has her employee number; the third account is somebody else's.
        let root = Caller::person(world.root);
        let account = |name: &str| {
            let mut new = NewUser::named(
                format!("{name}@{DOMAIN}").parse().unwrap(),
                DisplayName::new(name).unwrap(),
            );
            new.employee_id = Some(ShortText::new("4711").unwrap());
            world
                .write(root.clone(), move |tx| directory::create_user(tx, new))
                .unwrap()
                .id
        };
        let (ada, ada_admin) = (account("ada"), account("ada-admin"));
        let grace = world.person("grace");
        let approvers = vec![
            Approver::GroupMembers {
                id: groups[0],
                description: None,
            },
            Approver::User {
                id: ada_admin,
                description: None,
            },
            Approver::User {
                id: grace,
                description: None,
            },
        ];
        eligible(&world, target, ada);
        world
            .set_policy(target, Access::Member, approval_by(approvers))
            .unwrap();
        let request = waiting(&world, target, ada);

        let mut dice = Dice(1);
        let mut left = graphs;
        while left > 0 {
            let round = left.min(500);
            left -= round;
            let steps: Vec<(usize, usize)> =
                (0..round).map(|_| (dice.below(5), dice.below(8))).collect();
            world
                .write(root.clone(), move |tx| {
                    for (container, content) in steps {
                        let inside: PrincipalId = match content {
                            0 => ada,
                            1 => ada_admin,
                            2 => grace,
                            other => groups[other - 3].into(),
                        };
                        flip(tx, groups[container], inside);
                        for account in [ada, ada_admin] {
                            let seen = approval::get(
                                tx,
                                &Caller::person(account),
                                RoleKind::Group,
                                request,
                            );
                            let is_decider =
                                seen.is_ok_and(|approval| approval.assigned == Assigned::ToMe);
                            assert!(!is_decider, "{account} could decide on {request}");
                            let mine = approval::mine(
                                tx,
                                &Caller::person(account),
                                RoleKind::Group,
                                Whose::ForMeToDecide,
                                &Query::default(),
                            )?;
                            assert!(
                                mine.rows.is_empty(),
                                "{account} was shown {request} to decide"
                            );
                        }
                        let other =
                            approval::get(tx, &Caller::person(grace), RoleKind::Group, request)?;
                        assert_eq!(other.assigned, Assigned::ToMe);
                    }
                    Ok(())
                })
                .unwrap();
        }
    }
}

/// Puts it in if it isn't there, and takes it out if it is.
fn flip(tx: &mut Tx<'_>, group: GroupId, inside: PrincipalId) {
    let there = tx.holds(group, Access::Member, inside).unwrap();
    let changed = if there {
        directory::remove(tx, group, Access::Member, inside)
    } else {
        directory::add(tx, group, Access::Member, inside)
    };
    // A group is never put into itself; everything else goes.
    assert!(changed.is_ok() || inside == group.into(), "{changed:?}");
}

/// T-03: fifty people decide at the same moment, half of them yes and half no. One answer counts, everybody
/// else is told so, and nothing is granted or recorded twice.
#[test]
fn t03_of_fifty_who_decide_at_once_one_is_first_and_the_rest_are_told() {
    for engine in testing::engines() {
        let mut world = world(&engine);
        let target = world.group("target", "security");
        let ada = world.person("ada");
        let deciders: Vec<_> = (0..50).map(|n| world.person(&format!("p{n}"))).collect();
        let approvers = deciders
            .iter()
            .map(|id| Approver::User {
                id: *id,
                description: None,
            })
            .collect();
        eligible(&world, target, ada);
        world
            .set_policy(target, Access::Member, approval_by(approvers))
            .unwrap();
        for _ in 0..5 {
            let request = waiting(&world, target, ada);
            let replies: Vec<_> = deciders
                .iter()
                .enumerate()
                .map(|(n, id)| {
                    let decision = if n % 2 == 0 {
                        Decision::Approve
                    } else {
                        Decision::Deny
                    };
                    let caller = Caller::person(*id);
                    world.store.write("approval.decide", caller, move |tx| {
                        approval::decide(tx, RoleKind::Group, request, decision, why())
                    })
                })
                .collect();
            let answers: Vec<_> = replies.into_iter().map(|reply| reply.wait()).collect();
            let first: Vec<_> = answers.iter().flatten().collect();
            assert_eq!(first.len(), 1, "one decision counts");
            let late = answers.iter().filter_map(|answer| answer.as_ref().err());
            assert!(
                late.into_iter()
                    .all(|error| error.code() == Some(Code::Conflict))
            );

            let now = world.now();
            let kept = world
                .read(move |tx| Ok(tx.request(request)?))
                .unwrap()
                .unwrap();
            assert_eq!(kept.status(now), first[0].status(now));
            let holders = world.holders(target, Access::Member);
            match kept.status(now) {
                RequestStatus::Provisioned => {
                    assert_eq!(holders, ["ada"]);
                    world.clock.advance(Length::hours(2));
                }
                status => {
                    assert_eq!(status, RequestStatus::Denied);
                    assert!(holders.is_empty());
                }
            }
        }
        let verified = world.store.verify_audit().wait().unwrap();
        assert!(matches!(verified, Verification::Sound { .. }));
    }
}

/// Whoever withdraws and whoever approves at the same moment: one of them is first.
#[test]
fn a_request_is_either_withdrawn_or_decided_never_both() {
    for engine in testing::engines() {
        let mut world = world(&engine);
        let target = world.group("target", "security");
        let (ada, grace) = (world.person("ada"), world.person("grace"));
        eligible(&world, target, ada);
        let approver = Approver::User {
            id: grace,
            description: None,
        };
        world
            .set_policy(target, Access::Member, approval_by(vec![approver]))
            .unwrap();
        for round in 0..10 {
            let request = waiting(&world, target, ada);
            let cancel = || {
                world.store.write("cancel", Caller::person(ada), move |tx| {
                    schedule_request::cancel(tx, ScheduleKind::Active, request)
                })
            };
            let approve = || {
                world
                    .store
                    .write("approve", Caller::person(grace), move |tx| {
                        approval::decide(tx, RoleKind::Group, request, Decision::Approve, why())
                    })
            };
            let (canceled, approved) = if round % 2 == 0 {
                let (canceled, approved) = (cancel(), approve());
                (canceled.wait(), approved.wait())
            } else {
                let (approved, canceled) = (approve(), cancel());
                (canceled.wait(), approved.wait())
            };
            assert_ne!(canceled.is_ok(), approved.is_ok());
            world.clock.advance(Length::hours(2));
        }
    }
}

fn add(world: &World, caller: PrincipalId, group: GroupId, person: PrincipalId) -> OpResult<()> {
    world.write(Caller::person(caller), move |tx| {
        directory::add(tx, group, Access::Member, person)
    })
}

fn may_decide(world: &World, person: PrincipalId, request: RequestId) -> bool {
    let seen =
        world.read(move |tx| approval::get(tx, &Caller::person(person), RoleKind::Group, request));
    let listed = world
        .read(move |tx| {
            let caller = Caller::person(person);
            approval::mine(
                tx,
                &caller,
                RoleKind::Group,
                Whose::ForMeToDecide,
                &Query::default(),
            )
        })
        .unwrap();
    let may = seen.is_ok_and(|approval| approval.assigned == Assigned::ToMe);
    let is_listed = listed.rows.iter().any(|row| row.request.id == request);
    assert_eq!(
        may, is_listed,
        "what waits for them is what they may decide"
    );
    may
}

/// A target whose approvers are the members of a group, which somebody else owns.
struct Owned {
    world: World,
    target: GroupId,
    approvers: GroupId,
    olga: PrincipalId,
    mallory: PrincipalId,
    request: RequestId,
}

impl Owned {
    fn set(engine: &Engine, kind: &str) -> Self {
        let mut world = world(engine);
        let target = world.group("target", kind);
        let approvers = world.group("approvers", "security");
        let [ada, grace, olga, mallory] =
            ["ada", "grace", "olga", "mallory"].map(|name| world.person(name));
        let root = world.root;
        add(&world, root, approvers, grace).unwrap();
        world
            .write(Caller::person(root), move |tx| {
                directory::add(tx, approvers, Access::Owner, olga)
            })
            .unwrap();
        let by = vec![Approver::GroupMembers {
            id: approvers,
            description: None,
        }];
        eligible(&world, target, ada);
        world
            .set_policy(target, Access::Member, approval_by(by))
            .unwrap();
        let request = waiting(&world, target, ada);
        assert!(may_decide(&world, grace, request));
        world.clock.advance(Length::minutes(10));
        Self {
            world,
            target,
            approvers,
            olga,
            mallory,
            request,
        }
    }
}

/// T-05: the owner of an approver group adds an accomplice, who approves; directly, through a group inside it,
/// and by making them eligible.
#[test]
fn t05_whoever_is_put_into_an_approver_group_after_the_request_does_not_decide_it() {
    for engine in testing::engines() {
        let mut stage = Owned::set(&engine, "security");
        let (olga, mallory, request) = (stage.olga, stage.mallory, stage.request);
        add(&stage.world, olga, stage.approvers, mallory).unwrap();
        assert!(!may_decide(&stage.world, mallory, request));
        let refused = stage.world.write(Caller::person(mallory), move |tx| {
            approval::decide(tx, RoleKind::Group, request, Decision::Approve, why())
        });
        assert!(refused.is_err());

        let inner = stage.world.group("inner", "security");
        let eve = stage.world.person("eve");
        let root = stage.world.root;
        add(&stage.world, root, inner, eve).unwrap();
        add(&stage.world, olga, stage.approvers, inner.into()).unwrap();
        assert!(
            !may_decide(&stage.world, eve, request),
            "through a young nesting"
        );

        let carl = stage.world.person("carl");
        let month = Asked {
            expiration: lasting(Length::days(30)),
            ..Asked::default()
        };
        let request_as = |caller, kind, action, asked: &Asked| {
            let caller = Caller::person(caller);
            stage
                .world
                .request(caller, kind, action, stage.approvers, carl, asked)
                .unwrap();
        };
        request_as(olga, ScheduleKind::Eligible, Action::AdminAssign, &month);
        let hour = Asked::default();
        request_as(carl, ScheduleKind::Active, Action::SelfActivate, &hour);
        assert!(
            !may_decide(&stage.world, carl, request),
            "by a young eligibility"
        );

        // A request that is made after they came may be decided by them: whoever looked could see them there.
        let bea = stage.world.person("bea");
        eligible(&stage.world, stage.target, bea);
        let later = waiting(&stage.world, stage.target, bea);
        for person in [mallory, eve, carl] {
            assert!(may_decide(&stage.world, person, later));
        }
    }
}

/// T-05: what an administrator of the target gave counts at once, and an eligibility from before may be
/// activated to decide.
#[test]
fn t05_an_administrator_of_the_target_may_still_find_somebody_to_decide() {
    for engine in testing::engines() {
        let stage = Owned::set(&engine, "security");
        let (root, request) = (stage.world.root, stage.request);
        add(&stage.world, root, stage.approvers, stage.mallory).unwrap();
        assert!(may_decide(&stage.world, stage.mallory, request));
        // An owner of the target manages it too; an owner of the approver group is that first of all.
        let (target, approvers, olga) = (stage.target, stage.approvers, stage.olga);
        stage
            .world
            .write(Caller::person(root), move |tx| {
                directory::add(tx, target, Access::Owner, olga)
            })
            .unwrap();
        let mut world = stage.world;
        let late = world.person("late");
        add(&world, olga, approvers, late).unwrap();
        assert!(!may_decide(&world, late, request));
        let peter = world.person("peter");
        world
            .write(Caller::person(root), move |tx| {
                directory::add(tx, target, Access::Owner, peter)
            })
            .unwrap();
        let (kind, action) = (ScheduleKind::Active, Action::AdminAssign);
        let told = world.request(
            Caller::person(peter),
            kind,
            action,
            approvers,
            late,
            &Asked::default(),
        );
        assert_eq!(
            told.unwrap_err().code(),
            Some(Code::Denied),
            "it is not his group"
        );
    }
}

#[test]
fn t05_an_approver_who_was_eligible_before_may_activate_to_decide() {
    for engine in testing::engines() {
        let mut stage = Owned::set(&engine, "security");
        let (approvers, target) = (stage.approvers, stage.target);
        let carl = stage.world.person("carl");
        eligible(&stage.world, approvers, carl);
        let bea = stage.world.person("bea");
        eligible(&stage.world, target, bea);
        stage.world.clock.advance(Length::minutes(1));
        let request = waiting(&stage.world, target, bea);
        stage.world.clock.advance(Length::minutes(1));
        assert!(!may_decide(&stage.world, carl, request));
        waiting(&stage.world, approvers, carl);
        assert!(may_decide(&stage.world, carl, request));
    }
}

/// T-05: groups that approve for a role-assignable group, directly or inside another, are changed only by
/// those who may change that group.
#[test]
fn t05_the_owner_of_a_group_that_approves_for_a_role_assignable_one_can_not_change_it() {
    for engine in testing::engines() {
        let mut stage = Owned::set(&engine, "role-assignable");
        let (olga, mallory, root) = (stage.olga, stage.mallory, stage.world.root);
        let inner = stage.world.group("inner", "security");
        let (approvers, target) = (stage.approvers, stage.target);
        add(&stage.world, root, approvers, inner.into()).unwrap();
        stage
            .world
            .write(Caller::person(root), move |tx| {
                directory::add(tx, inner, Access::Owner, olga)
            })
            .unwrap();
        let denied = |came: OpResult<()>, what: &str| {
            let error = came.unwrap_err();
            assert_eq!(error.code(), Some(Code::Denied), "{what}: {error}");
        };
        let world = &stage.world;
        for group in [approvers, inner] {
            denied(add(world, olga, group, mallory), "add");
            let assigned = world.request(
                Caller::person(olga),
                ScheduleKind::Active,
                Action::AdminAssign,
                group,
                mallory,
                &Asked::default(),
            );
            denied(assigned.map(drop), "assign");
            let owner = world.write(Caller::person(olga), move |tx| {
                directory::add(tx, group, Access::Owner, mallory)
            });
            denied(owner, "add an owner");
            let deleted = world.write(Caller::person(olga), move |tx| {
                directory::delete_group(tx, group)
            });
            denied(deleted, "delete");
        }
        add(world, root, inner, mallory).unwrap();
        // Whoever owns the target may change who approves for it.
        world
            .write(Caller::person(root), move |tx| {
                directory::add(tx, target, Access::Owner, olga)
            })
            .unwrap();
        let eve = stage.world.person("eve");
        add(&stage.world, olga, approvers, eve).unwrap();
    }
}

/// T-05: who is in a dynamic group is decided by whoever changes people's properties, and who is in a
/// synchronised one elsewhere: neither approves for a role-assignable group or a directory role, itself or
/// inside another group.
#[test]
fn t05_a_group_that_nobody_here_decides_on_does_not_approve_for_what_is_protected() {
    for engine in testing::engines() {
        let mut world = world(&engine);
        let root = world.root;
        let protected = world.group("protected", "role-assignable");
        let ordinary = world.group("ordinary", "security");
        let outer = world.group("outer", "security");
        let approvers = world.group("approvers", "security");
        let admin = DirectoryRole::GroupsAdministrator.definition_id();
        let by = |id| {
            approval_by(vec![Approver::GroupMembers {
                id,
                description: None,
            }])
        };
        for kind in ["dynamic", "synchronised"] {
            let elsewhere = world.group(kind, kind);
            for role in [
                Role::of(protected, Access::Member),
                Role::of(protected, Access::Owner),
                Role::directory(admin),
            ] {
                let refused = world.set_policy_of(role, by(elsewhere)).unwrap_err();
                assert_eq!(refused.code(), Some(Code::InvalidPolicy), "{kind}");
                assert!(
                    refused.to_string().contains(&elsewhere.to_string()),
                    "{refused}"
                );
            }
            world
                .set_policy(ordinary, Access::Member, by(elsewhere))
                .unwrap();

            add(&world, root, outer, elsewhere.into()).unwrap();
            let refused = world.set_policy(protected, Access::Member, by(outer));
            assert_eq!(refused.unwrap_err().code(), Some(Code::InvalidPolicy));
            world
                .write(Caller::person(root), move |tx| {
                    directory::remove(tx, outer, Access::Member, elsewhere.into())
                })
                .unwrap();
        }

        // Once it approves, none comes into it, by any path, and it does not become one.
        for role in [Role::of(protected, Access::Member), Role::directory(admin)] {
            world.set_policy_of(role, by(approvers)).unwrap();
        }
        add(&world, root, approvers, outer.into()).unwrap();
        for kind in ["dynamic", "synchronised"] {
            let elsewhere = world.which(kind);
            for into in [approvers, outer] {
                let refused = add(&world, root, into, elsewhere.into()).unwrap_err();
                assert_eq!(refused.code(), Some(Code::BadRequest), "{kind}");
                for schedules in [ScheduleKind::Eligible, ScheduleKind::Active] {
                    let assigned = world.request(
                        Caller::person(root),
                        schedules,
                        Action::AdminAssign,
                        into,
                        elsewhere.into(),
                        &Asked::default(),
                    );
                    assert_eq!(assigned.unwrap_err().code(), Some(Code::BadRequest));
                }
            }
        }
        let dynamic = GroupChange {
            types: Some(GroupTypes {
                unified: false,
                dynamic: true,
            }),
            rule: Set::To("user.department -eq \"IT\"".into()),
            processing: Some(RuleProcessing::On),
            ..GroupChange::default()
        };
        let refused = world.write(Caller::person(root), move |tx| {
            directory::update_group(tx, outer, dynamic)
        });
        assert_eq!(refused.unwrap_err().code(), Some(Code::BadRequest));
    }
}

/// T-05: a group that is only eligible for an approver group leads there too.
#[test]
fn t05_the_owner_of_a_group_that_may_activate_into_an_approver_group_can_not_change_it() {
    for engine in testing::engines() {
        let mut stage = Owned::set(&engine, "role-assignable");
        let (olga, mallory, root) = (stage.olga, stage.mallory, stage.world.root);
        let (approvers, eligible) = (stage.approvers, stage.world.group("eligible", "security"));
        let own = move |tx: &mut Tx<'_>| directory::add(tx, eligible, Access::Owner, olga);
        stage.world.write(Caller::person(root), own).unwrap();
        let (kind, action) = (ScheduleKind::Eligible, Action::AdminAssign);
        let asked = Asked::default();
        let by = Caller::person(root);
        let whom = eligible.into();
        stage
            .world
            .request(by, kind, action, approvers, whom, &asked)
            .unwrap();
        let refused = add(&stage.world, olga, eligible, mallory).unwrap_err();
        assert_eq!(refused.code(), Some(Code::Denied), "{refused}");
        add(&stage.world, root, eligible, mallory).unwrap();
    }
}

/// T-06: what an approver decides on is what was asked: between the request and the decision nothing of it can
/// be changed by anybody, and an answer says yes or no and why, and nothing else.
#[test]
fn t06_nothing_of_a_request_changes_between_asking_and_deciding() {
    for engine in testing::engines() {
        let mut world = world(&engine);
        let target = world.group("target", "security");
        let other = world.group("other", "security");
        let [ada, grace] = ["ada", "grace"].map(|name| world.person(name));
        let by = vec![Approver::User {
            id: grace,
            description: None,
        }];
        eligible(&world, target, ada);
        eligible(&world, other, ada);
        world
            .set_policy(target, Access::Member, approval_by(by))
            .unwrap();
        let request = waiting(&world, target, ada);
        let read = |world: &World| {
            world
                .read(move |tx| approval::get(tx, &Caller::person(grace), RoleKind::Group, request))
                .unwrap()
                .request
        };
        let asked = read(&world);

        // Asking again, for longer, for another group, for the other role: refused, or another request.
        let longer = Asked {
            expiration: lasting(Length::hours(8)),
            why: Some("something else".into()),
            ..Asked::default()
        };
        let (kind, action) = (ScheduleKind::Active, Action::SelfActivate);
        let again = world.request(Caller::person(ada), kind, action, target, ada, &longer);
        assert_eq!(again.unwrap_err().code(), Some(Code::PendingRequest));
        world
            .request(Caller::person(ada), kind, action, other, ada, &longer)
            .unwrap();
        let root = Caller::person(world.root);
        for action in [
            Action::AdminUpdate,
            Action::AdminExtend,
            Action::AdminRemove,
        ] {
            let changed = world.request(root.clone(), kind, action, target, ada, &longer);
            assert_eq!(
                changed.unwrap_err().code(),
                Some(Code::AssignmentDoesNotExist)
            );
        }
        assert_eq!(read(&world), asked, "nothing of it has changed");

        let decided = world
            .write(Caller::person(grace), move |tx| {
                approval::decide(tx, RoleKind::Group, request, Decision::Approve, why())
            })
            .unwrap();
        let same = |one: &ephor_core::request::ScheduleRequest| {
            (
                one.id,
                one.role,
                one.principal,
                one.justification.clone(),
                one.ticket.clone(),
            )
        };
        assert_eq!(same(&decided), same(&asked));
        let told = |one: &ephor_core::request::ScheduleRequest| {
            one.info.as_ref().map(|info| info.expiration.clone())
        };
        assert_eq!(told(&decided), told(&asked), "as long as was asked");
    }
}
