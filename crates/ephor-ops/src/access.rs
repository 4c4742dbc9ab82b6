//! Who had which role at an instant, by which grant, chain, request, policy version and approver; and what
//! differs between two instants. One question each, answered from what was recorded.

use std::collections::BTreeSet;

use ephor_core::authority::{Ground, Operation};
use ephor_core::caller::Caller;
use ephor_core::directory_role::RoleDefinition;
use ephor_core::group::Group;
use ephor_core::holding::{self, Change, Held, Holding, Link, Through};
use ephor_core::id::PrincipalId;
use ephor_core::principal::{Principal, PrincipalKind, PrincipalRef};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::role::ObjectId;
use ephor_core::time::Instant;
use ephor_store::{ReadTx, RoleOf, StoreError};

use crate::authorise::{About, authorise};
use crate::{OpError, OpResult};

/// A page of an answer, and whom and what it speaks of as far as they are still there.
#[derive(Debug, Clone)]
pub struct Told<T> {
    /// The instant that was asked about; of two, the later.
    pub at: Instant,
    /// The rows.
    pub rows: Vec<T>,
    /// Whether there are more.
    pub more: bool,
    /// Those of the principals named in the rows that are not deleted.
    pub principals: Vec<Principal>,
    /// Those of the groups named in the rows that are not deleted.
    pub groups: Vec<Group>,
    /// Those of the directory roles named in the rows that are not deleted.
    pub definitions: Vec<RoleDefinition>,
}

/// Which rows of an answer to tell: they stand in a fixed order, so that pages meet.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// How many to pass over.
    pub skip: u32,
    /// How many to tell at most.
    pub top: u32,
}

/// Between which instants, and whose.
#[derive(Debug, Clone, Copy)]
pub struct Between {
    /// The earlier instant: none is refused, once it is known that the caller may ask.
    pub from: Option<Instant>,
    /// The later one; `None` is now.
    pub to: Option<Instant>,
    /// Whose access.
    pub whose: Whose,
}

/// Whose access a difference is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// That to one group or directory role, through other groups too.
    Object(ObjectId),
    /// That of one principal, through groups too.
    Principal(PrincipalId),
    /// That of everybody to everything. Told is what was given to each directly: what follows from that
    /// through groups is not told again.
    Everybody,
}

/// Who had which role of the group, or the directory role, at `at` or now. Also of one that was deleted since.
pub fn of_object(
    tx: &ReadTx<'_>,
    caller: &Caller,
    object: ObjectId,
    at: Option<Instant>,
    part: Part,
) -> OpResult<Told<Holding>> {
    let about = About::object_id(tx, object)?;
    let ground = authorise(tx, caller, Operation::ReadRoleAccess, about)?;
    let at = not_ahead(tx, at, "asOf")?;
    is_known(tx, object)?;
    let all = holdings_of_object(tx, ground, object, at)?;
    holdings(tx, at, all, part)
}

/// Which roles the principal had at `at`, or now: of groups and in the directory.
pub fn of_principal(
    tx: &ReadTx<'_>,
    caller: &Caller,
    principal: PrincipalId,
    at: Option<Instant>,
    part: Part,
) -> OpResult<Told<Holding>> {
    let about = About::NOTHING.of(Some(principal));
    let ground = authorise(tx, caller, Operation::ReadPrincipalAccess, about)?;
    let at = not_ahead(tx, at, "asOf")?;
    let principal = known_principal(tx, principal)?;
    let all = holdings_of_principal(tx, ground, principal, at)?;
    holdings(tx, at, all, part)
}

fn holdings_of_object(
    tx: &ReadTx<'_>,
    ground: Ground,
    object: ObjectId,
    at: Instant,
) -> Result<Vec<Holding>, StoreError> {
    let shown =
        |link: &Link| ground != Ground::ActiveOwner || link.schedule.role().object() == object;
    holding::of_object(object, |object| {
        Ok(as_shown(tx.links_of_object(object, at)?, shown))
    })
}

fn holdings_of_principal(
    tx: &ReadTx<'_>,
    ground: Ground,
    principal: PrincipalRef,
    at: Instant,
) -> Result<Vec<Holding>, StoreError> {
    let shown =
        |link: &Link| ground != Ground::Oneself || link.schedule.principal.id == principal.id;
    holding::of_principal(principal, |id| {
        Ok(as_shown(tx.links_of_principal(id, at)?, shown))
    })
}

/// Links as the caller may see them: that a chain goes through another group, or rests on what others were
/// given, may be seen; the requests about that, and who gave it, are not for every owner or member.
fn as_shown(mut links: Vec<Link>, shown: impl Fn(&Link) -> bool) -> Vec<Link> {
    for link in links.iter_mut().filter(|link| !shown(link)) {
        link.request = None;
        link.given_by = None;
    }
    links
}

