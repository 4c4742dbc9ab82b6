//! What the caller sees of catalogs, packages, requests and assignments, and what is called out about them.
//!
//! Whoever has a right over a catalog sees all that is in it. Others see the packages that they have or may ask
//! for, and nothing behind them.

use std::collections::{BTreeMap, BTreeSet};

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::directory_role::RoleDefinition;
use ephor_core::group::Group;
use ephor_core::id::{
    CatalogId, CatalogResourceId, GroupId, PackageAssignmentId, PackageId, PackagePolicyId,
    PackageRequestId, PrincipalId, RoleDefinitionId,
};
use ephor_core::package::asking;
use ephor_core::package::lifecycle::{self, Warning};
use ephor_core::package::{
    AssignmentState, Catalog, CatalogResource, Package, PackageAssignment, PackagePolicy,
    PackageRequest, PackageRole,
};
use ephor_core::policy::PolicyId;
use ephor_core::principal::Principal;
use ephor_core::query::{
    Comparison, Literal, PackageAssignmentField, PackageRequestField, PackageRows, Page, Predicate,
    Query,
};
use ephor_core::refusal::Refusal;
use ephor_core::request::Object;
use ephor_core::role::ObjectId;
use ephor_core::schedule::{Schedule, ScheduleKind};
use ephor_core::time::{Instant, Length};
use ephor_store::{PackageScope, ReadTx};

use super::{Delegated, has_permission, judge, people};
use crate::OpResult;
use crate::authorise::{About, authorise, is_signed_in};
use crate::schedule_request;

/// How long what is over is still listed (`governance.md` 1.5: about three months).
const LISTED_FOR: Length = Length::days(90);

/// All that a caller may see.
#[derive(Debug, Clone)]
pub struct View {
    /// The present.
    pub now: Instant,
    /// Catalogs; of some only the name counts, because a package in them is seen.
    pub catalogs: Vec<Catalog>,
    /// The catalogs in which everything is seen.
    pub whole: BTreeSet<CatalogId>,
    /// Groups and directory roles in those catalogs.
    pub resources: Vec<CatalogResource>,
    /// Packages.
    pub packages: Vec<Package>,
    /// The packages that the caller may ask for, hidden ones left out.
    pub offered: BTreeSet<PackageId>,
    /// Policies of packages in those catalogs, and those that the caller may ask under.
    pub policies: Vec<PackagePolicy>,
    /// The groups that these speak of.
    pub groups: BTreeMap<GroupId, Group>,
    /// The directory roles that these speak of.
    pub definitions: BTreeMap<RoleDefinitionId, RoleDefinition>,
    places: Places,
}

/// Where in its list each one stands, so that thousands of packages are shown in one go.
#[derive(Debug, Clone, Default)]
struct Places {
    catalogs: BTreeMap<CatalogId, usize>,
    resources: BTreeMap<CatalogResourceId, usize>,
    packages: BTreeMap<PackageId, usize>,
    policies: BTreeMap<PackagePolicyId, usize>,
    of_package: BTreeMap<PackageId, Vec<usize>>,
}

impl Places {
    fn of(
        catalogs: &[Catalog],
        resources: &[CatalogResource],
        packages: &[Package],
        policies: &[PackagePolicy],
    ) -> Self {
        let mut of_package: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (at, policy) in policies.iter().enumerate() {
            of_package.entry(policy.package).or_default().push(at);
        }
        Self {
            catalogs: places(catalogs, |one| one.id),
            resources: places(resources, |one| one.id),
            packages: places(packages, |one| one.id),
            policies: places(policies, |one| one.id),
            of_package,
        }
    }
}

fn places<T, I: Ord>(all: &[T], id: impl Fn(&T) -> I) -> BTreeMap<I, usize> {
    all.iter()
        .enumerate()
        .map(|(at, one)| (id(one), at))
        .collect()
}

/// What the caller sees.
pub fn view(tx: &ReadTx<'_>, caller: &Caller) -> OpResult<View> {
    seen(tx, caller, None)
}

