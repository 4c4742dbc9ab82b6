//! What clients write differently and mean the same (`pim-groups.md` section 0): addresses, query options,
//! names and words in whatever case, times and durations in every form; and `/beta` beside `/v1.0`.

use ephor_core::time::Length;
use serde_json::{Value, json};

use crate::examples::Examples;
use crate::support::{URL, World, on_every_engine, pim};

/// An answer without what is new each time, and without the version that was asked for.
fn bare(text: &str) -> String {
    text.replace(&format!("{URL}/beta/"), &format!("{URL}/v1.0/"))
}

/// The first policy of a group.
async fn policy(world: &World, group: &str) -> String {
    let scope = format!(
        "scopeId eq '{}' and scopeType eq 'Group'",
        world.group(group)
    );
    let path = format!("/v1.0/policies/roleManagementPolicies?$filter={scope}");
    world
        .admin()
        .get(&path)
        .await
        .expect(200)
        .each("id")
        .remove(0)
}

/// Whether `more` shows all that `less` shows, the same way.
fn shows(more: &Value, less: &Value) -> bool {
    match (more, less) {
        (Value::Object(more), Value::Object(less)) => less
            .iter()
            .all(|(name, value)| more.get(name).is_some_and(|own| shows(own, value))),
        (Value::Array(more), Value::Array(less)) => {
            more.len() == less.len() && more.iter().zip(less).all(|(more, less)| shows(more, less))
        }
        (more, less) => more == less,
    }
}

on_every_engine! {
    /// Every Graph route answers under `/beta`, in upper case, with doubled and trailing slashes, and with its
    /// options percent-encoded, as it answers under `/v1.0`.
    every_address_can_be_spelled_otherwise, |world| {
        let examples = Examples::of(&world).await;
        for route in ephor_http::routes().iter().filter(|route| route.method == "GET" && route.path.starts_with("/v1.0")) {
            // These are spelled otherwise in `/beta`: it has steps for stages, other names in access packages, and
            // describes itself. No role has an application's scope, so that is a 204.
            let other = ["Approvals", "/accessPackages", "$metadata", "/appScope"];
            if other.iter().any(|part| route.path.contains(part)) {
                continue;
            }
            let (path, _) = examples.request(route);
            let eventual = [("consistencylevel", "Eventual")];
            let ask = async |path: String| world.admin().send("GET", &path, &eventual, None).await;
            let plain = ask(path.clone()).await;
            assert_eq!(plain.status, 200, "{path}: {}", plain.text);
            let (place, query) = path.split_once('?').unwrap_or((&path, ""));
            let query = if query.is_empty() { String::new() } else { format!("?{query}") };
            let spelled = [
                format!("/beta{}{query}", &place["/v1.0".len()..]),
                format!("/v1.0/{}/{query}", &place["/v1.0".len()..]),
                format!("{}{query}", place.to_uppercase().replace("PRINCIPAL", "Principal")),
                format!("{place}{}", query.replace("$filter", "%24FILTER")),
                format!("/BETA{}{}", &place["/v1.0".len()..], query.replace("$filter", "filter")),
            ];
            for other in spelled {
                let told = ask(other.clone()).await.expect(200);
                // Each reading of the whole audit log leaves an entry, which the next one shows (T-51).
                if place.ends_with("/directoryAudits") {
                    continue;
                }
                if other.to_lowercase().starts_with("/beta") && !place.ends_with("$count") {
                    // `/beta` shows more of users and groups, and nothing otherwise.
                    let (less, more) = (plain.json(), serde_json::from_str(&bare(&told.text)).unwrap());
                    assert!(shows(&more, &less), "{other}: {more} {less}");
                } else {
                    assert_eq!(bare(&told.text), plain.text, "{other}");
                }
            }
        }
    }
}

