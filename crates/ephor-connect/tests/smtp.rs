//! Letters reach a real mail server, the way they should, and come out of it as they were written
//! (R-C4, T-30, T-59, F-16).

#![expect(
    clippy::unwrap_used,
    reason = "a test says what went wrong by stopping"
)]

use std::time::Duration;

use ephor_connect::testing::{Bad, Protection, Received, Receiver};
use ephor_connect::{Courier, Letter, Login, Outcome, Security, Smtp, SmtpSettings};
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::notice::{Address, Notice, NoticeAbout, NoticeKind, Told};
use ephor_core::role::ObjectId;
use mail_parser::{HeaderValue, MessageParser, MimeHeaders};
use uuid::Uuid;

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn notice() -> Notice {
    Notice {
        to: address("ada@contoso.example"),
        person: Some(PrincipalId::from_uuid(Uuid::nil())),
        kind: Told::Access(NoticeKind::ApprovalAsked),
        about: NoticeAbout::Role(ObjectId::Group(GroupId::from_uuid(Uuid::nil()))),
        subject: "PIM: your approval is asked for in Größe & Maß".into(),
        plain: "Zoë asks.\n\n.\n.hidden\nFrom here on: =_1.2 stays\n\nJustification:\n> Größe\n"
            .into(),
        html: format!("<p>Zoë asks &amp; {}</p>\n", "waits ".repeat(300)),
        message_id: "<17.1772438400000000.00c0ffee00c0ffee@ephor.contoso.example>".into(),
        thread_id: "<8d3b1f1c-0000-4000-8000-000000000001@ephor.contoso.example>".into(),
        list_id: "<8d3b1f1c-0000-4000-8000-0000000000aa.pim.ephor.contoso.example>".into(),
    }
}

fn settings(receiver: &Receiver, security: Security) -> SmtpSettings {
    SmtpSettings {
        host: "localhost".into(),
        port: receiver.address().port(),
        security,
        roots: receiver.root().map(|root| vec![root]),
        from: address("pim@contoso.example"),
        login: None,
    }
}

fn carry(settings: SmtpSettings, notice: &Notice) -> Outcome {
    run(&Smtp::new(settings).unwrap(), notice)
}

fn run(smtp: &Smtp, notice: &Notice) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(smtp.carry(Letter {
        notice,
        written_at: "2026-03-02T08:00:00.25Z".parse().unwrap(),
    }))
}

fn only(receiver: &Receiver) -> Received {
    let letters = receiver.letters();
    assert_eq!(letters.len(), 1);
    letters[0].clone()
}

#[test]
fn r_c4_a_letter_arrives_as_it_was_written_in_both_dresses() {
    let receiver = Receiver::start(Protection::None);
    assert_eq!(
        carry(settings(&receiver, Security::Plain), &notice()),
        Outcome::Done
    );
    let received = only(&receiver);
    assert_eq!(received.from, "pim@contoso.example");
    assert_eq!(received.to, ["ada@contoso.example"]);
    assert!(received.bytes.is_ascii());
    let longest = received
        .bytes
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::len)
        .max();
    assert!(longest.unwrap() <= 78, "{longest:?}");

    let mail = MessageParser::default().parse(&received.bytes).unwrap();
    let sent = notice();
    assert_eq!(mail.subject().unwrap(), sent.subject);
    let to: Vec<_> = mail.to().unwrap().iter().map(|one| one.address()).collect();
    assert_eq!(to, [Some("ada@contoso.example")]);
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!(from.address(), Some("pim@contoso.example"));
    assert_eq!(mail.date().unwrap().to_rfc3339(), "2026-03-02T08:00:00Z");
    assert_eq!(format!("<{}>", mail.message_id().unwrap()), sent.message_id);
    for header in [mail.references(), mail.in_reply_to()] {
        let HeaderValue::Text(thread) = header else {
            panic!("{header:?}");
        };
        assert_eq!(format!("<{thread}>"), sent.thread_id);
    }
    assert_eq!(mail.header_raw("List-Id").unwrap().trim(), sent.list_id);
    let automatic = mail.header_raw("Auto-Submitted").unwrap();
    assert_eq!(automatic.trim(), "auto-generated");

    assert_eq!(mail.text_body_count() + mail.html_body_count(), 2);
    assert_eq!(mail.attachment_count(), 0);
    assert_eq!(mail.body_text(0).unwrap().replace("\r\n", "\n"), sent.plain);
    assert_eq!(mail.body_html(0).unwrap().replace("\r\n", "\n"), sent.html);
    let dress = mail.parts[0].content_type().unwrap();
    assert_eq!(dress.ctype(), "multipart");
    assert_eq!(dress.subtype(), Some("alternative"));
}

#[test]
fn the_same_letter_twice_is_the_same_message_twice() {
    let receiver = Receiver::start(Protection::None);
    for _ in 0..2 {
        carry(settings(&receiver, Security::Plain), &notice());
    }
    let letters = receiver.letters();
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0], letters[1]);
}

