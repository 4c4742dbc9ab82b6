//! A request that is sent again has one effect (F-19).

use ephor_core::time::Length;
use serde_json::{Value, json};

use crate::support::{Answer, Session, World, on_every_engine, pim};

const KEY: &str = "idempotency-key";
const CLIENT: &str = "client-request-id";
const ID: &str = "6aacaee8-4089-4048-9510-3119367fc943";

async fn post(session: Session<'_>, path: &str, header: (&str, &str), body: &Value) -> Answer {
    let body = body.to_string().into_bytes();
    session.send("POST", path, &[header], Some(body)).await
}

fn group(name: &str) -> Value {
    json!({"displayName": name, "mailEnabled": false, "mailNickname": name, "securityEnabled": true})
}

impl World {
    async fn groups_named(&self, name: &str) -> usize {
        let path = format!("/v1.0/groups?$filter=displayName eq '{name}'");
        self.admin().get(&path).await.expect(200).rows().len()
    }
}

on_every_engine! {
    /// F-19: the same request under the same key is answered as it was, once it is done, for a day.
    f19_the_same_request_under_the_same_key_has_one_effect, |world| {
        let first = post(world.admin(), "/v1.0/groups", (KEY, "one"), &group("g")).await.expect(201);
        let again = post(world.admin(), "/v1.0/groups", (KEY, "one"), &group("g")).await.expect(201);
        assert_eq!((&first.text, &first.headers["location"]), (&again.text, &again.headers["location"]));
        assert_eq!(world.groups_named("g").await, 1);
        let told = post(world.admin(), "/v1.0/groups", (KEY, "one"), &group("other")).await;
        told.refused(422, "IdempotencyConflict");
        assert_eq!(world.groups_named("other").await, 0);
        // Another caller's key is another key.
        world.make_eligible("ada", "prod-admins").await;
        let body = world.activation("ada", "prod-admins");
        let path = pim("assignmentScheduleRequests");
        let first = post(world.ada(), &path, (KEY, "one"), &body).await.expect(201);
        let again = post(world.ada(), &path, (KEY, "one"), &body).await.expect(201);
        assert_eq!(first.text, again.text);
        // After a day it is forgotten.
        world.forward(Length::hours(24));
        post(world.admin(), "/v1.0/groups", (KEY, "one"), &group("g")).await.expect(201);
        assert_eq!(world.groups_named("g").await, 2);
        for key in ["k".repeat(256), "schl\u{fc}ssel".to_owned()] {
            post(world.admin(), "/v1.0/groups", (KEY, &key), &group("h")).await.refused(400, "BadRequest");
        }
    }
}

on_every_engine! {
    /// F-19: whoever lost the answer of one node may ask another one.
    f19_the_answer_comes_again_from_another_node, |world| {
        let (first, second) = (world.address(), world.another_node().await);
        world.make_eligible("ada", "prod-admins").await;
        let body = world.activation("ada", "prod-admins");
        let path = pim("assignmentScheduleRequests");
        let lost = post(world.ada(), &path, (KEY, "one"), &body).await.expect(201);
        world.turn_to(second);
        let again = post(world.ada(), &path, (KEY, "one"), &body).await.expect(201);
        assert_eq!(lost.text, again.text);
        post(world.ada(), &path, (KEY, "another"), &body).await.refused(400, "RoleAssignmentExists");
        post(world.admin(), "/v1.0/groups", (KEY, "two"), &group("g")).await.expect(201);
        world.turn_to(first);
        post(world.admin(), "/v1.0/groups", (KEY, "two"), &group("g")).await.expect(201);
        assert_eq!(world.groups_named("g").await, 1);
        post(world.admin(), "/v1.0/groups", (KEY, "two"), &group("h")).await.refused(422, "IdempotencyConflict");
    }
}

on_every_engine! {
    /// F-19: a hundred repetitions at once have one effect, and all are told of it.
    f19_a_hundred_repetitions_at_once_have_one_effect, |world| {
        let world = &world;
        let all = (0..100).map(|_| async move {
            post(world.admin(), "/v1.0/groups", (KEY, "hundred"), &group("hundred")).await
        });
        let mut answers: Vec<String> = Vec::new();
        for answer in crate::support::join_all(all).await {
            answers.push(answer.expect(201).text);
        }
        answers.dedup();
        assert_eq!((answers.len(), world.groups_named("hundred").await), (1, 1));
    }
}

