//! The main job from end to end: eligible, active, visible, over. To the letter, in a golden file.

use ephor_core::time::Length;
use serde_json::{Value, json};

use crate::support::{Answer, Session, URL, World, on_every_engine, pim};

on_every_engine! {
    /// R-A1, R-C2, R-E2, R-E5, R-D6: the whole of it as a transcript. A group is made and its policy set;
    /// somebody who is eligible activates, has it at once, and no longer has it at its end.
    r_e5_an_activation_is_there_at_once_and_gone_at_its_end, |world| {
        let admin = world.admin();
        let ada = world.person("ada");
        let mine = |name: &str| pim(&format!("{name}/filterByCurrentUser(on='principal')"));

        world.tell("An administrator makes a group.");
        let new = json!({
            "displayName": "db-operators", "description": "Operate the databases",
            "mailEnabled": false, "mailNickname": "db-operators", "securityEnabled": true,
        });
        let made = admin.post("/v1.0/groups", &new).await.expect(201).json();
        let group = made["id"].as_str().unwrap().to_owned();
        world.name(&group, "db-operators");
        let members = format!("/v1.0/groups/{group}/members");

        world.tell("Its members' policy allows four hours and asks for a ticket.");
        let scope = format!("scopeId eq '{group}' and scopeType eq 'Group' and roleDefinitionId eq 'member'");
        let path = format!("/v1.0/policies/roleManagementPolicyAssignments?$filter={scope}");
        let policy = admin.get(&path).await.expect(200).each("policyId").remove(0);
        let rule = |id: &str| format!("/v1.0/policies/roleManagementPolicies/{policy}/rules/{id}");
        let change = json!({
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyExpirationRule",
            "maximumDuration": "PT4H",
        });
        admin.patch(&rule("Expiration_EndUser_Assignment"), &change).await.expect(200);
        let change = json!({
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyEnablementRule",
            "enabledRules": ["Justification", "Ticketing"],
        });
        admin.patch(&rule("Enablement_EndUser_Assignment"), &change).await.expect(200);

        world.tell("Ada becomes eligible for thirty days.");
        let eligible = json!({
            "action": "adminAssign", "accessId": "member", "principalId": ada, "groupId": group,
            "justification": "on call",
            "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "P30D"}},
        });
        admin.post(&pim("eligibilityScheduleRequests"), &eligible).await.expect(201);
        world.tell("Ada sees it, with the group's name.");
        let path = format!("{}?$expand=group($select=id,displayName)", mine("eligibilityScheduleInstances"));
        let seen = world.ada().get(&path).await.expect(200);
        assert_eq!(seen.rows()[0]["group"]["displayName"], "db-operators");
        world.tell("She is not a member yet.");
        assert!(world.ada().get(&members).await.expect(200).rows().is_empty());

        world.tell("She asks for more than the policy allows, and is told all that is wrong.");
        let mut ask = json!({
            "action": "selfActivate", "accessId": "member", "principalId": ada, "groupId": group,
            "justification": "incident 7",
            "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT5H"}},
        });
        world.ada().post(&pim("assignmentScheduleRequests"), &ask).await
            .refused(400, "RoleAssignmentRequestPolicyValidationFailed");
        world.tell("She activates for two hours, and is a member in the same moment.");
        ask["scheduleInfo"]["expiration"]["duration"] = json!("PT2H");
        ask["ticketInfo"] = json!({"ticketNumber": "7", "ticketSystem": "incidents"});
        let made = world.ada().post(&pim("assignmentScheduleRequests"), &ask).await.expect(201);
        assert_eq!(made.json()["status"], "Provisioned");
        assert_eq!(world.ada().get(&members).await.expect(200).each("id"), [ada.as_str()]);
        world.tell("The eligibility stays; the activation shows beside it.");
        let active = world.ada().get(&mine("assignmentScheduleInstances")).await.expect(200);
        assert_eq!(active.each("assignmentType"), ["activated"]);
        world.ada().get(&mine("eligibilitySchedules")).await.expect(200);
        world.ada().get("/ephor/v1/me/roles").await.expect(200);

        world.tell("One microsecond before the end she still has it.");
        world.forward(Length::micros(2 * 3_600_000_000 - 1));
        assert_eq!(world.ada().get(&members).await.expect(200).each("id"), [ada.as_str()]);
        world.tell("At the end she has not, and nothing ran in between.");
        world.forward(Length::micros(1));
        assert!(world.ada().get(&members).await.expect(200).rows().is_empty());
        for name in ["assignmentSchedules", "assignmentScheduleInstances"] {
            assert!(world.ada().get(&mine(name)).await.expect(200).rows().is_empty(), "{name}");
        }
        let schedule = made.json()["targetScheduleId"].as_str().unwrap().to_owned();
        let path = pim(&format!("assignmentSchedules/{schedule}"));
        world.ada().get(&path).await.refused(404, "ResourceNotFound");
        world.tell("The request stays as history, and the role is among the ended ones.");
        let path = pim(&format!("assignmentScheduleRequests/{}", made.json()["id"].as_str().unwrap()));
        assert_eq!(world.ada().get(&path).await.expect(200).json()["status"], "Provisioned");
        let roles = world.ada().get("/ephor/v1/me/roles").await.expect(200).json();
        assert_eq!(roles["ended"].as_array().unwrap().len(), 1);
        assert_eq!(roles["active"], json!([]));
        world.golden("life");
    }
}

