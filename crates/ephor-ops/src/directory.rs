//! Users, groups, and who is in them outside PIM (`directory.md` sections 3 and 4).

use ephor_core::authority::{Operation, Target};
use ephor_core::caller::Caller;
use ephor_core::directory;
use ephor_core::event::{Attempt, Event};
use ephor_core::group::{
    Access, Group, GroupExtras, GroupKind, Membership, RoleAssignable, Source, Visibility,
};
use ephor_core::id::{GroupId, PrincipalId};
use ephor_core::principal::{AccountState, Principal, User, UserPrincipalName, UserType};
use ephor_core::profile::Profile;
use ephor_core::query::{GroupField, Page, PrincipalField, Query, UserField};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::role::{Role, RoleKind};
use ephor_core::signin::event::PasswordChange;
use ephor_core::tenant::{Settings, Tenant};
use ephor_core::text::{Description, DisplayName, MailNickname, ShortText};
use ephor_core::time::Instant;
use ephor_store::{ReadTx, Tx};

use crate::authorise::{About, approvers_stay_decided_here, authorise, has_permission};
use crate::cascade;
use crate::schedule_request::other_owners;
use crate::signin::method;
use crate::{OpError, OpResult};

mod beyond_groups;
mod change;
mod deleted;
mod dynamic;
mod lifecycle;
mod manager;
mod member_of;
mod sponsor;

pub use beyond_groups::Beyond;
pub use change::{
    ExtrasChange, GroupChange, GroupTypes, NewPassword, OrgDataChange, ProfileChange, Set,
    UserChange, names_against_password, update_group, update_user,
};
pub use deleted::{DeletedItem, Restored, deleted_item, purge, restore};
pub use lifecycle::{
    Deleted, delete_group, delete_user, deleted_groups, deleted_users, restore_group, restore_user,
    set_account,
};
pub use manager::{direct_reports, manager, set_manager};
pub use member_of::{
    Among, Belonging, MEMBER_GROUPS_MAX, Member, Owned, Reach, SECURITY_GROUPS_MAX, member_groups,
    member_of, memberships, others, owned,
};
pub use sponsor::{SponsorChange, change_sponsor, sponsors};

/// How a user is named in an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserKey {
    /// By id.
    Id(PrincipalId),
    /// By name.
    Name(UserPrincipalName),
    /// The caller.
    Me,
}

/// A user to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The name they sign in by.
    pub user_principal_name: UserPrincipalName,
    /// What people call them.
    pub display_name: DisplayName,
    /// Whether the account may be used.
    pub account: AccountState,
    /// Of this company or invited.
    pub user_type: UserType,
    /// The part of their mail address before the `@`.
    pub mail_nickname: Option<MailNickname>,
    /// Their mail address.
    pub mail: Option<ShortText>,
    /// First name.
    pub given_name: Option<ShortText>,
    /// Family name.
    pub surname: Option<ShortText>,
    /// What they do in the company.
    pub job_title: Option<ShortText>,
    /// Where they do it.
    pub department: Option<ShortText>,
    /// Where to find them.
    pub office_location: Option<ShortText>,
    /// A number to call.
    pub mobile_phone: Option<ShortText>,
    /// The language they like.
    pub preferred_language: Option<ShortText>,
    /// The person's number in the company: accounts with the same one are the same person's (T-01).
    pub employee_id: Option<ShortText>,
    /// What else is known of them.
    pub profile: Profile,
    /// The Argon2id hash of their first password.
    pub password_hash: Option<String>,
    /// Whether they have to set another one at their first sign-in.
    pub password_change: PasswordChange,
}

impl NewUser {
    /// A user with this name and nothing else.
    pub fn named(user_principal_name: UserPrincipalName, display_name: DisplayName) -> Self {
        Self {
            user_principal_name,
            display_name,
            account: AccountState::Enabled,
            user_type: UserType::Member,
            mail_nickname: None,
            mail: None,
            given_name: None,
            surname: None,
            job_title: None,
            department: None,
            office_location: None,
            mobile_phone: None,
            preferred_language: None,
            employee_id: None,
            profile: Profile::default(),
            password_hash: None,
            password_change: PasswordChange::NotAsked,
        }
    }

