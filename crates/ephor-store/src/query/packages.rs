//! Rows of catalogs, packages, their requests and assignments.

use ephor_core::id::{
    CatalogId, CatalogResourceId, CatalogRoleAssignmentId, GroupId, PackageAssignmentId, PackageId,
    PackagePolicyId, PackageRequestId, PrincipalId,
};
use ephor_core::package::{
    Catalog, CatalogResource, CatalogRoleAssignment, Package, PackageAssignment, PackagePolicy,
    PackageRequest,
};
use ephor_core::schedule::{ExpiryReminder, Schedule};
use ephor_core::time::{Instant, Span};
use serde::de::DeserializeOwned;

use super::schedules;
use crate::fold::fold;
use crate::sql::{NO_END, Row, Value, running};
use crate::tx::ReadTx;
use crate::{StoreError, code};

/// The columns that [`assignment`] reads.
macro_rules! columns {
    () => {
        "id, package_id, policy_id, target_id, starts_at, ends_at, created_at, created_using"
    };
}

/// Whose requests or assignments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageScope {
    /// Everybody's.
    All,
    /// Of this package.
    Package(PackageId),
    /// Of this person.
    Target(PrincipalId),
    /// Just this one.
    Assignment(PackageAssignmentId),
}

fn documents<T: DeserializeOwned>(
    tx: &ReadTx<'_>,
    sql: &str,
    params: &[Value<'_>],
) -> Result<Vec<T>, StoreError> {
    tx.all(sql, params, |row| row.json(0))
}

fn document<T: DeserializeOwned>(
    tx: &ReadTx<'_>,
    sql: &str,
    id: Value<'_>,
) -> Result<Option<T>, StoreError> {
    tx.one(sql, &[id], |row| row.json(0))
}

impl ReadTx<'_> {
    /// Every catalog.
    pub fn catalogs(&self) -> Result<Vec<Catalog>, StoreError> {
        documents(self, "SELECT document FROM catalogs ORDER BY number", &[])
    }

    /// A catalog.
    pub fn catalog(&self, id: CatalogId) -> Result<Option<Catalog>, StoreError> {
        document(
            self,
            "SELECT document FROM catalogs WHERE id = $1",
            id.into(),
        )
    }

    /// The catalog of this name, in whatever spelling.
    pub fn catalog_by_name(&self, name: &str) -> Result<Option<Catalog>, StoreError> {
        document(
            self,
            "SELECT document FROM catalogs WHERE name_key = $1",
            fold(name).into(),
        )
    }

    /// The groups in every catalog.
    pub fn catalog_resources(&self) -> Result<Vec<CatalogResource>, StoreError> {
        documents(
            self,
            "SELECT document FROM catalog_resources ORDER BY number",
            &[],
        )
    }

    /// A group in a catalog.
    pub fn catalog_resource(
        &self,
        id: CatalogResourceId,
    ) -> Result<Option<CatalogResource>, StoreError> {
        document(
            self,
            "SELECT document FROM catalog_resources WHERE id = $1",
            id.into(),
        )
    }

    /// A group in a catalog, by the group.
    pub fn catalog_resource_of(
        &self,
        catalog: CatalogId,
        group: GroupId,
    ) -> Result<Option<CatalogResource>, StoreError> {
        self.one(
            "SELECT document FROM catalog_resources WHERE catalog_id = $1 AND object_id = $2",
            &[catalog.into(), group.into()],
            |row| row.json(0),
        )
    }

    /// Every package.
    pub fn packages(&self) -> Result<Vec<Package>, StoreError> {
        documents(
            self,
            "SELECT document FROM access_packages ORDER BY number",
            &[],
        )
    }

    /// The packages of a catalog.
    pub fn packages_of(&self, catalog: CatalogId) -> Result<Vec<Package>, StoreError> {
        documents(
            self,
            "SELECT document FROM access_packages WHERE catalog_id = $1 ORDER BY number",
            &[catalog.into()],
        )
    }

    /// A package.
    pub fn package(&self, id: PackageId) -> Result<Option<Package>, StoreError> {
        document(
            self,
            "SELECT document FROM access_packages WHERE id = $1",
            id.into(),
        )
    }

    /// Every policy of every package.
    pub fn package_policies(&self) -> Result<Vec<PackagePolicy>, StoreError> {
        documents(
            self,
            "SELECT document FROM package_policies ORDER BY number",
            &[],
        )
    }

    /// The policies of a package.
    pub fn package_policies_of(
        &self,
        package: PackageId,
    ) -> Result<Vec<PackagePolicy>, StoreError> {
        documents(
            self,
            "SELECT document FROM package_policies WHERE package_id = $1 ORDER BY number",
            &[package.into()],
        )
    }

    /// A policy of a package.
    pub fn package_policy(&self, id: PackagePolicyId) -> Result<Option<PackagePolicy>, StoreError> {
        document(
            self,
            "SELECT document FROM package_policies WHERE id = $1",
            id.into(),
        )
    }

    /// Every role over catalogs.
    pub fn catalog_roles(&self) -> Result<Vec<CatalogRoleAssignment>, StoreError> {
        documents(
            self,
            "SELECT document FROM catalog_roles ORDER BY number",
            &[],
        )
    }

    /// A role over catalogs.
    pub fn catalog_role(
        &self,
        id: CatalogRoleAssignmentId,
    ) -> Result<Option<CatalogRoleAssignment>, StoreError> {
        document(
            self,
            "SELECT document FROM catalog_roles WHERE id = $1",
            id.into(),
        )
    }

    /// A request about a package.
    pub fn package_request(
        &self,
        id: PackageRequestId,
    ) -> Result<Option<PackageRequest>, StoreError> {
        document(
            self,
            "SELECT document FROM package_requests WHERE id = $1",
            id.into(),
        )
    }

    /// Requests about packages made since `since`, and those that wait; newest first.
    pub fn package_requests(
        &self,
        scope: PackageScope,
        since: Instant,
    ) -> Result<Vec<PackageRequest>, StoreError> {
        match scope {
            PackageScope::All => documents(
                self,
                "SELECT document FROM package_requests
                 WHERE created_at >= $1 OR waits_until > $now ORDER BY number DESC",
                &[since.into()],
            ),
            PackageScope::Package(package) => documents(
                self,
                "SELECT document FROM package_requests
                 WHERE package_id = $2 AND (created_at >= $1 OR waits_until > $now)
                 ORDER BY number DESC",
                &[since.into(), package.into()],
            ),
            PackageScope::Target(person) => documents(
                self,
                "SELECT document FROM package_requests
                 WHERE (target_id = $2 OR actor_id = $2) AND (created_at >= $1 OR waits_until > $now)
                 ORDER BY number DESC",
                &[since.into(), person.into()],
            ),
            PackageScope::Assignment(_) => Ok(Vec::new()),
        }
    }

    /// Requests about packages that wait for an approver now, oldest first.
    pub fn waiting_package_requests(&self) -> Result<Vec<PackageRequest>, StoreError> {
        documents(
            self,
            "SELECT document FROM package_requests WHERE waits_until > $now ORDER BY number",
            &[],
        )
    }

    /// Requests whose waiting the clock ended and that were not yet written down as lapsed.
    pub fn unlapsed_package_requests(&self, limit: u32) -> Result<Vec<PackageRequest>, StoreError> {
        documents(
            self,
            "SELECT document FROM package_requests
             WHERE waits_until <= $now AND noted_at IS NULL ORDER BY waits_until, number LIMIT $1",
            &[limit.into()],
        )
    }

    /// A package as somebody has or had it.
    pub fn package_assignment_in_history(
        &self,
        id: PackageAssignmentId,
    ) -> Result<Option<PackageAssignment>, StoreError> {
        self.one(
            concat!(
                "SELECT ",
                columns!(),
                " FROM package_assignments WHERE id = $1"
            ),
            &[id.into()],
            assignment,
        )
    }

    /// Packages as people have them, now and ahead, oldest first.
    pub fn package_assignments(
        &self,
        scope: PackageScope,
    ) -> Result<Vec<PackageAssignment>, StoreError> {
        let (sql, params) = match scope {
            PackageScope::All => (
                concat!(
                    "SELECT ",
                    columns!(),
                    " FROM package_assignments WHERE ",
                    running!(),
                    " ORDER BY number"
                ),
                Vec::new(),
            ),
            PackageScope::Package(package) => (
                concat!(
                    "SELECT ",
                    columns!(),
                    " FROM package_assignments WHERE package_id = $1 AND ",
                    running!(),
                    " ORDER BY number"
                ),
                vec![package.into()],
            ),
            PackageScope::Target(target) => (
                concat!(
                    "SELECT ",
                    columns!(),
                    " FROM package_assignments WHERE target_id = $1 AND ",
                    running!(),
                    " ORDER BY number"
                ),
                vec![target.into()],
            ),
            PackageScope::Assignment(id) => (
                concat!(
                    "SELECT ",
                    columns!(),
                    " FROM package_assignments WHERE id = $1 AND ",
                    running!(),
                    " ORDER BY number"
                ),
                vec![id.into()],
            ),
        };
        self.all(sql, &params, assignment)
    }

    /// Packages as people had them, that ended at or after `since`, newest end first.
    pub fn package_assignments_ended(
        &self,
        since: Instant,
    ) -> Result<Vec<PackageAssignment>, StoreError> {
        self.all(
            concat!(
                "SELECT ",
                columns!(),
                " FROM package_assignments WHERE ends_at >= $1 AND NOT ",
                running!(),
                " ORDER BY ends_at DESC, number DESC"
            ),
            &[since.into()],
            assignment,
        )
    }

    /// Whether an assignment that runs or lies ahead was made under this policy.
    pub fn package_policy_is_used(&self, policy: PackagePolicyId) -> Result<bool, StoreError> {
        let found = self.one(
            concat!(
                "SELECT 1 FROM package_assignments WHERE policy_id = $1 AND ",
                running!(),
                " LIMIT 1"
            ),
            &[policy.into()],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    /// All that the people of these assignments have, eligible and active, now and ahead: to show what is held.
    pub fn schedules_of_assignees(&self, scope: PackageScope) -> Result<Vec<Schedule>, StoreError> {
        let (sql, params) = match scope {
            PackageScope::All => (
                concat!(
                    "SELECT ",
                    schedules::columns!(),
                    " FROM schedules s WHERE ",
                    running!(),
                    " AND s.principal_id IN (SELECT target_id FROM package_assignments WHERE ",
                    running!(),
                    ")"
                ),
                Vec::new(),
            ),
            PackageScope::Package(package) => (
                concat!(
                    "SELECT ",
                    schedules::columns!(),
                    " FROM schedules s WHERE ",
                    running!(),
                    " AND s.principal_id IN
                         (SELECT target_id FROM package_assignments WHERE package_id = $1 AND ",
                    running!(),
                    ")"
                ),
                vec![package.into()],
            ),
            PackageScope::Target(target) => (
                concat!(
                    "SELECT ",
                    schedules::columns!(),
                    " FROM schedules s WHERE s.principal_id = $1 AND ",
                    running!()
                ),
                vec![target.into()],
            ),
            PackageScope::Assignment(id) => (
                concat!(
                    "SELECT ",
                    schedules::columns!(),
                    " FROM schedules s WHERE ",
                    running!(),
                    " AND s.principal_id IN
                         (SELECT target_id FROM package_assignments WHERE id = $1 AND ",
                    running!(),
                    ")"
                ),
                vec![id.into()],
            ),
        };
        self.all(sql, &params, schedules::read)
    }

    /// What this assignment gives, now and ahead.
    pub fn grants_of_package(
        &self,
        assignment: PackageAssignmentId,
    ) -> Result<Vec<Schedule>, StoreError> {
        self.all(
            concat!(
                "SELECT ",
                schedules::columns!(),
                " FROM schedules s WHERE s.used_grant_id = $1 AND s.origin = 3 AND ",
                running!(),
                " ORDER BY s.number"
            ),
            &[assignment.into()],
            schedules::read,
        )
    }

    /// Assignments whose end has come and was not yet written down.
    pub fn unlapsed_package_assignments(
        &self,
        limit: u32,
    ) -> Result<Vec<PackageAssignment>, StoreError> {
        self.all(
            concat!(
                "SELECT ",
                columns!(),
                " FROM package_assignments WHERE noted_at IS NULL AND ends_at <= $now AND NOT ",
                running!(),
                " ORDER BY ends_at, number LIMIT $1"
            ),
            &[limit.into()],
            assignment,
        )
    }

    /// Assignments whose end is near enough for this reminder, which was not written down yet.
    pub fn package_assignments_to_remind(
        &self,
        reminder: ExpiryReminder,
        limit: u32,
    ) -> Result<Vec<PackageAssignment>, StoreError> {
        let now = self.now();
        let Some((latest, earliest)) = now.plus(reminder.lead()).zip(now.plus(reminder.too_late()))
        else {
            return Ok(Vec::new());
        };
        self.all(
            concat!(
                "SELECT ",
                columns!(),
                " FROM package_assignments WHERE noted_at IS NULL AND reminded < $1
                 AND ends_at <= $2 AND ends_at > $3 AND ",
                running!(),
                " ORDER BY ends_at, number LIMIT $4"
            ),
            &[
                code::reminder(reminder).into(),
                latest.into(),
                earliest.into(),
                limit.into(),
            ],
            assignment,
        )
    }
}

fn assignment(row: &Row<'_>) -> Result<PackageAssignment, StoreError> {
    let ends_at = Some(row.int(5)?)
        .filter(|end| *end != NO_END)
        .map(Instant::from_micros);
    Ok(PackageAssignment {
        id: PackageAssignmentId::from_uuid(row.id(0)?),
        package: PackageId::from_uuid(row.id(1)?),
        policy: PackagePolicyId::from_uuid(row.id(2)?),
        target: PrincipalId::from_uuid(row.id(3)?),
        span: Span::new(row.instant(4)?, ends_at),
        created_at: row.instant(6)?,
        created_using: PackageRequestId::from_uuid(row.id(7)?),
    })
}
