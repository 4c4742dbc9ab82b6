//! Access tokens: made, signed, and checked (T-31, T-32; `security.md` section 3).
//!
//! One kind, one algorithm: a JWT of type `at+jwt`, signed with ES256 by a key that is looked up by its
//! `kid` among the tenant's own. Header and claims are read with the strict JSON reader, the signature is
//! checked before any claim is believed, and whatever is not exactly as it should be is refused. The
//! reason goes to the log only. A token says who; what they may do is looked up at each request.

use std::collections::{BTreeSet, HashMap};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ephor_core::caller::{Actor, Caller, Factor, Issuance, Scope};
use ephor_core::id::{PrincipalId, TenantId, TokenId};
use ephor_core::signin::strength::amr;
use ephor_core::tenant::Tenant;
use ephor_core::time::{Instant, Length};
use ephor_ops::session::Grant;
use ephor_ops::signin::oauth::{Granted, OwnGrant};
use ephor_store::SigningKey;
use ephor_store::ambient::RandomIds;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use sha2::{Digest, Sha256};

use crate::json::{Json, Object, parse};
use crate::limits::TOKEN_BYTES_MAX;
use crate::seal::{CannotOpen, MasterKey};

/// What access tokens are for besides the public URL: public SDKs ask for tokens to this.
pub const GRAPH_AUDIENCE: &str = "https://graph.microsoft.com";

/// What `typ` says of an access token.
const TYPE: &str = "at+jwt";
/// No token is good for longer.
const LIFETIME_MAX: Length = Length::hours(1);
/// Who spoke for the user where the operator issued the token.
const OPERATOR_CLIENT: &str = "ephor-operator";

/// A token could not be signed: the key is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The key is none.
    #[error("the signing key can't be used")]
    Key(#[from] jsonwebtoken::errors::Error),
    /// The key can't be opened.
    #[error(transparent)]
    Sealed(#[from] CannotOpen),
    /// The key refuses to sign.
    #[error("the signing key does not sign")]
    Refused,
}

/// A fresh key to sign access tokens with: P-256, named by the hash of its public part.
pub fn generate_key(created_at: Instant) -> SigningKey {
    let document =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .expect("the operating system gives random bytes");
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref())
        .expect("a key that was just made can be read back");
    let public = pair.public_key().as_ref().to_vec();
    SigningKey {
        id: hex::encode(&Sha256::digest(&public)[..16]),
        private: document.as_ref().to_vec(),
        public,
        created_at,
    }
}

/// Who issues the tokens of this tenant.
pub fn issuer(public_url: &str, tenant: TenantId) -> String {
    format!("{public_url}/{tenant}/v2.0")
}

/// Signs what was granted to the operator.
pub fn mint(grant: &Grant, public_url: &str, master: &MasterKey) -> Result<String, SigningError> {
    let seconds = |instant: Instant| instant.micros().div_euclid(1_000_000);
    let amr: &[&str] = match grant.factor {
        Factor::Single => &[],
        Factor::Multi => &["mfa"],
    };
    let scopes: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    let claims = serde_json::json!({
        "iss": issuer(public_url, grant.tenant.id),
        "aud": public_url,
        "sub": grant.user.id,
        "oid": grant.user.id,
        "tid": grant.tenant.id,
        "azp": OPERATOR_CLIENT,
        "iat": seconds(grant.issued_at),
        "nbf": seconds(grant.issued_at),
        "exp": seconds(grant.expires_at),
        "jti": grant.token,
        "scp": scopes.join(" "),
        "amr": amr,
        "ephor_issuance": issuance_word(Issuance::Operator),
        "ver": "2.0",
    });
    sign(&claims, &grant.key, master)
}

