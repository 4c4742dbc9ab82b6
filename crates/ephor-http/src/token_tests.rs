//! T-31 and T-32: a corpus of tokens, of which one is right and all others are refused.

use super::*;
use crate::mutated_tests::{any_json, bends, bent};
use ephor_core::id::SeededIds;
use ephor_core::principal::{AccountState, User, UserType};
use ephor_core::tenant::{Settings, TenantPurpose};
use ephor_core::text::DisplayName;
use proptest::prelude::{ProptestConfig, prop_assert, prop_assume, proptest};
use serde_json::{Value, json};

const URL: &str = "https://ephor.contoso.example";

struct World {
    tenant: Tenant,
    key: SigningKey,
    master: MasterKey,
    verifier: Verifier,
    user: PrincipalId,
    now: Instant,
}

fn world() -> World {
    let mut ids = SeededIds::new(31);
    let now: Instant = "2026-11-21T09:00:00Z".parse().unwrap();
    let tenant = Tenant {
        id: TenantId::fresh(&mut ids),
        domain: "contoso.example".into(),
        created_at: now,
        purpose: TenantPurpose::Production,
        settings: Settings::default(),
    };
    let key = generate_key(now);
    World {
        verifier: Verifier::new(&tenant, std::slice::from_ref(&key), URL),
        user: PrincipalId::fresh(&mut ids),
        tenant,
        key,
        master: MasterKey::generate(),
        now,
    }
}

impl World {
    fn grant(&self) -> Grant {
        Grant {
            token: TokenId::fresh(&mut SeededIds::new(2)),
            user: User {
                id: self.user,
                user_principal_name: "ada@contoso.example".parse().unwrap(),
                display_name: DisplayName::new("Ada").unwrap(),
                account: AccountState::Enabled,
                user_type: UserType::Member,
                mail_nickname: None,
                mail: None,
                given_name: None,
                surname: None,
                employee_id: None,
                manager: None,
                sponsors: Vec::new(),
                profile: ephor_core::profile::Profile::default(),
                job_title: None,
                department: None,
                office_location: None,
                mobile_phone: None,
                preferred_language: None,
                created_at: self.now,
            },
            tenant: self.tenant.clone(),
            factor: Factor::Multi,
            issued_at: self.now,
            expires_at: self.now.plus(Length::minutes(10)).unwrap(),
            key: self.master.seal_key(self.key.clone()),
        }
    }

    fn claims(&self) -> Value {
        let token = mint(&self.grant(), URL, &self.master).unwrap();
        let part = token.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    fn header(&self) -> Value {
        json!({"typ": "at+jwt", "alg": "ES256", "kid": self.key.id})
    }

    /// Signs any header and any claims, as texts, with the right key.
    fn signed(&self, header: &str, claims: &str) -> String {
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims)
        );
        let key = EncodingKey::from_ec_der(&self.key.private);
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::ES256).unwrap();
        format!("{message}.{signature}")
    }

    fn with_claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims();
        claims[name] = value;
        self.signed(&self.header().to_string(), &claims.to_string())
    }

    fn without_claim(&self, name: &str) -> String {
        let mut claims = self.claims();
        claims.as_object_mut().unwrap().remove(name);
        self.signed(&self.header().to_string(), &claims.to_string())
    }

    fn with_header(&self, name: &str, value: Value) -> String {
        let mut header = self.header();
        header[name] = value;
        self.signed(&header.to_string(), &self.claims().to_string())
    }

    fn judged(&self, token: &str) -> Result<Caller, BadToken> {
        let (caller, validity) = self.verifier.verify(token)?;
        validity.check(self.now).map(|()| caller)
    }
}

#[test]
fn a_token_gives_back_who_and_how_they_signed_in() {
    let world = world();
    let caller = world
        .judged(&mint(&world.grant(), URL, &world.master).unwrap())
        .unwrap();
    assert_eq!(caller.actor, Actor::User(world.user));
    assert_eq!(caller.scopes.len(), Scope::ALL.len());
    assert_eq!(
        (caller.factor, caller.issuance),
        (Factor::Multi, Issuance::Operator)
    );
    assert_eq!(caller.token, Some(world.grant().token));

    let stepped = world.with_claim("acrs", json!(["c1", "c25"]));
    assert_eq!(world.judged(&stepped).unwrap().contexts.len(), 2);
    let for_graph = world.with_claim("aud", json!(GRAPH_AUDIENCE));
    assert!(world.judged(&for_graph).is_ok());
}

