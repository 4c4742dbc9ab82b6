//! All that is known of a user, and whom they report to (`directory.md` section 3, `infrastructure-clients.md`
//! 2.2).

use serde_json::{Value, json};

use crate::support::{Answer, URL, World, on_every_engine};

/// All that can be said of a user.
fn everything(name: &str) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.user",
        "accountEnabled": true, "displayName": "Eve O'Hara", "mailNickname": "eve",
        "userPrincipalName": format!("{name}@contoso.example"),
        "passwordProfile": {"forceChangePasswordNextSignIn": false, "password": "correct horse battery"},
        "aboutMe": "Climbs.\nReads.", "ageGroup": "Adult", "businessPhones": ["+41 44 123 45 67"],
        "city": "Zürich", "companyName": "Contoso", "consentProvidedForMinor": "NotRequired",
        "country": "Switzerland", "department": "IT", "employeeHireDate": "2024-02-29T00:00:00+01:00",
        "employeeId": "E-7", "employeeOrgData": {"costCenter": "4711", "division": "North"},
        "employeeType": "Contractor", "faxNumber": "+41 44 123 45 68", "givenName": "Eve",
        "jobTitle": "Engineer", "mail": "eve@contoso.example", "mobilePhone": "+41 79 123 45 67",
        "officeLocation": "B 2", "onPremisesImmutableId": "ZXZl",
        "otherMails": ["eve@home.example", "e@x.example"],
        "passwordPolicies": "DisablePasswordExpiration, DisableStrongPassword", "postalCode": "8001",
        "preferredLanguage": "de-CH", "state": "ZH", "streetAddress": "Bahnhofstrasse 1\nHof",
        "surname": "O'Hara", "usageLocation": "CH",
    })
}

async fn made(world: &World, body: &Value) -> Value {
    world
        .admin()
        .post("/v1.0/users", body)
        .await
        .expect(201)
        .json()
}

/// What is shown of a user if all that was sent is asked for.
async fn shown(world: &World, id: &str, sent: &Value) -> Answer {
    let names: Vec<&str> = sent
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .filter(|name| *name != "passwordProfile" && !name.starts_with('@'))
        .collect();
    let path = format!("/v1.0/users/{id}?$select={}", names.join(","));
    world.admin().get(&path).await.expect(200)
}

on_every_engine! {
    /// What was sent is given back to the letter; what is taken away by null is gone, and the rest stays.
    what_is_known_of_a_user_is_given_back_as_it_was_sent, |world| {
        let mut sent = everything("eve");
        let made = made(&world, &sent).await;
        let id = made["id"].as_str().unwrap();
        assert_eq!(made.as_object().unwrap().len(), 12, "the usual eleven, and the context: {made}");
        let told = shown(&world, id, &sent).await.json();
        for (name, value) in sent.as_object().unwrap() {
            if name != "passwordProfile" && !name.starts_with('@') {
                assert_eq!(&told[name], value, "{name}");
            }
        }
        world.tell("Half of it is taken away, half of it is changed.");
        let path = format!("/v1.0/users/{id}");
        let change = json!({
            "city": null, "businessPhones": [], "otherMails": ["only@home.example"], "ageGroup": null,
            "employeeOrgData": {"costCenter": null}, "passwordPolicies": "DisableStrongPassword, DisablePasswordExpiration",
            "employeeHireDate": "2025-01-01T00:00:00Z", "usageLocation": "DE", "onPremisesImmutableId": null,
        });
        world.admin().patch(&path, &change).await.expect(204);
        for (name, value) in change.as_object().unwrap() {
            sent[name] = value.clone();
        }
        sent["employeeOrgData"] = json!({"costCenter": null, "division": "North"});
        let told = shown(&world, id, &sent).await.json();
        for (name, value) in sent.as_object().unwrap() {
            if name != "passwordProfile" && !name.starts_with('@') {
                assert_eq!(&told[name], value, "{name}");
            }
        }
        world.tell("On /beta all there is is shown; whether they are in the address list is what was said.");
        let beta = format!("/beta/users/{id}");
        world.admin().patch(&beta, &json!({"showInAddressList": true})).await.expect(204);
        let told = world.admin().get(&format!("{beta}?$select=showInAddressList")).await.expect(200).json();
        assert_eq!(told["showInAddressList"], true);
        let all = world.admin().get(&beta).await.expect(200).json();
        assert_eq!((&all["streetAddress"], &all["proxyAddresses"]), (&sent["streetAddress"], &json!(["SMTP:eve@contoso.example"])));
        assert!(world.admin().get(&path).await.expect(200).json().get("city").is_none(), "not among the usual of v1.0");
        world.golden("users");
    }
}

