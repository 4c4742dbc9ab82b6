//! People sign in: passwords, second factors, sessions, and the end of them (T-34 to T-39).

use ephor_core::caller::Caller;
use ephor_core::signin::event::SessionEnd;
use ephor_core::time::Length;
use ephor_ops::signin::session;
use serde_json::json;

use crate::browser::Browser;
use crate::support::{Setup, World, on_every_engine};

const ADA: &str = "ada@contoso.example";
const PASSWORD: &str = "seven plums fell on monday";
const ANOTHER: &str = "nine owls sang all night";
const COOKIE: &str = "__Host-ephor";

async fn with_passwords(world: &World) {
    world.set_password("ada", PASSWORD).await;
}

on_every_engine! {
    /// The whole way: a password, then an authenticator, then both, then sign-out.
    a_person_signs_in_enrols_a_second_factor_and_signs_out,
    |world| {
        with_passwords(&world).await;
        let browser = Browser::new(&world);
        browser.get("/sign-in/methods").await.is(303);
        let done = browser.types(ADA, PASSWORD).await.is(200);
        assert_eq!(done.goes_on(), "/", "to the portal");
        browser.get("/sign-in/methods").await.is(200).tells("You have no second factor yet");
        let secret = browser.enrols().await;
        browser.get("/sign-in/methods").await.is(200).tells("Phone");

        let other = Browser::new(&world);
        assert_eq!(other.types(ADA, PASSWORD).await.is(303).leads(), "/sign-in/factor");
        assert!(other.cookie(COOKIE).is_none(), "a password alone is not enough any more");
        other.types_code("000000").await.is(401).tells("The code is wrong");
        world.forward(Length::seconds(30));
        other.types_code(&world.digits(&secret)).await.is(200);
        let told = other.get("/sign-in/sessions").await.is(200);
        assert_eq!(told.text.matches("<li>").count(), 2, "two browsers: {}", told.text);

        let mark = other.get("/sign-out").await.is(200).mark();
        let out = other.post("/sign-out", &[("form", &mark)]).await.is(200);
        assert!(out.headers.contains_key("clear-site-data"));
        other.get("/sign-in/methods").await.is(303);
        browser.get("/sign-in/methods").await.is(200);
    }
}

on_every_engine! {
    /// T-34: spellings of one name share one counter; unknown names are answered alike; a delay holds after
    /// the fifth failure, and what is right is not judged before it is over.
    t34_failures_are_counted_by_account_however_the_name_is_spelt,
    |world| {
        with_passwords(&world).await;
        let browser = Browser::new(&world);
        let spellings = [
            "ada@contoso.example",
            " ADA@contoso.example",
            "Ada@CONTOSO.example.",
            "\u{ff41}da@contoso.example",
            "ada\u{ff20}contoso.example ",
            "ada@contoso.example",
        ];
        let mut pages = Vec::new();
        for spelling in spellings {
            pages.push(browser.types(spelling, "wrong wrong wrong").await.is(401).text);
        }
        browser.types(ADA, PASSWORD).await.is(429).tells("Try again in 1 second");
        world.forward(Length::seconds(1));
        browser.types(ADA, PASSWORD).await.is(200);

        let stranger = Browser::new(&world);
        for _ in 0..6 {
            let page = stranger.types("nobody@contoso.example", "wrong wrong wrong").await;
            page.is(401).tells("The name or the password is wrong.");
        }
        stranger.types("nobody@contoso.example", "wrong wrong wrong").await.is(429);
        assert!(pages[0].contains("The name or the password is wrong."));
    }
}

on_every_engine! {
    /// T-34: after a hundred in a row not even the right password is judged, whenever; a reset opens it.
    t34_a_hundred_failures_close_the_password_until_a_reset,
    |world| {
        with_passwords(&world).await;
        world.fail_attempts("ada", 100).await;
        world.forward(Length::days(30));
        let browser = Browser::new(&world);
        browser.types(ADA, PASSWORD).await.is(429).tells("ask an administrator");
        let code = world.make_reset_code("ada").await;
        let page = browser.get("/sign-in/recover").await.is(200);
        let mark = page.mark();
        let recover = |password: &'static str| {
            let (mark, code, browser) = (mark.clone(), code.clone(), &browser);
            async move {
                let fields = [("form", mark.as_str()), ("name", ADA), ("code", code.as_str()), ("password", password)];
                browser.post("/sign-in/recover", &fields).await
            }
        };
        recover("short").await.is(400).tells("at least 12");
        recover("qwertyuiop123").await.is(400).tells("many people use");
        recover("twelve signs").await.is(400).tells("at least 15");
        recover("nine owls sang all night").await.is(200);
        browser.get("/sign-in/methods").await.is(200);
        let again = Browser::new(&world);
        again.types(ADA, PASSWORD).await.is(401);
        again.types(ADA, "nine owls sang all night").await.is(200);
        // The code works once.
        let late = Browser::new(&world);
        let mark = late.get("/sign-in/recover").await.mark();
        let fields = [("form", mark.as_str()), ("name", ADA), ("code", code.as_str()), ("password", "ten owls sang all night")];
        late.post("/sign-in/recover", &fields).await.is(400).tells("the code is over");
    }
}

