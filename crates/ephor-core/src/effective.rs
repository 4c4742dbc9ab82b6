//! Who is in a group at an instant, directly and through nesting: the oracle.
//!
//! The store answers the same question with one indexed statement; the simulation holds the two equal.
//! This one is written to be obviously right, not fast.

use std::collections::{BTreeSet, VecDeque};

use crate::group::Access;
use crate::id::{GroupId, PrincipalId};
use crate::principal::{PrincipalKind, PrincipalRef};
use crate::role::Role;
use crate::schedule::{Schedule, ScheduleKind};
use crate::time::Instant;

/// How many groups deep nesting is followed (`security.md` section 5).
pub const DEPTH_MAX: usize = 16;

/// Who has this role of the group at `now`, directly (R-D8: the union of the grants in force).
pub fn direct(
    schedules: &[Schedule],
    group: GroupId,
    access: Access,
    now: Instant,
) -> BTreeSet<PrincipalRef> {
    schedules
        .iter()
        .filter(|schedule| {
            schedule.kind == ScheduleKind::Active
                && schedule.role() == Role::of(group, access)
                && schedule.span.covers(now)
        })
        .map(|schedule| schedule.principal)
        .collect()
}

/// Who is a member at `now`, through any number of groups up to [`DEPTH_MAX`]; cycles end where they close,
/// and the group itself is not counted among its members.
pub fn transitive(schedules: &[Schedule], group: GroupId, now: Instant) -> BTreeSet<PrincipalRef> {
    let mut found = BTreeSet::new();
    let mut open = VecDeque::from([(group, 0)]);
    while let Some((next, depth)) = open.pop_front() {
        for principal in direct(schedules, next, Access::Member, now) {
            let fresh = principal.id != PrincipalId::from(group) && found.insert(principal);
            if fresh && principal.kind == PrincipalKind::Group && depth + 1 < DEPTH_MAX {
                open.push_back((principal.id.as_group(), depth + 1));
            }
        }
    }
    found
}
