//! Evidence over HTTP: who had what when and why, the views of the audit log and their export, the rules
//! beyond Graph's 17, and what a policy said before.

use ephor_core::time::Length;
use serde_json::{Value, json};

use crate::support::{Answer, URL, World, on_every_engine, pim};

const AUDIT: &str = "/ephor/v1/audit";

fn rules(world: &World, group: &str) -> String {
    format!("/ephor/v1/groups/{}/policies/member", world.group(group))
}

fn access(world: &World, group: &str) -> String {
    format!("/ephor/v1/groups/{}/access", world.group(group))
}

/// Makes somebody an owner of a group, outside PIM.
async fn make_owner(world: &World, who: &str, group: &str) {
    let address = format!("{URL}/v1.0/directoryObjects/{}", world.person(who));
    let path = format!("/v1.0/groups/{}/owners/$ref", world.group(group));
    let body = json!({"@odata.id": address});
    world.admin().post(&path, &body).await.expect(204);
}

/// One row of each state that a page holds of somebody.
fn states(page: &Answer, who: &str) -> Vec<(Value, usize)> {
    let rows = page.rows().into_iter();
    rows.filter(|row| row["principalId"] == who)
        .map(|row| {
            let links = row["chain"].as_array().unwrap().len();
            (row["state"].clone(), links)
        })
        .collect()
}

on_every_engine! {
    /// Who had which role of a group at an instant, by which grant, chain, request, policy version and approver.
    who_had_what_is_asked_for_an_instant_and_comes_with_its_evidence, |world| {
        world.make_eligible("ada", "prod-admins").await;
        let made = world.activate("ada", "prod-admins").await.json();
        world.forward(Length::hours(3));
        let (path, ada) = (access(&world, "prod-admins"), world.person("ada"));
        let then = world.admin().get(&format!("{path}?asOf=2026-11-21T10:59:59.999999Z")).await.expect(200);
        assert_eq!(then.json()["asOf"], "2026-11-21T10:59:59.999999Z");
        assert_eq!(states(&then, &ada), [(json!("eligible"), 1), (json!("active"), 2)]);
        let rows = then.rows();
        assert_eq!((&rows[1]["groupDisplayName"], &rows[1]["principalName"]), (&json!("prod-admins"), &json!("ada@contoso.example")));
        let activation = &rows[1]["chain"][0];
        assert_eq!(activation["request"]["id"], made["id"]);
        assert_eq!(activation["request"]["justification"], "incident 7");
        assert_eq!(activation["request"]["policyVersion"], 1);
        assert_eq!(activation["request"]["review"], Value::Null);
        assert_eq!(activation["givenBy"]["user"]["id"], ada);
        assert_eq!((&activation["endDateTime"], &activation["endedBy"]), (&json!("2026-11-21T11:00:00Z"), &json!("clock")));
        assert_eq!(rows[1]["chain"][1]["state"], "eligible");
        assert_eq!(rows[1]["chain"][1]["givenBy"]["user"]["displayName"], "Admin");

        let after = world.admin().get(&format!("{path}?asOf=2026-11-21T11:00:00Z")).await.expect(200);
        assert_eq!(states(&after, &ada), [(json!("eligible"), 1)], "at its end it is over");
        let now = world.admin().get(&path).await.expect(200).json();
        assert_eq!(now["asOf"], "2026-11-21T12:00:00Z");

        // The person may ask about themselves, and nobody else about anything.
        let mine = format!("/ephor/v1/users/{ada}/access?asOf=2026-11-21T10:00:00Z");
        assert_eq!(states(&world.ada().get(&mine).await.expect(200), &ada).len(), 2);
        world.as_person("bob").get(&mine).await.refused(403, "Authorization_RequestDenied");
        world.ada().get(&path).await.refused(403, "Authorization_RequestDenied");
        world.with_claims("admin", json!({"scp": "User.Read"})).get(&path).await.refused(403, "PermissionScopeNotGranted");
        make_owner(&world, "bob", "prod-admins").await;
        world.as_person("bob").get(&path).await.expect(200);
        world.as_person("bob").get(&access(&world, "readers")).await.refused(403, "Authorization_RequestDenied");

        for (query, named) in [
            ("asOf=2026-11-22T00:00:00Z", "lies ahead"),
            ("asOf=yesterday", "`asOf` is `yesterday`"),
            ("asOf=2026-11-21T10:00:00", "offset"),
            ("$filter=a eq 'b'", "`$filter`"),
        ] {
            let told = world.admin().get(&format!("{path}?{query}")).await.refused(400, "BadRequest").message();
            assert!(told.contains(named), "{query}: {told}");
        }
        let nowhere = "/ephor/v1/groups/00000000-0000-4000-8000-000000000000/access";
        world.admin().get(nowhere).await.refused(404, "ResourceNotFound");
    }
}

