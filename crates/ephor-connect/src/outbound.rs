//! The one HTTP client by which Ephor reaches programs elsewhere (T-28).
//!
//! Nothing is followed and nothing is taken from the environment: no redirects, no proxy. Only `https`, to a name
//! all of whose addresses lie in the public networks; the addresses that were checked are the ones that are
//! dialled. Who must reach a server in their own network lists its host, and on this machine may do without TLS.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Response, Url, redirect};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use url::Host;

/// An answer is read up to this many bytes.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;
const CONNECT: Duration = Duration::from_secs(3);
const WHOLE: Duration = Duration::from_secs(10);
/// So many requests to one host at a time.
const AT_ONCE: usize = 4;
/// After so many failures in a row a host is left alone …
const FAILURES: u32 = 5;
/// … for so long.
const PAUSE: Duration = Duration::from_secs(30);

/// Why something was not fetched. It is for the operator's log: it names addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The address may not be asked at all.
    #[error("`{url}` may not be asked: {why}")]
    Forbidden {
        /// Which.
        url: String,
        /// Why not.
        why: &'static str,
    },
    /// It failed too often of late.
    #[error("`{0}` has failed {FAILURES} times in a row, and is left alone for a while")]
    Paused(String),
    /// It could not be reached, or did not answer in time.
    #[error("`{host}` could not be asked: {why}")]
    Unreached {
        /// Which host.
        host: String,
        /// What went wrong.
        why: String,
    },
    /// It answered with an error, or sent the asker elsewhere.
    #[error("`{host}` answered {status}")]
    Status {
        /// Which host.
        host: String,
        /// The status.
        status: u16,
    },
    /// The answer is too long.
    #[error("the answer of `{0}` is longer than 64 KiB")]
    TooLong(String),
}

/// Hosts in the own network that may be asked.
#[derive(Debug, Clone, Default)]
struct Private(Vec<String>);

impl Private {
    fn has(&self, host: &str) -> bool {
        self.0.iter().any(|own| own.eq_ignore_ascii_case(host))
    }
}

/// The client.
pub struct Outbound {
    client: Client,
    private: Private,
    targets: Mutex<HashMap<String, Target>>,
}

#[derive(Clone)]
struct Target {
    turns: Arc<Semaphore>,
    failures: u32,
    paused_until: Option<Instant>,
}

impl Outbound {
    /// A client that may also ask these hosts at addresses of the own network.
    pub fn new(private_hosts: Vec<String>) -> Result<Self, OutboundError> {
        let private = Private(private_hosts);
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .user_agent("ephor")
            .dns_resolver(Arc::new(Checking(private.clone())))
            .build()
            .map_err(|wrong| OutboundError::Unreached {
                host: "-".into(),
                why: wrong.to_string(),
            })?;
        Ok(Self {
            client,
            private,
            targets: Mutex::default(),
        })
    }

    /// Fetches a document.
    pub async fn get(&self, url: &str) -> Result<Vec<u8>, OutboundError> {
        let url = self.allowed(url)?;
        self.asked(&url, self.client.get(url.clone())).await
    }

    /// Sends a form and fetches what is answered.
    pub async fn post_form(
        &self,
        url: &str,
        fields: &[(&str, &str)],
    ) -> Result<Vec<u8>, OutboundError> {
        let url = self.allowed(url)?;
        self.asked(&url, self.client.post(url.clone()).form(fields))
            .await
    }

