//! `/directory/administrativeUnits` (`directory.md` section 5).

use ephor_core::group::Group;
use ephor_core::id::{GrantId, PrincipalId, RoleDefinitionId, UnitId};
use ephor_core::principal::PrincipalKind;
use ephor_core::query::{Comparison, Literal, Predicate, Query, ScheduleField};
use ephor_core::refusal::Refusal;
use ephor_core::role::{DirectoryScope, Role};
use ephor_core::schedule::Schedule;
use ephor_core::text::{Description, DisplayName};
use ephor_core::unit::{Management, Unit, UnitVisibility};
use ephor_ops::role_assignment as assignments;
use ephor_ops::unit::{self as units, NewUnit, UnitChange};
use ephor_ops::{OpError, OpResult, directory};
use serde_json::{Map, Value, json};

use super::directory_roles::definition_of;
use super::members::only_of;
use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::fields::{Fields, Read};
use crate::json::clipped;
use crate::odata::rows::Whole;
use crate::odata::shape::Shape;
use crate::odata::tables::{PRINCIPALS, UNITS};
use crate::wire::group::{GROUP, group, new_group};
use crate::wire::object::{OBJECT, principal};
use crate::wire::reference::reference;
use crate::wire::role::{SCOPED_ROLE_MEMBER, directory_role_id};
use crate::wire::unit::{UNIT, VISIBILITY, unit, visibility};

/// `GET` of the collection.
pub(crate) async fn list(call: Call) -> Result<Answer, HttpError> {
    let listing = call.listing(UNITS, &UNIT)?;
    let query = listing.query.clone();
    let page = call
        .read("unit.list", move |tx, caller| {
            units::list(tx, caller, &query)
        })
        .await?;
    let context = format!("directory/administrativeUnits{}", listing.shape.context());
    let render = |row: Unit| listing.shape.apply(unit(&row), &UNIT);
    Ok(call.list(&context, &listing, page, render))
}