/// Signs the access token of somebody who signed in.
pub(crate) fn mint_access(
    granted: &Granted,
    public_url: &str,
    master: &MasterKey,
) -> Result<String, SigningError> {
    let seconds = |instant: Instant| instant.micros().div_euclid(1_000_000);
    let session = &granted.session;
    let permissions: Vec<&str> = granted
        .scopes
        .iter()
        .map(String::as_str)
        .filter(|scope| Scope::parse(scope).is_some())
        .collect();
    let contexts: Vec<String> = granted.contexts.iter().map(ToString::to_string).collect();
    let claims = serde_json::json!({
        "iss": issuer(public_url, granted.tenant.id),
        "aud": public_url,
        "sub": granted.user.id,
        "oid": granted.user.id,
        "tid": granted.tenant.id,
        "azp": granted.application.id,
        "iat": seconds(granted.issued_at),
        "nbf": seconds(granted.issued_at),
        "exp": seconds(granted.expires_at),
        "jti": fresh_token_id(),
        "scp": permissions.join(" "),
        "amr": amr(&session.methods),
        "acr": session.strength().acr(),
        "acrs": contexts,
        "auth_time": seconds(session.signed_in_at),
        "sid": session.id,
        "ephor_issuance": issuance_word(Issuance::SignedIn),
        "ver": "2.0",
    });
    sign(&claims, &granted.access_key, master)
}

/// Signs the access token of an application in its own name: its permissions are `roles`, and no user is in it.
pub(crate) fn mint_own(
    granted: &OwnGrant,
    public_url: &str,
    master: &MasterKey,
) -> Result<String, SigningError> {
    let seconds = |instant: Instant| instant.micros().div_euclid(1_000_000);
    let claims = serde_json::json!({
        "iss": issuer(public_url, granted.tenant.id),
        "aud": public_url,
        "sub": granted.application.principal,
        "oid": granted.application.principal,
        "tid": granted.tenant.id,
        "azp": granted.application.id,
        "appid": granted.application.id,
        "app_displayname": granted.application.name,
        "idtyp": APPLICATION,
        "iat": seconds(granted.issued_at),
        "nbf": seconds(granted.issued_at),
        "exp": seconds(granted.expires_at),
        "jti": fresh_token_id(),
        "roles": granted.application.permissions,
        "ephor_issuance": issuance_word(Issuance::SignedIn),
        "ver": "2.0",
    });
    sign(&claims, &granted.key, master)
}

/// What `idtyp` says of an application's token.
const APPLICATION: &str = "app";

/// A token's id: no two tokens share one.
pub(crate) fn fresh_token_id() -> TokenId {
    TokenId::fresh(&mut RandomIds)
}

/// Signs any claims as an access token: apart from [`mint`], so that tests can make wrong ones.
fn sign(
    claims: &serde_json::Value,
    key: &SigningKey,
    master: &MasterKey,
) -> Result<String, SigningError> {
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(key.id.clone());
    let key = EncodingKey::from_ec_der(&master.open_key(key)?);
    Ok(jsonwebtoken::encode(&header, claims, &key)?)
}

const fn issuance_word(issuance: Issuance) -> &'static str {
    match issuance {
        Issuance::SignedIn => "signedIn",
        Issuance::Operator => "operator",
        Issuance::Local => "local",
    }
}

/// Why a token is no good: for the log, never for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadToken(&'static str);

/// When a token is good. It is judged against the store's `now`, in the transaction that the request is
/// for, so that a token never outlives itself by the time a request waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// From when.
    pub not_before: Instant,
    /// Until just before when.
    pub expires_at: Instant,
}

impl Validity {
    /// Whether the token is good at `now`; there is no skew, for it is our own clock that issued it.
    pub fn check(&self, now: Instant) -> Result<(), BadToken> {
        if now < self.not_before {
            return Err(BadToken("it is not good yet"));
        }
        if now >= self.expires_at {
            return Err(BadToken("it has expired"));
        }
        Ok(())
    }
}

/// Checks access tokens of one tenant.
#[derive(Clone)]
pub struct Verifier {
    tenant: TenantId,
    issuer: String,
    audience: String,
    keys: HashMap<String, DecodingKey>,
}

