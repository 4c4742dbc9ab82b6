//! The filter's grammar: precedence, spellings, limits, and that no text makes it fall over (T-45).

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Filter {
    parse(text).unwrap_or_else(|wrong| panic!("{text}: {}", wrong.sentence))
}

/// The tree with every bracket written out.
fn tree(text: &str) -> String {
    fn show(filter: &Filter) -> String {
        match filter {
            Filter::And(left, right) => format!("({} and {})", show(left), show(right)),
            Filter::Or(left, right) => format!("({} or {})", show(left), show(right)),
            Filter::Not(inner) => format!("(not {})", show(inner)),
            other => other.to_string(),
        }
    }
    show(&read(text))
}

#[test]
fn not_binds_tighter_than_and_and_and_tighter_than_or() {
    for (text, shown) in [
        (
            "a eq 1 and b eq 2 or c eq 3",
            "((a eq 1 and b eq 2) or c eq 3)",
        ),
        (
            "a eq 1 or b eq 2 and c eq 3",
            "(a eq 1 or (b eq 2 and c eq 3))",
        ),
        (
            "(a eq 1 or b eq 2) and c eq 3",
            "((a eq 1 or b eq 2) and c eq 3)",
        ),
        ("not a eq 1 and b eq 2", "((not a eq 1) and b eq 2)"),
        ("not (a eq 1 and b eq 2)", "(not (a eq 1 and b eq 2))"),
        ("not(a eq 1) or b eq 2", "((not a eq 1) or b eq 2)"),
        ("not not a eq 1", "(not (not a eq 1))"),
        (
            "a eq 1 or b eq 2 or c eq 3",
            "((a eq 1 or b eq 2) or c eq 3)",
        ),
    ] {
        assert_eq!(tree(text), shown, "{text}");
    }
}

#[test]
fn what_known_clients_send_is_read() {
    for text in [
        "groupId eq 'e38a8e28-9a24-4d2d-b1e9-0cf9aa18d2c4' and accessId eq 'member'",
        "groupId eq e38a8e28-9a24-4d2d-b1e9-0cf9aa18d2c4",
        "groupId eq 'x' and principal/id eq 'y' and startswith(principal/displayName,'Ad')",
        "groupTypes/any(c:c eq 'Unified')",
        "NOT(groupTypes/any(c:c eq 'Unified'))",
        "scopeId eq 'x' and scopeType eq 'Group' and roleDefinitionId eq 'member'",
        "createdDateTime ge 2026-01-01T00:00:00Z",
        "createdUsing eq null",
        "id in ('a','b' , 'c')",
        "STARTSWITH( displayName , 'x' ) AND mailEnabled EQ FALSE",
        "displayName eq 'it''s (not) and'",
        "createdBy/user/id ne 'x'",
        "  a   eq   1  ",
    ] {
        read(text);
    }
    assert_eq!(
        read("displayName eq 'it''s'"),
        Filter::Compare(
            "displayName".into(),
            Comparison::Eq,
            Value::Text("it's".into())
        )
    );
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, part) in [
        ("", "name of a property"),
        ("displayName", "position 11"),
        ("displayName eq", "it ends there"),
        ("displayName eq x", "single quotes"),
        ("displayName eq 'x", "ends with a single quote"),
        ("displayName is 'x'", "`eq`"),
        ("a eq 1 b eq 2", "`and`"),
        ("(a eq 1", "`)`"),
        ("a eq 1)", "position 6"),
        ("a in ()", "a value"),
        ("a eq 2026-01-01T00:00:00", "no offset"),
        ("x/any(c:d eq 'y')", "`c eq`"),
        ("x/any(c:c ne 'y')", "`c eq`"),
        ("startswith(a,1)", "text in single quotes"),
        ("a has 'x'", "`eq`"),
        ("length(a) gt 3", "`eq`"),
        ("a eq datetime'2026-01-01'", "value"),
    ] {
        let told = parse(text).unwrap_err().sentence;
        assert!(told.contains(part), "{text}: {told}");
    }
}

#[test]
fn t45_limits_hold_and_are_told() {
    let terms = |count: usize| vec!["a eq 1"; count].join(" or ");
    assert!(parse(&terms(25)).is_ok());
    assert!(parse(&terms(26)).unwrap_err().sentence.contains("50"));
    assert!(parse(&terms(10_000)).unwrap_err().sentence.contains("2048"));

    let nested = |depth: usize| format!("{}a eq 1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(8)).is_ok());
    assert!(parse(&nested(9)).unwrap_err().sentence.contains("8 deep"));
    assert!(parse(&nested(200)).unwrap_err().sentence.contains("8 deep"));
    assert!(parse(&format!("{}a eq 1", "not ".repeat(200))).is_err());

    let list = |count: usize| format!("id in ({})", vec!["'x'"; count].join(","));
    assert!(parse(&list(20)).is_ok());
    assert!(parse(&list(21)).unwrap_err().sentence.contains("20 values"));
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-1_000_000_000_i64..1_000_000_000).prop_map(Value::Int),
        "\\PC{0,12}".prop_map(Value::Text),
        any::<u128>().prop_map(|bits| Value::Guid(Uuid::from_u128(bits))),
        (Instant::EARLIEST.micros()..Instant::LATEST.micros())
            .prop_map(|micros| Value::Time(Instant::from_micros(micros))),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let path = || "[a-z][a-zA-Z0-9]{0,5}x(/[a-z]{1,4}x){0,2}";
    let comparison = prop::sample::select(COMPARISONS.map(|(_, one)| one).to_vec());
    let function = prop::sample::select(vec![
        TextMatch::StartsWith,
        TextMatch::EndsWith,
        TextMatch::Contains,
    ]);
    let leaf = prop_oneof![
        (path(), comparison, value()).prop_map(|(p, c, v)| Filter::Compare(p, c, v)),
        (path(), prop::collection::vec(value(), 1..4)).prop_map(|(p, v)| Filter::In(p, v)),
        (path(), function, "\\PC{0,8}").prop_map(|(p, f, t)| Filter::Text(p, f, t)),
        (path(), value()).prop_map(|(p, v)| Filter::Any(p, v)),
        (path(), "[a-z']{0,6}").prop_map(|(p, t)| Filter::AnyText(p, TextMatch::StartsWith, t)),
    ];
    leaf.prop_recursive(4, 12, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            pair.clone()
                .prop_map(|(l, r)| Filter::And(Box::new(l), Box::new(r))),
            pair.prop_map(|(l, r)| Filter::Or(Box::new(l), Box::new(r))),
            inner.prop_map(|i| Filter::Not(Box::new(i))),
        ]
    })
}

proptest! {
    #[test]
    fn a_filter_reads_back_what_it_prints(filter in filter()) {
        let text = filter.to_string();
        prop_assume!(text.len() <= FILTER_BYTES_MAX);
        prop_assert_eq!(parse(&text), Ok(filter), "{}", text);
    }

    #[test]
    fn t45_no_text_makes_it_panic(text in "\\PC{0,200}") {
        let _ = parse(&text);
    }

    #[test]
    fn t45_no_heap_of_pieces_makes_it_panic(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "(", ")", "not ", " and ", " or ", " eq ", " in ", "a", "a/b", "'x'", "''", "'", ",", "1",
                "startswith(", "/any(c:c eq ", "null", "2026-01-01T00:00:00Z", " ", "é",
            ]),
            0..60,
        )
    ) {
        let _ = parse(&pieces.concat());
    }
}
