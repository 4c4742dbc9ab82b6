//! Schedule requests: make one, try one out, read them (`pim-groups.md` sections 1 and 2).
//!
//! About roles of groups and about directory roles alike. The first request about a group brings it under
//! management (R-B1), in the same transaction.

use std::collections::BTreeSet;

use ephor_core::authority::{Ground, Operation, judge};
use ephor_core::caller::Caller;
use ephor_core::directory_role::DirectoryRole;
use ephor_core::event::{Attempt, EndReason, Event};
use ephor_core::group::{Access, Group};
use ephor_core::id::{BadId, GroupId, IdSource, PrincipalId, RequestId, ScheduleId, SeededIds};
use ephor_core::principal::{AccountState, Principal, PrincipalRef};
use ephor_core::query::{Page, Query, RequestField};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::request::{
    Action, Ask, Decision, Facts, Object, RENEWABLE_FOR, Review, ScheduleRequest, Verdict, Way,
};
use ephor_core::role::{DirectoryScope, Role, RoleKind};
use ephor_core::schedule::{ScheduleInfo, ScheduleKind};
use ephor_core::text::Justification;
use ephor_core::time::Instant;
use ephor_core::{activation, assignment};
use ephor_store::{ReadTx, Tx};

use crate::approver;
use crate::authorise::{
    About, approvers_stay_decided_here, authorise, has_permission, is_restricted, is_signed_in,
    standing,
};
use crate::cascade;
use crate::schedule::{Whose, list_scope, may_see};
use crate::{OpError, OpResult};

/// Makes the request: what was asked for is in force, or will be, once this has returned and is committed.
pub fn create(tx: &mut Tx<'_>, ask: &Ask) -> OpResult<ScheduleRequest> {
    request(tx, ask).map_err(|error| error.at(attempt(ask)))
}

fn request(tx: &mut Tx<'_>, ask: &Ask) -> OpResult<ScheduleRequest> {
    let caller = tx.caller().clone();
    let facts = facts(tx, &caller, ask)?;
    let now = tx.now();
    let verdict = decide(&facts, ask, &caller, now, tx.ids())?;
    let mut events = Vec::with_capacity(1 + verdict.events.len());
    events.extend(brought_in(&facts.object, now));
    for event in verdict.events {
        administrators_stay(tx, &caller, &event)?;
        events.push(cascade::with_what_follows(tx, event)?);
    }
    tx.record(&events)?;
    Ok(verdict.request)
}

/// The event by which a group comes under management, where it is not yet (R-B1); a directory role always is.
pub(crate) fn brought_in(object: &Object, at: Instant) -> Option<Event> {
    match object {
        Object::Group(group) if !group.is_managed() => Some(Event::GroupManaged {
            group: group.id,
            at,
        }),
        Object::Group(_) | Object::Directory(_) => None,
    }
}

/// Refused where a Global Administrator would take that from themselves, or the last one would lose it: nobody
/// could then run the directory (`directory.md` 6.1).
pub(crate) fn administrators_stay(tx: &ReadTx<'_>, caller: &Caller, event: &Event) -> OpResult<()> {
    let Event::SchedulesEnded { ended, .. } = event else {
        return Ok(());
    };
    let global = DirectoryRole::GlobalAdministrator.definition_id();
    let taken = ended.iter().find(|one| {
        one.kind == ScheduleKind::Active
            && one.id.role == Role::directory(global)
            && matches!(one.why, EndReason::Removed | EndReason::RemovedOutside)
    });
    let Some(taken) = taken else {
        return Ok(());
    };
    if caller.user() == Some(taken.principal.id) {
        return Err(Refusal::new(
            Code::Denied,
            "nobody can take the role Global Administrator from themselves",
        )
        .hint("another Global Administrator does it")
        .into());
    }
    another_administrator(tx, taken.principal.id)
}

/// Refused where nobody but `one` is a Global Administrator by name.
pub(crate) fn another_administrator(tx: &ReadTx<'_>, one: PrincipalId) -> OpResult<()> {
    let global = DirectoryRole::GlobalAdministrator.definition_id();
    let holders = tx.directory_role_holders(global)?;
    if !holders.contains(&one) {
        return Ok(());
    }
    let others: Vec<_> = holders
        .into_iter()
        .filter(|holder| *holder != one)
        .collect();
    let usable = |other: &Principal| other.account == AccountState::Enabled;
    if tx.principals(&others)?.iter().any(usable) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::BadRequest,
        "this is the last Global Administrator, and without one nobody could run the directory",
    )
    .hint("give another account the role first")
    .into())
}

