//! Contoso: the small company that `ephor demo` shows. People, groups of every kind (R-A1), and assignments
//! in every state, all made through the same operations as anybody's.

mod packages;
mod past;

use ephor_core::caller::Caller;
use ephor_core::directory_role::DirectoryRole;
use ephor_core::group::{Access, GroupKind, Membership, RoleAssignable, RuleProcessing, Source};
use ephor_core::id::{GroupId, PrincipalId, RoleDefinitionId};
use ephor_core::policy::{
    ApprovalChange, Approver, Enabled, EnablementChange, ExpirationChange, Occasion, PolicyId,
    RuleChange, RuleId, StageChange,
};
use ephor_core::principal::UserPrincipalName;
use ephor_core::query::{GroupField, Query};
use ephor_core::request::{Action, Ask, Ticket};
use ephor_core::role::{DirectoryScope, Role};
use ephor_core::schedule::{Expiration, ScheduleInfo, ScheduleKind};
use ephor_core::text::{Description, DisplayName, Justification, MailNickname, ShortText};
use ephor_core::time::{IsoDuration, Length};
use ephor_core::unit::Management;
use ephor_ops::directory::{self, NewGroup, NewUser};
use ephor_ops::unit::{self, NewUnit};
use ephor_ops::{OpError, OpResult, policy, schedule_request};
use ephor_store::{Store, Tx};

pub(crate) use past::{Past, with_a_past};

/// The company's domain.
pub(crate) const DOMAIN: &str = "contoso.example";

/// Somebody who works there.
#[derive(Debug)]
pub(crate) struct Person {
    /// Their name before the `@`.
    name: &'static str,
    /// What people call them.
    pub(crate) display_name: &'static str,
    title: &'static str,
    department: &'static str,
    /// Known to everybody who reads this: a demonstration is served on loopback only.
    pub(crate) password: &'static str,
}

const fn person(
    name: &'static str,
    display_name: &'static str,
    title: &'static str,
    department: &'static str,
    password: &'static str,
) -> Person {
    Person {
        name,
        display_name,
        title,
        department,
        password,
    }
}

/// Everybody who works there; the first is the Global Administrator.
pub(crate) const PEOPLE: [Person; 10] = [
    person(
        "admin",
        "Ines Almeida",
        "Head of IT operations",
        "IT",
        "harbour-lantern-27-quilt",
    ),
    person(
        "ada",
        "Ada Okafor",
        "Site reliability engineer",
        "Platform",
        "copper-meadow-41-violin",
    ),
    person(
        "ben",
        "Ben Fischer",
        "Database administrator",
        "Platform",
        "willow-compass-58-ember",
    ),
    person(
        "chloe",
        "Chloé Martin",
        "Service desk",
        "IT",
        "velvet-anchor-63-poplar",
    ),
    person(
        "daniel",
        "Daniel Kim",
        "Security analyst",
        "Security",
        "granite-sparrow-19-tulip",
    ),
    person(
        "elif",
        "Elif Yılmaz",
        "Cloud engineer",
        "Platform",
        "saffron-glacier-84-maple",
    ),
    person(
        "farah",
        "Farah Haddad",
        "Head of platform",
        "Platform",
        "orchid-thunder-36-cedar",
    ),
    person(
        "grace",
        "Grace Lindqvist",
        "Internal auditor",
        "Compliance",
        "marble-fountain-72-heron",
    ),
    person(
        "hugo",
        "Hugo Santos",
        "Payroll accountant",
        "Finance",
        "juniper-beacon-95-otter",
    ),
    person(
        "iris",
        "Iris Novák",
        "Finance controller",
        "Finance",
        "crimson-orchard-08-falcon",
    ),
];

impl Person {
    /// The name they sign in by.
    pub(crate) fn user_principal_name(&self) -> UserPrincipalName {
        format!("{}@{DOMAIN}", self.name)
            .parse()
            .expect("the company's names are names")
    }

    /// The user to be made of them.
    pub(crate) fn new_user(&self, password_hash: String) -> NewUser {
        let (given, family) = self.display_name.split_once(' ').unwrap_or_default();
        let text = |text: &str| ShortText::new(text).ok();
        NewUser {
            given_name: text(given),
            surname: text(family),
            job_title: text(self.title),
            department: text(self.department),
            mail: text(self.user_principal_name().as_str()),
            mail_nickname: MailNickname::new(self.name).ok(),
            password_hash: Some(password_hash),
            ..NewUser::named(self.user_principal_name(), shown(self.display_name))
        }
    }
}

/// Makes the company around its administrator, unless it is there already, with something under way. `hashes`
/// gives the password hashes of [`PEOPLE`], in their order; it takes a while, so it is asked only if they are
/// needed.
pub(crate) fn found(store: &Store, hashes: impl FnOnce() -> Vec<String>) -> OpResult<()> {
    match begin(store, hashes, Length::days(0))? {
        Some(made) => under_way(store, &made),
        None => Ok(()),
    }
}

