//! Role settings: each role of a group, and each directory role, has exactly one policy of 17 rules (R-C1;
//! `pim-groups.md` section 3).
//!
//! [`Rules`] holds each rule in a field of its own type, so that a policy with a rule missing cannot exist.
//! [`RuleId`] and [`Rule`] are the view that the wire and the audit have of them. What a rule asks of a
//! request stands beside the rule, in the files under `policy/`.

pub mod allowed_hours;
pub mod approval;
pub mod authentication_context;
pub mod beyond;
pub mod enablement;
pub mod expiration;
pub mod justification_pattern;
pub mod minimum_duration;
pub mod notification;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::caller::Actor;
use crate::group::Access;
use crate::id::{BadId, GroupId, PolicyGuid, RoleDefinitionId, TenantId};
use crate::refusal::{Code, Refusal};
use crate::role::Role;
use crate::time::Instant;

pub use allowed_hours::{AllowedHours, Day, TimeOfDay, Window};
pub use approval::{ApprovalChange, ApprovalRule, ApprovalStage, Approver, StageChange};
pub use authentication_context::{
    AuthenticationContextChange, AuthenticationContextRule, ContextClass,
};
pub use beyond::{BeyondChange, BeyondRules};
pub use enablement::{Enabled, EnablementChange, EnablementRule};
pub use expiration::{ExpirationChange, ExpirationRule};
pub use justification_pattern::JustificationPattern;
pub use minimum_duration::MinimumDuration;
pub use notification::{
    DefaultRecipients, NotificationChange, NotificationLevel, NotificationRule, RecipientKind,
};

/// Who a rule is about (`target.caller`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleCaller {
    /// An administrator who assigns.
    Admin,
    /// The principal who activates.
    EndUser,
}

/// What a rule is about (`target.level`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleLevel {
    /// Eligibility.
    Eligibility,
    /// Active assignment.
    Assignment,
}

/// The occasions that rules are about: the pairs of caller and level that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Occasion {
    /// An administrator makes somebody eligible.
    AdminEligibility,
    /// An administrator assigns actively.
    AdminAssignment,
    /// The principal activates.
    EndUserAssignment,
}

impl Occasion {
    /// All three.
    pub const ALL: [Self; 3] = [
        Self::AdminEligibility,
        Self::AdminAssignment,
        Self::EndUserAssignment,
    ];

    /// Its caller and level on the wire.
    pub const fn target(self) -> (RuleCaller, RuleLevel) {
        match self {
            Self::AdminEligibility => (RuleCaller::Admin, RuleLevel::Eligibility),
            Self::AdminAssignment => (RuleCaller::Admin, RuleLevel::Assignment),
            Self::EndUserAssignment => (RuleCaller::EndUser, RuleLevel::Assignment),
        }
    }

    const fn suffix(self) -> &'static str {
        match self {
            Self::AdminEligibility => "Admin_Eligibility",
            Self::AdminAssignment => "Admin_Assignment",
            Self::EndUserAssignment => "EndUser_Assignment",
        }
    }
}

/// The id of one of the 17 rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleId {
    /// `Expiration_…`
    Expiration(Occasion),
    /// `Enablement_…`
    Enablement(Occasion),
    /// `Notification_{recipient}_…`
    Notification(RecipientKind, Occasion),
    /// `Approval_EndUser_Assignment`
    Approval,
    /// `AuthenticationContext_EndUser_Assignment`
    AuthenticationContext,
}

impl RuleId {
    /// All 17, in the order in which they are answered (`pim-groups.md` 3.1).
    pub fn all() -> impl Iterator<Item = Self> {
        Occasion::ALL.into_iter().flat_map(|occasion| {
            let own: &[Self] = match occasion {
                Occasion::EndUserAssignment => &[Self::Approval, Self::AuthenticationContext],
                Occasion::AdminEligibility | Occasion::AdminAssignment => &[],
            };
            [Self::Expiration(occasion), Self::Enablement(occasion)]
                .into_iter()
                .chain(own.iter().copied())
                .chain(RecipientKind::ALL.map(|kind| Self::Notification(kind, occasion)))
                .collect::<Vec<_>>()
        })
    }

