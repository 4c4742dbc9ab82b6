//! What is known of users and groups, changed (`PATCH /users/{id}`, `PATCH /groups/{id}`; `directory.md` 3 and
//! 4.2). A change is whole or not at all: an account that can't be disabled keeps its name too.

use ephor_core::authority::Operation;
use ephor_core::caller::{Actor, Caller};
use ephor_core::credential::Change;
use ephor_core::directory;
use ephor_core::event::Event;
use ephor_core::group::{
    Access, Group, GroupExtras, GroupFlag, GroupKind, GroupText, Membership, RoleAssignable,
    RuleProcessing, Source, Visibility,
};
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::principal::{AccountState, User, UserPrincipalName, UserType};
use ephor_core::profile::{Profile, ProfileText};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::role::{Role, RoleKind};
use ephor_core::signin::event::{PasswordChange, PasswordChangedBy};
use ephor_core::text::{Description, DisplayName, MailNickname, ShortText};
use ephor_store::{ReadTx, Tx};

use super::lifecycle::account_set;
use super::{
    UserKey, attempt, changeable, dynamic, mail_nickname_is_free, usable, user, user_name_is_free,
};
use crate::authorise::{About, approvers_stay_decided_here, authorise, has_permission};
use crate::signin::method;
use crate::{OpError, OpResult, credential};

/// What a change says of a property that may be without a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Set<T> {
    /// Nothing: it stays.
    #[default]
    Keep,
    /// It has no value any more.
    Clear,
    /// It has this one.
    To(T),
}

impl<T> Set<T> {
    /// The same, with the value turned into something else.
    pub fn map<U>(self, turn: impl FnOnce(T) -> U) -> Set<U> {
        match self {
            Self::Keep => Set::Keep,
            Self::Clear => Set::Clear,
            Self::To(value) => Set::To(turn(value)),
        }
    }

    fn onto(self, value: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *value = None,
            Self::To(new) => *value = Some(new),
        }
    }
}

/// What is to be known of a user from now on; what is not said stays.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// The name they sign in by.
    pub user_principal_name: Option<UserPrincipalName>,
    /// What people call them.
    pub display_name: Option<DisplayName>,
    /// Whether the account may be used.
    pub account: Option<AccountState>,
    /// Of this company or invited.
    pub user_type: Option<UserType>,
    /// The part of their mail address before the `@`.
    pub mail_nickname: Option<MailNickname>,
    /// Their mail address.
    pub mail: Set<ShortText>,
    /// First name.
    pub given_name: Set<ShortText>,
    /// Family name.
    pub surname: Set<ShortText>,
    /// What they do in the company.
    pub job_title: Set<ShortText>,
    /// Where they do it.
    pub department: Set<ShortText>,
    /// Where to find them.
    pub office_location: Set<ShortText>,
    /// A number to call.
    pub mobile_phone: Set<ShortText>,
    /// The language they like.
    pub preferred_language: Set<ShortText>,
    /// The person's number in the company (T-01).
    pub employee_id: Set<ShortText>,
    /// What else is known of them.
    pub profile: ProfileChange,
    /// Their new password.
    pub password: Option<NewPassword>,
    /// Whether they have to set another one at the next sign-in.
    pub password_change: Option<PasswordChange>,
}

/// A new password, as far as it got before the transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewPassword {
    /// Its Argon2id hash.
    Hashed(String),
    /// Whoever asked could not set it a moment ago, so nothing was hashed.
    NotAllowed,
}

impl UserChange {
    /// Whether it says anything that only those say who change users altogether.
    fn has_properties(&self) -> bool {
        let Self {
            user_principal_name,
            display_name,
            account: _,
            user_type,
            mail_nickname,
            mail,
            given_name,
            surname,
            job_title,
            department,
            office_location,
            mobile_phone: _,
            preferred_language,
            employee_id,
            profile,
            password: _,
            password_change: _,
        } = self;
        let texts = [
            mail,
            given_name,
            surname,
            job_title,
            department,
            office_location,
            preferred_language,
            employee_id,
        ];
        user_principal_name.is_some()
            || display_name.is_some()
            || user_type.is_some()
            || mail_nickname.is_some()
            || texts.into_iter().any(|text| *text != Set::Keep)
            || profile.has_properties()
    }

    /// Whether it says how to sign in as the user, or reach them to do so.
    fn has_credentials(&self) -> bool {
        self.has_password() || self.mobile_phone != Set::Keep || self.profile.has_numbers()
    }

