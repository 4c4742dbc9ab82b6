//! Applications and service principals: made, run, given secrets and permissions, gone
//! (`infrastructure-clients.md` 2.9).

use ephor_core::time::Length;
use serde_json::{Value, json};

use crate::support::{HOST, Session, URL, World, on_every_engine};

/// The service principal of this API.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

fn reference(id: &str) -> Value {
    json!({"@odata.id": format!("{URL}/v1.0/directoryObjects/{id}")})
}

/// A program with these permissions, and a secret: its application, its service principal, its secret.
pub(crate) async fn program(world: &World, name: &str, permissions: &[&str]) -> [Value; 3] {
    let post = async |path: String, body: Value| {
        let told = world.admin().post(&path, &body).await;
        assert!(told.status < 300, "{}: {}", told.asked, told.text);
        told.json()
    };
    let application = post("/v1.0/applications".into(), json!({"displayName": name})).await;
    let own = post(
        "/v1.0/servicePrincipals".into(),
        json!({"appId": application["appId"]}),
    )
    .await;
    let secret = post(
        format!(
            "/v1.0/applications/{}/addPassword",
            application["id"].as_str().unwrap()
        ),
        json!({"passwordCredential": {"displayName": "first"}}),
    )
    .await;
    let graph = format!("/v1.0/servicePrincipals?$filter=appId eq '{GRAPH}'");
    let graph = world.admin().get(&graph).await.expect(200).rows().remove(0);
    for permission in permissions {
        let roles = graph["appRoles"].as_array().unwrap();
        let role = roles
            .iter()
            .find(|role| role["value"] == *permission)
            .unwrap();
        let grant =
            json!({"principalId": own["id"], "resourceId": graph["id"], "appRoleId": role["id"]});
        let path = format!(
            "/v1.0/servicePrincipals/{}/appRoleAssignments",
            own["id"].as_str().unwrap()
        );
        post(path, grant).await;
    }
    [application, own, secret]
}

/// What the token endpoint answers to an application that shows this secret.
async fn asked(world: &World, client: &str, secret: &str) -> (u16, Value) {
    let form = format!(
        "client_id={client}&client_secret={secret}&grant_type=client_credentials&scope={}%2F.default",
        URL.replace(':', "%3A").replace('/', "%2F")
    );
    let told = reqwest::Client::new()
        .post(format!(
            "http://{}/{}/oauth2/v2.0/token",
            world.address(),
            world.tenant()
        ))
        .header("host", HOST)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    (told.status().as_u16(), told.json().await.unwrap())
}

/// The program, signed in by its secret.
pub(crate) async fn signed_in<'a>(
    world: &'a World,
    [application, _, secret]: &[Value; 3],
) -> Session<'a> {
    let (client, secret) = (
        application["appId"].as_str().unwrap(),
        secret["secretText"].as_str().unwrap(),
    );
    let (status, told) = asked(world, client, secret).await;
    assert_eq!(status, 200, "{told}");
    world.holder_of(told["access_token"].as_str().unwrap().to_owned())
}

on_every_engine! {
    /// An application that was made over the API signs in by its secret, and may do what was granted to it.
    an_application_made_over_the_api_signs_in_with_its_secret_and_permissions, |world| {
        let made = program(&world, "Provisioner", &["User.Read.All", "Group.ReadWrite.All"]).await;
        let (application, own) = (made[0].clone(), made[1]["id"].as_str().unwrap().to_owned());
        let session = signed_in(&world, &made).await;
        assert_eq!(session.get("/v1.0/users").await.expect(200).rows().len(), 4);
        session.get("/v1.0/applications").await.refused(403, "Authorization_RequestDenied");
        let group = json!({
            "displayName": "made", "mailEnabled": false, "mailNickname": "made", "securityEnabled": true,
            "owners@odata.bind": [format!("{URL}/v1.0/directoryObjects/{own}")],
        });
        let group = session.post("/beta/groups", &group).await.expect(201).json();
        let owners = format!("/v1.0/groups/{}/owners", group["id"].as_str().unwrap());
        let owners = world.admin().get(&owners).await.expect(200).rows();
        assert_eq!((&owners[0]["id"], &owners[0]["@odata.type"]), (&json!(own), &json!("#microsoft.graph.servicePrincipal")));
        assert_eq!(owners[0]["displayName"], "Provisioner");

        let path = format!("/v1.0/servicePrincipals/{own}");
        let granted = world.admin().get(&format!("{path}/appRoleAssignments")).await.expect(200).rows();
        assert_eq!(granted.len(), 2);
        world.admin().delete(&format!("{path}/appRoleAssignments/{}", granted[0]["id"].as_str().unwrap())).await.expect(204);
        let session = signed_in(&world, &made).await;
        session.get("/v1.0/users").await.refused(403, "Authorization_RequestDenied");

        // Disabled, it gets nothing and the tokens it has are no good; so it is when its application is gone.
        world.admin().patch(&path, &json!({"accountEnabled": false})).await.expect(204);
        session.get("/v1.0/groups").await.refused(401, "InvalidAuthenticationToken");
        let (client, secret) = (application["appId"].as_str().unwrap(), made[2]["secretText"].as_str().unwrap());
        assert_eq!(asked(&world, client, secret).await.1["error"], "unauthorized_client");
        world.admin().patch(&path, &json!({"accountEnabled": true})).await.expect(204);
        session.get("/v1.0/groups").await.expect(200);
        world.admin().delete(&format!("/v1.0/applications/{}", application["id"].as_str().unwrap())).await.expect(204);
        session.get("/v1.0/groups").await.refused(401, "InvalidAuthenticationToken");
        assert_eq!(asked(&world, client, secret).await.1["error"], "invalid_client");
        world.admin().get(&path).await.refused(404, "Request_ResourceNotFound");
    }
}