    pub(crate) fn into_user(self, id: PrincipalId, created_at: Instant) -> User {
        User {
            id,
            user_principal_name: self.user_principal_name,
            display_name: self.display_name,
            account: self.account,
            user_type: self.user_type,
            mail_nickname: self.mail_nickname,
            mail: self.mail,
            given_name: self.given_name,
            surname: self.surname,
            job_title: self.job_title,
            department: self.department,
            office_location: self.office_location,
            mobile_phone: self.mobile_phone,
            preferred_language: self.preferred_language,
            employee_id: self.employee_id,
            manager: None,
            sponsors: Vec::new(),
            profile: self.profile,
            created_at,
        }
    }
}

/// A group to be made.
#[derive(Debug, Clone)]
pub struct NewGroup {
    /// What people call it.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: Option<Description>,
    /// The part of its mail address before the `@`.
    pub mail_nickname: MailNickname,
    /// What kind of group it is.
    pub kind: GroupKind,
    /// Who decides on its members.
    pub membership: Membership,
    /// Where it is mastered: never [`Source::Synchronised`] for a person who makes one here.
    pub source: Source,
    /// Whether it can lead to a directory role.
    pub role_assignable: RoleAssignable,
    /// Who may see its members; the kind's own default where nothing is said.
    pub visibility: Option<Visibility>,
    /// What else is known of it.
    pub extras: GroupExtras,
    /// Its first owners.
    pub owners: Vec<PrincipalId>,
    /// Its first members.
    pub members: Vec<PrincipalId>,
}

/// A user, by whatever they are named.
pub fn user(tx: &ReadTx<'_>, caller: &Caller, key: &UserKey) -> OpResult<User> {
    let (found, named) = match key {
        UserKey::Me => {
            has_permission(caller, Operation::ReadMe, RoleKind::Group)?;
            let me = caller.user().ok_or_else(|| {
                Refusal::new(Code::BadRequest, "/me is only there for a signed-in person")
            })?;
            authorise(tx, caller, Operation::ReadMe, About::NOTHING.of(Some(me)))?;
            (tx.user(me)?, me.to_string())
        }
        UserKey::Id(id) => {
            authorise(tx, caller, Operation::ReadUsers, About::NOTHING)?;
            (tx.user(*id)?, id.to_string())
        }
        UserKey::Name(name) => {
            authorise(tx, caller, Operation::ReadUsers, About::NOTHING)?;
            (tx.user_by_name(name)?, name.to_string())
        }
    };
    found.ok_or_else(|| Refusal::not_found(named).into())
}

/// Users, a page of them.
pub fn list_users(
    tx: &ReadTx<'_>,
    caller: &Caller,
    query: &Query<UserField>,
) -> OpResult<Page<User>> {
    authorise(tx, caller, Operation::ReadUsers, About::NOTHING)?;
    Ok(tx.list_users(query)?)
}

/// Makes a user.
pub fn create_user(tx: &mut Tx<'_>, new: NewUser) -> OpResult<User> {
    let attempt = attempt(
        Operation::CreateUser,
        None,
        None,
        None,
        Some(new.user_principal_name.to_string()),
    );
    user_created(tx, new).map_err(|error| error.at(attempt))
}

fn user_created(tx: &mut Tx<'_>, new: NewUser) -> OpResult<User> {
    let caller = tx.caller().clone();
    authorise(tx, &caller, Operation::CreateUser, About::NOTHING)?;
    user_name_is_free(tx, &new.user_principal_name, None)?;
    let (hash, password_change) = (new.password_hash.clone(), new.password_change);
    let now = tx.now();
    let user = new.into_user(PrincipalId::fresh(tx.ids()), now);
    tx.record(&[Event::UserCreated {
        user: Box::new(user.clone()),
    }])?;
    if let Some(hash) = hash {
        tx.keep_password_hash(user.id, &hash)?;
        method::ask_for_change(tx, user.id, password_change)?;
    }
    dynamic::settle_user(tx, user.id)?;
    Ok(user)
}

/// Puts a new user into the dynamic groups whose rules they fit.
pub(crate) fn settled(tx: &mut Tx<'_>, user: PrincipalId) -> OpResult<()> {
    dynamic::settle_user(tx, user)
}

