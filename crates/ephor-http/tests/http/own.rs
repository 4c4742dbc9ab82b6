//! What Ephor has beyond Graph: the caller's roles, the audit log, health, and a demonstration's clock.

use ephor_core::time::{Instant, Length};
use serde_json::{Value, json};

use crate::support::{Answer, Keeping, Setup, World, on_every_engine, pim};

const ROLES: &str = "/ephor/v1/me/roles";
const AUDIT: &str = "/ephor/v1/audit";

/// One member of each of the roles in one of the three lists.
fn each(roles: &Value, list: &str, name: &str) -> Vec<Value> {
    let roles = roles[list].as_array().unwrap();
    roles.iter().map(|role| role[name].clone()).collect()
}

on_every_engine! {
    /// R-E1: eligible, active and ended over all groups, each with what may be done with it now.
    r_e1_my_roles_are_eligible_active_and_ended_with_what_may_be_done, |world| {
        world.make_eligible("ada", "prod-admins").await;
        let mut later = world.assignment("ada", "readers", "P30D");
        later["scheduleInfo"]["startDateTime"] = json!("2026-11-22T09:00:00Z");
        world.admin().post(&pim("eligibilityScheduleRequests"), &later).await.expect(201);
        let roles = world.ada().get(ROLES).await.expect(200).json();
        assert_eq!(each(&roles, "eligible", "groupDisplayName"), ["prod-admins", "readers"]);
        assert_eq!(each(&roles, "eligible", "actions"), [json!(["activate"]), json!([])], "a later start is no offer yet");
        assert_eq!((&roles["active"], &roles["ended"]), (&json!([]), &json!([])));

        world.activate("ada", "prod-admins").await;
        let roles = world.ada().get(ROLES).await.expect(200).json();
        assert_eq!(each(&roles, "active", "assignmentType"), ["activated"]);
        assert_eq!(each(&roles, "active", "actions"), [json!([])], "nothing is given back within five minutes");
        assert_eq!(each(&roles, "eligible", "actions"), [json!([]), json!([])], "what is active is not offered again");

        world.forward(Length::minutes(5));
        let roles = world.ada().get(ROLES).await.expect(200).json();
        assert_eq!(each(&roles, "active", "actions"), [json!(["deactivate"])]);
        world.forward(Length::minutes(115));
        let roles = world.ada().get(ROLES).await.expect(200).json();
        assert_eq!(roles["active"], json!([]));
        assert_eq!(each(&roles, "ended", "endDateTime"), ["2026-11-21T11:00:00Z"]);
        assert_eq!(each(&roles, "ended", "actions"), [json!([])]);
        assert_eq!(each(&roles, "eligible", "actions")[0], json!(["activate"]));
        let bobs = world.as_person("bob").get(ROLES).await.expect(200).json();
        assert_eq!(bobs, json!({"now": bobs["now"], "eligible": [], "active": [], "ended": []}), "the roles are the caller's own");

        let told = world.ada().get(&format!("{ROLES}?$filter=groupId eq 'x'")).await.refused(400, "BadRequest");
        assert!(told.message().contains("`$filter`"), "no options are taken, and it says so: {}", told.message());

        // Thirty days after its end it is still shown, and no longer.
        world.forward(Length::days(30));
        let roles = world.ada().get(ROLES).await.expect(200).json();
        assert_eq!(each(&roles, "ended", "endDateTime"), ["2026-12-21T09:00:00Z", "2026-11-21T11:00:00Z"], "newest first");
        world.forward(Length::micros(1));
        let roles = world.ada().get(ROLES).await.expect(200).json();
        assert_eq!(each(&roles, "ended", "endDateTime"), ["2026-12-21T09:00:00Z"]);
    }
}

/// The sequence numbers of a page of the audit log.
fn sequences(page: &Answer) -> Vec<i64> {
    page.rows()
        .iter()
        .map(|row| row["sequence"].as_i64().unwrap())
        .collect()
}

