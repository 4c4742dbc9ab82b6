//! Data directories and databases: what is opened, what is refused, and in which words (F-06).

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use ephor_store::testing::{self, Engine};
use ephor_store::{Database, OpenError, Store, StoreError, StoreOptions};

use crate::world::{World, clock, created, made, read, record, try_record};

fn at(directory: &Path) -> StoreOptions {
    StoreOptions::new(Database::Directory(directory.to_owned()))
}

fn refused(opened: Result<Store, OpenError>) -> OpenError {
    opened.err().expect("it is refused")
}

#[test]
fn what_is_made_is_found_again_and_not_made_twice() {
    for engine in testing::engines() {
        let (place, clock) = (engine.place(), clock());
        let options = place.options(clock);
        assert!(matches!(
            refused(Store::open(&options)),
            OpenError::NoTenant { .. }
        ));
        let store = Store::create(&options).unwrap();
        drop(store);
        // Interrupted before its tenant was made, it is begun again.
        assert!(matches!(
            refused(Store::open(&options)),
            OpenError::NoTenant { .. }
        ));
        let store = Store::create(&options).unwrap();
        let mut world = World::default();
        record(&store, vec![world.tenant_made()]);
        drop(store);
        assert!(matches!(
            refused(Store::create(&options)),
            OpenError::TenantExists { .. }
        ));
        let store = Store::open(&options).unwrap();
        assert!(read(&store, |tx| tx.tenant()).is_some());
        assert_eq!(store.health().wait().unwrap().audit_entries, 1);
    }
}

#[test]
fn a_newer_schema_is_refused_by_an_older_program() {
    for engine in testing::engines() {
        let (place, clock) = (engine.place(), clock());
        drop(Store::create(&place.options(clock.clone())).unwrap());
        place.tamper(
            "INSERT INTO refinery_schema_history VALUES (99, 'later', '2030-01-01T00:00:00Z', '1')",
        );
        let told = refused(Store::open(&place.options(clock)));
        assert!(
            matches!(
                told,
                OpenError::NewerSchema { found: 99, known } if known < 99
            ),
            "{told}"
        );
    }
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    for engine in testing::engines() {
        let (place, clock) = (engine.place(), clock());
        if let Database::Directory(directory) = place.database() {
            std::fs::create_dir(directory).unwrap();
        }
        place.tamper("CREATE TABLE theirs (x INTEGER)");
        let told = refused(Store::create(&place.options(clock)));
        assert!(
            matches!(told, OpenError::NotADataDirectory { .. }),
            "{told}"
        );
    }
}

#[test]
fn f06_a_second_server_is_refused_with_the_firsts_process_id() {
    let (place, clock) = (Engine::Sqlite.place(), clock());
    let store = Store::create(&place.options(clock.clone())).unwrap();
    let mut world = World::default();
    record(&store, vec![world.tenant_made()]);
    let told = refused(Store::open(&place.options(clock.clone())));
    assert!(matches!(told, OpenError::InUse { .. }), "{told}");
    assert!(
        told.to_string()
            .contains(&format!("process {}", std::process::id())),
        "{told}"
    );
    // A command of the operator works beside it.
    let options = StoreOptions {
        exclusive: false,
        ..place.options(clock.clone())
    };
    let beside = Store::open(&options).unwrap();
    record(&beside, vec![created(&world.user("Ada"))]);
    assert_eq!(store.health().wait().unwrap().audit_entries, 2);
    record(&store, vec![made(&world.group("G"))]);
    drop((store, beside));
    let store = Store::open(&place.options(clock)).unwrap();
    assert_eq!(store.health().wait().unwrap().audit_entries, 3);
}

#[test]
fn f06_a_foreign_write_lock_makes_writes_wait_and_then_fail_while_reads_go_on() {
    let (place, clock) = (Engine::Sqlite.place(), clock());
    let store = Store::create(&place.options(clock)).unwrap();
    let Database::Directory(directory) = place.database() else {
        unreachable!("SQLite is in a directory");
    };
    let foreign = rusqlite::Connection::open(directory.join("ephor.db")).unwrap();
    foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut world = World::default();
    let event = made(&world.group("G"));
    let sent = event.clone();
    let waiting = store.write(
        "test.wait",
        ephor_core::caller::Caller::operator(),
        move |tx| tx.record(&[sent]).map_err(crate::world::Fail::from),
    );
    assert_eq!(read(&store, |tx| tx.tenant()), None);
    let fault = waiting.wait().unwrap_err().store();
    assert!(
        matches!(&fault, StoreError::Unavailable(why) if why.contains("write lock")),
        "{fault}"
    );
    foreign.execute_batch("ROLLBACK").unwrap();
    try_record(&store, vec![event]).unwrap();
}

#[test]
fn a_directory_and_its_files_are_for_their_owner_alone() {
    let (place, clock) = (Engine::Sqlite.place(), clock());
    let store = Store::create(&place.options(clock)).unwrap();
    let Database::Directory(directory) = place.database() else {
        unreachable!("SQLite is in a directory");
    };
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(directory), 0o700);
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    drop(store);
    let mut left: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(
        left,
        ["ephor.db", "ephor.lock"],
        "closed, it is one file again"
    );
}

#[test]
fn what_is_no_data_directory_is_left_alone_and_told_apart() {
    let scratch = tempfile::tempdir().unwrap();
    let inside = |name: &str| scratch.path().join(name);

    let missing = inside("missing");
    assert!(matches!(
        refused(Store::open(&at(&missing))),
        OpenError::NoTenant { .. }
    ));
    assert!(!missing.exists(), "looking makes nothing");

    let empty = inside("empty");
    std::fs::create_dir(&empty).unwrap();
    assert!(matches!(
        refused(Store::open(&at(&empty))),
        OpenError::NoTenant { .. }
    ));
    assert_eq!(std::fs::read_dir(&empty).unwrap().count(), 0);

    let full = inside("full");
    std::fs::create_dir(&full).unwrap();
    std::fs::write(full.join("thesis.txt"), "").unwrap();
    for opened in [Store::open(&at(&full)), Store::create(&at(&full))] {
        let told = refused(opened);
        assert!(
            matches!(told, OpenError::NotADataDirectory { .. }),
            "{told}"
        );
        assert!(told.to_string().contains("thesis.txt"), "{told}");
    }
    assert_eq!(std::fs::read_dir(&full).unwrap().count(), 1);

    let file = inside("file");
    std::fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        let told = refused(Store::create(&at(&path)));
        assert!(told.to_string().contains("file"), "{told}");
    }

    let garbage = inside("garbage");
    std::fs::create_dir(&garbage).unwrap();
    std::fs::write(
        garbage.join("ephor.db"),
        "not a database at all, but long enough".repeat(40),
    )
    .unwrap();
    let told = refused(Store::open(&at(&garbage)));
    assert!(
        matches!(told, OpenError::NotADataDirectory { .. }),
        "{told}"
    );
}

#[test]
fn a_postgres_that_is_not_there_is_named_without_its_password() {
    let url = "postgres://ephor:secret@127.0.0.1:1/ephor?connect_timeout=2";
    let told = refused(Store::open(&StoreOptions::new(Database::Postgres(
        url.into(),
    ))));
    assert!(matches!(told, OpenError::Unreachable(_)), "{told}");
    let text = told.to_string();
    assert!(
        text.contains("postgres://127.0.0.1/ephor") && !text.contains("secret"),
        "{text}"
    );
}
