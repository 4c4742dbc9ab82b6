//! Writes letters about what happened, soon after it has, and sends them; reminds of what ends soon.
//!
//! Who is told what is decided when a letter is written, in a transaction; sending is outside of any. A job
//! that is killed between a letter's going out and its being noted sends it again, with the same id: at
//! least once, and whoever gets it twice can tell. Nothing here holds up anything else (F-16).

use std::sync::Arc;
use std::time::Duration;

use ephor_connect::{Courier, Letter, Outcome};
use ephor_core::caller::Caller;
use ephor_core::notice::Notice;
use ephor_core::time::{Instant, Length};
use ephor_ops::mail::{self, Next, Sending};
use ephor_ops::{OpError, OpResult, reminder};
use ephor_store::{Mail, OutboxMessage, ReadTx, Store, Tx};
use tokio::task::JoinSet;

use super::Letters;
use crate::pause::pause;

/// It looks for news this often: reading is cheap, and nobody has to wake it.
const SLEEP_MAX: Duration = Duration::from_secs(1);
/// A sleep is not shorter than this, so that neither a database nor a mail server that fails is stormed.
const SLEEP_MIN: Duration = Duration::from_millis(50);
/// How long it rests when the database failed.
const REST: Duration = Duration::from_secs(10);
/// How often it looks for what is to be reminded of, by the store's time: a reminder is never in a hurry.
const REMINDERS_EVERY: Length = Length::minutes(1);

/// Runs for ever.
pub(crate) async fn run(mut post: Post) {
    loop {
        let sleep = match post.round().await {
            Ok(sleep) => sleep,
            Err(error) => {
                tracing::warn!(%error, "could not write or send letters; they wait");
                REST
            }
        };
        pause(sleep).await;
    }
}

/// How the last letters fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Road {
    Open,
    Blocked,
}

/// The job, with what it remembers from round to round: nothing that it could not do without.
pub(crate) struct Post {
    store: Store,
    letters: Letters,
    next_reminders: Option<Instant>,
    road: Road,
}

impl Post {
    /// The job before its first round.
    pub(crate) const fn new(store: Store, letters: Letters) -> Self {
        Self {
            store,
            letters,
            next_reminders: None,
            road: Road::Open,
        }
    }

    /// Works off all that is due, and tells how long to rest.
    pub(crate) async fn round(&mut self) -> OpResult<Duration> {
        loop {
            let (next, now) = self.next().await?;
            if self.next_reminders.is_none_or(|at| at <= now) {
                self.once_a_minute(next).await?;
                self.next_reminders = now.plus(REMINDERS_EVERY);
                continue;
            }
            let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
            if is_due(next.event) {
                self.write_letters().await?;
                continue;
            }
            let courier = self.letters.courier.clone();
            if let (Some(courier), true) = (&courier, is_due(next.mail)) {
                if self.send(courier).await? == Road::Blocked {
                    // The others would fare no better; each has its own time to be tried again.
                    return Ok(SLEEP_MAX);
                }
                continue;
            }
            let mail = next.mail.filter(|_| courier.is_some());
            return Ok(until([next.event, mail], now));
        }
    }

    async fn next(&self) -> OpResult<(Next, Instant)> {
        let next = |tx: &ReadTx<'_>| Ok::<_, OpError>((mail::next_due(tx)?, tx.now()));
        self.store.read("mail.next", next).await
    }

    /// Writes down what is to be reminded of; and letters that nobody will ever take stop waiting.
    async fn once_a_minute(&self, next: Next) -> OpResult<()> {
        while self.store.read("reminders.due", reminder::is_due).await? {
            self.write("reminders.write", reminder::run).await?;
        }
        if self.letters.courier.is_none() && next.mail.is_some() {
            self.write("mail.give_up", mail::give_up).await?;
        }
        Ok(())
    }

