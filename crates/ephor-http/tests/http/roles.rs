//! Directory roles, PIM for roles, and administrative units, as clients see them (`directory.md` 5 and 6,
//! `infrastructure-clients.md`).

use ephor_core::time::Length;
use serde_json::{Value, json};

use crate::support::on_every_engine;

const GROUPS_ADMINISTRATOR: &str = "fdd7a751-b60b-444a-984c-02652fe8fa1c";
const REPORTS_READER: &str = "4a5d8f65-41da-4de4-8968-e035b65339cf";
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

fn roles(rest: &str) -> String {
    format!("/v1.0/roleManagement/directory/{rest}")
}

fn assign(who: &str, role: &str) -> Value {
    // As a known client sends it: a creator that is nobody, and a local time with its offset.
    json!({
        "action": "adminAssign", "createdBy": null, "roleDefinitionId": role, "principalId": who,
        "directoryScopeId": "/", "justification": "on call",
        "scheduleInfo": {"startDateTime": "2026-03-02T09:00:00+01:00", "expiration": {"type": "noExpiration"}},
    })
}

fn activation(who: &str, role: &str) -> Value {
    json!({
        "action": "selfActivate", "roleDefinitionId": role, "principalId": who, "directoryScopeId": "/",
        "justification": "incident 7",
        "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT1H"}},
    })
}

fn id_of(made: &Value) -> String {
    made["id"].as_str().unwrap().to_owned()
}

on_every_engine! {
    /// R-H4, R-H5: the whole of it as a transcript. Somebody who is eligible for a directory role activates it,
    /// may do with it what it is for, and no longer may at its end.
    r_h5_a_directory_role_is_activated_counts_and_is_over, |world| {
        let ada = world.person("ada");
        let mine = |name: &str| roles(&format!("{name}/filterByCurrentUser(on='principal')"));

        world.tell("An administrator makes Ada eligible, for good.");
        let made = world.admin().post(&roles("roleEligibilityScheduleRequests"), &assign(&ada, GROUPS_ADMINISTRATOR)).await.expect(201).json();
        let request = id_of(&made);
        world.tell("The schedule has the request's own id.");
        assert_eq!(made["targetScheduleId"], made["id"]);
        world.admin().get(&roles(&format!("roleEligibilityScheduleRequests/{request}"))).await.expect(200);
        let path = format!("roleEligibilitySchedules?$filter=principalId eq '{ada}'&$expand=roleDefinition($select=id,displayName),principal");
        let seen = world.admin().get(&roles(&path)).await.expect(200);
        assert_eq!(seen.each("id"), [request.as_str()]);
        assert_eq!(seen.rows()[0]["roleDefinition"]["displayName"], "Groups Administrator");
        world.ada().get(&mine("roleEligibilityScheduleInstances")).await.expect(200);

        world.tell("The role does not count yet.");
        let new = json!({"displayName": "tools", "mailEnabled": false, "mailNickname": "tools", "securityEnabled": true});
        world.ada().post("/v1.0/groups", &new).await.refused(403, "Authorization_RequestDenied");

        world.tell("Its policy asks for a reason and a second factor, and allows eight hours.");
        let mut ask = activation(&ada, GROUPS_ADMINISTRATOR);
        ask["justification"] = Value::Null;
        ask["scheduleInfo"]["expiration"]["duration"] = json!("PT9H");
        world.ada().post(&roles("roleAssignmentScheduleRequests"), &ask).await.refused(400, "RoleAssignmentRequestPolicyValidationFailed");
        world.tell("She activates for an hour.");
        let ask = activation(&ada, GROUPS_ADMINISTRATOR);
        let made = world.ada().post(&roles("roleAssignmentScheduleRequests"), &ask).await.expect(201).json();
        assert_eq!(made["status"], "Provisioned");
        let active = world.ada().get(&mine("roleAssignmentScheduleInstances")).await.expect(200);
        assert_eq!(active.each("assignmentType"), ["Activated"]);
        let path = roles(&format!("roleAssignments?$filter=principalId eq '{ada}'"));
        assert_eq!(world.ada().get(&path).await.expect(200).each("roleDefinitionId"), [GROUPS_ADMINISTRATOR]);
        world.tell("Twice is refused.");
        world.ada().post(&roles("roleAssignmentScheduleRequests"), &ask).await.refused(400, "RoleAssignmentExists");
        world.tell("The role counts in the same moment.");
        world.ada().post("/v1.0/groups", &new).await.expect(201);

        world.tell("At the end it counts no more, with the same token.");
        world.forward(Length::hours(1));
        world.ada().post("/v1.0/groups", &new).await.refused(403, "Authorization_RequestDenied");
        assert!(world.ada().get(&mine("roleAssignmentSchedules")).await.expect(200).rows().is_empty());
        assert!(world.ada().get(&path).await.expect(200).rows().is_empty());

        world.tell("The eligibility is taken away again.");
        let mut gone = assign(&ada, GROUPS_ADMINISTRATOR);
        gone["action"] = json!("adminRemove");
        gone.as_object_mut().unwrap().remove("scheduleInfo");
        let gone = world.admin().post(&roles("roleEligibilityScheduleRequests"), &gone).await.expect(201).json();
        assert_eq!(gone["status"], "Revoked");
        world.admin().get(&roles(&format!("roleEligibilitySchedules/{request}"))).await.refused(404, "ResourceNotFound");
        world.golden("directory_role");
    }
}

