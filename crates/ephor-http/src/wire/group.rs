//! Groups on the wire (`directory.md` 4.1 and 4.2).

use std::collections::HashSet;

use ephor_core::group::{
    Group, GroupExtras, GroupFlag, GroupKind, GroupText, Membership, RoleAssignable,
    RuleProcessing, Source, Visibility,
};
use ephor_core::id::PrincipalId;
use ephor_core::text::{Description, DisplayName, MailNickname, ShortText};
use ephor_ops::directory::{ExtrasChange, GroupChange, GroupTypes, NewGroup, Set};
use serde_json::{Map, Value, json};

use super::object;
use super::reference::principal_of_address;
use crate::call::Version;
use crate::fields::{Fields, Read};
use crate::odata::shape::{Members, Usual};
use crate::types::{Complex, TEXTS, Type};

/// How many owners and members may be named together as a group is made.
const REFERENCES_MAX: usize = 20;
/// The longest membership rule.
const RULE_CHARACTERS_MAX: usize = 3_072;

/// What a group has. Properties that Ephor does not keep are there so that clients may select them.
pub(crate) const GROUP: Members = Members {
    name: "group",
    properties: ALL,
    usual: Usual::Only(USUAL),
    related: &[],
};

/// The same as `/beta` shows it.
const GROUP_ON_BETA: Members = Members {
    usual: Usual::Only(USUAL_ON_BETA),
    ..GROUP
};

/// What this version shows of a group.
pub(crate) const fn shown_by(version: Version) -> &'static Members {
    match version {
        Version::Beta => &GROUP_ON_BETA,
        Version::V1 | Version::Own => &GROUP,
    }
}

const WRITEBACK: Type = Type::Object(&Complex {
    name: "groupWritebackConfiguration",
    properties: &[
        ("isEnabled", Type::Bool),
        ("onPremisesGroupType", Type::Text),
    ],
});

const ALL: &[(&str, Type)] = &[
    ("id", Type::Id),
    ("deletedDateTime", Type::Time),
    ("classification", Type::Text),
    ("createdDateTime", Type::Time),
    ("description", Type::Text),
    ("displayName", Type::Text),
    ("expirationDateTime", Type::Time),
    ("groupTypes", TEXTS),
    ("isAssignableToRole", Type::Bool),
    ("mail", Type::Text),
    ("mailEnabled", Type::Bool),
    ("mailNickname", Type::Text),
    ("membershipRule", Type::Text),
    ("membershipRuleProcessingState", Type::Text),
    ("onPremisesDomainName", Type::Text),
    ("onPremisesLastSyncDateTime", Type::Time),
    ("onPremisesNetBiosName", Type::Text),
    ("onPremisesSamAccountName", Type::Text),
    ("onPremisesSecurityIdentifier", Type::Text),
    ("onPremisesSyncEnabled", Type::Bool),
    ("preferredDataLocation", Type::Text),
    ("preferredLanguage", Type::Text),
    ("proxyAddresses", TEXTS),
    ("renewedDateTime", Type::Time),
    ("resourceBehaviorOptions", TEXTS),
    ("resourceProvisioningOptions", TEXTS),
    ("securityEnabled", Type::Bool),
    ("securityIdentifier", Type::Text),
    ("theme", Type::Text),
    ("uniqueName", Type::Text),
    ("visibility", Type::Text),
    ("writebackConfiguration", WRITEBACK),
    ("allowExternalSenders", Type::Bool),
    ("autoSubscribeNewMembers", Type::Bool),
    ("hideFromAddressLists", Type::Bool),
    ("hideFromOutlookClients", Type::Bool),
    ("assignedLicenses", Type::List(&Type::Document)),
    ("isManagementRestricted", Type::Bool),
    ("isSubscribedByMail", Type::Bool),
    ("unseenCount", Type::Int),
];

/// What `/beta` shows unless `$select` says otherwise: all but what is only there where it is selected.
const USUAL_ON_BETA: &[&str] = &[
    "id",
    "deletedDateTime",
    "classification",
    "createdDateTime",
    "description",
    "displayName",
    "expirationDateTime",
    "groupTypes",
    "isAssignableToRole",
    "mail",
    "mailEnabled",
    "mailNickname",
    "membershipRule",
    "membershipRuleProcessingState",
    "onPremisesDomainName",
    "onPremisesLastSyncDateTime",
    "onPremisesNetBiosName",
    "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier",
    "onPremisesSyncEnabled",
    "preferredDataLocation",
    "preferredLanguage",
    "proxyAddresses",
    "renewedDateTime",
    "resourceBehaviorOptions",
    "resourceProvisioningOptions",
    "securityEnabled",
    "securityIdentifier",
    "theme",
    "uniqueName",
    "visibility",
    "writebackConfiguration",
];

