//! `azuread_directory_role` and what is given by it, and roles of the tenant's own
//! (`infrastructure-clients.md` 2.4).

use ephor_core::time::Length;
use serde_json::{Value, json};

use super::{Tool, id};
use crate::support::on_every_engine;

const ASSIGNMENTS: &str = "/v1.0/roleManagement/directory/roleAssignments";
const DEFINITIONS: &str = "/v1.0/roleManagement/directory/roleDefinitions";
const REQUESTS: &str = "/v1.0/roleManagement/directory/roleEligibilityScheduleRequests";
const SCHEDULES: &str = "/v1.0/roleManagement/directory/roleEligibilitySchedules";
const REPORTS_READER: &str = "4a5d8f65-41da-4de4-8968-e035b65339cf";

on_every_engine! {
    /// Traps 8 and 17: a role is found by its template's name, brought to life, and has a member and no longer.
    a_directory_role_and_its_member, |world| {
        let tool = Tool::of(&world).await;
        let templates = tool.rows("/v1.0/directoryRoleTemplates", &[]).await;
        let named = |row: &&Value| row["displayName"] == "Reports Reader";
        let template = id(templates.iter().find(named).unwrap()).to_owned();
        tool.get(&format!("/v1.0/directoryRoleTemplates/{template}"), &[]).await.expect(200);
        let filter = format!("roleTemplateId eq '{template}'");
        let found = tool.rows("/v1.0/directoryRoles", &[("$filter", &filter)]).await;
        let role = match found.first() {
            Some(role) => role.clone(),
            None => tool.post("/v1.0/directoryRoles", &json!({"roleTemplateId": template})).await,
        };
        let path = format!("/v1.0/directoryRoles/{}", id(&role));
        let told = tool.get(&path, &[]).await.expect(200).json();
        for name in ["id", "displayName", "description", "roleTemplateId"] {
            assert!(told[name].is_string(), "{name}");
        }
        assert_eq!(tool.get("/v1.0/directoryRoleTemplates/00000000-0000-4000-8000-000000000000", &[]).await.status, 404);

        let (ada, members) = (world.person("ada"), format!("{path}/members"));
        let one = format!("id eq '{ada}'");
        assert!(tool.rows(&members, &[("$filter", &one)]).await.is_empty(), "trap 8");
        tool.post(&format!("{members}/$ref"), &Tool::reference("v1.0", &ada)).await;
        for _ in 0..5 {
            assert_eq!(tool.rows(&members, &[("$filter", &one)]).await.len(), 1, "trap 17");
        }
        tool.delete(&format!("{members}/{ada}/$ref")).await;
        for _ in 0..5 {
            assert!(tool.rows(&members, &[("$filter", &one)]).await.is_empty());
        }
        let roles = tool.rows("/v1.0/directoryRoles", &[]).await;
        assert!(roles.iter().all(|role| role["roleTemplateId"].is_string()));
    }
}

on_every_engine! {
    /// Traps 10 and 28: a built-in role by its template's id and one of the tenant's own by its id; each comes
    /// back as it was sent, and its assignment is gone as soon as it is deleted.
    a_role_assignment_comes_and_goes, |world| {
        let tool = Tool::of(&world).await;
        let own = tool.post(DEFINITIONS, &custom("", "Readers of all")).await;
        for role in [REPORTS_READER, id(&own)] {
            let new = json!({
                "@odata.type": "#microsoft.graph.unifiedRoleAssignment", "directoryScopeId": "/",
                "principalId": world.person("ada"), "roleDefinitionId": role,
            });
            let made = tool.post(ASSIGNMENTS, &new).await;
            assert_eq!(made["roleDefinitionId"], role, "trap 28");
            assert!(!id(&made).contains('/'), "trap 28");
            let path = format!("{ASSIGNMENTS}/{}", id(&made));
            tool.settles(&path, |told| told.status == 200 && told.json()["roleDefinitionId"] == role).await;
            tool.delete(&path).await;
            assert_eq!(tool.get(&path, &[]).await.status, 404);
        }
    }
}

