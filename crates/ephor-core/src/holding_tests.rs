//! The two views of who had what, against each other and against the oracle.

use std::convert::Infallible;

use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};
use uuid::Uuid;

use super::*;
use crate::effective;
use crate::group::Access;
use crate::id::{RoleDefinitionId, ScheduleId};
use crate::schedule::{Expiration, ScheduleInfo};
use crate::time::Span;

const PEOPLE: u8 = 4;
const GROUPS: u8 = 5;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn noon() -> Instant {
    at("2026-01-01T12:00:00Z")
}

fn group(number: u8) -> GroupId {
    GroupId::from_uuid(Uuid::from_u128(0x1000 + u128::from(number)))
}

fn person(number: u8) -> PrincipalRef {
    PrincipalRef {
        id: PrincipalId::from_uuid(Uuid::from_u128(0x2000 + u128::from(number))),
        kind: PrincipalKind::User,
    }
}

fn as_principal(number: u8) -> PrincipalRef {
    PrincipalRef {
        id: group(number).into(),
        kind: PrincipalKind::Group,
    }
}

/// A grant in force at noon.
fn grant(
    number: usize,
    group: GroupId,
    principal: PrincipalRef,
    kind: ScheduleKind,
    origin: GrantOrigin,
) -> Schedule {
    Schedule {
        id: ScheduleId {
            role: Role::of(group, Access::Member),
            grant: GrantId::from_uuid(Uuid::from_u128(number as u128)),
        },
        kind,
        principal,
        origin,
        span: Span::new(at("2026-01-01T09:00:00Z"), None),
        info: ScheduleInfo {
            starts_at: None,
            expiration: Expiration::Never,
        },
        created_at: at("2026-01-01T09:00:00Z"),
        created_using: None,
    }
}

fn link(schedule: &Schedule) -> Link {
    Link {
        schedule: schedule.clone(),
        granted_until: None,
        ended_by: None,
        given_by: None,
        request: None,
    }
}

fn by_group(all: &[Schedule], group: GroupId) -> Vec<Holding> {
    of_object(ObjectId::Group(group), |object| {
        let own = all
            .iter()
            .filter(|schedule| schedule.role().object() == object);
        Ok::<_, Infallible>(own.map(link).collect())
    })
    .unwrap()
}

fn by_principal(all: &[Schedule], principal: PrincipalRef) -> Vec<Holding> {
    of_principal(principal, |id| {
        let own = all.iter().filter(|schedule| schedule.principal.id == id);
        Ok::<_, Infallible>(own.map(link).collect())
    })
    .unwrap()
}

fn grants(holding: &Holding) -> Vec<u128> {
    let grants = holding.grants();
    grants.iter().map(|id| id.uuid().as_u128()).collect()
}

#[test]
fn the_chain_of_an_activation_through_a_group_names_all_that_it_rested_on() {
    // Ada is in 1 by an activation; 1 is eligible for 2; Ada activated 2.
    let (eligible, active) = (ScheduleKind::Eligible, ScheduleKind::Active);
    let own = grant(1, group(1), person(1), eligible, GrantOrigin::Assigned);
    let using = |schedule: &Schedule| GrantOrigin::Activated { using: schedule.id };
    let in_one = grant(2, group(1), person(1), active, using(&own));
    let of_one = grant(
        3,
        group(2),
        as_principal(1),
        eligible,
        GrantOrigin::Assigned,
    );
    let in_two = grant(4, group(2), person(1), active, using(&of_one));
    let all = [own, in_one, of_one, in_two];

    let chains: Vec<_> = by_group(&all, group(2))
        .iter()
        .map(|holding| (holding.held.through, grants(holding)))
        .collect();
    let expected = [
        (Through::Direct, vec![3]),
        (Through::Group, vec![3, 2, 1]),
        (Through::Direct, vec![4, 3, 2, 1]),
    ];
    assert_eq!(chains, expected);

    let mut mine: Vec<_> = by_principal(&all, person(1)).iter().map(grants).collect();
    mine.sort();
    assert_eq!(mine, [vec![1], vec![2, 1], vec![3, 2, 1], vec![4, 3, 2, 1]]);
}

