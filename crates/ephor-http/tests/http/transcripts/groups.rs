//! `azuread_group`, `azuread_group_member` and their data sources: all of it on `/beta`
//! (`infrastructure-clients.md` 2.1).

use serde_json::{Value, json};

use super::{Tool, id};
use crate::support::{URL, World, on_every_engine};

const MAIL: &str =
    "allowExternalSenders,autoSubscribeNewMembers,hideFromAddressLists,hideFromOutlookClients";

pub(super) fn group(tool: &Tool<'_>, name: &str, owners: &[String]) -> Value {
    let binds: Vec<String> = if owners.is_empty() {
        vec![tool.id.clone()]
    } else {
        owners.to_vec()
    };
    json!({
        "@odata.type": "#microsoft.graph.group", "displayName": name, "mailNickname": format!("{name}-4f2a"),
        "mailEnabled": false, "securityEnabled": true, "isAssignableToRole": false, "description": null,
        "membershipRule": null, "groupTypes": [], "resourceBehaviorOptions": [], "resourceProvisioningOptions": [],
        "owners@odata.bind": binds.iter().map(|id| format!("{URL}/beta/directoryObjects/{id}")).collect::<Vec<_>>(),
    })
}

/// Steps 3 to 5: made, renamed there and back, and read five times.
async fn create(tool: &Tool<'_>, body: &Value) -> String {
    let made = tool.post("/beta/groups", body).await;
    let path = format!("/beta/groups/{}", id(&made));
    // Trap 16: names are no keys.
    tool.patch(
        &path,
        &json!({"displayName": "TERRAFORM_UPDATE_8e5b7a52-33a4-4a8c-a4d6-3c2b4f6f1b77"}),
    )
    .await;
    tool.patch(&path, &json!({"displayName": body["displayName"]}))
        .await;
    tool.settles(&path, |told| {
        told.status == 200 && told.json()["displayName"] == body["displayName"]
    })
    .await;
    path
}

pub(super) async fn ids(tool: &Tool<'_>, path: &str) -> Vec<String> {
    let rows = tool.rows(path, &[]).await;
    // Trap 21: each with its type.
    assert!(
        rows.iter().all(|row| row["@odata.type"]
            .as_str()
            .unwrap()
            .starts_with("#microsoft.graph.")),
        "{rows:?}"
    );
    rows.iter().map(|row| id(row).to_owned()).collect()
}

async fn people(world: &World, count: usize) -> Vec<String> {
    let mut made = Vec::new();
    for at in 0..count {
        let user = json!({
            "accountEnabled": true, "displayName": format!("Person {at}"), "mailNickname": format!("p{at}"),
            "userPrincipalName": format!("p{at}@contoso.example"), "passwordProfile": {"password": "correct horse battery"},
        });
        made.push(
            id(&world
                .admin()
                .post("/v1.0/users", &user)
                .await
                .expect(201)
                .json())
            .to_owned(),
        );
    }
    made
}

on_every_engine! {
    /// Traps 15, 16, 18 and 19: a group with nothing configured is owned by the tool alone; the next plan is empty.
    a_plain_group_is_made_and_the_next_plan_is_empty, |world| {
        let tool = Tool::of(&world).await;
        let duplicates = tool.rows("/beta/groups", &[("$filter", "displayName eq 'acctest'")]).await;
        assert!(duplicates.is_empty());
        let sent = group(&tool, "acctest", &[]);
        let path = create(&tool, &sent).await;
        assert_eq!(ids(&tool, &format!("{path}/owners")).await, std::slice::from_ref(&tool.id), "trap 15");
        assert!(ids(&tool, &format!("{path}/members")).await.is_empty());
        assert!(tool.rows(&format!("{path}/memberOf"), &[]).await.is_empty());
        let told = tool.get(&path, &[]).await.expect(200).json();
        for name in [
            "id", "displayName", "description", "mail", "mailEnabled", "mailNickname", "securityEnabled", "groupTypes",
            "visibility", "theme", "isAssignableToRole", "membershipRule", "membershipRuleProcessingState",
            "resourceBehaviorOptions", "resourceProvisioningOptions", "writebackConfiguration", "proxyAddresses",
            "preferredLanguage", "onPremisesDomainName", "onPremisesNetBiosName", "onPremisesSamAccountName",
            "onPremisesSecurityIdentifier", "onPremisesSyncEnabled",
        ] {
            assert!(told.get(name).is_some(), "trap 19: {name}");
        }
        for name in ["description", "membershipRule", "groupTypes", "resourceBehaviorOptions", "resourceProvisioningOptions", "mailNickname", "isAssignableToRole"] {
            assert_eq!(told[name], sent[name], "trap 18: {name}");
        }
        assert_eq!((&told["theme"], &told["writebackConfiguration"]["isEnabled"]), (&Value::Null, &Value::Null));
        assert_eq!(tool.get(&path, &[]).await.expect(200).status, 200);
        tool.delete(&path).await;
        tool.is_gone(&path).await;
    }
}

