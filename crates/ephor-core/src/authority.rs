//! May this caller do this? One table, and nothing else, says so.
//!
//! Each operation names the delegated permissions that let a client ask for it (any one of them is enough)
//! and the grounds on which a caller may do it. What is not in a line is refused. The grounds that a
//! caller really stands on are looked up in the store in the same transaction; they are never in a token.

use crate::caller::{Caller, Scope};
use crate::refusal::{Code, Refusal};

/// On what grounds a caller may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ground {
    /// Holds the role Global Administrator now.
    GlobalAdministrator,
    /// Is an owner of the group now: an assigned one, or an activated one while that lasts.
    ActiveOwner,
    /// May decide on the request: is among its approvers now, and is neither its requestor nor whom it is for.
    Approver,
    /// Does it to or for themselves.
    Oneself,
    /// Is a person of this directory.
    Anyone,
    /// Has the database in hand.
    Operator,
    /// Is an application that acts in its own name: its permissions alone say what it may (`directory.md` 1.1).
    Application,
    /// Makes catalogs.
    CatalogCreator,
    /// Owns the catalog.
    CatalogOwner,
    /// May see the catalog.
    CatalogReader,
    /// Manages the packages of the catalog.
    PackageManager,
    /// Hands out the packages of the catalog.
    AssignmentManager,
}

impl Ground {
    /// Every ground, strongest first.
    pub const ALL: [Self; 12] = [
        Self::GlobalAdministrator,
        Self::ActiveOwner,
        Self::Approver,
        Self::Oneself,
        Self::Anyone,
        Self::Operator,
        Self::Application,
        Self::CatalogCreator,
        Self::CatalogOwner,
        Self::CatalogReader,
        Self::PackageManager,
        Self::AssignmentManager,
    ];
}

/// The grounds a caller stands on, towards what an operation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing(u16);

impl Standing {
    /// On these grounds.
    pub fn on(grounds: impl IntoIterator<Item = Ground>) -> Self {
        grounds.into_iter().fold(Self::default(), Self::and)
    }

    /// On this ground too.
    #[must_use]
    pub const fn and(self, ground: Ground) -> Self {
        Self(self.0 | 1 << ground as u8)
    }

    /// Whether on this ground.
    pub const fn has(self, ground: Ground) -> bool {
        self.0 & (1 << ground as u8) != 0
    }
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $label:literal: [$($scope:ident),*] on [$($ground:ident),*];)*) => {
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

            /// The permissions of which a token needs one. Empty: none is needed.
            pub const fn scopes(self) -> &'static [Scope] {
                match self { $(Self::$name => &[$(Scope::$scope),*],)* }
            }

            /// The grounds of which a caller needs one.
            pub const fn grounds(self) -> &'static [Ground] {
                match self { $(Self::$name => &[$(Ground::$ground),*],)* }
            }
        }
    };
}

