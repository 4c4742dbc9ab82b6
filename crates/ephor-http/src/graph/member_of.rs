//! `memberOf`, `transitiveMemberOf`, `checkMember…` and `getMember…` of users, groups, service principals and of
//! oneself
//! (`directory.md` section 3).

use ephor_core::caller::Caller;
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::principal::PrincipalKind;
use ephor_core::query::{GroupField, Page, Query};
use ephor_ops::OpResult;
use ephor_ops::directory::{self, Among, Belonging, Beyond, Member, Reach, UserKey};
use ephor_store::ReadTx;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::users;
use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;
use crate::fields::{Fields, Read};
use crate::odata::rows::Whole;
use crate::odata::shape::{Members, Usual};
use crate::odata::tables::GROUPS;
use crate::types::Type;
use crate::wire::group::{GROUP, group};
use crate::wire::object::of_kind;
use crate::wire::role::{DIRECTORY_ROLE, directory_role, directory_role_id};
use crate::wire::unit::{UNIT, unit};

/// What is sent to learn which of some groups somebody is in.
pub(crate) const CHECKED: Members = Members {
    name: "memberGroupsToCheck",
    properties: &[
        ("groupIds", Type::List(&Type::Id)),
        ("ids", Type::List(&Type::Id)),
    ],
    usual: Usual::All,
    related: &[],
};
/// What is sent to learn all groups that somebody is in.
pub(crate) const ALL_OR_SECURITY: Members = Members {
    name: "memberGroupsToGet",
    properties: &[("securityEnabledOnly", Type::Bool)],
    usual: Usual::All,
    related: &[],
};

/// How many groups may be checked at once.
const CHECKED_MAX: usize = 20;

/// What stands in front of the last segment of the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Me,
    User,
    Group,
    ServicePrincipal,
    Object,
}

/// What is asked for: groups, or units and directory roles as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kinds {
    Groups,
    All,
}

/// What is asked for alone by a segment behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cast {
    Unit,
    Role,
}

pub(super) fn member(call: &Call, of: Of) -> Result<Member, HttpError> {
    Ok(match of {
        Of::Me => Member::User(UserKey::Me),
        Of::User => Member::User(users::key(call)?),
        Of::Group => Member::Group(call.id::<GroupId>(0)?),
        Of::ServicePrincipal => Member::ServicePrincipal(call.id::<PrincipalId>(0)?),
        Of::Object => Member::Either(call.id::<PrincipalId>(0)?),
    })
}

fn read(
    tx: &ReadTx<'_>,
    caller: &Caller,
    member: &Member,
    (reach, kinds): (Reach, Kinds),
    query: &Query<GroupField>,
) -> OpResult<Page<Belonging>> {
    match kinds {
        Kinds::All => directory::memberships(tx, caller, member, reach, query),
        Kinds::Groups => {
            let page = directory::member_of(tx, caller, member, reach, query)?;
            let rows = page.rows.into_iter();
            Ok(Page {
                rows: rows
                    .map(|group| Belonging::Group(Box::new(group)))
                    .collect(),
                more: page.more,
                last: page.last,
                count: page.count,
            })
        }
    }
}

/// `GET …/memberOf`, `GET …/transitiveMemberOf`, and the same of groups alone.
pub(crate) async fn list(
    call: Call,
    of: Of,
    reach: Reach,
    kinds: Kinds,
) -> Result<Answer, HttpError> {
    let member = member(&call, of)?;
    let listing = call.listing(GROUPS, &GROUP)?;
    let query = listing.query.clone();
    let page = call
        .read("memberOf.list", move |tx, caller| {
            read(tx, caller, &member, (reach, kinds), &query)
        })
        .await?;
    let context = format!("directoryObjects{}", listing.shape.context());
    let render = |row| match row {
        Belonging::Group(row) => {
            let object = of_kind(PrincipalKind::Group, group(&row));
            listing.shape.apply(object, &GROUP)
        }
        Belonging::Beyond(Beyond::Unit(row)) => listing.shape.apply(unit(&row), &UNIT),
        Belonging::Beyond(Beyond::Role(role)) => {
            listing.shape.apply(directory_role(role), &DIRECTORY_ROLE)
        }
    };
    Ok(call.list(&context, &listing, page, render))
}

