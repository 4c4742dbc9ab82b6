//! What the caller sees of catalogs, packages, requests and assignments, and what is called out about them.
//!
//! Whoever has a right over a catalog sees all that is in it. Others see the packages that they have or may ask
//! for, and nothing behind them.

use std::collections::{BTreeMap, BTreeSet};

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::group::Group;
use ephor_core::id::{
    CatalogId, GroupId, PackageAssignmentId, PackageId, PackagePolicyId, PackageRequestId,
    PrincipalId,
};
use ephor_core::package::asking;
use ephor_core::package::lifecycle::{self, Warning};
use ephor_core::package::{
    AssignmentState, Catalog, CatalogResource, Package, PackageAssignment, PackagePolicy,
    PackageRequest, PackageRole,
};
use ephor_core::policy::PolicyId;
use ephor_core::principal::Principal;
use ephor_core::refusal::Refusal;
use ephor_core::role::{ObjectId, Role};
use ephor_core::schedule::{Schedule, ScheduleKind};
use ephor_core::time::{Instant, Length};
use ephor_store::{PackageScope, ReadTx};

use super::has_permission;
use super::{Delegated, people};
use crate::OpResult;
use crate::authorise::{About, authorise, is_signed_in};

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
    /// Groups in those catalogs.
    pub resources: Vec<CatalogResource>,
    /// Packages.
    pub packages: Vec<Package>,
    /// The packages that the caller may ask for, hidden ones left out.
    pub offered: BTreeSet<PackageId>,
    /// Policies of packages in those catalogs, and those that the caller may ask under.
    pub policies: Vec<PackagePolicy>,
    /// The groups that these speak of.
    pub groups: BTreeMap<GroupId, Group>,
}

