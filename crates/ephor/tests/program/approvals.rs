//! What waits for somebody: asked for, decided by somebody else, withdrawn, and waited for (R-E3, R-E4, R-F1).

use serde_json::{Value, json};

use super::support::{Admin, Company, Said, Scratch};

/// The request that somebody can decide, about somebody.
#[track_caller]
fn waiting(company: &Company, decider: &str, about: &str) -> Value {
    let all = company.json(decider, &["approvals"]);
    let requests = all["requests"].as_array().unwrap().iter();
    let mut of_them = requests.filter(|request| request["principal"] == about);
    let one = of_them.next().cloned();
    assert_eq!(of_them.next(), None, "there is one only");
    one.unwrap_or_else(|| panic!("nothing of {about} waits for {decider}: {all:#}"))
}

/// The beginning of its id, as a person types it.
fn short(request: &Value) -> &str {
    &request["id"].as_str().unwrap()[..8]
}

fn names(roles: &Value, list: &str) -> Vec<String> {
    let of = |role: &Value| role["group"].as_str().unwrap().to_owned();
    roles[list].as_array().unwrap().iter().map(of).collect()
}

/// A life of an activation with approval, all of it by commands (R-E3, R-F1, R-F2).
fn approved(scratch: &Scratch) {
    let server = scratch.serve();
    // On PostgreSQL nothing remembers where the server is.
    let token = |name: &str| {
        let more = ["--quiet", "--mfa", "--public-url", server.url()];
        scratch.token(&format!("{name}@contoso.example"), &more)
    };
    let admin = Admin {
        server: &server,
        token: token("admin"),
    };
    for name in ["ada", "farah"] {
        admin.user(name);
    }
    admin.group("Signing keys");
    let run = |name: &str, args: &[&str]| -> Said { server.run(&token(name), args) };
    run("admin", &["assign", "signing", "ada", "--for", "30d"]).done();
    let settings = ["group", "settings", "signing", "--approver", "farah"];
    run("admin", &settings).done();

    let asked = run(
        "ada",
        &["activate", "keys", "--for", "2h", "--why", "release"],
    );
    assert_eq!(asked.code, 4, "{}{}", asked.out, asked.err);
    assert!(asked.out.contains("waiting for approval"), "{}", asked.out);
    let roles = run("ada", &["list", "--output", "json"]).json();
    assert_eq!(roles["active"], json!([]), "nothing is given yet");
    assert_eq!(
        run("ada", &["approvals"]).done().out,
        "Nothing waits for your decision.\n",
        "nobody decides their own request"
    );

    let listed = run("farah", &["approvals"]).done().out;
    assert!(
        listed.contains("activation") && listed.contains("2 h"),
        "{listed}"
    );
    let id = listed.lines().nth(1).unwrap().split(' ').next().unwrap();
    run("farah", &["approve", id]).failed_out(1, "hint: give a reason with --why");
    let said = run("farah", &["approve", id, "--why", "it is planned"]).done();
    assert_eq!(said.out, "Signing keys for ada: approved\n");
    let roles = run("ada", &["list", "--output", "json"]).json();
    assert_eq!(names(&roles, "active"), ["Signing keys"]);
    // By its whole id, for it waits no more.
    let requests = run("ada", &["requests", "--output", "json"]).json();
    let whole = requests["requests"][0]["id"].as_str().unwrap();
    run("farah", &["deny", whole, "--why", "after all not"])
        .failed_out(1, "refused: The request is decided already");
    assert_eq!(
        run("ada", &["list", "--output", "json"]).json()["active"][0]["group"],
        "Signing keys",
        "the first decision is final"
    );
}

#[test]
fn r_e3_a_person_asks_and_an_approver_approves() {
    approved(&Scratch::with_tenant());
}

#[test]
fn r_e3_a_person_asks_and_an_approver_approves_on_postgres() {
    if let Some(scratch) = Scratch::on_postgres() {
        approved(&scratch);
    }
}

