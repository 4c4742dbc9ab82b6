//! The table: one line for each operation on each kind of target.
//!
//! It reads as the documents do: `directory.md` 7.1 and 7.2 for groups, R-B5 and R-B6 for who manages which
//! group, `directory.md` 6.2 for directory roles, `governance.md` 1.7 for access packages. A line for [`Target::Any`] counts where there is none for
//! the target itself; role-assignable groups and directory roles never fall back to the line for groups.

use super::Ground::{
    ActiveOwner, Anyone, Application, Approver, Catalog, CustomRole, Oneself, Operator, OverUnit,
    Role,
};
use super::{Ground, Target};
use crate::caller::Scope;
use crate::directory_role::DirectoryRole::{
    ApplicationAdministrator, AuthenticationAdministrator, CloudApplicationAdministrator,
    ConditionalAccessAdministrator, DirectoryReaders, DirectoryWriters, ExchangeAdministrator,
    GlobalAdministrator, GlobalReader, GroupsAdministrator, HelpdeskAdministrator,
    IdentityGovernanceAdministrator, IntuneAdministrator, PasswordAdministrator,
    PrivilegedAuthenticationAdministrator, PrivilegedRoleAdministrator, ReportsReader,
    SecurityAdministrator, SecurityOperator, SecurityReader, SharePointAdministrator,
    TeamsAdministrator, UserAdministrator,
};
use crate::package::CatalogRole;

/// Who may do an operation to such a target.
#[derive(Debug)]
pub struct Line {
    /// What is done.
    pub operation: Operation,
    /// To what.
    pub target: Target,
    /// The permissions of which a token needs one. Empty: none is needed.
    pub scopes: &'static [Scope],
    /// Permissions of which it needs one besides.
    pub also: &'static [Scope],
    grounds: &'static [&'static [Ground]],
    /// The actions of which a custom role needs one.
    pub actions: &'static [&'static str],
}

impl Line {
    /// The grounds of which a caller needs one.
    pub fn grounds(&self) -> impl Iterator<Item = Ground> {
        self.grounds.iter().flat_map(|some| some.iter().copied())
    }

    /// Whether any of them is a directory role: then what the caller holds must be looked up.
    pub fn names_roles(&self) -> bool {
        self.grounds()
            .any(|ground| matches!(ground, Role(_) | OverUnit(_) | CustomRole))
    }
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $label:literal;)*) => {
        /// Everything that a caller can ask for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation { $($(#[$doc])* $name,)* }

        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name in the record and in metrics.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }
        }
    };
}