/// Judges the request without making it (`isValidationOnly`, R-E8): every refusal that [`create`] would
/// give, and otherwise the answer it would give; nothing is kept, nobody is told.
pub fn try_out(tx: &ReadTx<'_>, caller: &Caller, ask: &Ask) -> OpResult<ScheduleRequest> {
    let facts = facts(tx, caller, ask)?;
    // The ids in the answer belong to nothing, so they need not be random.
    let mut ids = SeededIds::new(tx.now().micros().unsigned_abs());
    let mut verdict = decide(&facts, ask, caller, tx.now(), &mut ids)?;
    verdict.request.target = ask.target;
    Ok(verdict.request)
}

/// Hands the request to the decision it is for.
fn decide(
    facts: &Facts,
    ask: &Ask,
    caller: &Caller,
    now: Instant,
    ids: &mut dyn IdSource,
) -> Result<Verdict, Refusal> {
    match ask.action {
        Action::AdminAssign => assignment::assign(facts, ask, caller, now, ids),
        Action::AdminRemove => assignment::remove(facts, ask, caller, now, ids),
        Action::SelfActivate => activation::activate(facts, ask, caller, now, ids),
        Action::SelfDeactivate => activation::deactivate(facts, ask, caller, now, ids),
        Action::AdminUpdate => assignment::update(facts, ask, caller, now, ids),
        Action::AdminExtend => assignment::extend(facts, ask, caller, now, ids),
        Action::AdminRenew => assignment::renew(facts, ask, caller, now, ids),
        Action::SelfExtend | Action::SelfRenew => {
            assignment::ask_for_more(facts, ask, caller, now, ids)
        }
    }
}

/// Withdraws a request that waits, or was granted and has not begun (R-E4): whoever made it or is meant by it
/// may, and whoever manages the group may withdraw anybody's (R-F5).
pub fn cancel(tx: &mut Tx<'_>, kind: ScheduleKind, key: impl Into<RequestKey>) -> OpResult<()> {
    let caller = tx.caller().clone();
    let operation = match kind {
        ScheduleKind::Eligible => Operation::CancelEligibility,
        ScheduleKind::Active => Operation::CancelActive,
    };
    let key = key.into();
    let request = seen(tx, &caller, operation, kind, key)
        .map_err(|error| error.at(unseen(operation, "cancel", key)))?;
    let attempt = about(operation, &request, "cancel");
    withdraw(tx, &caller, operation, &request).map_err(|error| error.at(attempt))
}

fn withdraw(
    tx: &mut Tx<'_>,
    caller: &Caller,
    operation: Operation,
    request: &ScheduleRequest,
) -> OpResult<()> {
    let about = About::role(tx, request.role)?.of(Some(request.principal));
    let mut standing = standing(tx, caller, operation, about)?;
    if request.created_by == caller.actor {
        standing = standing.and(Ground::Oneself);
    }
    judge(operation, about.target, caller, &standing)?;
    let schedule = match request.target {
        Some(target) if target.grant == request.id.into() => tx.schedule(request.kind, target)?,
        Some(_) | None => None,
    };
    let event = ephor_core::request::cancel(request, schedule.as_ref(), tx.now())?;
    Ok(tx.record(&[event])?)
}

/// Of which kind the role is that a request is about; one that there is not is taken for one about a group, so
/// that it is refused like one that the caller may not see.
pub fn kind_of(tx: &ReadTx<'_>, id: RequestId) -> OpResult<RoleKind> {
    let request = tx.request(id)?;
    Ok(request.map_or(RoleKind::Group, |request| request.role.kind()))
}

