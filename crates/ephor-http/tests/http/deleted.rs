//! What comes back and what is cut off, over HTTP: restoring, disabling, and what is known of users and groups
//! (R-B4; `directory.md` 3, 4.2 and 4.3).

use ephor_core::time::Length;
use serde_json::{Value, json};

use crate::support::{URL, World, on_every_engine, pim};

const ITEMS: &str = "/v1.0/directory/deletedItems";

/// How many rows of this kind the group has.
async fn rows(world: &World, name: &str, group: &str) -> usize {
    let path = pim(&format!(
        "{name}?$filter=groupId eq '{}'",
        world.group(group)
    ));
    world.admin().get(&path).await.expect(200).rows().len()
}

on_every_engine! {
    /// R-B4: a deleted group grants nothing from that instant. Restored, it is managed as before: its settings
    /// and its eligibilities are back, activations and pending requests are not.
    r_b4_a_restored_group_is_managed_as_before_without_its_activations, |world| {
        let group = world.group("prod-admins");
        world.make_eligible("ada", "prod-admins").await;
        world.ask_for_approval("prod-admins", &["carol"]).await;
        world.make_eligible("bob", "prod-admins").await;
        let waiting = world.activate("bob", "prod-admins").await.json();
        assert_eq!(waiting["status"], "PendingApproval");
        let active = world.assignment("carol", "prod-admins", "P5D");
        world.admin().post(&pim("assignmentScheduleRequests"), &active).await.expect(201);
        let own = json!({"@odata.id": format!("{URL}/v1.0/users/{}", world.person("ada"))});
        let owners = format!("/v1.0/groups/{group}/owners/$ref");
        world.admin().post(&owners, &own).await.expect(204);
        let policies = format!("/v1.0/policies/roleManagementPolicies?$filter=scopeId eq '{group}' and scopeType eq 'Group'&$expand=rules");
        let before = world.admin().get(&policies).await.expect(200).json()["value"].clone();

        world.admin().delete(&format!("/v1.0/groups/{group}")).await.expect(204);
        world.admin().get(&format!("/v1.0/groups/{group}")).await.refused(404, "Request_ResourceNotFound");
        let listed = world.admin().get(&format!("{ITEMS}/microsoft.graph.group")).await.expect(200);
        assert_eq!(listed.each("id"), [group.as_str()]);
        assert_eq!(listed.rows()[0]["deletedDateTime"], "2026-11-21T09:00:00Z");
        assert_eq!(listed.rows()[0]["@odata.type"], "#microsoft.graph.group");
        let one = world.admin().get(&format!("{ITEMS}/{group}?$select=id,deletedDateTime")).await.expect(200).json();
        assert_eq!(one["deletedDateTime"], "2026-11-21T09:00:00Z");
        assert!(one.get("displayName").is_none());

        world.forward(Length::hours(1));
        let told = world.admin().send("POST", &format!("{ITEMS}/{group}/restore"), &[], None).await.expect(200).json();
        assert_eq!((&told["id"], &told["deletedDateTime"]), (&json!(group), &Value::Null));
        assert_eq!(told["displayName"], "prod-admins");
        world.admin().get(&format!("{ITEMS}/{group}")).await.refused(404, "Request_ResourceNotFound");

        let after = world.admin().get(&policies).await.expect(200).json()["value"].clone();
        assert_eq!(after, before, "its settings are as they were");
        assert_eq!(rows(&world, "eligibilityScheduleInstances", "prod-admins").await, 2);
        let members = format!("/v1.0/groups/{group}/members");
        assert_eq!(world.admin().get(&members).await.expect(200).each("id"), [world.person("carol")], "assigned, not activated");
        let owners = format!("/v1.0/groups/{group}/owners");
        assert_eq!(world.admin().get(&owners).await.expect(200).each("id"), [world.person("ada")]);
        let path = pim(&format!("assignmentScheduleRequests/{}", waiting["id"].as_str().unwrap()));
        assert_eq!(world.admin().get(&path).await.expect(200).json()["status"], "Failed");
        world.admin().send("POST", &format!("/v1.0/groups/{group}/restore"), &[], None).await
            .refused(404, "Request_ResourceNotFound");
    }
}