on_every_engine! {
    /// R-H2: a group is eligible, and whoever is in it activates the role for themselves.
    r_h2_a_members_list_shows_what_their_group_may, |world| {
        let ada = world.person("ada");
        let new = json!({
            "displayName": "crew", "mailEnabled": false, "mailNickname": "crew", "securityEnabled": true,
            "isAssignableToRole": true,
            "members@odata.bind": [format!("https://x.example/v1.0/users/{ada}")],
        });
        let crew = id_of(&world.admin().post("/v1.0/groups", &new).await.expect(201).json());
        let made = world.admin().post(&roles("roleEligibilityScheduleRequests"), &assign(&crew, REPORTS_READER)).await.expect(201).json();
        let path = roles("roleEligibilityScheduleInstances/filterByCurrentUser(on='principal')");
        let seen = world.ada().get(&path).await.expect(200);
        assert_eq!(seen.each("memberType"), ["Group"]);
        assert_eq!(seen.each("principalId"), [crew.as_str()]);
        let ask = activation(&ada, REPORTS_READER);
        let active = world.ada().post(&roles("roleAssignmentScheduleRequests"), &ask).await.expect(201).json();
        assert_eq!(active["principalId"], json!(ada));
        let path = format!("roleAssignmentSchedules/{}/activatedUsing", active["targetScheduleId"].as_str().unwrap());
        assert_eq!(world.ada().get(&roles(&path)).await.expect(200).json()["id"], made["id"]);
        // Another person has none of it, and an ordinary group can't have it at all.
        assert!(world.as_person("carol").get(&roles("roleEligibilitySchedules/filterByCurrentUser(on='principal')")).await.expect(200).rows().is_empty());
        let ordinary = world.group("prod-admins");
        world.admin().post(&roles("roleEligibilityScheduleRequests"), &assign(&ordinary, REPORTS_READER)).await
            .refused(400, "InvalidRoleAssignmentRequest");
        world.admin().post(&roles("roleAssignments"), &json!({
            "principalId": ordinary, "roleDefinitionId": REPORTS_READER, "directoryScopeId": "/",
        })).await.refused(400, "Request_BadRequest");
    }
}

