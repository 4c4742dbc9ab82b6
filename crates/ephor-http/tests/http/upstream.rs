//! People sign in through another identity provider, which is played here: what it says is believed as far as it
//! can be checked, and no further.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ephor_core::caller::Caller;
use ephor_core::time::{Clock, Length};
use ephor_http::{Fetched, Outbound, ProviderOptions, Provisioning, SignInOptions, Strengths};
use ephor_ops::signin::identity;
use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::oauth::field;
use crate::support::{World, on_every_engine};

const ADA: &str = "ada@contoso.example";
const PASSWORD: &str = "seven plums fell on monday";
const ISSUER: &str = "https://idp.example";

/// A provider.
struct Provider {
    key: EcdsaKeyPair,
    kid: Mutex<String>,
    /// What the next code is good for.
    token: Mutex<String>,
    keys_fetched: AtomicUsize,
    /// Where somebody signs out there.
    end_session: Mutex<Option<String>>,
}

impl Provider {
    fn new() -> Arc<Self> {
        let random = SystemRandom::new();
        let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        Arc::new(Self {
            key: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref()).unwrap(),
            kid: Mutex::new("one".into()),
            token: Mutex::default(),
            keys_fetched: AtomicUsize::new(0),
            end_session: Mutex::new(Some(format!("{ISSUER}/end?tenant=corp"))),
        })
    }

    fn signs(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = self
            .key
            .sign(&SystemRandom::new(), message.as_bytes())
            .unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    fn header(&self) -> Value {
        json!({"alg": "ES256", "kid": *self.kid.lock().unwrap()})
    }

    fn document(&self, url: &str) -> Result<Vec<u8>, String> {
        let document = match url.strip_prefix(ISSUER) {
            Some("/.well-known/openid-configuration") => json!({
                "issuer": ISSUER, "authorization_endpoint": format!("{ISSUER}/authorize"),
                "token_endpoint": format!("{ISSUER}/token"), "jwks_uri": format!("{ISSUER}/keys"),
                "end_session_endpoint": *self.end_session.lock().unwrap(),
            }),
            Some("/keys") => {
                self.keys_fetched.fetch_add(1, Ordering::SeqCst);
                let point = self.key.public_key().as_ref();
                json!({"keys": [
                    {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"},
                    {"kty": "EC", "crv": "P-256", "kid": "one", "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..])},
                ]})
            }
            _ => return Err(format!("{url} is not there")),
        };
        Ok(document.to_string().into_bytes())
    }
}

/// What fetches from the provider.
struct Wire(Arc<Provider>);

impl Outbound for Wire {
    fn get<'a>(&'a self, url: &'a str) -> Fetched<'a> {
        Box::pin(async move { self.0.document(url) })
    }

    fn post_form<'a>(&'a self, url: &'a str, fields: &'a [(&'a str, &'a str)]) -> Fetched<'a> {
        Box::pin(async move {
            let has = |name: &str, value: &str| fields.contains(&(name, value));
            let is_right = url == "https://idp.example/token"
                && has("code", "the code")
                && has("client_id", "ephor")
                && has("client_secret", "a secret of both")
                && fields
                    .iter()
                    .any(|(name, value)| *name == "code_verifier" && value.len() >= 43);
            if !is_right {
                return Err("the provider gives nothing".into());
            }
            Ok(json!({"id_token": *self.0.token.lock().unwrap()})
                .to_string()
                .into_bytes())
        })
    }
}

fn options(provider: &Arc<Provider>, provisioning: Provisioning) -> SignInOptions {
    SignInOptions {
        providers: vec![ProviderOptions {
            id: "corp".into(),
            name: "Corporate sign-in".into(),
            issuer: ISSUER.into(),
            client_id: "ephor".into(),
            client_secret: Some("a secret of both".into()),
            scopes: vec!["profile".into()],
            strengths: Strengths {
                multi_factor: vec!["mfa".into(), "urn:corp:two".into()],
                phishing_resistant: vec!["phr".into()],
            },
            acr_values: Some("urn:corp:two".into()),
            provisioning,
        }],
        outbound: Some(Arc::new(Wire(Arc::clone(provider)))),
        ..SignInOptions::default()
    }
}

