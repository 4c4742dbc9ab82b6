//! Who is asking: the actor, what their token allows, and how they signed in.
//!
//! A caller says *who*, never *what*: what they may do is looked up at each request (`security.md`, law 6).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::{PrincipalId, SessionId, TokenId};
use crate::time::Instant;

/// Who did something, as it is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Actor {
    /// A person.
    User(PrincipalId),
    /// A program, in its own name: no person stands behind it.
    Application(PrincipalId),
    /// Somebody with the database in hand, through a command of the operator.
    Operator,
    /// Ephor itself, noting what the clock did.
    System,
}

impl Actor {
    /// The person, where it is one.
    pub const fn user(self) -> Option<PrincipalId> {
        match self {
            Self::User(id) => Some(id),
            Self::Application(_) | Self::Operator | Self::System => None,
        }
    }

    /// The person or the program.
    pub const fn principal(self) -> Option<PrincipalId> {
        match self {
            Self::User(id) | Self::Application(id) => Some(id),
            Self::Operator | Self::System => None,
        }
    }
}

macro_rules! scopes {
    ($($variant:ident = $name:literal,)*) => {
        /// A delegated permission: what a token's client was allowed to ask for in its user's name
        /// (`pim-groups.md` 1.1, `directory.md` 4.4).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each name is the permission's own, spelled out by as_str")]
        pub enum Scope { $($variant,)* }

        impl Scope {
            /// Every permission that Ephor knows.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The permission's name in tokens.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The permission of this name, in any case.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|scope| text.eq_ignore_ascii_case(scope.as_str()))
            }
        }
    };
}

scopes! {
    UserRead = "User.Read",
    UserReadBasicAll = "User.ReadBasic.All",
    UserReadAll = "User.Read.All",
    UserReadWriteAll = "User.ReadWrite.All",
    GroupMemberReadAll = "GroupMember.Read.All",
    GroupMemberReadWriteAll = "GroupMember.ReadWrite.All",
    GroupReadAll = "Group.Read.All",
    GroupReadWriteAll = "Group.ReadWrite.All",
    DirectoryReadAll = "Directory.Read.All",
    DirectoryReadWriteAll = "Directory.ReadWrite.All",
    GroupCreate = "Group.Create",
    ApplicationReadWriteAll = "Application.ReadWrite.All",
    AdministrativeUnitReadAll = "AdministrativeUnit.Read.All",
    AdministrativeUnitReadWriteAll = "AdministrativeUnit.ReadWrite.All",
    RoleManagementReadAll = "RoleManagement.Read.All",
    RoleManagementReadDirectory = "RoleManagement.Read.Directory",
    RoleManagementReadWriteDirectory = "RoleManagement.ReadWrite.Directory",
    RoleAssignmentScheduleRead = "RoleAssignmentSchedule.Read.Directory",
    RoleAssignmentScheduleReadWrite = "RoleAssignmentSchedule.ReadWrite.Directory",
    RoleAssignmentScheduleRemove = "RoleAssignmentSchedule.Remove.Directory",
    RoleEligibilityScheduleRead = "RoleEligibilitySchedule.Read.Directory",
    RoleEligibilityScheduleReadWrite = "RoleEligibilitySchedule.ReadWrite.Directory",
    RoleEligibilityScheduleRemove = "RoleEligibilitySchedule.Remove.Directory",
    RolePolicyRead = "RoleManagementPolicy.Read.Directory",
    RolePolicyReadWrite = "RoleManagementPolicy.ReadWrite.Directory",
    AssignmentScheduleRead = "PrivilegedAssignmentSchedule.Read.AzureADGroup",
    AssignmentScheduleReadWrite = "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
    AssignmentScheduleRemove = "PrivilegedAssignmentSchedule.Remove.AzureADGroup",
    EligibilityScheduleRead = "PrivilegedEligibilitySchedule.Read.AzureADGroup",
    EligibilityScheduleReadWrite = "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
    EligibilityScheduleRemove = "PrivilegedEligibilitySchedule.Remove.AzureADGroup",
    PolicyRead = "RoleManagementPolicy.Read.AzureADGroup",
    PolicyReadWrite = "RoleManagementPolicy.ReadWrite.AzureADGroup",
    PrivilegedAccessRead = "PrivilegedAccess.Read.AzureADGroup",
    PrivilegedAccessReadWrite = "PrivilegedAccess.ReadWrite.AzureADGroup",
    AuditLogReadAll = "AuditLog.Read.All",
    ApplicationReadAll = "Application.Read.All",
    ApplicationReadWriteOwnedBy = "Application.ReadWrite.OwnedBy",
    AppRoleAssignmentReadWriteAll = "AppRoleAssignment.ReadWrite.All",
    UserRevokeSessionsAll = "User.RevokeSessions.All",
    ContextRead = "AuthenticationContext.Read.All",
    ContextReadWrite = "AuthenticationContext.ReadWrite.All",
    ConditionsRead = "Policy.Read.ConditionalAccess",
    ConditionsReadAll = "Policy.Read.All",
    ConditionsReadWrite = "Policy.ReadWrite.ConditionalAccess",
    StrengthsReadWrite = "Policy.ReadWrite.AuthenticationMethod",
    MethodsRead = "UserAuthenticationMethod.Read",
    MethodsReadAll = "UserAuthenticationMethod.Read.All",
    MethodsReadWriteAll = "UserAuthenticationMethod.ReadWrite.All",
    EntitlementManagementRead = "EntitlementManagement.Read.All",
    EntitlementManagementReadWrite = "EntitlementManagement.ReadWrite.All",
}