/// Every read that tells of an activation while it is in force, and what is asked with.
fn reads_of(world: &World, schedule: &str, request: &str) -> Vec<String> {
    let (group, outer, ada) = (
        world.group("prod-admins"),
        world.group("readers"),
        world.person("ada"),
    );
    let mut reads = Vec::new();
    for holders in ["members", "transitiveMembers"] {
        reads.push(format!("/v1.0/groups/{group}/{holders}"));
        reads.push(format!(
            "/v1.0/groups/{group}/{holders}/microsoft.graph.user"
        ));
        reads.push(format!(
            "/v1.0/groups/{group}/{holders}?$filter=id eq '{ada}'"
        ));
        reads.push(format!("/v1.0/groups/{group}/{holders}/$count"));
    }
    reads.push(format!("/v1.0/groups/{group}/members/{ada}"));
    // `prod-admins` is a member of `readers`.
    reads.push(format!(
        "/v1.0/groups/{outer}/transitiveMembers?$filter=id eq '{ada}'"
    ));
    for name in ["assignmentSchedules", "assignmentScheduleInstances"] {
        reads.push(pim(&format!("{name}?$filter=groupId eq '{group}'")));
        reads.push(pim(&format!("{name}?$filter=principalId eq '{ada}'")));
        reads.push(pim(&format!(
            "{name}?$filter=groupId eq '{group}' and id eq '{schedule}'"
        )));
        reads.push(pim(&format!("{name}/$count?$filter=groupId eq '{group}'")));
        reads.push(pim(&format!("{name}/filterByCurrentUser(on='principal')")));
        reads.push(pim(&format!("{name}/{schedule}")));
        reads.push(pim(&format!("{name}/{schedule}/group")));
        reads.push(pim(&format!("{name}/{schedule}/principal")));
        reads.push(pim(&format!("{name}/{schedule}/activatedUsing")));
    }
    reads.push(pim(&format!(
        "assignmentScheduleRequests/{request}/targetSchedule"
    )));
    reads.push(pim(&format!(
        "assignmentScheduleRequests/{request}/activatedUsing"
    )));
    reads
}

/// Whether an answer tells of something: a row, an object, a number above none.
fn tells_something(answer: &Answer) -> bool {
    match answer.status {
        404 => false,
        200 => match answer.text.parse::<u64>() {
            Ok(count) => count > 0,
            Err(_) => answer.json()["value"]
                .as_array()
                .is_none_or(|rows| !rows.is_empty()),
        },
        status => panic!("{status}: {}", answer.text),
    }
}

on_every_engine! {
    /// R-E5: in every read that tells of it an activation is gone at its end, to the microsecond, and nothing
    /// ran in between.
    r_e5_every_read_ends_at_the_same_instant, |world| {
        let (group, outer) = (world.group("prod-admins"), world.group("readers"));
        let nested = json!({"@odata.id": format!("{URL}/v1.0/directoryObjects/{group}")});
        world.admin().post(&format!("/v1.0/groups/{outer}/members/$ref"), &nested).await.expect(204);
        world.make_eligible("ada", "prod-admins").await;
        let made = world.activate("ada", "prod-admins").await.json();
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        let reads = reads_of(&world, &text("targetScheduleId"), &text("id"));
        // The administrator's right to read does not end with the activation.
        let ask = async |read: &str| {
            let reader = if read.contains("filterByCurrentUser") { world.ada() } else { world.admin() };
            reader.send("GET", read, &[("consistencylevel", "eventual")], None).await
        };

        world.forward(Length::micros(2 * 3_600_000_000 - 1));
        for read in &reads {
            assert!(tells_something(&ask(read).await), "before its end: {read}");
        }
        world.forward(Length::micros(1));
        let audited = world.audited().await;
        for read in &reads {
            assert!(!tells_something(&ask(read).await), "at its end: {read}");
        }
        let request = pim(&format!("assignmentScheduleRequests/{}?$expand=targetSchedule,activatedUsing", text("id")));
        let kept = world.ada().get(&request).await.expect(200).json();
        assert_eq!((&kept["status"], &kept["targetSchedule"]), (&json!("Provisioned"), &json!(null)));
        let roles = world.ada().get("/ephor/v1/me/roles").await.expect(200).json();
        assert_eq!(roles["active"], json!([]));
        assert_eq!(world.audited().await, audited, "to read changes nothing");
    }
}

