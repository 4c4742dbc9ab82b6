//! Directory roles: the built-in ones, which every tenant has, and custom ones (`directory.md` sections 6 and 7.4).
//!
//! A built-in role is known by the id that it has everywhere. What it opens in Ephor is said by the lines of
//! the authority table that name it; the actions listed here are what clients are shown.

use serde::{Deserialize, Serialize};
use uuid::{Uuid, uuid};

use crate::id::RoleDefinitionId;
use crate::text::{Description, DisplayName};
use crate::time::Instant;

/// Over what a role can be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The whole directory only.
    Directory,
    /// The whole directory, or one administrative unit.
    DirectoryOrUnit,
}

/// Whether a role could be used to gain more rights (`isPrivileged`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privilege {
    /// It could.
    Privileged,
    /// It could not.
    Ordinary,
}

macro_rules! built_in {
    ($($(#[doc = $about:literal])* $name:ident = $id:literal, $shown:literal, $privilege:ident, $reach:ident:
        [$($action:literal),*];)*) => {
        /// The built-in directory roles that Ephor knows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum DirectoryRole { $($(#[doc = $about])* $name,)* }

        impl DirectoryRole {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The id that every tenant knows it by: of its template and of its definition.
            pub const fn template_id(self) -> Uuid {
                match self { $(Self::$name => uuid!($id),)* }
            }

            /// What people call it.
            pub const fn display_name(self) -> &'static str {
                match self { $(Self::$name => $shown,)* }
            }

            /// What it is for, in a sentence.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => concat!($($about),*).trim_ascii(),)* }
            }

            /// Whether it could be used to gain more rights.
            pub const fn privilege(self) -> Privilege {
                match self { $(Self::$name => Privilege::$privilege,)* }
            }

            /// Over what it can be held.
            pub const fn reach(self) -> Reach {
                match self { $(Self::$name => Reach::$reach,)* }
            }

            /// The actions that clients are shown, without `microsoft.directory/`.
            pub const fn actions(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($action),*],)* }
            }
        }
    };
}

