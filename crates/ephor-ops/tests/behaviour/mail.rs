//! Letters are written once and tried until they are sent or a day is over (R-C4, F-16), on each engine.

use std::sync::Arc;

use crate::world::{self, Asked, World};
use ephor_core::caller::Caller;
use ephor_core::group::Access;
use ephor_core::id::GroupId;
use ephor_core::notice::{Portal, Zone};
use ephor_core::request::Action;
use ephor_core::schedule::ScheduleKind;
use ephor_core::time::Length;
use ephor_ops::mail::{self, Sending};
use ephor_ops::{OpError, directory};
use ephor_store::ambient::ManualClock;
use ephor_store::{Mail, MailState, testing};

/// A group that olga owns, with an activation of ada's that two letters tell of.
fn each_engine(test: impl Fn(&mut World, GroupId)) {
    for engine in testing::engines() {
        let clock = Arc::new(ManualClock::at("2026-03-02T08:00:00Z".parse().unwrap()));
        let mut world = World::new(engine.store(clock.clone()), clock);
        let (ada, olga) = (world.person("ada"), world.person("olga"));
        let group = world.group("prod-admins", "security");
        world
            .write(Caller::person(world.root), move |tx| {
                directory::add(tx, group, Access::Owner, olga)
            })
            .unwrap();
        // What was done outside PIM waits in the outbox too, and nobody is told of it.
        assert_eq!(world.write_letters(Sending::On), 0);
        let assign = (ScheduleKind::Eligible, Action::AdminAssign);
        let root = Caller::person(world.root);
        world
            .request(root, assign.0, assign.1, group, ada, &Asked::default())
            .unwrap();
        test(&mut world, group);
    }
}

fn leased(world: &World) -> Vec<Mail> {
    world.write(Caller::system(), mail::lease).unwrap()
}

fn states(world: &World) -> Vec<MailState> {
    world.letters(100).iter().map(|mail| mail.state).collect()
}

#[test]
fn a_job_that_is_killed_between_its_steps_writes_each_letter_once() {
    each_engine(|world, _| {
        let portal = Portal {
            url: "https://ephor.contoso.example".into(),
            zone: Zone::default(),
        };
        // Leased and died: nobody else gets it before the lease is over, and then somebody does.
        let first = world.write(Caller::system(), mail::lease_events).unwrap();
        assert_eq!(first.len(), 1);
        assert_eq!(world.write_letters(Sending::On), 0);
        world.clock.advance(mail::LEASE);
        let again = world.write(Caller::system(), mail::lease_events).unwrap();
        assert_eq!((again.len(), again[0].attempts), (1, 2));

        // Written, and died before the commit: nothing of it stays.
        let (message, to) = (again[0].clone(), portal.clone());
        let died = world.write::<()>(Caller::system(), move |tx| {
            let notices = mail::compose(tx, &message, &to)?;
            assert_eq!(mail::keep(tx, &message, &notices, Sending::On)?, 2);
            Err(OpError::from(ephor_core::refusal::Refusal::not_found(
                "power",
            )))
        });
        assert!(died.is_err());
        assert!(world.letters(100).is_empty());

        // The first one was only slow: both write, and each recipient has one letter.
        for message in [first[0].clone(), again[0].clone()] {
            world.write_down(&message, &portal, Sending::On).unwrap();
        }
        assert_eq!(states(world), [MailState::Waiting, MailState::Waiting]);
        world.clock.advance(mail::LEASE);
        assert_eq!(world.write_letters(Sending::On), 0);
    });
}

#[test]
fn what_could_not_be_written_down_is_put_off_and_holds_up_nothing() {
    each_engine(|world, _| {
        let messages = world.write(Caller::system(), mail::lease_events).unwrap();
        let message = messages[0].clone();
        world
            .write(Caller::system(), move |tx| {
                mail::put_off_event(tx, &message, "the group makes no sense")
            })
            .unwrap();
        assert_eq!(world.write_letters(Sending::On), 0);
        world.clock.advance(Length::seconds(1));
        assert_eq!(world.write_letters(Sending::On), 2);
    });
}

#[test]
fn what_happened_more_than_a_day_ago_is_not_told_any_more() {
    each_engine(|world, _| {
        world.clock.advance(mail::TRIED_FOR);
        assert_eq!(world.write_letters(Sending::On), 0);
        let next = world.read(mail::next_due).unwrap();
        assert_eq!((next.event, next.mail), (None, None));
    });
}

