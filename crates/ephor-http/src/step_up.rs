//! What takes a second factor that was shown lately (R-C2, T-42): what others may do, and how somebody signs in.
//!
//! Of browsers it is asked always, for their sessions last; of programs only where `security.api_step_up` says so,
//! because known clients can't answer. What ends access never takes it, and an activation what its policy says.

use http::Method;

use crate::call::Way;
use crate::json::Json;
use crate::options::ApiStepUp;
use crate::rate::{Asked, Turn, turn_of};

/// How old the sign-in behind a request may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignInAge {
    /// As old as its session.
    Any,
    /// A second factor was shown in the last quarter of an hour.
    Fresh,
}

/// Who gives access, or changes who may; the rest of each path makes no difference.
const GIVING: [&str; 13] = [
    "/policies/",
    "/identity/",
    "/ephor/v1/settings",
    "/roleManagement/directory/roleDefinitions",
    "/roleManagement/directory/roleAssignments",
    "/roleManagement/directory/roleAssignmentApprovals",
    "/identityGovernance/privilegedAccess/group/assignmentApprovals",
    "/ephor/v1/scheduleRequests/{}/decide",
    "/directoryRoles",
    "/applications/{}/addPassword",
    "/applications/{}/owners",
    "/servicePrincipals/{}/owners",
    "/servicePrincipals/{}/appRoleAssignments",
];
/// Properties by which an object that is changed gives access, or a way to sign in.
const TELLING: [&str; 5] = [
    "members@odata.bind",
    "owners@odata.bind",
    "membershipRule",
    "passwordProfile",
    "keyCredentials",
];

/// How old it may be for this request.
pub(crate) fn asked_of(asked: &Asked<'_>, way: Way, api: ApiStepUp) -> SignInAge {
    let is_asked = match (way, api) {
        (Way::Cookie, _) | (Way::Bearer, ApiStepUp::Always) => gives(asked),
        (Way::Bearer, ApiStepUp::AsAsked) => false,
    };
    if is_asked {
        SignInAge::Fresh
    } else {
        SignInAge::Any
    }
}

fn gives(asked: &Asked<'_>) -> bool {
    let pattern = asked.pattern;
    if asked.method == Method::GET {
        return false;
    }
    // A policy that is deleted asks nothing any more, and a method that is taken away lets another one count.
    let loosens = ["/identity/", "/policies/", "/users/{}/authentication/"];
    if asked.method == Method::DELETE {
        return loosens.iter().any(|start| pattern.starts_with(start))
            || (is_about_packages(pattern) && pattern.contains("/incompatible"))
            || pattern == "/roleManagement/directory/roleDefinitions/{}";
    }
    if turn_of(asked) == Some(Turn::End) {
        return false;
    }
    let named = |name: &str| match asked.body {
        Some(Json::Object(body)) => body.names().any(|own| own.eq_ignore_ascii_case(name)),
        Some(_) | None => false,
    };
    GIVING.iter().any(|start| pattern.starts_with(start))
        || is_policy(pattern)
        || pattern.ends_with("/members/$ref")
        || pattern.ends_with("/owners/$ref")
        || pattern.ends_with("/scopedRoleMembers")
        || (pattern.ends_with("ScheduleRequests") && is_by_an_administrator(asked))
        || (is_about_packages(pattern) && gives_by_packages(asked))
        || (asked.method == Method::PATCH && TELLING.iter().any(|name| named(name)))
}

/// Role settings beyond Graph's.
fn is_policy(pattern: &str) -> bool {
    pattern.starts_with("/ephor/v1/")
        && (pattern.contains("/policies/") || pattern.ends_with("/policy"))
}

/// Access packages and who runs them (R-G5).
fn is_about_packages(pattern: &str) -> bool {
    pattern.starts_with("/identityGovernance/entitlementManagement/")
        || pattern.starts_with("/roleManagement/entitlementManagement/")
}

