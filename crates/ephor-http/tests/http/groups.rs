//! All that is known of a group, on `/v1.0` and on `/beta`, and who is put into it as it is made
//! (`directory.md` section 4, `infrastructure-clients.md` 2.1).

use serde_json::{Value, json};

use crate::programs;
use crate::support::{Answer, URL, World, on_every_engine};

fn group(name: &str) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.group", "displayName": name, "mailNickname": name,
        "mailEnabled": false, "securityEnabled": true, "isAssignableToRole": false, "groupTypes": [],
        "description": null, "membershipRule": null,
        "resourceBehaviorOptions": [], "resourceProvisioningOptions": [],
    })
}

fn unified(name: &str) -> Value {
    let mut group = group(name);
    group["mailEnabled"] = json!(true);
    group["groupTypes"] = json!(["Unified"]);
    group
}

async fn made(world: &World, body: &Value) -> Value {
    world
        .admin()
        .post("/beta/groups", body)
        .await
        .expect(201)
        .json()
}

fn path(group: &Value) -> String {
    format!("/beta/groups/{}", group["id"].as_str().unwrap())
}

async fn read(world: &World, group: &Value) -> Answer {
    world.admin().get(&path(group)).await.expect(200)
}

on_every_engine! {
    /// The whole property set of `infrastructure-clients.md` 2.1 is in an answer to which nothing was selected,
    /// and in rows of lists; what was sent is given back to the letter, `[]` and odd spellings included.
    what_is_known_of_a_group_is_given_back_as_it_was_sent, |world| {
        let mut sent = unified("pink");
        sent["theme"] = json!("Pink");
        sent["visibility"] = json!("Hiddenmembership");
        sent["description"] = json!("All in pink");
        sent["resourceBehaviorOptions"] = json!(["WelcomeEmailDisabled", "SubscribeNewGroupMembers"]);
        sent["resourceProvisioningOptions"] = json!(["Team"]);
        sent["writebackConfiguration"] = json!({"isEnabled": true, "onPremisesGroupType": "UniversalDistributionGroup"});
        sent["preferredLanguage"] = json!("de-CH");
        let pink = made(&world, &sent).await;
        let told = read(&world, &pink).await.json();
        for name in [
            "id", "displayName", "description", "mail", "mailEnabled", "mailNickname", "securityEnabled", "groupTypes",
            "visibility", "theme", "isAssignableToRole", "membershipRule", "membershipRuleProcessingState",
            "resourceBehaviorOptions", "resourceProvisioningOptions", "writebackConfiguration", "proxyAddresses",
            "preferredLanguage", "onPremisesDomainName", "onPremisesNetBiosName", "onPremisesSamAccountName",
            "onPremisesSecurityIdentifier", "onPremisesSyncEnabled",
        ] {
            let value = told.get(name).unwrap_or_else(|| panic!("{name} is missing"));
            assert!(sent.get(name).is_none_or(|sent| sent == value), "{name}: {value}");
        }
        let listed = world.admin().get("/beta/groups?%24filter=displayName+eq+%27pink%27").await.expect(200);
        let mut row = told.as_object().unwrap().clone();
        row.remove("@odata.context");
        assert_eq!(listed.rows(), [Value::Object(row)]);
        world.tell("v1.0 has the usual spelling, and no write-back.");
        let v1 = world.admin().get(&path(&pink).replace("/beta", "/v1.0")).await.expect(200).json();
        assert_eq!((&v1["visibility"], v1.get("writebackConfiguration")), (&json!("HiddenMembership"), None));

        world.tell("A plain group has none of it: arrays are empty, the rest is null, nothing is made up.");
        let plain = read(&world, &made(&world, &group("plain")).await).await.json();
        assert_eq!(plain["membershipRule"], Value::Null);
        assert_eq!((&plain["theme"], &plain["writebackConfiguration"]["isEnabled"]), (&Value::Null, &Value::Null));
        for name in ["groupTypes", "resourceBehaviorOptions", "resourceProvisioningOptions"] {
            assert_eq!(plain[name], json!([]), "{name}");
        }

        world.tell("Changed as clients change it: all that they have, with a rule that is null.");
        let change = json!({
            "description": null, "displayName": "purple", "mailEnabled": true, "membershipRule": null,
            "securityEnabled": true, "theme": "Purple", "visibility": "Hiddenmembership",
            "writebackConfiguration": {"isEnabled": false},
        });
        world.admin().patch(&path(&pink), &change).await.expect(204);
        let told = read(&world, &pink).await.json();
        assert_eq!((&told["theme"], &told["description"], &told["displayName"]), (&json!("Purple"), &Value::Null, &json!("purple")));
        assert_eq!(told["writebackConfiguration"], json!({"isEnabled": false, "onPremisesGroupType": "UniversalDistributionGroup"}));
        assert_eq!(told["mailNickname"], "pink");
        world.golden("groups");
    }
}