#[test]
fn r_f8_the_time_counts_from_the_approval_and_ends_by_itself_or_sooner() {
    let company = Company::founded();
    let ask = ["activate", "signing", "--for", "30m", "--why", "release"];
    assert_eq!(company.run("ada", &ask).code, 4);
    company.advance("PT3H");
    let request = waiting(&company, "farah", "Ada Okafor");
    company
        .run("farah", &["approve", short(&request), "--why", "ok"])
        .done();
    let roles = company.json("ada", &["list"]);
    let active = roles["active"].as_array().unwrap();
    let keys = active.iter().find(|role| role["group"] == "Signing keys");
    let left = keys.unwrap()["secondsLeft"].as_i64().unwrap();
    assert!((1_790..=1_800).contains(&left), "{left}");
    company.advance("PT6M");
    company.run("ada", &["deactivate", "signing"]).done();
    let roles = company.json("ada", &["list"]);
    assert!(!names(&roles, "active").contains(&"Signing keys".to_owned()));

    // What nobody decides ends by itself, and gives nothing.
    assert_eq!(company.run("ada", &ask).code, 4);
    company.advance("P1D");
    let none = company.run("farah", &["approvals"]).done();
    assert_eq!(none.out, "Nothing waits for your decision.\n");
    let requests = company.json("ada", &["requests"]);
    assert_eq!(requests["requests"][0]["status"], "Denied");
}

#[test]
fn what_is_denied_is_not_given_and_a_wrong_id_decides_nothing() {
    let company = Company::founded();
    let request = waiting(&company, "farah", "Daniel Kim");
    company
        .run("farah", &["deny", "Signing keys", "--why", "no"])
        .failed_out(1, "has an id that begins with `Signing keys`");
    company
        .run("ben", &["deny", short(&request), "--why", "no"])
        .failed_out(1, "no request that waits for you");
    company
        .run(
            "ben",
            &["approve", request["id"].as_str().unwrap(), "--why", "yes"],
        )
        .failed_out(1, "refused: ");
    company
        .run(
            "farah",
            &["approve", short(&request), "--why", "yes", "--for", "5h"],
        )
        .failed_out(1, "an activation lasts as long as it was asked for");
    company.run("farah", &["deny"]).failed(2, "<ID> is missing");
    let denied = company.json("farah", &["deny", short(&request), "--why", "a freeze"]);
    let result = &denied["results"][0];
    assert_eq!(result["status"], "Denied");
    assert_eq!(result["principal"], "Daniel Kim");
    assert_eq!(result["error"], Value::Null);
    assert_eq!(
        company.json("daniel", &["requests"])["requests"][0]["status"],
        "Denied"
    );
    let roles = company.json("daniel", &["list"]);
    assert!(!names(&roles, "active").contains(&"Signing keys".to_owned()));
}

