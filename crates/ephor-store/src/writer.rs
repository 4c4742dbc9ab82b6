//! The one writer: batch, a savepoint for each closure, commit, and only then the answers.
//!
//! A closure that refuses, fails or panics is rolled back to its savepoint and harms no neighbour; a
//! refusal is then recorded by itself in the same batch (T-51). Nobody is answered before the commit
//! returned. A commit whose outcome is unknown is said to be so; on SQLite it also ends the store, because
//! the state on the disk is then the only truth left (F-03).

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use ephor_core::caller::Caller;
use ephor_core::event::Event;
use ephor_core::id::IdSource;
use futures_channel::oneshot::Sender;

use crate::ambient::Stopwatch;
use crate::audit::Head;
use crate::moment::Time;
use crate::reply::Reply;
use crate::sql::{Conn, State};
use crate::tx::{Progress, ReadTx, Tx};
use crate::{Failure, OpenError, StoreError};

/// How long a batch works at most before it commits (`security.md`, "Store settings").
const BATCH_TIME: Duration = Duration::from_millis(5);
/// From here on an operation is worth a line in the log.
const SLOW: Duration = Duration::from_millis(500);

/// A closure on its way through a batch, whatever it gives back.
trait Job: Send {
    fn name(&self) -> &'static str;
    /// Who asked; taken once, before the closure runs.
    fn caller(&mut self) -> Caller;
    /// Runs the closure and keeps its answer back.
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran;
    /// The refusal that the closure came to could not be recorded, or its savepoint not be kept.
    fn spoil(&mut self, fault: StoreError);
    /// The batch was committed: gives the answer out.
    fn answer(self: Box<Self>);
    /// The batch came to nothing.
    fn fail(self: Box<Self>, fault: StoreError);
}

/// What a closure came to.
enum Ran {
    /// It succeeded; what it wrote stays.
    Kept,
    /// It failed; what it wrote goes. A refusal is recorded.
    Undone(Option<Box<Event>>),
}

struct Closure<T, E, F> {
    name: &'static str,
    caller: Option<Caller>,
    run: Option<F>,
    answer: Option<Result<T, E>>,
    sender: Sender<Result<T, E>>,
}

impl<T, E, F> Job for Closure<T, E, F>
where
    T: Send + 'static,
    E: Failure,
    F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn caller(&mut self) -> Caller {
        self.caller.take().unwrap_or_else(Caller::system)
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> Ran {
        let answer = match self.run.take() {
            Some(run) => catch_unwind(AssertUnwindSafe(|| run(tx)))
                .unwrap_or_else(|_| Err(StoreError::Panicked.into())),
            None => Err(StoreError::Panicked.into()),
        };
        let ran = match &answer {
            Ok(_) => Ran::Kept,
            Err(failure) => Ran::Undone(failure.refused().map(|(attempt, refusal)| {
                Box::new(Event::AttemptRefused {
                    attempt: attempt.clone(),
                    refusal: refusal.clone(),
                })
            })),
        };
        self.answer = Some(answer);
        ran
    }

    fn spoil(&mut self, fault: StoreError) {
        self.answer = Some(Err(fault.into()));
    }

    fn answer(self: Box<Self>) {
        let answer = self
            .answer
            .unwrap_or_else(|| Err(StoreError::Panicked.into()));
        // Whoever asked may have gone away; what was committed stays.
        drop(self.sender.send(answer));
    }

    fn fail(self: Box<Self>, fault: StoreError) {
        drop(self.sender.send(Err(fault.into())));
    }
}

/// The writer's side of a store.
pub(crate) struct Writer {
    queue: SyncSender<Box<dyn Job>>,
    dead: Arc<AtomicBool>,
}

/// What the writer works with.
pub(crate) struct Settings {
    pub(crate) conn: Conn,
    pub(crate) time: Time,
    pub(crate) ids: Box<dyn IdSource + Send>,
    pub(crate) queue: usize,
    pub(crate) batch_max: usize,
    pub(crate) on_fatal: Arc<dyn Fn(&str) + Send + Sync>,
    /// Whether a commit that failed makes the whole store useless: on SQLite.
    pub(crate) dies_with_commit: bool,
}

