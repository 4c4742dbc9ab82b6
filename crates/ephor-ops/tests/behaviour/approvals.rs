//! What nobody may decide, and what only one can: properties of approvals over random graphs and races
//! (T-01, T-03; I-3, I-4).

use std::sync::Arc;

use crate::world::{Asked, DOMAIN, World, lasting};
use ephor_core::caller::Caller;
use ephor_core::group::Access;
use ephor_core::id::{GroupId, PrincipalId, RequestId};
use ephor_core::policy::{ApprovalChange, Approver, RuleChange, RuleId, StageChange};
use ephor_core::query::Query;
use ephor_core::refusal::Code;
use ephor_core::request::{Action, Decision, RequestStatus};
use ephor_core::role::RoleKind;
use ephor_core::schedule::ScheduleKind;
use ephor_core::text::{DisplayName, Justification, ShortText};
use ephor_core::time::Length;
use ephor_ops::approval::{self, Assigned};
use ephor_ops::directory::{self, NewUser};
use ephor_ops::schedule::Whose;
use ephor_ops::schedule_request;
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
