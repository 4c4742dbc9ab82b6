//! Letters about an account: what changed of how its owner signs in, and that somebody may act in its name without
//! having signed in (T-11, T-43). No policy turns them off, and they are written also to whoever did it: somebody
//! else may have done it in their name.

use super::letter::{Letter, Piece};
use super::{Notice, NoticeAbout, Person, Portal, RECIPIENTS_MAX, Told, digest};
use crate::caller::Factor;
use crate::event::Event;
use crate::id::PrincipalId;
use crate::signin::event::{PasswordChangedBy, SignInEvent};
use crate::signin::strength::Method;
use crate::time::{Instant, Length};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// What a letter about an account tells.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum AccountNotice { $($(#[$doc])* $variant,)* }

        impl AccountNotice {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word by which it is kept and listed.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Reads that word.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    };
}

kinds! {
    /// Its owner set a new password.
    PasswordChanged = "passwordChanged",
    /// Somebody else set its password.
    PasswordReset = "passwordReset",
    /// Somebody had a one-time code made by which a new password can be set.
    ResetCodeMade = "resetCodeMade",
    /// An authenticator or a passkey was added.
    MethodAdded = "signInMethodAdded",
    /// An authenticator or a passkey was taken away.
    MethodRemoved = "signInMethodRemoved",
    /// An account at another provider lets its owner in.
    IdentityLinked = "identityLinked",
    /// An account at another provider does so no more.
    IdentityUnlinked = "identityUnlinked",
    /// New recovery codes took the place of the old ones.
    RecoveryCodesMade = "recoveryCodesMade",
    /// Somebody signed in with a recovery code.
    RecoveryCodeUsed = "recoveryCodeUsed",
    /// The operator had an access token made in its owner's name.
    TokenIssued = "tokenIssued",
}

impl AccountNotice {
    /// Whether it is told to those who run the directory, rather than to the account's owner.
    pub const fn is_for_administrators(self) -> bool {
        match self {
            Self::TokenIssued => true,
            Self::PasswordChanged
            | Self::PasswordReset
            | Self::ResetCodeMade
            | Self::MethodAdded
            | Self::MethodRemoved
            | Self::IdentityLinked
            | Self::IdentityUnlinked
            | Self::RecoveryCodesMade
            | Self::RecoveryCodeUsed => false,
        }
    }

    /// The subject, and the sentence around the name of the account's owner.
    const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::PasswordChanged => (
                "your password was changed",
                "The password of ",
                " was changed.",
            ),
            Self::PasswordReset => (
                "your password was reset",
                "Somebody else set a new password for ",
                ". Every session was ended.",
            ),
            Self::ResetCodeMade => (
                "a code for a new password was made",
                "A one-time code for a new password was made for ",
                ". Every session was ended.",
            ),
            Self::MethodAdded => (
                "a sign-in method was added",
                "A sign-in method was added for ",
                ".",
            ),
            Self::MethodRemoved => (
                "a sign-in method was removed",
                "A sign-in method was taken away from ",
                ".",
            ),
            Self::IdentityLinked => (
                "an account elsewhere was linked",
                "An account at another provider now signs in ",
                ".",
            ),
            Self::IdentityUnlinked => (
                "an account elsewhere was unlinked",
                "An account at another provider no longer signs in ",
                ".",
            ),
            Self::RecoveryCodesMade => (
                "new recovery codes were made",
                "New recovery codes were made for ",
                "; the old ones are no longer good.",
            ),
            Self::RecoveryCodeUsed => (
                "a recovery code was used",
                "A recovery code was used to sign in ",
                ".",
            ),
            Self::TokenIssued => (
                "the operator made an access token",
                "The operator made an access token in the name of ",
                ", without their signing in.",
            ),
        }
    }
}

/// What an event tells about an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountTopic {
    /// What.
    pub kind: AccountNotice,
    /// Whose account.
    pub user: PrincipalId,
    /// What else there is to know.
    pub detail: Option<Detail>,
}

/// What else there is to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// Which sign-in method.
    Method(Method),
    /// Which other provider.
    Provider(String),
    /// Until when a code is good.
    Until(Instant),
    /// How strong a token is, and for how long it is good.
    Token(Factor, Length),
}

