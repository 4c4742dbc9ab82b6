//! Policies of packages on the wire, in both of their shapes (`governance.md` 1.4; `infrastructure-clients.md`
//! 2.5).

use ephor_core::package::policy::{
    ApprovalSettings, Localizable, PackageExpiration, PackageStage, Question, QuestionKind,
};
use ephor_core::package::{PackagePolicy, Subject, TargetScope};
use ephor_core::time::Length;
use serde_json::{Map, Value, json};

use super::super::object;

/// What a policy gives, as an expiration pattern.
pub(crate) fn expiration(expiration: &PackageExpiration) -> Value {
    match expiration {
        PackageExpiration::Never => {
            json!({"type": "noExpiration", "endDateTime": null, "duration": null})
        }
        PackageExpiration::After(duration) => {
            json!({"type": "afterDuration", "endDateTime": null, "duration": duration})
        }
        PackageExpiration::At(end) => {
            json!({"type": "afterDateTime", "endDateTime": end, "duration": null})
        }
    }
}

fn subject(subject: &Subject) -> Value {
    let kind = |name: &str| format!("#microsoft.graph.{name}");
    match subject {
        Subject::User { id, description } => {
            json!({"@odata.type": kind("singleUser"), "userId": id, "description": description})
        }
        Subject::GroupMembers { id, description } => {
            json!({"@odata.type": kind("groupMembers"), "groupId": id, "description": description})
        }
        Subject::RequestorManager { level } => {
            json!({"@odata.type": kind("requestorManager"), "managerLevel": level})
        }
        Subject::TargetManager { level } => {
            json!({"@odata.type": kind("targetManager"), "managerLevel": level})
        }
        Subject::InternalSponsors => json!({"@odata.type": kind("internalSponsors")}),
        Subject::ExternalSponsors => json!({"@odata.type": kind("externalSponsors")}),
        Subject::TargetUserSponsors => json!({"@odata.type": kind("targetUserSponsors")}),
    }
}

fn subjects(list: &[Subject]) -> Value {
    list.iter().map(subject).collect()
}

fn stage(stage: &PackageStage) -> Value {
    json!({
        "durationBeforeAutomaticDenial": stage.denied_after,
        "isApproverJustificationRequired": stage.justification.is_on(),
        "isEscalationEnabled": stage.escalated_after.is_some(),
        "durationBeforeEscalation": stage.escalated_after.as_ref().map_or_else(
            || json!("PT0S"),
            |after| json!(after),
        ),
        "primaryApprovers": subjects(&stage.primary),
        "fallbackPrimaryApprovers": subjects(&stage.fallback),
        "escalationApprovers": subjects(&stage.escalation),
        "fallbackEscalationApprovers": subjects(&stage.escalation_fallback),
    })
}

fn localizations(text: &Localizable) -> Value {
    text.localizations
        .iter()
        .map(|one| json!({"languageCode": one.language, "text": one.text}))
        .collect()
}

/// The same with the type that `/v1.0` names in each.
fn typed_localizations(text: &Localizable) -> Value {
    let typed = text.localizations.iter().map(|one| {
        json!({
            "@odata.type": "#microsoft.graph.accessPackageLocalizedText",
            "languageCode": one.language,
            "text": one.text,
        })
    });
    typed.collect()
}

/// A question.
pub(crate) fn question(question: &Question) -> Value {
    let mut shown = object([
        ("id", json!(question.id)),
        ("sequence", json!(question.sequence)),
        ("isRequired", json!(question.required.is_on())),
        ("isAnswerEditable", json!(question.editable.is_on())),
        ("text", json!(question.text.text)),
        ("localizations", typed_localizations(&question.text)),
    ]);
    match &question.kind {
        QuestionKind::Text {
            single_line,
            pattern,
        } => {
            shown.insert(
                "@odata.type".into(),
                json!("#microsoft.graph.accessPackageTextInputQuestion"),
            );
            shown.insert("isSingleLineQuestion".into(), json!(single_line.is_on()));
            shown.insert("regexPattern".into(), json!(pattern));
        }
        QuestionKind::Choice { choices, several } => {
            shown.insert(
                "@odata.type".into(),
                json!("#microsoft.graph.accessPackageMultipleChoiceQuestion"),
            );
            shown.insert("isMultipleSelectionAllowed".into(), json!(several.is_on()));
            let choices = choices.iter().map(|choice| {
                json!({
                    "actualValue": choice.value,
                    "text": choice.shown.text,
                    "localizations": typed_localizations(&choice.shown),
                })
            });
            shown.insert("choices".into(), choices.collect());
        }
    }
    Value::Object(shown)
}

