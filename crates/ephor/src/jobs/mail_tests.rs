//! The post, against a real mail server that is down, slow or wrong, and with a clock that is moved (F-12, F-16).

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ephor_connect::testing::{Bad, Protection, Received, Receiver};
use ephor_connect::{Courier, Letter, Outcome, Security, Smtp, SmtpSettings};
use ephor_core::caller::Caller;
use ephor_core::notice::{Address, Portal, Zone};
use ephor_core::tenant::TenantPurpose;
use ephor_core::time::{Clock, Length};
use ephor_ops::tenant::{self, NewTenant};
use ephor_ops::{OpError, mail};
use ephor_store::ambient::ManualClock;
use ephor_store::testing::{self, TestStore};
use ephor_store::{Mail, MailQuery, MailState};
use mail_parser::MessageParser;

use super::Letters;
use super::mail::Post;
use crate::company::{self, DOMAIN, PEOPLE};

/// A company in which much has just happened, and the clock that it lives by.
struct World {
    store: TestStore,
    clock: Arc<ManualClock>,
    runtime: tokio::runtime::Runtime,
}

fn each_engine(test: impl Fn(&World)) {
    for engine in testing::engines() {
        let clock = Arc::new(ManualClock::at("2026-03-02T08:00:00Z".parse().unwrap()));
        let store = engine.store(clock.clone());
        let new = NewTenant {
            domain: DOMAIN.into(),
            administrator: PEOPLE[0].new_user("hash".into()),
            purpose: TenantPurpose::Demonstration,
            key: ephor_http::token::generate_key(clock.now()),
        };
        store
            .write("test", Caller::operator(), |tx| tenant::make(tx, new))
            .wait()
            .unwrap();
        company::found(&store, || vec!["hash".into(); PEOPLE.len()]).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        test(&World {
            store,
            clock,
            runtime,
        });
    }
}

impl World {
    fn post(&self, server: Option<SocketAddr>) -> Post {
        let letters = Letters {
            portal: Portal {
                url: "https://ephor.contoso.example".into(),
                zone: Zone::default(),
            },
            courier: server.map(|server| Arc::new(smtp(server)) as Arc<dyn Courier>),
        };
        Post::new(self.store.clone(), letters)
    }

    fn round(&self, post: &mut Post) -> Duration {
        self.runtime.block_on(post.round()).unwrap()
    }

    /// Works off all that is due, and again whenever something is, for so long.
    fn live(&self, post: &mut Post, length: Length) {
        let end = self.clock.now().plus(length).unwrap();
        while self.clock.now() < end {
            self.round(post);
            self.clock.advance(Length::seconds(30));
        }
        self.round(post);
    }

    fn mails(&self) -> Vec<Mail> {
        let query = MailQuery {
            limit: 1_000,
            ..MailQuery::default()
        };
        self.store
            .read("test", move |tx| {
                mail::list(tx, &Caller::operator(), &query)
            })
            .wait()
            .unwrap()
    }

    fn states(&self) -> BTreeSet<MailState> {
        self.mails().iter().map(|mail| mail.state).collect()
    }

    /// Each letter that was written was received, and once.
    #[track_caller]
    fn each_came_once(&self, received: &[Received]) {
        let written: BTreeSet<_> = self
            .mails()
            .into_iter()
            .map(|mail| (mail.notice.message_id, mail.notice.to.to_string()))
            .collect();
        assert!(written.len() > 20, "{}", written.len());
        assert_eq!(received.len(), written.len());
        assert_eq!(
            received
                .iter()
                .map(id_and_recipient)
                .collect::<BTreeSet<_>>(),
            written
        );
    }
}

fn smtp(server: SocketAddr) -> Smtp {
    Smtp::new(SmtpSettings {
        host: server.ip().to_string(),
        port: server.port(),
        security: Security::Plain,
        roots: None,
        from: Address::parse("pim@contoso.example").unwrap(),
        login: None,
    })
    .unwrap()
    .waiting_at_most(Duration::from_millis(500))
}

fn id_and_recipient(received: &Received) -> (String, String) {
    let mail = MessageParser::default().parse(&received.bytes).unwrap();
    let [to] = received.to.as_slice() else {
        panic!("{:?}", received.to);
    };
    (format!("<{}>", mail.message_id().unwrap()), to.clone())
}

