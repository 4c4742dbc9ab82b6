//! What Ephor has for PIM where Graph has nothing: several activations at once, discovery, a group's roles,
//! settings (`surface.md`).

use ephor_core::time::Length;
use serde_json::{Value, json};

use crate::support::{World, on_every_engine, pim};

fn wish(world: &World, group: &str) -> Value {
    json!({
        "groupId": world.group(group), "accessId": "member", "justification": "incident 7",
        "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT2H"}},
    })
}

on_every_engine! {
    /// R-E8: several activations in one action, each judged by itself.
    r_e8_several_activations_each_with_its_own_result, |world| {
        world.make_eligible("ada", "prod-admins").await;
        world.make_eligible("ada", "readers").await;
        world.ask_for_approval("readers", &["carol"]).await;
        let mut too_long = wish(&world, "prod-admins");
        too_long["scheduleInfo"]["expiration"]["duration"] = json!("PT9H");
        too_long["isValidationOnly"] = json!(true);
        let body = json!({"activations": [
            wish(&world, "prod-admins"), wish(&world, "readers"), wish(&world, "synced"), too_long,
            {"groupId": "x", "accessId": "member"}, {"unknown": 1},
        ]});
        let told = world.ada().post("/ephor/v1/activations", &body).await.expect(200).rows();
        let status: Vec<&Value> = told.iter().map(|one| &one["status"]).collect();
        assert_eq!(status, [201, 201, 400, 400, 400, 400]);
        assert_eq!((&told[0]["request"]["status"], &told[1]["request"]["status"]), (&json!("Provisioned"), &json!("PendingApproval")));
        assert_eq!(told[2]["error"]["code"], "InvalidRoleAssignmentRequest");
        assert_eq!(told[3]["error"]["code"], "RoleAssignmentExists");
        assert!(told[5]["error"]["message"].as_str().unwrap().contains("`activations[5].unknown`"));
        // F-19: each has one effect, also where all are sent again.
        let body = json!({"activations": [wish(&world, "prod-admins")]});
        world.make_eligible("bob", "prod-admins").await;
        for _ in 0..2 {
            let sent = body.to_string().into_bytes();
            let told = world.as_person("bob").send("POST", "/ephor/v1/activations", &[("idempotency-key", "k")], Some(sent)).await;
            assert_eq!(told.expect(200).rows()[0]["status"], 201);
        }
        for (body, named) in [
            (json!({}), "`activations` is missing"),
            (json!({"activations": []}), "1 to 20"),
            (json!({"activations": vec![json!({}); 21]}), "1 to 20"),
            (json!({"activations": [], "more": 1}), "`more`"),
        ] {
            let told = world.ada().post("/ephor/v1/activations", &body).await.refused(400, "BadRequest").message();
            assert!(told.contains(named), "{body}: {told}");
        }
    }
}

on_every_engine! {
    /// R-B1 to R-B3: candidates are found with the reason why not, and brought in for good.
    r_b1_groups_are_discovered_and_brought_in, |world| {
        let discover = "/ephor/v1/groups/discover";
        let rows = world.admin().get(discover).await.expect(200).rows();
        let of = |name: &str| rows.iter().find(|row| row["displayName"] == name).unwrap_or_else(|| panic!("{name}")).clone();
        assert_eq!((&of("prod-admins")["manageable"], &of("prod-admins")["reason"]), (&json!(true), &json!(null)));
        for name in ["synced", "dynamic"] {
            assert_eq!(of(name)["manageable"], false, "{name}");
            assert!(of(name)["reason"].as_str().unwrap().ends_with('.'), "{}", of(name));
        }
        let page = world.admin().get(&format!("{discover}?$top=1&$count=true&$filter=startswith(displayName,'r')")).await.expect(200).json();
        assert_eq!(page["@odata.count"], 1);
        assert!(world.ada().get(discover).await.expect(200).rows().is_empty(), "an owner's own only");

        let missing = "00000000-0000-4000-8000-000000000000";
        let ids = json!({"groupIds": [world.group("prod-admins"), world.group("synced"), missing]});
        let told = world.admin().post("/ephor/v1/groups/manage", &ids).await.expect(200).rows();
        let status: Vec<&Value> = told.iter().map(|one| &one["status"]).collect();
        assert_eq!(status, [200, 400, 404]);
        assert_eq!(told[0]["managedSince"], "2026-11-21T09:00:00Z");
        let told = world.ada().post("/ephor/v1/groups/manage", &json!({"groupIds": [world.group("readers")]})).await.expect(200).rows();
        assert_eq!(told[0]["status"], 403);
        let names: Vec<Value> = world.admin().get(discover).await.expect(200).rows().iter().map(|row| row["displayName"].clone()).collect();
        assert!(!names.contains(&json!("prod-admins")));
        // Any person may know which are managed; only `/beta` can list them.
        let resources = "/identityGovernance/privilegedAccess/group/resources";
        assert_eq!(world.ada().get(&format!("/beta{resources}")).await.expect(200).each("id"), [world.group("prod-admins")]);
        world.ada().get(&format!("/v1.0{resources}")).await.refused(404, "ResourceNotFound");
        let id = world.group("readers");
        world.ada().get(&format!("/beta{resources}/{id}")).await.refused(404, "ResourceNotFound");
        for body in [json!({}), json!({"groupIds": []}), json!({"groupIds": ["x"]}), json!({"groupIds": [7]})] {
            world.admin().post("/ephor/v1/groups/manage", &body).await.refused(400, "BadRequest");
        }
    }
}

