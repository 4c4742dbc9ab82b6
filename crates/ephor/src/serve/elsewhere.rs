//! What is fetched from other identity providers goes through the one HTTP client there is (T-28).

use ephor_connect::{Outbound, OutboundError};
use ephor_http::Fetched;

/// That client, as the service asks it.
pub(super) struct Elsewhere(Outbound);

impl Elsewhere {
    pub(super) fn new(private_hosts: Vec<String>) -> Result<Self, OutboundError> {
        Outbound::new(private_hosts).map(Self)
    }
}

impl ephor_http::Outbound for Elsewhere {
    fn get<'a>(&'a self, url: &'a str) -> Fetched<'a> {
        Box::pin(async move { self.0.get(url).await.map_err(|wrong| wrong.to_string()) })
    }

    fn post_form<'a>(&'a self, url: &'a str, fields: &'a [(&'a str, &'a str)]) -> Fetched<'a> {
        Box::pin(async move {
            let answer = self.0.post_form(url, fields).await;
            answer.map_err(|wrong| wrong.to_string())
        })
    }
}
