//! Writes down what the clock has ended, soon after it has.
//!
//! The access was over at its end for every reader, with this job or without it; here the record follows.

use std::sync::Arc;
use std::time::Duration;

use ephor_core::caller::Caller;
use ephor_core::time::Instant;
use ephor_ops::{OpError, lapse};
use ephor_store::Store;
use tokio::sync::Notify;

use crate::pause::pause;

/// It looks again after this long at the latest: ends are also given and moved while it sleeps.
const SLEEP_MAX: Duration = Duration::from_secs(60);
/// A sleep is not shorter than this, so that a database that fails is not stormed.
const SLEEP_MIN: Duration = Duration::from_millis(50);

/// Runs for ever: works off what is over, then sleeps until the next end.
pub(crate) async fn run(store: Store, woken: Arc<Notify>) {
    loop {
        let sleep = match round(&store).await {
            Ok(sleep) => sleep,
            Err(error) => {
                tracing::warn!(%error, "could not write down what has ended; it ended all the same");
                SLEEP_MAX
            }
        };
        tokio::select! {
            () = pause(sleep) => {}
            // The clock was moved: what was far away may be over.
            () = woken.notified() => {}
        }
    }
}

/// Works off all that is over, and tells how long there is nothing to do.
async fn round(store: &Store) -> Result<Duration, OpError> {
    loop {
        let (lapsed, now) = store
            .write("lapse", Caller::system(), |tx| {
                Ok::<_, OpError>((lapse::run(tx)?, tx.now()))
            })
            .await?;
        if lapsed.noted > 0 {
            tracing::debug!(noted = lapsed.noted, "wrote down what has ended");
        }
        if !lapsed.more {
            return Ok(until(lapsed.next_end, now));
        }
    }
}

fn until(next_end: Option<Instant>, now: Instant) -> Duration {
    next_end.map_or(SLEEP_MAX, |end| {
        let micros = end.since(now).as_micros().unsigned_abs();
        Duration::from_micros(micros).clamp(SLEEP_MIN, SLEEP_MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ephor_core::time::Length;

    #[test]
    fn it_sleeps_until_the_next_end_but_never_long() {
        let now: Instant = "2026-01-01T09:00:00Z".parse().unwrap();
        let later = |length| now.plus(length);
        assert_eq!(until(None, now), SLEEP_MAX);
        assert_eq!(
            until(later(Length::seconds(7)), now),
            Duration::from_secs(7)
        );
        assert_eq!(until(later(Length::hours(7)), now), SLEEP_MAX);
        assert_eq!(until(Some(now), now), SLEEP_MIN);
    }
}
