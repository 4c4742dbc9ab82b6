//! Who is in a group: `/groups/{id}/members`, `owners` and `transitiveMembers` (`directory.md` 4.2).
//!
//! Whom a list shows is decided at the transaction's `now`: an activation that has just ended is not in it.

use ephor_core::group::Access;
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::principal::PrincipalKind;
use ephor_core::query::{Comparison, Literal, Predicate, PrincipalField, Query};
use ephor_core::refusal::Refusal;
use ephor_ops::directory;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;
use crate::odata::tables::PRINCIPALS;
use crate::wire::object::{OBJECT, principal};
use crate::wire::reference::{principal_of_address, reference};

/// The query, for objects of one type where only those are asked for.
pub(super) fn only_of(
    query: Query<PrincipalField>,
    only: Option<PrincipalKind>,
) -> Query<PrincipalField> {
    let Some(kind) = only else {
        return query;
    };
    let word = match kind {
        PrincipalKind::User => "user",
        PrincipalKind::Group => "group",
        PrincipalKind::ServicePrincipal => "serviceprincipal",
    };
    let own = Predicate::Compare(
        PrincipalField::Kind,
        Comparison::Eq,
        Literal::Text(word.to_owned()),
    );
    let filter = match query.filter {
        None => own,
        Some(asked) => Predicate::And(Box::new(own), Box::new(asked)),
    };
    Query {
        filter: Some(filter),
        ..query
    }
}

/// `GET …/members`, `GET …/owners`, and the same of one type.
pub(crate) async fn list(
    call: Call,
    access: Access,
    only: Option<PrincipalKind>,
) -> Result<Answer, HttpError> {
    let group: GroupId = call.id(0)?;
    let listing = call.listing(PRINCIPALS, &OBJECT)?;
    let query = only_of(listing.query.clone(), only);
    let page = call
        .read("group.holders", move |tx, caller| {
            directory::holders(tx, caller, group, access, &query)
        })
        .await?;
    let context = format!("directoryObjects{}", listing.shape.context());
    let render = |row| listing.shape.apply(principal(&row), &OBJECT);
    Ok(call.list(&context, &listing, page, render))
}

/// `GET …/members/$count`, `GET …/owners/$count`, and the same of one type.
pub(crate) async fn count(
    call: Call,
    access: Access,
    only: Option<PrincipalKind>,
) -> Result<Answer, HttpError> {
    let group: GroupId = call.id(0)?;
    let query = only_of(call.counting(PRINCIPALS)?, only);
    let page = call
        .read("group.holders.count", move |tx, caller| {
            directory::holders(tx, caller, group, access, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// `GET …/members/{id}`, `GET …/owners/{id}`: one of them.
pub(crate) async fn get(call: Call, access: Access) -> Result<Answer, HttpError> {
    let shape = call.shape(&OBJECT)?;
    let group: GroupId = call.id(0)?;
    let id: PrincipalId = call.id(1)?;
    let found = call
        .read("group.holder", move |tx, caller| {
            let this = Literal::Text(id.to_string());
            let query = Query {
                filter: Some(Predicate::Compare(PrincipalField::Id, Comparison::Eq, this)),
                top: 1,
                ..Query::default()
            };
            let page = directory::holders(tx, caller, group, access, &query)?;
            let first = page.rows.into_iter().next();
            first.ok_or_else(|| Refusal::not_found(id).into())
        })
        .await?;
    Ok(call.entity(
        "directoryObjects/$entity",
        shape.apply(principal(&found.value), &OBJECT),
    ))
}

/// `GET …/transitiveMembers`, and the same of one type.
pub(crate) async fn list_transitive(
    call: Call,
    only: Option<PrincipalKind>,
) -> Result<Answer, HttpError> {
    let group: GroupId = call.id(0)?;
    let listing = call.listing(PRINCIPALS, &OBJECT)?;
    let query = only_of(listing.query.clone(), only);
    let page = call
        .read("group.transitive", move |tx, caller| {
            directory::transitive_members(tx, caller, group, &query)
        })
        .await?;
    let context = format!("directoryObjects{}", listing.shape.context());
    let render = |row| listing.shape.apply(principal(&row), &OBJECT);
    Ok(call.list(&context, &listing, page, render))
}

/// `GET …/transitiveMembers/$count`, and the same of one type.
pub(crate) async fn count_transitive(
    call: Call,
    only: Option<PrincipalKind>,
) -> Result<Answer, HttpError> {
    let group: GroupId = call.id(0)?;
    let query = only_of(call.counting(PRINCIPALS)?, only);
    let page = call
        .read("group.transitive.count", move |tx, caller| {
            directory::transitive_members(tx, caller, group, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// `POST …/members/$ref`, `POST …/owners/$ref`
pub(crate) async fn add(call: Call, access: Access) -> Result<Answer, HttpError> {
    call.no_options()?;
    let group: GroupId = call.id(0)?;
    let principal = call.body(reference)?;
    call.write(
        "group.add",
        move |tx| directory::add(tx, group, access, principal),
        |_, _| Answer::done(),
    )
    .await
}

/// `DELETE …/members/{id}/$ref`, `DELETE …/owners/{id}/$ref`
pub(crate) async fn remove(call: Call, access: Access) -> Result<Answer, HttpError> {
    call.no_options()?;
    let principal = call.id(1)?;
    removed(call, access, principal).await
}

/// `DELETE …/members/$ref?@id={address}`, and the same of owners.
pub(crate) async fn remove_by_address(call: Call, access: Access) -> Result<Answer, HttpError> {
    call.query(call.options.only(&["$id"]))?;
    let address = call.options.get("@id").or_else(|| call.options.get("$id"));
    let principal = address
        .ok_or_else(|| {
            "is missing; name the object as @id=https://…/directoryObjects/{id}".to_owned()
        })
        .and_then(principal_of_address)
        .map_err(|wrong| HttpError::bad_request(format!("The query option `@id` {wrong}.")))?;
    removed(call, access, principal).await
}

async fn removed(call: Call, access: Access, principal: PrincipalId) -> Result<Answer, HttpError> {
    let group: GroupId = call.id(0)?;
    call.write(
        "group.remove",
        move |tx| directory::remove(tx, group, access, principal),
        |_, _| Answer::done(),
    )
    .await
}