    /// Whether it says anything of their password.
    const fn has_password(&self) -> bool {
        self.password.is_some() || self.password_change.is_some()
    }

    /// What the caller wants to do with it, first of all.
    fn operation(&self) -> Operation {
        match (self.has_properties(), self.has_credentials(), self.account) {
            (false, true, _) => Operation::SetPassword,
            (false, false, Some(_)) => Operation::SetAccount,
            (_, _, _) => Operation::UpdateUser,
        }
    }

    /// The user as they are to be. The account's state has a way of its own.
    fn onto(self, mut user: User) -> User {
        if let Some(name) = self.user_principal_name {
            user.user_principal_name = name;
        }
        if let Some(name) = self.display_name {
            user.display_name = name;
        }
        if let Some(user_type) = self.user_type {
            user.user_type = user_type;
        }
        if let Some(nickname) = self.mail_nickname {
            user.mail_nickname = Some(nickname);
        }
        self.mail.onto(&mut user.mail);
        self.given_name.onto(&mut user.given_name);
        self.surname.onto(&mut user.surname);
        self.job_title.onto(&mut user.job_title);
        self.department.onto(&mut user.department);
        self.office_location.onto(&mut user.office_location);
        self.mobile_phone.onto(&mut user.mobile_phone);
        self.preferred_language.onto(&mut user.preferred_language);
        self.employee_id.onto(&mut user.employee_id);
        self.profile.onto(&mut user.profile);
        user
    }
}

/// The names that a password of this user must not be made of: theirs and the tenant's. Refused where the caller
/// may not set it, before a hash is worked at.
pub fn names_against_password(
    tx: &ReadTx<'_>,
    caller: &Caller,
    key: &UserKey,
) -> OpResult<Vec<String>> {
    let user = user(tx, caller, key)?;
    authorise(tx, caller, Operation::SetPassword, About::user(user.id))?;
    credential::may_change(tx, caller, Change::Password, user.id)?;
    Ok(vec![
        user.user_principal_name.to_string(),
        user.display_name.to_string(),
        tx.tenant()?.map(|tenant| tenant.domain).unwrap_or_default(),
    ])
}

/// What else is to be known of a user from now on; what is not said stays.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    /// Texts.
    pub texts: Vec<(ProfileText, Set<String>)>,
    /// Numbers to call at work.
    pub business_phones: Set<Vec<String>>,
    /// Further mail addresses.
    pub other_mails: Set<Vec<String>>,
    /// Where they stand in the company's books.
    pub employee_org_data: Set<OrgDataChange>,
    /// `showInAddressList`.
    pub show_in_address_list: Set<bool>,
}

/// What is to be said of somebody in the company's books.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrgDataChange {
    /// Who pays.
    pub cost_center: Set<String>,
    /// In which division.
    pub division: Set<String>,
}

impl ProfileChange {
    /// Whether it says how to reach somebody who forgot their password (`directory.md` 7.3).
    fn has_numbers(&self) -> bool {
        self.business_phones != Set::Keep || self.other_mails != Set::Keep
    }

    /// Whether it says anything else.
    fn has_properties(&self) -> bool {
        !self.texts.is_empty()
            || self.employee_org_data != Set::Keep
            || self.show_in_address_list != Set::Keep
    }

    /// Whether it says which account of another directory this one is.
    fn relinks(&self, now: &Profile) -> bool {
        let which = ProfileText::OnPremisesImmutableId;
        self.texts
            .iter()
            .filter(|(text, _)| *text == which)
            .any(|(_, set)| match set {
                Set::Keep => false,
                Set::Clear => now.texts.contains_key(&which),
                Set::To(new) => now.texts.get(&which) != Some(new),
            })
    }

    /// Makes `profile` what it is to be.
    pub fn onto(self, profile: &mut Profile) {
        for (which, set) in self.texts {
            match set {
                Set::Keep => {}
                Set::Clear => {
                    profile.texts.remove(&which);
                }
                Set::To(text) => {
                    profile.texts.insert(which, text);
                }
            }
        }
        for (list, set) in [
            (&mut profile.business_phones, self.business_phones),
            (&mut profile.other_mails, self.other_mails),
        ] {
            match set {
                Set::Keep => {}
                Set::Clear => list.clear(),
                Set::To(new) => *list = new,
            }
        }
        match self.employee_org_data {
            Set::Keep => {}
            Set::Clear => profile.employee_org_data = None,
            Set::To(change) => {
                let data = profile.employee_org_data.get_or_insert_default();
                change.cost_center.onto(&mut data.cost_center);
                change.division.onto(&mut data.division);
            }
        }
        self.show_in_address_list
            .onto(&mut profile.show_in_address_list);
    }
}