/// The policy by itself.
pub(crate) fn plain(policy: &PackagePolicy) -> Map<String, Value> {
    let approval = &policy.approval;
    let direct = policy.is_direct();
    object([
        ("id", json!(policy.id)),
        ("displayName", json!(policy.display_name)),
        ("description", json!(policy.description)),
        ("allowedTargetScope", json!(policy.scope)),
        ("specificAllowedTargets", subjects(&policy.targets)),
        ("expiration", expiration(&policy.expiration)),
        (
            "requestorSettings",
            json!({
                "enableTargetsToSelfAddAccess": !direct && policy.requestor.add.is_on(),
                "enableTargetsToSelfUpdateAccess": !direct && policy.requestor.update.is_on(),
                "enableTargetsToSelfRemoveAccess": !direct && policy.requestor.remove.is_on(),
                "allowCustomAssignmentSchedule": policy.requestor.custom_schedule.is_on(),
                "enableOnBehalfRequestorsToAddAccess": false,
                "enableOnBehalfRequestorsToUpdateAccess": false,
                "enableOnBehalfRequestorsToRemoveAccess": false,
                "onBehalfRequestors": [],
            }),
        ),
        (
            "requestApprovalSettings",
            json!({
                "isApprovalRequiredForAdd": approval.for_add.is_on(),
                "isApprovalRequiredForUpdate": approval.for_update.is_on(),
                "isRequestorJustificationRequired": approval.requestor_justification.is_on(),
                "stages": approval.stages.iter().map(stage).collect::<Vec<_>>(),
            }),
        ),
        ("questions", policy.questions.iter().map(question).collect()),
        ("reviewSettings", as_sent(policy)),
        ("automaticRequestSettings", Value::Null),
        (
            "notificationSettings",
            json!({"isAssignmentNotificationDisabled": !policy.mails.is_on()}),
        ),
        ("createdDateTime", json!(policy.created_at)),
        ("modifiedDateTime", json!(policy.modified_at)),
    ])
}

fn as_sent(policy: &PackagePolicy) -> Value {
    policy
        .review
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or(Value::Null)
}

/// What somebody has to give who asks under it.
pub(crate) fn requirements(policy: &PackagePolicy) -> Value {
    let approval = &policy.approval;
    json!({
        "policyId": policy.id,
        "policyDisplayName": policy.display_name,
        "policyDescription": policy.description,
        "isApprovalRequiredForAdd": approval.for_add.is_on(),
        "isApprovalRequiredForUpdate": approval.for_update.is_on(),
        "isRequestorJustificationRequired": approval.requestor_justification.is_on(),
        "allowCustomAssignmentSchedule": policy.requestor.custom_schedule.is_on(),
        "schedule": {
            "startDateTime": null,
            "recurrence": null,
            "expiration": expiration(&policy.expiration),
        },
        "questions": policy.questions.iter().map(question).collect::<Vec<_>>(),
    })
}

/// `/beta`'s word for whom a policy is for.
pub(crate) const fn beta_scope(scope: TargetScope) -> &'static str {
    match scope {
        TargetScope::NotSpecified => "NoSubjects",
        TargetScope::SpecificDirectoryUsers => "SpecificDirectorySubjects",
        TargetScope::AllMemberUsers => "AllExistingDirectoryMemberUsers",
        TargetScope::AllDirectoryUsers => "AllExistingDirectorySubjects",
    }
}

