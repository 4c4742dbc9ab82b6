//! The ceilings: raw loops over the same driver, on the same tables, with the least they can do.

use std::path::Path;

use ephor_core::id::{GroupId, PrincipalId};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params, params_from_iter};

use crate::company::Company;

/// A row to copy: table, and each column with its value.
type Row = (&'static str, Vec<(String, Value)>);

/// The tables that an activation adds a row to.
const TABLES: [&str; 4] = ["audit", "schedules", "requests", "outbox"];

/// The newest row of each table that an activation writes.
pub(crate) fn newest_rows(file: &Path) -> Vec<Row> {
    let conn = reader(file);
    TABLES
        .into_iter()
        .map(|table| {
            let mut statement = conn
                .prepare(&format!(
                    "SELECT * FROM {table} ORDER BY rowid DESC LIMIT 1"
                ))
                .expect("the table is there");
            let names: Vec<_> = statement.column_names().map(str::to_owned).collect();
            let values = statement
                .query_row([], |row| {
                    (0..names.len())
                        .map(|at| row.get(at))
                        .collect::<Result<Vec<Value>, _>>()
                })
                .expect("it has a row");
            (table, names.into_iter().zip(values).collect())
        })
        .collect()
}

/// How many activations there are.
pub(crate) fn count(file: &Path) -> usize {
    let count: i64 = reader(file)
        .query_row(
            "SELECT count(*) FROM schedules WHERE used_grant_id IS NOT NULL",
            [],
            |row| row.get(0),
        )
        .expect("they can be counted");
    usize::try_from(count).expect("a count is not negative")
}

/// Adds rows like the newest of their tables.
pub(crate) fn grow(file: &Path, users: usize, groups: usize, assignments: usize) {
    let conn = Connection::open(file).expect("it can be opened");
    conn.execute_batch("PRAGMA synchronous = OFF; BEGIN")
        .expect("a transaction begins");
    // A company that grows twice has no name twice.
    let there: i64 = conn
        .query_row("SELECT MAX(number) FROM users", [], |row| row.get(0))
        .expect("there are users");
    let named = |front: &str| {
        format!("'{front}' || ((value + {there}) * 7919 % 1000003) || '.' || (value + {there})")
    };
    let user = named("grown");
    // As many in each place whatever the size, so that a page of them is as full.
    let places = users / 200 + 1;
    let city = format!("'city ' || (value % {places})");
    let department = format!("'department ' || (value % {places})");
    copies(
        &conn,
        "users",
        users,
        &[
            ("id", "randomblob(16)"),
            ("user_principal_name_key", &user),
            ("user_principal_name", &user),
            ("display_name_key", &user),
            ("mail_key", &user),
            ("mail_nickname_key", &user),
            ("employee_id_key", &user),
            ("name_skeleton", &user),
            ("name_folded_skeleton", &user),
            ("city_key", &city),
            ("department_key", &department),
        ],
    );
    let group = named("group ");
    copies(
        &conn,
        "groups",
        groups,
        &[
            ("id", "randomblob(16)"),
            ("display_name_key", &group),
            ("mail_nickname_key", &group),
            ("nickname_skeleton", &group),
            ("nickname_folded_skeleton", &group),
        ],
    );
    let of_group =
        "(SELECT id FROM groups WHERE number = 1 + value % (SELECT MAX(number) FROM groups))";
    let some = [("object_id", of_group), ("principal_id", "randomblob(16)")];
    let own = |name| [&[(name, "randomblob(16)")], &some[..]].concat();
    copies(&conn, "schedules", assignments, &own("grant_id"));
    copies(&conn, "requests", assignments, &own("id"));
    conn.execute_batch("COMMIT").expect("it is kept");
}

/// So many copies of the newest row of a table; the columns that are named get what is said instead.
fn copies(conn: &Connection, table: &str, count: usize, instead: &[(&str, &str)]) {
    if count == 0 {
        return;
    }
    let statement = conn
        .prepare(&format!("SELECT * FROM {table} LIMIT 1"))
        .expect("the table is there");
    let names: Vec<String> = statement
        .column_names()
        .filter(|name| *name != "number")
        .map(str::to_owned)
        .collect();
    for (column, _) in instead {
        let is_there = names.iter().any(|name| name == column);
        assert!(is_there, "{table} has no column {column}");
    }
    let values = names.iter().map(|name| {
        let said = instead.iter().find(|(own, _)| own == name);
        said.map_or_else(|| format!("t.{name}"), |(_, value)| (*value).to_owned())
    });
    let values: Vec<String> = values.collect();
    let sql = format!(
        "WITH RECURSIVE count (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM count WHERE value < {count})
         INSERT INTO {table} ({}) SELECT {} FROM count,
             (SELECT * FROM {table} ORDER BY number DESC LIMIT 1) t",
        names.join(", "),
        values.join(", ")
    );
    conn.execute(&sql, []).expect("rows are added");
}

fn reader(file: &Path) -> Connection {
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("it can be opened")
}

/// A loop that commits what activations would.
pub(crate) struct Raw {
    conn: Connection,
    inserts: Vec<Insert>,
    sequence: i64,
    pairs: Vec<(GroupId, PrincipalId)>,
    at: usize,
    random: u64,
}

/// A statement and the row it begins with.
struct Insert {
    sql: String,
    columns: Vec<String>,
    values: Vec<Value>,
}

impl Raw {
    /// On a copy of the company's database, so that tables and indexes are as large.
    pub(crate) fn beside(company: &Company, template: &[Row]) -> Self {
        let file = company.scratch().join("raw.db");
        reader(&company.file())
            .execute("VACUUM INTO ?1", [file.display().to_string()])
            .expect("a database can be copied");
        let conn = Connection::open(&file).expect("the copy can be opened");
        // As the store sets its writer up.
        conn.execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000;
             PRAGMA cache_size=-16384; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;
             PRAGMA cell_size_check=ON; PRAGMA mmap_size=0",
        )
        .expect("the copy can be set up");
        conn.set_prepared_statement_cache_capacity(64);
        let sequence = conn
            .query_row("SELECT max(sequence) FROM audit", [], |row| row.get(0))
            .expect("there is an audit log");
        Self {
            conn,
            inserts: template.iter().map(Insert::of).collect(),
            sequence,
            pairs: (0..company.people.len() * 8)
                .map(|at| company.pair(at))
                .collect(),
            at: 0,
            random: 0x9E37_79B9_7F4A_7C15,
        }
    }

    /// How many activations there are.
    pub(crate) fn kept(&self) -> usize {
        count(Path::new(self.conn.path().expect("it is a file")))
    }

    /// Commits the rows of so many activations.
    pub(crate) fn commit(&mut self, activations: usize) {
        self.conn
            .execute_batch("BEGIN IMMEDIATE")
            .expect("a transaction begins");
        for _ in 0..activations {
            self.sequence += 1;
            self.at = (self.at + 1) % self.pairs.len();
            let (group, principal) = self.pairs[self.at];
            let fresh = self.fresh();
            let (group, principal) = (blob(group.uuid()), blob(principal.uuid()));
            for insert in &mut self.inserts {
                for (column, value) in insert.columns.iter().zip(&mut insert.values) {
                    match column.as_str() {
                        "sequence" => *value = Value::Integer(self.sequence),
                        "group_id" => value.clone_from(&group),
                        "principal_id" | "actor_id" => value.clone_from(&principal),
                        "id" | "grant_id" | "created_using" | "target_grant_id" => {
                            value.clone_from(&fresh);
                        }
                        _ => {}
                    }
                }
                self.conn
                    .prepare_cached(&insert.sql)
                    .and_then(|mut statement| statement.execute(params_from_iter(&insert.values)))
                    .expect("a row is inserted");
            }
        }
        self.conn
            .prepare_cached("UPDATE state SET audit_sequence = ?1, audit_hash = ?2, time_floor = ?3, clock_offset = 0")
            .and_then(|mut statement| statement.execute(params![self.sequence, [7_u8; 32], self.sequence]))
            .expect("the state is updated");
        self.conn
            .execute_batch("COMMIT")
            .expect("a transaction is committed");
    }

    /// Sixteen bytes that nobody has seen: as scattered in an index as random ids are.
    fn fresh(&mut self) -> Value {
        let mut half = || {
            self.random ^= self.random << 13;
            self.random ^= self.random >> 7;
            self.random ^= self.random << 17;
            self.random.to_be_bytes()
        };
        let bytes = [half(), half()].concat();
        Value::Blob(bytes)
    }
}