/// Whether a user can have this name: its domain is ours, and nobody else has it or one that looks like it
/// (T-44). `user` is who is to have it, where they are here already.
pub(crate) fn user_name_is_free(
    tx: &ReadTx<'_>,
    name: &UserPrincipalName,
    user: Option<PrincipalId>,
) -> OpResult<()> {
    if let Err(wrong) = name.check_new() {
        return Err(Refusal::new(
            Code::BadRequest,
            format!("userPrincipalName `{name}` {wrong}"),
        )
        .about("userPrincipalName")
        .into());
    }
    let domain = tx.tenant()?.map(|tenant| tenant.domain).unwrap_or_default();
    if name.domain() != domain {
        return Err(Refusal::new(
            Code::BadRequest,
            format!(
                "userPrincipalName `{name}` is not in a verified domain of this tenant, `{domain}`"
            ),
        )
        .about("userPrincipalName")
        .into());
    }
    if let Some(other) = tx.user_by_name(name)?
        && Some(other.id) != user
    {
        return Err(Refusal::new(
            Code::KeyExists,
            format!("another user has the userPrincipalName `{name}`"),
        )
        .about("userPrincipalName")
        .into());
    }
    nobody_looks_like(tx, name, user)
}

/// Refused where another user's name looks the same: people would take the one for the other (T-44).
fn nobody_looks_like(
    tx: &ReadTx<'_>,
    name: &UserPrincipalName,
    user: Option<PrincipalId>,
) -> OpResult<()> {
    match tx.user_like(name, user)? {
        None => Ok(()),
        Some(other) => Err(Refusal::new(
            Code::KeyExists,
            format!(
                "the userPrincipalName `{name}` looks like `{}`, which another user has",
                other.user_principal_name
            ),
        )
        .about("userPrincipalName")
        .hint("choose a name that nobody takes for the other")
        .into()),
    }
}

/// A group.
pub fn group(tx: &ReadTx<'_>, caller: &Caller, id: GroupId) -> OpResult<Group> {
    authorise(tx, caller, Operation::ReadGroups, About::NOTHING)?;
    tx.group(id)?.ok_or_else(|| Refusal::not_found(id).into())
}

/// Groups, a page of them.
pub fn list_groups(
    tx: &ReadTx<'_>,
    caller: &Caller,
    query: &Query<GroupField>,
) -> OpResult<Page<Group>> {
    authorise(tx, caller, Operation::ReadGroups, About::NOTHING)?;
    Ok(tx.list_groups(query)?)
}

/// A user, group or service principal by its id alone (`/directoryObjects/{id}`).
pub fn principal(tx: &ReadTx<'_>, caller: &Caller, id: PrincipalId) -> OpResult<Principal> {
    authorise(tx, caller, Operation::ReadUsers, About::NOTHING)?;
    tx.principal(id)?
        .ok_or_else(|| Refusal::not_found(id).into())
}

/// How many objects are looked up with one statement.
const TOGETHER: usize = 64;

/// Those of these users, groups and service principals that there are (`/directoryObjects/getByIds`).
pub fn by_ids(tx: &ReadTx<'_>, caller: &Caller, ids: &[PrincipalId]) -> OpResult<Vec<Principal>> {
    authorise(tx, caller, Operation::ReadUsers, About::NOTHING)?;
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(TOGETHER) {
        found.extend(tx.principals(some)?);
    }
    Ok(found)
}

/// The principals and groups that a page of rows names, for `$expand`: what is deleted is left out. Whoever
/// may see the rows may see these names.
pub fn names(
    tx: &ReadTx<'_>,
    principals: &[PrincipalId],
    groups: &[GroupId],
) -> OpResult<(Vec<Principal>, Vec<Group>)> {
    Ok((tx.principals(principals)?, tx.groups(groups)?))
}

/// Who has this role of the group now, directly.
pub fn holders(
    tx: &ReadTx<'_>,
    caller: &Caller,
    group: GroupId,
    access: Access,
    query: &Query<PrincipalField>,
) -> OpResult<Page<Principal>> {
    self::group(tx, caller, group)?;
    Ok(tx.list_holders(group, access, query)?)
}

/// Who is a member of the group now, through any number of groups.
pub fn transitive_members(
    tx: &ReadTx<'_>,
    caller: &Caller,
    group: GroupId,
    query: &Query<PrincipalField>,
) -> OpResult<Page<Principal>> {
    self::group(tx, caller, group)?;
    Ok(tx.list_transitive_members(group, query)?)
}

/// Makes a group, with its first owners and members, or nothing of it.
pub fn create_group(tx: &mut Tx<'_>, new: NewGroup) -> OpResult<Group> {
    let attempt = attempt(
        Operation::CreateGroup,
        None,
        None,
        None,
        Some(new.display_name.to_string()),
    );
    group_created(tx, new).map_err(|error| error.at(attempt))
}