operations! {
    /// Read the own account.
    ReadMe = "me.read";
    /// Read and list users.
    ReadUsers = "user.read";
    /// Make a user.
    CreateUser = "user.create";
    /// Change what is known of a user; of what is sensitive the credential table has a say too (R-A7).
    UpdateUser = "user.update";
    /// Set a user's password, or a number to reach them by; so does it here.
    SetPassword = "user.password";
    /// Delete a user; so does it here.
    DeleteUser = "user.delete";
    /// Disable an account, or enable it again; so does it here.
    SetAccount = "user.account";
    /// List deleted users that can be restored.
    ReadDeletedUsers = "user.deleted.read";
    /// Restore a deleted user; the credential table has a say too.
    RestoreUser = "user.restore";
    /// Delete a deleted user for good; so does it here.
    PurgeUser = "user.purge";
    /// Read and list groups, their members and owners.
    ReadGroups = "group.read";
    /// Make a group.
    CreateGroup = "group.create";
    /// Change what is known of a group.
    UpdateGroup = "group.update";
    /// Delete a group.
    DeleteGroup = "group.delete";
    /// List deleted groups that can be restored.
    ReadDeletedGroups = "group.deleted.read";
    /// Restore a deleted group: its owners own nothing of it any more, so they can't.
    RestoreGroup = "group.restore";
    /// Delete a deleted group for good.
    PurgeGroup = "group.purge";
    /// Add and remove members by the Groups API.
    ChangeMembers = "group.members.change";
    /// Add and remove owners by the Groups API.
    ChangeOwners = "group.owners.change";
    /// Read administrative units and what is in them.
    ReadUnits = "unit.read";
    /// Make, change and delete administrative units.
    ChangeUnits = "unit.change";
    /// Put something into an administrative unit, and take it out.
    ChangeUnitMembers = "unit.members.change";
    /// Read what directory roles there are.
    ReadRoleDefinitions = "role.definition.read";
    /// Make, change and delete custom roles.
    ChangeRoleDefinitions = "role.definition.change";
    /// Read who holds directory roles.
    ReadRoleAssignments = "role.assignment.read";
    /// Give and take directory roles outside PIM.
    ChangeRoleAssignments = "role.assignment.change";
    /// List who is eligible, with the requests about it.
    ReadEligibility = "eligibility.read";
    /// List who has access, with the requests about it.
    ReadAssignments = "assignment.read";
    /// Make somebody eligible.
    AssignEligibility = "eligibility.assign";
    /// Take an eligibility away.
    RemoveEligibility = "eligibility.remove";
    /// Assign somebody actively.
    AssignActive = "assignment.assign";
    /// Take an active assignment away.
    RemoveActive = "assignment.remove";
    /// Activate an own eligibility.
    Activate = "activation.request";
    /// End an own activation.
    Deactivate = "activation.end";
    /// Ask an administrator to extend or renew an own eligibility.
    AskEligibility = "eligibility.ask";
    /// Ask an administrator to extend or renew an own active assignment.
    AskActive = "assignment.ask";
    /// Decide on such a request about eligibility.
    DecideEligibility = "eligibility.decide";
    /// Decide on such a request about active assignment.
    DecideActive = "assignment.decide";
    /// Withdraw a request about eligibility.
    CancelEligibility = "eligibility.cancel";
    /// Withdraw a request about active assignment.
    CancelActive = "assignment.cancel";
    /// See the approval of a request for activation.
    ReadApproval = "approval.read";
    /// Approve or deny a request for activation.
    DecideApproval = "approval.decide";
    /// Bring a group under management, and see which could be.
    ManageGroup = "group.manage";
    /// List the groups under management.
    ListManagedGroups = "group.managed.list";
    /// Read role settings: whoever may activate must see what is asked of them.
    ReadPolicies = "policy.read";
    /// Read what role settings said before, and who changed them.
    ReadPolicyHistory = "policy.history.read";
    /// Change role settings.
    ChangePolicy = "policy.change";
    /// Read who had a role at an instant, by what and on whose word.
    ReadRoleAccess = "access.role.read";
    /// Read what a principal had at an instant, by what and on whose word.
    ReadPrincipalAccess = "access.principal.read";
    /// Read what differs between two instants, over all roles.
    ReadAllAccess = "access.all.read";
    /// Read the entries of the audit log about a group or directory role (*Resource audit*).
    ReadRoleAudit = "audit.role.read";
    /// Read the entries of the audit log about oneself and of what one did (*My audit*).
    ReadMyAudit = "audit.mine.read";
    /// Read the whole audit log.
    ReadAudit = "audit.read";
    /// Read what mails were sent or are kept.
    ReadMail = "mail.read";
    /// Read the company's name and domains.
    ReadOrganization = "organization.read";
    /// Read the tenant's settings.
    ReadSettings = "settings.read";
    /// Change the tenant's settings.
    ChangeSettings = "settings.change";
    /// End every session and token of a user; the credential table has a say too (R-A7).
    RevokeSessions = "sessions.revoke";
    /// See what a user signs in by.
    ReadMethods = "method.read";
    /// Take away what a user signs in by; the credential table has a say too.
    RemoveMethod = "method.remove";
    /// See a catalog with its resources, packages and policies, their requests and assignments.
    ReadCatalog = "package.read";
    /// See which packages one may ask for, and what one has and asked for.
    BrowsePackages = "package.browse";
    /// Make a catalog.
    CreateCatalog = "catalog.create";
    /// Change and delete a catalog, and what groups are in it.
    ChangeCatalog = "catalog.change";
    /// Put a group or a directory role into a catalog, or take it out: this besides the right over the catalog.
    OfferResource = "catalog.resource.offer";
    /// Say who makes catalogs.
    AppointCatalogCreator = "catalog.creator.appoint";
    /// Say who does what in a catalog.
    AppointInCatalog = "catalog.appoint";
    /// Make, change and delete packages, their roles and their policies.
    ChangePackage = "package.change";
    /// Assign and remove packages, and deliver them again.
    AssignPackage = "package.assign";
    /// Ask for a package, extend it, give it back.
    RequestPackage = "package.request";
    /// Withdraw a request about a package.
    CancelPackageRequest = "package.cancel";
    /// See the approval of a request about a package.
    ReadPackageApproval = "package.approval.read";
    /// Approve or deny a request about a package.
    DecidePackage = "package.decide";
    /// Make a tenant.
    MakeTenant = "tenant.make";
    /// Issue an access token in somebody's name.
    IssueToken = "token.issue";
    /// Read and list applications and service principals.
    ReadApplications = "application.read";
    /// Make, change and delete applications and service principals, and their secrets.
    ChangeApplications = "application.change";
    /// Give an application permissions, and take them away.
    GrantPermissions = "application.grant";
    /// Register an application, and give it a secret.
    RegisterApplication = "application.register";
    /// Read which authentication contexts there are.
    ReadContexts = "context.read";
    /// Name authentication contexts.
    ChangeContexts = "context.change";
    /// Read Conditional Access policies and named locations.
    ReadConditions = "condition.read";
    /// Change them.
    ChangeConditions = "condition.change";
    /// Read authentication strengths.
    ReadStrengths = "strength.read";
    /// Change authentication strengths.
    ChangeStrengths = "strength.change";
    /// Link an account with what another identity provider calls its owner.
    LinkIdentity = "identity.link";
    /// Withdraw a signing key.
    RevokeKey = "key.revoke";
    /// Give a user a one-time code for a new password.
    ResetPassword = "password.reset";
    /// Move a demonstration's clock.
    MoveClock = "clock.move";
}

/// Whoever may do everything.
const GLOBAL: &[Ground] = &[Role(GlobalAdministrator)];
/// Who may give directory roles, and make and run what leads to them (R-A2, R-A5; `directory.md` 6.2, 7.1).
const PRIVILEGED: &[Ground] = &[Role(GlobalAdministrator), Role(PrivilegedRoleAdministrator)];
const OWNER: &[Ground] = &[ActiveOwner];
const ONESELF: &[Ground] = &[Oneself];
const ANYONE: &[Ground] = &[Anyone];
const APPROVER: &[Ground] = &[Approver];
const APPLICATION: &[Ground] = &[Application];
const CUSTOM: &[Ground] = &[CustomRole];
const OPERATOR: &[Ground] = &[Operator];

