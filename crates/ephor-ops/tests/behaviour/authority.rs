//! Every operation × every kind of caller, really tried, against the table in `ephor-core` (R-I1, T-13).
//!
//! `authority.txt` is the table as a reviewer reads it; `EPHOR_GOLDEN=update` writes it anew.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use crate::packages_world::{approved, everybody, stage};
use crate::world::{Asked, DOMAIN, World};
use ephor_core::authority::{Ground, Operation};
use ephor_core::caller::{Actor, Caller};
use ephor_core::event::Attempt;
use ephor_core::group::Access;
use ephor_core::id::{
    CatalogId, CredentialId, GroupId, PackageId, PackagePolicyId, PackageRequestId, PrincipalId,
    RequestId,
};
use ephor_core::package::{CatalogRole, CatalogState, GroupRole, PackageRequestType, Switch};
use ephor_core::policy::{ApprovalChange, Approver, PolicyId, RuleChange, RuleId, StageChange};
use ephor_core::principal::{AccountState, DirectoryRole, PrincipalKind};
use ephor_core::query::{Comparison, Literal, Predicate, Query, ScheduleField, ScheduleView};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::request::{Action, Decision};
use ephor_core::schedule::ScheduleKind;
use ephor_core::signin::application::GroupsClaim;
use ephor_core::tenant::TenantPurpose;
use ephor_core::text::{DisplayName, Justification, MailNickname};
use ephor_core::time::Length;
use ephor_ops::directory::{self, GroupChange, NewGroup, NewUser, UserChange, UserKey};
use ephor_ops::package::ask::{Wish, cancel as cancel_package_request, request as package_request};
use ephor_ops::package::catalog::{self, CatalogChange, NewCatalog};
use ephor_ops::package::content::{self, PackageChange};
use ephor_ops::package::{approval as package_approval, delegation, view};
use ephor_ops::schedule::Whose;
use ephor_ops::signin::{administration, application, key, method};
use ephor_ops::{
    OpError, OpResult, access, approval, audit, demonstration, mail, management, policy, schedule,
    schedule_request, session, settings, tenant,
};
use ephor_store::ambient::ManualClock;
use ephor_store::{AuditQuery, Failure, MailQuery, SigningKey, StoreError, Tx, testing};

