//! What strangers send, bent in every way that chance finds: no parser of tokens, forms and keys panics, and none
//! takes what was altered after it was signed (T-31, T-32).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use crate::client_key::{self, ClientKey};
use crate::form::Form;
use crate::upstream::{Expected, ProviderOptions, Provisioning, Strengths, read_id_token};
use crate::{client_keys_of_certificates, json, jws};

/// A way to bend a text; where is a share of its length.
#[derive(Debug, Clone)]
pub(crate) enum Bend {
    Put(u16, u8),
    Insert(u16, u8),
    Remove(u16),
    Cut(u16),
    Repeat(u16, u16),
    Swap(u16, u16),
}

/// A few of them, one after the other.
pub(crate) fn bends() -> impl Strategy<Value = Vec<Bend>> {
    // What means something to a parser comes up more often than chance would have it.
    let byte = prop_oneof![
        any::<u8>(),
        proptest::sample::select(b".=&%+\"{}[]:,\\-_/ \r\n\0eE019".to_vec()),
    ];
    let one = prop_oneof![
        (any::<u16>(), byte.clone()).prop_map(|(at, byte)| Bend::Put(at, byte)),
        (any::<u16>(), byte).prop_map(|(at, byte)| Bend::Insert(at, byte)),
        any::<u16>().prop_map(Bend::Remove),
        any::<u16>().prop_map(Bend::Cut),
        any::<(u16, u16)>().prop_map(|(from, to)| Bend::Repeat(from, to)),
        any::<(u16, u16)>().prop_map(|(one, other)| Bend::Swap(one, other)),
    ];
    vec(one, 1..4)
}

/// The text, bent.
pub(crate) fn bent(text: &[u8], bends: &[Bend]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for bend in bends {
        let len = bytes.len();
        if len == 0 {
            break;
        }
        let at = |share: u16| usize::from(share) * len / (usize::from(u16::MAX) + 1);
        match *bend {
            Bend::Put(share, byte) => bytes[at(share)] = byte,
            Bend::Insert(share, byte) => bytes.insert(at(share), byte),
            Bend::Remove(share) => drop(bytes.remove(at(share))),
            Bend::Cut(share) => bytes.truncate(at(share)),
            Bend::Repeat(one, other) => {
                let (from, to) = (at(one.min(other)), at(one.max(other)));
                let piece = bytes[from..to].to_vec();
                bytes.splice(from..from, piece);
            }
            Bend::Swap(one, other) => bytes.swap(at(one), at(other)),
        }
    }
    bytes
}

/// Any JSON, as somebody would build it who looks for a crack.
pub(crate) fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        "\\PC{0,20}".prop_map(serde_json::Value::from),
        proptest::sample::select(vec!["", "none", "ES256", "at+jwt", "../key", "c1", "\u{0}"])
            .prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            proptest::collection::hash_map("[a-z]{0,4}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A key with what it signs.
struct Signer {
    pair: EcdsaKeyPair,
    keys: Vec<ClientKey>,
    set: String,
}

impl Signer {
    fn new() -> Self {
        let random = SystemRandom::new();
        let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref()).unwrap();
        let point = pair.public_key().as_ref();
        let set = json!({"keys": [{
            "kty": "EC", "crv": "P-256", "kid": "one",
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]),
        }]})
        .to_string();
        Self {
            keys: client_key::read(&set).unwrap(),
            pair,
            set,
        }
    }

    fn signs(&self, header: &str, claims: &str) -> String {
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims)
        );
        let signature = self
            .pair
            .sign(&SystemRandom::new(), message.as_bytes())
            .unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

fn provider() -> ProviderOptions {
    ProviderOptions {
        id: "corp".into(),
        name: "Corp".into(),
        issuer: "https://idp.example".into(),
        client_id: "ephor".into(),
        client_secret: None,
        scopes: Vec::new(),
        strengths: Strengths::default(),
        acr_values: None,
        provisioning: Provisioning::Off,
    }
}

const HEADER: &str = r#"{"alg":"ES256","kid":"one"}"#;
const NOW: i64 = 1_795_251_600;