/// The company as it was `age` ago: what ends or begins soon does so `age` later than it would. None where it is
/// there already.
fn begin(
    store: &Store,
    hashes: impl FnOnce() -> Vec<String>,
    age: Length,
) -> OpResult<Option<Made>> {
    let is_founded = |tx: &ephor_store::ReadTx<'_>| {
        let groups = tx.list_groups(&Query::<GroupField> {
            top: 1,
            ..Query::default()
        })?;
        Ok::<_, OpError>(!groups.rows.is_empty())
    };
    if store.read("demo", is_founded).wait()? {
        return Ok(None);
    }
    let administrator = store.read("demo", |tx| user(tx, "admin")).wait()?;
    let caller = Caller::person(administrator);
    let hashes = hashes();
    let made = store.write("demo", caller, move |tx| {
        for (person, hash) in PEOPLE.iter().zip(hashes).skip(1) {
            directory::create_user(tx, person.new_user(hash))?;
        }
        groups(tx, age)
    });
    made.wait().map(Some)
}

/// Something is under way from the start, so that there is something to watch and to decide.
pub(crate) fn under_way(store: &Store, made: &Made) -> OpResult<()> {
    let under_way = [
        (
            "elif",
            ScheduleKind::Active,
            Action::SelfActivate,
            made.production,
            Length::hours(2),
        ),
        (
            "daniel",
            ScheduleKind::Active,
            Action::SelfActivate,
            made.keys,
            Length::hours(1),
        ),
        (
            "ben",
            ScheduleKind::Eligible,
            Action::SelfExtend,
            made.databases,
            Length::days(90),
        ),
    ];
    for (name, kind, action, group, length) in under_way {
        let who = store.read("demo", move |tx| user(tx, name)).wait()?;
        let length = Expiration::After(IsoDuration::of(length));
        store
            .write("demo", Caller::person(who), move |tx| {
                ask(tx, kind, action, group, who, None, length)
            })
            .wait()?;
    }
    Ok(())
}

/// The groups in which something is under way from the start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Made {
    production: GroupId,
    keys: GroupId,
    databases: GroupId,
}

