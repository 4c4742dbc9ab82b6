//! Filters, orders and pages: the same rows on both engines, and nothing a caller writes becomes SQL.

use ephor_core::event::{EndReason, EndedSchedule, Event};
use ephor_core::group::{Access, GroupKind};
use ephor_core::principal::Principal;
use ephor_core::query::{
    Comparison, Direction, GroupField, Literal, Page, Predicate, PrincipalField, Query,
    RequestField, ScheduleField, ScheduleView, Scope, TextMatch, UserField,
};
use ephor_core::role::RoleKind;
use ephor_core::schedule::ScheduleKind;
use ephor_core::text::ShortText;
use ephor_core::time::Span;
use ephor_store::testing::{self, TestStore};

use crate::world::{
    World, clock, created, granted, group_ref, hours, made, nine, read, record, user_ref,
};

fn text(text: &str) -> Literal {
    Literal::Text(text.into())
}

fn eq<F>(field: F, literal: Literal) -> Predicate<F> {
    Predicate::Compare(field, Comparison::Eq, literal)
}

fn ne<F>(field: F, literal: Literal) -> Predicate<F> {
    Predicate::Compare(field, Comparison::Ne, literal)
}

fn not<F>(inner: Predicate<F>) -> Predicate<F> {
    Predicate::Not(Box::new(inner))
}

fn like<F>(field: F, how: TextMatch, part: &str) -> Predicate<F> {
    Predicate::Text(field, how, part.into())
}

fn filtered<F>(filter: Predicate<F>) -> Query<F> {
    Query {
        filter: Some(filter),
        count: true,
        ..Query::default()
    }
}

fn users(store: &TestStore) {
    let mut world = World::default();
    let mut events = Vec::new();
    for (name, department) in [
        ("Ada", Some("Research")),
        ("Bo", None),
        ("Émile", Some("RESEARCH 50%")),
        ("Zoë_1", Some("Sales")),
    ] {
        let mut user = world.user("x");
        user.user_principal_name =
            format!("{}@contoso.example", name.replace(['É', 'ë', '_'], "e"))
                .parse()
                .unwrap();
        user.display_name = ephor_core::text::DisplayName::new(name).unwrap();
        user.department = department.map(|name| ShortText::new(name).unwrap());
        events.push(created(&user));
    }
    record(store, events);
}

fn names(store: &TestStore, query: Query<UserField>) -> Vec<String> {
    read(store, move |tx| {
        let page = tx.list_users(&query)?;
        if query.count && query.skip == 0 && !page.more {
            assert_eq!(page.count, Some(page.rows.len() as u64));
        }
        Ok(page
            .rows
            .into_iter()
            .map(|user| user.display_name.to_string())
            .collect())
    })
}

#[test]
fn text_is_compared_without_case_and_an_absent_one_is_different_from_all() {
    use UserField::{AccountEnabled, CreatedDateTime, Department, DisplayName, Id};
    let all = ["Ada", "Bo", "Émile", "Zoë_1"];
    for engine in testing::engines() {
        let store = engine.store(clock());
        users(&store);
        let cases: Vec<(Predicate<UserField>, &[&str])> = vec![
            (eq(DisplayName, text("ADA")), &["Ada"]),
            (eq(DisplayName, text("émile")), &["Émile"]),
            (eq(DisplayName, text("E\u{301}MILE")), &["Émile"]),
            (eq(Department, text("research")), &["Ada"]),
            (ne(Department, text("research")), &["Bo", "Émile", "Zoë_1"]),
            (
                not(eq(Department, text("research"))),
                &["Bo", "Émile", "Zoë_1"],
            ),
            (eq(Department, Literal::Null), &["Bo"]),
            (ne(Department, Literal::Null), &["Ada", "Émile", "Zoë_1"]),
            (
                like(Department, TextMatch::StartsWith, "rese"),
                &["Ada", "Émile"],
            ),
            (
                not(like(Department, TextMatch::StartsWith, "rese")),
                &["Bo", "Zoë_1"],
            ),
            (like(Department, TextMatch::EndsWith, "%"), &["Émile"]),
            (like(DisplayName, TextMatch::Contains, "_"), &["Zoë_1"]),
            (like(DisplayName, TextMatch::Contains, "\\"), &[]),
            (like(DisplayName, TextMatch::StartsWith, ""), &all),
            (eq(AccountEnabled, Literal::Bool(true)), &all),
            (ne(AccountEnabled, Literal::Bool(true)), &[]),
            (eq(AccountEnabled, text("true")), &[]),
            (
                Predicate::Compare(CreatedDateTime, Comparison::Le, Literal::Time(nine())),
                &all,
            ),
            (
                Predicate::Compare(CreatedDateTime, Comparison::Lt, Literal::Time(nine())),
                &[],
            ),
            (eq(Id, text("not an id")), &[]),
            (ne(Id, text("not an id")), &all),
            (
                Predicate::Compare(DisplayName, Comparison::Ge, text("zo")),
                &["Émile", "Zoë_1"],
            ),
            (
                Predicate::In(DisplayName, vec![text("bo"), text("ada")]),
                &["Ada", "Bo"],
            ),
            (Predicate::In(DisplayName, vec![]), &[]),
            (
                Predicate::Or(
                    Box::new(eq(DisplayName, text("bo"))),
                    Box::new(Predicate::And(
                        Box::new(eq(Department, text("sales"))),
                        Box::new(like(DisplayName, TextMatch::StartsWith, "z")),
                    )),
                ),
                &["Bo", "Zoë_1"],
            ),
        ];
        for (filter, wanted) in cases {
            let label = format!("{} {filter:?}", engine.name());
            assert_eq!(names(&store, filtered(filter)), wanted, "{label}");
        }
    }
}

