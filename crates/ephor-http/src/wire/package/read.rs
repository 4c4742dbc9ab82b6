//! What is sent about catalogs, packages, policies and requests, read into the core's types: both the names of
//! `/v1.0` and those that `/beta` still has are taken in either.

use ephor_core::id::{
    CatalogId, CatalogResourceId, PackageAssignmentId, PackageId, PackagePolicyId, PrincipalId,
    QuestionId,
};
use ephor_core::package::policy::{
    ApprovalSettings, Choice, Localizable, Localized, PackageExpiration, PackageStage, Question,
    QuestionKind, RequestorSettings,
};
use ephor_core::package::request::Answer;
use ephor_core::package::{
    CatalogRole, CatalogState, PackagePolicy, PackageRequestType, ResourceRole, Subject, Switch,
    TargetScope,
};
use ephor_core::role::ObjectId;
use ephor_core::schedule::ScheduleInfo;
use ephor_core::text::{Description, DisplayName, Justification, LongText};
use ephor_core::time::{Instant, IsoDuration, Length};
use ephor_ops::package::ask::Wish;
use ephor_ops::package::catalog::{CatalogChange, NewCatalog};
use ephor_ops::package::content::{NewPackage, PackageChange};
use uuid::Uuid;

use crate::fields::{Fields, Read};
use crate::json::Json;
use crate::wire::request::schedule_of;

const STATES: [&str; 2] = ["published", "unpublished"];

fn state(fields: &Fields<'_>) -> Read<Option<CatalogState>> {
    let read = |text: &str| match text.to_ascii_lowercase().as_str() {
        "published" => Some(CatalogState::Published),
        "unpublished" => Some(CatalogState::Unpublished),
        _ => None,
    };
    match fields.word("state", read, &STATES)? {
        Some(state) => Ok(Some(state)),
        None => fields.word("catalogStatus", read, &STATES),
    }
}

fn switch(fields: &Fields<'_>, name: &str) -> Read<Option<Switch>> {
    Ok(fields.bool(name)?.map(Switch::from))
}

fn on(fields: &Fields<'_>, name: &str) -> Read<Switch> {
    Ok(switch(fields, name)?.unwrap_or_default())
}

/// A catalog to be made.
pub(crate) fn new_catalog(fields: &Fields<'_>) -> Read<NewCatalog> {
    Ok(NewCatalog {
        display_name: fields
            .limited("displayName", DisplayName::new)?
            .ok_or_else(|| fields.missing("displayName"))?,
        description: fields.limited("description", Description::new)?,
        state: state(fields)?.unwrap_or(CatalogState::Published),
        guests: on(fields, "isExternallyVisible")?,
    })
}

/// What is to be changed of a catalog.
pub(crate) fn catalog_change(fields: &Fields<'_>) -> Read<CatalogChange> {
    Ok(CatalogChange {
        display_name: fields.limited("displayName", DisplayName::new)?,
        description: fields.set("description", Description::new)?,
        state: state(fields)?,
        guests: switch(fields, "isExternallyVisible")?,
    })
}

/// The id inside an object: `"catalog": {"id": "…"}`.
fn inner<T>(fields: &Fields<'_>, names: &[&str]) -> Read<Option<T>>
where
    T: std::str::FromStr,
    T::Err: crate::fields::Explains,
{
    for name in names {
        if let Some(object) = fields.object(name)? {
            return object.parsed("id");
        }
    }
    Ok(None)
}

/// A package to be made.
pub(crate) fn new_package(fields: &Fields<'_>) -> Read<NewPackage> {
    let catalog = match inner::<CatalogId>(fields, &["catalog", "accessPackageCatalog"])? {
        Some(id) => Some(id),
        None => fields.parsed("catalogId")?,
    };
    Ok(NewPackage {
        catalog: catalog.ok_or_else(|| fields.missing("catalog"))?,
        display_name: fields
            .limited("displayName", DisplayName::new)?
            .ok_or_else(|| fields.missing("displayName"))?,
        description: fields.limited("description", Description::new)?,
        hidden: on(fields, "isHidden")?,
    })
}

/// What is to be changed of a package.
pub(crate) fn package_change(fields: &Fields<'_>) -> Read<PackageChange> {
    Ok(PackageChange {
        display_name: fields.limited("displayName", DisplayName::new)?,
        description: fields.set("description", Description::new)?,
        hidden: switch(fields, "isHidden")?,
    })
}

/// Whether a resource is added or taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResourceRequest {
    Add,
    Update,
    Remove,
}