impl Verifier {
    /// Checks tokens that these keys signed for this tenant at this address.
    pub fn new(tenant: &Tenant, keys: &[SigningKey], public_url: &str) -> Self {
        Self {
            tenant: tenant.id,
            issuer: issuer(public_url, tenant.id),
            audience: public_url.to_owned(),
            keys: keys
                .iter()
                .map(|key| (key.id.clone(), DecodingKey::from_ec_der(&key.public)))
                .collect(),
        }
    }

    /// Whose token it is and when it is good; the caller must judge the latter.
    pub fn verify(&self, token: &str) -> Result<(Caller, Validity), BadToken> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(BadToken("it is longer than 8 KiB"));
        }
        let mut parts = token.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(BadToken("it is not a JWT in compact form"));
        };
        let key = self.key(&object(header)?)?;
        // The signature's own spelling must be strict too, or one token would have several texts.
        decoded(signature)?;
        let message = &token[..header.len() + 1 + claims.len()];
        let good =
            jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, Algorithm::ES256);
        if !matches!(good, Ok(true)) {
            return Err(BadToken("its signature is wrong"));
        }
        self.read(&object(claims)?)
    }

    /// The key a header names, if nothing else stands in the header.
    fn key(&self, header: &Object) -> Result<&DecodingKey, BadToken> {
        if header
            .names()
            .any(|name| !matches!(name, "alg" | "kid" | "typ"))
        {
            return Err(BadToken("its header holds more than alg, kid and typ"));
        }
        if text(header, "alg")? != "ES256" {
            return Err(BadToken("its algorithm is not ES256"));
        }
        if text(header, "typ")? != TYPE {
            return Err(BadToken("it is not an access token"));
        }
        self.keys
            .get(text(header, "kid")?)
            .ok_or(BadToken("no key of this tenant has its kid"))
    }

    fn read(&self, claims: &Object) -> Result<(Caller, Validity), BadToken> {
        if text(claims, "iss")? != self.issuer {
            return Err(BadToken("another issuer made it"));
        }
        let audience = text(claims, "aud")?;
        if audience != self.audience && audience != GRAPH_AUDIENCE {
            return Err(BadToken("it is for another audience"));
        }
        if text(claims, "tid")?.parse() != Ok(self.tenant) {
            return Err(BadToken("it is for another tenant"));
        }
        let user: PrincipalId = text(claims, "oid")?
            .parse()
            .map_err(|_| BadToken("its oid is not a GUID"))?;
        if text(claims, "sub")?.parse() != Ok(user) {
            return Err(BadToken("its sub is not its oid"));
        }
        let token: TokenId = text(claims, "jti")?
            .parse()
            .map_err(|_| BadToken("its jti is not a GUID"))?;
        let issuance = match text(claims, "ephor_issuance")? {
            word if word == issuance_word(Issuance::Operator) => Issuance::Operator,
            word if word == issuance_word(Issuance::SignedIn) => Issuance::SignedIn,
            _ => return Err(BadToken("it does not say how it was issued")),
        };
        let is_application = match exact(claims, "idtyp") {
            None => false,
            Some(Json::Text(text)) if text == APPLICATION => true,
            Some(_) => return Err(BadToken("it does not say whose it is")),
        };
        if is_application
            && (issuance != Issuance::SignedIn
                || exact(claims, "sid").is_some()
                || exact(claims, "scp").is_some())
        {
            return Err(BadToken("it is an application's and somebody's at once"));
        }
        if !is_application && exact(claims, "roles").is_some() {
            return Err(BadToken(
                "it is somebody's and names an application's permissions",
            ));
        }
        if !is_application && issuance == Issuance::SignedIn && exact(claims, "sid").is_none() {
            return Err(BadToken("it belongs to no session"));
        }
        let (issued_at, validity) = times(claims)?;
        let factor = if texts(claims, "amr")?.contains(&"mfa") {
            Factor::Multi
        } else {
            Factor::Single
        };
        let caller = Caller {
            actor: if is_application {
                Actor::Application(user)
            } else {
                Actor::User(user)
            },
            scopes: if is_application {
                texts(claims, "roles")?
                    .into_iter()
                    .filter_map(Scope::parse)
                    .collect()
            } else {
                scopes(claims)?
            },
            factor,
            contexts: texts(claims, "acrs")?
                .into_iter()
                .map(str::to_owned)
                .collect(),
            issuance,
            token: Some(token),
            session: match exact(claims, "sid") {
                None => None,
                Some(_) => Some(
                    text(claims, "sid")?
                        .parse()
                        .map_err(|_| BadToken("its sid is not a GUID"))?,
                ),
            },
            held_until: None,
            issued_at: Some(issued_at),
            client: Some(text(claims, "azp")?.to_owned()),
            address: None,
            request_id: None,
        };
        Ok((caller, validity))
    }
}

