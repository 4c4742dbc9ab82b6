//! The public keys that an application proves itself by: given as a JWK set, or as certificates, which are kept
//! as the keys inside them under the names that known clients call a certificate by.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk};
use serde::Deserialize;
use serde_json::{Value, json};
use x509_parser::prelude::{FromDer, Pem, X509Certificate};
use x509_parser::public_key::PublicKey;

/// So many keys at a time.
const KEYS_MAX: usize = 10;
/// An RSA key has at least so many bits.
const RSA_BITS_MIN: usize = 2_048;

/// Why something is no key of an application: a phrase that follows what was given.
#[derive(Debug, thiserror::Error)]
pub enum BadClientKey {
    /// It is not a JWK set.
    #[error("is not a JWK set, {{\"keys\": [\u{2026}]}}: {0}")]
    Set(serde_json::Error),
    /// It holds none, or too many.
    #[error("holds {0} keys; give 1 to {KEYS_MAX}")]
    Count(usize),
    /// It is not a certificate.
    #[error("is not a certificate in PEM")]
    Certificate,
    /// The key in it is of a kind that nothing is signed with here.
    #[error(
        "holds a key that is neither RSA of at least {RSA_BITS_MIN} bits, nor P-256, nor Ed25519"
    )]
    Kind,
}

/// One key, as it is kept.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ClientKey {
    #[serde(flatten)]
    pub(crate) jwk: Jwk,
    /// Until when its certificate is good, in seconds of the epoch.
    pub(crate) exp: Option<i64>,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<ClientKey>,
}

/// The keys of a JWK set.
pub(crate) fn read(set: &str) -> Result<Vec<ClientKey>, BadClientKey> {
    let set: Set = serde_json::from_str(set).map_err(BadClientKey::Set)?;
    if set.keys.is_empty() || set.keys.len() > KEYS_MAX {
        return Err(BadClientKey::Count(set.keys.len()));
    }
    if set.keys.iter().all(ClientKey::is_usable) {
        Ok(set.keys)
    } else {
        Err(BadClientKey::Kind)
    }
}

/// Those keys of a provider's JWK set that can be used; others are for others. `None` where it is no such set.
pub(crate) fn usable(set: &[u8]) -> Option<Vec<ClientKey>> {
    let set: Value = serde_json::from_slice(set).ok()?;
    let keys = set.get("keys")?.as_array()?.iter();
    let read = keys.filter_map(|key| serde_json::from_value::<ClientKey>(key.clone()).ok());
    Some(read.filter(ClientKey::is_usable).collect())
}

/// A JWK set as it was given, if every key in it can be used.
pub fn check_client_keys(set: &str) -> Result<(), BadClientKey> {
    read(set).map(drop)
}

/// The JWK set of the certificates in a PEM text; anything else in it, such as a private key, is passed over.
pub fn client_keys_of_certificates(pem: &str) -> Result<String, BadClientKey> {
    let mut keys = Vec::new();
    for block in Pem::iter_from_buffer(pem.as_bytes()) {
        let block = block.map_err(|_| BadClientKey::Certificate)?;
        if block.label == "CERTIFICATE" {
            keys.push(client_key_of_certificate(&block.contents)?);
        }
    }
    if keys.is_empty() {
        return Err(BadClientKey::Certificate);
    }
    let set = json!({"keys": keys}).to_string();
    check_client_keys(&set).map(|()| set)
}

/// The key of one certificate in DER, as a JWK: its `kid` is the SHA-1 of the certificate in capital hex, as
/// Microsoft's clients name it.
pub fn client_key_of_certificate(der: &[u8]) -> Result<Value, BadClientKey> {
    let (rest, certificate) =
        X509Certificate::from_der(der).map_err(|_| BadClientKey::Certificate)?;
    if !rest.is_empty() {
        return Err(BadClientKey::Certificate);
    }
    let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let public = certificate.public_key();
    let mut key = match public.parsed() {
        Ok(PublicKey::RSA(rsa)) => {
            let plain = |number: &[u8]| {
                let zeros = number.iter().take_while(|byte| **byte == 0).count();
                encoded(&number[zeros..])
            };
            json!({"kty": "RSA", "n": plain(rsa.modulus), "e": plain(rsa.exponent)})
        }
        Ok(PublicKey::EC(point)) => match point.data() {
            [4, halves @ ..] if halves.len() == 64 => {
                let (x, y) = halves.split_at(32);
                json!({"kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y)})
            }
            _ => return Err(BadClientKey::Kind),
        },
        Ok(_) | Err(_) => return Err(BadClientKey::Kind),
    };
    let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, der);
    key["use"] = "sig".into();
    key["kid"] = hex::encode_upper(sha1).into();
    key["x5t"] = encoded(sha1.as_ref()).into();
    key["x5t#S256"] = encoded(digest(&SHA256, der).as_ref()).into();
    key["exp"] = certificate.validity().not_after.timestamp().into();
    Ok(key)
}

impl ClientKey {
    /// Whether something can be signed with it here. A shared secret among public keys would be no secret.
    fn is_usable(&self) -> bool {
        match &self.jwk.algorithm {
            AlgorithmParameters::RSA(rsa) => {
                let modulus = URL_SAFE_NO_PAD.decode(&rsa.n).unwrap_or_default();
                modulus.len() * 8 >= RSA_BITS_MIN
            }
            AlgorithmParameters::EllipticCurve(ec) => ec.curve == EllipticCurve::P256,
            AlgorithmParameters::OctetKeyPair(pair) => pair.curve == EllipticCurve::Ed25519,
            _ => false,
        }
    }

    /// Whether this is the key that a JWT's header names: by its id, or by its certificate's hash, which some
    /// clients write with padding.
    pub(crate) fn is_named(
        &self,
        kid: Option<&str>,
        x5t: Option<&str>,
        x5t_s256: Option<&str>,
    ) -> bool {
        let own = &self.jwk.common;
        let is = |own: &Option<String>, named: &str| {
            own.as_deref()
                .is_some_and(|own| own == named.trim_end_matches('='))
        };
        match (kid, x5t, x5t_s256) {
            (Some(kid), _, _) => {
                own.key_id
                    .as_deref()
                    .is_some_and(|own| own == kid || own.eq_ignore_ascii_case(kid))
                    || is(&own.x509_sha1_fingerprint, kid)
                    || is(&own.x509_sha256_fingerprint, kid)
            }
            (None, Some(x5t), _) => is(&own.x509_sha1_fingerprint, x5t),
            (None, None, Some(x5t)) => is(&own.x509_sha256_fingerprint, x5t),
            (None, None, None) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_public_key_is_refused() {
        for bad in [
            "",
            "{}",
            r#"{"keys": []}"#,
            r#"{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}"#,
            r#"{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}"#,
            r#"{"keys": [{"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}]}"#,
        ] {
            assert!(check_client_keys(bad).is_err(), "{bad}");
        }
        for bad in [
            "",
            "no PEM",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            assert!(client_keys_of_certificates(bad).is_err(), "{bad}");
        }
    }
}
