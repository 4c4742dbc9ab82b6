//! Who had what at an instant, told whole: by which grant, chain, request, policy version and approver, and
//! what differs between two instants. Random worlds are held to the naive model in `sim.rs`.

use std::sync::Arc;

use crate::world::{Asked, World, lasting};
use ephor_core::caller::{Actor, Caller};
use ephor_core::group::Access;
use ephor_core::holding::{ChangeKind, EndedBy, Holding, Link};
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::policy::{ApprovalChange, Approver, RuleChange, RuleId, StageChange};
use ephor_core::principal::AccountState;
use ephor_core::refusal::Code;
use ephor_core::request::{Action, Decision};
use ephor_core::role::{ObjectId, RoleKind};
use ephor_core::schedule::ScheduleKind;
use ephor_core::text::Justification;
use ephor_core::time::{Instant, Length};
use ephor_ops::access::{self, Between, Part, Told, Whose};
use ephor_ops::{OpResult, approval, directory};
use ephor_store::ambient::ManualClock;
use ephor_store::testing;

const ALL: Part = Part {
    skip: 0,
    top: 1_000,
};

/// Ada is in `staff` by an administrator's word, and `staff` is eligible for `vault`, where `grace` approves.
struct Stage {
    world: World,
    staff: GroupId,
    vault: GroupId,
    ada: PrincipalId,
    grace: PrincipalId,
}

fn at(text: &str) -> Instant {
    format!("2026-03-02T{text}Z").parse().unwrap()
}

impl Stage {
    fn set(engine: &testing::Engine) -> Self {
        let clock = Arc::new(ManualClock::at(at("08:00:00")));
        let mut world = World::new(engine.store(clock.clone()), clock);
        let [ada, grace] = ["ada", "grace"].map(|name| world.person(name));
        let [staff, vault] = ["staff", "vault"].map(|name| world.group(name, "security"));
        let stage = Self {
            world,
            staff,
            vault,
            ada,
            grace,
        };
        let approver = Approver::User {
            id: grace,
            description: None,
        };
        let change = ApprovalChange {
            required: Some(true),
            requestor_justification: None,
            stages: Some(vec![StageChange {
                primary_approvers: Some(vec![approver]),
                approver_justification: None,
            }]),
        };
        let change = vec![(RuleId::Approval, RuleChange::Approval(change))];
        stage
            .world
            .set_policy(vault, Access::Member, change)
            .unwrap();
        let days = |days| Asked {
            expiration: lasting(Length::days(days)),
            ..Asked::default()
        };
        stage.assign(
            ScheduleKind::Active,
            Action::AdminAssign,
            staff,
            ada,
            &days(20),
        );
        stage.assign(
            ScheduleKind::Eligible,
            Action::AdminAssign,
            vault,
            staff.into(),
            &days(30),
        );
        stage
    }

    fn root(&self) -> Caller {
        Caller::person(self.world.root)
    }

    fn assign(
        &self,
        kind: ScheduleKind,
        action: Action,
        group: GroupId,
        principal: PrincipalId,
        asked: &Asked,
    ) {
        self.world
            .request(self.root(), kind, action, group, principal, asked)
            .unwrap();
    }

    fn pass(&self, to: Instant) {
        self.world.clock.set(to);
    }

    /// Ada activates the vault for two hours; Grace approves.
    fn activate(&self) {
        let asked = Asked {
            why: Some("incident 7".into()),
            expiration: lasting(Length::hours(2)),
            ..Asked::default()
        };
        let (kind, action) = (ScheduleKind::Active, Action::SelfActivate);
        let caller = Caller::person(self.ada);
        let request = self
            .world
            .request(caller, kind, action, self.vault, self.ada, &asked)
            .unwrap();
        let why = Justification::new("she is on call").unwrap();
        self.world
            .write(Caller::person(self.grace), move |tx| {
                approval::decide(
                    tx,
                    RoleKind::Group,
                    request.id,
                    Decision::Approve,
                    Some(why),
                )
            })
            .unwrap();
    }

    fn of_group(&self, caller: Caller, at: Option<Instant>) -> OpResult<Told<Holding>> {
        let group = self.vault;
        self.world
            .read(move |tx| access::of_object(tx, &caller, ObjectId::Group(group), at, ALL))
    }

    /// The one way in which Ada held the vault at an instant, and not merely could have.
    fn adas_hold(&self, caller: Caller, at: Instant) -> Option<Holding> {
        let told = self.of_group(caller, Some(at)).unwrap();
        told.rows
            .into_iter()
            .find(|row| row.held.principal.id == self.ada && row.held.kind == ScheduleKind::Active)
    }