on_every_engine! {
    /// `infrastructure-clients.md` 2.1, step 7: the four settings of a Microsoft 365 group's mail are changed one
    /// by one and shown where they are selected.
    the_settings_of_a_groups_mail_are_changed_one_by_one, |world| {
        let mailed = made(&world, &unified("mailed")).await;
        let names = ["allowExternalSenders", "autoSubscribeNewMembers", "hideFromAddressLists", "hideFromOutlookClients"];
        let select = format!("{}?%24select={}", path(&mailed), names.join("%2C"));
        let told = world.admin().get(&select).await.expect(200).json();
        assert!(names.iter().all(|name| told[name] == false), "{told}");
        for (at, name) in names.iter().enumerate() {
            world.admin().patch(&path(&mailed), &json!({*name: true})).await.expect(204);
            let told = world.admin().get(&select).await.expect(200).json();
            let on = names.iter().filter(|name| told[name] == true).count();
            assert_eq!(on, at + 1, "{told}");
        }
        assert!(read(&world, &mailed).await.json().get(names[0]).is_none(), "only where it is selected");
        let plain = made(&world, &group("plain")).await;
        world.admin().patch(&path(&plain), &json!({"hideFromAddressLists": true})).await.refused(400, "Request_BadRequest");
    }
}

fn reference(world: &World, who: &str) -> String {
    format!("{URL}/beta/directoryObjects/{}", world.person(who))
}

on_every_engine! {
    /// Trap 13: who is named twice is put in once, and nothing is said of it; who is there already is refused as a
    /// whole (`directory.md` 4.2).
    members_and_owners_are_named_as_a_group_is_made_and_changed, |world| {
        let mut sent = group("crew");
        let [ada, bob, carol] = ["ada", "bob", "carol"].map(|who| reference(&world, who));
        sent["owners@odata.bind"] = json!([&ada, &ada]);
        sent["members@odata.bind"] = json!([&bob, format!("https://other.example/v1.0/users/{}", world.person("bob"))]);
        let crew = made(&world, &sent).await;
        let list = async |name: &str| world.admin().get(&format!("{}/{name}", path(&crew))).await.expect(200).each("id");
        assert_eq!((list("owners").await, list("members").await), (vec![world.person("ada")], vec![world.person("bob")]));
        let change = json!({"members@odata.bind": [&carol, &bob]});
        let told = world.admin().patch(&path(&crew), &change).await.refused(400, "Request_BadRequest");
        assert!(told.message().contains("One or more added object references already exist"), "{}", told.message());
        assert_eq!(list("members").await, [world.person("bob")], "all or nothing");
        world.admin().patch(&path(&crew), &json!({"members@odata.bind": [&carol, &carol], "owners@odata.bind": [&carol]})).await.expect(204);
        assert_eq!(list("members").await, [world.person("bob"), world.person("carol")]);
        assert_eq!(list("owners").await, [world.person("ada"), world.person("carol")]);

        world.tell("The filter by id comes in default mode; the case of an id is no matter.");
        let members = format!("{}/members?%24filter=id+eq+%27{}%27", path(&crew), world.person("bob").to_uppercase());
        let told = world.admin().send("GET", &members, &[("content-type", "application/json; charset=utf-8")], None).await.expect(200);
        assert_eq!(told.each("@odata.type"), ["#microsoft.graph.user"]);
        let stranger = format!("{}/members?%24filter=id+eq+%27{}%27", path(&crew), world.person("admin"));
        assert_eq!(world.admin().get(&stranger).await.expect(200).rows(), Vec::<Value>::new());

        world.tell("Owners are added before others are removed; the last one stays.");
        let owner = |who: &str| format!("{}/owners/{}/$ref", path(&crew), world.person(who));
        world.admin().delete(&owner("ada")).await.expect(204);
        world.admin().delete(&owner("carol")).await.refused(400, "Request_BadRequest");
        world.golden("group-references");
    }
}

on_every_engine! {
    /// Too many at once, unknown ones, ten thousand of them: refused at once, by name, and nothing is made.
    references_that_cant_be_are_refused_and_nothing_is_made, |world| {
        let before = world.admin().get("/v1.0/groups").await.expect(200).rows().len();
        let many = |count: u32| (0..count).map(|at| format!("{URL}/v1.0/users/00000000-0000-4000-8000-{at:012}")).collect::<Vec<_>>();
        for (list, status, part) in [
            (json!(many(21)), 400, "at most 20"),
            (json!(many(10_000)), 400, "more than 1000 values"),
            (json!(many(1)), 404, "does not exist"),
            (json!(["https://x.example/v1.0/users/ada@contoso.example"]), 400, "directoryObjects/{id}"),
            (json!([7]), 400, "a text"),
            (json!("x"), 400, "a list"),
        ] {
            let mut sent = group("none");
            sent["members@odata.bind"] = list;
            let told = world.admin().post("/v1.0/groups", &sent).await.expect(status);
            assert!(told.message().contains(part), "{}", told.message());
        }
        assert_eq!(world.admin().get("/v1.0/groups").await.expect(200).rows().len(), before);
    }
}

