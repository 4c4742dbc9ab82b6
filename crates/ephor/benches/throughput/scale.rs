//! How much slower a large company is than a small one: the same questions, before and after it has grown.

use std::time::Duration;

use ephor_core::caller::Caller;
use ephor_core::group::Access;
use ephor_core::query::{
    Comparison, Direction, GroupField, Literal, Predicate, Query, TextMatch, UserField,
};
use ephor_ops::{directory, schedule_request};

use crate::company::Company;
use crate::now;

/// How often each question is asked.
const TIMES: usize = 300;

/// What one kind of question took, each time.
struct Took(Vec<Duration>);

impl Took {
    fn of(mut ask: impl FnMut(usize)) -> Self {
        // What is asked first finds nothing in any cache: that is not what is compared.
        ask(0);
        let each = (1..=TIMES).map(|at| {
            let started = now();
            ask(at);
            started.elapsed()
        });
        let mut all: Vec<_> = each.collect();
        all.sort();
        Self(all)
    }

    fn percentile(&self, percent: usize) -> f64 {
        let at = (self.0.len() * percent / 100).min(self.0.len() - 1);
        self.0[at].as_secs_f64() * 1e6
    }
}

type Measured = Vec<(&'static str, Took)>;

/// P-11: each page at many users beside the same page at few; and a self-activation at many assignments beside
/// the same at few.
pub(crate) fn scale(users: usize) {
    let (groups, assignments) = (users / 10, users);
    let mut company = Company::seed(3_000);
    // Enough of everything that a page is full in the small company too.
    company.grow(1_000, 200, 2_000);
    let few = activations(&company);
    let small = pages(&company, 0);
    println!("\ngrowing by {users} users, {groups} groups and {assignments} assignments…");
    company.grow(users, groups, assignments);
    let large = pages(&company, u64::try_from(users / 2).unwrap_or(0));
    let many = activations(&company);
    println!(
        "pages of 100 in microseconds: small company, large company, ratio (at most 3 is wanted of p99)"
    );
    for ((name, small), (_, large)) in small.iter().zip(&large) {
        show(name, "p50", small.percentile(50), large.percentile(50), 3.0);
        show("", "p99", small.percentile(99), large.percentile(99), 3.0);
    }
    println!("self-activations, one at a time, median: the same (at most 2 is wanted)");
    show(
        "activation",
        "p50",
        few.percentile(50),
        many.percentile(50),
        2.0,
    );
}

fn show(name: &str, which: &str, small: f64, large: f64, most: f64) {
    let ratio = large / small;
    let verdict = if ratio <= most {
        "reached"
    } else {
        "NOT REACHED"
    };
    println!("  {name:<40} {which} {small:>9.0} {large:>9.0} {ratio:>7.2}  {verdict}");
}

fn pages(company: &Company, middle: u64) -> Measured {
    let caller = Caller::person(company.people[0]);
    let users = |query: Query<UserField>| {
        let (caller, store) = (caller.clone(), company.store());
        Took::of(move |_| {
            let (caller, query) = (caller.clone(), query.clone());
            store
                .read("page", move |tx| directory::list_users(tx, &caller, &query))
                .wait()
                .expect("a page is read");
        })
    };
    let groups = |query: Query<GroupField>| {
        let (caller, store) = (caller.clone(), company.store());
        Took::of(move |_| {
            let (caller, query) = (caller.clone(), query.clone());
            store
                .read("page", move |tx| {
                    directory::list_groups(tx, &caller, &query)
                })
                .wait()
                .expect("a page is read");
        })
    };
    let is = |field, text: &str| {
        Some(Predicate::Compare(
            field,
            Comparison::Eq,
            Literal::Text(text.to_owned()),
        ))
    };
    let starts = |text: &str| {
        let text = text.to_owned();
        Some(Predicate::Text(
            UserField::DisplayName,
            TextMatch::StartsWith,
            text,
        ))
    };
    vec![
        ("users", users(Query::default())),
        (
            "users, a page in the middle",
            users(Query {
                after: Some(middle),
                ..Query::default()
            }),
        ),
        (
            "users by name",
            users(Query {
                order: vec![(UserField::DisplayName, Direction::Ascending)],
                ..Query::default()
            }),
        ),
        (
            "users whose name begins so",
            users(Query {
                filter: starts("person 1"),
                ..Query::default()
            }),
        ),
        (
            "the user of this name",
            users(Query {
                filter: is(UserField::UserPrincipalName, "person7@contoso.example"),
                ..Query::default()
            }),
        ),
        (
            "users of one city",
            users(Query {
                filter: is(UserField::City, "city 1"),
                ..Query::default()
            }),
        ),
        (
            "disabled accounts",
            users(Query {
                filter: Some(Predicate::Compare(
                    UserField::AccountEnabled,
                    Comparison::Eq,
                    Literal::Bool(false),
                )),
                ..Query::default()
            }),
        ),
        ("groups", groups(Query::default())),
        (
            "groups by name",
            groups(Query {
                order: vec![(GroupField::DisplayName, Direction::Ascending)],
                ..Query::default()
            }),
        ),
        ("members of a group", {
            let (caller, store, group) = (caller.clone(), company.store(), company.first_group());
            Took::of(move |_| {
                let caller = caller.clone();
                store
                    .read("page", move |tx| {
                        let query = Query::default();
                        directory::holders(tx, &caller, group, Access::Member, &query)
                    })
                    .wait()
                    .expect("a page is read");
            })
        }),
        (
            "role-assignable groups",
            groups(Query {
                filter: Some(Predicate::Compare(
                    GroupField::IsAssignableToRole,
                    Comparison::Eq,
                    Literal::Bool(true),
                )),
                ..Query::default()
            }),
        ),
    ]
}

fn activations(company: &Company) -> Took {
    Took::of(|_| {
        let ask = company.next().expect("enough are eligible");
        let caller = Caller::person(ask.principal);
        company
            .store()
            .write("activate", caller, move |tx| {
                schedule_request::create(tx, &ask)
            })
            .wait()
            .expect("it is granted");
    })
}
