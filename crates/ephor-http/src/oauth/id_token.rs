//! ID tokens: RS256, with a key of their own, so that no access token passes for one (T-31).
//!
//! One that names groups ends no later than the earliest membership in it (T-21, R-H4).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ephor_core::caller::Caller;
use ephor_core::signin::strength::amr;
use ephor_core::time::{Instant, Length};
use ephor_ops::signin::key::{self, Purpose};
use ephor_ops::signin::oauth::Granted;
use ephor_store::SigningKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::store_fault;
use crate::error::HttpError;
use crate::state::App;
use crate::token::{SigningError, issuer};

/// An ID token is good for this long; it says who signed in, and is read at once.
const LIFETIME: Length = Length::hours(1);

/// A fresh key for ID tokens: RSA with 3072 bits, because every client knows it.
pub(crate) fn generate(created_at: Instant) -> SigningKey {
    use aws_lc_rs::encoding::AsDer;
    let pair =
        RsaKeyPair::generate(KeySize::Rsa3072).expect("the operating system gives random bytes");
    let private: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair
        .as_der()
        .expect("a key that was just made can be written");
    let public = pair.public_key().as_ref().to_vec();
    SigningKey {
        id: hex::encode(&Sha256::digest(&public)[..16]),
        private: private.as_ref().to_vec(),
        public,
        created_at,
    }
}

/// Makes the key for ID tokens where there is none yet: it takes a moment, so not before it is needed.
pub(crate) async fn ensure_id_key(app: &App) -> Result<(), HttpError> {
    app.id_key
        .get_or_try_init(|| async {
            let (now, keys) = app
                .store
                .read("oauth.keys", |tx| {
                    Ok::<_, ephor_ops::OpError>((tx.now(), key::list(tx, Purpose::Id)?))
                })
                .await
                .map_err(store_fault)?;
            if !keys.is_empty() {
                return Ok(());
            }
            let made = tokio::task::spawn_blocking(move || generate(now))
                .await
                .map_err(|_| HttpError::fault("a key could not be made"))?;
            let sealed = app.master.seal_key(made);
            app.store
                .write("oauth.key", Caller::system(), move |tx| {
                    key::renew(tx, Purpose::Id, &sealed)
                })
                .await
                .map_err(store_fault)
        })
        .await
        .map(|_| ())
}

/// Signs an ID token.
pub(super) fn mint(app: &App, granted: &Granted) -> Result<String, SigningError> {
    let seconds = |instant: Instant| instant.micros().div_euclid(1_000_000);
    let until = granted
        .issued_at
        .plus(LIFETIME)
        .unwrap_or(granted.expires_at);
    let until = match granted.groups.as_ref().and_then(|groups| groups.until) {
        Some(end) => until.min(end),
        None => until,
    };
    let session = &granted.session;
    let mut claims = json!({
        "iss": issuer(&app.public_url, granted.tenant.id),
        "aud": granted.application.id,
        "sub": granted.user.id,
        "oid": granted.user.id,
        "tid": granted.tenant.id,
        "iat": seconds(granted.issued_at),
        "nbf": seconds(granted.issued_at),
        "exp": seconds(until),
        "auth_time": seconds(session.signed_in_at),
        "amr": amr(&session.methods),
        "acr": session.strength().acr(),
        "sid": session.id,
        "ver": "2.0",
    });
    if let Some(nonce) = &granted.nonce {
        claims["nonce"] = json!(nonce);
    }
    let asked = |scope: &str| granted.scopes.iter().any(|own| own == scope);
    if asked("profile") {
        claims["name"] = json!(granted.user.display_name.to_string());
        claims["preferred_username"] = json!(granted.user.user_principal_name.as_str());
    }
    if asked("email")
        && let Some(mail) = &granted.user.mail
    {
        claims["email"] = json!(mail.as_str());
    }
    if let Some(groups) = &granted.groups {
        claims["groups"] = json!(groups.groups);
    }
    let header = json!({"typ": "JWT", "alg": "RS256", "kid": granted.id_key.id});
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let private = app.master.open_key(&granted.id_key)?;
    let pair = RsaKeyPair::from_pkcs8(&private).map_err(|_| SigningError::Refused)?;
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        message.as_bytes(),
        &mut signature,
    )
    .map_err(|_| SigningError::Refused)?;
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// The public part of a key for ID tokens, as a JWK.
pub(super) fn jwk(key: &SigningKey) -> Option<Value> {
    let (modulus, exponent) = parts(&key.public)?;
    Some(json!({
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": key.id,
        "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode(exponent),
    }))
}

/// Modulus and exponent of `RSAPublicKey` (RFC 8017 A.1.1): a sequence of two integers.
fn parts(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (inside, _) = element(der, 0x30)?;
    let (modulus, rest) = element(inside, 0x02)?;
    let (exponent, _) = element(rest, 0x02)?;
    let bare = |bytes: &'_ [u8]| bytes.iter().take_while(|byte| **byte == 0).count();
    Some((&modulus[bare(modulus)..], &exponent[bare(exponent)..]))
}

/// What stands in the first element of `der`, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&own, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if own != tag {
        return None;
    }
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        let length = digits
            .iter()
            .fold(0_usize, |length, digit| length << 8 | usize::from(*digit));
        (length, rest)
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_is_told_by_modulus_and_exponent() {
        let key = generate(Instant::from_micros(0));
        let (modulus, exponent) = parts(&key.public).unwrap();
        assert_eq!((modulus.len(), exponent), (384, &[1, 0, 1][..]));
        assert!(parts(&key.public[..100]).is_none());
        assert!(parts(&[]).is_none());
    }
}
