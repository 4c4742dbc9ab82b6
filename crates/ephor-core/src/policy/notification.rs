//! Who hears of an event (R-C4): the nine notification rules.

use serde::{Deserialize, Serialize};

use super::invalid;
use crate::refusal::Refusal;

/// How many additional recipients a rule may name (`security.md` section 5).
pub const RECIPIENTS_MAX: usize = 50;

/// Whom a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RecipientKind {
    /// Those who run the group.
    Admin,
    /// The assignee, or whoever activates.
    Requestor,
    /// Those who approve.
    Approver,
}

impl RecipientKind {
    /// All three, in the order in which their rules are answered.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Requestor, Self::Approver];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "Admin",
            Self::Requestor => "Requestor",
            Self::Approver => "Approver",
        }
    }
}

/// Which mails are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotificationLevel {
    /// None.
    None,
    /// Only those that call for action.
    Critical,
    /// All.
    All,
}

impl NotificationLevel {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Critical => "Critical",
            Self::All => "All",
        }
    }

    /// Reads the word on the wire, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::None, Self::Critical, Self::All]
            .into_iter()
            .find(|one| text.eq_ignore_ascii_case(one.as_str()))
    }
}

/// Whether those whom a rule is about get mails, besides the additional recipients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DefaultRecipients {
    /// They do.
    Included,
    /// Only the additional recipients do.
    LeftOut,
}

/// Who hears of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationRule {
    /// Which mails.
    pub level: NotificationLevel,
    /// Whether those whom the rule is about get them.
    pub defaults: DefaultRecipients,
    /// Who else does, by mail address.
    pub recipients: Vec<String>,
}

impl Default for NotificationRule {
    fn default() -> Self {
        Self {
            level: NotificationLevel::All,
            defaults: DefaultRecipients::Included,
            recipients: Vec::new(),
        }
    }
}

/// The three rules of one occasion.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notifications {
    /// To those who run the group.
    pub admin: NotificationRule,
    /// To the assignee or requestor.
    pub requestor: NotificationRule,
    /// To those who approve.
    pub approver: NotificationRule,
}

/// A change of a notification rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotificationChange {
    /// Which mails.
    pub level: Option<NotificationLevel>,
    /// Whether those whom the rule is about get them.
    pub defaults: Option<bool>,
    /// Who else does.
    pub recipients: Option<Vec<String>>,
}

impl Notifications {
    /// The rule about these recipients.
    pub const fn to(&self, kind: RecipientKind) -> &NotificationRule {
        match kind {
            RecipientKind::Admin => &self.admin,
            RecipientKind::Requestor => &self.requestor,
            RecipientKind::Approver => &self.approver,
        }
    }

    pub(super) fn change(
        &mut self,
        kind: RecipientKind,
        change: &NotificationChange,
    ) -> Result<(), Refusal> {
        let rule = match kind {
            RecipientKind::Admin => &mut self.admin,
            RecipientKind::Requestor => &mut self.requestor,
            RecipientKind::Approver => &mut self.approver,
        };
        if let Some(level) = change.level {
            rule.level = level;
        }
        if let Some(included) = change.defaults {
            rule.defaults = if included {
                DefaultRecipients::Included
            } else {
                DefaultRecipients::LeftOut
            };
        }
        if let Some(recipients) = &change.recipients {
            if recipients.len() > RECIPIENTS_MAX {
                return Err(invalid(format!(
                    "{} recipients are named, but at most {RECIPIENTS_MAX} can be",
                    recipients.len()
                )));
            }
            if let Some(bad) = recipients.iter().find(|address| !is_address(address)) {
                return Err(invalid(format!(
                    "notificationRecipients holds `{}`, which is not a plain mail address; write name@domain.example",
                    shown(bad)
                )));
            }
            rule.recipients.clone_from(recipients);
        }
        Ok(())
    }
}

/// The longest mail address, and the longest part of one before the `@` (RFC 5321).
const ADDRESS_MAX: usize = 254;
const LOCAL_MAX: usize = 64;
/// The longest label of a domain.
const LABEL_MAX: usize = 63;

/// A plain mail address that every mail server takes for one: ASCII, no quotes or comments, one `@`, a
/// domain of letters, digits and hyphens. Nothing in it could end a header or begin another address.
pub fn is_address(text: &str) -> bool {
    text.len() <= ADDRESS_MAX
        && text
            .split_once('@')
            .is_some_and(|(local, domain)| is_local(local) && is_domain(domain))
}

fn is_local(local: &str) -> bool {
    let is_atom = |atom: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
        !atom.is_empty() && atom.chars().all(plain)
    };
    local.len() <= LOCAL_MAX && local.split('.').all(is_atom)
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty()
            && label.len() <= LABEL_MAX
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(plain)
    };
    domain.contains('.') && domain.split('.').all(is_label)
}

/// What was given, cut, so that a refusal does not repeat a whole body.
fn shown(text: &str) -> String {
    const SHOWN_MAX: usize = 80;
    let mut shown: String = text.chars().take(SHOWN_MAX).collect();
    if text.chars().nth(SHOWN_MAX).is_some() {
        shown.push('…');
    }
    shown.escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_c4_a_recipient_is_a_plain_address() {
        for bad in [
            "",
            "ops",
            "a@b",
            "a@b.example\r\nBcc: c@d.example",
            "a@@b.example",
            "<a@b.example>",
            "a b@c.example",
            "a@b.example,c@d.example",
            "a@b.example\nc@d.example",
            "a@b.example\0",
            "\"a\"@b.example",
            "a(b)@c.example",
            ".a@b.example",
            "a..b@c.example",
            "a.@b.example",
            "a@-b.example",
            "a@b-.example",
            "a@b_c.example",
            "a@b..example",
            "a@b.example.",
            "a@[127.0.0.1]",
            "zoë@b.example",
            "a@größe.example",
            "a\u{202e}@b.example",
            &format!("{}@b.example", "a".repeat(65)),
            &format!("a@{}.example", "b".repeat(64)),
            &format!("a@{}.example", "b.".repeat(130)),
        ] {
            let change = NotificationChange {
                recipients: Some(vec![bad.into()]),
                ..NotificationChange::default()
            };
            assert!(
                Notifications::default()
                    .change(RecipientKind::Admin, &change)
                    .is_err(),
                "{bad:?}"
            );
        }
        for good in [
            "ops+pim@contoso.example",
            "o'brien@contoso.example",
            "a_b-c.d@sub.contoso.example",
            "guest_fabrikam.example#EXT#@contoso.example",
            "a@xn--gre-ioa.example",
            &format!("{}@b.example", "a".repeat(64)),
        ] {
            assert!(is_address(good), "{good}");
        }
        let long = NotificationChange {
            recipients: Some(vec!["x".repeat(60_000)]),
            ..NotificationChange::default()
        };
        let told = Notifications::default().change(RecipientKind::Admin, &long);
        assert!(told.unwrap_err().sentence.len() < 300);
    }
}
