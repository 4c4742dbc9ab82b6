//! Settings about how often somebody may ask: a number, or `off`.

use std::collections::BTreeMap;

use ephor_http::RateLimits;

use super::Given;
use crate::failure::Failure;

pub(super) fn check(settings: &BTreeMap<String, Given>) -> Result<RateLimits, Failure> {
    let limit = |name: &str, usual: Option<u32>| match settings.get(name) {
        None => Ok(usual),
        Some(given) if given.text() == "off" => Ok(None),
        Some(given) => match given.text().parse() {
            Ok(number @ 1..=1_000_000) => Ok(Some(number)),
            Ok(_) | Err(_) => {
                Err(given.wrong("is no limit; write a number from 1 to 1000000, or off"))
            }
        },
    };
    let usual = RateLimits::USUAL;
    Ok(RateLimits {
        sign_in: limit("limits.sign_in", usual.sign_in)?,
        token: limit("limits.token", usual.token)?,
        reads: limit("limits.reads", usual.reads)?,
        writes: limit("limits.writes", usual.writes)?,
        search: limit("limits.search", usual.search)?,
        export: limit("limits.export", usual.export)?,
    })
}