/// A set of people as `/beta` shows it: the id is called `id`, and a fallback is marked.
fn beta_subject(one: &Subject, is_backup: bool) -> Value {
    let mut shown = subject(one);
    if let Value::Object(members) = &mut shown {
        let id = members
            .remove("userId")
            .or_else(|| members.remove("groupId"));
        if let Some(id) = id {
            members.insert("id".into(), id);
        }
        members.insert("isBackup".into(), json!(is_backup));
    }
    shown
}

fn beta_subjects(first: &[Subject], backup: &[Subject]) -> Value {
    let first = first.iter().map(|one| beta_subject(one, false));
    let backup = backup.iter().map(|one| beta_subject(one, true));
    first.chain(backup).collect()
}

fn beta_approval(approval: &ApprovalSettings) -> Value {
    let stages = approval.stages.iter().map(|stage| {
        let days = stage.denied_after.length().as_micros() / Length::days(1).as_micros();
        let minutes = stage.escalated_after.as_ref().map_or(0, |after| {
            after.length().as_micros() / Length::minutes(1).as_micros()
        });
        json!({
            "approvalStageTimeOutInDays": days,
            "escalationTimeInMinutes": minutes,
            "isApproverJustificationRequired": stage.justification.is_on(),
            "isEscalationEnabled": stage.escalated_after.is_some(),
            "primaryApprovers": beta_subjects(&stage.primary, &stage.fallback),
            "escalationApprovers": beta_subjects(&stage.escalation, &stage.escalation_fallback),
        })
    });
    json!({
        "isApprovalRequired": approval.for_add.is_on(),
        "isApprovalRequiredForExtension": approval.for_update.is_on(),
        "isRequestorJustificationRequired": approval.requestor_justification.is_on(),
        "approvalMode": match approval.stages.len() {
            _ if !approval.for_add.is_on() => "NoApproval",
            0 | 1 => "SingleStage",
            _ => "Serial",
        },
        "approvalStages": stages.collect::<Vec<_>>(),
    })
}

fn beta_text(text: &Localizable) -> Value {
    json!({"defaultText": text.text, "localizedTexts": localizations(text)})
}

fn beta_question(asked: &Question) -> Value {
    let mut shown = question(asked);
    if let Value::Object(members) = &mut shown {
        members.remove("localizations");
        members.insert("text".into(), beta_text(&asked.text));
        if let QuestionKind::Choice { choices, several } = &asked.kind {
            let choices = choices.iter().map(|choice| {
                json!({
                    "@odata.type": "microsoft.graph.accessPackageAnswerChoice",
                    "actualValue": choice.value,
                    "displayValue": beta_text(&choice.shown),
                })
            });
            members.insert("choices".into(), choices.collect());
            members.insert("allowsMultipleSelection".into(), json!(several.is_on()));
        }
    }
    shown
}

/// The policy as `/beta` shows it.
pub(crate) fn beta(policy: &PackagePolicy) -> Value {
    let (days, end) = match &policy.expiration {
        PackageExpiration::Never => (0, None),
        PackageExpiration::After(duration) => (
            duration.length().as_micros() / Length::days(1).as_micros(),
            None,
        ),
        PackageExpiration::At(end) => (0, Some(*end)),
    };
    Value::Object(object([
        ("id", json!(policy.id)),
        ("accessPackageId", json!(policy.package)),
        ("displayName", json!(policy.display_name)),
        ("description", json!(policy.description)),
        ("canExtend", json!(policy.requestor.update.is_on())),
        ("durationInDays", json!(days)),
        ("expirationDateTime", json!(end)),
        (
            "requestorSettings",
            json!({
                "scopeType": beta_scope(policy.scope),
                "acceptRequests": policy.requestor.add.is_on(),
                "allowedRequestors": beta_subjects(&policy.targets, &[]),
            }),
        ),
        ("requestApprovalSettings", beta_approval(&policy.approval)),
        ("accessReviewSettings", as_sent(policy)),
        (
            "questions",
            policy.questions.iter().map(beta_question).collect(),
        ),
        ("createdDateTime", json!(policy.created_at)),
        ("modifiedDateTime", json!(policy.modified_at)),
    ]))
}
