//! What the operator does on the machine that holds the database.

use super::support::{ADMIN, Scratch, run, run_with_input};

#[test]
fn init_makes_a_tenant_and_says_which() {
    let scratch = Scratch::empty();
    let place = scratch.data().display().to_string();
    let args = [
        "init",
        "--output",
        "json",
        "--data",
        &place,
        "--domain",
        "Contoso.example",
        "--admin",
        ADMIN,
        "--password-stdin",
    ];
    let made = run_with_input(&args, "a password for tests").done().json();
    assert_eq!(made["domain"], "contoso.example");
    assert_eq!(made["adminUserPrincipalName"], ADMIN);
    for id in ["tenantId", "adminId"] {
        assert_eq!(made[id].as_str().unwrap().len(), 36, "{made}");
    }

    scratch
        .init()
        .failed(1, "already holds a tenant; nothing was changed");
    let checked = scratch.run(&["check", "--output", "json"]).done().json();
    assert_eq!(checked["auditEntries"], 3, "nothing was added");
}

#[test]
fn init_refuses_what_it_can_t_make_a_tenant_of_and_leaves_nothing() {
    let scratch = Scratch::empty();
    let place = scratch.data().display().to_string();
    let init = |domain: &str, admin: &str, password: &str| {
        run_with_input(
            &[
                "init",
                "--data",
                &place,
                "--domain",
                domain,
                "--admin",
                admin,
                "--password-stdin",
            ],
            password,
        )
    };
    let good = "a password for tests";
    init("contoso.example", ADMIN, "eleven char").failed(2, "has 11 characters");
    init("contoso.example", "ad min@contoso.example", good)
        .failed(2, "is not a user principal name");
    init("not a domain", ADMIN, good).failed(2, "is not a domain name");
    assert!(
        !scratch.data().exists(),
        "a refused init left something behind"
    );
    init("fabrikam.example", ADMIN, good).failed(1, "is not in the tenant's domain");

    run(&["init", "--domain", "contoso.example", "--admin", ADMIN])
        .failed(2, "it is not said which database");
    run(&[
        "init",
        "--data",
        &place,
        "--domain",
        "contoso.example",
        "--admin",
        ADMIN,
    ])
    .failed(2, "--password-stdin");
}

#[test]
fn token_prints_the_token_and_nothing_else_and_the_record_names_it() {
    let scratch = Scratch::with_tenant();
    let said = scratch.run(&["token", "--user", ADMIN]).done();
    let token = said.out.trim_end();
    assert_eq!(token.split('.').count(), 3);
    assert!(!token.contains(char::is_whitespace));
    assert!(said.err.contains("issuing it was recorded"), "{}", said.err);
    let quiet = scratch.run(&["token", "--user", ADMIN, "--quiet"]).done();
    assert_eq!(quiet.err, "");

    let json = scratch
        .run(&[
            "token",
            "--user",
            ADMIN,
            "--mfa",
            "--lifetime",
            "10m",
            "--output",
            "json",
        ])
        .done()
        .json();
    assert_eq!(json["tokenType"], "Bearer");
    assert_eq!(json["user"]["userPrincipalName"], ADMIN);

    let listed = scratch
        .run(&["audit", "list", "--output", "json"])
        .done()
        .json();
    let newest = &listed["entries"][0];
    assert_eq!(newest["event"]["event"], "tokenIssued");
    assert_eq!(newest["caller"]["actor"], "operator");

    let token = |more: &[&str]| {
        let mut args = vec!["token"];
        args.extend(more);
        scratch.run(&args)
    };
    token(&["--user", "nobody@contoso.example"])
        .failed(1, "there is no user `nobody@contoso.example`");
    token(&["--user", ADMIN, "--lifetime", "2h"]).failed(1, "it can be good for 1 min to 1 h");
    token(&["--user", ADMIN, "--lifetime", "P1Y"]).failed(2, "months or years");
    token(&["--user", "nobody"]).failed(2, "is not a user principal name");
}

#[test]
fn the_audit_log_is_read_and_verified_from_the_database_itself() {
    let scratch = Scratch::with_tenant();
    let table = scratch.run(&["audit", "list"]).done().out;
    assert!(table.contains("made the tenant contoso.example"), "{table}");
    let one = scratch
        .run(&["audit", "list", "--limit", "1", "--output", "json"])
        .done()
        .json();
    assert_eq!(one["entries"].as_array().unwrap().len(), 1);
    assert_eq!(one["entries"][0]["sequence"], 3);
    let later = scratch
        .run(&[
            "audit",
            "list",
            "--from",
            "2999-01-01T00:00:00Z",
            "--output",
            "json",
        ])
        .done()
        .json();
    assert_eq!(later["entries"].as_array().unwrap().len(), 0);
    scratch
        .run(&["audit", "list", "--from", "2026-01-01T00:00:00"])
        .failed(2, "has no offset from UTC");
    scratch
        .run(&["audit", "list", "--group", "Nobody's"])
        .failed(1, "there is no group `Nobody's`");

    let verified = scratch
        .run(&["audit", "verify", "--output", "json"])
        .done()
        .json();
    assert_eq!(verified["sound"], true);
    assert_eq!(verified["entries"], 3);
}

#[test]
fn a_changed_record_is_found_and_check_says_what_to_do() {
    let scratch = Scratch::with_tenant();
    scratch.run(&["check", "--full"]).done();
    let database = rusqlite::Connection::open(scratch.data().join("ephor.db")).unwrap();
    let changed = database
        .execute(
            "UPDATE audit SET event = replace(event, 'contoso', 'fabrikam') WHERE sequence = 2",
            [],
        )
        .unwrap();
    assert_eq!(changed, 1);
    drop(database);

    let verified = scratch.run(&["audit", "verify", "--output", "json"]);
    assert_eq!(verified.code, 1);
    assert_eq!(verified.json()["brokenAt"], 2);
    let checked = scratch.run(&["check", "--full"]);
    assert_eq!(checked.code, 1);
    assert!(
        checked.out.contains("broken at entry 2") && checked.out.contains("restore a backup"),
        "{}",
        checked.out
    );
    scratch.run(&["check"]).done();
}

#[test]
fn the_environment_and_a_file_can_say_where_the_database_is() {
    let scratch = Scratch::with_tenant();
    let data = scratch.data().display().to_string();
    let file = scratch.path().join("ephor.toml");
    std::fs::write(&file, format!("[store]\ndata = {data:?}\n")).unwrap();
    run(&["check", "--config", file.to_str().unwrap()]).done();

    let mut command = super::support::ephor();
    let output = command
        .arg("check")
        .env("EPHOR_STORE_DATA", &data)
        .output()
        .unwrap();
    assert!(output.status.success());
    run(&["check"]).failed(2, "it is not said which database");
    run(&["check", "--data", "a", "--database", "b"]).failed(2, "cannot be used with");
}
