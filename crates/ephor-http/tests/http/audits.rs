//! `auditLogs/directoryAudits`: the names that clients look for, what is told, and how it is narrowed
//! (`pim-groups.md` 5.8, `governance.md` 3.1).

use ephor_core::time::Length;
use serde_json::{Value, json};

use crate::support::{World, on_every_engine, pim};

const AUDITS: &str = "/v1.0/auditLogs/directoryAudits";

/// What reading the log leaves in it (T-51), which is not what these tests are about.
fn is_reading(row: &Value) -> bool {
    row["activityDisplayName"] == "Read audit log"
}

impl World {
    async fn audits(&self, query: &str) -> Vec<Value> {
        let told = self.admin().get(&format!("{AUDITS}?{query}")).await;
        let mut rows = told.expect(200).rows();
        rows.retain(|row| !is_reading(row));
        rows
    }

    /// The names of what PIM did to a group, oldest first.
    async fn pims(&self, group: &str) -> Vec<String> {
        let query = format!(
            "$filter=loggedByService eq 'PIM' and targetResources/any(t:t/id eq '{}')&$orderby=activityDateTime asc",
            self.group(group)
        );
        let rows = self.audits(&query).await;
        let names = rows
            .iter()
            .map(|row| row["activityDisplayName"].as_str().unwrap().to_owned());
        names.collect()
    }
}

on_every_engine! {
    /// R-I1, `pim-groups.md` 5.8: each step of an assignment's and an activation's life has its name.
    r_i1_each_step_has_the_name_that_clients_look_for, |world| {
        world.ask_for_approval("prod-admins", &["carol"]).await;
        world.make_eligible("ada", "prod-admins").await;
        let id = world.activate("ada", "prod-admins").await.json()["id"].as_str().unwrap().to_owned();
        let stage = pim(&format!("assignmentApprovals/{id}/stages/{id}"));
        world.as_person("carol").patch(&stage, &json!({"reviewResult": "Approve", "justification": "go on"})).await.expect(204);
        world.forward(Length::minutes(5));
        let mut end = world.activation("ada", "prod-admins");
        end["action"] = json!("selfDeactivate");
        world.ada().post(&pim("assignmentScheduleRequests"), &end).await.expect(201);
        let mut remove = world.assignment("ada", "prod-admins", "P1D");
        remove["action"] = json!("adminRemove");
        world.admin().post(&pim("eligibilityScheduleRequests"), &remove).await.expect(201);
        world.ada().post(&pim("assignmentScheduleRequests"), &world.activation("ada", "prod-admins")).await.expect(400);
        assert_eq!(world.pims("prod-admins").await, [
            "Onboarded resource to PIM",
            "Update role setting in PIM",
            "Add eligible member to role in PIM requested (timebound)",
            "Add eligible member to role in PIM completed (timebound)",
            "Add member to role requested (PIM activation)",
            "Add member to role approval requested (PIM activation)",
            "Add member to role request approved (PIM activation)",
            "Add member to role completed (PIM activation)",
            "Remove member from role requested (PIM deactivate)",
            "Remove member from role completed (PIM deactivate)",
            "Remove eligible member from role in PIM requested (timebound)",
            "Remove eligible member from role in PIM completed (timebound)",
            "Add member to role requested (PIM activation)",
        ]);

        let rows = world.audits("$filter=activityDisplayName eq 'Add member to role completed (PIM activation)'").await;
        let row = &rows[0];
        assert_eq!((&row["category"], &row["result"], &row["resultReason"]), (&json!("GroupManagement"), &json!("success"), &json!("go on")));
        assert_eq!(row["initiatedBy"]["user"]["userPrincipalName"], "carol@contoso.example");
        assert_eq!(row["initiatedBy"]["user"]["ipAddress"], "127.0.0.1");
        let targets = row["targetResources"].as_array().unwrap();
        let kinds: Vec<&Value> = targets.iter().map(|target| &target["type"]).collect();
        assert_eq!(kinds, ["Role", "Request", "User", "Group"], "consumers count on the places");
        assert_eq!((&targets[0]["displayName"], &targets[1]["id"]), (&json!("Member"), &json!(id)));
        assert_eq!((&targets[2]["userPrincipalName"], &targets[3]["displayName"]), (&json!("ada@contoso.example"), &json!("prod-admins")));
        let detail = |key: &str| row["additionalDetails"].as_array().unwrap().iter().find(|one| one["key"] == key).unwrap()["value"].clone();
        assert_eq!((detail("RequestId"), detail("Justification")), (json!(id), json!("incident 7")));
        assert_eq!(detail("ExpirationTime"), "2026-11-21T11:00:00Z");

        let rows = world.audits("$filter=result eq 'failure'").await;
        assert!(rows[0]["resultReason"].as_str().unwrap().contains("eligibility"), "{}", rows[0]);
        let rows = world.audits("$filter=activityDisplayName eq 'Update role setting in PIM'").await;
        let changed = &rows[0]["targetResources"][0]["modifiedProperties"][0];
        assert_eq!(changed["displayName"], "activation");
        assert_ne!(changed["oldValue"], changed["newValue"]);
    }
}