/// What is asked of a catalog's resources: which catalog, which group or directory role, what.
pub(crate) fn resource_request(
    fields: &Fields<'_>,
) -> Read<(CatalogId, ObjectId, ResourceRequest, &'static str)> {
    let words = ["adminAdd", "adminUpdate", "adminRemove"];
    let read = |text: &str| {
        words
            .into_iter()
            .position(|word| word.eq_ignore_ascii_case(text))
    };
    let asked = fields
        .word("requestType", read, &words)?
        .ok_or_else(|| fields.missing("requestType"))?;
    let catalog = match inner::<CatalogId>(fields, &["catalog"])? {
        Some(id) => Some(id),
        None => fields.parsed("catalogId")?,
    };
    let resource = match fields.object("resource")? {
        Some(resource) => resource,
        None => fields
            .object("accessPackageResource")?
            .ok_or_else(|| fields.missing("resource"))?,
    };
    let system = resource
        .text("originSystem")?
        .unwrap_or(super::GROUP_SYSTEM);
    let missing = || resource.missing("originId");
    let object = if system.eq_ignore_ascii_case(super::GROUP_SYSTEM) {
        ObjectId::Group(resource.parsed("originId")?.ok_or_else(missing)?)
    } else if system.eq_ignore_ascii_case(super::ROLE_SYSTEM) {
        ObjectId::Directory(resource.parsed("originId")?.ok_or_else(missing)?)
    } else {
        return Err(resource.unsupported(
            "originSystem",
            format!(
                "is `{}`, but the resources here are groups and directory roles: `{}` and `{}`",
                crate::json::clipped(system),
                super::GROUP_SYSTEM,
                super::ROLE_SYSTEM
            ),
        ));
    };
    Ok((
        catalog.ok_or_else(|| fields.missing("catalog"))?,
        object,
        match asked {
            0 => ResourceRequest::Add,
            1 => ResourceRequest::Update,
            _ => ResourceRequest::Remove,
        },
        words.get(asked).copied().unwrap_or("adminAdd"),
    ))
}

/// A role that is put into a package, with its resource: by ids, or by what they are called at their origin.
pub(crate) fn role_scope(fields: &Fields<'_>) -> Read<(CatalogResourceId, ResourceRole)> {
    let role = match fields.object("role")? {
        Some(role) => role,
        None => fields
            .object("accessPackageResourceRole")?
            .ok_or_else(|| fields.missing("role"))?,
    };
    let resource = match role.object("resource")? {
        Some(resource) => resource,
        None => role
            .object("accessPackageResource")?
            .ok_or_else(|| role.missing("resource"))?,
    };
    let id: CatalogResourceId = resource
        .parsed("id")?
        .ok_or_else(|| resource.missing("id"))?;
    let by_origin = role.text("originId")?.and_then(ResourceRole::parse_origin);
    let by_id = role
        .text("id")?
        .and_then(|text| text.parse::<Uuid>().ok())
        .and_then(|uuid| ResourceRole::by_id(uuid, id));
    let found = by_origin.or(by_id).ok_or_else(|| {
        role.wrong(
            "originId",
            "must be `Member_{groupId}`, `Owner_{groupId}`, `EligibleMember_{groupId}` or `EligibleOwner_{groupId}`, and of a directory role `Active` or `Eligible`",
        )
    })?;
    Ok((id, found))
}

