//! What somebody is in: groups, directly and through any number of groups, administrative units and directory
//! roles (`directory.md` section 3). Only what is active counts, at the transaction's now; whoever is only
//! eligible is in none.

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::group::Group;
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::principal::{PrincipalKind, ServicePrincipal};
use ephor_core::query::{Comparison, GroupField, Literal, Page, Predicate, Query};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::role::RoleKind;
use ephor_store::ReadTx;

use super::UserKey;
use super::beyond_groups::{Beyond, beyond_groups};
use crate::OpResult;
use crate::authorise::{About, authorise, has_permission};

/// How many groups are told at most, of whatever kind (`directory.md` section 3).
pub const MEMBER_GROUPS_MAX: u32 = 11_000;
/// How many groups are told at most where only security groups are asked for.
pub const SECURITY_GROUPS_MAX: u32 = 2_046;

/// Who is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    /// A user.
    User(UserKey),
    /// A group.
    Group(GroupId),
    /// A service principal.
    ServicePrincipal(PrincipalId),
    /// Whichever of them has this id.
    Either(PrincipalId),
}

/// How far is looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The groups that they are a member of themselves.
    Direct,
    /// Those, and the groups that these are in, up to 16 deep.
    Transitive,
}

/// Which groups are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Among {
    /// All there are.
    All,
    /// Security groups.
    Security,
    /// Those of these.
    These(Vec<GroupId>),
}

/// The groups that somebody is an active member of now, a page of them.
pub fn member_of(
    tx: &ReadTx<'_>,
    caller: &Caller,
    member: &Member,
    reach: Reach,
    query: &Query<GroupField>,
) -> OpResult<Page<Group>> {
    let id = readable(tx, caller, member)?;
    Ok(match reach {
        Reach::Direct => tx.list_member_of(id, query)?,
        Reach::Transitive => tx.list_transitive_member_of(id, query)?,
    })
}

/// One of what somebody is in.
#[derive(Debug, Clone)]
pub enum Belonging {
    /// A group.
    Group(Box<Group>),
    /// A unit or a directory role.
    Beyond(Beyond),
}

/// All that somebody is in now, a page of it: groups first, in the order that is asked for, then what is beyond
/// them.
pub fn memberships(
    tx: &ReadTx<'_>,
    caller: &Caller,
    member: &Member,
    reach: Reach,
    query: &Query<GroupField>,
) -> OpResult<Page<Belonging>> {
    // How many groups there are says where among the rest a page begins.
    let query = Query {
        count: true,
        ..query.clone()
    };
    let groups = member_of(tx, caller, member, reach, &query)?;
    let among_groups = groups.count.unwrap_or(0);
    let mut beyond = others(tx, caller, member, reach)?;
    beyond.retain(|one| query.filter.as_ref().is_none_or(|filter| one.is(filter)));
    let room = usize::try_from(query.top).unwrap_or(usize::MAX) - groups.rows.len();
    let passed = u64::from(query.skip).saturating_sub(among_groups);
    let passed = usize::try_from(passed)
        .unwrap_or(usize::MAX)
        .min(beyond.len());
    let count = among_groups + beyond.len() as u64;
    let is_last = !groups.more && beyond.len() - passed <= room;
    let mut rows: Vec<Belonging> = groups
        .rows
        .into_iter()
        .map(|group| Belonging::Group(Box::new(group)))
        .collect();
    let rest = beyond.into_iter().skip(passed).take(room);
    rows.extend(rest.map(Belonging::Beyond));
    Ok(Page {
        rows,
        more: !is_last,
        last: None,
        count: Some(count),
    })
}

/// The units and directory roles that somebody has now, as far as the caller may know of them: one's own are one's
/// own to know, and what the caller may not see is left out.
pub fn others(
    tx: &ReadTx<'_>,
    caller: &Caller,
    member: &Member,
    reach: Reach,
) -> OpResult<Vec<Beyond>> {
    let id = readable(tx, caller, member)?;
    beyond_groups(tx, caller, id, reach)
}

/// One of what somebody runs.
#[derive(Debug, Clone)]
pub enum Owned {
    /// A group that they are an active owner of.
    Group(Box<Group>),
    /// A program.
    ServicePrincipal(Box<ServicePrincipal>),
}

