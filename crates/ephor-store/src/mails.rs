//! Mails: written once for each recipient of an event, then sent or only kept; none is ever taken away here.
//!
//! A mail that waits is leased, then settled or put off, as an outbox message is. All of this is
//! housekeeping: a mail tells of a fact and is none.

use ephor_core::id::PrincipalId;
use ephor_core::notice::{Address, Notice, Told};
use ephor_core::time::Instant;

use crate::sql::Row;
use crate::tx::{ReadTx, Tx};
use crate::{StoreError, code};

/// What has become of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MailState {
    /// It is to be sent.
    Waiting,
    /// The mail server took it.
    Sent,
    /// It could not be sent in time, or the mail server will not take it.
    Undelivered,
    /// There was no mail server to send it by when it was written: it can be read here.
    Kept,
}

impl MailState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Sent, Self::Undelivered, Self::Kept];

    /// The word by which it is listed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Undelivered => "undelivered",
            Self::Kept => "kept",
        }
    }

    /// Reads that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// A mail as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its number, in the order in which mails were written.
    pub number: i64,
    /// The audit entry that it tells of.
    pub sequence: i64,
    /// What it says, and to whom.
    pub notice: Notice,
    /// When it was written.
    pub created_at: Instant,
    /// What has become of it.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong the last time.
    pub error: Option<String>,
    /// When it was sent or given up.
    pub settled_at: Option<Instant>,
}

/// Which mails to list.
#[derive(Debug, Clone, Default)]
pub struct MailQuery {
    /// Only of this state.
    pub state: Option<MailState>,
    /// With a smaller number than this: the next page of a list that is newest first.
    pub before: Option<i64>,
    /// How many.
    pub limit: u32,
}

/// Writes a mail; says whether it was not there yet.
pub(crate) fn keep(
    tx: &Tx<'_>,
    sequence: i64,
    notice: &Notice,
    state: MailState,
) -> Result<bool, StoreError> {
    let (object, about) = code::notice_about(notice.about);
    let written = tx.execute(
        "INSERT INTO mails (sequence, recipient, recipient_key, recipient_id, kind, object_id, subject,
             plain, html, message_id, thread_id, list_id, created_at, state, due_at, attempts,
             of_directory_role)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $now, $13, $now, 0, $14)
         ON CONFLICT (sequence, recipient_key) DO NOTHING",
        &[
            sequence.into(),
            notice.to.as_str().into(),
            notice.to.key().into(),
            notice.person.into(),
            notice.kind.as_str().into(),
            object.into(),
            notice.subject.as_str().into(),
            notice.plain.as_str().into(),
            notice.html.as_str().into(),
            notice.message_id.as_str().into(),
            notice.thread_id.as_str().into(),
            notice.list_id.as_str().into(),
            code::mail_state(state).into(),
            about.into(),
        ],
    )?;
    Ok(written == 1)
}

/// The columns that [`read`] reads.
macro_rules! columns {
    () => {
        "SELECT number, sequence, recipient, recipient_id, kind, object_id, subject, plain, html,
             message_id, thread_id, list_id, created_at, state, attempts, error, settled_at,
             of_directory_role
         FROM mails "
    };
}

fn read(row: &Row<'_>) -> Result<Mail, StoreError> {
    let number = row.int(0)?;
    let damaged =
        |what| StoreError::Damaged(format!("mail {number} has no {what} that makes sense"));
    Ok(Mail {
        number,
        sequence: row.int(1)?,
        notice: Notice {
            to: Address::parse(row.text(2)?).ok_or_else(|| damaged("recipient"))?,
            person: row.maybe_id(3)?.map(PrincipalId::from_uuid),
            kind: Told::parse(row.text(4)?).ok_or_else(|| damaged("kind"))?,
            about: code::to_notice_about(row.id(5)?, row.int(17)?)?,
            subject: row.text(6)?.to_owned(),
            plain: row.text(7)?.to_owned(),
            html: row.text(8)?.to_owned(),
            message_id: row.text(9)?.to_owned(),
            thread_id: row.text(10)?.to_owned(),
            list_id: row.text(11)?.to_owned(),
        },
        created_at: row.instant(12)?,
        state: code::to_mail_state(row.int(13)?)?,
        attempts: row.int(14)?,
        error: row.maybe_text(15)?.map(str::to_owned),
        settled_at: row.maybe_instant(16)?,
    })
}

pub(crate) fn list(tx: &ReadTx<'_>, query: &MailQuery) -> Result<Vec<Mail>, StoreError> {
    let before = query.before.unwrap_or(i64::MAX);
    match query.state {
        None => tx.all(
            concat!(
                columns!(),
                "WHERE number < $1 ORDER BY number DESC LIMIT $2"
            ),
            &[before.into(), query.limit.into()],
            read,
        ),
        Some(state) => tx.all(
            concat!(
                columns!(),
                "WHERE number < $1 AND state = $3 ORDER BY number DESC LIMIT $2"
            ),
            &[
                before.into(),
                query.limit.into(),
                code::mail_state(state).into(),
            ],
            read,
        ),
    }
}

pub(crate) fn lease(tx: &Tx<'_>, limit: u32, until: Instant) -> Result<Vec<Mail>, StoreError> {
    let mut mails = tx.all(
        concat!(
            columns!(),
            "WHERE state = 0 AND due_at <= $now ORDER BY due_at, number LIMIT $1"
        ),
        &[limit.into()],
        read,
    )?;
    for mail in &mut mails {
        tx.execute(
            "UPDATE mails SET due_at = $2, attempts = attempts + 1 WHERE number = $1",
            &[mail.number.into(), until.into()],
        )?;
        mail.attempts += 1;
    }
    Ok(mails)
}

/// When the next mail that waits is due.
pub(crate) fn next_due(tx: &ReadTx<'_>) -> Result<Option<Instant>, StoreError> {
    tx.one(
        "SELECT due_at FROM mails WHERE state = 0 ORDER BY due_at, number LIMIT 1",
        &[],
        |row| row.instant(0),
    )
}

/// It was sent, or is given up; what is settled already stays as it is.
pub(crate) fn settle(
    tx: &Tx<'_>,
    number: i64,
    state: MailState,
    error: Option<&str>,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE mails SET state = $2, error = $3, settled_at = $now WHERE number = $1 AND state = 0",
        &[number.into(), code::mail_state(state).into(), error.into()],
    )
    .map(drop)
}

pub(crate) fn postpone(
    tx: &Tx<'_>,
    number: i64,
    at: Instant,
    error: &str,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE mails SET due_at = $2, error = $3 WHERE number = $1 AND state = 0",
        &[number.into(), at.into(), error.into()],
    )
    .map(drop)
}

/// Gives up what was written at or before `written` and still waits; says how many.
pub(crate) fn give_up(tx: &Tx<'_>, written: Instant) -> Result<u64, StoreError> {
    tx.execute(
        "UPDATE mails SET state = 2, settled_at = $now WHERE state = 0 AND created_at <= $1",
        &[written.into()],
    )
}
