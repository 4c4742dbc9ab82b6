//! F-01: killed in the middle of commits, nothing that was acknowledged is lost, nothing half-done is
//! there, and the record is whole.
//!
//! Several clients work at once and note each acknowledgement; the server is killed at a moment that
//! nobody chose, started again, and what it holds is compared with the notes and with its own record.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ephor_core::event::Event;
use ephor_core::id::{GroupId, RequestId};
use ephor_core::query::{GroupField, Query, RequestField, Scope};
use ephor_core::schedule::ScheduleKind;
use ephor_store::{
    AuditEntry, AuditQuery, Database, ReadTx, Store, StoreError, StoreOptions, Verification,
};
use serde_json::{Value, json};

use super::support::{
    ADMIN, ASSIGNMENT, Admin, ELIGIBILITY, Scratch, client, eligible, group, send,
};

/// How many clients work at once.
const CLIENTS: usize = 8;
/// Ready again is a matter of two seconds (F-01); a loaded machine that builds something else gets more.
const READY_MAX: Duration = Duration::from_secs(15);

#[test]
fn f_01_killed_fifty_times_under_load_it_has_lost_nothing() {
    let cycles = if long_form() { 1_000 } else { 50 };
    kill_under_load(&Scratch::with_tenant(), cycles);
}

#[test]
fn f_01_killed_under_load_on_postgres_it_has_lost_nothing() {
    let Some(scratch) = Scratch::on_postgres() else {
        return;
    };
    kill_under_load(&scratch, if long_form() { 100 } else { 5 });
}

fn long_form() -> bool {
    std::env::var_os("EPHOR_TORTURE").is_some()
}

/// What the server said yes to.
#[derive(Debug, Default)]
struct Acknowledged {
    groups: HashSet<GroupId>,
    requests: HashSet<RequestId>,
}

fn kill_under_load(scratch: &Scratch, cycles: u32) {
    let notes = Arc::new(Mutex::new(Acknowledged::default()));
    let mut server = scratch.serve();
    let token = scratch.token(ADMIN, &["--quiet", "--public-url", server.url()]);
    let person = Admin {
        server: &server,
        token,
    }
    .user("ada");

    let mut slowest = Duration::ZERO;
    let mut seen = 0;
    let mut dice = Dice::new();
    for cycle in 0..cycles {
        let place = server.url().to_owned();
        let tokens = [
            scratch.token(ADMIN, &["--quiet", "--public-url", &place]),
            scratch.token("ada@contoso.example", &["--quiet", "--public-url", &place]),
        ];
        // PostgreSQL takes longer over each commit, and fewer cycles are run on it.
        let pace = match scratch.database() {
            Database::Directory(_) | Database::Memory => 1,
            Database::Postgres(_) => 5,
        };
        let lives = Duration::from_millis(50 + dice.roll(450)) * pace;
        load_until_killed(server, &tokens, &person, &notes, lives);

        let started = now();
        server = scratch.serve();
        let (status, _) = server.send("GET", "/readyz", None, None);
        assert_eq!(status, 200);
        let took = started.elapsed();
        assert!(took < READY_MAX, "cycle {cycle}: ready only after {took:?}");
        slowest = slowest.max(took);

        let store = beside(scratch);
        seen = check(&store, &notes, seen);
        if cycle % 10 == 9 || cycle + 1 == cycles {
            sound(&store);
        }
    }
    let notes = notes.lock().unwrap();
    println!(
        "{cycles} kills: {} groups and {} requests acknowledged, {seen} entries in the record, ready \
         again after {slowest:?} at the latest",
        notes.groups.len(),
        notes.requests.len()
    );
    assert!(
        !notes.requests.is_empty(),
        "there was too little load to show anything"
    );
}

/// Lets clients work on the server for so long, and then kills it while they do.
fn load_until_killed(
    server: super::support::Server,
    tokens: &[String; 2],
    person: &str,
    notes: &Arc<Mutex<Acknowledged>>,
    lives: Duration,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut clients = tokio::task::JoinSet::new();
        for _ in 0..CLIENTS {
            clients.spawn(work(
                server.url().to_owned(),
                tokens.clone(),
                person.to_owned(),
                notes.clone(),
            ));
        }
        let all = async { while clients.join_next().await.is_some() {} };
        let early = tokio::time::timeout(lives, all).await;
        assert!(early.is_err(), "the clients had nothing to do any more");
        // The set is still there: its clients go on until they find the server gone.
        server.kill();
        while clients.join_next().await.is_some() {}
    });
}

