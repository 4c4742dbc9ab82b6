//! How often somebody may be wrong (T-34, T-36): five times freely, then with delays that double, and after
//! a hundred in a row not at all.
//!
//! An attempt is counted before anything is compared, and the count is taken back where it was right: so
//! one that is cut off in between still counts.

use crate::time::{Instant, Length};

/// What is being tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trial {
    /// An account's password or codes: can be closed.
    Account,
    /// Whatever comes from one network: slowed down, never closed, for others are behind it too.
    Network,
}

/// How often it was tried and was wrong, in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempts {
    /// How often.
    pub failed: u32,
    /// Until when nothing more is judged.
    pub until: Option<Instant>,
}

/// Whether an attempt is judged now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// It is.
    Now,
    /// Not before this instant.
    Later(Instant),
    /// Not until a passkey or a reset opens it again.
    Never,
}

impl Attempts {
    /// So many are free of delay.
    pub const FREE: u32 = 5;
    /// The first delay.
    pub const FIRST_DELAY: Length = Length::seconds(1);
    /// The longest delay.
    pub const LONGEST_DELAY: Length = Length::minutes(15);
    /// So many in a row close an account's password and codes.
    pub const CLOSED_AFTER: u32 = 100;

    /// Whether the next attempt is judged at `now`.
    pub fn judge(self, trial: Trial, now: Instant) -> Judged {
        if trial == Trial::Account && self.failed >= Self::CLOSED_AFTER {
            return Judged::Never;
        }
        match self.until {
            Some(until) if now < until => Judged::Later(until),
            Some(_) | None => Judged::Now,
        }
    }

    /// With one more that was wrong, or is not known yet to be right.
    #[must_use]
    pub fn with_one_more(self, now: Instant) -> Self {
        let failed = self.failed.saturating_add(1);
        let doublings = failed.saturating_sub(Self::FREE);
        let until = (doublings > 0)
            .then(|| {
                let seconds = 1_u32.checked_shl(doublings - 1).unwrap_or(u32::MAX);
                let delay = Length::seconds(seconds).min(Self::LONGEST_DELAY);
                now.plus(delay)
            })
            .flatten();
        Self { failed, until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Instant {
        "2026-11-21T09:00:00Z".parse().unwrap()
    }

    fn after(count: u32) -> Attempts {
        (0..count).fold(Attempts::default(), |attempts, _| {
            attempts.with_one_more(now())
        })
    }

    #[test]
    fn t34_five_are_free_then_delays_double_from_a_second_to_a_quarter_of_an_hour() {
        for count in 0..=5 {
            assert_eq!(
                after(count).judge(Trial::Account, now()),
                Judged::Now,
                "{count}"
            );
        }
        for (count, delay) in [(6, 1), (7, 2), (8, 4), (15, 512), (16, 900), (99, 900)] {
            let until = now().plus(Length::seconds(delay)).unwrap();
            assert_eq!(
                after(count).judge(Trial::Account, now()),
                Judged::Later(until),
                "{count}"
            );
            assert_eq!(after(count).judge(Trial::Account, until), Judged::Now);
        }
    }

    #[test]
    fn t34_a_hundred_in_a_row_close_an_account_and_never_a_network() {
        let much_later = now().plus(Length::days(30)).unwrap();
        assert_eq!(after(99).judge(Trial::Account, much_later), Judged::Now);
        assert_eq!(after(100).judge(Trial::Account, much_later), Judged::Never);
        assert_eq!(
            after(100_000).judge(Trial::Network, much_later),
            Judged::Now
        );
    }
}
