//! The words in which people say what a policy asks for, and the rules that they mean.

use std::str::FromStr;

use ephor_core::policy::{Enabled, NotificationLevel, Occasion, RecipientKind, RuleId};

/// What must be given on activation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Needs(pub(crate) Vec<Enabled>);

/// What must be given on active assignment: a ticket can't be asked for there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActiveNeeds(pub(crate) Vec<Enabled>);

/// Who hears of what, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notify {
    /// The rule that is about it.
    pub(crate) rule: RuleId,
    /// Which mails are sent.
    pub(crate) level: NotificationLevel,
}

/// Who else hears of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recipients {
    /// The rule that is about it.
    pub(crate) rule: RuleId,
    /// Their addresses.
    pub(crate) addresses: Vec<String>,
}

/// What something that must be given is called.
pub(crate) const fn need(enabled: Enabled) -> &'static str {
    match enabled {
        Enabled::MultiFactorAuthentication => "mfa",
        Enabled::Justification => "justification",
        Enabled::Ticketing => "ticket",
    }
}

/// What an event is called that somebody hears of.
pub(crate) const fn event(occasion: Occasion) -> &'static str {
    match occasion {
        Occasion::AdminEligibility => "eligible",
        Occasion::AdminAssignment => "active",
        Occasion::EndUserAssignment => "activated",
    }
}

/// What those are called who hear of it.
pub(crate) const fn whom(kind: RecipientKind) -> &'static str {
    match kind {
        RecipientKind::Admin => "admin",
        RecipientKind::Requestor => "requestor",
        RecipientKind::Approver => "approver",
    }
}

fn needs(text: &str, known: &[Enabled]) -> Result<Vec<Enabled>, String> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(Vec::new());
    }
    text.split(',')
        .map(|word| {
            let word = word.trim();
            let found = known
                .iter()
                .find(|one| need(**one).eq_ignore_ascii_case(word));
            found.copied().ok_or_else(|| {
                let words: Vec<&str> = known.iter().map(|one| need(*one)).collect();
                format!(
                    "`{}` can't be asked for; write some of {}, with commas between, or none",
                    word.escape_debug(),
                    words.join(", ")
                )
            })
        })
        .collect()
}

impl FromStr for Needs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        needs(text, &Enabled::ALL).map(Self)
    }
}

impl FromStr for ActiveNeeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = [Enabled::MultiFactorAuthentication, Enabled::Justification];
        needs(text, &known).map(Self)
    }
}

/// Reads `EVENT:WHOM=…`: the rule, and what stands after it.
fn notification(text: &str) -> Result<(RuleId, &str), String> {
    let wrong = || {
        let events: Vec<&str> = Occasion::ALL.iter().map(|one| event(*one)).collect();
        let people: Vec<&str> = RecipientKind::ALL.iter().map(|one| whom(*one)).collect();
        format!(
            "`{}` does not say of what and to whom; write EVENT:WHOM=…, with one of {} and one of {}",
            text.escape_debug(),
            events.join(", "),
            people.join(", ")
        )
    };
    let (about, rest) = text.split_once('=').ok_or_else(wrong)?;
    let (of, to) = about.split_once(':').ok_or_else(wrong)?;
    let mut occasions = Occasion::ALL.into_iter();
    let occasion = occasions.find(|one| event(*one).eq_ignore_ascii_case(of.trim()));
    let mut kinds = RecipientKind::ALL.into_iter();
    let kind = kinds.find(|one| whom(*one).eq_ignore_ascii_case(to.trim()));
    let (Some(occasion), Some(kind)) = (occasion, kind) else {
        return Err(wrong());
    };
    Ok((RuleId::Notification(kind, occasion), rest.trim()))
}

impl FromStr for Notify {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (rule, level) = notification(text)?;
        let level = NotificationLevel::parse(level).ok_or_else(|| {
            format!(
                "`{}` is no level; write all, critical or none",
                level.escape_debug()
            )
        })?;
        Ok(Self { rule, level })
    }
}

impl FromStr for Recipients {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (rule, list) = notification(text)?;
        let addresses = if list.eq_ignore_ascii_case("none") {
            Vec::new()
        } else {
            list.split(',').map(|one| one.trim().to_owned()).collect()
        };
        Ok(Self { rule, addresses })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_said_in_short_words() {
        assert_eq!("none".parse::<Needs>().unwrap().0, []);
        assert_eq!(
            "ticket, MFA".parse::<Needs>().unwrap().0,
            [Enabled::Ticketing, Enabled::MultiFactorAuthentication]
        );
        for wrong in ["", "password", "mfa,"] {
            let said = wrong.parse::<Needs>().unwrap_err();
            assert!(said.contains("mfa, justification, ticket"), "{said}");
        }
        let said = "ticket".parse::<ActiveNeeds>().unwrap_err();
        assert!(said.contains("write some of mfa, justification,"), "{said}");
    }

    #[test]
    fn a_notification_names_its_rule() {
        let notify: Notify = "activated:Admin=critical".parse().unwrap();
        assert_eq!(
            notify.rule.to_string(),
            "Notification_Admin_EndUser_Assignment"
        );
        assert_eq!(notify.level, NotificationLevel::Critical);
        let also: Recipients = "eligible:requestor=a@x.example, b@x.example"
            .parse()
            .unwrap();
        assert_eq!(
            also.rule.to_string(),
            "Notification_Requestor_Admin_Eligibility"
        );
        assert_eq!(also.addresses, ["a@x.example", "b@x.example"]);
        assert_eq!(
            "active:approver=none"
                .parse::<Recipients>()
                .unwrap()
                .addresses,
            [""; 0]
        );
        for wrong in [
            "activated=all",
            "activated:all",
            "x:admin=all",
            "activated:x=all",
        ] {
            let said = wrong.parse::<Notify>().unwrap_err();
            assert!(said.contains("EVENT:WHOM"), "{said}");
        }
        assert!(
            "activated:admin=loud"
                .parse::<Notify>()
                .unwrap_err()
                .contains("no level")
        );
    }
}