on_every_engine! {
    /// R-B4, T-65: an activation that ran when its group was deleted does not come back with it.
    t65_an_activation_does_not_come_back_with_its_group, |world| {
        let group = world.group("prod-admins");
        world.make_eligible("ada", "prod-admins").await;
        world.activate("ada", "prod-admins").await.expect(201);
        let members = format!("/v1.0/groups/{group}/members");
        assert_eq!(world.admin().get(&members).await.expect(200).rows().len(), 1);
        world.admin().delete(&format!("/v1.0/groups/{group}")).await.expect(204);
        world.admin().send("POST", &format!("/v1.0/groups('{group}')/microsoft.graph.restore"), &[], None).await.expect(200);
        assert!(world.admin().get(&members).await.expect(200).rows().is_empty());
        assert_eq!(rows(&world, "eligibilityScheduleInstances", "prod-admins").await, 1);
        world.activate("ada", "prod-admins").await.expect(201);
    }
}

on_every_engine! {
    /// A disabled account has, may activate and waits for nothing, from that instant; enabled again, its
    /// assignments are back and its activations are not.
    a_disabled_account_has_and_waits_for_nothing_at_once, |world| {
        let ada = format!("/v1.0/users/{}", world.person("ada"));
        world.make_eligible("ada", "prod-admins").await;
        world.activate("ada", "prod-admins").await.expect(201);
        world.ask_for_approval("readers", &["carol"]).await;
        world.make_eligible("ada", "readers").await;
        let waiting = world.activate("ada", "readers").await.json();
        let members = format!("/v1.0/groups/{}/members", world.group("prod-admins"));
        assert_eq!(world.admin().get(&members).await.expect(200).rows().len(), 1);

        world.admin().patch(&ada, &json!({"accountEnabled": false})).await.expect(204);
        assert!(world.admin().get(&members).await.expect(200).rows().is_empty());
        assert_eq!(rows(&world, "eligibilityScheduleInstances", "prod-admins").await, 0);
        let path = pim(&format!("assignmentScheduleRequests/{}", waiting["id"].as_str().unwrap()));
        assert_eq!(world.admin().get(&path).await.expect(200).json()["status"], "Failed");
        world.ada().get("/v1.0/me").await.refused(401, "InvalidAuthenticationToken");
        let shown = world.admin().get(&format!("{ada}?$select=accountEnabled")).await.expect(200).json();
        assert_eq!(shown["accountEnabled"], false);

        world.admin().patch(&ada, &json!({"accountEnabled": true})).await.expect(204);
        assert!(world.admin().get(&members).await.expect(200).rows().is_empty());
        assert_eq!(rows(&world, "eligibilityScheduleInstances", "prod-admins").await, 1);
        // What was signed in before stays ended (T-38).
        world.ada().get("/v1.0/me").await.refused(401, "InvalidAuthenticationToken");
        world.admin().patch(&format!("/v1.0/users/{}", world.person("admin")), &json!({"accountEnabled": false})).await
            .refused(400, "Request_BadRequest");
    }
}

