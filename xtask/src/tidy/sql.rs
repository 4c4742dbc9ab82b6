//! SQL stays in the store, is never made of what somebody sent, and never forgets that time passes.
//!
//! Four checks. Text that is SQL stands in `ephor-store` alone. No statement is formatted, outside the one
//! file that turns typed filters into conditions. Whoever reads a table whose rows have a span names the
//! shared predicate in the same statement, or is called history. And assignments are written in `project/`
//! alone (T-15), so that no weaker path can make a grant.
//!
//! The tables with a span are read off the schema, and the shared predicates off `sql.rs`: a new one of
//! either kind needs no change here.

use std::collections::BTreeSet;

use super::{File, Finding, Tree};
use crate::source::{Source, Text};

const STORE: &str = "crates/ephor-store/src/";

/// Where each predicate over a span is written, once: the macros and constants here that name `ends_at`.
const PREDICATES: &str = "crates/ephor-store/src/sql.rs";

/// The one file that builds conditions, out of closed sets of fields; values stay parameters.
const BUILDER: &str = "crates/ephor-store/src/query/filter.rs";

/// Where events become rows.
const PROJECT: [&str; 2] = [
    "crates/ephor-store/src/project/",
    "crates/ephor-store/src/project.rs",
];

/// Tables with a span that are known whatever the schema says.
const BOUNDED: [&str; 2] = ["schedules", "directory_role_assignments"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let schema = Schema::of(tree);
    let mut findings = Vec::new();
    for (file, source) in tree.rust() {
        if !is_shipped(&file.path) {
            continue;
        }
        for text in &source.texts {
            if source.is_for_tests(text.offset) {
                continue;
            }
            let mut say = |wrong: String, instead| {
                let line = source.line(text.offset);
                findings.push(Finding::new(&file.path, line, wrong, instead));
            };
            let statement = words_of(&text.says);
            if !file.path.starts_with(STORE) {
                if schema.reads_as_sql(&statement) {
                    say(
                        format!("SQL outside the store: {}", short(&text.says)),
                        "ask the store by a method of ReadTx or Tx; add one there if none fits",
                    );
                }
                continue;
            }
            if file.path != BUILDER && is_formatted(source, text) && has_sql_in_it(&statement) {
                say(
                    format!("SQL is formatted: {}", short(&text.says)),
                    "write the statement as one text (`concat!` joins texts) and give values as parameters `$1`, `$2`; conditions out of filters are built in query/filter.rs",
                );
            }
            if let Some(table) = schema.reads_bounded(&statement).next()
                && !schema.says_when(source, text)
                && !is_history(source, text)
            {
                say(
                    format!("reads `{table}` without saying when: {}", short(&text.says)),
                    "join `in_force!()` or `running!()` to the statement; another predicate over the span is written once, in sql.rs; a query about the past has `history` in its name",
                );
            }
            let is_project = PROJECT.iter().any(|place| file.path.starts_with(place));
            if let Some(table) = schema.writes_bounded(&statement)
                && !is_project
            {
                say(
                    format!("writes `{table}`: {}", short(&text.says)),
                    "record an event; its projection in crates/ephor-store/src/project/ is the only writer of assignments (T-15)",
                );
            }
        }
    }
    findings
}

/// Tests and benchmarks may look behind the curtain, and raw loops to compare with must. This crate
/// speaks of SQL and never to a database.
fn is_shipped(path: &str) -> bool {
    path.contains("/src/") && !path.starts_with("xtask/")
}

/// What the store's schema and its `sql.rs` say.
struct Schema {
    tables: BTreeSet<String>,
    bounded: BTreeSet<String>,
    predicates: BTreeSet<String>,
}

impl Schema {
    fn of(tree: &Tree) -> Self {
        let mut schema = Self {
            tables: BTreeSet::new(),
            bounded: BOUNDED.map(str::to_owned).into(),
            predicates: BTreeSet::new(),
        };
        let in_store = tree
            .files
            .iter()
            .filter(|file| file.path.starts_with(STORE));
        for file in in_store {
            if file.path.ends_with(".sql") {
                schema.take_tables(file);
            }
            if let (PREDICATES, Some(source)) = (file.path.as_str(), &file.rust) {
                schema.predicates.extend(
                    source
                        .named_texts()
                        .filter(|(_, text)| {
                            words_of(&text.says).iter().any(|word| word == "ends_at")
                        })
                        .map(|(name, _)| name.to_ascii_lowercase()),
                );
            }
        }
        schema.tables.extend(schema.bounded.iter().cloned());
        schema
    }

