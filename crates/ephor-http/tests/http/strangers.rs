//! Every route refuses strangers: whoever has no token, a wrong one, or one without the permission (T-31).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ephor_http::{OperatorTokens, RouteInfo};
use serde_json::{Value, json};

use crate::examples::Examples;
use crate::support::{Answer, Session, Setup, World, on_every_engine, pim};

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

/// Whether a route changes something: one that takes a body only looks up what is in it.
fn changes(route: &RouteInfo) -> bool {
    let looks_up = [
        "/getByIds",
        "/checkMember",
        "/getMember",
        "/getApplicablePolicyRequirements",
    ];
    route.method != "GET" && !looks_up.iter().any(|name| route.path.contains(name))
}

on_every_engine! {
    /// T-31, T-32: no token, a broken one, one that is over, somebody else's, a forged one: each route says
    /// the same 401 and nothing else, whatever else was wrong. A good token without the permission: 403.
    t31_every_route_refuses_strangers, Setup::demonstration(), |world| {
        let examples = Examples::of(&world).await;
        let routes = ephor_http::routes();
        assert!(routes.len() > 90, "{}", routes.len());
        let mut open: Vec<&str> = routes.iter().filter(|route| !route.needs_token).map(|route| route.path.as_str()).collect();
        open.sort_unstable();
        assert_eq!(open, ["/demo/clock", "/healthz", "/metadata/endpoints", "/openapi.json", "/readyz", "/v1.0/$metadata", "/version"], "only these are open");

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
            let (path, body) = examples.request(route);
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
            let (path, body) = examples.request(route);
            let powerless = world.with_claims("admin", json!({"scp": "openid"}));
            let told = send(&powerless, route, &path, body.as_ref()).await.expect(403);
            let code = told.error()["code"].as_str().unwrap().to_owned();
            assert!(["Authorization_RequestDenied", "PermissionScopeNotGranted"].contains(&code.as_str()), "{code}");
        }
        // R-I1: what was refused for want of a permission is recorded where it would have changed something.
        let changes = guarded.iter().filter(|route| changes(route)).count();
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

/// The claims of a token that the operator issued.
fn operators() -> Value {
    json!({"ephor_issuance": "operator", "amr": ["pwd"]})
}

fn serving(operator_tokens: OperatorTokens) -> Setup {
    Setup {
        operator_tokens,
        ..Setup::default()
    }
}

on_every_engine! {
    /// T-43: with `full` a token that the operator issued does what its user may, and each entry that it
    /// causes says so.
    t43_an_operators_token_is_marked_in_the_record, serving(OperatorTokens::Full), |world| {
        let body = world.assignment("ada", "prod-admins", "P1D");
        world.with_claims("admin", operators()).post(&pim("eligibilityScheduleRequests"), &body).await.expect(201);
        let newest = world.admin().get("/ephor/v1/audit?$top=1").await.expect(200).rows().remove(0);
        assert_eq!(newest["caller"]["issuance"], "operator", "{newest}");
    }
}

/// What holds several answers tells of each by itself.
fn several(path: &str) -> bool {
    path.ends_with("/activations") || path.ends_with("/manage")
}

on_every_engine! {
    /// T-43: with `read` such a token reads, and every route that changes something refuses it.
    t43_an_operators_token_may_only_read_where_it_is_set_so, serving(OperatorTokens::ReadOnly), |world| {
        let examples = Examples::of(&world).await;
        let session = world.with_claims("admin", operators());
        for route in ephor_http::routes().iter().filter(|route| route.needs_token) {
            let (path, body) = examples.request(route);
            let told = send(&session, route, &path, body.as_ref()).await;
            if !changes(route) || path.ends_with("/$batch") {
                // A batch is judged by what is in it, and the example only reads.
                assert!([200, 204, 404].contains(&told.status), "{}: {}", told.asked, told.text);
            } else if several(&path) {
                assert_eq!(told.expect(200).rows()[0]["status"], 403, "{path}");
            } else {
                let approvals = path.contains("ssignmentApprovals") && !path.contains("/entitlementManagement/");
                let code = if approvals { "AccessDenied" } else { "Authorization_RequestDenied" };
                let told = told.refused(403, code);
                assert!(told.message().contains("security.operator_tokens"), "{}", told.message());
                assert_eq!(world.last_event().await, "attemptRefused");
            }
        }
        let writes = json!({"requests": [{"id": "1", "method": "DELETE", "url": format!("/groups/{}", world.group("readers"))}]});
        let told = session.post("/v1.0/$batch", &writes).await.expect(200).json();
        assert_eq!(told["responses"][0]["status"], 403, "{told}");
    }
}

on_every_engine! {
    /// T-43: with `off` such a token is no token.
    t43_an_operators_token_is_none_where_it_is_set_so, serving(OperatorTokens::Off), |world| {
        world.with_claims("admin", operators()).get("/v1.0/me").await.refused(401, "InvalidAuthenticationToken");
        world.admin().get("/v1.0/me").await.expect(200);
    }
}

on_every_engine! {
    /// T-61: to somebody who is nobody in particular, lists, counts, filters and refusals say nothing of who is
    /// eligible for what: about a group that others are eligible for they answer just as about one that nobody is
    /// eligible for, and one that is not there.
    t61_counts_filters_and_refusals_tell_nothing_of_others, |world| {
        let ada = world.ada();
        let bob = world.person("bob");
        let missing = "00000000-0000-4000-8000-000000000000";
        let (with, without) = (world.group("prod-admins"), world.group("readers"));
        let asked = |group: &str, person: &str| {
            let of = |kind: &str, what: &str| pim(&format!("{kind}{what}"));
            let mut all = Vec::new();
            for kind in ["eligibilitySchedules", "eligibilityScheduleInstances", "eligibilityScheduleRequests", "assignmentSchedules", "assignmentScheduleInstances", "assignmentScheduleRequests"] {
                for filter in [format!("groupId eq '{group}'"), format!("principalId eq '{person}'"), format!("groupId eq '{group}' and principalId eq '{person}'")] {
                    all.push(of(kind, &format!("?$filter={filter}")));
                    all.push(of(kind, &format!("?$count=true&$top=1&$filter={filter}")));
                }
                all.push(of(kind, &format!("/filterByCurrentUser(on='principal')?$filter=groupId eq '{group}'")));
            }
            all.push(format!("/ephor/v1/groups/{group}/roles"));
            all.push(format!("/ephor/v1/groups/{group}/access"));
            all.push(format!("/ephor/v1/users/{person}/access"));
            all.push(format!("/ephor/v1/audit?view=group&groupId={group}"));
            all
        };
        // What is answered, but for the ids and times of the question itself.
        let answered = async |group: &str, person: &str| {
            let mut all = Vec::new();
            for path in asked(group, person) {
                let answer = ada.get(&path).await;
                assert!(answer.status < 500, "{path}: {}", answer.text);
                let mut told = answer.json();
                if let Some(error) = told["error"].as_object_mut() {
                    error.remove("innerError");
                }
                let plain = told.to_string().replace(group, "GROUP").replace(person, "PERSON");
                all.push((path.replace(group, "GROUP").replace(person, "PERSON"), answer.status, plain));
            }
            all
        };
        let before = answered(&with, &bob).await;
        world.make_eligible("bob", "prod-admins").await.expect(201);
        let after = answered(&with, &bob).await;
        assert_eq!(before, after, "that somebody became eligible shows nowhere");
        let statuses = |all: &[(String, u16, String)]| all.iter().map(|(path, status, _)| (path.clone(), *status)).collect::<Vec<_>>();
        assert_eq!(statuses(&after), statuses(&answered(&without, &bob).await));
        for (path, _, told) in after.iter().chain(&answered(missing, &bob).await) {
            for inner in ["SELECT", "sqlite", "postgres", "crates/", ".rs:", "panicked", "prod-admins"] {
                assert!(!told.contains(inner), "{path}: {told}");
            }
        }
    }
}
