//! The machine's own clock and randomness: the only place in Ephor that touches either.

use ephor_core::id::IdSource;
use ephor_core::time::{Clock, Instant};
use uuid::Uuid;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one home of the ambient clock"
    )]
    fn now(&self) -> Instant {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Instant::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// Random UUIDs (version 4) from the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one home of ambient randomness"
    )]
    fn fresh(&mut self) -> Uuid {
        Uuid::new_v4()
    }
}

/// How long something takes: for slow logs and for ending a batch, never for an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts now.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one home of the ambient clock"
    )]
    pub(crate) fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// How long it has run.
    pub(crate) fn elapsed(self) -> std::time::Duration {
        self.0.elapsed()
    }
}

/// This many random bytes from the operating system: for keys and secrets.
#[expect(
    clippy::disallowed_methods,
    reason = "the one home of ambient randomness"
)]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A clock that stands still until it is moved: for tests, scenarios and simulations.
#[derive(Debug)]
pub struct ManualClock(std::sync::atomic::AtomicI64);

impl ManualClock {
    /// A clock that shows `now`.
    pub fn at(now: Instant) -> Self {
        Self(std::sync::atomic::AtomicI64::new(now.micros()))
    }

    /// Shows `now` from here on, earlier or later.
    pub fn set(&self, now: Instant) {
        self.0
            .store(now.micros(), std::sync::atomic::Ordering::SeqCst);
    }

    /// Moves forward.
    pub fn advance(&self, by: ephor_core::time::Length) {
        self.0
            .fetch_add(by.as_micros(), std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}
