//! Allowed hours: on the wall, over midnight, and on the two days a year on which clocks are set.

use super::*;

const WORKDAYS: &[Day] = &[
    Day::Monday,
    Day::Tuesday,
    Day::Wednesday,
    Day::Thursday,
    Day::Friday,
];

fn window(days: &[Day], from: &str, to: &str) -> Window {
    Window {
        days: days.iter().copied().collect(),
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
    }
}

fn berlin(windows: Vec<Window>) -> AllowedHours {
    AllowedHours::new("Europe/Berlin", windows).unwrap()
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn open_until(hours: &AllowedHours, now: &str) -> Option<String> {
    let until = hours.open_until(at(now))?;
    Some(until.to_string())
}

#[track_caller]
fn check(hours: &AllowedHours, now: &str, expected: Option<&str>) {
    let expected = expected.map(|text| at(text).to_string());
    assert_eq!(open_until(hours, now), expected, "at {now}");
}

/// Berlin is one hour ahead of UTC in winter and two in summer.
#[test]
fn it_opens_and_closes_when_the_clocks_on_the_wall_say_so() {
    let hours = berlin(vec![window(WORKDAYS, "08:00", "18:00")]);
    check(&hours, "2026-01-05T06:59:59.999999Z", None);
    check(&hours, "2026-01-05T07:00:00Z", Some("2026-01-05T17:00:00Z"));
    check(&hours, "2026-01-05T16:59:59Z", Some("2026-01-05T17:00:00Z"));
    check(&hours, "2026-01-05T17:00:00Z", None);
    check(&hours, "2026-07-06T06:00:00Z", Some("2026-07-06T16:00:00Z"));
    check(&hours, "2026-01-10T10:00:00Z", None);
}

#[test]
fn an_activation_lies_within_the_hours_from_start_to_end() {
    let hours = berlin(vec![window(WORKDAYS, "08:00", "18:00")]);
    let judge = |from: &str, to: &str| {
        let failed = hours.judge(at(from), Some(at(to)))?;
        assert_eq!(failed.rule, RuleName::ActivationDayRule);
        Some(failed.sentence)
    };
    assert_eq!(judge("2026-01-05T16:00:00Z", "2026-01-05T17:00:00Z"), None);
    let told = judge("2026-01-05T16:00:00Z", "2026-01-05T17:00:01Z").unwrap();
    assert!(
        told.contains("reach beyond 2026-01-05T17:00:00Z")
            && told.contains("08:00–18:00 (Europe/Berlin)"),
        "{told}"
    );
    let told = judge("2026-01-04T16:00:00Z", "2026-01-04T16:30:00Z").unwrap();
    assert!(told.contains("not within the allowed hours"), "{told}");
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_on_which_it_opens() {
    let hours = berlin(vec![window(&[Day::Friday], "22:00", "06:00")]);
    // 2026-01-09 is a Friday.
    check(&hours, "2026-01-09T21:00:00Z", Some("2026-01-10T05:00:00Z"));
    check(&hours, "2026-01-10T04:59:59Z", Some("2026-01-10T05:00:00Z"));
    check(&hours, "2026-01-10T05:00:00Z", None);
    check(&hours, "2026-01-08T23:30:00Z", None);
}

#[test]
fn windows_that_meet_or_overlap_count_as_one() {
    let hours = berlin(vec![
        window(&[Day::Monday], "08:00", "24:00"),
        window(&[Day::Tuesday], "00:00", "04:00"),
        window(&[Day::Tuesday], "03:00", "05:00"),
    ]);
    check(&hours, "2026-01-05T12:00:00Z", Some("2026-01-06T04:00:00Z"));
    assert_eq!(hours.longest_minutes(), 21 * 60);
    let always = berlin(vec![window(&Day::ALL, "00:00", "24:00")]);
    let until = always.open_until(at("2026-01-05T12:00:00Z")).unwrap();
    assert!(until.since(at("2026-01-05T12:00:00Z")) > Length::hours(24));
    assert_eq!(always.longest_minutes(), MINUTES_A_WEEK);
}

/// On 2026-03-29 clocks in Berlin go from 02:00 to 03:00, at 01:00 UTC.
#[test]
fn on_the_day_on_which_clocks_are_set_forward() {
    let sunday = |from, to| berlin(vec![window(&[Day::Sunday], from, to)]);
    // A window around the change is an hour shorter.
    let night = sunday("01:00", "05:00");
    check(&night, "2026-03-29T00:00:00Z", Some("2026-03-29T03:00:00Z"));
    check(&night, "2026-03-28T23:59:59Z", None);
    // What opens or closes at a moment that there is not, does so as much later as the clocks were set.
    let inside = sunday("02:15", "04:00");
    check(&inside, "2026-03-29T01:14:59Z", None);
    check(
        &inside,
        "2026-03-29T01:15:00Z",
        Some("2026-03-29T02:00:00Z"),
    );
    let before = sunday("01:00", "02:30");
    check(
        &before,
        "2026-03-29T01:29:59Z",
        Some("2026-03-29T01:30:00Z"),
    );
    check(&before, "2026-03-29T01:30:00Z", None);
    // A window that there would not be at all comes later too: no day is lost.
    let within = sunday("02:10", "02:50");
    check(
        &within,
        "2026-03-29T01:10:00Z",
        Some("2026-03-29T01:50:00Z"),
    );
}

/// On 2026-10-25 clocks in Berlin go from 03:00 back to 02:00, at 01:00 UTC.
#[test]
fn on_the_day_on_which_clocks_are_set_back() {
    let sunday = |from, to| berlin(vec![window(&[Day::Sunday], from, to)]);
    // A window around the change is an hour longer.
    let night = sunday("01:00", "05:00");
    check(&night, "2026-10-24T23:00:00Z", Some("2026-10-25T04:00:00Z"));
    // It opens at the first and closes at the second time that the clocks show it.
    let inside = sunday("02:30", "02:45");
    check(&inside, "2026-10-25T00:29:59Z", None);
    check(
        &inside,
        "2026-10-25T00:30:00Z",
        Some("2026-10-25T01:45:00Z"),
    );
    check(&inside, "2026-10-25T01:45:00Z", None);
    let after = sunday("01:30", "02:30");
    check(&after, "2026-10-25T01:29:59Z", Some("2026-10-25T01:30:00Z"));
}

#[test]
fn hours_that_nobody_could_keep_are_refused_with_the_reason() {
    let refused = |zone: &str, windows| AllowedHours::new(zone, windows).unwrap_err().to_string();
    let some = || vec![window(WORKDAYS, "08:00", "18:00")];
    assert!(refused("Europe/Atlantis", some()).contains("Europe/Atlantis"));
    assert!(refused("", some()).contains("no time zone"));
    assert!(refused("Europe/Berlin", vec![]).contains("0 windows"));
    assert!(refused("Europe/Berlin", vec![window(&[], "08:00", "18:00")]).contains("no days"));
    assert!(refused("Europe/Berlin", vec![window(WORKDAYS, "08:00", "00:00")]).contains("00:00"));
    assert!(refused("Europe/Berlin", vec![window(WORKDAYS, "24:00", "08:00")]).contains("24:00"));
    let many = vec![window(WORKDAYS, "08:00", "18:00"); 22];
    assert!(refused("Europe/Berlin", many).contains("22 windows"));

    let short = berlin(vec![window(WORKDAYS, "08:00", "08:20")]);
    assert_eq!(short.check(Length::minutes(20)), Ok(()));
    let told = short.check(Length::minutes(21)).unwrap_err().to_string();
    assert!(told.contains("nobody could activate"), "{told}");
}

#[test]
fn times_of_day_and_what_is_kept_read_back() {
    for (text, good) in [
        ("00:00", true),
        ("23:59", true),
        ("24:00", true),
        ("24:01", false),
        ("9:00", false),
        ("09:60", false),
        ("09:00:00", false),
        ("+9:00", false),
        ("", false),
    ] {
        assert_eq!(text.parse::<TimeOfDay>().is_ok(), good, "{text}");
    }
    // Names are found in whatever case and kept as the database spells them.
    let hours = AllowedHours::new(
        "europe/berlin",
        vec![window(&[Day::Sunday], "22:00", "06:00")],
    );
    let hours = hours.unwrap();
    let text = serde_json::to_string(&hours).unwrap();
    assert_eq!(
        text,
        r#"{"timeZone":"Europe/Berlin","windows":[{"days":["sunday"],"from":"22:00","to":"06:00"}]}"#
    );
    assert_eq!(serde_json::from_str::<AllowedHours>(&text).unwrap(), hours);
}