impl Insert {
    fn of((table, row): &Row) -> Self {
        // Rows number themselves, apart from the audit log, whose sequence has no gaps.
        let (columns, values): (Vec<_>, Vec<_>) = row
            .iter()
            .filter(|(column, _)| column != "number" && (*table != "outbox" || column != "id"))
            .cloned()
            .unzip();
        let places: Vec<_> = (1..=columns.len()).map(|at| format!("?{at}")).collect();
        Self {
            sql: format!(
                "INSERT INTO {table} ({}) VALUES ({})",
                columns.join(", "),
                places.join(", ")
            ),
            columns,
            values,
        }
    }
}

fn blob(uuid: uuid::Uuid) -> Value {
    Value::Blob(uuid.as_bytes().to_vec())
}

/// A loop that asks who is in what.
pub(crate) struct Reader(Connection);

impl Reader {
    /// On the company's own database.
    pub(crate) fn on(company: &Company) -> Self {
        Self(reader(&company.file()))
    }

    /// Whether this person is in this group, in a transaction of its own.
    pub(crate) fn ask(&self, (group, principal): (GroupId, PrincipalId)) -> bool {
        self.0
            .prepare_cached(
                "SELECT 1 FROM schedules WHERE group_id = ?1 AND access = 0 AND principal_id = ?2
                 AND kind = 1 AND starts_at <= ?3 AND ends_at > ?3 LIMIT 1",
            )
            .and_then(|mut statement| {
                let now = 1_800_000_000_000_000_i64;
                let mut rows = statement.query(params![
                    group.uuid().as_bytes(),
                    principal.uuid().as_bytes(),
                    now
                ])?;
                Ok(rows.next()?.is_some())
            })
            .expect("the question is answered")
    }
}
