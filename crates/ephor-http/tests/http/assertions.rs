//! Programs sign in in their own name as infrastructure tools do: found by `/metadata/endpoints`, with a secret or
//! with a certificate's key (`infrastructure-clients.md` 1.1 to 1.3).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use ephor_core::caller::Caller;
use ephor_core::signin::application::{Application, GroupsClaim};
use ephor_core::text::DisplayName;
use ephor_core::time::{Clock, Length};
use ephor_http::client_keys_of_certificates;
use ephor_ops::signin::application::{NewApplication, register};
use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::support::{URL, World, on_every_engine};

/// A program's key with its certificate.
struct Program {
    pair: rcgen::KeyPair,
    certificate: rcgen::Certificate,
    is_rsa: bool,
}

impl Program {
    fn with(algorithm: &'static rcgen::SignatureAlgorithm) -> Self {
        let pair = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let mut about =
            rcgen::CertificateParams::new(vec!["terraform.contoso.example".into()]).unwrap();
        about.not_before = rcgen::date_time_ymd(2026, 1, 1);
        about.not_after = rcgen::date_time_ymd(2027, 1, 1);
        let certificate = about.self_signed(&pair).unwrap();
        let is_rsa = algorithm == &rcgen::PKCS_RSA_SHA256;
        Self {
            pair,
            certificate,
            is_rsa,
        }
    }

    /// SHA-1 of the certificate.
    fn thumbprint(&self) -> Vec<u8> {
        use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
        digest(&SHA1_FOR_LEGACY_USE_ONLY, self.certificate.der())
            .as_ref()
            .to_vec()
    }

    fn signature(&self, message: &[u8], form: &'static EcdsaSigningAlgorithm) -> Vec<u8> {
        let der = self.pair.serialize_der();
        let random = SystemRandom::new();
        if self.is_rsa {
            let key = RsaKeyPair::from_pkcs8(&der).unwrap();
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                .unwrap();
            return signature;
        }
        let key = EcdsaKeyPair::from_pkcs8(form, &der).unwrap();
        key.sign(&random, message).unwrap().as_ref().to_vec()
    }

    /// A JWT as Terraform's provider makes it: `kid` with padding, an hour to live, and ECDSA in ASN.1.
    fn signs(
        &self,
        header: &Value,
        claims: &Value,
        form: &'static EcdsaSigningAlgorithm,
    ) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.signature(message.as_bytes(), form));
        format!("{message}.{signature}")
    }

    /// The same as Microsoft's library for Python makes it: with padding in every part.
    fn signs_padded(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = self.signature(message.as_bytes(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        format!("{message}.{}", URL_SAFE.encode(signature))
    }

    fn header(&self) -> Value {
        let alg = if self.is_rsa { "RS256" } else { "ES256" };
        json!({"alg": alg, "typ": "JWT", "kid": URL_SAFE.encode(self.thumbprint())})
    }
}

async fn registered(world: &World, keys: Option<String>) -> Application {
    let new = NewApplication {
        name: DisplayName::new("Terraform").unwrap(),
        redirect_uris: Vec::new(),
        directory_roles: Vec::new(),
        permissions: vec!["Group.ReadWrite.All".into()],
        keys,
        groups_claim: GroupsClaim::None,
        secret: None,
        secret_lifetime: Length::days(180),
    };
    world
        .store
        .write("register", Caller::operator(), move |tx| register(tx, new))
        .await
        .unwrap()
}

/// Where tokens are, as a tool that knows the tenant by its domain is told.
const TOKENS: &str = "/contoso.example/oauth2/v2.0/token";

fn claims(world: &World, client: &str) -> Value {
    let now = world.clock.now().micros() / 1_000_000;
    json!({
        "aud": format!("{URL}{TOKENS}"), "iss": client, "sub": client,
        "jti": hex::encode(ephor_store::ambient::random_bytes::<16>()), "nbf": now, "exp": now + 3_600,
    })
}

async fn token(world: &World, client: &str, assertion: &str) -> Page {
    let fields = [
        ("client_id", client),
        ("client_assertion", assertion),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("grant_type", "client_credentials"),
        ("scope", &format!("{URL}/.default")),
    ];
    Browser::new(world).plain(TOKENS, &[], &fields).await
}

on_every_engine! {
    /// Tools are told a cloud's addresses, and join paths to them as they are.
    tools_find_where_to_sign_in,
    |world| {
        let told = world.nobody().get("/metadata/endpoints?api-version=2022-09-01").await.expect(200).json();
        assert_eq!(told["microsoftGraphResourceId"].as_str().unwrap().trim_end_matches('/'), URL);
        assert_eq!(told["authentication"]["loginEndpoint"], URL);
        assert!(!told["name"].as_str().unwrap().is_empty() && !told["resourceManager"].as_str().unwrap().is_empty());
        world.nobody().post("/metadata/endpoints", &json!({})).await.expect(405);
    }
}

on_every_engine! {
    /// A certificate's key signs a program in, by ECDSA in both forms and by RSA, and what it gets acts.
    a_program_signs_in_by_its_certificate,
    |world| {
        for algorithm in [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_RSA_SHA256] {
            let program = Program::with(algorithm);
            let keys = client_keys_of_certificates(&program.certificate.pem()).unwrap();
            let app = registered(&world, Some(keys)).await;
            let client = app.id.to_string();
            let x5t = json!({"alg": program.header()["alg"], "typ": "JWT", "x5t": URL_SAFE_NO_PAD.encode(program.thumbprint())});
            let hex = json!({"alg": program.header()["alg"], "kid": hex::encode_upper(program.thumbprint())});
            let padded = program.signs_padded(&x5t, &claims(&world, &client));
            assert!(padded.ends_with('='), "{padded}");
            token(&world, &client, &padded).await.is(200);
            for form in [&ECDSA_P256_SHA256_ASN1_SIGNING, &ECDSA_P256_SHA256_FIXED_SIGNING] {
                for header in [&program.header(), &x5t, &hex] {
                    let signed = program.signs(header, &claims(&world, &client), form);
                    let given = token(&world, &client, &signed).await.is(200).json();
                    assert_eq!(given["expires_in"], 3_600);
                    let access = given["access_token"].as_str().unwrap();
                    let said: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(access.split('.').nth(1).unwrap()).unwrap()).unwrap();
                    assert_eq!(said["aud"], URL, "a text, and no list");
                    assert_eq!(said["oid"], app.principal.to_string());
                    assert_eq!(said["roles"], json!(["Group.ReadWrite.All"]));
                    world.holder_of(access.to_owned()).get("/v1.0/groups").await.expect(200);
                }
            }
        }
    }
}