    /// The occasion it is about.
    pub const fn occasion(self) -> Occasion {
        match self {
            Self::Expiration(occasion)
            | Self::Enablement(occasion)
            | Self::Notification(_, occasion) => occasion,
            Self::Approval | Self::AuthenticationContext => Occasion::EndUserAssignment,
        }
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = self.occasion().suffix();
        match self {
            Self::Expiration(_) => write!(f, "Expiration_{suffix}"),
            Self::Enablement(_) => write!(f, "Enablement_{suffix}"),
            Self::Notification(kind, _) => write!(f, "Notification_{}_{suffix}", kind.as_str()),
            Self::Approval => write!(f, "Approval_{suffix}"),
            Self::AuthenticationContext => write!(f, "AuthenticationContext_{suffix}"),
        }
    }
}

impl FromStr for RuleId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::all()
            .find(|id| text.eq_ignore_ascii_case(&id.to_string()))
            .ok_or_else(|| BadId {
                given: text.chars().take(100).collect(),
                wanted: "the id of one of the 17 rules, such as Expiration_EndUser_Assignment",
            })
    }
}

/// A rule with what it says: the view that the wire has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule<'a> {
    /// How long.
    Expiration(&'a ExpirationRule),
    /// What must be given.
    Enablement(&'a EnablementRule),
    /// Who hears of it.
    Notification(&'a NotificationRule),
    /// Who must agree.
    Approval(&'a ApprovalRule),
    /// Which step-up is asked for.
    AuthenticationContext(&'a AuthenticationContextRule),
}

/// A change of one rule: what is absent keeps its value (`pim-groups.md` 3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleChange {
    /// How long.
    Expiration(ExpirationChange),
    /// What must be given.
    Enablement(EnablementChange),
    /// Who hears of it.
    Notification(NotificationChange),
    /// Who must agree.
    Approval(ApprovalChange),
    /// Which step-up is asked for.
    AuthenticationContext(AuthenticationContextChange),
}

/// The rules of one occasion on which an administrator assigns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignmentRules {
    /// How long.
    pub expiration: ExpirationRule,
    /// What must be given.
    pub enablement: EnablementRule,
    /// Who hears of it.
    pub notification: notification::Notifications,
}

/// The rules of an activation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivationRules {
    /// How long.
    pub expiration: ExpirationRule,
    /// What must be given.
    pub enablement: EnablementRule,
    /// Who must agree.
    pub approval: ApprovalRule,
    /// Which step-up is asked for.
    pub authentication_context: AuthenticationContextRule,
    /// Who hears of it.
    pub notification: notification::Notifications,
    /// What Ephor can ask for beyond Graph's rules.
    #[serde(default, skip_serializing_if = "BeyondRules::are_off")]
    pub beyond: BeyondRules,
}

/// All 17 rules of one role, and those beyond them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rules {
    /// When an administrator makes somebody eligible.
    pub admin_eligibility: AssignmentRules,
    /// When an administrator assigns actively.
    pub admin_assignment: AssignmentRules,
    /// When the principal activates.
    pub activation: ActivationRules,
}

impl Default for Rules {
    /// What a new group starts with, for member and owner alike (`pim-groups.md` 3.1).
    fn default() -> Self {
        use crate::time::{IsoDuration, Length};
        let within = |length| ExpirationRule::required(IsoDuration::of(length));
        Self {
            admin_eligibility: AssignmentRules {
                expiration: within(Length::days(365)),
                enablement: EnablementRule::default(),
                notification: notification::Notifications::default(),
            },
            admin_assignment: AssignmentRules {
                expiration: within(Length::days(180)),
                enablement: EnablementRule::of([Enabled::Justification]),
                notification: notification::Notifications::default(),
            },
            activation: ActivationRules {
                expiration: within(Length::hours(8)),
                enablement: EnablementRule::of([Enabled::Justification]),
                approval: ApprovalRule::default(),
                authentication_context: AuthenticationContextRule::default(),
                notification: notification::Notifications::default(),
                beyond: BeyondRules::default(),
            },
        }
    }
}