/// What `/v1.0` shows: the same, without what only `/beta` knows.
const USUAL: &[&str] = USUAL_ON_BETA.split_at(USUAL_ON_BETA.len() - 1).0;

/// Properties that only another system could fill.
const NOT_KEPT: &[&str] = &[
    "deletedDateTime",
    "expirationDateTime",
    "onPremisesDomainName",
    "onPremisesLastSyncDateTime",
    "onPremisesNetBiosName",
    "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier",
    "uniqueName",
    "isManagementRestricted",
    "isSubscribedByMail",
    "unseenCount",
];

/// What is sent to make a group.
pub(crate) const NEW_GROUP: Members = Members {
    name: "newGroup",
    properties: WRITABLE,
    usual: Usual::All,
    related: &[],
};

/// What is sent to change a group.
pub(crate) const GROUP_CHANGE: Members = Members {
    name: "groupChange",
    properties: WRITABLE,
    usual: Usual::All,
    related: &[],
};

const WRITABLE: &[(&str, Type)] = &[
    ("displayName", Type::Text),
    ("description", Type::Text),
    ("mailNickname", Type::Text),
    ("mailEnabled", Type::Bool),
    ("securityEnabled", Type::Bool),
    ("groupTypes", TEXTS),
    ("isAssignableToRole", Type::Bool),
    ("membershipRule", Type::Text),
    ("membershipRuleProcessingState", Type::Text),
    ("visibility", Type::Text),
    ("classification", Type::Text),
    ("preferredDataLocation", Type::Text),
    ("preferredLanguage", Type::Text),
    ("theme", Type::Text),
    ("allowExternalSenders", Type::Bool),
    ("autoSubscribeNewMembers", Type::Bool),
    ("hideFromAddressLists", Type::Bool),
    ("hideFromOutlookClients", Type::Bool),
    ("resourceBehaviorOptions", TEXTS),
    ("resourceProvisioningOptions", TEXTS),
    ("writebackConfiguration", WRITEBACK),
    ("owners@odata.bind", TEXTS),
    ("members@odata.bind", TEXTS),
];

/// A group with all it has.
pub(crate) fn group(group: &Group) -> Map<String, Value> {
    let mut types = Vec::new();
    if group.kind.is_unified() {
        types.push("Unified");
    }
    let (rule, processing) = match &group.membership {
        Membership::Assigned => (None, None),
        Membership::Dynamic { rule, processing } => {
            types.push("DynamicMembership");
            (Some(rule.as_str()), Some(*processing))
        }
    };
    let addresses: Vec<String> = group
        .mail
        .iter()
        .map(|mail| format!("SMTP:{mail}"))
        .collect();
    let extras = &group.extras;
    let writeback = extras.writeback.clone().unwrap_or_default();
    let mut members = object([
        ("id", json!(group.id)),
        ("assignedLicenses", json!([])),
        ("createdDateTime", json!(group.created_at)),
        ("description", json!(group.description)),
        ("displayName", json!(group.display_name)),
        ("groupTypes", json!(types)),
        (
            "isAssignableToRole",
            json!(is_role_assignable(group.role_assignable)),
        ),
        ("mail", json!(group.mail)),
        ("mailEnabled", json!(group.kind.is_mail_enabled())),
        ("mailNickname", json!(group.mail_nickname)),
        ("membershipRule", json!(rule)),
        ("membershipRuleProcessingState", json!(processing)),
        ("onPremisesSyncEnabled", synchronised(group.source)),
        ("proxyAddresses", json!(addresses)),
        ("renewedDateTime", json!(group.created_at)),
        ("resourceBehaviorOptions", json!(extras.behavior_options)),
        (
            "resourceProvisioningOptions",
            json!(extras.provisioning_options),
        ),
        ("securityEnabled", json!(group.kind.is_security_enabled())),
        ("securityIdentifier", json!(security_identifier(group))),
        ("visibility", json!(group.visibility)),
        ("writebackConfiguration", json!(writeback)),
    ]);
    for which in GroupText::ALL {
        let text = extras.texts.get(which);
        members.insert(which.as_str().to_owned(), json!(text));
    }
    for which in GroupFlag::ALL {
        // Of a group without a mailbox there is nothing to say.
        let usual = group.kind.is_unified().then_some(false);
        let flag = extras.flags.get(which).copied().or(usual);
        members.insert(which.as_str().to_owned(), json!(flag));
    }
    for name in NOT_KEPT {
        members.insert((*name).to_owned(), Value::Null);
    }
    members
}