/// What the caller sees of these packages alone: for a page that speaks of some.
pub fn view_of(
    tx: &ReadTx<'_>,
    caller: &Caller,
    packages: impl IntoIterator<Item = PackageId>,
) -> OpResult<View> {
    let packages: BTreeSet<_> = packages.into_iter().collect();
    let packages: Vec<_> = packages.into_iter().collect();
    seen(tx, caller, Some(&packages))
}

/// Everything there is to be seen, or what belongs to these packages.
fn stored(
    tx: &ReadTx<'_>,
    only: Option<&[PackageId]>,
) -> OpResult<(Vec<Catalog>, Vec<Package>, Vec<PackagePolicy>)> {
    let Some(only) = only else {
        return Ok((tx.catalogs()?, tx.packages()?, tx.package_policies()?));
    };
    let packages = tx.packages_by_id(only)?;
    let ids: BTreeSet<_> = packages.iter().map(|package| package.catalog).collect();
    let (mut catalogs, mut policies) = (Vec::new(), Vec::new());
    for id in ids {
        catalogs.extend(tx.catalog(id)?);
    }
    for package in &packages {
        policies.extend(tx.package_policies_of(package.id)?);
    }
    Ok((catalogs, packages, policies))
}

fn seen(tx: &ReadTx<'_>, caller: &Caller, only: Option<&[PackageId]>) -> OpResult<View> {
    has_permission(caller, Operation::ReadCatalog)?;
    let delegated = Delegated::of(tx, caller)?;
    let asker = match caller.user() {
        Some(me) => people::asker(tx, me)?,
        None => None,
    };
    let (mut catalogs, mut packages, mut policies) = stored(tx, only)?;
    let whole: BTreeSet<_> = catalogs
        .iter()
        .filter(|catalog| delegated.sees(caller, catalog.id))
        .map(|catalog| catalog.id)
        .collect();
    let (mut askable, mut offered) = (BTreeSet::new(), BTreeSet::new());
    if let Some(asker) = &asker {
        let by_id: BTreeMap<_, _> = catalogs
            .iter()
            .map(|catalog| (catalog.id, catalog))
            .collect();
        let mut of_package: BTreeMap<PackageId, Vec<&PackagePolicy>> = BTreeMap::new();
        for policy in &policies {
            of_package.entry(policy.package).or_default().push(policy);
        }
        for package in &packages {
            let Some(catalog) = by_id.get(&package.catalog) else {
                continue;
            };
            let of_it = of_package.get(&package.id).into_iter().flatten().copied();
            let applicable = asking::applicable(catalog, of_it, asker);
            if !applicable.is_empty() && !package.hidden.is_on() {
                offered.insert(package.id);
            }
            askable.extend(applicable.iter().map(|policy| (package.id, policy.id)));
        }
    }
    let held = asker.map(|asker| asker.packages).unwrap_or_default();
    let may_ask: BTreeSet<_> = askable.iter().map(|(package, _)| *package).collect();
    packages.retain(|package| {
        whole.contains(&package.catalog)
            || held.contains(&package.id)
            || may_ask.contains(&package.id)
    });
    let seen: BTreeMap<_, _> = packages
        .iter()
        .map(|package| (package.id, package.catalog))
        .collect();
    policies.retain(|policy| {
        seen.get(&policy.package)
            .is_some_and(|catalog| whole.contains(catalog))
            || askable.contains(&(policy.package, policy.id))
    });
    let named: BTreeSet<_> = seen.values().copied().collect();
    catalogs.retain(|catalog| whole.contains(&catalog.id) || named.contains(&catalog.id));
    let mut resources = tx.catalog_resources()?;
    resources.retain(|resource| whole.contains(&resource.catalog));
    let held = packages.iter().flat_map(|package| &package.roles);
    let objects: BTreeSet<_> = resources
        .iter()
        .map(|resource| resource.object)
        .chain(held.map(|role| role.object))
        .collect();
    let shunned = packages
        .iter()
        .flat_map(|package| package.incompatible_groups.iter().copied());
    let ids: BTreeSet<_> = objects
        .iter()
        .filter_map(|object| object.group())
        .chain(shunned)
        .collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let groups = tx
        .groups(&ids)?
        .into_iter()
        .map(|group| (group.id, group))
        .collect();
    let mut definitions = BTreeMap::new();
    for definition in objects.iter().filter_map(|object| object.definition()) {
        definitions.extend(
            tx.role_definition(definition)?
                .map(|found| (definition, found)),
        );
    }
    Ok(View {
        now: tx.now(),
        places: Places::of(&catalogs, &resources, &packages, &policies),
        catalogs,
        whole,
        resources,
        packages,
        offered,
        policies,
        groups,
        definitions,
    })
}

