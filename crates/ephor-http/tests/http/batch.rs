//! `$batch`: twenty requests in one, each as if it had been sent alone (T-46).

use serde_json::{Value, json};

use crate::support::{Answer, Session, on_every_engine, pim};

const BATCH: &str = "/v1.0/$batch";

async fn send(session: Session<'_>, requests: Value) -> Answer {
    session.post(BATCH, &json!({"requests": requests})).await
}

/// The answer to the part with this id.
fn part(answer: &Answer, id: &str) -> Value {
    let answer = answer.json();
    let responses = answer["responses"].as_array().unwrap();
    let found = responses.iter().find(|response| response["id"] == id);
    found.unwrap_or_else(|| panic!("{id}")).clone()
}

on_every_engine! {
    /// T-46: each part has the status, headers and body that it would have had alone.
    t46_parts_are_answered_as_if_sent_alone, |world| {
        world.make_eligible("ada", "prod-admins").await;
        let group = world.group("prod-admins");
        let lone = world.ada().get("/v1.0/me").await.expect(200);
        let told = send(world.ada(), json!([
            {"id": "me", "method": "GET", "url": "/me"},
            {"id": "2", "method": "get", "url": "groups?$filter=displayName eq 'prod-admins'&$select=id"},
            {"id": "count", "method": "GET", "url": "/groups/$count", "headers": {"ConsistencyLevel": "eventual"}},
            {"id": "act", "method": "POST", "url": "/identityGovernance/privilegedAccess/group/assignmentScheduleRequests",
             "headers": {"Content-Type": "application/json", "client-request-id": "6aacaee8-4089-4048-9510-3119367fc943"},
             "body": world.activation("ada", "prod-admins")},
            {"id": "none", "method": "GET", "url": "/nothing"},
            {"id": "denied", "method": "GET", "url": "/auditLogs/directoryAudits"},
            {"id": "method", "method": "PUT", "url": "/users", "body": {}},
            {"id": "after", "method": "GET", "url": format!("/groups/{group}/members"), "dependsOn": ["act"]},
        ])).await.expect(200);
        let me = part(&told, "me");
        assert_eq!((&me["status"], &me["body"]), (&json!(200), &lone.json()));
        assert_eq!(me["headers"]["content-type"], lone.headers["content-type"].to_str().unwrap());
        assert_eq!(part(&told, "2")["body"]["value"][0]["id"], group);
        // What is no JSON is in Base64.
        let count = part(&told, "count");
        assert_eq!((&count["status"], &count["body"]), (&json!(200), &json!("NA==")), "{count}");
        let act = part(&told, "act");
        assert_eq!((&act["status"], &act["body"]["status"]), (&json!(201), &json!("Provisioned")));
        assert!(act["headers"]["location"].as_str().unwrap().contains("/v1.0/identityGovernance/"));
        assert_eq!(act["headers"]["client-request-id"], "6aacaee8-4089-4048-9510-3119367fc943");
        assert_eq!((&part(&told, "none")["status"], &part(&told, "denied")["status"]), (&json!(404), &json!(403)));
        assert_eq!(part(&told, "method")["headers"]["allow"], "GET, POST");
        assert_eq!(part(&told, "after")["body"]["value"][0]["id"], world.person("ada"));
        let ids: Vec<Value> = told.json()["responses"].as_array().unwrap().iter().map(|one| one["headers"]["request-id"].clone()).collect();
        let mut unique = ids.clone();
        unique.sort_by_key(Value::to_string);
        unique.dedup();
        assert_eq!(unique.len(), 8, "each part is a request of its own in the log");
        // `/beta` has batches of its own.
        let told = world.ada().post("/beta/$batch", &json!({"requests": [{"id": 1, "method": "GET", "url": "/me?select=id"}]})).await.expect(200);
        assert_eq!(part(&told, "1")["status"], 200);
    }
}