operations! {
    /// Read the own account.
    ReadMe = "me.read": [UserRead, UserReadBasicAll, UserReadAll, UserReadWriteAll, DirectoryReadAll, DirectoryReadWriteAll] on [Oneself];
    /// Read and list users.
    ReadUsers = "user.read": [UserReadBasicAll, UserReadAll, UserReadWriteAll, DirectoryReadAll, DirectoryReadWriteAll] on [Anyone];
    /// Make a user.
    CreateUser = "user.create": [UserReadWriteAll, DirectoryReadWriteAll] on [GlobalAdministrator];
    /// Change what is known of a user, and set their password.
    UpdateUser = "user.update": [UserReadWriteAll, DirectoryReadWriteAll] on [GlobalAdministrator];
    /// Delete a user.
    DeleteUser = "user.delete": [UserReadWriteAll, DirectoryReadWriteAll] on [GlobalAdministrator];
    /// Disable an account, or enable it again.
    SetAccount = "user.account": [UserReadWriteAll, DirectoryReadWriteAll] on [GlobalAdministrator];
    /// List deleted users that can be restored.
    ReadDeletedUsers = "user.deleted.read": [UserReadAll, UserReadWriteAll, DirectoryReadAll, DirectoryReadWriteAll] on [GlobalAdministrator];
    /// Restore a deleted user.
    RestoreUser = "user.restore": [UserReadWriteAll, DirectoryReadWriteAll] on [GlobalAdministrator];
    /// Delete a deleted user for good.
    PurgeUser = "user.purge": [UserReadWriteAll, DirectoryReadWriteAll] on [GlobalAdministrator];
    /// Read and list groups, their members and owners.
    ReadGroups = "group.read": [GroupMemberReadAll, GroupMemberReadWriteAll, GroupReadAll, GroupReadWriteAll, DirectoryReadAll, DirectoryReadWriteAll] on [Anyone];
    /// Make a group.
    CreateGroup = "group.create": [GroupReadWriteAll, DirectoryReadWriteAll] on [GlobalAdministrator];
    /// Change what is known of a group.
    UpdateGroup = "group.update": [GroupReadWriteAll, DirectoryReadWriteAll] on [GlobalAdministrator, ActiveOwner];
    /// Delete a group.
    DeleteGroup = "group.delete": [GroupReadWriteAll, DirectoryReadWriteAll] on [GlobalAdministrator, ActiveOwner];
    /// List deleted groups that can be restored.
    ReadDeletedGroups = "group.deleted.read": [GroupReadAll, GroupReadWriteAll, DirectoryReadAll, DirectoryReadWriteAll] on [GlobalAdministrator];
    /// Restore a deleted group: its owners own nothing of it any more, so they can't.
    RestoreGroup = "group.restore": [GroupReadWriteAll, DirectoryReadWriteAll] on [GlobalAdministrator];
    /// Delete a deleted group for good.
    PurgeGroup = "group.purge": [GroupReadWriteAll, DirectoryReadWriteAll] on [GlobalAdministrator];
    /// Add and remove members by the Groups API.
    ChangeMembers = "group.members.change": [GroupMemberReadWriteAll, GroupReadWriteAll, DirectoryReadWriteAll] on [GlobalAdministrator, ActiveOwner];
    /// Add and remove owners by the Groups API.
    ChangeOwners = "group.owners.change": [GroupReadWriteAll, DirectoryReadWriteAll] on [GlobalAdministrator, ActiveOwner];
    /// List who is eligible for a group, with the requests about it.
    ReadEligibility = "eligibility.read": [EligibilityScheduleRead, EligibilityScheduleReadWrite] on [GlobalAdministrator, ActiveOwner, Oneself];
    /// List who has access to a group, with the requests about it.
    ReadAssignments = "assignment.read": [AssignmentScheduleRead, AssignmentScheduleReadWrite] on [GlobalAdministrator, ActiveOwner, Oneself];
    /// Make somebody eligible.
    AssignEligibility = "eligibility.assign": [EligibilityScheduleReadWrite] on [GlobalAdministrator, ActiveOwner];
    /// Take an eligibility away.
    RemoveEligibility = "eligibility.remove": [EligibilityScheduleReadWrite, EligibilityScheduleRemove] on [GlobalAdministrator, ActiveOwner];
    /// Assign somebody actively.
    AssignActive = "assignment.assign": [AssignmentScheduleReadWrite] on [GlobalAdministrator, ActiveOwner];
    /// Take an active assignment away.
    RemoveActive = "assignment.remove": [AssignmentScheduleReadWrite, AssignmentScheduleRemove] on [GlobalAdministrator, ActiveOwner];
    /// Activate an own eligibility.
    Activate = "activation.request": [AssignmentScheduleReadWrite] on [Oneself];
    /// End an own activation.
    Deactivate = "activation.end": [AssignmentScheduleReadWrite, AssignmentScheduleRemove] on [Oneself];
    /// Ask an administrator to extend or renew an own eligibility.
    AskEligibility = "eligibility.ask": [EligibilityScheduleReadWrite] on [Oneself];
    /// Ask an administrator to extend or renew an own active assignment.
    AskActive = "assignment.ask": [AssignmentScheduleReadWrite] on [Oneself];
    /// Decide on such a request about eligibility.
    DecideEligibility = "eligibility.decide": [EligibilityScheduleReadWrite] on [GlobalAdministrator, ActiveOwner];
    /// Decide on such a request about active assignment.
    DecideActive = "assignment.decide": [AssignmentScheduleReadWrite] on [GlobalAdministrator, ActiveOwner];
    /// Withdraw a request about eligibility.
    CancelEligibility = "eligibility.cancel": [EligibilityScheduleReadWrite, EligibilityScheduleRemove] on [GlobalAdministrator, ActiveOwner, Oneself];
    /// Withdraw a request about active assignment.
    CancelActive = "assignment.cancel": [AssignmentScheduleReadWrite, AssignmentScheduleRemove] on [GlobalAdministrator, ActiveOwner, Oneself];
    /// See the approval of a request for activation.
    ReadApproval = "approval.read": [AssignmentScheduleRead, AssignmentScheduleReadWrite] on [GlobalAdministrator, ActiveOwner, Approver, Oneself];
    /// Approve or deny a request for activation.
    DecideApproval = "approval.decide": [AssignmentScheduleReadWrite] on [Approver];
    /// Bring a group under management, and see which could be.
    ManageGroup = "group.manage": [PrivilegedAccessReadWrite, PolicyReadWrite, AssignmentScheduleReadWrite, EligibilityScheduleReadWrite] on [GlobalAdministrator, ActiveOwner];
    /// List the groups under management.
    ListManagedGroups = "group.managed.list": [PrivilegedAccessRead, PrivilegedAccessReadWrite] on [Anyone];
    /// Read role settings: whoever may activate must see what is asked of them.
    ReadPolicies = "policy.read": [PolicyRead, PolicyReadWrite] on [Anyone];
    /// Read what role settings said before, and who changed them.
    ReadPolicyHistory = "policy.history.read": [PolicyRead, PolicyReadWrite] on [GlobalAdministrator, ActiveOwner];
    /// Change role settings.
    ChangePolicy = "policy.change": [PolicyReadWrite] on [GlobalAdministrator, ActiveOwner];
    /// Read who had which role of a group at an instant, by what and on whose word.
    ReadGroupAccess = "access.group.read": [AuditLogReadAll] on [GlobalAdministrator, ActiveOwner, Operator];
    /// Read what a principal had at an instant, by what and on whose word.
    ReadPrincipalAccess = "access.principal.read": [AuditLogReadAll] on [GlobalAdministrator, Oneself, Operator];
    /// Read what differs between two instants, over all groups.
    ReadAllAccess = "access.all.read": [AuditLogReadAll] on [GlobalAdministrator, Operator];
    /// Read the entries of the audit log about a group (*Resource audit*).
    ReadGroupAudit = "audit.group.read": [AuditLogReadAll] on [GlobalAdministrator, ActiveOwner, Operator];
    /// Read the entries of the audit log about oneself and of what one did (*My audit*).
    ReadMyAudit = "audit.mine.read": [AuditLogReadAll] on [Oneself];
    /// Read the whole audit log.
    ReadAudit = "audit.read": [AuditLogReadAll] on [GlobalAdministrator, Operator];
    /// Read what mails were sent or are kept.
    ReadMail = "mail.read": [AuditLogReadAll] on [GlobalAdministrator, Operator];
    /// Read the company's name and domains.
    ReadOrganization = "organization.read": [UserRead, UserReadAll, UserReadWriteAll, DirectoryReadAll, DirectoryReadWriteAll] on [Anyone];
    /// Read the tenant's settings.
    ReadSettings = "settings.read": [DirectoryReadAll, DirectoryReadWriteAll, RoleManagementReadWriteDirectory] on [GlobalAdministrator];
    /// Change the tenant's settings.
    ChangeSettings = "settings.change": [DirectoryReadWriteAll, RoleManagementReadWriteDirectory] on [GlobalAdministrator];
    /// End every session and token of a user.
    RevokeSessions = "sessions.revoke": [UserRevokeSessionsAll, UserReadWriteAll, DirectoryReadWriteAll] on [GlobalAdministrator, Oneself];
    /// See what a user signs in by.
    ReadMethods = "method.read": [MethodsRead, MethodsReadAll, MethodsReadWriteAll] on [GlobalAdministrator, Oneself];
    /// Take away what a user signs in by.
    RemoveMethod = "method.remove": [MethodsReadWriteAll] on [GlobalAdministrator];
    /// See a catalog with its resources, packages and policies, their requests and assignments.
    ReadCatalog = "package.read": [EntitlementManagementRead, EntitlementManagementReadWrite] on [GlobalAdministrator, CatalogOwner, CatalogReader, PackageManager, AssignmentManager];
    /// See which packages one may ask for, and what one has and asked for.
    BrowsePackages = "package.browse": [EntitlementManagementRead, EntitlementManagementReadWrite] on [Anyone];
    /// Make a catalog.
    CreateCatalog = "catalog.create": [EntitlementManagementReadWrite] on [GlobalAdministrator, CatalogCreator];
    /// Change and delete a catalog, and what groups are in it.
    ChangeCatalog = "catalog.change": [EntitlementManagementReadWrite] on [GlobalAdministrator, CatalogOwner];
    /// Say who makes catalogs.
    AppointCatalogCreator = "catalog.creator.appoint": [EntitlementManagementReadWrite] on [GlobalAdministrator];
    /// Say who does what in a catalog.
    AppointInCatalog = "catalog.appoint": [EntitlementManagementReadWrite] on [GlobalAdministrator, CatalogOwner];
    /// Make, change and delete packages, their roles and their policies.
    ChangePackage = "package.change": [EntitlementManagementReadWrite] on [GlobalAdministrator, CatalogOwner, PackageManager];
    /// Assign and remove packages, and deliver them again.
    AssignPackage = "package.assign": [EntitlementManagementReadWrite] on [GlobalAdministrator, CatalogOwner, PackageManager, AssignmentManager];
    /// Ask for a package, extend it, give it back.
    RequestPackage = "package.request": [EntitlementManagementReadWrite] on [Oneself];
    /// Withdraw a request about a package.
    CancelPackageRequest = "package.cancel": [EntitlementManagementReadWrite] on [GlobalAdministrator, CatalogOwner, PackageManager, AssignmentManager, Oneself];
    /// See the approval of a request about a package.
    ReadPackageApproval = "package.approval.read": [EntitlementManagementRead, EntitlementManagementReadWrite] on [GlobalAdministrator, CatalogOwner, PackageManager, AssignmentManager, Approver, Oneself];
    /// Approve or deny a request about a package.
    DecidePackage = "package.decide": [EntitlementManagementReadWrite] on [Approver];
    /// Make a tenant.
    MakeTenant = "tenant.make": [] on [Operator];
    /// Issue an access token in somebody's name.
    IssueToken = "token.issue": [] on [Operator];
    /// Register an application, and give it a secret.
    RegisterApplication = "application.register": [] on [Operator];
    /// Withdraw a signing key.
    RevokeKey = "key.revoke": [] on [Operator];
    /// Give a user a one-time code for a new password.
    ResetPassword = "password.reset": [] on [Operator];
    /// Move a demonstration's clock.
    MoveClock = "clock.move": [] on [Operator];
}

