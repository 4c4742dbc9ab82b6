//! Schedule requests: make one, try one out, read them (`pim-groups.md` sections 1 and 2).
//!
//! The first request about a group brings it under management (R-B1), in the same transaction.

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::event::{Attempt, Event};
use ephor_core::group::Group;
use ephor_core::id::{IdSource, RequestId, ScheduleId, SeededIds};
use ephor_core::query::{Page, Query, RequestField};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::request::{Action, Ask, Facts, ScheduleRequest, Verdict};
use ephor_core::schedule::ScheduleKind;
use ephor_core::time::Instant;
use ephor_core::{activation, assignment};
use ephor_store::{ReadTx, Tx};

use crate::authorise::{About, authorise, has_permission, standing};
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
    if !facts.group.is_managed() {
        events.push(Event::GroupManaged {
            group: facts.group.id,
            at: now,
        });
    }
    events.extend(verdict.events);
    tx.record(&events)?;
    Ok(verdict.request)
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
        Action::AdminUpdate
        | Action::AdminExtend
        | Action::AdminRenew
        | Action::SelfExtend
        | Action::SelfRenew => Err(not_offered(ask)),
    }
}

fn not_offered(ask: &Ask) -> Refusal {
    Refusal::new(
        Code::InvalidRequest,
        format!("`{}` is not offered yet", ask.action),
    )
    .about("action")
    .hint("remove the assignment and assign it anew")
}

/// A request that the caller may see.
pub fn get(
    tx: &ReadTx<'_>,
    caller: &Caller,
    kind: ScheduleKind,
    id: RequestId,
) -> OpResult<ScheduleRequest> {
    let operation = read_operation(kind);
    has_permission(caller, operation)?;
    let hidden = || OpError::from(Refusal::not_found(id));
    let request = tx
        .request(id)?
        .filter(|request| request.kind == kind)
        .ok_or_else(hidden)?;
    let mine = request.created_by == caller.actor;
    if mine {
        standing(tx, caller, About::NOTHING)?;
    } else {
        may_see(tx, caller, operation, request.group, request.principal, id)?;
    }
    Ok(request)
}

/// Requests that the caller may see, a page of them.
pub fn list(
    tx: &ReadTx<'_>,
    caller: &Caller,
    kind: ScheduleKind,
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
        whose,
        named(RequestField::GroupId),
        named(RequestField::PrincipalId),
    )?;
    match scope {
        Some(scope) => Ok(tx.list_requests(kind, scope, query)?),
        None => Ok(Page {
            rows: Vec::new(),
            more: false,
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
    let misplaced = || {
        Refusal::new(
            Code::InvalidRequest,
            format!(
                "`{}` can't be asked of eligibility; send it to assignmentScheduleRequests",
                ask.action
            ),
        )
        .about("action")
    };
    match (ask.action, ask.kind) {
        (Action::AdminAssign, ScheduleKind::Eligible) => Ok(Operation::AssignEligibility),
        (Action::AdminAssign, ScheduleKind::Active) => Ok(Operation::AssignActive),
        (Action::AdminRemove, ScheduleKind::Eligible) => Ok(Operation::RemoveEligibility),
        (Action::AdminRemove, ScheduleKind::Active) => Ok(Operation::RemoveActive),
        (Action::SelfActivate, ScheduleKind::Active) => Ok(Operation::Activate),
        (Action::SelfDeactivate, ScheduleKind::Active) => Ok(Operation::Deactivate),
        (Action::SelfActivate | Action::SelfDeactivate, ScheduleKind::Eligible) => Err(misplaced()),
        (
            Action::AdminUpdate
            | Action::AdminExtend
            | Action::AdminRenew
            | Action::SelfExtend
            | Action::SelfRenew,
            _,
        ) => Err(not_offered(ask)),
    }
}

/// Loads what the decision looks at, and judges authority on the way, in the order of `pim-groups.md`
/// section 2: permission, group, manageable, right.
fn facts(tx: &ReadTx<'_>, caller: &Caller, ask: &Ask) -> OpResult<Facts> {
    let operation = operation(ask)?;
    has_permission(caller, operation)?;
    let group = tx
        .group(ask.group)?
        .ok_or_else(|| Refusal::not_found(ask.group))?;
    manageable(&group, Code::InvalidRequest)?;
    authorise(
        tx,
        caller,
        operation,
        About {
            group: Some(ask.group),
            principal: Some(ask.principal),
        },
    )?;
    match ask.action {
        Action::AdminAssign | Action::SelfActivate => tx.may_grant()?,
        Action::AdminRemove
        | Action::SelfDeactivate
        | Action::AdminUpdate
        | Action::AdminExtend
        | Action::AdminRenew
        | Action::SelfExtend
        | Action::SelfRenew => {}
    }
    Ok(Facts {
        policy: tx.policy(ask.group, ask.access)?,
        principal: tx.principal(ask.principal)?,
        schedules: tx.role_schedules(ask.group, ask.access, ask.principal)?,
        settings: tx
            .tenant()?
            .map(|tenant| tenant.settings)
            .unwrap_or_default(),
        group,
    })
}

/// Refused, with the reason, where the group can't be managed (R-B2).
pub(crate) fn manageable(group: &Group, code: Code) -> Result<(), Refusal> {
    group.manageable().map_err(|why| {
        Refusal::new(
            code,
            format!("group `{}` can't be managed: {why}", group.display_name),
        )
        .about("groupId")
    })
}

/// What was tried, for the record of refusals.
fn attempt(ask: &Ask) -> Attempt {
    Attempt {
        operation: operation(ask)
            .map_or("schedule.request", Operation::name)
            .to_owned(),
        group: Some(ask.group),
        access: Some(ask.access),
        principal: Some(ask.principal),
        detail: Some(match &ask.justification {
            Some(why) => format!("{}: {why}", ask.action),
            None => ask.action.to_string(),
        }),
    }
}

/// The id that a composite schedule id or a plain request id stands for, as clients send either.
pub fn request_id(text: &str) -> Result<RequestId, Refusal> {
    text.parse::<RequestId>()
        .ok()
        .or_else(|| {
            text.parse::<ScheduleId>()
                .ok()
                .map(|id| RequestId::from_uuid(id.grant.uuid()))
        })
        .ok_or_else(|| Refusal::not_found(text))
}
