//! Durations and times as people type them: `2h`, `1h30m`, `14:30`; and as ISO 8601 and RFC 3339 have them.

use ephor_core::time::{Instant, IsoDuration, Length};
use jiff::tz::TimeZone;

/// Reads `PT2H` as it stands, and `2h`, `90m`, `1h30m`, `1d`.
pub(crate) fn parse(text: &str) -> Result<IsoDuration, String> {
    if text.starts_with(['P', '-']) || text.contains(':') {
        return text
            .parse::<IsoDuration>()
            .map_err(|wrong| wrong.to_string());
    }
    let length = short(text).ok_or_else(|| {
        format!(
            "`{}` is not a duration; write PT2H, 2h, 90m or 1h30m",
            text.escape_debug()
        )
    })?;
    Ok(IsoDuration::of(length))
}

/// Numbers each followed by `d`, `h`, `m` or `s`; each unit once, large ones first.
fn short(text: &str) -> Option<Length> {
    const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
    let (mut seconds, mut next_unit, mut digits) = (0_i64, 0, String::new());
    for c in text.chars() {
        if c.is_ascii_digit() && digits.len() < 9 {
            digits.push(c);
            continue;
        }
        let unit = UNITS.iter().position(|(letter, _)| *letter == c)?;
        if unit < next_unit {
            return None;
        }
        seconds += digits.parse::<i64>().ok()? * UNITS[unit].1;
        next_unit = unit + 1;
        digits.clear();
    }
    let whole = digits.is_empty() && next_unit > 0;
    whole.then(|| Length::micros(seconds.saturating_mul(1_000_000)))
}

/// Reads a time: RFC 3339 with an offset; without one in `zone`; or a time of day, the next one after `now`.
pub(crate) fn instant(text: &str, now: Instant, zone: &TimeZone) -> Result<Instant, String> {
    if let Ok(instant) = text.parse::<Instant>() {
        return Ok(instant);
    }
    let wrong = || {
        format!(
            "`{}` is not a time; write 14:30, 2026-11-21T14:30 or 2026-11-21T14:30:00+01:00",
            text.escape_debug()
        )
    };
    let zoned = match text.parse::<jiff::civil::DateTime>() {
        Ok(civil) => civil.to_zoned(zone.clone()).map_err(|_| wrong())?,
        Err(_) => {
            let time: jiff::civil::Time = text.parse().map_err(|_| wrong())?;
            let now = jiff::Timestamp::from_microsecond(now.micros())
                .map_err(|_| wrong())?
                .to_zoned(zone.clone());
            let today = now.with().time(time).build().map_err(|_| wrong())?;
            if today > now {
                today
            } else {
                let tomorrow = now.tomorrow().map_err(|_| wrong())?;
                tomorrow.with().time(time).build().map_err(|_| wrong())?
            }
        }
    };
    Ok(Instant::from_micros(zoned.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_short_and_in_iso_form() {
        for (given, meant) in [
            ("2h", "PT2H"),
            ("90m", "PT1H30M"),
            ("1h30m", "PT1H30M"),
            ("1d", "P1D"),
            ("PT2H", "PT2H"),
            ("PT90M", "PT90M"),
            ("8:00:00", "PT8H"),
        ] {
            assert_eq!(parse(given).unwrap().as_str(), meant, "{given}");
        }
        for wrong in [
            "",
            "2",
            "h",
            "2x",
            "30m2h",
            "2h2h",
            "-PT2H",
            "P6M",
            "2 h",
            "9999999999h",
        ] {
            let told = parse(wrong).unwrap_err();
            assert!(told.starts_with('`'), "{wrong}: {told}");
        }
    }

    #[test]
    fn a_time_of_day_is_the_next_one() {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        for (given, meant) in [
            ("14:30", "2026-11-21T13:30:00Z"),
            ("13:00", "2026-11-22T12:00:00Z"),
            ("2026-11-21T14:30", "2026-11-21T13:30:00Z"),
            ("2026-07-01 14:30:00", "2026-07-01T12:30:00Z"),
            ("2026-11-21T14:30:00+02:00", "2026-11-21T12:30:00Z"),
        ] {
            assert_eq!(
                instant(given, now, &zone).unwrap().to_string(),
                meant,
                "{given}"
            );
        }
        assert!(instant("soon", now, &zone).is_err());
    }
}
