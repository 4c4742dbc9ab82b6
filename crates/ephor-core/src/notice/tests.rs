//! Every event, rule and recipient (R-C4, R-F4, R-F5; `pim-groups.md` 5.7).

use std::collections::BTreeMap;

use super::*;
use crate::group::Access;
use crate::id::{GroupId, RequestId, RoleDefinitionId};
use crate::policy::{NotificationChange, RuleChange};
use crate::request::{Action, Ticket};
use crate::role::Role;
use crate::schedule::ScheduleKind;

const ADA: u128 = 1;
const OLGA: u128 = 2;
const OSCAR: u128 = 3;
const GRACE: u128 = 4;
const ALAN: u128 = 5;
const NAMES: [&str; 5] = ["ada", "olga", "oscar", "grace", "alan"];

fn id(number: u128) -> PrincipalId {
    PrincipalId::from_uuid(Uuid::from_u128(number))
}

fn person(number: u128) -> Person {
    let name = usize::try_from(number)
        .ok()
        .and_then(|at| NAMES.get(at - 1));
    let name = name.map_or_else(|| format!("p{number}"), |name| (*name).to_owned());
    Person {
        id: id(number),
        address: Address::parse(&format!("{name}@contoso.example")).unwrap(),
        zone: None,
    }
}

/// A topic of which Ada is the principal.
fn about(kind: NoticeKind, schedule: ScheduleKind, is_activation: bool) -> Topic {
    Topic {
        kind,
        role: Role::of(GroupId::from_uuid(Uuid::from_u128(9)), Access::Member),
        schedule,
        is_activation,
        principal: id(ADA),
        by: None,
        request: Some(RequestId::from_uuid(Uuid::from_u128(8))),
        action: is_activation.then_some(Action::SelfActivate),
        was_asked: is_activation,
        starts_at: Some("2026-03-02T08:00:00Z".parse().unwrap()),
        ends_at: Some("2026-03-02T12:00:00Z".parse().unwrap()),
        length: None,
        decide_until: None,
        justification: None,
        reason: None,
        ticket: Ticket::default(),
    }
}

fn portal() -> Portal {
    Portal {
        url: "https://ephor.contoso.example:8443".into(),
        zone: Zone::default(),
    }
}

/// Olga and Oscar run the group, Grace and Alan decide; where administrators decide, those are they.
fn facts<'a>(portal: &'a Portal, topic: &Topic, actor: u128, rules: Rules) -> Facts<'a> {
    let administrators = vec![person(OLGA), person(OSCAR)];
    Facts {
        sequence: 17,
        recorded_at: "2026-03-02T08:00:00Z".parse().unwrap(),
        actor: Actor::User(id(actor)),
        portal,
        object: "prod-admins".into(),
        unit: None,
        principal: "ada".into(),
        by: None,
        rules,
        assignees: vec![person(ADA)],
        deciders: if topic.is_activation {
            vec![person(GRACE), person(ALAN)]
        } else {
            administrators.clone()
        },
        administrators,
    }
}

const fn none() -> NotificationChange {
    NotificationChange {
        level: Some(NotificationLevel::None),
        defaults: None,
        recipients: None,
    }
}

fn every_rule() -> impl Iterator<Item = RuleId> {
    RuleId::all().filter(|rule| matches!(rule, RuleId::Notification(..)))
}

/// The nine rules: all like `others`, and one like `this`.
fn rules(one: Option<RuleId>, this: &NotificationChange, others: &NotificationChange) -> Rules {
    let changes: Vec<_> = every_rule()
        .map(|rule| {
            let change = if Some(rule) == one { this } else { others };
            (rule, RuleChange::Notification(change.clone()))
        })
        .collect();
    Rules::default().changed(&changes).unwrap()
}

/// Who gets a letter, by name; in brackets what it tells where that is not what the topic is.
fn told(topic: &Topic, actor: u128, rules: Rules) -> String {
    let portal = portal();
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    for notice in notices(topic, &facts(&portal, topic, actor, rules)) {
        let name = notice.to.as_str().split('@').next().unwrap().to_owned();
        let shown = if notice.kind == Told::Access(topic.kind) {
            name.clone()
        } else {
            format!("{name}({})", notice.kind.as_str())
        };
        assert!(told.insert(name, shown).is_none(), "one letter each");
    }
    told.into_values().collect::<Vec<_>>().join(" ")
}

