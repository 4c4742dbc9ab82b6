//! A small world to tell stories in: a tenant with people and groups, a clock that is moved, and words for
//! what people do. Scenarios, the simulation and the other tests of this crate speak through it.

use std::collections::BTreeMap;
use std::sync::Arc;

use ephor_core::caller::Caller;
use ephor_core::event::Attempt;
use ephor_core::group::{
    Access, Group, GroupKind, Membership, RoleAssignable, RuleProcessing, Source,
};
use ephor_core::id::{GroupId, PrincipalId, UnitId};
use ephor_core::notice::{Portal, Zone};
use ephor_core::policy::{PolicyId, RuleChange, RuleId};
use ephor_core::principal::{PrincipalRef, User};
use ephor_core::query::Query;
use ephor_core::refusal::Refusal;
use ephor_core::request::{Action, Ask, ScheduleRequest, Ticket};
use ephor_core::role::Role;
use ephor_core::schedule::{Expiration, ScheduleInfo, ScheduleKind};
use ephor_core::tenant::TenantPurpose;
use ephor_core::text::{DisplayName, Justification, MailNickname};
use ephor_core::time::{Instant, IsoDuration, Length};
use ephor_core::unit::Management;
use ephor_ops::directory::{self, NewGroup, NewUser};
use ephor_ops::mail::{self, Sending};
use ephor_ops::tenant::NewTenant;
use ephor_ops::unit::NewUnit;
use ephor_ops::{OpError, OpResult, policy, role_assignment, schedule_request, unit};
use ephor_store::ambient::ManualClock;
use ephor_store::testing::TestStore;
use ephor_store::{Failure, Mail, MailQuery, OutboxMessage, ReadTx, SigningKey, StoreError, Tx};

/// The domain of the tenant that stories play in.
pub(crate) const DOMAIN: &str = "contoso.example";

/// A store with a tenant in it, and a clock in hand.
pub(crate) struct World {
    pub(crate) store: TestStore,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) root: PrincipalId,
    people: BTreeMap<String, PrincipalId>,
    groups: BTreeMap<String, GroupId>,
    units: BTreeMap<String, UnitId>,
}

/// What a request asks for, in few words; `Default` asks for an hour from now.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) access: Access,
    pub(crate) starts_at: Option<Instant>,
    pub(crate) expiration: Expiration,
    pub(crate) why: Option<String>,
    pub(crate) ticket: Ticket,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            access: Access::Member,
            starts_at: None,
            expiration: lasting(Length::hours(1)),
            why: Some("because".into()),
            ticket: Ticket::default(),
        }
    }
}

/// So long from its start.
pub(crate) fn lasting(length: Length) -> Expiration {
    Expiration::After(IsoDuration::of(length))
}

impl World {
    /// Makes the tenant in an empty store; `root` is its Global Administrator.
    pub(crate) fn new(store: TestStore, clock: Arc<ManualClock>) -> Self {
        let name = format!("root@{DOMAIN}").parse().unwrap();
        let new = NewTenant {
            domain: DOMAIN.into(),
            administrator: NewUser::named(name, DisplayName::new("Root").unwrap()),
            purpose: TenantPurpose::Production,
            key: SigningKey {
                id: "test".into(),
                private: vec![1],
                public: vec![2],
                created_at: Instant::EARLIEST,
            },
        };
        let made = store
            .write("tenant.make", Caller::operator(), move |tx| {
                ephor_ops::tenant::make(tx, new)
            })
            .wait()
            .unwrap();
        let root = made.administrator.id;
        Self {
            store,
            clock,
            root,
            people: BTreeMap::from([("root".to_owned(), root)]),
            groups: BTreeMap::new(),
            units: BTreeMap::new(),
        }
    }

    /// The present.
    pub(crate) fn now(&self) -> Instant {
        ephor_core::time::Clock::now(&*self.clock)
    }

    /// Runs an operation that changes something, as `caller`.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        caller: Caller,
        run: impl FnOnce(&mut Tx<'_>) -> OpResult<T> + Send + 'static,
    ) -> OpResult<T> {
        self.store.write("test", caller, run).wait()
    }

