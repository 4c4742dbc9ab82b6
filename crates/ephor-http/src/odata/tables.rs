//! Which properties each collection can be filtered and ordered by, and how (`directory.md` 2.2,
//! `pim-groups.md` section 1). What is not here can't be asked.

use ephor_core::query::{GroupField, PrincipalField, RequestField, ScheduleField, UserField};

use super::bind::Op::{self, Any, Contains, EndsWith, Eq, In, Ne, Null, Range, StartsWith};
use super::bind::{Kind, Property, Sort};

const fn property<F>(
    name: &'static str,
    field: F,
    kind: Kind,
    plain: &'static [Op],
    advanced: &'static [Op],
    sort: Sort,
) -> Property<F> {
    Property {
        name,
        field,
        kind,
        plain,
        advanced,
        sort,
    }
}

const NAME: &[Op] = &[Eq, In, StartsWith];
const NAME_MORE: &[Op] = &[Ne, Null];
const MAIL_MORE: &[Op] = &[Ne, EndsWith, Null];

/// Users (`directory.md` 2.2).
pub(crate) const USERS: &[Property<UserField>] = &[
    property("id", UserField::Id, Kind::Id, &[Eq, In], &[Ne], Sort::No),
    property(
        "userPrincipalName",
        UserField::UserPrincipalName,
        Kind::Text,
        NAME,
        &[Ne, EndsWith],
        Sort::Yes,
    ),
    property(
        "displayName",
        UserField::DisplayName,
        Kind::Text,
        NAME,
        NAME_MORE,
        Sort::Yes,
    ),
    property(
        "givenName",
        UserField::GivenName,
        Kind::Text,
        NAME,
        NAME_MORE,
        Sort::No,
    ),
    property(
        "surname",
        UserField::Surname,
        Kind::Text,
        NAME,
        NAME_MORE,
        Sort::No,
    ),
    property(
        "mail",
        UserField::Mail,
        Kind::Text,
        NAME,
        MAIL_MORE,
        Sort::No,
    ),
    property(
        "mailNickname",
        UserField::MailNickname,
        Kind::Text,
        NAME,
        NAME_MORE,
        Sort::No,
    ),
    property(
        "jobTitle",
        UserField::JobTitle,
        Kind::Text,
        NAME,
        NAME_MORE,
        Sort::No,
    ),
    property(
        "department",
        UserField::Department,
        Kind::Text,
        NAME,
        NAME_MORE,
        Sort::No,
    ),
    property(
        "accountEnabled",
        UserField::AccountEnabled,
        Kind::Bool,
        &[Eq, In],
        &[Ne],
        Sort::No,
    ),
    property(
        "userType",
        UserField::UserType,
        Kind::Text,
        &[Eq, In],
        &[Ne, Null],
        Sort::No,
    ),
    property(
        "createdDateTime",
        UserField::CreatedDateTime,
        Kind::Time,
        &[Eq, In, Range],
        &[Ne],
        Sort::Advanced,
    ),
    property(
        "deletedDateTime",
        UserField::DeletedDateTime,
        Kind::Time,
        &[],
        &[Eq, Ne, Range, Null],
        Sort::Advanced,
    ),
];

