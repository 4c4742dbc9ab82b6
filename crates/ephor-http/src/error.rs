//! The ONE mapping from what went wrong to status, code and words (`pim-groups.md` section 6,
//! `directory.md` 1.2).
//!
//! A refusal is told in its own words. A fault is told as a request id; its cause goes to the log.

use ephor_core::refusal::{Code, Refusal};
use ephor_ops::OpError;
use ephor_store::StoreError;
use http::StatusCode;
use serde_json::{Value, json};

use crate::fields::{BadField, FieldFault};
use crate::odata::{BadQuery, QueryFault};

/// What a refusal is called that a fresh sign-in would overcome (RFC 9470).
pub(crate) const STEP_UP: &str = "insufficient_user_authentication";

/// Which resources an answer is about: they name the same wrong by different codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Users, groups, members.
    Directory,
    /// Directory roles and who has them.
    Roles,
    /// Schedules, instances and requests, of groups' roles and of directory roles.
    Schedules,
    /// Approvals of requests for activation.
    Approvals,
    /// Role management policies.
    Policies,
    /// Catalogs, access packages, their requests and assignments.
    Packages,
    /// What else Graph has: batches, the audit log.
    Other,
    /// What is Ephor's own.
    Ephor,
}

/// An answer that says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HttpError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) target: Option<String>,
    pub(crate) details: Vec<Detail>,
    /// Seconds to wait before asking again.
    pub(crate) retry_after: Option<i64>,
    /// The methods there are, with 405.
    pub(crate) allow: Option<String>,
    /// What the log is told and the client is not.
    pub(crate) cause: Option<String>,
}

/// One of several things that are wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Detail {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl HttpError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            target: None,
            details: Vec::new(),
            retry_after: None,
            allow: None,
            cause: None,
        }
    }

    /// What a client is told, without what only a whole answer has.
    pub(crate) fn shown(&self) -> Value {
        let mut shown = json!({
            "code": self.code,
            "message": self.message,
        });
        if let Some(target) = &self.target {
            shown["target"] = json!(target);
        }
        if !self.details.is_empty() {
            let details = self.details.iter();
            let details = details.map(|one| json!({"code": one.code, "message": one.message}));
            shown["details"] = details.collect();
        }
        shown
    }

    /// 400 with `BadRequest`: what can't even be read.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// 401: the reason is for the log only.
    pub(crate) fn not_signed_in(cause: impl Into<String>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "InvalidAuthenticationToken",
                "The access token is missing, invalid or expired.",
            )
        }
    }

    /// 404 for a path that leads nowhere.
    pub(crate) fn no_such_path(path: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "ResourceNotFound",
            format!("There is nothing at `{}`.", crate::json::clipped(path)),
        )
    }

    /// 404 for an id that can't be one, or under which the caller finds nothing.
    pub(crate) fn not_found(family: Family, id: &str) -> Self {
        refused(&Refusal::not_found(crate::json::clipped(id)), family)
    }

    /// 405 with what there is.
    pub(crate) fn method_not_allowed(method: &http::Method, allow: String) -> Self {
        Self {
            message: if allow.is_empty() {
                "The address is declared, but there is no method for it.".to_owned()
            } else {
                format!("The method {method} is not allowed here; there are {allow}.")
            },
            allow: Some(allow),
            ..Self::new(StatusCode::METHOD_NOT_ALLOWED, "Request_BadRequest", "")
        }
    }

    /// 500: the cause is for the log only.
    pub(crate) fn fault(cause: impl Into<String>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "generalException",
                "Something went wrong in the server; its log has more under this request-id.",
            )
        }
    }

    /// 503: come again.
    pub(crate) fn unavailable(message: &str, retry_after: i64, cause: impl Into<String>) -> Self {
        Self {
            retry_after: Some(retry_after),
            cause: Some(cause.into()),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "serviceNotAvailable",
                message,
            )
        }
    }

    /// A property of the body that is not right.
    pub(crate) fn field(wrong: &BadField, family: Family) -> Self {
        let code = match wrong.fault {
            FieldFault::Malformed => body_code(family),
            FieldFault::Unsupported => "BadRequest",
        };
        Self {
            target: Some(wrong.path.clone()),
            ..Self::new(StatusCode::BAD_REQUEST, code, sentence(&wrong.to_string()))
        }
    }

    /// A body that is not JSON we take; `wrong` completes "the body …".
    pub(crate) fn body(wrong: &str, family: Family) -> Self {
        let code = match family {
            Family::Schedules => "InvalidRoleAssignmentRequest",
            Family::Approvals
            | Family::Directory
            | Family::Roles
            | Family::Policies
            | Family::Packages
            | Family::Other
            | Family::Ephor => "BadRequest",
        };
        Self::new(
            StatusCode::BAD_REQUEST,
            code,
            sentence(&format!("the body {wrong}")),
        )
    }

    /// A query that is not right.
    pub(crate) fn query(wrong: BadQuery, family: Family) -> Self {
        let code = match (family, wrong.fault) {
            (Family::Directory | Family::Roles, QueryFault::Unreadable)
            | (Family::Other | Family::Packages | Family::Ephor, _) => "BadRequest",
            (Family::Directory | Family::Roles, QueryFault::Filter | QueryFault::Unsupported) => {
                "Request_UnsupportedQuery"
            }
            (Family::Schedules | Family::Approvals | Family::Policies, QueryFault::Filter) => {
                "InvalidFilter"
            }
            (
                Family::Schedules | Family::Approvals | Family::Policies,
                QueryFault::Unreadable | QueryFault::Unsupported,
            ) => "BadRequest",
        };
        Self::new(StatusCode::BAD_REQUEST, code, wrong.sentence)
    }

    /// What an operation failed with.
    pub(crate) fn operation(error: &OpError, family: Family) -> Self {
        match error {
            OpError::Refused { refusal, .. } => refused(refusal, family),
            OpError::Store(error) => store(error),
        }
    }
}