/// Everything that can be told, with who did it.
fn topics() -> Vec<(&'static str, Topic, u128)> {
    use NoticeKind as K;
    use ScheduleKind::{Active, Eligible};
    let mut topics = Vec::new();
    for (words, kind, actor) in [
        ("assigned", K::Assigned, OLGA),
        ("changed", K::Changed, OLGA),
        ("extended", K::Extended, OLGA),
        ("renewed", K::Renewed, OLGA),
        ("extensionAsked", K::ExtensionAsked, ADA),
        ("approved", K::Approved, OLGA),
        ("denied", K::Denied, OLGA),
        ("failed", K::Failed, OLGA),
        ("timedOut", K::TimedOut, 0),
        ("canceled", K::Canceled, OLGA),
        ("endsIn14Days", K::EndsIn14Days, 0),
        ("endsIn1Day", K::EndsIn1Day, 0),
        ("ended", K::Ended, 0),
    ] {
        topics.push((words, about(kind, Eligible, false), actor));
        topics.push((words, about(kind, Active, false), actor));
    }
    let withdrawn = Topic {
        was_asked: true,
        ..about(K::Canceled, Eligible, false)
    };
    topics.push(("wish withdrawn", withdrawn, ADA));
    for (words, kind, actor) in [
        ("activated", K::Activated, ADA),
        ("approvalAsked", K::ApprovalAsked, ADA),
        ("approved", K::Approved, GRACE),
        ("denied", K::Denied, GRACE),
        ("failed", K::Failed, GRACE),
        ("timedOut", K::TimedOut, 0),
        ("canceled by ada", K::Canceled, ADA),
        ("canceled by olga", K::Canceled, OLGA),
        ("ended", K::Ended, 0),
    ] {
        topics.push((words, about(kind, Active, true), actor));
    }
    topics
}

fn occasion(topic: &Topic) -> &'static str {
    match topic.occasion() {
        Occasion::AdminEligibility => "eligible",
        Occasion::AdminAssignment => "active",
        Occasion::EndUserAssignment => "activation",
    }
}

/// The table, a line for each rule that lets anybody hear of something, as `event | rule | who`; and who is
/// left where every rule is `Critical`.
#[test]
fn r_c4_each_rule_tells_just_those_whom_it_is_about() {
    let mut table = String::new();
    let all = NotificationChange {
        level: Some(NotificationLevel::All),
        ..none()
    };
    let critical = NotificationChange {
        level: Some(NotificationLevel::Critical),
        ..none()
    };
    for (words, topic, actor) in topics() {
        let event = format!("{words} {}", occasion(&topic));
        for rule in every_rule() {
            let who = told(&topic, actor, rules(Some(rule), &all, &none()));
            if !who.is_empty() {
                table.push_str(&format!("{event} | {rule} | {who}\n"));
            }
            // Critical of this rule alone, or of all, lets through what calls for action and nothing else.
            let narrowed = told(&topic, actor, rules(Some(rule), &critical, &none()));
            let calls = topic.kind.calls_for_action();
            assert_eq!(
                narrowed,
                if calls { who } else { String::new() },
                "{event} {rule}"
            );
        }
        let left = told(&topic, actor, rules(None, &none(), &critical));
        if !left.is_empty() {
            table.push_str(&format!("{event} | all Critical | {left}\n"));
        }
        assert_eq!(told(&topic, actor, rules(None, &none(), &none())), "");
    }
    let wanted = include_str!("table.txt");
    if std::env::var("EPHOR_GOLDEN").is_ok_and(|how| how == "update") {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/notice/table.txt");
        std::fs::write(file, &table).unwrap();
        return;
    }
    for (line, wanted) in table.lines().zip(wanted.lines()) {
        assert_eq!(line, wanted);
    }
    assert_eq!(table.lines().count(), wanted.lines().count());
}

