//! The company's past: two weeks of a working life, so that a demonstration's charts and histories have something
//! to tell. It happens by a clock that is set back, through the same operations as anybody's; from then on the
//! database's own clock goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use ephor_core::caller::Caller;
use ephor_core::request::{Action, Decision};
use ephor_core::role::RoleKind;
use ephor_core::schedule::{Expiration, ScheduleKind};
use ephor_core::text::Justification;
use ephor_core::time::{Clock, Instant, IsoDuration, Length};
use ephor_ops::{OpResult, approval, schedule_request};
use ephor_store::Store;

use super::{Made, begin, user, wish};

/// How long ago the company was made.
const AGE: Length = Length::days(15);

/// The clock that the past is made by: it shows what it is set to.
#[derive(Debug)]
pub(crate) struct Past {
    began: Instant,
    now: AtomicI64,
}

impl Past {
    /// Begins as long before `now` as the company is old.
    pub(crate) fn before(now: Instant) -> Arc<Self> {
        let began = now.minus(AGE);
        Arc::new(Self {
            began,
            now: AtomicI64::new(began.micros()),
        })
    }

    fn show(&self, hours: u32) {
        let now = self.began.micros() + Length::hours(hours).as_micros();
        self.now.store(now, Ordering::SeqCst);
    }
}

impl Clock for Past {
    fn now(&self) -> Instant {
        Instant::from_micros(self.now.load(Ordering::SeqCst))
    }
}

/// Which group.
#[derive(Debug, Clone, Copy)]
enum Of {
    Production,
    /// Where Farah has to agree.
    Keys,
}

/// What was activated: how many hours after the company was made, by whom, in which group, why, for how many hours.
const DAYS: [(u32, &str, Of, &str, u32); 14] = [
    (
        5,
        "ada",
        Of::Production,
        "Rotate the certificates of the front ends",
        4,
    ),
    (
        29,
        "elif",
        Of::Production,
        "Kernel update of the build machines",
        3,
    ),
    (52, "ada", Of::Keys, "Sign release 2.3.9", 1),
    (77, "ben", Of::Production, "Disk of log-3 is full", 2),
    (98, "ada", Of::Production, "Disk of log-3 is full again", 1),
    (
        124,
        "daniel",
        Of::Keys,
        "Check the signature of release 2.3.9",
        2,
    ),
    (149, "elif", Of::Production, "Move the metrics store", 8),
    (
        174,
        "ada",
        Of::Production,
        "Page: checkout is slow in one region",
        2,
    ),
    (198, "ada", Of::Keys, "Sign release 2.4.0", 1),
    (221, "elif", Of::Production, "Put the metrics store back", 6),
    (246, "ben", Of::Production, "Replace a broken switch", 3),
    (
        269,
        "ada",
        Of::Production,
        "Read-only check of the replica lag",
        2,
    ),
    (
        318,
        "ben",
        Of::Production,
        "Restore test of the orders archive",
        4,
    ),
    (340, "ada", Of::Keys, "Sign release 2.4.1", 1),
];

/// Makes the company in a store that goes by `past`, and lets its two weeks go by. None where it is there already.
pub(crate) fn with_a_past(
    store: &Store,
    past: &Past,
    hashes: impl FnOnce() -> Vec<String>,
) -> OpResult<Option<Made>> {
    let Some(made) = begin(store, hashes, AGE)? else {
        return Ok(None);
    };
    let farah = store.read("demo", |tx| user(tx, "farah")).wait()?;
    for (hours, name, of, why, length) in DAYS {
        past.show(hours);
        let group = match of {
            Of::Production => made.production,
            Of::Keys => made.keys,
        };
        let who = store.read("demo", move |tx| user(tx, name)).wait()?;
        let asked = store.write("demo", Caller::person(who), move |tx| {
            let length = Expiration::After(IsoDuration::of(Length::hours(length)));
            let mut asked = wish(
                ScheduleKind::Active,
                Action::SelfActivate,
                group,
                who,
                None,
                length,
            );
            asked.justification = Justification::new(why).ok();
            schedule_request::create(tx, &asked)
        });
        let asked = asked.wait()?;
        if matches!(of, Of::Keys) {
            let why = Justification::new("As planned").ok();
            let decided = store.write("demo", Caller::person(farah), move |tx| {
                approval::decide(tx, RoleKind::Group, asked.id, Decision::Approve, why)
            });
            decided.wait()?;
        }
    }
    Ok(Some(made))
}