on_every_engine! {
    /// Groups may be in each other in a circle: everybody is a member of all of them, and each question ends.
    circles_of_groups_end, |world| {
        let mut ring = Vec::new();
        for name in ["a", "b", "c"] {
            ring.push(made(&world, &group(name)).await);
        }
        for (inner, outer) in [(0, 1), (1, 2), (2, 0)] {
            let inner = json!({"@odata.id": format!("{URL}/v1.0/groups/{}", ring[inner]["id"].as_str().unwrap())});
            world.admin().post(&format!("{}/members/$ref", path(&ring[outer])), &inner).await.expect(204);
        }
        let ada = json!({"@odata.id": reference(&world, "ada")});
        world.admin().post(&format!("{}/members/$ref", path(&ring[0])), &ada).await.expect(204);
        for group in &ring {
            let found = world.admin().get(&format!("{}/transitiveMembers", path(group))).await.expect(200).each("id");
            assert_eq!(found.len(), 3, "ada and the two others: {found:?}");
            assert!(found.contains(&world.person("ada")));
        }
        let own = json!({"@odata.id": path(&ring[0])});
        world.admin().post(&format!("{}/members/$ref", path(&ring[0])), &own).await.refused(400, "Request_BadRequest");
    }
}

on_every_engine! {
    /// `directory.md` 4.2: a Microsoft 365 group that a person makes without naming owners is theirs; one that an
    /// application makes, and a security group, is nobody's.
    whoever_makes_a_microsoft_365_group_owns_it, |world| {
        let owners = async |made: &Value| world.admin().get(&format!("{}/owners", path(made))).await.expect(200).each("id");
        let mine = made(&world, &unified("mine")).await;
        assert_eq!(owners(&mine).await, [world.person("admin")]);
        let mut sent = unified("hers");
        sent["owners@odata.bind"] = json!([reference(&world, "ada")]);
        assert_eq!(owners(&made(&world, &sent).await).await, [world.person("ada")]);
        assert_eq!(owners(&made(&world, &group("plain")).await).await, Vec::<String>::new());
        let made = programs::program(&world, "Maker", &["Group.ReadWrite.All"]).await;
        let maker = programs::signed_in(&world, &made).await;
        let made = maker.post("/beta/groups", &unified("nobodys")).await.expect(201).json();
        assert_eq!(owners(&made).await, Vec::<String>::new());
    }
}

