//! `ephor package …` as people use it: asking, deciding, handing out, taking back (R-G3).

use serde_json::{Value, json};

use super::support::Company;

#[test]
fn r_g3_a_package_is_asked_for_approved_and_given_back() {
    let company = Company::founded();
    let listed = company.json("grace", &["package", "list"]);
    let names: Vec<_> = listed["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (&package["package"], &package["mayAsk"]))
        .collect();
    let yes = json!(true);
    assert_eq!(
        names,
        [
            (&json!("On-call rota"), &yes),
            (&json!("Database care"), &yes)
        ]
    );
    let why = ["package", "request", "rota", "--why", "joining in May"];
    let asked = company.run("grace", &why);
    assert_eq!(asked.code, 4, "{}", asked.out);
    let waiting = company.json("farah", &["package", "approve"]);
    let request = &waiting["requests"][0];
    assert_eq!(request["justification"], "joining in May");
    let id = request["id"].as_str().unwrap();
    company
        .run(
            "farah",
            &["package", "approve", &id[..8], "--why", "welcome"],
        )
        .done();
    let listed = company.json("grace", &["package", "list"]);
    assert_eq!(listed["packages"][0]["state"], "delivered");
    company.run("grace", &["package", "remove", "rota"]).done();
    let listed = company.json("grace", &["package", "list"]);
    assert_eq!(listed["packages"][0]["state"], Value::Null);
}

#[test]
fn whoever_manages_a_package_assigns_and_removes_it_and_others_may_not() {
    let company = Company::founded();
    let assign = [
        "package", "assign", "database", "grace", "hugo", "--for", "30d",
    ];
    let said = company.json("admin", &assign);
    assert_eq!(said["results"][1]["state"], "delivered", "{said:#}");
    let held = company.json("admin", &["package", "list", "--who", "database"]);
    assert_eq!(held["assignments"].as_array().unwrap().len(), 2);
    assert_eq!(held["assignments"][0]["roles"][0]["held"], true);
    assert_eq!(
        company.run("admin", &assign).code,
        1,
        "they have it already"
    );
    assert_eq!(company.run("ada", &assign).code, 1, "it is not for her");
    company
        .run("admin", &["package", "remove", "database", "--all"])
        .done();
    let held = company.json("admin", &["package", "list", "--who", "database"]);
    assert_eq!(held["assignments"], json!([]));
    company
        .run("ada", &["package", "request", "nothing"])
        .failed(1, "no access package is called `nothing`");
}

/// R-G4: what a group's policy took away before the package's end is called out, and given again by a command.
#[test]
fn r_g4_who_lost_a_role_before_the_packages_end_is_shown_and_given_it_again() {
    let company = Company::founded();
    company
        .run("admin", &["package", "assign", "database", "grace"])
        .done();
    let said = company.json("admin", &["package", "repair", "database"]);
    assert_eq!(
        (&said["assignments"], &said["whole"], &said["granted"]),
        (&json!(1), &json!(1), &json!(0)),
        "nothing is missing"
    );
    let shorter = [
        "group",
        "settings",
        "Database operators",
        "--eligible-max",
        "30d",
    ];
    let told = company.run("admin", &shorter);
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(
        told.err.contains("Database care") && told.err.contains("90 d"),
        "{}",
        told.err
    );
    assert_eq!(
        company
            .run("grace", &["package", "repair", "database"])
            .code,
        1,
        "it is for those who manage it"
    );
}
