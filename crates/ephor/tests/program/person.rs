//! What a person does for themselves, from the command line, against a server.

use serde_json::{Value, json};

use super::support::{ADMIN, Admin, Scratch, Server, run};

/// Ada, eligible for three groups and the ownership of one.
struct Scene {
    scratch: Scratch,
    server: Server,
}

impl Scene {
    fn set() -> Self {
        let scratch = Scratch::with_tenant();
        let server = scratch.serve();
        let admin = Admin {
            server: &server,
            token: scratch.token(ADMIN, &["--quiet"]),
        };
        let ada = admin.user("ada");
        for name in ["Production admins", "Production readers", "Payroll"] {
            let group = admin.group(name);
            admin.eligible(&ada, &group, "member");
            if name == "Payroll" {
                admin.eligible(&ada, &group, "owner");
                let policy = format!(
                    "/v1.0/policies/roleManagementPolicyAssignments?$filter=scopeId eq '{group}' and \
                     scopeType eq 'Group' and roleDefinitionId eq 'member'"
                )
                .replace(' ', "%20");
                let (_, found) = server.send("GET", &policy, Some(&admin.token), None);
                let policy = found["value"][0]["policyId"].as_str().unwrap();
                let rule = format!(
                    "/v1.0/policies/roleManagementPolicies/{policy}/rules/Enablement_EndUser_Assignment"
                );
                let change = json!({
                    "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyEnablementRule",
                    "id": "Enablement_EndUser_Assignment",
                    "enabledRules": ["MultiFactorAuthentication", "Justification", "Ticketing"],
                });
                let (status, answer) =
                    server.send("PATCH", &rule, Some(&admin.token), Some(&change));
                assert!((200..300).contains(&status), "{answer:#}");
            }
        }
        drop(admin);
        Self { scratch, server }
    }

    fn ada(&self, args: &[&str]) -> super::support::Said {
        let token = self.scratch.token("ada@contoso.example", &["--quiet"]);
        self.server.run(&token, args)
    }
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|role| role["group"].as_str().unwrap())
        .collect()
}

#[test]
fn a_person_lists_activates_and_sees_the_time_that_is_left() {
    let scene = Scene::set();
    let roles = scene.ada(&["list", "--output", "json"]).done().json();
    assert_eq!(names(&roles["eligible"]).len(), 4, "{roles:#}");
    assert_eq!(roles["active"], json!([]));

    let said = scene
        .ada(&[
            "activate",
            "production ad",
            "--for",
            "2h",
            "--why",
            "incident 4711",
        ])
        .done();
    assert!(
        said.out.starts_with("Production admins: active until ") && said.out.contains("UTC ("),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("1 h 59 min left") || said.out.contains("2 h left"),
        "{}",
        said.out
    );

    let table = scene.ada(&["list"]).done();
    assert!(table.out.starts_with("Active\n"), "{}", table.out);
    assert!(table.out.contains("1 h 59 min left"), "{}", table.out);
    assert!(table.out.contains(" UTC "), "{}", table.out);
    assert!(!table.out.contains('\u{1b}'), "no colour in a pipe");

    let requests = scene.ada(&["requests", "--output", "json"]).done().json();
    let newest = &requests["requests"][0];
    assert_eq!(newest["status"], "Provisioned");
    assert_eq!(newest["group"], "Production admins");
    assert_eq!(newest["justification"], "incident 4711");
    let table = scene.ada(&["requests", "--limit", "1"]).done().out;
    assert!(table.contains("activation"), "{table}");

    // Five minutes have not passed yet (R-D3).
    let early = scene.ada(&["deactivate", "production"]);
    assert_eq!(early.code, 1);
    assert!(
        early.out.contains("refused: ") && early.out.contains("5 min"),
        "{}",
        early.out
    );
}

