//! One commit for many closures: none harms its neighbours, and none is answered before the commit.

use std::future::Future;
use std::pin::pin;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use ephor_core::caller::Caller;
use ephor_core::event::{Attempt, Event};
use ephor_core::refusal::Refusal;
use ephor_store::testing::{self, Engine};
use ephor_store::{AuditQuery, Failure, Reply, Store, StoreError, StoreOptions, Verification};

use crate::world::{Fail, World, clock, made, read, record, refusal, try_record, write};

/// Holds the writer until it is let go; comes back once the writer stands still.
fn hold(store: &Store) -> (Sender<()>, Reply<Result<(), Fail>>) {
    let (entered, has_entered) = channel();
    let (go, may_go) = channel::<()>();
    let reply = store.write("test.hold", Caller::operator(), move |_| {
        entered.send(()).unwrap();
        may_go.recv().unwrap();
        Ok(())
    });
    has_entered.recv().unwrap();
    (go, reply)
}

fn send(store: &Store, event: Event) -> Reply<Result<(), Fail>> {
    store.write("test.send", Caller::operator(), move |tx| {
        Ok(tx.record(&[event])?)
    })
}

#[test]
fn f26_a_closure_that_refuses_fails_or_panics_harms_no_neighbour() {
    for engine in testing::engines() {
        let store = engine.store(clock());
        let mut world = World::default();
        let groups: Vec<_> = (0..6).map(|n| world.group(&format!("G{n}"))).collect();
        let (go, held) = hold(&store);
        let first = send(&store, made(&groups[0]));
        let refused = {
            let (event, group) = (made(&groups[1]), groups[1].id);
            store.write(
                "test.refuse",
                Caller::operator(),
                move |tx| -> Result<(), Fail> {
                    tx.record(&[event])?;
                    Err(refusal(group))
                },
            )
        };
        let second = send(&store, made(&groups[2]));
        let panics = {
            let event = made(&groups[3]);
            store.write(
                "test.panic",
                Caller::operator(),
                move |tx| -> Result<(), Fail> {
                    tx.record(&[event])?;
                    panic!("a bug")
                },
            )
        };
        let fails = {
            let event = made(&groups[4]);
            store.write(
                "test.fail",
                Caller::operator(),
                move |tx| -> Result<(), Fail> {
                    tx.record(std::slice::from_ref(&event))?;
                    tx.record(&[event])?;
                    Ok(())
                },
            )
        };
        // A closure that goes on after a failed statement as if nothing had happened; both groups go.
        let careless = {
            let (one, two) = (made(&groups[4]), made(&groups[4]));
            store.write(
                "test.careless",
                Caller::operator(),
                move |tx| -> Result<(), Fail> {
                    tx.record(&[one])?;
                    drop(tx.record(&[two]));
                    Err(Fail::Store(StoreError::Busy))
                },
            )
        };
        let third = send(&store, made(&groups[5]));
        go.send(()).unwrap();
        held.wait().unwrap();
        first.wait().unwrap();
        assert!(matches!(refused.wait(), Err(Fail::Refused(_))));
        second.wait().unwrap();
        assert!(matches!(
            panics.wait(),
            Err(Fail::Store(StoreError::Panicked))
        ));
        assert!(matches!(fails.wait(), Err(Fail::Store(StoreError::Sql(_)))));
        assert!(matches!(
            careless.wait(),
            Err(Fail::Store(StoreError::Busy))
        ));
        third.wait().unwrap();

        let there = read(&store, move |tx| {
            groups
                .iter()
                .map(|group| Ok(tx.group(group.id)?.is_some()))
                .collect::<Result<Vec<_>, StoreError>>()
        });
        assert_eq!(there, [true, false, true, false, false, true]);
        let names: Vec<_> = read(&store, |tx| {
            tx.list_audit(&AuditQuery {
                limit: 10,
                ..AuditQuery::default()
            })
        })
        .iter()
        .map(|entry| entry.event.name())
        .collect();
        assert_eq!(
            names,
            [
                "groupCreated",
                "groupCreated",
                "attemptRefused",
                "groupCreated"
            ]
        );
        let found = store.verify_audit().wait().unwrap();
        assert!(
            matches!(found, Verification::Sound { entries: 4, .. }),
            "{found:?}"
        );
    }
}

#[test]
fn nobody_is_answered_before_the_commit() {
    for engine in testing::engines() {
        let store = engine.store(clock());
        let mut world = World::default();
        let mut together = 0;
        for round in 0..30 {
            let (go, held) = hold(&store);
            let group = world.group(&format!("G{round}"));
            let id = group.id;
            let mut answered = pin!(send(&store, made(&group)));
            let (entered, has_entered) = channel();
            let (end, may_end) = channel::<()>();
            let behind = store.write(
                "test.behind",
                Caller::operator(),
                move |_| -> Result<(), Fail> {
                    entered.send(()).unwrap();
                    may_end.recv().unwrap();
                    Ok(())
                },
            );
            go.send(()).unwrap();
            has_entered.recv().unwrap();
            // The closure has run, and the one behind it stands still: in the same batch, or in the next.
            let polled = answered
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            let seen = read(&store, move |tx| tx.group(id)).is_some();
            match polled {
                Poll::Ready(answer) => {
                    answer.unwrap();
                    assert!(seen, "whoever is answered can read what they did");
                    end.send(()).unwrap();
                }
                Poll::Pending => {
                    together += usize::from(!seen);
                    end.send(()).unwrap();
                    futures_executor::block_on(answered).unwrap();
                    assert!(read(&store, move |tx| tx.group(id)).is_some());
                }
            }
            held.wait().unwrap();
            behind.wait().unwrap();
        }
        assert!(together > 0, "at least once both were in one batch");
    }
}

