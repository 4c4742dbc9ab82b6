//! Signed JWTs of others, in compact form: which of some keys signed one, and what it says.
//!
//! Keys and certificates that come along in a header count for nothing, and what a header says is critical is
//! more than is understood here.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ephor_core::time::Instant;
use jsonwebtoken::jwk::AlgorithmParameters;
use jsonwebtoken::{Algorithm, DecodingKey};

use crate::client_key::ClientKey;
use crate::json::{Json, Object, parse};
use crate::limits::TOKEN_BYTES_MAX;

const ALGORITHMS: [(&str, Algorithm); 4] = [
    ("ES256", Algorithm::ES256),
    ("RS256", Algorithm::RS256),
    ("PS256", Algorithm::PS256),
    ("EdDSA", Algorithm::EdDSA),
];

/// A JWT whose signature is right.
pub(crate) struct Signed<'a> {
    pub(crate) claims: Object,
    /// What signed it.
    pub(crate) key: &'a ClientKey,
}

/// The token's claims, where one of these keys signed it.
pub(crate) fn verified<'a>(token: &str, keys: &'a [ClientKey]) -> Option<Signed<'a>> {
    if token.len() > TOKEN_BYTES_MAX {
        return None;
    }
    let mut parts = token.split('.');
    let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let message = &token[..header.len() + 1 + claims.len()];
    let key = signed_by(keys, &object(header)?, message, signature)?;
    Some(Signed {
        claims: object(claims)?,
        key,
    })
}

/// What a token's header calls its key: only to look for it.
pub(crate) fn kid(token: &str) -> Option<String> {
    let header = object(token.split('.').next()?)?;
    text(&header, "kid").map(str::to_owned)
}

/// Whom a token says it is of: only to find the keys it is checked by.
pub(crate) fn subject(token: &str) -> Option<String> {
    let claims = object(token.split('.').nth(1)?)?;
    text(&claims, "sub").map(str::to_owned)
}

fn signed_by<'a>(
    keys: &'a [ClientKey],
    header: &Object,
    message: &str,
    signature: &str,
) -> Option<&'a ClientKey> {
    if exact(header, "crit").is_some() || exact(header, "b64").is_some() {
        return None;
    }
    let named = text(header, "alg")?;
    let (_, algorithm) = *ALGORITHMS.iter().find(|(name, _)| *name == named)?;
    let signature = unpadded(signature);
    let bytes = URL_SAFE_NO_PAD.decode(signature).ok()?;
    keys.iter()
        .filter(|key| {
            key.is_named(
                text(header, "kid"),
                text(header, "x5t"),
                text(header, "x5t#S256"),
            )
        })
        .find(|key| fits(key, algorithm, message, signature, &bytes))
}

fn fits(
    key: &ClientKey,
    algorithm: Algorithm,
    message: &str,
    signature: &str,
    bytes: &[u8],
) -> bool {
    let kind_fits = matches!(
        (&key.jwk.algorithm, algorithm),
        (AlgorithmParameters::EllipticCurve(_), Algorithm::ES256)
            | (
                AlgorithmParameters::RSA(_),
                Algorithm::RS256 | Algorithm::PS256
            )
            | (AlgorithmParameters::OctetKeyPair(_), Algorithm::EdDSA)
    );
    if !kind_fits {
        return false;
    }
    // Terraform's provider signs ES256 in ASN.1 instead of the 64 bytes of JOSE.
    if let AlgorithmParameters::EllipticCurve(ec) = &key.jwk.algorithm
        && bytes.len() != 64
    {
        let half = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        let point = [&[4][..], &half(&ec.x), &half(&ec.y)].concat();
        return UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
            .verify(message.as_bytes(), bytes)
            .is_ok();
    }
    DecodingKey::from_jwk(&key.jwk).is_ok_and(|key| {
        matches!(
            jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, algorithm),
            Ok(true)
        )
    })
}

/// A part without the padding that JWTs don't have, and that Microsoft's library for Python writes all the same.
fn unpadded(part: &str) -> &str {
    part.trim_end_matches('=')
}

fn object(part: &str) -> Option<Object> {
    match parse(&URL_SAFE_NO_PAD.decode(unpadded(part)).ok()?) {
        Ok(Json::Object(object)) => Some(object),
        Ok(_) | Err(_) => None,
    }
}

/// What stands under exactly this name: claims are not read in other cases.
pub(crate) fn exact<'a>(object: &'a Object, name: &str) -> Option<&'a Json> {
    let is_there = object.names().any(|own| own == name);
    is_there.then(|| object.get(name)).flatten()
}

/// The text under exactly this name.
pub(crate) fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    match exact(object, name)? {
        Json::Text(text) => Some(text),
        _ => None,
    }
}

/// Seconds of the epoch as an instant.
pub(crate) fn seconds(seconds: i64) -> Instant {
    Instant::from_micros(seconds.saturating_mul(1_000_000))
}

/// A claim that is a time, where it lies within the calendar.
pub(crate) fn instant(json: &Json) -> Option<Instant> {
    let Json::Int(since) = json else { return None };
    let instant = seconds(*since);
    (instant >= Instant::EARLIEST && instant < Instant::LATEST).then_some(instant)
}
