//! Users on the wire (`directory.md` section 3).

use ephor_core::principal::{AccountState, User, UserPrincipalName, UserType};
use ephor_core::profile::{Profile, ProfileText};
use ephor_core::signin::event::PasswordChange;
use ephor_core::text::{DisplayName, MailNickname, ShortText};
use ephor_ops::directory::{NewUser, OrgDataChange, ProfileChange, Set, UserChange};
use serde_json::{Map, Value, json};

use super::object;
use crate::call::Version;
use crate::fields::{BadField, FieldFault, Fields, Read};
use crate::odata::shape::{Members, Usual};
use crate::password::{BadPassword, check_password_rules};
use crate::types::{Complex, TEXTS, Type};

/// What a user has. Properties that Ephor does not keep are there so that clients may select them.
pub(crate) const USER: Members = Members {
    name: "user",
    properties: ALL,
    usual: Usual::Only(&[
        "businessPhones",
        "displayName",
        "givenName",
        "id",
        "jobTitle",
        "mail",
        "mobilePhone",
        "officeLocation",
        "preferredLanguage",
        "surname",
        "userPrincipalName",
    ]),
    related: &[],
};

/// The same as `/beta` shows it: all there is.
const USER_ON_BETA: Members = Members {
    usual: Usual::All,
    ..USER
};

/// What this version shows of a user.
pub(crate) const fn shown_by(version: Version) -> &'static Members {
    match version {
        Version::Beta => &USER_ON_BETA,
        Version::V1 | Version::Own => &USER,
    }
}

const ORG_DATA: Type = Type::Object(&Complex {
    name: "employeeOrgData",
    properties: &[("division", Type::Text), ("costCenter", Type::Text)],
});

const ALL: &[(&str, Type)] = &[
    ("businessPhones", TEXTS),
    ("displayName", Type::Text),
    ("givenName", Type::Text),
    ("id", Type::Id),
    ("jobTitle", Type::Text),
    ("mail", Type::Text),
    ("mobilePhone", Type::Text),
    ("officeLocation", Type::Text),
    ("preferredLanguage", Type::Text),
    ("surname", Type::Text),
    ("userPrincipalName", Type::Text),
    ("aboutMe", Type::Text),
    ("accountEnabled", Type::Bool),
    ("ageGroup", Type::Text),
    ("assignedLicenses", Type::List(&Type::Document)),
    ("city", Type::Text),
    ("companyName", Type::Text),
    ("consentProvidedForMinor", Type::Text),
    ("country", Type::Text),
    ("createdDateTime", Type::Time),
    ("creationType", Type::Text),
    ("deletedDateTime", Type::Time),
    ("department", Type::Text),
    ("employeeHireDate", Type::Time),
    ("employeeId", Type::Text),
    ("employeeLeaveDateTime", Type::Time),
    ("employeeOrgData", ORG_DATA),
    ("employeeType", Type::Text),
    ("externalUserState", Type::Text),
    ("externalUserStateChangeDateTime", Type::Time),
    ("faxNumber", Type::Text),
    ("imAddresses", TEXTS),
    ("isManagementRestricted", Type::Bool),
    ("lastPasswordChangeDateTime", Type::Time),
    ("mailNickname", Type::Text),
    ("onPremisesDistinguishedName", Type::Text),
    ("onPremisesDomainName", Type::Text),
    ("onPremisesImmutableId", Type::Text),
    ("onPremisesLastSyncDateTime", Type::Time),
    ("onPremisesSamAccountName", Type::Text),
    ("onPremisesSecurityIdentifier", Type::Text),
    ("onPremisesSyncEnabled", Type::Bool),
    ("onPremisesUserPrincipalName", Type::Text),
    ("otherMails", TEXTS),
    ("passwordPolicies", Type::Text),
    ("postalCode", Type::Text),
    ("proxyAddresses", TEXTS),
    ("showInAddressList", Type::Bool),
    ("state", Type::Text),
    ("streetAddress", Type::Text),
    ("usageLocation", Type::Text),
    ("userType", Type::Text),
];

