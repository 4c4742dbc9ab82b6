//! A connection that must not dawdle: from the first byte of a request to the end of its headers there are
//! ten seconds (`security.md` section 5). Between requests it may lie idle for longer.
//!
//! HTTP's own timer starts with the idle time, so it can't tell the two apart; the bytes can.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::pause::pause;

/// How many requests of a connection are being answered.
#[derive(Debug, Clone, Default)]
pub(super) struct Requests(Arc<AtomicUsize>);

/// One request that is being answered, until this is dropped.
#[derive(Debug)]
pub(super) struct Answering(Requests);

impl Requests {
    /// A request's headers are complete.
    pub(super) fn begin(&self) -> Answering {
        self.0.fetch_add(1, Ordering::SeqCst);
        Answering(self.clone())
    }

    fn are_there(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Where a connection stands.
enum Stage {
    /// Nothing of a request has come yet.
    Idle,
    /// Something has, and the headers must be complete in time.
    Headers(Pin<Box<Sleep>>),
    /// It speaks HTTP/2, which has shown one whole request: its frames are bounded by other limits.
    Free,
}

/// The connection's bytes, held to its pace.
pub(super) struct Paced<I> {
    inner: I,
    requests: Requests,
    limit: Duration,
    stage: Stage,
    http2: Option<bool>,
}

impl<I> Paced<I> {
    /// `inner`, whose headers must be complete within `limit`; `requests` tells when they are.
    pub(super) const fn new(inner: I, requests: Requests, limit: Duration) -> Self {
        Self {
            inner,
            requests,
            limit,
            stage: Stage::Idle,
            http2: None,
        }
    }

    /// Bytes have come.
    fn came(&mut self, bytes: &[u8]) {
        // No method of HTTP/1 that is answered begins with these three letters.
        let http2 = *self.http2.get_or_insert_with(|| bytes.starts_with(b"PRI"));
        if self.requests.are_there() {
            self.stage = if http2 { Stage::Free } else { Stage::Idle };
        } else if matches!(self.stage, Stage::Idle) {
            self.stage = Stage::Headers(Box::pin(pause(self.limit)));
        }
    }

    /// Nothing has come; fails where it should have by now.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.requests.are_there() {
            self.stage = if self.http2 == Some(true) {
                Stage::Free
            } else {
                Stage::Idle
            };
        }
        if let Stage::Headers(time) = &mut self.stage {
            ready!(time.as_mut().poll(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Paced<I> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        match Pin::new(&mut this.inner).poll_read(cx, buf) {
            Poll::Ready(Ok(())) => {
                if buf.filled().len() > before {
                    this.came(&buf.filled()[before..]);
                }
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(wrong)) => Poll::Ready(Err(wrong)),
            Poll::Pending => this.wait(cx),
        }
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Paced<I> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const LIMIT: Duration = Duration::from_millis(40);

    #[tokio::test]
    async fn headers_that_stop_half_way_end_the_connection() {
        let (mut client, server) = tokio::io::duplex(64);
        let mut paced = Paced::new(server, Requests::default(), LIMIT);
        client.write_all(b"GET / HTT").await.unwrap();
        let mut text = [0; 64];
        assert_eq!(paced.read(&mut text).await.unwrap(), 9);
        let ended = paced.read(&mut text).await.unwrap_err();
        assert_eq!(ended.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn an_idle_connection_and_a_request_being_answered_are_left_alone() {
        let (mut client, server) = tokio::io::duplex(64);
        let requests = Requests::default();
        let mut paced = Paced::new(server, requests.clone(), LIMIT);
        let mut text = [0; 64];
        let idle = tokio::time::timeout(3 * LIMIT, paced.read(&mut text)).await;
        assert!(idle.is_err(), "an idle connection was ended");

        client.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        assert_eq!(paced.read(&mut text).await.unwrap(), 18);
        let answering = requests.begin();
        let slow = tokio::time::timeout(3 * LIMIT, paced.read(&mut text)).await;
        assert!(slow.is_err(), "a request that takes long was ended");
        drop(answering);
    }
}