/// Groups (`directory.md` 2.2).
pub(crate) const GROUPS: &[Property<GroupField>] = &[
    property("id", GroupField::Id, Kind::Id, &[Eq, In], &[Ne], Sort::No),
    property(
        "displayName",
        GroupField::DisplayName,
        Kind::Text,
        NAME,
        NAME_MORE,
        Sort::Yes,
    ),
    property(
        "description",
        GroupField::Description,
        Kind::Text,
        &[Eq, StartsWith],
        &[Ne, Null],
        Sort::No,
    ),
    property(
        "mailNickname",
        GroupField::MailNickname,
        Kind::Text,
        NAME,
        NAME_MORE,
        Sort::No,
    ),
    property(
        "mail",
        GroupField::Mail,
        Kind::Text,
        NAME,
        MAIL_MORE,
        Sort::No,
    ),
    property(
        "mailEnabled",
        GroupField::MailEnabled,
        Kind::Bool,
        &[Eq],
        &[Ne],
        Sort::No,
    ),
    property(
        "securityEnabled",
        GroupField::SecurityEnabled,
        Kind::Bool,
        &[Eq, In],
        &[Ne],
        Sort::No,
    ),
    property(
        "isAssignableToRole",
        GroupField::IsAssignableToRole,
        Kind::Bool,
        &[Eq],
        &[Ne],
        Sort::No,
    ),
    property(
        "visibility",
        GroupField::Visibility,
        Kind::Text,
        &[Eq],
        &[Ne],
        Sort::No,
    ),
    property(
        "membershipRuleProcessingState",
        GroupField::MembershipRuleProcessingState,
        Kind::Text,
        &[Eq, In],
        &[Ne, Null],
        Sort::No,
    ),
    property(
        "onPremisesSyncEnabled",
        GroupField::OnPremisesSyncEnabled,
        Kind::Bool,
        &[Eq, In],
        &[Ne, Null],
        Sort::No,
    ),
    property(
        "createdDateTime",
        GroupField::CreatedDateTime,
        Kind::Time,
        &[Eq, In, Range],
        &[Ne],
        Sort::Advanced,
    ),
    property(
        "deletedDateTime",
        GroupField::DeletedDateTime,
        Kind::Time,
        &[],
        &[Eq, Ne, Range, Null],
        Sort::Advanced,
    ),
    property(
        "groupTypes",
        GroupField::GroupTypes,
        Kind::Texts,
        &[Any],
        &[],
        Sort::No,
    ),
];

/// Members and owners (`directory.md` 2.2: `id eq` in plain queries, the rest in advanced ones).
pub(crate) const PRINCIPALS: &[Property<PrincipalField>] = &[
    property(
        "id",
        PrincipalField::Id,
        Kind::Id,
        &[Eq, In],
        &[Ne],
        Sort::No,
    ),
    property(
        "displayName",
        PrincipalField::DisplayName,
        Kind::Text,
        &[],
        &[Eq, Ne, In, StartsWith],
        Sort::Advanced,
    ),
];

const ID: &[Op] = &[Eq, Ne, In];
const WORD: &[Op] = &[Eq, Ne, In];
const TITLE: &[Op] = &[Eq, Ne, In, StartsWith, EndsWith, Contains];
const TIME: &[Op] = &[Eq, Ne, Range];

/// Schedules of either kind (`pim-groups.md` section 1).
pub(crate) const SCHEDULES: &[Property<ScheduleField>] = &[
    property("id", ScheduleField::Id, Kind::Id, ID, &[], Sort::No),
    property(
        "groupId",
        ScheduleField::GroupId,
        Kind::Id,
        ID,
        &[],
        Sort::No,
    ),
    property(
        "group/id",
        ScheduleField::GroupId,
        Kind::Id,
        ID,
        &[],
        Sort::No,
    ),
    property(
        "accessId",
        ScheduleField::AccessId,
        Kind::Text,
        WORD,
        &[],
        Sort::No,
    ),
    property(
        "principalId",
        ScheduleField::PrincipalId,
        Kind::Id,
        ID,
        &[],
        Sort::No,
    ),
    property(
        "principal/id",
        ScheduleField::PrincipalId,
        Kind::Id,
        ID,
        &[],
        Sort::No,
    ),
    property(
        "principal/displayName",
        ScheduleField::PrincipalDisplayName,
        Kind::Text,
        TITLE,
        &[],
        Sort::Yes,
    ),
    property(
        "memberType",
        ScheduleField::MemberType,
        Kind::Text,
        WORD,
        &[],
        Sort::No,
    ),
    property(
        "assignmentType",
        ScheduleField::AssignmentType,
        Kind::Text,
        WORD,
        &[],
        Sort::No,
    ),
    property(
        "createdUsing",
        ScheduleField::CreatedUsing,
        Kind::Id,
        &[Eq, Ne, In, Null],
        &[],
        Sort::No,
    ),
    property(
        "status",
        ScheduleField::Status,
        Kind::Text,
        WORD,
        &[],
        Sort::No,
    ),
    property(
        "createdDateTime",
        ScheduleField::CreatedDateTime,
        Kind::Time,
        TIME,
        &[],
        Sort::Yes,
    ),
    property(
        "scheduleInfo/startDateTime",
        ScheduleField::StartDateTime,
        Kind::Time,
        TIME,
        &[],
        Sort::Yes,
    ),
    property(
        "scheduleInfo/expiration/endDateTime",
        ScheduleField::EndDateTime,
        Kind::Time,
        &[Eq, Ne, Range, Null],
        &[],
        Sort::Yes,
    ),
];

