//! What is wrong is refused: with the documented status and code, in words that name what was wrong and what
//! would be right, and without changing anything. A refused attempt is recorded; a body or a query that can't
//! be read is no attempt (T-45, T-48, T-49; R-I1).

use ephor_store::AuditQuery;
use serde_json::{Value, json};

use crate::support::{Answer, Session, World, on_every_engine, pim};

/// The id of nothing.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";
/// Rules of an activation.
const END: &str = "Expiration_EndUser_Assignment";
const ENABLE: &str = "Enablement_EndUser_Assignment";

/// What was refused must say all of these.
type Words = &'static [&'static str];

/// Everything that a wrong request could have changed, as it reads now.
async fn picture(world: &World) -> Vec<String> {
    let mut reads = vec!["/v1.0/users".to_owned(), "/v1.0/groups".to_owned()];
    for name in ["prod-admins", "readers", "synced", "dynamic"] {
        let group = world.group(name);
        for holders in ["members", "owners"] {
            reads.push(format!("/v1.0/groups/{group}/{holders}"));
        }
        for name in [
            "eligibilitySchedules",
            "assignmentSchedules",
            "eligibilityScheduleRequests",
            "assignmentScheduleRequests",
        ] {
            reads.push(pim(&format!("{name}?$filter=groupId eq '{group}'")));
        }
        let scope = format!("scopeId eq '{group}' and scopeType eq 'Group'");
        reads.push(format!(
            "/v1.0/policies/roleManagementPolicies?$filter={scope}&$expand=rules"
        ));
    }
    let mut told = Vec::new();
    for read in reads {
        told.push(world.admin().get(&read).await.expect(200).text);
    }
    told
}

/// The names of what was recorded after the first `before` entries.
async fn recorded_since(world: &World, before: i64) -> Vec<String> {
    let limit = u32::try_from(world.audited().await - before).unwrap();
    let query = AuditQuery {
        limit: limit.max(1),
        ..AuditQuery::default()
    };
    let entries = world
        .store
        .read("audit", move |tx| -> Result<_, ephor_ops::OpError> {
            Ok(tx.list_audit(&query)?)
        })
        .await
        .unwrap();
    let names = entries.iter().map(|entry| entry.event.name().to_owned());
    names.take(limit as usize).collect()
}

/// Runs `work`, after which everything reads as before it, and only refused attempts are on record.
async fn without_change(world: &World, work: impl AsyncFnOnce()) {
    let (before, audited) = (picture(world).await, world.audited().await);
    work().await;
    for name in recorded_since(world, audited).await {
        assert_eq!(name, "attemptRefused");
    }
    assert_eq!(picture(world).await, before);
}

/// The same, where nothing is an attempt, so that nothing is recorded at all.
async fn without_trace(world: &World, work: impl AsyncFnOnce()) {
    let audited = world.audited().await;
    without_change(world, work).await;
    assert_eq!(
        world.audited().await,
        audited,
        "what can't be read is no attempt"
    );
}

/// What was not refused as it should have been: all of it is told, not only the first.
#[derive(Default)]
struct Wrongs(Vec<String>);

impl Wrongs {
    /// Holds an answer against the status, the code and the words that it must have.
    fn hold(&mut self, told: &Answer, status: u16, code: &str, words: &[&str]) {
        let given = told.error()["code"].as_str().unwrap_or("none").to_owned();
        let mut wrong = Vec::new();
        if (told.status, given.as_str()) != (status, code) {
            wrong.push(format!("should be {status} {code}"));
        }
        let text = told.error().to_string();
        wrong.extend(
            words
                .iter()
                .filter(|word| !text.contains(**word))
                .map(|word| format!("`{word}` is missing")),
        );
        // What went wrong inside is nobody's business.
        let inside = [
            "panicked",
            "src/",
            "SELECT",
            "sqlite",
            "RequestId(",
            "Some(",
        ];
        wrong.extend(
            inside
                .iter()
                .filter(|word| text.contains(**word))
                .map(|word| format!("`{word}` is told")),
        );
        if !wrong.is_empty() {
            self.0.push(format!(
                "{}\n    {} {}\n    {}",
                told.asked,
                told.status,
                told.text,
                wrong.join("; ")
            ));
        }
    }

    #[track_caller]
    fn none(self) {
        assert!(self.0.is_empty(), "\n{}", self.0.join("\n"));
    }
}

/// Sends these bytes as a body.
async fn bytes(session: &Session<'_>, path: &str, body: impl Into<Vec<u8>>) -> Answer {
    session.send("POST", path, &[], Some(body.into())).await
}

