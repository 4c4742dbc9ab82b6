//! Authentication contexts and what they ask, in Graph's shapes; and that an activation holds them (R-I5, T-42).

use ephor_core::time::Length;
use ephor_ops::signin::application::COMMANDS;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::oauth::{VERIFIER, address, encoded, field, text, token};
use crate::support::{World, on_every_engine, pim};

const CONTEXTS: &str = "/v1.0/identity/conditionalAccess/authenticationContextClassReferences";
const POLICIES: &str = "/v1.0/identity/conditionalAccess/policies";
const LOCATIONS: &str = "/v1.0/identity/conditionalAccess/namedLocations";
const STRENGTHS: &str = "/v1.0/policies/authenticationStrengthPolicies";
const PASSWORD: &str = "seven plums fell on monday";

fn policy(more: Value) -> Value {
    let mut policy = json!({
        "displayName": "Two factors for c1", "state": "enabled",
        "conditions": {
            "applications": {"includeAuthenticationContextClassReferences": ["c1"]},
            "users": {"includeUsers": ["All"]},
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    });
    for (name, value) in more.as_object().unwrap() {
        policy[name] = value.clone();
    }
    policy
}

on_every_engine! {
    /// A context is made by naming it, and changed by parts; what a policy uses is not deleted.
    authentication_contexts_are_made_by_being_named,
    |world| {
        let admin = world.admin();
        admin.patch(&format!("{CONTEXTS}/c1"), &json!({})).await.expect(204);
        let made = admin.get(&format!("{CONTEXTS}/c1")).await.expect(200).json();
        assert_eq!((made["id"].as_str(), made["isAvailable"].as_bool()), (Some("c1"), Some(false)));
        admin.patch(&format!("{CONTEXTS}/c1"), &json!({"displayName": "Strong", "isAvailable": true})).await.expect(204);
        admin.post(CONTEXTS, &json!({"id": "c99", "displayName": "Other"})).await.expect(201);
        let offered = admin.get(&format!("{CONTEXTS}?$filter=isAvailable eq true")).await.expect(200);
        assert_eq!(offered.each("id"), ["c1"]);
        assert_eq!(admin.get(&format!("{CONTEXTS}?$filter=id eq 'c99'")).await.expect(200).each("displayName"), ["Other"]);
        admin.get(&format!("{CONTEXTS}?$filter=startsWith(id,'c')")).await.expect(400);
        for bad in ["c0", "c100", "C1", "x"] {
            admin.patch(&format!("{CONTEXTS}/{bad}"), &json!({})).await.expect(404);
        }
        admin.post(POLICIES, &policy(json!({}))).await.expect(201);
        admin.delete(&format!("{CONTEXTS}/c1")).await.expect(400);
        admin.delete(&format!("{CONTEXTS}/c99")).await.expect(204);
        admin.get(&format!("{CONTEXTS}/c99")).await.expect(404);
        world.ada().get(CONTEXTS).await.expect(403);
        world.ada().patch(&format!("{CONTEXTS}/c3"), &json!({})).await.expect(403);
    }
}

on_every_engine! {
    /// A context that a role's settings ask for is not deleted, whoever runs that role; once none asks for it, it
    /// goes.
    a_context_that_a_role_asks_for_is_not_deleted,
    |world| {
        let admin = world.admin();
        let context = format!("{CONTEXTS}/c7");
        admin.patch(&context, &json!({"displayName": "Strong", "isAvailable": true})).await.expect(204);
        let asks = async |group: &str, on: bool, claim: &str| {
            let policy = world.policy(group).await;
            let rule = json!({
                "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyAuthenticationContextRule",
                "id": "AuthenticationContext_EndUser_Assignment", "isEnabled": on, "claimValue": claim,
            });
            let at = format!("/v1.0/policies/roleManagementPolicies/{policy}/rules/AuthenticationContext_EndUser_Assignment");
            admin.patch(&at, &rule).await.expect(200);
        };
        // `c77` holds the letters of `c7`, and is another context.
        asks("readers", true, "c77").await;
        asks("prod-admins", true, "c7").await;
        let refused = admin.delete(&context).await.expect(400);
        assert!(refused.message().contains("role's settings ask for it"), "{}", refused.message());
        assert!(!refused.message().contains("prod-admins"), "{}", refused.message());
        admin.get(&context).await.expect(200);
        asks("prod-admins", false, "c7").await;
        admin.delete(&context).await.expect(204);
    }
}

on_every_engine! {
    /// A policy comes back as it was sent; what would not be held is refused by name, and nothing is kept of it.
    a_policy_is_kept_as_it_was_sent_or_refused_by_name,
    |world| {
        let admin = world.admin();
        let (ada, group) = (world.person("ada"), world.group("readers"));
        let office = json!({
            "@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "Office", "isTrusted": true,
            "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.0/24"}],
        });
        let office = text(&admin.post(LOCATIONS, &office).await.expect(201).json(), "id");
        let whole = policy(json!({
            "conditions": {
                "clientAppTypes": ["all"],
                "applications": {"includeApplications": [], "includeAuthenticationContextClassReferences": ["c1", "c2"]},
                "users": {"includeUsers": [ada], "includeGroups": [group], "excludeUsers": [world.person("bob")], "excludeGroups": []},
                "locations": {"includeLocations": ["All"], "excludeLocations": [office]},
            },
            "grantControls": {"operator": "AND", "builtInControls": ["mfa"], "authenticationStrength": {"id": "00000000-0000-0000-0000-000000000004"}},
            "sessionControls": {"signInFrequency": {"value": 4, "type": "hours", "isEnabled": true, "frequencyInterval": "timeBased"}},
        }));
        let made = admin.post(POLICIES, &whole).await.expect(201).json();
        let at = format!("{POLICIES}/{}", text(&made, "id"));
        let read = admin.get(&at).await.expect(200).json();
        for name in ["displayName", "state"] {
            assert_eq!(read[name], whole[name]);
        }
        for (part, names) in [("users", ["includeUsers", "excludeUsers"]), ("locations", ["includeLocations", "excludeLocations"])] {
            for name in names {
                assert_eq!(read["conditions"][part][name], whole["conditions"][part][name], "{name}");
            }
        }
        assert_eq!(read["sessionControls"]["signInFrequency"]["value"], 4);
        assert_eq!(read["grantControls"]["authenticationStrength"]["id"], whole["grantControls"]["authenticationStrength"]["id"]);
        admin.patch(&at, &json!({"state": "disabled"})).await.expect(204);
        assert_eq!(admin.get(&at).await.expect(200).json()["state"], "disabled");
        admin.delete(&format!("{LOCATIONS}/{office}")).await.expect(400);

        let users = |users: Value| json!({"conditions": {"applications": whole["conditions"]["applications"], "users": users}});
        for bad in [
            json!({"conditions": {"applications": {"includeApplications": ["All"]}, "users": {"includeUsers": ["All"]}}}),
            json!({"conditions": {"applications": {"includeAuthenticationContextClassReferences": ["c100"]}, "users": {"includeUsers": ["All"]}}}),
            users(json!({"includeRoles": ["62e90394-69f5-4237-9190-012177145e10"]})),
            users(json!({"includeUsers": ["GuestsOrExternalUsers"]})),
            users(json!({"includeUsers": ["00000000-0000-4000-8000-000000000000"]})),
            users(json!({"includeUsers": ["ada"]})),
            json!({"conditions": {"applications": whole["conditions"]["applications"], "users": {"includeUsers": ["All"]}, "platforms": {"includePlatforms": ["all"]}}}),
            json!({"grantControls": {"operator": "OR", "builtInControls": ["compliantDevice"]}}),
            json!({"grantControls": {"operator": "OR", "builtInControls": []}}),
            json!({"grantControls": {"operator": "OR", "authenticationStrength": {"id": "00000000-0000-4000-8000-000000000000"}}}),
            json!({"grantControls": null}),
            json!({"sessionControls": {"persistentBrowser": {"isEnabled": true, "mode": "never"}}}),
            json!({"sessionControls": {"signInFrequency": {"value": 24, "type": "hours"}}}),
            json!({"state": "on"}),
            json!({"displayName": ""}),
        ] {
            admin.post(POLICIES, &policy(bad.clone())).await.expect(400);
        }
        assert_eq!(admin.get(POLICIES).await.expect(200).rows().len(), 1);
        admin.delete(&at).await.expect(204);
        admin.delete(&format!("{LOCATIONS}/{office}")).await.expect(204);
        admin.post(LOCATIONS, &json!({"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "x", "countriesAndRegions": ["DE"]})).await.expect(400);
        admin.post(LOCATIONS, &json!({"displayName": "x", "ipRanges": [{"cidrAddress": "192.0.2.0/33"}]})).await.expect(400);
    }
}

on_every_engine! {
    /// `infrastructure-clients.md` 2.7: made, read back element by element, changed in two steps, deleted.
    an_authentication_strength_lives_as_terraform_has_it,
    |world| {
        let admin = world.admin();
        assert_eq!(admin.get(STRENGTHS).await.expect(200).rows().len(), 3, "those that every tenant has");
        let wanted = json!({"displayName": "Ours", "description": null, "allowedCombinations": ["fido2", "hardwareOath,federatedSingleFactor"]});
        let made = admin.post(STRENGTHS, &wanted).await.expect(201).json();
        let at = format!("{STRENGTHS}/{}", text(&made, "id"));
        assert_eq!(admin.get(&at).await.expect(200).json()["allowedCombinations"], wanted["allowedCombinations"]);
        admin.patch(&at, &json!({"displayName": "Theirs", "description": "x"})).await.expect(204);
        let changed = admin.post(&format!("{at}/updateAllowedCombinations"), &json!({"allowedCombinations": ["fido2"]})).await.expect(200).json();
        assert_eq!(changed["currentCombinations"], json!(["fido2"]));
        let read = admin.get(&at).await.expect(200).json();
        assert_eq!((&read["displayName"], &read["allowedCombinations"]), (&json!("Theirs"), &json!(["fido2"])));
        admin.post(&format!("{at}/updateAllowedCombinations"), &json!({"allowedCombinations": ["telepathy"]})).await.expect(400);
        admin.post(STRENGTHS, &json!({"displayName": "x", "allowedCombinations": []})).await.expect(400);
        let built_in = format!("{STRENGTHS}/00000000-0000-0000-0000-000000000004");
        admin.get(&built_in).await.expect(200);
        admin.patch(&built_in, &json!({"displayName": "x"})).await.expect(400);
        admin.delete(&built_in).await.expect(400);
        admin.delete(&at).await.expect(204);
        admin.get(&at).await.expect(404);
    }
}

/// Somebody signs in with a second factor, and Ephor's commands get a token that was asked for with these claims.
async fn asks(browser: &Browser<'_>, world: &World, context: &str) -> Result<String, String> {
    let claims = encoded(&format!(
        r#"{{"access_token":{{"acrs":{{"essential":true,"value":"{context}"}}}}}}"#
    ));
    let client = COMMANDS.to_string();
    let asked = browser
        .get(&address(
            &client,
            "http://127.0.0.1/callback",
            &format!("&claims={claims}"),
        ))
        .await;
    if asked.status == 303 {
        return Err(asked.leads().to_owned());
    }
    let code = field(asked.is(302).leads(), "code");
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", client.as_str()),
        ("code", &code),
        ("redirect_uri", "http://127.0.0.1/callback"),
        ("code_verifier", VERIFIER),
    ];
    Ok(text(
        &token(world, &fields).await.is(200).json(),
        "access_token",
    ))
}

on_every_engine! {
    /// T-42, R-I5: an activation that takes a context is challenged until the sign-in satisfies what its policies
    /// ask of this person now; what they ask later counts from then on.
    t42_an_activation_holds_what_the_contexts_policies_ask,
    |world| {
        let admin = world.admin();
        world.set_password("ada", PASSWORD).await;
        world.make_eligible("ada", "prod-admins").await.expect(201);
        let role = world.policy("prod-admins").await;
        let rule = |kind: &str, id: &str, mut members: Value| {
            members["@odata.type"] = json!(format!("#microsoft.graph.unifiedRoleManagementPolicy{kind}"));
            members["id"] = json!(id);
            members
        };
        let rules = json!({"rules": [
            rule("EnablementRule", "Enablement_EndUser_Assignment", json!({"enabledRules": ["Justification"]})),
            rule("AuthenticationContextRule", "AuthenticationContext_EndUser_Assignment", json!({"isEnabled": true, "claimValue": "c1"})),
        ]});
        admin.patch(&format!("/v1.0/policies/roleManagementPolicies/{role}"), &rules).await.expect(200);
        let activates = async |bearer: String| {
            let mut ask = world.activation("ada", "prod-admins");
            ask["isValidationOnly"] = true.into();
            world.holder_of(bearer).post(&pim("assignmentScheduleRequests"), &ask).await
        };
        let browser = Browser::new(&world);
        browser.types("ada@contoso.example", PASSWORD).await.is(200);
        let secret = browser.enrols().await;
        // Without a policy it is a second factor, which was not shown in this session.
        let leads = asks(&browser, &world, "c1").await.unwrap_err();
        assert!(leads.contains("strength=aal2"), "{leads}");
        world.forward(Length::seconds(30));
        browser.get(&leads).await.is(303);
        browser.types_code(&world.digits(&secret)).await.is(200);
        let good = asks(&browser, &world, "c1").await.unwrap();
        activates(good.clone()).await.expect(201);
        let other = asks(&browser, &world, "c2").await.unwrap();
        let refused = activates(other).await.refused(400, "RoleAssignmentRequestAcrsValidationFailed");
        assert!(refused.message().contains("claims=%7B%22access_token%22"), "{}", refused.message());

        // Each time: five minutes later the same token is challenged.
        let each_time = json!({"sessionControls": {"signInFrequency": {"isEnabled": true, "frequencyInterval": "everyTime"}}});
        let made = admin.post(POLICIES, &policy(each_time)).await.expect(201).json();
        let at = format!("{POLICIES}/{}", text(&made, "id"));
        activates(good.clone()).await.expect(201);
        world.forward(Length::minutes(6));
        activates(good.clone()).await.refused(400, "RoleAssignmentRequestAcrsValidationFailed");
        let leads = asks(&browser, &world, "c1").await.unwrap_err();
        assert!(leads.contains("not_before="), "{leads}");
        browser.get(&leads).await.is(303);
        browser.types_code(&world.digits(&secret)).await.is(200);
        let fresh = asks(&browser, &world, "c1").await.unwrap();
        activates(fresh.clone()).await.expect(201);

        // What is asked from now on counts for tokens of before.
        let strength = json!({"grantControls": {"operator": "OR", "authenticationStrength": {"id": "00000000-0000-0000-0000-000000000004"}}});
        admin.patch(&at, &strength).await.expect(204);
        activates(fresh.clone()).await.refused(400, "RoleAssignmentRequestAcrsValidationFailed");
        let leads = asks(&browser, &world, "c1").await.unwrap_err();
        assert!(leads.contains("strength=phr"), "{leads}");
        // Off, or for others, it asks for nothing.
        admin.patch(&at, &json!({"state": "enabledForReportingButNotEnforced"})).await.expect(204);
        activates(fresh.clone()).await.expect(201);
        let blocked = json!({"state": "enabled", "grantControls": {"operator": "OR", "builtInControls": ["block"]}});
        admin.patch(&at, &blocked).await.expect(204);
        activates(fresh).await.refused(400, "RoleAssignmentRequestAcrsValidationFailed");
    }
}
