//! T-55: what is kept secret opens in its own row only, and another master key takes the place of the one until now
//! while people sign in.

use ephor_core::caller::Caller;
use ephor_core::time::Length;
use ephor_http::MasterKey;
use ephor_ops::OpError;
use ephor_store::CredentialKind;

use crate::browser::Browser;
use crate::support::{World, on_every_engine};

const PASSWORD: &str = "seven plums fell on monday";

async fn with_authenticator(world: &World, who: &str) -> Vec<u8> {
    world.set_password(who, PASSWORD).await;
    let browser = Browser::new(world);
    browser
        .types(&format!("{who}@contoso.example"), PASSWORD)
        .await
        .is(200);
    browser.enrols().await
}

/// Signs in with both factors, and says how that ended.
async fn signs_in(world: &World, who: &str, secret: &[u8]) -> u16 {
    world.forward(Length::seconds(30));
    let browser = Browser::new(world);
    browser
        .types(&format!("{who}@contoso.example"), PASSWORD)
        .await
        .is(303);
    browser
        .types_code(&world.digits(secret))
        .await
        .status
        .as_u16()
}

on_every_engine! {
    /// T-55: the secret of an authenticator that is copied to another account opens nothing there.
    t55_a_secret_that_is_copied_to_another_row_does_not_open,
    |world| {
        let ada = with_authenticator(&world, "ada").await;
        let bob = with_authenticator(&world, "bob").await;
        let (from, to) = (world.person("ada").parse().unwrap(), world.person("bob").parse().unwrap());
        world.store.write("swap", Caller::operator(), move |tx| {
            let of = |all: Vec<ephor_store::Credential>| all.into_iter().find(|one| one.kind == CredentialKind::Totp).unwrap();
            let (theirs, mut own) = (of(tx.credentials(from)?), of(tx.credentials(to)?));
            own.secret = theirs.secret;
            tx.keep_credential(&own).map_err(OpError::from)
        }).await.unwrap();
        assert_eq!(signs_in(&world, "ada", &ada).await, 200);
        for secret in [&ada, &bob] {
            assert!(signs_in(&world, "bob", secret).await >= 500, "it is no factor, and no sign-in");
        }
    }
}

on_every_engine! {
    /// T-55: servers with both keys serve while everything is wrapped anew; afterwards the new key is enough, and the
    /// old one opens nothing.
    t55_another_master_key_takes_over_while_people_sign_in,
    |world| {
        let ada = with_authenticator(&world, "ada").await;
        let bob = with_authenticator(&world, "bob").await;
        let (old, new) = (world.master_key(), MasterKey::generate());
        let both = new.clone().with_previous(&old);
        world.turn_to(world.node_that_opens(&both).await);
        assert_eq!(signs_in(&world, "ada", &ada).await, 200);
        let rewrapped = async || {
            let (mut count, mut after) = (0, Some(0));
            while let Some(behind) = after {
                let both = both.clone();
                let done = world.store.write("keys.rewrap", Caller::operator(), move |tx| both.rewrap(tx, behind)).await.unwrap();
                (count, after) = (count + done.count, done.next);
                assert_eq!(signs_in(&world, "ada", &ada).await, 200, "meanwhile");
            }
            count
        };
        assert!(rewrapped().await >= 3, "a signing key and two authenticators");
        assert_eq!(rewrapped().await, 0);
        world.turn_to(world.node_that_opens(&new).await);
        assert_eq!(signs_in(&world, "ada", &ada).await, 200);
        assert_eq!(signs_in(&world, "bob", &bob).await, 200);
        world.admin().get("/v1.0/me").await.expect(200);
        assert!(world.refuses_to_start(&old).await, "the key until now opens nothing any more");
    }
}