on_every_engine! {
    /// R-A8: what is done behind PIM's back is two entries: what the directory did, and what PIM makes of it.
    r_a8_a_change_outside_pim_has_both_its_names, |world| {
        let members = format!("/v1.0/groups/{}/members/$ref", world.group("readers"));
        let reference = json!({"@odata.id": format!("https://x.example/v1.0/directoryObjects/{}", world.person("bob"))});
        world.admin().post(&members, &reference).await.expect(204);
        let rows = world.audits(&format!("$filter=targetResources/any(t: t/id eq '{}') and category eq 'GroupManagement'&$top=2", world.person("bob"))).await;
        let told: Vec<(&Value, &Value)> = rows.iter().map(|row| (&row["loggedByService"], &row["activityDisplayName"])).collect();
        assert_eq!(told, [
            (&json!("PIM"), &json!("Add member to role outside of PIM (permanent)")),
            (&json!("Core Directory"), &json!("Add member to group")),
        ]);
        assert_eq!(rows[0]["correlationId"], rows[1]["correlationId"]);
    }
}

on_every_engine! {
    /// `governance.md` 3.1: each filter that clients send; what can't be asked is refused with what can.
    the_log_is_narrowed_by_what_clients_ask, |world| {
        world.make_eligible("ada", "prod-admins").await;
        world.forward(Length::hours(1));
        world.activate("ada", "prod-admins").await;
        let (ada, admin) = (world.person("ada"), world.person("admin"));
        let newest = world.audits("$top=1").await.remove(0);
        for (filter, count) in [
            (format!("initiatedBy/user/id eq '{ada}'"), 2),
            ("initiatedBy/user/userPrincipalName eq 'ADA@contoso.example'".into(), 2),
            ("startswith(initiatedBy/user/userPrincipalName,'ada@')".into(), 2),
            ("initiatedBy/user/displayName eq 'Ada'".into(), 2),
            ("initiatedBy/app/appId eq '00000000-0000-4000-8000-000000000000'".into(), 0),
            ("activityDateTime ge 2026-11-21T10:00:00Z".into(), 2),
            ("activityDateTime gt 2026-11-21T10:00:00Z".into(), 0),
            ("activityDateTime le 2026-11-21T10:00:00Z and loggedByService eq 'PIM'".into(), 5),
            ("activityDateTime lt 2026-11-21T10:00:00Z and loggedByService eq 'PIM'".into(), 3),
            ("startswith(activityDisplayName,'Add member to role requested')".into(), 1),
            ("category eq 'UserManagement'".into(), 4),
            (format!("correlationId eq '{}'", newest["correlationId"].as_str().unwrap()), 2),
            (format!("id eq '{}'", newest["id"].as_str().unwrap()), 1),
            (format!("targetResources/any(t:t/id eq '{ada}') and loggedByService eq 'PIM'"), 4),
            ("targetResources/any(c:startsWith(c/displayName, 'prod')) and operationType eq 'Activate'".into(), 2),
            (format!("not (initiatedBy/user/id eq '{admin}') and result eq 'success' and loggedByService eq 'PIM'"), 2),
        ] {
            let rows = world.audits(&format!("$filter={filter}")).await;
            assert_eq!(rows.len(), count, "{filter}");
        }
        for (query, named) in [
            ("$filter=hash eq 'x'", "`activityDateTime`"),
            ("$filter=activityDateTime eq 'yesterday'", "a time"),
            ("$filter=targetResources/any(t:t/type eq 'User')", "`targetResources/id`"),
            ("$filter=targetResources/any(t:u/id eq 'x')", "`t eq`"),
            ("$orderby=category", "`activityDateTime`"),
            ("$top=0", "between 1 and 1000"),
            ("$top=1001", "between 1 and 1000"),
            ("$expand=x", "`$filter`"),
            ("$select=hash", "`activityDisplayName`"),
        ] {
            let told = world.admin().get(&format!("{AUDITS}?{query}")).await.refused(400, "BadRequest").message();
            assert!(told.contains(named), "{query}: {told}");
        }
        world.audits("$top=1000&$select=id,category").await;
        world.ada().get(AUDITS).await.refused(403, "Authorization_RequestDenied");
        world.with_claims("admin", json!({"scp": "User.Read"})).get(AUDITS).await.refused(403, "PermissionScopeNotGranted");
    }
}

on_every_engine! {
    /// Pages hold each activity exactly once, either way, also where an entry has several.
    pages_hold_each_activity_once, |world| {
        world.make_eligible("ada", "prod-admins").await;
        world.activate("ada", "prod-admins").await;
        let all = world.audits("$top=1000").await;
        for order in ["", "&$orderby=activityDateTime asc"] {
            let mut seen = Vec::new();
            let mut next = Some(format!("{AUDITS}?$top=2{order}"));
            while let Some(link) = next {
                let page = world.admin().get(&link).await.expect(200);
                assert!(page.rows().len() <= 2);
                seen.extend(page.rows().into_iter().filter(|row| !is_reading(row)));
                next = page.json()["@odata.nextLink"].as_str().map(str::to_owned);
            }
            if !order.is_empty() {
                seen.reverse();
            }
            assert_eq!(seen, all, "{order}");
        }
        for row in &all {
            let id = row["id"].as_str().unwrap();
            let mut one = world.admin().get(&format!("{AUDITS}/{id}")).await.expect(200).json();
            one.as_object_mut().unwrap().remove("@odata.context");
            assert_eq!(&one, row);
        }
        for id in ["PIM_1_0_1", "x", "PIM_00000000-0000-4000-8000-000000000000_0_9999", "_9223372036854775807"] {
            world.admin().get(&format!("{AUDITS}/{id}")).await.refused(404, "ResourceNotFound");
        }
    }
}
