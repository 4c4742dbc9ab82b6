//! What contexts ask of whom: policies that are held, places, groups, and strengths of combinations.
//! The policies are made here; that they are kept and sent is tested elsewhere.

use super::*;
use crate::id::{IdSource, SeededIds};
use crate::time::Length;

fn id() -> ContextId {
    "c1".parse().unwrap()
}

fn policy(grant: Option<Grant>) -> AccessPolicy {
    AccessPolicy {
        id: SeededIds::new(7).fresh(),
        display_name: DisplayName::new("p").unwrap(),
        state: PolicyState::Enabled,
        contexts: [id()].into(),
        include: Whom {
            everybody: Everybody::Yes,
            ..Whom::default()
        },
        exclude: Whom::default(),
        include_places: Places::default(),
        exclude_places: Places::default(),
        grant,
        frequency: Frequency::Session,
        created_at: Instant::EARLIEST,
        modified_at: None,
    }
}

fn grant(operator: Operator, multi_factor: Everybody, strength: Option<Uuid>) -> Option<Grant> {
    Some(Grant {
        operator,
        block: Everybody::No,
        multi_factor,
        strength,
    })
}

fn user() -> PrincipalId {
    PrincipalId::from_uuid(SeededIds::new(1).fresh())
}

fn needs(all: Vec<AccessPolicy>, locations: Vec<Location>, address: Option<&str>) -> Needs {
    let all: Vec<Condition> = all
        .into_iter()
        .map(Condition::Policy)
        .chain(locations.into_iter().map(Condition::Location))
        .collect();
    let groups = [GroupId::from_uuid(SeededIds::new(2).fresh())].into();
    let who = Who {
        user: user(),
        groups: &groups,
        address: address.map(|address| address.parse().unwrap()),
    };
    asked(&all, id(), &who).needs
}

const fn sign_in(strength: Strength) -> Needs {
    Needs::SignIn {
        strength,
        frequency: Frequency::Session,
    }
}

#[test]
fn r_i5_without_a_policy_a_context_asks_for_a_second_factor() {
    assert_eq!(
        needs(Vec::new(), Vec::new(), None),
        sign_in(Strength::MultiFactor)
    );
    // Where there is one, and it is off, only looked at, or not for this person, nothing is asked.
    for state in [PolicyState::Disabled, PolicyState::ReportOnly] {
        let off = AccessPolicy {
            state,
            ..policy(grant(Operator::And, Everybody::Yes, None))
        };
        assert_eq!(needs(vec![off], Vec::new(), None), Needs::Nothing);
    }
    let excluded = AccessPolicy {
        exclude: Whom {
            users: [user()].into(),
            ..Whom::default()
        },
        ..policy(grant(Operator::And, Everybody::Yes, None))
    };
    assert_eq!(needs(vec![excluded], Vec::new(), None), Needs::Nothing);
}

#[test]
fn r_i5_every_policy_that_is_held_has_to_be_satisfied() {
    let two = policy(grant(Operator::And, Everybody::Yes, None));
    let resistant = policy(grant(
        Operator::And,
        Everybody::No,
        Some(StrengthPolicy::PHISHING_RESISTANT),
    ));
    let both = needs(vec![two.clone(), resistant.clone()], Vec::new(), None);
    assert_eq!(both, sign_in(Strength::PhishingResistant));
    let either = policy(grant(
        Operator::Or,
        Everybody::Yes,
        Some(StrengthPolicy::PHISHING_RESISTANT),
    ));
    assert_eq!(
        needs(vec![either], Vec::new(), None),
        sign_in(Strength::MultiFactor)
    );
    let gone = policy(grant(
        Operator::And,
        Everybody::No,
        Some(Uuid::from_u128(99)),
    ));
    assert_eq!(
        needs(vec![gone], Vec::new(), None),
        sign_in(Strength::PhishingResistant),
        "a strength that is not there asks for the most"
    );
    let block = policy(Some(Grant {
        block: Everybody::Yes,
        ..grant(Operator::Or, Everybody::Yes, None).unwrap()
    }));
    assert_eq!(
        needs(vec![two.clone(), block], Vec::new(), None),
        Needs::Never
    );
    let fresh = AccessPolicy {
        frequency: Frequency::Within(Length::hours(1)),
        ..two.clone()
    };
    let each = AccessPolicy {
        frequency: Frequency::EveryTime,
        ..policy(None)
    };
    let both = needs(vec![fresh, each, two], Vec::new(), None);
    assert_eq!(
        both,
        Needs::SignIn {
            strength: Strength::MultiFactor,
            frequency: Frequency::EveryTime
        }
    );
}