    fn difference(&self, whose: Whose, from: Instant, to: Instant) -> Vec<(ChangeKind, String)> {
        let caller = self.root();
        let told = self
            .world
            .read(move |tx| {
                let to = Some(to);
                access::difference(
                    tx,
                    &caller,
                    Between {
                        from: Some(from),
                        to,
                        whose,
                    },
                    ALL,
                )
            })
            .unwrap();
        let name = |id| self.world.name_of(id);
        told.rows
            .iter()
            .map(|change| {
                let held = change.held;
                let said = format!(
                    "{} {:?} {}",
                    name(held.role.group().unwrap().into()),
                    held.kind,
                    name(held.principal.id)
                );
                (change.kind(), said)
            })
            .collect()
    }
}

fn why(link: &Link) -> Option<&str> {
    let request = link.request.as_ref()?;
    request.justification.as_ref().map(Justification::as_str)
}

/// R-I1, R-C5, R-E6: whoever asks later is told the grant, what it rested on down to the person, the requests,
/// the version of the policy, and who approved.
#[test]
fn the_evidence_names_grant_chain_request_policy_version_and_approver() {
    for engine in testing::engines() {
        let stage = Stage::set(&engine);
        stage.pass(at("09:00:00"));
        stage.activate();
        stage.pass(at("15:00:00"));

        let hold = stage.adas_hold(stage.root(), at("10:00:00")).unwrap();
        let [activation, eligibility, membership] = hold.chain.as_slice() else {
            panic!("{:#?}", hold.chain);
        };
        assert_eq!(why(activation), Some("incident 7"));
        assert_eq!(activation.ended_by, Some(EndedBy::Clock));
        assert_eq!(activation.given_by, Some(Actor::User(stage.grace)));
        let request = activation.request.as_ref().unwrap();
        assert_eq!(request.policy_version, Some(2), "the one with the approver");
        let review = request.review.as_ref().unwrap();
        assert_eq!(review.by, Actor::User(stage.grace));
        assert_eq!(
            review.justification.as_ref().map(Justification::as_str),
            Some("she is on call")
        );
        assert_eq!(eligibility.schedule.principal.id, stage.staff.into());
        assert_eq!(eligibility.given_by, Some(Actor::User(stage.world.root)));
        assert_eq!(eligibility.ended_by, None);
        assert_eq!(membership.schedule.role().group(), Some(stage.staff));
        assert_eq!(membership.schedule.principal.id, stage.ada);

        // At its start it is there, at its end it is over, and nobody asks about what lies ahead.
        assert!(stage.adas_hold(stage.root(), at("09:00:00")).is_some());
        assert!(
            stage
                .adas_hold(stage.root(), at("10:59:59.999999"))
                .is_some()
        );
        assert!(stage.adas_hold(stage.root(), at("11:00:00")).is_none());
        let told = stage.of_group(stage.root(), Some(at("15:00:00.000001")));
        assert_eq!(told.unwrap_err().code(), Some(Code::BadRequest));
    }
}

/// An eligibility that was given another period since is told as it was then.
#[test]
fn an_activation_is_told_from_the_eligibility_that_there_was_then() {
    for engine in testing::engines() {
        let stage = Stage::set(&engine);
        stage.pass(at("09:00:00"));
        stage.activate();
        let staff = stage.staff.into();
        for (hour, days) in [("09:30:00", 60), ("10:00:00", 90)] {
            stage.pass(at(hour));
            let longer = Asked {
                expiration: lasting(Length::days(days)),
                ..Asked::default()
            };
            let (kind, action) = (ScheduleKind::Eligible, Action::AdminExtend);
            stage.assign(kind, action, stage.vault, staff, &longer);
        }
        let ends = |then| {
            let hold = stage.adas_hold(stage.root(), then).unwrap();
            let granted = hold.chain[1].granted_until.unwrap();
            assert!(hold.chain[1].schedule.span.covers(then), "in force then");
            assert_eq!(hold.chain.len(), 3, "down to the membership");
            granted.since(at("08:00:00")).as_seconds() / 86_400
        };
        assert_eq!(ends(at("09:15:00")), 30);
        assert_eq!(ends(at("09:30:00")), 60);
        assert_eq!(ends(at("09:45:00")), 60);
        assert_eq!(ends(at("10:00:00")), 90);
    }
}

