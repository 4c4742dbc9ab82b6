//! Approval from end to end: who may decide, once, in time, and what comes of it (R-E3, R-F1 to R-F8).

use ephor_core::time::Length;
use serde_json::{Value, json};

use crate::support::{Answer, World, on_every_engine, pim};

const REQUESTS: &str = "assignmentScheduleRequests";

fn verdict(word: &str) -> Value {
    json!({"reviewResult": word, "justification": "the incident is real"})
}

impl World {
    /// Ada asks for `prod-admins`, which takes the approval of one of these.
    async fn ada_waits_for(&self, approvers: &[&str]) -> String {
        self.ask_for_approval("prod-admins", approvers).await;
        self.make_eligible("ada", "prod-admins").await;
        let asked = self.activate("ada", "prod-admins").await.json();
        assert_eq!(asked["status"], "PendingApproval");
        asked["id"].as_str().unwrap().to_owned()
    }

    async fn decides(&self, who: &'static str, id: &str, word: &str) -> Answer {
        let stage = pim(&format!("assignmentApprovals/{id}/stages/{id}"));
        self.as_person(who).patch(&stage, &verdict(word)).await
    }

    async fn status(&self, id: &str) -> String {
        let found = self
            .admin()
            .get(&pim(&format!("{REQUESTS}/{id}")))
            .await
            .expect(200);
        found.json()["status"].as_str().unwrap().to_owned()
    }

    async fn members(&self) -> Vec<String> {
        let path = format!("/v1.0/groups/{}/members", self.group("prod-admins"));
        self.admin().get(&path).await.expect(200).each("id")
    }
}

on_every_engine! {
    /// R-E3, R-F1, R-F8: it waits, an approver decides, and the time counts from then. To the letter.
    r_e3_an_activation_waits_for_its_approver, |world| {
        world.tell("Activation of prod-admins takes Carol's approval; Ada is eligible.");
        world.ask_for_approval("prod-admins", &["carol"]).await;
        world.make_eligible("ada", "prod-admins").await;
        world.tell("Ada asks, and waits; nothing is granted.");
        let asked = world.activate("ada", "prod-admins").await.json();
        let id = asked["id"].as_str().unwrap();
        assert_eq!((&asked["status"], &asked["approvalId"]), (&json!("PendingApproval"), &json!(id)));
        assert_eq!((&asked["scheduleInfo"]["startDateTime"], &asked["completedDateTime"]), (&json!(null), &json!(null)));
        assert!(world.members().await.is_empty());
        world.tell("A second request meets the first.");
        let again = world.activation("ada", "prod-admins");
        world.ada().post(&pim(REQUESTS), &again).await.refused(400, "PendingRoleAssignmentRequest");

        world.tell("Carol sees it among those that wait for her, in v1.0 as a stage.");
        let path = pim(&format!("{REQUESTS}/filterByCurrentUser(on='approver')?$filter=status eq 'PendingApproval'"));
        assert_eq!(world.as_person("carol").get(&path).await.expect(200).each("id"), [id]);
        assert!(world.as_person("bob").get(&path).await.expect(200).rows().is_empty());
        assert!(world.ada().get(&path).await.expect(200).rows().is_empty(), "R-F3: never one's own");
        let list = pim("assignmentApprovals/filterByCurrentUser(on='approver')");
        let waiting = world.as_person("carol").get(&list).await.expect(200).rows();
        assert_eq!(waiting[0]["stages"][0]["assignedToMe"], true);
        world.tell("In beta as a step.");
        let beta = list.replace("/v1.0/", "/beta/");
        let waiting = world.as_person("carol").get(&beta).await.expect(200).rows();
        assert_eq!(waiting[0]["steps"][0]["reviewResult"], "NotReviewed");

        world.tell("An hour later she approves; the two hours count from now.");
        world.forward(Length::hours(1));
        world.decides("carol", id, "Approve").await.expect(204);
        let given = world.ada().get(&pim(&format!("{REQUESTS}/{id}"))).await.expect(200).json();
        assert_eq!((&given["status"], &given["completedDateTime"]), (&json!("Provisioned"), &json!("2026-11-21T10:00:00Z")));
        assert_eq!(world.members().await, [world.person("ada")]);
        let approval = world.ada().get(&pim(&format!("assignmentApprovals/{id}?$expand=stages"))).await.expect(200).json();
        let stage = &approval["stages"][0];
        assert_eq!((&stage["status"], &stage["reviewResult"]), (&json!("Completed"), &json!("Approved")));
        assert_eq!(stage["reviewedBy"]["id"], world.person("carol"));
        world.tell("What is decided is decided.");
        world.decides("carol", id, "Deny").await.refused(409, "Conflict");

        world.forward(Length::micros(2 * 3_600_000_000 - 1));
        assert_eq!(world.members().await, [world.person("ada")]);
        world.forward(Length::micros(1));
        assert!(world.members().await.is_empty());
        world.golden("approval");
    }
}

