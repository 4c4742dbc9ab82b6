//! The sign-in pages: server-rendered, one file for each concern, with no script but the one for passkeys.
//!
//! A sign-in under way has a cookie of its own, which never becomes a session's (T-38). What is answered to
//! a wrong name, a wrong password and a disabled account is the same, and takes the same time (T-34).

pub(crate) mod pages;
pub(crate) mod visitor;

mod demonstration;
mod device;
mod factor;
mod finish;
mod methods;
mod new_password;
mod passkey;
mod recover;
mod sessions;
mod start;
pub(crate) mod upstream;

use ephor_core::signin::strength::Strength;
use ephor_core::time::Instant;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use crate::door::{Content, Reply, Visit};
use crate::error::HttpError;
use crate::form::Form;
use crate::oauth;

/// What a sign-in is wanted for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Demand {
    /// How strong it must be.
    pub(crate) strength: Strength,
    /// Not before when it must have happened.
    pub(crate) not_before: Option<Instant>,
    /// Where the browser goes on: a path of ours.
    pub(crate) return_to: String,
    /// Who is expected.
    pub(crate) hint: Option<String>,
}

/// Where a browser goes when nothing else is said: the portal.
const HOME: &str = "/";
/// Where people see to their sign-in methods.
const METHODS: &str = "/sign-in/methods";

impl Demand {
    /// The demand that a query or form names; what makes no sense in it asks for nothing.
    pub(crate) fn read(sent: &Form) -> Self {
        Self {
            strength: sent
                .get("strength")
                .and_then(Strength::parse)
                .unwrap_or(Strength::Single),
            not_before: sent.get("not_before").and_then(|text| text.parse().ok()),
            return_to: sent
                .get("return_to")
                .and_then(visitor::local_path)
                .unwrap_or(HOME)
                .to_owned(),
            hint: sent.get("hint").map(str::to_owned),
        }
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![
            ("return_to", self.return_to.clone()),
            ("strength", self.strength.acr().to_owned()),
        ];
        fields.extend(self.not_before.map(|at| ("not_before", at.to_string())));
        fields
    }

    pub(crate) fn query(&self) -> String {
        let encoded = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
        };
        let hint = self.hint.clone().map(|hint| ("hint", hint));
        let fields: Vec<String> = self
            .fields()
            .into_iter()
            .chain(hint)
            .map(|(name, value)| format!("{name}={}", encoded(&value)))
            .collect();
        fields.join("&")
    }
}

/// The sign-in page for a demand.
pub(crate) fn sign_in_address(demand: &Demand) -> String {
    format!("/sign-in?{}", demand.query())
}

/// A fresh one-time code for a new password, with what it is kept as: 80 bits, in groups.
pub fn reset_code() -> (String, [u8; 32]) {
    let code = hex::encode(ephor_store::ambient::random_bytes::<10>());
    let groups: Vec<&str> = (0..4).map(|at| &code[at * 5..at * 5 + 5]).collect();
    let code = groups.join("-");
    let hash = recover::code_hash(&code);
    (code, hash)
}

/// Answers a request to one of these pages.
pub(crate) async fn answer(visit: Visit) -> Result<Reply, HttpError> {
    let path: Vec<&str> = visit.path.iter().map(String::as_str).collect();
    let get = visit.method == Method::GET;
    let post = visit.method == Method::POST;
    if !get && !post {
        return Ok(
            pages::message("Not like this", "The method is not taken here.")
                .with_status(StatusCode::METHOD_NOT_ALLOWED),
        );
    }
    match (path.as_slice(), post) {
        (["sign-in", "assets", name], false) => Ok(asset(name)),
        (["sign-in"], false) => start::show(&visit).await,
        (["sign-in"], true) => start::judge(&visit).await,
        (["sign-in", "with", provider], false) => upstream::begin(&visit, provider).await,
        (["sign-in", "back", provider], false) => upstream::back(&visit, provider).await,
        (["sign-in", "demonstration"], true) => demonstration::judge(&visit).await,
        (["sign-in", "factor"], false) => factor::show(&visit).await,
        (["sign-in", "factor"], true) => factor::judge(&visit).await,
        (["sign-in", "password"], false) => new_password::show(&visit).await,
        (["sign-in", "password"], true) => new_password::set(&visit).await,
        (["sign-in", "passkey", "start"], true) => passkey::start(&visit).await,
        (["sign-in", "passkey"], true) => passkey::finish(&visit).await,
        (["sign-in", "recover"], false) => recover::show(&visit),
        (["sign-in", "recover"], true) => recover::judge(&visit).await,
        (["sign-in", "methods"], false) => methods::show(&visit).await,
        (["sign-in", "methods", rest @ ..], true) => methods::change(&visit, rest).await,
        (["sign-in", "sessions"], false) => sessions::show(&visit).await,
        (["sign-in", "sessions"], true) => sessions::end(&visit).await,
        (["sign-in", "device"], false) => device::show(&visit).await,
        (["sign-in", "device"], true) => device::judge(&visit).await,
        (["sign-out"], false) => sessions::ask_sign_out(&visit).await,
        (["sign-out"], true) => oauth::sign_out(&visit).await,
        _ => Ok(
            pages::message("There is nothing here", "See that the address is right.")
                .with_status(StatusCode::NOT_FOUND),
        ),
    }
}

fn asset(name: &str) -> Reply {
    match name {
        "sign-in.css" => Reply::of(
            StatusCode::OK,
            Content::Fixed(
                "text/css; charset=utf-8",
                include_str!("../assets/sign-in.css"),
            ),
        ),
        "passkey.js" => Reply::of(
            StatusCode::OK,
            Content::Fixed(
                "text/javascript; charset=utf-8",
                include_str!("../assets/passkey.js"),
            ),
        ),
        _ => Reply::of(StatusCode::NOT_FOUND, Content::Nothing),
    }
}

/// Where an authenticator's secret is kept, for sealing.
pub(crate) fn place_of_authenticator(user: ephor_core::id::PrincipalId) -> String {
    factor::place_of(user)
}

/// Who reads the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AskedBy {
    /// A person.
    Browser,
    /// The script for passkeys.
    Script,
}

/// What could not be done, as a page or, for the script, as JSON.
pub(crate) fn refused(error: &HttpError, asked_by: AskedBy) -> Reply {
    match asked_by {
        AskedBy::Browser => {}
        AskedBy::Script => {
            let told = serde_json::json!({"error": {"message": error.message}});
            return Reply::json(told).with_status(error.status);
        }
    }
    let title = match error.status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => "Not just now",
        status if status.is_server_error() => "Something of ours went wrong",
        _ => "That did not work",
    };
    let reply = pages::message(title, &error.message).with_status(error.status);
    match error.retry_after {
        Some(seconds) => reply.header(http::header::RETRY_AFTER, seconds.max(1).to_string()),
        None => reply,
    }
}