/// R-B4, T-65: what is gone is still known, by its id; why it ended is told.
#[test]
fn who_had_what_is_still_known_when_the_group_and_the_person_are_gone() {
    for engine in testing::engines() {
        let stage = Stage::set(&engine);
        stage.pass(at("09:00:00"));
        stage.activate();
        stage.pass(at("09:20:00"));
        let (vault, ada) = (stage.vault, stage.ada);
        stage
            .world
            .write(stage.root(), move |tx| directory::delete_group(tx, vault))
            .unwrap();
        stage.pass(at("10:00:00"));
        stage
            .world
            .write(stage.root(), move |tx| directory::delete_user(tx, ada))
            .unwrap();
        let hold = stage.adas_hold(stage.root(), at("09:10:00")).unwrap();
        assert_eq!(hold.chain[0].ended_by, Some(EndedBy::Deletion));
        let root = stage.root();
        let mine = stage
            .world
            .read(move |tx| access::of_principal(tx, &root, ada, Some(at("09:10:00")), ALL))
            .unwrap();
        let groups: Vec<_> = mine.rows.iter().map(|row| row.held.role).collect();
        assert_eq!(
            groups.len(),
            3,
            "staff, the vault, and being eligible for it"
        );
        let lost = stage.difference(
            Whose::Object(ObjectId::Group(vault)),
            at("09:10:00"),
            at("09:30:00"),
        );
        assert!(
            lost.iter().all(|(kind, _)| *kind == ChangeKind::Lost),
            "{lost:?}"
        );
        assert_eq!(lost.len(), 3, "{lost:?}");
    }
}

/// What an owner or the person is told of a chain does not hold the requests of others about other groups.
#[test]
fn requests_about_other_groups_are_not_told_to_owners_nor_others_requests_to_the_person() {
    for engine in testing::engines() {
        let mut stage = Stage::set(&engine);
        let olga = stage.world.person("olga");
        let vault = stage.vault;
        stage
            .world
            .write(stage.root(), move |tx| {
                directory::add(tx, vault, Access::Owner, olga)
            })
            .unwrap();
        stage.pass(at("09:00:00"));
        stage.activate();
        stage.pass(at("09:30:00"));
        let known = |hold: &Holding| -> Vec<_> {
            hold.chain
                .iter()
                .map(|link| link.request.is_some())
                .collect()
        };
        let hold = stage
            .adas_hold(Caller::person(olga), at("09:10:00"))
            .unwrap();
        assert_eq!(known(&hold), [true, true, false], "an owner of the vault");
        assert_eq!(hold.chain[2].given_by, None);

        let (ada, caller) = (stage.ada, Caller::person(stage.ada));
        let mine = stage
            .world
            .read(move |tx| access::of_principal(tx, &caller, ada, None, ALL))
            .unwrap();
        let hold = mine.rows.iter().find(|row| row.chain.len() == 3).unwrap();
        assert_eq!(known(hold), [true, false, true], "Ada herself");

        let caller = Caller::person(stage.ada);
        let told = stage.of_group(caller, None);
        assert_eq!(told.unwrap_err().code(), Some(Code::Denied));
    }
}

/// Over all groups told is what was given to each directly; a page and the next one meet without gap.
#[test]
fn the_difference_of_two_instants_over_everything_comes_in_pages() {
    for engine in testing::engines() {
        let stage = Stage::set(&engine);
        stage.pass(at("09:00:00"));
        stage.activate();
        stage.pass(at("09:10:00"));
        let ada = stage.ada;
        stage
            .world
            .write(stage.root(), move |tx| {
                directory::set_account(tx, ada, AccountState::Disabled)
            })
            .unwrap();
        stage.pass(at("10:00:00"));
        let everybody = |from, to| stage.difference(Whose::Everybody, at(from), at(to));
        assert_eq!(
            everybody("09:05:00", "09:15:00"),
            [
                (ChangeKind::Lost, "staff Active ada".to_owned()),
                (ChangeKind::Lost, "vault Active ada".to_owned()),
            ]
        );
        assert_eq!(everybody("09:10:00", "10:00:00"), []);
        assert_eq!(
            everybody("08:00:00", "09:05:00"),
            [(ChangeKind::Gained, "vault Active ada".to_owned())]
        );
        let mut paged = Vec::new();
        for skip in 0..3 {
            let caller = stage.root();
            let part = Part { skip, top: 1 };
            let between = Between {
                from: Some(at("09:05:00")),
                to: Some(at("09:15:00")),
                whose: Whose::Everybody,
            };
            let told = stage
                .world
                .read(move |tx| access::difference(tx, &caller, between, part))
                .unwrap();
            assert_eq!(told.more, skip == 0);
            paged.extend(
                told.rows
                    .iter()
                    .map(|change| change.held.role.group().unwrap()),
            );
        }
        assert_eq!(paged, [stage.staff, stage.vault]);
        let caller = stage.root();
        let between = Between {
            from: Some(at("09:30:00")),
            to: Some(at("09:00:00")),
            whose: Whose::Everybody,
        };
        let told = stage
            .world
            .read(move |tx| access::difference(tx, &caller, between, ALL));
        assert_eq!(told.unwrap_err().code(), Some(Code::BadRequest));
    }
}