/// What `event` tells about an account; `None` where nobody hears of it.
pub fn account_topic(event: &Event) -> Option<AccountTopic> {
    if let Event::TokenIssued {
        user,
        factor,
        lifetime,
        ..
    } = event
    {
        return Some(AccountTopic {
            kind: AccountNotice::TokenIssued,
            user: *user,
            detail: Some(Detail::Token(*factor, *lifetime)),
        });
    }
    let Event::SignIn {
        user: Some(user),
        entry,
    } = event
    else {
        return None;
    };
    let (kind, detail) = match entry {
        SignInEvent::PasswordChanged { by } => match by {
            PasswordChangedBy::Owner | PasswordChangedBy::ResetCode => {
                (AccountNotice::PasswordChanged, None)
            }
            PasswordChangedBy::SomebodyElse => (AccountNotice::PasswordReset, None),
        },
        SignInEvent::ResetCodeMade { until } => {
            (AccountNotice::ResetCodeMade, Some(Detail::Until(*until)))
        }
        SignInEvent::MethodAdded { method, .. } => {
            (AccountNotice::MethodAdded, Some(Detail::Method(*method)))
        }
        SignInEvent::MethodRemoved { method, .. } => {
            (AccountNotice::MethodRemoved, Some(Detail::Method(*method)))
        }
        SignInEvent::IdentityLinked { issuer, .. } => (
            AccountNotice::IdentityLinked,
            Some(Detail::Provider(issuer.clone())),
        ),
        SignInEvent::IdentityUnlinked { issuer, .. } => (
            AccountNotice::IdentityUnlinked,
            Some(Detail::Provider(issuer.clone())),
        ),
        SignInEvent::RecoveryCodesMade => (AccountNotice::RecoveryCodesMade, None),
        SignInEvent::SignedIn { methods, .. } if methods.contains(&Method::RecoveryCode) => {
            (AccountNotice::RecoveryCodeUsed, None)
        }
        SignInEvent::SignedIn { .. }
        | SignInEvent::Refused { .. }
        | SignInEvent::SessionEnded { .. }
        | SignInEvent::SessionsRevoked { .. }
        | SignInEvent::PasskeyCounterBack { .. }
        | SignInEvent::PasswordChangeAsked { .. }
        | SignInEvent::DeviceAnswered { .. }
        | SignInEvent::ApplicationRegistered { .. }
        | SignInEvent::ApplicationSecretMade { .. }
        | SignInEvent::ApplicationChanged { .. }
        | SignInEvent::ApplicationDeleted { .. }
        | SignInEvent::ApplicationSecretRemoved { .. }
        | SignInEvent::ServicePrincipalMade { .. }
        | SignInEvent::ServicePrincipalChanged { .. }
        | SignInEvent::ServicePrincipalDeleted { .. }
        | SignInEvent::ConditionSet { .. }
        | SignInEvent::ConditionRemoved { .. }
        | SignInEvent::KeyMade { .. }
        | SignInEvent::SecretsRewrapped { .. }
        | SignInEvent::KeyRevoked { .. } => return None,
    };
    Some(AccountTopic {
        kind,
        user: *user,
        detail,
    })
}

/// What the letters about an account need to know.
#[derive(Debug, Clone)]
pub struct AccountFacts<'a> {
    /// What is told.
    pub topic: AccountTopic,
    /// The event's place in the audit log.
    pub sequence: i64,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Where links lead.
    pub portal: &'a Portal,
    /// What the account's owner is called.
    pub owner: String,
    /// What whoever did it is called, where that is somebody else.
    pub by: Option<String>,
    /// Who is told.
    pub recipients: Vec<Person>,
}

/// The letters, one to each.
pub fn account_notices(facts: &AccountFacts<'_>) -> Vec<Notice> {
    facts
        .recipients
        .iter()
        .take(RECIPIENTS_MAX)
        .map(|person| write(facts, person))
        .collect()
}

const fn called(method: Method) -> &'static str {
    match method {
        Method::Totp => "authenticator app",
        Method::Passkey => "passkey",
        Method::RecoveryCode => "recovery code",
        Method::Password | Method::ResetCode => "password",
        Method::Upstream | Method::UpstreamMultiFactor | Method::UpstreamPhishingResistant => {
            "account at another provider"
        }
        Method::Demonstration => "choice in a demonstration",
    }
}

