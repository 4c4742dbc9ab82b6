//! Our answers held against Microsoft's own description of the API. An extra: it runs where that file is
//! found, in `../shared/graph` beside the repository or under `EPHOR_SHARED`, and says so where it is not.
//!
//! The file uses a small part of OpenAPI 3.0, and [`Schema`] reads just that. Two things it leaves unsaid are
//! known from the service's answers: a complex member may be null, and a row has all its properties.

mod directory;
mod packages;
mod schema;

use std::path::PathBuf;

use ephor_core::time::Length;
use serde_json::{Value, json};

use self::schema::Schema;
use crate::examples::Examples;
use crate::support::{Answer, URL, World, on_every_engine, pim};

/// The official description, where there is one.
fn official(file: &str) -> Option<Schema> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("EPHOR_SHARED").map_or(beside, PathBuf::from);
    let path = shared.join("graph").join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!(
            "skipped: the official API description is not at {}",
            path.display()
        );
        return None;
    };
    Some(Schema::read(&text))
}

/// Holds an answer against what the operation at `path` answers; of an error, against what errors look like.
fn hold(official: &Schema, method: &str, path: &str, answer: &Answer, wrongs: &mut Vec<String>) {
    let template = path.strip_prefix("/v1.0").unwrap();
    let Some(found) = official.answers(method, template, answer.status) else {
        wrongs.push(format!(
            "{method} {template} is no operation of the official description"
        ));
        return;
    };
    // Where the description says "any 2xx", with a body, an answer may still be a 204 without one.
    let Some(schema) = found.filter(|_| answer.status != 204) else {
        return;
    };
    let mut told = official.hold(&schema, &answer.json());
    // A slip of the metadata: it says that the target of a request for an assignment is an eligibility, too.
    let slip = |wrong: &String| {
        let of_target = wrong.contains("targetSchedule") || template.ends_with("/targetSchedule");
        of_target && wrong.ends_with("assignmentType is not in the description")
    };
    told.retain(|wrong| !slip(wrong));
    wrongs.extend(
        told.into_iter()
            .map(|wrong| format!("{}: {wrong}", answer.asked)),
    );
}

/// More rows of more kinds than the examples need: outside PIM, ahead, until a time, revoked; and a policy in
/// which everything is set.
async fn furnish(world: &World) {
    let (group, carol) = (world.group("prod-admins"), world.person("carol"));
    let reference = json!({"@odata.id": format!("{URL}/v1.0/directoryObjects/{carol}")});
    world
        .admin()
        .post(&format!("/v1.0/groups/{group}/members/$ref"), &reference)
        .await
        .expect(204);
    let mut ahead = world.assignment("bob", "prod-admins", "P1D");
    ahead["scheduleInfo"] = json!({
        "startDateTime": "2026-11-22T09:00:00Z",
        "expiration": {"type": "afterDateTime", "endDateTime": "2026-12-01T12:00:00.5Z"},
    });
    ahead["ticketInfo"] = json!({"ticketNumber": "7", "ticketSystem": "changes"});
    for name in ["eligibilityScheduleRequests", "assignmentScheduleRequests"] {
        world.admin().post(&pim(name), &ahead).await.expect(201);
    }
    world.make_eligible("carol", "prod-admins").await;
    world.forward(Length::minutes(5));
    let mut remove = world.assignment("carol", "prod-admins", "P1D");
    remove["action"] = json!("adminRemove");
    world
        .admin()
        .post(&pim("eligibilityScheduleRequests"), &remove)
        .await
        .expect(201);
}

/// Changes that set everything that a policy has.
fn changes(world: &World) -> Value {
    let rule = |kind: &str, id: &str, mut members: Value| {
        members["@odata.type"] = json!(format!(
            "#microsoft.graph.unifiedRoleManagementPolicy{kind}"
        ));
        members["id"] = json!(id);
        members
    };
    json!({"rules": [
        rule("ApprovalRule", "Approval_EndUser_Assignment", json!({"setting": {
            "isApprovalRequired": true,
            "approvalStages": [{"primaryApprovers": [
                {"@odata.type": "#microsoft.graph.singleUser", "userId": world.person("bob"), "description": "Bob"},
                {"@odata.type": "#microsoft.graph.groupMembers", "groupId": world.group("readers")},
            ]}],
        }})),
        rule("AuthenticationContextRule", "AuthenticationContext_EndUser_Assignment", json!({"isEnabled": true, "claimValue": "c1"})),
        rule("EnablementRule", "Enablement_Admin_Assignment", json!({"enabledRules": ["Justification", "MultiFactorAuthentication"]})),
        rule("ExpirationRule", "Expiration_Admin_Eligibility", json!({"isExpirationRequired": false})),
        rule("NotificationRule", "Notification_Admin_Admin_Eligibility", json!({
            "notificationLevel": "Critical", "isDefaultRecipientsEnabled": false,
            "notificationRecipients": ["soc@contoso.example"],
        })),
    ]})
}