    /// Runs an operation that reads.
    /// Tries something and takes back whatever it did.
    pub(crate) fn probe(
        &self,
        caller: Caller,
        act: impl FnOnce(&mut Tx<'_>) -> OpResult<()> + Send + 'static,
    ) -> OpResult<()> {
        let probe = self
            .store
            .write::<(), Probe, _>("probe", caller, move |tx| Err(Probe(act(tx))));
        match probe.wait() {
            Err(Probe(result)) => result,
            Ok(()) => unreachable!("a probe always takes back what it did"),
        }
    }

    pub(crate) fn read<T: Send + 'static>(
        &self,
        run: impl FnOnce(&ReadTx<'_>) -> OpResult<T> + Send + 'static,
    ) -> OpResult<T> {
        self.store.read("test", run).wait()
    }

    /// Makes a person of this name.
    pub(crate) fn person(&mut self, name: &str) -> PrincipalId {
        let upn = format!("{name}@{DOMAIN}").parse().unwrap();
        let new = NewUser::named(upn, DisplayName::new(name).unwrap());
        let user: User = self
            .write(Caller::person(self.root), move |tx| {
                directory::create_user(tx, new)
            })
            .unwrap();
        self.people.insert(name.to_owned(), user.id);
        user.id
    }

    /// What [`Self::group`] makes.
    pub(crate) fn new_group(name: &str, kind: &str) -> NewGroup {
        NewGroup {
            display_name: DisplayName::new(name).unwrap(),
            description: None,
            mail_nickname: MailNickname::new(name).unwrap(),
            kind: match kind {
                "microsoft365" => GroupKind::Microsoft365,
                _ => GroupKind::Security,
            },
            membership: match kind {
                "dynamic" => Membership::Dynamic {
                    rule: "user.department -eq \"IT\"".into(),
                    processing: RuleProcessing::On,
                },
                _ => Membership::Assigned,
            },
            source: match kind {
                "synchronised" => Source::Synchronised,
                _ => Source::Ephor,
            },
            role_assignable: match kind {
                "role-assignable" => RoleAssignable::Yes,
                _ => RoleAssignable::No,
            },
            visibility: None,
            extras: ephor_core::group::GroupExtras::default(),
            owners: Vec::new(),
            members: Vec::new(),
        }
    }

    /// Makes a group of this name; `kind` is `security`, `microsoft365`, `role-assignable`, `dynamic` or
    /// `synchronised`.
    pub(crate) fn group(&mut self, name: &str, kind: &str) -> GroupId {
        let new = Self::new_group(name, kind);
        let group: Group = self
            .write(Caller::person(self.root), move |tx| {
                directory::create_group(tx, new)
            })
            .unwrap();
        self.groups.insert(name.to_owned(), group.id);
        group.id
    }

    /// The person of this name.
    pub(crate) fn who(&self, name: &str) -> PrincipalId {
        *self
            .people
            .get(name)
            .unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    /// The group of this name.
    pub(crate) fn which(&self, name: &str) -> GroupId {
        *self
            .groups
            .get(name)
            .unwrap_or_else(|| panic!("no group is called {name}"))
    }

    /// Whether a group of this name was made.
    pub(crate) fn is_group(&self, name: &str) -> bool {
        self.groups.contains_key(name)
    }

    /// What a principal is called.
    pub(crate) fn name_of(&self, id: PrincipalId) -> String {
        let person = self
            .people
            .iter()
            .find(|(_, one)| **one == id)
            .map(|(name, _)| name);
        let group = self
            .groups
            .iter()
            .find(|(_, one)| PrincipalId::from(**one) == id)
            .map(|(name, _)| name);
        person.or(group).cloned().unwrap_or_else(|| id.to_string())
    }

    /// A person as a caller who showed a second factor.
    pub(crate) fn caller(&self, name: &str) -> Caller {
        Caller::person(self.who(name))
    }

    /// Makes a schedule request.
    pub(crate) fn request(
        &self,
        caller: Caller,
        kind: ScheduleKind,
        action: Action,
        group: GroupId,
        principal: PrincipalId,
        asked: &Asked,
    ) -> Result<ScheduleRequest, OpError> {
        let ask = Self::ask(kind, action, group, principal, asked);
        self.write(caller, move |tx| schedule_request::create(tx, &ask))
    }

    /// What [`Self::request`] asks for, parsed.
    pub(crate) fn ask(
        kind: ScheduleKind,
        action: Action,
        group: GroupId,
        principal: PrincipalId,
        asked: &Asked,
    ) -> Ask {
        Self::ask_role(
            kind,
            action,
            Role::of(group, asked.access),
            principal,
            asked,
        )
    }

    /// What [`Self::request_role`] asks for, parsed.
    pub(crate) fn ask_role(
        kind: ScheduleKind,
        action: Action,
        role: Role,
        principal: PrincipalId,
        asked: &Asked,
    ) -> Ask {
        let takes_away = matches!(action, Action::AdminRemove | Action::SelfDeactivate);
        Ask {
            kind,
            action,
            role,
            principal,
            info: (!takes_away).then(|| ScheduleInfo {
                starts_at: asked.starts_at,
                expiration: asked.expiration.clone(),
            }),
            justification: asked
                .why
                .as_ref()
                .map(|why| Justification::new(why.clone()).unwrap()),
            ticket: asked.ticket.clone(),
            target: None,
        }
    }

    /// Changes rules of a policy as root.
    pub(crate) fn set_policy(
        &self,
        group: GroupId,
        access: Access,
        changes: Vec<(RuleId, RuleChange)>,
    ) -> OpResult<()> {
        self.set_policy_of(Role::of(group, access), changes)
    }

    /// Changes rules of a role's policy as root.
    pub(crate) fn set_policy_of(
        &self,
        role: Role,
        changes: Vec<(RuleId, RuleChange)>,
    ) -> OpResult<()> {
        self.write(Caller::person(self.root), move |tx| {
            policy::change(tx, PolicyId::of_role(role), &changes).map(|_| ())
        })
    }

    /// Makes a schedule request about any role.
    pub(crate) fn request_role(
        &self,
        caller: Caller,
        kind: ScheduleKind,
        action: Action,
        role: Role,
        principal: PrincipalId,
        asked: &Asked,
    ) -> Result<ScheduleRequest, OpError> {
        let ask = Self::ask_role(kind, action, role, principal, asked);
        self.write(caller, move |tx| schedule_request::create(tx, &ask))
    }

    /// Gives a directory role outside PIM, as root.
    pub(crate) fn give(&self, role: Role, principal: PrincipalId) {
        self.write(Caller::person(self.root), move |tx| {
            role_assignment::create(tx, role, principal).map(|_| ())
        })
        .unwrap();
    }

    /// Makes an administrative unit of this name.
    pub(crate) fn unit(&mut self, name: &str, management: Management) -> UnitId {
        let new = NewUnit {
            display_name: DisplayName::new(name).unwrap(),
            description: None,
            visibility: None,
            management,
        };
        let made = self
            .write(Caller::person(self.root), move |tx| unit::create(tx, new))
            .unwrap();
        self.units.insert(name.to_owned(), made.id);
        made.id
    }

    /// Puts something into a unit, as root.
    pub(crate) fn put(&self, unit: UnitId, member: PrincipalId) {
        self.write(Caller::person(self.root), move |tx| {
            unit::add_member(tx, unit, member)
        })
        .unwrap();
    }

    /// The unit of this name.
    pub(crate) fn which_unit(&self, name: &str) -> UnitId {
        *self
            .units
            .get(name)
            .unwrap_or_else(|| panic!("no unit is called {name}"))
    }

    /// Works off the outbox, each message twice over, and says how many letters are new.
    pub(crate) fn write_letters(&self, sending: Sending) -> usize {
        let portal = Portal {
            url: "https://ephor.contoso.example".into(),
            zone: Zone::default(),
        };
        let mut written = 0;
        loop {
            let messages = self.write(Caller::system(), mail::lease_events).unwrap();
            if messages.is_empty() {
                return written;
            }
            for message in messages.iter().chain(&messages) {
                written += self.write_down(message, &portal, sending).unwrap();
            }
        }
    }

    /// Composes and keeps the letters about one message.
    pub(crate) fn write_down(
        &self,
        message: &OutboxMessage,
        portal: &Portal,
        sending: Sending,
    ) -> OpResult<usize> {
        let (message, portal) = (message.clone(), portal.clone());
        let (read, kept) = (message.clone(), message);
        let notices = self.read(move |tx| mail::compose(tx, &read, &portal))?;
        self.write(Caller::system(), move |tx| {
            mail::keep(tx, &kept, &notices, sending)
        })
    }

    /// The newest letters, newest first.
    pub(crate) fn letters(&self, limit: usize) -> Vec<Mail> {
        let query = MailQuery {
            limit: u32::try_from(limit).unwrap(),
            ..MailQuery::default()
        };
        self.read(move |tx| mail::list(tx, &Caller::operator(), &query))
            .unwrap()
    }

    /// Who has this role of the group now, directly, by name and in order.
    pub(crate) fn holders(&self, group: GroupId, access: Access) -> Vec<String> {
        let root = Caller::person(self.root);
        let page = self
            .read(move |tx| {
                directory::holders(
                    tx,
                    &root,
                    group,
                    access,
                    &Query {
                        top: u32::MAX,
                        ..Query::default()
                    },
                )
            })
            .unwrap();
        self.names(page.rows.iter().map(|principal| principal.reference))
    }

    /// Who is a member now through any number of groups, by name and in order.
    pub(crate) fn everyone(&self, group: GroupId) -> Vec<String> {
        let root = Caller::person(self.root);
        let page = self
            .read(move |tx| {
                directory::transitive_members(
                    tx,
                    &root,
                    group,
                    &Query {
                        top: u32::MAX,
                        ..Query::default()
                    },
                )
            })
            .unwrap();
        self.names(page.rows.iter().map(|principal| principal.reference))
    }

    fn names(&self, principals: impl Iterator<Item = PrincipalRef>) -> Vec<String> {
        let mut names: Vec<_> = principals
            .map(|principal| self.name_of(principal.id))
            .collect();
        names.sort();
        names
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