/// What somebody runs now, as far as the caller may know of it: groups first.
pub fn owned(tx: &ReadTx<'_>, caller: &Caller, member: &Member) -> OpResult<Vec<Owned>> {
    let id = readable(tx, caller, member)?;
    let groups = tx.groups(&tx.owned_groups(id)?)?;
    let mut owned: Vec<Owned> = groups
        .into_iter()
        .map(|group| Owned::Group(Box::new(group)))
        .collect();
    if authorise(tx, caller, Operation::ReadApplications, About::NOTHING).is_ok() {
        let every = Query {
            top: u32::MAX,
            ..Query::default()
        };
        let programs = tx.list_service_principals(&every)?.rows;
        owned.extend(
            programs
                .into_iter()
                .filter(|program| program.owners.contains(&id))
                .map(|program| Owned::ServicePrincipal(Box::new(program))),
        );
    }
    Ok(owned)
}

/// The groups that somebody is in now, through any number of groups: all at once, or a refusal where there
/// are too many to tell.
pub fn member_groups(
    tx: &ReadTx<'_>,
    caller: &Caller,
    member: &Member,
    among: &Among,
) -> OpResult<Vec<GroupId>> {
    let id = readable(tx, caller, member)?;
    let (filter, most) = match among {
        Among::All => (None, MEMBER_GROUPS_MAX),
        Among::Security => (
            Some(Predicate::Compare(
                GroupField::SecurityEnabled,
                Comparison::Eq,
                Literal::Bool(true),
            )),
            SECURITY_GROUPS_MAX,
        ),
        Among::These(groups) => {
            let ids = groups.iter().map(|id| Literal::Text(id.to_string()));
            (
                Some(Predicate::In(GroupField::Id, ids.collect())),
                MEMBER_GROUPS_MAX,
            )
        }
    };
    let query = Query {
        filter,
        top: most,
        ..Query::default()
    };
    let page = tx.list_transitive_member_of(id, &query)?;
    if page.more {
        return Err(Refusal::new(
            Code::BadRequest,
            format!("`{id}` is in more than {most} groups, which is more than is told at once"),
        )
        .hint("list transitiveMemberOf page by page")
        .into());
    }
    Ok(page.rows.into_iter().map(|group| group.id).collect())
}

/// Who is asked about, if the caller may know which groups they are in: one's own are one's own to know.
fn readable(tx: &ReadTx<'_>, caller: &Caller, member: &Member) -> OpResult<PrincipalId> {
    let me = match member {
        Member::User(UserKey::Me) => Some(caller.user().ok_or_else(|| {
            Refusal::new(Code::BadRequest, "/me is only there for a signed-in person")
        })?),
        Member::User(UserKey::Id(id)) | Member::Either(id) if caller.user() == Some(*id) => {
            Some(*id)
        }
        Member::User(_) | Member::Group(_) | Member::ServicePrincipal(_) | Member::Either(_) => {
            None
        }
    };
    if let Some(me) = me
        && has_permission(caller, Operation::ReadMe, RoleKind::Group).is_ok()
    {
        let about = About::NOTHING.of(Some(me));
        authorise(tx, caller, Operation::ReadMe, about)?;
        return Ok(me);
    }
    authorise(tx, caller, Operation::ReadGroups, About::NOTHING)?;
    let (found, named) = match member {
        Member::User(UserKey::Me) => (me, String::from("me")),
        Member::User(UserKey::Name(name)) => {
            (tx.user_by_name(name)?.map(|user| user.id), name.to_string())
        }
        Member::User(UserKey::Id(id)) => (
            kind_of(tx, *id)?
                .filter(|kind| *kind == PrincipalKind::User)
                .map(|_| *id),
            id.to_string(),
        ),
        Member::Group(id) => (
            kind_of(tx, (*id).into())?
                .filter(|kind| *kind == PrincipalKind::Group)
                .map(|_| (*id).into()),
            id.to_string(),
        ),
        Member::ServicePrincipal(id) => (
            kind_of(tx, *id)?
                .filter(|kind| *kind == PrincipalKind::ServicePrincipal)
                .map(|_| *id),
            id.to_string(),
        ),
        Member::Either(id) => (kind_of(tx, *id)?.map(|_| *id), id.to_string()),
    };
    found.ok_or_else(|| Refusal::not_found(named).into())
}

fn kind_of(tx: &ReadTx<'_>, id: PrincipalId) -> OpResult<Option<PrincipalKind>> {
    Ok(tx.principal(id)?.map(|principal| principal.reference.kind))
}
