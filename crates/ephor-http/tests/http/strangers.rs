//! Every route refuses strangers: whoever has no token, a wrong one, or one without the permission (T-31).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ephor_http::RouteInfo;
use serde_json::{Value, json};

use crate::support::{Answer, Session, Setup, World, on_every_engine, pim};

/// A request that is right in every way but for who sends it.
fn example(world: &World, route: &RouteInfo, policy: &str) -> (String, Option<Value>) {
    let group = world.group("prod-admins");
    let ada = world.person("ada");
    let mut path = route.path.clone();
    let schedule = format!("{group}_member_{ada}");
    let mut replace = |with: &str| path = path.replacen("{}", with, 1);
    match &route.path {
        path if path.contains("Approvals/filterByCurrentUser") => replace("approver"),
        path if path.contains("filterByCurrentUser") => replace("principal"),
        path if path.contains("Approvals/") => {
            replace(&ada);
            replace(&ada);
        }
        path if path.contains("/roleManagement/") || path.contains("/directoryRole") => {
            replace(&ada);
            replace(&ada);
        }
        path if path.contains("/administrativeUnits/") => {
            replace(&group);
            replace(&ada);
        }
        path if path.contains("resources/") => replace(&group),
        path if path.contains("directoryAudits/") => replace("PIM_1_0_1"),
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
    if route.method == "GET"
        && path.contains("Schedule")
        && !path.contains("/roleManagement/")
        && (path.ends_with('s') || path.ends_with("$count"))
    {
        path = format!("{path}?$filter={filter}");
    }
    if route.method == "GET"
        && path.contains("/policies/")
        && (path.ends_with('s') || path.ends_with("/$count"))
        && !path.contains("ules")
    {
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
        ("POST", path) if path.ends_with("/cancel") => json!({}),
        ("POST", path) if path.contains("/role") && path.contains("ScheduleRequests") => json!({
            "action": "adminAssign", "principalId": ada, "directoryScopeId": "/",
            "roleDefinitionId": "4a5d8f65-41da-4de4-8968-e035b65339cf",
            "scheduleInfo": {"expiration": {"type": "noExpiration"}},
        }),
        ("POST", path) if path.ends_with("/roleAssignments") => json!({
            "principalId": ada, "directoryScopeId": "/",
            "roleDefinitionId": "4a5d8f65-41da-4de4-8968-e035b65339cf",
        }),
        ("POST", path) if path.ends_with("/roleDefinitions") => json!({
            "displayName": "r", "isEnabled": true,
            "rolePermissions": [{"allowedResourceActions": ["microsoft.directory/groups/basic/update"]}],
        }),
        ("POST", path) if path.ends_with("/directoryRoles") => {
            json!({"roleTemplateId": "4a5d8f65-41da-4de4-8968-e035b65339cf"})
        }
        ("POST", path) if path.ends_with("/administrativeUnits") => json!({"displayName": "u"}),
        ("POST", path) if path.ends_with("/scopedRoleMembers") => json!({
            "roleId": "fdd7a751-b60b-444a-984c-02652fe8fa1c", "roleMemberInfo": {"id": ada},
        }),
        ("PATCH", path) if path.contains("/roleDefinitions/") || path.contains("Units/") => {
            json!({"displayName": "other"})
        }
        ("POST", path) if path.ends_with("/decide") => json!({"decision": "deny"}),
        ("POST", path) if path.ends_with("/$batch") => {
            json!({"requests": [{"id": "1", "method": "GET", "url": "/me"}]})
        }
        ("POST", path) if path.ends_with("/activations") => json!({"activations": [
            {"groupId": group, "accessId": "member", "justification": "x", "scheduleInfo":
                {"expiration": {"type": "afterDuration", "duration": "PT1H"}}},
        ]}),
        ("POST", path) if path.ends_with("/manage") => json!({"groupIds": [group]}),
        ("PATCH", path) if path.contains("Approvals/") => json!({"reviewResult": "Deny"}),
        ("PATCH", path) if path.ends_with("/settings") => json!({"removalFloor": "PT1M"}),
        ("POST", path) if path.contains("ScheduleRequests") => {
            world.assignment("ada", "prod-admins", "P1D")
        }
        ("PATCH", path) => {
            let rule = json!({
                "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyExpirationRule",
                "id": "Expiration_EndUser_Assignment", "maximumDuration": "PT4H",
            });
            if path.ends_with("/rules/{}") {
                rule
            } else {
                json!({"rules": [rule]})
            }
        }
        ("POST", "/demo/clock") => json!({"advance": "PT1H"}),
        ("POST", path) => panic!("{path}: a body is missing here"),
        (_, _) => return (path, None),
    };
    (path, Some(body))
}

async fn send(
    session: &Session<'_>,
    route: &RouteInfo,
    path: &str,
    body: Option<&Value>,
) -> Answer {
    let body = body.map(|body| body.to_string().into_bytes());
    // So that `/$count` in the directory is not refused for another reason.
    let headers = [("consistencylevel", "eventual")];
    session
        .send(route.method.as_str(), path, &headers, body)
        .await
}

/// A token whose parts were put together by somebody else.
fn forged(world: &World, header: &Value) -> String {
    let token = world.mint("admin", &json!({}));
    let claims = token.split('.').nth(1).unwrap();
    format!("{}.{claims}.", URL_SAFE_NO_PAD.encode(header.to_string()))
}

/// The same token with one bit of its signature turned over.
fn tampered(token: &str) -> String {
    let (front, signature) = token.rsplit_once('.').unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    bytes[10] ^= 1;
    format!("{front}.{}", URL_SAFE_NO_PAD.encode(bytes))
}

on_every_engine! {
    /// T-31, T-32: no token, a broken one, one that is over, somebody else's, a forged one: each route says
    /// the same 401 and nothing else, whatever else was wrong. A good token without the permission: 403.
    t31_every_route_refuses_strangers, Setup::demonstration(), |world| {
        let list = format!(
            "/v1.0/policies/roleManagementPolicies?$filter=scopeId eq '{}' and scopeType eq 'Group'",
            world.group("prod-admins")
        );
        let policy = world.admin().get(&list).await.expect(200).each("id").remove(0);
        let routes = ephor_http::routes();
        assert!(routes.len() > 90, "{}", routes.len());
        let mut open: Vec<&str> = routes.iter().filter(|route| !route.needs_token).map(|route| route.path.as_str()).collect();
        open.sort_unstable();
        assert_eq!(open, ["/demo/clock", "/healthz", "/openapi.json", "/readyz", "/v1.0/$metadata", "/version"], "only these are open");

        let good = world.mint("admin", &json!({}));
        let strangers = [
            world.nobody(),
            world.holder_of(String::new()),
            world.holder_of("not.a.token".into()),
            world.holder_of(tampered(&good)),
            world.holder_of(forged(&world, &json!({"typ": "at+jwt", "alg": "none"}))),
            world.holder_of(world.mint("admin", &json!({"aud": "https://other.example"}))),
            world.holder_of(world.mint("admin", &json!({"iss": "https://login.microsoftonline.com/x/v2.0"}))),
            world.with_claims("admin", json!({"iat": 1_700_000_000, "nbf": 1_700_000_000, "exp": 1_700_000_600})),
        ];
        let mut guarded: Vec<&RouteInfo> = routes.iter().filter(|route| route.needs_token).collect();
        let before = world.audited().await;
        for route in &guarded {
            let (path, body) = example(&world, route, &policy);
            // What else is wrong is no business of whoever has no good token.
            let worse = format!("{path}{}$top=0&$top=0", if path.contains('?') { '&' } else { '?' });
            for (path, body) in [(&path, body.clone()), (&worse, body.as_ref().map(|_| json!([])))] {
                for stranger in &strangers {
                    let told = send(stranger, route, path, body.as_ref()).await.refused(401, "InvalidAuthenticationToken");
                    assert_eq!(told.message(), "The access token is missing, invalid or expired.");
                    assert_eq!(told.error().as_object().unwrap().len(), 3, "nothing more is told: {}", told.text);
                    assert_eq!(told.headers["www-authenticate"], "Bearer");
                }
            }
            let beta = path.replacen("/v1.0/", "/beta/", 1);
            send(&world.nobody(), route, &beta, body.as_ref()).await.refused(401, "InvalidAuthenticationToken");
        }
        assert_eq!(world.audited().await, before, "strangers leave nothing behind");

        // What holds several answers is itself answered, and tells of each by itself.
        let several = ["/v1.0/$batch", "/ephor/v1/activations", "/ephor/v1/groups/manage"];
        guarded.retain(|route| !several.contains(&route.path.as_str()));
        for route in &guarded {
            let (path, body) = example(&world, route, &policy);
            let powerless = world.with_claims("admin", json!({"scp": "openid"}));
            let told = send(&powerless, route, &path, body.as_ref()).await.expect(403);
            let code = told.error()["code"].as_str().unwrap().to_owned();
            assert!(["Authorization_RequestDenied", "PermissionScopeNotGranted"].contains(&code.as_str()), "{code}");
        }
        // R-I1: what was refused for want of a permission is recorded where it would have changed something.
        let changes = guarded.iter().filter(|route| route.method != "GET").count();
        assert_eq!(world.audited().await - before, i64::try_from(changes).unwrap());
        assert_eq!(world.last_event().await, "attemptRefused");
    }
}

on_every_engine! {
    /// T-08: to whoever may not see a thing it is not there: the same answer, but for the id that was asked for.
    t08_what_may_not_be_seen_and_what_is_not_there_are_answered_alike, |world| {
        let made = world.make_eligible("ada", "prod-admins").await.json();
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        let missing = "00000000-0000-4000-8000-000000000000";
        let group = world.group("prod-admins");
        for (path, own, other) in [
            ("eligibilitySchedules/", text("targetScheduleId"), format!("{group}_member_{missing}")),
            ("eligibilityScheduleInstances/", text("targetScheduleId"), format!("{group}_member_{missing}")),
            ("eligibilityScheduleRequests/", text("id"), missing.to_owned()),
        ] {
            let carol = world.as_person("carol");
            let hidden = carol.get(&pim(&format!("{path}{own}"))).await.refused(404, "ResourceNotFound");
            let absent = carol.get(&pim(&format!("{path}{other}"))).await.refused(404, "ResourceNotFound");
            assert_eq!(hidden.message().replace(&own, "…"), absent.message().replace(&other, "…"), "{path}");
            world.ada().get(&pim(&format!("{path}{own}"))).await.expect(200);
        }
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
        let path = pim(&format!("eligibilitySchedules/{schedule}"));
        world.as_person("carol").get(&path).await.refused(404, "ResourceNotFound");
        world.ada().get(&path).await.expect(200);
        let list = pim(&format!("eligibilitySchedules?$filter=groupId eq '{}'", world.group("prod-admins")));
        world.as_person("carol").get(&list).await.refused(403, "Authorization_RequestDenied");
        let body = world.assignment("carol", "prod-admins", "P1D");
        let path = pim("assignmentScheduleRequests");
        world.as_person("carol").post(&path, &body).await.refused(403, "Authorization_RequestDenied");
        assert_eq!(world.last_event().await, "attemptRefused");
        let for_ada = world.activation("ada", "prod-admins");
        world.as_person("carol").post(&path, &for_ada).await.refused(403, "Authorization_RequestDenied");
    }
}
