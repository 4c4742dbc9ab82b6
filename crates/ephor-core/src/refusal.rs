//! Every reason to say no: a stable code, a sentence, and where there is one a way forward.
//!
//! A refusal is an answer, not a fault. Codes are those of `pim-groups.md` section 6; which HTTP status
//! each belongs to is for the edge to say. What a caller may not see is [`Code::NotFound`].

use serde::{Deserialize, Serialize};

/// The stable code of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Code {
    /// One or more policy rules failed; each is named.
    PolicyRules,
    /// The sign-in lacks an authentication context that the policy asks for.
    AuthenticationContext,
    /// The same role, principal and kind is there already.
    AssignmentExists,
    /// There is nothing to change or to end.
    AssignmentDoesNotExist,
    /// Another request of that kind waits for a decision.
    PendingRequest,
    /// Less than five minutes since it was given (R-D3), or asked for less than five minutes (R-D2).
    ActiveDurationTooShort,
    /// No such principal.
    SubjectNotFound,
    /// No such directory role.
    RoleNotFound,
    /// The request does not make sense.
    InvalidRequest,
    /// Its period does not make sense.
    InvalidSchedule,
    /// The policy would not make sense.
    InvalidPolicy,
    /// A directory operation that can't be done that way.
    BadRequest,
    /// An object with this key is there already.
    KeyExists,
    /// The caller may see it but not do this.
    Denied,
    /// The token's client was not allowed to ask for this.
    MissingScope,
    /// There is none, or none that the caller may see.
    NotFound,
    /// A limit on how many there may be is reached.
    QuotaExceeded,
    /// A list needs a filter that names a group or a principal.
    InvalidFilter,
    /// Somebody else was first: the decision is made (R-F2).
    Conflict,
    /// The key under which a request was to have one effect belongs to another request (F-19).
    KeyReused,
    /// What is asked for takes a second factor that was shown lately.
    SignInTooOld,
    /// The token's account is gone, disabled, or was reset since.
    NotSignedIn,
}

/// A policy rule by the name that clients know (`pim-groups.md` section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the clients' own")]
pub enum RuleName {
    EligibilityRule,
    ExpirationRule,
    JustificationRule,
    TicketingRule,
    MfaRule,
    ApprovalRule,
    AdminRequestRule,
    ActivationDayRule,
}

impl RuleName {
    /// The name as it is answered.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EligibilityRule => "EligibilityRule",
            Self::ExpirationRule => "ExpirationRule",
            Self::JustificationRule => "JustificationRule",
            Self::TicketingRule => "TicketingRule",
            Self::MfaRule => "MfaRule",
            Self::ApprovalRule => "ApprovalRule",
            Self::AdminRequestRule => "AdminRequestRule",
            Self::ActivationDayRule => "ActivationDayRule",
        }
    }
}

/// One rule that a request did not meet, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedRule {
    /// Which rule.
    pub rule: RuleName,
    /// What was asked and what is allowed: lower case, no final stop.
    pub sentence: String,
}

/// A refusal: an answer that says no, why, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// Its stable code.
    pub code: Code,
    /// Why, with the value that was wrong: lower case, no final stop.
    pub sentence: String,
    /// What to do instead, where there is something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The property at fault, where there is one, as on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// With [`Code::PolicyRules`]: every rule that failed (R-C5).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<FailedRule>,
    /// With [`Code::AuthenticationContext`]: the context that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
}

impl Refusal {
    /// A refusal for this reason.
    pub fn new(code: Code, sentence: impl Into<String>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
            hint: None,
            target: None,
            rules: Vec::new(),
            context: None,
        }
    }

    /// The same, with a way forward.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, naming the property at fault.
    #[must_use]
    pub fn about(mut self, property: impl Into<String>) -> Self {
        self.target = Some(property.into());
        self
    }

    /// Policy rules that failed, all of them.
    pub fn rules(rules: Vec<FailedRule>) -> Self {
        let sentence = rules
            .iter()
            .map(|failed| failed.sentence.as_str())
            .collect::<Vec<_>>()
            .join("; ");
        Self {
            rules,
            ..Self::new(Code::PolicyRules, sentence)
        }
    }

    /// There is no such directory role: clients wait for one that they have just made by this word.
    pub fn no_such_role(id: impl std::fmt::Display) -> Self {
        Self::new(
            Code::RoleNotFound,
            format!("there is no directory role `{id}`"),
        )
        .about("roleDefinitionId")
    }

    /// There is no such thing, or none that the caller may see: both read alike.
    pub fn not_found(id: impl std::fmt::Display) -> Self {
        Self::new(
            Code::NotFound,
            format!(
                "resource `{id}` does not exist or one of its queried reference-property objects are not present"
            ),
        )
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence)?;
        if let Some(hint) = &self.hint {
            write!(f, " (hint: {hint})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}
