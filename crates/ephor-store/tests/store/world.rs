//! What the store's tests share: a little directory, events about it, and short ways to read and write.

use std::sync::Arc;

use ephor_core::caller::{Actor, Caller};
use ephor_core::event::{Attempt, EndReason, EndedSchedule, Event};
use ephor_core::group::{Access, Group, GroupKind, Membership, RoleAssignable, Source, Visibility};
use ephor_core::id::{
    GrantId, GroupId, IdSource, PrincipalId, RequestId, ScheduleId, SeededIds, TenantId,
};
use ephor_core::principal::{AccountState, PrincipalKind, PrincipalRef, User, UserType};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::request::{Action, ApprovalNeed, Outcome, ScheduleRequest, Ticket};
use ephor_core::role::Role;
use ephor_core::schedule::{Expiration, GrantOrigin, Schedule, ScheduleInfo, ScheduleKind};
use ephor_core::tenant::{Settings, Tenant, TenantPurpose};
use ephor_core::text::{DisplayName, Justification, MailNickname};
use ephor_core::time::{Instant, Length, Span};
use ephor_store::ambient::ManualClock;
use ephor_store::{Failure, ReadTx, Store, StoreError, Tx};

/// What a test's closure fails with.
#[derive(Debug)]
pub(crate) enum Fail {
    Store(StoreError),
    Refused(Box<(Attempt, Refusal)>),
}

impl From<StoreError> for Fail {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Failure for Fail {
    fn refused(&self) -> Option<(&Attempt, &Refusal)> {
        match self {
            Self::Store(_) => None,
            Self::Refused(both) => Some((&both.0, &both.1)),
        }
    }
}

impl Fail {
    /// The store's error, where it is one.
    pub(crate) fn store(self) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Refused(both) => panic!("refused: {}", both.1),
        }
    }
}

/// A refusal of something about `group`.
pub(crate) fn refusal(group: GroupId) -> Fail {
    Fail::Refused(Box::new((
        Attempt {
            operation: "test.refuse".into(),
            group: Some(group),
            access: Some(Access::Member),
            definition: None,
            principal: None,
            detail: Some("selfActivate: because".into()),
        },
        Refusal::new(
            Code::Denied,
            "insufficient privileges to complete the operation",
        ),
    )))
}

pub(crate) fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// Nine o'clock on the day on which every test begins.
pub(crate) fn nine() -> Instant {
    at("2026-11-21T09:00:00Z")
}

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(nine()))
}

/// Records events as the operator.
pub(crate) fn record(store: &Store, events: Vec<Event>) {
    try_record(store, events).unwrap();
}

pub(crate) fn try_record(store: &Store, events: Vec<Event>) -> Result<(), Fail> {
    write(store, move |tx| Ok(tx.record(&events)?))
}

pub(crate) fn write<T: Send + 'static>(
    store: &Store,
    run: impl FnOnce(&mut Tx<'_>) -> Result<T, Fail> + Send + 'static,
) -> Result<T, Fail> {
    store.write("test.write", Caller::operator(), run).wait()
}

pub(crate) fn read<T: Send + 'static>(
    store: &Store,
    run: impl FnOnce(&ReadTx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.read("test.read", run).wait().unwrap()
}

/// Ids and things with ids, the same in each run.
pub(crate) struct World {
    pub(crate) ids: SeededIds,
}

impl Default for World {
    fn default() -> Self {
        Self {
            ids: SeededIds::new(77),
        }
    }
}

impl World {
    pub(crate) fn tenant(&mut self) -> Tenant {
        Tenant {
            id: TenantId::fresh(&mut self.ids),
            domain: "contoso.example".into(),
            created_at: nine(),
            purpose: TenantPurpose::Demonstration,
            settings: Settings::default(),
        }
    }

    pub(crate) fn tenant_made(&mut self) -> Event {
        Event::TenantMade {
            tenant: self.tenant(),
        }
    }

    pub(crate) fn user(&mut self, name: &str) -> User {
        let id = PrincipalId::fresh(&mut self.ids);
        User {
            id,
            user_principal_name: format!(
                "{}@contoso.example",
                name.to_lowercase().replace(' ', ".")
            )
            .parse()
            .unwrap(),
            display_name: DisplayName::new(name).unwrap(),
            account: AccountState::Enabled,
            user_type: UserType::Member,
            mail_nickname: None,
            mail: None,
            given_name: None,
            surname: None,
            job_title: None,
            department: None,
            office_location: None,
            mobile_phone: None,
            preferred_language: None,
            employee_id: None,
            manager: None,
            sponsors: Vec::new(),
            profile: ephor_core::profile::Profile::default(),
            created_at: nine(),
        }
    }

