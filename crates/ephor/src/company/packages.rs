//! Contoso's access packages: one that is had by asking, and one that an approver decides on.

use ephor_core::id::{CatalogId, GroupId, PackageId, PackagePolicyId, PrincipalId};
use ephor_core::package::policy::{
    ApprovalSettings, PackageExpiration, PackageStage, RequestorSettings,
};
use ephor_core::package::{
    CatalogState, PackagePolicy, ResourceRole, Subject, Switch, TargetScope,
};
use ephor_core::text::Description;
use ephor_core::time::{Instant, IsoDuration, Length};
use ephor_ops::OpResult;
use ephor_ops::package::catalog::{self, NewCatalog};
use ephor_ops::package::content::{self, NewPackage};
use ephor_ops::package::policy;
use ephor_store::Tx;

use super::shown;

/// Makes the catalog with its two packages, as the administrator: eligibility for production for everybody who
/// asks and is approved, and for the databases for a quarter at a time.
pub(super) fn found(
    tx: &mut Tx<'_>,
    production: GroupId,
    databases: GroupId,
    approver: PrincipalId,
) -> OpResult<()> {
    let catalog = catalog::create(
        tx,
        NewCatalog {
            display_name: shown("Engineering"),
            description: Description::new("What engineers may ask for").ok(),
            state: CatalogState::Published,
            guests: Switch::Off,
        },
    )?;
    let oncall = package(
        tx,
        catalog.id,
        "On-call rota",
        "Eligible for production while on the rota",
        production,
    )?;
    let mut by_approval = everybody(oncall, Length::days(30));
    by_approval.approval = ApprovalSettings {
        for_add: Switch::On,
        requestor_justification: Switch::On,
        stages: vec![PackageStage {
            denied_after: IsoDuration::of(Length::days(14)),
            justification: Switch::Off,
            escalated_after: None,
            primary: vec![Subject::User {
                id: approver,
                description: None,
            }],
            fallback: Vec::new(),
            escalation: Vec::new(),
            escalation_fallback: Vec::new(),
        }],
        ..ApprovalSettings::default()
    };
    policy::create(tx, by_approval)?;
    let reader = package(
        tx,
        catalog.id,
        "Database care",
        "Eligible for the databases, a quarter at a time",
        databases,
    )?;
    policy::create(tx, everybody(reader, Length::days(90))).map(drop)
}

fn package(
    tx: &mut Tx<'_>,
    catalog: CatalogId,
    name: &str,
    about: &str,
    group: GroupId,
) -> OpResult<PackageId> {
    let package = content::create(
        tx,
        NewPackage {
            catalog,
            display_name: shown(name),
            description: Description::new(about).ok(),
            hidden: Switch::Off,
        },
    )?;
    let resource = catalog::add_resource(tx, catalog, group)?;
    content::add_role(tx, package.id, resource.id, ResourceRole::EligibleMember)?;
    Ok(package.id)
}

/// A policy under which everybody who works here may ask.
fn everybody(package: PackageId, lasts: Length) -> PackagePolicy {
    PackagePolicy {
        id: PackagePolicyId::from_uuid(package.uuid()),
        package,
        display_name: shown("Everybody at Contoso"),
        description: None,
        scope: TargetScope::AllMemberUsers,
        targets: Vec::new(),
        requestor: RequestorSettings {
            add: Switch::On,
            update: Switch::On,
            remove: Switch::On,
            custom_schedule: Switch::On,
        },
        approval: ApprovalSettings::default(),
        expiration: PackageExpiration::After(IsoDuration::of(lasts)),
        questions: Vec::new(),
        mails: Switch::On,
        review: None,
        created_at: Instant::EARLIEST,
        modified_at: Instant::EARLIEST,
    }
}
