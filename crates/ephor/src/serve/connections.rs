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
use ephor_http::{TrustedProxies, limits};
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

const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// Everything a connection needs.
#[derive(Clone)]
struct Service {
    app: Router,
    tls: Option<Arc<Tls>>,
    protocol: auto::Builder<TokioExecutor>,
    addresses: Addresses,
    trusted_proxies: TrustedProxies,
}

/// Serves `app` on `listener` until `stop` is told; behind TLS where there is a certificate.
pub(super) async fn serve(
    listener: TcpListener,
    app: Router,
    stop: Arc<Notify>,
    tls: Option<Arc<Tls>>,
    trusted_proxies: TrustedProxies,
) {
    let service = Service {
        app,
        tls,
        protocol: protocol(),
        addresses: Addresses::default(),
        trusted_proxies,
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
        // Loopback and proxies are exempt: many people's connections come from there.
        let shared = address.ip().is_loopback() || self.trusted_proxies.has(address.ip());
        let Some(visit) = self.addresses.enter(address.ip(), most(shared)) else {
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
                let in_pieces = request.headers().contains_key(header::TRANSFER_ENCODING);
                let mut answer = app.oneshot(request.map(Body::new)).await;
                // A length that came along was passed over, and is not seen here any more. Somebody in front may have
                // gone by it: what follows could be another's, so nothing does (RFC 9112 section 6.1).
                if in_pieces && let Ok(answer) = &mut answer {
                    answer.headers_mut().insert(header::CONNECTION, CLOSE);
                }
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

/// How many connections an address may have; one that many people share has no limit of its own.
const fn most(shared: bool) -> usize {
    if shared {
        usize::MAX
    } else {
        limits::CONNECTIONS_PER_ADDRESS_MAX
    }
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
    /// Counts a connection; `None` where the address has as many as it may.
    fn enter(&self, address: IpAddr, most: usize) -> Option<Visit> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= most {
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
    fn t47_an_address_has_so_many_connections_and_a_shared_one_more() {
        let addresses = Addresses::default();
        let own = most(false);
        assert_eq!(own, limits::CONNECTIONS_PER_ADDRESS_MAX);
        let far = IpAddr::from([192, 0, 2, 1]);
        let visits: Vec<_> = (0..limits::CONNECTIONS_PER_ADDRESS_MAX)
            .map(|_| addresses.enter(far, own).unwrap())
            .collect();
        assert!(addresses.enter(far, own).is_none());
        assert!(addresses.enter(IpAddr::from([192, 0, 2, 2]), own).is_some());
        drop(visits);
        assert!(addresses.enter(far, own).is_some());
        assert!(addresses.0.lock().unwrap().is_empty());

        let near = IpAddr::from([127, 0, 0, 1]);
        let many: Vec<_> = (0..=limits::CONNECTIONS_PER_ADDRESS_MAX)
            .filter_map(|_| addresses.enter(near, most(true)))
            .collect();
        assert_eq!(many.len(), limits::CONNECTIONS_PER_ADDRESS_MAX + 1);
    }

    /// A server that answers `ok` to whatever comes.
    async fn serving() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(|body: axum::body::Bytes| async move {
            drop(body);
            "ok"
        });
        let stop = Arc::new(Notify::new());
        tokio::spawn(super::serve(
            listener,
            app,
            stop,
            None,
            TrustedProxies::default(),
        ));
        address
    }

    /// Sends these bytes, and reads until the server closes.
    async fn answered(address: SocketAddr, bytes: &[u8]) -> String {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = TcpStream::connect(address).await.unwrap();
        // It may close before all of it was sent.
        let _ = stream.write_all(bytes).await;
        let mut told = Vec::new();
        let _ = stream.read_to_end(&mut told).await;
        String::from_utf8_lossy(&told).into_owned()
    }

    /// CL.TE and TE.CL, two lengths, folded lines, and what else hides a second request in a first: refused, or
    /// answered once, and the connection is closed.
    #[tokio::test]
    async fn t47_a_request_that_hides_another_is_refused_and_nothing_follows() {
        let address = serving().await;
        let hidden = "GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n";
        for (lines, body, refused) in [
            (
                "content-length: 5\r\ntransfer-encoding: chunked",
                "0\r\n\r\n",
                false,
            ),
            (
                "transfer-encoding: chunked\r\ncontent-length: 5",
                "0\r\n\r\n",
                false,
            ),
            ("transfer-encoding: chunked", "0\r\n\r\n", false),
            ("content-length: 0\r\ncontent-length: 40", "", true),
            ("content-length: 0, 40", "", true),
            ("content-length: +4", "abcd", true),
            ("content-length: 0x4", "abcd", true),
            ("transfer-encoding: identity", "", true),
            ("transfer-encoding: chunked, identity", "0\r\n\r\n", true),
            ("transfer-encoding:\r\n chunked", "0\r\n\r\n", true),
            ("transfer-encoding : chunked", "0\r\n\r\n", true),
            ("x: a\r\n folded", "", true),
            ("x: a\rb", "", true),
            ("x: a\0b", "", true),
            (" x: a", "", true),
        ] {
            let request = format!("POST / HTTP/1.1\r\nhost: x\r\n{lines}\r\n\r\n{body}{hidden}");
            let told = answered(address, request.as_bytes()).await;
            let answers = told.matches("HTTP/1.1 ").count();
            assert_eq!(answers, 1, "{lines:?}: {told}");
            assert_eq!(
                told.starts_with("HTTP/1.1 400 "),
                refused,
                "{lines:?}: {told}"
            );
        }
    }

    /// Headers without end are cut off, long before they cost anything.
    #[tokio::test]
    async fn t47_a_megabyte_of_headers_is_refused() {
        let address = serving().await;
        for flood in [
            format!(
                "GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
                "y".repeat(1 << 20)
            ),
            format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "y".repeat(1 << 20)),
            format!(
                "GET / HTTP/1.1\r\nhost: x\r\n{}\r\n",
                "x: y\r\n".repeat(1 << 17)
            ),
        ] {
            let told = answered(address, flood.as_bytes()).await;
            assert!(!told.contains("200 OK"), "{told}");
        }
        let told = answered(
            address,
            b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        )
        .await;
        assert!(told.contains("200 OK"), "others are answered: {told}");
    }

    /// What an HTTP/2 client is told it may do: a hundred streams at once, and headers of 16 KiB.
    #[tokio::test]
    async fn t47_an_http2_client_is_told_its_limits() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = TcpStream::connect(serving().await).await.unwrap();
        stream
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
            .await
            .unwrap();
        let mut front = [0; 9];
        stream.read_exact(&mut front).await.unwrap();
        assert_eq!(front[3], 4, "SETTINGS come first");
        let mut told = vec![0; usize::from(u16::from_be_bytes([front[1], front[2]]))];
        stream.read_exact(&mut told).await.unwrap();
        let settings: HashMap<u16, u32> = told
            .chunks_exact(6)
            .map(|one| {
                (
                    u16::from_be_bytes([one[0], one[1]]),
                    u32::from_be_bytes([one[2], one[3], one[4], one[5]]),
                )
            })
            .collect();
        assert_eq!(settings.get(&3), Some(&limits::HTTP2_STREAMS_MAX));
        assert_eq!(settings.get(&6), Some(&(16 * 1024)));
    }
}