/// Everything there says who gets what, but for what people ask for themselves.
fn gives_by_packages(asked: &Asked<'_>) -> bool {
    let pattern = asked.pattern.to_ascii_lowercase();
    if pattern.ends_with("/assignmentrequests")
        || pattern.ends_with("/accesspackageassignmentrequests")
    {
        return is_by_an_administrator(asked);
    }
    !["/cancel", "/getapplicablepolicyrequirements"]
        .iter()
        .any(|end| pattern.ends_with(end))
}

fn is_by_an_administrator(asked: &Asked<'_>) -> bool {
    asked.action().to_ascii_lowercase().starts_with("admin")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::odata::options::{Dollar, Options};

    fn is_fresh(method: &Method, pattern: &str, body: &str) -> bool {
        let options = Options::parse("", Dollar::Needed).unwrap();
        let body = crate::json::parse(body.as_bytes()).ok();
        let asked = Asked {
            method,
            pattern,
            options: &options,
            body: body.as_ref(),
        };
        let of = |way, api| asked_of(&asked, way, api);
        assert_eq!(of(Way::Bearer, ApiStepUp::AsAsked), SignInAge::Any);
        let browser = of(Way::Cookie, ApiStepUp::AsAsked);
        assert_eq!(of(Way::Bearer, ApiStepUp::Always), browser);
        browser == SignInAge::Fresh
    }

    #[test]
    fn t42_what_gives_access_takes_a_fresh_sign_in_and_what_ends_it_does_not() {
        let requests = "/identityGovernance/privilegedAccess/group/eligibilityScheduleRequests";
        let asks = "/identityGovernance/entitlementManagement/assignmentRequests";
        let package = "/identityGovernance/entitlementManagement/accessPackages/{}";
        let incompatible = "/identityGovernance/entitlementManagement/accessPackages/{}/incompatibleGroups/{}/$ref";
        for (method, pattern, body) in [
            (Method::POST, requests, r#"{"action":"AdminAssign"}"#),
            (
                Method::PATCH,
                "/policies/roleManagementPolicies/{}/rules/{}",
                "{}",
            ),
            (Method::PATCH, "/ephor/v1/groups/{}/policies/member", "{}"),
            (Method::POST, "/ephor/v1/scheduleRequests/{}/decide", "{}"),
            (Method::POST, "/groups/{}/members/$ref", "{}"),
            (Method::PATCH, "/groups/{}", r#"{"members@odata.bind":[]}"#),
            (Method::PATCH, "/users/{}", r#"{"passwordProfile":{}}"#),
            (Method::POST, "/applications/{}/addPassword", "{}"),
            (
                Method::DELETE,
                "/users/{}/authentication/fido2Methods/{}",
                "",
            ),
            (
                Method::DELETE,
                "/identity/conditionalAccess/policies/{}",
                "",
            ),
            (Method::POST, asks, r#"{"requestType":"AdminAdd"}"#),
            (Method::PATCH, package, r#"{"displayName":"x"}"#),
            (Method::DELETE, incompatible, ""),
        ] {
            assert!(is_fresh(&method, pattern, body), "{method} {pattern}");
        }
        for (method, pattern, body) in [
            (Method::GET, requests, ""),
            (Method::POST, requests, r#"{"action":"adminRemove"}"#),
            (Method::POST, requests, r#"{"action":"selfActivate"}"#),
            (Method::POST, "/users/{}/revokeSignInSessions", ""),
            (Method::DELETE, "/groups/{}/members/{}/$ref", ""),
            (
                Method::DELETE,
                "/roleManagement/directory/roleAssignments/{}",
                "",
            ),
            (Method::PATCH, "/groups/{}", r#"{"description":"x"}"#),
            (Method::POST, "/me/checkMemberGroups", "{}"),
            (Method::POST, asks, r#"{"requestType":"userAdd"}"#),
            (Method::POST, asks, r#"{"requestType":"adminRemove"}"#),
            (Method::DELETE, package, ""),
        ] {
            assert!(!is_fresh(&method, pattern, body), "{method} {pattern}");
        }
    }
}