const fn body_code(family: Family) -> &'static str {
    match family {
        Family::Directory | Family::Roles => "Request_BadRequest",
        Family::Schedules => "InvalidRoleAssignmentRequest",
        Family::Policies => "InvalidPolicy",
        Family::Approvals | Family::Packages | Family::Other | Family::Ephor => "BadRequest",
    }
}

/// A refusal's status and code.
fn code(code: Code, family: Family) -> (StatusCode, &'static str) {
    let directory = matches!(family, Family::Directory | Family::Roles);
    let bad = StatusCode::BAD_REQUEST;
    match code {
        Code::PolicyRules => (bad, "RoleAssignmentRequestPolicyValidationFailed"),
        Code::AuthenticationContext => (bad, "RoleAssignmentRequestAcrsValidationFailed"),
        Code::AssignmentExists => (bad, "RoleAssignmentExists"),
        Code::AssignmentDoesNotExist => (bad, "RoleAssignmentDoesNotExist"),
        Code::PendingRequest => (bad, "PendingRoleAssignmentRequest"),
        Code::ActiveDurationTooShort => (bad, "ActiveDurationTooShort"),
        Code::SubjectNotFound => (bad, "SubjectNotFound"),
        // Known clients wait for a role that they have just made by just this status and word.
        Code::RoleNotFound => (StatusCode::NOT_FOUND, "RoleNotFound"),
        Code::InvalidRequest if directory => (bad, "Request_BadRequest"),
        Code::InvalidRequest => (bad, "InvalidRoleAssignmentRequest"),
        Code::InvalidSchedule => (bad, "InvalidRoleAssignmentRequestSchedule"),
        Code::InvalidPolicy => (bad, "InvalidPolicy"),
        Code::BadRequest if directory => (bad, "Request_BadRequest"),
        Code::BadRequest => (bad, "BadRequest"),
        Code::KeyExists => (bad, "Request_MultipleObjectsWithSameKeyValue"),
        Code::InvalidFilter => (bad, "InvalidFilter"),
        // Whoever sees a request and is no approver of it (`pim-groups.md` section 6).
        Code::Denied if family == Family::Approvals => (StatusCode::FORBIDDEN, "AccessDenied"),
        Code::Denied => (StatusCode::FORBIDDEN, "Authorization_RequestDenied"),
        Code::MissingScope if directory => (StatusCode::FORBIDDEN, "Authorization_RequestDenied"),
        Code::MissingScope => (StatusCode::FORBIDDEN, "PermissionScopeNotGranted"),
        Code::QuotaExceeded => (StatusCode::FORBIDDEN, "Directory_QuotaExceeded"),
        Code::NotFound if directory => (StatusCode::NOT_FOUND, "Request_ResourceNotFound"),
        Code::NotFound => (StatusCode::NOT_FOUND, "ResourceNotFound"),
        Code::Conflict => (StatusCode::CONFLICT, "Conflict"),
        Code::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "IdempotencyConflict"),
        Code::NotSignedIn => (StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken"),
        Code::SignInTooOld => (StatusCode::UNAUTHORIZED, STEP_UP),
    }
}

