//! What known clients send, in their own shapes, and what they are answered, as transcripts (`pim-groups.md`
//! section 7). What they look at in the answers is asserted besides. Updates, approvals and withdrawals are in
//! `clients_pim`.

use ephor_core::time::Length;
use serde_json::{Value, json};

use crate::support::{Answer, World, on_every_engine, pim};

/// The rule types' common beginning.
const RULE: &str = "#microsoft.graph.unifiedRoleManagementPolicy";

/// A rule as it was read.
fn rule(policy: &Answer, id: &str) -> Value {
    let policy = policy.json();
    let rules = policy["rules"].as_array().unwrap();
    rules
        .iter()
        .find(|rule| rule["id"] == id)
        .unwrap_or_else(|| panic!("{id}"))
        .clone()
}

/// Reads a Terraform schedule: the schedule, then the newest request that made it what it is.
pub(crate) async fn terraform_reads(world: &World, kind: &str, schedule: &str) -> (Answer, Value) {
    let (group, _) = schedule.split_once('_').unwrap();
    let found = world
        .admin()
        .get(&pim(&format!("{kind}Schedules/{schedule}")))
        .await;
    let filter = format!("groupId eq '{group}' and targetScheduleId eq '{schedule}'");
    let path = pim(&format!(
        "{kind}ScheduleRequests?$filter={filter}&$orderby=createdDateTime desc"
    ));
    let requests = world.admin().get(&path).await.expect(200).rows();
    (found, requests[0].clone())
}

on_every_engine! {
    /// `pim-groups.md` 7.1: create, read and destroy of Terraform's schedule resources.
    terraform_manages_schedules, |world| {
        let (ada, group) = (world.person("ada"), world.group("prod-admins"));
        for (kind, expiration) in [
            ("eligibility", json!({"type": "afterDuration", "duration": "PT720H"})),
            ("assignment", json!({"type": "afterDateTime", "endDateTime": "2026-12-01T12:00:00Z"})),
        ] {
            let title = if kind == "eligibility" { "Eligibility" } else { "Assignment" };
            let body = |action: &str| json!({
                "@odata.type": format!("#microsoft.graph.privilegedAccessGroup{title}ScheduleRequest"),
                "accessId": "member", "action": action, "createdBy": null,
                "groupId": group, "principalId": ada,
            });
            world.tell(&format!("azuread_privileged_access_group_{kind}_schedule is created."));
            let mut create = body("adminAssign");
            create["justification"] = json!("terraform");
            create["ticketInfo"] = json!({"ticketNumber": "7", "ticketSystem": "changes"});
            create["scheduleInfo"] = json!({"expiration": expiration});
            let requests = pim(&format!("{kind}ScheduleRequests"));
            let made = world.admin().post(&requests, &create).await.expect(201).json();
            assert_eq!(made["status"], "Provisioned");
            let schedule = made["targetScheduleId"].as_str().unwrap().to_owned();
            let parts: Vec<&str> = schedule.split('_').collect();
            assert_eq!((parts.len(), parts[0], parts[1], parts[2]), (3, group.as_str(), "member", made["id"].as_str().unwrap()));

            world.tell("It is polled until it was there five times in a row.");
            world.admin().get(&pim(&format!("{kind}Schedules/{schedule}"))).await.expect(200);
            world.tell("It is read, and no difference is found: the end is in the words in which it was asked for.");
            let (found, newest) = terraform_reads(&world, kind, &schedule).await;
            found.expect(200);
            let read = &newest["scheduleInfo"]["expiration"];
            for name in ["type", "endDateTime", "duration"] {
                assert_eq!(read[name], expiration[name], "{name}");
            }
            assert_eq!((&newest["ticketInfo"], &newest["justification"]), (&create["ticketInfo"], &json!("terraform")));

            world.tell("Six minutes later it is destroyed.");
            world.forward(Length::minutes(6));
            let removed = world.admin().post(&requests, &body("adminRemove")).await.expect(201).json();
            assert_eq!((&removed["status"], &removed["targetScheduleId"]), (&json!("Revoked"), &json!(schedule)));
            world.tell("It is gone, and the newest request says so.");
            let (found, newest) = terraform_reads(&world, kind, &schedule).await;
            found.refused(404, "ResourceNotFound");
            assert_eq!((&newest["status"], &newest["action"]), (&json!("Revoked"), &json!("adminRemove")));
        }

        world.tell("One with a later start is there to be read at once.");
        let ahead = json!({
            "accessId": "member", "action": "adminAssign", "createdBy": null, "groupId": group, "principalId": ada,
            "scheduleInfo": {
                "startDateTime": "2027-01-01T00:00:00Z",
                "expiration": {"type": "afterDateTime", "endDateTime": "2027-02-01T00:00:00Z"},
            },
        });
        let made = world.admin().post(&pim("eligibilityScheduleRequests"), &ahead).await.expect(201).json();
        assert_eq!(made["status"], "Granted");
        let (found, newest) = terraform_reads(&world, "eligibility", made["targetScheduleId"].as_str().unwrap()).await;
        assert_eq!(found.expect(200).json()["status"], "Granted");
        assert_eq!(newest["scheduleInfo"]["startDateTime"], "2027-01-01T00:00:00Z");
        world.golden("terraform-schedules");
    }
}

