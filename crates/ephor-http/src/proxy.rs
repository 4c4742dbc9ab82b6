//! Who asks, where a proxy stands in front: its word is taken only where the settings name it (`security.md`
//! section 4).

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use ephor_core::signin::condition::{BadNetwork, Network};
use http::HeaderMap;
use http::request::Parts;

/// The proxies whose word is taken (setting `server.trusted_proxies`); none where nothing is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// Reads addresses and networks: `192.0.2.7`, `10.0.0.0/8`.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, BadNetwork> {
        let network = |text: &str| match text.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => format!("{address}/32").parse(),
            Ok(IpAddr::V6(address)) => format!("{address}/128").parse(),
            Err(_) => text.parse(),
        };
        texts
            .into_iter()
            .map(network)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether this is the address of one.
    pub fn has(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.has(address))
    }

    /// Who asks: the nearest address that is no trusted proxy's. Each proxy appends whom it saw, so what stands
    /// further to the left was said by somebody whom nobody vouches for.
    fn who_asks(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut who = peer.to_canonical();
        let told: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .flat_map(|value| value.to_str().unwrap_or("?").split(','))
            .collect();
        for told in told.iter().rev() {
            if !self.has(who) {
                break;
            }
            match read(told.trim()) {
                Some(address) => who = address,
                // A proxy that says nothing of use: then it is the proxy that asks.
                None => break,
            }
        }
        who
    }

    /// Notes with the request who asks.
    pub(crate) fn note(&self, parts: &mut Parts) {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(address)| address.ip());
        if let Some(peer) = peer {
            let who = self.who_asks(peer, &parts.headers);
            parts.extensions.insert(WhoAsks(who));
        }
    }
}

/// From where a request comes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WhoAsks(pub(crate) IpAddr);

/// An address as proxies write it: some give the port too.
fn read(text: &str) -> Option<IpAddr> {
    let plain = text.parse().ok();
    let address = plain.or_else(|| text.parse::<SocketAddr>().ok().map(|it| it.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(trusted: &[&str], peer: &str, told: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in told {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let trusted = TrustedProxies::parse(trusted.iter().copied()).unwrap();
        trusted
            .who_asks(peer.parse().unwrap(), &headers)
            .to_string()
    }

    #[test]
    fn only_a_named_proxy_is_believed_who_asks() {
        let inner = ["10.0.0.0/8", "2001:db8::7"];
        for (trusted, peer, told, wanted) in [
            // Nobody is trusted: whatever is said, the peer asks.
            (&[][..], "10.0.0.1", &["198.51.100.9"][..], "10.0.0.1"),
            (&inner, "203.0.113.5", &["198.51.100.9"], "203.0.113.5"),
            (&inner, "10.0.0.1", &["198.51.100.9"], "198.51.100.9"),
            (
                &inner,
                "::ffff:10.0.0.1",
                &["198.51.100.9:4711"],
                "198.51.100.9",
            ),
            (&inner, "2001:db8::7", &["[2001:db8::9]:443"], "2001:db8::9"),
            // Whoever asks wrote the left of it themselves.
            (
                &inner,
                "10.0.0.1",
                &["127.0.0.1, 198.51.100.9"],
                "198.51.100.9",
            ),
            (
                &inner,
                "10.0.0.1",
                &["127.0.0.1", "198.51.100.9, 10.2.0.1"],
                "198.51.100.9",
            ),
            (&inner, "10.0.0.1", &["127.0.0.1, 10.9.9.9"], "127.0.0.1"),
            (&inner, "10.0.0.1", &["198.51.100.9, unknown"], "10.0.0.1"),
            (&inner, "10.0.0.1", &[], "10.0.0.1"),
        ] {
            assert_eq!(who(trusted, peer, told), wanted, "{peer} {told:?}");
        }
        assert!(TrustedProxies::parse(["proxy.example"]).is_err());
        assert!(TrustedProxies::parse(["10.0.0.0/33"]).is_err());
    }
}
