//! Which properties each collection can be filtered and ordered by, and how (`directory.md` 2.2,
//! `pim-groups.md` section 1). What is not here can't be asked.

pub(crate) mod packages;

use ephor_core::query::{
    GroupField, PrincipalField, ProgramField, RequestField, ScheduleField, UnitField, UserField,
};

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
        "employeeId",
        UserField::EmployeeId,
        Kind::Text,
        NAME,
        NAME_MORE,
        Sort::No,
    ),
    property(
        "city",
        UserField::City,
        Kind::Text,
        NAME,
        NAME_MORE,
        Sort::No,
    ),
    property(
        "companyName",
        UserField::CompanyName,
        Kind::Text,
        &[Eq, In],
        &[Ne, StartsWith, Null],
        Sort::No,
    ),
    property(
        "country",
        UserField::Country,
        Kind::Text,
        NAME,
        NAME_MORE,
        Sort::No,
    ),
    property(
        "state",
        UserField::State,
        Kind::Text,
        NAME,
        NAME_MORE,
        Sort::No,
    ),
    property(
        "usageLocation",
        UserField::UsageLocation,
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

/// Applications and service principals.
pub(crate) const PROGRAMS: &[Property<ProgramField>] = &[
    property("id", ProgramField::Id, Kind::Id, &[Eq, In], &[Ne], Sort::No),
    property(
        "appId",
        ProgramField::AppId,
        Kind::Id,
        &[Eq, In],
        &[Ne],
        Sort::No,
    ),
    property(
        "displayName",
        ProgramField::DisplayName,
        Kind::Text,
        NAME,
        NAME_MORE,
        Sort::Yes,
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

/// Schedules of directory roles, of either kind (`directory.md` 6.2).
pub(crate) const ROLE_SCHEDULES: &[Property<ScheduleField>] = &[
    of_role("id", ScheduleField::Id, Kind::Id, ID, Sort::No),
    of_role(
        "principalId",
        ScheduleField::PrincipalId,
        Kind::Id,
        ID,
        Sort::No,
    ),
    of_role(
        "principal/id",
        ScheduleField::PrincipalId,
        Kind::Id,
        ID,
        Sort::No,
    ),
    of_role(
        "principal/displayName",
        ScheduleField::PrincipalDisplayName,
        Kind::Text,
        TITLE,
        Sort::Yes,
    ),
    of_role(
        "roleDefinitionId",
        ScheduleField::RoleDefinitionId,
        Kind::Id,
        ID,
        Sort::No,
    ),
    of_role(
        "roleDefinition/id",
        ScheduleField::RoleDefinitionId,
        Kind::Id,
        ID,
        Sort::No,
    ),
    of_role(
        "directoryScopeId",
        ScheduleField::DirectoryScopeId,
        Kind::Text,
        ID,
        Sort::No,
    ),
    of_role(
        "memberType",
        ScheduleField::MemberType,
        Kind::Text,
        WORD,
        Sort::No,
    ),
    of_role(
        "assignmentType",
        ScheduleField::AssignmentType,
        Kind::Text,
        WORD,
        Sort::No,
    ),
    of_role(
        "createdUsing",
        ScheduleField::CreatedUsing,
        Kind::Id,
        &[Eq, Ne, In, Null],
        Sort::No,
    ),
    of_role("status", ScheduleField::Status, Kind::Text, WORD, Sort::No),
    of_role(
        "createdDateTime",
        ScheduleField::CreatedDateTime,
        Kind::Time,
        TIME,
        Sort::Yes,
    ),
];

/// Instances of them.
pub(crate) const ROLE_INSTANCES: &[Property<ScheduleField>] = &[
    of_role("id", ScheduleField::Id, Kind::Id, ID, Sort::No),
    of_role(
        "principalId",
        ScheduleField::PrincipalId,
        Kind::Id,
        ID,
        Sort::No,
    ),
    of_role(
        "principal/id",
        ScheduleField::PrincipalId,
        Kind::Id,
        ID,
        Sort::No,
    ),
    of_role(
        "principal/displayName",
        ScheduleField::PrincipalDisplayName,
        Kind::Text,
        TITLE,
        Sort::Yes,
    ),
    of_role(
        "roleDefinitionId",
        ScheduleField::RoleDefinitionId,
        Kind::Id,
        ID,
        Sort::No,
    ),
    of_role(
        "roleDefinition/id",
        ScheduleField::RoleDefinitionId,
        Kind::Id,
        ID,
        Sort::No,
    ),
    of_role(
        "directoryScopeId",
        ScheduleField::DirectoryScopeId,
        Kind::Text,
        ID,
        Sort::No,
    ),
    of_role(
        "memberType",
        ScheduleField::MemberType,
        Kind::Text,
        WORD,
        Sort::No,
    ),
    of_role(
        "assignmentType",
        ScheduleField::AssignmentType,
        Kind::Text,
        WORD,
        Sort::No,
    ),
    of_role(
        "roleAssignmentScheduleId",
        ScheduleField::ScheduleId,
        Kind::Id,
        ID,
        Sort::No,
    ),
    of_role(
        "roleEligibilityScheduleId",
        ScheduleField::ScheduleId,
        Kind::Id,
        ID,
        Sort::No,
    ),
    of_role(
        "startDateTime",
        ScheduleField::StartDateTime,
        Kind::Time,
        &[Eq, Ne, Range, Null],
        Sort::Yes,
    ),
    of_role(
        "endDateTime",
        ScheduleField::EndDateTime,
        Kind::Time,
        &[Eq, Ne, Range, Null],
        Sort::Yes,
    ),
];

/// Who has which role.
pub(crate) const ROLE_ASSIGNMENTS: &[Property<ScheduleField>] = &[
    of_role("id", ScheduleField::Id, Kind::Id, ID, Sort::No),
    of_role(
        "principalId",
        ScheduleField::PrincipalId,
        Kind::Id,
        ID,
        Sort::No,
    ),
    of_role(
        "roleDefinitionId",
        ScheduleField::RoleDefinitionId,
        Kind::Id,
        ID,
        Sort::No,
    ),
    of_role(
        "directoryScopeId",
        ScheduleField::DirectoryScopeId,
        Kind::Text,
        ID,
        Sort::No,
    ),
];

/// Requests about directory roles, of either kind.
pub(crate) const ROLE_REQUESTS: &[Property<RequestField>] = &[
    of_role("id", RequestField::Id, Kind::Id, ID, Sort::No),
    of_role(
        "principalId",
        RequestField::PrincipalId,
        Kind::Id,
        ID,
        Sort::No,
    ),
    of_role(
        "principal/id",
        RequestField::PrincipalId,
        Kind::Id,
        ID,
        Sort::No,
    ),
    of_role(
        "principal/displayName",
        RequestField::PrincipalDisplayName,
        Kind::Text,
        TITLE,
        Sort::Yes,
    ),
    of_role(
        "roleDefinitionId",
        RequestField::RoleDefinitionId,
        Kind::Id,
        ID,
        Sort::No,
    ),
    of_role(
        "roleDefinition/id",
        RequestField::RoleDefinitionId,
        Kind::Id,
        ID,
        Sort::No,
    ),
    of_role(
        "directoryScopeId",
        RequestField::DirectoryScopeId,
        Kind::Text,
        ID,
        Sort::No,
    ),
    of_role("action", RequestField::Action, Kind::Text, WORD, Sort::No),
    of_role("status", RequestField::Status, Kind::Text, WORD, Sort::No),
    of_role(
        "targetScheduleId",
        RequestField::TargetScheduleId,
        Kind::Id,
        &[Eq, Ne, In, Null],
        Sort::No,
    ),
    of_role(
        "createdBy/user/id",
        RequestField::CreatedBy,
        Kind::Id,
        ID,
        Sort::No,
    ),
    of_role(
        "createdDateTime",
        RequestField::CreatedDateTime,
        Kind::Time,
        TIME,
        Sort::Yes,
    ),
];

/// Administrative units.
pub(crate) const UNITS: &[Property<UnitField>] = &[
    property("id", UnitField::Id, Kind::Id, &[Eq, In], &[Ne], Sort::No),
    property(
        "displayName",
        UnitField::DisplayName,
        Kind::Text,
        NAME,
        NAME_MORE,
        Sort::Advanced,
    ),
    property(
        "description",
        UnitField::Description,
        Kind::Text,
        &[Eq, StartsWith],
        &[Ne, Null],
        Sort::No,
    ),
    property(
        "isMemberManagementRestricted",
        UnitField::IsMemberManagementRestricted,
        Kind::Bool,
        &[Eq],
        &[Ne],
        Sort::No,
    ),
];

const fn of_role<F>(
    name: &'static str,
    field: F,
    kind: Kind,
    plain: &'static [Op],
    sort: Sort,
) -> Property<F> {
    property(name, field, kind, plain, &[], sort)
}
