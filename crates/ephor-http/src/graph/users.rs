//! `/me` and `/users` (`directory.md` section 3).

use ephor_core::id::PrincipalId;
use ephor_core::principal::User;
use ephor_ops::directory::{self, NewPassword, UserKey};
use ephor_store::Tx;

use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::odata::shape::Shape;
use crate::odata::tables::USERS;
use crate::password::{HashError, check_is_uncommon, hash_password};
use crate::wire::user::{USER, does_not_comply, new_user, shown_by, user, user_change};

/// `GET /me`
pub(crate) async fn me(call: Call) -> Result<Answer, HttpError> {
    one(call, UserKey::Me).await
}

/// `GET /users/{id|userPrincipalName}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let key = key(&call)?;
    one(call, key).await
}

async fn one(call: Call, key: UserKey) -> Result<Answer, HttpError> {
    let shape = call.shape(&USER)?;
    let found = call
        .read("user.read", move |tx, caller| {
            directory::user(tx, caller, &key)
        })
        .await?;
    let context = format!("users{}/$entity", shape.context());
    let shown = shape.apply(user(&found.value), shown_by(call.version));
    Ok(call.entity(&context, shown))
}

/// An id, or a name that people sign in by; anything else names nobody.
pub(super) fn key(call: &Call) -> Result<UserKey, HttpError> {
    let text = call.param(0);
    match text.parse::<PrincipalId>() {
        Ok(id) => Ok(UserKey::Id(id)),
        Err(_) => call.id(0).map(UserKey::Name),
    }
}

/// `GET /users`
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    let listing = call.listing(USERS, &USER)?;
    let query = listing.query.clone();
    let page = call
        .read("user.list", move |tx, caller| {
            directory::list_users(tx, caller, &query)
        })
        .await?;
    let context = format!("users{}", listing.shape.context());
    let members = shown_by(call.version);
    let render = |row| listing.shape.apply(user(&row), members);
    Ok(call.list(&context, &listing, page, render))
}

/// `GET /users/$count`
pub(crate) async fn count(call: Call) -> Result<Answer, HttpError> {
    let query = call.counting(USERS)?;
    let page = call
        .read("user.count", move |tx, caller| {
            directory::list_users(tx, caller, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// `POST /users`
pub(crate) async fn create(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let mut new = call.body(new_user)?;
    // A hash costs much: nobody makes us work for it with a token that is over.
    call.is_signed_in().await?;
    let names = [
        new.user.user_principal_name.as_str(),
        new.user.display_name.as_str(),
        call.app.tenant.domain.as_str(),
    ];
    uncommon(&call, &new.password, &names)?;
    new.user.password_hash = Some(hashed(new.password).await?);
    let made = |call: &Call, made: At<User>| {
        let location = format!("{}/v1.0/users/{}", call.app.public_url, made.value.id);
        let shown = Shape::default().apply(user(&made.value), shown_by(call.version));
        call.entity("users/$entity", shown).created(location)
    };
    call.write(
        "user.create",
        move |tx| directory::create_user(tx, new.user),
        made,
    )
    .await
}

/// Refuses what many people use and what is made of these names, in the words that known clients look for.
fn uncommon(call: &Call, password: &str, names: &[&str]) -> Result<(), HttpError> {
    check_is_uncommon(password, names)
        .map_err(|wrong| HttpError::field(&does_not_comply(&wrong), call.family))
}

async fn hashed(password: String) -> Result<String, HttpError> {
    hash_password(password).await.map_err(|error| match error {
        HashError::Busy => HttpError {
            retry_after: Some(1),
            ..HttpError::new(
                http::StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequests",
                "Too many passwords are being set at the moment; try again shortly.",
            )
        },
        HashError::Failed(cause) => HttpError::fault(cause),
    })
}

/// `PATCH /users/{id|userPrincipalName}`
pub(crate) async fn change(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let key = key(&call)?;
    let asked = call.body(user_change)?;
    let mut change = asked.change;
    if let Some(password) = asked.password {
        let whose = key.clone();
        let names = call
            .read("user.update", move |tx, caller| {
                // Whoever may not is refused below, where it is written down.
                Ok(directory::names_against_password(tx, caller, &whose).ok())
            })
            .await?;
        if let Some(names) = names.value {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            uncommon(&call, &password, &names)?;
            change.password = Some(NewPassword::Hashed(hashed(password).await?));
        } else {
            change.password = Some(NewPassword::NotAllowed);
        }
    }
    call.write(
        "user.update",
        move |tx| directory::update_user(tx, &key, change),
        |_, _| Answer::done(),
    )
    .await
}

/// `DELETE /users/{id|userPrincipalName}`
pub(crate) async fn delete(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let key = key(&call)?;
    let delete = move |tx: &mut Tx<'_>| {
        let id = match &key {
            UserKey::Id(id) => *id,
            UserKey::Name(_) | UserKey::Me => {
                let caller = tx.caller().clone();
                directory::user(tx, &caller, &key)?.id
            }
        };
        directory::delete_user(tx, id)
    };
    call.write("user.delete", delete, |_, _| Answer::done())
        .await
}