built_in! {
    /// May do everything.
    GlobalAdministrator = "62e90394-69f5-4237-9190-012177145e10", "Global Administrator", Privileged, Directory:
        ["allEntities/allProperties/allTasks"];
    /// Assigns roles, and runs role-assignable groups.
    PrivilegedRoleAdministrator = "e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator", Privileged, Directory:
        ["groupsAssignableToRoles/create", "groupsAssignableToRoles/delete", "groupsAssignableToRoles/restore",
         "groupsAssignableToRoles/allProperties/update", "privilegedIdentityManagement/allProperties/allTasks",
         "roleAssignments/allProperties/allTasks", "roleDefinitions/allProperties/allTasks",
         "directoryRoles/allProperties/allTasks", "administrativeUnits/allProperties/allTasks",
         "scopedRoleMemberships/allProperties/allTasks",
         "accessReviews/definitions.groupsAssignableToRoles/allProperties/allTasks",
         "accessReviews/definitions.directoryRoles/allProperties/allTasks"];
    /// Resets the credentials of anybody.
    PrivilegedAuthenticationAdministrator = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "Privileged Authentication Administrator", Privileged, DirectoryOrUnit:
        ["users/password/update", "users/authenticationMethods/basic/update", "users/delete", "users/restore",
         "users/disable", "users/enable", "users/basic/update", "users/userPrincipalName/update",
         "users/invalidateAllRefreshTokens"];
    /// Resets the credentials of people without stronger roles.
    AuthenticationAdministrator = "c4e39bd9-1100-46d3-8c65-fb160da0071f", "Authentication Administrator", Privileged, DirectoryOrUnit:
        ["users/password/update", "users/authenticationMethods/basic/update", "users/delete", "users/restore",
         "users/disable", "users/enable", "users/basic/update", "users/userPrincipalName/update",
         "users/invalidateAllRefreshTokens"];
    /// Runs users and groups.
    UserAdministrator = "fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator", Privileged, DirectoryOrUnit:
        ["users/create", "users/delete", "users/restore", "users/disable", "users/enable", "users/basic/update",
         "users/userPrincipalName/update", "users/password/update", "users/invalidateAllRefreshTokens",
         "groups/create", "groups/delete", "groups/restore", "groups/basic/update", "groups/members/update",
         "groups/owners/update", "groups/dynamicMembershipRule/update", "groups/groupType/update",
         "groups/visibility/update", "entitlementManagement/allProperties/allTasks",
         "accessReviews/definitions.groups/allProperties/update"];
    /// Runs groups.
    GroupsAdministrator = "fdd7a751-b60b-444a-984c-02652fe8fa1c", "Groups Administrator", Ordinary, DirectoryOrUnit:
        ["groups/create", "groups/delete", "groups/restore", "groups/basic/update", "groups/members/update",
         "groups/owners/update", "groups/dynamicMembershipRule/update", "groups/groupType/update",
         "groups/visibility/update", "groups/hiddenMembers/read", "deletedItems.groups/delete",
         "deletedItems.groups/restore"];
    /// Runs access packages and access reviews.
    IdentityGovernanceAdministrator = "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e", "Identity Governance Administrator", Ordinary, Directory:
        ["entitlementManagement/allProperties/allTasks", "accessReviews/allProperties/allTasks",
         "groups/members/update"];
    /// Writes directory objects.
    DirectoryWriters = "9360feb5-f418-4baa-8175-e2a00bac4301", "Directory Writers", Privileged, Directory:
        ["groups/create", "groups/basic/update", "groups/members/update", "groups/owners/update",
         "groups/dynamicMembershipRule/update", "groups/groupType/update", "groups/visibility/update"];
    /// Runs Microsoft 365 groups, for mail.
    ExchangeAdministrator = "29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator", Ordinary, Directory:
        ["groups.unified/create", "groups.unified/delete", "groups.unified/restore",
         "groups.unified/basic/update", "groups.unified/members/update", "groups.unified/owners/update"];
    /// Runs Microsoft 365 groups, for sites.
    SharePointAdministrator = "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "SharePoint Administrator", Ordinary, DirectoryOrUnit:
        ["groups.unified/create", "groups.unified/delete", "groups.unified/restore",
         "groups.unified/basic/update", "groups.unified/members/update", "groups.unified/owners/update"];
    /// Runs Microsoft 365 groups, for teams.
    TeamsAdministrator = "69091246-20e8-4a56-aa4d-066075b2a7a8", "Teams Administrator", Ordinary, DirectoryOrUnit:
        ["groups.unified/create", "groups.unified/delete", "groups.unified/restore",
         "groups.unified/basic/update", "groups.unified/members/update", "groups.unified/owners/update"];
    /// Runs devices, and the groups they are assigned by.
    IntuneAdministrator = "3a2c62db-5318-420d-8d74-23affee5d9d5", "Intune Administrator", Privileged, Directory:
        ["groups.security/create", "groups.security/delete", "groups.security/basic/update",
         "groups.security/members/update", "groups.security/owners/update", "groups.unified/create",
         "groups.unified/delete", "groups.unified/restore", "groups.unified/basic/update",
         "groups.unified/members/update", "groups.unified/owners/update"];
    /// Resets passwords of people without roles, and of other helpers.
    HelpdeskAdministrator = "729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator", Privileged, DirectoryOrUnit:
        ["users/password/update", "users/invalidateAllRefreshTokens"];
    /// Resets passwords of people without roles.
    PasswordAdministrator = "966707d0-3269-4727-9be2-8c3a10f19b9d", "Password Administrator", Privileged, DirectoryOrUnit:
        ["users/password/update"];
    /// Reads everything.
    GlobalReader = "f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader", Privileged, Directory:
        ["allEntities/allProperties/read", "privilegedIdentityManagement/allProperties/read",
         "accessReviews/allProperties/read", "auditLogs/allProperties/read"];
    /// Runs security settings, and reads privileged access.
    SecurityAdministrator = "194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator", Privileged, Directory:
        ["conditionalAccessPolicies/allProperties/allTasks", "privilegedIdentityManagement/allProperties/read",
         "auditLogs/allProperties/read"];
    /// Watches over security, and reads privileged access.
    SecurityOperator = "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f", "Security Operator", Privileged, Directory:
        ["privilegedIdentityManagement/allProperties/read", "accessReviews/allProperties/read",
         "auditLogs/allProperties/read"];
    /// Reads what concerns security.
    SecurityReader = "5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader", Privileged, Directory:
        ["privilegedIdentityManagement/allProperties/read", "accessReviews/allProperties/read",
         "auditLogs/allProperties/read"];
    /// Runs conditional access.
    ConditionalAccessAdministrator = "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "Conditional Access Administrator", Privileged, Directory:
        ["conditionalAccessPolicies/allProperties/allTasks"];
    /// Reads the audit log.
    ReportsReader = "4a5d8f65-41da-4de4-8968-e035b65339cf", "Reports Reader", Ordinary, Directory:
        ["auditLogs/allProperties/read"];
    /// Reads directory objects.
    DirectoryReaders = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "Directory Readers", Ordinary, Directory:
        ["users/standard/read", "groups/standard/read", "groups/members/read", "groups/owners/read",
         "administrativeUnits/standard/read", "administrativeUnits/members/read", "directoryRoles/standard/read",
         "directoryRoles/members/read"];
    /// Invites guests.
    GuestInviter = "95e79109-95c0-4d8e-aee3-d01accf2d47b", "Guest Inviter", Ordinary, Directory:
        ["users/inviteGuest"];
    /// Reads announcements.
    MessageCenterReader = "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b", "Message Center Reader", Ordinary, Directory:
        ["users/standard/read"];
    /// Reads summaries of usage.
    UsageSummaryReportsReader = "75934031-6c7e-415a-99d7-48dbd49e875e", "Usage Summary Reports Reader", Ordinary, Directory:
        ["users/standard/read"];
    /// Reads how people get on with the product.
    UserExperienceSuccessManager = "27460883-1df1-4691-b032-3b79643e5e63", "User Experience Success Manager", Ordinary, Directory:
        ["users/standard/read"];
    /// Runs applications.
    ApplicationAdministrator = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator", Privileged, Directory:
        ["applications/allProperties/allTasks", "servicePrincipals/allProperties/allTasks"];
    /// Runs applications, those in the cloud only.
    CloudApplicationAdministrator = "158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator", Privileged, Directory:
        ["applications/allProperties/allTasks", "servicePrincipals/allProperties/allTasks"];
    /// Assigns licences.
    LicenseAdministrator = "4d6ac14f-3453-41d0-bef9-a3e0c569773a", "License Administrator", Ordinary, DirectoryOrUnit:
        ["groups/assignLicense", "users/assignLicense"];
    /// Runs workflows for people who come and go.
    LifecycleWorkflowsAdministrator = "59d46f88-662b-457b-bceb-5c3809e5908f", "Lifecycle Workflows Administrator", Privileged, Directory:
        ["lifecycleWorkflows/workflows/allProperties/allTasks"];
}