/// What clients compare letter for letter, where there is such a text; our own words then go into the
/// details.
fn fixed_message(refusal: &Refusal) -> Option<String> {
    match refusal.code {
        Code::PolicyRules => {
            let mut names: Vec<&str> = Vec::new();
            for failed in &refusal.rules {
                if !names.contains(&failed.rule.as_str()) {
                    names.push(failed.rule.as_str());
                }
            }
            Some(format!(
                "The following policy rules failed: [\"{}\"]",
                names.join("\",\"")
            ))
        }
        Code::AssignmentExists => Some("The Role assignment already exists.".into()),
        Code::AssignmentDoesNotExist => Some("The Role assignment does not exist.".into()),
        Code::AuthenticationContext => refusal.context.as_ref().map(|context| {
            format!(
                "{} &claims=%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%20%22value%22%3A%22{context}%22%7D%7D%7D",
                sentence(&refusal.sentence)
            )
        }),
        Code::ActiveDurationTooShort => Some(format!(
            // The misspelling is the service's own, and clients look for it.
            "The Active duration is too short. Miniumum Required is 5 minutes. {}",
            in_words(refusal)
        )),
        Code::PendingRequest
        | Code::SubjectNotFound
        | Code::RoleNotFound
        | Code::InvalidRequest
        | Code::InvalidSchedule
        | Code::InvalidPolicy
        | Code::BadRequest
        | Code::KeyExists
        | Code::Denied
        | Code::MissingScope
        | Code::NotFound
        | Code::QuotaExceeded
        | Code::InvalidFilter
        | Code::Conflict
        | Code::KeyReused
        | Code::SignInTooOld
        | Code::NotSignedIn => None,
    }
}

fn refused(refusal: &Refusal, family: Family) -> HttpError {
    if refusal.code == Code::NotSignedIn {
        return HttpError::not_signed_in(refusal.sentence.clone());
    }
    let (status, code) = code(refusal.code, family);
    let mut error = HttpError::new(status, code, in_words(refusal));
    error.target.clone_from(&refusal.target);
    if let Some(message) = fixed_message(refusal) {
        error.message = message;
        error.details = refusal
            .rules
            .iter()
            .map(|failed| Detail {
                code: failed.rule.as_str(),
                message: sentence(&failed.sentence),
            })
            .collect();
        if let (Some(hint), true) = (&refusal.hint, error.details.is_empty()) {
            error.details.push(Detail {
                code,
                message: sentence(hint),
            });
        }
    }
    error
}

