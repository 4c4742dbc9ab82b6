//! What somebody runs: `ownedObjects` of users and of oneself (`directory.md` section 3).

use ephor_core::principal::PrincipalKind;
use ephor_ops::directory::{self, Owned};
use serde_json::{Map, Value};

use super::member_of::{Of, member};
use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;
use crate::odata::rows::Whole;
use crate::wire::group::group;
use crate::wire::object::{OBJECT, of_kind};
use crate::wire::program::service_principal;

async fn rows(
    call: &Call,
    of: Of,
    only: Option<PrincipalKind>,
    whole: &Whole,
) -> Result<Vec<Map<String, Value>>, HttpError> {
    let member = member(call, of)?;
    let found = call
        .read("owned.list", move |tx, caller| {
            directory::owned(tx, caller, &member)
        })
        .await?;
    let rows = found.value.iter().map(|owned| match owned {
        Owned::Group(row) => (PrincipalKind::Group, group(row)),
        Owned::ServicePrincipal(row) => (PrincipalKind::ServicePrincipal, service_principal(row)),
    });
    Ok(rows
        .filter(|(kind, _)| only.is_none_or(|only| only == *kind))
        .map(|(kind, row)| of_kind(kind, row))
        .filter(|row| whole.has(row))
        .collect())
}

/// `GET …/ownedObjects`, and the same of one type.
pub(crate) async fn list(
    call: Call,
    of: Of,
    only: Option<PrincipalKind>,
) -> Result<Answer, HttpError> {
    let whole = call.query(Whole::read(&call.options, &OBJECT))?;
    let rows = rows(&call, of, only, &whole).await?;
    let rows: Vec<Value> = rows
        .into_iter()
        .map(|row| whole.shape.apply(row, &OBJECT))
        .collect();
    let context = format!("directoryObjects{}", whole.shape.context());
    Ok(call.whole(&context, whole.count.then_some(rows.len()), rows))
}

/// `GET …/ownedObjects/$count`, and the same of one type.
pub(crate) async fn count(
    call: Call,
    of: Of,
    only: Option<PrincipalKind>,
) -> Result<Answer, HttpError> {
    let whole = call.query(Whole::counting(&call.options, &OBJECT))?;
    let rows = rows(&call, of, only, &whole).await?;
    Ok(Answer::count(Some(rows.len() as u64)))
}