/// The claims of somebody who has just signed in there.
fn claims(world: &World, there: &str) -> Value {
    let now = world.clock.now().micros() / 1_000_000;
    json!({
        "iss": ISSUER, "aud": "ephor", "sub": "ada-at-corp", "nonce": field(there, "nonce"), "iat": now, "exp": now + 300,
        "auth_time": now, "amr": ["pwd"], "email": ADA, "preferred_username": ADA, "name": "Ada",
    })
}

/// A browser comes back from the provider.
async fn comes_back(browser: &Browser<'_>, there: &str) -> Page {
    browser
        .get(&format!(
            "/sign-in/back/corp?code=the%20code&state={}",
            field(there, "state")
        ))
        .await
}

/// A browser goes to the provider and comes back with a token that says this and more.
async fn signs_in(world: &World, provider: &Provider, browser: &Browser<'_>, more: Value) -> Page {
    let there = browser
        .get("/sign-in/with/corp")
        .await
        .is(303)
        .leads()
        .to_owned();
    let mut said = claims(world, &there);
    for (name, value) in more.as_object().unwrap() {
        said[name] = value.clone();
    }
    *provider.token.lock().unwrap() = provider.signs(&provider.header(), &said);
    comes_back(browser, &there).await
}

async fn link(world: &World) {
    world
        .store
        .write("link", Caller::operator(), |tx| {
            identity::link(tx, &ADA.parse().unwrap(), ISSUER, "ada-at-corp")
        })
        .await
        .unwrap();
}

on_every_engine! {
    /// Who is signed in to both links them, and from then on one opens the other; taken away, it does not.
    somebody_links_an_account_elsewhere_and_signs_in_by_it,
    |world| {
        let provider = Provider::new();
        world.turn_to(world.node_with(options(&provider, Provisioning::Off)).await);
        world.set_password("ada", PASSWORD).await;
        let browser = Browser::new(&world);
        browser.get("/sign-in").await.is(200).tells("Sign in with Corporate sign-in");
        browser.types(ADA, PASSWORD).await.is(200);
        let there = browser.changes("link/corp", &[]).await.is(200).goes_on();
        assert!(there.starts_with("https://idp.example/authorize?response_type=code&client_id=ephor&"), "{there}");
        assert_eq!(field(&there, "code_challenge_method"), "S256");
        *provider.token.lock().unwrap() = provider.signs(&provider.header(), &claims(&world, &there));
        assert_eq!(comes_back(&browser, &there).await.is(303).leads(), "/sign-in/methods");
        browser.get("/sign-in/methods").await.is(200).tells("ada-at-corp");

        let other = Browser::new(&world);
        signs_in(&world, &provider, &other, json!({})).await.is(200);
        other.get("/sign-in/methods").await.is(200).tells("Corporate sign-in");
        browser.changes("unlink", &[("issuer", ISSUER), ("subject", "ada-at-corp")]).await.is(303);
        other.get("/sign-in/methods").await.is(303);
        signs_in(&world, &provider, &other, json!({})).await.is(403).tells("no account for you");
    }
}