on_every_engine! {
    /// Traps 14 and 28: an eligibility for good; its schedule has the request's id; it is taken away by another
    /// request, and the first stays readable.
    an_eligibility_for_a_role_comes_and_goes, |world| {
        let tool = Tool::of(&world).await;
        let mut ask = json!({
            "@odata.type": "#microsoft.graph.unifiedRoleEligibilityScheduleRequest", "action": "adminAssign",
            "createdBy": null, "roleDefinitionId": REPORTS_READER, "principalId": world.person("ada"),
            "justification": "on call", "directoryScopeId": "/",
            "scheduleInfo": {
                "@odata.type": "#microsoft.graph.requestSchedule", "startDateTime": "2026-03-02T10:00:00+02:00",
                "expiration": {"@odata.type": "#microsoft.graph.expirationPattern", "type": "noExpiration"},
            },
        });
        let made = tool.post(REQUESTS, &ask).await;
        let path = format!("{REQUESTS}/{}", id(&made));
        tool.settles(&path, |told| told.status == 200 && told.json()["roleDefinitionId"] == REPORTS_READER).await;
        let schedule = format!("{SCHEDULES}/{}", id(&made));
        assert_eq!(tool.get(&schedule, &[]).await.expect(200).json()["roleDefinitionId"], REPORTS_READER, "trap 28");
        // Trap 14: what is nowhere is told so in JSON, which `send` checks.
        let missing = "00000000-0000-4000-8000-000000000000";
        assert_eq!(tool.get(&format!("{REQUESTS}/{missing}"), &[]).await.status, 404);
        assert_eq!(tool.get(&format!("{SCHEDULES}/{missing}"), &[]).await.status, 404);

        tool.get(&path, &[]).await.expect(200);
        // Nothing is taken away before it has stood for five minutes: the tool's own tests wait for that.
        world.forward(Length::minutes(6));
        ask["action"] = json!("adminRemove");
        ask.as_object_mut().unwrap().remove("scheduleInfo");
        tool.post(REQUESTS, &ask).await;
        assert_eq!(tool.get(&schedule, &[]).await.status, 404);
        tool.get(&path, &[]).await.expect(200);
    }
}

fn custom(template: &str, name: &str) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.unifiedRoleDefinition", "description": null, "displayName": name,
        "isEnabled": true, "templateId": template, "version": "1.0",
        "rolePermissions": [
            {"@odata.type": "#microsoft.graph.unifiedRolePermission",
                "allowedResourceActions": ["microsoft.directory/groups/members/update"]},
            {"@odata.type": "#microsoft.graph.unifiedRolePermission",
                "allowedResourceActions": ["microsoft.directory/groups/basic/update"]},
        ],
    })
}

on_every_engine! {
    /// Trap 25: a template that is not given is spelled `""`; one is made up, told, and taken back.
    a_custom_role_comes_and_goes, |world| {
        let tool = Tool::of(&world).await;
        let made = tool.post(DEFINITIONS, &custom("", "Keeper")).await;
        let template = made["templateId"].as_str().unwrap().to_owned();
        assert!(!template.is_empty(), "trap 25");
        let path = format!("{DEFINITIONS}/{}", id(&made));
        tool.patch(&path, &custom(&template, "Keeper of all")).await;
        let told = tool.get(&path, &[]).await.expect(200).json();
        assert_eq!((&told["displayName"], &told["templateId"]), (&json!("Keeper of all"), &json!(template)));
        assert_eq!((&told["description"], &told["version"]), (&Value::Null, &json!("1.0")));
        assert_eq!(told["rolePermissions"].as_array().unwrap().len(), 2, "blocks stay apart");
        tool.get(&path, &[]).await.expect(200);
        tool.delete(&path).await;
        tool.is_gone(&path).await;
    }
}
