//! Every action on both collections, what becomes of it, and how it is found again (R-D4, R-D5, R-D7, R-E4,
//! R-E6; `pim-groups.md` sections 2 and 5).

use ephor_core::time::Length;
use serde_json::{Value, json};

use crate::support::{Answer, World, on_every_engine, pim};

const DECIDE: &str = "/ephor/v1/scheduleRequests";

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

impl World {
    /// An action of the administrator's on somebody's role in `prod-admins`.
    async fn administers(&self, kind: &str, action: &str, who: &str, duration: &str) -> Answer {
        let mut body = self.assignment(who, "prod-admins", duration);
        body["action"] = json!(action);
        let path = pim(&format!("{kind}ScheduleRequests"));
        self.admin().post(&path, &body).await
    }

    /// What Ada asks for herself, in `prod-admins`.
    async fn ada_asks(&self, kind: &str, action: &str, duration: &str) -> Answer {
        let mut body = self.assignment("ada", "prod-admins", duration);
        body["action"] = json!(action);
        body["justification"] = json!("still on call");
        let path = pim(&format!("{kind}ScheduleRequests"));
        self.ada().post(&path, &body).await
    }

    async fn schedule(&self, kind: &str, id: &str) -> Answer {
        self.admin()
            .get(&pim(&format!("{kind}Schedules/{id}")))
            .await
    }

    async fn members_of(&self, group: &str) -> Vec<String> {
        let path = format!("/v1.0/groups/{}/members", self.group(group));
        self.admin().get(&path).await.expect(200).each("id")
    }
}

on_every_engine! {
    /// R-D4: an update and an extension answer with a new schedule, the old one is gone, and nobody's
    /// membership flickers; the end is echoed as it was given, for Terraform compares it letter for letter.
    r_d4_another_period_is_another_schedule_without_a_flicker, |world| {
        for (kind, action, duration) in [
            ("assignment", "adminUpdate", "PT48H"),
            ("assignment", "adminExtend", "P3D"),
            ("eligibility", "adminUpdate", "P20D"),
            ("eligibility", "adminExtend", "P1DT720H"),
        ] {
            if world.administers(kind, "adminRemove", "ada", "P1D").await.status == 400 {
                world.forward(Length::minutes(5));
                world.administers(kind, "adminRemove", "ada", "P1D").await;
            }
            let made = world.administers(kind, "adminAssign", "ada", "P1D").await.expect(201).json();
            world.forward(Length::minutes(10));
            let changed = world.administers(kind, action, "ada", duration).await.expect(201).json();
            assert_eq!(changed["status"], "Provisioned", "{changed}");
            let (old, new) = (text(&made, "targetScheduleId"), text(&changed, "targetScheduleId"));
            assert_ne!(old, new);
            assert!(new.ends_with(&text(&changed, "id")), "the new one is made of the request's own id");
            world.schedule(kind, &old).await.refused(404, "ResourceNotFound");
            let shown = world.schedule(kind, &new).await.expect(200).json();
            assert_eq!(shown["scheduleInfo"]["expiration"], json!({"type": "afterDuration", "endDateTime": null, "duration": duration}));
            assert_eq!(shown["createdUsing"], changed["id"]);
            if kind == "assignment" {
                assert_eq!(world.members_of("prod-admins").await, [world.person("ada")]);
            }
        }
        let told = world.administers("assignment", "adminExtend", "ada", "PT1H").await;
        told.refused(400, "InvalidRoleAssignmentRequestSchedule");
        world.administers("assignment", "adminUpdate", "bob", "P1D").await.refused(400, "RoleAssignmentDoesNotExist");
    }
}

on_every_engine! {
    /// R-D4, R-D5: what the clock ended is given again within thirty days.
    r_d4_what_ended_is_renewed_within_thirty_days, |world| {
        for (waited, status) in [(29, 201), (31, 400)] {
            world.administers("assignment", "adminAssign", "ada", "PT1H").await.expect(201);
            world.forward(Length::days(waited));
            let renewed = world.administers("assignment", "adminRenew", "ada", "PT1H").await.expect(status);
            if status == 201 {
                assert_eq!(world.members_of("prod-admins").await, [world.person("ada")]);
                world.forward(Length::days(40));
            } else {
                renewed.refused(400, "RoleAssignmentDoesNotExist");
            }
        }
    }
}