on_every_engine! {
    /// Only `/beta` takes options without their `$`; names, operators and words are read in whatever case.
    filters_are_read_in_whatever_case, |world| {
        world.make_eligible("ada", "prod-admins").await;
        let (ada, group) = (world.person("ada"), world.group("prod-admins"));
        let upper = group.to_uppercase();
        let list = "eligibilitySchedules";
        for rest in [
            format!("$filter=groupId eq '{group}'"),
            format!("$FILTER=GROUPID EQ '{upper}' AND ACCESSID Eq 'MEMBER' And StartsWith(Principal/DisplayName,'a')"),
            format!("%24filter=groupId%20eq%20%27{group}%27"),
            format!("$filter=groupId+eq+'{group}'&$Expand=Principal,GROUP&$Select=ID,PrincipalID"),
            format!("$filter=groupId eq {group} and Status eq 'PROVISIONED'&$OrderBy=CREATEDDATETIME DESC&$Top=5&$Count=TRUE"),
            format!("$filter=(groupId eq '{group}') and not(accessId eq 'Owner')"),
            format!("$filter=principal/id eq '{}'", ada.to_uppercase()),
        ] {
            let rows = world.admin().get(&pim(&format!("{list}?{rest}"))).await.expect(200).rows();
            assert_eq!(rows.len(), 1, "{rest}");
            assert_eq!(rows[0]["principalId"], ada.as_str(), "{rest}");
        }
        let without = format!("{list}?filter=groupId eq '{group}'");
        let told = world.admin().get(&pim(&without)).await.refused(400, "InvalidFilter");
        assert!(told.message().contains("$filter"), "{}", told.message());
        let beta = pim(&without).replace("/v1.0/", "/beta/");
        assert_eq!(world.admin().get(&beta).await.expect(200).rows().len(), 1);
    }
}

on_every_engine! {
    /// Ids are read in whatever case, in addresses and in bodies, and told in one.
    ids_are_read_in_whatever_case, |world| {
        let mut body = world.assignment("ada", "prod-admins", "P30D");
        for name in ["groupId", "principalId"] {
            body[name] = json!(body[name].as_str().unwrap().to_uppercase());
        }
        let made = world.admin().post(&pim("eligibilityScheduleRequests"), &body).await.expect(201).json();
        assert_eq!((&made["groupId"], &made["principalId"]), (&json!(world.group("prod-admins")), &json!(world.person("ada"))));
        let schedule = made["targetScheduleId"].as_str().unwrap();
        let policy = policy(&world, "prod-admins").await;
        for path in [
            pim(&format!("eligibilitySchedules/{}", schedule.to_uppercase())),
            pim(&format!("eligibilitySchedules('{schedule}')")),
            pim(&format!("eligibilityScheduleRequests/{}", made["id"].as_str().unwrap().to_uppercase())),
            format!("/v1.0/users('{}')", world.person("ada").to_uppercase()),
            "/v1.0/users/ADA@Contoso.Example".to_owned(),
            "/v1.0/users(userPrincipalName='ada@contoso.example')".to_owned(),
            "/v1.0/users/ada%40contoso.example".to_owned(),
            format!("/v1.0/groups/{}/members", world.group("prod-admins").to_uppercase()),
            format!("/v1.0/policies/roleManagementPolicies/{}", policy.to_uppercase()),
            format!("/v1.0/policies/roleManagementPolicies/{policy}/rules/expiration_ENDUSER_assignment"),
            format!("/v1.0/policies/roleManagementPolicyAssignments/{policy}_MEMBER"),
        ] {
            world.admin().get(&path).await.expect(200);
        }
        // A request can be asked for by the id of the schedule that it made, as Terraform does.
        let found = world.admin().get(&pim(&format!("eligibilityScheduleRequests/{schedule}"))).await.expect(200).json();
        assert_eq!(found["id"], made["id"]);
    }
}