on_every_engine! {
    /// A reset never takes the second factor's place.
    a_reset_code_stands_for_the_password_alone,
    |world| {
        with_passwords(&world).await;
        let browser = Browser::new(&world);
        browser.types(ADA, PASSWORD).await.is(200);
        let secret = browser.enrols().await;
        let code = world.make_reset_code("ada").await;
        browser.get("/sign-in/methods").await.is(303);
        let other = Browser::new(&world);
        let mark = other.get("/sign-in/recover").await.mark();
        let fields = [("form", mark.as_str()), ("name", ADA), ("code", code.as_str()), ("password", "twelve signs")];
        assert_eq!(other.post("/sign-in/recover", &fields).await.is(303).leads(), "/sign-in/factor");
        assert!(other.cookie(COOKIE).is_none());
        world.forward(Length::seconds(30));
        other.types_code(&world.digits(&secret)).await.is(200);
        other.get("/sign-in/methods").await.is(200);
    }
}

on_every_engine! {
    /// T-35: each step of an authenticator counts once, however many try it at once, and nothing is trimmed.
    t35_a_code_works_once_and_only_as_six_plain_digits,
    |world| {
        with_passwords(&world).await;
        let browser = Browser::new(&world);
        browser.types(ADA, PASSWORD).await.is(200);
        let secret = browser.enrols().await;
        let enrolled_with = world.digits(&secret);
        let first = Browser::new(&world);
        first.types(ADA, PASSWORD).await.is(303);
        first.types_code(&enrolled_with).await.is(401);
        world.forward(Length::seconds(30));
        let code = world.digits(&secret);
        for bent in [
            format!(" {code}"),
            format!("{code}\t"),
            code.chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap()).collect(),
        ] {
            first.types_code(&bent).await.is(401);
        }
        let browsers: Vec<Browser<'_>> = (0..4).map(|_| Browser::new(&world)).collect();
        for browser in &browsers {
            browser.types(ADA, PASSWORD).await;
        }
        world.forgive("ada").await;
        let mut right = 0;
        let all = [&browsers[0], &browsers[1], &browsers[2], &browsers[3]];
        let (a, b, c, d) = tokio::join!(
            all[0].types_code(&code), all[1].types_code(&code), all[2].types_code(&code), all[3].types_code(&code)
        );
        for page in [a, b, c, d] {
            right += usize::from(page.status == 200);
        }
        assert_eq!(right, 1);
    }
}

on_every_engine! {
    /// T-36: codes are counted with the password's failures, before they are compared.
    t36_codes_can_not_be_guessed,
    |world| {
        with_passwords(&world).await;
        let browser = Browser::new(&world);
        browser.types(ADA, PASSWORD).await.is(200);
        let secret = browser.enrols().await;
        let guesser = Browser::new(&world);
        guesser.types(ADA, PASSWORD).await.is(303);
        for _ in 0..5 {
            guesser.types_code("123456").await.is(401);
        }
        world.forward(Length::micros(30_000_000 - 999_000));
        guesser.types_code("123456").await;
        let page = guesser.types_code(&world.digits(&secret)).await;
        page.is(429).tells("too many attempts");
        // Starting again with the password does not set the counter back.
        guesser.types(ADA, PASSWORD).await.is(429);
    }
}