on_every_engine! {
    /// Traps 13, 20, 22 and 29: a Microsoft 365 group with owners that were looked up one by one, and the tool
    /// among them twice; its settings for mail are set one by one; owners are added before others go.
    a_microsoft_365_group_is_made_and_changed, |world| {
        let tool = Tool::of(&world).await;
        for who in ["ada", "bob"] {
            for _ in 0..3 {
                let told = tool.get(&format!("/v1.0/directoryObjects/{}", world.person(who)), &[]).await.expect(200).json();
                assert_eq!(told["@odata.type"], "#microsoft.graph.user", "trap 22");
            }
        }
        let own = tool.get(&format!("/v1.0/directoryObjects/{}", tool.id), &[]).await.expect(200).json();
        assert_eq!(own["@odata.type"], "#microsoft.graph.servicePrincipal");
        let mut sent = group(&tool, "unified", &[tool.id.clone(), world.person("ada"), tool.id.clone()]);
        for (name, value) in json!({
            "mailEnabled": true, "groupTypes": ["Unified"], "theme": "Pink", "visibility": "Hiddenmembership",
            "resourceBehaviorOptions": ["SkipExchangeInstantOn"], "resourceProvisioningOptions": ["Team"],
            "writebackConfiguration": {"isEnabled": true, "onPremisesGroupType": "UniversalMailEnabledSecurityGroup"},
        }).as_object().unwrap() {
            sent[name] = value.clone();
        }
        let path = create(&tool, &sent).await;
        let told = tool.get(&path, &[]).await.expect(200).json();
        for name in ["theme", "visibility", "resourceBehaviorOptions", "resourceProvisioningOptions", "writebackConfiguration", "groupTypes"] {
            assert_eq!(told[name], sent[name], "{name}");
        }
        assert_eq!(told["description"], Value::Null, "none appears by itself");
        for name in MAIL.split(',') {
            tool.patch(&path, &json!({name: true})).await;
            for _ in 0..5 {
                let told = tool.get(&path, &[("$select", MAIL)]).await.expect(200).json();
                assert_eq!(told[name], true, "trap 20");
            }
        }
        assert_eq!(ids(&tool, &format!("{path}/owners")).await, [tool.id.clone(), world.person("ada")], "trap 13");

        let update = json!({
            "description": "changed", "displayName": "unified", "mailEnabled": true, "membershipRule": null,
            "securityEnabled": true, "theme": "Purple", "writebackConfiguration": {"isEnabled": false},
        });
        tool.patch(&path, &update).await;
        assert_eq!(tool.get(&path, &[]).await.expect(200).json()["writebackConfiguration"]["isEnabled"], false);
        tool.post(&format!("{path}/owners/$ref"), &Tool::reference("beta", &world.person("bob"))).await;
        for gone in [tool.id.clone(), world.person("ada")] {
            tool.delete(&format!("{path}/owners/{gone}/$ref")).await;
        }
        assert_eq!(ids(&tool, &format!("{path}/owners")).await, [world.person("bob")]);
    }
}

on_every_engine! {
    /// Owners 1 to 45 to 1 and members 66 to 0: twenty at once, the rest one by one, and everything paged through.
    many_owners_and_members_come_and_go, |world| {
        let tool = Tool::of(&world).await;
        let people = people(&world, 66).await;
        let path = create(&tool, &group(&tool, "many", &people[..20])).await;
        for owner in &people[20..45] {
            tool.post(&format!("{path}/owners/$ref"), &Tool::reference("beta", owner)).await;
        }
        for member in &people {
            tool.post(&format!("{path}/members/$ref"), &Tool::reference("beta", member)).await;
        }
        assert_eq!(ids(&tool, &format!("{path}/owners")).await, people[..45]);
        assert_eq!(ids(&tool, &format!("{path}/members")).await, people);
        for owner in &people[1..45] {
            tool.delete(&format!("{path}/owners/{owner}/$ref")).await;
        }
        for member in &people {
            tool.delete(&format!("{path}/members/{member}/$ref")).await;
        }
        assert_eq!(ids(&tool, &format!("{path}/owners")).await, people[..1]);
        assert!(ids(&tool, &format!("{path}/members")).await.is_empty());
    }
}