impl DirectoryRole {
    /// The built-in role with this id.
    pub fn of(id: RoleDefinitionId) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|role| role.template_id() == id.uuid())
    }

    /// The id of its definition.
    pub const fn definition_id(self) -> RoleDefinitionId {
        RoleDefinitionId::from_uuid(self.template_id())
    }
}

/// A role of a tenant's own making.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomRole {
    /// Its id.
    pub id: RoleDefinitionId,
    /// What clients know it by besides its id; its own id where nobody chose one.
    pub template_id: Uuid,
    /// What people call it.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: Option<Description>,
    /// Whether it can be assigned, and counts.
    pub state: RoleState,
    /// Which edition, in its maker's words.
    pub version: Option<String>,
    /// The actions it allows, in blocks as its maker wrote them.
    pub permissions: Vec<RolePermission>,
    /// When it was made.
    pub created_at: Instant,
}

/// Whether a role can be assigned, and counts (`isEnabled`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RoleState {
    /// It does.
    Enabled,
    /// It does not.
    Disabled,
}

/// A block of allowed actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RolePermission {
    /// The actions, such as `microsoft.directory/groups/members/update`.
    pub actions: Vec<String>,
    /// On what condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// A directory role: built in, or the tenant's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleDefinition {
    /// Built in.
    BuiltIn(DirectoryRole),
    /// The tenant's own.
    Custom(Box<CustomRole>),
}

impl RoleDefinition {
    /// Its id.
    pub fn id(&self) -> RoleDefinitionId {
        match self {
            Self::BuiltIn(role) => role.definition_id(),
            Self::Custom(role) => role.id,
        }
    }

    /// What people call it.
    pub fn display_name(&self) -> &str {
        match self {
            Self::BuiltIn(role) => role.display_name(),
            Self::Custom(role) => role.display_name.as_str(),
        }
    }

    /// Over what it can be held.
    pub const fn reach(&self) -> Reach {
        match self {
            Self::BuiltIn(role) => role.reach(),
            Self::Custom(_) => Reach::DirectoryOrUnit,
        }
    }

    /// Whether it can be assigned, and counts.
    pub const fn state(&self) -> RoleState {
        match self {
            Self::BuiltIn(_) => RoleState::Enabled,
            Self::Custom(role) => role.state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_built_in_role_is_found_by_its_id_and_no_two_share_one() {
        for role in DirectoryRole::ALL {
            assert_eq!(DirectoryRole::of(role.definition_id()), Some(*role));
        }
    }

    #[test]
    fn the_strongest_roles_are_held_over_the_whole_directory_only() {
        for role in [
            DirectoryRole::GlobalAdministrator,
            DirectoryRole::PrivilegedRoleAdministrator,
            DirectoryRole::DirectoryWriters,
            DirectoryRole::IdentityGovernanceAdministrator,
        ] {
            assert_eq!(role.reach(), Reach::Directory, "{role:?}");
        }
    }
}