/// `iat`, `nbf` and `exp`: all three must be there and make sense together.
fn times(claims: &Object) -> Result<(Instant, Validity), BadToken> {
    let issued_at = time(claims, "iat")?;
    let not_before = time(claims, "nbf")?;
    let expires_at = time(claims, "exp")?;
    if expires_at.since(issued_at) > LIFETIME_MAX {
        return Err(BadToken("it would be good for longer than any token is"));
    }
    Ok((
        issued_at,
        Validity {
            // A token from the future is no good before it was issued, whatever its nbf says.
            not_before: not_before.max(issued_at),
            expires_at,
        },
    ))
}

/// The permissions that Ephor knows of those in `scp`; what it doesn't know gives nothing.
fn scopes(claims: &Object) -> Result<BTreeSet<Scope>, BadToken> {
    match claims.get("scp") {
        None => Ok(BTreeSet::new()),
        Some(Json::Text(text)) => Ok(text.split(' ').filter_map(Scope::parse).collect()),
        Some(_) => Err(BadToken("its scp is not a text")),
    }
}

/// One part of a token: strict base64url, then strict JSON, and an object.
fn object(part: &str) -> Result<Object, BadToken> {
    match parse(&decoded(part)?) {
        Ok(Json::Object(object)) => Ok(object),
        Ok(_) | Err(_) => Err(BadToken(
            "a part of it is not a JSON object without duplicates",
        )),
    }
}

fn decoded(part: &str) -> Result<Vec<u8>, BadToken> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| BadToken("a part of it is not base64url"))
}

/// A text under exactly this name: claims are not read in other cases.
fn text<'a>(object: &'a Object, name: &str) -> Result<&'a str, BadToken> {
    match exact(object, name) {
        Some(Json::Text(text)) => Ok(text),
        Some(_) | None => Err(BadToken(
            "a claim or header member is missing or not a text",
        )),
    }
}

fn texts<'a>(object: &'a Object, name: &str) -> Result<Vec<&'a str>, BadToken> {
    let wrong = BadToken("amr or acrs is not a list of texts");
    match exact(object, name) {
        None => Ok(Vec::new()),
        Some(Json::List(items)) => items
            .iter()
            .map(|item| match item {
                Json::Text(text) => Ok(text.as_str()),
                _ => Err(wrong),
            })
            .collect(),
        Some(_) => Err(wrong),
    }
}

fn time(object: &Object, name: &str) -> Result<Instant, BadToken> {
    match exact(object, name) {
        Some(Json::Int(seconds)) => {
            let instant = Instant::from_micros(seconds.saturating_mul(1_000_000));
            let sensible = instant >= Instant::EARLIEST && instant < Instant::LATEST;
            sensible
                .then_some(instant)
                .ok_or(BadToken("iat, nbf or exp lies outside the calendar"))
        }
        Some(_) | None => Err(BadToken("iat, nbf or exp is missing or not a whole number")),
    }
}

fn exact<'a>(object: &'a Object, name: &str) -> Option<&'a Json> {
    object
        .names()
        .any(|own| own == name)
        .then(|| object.get(name))
        .flatten()
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
