//! Other identity providers that people sign in through (OpenID Connect): what the settings say of each, and
//! what is remembered of its addresses and keys.
//!
//! Who somebody is there is the issuer and the subject, never a name or a mail address. Whatever a provider
//! says, the account's own state is judged here.

mod id_token;
mod known;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

pub(crate) use id_token::{Expected, Said, read as read_id_token};
pub(crate) use known::Known;

/// What fetches from elsewhere, by the rules for that (T-28).
pub trait Outbound: Send + Sync {
    /// Fetches a document; fails with words for the log.
    fn get<'a>(&'a self, url: &'a str) -> Fetched<'a>;

    /// Sends a form and fetches what is answered.
    fn post_form<'a>(&'a self, url: &'a str, fields: &'a [(&'a str, &'a str)]) -> Fetched<'a>;
}

/// What is fetched, under way.
pub type Fetched<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send + 'a>>;

/// Another identity provider, as the settings describe it.
#[derive(Clone)]
pub struct ProviderOptions {
    /// What it is called in addresses: letters, digits and hyphens.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its issuer, letter by letter.
    pub issuer: String,
    /// What Ephor is called there.
    pub client_id: String,
    /// By what Ephor proves itself there, where it does.
    pub client_secret: Option<String>,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// What of `acr` and `amr` means which strength here.
    pub strengths: Strengths,
    /// What is asked for by `acr_values` where a second factor is needed.
    pub acr_values: Option<String>,
    /// Whether whoever is not known here gets an account.
    pub provisioning: Provisioning,
}

impl fmt::Debug for ProviderOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderOptions")
            .field("id", &self.id)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// What of a provider's `acr` and `amr` means which strength; anything else is one factor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Strengths {
    /// Values of either that mean two factors.
    pub multi_factor: Vec<String>,
    /// Values of either that mean factors that can't be handed on to a false site.
    pub phishing_resistant: Vec<String>,
}

/// Whether whoever signs in first gets an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Provisioning {
    /// Only whom an administrator, or they themselves, linked.
    #[default]
    Off,
    /// Whoever has a name in this tenant's domain there that nobody has here.
    FirstSignIn,
}
