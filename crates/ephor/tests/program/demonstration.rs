//! `ephor demo`: made once, kept with its clock, and only where a demonstration may be (T-43).

use serde_json::json;

use super::support::{Scratch, Server, ephor, run};

/// A demonstration in a directory of its own.
fn demo(scratch: &Scratch, more: &[&str]) -> Server {
    let data = scratch.data().display().to_string();
    let mut args = vec!["demo", "--listen", "127.0.0.1:0", "--data", &data];
    args.extend(more);
    Server::start(&args)
}

fn advance(server: &Server, by: &str) -> (u16, serde_json::Value) {
    server.send("POST", "/demo/clock", None, Some(&json!({ "advance": by })))
}

#[test]
fn the_company_is_there_and_an_expiry_can_be_watched() {
    let scratch = Scratch::empty();
    let server = demo(&scratch, &[]);
    assert!(
        server.url().starts_with("http://localhost:"),
        "{}",
        server.url()
    );
    let people = server.ready["people"].as_array().unwrap();
    assert_eq!(people[0]["userPrincipalName"], "admin@contoso.example");
    assert_eq!(people.len(), 10);
    for person in people {
        assert!(person["password"].as_str().unwrap().len() >= 15, "{person}");
        assert_eq!(person["id"].as_str().unwrap().len(), 36, "{person}");
    }

    // Every kind of group that R-A1 knows, and one that can lead to a directory role.
    let admin = scratch.token("admin@contoso.example", &["--quiet"]);
    let (_, groups) = server.send("GET", "/v1.0/groups", Some(&admin), None);
    let has = |wanted: &dyn Fn(&serde_json::Value) -> bool| {
        groups["value"].as_array().unwrap().iter().any(wanted)
    };
    assert!(has(&|group| group["groupTypes"] == json!([])), "security");
    assert!(
        has(&|group| group["groupTypes"] == json!(["Unified"])),
        "Microsoft 365"
    );
    assert!(
        has(&|group| group["groupTypes"] == json!(["DynamicMembership"])),
        "dynamic"
    );
    assert!(
        has(&|group| group["onPremisesSyncEnabled"] == true),
        "synchronised"
    );
    assert!(
        has(&|group| group["isAssignableToRole"] == true),
        "role-assignable"
    );

    let token = scratch.token("ada@contoso.example", &["--quiet", "--mfa"]);
    server
        .run(
            &token,
            &[
                "activate",
                "production",
                "--for",
                "2h",
                "--why",
                "a look around",
            ],
        )
        .done();
    let active = || {
        let roles = server
            .run(&token, &["list", "--output", "json"])
            .done()
            .json();
        let names: Vec<_> = roles["active"]
            .as_array()
            .unwrap()
            .iter()
            .map(|role| role["group"].as_str().unwrap().to_owned())
            .collect();
        names.contains(&"Production admins".to_owned())
    };
    assert!(active());
    // The token is good for an hour by the same clock, so the clock moves less than that at first.
    assert_eq!(advance(&server, "PT50M").0, 200);
    assert!(active());
    let left = server.run(&token, &["list"]).done().out;
    assert!(left.contains("1 h 9 min left"), "{left}");
    assert_eq!(advance(&server, "PT70M").0, 200);
    let token = scratch.token("ada@contoso.example", &["--quiet", "--mfa"]);
    let roles = server
        .run(&token, &["list", "--output", "json"])
        .done()
        .json();
    let names = |list: &str| {
        roles[list]
            .as_array()
            .unwrap()
            .iter()
            .map(|role| role["group"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(
        !names("active").contains(&"Production admins".to_owned()),
        "it is over"
    );
    assert!(
        names("ended").contains(&"Production admins".to_owned()),
        "and it is told"
    );
}

#[test]
fn something_waits_from_the_start_and_something_can_be_extended() {
    let scratch = Scratch::empty();
    let server = demo(&scratch, &[]);
    let token = |name: &str| scratch.token(&format!("{name}@contoso.example"), &["--quiet"]);
    let waiting = server
        .run(&token("farah"), &["approvals", "--output", "json"])
        .done()
        .json();
    let requests = waiting["requests"].as_array().unwrap();
    let of = |name: &str| {
        let found = requests.iter().find(|request| request["principal"] == name);
        found.unwrap()["action"].clone()
    };
    assert_eq!(of("Daniel Kim"), "selfActivate");
    assert_eq!(of("Ben Fischer"), "selfExtend");
    let list = server.run(&token("ada"), &["list"]).done().out;
    assert!(list.contains("can activate, extend"), "{list}");
}

#[test]
fn the_moved_clock_is_kept_over_a_restart_and_every_command_agrees_with_it() {
    let scratch = Scratch::empty();
    let server = demo(&scratch, &[]);
    let now = || {
        let checked = scratch.run(&["check", "--output", "json"]).done().json();
        let now: ephor_core::time::Instant = checked["now"].as_str().unwrap().parse().unwrap();
        now
    };
    let before = now();
    assert_eq!(advance(&server, "P30D").0, 200);
    let days = now().since(before).as_seconds() / 86_400;
    assert_eq!(days, 30, "a command beside the server");
    let tenant = server.ready["tenantId"].clone();
    server.kill();
    assert_eq!(
        now().since(before).as_seconds() / 86_400,
        30,
        "with the server gone"
    );
    let server = demo(&scratch, &[]);
    assert_eq!(server.ready["tenantId"], tenant, "the same company");
    let token = scratch.token("ada@contoso.example", &["--quiet"]);
    let roles = server
        .run(&token, &["list", "--output", "json"])
        .done()
        .json();
    let told: ephor_core::time::Instant = roles["now"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        told.since(before).as_seconds() / 86_400,
        30,
        "the server, started again"
    );
}

#[test]
fn stopping_all_jobs_changes_no_answer() {
    let scratch = Scratch::empty();
    let server = demo(&scratch, &["--no-jobs"]);
    let token = scratch.token("elif@contoso.example", &["--quiet"]);
    let active = |token: &str| {
        let roles = server
            .run(token, &["list", "--output", "json"])
            .done()
            .json();
        roles["active"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|role| !role["endsAt"].is_null())
            .count()
    };
    assert_eq!(
        active(&token),
        1,
        "Elif's activation is under way from the start"
    );
    assert_eq!(advance(&server, "PT3H").0, 200);
    let token = scratch.token("elif@contoso.example", &["--quiet"]);
    assert_eq!(active(&token), 0, "it is over without any job");
    let audit = scratch
        .run(&["audit", "list", "--output", "json"])
        .done()
        .json();
    let lapsed = audit["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["event"]["event"] == "scheduleLapsed")
        .count();
    assert_eq!(lapsed, 0, "nobody wrote it down");
}

#[test]
fn t_43_a_demonstration_is_made_nowhere_else_and_its_clock_is_nowhere_else() {
    let scratch = Scratch::with_tenant();
    let data = scratch.data().display().to_string();
    run(&["demo", "--data", &data, "--listen", "127.0.0.1:0"])
        .failed(1, "there is a real tenant, `contoso.example`");
    let checked = scratch.run(&["check", "--output", "json"]).done().json();
    assert_eq!(checked["auditEntries"], 3, "nothing was added");
    run(&["demo", "--listen", "0.0.0.0:0"]).failed(2, "is not a loopback address");
    run(&["demo", "--database", "postgres://localhost/ephor"]).failed(2, "unexpected argument");

    let server = scratch.serve();
    assert_eq!(advance(&server, "PT8H").0, 404);
    let token = scratch.token("admin@contoso.example", &["--quiet"]);
    let (status, _) = server.send(
        "POST",
        "/demo/clock",
        Some(&token),
        Some(&json!({ "advance": "PT8H" })),
    );
    assert_eq!(status, 404);
    drop(server);

    // A demonstration's directory that `serve` serves has no clock route either.
    let scratch = Scratch::empty();
    drop(demo(&scratch, &[]));
    let server = scratch.serve();
    assert_eq!(advance(&server, "PT8H").0, 404);
}

#[test]
fn without_a_directory_a_fresh_one_is_made_and_kept() {
    let server = Server::start(&["demo", "--listen", "127.0.0.1:0"]);
    let data = server.ready["data"].as_str().unwrap().to_owned();
    server.kill();
    let checked = ephor().args(["check", "--data", &data]).output().unwrap();
    std::fs::remove_dir_all(&data).unwrap();
    assert!(checked.status.success());
}