#[test]
fn what_differs_is_gained_lost_or_held_by_another_grant() {
    let (eligible, active) = (ScheduleKind::Eligible, ScheduleKind::Active);
    let of = |number, who, kind| grant(number, group(1), person(who), kind, GrantOrigin::Assigned);
    let before = by_group(
        &[of(1, 1, active), of(2, 2, active), of(3, 3, eligible)],
        group(1),
    );
    let after = by_group(
        &[of(1, 1, active), of(4, 3, eligible), of(5, 4, active)],
        group(1),
    );
    let found: Vec<_> = difference(before, after)
        .iter()
        .map(|change| (change.held.principal, change.kind()))
        .collect();
    assert_eq!(
        found,
        [
            (person(3), ChangeKind::Changed),
            (person(2), ChangeKind::Lost),
            (person(4), ChangeKind::Gained),
        ]
    );
}

/// Grants among a few groups and people, cycles and all.
fn world() -> impl Strategy<Value = Vec<Schedule>> {
    let one = (
        any::<bool>(),
        0..GROUPS,
        any::<bool>(),
        0..GROUPS.max(PEOPLE),
    );
    proptest::collection::vec(one, 0..24).prop_map(|rows| {
        let kind = |active| match active {
            true => ScheduleKind::Active,
            false => ScheduleKind::Eligible,
        };
        let who = |is_group, number: u8| match is_group {
            true => as_principal(number % GROUPS),
            false => person(number % PEOPLE),
        };
        // No group is a member of itself.
        rows.into_iter()
            .filter(|(_, of, is_group, by)| !is_group || by % GROUPS != *of)
            .enumerate()
            .map(|(number, (active, of, is_group, by))| {
                let origin = GrantOrigin::Assigned;
                grant(
                    number + 1,
                    group(of),
                    who(is_group, by),
                    kind(active),
                    origin,
                )
            })
            .collect()
    })
}

/// What somebody holds; of several ways through groups each view tells the one that is shortest from its side.
fn what(holding: &Holding) -> Held {
    Held {
        through: Through::Direct,
        ..holding.held
    }
}

proptest! {
    /// R-E6, R-D8: through groups just those are members whom the oracle finds, and a group's view and a
    /// principal's view of the same instant say the same.
    #[test]
    fn the_views_of_groups_and_of_principals_agree_with_each_other_and_with_the_oracle(all in world()) {
        let mut of_groups = BTreeSet::new();
        for number in 0..GROUPS {
            let found = by_group(&all, group(number));
            let members: BTreeSet<_> = found
                .iter()
                .filter(|holding| holding.held.kind == ScheduleKind::Active)
                .map(|holding| holding.held.principal)
                .filter(|principal| principal.id != group(number).into())
                .collect();
            prop_assert_eq!(members, effective::transitive(&all, group(number), noon()));
            of_groups.extend(found.iter().map(what));
        }
        let everybody = (0..PEOPLE).map(person).chain((0..GROUPS).map(as_principal));
        let of_principals: BTreeSet<_> = everybody
            .flat_map(|principal| by_principal(&all, principal))
            .map(|holding| what(&holding))
            .collect();
        prop_assert_eq!(of_groups, of_principals);
    }
}

#[test]
fn r_h4_the_chain_of_a_directory_role_names_the_group_it_came_through() {
    // 1 holds the role; Ada activated her membership of 1, and is eligible for the role herself.
    let (eligible, active) = (ScheduleKind::Eligible, ScheduleKind::Active);
    let definition = RoleDefinitionId::from_uuid(Uuid::from_u128(0x3000));
    let of_role = |number, principal, kind| {
        let given = grant(number, group(9), principal, kind, GrantOrigin::Assigned);
        Schedule {
            id: ScheduleId {
                role: Role::directory(definition),
                ..given.id
            },
            ..given
        }
    };
    let own = grant(1, group(1), person(1), eligible, GrantOrigin::Assigned);
    let using = GrantOrigin::Activated { using: own.id };
    let all = [
        own,
        grant(2, group(1), person(1), active, using),
        of_role(3, as_principal(1), active),
        of_role(4, person(1), eligible),
    ];
    let of_ada = |holdings: Vec<Holding>| {
        let mut ways: Vec<_> = holdings
            .iter()
            .filter(|holding| holding.held.principal == person(1))
            .filter(|holding| holding.held.role == Role::directory(definition))
            .map(|holding| (holding.held.kind, holding.held.through, grants(holding)))
            .collect();
        ways.sort();
        ways
    };
    let told = vec![
        (eligible, Through::Direct, vec![4]),
        (active, Through::Group, vec![3, 2, 1]),
    ];
    assert_eq!(of_ada(by_principal(&all, person(1))), told);
    let by_role = of_object(ObjectId::Directory(definition), |object| {
        let own = all
            .iter()
            .filter(|schedule| schedule.role().object() == object);
        Ok::<_, Infallible>(own.map(link).collect())
    });
    assert_eq!(of_ada(by_role.unwrap()), told);
}