on_every_engine! {
    /// Recovery codes work once each, in place of the second factor; new ones take the old ones' place.
    recovery_codes_work_once,
    |world| {
        with_passwords(&world).await;
        let browser = Browser::new(&world);
        browser.types(ADA, PASSWORD).await.is(200);
        browser.enrols().await;
        world.forward(Length::minutes(1));
        let page = browser.changes("recovery", &[]).await;
        // The second factor was never shown in this session: that comes first.
        assert!(page.leads().starts_with("/sign-in?"), "{}", page.text);
        let other = Browser::new(&world);
        other.types(ADA, PASSWORD).await.is(303);
        let code = world.digits(&world.secret_of("ada"));
        other.types_code(&code).await.is(200);
        let page = other.changes("recovery", &[]).await.is(200);
        let codes: Vec<String> = page
            .text
            .split("<li>")
            .skip(1)
            .map(|rest| rest.split('<').next().unwrap().to_owned())
            .collect();
        assert_eq!(codes.len(), 10);
        let third = Browser::new(&world);
        third.types(ADA, PASSWORD).await.is(303);
        third.types_code(&codes[3].to_uppercase()).await.is(200);
        let fourth = Browser::new(&world);
        fourth.types(ADA, PASSWORD).await.is(303);
        fourth.types_code(&codes[3]).await.is(401);
        fourth.types_code(&codes[4].replace('-', "")).await.is(200);
    }
}

on_every_engine! {
    /// T-38: a cookie that somebody put there is not taken up, and each sign-in has a new one.
    t38_a_sessions_cookie_is_always_a_new_one,
    |world| {
        with_passwords(&world).await;
        let browser = Browser::new(&world);
        let planted = "a".repeat(64);
        browser.put_cookie(COOKIE, &planted);
        browser.types(ADA, PASSWORD).await.is(200);
        let first = browser.cookie(COOKIE).unwrap();
        assert_ne!(first, planted);
        let thief = browser.copy();
        browser.enrols().await;
        world.forward(Length::seconds(30));
        // A step-up changes the cookie, and the old one is worth nothing.
        let stepped = browser.get("/sign-in?strength=aal2").await.is(303);
        assert_eq!(stepped.leads(), "/sign-in/factor");
        browser.types_code(&world.digits(&world.secret_of("ada"))).await.is(200);
        assert_ne!(browser.cookie(COOKIE).unwrap(), first);
        browser.get("/sign-in/methods").await.is(200);
        thief.get("/sign-in/methods").await.is(303);
    }
}

on_every_engine! {
    /// T-38: half an hour unused, or half a day in any case, and a session is over.
    t38_sessions_end_by_the_clock,
    |world| {
        with_passwords(&world).await;
        let browser = Browser::new(&world);
        browser.types(ADA, PASSWORD).await.is(200);
        world.forward(Length::minutes(29));
        browser.get("/sign-in/methods").await.is(200);
        world.forward(Length::minutes(29));
        browser.get("/sign-in/methods").await.is(200);
        world.forward(Length::minutes(31));
        browser.get("/sign-in/methods").await.is(303);
        browser.types(ADA, PASSWORD).await.is(200);
        for _ in 0..28 {
            world.forward(Length::minutes(25));
            browser.get("/sign-in/methods").await.is(200);
        }
        world.forward(Length::minutes(21));
        browser.get("/sign-in/methods").await.is(303);
    }
}

on_every_engine! {
    /// T-38: what ends everything of somebody ends it at once: here revoking, and deleting the account.
    t38_the_end_of_everything_ends_sessions_at_once,
    |world| {
        with_passwords(&world).await;
        let ada: ephor_core::id::PrincipalId = world.person("ada").parse().unwrap();
        let browser = Browser::new(&world);
        browser.types(ADA, PASSWORD).await.is(200);
        world
            .store
            .write("test", Caller::operator(), move |tx| session::end_all(tx, ada, SessionEnd::EndedByAdministrator))
            .await
            .unwrap();
        browser.get("/sign-in/methods").await.is(303);
        world.ada().get("/v1.0/me").await.expect(401);
        browser.types(ADA, PASSWORD).await.is(200);
        world.admin().delete(&format!("/v1.0/users/{ada}")).await.expect(204);
        browser.get("/sign-in/methods").await.is(303);
        browser.types(ADA, PASSWORD).await.is(401);
    }
}

