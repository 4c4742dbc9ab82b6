//! Schedules and their instances on the wire (`pim-groups.md` 1.3 and 1.4).

use ephor_core::id::ScheduleId;
use ephor_core::query::ScheduleView;
use ephor_core::request::RequestStatus;
use ephor_core::role::RoleKind;
use ephor_core::schedule::{Expiration, GrantOrigin, Schedule, ScheduleInfo, ScheduleKind};
use ephor_core::time::Instant;
use serde_json::{Map, Value, json};

use super::group::GROUP;
use super::object::OBJECT;
use super::role_schedule;
use crate::odata::shape::{Link, Members, Usual};
use crate::types::{ACCESS, SCHEDULE_INFO, Type, Words};

const MEMBER_TYPE: Type = Type::Words(&Words {
    name: "privilegedAccessGroupMemberType",
    words: &["direct", "group"],
});
const ASSIGNMENT_TYPE: Type = Type::Words(&Words {
    name: "privilegedAccessGroupAssignmentType",
    words: &["assigned", "activated"],
});

const ELIGIBILITY_PROPERTIES: &[(&str, Type)] = &[
    ("id", Type::Id),
    ("createdDateTime", Type::Time),
    ("modifiedDateTime", Type::Time),
    ("createdUsing", Type::Text),
    ("status", Type::Text),
    ("scheduleInfo", SCHEDULE_INFO),
    ("principalId", Type::Id),
    ("accessId", ACCESS),
    ("groupId", Type::Id),
    ("memberType", MEMBER_TYPE),
];
const ASSIGNMENT_PROPERTIES: &[(&str, Type)] = &[
    ("id", Type::Id),
    ("createdDateTime", Type::Time),
    ("modifiedDateTime", Type::Time),
    ("createdUsing", Type::Text),
    ("status", Type::Text),
    ("scheduleInfo", SCHEDULE_INFO),
    ("principalId", Type::Id),
    ("accessId", ACCESS),
    ("groupId", Type::Id),
    ("memberType", MEMBER_TYPE),
    ("assignmentType", ASSIGNMENT_TYPE),
];
const ELIGIBILITY_INSTANCE_PROPERTIES: &[(&str, Type)] = &[
    ("id", Type::Id),
    ("startDateTime", Type::Time),
    ("endDateTime", Type::Time),
    ("principalId", Type::Id),
    ("accessId", ACCESS),
    ("groupId", Type::Id),
    ("memberType", MEMBER_TYPE),
    ("eligibilityScheduleId", Type::Id),
];
const ASSIGNMENT_INSTANCE_PROPERTIES: &[(&str, Type)] = &[
    ("id", Type::Id),
    ("startDateTime", Type::Time),
    ("endDateTime", Type::Time),
    ("principalId", Type::Id),
    ("accessId", ACCESS),
    ("groupId", Type::Id),
    ("memberType", MEMBER_TYPE),
    ("assignmentType", ASSIGNMENT_TYPE),
    ("assignmentScheduleId", Type::Id),
];

/// What an eligibility schedule has.
pub(crate) const ELIGIBILITY: Members = Members {
    name: "privilegedAccessGroupEligibilitySchedule",
    properties: ELIGIBILITY_PROPERTIES,
    usual: Usual::All,
    related: &[Link::one("group", &GROUP), Link::one("principal", &OBJECT)],
};
/// What an assignment schedule has.
pub(crate) const ASSIGNMENT: Members = Members {
    name: "privilegedAccessGroupAssignmentSchedule",
    properties: ASSIGNMENT_PROPERTIES,
    usual: Usual::All,
    related: &[
        Link::one("group", &GROUP),
        Link::one("principal", &OBJECT),
        Link::one("activatedUsing", &ELIGIBILITY),
    ],
};
const ELIGIBILITY_INSTANCE: Members = Members {
    name: "privilegedAccessGroupEligibilityScheduleInstance",
    properties: ELIGIBILITY_INSTANCE_PROPERTIES,
    usual: Usual::All,
    related: &[Link::one("group", &GROUP), Link::one("principal", &OBJECT)],
};
const ASSIGNMENT_INSTANCE: Members = Members {
    name: "privilegedAccessGroupAssignmentScheduleInstance",
    properties: ASSIGNMENT_INSTANCE_PROPERTIES,
    usual: Usual::All,
    related: &[
        Link::one("group", &GROUP),
        Link::one("principal", &OBJECT),
        Link::one("activatedUsing", &ELIGIBILITY_INSTANCE),
    ],
};