impl Rules {
    /// What a directory role starts with (`directory.md` 6.2): as a group's role, but assignments may be
    /// permanent, and activation asks for a second factor.
    pub fn of_directory_role() -> Self {
        let mut rules = Self::default();
        rules.admin_eligibility.expiration.end = expiration::EndRequired::No;
        rules.admin_assignment.expiration.end = expiration::EndRequired::No;
        rules.activation.enablement =
            EnablementRule::of([Enabled::MultiFactorAuthentication, Enabled::Justification]);
        rules
    }

    /// The rule of this id.
    pub const fn get(&self, id: RuleId) -> Rule<'_> {
        match id {
            RuleId::Expiration(occasion) => Rule::Expiration(match occasion {
                Occasion::AdminEligibility => &self.admin_eligibility.expiration,
                Occasion::AdminAssignment => &self.admin_assignment.expiration,
                Occasion::EndUserAssignment => &self.activation.expiration,
            }),
            RuleId::Enablement(occasion) => Rule::Enablement(match occasion {
                Occasion::AdminEligibility => &self.admin_eligibility.enablement,
                Occasion::AdminAssignment => &self.admin_assignment.enablement,
                Occasion::EndUserAssignment => &self.activation.enablement,
            }),
            RuleId::Notification(kind, occasion) => Rule::Notification(
                match occasion {
                    Occasion::AdminEligibility => &self.admin_eligibility.notification,
                    Occasion::AdminAssignment => &self.admin_assignment.notification,
                    Occasion::EndUserAssignment => &self.activation.notification,
                }
                .to(kind),
            ),
            RuleId::Approval => Rule::Approval(&self.activation.approval),
            RuleId::AuthenticationContext => {
                Rule::AuthenticationContext(&self.activation.authentication_context)
            }
        }
    }

    /// The rules after `changes`, all or none of them; refused where the result would not make sense
    /// (`pim-groups.md` 3.3).
    pub fn changed(&self, changes: &[(RuleId, RuleChange)]) -> Result<Self, Refusal> {
        let mut rules = self.clone();
        for (id, change) in changes {
            rules.apply(*id, change)?;
        }
        rules.check()?;
        Ok(rules)
    }

    /// The rules after a change of those beyond the 17; refused where the result would not make sense.
    pub fn changed_beyond(&self, change: &BeyondChange) -> Result<Self, Refusal> {
        let mut rules = self.clone();
        rules.activation.beyond = rules.activation.beyond.changed(change);
        rules.check()?;
        Ok(rules)
    }

    fn apply(&mut self, id: RuleId, change: &RuleChange) -> Result<(), Refusal> {
        match (id, change) {
            (RuleId::Expiration(occasion), RuleChange::Expiration(change)) => {
                let rule = match occasion {
                    Occasion::AdminEligibility => &mut self.admin_eligibility.expiration,
                    Occasion::AdminAssignment => &mut self.admin_assignment.expiration,
                    Occasion::EndUserAssignment => &mut self.activation.expiration,
                };
                *rule = rule.changed(occasion, change)?;
            }
            (RuleId::Enablement(occasion), RuleChange::Enablement(change)) => {
                let rule = match occasion {
                    Occasion::AdminEligibility => &mut self.admin_eligibility.enablement,
                    Occasion::AdminAssignment => &mut self.admin_assignment.enablement,
                    Occasion::EndUserAssignment => &mut self.activation.enablement,
                };
                *rule = rule.changed(change);
            }
            (RuleId::Notification(kind, occasion), RuleChange::Notification(change)) => {
                let rules = match occasion {
                    Occasion::AdminEligibility => &mut self.admin_eligibility.notification,
                    Occasion::AdminAssignment => &mut self.admin_assignment.notification,
                    Occasion::EndUserAssignment => &mut self.activation.notification,
                };
                rules.change(kind, change)?;
            }
            (RuleId::Approval, RuleChange::Approval(change)) => {
                self.activation.approval = self.activation.approval.changed(change)?;
            }
            (RuleId::AuthenticationContext, RuleChange::AuthenticationContext(change)) => {
                self.activation.authentication_context =
                    self.activation.authentication_context.changed(change)?;
            }
            (
                RuleId::Expiration(_)
                | RuleId::Enablement(_)
                | RuleId::Notification(..)
                | RuleId::Approval
                | RuleId::AuthenticationContext,
                _,
            ) => {
                return Err(
                    invalid(format!("rule `{id}` is of another type than the one sent"))
                        .hint("send the @odata.type that the rule has when it is read"),
                );
            }
        }
        Ok(())
    }

    /// What must hold between rules.
    fn check(&self) -> Result<(), Refusal> {
        let activation = &self.activation;
        if activation.authentication_context.is_required()
            && activation
                .enablement
                .asks_for(Enabled::MultiFactorAuthentication)
        {
            return Err(invalid(
                "on activation either MultiFactorAuthentication or an authentication context can be required, not both",
            )
            .hint("take MultiFactorAuthentication out of Enablement_EndUser_Assignment first"));
        }
        activation.beyond.check(&activation.expiration)?;
        activation.approval.check()
    }
}

