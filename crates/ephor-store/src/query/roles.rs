//! Directory roles: their definitions, who holds which now, and what a caller stands on because of it.
//!
//! A role counts where a grant of it is in force, to the caller or to a role-assignable group of which the
//! caller is an active member now (R-H2, R-H3), and no second longer (R-H4).

use ephor_core::authority::{Ground, Line, Standing};
use ephor_core::caller::{Actor, Caller};
use ephor_core::credential::{Held, Holdings};
use ephor_core::directory_role::{CustomRole, DirectoryRole, RoleDefinition, RoleState};
use ephor_core::id::{GroupId, PrincipalId, RoleDefinitionId};
use ephor_core::role::{DirectoryScope, ObjectId};
use uuid::Uuid;

use crate::sql::in_force;
use crate::tx::ReadTx;
use crate::{StoreError, code};

pub(crate) fn definition(
    tx: &ReadTx<'_>,
    id: RoleDefinitionId,
) -> Result<Option<RoleDefinition>, StoreError> {
    if let Some(role) = DirectoryRole::of(id) {
        return Ok(Some(RoleDefinition::BuiltIn(role)));
    }
    let custom: Option<CustomRole> = tx.one(
        "SELECT document FROM role_definitions WHERE id = $1 AND deleted_at IS NULL",
        &[id.into()],
        |row| row.json(0),
    )?;
    Ok(custom.map(|role| RoleDefinition::Custom(Box::new(role))))
}

pub(crate) fn custom(tx: &ReadTx<'_>) -> Result<Vec<CustomRole>, StoreError> {
    tx.all(
        "SELECT document FROM role_definitions WHERE deleted_at IS NULL ORDER BY number",
        &[],
        |row| row.json(0),
    )
}

/// A row for each grant in force: directly, and through groups.
macro_rules! held {
    () => {
        concat!(
            "(SELECT object_id, scope_id FROM schedules
                 WHERE principal_id = $1 AND kind = 1 AND access = 2 AND ",
            in_force!(),
            " UNION SELECT object_id, scope_id FROM schedules
                 WHERE kind = 1 AND access = 2 AND principal_kind = 1 AND ",
            in_force!(),
            " AND principal_id IN (SELECT object_id FROM schedules
                 WHERE principal_id = $1 AND kind = 1 AND access = 0 AND ",
            in_force!(),
            "))"
        )
    };
}

/// The directory roles that this principal holds now, over what; roles over a deleted unit are none.
pub(crate) fn of_principal(
    tx: &ReadTx<'_>,
    principal: PrincipalId,
) -> Result<Vec<(RoleDefinitionId, DirectoryScope)>, StoreError> {
    tx.all(
        concat!(
            "SELECT h.object_id, h.scope_id FROM ",
            held!(),
            " h WHERE h.scope_id = $2
              OR h.scope_id IN (SELECT id FROM units WHERE deleted_at IS NULL)"
        ),
        &[principal.into(), Uuid::nil().into()],
        |row| {
            Ok((
                RoleDefinitionId::from_uuid(row.id(0)?),
                code::to_scope(row.id(1)?),
            ))
        },
    )
}

/// What the grounds are looked up towards.
pub(crate) struct Towards {
    /// The group whose ownership counts.
    pub(crate) group: Option<GroupId>,
    /// Whose "oneself" it is.
    pub(crate) principal: Option<PrincipalId>,
    /// The object that units are looked at for.
    pub(crate) object: Option<PrincipalId>,
}

/// The grounds that `caller` stands on. Where `line` names no role, none is looked up.
pub(crate) fn standing(
    tx: &ReadTx<'_>,
    caller: &Caller,
    line: Option<&Line>,
    towards: &Towards,
) -> Result<Standing, StoreError> {
    let me = match caller.actor {
        Actor::Operator => return Ok(Standing::on([Ground::Operator])),
        // What Ephor does by itself is asked of nobody, and what it may do is in no line of the table.
        Actor::System => return Ok(Standing::default()),
        Actor::User(user) => user,
        Actor::Application(program) => program,
    };
    let mut standing = match caller.actor {
        Actor::Application(_) => {
            if !is_usable_program(tx, me)? {
                return Ok(Standing::default());
            }
            Standing::on([Ground::Application])
        }
        Actor::User(_) | Actor::Operator | Actor::System => {
            let Some(is_owner) = is_usable_person(tx, me, towards.group)? else {
                return Ok(Standing::default());
            };
            let grounds = [
                (Ground::ActiveOwner, is_owner),
                (Ground::Oneself, towards.principal == Some(me)),
                (Ground::Anyone, true),
            ];
            let stands = |(ground, stands): (Ground, bool)| stands.then_some(ground);
            Standing::on(grounds.into_iter().filter_map(stands))
        }
    };
    if line.is_none_or(Line::names_roles) {
        standing = with_roles(tx, me, towards.object, standing)?;
    }
    Ok(standing)
}