#[test]
fn orders_are_the_same_on_both_engines_and_pages_meet_without_gap() {
    for engine in testing::engines() {
        let store = engine.store(clock());
        users(&store);
        let ordered = |order| Query {
            order,
            ..Query::default()
        };
        let by = |direction| names(&store, ordered(vec![(UserField::Department, direction)]));
        // Absent ones are the smallest.
        assert_eq!(by(Direction::Ascending), ["Bo", "Ada", "Émile", "Zoë_1"]);
        assert_eq!(by(Direction::Descending), ["Zoë_1", "Émile", "Ada", "Bo"]);
        let two = vec![
            (UserField::AccountEnabled, Direction::Descending),
            (UserField::DisplayName, Direction::Descending),
        ];
        assert_eq!(names(&store, ordered(two)), ["Émile", "Zoë_1", "Bo", "Ada"]);

        let mut seen = Vec::new();
        for skip in (0..6).step_by(2) {
            let query = Query {
                skip,
                top: 2,
                count: true,
                ..Query::<UserField>::default()
            };
            let page = read(&store, move |tx| tx.list_users(&query));
            assert_eq!(page.more, skip < 2, "at {skip}");
            assert_eq!(page.count, Some(4));
            seen.extend(
                page.rows
                    .into_iter()
                    .map(|user| user.display_name.to_string()),
            );
        }
        assert_eq!(seen, ["Ada", "Bo", "Émile", "Zoë_1"]);
        let none = Query {
            top: 0,
            ..Query::<UserField>::default()
        };
        let page = read(&store, move |tx| tx.list_users(&none));
        assert!(page.rows.is_empty() && page.more);
    }
}

#[test]
fn groups_are_found_by_what_they_are() {
    for engine in testing::engines() {
        let store = engine.store(clock());
        let mut world = World::default();
        let (plain, mut unified) = (world.group("Plain"), world.group("Unified one"));
        unified.kind = GroupKind::Microsoft365;
        record(&store, vec![made(&plain), made(&unified)]);
        let find = |filter| {
            read(&store, move |tx| {
                let page = tx.list_groups(&filtered(filter))?;
                Ok(page
                    .rows
                    .into_iter()
                    .map(|group| group.display_name.to_string())
                    .collect::<Vec<_>>())
            })
        };
        assert_eq!(
            find(eq(GroupField::GroupTypes, text("unified"))),
            ["Unified one"]
        );
        assert_eq!(
            find(not(eq(GroupField::GroupTypes, text("Unified")))),
            ["Plain"]
        );
        assert_eq!(
            find(like(GroupField::GroupTypes, TextMatch::StartsWith, "Dyn")),
            [""; 0]
        );
        assert_eq!(
            find(eq(GroupField::MailEnabled, Literal::Bool(true))),
            ["Unified one"]
        );
        assert_eq!(find(eq(GroupField::Visibility, text("Private"))).len(), 2);
        assert_eq!(
            find(eq(GroupField::OnPremisesSyncEnabled, Literal::Null)).len(),
            2
        );
        assert_eq!(
            find(eq(GroupField::IsAssignableToRole, Literal::Bool(false))).len(),
            2
        );
    }
}

