//! `GET /ephor/v1/mail`: what was sent, or is kept for want of a mail server.

use ephor_core::notice::NoticeAbout;
use ephor_core::role::ObjectId;
use ephor_ops::mail as mail_ops;
use ephor_store::{Mail, MailQuery, MailState};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;
use crate::json::clipped;
use crate::odata::listing::number;
use crate::odata::shape::{Members, Usual};
use crate::types::{Type, Words};

/// A letter.
pub(crate) const LETTER: Members = Members {
    name: "ephorLetter",
    properties: &[
        ("id", Type::Int),
        (
            "state",
            Type::Words(&Words {
                name: "ephorLetterState",
                words: &["waiting", "sent", "undelivered", "kept"],
            }),
        ),
        ("kind", Type::Text),
        ("createdDateTime", Type::Time),
        ("settledDateTime", Type::Time),
        ("to", Type::Text),
        ("recipientId", Type::Id),
        ("groupId", Type::Id),
        ("roleDefinitionId", Type::Id),
        ("userId", Type::Id),
        ("auditSequence", Type::Int),
        ("subject", Type::Text),
        ("text", Type::Text),
        ("html", Type::Text),
        ("messageId", Type::Text),
        ("threadId", Type::Text),
        ("attempts", Type::Int),
        ("error", Type::Text),
    ],
    usual: Usual::All,
    related: &[],
};

/// How many letters a page may have.
const PAGE_MAX: u32 = 1_000;

/// Letters, newest first; `state` narrows them.
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    call.query(call.options.only(&["$top", "$skiptoken"]))?;
    let limit = call.query(number(&call.options, "$top", 100, 1, PAGE_MAX))?;
    let query = MailQuery {
        state: state(&call)?,
        before: call.page()?.and_then(|place| i64::try_from(place.at).ok()),
        // One more than is shown tells whether there is another page.
        limit: limit + 1,
    };
    let found = call
        .read("mail.list", move |tx, caller| {
            mail_ops::list(tx, caller, &query)
        })
        .await?;
    let mut rows = found.value;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let mut body = Map::new();
    if let (true, Some(last)) = (more, rows.last())
        && let Ok(at) = u64::try_from(last.number)
        && let Some(link) = call.next_link(at, found.now)
    {
        body.insert("@odata.nextLink".into(), link.into());
    }
    body.insert("value".into(), rows.iter().map(mail).collect());
    Ok(Answer::json(Value::Object(body)))
}

fn state(call: &Call) -> Result<Option<MailState>, HttpError> {
    let Some(text) = call.options.get("state") else {
        return Ok(None);
    };
    MailState::parse(text).map(Some).ok_or_else(|| {
        HttpError::bad_request(format!(
            "`state` is `{}`, but a mail is waiting, sent, undelivered or kept.",
            clipped(text)
        ))
    })
}

fn mail(mail: &Mail) -> Value {
    let notice = &mail.notice;
    let (group, definition, user) = match notice.about {
        NoticeAbout::Role(ObjectId::Group(group)) => (Some(group), None, None),
        NoticeAbout::Role(ObjectId::Directory(definition)) => (None, Some(definition), None),
        NoticeAbout::Account(user) => (None, None, Some(user)),
    };
    json!({
        "id": mail.number,
        "state": mail.state.as_str(),
        "kind": notice.kind.as_str(),
        "createdDateTime": mail.created_at,
        "settledDateTime": mail.settled_at,
        "to": notice.to,
        "recipientId": notice.person,
        "groupId": group,
        "roleDefinitionId": definition,
        "userId": user,
        "auditSequence": mail.sequence,
        "subject": notice.subject,
        "text": notice.plain,
        "html": notice.html,
        "messageId": notice.message_id,
        "threadId": notice.thread_id,
        "attempts": mail.attempts,
        "error": mail.error,
    })
}
