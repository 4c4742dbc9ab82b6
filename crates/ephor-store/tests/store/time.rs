//! Time never runs backwards: what has ended stays ended, whatever the clock says (T-17).

use ephor_core::event::Event;
use ephor_core::group::Access;
use ephor_core::schedule::ScheduleKind;
use ephor_core::time::{Length, Span};
use ephor_store::{Store, StoreError, StoreOptions, TimeSource, testing};

use crate::world::{
    World, clock, created, granted, hours, made, nine, read, record, user_ref, write,
};

#[test]
fn t17_a_clock_set_back_revives_nothing_and_grants_nothing_also_after_a_restart() {
    for engine in testing::engines() {
        let clock = clock();
        let place = engine.place();
        let mut store = Store::create(&place.options(clock.clone())).unwrap();
        let mut world = World::default();
        let (ada, admins) = (world.user("Ada"), world.group("Admins"));
        let end = nine().plus(hours(1)).unwrap();
        let grant = world.schedule(
            ScheduleKind::Active,
            admins.id,
            Access::Member,
            user_ref(ada.id),
            Span::new(nine(), Some(end)),
        );
        record(
            &store,
            vec![
                world.tenant_made(),
                created(&ada),
                made(&admins),
                granted(&grant),
            ],
        );
        let later = end.plus(Length::seconds(10)).unwrap();
        clock.set(later);
        record(
            &store,
            vec![Event::GroupManaged {
                group: admins.id,
                at: later,
            }],
        );

        clock.set(later.minus(hours(1)));
        let (user, group) = (ada.id, admins.id);
        for restarted in [false, true] {
            if restarted {
                drop(store);
                store = Store::open(&place.options(clock.clone())).unwrap();
            }
            read(&store, move |tx| {
                assert_eq!(tx.now(), later);
                assert_eq!(tx.clock_behind(), hours(1));
                assert!(!tx.holds(group, Access::Member, user)?, "ended stays ended");
                let refused = tx.may_grant().unwrap_err();
                assert!(
                    matches!(refused, StoreError::ClockBehind { behind } if behind == hours(1))
                );
                Ok(())
            });
            let now = write(&store, |tx| {
                assert!(tx.may_grant().is_err());
                Ok(tx.now())
            });
            assert_eq!(now.unwrap(), later);
            let health = store.health().wait().unwrap();
            assert_eq!((health.now, health.clock_behind), (later, hours(1)));
        }
        for (behind, may) in [
            (Length::micros(2_000_001), false),
            (Length::seconds(2), true),
            (Length::ZERO, true),
        ] {
            clock.set(later.minus(behind));
            assert_eq!(
                write(&store, |tx| Ok(tx.may_grant().is_ok())).unwrap(),
                may,
                "{behind:?}"
            );
        }
        clock.set(later.plus(hours(1)).unwrap());
        read(&store, move |tx| {
            assert_eq!(tx.clock_behind(), Length::ZERO);
            assert!(tx.now() > later);
            tx.may_grant()
        });
    }
}

#[test]
fn i10_a_time_that_was_used_for_reading_is_not_gone_back_behind() {
    for engine in testing::engines() {
        let clock = clock();
        let store = engine.store(clock.clone());
        let later = nine().plus(hours(1)).unwrap();
        clock.set(later);
        assert_eq!(read(&store, |tx| Ok(tx.now())), later);
        clock.set(nine());
        assert_eq!(read(&store, |tx| Ok(tx.now())), later);
        assert_eq!(write(&store, |tx| Ok(tx.now())).unwrap(), later);
    }
}

#[test]
fn a_demonstrations_clock_stays_moved_and_a_failed_move_is_none() {
    for engine in testing::engines() {
        let clock = clock();
        let place = engine.place();
        let store = Store::create(&place.options(clock.clone())).unwrap();
        let mut world = World::default();
        record(&store, vec![world.tenant_made()]);
        let failed = write(&store, |tx| -> Result<(), crate::world::Fail> {
            tx.move_clock(hours(5))?;
            Err(StoreError::Busy.into())
        });
        assert!(failed.is_err());
        let before = write(&store, |tx| {
            tx.move_clock(hours(2))?;
            tx.record(&[Event::ClockMoved { by: hours(2) }])?;
            Ok(tx.now())
        });
        assert_eq!(before.unwrap(), nine(), "a transaction has one now");
        let moved = nine().plus(hours(2)).unwrap();
        assert_eq!(read(&store, |tx| Ok(tx.now())), moved);
        drop(store);
        let store = Store::open(&place.options(clock.clone())).unwrap();
        clock.advance(Length::minutes(1));
        assert_eq!(
            read(&store, |tx| Ok(tx.now())),
            moved.plus(Length::minutes(1)).unwrap()
        );
        assert_eq!(read(&store, |tx| Ok(tx.clock_behind())), Length::ZERO);
    }
}

#[test]
fn without_a_clock_of_its_own_a_store_goes_by_the_databases_or_the_machines() {
    for engine in testing::engines() {
        let place = engine.place();
        let options = StoreOptions {
            time: TimeSource::Database,
            ..place.options(clock())
        };
        let store = Store::create(&options).unwrap();
        let first = read(&store, |tx| Ok(tx.now()));
        let second = write(&store, |tx| Ok(tx.now())).unwrap();
        assert!(nine() < first.plus(Length::days(3_650)).unwrap());
        assert!(first <= second, "{}", engine.name());
    }
}