/// Starts the thread.
pub(crate) fn start(settings: Settings) -> Result<(Writer, JoinHandle<()>), OpenError> {
    let (queue, receiver) = sync_channel(settings.queue.max(1));
    let dead = Arc::new(AtomicBool::new(false));
    let writer = Writer {
        queue,
        dead: Arc::clone(&dead),
    };
    let thread = std::thread::Builder::new()
        .name("ephor-writer".into())
        .spawn(move || {
            let on_fatal = Arc::clone(&settings.on_fatal);
            let ran = catch_unwind(AssertUnwindSafe(|| {
                Batches::new(settings, &dead).run(&receiver)
            }));
            if ran.is_err() {
                dead.store(true, Ordering::SeqCst);
                on_fatal("the writer failed unexpectedly");
            }
        })
        .map_err(|wrong| OpenError::Io {
            place: "the writer thread".into(),
            wrong: wrong.to_string(),
        })?;
    Ok((writer, thread))
}

impl Writer {
    /// Whether a failed commit or a fault of ours has ended the store.
    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Sends `run` to the writer.
    pub(crate) fn send<T, E, F>(
        &self,
        name: &'static str,
        caller: Caller,
        run: F,
    ) -> Reply<Result<T, E>>
    where
        T: Send + 'static,
        E: Failure,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (sender, reply) =
            Reply::pair(|| Err(StoreError::OutcomeUnknown("the writer went away".into()).into()));
        let job: Box<dyn Job> = Box::new(Closure {
            name,
            caller: Some(caller),
            run: Some(run),
            answer: None,
            sender,
        });
        if self.is_dead() {
            job.fail(ended());
            return reply;
        }
        match self.queue.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(job)) => job.fail(StoreError::Busy),
            Err(TrySendError::Disconnected(job)) if self.is_dead() => job.fail(ended()),
            Err(TrySendError::Disconnected(job)) => job.fail(StoreError::Closed),
        }
        reply
    }
}

/// What everybody is told once the store has ended itself.
pub(crate) fn ended() -> StoreError {
    StoreError::Unavailable(
        "the store has stopped after a failed commit; the program must be started again".into(),
    )
}

/// The writer's thread.
struct Batches<'a> {
    settings: Settings,
    dead: &'a AtomicBool,
}

/// How a batch ended.
enum Ended {
    Committed,
    /// Nothing of it was done.
    Undone(StoreError),
    /// It may have been done.
    Unknown(StoreError),
}

impl<'a> Batches<'a> {
    fn new(settings: Settings, dead: &'a AtomicBool) -> Self {
        Self { settings, dead }
    }

    fn run(mut self, queue: &Receiver<Box<dyn Job>>) {
        while let Ok(first) = queue.recv() {
            if self.dead.load(Ordering::SeqCst) {
                first.fail(ended());
                continue;
            }
            let watch = Stopwatch::start();
            let mut jobs = Vec::with_capacity(16);
            let ended = self.batch(first, queue, &mut jobs);
            // The longest is the commit; whoever waited longest is named.
            if let Some(job) = jobs.first() {
                note_slow(job.name(), watch);
            }
            match ended {
                Ended::Committed => jobs.into_iter().for_each(|job| job.answer()),
                Ended::Undone(fault) => {
                    // Whoever waits meanwhile would only meet the same fault, one time-out after another.
                    jobs.extend(queue.try_iter());
                    for job in jobs {
                        job.fail(again(&fault));
                    }
                }
                Ended::Unknown(fault) => {
                    let text = fault.to_string();
                    if self.settings.dies_with_commit {
                        self.dead.store(true, Ordering::SeqCst);
                    }
                    for job in jobs {
                        job.fail(StoreError::OutcomeUnknown(text.clone()));
                    }
                    if self.settings.dies_with_commit {
                        (self.settings.on_fatal)(&format!("a commit failed: {text}"));
                    }
                }
            }
        }
        self.settings.conn.close();
    }