/// The last part of an address: what `$ref` names.
pub(crate) fn reference(fields: &Fields<'_>) -> Read<String> {
    let address = fields
        .text("@odata.id")?
        .ok_or_else(|| fields.missing("@odata.id"))?;
    let path = address.split(['?', '#']).next().unwrap_or(address);
    let path = path.trim_end_matches('/');
    let last = match path.strip_suffix("')") {
        Some(open) => open.rsplit("('").next(),
        None => path.rsplit('/').next(),
    };
    Ok(last.unwrap_or_default().to_owned())
}

const SUBJECTS: [&str; 7] = [
    "singleUser",
    "groupMembers",
    "requestorManager",
    "targetManager",
    "internalSponsors",
    "externalSponsors",
    "targetUserSponsors",
];

/// A set of people, and whether `/beta` marks it as a fallback.
fn subject(fields: &Fields<'_>) -> Read<(Subject, Switch)> {
    let kind = fields
        .text("@odata.type")?
        .ok_or_else(|| fields.missing("@odata.type"))?;
    let word = kind
        .trim_start_matches('#')
        .trim_start_matches("microsoft.graph.");
    let known = SUBJECTS
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(word));
    let id = |name: &str| -> Read<Option<PrincipalId>> {
        match fields.parsed(name)? {
            Some(id) => Ok(Some(id)),
            None => fields.parsed("id"),
        }
    };
    let level = fields
        .whole_number("managerLevel")?
        .unwrap_or(1)
        .clamp(1, 2);
    let level = u8::try_from(level).unwrap_or(1);
    let description = fields.limited("description", LongText::new)?;
    let found = match known {
        Some("singleUser") => Subject::User {
            id: id("userId")?.ok_or_else(|| fields.missing("userId"))?,
            description,
        },
        Some("groupMembers") => Subject::GroupMembers {
            id: id("groupId")?
                .ok_or_else(|| fields.missing("groupId"))?
                .as_group(),
            description,
        },
        Some("requestorManager") => Subject::RequestorManager { level },
        Some("targetManager") => Subject::TargetManager { level },
        Some("internalSponsors") => Subject::InternalSponsors,
        Some("externalSponsors") => Subject::ExternalSponsors,
        Some("targetUserSponsors") => Subject::TargetUserSponsors,
        Some(_) | None => {
            return Err(fields.unsupported(
                "@odata.type",
                format!(
                    "is `{}`, but there are `{}`",
                    crate::json::clipped(kind),
                    SUBJECTS.join("`, `")
                ),
            ));
        }
    };
    Ok((found, on(fields, "isBackup")?))
}

fn subjects(fields: &Fields<'_>, name: &str) -> Read<(Vec<Subject>, Vec<Subject>)> {
    let (mut first, mut backup) = (Vec::new(), Vec::new());
    for (index, item) in fields.list(name)?.unwrap_or_default().iter().enumerate() {
        let (found, is_backup) = subject(&fields.item(name, index, item)?)?;
        if is_backup.is_on() {
            backup.push(found);
        } else {
            first.push(found);
        }
    }
    Ok((first, backup))
}

fn stage(fields: &Fields<'_>) -> Read<PackageStage> {
    let days = fields.whole_number("approvalStageTimeOutInDays")?;
    let denied_after = match fields.parsed::<IsoDuration>("durationBeforeAutomaticDenial")? {
        Some(duration) => duration,
        None => IsoDuration::of(Length::days(days.filter(|days| *days > 0).unwrap_or(14))),
    };
    let minutes = fields.whole_number("escalationTimeInMinutes")?;
    let escalated_after = match fields.parsed::<IsoDuration>("durationBeforeEscalation")? {
        Some(duration) => Some(duration),
        None => minutes.map(|minutes| IsoDuration::of(Length::minutes(minutes))),
    };
    let is_escalated = on(fields, "isEscalationEnabled")?.is_on();
    let (primary, mut fallback) = subjects(fields, "primaryApprovers")?;
    fallback.extend(subjects(fields, "fallbackPrimaryApprovers")?.0);
    let (escalation, mut escalation_fallback) = subjects(fields, "escalationApprovers")?;
    escalation_fallback.extend(subjects(fields, "fallbackEscalationApprovers")?.0);
    Ok(PackageStage {
        denied_after,
        justification: on(fields, "isApproverJustificationRequired")?,
        escalated_after: escalated_after.filter(|_| is_escalated),
        primary,
        fallback,
        escalation,
        escalation_fallback,
    })
}