on_every_engine! {
    /// `pim-groups.md` 7.1: Terraform's azuread_group_role_management_policy, planned twice without a difference.
    terraform_manages_a_policy, |world| {
        let group = world.group("prod-admins");
        world.tell("The assignment is looked for by role; its id has four parts.");
        let filter = format!("scopeType eq 'Group' and scopeId eq '{group}' and roleDefinitionId eq 'member'");
        let path = format!("/v1.0/policies/roleManagementPolicyAssignments?$filter={filter}");
        let found = world.admin().get(&path).await.expect(200).each("id");
        assert_eq!(found.len(), 1);
        let parts: Vec<&str> = found[0].split('_').collect();
        assert_eq!((parts.len(), parts[0], parts[1], parts[3]), (4, "Group", group.as_str(), "member"));
        let policy = parts[..3].join("_");

        world.tell("The policy with all it has.");
        let path = format!("/v1.0/policies/roleManagementPolicies/{policy}");
        let read = world.admin().get(&format!("{path}?$expand=*")).await.expect(200);
        assert_eq!(read.json()["rules"].as_array().unwrap().len(), 17);
        assert_eq!(rule(&read, "Approval_EndUser_Assignment")["setting"]["approvalStages"].as_array().unwrap().len(), 1);

        world.tell("Some rules are changed; each has its type, its id and its target as they were read.");
        let changed = |id: &str, members: Value| {
            let own = rule(&read, id);
            let mut sent = json!({"@odata.type": own["@odata.type"], "id": id, "target": own["target"]});
            for (name, value) in members.as_object().unwrap() {
                sent[name] = value.clone();
            }
            sent
        };
        let body = json!({
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicy",
            "id": policy, "scopeId": group, "scopeType": "Group", "lastModifiedBy": null,
            "rules": [
                changed("Expiration_EndUser_Assignment", json!({"maximumDuration": "PT30M"})),
                changed("Expiration_Admin_Eligibility", json!({"isExpirationRequired": false})),
                changed("Enablement_EndUser_Assignment", json!({"enabledRules": ["Ticketing", "Justification"]})),
                changed("Approval_EndUser_Assignment", json!({"setting": {
                    "isApprovalRequired": true,
                    "approvalStages": [{"primaryApprovers": [
                        {"@odata.type": "#microsoft.graph.singleUser", "userId": world.person("bob")},
                        {"@odata.type": "#microsoft.graph.groupMembers", "groupId": world.group("readers")},
                    ]}],
                }})),
                changed("Notification_Admin_EndUser_Assignment", json!({
                    "notificationLevel": "Critical", "isDefaultRecipientsEnabled": false,
                    "notificationRecipients": ["soc@contoso.example"],
                })),
            ],
        });
        let told = world.admin().patch(&path, &body).await.expect(200);
        assert_eq!(told.json()["id"], policy.as_str(), "the id stays");

        world.tell("The next plan finds nothing to do: what is read is what was sent.");
        let filter = format!("scopeType eq 'Group' and scopeId eq '{group}' and policyId eq '{policy}'");
        let list = format!("/v1.0/policies/roleManagementPolicyAssignments?$filter={filter}");
        assert_eq!(world.admin().get(&list).await.expect(200).each("roleDefinitionId"), ["member"]);
        let read = world.admin().get(&format!("{path}?$expand=*")).await.expect(200);
        assert_eq!(rule(&read, "Expiration_EndUser_Assignment")["maximumDuration"], "PT30M");
        assert_eq!(rule(&read, "Expiration_EndUser_Assignment")["isExpirationRequired"], true, "what was not sent stays");
        assert_eq!(rule(&read, "Expiration_Admin_Eligibility")["isExpirationRequired"], false);
        let enabled = rule(&read, "Enablement_EndUser_Assignment")["enabledRules"].clone();
        assert_eq!(enabled, json!(["Justification", "Ticketing"]));
        let stage = &rule(&read, "Approval_EndUser_Assignment")["setting"]["approvalStages"][0];
        assert_eq!(stage["primaryApprovers"][0]["userId"], world.person("bob"));
        assert_eq!(stage["primaryApprovers"][1]["@odata.type"], "#microsoft.graph.groupMembers");
        assert_eq!(stage["isApproverJustificationRequired"], true, "what was not sent stays");
        let mail = rule(&read, "Notification_Admin_EndUser_Assignment");
        assert_eq!((&mail["notificationLevel"], &mail["notificationRecipients"]), (&json!("Critical"), &json!(["soc@contoso.example"])));
        let again = world.admin().patch(&path, &body).await.expect(200);
        assert_eq!(again.json()["rules"], read.json()["rules"]);
        world.golden("terraform-policy");
    }
}

