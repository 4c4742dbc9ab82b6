//! How often somebody may ask (`security.md` section 4): beyond it there is 429 with the time to wait.

use ephor_http::RateLimits;
use serde_json::json;

use crate::browser::Browser;
use crate::support::{Answer, World, on_every_engine, pim};

const ADA: &str = "ada@contoso.example";

#[track_caller]
fn is_kept_waiting(answer: Answer) {
    let answer = answer.refused(429, "TooManyRequests");
    let wait = answer.headers["retry-after"].to_str().unwrap();
    assert!(wait.parse::<u64>().unwrap() >= 1, "{wait}");
}

async fn limited(world: &World, rates: RateLimits) {
    let node = world.node_that_limits(rates).await;
    world.turn_to(node);
}

on_every_engine! {
    /// Each has turns of their own; ending access is not kept waiting by what came before.
    writes_and_reads_are_limited_for_each_principal_and_ending_access_is_not,
    |world| {
        world.make_eligible("ada", "prod-admins").await;
        limited(&world, RateLimits { reads: Some(2), writes: Some(1), ..RateLimits::default() }).await;
        world.activate("ada", "prod-admins").await;
        let ada = world.as_person("ada");
        is_kept_waiting(ada.post(&pim("assignmentScheduleRequests"), &world.activation("ada", "prod-admins")).await);
        for _ in 0..2 {
            ada.get("/v1.0/me").await.expect(200);
        }
        is_kept_waiting(ada.get("/v1.0/me").await);
        world.as_person("bob").get("/v1.0/me").await.expect(200);
        world.forward(ephor_core::time::Length::minutes(6));
        let mut end = world.activation("ada", "prod-admins");
        end["action"] = json!("selfDeactivate");
        ada.post(&pim("assignmentScheduleRequests"), &end).await.expect(201);
    }
}

on_every_engine! {
    /// T-46: each part of a batch takes a turn, and the batch itself none.
    t46_the_parts_of_a_batch_are_counted_one_by_one,
    |world| {
        limited(&world, RateLimits { reads: Some(2), ..RateLimits::default() }).await;
        let part = |id: u32| json!({"id": id, "method": "GET", "url": "/me"});
        let parts: Vec<_> = (0..5).map(part).collect();
        let answer = world.as_person("ada").post("/v1.0/$batch", &json!({"requests": parts})).await.expect(200);
        let all = answer.json()["responses"].clone();
        let of = |status: u64| all.as_array().unwrap().iter().filter(|one| one["status"] == status).count();
        assert_eq!((of(200), of(429)), (2, 3), "{all}");
        let kept = all.as_array().unwrap().iter().find(|one| one["status"] == 429).unwrap();
        assert!(kept["headers"]["retry-after"].is_string(), "{kept}");
    }
}

on_every_engine! {
    /// Searching and exporting are limited apart from reading.
    searches_and_exports_have_limits_of_their_own,
    |world| {
        limited(&world, RateLimits { search: Some(1), export: Some(1), ..RateLimits::default() }).await;
        let admin = world.admin();
        let search = "/v1.0/users?$filter=startsWith(displayName,'Ad')";
        admin.get(search).await.expect(200);
        is_kept_waiting(admin.get(search).await);
        admin.get("/v1.0/users").await.expect(200);
        let export = "/ephor/v1/audit?view=all&format=csv";
        admin.get(export).await.expect(200);
        is_kept_waiting(admin.get(export).await);
        admin.get("/ephor/v1/audit?view=all").await.expect(200);
    }
}

on_every_engine! {
    /// T-34, T-48: attempts to sign in are limited by name and network, whatever comes of them; an application's
    /// requests for tokens are too.
    t34_attempts_to_sign_in_and_requests_for_tokens_are_limited,
    |world| {
        world.set_password("ada", "seven plums fell on monday").await;
        limited(&world, RateLimits { sign_in: Some(2), token: Some(2), ..RateLimits::default() }).await;
        let browser = Browser::new(&world);
        for _ in 0..2 {
            browser.types(ADA, "wrong wrong wrong").await.is(401);
        }
        let page = browser.types(&ADA.to_uppercase(), "seven plums fell on monday").await.is(429).tells("Try again in");
        assert!(page.headers.contains_key("retry-after"));
        browser.types("bob@contoso.example", "wrong wrong wrong").await.is(401);

        let token = "/common/oauth2/v2.0/token";
        let client = "00000000-0000-4000-8000-000000000009";
        let fields = [("client_id", client), ("grant_type", "client_credentials")];
        for _ in 0..2 {
            browser.plain(token, &[], &fields).await.is(401);
        }
        let page = browser.plain(token, &[], &fields).await.is(429).tells("temporarily_unavailable");
        assert!(page.headers.contains_key("retry-after"));
    }
}