on_every_engine! {
    /// A page goes on at the instant of the first one, also where that was "now".
    pages_of_who_has_what_are_of_one_instant, |world| {
        for who in ["ada", "bob", "carol"] {
            world.make_eligible(who, "prod-admins").await;
        }
        let first = world.admin().get(&format!("{}?$top=2", access(&world, "prod-admins"))).await.expect(200);
        world.forward(Length::minutes(10));
        let body = json!({
            "action": "adminRemove", "accessId": "member",
            "principalId": world.person("carol"), "groupId": world.group("prod-admins"),
        });
        world.admin().post(&pim("eligibilityScheduleRequests"), &body).await.expect(201);
        let link = first.json()["@odata.nextLink"].as_str().unwrap().to_owned();
        let rest = world.admin().get(&link).await.expect(200);
        assert_eq!(rest.json()["asOf"], first.json()["asOf"]);
        assert_eq!(states(&rest, &world.person("carol")).len(), 1, "she was eligible then");
        assert_eq!(rest.json().get("@odata.nextLink"), None);
    }
}

on_every_engine! {
    what_differs_between_two_instants_is_told_with_both_sides, |world| {
        world.make_eligible("ada", "prod-admins").await;
        world.forward(Length::hours(1));
        world.activate("ada", "prod-admins").await;
        world.make_eligible("bob", "readers").await;
        world.forward(Length::hours(1));
        let difference = async |query: &str| {
            world.admin().get(&format!("/ephor/v1/access/difference?{query}")).await
        };
        let all = difference("from=2026-11-21T09:30:00Z").await.expect(200);
        assert_eq!(all.each("change"), ["gained", "gained"]);
        assert_eq!(all.json()["to"], "2026-11-21T11:00:00Z");
        let of = format!("groupId={}", world.group("prod-admins"));
        let gained = difference(&format!("from=2026-11-21T09:30:00Z&{of}")).await.expect(200).rows();
        assert_eq!(gained.len(), 1);
        assert_eq!((&gained[0]["state"], &gained[0]["before"]), (&json!("active"), &json!([])));
        assert_eq!(gained[0]["after"][0].as_array().unwrap().len(), 2, "{}", gained[0]);
        let nothing = difference("from=2026-11-21T10:30:00Z&to=2026-11-21T10:45:00Z").await.expect(200);
        assert_eq!(nothing.rows(), Vec::<Value>::new());
        for (query, named) in [
            ("", "`from`"),
            ("from=2026-11-21T10:00:00Z&to=2026-11-21T09:00:00Z", "later than"),
            (&*format!("from=2026-11-21T10:00:00Z&{of}&principalId={}", world.person("ada")), "Give one of"),
        ] {
            let told = difference(query).await.refused(400, "BadRequest").message();
            assert!(told.contains(named), "{query}: {told}");
        }
        let mine = format!("/ephor/v1/access/difference?from=2026-11-21T09:30:00Z&principalId={}", world.person("ada"));
        world.ada().get(&mine).await.expect(200);
        world.as_person("bob").get(&mine).await.refused(403, "Authorization_RequestDenied");
        world.ada().get("/ephor/v1/access/difference?from=2026-11-21T09:30:00Z").await.refused(403, "Authorization_RequestDenied");
    }
}

on_every_engine! {
    /// R-I2: a group's entries for its owners, one's own for everybody, all for administrators.
    r_i2_there_are_three_views_of_the_audit_log_each_for_whom_it_is_meant, |world| {
        world.make_eligible("ada", "prod-admins").await;
        world.activate("ada", "prod-admins").await;
        world.make_eligible("bob", "readers").await;
        make_owner(&world, "bob", "prod-admins").await;
        let group = format!("{AUDIT}?view=group&groupId={}", world.group("prod-admins"));
        let seen = world.as_person("bob").get(&group).await.expect(200).rows();
        assert!(seen.iter().all(|row| row.to_string().contains(&world.group("prod-admins"))));
        assert!(seen.len() >= 4);
        world.ada().get(&group).await.refused(403, "Authorization_RequestDenied");
        let other = format!("{AUDIT}?view=group&groupId={}", world.group("readers"));
        world.as_person("bob").get(&other).await.refused(403, "Authorization_RequestDenied");

        let mine = world.ada().get(&format!("{AUDIT}?view=mine")).await.expect(200).rows();
        assert_eq!(mine.len(), 3, "made, made eligible, activated");
        assert_eq!(mine[0]["caller"]["address"], "127.0.0.1", "where she came from");
        assert_eq!(mine[1]["caller"], json!({"actor": {"user": world.person("admin")}}), "others' traces are not hers");
        let narrowed = format!("{AUDIT}?view=mine&groupId={}", world.group("prod-admins"));
        assert_eq!(world.ada().get(&narrowed).await.expect(200).rows().len(), 2);
        let others = format!("{AUDIT}?view=mine&principalId={}", world.person("bob"));
        world.ada().get(&others).await.refused(400, "BadRequest");
        for view in ["mine", "all"] {
            world.with_claims("admin", json!({"scp": "User.Read"})).get(&format!("{AUDIT}?view={view}")).await.refused(403, "PermissionScopeNotGranted");
        }
        world.ada().get(&format!("{AUDIT}?view=all")).await.refused(403, "Authorization_RequestDenied");
    }
}