#[test]
fn several_groups_are_judged_each_by_itself() {
    let scene = Scene::set();
    let args = [
        "activate",
        "production admins",
        "payroll",
        "nothing",
        "--why",
        "a release",
    ];
    let mut json_args = args.to_vec();
    json_args.extend(["--output", "json"]);
    let said = scene.ada(&json_args);
    assert_eq!(said.code, 1, "one was refused");
    let results = said.json();
    let status = |at: usize| results["results"][at]["status"].as_str().unwrap();
    assert_eq!(
        [status(0), status(1), status(2)],
        ["Provisioned", "Refused", "Refused"]
    );
    // Without --for it takes what the policy allows at most.
    let first = &results["results"][0];
    let time = |name: &str| -> ephor_core::time::Instant {
        first[name].as_str().unwrap().parse().unwrap()
    };
    assert_eq!(
        time("endsAt").since(time("startsAt")).as_seconds(),
        8 * 3_600
    );

    let said = scene.ada(&args);
    assert!(said.out.contains("already exists"), "{}", said.out);
    assert!(
        said.out.contains("  - MfaRule: ") && said.out.contains("  - TicketingRule: "),
        "each rule that failed is named: {}",
        said.out
    );
    assert!(said.out.contains("hint: "), "{}", said.out);
    assert!(
        said.out
            .contains("nothing: refused: there is no group `nothing`"),
        "{}",
        said.out
    );

    let token = scene
        .scratch
        .token("ada@contoso.example", &["--quiet", "--mfa"]);
    let with_all = [
        "activate",
        "payroll",
        "--for",
        "PT30M",
        "--why",
        "x",
        "--ticket",
        "Jira:OPS-17",
    ];
    scene.server.run(&token, &with_all).done();
    let owner = ["activate", "payroll", "--owner", "--why", "x", "--validate"];
    let said = scene.server.run(&token, &owner).done();
    assert!(said.out.contains("would be granted"), "{}", said.out);
    let roles = scene.ada(&["list", "--output", "json"]).done().json();
    assert_eq!(names(&roles["active"]).len(), 2, "--validate kept nothing");
}

#[test]
fn a_later_start_and_wrong_words_are_understood() {
    let scene = Scene::set();
    let later = [
        "activate", "payroll", "--owner", "--why", "x", "--for", "1h", "--at", "23:59:59",
    ];
    let said = scene.ada(&later).done();
    assert!(said.out.contains("granted from "), "{}", said.out);
    scene
        .ada(&["activate", "production", "--why", "x"])
        .failed_out(1, "can mean several groups");
    scene
        .ada(&["activate", "payroll", "--for", "soon"])
        .failed(2, "`soon` is not a duration; write PT2H, 2h, 90m or 1h30m");
    scene
        .ada(&["activate", "payroll", "--at", "soon"])
        .failed(2, "--at `soon` is not a time");
    scene
        .ada(&["activate", "payroll", "--ticket", "17"])
        .failed(2, "write it like Jira:OPS-17");
    for command in ["activate", "deactivate", "extend", "renew"] {
        scene.ada(&[command]).failed(2, "<GROUP> is missing");
    }
    scene
        .ada(&["activate", "production admins", "--for", "9h", "--why", "x"])
        .failed_out(1, "at most 8 h is allowed");
}

#[test]
fn whoever_is_not_signed_in_is_told_how() {
    let scene = Scene::set();
    scene
        .server
        .run("", &["list"])
        .failed(3, "you are not signed in");
    scene
        .server
        .run("not.a.token", &["list"])
        .failed(3, "you are not signed in");
    run(&["list"]).failed(3, "you are not signed in");
    run(&["login"]).failed(2, "it is not said which server");
    run(&["login", "--server", "http://ephor.contoso.example"]).failed(2, "in the clear");
    let url = scene.server.url().to_owned();
    let token = scene.scratch.token("ada@contoso.example", &["--quiet"]);
    let Scene {
        server,
        scratch: _kept,
    } = scene;
    server.kill();
    let mut command = super::support::ephor();
    command
        .args(["list", "--server", &url])
        .env("EPHOR_TOKEN", token);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(
        err.contains("can't reach") && err.contains("hint: "),
        "{err}"
    );
}

#[test]
fn the_audit_log_is_listed_by_the_server_for_whoever_may_read_it() {
    let scene = Scene::set();
    let token = scene.scratch.token(ADMIN, &["--quiet"]);
    let url = scene.server.url().to_owned();
    let args = [
        "audit", "list", "--server", &url, "--limit", "3", "--output", "json",
    ];
    let listed = scene.server.run(&token, &args).done().json();
    assert_eq!(listed["entries"].as_array().unwrap().len(), 3);
    scene
        .ada(&["audit", "list", "--server", &url])
        .failed(1, "nsufficient privileges");
}

#[test]
fn what_operator_tokens_may_do_is_a_setting() {
    let scratch = Scratch::with_tenant();
    let mut statuses = Vec::new();
    for setting in ["full", "read", "off"] {
        let file = scratch.path().join("ephor.toml");
        std::fs::write(
            &file,
            format!("[security]\noperator_tokens = {setting:?}\n"),
        )
        .unwrap();
        let server = scratch.serve_with(&["--config", file.to_str().unwrap()]);
        let token = scratch.token(ADMIN, &["--quiet"]);
        let (read, _) = server.send("GET", "/v1.0/me", Some(&token), None);
        let body = super::support::group("One");
        let (write, _) = server.send("POST", "/v1.0/groups", Some(&token), Some(&body));
        statuses.push((read, write));
    }
    assert_eq!(statuses[0], (200, 201));
    assert_eq!(statuses[1], (200, 403));
    assert!(
        matches!(statuses[2], (401 | 403, 401 | 403)),
        "{statuses:?}"
    );
}