on_every_engine! {
    /// T-48: bodies that are no JSON that is taken here.
    t48_a_body_that_cannot_be_read_is_refused_with_the_reason, |world| {
        let path = pim("eligibilityScheduleRequests");
        let good = world.assignment("ada", "prod-admins", "P1D").to_string();
        let nested = |depth: usize| format!("{{\"customData\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        without_trace(&world, async || {
            let cases: Vec<(Vec<u8>, Words)> = vec![
                (b"{".to_vec(), &["The body is not JSON", "line 1"]),
                (b"{\"action\": adminAssign}".to_vec(), &["The body is not JSON", "column"]),
                (good.clone().into_bytes()[..40].to_vec(), &["The body is not JSON", "EOF"]),
                (format!("{good}{good}").into_bytes(), &["The body is not JSON", "trailing"]),
                (format!("{{\"ACTION\":\"adminRemove\",{}", &good[1..]).into_bytes(), &["`action` occurs twice"]),
                (nested(32).into_bytes(), &["32 deep"]),
                (nested(100_000).into_bytes(), &["32 deep"]),
                (b"{\"customData\":1e999999}".to_vec(), &["The body is not JSON"]),
                (b"{\"customData\":9007199254740993}".to_vec(), &["no longer exact"]),
                (format!("{{\"customData\":[{}0]}}", "0,".repeat(1_000)).into_bytes(), &["more than 1000 values"]),
                (format!("\u{feff}{good}").into_bytes(), &["byte order mark"]),
                (b"{\"action\":\"\xff\"}".to_vec(), &["not valid UTF-8"]),
                (b"[]".to_vec(), &["is a list, but it must be an object"]),
                (b"\"adminAssign\"".to_vec(), &["is the text `adminAssign`, but it must be an object"]),
                (b"null".to_vec(), &["is null, but it must be an object"]),
                (b"".to_vec(), &["The body is missing; send a JSON object"]),
            ];
            let mut wrongs = Wrongs::default();
            for (body, words) in cases {
                let told = bytes(&world.admin(), &path, body).await;
                wrongs.hold(&told, 400, "InvalidRoleAssignmentRequest", words);
            }
            // Without any body and without its headers.
            world.admin().send("POST", &path, &[], None).await.refused(415, "UnsupportedMediaType");
            // The directory and policies have a code of their own for the same.
            wrongs.hold(&bytes(&world.admin(), "/v1.0/users", "{").await, 400, "BadRequest", &["The body is not JSON"]);
            wrongs.none();
        }).await;
    }
}

on_every_engine! {
    /// T-48: one mebibyte and no more, of JSON and nothing else, and nothing is unpacked.
    t48_size_type_and_encoding_of_a_body_are_bounded, |world| {
        let path = pim("eligibilityScheduleRequests");
        let admin = world.admin();
        let good = world.assignment("ada", "prod-admins", "P1D").to_string();
        without_trace(&world, async || {
            let padded = |bytes: usize| format!("{good}{}", " ".repeat(bytes - good.len())).into_bytes();
            let told = bytes(&admin, &path, padded(2 << 20)).await.refused(413, "RequestEntityTooLarge");
            assert!(told.message().contains("larger than 1048576 bytes"), "{}", told.message());
            bytes(&admin, &path, padded((1 << 20) + 1)).await.refused(413, "RequestEntityTooLarge");
            for (name, value, words) in [
                ("content-type", "text/plain", "application/json in UTF-8"),
                ("content-type", "application/x-www-form-urlencoded", "application/json in UTF-8"),
                ("content-type", "application/json; charset=iso-8859-1", "application/json in UTF-8"),
                ("content-type", "", "application/json in UTF-8"),
                ("content-encoding", "gzip", "send it plain"),
                ("content-encoding", "identity", "send it plain"),
            ] {
                let body = Some(good.clone().into_bytes());
                let told = admin.send("POST", &path, &[(name, value)], body).await.refused(415, "UnsupportedMediaType");
                assert!(told.message().contains(words), "{name}: {value}: {}", told.message());
            }
        }).await;
        // Exactly a mebibyte is taken, and so are the forms of the type that SDKs send.
        let body = format!("{good}{}", " ".repeat((1 << 20) - good.len()));
        let kind = "application/json;odata.metadata=minimal;charset=utf-8";
        admin.send("POST", &path, &[("content-type", kind)], Some(body.into_bytes())).await.expect(201);
    }
}

/// A good body with one member changed: `scheduleInfo/expiration/type` names one in an object.
fn with(body: &Value, path: &str, value: Value) -> Value {
    let mut body = body.clone();
    *body
        .pointer_mut(&format!("/{path}"))
        .unwrap_or_else(|| panic!("{path}")) = value;
    body
}

/// A good body without one member.
fn without(body: &Value, name: &str) -> Value {
    let mut body = body.clone();
    body.as_object_mut().unwrap().remove(name).unwrap();
    body
}

