//! Dynamic groups follow their rules: whenever a user or a rule changes, in the same transaction
//! (`directory.md` 4.1). A group whose rule is paused stays as it is.

use ephor_core::directory;
use ephor_core::event::{EndReason, EndedSchedule, Event};
use ephor_core::group::{Access, Group, Membership, RuleProcessing};
use ephor_core::id::PrincipalId;
use ephor_core::membership_rule::MembershipRule;
use ephor_core::principal::{AccountState, PrincipalKind, PrincipalRef, User};
use ephor_core::query::{Query, UserField};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::role::Role;
use ephor_core::schedule::{Schedule, ScheduleKind};
use ephor_core::time::Instant;
use ephor_store::Tx;

use crate::OpResult;
use crate::cascade;

/// Refuses a membership whose rule can't be read.
pub(super) fn check(membership: &Membership) -> Result<(), Refusal> {
    match membership {
        Membership::Assigned => Ok(()),
        Membership::Dynamic { rule, .. } => {
            MembershipRule::parse(rule).map(drop).map_err(|wrong| {
                Refusal::new(Code::BadRequest, wrong.to_string()).about("membershipRule")
            })
        }
    }
}

/// The rule that a group follows now. One that can't be read any more changes nothing.
fn rule_of(group: &Group) -> Option<MembershipRule> {
    match &group.membership {
        Membership::Dynamic {
            rule,
            processing: RuleProcessing::On,
        } => MembershipRule::parse(rule).ok(),
        Membership::Dynamic {
            processing: RuleProcessing::Paused,
            ..
        }
        | Membership::Assigned => None,
    }
}

/// After a user changed: they are in the dynamic groups whose rules hold for them, and in no others.
pub(super) fn settle_user(tx: &mut Tx<'_>, id: PrincipalId) -> OpResult<()> {
    let Some(user) = tx.user(id)? else {
        return Ok(());
    };
    for group in tx.groups_that_follow_a_rule()? {
        if let Some(rule) = rule_of(&group) {
            settle(tx, &group, &rule, &user)?;
        }
    }
    Ok(())
}

/// After a group or its rule changed: all users for whom it holds are in, and no others.
pub(super) fn settle_group(tx: &mut Tx<'_>, group: &Group) -> OpResult<()> {
    let Some(rule) = rule_of(group) else {
        return Ok(());
    };
    let mut query = Query {
        top: Query::<UserField>::PAGE_MAX,
        ..Query::default()
    };
    loop {
        let page = tx.list_users(&query)?;
        for user in &page.rows {
            settle(tx, group, &rule, user)?;
        }
        if !page.more {
            return Ok(());
        }
        query.after = page.last;
    }
}

/// After a group with assigned members came to be dynamic: those for whom its rule holds stay, all others go.
pub(super) fn take_over(tx: &mut Tx<'_>, group: &Group) -> OpResult<()> {
    let rule = rule_of(group);
    let role = Role::of(group.id, Access::Member);
    let every = Query {
        top: u32::MAX,
        ..Query::default()
    };
    let at = tx.now();
    for member in tx.list_holders(group.id, Access::Member, &every)?.rows {
        let id = member.reference.id;
        let fits = match (&rule, tx.user(id)?) {
            (Some(rule), Some(user)) => rule.holds(&user),
            (_, _) => false,
        };
        if !fits {
            let mut held = tx.role_schedules(role, id)?;
            held.retain(|one| one.kind == ScheduleKind::Active && one.span.covers(at));
            taken(tx, &held, at)?;
        }
    }
    Ok(())
}

/// Ends these, with what stands on them.
fn taken(tx: &mut Tx<'_>, held: &[Schedule], at: Instant) -> OpResult<()> {
    let ended = held
        .iter()
        .map(|schedule| EndedSchedule::now(schedule, EndReason::RemovedOutside))
        .collect();
    let event = Event::SchedulesEnded {
        request: None,
        ended,
        at,
    };
    let event = cascade::with_what_follows(tx, event)?;
    Ok(tx.record(&[event])?)
}

fn settle(tx: &mut Tx<'_>, group: &Group, rule: &MembershipRule, user: &User) -> OpResult<()> {
    let at = tx.now();
    let role = Role::of(group.id, Access::Member);
    let mut held = tx.role_schedules(role, user.id)?;
    held.retain(|schedule: &Schedule| {
        schedule.kind == ScheduleKind::Active && schedule.span.covers(at)
    });
    // A disabled account has nothing, whatever a rule says.
    let is_in = user.account == AccountState::Enabled && rule.holds(user);
    let event = match (is_in, held.is_empty()) {
        (true, true) => {
            tx.may_grant()?;
            let principal = PrincipalRef {
                id: user.id,
                kind: PrincipalKind::User,
            };
            Event::ScheduleGranted {
                request: None,
                schedule: Box::new(directory::outside(role, principal, at, tx.ids())),
            }
        }
        (false, false) => return taken(tx, &held, at),
        (true, false) | (false, true) => return Ok(()),
    };
    Ok(tx.record(&[event])?)
}
