//! Applications sign people in: codes, refreshing, device codes, and what must not work (T-37, T-40 to T-42).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ephor_core::caller::Caller;
use ephor_core::signin::application::{Application, GroupsClaim, RedirectUri};
use ephor_core::text::DisplayName;
use ephor_core::time::Length;
use ephor_ops::signin::application::{COMMANDS, NewApplication, register};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::browser::{Browser, Page};
use crate::support::{URL, World, on_every_engine};

const ADA: &str = "ada@contoso.example";
const PASSWORD: &str = "seven plums fell on monday";
pub(crate) const VERIFIER: &str = "a-verifier-that-is-long-enough-for-everybody-43";
const CALLBACK: &str = "https://app.example/callback";
const SECRET: &str = "a secret that the application keeps";

/// A world with a registered application, and somebody who can sign in.
async fn application(world: &World) -> Application {
    world.set_password("ada", PASSWORD).await;
    let new = NewApplication {
        name: DisplayName::new("Dashboard").unwrap(),
        redirect_uris: vec![RedirectUri::new(CALLBACK).unwrap()],
        directory_roles: Vec::new(),
        permissions: vec!["User.Read".into(), "Group.Read.All".into()],
        keys: None,
        groups_claim: GroupsClaim::All,
        secret: Some(Sha256::digest(SECRET.as_bytes()).into()),
        secret_lifetime: Length::days(180),
    };
    world
        .store
        .write("register", Caller::operator(), move |tx| register(tx, new))
        .await
        .unwrap()
}

pub(crate) fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER.as_bytes()))
}

pub(crate) fn address(client: &str, redirect_uri: &str, more: &str) -> String {
    format!(
        "/contoso.example/oauth2/v2.0/authorize?client_id={client}&redirect_uri={}&response_type=code&scope={}&state=s%26t&nonce=n-1&code_challenge={}&code_challenge_method=S256{more}",
        encoded(redirect_uri),
        encoded("openid profile offline_access https://graph.microsoft.com/.default"),
        challenge()
    )
}

/// The value of a field in an address.
pub(crate) fn field(address: &str, name: &str) -> String {
    let query = address.split_once('?').unwrap().1;
    let value = query
        .split('&')
        .find_map(|pair| pair.strip_prefix(&format!("{name}=")))
        .unwrap_or_else(|| panic!("no {name} in {address}"));
    percent_encoding::percent_decode_str(value)
        .decode_utf8()
        .unwrap()
        .into_owned()
}

/// Signs in where an application asks for it, and gives the address that the browser is sent back to.
async fn signs_in(browser: &Browser<'_>, address: &str) -> String {
    let asked = browser.get(address).await.is(303);
    let done = browser.types_at(asked.leads(), ADA, PASSWORD).await.is(200);
    browser
        .get(&done.goes_on())
        .await
        .is(302)
        .leads()
        .to_owned()
}

pub(crate) async fn token(world: &World, fields: &[(&str, &str)]) -> Page {
    Browser::new(world)
        .plain("/common/oauth2/v2.0/token", &[], fields)
        .await
}

async fn exchange(world: &World, client: &str, code: &str) -> Page {
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("client_secret", SECRET),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    token(world, &fields).await
}

pub(crate) async fn refresh(world: &World, client: &str, refresh_token: &str) -> Page {
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", client),
        ("client_secret", SECRET),
        ("refresh_token", refresh_token),
    ];
    token(world, &fields).await
}

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

pub(crate) fn text(value: &Value, name: &str) -> String {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name} in {value}"))
        .to_owned()
}

