//! Administrators read what was sent, or is kept for want of a mail server.

use ephor_core::caller::{Caller, Factor};
use ephor_core::id::PrincipalId;
use ephor_core::notice::{Portal, Zone};
use ephor_core::time::Length;
use ephor_ops::OpError;
use ephor_ops::mail::{self, Sending};
use serde_json::json;

use crate::browser::Browser;
use crate::support::{URL, World, on_every_engine};

const MAIL: &str = "/ephor/v1/mail";

/// Writes the letters about all that has happened.
async fn written(world: &World, sending: Sending) {
    let portal = Portal {
        url: URL.into(),
        zone: Zone::default(),
    };
    world
        .store
        .write("test", Caller::system(), move |tx| {
            for message in mail::lease_events(tx)? {
                let notices = mail::compose(tx, &message, &portal)?;
                mail::keep(tx, &message, &notices, sending)?;
            }
            Ok::<_, OpError>(())
        })
        .await
        .unwrap();
}

on_every_engine! {
    /// R-C4: the letter in both dresses, with what has become of it.
    r_c4_a_letter_that_is_kept_can_be_read_by_administrators, |world| {
        world.make_eligible("ada", "prod-admins").await;
        written(&world, Sending::Off).await;
        let page = world.admin().get(MAIL).await.expect(200);
        let [letter] = page.rows().try_into().unwrap();
        let told = |name: &str| letter[name].as_str().unwrap_or_default().to_owned();
        assert_eq!(told("state"), "kept");
        assert_eq!(told("kind"), "assigned");
        assert_eq!(told("to"), "ada@contoso.example");
        assert_eq!(told("recipientId"), world.person("ada"));
        assert_eq!(told("groupId"), world.group("prod-admins"));
        assert_eq!(told("createdDateTime"), "2026-11-21T09:00:00Z");
        assert_eq!(told("subject"), "PIM: new eligible assignment in prod-admins");
        assert!(told("text").starts_with("Ada was made eligible for membership of prod-admins.\n"), "{letter}");
        assert!(told("html").contains("<bdi>Ada</bdi> was made eligible"), "{letter}");
        assert!(told("text").contains(&format!("{URL}/requests/")), "{letter}");
        assert_eq!((&letter["attempts"], &letter["error"], &letter["settledDateTime"]), (&json!(0), &json!(null), &json!(null)));
    }
}

on_every_engine! {
    /// Who hears of what is the administrators' to know: the letters hold reasons and names.
    letters_are_for_administrators_with_the_permission, |world| {
        world.make_eligible("ada", "prod-admins").await;
        written(&world, Sending::Off).await;
        world.ada().get(MAIL).await.refused(403, "Authorization_RequestDenied");
        world.with_claims("admin", json!({"scp": "User.Read"})).get(MAIL).await.refused(403, "PermissionScopeNotGranted");
        world.nobody().get(MAIL).await.expect(401);
        world.admin().post(MAIL, &json!({})).await.expect(405);
    }
}

on_every_engine! {
    /// Newest first, by pages that hold each letter once; narrowed by what has become of it.
    letters_are_listed_by_pages_and_by_state, |world| {
        for name in ["ada", "bob", "carol"] {
            world.make_eligible(name, "prod-admins").await;
        }
        written(&world, Sending::Off).await;
        world.make_eligible("ada", "readers").await;
        written(&world, Sending::On).await;

        let mut seen = Vec::new();
        let mut next = Some(format!("{MAIL}?$top=2"));
        while let Some(link) = next {
            let page = world.admin().get(&link).await.expect(200);
            assert!(page.rows().len() <= 2);
            seen.extend(page.rows().iter().map(|row| row["to"].as_str().unwrap().to_owned()));
            next = page.json()["@odata.nextLink"].as_str().map(str::to_owned);
        }
        let wanted = ["ada", "carol", "bob", "ada"].map(|name| format!("{name}@contoso.example"));
        assert_eq!(seen, wanted);

        for (state, count) in [("kept", 3), ("waiting", 1), ("sent", 0), ("undelivered", 0)] {
            let page = world.admin().get(&format!("{MAIL}?state={state}")).await.expect(200);
            assert_eq!(page.rows().len(), count, "{state}");
        }
        for (query, words) in [
            ("state=lost", "`state` is `lost`, but a mail is waiting, sent, undelivered or kept"),
            ("$top=0", "between 1 and 1000"),
            ("$filter=a eq 'b'", "`$filter`"),
            ("$skiptoken=x", "$skiptoken"),
        ] {
            let told = world.admin().get(&format!("{MAIL}?{query}")).await.refused(400, "BadRequest").message();
            assert!(told.contains(words), "{query}: {told}");
        }
    }
}