fn group_created(tx: &mut Tx<'_>, mut new: NewGroup) -> OpResult<Group> {
    let caller = tx.caller().clone();
    let about = About {
        target: match new.role_assignable {
            RoleAssignable::Yes => Target::RoleAssignable,
            RoleAssignable::No if new.kind.is_unified() => Target::Microsoft365,
            RoleAssignable::No => Target::Group,
        },
        ..About::NOTHING
    };
    authorise(tx, &caller, Operation::CreateGroup, about)?;
    makes_sense(&new)?;
    // A Microsoft 365 group has somebody who answers for it: whoever made it, if nobody else (`directory.md` 4.2).
    if new.kind.is_unified() && new.owners.is_empty() {
        new.owners.extend(caller.user());
    }
    let tenant = tx.tenant()?;
    if new.role_assignable == RoleAssignable::Yes {
        room_for_role_assignable(tx, tenant.as_ref())?;
    }
    let now = tx.now();
    let mail = match (&tenant, new.kind.is_mail_enabled()) {
        (Some(tenant), true) => Some(format!("{}@{}", new.mail_nickname.as_str(), tenant.domain)),
        (None, _) | (_, false) => None,
    };
    if new.kind.is_unified() {
        mail_nickname_is_free(tx, &new.mail_nickname, None)?;
    }
    let visibility = match (new.role_assignable, new.visibility) {
        (RoleAssignable::Yes, _) => Visibility::Private,
        (RoleAssignable::No, Some(visibility)) => visibility,
        (RoleAssignable::No, None) if new.kind.is_unified() => Visibility::Public,
        (RoleAssignable::No, None) => Visibility::Private,
    };
    let group = Group {
        id: GroupId::fresh(tx.ids()),
        display_name: new.display_name,
        description: new.description,
        mail_nickname: new.mail_nickname,
        mail,
        kind: new.kind,
        membership: new.membership,
        source: new.source,
        role_assignable: new.role_assignable,
        visibility,
        extras: new.extras,
        created_at: now,
        managed_since: None,
    };
    let mut events = vec![Event::GroupCreated {
        group: Box::new(group.clone()),
    }];
    for (access, ids) in [(Access::Owner, &new.owners), (Access::Member, &new.members)] {
        let mut seen = Vec::new();
        for id in ids {
            let principal = usable(tx, *id)?;
            if seen.contains(id) {
                return Err(Refusal::new(
                    Code::BadRequest,
                    format!("`{id}` is named twice among the {access}s"),
                )
                .into());
            }
            seen.push(*id);
            directory::may_be_active(&group, access, principal, Code::BadRequest)?;
            let schedule = directory::outside(Role::of(group.id, access), principal, now, tx.ids());
            events.push(Event::ScheduleGranted {
                request: None,
                schedule: Box::new(schedule),
            });
        }
    }
    tx.record(&events)?;
    dynamic::settle_group(tx, &group)?;
    Ok(group)
}

/// What must hold between the properties of a new group (R-A1, R-A2; `directory.md` 4.1 and 4.2).
fn makes_sense(new: &NewGroup) -> Result<(), Refusal> {
    let refuse = |sentence: &str| Err(Refusal::new(Code::BadRequest, sentence));
    if new.role_assignable == RoleAssignable::Yes {
        if new.membership != Membership::Assigned {
            return refuse(
                "a role-assignable group has assigned membership: leave out DynamicMembership",
            );
        }
        if !new.kind.is_security_enabled() {
            return refuse("a role-assignable group must have securityEnabled true");
        }
    }
    if !new.kind.is_unified() && !new.extras.flags.is_empty() {
        return refuse(change::FLAGS_OF_OTHERS);
    }
    if new.visibility == Some(Visibility::HiddenMembership) && !new.kind.is_unified() {
        return refuse("visibility HiddenMembership is only for Microsoft 365 groups");
    }
    if matches!(new.membership, Membership::Dynamic { .. }) && !new.members.is_empty() {
        return refuse("a dynamic group's members are decided by its rule: leave out members");
    }
    dynamic::check(&new.membership)
}

/// Refused where there are as many role-assignable groups as there may be (R-A2).
fn room_for_role_assignable(tx: &ReadTx<'_>, tenant: Option<&Tenant>) -> OpResult<()> {
    let most = tenant.map(|tenant| tenant.settings.role_assignable_groups_max);
    let most = most.unwrap_or_else(|| Settings::default().role_assignable_groups_max);
    if tx.role_assignable_groups()? < u64::from(most) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::QuotaExceeded,
        format!("there are {most} role-assignable groups, and there may be no more"),
    )
    .hint("delete one, or raise the setting roleAssignableGroupsMax")
    .into())
}

