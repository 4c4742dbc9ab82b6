//! What whoever runs groups does by commands: bring them in, look at them, set their policies, assign (R-B1,
//! R-C1 to R-C3, R-D1, R-D4).

use serde_json::{Value, json};

use super::support::Company;

fn groups(answer: &Value) -> Vec<&str> {
    let groups = answer["groups"].as_array().unwrap().iter();
    groups
        .map(|group| group["group"].as_str().unwrap())
        .collect()
}

#[test]
fn r_b1_groups_are_discovered_and_brought_in_for_good() {
    let company = Company::founded();
    let found = company.json("admin", &["group", "discover"]);
    assert_eq!(
        groups(&found),
        [
            "All employees",
            "Domain admins",
            "On-call engineers",
            "VPN users"
        ]
    );
    assert_eq!(found["groups"][0]["manageable"], false);
    let reason = found["groups"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("dynamic"), "{reason}");
    assert_eq!(found["groups"][3]["reason"], Value::Null);
    assert_eq!(
        groups(&company.json("chloe", &["group", "discover"])),
        ["VPN users"],
        "an owner is shown their own"
    );

    company
        .run("chloe", &["group", "manage", "vpn"])
        .failed(2, "say --yes");
    company
        .run("chloe", &["group", "manage", "on-call", "--yes"])
        .failed_out(
            1,
            "there is no group `on-call` among those that you may bring",
        );
    let many = ["group", "manage", "vpn", "all", "nothing", "--yes"];
    let said = company.json("admin", &many);
    let status = |at: usize| said["results"][at]["status"].as_str().unwrap();
    assert_eq!(
        [status(0), status(1), status(2)],
        ["Managed", "Refused", "Refused"]
    );
    let refused = said["results"][1]["error"]["message"].as_str().unwrap();
    assert!(refused.contains("dynamic"), "R-B2: {refused}");
    let listed = company.json("ada", &["group", "list"]);
    assert!(groups(&listed).contains(&"VPN users"), "{listed:#}");
    assert_eq!(
        company.run("admin", &many).code,
        1,
        "there is nothing to be brought in twice"
    );
    let table = company.run("admin", &["group", "list"]).done().out;
    assert!(
        table.contains("Break glass") && table.contains("role-assignable"),
        "{table}"
    );
}

#[test]
fn r_d1_people_are_assigned_and_unassigned() {
    let company = Company::founded();
    let said = company.run(
        "farah",
        &["assign", "production", "grace", "hugo", "--for", "90d"],
    );
    let said = said.done().out;
    assert_eq!(said.lines().count(), 2);
    assert!(
        said.starts_with("Grace Lindqvist, member of Production admins: eligible until "),
        "{said}"
    );
    let vpn = ["assign", "vpn", "group:on-call", "--owner"];
    company.run("chloe", &vpn).failed_out(1, "refused: ");
    let active = [
        "assign",
        "production",
        "iris@contoso.example",
        "--active",
        "--for",
        "10d",
        "--why",
        "year end",
    ];
    company
        .run("farah", &active[..6])
        .failed_out(1, "JustificationRule");
    let given = company.json("farah", &active);
    assert_eq!(given["results"][0]["kind"], "active");
    assert_eq!(given["results"][0]["status"], "Provisioned");
    company
        .run("farah", &["assign", "production", "grace"])
        .failed_out(1, "already exists");
    let update = company.json(
        "farah",
        &["assign", "production", "grace", "--update", "--for", "5d"],
    );
    let time = |name: &str| -> ephor_core::time::Instant {
        update["results"][0][name]
            .as_str()
            .unwrap()
            .parse()
            .unwrap()
    };
    assert_eq!(
        time("endsAt").since(time("startsAt")).as_seconds(),
        5 * 86_400
    );
    company
        .run(
            "farah",
            &["assign", "production", "grace", "--permanent", "--update"],
        )
        .failed_out(1, "It must end, within 365 d");
    company
        .run("farah", &["assign", "production", "nobody"])
        .failed_out(1, "there is no user `nobody`");
    company
        .run("farah", &["assign", "production"])
        .failed(2, "<WHO>");
    company
        .run("ada", &["assign", "production", "ada"])
        .failed_out(1, "nsufficient privileges");

    let shown = company
        .run("farah", &["group", "show", "production"])
        .done()
        .out;
    for line in ["Iris Novák", "Grace Lindqvist", "assigned", "activated"] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    company
        .run("farah", &["unassign", "production", "iris"])
        .failed_out(1, "nothing is taken away before 5 min");
    company.advance("PT6M");
    let said = company
        .run(
            "farah",
            &["unassign", "production", "iris", "grace", "--why", "done"],
        )
        .done();
    assert_eq!(
        said.out,
        "Iris Novák, member of Production admins: no longer active\n\
         Grace Lindqvist, member of Production admins: no longer eligible\n"
    );
    company
        .run("farah", &["unassign", "production", "iris"])
        .failed_out(1, "there is no assignment of `iris` to that group");
    let roles = company.json("iris", &["list"]);
    let active = roles["active"].as_array().unwrap();
    assert!(
        !active
            .iter()
            .any(|role| role["group"] == "Production admins"),
        "{roles:#}"
    );
}