#[test]
fn a_full_queue_says_busy_at_once_and_loses_nothing() {
    let clock = clock();
    let place = Engine::Sqlite.place();
    let store = Store::create(&StoreOptions {
        queue: 2,
        ..place.options(clock)
    })
    .unwrap();
    let mut world = World::default();
    let (go, held) = hold(&store);
    let waiting: Vec<_> = (0..2)
        .map(|_| send(&store, made(&world.group("G"))))
        .collect();
    let busy = send(&store, made(&world.group("H")))
        .wait()
        .unwrap_err()
        .store();
    assert!(matches!(busy, StoreError::Busy), "{busy}");
    go.send(()).unwrap();
    held.wait().unwrap();
    for reply in waiting {
        reply.wait().unwrap();
    }
    assert_eq!(store.health().wait().unwrap().audit_entries, 2);
}

#[test]
fn a_read_that_panics_is_answered_and_the_readers_go_on() {
    for engine in testing::engines() {
        let store = engine.store(clock());
        for _ in 0..5 {
            let answer: Result<(), Fail> = store.read("test.panic", |_| panic!("a bug")).wait();
            assert!(matches!(answer, Err(Fail::Store(StoreError::Panicked))));
        }
        assert_eq!(read(&store, |tx| tx.tenant()), None);
    }
}

#[test]
fn f03_a_commit_that_fails_ends_the_store_on_sqlite_and_answers_that_nobody_knows() {
    let place = Engine::Sqlite.place();
    drop(Store::create(&place.options(clock())).unwrap());
    // A broken promise that only the commit finds out about.
    place.tamper(
        "CREATE TABLE p (id INTEGER PRIMARY KEY);
         CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED);
         CREATE TRIGGER t AFTER INSERT ON groups BEGIN INSERT INTO c VALUES (1); END",
    );
    let told = Arc::new(Mutex::new(Vec::new()));
    let on_fatal = {
        let told = Arc::clone(&told);
        Arc::new(move |why: &str| told.lock().unwrap().push(why.to_owned()))
    };
    let store = Store::create(&StoreOptions {
        on_fatal,
        ..place.options(clock())
    })
    .unwrap();
    let mut world = World::default();
    let fault = try_record(&store, vec![made(&world.group("G"))])
        .unwrap_err()
        .store();
    assert!(matches!(fault, StoreError::OutcomeUnknown(_)), "{fault}");
    let fault = try_record(&store, vec![created_user(&mut world)])
        .unwrap_err()
        .store();
    assert!(matches!(fault, StoreError::Unavailable(_)), "{fault}");
    let fault = store.health().wait().unwrap_err();
    assert!(
        matches!(fault, StoreError::Unavailable(_)),
        "reads end too: {fault}"
    );
    drop(store);
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("a commit failed"), "{told:?}");
}

fn created_user(world: &mut World) -> Event {
    crate::world::created(&world.user("Ada"))
}

/// A failure whose own code has a bug, outside of any closure.
struct Buggy;

impl From<StoreError> for Buggy {
    fn from(_: StoreError) -> Self {
        Self
    }
}

impl Failure for Buggy {
    fn refused(&self) -> Option<(&Attempt, &Refusal)> {
        panic!("a bug outside of a closure")
    }
}

#[test]
fn f26_a_bug_in_the_writer_ends_the_store_and_leaves_no_zombie() {
    let (fatal, is_fatal) = channel();
    let fatal = Mutex::new(fatal);
    let place = Engine::Sqlite.place();
    let options = StoreOptions {
        on_fatal: Arc::new(move |why: &str| fatal.lock().unwrap().send(why.to_owned()).unwrap()),
        ..place.options(clock())
    };
    let store = Store::create(&options).unwrap();
    let mut world = World::default();
    record(&store, vec![made(&world.group("G"))]);
    let answer = store
        .write("test.bug", Caller::operator(), |_| Err::<(), _>(Buggy))
        .wait();
    assert!(answer.is_err());
    assert!(is_fatal.recv().unwrap().contains("unexpectedly"));
    assert!(write(&store, |_| Ok(())).is_err());
    assert!(store.health().wait().is_err());
}

#[test]
fn a_store_can_be_dropped_by_its_own_closure() {
    let store = Engine::Sqlite.store(clock());
    let clone = Store::clone(&store);
    let (done, is_done) = channel();
    let reply = store.write(
        "test.drop",
        Caller::operator(),
        move |_| -> Result<(), Fail> {
            drop(clone);
            done.send(()).unwrap();
            Ok(())
        },
    );
    is_done.recv().unwrap();
    reply.wait().unwrap();
}