/// Who may bring an ordinary group under management and run it there (R-B6).
const GROUP_MANAGERS: &[Ground] = &[
    Role(GlobalAdministrator),
    Role(DirectoryWriters),
    Role(GroupsAdministrator),
    Role(IdentityGovernanceAdministrator),
    Role(UserAdministrator),
    ActiveOwner,
];
/// Who may bring a role-assignable group under management and run it there (R-B5).
const PROTECTED_GROUP_MANAGERS: &[Ground] = &[
    Role(GlobalAdministrator),
    Role(PrivilegedRoleAdministrator),
    ActiveOwner,
];
/// Who reads privileged access without running it (`directory.md` 7.4).
const PIM_READERS: &[Ground] = &[
    Role(GlobalReader),
    Role(SecurityAdministrator),
    Role(SecurityOperator),
    Role(SecurityReader),
];
/// Who makes and runs any group that can't lead to a directory role (R-A6; `directory.md` 7.2).
const GROUP_WRITERS: &[Ground] = &[
    Role(GlobalAdministrator),
    Role(GroupsAdministrator),
    Role(UserAdministrator),
    Role(DirectoryWriters),
    Role(IntuneAdministrator),
];
/// Who deletes them: not whoever only writes (`directory.md` 7.2).
const GROUP_DELETERS: &[Ground] = &[
    Role(GlobalAdministrator),
    Role(GroupsAdministrator),
    Role(UserAdministrator),
    Role(IntuneAdministrator),
];
/// Who runs Microsoft 365 groups besides.
const MICROSOFT365_WRITERS: &[Ground] = &[
    Role(ExchangeAdministrator),
    Role(SharePointAdministrator),
    Role(TeamsAdministrator),
];
/// Who runs the groups of a unit.
const UNIT_GROUP_WRITERS: &[Ground] = &[OverUnit(GroupsAdministrator), OverUnit(UserAdministrator)];
const UNIT_MICROSOFT365_WRITERS: &[Ground] = &[
    OverUnit(SharePointAdministrator),
    OverUnit(TeamsAdministrator),
];
const GOVERNANCE: &[Ground] = &[Role(IdentityGovernanceAdministrator)];
/// Who may change, disable, delete and restore users; what is sensitive and whose, the credential table says.
const USER_WRITERS: &[Ground] = &[
    Role(GlobalAdministrator),
    Role(PrivilegedAuthenticationAdministrator),
    Role(UserAdministrator),
    Role(AuthenticationAdministrator),
];
/// The same over a unit.
const UNIT_USER_WRITERS: &[Ground] = &[
    OverUnit(PrivilegedAuthenticationAdministrator),
    OverUnit(UserAdministrator),
    OverUnit(AuthenticationAdministrator),
];
/// Who sets passwords besides.
const PASSWORD_SETTERS: &[Ground] = &[Role(HelpdeskAdministrator), Role(PasswordAdministrator)];
const UNIT_PASSWORD_SETTERS: &[Ground] = &[
    OverUnit(HelpdeskAdministrator),
    OverUnit(PasswordAdministrator),
];
/// Who ends sessions besides.
const SESSION_ENDERS: &[Ground] = &[Role(HelpdeskAdministrator)];
const UNIT_SESSION_ENDERS: &[Ground] = &[OverUnit(HelpdeskAdministrator)];
/// Who runs what others sign in by; whose, the credential table says.
const METHOD_RUNNERS: &[Ground] = &[
    Role(GlobalAdministrator),
    Role(PrivilegedAuthenticationAdministrator),
    Role(AuthenticationAdministrator),
];
const UNIT_METHOD_RUNNERS: &[Ground] = &[
    OverUnit(PrivilegedAuthenticationAdministrator),
    OverUnit(AuthenticationAdministrator),
];
/// Who restores role-assignable groups, besides Global Administrators.
const RESTORERS_OF_PROTECTED: &[Ground] = &[Role(PrivilegedRoleAdministrator)];

mod scopes {
    use super::Scope::{self, *};

