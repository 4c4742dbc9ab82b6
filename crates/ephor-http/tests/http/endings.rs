//! The end of everything: what ends an account's sign-ins ends all of them, on every node, and nothing of it works
//! again (T-38); and what somebody else's reset holds back (T-11).

use ephor_core::signin::session::Session;
use ephor_core::time::Length;
use ephor_ops::signin::application::COMMANDS;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::oauth::{VERIFIER, address, field, text, token};
use crate::support::{World, on_every_engine, pim};

const PASSWORD: &str = "seven plums fell on monday";
const ANOTHER: &str = "eight pears fell on tuesday";
const CALLBACK: &str = "http://127.0.0.1/callback";

/// A code for Ephor's own commands, for whoever is signed in in this browser.
async fn code(browser: &Browser<'_>) -> String {
    let back = browser
        .get(&address(&COMMANDS.to_string(), CALLBACK, ""))
        .await
        .is(302);
    field(back.leads(), "code")
}

async fn exchanged(world: &World, code: &str) -> crate::browser::Page {
    let client = COMMANDS.to_string();
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", client.as_str()),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    token(world, &fields).await
}

async fn refreshed(world: &World, refresh: &str) -> crate::browser::Page {
    let client = COMMANDS.to_string();
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", client.as_str()),
        ("refresh_token", refresh),
    ];
    token(world, &fields).await
}

/// A device's code that whoever is signed in has confirmed, and that was not fetched yet.
async fn confirmed_device(world: &World, browser: &Browser<'_>) -> String {
    let client = COMMANDS.to_string();
    let fields = [("client_id", client.as_str()), ("scope", "openid")];
    let asked = Browser::new(world)
        .plain("/organizations/oauth2/v2.0/devicecode", &[], &fields)
        .await
        .is(200)
        .json();
    let typed = text(&asked, "user_code");
    let mark = browser.get("/sign-in/device").await.is(200).mark();
    for answer in ["", "yes"] {
        let fields = [
            ("form", mark.as_str()),
            ("code", &typed),
            ("answer", answer),
        ];
        browser.post("/sign-in/device", &fields).await.is(200);
    }
    text(&asked, "device_code")
}

async fn polled(world: &World, code: &str) -> crate::browser::Page {
    let client = COMMANDS.to_string();
    let fields = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", client.as_str()),
        ("device_code", code),
    ];
    token(world, &fields).await
}

/// Somebody signs in: by a password, and by six digits where there is an authenticator.
async fn signs_in<'a>(
    world: &'a World,
    who: &str,
    password: &str,
    secret: Option<&[u8]>,
) -> Browser<'a> {
    let browser = Browser::new(world);
    let page = browser
        .types(&format!("{who}@contoso.example"), password)
        .await;
    match secret {
        None => drop(page.is(200)),
        Some(secret) => {
            page.is(303);
            browser.types_code(&world.digits(secret)).await.is(200);
        }
    }
    browser
}

async fn access(world: &World, browser: &Browser<'_>) -> String {
    text(
        &exchanged(world, &code(browser).await).await.is(200).json(),
        "access_token",
    )
}