fn claims() -> serde_json::Value {
    json!({
        "iss": "https://idp.example", "aud": "ephor", "sub": "ada", "nonce": "n", "iat": NOW, "exp": NOW + 300,
        "auth_time": NOW, "amr": ["pwd"], "name": "Ada",
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// T-31, T-32: another provider's token, or a client's assertion, that was altered is signed by nobody. Padding
    /// that some clients add to a part changes nothing of what it says.
    #[test]
    fn t32_what_was_altered_after_it_was_signed_is_signed_by_nobody(bends in bends()) {
        let signer = Signer::new();
        let token = signer.signs(HEADER, &claims().to_string());
        prop_assert!(jws::verified(&token, &signer.keys).is_some());
        let altered = String::from_utf8_lossy(&bent(token.as_bytes(), &bends)).into_owned();
        let bare = |token: &str| token.split('.').map(|part| part.trim_end_matches('=').to_owned()).collect::<Vec<_>>();
        prop_assume!(bare(&altered) != bare(&token));
        prop_assert!(jws::verified(&altered, &signer.keys).is_none(), "{altered}");
        let _ = (jws::kid(&altered), jws::subject(&altered));
    }

    /// T-31: whatever stands in a claim, signed by the right key, the token is read or refused, and where it says
    /// another issuer, audience or nonce it is refused.
    #[test]
    fn t31_claims_of_any_kind_are_read_or_refused(
        name in proptest::sample::select(vec!["iss", "aud", "azp", "sub", "nonce", "iat", "exp", "nbf", "auth_time", "amr", "acr", "name"]),
        value in any_json(),
    ) {
        let signer = Signer::new();
        let mut said = claims();
        prop_assume!(said[name] != value);
        said[name] = value.clone();
        let provider = provider();
        let expected = Expected { provider: &provider, nonce: "n", now: jws::seconds(NOW) };
        let read = read_id_token(&signer.signs(HEADER, &said.to_string()), &signer.keys, &expected);
        let has_to_fit = matches!(name, "iss" | "nonce") || (name == "aud" && value != json!(["ephor"]));
        prop_assert!(!has_to_fit || read.is_err(), "{name}: {value}");
    }

    /// T-32: a header of any kind never makes another algorithm or key count.
    #[test]
    fn t32_headers_of_any_kind_are_read_or_refused(
        name in proptest::sample::select(vec!["alg", "kid", "crit", "b64", "jwk", "x5t", "x5t#S256"]),
        value in any_json(),
    ) {
        let signer = Signer::new();
        let mut header = json!({"alg": "ES256", "kid": "one"});
        prop_assume!(header[name] != value);
        header[name] = value.clone();
        let read = jws::verified(&signer.signs(&header.to_string(), "{}"), &signer.keys).is_some();
        prop_assert!(!read || matches!(name, "jwk" | "x5t" | "x5t#S256" | "kid"), "{header}");
        prop_assert!(!read || !matches!((name, &value), ("kid", serde_json::Value::String(_))), "{header}");
    }

    /// A form is read whole or refused; what was read once is read the same from what it is written as.
    #[test]
    fn a_form_of_any_bytes_is_read_or_refused(
        bends in bends(),
        start in proptest::sample::select(vec![
            "grant_type=authorization_code&code=abc&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&code_verifier=v",
            "form=0123&name=ada%40contoso.example&password=%C3%A9+x&return_to=%2Fgroups",
            "",
        ]),
        tail in vec(any::<u8>(), 0..40),
    ) {
        let mut bytes = bent(start.as_bytes(), &bends);
        bytes.extend(tail);
        if let Ok(form) = Form::parse(&bytes) {
            let written: String = form.fields().map(|(name, value)| {
                let encoded = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
                format!("{}={}&", encoded(name), encoded(value))
            }).collect();
            prop_assert_eq!(Form::parse(written.as_bytes()).unwrap(), form);
        }
    }

    /// T-48: JSON of any bytes is read or refused, and nothing is read that is no JSON.
    #[test]
    fn t48_json_of_any_bytes_is_read_or_refused(bends in bends(), value in any_json()) {
        let bytes = bent(value.to_string().as_bytes(), &bends);
        if json::parse(&bytes).is_ok() {
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
        }
    }

    /// Keys and certificates of any kind are read or refused.
    #[test]
    fn keys_of_any_kind_are_read_or_refused(bends in bends(), member in "(kty|crv|x|y|n|e|kid|alg|use|x5c|exp)", value in any_json()) {
        let signer = Signer::new();
        let altered = String::from_utf8_lossy(&bent(signer.set.as_bytes(), &bends)).into_owned();
        let _ = client_key::read(&altered);
        let _ = client_key::usable(altered.as_bytes());
        let mut set: serde_json::Value = serde_json::from_str(&signer.set).unwrap();
        set["keys"][0][member.as_str()] = value;
        if let Ok(keys) = client_key::read(&set.to_string()) {
            // A key that makes no sense signs nothing.
            let token = signer.signs(HEADER, "{}");
            let _ = jws::verified(&token, &keys);
        }
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", URL_SAFE_NO_PAD.encode(bent(&[0x30; 64], &bends)));
        let _ = client_keys_of_certificates(&pem);
        let _ = client_keys_of_certificates(&altered);
    }
}
