//! Rows of catalogs, packages, their requests and assignments.

use ephor_core::id::{
    CatalogId, CatalogResourceId, CatalogRoleAssignmentId, PackageAssignmentId, PackageId,
    PackagePolicyId, PackageRequestId, PrincipalId,
};
use ephor_core::package::{
    Catalog, CatalogResource, CatalogRoleAssignment, Package, PackageAssignment, PackagePolicy,
    PackageRequest,
};
use ephor_core::query::{PackageAssignmentField, PackageRequestField, PackageRows, Page, Query};
use ephor_core::role::{ObjectId, Role};
use ephor_core::schedule::{ExpiryReminder, Schedule, ScheduleKind};
use ephor_core::time::{Instant, Span};
use serde::de::DeserializeOwned;

use super::filter::{KeyedList, List, Sql};
use super::{fields, schedules};
use crate::fold::fold;
use crate::sql::{NO_END, Row, Value, running};
use crate::tx::ReadTx;
use crate::{StoreError, code};

/// The columns that [`assignment`] reads.
macro_rules! columns {
    () => {
        "a.id, a.package_id, a.policy_id, a.target_id, a.starts_at, a.ends_at, a.created_at, a.created_using"
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

/// How a table says by whom a row was made.
struct OwnRows {
    created_by: &'static str,
    id: &'static str,
}

const ASSIGNMENT_ROWS: OwnRows = OwnRows {
    created_by: " AND a.created_using IN (SELECT q.id FROM package_requests q WHERE q.actor_id = ",
    id: " AND a.id IN (",
};
const REQUEST_ROWS: OwnRows = OwnRows {
    created_by: " AND (a.actor_id = ",
    id: " AND a.assignment_id IN (",
};

/// Adds which rows there are to be at all.
fn narrow(sql: &mut Sql, rows: &PackageRows, own: OwnRows) {
    match rows {
        PackageRows::Seen { catalogs: None, .. } => {}
        PackageRows::Seen {
            catalogs: Some(catalogs),
            own: person,
        } => {
            sql.push(
                " AND (a.package_id IN (SELECT p.id FROM access_packages p WHERE p.catalog_id IN (",
            );
            ids(sql, catalogs.iter().copied());
            sql.push("))");
            if let Some(person) = person {
                sql.push(" OR a.target_id = ").bind(*person);
            }
            sql.push(")");
        }
        PackageRows::Target(person) => {
            sql.push(" AND a.target_id = ").bind(*person);
        }
        PackageRows::CreatedBy(person) => {
            sql.push(own.created_by).bind(*person).push(")");
        }
        PackageRows::TargetOrCreatedBy(person) => {
            sql.push(" AND (a.target_id = ").bind(*person);
            sql.push(" OR (1 = 1");
            sql.push(own.created_by).bind(*person).push(")))");
        }
        PackageRows::ManagedBy(person) => {
            sql.push(" AND a.target_id IN (SELECT u.id FROM users u WHERE u.deleted_at IS NULL AND u.manager_id = ");
            sql.bind(*person).push(")");
        }
        PackageRows::Assignments(some) => {
            sql.push(own.id);
            ids(sql, some.iter().copied());
            sql.push(")");
        }
    }
}

/// Adds ids with commas between; where there is none, one that nothing has.
fn ids(sql: &mut Sql, all: impl Iterator<Item = impl Into<Value<'static>>>) {
    sql.push("NULL");
    for id in all {
        sql.push(", ").bind(id);
    }
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
    /// Every catalog; the one that is always there is the last, until it is changed.
    pub fn catalogs(&self) -> Result<Vec<Catalog>, StoreError> {
        let mut catalogs: Vec<Catalog> =
            documents(self, "SELECT document FROM catalogs ORDER BY number", &[])?;
        if catalogs
            .iter()
            .all(|catalog| catalog.id != Catalog::GENERAL)
        {
            catalogs.extend(self.general_catalog()?);
        }
        Ok(catalogs)
    }

    /// The catalog that is always there, as it is while nobody changed it.
    fn general_catalog(&self) -> Result<Option<Catalog>, StoreError> {
        let tenant = self.tenant()?;
        Ok(tenant.and_then(|tenant| Catalog::general(tenant.created_at)))
    }

    /// Whether the catalog has a row: the one that is always there need not.
    pub(crate) fn has_catalog_row(&self, id: CatalogId) -> Result<bool, StoreError> {
        let found = self.one("SELECT 1 FROM catalogs WHERE id = $1", &[id.into()], |_| {
            Ok(())
        })?;
        Ok(found.is_some())
    }

    /// A catalog.
    pub fn catalog(&self, id: CatalogId) -> Result<Option<Catalog>, StoreError> {
        let found = document(
            self,
            "SELECT document FROM catalogs WHERE id = $1",
            id.into(),
        )?;
        match found {
            None if id == Catalog::GENERAL => self.general_catalog(),
            found => Ok(found),
        }
    }

    /// The catalog of this name, in whatever spelling.
    pub fn catalog_by_name(&self, name: &str) -> Result<Option<Catalog>, StoreError> {
        let found = document(
            self,
            "SELECT document FROM catalogs WHERE name_key = $1",
            fold(name).into(),
        )?;
        if found.is_some() || self.has_catalog_row(Catalog::GENERAL)? {
            return Ok(found);
        }
        let general = self.general_catalog()?;
        Ok(general.filter(|catalog| fold(catalog.display_name.as_str()) == fold(name)))
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

    /// A group or directory role in a catalog, by its id.
    pub fn catalog_resource_of(
        &self,
        catalog: CatalogId,
        object: ObjectId,
    ) -> Result<Option<CatalogResource>, StoreError> {
        self.one(
            "SELECT document FROM catalog_resources WHERE catalog_id = $1 AND object_id = $2",
            &[catalog.into(), code::object(object).into()],
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
                " FROM package_assignments a WHERE id = $1"
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
                    " FROM package_assignments a WHERE ",
                    running!(),
                    " ORDER BY number"
                ),
                Vec::new(),
            ),
            PackageScope::Package(package) => (
                concat!(
                    "SELECT ",
                    columns!(),
                    " FROM package_assignments a WHERE package_id = $1 AND ",
                    running!(),
                    " ORDER BY number"
                ),
                vec![package.into()],
            ),
            PackageScope::Target(target) => (
                concat!(
                    "SELECT ",
                    columns!(),
                    " FROM package_assignments a WHERE target_id = $1 AND ",
                    running!(),
                    " ORDER BY number"
                ),
                vec![target.into()],
            ),
            PackageScope::Assignment(id) => (
                concat!(
                    "SELECT ",
                    columns!(),
                    " FROM package_assignments a WHERE id = $1 AND ",
                    running!(),
                    " ORDER BY number"
                ),
                vec![id.into()],
            ),
        };
        self.all(sql, &params, assignment)
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

    /// All that these people have, eligible and active, now and ahead: to show what is held.
    pub fn schedules_of_people(&self, people: &[PrincipalId]) -> Result<Vec<Schedule>, StoreError> {
        let mut found = Vec::new();
        for some in people.chunks(200) {
            let mut sql = Sql::new(concat!(
                "SELECT ",
                schedules::columns!(),
                " FROM schedules s WHERE ",
                running!(),
                " AND s.principal_id IN ("
            ));
            ids(&mut sql, some.iter().copied());
            sql.push(")");
            found.extend(sql.all(self, schedules::read)?);
        }
        Ok(found)
    }

    /// These packages, as far as they are there.
    pub fn packages_by_id(&self, packages: &[PackageId]) -> Result<Vec<Package>, StoreError> {
        let mut found = Vec::new();
        for some in packages.chunks(200) {
            let mut sql = Sql::new("SELECT document FROM access_packages WHERE id IN (");
            ids(&mut sql, some.iter().copied());
            sql.push(") ORDER BY number");
            found.extend(sql.all(self, |row| row.json(0))?);
        }
        Ok(found)
    }

    /// Assignments of packages that run, lie ahead, or ended at `since` or later: a page of them, oldest first.
    pub fn list_package_assignments(
        &self,
        rows: &PackageRows,
        since: Instant,
        query: &Query<PackageAssignmentField>,
    ) -> Result<Page<PackageAssignment>, StoreError> {
        let with = |text| {
            let mut sql = Sql::with(text, [since.into()]);
            narrow(&mut sql, rows, ASSIGNMENT_ROWS);
            sql
        };
        KeyedList {
            select: with(concat!(
                "SELECT ",
                columns!(),
                ", a.number FROM package_assignments a WHERE (a.ends_at >= $1 OR ",
                running!(),
                ")"
            )),
            count: with(concat!(
                "SELECT COUNT(*) FROM package_assignments a WHERE (a.ends_at >= $1 OR ",
                running!(),
                ")"
            )),
            key: "a.number",
            key_at: 8,
        }
        .read(self, query, fields::package_assignment, assignment)
    }

    /// Requests about packages made at `since` or later, and those that wait: a page of them, newest first.
    pub fn list_package_requests(
        &self,
        rows: &PackageRows,
        since: Instant,
        query: &Query<PackageRequestField>,
    ) -> Result<Page<PackageRequest>, StoreError> {
        let with = |text| {
            let mut sql = Sql::with(text, [since.into()]);
            narrow(&mut sql, rows, REQUEST_ROWS);
            sql
        };
        List {
            select: with(
                "SELECT a.document FROM package_requests a
                 WHERE (a.created_at >= $1 OR a.waits_until > $now)",
            ),
            count: with(
                "SELECT COUNT(*) FROM package_requests a
                 WHERE (a.created_at >= $1 OR a.waits_until > $now)",
            ),
            tie: "a.number DESC",
        }
        .read(self, query, fields::package_request, |row| row.json(0))
    }

    /// Requests that wait, where others may decide too by now and were not told yet.
    pub fn package_requests_to_escalate(
        &self,
        limit: u32,
    ) -> Result<Vec<PackageRequest>, StoreError> {
        documents(
            self,
            "SELECT document FROM package_requests
             WHERE escalates_at <= $now AND waits_until > $now ORDER BY escalates_at, number LIMIT $1",
            &[limit.into()],
        )
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

    /// What the assignments of a package give of this role, now and ahead.
    pub fn grants_of_package_role(
        &self,
        package: PackageId,
        role: Role,
        kind: ScheduleKind,
    ) -> Result<Vec<Schedule>, StoreError> {
        let (object, access, scope) = code::role(role);
        self.all(
            concat!(
                "SELECT ",
                schedules::columns!(),
                " FROM schedules s WHERE s.object_id = $2 AND s.access = $3 AND s.scope_id = $4 AND s.kind = $5
                 AND s.origin = 3 AND ",
                running!(),
                " AND s.used_grant_id IN
                     (SELECT a.id FROM package_assignments a WHERE a.package_id = $1 AND ",
                running!(),
                ") ORDER BY s.number"
            ),
            &[
                package.into(),
                object.into(),
                access.into(),
                scope.into(),
                code::kind(kind).into(),
            ],
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
                " FROM package_assignments a WHERE noted_at IS NULL AND ends_at <= $now AND NOT ",
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
                " FROM package_assignments a WHERE noted_at IS NULL AND reminded < $1
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