on_every_engine! {
    /// A deleted user is listed, restored with what still runs, and gone for good where somebody says so.
    a_deleted_user_is_restored_or_gone_for_good, |world| {
        let ada = world.person("ada");
        world.make_eligible("ada", "prod-admins").await;
        let user = format!("/v1.0/users/{ada}");
        world.admin().delete(&user).await.expect(204);
        let listed = world.admin().get(&format!("{ITEMS}/graph.user?$select=id,deletedDateTime,displayName")).await.expect(200);
        assert_eq!(listed.each("displayName"), ["Ada"]);
        assert_eq!(listed.each("deletedDateTime"), ["2026-11-21T09:00:00Z"]);
        let all = format!("{ITEMS}/microsoft.graph.user");
        let one = world.admin().get(&all).await.expect(200);
        assert_eq!(one.each("deletedDateTime").len(), 1, "deleted users tell since when");
        let told = world.admin().send("POST", &format!("{ITEMS}/{ada}/restore"), &[], None).await.expect(200).json();
        assert_eq!(told["@odata.type"], "#microsoft.graph.user");
        assert_eq!(told["userPrincipalName"], "ada@contoso.example");
        assert_eq!(rows(&world, "eligibilityScheduleInstances", "prod-admins").await, 1);

        // What is not deleted is not there to be deleted for good.
        world.admin().delete(&format!("{ITEMS}/{ada}")).await.refused(404, "Request_ResourceNotFound");
        world.admin().delete(&user).await.expect(204);
        world.as_person("bob").delete(&format!("{ITEMS}/{ada}")).await.refused(403, "Authorization_RequestDenied");
        world.as_person("bob").get(&format!("{ITEMS}/{ada}")).await.refused(403, "Authorization_RequestDenied");
        world.admin().delete(&format!("{ITEMS}/{ada}")).await.expect(204);
        assert_eq!(world.last_event().await, "userPurged");
        assert!(world.admin().get(&all).await.expect(200).rows().is_empty());
        for method in ["GET", "DELETE"] {
            world.admin().send(method, &format!("{ITEMS}/{ada}"), &[], None).await.refused(404, "Request_ResourceNotFound");
        }
        world.admin().send("POST", &format!("{ITEMS}/{ada}/restore"), &[], None).await.refused(404, "Request_ResourceNotFound");
    }
}

on_every_engine! {
    /// Deleted groups come in pages, filtered and ordered by when; after 30 days they are not there any more.
    deleted_items_are_paged_and_filtered_by_when_they_were_deleted, |world| {
        for name in ["prod-admins", "readers", "dynamic"] {
            world.admin().delete(&format!("/v1.0/groups/{}", world.group(name))).await.expect(204);
            world.forward(Length::hours(1));
        }
        let path = format!("{ITEMS}/microsoft.graph.group");
        let page = world.admin().get(&format!("{path}?$top=2&$select=displayName")).await.expect(200);
        assert_eq!(page.each("displayName"), ["dynamic", "readers"], "the latest first");
        let next = page.json()["@odata.nextLink"].as_str().unwrap().replace(URL, "");
        assert_eq!(world.admin().get(&next).await.expect(200).each("displayName"), ["prod-admins"]);
        let advanced = [("consistencylevel", "eventual")];
        let filter = "?$count=true&$orderby=deletedDateTime&$filter=deletedDateTime ge 2026-11-21T10:00:00Z";
        let told = world.admin().send("GET", &format!("{path}{filter}"), &advanced, None).await.expect(200);
        assert_eq!(told.each("displayName"), ["readers", "dynamic"]);
        assert_eq!(told.json()["@odata.count"], 2);
        let count = world.admin().send("GET", &format!("{path}/$count"), &advanced, None).await.expect(200);
        assert_eq!(count.text, "3");
        world.forward(Length::days(30));
        assert!(world.admin().get(&path).await.expect(200).rows().is_empty());
    }
}