on_every_engine! {
    /// R-I2, T-53: exported as a table and as lines, in pages that can be put together, and never a formula.
    r_i2_the_audit_log_is_exported_in_pages_and_no_cell_is_a_formula, |world| {
        world.make_eligible("ada", "prod-admins").await;
        let mut activation = world.activation("ada", "prod-admins");
        activation["justification"] = json!("=cmd|' /C calc'!A0");
        world.ada().post(&pim("assignmentScheduleRequests"), &activation).await.expect(201);

        // What is read is what was before the reading, which leaves entries too (T-51).
        world.forward(Length::hours(1));
        let to = "to=2026-11-21T09:30:00Z";
        let csv = world.admin().get(&format!("{AUDIT}?format=csv&{to}")).await.expect(200);
        assert!(csv.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
        assert_eq!(csv.headers["content-disposition"], "attachment; filename=\"ephor-audit.csv\"");
        assert_eq!(csv.headers["x-content-type-options"], "nosniff");
        assert!(csv.text.starts_with("\"sequence\",\"recordedDateTime\","), "{}", csv.text);
        assert!(csv.text.contains(",\"'=cmd|' /C calc'!A0\","), "{}", csv.text);
        assert!(!csv.text.contains(",\"=cmd"), "{}", csv.text);

        let whole = world.admin().get(&format!("{AUDIT}?format=JSONL&{to}")).await.expect(200);
        let lines: Vec<Value> = whole.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines, world.admin().get(&format!("{AUDIT}?$top=1000&{to}")).await.expect(200).rows());
        assert_eq!(lines[0]["event"]["request"]["justification"], "=cmd|' /C calc'!A0");

        for format in ["csv", "jsonl"] {
            let whole = world.admin().get(&format!("{AUDIT}?format={format}&{to}")).await.expect(200).text;
            let mut together = String::new();
            let mut next = Some(format!("{AUDIT}?format={format}&$top=3&{to}"));
            while let Some(link) = next {
                let page = world.admin().get(&link).await.expect(200);
                together += &page.text;
                next = page.headers.get("link").map(|link| {
                    let link = link.to_str().unwrap();
                    link.strip_prefix('<').and_then(|rest| rest.strip_suffix(">; rel=\"next\"")).unwrap().to_owned()
                });
            }
            assert_eq!(together, whole, "{format}");
        }
    }
}