/// A group as this version shows it: `/beta` repeats the spelling of `visibility` that was sent, for clients
/// there compare it letter by letter.
pub(crate) fn group_on(version: Version, row: &Group) -> Map<String, Value> {
    let mut members = group(row);
    if let (Version::Beta, Some(sent)) = (version, &row.extras.visibility_as_sent) {
        members.insert("visibility".into(), json!(sent));
    }
    members
}

/// The identifier by which Windows knows a group of this id: the id's four numbers under a prefix of its own.
fn security_identifier(group: &Group) -> String {
    let bytes = group.id.uuid().to_bytes_le();
    let numbers = bytes.chunks_exact(4).map(|four| {
        four.iter()
            .rev()
            .fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte))
    });
    numbers.fold("S-1-12-1".to_owned(), |text, number| {
        format!("{text}-{number}")
    })
}

const fn is_role_assignable(role_assignable: RoleAssignable) -> bool {
    match role_assignable {
        RoleAssignable::Yes => true,
        RoleAssignable::No => false,
    }
}

const fn role_assignable(is: bool) -> RoleAssignable {
    if is {
        RoleAssignable::Yes
    } else {
        RoleAssignable::No
    }
}

fn synchronised(source: Source) -> Value {
    match source {
        Source::Ephor => Value::Null,
        Source::Synchronised => json!(true),
    }
}

/// Reads the body of `POST /groups`.
pub(crate) fn new_group(fields: &Fields<'_>) -> Read<NewGroup> {
    let display_name = fields
        .limited("displayName", DisplayName::new)?
        .ok_or_else(|| fields.missing("displayName"))?;
    let mail_nickname = fields
        .limited("mailNickname", MailNickname::new)?
        .ok_or_else(|| fields.missing("mailNickname"))?;
    let mail_enabled = fields
        .bool("mailEnabled")?
        .ok_or_else(|| fields.missing("mailEnabled"))?;
    let security_enabled = fields
        .bool("securityEnabled")?
        .ok_or_else(|| fields.missing("securityEnabled"))?;
    let (unified, dynamic) = types(fields)?;
    let (owners, members) = named_together(fields)?;
    Ok(NewGroup {
        display_name,
        description: fields.limited("description", Description::new)?,
        mail_nickname,
        kind: kind(fields, unified, mail_enabled, security_enabled)?,
        membership: membership(fields, dynamic)?,
        source: Source::Ephor,
        role_assignable: role_assignable(fields.bool("isAssignableToRole")?.unwrap_or(false)),
        visibility: visibility(fields)?,
        extras: {
            let mut extras = GroupExtras::default();
            extras_change(fields)?.onto(&mut extras);
            extras
        },
        owners,
        members,
    })
}

/// What is said of the rest of a group's properties.
fn extras_change(fields: &Fields<'_>) -> Read<ExtrasChange> {
    let texts = GroupText::ALL
        .iter()
        .filter(|which| fields.is_given(which.as_str()));
    let texts = texts.map(|which| {
        let set = fields.set(which.as_str(), |text| which.read(text))?;
        Ok((*which, set))
    });
    let flags = GroupFlag::ALL.iter().filter_map(|which| {
        let flag = fields.bool(which.as_str());
        flag.map(|flag| flag.map(|flag| (*which, flag))).transpose()
    });
    let (mut is_written_back, mut written_back_as) = (Set::Keep, Set::Keep);
    if let Some(writeback) = fields.object("writebackConfiguration")? {
        is_written_back = match writeback.bool("isEnabled")? {
            Some(is) => Set::To(is),
            None if writeback.is_null("isEnabled") => Set::Clear,
            None => Set::Keep,
        };
        written_back_as = writeback
            .set("onPremisesGroupType", ShortText::new)?
            .map(|text| text.as_str().to_owned());
    } else if fields.is_null("writebackConfiguration") {
        (is_written_back, written_back_as) = (Set::Clear, Set::Clear);
    }
    Ok(ExtrasChange {
        texts: texts.collect::<Read<_>>()?,
        flags: flags.collect::<Read<_>>()?,
        behavior_options: options(fields, "resourceBehaviorOptions")?,
        provisioning_options: options(fields, "resourceProvisioningOptions")?,
        is_written_back,
        written_back_as,
        visibility_as_sent: match fields.text("visibility")? {
            None => Set::Keep,
            Some(text) if VISIBILITIES.iter().any(|(word, _)| *word == text) => Set::Clear,
            Some(text) => Set::To(text.to_owned()),
        },
    })
}