on_every_engine! {
    /// What is known of a user is changed in one piece: null takes away, and what can't be is told with its name.
    a_user_is_changed_in_one_piece, |world| {
        let ada = format!("/v1.0/users/{}", world.person("ada"));
        let change = json!({
            "displayName": "Ada Lovelace", "jobTitle": "Analyst", "department": "Engines", "employeeId": "7",
            "userPrincipalName": "lovelace@contoso.example", "mobilePhone": "+44 1",
            "passwordProfile": {"password": "correct horse battery", "forceChangePasswordNextSignIn": true},
        });
        world.admin().patch(&ada, &change).await.expect(204);
        let all = "$select=displayName,jobTitle,department,employeeId,userPrincipalName";
        let by_name = format!("/v1.0/users/lovelace@contoso.example?{all}");
        let shown = world.admin().get(&by_name).await.expect(200).json();
        assert_eq!((&shown["displayName"], &shown["jobTitle"], &shown["employeeId"]), (&json!("Ada Lovelace"), &json!("Analyst"), &json!("7")));
        let found = world.admin().get("/v1.0/users?$filter=department eq 'engines'").await.expect(200);
        assert_eq!(found.each("displayName"), ["Ada Lovelace"]);
        let audits = world.admin().get("/v1.0/auditLogs/directoryAudits?$filter=activityDisplayName eq 'Update user'").await.expect(200);
        let modified = audits.rows()[0]["targetResources"][0]["modifiedProperties"].clone();
        assert!(modified.as_array().unwrap().iter().any(|one| one["displayName"] == "jobTitle" && one["newValue"] == "\"Analyst\""), "{modified}");
        assert!(!audits.text.contains("correct horse"));

        world.admin().patch("/v1.0/users/lovelace@contoso.example", &json!({"jobTitle": null, "department": ""})).await.expect(204);
        let shown = world.admin().get(&by_name).await.expect(200).json();
        assert_eq!((&shown["jobTitle"], &shown["department"]), (&Value::Null, &Value::Null));

        for (body, part) in [
            (json!({"displayName": "x", "userPrincipalName": "bob@contoso.example"}), "bob@contoso.example"),
            (json!({"displayName": "x", "userPrincipalName": "ada@elsewhere.example"}), "verified domain"),
            (json!({"displayName": "x", "passwordProfile": {"password": "short"}}), "specified password does not comply"),
            (json!({"displayName": null}), "`displayName`"),
            (json!({"displayName": "x", "createdDateTime": "2026-11-21T09:00:00Z"}), "read-only"),
            (json!({"displayName": "x", "accountEnabled": "no"}), "`accountEnabled`"),
            (json!([]), "object"),
        ] {
            let told = world.admin().patch(&ada, &body).await.expect(400);
            assert!(told.message().contains(part), "{body}: {}", told.message());
        }
        let shown = world.admin().get(&by_name).await.expect(200).json();
        assert_eq!(shown["displayName"], "Ada Lovelace", "a change that is refused changes nothing");
        // Ada's own sessions ended with the reset of her password.
        world.ada().get("/v1.0/me").await.refused(401, "InvalidAuthenticationToken");
        world.as_person("bob").patch(&ada, &json!({"jobTitle": "Boss"})).await.refused(403, "Authorization_RequestDenied");
    }
}