/// What was gained, lost or given by another grant between two instants.
pub fn difference(
    tx: &ReadTx<'_>,
    caller: &Caller,
    between: Between,
    part: Part,
) -> OpResult<Told<Change>> {
    let (operation, about) = match between.whose {
        Whose::Object(object) => (Operation::ReadRoleAccess, About::object_id(tx, object)?),
        Whose::Principal(principal) => (
            Operation::ReadPrincipalAccess,
            About::NOTHING.of(Some(principal)),
        ),
        Whose::Everybody => (Operation::ReadAllAccess, About::NOTHING),
    };
    let ground = authorise(tx, caller, operation, about)?;
    let from = between.from.ok_or_else(|| {
        Refusal::new(Code::BadRequest, "`from`, the earlier instant, is missing").about("from")
    })?;
    let from = not_ahead(tx, Some(from), "from")?;
    let to = not_ahead(tx, between.to, "to")?;
    if from > to {
        return Err(Refusal::new(
            Code::BadRequest,
            format!("`from`, {from}, is later than `to`, {to}"),
        )
        .about("from")
        .into());
    }
    match between.whose {
        Whose::Object(object) => {
            is_known(tx, object)?;
            let at = |at| holdings_of_object(tx, ground, object, at);
            changes(tx, to, holding::difference(at(from)?, at(to)?), part)
        }
        Whose::Principal(principal) => {
            let principal = known_principal(tx, principal)?;
            let at = |at| holdings_of_principal(tx, ground, principal, at);
            changes(tx, to, holding::difference(at(from)?, at(to)?), part)
        }
        Whose::Everybody => {
            // One more than is told tells whether there are others.
            let limit = part.top.saturating_add(1);
            let mut roles = tx.roles_that_differ(from, to, part.skip, limit)?;
            let more = roles.len() > part.top as usize;
            roles.truncate(part.top as usize);
            let mut rows = Vec::with_capacity(roles.len());
            for role in roles {
                let at = |at| direct(tx, role, at);
                rows.extend(holding::difference(at(from)?, at(to)?));
            }
            told(tx, to, rows, more, ways)
        }
    }
}

/// What a principal had of one role, given to them directly.
fn direct(tx: &ReadTx<'_>, role: RoleOf, at: Instant) -> Result<Vec<Holding>, StoreError> {
    let held = Held {
        role: role.role,
        kind: role.kind,
        principal: role.principal,
        through: Through::Direct,
    };
    let links = tx.links_of_role(role, at)?;
    Ok(links
        .into_iter()
        .map(|link| Holding {
            held,
            chain: vec![link.into()],
        })
        .collect())
}

/// The instant that is asked about: what lies ahead is not known.
fn not_ahead(tx: &ReadTx<'_>, at: Option<Instant>, name: &str) -> Result<Instant, Refusal> {
    match at {
        Some(at) if at > tx.now() => Err(Refusal::new(
            Code::BadRequest,
            format!(
                "`{name}` is {at}, which lies ahead; it is {} now, and nobody knows who will have what",
                tx.now()
            ),
        )
        .about(name)
        .hint("give an instant that has come, or leave it out for now")),
        Some(at) => Ok(at),
        None => Ok(tx.now()),
    }
}

/// Refused where there is and was no such group or directory role. A deleted custom role that nobody ever
/// held has left nothing to tell.
pub(crate) fn is_known(tx: &ReadTx<'_>, object: ObjectId) -> OpResult<()> {
    match object {
        ObjectId::Group(id) => {
            if tx.group(id)?.is_none() && tx.deleted_group(id)?.is_none() {
                return Err(Refusal::not_found(id).into());
            }
        }
        ObjectId::Directory(id) => {
            if tx.role_definition(id)?.is_none() {
                return Err(Refusal::no_such_role(id).into());
            }
        }
    }
    Ok(())
}

/// A principal that is or was there.
fn known_principal(tx: &ReadTx<'_>, id: PrincipalId) -> OpResult<PrincipalRef> {
    if let Some(principal) = tx.principal(id)? {
        return Ok(principal.reference);
    }
    let kind = if tx.deleted_user(id)?.is_some() {
        PrincipalKind::User
    } else if tx.deleted_group(id.as_group())?.is_some() {
        PrincipalKind::Group
    } else {
        return Err(OpError::from(Refusal::not_found(id)));
    };
    Ok(PrincipalRef { id, kind })
}

fn holdings(
    tx: &ReadTx<'_>,
    at: Instant,
    all: Vec<Holding>,
    part: Part,
) -> OpResult<Told<Holding>> {
    let (rows, more) = cut(all, part);
    told(tx, at, rows, more, |row| vec![row])
}

fn changes(tx: &ReadTx<'_>, at: Instant, all: Vec<Change>, part: Part) -> OpResult<Told<Change>> {
    let (rows, more) = cut(all, part);
    told(tx, at, rows, more, ways)
}

fn ways(change: &Change) -> Vec<&Holding> {
    change.before.iter().chain(&change.after).collect()
}

fn cut<T>(all: Vec<T>, part: Part) -> (Vec<T>, bool) {
    let mut rest = all.into_iter().skip(part.skip as usize);
    let rows = rest.by_ref().take(part.top as usize).collect();
    (rows, rest.next().is_some())
}

fn told<T>(
    tx: &ReadTx<'_>,
    at: Instant,
    rows: Vec<T>,
    more: bool,
    ways: impl Fn(&T) -> Vec<&Holding>,
) -> OpResult<Told<T>> {
    let mut principals = BTreeSet::new();
    let mut groups = BTreeSet::new();
    let mut definitions = BTreeSet::new();
    for holding in rows.iter().flat_map(ways) {
        principals.insert(holding.held.principal.id);
        for link in &holding.chain {
            principals.insert(link.schedule.principal.id);
            groups.extend(link.schedule.role().group());
            definitions.extend(link.schedule.role().definition());
            principals.extend(link.given_by.and_then(ephor_core::caller::Actor::user));
            if let Some(request) = &link.request {
                principals.extend(request.created_by.user());
                let review = request.review.as_ref();
                principals.extend(review.and_then(|review| review.by.user()));
            }
        }
    }
    let principals: Vec<_> = principals.into_iter().collect();
    let groups: Vec<_> = groups.into_iter().collect();
    let mut known = Vec::new();
    for definition in definitions {
        known.extend(tx.role_definition(definition)?);
    }
    Ok(Told {
        at,
        rows,
        more,
        principals: tx.principals(&principals)?,
        groups: tx.groups(&groups)?,
        definitions: known,
    })
}