impl View {
    /// The catalogs that are listed: those in which everything is seen.
    pub fn listed_catalogs(&self) -> impl Iterator<Item = &Catalog> {
        self.catalogs
            .iter()
            .filter(|catalog| self.whole.contains(&catalog.id))
    }

    /// The packages that are listed: hidden ones only for those who manage them.
    pub fn listed_packages(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| self.whole.contains(&package.catalog) || !package.hidden.is_on())
    }

    /// A catalog.
    pub fn catalog(&self, id: CatalogId) -> Option<&Catalog> {
        self.catalogs.get(*self.places.catalogs.get(&id)?)
    }

    /// A resource of a catalog in which everything is seen.
    pub fn resource(&self, id: CatalogResourceId) -> Option<&CatalogResource> {
        self.resources.get(*self.places.resources.get(&id)?)
    }

    /// A group or directory role that is spoken of; `None` where it is gone.
    pub fn object(&self, id: ObjectId) -> Option<Object> {
        match id {
            ObjectId::Group(id) => {
                let group = self.groups.get(&id)?;
                Some(Object::Group(Box::new(group.clone())))
            }
            ObjectId::Directory(id) => Some(Object::Directory(self.definitions.get(&id)?.clone())),
        }
    }

    /// A package.
    pub fn package(&self, id: PackageId) -> Option<&Package> {
        self.packages.get(*self.places.packages.get(&id)?)
    }

    /// A policy.
    pub fn policy(&self, id: PackagePolicyId) -> Option<&PackagePolicy> {
        self.policies.get(*self.places.policies.get(&id)?)
    }

    /// The policies of a package.
    pub fn policies_of(&self, package: PackageId) -> impl Iterator<Item = &PackagePolicy> {
        let at = self.places.of_package.get(&package);
        at.into_iter()
            .flatten()
            .filter_map(|at| self.policies.get(*at))
    }

    /// Whether all of a package is seen, not only that it is there.
    pub fn is_whole(&self, package: &Package) -> bool {
        self.whole.contains(&package.catalog)
    }
}

/// The policies under which the caller may ask for a package now; none is an answer.
pub fn applicable(tx: &ReadTx<'_>, caller: &Caller, id: PackageId) -> OpResult<Vec<PackagePolicy>> {
    authorise(tx, caller, Operation::BrowsePackages, About::NOTHING)?;
    let package = tx.package(id)?.ok_or_else(|| Refusal::not_found(id))?;
    let Some(asker) = (match caller.user() {
        Some(me) => people::asker(tx, me)?,
        None => None,
    }) else {
        return Ok(Vec::new());
    };
    let catalog = tx
        .catalog(package.catalog)?
        .ok_or_else(|| Refusal::not_found(id))?;
    let policies = tx.package_policies_of(id)?;
    let found: Vec<_> = asking::applicable(&catalog, &policies, &asker)
        .into_iter()
        .cloned()
        .collect();
    let knows_it = !found.is_empty()
        || asker.packages.contains(&id)
        || Delegated::of(tx, caller)?.sees(caller, package.catalog);
    if knows_it {
        Ok(found)
    } else {
        Err(Refusal::not_found(id).into())
    }
}

