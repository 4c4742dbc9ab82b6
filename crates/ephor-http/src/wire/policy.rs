//! Role management policies, their rules and assignments, out (`pim-groups.md` section 3).

use ephor_core::id::TenantId;
use ephor_core::policy::approval::ApprovalRequired;
use ephor_core::policy::expiration::EndRequired;
use ephor_core::policy::{
    ApprovalRule, Approver, DefaultRecipients, Policy, PolicyId, Rule, RuleCaller, RuleId,
    RuleLevel,
};
use ephor_core::role::Role;
use serde_json::{Map, Value, json};

use crate::odata::shape::{Link, Members, Usual};
use crate::types::{Complex, IDENTITY, TEXTS, Type};

/// What rules have: what all have in common, and what each kind has of its own.
pub(crate) const RULE: Members = Members {
    name: "unifiedRoleManagementPolicyRule",
    properties: RULE_PROPERTIES,
    usual: Usual::All,
    related: &[],
};
const RULE_PROPERTIES: &[(&str, Type)] = &[
    ("id", Type::Id),
    ("target", TARGET),
    ("isExpirationRequired", Type::Bool),
    ("maximumDuration", Type::Duration),
    ("enabledRules", TEXTS),
    ("notificationType", Type::Text),
    ("recipientType", Type::Text),
    ("notificationLevel", Type::Text),
    ("isDefaultRecipientsEnabled", Type::Bool),
    ("notificationRecipients", TEXTS),
    ("setting", SETTING),
    ("isEnabled", Type::Bool),
    ("claimValue", Type::Text),
];

/// Which requests a rule is about.
const TARGET: Type = Type::Object(&Complex {
    name: "unifiedRoleManagementPolicyRuleTarget",
    properties: &[
        ("caller", Type::Text),
        ("operations", TEXTS),
        ("level", Type::Text),
        ("inheritableSettings", TEXTS),
        ("enforcedSettings", TEXTS),
    ],
});
const SUBJECTS: Type = Type::List(&Type::Object(&Complex {
    name: "subjectSet",
    properties: &[
        ("userId", Type::Id),
        ("groupId", Type::Id),
        ("description", Type::Text),
    ],
}));
const STAGES: Type = Type::List(&Type::Object(&Complex {
    name: "unifiedApprovalStage",
    properties: &[
        ("approvalStageTimeOutInDays", Type::Int),
        ("isApproverJustificationRequired", Type::Bool),
        ("escalationTimeInMinutes", Type::Int),
        ("isEscalationEnabled", Type::Bool),
        ("primaryApprovers", SUBJECTS),
        ("escalationApprovers", SUBJECTS),
    ],
}));
/// Whether and by whom an activation is approved.
const SETTING: Type = Type::Object(&Complex {
    name: "approvalSettings",
    properties: &[
        ("isApprovalRequired", Type::Bool),
        ("isApprovalRequiredForExtension", Type::Bool),
        ("isRequestorJustificationRequired", Type::Bool),
        ("approvalMode", Type::Text),
        ("approvalStages", STAGES),
    ],
});

/// What a policy has.
pub(crate) const POLICY: Members = Members {
    name: "unifiedRoleManagementPolicy",
    properties: POLICY_PROPERTIES,
    usual: Usual::All,
    related: &[
        Link::several("rules", &RULE),
        Link::several("effectiveRules", &RULE),
    ],
};
const POLICY_PROPERTIES: &[(&str, Type)] = &[
    ("id", Type::Id),
    ("displayName", Type::Text),
    ("description", Type::Text),
    ("isOrganizationDefault", Type::Bool),
    ("scopeId", Type::Id),
    ("scopeType", Type::Text),
    ("lastModifiedDateTime", Type::Time),
    ("lastModifiedBy", IDENTITY),
];

/// What is sent to change rules of a policy.
pub(crate) const POLICY_CHANGE: Members = Members {
    name: "policyChange",
    properties: &[("rules", Type::List(&Type::Entity(&RULE)))],
    usual: Usual::All,
    related: &[],
};

/// What a policy assignment has.
pub(crate) const POLICY_ASSIGNMENT: Members = Members {
    name: "unifiedRoleManagementPolicyAssignment",
    properties: ASSIGNMENT_PROPERTIES,
    usual: Usual::All,
    related: &[Link::one("policy", &POLICY)],
};
const ASSIGNMENT_PROPERTIES: &[(&str, Type)] = &[
    ("id", Type::Id),
    ("policyId", Type::Id),
    ("scopeId", Type::Id),
    ("scopeType", Type::Text),
    ("roleDefinitionId", Type::Text),
];

/// What a policy is of: the words of `scopeId` and `scopeType`.
fn scope(id: PolicyId) -> (Value, &'static str) {
    match id.role() {
        Role::Group { group, .. } => (json!(group), "Group"),
        Role::Directory { .. } => (json!("/"), "DirectoryRole"),
    }
}

/// The role that a policy is of: `member`, `owner`, or the id of a directory role.
pub(crate) fn role_of_policy(id: PolicyId) -> String {
    match id.role() {
        Role::Group { access, .. } => access.to_string(),
        Role::Directory { definition, .. } => definition.to_string(),
    }
}

/// A policy without its rules. `modifier` is what whoever last changed it is called.
pub(crate) fn policy(
    policy: &Policy,
    tenant: TenantId,
    modifier: Option<&str>,
) -> Map<String, Value> {
    let id = policy.id();
    let (scope, kind) = scope(id);
    super::object([
        ("id", json!(id.shown(tenant))),
        ("displayName", json!(kind)),
        ("description", json!(kind)),
        ("isOrganizationDefault", json!(false)),
        ("scopeId", scope),
        ("scopeType", json!(kind)),
        (
            "lastModifiedDateTime",
            json!(policy.modified.map(|modified| modified.at)),
        ),
        (
            "lastModifiedBy",
            json!({"displayName": modifier, "id": null}),
        ),
    ])
}