fn write(facts: &AccountFacts<'_>, person: &Person) -> Notice {
    let topic = &facts.topic;
    let (subject, before, after) = topic.kind.words();
    let zone = person.zone.as_ref().unwrap_or(&facts.portal.zone);
    let url = &facts.portal.url;
    let mut rows = vec![("When", Piece::Told(zone.tell(facts.recorded_at)))];
    rows.extend(facts.by.clone().map(|by| ("By", Piece::Typed(by))));
    match &topic.detail {
        Some(Detail::Method(method)) => rows.push(("Method", Piece::Fixed(called(*method)))),
        Some(Detail::Provider(issuer)) => rows.push(("Provider", Piece::Typed(issuer.clone()))),
        Some(Detail::Until(until)) => rows.push(("Good until", Piece::Told(zone.tell(*until)))),
        Some(Detail::Token(factor, lifetime)) => {
            let told = match factor {
                Factor::Single => "no",
                Factor::Multi => "yes",
            };
            rows.push(("Counts as two factors", Piece::Fixed(told)));
            rows.push(("Good for", Piece::Told(lifetime.to_string())));
        }
        None => {}
    }
    let for_administrators = topic.kind.is_for_administrators();
    let letter = Letter {
        headline: vec![
            Piece::Fixed(before),
            Piece::Typed(facts.owner.clone()),
            Piece::Fixed(after),
        ],
        rows,
        call: if for_administrators {
            "If nobody should have done this, look at what was done with it in the audit log, after signing in"
        } else {
            "If you know nothing of this, tell an administrator, and look at your sign-in methods and sessions, after signing in"
        },
        link: if for_administrators {
            format!("{url}/audit")
        } else {
            format!("{url}/sign-in/methods")
        },
        foot: if for_administrators {
            "You get this mail because you are a Global Administrator."
        } else {
            "You get this mail because it is about your own account."
        },
    };
    let host = facts.portal.host();
    Notice {
        subject: format!("PIM: {subject}"),
        plain: letter.plain(),
        html: letter.html(),
        message_id: format!(
            "<{}.{}.{:016x}@{host}>",
            facts.sequence,
            facts.recorded_at.micros(),
            digest(&person.address.key())
        ),
        thread_id: format!("<{}@{host}>", topic.user),
        list_id: format!("<{}.accounts.{host}>", topic.user),
        person: Some(person.id),
        about: NoticeAbout::Account(topic.user),
        kind: Told::Account(topic.kind),
        to: person.address.clone(),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::{Address, Zone};
    use super::*;
    use crate::id::{CredentialId, TokenId};

    fn person(number: u128, address: &str) -> Person {
        Person {
            id: PrincipalId::from_uuid(Uuid::from_u128(number)),
            address: Address::parse(address).unwrap(),
            zone: None,
        }
    }

    fn told(event: &Event, by: Option<&str>) -> Notice {
        let portal = Portal {
            url: "https://ephor.contoso.example".into(),
            zone: Zone::default(),
        };
        let facts = AccountFacts {
            topic: account_topic(event).unwrap(),
            sequence: 17,
            recorded_at: "2026-03-02T08:00:00Z".parse().unwrap(),
            portal: &portal,
            owner: "Ada <b>".into(),
            by: by.map(str::to_owned),
            recipients: vec![person(1, "ada@contoso.example")],
        };
        account_notices(&facts).remove(0)
    }

    fn event(entry: SignInEvent) -> Event {
        Event::SignIn {
            user: Some(PrincipalId::from_uuid(Uuid::from_u128(1))),
            entry,
        }
    }

    #[test]
    fn t11_a_reset_by_somebody_else_says_who_and_what_to_do() {
        let reset = event(SignInEvent::PasswordChanged {
            by: PasswordChangedBy::SomebodyElse,
        });
        let letter = told(&reset, Some("Priya"));
        assert_eq!(letter.subject, "PIM: your password was reset");
        assert_eq!(
            letter.plain,
            "Somebody else set a new password for Ada <b>. Every session was ended.\n\n\
             When: Mon 2 Mar 2026, 08:00 UTC\nBy: Priya\n\n\
             If you know nothing of this, tell an administrator, and look at your sign-in methods and sessions, \
             after signing in:\nhttps://ephor.contoso.example/sign-in/methods\n\n\
             You get this mail because it is about your own account.\n"
        );
        assert!(letter.html.contains("<bdi>Ada &lt;b&gt;</bdi>"));
    }

    #[test]
    fn t43_an_operators_token_is_told_with_its_strength_and_lifetime() {
        let issued = Event::TokenIssued {
            user: PrincipalId::from_uuid(Uuid::from_u128(1)),
            token: TokenId::from_uuid(Uuid::from_u128(2)),
            factor: Factor::Multi,
            lifetime: Length::hours(1),
        };
        let letter = told(&issued, Some("the operator"));
        assert!(letter.plain.contains("Counts as two factors: yes\n"));
        assert!(letter.plain.contains("Global Administrator"));
    }

    #[test]
    fn what_is_no_news_of_an_account_is_not_told() {
        let id = CredentialId::from_uuid(Uuid::from_u128(3));
        let method = Method::Passkey;
        assert!(account_topic(&event(SignInEvent::MethodAdded { method, id })).is_some());
        let unknown = Event::SignIn {
            user: None,
            entry: SignInEvent::RecoveryCodesMade,
        };
        assert_eq!(account_topic(&unknown), None);
        assert_eq!(
            account_topic(&event(SignInEvent::KeyMade { key: "k".into() })),
            None
        );
    }

    #[test]
    fn each_word_is_read_back_and_is_no_other_letters() {
        for kind in AccountNotice::ALL {
            assert_eq!(Told::parse(kind.as_str()), Some(Told::Account(*kind)));
        }
        for kind in super::super::NoticeKind::ALL {
            assert_eq!(Told::parse(kind.as_str()), Some(Told::Access(*kind)));
        }
    }
}
