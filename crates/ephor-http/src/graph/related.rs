//! What `$expand` brings along with a page of rows: loaded in the rows' own transaction, each thing once.

use std::collections::{HashMap, HashSet};

use ephor_core::caller::Caller;
use ephor_core::directory_role::RoleDefinition;
use ephor_core::group::Group;
use ephor_core::id::{GroupId, PrincipalId, RoleDefinitionId, ScheduleId, UnitId};
use ephor_core::principal::Principal;
use ephor_core::query::ScheduleView;
use ephor_core::role::{DirectoryScope, Role};
use ephor_core::schedule::{Schedule, ScheduleKind};
use ephor_core::time::Instant;
use ephor_core::unit::Unit;
use ephor_ops::{OpError, OpResult, directory, role_definition, schedule};
use ephor_store::ReadTx;
use serde_json::{Map, Value};

use crate::odata::shape::Shape;
use crate::wire::group::{GROUP, group};
use crate::wire::object::{OBJECT, principal};
use crate::wire::role::{ROLE_DEFINITION, role_definition as role_definition_members};
use crate::wire::schedule::{members, row};
use crate::wire::unit::{UNIT, unit};

/// What a row points to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Links {
    pub(crate) principal: PrincipalId,
    pub(crate) role: Role,
    /// The eligibility that an activation uses.
    pub(crate) activated_using: Option<ScheduleId>,
    /// The schedule that a request made, changed or ended.
    pub(crate) target: Option<(ScheduleKind, ScheduleId)>,
}

/// What the rows of a page point to.
#[derive(Default)]
pub(crate) struct Related {
    principals: HashMap<PrincipalId, Principal>,
    groups: HashMap<GroupId, Group>,
    definitions: HashMap<RoleDefinitionId, RoleDefinition>,
    units: HashMap<UnitId, Unit>,
    schedules: HashMap<(ScheduleKind, ScheduleId), Schedule>,
}

impl Related {
    /// Loads what `shape` asks for.
    pub(crate) fn load(
        tx: &ReadTx<'_>,
        caller: &Caller,
        shape: &Shape,
        links: impl Iterator<Item = Links> + Clone,
    ) -> OpResult<Self> {
        let mut related = Self::default();
        let unique = |ids: HashSet<_>| ids.into_iter().collect::<Vec<_>>();
        let principals = match shape.wants("principal") {
            Some(_) => unique(links.clone().map(|links| links.principal).collect()),
            None => Vec::new(),
        };
        let groups: HashSet<GroupId> = match shape.wants("group") {
            Some(_) => links
                .clone()
                .filter_map(|links| links.role.group())
                .collect(),
            None => HashSet::new(),
        };
        if !principals.is_empty() || !groups.is_empty() {
            let groups: Vec<GroupId> = groups.into_iter().collect();
            let (principals, groups) = directory::names(tx, &principals, &groups)?;
            let own = |one: Principal| (one.reference.id, one);
            related.principals = principals.into_iter().map(own).collect();
            related.groups = groups.into_iter().map(|one| (one.id, one)).collect();
        }
        for links in links {
            related.directory_role(tx, shape, links.role)?;
            if shape.wants("activatedUsing").is_some()
                && let Some(id) = links.activated_using
            {
                related.schedule(tx, caller, ScheduleKind::Eligible, id)?;
            }
            if shape.wants("targetSchedule").is_some()
                && let Some((kind, id)) = links.target
            {
                related.schedule(tx, caller, kind, id)?;
            }
        }
        Ok(related)
    }

    /// What a directory role's row points to.
    fn directory_role(&mut self, tx: &ReadTx<'_>, shape: &Shape, role: Role) -> OpResult<()> {
        let Role::Directory { definition, scope } = role else {
            return Ok(());
        };
        if shape.wants("roleDefinition").is_some() && !self.definitions.contains_key(&definition) {
            let found = role_definition::names(tx, &[definition])?;
            self.definitions
                .extend(found.into_iter().map(|one| (one.id(), one)));
        }
        if let DirectoryScope::Unit(unit) = scope
            && shape.wants("directoryScope").is_some()
            && !self.units.contains_key(&unit)
            && let Some(found) = tx.unit(unit)?
        {
            self.units.insert(unit, found);
        }
        Ok(())
    }

    /// A schedule, if it is there and the caller may see it; otherwise nothing is shown of it.
    fn schedule(
        &mut self,
        tx: &ReadTx<'_>,
        caller: &Caller,
        kind: ScheduleKind,
        id: ScheduleId,
    ) -> OpResult<()> {
        if self.schedules.contains_key(&(kind, id)) {
            return Ok(());
        }
        match schedule::get(tx, caller, kind, ScheduleView::Schedules, id) {
            Ok(found) => {
                self.schedules.insert((kind, id), found);
                Ok(())
            }
            Err(OpError::Refused { .. }) => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    /// Puts what `shape` asks for into a rendered row. `view` is the form an eligibility takes there.
    pub(crate) fn put(
        &self,
        object: &mut Map<String, Value>,
        shape: &Shape,
        links: Links,
        view: ScheduleView,
        now: Instant,
    ) {
        let mut insert = |name: &str, value: Option<Value>| {
            object.insert(name.to_owned(), value.unwrap_or(Value::Null));
        };
        if let Some(inner) = shape.wants("group") {
            let found = links.role.group().and_then(|id| self.groups.get(&id));
            insert(
                "group",
                found.map(|found| inner.apply(group(found), &GROUP)),
            );
        }
        if let Some(inner) = shape.wants("principal") {
            let found = self.principals.get(&links.principal);
            insert(
                "principal",
                found.map(|found| inner.apply(principal(found), &OBJECT)),
            );
        }
        if let Role::Directory { definition, scope } = links.role {
            if let Some(inner) = shape.wants("roleDefinition") {
                let found = self.definitions.get(&definition);
                let shown = |found| inner.apply(role_definition_members(found), &ROLE_DEFINITION);
                insert("roleDefinition", found.map(shown));
            }
            if let Some(inner) = shape.wants("directoryScope") {
                let found = match scope {
                    DirectoryScope::Directory => None,
                    DirectoryScope::Unit(unit) => self.units.get(&unit),
                };
                insert(
                    "directoryScope",
                    found.map(|found| inner.apply(unit(found), &UNIT)),
                );
            }
            if shape.wants("appScope").is_some() {
                insert("appScope", None);
            }
        }
        let shown = |key, inner: &Shape, view| {
            let found: Option<&Schedule> = self.schedules.get(&key);
            found.map(|found| {
                let members = members(found.role().kind(), found.kind, view);
                inner.apply(row(found, view, now), members)
            })
        };
        if let (Some(inner), Some(id)) = (shape.wants("activatedUsing"), links.activated_using) {
            insert(
                "activatedUsing",
                shown((ScheduleKind::Eligible, id), inner, view),
            );
        }
        if let (Some(inner), Some(key)) = (shape.wants("targetSchedule"), links.target) {
            insert("targetSchedule", shown(key, inner, ScheduleView::Schedules));
        }
    }
}
