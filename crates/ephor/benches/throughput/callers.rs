//! Many callers at once, each on a thread of its own, through the operations.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use ephor_core::caller::Caller;
use ephor_core::group::Access;
use ephor_ops::{OpError, schedule_request};
use ephor_store::StoreError;

use crate::company::Company;
use crate::{CALLERS, now};

/// What a round came to.
pub(crate) struct Round {
    /// How many were answered with yes.
    pub(crate) acknowledged: usize,
    /// How long it took.
    pub(crate) took: Duration,
    /// How many went into each commit, in turn.
    pub(crate) batches: Vec<usize>,
}

/// Tells commits apart: the writer gives all answers of a batch before it begins the next, so a closure
/// that finds more answers given than the one before it stands in another batch.
#[derive(Default)]
struct Batches {
    answers: AtomicUsize,
    seen: Mutex<(usize, Vec<usize>)>,
}

impl Batches {
    /// Called by each closure, on the writer.
    fn count(&self) {
        let answers = self.answers.load(Ordering::SeqCst);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.1.is_empty() || seen.0 != answers {
            seen.0 = answers;
            seen.1.push(0);
        }
        if let Some(size) = seen.1.last_mut() {
            *size += 1;
        }
    }
}

/// Wakes a caller's thread; the writer calls it as it gives the answer.
struct Bell {
    thread: Thread,
    batches: Arc<Batches>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.batches.answers.fetch_add(1, Ordering::SeqCst);
        self.thread.unpark();
    }
}

/// Waits for `future` on this thread.
fn wait<F: Future>(future: F, waker: &Waker) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// Activates for `length`, everybody something of their own.
pub(crate) fn activate(company: &Company, length: Duration) -> Round {
    let batches = Arc::new(Batches::default());
    let started = now();
    let acknowledged = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                scope.spawn(|| {
                    let waker = Waker::from(Arc::new(Bell {
                        thread: std::thread::current(),
                        batches: batches.clone(),
                    }));
                    let mut acknowledged = 0;
                    // A round that is faster than was foreseen ends early, and is a rate all the same.
                    while started.elapsed() < length
                        && let Some(ask) = company.next()
                    {
                        let caller = Caller::person(ask.principal);
                        let counted = batches.clone();
                        let reply = company.store().write("activate", caller, move |tx| {
                            counted.count();
                            schedule_request::create(tx, &ask)
                        });
                        wait(reply, &waker).expect("it is granted");
                        acknowledged += 1;
                    }
                    acknowledged
                })
            })
            .collect();
        callers
            .into_iter()
            .map(|caller| caller.join().expect("no caller fails"))
            .sum()
    });
    let took = started.elapsed();
    let batches = std::mem::take(&mut *batches.seen.lock().unwrap_or_else(PoisonError::into_inner));
    Round {
        acknowledged,
        took,
        batches: batches.1,
    }
}

/// Asks for `length` who is in what; gives how many questions were answered, and how long it took.
pub(crate) fn ask_membership(company: &Company, length: Duration) -> (usize, Duration) {
    let started = now();
    let asked = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                while started.elapsed() < length {
                    let (group, principal) = company.pair(asked.fetch_add(1, Ordering::SeqCst));
                    let reply = company.store().read("holds", move |tx| {
                        tx.holds(group, Access::Member, principal)
                    });
                    match reply.wait() {
                        Ok(_) => {}
                        // Busy is an answer too, though not one to be counted.
                        Err(StoreError::Busy) => drop(asked.fetch_sub(1, Ordering::SeqCst)),
                        Err(other) => panic!("{}", OpError::from(other)),
                    }
                }
            });
        }
    });
    (asked.load(Ordering::SeqCst), started.elapsed())
}
