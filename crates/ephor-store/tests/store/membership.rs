//! The store and the naive oracle of `ephor_core::effective` agree on who has access, whatever was granted.

use std::collections::BTreeSet;

use ephor_core::effective;
use ephor_core::event::Event;
use ephor_core::group::Access;
use ephor_core::principal::PrincipalRef;
use ephor_core::query::{PrincipalField, Query};
use ephor_core::schedule::{Schedule, ScheduleKind};
use ephor_core::time::{Instant, Span};
use ephor_store::ambient::ManualClock;
use ephor_store::testing::{self, TestStore};
use proptest::prelude::*;

use crate::world::{
    World, clock, created, ended, granted, group_ref, made, nine, read, record, user_ref,
};

const GROUPS: usize = 6;
const USERS: usize = 4;
/// Instants in a test are these many seconds from nine o'clock: few, so that boundaries meet.
const TICKS: i64 = 8;

fn tick(at: i64) -> Instant {
    Instant::from_micros(nine().micros() + at * 1_000_000)
}

#[derive(Debug, Clone)]
struct Grant {
    group: usize,
    principal: usize,
    eligible: bool,
    owner: bool,
    from: i64,
    to: Option<i64>,
    cut: Option<i64>,
}

fn grant() -> impl Strategy<Value = Grant> {
    (
        0..GROUPS,
        0..GROUPS + USERS,
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.2),
        0..TICKS,
        prop::option::of(0..TICKS),
        prop::option::weighted(0.3, 0..TICKS),
    )
        .prop_map(|(group, principal, eligible, owner, from, to, cut)| Grant {
            group,
            principal,
            eligible,
            owner,
            from,
            to,
            cut,
        })
}

/// Compares every question at every instant. `seed` keeps the ids of one case apart from another's.
fn agree(store: &TestStore, clock: &ManualClock, world: &mut World, grants: &[Grant]) {
    clock.set(nine().max(read(store, |tx| Ok(tx.now()))));
    let groups: Vec<_> = (0..GROUPS).map(|n| world.group(&format!("G{n}"))).collect();
    let users: Vec<_> = (0..USERS)
        .map(|n| {
            let mut user = world.user("U");
            user.user_principal_name = format!("u{n}-{}@x.example", user.id).parse().unwrap();
            user
        })
        .collect();
    let refs: Vec<PrincipalRef> = groups
        .iter()
        .map(|group| group_ref(group.id))
        .chain(users.iter().map(|user| user_ref(user.id)))
        .collect();
    let mut events: Vec<Event> = groups
        .iter()
        .map(made)
        .chain(users.iter().map(created))
        .collect();
    let mut schedules: Vec<Schedule> = Vec::new();
    for grant in grants {
        let group = groups[grant.group].id;
        let kind = if grant.eligible {
            ScheduleKind::Eligible
        } else {
            ScheduleKind::Active
        };
        let access = if grant.owner {
            Access::Owner
        } else {
            Access::Member
        };
        let span = Span::new(tick(grant.from), grant.to.map(tick));
        let mut schedule = world.schedule(kind, group, access, refs[grant.principal], span);
        events.push(granted(&schedule));
        if let Some(cut) = grant.cut {
            events.push(ended(&schedule, tick(cut)));
            schedule.span = span.cut_at(tick(cut));
        }
        schedules.push(schedule);
    }
    record(store, events);
    read(store, move |tx| {
        for at in -1..=TICKS {
            let now = tick(at);
            for group in &groups {
                for access in Access::BOTH {
                    let direct = effective::direct(&schedules, group.id, access, now);
                    let as_of = tx.holders_as_of(group.id, access, now)?;
                    assert_eq!(as_of.len(), direct.len(), "each once");
                    assert_eq!(as_of.into_iter().collect::<BTreeSet<_>>(), direct);
                    if now != tx.now() {
                        continue;
                    }
                    for principal in &refs {
                        assert_eq!(
                            tx.holds(group.id, access, principal.id)?,
                            direct.contains(principal)
                        );
                    }
                    let page =
                        tx.list_holders(group.id, access, &Query::<PrincipalField>::default())?;
                    let listed: BTreeSet<_> = page.rows.iter().map(|p| p.reference).collect();
                    assert_eq!((listed, page.rows.len()), (direct.clone(), direct.len()));
                }
                if now == tx.now() {
                    let wanted = effective::transitive(&schedules, group.id, now);
                    let query = Query {
                        count: true,
                        ..Query::<PrincipalField>::default()
                    };
                    let page = tx.list_transitive_members(group.id, &query)?;
                    assert_eq!(page.count, Some(wanted.len() as u64));
                    assert_eq!(page.rows.len(), wanted.len(), "each once");
                    let listed: BTreeSet<_> = page.rows.iter().map(|p| p.reference).collect();
                    assert_eq!(listed, wanted);
                }
            }
        }
        Ok(())
    });
}

