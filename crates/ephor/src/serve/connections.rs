//! Takes connections and speaks HTTP/1.1 and HTTP/2 on them, within the limits of `security.md` section 5,
//! until it is told to stop; then it lets what is under way finish.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use ephor_http::limits;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt;

use super::pace::{Paced, Requests};
use super::tls::Tls;
use crate::pause::pause;

/// What is under way may take this long when the server is stopped: SIGTERM ends it within ten seconds.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(9);
/// How often HTTP/2 clients that say nothing are asked whether they are still there.
const HTTP2_PING: Duration = Duration::from_secs(60);
/// How many reset streams may wait before the connection is closed (a flood of them costs work).
const HTTP2_RESETS_MAX: usize = 200;

/// Told over TLS: for two years come back by TLS only (`security.md` section 4).
const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// Everything a connection needs.
#[derive(Clone)]
struct Service {
    app: Router,
    tls: Option<Arc<Tls>>,
    protocol: auto::Builder<TokioExecutor>,
    addresses: Addresses,
}

/// Serves `app` on `listener` until `stop` is told; behind TLS where there is a certificate.
pub(super) async fn serve(
    listener: TcpListener,
    app: Router,
    stop: Arc<Notify>,
    tls: Option<Arc<Tls>>,
) {
    let service = Service {
        app,
        tls,
        protocol: protocol(),
        addresses: Addresses::default(),
    };
    let places = Arc::new(Semaphore::new(connections_max()));
    let under_way = GracefulShutdown::new();
    let mut stopped = pin!(stop.notified());
    loop {
        // A place first: what comes beyond the limit waits in the operating system's queue.
        let taken = async {
            let place = places.clone().acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            () = &mut stopped => break,
            (accepted, Ok(place)) = taken => (accepted, place),
        };
        match accepted {
            Ok((stream, address)) => service.take(stream, address, place, &under_way),
            Err(error) => {
                // Out of file descriptors, most likely: others will be given back.
                tracing::warn!(%error, "could not take a connection");
                pause(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    tracing::info!(
        connections = under_way.count(),
        "stopping: finishing what is under way"
    );
    if tokio::time::timeout(DRAIN_TIME_MAX, under_way.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests did not finish in time and were cut off");
    }
}

impl Service {
    fn take(
        &self,
        stream: TcpStream,
        address: SocketAddr,
        place: OwnedSemaphorePermit,
        under_way: &GracefulShutdown,
    ) {
        let Some(visit) = self.addresses.enter(address.ip()) else {
            tracing::debug!(%address, "too many connections from one address");
            return;
        };
        // Small answers go out at once.
        let _ = stream.set_nodelay(true);
        let watcher = under_way.watcher();
        let service = self.clone();
        tokio::spawn(async move {
            match service.tls.as_ref().map(|tls| tls.acceptor()) {
                None => service.speak(stream, address, watcher).await,
                Some(acceptor) => {
                    let shaken =
                        tokio::time::timeout(limits::HEADER_TIME_MAX, acceptor.accept(stream));
                    match shaken.await {
                        Ok(Ok(stream)) => service.speak(stream, address, watcher).await,
                        Ok(Err(error)) => tracing::debug!(%error, "no TLS connection came about"),
                        Err(_) => tracing::debug!("no TLS connection came about in time"),
                    }
                }
            }
            drop((visit, place));
        });
    }

    /// Answers what comes over one connection, until it ends.
    async fn speak<I>(self, stream: I, address: SocketAddr, watcher: Watcher)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let requests = Requests::default();
        let io = TokioIo::new(Paced::new(
            stream,
            requests.clone(),
            limits::HEADER_TIME_MAX,
        ));
        let (app, over_tls) = (self.app, self.tls.is_some());
        let answer = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
            let answering = requests.begin();
            request.extensions_mut().insert(ConnectInfo(address));
            let app = app.clone();
            async move {
                let mut answer = app.oneshot(request.map(Body::new)).await;
                if over_tls && let Ok(answer) = &mut answer {
                    answer
                        .headers_mut()
                        .insert(header::STRICT_TRANSPORT_SECURITY, ONLY_TLS);
                }
                drop(answering);
                answer
            }
        });
        let connection = self.protocol.serve_connection(io, answer).into_owned();
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

fn protocol() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // This runs from the end of the request before: the idle time. `Paced` holds the headers to theirs.
        .header_read_timeout(limits::IDLE_TIME_MAX)
        .max_headers(limits::HEADERS_MAX)
        .max_buf_size(limits::REQUEST_LINE_BYTES_MAX + limits::HEADER_BYTES_MAX)
        .half_close(false);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits::HTTP2_STREAMS_MAX)
        .max_pending_accept_reset_streams(HTTP2_RESETS_MAX)
        .max_local_error_reset_streams(HTTP2_RESETS_MAX)
        .max_header_list_size(
            u32::try_from(limits::HEADER_BYTES_MAX).expect("the limit is a few kilobytes"),
        )
        .keep_alive_interval(HTTP2_PING)
        .keep_alive_timeout(limits::HEADER_TIME_MAX);
    builder
}

/// How many connections at once: the limit, and below what the operating system allows this process, with
/// some left for the database (F-24).
fn connections_max() -> usize {
    let allowed = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let allowed = allowed.map_or(usize::MAX, |most| {
        usize::try_from(most).unwrap_or(usize::MAX)
    });
    limits::CONNECTIONS_MAX.min((allowed / 4 * 3).max(16))
}

/// How many connections each address has.
#[derive(Debug, Clone, Default)]
struct Addresses(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A connection that counts for its address, until this is dropped.
#[derive(Debug)]
struct Visit {
    addresses: Addresses,
    address: IpAddr,
}

impl Addresses {
    /// Counts a connection; `None` where the address has too many. Loopback is exempt: a proxy's
    /// connections come from there.
    fn enter(&self, address: IpAddr) -> Option<Visit> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= limits::CONNECTIONS_PER_ADDRESS_MAX && !address.is_loopback() {
            return None;
        }
        *count += 1;
        Some(Visit {
            addresses: self.clone(),
            address,
        })
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut counts = self
            .addresses
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_connections_and_loopback_more() {
        let addresses = Addresses::default();
        let far = IpAddr::from([192, 0, 2, 1]);
        let visits: Vec<_> = (0..limits::CONNECTIONS_PER_ADDRESS_MAX)
            .map(|_| addresses.enter(far).unwrap())
            .collect();
        assert!(addresses.enter(far).is_none());
        assert!(addresses.enter(IpAddr::from([192, 0, 2, 2])).is_some());
        drop(visits);
        assert!(addresses.enter(far).is_some());
        assert!(addresses.0.lock().unwrap().is_empty());

        let near = IpAddr::from([127, 0, 0, 1]);
        let many: Vec<_> = (0..=limits::CONNECTIONS_PER_ADDRESS_MAX)
            .filter_map(|_| addresses.enter(near))
            .collect();
        assert_eq!(many.len(), limits::CONNECTIONS_PER_ADDRESS_MAX + 1);
    }
}
