//! What it means when a refresh token comes: its first use, an answer that was lost, or a copy (T-41).

use crate::time::{Instant, Length};

/// What to do with a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// Give its successor.
    Rotate,
    /// Give the same successor again: the answer was lost on its way.
    Again,
    /// End the whole family: two hold it.
    Reused,
}

/// An answer that was lost is asked for again within this time.
pub const GRACE: Length = Length::seconds(10);

/// Judges a refresh token that was used before at `used_at`, and whose successor was used or not.
pub fn judge(used_at: Option<Instant>, successor_used: Option<Instant>, now: Instant) -> Refresh {
    match (used_at, successor_used) {
        (None, _) => Refresh::Rotate,
        (Some(used_at), None) if now.since(used_at) <= GRACE => Refresh::Again,
        (Some(_), _) => Refresh::Reused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t41_a_used_token_comes_again_only_for_a_lost_answer() {
        let at: Instant = "2026-11-21T09:00:00Z".parse().unwrap();
        let after = |seconds| at.plus(Length::seconds(seconds)).unwrap();
        assert_eq!(judge(None, None, at), Refresh::Rotate);
        assert_eq!(judge(Some(at), None, after(10)), Refresh::Again);
        assert_eq!(judge(Some(at), None, after(11)), Refresh::Reused);
        assert_eq!(judge(Some(at), Some(after(2)), after(3)), Refresh::Reused);
    }
}