on_every_engine! {
    /// F-19: what was refused has no effect, and may come again under the same key.
    f19_a_refusal_is_not_kept, |world| {
        let body = world.activation("ada", "prod-admins");
        let path = pim("assignmentScheduleRequests");
        post(world.ada(), &path, (KEY, "k"), &body).await
            .refused(400, "RoleAssignmentRequestPolicyValidationFailed");
        world.make_eligible("ada", "prod-admins").await;
        post(world.ada(), &path, (KEY, "k"), &body).await.expect(201);
        // Without a key the natural uniqueness answers.
        world.ada().post(&path, &body).await.refused(400, "RoleAssignmentExists");
    }
}

on_every_engine! {
    /// F-19: changes without a body to answer with are kept too, and deletions and changes of policies.
    f19_every_change_may_come_again, |world| {
        let members = format!("/v1.0/groups/{}/members", world.group("prod-admins"));
        let reference = json!({"@odata.id": format!("https://x.example/v1.0/directoryObjects/{}", world.person("ada"))});
        for _ in 0..2 {
            post(world.admin(), &format!("{members}/$ref"), (KEY, "add"), &reference).await.expect(204);
        }
        world.admin().post(&format!("{members}/$ref"), &reference).await.expect(400);
        let remove = format!("{members}/{}/$ref", world.person("ada"));
        for _ in 0..2 {
            world.admin().send("DELETE", &remove, &[(KEY, "remove")], None).await.expect(204);
        }
        world.admin().delete(&remove).await.expect(404);
        let before = world.audited().await;
        let policy = format!("/v1.0/policies/roleManagementPolicies/{}", world.policy("prod-admins").await);
        let change = json!({"rules": [{
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyExpirationRule",
            "id": "Expiration_EndUser_Assignment", "maximumDuration": "PT4H",
        }]});
        for _ in 0..3 {
            let body = change.to_string().into_bytes();
            world.admin().send("PATCH", &policy, &[(KEY, "policy")], Some(body)).await.expect(200);
        }
        // The group came in, and the policy was changed: once.
        assert_eq!(world.audited().await - before, 2);
    }
}

on_every_engine! {
    /// F-19: a client-request-id counts so for five minutes, until its sender uses it for anything else.
    f19_a_client_request_id_counts_until_it_is_used_for_something_else, |world| {
        let first = post(world.admin(), "/v1.0/groups", (CLIENT, ID), &group("g")).await.expect(201);
        let again = post(world.admin(), "/v1.0/groups", (CLIENT, ID), &group("g")).await.expect(201);
        assert_eq!((&first.text, again.headers["client-request-id"].to_str().unwrap()), (&again.text, ID));
        assert_ne!(first.headers["request-id"], again.headers["request-id"]);
        // Another request under it is done, and from then on it only correlates.
        post(world.admin(), "/v1.0/groups", (CLIENT, ID), &group("other")).await.expect(201);
        for count in [2, 3] {
            post(world.admin(), "/v1.0/groups", (CLIENT, ID), &group("g")).await.expect(201);
            assert_eq!(world.groups_named("g").await, count);
        }
        // So it is with a session's one id, which comes with reads first.
        let session = "11111111-4089-4048-9510-3119367fc943";
        world.admin().send("GET", "/v1.0/me", &[(CLIENT, session)], None).await.expect(200);
        for _ in 0..2 {
            post(world.admin(), "/v1.0/groups", (CLIENT, session), &group("s")).await.expect(201);
        }
        assert_eq!(world.groups_named("s").await, 2);
        // And after five minutes.
        let late = "22222222-4089-4048-9510-3119367fc943";
        post(world.admin(), "/v1.0/groups", (CLIENT, late), &group("late")).await.expect(201);
        world.forward(Length::minutes(5));
        post(world.admin(), "/v1.0/groups", (CLIENT, late), &group("late")).await.expect(201);
        assert_eq!(world.groups_named("late").await, 2);
    }
}

on_every_engine! {
    /// F-19, T-31: an old answer is given only to whom it was given, and only while their account is good.
    f19_an_answer_is_its_senders_own, |world| {
        world.make_eligible("bob", "prod-admins").await;
        let body = world.activation("bob", "prod-admins");
        let path = pim("assignmentScheduleRequests");
        post(world.as_person("bob"), &path, (KEY, "k"), &body).await.expect(201);
        let other_client = world.with_claims("bob", json!({"azp": "other"}));
        post(other_client, &path, (KEY, "k"), &body).await.refused(400, "RoleAssignmentExists");
        let powerless = world.with_claims("bob", json!({"scp": "User.Read"}));
        post(powerless, &path, (KEY, "k"), &body).await.refused(403, "PermissionScopeNotGranted");
        world.admin().delete(&format!("/v1.0/users/{}", world.person("bob"))).await.expect(204);
        post(world.as_person("bob"), &path, (KEY, "k"), &body).await.refused(401, "InvalidAuthenticationToken");
    }
}