    pub(super) const NONE: &[Scope] = &[];
    pub(super) const ME: &[Scope] = &[
        UserRead,
        UserReadBasicAll,
        UserReadAll,
        UserReadWriteAll,
        DirectoryReadAll,
        DirectoryReadWriteAll,
    ];
    pub(super) const USERS: &[Scope] = &[
        UserReadBasicAll,
        UserReadAll,
        UserReadWriteAll,
        DirectoryReadAll,
        DirectoryReadWriteAll,
    ];
    pub(super) const DELETED_USERS: &[Scope] = &[
        UserReadAll,
        UserReadWriteAll,
        DirectoryReadAll,
        DirectoryReadWriteAll,
    ];
    pub(super) const DELETED_GROUPS: &[Scope] = &[
        GroupReadAll,
        GroupReadWriteAll,
        DirectoryReadAll,
        DirectoryReadWriteAll,
    ];
    pub(super) const SESSIONS_REVOKE: &[Scope] = &[
        UserRevokeSessionsAll,
        UserReadWriteAll,
        DirectoryReadWriteAll,
    ];
    pub(super) const METHODS: &[Scope] = &[MethodsRead, MethodsReadAll, MethodsReadWriteAll];
    pub(super) const METHODS_WRITE: &[Scope] = &[MethodsReadWriteAll];
    pub(super) const ORGANIZATION: &[Scope] = &[
        UserRead,
        UserReadAll,
        UserReadWriteAll,
        DirectoryReadAll,
        DirectoryReadWriteAll,
    ];
    pub(super) const USERS_WRITE: &[Scope] = &[UserReadWriteAll, DirectoryReadWriteAll];
    pub(super) const CONTEXTS: &[Scope] = &[
        ContextRead,
        ContextReadWrite,
        ConditionsRead,
        ConditionsReadAll,
        ConditionsReadWrite,
    ];
    pub(super) const CONTEXTS_WRITE: &[Scope] = &[ContextReadWrite, ConditionsReadWrite];
    pub(super) const CONDITIONS: &[Scope] =
        &[ConditionsRead, ConditionsReadAll, ConditionsReadWrite];
    pub(super) const CONDITIONS_WRITE: &[Scope] = &[ConditionsReadWrite];
    pub(super) const STRENGTHS: &[Scope] = &[
        ConditionsRead,
        ConditionsReadAll,
        ConditionsReadWrite,
        StrengthsReadWrite,
    ];
    pub(super) const STRENGTHS_WRITE: &[Scope] = &[ConditionsReadWrite, StrengthsReadWrite];
    pub(super) const APPLICATIONS: &[Scope] = &[
        ApplicationReadAll,
        ApplicationReadWriteAll,
        ApplicationReadWriteOwnedBy,
        DirectoryReadAll,
        DirectoryReadWriteAll,
    ];
    pub(super) const APPLICATIONS_CHANGE: &[Scope] = &[
        ApplicationReadWriteAll,
        ApplicationReadWriteOwnedBy,
        DirectoryReadWriteAll,
    ];
    pub(super) const PERMISSIONS: &[Scope] = &[AppRoleAssignmentReadWriteAll];
    pub(super) const GROUPS: &[Scope] = &[
        GroupMemberReadAll,
        GroupMemberReadWriteAll,
        GroupReadAll,
        GroupReadWriteAll,
        DirectoryReadAll,
        DirectoryReadWriteAll,
    ];
    pub(super) const GROUPS_CREATE: &[Scope] =
        &[GroupCreate, GroupReadWriteAll, DirectoryReadWriteAll];
    pub(super) const GROUPS_WRITE: &[Scope] = &[GroupReadWriteAll, DirectoryReadWriteAll];
    pub(super) const MEMBERS_WRITE: &[Scope] = &[
        GroupMemberReadWriteAll,
        GroupReadWriteAll,
        DirectoryReadWriteAll,
    ];
    /// Besides, where a group leads to a directory role (`directory.md` 4.4).
    pub(super) const ROLES_WRITE: &[Scope] = &[RoleManagementReadWriteDirectory];
    pub(super) const ROLES: &[Scope] = &[
        RoleManagementReadDirectory,
        RoleManagementReadAll,
        RoleManagementReadWriteDirectory,
        DirectoryReadAll,
        DirectoryReadWriteAll,
    ];
    pub(super) const UNITS: &[Scope] = &[
        AdministrativeUnitReadAll,
        AdministrativeUnitReadWriteAll,
        DirectoryReadAll,
        DirectoryReadWriteAll,
    ];
    pub(super) const UNITS_WRITE: &[Scope] =
        &[AdministrativeUnitReadWriteAll, DirectoryReadWriteAll];
    pub(super) const ELIGIBILITY: &[Scope] =
        &[EligibilityScheduleRead, EligibilityScheduleReadWrite];
    pub(super) const ELIGIBILITY_WRITE: &[Scope] = &[EligibilityScheduleReadWrite];
    pub(super) const ELIGIBILITY_REMOVE: &[Scope] =
        &[EligibilityScheduleReadWrite, EligibilityScheduleRemove];
    pub(super) const ASSIGNMENTS: &[Scope] = &[AssignmentScheduleRead, AssignmentScheduleReadWrite];
    pub(super) const ASSIGNMENTS_WRITE: &[Scope] = &[AssignmentScheduleReadWrite];
    pub(super) const ASSIGNMENTS_REMOVE: &[Scope] =
        &[AssignmentScheduleReadWrite, AssignmentScheduleRemove];
    pub(super) const ROLE_ELIGIBILITY: &[Scope] = &[
        RoleEligibilityScheduleRead,
        RoleEligibilityScheduleReadWrite,
        RoleManagementReadDirectory,
        RoleManagementReadAll,
        RoleManagementReadWriteDirectory,
    ];
    pub(super) const ROLE_ELIGIBILITY_WRITE: &[Scope] = &[
        RoleEligibilityScheduleReadWrite,
        RoleManagementReadWriteDirectory,
    ];
    pub(super) const ROLE_ELIGIBILITY_REMOVE: &[Scope] = &[
        RoleEligibilityScheduleReadWrite,
        RoleEligibilityScheduleRemove,
        RoleManagementReadWriteDirectory,
    ];
    pub(super) const ROLE_ASSIGNMENTS: &[Scope] = &[
        RoleAssignmentScheduleRead,
        RoleAssignmentScheduleReadWrite,
        RoleManagementReadDirectory,
        RoleManagementReadAll,
        RoleManagementReadWriteDirectory,
    ];
    pub(super) const ROLE_ASSIGNMENTS_WRITE: &[Scope] = &[
        RoleAssignmentScheduleReadWrite,
        RoleManagementReadWriteDirectory,
    ];
    pub(super) const ROLE_ASSIGNMENTS_REMOVE: &[Scope] = &[
        RoleAssignmentScheduleReadWrite,
        RoleAssignmentScheduleRemove,
        RoleManagementReadWriteDirectory,
    ];
    pub(super) const MANAGE: &[Scope] = &[
        PrivilegedAccessReadWrite,
        PolicyReadWrite,
        AssignmentScheduleReadWrite,
        EligibilityScheduleReadWrite,
    ];
    pub(super) const MANAGED: &[Scope] = &[PrivilegedAccessRead, PrivilegedAccessReadWrite];
    pub(super) const POLICIES: &[Scope] = &[PolicyRead, PolicyReadWrite];
    pub(super) const POLICIES_WRITE: &[Scope] = &[PolicyReadWrite];
    pub(super) const ROLE_POLICIES: &[Scope] = &[
        RolePolicyRead,
        RolePolicyReadWrite,
        RoleManagementReadDirectory,
        RoleManagementReadAll,
        RoleManagementReadWriteDirectory,
    ];
    pub(super) const ROLE_POLICIES_WRITE: &[Scope] =
        &[RolePolicyReadWrite, RoleManagementReadWriteDirectory];
    pub(super) const PACKAGES: &[Scope] =
        &[EntitlementManagementRead, EntitlementManagementReadWrite];
    pub(super) const PACKAGES_WRITE: &[Scope] = &[EntitlementManagementReadWrite];
    pub(super) const AUDIT: &[Scope] = &[AuditLogReadAll];
    pub(super) const SETTINGS: &[Scope] = &[
        DirectoryReadAll,
        DirectoryReadWriteAll,
        RoleManagementReadWriteDirectory,
    ];
    pub(super) const SETTINGS_WRITE: &[Scope] =
        &[DirectoryReadWriteAll, RoleManagementReadWriteDirectory];
}