on_every_engine! {
    /// Policies and approvals of a directory role, by the ids that clients compute and read.
    r_f1_a_directory_role_is_approved, |world| {
        let (ada, bob) = (world.person("ada"), world.person("bob"));
        let filter = format!("scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq '{REPORTS_READER}'");
        let list = format!("/v1.0/policies/roleManagementPolicyAssignments?$filter={filter}&$expand=policy($expand=rules)");
        let found = world.admin().get(&list).await.expect(200).rows();
        assert_eq!(found.len(), 1);
        let policy = found[0]["policyId"].as_str().unwrap().to_owned();
        assert!(policy.starts_with("DirectoryRole_") && policy.matches('_').count() == 2, "{policy}");
        assert_eq!(found[0]["id"], json!(format!("{policy}_{REPORTS_READER}")));
        assert_eq!(found[0]["policy"]["rules"].as_array().unwrap().len(), 17);
        let id = format!("/v1.0/policies/roleManagementPolicyAssignments/{policy}_{REPORTS_READER}");
        world.admin().get(&id).await.expect(200);
        let all = world.admin().get("/v1.0/policies/roleManagementPolicies?$filter=scopeId eq '/' and scopeType eq 'DirectoryRole'").await.expect(200);
        assert!(all.rows().len() > 25);
        let rule = format!("/v1.0/policies/roleManagementPolicies/{policy}/rules/Approval_EndUser_Assignment");
        let change = json!({
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyApprovalRule",
            "setting": {"isApprovalRequired": true, "approvalStages": [
                {"primaryApprovers": [{"@odata.type": "#microsoft.graph.singleUser", "userId": bob}]},
            ]},
        });
        // R-B5: who may run groups may not run this.
        world.ada().patch(&rule, &change).await.refused(403, "Authorization_RequestDenied");
        world.admin().patch(&rule, &change).await.expect(200);

        world.admin().post(&roles("roleEligibilityScheduleRequests"), &assign(&ada, REPORTS_READER)).await.expect(201);
        let ask = activation(&ada, REPORTS_READER);
        let made = world.ada().post(&roles("roleAssignmentScheduleRequests"), &ask).await.expect(201).json();
        assert_eq!(made["status"], "PendingApproval");
        let approval = made["approvalId"].as_str().unwrap().to_owned();
        let waiting = roles("roleAssignmentApprovals/filterByCurrentUser(on='approver')");
        let bob = world.as_person("bob");
        assert_eq!(bob.get(&waiting).await.expect(200).each("id"), [approval.as_str()]);
        // It is no approval of a group's, and the other way round.
        let elsewhere = format!("/v1.0/identityGovernance/privilegedAccess/group/assignmentApprovals/{approval}");
        bob.get(&elsewhere).await.refused(404, "ResourceNotFound");
        let step = format!("/beta/roleManagement/directory/roleAssignmentApprovals/{approval}/steps/{approval}");
        world.ada().patch(&step, &json!({"reviewResult": "Approve", "justification": "me"})).await.expect(403);
        bob.patch(&step, &json!({"reviewResult": "Approve", "justification": "fine"})).await.expect(204);
        let path = roles(&format!("roleAssignmentScheduleRequests/{}", id_of(&made)));
        assert_eq!(world.ada().get(&path).await.expect(200).json()["status"], "Provisioned");
    }
}

on_every_engine! {
    /// A custom role, as a known client makes, changes and deletes one.
    infrastructure_a_custom_role_comes_and_goes, |world| {
        let new = json!({
            "description": null, "displayName": "Member keeper", "isEnabled": true, "templateId": "", "version": "1.0",
            "rolePermissions": [
                {"allowedResourceActions": ["microsoft.directory/groups/members/update"]},
                {"allowedResourceActions": ["microsoft.directory/groups/basic/update"]},
            ],
        });
        let made = world.admin().post(&roles("roleDefinitions"), &new).await.expect(201).json();
        let id = id_of(&made);
        assert_eq!(made["templateId"], made["id"], "one that is not given is made up");
        assert_eq!(made["rolePermissions"].as_array().unwrap().len(), 2, "blocks stay apart");
        let path = roles(&format!("roleDefinitions/{id}"));
        let mut change = new.clone();
        change["displayName"] = json!("Keeper");
        change["templateId"] = made["templateId"].clone();
        world.admin().patch(&path, &change).await.expect(204);
        assert_eq!(world.admin().get(&path).await.expect(200).json()["displayName"], "Keeper");
        let found = world.ada().get(&roles("roleDefinitions?$filter=displayName eq 'keeper'")).await.expect(200);
        assert_eq!(found.each("id"), [id.as_str()]);
        let built_in = world.ada().get(&roles("roleDefinitions/$count?$filter=isBuiltIn eq true")).await.expect(200);
        assert_eq!(built_in.text, "29");

        // It counts, for just what it allows, and nowhere near role-assignable groups.
        let ada = world.person("ada");
        let members = format!("/v1.0/groups/{}/members/$ref", world.group("prod-admins"));
        let carol = json!({"@odata.id": format!("https://x.example/v1.0/users/{}", world.person("carol"))});
        world.ada().post(&members, &carol).await.refused(403, "Authorization_RequestDenied");
        let body = json!({"principalId": ada, "roleDefinitionId": id, "directoryScopeId": "/"});
        let given = world.admin().post(&roles("roleAssignments"), &body).await.expect(201).json();
        assert_eq!(given["roleDefinitionId"], json!(id), "as it was sent");
        world.admin().post(&roles("roleAssignments"), &body).await.refused(400, "RoleAssignmentExists");
        world.ada().post(&members, &carol).await.expect(204);
        world.admin().delete(&path).await.refused(400, "Request_BadRequest");
        let given = roles(&format!("roleAssignments/{}", id_of(&given)));
        world.admin().get(&given).await.expect(200);
        world.admin().delete(&given).await.expect(204);
        world.admin().get(&given).await.refused(404, "Request_ResourceNotFound");
        world.admin().delete(&path).await.expect(204);
        world.admin().get(&path).await.refused(404, "Request_ResourceNotFound");

        // Built-in ones stay as they are; what makes no sense is refused with the reason.
        let built_in = roles(&format!("roleDefinitions/{REPORTS_READER}"));
        world.admin().patch(&built_in, &json!({"displayName": "x"})).await.refused(400, "Request_BadRequest");
        for (change, part) in [
            (json!({"displayName": "Global administrator"}), "nother role"),
            (json!({"displayName": "y", "rolePermissions": []}), "1 to 1000"),
            (json!({"displayName": "y", "rolePermissions": [{"allowedResourceActions": ["x"]}]}), "no action"),
        ] {
            let mut bad = new.clone();
            bad.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let told = world.admin().post(&roles("roleDefinitions"), &bad).await.expect(400);
            assert!(told.message().contains(part), "{}", told.text);
        }
    }
}

