//! Every route refuses strangers: whoever has no token, a wrong one, or one without the permission (T-31).

use ephor_http::RouteInfo;
use serde_json::{Value, json};

use crate::support::{Session, World, on_every_engine};

/// A request that is right in every way but for who sends it.
fn example(world: &World, route: &RouteInfo, policy: &str) -> (String, Option<Value>) {
    let group = world.group("prod-admins");
    let ada = world.person("ada");
    let mut path = route.path.clone();
    let schedule = format!("{group}_member_{ada}");
    let mut replace = |with: &str| path = path.replacen("{}", with, 1);
    match &route.path {
        path if path.contains("filterByCurrentUser") => replace("principal"),
        path if path.contains("PolicyAssignments/") => replace(&format!("{policy}_member")),
        path if path.contains("Policies/") => {
            replace(policy);
            replace("Expiration_EndUser_Assignment");
        }
        path if path.contains("Schedules/") || path.contains("Instances/") => replace(&schedule),
        path if path.contains("/users/") => replace(&ada),
        path if path.contains("/directoryObjects/") => replace(&ada),
        path if path.contains("Requests/") => replace(&ada),
        path if path.contains("/groups/") => {
            replace(&group);
            replace(&ada);
        }
        _ => {}
    }
    assert!(!path.contains("{}"), "{path}: an example is missing here");
    let filter = format!("groupId eq '{group}'");
    if path.contains("privilegedAccess") && (path.ends_with('s') || path.ends_with("$count")) {
        path = format!("{path}?$filter={filter}");
    }
    if path.contains("/policies/") && path.ends_with('s') && !path.contains("ules") {
        path = format!("{path}?$filter=scopeId eq '{group}' and scopeType eq 'Group'");
    }
    if route.method == "DELETE" && path.ends_with("members/$ref") | path.ends_with("owners/$ref") {
        path = format!("{path}?@id=https://x.example/v1.0/directoryObjects/{ada}");
    }
    let body = match (route.method.as_str(), route.path.as_str()) {
        ("POST", "/v1.0/users") => json!({
            "accountEnabled": true, "displayName": "Eve", "mailNickname": "eve",
            "userPrincipalName": "eve@contoso.example",
            "passwordProfile": {"password": "correct horse battery"},
        }),
        ("POST", "/v1.0/groups") => json!({
            "displayName": "g", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true,
        }),
        ("POST", path) if path.ends_with("/$ref") => {
            json!({"@odata.id": format!("https://x.example/v1.0/directoryObjects/{ada}")})
        }
        ("POST", path) if path.contains("ScheduleRequests") => {
            world.assignment("ada", "prod-admins", "P1D")
        }
        ("PATCH", path) => {
            let rule = json!({
                "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyExpirationRule",
                "id": "Expiration_EndUser_Assignment", "maximumDuration": "PT4H",
            });
            if path.ends_with("/rules/{}") { rule } else { json!({"rules": [rule]}) }
        }
        ("POST", "/demo/clock") => json!({"advance": "PT1H"}),
        ("POST", path) => panic!("{path}: a body is missing here"),
        (_, _) => return (path, None),
    };
    (path, Some(body))
}

async fn send(session: &Session<'_>, route: &RouteInfo, path: &str, body: Option<&Value>) -> crate::support::Answer {
    let body = body.map(|body| body.to_string().into_bytes());
    // So that `/$count` in the directory is not refused for another reason.
    let headers = [("consistencylevel", "eventual")];
    session.send(route.method.as_str(), path, &headers, body).await
}

on_every_engine! {
    every_route_refuses_strangers, |world| {
        let list = format!(
            "/v1.0/policies/roleManagementPolicies?$filter=scopeId eq '{}' and scopeType eq 'Group'",
            world.group("prod-admins")
        );
        let policy = world.admin().get(&list).await.expect(200).each("id").remove(0);
        let before = world.audited().await;
        let routes = ephor_http::routes();
        assert!(routes.len() > 100, "{}", routes.len());
        let open: Vec<&str> = routes.iter().filter(|route| !route.needs_token).map(|route| route.path.as_str()).collect();
        assert_eq!(open.len(), 4, "only these are open: {open:?}");
        for route in routes.iter().filter(|route| route.needs_token) {
            let (path, body) = example(&world, route, &policy);
            for path in [path.clone(), path.replacen("/v1.0/", "/beta/", 1)] {
                let told = send(&world.nobody(), route, &path, body.as_ref()).await
                    .refused(401, "InvalidAuthenticationToken");
                assert_eq!(told.headers["www-authenticate"], "Bearer");
                let expired = world.with_claims("admin", json!({"iat": 1_700_000_000, "nbf": 1_700_000_000, "exp": 1_700_000_600}));
                send(&expired, route, &path, body.as_ref()).await
                    .refused(401, "InvalidAuthenticationToken");
                // Whose token is over learns nothing of what else was wrong.
                send(&expired, route, &format!("{path}{}$top=0&$top=0", if path.contains('?') { '&' } else { '?' }), Some(&json!([]))).await
                    .refused(401, "InvalidAuthenticationToken");
                let powerless = world.with_claims("admin", json!({"scp": "openid"}));
                let told = send(&powerless, route, &path, body.as_ref()).await.expect(403);
                let code = told.error()["code"].as_str().unwrap().to_owned();
                assert!(["Authorization_RequestDenied", "PermissionScopeNotGranted"].contains(&code.as_str()), "{code}");
            }
        }
        // What was refused for want of a permission is recorded where it would have changed something;
        // nothing else has happened.
        let changes = routes.iter().filter(|route| route.needs_token && route.method != "GET").count();
        assert_eq!(world.audited().await - before, 2 * i64::try_from(changes).unwrap());
        assert_eq!(world.last_event().await, "attemptRefused");
    }
}

on_every_engine! {
    /// A token whose account is gone is no token.
    the_token_of_a_deleted_account_is_no_good, |world| {
        let path = format!("/v1.0/users/{}", world.person("bob"));
        world.as_person("bob").get("/v1.0/me").await.expect(200);
        world.admin().delete(&path).await.expect(204);
        world.as_person("bob").get("/v1.0/me").await.refused(401, "InvalidAuthenticationToken");
        world.admin().get(&path).await.refused(404, "Request_ResourceNotFound");
    }
}

on_every_engine! {
    /// What somebody may not see does not exist for them; what they may see and not do is denied.
    what_may_not_be_seen_does_not_exist, |world| {
        let made = world.make_eligible("ada", "prod-admins").await.json();
        let schedule = made["targetScheduleId"].as_str().unwrap();
        let path = crate::support::pim(&format!("eligibilitySchedules/{schedule}"));
        world.as_person("carol").get(&path).await.refused(404, "ResourceNotFound");
        world.ada().get(&path).await.expect(200);
        let list = crate::support::pim(&format!("eligibilitySchedules?$filter=groupId eq '{}'", world.group("prod-admins")));
        world.as_person("carol").get(&list).await.refused(403, "Authorization_RequestDenied");
        let body = world.assignment("carol", "prod-admins", "P1D");
        let path = crate::support::pim("assignmentScheduleRequests");
        world.as_person("carol").post(&path, &body).await.refused(403, "Authorization_RequestDenied");
        assert_eq!(world.last_event().await, "attemptRefused");
        let for_ada = world.activation("ada", "prod-admins");
        world.as_person("carol").post(&path, &for_ada).await.refused(403, "Authorization_RequestDenied");
    }
}