#[test]
fn r_i5_a_policy_is_held_for_the_people_groups_and_places_it_names() {
    let group = GroupId::from_uuid(SeededIds::new(2).fresh());
    let other = GroupId::from_uuid(SeededIds::new(3).fresh());
    let of = |groups: [GroupId; 1]| AccessPolicy {
        include: Whom {
            groups: groups.into(),
            ..Whom::default()
        },
        ..policy(grant(Operator::And, Everybody::Yes, None))
    };
    assert_eq!(
        needs(vec![of([group])], Vec::new(), None),
        sign_in(Strength::MultiFactor)
    );
    assert_eq!(needs(vec![of([other])], Vec::new(), None), Needs::Nothing);

    let office = Location {
        id: Uuid::from_u128(5),
        display_name: DisplayName::new("office").unwrap(),
        trust: Trust::Trusted,
        ranges: vec![
            "192.0.2.0/24".parse().unwrap(),
            "2001:db8::/32".parse().unwrap(),
        ],
        created_at: Instant::EARLIEST,
        modified_at: None,
    };
    let outside = AccessPolicy {
        include_places: Places {
            everywhere: Everybody::Yes,
            ..Places::default()
        },
        exclude_places: Places {
            all_trusted: Everybody::Yes,
            ..Places::default()
        },
        ..policy(grant(Operator::And, Everybody::Yes, None))
    };
    for (address, asks) in [
        (Some("192.0.2.7"), Needs::Nothing),
        (Some("::ffff:192.0.2.7"), Needs::Nothing),
        (Some("2001:db8::1"), Needs::Nothing),
        (Some("192.0.3.7"), sign_in(Strength::MultiFactor)),
        (None, sign_in(Strength::MultiFactor)),
    ] {
        let asked = needs(vec![outside.clone()], vec![office.clone()], address);
        assert_eq!(asked, asks, "{address:?}");
    }
}

#[test]
fn a_network_is_an_address_and_how_many_of_its_bits() {
    for good in ["0.0.0.0/0", "192.0.2.1/32", "::/0", "2001:db8::/128"] {
        assert_eq!(good.parse::<Network>().unwrap().to_string(), good);
    }
    for bad in [
        "",
        "192.0.2.0",
        "192.0.2.0/33",
        "192.0.2.0/-1",
        "192.0.2.0/+1",
        "::/129",
        "x/8",
        "192.0.2.0/",
    ] {
        assert_eq!(bad.parse::<Network>(), Err(BadNetwork), "{bad}");
    }
    assert!(
        "0.0.0.0/0"
            .parse::<Network>()
            .unwrap()
            .has("203.0.113.1".parse().unwrap())
    );
    assert!(
        !"0.0.0.0/0"
            .parse::<Network>()
            .unwrap()
            .has("2001:db8::1".parse().unwrap())
    );
}

#[test]
fn a_combination_is_as_strong_as_its_methods_together() {
    for (combination, strength) in [
        ("password", Some(Strength::Single)),
        ("password,softwareOath", Some(Strength::MultiFactor)),
        (
            "hardwareOath,federatedSingleFactor",
            Some(Strength::MultiFactor),
        ),
        ("federatedMultiFactor", Some(Strength::MultiFactor)),
        ("fido2", Some(Strength::PhishingResistant)),
        ("telepathy", None),
        ("", None),
    ] {
        assert_eq!(strength_of(combination), strength, "{combination}");
    }
}