on_every_engine! {
    /// Names and words in a body are read in whatever case, nulls count as absent, what is unknown is passed
    /// over; answers have one spelling.
    bodies_are_read_in_whatever_case, |world| {
        let (ada, group) = (world.person("ada"), world.group("prod-admins"));
        for (index, (action, access, kind)) in [
            ("adminAssign", "member", "afterDuration"),
            ("AdminAssign", "Member", "AfterDuration"),
            ("ADMINASSIGN", "MEMBER", "AFTERDURATION"),
        ].into_iter().enumerate() {
            let body = json!({
                "@odata.type": "#microsoft.graph.privilegedAccessGroupEligibilityScheduleRequest",
                "ACTION": action, "accessID": access, "principalID": ada, "groupID": group, "createdBy": null,
                "Justification": null, "ticketInfo": {"ticketNumber": null, "TicketSystem": null}, "isValidationOnly": null,
                "SCHEDULEINFO": {
                    "StartDateTime": null, "recurrence": {"pattern": null, "range": null},
                    "Expiration": {"TYPE": kind, "Duration": "P30D", "endDateTime": null},
                },
            });
            let made = world.admin().post(&pim("eligibilityScheduleRequests"), &body).await.expect(201).json();
            assert_eq!((&made["action"], &made["accessId"]), (&json!("adminAssign"), &json!("member")));
            assert_eq!(made["scheduleInfo"]["expiration"]["type"], "afterDuration");
            assert_eq!((&made["status"], &made["justification"]), (&json!("Provisioned"), &json!(null)));
            let row = world.ada().get(&pim("eligibilityScheduleInstances/filterByCurrentUser(on='principal')")).await.expect(200).rows().remove(0);
            assert_eq!((&row["memberType"], &row["accessId"]), (&json!("direct"), &json!("member")));
            world.forward(Length::minutes(5));
            let mut remove = body.clone();
            remove["ACTION"] = json!(["adminRemove", "AdminRemove", "ADMINREMOVE"][index]);
            world.admin().post(&pim("eligibilityScheduleRequests"), &remove).await.expect(201);
        }
    }
}

/// What an eligibility is granted with, tried with this `scheduleInfo`.
async fn tried(world: &World, info: Value) -> Value {
    let mut body = world.assignment("ada", "prod-admins", "P1D");
    body["scheduleInfo"] = info;
    body["isValidationOnly"] = json!(true);
    let told = world
        .admin()
        .post(&pim("eligibilityScheduleRequests"), &body)
        .await
        .expect(201)
        .json();
    told["scheduleInfo"].clone()
}

on_every_engine! {
    /// Times with any offset and up to seven digits, durations in ISO form or as the Python SDK writes them:
    /// told in UTC, and in the words in which they were sent.
    times_and_durations_are_read_in_every_form, |world| {
        for (given, told) in [
            ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"),
            ("2026-11-22T12:00:00+02:00", "2026-11-22T10:00:00Z"),
            ("2026-11-22T04:30:00-05:30", "2026-11-22T10:00:00Z"),
            ("2026-11-22T10:00:00.5Z", "2026-11-22T10:00:00.5Z"),
            ("2026-11-22T10:00:00.123456Z", "2026-11-22T10:00:00.123456Z"),
            ("2026-11-22T10:00:00.1234567+00:00", "2026-11-22T10:00:00.123456Z"),
            ("2026-11-22T10:00:00.0000000Z", "2026-11-22T10:00:00Z"),
        ] {
            let expiration = json!({"type": "afterDateTime", "endDateTime": "2026-12-01T12:00:00Z"});
            let info = tried(&world, json!({"startDateTime": given, "expiration": expiration})).await;
            assert_eq!(info["startDateTime"], told, "{given}");
            assert_eq!(info["expiration"], json!({"type": "afterDateTime", "endDateTime": "2026-12-01T12:00:00Z", "duration": null}));
        }
        for (given, told) in [
            ("PT2H", "PT2H"),
            ("PT1H45M", "PT1H45M"),
            ("P3D", "P3D"),
            ("P365D", "P365D"),
            ("PT720H", "PT720H"),
            ("P1DT12H", "P1DT12H"),
            ("P2W", "P14D"),
            ("PT1.5H", "PT1H30M"),
            ("PT7200S", "PT7200S"),
            ("PT5M", "PT5M"),
            ("8:00:00", "PT8H"),
            ("0:05:00", "PT5M"),
            ("1 day, 8:00:00", "P1DT8H"),
            ("30 days, 0:00:00", "P30D"),
        ] {
            let info = tried(&world, json!({"expiration": {"type": "afterDuration", "duration": given}})).await;
            assert_eq!(info["expiration"]["duration"], told, "{given}");
        }
    }
}