on_every_engine! {
    /// Traps 8 and 30: one member as a resource of its own: found by id in default mode, and gone.
    a_member_is_a_resource_of_its_own, |world| {
        let tool = Tool::of(&world).await;
        let path = create(&tool, &group(&tool, "crew", &[])).await;
        let nested = create(&tool, &group(&tool, "inner", &[])).await;
        let inner = nested.rsplit('/').next().unwrap().to_owned();
        for member in [world.person("ada"), inner.clone(), tool.id.clone()] {
            tool.get(&path, &[]).await.expect(200);
            assert!(!ids(&tool, &format!("{path}/members")).await.contains(&member));
            tool.post(&format!("{path}/members/$ref"), &Tool::reference("beta", &member)).await;
            let filter = format!("id eq '{member}'");
            let found = tool.rows(&format!("{path}/members"), &[("$filter", &filter)]).await;
            assert_eq!(found.len(), 1, "trap 8");
            assert_eq!(found[0]["id"], member, "compared letter by letter");
        }
        let again = tool.send("POST", &format!("{path}/members/$ref"), Some(&Tool::reference("beta", &inner))).await.expect(400);
        assert!(again.message().contains("One or more added object references already exist"), "trap 30: {}", again.message());
        tool.delete(&format!("{path}/members/{inner}/$ref")).await;
        let filter = format!("id eq '{inner}'");
        for _ in 0..5 {
            assert!(tool.rows(&format!("{path}/members"), &[("$filter", &filter)]).await.is_empty());
        }
        assert_eq!(tool.send("DELETE", &format!("{path}/members/{inner}/$ref"), None).await.status, 404);
    }
}

on_every_engine! {
    /// Traps 7 and 9: the data sources: by name and nickname, with conditions in front and behind, by prefix.
    groups_are_looked_up_as_the_tool_does_it, |world| {
        let tool = Tool::of(&world).await;
        let path = create(&tool, &group(&tool, "acctest's", &[])).await;
        create(&tool, &group(&tool, "acctestother", &[])).await;
        let crew = path.rsplit('/').next().unwrap();
        for filter in [
            "displayName eq 'acctest''s'", "displayName eq 'acctest''s' and mailEnabled eq false and securityEnabled eq true",
            "mailNickname eq 'acctestother-4f2a'", "securityEnabled eq true and displayName eq 'acctest''s'",
        ] {
            let rows = tool.rows("/beta/groups", &[("$filter", filter)]).await;
            assert_eq!(rows.len(), 1, "{filter}");
            assert!(rows[0].get("membershipRule").is_some() && rows[0].get("writebackConfiguration").is_some(), "trap 19");
        }
        for filter in ["startsWith(displayName, 'acctest')", "securityEnabled eq true and startsWith(displayName, 'acctest')"] {
            assert_eq!(tool.rows("/beta/groups", &[("$filter", filter)]).await.len(), 2, "trap 9: {filter}");
        }
        assert!(tool.rows("/beta/groups", &[]).await.iter().all(|row| row["displayName"].is_string()));
        assert!(ids(&tool, &format!("/beta/groups/{crew}/transitiveMembers")).await.is_empty());
    }
}

on_every_engine! {
    /// A dynamic group, with a rule as the tool's own tests have it.
    a_dynamic_group_is_made, |world| {
        let tool = Tool::of(&world).await;
        let mut sent = group(&tool, "dynamic", &[]);
        sent["groupTypes"] = json!(["DynamicMembership", "Unified"]);
        sent["mailEnabled"] = json!(true);
        sent["membershipRule"] = json!("user.department -eq \"Sales\"");
        sent["membershipRuleProcessingState"] = json!("On");
        let path = create(&tool, &sent).await;
        let told = tool.get(&path, &[]).await.expect(200).json();
        assert_eq!((&told["membershipRule"], &told["membershipRuleProcessingState"]), (&sent["membershipRule"], &json!("On")));
        let mut types: Vec<&str> = told["groupTypes"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        types.sort_unstable();
        assert_eq!(types, ["DynamicMembership", "Unified"]);
        tool.patch(&path, &json!({"membershipRule": "user.department -eq \"Nobody\"", "membershipRuleProcessingState": "Paused"})).await;
        assert_eq!(tool.get(&path, &[]).await.expect(200).json()["membershipRuleProcessingState"], "Paused");
    }
}
