//! Changes of role management policies, in (`pim-groups.md` 3.2): rules are merged by id, and within a rule
//! what is absent keeps its value.

use std::collections::BTreeSet;

use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::policy::{
    ApprovalChange, Approver, AuthenticationContextChange, Enabled, EnablementChange,
    ExpirationChange, NotificationChange, NotificationLevel, RuleChange, RuleId, StageChange,
};
use ephor_core::text::ShortText;
use ephor_core::time::IsoDuration;

use super::policy::type_of;
use crate::fields::{Fields, Read};
use crate::json::{Json, clipped};

/// Reads the body of `PATCH …/roleManagementPolicies/{id}`.
pub(crate) fn changes(fields: &Fields<'_>) -> Read<Vec<(RuleId, RuleChange)>> {
    let rules = fields
        .list("rules")?
        .ok_or_else(|| fields.missing("rules"))?;
    let mut changes: Vec<(RuleId, RuleChange)> = Vec::with_capacity(rules.len());
    for (index, item) in rules.iter().enumerate() {
        let rule = fields.item("rules", index, item)?;
        let id: RuleId = rule.parsed("id")?.ok_or_else(|| rule.missing("id"))?;
        if changes.iter().any(|(own, _)| *own == id) {
            return Err(rule.wrong("id", format!("is `{id}`, which is named twice")));
        }
        changes.push((id, change(&rule, id)?));
    }
    Ok(changes)
}

/// Reads a rule's body: `PATCH …/rules/{id}`, or an item of the policy's.
pub(crate) fn change(fields: &Fields<'_>, id: RuleId) -> Read<RuleChange> {
    if let Some(named) = fields.parsed::<RuleId>("id")?
        && named != id
    {
        return Err(fields.wrong("id", format!("is `{named}`, but the address names `{id}`")));
    }
    right_type(fields, id)?;
    Ok(match id {
        RuleId::Expiration(_) => RuleChange::Expiration(expiration(fields)?),
        RuleId::Enablement(_) => RuleChange::Enablement(enablement(fields)?),
        RuleId::Notification(..) => RuleChange::Notification(notification(fields)?),
        RuleId::Approval => RuleChange::Approval(approval(fields)?),
        RuleId::AuthenticationContext => {
            RuleChange::AuthenticationContext(AuthenticationContextChange {
                enabled: fields.bool("isEnabled")?,
                claim: fields.text("claimValue")?.map(|text| Some(text.to_owned())),
            })
        }
    })
}

fn right_type(fields: &Fields<'_>, id: RuleId) -> Read<()> {
    let wanted = format!(
        "#microsoft.graph.unifiedRoleManagementPolicy{}",
        type_of(id)
    );
    let given = fields.text("@odata.type")?.ok_or_else(|| {
        fields.wrong(
            "@odata.type",
            format!("is missing; for this rule it is `{wanted}`"),
        )
    })?;
    if given
        .trim_start_matches('#')
        .eq_ignore_ascii_case(&wanted[1..])
    {
        return Ok(());
    }
    Err(fields.wrong(
        "@odata.type",
        format!(
            "is `{}`, but for this rule it is `{wanted}`",
            clipped(given)
        ),
    ))
}

fn expiration(fields: &Fields<'_>) -> Read<ExpirationChange> {
    let required = fields.bool("isExpirationRequired")?;
    // While permanent is allowed the length is of no account, and known clients send it empty.
    let maximum = match required {
        Some(false) => None,
        Some(true) | None => fields.parsed::<IsoDuration>("maximumDuration")?,
    };
    Ok(ExpirationChange { required, maximum })
}

