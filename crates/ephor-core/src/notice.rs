//! Which event tells whom, in words (R-C4, R-D5, R-F4; `pim-groups.md` 5.7).
//!
//! In two pure steps: [`topic`] says what an event is about, as far as anybody hears of it; [`notices`] makes
//! of it one letter for each recipient, by the notification rules of the policy as they are when it is
//! written. The words are fixed, what people typed is only ever shown as text, and
//! the link in a letter carries no power (T-04, T-30).

mod account;
mod address;
mod letter;
mod package;
#[cfg(test)]
mod tests;
mod topic;
mod words;

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::caller::Actor;
use crate::id::PrincipalId;
use crate::policy::{
    DefaultRecipients, NotificationLevel, NotificationRule, Occasion, RecipientKind, Rule, RuleId,
    Rules,
};
use crate::principal::{AccountState, Principal, PrincipalKind};
use crate::role::ObjectId;
use crate::time::Instant;

pub use account::{AccountFacts, AccountNotice, AccountTopic, account_notices, account_topic};
pub use address::Address;
pub use letter::Zone;
pub use package::{PackageFacts, package_notices};
pub use topic::{NoticeKind, Topic, topic};

/// How many people hear of one event at most (`security.md` section 5).
pub const RECIPIENTS_MAX: usize = 1_000;

/// A letter to one recipient, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// To whom.
    pub to: Address,
    /// Whose address that is, where it is somebody's of the directory.
    pub person: Option<PrincipalId>,
    /// What it tells.
    pub kind: Told,
    /// About what.
    pub about: NoticeAbout,
    /// The subject: fixed words, and a group's or role's name only where it is plain.
    pub subject: String,
    /// The letter as plain text.
    pub plain: String,
    /// The same as HTML.
    pub html: String,
    /// The letter's own id, with its angle brackets: the same event and recipient give the same one.
    pub message_id: String,
    /// What all letters about one request refer to, so that they hold together.
    pub thread_id: String,
    /// What all letters about one group or directory role are filed under.
    pub list_id: String,
}

/// What a letter tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Told {
    /// Of access.
    Access(NoticeKind),
    /// Of an account.
    Account(AccountNotice),
}

impl Told {
    /// The word by which it is kept and listed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access(kind) => kind.as_str(),
            Self::Account(kind) => kind.as_str(),
        }
    }

    /// Reads that word.
    pub fn parse(text: &str) -> Option<Self> {
        let access = NoticeKind::parse(text).map(Self::Access);
        access.or_else(|| AccountNotice::parse(text).map(Self::Account))
    }
}

/// What a letter is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeAbout {
    /// A role of a group, or a directory role.
    Role(ObjectId),
    /// An account.
    Account(PrincipalId),
}

/// Where the letters' links lead, and in which zone times are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portal {
    /// The configured public address, without a final slash; never what a request said (T-30).
    pub url: String,
    /// The zone for whoever has none of their own.
    pub zone: Zone,
}

impl Portal {
    /// The name that stands behind the `@` in ids of letters.
    fn host(&self) -> String {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        let host = rest.split(['/', ':', '?', '#']).next().unwrap_or("");
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        let is_name = !host.is_empty() && host.chars().all(is_plain);
        if is_name { host } else { "localhost" }.to_ascii_lowercase()
    }
}

/// Somebody who can get a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: PrincipalId,
    /// Their address.
    pub address: Address,
    /// Their own time zone, where it is known.
    pub zone: Option<Zone>,
}

impl Person {
    /// The person behind this account, if it may be used and has an address: its own, or else the name it
    /// signs in by, which lies in a domain of the tenant.
    pub fn of(principal: &Principal) -> Option<Self> {
        let is_usable = principal.reference.kind == PrincipalKind::User
            && principal.account == AccountState::Enabled;
        let name = principal
            .user_principal_name
            .as_ref()
            .map(|name| name.as_str());
        [principal.mail.as_deref(), name]
            .into_iter()
            .flatten()
            .find_map(Address::parse)
            .filter(|_| is_usable)
            .map(|address| Self {
                id: principal.reference.id,
                address,
                zone: None,
            })
    }
}