/// Changes what is known of a user, whether their account may be used, and their password: all of it, or
/// nothing.
pub fn update_user(tx: &mut Tx<'_>, key: &UserKey, change: UserChange) -> OpResult<User> {
    let id = match key {
        UserKey::Id(id) => *id,
        UserKey::Name(_) | UserKey::Me => {
            let caller = tx.caller().clone();
            let named = attempt(change.operation(), None, None, None, None);
            user(tx, &caller, key).map_err(|error| error.at(named))?.id
        }
    };
    let attempt = attempt(change.operation(), None, None, Some(id), None);
    user_updated(tx, id, change).map_err(|error| error.at(attempt))
}

/// Refused where the caller changes no users, or not this about them.
fn may_update(
    tx: &ReadTx<'_>,
    caller: &Caller,
    id: PrincipalId,
    change: &UserChange,
) -> OpResult<()> {
    let about = About::user(id);
    let operation = change.operation();
    let mut needed = vec![operation];
    if change.has_password() {
        needed.push(Operation::SetPassword);
    } else if operation == Operation::SetPassword {
        // Numbers alone: whoever sets passwords may, and so may whoever changes users, programs among them.
        let may_change = authorise(tx, caller, Operation::UpdateUser, about).is_ok();
        needed.retain(|_| !may_change);
    }
    for operation in needed {
        authorise(tx, caller, operation, about)?;
    }
    Ok(())
}

/// Refused where what the user holds keeps the caller from changing just this (R-A7).
fn is_not_protected(
    tx: &ReadTx<'_>,
    caller: &Caller,
    user: &User,
    change: &UserChange,
) -> OpResult<()> {
    if change.has_password() {
        credential::may_change(tx, caller, Change::Password, user.id)?;
    }
    // Clients repeat what is so already: that changes nothing.
    let after = change.clone().onto(user.clone());
    if after.mobile_phone != user.mobile_phone
        || after.profile.business_phones != user.profile.business_phones
        || after.profile.other_mails != user.profile.other_mails
    {
        // Both tables name these; programs set no passwords, but may set numbers of whoever holds nothing.
        let reach = match caller.actor {
            Actor::Application(_) => Change::Sensitive,
            Actor::User(_) | Actor::Operator | Actor::System => Change::Password,
        };
        credential::may_change(tx, caller, reach, user.id)?;
    }
    let renamed = change
        .user_principal_name
        .as_ref()
        .is_some_and(|name| *name != user.user_principal_name);
    // The number says which accounts are one person's, and so who decides on nothing of theirs (T-01).
    let relinked = match &change.employee_id {
        Set::Keep => false,
        Set::Clear => user.employee_id.is_some(),
        Set::To(number) => user.employee_id.as_ref() != Some(number),
    };
    if relinked && caller.user() == Some(user.id) {
        return Err(Refusal::new(
            Code::Denied,
            "nobody says of their own account whose it is: employeeId is changed by somebody else",
        )
        .about("employeeId")
        .into());
    }
    if renamed || relinked || change.profile.relinks(&user.profile) {
        credential::may_change(tx, caller, Change::Sensitive, user.id)?;
    }
    Ok(())
}

fn user_updated(tx: &mut Tx<'_>, id: PrincipalId, change: UserChange) -> OpResult<User> {
    let caller = tx.caller().clone();
    may_update(tx, &caller, id, &change)?;
    let before = tx
        .user(id)?
        .ok_or_else(|| OpError::from(Refusal::not_found(id)))?;
    is_not_protected(tx, &caller, &before, &change)?;
    let (account, password_change) = (change.account, change.password_change);
    let password_hash = match change.password.clone() {
        None => None,
        Some(NewPassword::Hashed(hash)) => Some(hash),
        // It was refused before, and would be now but that something changed in between.
        Some(NewPassword::NotAllowed) => {
            return Err(Refusal::new(
                Code::Conflict,
                "it has only just become possible to set this password",
            )
            .hint("ask for it once more")
            .into());
        }
    };
    let after = change.onto(before.clone());
    if after.user_principal_name != before.user_principal_name {
        user_name_is_free(tx, &after.user_principal_name, Some(id))?;
    }
    let at = tx.now();
    let mut events = Vec::new();
    if after != before {
        events.push(Event::UserChanged {
            at,
            before: Box::new(before),
            after: Box::new(after.clone()),
        });
    }
    tx.record(&events)?;
    if let Some(hash) = password_hash {
        // Whoever sets their own this way showed who they are; anybody else's is a reset (T-11).
        let (by, here) = match caller.user() {
            Some(own) if own == id => (PasswordChangedBy::Owner, caller.session),
            Some(_) | None => (PasswordChangedBy::SomebodyElse, None),
        };
        method::set_password(tx, id, &hash, by, here)?;
    }
    if let Some(asked) = password_change {
        method::ask_for_change(tx, id, asked)?;
    }
    let after = match account {
        Some(account) => account_set(tx, id, account)?,
        None => after,
    };
    dynamic::settle_user(tx, id)?;
    Ok(after)
}