    fn take_tables(&mut self, file: &File) {
        let without_comments: String = file
            .text
            .lines()
            .map(|line| line.split("--").next().unwrap_or(""))
            .collect::<Vec<_>>()
            .join("\n");
        for statement in without_comments.split(';') {
            let words = words_of(statement);
            let mut from = words.iter().map(String::as_str);
            if (from.next(), from.next()) != (Some("create"), Some("table")) {
                continue;
            }
            let name = from.find(|word| !matches!(*word, "if" | "not" | "exists"));
            let has = |column: &str| words.iter().any(|word| word == column);
            if let Some(name) = name {
                self.tables.insert(name.to_owned());
                if has("starts_at") && has("ends_at") {
                    self.bounded.insert(name.to_owned());
                }
            }
        }
    }

    /// Whether this is a statement, not a sentence: it begins as one, and names a table of ours or an
    /// engine's own, or is written in the capitals that sentences do not use.
    fn reads_as_sql(&self, statement: &[String]) -> bool {
        let words: Vec<&str> = statement.iter().map(String::as_str).collect();
        let names_table_after = |keyword: &str| {
            words.windows(2).any(|pair| {
                pair[0] == keyword
                    && (self.tables.contains(pair[1])
                        || pair[1].starts_with("pg_")
                        || pair[1].starts_with("sqlite_"))
            })
        };
        match words.as_slice() {
            ["select" | "with", ..] => names_table_after("from") || names_table_after("join"),
            ["insert" | "replace", "into", table, ..]
            | ["delete", "from", table, ..]
            | ["update", table, "set", ..] => self.tables.contains(*table),
            [
                "create" | "drop" | "alter",
                "table" | "index" | "view" | "unique" | "database",
                _,
                ..,
            ]
            | ["pragma", _, ..] => true,
            _ => false,
        }
    }

    /// The tables with a span that are read here, once for each time.
    fn reads_bounded<'a>(&'a self, statement: &'a [String]) -> impl Iterator<Item = &'a str> {
        statement.windows(2).enumerate().filter_map(|(at, pair)| {
            // Deleting is writing; whoever may do that is another check.
            let deletes = at > 0 && statement[at - 1] == "delete";
            let reads = matches!(pair[0].as_str(), "from" | "join") && !deletes;
            let table = self.bounded.get(&pair[1])?;
            reads.then_some(table.as_str())
        })
    }

    fn writes_bounded(&self, statement: &[String]) -> Option<&str> {
        statement.windows(3).find_map(|words| {
            let table = match (words[0].as_str(), words[1].as_str(), words[2].as_str()) {
                ("insert" | "replace", "into", table) | ("delete", "from", table) => table,
                ("update", table, "set" | "as") => table,
                _ => return None,
            };
            self.bounded.get(table).map(String::as_str)
        })
    }

    /// Whether the statement that this text is part of names a shared predicate for each table with a span
    /// that it reads. A macro that leaves the predicate to its uses is judged by every one of them.
    fn says_when(&self, source: &Source, text: &Text) -> bool {
        let stretch = source.statement_around(text.offset);
        let texts = || {
            source
                .texts
                .iter()
                .filter(|text| stretch.contains(&text.offset))
                .map(|text| words_of(&text.says))
        };
        let reads: usize = texts()
            .map(|words| self.reads_bounded(&words).count())
            .sum();
        let predicates_in = |words: &[String]| {
            words
                .iter()
                .filter(|word| self.predicates.contains(*word))
                .count()
        };
        let named = predicates_in(&words_of(&source.code[stretch.clone()]))
            + texts().map(|words| predicates_in(&words)).sum::<usize>();
        named >= reads
            || source
                .uses_of_macro_around(text.offset)
                .is_some_and(|uses| {
                    !uses.is_empty()
                        && uses
                            .iter()
                            .all(|passed| named + predicates_in(&words_of(passed)) >= reads)
                })
    }
}

fn is_history(source: &Source, text: &Text) -> bool {
    source
        .names_around(text.offset)
        .any(|name| name.to_ascii_lowercase().contains("history"))
}