on_every_engine! {
    /// R-I1, R-I2: who did what, to whom, when and why, newest first; and whoever was told no.
    r_i2_the_audit_log_tells_who_did_what_and_who_was_refused, |world| {
        world.make_eligible("ada", "prod-admins").await;
        let made = world.activate("ada", "prod-admins").await.json();
        let body = world.assignment("carol", "prod-admins", "P1D");
        world.as_person("carol").post(&pim("assignmentScheduleRequests"), &body).await.refused(403, "Authorization_RequestDenied");

        let page = world.admin().get(AUDIT).await.expect(200);
        let rows = page.rows();
        let names: Vec<&str> = rows.iter().take(4).map(|row| row["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["attemptRefused", "scheduleGranted", "scheduleGranted", "groupManaged"]);
        let (refused, granted) = (&rows[0], &rows[1]);
        assert_eq!(refused["caller"]["actor"]["user"], world.person("carol"), "{refused}");
        assert_eq!(refused["event"]["refusal"]["code"], "denied", "{refused}");
        assert_eq!(granted["event"]["request"]["id"], made["id"]);
        assert_eq!(granted["event"]["request"]["justification"], "incident 7");
        assert_eq!(granted["recordedDateTime"], "2026-11-21T09:00:00Z");
        assert_eq!(granted["caller"]["address"], "127.0.0.1");
        assert_eq!(granted["hash"].as_str().unwrap().len(), 64);
        let all = sequences(&page);
        assert!(all.is_sorted_by(|a, b| a > b), "newest first: {all:?}");

        world.as_person("ada").get(AUDIT).await.refused(403, "Authorization_RequestDenied");
        world.with_claims("admin", json!({"scp": "User.Read"})).get(AUDIT).await.refused(403, "PermissionScopeNotGranted");
    }
}

on_every_engine! {
    /// T-51: reading everybody's entries leaves one, and so does every export; once for a query, not for each
    /// page. Looking at what is about oneself leaves none, and neither does what was refused.
    t51_reading_everybodys_entries_is_recorded_once_for_each_query, |world| {
        world.make_eligible("ada", "prod-admins").await;
        let before = world.audited().await;
        world.ada().get(AUDIT).await.refused(403, "Authorization_RequestDenied");
        world.ada().get(&format!("{AUDIT}?view=mine")).await.expect(200);
        assert_eq!(world.audited().await, before);

        let page = world.admin().get(&format!("{AUDIT}?$top=2&groupId={}", world.group("prod-admins"))).await.expect(200).json();
        assert_eq!((world.audited().await, world.last_event().await.as_str()), (before + 1, "auditRead"));
        // Whether it may be read is learnt without reading it.
        assert_eq!(world.admin().get(&format!("{AUDIT}?view=all&$top=0")).await.expect(200).rows().len(), 0);
        world.ada().get(&format!("{AUDIT}?view=all&$top=0")).await.expect(403);
        assert_eq!(world.audited().await, before + 1);
        world.admin().get(page["@odata.nextLink"].as_str().unwrap()).await.expect(200);
        assert_eq!(world.audited().await, before + 1, "a further page is the same query");
        world.ada().get(&format!("{AUDIT}?view=mine&format=csv")).await.expect(200);
        world.admin().get("/v1.0/auditLogs/directoryAudits").await.expect(200);
        assert_eq!(world.audited().await, before + 3);

        let rows = world.admin().get(AUDIT).await.expect(200).rows();
        let forms: Vec<&str> = rows[..3].iter().map(|row| row["event"]["form"].as_str().unwrap()).collect();
        assert_eq!(forms, ["list", "table", "list"]);
        assert_eq!(rows[1]["caller"]["actor"]["user"], world.person("ada"), "{}", rows[1]);
        assert_eq!(rows[2]["event"]["group"], world.group("prod-admins"), "{}", rows[2]);
    }
}

on_every_engine! {
    /// R-I2: narrowed to a group, a person, a time; what can't be read is named.
    r_i2_the_audit_log_is_narrowed_and_says_what_it_cannot_read, |world| {
        world.make_eligible("ada", "prod-admins").await;
        world.forward(Length::hours(1));
        world.make_eligible("bob", "readers").await;
        let count = async |narrow: String| {
            world.admin().get(&format!("{AUDIT}?{narrow}")).await.expect(200).rows().iter().filter(|row| row["name"] != "auditRead").count()
        };
        // Made; then managed and granted with the first request.
        assert_eq!(count(format!("groupId={}", world.group("readers"))).await, 3);
        assert_eq!(count(format!("principalId={}", world.person("bob"))).await, 2);
        assert_eq!(count(format!("groupId={}&principalId={}", world.group("readers"), world.person("bob"))).await, 1);
        assert_eq!(count("from=2026-11-21T10:00:00Z&view=all".into()).await, 2);
        assert_eq!(count("from=2026-11-21T09:30:00Z&to=2026-11-21T09:45:00Z".into()).await, 0);
        assert_eq!(count("groupId=00000000-0000-4000-8000-000000000000".into()).await, 0);

        for (query, named, right) in [
            ("groupId=prod-admins", "`groupId` is `prod-admins`", "GUID"),
            ("principalId=7", "`principalId` is `7`", "GUID"),
            ("from=yesterday", "`from` is `yesterday`", "2026"),
            ("to=2026-11-21T09:00:00", "`to` is `2026-11-21T09:00:00`", "offset"),
            ("view=theirs", "`view` is `theirs`", "`all`"),
            ("view=group", "`groupId`", "id"),
            ("format=xml", "`format` is `xml`", "`csv`"),
            ("format=csv&$top=0", "$top is `0`", "between 1 and 10000"),
            ("$top=1001", "$top is `1001`", "between 0 and 1000"),
            ("$filter=a eq 'b'", "`$filter`", "`$top`"),
        ] {
            let told = world.admin().get(&format!("{AUDIT}?{query}")).await.refused(400, "BadRequest").message();
            assert!(told.contains(named) && told.contains(right), "{query}: {told}");
        }
    }
}

on_every_engine! {
    /// R-I2: the pages hold each entry exactly once, also while new ones are written.
    r_i2_pages_of_the_audit_log_hold_each_entry_once, |world| {
        world.make_eligible("ada", "prod-admins").await;
        let there = world.audited().await;
        let mut seen = Vec::new();
        let mut next = Some(format!("{AUDIT}?$top=3"));
        while let Some(link) = next {
            let page = world.admin().get(&link).await.expect(200);
            assert!(page.rows().len() <= 3);
            seen.extend(sequences(&page));
            next = page.json()["@odata.nextLink"].as_str().map(str::to_owned);
            let body = world.assignment("carol", "prod-admins", "P1D");
            world.as_person("carol").post(&pim("assignmentScheduleRequests"), &body).await.expect(403);
        }
        let wanted: Vec<i64> = (1..=there).rev().collect();
        assert_eq!(seen, wanted);
    }
}

on_every_engine! {
    /// Probes come without a token and by whatever name; they learn that it lives, and what is running.
    health_is_told_to_anybody, |world| {
        let probe = async |path: &str| world.nobody().send("GET", path, &[("host", "10.0.0.7:8080")], None).await.expect(200);
        assert_eq!(probe("/healthz").await.json(), json!({"status": "ok"}));
        assert_eq!(probe("/version").await.json(), json!({"version": "0.0.0", "commit": null}));
        let ready = probe("/readyz").await.json();
        assert_eq!((&ready["status"], &ready["now"]), (&json!("ready"), &json!("2026-11-21T09:00:00Z")));
        for path in ["/healthz", "/readyz", "/version"] {
            let head = world.nobody().send("HEAD", path, &[], None).await.expect(200);
            assert_eq!(head.text, "");
            let told = world.nobody().send("POST", path, &[], Some(b"{}".to_vec())).await.refused(405, "Request_BadRequest");
            assert_eq!(told.headers["allow"], "GET, HEAD");
        }
    }
}

on_every_engine! {
    /// T-17: while the clock is behind the time already used, nothing is granted, and readiness says so.
    t17_a_clock_that_is_behind_makes_unready_and_grants_nothing, |world| {
        world.make_eligible("ada", "prod-admins").await;
        world.activate("ada", "prod-admins").await;
        world.forward(Length::hours(2));
        world.activate("ada", "prod-admins").await;
        world.clock.set("2026-11-21T09:00:00Z".parse().unwrap());
        let told = world.nobody().get("/readyz").await.expect(503).json();
        assert_eq!(told["status"], "unready");
        assert!(told["reason"].as_str().unwrap().contains("behind"), "{told}");
        // Reads go on, by the time that was already used; what would grant waits, and is told for how long.
        let members = format!("/v1.0/groups/{}/members", world.group("prod-admins"));
        let admin = world.with_claims("admin", good_from("2026-11-21T11:00:00Z"));
        assert_eq!(admin.get(&members).await.expect(200).each("id"), [world.person("ada")]);
        let body = world.assignment("bob", "prod-admins", "P1D");
        let told = admin.post(&pim("assignmentScheduleRequests"), &body).await.refused(503, "serviceNotAvailable");
        assert_eq!(told.headers["retry-after"], "7201");
        assert!(told.message().contains("clock is behind"), "{}", told.message());
    }
}

on_every_engine! {
    /// The database is gone: the process lives, is not ready, and tells nobody why.
    readiness_follows_the_database, Setup { keeping: Keeping::OnDisk, ..Setup::default() }, |world| {
        world.nobody().get("/readyz").await.expect(200);
        world.lose_the_database();
        let told = world.nobody().get("/readyz").await.expect(503).json();
        assert_eq!(told, json!({"status": "unready", "reason": "the database can't be reached"}));
        world.nobody().get("/healthz").await.expect(200);
        let told = world.admin().get("/v1.0/users").await;
        assert!([500, 503].contains(&told.status), "{}", told.text);
        assert!(!told.text.contains("users") && !told.text.contains("table"), "no internals: {}", told.text);
    }
}

/// The claims of a token that is good from this time on, where that is not the test clock's.
fn good_from(time: &str) -> Value {
    let second = time.parse::<Instant>().unwrap().micros() / 1_000_000;
    json!({"iat": second, "nbf": second, "exp": second + 600})
}

const CLOCK: &str = "/demo/clock";

on_every_engine! {
    /// T-43: a demonstration's clock moves forward, and what the clock ends is over.
    t43_a_demonstrations_clock_is_moved_and_access_ends, Setup::demonstration(), |world| {
        world.make_eligible("ada", "prod-admins").await;
        world.activate("ada", "prod-admins").await;
        let members = format!("/v1.0/groups/{}/members", world.group("prod-admins"));
        let moved = world.nobody().post(CLOCK, &json!({"advance": "PT1H"})).await.expect(200).json();
        assert_eq!(moved, json!({"now": "2026-11-21T10:00:00Z"}));
        assert_eq!(world.last_event().await, "clockMoved");
        let admin = world.with_claims("admin", good_from("2026-11-21T10:00:00Z"));
        let read = admin.get(&members).await;
        assert_eq!((read.status, read.rows().len()), (200, 1), "{}", read.text);
        world.nobody().post(CLOCK, &json!({"ADVANCE": "1:00:00"})).await.expect(200);
        let admin = world.with_claims("admin", good_from("2026-11-21T11:00:00Z"));
        assert!(admin.get(&members).await.expect(200).rows().is_empty());

        let before = world.audited().await;
        for (body, named) in [
            (json!({}), "`advance` is missing"),
            (json!({"advance": "-PT1H"}), "`advance` is `-PT1H`"),
            (json!({"advance": "P1M"}), "P180D"),
            (json!({"advance": 3600}), "the number `3600`"),
            (json!({"advance": "PT1H", "backwards": true}), "`backwards`"),
            (json!([]), "must be an object"),
        ] {
            let told = world.nobody().post(CLOCK, &body).await.refused(400, "BadRequest").message();
            assert!(told.contains(named), "{body}: {told}");
        }
        assert_eq!(world.audited().await, before);
        let told = world.nobody().post(CLOCK, &json!({"advance": "P401D"})).await.refused(400, "BadRequest");
        assert!(told.message().contains("400 d"), "{}", told.message());
        world.nobody().get(CLOCK).await.refused(405, "Request_BadRequest");
        // Another site's page reaches this machine by another name.
        let body = Some(br#"{"advance":"PT1H"}"#.to_vec());
        world.nobody().send("POST", CLOCK, &[("host", "evil.example")], body).await.refused(421, "BadRequest");
    }
}

on_every_engine! {
    /// T-43: nothing but a demonstration has that route.
    t43_nothing_else_has_a_clock_to_move, |world| {
        for session in [world.nobody(), world.admin()] {
            session.post(CLOCK, &json!({"advance": "PT1H"})).await.refused(404, "ResourceNotFound");
        }
    }
}

impl World {
    /// Takes the database away behind the service's back.
    fn lose_the_database(&self) {
        let place = self.store.place();
        match place.database() {
            ephor_store::Database::Postgres(url) => {
                let url = url.split('?').next().unwrap();
                let name = url.rsplit('/').next().unwrap();
                let other = ephor_store::testing::postgres().unwrap().place();
                other.tamper(&format!("DROP DATABASE {name} WITH (FORCE)"));
            }
            ephor_store::Database::Directory(_) => {
                place.tamper("DROP TABLE state; DROP TABLE users;");
            }
            ephor_store::Database::Memory => panic!("a store in memory can't be lost"),
        }
    }
}