on_every_engine! {
    /// R-F2: of fifty decisions that arrive at once, one counts, and the others are told so.
    r_f2_of_many_deciders_at_once_one_decides, |world| {
        let id = world.ada_waits_for(&["bob", "carol"]).await;
        let decisions = (0..50).map(|number| {
            let (who, word) = if number % 2 == 0 { ("bob", "Approve") } else { ("carol", "Deny") };
            let (world, id) = (&world, id.as_str());
            async move { (word, world.decides(who, id, word).await) }
        });
        let answers = crate::support::join_all(decisions).await;
        let done: Vec<&str> = answers.iter().filter(|(_, answer)| answer.status == 204).map(|(word, _)| *word).collect();
        assert_eq!(done.len(), 1, "one of them decides");
        for (_, answer) in answers.into_iter().filter(|(_, answer)| answer.status != 204) {
            answer.refused(409, "Conflict");
        }
        let (status, members) = match done[0] {
            "Approve" => ("Provisioned", vec![world.person("ada")]),
            _ => ("Denied", Vec::new()),
        };
        assert_eq!((world.status(&id).await.as_str(), world.members().await), (status, members));
    }
}

on_every_engine! {
    /// R-F3, T-08: the requestor sees the approval and may not decide; an administrator neither; to anybody
    /// else it is not there, just as one that never was.
    r_f3_nobody_decides_their_own_request, |world| {
        world.ask_for_approval("prod-admins", &["ada", "carol"]).await;
        world.make_eligible("ada", "prod-admins").await;
        let id = world.activate("ada", "prod-admins").await.json()["id"].as_str().unwrap().to_owned();
        for who in ["ada", "admin"] {
            world.decides(who, &id, "Approve").await.refused(403, "AccessDenied");
        }
        let own = world.ada().get(&pim(&format!("assignmentApprovals/{id}/stages/{id}"))).await.expect(200).json();
        assert_eq!(own["assignedToMe"], false);
        let missing = "00000000-0000-4000-8000-000000000000";
        let told = |answer: Answer, id: &str| answer.refused(404, "ResourceNotFound").message().replace(id, "…");
        assert_eq!(
            told(world.decides("bob", &id, "Approve").await, &id),
            told(world.decides("bob", missing, "Approve").await, missing),
        );
        for path in ["", "/stages", "/stages/$count", "/steps"] {
            let path = |id: &str| pim(&format!("assignmentApprovals/{id}{path}"));
            let hidden = world.as_person("bob").get(&path(&id)).await;
            let absent = world.as_person("bob").get(&path(missing)).await;
            assert_eq!(told(hidden, &id), told(absent, missing));
        }
        // R-I1: the attempts are on record.
        assert_eq!(world.last_event().await, "attemptRefused");
        assert_eq!(world.status(&id).await, "PendingApproval");
        let other = pim(&format!("assignmentApprovals/{id}/stages/{missing}"));
        world.as_person("carol").patch(&other, &verdict("Approve")).await.refused(404, "ResourceNotFound");
        world.decides("carol", &id, "Approve").await.expect(204);
    }
}

on_every_engine! {
    /// R-F8: whoever does not answer within 24 hours has said no.
    r_f8_nobody_answering_is_a_denial, |world| {
        let id = world.ada_waits_for(&["carol"]).await;
        world.forward(Length::micros(24 * 3_600_000_000 - 1));
        assert_eq!(world.status(&id).await, "PendingApproval");
        world.forward(Length::micros(1));
        assert_eq!(world.status(&id).await, "Denied");
        world.decides("carol", &id, "Approve").await.refused(409, "Conflict");
        let stages = pim(&format!("assignmentApprovals/{id}/stages"));
        let stage = world.as_person("carol").get(&stages).await.expect(200).rows().remove(0);
        assert_eq!((&stage["status"], &stage["reviewedBy"]), (&json!("Expired"), &json!(null)));
        assert!(world.members().await.is_empty());
        world.activate("ada", "prod-admins").await;
    }
}