/// `GET …/memberOf/$count`, `GET …/transitiveMemberOf/$count`
pub(crate) async fn count(
    call: Call,
    of: Of,
    reach: Reach,
    kinds: Kinds,
) -> Result<Answer, HttpError> {
    let member = member(&call, of)?;
    let query = call.counting(GROUPS)?;
    let page = call
        .read("memberOf.count", move |tx, caller| {
            read(tx, caller, &member, (reach, kinds), &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

impl Cast {
    const fn members(self) -> &'static Members {
        match self {
            Self::Unit => &UNIT,
            Self::Role => &DIRECTORY_ROLE,
        }
    }

    fn shown(self, row: &Beyond) -> Option<Map<String, Value>> {
        match (self, row) {
            (Self::Unit, Beyond::Unit(row)) => Some(unit(row)),
            (Self::Role, Beyond::Role(role)) => Some(directory_role(*role)),
            (Self::Unit | Self::Role, _) => None,
        }
    }

    async fn rows(
        self,
        call: &Call,
        of: Of,
        reach: Reach,
        whole: &Whole,
    ) -> Result<Vec<Map<String, Value>>, HttpError> {
        let member = member(call, of)?;
        let found = call
            .read("memberOf.list", move |tx, caller| {
                directory::others(tx, caller, &member, reach)
            })
            .await?;
        let rows = found.value.iter().filter_map(|row| self.shown(row));
        Ok(rows.filter(|row| whole.has(row)).collect())
    }
}

/// `GET …/memberOf/administrativeUnit`, `GET …/memberOf/directoryRole`, and the same of `transitiveMemberOf`.
pub(crate) async fn list_cast(
    call: Call,
    of: Of,
    reach: Reach,
    cast: Cast,
) -> Result<Answer, HttpError> {
    let whole = call.query(Whole::read(&call.options, cast.members()))?;
    let rows = cast.rows(&call, of, reach, &whole).await?;
    let rows: Vec<Value> = rows
        .into_iter()
        .map(|row| whole.shape.apply(row, cast.members()))
        .collect();
    let context = format!("directoryObjects{}", whole.shape.context());
    Ok(call.whole(&context, whole.count.then_some(rows.len()), rows))
}

/// `GET …/memberOf/administrativeUnit/$count`, `GET …/memberOf/directoryRole/$count`, and so on.
pub(crate) async fn count_cast(
    call: Call,
    of: Of,
    reach: Reach,
    cast: Cast,
) -> Result<Answer, HttpError> {
    let whole = call.query(Whole::counting(&call.options, cast.members()))?;
    let rows = cast.rows(&call, of, reach, &whole).await?;
    Ok(Answer::count(Some(rows.len() as u64)))
}

/// `POST …/checkMemberGroups`, `POST …/checkMemberObjects`: those of the named that somebody is in, in the
/// order in which they are named.
pub(crate) async fn check(call: Call, of: Of, kinds: Kinds) -> Result<Answer, HttpError> {
    call.no_options()?;
    let name = match kinds {
        Kinds::Groups => "groupIds",
        Kinds::All => "ids",
    };
    let member = member(&call, of)?;
    let asked = call.body(|fields| named(fields, name))?;
    let among = Among::These(asked.clone());
    let found = call
        .read("memberOf.check", move |tx, caller| {
            ids(tx, caller, &member, &among, kinds)
        })
        .await?;
    let found: Vec<&GroupId> = asked
        .iter()
        .filter(|id| found.value.contains(&id.uuid()))
        .collect();
    Ok(Answer::json(json!({
        "@odata.context": call.context("Collection(Edm.String)"), "value": found,
    })))
}

/// `POST …/getMemberGroups`, `POST …/getMemberObjects`
pub(crate) async fn get(call: Call, of: Of, kinds: Kinds) -> Result<Answer, HttpError> {
    call.no_options()?;
    let member = member(&call, of)?;
    let among = call.body(|fields| {
        Ok(match fields.bool("securityEnabledOnly")? {
            Some(true) => Among::Security,
            Some(false) | None => Among::All,
        })
    })?;
    let found = call
        .read("memberOf.get", move |tx, caller| {
            ids(tx, caller, &member, &among, kinds)
        })
        .await?;
    Ok(Answer::json(json!({
        "@odata.context": call.context("Collection(Edm.String)"), "value": found.value,
    })))
}

/// What somebody is in, through any number of groups; only groups are for security, or not.
fn ids(
    tx: &ReadTx<'_>,
    caller: &Caller,
    member: &Member,
    among: &Among,
    kinds: Kinds,
) -> OpResult<Vec<Uuid>> {
    let groups = directory::member_groups(tx, caller, member, among)?;
    let mut ids: Vec<Uuid> = groups.into_iter().map(GroupId::uuid).collect();
    if kinds == Kinds::All && *among != Among::Security {
        let others = directory::others(tx, caller, member, Reach::Transitive)?;
        ids.extend(others.iter().map(|one| match one {
            Beyond::Unit(unit) => unit.id.uuid(),
            Beyond::Role(role) => directory_role_id(*role),
        }));
    }
    Ok(ids)
}

/// The ids of a list, each once; what can't be an id is nobody's.
fn named(fields: &Fields<'_>, name: &str) -> Read<Vec<GroupId>> {
    let ids = fields.texts(name)?.ok_or_else(|| fields.missing(name))?;
    if ids.len() > CHECKED_MAX {
        return Err(fields.wrong(
            name,
            format!(
                "names {} objects, but at most {CHECKED_MAX} may be named",
                ids.len()
            ),
        ));
    }
    let mut read = Vec::with_capacity(ids.len());
    for id in ids.iter().filter_map(|id| id.parse().ok()) {
        if !read.contains(&id) {
            read.push(id);
        }
    }
    Ok(read)
}