/// What a letter needs to know besides the event, as it is when the letter is written.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The event's place in the audit log.
    pub sequence: i64,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Who did it: they need not be told what they did themselves.
    pub actor: Actor,
    /// Where links lead.
    pub portal: &'a Portal,
    /// What the group or directory role is called.
    pub object: String,
    /// What the unit is called over which a directory role is held.
    pub unit: Option<String>,
    /// What the principal is called.
    pub principal: String,
    /// What whoever asked or acted is called, where it is a person and not the principal.
    pub by: Option<String>,
    /// The rules of the role.
    pub rules: Rules,
    /// The principal, or the members of the group that it is.
    pub assignees: Vec<Person>,
    /// The owners of the group, or who may give directory roles, who have not just activated that.
    pub administrators: Vec<Person>,
    /// Those who may decide on the request.
    pub deciders: Vec<Person>,
}

/// Why somebody gets a letter: it is said at its foot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Because {
    Concerned,
    Administers,
    Decides,
    Named,
}

/// Those whom a rule is about, for one kind of letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Audience {
    kind: NoticeKind,
    rule: RecipientKind,
    defaults: Defaults,
}

/// The default recipients of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Defaults {
    Assignees,
    /// The assignees, unless it was they who did it.
    AssigneesButActor,
    Administrators,
    AdministratorsButActor,
    Deciders,
    DecidersButActor,
}

/// The letters about `topic`: each recipient gets exactly one, the most personal one first.
pub fn notices(topic: &Topic, facts: &Facts<'_>) -> Vec<Notice> {
    let mut written = BTreeSet::new();
    let mut notices = Vec::new();
    for audience in audiences(topic) {
        let rule = rule(&facts.rules, topic.occasion(), audience.rule);
        if !lets_through(rule.level, audience.kind) {
            continue;
        }
        for (to, person, because) in recipients(audience, rule, facts) {
            if notices.len() == RECIPIENTS_MAX {
                return notices;
            }
            if written.insert(to.key()) {
                notices.push(write(topic, facts, audience.kind, to, person, because));
            }
        }
    }
    notices
}

/// Who is told what, in the order in which it counts for whoever would be told twice.
fn audiences(topic: &Topic) -> Vec<Audience> {
    use Defaults::{
        Administrators, AdministratorsButActor, Assignees, AssigneesButActor, Deciders,
        DecidersButActor,
    };
    use RecipientKind::{Admin, Approver, Requestor};
    let tell = |kind, rule, defaults| Audience {
        kind,
        rule,
        defaults,
    };
    let kind = topic.kind;
    match kind {
        NoticeKind::Assigned | NoticeKind::Activated => vec![
            tell(kind, Requestor, Assignees),
            tell(kind, Admin, Administrators),
        ],
        NoticeKind::Changed | NoticeKind::Extended | NoticeKind::Renewed => vec![
            tell(kind, Requestor, Assignees),
            tell(kind, Admin, AdministratorsButActor),
        ],
        // Administrators who are no approvers hear nothing of it (R-F5).
        NoticeKind::ApprovalAsked => vec![tell(kind, Approver, Deciders)],
        // Here the administrators are those who decide, and both rules are about them.
        NoticeKind::ExtensionAsked => {
            vec![tell(kind, Approver, Deciders), tell(kind, Admin, Deciders)]
        }
        NoticeKind::Approved if topic.is_activation => vec![
            tell(kind, Requestor, Assignees),
            tell(kind, Approver, Deciders),
            // What is approved is activated: of that the administrators hear.
            tell(NoticeKind::Activated, Admin, Administrators),
        ],
        NoticeKind::Denied | NoticeKind::Failed | NoticeKind::TimedOut if topic.is_activation => {
            vec![
                tell(kind, Requestor, Assignees),
                tell(kind, Approver, Deciders),
            ]
        }
        NoticeKind::Approved | NoticeKind::Denied | NoticeKind::Failed | NoticeKind::TimedOut => {
            vec![
                tell(kind, Requestor, Assignees),
                tell(kind, Admin, AdministratorsButActor),
            ]
        }
        NoticeKind::Canceled if topic.was_asked => vec![
            tell(kind, Requestor, AssigneesButActor),
            tell(kind, Approver, DecidersButActor),
        ],
        NoticeKind::Canceled => vec![
            tell(kind, Requestor, AssigneesButActor),
            tell(kind, Admin, AdministratorsButActor),
        ],
        // Nobody but the holder waits for the end of a few hours.
        NoticeKind::Ended if topic.is_activation => vec![tell(kind, Requestor, Assignees)],
        NoticeKind::EndsIn14Days | NoticeKind::EndsIn1Day | NoticeKind::Ended => vec![
            tell(kind, Requestor, Assignees),
            tell(kind, Admin, Administrators),
        ],
    }
}