impl Operation {
    /// Whether an application may do it in its own name, by its permission alone. What somebody does for
    /// themselves, and what a person has to answer for as an approver, it can't.
    pub const fn is_for_applications(self) -> bool {
        match self {
            Self::ReadMe
            | Self::Activate
            | Self::Deactivate
            | Self::AskEligibility
            | Self::AskActive
            | Self::ReadApproval
            | Self::DecideApproval
            | Self::BrowsePackages
            | Self::RequestPackage
            | Self::ReadPackageApproval
            | Self::DecidePackage => false,
            _ => !self.scopes().is_empty(),
        }
    }
}

/// The ground on which `caller`, standing so, may do this; refused otherwise, the permission first.
pub fn judge(operation: Operation, caller: &Caller, standing: Standing) -> Result<Ground, Refusal> {
    let scopes = operation.scopes();
    if !scopes.is_empty() && !scopes.iter().any(|scope| caller.scopes.contains(scope)) {
        let names = scopes
            .iter()
            .map(|scope| scope.as_str())
            .collect::<Vec<_>>()
            .join("`, `");
        return Err(Refusal::new(
            Code::MissingScope,
            format!("the token lacks a permission for this; it needs one of `{names}`"),
        ));
    }
    operation
        .grounds()
        .iter()
        .copied()
        .chain(
            operation
                .is_for_applications()
                .then_some(Ground::Application),
        )
        .find(|ground| standing.has(*ground))
        .ok_or_else(|| denied(operation))
}