on_every_engine! {
    /// R-D3, R-E5: the holder ends it, but not in the first five minutes.
    r_d3_a_deactivation_waits_for_five_minutes, |world| {
        world.make_eligible("ada", "prod-admins").await;
        let made = world.activate("ada", "prod-admins").await.json();
        let again = world.activation("ada", "prod-admins");
        let path = pim("assignmentScheduleRequests");
        let told = world.ada().post(&path, &again).await.refused(400, "RoleAssignmentExists");
        assert_eq!(told.message(), "The Role assignment already exists.");

        let end = json!({
            "action": "selfDeactivate", "accessId": "member",
            "principalId": world.person("ada"), "groupId": world.group("prod-admins"),
        });
        world.forward(Length::seconds(299));
        let told = world.ada().post(&path, &end).await.refused(400, "ActiveDurationTooShort");
        assert!(told.message().starts_with("The Active duration is too short. Miniumum Required is 5 minutes."));
        world.forward(Length::seconds(1));
        let ended = world.ada().post(&path, &end).await.expect(201).json();
        assert_eq!((&ended["status"], &ended["scheduleInfo"]), (&json!("Revoked"), &json!(null)));
        assert_eq!(ended["targetScheduleId"], made["targetScheduleId"]);
        let members = format!("/v1.0/groups/{}/members", world.group("prod-admins"));
        assert!(world.ada().get(&members).await.expect(200).rows().is_empty());
        let told = world.ada().post(&path, &end).await.refused(400, "RoleAssignmentDoesNotExist");
        assert_eq!(told.message(), "The Role assignment does not exist.");
    }
}

on_every_engine! {
    /// R-E2: a start that lies ahead is granted now and in force then.
    r_e2_a_future_start_is_granted_now_and_in_force_then, |world| {
        world.make_eligible("ada", "prod-admins").await;
        let mut body = world.activation("ada", "prod-admins");
        body["scheduleInfo"]["startDateTime"] = json!("2026-11-21T12:00:00+02:00");
        let made = world.ada().post(&pim("assignmentScheduleRequests"), &body).await.expect(201).json();
        assert_eq!(made["status"], "Granted");
        assert_eq!(made["completedDateTime"], "2026-11-21T10:00:00Z");
        let schedule = pim(&format!("assignmentSchedules/{}", made["targetScheduleId"].as_str().unwrap()));
        let instance = schedule.replace("assignmentSchedules", "assignmentScheduleInstances");
        assert_eq!(world.ada().get(&schedule).await.expect(200).json()["status"], "Granted");
        world.ada().get(&instance).await.refused(404, "ResourceNotFound");
        world.forward(Length::hours(1));
        assert_eq!(world.ada().get(&schedule).await.expect(200).json()["status"], "Provisioned");
        let shown = world.ada().get(&format!("{instance}?$expand=activatedUsing")).await.expect(200).json();
        assert_eq!(shown["endDateTime"], "2026-11-21T12:00:00Z");
        assert_eq!(shown["activatedUsing"]["memberType"], "direct");
    }
}

on_every_engine! {
    /// R-C5, R-E8: a refusal names every rule that failed, also where it is only tried; nothing is kept.
    r_c5_a_refusal_names_every_rule_that_failed, |world| {
        world.make_eligible("ada", "prod-admins").await;
        let mut body = world.activation("ada", "prod-admins");
        body["scheduleInfo"]["expiration"]["duration"] = json!("PT9H");
        body["justification"] = json!("  ");
        let path = pim("assignmentScheduleRequests");
        for only_try in [true, false] {
            body["isValidationOnly"] = json!(only_try);
            let before = world.audited().await;
            let told = world.ada().post(&path, &body).await
                .refused(400, "RoleAssignmentRequestPolicyValidationFailed");
            assert_eq!(
                told.message(),
                r#"The following policy rules failed: ["ExpirationRule","JustificationRule"]"#
            );
            let details = told.error()["details"].clone();
            assert_eq!(details[0]["code"], "ExpirationRule");
            assert!(details[0]["message"].as_str().unwrap().contains("8 h"), "{details}");
            // R-I1: an attempt that was refused is recorded; a try changes nothing and is not.
            let recorded = world.audited().await - before;
            assert_eq!(recorded, i64::from(!only_try));
        }

        let mut good = world.activation("ada", "prod-admins");
        good["isValidationOnly"] = json!(true);
        let before = world.audited().await;
        let tried = world.ada().post(&path, &good).await.expect(201).json();
        assert_eq!((&tried["status"], &tried["isValidationOnly"]), (&json!("Granted"), &json!(true)));
        assert_eq!(world.audited().await, before);
        let members = format!("/v1.0/groups/{}/members", world.group("prod-admins"));
        assert!(world.ada().get(&members).await.expect(200).rows().is_empty());
    }
}