on_every_engine! {
    /// Every answer of the PIM for Groups and policy routes is what the official description says it is.
    answers_are_what_the_official_description_says, |world| {
        let Some(official) = official("pim-groups.openapi.yaml") else {
            return;
        };
        let examples = Examples::of(&world).await;
        furnish(&world).await;
        let mut wrongs = Vec::new();
        let routes: Vec<_> = ephor_http::routes()
            .into_iter()
            .filter(|route| route.path.starts_with("/v1.0/"))
            .filter(|route| route.path.contains("/privilegedAccess/") || route.path.contains("/policies/roleManagement"))
            // Spellings of `/beta`, which the description does not have.
            .filter(|route| !route.path.contains("/steps") && !route.path.starts_with("/beta"))
            .collect();
        assert!(routes.len() > 50, "{}", routes.len());
        // Changes first, so that what they lead to is read.
        let decided = |path: &str| path.ends_with("/cancel") || path.contains("Approvals/");
        for route in routes.iter().filter(|route| route.method != "GET" && !decided(&route.path)) {
            let (path, body) = examples.request(route);
            let body = match route.path.as_str() {
                path if path.ends_with("Policies/{}") => changes(&world),
                path if path.ends_with("ScheduleRequests") => world.assignment("carol", "readers", "P30D"),
                _ => body.unwrap_or_else(|| json!({})),
            };
            let method = route.method.as_str();
            let told = world.admin().send(method, &path, &[], Some(body.to_string().into_bytes())).await;
            assert!(told.status < 300, "{}: {}", told.asked, told.text);
            hold(&official, method, &route.path, &told, &mut wrongs);
            let told = world.admin().send(method, &path, &[], Some(b"{\"rules\":7}".to_vec())).await;
            assert_eq!(told.status, 400, "{}: {}", told.asked, told.text);
            hold(&official, method, &route.path, &told, &mut wrongs);
        }
        for route in routes.iter().filter(|route| route.method == "GET") {
            let (path, _) = examples.request(route);
            for path in [path.clone(), expanded(&path)] {
                let told = world.admin().get(&path).await;
                let person = if path.contains("Approvals") { "carol" } else { "ada" };
                let own = path.contains("filterByCurrentUser").then(|| world.as_person(person));
                let told = match own {
                    Some(ada) => ada.get(&path).await,
                    None => told,
                };
                let told = told.expect(200);
                if !path.contains("$count") {
                    hold(&official, "GET", &route.path, &told, &mut wrongs);
                }
            }
            let told = world.nobody().get(&path).await.expect(401);
            hold(&official, "GET", &route.path, &told, &mut wrongs);
        }
        // What waits is decided once; what has not begun is withdrawn once.
        let approval = examples.approval();
        let verdict = json!({"reviewResult": "Deny", "justification": "not today"});
        let stage = pim("assignmentApprovals/{}/stages/{}");
        for (person, status) in [("bob", 403), ("carol", 204), ("carol", 409)] {
            let told = world.as_person(person).patch(&approval, &verdict).await.expect(status);
            hold(&official, "PATCH", &stage, &told, &mut wrongs);
        }
        for name in ["assignmentScheduleRequests", "eligibilityScheduleRequests"] {
            let path = pim(&format!("{name}?$filter=principalId eq '{}' and status eq 'Granted'", world.person("bob")));
            let ahead = world.admin().get(&path).await.expect(200).each("id").remove(0);
            for status in [204, 400] {
                let told = world.admin().send("POST", &pim(&format!("{name}/{ahead}/cancel")), &[], None).await.expect(status);
                if name.starts_with("assignment") {
                    hold(&official, "POST", &pim(&format!("{name}/{{}}/cancel")), &told, &mut wrongs);
                }
            }
        }
        wrongs.sort_unstable();
        wrongs.dedup();
        assert!(wrongs.is_empty(), "\n{}", wrongs.join("\n"));
    }
}