/// Makes the groups, their policies and their assignments.
fn groups(tx: &mut Tx<'_>, age: Length) -> OpResult<Made> {
    let later = |days: u32| Length::micros(Length::days(days).as_micros() + age.as_micros());
    let [
        admin,
        ada,
        ben,
        chloe,
        daniel,
        elif,
        farah,
        grace,
        hugo,
        iris,
    ] = everybody(tx)?;
    let on_call = security(
        tx,
        "On-call engineers",
        "Whoever carries the pager",
        &[farah],
        &[ada, ben, elif],
    )?;

    // The defaults: eight hours, with a reason.
    let production = security(
        tx,
        "Production admins",
        "Root on the production machines",
        &[farah],
        &[],
    )?;
    for who in [ada, ben, elif] {
        eligible(tx, production, who, later(180))?;
    }

    // A second factor, for four hours at most.
    let databases = security(
        tx,
        "Database operators",
        "Read and change customer data",
        &[farah],
        &[],
    )?;
    change(
        tx,
        databases,
        &[
            enabled([Enabled::MultiFactorAuthentication, Enabled::Justification]),
            at_most(Length::hours(4)),
        ],
    )?;
    eligible(tx, databases, ada, later(90))?;
    // Near its end: Ben has asked to extend it.
    eligible(tx, databases, ben, later(9))?;

    // A ticket besides the reason; Iris's turn comes next week.
    let payroll = security(
        tx,
        "Payroll data",
        "Salaries and bank accounts",
        &[iris],
        &[],
    )?;
    change(
        tx,
        payroll,
        &[enabled([Enabled::Justification, Enabled::Ticketing])],
    )?;
    eligible(tx, payroll, hugo, Length::days(365))?;
    // Near its end: Ada can ask to extend it.
    eligible(tx, payroll, ada, later(12))?;
    let next_week = tx.now().plus(later(7));
    let for_a_month = Expiration::After(IsoDuration::of(Length::days(30)));
    ask(
        tx,
        ScheduleKind::Eligible,
        Action::AdminAssign,
        payroll,
        iris,
        next_week,
        for_a_month,
    )?;

    // An approver has to agree.
    let keys = security(
        tx,
        "Signing keys",
        "The keys that releases are signed with",
        &[farah],
        &[],
    )?;
    change(tx, keys, &[approved_by(farah)])?;
    eligible(tx, keys, ada, later(90))?;
    eligible(tx, keys, daniel, later(90))?;

    // Can lead to a directory role: one hour, with a second factor.
    let break_glass = make(
        tx,
        NewGroup {
            role_assignable: RoleAssignable::Yes,
            ..group(
                "Break glass",
                "For the day when nothing else works",
                &[admin],
                &[],
            )
        },
    )?;
    change(
        tx,
        break_glass,
        &[
            enabled([Enabled::MultiFactorAuthentication, Enabled::Justification]),
            at_most(Length::hours(1)),
        ],
    )?;
    eligible(tx, break_glass, farah, Length::days(365))?;
    eligible(tx, break_glass, ada, Length::days(365))?;

    // Assigned actively, with an end; and eligible to own.
    let monitoring = security(
        tx,
        "Security monitoring",
        "Alerts and raw logs",
        &[admin],
        &[],
    )?;
    let for_two_months = || Expiration::After(IsoDuration::of(Length::days(60)));
    ask(
        tx,
        ScheduleKind::Active,
        Action::AdminAssign,
        monitoring,
        daniel,
        None,
        for_two_months(),
    )?;
    let next_month = tx.now().plus(later(30));
    ask(
        tx,
        ScheduleKind::Active,
        Action::AdminAssign,
        monitoring,
        grace,
        next_month,
        for_two_months(),
    )?;
    owner_eligible(tx, monitoring, daniel)?;

    // Groups in groups: active in one, eligible for another.
    let vpn = security(
        tx,
        "VPN users",
        "May dial in from outside",
        &[chloe],
        &[hugo, iris],
    )?;
    directory::add(tx, vpn, Access::Member, on_call.into())?;
    eligible(tx, monitoring, on_call.into(), Length::days(180))?;

    // A Microsoft 365 group, which somebody has left.
    let finance = make(
        tx,
        NewGroup {
            kind: GroupKind::Microsoft365,
            ..group(
                "Finance",
                "Mail and files of the finance team",
                &[iris],
                &[hugo, iris, ada],
            )
        },
    )?;
    directory::remove(tx, finance, Access::Member, ada)?;
    eligible(tx, finance, grace, later(30))?;

    // Two that can't be managed, and say why.
    make(
        tx,
        NewGroup {
            membership: Membership::Dynamic {
                rule: "(user.accountEnabled -eq true)".to_owned(),
                processing: RuleProcessing::On,
            },
            ..group("All employees", "Everybody who works here", &[admin], &[])
        },
    )?;
    make(
        tx,
        NewGroup {
            source: Source::Synchronised,
            ..group("Domain admins", "Comes from the old directory", &[], &[])
        },
    )?;
    packages::found(tx, production, databases, farah)?;
    directory_roles(tx, chloe, &[hugo, iris], later(60))?;
    Ok(Made {
        production,
        keys,
        databases,
    })
}

/// A unit, and directory roles that Chloé may activate: one over the unit, one over the whole directory.
fn directory_roles(
    tx: &mut Tx<'_>,
    who: PrincipalId,
    people: &[PrincipalId],
    length: Length,
) -> OpResult<()> {
    let office = unit::create(
        tx,
        NewUnit {
            display_name: shown("Lisbon office"),
            description: Description::new("People at the office in Lisbon").ok(),
            visibility: None,
            management: Management::Open,
        },
    )?;
    for one in people {
        unit::add_member(tx, office.id, *one)?;
    }
    let over_office = Role::Directory {
        definition: RoleDefinitionId::from_uuid(DirectoryRole::UserAdministrator.template_id()),
        scope: DirectoryScope::Unit(office.id),
    };
    let groups = Role::directory(RoleDefinitionId::from_uuid(
        DirectoryRole::GroupsAdministrator.template_id(),
    ));
    for role in [over_office, groups] {
        let asked = Ask {
            kind: ScheduleKind::Eligible,
            action: Action::AdminAssign,
            role,
            principal: who,
            info: Some(ScheduleInfo {
                starts_at: None,
                expiration: Expiration::After(IsoDuration::of(length)),
            }),
            justification: Justification::new("part of the demonstration").ok(),
            ticket: Ticket::default(),
            target: None,
        };
        schedule_request::create(tx, &asked)?;
    }
    Ok(())
}

fn user(tx: &ephor_store::ReadTx<'_>, name: &str) -> OpResult<PrincipalId> {
    let name: UserPrincipalName = format!("{name}@{DOMAIN}")
        .parse()
        .expect("the company's names are names");
    let found = tx.user_by_name(&name)?;
    found.map(|user| user.id).ok_or_else(|| {
        OpError::from(
            ephor_core::refusal::Refusal::new(
                ephor_core::refusal::Code::NotFound,
                format!("the demonstration has lost its `{name}`"),
            )
            .hint("start anew in another directory"),
        )
    })
}