#[test]
fn r_e4_a_request_is_withdrawn_by_whoever_made_it_and_by_whoever_runs_the_group() {
    let company = Company::founded();
    let said = company.run("daniel", &["cancel", "signing"]).done();
    assert_eq!(said.out, "Signing keys for Daniel Kim: cancelled\n");
    company
        .run("daniel", &["cancel", "signing"])
        .failed_out(1, "there is no request `signing` among yours");
    // After that a new one can be made.
    let again = company.run("daniel", &["activate", "signing", "--why", "once more"]);
    assert_eq!(again.code, 4, "{}", again.err);
    let request = waiting(&company, "farah", "Daniel Kim");
    let id = request["id"].as_str().unwrap();
    company
        .run("ada", &["cancel", id])
        .failed_out(1, "refused: ");
    let shown = company.json("admin", &["group", "show", "signing"]);
    assert_eq!(shown["waiting"][0]["id"], id, "R-F5: they see it");
    company.run("admin", &["cancel", id]).done();
    assert_eq!(
        company.json("daniel", &["requests"])["requests"][0]["status"],
        "Canceled"
    );

    // What was granted and has not begun can be withdrawn too.
    company
        .run(
            "ada",
            &[
                "activate",
                "production",
                "--why",
                "x",
                "--for",
                "1h",
                "--at",
                "2099-01-01T00:00",
            ],
        )
        .failed_out(1, "refused");
    let tomorrow = company.json("ada", &["list"])["now"]
        .as_str()
        .unwrap()
        .to_owned();
    let tomorrow: ephor_core::time::Instant = tomorrow.parse().unwrap();
    let tomorrow = tomorrow
        .plus(ephor_core::time::Length::days(1))
        .unwrap()
        .to_string();
    let later = [
        "activate",
        "production",
        "--why",
        "x",
        "--for",
        "1h",
        "--at",
        &tomorrow,
    ];
    company.run("ada", &later).done();
    company.run("ada", &["cancel", "production"]).done();
    let requests = company.json("ada", &["requests"]);
    assert_eq!(requests["requests"][0]["status"], "Canceled");
}

#[test]
fn r_d5_an_assignment_is_extended_by_whoever_runs_the_group_for_as_long_as_they_say() {
    let company = Company::founded();
    let days_left = |name: &str, group: &str| {
        let roles = company.json(name, &["list"]);
        let eligible = roles["eligible"].as_array().unwrap();
        let role = eligible.iter().find(|role| role["group"] == group);
        role.map(|role| role["secondsLeft"].as_i64().unwrap() / 86_400)
    };
    let offers = company.run("ada", &["list"]).done().out;
    assert!(offers.contains("can activate, extend"), "{offers}");
    company
        .run("ada", &["extend", "payroll"])
        .failed_out(1, "JustificationRule");
    company
        .run("ada", &["extend", "production", "--why", "x"])
        .failed_out(1, "it can be extended in its last 14 d");
    let asked = company.run(
        "ada",
        &["extend", "payroll", "--for", "60d", "--why", "the audit"],
    );
    assert_eq!(asked.code, 4, "{}{}", asked.out, asked.err);
    assert!(
        asked.out.contains("whoever runs the group"),
        "{}",
        asked.out
    );
    assert_eq!(
        days_left("ada", "Payroll data"),
        Some(11),
        "nothing is given yet"
    );

    // Iris owns the group; Farah is an approver of another, and runs others.
    let request = waiting(&company, "iris", "Ada Okafor");
    assert_eq!(request["action"], "selfExtend");
    assert_eq!(request["kind"], "eligible");
    company
        .run(
            "farah",
            &["approve", request["id"].as_str().unwrap(), "--why", "x"],
        )
        .failed_out(1, "refused: ");
    let approve = [
        "approve",
        short(&request),
        "--why",
        "half of it",
        "--for",
        "30d",
    ];
    company.run("iris", &approve).done();
    assert_eq!(days_left("ada", "Payroll data"), Some(29));

    let request = waiting(&company, "admin", "Ben Fischer");
    let deny = ["deny", short(&request), "--why", "it is over"];
    company.run("admin", &deny).done();
    assert_eq!(days_left("ben", "Database operators"), Some(8));

    // Whoever runs the group needs not be asked.
    let given = [
        "extend",
        "databases",
        "--user",
        "ben",
        "--for",
        "40d",
        "--why",
        "on second thought",
    ];
    company
        .run("farah", &given)
        .failed_out(1, "there is no group `databases`");
    let mut given = given.to_vec();
    given[1] = "database";
    company.run("farah", &given).done();
    assert_eq!(days_left("ben", "Database operators"), Some(39));
    given[3] = "iris";
    company
        .run("farah", &given)
        .failed_out(1, "Iris Novák has nothing in `Database operators`");
}

