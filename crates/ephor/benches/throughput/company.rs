//! A company that is large enough: each pair of a person and a group activates once.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use ephor_core::caller::Caller;
use ephor_core::group::{Access, GroupKind, Membership, RoleAssignable, Source};
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::request::{Action, Ask, Ticket};
use ephor_core::role::Role;
use ephor_core::schedule::{Expiration, ScheduleInfo, ScheduleKind};
use ephor_core::tenant::TenantPurpose;
use ephor_core::text::{DisplayName, Justification, MailNickname};
use ephor_core::time::{Clock, IsoDuration, Length};
use ephor_ops::directory::{self, NewGroup, NewUser};
use ephor_ops::tenant::{self, NewTenant};
use ephor_ops::{OpError, schedule_request};
use ephor_store::ambient::SystemClock;
use ephor_store::{Database, Store, StoreOptions};
use rusqlite::types::Value;

use crate::{callers, raw};

/// How many people there are; the groups are as many as it takes.
const PEOPLE: usize = 2_000;
/// How many eligibilities one transaction makes while seeding.
const SEED_BATCH: usize = 500;

/// The company, and what of it was used up.
pub(crate) struct Company {
    store: Option<Store>,
    pub(crate) people: Vec<PrincipalId>,
    groups: Vec<GroupId>,
    used: AtomicUsize,
    seeded: usize,
    directory: tempfile::TempDir,
}

impl Company {
    /// A company with so many eligibilities.
    pub(crate) fn seed(eligibilities: usize) -> Self {
        // Where the build is, and so on a real disk: `/tmp` may be memory.
        let directory = tempfile::Builder::new()
            .prefix("throughput-")
            .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
            .expect("there is room for a directory");
        let database = Database::Directory(directory.path().join("data"));
        let store = Store::create(&StoreOptions::new(database)).expect("a store is made");
        let administrator = make_tenant(&store);
        let caller = Caller::person(administrator);
        let people = make_people(&store, &caller);
        let groups = make_groups(&store, &caller, eligibilities.div_ceil(PEOPLE));
        let company = Self {
            store: Some(store),
            people,
            groups,
            used: AtomicUsize::new(0),
            seeded: eligibilities,
            directory,
        };
        company.make_eligible(&caller);
        company
    }

    /// The group that is activated first.
    pub(crate) fn first_group(&self) -> GroupId {
        self.groups[0]
    }

    /// Where it is kept.
    pub(crate) fn store(&self) -> &Store {
        self.store.as_ref().expect("a server does not have it")
    }

    /// Gives the database up, for a server to have it.
    pub(crate) fn close(&mut self) {
        self.store = None;
    }

    /// Activations a second in a short run, to know how many it takes.
    pub(crate) fn warm_up(self) -> f64 {
        let round = callers::activate(&self, crate::ROUND / 4);
        round.acknowledged as f64 / round.took.as_secs_f64()
    }

    /// Makes it larger behind Ephor's back, which would take hours through the front: rows like the newest ones
    /// there are, with ids of their own.
    pub(crate) fn grow(&mut self, users: usize, groups: usize, assignments: usize) {
        self.close();
        raw::grow(&self.file(), users, groups, assignments);
        let database = Database::Directory(self.data());
        self.store = Some(Store::open(&StoreOptions::new(database)).expect("it opens again"));
    }

    fn make_eligible(&self, caller: &Caller) {
        let all: Vec<usize> = (0..self.seeded).collect();
        for some in all.chunks(SEED_BATCH) {
            let asks: Vec<_> = some
                .iter()
                .map(|at| {
                    self.ask(
                        *at,
                        ScheduleKind::Eligible,
                        Action::AdminAssign,
                        Length::days(300),
                    )
                })
                .collect();
            self.store()
                .write("seed", caller.clone(), move |tx| {
                    for ask in &asks {
                        schedule_request::create(tx, ask)?;
                    }
                    Ok::<_, OpError>(())
                })
                .wait()
                .expect("eligibilities are made");
        }
    }

    /// The pair with this number; beyond the last it begins anew.
    pub(crate) fn pair(&self, at: usize) -> (GroupId, PrincipalId) {
        let at = at % self.seeded;
        (self.groups[at / PEOPLE], self.people[at % PEOPLE])
    }

