//! Rules beyond Graph's 17, obeyed: by whoever activates, and again when somebody approves; and what a policy
//! said before (R-C5, R-C6).

use std::sync::Arc;

use crate::world::{Asked, World, lasting};
use ephor_core::caller::{Actor, Caller};
use ephor_core::group::Access;
use ephor_core::id::{GroupId, PrincipalId, RequestId};
use ephor_core::policy::{
    AllowedHours, ApprovalChange, Approver, BeyondChange, Day, ExpirationChange,
    JustificationPattern, MinimumDuration, Occasion, PolicyId, RuleChange, RuleId, Rules,
    StageChange, Window,
};
use ephor_core::refusal::{Code, RuleName};
use ephor_core::request::{Action, Decision, RequestStatus, ScheduleRequest};
use ephor_core::role::{Role, RoleKind};
use ephor_core::schedule::ScheduleKind;
use ephor_core::text::Justification;
use ephor_core::time::{Instant, Length};
use ephor_ops::{OpResult, approval, policy, schedule_request};
use ephor_store::ambient::ManualClock;
use ephor_store::testing;

/// Ada is eligible for `vault`; it is Monday, nine o'clock in Berlin.
struct Stage {
    world: World,
    vault: GroupId,
    ada: PrincipalId,
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn why(text: &str) -> Justification {
    Justification::new(text).unwrap()
}

fn office_hours() -> BeyondChange {
    let workdays = Day::ALL.into_iter().filter(|day| *day < Day::Saturday);
    let window = Window {
        days: workdays.collect(),
        from: "08:00".parse().unwrap(),
        to: "18:00".parse().unwrap(),
    };
    BeyondChange {
        allowed_hours: Some(Some(
            AllowedHours::new("Europe/Berlin", vec![window]).unwrap(),
        )),
        ..BeyondChange::default()
    }
}

fn ticket_pattern() -> BeyondChange {
    let pattern = JustificationPattern::new(r"INC-\d+".into(), why("INC-1")).unwrap();
    BeyondChange {
        justification_pattern: Some(Some(pattern)),
        ..BeyondChange::default()
    }
}

fn at_least(duration: &str) -> BeyondChange {
    let minimum = MinimumDuration::new(duration.parse().unwrap()).unwrap();
    BeyondChange {
        minimum_duration: Some(Some(minimum)),
        ..BeyondChange::default()
    }
}

impl Stage {
    fn set(engine: &testing::Engine) -> Self {
        let clock = Arc::new(ManualClock::at(at("2026-01-05T08:00:00Z")));
        let mut world = World::new(engine.store(clock.clone()), clock);
        let ada = world.person("ada");
        let vault = world.group("vault", "security");
        let month = Asked {
            expiration: lasting(Length::days(30)),
            ..Asked::default()
        };
        let (kind, action) = (ScheduleKind::Eligible, Action::AdminAssign);
        let root = Caller::person(world.root);
        world
            .request(root, kind, action, vault, ada, &month)
            .unwrap();
        Self { world, vault, ada }
    }

    fn id(&self) -> PolicyId {
        PolicyId::of(self.vault, Access::Member)
    }

    fn set_rules(&self, change: BeyondChange) -> OpResult<()> {
        let id = self.id();
        self.world
            .write(Caller::person(self.world.root), move |tx| {
                policy::change_beyond(tx, id, &change).map(drop)
            })
    }

    fn activate(&self, length: Length, reason: &str) -> OpResult<ScheduleRequest> {
        let asked = Asked {
            expiration: lasting(length),
            why: Some(reason.into()),
            ..Asked::default()
        };
        let (kind, action) = (ScheduleKind::Active, Action::SelfActivate);
        let caller = Caller::person(self.ada);
        self.world
            .request(caller, kind, action, self.vault, self.ada, &asked)
    }

    /// The rules that an activation breaks.
    #[track_caller]
    fn broken(&self, length: Length, reason: &str) -> Vec<RuleName> {
        let error = self.activate(length, reason).unwrap_err();
        assert_eq!(error.code(), Some(Code::PolicyRules), "{error}");
        let (_, refusal) = ephor_store::Failure::refused(&error).unwrap();
        refusal.rules.iter().map(|failed| failed.rule).collect()
    }