on_every_engine! {
    /// R-F7: what nobody could decide is refused at once, with that reason; also where it is only tried.
    r_f7_a_dead_end_is_refused_at_once, |world| {
        world.ask_for_approval("prod-admins", &["ada"]).await;
        world.make_eligible("ada", "prod-admins").await;
        let mut body = world.activation("ada", "prod-admins");
        for only_try in [true, false] {
            body["isValidationOnly"] = json!(only_try);
            let told = world.ada().post(&pim(REQUESTS), &body).await
                .refused(400, "RoleAssignmentRequestPolicyValidationFailed");
            assert_eq!(told.message(), r#"The following policy rules failed: ["ApprovalRule"]"#);
        }
        // With an approver, a try says that it would wait.
        world.ask_for_approval("prod-admins", &["carol"]).await;
        body["isValidationOnly"] = json!(true);
        let tried = world.ada().post(&pim(REQUESTS), &body).await.expect(201).json();
        assert_eq!((&tried["status"], &tried["approvalId"]), (&json!("PendingApproval"), &json!(null)));
    }
}

on_every_engine! {
    /// R-E4, R-F5: what waits can be withdrawn, by whoever asked or by an administrator; then it can be asked anew.
    r_e4_what_waits_can_be_withdrawn_and_asked_anew, |world| {
        let first = world.ada_waits_for(&["carol"]).await;
        let cancel = |id: &str| pim(&format!("{REQUESTS}/{id}/cancel"));
        let nothing = async |who: &'static str, id: &str| world.as_person(who).send("POST", &cancel(id), &[], None).await;
        nothing("carol", &first).await.refused(403, "Authorization_RequestDenied");
        nothing("bob", &first).await.refused(404, "ResourceNotFound");
        nothing("ada", &first).await.expect(204);
        assert_eq!(world.status(&first).await, "Canceled");
        nothing("ada", &first).await.refused(400, "InvalidRoleAssignmentRequest");
        world.decides("carol", &first, "Approve").await.refused(409, "Conflict");

        // Known clients send `{}`, a type in the path, or the id of the schedule.
        let second = world.activate("ada", "prod-admins").await.json();
        let schedule = second["targetScheduleId"].as_str().unwrap();
        let path = pim(&format!("{REQUESTS}/{schedule}/microsoft.graph.cancel"));
        world.admin().post(&path, &json!({})).await.expect(204);
        assert_eq!(world.status(second["id"].as_str().unwrap()).await, "Canceled");
        nothing("bob", schedule).await.refused(404, "ResourceNotFound");
    }
}

on_every_engine! {
    /// R-F1: what is sent to decide is read as strictly as everything else, and a reason is asked for.
    r_f1_a_decision_needs_a_reason, |world| {
        let id = world.ada_waits_for(&["carol"]).await;
        let path = format!("/beta/identityGovernance/privilegedAccess/group/assignmentApprovals/{id}/steps/{id}");
        let carol = world.as_person("carol");
        let told = carol.patch(&path, &json!({"reviewResult": "Approve"})).await
            .refused(400, "RoleAssignmentRequestPolicyValidationFailed");
        assert_eq!(told.error()["details"][0]["code"], "JustificationRule");
        for (body, named) in [
            (json!({"justification": "x"}), "`reviewResult` is missing"),
            (json!({"reviewResult": "Perhaps", "justification": "x"}), "`Perhaps`"),
            (json!({"reviewResult": "Approve", "justification": 7}), "`justification`"),
            (json!([]), "must be an object"),
        ] {
            let told = carol.patch(&path, &body).await.refused(400, "BadRequest").message();
            assert!(told.contains(named), "{body}: {told}");
        }
        carol.patch(&path, &json!({"REVIEWRESULT": "approve", "justification": "ok", "status": null})).await.expect(204);
        assert_eq!(world.status(&id).await, "Provisioned");
    }
}