/// An administrator's answer to a request to extend or renew (R-D5): approved, with the period given here
/// or else the one that was asked for.
pub fn decide_extension(
    tx: &mut Tx<'_>,
    of: RoleKind,
    id: RequestId,
    decision: Decision,
    justification: Option<Justification>,
    info: Option<&ScheduleInfo>,
) -> OpResult<ScheduleRequest> {
    let caller = tx.caller().clone();
    let operation = |kind| match kind {
        ScheduleKind::Eligible => Operation::DecideEligibility,
        ScheduleKind::Active => Operation::DecideActive,
    };
    let found = |tx: &Tx<'_>| {
        // Which of the two permissions is needed only the request tells; without either it is not looked up.
        has_permission(&caller, Operation::DecideEligibility, of)
            .or_else(|_| has_permission(&caller, Operation::DecideActive, of))?;
        tx.request(id)?
            .filter(|request| request.role.kind() == of)
            .filter(|request| matches!(request.action, Action::SelfExtend | Action::SelfRenew))
            .ok_or_else(|| OpError::from(Refusal::not_found(id)))
    };
    let request = found(tx)
        .map_err(|error| error.at(unseen(Operation::DecideActive, decision.as_str(), id)))?;
    let operation = operation(request.kind);
    let attempt = about(operation, &request, decision.as_str());
    let answered = |tx: &mut Tx<'_>| {
        has_permission(&caller, operation, of)?;
        get(tx, &caller, request.kind, RequestKey::of(of, id))?;
        authorise(tx, &caller, operation, About::role(tx, request.role)?)?;
        not_by_oneself(tx, &caller, &request)?;
        if decision == Decision::Approve {
            tx.may_grant()?;
        }
        let object = object(tx, request.role)?;
        let facts = gather(tx, &Ask::again(&request), object, request.created_by.user())?;
        let review = Review {
            by: caller.actor,
            at: tx.now(),
            decision,
            justification,
        };
        let event = assignment::answer(&facts, &request, review, info, tx.now())?;
        tx.record(std::slice::from_ref(&event))?;
        Ok(decided(event, request.clone()))
    };
    answered(tx).map_err(|error: OpError| error.at(attempt))
}

/// Nobody decides their own request, also not as an administrator (R-F3).
fn not_by_oneself(tx: &ReadTx<'_>, caller: &Caller, request: &ScheduleRequest) -> OpResult<()> {
    let identities = approver::identities(tx, request.principal, request.created_by.user())?;
    match caller.user() {
        Some(me) if !identities.contains(&me) => Ok(()),
        Some(_) | None => Err(
            Refusal::new(Code::Denied, "nobody decides on their own request")
                .hint("another administrator of the group decides")
                .into(),
        ),
    }
}

/// The request as a decision left it.
pub(crate) fn decided(event: Event, before: ScheduleRequest) -> ScheduleRequest {
    match event {
        Event::RequestDecided { request, .. } => *request,
        _ => before,
    }
}

/// What was tried on a request that whoever tried it doesn't get to see, for the record of refusals.
pub(crate) fn unseen(operation: Operation, what: &str, request: impl std::fmt::Display) -> Attempt {
    Attempt {
        operation: operation.name().to_owned(),
        group: None,
        access: None,
        definition: None,
        principal: None,
        detail: Some(format!("{what} request {request}")),
    }
}

/// What was tried on a request, for the record of refusals.
pub(crate) fn about(operation: Operation, request: &ScheduleRequest, what: &str) -> Attempt {
    Attempt {
        operation: operation.name().to_owned(),
        group: request.role.group(),
        access: request.role.access(),
        definition: request.role.definition(),
        principal: Some(request.principal),
        detail: Some(format!("{what} request {}", request.id)),
    }
}

/// A request that the caller may see.
pub fn get(
    tx: &ReadTx<'_>,
    caller: &Caller,
    kind: ScheduleKind,
    key: impl Into<RequestKey>,
) -> OpResult<ScheduleRequest> {
    seen(tx, caller, read_operation(kind), kind, key.into())
}