macro_rules! lines {
    ($($operation:ident, $target:ident: [$scopes:ident $(and $also:ident)?] on [$($grounds:ident),*]
        $(where $($action:literal),*)?;)*) => {
        /// Every line.
        pub const LINES: &[Line] = &[$(Line {
            operation: Operation::$operation,
            target: Target::$target,
            scopes: scopes::$scopes,
            also: lines!(@also $($also)?),
            grounds: &[$($grounds),*],
            actions: &[$($(concat!("microsoft.directory/", $action)),*)?],
        },)*];
    };
    (@also $also:ident) => { scopes::$also };
    (@also) => { scopes::NONE };
}

lines! {
    ReadMe, Any: [ME] on [ONESELF];
    ReadUsers, Any: [USERS] on [ANYONE, APPLICATION];
    CreateUser, Any: [USERS_WRITE] on [USER_MAKERS, CUSTOM, APPLICATION] where "users/create";
    UpdateUser, Any: [USERS_WRITE] on [USER_WRITERS, UNIT_USER_WRITERS, CUSTOM, APPLICATION]
        where "users/basic/update";
    SetPassword, Any: [USERS_WRITE]
        on [USER_WRITERS, PASSWORD_SETTERS, UNIT_USER_WRITERS, UNIT_PASSWORD_SETTERS, CUSTOM]
        where "users/password/update";
    DeleteUser, Any: [USERS_WRITE] on [USER_WRITERS, UNIT_USER_WRITERS, CUSTOM, APPLICATION]
        where "users/delete";
    SetAccount, Any: [USERS_WRITE] on [USER_WRITERS, UNIT_USER_WRITERS, CUSTOM, APPLICATION]
        where "users/disable", "users/enable";
    ReadDeletedUsers, Any: [DELETED_USERS] on [USER_WRITERS, SETTINGS_READERS, CUSTOM, APPLICATION]
        where "users/restore", "deletedItems.users/delete";
    RestoreUser, Any: [USERS_WRITE] on [USER_WRITERS, CUSTOM, APPLICATION] where "users/restore";
    PurgeUser, Any: [USERS_WRITE] on [USER_WRITERS, CUSTOM, APPLICATION]
        where "deletedItems.users/delete";

    ReadGroups, Any: [GROUPS] on [ANYONE, APPLICATION];
    CreateGroup, Group: [GROUPS_CREATE] on [GROUP_WRITERS, CUSTOM, APPLICATION]
        where "groups/create", "groups.security/create";
    CreateGroup, Microsoft365: [GROUPS_CREATE] on [GROUP_WRITERS, MICROSOFT365_WRITERS, CUSTOM, APPLICATION]
        where "groups/create", "groups.unified/create";
    CreateGroup, RoleAssignable: [GROUPS_CREATE and ROLES_WRITE] on [PRIVILEGED, APPLICATION];
    UpdateGroup, Group: [GROUPS_WRITE] on [GROUP_WRITERS, UNIT_GROUP_WRITERS, OWNER, CUSTOM, APPLICATION]
        where "groups/basic/update", "groups.security/basic/update";
    UpdateGroup, Microsoft365: [GROUPS_WRITE]
        on [GROUP_WRITERS, MICROSOFT365_WRITERS, UNIT_GROUP_WRITERS, UNIT_MICROSOFT365_WRITERS, OWNER, CUSTOM, APPLICATION]
        where "groups/basic/update", "groups.unified/basic/update";
    UpdateGroup, RoleAssignable: [GROUPS_WRITE and ROLES_WRITE] on [PRIVILEGED, OWNER, APPLICATION];
    DeleteGroup, Group: [GROUPS_WRITE] on [GROUP_DELETERS, UNIT_GROUP_WRITERS, OWNER, CUSTOM, APPLICATION]
        where "groups/delete", "groups.security/delete";
    DeleteGroup, Microsoft365: [GROUPS_WRITE]
        on [GROUP_DELETERS, MICROSOFT365_WRITERS, UNIT_GROUP_WRITERS, UNIT_MICROSOFT365_WRITERS, OWNER, CUSTOM, APPLICATION]
        where "groups/delete", "groups.unified/delete";
    DeleteGroup, RoleAssignable: [GROUPS_WRITE and ROLES_WRITE] on [PRIVILEGED, OWNER, APPLICATION];
    ReadDeletedGroups, Any: [DELETED_GROUPS]
        on [GROUP_DELETERS, MICROSOFT365_WRITERS, RESTORERS_OF_PROTECTED, SETTINGS_READERS, CUSTOM, APPLICATION]
        where "groups/restore", "groups.security/restore", "groups.unified/restore", "deletedItems.groups/delete";
    RestoreGroup, Group: [GROUPS_WRITE] on [GROUP_DELETERS, OWNER, CUSTOM, APPLICATION]
        where "groups/restore", "groups.security/restore";
    RestoreGroup, Microsoft365: [GROUPS_WRITE]
        on [GROUP_DELETERS, MICROSOFT365_WRITERS, OWNER, CUSTOM, APPLICATION]
        where "groups/restore", "groups.unified/restore";
    RestoreGroup, RoleAssignable: [GROUPS_WRITE and ROLES_WRITE] on [PRIVILEGED, OWNER, APPLICATION];
    PurgeGroup, Group: [GROUPS_WRITE] on [GROUP_DELETERS, CUSTOM, APPLICATION]
        where "deletedItems.groups/delete";
    PurgeGroup, RoleAssignable: [GROUPS_WRITE and ROLES_WRITE] on [PRIVILEGED, APPLICATION];
    ChangeMembers, Group: [MEMBERS_WRITE]
        on [GROUP_WRITERS, GOVERNANCE, UNIT_GROUP_WRITERS, OWNER, CUSTOM, APPLICATION]
        where "groups/members/update", "groups.security/members/update";
    ChangeMembers, Microsoft365: [MEMBERS_WRITE]
        on [GROUP_WRITERS, GOVERNANCE, MICROSOFT365_WRITERS, UNIT_GROUP_WRITERS, UNIT_MICROSOFT365_WRITERS, OWNER, CUSTOM, APPLICATION]
        where "groups/members/update", "groups.unified/members/update";
    ChangeMembers, RoleAssignable: [MEMBERS_WRITE and ROLES_WRITE] on [PRIVILEGED, OWNER, APPLICATION];
    ChangeOwners, Group: [GROUPS_WRITE] on [GROUP_WRITERS, UNIT_GROUP_WRITERS, OWNER, CUSTOM, APPLICATION]
        where "groups/owners/update", "groups.security/owners/update";
    ChangeOwners, Microsoft365: [GROUPS_WRITE]
        on [GROUP_WRITERS, MICROSOFT365_WRITERS, UNIT_GROUP_WRITERS, UNIT_MICROSOFT365_WRITERS, OWNER, CUSTOM, APPLICATION]
        where "groups/owners/update", "groups.unified/owners/update";
    ChangeOwners, RoleAssignable: [GROUPS_WRITE and ROLES_WRITE] on [PRIVILEGED, OWNER, APPLICATION];

    ReadUnits, Any: [UNITS] on [ANYONE, APPLICATION];
    ChangeUnits, Any: [UNITS_WRITE] on [PRIVILEGED, APPLICATION];
    ChangeUnitMembers, Any: [UNITS_WRITE] on [PRIVILEGED, APPLICATION];

    ReadRoleDefinitions, Any: [ROLES] on [ANYONE, APPLICATION];
    ChangeRoleDefinitions, Any: [ROLES_WRITE] on [PRIVILEGED, APPLICATION];
    ReadRoleAssignments, Any: [ROLES] on [PRIVILEGED, PIM_READERS, DIRECTORY_READERS, ONESELF, APPLICATION];
    ChangeRoleAssignments, Any: [ROLES_WRITE] on [PRIVILEGED, APPLICATION];

    ReadEligibility, Group: [ELIGIBILITY] on [GROUP_MANAGERS, PIM_READERS, ONESELF, APPLICATION];
    ReadEligibility, RoleAssignable: [ELIGIBILITY]
        on [PROTECTED_GROUP_MANAGERS, PIM_READERS, ONESELF, APPLICATION];
    ReadEligibility, DirectoryRole: [ROLE_ELIGIBILITY] on [PRIVILEGED, PIM_READERS, ONESELF, APPLICATION];
    ReadAssignments, Group: [ASSIGNMENTS] on [GROUP_MANAGERS, PIM_READERS, ONESELF, APPLICATION];
    ReadAssignments, RoleAssignable: [ASSIGNMENTS]
        on [PROTECTED_GROUP_MANAGERS, PIM_READERS, ONESELF, APPLICATION];
    ReadAssignments, DirectoryRole: [ROLE_ASSIGNMENTS] on [PRIVILEGED, PIM_READERS, ONESELF, APPLICATION];
    AssignEligibility, Group: [ELIGIBILITY_WRITE] on [GROUP_MANAGERS, APPLICATION];
    AssignEligibility, RoleAssignable: [ELIGIBILITY_WRITE] on [PROTECTED_GROUP_MANAGERS, APPLICATION];
    AssignEligibility, DirectoryRole: [ROLE_ELIGIBILITY_WRITE] on [PRIVILEGED, APPLICATION];
    RemoveEligibility, Group: [ELIGIBILITY_REMOVE] on [GROUP_MANAGERS, APPLICATION];
    RemoveEligibility, RoleAssignable: [ELIGIBILITY_REMOVE] on [PROTECTED_GROUP_MANAGERS, APPLICATION];
    RemoveEligibility, DirectoryRole: [ROLE_ELIGIBILITY_REMOVE] on [PRIVILEGED, APPLICATION];
    AssignActive, Group: [ASSIGNMENTS_WRITE] on [GROUP_MANAGERS, APPLICATION];
    AssignActive, RoleAssignable: [ASSIGNMENTS_WRITE] on [PROTECTED_GROUP_MANAGERS, APPLICATION];
    AssignActive, DirectoryRole: [ROLE_ASSIGNMENTS_WRITE] on [PRIVILEGED, APPLICATION];
    RemoveActive, Group: [ASSIGNMENTS_REMOVE] on [GROUP_MANAGERS, APPLICATION];
    RemoveActive, RoleAssignable: [ASSIGNMENTS_REMOVE] on [PROTECTED_GROUP_MANAGERS, APPLICATION];
    RemoveActive, DirectoryRole: [ROLE_ASSIGNMENTS_REMOVE] on [PRIVILEGED, APPLICATION];
    Activate, Any: [ASSIGNMENTS_WRITE] on [ONESELF];
    Activate, DirectoryRole: [ROLE_ASSIGNMENTS_WRITE] on [ONESELF];
    Deactivate, Any: [ASSIGNMENTS_REMOVE] on [ONESELF];
    Deactivate, DirectoryRole: [ROLE_ASSIGNMENTS_REMOVE] on [ONESELF];
    AskEligibility, Any: [ELIGIBILITY_WRITE] on [ONESELF];
    AskEligibility, DirectoryRole: [ROLE_ELIGIBILITY_WRITE] on [ONESELF];
    AskActive, Any: [ASSIGNMENTS_WRITE] on [ONESELF];
    AskActive, DirectoryRole: [ROLE_ASSIGNMENTS_WRITE] on [ONESELF];
    DecideEligibility, Group: [ELIGIBILITY_WRITE] on [GROUP_MANAGERS];
    DecideEligibility, RoleAssignable: [ELIGIBILITY_WRITE] on [PROTECTED_GROUP_MANAGERS];
    DecideEligibility, DirectoryRole: [ROLE_ELIGIBILITY_WRITE] on [PRIVILEGED];
    DecideActive, Group: [ASSIGNMENTS_WRITE] on [GROUP_MANAGERS];
    DecideActive, RoleAssignable: [ASSIGNMENTS_WRITE] on [PROTECTED_GROUP_MANAGERS];
    DecideActive, DirectoryRole: [ROLE_ASSIGNMENTS_WRITE] on [PRIVILEGED];
    CancelEligibility, Group: [ELIGIBILITY_REMOVE] on [GROUP_MANAGERS, ONESELF];
    CancelEligibility, RoleAssignable: [ELIGIBILITY_REMOVE] on [PROTECTED_GROUP_MANAGERS, ONESELF];
    CancelEligibility, DirectoryRole: [ROLE_ELIGIBILITY_REMOVE] on [PRIVILEGED, ONESELF];
    CancelActive, Group: [ASSIGNMENTS_REMOVE] on [GROUP_MANAGERS, ONESELF];
    CancelActive, RoleAssignable: [ASSIGNMENTS_REMOVE] on [PROTECTED_GROUP_MANAGERS, ONESELF];
    CancelActive, DirectoryRole: [ROLE_ASSIGNMENTS_REMOVE] on [PRIVILEGED, ONESELF];
    ReadApproval, Group: [ASSIGNMENTS] on [GROUP_MANAGERS, PIM_READERS, APPROVER, ONESELF];
    ReadApproval, RoleAssignable: [ASSIGNMENTS] on [PROTECTED_GROUP_MANAGERS, PIM_READERS, APPROVER, ONESELF];
    ReadApproval, DirectoryRole: [ROLE_ASSIGNMENTS] on [PRIVILEGED, PIM_READERS, APPROVER, ONESELF];
    DecideApproval, Any: [ASSIGNMENTS_WRITE] on [APPROVER];
    DecideApproval, DirectoryRole: [ROLE_ASSIGNMENTS_WRITE] on [APPROVER];
    ManageGroup, Group: [MANAGE] on [GROUP_MANAGERS, APPLICATION];
    ManageGroup, RoleAssignable: [MANAGE] on [PROTECTED_GROUP_MANAGERS, APPLICATION];
    ListManagedGroups, Any: [MANAGED] on [ANYONE, APPLICATION];
    ReadPolicies, Any: [POLICIES] on [ANYONE, APPLICATION];
    ReadPolicies, DirectoryRole: [ROLE_POLICIES] on [ANYONE, APPLICATION];
    ReadPolicyHistory, Group: [POLICIES] on [GROUP_MANAGERS, PIM_READERS, APPLICATION];
    ReadPolicyHistory, RoleAssignable: [POLICIES] on [PROTECTED_GROUP_MANAGERS, PIM_READERS, APPLICATION];
    ReadPolicyHistory, DirectoryRole: [ROLE_POLICIES] on [PRIVILEGED, PIM_READERS, APPLICATION];
    ChangePolicy, Group: [POLICIES_WRITE] on [GROUP_MANAGERS, APPLICATION];
    ChangePolicy, RoleAssignable: [POLICIES_WRITE] on [PROTECTED_GROUP_MANAGERS, APPLICATION];
    ChangePolicy, DirectoryRole: [ROLE_POLICIES_WRITE] on [PRIVILEGED, APPLICATION];

    ReadRoleAccess, Group: [AUDIT] on [GROUP_MANAGERS, PIM_READERS, APPLICATION, OPERATOR];
    ReadRoleAccess, RoleAssignable: [AUDIT]
        on [PROTECTED_GROUP_MANAGERS, PIM_READERS, APPLICATION, OPERATOR];
    ReadRoleAccess, DirectoryRole: [AUDIT] on [PRIVILEGED, PIM_READERS, APPLICATION, OPERATOR];
    ReadPrincipalAccess, Any: [AUDIT] on [PRIVILEGED, PIM_READERS, ONESELF, APPLICATION, OPERATOR];
    ReadAllAccess, Any: [AUDIT] on [PRIVILEGED, PIM_READERS, APPLICATION, OPERATOR];
    ReadRoleAudit, Group: [AUDIT] on [GROUP_MANAGERS, PIM_READERS, AUDITORS, APPLICATION, OPERATOR];
    ReadRoleAudit, RoleAssignable: [AUDIT]
        on [PROTECTED_GROUP_MANAGERS, PIM_READERS, AUDITORS, APPLICATION, OPERATOR];
    ReadRoleAudit, DirectoryRole: [AUDIT]
        on [PRIVILEGED, PIM_READERS, AUDITORS, APPLICATION, OPERATOR];
    ReadMyAudit, Any: [AUDIT] on [ONESELF];
    ReadAudit, Any: [AUDIT] on [PRIVILEGED, PIM_READERS, AUDITORS, APPLICATION, OPERATOR];
    ReadMail, Any: [AUDIT] on [GLOBAL, OPERATOR];
    ReadOrganization, Any: [ORGANIZATION] on [ANYONE, APPLICATION];
    ReadSettings, Any: [SETTINGS] on [GLOBAL, SETTINGS_READERS];
    ChangeSettings, Any: [SETTINGS_WRITE] on [GLOBAL];
    RevokeSessions, Any: [SESSIONS_REVOKE]
        on [USER_WRITERS, SESSION_ENDERS, UNIT_USER_WRITERS, UNIT_SESSION_ENDERS, ONESELF, CUSTOM, APPLICATION]
        where "users/invalidateAllRefreshTokens";
    ReadMethods, Any: [METHODS]
        on [METHOD_RUNNERS, SETTINGS_READERS, UNIT_METHOD_RUNNERS, ONESELF, APPLICATION];
    RemoveMethod, Any: [METHODS_WRITE] on [METHOD_RUNNERS, UNIT_METHOD_RUNNERS, APPLICATION];
    ReadCatalog, Any: [PACKAGES]
        on [GOVERNORS, CATALOG_OWNER, CATALOG_READER, PACKAGE_MANAGER, ASSIGNMENT_MANAGER, APPLICATION];
    BrowsePackages, Any: [PACKAGES] on [ANYONE];
    CreateCatalog, Any: [PACKAGES_WRITE] on [GOVERNORS, CATALOG_CREATOR, APPLICATION];
    ChangeCatalog, Any: [PACKAGES_WRITE] on [GOVERNORS, CATALOG_OWNER, APPLICATION];
    OfferResource, Group: [PACKAGES_WRITE] on [GROUP_OFFERERS, OWNER, APPLICATION];
    OfferResource, Microsoft365: [PACKAGES_WRITE]
        on [GROUP_OFFERERS, MICROSOFT365_WRITERS, OWNER, APPLICATION];
    OfferResource, RoleAssignable: [PACKAGES_WRITE] on [PRIVILEGED, OWNER, APPLICATION];
    OfferResource, DirectoryRole: [PACKAGES_WRITE] on [PRIVILEGED, APPLICATION];
    AppointCatalogCreator, Any: [PACKAGES_WRITE] on [GOVERNORS, APPLICATION];
    AppointInCatalog, Any: [PACKAGES_WRITE] on [GOVERNORS, CATALOG_OWNER, APPLICATION];
    ChangePackage, Any: [PACKAGES_WRITE] on [GOVERNORS, CATALOG_OWNER, PACKAGE_MANAGER, APPLICATION];
    AssignPackage, Any: [PACKAGES_WRITE]
        on [GOVERNORS, CATALOG_OWNER, PACKAGE_MANAGER, ASSIGNMENT_MANAGER, APPLICATION];
    RequestPackage, Any: [PACKAGES_WRITE] on [ONESELF];
    CancelPackageRequest, Any: [PACKAGES_WRITE]
        on [GOVERNORS, CATALOG_OWNER, PACKAGE_MANAGER, ASSIGNMENT_MANAGER, ONESELF, APPLICATION];
    ReadPackageApproval, Any: [PACKAGES]
        on [GOVERNORS, CATALOG_OWNER, PACKAGE_MANAGER, ASSIGNMENT_MANAGER, APPROVER, ONESELF];
    DecidePackage, Any: [PACKAGES_WRITE] on [APPROVER];
    MakeTenant, Any: [NONE] on [OPERATOR];
    IssueToken, Any: [NONE] on [OPERATOR];
    ReadApplications, Any: [APPLICATIONS] on [ANYONE, APPLICATION];
    ChangeApplications, Any: [APPLICATIONS_CHANGE] on [APPLICATION_MAKERS, APPLICATION];
    GrantPermissions, Any: [PERMISSIONS] on [GLOBAL, APPLICATION];
    RegisterApplication, Any: [NONE] on [OPERATOR];
    ReadContexts, Any: [CONTEXTS] on [CONDITION_RUNNERS, CONDITION_READERS, APPLICATION];
    ChangeContexts, Any: [CONTEXTS_WRITE] on [CONDITION_RUNNERS, APPLICATION];
    ReadConditions, Any: [CONDITIONS] on [CONDITION_RUNNERS, CONDITION_READERS, APPLICATION];
    ChangeConditions, Any: [CONDITIONS_WRITE] on [CONDITION_RUNNERS, APPLICATION];
    ReadStrengths, Any: [STRENGTHS] on [CONDITION_RUNNERS, CONDITION_READERS, APPLICATION];
    ChangeStrengths, Any: [STRENGTHS_WRITE] on [CONDITION_RUNNERS, APPLICATION];
    LinkIdentity, Any: [NONE] on [OPERATOR];
    RevokeKey, Any: [NONE] on [OPERATOR];
    ResetPassword, Any: [NONE] on [OPERATOR];
    MoveClock, Any: [NONE] on [OPERATOR];
}