/// A lifecycle warning in words (R-G4).
#[derive(Debug, Clone)]
pub struct Called {
    /// It.
    pub warning: Warning,
    /// What the package is called.
    pub package: String,
    /// What the policy is called.
    pub policy: String,
    /// What the group or directory role is called.
    pub object: String,
}

impl Called {
    /// In a sentence.
    pub fn sentence(&self) -> String {
        format!(
            "access package `{}`: {}",
            self.package,
            self.warning.sentence(&self.object, &self.policy)
        )
    }
}

/// What is to be called out about a package.
pub(crate) fn warnings_of(tx: &ReadTx<'_>, package: &Package) -> OpResult<Vec<Called>> {
    let policies = tx.package_policies_of(package.id)?;
    let mut called = Vec::new();
    for role in &package.roles {
        called.extend(about_role(tx, package, &policies, role)?);
    }
    Ok(called)
}

fn about_role(
    tx: &ReadTx<'_>,
    package: &Package,
    policies: &[PackagePolicy],
    role: &PackageRole,
) -> OpResult<Vec<Called>> {
    let object = match schedule_request::object(tx, role.gives()) {
        Ok(object) => object,
        Err(error) if error.code().is_some() => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    if matches!(&object, Object::Group(group) if !group.is_managed()) {
        return Ok(Vec::new());
    }
    let rules = tx.policy(role.gives())?.rules;
    let warnings = policies.iter().filter_map(|policy| {
        let warning = lifecycle::warning(package, policy, role, Some(&rules), tx.now())?;
        Some(Called {
            warning,
            package: package.display_name.to_string(),
            policy: policy.display_name.to_string(),
            object: object.display_name().to_owned(),
        })
    });
    Ok(warnings.collect())
}

/// What is called out about a package, to whoever may see all of it.
pub fn lifecycle(tx: &ReadTx<'_>, caller: &Caller, id: PackageId) -> OpResult<Vec<Called>> {
    let package = super::package_for(tx, caller, Operation::ReadCatalog, id)?;
    warnings_of(tx, &package)
}

/// What is called out about the packages that hold roles of a group: to whoever changes its settings.
pub fn lifecycle_of_group(
    tx: &ReadTx<'_>,
    caller: &Caller,
    group: GroupId,
) -> OpResult<Vec<Called>> {
    let about = About::object_id(tx, ObjectId::Group(group))?;
    authorise(tx, caller, Operation::ReadPolicyHistory, about)?;
    if tx.group(group)?.is_none() {
        return Err(Refusal::not_found(group).into());
    }
    all_about(tx, group.into())
}

/// What is called out about the packages that hold a role, to whoever has just changed its settings.
pub fn called_out_about(tx: &ReadTx<'_>, role: PolicyId) -> OpResult<Vec<Called>> {
    let role = role.role();
    let mut called = all_about(tx, role.object())?;
    called.retain(|called| called.warning.role.gives(called.warning.object) == role);
    Ok(called)
}

/// What is called out about the packages that hold roles of a group, or a directory role.
fn all_about(tx: &ReadTx<'_>, object: ObjectId) -> OpResult<Vec<Called>> {
    let mut called = Vec::new();
    for package in tx.packages()? {
        let policies = match package.roles.iter().any(|role| role.object == object) {
            true => tx.package_policies_of(package.id)?,
            false => continue,
        };
        for role in package.roles.iter().filter(|role| role.object == object) {
            called.extend(about_role(tx, &package, &policies, role)?);
        }
    }
    Ok(called)
}

/// A role of a package, and whether its holder really holds it.
#[derive(Debug, Clone)]
pub struct Holding {
    /// The role.
    pub role: PackageRole,
    /// What holds it: the grant that lasts longest, by whatever gave it; `None` where it is not held.
    pub held: Option<Held>,
}

/// By what a role is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Until when; `None` for ever.
    pub until: Option<Instant>,
    /// Whether the package itself gives it, rather than something else.
    pub by_package: bool,
}