/// What `groupTypes` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupTypes {
    /// Whether it is a Microsoft 365 group.
    pub unified: bool,
    /// Whether a rule decides on its members.
    pub dynamic: bool,
}

/// What is to be known of a group from now on; what is not said stays. Clients repeat what can't be changed:
/// said as it is, that is no change.
#[derive(Debug, Clone, Default)]
pub struct GroupChange {
    /// What people call it.
    pub display_name: Option<DisplayName>,
    /// What it is for.
    pub description: Set<Description>,
    /// The part of its mail address before the `@`.
    pub mail_nickname: Option<MailNickname>,
    /// Who may see its members.
    pub visibility: Option<Visibility>,
    /// `groupTypes`: whether a rule decides on its members can change, the rest is as it must be.
    pub types: Option<GroupTypes>,
    /// `mailEnabled`, as it must be.
    pub mail_enabled: Option<bool>,
    /// `securityEnabled`: only a Microsoft 365 group can be with or without.
    pub security_enabled: Option<bool>,
    /// `isAssignableToRole`, as it must be (R-A2).
    pub role_assignable: Option<RoleAssignable>,
    /// The rule that decides on its members.
    pub rule: Set<String>,
    /// Whether that rule is worked off.
    pub processing: Option<RuleProcessing>,
    /// What else is to be known of it.
    pub extras: ExtrasChange,
    /// Owners to add.
    pub owners: Vec<PrincipalId>,
    /// Members to add.
    pub members: Vec<PrincipalId>,
}

impl GroupChange {
    /// Whether it says anything of the group itself.
    fn has_properties(&self) -> bool {
        let Self {
            display_name,
            description,
            mail_nickname,
            visibility,
            types,
            mail_enabled,
            security_enabled,
            role_assignable,
            rule,
            processing,
            extras,
            owners: _,
            members: _,
        } = self;
        display_name.is_some()
            || *description != Set::Keep
            || mail_nickname.is_some()
            || visibility.is_some()
            || types.is_some()
            || mail_enabled.is_some()
            || security_enabled.is_some()
            || role_assignable.is_some()
            || *rule != Set::Keep
            || processing.is_some()
            || *extras != ExtrasChange::default()
    }
}

/// Why the settings of a group's mail are refused.
pub(super) const FLAGS_OF_OTHERS: &str = "allowExternalSenders, autoSubscribeNewMembers, hideFromAddressLists and hideFromOutlookClients are only for Microsoft 365 groups";

/// What else is to be known of a group from now on; what is not said stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtrasChange {
    /// Texts.
    pub texts: Vec<(GroupText, Set<String>)>,
    /// What is said of its mail.
    pub flags: Vec<(GroupFlag, bool)>,
    /// `resourceBehaviorOptions`.
    pub behavior_options: Option<Vec<String>>,
    /// `resourceProvisioningOptions`.
    pub provisioning_options: Option<Vec<String>>,
    /// Whether it is written into another directory.
    pub is_written_back: Set<bool>,
    /// As what it is written there.
    pub written_back_as: Set<String>,
    /// The spelling of `visibility`, where that is said and not the usual one.
    pub visibility_as_sent: Set<String>,
}

