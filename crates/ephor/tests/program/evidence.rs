//! What was, from the command line: the audit log to be kept, and a group as it was at an instant.

use serde_json::{Value, json};

use super::support::{ADMIN, ASSIGNMENT, Admin, Scratch, Server};

/// Ada activated the membership of `Production admins`, for a reason that a spreadsheet would run.
struct Scene {
    scratch: Scratch,
    server: Server,
    token: String,
    group: String,
}

impl Scene {
    fn set() -> Self {
        let scratch = Scratch::with_tenant();
        let server = scratch.serve();
        let token = scratch.token(ADMIN, &["--quiet"]);
        let admin = Admin {
            server: &server,
            token: token.clone(),
        };
        let ada = admin.user("ada");
        let group = admin.group("Production admins");
        admin.eligible(&ada, &group, "member");
        let hers = Admin {
            server: &server,
            token: scratch.token("ada@contoso.example", &["--quiet"]),
        };
        hers.make(
            ASSIGNMENT,
            &json!({
                "action": "selfActivate", "principalId": ada, "groupId": group, "accessId": "member",
                "justification": "=1+1", "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT1H"}},
            }),
        );
        drop((admin, hers));
        Self {
            scratch,
            server,
            token,
            group,
        }
    }

    fn ada(&self) -> String {
        self.scratch.token("ada@contoso.example", &["--quiet"])
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// R-I2, T-53: from the database and from a server the same entries come, as lines and as a table.
#[test]
fn the_audit_log_is_exported_from_the_database_and_from_a_server_alike() {
    let scene = Scene::set();
    let url = scene.server.url().to_owned();
    // Tokens are audited too, so all of them are made before.
    let ada = scene.ada();
    let from_database = |args: &[&str]| {
        scene
            .scratch
            .run(&[&["audit", "export"], args].concat())
            .done()
    };
    let from_server = |token: &str, args: &[&str]| {
        let args = [&["audit", "export", "--server", &url], args].concat();
        scene.server.run(token, &args).done()
    };
    let said = from_database(&[]);
    let all = lines(&said.out);
    assert_eq!(
        all.last().unwrap()["sequence"],
        1,
        "all of it, newest first"
    );
    assert_eq!(said.err, format!("{} entries\n", all.len()));
    assert_eq!(lines(&from_server(&scene.token, &[]).out), all);

    let table = from_database(&["--format", "csv"]).out;
    assert!(
        table.contains(",\"'=1+1\",") && !table.contains(",\"=1+1"),
        "{table}"
    );
    assert_eq!(from_server(&scene.token, &["--format", "csv"]).out, table);

    let of_group = lines(&from_database(&["--group", "production admins"]).out);
    assert!(of_group.len() >= 4 && of_group.len() < all.len());
    let group = scene.group.as_str();
    let seen = from_server(&scene.token, &["--view", "group", "--group", group]).out;
    assert_eq!(lines(&seen), of_group);
    let hers = lines(&from_server(&ada, &["--view", "mine"]).out);
    assert!(!hers.is_empty() && hers.len() < all.len());
    assert_eq!(from_database(&["--to", "2000-01-01T00:00:00Z"]).out, "");

    let refused = |args: &[&str]| {
        let args = [&["audit", "export", "--server", &url], args].concat();
        scene.server.run(&ada, &args)
    };
    refused(&[]).failed(1, "nsufficient privileges");
    refused(&["--view", "group"]).failed(2, "--group");
    scene
        .scratch
        .run(&["audit", "export", "--view", "mine"])
        .failed(2, "--server");
}

#[test]
fn a_group_is_shown_as_it_is_and_as_it_was() {
    let scene = Scene::set();
    let show = |args: &[&str]| {
        let args = [&["group", "show", "Production admins"], args].concat();
        scene.server.run(&scene.token, &args)
    };
    let now = show(&["--output", "json"]).done().json();
    assert_eq!(now["eligible"].as_array().unwrap().len(), 1, "{now:#}");
    assert_eq!(now["active"].as_array().unwrap().len(), 1, "{now:#}");
    let as_of = now["now"].as_str().unwrap();
    let table = show(&["--as-of", as_of]).done().out;
    for word in [
        "Production admins as of",
        "ada@contoso.example",
        "eligible",
        "active",
        "=1+1",
        "admin",
    ] {
        assert!(table.contains(word), "{word} is not in\n{table}");
    }
    let then = show(&["--as-of", as_of, "--output", "json"]).done().json();
    assert_eq!(then["value"].as_array().unwrap().len(), 2);
    assert_eq!(then["asOf"].as_str().unwrap(), as_of);
    let before = show(&["--as-of", "2020-01-01T00:00:00Z", "--output", "json"])
        .done()
        .json();
    assert_eq!(before["value"], json!([]));

    show(&["--as-of", "2999-01-01T00:00:00Z"]).failed(1, "lies ahead");
    show(&["--as-of", "yesterday"]).failed(2, "yesterday");
    scene
        .server
        .run(&scene.token, &["group", "show", "Nobody's"])
        .failed(1, "there is no group `Nobody's`");
    let ada = scene.ada();
    scene
        .server
        .run(&ada, &["group", "show", &scene.group])
        .failed(1, "nsufficient privileges");
}