/// A package as somebody has it, granted against held (R-G4).
#[derive(Debug, Clone)]
pub struct AssignmentView {
    /// The assignment.
    pub assignment: PackageAssignment,
    /// How it stands.
    pub state: AssignmentState,
    /// What it grants, and whether it is held.
    pub roles: Vec<Holding>,
    /// Who has it; `None` where they are gone.
    pub target: Option<Principal>,
}

/// Whose assignments or requests are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// All that the caller may see.
    All,
    /// Those that are the caller's.
    Mine,
    /// Those that the caller made.
    MadeByMe,
    /// Those that are the caller's, or were made by them.
    MineOrMadeByMe,
    /// Those of people whose manager the caller is.
    OfMyReports,
}

/// The rows that the caller may be shown.
fn rows(tx: &ReadTx<'_>, caller: &Caller, whose: Whose) -> OpResult<PackageRows> {
    has_permission(caller, Operation::ReadCatalog)?;
    is_signed_in(tx, caller)?;
    if whose == Whose::All {
        let delegated = Delegated::of(tx, caller)?;
        let sees_all = judge(Operation::ReadCatalog, caller, &delegated.plain).is_ok();
        let catalogs = if sees_all {
            None
        } else {
            let all = tx.catalogs()?.into_iter().map(|catalog| catalog.id);
            Some(all.filter(|id| delegated.sees(caller, *id)).collect())
        };
        return Ok(PackageRows::Seen {
            catalogs,
            own: caller.user(),
        });
    }
    let Some(me) = caller.user() else {
        // A program has nothing of its own here.
        return Ok(PackageRows::Assignments(Vec::new()));
    };
    Ok(match whose {
        Whose::All | Whose::Mine => PackageRows::Target(me),
        Whose::MadeByMe => PackageRows::CreatedBy(me),
        Whose::MineOrMadeByMe => PackageRows::TargetOrCreatedBy(me),
        Whose::OfMyReports => PackageRows::ManagedBy(me),
    })
}

/// Assignments that the caller may see: a page of them, oldest first, with what ended in the last three months.
pub fn assignments(
    tx: &ReadTx<'_>,
    caller: &Caller,
    whose: Whose,
    query: &Query<PackageAssignmentField>,
) -> OpResult<Page<AssignmentView>> {
    let rows = rows(tx, caller, whose)?;
    let since = tx.now().minus(LISTED_FOR);
    let page = tx.list_package_assignments(&rows, since, query)?;
    with_holdings(tx, page)
}

/// An assignment that the caller may see.
pub fn assignment(
    tx: &ReadTx<'_>,
    caller: &Caller,
    id: PackageAssignmentId,
) -> OpResult<AssignmentView> {
    let only = Query {
        filter: Some(Predicate::Compare(
            PackageAssignmentField::Id,
            Comparison::Eq,
            Literal::Text(id.to_string()),
        )),
        ..Query::default()
    };
    let found = assignments(tx, caller, Whose::All, &only)?;
    found
        .rows
        .into_iter()
        .next()
        .ok_or_else(|| Refusal::not_found(id).into())
}

/// Who has both packages although the first does not go with the second: by assignments from before it was said,
/// and by those of the second afterwards (`additionalAccess`). Whoever may see the first may ask.
pub fn additional_access(
    tx: &ReadTx<'_>,
    caller: &Caller,
    package: PackageId,
    other: PackageId,
) -> OpResult<Vec<AssignmentView>> {
    super::package_for(tx, caller, Operation::ReadCatalog, package)?;
    super::package_for(tx, caller, Operation::ReadCatalog, other)?;
    let others: BTreeSet<_> = tx
        .package_assignments(PackageScope::Package(other))?
        .into_iter()
        .map(|assignment| assignment.target)
        .collect();
    let mut both = tx.package_assignments(PackageScope::Package(package))?;
    both.retain(|assignment| others.contains(&assignment.target));
    let page = Page {
        rows: both,
        more: false,
        last: None,
        count: None,
    };
    Ok(with_holdings(tx, page)?.rows)
}