/// Instances of either kind: as schedules, with times of their own and the schedule they belong to.
pub(crate) const INSTANCES: &[Property<ScheduleField>] = &[
    property("id", ScheduleField::Id, Kind::Id, ID, &[], Sort::No),
    property(
        "groupId",
        ScheduleField::GroupId,
        Kind::Id,
        ID,
        &[],
        Sort::No,
    ),
    property(
        "group/id",
        ScheduleField::GroupId,
        Kind::Id,
        ID,
        &[],
        Sort::No,
    ),
    property(
        "accessId",
        ScheduleField::AccessId,
        Kind::Text,
        WORD,
        &[],
        Sort::No,
    ),
    property(
        "principalId",
        ScheduleField::PrincipalId,
        Kind::Id,
        ID,
        &[],
        Sort::No,
    ),
    property(
        "principal/id",
        ScheduleField::PrincipalId,
        Kind::Id,
        ID,
        &[],
        Sort::No,
    ),
    property(
        "principal/displayName",
        ScheduleField::PrincipalDisplayName,
        Kind::Text,
        TITLE,
        &[],
        Sort::Yes,
    ),
    property(
        "memberType",
        ScheduleField::MemberType,
        Kind::Text,
        WORD,
        &[],
        Sort::No,
    ),
    property(
        "assignmentType",
        ScheduleField::AssignmentType,
        Kind::Text,
        WORD,
        &[],
        Sort::No,
    ),
    property(
        "assignmentScheduleId",
        ScheduleField::ScheduleId,
        Kind::Id,
        ID,
        &[],
        Sort::No,
    ),
    property(
        "eligibilityScheduleId",
        ScheduleField::ScheduleId,
        Kind::Id,
        ID,
        &[],
        Sort::No,
    ),
    property(
        "startDateTime",
        ScheduleField::StartDateTime,
        Kind::Time,
        TIME,
        &[],
        Sort::Yes,
    ),
    property(
        "endDateTime",
        ScheduleField::EndDateTime,
        Kind::Time,
        &[Eq, Ne, Range, Null],
        &[],
        Sort::Yes,
    ),
];

/// Requests of either kind (`pim-groups.md` section 1).
pub(crate) const REQUESTS: &[Property<RequestField>] = &[
    property("id", RequestField::Id, Kind::Id, ID, &[], Sort::No),
    property(
        "groupId",
        RequestField::GroupId,
        Kind::Id,
        ID,
        &[],
        Sort::No,
    ),
    property(
        "group/id",
        RequestField::GroupId,
        Kind::Id,
        ID,
        &[],
        Sort::No,
    ),
    property(
        "accessId",
        RequestField::AccessId,
        Kind::Text,
        WORD,
        &[],
        Sort::No,
    ),
    property(
        "principalId",
        RequestField::PrincipalId,
        Kind::Id,
        ID,
        &[],
        Sort::No,
    ),
    property(
        "principal/id",
        RequestField::PrincipalId,
        Kind::Id,
        ID,
        &[],
        Sort::No,
    ),
    property(
        "principal/displayName",
        RequestField::PrincipalDisplayName,
        Kind::Text,
        TITLE,
        &[],
        Sort::Yes,
    ),
    property(
        "action",
        RequestField::Action,
        Kind::Text,
        WORD,
        &[],
        Sort::No,
    ),
    property(
        "status",
        RequestField::Status,
        Kind::Text,
        WORD,
        &[],
        Sort::No,
    ),
    property(
        "targetScheduleId",
        RequestField::TargetScheduleId,
        Kind::Id,
        &[Eq, Ne, In, Null],
        &[],
        Sort::No,
    ),
    property(
        "createdBy",
        RequestField::CreatedBy,
        Kind::Id,
        ID,
        &[],
        Sort::No,
    ),
    property(
        "createdBy/user/id",
        RequestField::CreatedBy,
        Kind::Id,
        ID,
        &[],
        Sort::No,
    ),
    property(
        "createdDateTime",
        RequestField::CreatedDateTime,
        Kind::Time,
        TIME,
        &[],
        Sort::Yes,
    ),
];