on_every_engine! {
    /// R-D5: the assignee asks to extend in the last fourteen days, and an administrator decides, who may give
    /// another period; nobody decides for themselves.
    r_d5_an_extension_waits_for_an_administrator, |world| {
        world.make_eligible("ada", "prod-admins").await;
        world.ada_asks("eligibility", "selfExtend", "P60D").await.refused(400, "InvalidRoleAssignmentRequestSchedule");
        world.forward(Length::days(20));
        let asked = world.ada_asks("eligibility", "selfExtend", "P60D").await.expect(201).json();
        assert_eq!((&asked["status"], &asked["approvalId"]), (&json!("PendingAdminDecision"), &json!(null)));
        world.ada_asks("eligibility", "selfExtend", "P60D").await.refused(400, "PendingRoleAssignmentRequest");
        let id = text(&asked, "id");
        world.admin().get(&pim(&format!("assignmentApprovals/{id}"))).await.refused(404, "ResourceNotFound");

        let decide = format!("{DECIDE}/{id}/decide");
        world.ada().post(&decide, &json!({"decision": "approve"})).await.refused(403, "Authorization_RequestDenied");
        world.as_person("bob").post(&decide, &json!({"decision": "approve"})).await.refused(404, "ResourceNotFound");
        for (body, named) in [
            (json!({}), "`decision` is missing"),
            (json!({"decision": "maybe"}), "`maybe`"),
            (json!({"decision": "deny", "why": "x"}), "`why`"),
            (json!({"decision": "approve", "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "P6M"}}}), "`P6M`"),
        ] {
            let told = world.admin().post(&decide, &body).await.refused(400, "BadRequest").message();
            assert!(told.contains(named), "{body}: {told}");
        }
        let period = json!({"decision": "approve", "justification": "half of it",
            "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "P45D"}}});
        let decided = world.admin().post(&decide, &period).await.expect(200).json();
        assert_eq!((&decided["status"], &decided["scheduleInfo"]["expiration"]["duration"]), (&json!("Provisioned"), &json!("P45D")));
        world.admin().post(&decide, &json!({"decision": "deny"})).await.refused(409, "Conflict");
        let schedule = world.schedule("eligibility", &text(&decided, "targetScheduleId")).await.expect(200).json();
        assert_eq!(schedule["scheduleInfo"]["startDateTime"], "2026-12-11T09:00:00Z");
        world.admin().post(&format!("{DECIDE}/00000000-0000-4000-8000-000000000000/decide"), &period).await
            .refused(404, "ResourceNotFound");
    }
}

on_every_engine! {
    /// R-D5: what ended is asked for again; whoever denies it gives nothing.
    r_d5_a_renewal_is_asked_for_and_denied, |world| {
        world.administers("assignment", "adminAssign", "ada", "PT1H").await.expect(201);
        world.ada_asks("assignment", "selfRenew", "PT1H").await.refused(400, "RoleAssignmentDoesNotExist");
        world.forward(Length::hours(1));
        let id = text(&world.ada_asks("assignment", "selfRenew", "PT1H").await.expect(201).json(), "id");
        let denied = world.admin().post(&format!("{DECIDE}/{id}/decide"), &json!({"decision": "deny"})).await.expect(200).json();
        assert_eq!(denied["status"], "Denied");
        assert!(world.members_of("prod-admins").await.is_empty());
    }
}

on_every_engine! {
    /// R-E4: a start that lies ahead is withdrawn, found by the id of its schedule as Terraform does; the
    /// newest request about a schedule is what that id stands for.
    r_e4_a_request_is_found_by_the_schedule_it_is_about, |world| {
        let mut ahead = world.assignment("ada", "prod-admins", "P1D");
        ahead["scheduleInfo"]["startDateTime"] = json!("2026-11-22T09:00:00Z");
        let path = pim("eligibilityScheduleRequests");
        let made = world.admin().post(&path, &ahead).await.expect(201).json();
        assert_eq!(made["status"], "Granted");
        let schedule = text(&made, "targetScheduleId");
        let found = world.admin().get(&format!("{path}/{schedule}")).await.expect(200).json();
        assert_eq!(found["id"], made["id"]);
        world.as_person("bob").get(&format!("{path}/{schedule}")).await.refused(404, "ResourceNotFound");
        let other = pim(&format!("assignmentScheduleRequests/{schedule}/cancel"));
        world.admin().send("POST", &other, &[], None).await.refused(404, "ResourceNotFound");
        world.admin().send("POST", &format!("{path}/{schedule}/cancel"), &[], None).await.expect(204);
        world.schedule("eligibility", &schedule).await.refused(404, "ResourceNotFound");
        assert_eq!(world.admin().get(&format!("{path}/{schedule}")).await.expect(200).json()["status"], "Canceled");

        // Removed, it is the removal that the schedule's id stands for.
        let made = world.make_eligible("bob", "prod-admins").await.json();
        world.forward(Length::minutes(5));
        let removed = world.administers("eligibility", "adminRemove", "bob", "P1D").await.expect(201).json();
        let found = world.admin().get(&format!("{path}/{}", text(&made, "targetScheduleId"))).await.expect(200).json();
        assert_eq!((&found["id"], &found["status"]), (&removed["id"], &json!("Revoked")));
    }
}

on_every_engine! {
    /// R-E6: whoever is in a group that is eligible sees that as their own, and activates for themselves alone.
    r_e6_an_eligibility_through_a_group_is_ones_own, |world| {
        let (outer, inner) = (world.group("prod-admins"), world.group("readers"));
        let member = json!({"@odata.id": format!("https://x.example/v1.0/directoryObjects/{}", world.person("ada"))});
        world.admin().post(&format!("/v1.0/groups/{inner}/members/$ref"), &member).await.expect(204);
        let mut body = world.assignment("ada", "prod-admins", "P30D");
        body["principalId"] = json!(inner);
        let made = world.admin().post(&pim("eligibilityScheduleRequests"), &body).await.expect(201).json();
        for name in ["eligibilitySchedules", "eligibilityScheduleInstances"] {
            let mine = pim(&format!("{name}/filterByCurrentUser(on='principal')"));
            let rows = world.ada().get(&format!("{mine}?$expand=group($select=displayName)")).await.expect(200).rows();
            assert_eq!((rows.len(), &rows[0]["memberType"], &rows[0]["principalId"]), (1, &json!("group"), &json!(inner)));
            assert_eq!(rows[0]["group"]["displayName"], "prod-admins");
            for (filter, count) in [("memberType eq 'group'", 1), ("memberType eq 'direct'", 0)] {
                let rows = world.ada().get(&format!("{mine}?$filter={filter}")).await.expect(200).rows();
                assert_eq!(rows.len(), count, "{filter}");
            }
            assert!(world.as_person("bob").get(&mine).await.expect(200).rows().is_empty());
        }
        let schedule = pim(&format!("eligibilitySchedules/{}", text(&made, "targetScheduleId")));
        assert_eq!(world.ada().get(&schedule).await.expect(200).json()["memberType"], "direct");
        world.as_person("bob").get(&schedule).await.refused(404, "ResourceNotFound");
        let roles = world.ada().get("/ephor/v1/me/roles").await.expect(200).json();
        assert_eq!((&roles["eligible"][0]["memberType"], &roles["eligible"][0]["actions"]), (&json!("group"), &json!(["activate"])));

        world.activate("ada", "prod-admins").await;
        assert_eq!(world.members_of("prod-admins").await, [world.person("ada")]);
        let active = pim("assignmentScheduleInstances/filterByCurrentUser(on='principal')?$expand=activatedUsing");
        let rows = world.ada().get(&active).await.expect(200).rows();
        let own: Vec<_> = rows.iter().filter(|row| row["groupId"] == outer).collect();
        assert_eq!((&own[0]["memberType"], &own[0]["activatedUsing"]["principalId"]), (&json!("direct"), &json!(inner)));
    }
}

on_every_engine! {
    /// `pim-groups.md` section 2: what an endpoint does not have is refused, and so is what needs a period.
    actions_belong_to_their_collection, |world| {
        for (kind, action) in [("eligibility", "selfActivate"), ("eligibility", "selfDeactivate")] {
            world.ada_asks(kind, action, "PT1H").await.refused(400, "InvalidRoleAssignmentRequest");
        }
        for action in ["adminAssign", "adminUpdate", "adminExtend", "adminRenew", "selfActivate"] {
            let mut body = world.assignment("ada", "prod-admins", "P1D");
            body["action"] = json!(action);
            body.as_object_mut().unwrap().remove("scheduleInfo");
            let told = world.ada().post(&pim("assignmentScheduleRequests"), &body).await;
            assert!([400, 403].contains(&told.status), "{action}: {}", told.text);
        }
    }
}