fn enablement(fields: &Fields<'_>) -> Read<EnablementChange> {
    let Some(words) = fields.texts("enabledRules")? else {
        return Ok(EnablementChange::default());
    };
    let all: Vec<&str> = Enabled::ALL.iter().map(|one| one.as_str()).collect();
    let read = |word: &&str| {
        Enabled::parse(word).ok_or_else(|| {
            fields.wrong(
                "enabledRules",
                format!(
                    "holds `{}`, but it may hold `{}` only",
                    clipped(word),
                    all.join("`, `")
                ),
            )
        })
    };
    let enabled = words.iter().map(read).collect::<Read<BTreeSet<_>>>()?;
    Ok(EnablementChange {
        enabled: Some(enabled),
    })
}

fn notification(fields: &Fields<'_>) -> Read<NotificationChange> {
    let email = |text: &str| text.eq_ignore_ascii_case("Email").then_some(());
    fields.word("notificationType", email, &["Email"])?;
    let recipients = fields.texts("notificationRecipients")?;
    Ok(NotificationChange {
        level: fields.word(
            "notificationLevel",
            NotificationLevel::parse,
            &["None", "Critical", "All"],
        )?,
        defaults: fields.bool("isDefaultRecipientsEnabled")?,
        recipients: recipients.map(|list| list.into_iter().map(str::to_owned).collect()),
    })
}

/// The words of `approvalMode`; only one stage is honoured, whichever is sent.
const MODES: [&str; 4] = ["SingleStage", "Serial", "Parallel", "NoApproval"];

fn approval(fields: &Fields<'_>) -> Read<ApprovalChange> {
    let Some(setting) = fields.object("setting")? else {
        return Ok(ApprovalChange::default());
    };
    let mode = |text: &str| {
        MODES
            .into_iter()
            .find(|mode| mode.eq_ignore_ascii_case(text))
    };
    setting.word("approvalMode", mode, &MODES)?;
    let stages = setting.list("approvalStages")?;
    Ok(ApprovalChange {
        required: setting.bool("isApprovalRequired")?,
        requestor_justification: setting.bool("isRequestorJustificationRequired")?,
        stages: stages
            .map(|items| each(&setting, "approvalStages", items, stage))
            .transpose()?,
    })
}

fn stage(fields: &Fields<'_>) -> Read<StageChange> {
    let approvers = fields.list("primaryApprovers")?;
    Ok(StageChange {
        primary_approvers: approvers
            .map(|items| each(fields, "primaryApprovers", items, approver))
            .transpose()?,
        approver_justification: fields.bool("isApproverJustificationRequired")?,
    })
}

/// Each item of a list, read by `read`.
fn each<T>(
    fields: &Fields<'_>,
    name: &str,
    items: &[Json],
    read: impl Fn(&Fields<'_>) -> Read<T>,
) -> Read<Vec<T>> {
    items
        .iter()
        .enumerate()
        .map(|(index, item)| read(&fields.item(name, index, item)?))
        .collect()
}

/// One approver. A sample of the service's own names the id `id`, so that is read too.
fn approver(fields: &Fields<'_>) -> Read<Approver> {
    let kind = fields
        .text("@odata.type")?
        .ok_or_else(|| fields.missing("@odata.type"))?
        .trim_start_matches('#');
    let description = fields.limited("description", ShortText::new)?;
    if kind.eq_ignore_ascii_case("microsoft.graph.singleUser") {
        let id = match fields.parsed::<PrincipalId>("userId")? {
            Some(id) => id,
            None => fields
                .parsed("id")?
                .ok_or_else(|| fields.missing("userId"))?,
        };
        return Ok(Approver::User { id, description });
    }
    if kind.eq_ignore_ascii_case("microsoft.graph.groupMembers") {
        let id = match fields.parsed::<GroupId>("groupId")? {
            Some(id) => id,
            None => fields
                .parsed("id")?
                .ok_or_else(|| fields.missing("groupId"))?,
        };
        return Ok(Approver::GroupMembers { id, description });
    }
    Err(fields.wrong(
        "@odata.type",
        format!(
            "is `{}`, but an approver is a `#microsoft.graph.singleUser` or `#microsoft.graph.groupMembers`",
            clipped(kind)
        ),
    ))
}
