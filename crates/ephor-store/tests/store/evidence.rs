//! The record is whole, names who and why, and shows where somebody laid hands on it (T-50, T-51).

use ephor_core::caller::{Caller, Factor};
use ephor_core::event::Event;
use ephor_store::testing;
use ephor_store::{AuditQuery, Store, Verification};

use crate::world::{
    Fail, World, clock, created, granted, made, nine, read, record, refusal, user_ref,
};

#[test]
fn t51_a_refusal_is_recorded_with_who_asked_and_why_not() {
    for engine in testing::engines() {
        let store = engine.store(clock());
        let mut world = World::default();
        let (ada, admins) = (world.user("Ada"), world.group("Admins"));
        record(&store, vec![created(&ada), made(&admins)]);
        let caller = Caller {
            factor: Factor::Single,
            client: Some("ephor-cli".into()),
            address: Some("192.0.2.7".into()),
            request_id: Some(world.guid()),
            ..Caller::person(ada.id)
        };
        let group = admins.id;
        let answer = store
            .write("test.refuse", caller.clone(), move |_| {
                Err::<(), _>(refusal(group))
            })
            .wait();
        let Err(Fail::Refused(told)) = answer else {
            panic!("it was refused");
        };
        let log = read(&store, move |tx| {
            tx.list_audit(&AuditQuery {
                group: Some(group),
                limit: 1,
                ..AuditQuery::default()
            })
        });
        assert_eq!(log[0].at, nine());
        let Event::AttemptRefused { attempt, refusal } = &log[0].event else {
            panic!("{:?}", log[0].event);
        };
        assert_eq!((attempt, refusal), (&told.0, &told.1));
        let said = &log[0].caller;
        assert_eq!(said["actor"]["user"], ada.id.to_string());
        assert_eq!(said["factor"], "single");
        assert_eq!(said["issuance"], "local");
        assert_eq!(said["client"], "ephor-cli");
        assert_eq!(said["address"], "192.0.2.7");
        assert_eq!(said["requestId"], caller.request_id.unwrap().to_string());
        let user = ada.id;
        let hers = read(&store, move |tx| {
            tx.list_audit(&AuditQuery {
                principal: Some(user),
                limit: 9,
                ..AuditQuery::default()
            })
        });
        assert_eq!(hers.len(), 2, "what was done to her, and what she tried");
    }
}

/// Where a verification finds the log broken, if it does.
fn broken_at(store: &Store) -> Option<i64> {
    match store.verify_audit().wait().unwrap() {
        Verification::Sound { entries, .. } => {
            assert_eq!(entries, 5);
            None
        }
        Verification::Broken { at, wrong } => {
            assert!(!wrong.is_empty());
            Some(at)
        }
    }
}

#[test]
fn t50_whatever_is_done_to_the_log_shows_and_where() {
    let copy = "INSERT INTO audit SELECT {}, at, caller, name, event, group_id, principal_id, actor_id, hash,
                definition_id FROM audit WHERE sequence = 3";
    let cases: [(&str, String, Option<i64>); 13] = [
        ("nothing", "SELECT 1".into(), None),
        (
            "one byte",
            "UPDATE audit SET event = replace(event, 'incident 7', 'incident 8')".into(),
            Some(5),
        ),
        (
            "who",
            "UPDATE audit SET caller = replace(caller, 'operator', 'operator ') WHERE sequence = 4"
                .into(),
            Some(4),
        ),
        (
            "when",
            "UPDATE audit SET at = at - 1 WHERE sequence = 2".into(),
            Some(2),
        ),
        (
            "the first",
            "UPDATE audit SET event = replace(event, 'contoso', 'fabrikam') WHERE sequence = 1"
                .into(),
            Some(1),
        ),
        (
            "what it is found by",
            "UPDATE audit SET group_id = NULL WHERE sequence = 5".into(),
            Some(5),
        ),
        (
            "the last taken out",
            "DELETE FROM audit WHERE sequence = 5".into(),
            Some(5),
        ),
        (
            "the middle taken out",
            "DELETE FROM audit WHERE sequence = 3".into(),
            Some(3),
        ),
        ("all taken out", "DELETE FROM audit".into(), Some(1)),
        (
            "two swapped",
            "UPDATE audit SET sequence = -2 WHERE sequence = 2;
                         UPDATE audit SET sequence = 2 WHERE sequence = 3;
                         UPDATE audit SET sequence = 3 WHERE sequence = -2"
                .into(),
            Some(2),
        ),
        ("one put in behind", copy.replace("{}", "6"), Some(6)),
        ("one put in before", copy.replace("{}", "0"), Some(1)),
        (
            "the middle taken out and the rest moved up",
            "DELETE FROM audit WHERE sequence = 3;
          UPDATE audit SET sequence = 3 WHERE sequence = 4;
          UPDATE audit SET sequence = 4 WHERE sequence = 5"
                .into(),
            Some(3),
        ),
    ];
    for engine in testing::engines() {
        let place = engine.place();
        let store = Store::create(&place.options(clock())).unwrap();
        let mut world = World::default();
        let (ada, bo, admins) = (world.user("Ada"), world.user("Bo"), world.group("Admins"));
        let grant = world.membership(admins.id, user_ref(ada.id));
        record(
            &store,
            vec![
                world.tenant_made(),
                created(&ada),
                created(&bo),
                made(&admins),
                granted(&grant),
            ],
        );
        place.tamper("CREATE TABLE kept AS SELECT * FROM audit");
        for (what, hands, wanted) in &cases {
            place.tamper(hands);
            assert_eq!(broken_at(&store), *wanted, "{}: {what}", engine.name());
            place.tamper("DELETE FROM audit; INSERT INTO audit SELECT * FROM kept");
        }
        assert_eq!(broken_at(&store), None);
    }
}