on_every_engine! {
    /// `pim-groups.md` 7.2: EasyPIM's spellings, its doubled slash, and its start half a minute ahead.
    easypim_assigns_removes_and_sets_policies, |world| {
        let (ada, group) = (world.person("ada"), world.group("prod-admins"));
        let base = "/v1.0//identityGovernance/privilegedAccess/group";
        let ask = |action: &str, kind: &str, justification: &str| json!({
            "action": action, "accessID": "member", "groupID": group, "justification": justification,
            "principalId": ada,
            "scheduleInfo": {
                "startDateTime": "2026-11-21T09:00:30.0000000Z",
                "expiration": {"type": kind, "endDateTime": null, "duration": "P365D"},
            },
        });
        world.tell("The group and the person by their names.");
        let found = world.admin().get("/v1.0/groups?$filter=startswith(displayName,'prod')").await.expect(200);
        assert_eq!(found.each("id"), [group.as_str()]);
        assert_eq!(world.admin().get("/v1.0/users/ada@contoso.example").await.expect(200).json()["id"], ada.as_str());

        world.tell("An eligible assignment, from thirty seconds ahead.");
        let path = format!("{base}/EligibilityScheduleRequests");
        let made = world.admin().post(&path, &ask("adminAssign", "AfterDuration", "easy")).await.expect(201).json();
        assert_eq!(made["status"], "Granted");
        world.forward(Length::seconds(30));
        for more in [
            String::new(),
            " and accessId eq 'member'".to_owned(),
            format!(" and principal/id eq '{ada}'"),
            " and startswith(principal/displayName,'Ad')".to_owned(),
        ] {
            let path = format!("{base}/eligibilitySchedules?$expand=principal&$filter=groupId eq '{group}'{more}");
            let rows = world.admin().get(&path).await.expect(200).rows();
            assert_eq!(rows.len(), 1, "{more}");
            assert_eq!((&rows[0]["status"], &rows[0]["memberType"]), (&json!("Provisioned"), &json!("direct")));
            let principal = &rows[0]["principal"];
            assert_eq!((&principal["displayName"], &principal["@odata.type"]), (&json!("Ada"), &json!("#microsoft.graph.user")));
        }

        world.tell("What waits for an approver, and the names that are looked up for it.");
        let path = format!("{base}/assignmentScheduleRequests/filterByCurrentUser(on='approver')?$filter=status eq 'PendingApproval'");
        assert!(world.admin().get(&path).await.expect(200).rows().is_empty());
        for id in [&ada, &group] {
            let named = world.admin().get(&format!("/v1.0/directoryobjects/{id}/")).await.expect(200).json();
            assert!(named["displayName"].is_string(), "{named}");
        }

        world.tell("The policy of members, with its rules.");
        let filter = format!("scopeId eq '{group}' and scopeType eq 'Group' and roleDefinitionId eq 'member'");
        let path = format!("/v1.0/policies/roleManagementPolicyAssignments?$filter={filter}&$expand=policy($expand=rules)");
        let found = world.admin().get(&path).await.expect(200).rows();
        assert_eq!(found[0]["policy"]["rules"].as_array().unwrap().len(), 17);
        world.tell("Whole rules are sent back; permanent eligibility is allowed, the context is off.");
        let target = |caller: &str, level: &str| json!({
            "caller": caller, "operations": ["All"], "level": level,
            "inheritableSettings": [], "enforcedSettings": [],
        });
        let policy = found[0]["policyId"].as_str().unwrap().to_owned();
        let rules = [
            json!({
                "@odata.type": format!("{RULE}ExpirationRule"), "id": "Expiration_Admin_Eligibility",
                "isExpirationRequired": false, "target": target("Admin", "Eligibility"),
            }),
            json!({
                "@odata.type": format!("{RULE}AuthenticationContextRule"),
                "id": "AuthenticationContext_EndUser_Assignment", "isEnabled": false, "claimValue": "",
                "target": target("EndUser", "Assignment"),
            }),
            json!({
                "@odata.type": format!("{RULE}ExpirationRule"), "id": "Expiration_Admin_Assignment",
                "isExpirationRequired": true, "maximumDuration": "", "target": target("Admin", "Assignment"),
            }),
        ];
        let path = format!("/v1.0/policies/roleManagementPolicies/{policy}");
        let told = world.admin().patch(&path, &json!({"rules": rules})).await.refused(400, "InvalidPolicy");
        assert!(told.message().contains("`rules[2].maximumDuration`"), "{}", told.message());
        world.tell("After that error it goes rule by rule.");
        for rule in &rules[..2] {
            world.admin().patch(&path, &json!({"rules": [rule]})).await.expect(200);
        }

        world.tell("Removed after five minutes, and assigned anew without an end; the duration that comes along says nothing.");
        world.forward(Length::minutes(5));
        let path = format!("{base}/EligibilityScheduleRequests");
        let removed = world.admin().post(&path, &ask("adminRemove", "AfterDuration", "easy")).await.expect(201).json();
        assert_eq!(removed["status"], "Revoked");
        let made = world.admin().post(&path, &ask("adminAssign", "NoExpiration", "easy")).await.expect(201).json();
        assert_eq!(made["scheduleInfo"]["expiration"], json!({"type": "noExpiration", "endDateTime": null, "duration": null}));
        world.golden("easypim");
    }
}