/// How many options may be named.
const OPTIONS_MAX: usize = 50;

/// Options, kept as they are, in their order.
fn options(fields: &Fields<'_>, name: &str) -> Read<Option<Vec<String>>> {
    let Some(texts) = fields.texts(name)? else {
        return Ok(fields.is_null(name).then(Vec::new));
    };
    if texts.len() > OPTIONS_MAX {
        return Err(fields.wrong(
            name,
            format!(
                "has {} items, but at most {OPTIONS_MAX} are kept",
                texts.len()
            ),
        ));
    }
    let texts = texts.into_iter().map(|text| match ShortText::new(text) {
        Ok(text) => Ok(text.as_str().to_owned()),
        Err(wrong) => Err(fields.wrong(name, format!("holds a text that {wrong}"))),
    });
    texts.collect::<Read<Vec<_>>>().map(Some)
}

/// The owners and members that `…@odata.bind` names, of whom there may only be a few at once.
fn named_together(fields: &Fields<'_>) -> Read<(Vec<PrincipalId>, Vec<PrincipalId>)> {
    let owners = references(fields, "owners@odata.bind")?;
    let members = references(fields, "members@odata.bind")?;
    let named = owners.len() + members.len();
    if named > REFERENCES_MAX {
        return Err(fields.wrong(
            "members@odata.bind",
            format!("and owners@odata.bind name {named} objects, but at most {REFERENCES_MAX} may be named together"),
        ));
    }
    Ok((owners, members))
}

/// Reads the body of `PATCH /groups/{id}`.
pub(crate) fn group_change(fields: &Fields<'_>) -> Read<GroupChange> {
    for name in [
        "id",
        "createdDateTime",
        "deletedDateTime",
        "mail",
        "onPremisesSyncEnabled",
        "proxyAddresses",
        "renewedDateTime",
        "securityIdentifier",
    ] {
        if fields.get(name).is_some() {
            return Err(fields.wrong(name, "is read-only: leave it out"));
        }
    }
    for name in ["displayName", "mailNickname"] {
        let blank = fields
            .text(name)?
            .is_some_and(|text| text.trim().is_empty());
        if fields.is_null(name) || blank {
            return Err(fields.wrong(name, "is empty, but a group can't be without it"));
        }
    }
    let types = match fields.get("groupTypes") {
        None => None,
        Some(_) => {
            let (unified, dynamic) = types(fields)?;
            Some(GroupTypes { unified, dynamic })
        }
    };
    let (owners, members) = named_together(fields)?;
    Ok(GroupChange {
        display_name: fields.limited("displayName", DisplayName::new)?,
        description: fields.set("description", Description::new)?,
        mail_nickname: fields.limited("mailNickname", MailNickname::new)?,
        visibility: visibility(fields)?,
        types,
        mail_enabled: fields.bool("mailEnabled")?,
        security_enabled: fields.bool("securityEnabled")?,
        role_assignable: fields.bool("isAssignableToRole")?.map(role_assignable),
        rule: match rule(fields)? {
            Some(rule) => Set::To(rule.to_owned()),
            None if fields.is_null("membershipRule") || fields.get("membershipRule").is_some() => {
                Set::Clear
            }
            None => Set::Keep,
        },
        processing: processing(fields)?,
        extras: extras_change(fields)?,
        owners,
        members,
    })
}