fn cases(store: &TestStore, clock: &ManualClock, count: u32) {
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(
        ProptestConfig {
            cases: count,
            failure_persistence: None,
            ..ProptestConfig::default()
        },
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let world = std::cell::RefCell::new(World::default());
    let strategy = (prop::collection::vec(grant(), 0..40), 0..TICKS);
    runner
        .run(&strategy, |(grants, _)| {
            agree(store, clock, &mut world.borrow_mut(), &grants);
            Ok(())
        })
        .unwrap();
}

#[test]
fn who_has_access_is_what_the_spans_say() {
    for engine in testing::engines() {
        // At each of these instants the store's own `now` is compared too.
        for at in [0, 3, 7] {
            let clock = clock();
            let store = engine.store(clock.clone());
            clock.set(tick(at));
            let count = if engine == testing::Engine::Sqlite {
                8
            } else {
                2
            };
            cases(&store, &clock, count);
        }
    }
}

#[test]
fn nesting_ends_at_its_depth_as_the_oracle_says() {
    for engine in testing::engines() {
        let store = engine.store(clock());
        let mut world = World::default();
        let groups: Vec<_> = (0..20).map(|n| world.group(&format!("G{n}"))).collect();
        let mut events: Vec<_> = groups.iter().map(made).collect();
        let mut schedules = Vec::new();
        for pair in groups.windows(2) {
            schedules.push(world.membership(pair[0].id, group_ref(pair[1].id)));
        }
        // A circle over the whole chain, and a user in the last group.
        schedules.push(world.membership(groups[19].id, group_ref(groups[0].id)));
        let ada = world.user("Ada");
        events.push(created(&ada));
        schedules.push(world.membership(groups[19].id, user_ref(ada.id)));
        events.extend(schedules.iter().map(granted));
        record(&store, events);
        read(&store, move |tx| {
            for group in &groups {
                let page = tx.list_transitive_members(group.id, &Query::default())?;
                let listed: BTreeSet<_> = page.rows.iter().map(|p| p.reference).collect();
                assert_eq!(
                    listed,
                    effective::transitive(&schedules, group.id, tx.now())
                );
            }
            Ok(())
        });
    }
}

#[test]
fn the_predicate_in_sql_is_the_one_in_rust() {
    // The instants at and around both ends, the empty span, and the span without an end.
    for engine in testing::engines() {
        let store = engine.store(clock());
        let mut world = World::default();
        let (ada, admins) = (world.user("Ada"), world.group("Admins"));
        record(&store, vec![created(&ada), made(&admins)]);
        for (from, to) in [(2, Some(4)), (2, Some(2)), (2, None), (2, Some(3))] {
            let span = Span::new(tick(from), to.map(tick));
            let group = world.group("One");
            let schedule = world.schedule(
                ScheduleKind::Active,
                group.id,
                Access::Member,
                user_ref(ada.id),
                span,
            );
            record(&store, vec![made(&group), granted(&schedule)]);
            read(&store, move |tx| {
                for at in 0..6 {
                    for micros in [-1, 0, 1] {
                        let now = Instant::from_micros(tick(at).micros() + micros);
                        let held = !tx.holders_as_of(group.id, Access::Member, now)?.is_empty();
                        assert_eq!(held, span.covers(now), "{span:?} at {now}");
                    }
                }
                Ok(())
            });
        }
    }
}
