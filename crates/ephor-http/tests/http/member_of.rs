//! Which groups somebody is in, over HTTP (`directory.md` section 3); and the company they are in.

use ephor_core::time::Length;
use serde_json::json;

use crate::support::{URL, on_every_engine};

on_every_engine! {
    /// R-E5: a group that was activated is in `memberOf` while that lasts, and what it is in comes with it.
    r_e5_member_of_tells_active_memberships_and_no_others, |world| {
        let (inner, outer) = (world.group("prod-admins"), world.group("readers"));
        let reference = json!({"@odata.id": format!("{URL}/v1.0/groups/{inner}")});
        world.admin().post(&format!("/v1.0/groups/{outer}/members/$ref"), &reference).await.expect(204);
        world.make_eligible("ada", "prod-admins").await;
        let ada = format!("/v1.0/users/{}", world.person("ada"));
        let direct = format!("{ada}/memberOf");
        let all = "/v1.0/users/ada@contoso.example/transitiveMemberOf/microsoft.graph.group?$select=id,displayName";
        assert!(world.admin().get(&direct).await.expect(200).rows().is_empty(), "only eligible");

        world.activate("ada", "prod-admins").await.expect(201);
        let told = world.ada().get(&direct).await.expect(200);
        assert_eq!(told.each("id"), [inner.as_str()]);
        assert_eq!(told.each("@odata.type"), ["#microsoft.graph.group"]);
        assert_eq!(world.admin().get(all).await.expect(200).each("displayName"), ["prod-admins", "readers"]);
        let advanced = [("consistencylevel", "eventual")];
        let me = world.ada().send("GET", "/v1.0/me/transitiveMemberOf/$count", &advanced, None).await.expect(200);
        assert_eq!(me.text, "2");
        let filtered = format!("{all}&$filter=startswith(displayName,'read')");
        assert_eq!(world.admin().get(&filtered).await.expect(200).each("id"), [outer.as_str()]);
        assert_eq!(world.ada().get(&format!("/v1.0/groups/{inner}/memberOf")).await.expect(200).each("id"), [outer.as_str()]);

        let groups = json!({"groupIds": [outer, world.group("synced"), inner, outer, "nobody"]});
        let checked = world.ada().post("/v1.0/me/checkMemberGroups", &groups).await.expect(200).json();
        assert_eq!(checked["value"], json!([outer, inner]));
        assert_eq!(checked["@odata.context"], format!("{URL}/v1.0/$metadata#Collection(Edm.String)"));
        let got = world.admin().post(&format!("{ada}/microsoft.graph.getMemberGroups"), &json!({"securityEnabledOnly": true})).await.expect(200).json();
        assert_eq!(got["value"], json!([inner, outer]));
        let object = format!("/v1.0/directoryObjects/{inner}/getMemberObjects");
        assert_eq!(world.admin().post(&object, &json!({})).await.expect(200).json()["value"], json!([outer]));

        world.forward(Length::hours(2));
        assert!(world.admin().get(all).await.expect(200).rows().is_empty(), "at its end it is over");
        let checked = world.ada().post("/v1.0/me/checkMemberGroups", &groups).await.expect(200).json();
        assert_eq!(checked["value"], json!([]));
    }
}