/// Whether a Microsoft 365 group can have this nickname: no other has it, or one that looks like it (T-44).
/// `group` is which is to have it, where it is here already.
fn mail_nickname_is_free(
    tx: &ReadTx<'_>,
    nickname: &MailNickname,
    group: Option<GroupId>,
) -> OpResult<()> {
    let Some(other) = tx.group_like(nickname, group)? else {
        return Ok(());
    };
    let (asked, taken) = (nickname.as_str(), other.mail_nickname.as_str());
    let sentence = if asked.eq_ignore_ascii_case(taken) {
        format!("another Microsoft 365 group has the mailNickname `{asked}`")
    } else {
        format!(
            "the mailNickname `{asked}` looks like `{taken}`, which another Microsoft 365 group has"
        )
    };
    Err(Refusal::new(Code::KeyExists, sentence)
        .about("mailNickname")
        .into())
}

/// Adds a member or owner outside PIM: at once and without an end (R-A8).
pub fn add(
    tx: &mut Tx<'_>,
    group: GroupId,
    access: Access,
    principal: PrincipalId,
) -> OpResult<()> {
    let attempt = attempt(
        change_of(access),
        Some(group),
        Some(access),
        Some(principal),
        Some("add".into()),
    );
    added(tx, group, access, principal).map_err(|error| error.at(attempt))
}

fn added(tx: &mut Tx<'_>, id: GroupId, access: Access, principal: PrincipalId) -> OpResult<()> {
    let group = changeable(tx, id, access)?;
    tx.may_grant()?;
    let principal = usable(tx, principal)?;
    approvers_stay_decided_here(tx, id, principal)?;
    let held = tx.role_schedules(Role::of(id, access), principal.id)?;
    let now = tx.now();
    let event = directory::add(&group, access, principal, &held, now, tx.ids())?;
    Ok(tx.record(&[event])?)
}

/// Removes a member or owner outside PIM: at once, whatever gave the access.
pub fn remove(
    tx: &mut Tx<'_>,
    group: GroupId,
    access: Access,
    principal: PrincipalId,
) -> OpResult<()> {
    let attempt = attempt(
        change_of(access),
        Some(group),
        Some(access),
        Some(principal),
        Some("remove".into()),
    );
    removed(tx, group, access, principal).map_err(|error| error.at(attempt))
}

fn removed(tx: &mut Tx<'_>, id: GroupId, access: Access, principal: PrincipalId) -> OpResult<()> {
    let group = changeable(tx, id, access)?;
    let held = tx.role_schedules(Role::of(id, access), principal)?;
    let others = match access {
        Access::Owner => other_owners(tx, id, principal)?,
        Access::Member => Vec::new(),
    };
    let event =
        directory::remove(&group, access, &held, &others, tx.now()).map_err(
            |refusal| match refusal.code {
                Code::NotFound => Refusal::not_found(principal),
                _ => refusal,
            },
        )?;
    let event = cascade::with_what_follows(tx, event)?;
    Ok(tx.record(&[event])?)
}

const fn change_of(access: Access) -> Operation {
    match access {
        Access::Member => Operation::ChangeMembers,
        Access::Owner => Operation::ChangeOwners,
    }
}

/// The group, if the caller may change who has this role of it.
fn changeable(tx: &Tx<'_>, id: GroupId, access: Access) -> OpResult<Group> {
    let caller = tx.caller();
    has_permission(caller, change_of(access), RoleKind::Group)?;
    let group = tx
        .group(id)?
        .ok_or_else(|| OpError::from(Refusal::not_found(id)))?;
    authorise(tx, caller, change_of(access), About::group(&group))?;
    Ok(group)
}

/// A principal that can be given something: access that a disabled account would have is none.
fn usable(tx: &ReadTx<'_>, id: PrincipalId) -> OpResult<ephor_core::principal::PrincipalRef> {
    let principal = tx.principal(id)?.ok_or_else(|| Refusal::not_found(id))?;
    match principal.account {
        AccountState::Enabled => Ok(principal.reference),
        AccountState::Disabled => Err(Refusal::new(
            Code::BadRequest,
            format!("the account `{id}` is disabled and can be given nothing"),
        )
        .hint("enable the account first")
        .into()),
    }
}

fn attempt(
    operation: Operation,
    group: Option<GroupId>,
    access: Option<Access>,
    principal: Option<PrincipalId>,
    detail: Option<String>,
) -> Attempt {
    Attempt {
        operation: operation.name().to_owned(),
        group,
        access,
        definition: None,
        principal,
        detail,
    }
}