/// The assignments with what of each is held now.
fn with_holdings(tx: &ReadTx<'_>, page: Page<PackageAssignment>) -> OpResult<Page<AssignmentView>> {
    let now = tx.now();
    let ids: BTreeSet<_> = page.rows.iter().map(|one| one.package).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let packages: BTreeMap<_, _> = tx
        .packages_by_id(&ids)?
        .into_iter()
        .map(|package| (package.id, package))
        .collect();
    let targets: BTreeSet<_> = page.rows.iter().map(|one| one.target).collect();
    let targets: Vec<_> = targets.into_iter().collect();
    let mut held: BTreeMap<PrincipalId, Vec<Schedule>> = BTreeMap::new();
    for schedule in tx.schedules_of_people(&targets)? {
        held.entry(schedule.principal.id)
            .or_default()
            .push(schedule);
    }
    let people = principals(tx, &targets)?;
    Ok(page.map(|assignment| {
        let own = held.get(&assignment.target).map_or(&[][..], Vec::as_slice);
        let roles: Vec<_> = packages
            .get(&assignment.package)
            .map_or(&[][..], |package| package.roles.as_slice())
            .iter()
            .map(|role| Holding {
                role: *role,
                held: holding(own, role, assignment.id, now),
            })
            .collect();
        let count = roles.iter().filter(|role| role.held.is_some()).count();
        AssignmentView {
            state: assignment.state(count, roles.len(), now),
            roles,
            target: people.get(&assignment.target).cloned(),
            assignment,
        }
    }))
}

/// By what of a person's grants a role is held now.
fn holding(
    own: &[Schedule],
    role: &PackageRole,
    assignment: PackageAssignmentId,
    now: Instant,
) -> Option<Held> {
    own.iter()
        .filter(|schedule| {
            (schedule.role(), schedule.kind) == (role.gives(), role.role.kind())
                && schedule.span.covers(now)
                // An activation is not what a package's membership is.
                && !(schedule.kind == ScheduleKind::Active && schedule.is_activation())
        })
        .max_by_key(|schedule| schedule.span.ends_at().map_or(i64::MAX, Instant::micros))
        .map(|schedule| Held {
            until: schedule.span.ends_at(),
            by_package: schedule.package() == Some(assignment),
        })
}

/// Requests that the caller may see: a page of them, newest first, those of the last three months and those that
/// wait.
pub fn requests(
    tx: &ReadTx<'_>,
    caller: &Caller,
    whose: Whose,
    query: &Query<PackageRequestField>,
) -> OpResult<Page<PackageRequest>> {
    let rows = rows(tx, caller, whose)?;
    Ok(tx.list_package_requests(&rows, tx.now().minus(LISTED_FOR), query)?)
}

/// A request that the caller may see.
pub fn request(tx: &ReadTx<'_>, caller: &Caller, id: PackageRequestId) -> OpResult<PackageRequest> {
    has_permission(caller, Operation::ReadCatalog)?;
    match super::approval::get(tx, caller, id) {
        Ok(seen) => return Ok(seen.request),
        Err(error) if error.code().is_some() => {}
        Err(error) => return Err(error),
    }
    let request = tx
        .package_request(id)?
        .ok_or_else(|| Refusal::not_found(id))?;
    let is_mine = Some(request.target) == caller.user()
        || (request.created_by == caller.actor && caller.user().is_some());
    let sees = tx
        .package(request.package)?
        .map(|package| -> OpResult<bool> {
            Ok(Delegated::of(tx, caller)?.sees(caller, package.catalog))
        })
        .transpose()?
        .unwrap_or(false);
    if is_mine || sees {
        Ok(request)
    } else {
        Err(Refusal::not_found(id).into())
    }
}

/// Principals by their ids, for expanding a page.
pub fn principals(
    tx: &ReadTx<'_>,
    ids: &[PrincipalId],
) -> OpResult<BTreeMap<PrincipalId, Principal>> {
    let mut found = BTreeMap::new();
    for some in ids.chunks(500) {
        found.extend(
            tx.principals(some)?
                .into_iter()
                .map(|principal| (principal.reference.id, principal)),
        );
    }
    Ok(found)
}
