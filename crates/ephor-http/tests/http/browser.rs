//! A browser as far as sign-in needs one: cookies, forms with their hidden fields, and redirects that are
//! followed by hand. What people know and hold is typed in by the tests.

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HOST, LOCATION, SET_COOKIE};
use serde_json::Value;

use crate::support::{HOST as PUBLIC_HOST, World};

/// A browser with its cookies.
pub(crate) struct Browser<'a> {
    world: &'a World,
    http: reqwest::Client,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// What a browser shows.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
    pub(crate) location: Option<String>,
    pub(crate) headers: reqwest::header::HeaderMap,
}

impl Page {
    /// The value of a hidden field, unescaped.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let field = format!("name=\"{name}\" value=\"");
        let rest = self.text.split(&field).nth(1).unwrap_or_default();
        let value = rest.split('"').next().unwrap_or_default();
        value
            .replace("&#x2F;", "/")
            .replace("&#x3D;", "=")
            .replace("&#38;", "&")
            .replace("&amp;", "&")
    }

    /// The mark that the page's forms carry.
    pub(crate) fn mark(&self) -> String {
        self.hidden("form")
    }

    /// Where a page that goes on by itself leads.
    pub(crate) fn goes_on(&self) -> String {
        let rest = self
            .text
            .split("content=\"0;url=")
            .nth(1)
            .unwrap_or_default();
        let to = rest.split('"').next().unwrap_or_default();
        to.replace("&#38;", "&").replace("&amp;", "&")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn tells(self, words: &str) -> Self {
        assert!(self.text.contains(words), "{words} is not in {}", self.text);
        self
    }

    /// Where the browser is sent.
    #[track_caller]
    pub(crate) fn leads(&self) -> &str {
        self.location
            .as_deref()
            .unwrap_or_else(|| panic!("{}: {}", self.status, self.text))
    }
}

impl<'a> Browser<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self {
            world,
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            cookies: Mutex::default(),
        }
    }

    /// The same browser once more, as it is now: what somebody has who took its cookies.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::new(self.world);
        *copy.cookies.lock().unwrap() = self.cookies.lock().unwrap().clone();
        copy
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub(crate) fn put_cookie(&self, name: &str, value: &str) {
        let mut cookies = self.cookies.lock().unwrap();
        cookies.insert(name.to_owned(), value.to_owned());
    }

    fn address(&self, path: &str) -> String {
        let path = path
            .strip_prefix("https://ephor.contoso.example")
            .unwrap_or(path);
        format!("http://{}{path}", self.world.address())
    }

    async fn sent(&self, request: reqwest::RequestBuilder) -> Page {
        let jar: Vec<String> = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = request.header(HOST, PUBLIC_HOST);
        if !jar.is_empty() {
            request = request.header("cookie", jar.join("; "));
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        for cookie in headers.get_all(SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            for needed in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
                assert!(text.contains(needed), "{text}");
            }
            assert!(
                text.starts_with("__Host-") && !text.contains("Domain"),
                "{text}"
            );
            let (name, rest) = text.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            if text.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = headers
            .get(LOCATION)
            .map(|value| value.to_str().unwrap().to_owned());
        Page {
            status,
            location,
            text: answer.text().await.unwrap(),
            headers,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Page {
        self.sent(self.http.get(self.address(path))).await
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = form(fields);
        let request = self
            .http
            .post(self.address(path))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header("origin", "null")
            .body(body);
        self.sent(request).await
    }

    /// A request with these headers and no others of a browser's.
    pub(crate) async fn plain(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Page {
        let mut request = self
            .http
            .post(self.address(path))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form(fields));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.sent(request).await
    }

    pub(crate) async fn api(&self, path: &str, headers: &[(&str, &str)]) -> Page {
        let mut request = self.http.get(self.address(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.sent(request).await
    }

    /// A request with a JSON body, these headers and the cookies.
    pub(crate) async fn api_post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Page {
        let mut request = self.http.post(self.address(path)).json(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.sent(request).await
    }

    /// Sends a text as it is, as a body of this type, with these headers.
    pub(crate) async fn sends(
        &self,
        path: &str,
        kind: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Page {
        let mut request = self
            .http
            .post(self.address(path))
            .header(CONTENT_TYPE, kind)
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.sent(request).await
    }

    /// Types a name and a password.
    pub(crate) async fn types(&self, name: &str, password: &str) -> Page {
        self.types_at("/sign-in", name, password).await
    }

    /// Types a name and a password at a sign-in page that was led to.
    pub(crate) async fn types_at(&self, address: &str, name: &str, password: &str) -> Page {
        let page = self.get(address).await;
        let fields = [
            ("form", page.mark()),
            ("return_to", page.hidden("return_to")),
            ("strength", page.hidden("strength")),
            ("not_before", page.hidden("not_before")),
            ("name", name.to_owned()),
            ("password", password.to_owned()),
        ];
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        self.post("/sign-in", &fields).await
    }

    /// Types a code on the page for the second factor.
    pub(crate) async fn types_code(&self, code: &str) -> Page {
        let page = self.get("/sign-in/factor").await;
        let mark = page.mark();
        self.post("/sign-in/factor", &[("form", &mark), ("code", code)])
            .await
    }

    /// Sends one of the forms on the page of methods.
    pub(crate) async fn changes(&self, what: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.get("/sign-in/methods").await;
        let mark = page.mark();
        let mut all = vec![("form", mark.as_str())];
        all.extend_from_slice(fields);
        self.post(&format!("/sign-in/methods/{what}"), &all).await
    }

    /// Adds an authenticator, and gives its secret.
    pub(crate) async fn enrols(&self) -> Vec<u8> {
        let page = self.changes("totp/start", &[]).await.is(200);
        let key = page.text.split("class=\"secret\">").nth(1).unwrap();
        let key = key.split('<').next().unwrap().replace(' ', "");
        let secret = unbase32(&key);
        let code = self.world.digits(&secret);
        let mark = page.mark();
        self.post(
            "/sign-in/methods/totp",
            &[("form", &mark), ("code", &code), ("name", "Phone")],
        )
        .await
        .is(303);
        secret
    }
}

/// Fields as a form is sent.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| {
        text.bytes()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            })
            .collect::<String>()
    };
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.join("&")
}

fn unbase32(text: &str) -> Vec<u8> {
    let mut bits = 0_u64;
    let mut count = 0;
    let mut bytes = Vec::new();
    for c in text.bytes() {
        let five = match c {
            b'A'..=b'Z' => c - b'A',
            b'2'..=b'7' => c - b'2' + 26,
            _ => panic!("{text}"),
        };
        bits = bits << 5 | u64::from(five);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    bytes
}
