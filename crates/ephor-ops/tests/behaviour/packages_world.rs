//! Words for stories about access packages.

use std::sync::Arc;

use ephor_core::caller::Caller;
use ephor_core::group::Access;
use ephor_core::id::{CatalogId, GroupId, PackageId, PackagePolicyId, PrincipalId};
use ephor_core::package::policy::{
    ApprovalSettings, PackageExpiration, PackageStage, RequestorSettings,
};
use ephor_core::package::{
    CatalogState, PackagePolicy, PackageRequest, PackageRequestType, ResourceRole, Subject, Switch,
    TargetScope,
};
use ephor_core::refusal::Code;
use ephor_core::role::{ObjectId, Role};
use ephor_core::schedule::{Expiration, ScheduleInfo, ScheduleKind};
use ephor_core::text::{DisplayName, Justification};
use ephor_core::time::{Instant, IsoDuration, Length};
use ephor_ops::package::ask::{self, Wish};
use ephor_ops::package::catalog::{self, NewCatalog};
use ephor_ops::package::content::{self, NewPackage};
use ephor_ops::package::policy;
use ephor_ops::{OpResult, management};
use ephor_store::ambient::ManualClock;
use ephor_store::testing;

use crate::world::World;

/// A world on each engine.
pub(crate) fn worlds() -> impl Iterator<Item = World> {
    testing::engines().into_iter().map(|engine| {
        let clock = Arc::new(ManualClock::at("2026-03-02T08:00:00Z".parse().unwrap()));
        World::new(engine.store(clock.clone()), clock)
    })
}

/// Why something was refused.
pub(crate) fn code<T: std::fmt::Debug>(came: OpResult<T>) -> Option<Code> {
    came.unwrap_err().code()
}

/// A policy that lets everybody ask, without approval, and gives for this long.
pub(crate) fn everybody(package: PackageId, lasts: Option<Length>) -> PackagePolicy {
    PackagePolicy {
        id: PackagePolicyId::from_uuid(package.uuid()),
        package,
        display_name: DisplayName::new("Everybody").unwrap(),
        description: None,
        scope: TargetScope::AllDirectoryUsers,
        targets: Vec::new(),
        requestor: RequestorSettings {
            add: Switch::On,
            update: Switch::On,
            remove: Switch::On,
            custom_schedule: Switch::On,
        },
        approval: ApprovalSettings::default(),
        expiration: lasts.map_or(PackageExpiration::Never, |length| {
            PackageExpiration::After(IsoDuration::of(length))
        }),
        questions: Vec::new(),
        mails: Switch::On,
        review: None,
        created_at: Instant::EARLIEST,
        modified_at: Instant::EARLIEST,
    }
}

/// A stage in which these people decide.
pub(crate) fn stage(approvers: &[PrincipalId]) -> PackageStage {
    PackageStage {
        denied_after: IsoDuration::of(Length::days(14)),
        justification: Switch::Off,
        escalated_after: None,
        primary: approvers.iter().map(|id| user(*id)).collect(),
        fallback: Vec::new(),
        escalation: Vec::new(),
        escalation_fallback: Vec::new(),
    }
}

/// This person.
pub(crate) fn user(id: PrincipalId) -> Subject {
    Subject::User {
        id,
        description: None,
    }
}

/// Whoever is in this group.
pub(crate) fn members(id: GroupId) -> Subject {
    Subject::GroupMembers {
        id,
        description: None,
    }
}

/// The same policy, where these stages decide on whoever asks.
pub(crate) fn approved(policy: PackagePolicy, stages: Vec<PackageStage>) -> PackagePolicy {
    PackagePolicy {
        approval: ApprovalSettings {
            for_add: Switch::On,
            stages,
            ..ApprovalSettings::default()
        },
        ..policy
    }
}

impl World {
    /// Makes a published catalog as root.
    pub(crate) fn catalog(&self, name: &str) -> CatalogId {
        let new = NewCatalog {
            display_name: DisplayName::new(name).unwrap(),
            description: None,
            state: CatalogState::Published,
            guests: Switch::Off,
        };
        self.write(Caller::person(self.root), move |tx| {
            catalog::create(tx, new)
        })
        .unwrap()
        .id
    }