on_every_engine! {
    /// Each property of a request that is not what it must be: what it is, and what it must be.
    a_wrong_property_of_a_request_is_named_with_what_would_be_right, |world| {
        let mut good = world.assignment("ada", "prod-admins", "P1D");
        good["scheduleInfo"]["startDateTime"] = json!("2026-11-21T10:00:00Z");
        good["scheduleInfo"]["expiration"]["endDateTime"] = json!(null);
        good["isValidationOnly"] = json!(false);
        good["ticketInfo"] = json!({"ticketNumber": "7", "ticketSystem": "incidents"});
        good["targetScheduleId"] = json!(null);
        let long = |count: usize| json!("x".repeat(count));
        let cases: Vec<(Value, Words)> = vec![
            (without(&good, "action"), &["`action` is missing"]),
            (without(&good, "accessId"), &["`accessId` is missing"]),
            (without(&good, "principalId"), &["`principalId` is missing"]),
            (without(&good, "groupId"), &["`groupId` is missing"]),
            (with(&good, "groupId", json!(null)), &["`groupId` is missing"]),
            (with(&good, "action", json!("destroy")), &["`action` is `destroy`", "`adminAssign`", "`selfActivate`"]),
            (with(&good, "action", json!(1)), &["`action` is the number `1`", "a text"]),
            (with(&good, "accessId", json!("boss")), &["`accessId` is `boss`", "member"]),
            (with(&good, "groupId", json!("prod-admins")), &["`groupId` is `prod-admins`", "GUID"]),
            (with(&good, "groupId", json!(7)), &["`groupId` is the number `7`", "a text"]),
            (with(&good, "groupId", json!("")), &["`groupId`", "GUID"]),
            (with(&good, "principalId", json!("ada@contoso.example")), &["`principalId` is `ada@contoso.example`", "GUID"]),
            (with(&good, "principalId", json!({})), &["`principalId` is an object", "a text"]),
            (with(&good, "principalId", json!("x'; DROP TABLE users; --")), &["`principalId`", "GUID"]),
            (with(&good, "isValidationOnly", json!("yes")), &["`isValidationOnly` is the text `yes`", "true or false"]),
            (with(&good, "justification", json!(["x"])), &["`justification` is a list", "a text"]),
            (with(&good, "justification", long(501)), &["`justification`", "500"]),
            (with(&good, "justification", json!("a\u{202e}b")), &["`justification`"]),
            (with(&good, "ticketInfo", json!("7")), &["`ticketInfo` is the text `7`", "an object"]),
            (with(&good, "ticketInfo/ticketNumber", json!(7)), &["`ticketInfo.ticketNumber` is the number `7`", "a text"]),
            (with(&good, "ticketInfo/ticketSystem", long(129)), &["`ticketInfo.ticketSystem`", "128"]),
            (with(&good, "targetScheduleId", json!("schedule")), &["`targetScheduleId` is `schedule`"]),
            (with(&good, "scheduleInfo", json!("PT2H")), &["`scheduleInfo` is the text `PT2H`", "an object"]),
            (with(&good, "scheduleInfo", json!(null)), &["needs a scheduleInfo"]),
            (with(&good, "scheduleInfo/startDateTime", json!("2026-11-21T10:00:00")), &["`scheduleInfo.startDateTime` is `2026-11-21T10:00:00`", "no offset", "add Z"]),
            (with(&good, "scheduleInfo/startDateTime", json!("tomorrow")), &["`scheduleInfo.startDateTime` is `tomorrow`", "write 2026-"]),
            (with(&good, "scheduleInfo/startDateTime", json!("2026-02-30T10:00:00Z")), &["`scheduleInfo.startDateTime`", "write 2026-"]),
            (with(&good, "scheduleInfo/startDateTime", json!(1_800_000_000)), &["`scheduleInfo.startDateTime` is the number", "a text"]),
            (with(&good, "scheduleInfo/startDateTime", json!("1999-12-31T23:59:59Z")), &["years 2000 to 2999"]),
            (with(&good, "scheduleInfo/startDateTime", json!("3000-01-01T00:00:00Z")), &["years 2000 to 2999"]),
            (with(&good, "scheduleInfo/expiration", json!([])), &["`scheduleInfo.expiration` is a list", "an object"]),
            (with(&good, "scheduleInfo/expiration/type", json!("sometime")), &["`scheduleInfo.expiration.type` is `sometime`", "`afterDuration`"]),
            (with(&good, "scheduleInfo/expiration/type", json!("afterDateTime")), &["`scheduleInfo.expiration.endDateTime`"]),
            (with(&good, "scheduleInfo/expiration/duration", json!(null)), &["`scheduleInfo.expiration.duration`"]),
            (with(&good, "scheduleInfo/expiration/duration", json!("P6M")), &["`scheduleInfo.expiration.duration` is `P6M`", "count in days", "P180D"]),
            (with(&good, "scheduleInfo/expiration/duration", json!("P1Y")), &["months or years", "P365D"]),
            (with(&good, "scheduleInfo/expiration/duration", json!("-PT1H")), &["`-PT1H`", "negative"]),
            (with(&good, "scheduleInfo/expiration/duration", json!("PT-1H")), &["`PT-1H`"]),
            (with(&good, "scheduleInfo/expiration/duration", json!("P400000D")), &["`P400000D`", "longer than a thousand years"]),
            (with(&good, "scheduleInfo/expiration/duration", json!("PT99999999999999999999H")), &["write PT8H or P365D"]),
            (with(&good, "scheduleInfo/expiration/duration", json!("8 hours")), &["`8 hours`", "write PT8H or P365D"]),
            (with(&good, "scheduleInfo/expiration/duration", json!(480)), &["the number `480`", "a text"]),
            (with(&good, "scheduleInfo/expiration/duration", json!("P")), &["write PT8H or P365D"]),
        ];
        without_trace(&world, async || {
            let mut wrongs = Wrongs::default();
            for (body, words) in &cases {
                // That a schedule is needed is judged by the operation: an attempt.
                if words.contains(&"needs a scheduleInfo") {
                    continue;
                }
                for name in ["eligibilityScheduleRequests", "assignmentScheduleRequests"] {
                    let told = world.admin().post(&pim(name), body).await;
                    wrongs.hold(&told, 400, "InvalidRoleAssignmentRequest", words);
                }
            }
            wrongs.none();
        }).await;
        without_change(&world, async || {
            let body = with(&good, "scheduleInfo", json!(null));
            let told = world.admin().post(&pim("eligibilityScheduleRequests"), &body).await.refused(400, "InvalidRoleAssignmentRequest");
            assert!(told.message().contains("needs a scheduleInfo"), "{}", told.message());
        }).await;
    }
}