    fn ask(&self, at: usize, kind: ScheduleKind, action: Action, length: Length) -> Ask {
        let (group, principal) = self.pair(at);
        Ask {
            kind,
            action,
            role: Role::of(group, Access::Member),
            principal,
            info: Some(ScheduleInfo {
                starts_at: None,
                expiration: Expiration::After(IsoDuration::of(length)),
            }),
            justification: Justification::new("incident 4711: the front door is open").ok(),
            ticket: Ticket::default(),
            target: None,
        }
    }

    /// Something to activate that nobody has activated yet.
    pub(crate) fn next(&self) -> Option<Ask> {
        let at = self.used.fetch_add(1, Ordering::SeqCst);
        (at < self.seeded).then(|| {
            self.ask(
                at,
                ScheduleKind::Active,
                Action::SelfActivate,
                Length::hours(2),
            )
        })
    }

    /// The file with the database.
    pub(crate) fn file(&self) -> PathBuf {
        self.data().join("ephor.db")
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// A place for other files.
    pub(crate) fn scratch(&self) -> &Path {
        self.directory.path()
    }

    /// How many activations are in the database, counted behind Ephor's back.
    pub(crate) fn activations_kept(&self) -> usize {
        raw::count(&self.file())
    }

    /// The rows that one activation leaves, as they are in the database.
    pub(crate) fn template(&self) -> Vec<(&'static str, Vec<(String, Value)>)> {
        let ask = self.next().expect("one is left");
        let caller = Caller::person(ask.principal);
        self.store()
            .write("activate", caller, move |tx| {
                schedule_request::create(tx, &ask)
            })
            .wait()
            .expect("it is granted");
        raw::newest_rows(&self.file())
    }
}

/// The master key of every company that is measured.
pub(crate) fn master_key() -> ephor_http::MasterKey {
    ephor_http::MasterKey::parse(&"5a".repeat(32)).expect("it is a key")
}

fn make_tenant(store: &Store) -> PrincipalId {
    let name = "admin@contoso.example".parse().expect("it is a name");
    let new = NewTenant {
        domain: "contoso.example".into(),
        administrator: NewUser::named(name, shown("Administrator")),
        purpose: TenantPurpose::Production,
        key: master_key().seal_key(ephor_http::token::generate_key(SystemClock.now())),
    };
    store
        .write("seed", Caller::operator(), move |tx| tenant::make(tx, new))
        .wait()
        .expect("a tenant is made")
        .administrator
        .id
}

fn make_people(store: &Store, caller: &Caller) -> Vec<PrincipalId> {
    store
        .write("seed", caller.clone(), move |tx| {
            (0..PEOPLE)
                .map(|at| {
                    let name = format!("person{at}@contoso.example");
                    let name = name.parse().expect("it is a name");
                    let new = NewUser::named(name, shown(&format!("Person {at}")));
                    directory::create_user(tx, new).map(|user| user.id)
                })
                .collect::<Result<Vec<_>, OpError>>()
        })
        .wait()
        .expect("people are made")
}

fn make_groups(store: &Store, caller: &Caller, count: usize) -> Vec<GroupId> {
    store
        .write("seed", caller.clone(), move |tx| {
            (0..count)
                .map(|at| {
                    let new = NewGroup {
                        display_name: shown(&format!("Group {at}")),
                        description: None,
                        mail_nickname: MailNickname::new(format!("group{at}")).expect("it is one"),
                        kind: GroupKind::Security,
                        membership: Membership::Assigned,
                        source: Source::Ephor,
                        role_assignable: RoleAssignable::No,
                        visibility: None,
                        extras: ephor_core::group::GroupExtras::default(),
                        owners: Vec::new(),
                        members: Vec::new(),
                    };
                    directory::create_group(tx, new).map(|group| group.id)
                })
                .collect::<Result<Vec<_>, OpError>>()
        })
        .wait()
        .expect("groups are made")
}

fn shown(name: &str) -> DisplayName {
    DisplayName::new(name).expect("it can be shown")
}