#[test]
fn schedules_and_requests_are_found_by_every_field() {
    for engine in testing::engines() {
        let clock = clock();
        let store = engine.store(clock);
        let mut world = World::default();
        let (ada, bo, admins) = (world.user("Ada"), world.user("Bo"), world.group("Admins"));
        let ten = nine().plus(hours(1)).unwrap();
        let mut make = |principal, from| {
            world.schedule(
                ScheduleKind::Active,
                admins.id,
                Access::Member,
                user_ref(principal),
                Span::new(from, Some(ten.plus(hours(1)).unwrap())),
            )
        };
        let (now, ahead) = (make(ada.id, nine()), make(bo.id, ten));
        record(
            &store,
            vec![
                created(&ada),
                created(&bo),
                made(&admins),
                granted(&now),
                granted(&ahead),
            ],
        );
        let (now_id, ahead_id) = (now.id.to_string(), ahead.id.to_string());
        let group = admins.id.to_string();
        use ScheduleField as S;
        let end = Literal::Time(ten.plus(hours(1)).unwrap());
        let schedule_cases: Vec<(Predicate<S>, Vec<&str>)> = vec![
            (eq(S::Id, text(&now_id.to_uppercase())), vec!["Ada"]),
            (ne(S::Id, text(&now_id)), vec!["Bo"]),
            (eq(S::ScheduleId, text(&ahead_id)), vec!["Bo"]),
            (eq(S::Id, text("nonsense")), vec![]),
            (eq(S::GroupId, text(&group)), vec!["Ada", "Bo"]),
            (eq(S::PrincipalId, text(&bo.id.to_string())), vec!["Bo"]),
            (eq(S::PrincipalDisplayName, text("BO")), vec!["Bo"]),
            (eq(S::AccessId, text("Member")), vec!["Ada", "Bo"]),
            (ne(S::AccessId, text("owner")), vec!["Ada", "Bo"]),
            (eq(S::MemberType, text("Direct")), vec!["Ada", "Bo"]),
            (eq(S::MemberType, text("group")), vec![]),
            (eq(S::AssignmentType, text("assigned")), vec!["Ada", "Bo"]),
            (eq(S::AssignmentType, text("activated")), vec![]),
            (eq(S::Status, text("granted")), vec!["Bo"]),
            (eq(S::Status, text("Provisioned")), vec!["Ada"]),
            (
                eq(S::CreatedUsing, text(&now.id.grant.to_string())),
                vec!["Ada"],
            ),
            (
                eq(S::CreatedDateTime, Literal::Time(nine())),
                vec!["Ada", "Bo"],
            ),
            (
                Predicate::Compare(S::StartDateTime, Comparison::Gt, Literal::Time(nine())),
                vec!["Bo"],
            ),
            (eq(S::EndDateTime, end), vec!["Ada", "Bo"]),
            (eq(S::EndDateTime, Literal::Null), vec![]),
        ];
        let people = [(ada.id, "Ada"), (bo.id, "Bo")];
        let name = move |id| people.iter().find(|(one, _)| *one == id).unwrap().1;
        for (filter, wanted) in schedule_cases {
            let label = format!("{} {filter:?}", engine.name());
            let page = read(&store, move |tx| {
                tx.list_schedules(
                    ScheduleKind::Active,
                    ScheduleView::Schedules,
                    RoleKind::Group,
                    Scope::All,
                    &filtered(filter),
                )
            });
            assert_eq!(page.count, Some(wanted.len() as u64), "{label}");
            let found: Vec<_> = page.rows.iter().map(|row| name(row.principal.id)).collect();
            assert_eq!(found, wanted, "{label}");
        }
        use RequestField as R;
        let request_cases: Vec<(Predicate<R>, Vec<&str>)> = vec![
            (eq(R::Id, text(&now.id.grant.to_string())), vec!["Ada"]),
            (eq(R::GroupId, text(&group)), vec!["Ada", "Bo"]),
            (eq(R::Status, text("granted")), vec!["Bo"]),
            (eq(R::Status, text("provisioned")), vec!["Ada"]),
            (ne(R::Status, text("Revoked")), vec!["Ada", "Bo"]),
            (eq(R::Action, text("adminassign")), vec!["Ada", "Bo"]),
            (eq(R::Action, text("selfActivate")), vec![]),
            (
                like(R::Action, TextMatch::StartsWith, "Admin"),
                vec!["Ada", "Bo"],
            ),
            (eq(R::TargetScheduleId, text(&ahead_id)), vec!["Bo"]),
            (eq(R::CreatedBy, Literal::Null), vec!["Ada", "Bo"]),
            (eq(R::PrincipalDisplayName, text("ada")), vec!["Ada"]),
        ];
        for (filter, wanted) in request_cases {
            let label = format!("{} {filter:?}", engine.name());
            let page = read(&store, move |tx| {
                tx.list_requests(
                    ScheduleKind::Active,
                    RoleKind::Group,
                    Scope::All,
                    &filtered(filter),
                )
            });
            let found: Vec<_> = page.rows.iter().map(|row| name(row.principal)).collect();
            assert_eq!(found, wanted, "{label}");
        }
        let (group, user) = (admins.id, ada.id);
        read(&store, move |tx| {
            let query = Query {
                order: vec![
                    (S::Id, Direction::Descending),
                    (S::Status, Direction::Ascending),
                ],
                ..Query::default()
            };
            for (scope, count) in [
                (Scope::All, 2),
                (Scope::Group(group), 2),
                (Scope::Principal(user), 1),
                (Scope::GroupAndPrincipal(group, user), 1),
                (Scope::CreatedBy(user), 0),
            ] {
                let page = tx.list_schedules(
                    ScheduleKind::Active,
                    ScheduleView::Schedules,
                    RoleKind::Group,
                    scope.clone(),
                    &query,
                )?;
                assert_eq!(page.rows.len(), count, "{scope:?}");
                let page = tx.list_requests(
                    ScheduleKind::Active,
                    RoleKind::Group,
                    scope.clone(),
                    &Query::default(),
                )?;
                assert_eq!(page.rows.len(), count, "{scope:?}");
                let page = tx.list_schedules(
                    ScheduleKind::Eligible,
                    ScheduleView::Schedules,
                    RoleKind::Group,
                    scope,
                    &Query::default(),
                )?;
                assert!(page.rows.is_empty());
            }
            Ok(())
        });
    }
}

