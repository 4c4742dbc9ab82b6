//! Who must agree to an activation (R-C2, R-F7): the rule, and what may be stored as one.
//!
//! Groups have one stage; it is always there, also while approval is off, because clients read it
//! unasked (`pim-groups.md` 3.1). Deciding an approval is not this file's.

use serde::{Deserialize, Serialize};

use super::invalid;
use crate::id::{GroupId, PrincipalId};
use crate::refusal::Refusal;
use crate::text::ShortText;

/// How many approvers a policy may name (`security.md` section 5).
pub const APPROVERS_MAX: usize = 50;

/// Whether activation waits for an approver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ApprovalRequired {
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// Somebody who may approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Approver {
    /// One person.
    User {
        /// Who.
        id: PrincipalId,
        /// A note that clients keep with it.
        description: Option<ShortText>,
    },
    /// Whoever is an active member of this group when it is decided.
    GroupMembers {
        /// Of which group.
        id: GroupId,
        /// A note that clients keep with it.
        description: Option<ShortText>,
    },
}

/// The one stage of an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalStage {
    /// Who may approve.
    pub primary_approvers: Vec<Approver>,
    /// Whether an approver must say why; off only where an administrator turned it off.
    pub approver_justification: ApprovalRequired,
}

/// Who must agree to an activation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRule {
    /// Whether anybody must.
    pub required: ApprovalRequired,
    /// Whether the requestor must say why (`isRequestorJustificationRequired`).
    pub requestor_justification: ApprovalRequired,
    /// By whom.
    pub stage: ApprovalStage,
}

/// A change of an approval rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApprovalChange {
    /// Whether anybody must agree.
    pub required: Option<bool>,
    /// Whether the requestor must say why.
    pub requestor_justification: Option<bool>,
    /// The stages sent; only one is honoured.
    pub stages: Option<Vec<StageChange>>,
}

/// A change of the stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StageChange {
    /// Who may approve.
    pub primary_approvers: Option<Vec<Approver>>,
    /// Whether an approver must say why.
    pub approver_justification: Option<bool>,
}

const fn required(yes: bool) -> ApprovalRequired {
    if yes {
        ApprovalRequired::Yes
    } else {
        ApprovalRequired::No
    }
}

impl Default for ApprovalRule {
    fn default() -> Self {
        Self {
            required: ApprovalRequired::No,
            requestor_justification: ApprovalRequired::Yes,
            stage: ApprovalStage {
                primary_approvers: Vec::new(),
                approver_justification: ApprovalRequired::Yes,
            },
        }
    }
}

impl ApprovalRule {
    /// Whether activation waits for an approver.
    pub const fn is_required(&self) -> bool {
        matches!(self.required, ApprovalRequired::Yes)
    }

    pub(super) fn changed(&self, change: &ApprovalChange) -> Result<Self, Refusal> {
        let mut rule = self.clone();
        if let Some(yes) = change.required {
            rule.required = required(yes);
        }
        if let Some(yes) = change.requestor_justification {
            rule.requestor_justification = required(yes);
        }
        match change.stages.as_deref() {
            None | Some([]) => {}
            Some([stage]) => {
                if let Some(approvers) = &stage.primary_approvers {
                    rule.stage.primary_approvers.clone_from(approvers);
                }
                if let Some(yes) = stage.approver_justification {
                    rule.stage.approver_justification = required(yes);
                }
            }
            Some(more) => {
                return Err(invalid(format!(
                    "{} approval stages were sent, but a group's policy has one",
                    more.len()
                )));
            }
        }
        Ok(rule)
    }

    pub(super) fn check(&self) -> Result<(), Refusal> {
        let named = self.stage.primary_approvers.len();
        if self.is_required() && named == 0 {
            return Err(invalid("approval is required, but no approver is named")
                .hint("name at least one user or group in primaryApprovers"));
        }
        if named > APPROVERS_MAX {
            return Err(invalid(format!(
                "{named} approvers are named, but at most {APPROVERS_MAX} can be"
            ))
            .hint("name a group whose members approve"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_f7_approval_without_an_approver_is_refused() {
        let on = ApprovalChange {
            required: Some(true),
            ..ApprovalChange::default()
        };
        assert!(
            ApprovalRule::default()
                .changed(&on)
                .unwrap()
                .check()
                .is_err()
        );
    }

    #[test]
    fn a_stage_with_only_its_approvers_keeps_the_rest() {
        let approver = Approver::User {
            id: PrincipalId::from_uuid(uuid::Uuid::nil()),
            description: None,
        };
        let change = ApprovalChange {
            required: Some(true),
            stages: Some(vec![StageChange {
                primary_approvers: Some(vec![approver]),
                ..StageChange::default()
            }]),
            ..ApprovalChange::default()
        };
        let rule = ApprovalRule::default().changed(&change).unwrap();
        assert_eq!(rule.stage.approver_justification, ApprovalRequired::Yes);
        assert!(rule.check().is_ok());
    }
}