on_every_engine! {
    /// `pim-groups.md` 7.3 and 7.5: apps and scripts that activate, and SDKs that percent-encode what they can.
    activators_list_activate_and_deactivate, |world| {
        let (ada, group) = (world.person("ada"), world.group("prod-admins"));
        world.make_eligible("ada", "prod-admins").await;
        let mine = |name: &str, rest: &str| pim(&format!("{name}/filterByCurrentUser(on='principal'){rest}"));
        let requests = pim("assignmentScheduleRequests");

        world.tell("What can be activated, with names.");
        let path = mine("eligibilityScheduleInstances", "?$expand=group($select=id,displayName)");
        let seen = world.ada().get(&path).await.expect(200);
        assert_eq!(seen.rows()[0]["group"], json!({"id": group, "displayName": "prod-admins"}));
        world.tell("The same, as SDKs write it.");
        let encoded = pim("eligibilityScheduleInstances/microsoft.graph.filterByCurrentUser%28on%3D%27principal%27%29?%24expand=group%28%24select%3Did%2CdisplayName%29");
        assert_eq!(world.ada().get(&encoded).await.expect(200).rows(), seen.rows());
        world.tell("What is active, what will be, what waits.");
        assert!(world.ada().get(&mine("assignmentScheduleInstances", "?$expand=group($select=id,displayName)")).await.expect(200).rows().is_empty());
        assert!(world.ada().get(&mine("assignmentSchedules", "")).await.expect(200).rows().is_empty());
        assert!(world.ada().get(&mine("assignmentScheduleRequests", "?$filter=status eq 'PendingApproval'")).await.expect(200).rows().is_empty());
        world.tell("Names, where a client looks them up by id.");
        let path = format!("/v1.0/groups?$filter=id in ('{group}')&$select=id,displayName");
        assert_eq!(world.ada().get(&path).await.expect(200).rows(), [json!({"id": group, "displayName": "prod-admins"})]);
        world.tell("What the policy asks of whoever activates: only what is needed of it.");
        let filter = format!("scopeId eq '{group}' and scopeType eq 'Group' and roleDefinitionId eq 'member'");
        let path = format!("/v1.0/policies/roleManagementPolicyAssignments?$filter={filter}&$expand=policy($expand=rules($select=id))");
        assert_eq!(world.ada().get(&path).await.expect(200).rows().len(), 1);

        world.tell("Activated from a local time with seven digits, for two hours.");
        let mut ask = json!({
            "action": "selfActivate", "principalId": ada, "groupId": group, "accessId": "member",
            "justification": "incident 7",
            "scheduleInfo": {
                "startDateTime": "2026-11-21T10:00:00.1234567+01:00",
                "expiration": {"type": "AfterDuration", "duration": "PT2H"},
            },
            "ticketInfo": {"ticketNumber": "7", "ticketSystem": "incidents"},
        });
        world.forward(Length::seconds(1));
        let made = world.ada().post(&requests, &ask).await.expect(201).json();
        assert_eq!(made["status"], "Provisioned");
        assert_eq!(made["scheduleInfo"]["startDateTime"], "2026-11-21T09:00:01Z", "a start in the past is the present");
        world.tell("Activated again while it is active.");
        let told = world.ada().post(&requests, &ask).await.refused(400, "RoleAssignmentExists");
        assert_eq!(told.message(), "The Role assignment already exists.");
        world.tell("Deactivated with as little as can be said, too soon and then in time.");
        let end = json!({"action": "selfDeactivate", "principalId": ada, "groupId": group, "accessId": "member"});
        world.ada().post(&requests, &end).await.refused(400, "ActiveDurationTooShort");
        world.forward(Length::minutes(5));
        let ended = world.ada().post(&requests, &end).await.expect(201).json();
        assert_eq!((&ended["status"], &ended["scheduleInfo"]), (&json!("Revoked"), &json!(null)));
        world.tell("Activated until a time.");
        ask["scheduleInfo"] = json!({
            "startDateTime": null, "recurrence": null,
            "expiration": {"type": "afterDateTime", "endDateTime": "2026-11-21T12:00:00+01:00", "duration": null},
        });
        let made = world.ada().post(&requests, &ask).await.expect(201).json();
        assert_eq!(made["scheduleInfo"]["expiration"]["endDateTime"], "2026-11-21T11:00:00Z");
        world.tell("A duration as the Python SDK writes it is tried out, and answered in ISO form.");
        world.forward(Length::hours(2));
        ask["isValidationOnly"] = json!(true);
        ask["scheduleInfo"] = json!({"expiration": {"type": "afterDuration", "duration": "1:30:00"}});
        let tried = world.ada().post(&requests, &ask).await.expect(201).json();
        assert_eq!(tried["scheduleInfo"]["expiration"]["duration"], "PT1H30M");
        world.golden("activators");
    }
}