/// Whether this text is the form of a formatting macro and has a place to be filled in.
fn is_formatted(source: &Source, text: &Text) -> bool {
    let says = text.says.replace("{{", "");
    let statement = &source.code[source.statement_around(text.offset)];
    let before = source.code[..text.offset].trim_end();
    let direct = before.ends_with("format!(") || before.ends_with("format_args!(");
    let written = before.ends_with(',')
        && ["write!(", "writeln!("]
            .iter()
            .any(|opening| statement.contains(opening));
    says.contains('{') && (direct || written)
}

/// Whether this is SQL or a piece of it. Stricter than for other crates: inside the store no sentence has
/// these words in this order.
fn has_sql_in_it(statement: &[String]) -> bool {
    let has = |word: &str| statement.iter().any(|one| one == word);
    let pair = |first: &str, second: &str| {
        statement
            .windows(2)
            .any(|two| two[0] == first && two[1] == second)
    };
    (has("select") && has("from"))
        || pair("insert", "into")
        || pair("delete", "from")
        || (has("update") && has("set"))
        || pair("order", "by")
        || pair("group", "by")
        || has("where")
        || has("limit")
}

/// The words of a statement in lower case; everything between them is gone, `$1` and `'…'` too.
fn words_of(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect()
}

fn short(says: &str) -> String {
    let mut cut: String = says.chars().take(60).collect();
    if cut.len() < says.len() {
        cut.push('…');
    }
    format!("`{cut}`")
}

#[cfg(test)]
mod tests {
    use super::super::wrongs;
    use super::*;

    const SQL_RS: &str = "//! The seam.\nmacro_rules! in_force { () => { \"(starts_at <= $now AND $now < ends_at)\" }; }\n";
    const SCHEMA: &str = "-- CREATE TABLE talk (starts_at, ends_at)\nCREATE TABLE users (id {bytes});\nCREATE TABLE leases (\n  starts_at {int},\n  ends_at {int}\n);";

    fn store(path: &str, body: &str) -> Tree {
        Tree::of([
            (PREDICATES.to_owned(), SQL_RS.to_owned()),
            (format!("{STORE}schema/V1__a.sql"), SCHEMA.to_owned()),
            (path.to_owned(), body.to_owned()),
        ])
    }