#[test]
fn r_c4_whoever_is_concerned_gets_one_letter() {
    each_engine(|world| {
        let receiver = Receiver::start(Protection::None);
        let mut post = world.post(Some(receiver.address()));
        let rest = world.round(&mut post);
        assert_eq!(rest, Duration::from_secs(1));
        world.each_came_once(&receiver.letters());
        assert_eq!(world.states(), BTreeSet::from([MailState::Sent]));
        world.live(&mut post, Length::minutes(10));
        world.each_came_once(&receiver.letters());
    });
}

#[test]
fn f16_a_mail_server_that_is_down_for_an_hour_holds_up_nothing_and_nothing_is_lost() {
    each_engine(|world| {
        let gone = Receiver::start(Protection::None);
        let address = gone.address();
        drop(gone);
        let mut post = world.post(Some(address));
        world.live(&mut post, Length::hours(1));
        assert_eq!(world.states(), BTreeSet::from([MailState::Waiting]));
        let tries: i64 = world.mails().iter().map(|mail| mail.attempts).sum();
        assert!(tries > 20, "{tries}");
        assert!(world.mails().iter().any(|mail| mail.error.is_some()));
        // Meanwhile others go about their business.
        let written = world
            .store
            .write("test", Caller::system(), |_| Ok::<_, OpError>(()));
        written.wait().unwrap();

        let receiver = Receiver::start_at(address, Protection::None);
        world.live(&mut post, Length::minutes(10));
        world.each_came_once(&receiver.letters());
        assert_eq!(world.states(), BTreeSet::from([MailState::Sent]));
        // The date is that of the letter, not of its coming.
        let first = MessageParser::default()
            .parse(&receiver.letters()[0].bytes)
            .unwrap()
            .date()
            .cloned();
        assert_eq!(first.unwrap().to_rfc3339(), "2026-03-02T08:00:00Z");
    });
}

#[test]
fn f16_a_mail_server_that_stays_away_for_a_day_leaves_letters_undelivered_and_says_so() {
    each_engine(|world| {
        let gone = Receiver::start(Protection::None);
        let address = gone.address();
        drop(gone);
        let mut post = world.post(Some(address));
        world.round(&mut post);
        world.clock.advance(mail::TRIED_FOR);
        world.round(&mut post);
        assert_eq!(world.states(), BTreeSet::from([MailState::Undelivered]));
        let receiver = Receiver::start_at(address, Protection::None);
        world.live(&mut post, Length::minutes(10));
        assert!(receiver.letters().is_empty());
    });
}

#[test]
fn f16_whatever_the_mail_server_does_wrong_each_letter_comes_in_the_end() {
    each_engine(|world| {
        let receiver = Receiver::start(Protection::None);
        receiver.misbehave([
            Bad::Garbage,
            Bad::HangsUp,
            Bad::Greets("421 too busy"),
            Bad::OnSender("451 later"),
            Bad::Silent,
            Bad::OnRecipient("450 greylisted"),
            Bad::OnLetter("452 disk full"),
            Bad::Greets("500 garbage"),
        ]);
        let mut post = world.post(Some(receiver.address()));
        world.live(&mut post, Length::minutes(20));
        world.each_came_once(&receiver.letters());
        assert_eq!(receiver.connections(), receiver.letters().len() + 8);
    });
}

#[test]
fn what_the_mail_server_refuses_for_good_is_undelivered_and_the_others_go_out() {
    each_engine(|world| {
        let receiver = Receiver::start(Protection::None);
        receiver.misbehave([Bad::OnRecipient("550 5.1.1 no such mailbox")]);
        let mut post = world.post(Some(receiver.address()));
        world.live(&mut post, Length::minutes(1));
        let mails = world.mails();
        let refused: Vec<_> = mails
            .iter()
            .filter(|mail| mail.state == MailState::Undelivered)
            .collect();
        assert_eq!((refused.len(), refused[0].attempts), (1, 1));
        let why = refused[0].error.as_deref().unwrap();
        assert!(why.contains("no such mailbox"), "{why}");
        assert_eq!(receiver.letters().len(), mails.len() - 1);
    });
}