/// A policy's assignment to its role.
pub(crate) fn assignment(policy: &Policy, tenant: TenantId) -> Map<String, Value> {
    let id = policy.id();
    let (scope, kind) = scope(id);
    super::object([
        ("id", json!(assignment_id(id, tenant))),
        ("policyId", json!(id.shown(tenant))),
        ("scopeId", scope),
        ("scopeType", json!(kind)),
        ("roleDefinitionId", json!(role_of_policy(id))),
    ])
}

/// `Group_{groupId}_{guid}_{access}`: exactly four parts, as Terraform takes it apart; of a directory role
/// `DirectoryRole_{tenantId}_{guid}_{roleDefinitionId}`.
pub(crate) fn assignment_id(id: PolicyId, tenant: TenantId) -> String {
    format!("{}_{}", id.shown(tenant), role_of_policy(id))
}

/// The policy that an assignment's id names.
pub(crate) fn policy_of_assignment(text: &str, tenant: TenantId) -> Option<PolicyId> {
    let (policy, role) = text.rsplit_once('_')?;
    let id = PolicyId::parse(policy, tenant).ok()?;
    role.eq_ignore_ascii_case(&role_of_policy(id)).then_some(id)
}

/// The type's last part on the wire.
pub(crate) const fn type_of(id: RuleId) -> &'static str {
    match id {
        RuleId::Expiration(_) => "ExpirationRule",
        RuleId::Enablement(_) => "EnablementRule",
        RuleId::Notification(..) => "NotificationRule",
        RuleId::Approval => "ApprovalRule",
        RuleId::AuthenticationContext => "AuthenticationContextRule",
    }
}

/// One rule of a policy. Clients choose their class by `@odata.type`, so it is always there.
pub(crate) fn rule(policy: &Policy, id: RuleId) -> Map<String, Value> {
    let mut members = super::object([
        (
            "@odata.type",
            json!(format!(
                "#microsoft.graph.unifiedRoleManagementPolicy{}",
                type_of(id)
            )),
        ),
        ("id", json!(id.to_string())),
    ]);
    let own = match policy.rules.get(id) {
        Rule::Expiration(rule) => super::object([
            ("isExpirationRequired", json!(rule.end == EndRequired::Yes)),
            ("maximumDuration", json!(rule.maximum.as_str())),
        ]),
        Rule::Enablement(rule) => {
            let enabled: Vec<&str> = rule.enabled().map(|one| one.as_str()).collect();
            super::object([("enabledRules", json!(enabled))])
        }
        Rule::Notification(rule) => super::object([
            ("notificationType", json!("Email")),
            ("recipientType", recipient_type(id)),
            ("notificationLevel", json!(rule.level.as_str())),
            (
                "isDefaultRecipientsEnabled",
                json!(rule.defaults == DefaultRecipients::Included),
            ),
            ("notificationRecipients", json!(rule.recipients)),
        ]),
        Rule::Approval(rule) => super::object([("setting", setting(rule))]),
        Rule::AuthenticationContext(rule) => {
            let context = rule.context().map(|context| context.to_string());
            super::object([
                ("isEnabled", json!(rule.is_required())),
                ("claimValue", json!(context.unwrap_or_default())),
            ])
        }
    };
    members.extend(own);
    members.insert("target".into(), target(id));
    members
}

fn recipient_type(id: RuleId) -> Value {
    match id {
        RuleId::Notification(kind, _) => json!(kind.as_str()),
        RuleId::Expiration(_)
        | RuleId::Enablement(_)
        | RuleId::Approval
        | RuleId::AuthenticationContext => Value::Null,
    }
}

fn target(id: RuleId) -> Value {
    let (caller, level) = id.occasion().target();
    json!({
        "caller": match caller {
            RuleCaller::Admin => "Admin",
            RuleCaller::EndUser => "EndUser",
        },
        "operations": ["all"],
        "level": match level {
            RuleLevel::Eligibility => "Eligibility",
            RuleLevel::Assignment => "Assignment",
        },
        "inheritableSettings": [],
        "enforcedSettings": [],
    })
}

/// `setting` of the approval rule: always with one stage, because clients read it unasked.
fn setting(rule: &ApprovalRule) -> Value {
    let approvers: Vec<Value> = rule.stage.primary_approvers.iter().map(approver).collect();
    json!({
        "isApprovalRequired": rule.is_required(),
        "isApprovalRequiredForExtension": false,
        "isRequestorJustificationRequired": is_required(rule.requestor_justification),
        "approvalMode": "SingleStage",
        "approvalStages": [{
            "approvalStageTimeOutInDays": 1,
            "isApproverJustificationRequired": is_required(rule.stage.approver_justification),
            "escalationTimeInMinutes": 0,
            "primaryApprovers": approvers,
            "isEscalationEnabled": false,
            "escalationApprovers": [],
        }],
    })
}

const fn is_required(required: ApprovalRequired) -> bool {
    match required {
        ApprovalRequired::Yes => true,
        ApprovalRequired::No => false,
    }
}

fn approver(approver: &Approver) -> Value {
    match approver {
        Approver::User { id, description } => json!({
            "@odata.type": "#microsoft.graph.singleUser",
            "userId": id,
            "description": description,
        }),
        Approver::GroupMembers { id, description } => json!({
            "@odata.type": "#microsoft.graph.groupMembers",
            "groupId": id,
            "description": description,
        }),
    }
}