/// How the token came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Issuance {
    /// Its user signed in.
    SignedIn,
    /// The operator issued it on the machine that holds the database (T-43); every record it causes says so.
    Operator,
    /// No token: the program itself, or a command that works on the database.
    Local,
}

/// Whether the sign-in showed a second factor (`amr` has `mfa`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Factor {
    /// It did not.
    Single,
    /// It did.
    Multi,
}

/// Who asks, and what is known of how they came here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// What the token's client may ask for.
    pub scopes: BTreeSet<Scope>,
    /// Whether a second factor was shown.
    pub factor: Factor,
    /// Authentication contexts that the sign-in satisfied (`acrs`): `c1`, …
    pub contexts: BTreeSet<String>,
    /// How the token came about.
    pub issuance: Issuance,
    /// The token, where there is one.
    pub token: Option<TokenId>,
    /// The session that the token belongs to.
    pub session: Option<SessionId>,
    /// Until when somebody else's reset of their sign-in holds back what takes their own (T-11).
    pub held_until: Option<Instant>,
    /// When the token was issued; a token older than its account's latest reset is no good.
    pub issued_at: Option<Instant>,
    /// Which application speaks for the user.
    pub client: Option<String>,
    /// From which address.
    pub address: Option<String>,
    /// Under which request id, to find the same in the log.
    pub request_id: Option<uuid::Uuid>,
}

impl Caller {
    /// Ephor itself.
    pub fn system() -> Self {
        Self::local(Actor::System)
    }

    /// Somebody with the database in hand.
    pub fn operator() -> Self {
        Self::local(Actor::Operator)
    }

    /// A person with every permission and a second factor: for tests, scenarios and the demo's first steps.
    pub fn person(id: PrincipalId) -> Self {
        Self {
            factor: Factor::Multi,
            ..Self::local(Actor::User(id))
        }
    }

    /// A program with every permission: for tests.
    pub fn application(id: PrincipalId) -> Self {
        Self::local(Actor::Application(id))
    }

    fn local(actor: Actor) -> Self {
        Self {
            actor,
            scopes: Scope::ALL.iter().copied().collect(),
            factor: Factor::Single,
            contexts: BTreeSet::new(),
            issuance: Issuance::Local,
            token: None,
            session: None,
            held_until: None,
            issued_at: None,
            client: None,
            address: None,
            request_id: None,
        }
    }

    /// The person asking, where it is one.
    pub const fn user(&self) -> Option<PrincipalId> {
        self.actor.user()
    }
}