/// The ids of [`PEOPLE`], in their order.
fn everybody(tx: &Tx<'_>) -> OpResult<[PrincipalId; PEOPLE.len()]> {
    let mut ids = Vec::with_capacity(PEOPLE.len());
    for person in &PEOPLE {
        ids.push(user(tx, person.name)?);
    }
    Ok(ids.try_into().expect("there is an id for each person"))
}

fn shown(name: &str) -> DisplayName {
    DisplayName::new(name).expect("the company's names can be shown")
}

fn group(name: &str, about: &str, owners: &[PrincipalId], members: &[PrincipalId]) -> NewGroup {
    NewGroup {
        display_name: shown(name),
        description: Description::new(about).ok(),
        mail_nickname: MailNickname::new(name.to_lowercase().replace(' ', "-"))
            .expect("the company's names make mail addresses"),
        kind: GroupKind::Security,
        membership: Membership::Assigned,
        source: Source::Ephor,
        role_assignable: RoleAssignable::No,
        visibility: None,
        extras: ephor_core::group::GroupExtras::default(),
        owners: owners.to_vec(),
        members: members.to_vec(),
    }
}

fn make(tx: &mut Tx<'_>, new: NewGroup) -> OpResult<GroupId> {
    directory::create_group(tx, new).map(|group| group.id)
}

fn security(
    tx: &mut Tx<'_>,
    name: &str,
    about: &str,
    owners: &[PrincipalId],
    members: &[PrincipalId],
) -> OpResult<GroupId> {
    make(tx, group(name, about, owners, members))
}

fn change(tx: &mut Tx<'_>, group: GroupId, changes: &[(RuleId, RuleChange)]) -> OpResult<()> {
    policy::change(tx, PolicyId::of(group, Access::Member), changes).map(|_| ())
}

fn enabled<const N: usize>(what: [Enabled; N]) -> (RuleId, RuleChange) {
    let change = EnablementChange {
        enabled: Some(what.into_iter().collect()),
    };
    (
        RuleId::Enablement(Occasion::EndUserAssignment),
        RuleChange::Enablement(change),
    )
}

fn at_most(length: Length) -> (RuleId, RuleChange) {
    let change = ExpirationChange {
        maximum: Some(IsoDuration::of(length)),
        ..ExpirationChange::default()
    };
    (
        RuleId::Expiration(Occasion::EndUserAssignment),
        RuleChange::Expiration(change),
    )
}

fn approved_by(id: PrincipalId) -> (RuleId, RuleChange) {
    let approver = Approver::User {
        id,
        description: None,
    };
    let change = ApprovalChange {
        required: Some(true),
        stages: Some(vec![StageChange {
            primary_approvers: Some(vec![approver]),
            ..StageChange::default()
        }]),
        ..ApprovalChange::default()
    };
    (RuleId::Approval, RuleChange::Approval(change))
}

fn eligible(tx: &mut Tx<'_>, group: GroupId, who: PrincipalId, length: Length) -> OpResult<()> {
    let expiration = Expiration::After(IsoDuration::of(length));
    ask(
        tx,
        ScheduleKind::Eligible,
        Action::AdminAssign,
        group,
        who,
        None,
        expiration,
    )
}

fn owner_eligible(tx: &mut Tx<'_>, group: GroupId, who: PrincipalId) -> OpResult<()> {
    let expiration = Expiration::After(IsoDuration::of(Length::days(90)));
    let asked = Ask {
        role: Role::of(group, Access::Owner),
        ..wish(
            ScheduleKind::Eligible,
            Action::AdminAssign,
            group,
            who,
            None,
            expiration,
        )
    };
    schedule_request::create(tx, &asked).map(|_| ())
}

fn ask(
    tx: &mut Tx<'_>,
    kind: ScheduleKind,
    action: Action,
    group: GroupId,
    who: PrincipalId,
    starts_at: Option<ephor_core::time::Instant>,
    expiration: Expiration,
) -> OpResult<()> {
    let asked = wish(kind, action, group, who, starts_at, expiration);
    schedule_request::create(tx, &asked).map(|_| ())
}

fn wish(
    kind: ScheduleKind,
    action: Action,
    group: GroupId,
    who: PrincipalId,
    starts_at: Option<ephor_core::time::Instant>,
    expiration: Expiration,
) -> Ask {
    let why = match action {
        Action::SelfActivate => "rolling out the new load balancer",
        Action::SelfExtend => "the migration takes longer than planned",
        _ => "part of the demonstration",
    };
    Ask {
        kind,
        action,
        role: Role::of(group, Access::Member),
        principal: who,
        info: Some(ScheduleInfo {
            starts_at,
            expiration,
        }),
        justification: Justification::new(why).ok(),
        ticket: Ticket::default(),
        target: None,
    }
}
