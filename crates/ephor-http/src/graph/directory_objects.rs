//! `/directoryObjects/{id}` and `/directoryObjects/getByIds`: users, groups and service principals by their
//! ids alone.

use std::collections::HashMap;

use ephor_core::id::PrincipalId;
use ephor_core::principal::{Principal, PrincipalKind};
use ephor_ops::directory;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;
use crate::fields::{Fields, Read};
use crate::json::clipped;
use crate::odata::shape::{Members, Shape, Usual};
use crate::types::{TEXTS, Type};
use crate::wire::object::{OBJECT, principal};

/// What is sent to look up several.
pub(crate) const IDS: Members = Members {
    name: "directoryObjectIds",
    properties: &[("ids", Type::List(&Type::Id)), ("types", TEXTS)],
    usual: Usual::All,
    related: &[],
};

/// `GET /directoryObjects/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&OBJECT)?;
    let id: PrincipalId = call.id(0)?;
    let found = call
        .read("principal.read", move |tx, caller| {
            directory::principal(tx, caller, id)
        })
        .await?;
    Ok(call.entity(
        "directoryObjects/$entity",
        shape.apply(principal(&found.value), &OBJECT),
    ))
}

/// `POST /directoryObjects/getByIds`: those that there are, in the order in which they are asked for. Ids that
/// can't be one are nobody's.
pub(crate) async fn by_ids(call: Call) -> Result<Answer, HttpError> {
    call.query(call.options.only(&["$select"]))?;
    let shape = call.query(Shape::of(&call.options))?;
    call.query(shape.check(&OBJECT))?;
    let (ids, kinds) = call.body(asked)?;
    let wanted = ids.clone();
    let found = call
        .read("principal.list", move |tx, caller| {
            directory::by_ids(tx, caller, &wanted)
        })
        .await?;
    let found: HashMap<PrincipalId, Principal> = found
        .value
        .into_iter()
        .map(|one| (one.reference.id, one))
        .collect();
    let rows = ids.iter().filter_map(|id| found.get(id));
    let rows = rows.filter(|one| {
        kinds
            .as_ref()
            .is_none_or(|kinds| kinds.contains(&one.reference.kind))
    });
    let rows: Vec<Value> = rows
        .map(|one| shape.apply(principal(one), &OBJECT))
        .collect();
    Ok(Answer::json(
        json!({"@odata.context": call.context("directoryObjects"), "value": rows}),
    ))
}

fn asked(fields: &Fields<'_>) -> Read<(Vec<PrincipalId>, Option<Vec<PrincipalKind>>)> {
    let ids = fields.texts("ids")?.ok_or_else(|| fields.missing("ids"))?;
    let mut read: Vec<PrincipalId> = Vec::with_capacity(ids.len());
    for id in ids.iter().filter_map(|id| id.parse().ok()) {
        if !read.contains(&id) {
            read.push(id);
        }
    }
    let kind = |name: &&str| {
        [
            ("user", PrincipalKind::User),
            ("group", PrincipalKind::Group),
            ("servicePrincipal", PrincipalKind::ServicePrincipal),
        ]
        .into_iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, kind)| kind)
        .ok_or_else(|| {
            fields.wrong(
                "types",
                format!(
                    "names `{}`, but there are `user`, `group`, `servicePrincipal`",
                    clipped(name)
                ),
            )
        })
    };
    let kinds = fields.texts("types")?;
    let kinds = kinds.map(|kinds| kinds.iter().map(kind).collect::<Read<Vec<_>>>());
    Ok((read, kinds.transpose()?))
}