fn approval(fields: &Fields<'_>) -> Read<ApprovalSettings> {
    let Some(settings) = fields.object("requestApprovalSettings")? else {
        return Ok(ApprovalSettings::default());
    };
    let either = |names: [&str; 2]| -> Read<Switch> {
        match switch(&settings, names[0])? {
            Some(found) => Ok(found),
            None => on(&settings, names[1]),
        }
    };
    let name = if settings.get("stages").is_some() {
        "stages"
    } else {
        "approvalStages"
    };
    let items = settings.list(name)?.unwrap_or_default();
    let stages = items
        .iter()
        .enumerate()
        .map(|(index, item)| stage(&settings.item(name, index, item)?))
        .collect::<Read<_>>()?;
    Ok(ApprovalSettings {
        for_add: either(["isApprovalRequiredForAdd", "isApprovalRequired"])?,
        for_update: either([
            "isApprovalRequiredForUpdate",
            "isApprovalRequiredForExtension",
        ])?,
        requestor_justification: on(&settings, "isRequestorJustificationRequired")?,
        stages,
    })
}

fn localized(fields: &Fields<'_>, name: &str) -> Read<Vec<Localized>> {
    let items = fields.list(name)?.unwrap_or_default();
    items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            let item = fields.item(name, index, item)?;
            Ok(Localized {
                language: item
                    .text("languageCode")?
                    .filter(|code| code.len() <= 35)
                    .ok_or_else(|| item.missing("languageCode"))?
                    .to_owned(),
                text: item
                    .limited("text", LongText::new)?
                    .ok_or_else(|| item.missing("text"))?,
            })
        })
        .collect()
}

/// A text with its translations, as `/v1.0` or as `/beta` writes it.
fn localizable(fields: &Fields<'_>, name: &str) -> Read<Option<Localizable>> {
    match fields.get(name) {
        None => Ok(None),
        Some(Json::Object(_)) => {
            let inner = fields.object(name)?.ok_or_else(|| fields.missing(name))?;
            Ok(Some(Localizable {
                text: inner
                    .limited("defaultText", LongText::new)?
                    .ok_or_else(|| inner.missing("defaultText"))?,
                localizations: localized(&inner, "localizedTexts")?,
            }))
        }
        Some(_) => Ok(fields
            .limited(name, LongText::new)?
            .map(|text| -> Read<Localizable> {
                Ok(Localizable {
                    text,
                    localizations: localized(fields, "localizations")?,
                })
            })
            .transpose()?),
    }
}

