//! A letter as a message: plain text and HTML, and the headers by which mail programs file it.

use std::time::{Duration, SystemTime};

use lettre::address::Envelope;
use lettre::message::header::{
    ContentTransferEncoding, ContentType, HeaderName, HeaderValue, MessageId,
};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use crate::Letter;

/// The name that letters are from.
const FROM_NAME: &str = "Ephor";

/// What a mail server is given.
pub(super) struct Ready {
    pub(super) envelope: Envelope,
    pub(super) bytes: Vec<u8>,
}

/// The message; the same letter gives the same bytes. Fails, with the reason, where it can never be sent.
pub(super) fn of(letter: Letter<'_>, from: &Address) -> Result<Ready, String> {
    let notice = letter.notice;
    let to: Address = notice
        .to
        .as_str()
        .parse()
        .map_err(|wrong| format!("`{}` is not an address: {wrong}", notice.to))?;
    let message = Message::builder()
        .from(Mailbox::new(Some(FROM_NAME.to_owned()), from.clone()))
        .to(Mailbox::new(None, to))
        .subject(notice.subject.as_str())
        .date(date(letter))
        .header(MessageId::from(notice.message_id.clone()))
        .in_reply_to(notice.thread_id.clone())
        .references(notice.thread_id.clone())
        .raw_header(raw("List-Id", &notice.list_id))
        // Whoever is away need not tell us (RFC 3834).
        .raw_header(raw("Auto-Submitted", "auto-generated"))
        .raw_header(raw("X-Auto-Response-Suppress", "All"))
        .multipart(
            MultiPart::alternative()
                .boundary(boundary(&notice.message_id))
                .singlepart(part(ContentType::TEXT_PLAIN, &notice.plain))
                .singlepart(part(ContentType::TEXT_HTML, &notice.html)),
        )
        .map_err(|wrong| format!("the letter can't be put into a message: {wrong}"))?;
    Ok(Ready {
        bytes: message.formatted(),
        envelope: message.envelope().clone(),
    })
}

fn date(letter: Letter<'_>) -> SystemTime {
    let micros = u64::try_from(letter.written_at.micros()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_micros(micros)
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn part(kind: ContentType, text: &str) -> SinglePart {
    SinglePart::builder()
        .header(kind)
        .header(ContentTransferEncoding::QuotedPrintable)
        .body(text.to_owned())
}

/// What divides the parts. `=_` stands in no quoted-printable text, so no text can end its part.
fn boundary(message_id: &str) -> String {
    let own: String = message_id
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '.')
        .take(50)
        .collect();
    format!("=_{own}")
}
