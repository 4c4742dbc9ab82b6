//! The directory's events into rows: the tenant, users, groups, and service principals.

use ephor_core::group::{Group, Membership, RoleAssignable, RuleProcessing, Source, Visibility};
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::principal::{AccountState, User, UserType};
use ephor_core::profile::ProfileText;
use ephor_core::skeleton::Skeleton;
use ephor_core::tenant::{Settings, Tenant};
use ephor_core::text::ShortText;
use ephor_core::time::Instant;

use crate::StoreError;
use crate::audit::text;
use crate::fold::{fold, fold_maybe};
use crate::tx::Tx;

pub(crate) fn tenant_made(tx: &Tx<'_>, tenant: &Tenant) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO tenant (id, document) VALUES (1, $1)",
        &[text(tenant)?.into()],
    )
    .map(drop)
}

pub(crate) fn settings_changed(tx: &Tx<'_>, settings: &Settings) -> Result<(), StoreError> {
    let tenant = tx.tenant()?.ok_or_else(|| {
        StoreError::Damaged("there is no tenant whose settings could change".into())
    })?;
    let tenant = Tenant {
        settings: settings.clone(),
        ..tenant
    };
    tx.execute(
        "UPDATE tenant SET document = $1 WHERE id = 1",
        &[text(&tenant)?.into()],
    )
    .map(drop)
}

pub(crate) fn user_created(tx: &Tx<'_>, user: &User) -> Result<(), StoreError> {
    user_kept(
        tx,
        user,
        "INSERT INTO users (id, display_name, display_name_key, user_principal_name,
             user_principal_name_key, mail, mail_key, mail_nickname_key, given_name_key, surname_key,
             job_title_key, department_key, account_enabled, user_type_key, created_at, document,
             employee_id_key, manager_id, city_key, company_name_key, country_key, state_key,
             usage_location_key, name_skeleton, name_folded_skeleton)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
             $20, $21, $22, $23, $24, $25)",
    )
}

pub(crate) fn user_changed(tx: &Tx<'_>, user: &User) -> Result<(), StoreError> {
    user_kept(
        tx,
        user,
        "UPDATE users SET display_name = $2, display_name_key = $3, user_principal_name = $4,
             user_principal_name_key = $5, mail = $6, mail_key = $7, mail_nickname_key = $8,
             given_name_key = $9, surname_key = $10, job_title_key = $11, department_key = $12,
             account_enabled = $13, user_type_key = $14, created_at = $15, document = $16,
             employee_id_key = $17, manager_id = $18, city_key = $19, company_name_key = $20,
             country_key = $21, state_key = $22, usage_location_key = $23, name_skeleton = $24,
             name_folded_skeleton = $25
         WHERE id = $1",
    )
}

/// Writes a user's row with a statement that takes all of its columns.
fn user_kept(tx: &Tx<'_>, user: &User, sql: &str) -> Result<(), StoreError> {
    let key = |text: &Option<ShortText>| fold_maybe(text.as_ref().map(ShortText::as_str));
    let profile = |which| fold_maybe(user.profile.text(which));
    let user_type = match user.user_type {
        UserType::Member => "member",
        UserType::Guest => "guest",
    };
    let skeleton = user.user_principal_name.skeleton();
    tx.execute(
        sql,
        &[
            user.id.into(),
            user.display_name.as_str().into(),
            fold(user.display_name.as_str()).into(),
            user.user_principal_name.as_str().into(),
            user.user_principal_name.key().into(),
            user.mail.as_ref().map(ShortText::as_str).into(),
            key(&user.mail).into(),
            fold_maybe(user.mail_nickname.as_ref().map(|name| name.as_str())).into(),
            key(&user.given_name).into(),
            key(&user.surname).into(),
            key(&user.job_title).into(),
            key(&user.department).into(),
            (user.account == AccountState::Enabled).into(),
            user_type.into(),
            user.created_at.into(),
            text(user)?.into(),
            key(&user.employee_id).into(),
            user.manager.into(),
            profile(ProfileText::City).into(),
            profile(ProfileText::CompanyName).into(),
            profile(ProfileText::Country).into(),
            profile(ProfileText::State).into(),
            profile(ProfileText::UsageLocation).into(),
            skeleton.written().into(),
            skeleton.folded().into(),
        ],
    )
    .map(drop)
}

pub(crate) fn user_purged(tx: &Tx<'_>, user: PrincipalId, at: Instant) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE users SET purged_at = $2 WHERE id = $1 AND deleted_at IS NOT NULL",
        &[user.into(), at.into()],
    )
    .map(drop)
}

pub(crate) fn user_deleted(tx: &Tx<'_>, user: PrincipalId, at: Instant) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE users SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL",
        &[user.into(), at.into()],
    )?;
    tx.execute("DELETE FROM passwords WHERE user_id = $1", &[user.into()])
        .map(drop)
}

