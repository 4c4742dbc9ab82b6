//! What known clients send to change, to approve and to withdraw, as transcripts (`pim-groups.md` section 7).

use ephor_core::time::Length;
use serde_json::json;

use crate::clients::terraform_reads;
use crate::support::{on_every_engine, pim};

on_every_engine! {
    /// `pim-groups.md` 7.1: Terraform changes a schedule in place, without naming it, and reads the new one; what
    /// has not begun it withdraws by the id of the schedule.
    terraform_updates_and_withdraws_schedules, |world| {
        let (ada, group) = (world.person("ada"), world.group("prod-admins"));
        for (kind, title) in [("eligibility", "Eligibility"), ("assignment", "Assignment")] {
            let body = |action: &str, expiration: serde_json::Value| json!({
                "@odata.type": format!("#microsoft.graph.privilegedAccessGroup{title}ScheduleRequest"),
                "accessId": "member", "action": action, "createdBy": null, "groupId": group,
                "justification": "terraform", "principalId": ada, "scheduleInfo": {"expiration": expiration},
            });
            let requests = pim(&format!("{kind}ScheduleRequests"));
            world.tell(&format!("azuread_privileged_access_group_{kind}_schedule is created for 30 days."));
            let first = world.admin().post(&requests, &body("adminAssign", json!({"type": "afterDuration", "duration": "P30D"}))).await.expect(201).json();
            world.tell("It is changed to 45 days: the same shape, and no targetScheduleId.");
            world.forward(Length::hours(1));
            let changed = world.admin().post(&requests, &body("adminUpdate", json!({"type": "afterDuration", "duration": "P45D"}))).await.expect(201).json();
            assert_eq!(changed["status"], "Provisioned");
            let schedule = changed["targetScheduleId"].as_str().unwrap();
            assert_ne!(changed["targetScheduleId"], first["targetScheduleId"]);
            world.tell("The returned schedule is polled and read; the plan finds no difference.");
            let (found, newest) = terraform_reads(&world, kind, schedule).await;
            assert_eq!(found.expect(200).json()["scheduleInfo"]["expiration"]["duration"], "P45D");
            assert_eq!(newest["scheduleInfo"]["expiration"], json!({"type": "afterDuration", "endDateTime": null, "duration": "P45D"}));
            world.tell("It is changed to end at a time, which is echoed as it was given.");
            let until = json!({"type": "afterDateTime", "endDateTime": "2027-01-10T12:00:00Z"});
            let changed = world.admin().post(&requests, &body("adminUpdate", until)).await.expect(201).json();
            let schedule = changed["targetScheduleId"].as_str().unwrap().to_owned();
            let (found, newest) = terraform_reads(&world, kind, &schedule).await;
            found.expect(200);
            assert_eq!(newest["scheduleInfo"]["expiration"], json!({"type": "afterDateTime", "endDateTime": "2027-01-10T12:00:00Z", "duration": null}));
            world.tell("It is destroyed.");
            world.forward(Length::minutes(6));
            world.admin().post(&requests, &json!({"accessId": "member", "principalId": ada, "groupId": group, "action": "adminRemove"})).await.expect(201);
            let (found, newest) = terraform_reads(&world, kind, &schedule).await;
            found.refused(404, "ResourceNotFound");
            assert_eq!(newest["status"], "Revoked");

            world.tell("One that has not begun is withdrawn by the id of its schedule.");
            let mut ahead = body("adminAssign", json!({"type": "afterDuration", "duration": "P30D"}));
            ahead["scheduleInfo"]["startDateTime"] = json!("2027-03-01T00:00:00Z");
            let made = world.admin().post(&requests, &ahead).await.expect(201).json();
            let schedule = made["targetScheduleId"].as_str().unwrap();
            world.admin().send("POST", &format!("{requests}/{schedule}/cancel"), &[], None).await.expect(204);
            let (found, newest) = terraform_reads(&world, kind, schedule).await;
            found.refused(404, "ResourceNotFound");
            assert_eq!(newest["status"], "Canceled");
        }
        world.golden("terraform-updates");
    }
}