/// The request, if the caller may see it, on their way to this operation. What is refused names the key as it
/// was given, so that what is hidden and what is not there read alike.
fn seen(
    tx: &ReadTx<'_>,
    caller: &Caller,
    operation: Operation,
    kind: ScheduleKind,
    key: RequestKey,
) -> OpResult<ScheduleRequest> {
    let of = key.kind();
    has_permission(caller, operation, of)?;
    let hidden = || OpError::from(Refusal::not_found(key));
    let id = match key {
        RequestKey::Id(id) | RequestKey::Directory(id) => Some(id),
        RequestKey::Schedule(schedule) => tx.newest_request_about(kind, schedule)?,
    };
    let request = match id {
        Some(id) => tx
            .request(id)?
            .filter(|request| request.kind == kind && request.role.kind() == of),
        None => None,
    }
    .ok_or_else(hidden)?;
    let mine = request.created_by == caller.actor;
    if mine || approver::may_decide(tx, caller, &request)? {
        is_signed_in(tx, caller)?;
    } else {
        may_see(tx, caller, operation, request.role, request.principal, key)?;
    }
    Ok(request)
}

/// Requests that the caller may see, a page of them.
pub fn list(
    tx: &ReadTx<'_>,
    caller: &Caller,
    kind: ScheduleKind,
    of: RoleKind,
    whose: Whose,
    query: &Query<RequestField>,
) -> OpResult<Page<ScheduleRequest>> {
    let named = |field| {
        query
            .filter
            .as_ref()
            .and_then(|filter| filter.required_text(field))
    };
    let scope = list_scope(
        tx,
        caller,
        read_operation(kind),
        of,
        whose,
        named(RequestField::GroupId),
        named(RequestField::PrincipalId),
    )?;
    match scope {
        Some(scope) => Ok(tx.list_requests(kind, of, scope, query)?),
        None => Ok(Page {
            rows: Vec::new(),
            more: false,
            last: None,
            count: query.count.then_some(0),
        }),
    }
}

const fn read_operation(kind: ScheduleKind) -> Operation {
    match kind {
        ScheduleKind::Eligible => Operation::ReadEligibility,
        ScheduleKind::Active => Operation::ReadAssignments,
    }
}

/// The line of the authority table that a request stands under; refused where the action has no business
/// in this collection, or is not offered.
fn operation(ask: &Ask) -> Result<Operation, Refusal> {
    match (ask.action, ask.kind) {
        (
            Action::AdminAssign | Action::AdminUpdate | Action::AdminExtend | Action::AdminRenew,
            ScheduleKind::Eligible,
        ) => Ok(Operation::AssignEligibility),
        (
            Action::AdminAssign | Action::AdminUpdate | Action::AdminExtend | Action::AdminRenew,
            ScheduleKind::Active,
        ) => Ok(Operation::AssignActive),
        (Action::AdminRemove, ScheduleKind::Eligible) => Ok(Operation::RemoveEligibility),
        (Action::AdminRemove, ScheduleKind::Active) => Ok(Operation::RemoveActive),
        (Action::SelfExtend | Action::SelfRenew, ScheduleKind::Eligible) => {
            Ok(Operation::AskEligibility)
        }
        (Action::SelfExtend | Action::SelfRenew, ScheduleKind::Active) => Ok(Operation::AskActive),
        (Action::SelfActivate, ScheduleKind::Active) => Ok(Operation::Activate),
        (Action::SelfDeactivate, ScheduleKind::Active) => Ok(Operation::Deactivate),
        (Action::SelfActivate | Action::SelfDeactivate, ScheduleKind::Eligible) => {
            Err(Refusal::new(
                Code::InvalidRequest,
                format!(
                    "`{}` can't be asked of eligibility; send it to assignmentScheduleRequests",
                    ask.action
                ),
            )
            .about("action"))
        }
    }
}

/// Loads what the decision looks at, and judges authority on the way, in the order of `pim-groups.md`
/// section 2: permission, group, manageable, right.
fn facts(tx: &ReadTx<'_>, caller: &Caller, ask: &Ask) -> OpResult<Facts> {
    let operation = operation(ask)?;
    has_permission(caller, operation, ask.role.kind())?;
    let object = object(tx, ask.role)?;
    if let Object::Group(group) = &object {
        manageable(tx, group, Code::InvalidRequest)?;
    }
    let about = About::object(&object).of(Some(ask.principal));
    authorise(tx, caller, operation, about)?;
    match ask.action {
        Action::AdminAssign
        | Action::AdminUpdate
        | Action::AdminExtend
        | Action::AdminRenew
        | Action::SelfActivate => tx.may_grant()?,
        Action::AdminRemove | Action::SelfDeactivate | Action::SelfExtend | Action::SelfRenew => {}
    }
    let facts = gather(tx, ask, object, caller.user())?;
    let takes_away = matches!(ask.action, Action::AdminRemove | Action::SelfDeactivate);
    if let (Object::Group(group), Some(principal), false) =
        (&facts.object, &facts.principal, takes_away)
    {
        approvers_stay_decided_here(tx, group.id, principal.reference)?;
    }
    Ok(facts)
}