#[test]
fn a_letter_that_went_out_without_being_noted_goes_out_again_as_the_same_message() {
    each_engine(|world| {
        let receiver = Receiver::start(Protection::None);
        // Nobody sends yet: the letters are only written.
        let mut post = world.post(Some(receiver.address()));
        receiver.misbehave([Bad::KeepsAndHangsUp; 4]);
        world.round(&mut post);
        // To the sender these four had failed: they had gone out all the same.
        assert_eq!(receiver.letters().len(), 4);

        // A job that is killed after the server's word and before its own.
        world.clock.advance(Length::minutes(1));
        let leased = world
            .store
            .write("test", Caller::system(), mail::lease)
            .wait()
            .unwrap();
        assert_eq!(leased.len(), 4);
        for mail in &leased {
            let letter = Letter {
                notice: &mail.notice,
                written_at: mail.created_at,
            };
            let outcome = world
                .runtime
                .block_on(smtp(receiver.address()).carry(letter));
            assert_eq!(outcome, Outcome::Done);
        }

        world.clock.advance(mail::LEASE);
        world.live(&mut post, Length::minutes(1));
        let mails = world.mails();
        assert_eq!(world.states(), BTreeSet::from([MailState::Sent]));
        let received = receiver.letters();
        assert_eq!(received.len(), mails.len() + 8);
        // At least once, and the same bytes each time.
        let different: BTreeSet<_> = received.iter().map(|one| one.bytes.clone()).collect();
        assert_eq!(different.len(), mails.len());
        let ids: BTreeSet<_> = received.iter().map(id_and_recipient).collect();
        assert_eq!(ids.len(), mails.len());
    });
}

#[test]
fn f12_two_jobs_at_once_send_each_letter_once() {
    each_engine(|world| {
        let receiver = Receiver::start(Protection::None);
        let server = Some(receiver.address());
        let (mut one, mut other) = (world.post(server), world.post(server));
        world.runtime.block_on(async {
            let (one, other) = tokio::join!(one.round(), other.round());
            one.unwrap();
            other.unwrap();
        });
        world.live(&mut one, Length::minutes(1));
        world.each_came_once(&receiver.letters());
    });
}

#[test]
fn without_a_mail_server_letters_are_kept_and_a_later_one_does_not_send_them() {
    each_engine(|world| {
        let mut post = world.post(None);
        world.round(&mut post);
        assert_eq!(world.states(), BTreeSet::from([MailState::Kept]));
        assert!(world.mails().len() > 20);
        let receiver = Receiver::start(Protection::None);
        world.live(
            &mut world.post(Some(receiver.address())),
            Length::minutes(10),
        );
        assert!(receiver.letters().is_empty());
    });
}

#[test]
fn letters_that_wait_when_the_mail_server_is_taken_out_of_the_settings_are_given_up_after_a_day() {
    each_engine(|world| {
        let gone = Receiver::start(Protection::None);
        let address = gone.address();
        drop(gone);
        world.round(&mut world.post(Some(address)));
        let mut post = world.post(None);
        world.round(&mut post);
        assert_eq!(world.states(), BTreeSet::from([MailState::Waiting]));
        world.clock.advance(mail::TRIED_FOR);
        world.round(&mut post);
        assert_eq!(world.states(), BTreeSet::from([MailState::Undelivered]));
    });
}

#[test]
fn r_d5_reminders_go_out_once_each_as_the_clock_moves() {
    each_engine(|world| {
        let mut post = world.post(None);
        let count = |word: &str| {
            let mails = world.mails();
            mails
                .iter()
                .filter(|mail| mail.notice.kind.as_str() == word)
                .count()
        };
        world.round(&mut post);
        assert_eq!((count("endsIn14Days"), count("endsIn1Day")), (0, 0));
        for _ in 0..400 {
            world.clock.advance(Length::days(1));
            world.round(&mut post);
        }
        let (early, late) = (count("endsIn14Days"), count("endsIn1Day"));
        assert!(
            early > 0,
            "the company has assignments that end within 400 days"
        );
        // What was given for less than a fortnight is only reminded of on its last day.
        assert!(early < late, "{early} and {late}");
        let mails = world.mails();
        let mut reminders: Vec<_> = mails
            .iter()
            .filter(|mail| mail.notice.kind.as_str().starts_with("endsIn"))
            .map(|mail| &mail.notice.message_id)
            .collect();
        reminders.sort_unstable();
        let all = reminders.len();
        reminders.dedup();
        assert_eq!(all, reminders.len(), "once each");
    });
}