on_every_engine! {
    /// Units and directory roles stand beside groups, each with its type, in pages that go on; a role that comes
    /// through a group is there transitively, and one that is only eligible is nowhere (R-E5, R-H2).
    member_of_tells_units_and_directory_roles, |world| {
        let (ada, group) = (world.person("ada"), world.group("prod-admins"));
        let (reports, groups) = ("4a5d8f65-41da-4de4-8968-e035b65339cf", "fdd7a751-b60b-444a-984c-02652fe8fa1c");
        let unit = world.admin().post("/v1.0/directory/administrativeUnits", &json!({"displayName": "North"})).await.expect(201).json();
        let unit = unit["id"].as_str().unwrap().to_owned();
        for member in [&ada, &group] {
            let reference = json!({"@odata.id": format!("{URL}/v1.0/directoryObjects/{member}")});
            world.admin().post(&format!("/v1.0/directory/administrativeUnits/{unit}/members/$ref"), &reference).await.expect(204);
        }
        let crew = json!({
            "displayName": "crew", "mailEnabled": false, "mailNickname": "crew", "securityEnabled": true,
            "isAssignableToRole": true, "members@odata.bind": [format!("{URL}/v1.0/users/{ada}")],
        });
        let crew = world.admin().post("/v1.0/groups", &crew).await.expect(201).json()["id"].as_str().unwrap().to_owned();
        let assignments = "/v1.0/roleManagement/directory/roleAssignments";
        for (who, role) in [(&ada, reports), (&crew, groups)] {
            world.admin().post(assignments, &json!({"principalId": who, "roleDefinitionId": role, "directoryScopeId": "/"})).await.expect(201);
        }
        let of_ada = format!("/v1.0/users/{ada}");
        let direct = world.admin().get(&format!("{of_ada}/memberOf")).await.expect(200);
        assert_eq!(direct.each("@odata.type"), ["#microsoft.graph.group", "#microsoft.graph.administrativeUnit", "#microsoft.graph.directoryRole"]);
        assert_eq!(direct.each("displayName"), ["crew", "North", "Reports Reader"]);
        assert_eq!(direct.rows()[2]["roleTemplateId"], reports);
        let all = world.admin().get(&format!("{of_ada}/transitiveMemberOf")).await.expect(200);
        assert_eq!(all.each("displayName"), ["crew", "North", "Groups Administrator", "Reports Reader"]);
        assert_eq!(world.admin().get(&format!("{of_ada}/memberOf/microsoft.graph.group")).await.expect(200).each("id"), [crew.as_str()]);
        let units = format!("/v1.0/groups/{group}/memberOf/microsoft.graph.administrativeUnit");
        assert_eq!(world.admin().get(&units).await.expect(200).each("id"), [unit.as_str()]);
        let roles = "/v1.0/me/transitiveMemberOf/microsoft.graph.directoryRole?$filter=displayName eq 'reports reader'&$select=roleTemplateId";
        assert_eq!(world.ada().get(roles).await.expect(200).each("roleTemplateId"), [reports]);

        world.tell("Page by page it is the same, and conditions hold of all.");
        let advanced = [("consistencylevel", "eventual")];
        let (mut next, mut seen) = (Some(format!("{of_ada}/memberOf?$top=1&$count=true")), Vec::new());
        while let Some(path) = next {
            let page = world.admin().send("GET", &path, &advanced, None).await.expect(200);
            assert_eq!(page.rows().len(), 1);
            seen.extend(page.each("displayName"));
            next = page.json()["@odata.nextLink"].as_str().map(|link| link.trim_start_matches(URL).to_owned());
        }
        assert_eq!(seen, ["crew", "North", "Reports Reader"]);
        for (filter, count) in [("displayName eq 'north'", "1"), ("securityEnabled eq true", "1"), ("startswith(displayName,'x')", "0")] {
            let path = format!("{of_ada}/memberOf/$count?$filter={filter}");
            assert_eq!(world.admin().send("GET", &path, &advanced, None).await.expect(200).text, count, "{filter}");
        }
        let objects = world.admin().post(&format!("{of_ada}/getMemberObjects"), &json!({})).await.expect(200).json();
        assert_eq!(objects["value"].as_array().unwrap().len(), 4);
        let checked = world.admin().post(&format!("{of_ada}/checkMemberObjects"), &json!({"ids": [unit, group]})).await.expect(200).json();
        assert_eq!(checked["value"], json!([unit]));

        world.tell("Who may not see who has which role is not told it here either.");
        let told = world.as_person("carol").get(&format!("{of_ada}/memberOf")).await.expect(200);
        assert_eq!(told.each("displayName"), ["crew", "North"]);
    }
}

on_every_engine! {
    /// One's own groups are one's own to know; others' take a permission, and nobody's are nobody's.
    whose_groups_may_be_known, |world| {
        let only_me = world.with_claims("ada", json!({"scp": "User.Read"}));
        only_me.get("/v1.0/me/memberOf").await.expect(200);
        only_me.get(&format!("/v1.0/users/{}/memberOf", world.person("ada"))).await.expect(200);
        only_me.get(&format!("/v1.0/users/{}/memberOf", world.person("bob"))).await.refused(403, "Authorization_RequestDenied");
        let group = world.group("readers");
        for path in [format!("/v1.0/users/{group}/memberOf"), format!("/v1.0/groups/{}/memberOf", world.person("bob"))] {
            world.admin().get(&path).await.refused(404, "Request_ResourceNotFound");
        }
        let path = "/v1.0/me/checkMemberGroups";
        world.ada().post(path, &json!({})).await.refused(400, "Request_BadRequest");
        let many: Vec<String> = vec![group; 21];
        let told = world.ada().post(path, &json!({"groupIds": many})).await.refused(400, "Request_BadRequest");
        assert!(told.message().contains("at most 20"), "{}", told.message());
        world.ada().post("/v1.0/me/getMemberGroups", &json!({"securityEnabledOnly": "yes"})).await.refused(400, "Request_BadRequest");
    }
}

on_every_engine! {
    /// The company and its domain, as clients ask for them when they begin.
    the_company_and_its_domain_are_told, |world| {
        let told = world.ada().get("/v1.0/organization").await.expect(200);
        assert_eq!(told.each("id"), [world.tenant()]);
        assert_eq!(told.rows()[0]["verifiedDomains"][0]["name"], "contoso.example");
        let one = world.ada().get(&format!("/v1.0/organization/{}?$select=id", world.tenant())).await.expect(200).json();
        assert!(one.get("verifiedDomains").is_none());
        let domain = world.ada().get("/v1.0/domains").await.expect(200).rows().remove(0);
        for flag in ["isVerified", "isDefault", "isInitial", "isRoot"] {
            assert_eq!(domain[flag], true, "{flag}");
        }
        world.ada().get("/v1.0/domains/contoso.example").await.expect(200);
        world.ada().get("/v1.0/domains/elsewhere.example").await.refused(404, "Request_ResourceNotFound");
    }
}
