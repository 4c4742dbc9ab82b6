//! Fresh stores on every engine there is, for tests here and in the other crates.
//!
//! ```ignore
//! for engine in testing::engines() {
//!     let store = engine.store(clock.clone());
//!     // … the same test on each …
//! }
//! ```
//!
//! PostgreSQL takes part where `EPHOR_TEST_POSTGRES` holds an administrator's URL; each store gets a
//! database of its own there, which goes with it. Without it PostgreSQL is left out, aloud, and in CI that
//! is a failure.

use std::ops::Deref;
use std::path::Path;
use std::sync::{Arc, Once};

use ephor_core::time::Clock;

use crate::{Database, Store, StoreOptions, TimeSource, schema};

/// The variable that says where a PostgreSQL to test on is.
pub const POSTGRES_VARIABLE: &str = "EPHOR_TEST_POSTGRES";

/// An engine to test on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, in a directory that goes with the test.
    Sqlite,
    /// PostgreSQL, in a database that goes with the test.
    Postgres {
        /// The administrator's URL.
        administrator: String,
    },
}

/// Every engine that can be tested on here.
///
/// # Panics
/// In CI, where PostgreSQL is missing.
pub fn engines() -> Vec<Engine> {
    let mut engines = vec![Engine::Sqlite];
    engines.extend(postgres());
    engines
}

/// PostgreSQL, where there is one to test on.
///
/// # Panics
/// In CI, where there is none.
pub fn postgres() -> Option<Engine> {
    static SAID: Once = Once::new();
    if let Ok(administrator) = std::env::var(POSTGRES_VARIABLE) {
        return Some(Engine::Postgres { administrator });
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "{POSTGRES_VARIABLE} is not set; in CI every test runs on PostgreSQL too"
    );
    SAID.call_once(|| eprintln!("skipped: PostgreSQL, because {POSTGRES_VARIABLE} is not set"));
    None
}

/// A place where a store can be made, opened again, and tampered with; it goes when this is dropped.
pub struct Place {
    database: Database,
    scratch: Scratch,
}

/// What goes with a place.
enum Scratch {
    Directory(std::path::PathBuf),
    Database { administrator: String, name: String },
}

/// A store with the place it is in. Use it as the [`Store`] it holds.
pub struct TestStore {
    // Before the place: the store closes before its place goes.
    store: Store,
    place: Place,
}

impl Engine {
    /// Its name, for messages.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres { .. } => "PostgreSQL",
        }
    }

    /// A fresh place for a store.
    ///
    /// # Panics
    /// Where none can be made.
    pub fn place(&self) -> Place {
        let name = format!(
            "ephor_test_{}",
            hex::encode(crate::ambient::random_bytes::<10>())
        );
        match self {
            Self::Sqlite => {
                let directory = std::env::temp_dir().join(name);
                Place {
                    database: Database::Directory(directory.clone()),
                    scratch: Scratch::Directory(directory),
                }
            }
            Self::Postgres { administrator } => {
                administer(administrator, &format!("CREATE DATABASE {name}"));
                Place {
                    database: Database::Postgres(database_url(administrator, &name)),
                    scratch: Scratch::Database {
                        administrator: administrator.clone(),
                        name,
                    },
                }
            }
        }
    }

    /// A fresh store by this clock, without a tenant, with ids from the seed 1.
    ///
    /// # Panics
    /// Where none can be made.
    pub fn store<C: Clock + 'static>(&self, clock: Arc<C>) -> TestStore {
        let place = match self {
            // In memory: nobody opens it again, so nothing waits for the disk.
            Self::Sqlite => Place {
                database: Database::Memory,
                scratch: Scratch::Directory(std::path::PathBuf::new()),
            },
            Self::Postgres { .. } => self.place(),
        };
        let store = Store::create(&place.options(clock)).expect("a fresh place takes a store");
        TestStore { store, place }
    }
}

impl Place {
    /// What to open a store here with: this clock, two readers, ids from the seed 1.
    pub fn options<C: Clock + 'static>(&self, clock: Arc<C>) -> StoreOptions {
        StoreOptions {
            time: TimeSource::Clock(clock),
            readers: 2,
            seed: Some(1),
            ..StoreOptions::new(self.database.clone())
        }
    }

    /// A fresh store here, without a tenant, as [`Engine::store`] makes one; but this one can be tampered with.
    ///
    /// # Panics
    /// Where none can be made.
    pub fn store<C: Clock + 'static>(self, clock: Arc<C>) -> TestStore {
        let store = Store::create(&self.options(clock)).expect("a fresh place takes a store");
        TestStore { store, place: self }
    }

    /// Makes the tables here as the Ephor of an earlier schema version made them, with nothing in them.
    ///
    /// # Panics
    /// Where they can't be made.
    pub fn at_version(&self, version: i64) {
        match &self.database {
            Database::Directory(directory) => {
                std::fs::create_dir_all(directory).expect("the directory can be made");
                let mut conn = rusqlite::Connection::open(directory.join("ephor.db"))
                    .expect("the database can be made");
                schema::migrate_to(&mut conn, &schema::SQLITE, version)
            }
            Database::Postgres(url) => on_a_thread(|| {
                let mut client =
                    postgres::Client::connect(url, postgres::NoTls).expect("PostgreSQL answers");
                schema::migrate_to(&mut client, &schema::POSTGRES, version)
            }),
            Database::Memory => panic!("a store in memory can't be reached from outside"),
        }
        .expect("the tables can be made");
    }

    /// Which database it is.
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// Runs SQL behind Ephor's back, as somebody with the database in hand could.
    ///
    /// # Panics
    /// Where the database refuses it.
    pub fn tamper(&self, sql: &str) {
        match &self.database {
            Database::Directory(directory) => {
                rusqlite::Connection::open(directory.join("ephor.db"))
                    .and_then(|conn| conn.execute_batch(sql))
                    .expect("SQLite takes the change")
            }
            Database::Postgres(url) => administer(url, sql),
            Database::Memory => panic!("a store in memory can't be reached from outside"),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        match &self.scratch {
            Scratch::Directory(directory) if directory == Path::new("") => {}
            Scratch::Directory(directory) => drop(std::fs::remove_dir_all(directory)),
            Scratch::Database {
                administrator,
                name,
            } => administer(
                administrator,
                &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            ),
        }
    }
}

impl TestStore {
    /// Where it is.
    pub const fn place(&self) -> &Place {
        &self.place
    }
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

fn administer(url: &str, sql: &str) {
    on_a_thread(|| {
        postgres::Client::connect(url, postgres::NoTls)
            .and_then(|mut client| client.batch_execute(sql))
            .expect("PostgreSQL takes the statement");
    });
}

/// On a thread of its own: PostgreSQL's driver can't be called on one that runs futures.
fn on_a_thread<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let asked = scope.spawn(run);
        asked
            .join()
            .expect("the thread that asks PostgreSQL does not fail")
    })
}

/// `url` with another database's name.
fn database_url(url: &str, name: &str) -> String {
    let (base, query) = url
        .split_once('?')
        .map_or((url, None), |(base, query)| (base, Some(query)));
    let cut = base.rfind('/').filter(|at| *at > "postgres://".len());
    let base = cut.map_or(base, |at| &base[..at]);
    match query {
        Some(query) => format!("{base}/{name}?{query}"),
        None => format!("{base}/{name}"),
    }
}