/// What the rows of a collection have.
pub(crate) const fn members(
    of: RoleKind,
    kind: ScheduleKind,
    view: ScheduleView,
) -> &'static Members {
    match (of, kind, view) {
        (RoleKind::Directory, _, _) => role_schedule::members(kind, view),
        (RoleKind::Group, ScheduleKind::Eligible, ScheduleView::Schedules) => &ELIGIBILITY,
        (RoleKind::Group, ScheduleKind::Eligible, ScheduleView::Instances) => &ELIGIBILITY_INSTANCE,
        (RoleKind::Group, ScheduleKind::Active, ScheduleView::Schedules) => &ASSIGNMENT,
        (RoleKind::Group, ScheduleKind::Active, ScheduleView::Instances) => &ASSIGNMENT_INSTANCE,
    }
}

/// Where a collection is, under the version.
pub(crate) const fn place(of: RoleKind, kind: ScheduleKind, view: ScheduleView) -> &'static str {
    match (of, kind, view) {
        (RoleKind::Group, ScheduleKind::Eligible, ScheduleView::Schedules) => {
            "identityGovernance/privilegedAccess/group/eligibilitySchedules"
        }
        (RoleKind::Group, ScheduleKind::Eligible, ScheduleView::Instances) => {
            "identityGovernance/privilegedAccess/group/eligibilityScheduleInstances"
        }
        (RoleKind::Group, ScheduleKind::Active, ScheduleView::Schedules) => {
            "identityGovernance/privilegedAccess/group/assignmentSchedules"
        }
        (RoleKind::Group, ScheduleKind::Active, ScheduleView::Instances) => {
            "identityGovernance/privilegedAccess/group/assignmentScheduleInstances"
        }
        (RoleKind::Directory, ScheduleKind::Eligible, ScheduleView::Schedules) => {
            "roleManagement/directory/roleEligibilitySchedules"
        }
        (RoleKind::Directory, ScheduleKind::Eligible, ScheduleView::Instances) => {
            "roleManagement/directory/roleEligibilityScheduleInstances"
        }
        (RoleKind::Directory, ScheduleKind::Active, ScheduleView::Schedules) => {
            "roleManagement/directory/roleAssignmentSchedules"
        }
        (RoleKind::Directory, ScheduleKind::Active, ScheduleView::Instances) => {
            "roleManagement/directory/roleAssignmentScheduleInstances"
        }
    }
}

/// A schedule's id as it is shown: of a directory role's the last part.
pub(crate) fn shown_id(id: ScheduleId) -> Value {
    match id.role.kind() {
        RoleKind::Group => json!(id),
        RoleKind::Directory => json!(id.grant),
    }
}

/// A word as this kind of role spells it: groups `direct`, directory roles `Direct`.
fn word(of: RoleKind, small: &'static str, large: &'static str) -> Value {
    match of {
        RoleKind::Group => json!(small),
        RoleKind::Directory => json!(large),
    }
}

/// That it is a person's through a group.
pub(crate) fn through_a_group(of: RoleKind) -> Value {
    word(of, "group", "Group")
}

/// A schedule, or the instance of it that is in force.
pub(crate) fn row(schedule: &Schedule, view: ScheduleView, now: Instant) -> Map<String, Value> {
    match view {
        ScheduleView::Schedules => whole(schedule, now),
        ScheduleView::Instances => instance(schedule),
    }
}