/// Properties that only a synchronisation from another directory, an invitation or a licence could fill.
const NOT_KEPT: &[&str] = &[
    "creationType",
    "deletedDateTime",
    "externalUserState",
    "externalUserStateChangeDateTime",
    "isManagementRestricted",
    "lastPasswordChangeDateTime",
    "onPremisesDistinguishedName",
    "onPremisesDomainName",
    "onPremisesLastSyncDateTime",
    "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier",
    "onPremisesSyncEnabled",
    "onPremisesUserPrincipalName",
];

/// What is sent to make a user.
pub(crate) const NEW_USER: Members = Members {
    name: "newUser",
    properties: WRITABLE,
    usual: Usual::All,
    related: &[],
};

/// What is sent to change a user.
pub(crate) const USER_CHANGE: Members = Members {
    name: "userChange",
    properties: WRITABLE,
    usual: Usual::All,
    related: &[],
};

const WRITABLE: &[(&str, Type)] = &[
    ("accountEnabled", Type::Bool),
    ("displayName", Type::Text),
    ("mailNickname", Type::Text),
    ("userPrincipalName", Type::Text),
    (
        "passwordProfile",
        Type::Object(&Complex {
            name: "passwordProfile",
            properties: &[
                ("password", Type::Text),
                ("forceChangePasswordNextSignIn", Type::Bool),
            ],
        }),
    ),
    ("givenName", Type::Text),
    ("surname", Type::Text),
    ("jobTitle", Type::Text),
    ("department", Type::Text),
    ("mail", Type::Text),
    ("mobilePhone", Type::Text),
    ("officeLocation", Type::Text),
    ("preferredLanguage", Type::Text),
    ("userType", Type::Text),
    ("employeeId", Type::Text),
    ("businessPhones", TEXTS),
    ("otherMails", TEXTS),
    ("employeeOrgData", ORG_DATA),
    ("showInAddressList", Type::Bool),
    ("aboutMe", Type::Text),
    ("ageGroup", Type::Text),
    ("city", Type::Text),
    ("companyName", Type::Text),
    ("consentProvidedForMinor", Type::Text),
    ("country", Type::Text),
    ("employeeHireDate", Type::Time),
    ("employeeLeaveDateTime", Type::Time),
    ("employeeType", Type::Text),
    ("faxNumber", Type::Text),
    ("onPremisesImmutableId", Type::Text),
    ("passwordPolicies", Type::Text),
    ("postalCode", Type::Text),
    ("state", Type::Text),
    ("streetAddress", Type::Text),
    ("usageLocation", Type::Text),
];

/// A user with all it has.
pub(crate) fn user(user: &User) -> Map<String, Value> {
    let text = |text: &Option<ShortText>| json!(text);
    let profile = &user.profile;
    let addresses: Vec<String> = user
        .mail
        .iter()
        .map(|mail| format!("SMTP:{}", mail.as_str()))
        .collect();
    let mut members = object([
        ("businessPhones", json!(profile.business_phones)),
        ("displayName", json!(user.display_name)),
        ("givenName", text(&user.given_name)),
        ("id", json!(user.id)),
        ("jobTitle", text(&user.job_title)),
        ("mail", text(&user.mail)),
        ("mobilePhone", text(&user.mobile_phone)),
        ("officeLocation", text(&user.office_location)),
        ("preferredLanguage", text(&user.preferred_language)),
        ("surname", text(&user.surname)),
        ("userPrincipalName", json!(user.user_principal_name)),
        ("accountEnabled", json!(is_enabled(user.account))),
        ("assignedLicenses", json!([])),
        ("createdDateTime", json!(user.created_at)),
        ("department", text(&user.department)),
        ("employeeId", text(&user.employee_id)),
        ("employeeOrgData", json!(profile.employee_org_data)),
        ("imAddresses", json!([])),
        ("mailNickname", json!(user.mail_nickname)),
        ("otherMails", json!(profile.other_mails)),
        ("proxyAddresses", json!(addresses)),
        ("showInAddressList", json!(profile.show_in_address_list)),
        ("userType", json!(user.user_type)),
    ]);
    for which in ProfileText::ALL {
        members.insert(which.as_str().to_owned(), json!(profile.text(*which)));
    }
    for name in NOT_KEPT {
        members.insert((*name).to_owned(), Value::Null);
    }
    members
}