on_every_engine! {
    /// The older form: roles brought to life from templates, and their members.
    infrastructure_a_directory_role_and_its_members, |world| {
        let ada = world.person("ada");
        let templates = world.ada().get("/v1.0/directoryRoleTemplates").await.expect(200);
        assert!(templates.each("displayName").contains(&"Groups Administrator".to_owned()));
        let found = world.admin().get(&format!("/v1.0/directoryRoles?$filter=roleTemplateId eq '{GROUPS_ADMINISTRATOR}'")).await.expect(200).rows();
        let role = id_of(&found[0]);
        assert_ne!(role, GROUPS_ADMINISTRATOR, "the two ids are told apart");
        let brought = world.admin().post("/v1.0/directoryRoles", &json!({"roleTemplateId": GROUPS_ADMINISTRATOR})).await.expect(201).json();
        assert_eq!(id_of(&brought), role);
        let by_key = format!("/v1.0/directoryRoles(roleTemplateId='{GROUPS_ADMINISTRATOR}')");
        assert_eq!(id_of(&world.ada().get(&by_key).await.expect(200).json()), role);

        let members = format!("/v1.0/directoryRoles/{role}/members");
        let one = format!("{members}?$filter=id eq '{ada}'");
        assert!(world.admin().get(&one).await.expect(200).rows().is_empty());
        let reference = json!({"@odata.id": format!("https://x.example/v1.0/directoryObjects/{ada}")});
        world.admin().post(&format!("{members}/$ref"), &reference).await.expect(204);
        assert_eq!(world.admin().get(&one).await.expect(200).each("id"), [ada.as_str()]);
        world.admin().delete(&format!("{members}/{ada}/$ref")).await.expect(204);
        assert!(world.admin().get(&one).await.expect(200).rows().is_empty());
        // Only for those who give roles, and never from oneself the last of all.
        world.ada().post(&format!("{members}/$ref"), &reference).await.refused(403, "Authorization_RequestDenied");
        let admin = world.person("admin");
        let own = format!("/v1.0/directoryRoles(roleTemplateId='{GLOBAL_ADMINISTRATOR}')/members/{admin}/$ref");
        world.admin().delete(&own).await.refused(403, "Authorization_RequestDenied");
    }
}