fn question(fields: &Fields<'_>, fresh: impl FnOnce() -> Uuid) -> Read<Question> {
    let kind = fields.text("@odata.type")?.unwrap_or_default();
    let has_choices = fields.get("choices").is_some();
    let is_choice = kind.to_ascii_lowercase().contains("multiplechoice") || has_choices;
    let id = match fields.text("id")? {
        Some(text) if !text.is_empty() => fields.parsed::<QuestionId>("id")?,
        Some(_) | None => None,
    };
    let kind = if is_choice {
        let items = fields.list("choices")?.unwrap_or_default();
        let choices = items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                let item = fields.item("choices", index, item)?;
                let value = item
                    .limited("actualValue", LongText::new)?
                    .ok_or_else(|| item.missing("actualValue"))?;
                let shown = match localizable(&item, "displayValue")? {
                    Some(shown) => Some(shown),
                    None => localizable(&item, "text")?,
                };
                Ok(Choice {
                    shown: shown.unwrap_or_else(|| Localizable {
                        text: value.clone(),
                        localizations: Vec::new(),
                    }),
                    value,
                })
            })
            .collect::<Read<_>>()?;
        let several = match switch(fields, "isMultipleSelectionAllowed")? {
            Some(found) => found,
            None => on(fields, "allowsMultipleSelection")?,
        };
        QuestionKind::Choice { choices, several }
    } else {
        QuestionKind::Text {
            single_line: on(fields, "isSingleLineQuestion")?,
            pattern: fields.limited("regexPattern", LongText::new)?,
        }
    };
    Ok(Question {
        id: id.unwrap_or_else(|| QuestionId::from_uuid(fresh())),
        sequence: fields.whole_number("sequence")?.unwrap_or(0),
        text: localizable(fields, "text")?.ok_or_else(|| fields.missing("text"))?,
        required: on(fields, "isRequired")?,
        editable: on(fields, "isAnswerEditable")?,
        kind,
    })
}

/// Whom a policy is for, in either spelling; connected organisations there are none.
fn scope(fields: &Fields<'_>) -> Read<TargetScope> {
    let words: Vec<&str> = TargetScope::ALL.iter().map(|one| one.as_str()).collect();
    if let Some(scope) = fields.word("allowedTargetScope", TargetScope::parse, &words)? {
        return Ok(scope);
    }
    let Some(settings) = fields.object("requestorSettings")? else {
        return Ok(TargetScope::NotSpecified);
    };
    let beta = TargetScope::ALL
        .iter()
        .map(|one| super::policy::beta_scope(*one))
        .collect::<Vec<_>>();
    let read = |text: &str| {
        TargetScope::ALL
            .iter()
            .copied()
            .find(|one| super::policy::beta_scope(*one).eq_ignore_ascii_case(text))
    };
    match settings.text("scopeType")? {
        Some(text) if !text.is_empty() => Ok(settings
            .word("scopeType", read, &beta)?
            .unwrap_or(TargetScope::NotSpecified)),
        Some(_) | None => Ok(TargetScope::NotSpecified),
    }
}

fn requestor(fields: &Fields<'_>) -> Read<RequestorSettings> {
    let extends = switch(fields, "canExtend")?;
    let Some(settings) = fields.object("requestorSettings")? else {
        return Ok(RequestorSettings {
            update: extends.unwrap_or_default(),
            ..RequestorSettings::default()
        });
    };
    if settings.get("scopeType").is_some() || settings.get("acceptRequests").is_some() {
        let accepts = on(&settings, "acceptRequests")?;
        return Ok(RequestorSettings {
            add: accepts,
            update: extends.unwrap_or_default(),
            // The older shape has no word for it: whoever may ask may give back.
            remove: accepts,
            custom_schedule: Switch::Off,
        });
    }
    Ok(RequestorSettings {
        add: on(&settings, "enableTargetsToSelfAddAccess")?,
        update: on(&settings, "enableTargetsToSelfUpdateAccess")?,
        remove: on(&settings, "enableTargetsToSelfRemoveAccess")?,
        custom_schedule: on(&settings, "allowCustomAssignmentSchedule")?,
    })
}

fn expiration(fields: &Fields<'_>) -> Read<PackageExpiration> {
    if let Some(expiration) = fields.object("expiration")? {
        let words = [
            "notSpecified",
            "noExpiration",
            "afterDateTime",
            "afterDuration",
        ];
        let read = |text: &str| {
            words
                .into_iter()
                .find(|word| word.eq_ignore_ascii_case(text))
        };
        return match expiration.word("type", read, &words)? {
            Some("afterDateTime") => expiration
                .parsed("endDateTime")?
                .map(PackageExpiration::At)
                .ok_or_else(|| expiration.missing("endDateTime")),
            Some("afterDuration") => expiration
                .parsed("duration")?
                .map(PackageExpiration::After)
                .ok_or_else(|| expiration.missing("duration")),
            Some(_) | None => Ok(PackageExpiration::Never),
        };
    }
    let days = fields.whole_number("durationInDays")?.unwrap_or(0);
    match fields.parsed::<Instant>("expirationDateTime")? {
        Some(end) => Ok(PackageExpiration::At(end)),
        None if days > 0 => Ok(PackageExpiration::After(IsoDuration::of(Length::days(
            days,
        )))),
        None => Ok(PackageExpiration::Never),
    }
}