#[test]
fn t30_what_would_end_a_header_makes_no_second_one() {
    // The types before it let none of this come so far; the message would bear it all the same.
    let receiver = Receiver::start(Protection::None);
    let mut notice = notice();
    notice.subject = "PIM: x\r\nBcc: eve@contoso.example\r\n\r\nbody".into();
    notice.list_id = "<x>\r\nBcc: eve@contoso.example".into();
    carry(settings(&receiver, Security::Plain), &notice);
    let received = only(&receiver);
    assert_eq!(received.to, ["ada@contoso.example"]);
    let mail = MessageParser::default().parse(&received.bytes).unwrap();
    assert!(mail.bcc().is_none());
    assert_eq!(
        mail.body_text(0).unwrap().replace("\r\n", "\n"),
        notice.plain
    );
}

#[test]
fn t59_letters_and_passwords_go_over_tls_where_that_is_asked_for() {
    for (protection, security) in [
        (Protection::Tls, Security::Tls),
        (Protection::StartTls, Security::StartTls),
    ] {
        let receiver = Receiver::start(protection);
        let mut settings = settings(&receiver, security);
        settings.login = Some(Login {
            username: "pim".into(),
            password: "s3cret".into(),
        });
        assert_eq!(carry(settings, &notice()), Outcome::Done);
        let received = only(&receiver);
        assert!(received.over_tls);
        // base64 of \0pim\0s3cret
        assert_eq!(received.login.as_deref(), Some("AHBpbQBzM2NyZXQ="));
        assert!(
            receiver
                .heard()
                .iter()
                .all(|line| !line.starts_with("AUTH"))
        );
    }
}

#[test]
fn t59_a_server_that_is_not_who_it_should_be_gets_no_byte_of_the_password() {
    let other = Receiver::start(Protection::Tls);
    let check = |protection, security, change: &dyn Fn(&mut SmtpSettings)| {
        let receiver = Receiver::start(protection);
        let mut settings = settings(&receiver, security);
        settings.login = Some(Login {
            username: "pim".into(),
            password: "s3cret".into(),
        });
        change(&mut settings);
        let told = carry(settings, &notice());
        assert!(matches!(told, Outcome::Later { .. }), "{told:?}");
        assert!(receiver.letters().is_empty());
        let heard = receiver.heard();
        let harmless = |line: &String| {
            line.starts_with("EHLO") || line.starts_with("STARTTLS") || line.starts_with("QUIT")
        };
        assert!(heard.iter().all(harmless), "{heard:?}");
    };
    // It has no TLS.
    check(Protection::None, Security::StartTls, &|settings| {
        settings.roots = other.root().map(|root| vec![root]);
    });
    // Its certificate comes from somebody else.
    for (protection, security) in [
        (Protection::Tls, Security::Tls),
        (Protection::StartTls, Security::StartTls),
    ] {
        check(protection, security, &|settings| {
            settings.roots = other.root().map(|root| vec![root]);
        });
        // It is for another name.
        check(protection, security, &|settings| {
            settings.host = "127.0.0.1".into();
        });
    }
}

#[test]
fn f16_what_the_server_does_wrong_is_tried_again_and_what_it_refuses_is_not() {
    let receiver = Receiver::start(Protection::None);
    let login = Login {
        username: "pim".into(),
        password: "wrong".into(),
    };
    for (bad, is_final, words) in [
        (Bad::HangsUp, false, ""),
        (Bad::Garbage, false, ""),
        (Bad::Greets("421 too busy"), false, "421"),
        (Bad::Greets("554 go away"), false, "554"),
        (Bad::OnLogin("535 who are you"), false, "who are you"),
        (Bad::OnSender("451 later"), false, "later"),
        (Bad::OnSender("530 log in first"), false, "log in first"),
        (Bad::OnRecipient("450 greylisted"), false, "greylisted"),
        (
            Bad::OnRecipient("550 5.1.1 no such mailbox"),
            true,
            "no such mailbox",
        ),
        (Bad::OnLetter("452 disk full"), false, "disk full"),
        (
            Bad::OnLetter("554 looks like spam"),
            true,
            "looks like spam",
        ),
    ] {
        receiver.misbehave([bad]);
        let mut settings = settings(&receiver, Security::Plain);
        settings.login = Some(login.clone());
        let (is_refused, why) = match carry(settings, &notice()) {
            Outcome::Later { why, .. } => (false, why),
            Outcome::Refused { why } => (true, why),
            Outcome::Done => panic!("{bad:?}"),
        };
        assert_eq!(is_refused, is_final, "{bad:?}: {why}");
        assert!(why.contains(words), "{bad:?}: {why}");
        assert!(!why.is_empty());
    }
    assert!(receiver.letters().is_empty());
}

#[test]
fn f16_a_server_that_says_nothing_is_not_waited_for_for_ever() {
    let receiver = Receiver::start(Protection::None);
    receiver.misbehave([Bad::Silent]);
    let smtp = Smtp::new(settings(&receiver, Security::Plain)).unwrap();
    let told = run(&smtp.waiting_at_most(Duration::from_millis(200)), &notice());
    let Outcome::Later { why, .. } = told else {
        panic!("{told:?}");
    };
    assert_eq!(why, "the mail server took longer than 200ms");
}

#[test]
fn nobody_there_is_no_reason_to_give_up() {
    let gone = Receiver::start(Protection::None);
    let settings = settings(&gone, Security::Plain);
    drop(gone);
    let told = carry(settings, &notice());
    assert!(matches!(told, Outcome::Later { .. }), "{told:?}");
}