#[test]
fn the_table_is_the_one_that_was_reviewed() {
    let mut table = String::from(
        "# Who may do what: operation, the grounds of which one is needed, the permissions of which one is needed.\n",
    );
    for operation in Operation::ALL {
        let grounds: Vec<_> = operation
            .grounds()
            .iter()
            .map(|ground| format!("{ground:?}"))
            .collect();
        let scopes: Vec<_> = operation
            .scopes()
            .iter()
            .map(|scope| scope.as_str())
            .collect();
        writeln!(
            table,
            "{:<24}{:<44}{}",
            operation.name(),
            grounds.join(", "),
            scopes.join(" ")
        )
        .unwrap();
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/authority.txt");
    if std::env::var("EPHOR_GOLDEN").is_ok_and(|mode| mode == "update") {
        std::fs::write(&file, &table).unwrap();
    }
    let reviewed = std::fs::read_to_string(&file).unwrap_or_default();
    let table: Vec<_> = table.lines().map(str::trim_end).collect();
    let reviewed: Vec<_> = reviewed.lines().map(str::trim_end).collect();
    assert_eq!(
        table, reviewed,
        "the table has changed: read the change, then `cargo xtask golden`"
    );
}

#[test]
fn every_operation_is_open_to_just_the_callers_that_its_line_names() {
    for engine in testing::engines() {
        let clock = Arc::new(ManualClock::at("2026-03-02T08:00:00Z".parse().unwrap()));
        let stage = Stage::set(World::new(engine.store(clock.clone()), clock));
        for operation in Operation::ALL {
            for (name, caller, grounds) in stage.callers() {
                let about_self = !matches!(name, "the operator" | "Ephor itself")
                    && stage.is_about(*operation, &caller);
                let allowed = operation.grounds().iter().any(|ground| {
                    if *ground == Ground::Oneself {
                        about_self
                    } else {
                        grounds.contains(ground)
                    }
                });
                let came = stage.try_as(*operation, caller.clone());
                let turned_away = matches!(
                    came.as_ref().err().and_then(OpError::code),
                    Some(Code::Denied | Code::NotFound | Code::NotSignedIn)
                );
                assert_eq!(
                    !turned_away,
                    allowed,
                    "{operation:?} as {name} on {}: {came:?}",
                    engine.name()
                );

                let mut without = caller;
                without.scopes.clear();
                let came = stage.try_as(*operation, without);
                if !operation.scopes().is_empty() {
                    let code = came.as_ref().err().and_then(OpError::code);
                    assert_eq!(
                        code,
                        Some(Code::MissingScope),
                        "{operation:?} as {name} without permission"
                    );
                }
            }
        }
    }
}

/// A group with everybody around it that the table speaks of.
struct Stage {
    world: World,
    group: GroupId,
    owner: PrincipalId,
    activated_owner: PrincipalId,
    past_owner: PrincipalId,
    member: PrincipalId,
    eligible: PrincipalId,
    stranger: PrincipalId,
    approver: PrincipalId,
    deleted: PrincipalId,
    disabled: PrincipalId,
    /// A group that was deleted.
    gone: GroupId,
    /// A request for activation that waits for the approver.
    waiting: RequestId,
    /// A request for a longer eligibility that waits for an administrator.
    asked: RequestId,
    /// Who has each role over the catalog, in the order of `CatalogRole::ALL`.
    delegates: Vec<PrincipalId>,
    packages: Packages,
}

/// A catalog with a package that everybody may ask for, and a request that waits for the approver.
#[derive(Clone, Copy)]
struct Packages {
    catalog: CatalogId,
    package: PackageId,
    policy: PackagePolicyId,
    waiting: PackageRequestId,
}

impl Packages {
    fn set(
        world: &mut World,
        group: GroupId,
        eligible: PrincipalId,
        approver: PrincipalId,
    ) -> (Self, Vec<PrincipalId>) {
        let catalog = world.catalog("Target");
        let package = world.package(catalog, "Target", &[(group, GroupRole::EligibleMember)]);
        let policy = approved(everybody(package, None), vec![stage(&[approver])]);
        let policy = world.package_policy(policy).unwrap();
        let waiting = world.ask_for(package, eligible).unwrap().id;
        let delegates = CatalogRole::ALL
            .iter()
            .map(|role| {
                let person = world.person(&format!("delegate{}", role.definition().simple()));
                let (role, root) = (*role, Caller::person(world.root));
                let over = role.is_of_a_catalog().then_some(catalog);
                world
                    .write(root, move |tx| delegation::assign(tx, role, over, person))
                    .unwrap();
                person
            })
            .collect();
        (
            Self {
                catalog,
                package,
                policy,
                waiting,
            },
            delegates,
        )
    }
}

impl Stage {
    fn set(mut world: World) -> Self {
        let names = [
            "owner",
            "activated",
            "past",
            "member",
            "eligible",
            "stranger",
            "approver",
            "deleted",
            "disabled",
        ];
        let [
            owner,
            activated_owner,
            past_owner,
            member,
            eligible,
            stranger,
            approver,
            deleted,
            disabled,
        ] = names.map(|name| world.person(name));
        let group = world.group("target", "security");
        let gone = world.group("gone", "security");
        let root = || Caller::person(world.root);
        world
            .write(root(), move |tx| {
                directory::add(tx, group, Access::Owner, owner)
            })
            .unwrap();
        world
            .write(root(), move |tx| {
                directory::add(tx, group, Access::Member, member)
            })
            .unwrap();
        let owning = Asked {
            access: Access::Owner,
            ..Asked::default()
        };
        let month = Asked {
            expiration: crate::world::lasting(Length::days(30)),
            ..Asked::default()
        };
        let own_month = Asked {
            access: Access::Owner,
            ..month.clone()
        };
        for person in [activated_owner, past_owner] {
            world
                .request(
                    root(),
                    ScheduleKind::Eligible,
                    Action::AdminAssign,
                    group,
                    person,
                    &own_month,
                )
                .unwrap();
        }
        // Short enough that an extension can be asked for at once.
        let ten_days = Asked {
            expiration: crate::world::lasting(Length::days(10)),
            ..Asked::default()
        };
        for (person, asked) in [
            (eligible, &ten_days),
            (deleted, &month),
            (eligible, &own_month),
        ] {
            let (kind, action) = (ScheduleKind::Eligible, Action::AdminAssign);
            world
                .request(root(), kind, action, group, person, asked)
                .unwrap();
        }
        let activate = |person| {
            let caller = Caller::person(person);
            world
                .request(
                    caller,
                    ScheduleKind::Active,
                    Action::SelfActivate,
                    group,
                    person,
                    &owning,
                )
                .unwrap();
        };
        activate(past_owner);
        // To the second: the hour of the first activation ends now, that of the second begins.
        world.clock.advance(Length::hours(1));
        activate(activated_owner);
        world
            .write(root(), move |tx| directory::delete_user(tx, deleted))
            .unwrap();
        world
            .write(root(), move |tx| {
                directory::set_account(tx, disabled, AccountState::Disabled)
            })
            .unwrap();
        world
            .write(root(), move |tx| directory::delete_group(tx, gone))
            .unwrap();
        let change = approval_by(approver);
        world
            .set_policy(group, Access::Owner, vec![change])
            .unwrap();
        let ask = |kind, action, asked: &Asked| {
            let caller = Caller::person(eligible);
            world
                .request(caller, kind, action, group, eligible, asked)
                .unwrap()
                .id
        };
        let waiting = ask(ScheduleKind::Active, Action::SelfActivate, &owning);
        let asked = ask(ScheduleKind::Eligible, Action::SelfExtend, &month);
        let (packages, delegates) = Packages::set(&mut world, group, eligible, approver);
        Self {
            packages,
            delegates,
            approver,
            waiting,
            asked,
            world,
            group,
            owner,
            activated_owner,
            past_owner,
            member,
            eligible,
            stranger,
            deleted,
            disabled,
            gone,
        }
    }

    /// Each kind of caller, with the grounds that they should be found to stand on.
    fn callers(&self) -> Vec<(&'static str, Caller, Vec<Ground>)> {
        use Ground::{ActiveOwner, Anyone, Approver, GlobalAdministrator, Operator};
        let person = |name, id, grounds| (name, Caller::person(id), grounds);
        let delegates = CatalogRole::ALL
            .iter()
            .zip(&self.delegates)
            .map(|(role, id)| person(role.display_name(), *id, vec![role.ground(), Anyone]));
        let others = vec![
            person(
                "the Global Administrator",
                self.world.root,
                vec![GlobalAdministrator, Anyone],
            ),
            person("an owner", self.owner, vec![ActiveOwner, Anyone]),
            person(
                "an activated owner",
                self.activated_owner,
                vec![ActiveOwner, Anyone],
            ),
            person(
                "an owner whose activation has just ended",
                self.past_owner,
                vec![Anyone],
            ),
            person("a member", self.member, vec![Anyone]),
            person("somebody eligible", self.eligible, vec![Anyone]),
            person("a stranger", self.stranger, vec![Anyone]),
            person("an approver", self.approver, vec![Approver, Anyone]),
            person("somebody deleted", self.deleted, vec![]),
            person("somebody disabled", self.disabled, vec![]),
            ("the operator", Caller::operator(), vec![Operator]),
            ("Ephor itself", Caller::system(), vec![]),
        ];
        others.into_iter().chain(delegates).collect()
    }

    /// Whether the operation, as [`Self::run`] tries it, is about the caller themselves.
    fn is_about(&self, operation: Operation, caller: &Caller) -> bool {
        match operation {
            Operation::ReadMe | Operation::ReadMyAudit => {
                ![Some(self.deleted), Some(self.disabled)].contains(&caller.user())
            }
            Operation::RevokeSessions | Operation::ReadMethods => {
                caller.user() == Some(self.eligible)
            }
            Operation::Activate
            | Operation::AskEligibility
            | Operation::AskActive
            | Operation::CancelEligibility
            | Operation::CancelActive
            | Operation::ReadApproval
            | Operation::Deactivate
            | Operation::ReadEligibility
            | Operation::ReadPrincipalAccess
            | Operation::ReadAssignments
            | Operation::RequestPackage
            | Operation::CancelPackageRequest
            | Operation::ReadPackageApproval => caller.user() == Some(self.eligible),
            _ => false,
        }
    }

    /// Tries the operation and takes back whatever it did.
    fn try_as(&self, operation: Operation, caller: Caller) -> OpResult<()> {
        let things = Things {
            group: self.group,
            gone: self.gone,
            eligible: self.eligible,
            stranger: self.stranger,
            deleted: self.deleted,
            waiting: self.waiting,
            asked: self.asked,
            packages: self.packages,
            now: self.world.now(),
        };
        let probe = self
            .world
            .store
            .write::<(), Probe, _>("probe", caller, move |tx| {
                Err(Probe(run(tx, operation, things)))
            });
        match probe.wait() {
            Err(Probe(result)) => result,
            Ok(()) => unreachable!("a probe always takes back what it did"),
        }
    }
}

/// Carries a result out of a transaction that is rolled back.
struct Probe(OpResult<()>);

impl From<StoreError> for Probe {
    fn from(error: StoreError) -> Self {
        Self(Err(error.into()))
    }
}

impl Failure for Probe {
    fn refused(&self) -> Option<(&Attempt, &Refusal)> {
        None
    }
}

/// What the operations are tried on.
#[derive(Clone, Copy)]
struct Things {
    group: GroupId,
    gone: GroupId,
    eligible: PrincipalId,
    stranger: PrincipalId,
    deleted: PrincipalId,
    waiting: RequestId,
    asked: RequestId,
    packages: Packages,
    now: ephor_core::time::Instant,
}

fn run(tx: &mut Tx<'_>, operation: Operation, things: Things) -> OpResult<()> {
    let Things {
        group,
        gone,
        eligible,
        stranger,
        deleted,
        waiting,
        asked,
        packages,
        now,
    } = things;
    let caller = tx.caller().clone();
    let about = Asked::default();
    let mut request = |kind, action, principal| {
        schedule_request::create(tx, &World::ask(kind, action, group, principal, &about))
            .map(|_| ())
    };
    let of_eligible = || Query {
        filter: Some(Predicate::And(
            Box::new(Predicate::Compare(
                ScheduleField::GroupId,
                Comparison::Eq,
                Literal::Text(group.to_string()),
            )),
            Box::new(Predicate::Compare(
                ScheduleField::PrincipalId,
                Comparison::Eq,
                Literal::Text(eligible.to_string()),
            )),
        )),
        ..Query::default()
    };
    let name = || format!("new@{DOMAIN}").parse().unwrap();
    let shown = || DisplayName::new("New").unwrap();
    match operation {
        Operation::ReadMe => match directory::user(tx, &caller, &UserKey::Me) {
            // Whoever is no person has no `/me`: for the table that is as good as being turned away.
            Err(error) if error.code() == Some(Code::BadRequest) => {
                Err(Refusal::new(Code::Denied, error.to_string()).into())
            }
            came => came.map(|_| ()),
        },
        Operation::ReadUsers => directory::list_users(tx, &caller, &Query::default()).map(|_| ()),
        Operation::CreateUser => {
            directory::create_user(tx, NewUser::named(name(), shown())).map(|_| ())
        }
        Operation::DeleteUser => directory::delete_user(tx, stranger),
        Operation::SetAccount => {
            directory::set_account(tx, stranger, AccountState::Disabled).map(|_| ())
        }
        Operation::ReadOrganization => settings::organization(tx, &caller).map(|_| ()),
        Operation::UpdateUser => {
            let change = UserChange {
                display_name: Some(shown()),
                ..UserChange::default()
            };
            directory::update_user(tx, &UserKey::Id(stranger), change).map(|_| ())
        }
        Operation::ReadDeletedUsers => {
            directory::deleted_users(tx, &caller, &Query::default()).map(|_| ())
        }
        Operation::PurgeUser => directory::purge(tx, deleted),
        Operation::PurgeGroup => directory::purge(tx, gone.into()),
        Operation::UpdateGroup => {
            let change = GroupChange {
                display_name: Some(shown()),
                ..GroupChange::default()
            };
            directory::update_group(tx, group, change).map(|_| ())
        }
        Operation::RestoreUser => directory::restore_user(tx, deleted).map(|_| ()),
        Operation::ReadDeletedGroups => {
            directory::deleted_groups(tx, &caller, &Query::default()).map(|_| ())
        }
        Operation::RestoreGroup => directory::restore_group(tx, gone).map(|_| ()),
        Operation::ReadGroups => directory::group(tx, &caller, group).map(|_| ()),
        Operation::CreateGroup => directory::create_group(tx, new_group()).map(|_| ()),
        Operation::DeleteGroup => directory::delete_group(tx, group),
        Operation::ChangeMembers => directory::add(tx, group, Access::Member, stranger),
        Operation::ChangeOwners => directory::add(tx, group, Access::Owner, stranger),
        Operation::ReadEligibility => {
            let view = ScheduleView::Schedules;
            schedule::list(
                tx,
                &caller,
                ScheduleKind::Eligible,
                view,
                Whose::Filtered,
                &of_eligible(),
            )
            .map(|_| ())
        }
        Operation::ReadAssignments => {
            let view = ScheduleView::Instances;
            schedule::list(
                tx,
                &caller,
                ScheduleKind::Active,
                view,
                Whose::Filtered,
                &of_eligible(),
            )
            .map(|_| ())
        }
        Operation::AssignEligibility => {
            request(ScheduleKind::Eligible, Action::AdminAssign, stranger)
        }
        Operation::RemoveEligibility => {
            request(ScheduleKind::Eligible, Action::AdminRemove, eligible)
        }
        Operation::AssignActive => request(ScheduleKind::Active, Action::AdminAssign, stranger),
        Operation::RemoveActive => request(ScheduleKind::Active, Action::AdminRemove, eligible),
        Operation::Activate => request(ScheduleKind::Active, Action::SelfActivate, eligible),
        Operation::Deactivate => request(ScheduleKind::Active, Action::SelfDeactivate, eligible),
        Operation::AskEligibility => request(ScheduleKind::Eligible, Action::SelfRenew, eligible),
        Operation::AskActive => request(ScheduleKind::Active, Action::SelfExtend, eligible),
        Operation::DecideEligibility => {
            schedule_request::decide_extension(tx, asked, Decision::Deny, None, None).map(|_| ())
        }
        // Decided as the one above is: the request says which of the two lines counts.
        Operation::DecideActive => {
            schedule_request::decide_extension(tx, asked, Decision::Approve, None, None).map(|_| ())
        }
        Operation::CancelEligibility => schedule_request::cancel(tx, ScheduleKind::Eligible, asked),
        Operation::CancelActive => schedule_request::cancel(tx, ScheduleKind::Active, waiting),
        Operation::ReadApproval => approval::get(tx, &caller, waiting).map(|_| ()),
        Operation::DecideApproval => {
            let why = Some(Justification::new("fine").unwrap());
            approval::decide(tx, waiting, Decision::Deny, why).map(|_| ())
        }
        Operation::ManageGroup => management::manage(tx, group).map(|_| ()),
        Operation::ListManagedGroups => {
            management::managed(tx, &caller, &Query::default()).map(|_| ())
        }
        Operation::ReadPolicies => {
            policy::get(tx, &caller, PolicyId::of(group, Access::Member)).map(|_| ())
        }
        Operation::ReadPolicyHistory => {
            let id = PolicyId::of(group, Access::Member);
            policy::history(tx, &caller, id, None, 10).map(|_| ())
        }
        Operation::ChangePolicy => {
            policy::change(tx, PolicyId::of(group, Access::Member), &[]).map(|_| ())
        }
        Operation::ReadGroupAccess => {
            let part = access::Part { skip: 0, top: 10 };
            access::of_group(tx, &caller, group, None, part).map(|_| ())
        }
        Operation::ReadPrincipalAccess => {
            let part = access::Part { skip: 0, top: 10 };
            access::of_principal(tx, &caller, eligible, Some(now), part).map(|_| ())
        }
        Operation::ReadAllAccess => {
            let between = access::Between {
                from: Some(now),
                to: None,
                whose: access::Whose::Everybody,
            };
            let part = access::Part { skip: 0, top: 10 };
            access::difference(tx, &caller, between, part).map(|_| ())
        }
        Operation::ReadGroupAudit => {
            let view = audit::View::Group(group);
            audit::view(tx, &caller, view, &AuditQuery::default()).map(|_| ())
        }
        Operation::ReadMyAudit => {
            audit::view(tx, &caller, audit::View::Mine, &AuditQuery::default()).map(|_| ())
        }
        Operation::ReadSettings => settings::get(tx, &caller).map(|_| ()),
        Operation::ChangeSettings => {
            settings::change(tx, settings::SettingsChange::default()).map(|_| ())
        }
        Operation::ReadAudit => audit::list(
            tx,
            &caller,
            &AuditQuery {
                limit: 1,
                ..AuditQuery::default()
            },
        )
        .map(|_| ()),
        Operation::ReadMail => mail::list(tx, &caller, &MailQuery::default()).map(|_| ()),
        Operation::ReadCatalog => view::lifecycle(tx, &caller, packages.package).map(drop),
        Operation::BrowsePackages => view::applicable(tx, &caller, packages.package).map(drop),
        Operation::CreateCatalog => {
            let new = NewCatalog {
                display_name: shown(),
                description: None,
                state: CatalogState::Published,
                guests: Switch::Off,
            };
            catalog::create(tx, new).map(drop)
        }
        Operation::ChangeCatalog => {
            let change = CatalogChange {
                display_name: Some(shown()),
                description: directory::Set::Keep,
                state: None,
                guests: None,
            };
            catalog::change(tx, packages.catalog, change).map(drop)
        }
        Operation::AppointCatalogCreator => {
            delegation::assign(tx, CatalogRole::CatalogCreator, None, stranger).map(drop)
        }
        Operation::AppointInCatalog => {
            let over = Some(packages.catalog);
            delegation::assign(tx, CatalogRole::CatalogReader, over, stranger).map(drop)
        }
        Operation::ChangePackage => {
            let change = PackageChange {
                display_name: Some(shown()),
                description: directory::Set::Keep,
                hidden: None,
            };
            content::change(tx, packages.package, change).map(drop)
        }
        Operation::AssignPackage => {
            let wish = Wish {
                package: Some(packages.package),
                policy: Some(packages.policy),
                target: Some(stranger),
                ..Wish::to(PackageRequestType::AdminAdd)
            };
            package_request(tx, &wish).map(drop)
        }
        Operation::RequestPackage => {
            let wish = Wish {
                package: Some(packages.package),
                target: Some(eligible),
                ..Wish::to(PackageRequestType::UserAdd)
            };
            package_request(tx, &wish).map(drop)
        }
        Operation::CancelPackageRequest => cancel_package_request(tx, packages.waiting),
        Operation::ReadPackageApproval => {
            package_approval::get(tx, &caller, packages.waiting).map(drop)
        }
        Operation::DecidePackage => {
            let (id, no) = (packages.waiting, Decision::Deny);
            package_approval::decide(tx, id, None, no, None).map(drop)
        }
        Operation::MakeTenant => tenant::make(tx, new_tenant(now)).map(|_| ()),
        Operation::IssueToken => {
            let name = format!("root@{DOMAIN}").parse().unwrap();
            session::issue(
                tx,
                &name,
                ephor_core::caller::Factor::Single,
                Length::hours(1),
            )
            .map(|_| ())
        }
        Operation::RevokeSessions => administration::revoke_sessions(tx, eligible),
        Operation::ReadMethods => administration::methods(tx, &caller, eligible).map(drop),
        Operation::RemoveMethod => {
            let id = CredentialId::from_uuid(eligible.uuid());
            match administration::remove_method(tx, eligible, id, |_| true) {
                // Whoever may do it is told whether there is such a method.
                Err(error) if error.code() == Some(Code::NotFound) => Ok(()),
                came => came,
            }
        }
        Operation::RegisterApplication => {
            let new = application::NewApplication {
                name: DisplayName::new("Dashboard").unwrap(),
                redirect_uris: Vec::new(),
                permissions: Vec::new(),
                keys: None,
                groups_claim: GroupsClaim::None,
                secret: None,
                secret_lifetime: Length::days(1),
            };
            application::register(tx, new).map(drop)
        }
        Operation::RevokeKey => {
            let key = tx.signing_keys()?.remove(0);
            let next = SigningKey {
                id: "next".into(),
                ..key.clone()
            };
            key::revoke(tx, key::Purpose::Access, &key.id, &next)
        }
        Operation::ResetPassword => {
            let name = "admin@contoso.example".parse().unwrap();
            match method::reset(tx, &name, [1; 32]) {
                // Whoever may do it is told whether there is such a person.
                Err(error) if error.code() == Some(Code::NotFound) => Ok(()),
                came => came.map(drop),
            }
        }
        Operation::MoveClock => match demonstration::move_clock(tx, Length::hours(1)) {
            // The tenant is a real one, so even the operator is refused; just not for want of authority.
            Err(error) if caller.actor == Actor::Operator && error.code() == Some(Code::Denied) => {
                Err(Refusal::new(Code::BadRequest, error.to_string()).into())
            }
            came => came.map(|_| ()),
        },
    }
}

fn approval_by(approver: PrincipalId) -> (RuleId, RuleChange) {
    let approver = Approver::User {
        id: approver,
        description: None,
    };
    let stage = StageChange {
        primary_approvers: Some(vec![approver]),
        approver_justification: None,
    };
    let change = ApprovalChange {
        required: Some(true),
        requestor_justification: None,
        stages: Some(vec![stage]),
    };
    (RuleId::Approval, RuleChange::Approval(change))
}

fn new_group() -> NewGroup {
    NewGroup {
        display_name: DisplayName::new("New").unwrap(),
        description: None,
        mail_nickname: MailNickname::new("new").unwrap(),
        kind: ephor_core::group::GroupKind::Security,
        membership: ephor_core::group::Membership::Assigned,
        source: ephor_core::group::Source::Ephor,
        role_assignable: ephor_core::group::RoleAssignable::No,
        visibility: None,
        owners: Vec::new(),
        members: Vec::new(),
    }
}

fn new_tenant(now: ephor_core::time::Instant) -> tenant::NewTenant {
    tenant::NewTenant {
        domain: "other.example".into(),
        administrator: NewUser::named(
            "a@other.example".parse().unwrap(),
            DisplayName::new("A").unwrap(),
        ),
        purpose: TenantPurpose::Production,
        key: SigningKey {
            id: "k".into(),
            private: vec![1],
            public: vec![2],
            created_at: now,
        },
    }
}

#[test]
fn a_role_counts_while_it_is_held_and_the_kind_of_a_principal_is_what_it_was_made_as() {
    for engine in testing::engines() {
        let clock = Arc::new(ManualClock::at("2026-03-02T08:00:00Z".parse().unwrap()));
        let stage = Stage::set(World::new(engine.store(clock.clone()), clock));
        let (root, group) = (stage.world.root, stage.group);
        let found = stage
            .world
            .read(move |tx| {
                Ok((
                    tx.has_directory_role(root, DirectoryRole::GlobalAdministrator)?,
                    tx.has_directory_role(group.into(), DirectoryRole::GlobalAdministrator)?,
                    tx.principal(group.into())?
                        .map(|principal| principal.reference.kind),
                ))
            })
            .unwrap();
        assert_eq!(found, (true, false, Some(PrincipalKind::Group)));
    }
}