    /// The address, if it may be asked: what a name stands for is judged when it is looked up.
    fn allowed(&self, text: &str) -> Result<Url, OutboundError> {
        let forbidden = |why| {
            Err(OutboundError::Forbidden {
                url: text.chars().take(256).collect(),
                why,
            })
        };
        let Ok(url) = Url::parse(text) else {
            return forbidden("it is no address");
        };
        if !url.username().is_empty() || url.password().is_some() {
            return forbidden("it names a user");
        }
        let Some(host) = url.host() else {
            return forbidden("it names no host");
        };
        let is_private = self.private.has(&host.to_string());
        let is_here = match &host {
            Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        match url.scheme() {
            "https" => {}
            "http" if is_private && is_here => {}
            "http" => return forbidden("it is not https"),
            _ => return forbidden("its scheme is not https"),
        }
        let address = match host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        };
        if address.is_some_and(|address| !is_public(address) && !is_private) {
            return forbidden("its address is not public, and its host is not listed");
        }
        Ok(url)
    }

    async fn asked(
        &self,
        url: &Url,
        request: reqwest::RequestBuilder,
    ) -> Result<Vec<u8>, OutboundError> {
        let host = format!(
            "{}:{}",
            url.host_str().unwrap_or_default(),
            url.port_or_known_default().unwrap_or_default()
        );
        let target = self.target(&host);
        if target
            .paused_until
            .is_some_and(|until| Instant::now() < until)
        {
            return Err(OutboundError::Paused(host));
        }
        let _turn = target.turns.acquire().await;
        let answer = match request.send().await {
            Ok(answer) => read(answer, &host).await,
            Err(wrong) => Err(OutboundError::Unreached {
                host: host.clone(),
                why: told(&wrong),
            }),
        };
        self.note(
            &host,
            !matches!(answer, Err(OutboundError::Unreached { .. })),
        );
        answer
    }

    fn target(&self, host: &str) -> Target {
        let mut targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        let target = targets.entry(host.to_owned()).or_insert_with(|| Target {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            failures: 0,
            paused_until: None,
        });
        target.clone()
    }

    fn note(&self, host: &str, was_reached: bool) {
        let mut targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(target) = targets.get_mut(host) else {
            return;
        };
        if was_reached {
            target.failures = 0;
            target.paused_until = None;
        } else {
            target.failures += 1;
            if target.failures >= FAILURES {
                target.paused_until = Some(Instant::now() + PAUSE);
            }
        }
    }
}

/// What went wrong, down to its cause.
fn told(wrong: &reqwest::Error) -> String {
    let mut text = wrong.to_string();
    let mut source = std::error::Error::source(wrong);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

async fn read(mut answer: Response, host: &str) -> Result<Vec<u8>, OutboundError> {
    let status = answer.status();
    if !status.is_success() {
        return Err(OutboundError::Status {
            host: host.to_owned(),
            status: status.as_u16(),
        });
    }
    let mut bytes = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= ANSWER_BYTES_MAX => {
                bytes.extend_from_slice(&chunk);
            }
            Ok(Some(_)) => return Err(OutboundError::TooLong(host.to_owned())),
            Ok(None) => return Ok(bytes),
            Err(wrong) => {
                return Err(OutboundError::Unreached {
                    host: host.to_owned(),
                    why: told(&wrong),
                });
            }
        }
    }
}

/// Looks names up and lets only addresses through that may be dialled: where one of several may not, none is.
struct Checking(Private);