impl ExtrasChange {
    /// Makes `extras` what it is to be.
    pub fn onto(self, extras: &mut GroupExtras) {
        for (which, set) in self.texts {
            match set {
                Set::Keep => {}
                Set::Clear => {
                    extras.texts.remove(&which);
                }
                Set::To(text) => {
                    extras.texts.insert(which, text);
                }
            }
        }
        extras.flags.extend(self.flags);
        for (list, new) in [
            (&mut extras.behavior_options, self.behavior_options),
            (&mut extras.provisioning_options, self.provisioning_options),
        ] {
            if let Some(new) = new {
                *list = new;
            }
        }
        if (&self.is_written_back, &self.written_back_as) != (&Set::Keep, &Set::Keep) {
            let writeback = extras.writeback.get_or_insert_default();
            self.is_written_back.onto(&mut writeback.is_enabled);
            self.written_back_as
                .onto(&mut writeback.on_premises_group_type);
        }
        self.visibility_as_sent.onto(&mut extras.visibility_as_sent);
    }
}

/// Changes what is known of a group, and adds members and owners outside PIM: all of it, or nothing.
pub fn update_group(tx: &mut Tx<'_>, id: GroupId, change: GroupChange) -> OpResult<Group> {
    let operation = match (change.has_properties(), &change) {
        (false, change) if !change.members.is_empty() => Operation::ChangeMembers,
        (false, change) if !change.owners.is_empty() => Operation::ChangeOwners,
        (_, _) => Operation::UpdateGroup,
    };
    let attempt = attempt(operation, Some(id), None, None, None);
    group_updated(tx, id, change).map_err(|error| error.at(attempt))
}

fn group_updated(tx: &mut Tx<'_>, id: GroupId, mut change: GroupChange) -> OpResult<Group> {
    let added = [
        (Access::Owner, std::mem::take(&mut change.owners)),
        (Access::Member, std::mem::take(&mut change.members)),
    ];
    let mut group = None;
    // Who only adds members needs no more than the permission to do that.
    if change.has_properties() || added.iter().all(|(_, ids)| ids.is_empty()) {
        group = Some(properties_updated(tx, id, change)?);
    }
    for (access, ids) in added {
        if ids.is_empty() {
            continue;
        }
        let known = changeable(tx, id, access)?;
        tx.may_grant()?;
        for principal in &ids {
            let principal = usable(tx, *principal)?;
            approvers_stay_decided_here(tx, id, principal)?;
            let held = tx.role_schedules(Role::of(id, access), principal.id)?;
            let now = tx.now();
            let event = directory::add(&known, access, principal, &held, now, tx.ids())?;
            // One after the other, so that who is named twice is there already.
            tx.record(&[event])?;
        }
        group.get_or_insert(known);
    }
    group.ok_or_else(|| Refusal::not_found(id).into())
}

fn properties_updated(tx: &mut Tx<'_>, id: GroupId, change: GroupChange) -> OpResult<Group> {
    let caller = tx.caller().clone();
    has_permission(&caller, Operation::UpdateGroup, RoleKind::Group)?;
    let before = tx
        .group(id)?
        .ok_or_else(|| OpError::from(Refusal::not_found(id)))?;
    authorise(tx, &caller, Operation::UpdateGroup, About::group(&before))?;
    let after = changed(&before, change)?;
    if after == before {
        return Ok(after);
    }
    if before.source == Source::Synchronised {
        return Err(Refusal::new(
            Code::BadRequest,
            "the group is synchronised from another directory and can be changed only there",
        )
        .into());
    }
    if after.kind.is_unified() && after.mail_nickname != before.mail_nickname {
        mail_nickname_is_free(tx, &after.mail_nickname, Some(id))?;
    }
    let membership = before.membership.clone();
    if after.membership != membership {
        // Whoever says by which rule people come in says who is in.
        authorise(tx, &caller, Operation::ChangeMembers, About::group(&before))?;
        dynamic::check(&after.membership)?;
        if membership == Membership::Assigned && !tx.protected_approved_by(id)?.is_empty() {
            return Err(Refusal::new(
                Code::BadRequest,
                "the members of this group approve for a role-assignable group or a directory role, so its membership must be assigned",
            )
            .about("groupTypes")
            .into());
        }
    }
    let at = tx.now();
    tx.record(&[Event::GroupChanged {
        at,
        before: Box::new(before),
        after: Box::new(after.clone()),
    }])?;
    if after.membership != membership {
        if membership == Membership::Assigned {
            dynamic::take_over(tx, &after)?;
        }
        dynamic::settle_group(tx, &after)?;
    }
    Ok(after)
}

