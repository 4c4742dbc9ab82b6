//! Every operation on each kind of target × every kind of caller, really tried, against the table in
//! `ephor-core` (R-A5, R-A6, R-B5 to R-B7, R-H4, R-I1, T-13, T-14).
//!
//! `authority.txt` is the table as a reviewer reads it; `EPHOR_GOLDEN=update` writes it anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use crate::packages_world::{approved, everybody, stage};
use crate::world::{Asked, DOMAIN, World, lasting};
use ephor_core::authority::table::LINES;
use ephor_core::authority::{Ground, Line, Operation, Target};
use ephor_core::caller::{Actor, Caller, Scope};
use ephor_core::directory_role::{DirectoryRole, Reach, RolePermission, RoleState};
use ephor_core::group::{Access, GroupKind, RoleAssignable};
use ephor_core::id::{
    CatalogId, CredentialId, GroupId, PackageId, PackagePolicyId, PackageRequestId, PrincipalId,
    RequestId, UnitId,
};
use ephor_core::package::{CatalogRole, CatalogState, PackageRequestType, ResourceRole, Switch};
use ephor_core::policy::{ApprovalChange, Approver, PolicyId, RuleChange, RuleId, StageChange};
use ephor_core::principal::{AccountState, PrincipalKind};
use ephor_core::query::{Comparison, Literal, Predicate, Query, ScheduleField, ScheduleView};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::request::{Action, Decision, Object};
use ephor_core::role::{DirectoryScope, ObjectId, Role};
use ephor_core::schedule::ScheduleKind;
use ephor_core::signin::application::GroupsClaim;
use ephor_core::signin::condition::ConditionKind;
use ephor_core::tenant::TenantPurpose;
use ephor_core::text::{DisplayName, Justification, MailNickname};
use ephor_core::time::Length;
use ephor_core::unit::Management;
use ephor_ops::directory::{
    self, GroupChange, NewGroup, NewPassword, NewUser, UserChange, UserKey,
};
use ephor_ops::package::ask::{Wish, cancel as cancel_package_request, request as package_request};
use ephor_ops::package::catalog::{self, CatalogChange, NewCatalog};
use ephor_ops::package::content::{self, PackageChange};
use ephor_ops::package::{approval as package_approval, delegation, view};
use ephor_ops::role_definition::NewRole;
use ephor_ops::schedule::Whose;
use ephor_ops::signin::{administration, application, condition, identity, key, method};
use ephor_ops::unit::NewUnit;
use ephor_ops::{
    OpError, OpResult, access, approval, audit, demonstration, mail, management, policy, program,
    role_assignment, role_definition, schedule, schedule_request, session, settings, tenant, unit,
};
use ephor_store::ambient::ManualClock;
use ephor_store::{AuditQuery, MailQuery, SigningKey, Tx, testing};