on_every_engine! {
    /// T-11, T-43: whoever owns an account hears of what changed of how they sign in, whoever did it; Global
    /// Administrators hear of a token that the operator made.
    t11_t43_what_changes_of_an_account_is_told_to_its_owner, |world| {
        const OLD: &str = "seven plums fell on monday";
        const NEW: &str = "eight pears fell on tuesday";
        let heard = async || -> Vec<String> {
            let letters = world.letters().await;
            letters.iter().map(|(who, kind, _)| format!("{who}: {kind}")).collect()
        };
        world.set_password("ada", OLD).await;
        let browser = Browser::new(&world);
        browser.types("ada@contoso.example", OLD).await.is(200);
        let _before = heard().await;

        let secret = browser.enrols().await;
        assert_eq!(heard().await, ["ada: signInMethodAdded"]);
        world.forward(Length::seconds(30));
        let browser = Browser::new(&world);
        browser.types("ada@contoso.example", OLD).await.is(303);
        browser.types_code(&world.digits(&secret)).await.is(200);
        let made = browser.changes("recovery", &[]).await.is(200);
        let code = made.text.split("<code>").nth(1).or_else(|| made.text.split("<li>").nth(1)).unwrap();
        let code = code.split('<').next().unwrap().to_owned();
        assert_eq!(heard().await, ["ada: recoveryCodesMade"]);

        world.forward(Length::minutes(1));
        let other = Browser::new(&world);
        other.types("ada@contoso.example", OLD).await.is(303);
        other.types_code(&code).await.is(200);
        assert_eq!(heard().await, ["ada: recoveryCodeUsed"]);
        world.forward(Length::minutes(1));
        let other = Browser::new(&world);
        other.types("ada@contoso.example", OLD).await.is(303);
        other.types_code(&world.digits(&secret)).await.is(200);
        assert_eq!(heard().await, Vec::<String>::new(), "signing in as always is no news");

        let ada = format!("/v1.0/users/{}", world.person("ada"));
        world.admin().patch(&ada, &json!({"passwordProfile": {"password": NEW}})).await.expect(204);
        let letters = world.letters().await;
        let [(who, kind, text)] = &letters[..] else { panic!("{letters:?}") };
        assert_eq!((who.as_str(), kind.as_str()), ("ada", "passwordReset"));
        assert!(text.contains("By: "), "{text}");
        let _code = world.make_reset_code("ada").await;
        assert_eq!(heard().await, ["ada: resetCodeMade"]);

        world
            .store
            .write("token", Caller::operator(), |tx| {
                let name = "ada@contoso.example".parse().unwrap();
                ephor_ops::session::issue(tx, &name, Factor::Single, Length::hours(1))
            })
            .await
            .unwrap();
        let letters = world.letters().await;
        let [(who, kind, text)] = &letters[..] else { panic!("{letters:?}") };
        assert_eq!((who.as_str(), kind.as_str()), ("admin", "tokenIssued"));
        assert!(text.contains("in the name of Ada"), "{text}");
        let page = world.admin().get(&format!("{MAIL}?$top=1")).await.expect(200);
        assert_eq!(page.rows()[0]["userId"], world.person("ada"));
        assert_eq!(page.rows()[0]["groupId"], json!(null));
    }
}

on_every_engine! {
    /// A person who is gone keeps the letters they got; nobody reads them in their name.
    letters_outlive_their_recipient, |world| {
        world.make_eligible("bob", "prod-admins").await;
        written(&world, Sending::Off).await;
        let bob: PrincipalId = world.person("bob").parse().unwrap();
        world.admin().delete(&format!("/v1.0/users/{bob}")).await.expect(204);
        let page = world.admin().get(MAIL).await.expect(200);
        assert_eq!(page.rows()[0]["recipientId"], bob.to_string());
    }
}