/// Whether `groupTypes` holds `Unified`, and whether it holds `DynamicMembership`.
fn types(fields: &Fields<'_>) -> Read<(bool, bool)> {
    let (mut unified, mut dynamic) = (false, false);
    for text in fields.texts("groupTypes")?.unwrap_or_default() {
        if text.eq_ignore_ascii_case("Unified") {
            unified = true;
        } else if text.eq_ignore_ascii_case("DynamicMembership") {
            dynamic = true;
        } else {
            return Err(fields.wrong(
                "groupTypes",
                format!(
                    "holds `{}`, but it may hold `Unified` and `DynamicMembership` only",
                    crate::json::clipped(text)
                ),
            ));
        }
    }
    Ok((unified, dynamic))
}

/// The kinds that can be made here (`directory.md` 4.1).
fn kind(
    fields: &Fields<'_>,
    unified: bool,
    mail_enabled: bool,
    security_enabled: bool,
) -> Read<GroupKind> {
    match (unified, mail_enabled, security_enabled) {
        (true, true, true) => Ok(GroupKind::Microsoft365),
        (true, true, false) => Ok(GroupKind::Microsoft365MailOnly),
        (true, false, _) => Err(fields.wrong(
            "mailEnabled",
            "is false, but a group with groupTypes `Unified` has mailEnabled true",
        )),
        (false, false, true) => Ok(GroupKind::Security),
        (false, true, _) => Err(fields.wrong(
            "mailEnabled",
            "is true, but distribution and mail-enabled security groups can't be made here; give groupTypes [\"Unified\"] for a Microsoft 365 group",
        )),
        (false, false, false) => Err(fields.wrong(
            "securityEnabled",
            "is false, but a group that is not `Unified` must be a security group",
        )),
    }
}

/// `membershipRule`; nothing but blanks counts as none.
fn rule<'a>(fields: &Fields<'a>) -> Read<Option<&'a str>> {
    let rule = fields
        .text("membershipRule")?
        .filter(|rule| !rule.trim().is_empty());
    match rule {
        Some(rule) if rule.chars().count() > RULE_CHARACTERS_MAX => Err(fields.wrong(
            "membershipRule",
            format!("has more than {RULE_CHARACTERS_MAX} characters"),
        )),
        rule => Ok(rule),
    }
}

fn processing(fields: &Fields<'_>) -> Read<Option<RuleProcessing>> {
    let states = [
        ("On", RuleProcessing::On),
        ("Paused", RuleProcessing::Paused),
    ];
    fields.word(
        "membershipRuleProcessingState",
        |text| {
            let named = states
                .into_iter()
                .find(|(word, _)| text.eq_ignore_ascii_case(word));
            named.map(|(_, state)| state)
        },
        &["On", "Paused"],
    )
}

fn membership(fields: &Fields<'_>, dynamic: bool) -> Read<Membership> {
    let processing = processing(fields)?;
    match (dynamic, rule(fields)?) {
        (false, None) => Ok(Membership::Assigned),
        (false, Some(_)) => Err(fields.wrong(
            "membershipRule",
            "is given, but groupTypes does not hold `DynamicMembership`",
        )),
        (true, None) => Err(fields.missing("membershipRule")),
        (true, Some(rule)) => Ok(Membership::Dynamic {
            rule: rule.to_owned(),
            processing: processing
                .ok_or_else(|| fields.missing("membershipRuleProcessingState"))?,
        }),
    }
}

const VISIBILITIES: [(&str, Visibility); 3] = [
    ("Public", Visibility::Public),
    ("Private", Visibility::Private),
    ("HiddenMembership", Visibility::HiddenMembership),
];

fn visibility(fields: &Fields<'_>) -> Read<Option<Visibility>> {
    fields.word(
        "visibility",
        |text| {
            let named = VISIBILITIES
                .into_iter()
                .find(|(word, _)| text.eq_ignore_ascii_case(word));
            named.map(|(_, visibility)| visibility)
        },
        &["Public", "Private", "HiddenMembership"],
    )
}

/// The objects that `…@odata.bind` names by their addresses, each once: clients name their own twice.
pub(crate) fn references(fields: &Fields<'_>, name: &str) -> Read<Vec<PrincipalId>> {
    let mut named = Vec::new();
    let mut seen = HashSet::new();
    for address in fields.texts(name)?.unwrap_or_default() {
        let id = principal_of_address(address).map_err(|wrong| fields.wrong(name, wrong))?;
        if seen.insert(id) {
            named.push(id);
        }
    }
    Ok(named)
}