    fn found(path: &str, body: &str) -> Vec<String> {
        wrongs(&check(&store(path, body)))
            .into_iter()
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn a_read_that_does_not_say_when_is_found() {
        let query = format!("{STORE}query/schedules.rs");
        let bad =
            "fn holds() { tx.query(\"SELECT 1 FROM schedules WHERE group_id = $1\", &[group]); }";
        assert_eq!(
            found(&query, bad),
            [
                "reads `schedules` without saying when: `SELECT 1 FROM schedules WHERE group_id = $1`"
            ]
        );
        let lower =
            "const Q: &str = \"select 1 from users u join directory_role_assignments d on 1=1\";";
        assert_eq!(found(&query, lower).len(), 1);
        let from_the_schema = "const Q: &str = \"SELECT 1 FROM leases\";";
        assert_eq!(found(&query, from_the_schema).len(), 1);
    }

    #[test]
    fn a_read_with_the_shared_predicate_or_about_the_past_passes() {
        let query = format!("{STORE}query/schedules.rs");
        for good in [
            "fn holds() { tx.query(concat!(\"SELECT 1 FROM schedules WHERE group_id = $1 AND \", in_force!()), &[group]); }",
            "const HOLDS: &str = concat!(\"SELECT 1 FROM schedules WHERE \", in_force!());",
            "fn list() { List { from: \"FROM schedules\", only: in_force!() } }",
            "fn schedule_history() { tx.query(\"SELECT * FROM schedules\"); }",
            "const HISTORY_OF_GROUP: &str = \"SELECT * FROM schedules\";",
            "fn users() { tx.query(\"SELECT * FROM users\"); }",
            "#[cfg(test)]\nmod tests { fn all() { query(\"SELECT * FROM schedules\"); } }",
        ] {
            assert_eq!(found(&query, good), [""; 0], "{good}");
        }
    }

    #[test]
    fn the_predicate_of_the_next_statement_does_not_count() {
        let query = format!("{STORE}query/schedules.rs");
        let bad = "fn a() { let x = \"SELECT 1 FROM schedules\"; let y = in_force!(); }";
        assert_eq!(found(&query, bad).len(), 1);
    }

    #[test]
    fn each_read_of_a_statement_needs_a_predicate_of_its_own() {
        let query = format!("{STORE}query/schedules.rs");
        let once = "fn a() { one(concat!(\"SELECT 1 FROM schedules WHERE \", in_force!(), \" UNION SELECT 1 FROM n JOIN schedules s ON 1 = 1\")); }";
        assert!(!found(&query, once).is_empty());
        let twice = once.replace("ON 1 = 1\"", "ON \", in_force!()");
        assert_eq!(found(&query, &twice), [""; 0]);
    }

    #[test]
    fn a_macro_may_leave_the_predicate_to_its_uses_if_all_of_them_give_one() {
        let query = format!("{STORE}query/schedules.rs");
        let macro_ = "macro_rules! listed { ($when:expr) => { concat!(\"SELECT 1 FROM schedules WHERE \", $when) }; }";
        let good = format!("{macro_} fn a() {{ (listed!(in_force!()), listed!(in_force!())) }}");
        assert_eq!(found(&query, &good), [""; 0]);
        let bad = format!("{macro_} fn a() {{ (listed!(in_force!()), listed!(\"1 = 1\")) }}");
        assert_eq!(found(&query, &bad).len(), 1);
        assert_eq!(found(&query, macro_).len(), 1);
    }

    #[test]
    fn a_second_writer_of_assignments_is_found() {
        let query = format!("{STORE}query/schedules.rs");
        let project = format!("{STORE}project/schedules.rs");
        for bad in [
            "fn a() { tx.execute(\"INSERT INTO schedules (id) VALUES ($1)\"); }",
            "fn a() { tx.execute(\"UPDATE schedules SET ends_at = $1\"); }",
            "fn a() { tx.execute(\"DELETE FROM schedules\"); }",
            "fn history() { tx.execute(\"DELETE FROM directory_role_assignments\"); }",
        ] {
            let wrong = found(&query, bad);
            assert_eq!(wrong.len(), 1, "{bad}: {wrong:?}");
            assert!(wrong[0].starts_with("writes `"), "{wrong:?}");
            assert_eq!(found(&project, bad), [""; 0], "{bad}");
        }
    }

    #[test]
    fn formatted_sql_is_found_outside_the_builder() {
        let query = format!("{STORE}query/users.rs");
        for bad in [
            "fn a() { let sql = format!(\"SELECT id FROM users WHERE name = '{name}'\"); }",
            "fn a() { write!(sql, \" ORDER BY {field}\")?; }",
            "fn a() { sql.push_str(&format!(\" LIMIT {}\", n)); }",
        ] {
            assert_eq!(found(&query, bad).len(), 1, "{bad}");
            assert_eq!(found(BUILDER, bad), [""; 0], "{bad}");
        }
        for good in [
            "fn a() { format!(\"the file {place} is no database\") }",
            "fn a() { concat!(\"SELECT id FROM users WHERE \", \"id = $1\") }",
            "fn a() { format!(\"SELECT id FROM users WHERE {{}}\") }",
        ] {
            assert_eq!(found(&query, good), [""; 0], "{good}");
        }
    }

    #[test]
    fn sql_outside_the_store_is_found_and_sentences_are_not() {
        let http = "crates/ephor-http/src/graph/users.rs";
        for bad in [
            "const Q: &str = \"SELECT id FROM users\";",
            "const Q: &str = \"update users set x = 1\";",
            "const Q: &str = \"PRAGMA user_version\";",
            "const Q: &str = \"select relname from pg_class\";",
        ] {
            assert_eq!(found(http, bad).len(), 1, "{bad}");
        }
        for good in [
            "const S: &str = \"select one from the list\";",
            "const S: &str = \"update or remove the one that is there\";",
            "const S: &str = \"with a ticket\";",
            "const S: &str = \"create one with `ephor init`\";",
        ] {
            assert_eq!(found(http, good), [""; 0], "{good}");
        }
        let test = "crates/ephor/tests/crash.rs";
        assert_eq!(
            found(test, "const Q: &str = \"SELECT id FROM users\";"),
            [""; 0]
        );
    }
}