#[test]
fn r_c4_additional_recipients_get_the_same_and_alone_where_the_defaults_are_off() {
    let all = NotificationChange {
        level: Some(NotificationLevel::All),
        ..none()
    };
    let also = NotificationChange {
        recipients: Some(vec![
            "soc@contoso.example".into(),
            "SOC@contoso.example".into(),
            "ADA@contoso.example".into(),
        ]),
        ..all.clone()
    };
    let only = NotificationChange {
        defaults: Some(false),
        ..also.clone()
    };
    for (words, topic, actor) in topics() {
        for rule in every_rule() {
            let who = told(&topic, actor, rules(Some(rule), &all, &none()));
            let with = told(&topic, actor, rules(Some(rule), &also, &none()));
            let alone = told(&topic, actor, rules(Some(rule), &only, &none()));
            let case = format!("{words} {} {rule}: {who}", occasion(&topic));
            // A rule that is about nobody here tells nobody, whoever is named in it.
            if with.is_empty() {
                assert_eq!(who, "", "{case}");
                assert_eq!(alone, "", "{case}");
                continue;
            }
            let bare = |text: &str| {
                let names = text.split(' ').filter(|name| !name.is_empty());
                names
                    .map(|name| name.split('(').next().unwrap().to_ascii_lowercase())
                    .collect::<BTreeSet<_>>()
            };
            let named = BTreeSet::from(["ada".to_owned(), "soc".to_owned()]);
            assert_eq!(
                bare(&with),
                bare(&who).union(&named).cloned().collect(),
                "{case}"
            );
            assert_eq!(bare(&alone), named, "{case}");
            assert_eq!(
                with.split(' ').count(),
                bare(&with).len(),
                "one letter each: {case}"
            );
        }
    }
}

#[test]
fn one_event_is_told_to_a_thousand_at_most_and_to_those_named_first() {
    let topic = about(NoticeKind::ApprovalAsked, ScheduleKind::Active, true);
    let soc = NotificationChange {
        recipients: Some(vec!["soc@contoso.example".into()]),
        ..NotificationChange::default()
    };
    let rules = rules(None, &none(), &soc);
    let portal = portal();
    let mut facts = facts(&portal, &topic, ADA, rules);
    facts.deciders = (10..1_200).map(person).collect();
    let notices = notices(&topic, &facts);
    assert_eq!(notices.len(), RECIPIENTS_MAX);
    assert_eq!(notices[0].to.as_str(), "soc@contoso.example");
    let ids: BTreeSet<_> = notices.iter().map(|one| &one.message_id).collect();
    assert_eq!(ids.len(), RECIPIENTS_MAX);
}

#[test]
fn the_same_event_gives_the_same_letters_with_the_same_ids() {
    for (_, topic, actor) in topics() {
        let portal = portal();
        let facts = facts(&portal, &topic, actor, Rules::default());
        assert_eq!(notices(&topic, &facts), notices(&topic, &facts));
        for notice in notices(&topic, &facts) {
            assert!(notice.subject.starts_with("PIM: "), "{}", notice.subject);
            assert!(
                notice.message_id.ends_with("@ephor.contoso.example>"),
                "{}",
                notice.message_id
            );
            assert_eq!(
                notice.thread_id,
                "<00000000-0000-0000-0000-000000000008@ephor.contoso.example>"
            );
            assert_eq!(
                notice.list_id,
                "<00000000-0000-0000-0000-000000000009.pim.ephor.contoso.example>"
            );
        }
    }
}

#[test]
fn each_reads_the_time_in_their_own_zone_with_utc_behind() {
    let topic = about(NoticeKind::Activated, ScheduleKind::Active, true);
    let portal = portal();
    let mut facts = facts(&portal, &topic, ADA, Rules::default());
    let berlin = jiff::tz::TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    facts.assignees[0].zone = Some(Zone::from(berlin));
    let notices = notices(&topic, &facts);
    let of = |name: &str| {
        let found = notices.iter().find(|one| one.to.as_str().starts_with(name));
        found.unwrap().plain.clone()
    };
    assert!(
        of("ada").contains("Until: Mon 2 Mar 2026, 13:00 CET (2026-03-02 12:00 UTC)\n"),
        "{}",
        of("ada")
    );
    assert!(
        of("olga").contains("Until: Mon 2 Mar 2026, 12:00 UTC\n"),
        "{}",
        of("olga")
    );
}

