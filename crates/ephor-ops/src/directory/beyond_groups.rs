//! What somebody is in beside groups: administrative units, and directory roles over the whole directory in their
//! older form (`directory.md` section 3).

use std::cmp::Ordering;

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::directory_role::DirectoryRole;
use ephor_core::id::{PrincipalId, RoleDefinitionId};
use ephor_core::query::{
    Comparison, GroupField, Literal, Predicate, Query, ScheduleView, Scope, TextMatch,
};
use ephor_core::role::{DirectoryScope, Role, RoleKind};
use ephor_core::schedule::ScheduleKind;
use ephor_core::unit::Unit;
use ephor_store::ReadTx;

use super::Reach;
use crate::OpResult;
use crate::authorise::{About, authorise};

/// One of these.
#[derive(Debug, Clone)]
pub enum Beyond {
    /// An administrative unit.
    Unit(Box<Unit>),
    /// A built-in role over the whole directory; roles of the tenant's own have no older form.
    Role(DirectoryRole),
}

impl Beyond {
    /// Whether the condition holds of it: what only groups have, it has not.
    pub(super) fn is(&self, filter: &Predicate<GroupField>) -> bool {
        match filter {
            Predicate::And(left, right) => self.is(left) && self.is(right),
            Predicate::Or(left, right) => self.is(left) || self.is(right),
            Predicate::Not(inner) => !self.is(inner),
            Predicate::Compare(field, how, literal) => compare(self.text(*field), *how, literal),
            Predicate::In(field, literals) => literals
                .iter()
                .any(|literal| compare(self.text(*field), Comparison::Eq, literal)),
            Predicate::Text(field, how, text) => {
                let text = text.to_lowercase();
                self.text(*field).is_some_and(|own| match how {
                    TextMatch::StartsWith => own.starts_with(&text),
                    TextMatch::EndsWith => own.ends_with(&text),
                    TextMatch::Contains => own.contains(&text),
                })
            }
        }
    }

    /// The field in lower case. The id of a role's older form is the wire's own and compares with nothing here.
    fn text(&self, field: GroupField) -> Option<String> {
        match (field, self) {
            (GroupField::Id, Self::Unit(unit)) => Some(unit.id.to_string()),
            (GroupField::DisplayName, Self::Unit(unit)) => {
                Some(unit.display_name.as_str().to_lowercase())
            }
            (GroupField::DisplayName, Self::Role(role)) => Some(role.display_name().to_lowercase()),
            (GroupField::Description, Self::Unit(unit)) => unit
                .description
                .as_ref()
                .map(|text| text.as_str().to_lowercase()),
            (_, Self::Unit(_) | Self::Role(_)) => None,
        }
    }
}

fn compare(own: Option<String>, how: Comparison, literal: &Literal) -> bool {
    let ordering = match (own, literal) {
        (None, Literal::Null) => Some(Ordering::Equal),
        (Some(own), Literal::Text(text)) => Some(own.cmp(&text.to_lowercase())),
        (None | Some(_), _) => None,
    };
    match (how, ordering) {
        (Comparison::Eq, found) => found == Some(Ordering::Equal),
        (Comparison::Ne, found) => found != Some(Ordering::Equal),
        (Comparison::Lt, Some(found)) => found.is_lt(),
        (Comparison::Le, Some(found)) => found.is_le(),
        (Comparison::Gt, Some(found)) => found.is_gt(),
        (Comparison::Ge, Some(found)) => found.is_ge(),
        (Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge, None) => false,
    }
}

/// The units that this object is directly in, and the roles that it holds now: only its own, or those of the groups
/// that it is in as well. What the caller may not see is left out.
pub(super) fn beyond_groups(
    tx: &ReadTx<'_>,
    caller: &Caller,
    id: PrincipalId,
    reach: Reach,
) -> OpResult<Vec<Beyond>> {
    let is_own = caller.user() == Some(id);
    let may =
        |operation| is_own || authorise(tx, caller, operation, About::NOTHING.of(Some(id))).is_ok();
    let mut found = Vec::new();
    if may(Operation::ReadUnits) {
        let units = tx.units_of(id)?;
        found.extend(units.into_iter().map(|unit| Beyond::Unit(Box::new(unit))));
    }
    if may(Operation::ReadRoleAssignments) {
        let mut roles: Vec<DirectoryRole> = held(tx, id, reach)?
            .into_iter()
            .filter(|(_, scope)| *scope == DirectoryScope::Directory)
            .filter_map(|(definition, _)| DirectoryRole::of(definition))
            .collect();
        roles.sort_unstable_by_key(|role| role.display_name());
        roles.dedup();
        found.extend(roles.into_iter().map(Beyond::Role));
    }
    Ok(found)
}

fn held(
    tx: &ReadTx<'_>,
    id: PrincipalId,
    reach: Reach,
) -> OpResult<Vec<(RoleDefinitionId, DirectoryScope)>> {
    match reach {
        Reach::Transitive => Ok(tx.directory_roles_of(id)?),
        Reach::Direct => {
            let query = Query {
                top: u32::MAX,
                ..Query::default()
            };
            let schedules = tx.list_schedules(
                ScheduleKind::Active,
                ScheduleView::Instances,
                RoleKind::Directory,
                Scope::Principal(id),
                &query,
            )?;
            let role = |role| match role {
                Role::Directory { definition, scope } => Some((definition, scope)),
                Role::Group { .. } => None,
            };
            let rows = schedules.rows.iter();
            Ok(rows.filter_map(|row| role(row.role())).collect())
        }
    }
}