    fn with_approval(&mut self) -> PrincipalId {
        let grace = self.world.person("grace");
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
        self.world
            .set_policy(self.vault, Access::Member, change)
            .unwrap();
        grace
    }

    fn approve(&self, grace: PrincipalId, id: RequestId) -> ScheduleRequest {
        self.world
            .write(Caller::person(grace), move |tx| {
                approval::decide(
                    tx,
                    RoleKind::Group,
                    id,
                    Decision::Approve,
                    Some(why("fine")),
                )
            })
            .unwrap()
    }
}

#[test]
fn r_c5_an_activation_keeps_every_rule_or_is_told_each_that_it_breaks() {
    for engine in testing::engines() {
        let stage = Stage::set(&engine);
        for change in [office_hours(), ticket_pattern(), at_least("PT1H")] {
            stage.set_rules(change).unwrap();
        }
        assert_eq!(
            stage.broken(Length::minutes(30), "because"),
            [RuleName::JustificationRule, RuleName::ExpirationRule]
        );
        // Eight hours from nine o'clock would be over at five; at half past ten, half an hour too late.
        stage.world.clock.set(at("2026-01-05T09:30:00Z"));
        assert_eq!(
            stage.broken(Length::hours(8), "INC-7"),
            [RuleName::ActivationDayRule]
        );
        stage.world.clock.set(at("2026-01-05T17:00:00Z"));
        assert_eq!(
            stage.broken(Length::hours(9), "because"),
            [
                RuleName::ExpirationRule,
                RuleName::JustificationRule,
                RuleName::ActivationDayRule
            ],
            "an end that makes no sense hides nothing else"
        );
        stage.world.clock.set(at("2026-01-06T09:00:00Z"));
        stage.activate(Length::hours(8), "see INC-7").unwrap();
    }
}

/// The other role of the group, and Graph's 17, know nothing of it; off again, nothing is asked for.
#[test]
fn r_c1_the_rules_are_off_until_they_are_turned_on_and_are_the_one_roles_own() {
    for engine in testing::engines() {
        let stage = Stage::set(&engine);
        stage.set_rules(at_least("PT1H")).unwrap();
        let (member, owner) = (stage.id(), PolicyId::of(stage.vault, Access::Owner));
        let caller = Caller::person(stage.world.root);
        let (member, owner) = stage
            .world
            .read(move |tx| {
                Ok((
                    policy::get(tx, &caller, member)?,
                    policy::get(tx, &caller, owner)?,
                ))
            })
            .unwrap();
        assert_eq!(owner.rules, Rules::default());
        for id in RuleId::all() {
            assert_eq!(member.rules.get(id), owner.rules.get(id), "{id}");
        }
        assert!(stage.activate(Length::minutes(30), "x").is_err());
        let off = BeyondChange {
            minimum_duration: Some(None),
            ..BeyondChange::default()
        };
        stage.set_rules(off).unwrap();
        stage.activate(Length::minutes(30), "x").unwrap();
    }
}

#[test]
fn a_policy_that_nobody_could_satisfy_is_refused_from_either_side() {
    for engine in testing::engines() {
        let stage = Stage::set(&engine);
        stage.set_rules(at_least("PT4H")).unwrap();
        let shorter = ExpirationChange {
            required: None,
            maximum: Some("PT2H".parse().unwrap()),
        };
        let change = vec![(
            RuleId::Expiration(Occasion::EndUserAssignment),
            RuleChange::Expiration(shorter),
        )];
        let told = stage
            .world
            .set_policy(stage.vault, Access::Member, change)
            .unwrap_err();
        assert_eq!(told.code(), Some(Code::InvalidPolicy));
        let told = stage.set_rules(at_least("PT9H")).unwrap_err();
        assert_eq!(told.code(), Some(Code::InvalidPolicy));
        assert!(told.to_string().contains("nobody could activate"), "{told}");
    }
}

/// Time counts from the approval: what then reaches beyond the hours is cut there, and what then breaks a rule
/// fails.
#[test]
fn r_c5_the_rules_are_judged_again_when_somebody_approves() {
    for engine in testing::engines() {
        let mut stage = Stage::set(&engine);
        let grace = stage.with_approval();
        stage.set_rules(office_hours()).unwrap();
        let waiting = stage.activate(Length::hours(4), "x").unwrap();
        stage.world.clock.set(at("2026-01-05T15:00:00Z"));
        stage.approve(grace, waiting.id);
        let caller = Caller::person(stage.ada);
        let (group, ada) = (stage.vault, stage.ada);
        let held = stage
            .world
            .read(move |tx| Ok(tx.role_schedules(Role::of(group, Access::Member), ada)?))
            .unwrap();
        let until = held
            .iter()
            .find(|schedule| schedule.is_activation())
            .and_then(|schedule| schedule.span.ends_at());
        assert_eq!(
            until,
            Some(at("2026-01-05T17:00:00Z")),
            "as long as it is open"
        );

        stage.world.clock.set(at("2026-01-06T08:00:00Z"));
        let late = stage.activate(Length::hours(1), "x").unwrap();
        stage.world.clock.set(at("2026-01-06T17:00:00Z"));
        let now = stage.world.now();
        assert_eq!(
            stage.approve(grace, late.id).status(now),
            RequestStatus::Failed
        );

        stage.world.clock.set(at("2026-01-07T08:00:00Z"));
        let before = stage.activate(Length::hours(1), "no number").unwrap();
        stage.set_rules(ticket_pattern()).unwrap();
        let now = stage.world.now();
        assert_eq!(
            stage.approve(grace, before.id).status(now),
            RequestStatus::Failed
        );
        let id = before.id;
        let kept = stage
            .world
            .read(move |tx| schedule_request::get(tx, &caller, ScheduleKind::Active, id))
            .unwrap();
        assert_eq!(kept.status(now), RequestStatus::Failed);
    }
}

/// R-C6: each version says what it changed, when and by whom; the other role's changes are not among them.
#[test]
fn r_c6_what_a_policy_said_before_is_kept_with_who_changed_it() {
    for engine in testing::engines() {
        let stage = Stage::set(&engine);
        let maximum = |text: &str| {
            let change = ExpirationChange {
                required: None,
                maximum: Some(text.parse().unwrap()),
            };
            let rule = RuleId::Expiration(Occasion::EndUserAssignment);
            vec![(rule, RuleChange::Expiration(change))]
        };
        for (index, text) in ["PT1H", "PT2H", "PT3H", "PT4H"].iter().enumerate() {
            let access = [Access::Member, Access::Owner][index % 2];
            stage
                .world
                .set_policy(stage.vault, access, maximum(text))
                .unwrap();
        }
        stage.set_rules(at_least("PT30M")).unwrap();
        let read = |before, limit| {
            let (caller, id) = (Caller::person(stage.world.root), stage.id());
            let read =
                move |tx: &ephor_store::ReadTx<'_>| policy::history(tx, &caller, id, before, limit);
            stage.world.read(read).unwrap()
        };
        let all = read(None, 10);
        let told: Vec<_> = all
            .iter()
            .map(|one| {
                let maximum = |rules: &Rules| rules.activation.expiration.maximum.to_string();
                (one.version, maximum(&one.before), maximum(&one.after))
            })
            .collect();
        let text = |(version, before, after): (u32, &str, &str)| {
            (version, before.to_owned(), after.to_owned())
        };
        let expected = [
            (4, "PT3H", "PT3H"),
            (3, "PT1H", "PT3H"),
            (2, "PT8H", "PT1H"),
        ];
        assert_eq!(told, expected.map(text));
        assert!(all[0].before.activation.beyond.are_off());
        assert!(!all[0].after.activation.beyond.are_off());
        assert_eq!(all[0].by, Some(Actor::User(stage.world.root)));
        let first = read(None, 1);
        let rest = read(Some(first[0].sequence), 10);
        assert_eq!(first.len() + rest.len(), all.len());
        assert_eq!(rest[0].version, 3);
    }
}