/// The account is there again. Its password and its directory roles went with the deletion, and come back
/// only by somebody giving them anew.
pub(crate) fn user_restored(tx: &Tx<'_>, user: PrincipalId) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE users SET deleted_at = NULL WHERE id = $1",
        &[user.into()],
    )
    .map(drop)
}

pub(crate) fn account_set(
    tx: &Tx<'_>,
    id: PrincipalId,
    account: AccountState,
) -> Result<(), StoreError> {
    let Some(mut user) = crate::query::directory::user(tx, id)? else {
        return Err(StoreError::Damaged(format!(
            "the account of `{id}` was to be changed, but there is none"
        )));
    };
    user.account = account;
    tx.execute(
        "UPDATE users SET account_enabled = $2, document = $3 WHERE id = $1",
        &[
            id.into(),
            (account == AccountState::Enabled).into(),
            text(&user)?.into(),
        ],
    )
    .map(drop)
}

pub(crate) fn group_created(tx: &Tx<'_>, group: &Group) -> Result<(), StoreError> {
    group_kept(
        tx,
        group,
        "INSERT INTO groups (id, display_name, display_name_key, description_key, mail, mail_key,
             mail_nickname_key, mail_enabled, security_enabled, role_assignable, synchronised,
             is_unified, is_dynamic, visibility_key, rule_processing_key, created_at, managed_since,
             document, nickname_skeleton, nickname_folded_skeleton)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
    )
}

pub(crate) fn group_changed(tx: &Tx<'_>, group: &Group) -> Result<(), StoreError> {
    group_kept(
        tx,
        group,
        "UPDATE groups SET display_name = $2, display_name_key = $3, description_key = $4, mail = $5,
             mail_key = $6, mail_nickname_key = $7, mail_enabled = $8, security_enabled = $9,
             role_assignable = $10, synchronised = $11, is_unified = $12, is_dynamic = $13,
             visibility_key = $14, rule_processing_key = $15, created_at = $16, managed_since = $17,
             document = $18, nickname_skeleton = $19, nickname_folded_skeleton = $20
         WHERE id = $1",
    )
}

/// Writes a group's row with a statement that takes all of its columns.
fn group_kept(tx: &Tx<'_>, group: &Group, sql: &str) -> Result<(), StoreError> {
    let visibility = match group.visibility {
        Visibility::Public => "public",
        Visibility::Private => "private",
        Visibility::HiddenMembership => "hiddenmembership",
    };
    let (is_dynamic, processing) = match &group.membership {
        Membership::Assigned => (false, None),
        Membership::Dynamic { processing, .. } => (
            true,
            Some(match processing {
                RuleProcessing::On => "on",
                RuleProcessing::Paused => "paused",
            }),
        ),
    };
    let skeleton = Skeleton::of(group.mail_nickname.as_str());
    tx.execute(
        sql,
        &[
            group.id.into(),
            group.display_name.as_str().into(),
            fold(group.display_name.as_str()).into(),
            fold_maybe(group.description.as_ref().map(|text| text.as_str())).into(),
            group.mail.as_deref().into(),
            fold_maybe(group.mail.as_deref()).into(),
            fold(group.mail_nickname.as_str()).into(),
            group.kind.is_mail_enabled().into(),
            group.kind.is_security_enabled().into(),
            (group.role_assignable == RoleAssignable::Yes).into(),
            (group.source == Source::Synchronised).into(),
            group.kind.is_unified().into(),
            is_dynamic.into(),
            visibility.into(),
            processing.into(),
            group.created_at.into(),
            group.managed_since.into(),
            text(group)?.into(),
            skeleton.written().into(),
            skeleton.folded().into(),
        ],
    )
    .map(drop)
}

pub(crate) fn group_purged(tx: &Tx<'_>, group: GroupId, at: Instant) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE groups SET purged_at = $2 WHERE id = $1 AND deleted_at IS NOT NULL",
        &[group.into(), at.into()],
    )
    .map(drop)
}

pub(crate) fn group_deleted(tx: &Tx<'_>, group: GroupId, at: Instant) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE groups SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL",
        &[group.into(), at.into()],
    )
    .map(drop)
}

pub(crate) fn group_restored(tx: &Tx<'_>, group: GroupId) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE groups SET deleted_at = NULL WHERE id = $1",
        &[group.into()],
    )
    .map(drop)
}

pub(crate) fn group_managed(tx: &Tx<'_>, group: GroupId, at: Instant) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE groups SET managed_since = $2 WHERE id = $1 AND managed_since IS NULL",
        &[group.into(), at.into()],
    )
    .map(drop)
}
