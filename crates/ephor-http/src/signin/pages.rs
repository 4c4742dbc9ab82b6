//! The pages' templates, filled in: every text that comes from outside is escaped.

use askama::Template;

use crate::door::Reply;

/// A page of one sentence.
#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    title: &'a str,
    text: &'a str,
    to: &'a str,
    label: &'a str,
}

#[derive(Template)]
#[template(path = "go_on.html")]
pub(super) struct GoOn<'a> {
    pub(super) to: &'a str,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
pub(super) struct SignIn<'a> {
    pub(super) mark: &'a str,
    pub(super) demand: &'a str,
    pub(super) demand_json: &'a str,
    pub(super) demand_query: &'a str,
    pub(super) name: &'a str,
    pub(super) told: Option<&'a str>,
    pub(super) passkeys: bool,
    pub(super) providers: &'a [(String, String)],
    pub(super) people: &'a [PersonRow],
    /// Somebody is signed in, and lacks only strength.
    pub(super) stepping_up: bool,
}

/// Somebody of a demonstration.
pub(super) struct PersonRow {
    pub(super) name: String,
    pub(super) shown: String,
    pub(super) title: String,
}

#[derive(Template)]
#[template(path = "factor.html")]
pub(super) struct SecondFactor<'a> {
    pub(super) mark: &'a str,
    pub(super) name: &'a str,
    pub(super) told: Option<&'a str>,
    pub(super) totp: bool,
    pub(super) passkeys: bool,
}

#[derive(Template)]
#[template(path = "recover.html")]
pub(super) struct Recover<'a> {
    pub(super) mark: &'a str,
    pub(super) name: &'a str,
    pub(super) told: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "new_password.html")]
pub(super) struct NewPassword<'a> {
    pub(super) mark: &'a str,
    pub(super) name: &'a str,
    pub(super) told: Option<&'a str>,
    pub(super) least: usize,
}

/// An account elsewhere that lets its owner in here.
pub(super) struct Link {
    pub(super) name: String,
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) told: String,
}

/// A sign-in method in the list.
pub(super) struct MethodRow {
    pub(super) title: &'static str,
    pub(super) name: String,
    pub(super) told: String,
    pub(super) id: Option<String>,
}

#[derive(Template)]
#[template(path = "methods.html")]
pub(super) struct Methods<'a> {
    pub(super) mark: &'a str,
    pub(super) name: &'a str,
    pub(super) told: Option<&'a str>,
    pub(super) second_factor: bool,
    pub(super) methods: &'a [MethodRow],
    pub(super) passkeys: bool,
    pub(super) recovery_told: &'a str,
    pub(super) providers: &'a [(String, String)],
    pub(super) links: &'a [Link],
}

#[derive(Template)]
#[template(path = "totp.html")]
pub(super) struct Totp<'a> {
    pub(super) mark: &'a str,
    pub(super) told: Option<&'a str>,
    pub(super) qr: &'a str,
    pub(super) key: &'a str,
}

#[derive(Template)]
#[template(path = "recovery.html")]
pub(super) struct Recovery<'a> {
    pub(super) codes: &'a [String],
}

/// A session in the list.
pub(super) struct SessionRow {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) told: String,
    pub(super) here: bool,
}

#[derive(Template)]
#[template(path = "sessions.html")]
pub(super) struct Sessions<'a> {
    pub(super) mark: &'a str,
    pub(super) name: &'a str,
    pub(super) sessions: &'a [SessionRow],
}

#[derive(Template)]
#[template(path = "device.html")]
pub(super) struct Device<'a> {
    pub(super) mark: &'a str,
    pub(super) told: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "device_confirm.html")]
pub(super) struct DeviceConfirm<'a> {
    pub(super) mark: &'a str,
    pub(super) application: &'a str,
    pub(super) name: &'a str,
    pub(super) address: &'a str,
    pub(super) scopes: &'a [String],
    pub(super) code: &'a str,
}

#[derive(Template)]
#[template(path = "sign_out.html")]
pub(super) struct SignOut<'a> {
    pub(super) mark: &'a str,
}

/// Signed out here; on to where the sign-in came from.
#[derive(Template)]
#[template(path = "sign_out_there.html")]
pub(crate) struct SignOutThere<'a> {
    pub(crate) to: &'a str,
    pub(crate) provider: &'a str,
}

/// A filled-in page.
pub(crate) fn page(template: &impl Template) -> Reply {
    // A template is filled into a text in memory, which can't fail.
    Reply::page(template.render().unwrap_or_default())
}

/// A page of one sentence, for whoever may not be signed in.
pub(crate) fn message(title: &str, text: &str) -> Reply {
    message_to(title, text, "/sign-in", "Sign in")
}

/// A page of one sentence, with where to go on.
pub(super) fn message_to(title: &str, text: &str, to: &str, label: &str) -> Reply {
    page(&Message {
        title,
        text,
        to,
        label,
    })
}