    /// Writes the letters about what happened: composed on a reader, kept all together. What can't be
    /// composed is put off and is in nobody's way.
    async fn write_letters(&self) -> OpResult<()> {
        let messages = self.write("mail.lease_events", mail::lease_events).await?;
        let portal = self.letters.portal.clone();
        let composed = self
            .store
            .read("mail.compose", move |tx| {
                let compose = |message| Composed {
                    notices: mail::compose(tx, &message, &portal),
                    message,
                };
                Ok::<_, OpError>(messages.into_iter().map(compose).collect::<Vec<_>>())
            })
            .await?;
        let sending = match self.letters.courier {
            Some(_) => Sending::On,
            None => Sending::Off,
        };
        self.write("mail.keep", move |tx| keep(tx, &composed, sending))
            .await
    }

    /// Sends a few letters side by side, and notes what became of them.
    async fn send(&mut self, courier: &Arc<dyn Courier>) -> OpResult<Road> {
        let leased = self.write("mail.lease", mail::lease).await?;
        let mut carried = JoinSet::new();
        for mail in leased {
            let courier = Arc::clone(courier);
            carried.spawn(async move {
                let letter = Letter {
                    notice: &mail.notice,
                    written_at: mail.created_at,
                };
                let outcome = courier.carry(letter).await;
                (mail, outcome)
            });
        }
        let mut outcomes = Vec::new();
        while let Some(joined) = carried.join_next().await {
            // Whoever panicked over a letter has not said what became of it: its lease runs out.
            outcomes.extend(
                joined.inspect_err(|error| tracing::error!(%error, "a letter was lost sight of")),
            );
        }
        let road = if outcomes.iter().any(|(_, outcome)| !is_later(outcome)) || outcomes.is_empty()
        {
            Road::Open
        } else {
            Road::Blocked
        };
        self.tell(courier.name(), &outcomes, road);
        self.write("mail.settle", move |tx| settle(tx, &outcomes))
            .await?;
        Ok(road)
    }

    /// One line when the server stops taking letters, and one when it takes them again.
    fn tell(&mut self, server: &str, outcomes: &[(Mail, Outcome)], road: Road) {
        match (self.road, road) {
            (Road::Open, Road::Blocked) => tracing::warn!(
                server,
                "the mail server takes no letters; they wait, and `ephor mail list` says why"
            ),
            (Road::Blocked, Road::Open) => {
                tracing::info!(server, "the mail server takes letters again")
            }
            (Road::Open, Road::Open) | (Road::Blocked, Road::Blocked) => {}
        }
        for (mail, outcome) in outcomes {
            if matches!(outcome, Outcome::Refused { .. }) {
                tracing::warn!(
                    server,
                    mail = mail.number,
                    "the mail server refused a letter for good"
                );
            }
        }
        self.road = road;
    }

    async fn write<T, F>(&self, name: &'static str, run: F) -> OpResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> OpResult<T> + Send + 'static,
    {
        self.store.write(name, Caller::system(), run).await
    }
}

/// A message of the outbox with what came of composing its letters.
struct Composed {
    message: OutboxMessage,
    notices: OpResult<Vec<Notice>>,
}

fn keep(tx: &mut Tx<'_>, composed: &[Composed], sending: Sending) -> OpResult<()> {
    for Composed { message, notices } in composed {
        match notices {
            Ok(notices) => mail::keep(tx, message, notices, sending).map(drop)?,
            Err(error) => {
                tracing::warn!(
                    sequence = message.sequence, %error,
                    "could not compose the letters about an audit entry; it is tried again"
                );
                mail::put_off_event(tx, message, &error.to_string())?;
            }
        }
    }
    Ok(())
}

const fn is_later(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Later { .. } => true,
        Outcome::Done | Outcome::Refused { .. } => false,
    }
}

fn settle(tx: &mut Tx<'_>, outcomes: &[(Mail, Outcome)]) -> OpResult<()> {
    for (mail, outcome) in outcomes {
        match outcome {
            Outcome::Done => mail::sent(tx, mail.number)?,
            Outcome::Later { why, after } => mail::not_sent(tx, mail, *after, why)?,
            Outcome::Refused { why } => mail::refused(tx, mail.number, why)?,
        }
    }
    Ok(())
}

fn until(dues: [Option<Instant>; 2], now: Instant) -> Duration {
    dues.into_iter().flatten().min().map_or(SLEEP_MAX, |due| {
        let micros = due.since(now).as_micros().unsigned_abs();
        Duration::from_micros(micros).clamp(SLEEP_MIN, SLEEP_MAX)
    })
}