/// A policy, whole. Its id and times are filled in when it is kept.
pub(crate) fn policy(fields: &Fields<'_>) -> Read<PackagePolicy> {
    let package = match inner::<PackageId>(fields, &["accessPackage"])? {
        Some(id) => Some(id),
        None => fields.parsed("accessPackageId")?,
    };
    let package = package.ok_or_else(|| fields.missing("accessPackage"))?;
    if fields.get("automaticRequestSettings").is_some() {
        return Err(fields.unsupported(
            "automaticRequestSettings",
            "is given, but nothing is assigned by a rule here; leave it out or give null",
        ));
    }
    let targets = if fields.get("specificAllowedTargets").is_some() {
        subjects(fields, "specificAllowedTargets")?.0
    } else {
        match fields.object("requestorSettings")? {
            Some(settings) => subjects(&settings, "allowedRequestors")?.0,
            None => Vec::new(),
        }
    };
    let is_person =
        |one: &Subject| matches!(one, Subject::User { .. } | Subject::GroupMembers { .. });
    if !targets.iter().all(is_person) {
        return Err(fields.unsupported(
            "specificAllowedTargets",
            "names others than users and groups",
        ));
    }
    let items = fields.list("questions")?.unwrap_or_default();
    let questions = items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            // A question without an id gets one that is its own within the package.
            let number = u8::try_from(index).unwrap_or(u8::MAX);
            let fresh = || {
                let mut bytes = package.uuid().into_bytes();
                bytes[14] ^= 0xA5;
                bytes[15] ^= number;
                Uuid::from_bytes(bytes)
            };
            question(&fields.item("questions", index, item)?, fresh)
        })
        .collect::<Read<_>>()?;
    let review = match fields.get("reviewSettings") {
        Some(sent) => Some(sent),
        None => fields.get("accessReviewSettings"),
    };
    let mails = match fields.object("notificationSettings")? {
        Some(settings) => {
            let off = settings.bool("isAssignmentNotificationDisabled")?;
            Switch::from(off != Some(true))
        }
        None => Switch::On,
    };
    Ok(PackagePolicy {
        id: PackagePolicyId::from_uuid(package.uuid()),
        package,
        display_name: fields
            .limited("displayName", DisplayName::new)?
            .ok_or_else(|| fields.missing("displayName"))?,
        description: fields.limited("description", Description::new)?,
        scope: scope(fields)?,
        targets,
        requestor: requestor(fields)?,
        approval: approval(fields)?,
        expiration: expiration(fields)?,
        questions,
        mails,
        review: review.map(|sent| to_json(sent).to_string()),
        created_at: Instant::EARLIEST,
        modified_at: Instant::EARLIEST,
    })
}

