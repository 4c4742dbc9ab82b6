//! Speaks: the Graph-compatible API, Ephor's own, and health, over HTTP.
//!
//! A request goes through `serve` (limits, headers, the one error shape), is brought to segments by
//! `path`, found in the table of `routes`, and handed to a handler in `graph` or `ephor` that parses,
//! calls one operation of `ephor-ops`, and renders with `wire`. Nothing here decides about
//! access, and nothing here knows SQL.

pub mod limits;
#[cfg(test)]
mod mutated_tests;
pub mod password;
pub mod token;

mod answer;
mod batch;
mod call;
mod client_key;
mod described;
mod door;
mod ephor;
mod error;
mod fields;
mod form;
mod graph;
mod health;
mod json;
mod jws;
mod oauth;
mod odata;
mod options;
mod path;
mod portal;
mod proxy;
mod rate;
mod repeat;
mod routes;
mod seal;
mod serve;
mod signin;
mod state;
mod step_up;
mod told;
mod types;
mod upstream;
mod wire;

use std::sync::Arc;

pub use client_key::{
    BadClientKey, check_client_keys, client_key_of_certificate, client_keys_of_certificates,
};
pub use options::{
    ApiStepUp, Demonstration, HttpOptions, OperatorTokens, SignInOptions, StartError, VersionInfo,
};
pub use password::{check_password_rules, hash_password};
pub use proxy::TrustedProxies;
pub use rate::RateLimits;
pub use routes::{RouteInfo, routes};
pub use seal::{BadMasterKey, CannotOpen, MasterKey};
pub use signin::reset_code;
pub use upstream::{Fetched, Outbound, ProviderOptions, Provisioning, Strengths};

/// The service: everything that is served, ready for `axum::serve`.
///
/// Serve it with `into_make_service_with_connect_info::<SocketAddr>()`: the address goes into the record,
/// and a demonstration's clock is moved from loopback only.
pub async fn router(
    store: ephor_store::Store,
    options: HttpOptions,
) -> Result<axum::Router, StartError> {
    let app = Arc::new(state::App::start(store, options).await?);
    // A hash takes a while; whoever signs in first need not wait for it.
    tokio::task::spawn_blocking(password::get_ready);
    Ok(
        axum::Router::new().fallback(move |request: axum::extract::Request| {
            let app = Arc::clone(&app);
            async move { serve::serve(app, request).await }
        }),
    )
}