on_every_engine! {
    /// R-E1: a group's roles, for whoever manages it, page by page, each with what may be done now.
    r_e1_a_groups_roles_for_whoever_manages_it, |world| {
        for who in ["ada", "bob", "carol"] {
            world.make_eligible(who, "prod-admins").await;
        }
        world.activate("ada", "prod-admins").await;
        let body = world.assignment("bob", "prod-admins", "PT1H");
        world.admin().post(&pim("assignmentScheduleRequests"), &body).await.expect(201);
        world.forward(Length::hours(1));
        let path = format!("/ephor/v1/groups/{}/roles", world.group("prod-admins"));
        let all = world.admin().get(&format!("{path}?$count=true")).await.expect(200);
        let told: Vec<(String, String, Value)> = all.rows().iter().map(|row| {
            (row["state"].as_str().unwrap().into(), row["principalDisplayName"].as_str().unwrap().into(), row["actions"].clone())
        }).collect();
        let extend = json!(["extend"]);
        assert_eq!(told, [
            ("eligible".into(), "Ada".into(), extend.clone()),
            ("eligible".into(), "Bob".into(), extend.clone()),
            ("eligible".into(), "Carol".into(), extend.clone()),
            ("active".into(), "Ada".into(), json!([])),
            ("ended".into(), "Bob".into(), json!(["renew"])),
        ]);
        assert_eq!(all.json()["@odata.count"], 5);
        let mut seen = Vec::new();
        let mut next = Some(format!("{path}?$top=2"));
        while let Some(link) = next {
            let page = world.admin().get(&link).await.expect(200);
            assert!(page.rows().len() <= 2);
            seen.extend(page.rows());
            next = page.json()["@odata.nextLink"].as_str().map(str::to_owned);
        }
        assert_eq!(seen, all.rows());
        for (state, count) in [("eligible", 3), ("ACTIVE", 1), ("ended", 1)] {
            let rows = world.admin().get(&format!("{path}?state={state}")).await.expect(200).rows();
            assert_eq!(rows.len(), count, "{state}");
        }
        world.admin().get(&format!("{path}?state=gone")).await.refused(400, "BadRequest");
        world.ada().get(&path).await.refused(403, "Authorization_RequestDenied");
        world.admin().get("/ephor/v1/groups/00000000-0000-4000-8000-000000000000/roles").await.refused(404, "ResourceNotFound");
        // And one's own, with what one may ask for.
        world.forward(Length::days(20));
        let mine = world.as_person("bob").get("/ephor/v1/me/roles").await.expect(200).json();
        assert_eq!(mine["eligible"][0]["actions"], json!(["activate", "extend"]));
        assert_eq!(mine["ended"][0]["actions"], json!(["renew"]));
    }
}

on_every_engine! {
    /// `surface.md`: settings are read and changed by administrators, on record; R-D3 and R-E7 obey them.
    settings_are_obeyed, |world| {
        let path = "/ephor/v1/settings";
        let usual = json!({"activationOutlivesEligibility": false, "removalFloor": "PT5M", "roleAssignableGroupsMax": 500});
        assert_eq!(world.admin().get(path).await.expect(200).json(), usual);
        world.ada().get(path).await.refused(403, "Authorization_RequestDenied");
        world.ada().patch(path, &json!({"removalFloor": "PT0S"})).await.refused(403, "Authorization_RequestDenied");
        for (body, named) in [
            (json!({"removalFloor": "P2D"}), "at most 1 d"),
            (json!({"removalFloor": 5}), "`removalFloor`"),
            (json!({"roleAssignableGroupsMax": -1}), "`roleAssignableGroupsMax`"),
            (json!({"roleAssignableGroupsMax": 10_001}), "10000"),
            (json!({"activationOutlivesEligibility": "yes"}), "true or false"),
            (json!({"clock": 1}), "`clock`"),
        ] {
            let told = world.admin().patch(path, &body).await.refused(400, "BadRequest").message();
            assert!(told.contains(named), "{body}: {told}");
        }
        let before = world.audited().await;
        world.admin().patch(path, &json!({})).await.expect(200);
        assert_eq!(world.audited().await, before, "what changes nothing leaves nothing");
        let changed = world.admin().patch(path, &json!({"removalFloor": "PT1M", "activationOutlivesEligibility": true})).await.expect(200).json();
        assert_eq!(changed, json!({"activationOutlivesEligibility": true, "removalFloor": "PT1M", "roleAssignableGroupsMax": 500}));
        assert_eq!(world.last_event().await, "settingsChanged");

        world.make_eligible("ada", "prod-admins").await;
        world.activate("ada", "prod-admins").await;
        world.forward(Length::minutes(1));
        let mut remove = world.assignment("ada", "prod-admins", "P1D");
        remove["action"] = json!("adminRemove");
        world.admin().post(&pim("eligibilityScheduleRequests"), &remove).await.expect(201);
        let members = format!("/v1.0/groups/{}/members", world.group("prod-admins"));
        assert_eq!(world.admin().get(&members).await.expect(200).each("id"), [world.person("ada")], "it runs to its own end");
        world.forward(Length::hours(2));
        assert!(world.admin().get(&members).await.expect(200).rows().is_empty());
    }
}