on_every_engine! {
    /// T-31: a token that is not the provider's own answer, for us, to this browser, now, signs nobody in.
    t31_only_the_providers_own_fresh_answer_is_believed,
    |world| {
        let provider = Provider::new();
        world.turn_to(world.node_with(options(&provider, Provisioning::Off)).await);
        link(&world).await;
        let browser = Browser::new(&world);
        let now = world.clock.now().micros() / 1_000_000;
        for wrong in [
            json!({"iss": "https://evil.example"}),
            json!({"iss": "https://idp.example/"}),
            json!({"iss": Value::Null}),
            json!({"aud": "another"}),
            json!({"aud": []}),
            json!({"aud": ["ephor", "another"]}),
            json!({"aud": ["ephor", "another"], "azp": "another"}),
            json!({"azp": "another"}),
            json!({"nonce": "another"}),
            json!({"nonce": Value::Null}),
            json!({"exp": now - 60}),
            json!({"exp": Value::Null}),
            json!({"exp": "soon"}),
            json!({"iat": now + 61}),
            json!({"iat": now - 601}),
            json!({"iat": Value::Null}),
            json!({"nbf": now + 61}),
            json!({"sub": ""}),
            json!({"sub": 7}),
            json!({"sub": "x".repeat(256)}),
        ] {
            signs_in(&world, &provider, &browser, wrong.clone()).await.is(502).tells("could not be believed");
        }
        for (name, value) in [("alg", json!("none")), ("alg", json!("HS256")), ("alg", json!("RS256")), ("kid", json!("shared")), ("crit", json!(["x"]))] {
            let there = browser.get("/sign-in/with/corp").await.is(303).leads().to_owned();
            let mut header = provider.header();
            header[name] = value;
            *provider.token.lock().unwrap() = provider.signs(&header, &claims(&world, &there));
            comes_back(&browser, &there).await.is(502);
        }
        // Another browser's answer is none, and neither is one that came before; a mix-up is seen.
        let there = browser.get("/sign-in/with/corp").await.is(303).leads().to_owned();
        *provider.token.lock().unwrap() = provider.signs(&provider.header(), &claims(&world, &there));
        comes_back(&Browser::new(&world), &there).await.is(400);
        comes_back(&browser, &there).await.is(200);
        comes_back(&browser, &there).await.is(400).tells("took too long");
        let there = browser.get("/sign-in/with/corp").await.is(303).leads().to_owned();
        let back = format!("/sign-in/back/corp?code=the%20code&state={}&iss=https%3A%2F%2Fevil.example", field(&there, "state"));
        browser.get(&back).await.is(502);
        let there = browser.get("/sign-in/with/corp").await.is(303).leads().to_owned();
        browser.get(&format!("/sign-in/back/corp?error=access_denied&state={}", field(&there, "state"))).await.is(401);
        browser.get("/sign-in/with/nobody").await.is(404);
        let there = browser.get("/sign-in/with/corp").await.is(303).leads().to_owned();
        world.forward(Length::minutes(15));
        comes_back(&browser, &there).await.is(400);
    }
}

on_every_engine! {
    /// Who somebody is elsewhere is a subject of an issuer, and never a name: whoever is not linked gets nowhere,
    /// whatever address they have; and the account's own state decides.
    nobody_is_taken_for_somebody_by_their_name,
    |world| {
        let provider = Provider::new();
        world.turn_to(world.node_with(options(&provider, Provisioning::Off)).await);
        let browser = Browser::new(&world);
        signs_in(&world, &provider, &browser, json!({})).await.is(403);
        world.turn_to(world.node_with(options(&provider, Provisioning::FirstSignIn)).await);
        // That name is somebody's here.
        signs_in(&world, &provider, &browser, json!({})).await.is(403);
        signs_in(&world, &provider, &browser, json!({"preferred_username": "eve@fabrikam.example"})).await.is(403);
        let eve = json!({"sub": "eve-at-corp", "preferred_username": "eve@contoso.example", "name": "Eve"});
        signs_in(&world, &provider, &browser, eve.clone()).await.is(200);
        browser.get("/sign-in/methods").await.is(200).tells("eve@contoso.example");
        let made = world.admin().get("/v1.0/users/eve@contoso.example").await.expect(200).json();
        assert_eq!(made["displayName"], "Eve");
        // The next time it is the same account, whatever the name is by then.
        let renamed = json!({"sub": "eve-at-corp", "preferred_username": "evelyn@contoso.example"});
        signs_in(&world, &provider, &Browser::new(&world), renamed).await.is(200);
        world.admin().get("/v1.0/users/evelyn@contoso.example").await.expect(404);
        world.admin().patch("/v1.0/users/eve@contoso.example", &json!({"accountEnabled": false})).await.expect(204);
        signs_in(&world, &provider, &browser, eve).await.is(403);
        browser.get("/sign-in/methods").await.is(303);
    }
}

