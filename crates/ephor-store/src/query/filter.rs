//! Typed filters, orders and pages into SQL: fixed words from closed sets, and parameters (T-49).
//!
//! Every condition comes out as true or false, never as unknown, so that `not` means what it says: an
//! absent property is equal to nothing, different from everything, and matches no text.

use ephor_core::query::{Comparison, Direction, Literal, Page, Predicate, Query, TextMatch};

use crate::StoreError;
use crate::fold::fold;
use crate::sql::{Row, Value};
use crate::tx::ReadTx;

/// Where a field's value is found, and how it compares.
pub(crate) enum Column {
    /// A key made by [`fold`].
    Text(&'static str),
    /// The 16 bytes of an id.
    Id(&'static str),
    /// An instant.
    Time(&'static str),
    /// 0 or 1.
    Bool(&'static str),
    /// A number that stands for a word; which numbers stand for words that a literal can name.
    Word(&'static str, &'static [(&'static str, i64)]),
    /// An id made of a group, a role and a GUID.
    ScheduleId(&'static str, &'static str, &'static str),
    /// Over what a directory role is held.
    DirectoryScope(&'static str),
    /// A set of words: each with the flag that says whether it is in.
    Set(&'static [(&'static str, &'static str)]),
    /// The same word in every row.
    Constant(&'static str),
}

/// Columns that have a value in every row.
const NEVER_MISSING: [&str; 6] = [
    "u.display_name_key",
    "u.user_principal_name_key",
    "u.created_at",
    "g.display_name_key",
    "g.created_at",
    "p.display_name_key",
];

/// A text being written, with its parameters.
#[derive(Debug)]
pub(crate) struct Sql {
    text: String,
    params: Vec<Value<'static>>,
}

impl Sql {
    pub(crate) fn new(text: &'static str) -> Self {
        Self {
            text: text.to_owned(),
            params: Vec::new(),
        }
    }

    /// A text that has its first parameters already.
    pub(crate) fn with<const N: usize>(text: &'static str, params: [Value<'static>; N]) -> Self {
        Self {
            text: text.to_owned(),
            params: params.into(),
        }
    }

    /// Adds fixed words.
    pub(crate) fn push(&mut self, words: &'static str) -> &mut Self {
        self.text.push_str(words);
        self
    }

    /// Adds a parameter, and its placeholder to the text.
    pub(crate) fn bind(&mut self, value: impl Into<Value<'static>>) -> &mut Self {
        self.params.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.params.len().to_string());
        self
    }

    /// Runs it.
    pub(crate) fn all<T>(
        &self,
        tx: &ReadTx<'_>,
        read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        tx.all(&self.text, &self.params, read)
    }

    /// Adds ` AND (…)` for the condition.
    pub(crate) fn narrow<F: Copy>(
        &mut self,
        filter: Option<&Predicate<F>>,
        column: impl Fn(F) -> Column + Copy,
    ) {
        if let Some(filter) = filter {
            self.push(" AND ");
            self.condition(filter, column);
        }
    }

    fn condition<F: Copy>(&mut self, filter: &Predicate<F>, column: impl Fn(F) -> Column + Copy) {
        match filter {
            Predicate::And(left, right) => self.both(left, " AND ", right, column),
            Predicate::Or(left, right) => self.both(left, " OR ", right, column),
            Predicate::Not(inner) => {
                self.push("NOT ");
                self.condition(inner, column);
            }
            Predicate::Compare(field, comparison, literal) => {
                self.compare(&column(*field), *comparison, literal);
            }
            Predicate::In(field, literals) => {
                self.push("(1 = 0");
                for literal in literals {
                    self.push(" OR ");
                    self.compare(&column(*field), Comparison::Eq, literal);
                }
                self.push(")");
            }
            Predicate::Text(field, how, text) => self.matches(&column(*field), *how, &fold(text)),
        }
    }

    fn both<F: Copy>(
        &mut self,
        left: &Predicate<F>,
        word: &'static str,
        right: &Predicate<F>,
        column: impl Fn(F) -> Column + Copy,
    ) {
        self.push("(");
        self.condition(left, column);
        self.push(word);
        self.condition(right, column);
        self.push(")");
    }

    fn compare(&mut self, column: &Column, comparison: Comparison, literal: &Literal) {
        if *literal == Literal::Null {
            return self.compare_to_nothing(column, comparison);
        }
        match (column, literal) {
            (Column::Text(sql), Literal::Text(text)) => self.against(sql, comparison, fold(text)),
            (Column::Time(sql), Literal::Time(at)) => self.against(sql, comparison, *at),
            (Column::Bool(sql), Literal::Bool(value)) => self.is(sql, comparison, *value),
            (Column::Id(sql), Literal::Text(text)) => match text.parse::<ephor_core::id::GrantId>()
            {
                Ok(id) => self.against(sql, comparison, id),
                Err(_) => self.no_match(comparison),
            },
            (Column::Word(sql, words), Literal::Text(text)) => {
                match words
                    .iter()
                    .find(|(word, _)| text.eq_ignore_ascii_case(word))
                {
                    Some((_, number)) => self.against(sql, comparison, *number),
                    None => self.no_match(comparison),
                }
            }
            (Column::ScheduleId(group, access, grant), Literal::Text(text)) => {
                match (text.parse::<ephor_core::id::ScheduleId>(), comparison) {
                    (Ok(id), Comparison::Eq | Comparison::Ne) => {
                        if comparison == Comparison::Ne {
                            self.push("NOT ");
                        }
                        self.push("(").push(grant).push(" = ").bind(id.grant);
                        let (object, which, _) = crate::code::role(id.role);
                        self.push(" AND ").push(group).push(" = ").bind(object);
                        self.push(" AND ").push(access).push(" = ");
                        self.bind(which).push(")");
                    }
                    (Ok(_) | Err(_), _) => self.no_match(comparison),
                }
            }
            (Column::DirectoryScope(sql), Literal::Text(text)) => {
                match text.parse::<ephor_core::role::DirectoryScope>() {
                    Ok(scope) => self.against(sql, comparison, crate::code::scope(scope)),
                    Err(_) => self.no_match(comparison),
                }
            }
            (Column::Set(words), Literal::Text(text)) => {
                let text = fold(text);
                self.any_of(words, |word| holds(comparison, word.cmp(text.as_str())));
            }
            (Column::Constant(word), Literal::Text(text)) => {
                let hit = holds(comparison, (*word).cmp(fold(text).as_str()));
                self.push(constant(hit));
            }
            (
                Column::Text(_)
                | Column::Id(_)
                | Column::Time(_)
                | Column::Bool(_)
                | Column::Word(..)
                | Column::ScheduleId(..)
                | Column::DirectoryScope(_)
                | Column::Set(_)
                | Column::Constant(_),
                _,
            ) => self.no_match(comparison),
        }
    }

    /// `eq null` and `ne null`; nothing is less or greater than nothing.
    fn compare_to_nothing(&mut self, column: &Column, comparison: Comparison) {
        let sql = match column {
            Column::Text(sql)
            | Column::Id(sql)
            | Column::Time(sql)
            | Column::Bool(sql)
            | Column::Word(sql, _)
            | Column::DirectoryScope(sql)
            | Column::ScheduleId(_, _, sql) => sql,
            Column::Set(_) | Column::Constant(_) => return self.no_match(comparison),
        };
        match comparison {
            Comparison::Eq => self.push("(").push(sql).push(" IS NULL)"),
            Comparison::Ne => self.push("(").push(sql).push(" IS NOT NULL)"),
            Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge => {
                self.push(constant(false))
            }
        };
    }

    fn against(
        &mut self,
        sql: &'static str,
        comparison: Comparison,
        value: impl Into<Value<'static>>,
    ) {
        let sign = match comparison {
            Comparison::Eq => " = ",
            Comparison::Ne => " <> ",
            Comparison::Lt => " < ",
            Comparison::Le => " <= ",
            Comparison::Gt => " > ",
            Comparison::Ge => " >= ",
        };
        match comparison {
            Comparison::Ne => self.push("(").push(sql).push(" IS NULL OR "),
            Comparison::Eq | Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge => {
                self.push("(").push(sql).push(" IS NOT NULL AND ")
            }
        };
        self.push(sql).push(sign).bind(value).push(")");
    }

    /// A flag against `true` or `false`, which stand in the text: an index that holds only those rows for which a
    /// flag stands otherwise than usual is found that way.
    fn is(&mut self, sql: &'static str, comparison: Comparison, value: bool) {
        let (same, other) = if value {
            (" = 1)", " = 0)")
        } else {
            (" = 0)", " = 1)")
        };
        match comparison {
            Comparison::Eq => {
                self.push("(").push(sql).push(" IS NOT NULL AND ");
                self.push(sql).push(same);
            }
            Comparison::Ne => {
                self.push("(").push(sql).push(" IS NULL OR ");
                self.push(sql).push(other);
            }
            Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge => {
                self.against(sql, comparison, value);
            }
        }
    }

    /// A literal that no row can hold: different from every row, equal to none.
    fn no_match(&mut self, comparison: Comparison) {
        self.push(constant(comparison == Comparison::Ne));
    }

    fn matches(&mut self, column: &Column, how: TextMatch, text: &str) {
        match column {
            Column::Text(sql) => {
                self.push("(").push(sql).push(" IS NOT NULL AND ").push(sql);
                match how {
                    // A range, so that an index can find it: the last character there is ends it.
                    TextMatch::StartsWith => {
                        self.push(" >= ").bind(text.to_owned());
                        self.push(" AND ").push(sql).push(" < ");
                        self.bind(format!("{text}\u{10FFFF}")).push(")");
                    }
                    TextMatch::EndsWith => {
                        self.push(" LIKE ").bind(format!("%{}", escaped(text)));
                        self.push(" ESCAPE '\\')");
                    }
                    TextMatch::Contains => {
                        self.push(" LIKE ").bind(format!("%{}%", escaped(text)));
                        self.push(" ESCAPE '\\')");
                    }
                }
            }
            Column::Set(words) => self.any_of(words, |word| text_matches(word, how, text)),
            Column::Constant(word) => {
                self.push(constant(text_matches(word, how, text)));
            }
            Column::Word(sql, words) => {
                self.push("(1 = 0");
                for (word, number) in *words {
                    if text_matches(&fold(word), how, text) {
                        self.push(" OR ").push(sql).push(" = ").bind(*number);
                    }
                }
                self.push(")");
            }
            Column::Id(_)
            | Column::Time(_)
            | Column::Bool(_)
            | Column::DirectoryScope(_)
            | Column::ScheduleId(..) => {
                self.push(constant(false));
            }
        }
    }

    /// Whether one of the words for which `fits` is in the set.
    fn any_of(
        &mut self,
        words: &'static [(&'static str, &'static str)],
        fits: impl Fn(&str) -> bool,
    ) {
        let mut fitting = words.iter().filter(|(word, _)| fits(word));
        let Some((_, flag)) = fitting.next() else {
            self.push(constant(false));
            return;
        };
        self.push("(").push(flag).push(" = 1");
        for (_, flag) in fitting {
            self.push(" OR ").push(flag).push(" = 1");
        }
        self.push(")");
    }

    /// Adds ` ORDER BY …`: what was asked, then `tie`, so that the order is the same each time.
    pub(crate) fn order<F: Copy>(
        &mut self,
        order: &[(F, Direction)],
        column: impl Fn(F) -> Column,
        tie: &'static str,
    ) {
        self.push(" ORDER BY ");
        for (field, direction) in order {
            let ending = match direction {
                Direction::Ascending => " ASC NULLS FIRST, ",
                Direction::Descending => " DESC NULLS LAST, ",
            };
            match column(*field) {
                // An index is in the order of its keys; where none is missing, nothing need be said of those.
                Column::Text(sql) | Column::Time(sql) if NEVER_MISSING.contains(&sql) => {
                    self.push(sql).push(match direction {
                        Direction::Ascending => " ASC, ",
                        Direction::Descending => " DESC, ",
                    });
                }
                Column::Text(sql)
                | Column::Id(sql)
                | Column::Time(sql)
                | Column::Bool(sql)
                | Column::DirectoryScope(sql)
                | Column::Word(sql, _) => {
                    self.push(sql).push(ending);
                }
                Column::ScheduleId(group, access, grant) => {
                    self.push(group).push(ending).push(access).push(ending);
                    self.push(grant).push(ending);
                }
                Column::Set(_) | Column::Constant(_) => {}
            }
        }
        self.push(tie);
    }

    /// Adds the page, reads it, and tells whether there is more behind it.
    pub(crate) fn page<F, T>(
        mut self,
        tx: &ReadTx<'_>,
        query: &Query<F>,
        count: Option<u64>,
        read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        self.push(" LIMIT ").bind(i64::from(query.top) + 1);
        self.push(" OFFSET ").bind(query.skip);
        let mut rows = self.all(tx, read)?;
        let top = usize::try_from(query.top).unwrap_or(usize::MAX);
        let more = rows.len() > top;
        rows.truncate(top);
        Ok(Page {
            rows,
            more,
            last: None,
            count,
        })
    }
}

/// A list whose rows have a key of their own, in the order in which they were made: a page goes on behind the
/// last row of the one before, so that the millionth page costs what the first does. `select` ends with the key,
/// at `key_at` among its columns.
pub(crate) struct KeyedList {
    pub(crate) select: Sql,
    pub(crate) count: Sql,
    pub(crate) key: &'static str,
    pub(crate) key_at: usize,
}

impl KeyedList {
    pub(crate) fn read<F: Copy, T>(
        self,
        tx: &ReadTx<'_>,
        query: &Query<F>,
        column: impl Fn(F) -> Column + Copy,
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        let Self {
            mut select,
            count,
            key,
            key_at,
        } = self;
        let mut query = query.clone();
        // In another order the key says nothing of where a page ended.
        let is_keyed = query.order.is_empty();
        if let Some(after) = query.after.filter(|_| is_keyed) {
            select.push(" AND ").push(key).push(" > ");
            select.bind(i64::try_from(after).unwrap_or(i64::MAX));
            query.skip = 0;
        }
        let list = List {
            select,
            count,
            tie: key,
        };
        let page = list.read(tx, &query, column, |row| Ok((row.int(key_at)?, read(row)?)))?;
        let last = page.rows.last().filter(|_| is_keyed);
        Ok(Page {
            last: last.and_then(|(key, _)| u64::try_from(*key).ok()),
            more: page.more,
            count: page.count,
            rows: page.rows.into_iter().map(|(_, row)| row).collect(),
        })
    }
}

/// A whole list: `select` and `count_select` up to and with ` WHERE …`, the filter, the order, the page.
pub(crate) struct List {
    pub(crate) select: Sql,
    pub(crate) count: Sql,
    pub(crate) tie: &'static str,
}

impl List {
    pub(crate) fn read<F: Copy, T>(
        mut self,
        tx: &ReadTx<'_>,
        query: &Query<F>,
        column: impl Fn(F) -> Column + Copy,
        read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        let count = if query.count {
            self.count.narrow(query.filter.as_ref(), column);
            let counted = self.count.all(tx, |row| row.int(0))?;
            counted.first().and_then(|count| u64::try_from(*count).ok())
        } else {
            None
        };
        self.select.narrow(query.filter.as_ref(), column);
        self.select.order(&query.order, column, self.tie);
        self.select.page(tx, query, count, read)
    }
}

const fn constant(hit: bool) -> &'static str {
    if hit { "(1 = 1)" } else { "(1 = 0)" }
}

fn holds(comparison: Comparison, order: std::cmp::Ordering) -> bool {
    match comparison {
        Comparison::Eq => order.is_eq(),
        Comparison::Ne => order.is_ne(),
        Comparison::Lt => order.is_lt(),
        Comparison::Le => order.is_le(),
        Comparison::Gt => order.is_gt(),
        Comparison::Ge => order.is_ge(),
    }
}

fn text_matches(word: &str, how: TextMatch, text: &str) -> bool {
    match how {
        TextMatch::StartsWith => word.starts_with(text),
        TextMatch::EndsWith => word.ends_with(text),
        TextMatch::Contains => word.contains(text),
    }
}

/// `text` as a part of a LIKE pattern that means itself.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