pub(crate) const fn is_enabled(account: AccountState) -> bool {
    match account {
        AccountState::Enabled => true,
        AccountState::Disabled => false,
    }
}

/// A user to be made, and their first password, which is hashed before anything else is done with it.
pub(crate) struct WithPassword {
    pub(crate) user: NewUser,
    pub(crate) password: String,
}

/// Reads the body of `POST /users`.
pub(crate) fn new_user(fields: &Fields<'_>) -> Read<WithPassword> {
    let enabled = fields
        .bool("accountEnabled")?
        .ok_or_else(|| fields.missing("accountEnabled"))?;
    let display_name = fields
        .limited("displayName", DisplayName::new)?
        .ok_or_else(|| fields.missing("displayName"))?;
    let mail_nickname = fields
        .limited("mailNickname", MailNickname::new)?
        .ok_or_else(|| fields.missing("mailNickname"))?;
    let name: UserPrincipalName = fields
        .parsed("userPrincipalName")?
        .ok_or_else(|| fields.missing("userPrincipalName"))?;
    let (password, password_change) = password(fields)?;
    let short = |name| fields.limited(name, ShortText::new);
    Ok(WithPassword {
        user: NewUser {
            account: account(enabled),
            user_type: user_type(fields)?.unwrap_or(UserType::Member),
            mail_nickname: Some(mail_nickname),
            mail: short("mail")?,
            given_name: short("givenName")?,
            surname: short("surname")?,
            job_title: short("jobTitle")?,
            department: short("department")?,
            office_location: short("officeLocation")?,
            mobile_phone: short("mobilePhone")?,
            preferred_language: short("preferredLanguage")?,
            employee_id: short("employeeId")?,
            profile: {
                let mut profile = Profile::default();
                profile_change(fields)?.onto(&mut profile);
                profile
            },
            password_change,
            ..NewUser::named(name, display_name)
        },
        password,
    })
}

const fn account(enabled: bool) -> AccountState {
    if enabled {
        AccountState::Enabled
    } else {
        AccountState::Disabled
    }
}

fn user_type(fields: &Fields<'_>) -> Read<Option<UserType>> {
    let types = [("Member", UserType::Member), ("Guest", UserType::Guest)];
    fields.word(
        "userType",
        |text| {
            let named = types
                .into_iter()
                .find(|(word, _)| text.eq_ignore_ascii_case(word));
            named.map(|(_, user_type)| user_type)
        },
        &["Member", "Guest"],
    )
}

/// How many numbers to call and further addresses somebody may have.
const LISTED_MAX: usize = 250;

/// What is said of the rest of a user's properties.
fn profile_change(fields: &Fields<'_>) -> Read<ProfileChange> {
    let texts = ProfileText::ALL.iter().map(|which| {
        let set = fields.set(which.as_str(), |text| which.read(text))?;
        Ok((*which, set))
    });
    let part = |inner: &Fields<'_>, name| {
        let set = inner.set(name, ShortText::new)?;
        Ok(set.map(|text| text.as_str().to_owned()))
    };
    Ok(ProfileChange {
        texts: texts.collect::<Read<_>>()?,
        business_phones: listed(fields, "businessPhones")?,
        other_mails: listed(fields, "otherMails")?,
        employee_org_data: match fields.object("employeeOrgData")? {
            Some(data) => Set::To(OrgDataChange {
                cost_center: part(&data, "costCenter")?,
                division: part(&data, "division")?,
            }),
            None if fields.is_null("employeeOrgData") => Set::Clear,
            None => Set::Keep,
        },
        show_in_address_list: match fields.bool("showInAddressList")? {
            Some(value) => Set::To(value),
            None if fields.is_null("showInAddressList") => Set::Clear,
            None => Set::Keep,
        },
    })
}