on_every_engine! {
    /// What can't be is refused by name, with what could be, and nothing of that change is done.
    what_cant_be_known_of_a_user_is_refused_by_name, |world| {
        let ada = format!("/v1.0/users/{}", world.person("ada"));
        let long = "x".repeat(300);
        for (change, name, part) in [
            (json!({"ageGroup": "Old"}), "ageGroup", "`NotAdult`"),
            (json!({"passwordPolicies": "DisableEverything"}), "passwordPolicies", "`DisableStrongPassword`"),
            (json!({"employeeHireDate": "yesterday"}), "employeeHireDate", "2026-11-21T09:00:00Z"),
            (json!({"usageLocation": "Schweiz"}), "usageLocation", "two letters"),
            (json!({"city": long}), "city", "128"),
            (json!({"city": "Z\u{202e}hciru"}), "city", "U+202E"),
            (json!({"businessPhones": "1"}), "businessPhones", "a list"),
            (json!({"otherMails": vec!["a@x.example"; 251]}), "otherMails", "250"),
            (json!({"employeeOrgData": "x"}), "employeeOrgData", "an object"),
            (json!({"showInAddressList": "yes"}), "showInAddressList", "true or false"),
            (json!({"proxyAddresses": []}), "proxyAddresses", "read-only"),
        ] {
            let mut change = change;
            change["jobTitle"] = json!("Changed");
            let told = world.admin().patch(&ada, &change).await.refused(400, "Request_BadRequest");
            assert!(told.message().contains(&format!("`{name}`")) && told.message().contains(part), "{}", told.message());
        }
        let told = world.admin().get(&format!("{ada}?$select=jobTitle")).await.expect(200).json();
        assert_eq!(told["jobTitle"], Value::Null);
    }
}

on_every_engine! {
    /// Users are found by what clients look them up by.
    users_are_found_by_number_mail_nickname_and_place, |world| {
        let first = made(&world, &everything("eve")).await["id"].as_str().unwrap().to_owned();
        let mut second = everything("o'neil");
        second["employeeId"] = json!("O'7");
        second["mail"] = json!("o'neil@contoso.example");
        let second = made(&world, &second).await["id"].as_str().unwrap().to_owned();
        let found = async |filter: &str| {
            let path = format!("/v1.0/users?%24filter={}&%24select=id", filter.replace(' ', "+").replace('\'', "%27"));
            world.admin().get(&path).await.expect(200).each("id")
        };
        let (one, both) = ([first.clone()], [first, second.clone()]);
        assert_eq!(found("employeeId eq 'E-7'").await, one);
        assert_eq!(found("employeeId eq 'O''7'").await, std::slice::from_ref(&second));
        assert_eq!(found("mail eq 'EVE@contoso.example'").await, one);
        assert_eq!(found("userPrincipalName eq 'o''neil@contoso.example'").await, [second]);
        assert_eq!(found("mailNickname eq 'eve'").await, both, "several may have the same");
        for filter in [
            "city eq 'zürich'", "startswith(city,'z')", "country eq 'Switzerland'", "state eq 'ZH'",
            "usageLocation eq 'ch'", "companyName eq 'contoso'", "startswith(employeeId,'e') or startswith(employeeId,'o')",
        ] {
            assert_eq!(found(filter).await, both, "{filter}");
        }
    }
}

on_every_engine! {
    /// Whom somebody reports to is set, changed, taken away, and gone with whoever is deleted.
    a_manager_is_set_read_and_taken_away, |world| {
        let user = |name: &str| format!("/v1.0/users/{}", world.person(name));
        let manager = format!("{}/manager", user("ada"));
        let reference = |name: &str| json!({"@odata.id": format!("{URL}/v1.0/directoryObjects/{}", world.person(name))});
        world.admin().get(&manager).await.refused(404, "Request_ResourceNotFound");
        world.admin().put(&format!("{manager}/$ref"), &reference("bob")).await.expect(204);
        world.admin().put(&format!("{manager}/$ref"), &reference("bob")).await.expect(204);
        world.admin().put(&format!("{}/manager/$ref", user("carol")), &reference("bob")).await.expect(204);
        let told = world.admin().get(&manager).await.expect(200).json();
        assert_eq!((&told["id"], &told["@odata.type"]), (&json!(world.person("bob")), &json!("#microsoft.graph.user")));
        let reports = world.admin().get(&format!("{}/directReports", user("bob"))).await.expect(200);
        assert_eq!(reports.each("id"), [world.person("ada"), world.person("carol")]);
        assert_eq!(world.ada().get("/v1.0/me/manager").await.expect(200).json()["displayName"], "Bob");
        assert_eq!(world.as_person("bob").get("/v1.0/me/directReports?$top=1").await.expect(200).rows().len(), 1);

        world.admin().put(&format!("{manager}/$ref"), &reference("ada")).await.refused(400, "Request_BadRequest");
        let group = json!({"@odata.id": format!("{URL}/v1.0/directoryObjects/{}", world.group("readers"))});
        world.admin().put(&format!("{manager}/$ref"), &group).await.refused(404, "Request_ResourceNotFound");
        world.ada().put(&format!("{manager}/$ref"), &reference("carol")).await.refused(403, "Authorization_RequestDenied");

        world.admin().put(&format!("{manager}/$ref"), &reference("carol")).await.expect(204);
        assert_eq!(world.admin().get(&manager).await.expect(200).json()["id"], world.person("carol"));
        world.admin().delete(&user("carol")).await.expect(204);
        world.admin().get(&manager).await.refused(404, "Request_ResourceNotFound");
        world.admin().delete(&format!("{manager}/$ref")).await.expect(204);
        world.admin().get(&manager).await.refused(404, "Request_ResourceNotFound");
        world.golden("manager");
    }
}