#[test]
fn members_are_listed_by_name_over_pages() {
    for engine in testing::engines() {
        let store = engine.store(clock());
        let mut world = World::default();
        let admins = world.group("Admins");
        let mut events = vec![made(&admins)];
        for name in ["Cleo", "Ada", "Bo"] {
            let user = world.user(name);
            events.push(created(&user));
            for _ in 0..2 {
                events.push(granted(&world.membership(admins.id, user_ref(user.id))));
            }
        }
        let inner = world.group("Inner");
        events.push(made(&inner));
        events.push(granted(&world.membership(admins.id, group_ref(inner.id))));
        record(&store, events);
        let group = admins.id;
        let list = |query: Query<PrincipalField>, nested: bool| {
            read(&store, move |tx| {
                let page = if nested {
                    tx.list_transitive_members(group, &query)?
                } else {
                    tx.list_holders(group, Access::Member, &query)?
                };
                Ok(page
                    .rows
                    .into_iter()
                    .map(|p| p.display_name.to_string())
                    .collect::<Vec<_>>())
            })
        };
        assert_eq!(
            list(Query::default(), false),
            ["Cleo", "Ada", "Bo", "Inner"]
        );
        for nested in [false, true] {
            let order = vec![(PrincipalField::DisplayName, Direction::Ascending)];
            let query = Query {
                order,
                skip: 1,
                top: 2,
                ..Query::default()
            };
            assert_eq!(list(query, nested), ["Bo", "Cleo"]);
            let query = filtered(like(
                PrincipalField::DisplayName,
                TextMatch::StartsWith,
                "a",
            ));
            assert_eq!(list(query, nested), ["Ada"]);
        }
    }
}