on_every_engine! {
    /// T-39: a form counts only from a page of ours that was made for this browser.
    t39_forms_of_others_change_nothing,
    |world| {
        with_passwords(&world).await;
        let browser = Browser::new(&world);
        browser.types(ADA, PASSWORD).await.is(200);
        let mark = browser.get("/sign-in/methods").await.mark();
        let other = Browser::new(&world);
        other.types(ADA, PASSWORD).await.is(200);
        let others_mark = other.get("/sign-in/methods").await.mark();
        let all = [("id", "all")];
        browser.post("/sign-in/sessions", &all).await.is(403);
        browser.post("/sign-in/sessions", &[all[0], ("form", &others_mark)]).await.is(403);
        let good = [all[0], ("form", mark.as_str())];
        for headers in [
            [("sec-fetch-site", "cross-site")],
            [("sec-fetch-site", "same-site")],
            [("origin", "https://evil.example")],
        ] {
            browser.plain("/sign-in/sessions", &headers, &good).await.is(403);
        }
        browser.get("/sign-in/methods").await.is(200);
        browser.plain("/sign-in/sessions", &[], &good).await.is(303);
        browser.get("/sign-in/methods").await.is(303);
    }
}

on_every_engine! {
    /// T-39: a cookie counts for the API only with the header that a page of ours sends.
    t39_a_cookie_alone_opens_no_api,
    |world| {
        with_passwords(&world).await;
        let browser = Browser::new(&world);
        browser.types(ADA, PASSWORD).await.is(200);
        browser.api("/v1.0/me", &[]).await.is(401);
        let me = browser.api("/v1.0/me", &[("ephor-portal", "1"), ("sec-fetch-site", "same-origin")]).await.is(200);
        assert_eq!(me.json()["userPrincipalName"], ADA);
        browser.api("/v1.0/me", &[("ephor-portal", "1"), ("sec-fetch-site", "cross-site")]).await.is(401);
        browser.api("/v1.0/me", &[("ephor-portal", "1"), ("origin", "https://evil.example")]).await.is(401);
        browser.api("/v1.0/me", &[("ephor-portal", "1"), ("authorization", "Bearer x")]).await.is(401);
    }
}

on_every_engine! {
    /// T-39: what a batch that came with a cookie asks for is asked in the cookie's name, and under the same
    /// conditions; no part brings a cookie of its own.
    t39_the_parts_of_a_batch_have_the_cookie_of_the_batch,
    |world| {
        with_passwords(&world).await;
        let browser = Browser::new(&world);
        browser.types(ADA, PASSWORD).await.is(200);
        let ours = [("ephor-portal", "1"), ("sec-fetch-site", "same-origin")];
        let me = serde_json::json!({"requests": [{"id": "1", "method": "GET", "url": "/me"}]});
        let told = browser.api_post("/v1.0/$batch", &ours, &me).await.is(200).json();
        assert_eq!(told["responses"][0]["body"]["userPrincipalName"], ADA);

        let cookie = format!("{COOKIE}={}", browser.cookie(COOKIE).unwrap());
        let own = serde_json::json!({"requests": [{"id": "1", "method": "GET", "url": "/me",
            "headers": {"cookie": cookie, "ephor-portal": "1"}}]});
        let stranger = Browser::new(&world);
        stranger.api_post("/v1.0/$batch", &[], &own).await.is(401);
        let bob = [("authorization", format!("Bearer {}", world.mint("bob", &serde_json::json!({}))))];
        let bob = bob.each_ref().map(|(name, value)| (*name, value.as_str()));
        stranger.api_post("/v1.0/$batch", &bob, &own).await.is(400);
    }
}

on_every_engine! {
    /// T-43: in a demonstration one click is a sign-in with a second factor, which lasts when the clock moves.
    t43_in_a_demonstration_somebody_is_chosen_by_a_click, Setup::demonstration(), |world| {
        let browser = Browser::new(&world);
        let page = browser.get("/sign-in?return_to=%2Froles").await.is(200).tells("Ada");
        let mark = page.mark();
        let chosen = |person| [("person", person), ("return_to", "/roles")];
        let [person, to] = chosen(ADA);
        browser.post("/sign-in/demonstration", &[person, to]).await.is(403);
        let [other, _] = chosen("bob@contoso.example");
        browser.post("/sign-in/demonstration", &[("form", &mark), other]).await.is(400);
        let done = browser.post("/sign-in/demonstration", &[("form", &mark), person, to]).await.is(200);
        assert_eq!(done.goes_on(), "/roles");
        let strong = browser.get("/sign-in?strength=phr&return_to=%2Fgroups").await.is(303);
        assert_eq!(strong.leads(), "/groups", "nothing stronger is asked for");

        let ours = [("ephor-portal", "1"), ("sec-fetch-site", "same-origin")];
        let by = serde_json::json!({"advance": "P2D"});
        browser.api_post("/demo/clock", &[], &by).await.is(200);
        browser.api("/v1.0/me", &ours).await.is(200);
        world.forward(Length::hours(13));
        browser.api("/v1.0/me", &ours).await.is(401);
    }
}