fn store(error: &StoreError) -> HttpError {
    let cause = error.to_string();
    match error {
        StoreError::Busy => HttpError::unavailable(
            "Too many requests are waiting; try again shortly.",
            1,
            cause,
        ),
        StoreError::Unavailable(_) => HttpError::unavailable(
            "The database is not available at the moment; nothing was changed.",
            5,
            cause,
        ),
        StoreError::OutcomeUnknown(_) => HttpError::unavailable(
            "It is not known whether this was done: read before you ask for it again.",
            5,
            cause,
        ),
        StoreError::ClockBehind { behind } => HttpError::unavailable(
            "The server's clock is behind; nothing is granted until it has caught up. Access still ends on time.",
            behind.as_seconds().saturating_add(1),
            cause,
        ),
        StoreError::Closed => HttpError::unavailable(
            "The server is shutting down; nothing was changed.",
            5,
            cause,
        ),
        StoreError::Damaged(_) | StoreError::Sql(_) | StoreError::Panicked => {
            HttpError::fault(cause)
        }
    }
}

fn in_words(refusal: &Refusal) -> String {
    match &refusal.hint {
        None => sentence(&refusal.sentence),
        Some(hint) => format!("{} {}", sentence(&refusal.sentence), sentence(hint)),
    }
}

/// A phrase as a sentence: a capital in front, a full stop behind. A name that it begins with stays as it
/// is written on the wire.
pub(crate) fn sentence(phrase: &str) -> String {
    let first = phrase.split(' ').next().unwrap_or_default();
    let is_name = first.chars().any(char::is_uppercase);
    let mut chars = phrase.chars();
    let mut text: String = match chars.next() {
        Some(first) if !is_name => first.to_uppercase().chain(chars).collect(),
        Some(_) => phrase.to_owned(),
        None => String::new(),
    };
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use ephor_core::refusal::{FailedRule, RuleName};

    #[test]
    fn failed_rules_are_named_as_clients_know_them_and_told_in_the_details() {
        let failed = |rule, sentence: &str| FailedRule {
            rule,
            sentence: sentence.into(),
        };
        let refusal = Refusal::rules(vec![
            failed(
                RuleName::ExpirationRule,
                "requested 9 h, but at most 8 h is allowed",
            ),
            failed(RuleName::JustificationRule, "a justification is required"),
        ]);
        let error = refused(&refusal, Family::Schedules);
        assert_eq!(
            error.message,
            r#"The following policy rules failed: ["ExpirationRule","JustificationRule"]"#
        );
        assert_eq!(
            error.details[0].message,
            "Requested 9 h, but at most 8 h is allowed."
        );
        assert_eq!(error.details[1].code, "JustificationRule");
    }

    #[test]
    fn a_sentence_keeps_the_names_it_begins_with() {
        for (phrase, told) in [
            ("the body is missing", "The body is missing."),
            (
                "maximumDuration is too long",
                "maximumDuration is too long.",
            ),
            ("`action` is missing", "`action` is missing."),
            ("is that all?", "Is that all?"),
        ] {
            assert_eq!(sentence(phrase), told);
        }
    }

    #[test]
    fn a_missing_context_carries_the_claims_to_sign_in_with() {
        let mut refusal = Refusal::new(Code::AuthenticationContext, "the sign-in is too weak");
        refusal.context = Some("c1".into());
        let error = refused(&refusal, Family::Schedules);
        let (_, claims) = error.message.split_once("&claims=").unwrap();
        let decoded = percent_encoding::percent_decode_str(claims)
            .decode_utf8()
            .unwrap();
        assert_eq!(
            decoded,
            r#"{"access_token":{"acrs":{"essential":true, "value":"c1"}}}"#
        );
    }

    #[test]
    fn a_fault_tells_its_cause_to_the_log_only() {
        let error = store(&StoreError::Sql("no such table: users".into()));
        assert!(!error.message.contains("table"));
        assert_eq!(
            error.cause.as_deref(),
            Some("a database statement failed: no such table: users")
        );
        let error = store(&StoreError::Busy);
        assert_eq!((error.status.as_u16(), error.retry_after), (503, Some(1)));
    }
}