#[test]
fn a_token_is_good_from_its_start_until_just_before_its_end() {
    let world = world();
    let (_, validity) = world
        .verifier
        .verify(&mint(&world.grant(), URL, &world.master).unwrap())
        .unwrap();
    let micro = Length::micros(1);
    assert!(validity.check(validity.not_before.minus(micro)).is_err());
    assert!(validity.check(validity.not_before).is_ok());
    assert!(validity.check(validity.expires_at.minus(micro)).is_ok());
    assert!(validity.check(validity.expires_at).is_err());
}

#[test]
fn t31_t32_every_other_token_is_refused() {
    let world = world();
    let good = mint(&world.grant(), URL, &world.master).unwrap();
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, claims) = message.split_once('.').unwrap();
    let stranger = generate_key(world.now);
    let at = |seconds: i64| json!(world.now.micros() / 1_000_000 + seconds);
    let other_tenant = TenantId::fresh(&mut SeededIds::new(99));
    let (head, body) = (world.header().to_string(), world.claims().to_string());

    let mut foreign = world.grant();
    foreign.key = world.master.seal_key(SigningKey {
        id: world.key.id.clone(),
        ..stranger.clone()
    });
    let mut unknown = world.grant();
    unknown.key = world.master.seal_key(stranger.clone());

    let hs256 = {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.into());
        header.kid = Some(world.key.id.clone());
        let secret = EncodingKey::from_secret(&world.key.public);
        jsonwebtoken::encode(&header, &world.claims(), &secret).unwrap()
    };
    let none = format!(
        "{}.{claims}.",
        URL_SAFE_NO_PAD.encode(json!({"typ":"at+jwt","alg":"none","kid":world.key.id}).to_string())
    );

    let corpus: Vec<(&str, String)> = vec![
        ("nothing", String::new()),
        ("a word", "token".into()),
        ("two parts", message.to_owned()),
        ("four parts", format!("{good}.x")),
        ("five parts, as an encrypted one has", format!("{good}.x.y")),
        (
            "longer than 8 KiB",
            format!("{header}.{}.{signature}", "A".repeat(9_000)),
        ),
        (
            "JSON serialisation",
            json!({"payload": claims, "signature": signature}).to_string(),
        ),
        ("no signature", format!("{message}.")),
        ("another signature", format!("{message}.{}", "A".repeat(86))),
        ("padding", format!("{header}.{claims}.{signature}==")),
        ("the other base64 alphabet", good.replacen('e', "+", 1)),
        ("a blank inside", good.replacen('.', ". ", 1)),
        (
            "claims changed",
            format!(
                "{header}.{}.{signature}",
                URL_SAFE_NO_PAD.encode(body.replace("mfa", "pwd"))
            ),
        ),
        (
            "key of a stranger under our kid",
            mint(&foreign, URL, &world.master).unwrap(),
        ),
        (
            "key of a stranger",
            mint(&unknown, URL, &world.master).unwrap(),
        ),
        ("alg none", none),
        ("HS256 with the public key as secret", hs256),
        (
            "alg in lower case",
            world.with_header("alg", json!("es256")),
        ),
        ("alg RS256", world.with_header("alg", json!("RS256"))),
        ("typ of an ID token", world.with_header("typ", json!("JWT"))),
        (
            "typ with a prefix",
            world.with_header("typ", json!("application/at+jwt")),
        ),
        (
            "kid as a path",
            world.with_header("kid", json!("../../key")),
        ),
        ("kid as SQL", world.with_header("kid", json!("' or 1=1 --"))),
        ("kid as a number", world.with_header("kid", json!(1))),
        ("jwk", world.with_header("jwk", json!({"kty": "EC"}))),
        (
            "jku",
            world.with_header("jku", json!("https://evil.example/keys")),
        ),
        (
            "x5u",
            world.with_header("x5u", json!("https://evil.example/cert")),
        ),
        ("x5c", world.with_header("x5c", json!([]))),
        ("crit", world.with_header("crit", json!(["exp"]))),
        ("b64 false", world.with_header("b64", json!(false))),
        (
            "header without alg",
            world.signed(
                &json!({"typ": "at+jwt", "kid": world.key.id}).to_string(),
                &body,
            ),
        ),
        (
            "header with alg twice",
            world.signed(&head.replacen('{', "{\"alg\":\"ES256\",", 1), &body),
        ),
        (
            "claims with aud twice",
            world.signed(
                &head,
                &body.replacen('{', &format!("{{\"aud\":\"{URL}\","), 1),
            ),
        ),
        ("claims are a list", world.signed(&head, "[]")),
        (
            "claims followed by more",
            world.signed(&head, &format!("{body}{{}}")),
        ),
        (
            "another issuer",
            world.with_claim("iss", json!("https://login.microsoftonline.com/x/v2.0")),
        ),
        (
            "issuer with a slash more",
            world.with_claim("iss", json!(format!("{}/", issuer(URL, world.tenant.id)))),
        ),
        (
            "issuer of another tenant here",
            world.with_claim("iss", json!(issuer(URL, other_tenant))),
        ),
        (
            "another tenant",
            world.with_claim("tid", json!(other_tenant)),
        ),
        (
            "another audience",
            world.with_claim("aud", json!("https://vault.azure.net")),
        ),
        (
            "a second audience",
            world.with_claim("aud", json!([URL, "https://evil.example"])),
        ),
        (
            "audience with a slash more",
            world.with_claim("aud", json!(format!("{URL}/"))),
        ),
        ("expired by a second", world.with_claim("exp", at(-1))),
        ("expires this very second", world.with_claim("exp", at(0))),
        (
            "good from the next second on",
            world.with_claim("nbf", at(1)),
        ),
        ("issued in a second", world.with_claim("iat", at(1))),
        (
            "good for more than an hour",
            world.with_claim("exp", at(3_601)),
        ),
        (
            "exp as a text",
            world.with_claim("exp", json!("2026-11-21T10:00:00Z")),
        ),
        (
            "exp beyond the calendar",
            world.with_claim("exp", json!(1_i64 << 52)),
        ),
        ("no exp", world.without_claim("exp")),
        ("no nbf", world.without_claim("nbf")),
        ("no iat", world.without_claim("iat")),
        ("no oid", world.without_claim("oid")),
        ("oid is not a GUID", world.with_claim("oid", json!("ada"))),
        (
            "sub of somebody else",
            world.with_claim("sub", json!(other_tenant)),
        ),
        ("no jti", world.without_claim("jti")),
        (
            "scp as a list",
            world.with_claim("scp", json!(["Group.Read.All"])),
        ),
        ("amr as a text", world.with_claim("amr", json!("mfa"))),
        (
            "no word on how it was issued",
            world.without_claim("ephor_issuance"),
        ),
        (
            "issued locally",
            world.with_claim("ephor_issuance", json!("local")),
        ),
        ("no client", world.without_claim("azp")),
        ("client as a number", world.with_claim("azp", json!(1))),
        ("no issuer", world.without_claim("iss")),
        (
            "issuer as a list",
            world.with_claim("iss", json!([issuer(URL, world.tenant.id)])),
        ),
        ("no audience", world.without_claim("aud")),
        ("audience null", world.with_claim("aud", Value::Null)),
        ("no tenant", world.without_claim("tid")),
        ("no sub", world.without_claim("sub")),
        ("jti is not a GUID", world.with_claim("jti", json!("1"))),
        ("nbf as a text", world.with_claim("nbf", json!("now"))),
        ("iat with a fraction", world.with_claim("iat", json!(1.5))),
        ("exp with a fraction", world.with_claim("exp", json!(4.0e9))),
        (
            "exp beyond what is exact",
            world.with_claim("exp", json!(u64::MAX)),
        ),
        ("amr of numbers", world.with_claim("amr", json!([1]))),
        ("acrs as a text", world.with_claim("acrs", json!("c1"))),
        ("scp as a number", world.with_claim("scp", json!(7))),
        (
            "signed in without a session",
            world.with_claim("ephor_issuance", json!("signedIn")),
        ),
        (
            "session that is no GUID",
            world.with_claim("sid", json!("mine")),
        ),
        ("session as a list", world.with_claim("sid", json!([]))),
        (
            "an application's and the operator's",
            world.with_claim("idtyp", json!("app")),
        ),
        (
            "of an unknown kind",
            world.with_claim("idtyp", json!("device")),
        ),
        ("kind as a number", world.with_claim("idtyp", json!(1))),
        (
            "somebody's with an application's permissions",
            world.with_claim("roles", json!(["Group.ReadWrite.All"])),
        ),
        (
            "name of a claim in capitals",
            world.signed(&head, &body.replacen("\"oid\"", "\"OID\"", 1)),
        ),
        (
            "claims twice in two cases",
            world.signed(&head, &body.replacen('{', "{\"OID\":1,", 1)),
        ),
        ("claims not UTF-8", {
            let bent = format!(
                "{}.{}",
                header,
                URL_SAFE_NO_PAD.encode(b"{\"iss\":\"\xff\"}")
            );
            format!("{bent}.{signature}")
        }),
        ("header null", world.signed("null", &body)),
        (
            "header without kid",
            world.signed(r#"{"typ":"at+jwt","alg":"ES256"}"#, &body),
        ),
        (
            "header without typ",
            world.signed(
                &json!({"alg": "ES256", "kid": world.key.id}).to_string(),
                &body,
            ),
        ),
        ("typ in capitals", world.with_header("typ", json!("AT+JWT"))),
        ("alg as a list", world.with_header("alg", json!(["ES256"]))),
        ("alg ES384", world.with_header("alg", json!("ES384"))),
        ("zip", world.with_header("zip", json!("DEF"))),
        ("cty", world.with_header("cty", json!("JWT"))),
        ("a blank in front", format!(" {good}")),
        ("a line's end behind", format!("{good}\n")),
        ("five parts, as if encrypted", format!("{good}.x.y")),
        (
            "signature of nothing but zeros",
            format!("{message}.{}", URL_SAFE_NO_PAD.encode([0_u8; 64])),
        ),
        (
            "signature in DER's length",
            format!("{message}.{}", URL_SAFE_NO_PAD.encode([0x30_u8; 70])),
        ),
    ];
    assert!(corpus.len() >= 60);
    assert!(world.judged(&good).is_ok());
    for (name, token) in corpus {
        assert!(world.judged(&token).is_err(), "taken: {name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// T-31, T-32: a token that was altered, however, is refused and breaks nothing.
    #[test]
    fn t32_a_token_that_was_altered_is_refused(bends in bends()) {
        let world = world();
        let good = mint(&world.grant(), URL, &world.master).unwrap();
        let altered = String::from_utf8_lossy(&bent(good.as_bytes(), &bends)).into_owned();
        prop_assume!(altered != good);
        prop_assert!(world.judged(&altered).is_err(), "{altered}");
    }

    /// T-31: what is signed by the right key is read or refused, whatever it says; never is it of another issuer,
    /// tenant or audience, nor of somebody that is nobody.
    #[test]
    fn t31_claims_and_headers_of_any_kind_are_read_or_refused(
        name in proptest::sample::select(vec![
            "iss", "aud", "tid", "sub", "oid", "azp", "iat", "nbf", "exp", "jti", "scp", "roles", "amr", "acrs", "sid", "idtyp",
            "ephor_issuance",
        ]),
        member in proptest::sample::select(vec!["alg", "typ", "kid"]),
        value in any_json(),
    ) {
        let world = world();
        if world.claims()[name] != value {
            let judged = world.judged(&world.with_claim(name, value.clone()));
            let has_to_fit = matches!(name, "iss" | "aud" | "tid" | "sub" | "oid" | "jti");
            prop_assert!(!has_to_fit || judged.is_err(), "{name}: {value}");
        }
        if world.header()[member] != value {
            prop_assert!(world.judged(&world.with_header(member, value.clone())).is_err(), "{member}: {value}");
        }
    }
}