on_every_engine! {
    /// An administrative unit with its members and with roles over it; deleted where a known client deletes it.
    infrastructure_an_administrative_unit_comes_and_goes, |world| {
        let (ada, carol) = (world.person("ada"), world.person("carol"));
        let new = json!({"displayName": "North", "description": "", "visibility": "Public"});
        let made = world.admin().post("/v1.0/directory/administrativeUnits", &new).await.expect(201).json();
        let id = id_of(&made);
        let unit = format!("/v1.0/directory/administrativeUnits/{id}");
        let named = world.admin().get("/v1.0/directory/administrativeUnits?$filter=displayName eq 'north'").await.expect(200);
        assert_eq!(named.each("id"), [id.as_str()]);
        world.admin().patch(&unit, &json!({"displayName": "Far north", "description": "cold", "visibility": "HiddenMembership"})).await.expect(204);
        assert_eq!(world.ada().get(&unit).await.expect(200).json()["displayName"], "Far north");
        world.ada().patch(&unit, &json!({"displayName": "mine"})).await.refused(403, "Authorization_RequestDenied");

        let group = world.group("prod-admins");
        for member in [&carol, &group] {
            let reference = json!({"@odata.id": format!("https://x.example/v1.0/directoryObjects/{member}")});
            world.admin().post(&format!("{unit}/members/$ref"), &reference).await.expect(204);
            world.admin().post(&format!("{unit}/members/$ref"), &reference).await.refused(400, "Request_BadRequest");
        }
        assert_eq!(world.ada().get(&format!("{unit}/members/microsoft.graph.user")).await.expect(200).each("id"), [carol.as_str()]);

        let new = json!({
            "@odata.type": "#microsoft.graph.group", "displayName": "inside", "mailEnabled": false,
            "mailNickname": "inside", "securityEnabled": true,
        });
        let place = format!("/beta/directory/administrativeUnits/{id}/members");
        let inside = world.admin().post(&place, &new).await.expect(201).json();
        assert_eq!(inside["@odata.type"], "#microsoft.graph.group");
        let groups = world.admin().get(&format!("{unit}/members/graph.group")).await.expect(200).each("id");
        assert_eq!(groups, [group.clone(), id_of(&inside)]);

        let role = world.admin().get(&format!("/v1.0/directoryRoles(roleTemplateId='{GROUPS_ADMINISTRATOR}')")).await.expect(200).json();
        let scoped = json!({"administrativeUnitId": id, "roleId": role["id"], "roleMemberInfo": {"id": ada}});
        let made = world.admin().post(&format!("{unit}/scopedRoleMembers"), &scoped).await.expect(201).json();
        assert_eq!((&made["administrativeUnitId"], &made["roleId"]), (&json!(id), &role["id"]));
        assert!(!id_of(&made).contains('/'));
        let one = format!("{unit}/scopedRoleMembers/{}", id_of(&made));
        assert_eq!(world.admin().get(&one).await.expect(200).json()["roleMemberInfo"]["id"], json!(ada));
        let path = roles(&format!("roleAssignments?$filter=directoryScopeId eq '/administrativeUnits/{id}'"));
        assert_eq!(world.admin().get(&path).await.expect(200).each("id"), [id_of(&made)]);

        // It reaches what is in the unit, by the Groups API and not by PIM (R-A8, R-B7).
        let members = format!("/v1.0/groups/{group}/members/$ref");
        let reference = json!({"@odata.id": format!("https://x.example/v1.0/users/{carol}")});
        world.ada().post(&members, &reference).await.expect(204);
        world.ada().delete(&format!("/v1.0/groups/{group}/members/{carol}/$ref")).await.expect(204);
        let body = world.assignment("carol", "prod-admins", "P1D");
        world.ada().post(&crate::support::pim("assignmentScheduleRequests"), &body).await.refused(403, "Authorization_RequestDenied");
        world.admin().delete(&one).await.expect(204);
        world.admin().get(&one).await.refused(404, "Request_ResourceNotFound");
        world.ada().post(&members, &reference).await.refused(403, "Authorization_RequestDenied");

        let refused = world.admin().post(&roles("roleAssignments"), &json!({
            "principalId": ada, "roleDefinitionId": GLOBAL_ADMINISTRATOR, "directoryScopeId": format!("/administrativeUnits/{id}"),
        })).await.refused(400, "Request_BadRequest");
        assert!(refused.message().contains("not supported to be assigned to a single resource scope"), "{}", refused.text);
        world.admin().delete(&format!("{unit}/members/{carol}/$ref")).await.expect(204);
        world.admin().delete(&format!("/beta/administrativeUnits/{id}")).await.expect(204);
        world.admin().get(&unit).await.refused(404, "Request_ResourceNotFound");
    }
}

on_every_engine! {
    /// What makes no sense is told with what would.
    bad_requests_about_roles_are_told_what_is_wrong, |world| {
        let ada = world.person("ada");
        let mut unknown = assign(&ada, "00000000-0000-4000-8000-000000000001");
        let requests = roles("roleEligibilityScheduleRequests");
        world.admin().post(&requests, &unknown).await.refused(404, "RoleNotFound");
        unknown = assign("00000000-0000-4000-8000-000000000001", REPORTS_READER);
        world.admin().post(&requests, &unknown).await.refused(400, "SubjectNotFound");
        let mut wrong = assign(&ada, REPORTS_READER);
        wrong["directoryScopeId"] = json!("/groups/x");
        let told = world.admin().post(&requests, &wrong).await.refused(400, "InvalidRoleAssignmentRequest");
        assert!(told.message().contains("/administrativeUnits/{id}"), "{}", told.text);
        wrong = assign(&ada, REPORTS_READER);
        wrong["appScopeId"] = json!("/AccessPackageCatalog/x");
        world.admin().post(&requests, &wrong).await.refused(400, "InvalidRoleAssignmentRequest");
        world.ada().get(&roles("roleEligibilitySchedules")).await.refused(403, "Authorization_RequestDenied");
        world.admin().get(&roles("roleEligibilitySchedules")).await.expect(200);
        world.ada().get(&roles(&format!("roleEligibilitySchedules?$filter=principalId eq '{ada}'"))).await.expect(200);
    }
}