#[test]
fn the_table_is_the_one_that_was_reviewed() {
    let mut table = String::from(
        "# Who may do what: an operation, what it is done to, who may (any one of them), and the permissions of\n\
         # which the token needs one (and one of those behind the plus). What is not here is refused.\n",
    );
    let mut last = None;
    for line in LINES {
        if last != Some(line.operation) {
            last = Some(line.operation);
            writeln!(table, "\n{}", line.operation.name()).unwrap();
        }
        let target = match line.target {
            Target::Any => "anything",
            Target::Group => "group",
            Target::Microsoft365 => "Microsoft 365 group",
            Target::RoleAssignable => "role-assignable group",
            Target::DirectoryRole => "directory role",
        };
        writeln!(table, "  {target}").unwrap();
        let grounds: Vec<_> = line.grounds().map(|ground| named(ground, line)).collect();
        writeln!(table, "    may:   {}", grounds.join(", ")).unwrap();
        let names = |scopes: &[ephor_core::caller::Scope]| {
            let names: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
            names.join(" ")
        };
        if !line.scopes.is_empty() {
            let plus = if line.also.is_empty() { "" } else { " + " };
            let scopes = format!("{}{plus}{}", names(line.scopes), names(line.also));
            writeln!(table, "    token: {scopes}").unwrap();
        }
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/authority.txt");
    if std::env::var("EPHOR_GOLDEN").is_ok_and(|mode| mode == "update") {
        std::fs::write(&file, &table).unwrap();
    }
    let reviewed = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(
        table, reviewed,
        "the table has changed: read the change, then `cargo xtask golden`"
    );
}

/// A ground as a reviewer reads it.
fn named(ground: Ground, line: &Line) -> String {
    match ground {
        Ground::Role(role) => role.display_name().to_owned(),
        Ground::OverUnit(role) => format!("{} of its unit", role.display_name()),
        Ground::CustomRole => format!("custom role with {}", line.actions.join(" or ")),
        Ground::ActiveOwner => "owner".into(),
        Ground::Approver => "approver".into(),
        Ground::Oneself => "oneself".into(),
        Ground::Application => "application".into(),
        Ground::Anyone => "anyone".into(),
        Ground::Operator => "operator".into(),
        Ground::Catalog(role) => role.display_name().into(),
    }
}

#[test]
fn every_operation_is_open_to_just_the_callers_that_its_line_names() {
    for engine in testing::engines() {
        let clock = Arc::new(ManualClock::at("2026-03-02T08:00:00Z".parse().unwrap()));
        let stage = Stage::set(World::new(engine.store(clock.clone()), clock));
        for line in LINES {
            let scene = stage.scene(line.target);
            for (name, caller, grounds) in stage.callers(scene) {
                let about_self = stage.is_about(line.operation, &caller);
                let allowed = line.grounds().any(|ground| {
                    grounds.contains(&ground) || (ground == Ground::Oneself && about_self)
                });
                let came = stage.try_as(line.operation, scene, caller.clone());
                let turned_away = matches!(
                    came.as_ref().err().and_then(OpError::code),
                    Some(Code::Denied | Code::NotFound | Code::NotSignedIn)
                );
                assert_eq!(
                    !turned_away,
                    allowed,
                    "{:?} {:?} as {name} on {}: {came:?}",
                    line.operation,
                    line.target,
                    engine.name()
                );
            }
            for (name, mut without, _) in stage.people(scene) {
                without.scopes.clear();
                let came = stage.try_as(line.operation, scene, without);
                if !line.scopes.is_empty() {
                    let code = came.as_ref().err().and_then(OpError::code);
                    assert_eq!(
                        code,
                        Some(Code::MissingScope),
                        "{line:?} as {name} without permission"
                    );
                }
            }
        }
    }
}

/// A caller with a name, and the grounds that they should be found to stand on.
type Named = (String, Caller, BTreeSet<Ground>);

/// A directory with everybody in it that the table speaks of.
struct Stage {
    world: World,
    member: PrincipalId,
    eligible: PrincipalId,
    stranger: PrincipalId,
    deleted: PrincipalId,
    disabled: PrincipalId,
    past_administrator: PrincipalId,
    unit: UnitId,
    /// Whoever holds a role, directly, over the unit, or by a role of the tenant's own.
    holders: Vec<Named>,
    scenes: Vec<Scene>,
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
        let package = world.package(catalog, "Target", &[(group, ResourceRole::EligibleMember)]);
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

/// Something that operations are about, with everybody around it.
#[derive(Clone, Copy)]
struct Scene {
    target: Target,
    /// What can be activated: ownership of the group, or the directory role.
    role: Role,
    /// What an extension was asked for: membership of the group, or the directory role.
    other: Role,
    people: Option<Owners>,
    /// A group of this kind that was deleted.
    gone: GroupId,
    approver: PrincipalId,
    /// A request for activation that waits for the approver.
    waiting: RequestId,
    /// A request for a longer eligibility that waits for an administrator.
    asked: RequestId,
}

#[derive(Clone, Copy)]
struct Owners {
    group: GroupId,
    owner: PrincipalId,
    activated: PrincipalId,
    past: PrincipalId,
}

impl Stage {
    fn set(mut world: World) -> Self {
        let names = [
            "member",
            "eligible",
            "stranger",
            "deleted",
            "disabled",
            "was-admin",
        ];
        let [
            member,
            eligible,
            stranger,
            deleted,
            disabled,
            past_administrator,
        ] = names.map(|name| world.person(name));
        let unit = world.unit("unit", Management::Open);
        world.put(unit, stranger);
        world.put(unit, eligible);
        let holders = Self::holders(&mut world, unit);
        // A role that is reached by an activation, until just before the scenes are played (R-H4).
        let global = Role::directory(DirectoryRole::GlobalAdministrator.definition_id());
        let root = Caller::person(world.root);
        world
            .request_role(
                root.clone(),
                ScheduleKind::Eligible,
                Action::AdminAssign,
                global,
                past_administrator,
                &Asked::default(),
            )
            .unwrap();
        world
            .request_role(
                Caller::person(past_administrator),
                ScheduleKind::Active,
                Action::SelfActivate,
                global,
                past_administrator,
                &Asked::default(),
            )
            .unwrap();
        let mut kinds = [
            (Target::Group, "security"),
            (Target::Microsoft365, "microsoft365"),
            (Target::RoleAssignable, "role-assignable"),
        ]
        .map(|(target, kind)| Setting::group(&mut world, target, kind, member, eligible));
        world.clock.advance(Length::hours(1));
        let mut scenes: Vec<Scene> = kinds
            .iter_mut()
            .map(|setting| setting.play(&world, eligible))
            .collect();
        scenes.push(Setting::directory_role(&mut world, eligible).play(&world, eligible));
        let offered = scenes[0].role.group().unwrap();
        let (packages, delegates) =
            Packages::set(&mut world, offered, eligible, scenes[0].approver);
        for scene in &scenes {
            if let Some(owners) = scene.people {
                world.put(unit, owners.group.into());
            }
        }
        for (scene, kind) in scenes.iter_mut().zip(KINDS) {
            let gone = world.group(&format!("gone-{kind}"), kind);
            scene.gone = gone;
            // Whoever owned it when it was deleted may restore it; an activation does not come back.
            if let Some(owners) = scene.people {
                for owner in [owners.owner, owners.activated] {
                    let own = move |tx: &mut Tx<'_>| directory::add(tx, gone, Access::Owner, owner);
                    world.write(root.clone(), own).unwrap();
                }
            }
            world
                .write(root.clone(), move |tx| directory::delete_group(tx, gone))
                .unwrap();
        }
        world
            .write(root.clone(), move |tx| {
                directory::set_account(tx, disabled, AccountState::Disabled)
            })
            .unwrap();
        world
            .write(root, move |tx| directory::delete_user(tx, deleted))
            .unwrap();
        Self {
            world,
            member,
            eligible,
            stranger,
            deleted,
            disabled,
            past_administrator,
            unit,
            holders,
            scenes,
            delegates,
            packages,
        }
    }

    fn holders(world: &mut World, unit: UnitId) -> Vec<Named> {
        let mut holders = Vec::new();
        for role in DirectoryRole::ALL {
            let name = format!("{role:?}").to_lowercase();
            let person = world.person(&name);
            world.give(Role::directory(role.definition_id()), person);
            let grounds = BTreeSet::from([Ground::Role(*role), Ground::Anyone]);
            holders.push((name.clone(), Caller::person(person), grounds));
            if role.reach() == Reach::DirectoryOrUnit {
                let name = format!("unit-{name}");
                let person = world.person(&name);
                let over_unit = Role::Directory {
                    definition: role.definition_id(),
                    scope: DirectoryScope::Unit(unit),
                };
                world.give(over_unit, person);
                let grounds = BTreeSet::from([Ground::OverUnit(*role), Ground::Anyone]);
                holders.push((name, Caller::person(person), grounds));
            }
        }
        // A role of the tenant's own that allows whatever a line names.
        let actions = LINES.iter().flat_map(|line| line.actions.iter());
        let new = NewRole {
            display_name: DisplayName::new("Everything custom").unwrap(),
            description: None,
            state: RoleState::Enabled,
            version: None,
            template_id: None,
            permissions: vec![RolePermission {
                actions: actions.map(|action| (*action).to_owned()).collect(),
                condition: None,
            }],
        };
        let custom = world
            .write(Caller::person(world.root), move |tx| {
                role_definition::create(tx, new)
            })
            .unwrap();
        let person = world.person("custom");
        world.give(Role::directory(custom.id), person);
        let grounds = BTreeSet::from([Ground::CustomRole, Ground::Anyone]);
        holders.push(("custom".into(), Caller::person(person), grounds));
        let app = world.program("App");
        let grounds = BTreeSet::from([Ground::Application]);
        holders.push(("an application".into(), Caller::application(app), grounds));
        holders
    }

    /// The scene for such a target; what is about nothing in particular is tried on the first.
    fn scene(&self, target: Target) -> Scene {
        let found = self.scenes.iter().find(|scene| scene.target == target);
        *found.unwrap_or(&self.scenes[0])
    }

    /// Everybody.
    fn callers(&self, scene: Scene) -> Vec<Named> {
        let mut all = self.people(scene);
        all.extend(self.holders.iter().cloned());
        all
    }

    /// Everybody who is not there for a role of the directory.
    fn people(&self, scene: Scene) -> Vec<Named> {
        use Ground::{ActiveOwner, Anyone, Approver, Operator};
        let person = |name: &str, id, grounds: &[Ground]| {
            let grounds = grounds.iter().copied().collect();
            (name.to_owned(), Caller::person(id), grounds)
        };
        let mut all = vec![
            person("a member", self.member, &[Anyone]),
            person("somebody eligible", self.eligible, &[Anyone]),
            person("a stranger", self.stranger, &[Anyone]),
            person("an approver", scene.approver, &[Approver, Anyone]),
            person("somebody deleted", self.deleted, &[]),
            person(
                "a Global Administrator whose activation has just ended",
                self.past_administrator,
                &[Anyone],
            ),
            person("somebody disabled", self.disabled, &[]),
            ("the operator".into(), Caller::operator(), [Operator].into()),
            ("Ephor itself".into(), Caller::system(), [].into()),
        ];
        all.extend(
            CatalogRole::ALL
                .iter()
                .zip(&self.delegates)
                .map(|(role, id)| person(role.display_name(), *id, &[role.ground(), Anyone])),
        );
        if let Some(owners) = scene.people {
            all.extend([
                person("an owner", owners.owner, &[ActiveOwner, Anyone]),
                person(
                    "an activated owner",
                    owners.activated,
                    &[ActiveOwner, Anyone],
                ),
                person(
                    "an owner whose activation has just ended",
                    owners.past,
                    &[Anyone],
                ),
            ]);
        }
        all
    }

    /// Whether the operation, as [`run`] tries it, is about the caller themselves.
    fn is_about(&self, operation: Operation, caller: &Caller) -> bool {
        match operation {
            Operation::ReadMe | Operation::ReadMyAudit => caller
                .user()
                .is_some_and(|user| user != self.deleted && user != self.disabled),
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
            | Operation::ReadRoleAssignments
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
    fn try_as(&self, operation: Operation, scene: Scene, caller: Caller) -> OpResult<()> {
        let things = Things {
            scene,
            member: self.member,
            eligible: self.eligible,
            stranger: self.stranger,
            deleted: self.deleted,
            unit: self.unit,
            packages: self.packages,
            now: self.world.now(),
        };
        self.world
            .probe(caller, move |tx| run(tx, operation, things))
    }
}

/// The kinds of groups, in the order of the scenes about them.
const KINDS: [&str; 3] = ["security", "microsoft365", "role-assignable"];

/// A scene being set.
struct Setting {
    target: Target,
    role: Role,
    other: Role,
    people: Option<Owners>,
    approver: PrincipalId,
}

impl Setting {
    fn group(
        world: &mut World,
        target: Target,
        kind: &str,
        member: PrincipalId,
        eligible: PrincipalId,
    ) -> Self {
        let [owner, activated, past, approver] = ["owner", "activated", "past", "approver"]
            .map(|name| world.person(&format!("{name}-{kind}")));
        let group = world.group(kind, kind);
        let root = || Caller::person(world.root);
        for (access, person) in [(Access::Owner, owner), (Access::Member, member)] {
            world
                .write(root(), move |tx| directory::add(tx, group, access, person))
                .unwrap();
        }
        let month = Asked {
            expiration: lasting(Length::days(30)),
            ..Asked::default()
        };
        // Short enough that an extension can be asked for at once.
        let ten_days = Asked {
            expiration: lasting(Length::days(10)),
            ..Asked::default()
        };
        let ownership = Role::of(group, Access::Owner);
        let membership = Role::of(group, Access::Member);
        for (role, person, asked) in [
            (ownership, activated, &month),
            (ownership, past, &month),
            (ownership, eligible, &month),
            (membership, eligible, &ten_days),
        ] {
            let (kind, action) = (ScheduleKind::Eligible, Action::AdminAssign);
            world
                .request_role(root(), kind, action, role, person, asked)
                .unwrap();
        }
        activate(world, ownership, past);
        Self {
            target,
            role: ownership,
            other: membership,
            people: Some(Owners {
                group,
                owner,
                activated,
                past,
            }),
            approver,
        }
    }

    fn directory_role(world: &mut World, eligible: PrincipalId) -> Self {
        let role = Role::directory(DirectoryRole::GuestInviter.definition_id());
        let approver = world.person("approver-role");
        let ten_days = Asked {
            expiration: lasting(Length::days(10)),
            ..Asked::default()
        };
        let root = Caller::person(world.root);
        let (kind, action) = (ScheduleKind::Eligible, Action::AdminAssign);
        world
            .request_role(root, kind, action, role, eligible, &ten_days)
            .unwrap();
        Self {
            target: Target::DirectoryRole,
            role,
            other: role,
            people: None,
            approver,
        }
    }

    /// To the second: the hour of the first activation is over now, that of the second begins.
    fn play(&mut self, world: &World, eligible: PrincipalId) -> Scene {
        if let Some(owners) = self.people {
            activate(world, self.role, owners.activated);
        }
        world
            .set_policy_of(self.role, vec![approval_by(self.approver)])
            .unwrap();
        let month = Asked {
            expiration: lasting(Length::days(30)),
            ..Asked::default()
        };
        let ask = |kind, action, role, asked: &Asked| {
            let caller = Caller::person(eligible);
            world
                .request_role(caller, kind, action, role, eligible, asked)
                .unwrap()
                .id
        };
        let hour = Asked::default();
        let waiting = ask(ScheduleKind::Active, Action::SelfActivate, self.role, &hour);
        let asked = ask(
            ScheduleKind::Eligible,
            Action::SelfExtend,
            self.other,
            &month,
        );
        Scene {
            target: self.target,
            role: self.role,
            other: self.other,
            people: self.people,
            gone: GroupId::from_uuid(uuid::Uuid::nil()),
            approver: self.approver,
            waiting,
            asked,
        }
    }
}

fn activate(world: &World, role: Role, person: PrincipalId) {
    let caller = Caller::person(person);
    let (kind, action) = (ScheduleKind::Active, Action::SelfActivate);
    world
        .request_role(caller, kind, action, role, person, &Asked::default())
        .unwrap();
}

/// What the operations are tried on.
#[derive(Clone, Copy)]
struct Things {
    scene: Scene,
    member: PrincipalId,
    eligible: PrincipalId,
    stranger: PrincipalId,
    deleted: PrincipalId,
    unit: UnitId,
    packages: Packages,
    now: ephor_core::time::Instant,
}

fn run(tx: &mut Tx<'_>, operation: Operation, things: Things) -> OpResult<()> {
    let Things {
        scene,
        member,
        eligible,
        stranger,
        deleted,
        unit,
        packages,
        now,
    } = things;
    let gone = scene.gone;
    let caller = tx.caller().clone();
    let about = Asked::default();
    let of = scene.role.kind();
    let (waiting, asked) = (scene.waiting, scene.asked);
    let key = |id| schedule_request::RequestKey::of(of, id);
    let group = scene.people.map_or_else(
        || GroupId::from_uuid(uuid::Uuid::nil()),
        |owners| owners.group,
    );
    let mut request = |kind, action, principal| {
        let ask = World::ask_role(kind, action, scene.other, principal, &about);
        schedule_request::create(tx, &ask).map(|_| ())
    };
    let of_eligible = || {
        let is =
            |field, value: String| Predicate::Compare(field, Comparison::Eq, Literal::Text(value));
        let theirs = is(ScheduleField::PrincipalId, eligible.to_string());
        Query {
            filter: Some(match scene.role.group() {
                Some(group) => Predicate::And(
                    Box::new(is(ScheduleField::GroupId, group.to_string())),
                    Box::new(theirs),
                ),
                None => theirs,
            }),
            ..Query::default()
        }
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
        Operation::ReadUnits => unit::get(tx, &caller, unit).map(|_| ()),
        Operation::ChangeUnits => {
            let new = NewUnit {
                display_name: shown(),
                description: None,
                visibility: None,
                management: Management::Open,
            };
            unit::create(tx, new).map(|_| ())
        }
        Operation::ChangeUnitMembers => unit::add_member(tx, unit, member),
        Operation::ReadRoleDefinitions => role_definition::list(tx, &caller).map(|_| ()),
        Operation::ChangeRoleDefinitions => {
            let new = NewRole {
                display_name: shown(),
                description: None,
                state: RoleState::Enabled,
                version: None,
                template_id: None,
                permissions: vec![RolePermission {
                    actions: vec!["microsoft.directory/groups/basic/update".into()],
                    condition: None,
                }],
            };
            role_definition::create(tx, new).map(|_| ())
        }
        Operation::ReadRoleAssignments => {
            let theirs = Predicate::Compare(
                ScheduleField::PrincipalId,
                Comparison::Eq,
                Literal::Text(eligible.to_string()),
            );
            let query = Query {
                filter: Some(theirs),
                ..Query::default()
            };
            role_assignment::list(tx, &caller, &query).map(|_| ())
        }
        Operation::ChangeRoleAssignments => {
            let role = Role::directory(DirectoryRole::ReportsReader.definition_id());
            role_assignment::create(tx, role, stranger).map(|_| ())
        }
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
        Operation::SetPassword => {
            let change = UserChange {
                password: Some(NewPassword::Hashed("hash".into())),
                ..UserChange::default()
            };
            directory::update_user(tx, &UserKey::Id(stranger), change).map(|_| ())
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
        Operation::CreateGroup => directory::create_group(tx, new_group(scene.target)).map(|_| ()),
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
                of,
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
                of,
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
            schedule_request::decide_extension(tx, of, asked, Decision::Deny, None, None)
                .map(|_| ())
        }
        // Decided as the one above is: the request says which of the two lines counts.
        Operation::DecideActive => {
            schedule_request::decide_extension(tx, of, asked, Decision::Approve, None, None)
                .map(|_| ())
        }
        Operation::CancelEligibility => {
            schedule_request::cancel(tx, ScheduleKind::Eligible, key(asked))
        }
        Operation::CancelActive => schedule_request::cancel(tx, ScheduleKind::Active, key(waiting)),
        Operation::ReadApproval => approval::get(tx, &caller, of, waiting).map(|_| ()),
        Operation::DecideApproval => {
            let why = Some(Justification::new("fine").unwrap());
            approval::decide(tx, of, waiting, Decision::Deny, why).map(|_| ())
        }
        Operation::ManageGroup => management::manage(tx, group).map(|_| ()),
        Operation::ListManagedGroups => {
            management::managed(tx, &caller, &Query::default()).map(|_| ())
        }
        Operation::ReadPolicies => {
            policy::get(tx, &caller, PolicyId::of_role(scene.other)).map(|_| ())
        }
        Operation::ReadPolicyHistory => {
            let id = PolicyId::of_role(scene.other);
            policy::history(tx, &caller, id, None, 10).map(|_| ())
        }
        Operation::ChangePolicy => {
            policy::change(tx, PolicyId::of_role(scene.other), &[]).map(|_| ())
        }
        Operation::ReadRoleAccess => {
            let part = access::Part { skip: 0, top: 10 };
            let object = scene.other.object();
            access::of_object(tx, &caller, object, None, part).map(|_| ())
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
        Operation::ReadRoleAudit => {
            let view = audit::View::Object(scene.other.object());
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
        Operation::OfferResource => {
            let object = match scene.role.object() {
                ObjectId::Group(id) => Object::Group(Box::new(tx.group(id)?.unwrap())),
                ObjectId::Directory(id) => Object::Directory(tx.role_definition(id)?.unwrap()),
            };
            catalog::may_hand_out(tx, &caller, &object)
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
        Operation::ReadApplications => {
            program::applications(tx, &caller, &Query::default()).map(drop)
        }
        Operation::ChangeApplications => {
            let new = program::ApplicationChange {
                name: Some(shown()),
                ..program::ApplicationChange::default()
            };
            program::create_application(tx, new).map(drop)
        }
        Operation::GrantPermissions => {
            let (scope, grant) = (Scope::UserReadAll, program::Grant::Given);
            match program::set_permission(tx, eligible.uuid(), scope, grant) {
                // Whoever may do it is told whether there is such a program.
                Err(error) if error.code() == Some(Code::NotFound) => Ok(()),
                came => came.map(drop),
            }
        }
        Operation::ReadContexts => condition::list(tx, &caller, ConditionKind::Context).map(drop),
        Operation::ReadConditions => condition::list(tx, &caller, ConditionKind::Policy).map(drop),
        Operation::ReadStrengths => condition::list(tx, &caller, ConditionKind::Strength).map(drop),
        Operation::ChangeContexts | Operation::ChangeConditions | Operation::ChangeStrengths => {
            let kind = match operation {
                Operation::ChangeContexts => ConditionKind::Context,
                Operation::ChangeStrengths => ConditionKind::Strength,
                _ => ConditionKind::Location,
            };
            match condition::remove(tx, kind, "c9") {
                // Whoever may do it is told whether there is such a one.
                Err(error) if error.code() == Some(Code::NotFound) => Ok(()),
                came => came,
            }
        }
        Operation::LinkIdentity => {
            let name = "admin@contoso.example".parse().unwrap();
            match identity::link(tx, &name, "https://idp.example", "somebody") {
                Err(error) if error.code() == Some(Code::NotFound) => Ok(()),
                came => came.map(drop),
            }
        }
        Operation::RegisterApplication => {
            let new = application::NewApplication {
                name: DisplayName::new("Dashboard").unwrap(),
                redirect_uris: Vec::new(),
                directory_roles: Vec::new(),
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

fn new_group(target: Target) -> NewGroup {
    NewGroup {
        display_name: DisplayName::new("New").unwrap(),
        description: None,
        mail_nickname: MailNickname::new("new").unwrap(),
        kind: match target {
            Target::Microsoft365 => GroupKind::Microsoft365,
            _ => GroupKind::Security,
        },
        membership: ephor_core::group::Membership::Assigned,
        source: ephor_core::group::Source::Ephor,
        role_assignable: match target {
            Target::RoleAssignable => RoleAssignable::Yes,
            _ => RoleAssignable::No,
        },
        visibility: None,
        extras: ephor_core::group::GroupExtras::default(),
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
        let (root, group) = (stage.world.root, stage.scenes[0].people.unwrap().group);
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
