//! Several servers on one PostgreSQL: one order of writes, one clock, and lost connections made anew.

use std::sync::mpsc::channel;

use ephor_core::caller::Caller;
use ephor_store::{Store, StoreError, StoreOptions, TimeSource, Verification, testing};

use crate::world::{Fail, World, clock, created, made, read, record, try_record, write};

#[test]
fn two_nodes_that_write_at_once_keep_one_chain_without_gaps() {
    let Some(engine) = testing::postgres() else {
        return;
    };
    let place = engine.place();
    let options = StoreOptions {
        time: TimeSource::Database,
        seed: None,
        ..place.options(clock())
    };
    let first = Store::create(&options).unwrap();
    let mut world = World::default();
    record(&first, vec![world.tenant_made()]);
    let second = Store::open(&options).unwrap();
    let mut replies = Vec::new();
    for n in 0..200 {
        let event = made(&world.group(&format!("G{n}")));
        let store = if n % 2 == 0 { &first } else { &second };
        replies.push(store.write(
            "test.node",
            Caller::operator(),
            move |tx| -> Result<_, Fail> {
                tx.record(&[event])?;
                Ok(tx.now())
            },
        ));
    }
    for reply in replies {
        reply.wait().unwrap();
    }
    for store in [&first, &second] {
        let found = store.verify_audit().wait().unwrap();
        assert!(
            matches!(found, Verification::Sound { entries: 201, .. }),
            "{found:?}"
        );
    }
    let log = read(&second, |tx| {
        tx.list_audit(&ephor_store::AuditQuery {
            limit: 300,
            ..Default::default()
        })
    });
    assert!(
        log.windows(2).all(|pair| pair[0].at >= pair[1].at),
        "time never runs backwards"
    );
}

#[test]
fn what_one_node_acknowledged_the_other_reads_at_once() {
    let Some(engine) = testing::postgres() else {
        return;
    };
    let place = engine.place();
    let clock = clock();
    let first = Store::create(&place.options(clock.clone())).unwrap();
    let mut world = World::default();
    record(&first, vec![world.tenant_made()]);
    let second = Store::open(&place.options(clock)).unwrap();
    for n in 0..20 {
        let group = world.group(&format!("G{n}"));
        let id = group.id;
        record(&first, vec![made(&group)]);
        assert!(read(&second, move |tx| tx.group(id)).is_some());
    }
}

const END_ALL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[test]
fn a_lost_connection_is_unavailable_changes_nothing_and_is_made_anew() {
    let Some(engine) = testing::postgres() else {
        return;
    };
    let store = engine.store(clock());
    let mut world = World::default();
    let ada = world.user("Ada");
    // Lost inside a transaction.
    let (entered, has_entered) = channel();
    let (go, may_go) = channel::<()>();
    let event = created(&ada);
    let reply = store.write(
        "test.lost",
        Caller::operator(),
        move |tx| -> Result<(), Fail> {
            tx.record(std::slice::from_ref(&event))?;
            entered.send(()).unwrap();
            may_go.recv().unwrap();
            tx.record(&[event])?;
            Ok(())
        },
    );
    has_entered.recv().unwrap();
    store.place().tamper(END_ALL);
    go.send(()).unwrap();
    let fault = reply.wait().unwrap_err().store();
    assert!(matches!(fault, StoreError::Unavailable(_)), "{fault}");
    // Lost while nobody used it: nobody notices.
    record(&store, vec![created(&ada)]);
    store.place().tamper(END_ALL);
    let user = ada.id;
    assert!(read(&store, move |tx| tx.user(user)).is_some());
    write(&store, |_| Ok(())).unwrap();
    assert_eq!(store.health().wait().unwrap().audit_entries, 1);
}

#[test]
fn a_refused_statement_does_not_lose_the_connection() {
    let Some(engine) = testing::postgres() else {
        return;
    };
    let store = engine.store(clock());
    let mut world = World::default();
    let group = world.group("G");
    record(&store, vec![made(&group)]);
    let fault = try_record(&store, vec![made(&group)]).unwrap_err().store();
    assert!(
        matches!(&fault, StoreError::Sql(why) if why.contains("23505")),
        "{fault}"
    );
    assert_eq!(store.health().wait().unwrap().audit_entries, 1);
}