#[test]
fn r_d5_what_has_ended_is_renewed() {
    let company = Company::founded();
    company.advance("P13D");
    company
        .run("ada", &["extend", "payroll", "--why", "x"])
        .failed_out(1, "refused: ");
    let list = company.run("ada", &["list"]).done().out;
    let ended = list.lines().find(|line| line.starts_with("Payroll data"));
    assert!(ended.unwrap().ends_with("can renew"), "{list}");
    let asked = company.run(
        "ada",
        &[
            "renew",
            "payroll",
            "--for",
            "20d",
            "--why",
            "the audit is back",
        ],
    );
    assert_eq!(asked.code, 4, "{}{}", asked.out, asked.err);
    let request = waiting(&company, "iris", "Ada Okafor");
    assert_eq!(request["action"], "selfRenew");
    company
        .run("iris", &["approve", short(&request), "--why", "ok"])
        .done();
    let roles = company.json("ada", &["list"]);
    assert!(
        names(&roles, "eligible").contains(&"Payroll data".to_owned()),
        "{roles:#}"
    );
    // And without being asked (R-D4).
    let given = [
        "renew",
        "database",
        "--user",
        "ben",
        "--for",
        "10d",
        "--why",
        "come back",
    ];
    company.run("farah", &given).done();
    let roles = company.json("ben", &["list"]);
    assert!(
        names(&roles, "eligible").contains(&"Database operators".to_owned()),
        "{roles:#}"
    );
}

#[test]
fn waiting_ends_when_somebody_has_decided() {
    let company = Company::founded();
    let ask = [
        "activate", "signing", "--for", "1h", "--why", "release", "--wait",
    ];
    let running = company.start("ada", &ask);
    let request = until(|| {
        let all = company.json("farah", &["approvals"]);
        let requests = all["requests"].as_array().unwrap().clone();
        requests
            .into_iter()
            .find(|request| request["principal"] == "Ada Okafor")
    });
    company
        .run("farah", &["approve", short(&request), "--why", "ok"])
        .done();
    let said = running.ended().done();
    assert!(
        said.out.starts_with("Signing keys: active until "),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("59 min left") || said.out.contains("1 h left"),
        "{}",
        said.out
    );
    assert_eq!(said.err, "", "nothing moves where no terminal is");

    company.run("daniel", &["cancel", "signing"]).done();
    let ask = [
        "activate", "signing", "--why", "x", "--wait", "--output", "json",
    ];
    let running = company.start("daniel", &ask);
    let request = until(|| {
        let all = company.json("farah", &["approvals"]);
        let requests = all["requests"].as_array().unwrap().clone();
        requests
            .into_iter()
            .find(|request| request["principal"] == "Daniel Kim")
    });
    company
        .run("farah", &["deny", short(&request), "--why", "not today"])
        .done();
    let said = running.ended();
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    let result = &said.json()["results"][0];
    assert_eq!(result["status"], "Denied");
    assert_eq!(
        result["review"],
        json!({ "status": "Completed", "by": "Farah Haddad", "justification": "not today" })
    );
}

#[test]
fn whoever_waits_longer_than_their_token_lasts_is_told_that_the_request_waits_on() {
    let company = Company::founded();
    let running = company.start("ada", &["activate", "signing", "--why", "x", "--wait"]);
    until(|| {
        let all = company.json("ada", &["requests"]);
        (all["requests"][0]["status"] == "PendingApproval").then_some(())
    });
    company.advance("PT2H");
    let said = running.ended().failed(3, "you are not signed in");
    assert!(said.err.contains("the request waits on"), "{}", said.err);
    waiting(&company, "farah", "Ada Okafor");
}

/// Looks until there is something, which takes as long as starting a program takes.
#[track_caller]
fn until<T>(look: impl Fn() -> Option<T>) -> T {
    for _ in 0..200 {
        if let Some(found) = look() {
            return found;
        }
    }
    panic!("it did not come about");
}
