//! `memberOf`, `transitiveMemberOf`, `checkMember…` and `getMember…` of users, groups and of oneself
//! (`directory.md` section 3).

use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::principal::PrincipalKind;
use ephor_ops::directory::{self, Among, Member, Reach, UserKey};
use serde_json::json;

use super::users;
use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;
use crate::fields::{Fields, Read};
use crate::odata::shape::{Members, Usual};
use crate::odata::tables::GROUPS;
use crate::types::Type;
use crate::wire::group::{GROUP, group};
use crate::wire::object::of_kind;

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
    Object,
}

fn member(call: &Call, of: Of) -> Result<Member, HttpError> {
    Ok(match of {
        Of::Me => Member::User(UserKey::Me),
        Of::User => Member::User(users::key(call)?),
        Of::Group => Member::Group(call.id::<GroupId>(0)?),
        Of::Object => Member::Either(call.id::<PrincipalId>(0)?),
    })
}

/// `GET …/memberOf`, `GET …/transitiveMemberOf`, and the same of groups alone.
pub(crate) async fn list(call: Call, of: Of, reach: Reach) -> Result<Answer, HttpError> {
    let member = member(&call, of)?;
    let listing = call.listing(GROUPS, &GROUP)?;
    let query = listing.query.clone();
    let page = call
        .read("memberOf.list", move |tx, caller| {
            directory::member_of(tx, caller, &member, reach, &query)
        })
        .await?;
    let context = format!("directoryObjects{}", listing.shape.context());
    let render = |row| {
        let object = of_kind(PrincipalKind::Group, group(&row));
        listing.shape.apply(object, &GROUP)
    };
    Ok(call.list(&context, &listing, page, render))
}

/// `GET …/memberOf/$count`, `GET …/transitiveMemberOf/$count`
pub(crate) async fn count(call: Call, of: Of, reach: Reach) -> Result<Answer, HttpError> {
    let member = member(&call, of)?;
    let query = call.counting(GROUPS)?;
    let page = call
        .read("memberOf.count", move |tx, caller| {
            directory::member_of(tx, caller, &member, reach, &query)
        })
        .await?;
    Ok(Answer::count(page.value.count))
}

/// `POST …/checkMemberGroups`, `POST …/checkMemberObjects`: those of the named that somebody is in, in the
/// order in which they are named.
pub(crate) async fn check(call: Call, of: Of, name: &'static str) -> Result<Answer, HttpError> {
    call.no_options()?;
    let member = member(&call, of)?;
    let asked = call.body(|fields| named(fields, name))?;
    let among = Among::These(asked.clone());
    let found = call
        .read("memberOf.check", move |tx, caller| {
            directory::member_groups(tx, caller, &member, &among)
        })
        .await?;
    let found: Vec<&GroupId> = asked.iter().filter(|id| found.value.contains(id)).collect();
    Ok(Answer::json(json!({
        "@odata.context": call.context("Collection(Edm.String)"), "value": found,
    })))
}

/// `POST …/getMemberGroups`, `POST …/getMemberObjects`
pub(crate) async fn get(call: Call, of: Of) -> Result<Answer, HttpError> {
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
            directory::member_groups(tx, caller, &member, &among)
        })
        .await?;
    Ok(Answer::json(json!({
        "@odata.context": call.context("Collection(Edm.String)"), "value": found.value,
    })))
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