on_every_engine! {
    /// T-46: what depends on something that failed is not done, and says 424; the order is only by `dependsOn`.
    t46_what_depends_on_a_failure_is_not_done, |world| {
        world.make_eligible("ada", "prod-admins").await;
        let activate = json!({
            "id": "activate", "method": "POST", "body": world.activation("ada", "prod-admins"),
            "url": "/identityGovernance/privilegedAccess/group/assignmentScheduleRequests",
            "headers": {"Content-Type": "application/json"}, "dependsOn": ["fails"],
        });
        let told = send(world.ada(), json!([
            {"id": "last", "method": "GET", "url": "/me", "dependsOn": ["activate", "good"]},
            activate,
            {"id": "fails", "method": "GET", "url": "/groups/00000000-0000-4000-8000-000000000000"},
            {"id": "good", "method": "GET", "url": "/me"},
        ])).await.expect(200);
        let of = |id: &str| (part(&told, id)["status"].as_u64().unwrap(), part(&told, id)["body"]["error"]["code"].clone());
        assert_eq!(of("fails").0, 404);
        assert_eq!(of("activate"), (424, json!("FailedDependency")));
        assert_eq!(of("last"), (424, json!("FailedDependency")));
        assert_eq!(of("good").0, 200);
        let members = format!("/v1.0/groups/{}/members", world.group("prod-admins"));
        assert!(world.admin().get(&members).await.expect(200).rows().is_empty(), "nothing was activated");
        let all: Vec<Value> = told.json()["responses"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        assert_eq!(all, ["last", "activate", "fails", "good"]);
    }
}

on_every_engine! {
    /// T-46: a batch that is not in order is refused as a whole, before any of it is done.
    t46_a_batch_that_is_not_in_order_is_refused_whole, |world| {
        let get = |id: &str| json!({"id": id, "method": "GET", "url": "/me"});
        let with = |name: &str, value: Value| {
            let mut part = get("2");
            part[name] = value;
            json!([get("1"), part])
        };
        let many: Vec<Value> = (0..21).map(|number| get(&number.to_string())).collect();
        let before = world.audited().await;
        for (requests, named) in [
            (json!([]), "1 to 20"),
            (json!(many), "1 to 20"),
            (json!(7), "`requests`"),
            (json!([7]), "`requests[0]`"),
            (with("id", json!("1")), "another request has too"),
            (with("id", json!("")), "`requests[1].id`"),
            (with("method", json!("TRACE")), "`TRACE`"),
            (with("method", json!(null)), "`requests[1].method` is missing"),
            (with("url", json!("https://evil.example/v1.0/me")), "relative"),
            (with("url", json!("//evil.example/me")), "relative"),
            (with("url", json!("/$batch")), "another batch"),
            (with("url", json!("%24batch")), "another batch"),
            (with("headers", json!({"Authorization": "Bearer x"})), "that of the batch"),
            (with("headers", json!({"HOST": "evil.example"})), "that of the batch"),
            (with("headers", json!({"bad header": "x"})), "is no header"),
            (with("dependsOn", json!(["3"])), "no request has that id"),
            (with("dependsOn", json!(["2"])), "depends on itself"),
            (json!([
                {"id": "1", "method": "GET", "url": "/me", "dependsOn": ["2"]},
                {"id": "2", "method": "GET", "url": "/me", "dependsOn": ["1"]},
            ]), "depends on itself"),
        ] {
            let told = send(world.admin(), requests.clone()).await.refused(400, "BadRequest").message();
            assert!(told.contains(named), "{requests}: {told}");
        }
        assert_eq!(world.audited().await, before);
        world.admin().post(&format!("{BATCH}?$top=1"), &json!({"requests": [get("1")]})).await.refused(400, "BadRequest");
        world.admin().get(BATCH).await.refused(405, "Request_BadRequest");
        // A part that is told to be somebody else's text is no JSON.
        let part = json!([{"id": "1", "method": "POST", "url": "/users", "headers": {"Content-Type": "text/plain"}, "body": {}}]);
        send(world.admin(), part).await.refused(400, "BadRequest");
        // A path that steps up and a nested batch that is hidden end in the part.
        let told = send(world.admin(), json!([
            {"id": "1", "method": "GET", "url": "/x/../me"},
            {"id": "2", "method": "POST", "url": "/./$batch", "body": {"requests": []}},
        ])).await.expect(200);
        assert_eq!((&part_status(&told, "1"), &part_status(&told, "2")), (&400, &400));
    }
}

fn part_status(told: &Answer, id: &str) -> u64 {
    part(told, id)["status"].as_u64().unwrap()
}

on_every_engine! {
    /// T-46, T-08: a batch has no more rights than whoever sends it; strangers are refused with the whole.
    t46_a_batch_has_the_rights_of_its_sender, |world| {
        let made = world.make_eligible("ada", "prod-admins").await.json();
        let schedule = format!("/identityGovernance/privilegedAccess/group/eligibilitySchedules/{}", made["targetScheduleId"].as_str().unwrap());
        let requests = json!([{"id": "1", "method": "GET", "url": schedule}]);
        for (who, status) in [("ada", 200), ("admin", 200), ("carol", 404)] {
            let told = send(world.as_person(who), requests.clone()).await.expect(200);
            assert_eq!(part_status(&told, "1"), status, "{who}");
        }
        send(world.nobody(), requests.clone()).await.refused(401, "InvalidAuthenticationToken");
        send(world.nobody(), json!([])).await.refused(401, "InvalidAuthenticationToken");
        let powerless = world.with_claims("admin", json!({"scp": "User.Read"}));
        let told = send(powerless, requests).await.expect(200);
        assert_eq!(part_status(&told, "1"), 403);
        let refused = world.assignment("carol", "prod-admins", "P1D");
        let told = send(world.as_person("carol"), json!([{"id": "1", "method": "POST", "url": pim("assignmentScheduleRequests").replace("/v1.0", ""), "body": refused}])).await.expect(200);
        assert_eq!(part_status(&told, "1"), 403);
        assert_eq!(world.last_event().await, "attemptRefused", "R-I1: also in a batch");
    }
}
