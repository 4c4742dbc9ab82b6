//! What browsers and programs send at the doors that anybody reaches, bent in ways that nobody thought of: each is
//! answered, none by a fault, and none gives anything away (T-31, T-32, T-40). The parsers behind are tried with many
//! more in `src/mutated_tests.rs`.

use ephor_ops::signin::application::COMMANDS;
use serde_json::{Value, json};

use crate::browser::{Browser, Page, form};
use crate::oauth::{VERIFIER, address};
use crate::support::on_every_engine;

const PASSWORD: &str = "seven plums fell on monday";
const CALLBACK: &str = "http://127.0.0.1/callback";
/// Of each kind so many.
const TRIES: usize = 60;

/// The same changes at every run (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most.max(1) as u64).unwrap()
    }

    /// The text with one to three changes: something put in, taken out, doubled, or cut off.
    fn bends(&mut self, text: &str) -> String {
        const SIGNS: &[u8] = b".=&%+\"{}[]:,-_/;0Ee?#%";
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=self.below(3) {
            let (at, other) = (self.below(bytes.len()), self.below(bytes.len()));
            let sign = SIGNS[self.below(SIGNS.len())];
            match self.below(5) {
                0 if !bytes.is_empty() => bytes[at] = sign,
                1 if !bytes.is_empty() => drop(bytes.remove(at)),
                2 => {
                    let piece = bytes[at.min(other)..at.max(other)].to_vec();
                    bytes.splice(at..at, piece);
                }
                3 if at > 0 => bytes.truncate(at),
                _ => bytes.insert(at, sign),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn no_fault(page: &Page, sent: &str) {
    assert!(
        page.status.is_success() || page.status.is_redirection() || page.status.is_client_error(),
        "{}: {sent}",
        page.status
    );
    for inner in ["panicked", "src/", "SELECT ", "sqlite", "postgres", "stack"] {
        assert!(
            !page.text.to_lowercase().contains(&inner.to_lowercase()),
            "{inner} in {}",
            page.text
        );
    }
}

on_every_engine! {
    /// T-40: a bent request for a code leads back to the registered address, to our own pages, or nowhere.
    t40_a_bent_authorization_request_leads_nowhere_else,
    |world| {
        world.set_password("ada", PASSWORD).await;
        let browser = Browser::new(&world);
        browser.types("ada@contoso.example", PASSWORD).await.is(200);
        let good = address(&COMMANDS.to_string(), CALLBACK, "&prompt=none&max_age=600");
        let (path, query) = good.split_once('?').unwrap();
        let mut chance = Chance(0x5eed_0001);
        for _ in 0..TRIES {
            let query = chance.bends(query).replace(['#', ' '], "");
            let page = browser.get(&format!("{path}?{query}")).await;
            no_fault(&page, &query);
            if let Some(to) = &page.location {
                let is_ours = to.starts_with("/sign-in") || to.starts_with("https://ephor.contoso.example/");
                // A loopback address may have any port (RFC 8252).
                let rest = to.strip_prefix("http://127.0.0.1").unwrap_or("x");
                let rest = rest.trim_start_matches(|c: char| c == ':' || c.is_ascii_digit());
                assert!(is_ours || rest.starts_with("/callback"), "{to} for {query}");
            }
        }
    }
}

on_every_engine! {
    /// T-31, T-32: bent forms at the token and device doors give no token.
    t31_a_bent_form_gives_no_token,
    |world| {
        let client = COMMANDS.to_string();
        let forms = [
            form(&[("grant_type", "authorization_code"), ("client_id", &client), ("code", &"a".repeat(64)), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)]),
            form(&[("grant_type", "refresh_token"), ("client_id", &client), ("refresh_token", &"b".repeat(64))]),
            form(&[("grant_type", "client_credentials"), ("client_id", &client), ("client_secret", "c"), ("scope", "https://graph.microsoft.com/.default")]),
            form(&[("grant_type", "client_credentials"), ("client_id", &client), ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), ("client_assertion", "eyJhbGciOiJSUzI1NiJ9.e30.AAAA")]),
            form(&[("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("client_id", &client), ("device_code", &"d".repeat(64))]),
        ];
        let mut chance = Chance(0x5eed_0002);
        let browser = Browser::new(&world);
        for at in 0..TRIES {
            let body = chance.bends(&forms[at % forms.len()]);
            let page = browser.sends("/common/oauth2/v2.0/token", "application/x-www-form-urlencoded", &[], body.clone()).await;
            no_fault(&page, &body);
            assert!(page.status.is_client_error(), "{}: {body}", page.status);
            assert!(!page.text.contains("access_token"), "{body}");
            let page = browser.sends("/common/oauth2/v2.0/devicecode", "application/x-www-form-urlencoded", &[], body.clone()).await;
            no_fault(&page, &body);
        }
    }
}

on_every_engine! {
    /// T-32: a bent access token is 401, and says nothing of why.
    t32_a_bent_access_token_is_refused,
    |world| {
        let good = world.mint("ada", &json!({}));
        let mut chance = Chance(0x5eed_0003);
        for _ in 0..TRIES {
            let altered = chance.bends(&good);
            if altered == good {
                continue;
            }
            let told = world.holder_of(altered).get("/v1.0/me").await.expect(401).text;
            for reason in ["signature", "kid", "algorithm", "issuer", "audience"] {
                assert!(!told.contains(reason), "{told}");
            }
        }
    }
}

on_every_engine! {
    /// A passkey's answer that was bent signs nobody in and registers nothing.
    a_bent_answer_of_a_passkey_is_refused,
    |world| {
        world.set_password("ada", PASSWORD).await;
        let stranger = Browser::new(&world);
        let mark = stranger.get("/sign-in").await.is(200).mark();
        let member = Browser::new(&world);
        member.types("ada@contoso.example", PASSWORD).await.is(200);
        let own = member.get("/sign-in/methods").await.is(200).mark();
        let client = json!({"type": "webauthn.get", "challenge": "AAAA", "origin": "https://ephor.contoso.example"}).to_string();
        let encoded = {
            use base64::Engine;
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(client)
        };
        let shown = json!({"credential": {
            "id": "AAAA", "rawId": "AAAA", "type": "public-key", "extensions": {},
            "response": {"authenticatorData": "AAAA", "clientDataJSON": encoded, "signature": "AAAA", "userHandle": "AAAA", "attestationObject": "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUQAAAAA", "transports": ["usb"]},
        }}).to_string();
        let mut chance = Chance(0x5eed_0004);
        let sends = async |browser: &Browser<'_>, mark: &str, path: &str, body: String| {
            let page = browser.sends(path, "application/json", &[("x-ephor-form", mark)], body.clone()).await;
            no_fault(&page, &body);
            page
        };
        for at in 0..TRIES {
            let body = if at == 0 { shown.clone() } else { chance.bends(&shown) };
            sends(&stranger, &mark, "/sign-in/passkey/start", Value::Null.to_string()).await.is(200);
            assert!(sends(&stranger, &mark, "/sign-in/passkey", body.clone()).await.status.is_client_error(), "{body}");
            sends(&member, &own, "/sign-in/methods/passkey/start", "{}".to_owned()).await.is(200);
            assert!(sends(&member, &own, "/sign-in/methods/passkey", body.clone()).await.status.is_client_error(), "{body}");
        }
        assert!(stranger.cookie("__Host-ephor").is_none());
    }
}