#[test]
fn f16_a_letter_is_tried_ever_more_rarely_for_a_day_and_then_reported_undelivered() {
    each_engine(|world, _| {
        assert_eq!(world.write_letters(Sending::On), 2);
        let begun = world.now();
        let mut waits = Vec::new();
        let mut tried = 0;
        while let Some(due) = world.read(mail::next_due).unwrap().mail {
            waits.push(due.since(world.now()));
            world.clock.set(due.max(world.now()));
            for mail in leased(world) {
                tried += 1;
                world
                    .write(Caller::system(), move |tx| {
                        mail::not_sent(tx, &mail, Length::ZERO, "connection refused")
                    })
                    .unwrap();
            }
        }
        let seconds: Vec<_> = waits.iter().map(|wait| wait.as_seconds()).collect();
        assert_eq!(&seconds[..11], [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
        assert!(seconds[11..].iter().all(|wait| *wait <= 300));
        assert_eq!(
            states(world),
            [MailState::Undelivered, MailState::Undelivered]
        );
        assert!(world.now().since(begun) <= Length::hours(25));
        assert!(tried < 700, "{tried} tries in a day");
        let kept = world.letters(1);
        assert_eq!(kept[0].error.as_deref(), Some("connection refused"));
        assert!(kept[0].settled_at.is_some());
    });
}

#[test]
fn f16_a_letter_that_is_leased_is_sent_by_one_and_settled_for_good() {
    each_engine(|world, _| {
        assert_eq!(world.write_letters(Sending::On), 2);
        let taken = leased(world);
        assert_eq!((taken.len(), leased(world).len()), (2, 0));
        let (one, other) = (taken[0].number, taken[1].clone());
        world
            .write(Caller::system(), move |tx| mail::sent(tx, one))
            .unwrap();
        world
            .write(Caller::system(), move |tx| {
                mail::refused(tx, other.number, "550 no such mailbox")?;
                // Somebody slower reports too late: what is settled stays as it is.
                mail::not_sent(tx, &other, Length::ZERO, "timed out")
            })
            .unwrap();
        assert_eq!(states(world), [MailState::Undelivered, MailState::Sent]);
        world.clock.advance(Length::hours(1));
        assert!(leased(world).is_empty());
    });
}

#[test]
fn without_a_mail_server_letters_are_kept_and_never_sent_later() {
    each_engine(|world, _| {
        assert_eq!(world.write_letters(Sending::Off), 2);
        assert!(leased(world).is_empty());
        world.clock.advance(Length::days(30));
        let left = world.write(Caller::system(), mail::give_up).unwrap();
        assert_eq!(left, 0);
        assert_eq!(states(world), [MailState::Kept, MailState::Kept]);
    });
}

#[test]
fn the_letters_of_one_request_hold_together_and_say_where_to_look() {
    each_engine(|world, group| {
        world.write_letters(Sending::Off);
        let (ada, activate) = (world.who("ada"), Action::SelfActivate);
        let asked = Asked {
            expiration: world::lasting(Length::minutes(30)),
            why: Some("incident 7\nsee the wiki".into()),
            ..Asked::default()
        };
        let caller = world.caller("ada");
        let request = world
            .request(caller, ScheduleKind::Active, activate, group, ada, &asked)
            .unwrap();
        assert_eq!(world.write_letters(Sending::Off), 2);
        world.clock.advance(Length::minutes(30));
        world
            .write(Caller::system(), ephor_ops::lapse::run)
            .unwrap();
        assert_eq!(world.write_letters(Sending::Off), 1);
        let letters = world.letters(3);
        let thread = format!("<{}@ephor.contoso.example>", request.id);
        for letter in &letters {
            assert_eq!(letter.notice.thread_id, thread);
            let link = format!("https://ephor.contoso.example/requests/{}\n", request.id);
            assert!(
                letter.notice.plain.contains(&link),
                "{}",
                letter.notice.plain
            );
        }
        let ids: std::collections::BTreeSet<_> =
            letters.iter().map(|one| &one.notice.message_id).collect();
        assert_eq!(ids.len(), 3, "each letter has its own id");
        let told = letters
            .iter()
            .find(|one| one.notice.plain.contains("activated membership"));
        assert_eq!(
            told.unwrap().notice.plain,
            format!(
                "ada activated membership of prod-admins.\n\n\
                 Group: prod-admins\nRole: member\nFor: ada\n\
                 From: Mon 2 Mar 2026, 08:00 UTC\nUntil: Mon 2 Mar 2026, 08:30 UTC\n\
                 Justification:\n> incident 7\n> see the wiki\n\n\
                 Look at the request:\nhttps://ephor.contoso.example/requests/{}\n\n\
                 You get this mail because you are an owner of the group.\n",
                request.id
            )
        );
    });
}