/// `GET …/$count`
pub(crate) async fn count(call: Call) -> Result<Answer, HttpError> {
    let query = call.counting(UNITS)?;
    let page = call
        .read("unit.count", move |tx, caller| {
            units::list(tx, caller, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// `GET …/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&UNIT)?;
    let id: UnitId = call.id(0)?;
    let found = call
        .read("unit.read", move |tx, caller| units::get(tx, caller, id))
        .await?;
    let context = format!("directory/administrativeUnits{}/$entity", shape.context());
    Ok(call.entity(&context, shape.apply(unit(&found.value), &UNIT)))
}

/// `POST` of the collection.
pub(crate) async fn create(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let new = call.body(|fields| {
        Ok(NewUnit {
            display_name: fields
                .limited("displayName", DisplayName::new)?
                .ok_or_else(|| fields.missing("displayName"))?,
            description: description(fields)?,
            visibility: shown_to(fields)?,
            management: match fields.bool("isMemberManagementRestricted")? {
                Some(true) => Management::Restricted,
                Some(false) | None => Management::Open,
            },
        })
    })?;
    let made = |call: &Call, made: At<Unit>| {
        let location = format!(
            "{}/v1.0/directory/administrativeUnits/{}",
            call.app.public_url, made.value.id
        );
        let shown = Shape::default().apply(unit(&made.value), &UNIT);
        call.entity("directory/administrativeUnits/$entity", shown)
            .created(location)
    };
    call.write("unit.create", move |tx| units::create(tx, new), made)
        .await
}

fn description(fields: &Fields<'_>) -> Read<Option<Description>> {
    match fields.text("description")? {
        Some("") | None => Ok(None),
        Some(_) => fields.limited("description", Description::new),
    }
}

fn shown_to(fields: &Fields<'_>) -> Read<Option<UnitVisibility>> {
    fields.word("visibility", visibility, &VISIBILITY)
}

/// `PATCH …/{id}`
pub(crate) async fn change(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: UnitId = call.id(0)?;
    let change = call.body(|fields| {
        let sent = |name: &str| fields.names().any(|own| own.eq_ignore_ascii_case(name));
        if fields.get("isMemberManagementRestricted").is_some() {
            return Err(fields.wrong(
                "isMemberManagementRestricted",
                "is given, but it is set when the unit is made, or never",
            ));
        }
        let (description, visibility) = (description(fields)?, shown_to(fields)?);
        Ok(UnitChange {
            display_name: fields.limited("displayName", DisplayName::new)?,
            description: sent("description").then_some(description),
            visibility: sent("visibility").then_some(visibility),
        })
    })?;
    call.write(
        "unit.change",
        move |tx| units::change(tx, id, change),
        |_, _| Answer::done(),
    )
    .await
}

/// `DELETE …/{id}`
pub(crate) async fn delete(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: UnitId = call.id(0)?;
    call.write(
        "unit.delete",
        move |tx| units::delete(tx, id),
        |_, _| Answer::done(),
    )
    .await
}

/// `GET …/{id}/members`, and the same of one type.
pub(crate) async fn members(call: Call, only: Option<PrincipalKind>) -> Result<Answer, HttpError> {
    let id: UnitId = call.id(0)?;
    let listing = call.listing(PRINCIPALS, &OBJECT)?;
    let query = only_of(listing.query.clone(), only);
    let page = call
        .read("unit.members", move |tx, caller| {
            units::members(tx, caller, id, &query)
        })
        .await?;
    let context = format!("directoryObjects{}", listing.shape.context());
    let render = |row| listing.shape.apply(principal(&row), &OBJECT);
    Ok(call.list(&context, &listing, page, render))
}

/// `GET …/{id}/members/$count`, and the same of one type.
pub(crate) async fn count_members(
    call: Call,
    only: Option<PrincipalKind>,
) -> Result<Answer, HttpError> {
    let id: UnitId = call.id(0)?;
    let query = only_of(call.counting(PRINCIPALS)?, only);
    let page = call
        .read("unit.members", move |tx, caller| {
            units::members(tx, caller, id, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// `POST …/{id}/members`: makes a group that is in the unit from the start.
pub(crate) async fn create_member(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: UnitId = call.id(0)?;
    let new = call.body(|fields| {
        // A known client says what it makes; only groups are made here.
        let kind = fields.text("@odata.type")?.unwrap_or(GROUP_TYPE);
        if kind.eq_ignore_ascii_case(GROUP_TYPE) {
            new_group(fields)
        } else {
            Err(fields.wrong(
                "@odata.type",
                format!(
                    "is `{}`, but only groups can be made in a unit: {GROUP_TYPE}",
                    clipped(kind)
                ),
            ))
        }
    })?;
    let made = |call: &Call, made: At<Group>| {
        let location = format!("{}/v1.0/groups/{}", call.app.public_url, made.value.id);
        let mut object = Map::new();
        object.insert("@odata.type".into(), json!(GROUP_TYPE));
        object.extend(group(&made.value));
        let shown = Shape::default().apply(object, &GROUP);
        call.entity("groups/$entity", shown).created(location)
    };
    call.write(
        "unit.group.create",
        move |tx| units::create_group(tx, id, new),
        made,
    )
    .await
}

const GROUP_TYPE: &str = "#microsoft.graph.group";

/// `POST …/{id}/members/$ref`
pub(crate) async fn add(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: UnitId = call.id(0)?;
    let member = call.body(reference)?;
    call.write(
        "unit.member.add",
        move |tx| units::add_member(tx, id, member),
        |_, _| Answer::done(),
    )
    .await
}

/// `DELETE …/{id}/members/{id}/$ref`
pub(crate) async fn remove(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: UnitId = call.id(0)?;
    let member: PrincipalId = call.id(1)?;
    call.write(
        "unit.member.remove",
        move |tx| units::remove_member(tx, id, member),
        |_, _| Answer::done(),
    )
    .await
}

/// A role over a unit with what its holder is called.
type Named = (Schedule, Option<String>);

fn shown_member(unit: UnitId, (schedule, name): &Named) -> Map<String, Value> {
    let role = schedule.role().definition().map(|definition| {
        let built_in = ephor_core::directory_role::DirectoryRole::of(definition);
        built_in.map_or_else(|| definition.uuid(), directory_role_id)
    });
    crate::wire::object([
        ("id", json!(schedule.id.grant)),
        ("administrativeUnitId", json!(unit)),
        ("roleId", json!(role)),
        (
            "roleMemberInfo",
            json!({"id": schedule.principal.id, "displayName": name}),
        ),
    ])
}

fn over_unit(definition: RoleDefinitionId, unit: UnitId) -> Role {
    Role::Directory {
        definition,
        scope: DirectoryScope::Unit(unit),
    }
}

fn named(tx: &ephor_store::ReadTx<'_>, schedule: Schedule) -> OpResult<Named> {
    let (people, _) = directory::names(tx, &[schedule.principal.id], &[])?;
    let name = people.first().map(|one| one.display_name.to_string());
    Ok((schedule, name))
}

/// `GET …/{id}/scopedRoleMembers`
pub(crate) async fn scoped(call: Call) -> Result<Answer, HttpError> {
    let whole = call.query(Whole::read(&call.options, &SCOPED_ROLE_MEMBER))?;
    let id: UnitId = call.id(0)?;
    let rows = all_scoped(&call, id).await?;
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| shown_member(id, row))
        .filter(|row| whole.has(row))
        .map(|row| whole.shape.apply(row, &SCOPED_ROLE_MEMBER))
        .collect();
    let context = format!("directory/administrativeUnits('{id}')/scopedRoleMembers");
    Ok(call.whole(&context, whole.count.then_some(rows.len()), rows))
}

/// `GET …/{id}/scopedRoleMembers/$count`
pub(crate) async fn count_scoped(call: Call) -> Result<Answer, HttpError> {
    let id: UnitId = call.id(0)?;
    let rows = all_scoped(&call, id).await?;
    Ok(Answer::count(Some(rows.len() as u64)))
}

async fn all_scoped(call: &Call, id: UnitId) -> Result<Vec<Named>, HttpError> {
    let found = call
        .read("unit.scoped.list", move |tx, caller| {
            units::get(tx, caller, id)?;
            let query = Query {
                filter: Some(Predicate::Compare(
                    ScheduleField::DirectoryScopeId,
                    Comparison::Eq,
                    Literal::Text(DirectoryScope::Unit(id).to_string()),
                )),
                top: u32::MAX,
                ..Query::default()
            };
            let page = assignments::list(tx, caller, &query)?;
            let rows = page.rows.into_iter().map(|row| named(tx, row));
            rows.collect::<OpResult<Vec<Named>>>()
        })
        .await?;
    Ok(found.value)
}

/// `GET …/{id}/scopedRoleMembers/{id}`
pub(crate) async fn scoped_one(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&SCOPED_ROLE_MEMBER)?;
    let (id, grant): (UnitId, GrantId) = (call.id(0)?, call.id(1)?);
    let found = call
        .read("unit.scoped.read", move |tx, caller| {
            let found = of_unit(assignments::get(tx, caller, grant)?, id)?;
            named(tx, found)
        })
        .await?;
    let context = format!("directory/administrativeUnits('{id}')/scopedRoleMembers/$entity");
    let shown = shape.apply(shown_member(id, &found.value), &SCOPED_ROLE_MEMBER);
    Ok(call.entity(&context, shown))
}

/// The assignment, where it is over this unit.
fn of_unit(found: Schedule, unit: UnitId) -> OpResult<Schedule> {
    let is = matches!(
        found.role(),
        Role::Directory { scope: DirectoryScope::Unit(own), .. } if own == unit
    );
    if is {
        Ok(found)
    } else {
        Err(OpError::from(Refusal::not_found(found.id.grant)))
    }
}

/// `POST …/{id}/scopedRoleMembers`
pub(crate) async fn assign(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let id: UnitId = call.id(0)?;
    let (role, who) = call.body(|fields| {
        let role = fields
            .parsed::<RoleDefinitionId>("roleId")?
            .ok_or_else(|| fields.missing("roleId"))?;
        let info = fields
            .object("roleMemberInfo")?
            .ok_or_else(|| fields.missing("roleMemberInfo"))?;
        let who = info
            .parsed::<PrincipalId>("id")?
            .ok_or_else(|| info.missing("id"))?;
        Ok((role, who))
    })?;
    // Whatever is no built-in role may be one of the tenant's own.
    let definition = definition_of(role.uuid()).unwrap_or(role);
    let made = move |call: &Call, made: At<Named>| {
        let grant = made.value.0.id.grant;
        let place = format!("directory/administrativeUnits/{id}/scopedRoleMembers");
        let location = format!("{}/v1.0/{place}/{grant}", call.app.public_url);
        let shown = Shape::default().apply(shown_member(id, &made.value), &SCOPED_ROLE_MEMBER);
        let context = format!("directory/administrativeUnits('{id}')/scopedRoleMembers/$entity");
        call.entity(&context, shown).created(location)
    };
    call.write(
        "unit.scoped.create",
        move |tx| {
            let schedule = assignments::create(tx, over_unit(definition, id), who)?;
            named(tx, schedule)
        },
        made,
    )
    .await
}

/// `DELETE …/{id}/scopedRoleMembers/{id}`
pub(crate) async fn unassign(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let (id, grant): (UnitId, GrantId) = (call.id(0)?, call.id(1)?);
    call.write(
        "unit.scoped.delete",
        move |tx| assignments::delete(tx, grant, Some(id)),
        |_, _| Answer::done(),
    )
    .await
}
