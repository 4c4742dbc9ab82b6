//! `ephor mail`: read what was sent, or is kept for want of a mail server.

use ephor_core::caller::Caller;
use ephor_core::time::Instant;
use ephor_ops::OpError;
use ephor_store::{Mail, MailQuery, MailState};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::cli::{MailListArgs, MailStateArg};
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::output::{Output, clean};
use crate::{place, when};

/// A letter as it is shown.
struct Shown {
    id: i64,
    state: String,
    kind: String,
    at: Instant,
    settled_at: Option<Instant>,
    to: String,
    subject: String,
    text: String,
    html: String,
    message_id: String,
    attempts: i64,
    error: Option<String>,
}

/// `ephor mail list`: from the database itself, or from a server.
pub(crate) fn list(args: &MailListArgs, output: &Output) -> anyhow::Result<Exit> {
    let mails = match &args.server {
        Some(_) => from_server(args)?,
        None => from_database(args)?,
    };
    let answer = json!({ "mails": mails.iter().map(Shown::json).collect::<Vec<_>>() });
    output.print(&answer, |output| {
        let zone = TimeZone::system();
        if args.full {
            for mail in &mails {
                output.data(&mail.full(&zone));
            }
        } else {
            let rows = mails.iter().map(|mail| mail.row(&zone)).collect();
            output.table("", &["no.", "written", "state", "to", "subject"], rows);
        }
    });
    Ok(Exit::Done)
}

fn from_database(args: &MailListArgs) -> Result<Vec<Shown>, Failure> {
    let store = place::open_beside(&args.place)?;
    let query = MailQuery {
        state: args.state.map(MailStateArg::state),
        before: None,
        limit: args.limit,
    };
    let mails = store
        .read("mail list", move |tx| {
            ephor_ops::mail::list(tx, &Caller::operator(), &query)
        })
        .wait()
        .map_err(|error: OpError| Failure::from(error))?;
    Ok(mails.iter().map(Shown::of).collect())
}

/// Asks a server, which lists letters for whoever may read them.
fn from_server(args: &MailListArgs) -> Result<Vec<Shown>, Failure> {
    let client = Client::new(args.server.as_deref())?;
    let limit = args.limit.to_string();
    let mut query = vec![("$top", limit.as_str())];
    query.extend(args.state.map(|state| ("state", state.state().as_str())));
    let answer = client.get("/ephor/v1/mail", &query)?;
    let rows = answer.get("value").and_then(Value::as_array);
    rows.into_iter()
        .flatten()
        .map(|row| {
            Shown::read(row).ok_or_else(|| {
                Failure::new("the server's mails are not as this Ephor knows them")
                    .hint("use an Ephor of the server's version")
            })
        })
        .collect()
}

impl Shown {
    fn of(mail: &Mail) -> Self {
        let notice = &mail.notice;
        Self {
            id: mail.number,
            state: mail.state.as_str().to_owned(),
            kind: notice.kind.as_str().to_owned(),
            at: mail.created_at,
            settled_at: mail.settled_at,
            to: notice.to.to_string(),
            subject: notice.subject.clone(),
            text: notice.plain.clone(),
            html: notice.html.clone(),
            message_id: notice.message_id.clone(),
            attempts: mail.attempts,
            error: mail.error.clone(),
        }
    }

    fn read(row: &Value) -> Option<Self> {
        let text = |name: &str| row.get(name)?.as_str().map(str::to_owned);
        Some(Self {
            id: row.get("id")?.as_i64()?,
            state: text("state")?,
            kind: text("kind")?,
            at: text("createdDateTime")?.parse().ok()?,
            settled_at: text("settledDateTime").and_then(|at| at.parse().ok()),
            to: text("to")?,
            subject: text("subject")?,
            text: text("text")?,
            html: text("html")?,
            message_id: text("messageId")?,
            attempts: row.get("attempts")?.as_i64()?,
            error: text("error"),
        })
    }

    fn json(&self) -> Value {
        json!({
            "id": self.id,
            "state": self.state,
            "kind": self.kind,
            "at": self.at.to_string(),
            "settledAt": self.settled_at.map(|at| at.to_string()),
            "to": self.to,
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "messageId": self.message_id,
            "attempts": self.attempts,
            "error": self.error,
        })
    }

    fn row(&self, zone: &TimeZone) -> Vec<String> {
        vec![
            self.id.to_string(),
            when::local(self.at, zone),
            self.told(),
            self.to.clone(),
            self.subject.clone(),
        ]
    }

    /// What has become of it, with what went wrong where it did not go out.
    fn told(&self) -> String {
        match (&self.error, self.state == MailState::Sent.as_str()) {
            (Some(error), false) => format!("{}: {error}", self.state),
            (Some(_) | None, _) => self.state.clone(),
        }
    }

    /// The whole letter, as it reads in plain text.
    fn full(&self, zone: &TimeZone) -> String {
        let mut lines = vec![
            format!("No.: {}", self.id),
            format!("To: {}", clean(&self.to)),
            format!("Subject: {}", clean(&self.subject)),
            format!("Written: {}", when::local(self.at, zone)),
            format!("State: {}", clean(&self.told())),
            String::new(),
        ];
        lines.extend(self.text.lines().map(clean));
        lines.push(String::new());
        lines.join("\n")
    }
}
