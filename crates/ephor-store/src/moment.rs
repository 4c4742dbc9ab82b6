//! The present, as a transaction sees it: never earlier than any time that was used before (T-17).
//!
//! `now = max(clock + offset, stored floor, what this process already used)`. The offset is a
//! demonstration's; it is zero everywhere else.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use ephor_core::time::{Clock, Instant, Length};

use crate::ambient::SystemClock;
use crate::options::TimeSource;
use crate::sql::State;

/// By how much the clock may be behind before nothing is granted any more.
pub(crate) const BEHIND_MAX: Length = Length::seconds(2);

/// What tells a store the time. Shared by its threads.
#[derive(Clone)]
pub(crate) struct Time {
    source: TimeSource,
    /// The highest instant that any transaction of this process has used.
    used: Arc<AtomicI64>,
}

/// One transaction's present.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now: Instant,
    pub(crate) behind: Length,
}

impl Time {
    pub(crate) fn new(source: TimeSource) -> Self {
        Self {
            source,
            used: Arc::new(AtomicI64::new(i64::MIN)),
        }
    }

    /// The clock's own time, before any floor.
    fn clock(&self, state: &State) -> Instant {
        let raw = match (&self.source, state.database_clock) {
            (TimeSource::Clock(clock), _) => clock.now(),
            (TimeSource::Database, Some(now)) => now,
            (TimeSource::Database, None) => SystemClock.now(),
        };
        Instant::from_micros(raw.micros().saturating_add(state.offset))
    }

    /// The present of a transaction that begins with `state`.
    pub(crate) fn moment(&self, state: &State) -> Moment {
        let clock = self.clock(state);
        let reached = clock.max(state.floor).micros();
        let used = self.used.fetch_max(reached, Ordering::SeqCst);
        let now = Instant::from_micros(reached.max(used));
        Moment {
            now,
            behind: now.since(clock),
        }
    }
}
