//! What schedules, instances and requests about directory roles have on the wire (`directory.md` 6.2).

use ephor_core::query::ScheduleView;
use ephor_core::schedule::ScheduleKind;

use super::object::OBJECT;
use super::request::ACTION;
use super::role::{APP_SCOPE, ROLE_DEFINITION, ROLE_LINKS};
use super::unit::UNIT;
use crate::odata::shape::{Link, Members, Usual};
use crate::types::{IDENTITY_SET, SCHEDULE_INFO, TICKET_INFO, Type};

const ELIGIBILITY: Members = Members {
    name: "unifiedRoleEligibilitySchedule",
    properties: &[
        ("id", Type::Id),
        ("principalId", Type::Id),
        ("roleDefinitionId", Type::Id),
        ("directoryScopeId", Type::Text),
        ("appScopeId", Type::Text),
        ("createdUsing", Type::Text),
        ("createdDateTime", Type::Time),
        ("modifiedDateTime", Type::Time),
        ("status", Type::Text),
        ("memberType", Type::Text),
        ("scheduleInfo", SCHEDULE_INFO),
    ],
    usual: Usual::All,
    related: &ROLE_LINKS,
};
const ASSIGNMENT: Members = Members {
    name: "unifiedRoleAssignmentSchedule",
    properties: &[
        ("id", Type::Id),
        ("principalId", Type::Id),
        ("roleDefinitionId", Type::Id),
        ("directoryScopeId", Type::Text),
        ("appScopeId", Type::Text),
        ("createdUsing", Type::Text),
        ("createdDateTime", Type::Time),
        ("modifiedDateTime", Type::Time),
        ("status", Type::Text),
        ("assignmentType", Type::Text),
        ("memberType", Type::Text),
        ("scheduleInfo", SCHEDULE_INFO),
    ],
    usual: Usual::All,
    related: &[
        Link::one("principal", &OBJECT),
        Link::one("roleDefinition", &ROLE_DEFINITION),
        Link::one("directoryScope", &UNIT),
        Link::one("appScope", &APP_SCOPE),
        Link::one("activatedUsing", &ELIGIBILITY),
    ],
};
const ELIGIBILITY_INSTANCE: Members = Members {
    name: "unifiedRoleEligibilityScheduleInstance",
    properties: &[
        ("id", Type::Id),
        ("principalId", Type::Id),
        ("roleDefinitionId", Type::Id),
        ("directoryScopeId", Type::Text),
        ("appScopeId", Type::Text),
        ("startDateTime", Type::Time),
        ("endDateTime", Type::Time),
        ("memberType", Type::Text),
        ("roleEligibilityScheduleId", Type::Id),
    ],
    usual: Usual::All,
    related: &ROLE_LINKS,
};
const ASSIGNMENT_INSTANCE: Members = Members {
    name: "unifiedRoleAssignmentScheduleInstance",
    properties: &[
        ("id", Type::Id),
        ("principalId", Type::Id),
        ("roleDefinitionId", Type::Id),
        ("directoryScopeId", Type::Text),
        ("appScopeId", Type::Text),
        ("startDateTime", Type::Time),
        ("endDateTime", Type::Time),
        ("assignmentType", Type::Text),
        ("memberType", Type::Text),
        ("roleAssignmentOriginId", Type::Id),
        ("roleAssignmentScheduleId", Type::Id),
    ],
    usual: Usual::All,
    related: &[
        Link::one("principal", &OBJECT),
        Link::one("roleDefinition", &ROLE_DEFINITION),
        Link::one("directoryScope", &UNIT),
        Link::one("appScope", &APP_SCOPE),
        Link::one("activatedUsing", &ELIGIBILITY_INSTANCE),
    ],
};

const REQUEST_PROPERTIES: &[(&str, Type)] = &[
    ("id", Type::Id),
    ("status", Type::Text),
    ("createdDateTime", Type::Time),
    ("completedDateTime", Type::Time),
    ("approvalId", Type::Id),
    ("customData", Type::Text),
    ("createdBy", IDENTITY_SET),
    ("action", ACTION),
    ("principalId", Type::Id),
    ("roleDefinitionId", Type::Id),
    ("directoryScopeId", Type::Text),
    ("appScopeId", Type::Text),
    ("isValidationOnly", Type::Bool),
    ("targetScheduleId", Type::Id),
    ("justification", Type::Text),
    ("scheduleInfo", SCHEDULE_INFO),
    ("ticketInfo", TICKET_INFO),
];
const ELIGIBILITY_REQUEST: Members = Members {
    name: "unifiedRoleEligibilityScheduleRequest",
    properties: REQUEST_PROPERTIES,
    usual: Usual::All,
    related: &[
        Link::one("principal", &OBJECT),
        Link::one("roleDefinition", &ROLE_DEFINITION),
        Link::one("directoryScope", &UNIT),
        Link::one("appScope", &APP_SCOPE),
        Link::one("targetSchedule", &ELIGIBILITY),
    ],
};
const ASSIGNMENT_REQUEST: Members = Members {
    name: "unifiedRoleAssignmentScheduleRequest",
    properties: REQUEST_PROPERTIES,
    usual: Usual::All,
    related: &[
        Link::one("principal", &OBJECT),
        Link::one("roleDefinition", &ROLE_DEFINITION),
        Link::one("directoryScope", &UNIT),
        Link::one("appScope", &APP_SCOPE),
        Link::one("targetSchedule", &ASSIGNMENT),
        Link::one("activatedUsing", &ELIGIBILITY),
    ],
};

/// What the rows of a collection have.
pub(crate) const fn members(kind: ScheduleKind, view: ScheduleView) -> &'static Members {
    match (kind, view) {
        (ScheduleKind::Eligible, ScheduleView::Schedules) => &ELIGIBILITY,
        (ScheduleKind::Eligible, ScheduleView::Instances) => &ELIGIBILITY_INSTANCE,
        (ScheduleKind::Active, ScheduleView::Schedules) => &ASSIGNMENT,
        (ScheduleKind::Active, ScheduleView::Instances) => &ASSIGNMENT_INSTANCE,
    }
}

/// What the requests of a collection have.
pub(crate) const fn request_members(kind: ScheduleKind) -> &'static Members {
    match kind {
        ScheduleKind::Eligible => &ELIGIBILITY_REQUEST,
        ScheduleKind::Active => &ASSIGNMENT_REQUEST,
    }
}
