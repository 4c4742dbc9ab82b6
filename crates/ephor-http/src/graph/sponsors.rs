//! `sponsors` of users and of oneself: who answers for them.

use ephor_core::id::PrincipalId;
use ephor_ops::directory::{self, SponsorChange, UserKey};
use serde_json::Value;

use super::manager::{Whose, key};
use super::users;
use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;
use crate::odata::rows::Whole;
use crate::wire::object::{OBJECT, principal};
use crate::wire::reference::reference;

async fn rows(call: &Call, key: UserKey, whole: &Whole) -> Result<Vec<Value>, HttpError> {
    let found = call
        .read("user.sponsors", move |tx, caller| {
            directory::sponsors(tx, caller, &key)
        })
        .await?;
    let rows = found.value.iter().map(principal);
    let rows = rows.filter(|row| whole.has(row));
    Ok(rows.map(|row| whole.shape.apply(row, &OBJECT)).collect())
}

/// `GET …/sponsors`
pub(crate) async fn list(call: Call, whose: Whose) -> Result<Answer, HttpError> {
    let key = key(&call, whose)?;
    let whole = call.query(Whole::read(&call.options, &OBJECT))?;
    let rows = rows(&call, key, &whole).await?;
    let context = format!("directoryObjects{}", whole.shape.context());
    Ok(call.whole(&context, whole.count.then_some(rows.len()), rows))
}

/// `GET …/sponsors/$count`
pub(crate) async fn count(call: Call, whose: Whose) -> Result<Answer, HttpError> {
    let key = key(&call, whose)?;
    let whole = call.query(Whole::counting(&call.options, &OBJECT))?;
    let rows = rows(&call, key, &whole).await?;
    Ok(Answer::count(Some(rows.len() as u64)))
}

/// `POST /users/{id}/sponsors/$ref`
pub(crate) async fn add(call: Call) -> Result<Answer, HttpError> {
    let sponsor = call.body(reference)?;
    change(call, "user.sponsor.add", SponsorChange::Add(sponsor)).await
}

/// `DELETE /users/{id}/sponsors/{id}/$ref`
pub(crate) async fn remove(call: Call) -> Result<Answer, HttpError> {
    let sponsor: PrincipalId = call.id(1)?;
    change(call, "user.sponsor.remove", SponsorChange::Remove(sponsor)).await
}

async fn change(
    call: Call,
    name: &'static str,
    change: SponsorChange,
) -> Result<Answer, HttpError> {
    call.no_options()?;
    let key = users::key(&call)?;
    call.write(
        name,
        move |tx| directory::change_sponsor(tx, &key, change),
        |_, _| Answer::done(),
    )
    .await
}