on_every_engine! {
    /// T-43: whoever serves a real tenant has no such button.
    t43_nobody_is_chosen_where_this_is_no_demonstration,
    |world| {
        let browser = Browser::new(&world);
        let page = browser.get("/sign-in").await.is(200);
        assert!(!page.text.contains("name=\"person\""), "{}", page.text);
        let mark = page.mark();
        browser.post("/sign-in/demonstration", &[("form", &mark), ("person", ADA)]).await.is(404);
    }
}

on_every_engine! {
    /// Every page says how it may be used, and holds nothing that it should not.
    pages_carry_the_headers_that_keep_them_safe,
    |world| {
        with_passwords(&world).await;
        let browser = Browser::new(&world);
        let page = browser.get("/sign-in?hint=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&return_to=%22%3E%3Cb%3E").await.is(200);
        assert!(!page.text.contains("<script>alert") && !page.text.contains("<b>"), "{}", page.text);
        let header = |name: &str| page.headers[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        for needed in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'", "require-trusted-types-for 'script'"] {
            assert!(policy.contains(needed), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin");
        assert!(header("strict-transport-security").contains("63072000"));
        assert!(!page.text.contains("style=") && !page.text.contains("onclick"));
        browser.get("/sign-in/assets/passkey.js").await.is(200);
        browser.get("/sign-in/nothing").await.is(404).tells("There is nothing here");
    }
}

on_every_engine! {
    /// Methods are changed only freshly signed in, and every other session ends with it.
    a_changed_password_ends_every_other_session,
    |world| {
        with_passwords(&world).await;
        let (here, elsewhere) = (Browser::new(&world), Browser::new(&world));
        here.types(ADA, PASSWORD).await.is(200);
        elsewhere.types(ADA, PASSWORD).await.is(200);
        let fields = [("old", "wrong wrong wrong"), ("password", "nine owls sang all night")];
        here.changes("password", &fields).await.is(200).tells("The password until now is wrong");
        let fields = [("old", PASSWORD), ("password", "ada contoso 12345")];
        here.changes("password", &fields).await.is(200).tells("is made of names");
        let fields = [("old", PASSWORD), ("password", "nine owls sang all night")];
        here.changes("password", &fields).await.is(303);
        here.get("/sign-in/methods").await.is(200);
        elsewhere.get("/sign-in/methods").await.is(303);
        world.forward(Length::minutes(16));
        let page = here.changes("totp/start", &[]).await.is(303);
        assert!(page.leads().starts_with("/sign-in?"), "{}", page.leads());
    }
}

on_every_engine! {
    /// R-A7, T-38: administrators see and take away what somebody signs in by, and end their sessions; others
    /// don't, and nothing secret is answered to anybody.
    methods_and_sessions_through_graph,
    |world| {
        with_passwords(&world).await;
        let browser = Browser::new(&world);
        browser.types(ADA, PASSWORD).await.is(200);
        browser.enrols().await;
        let ada = world.person("ada");
        let path = format!("/v1.0/users/{ada}/authentication");
        let listed = world.admin().get(&format!("{path}/methods")).await.expect(200);
        let kinds: Vec<String> = listed.each("@odata.type");
        assert_eq!(kinds, ["#microsoft.graph.passwordAuthenticationMethod", "#microsoft.graph.softwareOathAuthenticationMethod"]);
        assert!(listed.rows().iter().all(|row| row.get("password").is_none_or(serde_json::Value::is_null)));
        world.as_person("bob").get(&format!("{path}/methods")).await.expect(403);
        let id = world.admin().get(&format!("{path}/softwareOathMethods")).await.expect(200).each("id").remove(0);
        world.as_person("bob").delete(&format!("{path}/softwareOathMethods/{id}")).await.expect(403);
        world.admin().delete(&format!("{path}/fido2Methods/{id}")).await.expect(404);
        world.admin().delete(&format!("{path}/softwareOathMethods/{id}")).await.expect(204);
        browser.get("/sign-in/methods").await.is(303);
        browser.types(ADA, PASSWORD).await.is(200);
        world.as_person("bob").post(&format!("/v1.0/users/{ada}/revokeSignInSessions"), &serde_json::json!({})).await.expect(403);
        let revoked = world.admin().post(&format!("/v1.0/users/{ada}/revokeSignInSessions"), &serde_json::json!({})).await.expect(200);
        assert_eq!(revoked.json()["value"], true);
        browser.get("/sign-in/methods").await.is(303);
        world.as_person("bob").post("/v1.0/me/revokeSignInSessions", &serde_json::json!({})).await.expect(200);
        world.as_person("bob").get("/v1.0/me").await.expect(401);
    }
}

on_every_engine! {
    /// T-42: in a browser, what gives access takes a second factor shown in the last quarter of an hour; what is
    /// asked for instead is told as RFC 9470 does, and after it the same request is done.
    t42_giving_access_in_a_browser_takes_a_fresh_second_factor,
    |world| {
        world.set_password("admin", PASSWORD).await;
        let browser = Browser::new(&world);
        let name = "admin@contoso.example";
        browser.types(name, PASSWORD).await.is(200);
        let path = crate::support::pim("eligibilityScheduleRequests");
        let body = world.assignment("ada", "prod-admins", "P30D");
        let ours = [("ephor-portal", "1"), ("sec-fetch-site", "same-origin")];
        let challenged = browser.api_post(&path, &ours, &body).await.is(401);
        let told = challenged.headers["www-authenticate"].to_str().unwrap();
        for needed in ["error=\"insufficient_user_authentication\"", "acr_values=\"aal2\"", "max_age=\"900\""] {
            assert!(told.contains(needed), "{told}");
        }
        assert_eq!(challenged.json()["error"]["code"], "insufficient_user_authentication");

        let secret = browser.enrols().await;
        world.forward(Length::minutes(16));
        browser.api_post(&path, &ours, &body).await.is(401);
        let again = browser.get("/sign-in?strength=aal2&not_before=2099-01-01T00:00:00Z&return_to=%2F").await.is(303);
        assert_eq!(again.leads(), "/sign-in/factor");
        browser.types_code(&world.digits(&secret)).await.is(200);
        let made = browser.api_post(&path, &ours, &body).await.is(201).json();
        assert_eq!(made["status"], "Provisioned");
        world.forward(Length::minutes(16));
        let mut end = body.clone();
        end["action"] = "adminRemove".into();
        browser.api_post(&path, &ours, &end).await.is(201);
    }
}

on_every_engine! {
    /// `directory.md` 3.2: a password that somebody else chose opens nothing but the page for the next one, where
    /// they asked for that; the next one is really another, and then the way leads where it was to lead.
    a_password_that_is_to_be_changed_opens_nothing_but_the_page_for_another,
    |world| {
        let (admin, ada) = (world.admin(), format!("/v1.0/users/{}", world.person("ada")));
        let given = json!({"passwordProfile": {"password": PASSWORD, "forceChangePasswordNextSignIn": true}});
        admin.patch(&ada, &given).await.expect(204);
        let browser = Browser::new(&world);
        let page = browser.types_at("/sign-in?return_to=%2Fgroups", ADA, PASSWORD).await.is(303);
        assert_eq!(page.leads(), "/sign-in/password");
        assert!(browser.cookie(COOKIE).is_none(), "there is no session yet");
        browser.get("/sign-in/methods").await.is(303);
        let mark = browser.get("/sign-in/password").await.is(200).tells("Choose a new password").mark();
        let sets = async |password: &str| {
            browser.post("/sign-in/password", &[("form", &mark), ("password", password)]).await
        };
        sets("short").await.is(400).tells("at least 12");
        sets("qwertyuiop123").await.is(400).tells("many people use");
        sets("twelve signs").await.is(400).tells("at least 15");
        sets(PASSWORD).await.is(400).tells("the password until now");
        browser.plain("/sign-in/password", &[("sec-fetch-site", "cross-site")], &[("form", &mark), ("password", ANOTHER)]).await.is(403);
        assert_eq!(sets(ANOTHER).await.is(200).goes_on(), "/groups");
        browser.get("/sign-in/methods").await.is(200);
        sets("ten owls sang all the night").await.is(403);

        let later = Browser::new(&world);
        later.types(ADA, PASSWORD).await.is(401);
        later.types(ADA, ANOTHER).await.is(200);
        // Asked for without a new password, from the next sign-in on; and taken back.
        let asked = |on: bool| json!({"passwordProfile": {"forceChangePasswordNextSignIn": on}});
        world.ada().patch(&ada, &asked(false)).await;
        admin.patch(&ada, &asked(true)).await.expect(204);
        later.get("/sign-in/methods").await.is(200);
        let again = Browser::new(&world);
        assert_eq!(again.types(ADA, ANOTHER).await.is(303).leads(), "/sign-in/password");
        admin.patch(&ada, &asked(false)).await.expect(204);
        assert_eq!(again.get("/sign-in/password").await.is(303).leads(), "/sign-in");
        again.types(ADA, ANOTHER).await.is(200);
        // Nobody who came another way sees the page.
        Browser::new(&world).get("/sign-in/password").await.is(303);
    }
}

on_every_engine! {
    /// The second factor comes before the new password: who stole the first has neither. Where a second factor is
    /// asked for and there is none, an administrator's one-time code is the way on.
    the_second_factor_comes_before_the_new_password,
    |world| {
        with_passwords(&world).await;
        let (admin, ada) = (world.admin(), format!("/v1.0/users/{}", world.person("ada")));
        let with_mfa = json!({"passwordProfile": {"password": ANOTHER, "forceChangePasswordNextSignInWithMfa": true}});
        admin.patch(&ada, &with_mfa).await.expect(204);
        let stuck = Browser::new(&world);
        stuck.types(ADA, ANOTHER).await.is(303);
        stuck.get("/sign-in/password").await.is(403).tells("one-time code");
        let code = world.make_reset_code("ada").await;
        let mark = stuck.get("/sign-in/recover").await.mark();
        let fields = [("form", mark.as_str()), ("name", ADA), ("code", code.as_str()), ("password", PASSWORD)];
        stuck.post("/sign-in/recover", &fields).await.is(200);
        let secret = stuck.enrols().await;

        world.forward(Length::minutes(1));
        admin.patch(&ada, &with_mfa).await.expect(204);
        let browser = Browser::new(&world);
        assert_eq!(browser.types(ADA, ANOTHER).await.is(303).leads(), "/sign-in/factor");
        assert_eq!(browser.get("/sign-in/password").await.is(303).leads(), "/sign-in");
        let page = browser.types_code(&world.digits(&secret)).await.is(303);
        assert_eq!(page.leads(), "/sign-in/password");
        let mark = browser.get("/sign-in/password").await.is(200).mark();
        browser.post("/sign-in/password", &[("form", &mark), ("password", "twelve signs here")]).await.is(200);
        browser.get("/sign-in/methods").await.is(200);
    }
}

on_every_engine! {
    /// Whoever is made with a password to be changed sets their own at the first sign-in; whoever is not asked, not.
    a_new_user_sets_their_own_password_at_the_first_sign_in_where_it_is_asked,
    |world| {
        for (name, asked, leads) in [("newone", json!(true), true), ("newtwo", json!(false), false), ("newthree", json!(null), false)] {
            let user = json!({
                "accountEnabled": true, "displayName": name, "mailNickname": name, "userPrincipalName": format!("{name}@contoso.example"),
                "passwordProfile": {"password": PASSWORD, "forceChangePasswordNextSignIn": asked},
            });
            world.admin().post("/v1.0/users", &user).await.expect(201);
            let browser = Browser::new(&world);
            let page = browser.types(&format!("{name}@contoso.example"), PASSWORD).await;
            assert_eq!(page.status == 303, leads, "{name}");
        }
    }
}

on_every_engine! {
    /// `security.md` section 4: from where somebody comes is what they connect as; only a named proxy is believed
    /// otherwise.
    only_a_named_proxy_says_from_where_somebody_comes,
    |world| {
        with_passwords(&world).await;
        for (node, shown) in [(world.address(), false), (world.node_behind(&["127.0.0.1"]).await, true)] {
            world.turn_to(node);
            let browser = Browser::new(&world);
            let mark = browser.get("/sign-in").await.mark();
            let fields = [("form", mark.as_str()), ("name", ADA), ("password", PASSWORD)];
            browser.plain("/sign-in", &[("x-forwarded-for", "192.0.2.66, 198.51.100.9")], &fields).await.is(200);
            let told = browser.get("/sign-in/sessions").await.is(200).text;
            assert_eq!(told.contains("198.51.100.9"), shown, "{told}");
            assert!(!told.contains("192.0.2.66"), "the left of it is anybody's word: {told}");
        }
    }
}