on_every_engine! {
    /// Two secrets at a time, for two years at most; the secret is told once, and one that was taken away opens
    /// nothing.
    secrets_are_two_at_a_time_and_good_for_two_years_at_most, |world| {
        let made = program(&world, "Provisioner", &[]).await;
        let (id, client) = (made[0]["id"].as_str().unwrap(), made[0]["appId"].as_str().unwrap());
        let path = format!("/v1.0/applications/{id}");
        assert_eq!(made[2]["endDateTime"], "2028-11-20T09:00:00Z");
        for (until, status) in [("2028-12-01T00:00:00Z", 400), ("2026-11-21T09:00:00Z", 400), ("2027-01-01T00:00:00Z", 200), ("2027-01-01T00:00:00Z", 400)] {
            let body = json!({"passwordCredential": {"displayName": "second", "endDateTime": until}});
            world.admin().post(&format!("{path}/addPassword"), &body).await.expect(status);
        }
        let told = world.admin().get(&path).await.expect(200);
        let known = told.json()["passwordCredentials"].as_array().unwrap().clone();
        assert_eq!(known.len(), 2);
        let text = made[2]["secretText"].as_str().unwrap();
        assert!(!told.text.contains(text) && known.iter().all(|one| one["secretText"] == Value::Null));
        assert_eq!(asked(&world, client, text).await.0, 200);
        world.admin().post(&format!("{path}/removePassword"), &json!({"keyId": made[2]["keyId"]})).await.expect(204);
        world.admin().post(&format!("{path}/removePassword"), &json!({"keyId": made[2]["keyId"]})).await.refused(400, "Request_BadRequest");
        assert_eq!(asked(&world, client, text).await.1["error"], "invalid_client");
        world.forward(Length::days(60));
        let body = json!({"passwordCredential": {"displayName": "third"}});
        world.admin().post(&format!("{path}/addPassword"), &body).await.expect(200);
    }
}

on_every_engine! {
    /// With the permission for what it runs itself, an application makes others and changes those alone; who may
    /// not see is told of nothing, and who may not change is refused.
    an_application_that_may_change_its_own_changes_no_other, |world| {
        let other = program(&world, "Other", &[]).await;
        let made = program(&world, "Maker", &["Application.ReadWrite.OwnedBy"]).await;
        let session = signed_in(&world, &made).await;
        let own = session.post("/v1.0/applications", &json!({"displayName": "Own"})).await.expect(201).json();
        let path = |application: &Value| format!("/v1.0/applications/{}", application["id"].as_str().unwrap());
        assert_eq!(session.get(&format!("{}/owners", path(&own))).await.expect(200).each("id"), [made[1]["id"].as_str().unwrap()]);
        session.patch(&path(&own), &json!({"notes": "x"})).await.expect(204);
        session.patch(&path(&other[0]), &json!({"notes": "x"})).await.refused(403, "Authorization_RequestDenied");
        session.post(&format!("{}/addPassword", path(&other[0])), &json!({})).await.refused(403, "Authorization_RequestDenied");
        session.delete(&path(&other[0])).await.refused(403, "Authorization_RequestDenied");
        session.delete(&path(&own)).await.expect(204);
        let mine = json!({"principalId": made[1]["id"], "resourceId": GRAPH, "appRoleId": "19dbc75e-c2e2-444c-a770-ec69d8559fc7"});
        let grants = format!("/v1.0/servicePrincipals/{}/appRoleAssignments", made[1]["id"].as_str().unwrap());
        session.post(&grants, &mine).await.refused(403, "Authorization_RequestDenied");
        world.ada().post("/v1.0/applications", &json!({"displayName": "Ada's"})).await.refused(403, "Authorization_RequestDenied");
    }
}

on_every_engine! {
    /// What can't be is refused by name.
    programs_that_cant_be_are_refused_by_name, |world| {
        for (body, part) in [
            (json!({}), "`displayName`"),
            (json!({"displayName": "x", "web": {"redirectUris": ["http://evil.example/"]}}), "`web.redirectUris`"),
            (json!({"displayName": "x", "tags": "x"}), "`tags`"),
            (json!({"displayName": "x", "api": []}), "`api`"),
            (json!({"displayName": "x", "appId": GRAPH}), "`appId`"),
            (json!({"displayName": "x", "tags": vec!["x".repeat(60_000); 2]}), "`tags`"),
            (json!({"displayName": "x", "passwordCredentials": [{}]}), "addPassword"),
        ] {
            let told = world.admin().post("/v1.0/applications", &body).await.expect(400);
            assert!(told.message().contains(part) || told.message().contains(&part.replace('`', "")), "{part}: {}", told.message());
        }
        let missing = "00000000-0000-4000-8000-000000000000";
        let told = world.admin().post("/v1.0/servicePrincipals", &json!({"appId": missing})).await.refused(400, "Request_BadRequest");
        assert!(told.message().contains(missing), "{}", told.message());
        world.admin().patch(&format!("/v1.0/servicePrincipals/{GRAPH}"), &json!({"notes": "x"})).await.refused(400, "Request_BadRequest");
        let group = reference(&world.group("readers"));
        let made = program(&world, "Other", &[]).await;
        let owners = format!("/v1.0/applications/{}/owners/$ref", made[0]["id"].as_str().unwrap());
        world.admin().post(&owners, &group).await.refused(400, "Request_BadRequest");
        world.admin().post(&owners, &reference(missing)).await.refused(404, "Request_ResourceNotFound");
        let again = json!({"appId": made[0]["appId"]});
        world.admin().post("/v1.0/servicePrincipals", &again).await.refused(400, "Request_MultipleObjectsWithSameKeyValue");
    }
}
