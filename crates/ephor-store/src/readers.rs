//! The readers: a few threads with one connection each, and one bounded queue before them.
//!
//! Each closure sees one consistent view of the database and one `now`. A closure that panics is answered
//! with [`StoreError::Panicked`]; the thread goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::ambient::Stopwatch;
use crate::moment::Time;
use crate::place::Opener;
use crate::reply::Reply;
use crate::sql::{Conn, State};
use crate::tx::ReadTx;
use crate::{OpenError, StoreError};

/// What a thread is given to do: with the transaction, or with the fault that kept it from beginning.
type Job = Box<dyn FnOnce(Result<(&ReadTx<'_>, &State), StoreError>) + Send>;

struct Task {
    name: &'static str,
    job: Job,
}

/// The readers' side of a store.
pub(crate) struct Readers {
    queue: SyncSender<Task>,
}

/// Starts `count` threads, each with a connection of its own.
pub(crate) fn start(
    opener: &Opener,
    time: &Time,
    count: usize,
    queue: usize,
) -> Result<(Readers, Vec<JoinHandle<()>>), OpenError> {
    let (sender, receiver) = sync_channel(queue.max(1));
    let receiver = Arc::new(Mutex::new(receiver));
    let mut threads = Vec::new();
    for at in 0..count.max(1) {
        let conn = opener.reader()?;
        let (time, receiver) = (time.clone(), Arc::clone(&receiver));
        let thread = std::thread::Builder::new()
            .name(format!("ephor-reader-{at}"))
            .spawn(move || run(&conn, &time, &receiver))
            .map_err(|wrong| OpenError::Io {
                place: "a reader thread".into(),
                wrong: wrong.to_string(),
            })?;
        threads.push(thread);
    }
    Ok((Readers { queue: sender }, threads))
}

impl Readers {
    /// Sends `run` to the next free thread.
    pub(crate) fn send<T, E, F>(&self, name: &'static str, run: F) -> Reply<Result<T, E>>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&ReadTx<'_>, &State) -> Result<T, E> + Send + 'static,
    {
        let (sender, reply) = Reply::pair(|| Err(StoreError::Closed.into()));
        let sender = Arc::new(Mutex::new(Some(sender)));
        let answer = {
            let sender = Arc::clone(&sender);
            move |answer| {
                let taken = sender.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some(sender) = taken {
                    // Whoever asked may have gone away; then nobody is told.
                    drop(sender.send(answer));
                }
            }
        };
        let give_up = answer.clone();
        let job: Job = Box::new(move |begun| {
            answer(match begun {
                Ok((tx, state)) => catch_unwind(AssertUnwindSafe(|| run(tx, state)))
                    .unwrap_or_else(|_| Err(StoreError::Panicked.into())),
                Err(wrong) => Err(wrong.into()),
            });
        });
        match self.queue.try_send(Task { name, job }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => give_up(Err(StoreError::Busy.into())),
            Err(TrySendError::Disconnected(_)) => give_up(Err(StoreError::Closed.into())),
        }
        reply
    }
}

fn run(conn: &Conn, time: &Time, queue: &Mutex<Receiver<Task>>) {
    loop {
        // The lock is held while waiting: the one thread that holds it takes the next task, then lets go.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Task { name, job }) = next else {
            return;
        };
        let watch = Stopwatch::start();
        match conn.begin_read() {
            Ok(state) => {
                let tx = ReadTx::new(conn, time.moment(&state));
                job(Ok((&tx, &state)));
                conn.roll_back();
            }
            Err(wrong) => job(Err(wrong)),
        }
        crate::writer::note_slow(name, watch);
    }
}