on_every_engine! {
    /// T-42: what was shown elsewhere, and when, counts as the settings say and as the provider says, not as it
    /// would be handy.
    t42_strength_and_age_are_those_of_the_sign_in_elsewhere,
    |world| {
        let provider = Provider::new();
        world.turn_to(world.node_with(options(&provider, Provisioning::Off)).await);
        link(&world).await;
        let now = world.clock.now().micros() / 1_000_000;
        let strong = "/sign-in?strength=aal2&return_to=%2Fsign-in%2Fsessions";
        for (said, is_strong) in [
            (json!({}), false),
            (json!({"amr": ["otp"]}), false),
            (json!({"amr": ["pwd", "mfa"]}), true),
            (json!({"acr": "urn:corp:two"}), true),
            (json!({"acr": "phr"}), true),
        ] {
            let browser = Browser::new(&world);
            signs_in(&world, &provider, &browser, said.clone()).await.is(200);
            let page = browser.get(strong).await;
            assert_eq!(page.status == 303, is_strong, "{said}: {}", page.text);
        }
        // A sign-in of long ago is as old as it is: what has to be fresh is asked for there.
        let browser = Browser::new(&world);
        signs_in(&world, &provider, &browser, json!({"amr": ["mfa"], "auth_time": now - 3_600})).await.is(200);
        let fresh = "2026-11-21T08:50:00Z".replace(':', "%3A");
        let there = browser.get(&format!("/sign-in/with/corp?strength=aal2&not_before={fresh}")).await.is(303).leads().to_owned();
        assert_eq!((field(&there, "prompt").as_str(), field(&there, "acr_values").as_str()), ("login", "urn:corp:two"));
        for (at, status) in [(json!(now - 3_600), 502), (Value::Null, 502)] {
            let there = browser.get(&format!("/sign-in/with/corp?not_before={fresh}")).await.is(303).leads().to_owned();
            let mut said = claims(&world, &there);
            said["auth_time"] = at;
            *provider.token.lock().unwrap() = provider.signs(&provider.header(), &said);
            comes_back(&browser, &there).await.is(status);
        }
        let there = browser.get(&format!("/sign-in/with/corp?not_before={fresh}")).await.is(303).leads().to_owned();
        *provider.token.lock().unwrap() = provider.signs(&provider.header(), &claims(&world, &there));
        comes_back(&browser, &there).await.is(200);
    }
}

on_every_engine! {
    /// T-33: keys are kept, and a key that nobody knows is not looked for over and over.
    t33_a_providers_keys_are_not_fetched_for_every_unknown_one,
    |world| {
        let provider = Provider::new();
        world.turn_to(world.node_with(options(&provider, Provisioning::Off)).await);
        link(&world).await;
        let browser = Browser::new(&world);
        for _ in 0..2 {
            signs_in(&world, &provider, &browser, json!({})).await.is(200);
        }
        for number in 0..30 {
            *provider.kid.lock().unwrap() = format!("unknown-{number}");
            signs_in(&world, &provider, &browser, json!({})).await.is(502);
        }
        assert_eq!(provider.keys_fetched.load(Ordering::SeqCst), 1);
    }
}

on_every_engine! {
    /// Who came from a provider signs out there too, once they are out here; whoever signed in here, or came from one
    /// that names no such place, is out and stays here (OpenID Connect RP-Initiated Logout 1.0).
    signing_out_leads_on_to_where_the_sign_in_came_from,
    |world| {
        world.set_password("ada", PASSWORD).await;
        link(&world).await;
        for (end_session, leads) in [
            (Some("https://idp.example/end?tenant=corp"), true),
            (Some("javascript:alert(1)"), false),
            (Some("http://idp.example/end"), false),
            (None, false),
        ] {
            let provider = Provider::new();
            *provider.end_session.lock().unwrap() = end_session.map(str::to_owned);
            world.turn_to(world.node_with(options(&provider, Provisioning::Off)).await);
            let browser = Browser::new(&world);
            signs_in(&world, &provider, &browser, json!({})).await.is(200);
            let mark = browser.get("/sign-out").await.is(200).mark();
            let out = browser.post("/sign-out", &[("form", &mark)]).await.is(200);
            assert!(out.headers.contains_key("clear-site-data"));
            browser.get("/sign-in/methods").await.is(303);
            let to = out.goes_on().replace("&#38;", "&");
            if leads {
                assert!(to.starts_with("https://idp.example/end?tenant=corp&"), "{to}");
                assert_eq!(field(&to, "client_id"), "ephor");
                assert!(to.contains("post_logout_redirect_uri=https%3A%2F%2Fephor.contoso.example%2Fsign-out"), "{to}");
                out.tells("Corporate sign-in");
            } else {
                assert_eq!(to, "", "{end_session:?}");
            }
            browser.get("/sign-out").await.is(200).tells("You are signed out");
            let here = Browser::new(&world);
            here.types(ADA, PASSWORD).await.is(200);
            let mark = here.get("/sign-out").await.is(200).mark();
            assert_eq!(here.post("/sign-out", &[("form", &mark)]).await.is(200).goes_on(), "");
        }
    }
}