/// `InvalidPolicy`, with the reason.
pub(crate) fn invalid(sentence: impl Into<String>) -> Refusal {
    Refusal::new(Code::InvalidPolicy, sentence)
}

/// The policy of one role of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Which role's; a directory role's whatever its scope.
    pub role: Role,
    /// Raised by one with each change; 1 for the defaults.
    pub version: u32,
    /// What it says.
    pub rules: Rules,
    /// When it was last changed, and by whom; `None` until the first change.
    pub modified: Option<Modified>,
}

/// When a policy was last changed, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Modified {
    /// When.
    pub at: Instant,
    /// By whom.
    pub by: Actor,
}

impl Policy {
    /// What a role has until somebody changes it, whether its group is managed or not.
    pub fn default_of(role: Role) -> Self {
        Self {
            role: role.for_policy(),
            version: 1,
            rules: match role {
                Role::Group { .. } => Rules::default(),
                Role::Directory { .. } => Rules::of_directory_role(),
            },
            modified: None,
        }
    }

    /// Its id.
    pub fn id(&self) -> PolicyId {
        PolicyId::of_role(self.role)
    }
}

/// A policy's id: `Group_{groupId}_{guid}` (`pim-groups.md` section 0), or `DirectoryRole_{tenantId}_{guid}`.
///
/// The GUID is a function of group and role, so a policy keeps its id from before its group is managed,
/// and Terraform's and people's references stay true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PolicyId(Role);

impl PolicyId {
    /// The id of the policy of this role.
    pub const fn of(group: GroupId, access: Access) -> Self {
        Self(Role::of(group, access))
    }

    /// The id of the policy of this role, whatever its scope.
    pub const fn of_role(role: Role) -> Self {
        Self(role.for_policy())
    }

    /// The role it is the policy of.
    pub const fn role(self) -> Role {
        self.0
    }

    /// The last part of the id: a group's own UUID with its bits turned over in a fixed pattern for each
    /// role, marked as version 8 (RFC 9562: made up by the application); a directory role's definition with
    /// other bits turned over, which leaves its version as it is, so that the definition can be read back.
    pub fn guid(self) -> PolicyGuid {
        let (id, pattern): (_, u128) = match self.0 {
            Role::Group {
                group,
                access: Access::Member,
            } => (group.uuid(), 0x6d65_6d62_6572_2e70_6f6c_6963_792e_3031),
            Role::Group {
                group,
                access: Access::Owner,
            } => (group.uuid(), 0x6f77_6e65_7200_2e70_6f6c_6963_792e_3032),
            Role::Directory { definition, .. } => {
                return PolicyGuid::from_uuid(Uuid::from_u128(
                    definition.uuid().as_u128() ^ TURNED,
                ));
            }
        };
        let turned = (id.as_u128() ^ pattern).to_be_bytes();
        PolicyGuid::from_uuid(uuid::Builder::from_custom_bytes(turned).into_uuid())
    }

    /// The id as it is shown in this tenant.
    pub fn shown(self, tenant: TenantId) -> String {
        let guid = self.guid();
        match self.0 {
            Role::Group { group, .. } => format!("Group_{group}_{guid}"),
            Role::Directory { .. } => format!("DirectoryRole_{tenant}_{guid}"),
        }
    }

