//! The answer to a closure that was sent to a database thread.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_channel::oneshot::{Receiver, Sender, channel};

use crate::StoreError;

/// The answer to a closure that was sent to a database thread: `.await` it, or `wait()` for it.
#[must_use = "the answer says whether it happened"]
pub struct Reply<T> {
    receiver: Receiver<T>,
    /// What is answered where the thread went away without answering.
    lost: fn() -> T,
}

impl<T, E: From<StoreError>> Reply<Result<T, E>> {
    /// A reply and where its answer goes in; `lost` is the answer where none ever comes.
    pub(crate) fn pair(lost: fn() -> Result<T, E>) -> (Sender<Result<T, E>>, Self) {
        let (sender, receiver) = channel();
        (sender, Self { receiver, lost })
    }
}

impl<T> Reply<T> {
    /// Blocks this thread until the answer is there: for tests, commands and jobs, never on a thread that
    /// runs futures.
    pub fn wait(self) -> T {
        futures_executor::block_on(self)
    }
}

impl<T> Future for Reply<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let lost = self.lost;
        Pin::new(&mut self.receiver)
            .poll(context)
            .map(|answer| answer.unwrap_or_else(|_| lost()))
    }
}

impl<T> std::fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").finish_non_exhaustive()
    }
}