/// Whether the person's account may be used and, if so, whether they are an owner of the group.
fn is_usable_person(
    tx: &ReadTx<'_>,
    user: PrincipalId,
    group: Option<GroupId>,
) -> Result<Option<bool>, StoreError> {
    tx.one(
        concat!(
            "SELECT CASE WHEN EXISTS (SELECT 1 FROM schedules
                 WHERE object_id = $2 AND access = 1 AND principal_id = u.id AND kind = 1 AND ",
            in_force!(),
            ") THEN 1 ELSE 0 END
             FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL AND u.account_enabled = 1"
        ),
        &[user.into(), group.into()],
        |row| row.flag(0),
    )
}

fn is_usable_program(tx: &ReadTx<'_>, program: PrincipalId) -> Result<bool, StoreError> {
    let found = tx.one(
        "SELECT 1 FROM service_principals
         WHERE id = $1 AND deleted_at IS NULL AND account_enabled = 1",
        &[program.into()],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// What is in a restricted unit, only roles over a restricted unit reach from a unit.
fn with_roles(
    tx: &ReadTx<'_>,
    me: PrincipalId,
    object: Option<PrincipalId>,
    mut standing: Standing,
) -> Result<Standing, StoreError> {
    let held = tx.all(
        concat!(
            "SELECT h.object_id, CASE WHEN h.scope_id = $2 THEN 0 ELSE 1 END, d.document FROM ",
            held!(),
            " h LEFT JOIN role_definitions d ON d.id = h.object_id AND d.deleted_at IS NULL
              WHERE h.scope_id = $2 OR EXISTS (SELECT 1 FROM unit_members m JOIN units t ON t.id = m.unit_id
                  WHERE m.unit_id = h.scope_id AND m.member_id = $3 AND t.deleted_at IS NULL
                  AND (t.restricted = 1 OR NOT EXISTS (SELECT 1 FROM unit_members o JOIN units r ON r.id = o.unit_id
                      WHERE o.member_id = $3 AND r.restricted = 1 AND r.deleted_at IS NULL)))"
        ),
        &[me.into(), Uuid::nil().into(), object.into()],
        |row| {
            let custom: Option<CustomRole> = match row.maybe_text(2)? {
                Some(_) => Some(row.json(2)?),
                None => None,
            };
            Ok((RoleDefinitionId::from_uuid(row.id(0)?), row.flag(1)?, custom))
        },
    )?;
    for (definition, over_unit, custom) in held {
        match (DirectoryRole::of(definition), custom) {
            (Some(role), _) if over_unit => standing = standing.and(Ground::OverUnit(role)),
            (Some(role), _) => standing = standing.and(Ground::Role(role)),
            (None, Some(custom)) if custom.state == RoleState::Enabled => {
                let actions = custom.permissions.into_iter();
                standing = standing.allowing(actions.flat_map(|block| block.actions));
            }
            (None, Some(_) | None) => {}
        }
    }
    Ok(standing)
}

/// All that protects an account now (R-A7); one that is deleted or disabled is protected by what would come
/// back with it.
pub(crate) fn holdings(tx: &ReadTx<'_>, user: PrincipalId) -> Result<Holdings, StoreError> {
    let mut holdings = Holdings::new();
    let (cut_roles, cut_protected) = cut_short_history(tx, user)?;
    if cut_protected {
        holdings.insert(Held::RoleAssignableGroup);
    }
    for (definition, scope) in of_principal(tx, user)?.into_iter().chain(cut_roles) {
        holdings.insert(DirectoryRole::of(definition).map_or(Held::Custom, Held::BuiltIn));
        if let DirectoryScope::Unit(unit) = scope
            && tx.unit(unit)?.is_some_and(|unit| unit.is_restricted())
        {
            holdings.insert(Held::OverRestrictedUnit);
        }
    }
    let protected = tx.one(
        concat!(
            "SELECT 1 FROM (SELECT object_id FROM schedules
                 WHERE principal_id = $1 AND kind = 1 AND access IN (0, 1) AND ",
            in_force!(),
            ") s JOIN groups g ON g.id = s.object_id WHERE g.role_assignable = 1 LIMIT 1"
        ),
        &[user.into()],
        |_| Ok(()),
    )?;
    if protected.is_some() {
        holdings.insert(Held::RoleAssignableGroup);
    }
    Ok(holdings)
}

type Roles = Vec<(RoleDefinitionId, DirectoryScope)>;

/// What a deletion or disabling took from this account and could be had again: directory roles, and whether
/// there was a role-assignable group among the rest.
fn cut_short_history(tx: &ReadTx<'_>, user: PrincipalId) -> Result<(Roles, bool), StoreError> {
    let (mut roles, mut protected) = (Vec::new(), false);
    tx.each(
        "SELECT s.object_id, s.scope_id, s.access FROM schedules s
         LEFT JOIN groups g ON g.id = s.object_id
         WHERE s.principal_id = $1 AND s.kind = 1 AND s.ended_why = 4 AND s.restored_as IS NULL
             AND s.origin <> 1 AND s.granted_ends_at > $now
             AND (s.access = 2 OR (g.role_assignable = 1 AND g.deleted_at IS NULL))
             AND EXISTS (SELECT 1 FROM users u WHERE u.id = $1
                 AND (u.deleted_at IS NOT NULL OR u.account_enabled = 0))",
        &[user.into()],
        |row| {
            if row.int(2)? == code::DIRECTORY {
                let definition = RoleDefinitionId::from_uuid(row.id(0)?);
                roles.push((definition, code::to_scope(row.id(1)?)));
            } else {
                protected = true;
            }
            Ok(())
        },
    )?;
    Ok((roles, protected))
}

/// Who holds this directory role over the whole directory now, named by a grant: people, and groups as such.
pub(crate) fn holders_of(
    tx: &ReadTx<'_>,
    definition: RoleDefinitionId,
) -> Result<Vec<PrincipalId>, StoreError> {
    tx.all(
        concat!(
            "SELECT DISTINCT principal_id FROM schedules
             WHERE object_id = $1 AND access = 2 AND kind = 1 AND scope_id = $2 AND ",
            in_force!()
        ),
        &[definition.into(), Uuid::nil().into()],
        |row| row.id(0).map(PrincipalId::from_uuid),
    )
}

/// Whether anybody has the role or could activate it, now or later: then its definition can't go.
pub(crate) fn is_granted(
    tx: &ReadTx<'_>,
    definition: RoleDefinitionId,
) -> Result<bool, StoreError> {
    let found = tx.one(
        concat!(
            "SELECT 1 FROM schedules WHERE object_id = $1 AND access = 2 AND kind IN (0, 1) AND ",
            crate::sql::running!(),
            " LIMIT 1"
        ),
        &[definition.into()],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// The role-assignable groups and directory roles whose approvers the members of the group are or may make
/// themselves, because it is named there, or by a package that gives them, or is a member of what is, or eligible
/// for it (T-05).
pub(crate) fn protected_approved_by(
    tx: &ReadTx<'_>,
    group: GroupId,
) -> Result<Vec<ObjectId>, StoreError> {
    tx.all(
        concat!(
            "WITH RECURSIVE above (object_id, depth) AS (
                 SELECT id, 0 FROM groups WHERE id = $1
                 UNION SELECT s.object_id, a.depth + 1 FROM above a JOIN schedules s ON s.principal_id = a.object_id
                 WHERE a.depth < 16 AND s.kind IN (0, 1) AND s.access = 0 AND ",
            crate::sql::running!(),
            ") SELECT DISTINCT p.object_id, CASE WHEN p.access = 2 THEN 1 ELSE 0 END FROM (
                   SELECT object_id, access FROM policy_approvers
                   WHERE approver_id IN (SELECT object_id FROM above)
                   UNION SELECT r.object_id, r.access FROM package_approvers q
                   JOIN package_roles r ON r.package_id = q.package_id
                   WHERE q.approver_id IN (SELECT object_id FROM above)
               ) p LEFT JOIN groups g ON g.id = p.object_id
               WHERE p.access = 2 OR (g.role_assignable = 1 AND g.deleted_at IS NULL)"
        ),
        &[group.into()],
        |row| Ok(code::to_object(row.id(0)?, row.flag(1)?)),
    )
}

/// The group and those whose members are its members or may become so, as far as nobody here decides who is in
/// them: a rule does, or another directory (T-05).
pub(crate) fn decided_elsewhere(
    tx: &ReadTx<'_>,
    group: GroupId,
) -> Result<Vec<GroupId>, StoreError> {
    tx.all(
        concat!(
            "WITH RECURSIVE below (id, depth) AS (
                 SELECT id, 0 FROM groups WHERE id = $1
                 UNION SELECT g.id, b.depth + 1 FROM below b JOIN schedules s ON s.object_id = b.id
                 JOIN groups g ON g.id = s.principal_id
                 WHERE b.depth < 16 AND s.kind IN (0, 1) AND s.access = 0 AND g.deleted_at IS NULL AND ",
            crate::sql::running!(),
            ") SELECT id FROM groups WHERE id IN (SELECT id FROM below)
               AND (is_dynamic = 1 OR synchronised = 1) ORDER BY number"
        ),
        &[group.into()],
        |row| row.id(0).map(GroupId::from_uuid),
    )
}
