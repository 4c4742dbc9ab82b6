//! Times as people read them: the time that is left, and times of day with their zone.

use ephor_core::time::{Instant, Length};
use jiff::tz::TimeZone;

/// `1 h 59 min left`: the two largest units, cut, so that nobody is promised more than there is.
pub(crate) fn left(length: Length) -> String {
    let seconds = length.as_seconds();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s left"),
        (0, 0, minutes) => format!("{minutes} min left"),
        (0, hours, 0) => format!("{hours} h left"),
        (0, hours, minutes) => format!("{hours} h {minutes} min left"),
        (days, 0, _) => format!("{days} d left"),
        (days, hours, _) => format!("{days} d {hours} h left"),
    }
}

/// `2026-11-21 14:30 CET`: the time of day in `zone`, with the zone's name.
pub(crate) fn local(instant: Instant, zone: &TimeZone) -> String {
    jiff::Timestamp::from_microsecond(instant.micros()).map_or_else(
        |_| instant.to_string(),
        |timestamp| {
            timestamp
                .to_zoned(zone.clone())
                .strftime("%Y-%m-%d %H:%M %Z")
                .to_string()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_cut_not_rounded() {
        for (seconds, told) in [
            (7_199, "1 h 59 min left"),
            (7_200, "2 h left"),
            (59, "59 s left"),
            (60, "1 min left"),
            (86_400 * 3 + 3_599, "3 d left"),
            (86_400 + 3_600, "1 d 1 h left"),
            (0, "0 s left"),
        ] {
            assert_eq!(left(Length::seconds(seconds)), told);
        }
    }

    #[test]
    fn a_time_of_day_names_its_zone() {
        let at = "2026-07-01T12:30:00Z".parse().unwrap();
        assert_eq!(
            local(at, &TimeZone::get("Europe/Berlin").unwrap()),
            "2026-07-01 14:30 CEST"
        );
        assert_eq!(local(at, &TimeZone::UTC), "2026-07-01 12:30 UTC");
    }
}