/// What was sent, to be kept as it is.
fn to_json(sent: &Json) -> serde_json::Value {
    match sent {
        Json::Null => serde_json::Value::Null,
        Json::Bool(value) => (*value).into(),
        Json::Int(value) => (*value).into(),
        Json::Float(value) => (*value).into(),
        Json::Text(text) => text.as_str().into(),
        Json::List(items) => items.iter().map(to_json).collect(),
        Json::Object(object) => object
            .names()
            .filter_map(|name| Some((name.to_owned(), to_json(object.get(name)?))))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

fn answer(fields: &Fields<'_>) -> Read<Answer> {
    let question = match fields.object("answeredQuestion")? {
        Some(question) => question.parsed::<QuestionId>("id")?,
        None => fields.parsed("questionId")?,
    };
    let value = match fields.limited("value", LongText::new)? {
        Some(value) => Some(value),
        None => fields.limited("displayValue", LongText::new)?,
    };
    Ok(Answer {
        question: question.ok_or_else(|| fields.missing("answeredQuestion"))?,
        value: value.ok_or_else(|| fields.missing("value"))?,
    })
}

/// A request about a package.
pub(crate) fn wish(fields: &Fields<'_>) -> Read<Wish> {
    let words: Vec<&str> = PackageRequestType::ALL
        .iter()
        .map(|one| one.as_str())
        .collect();
    let action = fields
        .word("requestType", PackageRequestType::parse, &words)?
        .ok_or_else(|| fields.missing("requestType"))?;
    let assignment = match fields.object("assignment")? {
        Some(assignment) => Some(assignment),
        None => fields.object("accessPackageAssignment")?,
    };
    let assignment = assignment.ok_or_else(|| fields.missing("assignment"))?;
    let nested: Option<ScheduleInfo> = schedule_of(&assignment, "schedule")?;
    let schedule = match schedule_of(fields, "schedule")? {
        Some(schedule) => Some(schedule),
        None => nested,
    };
    let items = fields.list("answers")?.unwrap_or_default();
    let answers = items
        .iter()
        .enumerate()
        .map(|(index, item)| answer(&fields.item("answers", index, item)?))
        .collect::<Read<_>>()?;
    let policy = match assignment.parsed::<PackagePolicyId>("assignmentPolicyId")? {
        Some(id) => Some(id),
        None => inner(&assignment, &["assignmentPolicy"])?,
    };
    let package = match assignment.parsed::<PackageId>("accessPackageId")? {
        Some(id) => Some(id),
        None => inner(&assignment, &["accessPackage"])?,
    };
    Ok(Wish {
        action,
        package,
        policy,
        target: assignment.parsed::<PrincipalId>("targetId")?,
        assignment: assignment.parsed::<PackageAssignmentId>("id")?,
        justification: fields.limited("justification", Justification::new)?,
        schedule,
        answers,
    })
}

/// What is to be done with guests who have no package any more: nothing is.
pub(crate) fn settings(fields: &Fields<'_>) -> Read<()> {
    let action = fields.text("externalUserLifecycleAction")?;
    if action.is_none_or(|action| action.eq_ignore_ascii_case("none")) {
        return Ok(());
    }
    Err(fields.unsupported(
        "externalUserLifecycleAction",
        "asks that guests be blocked or deleted when their last access package ends, but nothing is done to them here; give `none`, and disable their accounts by hand",
    ))
}

/// A role over catalogs that is given: which, over which catalog, to whom.
pub(crate) fn appointment(
    fields: &Fields<'_>,
) -> Read<(CatalogRole, Option<CatalogId>, PrincipalId)> {
    let definition: Uuid = fields
        .text("roleDefinitionId")?
        .ok_or_else(|| fields.missing("roleDefinitionId"))?
        .parse()
        .map_err(|_| fields.wrong("roleDefinitionId", "is not a GUID"))?;
    let role = CatalogRole::of(definition).ok_or_else(|| {
        fields.wrong(
            "roleDefinitionId",
            format!("is `{definition}`, but there is no such role over catalogs"),
        )
    })?;
    let over = fields.text("appScopeId")?.unwrap_or("/");
    let catalog = match over.trim_matches('/') {
        "" => None,
        text => {
            let (kind, id) = text.split_once('/').unwrap_or(("", text));
            let id = id
                .parse()
                .ok()
                .filter(|_| kind.eq_ignore_ascii_case("AccessPackageCatalog"));
            Some(id.ok_or_else(|| {
                fields.wrong("appScopeId", "must be `/` or `/AccessPackageCatalog/{id}`")
            })?)
        }
    };
    let principal = fields
        .parsed("principalId")?
        .ok_or_else(|| fields.missing("principalId"))?;
    Ok((role, catalog, principal))
}