    /// Takes what is waiting, up to the bounds, and commits it.
    fn batch(
        &mut self,
        first: Box<dyn Job>,
        queue: &Receiver<Box<dyn Job>>,
        jobs: &mut Vec<Box<dyn Job>>,
    ) -> Ended {
        jobs.push(first);
        let begun = self.settings.conn.begin_write().and_then(|state| {
            let head = Head::of(&state)?;
            Ok((state, head))
        });
        let (mut state, head) = match begun {
            Ok(begun) => begun,
            Err(fault) => {
                self.settings.conn.roll_back();
                return Ended::Undone(fault);
            }
        };
        let mut progress = Progress {
            head,
            offset: state.offset,
            wrote: false,
        };
        // From here, so that waiting for the turn does not count as work.
        let watch = Stopwatch::start();
        let mut at = 0;
        while let Some(job) = jobs.get_mut(at) {
            if let Err(fault) = self.one(job.as_mut(), &mut state, &mut progress) {
                self.settings.conn.roll_back();
                return Ended::Undone(fault);
            }
            at += 1;
            if at < self.settings.batch_max
                && watch.elapsed() < BATCH_TIME
                && let Ok(next) = queue.try_recv()
            {
                jobs.push(next);
            }
        }
        self.finish(&state, &progress)
    }

    /// Runs one closure behind a savepoint. An error here is the batch's, not the closure's.
    fn one(
        &mut self,
        job: &mut dyn Job,
        state: &mut State,
        progress: &mut Progress,
    ) -> Result<(), StoreError> {
        let Settings {
            conn, time, ids, ..
        } = &mut self.settings;
        state.offset = progress.offset;
        let moment = time.moment(state);
        state.floor = moment.now;
        let before = *progress;
        let caller = job.caller();
        let mut tx = Tx {
            read: ReadTx::new(conn, moment),
            caller: Cow::Borrowed(&caller),
            ids: ids.as_mut(),
            progress,
            caller_text: None,
        };
        conn.mark()?;
        let refusal = match job.run(&mut tx) {
            Ran::Kept => match conn.release_mark() {
                Ok(()) => return Ok(()),
                // A statement failed and the closure went on as if it had not: then it failed too.
                Err(fault) => {
                    job.spoil(fault);
                    None
                }
            },
            Ran::Undone(refusal) => refusal,
        };
        // An engine that gave up the whole transaction took the neighbours along.
        if !conn.in_transaction() {
            return Err(StoreError::Unavailable(
                "the database gave the transaction up; nothing was changed".into(),
            ));
        }
        conn.roll_back_to_mark()?;
        *tx.progress = before;
        let Some(refusal) = refusal else {
            return Ok(());
        };
        // No refusal without its entry: where it can't be written, the answer is a fault.
        conn.mark()?;
        match tx.record(&[*refusal]) {
            Ok(()) => conn.release_mark(),
            Err(fault) => {
                conn.roll_back_to_mark()?;
                *tx.progress = before;
                job.spoil(fault);
                Ok(())
            }
        }
    }

    /// Writes the state row, once, and commits.
    fn finish(&self, state: &State, progress: &Progress) -> Ended {
        let conn = &self.settings.conn;
        if !progress.wrote {
            conn.roll_back();
            return Ended::Committed;
        }
        let stated = conn.execute(
            "UPDATE state SET audit_sequence = $1, audit_hash = $2, time_floor = $3, clock_offset = $4",
            &[
                progress.head.sequence.into(),
                crate::sql::Value::Bytes(&progress.head.hash),
                state.floor.into(),
                progress.offset.into(),
            ],
            state.floor,
        );
        if let Err(fault) = stated {
            conn.roll_back();
            return Ended::Undone(fault);
        }
        match conn.commit() {
            Ok(()) => Ended::Committed,
            Err(fault) => {
                conn.roll_back();
                Ended::Unknown(fault)
            }
        }
    }
}

/// The same fault for one more closure of the batch.
fn again(fault: &StoreError) -> StoreError {
    match fault {
        StoreError::Damaged(wrong) => StoreError::Damaged(wrong.clone()),
        StoreError::Sql(wrong) => StoreError::Sql(wrong.clone()),
        StoreError::Unavailable(wrong) => StoreError::Unavailable(wrong.clone()),
        StoreError::OutcomeUnknown(wrong) => StoreError::OutcomeUnknown(wrong.clone()),
        StoreError::ClockBehind { behind } => StoreError::ClockBehind { behind: *behind },
        StoreError::Busy => StoreError::Busy,
        StoreError::Panicked => StoreError::Panicked,
        StoreError::Closed => StoreError::Closed,
    }
}

/// A line in the log for what took long, by the operation's name.
pub(crate) fn note_slow(name: &'static str, watch: Stopwatch) {
    let took = watch.elapsed();
    if took >= SLOW {
        tracing::warn!(
            operation = name,
            took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "a transaction was slow"
        );
    }
}