on_every_engine! {
    /// A rule may ask for what is kept beside the names.
    rules_of_dynamic_groups_ask_for_places_and_further_addresses, |world| {
        let group = json!({
            "displayName": "zurich", "mailEnabled": false, "mailNickname": "zurich", "securityEnabled": true,
            "groupTypes": ["DynamicMembership"], "membershipRuleProcessingState": "On",
            "membershipRule": r#"user.city -eq "Zürich" -and user.otherMails -any (_ -endsWith "x")"#,
        });
        let told = world.admin().post("/v1.0/groups", &group).await.refused(400, "Request_BadRequest");
        assert!(told.message().contains("position") && told.message().contains("`-startsWith`"), "{}", told.message());
        let mut group = group;
        group["membershipRule"] = json!(r#"user.city -eq "Zürich" -and user.otherMails -any (_ -contains "@home")"#);
        let group = world.admin().post("/v1.0/groups", &group).await.expect(201).json();
        let eve = made(&world, &everything("eve")).await;
        let members = format!("/v1.0/groups/{}/members", group["id"].as_str().unwrap());
        assert_eq!(world.admin().get(&members).await.expect(200).each("id"), [eve["id"].as_str().unwrap()]);
        let eve = format!("/v1.0/users/{}", eve["id"].as_str().unwrap());
        world.admin().patch(&eve, &json!({"city": "Basel"})).await.expect(204);
        assert!(world.admin().get(&members).await.expect(200).rows().is_empty());
    }
}

on_every_engine! {
    /// Who answers for somebody is named, up to five users and groups, and taken away; whoever is deleted is not
    /// named any more, and is again when they are restored.
    sponsors_are_named_and_taken_away, |world| {
        let user = |name: &str| format!("/v1.0/users/{}", world.person(name));
        let sponsors = format!("{}/sponsors", user("ada"));
        let one = |id: String| json!({"@odata.id": format!("{URL}/v1.0/directoryObjects/{id}")});
        let admin = world.admin();
        let add = async |id: String| admin.post(&format!("{sponsors}/$ref"), &one(id)).await;
        add(world.person("bob")).await.expect(204);
        add(world.group("readers")).await.expect(204);
        add(world.person("bob")).await.refused(400, "Request_BadRequest");
        add(world.person("ada")).await.refused(400, "Request_BadRequest");
        world.ada().post(&format!("{sponsors}/$ref"), &one(world.person("carol"))).await
            .refused(403, "Authorization_RequestDenied");
        let named = async || {
            let mut ids = admin.get(&sponsors).await.expect(200).each("id");
            ids.sort();
            ids
        };
        let mut both = [world.person("bob"), world.group("readers")];
        both.sort();
        assert_eq!(named().await, both);
        assert_eq!(world.ada().get("/v1.0/me/sponsors?$select=id").await.expect(200).rows().len(), 2);
        assert_eq!(admin.get(&format!("{sponsors}/$count")).await.expect(200).text, "2");

        admin.delete(&user("bob")).await.expect(204);
        assert_eq!(named().await, [world.group("readers")]);
        let back = format!("/v1.0/directory/deletedItems/{}/restore", world.person("bob"));
        admin.post(&back, &Value::Null).await.expect(200);
        assert_eq!(named().await, both);

        admin.delete(&format!("{sponsors}/{}/$ref", world.group("readers"))).await.expect(204);
        admin.delete(&format!("{sponsors}/{}/$ref", world.group("readers"))).await.refused(404, "Request_ResourceNotFound");
        assert_eq!(named().await, [world.person("bob")]);
        for number in 0..4 {
            let body = json!({"displayName": format!("g{number}"), "mailEnabled": false, "mailNickname": format!("g{number}"), "securityEnabled": true});
            let made = admin.post("/v1.0/groups", &body).await.expect(201).json();
            add(made["id"].as_str().unwrap().to_owned()).await.expect(204);
        }
        let told = add(world.person("carol")).await;
        assert!(told.message().contains("5 sponsors"), "{}", told.text);
    }
}