on_every_engine! {
    /// R-C2, R-I5: a policy that asks for a context says which, in the form that clients re-authenticate with.
    r_i5_a_missing_context_is_told_as_claims, |world| {
        world.make_eligible("ada", "prod-admins").await;
        let path = format!(
            "/v1.0/policies/roleManagementPolicyAssignments?$filter=scopeId eq '{}' and scopeType eq 'Group' and roleDefinitionId eq 'member'",
            world.group("prod-admins")
        );
        let policy = world.admin().get(&path).await.expect(200).each("policyId").remove(0);
        let rule = format!("/v1.0/policies/roleManagementPolicies/{policy}/rules/AuthenticationContext_EndUser_Assignment");
        let change = json!({
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyAuthenticationContextRule",
            "isEnabled": true, "claimValue": "c1",
        });
        let changed = world.admin().patch(&rule, &change).await.expect(200).json();
        assert_eq!((&changed["isEnabled"], &changed["claimValue"]), (&json!(true), &json!("c1")));

        let body = world.activation("ada", "prod-admins");
        let told = world.ada().post(&pim("assignmentScheduleRequests"), &body).await
            .refused(400, "RoleAssignmentRequestAcrsValidationFailed");
        assert!(told.message().contains("&claims=%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%20%22value%22%3A%22c1%22%7D%7D%7D"), "{}", told.message());
        let stepped = world.with_claims("ada", json!({"acrs": ["c1"]}));
        stepped.post(&pim("assignmentScheduleRequests"), &body).await.expect(201);
    }
}

on_every_engine! {
    /// R-C2: what the policy asks of an activation, one thing after the other: a second factor, a ticket with
    /// both its parts, a justification; and what would outlive the eligibility.
    r_c2_an_activation_gives_all_that_its_policy_asks_for, |world| {
        world.make_eligible("ada", "prod-admins").await;
        let path = format!(
            "/v1.0/policies/roleManagementPolicies?$filter=scopeId eq '{}' and scopeType eq 'Group'",
            world.group("prod-admins")
        );
        for policy in world.admin().get(&path).await.expect(200).each("id") {
            let rule = format!("/v1.0/policies/roleManagementPolicies/{policy}/rules/Enablement_EndUser_Assignment");
            let change = json!({
                "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyEnablementRule",
                "enabledRules": ["MultiFactorAuthentication", "Justification", "Ticketing"],
            });
            world.admin().patch(&rule, &change).await.expect(200);
        }
        let requests = pim("assignmentScheduleRequests");
        let weak = world.with_claims("ada", json!({"amr": ["pwd"]}));
        let mut body = world.activation("ada", "prod-admins");
        body["justification"] = json!(null);
        let refused = async |session: &Session<'_>, body: &Value, rules: &str| {
            let told = session.post(&requests, body).await.refused(400, "RoleAssignmentRequestPolicyValidationFailed");
            assert_eq!(told.message(), format!("The following policy rules failed: [{rules}]"));
        };
        refused(&weak, &body, r#""MfaRule","JustificationRule","TicketingRule""#).await;
        body["justification"] = json!("incident 7");
        refused(&weak, &body, r#""MfaRule","TicketingRule""#).await;
        body["ticketInfo"] = json!({"ticketNumber": "7"});
        refused(&world.ada(), &body, r#""TicketingRule""#).await;
        body["ticketInfo"]["ticketSystem"] = json!("incidents");
        refused(&weak, &body, r#""MfaRule""#).await;
        world.forward(Length::days(29));
        world.forward(Length::hours(23));
        refused(&world.ada(), &body, r#""ExpirationRule""#).await;
        body["scheduleInfo"]["expiration"]["duration"] = json!("PT1H");
        world.ada().post(&requests, &body).await.expect(201);
        let bob = json!({"action": "selfActivate", "accessId": "member", "principalId": world.person("bob"),
            "groupId": world.group("prod-admins"), "scheduleInfo": body["scheduleInfo"], "justification": "x",
            "ticketInfo": body["ticketInfo"]});
        refused(&world.as_person("bob"), &bob, r#""EligibilityRule""#).await;
    }
}