/// P-11: a page of members goes on behind the last row of the one before, whoever has come or gone meanwhile.
#[test]
fn members_are_paged_by_where_a_page_ended() {
    for engine in testing::engines() {
        let store = engine.store(clock());
        let mut world = World::default();
        let group = world.group("Admins");
        let mut events = vec![made(&group)];
        let mut grants = Vec::new();
        for at in 0..7 {
            let user = world.user(&format!("U{at}"));
            events.push(created(&user));
            // Who has two grants is one row still, where the first of them is.
            for _ in 0..2 {
                let grant = world.membership(group.id, user_ref(user.id));
                events.push(granted(&grant));
                grants.push(grant);
            }
        }
        record(&store, events);
        let group = group.id;
        let page = |after: Option<u64>, filter: Option<Predicate<PrincipalField>>| {
            let query = Query {
                after,
                // As a link says it: the list knows which of the two it gave.
                skip: after.map_or(0, |after| u32::try_from(after).unwrap()),
                top: 3,
                count: true,
                filter,
                ..Query::default()
            };
            read(&store, move |tx| {
                tx.list_holders(group, Access::Member, &query)
            })
        };
        let names = |page: &Page<Principal>| {
            let names = page.rows.iter().map(|row| row.display_name.to_string());
            names.collect::<Vec<_>>()
        };
        let all = || like(PrincipalField::DisplayName, TextMatch::StartsWith, "u");
        for filter in [None, Some(all())] {
            let first = page(None, filter.clone());
            assert_eq!(names(&first), ["U0", "U1", "U2"]);
            assert_eq!((first.more, first.count), (true, Some(7)));
            let second = page(first.last, filter.clone());
            assert_eq!(names(&second), ["U3", "U4", "U5"], "{}", engine.name());
            let third = page(second.last, filter);
            assert_eq!((names(&third), third.more), (vec!["U6".to_owned()], false));
        }
        // The first two go: a page that was begun before misses nobody.
        let first = page(None, None);
        let at = nine();
        let ended = grants[..4]
            .iter()
            .map(|grant| EndedSchedule::now(grant, EndReason::RemovedOutside))
            .collect();
        record(
            &store,
            vec![Event::SchedulesEnded {
                request: None,
                ended,
                at,
            }],
        );
        assert_eq!(names(&page(None, None)), ["U2", "U3", "U4"]);
        assert_eq!(names(&page(first.last, None)), ["U3", "U4", "U5"]);
    }
}

#[test]
fn t49_what_a_caller_writes_is_never_sql() {
    let corpus = [
        "'",
        "''",
        "\"",
        "\\",
        "%",
        "_",
        "$1",
        "$now",
        "?1",
        ";",
        "--",
        "/*",
        "*/",
        "' OR '1'='1",
        "'; DROP TABLE users; --",
        "x' UNION SELECT hash FROM passwords --",
        "\\' OR 1=1 --",
        "1); DELETE FROM audit; --",
        "${7*7}",
        "{{7*7}}",
        "%27%20OR%201=1",
        "\u{2019} OR 1=1",
        "admin'/*",
        "' || (SELECT hash FROM passwords) || '",
        "$$; SELECT pg_sleep(9); $$",
    ];
    for engine in testing::engines() {
        let store = engine.store(clock());
        users(&store);
        for attack in corpus {
            for field in [
                UserField::DisplayName,
                UserField::Mail,
                UserField::Id,
                UserField::CreatedDateTime,
            ] {
                for filter in [
                    eq(field, text(attack)),
                    like(field, TextMatch::EndsWith, attack),
                    Predicate::In(field, vec![text(attack), text("nobody")]),
                ] {
                    let found = names(&store, filtered(filter));
                    assert!(
                        found.iter().all(|name| name.ends_with(attack)),
                        "{attack}: {found:?}"
                    );
                }
            }
            let attack = ShortText::new(attack).unwrap();
            let filter = like(
                ScheduleField::PrincipalDisplayName,
                TextMatch::Contains,
                attack.as_str(),
            );
            let page = read(&store, move |tx| {
                tx.list_schedules(
                    ScheduleKind::Active,
                    ScheduleView::Instances,
                    RoleKind::Group,
                    Scope::All,
                    &filtered(filter),
                )
            });
            assert!(page.rows.is_empty());
        }
        assert_eq!(names(&store, Query::default()).len(), 4);
    }
}