fn rule(rules: &Rules, occasion: Occasion, kind: RecipientKind) -> &NotificationRule {
    match rules.get(RuleId::Notification(kind, occasion)) {
        Rule::Notification(rule) => rule,
        Rule::Expiration(_)
        | Rule::Enablement(_)
        | Rule::Approval(_)
        | Rule::AuthenticationContext(_) => unreachable!("a notification rule is one"),
    }
}

const fn lets_through(level: NotificationLevel, kind: NoticeKind) -> bool {
    match level {
        NotificationLevel::None => false,
        NotificationLevel::Critical => kind.calls_for_action(),
        NotificationLevel::All => true,
    }
}

type Recipient<'a> = (Address, Option<&'a Person>, Because);

/// Whom a rule sends to: those it names first, because they would be missed most where the list is cut.
fn recipients<'a>(
    audience: Audience,
    rule: &NotificationRule,
    facts: &'a Facts<'_>,
) -> Vec<Recipient<'a>> {
    let (people, because, but_actor) = match audience.defaults {
        Defaults::Assignees => (&facts.assignees, Because::Concerned, false),
        Defaults::AssigneesButActor => (&facts.assignees, Because::Concerned, true),
        Defaults::Administrators => (&facts.administrators, Because::Administers, false),
        Defaults::AdministratorsButActor => (&facts.administrators, Because::Administers, true),
        Defaults::Deciders => (&facts.deciders, Because::Decides, false),
        Defaults::DecidersButActor => (&facts.deciders, Because::Decides, true),
    };
    let defaults: Vec<&Person> = match rule.defaults {
        DefaultRecipients::Included => people
            .iter()
            .filter(|person| !but_actor || facts.actor.user() != Some(person.id))
            .collect(),
        DefaultRecipients::LeftOut => Vec::new(),
    };
    let named = rule.recipients.iter().filter_map(|text| {
        let address = Address::parse(text)?;
        let is_default = defaults
            .iter()
            .any(|person| person.address.key() == address.key());
        (!is_default).then_some((address, None, Because::Named))
    });
    let (named, defaults): (Vec<_>, Vec<_>) = (
        named.collect(),
        defaults
            .iter()
            .map(|person| (person.address.clone(), Some(*person), because))
            .collect(),
    );
    named.into_iter().chain(defaults).collect()
}

fn write(
    topic: &Topic,
    facts: &Facts<'_>,
    kind: NoticeKind,
    to: Address,
    person: Option<&Person>,
    because: Because,
) -> Notice {
    let zone = person
        .and_then(|person| person.zone.as_ref())
        .unwrap_or(&facts.portal.zone);
    let letter = words::letter(topic, facts, kind, because, zone);
    let host = facts.portal.host();
    Notice {
        subject: words::subject(kind, topic, &facts.object),
        plain: letter.plain(),
        html: letter.html(),
        message_id: format!(
            "<{}.{}.{:016x}@{host}>",
            facts.sequence,
            facts.recorded_at.micros(),
            digest(&to.key())
        ),
        thread_id: format!("<{}@{host}>", thread(topic)),
        list_id: format!("<{}.pim.{host}>", uuid_of(topic.role.object())),
        person: person.map(|person| person.id),
        about: NoticeAbout::Role(topic.role.object()),
        kind: Told::Access(kind),
        to,
    }
}

const fn uuid_of(object: ObjectId) -> Uuid {
    match object {
        ObjectId::Group(group) => group.uuid(),
        ObjectId::Directory(definition) => definition.uuid(),
    }
}

/// The request that a letter is about, or the grant that a request made: they share their id.
fn thread(topic: &Topic) -> Uuid {
    topic
        .request
        .map_or_else(|| topic.principal.uuid(), |request| request.uuid())
}

/// Tells the recipients of one event apart in the ids of their letters, without naming them (FNV-1a).
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