on_every_engine! {
    /// A group's owner changes what it is called and adds members in one piece; what is fixed stays (R-A2).
    a_group_is_changed_in_one_piece, |world| {
        let group = format!("/v1.0/groups/{}", world.group("readers"));
        let (ada, bob) = (world.person("ada"), world.person("bob"));
        let address = |id: &str| format!("{URL}/v1.0/directoryObjects/{id}");
        let change = json!({"owners@odata.bind": [address(&ada)]});
        world.admin().patch(&group, &change).await.expect(204);
        // Known clients send all they know with a change.
        let change = json!({
            "displayName": "Readers", "description": "Read", "mailNickname": "rd", "mailEnabled": false,
            "securityEnabled": true, "groupTypes": [], "membershipRule": null, "isAssignableToRole": false,
            "members@odata.bind": [address(&ada), address(&bob)],
        });
        world.ada().patch(&group, &change).await.expect(204);
        let shown = world.ada().get(&group).await.expect(200).json();
        assert_eq!((&shown["displayName"], &shown["description"], &shown["mailNickname"]), (&json!("Readers"), &json!("Read"), &json!("rd")));
        let members = format!("{group}/members");
        assert_eq!(world.ada().get(&members).await.expect(200).each("id"), [ada.clone(), bob.clone()]);
        assert_eq!(world.ada().get("/v1.0/groups?$filter=startswith(mailNickname,'rd')").await.expect(200).rows().len(), 1);

        let carol = address(&world.person("carol"));
        for (body, part) in [
            (json!({"description": "x", "members@odata.bind": [carol, address(&bob)]}), "already exist"),
            (json!({"description": "x", "isAssignableToRole": true}), "isAssignableToRole"),
            (json!({"description": "x", "mailEnabled": true}), "mailEnabled"),
            (json!({"description": "x", "securityEnabled": false}), "securityEnabled"),
            (json!({"description": "x", "groupTypes": ["Unified"]}), "groupTypes"),
            (json!({"description": "x", "visibility": "HiddenMembership"}), "HiddenMembership is set"),
            (json!({"description": "x", "displayName": ""}), "`displayName`"),
            (json!({"description": "x", "mail": "a@contoso.example"}), "read-only"),
        ] {
            let told = world.ada().patch(&group, &body).await.expect(400);
            assert!(told.message().contains(part), "{body}: {}", told.message());
        }
        assert_eq!(world.ada().get(&members).await.expect(200).rows().len(), 2);
        assert_eq!(world.ada().get(&group).await.expect(200).json()["description"], "Read");
        world.ada().patch(&group, &json!({"description": null})).await.expect(204);
        assert_eq!(world.ada().get(&group).await.expect(200).json()["description"], Value::Null);

        let only_members = world.with_claims("ada", json!({"scp": "GroupMember.ReadWrite.All"}));
        only_members.patch(&group, &json!({"description": "x"})).await.refused(403, "Authorization_RequestDenied");
        only_members.patch(&group, &json!({"members@odata.bind": [carol]})).await.expect(204);
        world.as_person("bob").patch(&group, &json!({"description": "x"})).await.refused(403, "Authorization_RequestDenied");
        let synced = format!("/v1.0/groups/{}", world.group("synced"));
        world.admin().patch(&synced, &json!({"description": "x"})).await.refused(400, "Request_BadRequest");
    }
}

on_every_engine! {
    /// R-B2: a dynamic group follows its rule as users change, in the same moment; a rule that can't be read is
    /// refused with the place where it goes wrong, and a paused one changes nothing.
    r_b2_a_dynamic_group_follows_its_rule, |world| {
        let (ada, bob) = (world.person("ada"), world.person("bob"));
        let ada_at = format!("/v1.0/users/{ada}");
        let group = format!("/v1.0/groups/{}", world.group("dynamic"));
        let members = format!("{group}/members");
        let now = async || world.admin().get(&members).await.expect(200).each("id");
        assert!(now().await.is_empty());
        world.admin().patch(&ada_at, &json!({"department": "it"})).await.expect(204);
        assert_eq!(now().await, [ada.as_str()]);
        let reference = json!({"@odata.id": format!("{URL}/v1.0/users/{bob}")});
        world.admin().post(&format!("{members}/$ref"), &reference).await.refused(400, "Request_BadRequest");
        world.admin().patch(&ada_at, &json!({"accountEnabled": false})).await.expect(204);
        assert!(now().await.is_empty());
        world.admin().patch(&ada_at, &json!({"accountEnabled": true})).await.expect(204);
        assert_eq!(now().await, [ada.as_str()]);

        let rule = json!({"membershipRule": "user.displayName -in [\"Ada\", \"bob\"]"});
        world.admin().patch(&group, &rule).await.expect(204);
        assert_eq!(now().await, [ada.as_str(), bob.as_str()]);
        world.admin().patch(&group, &json!({"membershipRuleProcessingState": "Paused"})).await.expect(204);
        world.admin().patch(&ada_at, &json!({"displayName": "Ada L"})).await.expect(204);
        assert_eq!(now().await.len(), 2, "paused");
        world.admin().patch(&group, &json!({"membershipRuleProcessingState": "On"})).await.expect(204);
        assert_eq!(now().await, [bob.as_str()]);

        let bad = json!({"membershipRule": "user.department = \"IT\""});
        let told = world.admin().patch(&group, &bad).await.refused(400, "Request_BadRequest");
        assert!(told.message().contains("position 16"), "{}", told.message());
        assert_eq!(now().await, [bob.as_str()]);
    }
}