    /// Reads an id as it is shown in this tenant.
    pub fn parse(text: &str, tenant: TenantId) -> Result<Self, BadId> {
        let bad = || BadId {
            given: text.chars().take(100).collect(),
            wanted: "a policy id (Group_{groupId}_{guid} or DirectoryRole_{tenantId}_{guid})",
        };
        let mut parts = text.split('_');
        let (Some(kind), Some(owner), Some(guid), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(bad());
        };
        let guid: PolicyGuid = guid.parse().map_err(|_| bad())?;
        if kind.eq_ignore_ascii_case("DirectoryRole") {
            let own: TenantId = owner.parse().map_err(|_| bad())?;
            let definition = Uuid::from_u128(guid.uuid().as_u128() ^ TURNED);
            return if own == tenant {
                Ok(Self(Role::directory(RoleDefinitionId::from_uuid(
                    definition,
                ))))
            } else {
                Err(bad())
            };
        }
        let group: GroupId = owner.parse().map_err(|_| bad())?;
        Access::BOTH
            .into_iter()
            .map(|access| Self::of(group, access))
            .find(|id| kind.eq_ignore_ascii_case("Group") && id.guid() == guid)
            .ok_or_else(bad)
    }
}

/// Which bits of a definition's id its policy's has turned over: none of those that tell a UUID's version.
const TURNED: u128 = 0x726f_6c65_2e70_0f6c_2963_792e_3033_3033;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SeededIds;

    #[test]
    fn r_c1_there_are_seventeen_rules_and_each_id_reads_back() {
        let all: Vec<_> = RuleId::all().collect();
        assert_eq!(all.len(), 17);
        for id in all {
            assert_eq!(id.to_string().parse::<RuleId>(), Ok(id));
            assert_eq!(id.to_string().to_lowercase().parse::<RuleId>(), Ok(id));
        }
    }

    #[test]
    fn r_c1_member_and_owner_have_policies_of_their_own() {
        let mut ids = SeededIds::new(7);
        let group = GroupId::fresh(&mut ids);
        let (member, owner) = (
            PolicyId::of(group, Access::Member),
            PolicyId::of(group, Access::Owner),
        );
        assert_ne!(member.guid(), owner.guid());
        let tenant = TenantId::fresh(&mut ids);
        for id in [member, owner] {
            assert_eq!(PolicyId::parse(&id.shown(tenant), tenant), Ok(id));
        }
        let foreign = PolicyId::of(GroupId::fresh(&mut ids), Access::Member);
        let mixed = format!("Group_{group}_{}", foreign.guid());
        assert!(
            PolicyId::parse(&mixed, tenant).is_err(),
            "another group's guid is no id of this group's policy"
        );
    }

    #[test]
    fn a_directory_roles_policy_is_named_with_its_tenant_and_reads_back() {
        let mut ids = SeededIds::new(8);
        let (tenant, other) = (TenantId::fresh(&mut ids), TenantId::fresh(&mut ids));
        for role in crate::directory_role::DirectoryRole::ALL {
            let id = PolicyId::of_role(Role::directory(role.definition_id()));
            let shown = id.shown(tenant);
            assert_eq!(PolicyId::parse(&shown, tenant), Ok(id));
            assert!(PolicyId::parse(&shown, other).is_err());
            assert_ne!(id.guid().uuid(), role.template_id());
        }
    }

    #[test]
    fn multi_factor_and_a_context_together_are_refused() {
        let on = RuleChange::AuthenticationContext(AuthenticationContextChange {
            enabled: Some(true),
            claim: Some(Some("c1".into())),
        });
        let mfa = RuleChange::Enablement(EnablementChange {
            enabled: Some([Enabled::MultiFactorAuthentication].into()),
        });
        let both = [
            (RuleId::AuthenticationContext, on.clone()),
            (RuleId::Enablement(Occasion::EndUserAssignment), mfa),
        ];
        assert_eq!(
            Rules::default().changed(&both).unwrap_err().code,
            Code::InvalidPolicy
        );
        assert!(
            Rules::default()
                .changed(&[(RuleId::AuthenticationContext, on)])
                .is_ok()
        );
    }

    #[test]
    fn a_change_of_the_wrong_type_is_refused_and_changes_nothing() {
        let change = RuleChange::Expiration(ExpirationChange::default());
        assert!(
            Rules::default()
                .changed(&[(RuleId::Approval, change)])
                .is_err()
        );
    }
}