on_every_engine! {
    /// Disabling, deleting, a reset and `revokeSignInSessions` end session, token, code and device code on every
    /// node at once, and none of it works again when the account comes back.
    t38_the_end_of_everything_is_the_same_on_every_node,
    |world| {
        let (first, second) = (world.address(), world.another_node().await);
        let ada = world.person("ada");
        let account = format!("/v1.0/users/{ada}");
        for ending in ["reset", "revoke", "disable", "delete"] {
            world.set_password("ada", PASSWORD).await;
            world.turn_to(second);
            let browser = signs_in(&world, "ada", PASSWORD, None).await;
            let tokens = exchanged(&world, &code(&browser).await).await.is(200).json();
            let (bearer, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
            let waiting = code(&browser).await;
            let device = confirmed_device(&world, &browser).await;
            world.holder_of(bearer.clone()).get("/v1.0/me").await.expect(200);

            world.turn_to(first);
            let admin = world.admin();
            match ending {
                "reset" => drop(admin.patch(&account, &json!({"passwordProfile": {"password": ANOTHER}})).await.expect(204)),
                "revoke" => drop(admin.post(&format!("{account}/revokeSignInSessions"), &Value::Null).await.expect(200)),
                "disable" => drop(admin.patch(&account, &json!({"accountEnabled": false})).await.expect(204)),
                _ => drop(admin.delete(&account).await.expect(204)),
            }
            let all_over = async |when: &str| {
                for node in [first, second] {
                    world.turn_to(node);
                    assert_eq!(browser.get("/sign-in/methods").await.status, 303, "{ending} {when}: cookie");
                    world.holder_of(bearer.clone()).get("/v1.0/me").await.expect(401);
                    refreshed(&world, &refresh).await.is(400).tells("invalid_grant");
                    exchanged(&world, &waiting).await.is(400).tells("invalid_grant");
                    polled(&world, &device).await.is(400);
                }
                world.turn_to(first);
            };
            all_over("at once").await;
            match ending {
                "disable" => drop(admin.patch(&account, &json!({"accountEnabled": true})).await.expect(204)),
                "delete" => drop(admin.post(&format!("/v1.0/directory/deletedItems/{ada}/restore"), &Value::Null).await.expect(200)),
                _ => {}
            }
            all_over("when the account is there again").await;
            world.forward(Length::minutes(1));
        }
    }
}

on_every_engine! {
    /// A password that is set over the API is judged as one that is set at sign-in, and told in the words that
    /// known clients look for; where it is refused, nothing else is changed either.
    a_password_set_over_the_api_goes_by_the_same_rules,
    |world| {
        let ada = format!("/v1.0/users/{}", world.person("ada"));
        let admin = world.admin();
        for bad in ["qwertyuiop123", "eleven char", "Ada-contoso-2026", "aaaaaaaaaaaaaaaa", &"ab".repeat(129)] {
            let change = json!({"jobTitle": "Operator", "passwordProfile": {"password": bad}});
            let refused = admin.patch(&ada, &change).await.expect(400);
            assert!(refused.message().contains("specified password does not comply"), "{}", refused.message());
            assert!(!refused.message().contains(bad), "it is not repeated");
            let user = json!({
                "accountEnabled": true, "displayName": "Ada", "mailNickname": "x", "userPrincipalName": "x@contoso.example",
                "passwordProfile": {"password": bad},
            });
            let refused = admin.post("/v1.0/users", &user).await.expect(400);
            assert!(refused.message().contains("specified password does not comply"), "{}", refused.message());
        }
        assert_eq!(admin.get(&ada).await.expect(200).json()["jobTitle"], Value::Null);
        // Twelve characters are enough here; who may not set it is told so, whatever the password is.
        world.ada().patch(&ada, &json!({"passwordProfile": {"password": "qwertyuiop123"}})).await.expect(403);
        admin.patch(&ada, &json!({"passwordProfile": {"password": "twelve plums"}})).await.expect(204);
        signs_in(&world, "ada", "twelve plums", None).await;
    }
}

on_every_engine! {
    /// T-11: whoever had a sign-in reset does not activate what leads to a directory role as its owner, until a
    /// day is over, somebody approves, or something is shown that was theirs before.
    t11_a_reset_by_somebody_else_holds_back_what_leads_to_a_directory_role,
    |world| {
        let admin = world.admin();
        let group = json!({
            "displayName": "leads-to-a-role", "mailNickname": "leads", "mailEnabled": false, "securityEnabled": true,
            "isAssignableToRole": true, "visibility": "Private",
        });
        let group = text(&admin.post("/v1.0/groups", &group).await.expect(201).json(), "id");
        for who in ["ada", "bob"] {
            let mut ask = world.assignment(who, "prod-admins", "P30D");
            ask["groupId"] = group.clone().into();
            admin.post(&pim("eligibilityScheduleRequests"), &ask).await.expect(201);
            world.set_password(who, PASSWORD).await;
        }
        let before = signs_in(&world, "ada", PASSWORD, None).await;
        let old_authenticator = before.enrols().await;
        world.forward(Length::minutes(1));
        for who in ["ada", "bob"] {
            let account = format!("/v1.0/users/{}", world.person(who));
            admin.patch(&account, &json!({"passwordProfile": {"password": ANOTHER}})).await.expect(204);
        }
        world.forward(Length::minutes(1));
        let activates = async |who: &str, bearer: String| {
            let mut ask = world.activation(who, "prod-admins");
            ask["groupId"] = group.clone().into();
            world.holder_of(bearer).post(&pim("assignmentScheduleRequests"), &ask).await
        };

        // Who resets Bob's password signs in as him, and enrols an authenticator of their own.
        let intruder = signs_in(&world, "bob", ANOTHER, None).await;
        let new_authenticator = intruder.enrols().await;
        world.forward(Length::minutes(1));
        let intruder = signs_in(&world, "bob", ANOTHER, Some(&new_authenticator)).await;
        let refused = activates("bob", access(&world, &intruder).await).await.expect(403);
        assert!(refused.message().contains("omebody else reset your sign-in"), "{}", refused.message());
        // Other groups are not held back, and neither is Ada with what was hers before.
        let own = world.make_eligible("bob", "readers").await;
        drop(own.expect(201));
        let bearer = access(&world, &intruder).await;
        world.holder_of(bearer).post(&pim("assignmentScheduleRequests"), &world.activation("bob", "readers")).await.expect(201);
        let ada = signs_in(&world, "ada", ANOTHER, Some(&old_authenticator)).await;
        activates("ada", access(&world, &ada).await).await.expect(201);

        world.forward(Session::RESET_HOLD);
        let later = signs_in(&world, "bob", ANOTHER, Some(&new_authenticator)).await;
        activates("bob", access(&world, &later).await).await.expect(201);
    }
}