fn denied(operation: Operation) -> Refusal {
    let who = operation
        .grounds()
        .iter()
        .map(|ground| match ground {
            Ground::GlobalAdministrator => "a Global Administrator",
            Ground::ActiveOwner => "an active owner of the group",
            Ground::Approver => {
                "an approver of the request, who did not make it and whom it is not for"
            }
            Ground::Oneself => "the person it is about",
            Ground::Anyone => "a person of this directory",
            Ground::Operator => "the operator, on the machine that holds the database",
            Ground::Application => "an application",
            Ground::CatalogCreator => "a Catalog creator",
            Ground::CatalogOwner => "an owner of the catalog",
            Ground::CatalogReader => "a reader of the catalog",
            Ground::PackageManager => "an Access package manager of the catalog",
            Ground::AssignmentManager => "an Access package assignment manager of the catalog",
        })
        .collect::<Vec<_>>()
        .join(" or ");
    Refusal::new(
        Code::Denied,
        "insufficient privileges to complete the operation",
    )
    .hint(format!("this takes {who}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{IdSource, PrincipalId, SeededIds};

    fn caller() -> Caller {
        Caller::person(PrincipalId::from_uuid(SeededIds::new(1).fresh()))
    }

    #[test]
    fn whoever_stands_on_no_ground_may_do_nothing() {
        for operation in Operation::ALL {
            let refusal = judge(*operation, &caller(), Standing::default()).unwrap_err();
            assert_eq!(refusal.code, Code::Denied, "{operation:?}");
        }
    }

    #[test]
    fn whoever_lacks_every_permission_is_told_so_before_anything_else() {
        let mut without = caller();
        without.scopes.clear();
        for operation in Operation::ALL
            .iter()
            .filter(|operation| !operation.scopes().is_empty())
        {
            let refusal = judge(*operation, &without, Standing::on(Ground::ALL)).unwrap_err();
            assert_eq!(refusal.code, Code::MissingScope, "{operation:?}");
        }
    }

    #[test]
    fn each_ground_opens_just_the_lines_that_name_it() {
        for operation in Operation::ALL {
            for ground in Ground::ALL {
                let judged = judge(*operation, &caller(), Standing::on([ground]));
                let named = match ground {
                    Ground::Application => operation.is_for_applications(),
                    _ => operation.grounds().contains(&ground),
                };
                assert_eq!(judged.is_ok(), named, "{operation:?} {ground:?}");
            }
        }
    }
}