/// What the caller sees.
pub fn view(tx: &ReadTx<'_>, caller: &Caller) -> OpResult<View> {
    has_permission(caller, Operation::ReadCatalog)?;
    let delegated = Delegated::of(tx, caller)?;
    let asker = match caller.user() {
        Some(me) => people::asker(tx, me)?,
        None => None,
    };
    let mut catalogs = tx.catalogs()?;
    let whole: BTreeSet<_> = catalogs
        .iter()
        .filter(|catalog| delegated.sees(caller, catalog.id))
        .map(|catalog| catalog.id)
        .collect();
    let mut policies = tx.package_policies()?;
    let mut packages = tx.packages()?;
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
    packages.retain(|package| {
        whole.contains(&package.catalog)
            || held.contains(&package.id)
            || askable.iter().any(|(id, _)| *id == package.id)
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
    catalogs.retain(|catalog| {
        whole.contains(&catalog.id) || seen.values().any(|seen| *seen == catalog.id)
    });
    let mut resources = tx.catalog_resources()?;
    resources.retain(|resource| whole.contains(&resource.catalog));
    let ids: BTreeSet<_> = resources
        .iter()
        .map(|resource| resource.group)
        .chain(
            packages
                .iter()
                .flat_map(|package| package.roles.iter().map(|role| role.group)),
        )
        .chain(
            packages
                .iter()
                .flat_map(|package| package.incompatible_groups.iter().copied()),
        )
        .collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let groups = tx
        .groups(&ids)?
        .into_iter()
        .map(|group| (group.id, group))
        .collect();
    Ok(View {
        now: tx.now(),
        catalogs,
        whole,
        resources,
        packages,
        offered,
        policies,
        groups,
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
        self.catalogs.iter().find(|catalog| catalog.id == id)
    }

    /// A package.
    pub fn package(&self, id: PackageId) -> Option<&Package> {
        self.packages.iter().find(|package| package.id == id)
    }

    /// A policy.
    pub fn policy(&self, id: PackagePolicyId) -> Option<&PackagePolicy> {
        self.policies.iter().find(|policy| policy.id == id)
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
    /// What the group is called.
    pub group: String,
}

impl Called {
    /// In a sentence.
    pub fn sentence(&self) -> String {
        format!(
            "access package `{}`: {}",
            self.package,
            self.warning.sentence(&self.group, &self.policy)
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
    let Some(group) = tx.group(role.group)?.filter(Group::is_managed) else {
        return Ok(Vec::new());
    };
    let rules = tx.policy(role.gives())?.rules;
    let warnings = policies.iter().filter_map(|policy| {
        let warning = lifecycle::warning(package, policy, role, Some(&rules), tx.now())?;
        Some(Called {
            warning,
            package: package.display_name.to_string(),
            policy: policy.display_name.to_string(),
            group: group.display_name.to_string(),
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
    all_about(tx, group)
}

/// What is called out about the packages that hold a role, to whoever has just changed its settings.
pub fn called_out_about(tx: &ReadTx<'_>, role: PolicyId) -> OpResult<Vec<Called>> {
    let Role::Group { group, access } = role.role() else {
        return Ok(Vec::new());
    };
    let mut called = all_about(tx, group)?;
    called.retain(|called| called.warning.role.access() == access);
    Ok(called)
}

/// What is called out about the packages that hold roles of a group.
fn all_about(tx: &ReadTx<'_>, group: GroupId) -> OpResult<Vec<Called>> {
    let mut called = Vec::new();
    for package in tx.packages()? {
        let policies = match package.roles.iter().any(|role| role.group == group) {
            true => tx.package_policies_of(package.id)?,
            false => continue,
        };
        for role in package.roles.iter().filter(|role| role.group == group) {
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
    /// Those that are the caller's, or were made by them.
    Mine,
}

/// Assignments that the caller may see, of a package or a person where one is named.
pub fn assignments(
    tx: &ReadTx<'_>,
    caller: &Caller,
    whose: Whose,
    scope: PackageScope,
) -> OpResult<Vec<AssignmentView>> {
    let (scope, delegated) = seen_scope(tx, caller, whose, scope)?;
    let now = tx.now();
    let mut found = tx.package_assignments(scope)?;
    let fits = |assignment: &PackageAssignment| match scope {
        PackageScope::All => true,
        PackageScope::Package(package) => assignment.package == package,
        PackageScope::Target(target) => assignment.target == target,
        PackageScope::Assignment(id) => assignment.id == id,
    };
    let over = tx.package_assignments_ended(now.minus(LISTED_FOR))?;
    found.extend(over.into_iter().filter(fits));
    let packages: BTreeMap<_, _> = tx
        .packages()?
        .into_iter()
        .map(|package| (package.id, package))
        .collect();
    found.retain(|assignment| {
        Some(assignment.target) == caller.user()
            || packages
                .get(&assignment.package)
                .is_some_and(|package| delegated.sees(caller, package.catalog))
    });
    let mut held: BTreeMap<PrincipalId, Vec<Schedule>> = BTreeMap::new();
    for schedule in tx.schedules_of_assignees(scope)? {
        held.entry(schedule.principal.id)
            .or_default()
            .push(schedule);
    }
    let ids: BTreeSet<_> = found.iter().map(|assignment| assignment.target).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let mut people = BTreeMap::new();
    for some in ids.chunks(500) {
        people.extend(
            tx.principals(some)?
                .into_iter()
                .map(|principal| (principal.reference.id, principal)),
        );
    }
    let views = found.into_iter().map(|assignment| {
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
    });
    Ok(views.collect())
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

/// What of a scope the caller may ask for, with their rights.
fn seen_scope(
    tx: &ReadTx<'_>,
    caller: &Caller,
    whose: Whose,
    scope: PackageScope,
) -> OpResult<(PackageScope, Delegated)> {
    has_permission(caller, Operation::ReadCatalog)?;
    is_signed_in(tx, caller)?;
    let delegated = Delegated::of(tx, caller)?;
    let scope = match (whose, caller.user()) {
        (Whose::Mine, Some(me)) => PackageScope::Target(me),
        (Whose::Mine, None) | (Whose::All, _) => scope,
    };
    Ok((scope, delegated))
}

/// Requests that the caller may see, of a package or a person where one is named, newest first.
pub fn requests(
    tx: &ReadTx<'_>,
    caller: &Caller,
    whose: Whose,
    scope: PackageScope,
) -> OpResult<Vec<PackageRequest>> {
    let (scope, delegated) = seen_scope(tx, caller, whose, scope)?;
    let mut found = tx.package_requests(scope, tx.now().minus(LISTED_FOR))?;
    let catalogs: BTreeMap<_, _> = tx
        .packages()?
        .into_iter()
        .map(|package| (package.id, package.catalog))
        .collect();
    found.retain(|request| {
        Some(request.target) == caller.user()
            || (request.created_by == caller.actor && caller.user().is_some())
            || catalogs
                .get(&request.package)
                .is_some_and(|catalog| delegated.sees(caller, *catalog))
    });
    Ok(found)
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