const USER_MAKERS: &[Ground] = &[Role(GlobalAdministrator), Role(UserAdministrator)];
/// Who says what a sign-in has to be for what (`directory.md` section 8).
const CONDITION_RUNNERS: &[Ground] = &[
    Role(GlobalAdministrator),
    Role(ConditionalAccessAdministrator),
    Role(SecurityAdministrator),
];
const CONDITION_READERS: &[Ground] = &[
    Role(GlobalReader),
    Role(SecurityOperator),
    Role(SecurityReader),
];
const APPLICATION_MAKERS: &[Ground] = &[
    Role(GlobalAdministrator),
    Role(ApplicationAdministrator),
    Role(CloudApplicationAdministrator),
];
const DIRECTORY_READERS: &[Ground] = &[Role(DirectoryReaders)];
const AUDITORS: &[Ground] = &[Role(ReportsReader)];
const SETTINGS_READERS: &[Ground] = &[Role(GlobalReader)];
/// Who runs all catalogs and says who makes them (`governance.md` 1.7).
const GOVERNORS: &[Ground] = &[
    Role(GlobalAdministrator),
    Role(IdentityGovernanceAdministrator),
];
/// Who may let a group be handed out by packages; running catalogs is not enough.
const GROUP_OFFERERS: &[Ground] = &[
    Role(GlobalAdministrator),
    Role(GroupsAdministrator),
    Role(IntuneAdministrator),
    Role(UserAdministrator),
];
const CATALOG_CREATOR: &[Ground] = &[Catalog(CatalogRole::CatalogCreator)];
const CATALOG_OWNER: &[Ground] = &[Catalog(CatalogRole::CatalogOwner)];
const CATALOG_READER: &[Ground] = &[Catalog(CatalogRole::CatalogReader)];
const PACKAGE_MANAGER: &[Ground] = &[Catalog(CatalogRole::PackageManager)];
const ASSIGNMENT_MANAGER: &[Ground] = &[Catalog(CatalogRole::AssignmentManager)];