    /// Brings a group under management.
    pub(crate) fn manage(&self, group: GroupId) {
        self.write(Caller::person(self.root), move |tx| {
            management::manage(tx, group)
        })
        .unwrap();
    }

    /// Makes a package of these roles, adding the groups to the catalog where they are not in it.
    pub(crate) fn package(
        &self,
        catalog: CatalogId,
        name: &str,
        roles: &[(GroupId, ResourceRole)],
    ) -> PackageId {
        let root = || Caller::person(self.root);
        let new = NewPackage {
            catalog,
            display_name: DisplayName::new(name).unwrap(),
            description: None,
            hidden: Switch::Off,
        };
        let package = self
            .write(root(), move |tx| content::create(tx, new))
            .unwrap();
        for (group, role) in roles.iter().copied() {
            self.hold(package.id, catalog, group, role).unwrap();
        }
        package.id
    }

    /// Puts a role of a group or a directory role into a package.
    pub(crate) fn hold(
        &self,
        package: PackageId,
        catalog: CatalogId,
        object: impl Into<ObjectId>,
        role: ResourceRole,
    ) -> OpResult<Vec<String>> {
        let (root, object) = (Caller::person(self.root), object.into());
        self.write(root, move |tx| {
            let resource = match tx.catalog_resource_of(catalog, object)? {
                Some(resource) => resource,
                None => catalog::add_resource(tx, catalog, object)?,
            };
            let (_, called) = content::add_role(tx, package, resource.id, role)?;
            Ok(called.iter().map(|called| called.sentence()).collect())
        })
    }

    /// Makes a policy as root.
    pub(crate) fn package_policy(&self, new: PackagePolicy) -> OpResult<PackagePolicyId> {
        self.write(Caller::person(self.root), move |tx| policy::create(tx, new))
            .map(|(policy, _)| policy.id)
    }

    /// Makes a request about a package.
    pub(crate) fn wish(&self, caller: Caller, wish: Wish) -> OpResult<PackageRequest> {
        self.write(caller, move |tx| ask::request(tx, &wish))
    }

    /// Somebody asks for a package.
    pub(crate) fn ask_for(&self, package: PackageId, who: PrincipalId) -> OpResult<PackageRequest> {
        self.wish(
            Caller::person(who),
            Wish {
                package: Some(package),
                justification: Some(Justification::new("the project").unwrap()),
                ..Wish::to(PackageRequestType::UserAdd)
            },
        )
    }

    /// Root assigns a package, until an end where one is given.
    pub(crate) fn give_package(
        &self,
        package: PackageId,
        who: PrincipalId,
        until: Option<Instant>,
    ) -> OpResult<PackageRequest> {
        self.wish(
            Caller::person(self.root),
            Wish {
                package: Some(package),
                target: Some(who),
                schedule: until.map(|end| ScheduleInfo {
                    starts_at: None,
                    expiration: Expiration::At(end),
                }),
                ..Wish::to(PackageRequestType::AdminAdd)
            },
        )
    }

    /// Root takes what a request gave.
    pub(crate) fn take(&self, given: &PackageRequest) -> OpResult<PackageRequest> {
        self.wish(
            Caller::person(self.root),
            Wish {
                assignment: given.assignment,
                ..Wish::to(PackageRequestType::AdminRemove)
            },
        )
    }

    /// Whether somebody has a role of a group now, eligible or active, by any grant.
    pub(crate) fn has(
        &self,
        group: GroupId,
        access: Access,
        kind: ScheduleKind,
        who: PrincipalId,
    ) -> bool {
        self.read(move |tx| {
            let now = tx.now();
            let own = tx.role_schedules(Role::of(group, access), who)?;
            Ok(own
                .iter()
                .any(|schedule| schedule.kind == kind && schedule.span.covers(now)))
        })
        .unwrap()
    }
}