/// Approvals, as requests that needed one.
pub(crate) const APPROVALS: &[Property<RequestField>] = &[
    property("id", RequestField::Id, Kind::Id, ID, &[], Sort::No),
    property(
        "createdDateTime",
        RequestField::CreatedDateTime,
        Kind::Time,
        TIME,
        &[],
        Sort::Yes,
    ),
];

/// Groups under management, as `/beta` lists them.
pub(crate) const RESOURCES: &[Property<GroupField>] =
    &[property("id", GroupField::Id, Kind::Id, ID, &[], Sort::No)];

/// The fields of `directoryAudit`s: what they are follows from an event, so they are no columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AuditField {
    Id,
    ActivityDateTime,
    ActivityDisplayName,
    Category,
    LoggedByService,
    OperationType,
    Result,
    CorrelationId,
    UserId,
    UserDisplayName,
    UserPrincipalName,
    AppId,
    AppDisplayName,
    TargetId,
    TargetDisplayName,
}

/// The audit log (`governance.md` 3.1).
pub(crate) const AUDITS: &[Property<AuditField>] = {
    use AuditField as F;
    const EQ: &[Op] = &[Eq, In];
    const STARTS: &[Op] = &[Eq, In, StartsWith];
    &[
        property("id", F::Id, Kind::Id, EQ, &[], Sort::No),
        property(
            "activityDateTime",
            F::ActivityDateTime,
            Kind::Time,
            &[Eq, Range],
            &[],
            Sort::Yes,
        ),
        property(
            "activityDisplayName",
            F::ActivityDisplayName,
            Kind::Text,
            STARTS,
            &[],
            Sort::No,
        ),
        property("category", F::Category, Kind::Text, EQ, &[], Sort::No),
        property(
            "loggedByService",
            F::LoggedByService,
            Kind::Text,
            EQ,
            &[],
            Sort::No,
        ),
        property(
            "operationType",
            F::OperationType,
            Kind::Text,
            EQ,
            &[],
            Sort::No,
        ),
        property("result", F::Result, Kind::Text, EQ, &[], Sort::No),
        property(
            "correlationId",
            F::CorrelationId,
            Kind::Id,
            EQ,
            &[],
            Sort::No,
        ),
        property(
            "initiatedBy/user/id",
            F::UserId,
            Kind::Id,
            EQ,
            &[],
            Sort::No,
        ),
        property(
            "initiatedBy/user/displayName",
            F::UserDisplayName,
            Kind::Text,
            STARTS,
            &[],
            Sort::No,
        ),
        property(
            "initiatedBy/user/userPrincipalName",
            F::UserPrincipalName,
            Kind::Text,
            STARTS,
            &[],
            Sort::No,
        ),
        property(
            "initiatedBy/app/appId",
            F::AppId,
            Kind::Id,
            EQ,
            &[],
            Sort::No,
        ),
        property(
            "initiatedBy/app/displayName",
            F::AppDisplayName,
            Kind::Text,
            STARTS,
            &[],
            Sort::No,
        ),
        property(
            "targetResources/id",
            F::TargetId,
            Kind::Texts,
            &[Any],
            &[],
            Sort::No,
        ),
        property(
            "targetResources/displayName",
            F::TargetDisplayName,
            Kind::Texts,
            &[Any],
            &[],
            Sort::No,
        ),
    ]
};