#[test]
fn t30_a_name_is_in_the_subject_only_where_it_can_pass_for_nothing_else() {
    let topic = about(NoticeKind::Activated, ScheduleKind::Active, true);
    let portal = portal();
    for (name, subject) in [
        ("prod-admins", "PIM: role activated in prod-admins"),
        (
            "Größe & Maß (EU)",
            "PIM: role activated in Größe & Maß (EU)",
        ),
        (
            "x\r\nBcc: eve@contoso.example",
            "PIM: role activated in a group",
        ),
        ("<b>x</b>", "PIM: role activated in a group"),
        ("a\u{202e}b", "PIM: role activated in a group"),
        ("https://evil.example", "PIM: role activated in a group"),
        (" ", "PIM: role activated in a group"),
    ] {
        let mut facts = facts(&portal, &topic, ADA, Rules::default());
        facts.object = name.into();
        let notice = &notices(&topic, &facts)[0];
        assert_eq!(notice.subject, subject);
        assert!(!notice.subject.contains(['\r', '\n']));
        // Each line of the letter begins with our own words, or with the mark of what was typed.
        assert!(!notice.plain.contains("\nBcc:"), "{}", notice.plain);
        assert!(!notice.html.contains("<b>"), "{}", notice.html);
    }
}

#[test]
fn t30_links_and_ids_come_from_the_configured_address_alone() {
    let topic = about(NoticeKind::ApprovalAsked, ScheduleKind::Active, true);
    for (url, host) in [
        ("https://EPHOR.contoso.example", "ephor.contoso.example"),
        ("https://[::1]:8443", "localhost"),
        ("nonsense", "localhost"),
    ] {
        let portal = Portal {
            url: url.into(),
            zone: Zone::default(),
        };
        let facts = facts(&portal, &topic, ADA, Rules::default());
        let notice = &notices(&topic, &facts)[0];
        assert!(
            notice.message_id.ends_with(&format!("@{host}>")),
            "{}",
            notice.message_id
        );
        let link = format!("{url}/approvals/00000000-0000-0000-0000-000000000008");
        assert!(
            notice.plain.contains(&format!("\n{link}\n")),
            "{}",
            notice.plain
        );
        assert!(
            notice.html.contains(&format!("<a href=\"{link}\">")),
            "{}",
            notice.html
        );
    }
}

#[test]
fn whoever_is_disabled_or_has_no_address_gets_nothing_and_a_bad_address_is_not_used() {
    use crate::principal::{PrincipalRef, UserPrincipalName};
    let name: UserPrincipalName = "ada@contoso.example".parse().unwrap();
    let principal = |mail: Option<&str>, account| Principal {
        reference: PrincipalRef {
            id: id(ADA),
            kind: PrincipalKind::User,
        },
        display_name: crate::text::DisplayName::new("Ada").unwrap(),
        account,
        user_principal_name: Some(name.clone()),
        mail: mail.map(str::to_owned),
    };
    let address = |principal: &Principal| Person::of(principal).map(|one| one.address.to_string());
    let enabled = AccountState::Enabled;
    for (mail, used) in [
        (Some("a.okafor@contoso.example"), "a.okafor@contoso.example"),
        (None, "ada@contoso.example"),
        (
            Some("a@b.example\r\nBcc: c@d.example"),
            "ada@contoso.example",
        ),
        (Some("a@b.example, c@d.example"), "ada@contoso.example"),
    ] {
        assert_eq!(address(&principal(mail, enabled)).as_deref(), Some(used));
    }
    assert_eq!(address(&principal(None, AccountState::Disabled)), None);
}

#[test]
fn r_h5_letters_about_directory_roles_name_the_role_and_over_what() {
    let portal = portal();
    let topic = Topic {
        role: Role::directory(RoleDefinitionId::from_uuid(Uuid::from_u128(7))),
        ..about(NoticeKind::Activated, ScheduleKind::Active, true)
    };
    let mut facts = facts(&portal, &topic, ADA, Rules::default());
    facts.object = "User Administrator".into();
    let to = |notices: &[Notice], who| {
        let told = notices
            .iter()
            .find(|notice| notice.person == Some(id(who)))
            .unwrap();
        (told.subject.clone(), told.plain.clone())
    };
    let (subject, plain) = to(&notices(&topic, &facts), ADA);
    assert_eq!(subject, "PIM: role activated in User Administrator");
    assert!(plain.starts_with("ada activated the directory role User Administrator."));
    assert!(plain.contains("\nDirectory role: User Administrator\nOver: the whole directory\n"));
    facts.unit = Some("Nordics".into());
    let (_, plain) = to(&notices(&topic, &facts), OLGA);
    assert!(plain.contains("\nOver the administrative unit: Nordics\n"));
    assert!(plain.ends_with("because you administer the directory's roles.\n"));
    facts.object = "x\r\nBcc: eve@contoso.example".into();
    let (subject, _) = to(&notices(&topic, &facts), ADA);
    assert_eq!(subject, "PIM: role activated in a directory role");
}
