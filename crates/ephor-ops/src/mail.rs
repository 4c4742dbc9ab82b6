//! Mail: from what waits in the outbox to one letter for each recipient, and from a letter to its being sent.
//!
//! Two steps, each safe to be cut off anywhere and to be run twice. *Writing down*: a message of the outbox is
//! leased, its letters are composed, and in one transaction they are kept and the message is settled; a
//! recipient has at most one letter for each event. *Sending*: a letter is leased, sent by whoever can, and settled or put
//! off. Nothing here ever changes an answer about access.

mod account;
mod facts;
mod package;

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::notice::{self, Notice, Portal};
use ephor_core::time::{Instant, Length};
use ephor_store::{Mail, MailQuery, MailState, OutboxMessage, ReadTx, Tx};

use crate::OpResult;
use crate::authorise::{About, authorise};

/// How long what is leased is left alone: whoever has not settled it by then has died over it.
pub const LEASE: Length = Length::seconds(30);
/// How long a letter is tried; what happened longer ago than this is not told any more (F-16).
pub const TRIED_FOR: Length = Length::hours(24);
/// How many messages of the outbox are taken at once.
pub const ROUND: u32 = 32;
/// How many letters are taken at once: as many as are sent side by side, so that no lease runs out while a
/// letter waits for others (`security.md` section 4).
pub const LETTERS_AT_ONCE: u32 = 4;

const FIRST_WAIT: Length = Length::seconds(1);
const LONGEST_WAIT: Length = Length::minutes(5);

/// What becomes of letters when they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// They are to be sent.
    On,
    /// There is nobody to send them by: they are kept for administrators to read.
    Off,
}

/// How long until a next try, after so many: a second, doubling to five minutes.
pub fn wait_after(attempts: i64) -> Length {
    let doublings = u32::try_from(attempts.max(1) - 1)
        .unwrap_or(u32::MAX)
        .min(16);
    let wait = FIRST_WAIT.as_micros() << doublings;
    Length::micros(wait.min(LONGEST_WAIT.as_micros()))
}

fn later(now: Instant, length: Length) -> Instant {
    now.plus(length).unwrap_or(now)
}

/// Takes messages of the outbox that are due, and holds them for [`LEASE`].
pub fn lease_events(tx: &mut Tx<'_>) -> OpResult<Vec<OutboxMessage>> {
    let until = later(tx.now(), LEASE);
    Ok(tx.lease_outbox(ROUND, until)?)
}

/// The letters about a leased message, as the policy and the people are now; none where it happened more
/// than [`TRIED_FOR`] ago. Composed apart from [`keep`], so that the one writer does not wait for it.
pub fn compose(tx: &ReadTx<'_>, message: &OutboxMessage, portal: &Portal) -> OpResult<Vec<Notice>> {
    if tx.now().since(message.at) >= TRIED_FOR {
        return Ok(Vec::new());
    }
    if let Some(facts) = package::of(tx, message, portal)? {
        return Ok(notice::package_notices(&facts));
    }
    if let Some(facts) = account::of(tx, message, portal)? {
        return Ok(notice::account_notices(&facts));
    }
    let found = facts::of(tx, message, portal)?;
    Ok(found.map_or_else(Vec::new, |(topic, facts)| notice::notices(&topic, &facts)))
}

/// Keeps the letters about a leased message, and settles it; says how many of them are new.
pub fn keep(
    tx: &mut Tx<'_>,
    message: &OutboxMessage,
    notices: &[Notice],
    sending: Sending,
) -> OpResult<usize> {
    let state = match sending {
        Sending::On => MailState::Waiting,
        Sending::Off => MailState::Kept,
    };
    let mut written = 0;
    for notice in notices {
        written += usize::from(tx.keep_mail(message.sequence, notice, state)?);
    }
    tx.settle_outbox(message.id)?;
    Ok(written)
}

/// A leased message could not be worked off: it is tried again, and does not hold up the others.
pub fn put_off_event(tx: &mut Tx<'_>, message: &OutboxMessage, why: &str) -> OpResult<()> {
    let at = later(tx.now(), wait_after(message.attempts));
    Ok(tx.postpone_outbox(message.id, at, why)?)
}

/// Takes letters that are to be sent, and holds them for [`LEASE`]. What has waited too long is given up.
pub fn lease(tx: &mut Tx<'_>) -> OpResult<Vec<Mail>> {
    let until = later(tx.now(), LEASE);
    give_up(tx)?;
    Ok(tx.lease_mails(LETTERS_AT_ONCE, until)?)
}

/// Reports undelivered what has waited for [`TRIED_FOR`], whether or not there is anybody to send it by.
pub fn give_up(tx: &mut Tx<'_>) -> OpResult<u64> {
    let written = tx.now().minus(TRIED_FOR);
    Ok(tx.give_up_mails(written)?)
}

/// A leased letter was taken by the mail server.
pub fn sent(tx: &mut Tx<'_>, number: i64) -> OpResult<()> {
    Ok(tx.settle_mail(number, MailState::Sent, None)?)
}

/// A leased letter was not taken: it is tried again, not before `at_least` has passed, until it has waited for
/// [`TRIED_FOR`].
pub fn not_sent(tx: &mut Tx<'_>, mail: &Mail, at_least: Length, why: &str) -> OpResult<()> {
    let now = tx.now();
    if now.since(mail.created_at) >= TRIED_FOR {
        return refused(tx, mail.number, why);
    }
    let wait = wait_after(mail.attempts).max(at_least).min(LONGEST_WAIT);
    Ok(tx.postpone_mail(mail.number, later(now, wait), why)?)
}

/// The mail server will never take this letter: it is reported undelivered.
pub fn refused(tx: &mut Tx<'_>, number: i64, why: &str) -> OpResult<()> {
    Ok(tx.settle_mail(number, MailState::Undelivered, Some(why))?)
}

/// When there is something to write down or to send next; asked before anything is leased, so that a server
/// with nothing to do writes nothing.
pub fn next_due(tx: &ReadTx<'_>) -> OpResult<Next> {
    Ok(Next {
        event: tx.next_outbox_due()?,
        mail: tx.next_mail_due()?,
    })
}

/// When something is due next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// A message of the outbox.
    pub event: Option<Instant>,
    /// A letter that waits.
    pub mail: Option<Instant>,
}

/// What was sent or is kept, newest first.
pub fn list(tx: &ReadTx<'_>, caller: &Caller, query: &MailQuery) -> OpResult<Vec<Mail>> {
    authorise(tx, caller, Operation::ReadMail, About::NOTHING)?;
    Ok(tx.list_mails(query)?)
}
