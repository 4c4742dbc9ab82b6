//! Waiting for time to pass: the one place in this program that does.

use std::time::Duration;

/// Done after this long.
#[expect(
    clippy::disallowed_methods,
    reason = "jobs wait for the clock, and slow clients for nothing longer than their limit"
)]
pub(crate) fn pause(length: Duration) -> tokio::time::Sleep {
    tokio::time::sleep(length)
}