on_every_engine! {
    /// `pim-groups.md` 7.2: EasyPIM lists what waits for the approver, reads each again, and decides in `/beta`,
    /// with the same id twice.
    easypim_approves, |world| {
        world.ask_for_approval("prod-admins", &["carol"]).await;
        world.make_eligible("ada", "prod-admins").await;
        world.make_eligible("bob", "prod-admins").await;
        world.activate("ada", "prod-admins").await;
        world.activate("bob", "prod-admins").await;
        let carol = || world.as_person("carol");
        let base = "/v1.0//identityGovernance/privilegedAccess/group";
        world.tell("What waits for Carol.");
        let path = format!("{base}/assignmentScheduleRequests/filterByCurrentUser(on='approver')?$filter=status eq 'PendingApproval'");
        let waiting = carol().get(&path).await.expect(200).rows();
        assert_eq!(waiting.len(), 2);
        for (request, word) in waiting.iter().zip(["Approve", "Deny"]) {
            world.tell("Each is read again by its id, and named.");
            let id = request["id"].as_str().unwrap();
            let again = carol().get(&format!("{base}/assignmentScheduleRequests/{id}")).await.expect(200).json();
            let approval = again["approvalId"].as_str().unwrap();
            for name in ["principalId", "groupId"] {
                let path = format!("/v1.0/directoryobjects/{}/", again[name].as_str().unwrap());
                assert!(carol().get(&path).await.expect(200).json()["displayName"].is_string());
            }
            world.tell(&format!("{word}."));
            let path = format!("/beta/identityGovernance/privilegedAccess/group/assignmentApprovals/{approval}/steps/{approval}");
            carol().patch(&path, &json!({"justification": "seen", "reviewResult": word})).await.expect(204);
        }
        world.tell("Nothing waits any more.");
        assert!(carol().get(&path).await.expect(200).rows().is_empty());
        let members = format!("/v1.0/groups/{}/members", world.group("prod-admins"));
        assert_eq!(carol().get(&members).await.expect(200).each("id"), [world.person("ada")]);
        world.golden("easypim-approves");
    }
}

on_every_engine! {
    /// `pim-groups.md` 7.3: activators show what waits and withdraw it; only the status tells them that it waits.
    activators_wait_and_withdraw, |world| {
        let (ada, group) = (world.person("ada"), world.group("prod-admins"));
        world.ask_for_approval("prod-admins", &["carol"]).await;
        world.make_eligible("ada", "prod-admins").await;
        world.tell("Ada asks, with a start of now; 201 says nothing of whether it was given.");
        let ask = json!({
            "action": "selfActivate", "principalId": ada, "groupId": group, "accessId": "member",
            "justification": "incident 7",
            "scheduleInfo": {
                "startDateTime": "2026-11-21T09:00:00Z",
                "expiration": {"type": "afterDuration", "endDateTime": null, "duration": "PT1H"},
            },
        });
        let made = world.ada().post(&pim("assignmentScheduleRequests"), &ask).await.expect(201).json();
        assert_eq!(made["status"], "PendingApproval");
        world.tell("What of hers waits.");
        let waiting = pim("assignmentScheduleRequests/filterByCurrentUser(on='principal')?$filter=status eq 'PendingApproval'&$expand=group($select=id,displayName)");
        let rows = world.ada().get(&waiting).await.expect(200).rows();
        assert_eq!((&rows[0]["id"], &rows[0]["group"]["displayName"]), (&made["id"], &json!("prod-admins")));
        world.tell("Names, where a client looks them up by ids.");
        let ids = json!({"ids": [group, ada, "x", "00000000-0000-4000-8000-000000000000"], "types": ["user", "group"]});
        let named = world.ada().post("/v1.0/directoryObjects/getByIds", &ids).await.expect(200);
        assert_eq!(named.each("displayName"), ["prod-admins", "Ada"]);
        let people = json!({"ids": [group, ada], "types": ["User"]});
        assert_eq!(world.ada().post("/v1.0/directoryObjects/microsoft.graph.getByIds", &people).await.expect(200).each("id"), std::slice::from_ref(&ada));
        world.tell("She withdraws it.");
        let cancel = pim(&format!("assignmentScheduleRequests/{}/cancel", made["id"].as_str().unwrap()));
        world.ada().send("POST", &cancel, &[("content-length", "0")], None).await.expect(204);
        assert!(world.ada().get(&waiting).await.expect(200).rows().is_empty());
        world.tell("And what became of it.");
        let own = pim("assignmentScheduleRequests/filterByCurrentUser(on='createdBy')");
        assert_eq!(world.ada().get(&own).await.expect(200).each("status"), ["Canceled"]);
        world.golden("activators-withdraw");
    }
}