/// Makes a group, makes somebody eligible for it, and activates it as them, over and over.
async fn work(
    url: String,
    [admin, ada]: [String; 2],
    person: String,
    notes: Arc<Mutex<Acknowledged>>,
) {
    let client = client();
    let post = async |path: &str, token: &str, body: &Value| {
        let (status, answer) = send(&client, &url, "POST", path, Some(token), Some(body)).await;
        match status {
            201 => Some(answer["id"].as_str().unwrap().to_owned()),
            // No answer, or one that says that none can be given: the server is being killed.
            0 | 503 => None,
            other => panic!("{other}: {answer:#}"),
        }
    };
    loop {
        let Some(id) = post("/v1.0/groups", &admin, &group("Under load")).await else {
            return;
        };
        notes.lock().unwrap().groups.insert(id.parse().unwrap());
        let Some(request) = post(ELIGIBILITY, &admin, &eligible(&person, &id)).await else {
            return;
        };
        notes
            .lock()
            .unwrap()
            .requests
            .insert(request.parse().unwrap());
        let activate = json!({
            "action": "selfActivate",
            "principalId": person,
            "groupId": id,
            "accessId": "member",
            "justification": "under load",
            "scheduleInfo": { "expiration": { "type": "afterDuration", "duration": "PT1H" } },
        });
        let Some(request) = post(ASSIGNMENT, &ada, &activate).await else {
            return;
        };
        notes
            .lock()
            .unwrap()
            .requests
            .insert(request.parse().unwrap());
    }
}

/// The database itself, beside the server that runs on it again.
fn beside(scratch: &Scratch) -> Store {
    let options = StoreOptions {
        exclusive: false,
        ..StoreOptions::new(scratch.database())
    };
    Store::open(&options).unwrap()
}

/// Compares what is there with what was acknowledged and with the record from entry `seen` on; gives the
/// newest entry's number.
fn check(store: &Store, notes: &Arc<Mutex<Acknowledged>>, seen: i64) -> i64 {
    let notes = notes.clone();
    store
        .read("check", move |tx| {
            let entries = entries_after(tx, seen)?;
            let mut next = seen;
            for entry in &entries {
                next += 1;
                assert_eq!(entry.sequence, next, "the record has a gap");
                in_rows(tx, &entry.event)?;
            }
            let mut notes = notes.lock().unwrap();
            lost(tx, &mut notes)?;
            nothing_unrecorded(tx)?;
            Ok::<_, StoreError>(next)
        })
        .wait()
        .unwrap()
}

fn entries_after(tx: &ReadTx<'_>, seen: i64) -> Result<Vec<AuditEntry>, StoreError> {
    let mut entries: Vec<AuditEntry> = Vec::new();
    loop {
        let page = tx.list_audit(&AuditQuery {
            before: entries.last().map(|entry| entry.sequence),
            limit: 500,
            ..AuditQuery::default()
        })?;
        let before = entries.len();
        entries.extend(page.into_iter().filter(|entry| entry.sequence > seen));
        if entries.len() < before + 500 {
            entries.reverse();
            return Ok(entries);
        }
    }
}

/// What the record says is in the rows, all of it.
fn in_rows(tx: &ReadTx<'_>, event: &Event) -> Result<(), StoreError> {
    if let Event::GroupCreated { group } = event {
        assert!(
            tx.group(group.id)?.is_some(),
            "a recorded group is not there"
        );
    }
    if let Event::ScheduleGranted { request, schedule } = event {
        if let Some(request) = request {
            let kept = tx
                .request(request.id)?
                .expect("a recorded request is not there");
            assert_eq!(kept.target, Some(schedule.id));
        }
        let kept = tx.schedule(schedule.kind, schedule.id)?;
        let kept = kept.expect("a recorded schedule is not there");
        assert_eq!(kept.span, schedule.span);
    }
    Ok(())
}

/// Everything acknowledged is there. What was found once is not looked for again.
fn lost(tx: &ReadTx<'_>, notes: &mut Acknowledged) -> Result<(), StoreError> {
    for group in &notes.groups {
        assert!(tx.group(*group)?.is_some(), "group {group} was lost");
    }
    for request in &notes.requests {
        assert!(
            tx.request(*request)?.is_some(),
            "request {request} was lost"
        );
    }
    Ok(())
}

/// There is nothing that the record does not know of.
fn nothing_unrecorded(tx: &ReadTx<'_>) -> Result<(), StoreError> {
    let one = || Query::<RequestField> {
        top: 1,
        count: true,
        ..Query::default()
    };
    let groups = tx.list_groups(&Query::<GroupField> {
        top: 1,
        count: true,
        ..Query::default()
    })?;
    let mut requests = 0;
    for kind in [ScheduleKind::Eligible, ScheduleKind::Active] {
        requests += tx
            .list_requests(kind, ephor_core::role::RoleKind::Group, Scope::All, &one())?
            .count
            .unwrap_or_default();
    }
    let recorded = entries_after(tx, 0)?;
    let of = |wanted: fn(&Event) -> bool| {
        recorded.iter().filter(|entry| wanted(&entry.event)).count() as u64
    };
    assert_eq!(
        groups.count,
        Some(of(|event| matches!(event, Event::GroupCreated { .. })))
    );
    assert_eq!(requests, of(|event| event.request().is_some()));
    Ok(())
}

fn sound(store: &Store) {
    match store.verify_audit().wait().unwrap() {
        Verification::Sound { .. } => {}
        Verification::Broken { at, wrong } => panic!("the record is broken at {at}: {wrong}"),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long it takes to be ready is what is measured"
)]
fn now() -> Instant {
    Instant::now()
}

/// Moments that nobody chose.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let bytes = ephor_store::ambient::random_bytes::<8>();
        let seed = u64::from_be_bytes(bytes) | 1;
        println!("seed {seed}");
        Self(seed)
    }

    /// Less than `sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}