on_every_engine! {
    /// What is not signed by the program, for us, just now, or comes again, signs nobody in.
    t41_an_assertion_is_for_us_and_now_and_counts_once,
    |world| {
        let program = Program::with(&rcgen::PKCS_ECDSA_P256_SHA256);
        let other = Program::with(&rcgen::PKCS_ECDSA_P256_SHA256);
        let keys = client_keys_of_certificates(&program.certificate.pem()).unwrap();
        let client = registered(&world, Some(keys.clone())).await.id.to_string();
        let another = registered(&world, Some(keys)).await.id.to_string();
        let der = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let good = program.signs(&program.header(), &claims(&world, &client), der);
        token(&world, &client, &good).await.is(200);
        token(&world, &client, &good).await.is(401).tells("invalid_client");

        let now = world.clock.now().micros() / 1_000_000;
        for (name, value) in [
            ("aud", json!("https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token")),
            ("aud", json!(format!("{URL}/fabrikam.example/oauth2/v2.0/token"))),
            ("aud", json!(URL)),
            ("iss", json!(another)),
            ("sub", json!(another)),
            ("jti", json!("")),
            ("jti", Value::Null),
            ("exp", json!(now - 60)),
            ("exp", Value::Null),
            ("exp", json!(1e300)),
            ("exp", json!("soon")),
            ("nbf", json!(now - 361)),
            ("nbf", json!(now + 61)),
            ("nbf", json!("now")),
        ] {
            let mut wrong = claims(&world, &client);
            wrong[name] = value.clone();
            let signed = program.signs(&program.header(), &wrong, der);
            token(&world, &client, &signed).await.is(401).tells("invalid_client");
        }
        let mut undated = claims(&world, &client);
        undated.as_object_mut().unwrap().remove("nbf");
        let signed = program.signs(&program.header(), &undated, der);
        token(&world, &client, &signed).await.is(401);
        for (name, value) in [
            ("alg", "none"), ("alg", "HS256"), ("alg", "RS256"), ("alg", "PS256"),
            ("kid", "AAAA"), ("crit", "exp"), ("b64", "false"),
        ] {
            let mut wrong = program.header();
            wrong[name] = value.into();
            let signed = program.signs(&wrong, &claims(&world, &client), der);
            token(&world, &client, &signed).await.is(401);
        }
        // A key in the header is nobody's, and another's key is not ours.
        let mut own = other.header();
        own["x5c"] = json!([base64::engine::general_purpose::STANDARD.encode(other.certificate.der())]);
        own["kid"] = program.header()["kid"].clone();
        token(&world, &client, &other.signs(&own, &claims(&world, &client), der)).await.is(401);
        let signed = program.signs(&program.header(), &claims(&world, &client), der);
        token(&world, &another, &signed).await.is(401);
        for bad in ["", "a.b", "a.b.c", "..", &format!("{signed}.x"), &signed[..signed.len() - 8]] {
            let status = token(&world, &client, bad).await.status.as_u16();
            assert!(status == 401 || (status == 400 && bad.is_empty()), "{bad}: {status}");
        }
        // The certificate ends, and with it what its key is good for.
        world.forward(Length::days(41));
        let late = program.signs(&program.header(), &claims(&world, &client), der);
        token(&world, &client, &late).await.is(401);
    }
}

on_every_engine! {
    /// A program asks for all that it was given, of us or under Graph's name, and for nothing else.
    a_program_asks_for_what_it_was_given_as_a_whole,
    |world| {
        let program = Program::with(&rcgen::PKCS_ECDSA_P256_SHA256);
        let keys = client_keys_of_certificates(&program.certificate.pem()).unwrap();
        let client = registered(&world, Some(keys)).await.id.to_string();
        let asked = async |scope: &str| {
            let signed = program.signs(&program.header(), &claims(&world, &client), &ECDSA_P256_SHA256_FIXED_SIGNING);
            let fields = [
                ("client_id", client.as_str()),
                ("client_assertion", &signed),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("grant_type", "client_credentials"),
                ("scope", scope),
            ];
            Browser::new(&world).plain(TOKENS, &[], &fields).await
        };
        for good in [format!("{URL}/.default"), format!("{URL}//.default"), "https://graph.microsoft.com/.default".into(), String::new()] {
            asked(&good).await.is(200);
        }
        for bad in ["https://evil.example/.default", "Group.ReadWrite.All", "openid", "https://graph.microsoft.com.default"] {
            asked(bad).await.is(400).tells("invalid_scope");
        }
    }
}