#[test]
fn an_assignment_is_only_taken_where_it_is_clear_which() {
    let company = Company::founded();
    let active = [
        "assign",
        "production",
        "ada",
        "--active",
        "--for",
        "10d",
        "--why",
        "x",
    ];
    company.run("farah", &active).done();
    company.advance("PT6M");
    company
        .run("farah", &["unassign", "production", "ada"])
        .failed_out(1, "say which with --eligible or --active");
    company
        .run("farah", &["unassign", "production", "ada", "--active"])
        .done();
    let roles = company.json("farah", &["group", "show", "production"]);
    let of_ada = |list: &str| {
        let roles = roles[list].as_array().unwrap();
        roles
            .iter()
            .filter(|role| role["principal"] == "Ada Okafor")
            .count()
    };
    assert_eq!((of_ada("active"), of_ada("eligible")), (0, 1));
    // An activation is its holder's own: what is taken is the eligibility under it (R-E7).
    company
        .run("farah", &["unassign", "production", "elif"])
        .done();
    let roles = company.json("elif", &["list"]);
    let active = roles["active"].as_array().unwrap();
    assert!(
        !active
            .iter()
            .any(|role| role["group"] == "Production admins"),
        "{roles:#}"
    );
}

#[test]
fn r_c2_a_policy_is_shown_and_changed_in_peoples_words() {
    let company = Company::founded();
    let settings = ["group", "settings", "production"];
    let table = company.run("ada", &settings).done().out;
    for line in [
        "activation lasts",
        "8 h at most",
        "not needed",
        "365 d at most",
        "the usual",
    ] {
        assert!(table.contains(line), "{line}: {table}");
    }
    let mut change = settings.to_vec();
    change.extend([
        "--activation-max",
        "PT4H",
        "--require",
        "mfa,justification,ticket",
        "--approver",
        "daniel",
        "--approver",
        "group:on-call",
        "--eligible-permanent",
        "--active-max",
        "P30D",
        "--active-require",
        "none",
        "--notify",
        "activated:admin=critical",
        "--notify-also",
        "activated:admin=soc@contoso.example",
    ]);
    company
        .run("ada", &change)
        .failed(1, "nsufficient privileges");
    let changed = company.json("farah", &change);
    assert_eq!(changed["accessId"], "member");
    let activation = &changed["activation"];
    assert_eq!(activation["maximum"], "PT4H");
    assert_eq!(
        activation["require"],
        json!(["mfa", "justification", "ticket"])
    );
    assert_eq!(activation["approval"], true);
    assert_eq!(activation["approvers"][0]["name"], "Daniel Kim");
    assert_eq!(activation["approvers"][1]["type"], "group");
    assert_eq!(activation["approvers"][1]["name"], "On-call engineers");
    assert_eq!(changed["eligible"]["permanent"], true);
    assert_eq!(changed["active"]["maximum"], "P30D");
    assert_eq!(changed["active"]["require"], json!([]));
    let about = |event: &str, to: &str| {
        let all = changed["notifications"].as_array().unwrap();
        let found = all
            .iter()
            .find(|one| one["event"] == event && one["to"] == to);
        found.unwrap().clone()
    };
    assert_eq!(about("activated", "admin")["level"], "critical");
    assert_eq!(
        about("activated", "admin")["recipients"],
        json!(["soc@contoso.example"])
    );
    assert_eq!(
        about("activated", "requestor")["level"],
        "all",
        "R-C1: no other is touched"
    );
    let table = company.run("ada", &settings).done().out;
    assert!(
        table.contains("by Daniel Kim, everybody in On-call engineers"),
        "{table}"
    );

    // What was named changes, and nothing else.
    let owners = company.json("farah", &["group", "settings", "production", "--owner"]);
    assert_eq!(owners["activation"]["maximum"], "PT8H");
    let again = company.json(
        "farah",
        &["group", "settings", "production", "--no-approval"],
    );
    assert_eq!(again["activation"]["approval"], false);
    assert_eq!(again["activation"]["maximum"], "PT4H");
    let ask = [
        "activate",
        "production",
        "--for",
        "5h",
        "--why",
        "x",
        "--ticket",
        "Jira:1",
    ];
    company
        .run("ada", &ask)
        .failed_out(1, "at most 4 h is allowed");

    for (flag, value, said) in [
        ("--activation-max", "25h", "out of range"),
        ("--approver", "nobody", "there is no user `nobody`"),
        ("--context", "c100", "c100"),
    ] {
        company
            .run("farah", &["group", "settings", "production", flag, value])
            .failed(1, said);
    }
    for (flag, value) in [
        ("--require", "password"),
        ("--active-require", "ticket"),
        ("--notify", "x=all"),
    ] {
        company
            .run("farah", &["group", "settings", "production", flag, value])
            .failed(2, "`");
    }
}
