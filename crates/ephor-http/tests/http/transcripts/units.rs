//! `azuread_administrative_unit`, its members, groups made in it, and roles over it
//! (`infrastructure-clients.md` 2.1 and 2.3).

use serde_json::{Value, json};

use super::groups::{group, ids};
use super::{Tool, id};
use crate::support::{URL, on_every_engine};

const UNITS: &str = "/v1.0/directory/administrativeUnits";
const GROUPS_ADMINISTRATOR: &str = "fdd7a751-b60b-444a-984c-02652fe8fa1c";

/// Made, renamed there and back, and read.
async fn create(tool: &Tool<'_>, name: &str) -> String {
    let by_name = format!("displayName eq '{name}'");
    assert!(tool.rows(UNITS, &[("$filter", &by_name)]).await.is_empty());
    let new = json!({
        "@odata.type": "#microsoft.graph.administrativeUnit", "displayName": name, "visibility": "Public",
    });
    let made = tool.post(UNITS, &new).await;
    let path = format!("{UNITS}/{}", id(&made));
    // Trap 16: names are no keys.
    let passing = json!({"displayName": "TERRAFORM_UPDATE_0f6f1f0e-3a1c-4a52-8f0e-6d0a4c3d9b11"});
    tool.patch(&path, &passing).await;
    tool.patch(&path, &json!({"displayName": name})).await;
    assert_eq!(
        tool.get(&path, &[]).await.expect(200).json()["displayName"],
        name
    );
    path
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// The units among what a group is in, as the tool tells them: by type, each with its id.
async fn units_of(tool: &Tool<'_>, group: &str) -> Vec<String> {
    let rows = tool
        .rows(&format!("/beta/groups/{group}/memberOf"), &[])
        .await;
    let is_unit = |row: &&Value| row["@odata.type"] == "#microsoft.graph.administrativeUnit";
    let units = rows.iter().filter(is_unit);
    units.map(|row| id(row).to_owned()).collect()
}

on_every_engine! {
    /// Traps 2, 8, 16 and 17: made, filled, changed, emptied, and deleted at its other address.
    a_unit_and_its_members_come_and_go, |world| {
        let tool = Tool::of(&world).await;
        let path = create(&tool, "north").await;
        assert_eq!(tool.rows(UNITS, &[("$filter", "displayName eq 'north'")]).await.len(), 1);
        let (ada, bob, readers) = (world.person("ada"), world.person("bob"), world.group("readers"));
        for member in [&ada, &bob, &readers] {
            let filter = format!("id eq '{member}'");
            let members = format!("{path}/members");
            assert!(tool.rows(&members, &[("$filter", &filter)]).await.is_empty());
            tool.post(&format!("{members}/$ref"), &Tool::reference("v1.0", member)).await;
            for _ in 0..5 {
                let found = tool.rows(&members, &[("$filter", &filter)]).await;
                assert_eq!(found.len(), 1, "trap 8");
                assert_eq!(found[0]["id"].as_str(), Some(member.as_str()), "trap 17");
            }
        }
        assert_eq!(ids(&tool, &format!("{path}/members")).await, [ada.clone(), bob.clone(), readers.clone()]);
        tool.patch(&path, &json!({"description": "", "displayName": "north", "visibility": "HiddenMembership"})).await;
        let told = tool.get(&path, &[]).await.expect(200).json();
        assert_eq!(told["visibility"], "HiddenMembership");
        for member in [&ada, &bob, &readers] {
            tool.delete(&format!("{path}/members/{member}/$ref")).await;
        }
        assert!(ids(&tool, &format!("{path}/members")).await.is_empty());
        assert_eq!(tool.send("DELETE", &format!("{path}/members/{ada}/$ref"), None).await.status, 404);
        tool.delete(&format!("/beta/administrativeUnits/{}", last(&path))).await;
        tool.is_gone(&path).await;
    }
}

on_every_engine! {
    /// Traps 13, 16 and 21: a group that is made in a unit is told with its type; it joins another, and leaves one.
    a_group_is_made_in_units_and_moves, |world| {
        let tool = Tool::of(&world).await;
        let (north, south) = (create(&tool, "north").await, create(&tool, "south").await);
        let (north, south) = (last(&north), last(&south));
        let at = |unit: &str| format!("/beta/directory/administrativeUnits/{unit}/members");
        // Trap 13: an owner named twice is one owner.
        let made = tool.post(&at(north), &group(&tool, "inside", &[tool.id.clone(), tool.id.clone()])).await;
        assert_eq!(made["@odata.type"], "#microsoft.graph.group", "trap 21");
        let inside = id(&made).to_owned();
        let reference = json!({"@odata.id": format!("{URL}/beta/groups/{inside}")});
        tool.post(&format!("{}/$ref", at(south)), &reference).await;
        let path = format!("/beta/groups/{inside}");
        for name in ["TERRAFORM_UPDATE_1b7d5bd8-1f55-4d6c-9a0b-1a2f4b4a5f3f", "inside"] {
            tool.patch(&path, &json!({"displayName": name})).await;
        }
        tool.settles(&path, |told| told.status == 200 && told.json()["displayName"] == "inside").await;
        let owners = ids(&tool, &format!("{path}/owners")).await;
        assert_eq!(owners, std::slice::from_ref(&tool.id), "trap 13");
        assert_eq!(units_of(&tool, &inside).await, [north, south], "trap 21");

        tool.delete(&format!("{}/{inside}/$ref", at(north))).await;
        assert_eq!(units_of(&tool, &inside).await, [south]);
        tool.delete(&path).await;
        tool.is_gone(&path).await;
        assert!(ids(&tool, &at(south)).await.is_empty());
    }
}

on_every_engine! {
    /// Trap 28: a role over a unit, by the role's older id; its own id is one segment of an address.
    a_role_over_a_unit_is_a_resource_of_its_own, |world| {
        let tool = Tool::of(&world).await;
        let path = create(&tool, "north").await;
        let filter = format!("roleTemplateId eq '{GROUPS_ADMINISTRATOR}'");
        let role = tool.rows("/v1.0/directoryRoles", &[("$filter", &filter)]).await.remove(0);
        let ada = world.person("ada");
        let new = json!({
            "@odata.type": "#microsoft.graph.scopedRoleMembership", "administrativeUnitId": last(&path),
            "roleId": role["id"], "roleMemberInfo": {"@odata.type": "#microsoft.graph.identity", "id": ada},
        });
        let made = tool.post(&format!("{path}/scopedRoleMembers"), &new).await;
        assert_eq!(made["administrativeUnitId"], last(&path));
        assert!(!id(&made).contains('/'), "trap 28");
        let one = format!("{path}/scopedRoleMembers/{}", id(&made));
        let told = tool.get(&one, &[]).await.expect(200).json();
        assert_eq!((&told["roleId"], &told["roleMemberInfo"]["id"]), (&role["id"], &json!(ada)));
        // A role over a unit is none over the directory, and the unit has not got its holder as a member.
        assert!(tool.rows(&format!("/v1.0/users/{ada}/memberOf"), &[]).await.is_empty());
        tool.delete(&one).await;
        assert_eq!(tool.get(&one, &[]).await.status, 404);
    }
}