/// What a decision about this principal and role looks at. `asker` is who made the request: with the
/// principal, none of their accounts may decide it (R-F3).
pub(crate) fn gather(
    tx: &ReadTx<'_>,
    ask: &Ask,
    object: Object,
    asker: Option<PrincipalId>,
) -> OpResult<Facts> {
    let policy = tx.policy(ask.role)?;
    let approval = &policy.rules.activation.approval;
    let (approvers, identities) = match ask.action {
        Action::SelfActivate if approval.is_required() => (
            approver::people(tx, &approval.stage.primary_approvers)?,
            approver::identities(tx, ask.principal, asker)?,
        ),
        Action::SelfActivate
        | Action::SelfDeactivate
        | Action::SelfExtend
        | Action::SelfRenew
        | Action::AdminAssign
        | Action::AdminUpdate
        | Action::AdminRemove
        | Action::AdminExtend
        | Action::AdminRenew => (BTreeSet::new(), BTreeSet::new()),
    };
    let ended = match ask.action {
        Action::AdminRenew | Action::SelfRenew => tx
            .ended_schedules(ask.principal, tx.now().minus(RENEWABLE_FOR))?
            .into_iter()
            .filter(|schedule| schedule.role() == ask.role)
            .collect(),
        Action::SelfActivate
        | Action::SelfDeactivate
        | Action::SelfExtend
        | Action::AdminAssign
        | Action::AdminUpdate
        | Action::AdminRemove
        | Action::AdminExtend => Vec::new(),
    };
    let ways = match ask.action {
        Action::SelfActivate => ways(tx, ask)?,
        Action::SelfDeactivate
        | Action::SelfExtend
        | Action::SelfRenew
        | Action::AdminAssign
        | Action::AdminUpdate
        | Action::AdminRemove
        | Action::AdminExtend
        | Action::AdminRenew => Vec::new(),
    };
    let dependants = match (ask.kind, ask.action) {
        (
            ScheduleKind::Eligible,
            Action::AdminUpdate | Action::AdminRemove | Action::AdminExtend,
        ) => tx.activations_from(ask.role, ask.principal)?,
        (ScheduleKind::Eligible | ScheduleKind::Active, _) => Vec::new(),
    };
    let other_owners = match (ask.role, ask.kind, ask.action) {
        (
            Role::Group {
                group,
                access: Access::Owner,
            },
            ScheduleKind::Active,
            Action::AdminRemove | Action::AdminUpdate,
        ) => other_owners(tx, group, ask.principal)?,
        (_, ScheduleKind::Active | ScheduleKind::Eligible, _) => Vec::new(),
    };
    Ok(Facts {
        policy,
        other_owners,
        ended,
        ways,
        dependants,
        approvers,
        identities,
        pending: tx.pending_requests(ask.role, ask.principal)?,
        principal_group: as_group(tx, ask)?,
        principal: tx.principal(ask.principal)?,
        schedules: tx.role_schedules(ask.role, ask.principal)?,
        settings: tx
            .tenant()?
            .map(|tenant| tenant.settings)
            .unwrap_or_default(),
        object,
    })
}

/// The principal as a group, where that has a say: only directory roles ask.
fn as_group(tx: &ReadTx<'_>, ask: &Ask) -> OpResult<Option<Group>> {
    match ask.role.kind() {
        RoleKind::Group => Ok(None),
        RoleKind::Directory => Ok(tx.group(ask.principal.as_group())?),
    }
}