/// The group as it is to be, or why it can't be so (R-A2; `directory.md` 4.1 and 4.2).
fn changed(before: &Group, change: GroupChange) -> Result<Group, Refusal> {
    let refuse = |property: &'static str, sentence: &str| {
        Err(Refusal::new(Code::BadRequest, sentence).about(property))
    };
    let mut group = before.clone();
    if let Some(name) = change.display_name {
        group.display_name = name;
    }
    change.description.onto(&mut group.description);
    if let Some(nickname) = change.mail_nickname {
        group.mail_nickname = nickname;
    }
    if change
        .role_assignable
        .is_some_and(|asked| asked != before.role_assignable)
    {
        return refuse(
            "isAssignableToRole",
            "isAssignableToRole is set when a group is made, and never changed",
        );
    }
    if change
        .mail_enabled
        .is_some_and(|asked| asked != before.kind.is_mail_enabled())
    {
        return refuse(
            "mailEnabled",
            "mailEnabled is set when a group is made, and never changed",
        );
    }
    if let Some(asked) = change.security_enabled {
        group.kind = match (asked, before.kind) {
            (asked, kind) if asked == kind.is_security_enabled() => kind,
            (true, GroupKind::Microsoft365MailOnly) => GroupKind::Microsoft365,
            (false, GroupKind::Microsoft365) if before.role_assignable == RoleAssignable::No => {
                GroupKind::Microsoft365MailOnly
            }
            (_, _) => {
                return refuse(
                    "securityEnabled",
                    "securityEnabled can be changed only for Microsoft 365 groups that are not role-assignable",
                );
            }
        };
    }
    let was_dynamic = matches!(before.membership, Membership::Dynamic { .. });
    let dynamic = change.types.map_or(was_dynamic, |asked| asked.dynamic);
    if change
        .types
        .is_some_and(|asked| asked.unified != before.kind.is_unified())
    {
        return refuse(
            "groupTypes",
            "whether groupTypes holds Unified is set when a group is made, and never changed",
        );
    }
    if dynamic && !was_dynamic && before.role_assignable == RoleAssignable::Yes {
        return refuse(
            "groupTypes",
            "a role-assignable group has assigned membership: leave out DynamicMembership",
        );
    }
    if dynamic && !was_dynamic && before.is_managed() {
        return refuse(
            "groupTypes",
            "a group that is managed in PIM has assigned membership: leave out DynamicMembership",
        );
    }
    if !group.kind.is_unified() && !change.extras.flags.is_empty() {
        return Err(Refusal::new(Code::BadRequest, FLAGS_OF_OTHERS));
    }
    change.extras.onto(&mut group.extras);
    group.membership = membership(&before.membership, dynamic, change.rule, change.processing)?;
    match change.visibility {
        None => {}
        Some(asked) if asked == before.visibility => {}
        Some(Visibility::HiddenMembership) => {
            return refuse(
                "visibility",
                "visibility HiddenMembership is set when a group is made, and never later",
            );
        }
        Some(Visibility::Public) if before.role_assignable == RoleAssignable::Yes => {
            return refuse("visibility", "a role-assignable group is always Private");
        }
        Some(asked) => group.visibility = asked,
    }
    Ok(group)
}

/// The membership as it is to be: by a rule where `dynamic`.
fn membership(
    before: &Membership,
    dynamic: bool,
    rule: Set<String>,
    processing: Option<RuleProcessing>,
) -> Result<Membership, Refusal> {
    let refuse = |property: &'static str, sentence: &str| {
        Err(Refusal::new(Code::BadRequest, sentence).about(property))
    };
    match (before, dynamic, rule) {
        (_, false, Set::To(_)) => refuse(
            "membershipRule",
            "membershipRule is given, but groupTypes does not hold DynamicMembership",
        ),
        (_, false, Set::Keep | Set::Clear) => Ok(Membership::Assigned),
        (Membership::Assigned, true, Set::Keep | Set::Clear)
        | (Membership::Dynamic { .. }, true, Set::Clear) => refuse(
            "membershipRule",
            "a dynamic group can't be without its membershipRule",
        ),
        (Membership::Assigned, true, Set::To(rule)) => match processing {
            Some(processing) => Ok(Membership::Dynamic { rule, processing }),
            None => refuse(
                "membershipRuleProcessingState",
                "a group becomes dynamic with its membershipRuleProcessingState: say On or Paused",
            ),
        },
        (
            Membership::Dynamic {
                rule: known,
                processing: was,
            },
            true,
            rule,
        ) => Ok(Membership::Dynamic {
            rule: match rule {
                Set::To(rule) => rule,
                Set::Keep | Set::Clear => known.clone(),
            },
            processing: processing.unwrap_or(*was),
        }),
    }
}