on_every_engine! {
    /// The whole way of a code: sign-in, tokens, the API, refreshing, and the keys that the tokens fit.
    an_application_signs_somebody_in_and_acts_for_them,
    |world| {
        let app = application(&world).await;
        let client = app.id.to_string();
        let browser = Browser::new(&world);
        let back = signs_in(&browser, &address(&client, CALLBACK, "")).await;
        assert!(back.starts_with("https://app.example/callback?"), "{back}");
        assert_eq!(field(&back, "state"), "s&t");
        assert!(field(&back, "iss").ends_with("/v2.0"));
        let tokens = exchange(&world, &client, &field(&back, "code")).await.is(200).json();
        assert_eq!(tokens["expires_in"], 600);
        assert_eq!(tokens["token_type"], "Bearer");
        let access = text(&tokens, "access_token");
        let said = claims(&access);
        assert_eq!(said["aud"], URL);
        assert_eq!(said["scp"], "Group.Read.All User.Read");
        assert_eq!(said["amr"], serde_json::json!(["pwd"]));
        let me = world.holder_of(access.clone()).get("/v1.0/me").await.expect(200).json();
        assert_eq!(me["userPrincipalName"], ADA);
        world.holder_of(access.clone()).post("/v1.0/users", &serde_json::json!({})).await.expect(400);

        let id = claims(&text(&tokens, "id_token"));
        assert_eq!((id["aud"].as_str(), id["nonce"].as_str()), (Some(client.as_str()), Some("n-1")));
        assert_eq!(id["preferred_username"], ADA);
        // An ID token is no access token (T-31).
        world.holder_of(text(&tokens, "id_token")).get("/v1.0/me").await.expect(401);

        // Whoever is signed in is not asked again.
        let again = browser.get(&address(&client, CALLBACK, "")).await.is(302);
        assert!(again.leads().contains("code="));

        let more = refresh(&world, &client, &text(&tokens, "refresh_token")).await.is(200).json();
        assert_ne!(more["refresh_token"], tokens["refresh_token"]);
        assert_eq!(claims(&text(&more, "access_token"))["auth_time"], said["auth_time"]);
        world.forward(Length::minutes(10));
        world.holder_of(access).get("/v1.0/me").await.expect(401);
        world.holder_of(text(&more, "access_token")).get("/v1.0/me").await.expect(401);

        let configuration = browser.get("/common/v2.0/.well-known/openid-configuration").await.is(200).json();
        assert_eq!(configuration["issuer"], said["iss"]);
        let keys = browser.get(&text(&configuration, "jwks_uri")).await.is(200).json();
        let kinds: Vec<&str> = keys["keys"].as_array().unwrap().iter().map(|key| key["kty"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["EC", "RSA"]);
        assert!(!keys.to_string().contains("\"d\""), "a private part");
    }
}

on_every_engine! {
    /// T-40: nothing is sent to an address that is not registered, letter by letter.
    t40_codes_are_sent_only_where_the_application_said,
    |world| {
        let app = application(&world).await;
        let client = app.id.to_string();
        let browser = Browser::new(&world);
        for bad in [
            "https://app.example/callback/",
            "https://evil.example/callback",
            "https://app.example.evil.example/callback",
            "https://app.example@evil.example/callback",
            "https://app.example/callback?x=1",
            "http://app.example/callback",
            "//evil.example",
            "/\\evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "https://app.example/callback\r\nx: y",
            "",
        ] {
            let page = browser.get(&address(&client, bad, "")).await.is(400);
            assert_eq!(page.location, None, "{bad}");
        }
        let unknown = "00000000-0000-4000-8000-000000000000";
        assert_eq!(browser.get(&address(unknown, CALLBACK, "")).await.is(400).location, None);
        // The browser that signs in is sent to our own paths only.
        for bad in ["//evil.example", "https://evil.example", "/\\evil.example", "https:evil.example"] {
            let done = browser.types_at(&format!("/sign-in?again=1&return_to={}", encoded(bad)), ADA, PASSWORD).await.is(200);
            assert_eq!(done.goes_on(), "/", "{bad}");
        }
    }
}

on_every_engine! {
    /// What an application asks wrongly is told to it, with its state and who says so.
    what_is_asked_wrongly_is_told_to_the_application,
    |world| {
        let app = application(&world).await;
        let client = app.id.to_string();
        let browser = Browser::new(&world);
        let whole = address(&client, CALLBACK, "");
        for (wrong, error) in [
            (whole.replace("response_type=code", "response_type=token"), "unsupported_response_type"),
            (whole.replace("code_challenge_method=S256", "code_challenge_method=plain"), "invalid_request"),
            (whole.replace("&code_challenge_method=S256", ""), "invalid_request"),
            (whole.replace(&challenge(), "short"), "invalid_request"),
            (format!("{whole}&prompt=never"), "invalid_request"),
            (format!("{whole}&max_age=soon"), "invalid_request"),
            (format!("{whole}&claims=%7B"), "invalid_request"),
            (format!("{whole}&request=x"), "request_not_supported"),
            (format!("{whole}&prompt=none"), "login_required"),
        ] {
            let page = browser.get(&wrong).await.is(302);
            assert_eq!(field(page.leads(), "error"), error, "{wrong}");
            assert_eq!(field(page.leads(), "state"), "s&t");
            assert!(field(page.leads(), "iss").starts_with(URL));
        }
        browser.get(&format!("{whole}&client_id={client}")).await.is(400).tells("given twice");
        browser.get("/fabrikam.example/oauth2/v2.0/authorize").await.is(404);
    }
}

on_every_engine! {
    /// T-41: a code works once, in its minute, for its client, address and verifier; used twice it ends what
    /// it gave.
    t41_a_code_works_once_and_twice_ends_what_it_gave,
    |world| {
        let app = application(&world).await;
        let client = app.id.to_string();
        let browser = Browser::new(&world);
        let first = field(&signs_in(&browser, &address(&client, CALLBACK, "")).await, "code");
        let code = async || {
            let page = browser.get(&address(&client, CALLBACK, "")).await.is(302);
            field(page.leads(), "code")
        };
        let tokens = exchange(&world, &client, &first).await.is(200).json();
        let access = text(&tokens, "access_token");
        world.holder_of(access.clone()).get("/v1.0/me").await.expect(200);
        exchange(&world, &client, &first).await.is(400).tells("invalid_grant");
        world.holder_of(access).get("/v1.0/me").await.expect(401);
        refresh(&world, &client, &text(&tokens, "refresh_token")).await.is(400).tells("invalid_grant");

        let late = code().await;
        world.forward(Length::seconds(60));
        exchange(&world, &client, &late).await.is(400).tells("invalid_grant");
        for (name, value) in [
            ("redirect_uri", "https://app.example/other"),
            ("code_verifier", "another-verifier-that-is-long-enough-for-all-43"),
            ("code_verifier", ""),
            ("code", "00"),
        ] {
            let fresh = code().await;
            let fields: Vec<(&str, &str)> = [
                ("grant_type", "authorization_code"),
                ("client_id", client.as_str()),
                ("client_secret", SECRET),
                ("code", fresh.as_str()),
                ("redirect_uri", CALLBACK),
                ("code_verifier", VERIFIER),
            ]
            .into_iter()
            .map(|(own, usual)| if own == name { (own, value) } else { (own, usual) })
            .collect();
            token(&world, &fields).await.is(400).tells("invalid_grant");
        }
        // Another client's code is no code.
        let commands = COMMANDS.to_string();
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", commands.as_str()),
            ("code", &code().await),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        token(&world, &fields).await.is(400).tells("invalid_grant");
        // Two at once: one gets tokens, and then nobody has them.
        let raced = code().await;
        let (one, other) = tokio::join!(exchange(&world, &client, &raced), exchange(&world, &client, &raced));
        assert_eq!(usize::from(one.status == 200) + usize::from(other.status == 200), 1);
    }
}

on_every_engine! {
    /// T-41: a refresh token is used once; a lost answer is given again for ten seconds; a copy ends all.
    t41_a_refresh_token_that_comes_twice_ends_its_family,
    |world| {
        let app = application(&world).await;
        let client = app.id.to_string();
        let browser = Browser::new(&world);
        let code = field(&signs_in(&browser, &address(&client, CALLBACK, "")).await, "code");
        let tokens = exchange(&world, &client, &code).await.is(200).json();
        let first = text(&tokens, "refresh_token");
        let second = text(&refresh(&world, &client, &first).await.is(200).json(), "refresh_token");
        world.forward(Length::seconds(9));
        let again = text(&refresh(&world, &client, &first).await.is(200).json(), "refresh_token");
        assert_eq!(second, again, "the same successor");
        world.forward(Length::seconds(2));
        let third = refresh(&world, &client, &second).await.is(200).json();
        refresh(&world, &client, &first).await.is(400).tells("invalid_grant");
        world.holder_of(text(&third, "access_token")).get("/v1.0/me").await.expect(401);
        refresh(&world, &client, &text(&third, "refresh_token")).await.is(400);
    }
}

on_every_engine! {
    /// T-38: what ends a browser's session ends what came from it, tokens and all; so does a reset.
    t38_tokens_end_with_the_session_they_came_from,
    |world| {
        let app = application(&world).await;
        let client = app.id.to_string();
        let browser = Browser::new(&world);
        let code = field(&signs_in(&browser, &address(&client, CALLBACK, "")).await, "code");
        let tokens = exchange(&world, &client, &code).await.is(200).json();
        let mark = browser.get("/sign-out").await.mark();
        let waiting = browser.get(&address(&client, CALLBACK, "")).await.is(302);
        browser.post("/sign-out", &[("form", &mark)]).await.is(200);
        world.holder_of(text(&tokens, "access_token")).get("/v1.0/me").await.expect(401);
        refresh(&world, &client, &text(&tokens, "refresh_token")).await.is(400);
        // A code that waits is over too.
        exchange(&world, &client, &field(waiting.leads(), "code")).await.is(400);

        let code = field(&signs_in(&browser, &address(&client, CALLBACK, "")).await, "code");
        let tokens = exchange(&world, &client, &code).await.is(200).json();
        world.make_reset_code("ada").await;
        world.holder_of(text(&tokens, "access_token")).get("/v1.0/me").await.expect(401);
        refresh(&world, &client, &text(&tokens, "refresh_token")).await.is(400);
        browser.get("/sign-in/methods").await.is(303);
    }
}

on_every_engine! {
    /// A client that does not prove itself as it should gets nothing.
    clients_prove_themselves,
    |world| {
        let app = application(&world).await;
        let client = app.id.to_string();
        let basic = |secret: &str| {
            use base64::engine::general_purpose::STANDARD;
            format!("Basic {}", STANDARD.encode(format!("{client}:{}", secret.replace(' ', "+"))))
        };
        let grant = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        let wrong = [("client_id", client.as_str()), ("client_secret", "wrong")];
        token(&world, &[&grant[..], &wrong[..]].concat()).await.is(401).tells("invalid_client");
        token(&world, &[&grant[..], &wrong[..1]].concat()).await.is(401).tells("invalid_client");
        token(&world, &grant).await.is(400).tells("client_id is missing");
        let browser = Browser::new(&world);
        let at = "/common/oauth2/v2.0/token";
        browser.plain(at, &[("authorization", &basic("wrong"))], &grant).await.is(401);
        browser.plain(at, &[("authorization", &basic(SECRET))], &grant).await.is(400).tells("invalid_grant");
        browser.plain(at, &[("authorization", &basic(SECRET))], &[&grant[..], &wrong[1..]].concat()).await.is(400).tells("more than one way");
        let public = COMMANDS.to_string();
        token(&world, &[&grant[..], &[("client_id", public.as_str()), ("client_secret", "x")]].concat()).await.is(401);
        token(&world, &[&grant[..], &[("client_id", public.as_str())]].concat()).await.is(400).tells("invalid_grant");
        token(&world, &[("grant_type", "password"), ("client_id", public.as_str())]).await.is(400).tells("unsupported_grant_type");
        world.forward(Length::days(180));
        browser.plain(at, &[("authorization", &basic(SECRET))], &grant).await.is(401);
    }
}

on_every_engine! {
    /// T-37: a device code is typed and confirmed; guessed, denied, late or used twice it gives nothing, and
    /// what it gave satisfies no authentication context.
    t37_a_device_code_is_confirmed_by_who_sees_what_it_is_for,
    |world| {
        world.set_password("ada", PASSWORD).await;
        let client = COMMANDS.to_string();
        let device = Browser::new(&world);
        let start = async || {
            let fields = [("client_id", client.as_str()), ("scope", "openid .default")];
            device.plain("/organizations/oauth2/v2.0/devicecode", &[], &fields).await.is(200).json()
        };
        let poll = async |code: &str| {
            let fields = [
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                ("client_id", client.as_str()),
                ("device_code", code),
            ];
            token(&world, &fields).await
        };
        let asked = start().await;
        let (code, typed) = (text(&asked, "device_code"), text(&asked, "user_code"));
        poll(&code).await.is(400).tells("authorization_pending");
        poll(&code).await.is(400).tells("slow_down");
        let browser = Browser::new(&world);
        browser.types(ADA, PASSWORD).await.is(200);
        let mark = browser.get("/sign-in/device").await.is(200).mark();
        let types = async |code: &str, answer: &str| {
            let fields = [("form", mark.as_str()), ("code", code), ("answer", answer)];
            browser.post("/sign-in/device", &fields).await
        };
        types("BBBB-BBBB", "").await.is(404).tells("No device waits");
        types(&typed.to_lowercase(), "").await.is(200).tells("Ephor command line").tells("act in your name");
        world.forward(Length::seconds(5));
        poll(&code).await.is(400).tells("authorization_pending");
        types(&typed, "yes").await.is(200).tells("It is signed in");
        types(&typed, "yes").await.is(404);
        world.forward(Length::seconds(5));
        let tokens = poll(&code).await.is(200).json();
        let access = text(&tokens, "access_token");
        world.holder_of(access.clone()).get("/v1.0/me").await.expect(200);
        // A copy of the device code ends what it gave.
        poll(&code).await.is(400).tells("invalid_grant");
        world.holder_of(access).get("/v1.0/me").await.expect(401);

        let asked = start().await;
        types(&text(&asked, "user_code"), "no").await.is(200).tells("turned down");
        poll(&text(&asked, "device_code")).await.is(400).tells("access_denied");
        let asked = start().await;
        world.forward(Length::minutes(10));
        poll(&text(&asked, "device_code")).await.is(400).tells("expired_token");
        types(&text(&asked, "user_code"), "yes").await.is(404);
        // Guesses are counted: the sixth is not judged.
        for _ in 0..5 {
            types("BBBB-BBBB", "").await;
        }
        types("BBBB-BBBB", "").await.is(429);
    }
}

on_every_engine! {
    /// T-42: a step-up is asked for and shown by the server's own record: a password is not enough, a second
    /// factor is, and what is too old is asked for anew.
    t42_what_an_application_needs_is_shown_or_nothing_is_given,
    |world| {
        let app = application(&world).await;
        let client = app.id.to_string();
        let browser = Browser::new(&world);
        browser.types(ADA, PASSWORD).await.is(200);
        let secret = browser.enrols().await;
        let claims_asked = encoded(r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#);
        for more in [format!("&claims={claims_asked}"), "&acr_values=aal2".to_owned()] {
            let page = browser.get(&address(&client, CALLBACK, &more)).await.is(303);
            assert!(page.leads().contains("strength=aal2"), "{}", page.leads());
        }
        let page = browser.get(&address(&client, CALLBACK, &format!("&claims={claims_asked}"))).await.is(303);
        assert_eq!(browser.get(page.leads()).await.is(303).leads(), "/sign-in/factor");
        world.forward(Length::seconds(30));
        let done = browser.types_code(&world.digits(&secret)).await.is(200);
        let back = browser.get(&done.goes_on()).await.is(302);
        let tokens = exchange(&world, &client, &field(back.leads(), "code")).await.is(200).json();
        let said = claims(&text(&tokens, "access_token"));
        assert_eq!(said["acrs"], serde_json::json!(["c1"]));
        assert_eq!(said["acr"], "aal2");
        assert_eq!(said["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
        // Too old: asked for anew, and fresh afterwards.
        world.forward(Length::minutes(20));
        browser.get(&address(&client, CALLBACK, "&max_age=3600")).await.is(302);
        let page = browser.get(&address(&client, CALLBACK, "&max_age=60&acr_values=aal2")).await.is(303);
        browser.get(page.leads()).await.is(303);
        let done = browser.types_code(&world.digits(&secret)).await.is(200);
        browser.get(&done.goes_on()).await.is(302);
        world.forward(Length::seconds(1));
        // `prompt=login` asks whoever is signed in.
        browser.get(&address(&client, CALLBACK, "&prompt=login")).await.is(303);
    }
}

on_every_engine! {
    /// T-21, R-H4: an ID token that names groups ends no later than the earliest membership in it.
    t21_an_id_token_ends_with_the_first_membership_that_it_names,
    |world| {
        let app = application(&world).await;
        let client = app.id.to_string();
        world.make_eligible("ada", "prod-admins").await;
        let group = world.group("prod-admins");
        let mut ask = world.activation("ada", "prod-admins");
        ask["scheduleInfo"]["expiration"]["duration"] = "PT20M".into();
        world.ada().post(&crate::support::pim("assignmentScheduleRequests"), &ask).await.expect(201);
        let browser = Browser::new(&world);
        let code = field(&signs_in(&browser, &address(&client, CALLBACK, "")).await, "code");
        let tokens = exchange(&world, &client, &code).await.is(200).json();
        let id = claims(&text(&tokens, "id_token"));
        assert_eq!(id["groups"], serde_json::json!([group]));
        assert_eq!(id["exp"].as_i64().unwrap() - id["iat"].as_i64().unwrap(), 20 * 60);
        world.forward(Length::minutes(21));
        let more = refresh(&world, &client, &text(&tokens, "refresh_token")).await.is(200).json();
        let id = claims(&text(&more, "id_token"));
        assert_eq!(id["groups"], serde_json::json!([]));
        assert_eq!(id["exp"].as_i64().unwrap() - id["iat"].as_i64().unwrap(), 60 * 60);
    }
}

on_every_engine! {
    /// T-33: a key is renewed each 90 days, published a day before it signs, and the old one stays good for
    /// what it signed.
    t33_keys_are_renewed_and_nobody_notices,
    |world| {
        let app = application(&world).await;
        let client = app.id.to_string();
        let browser = Browser::new(&world);
        let kid = |token: &str| {
            let part = token.split('.').next().unwrap();
            let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
            text(&header, "kid")
        };
        let published = async || {
            let keys = browser.get("/common/discovery/v2.0/keys").await.is(200).json();
            keys["keys"].as_array().unwrap().iter().map(|key| text(key, "kid")).collect::<Vec<_>>()
        };
        let signed = async || {
            let browser = Browser::new(&world);
            let code = field(&signs_in(&browser, &address(&client, CALLBACK, "")).await, "code");
            text(&exchange(&world, &client, &code).await.is(200).json(), "access_token")
        };
        let first = signed().await;
        assert_eq!(published().await.len(), 2);
        world.forward(Length::days(89));
        let first_key = kid(&first);
        // Keys are looked at anew after two seconds of the machine's own time.
        let renewed = async || {
            tokio::time::timeout(std::time::Duration::from_secs(20), async {
                loop {
                    world.ada().get("/v1.0/me").await.expect(200);
                    let keys = published().await;
                    if keys.len() >= 4 {
                        break keys;
                    }
                    tokio::task::yield_now().await;
                }
            })
            .await
            .unwrap()
        };
        world.forward(Length::days(1));
        let keys = renewed().await;
        assert!(keys.contains(&first_key));
        let old = signed().await;
        assert_eq!(kid(&old), first_key, "not before it was published for a day");
        world.forward(Length::hours(24));
        let new = signed().await;
        assert_ne!(kid(&new), first_key);
        world.holder_of(new).get("/v1.0/me").await.expect(200);
        assert!(published().await.contains(&first_key));
        world.forward(Length::hours(27));
        assert!(!published().await.contains(&first_key));
    }
}

on_every_engine! {
    /// An application acts in its own name, as far as its permissions go and not a step further.
    an_application_acts_in_its_own_name,
    |world| {
        let app = application(&world).await;
        let client = app.id.to_string();
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", client.as_str()),
            ("client_secret", SECRET),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let given = token(&world, &fields).await.is(200).json();
        assert_eq!(given["expires_in"], 3_600);
        assert!(given.get("refresh_token").is_none());
        let access = text(&given, "access_token");
        let as_app = world.holder_of(access.clone());
        as_app.get("/v1.0/groups").await.expect(200);
        as_app.get("/v1.0/me").await.expect(400);
        as_app.get("/v1.0/users").await.expect(403);
        as_app.post("/v1.0/groups", &serde_json::json!({"displayName": "x", "mailNickname": "x", "mailEnabled": false, "securityEnabled": true})).await.expect(403);
        world.forward(Length::minutes(60));
        world.holder_of(access).get("/v1.0/groups").await.expect(401);
        let public = COMMANDS.to_string();
        token(&world, &[fields[0], ("client_id", public.as_str())]).await.is(400).tells("unauthorized_client");
        token(&world, &[fields[0], fields[1], ("client_secret", "wrong")]).await.is(401);
    }
}