/// A list of short texts, kept in its order.
fn listed(fields: &Fields<'_>, name: &str) -> Read<Set<Vec<String>>> {
    let Some(texts) = fields.texts(name)? else {
        return Ok(if fields.is_null(name) {
            Set::Clear
        } else {
            Set::Keep
        });
    };
    if texts.len() > LISTED_MAX {
        return Err(fields.wrong(
            name,
            format!(
                "has {} items, but at most {LISTED_MAX} are kept",
                texts.len()
            ),
        ));
    }
    let texts = texts.into_iter().map(|text| match ShortText::new(text) {
        Ok(text) => Ok(text.as_str().to_owned()),
        Err(wrong) => Err(fields.wrong(name, format!("holds a text that {wrong}"))),
    });
    texts.collect::<Read<Vec<_>>>().map(Set::To)
}

/// A change of a user, and their new password, which is hashed before anything else is done with it.
pub(crate) struct ChangeWithPassword {
    pub(crate) change: UserChange,
    pub(crate) password: Option<String>,
}

/// Reads the body of `PATCH /users/{id}`.
pub(crate) fn user_change(fields: &Fields<'_>) -> Read<ChangeWithPassword> {
    for name in [
        "id",
        "createdDateTime",
        "deletedDateTime",
        "onPremisesSyncEnabled",
        "proxyAddresses",
        "imAddresses",
    ] {
        if fields.get(name).is_some() {
            return Err(fields.wrong(name, "is read-only: leave it out"));
        }
    }
    for name in [
        "accountEnabled",
        "displayName",
        "mailNickname",
        "userPrincipalName",
    ] {
        if fields.is_null(name) {
            return Err(fields.wrong(name, "is null, but a user can't be without it"));
        }
    }
    let short = |name| fields.set(name, ShortText::new);
    let profile = fields.object("passwordProfile")?;
    Ok(ChangeWithPassword {
        change: UserChange {
            user_principal_name: fields.parsed("userPrincipalName")?,
            display_name: fields.limited("displayName", DisplayName::new)?,
            account: fields.bool("accountEnabled")?.map(account),
            user_type: user_type(fields)?,
            mail_nickname: fields.limited("mailNickname", MailNickname::new)?,
            mail: short("mail")?,
            given_name: short("givenName")?,
            surname: short("surname")?,
            job_title: short("jobTitle")?,
            department: short("department")?,
            office_location: short("officeLocation")?,
            mobile_phone: short("mobilePhone")?,
            preferred_language: short("preferredLanguage")?,
            employee_id: short("employeeId")?,
            profile: profile_change(fields)?,
            password: None,
            password_change: profile.as_ref().map(change_asked).transpose()?.flatten(),
        },
        password: profile.as_ref().map(password_of).transpose()?.flatten(),
    })
}

/// `passwordProfile.password`; what is wrong with it is told without repeating it.
fn password(fields: &Fields<'_>) -> Result<(String, PasswordChange), BadField> {
    let profile = fields
        .object("passwordProfile")?
        .ok_or_else(|| fields.missing("passwordProfile"))?;
    let password = password_of(&profile)?.ok_or_else(|| profile.missing("password"))?;
    Ok((password, change_asked(&profile)?.unwrap_or_default()))
}

/// `forceChangePasswordNextSignIn` and `forceChangePasswordNextSignInWithMfa`: whether its owner has to set another
/// password; `None` where neither is said.
fn change_asked(profile: &Fields<'_>) -> Read<Option<PasswordChange>> {
    let plain = profile.bool("forceChangePasswordNextSignIn")?;
    let with_mfa = profile.bool("forceChangePasswordNextSignInWithMfa")?;
    Ok(match (plain, with_mfa) {
        (_, Some(true)) => Some(PasswordChange::AskedWithMfa),
        (Some(true), _) => Some(PasswordChange::Asked),
        (Some(false), _) | (_, Some(false)) => Some(PasswordChange::NotAsked),
        (None, None) => None,
    })
}

fn password_of(profile: &Fields<'_>) -> Result<Option<String>, BadField> {
    let Some(password) = profile.secret("password")? else {
        return Ok(None);
    };
    check_password_rules(password).map_err(|wrong| does_not_comply(&wrong))?;
    Ok(Some(password.to_owned()))
}

/// A password that is none, in the words that known clients look for.
pub(crate) fn does_not_comply(wrong: &BadPassword) -> BadField {
    BadField {
        path: "passwordProfile.password".into(),
        wrong: format!("{wrong}: the specified password does not comply with the password rules"),
        fault: FieldFault::Malformed,
    }
}