fn whole(schedule: &Schedule, now: Instant) -> Map<String, Value> {
    let status = if now < schedule.span.starts_at() {
        RequestStatus::Granted
    } else {
        RequestStatus::Provisioned
    };
    let mut members = super::object([
        ("id", shown_id(schedule.id)),
        ("createdDateTime", json!(schedule.created_at)),
        ("modifiedDateTime", Value::Null),
        ("createdUsing", json!(schedule.created_using)),
        ("status", json!(status)),
        ("scheduleInfo", granted_info(schedule)),
    ]);
    members.extend(whose(schedule));
    members
}

fn instance(schedule: &Schedule) -> Map<String, Value> {
    // What came about outside PIM shows no times (`pim-groups.md` 1.4).
    let (start, end) = match schedule.origin {
        GrantOrigin::Outside => (None, None),
        GrantOrigin::Assigned | GrantOrigin::Activated { .. } | GrantOrigin::Package { .. } => {
            (Some(schedule.span.starts_at()), schedule.span.ends_at())
        }
    };
    let mut members = super::object([
        ("id", shown_id(schedule.id)),
        ("startDateTime", json!(start)),
        ("endDateTime", json!(end)),
    ]);
    members.extend(whose(schedule));
    let link = match (schedule.role().kind(), schedule.kind) {
        (RoleKind::Group, ScheduleKind::Eligible) => "eligibilityScheduleId",
        (RoleKind::Group, ScheduleKind::Active) => "assignmentScheduleId",
        (RoleKind::Directory, ScheduleKind::Eligible) => "roleEligibilityScheduleId",
        (RoleKind::Directory, ScheduleKind::Active) => {
            members.insert("roleAssignmentOriginId".into(), shown_id(schedule.id));
            "roleAssignmentScheduleId"
        }
    };
    members.insert(link.into(), shown_id(schedule.id));
    members
}

/// What schedules and instances share.
fn whose(schedule: &Schedule) -> Map<String, Value> {
    let of = schedule.role().kind();
    let mut members = super::object([("principalId", json!(schedule.principal.id))]);
    members.extend(super::role::of_role(schedule.role()));
    members.insert("memberType".into(), word(of, "direct", "Direct"));
    if schedule.kind == ScheduleKind::Active {
        let kind = match schedule.origin {
            GrantOrigin::Activated { .. } => word(of, "activated", "Activated"),
            GrantOrigin::Assigned | GrantOrigin::Outside | GrantOrigin::Package { .. } => {
                word(of, "assigned", "Assigned")
            }
        };
        members.insert("assignmentType".into(), kind);
    }
    members
}

/// `assigned` or `activated`.
pub(crate) const fn assignment_type(schedule: &Schedule) -> &'static str {
    match schedule.origin {
        GrantOrigin::Activated { .. } => "activated",
        GrantOrigin::Assigned | GrantOrigin::Outside | GrantOrigin::Package { .. } => "assigned",
    }
}

/// What was granted: where nothing was said of an end, there is none.
fn granted_info(schedule: &Schedule) -> Value {
    match schedule.info.expiration {
        Expiration::NotSpecified => info(&ScheduleInfo {
            starts_at: schedule.info.starts_at,
            expiration: Expiration::Never,
        }),
        Expiration::Never | Expiration::At(_) | Expiration::After(_) => info(&schedule.info),
    }
}

/// `scheduleInfo`: the end in the words in which it was asked for, for clients compare it letter for letter.
pub(crate) fn info(info: &ScheduleInfo) -> Value {
    let (kind, end, duration) = match &info.expiration {
        Expiration::NotSpecified => ("notSpecified", None, None),
        Expiration::Never => ("noExpiration", None, None),
        Expiration::At(end) => ("afterDateTime", Some(*end), None),
        Expiration::After(duration) => ("afterDuration", None, Some(duration.as_str())),
    };
    json!({
        "startDateTime": info.starts_at,
        "recurrence": null,
        "expiration": {"type": kind, "endDateTime": end, "duration": duration},
    })
}