on_every_engine! {
    /// `pim-groups.md` section 1: what the description declares is there, or is 405 where Graph itself never had
    /// it; and nothing is 404. What is there is held against the description above.
    every_address_of_the_official_description_works_or_is_405, |world| {
        let Some(official) = official("pim-groups.openapi.yaml") else {
            return;
        };
        let routes = ephor_http::routes();
        let operations = official.operations();
        assert!(operations.len() > 50, "{}", operations.len());
        let mut never = Vec::new();
        for (path, methods) in operations {
            let asked = format!("/v1.0{path}").replace("{}", "00000000-0000-4000-8000-000000000000");
            let ours: Vec<&str> = routes.iter().filter(|route| route.path == format!("/v1.0{path}")).map(|route| route.method.as_str()).collect();
            for method in methods {
                if ours.contains(&method.as_str()) {
                    continue;
                }
                let told = world.admin().send(&method, &asked, &[], None).await.refused(405, "Request_BadRequest");
                assert_eq!(told.headers["allow"].to_str().unwrap(), ours.join(", "), "{method} {path}");
                never.push(format!("{method} {path}"));
            }
        }
        // Whoever adds a method here has read that Graph has it.
        assert!(never.iter().any(|one| one.starts_with("DELETE")), "{never:#?}");
        assert!(never.iter().all(|one| !one.starts_with("GET ") || one.contains("privilegedAccess")), "{never:#?}");
    }
}

on_every_engine! {
    /// Every answer about directory roles and administrative units is what the official description says it is,
    /// and every address of theirs that it declares is there, or has no method.
    roles_and_units_are_what_the_official_description_says, |world| {
        let Some(official) = official("governance.openapi.yaml") else {
            return;
        };
        let examples = Examples::of(&world).await;
        let ours = |path: &str| {
            ["/roleManagement/directory/role", "/directoryRoles", "/directoryRoleTemplates", "/directory/administrativeUnits"]
                .iter()
                .any(|part| path.contains(part))
        };
        let mut wrongs = Vec::new();
        let routes: Vec<_> = ephor_http::routes()
            .into_iter()
            .filter(|route| ours(&route.path) && !route.path.starts_with("/beta"))
            // Only `/beta` has these, and each version takes both.
            .filter(|route| !route.path.contains("roleAssignmentApprovals"))
            .collect();
        assert!(routes.len() > 80, "{}", routes.len());
        let mut held = 0;
        let changes_last = |route: &&ephor_http::RouteInfo| route.method == "GET";
        let (reads, changes): (Vec<_>, Vec<_>) = routes.iter().partition(changes_last);
        for route in reads.into_iter().chain(changes) {
            let (path, body) = examples.request(route);
            let method = route.method.as_str();
            let eventual = [("consistencylevel", "eventual")];
            let person = if path.contains("filterByCurrentUser") { "ada" } else { "admin" };
            let body = body.map(|body| body.to_string().into_bytes());
            let told = world.as_person(person).send(method, &path, &eventual, body).await;
            // What an earlier example took away is not there any more.
            assert!(told.status < 300 || (method != "GET" && [400, 404].contains(&told.status)), "{}: {}", told.asked, told.text);
            let casts = ["/members/user", "/members/group"].iter().any(|end| path.ends_with(end));
            if !path.contains("$count") && !casts && told.status != 204 {
                held += 1;
                hold(&official, method, &route.path, &told, &mut wrongs);
            }
        }
        assert!(held > 60, "{held}");
        for (path, methods) in official.operations() {
            if !ours(&path) || path.contains("delta") {
                continue;
            }
            let known = routes.iter().any(|route| route.path == format!("/v1.0{path}"));
            // Another way to write an address that is there.
            let cast = path.contains("graph.") || path.contains("roleTemplateId=");
            if !known && !cast && methods.iter().any(|method| method == "GET") {
                wrongs.push(format!("{path} is not there"));
            }
        }
        // This file does not tell what is only there when it is asked for (`$expand`) from what always is, and
        // asks for types that no service sends.
        let only_asked = [
            "@odata.type", "principal", "roleDefinition", "directoryScope", "appScope", "activatedUsing",
            "targetSchedule", "inheritsPermissionsFrom", "members", "scopedMembers", "scopedRoleMembers",
            "extensions", "excludedResourceActions", "principalOrganizationId",
        ];
        wrongs.retain(|wrong| {
            !only_asked.iter().any(|name| wrong.ends_with(&format!(".{name} is missing")))
        });
        wrongs.sort_unstable();
        wrongs.dedup();
        assert!(wrongs.is_empty(), "\n{}", wrongs.join("\n"));
    }
}

/// The same address, with all that can be expanded.
fn expanded(path: &str) -> String {
    let plain = ["/$count", "/group", "/principal", "ules", "Rules/"]
        .iter()
        .any(|end| path.contains(end));
    if plain && !path.ends_with("'principal')") {
        return path.to_owned();
    }
    format!(
        "{path}{}$expand=*",
        if path.contains('?') { '&' } else { '?' }
    )
}
