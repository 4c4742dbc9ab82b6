//! What clients look up first: the addresses, and the keys by which tokens are checked (T-33).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ephor_ops::signin::key::{Purpose, list};
use ephor_store::SigningKey;
use serde_json::{Value, json};

use super::{base, ensure_id_key, id_token, store_fault};
use crate::door::{Reply, Visit};
use crate::error::HttpError;
use crate::token::issuer;

pub(super) fn configuration(visit: &Visit) -> Result<Reply, HttpError> {
    let app = &visit.app;
    let base = base(app);
    let at = |path: &str| format!("{base}/oauth2/v2.0/{path}");
    Ok(Reply::json(json!({
        "issuer": issuer(&app.public_url, app.tenant.id),
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "device_authorization_endpoint": at("devicecode"),
        "end_session_endpoint": at("logout"),
        "revocation_endpoint": at("revoke"),
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            "authorization_code", "refresh_token", "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code"
        ],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_post", "client_secret_basic", "private_key_jwt", "none"
        ],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256", "RS256", "PS256", "EdDSA"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "acr_values_supported": ["aal1", "aal2", "phr"],
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "nonce", "auth_time", "acr", "amr", "sid", "oid", "tid",
            "name", "preferred_username", "email", "groups"
        ],
        "claims_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
        "ui_locales_supported": ["en"],
    })))
}

pub(super) async fn keys(visit: &Visit) -> Result<Reply, HttpError> {
    let app = &visit.app;
    ensure_id_key(app).await?;
    let (access, id) = app
        .store
        .read("oauth.keys", |tx| {
            Ok::<_, ephor_ops::OpError>((list(tx, Purpose::Access)?, list(tx, Purpose::Id)?))
        })
        .await
        .map_err(store_fault)?;
    let keys: Vec<Value> = access
        .iter()
        .map(elliptic)
        .chain(id.iter().filter_map(id_token::jwk))
        .collect();
    Ok(Reply::json(json!({"keys": keys})))
}

/// A point of P-256 as a JWK: after its first byte there are both halves.
fn elliptic(key: &SigningKey) -> Value {
    let half = |from: usize| {
        let bytes = key.public.get(from..from + 32).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(bytes)
    };
    json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": key.id, "x": half(1), "y": half(33)})
}
