//! Groups on the wire (`directory.md` 4.1 and 4.2).

use ephor_core::group::{
    Group, GroupKind, Membership, RoleAssignable, RuleProcessing, Source, Visibility,
};
use ephor_core::id::PrincipalId;
use ephor_core::text::{Description, DisplayName, MailNickname};
use ephor_ops::directory::{GroupChange, GroupTypes, NewGroup, Set};
use serde_json::{Map, Value, json};

use super::object;
use super::reference::principal_of_address;
use crate::fields::{Fields, Read};
use crate::odata::shape::{Members, Usual};
use crate::types::{TEXTS, Type};

/// How many owners and members may be named together as a group is made.
const REFERENCES_MAX: usize = 20;
/// The longest membership rule.
const RULE_CHARACTERS_MAX: usize = 3_072;

/// What a group has.
pub(crate) const GROUP: Members = Members {
    name: "group",
    properties: ALL,
    usual: Usual::All,
    related: &[],
};

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
    ("onPremisesSyncEnabled", Type::Bool),
    ("proxyAddresses", TEXTS),
    ("securityEnabled", Type::Bool),
    ("visibility", Type::Text),
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
    object([
        ("id", json!(group.id)),
        ("deletedDateTime", Value::Null),
        ("classification", Value::Null),
        ("createdDateTime", json!(group.created_at)),
        ("description", json!(group.description)),
        ("displayName", json!(group.display_name)),
        ("expirationDateTime", Value::Null),
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
        ("securityEnabled", json!(group.kind.is_security_enabled())),
        ("visibility", json!(group.visibility)),
    ])
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
        owners,
        members,
    })
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

fn visibility(fields: &Fields<'_>) -> Read<Option<Visibility>> {
    let all = [
        ("Public", Visibility::Public),
        ("Private", Visibility::Private),
        ("HiddenMembership", Visibility::HiddenMembership),
    ];
    fields.word(
        "visibility",
        |text| {
            let named = all
                .into_iter()
                .find(|(word, _)| text.eq_ignore_ascii_case(word));
            named.map(|(_, visibility)| visibility)
        },
        &["Public", "Private", "HiddenMembership"],
    )
}

/// The objects that `…@odata.bind` names by their addresses.
fn references(fields: &Fields<'_>, name: &str) -> Read<Vec<PrincipalId>> {
    let addresses = fields.texts(name)?.unwrap_or_default();
    addresses
        .into_iter()
        .map(|address| principal_of_address(address).map_err(|wrong| fields.wrong(name, wrong)))
        .collect()
}