/// What the role is of; refused where there is none.
pub(crate) fn object(tx: &ReadTx<'_>, role: Role) -> OpResult<Object> {
    match role {
        Role::Group { group, .. } => {
            let found = tx.group(group)?;
            Ok(Object::Group(Box::new(
                found.ok_or_else(|| Refusal::not_found(group))?,
            )))
        }
        Role::Directory { definition, scope } => {
            let found = tx.role_definition(definition)?;
            let found = found.ok_or_else(|| Refusal::no_such_role(definition))?;
            if let DirectoryScope::Unit(unit) = scope
                && tx.unit(unit)?.is_none()
            {
                return Err(Refusal::not_found(unit).about("directoryScopeId").into());
            }
            Ok(Object::Directory(found))
        }
    }
}

/// Whoever owns the group now besides this principal (R-D7).
pub(crate) fn other_owners(
    tx: &ReadTx<'_>,
    group: GroupId,
    but: PrincipalId,
) -> OpResult<Vec<PrincipalRef>> {
    let mut owners = tx.holders_as_of(group, Access::Owner, tx.now())?;
    owners.retain(|owner| owner.id != but);
    Ok(owners)
}

/// The ways in through groups that the principal is a member of now (R-E6).
fn ways(tx: &ReadTx<'_>, ask: &Ask) -> OpResult<Vec<Way>> {
    let now = tx.now();
    let mut ways = Vec::new();
    for eligibility in tx.ways(ask.role, ask.principal)? {
        let through = eligibility.principal.id.as_group();
        let memberships = tx
            .role_schedules(Role::of(through, Access::Member), ask.principal)?
            .into_iter()
            .filter(|membership| {
                membership.kind == ScheduleKind::Active && membership.span.covers(now)
            })
            .collect();
        ways.push(Way {
            eligibility,
            memberships,
        });
    }
    Ok(ways)
}

/// Refused, with the reason, where the group can't be managed (R-B2), or is in a unit whose management is
/// restricted (`directory.md` section 5).
pub(crate) fn manageable(tx: &ReadTx<'_>, group: &Group, code: Code) -> OpResult<()> {
    let refuse = |why: &str| {
        Refusal::new(
            code,
            format!("group `{}` can't be managed: {why}", group.display_name),
        )
        .about("groupId")
    };
    group.manageable().map_err(|why| refuse(&why.to_string()))?;
    if is_restricted(tx, group.id.into())? {
        return Err(refuse("it is a member of a restricted management administrative unit").into());
    }
    Ok(())
}

/// What was tried, for the record of refusals.
fn attempt(ask: &Ask) -> Attempt {
    Attempt {
        operation: operation(ask)
            .map_or("schedule.request", Operation::name)
            .to_owned(),
        group: ask.role.group(),
        access: ask.role.access(),
        definition: ask.role.definition(),
        principal: Some(ask.principal),
        detail: Some(match &ask.justification {
            Some(why) => format!("{}: {why}", ask.action),
            None => ask.action.to_string(),
        }),
    }
}

/// What clients call a request by: its id, or the id of a schedule, and then the newest request about that is
/// meant (`pim-groups.md` 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKey {
    /// Its id, where it is about a group's role.
    Id(RequestId),
    /// Its id, where it is about a directory role.
    Directory(RequestId),
    /// The schedule it is about.
    Schedule(ScheduleId),
}

impl RequestKey {
    /// The key of a request about this kind of role.
    pub const fn of(of: RoleKind, id: RequestId) -> Self {
        match of {
            RoleKind::Group => Self::Id(id),
            RoleKind::Directory => Self::Directory(id),
        }
    }

    const fn kind(self) -> RoleKind {
        match self {
            Self::Id(_) => RoleKind::Group,
            Self::Directory(_) => RoleKind::Directory,
            Self::Schedule(id) => id.role.kind(),
        }
    }
}

impl std::str::FromStr for RequestKey {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(wrong) => text
                .parse()
                .ok()
                .filter(|id: &ScheduleId| id.role.kind() == RoleKind::Group)
                .map(Self::Schedule)
                .ok_or(wrong),
        }
    }
}

impl From<RequestId> for RequestKey {
    fn from(id: RequestId) -> Self {
        Self::Id(id)
    }
}

impl std::fmt::Display for RequestKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) | Self::Directory(id) => id.fmt(f),
            Self::Schedule(id) => id.fmt(f),
        }
    }
}
