//! What the service is started with.

use std::fmt;
use std::sync::Arc;

use ephor_core::principal::UserPrincipalName;
use ephor_core::signin::session::Session;
use ephor_core::time::Length;
use ephor_ops::OpError;

use crate::proxy::TrustedProxies;
use crate::rate::RateLimits;
use crate::seal::{CannotOpen, MasterKey};
use crate::upstream::{Outbound, ProviderOptions};

/// How the service is set up.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Its origin as clients see it, without a slash at the end: `https://pim.contoso.example`. Every
    /// absolute link in an answer begins with it.
    pub public_url: String,
    /// What the secrets in the database are wrapped by.
    pub master_key: MasterKey,
    /// What tokens that the operator issued may do.
    pub operator_tokens: OperatorTokens,
    /// Hosts it answers to besides the one in `public_url`: `name` on any port, or `name:port`.
    pub allowed_hosts: Vec<String>,
    /// Proxies that are believed who asks, by `X-Forwarded-For`; nobody else is.
    pub trusted_proxies: TrustedProxies,
    /// Only in a demonstration: its clock can be moved, and its people are a click away.
    pub demonstration: Option<Demonstration>,
    /// How people sign in.
    pub sign_in: SignInOptions,
    /// How often somebody may ask.
    pub rates: RateLimits,
    /// What `/version` tells.
    pub version: VersionInfo,
}

/// How people sign in (settings under `security` and `sign_in`).
#[derive(Clone)]
pub struct SignInOptions {
    /// For how long somebody else's reset of a user's sign-in holds back activations without approval of
    /// role-assignable groups (T-11).
    pub reset_hold: Length,
    /// Whether what programs send takes a fresh sign-in of theirs too.
    pub api_step_up: ApiStepUp,
    /// Other identity providers that people sign in through.
    pub providers: Vec<ProviderOptions>,
    /// What fetches from them.
    pub outbound: Option<Arc<dyn Outbound>>,
}

impl fmt::Debug for SignInOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInOptions")
            .field("reset_hold", &self.reset_hold)
            .field("api_step_up", &self.api_step_up)
            .field("providers", &self.providers)
            .finish_non_exhaustive()
    }
}

impl Default for SignInOptions {
    fn default() -> Self {
        Self {
            reset_hold: Session::RESET_HOLD,
            api_step_up: ApiStepUp::default(),
            providers: Vec::new(),
            outbound: None,
        }
    }
}

/// What tokens that the operator issued may do (setting `security.operator_tokens`, T-43).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OperatorTokens {
    /// What their user may.
    #[default]
    Full,
    /// Read what their user may.
    ReadOnly,
    /// Nothing.
    Off,
}

/// Whether what gives access takes a fresh second factor where a program sends it in somebody's name (setting
/// `security.api_step_up`). In a browser it always does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ApiStepUp {
    /// Only where the role's settings or a Conditional Access policy ask for it.
    #[default]
    AsAsked,
    /// Always.
    Always,
}

/// A demonstration is served: `POST /demo/clock` is there, and the sign-in page offers its people.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Demonstration {
    /// Whom a visitor can be with one click, in this order.
    pub people: Vec<UserPrincipalName>,
}

/// What is running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionInfo {
    /// Ephor's version.
    pub version: String,
    /// The commit it was built from, where that is known.
    pub commit: Option<String>,
}

/// Why the service can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is none.
    #[error(
        "public_url `{given}` is not an origin; write it like https://pim.contoso.example, without a path"
    )]
    PublicUrl {
        /// What was given.
        given: String,
    },
    /// The tenant has no key to check tokens with.
    #[error("the tenant has no signing key, so no access token can be checked")]
    NoSigningKey,
    /// The master key is not the one that the tenant was made with.
    #[error("the signing key of this tenant can't be opened: {0}")]
    MasterKey(#[from] CannotOpen),
    /// The tenant and its keys can't be read.
    #[error("the tenant can't be read: {0}")]
    Tenant(#[from] OpError),
}