on_every_engine! {
    /// The rules beyond Graph's: off, on, obeyed, off again; what is not known or makes no sense is refused by name.
    rules_beyond_graphs_are_set_and_obeyed_and_never_among_the_17, |world| {
        let path = rules(&world, "prod-admins");
        let off = world.ada().get(&path).await.expect(200).json();
        for name in ["justificationPattern", "minimumDuration", "allowedHours"] {
            assert_eq!(off[name], Value::Null, "{off}");
        }
        let wanted = json!({
            "justificationPattern": {"pattern": "INC-\\d+", "example": "INC-7"},
            "minimumDuration": "PT30M",
            "allowedHours": {"timeZone": "europe/berlin", "windows": [
                {"days": ["Saturday", "sunday"], "from": "08:00", "to": "24:00"},
            ]},
        });
        let on = world.admin().patch(&path, &wanted).await.expect(200).json();
        assert_eq!(on["justificationPattern"], wanted["justificationPattern"]);
        assert_eq!(on["allowedHours"]["timeZone"], "Europe/Berlin");
        assert_eq!(on["allowedHours"]["windows"][0]["days"], json!(["saturday", "sunday"]));
        assert_eq!(on["policyVersion"], 2);
        assert_eq!(world.ada().get(&path).await.expect(200).json(), on);

        // It is Saturday, ten o'clock in Berlin.
        world.make_eligible("ada", "prod-admins").await;
        let mut body = world.activation("ada", "prod-admins");
        let told = world.ada().post(&pim("assignmentScheduleRequests"), &body).await
            .refused(400, "RoleAssignmentRequestPolicyValidationFailed");
        assert_eq!(told.message(), r#"The following policy rules failed: ["JustificationRule"]"#);
        assert!(told.text.contains("INC-7"), "{}", told.text);
        body["justification"] = json!("INC-4711");
        world.forward(Length::hours(13));
        let told = world.ada().post(&pim("assignmentScheduleRequests"), &body).await
            .refused(400, "RoleAssignmentRequestPolicyValidationFailed");
        assert_eq!(told.message(), r#"The following policy rules failed: ["ActivationDayRule"]"#);
        let change = json!({"allowedHours": null});
        let less = world.admin().patch(&path, &change).await.expect(200).json();
        assert_eq!((&less["allowedHours"], &less["minimumDuration"]), (&Value::Null, &json!("PT30M")));
        world.ada().post(&pim("assignmentScheduleRequests"), &body).await.expect(201);

        let filter = format!("scopeId eq '{}' and scopeType eq 'Group'", world.group("prod-admins"));
        let graph = format!("/v1.0/policies/roleManagementPolicies?$filter={filter}&$expand=rules").replace(' ', "%20");
        for policy in world.admin().get(&graph).await.expect(200).rows() {
            assert_eq!(policy["rules"].as_array().unwrap().len(), 17);
            assert!(!policy.to_string().contains("INC-"), "{policy}");
        }
        world.ada().patch(&path, &change).await.refused(403, "Authorization_RequestDenied");
        let elsewhere = format!("/ephor/v1/groups/{}/policies/guest", world.group("prod-admins"));
        world.admin().get(&elsewhere).await.refused(404, "ResourceNotFound");
    }
}

on_every_engine! {
    /// T-45 and bad input: unknown properties, patterns that explode or are none, hours that nobody could keep.
    rules_beyond_graphs_refuse_what_makes_no_sense_and_say_why, |world| {
        let path = rules(&world, "prod-admins");
        let window = |from: &str, to: &str| json!([{"days": ["monday"], "from": from, "to": to}]);
        let hours = |zone: &str, windows: Value| json!({"allowedHours": {"timeZone": zone, "windows": windows}});
        let pattern = |pattern: &str, example: &str| json!({"justificationPattern": {"pattern": pattern, "example": example}});
        for (body, words) in [
            (json!({"maximumDuration": "PT1H"}), "`maximumDuration`"),
            (json!({"justificationPattern": {"pattern": "x", "example": "x", "flags": "i"}}), "`justificationPattern.flags`"),
            (json!({"justificationPattern": {"pattern": "x"}}), "example"),
            (json!({"justificationPattern": "x"}), "must be an object"),
            (pattern("(", "x"), "regular expression"),
            (pattern("$^x", "x"), "does not fit"),
            (pattern(&"(".repeat(400), "x"), "regular expression"),
            (pattern(r"(\w{100}){100}", "x"), "fewer or smaller"),
            (pattern(&"a".repeat(501), "x"), "1 to 500"),
            (json!({"minimumDuration": "PT1M"}), "out of range"),
            (json!({"minimumDuration": "PT9H"}), "Nobody could activate"),
            (json!({"minimumDuration": 5}), "must be a text"),
            (hours("Europe/Atlantis", window("08:00", "18:00")), "Europe/Atlantis"),
            (hours("../../etc/passwd", window("08:00", "18:00")), "no time zone"),
            (hours("Europe/Berlin", json!([])), "windows"),
            (hours("Europe/Berlin", window("8", "18:00")), "time of day"),
            (hours("Europe/Berlin", window("08:00", "08:04")), "Nobody could activate"),
            (hours("Europe/Berlin", json!([{"days": ["caturday"], "from": "08:00", "to": "18:00"}])), "caturday"),
            (json!({"allowedHours": {"timeZone": "Europe/Berlin"}}), "`allowedHours.windows` is missing"),
        ] {
            let answer = world.admin().patch(&path, &body).await.expect(400);
            assert!(answer.message().contains(words), "{body}: {}", answer.message());
        }
        let unchanged = world.admin().get(&path).await.expect(200).json();
        assert_eq!(unchanged["policyVersion"], 1);
    }
}

on_every_engine! {
    /// R-C6: what a policy said before and after each change, by whom; Graph's rules and those beyond alike.
    r_c6_the_history_of_a_policy_has_the_old_and_the_new_value, |world| {
        let path = rules(&world, "prod-admins");
        world.admin().patch(&path, &json!({"minimumDuration": "PT30M"})).await.expect(200);
        let policy = world.admin().get(&path).await.expect(200).json()["policyId"].as_str().unwrap().to_owned();
        let rule = json!({
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyExpirationRule",
            "maximumDuration": "PT4H",
        });
        let graph = format!("/v1.0/policies/roleManagementPolicies/{policy}/rules/Expiration_EndUser_Assignment");
        world.admin().patch(&graph, &rule).await.expect(200);
        world.admin().patch(&path, &json!({"minimumDuration": null})).await.expect(200);

        let history = format!("{path}/history");
        let rows = world.admin().get(&history).await.expect(200).rows();
        assert_eq!(rows.iter().map(|row| row["policyVersion"].clone()).collect::<Vec<_>>(), [4, 3, 2]);
        assert_eq!(rows[0]["changes"], json!([{"rule": "minimumDuration", "before": "PT30M", "after": null}]));
        let change = &rows[1]["changes"][0];
        assert_eq!(rows[1]["changes"].as_array().unwrap().len(), 1);
        assert_eq!(change["rule"], "Expiration_EndUser_Assignment");
        assert_eq!((&change["before"]["maximumDuration"], &change["after"]["maximumDuration"]), (&json!("PT8H"), &json!("PT4H")));
        assert_eq!(rows[2]["changes"], json!([{"rule": "minimumDuration", "before": null, "after": "PT30M"}]));
        assert_eq!(rows[2]["modifiedBy"]["user"]["id"], world.person("admin"));

        let first = world.admin().get(&format!("{history}?$top=1")).await.expect(200);
        let link = first.json()["@odata.nextLink"].as_str().unwrap().to_owned();
        let second = world.admin().get(&link).await.expect(200);
        assert_eq!([first.rows(), second.rows()].concat(), rows[..2]);
        world.ada().get(&history).await.refused(403, "Authorization_RequestDenied");
        let owners = format!("/ephor/v1/groups/{}/policies/owner/history", world.group("prod-admins"));
        assert_eq!(world.admin().get(&owners).await.expect(200).rows(), Vec::<Value>::new());
    }
}

on_every_engine! {
    /// T-06: a pending request can't be changed by its requestor or its approver, and an answer changes nothing of it.
    t06_a_pending_request_is_what_was_asked_until_it_is_decided, |world| {
        let path = rules(&world, "prod-admins");
        let policy = world.admin().get(&path).await.expect(200).json()["policyId"].as_str().unwrap().to_owned();
        let rule = json!({
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyApprovalRule",
            "setting": {"isApprovalRequired": true, "approvalStages": [{"primaryApprovers": [
                {"@odata.type": "#microsoft.graph.singleUser", "userId": world.person("bob")},
            ]}]},
        });
        let graph = format!("/v1.0/policies/roleManagementPolicies/{policy}/rules/Approval_EndUser_Assignment");
        world.admin().patch(&graph, &rule).await.expect(200);
        world.make_eligible("ada", "prod-admins").await;
        let asked = world.activate("ada", "prod-admins").await.json();
        let id = asked["id"].as_str().unwrap();
        let request = pim(&format!("assignmentScheduleRequests/{id}"));
        let kept = world.ada().get(&request).await.expect(200).json();
        for (name, value) in [
            ("principalId", json!(world.person("carol"))),
            ("groupId", json!(world.group("readers"))),
            ("accessId", json!("owner")),
            ("justification", json!("another")),
            ("scheduleInfo", json!({"expiration": {"type": "afterDuration", "duration": "PT8H"}})),
            ("status", json!("Provisioned")),
        ] {
            for who in ["ada", "bob", "admin"] {
                world.as_person(who).patch(&request, &json!({name: value})).await.expect(405);
            }
        }
        let stage = pim(&format!("assignmentApprovals/{id}/stages/{id}"));
        let decision = json!({
            "reviewResult": "Approve", "justification": "fine", "principalId": world.person("carol"),
            "groupId": world.group("readers"), "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT8H"}},
        });
        world.as_person("bob").patch(&stage, &decision).await.expect(204);
        let decided = world.ada().get(&request).await.expect(200).json();
        assert_eq!(decided["status"], "Provisioned");
        for name in ["principalId", "groupId", "accessId", "justification"] {
            assert_eq!(decided[name], kept[name], "{name}");
        }
        assert_eq!(decided["scheduleInfo"]["expiration"], kept["scheduleInfo"]["expiration"]);
    }
}