impl Resolve for Checking {
    fn resolve(&self, name: Name) -> Resolving {
        let is_private = self.0.has(name.as_str());
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let bad = found
                .iter()
                .find(|address| !is_private && !is_public(address.ip()));
            if let Some(bad) = bad {
                let told = format!(
                    "{} stands for {}, which is not public",
                    name.as_str(),
                    bad.ip()
                );
                return Err(told.into());
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

/// Whether an address lies in the public networks, whatever way it is written.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_unspecified()
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        // This network, shared by carriers, protocol assignments, 6to4 relays, benchmarks, reserved.
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b))
        || a >= 240;
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let v4 = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match parts {
        // An IPv4 address in other clothes: mapped, NAT64, 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] => is_public_v4(v4(high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(v4(high, low)),
        [0x2002, high, low, ..] => is_public_v4(v4(high, low)),
        // Teredo, documentation, benchmarks: nothing that anybody serves from.
        [0x2001, 0 | 0xdb8 | 2, ..] => false,
        // Everything that was ever given out lies in 2000::/3.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[test]
    fn t28_only_public_addresses_may_be_dialled_however_they_are_written() {
        for bad in [
            "0.0.0.0",
            "127.0.0.1",
            "127.8.8.8",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "::127.0.0.1",
        ] {
            assert!(!is_public(bad.parse().unwrap()), "{bad}");
        }
        for good in [
            "1.1.1.1",
            "93.184.215.14",
            "2606:4700::1111",
            "64:ff9b::101:101",
            "::ffff:1.1.1.1",
        ] {
            assert!(is_public(good.parse().unwrap()), "{good}");
        }
    }

    #[test]
    fn t28_tricks_with_addresses_are_seen_through() {
        let outbound = Outbound::new(vec!["localhost".into()]).unwrap();
        for bad in [
            "http://idp.example/",
            "http://127.0.0.1/",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://0x7f.1/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::1]/",
            "https://169.254.169.254/latest/",
            "https://user@idp.example/",
            "https://user:pass@idp.example/",
            "file:///etc/passwd",
            "gopher://idp.example/",
            "ftp://idp.example/",
            "data:text/plain,x",
            "idp.example",
            "",
            "https://",
            "http://localhost.evil.example/",
        ] {
            assert!(
                matches!(outbound.allowed(bad), Err(OutboundError::Forbidden { .. })),
                "{bad}"
            );
        }
        for good in [
            "https://idp.example/x",
            "http://localhost:9000/",
            "https://1.1.1.1/",
        ] {
            assert!(outbound.allowed(good).is_ok(), "{good}");
        }
    }

    /// A server that answers each connection alike.
    async fn answering(answer: String) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::spawn(async move {
                    let mut asked = [0; 2_048];
                    let _read = stream.read(&mut asked).await;
                    let _written = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        format!("http://localhost:{port}/")
    }

    #[tokio::test]
    async fn t28_a_name_that_stands_for_this_machine_is_not_dialled_unless_it_is_listed() {
        let url = answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".into()).await;
        let outbound = Outbound::new(vec!["localhost".into()]).unwrap();
        assert_eq!(outbound.get(&url).await.unwrap(), b"ok");
        let strict = Outbound::new(Vec::new()).unwrap();
        let wrong = strict
            .get(&url.replace("http:", "https:"))
            .await
            .unwrap_err();
        assert!(wrong.to_string().contains("not public"), "{wrong}");
    }

    #[tokio::test]
    async fn t28_redirects_are_not_followed_and_long_answers_are_cut_off() {
        let outbound = Outbound::new(vec!["localhost".into()]).unwrap();
        let away = answering(
            "HTTP/1.1 302 Found\r\nLocation: http://localhost:1/\r\nContent-Length: 0\r\n\r\n"
                .into(),
        )
        .await;
        let wrong = outbound.get(&away).await.unwrap_err();
        assert!(
            matches!(wrong, OutboundError::Status { status: 302, .. }),
            "{wrong}"
        );
        let long = "x".repeat(ANSWER_BYTES_MAX + 1);
        let url = answering(format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{long}",
            long.len()
        ))
        .await;
        assert!(matches!(
            outbound.get(&url).await,
            Err(OutboundError::TooLong(_))
        ));
    }

    #[tokio::test]
    async fn who_never_answers_is_left_alone_for_a_while() {
        let outbound = Outbound::new(vec!["localhost".into()]).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "http://localhost:{}/",
            listener.local_addr().unwrap().port()
        );
        drop(listener);
        for _ in 0..FAILURES {
            let wrong = outbound.get(&url).await.unwrap_err();
            assert!(matches!(wrong, OutboundError::Unreached { .. }), "{wrong}");
        }
        assert!(matches!(
            outbound.get(&url).await,
            Err(OutboundError::Paused(_))
        ));
    }
}