    pub(crate) fn group(&mut self, name: &str) -> Group {
        Group {
            id: GroupId::fresh(&mut self.ids),
            display_name: DisplayName::new(name).unwrap(),
            description: None,
            mail_nickname: MailNickname::new(name.to_lowercase().replace(' ', "-")).unwrap(),
            mail: None,
            kind: GroupKind::Security,
            membership: Membership::Assigned,
            source: Source::Ephor,
            role_assignable: RoleAssignable::No,
            visibility: Visibility::Private,
            created_at: nine(),
            extras: ephor_core::group::GroupExtras::default(),
            managed_since: None,
        }
    }

    pub(crate) fn guid(&mut self) -> uuid::Uuid {
        self.ids.fresh()
    }

    /// An assigned schedule.
    pub(crate) fn schedule(
        &mut self,
        kind: ScheduleKind,
        group: GroupId,
        access: Access,
        principal: PrincipalRef,
        span: Span,
    ) -> Schedule {
        let request = RequestId::fresh(&mut self.ids);
        Schedule {
            id: ScheduleId {
                role: Role::of(group, access),
                grant: GrantId::from(request),
            },
            kind,
            principal,
            origin: GrantOrigin::Assigned,
            span,
            info: ScheduleInfo {
                starts_at: Some(span.starts_at()),
                expiration: span.ends_at().map_or(Expiration::Never, Expiration::At),
            },
            created_at: nine(),
            created_using: Some(request),
        }
    }

    /// A membership now and without an end.
    pub(crate) fn membership(&mut self, group: GroupId, principal: PrincipalRef) -> Schedule {
        self.schedule(
            ScheduleKind::Active,
            group,
            Access::Member,
            principal,
            Span::new(nine(), None),
        )
    }
}

pub(crate) fn user_ref(id: PrincipalId) -> PrincipalRef {
    PrincipalRef {
        id,
        kind: PrincipalKind::User,
    }
}

pub(crate) fn group_ref(id: GroupId) -> PrincipalRef {
    PrincipalRef {
        id: id.into(),
        kind: PrincipalKind::Group,
    }
}

pub(crate) fn created(user: &User) -> Event {
    Event::UserCreated {
        user: Box::new(user.clone()),
    }
}

pub(crate) fn made(group: &Group) -> Event {
    Event::GroupCreated {
        group: Box::new(group.clone()),
    }
}

/// The grant of a schedule, with the request that its id says made it.
pub(crate) fn granted(schedule: &Schedule) -> Event {
    Event::ScheduleGranted {
        request: schedule.created_using.map(|id| {
            Box::new(ScheduleRequest {
                id,
                kind: schedule.kind,
                action: match schedule.origin {
                    GrantOrigin::Activated { .. } => Action::SelfActivate,
                    GrantOrigin::Assigned | GrantOrigin::Outside | GrantOrigin::Package { .. } => {
                        Action::AdminAssign
                    }
                },
                role: schedule.role(),
                principal: schedule.principal.id,
                info: Some(schedule.info.clone()),
                justification: Some(Justification::new("incident 7").unwrap()),
                ticket: Ticket::default(),
                target: Some(schedule.id),
                created_at: schedule.created_at,
                created_by: Actor::Operator,
                outcome: Outcome::Granted {
                    starts_at: schedule.span.starts_at(),
                },
                approval: ApprovalNeed::None,
                review: None,
                policy_version: Some(1),
            })
        }),
        schedule: Box::new(schedule.clone()),
    }
}

/// The end of a schedule by somebody, without a request.
pub(crate) fn ended(schedule: &Schedule, at: Instant) -> Event {
    Event::SchedulesEnded {
        request: None,
        ended: vec![EndedSchedule::now(schedule, EndReason::Removed)],
        at,
    }
}

/// `instant` plus so many microseconds, before or after.
pub(crate) fn shifted(instant: Instant, micros: i64) -> Instant {
    Instant::from_micros(instant.micros() + micros)
}

pub(crate) fn hours(count: u32) -> Length {
    Length::hours(count)
}