on_every_engine! {
    /// What can be read and can't be done: the codes of `pim-groups.md` section 6, each with its reason.
    a_request_that_cannot_be_granted_is_refused_with_its_code, |world| {
        let good = world.assignment("ada", "prod-admins", "P1D");
        let (eligible, active) = (pim("eligibilityScheduleRequests"), pim("assignmentScheduleRequests"));
        let period = |start: &str, expiration: Value| with(&good, "scheduleInfo", json!({"startDateTime": start, "expiration": expiration}));
        let lasting = |duration: &str| with(&good, "scheduleInfo/expiration/duration", json!(duration));
        let until = |end: &str| json!({"type": "afterDateTime", "endDateTime": end});
        let policy = "RoleAssignmentRequestPolicyValidationFailed";
        let rule: Words = &[r#"The following policy rules failed: [\"ExpirationRule\"]"#];
        without_change(&world, async || {
            let cases: Vec<(&str, Value, u16, &str, Words)> = vec![
                (&eligible, with(&good, "groupId", json!(NOBODY)), 404, "ResourceNotFound", &[NOBODY, "does not exist"]),
                (&eligible, with(&good, "principalId", json!(NOBODY)), 400, "SubjectNotFound", &[NOBODY]),
                (&eligible, with(&good, "groupId", json!(world.group("synced"))), 400, "InvalidRoleAssignmentRequest", &["synchronised"]),
                (&active, with(&good, "groupId", json!(world.group("dynamic"))), 400, "InvalidRoleAssignmentRequest", &["dynamic"]),
                (&eligible, with(&good, "action", json!("selfActivate")), 400, "InvalidRoleAssignmentRequest", &["selfActivate", "assignmentScheduleRequests"]),
                (&eligible, with(&good, "action", json!("selfDeactivate")), 400, "InvalidRoleAssignmentRequest", &["selfDeactivate", "assignmentScheduleRequests"]),
                (&eligible, with(&good, "action", json!("adminRemove")), 400, "RoleAssignmentDoesNotExist", &["does not exist"]),
                (&active, with(&good, "action", json!("adminRemove")), 400, "RoleAssignmentDoesNotExist", &["does not exist"]),
                (&active, with(&good, "justification", json!(" \n ")), 400, policy, &[r#"[\"JustificationRule\"]"#]),
                (&eligible, lasting("PT0S"), 400, policy, rule),
                (&eligible, lasting("PT4M59S"), 400, policy, &["5 min"]),
                (&eligible, lasting("P366D"), 400, policy, &["ExpirationRule", "365"]),
                (&active, lasting("P181D"), 400, policy, &["ExpirationRule", "180"]),
                (&eligible, period("2026-11-21T10:00:00Z", json!({"type": "noExpiration"})), 400, policy, rule),
                (&eligible, period("2026-11-21T10:00:00Z", until("2026-11-21T09:30:00Z")), 400, "InvalidRoleAssignmentRequestSchedule", &["2026-11-21T09:30:00Z"]),
                (&eligible, period("2026-11-21T08:00:00Z", until("2026-11-21T09:00:00Z")), 400, "InvalidRoleAssignmentRequestSchedule", &["2026-11-21T09:00:00Z"]),
                (&eligible, period("2027-11-23T10:00:00Z", json!({"type": "afterDuration", "duration": "P1D"})), 400, "InvalidRoleAssignmentRequestSchedule", &["year"]),
                (&eligible, with(&good, "scheduleInfo", json!({
                    "recurrence": {"pattern": {"type": "daily"}},
                    "expiration": {"type": "afterDuration", "duration": "P1D"},
                })), 400, "BadRequest", &["recurrence"]),
            ];
            let mut wrongs = Wrongs::default();
            for (path, body, status, code, words) in cases {
                wrongs.hold(&world.admin().post(path, &body).await, status, code, words);
            }
            let told = world.ada().post(&active, &world.activation("ada", "prod-admins")).await;
            wrongs.hold(&told, 400, policy, &[r#"[\"EligibilityRule\"]"#]);
            wrongs.none();
        }).await;
    }
}

on_every_engine! {
    /// T-07: what the server sets is never taken from the body; what is unknown is passed over.
    t07_server_properties_and_unknown_ones_are_passed_over, |world| {
        let mut body = world.assignment("ada", "prod-admins", "P1D");
        let hostile = json!({
            "@odata.type": "#microsoft.graph.privilegedAccessGroupEligibilityScheduleRequest",
            "@odata.id": "x", "id": "00000000-0000-4000-8000-000000000000", "status": "Canceled",
            "createdDateTime": "2001-01-01T00:00:00Z", "completedDateTime": "2001-01-01T00:00:00Z",
            "approvalId": "00000000-0000-4000-8000-000000000000", "customData": "x",
            "createdBy": {"user": {"id": world.person("bob")}}, "group": {"displayName": "x"},
            "principal": {"id": world.person("bob")}, "targetSchedule": {}, "unheard": {"of": [1]},
        });
        for (name, value) in hostile.as_object().unwrap() {
            body[name] = value.clone();
        }
        let made = world.admin().post(&pim("eligibilityScheduleRequests"), &body).await.expect(201).json();
        assert_ne!(made["id"], hostile["id"]);
        assert_eq!((&made["status"], &made["approvalId"], &made["customData"]), (&json!("Provisioned"), &json!(null), &json!(null)));
        assert_eq!(made["createdDateTime"], "2026-11-21T09:00:00Z");
        assert_eq!(made["completedDateTime"], "2026-11-21T09:00:00Z");
        assert_eq!(made["createdBy"]["user"]["id"], world.person("admin"));
        assert_eq!(made["principalId"], world.person("ada"));
        let row = world.ada().get(&pim("eligibilitySchedules/filterByCurrentUser(on='principal')")).await.expect(200).rows().remove(0);
        assert_eq!((&row["createdUsing"], &row["status"]), (&made["id"], &json!("Provisioned")));
    }
}

on_every_engine! {
    /// Users, groups and their members: what can't be made or added, and why.
    the_directory_refuses_what_cannot_be_and_says_why, |world| {
        let (group, ada) = (world.group("prod-admins"), world.person("ada"));
        let reference = |address: String| json!({"@odata.id": address});
        let object = |id: &str| reference(format!("https://x.example/v1.0/directoryObjects/{id}"));
        let user = json!({
            "accountEnabled": true, "displayName": "Eve", "mailNickname": "eve",
            "userPrincipalName": "eve@contoso.example",
            "passwordProfile": {"password": "correct horse battery"},
        });
        let new = json!({"displayName": "g", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true, "groupTypes": []});
        let members = format!("/v1.0/groups/{group}/members/$ref");
        world.admin().post(&members, &object(&ada)).await.expect(204);
        without_change(&world, async || {
            let bad = "Request_BadRequest";
            let cases: Vec<(&str, Value, u16, &str, Words)> = vec![
                ("/v1.0/users", without(&user, "displayName"), 400, bad, &["`displayName` is missing"]),
                ("/v1.0/users", without(&user, "userPrincipalName"), 400, bad, &["`userPrincipalName` is missing"]),
                ("/v1.0/users", without(&user, "passwordProfile"), 400, bad, &["`passwordProfile` is missing"]),
                ("/v1.0/users", without(&user, "accountEnabled"), 400, bad, &["`accountEnabled` is missing"]),
                ("/v1.0/users", with(&user, "accountEnabled", json!("true")), 400, bad, &["`accountEnabled` is the text `true`", "true or false"]),
                ("/v1.0/users", with(&user, "userPrincipalName", json!("eve")), 400, bad, &["`userPrincipalName` is `eve`"]),
                ("/v1.0/users", with(&user, "userPrincipalName", json!("eve@other.example")), 400, bad, &["contoso.example"]),
                ("/v1.0/users", with(&user, "userPrincipalName", json!("ADA@contoso.example")), 400, "Request_MultipleObjectsWithSameKeyValue", &["ADA@contoso.example"]),
                ("/v1.0/users", with(&user, "displayName", json!("x".repeat(257))), 400, bad, &["`displayName`", "256"]),
                ("/v1.0/users", with(&user, "passwordProfile/password", json!("short")), 400, bad, &["`passwordProfile.password`", "12"]),
                ("/v1.0/groups", without(&new, "displayName"), 400, bad, &["`displayName` is missing"]),
                ("/v1.0/groups", without(&new, "mailNickname"), 400, bad, &["`mailNickname` is missing"]),
                ("/v1.0/groups", with(&new, "securityEnabled", json!(false)), 400, bad, &["`securityEnabled` is false"]),
                ("/v1.0/groups", with(&new, "mailEnabled", json!(true)), 400, bad, &["`mailEnabled` is true", "Unified"]),
                ("/v1.0/groups", with(&new, "groupTypes", json!(["Secret"])), 400, bad, &["`groupTypes` holds `Secret`", "`Unified`"]),
                ("/v1.0/groups", with(&new, "groupTypes", json!(["DynamicMembership"])), 400, bad, &["`membershipRule` is missing"]),
                ("/v1.0/groups", with(&new, "groupTypes", json!("Unified")), 400, bad, &["`groupTypes` is the text `Unified`", "a list"]),
                (&members, json!({}), 400, bad, &["`@odata.id` is missing"]),
                (&members, reference(ada.clone()), 400, bad, &["`@odata.id`", "directoryObjects"]),
                (&members, reference("https://x.example/v1.0/users/ada@contoso.example".into()), 400, bad, &["`@odata.id`", "directoryObjects"]),
                (&members, object(NOBODY), 404, "Request_ResourceNotFound", &[NOBODY]),
                (&members, object(&ada), 400, bad, &["One or more added object references already exist for the following modified properties: 'members'."]),
                (&members, object(&group), 400, bad, &["itself"]),
            ];
            let mut wrongs = Wrongs::default();
            for (path, body, status, code, words) in cases {
                wrongs.hold(&world.admin().post(path, &body).await, status, code, words);
            }
            // A password is never repeated in an answer.
            let told = world.admin().post("/v1.0/users", &with(&user, "passwordProfile/password", json!("s3cret-s3"))).await.refused(400, bad);
            assert!(!told.text.contains("s3cret"), "{}", told.text);
            for (path, words) in [
                (format!("/v1.0/groups/{group}/members/{NOBODY}/$ref"), NOBODY),
                (format!("/v1.0/groups/{NOBODY}/members/{ada}/$ref"), NOBODY),
                (format!("/v1.0/groups/prod-admins/members/{ada}/$ref"), "prod-admins"),
                (format!("/v1.0/groups/{NOBODY}"), NOBODY),
                (format!("/v1.0/users/{NOBODY}"), NOBODY),
                ("/v1.0/users/nobody@contoso.example".into(), "nobody@contoso.example"),
            ] {
                wrongs.hold(&world.admin().delete(&path).await, 404, "Request_ResourceNotFound", &[words]);
            }
            wrongs.none();
        }).await;
    }
}

on_every_engine! {
    /// `pim-groups.md` 3.3: settings that can't be, one rule at a time and all together or none.
    r_f7_a_policy_that_cannot_be_is_refused_whole, |world| {
        let group = world.group("prod-admins");
        let list = format!("/v1.0/policies/roleManagementPolicies?$filter=scopeId eq '{group}' and scopeType eq 'Group'");
        let policy = world.admin().get(&list).await.expect(200).each("id").remove(0);
        let policy = format!("/v1.0/policies/roleManagementPolicies/{policy}");
        let typed = |kind: &str, mut rule: Value| {
            rule["@odata.type"] = json!(format!("#microsoft.graph.unifiedRoleManagementPolicy{kind}"));
            rule
        };
        let context = "AuthenticationContext_EndUser_Assignment";
        let approval = "Approval_EndUser_Assignment";
        let expiration = |value: Value| typed("ExpirationRule", json!({"maximumDuration": value}));
        let stage = |approvers: Value| typed("ApprovalRule", json!({"setting": {
            "isApprovalRequired": true, "approvalStages": [{"primaryApprovers": approvers}],
        }}));
        without_change(&world, async || {
            let cases: Vec<(&str, Value, Words)> = vec![
                (END, json!({"maximumDuration": "PT4H"}), &["`@odata.type` is missing", "unifiedRoleManagementPolicyExpirationRule"]),
                (END, typed("EnablementRule", json!({})), &["`@odata.type` is", "unifiedRoleManagementPolicyExpirationRule"]),
                (END, typed("ExpirationRule", json!({"id": ENABLE})), &["`id` is `Enablement_EndUser_Assignment`", END]),
                (END, typed("ExpirationRule", json!({"id": "Expiration_Nobody"})), &["`Expiration_Nobody`"]),
                (END, expiration(json!("P6M")), &["`maximumDuration` is `P6M`", "P180D"]),
                (END, expiration(json!("PT0S")), &["PT0S"]),
                (END, expiration(json!("")), &["`maximumDuration` is ``"]),
                (END, expiration(json!("P2D")), &["maximumDuration `P2D`", "1 d"]),
                (END, expiration(json!("PT4M")), &["5 min"]),
                (END, expiration(json!(8)), &["`maximumDuration` is the number `8`", "a text"]),
                (END, typed("ExpirationRule", json!({"isExpirationRequired": false})), &["isExpirationRequired"]),
                ("Expiration_Admin_Eligibility", expiration(json!("PT0S")), &["PT0S"]),
                (ENABLE, typed("EnablementRule", json!({"enabledRules": ["Magic"]})), &["`enabledRules` holds `Magic`", "`Justification`"]),
                (ENABLE, typed("EnablementRule", json!({"enabledRules": "Justification"})), &["`enabledRules` is the text", "a list"]),
                (context, typed("AuthenticationContextRule", json!({"isEnabled": true})), &["claimValue"]),
                (context, typed("AuthenticationContextRule", json!({"isEnabled": true, "claimValue": "c100"})), &["c100", "c99"]),
                (context, typed("AuthenticationContextRule", json!({"isEnabled": "on", "claimValue": "c1"})), &["`isEnabled` is the text `on`"]),
                ("Notification_Admin_Admin_Eligibility", typed("NotificationRule", json!({"notificationLevel": "Loud"})), &["`notificationLevel` is `Loud`", "`Critical`"]),
                (approval, stage(json!([])), &["approver"]),
                (approval, stage(json!([{"@odata.type": "#microsoft.graph.singleUser", "userId": "ada"}])), &["`setting.approvalStages[0].primaryApprovers[0].userId` is `ada`", "GUID"]),
                (approval, stage(json!([{"@odata.type": "#microsoft.graph.requestorManager"}])), &["requestorManager", "singleUser"]),
                (approval, stage(json!([{"userId": world.person("ada")}])), &["primaryApprovers[0].@odata.type` is missing"]),
            ];
            let mut wrongs = Wrongs::default();
            for (rule, body, words) in cases {
                let told = world.admin().patch(&format!("{policy}/rules/{rule}"), &body).await;
                wrongs.hold(&told, 400, "InvalidPolicy", words);
            }
            // All or nothing: a good rule beside a bad one stays out.
            let good = typed("ExpirationRule", json!({"id": END, "maximumDuration": "PT1H"}));
            for (body, words) in [
                (json!({"rules": [good, typed("EnablementRule", json!({"id": ENABLE, "enabledRules": ["Magic"]}))]}), "`rules[1].enabledRules`"),
                (json!({"rules": [good, good]}), "twice"),
                (json!({"rules": [good, {"maximumDuration": "PT1H"}]}), "`rules[1].id` is missing"),
                (json!({"rules": {}}), "`rules` is an object"),
                (json!({"rules": [good, 7]}), "`rules[1]` is the number `7`"),
            ] {
                wrongs.hold(&world.admin().patch(&policy, &body).await, 400, "InvalidPolicy", &[words]);
            }
            for path in [
                "/v1.0/policies/roleManagementPolicies/x".to_owned(),
                format!("/v1.0/policies/roleManagementPolicies/Group_{group}_00000000-0000-4000-8000-000000000000"),
                format!("{policy}/rules/Expiration_Nobody"),
            ] {
                wrongs.hold(&world.admin().patch(&path, &good).await, 404, "ResourceNotFound", &[]);
            }
            wrongs.none();
            world.ada().patch(&format!("{policy}/rules/{END}"), &good).await.refused(403, "Authorization_RequestDenied");
        }).await;
    }
}

on_every_engine! {
    /// R-I5: multi-factor authentication and an authentication context exclude each other.
    mfa_and_a_context_on_activation_exclude_each_other, |world| {
        let group = world.group("prod-admins");
        let list = format!("/v1.0/policies/roleManagementPolicies?$filter=scopeId eq '{group}' and scopeType eq 'Group'");
        let policy = world.admin().get(&list).await.expect(200).each("id").remove(0);
        let rule = |id: &str| format!("/v1.0/policies/roleManagementPolicies/{policy}/rules/{id}");
        let mfa = json!({
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyEnablementRule",
            "enabledRules": ["MultiFactorAuthentication"],
        });
        let context = json!({
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyAuthenticationContextRule",
            "isEnabled": true, "claimValue": "c1",
        });
        world.admin().patch(&rule("Enablement_EndUser_Assignment"), &mfa).await.expect(200);
        without_change(&world, async || {
            let told = world.admin().patch(&rule("AuthenticationContext_EndUser_Assignment"), &context).await.refused(400, "InvalidPolicy");
            assert!(told.message().contains("MultiFactorAuthentication"), "{}", told.message());
        }).await;
    }
}

on_every_engine! {
    /// T-45, T-49: queries that are wrong, too long, too deep or too wide.
    t45_a_query_that_cannot_be_answered_is_refused_with_the_reason, |world| {
        let group = world.group("prod-admins");
        let of_group = format!("groupId eq '{group}'");
        let deep = format!("{}displayName eq 'x'{}", "(".repeat(200), ")".repeat(200));
        let deep_of_group = format!("{}{of_group}{}", "(".repeat(200), ")".repeat(200));
        let wide = vec!["id eq 'x'"; 60].join(" or ");
        let listed = vec!["'x'"; 21].join(",");
        let long = format!("displayName eq '{}'", "x".repeat(2_100));
        let unsupported = "Request_UnsupportedQuery";
        let schedules = pim("eligibilitySchedules");
        let cases: Vec<(String, &str, Words)> = vec![
            (format!("/v1.0/users?$filter={deep}"), "BadRequest", &["$filter", "8"]),
            (format!("{schedules}?$filter={deep_of_group}"), "BadRequest", &["$filter", "8"]),
            (format!("/v1.0/users?$filter={wide}"), "BadRequest", &["$filter", "50"]),
            (format!("/v1.0/users?$filter={long}"), "BadRequest", &["2048"]),
            (format!("/v1.0/users?$filter=id in ({listed})"), "BadRequest", &["20"]),
            ("/v1.0/users?$filter=displayName eq".into(), "BadRequest", &["position 14", "it ends there"]),
            ("/v1.0/users?$filter=displayName is 'x'".into(), "BadRequest", &["position"]),
            ("/v1.0/users?$filter=".into(), "BadRequest", &["$filter"]),
            ("/v1.0/users?$filter=displayName eq 'x' or 1=1 --".into(), "BadRequest", &["$filter"]),
            ("/v1.0/users?$filter=displayName eq 'x'; drop table users".into(), "BadRequest", &["`; drop table users` was found"]),
            ("/v1.0/users?$filter=password eq 'x'".into(), unsupported, &["`password`", "`displayName`"]),
            ("/v1.0/users?$filter=accountEnabled eq 'yes'".into(), unsupported, &["`accountEnabled`", "true or false"]),
            ("/v1.0/users?$filter=displayName ne 'x'".into(), unsupported, &["ConsistencyLevel: eventual", "$count=true"]),
            ("/v1.0/users?$filter=contains(displayName,'x')".into(), unsupported, &["`contains`", "`startswith`"]),
            ("/v1.0/users?$filter=startswith(displayName,'A')&$orderby=displayName".into(), unsupported, &["ConsistencyLevel: eventual"]),
            ("/v1.0/users?$select=id,secret".into(), unsupported, &["`secret`", "`displayName`"]),
            ("/v1.0/users?$select=".into(), "BadRequest", &["$select"]),
            ("/v1.0/users?$expand=memberOf".into(), unsupported, &["`memberOf`"]),
            ("/v1.0/users?$orderby=shoeSize".into(), unsupported, &["`shoeSize`", "`displayName`"]),
            ("/v1.0/users?$orderby=displayName upwards".into(), unsupported, &["asc or desc"]),
            ("/v1.0/users?$top=0".into(), unsupported, &["Invalid page size specified", "between 1 and 999"]),
            ("/v1.0/users?$top=1000".into(), unsupported, &["Invalid page size specified", "`1000`"]),
            ("/v1.0/users?$top=-1".into(), unsupported, &["`-1`"]),
            ("/v1.0/users?$top=ten".into(), unsupported, &["`ten`"]),
            ("/v1.0/users?$top=99999999999999999999".into(), unsupported, &["between 1 and 999"]),
            ("/v1.0/users?$skip=1".into(), unsupported, &["`$skip`", "`$top`"]),
            ("/v1.0/users?$count=maybe".into(), "BadRequest", &["$count is `maybe`", "true or false"]),
            ("/v1.0/users?$top=1&$top=2".into(), "BadRequest", &["`$top` occurs twice"]),
            ("/v1.0/users?$top=1&%24TOP=2".into(), "BadRequest", &["`$top` occurs twice"]),
            ("/v1.0/users?$apply=aggregate(x)".into(), unsupported, &["`$apply`", "`$filter`"]),
            ("/v1.0/users?$format=xml".into(), unsupported, &["$format is `xml`", "`json`"]),
            ("/v1.0/users?$filter=%ff".into(), "BadRequest", &["percent-encoded UTF-8"]),
            ("/v1.0/users?$skiptoken=AAAA".into(), "BadRequest", &["$skiptoken", "@odata.nextLink"]),
            (format!("/v1.0/users?$skiptoken={}", "A".repeat(2_000)), "BadRequest", &["$skiptoken"]),
            ("/v1.0/users/$count".into(), "Request_BadRequest", &["$count is not currently supported."]),
            (format!("/v1.0/groups/{group}/members?$filter=displayName eq 'x'"), unsupported, &["ConsistencyLevel: eventual"]),
            (schedules.clone(), "InvalidFilter", &["groupId eq", "principalId eq"]),
            (format!("{schedules}?$filter=accessId eq 'member'"), "InvalidFilter", &["groupId eq"]),
            (format!("{schedules}?$filter={of_group} or accessId eq 'member'"), "InvalidFilter", &["groupId eq"]),
            (format!("{schedules}?$filter=not ({of_group})"), "InvalidFilter", &["groupId eq"]),
            (format!("{schedules}?$filter={of_group} and shoeSize eq 7"), "InvalidFilter", &["`shoeSize`", "`accessId`"]),
            (format!("{schedules}?$filter={of_group} and accessId eq 7"), "InvalidFilter", &["`accessId`", "single quotes"]),
            (format!("{schedules}?$filter={of_group} and startswith(accessId,'m')"), "InvalidFilter", &["`startswith`", "`accessId`"]),
            (format!("{schedules}?$filter={of_group}&$select=secret"), "BadRequest", &["`secret`", "`scheduleInfo`"]),
            (format!("{schedules}?$filter={of_group}&$expand=secret"), "BadRequest", &["`secret`", "`principal`"]),
            (format!("{schedules}?$filter={of_group}&$expand=group($filter=x)"), "BadRequest", &["`$filter` is not supported inside $expand"]),
            (format!("{schedules}?$filter={of_group}&$orderby=accessId"), "BadRequest", &["`accessId`", "`createdDateTime`"]),
            (format!("{schedules}?$filter={of_group}&$skip=x"), "BadRequest", &["$skip is `x`"]),
            (format!("{schedules}?$filter={of_group}&$search=x"), "BadRequest", &["`$search`"]),
            (pim("eligibilitySchedules/filterByCurrentUser(on='approver')"), "BadRequest", &["`approver`", "`principal`"]),
            (pim("eligibilityScheduleRequests/filterByCurrentUser(on='me')"), "BadRequest", &["`me`", "`createdBy`"]),
            ("/v1.0/policies/roleManagementPolicies".into(), "InvalidFilter", &["scopeId eq", "scopeType eq 'Group'"]),
            (format!("/v1.0/policies/roleManagementPolicies?$filter=scopeId eq '{group}'"), "InvalidFilter", &["scopeType eq 'Group'"]),
            (format!("/v1.0/policies/roleManagementPolicyAssignments?$filter=scopeId eq '{group}' or scopeType eq 'Group'"), "InvalidFilter", &["`and`"]),
            (format!("/v1.0/policies/roleManagementPolicies?$filter=scopeId eq '{group}' and scopeType eq 'Group'&$expand=group"), "BadRequest", &["`group`", "`rules`"]),
        ];
        without_trace(&world, async || {
            let mut wrongs = Wrongs::default();
            for (path, code, words) in cases {
                wrongs.hold(&world.admin().get(&path).await, 400, code, words);
            }
            wrongs.none();
        }).await;
    }
}

on_every_engine! {
    /// Ids that are none, and ids of nothing: not there, whatever they look like (T-08, T-49).
    t08_ids_of_nothing_are_not_there, |world| {
        let group = world.group("prod-admins");
        let inject = "x'%20or%20'1'='1";
        let directory = "Request_ResourceNotFound";
        let mut cases = Vec::new();
        for id in [NOBODY, "x", inject, "%F0%9F%92%A5", "..%20"] {
            for kind in ["users", "groups", "directoryObjects"] {
                cases.push((format!("/v1.0/{kind}/{id}"), directory));
            }
            cases.push((format!("/v1.0/groups/{id}/members"), directory));
            cases.push((format!("/v1.0/groups/{group}/members/{id}"), directory));
            for name in ["eligibilitySchedules", "assignmentScheduleInstances", "eligibilityScheduleRequests"] {
                cases.push((pim(&format!("{name}/{id}")), "ResourceNotFound"));
                cases.push((pim(&format!("{name}/{id}/group")), "ResourceNotFound"));
            }
            cases.push((format!("/v1.0/policies/roleManagementPolicies/{id}"), "ResourceNotFound"));
            cases.push((format!("/v1.0/policies/roleManagementPolicies/{id}/rules"), "ResourceNotFound"));
            cases.push((format!("/v1.0/policies/roleManagementPolicyAssignments/{id}"), "ResourceNotFound"));
        }
        cases.push((pim(&format!("eligibilitySchedules/{group}_member_{NOBODY}")), "ResourceNotFound"));
        cases.push((pim(&format!("eligibilitySchedules/{group}_boss_{NOBODY}")), "ResourceNotFound"));
        cases.push(("/v1.0/nothing".into(), "ResourceNotFound"));
        cases.push(("/nothing".into(), "ResourceNotFound"));
        cases.push(("/v2.0/users".into(), "ResourceNotFound"));
        without_trace(&world, async || {
            let mut wrongs = Wrongs::default();
            for (path, code) in cases {
                wrongs.hold(&world.admin().get(&path).await, 404, code, &[]);
            }
            wrongs.none();
            // A list of an unknown group holds nothing, for whoever may ask for any.
            for id in [NOBODY, "x", "x'' or ''1''=''1"] {
                let path = pim(&format!("eligibilitySchedules?$filter=groupId eq '{id}'"));
                assert!(world.admin().get(&path).await.expect(200).rows().is_empty());
                world.ada().get(&path).await.refused(403, "Authorization_RequestDenied");
            }
        }).await;
    }
}

on_every_engine! {
    /// `security.md` section 4: each path has its methods; others are refused with those there are.
    methods_that_a_path_does_not_have_are_refused_with_those_it_has, |world| {
        let mut paths: Vec<(String, Vec<String>)> = Vec::new();
        let open: Vec<String> = ephor_http::routes().into_iter().filter(|route| !route.needs_token).map(|route| route.path).collect();
        for route in ephor_http::routes() {
            if route.path == "/demo/clock" {
                continue;
            }
            let method = route.method.to_string();
            match paths.iter_mut().find(|(path, _)| *path == route.path) {
                Some((_, methods)) => methods.push(method),
                None => paths.push((route.path.clone(), vec![method])),
            }
        }
        without_trace(&world, async || {
            for (path, mut methods) in paths {
                if open.contains(&path) {
                    methods.push("HEAD".into());
                }
                methods.sort_unstable();
                let asked = path.replace("{}", "00000000-0000-4000-8000-000000000000");
                for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"] {
                    if methods.iter().any(|own| own == method) {
                        continue;
                    }
                    let override_it = [("x-http-method-override", "GET"), ("x-http-method", "GET")];
                    let told = world.admin().send(method, &asked, &override_it, None).await.expect(405);
                    let mut allowed: Vec<&str> = told.headers["allow"].to_str().unwrap().split(", ").collect();
                    allowed.sort_unstable();
                    assert_eq!(allowed, methods, "{method} {path}");
                    if method != "HEAD" {
                        let told = told.refused(405, "Request_BadRequest");
                        assert!(told.message().contains(method), "{}", told.message());
                    }
                }
            }
        }).await;
    }
}