on_every_engine! {
    /// `directory.md` 4.2: an ordinary group comes to follow a rule and ceases to; whoever the rule does not name
    /// goes then, of whatever kind. Whether it is a Microsoft 365 group never changes.
    a_group_comes_to_follow_a_rule_and_ceases_to, |world| {
        let inner = made(&world, &group("inner")).await;
        let crew = made(&world, &group("crew")).await;
        let members = async || {
            let mut all = world.admin().get(&format!("{}/members", path(&crew))).await.expect(200).each("id");
            all.sort();
            all
        };
        let [ada, bob] = ["ada", "bob"].map(|who| reference(&world, who));
        let inner = format!("{URL}/beta/directoryObjects/{}", inner["id"].as_str().unwrap());
        world.admin().patch(&path(&crew), &json!({"members@odata.bind": [&ada, &bob, &inner]})).await.expect(204);
        let rule = format!("user.objectId -in [\"{}\", \"{}\"]", world.person("ada"), world.person("carol"));

        for (change, part) in [
            (json!({"groupTypes": ["DynamicMembership"]}), "membershipRule"),
            (json!({"groupTypes": ["DynamicMembership"], "membershipRule": rule}), "membershipRuleProcessingState"),
            (json!({"membershipRule": rule, "membershipRuleProcessingState": "On"}), "DynamicMembership"),
            (json!({"groupTypes": ["DynamicMembership"], "membershipRule": "user.city = 1", "membershipRuleProcessingState": "On"}), "1"),
            (json!({"groupTypes": ["Unified"]}), "never changed"),
        ] {
            let told = world.admin().patch(&path(&crew), &change).await.refused(400, "Request_BadRequest");
            assert!(told.message().contains(part), "{}", told.message());
        }
        assert_eq!(members().await.len(), 3, "nothing came of it");

        let on = json!({"groupTypes": ["DynamicMembership"], "membershipRule": rule, "membershipRuleProcessingState": "On"});
        world.admin().patch(&path(&crew), &on).await.expect(204);
        let mut fit = vec![world.person("ada"), world.person("carol")];
        fit.sort();
        assert_eq!(members().await, fit);
        let told = read(&world, &crew).await.json();
        assert_eq!((&told["groupTypes"], &told["membershipRuleProcessingState"]), (&json!(["DynamicMembership"]), &json!("On")));
        world.admin().patch(&path(&crew), &json!({"members@odata.bind": [&bob]})).await.refused(400, "Request_BadRequest");

        world.admin().patch(&path(&crew), &json!({"groupTypes": [], "membershipRule": null})).await.expect(204);
        let told = read(&world, &crew).await.json();
        assert_eq!((&told["groupTypes"], &told["membershipRule"], &told["membershipRuleProcessingState"]), (&json!([]), &Value::Null, &Value::Null));
        assert_eq!(members().await, fit, "whoever is in stays");
        world.admin().patch(&path(&crew), &json!({"members@odata.bind": [&bob]})).await.expect(204);

        world.tell("Paused, the rule lets nobody in: whoever was there is gone all the same.");
        let paused = json!({"groupTypes": ["DynamicMembership"], "membershipRule": rule, "membershipRuleProcessingState": "Paused"});
        world.admin().patch(&path(&crew), &paused).await.expect(204);
        assert_eq!(members().await, Vec::<String>::new());

        world.tell("What PIM manages, and what can lead to a directory role, has members that people put there.");
        for kind in ["prod-admins", "readers"] {
            let known = format!("/v1.0/groups/{}", world.group(kind));
            let managed = json!({"groupIds": [world.group(kind)]});
            world.admin().post("/ephor/v1/groups/manage", &managed).await.expect(200);
            world.admin().patch(&known, &on).await.refused(400, "Request_BadRequest");
        }
        let pink = made(&world, &unified("pink")).await;
        let told = world.admin().patch(&path(&pink), &json!({"groupTypes": []})).await.refused(400, "Request_BadRequest");
        assert!(told.message().contains("never changed"), "{}", told.message());
    }
}

on_every_engine! {
    /// Several groups may have the same name, and security groups the same nickname; Microsoft 365 groups have
    /// addresses, and no two the same.
    names_may_be_the_same_and_addresses_not, |world| {
        made(&world, &group("twin")).await;
        made(&world, &group("twin")).await;
        made(&world, &unified("twin")).await;
        let told = world.admin().post("/beta/groups", &unified("TWIN")).await.refused(400, "Request_MultipleObjectsWithSameKeyValue");
        assert!(told.message().contains("`TWIN`"), "{}", told.message());
        for path in [
            "/beta/groups?%24filter=displayName+eq+%27twin%27",
            "/beta/groups?%24filter=mailNickname+eq+%27twin%27",
            "/beta/groups?%24filter=startsWith%28displayName%2C+%27tw%27%29",
        ] {
            assert_eq!(world.admin().get(path).await.expect(200).rows().len(), 3, "{path}");
        }
        for path in [
            "/beta/groups?%24filter=displayName+eq+%27twin%27+and+mailEnabled+eq+true",
            "/beta/groups?%24filter=mailEnabled+eq+true+and+startsWith%28displayName%2C+%27tw%27%29",
        ] {
            assert_eq!(world.admin().get(path).await.expect(200).rows().len(), 1, "{path}");
        }
    }
}

on_every_engine! {
    /// T-44: names with every trick are refused, or kept to the letter where they are harmless; nobody gets a
    /// name that looks like another's.
    t44_names_with_tricks_are_refused_or_kept_to_the_letter, |world| {
        for name in ["\u{202e}nimda", "a\u{2066}b", "x\u{0}y", "a\u{fdd0}", "a\u{2028}b", "a\nb", " ", "\u{200f}"] {
            let mut sent = group("trick");
            sent["displayName"] = json!(name);
            let told = world.admin().post("/beta/groups", &sent).await.refused(400, "Request_BadRequest");
            assert!(told.message().contains("`displayName`"), "{}", told.message());
        }
        for name in ["Команда", "チーム", "e\u{301}quipe", "👩‍🚀", "a".repeat(256).as_str()] {
            let mut sent = group("kept");
            sent["displayName"] = json!(name);
            assert_eq!(made(&world, &sent).await["displayName"], name);
        }
        for nickname in ["аdmin", "a b", "a@b", "ä", "a\u{200b}"] {
            let mut sent = group("kept");
            sent["mailNickname"] = json!(nickname);
            world.admin().post("/beta/groups", &sent).await.refused(400, "Request_BadRequest");
        }
    }
}
