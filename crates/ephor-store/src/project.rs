//! Events into rows. One file for each aggregate; which event goes where is decided here, and only here.

mod directory;
mod packages;
mod policies;
mod programs;
mod requests;
mod role_definitions;
mod schedules;
mod units;

use ephor_core::event::Event;
use ephor_core::principal::AccountState;

use crate::StoreError;
use crate::tx::Tx;

/// Writes the rows that follow from `event`.
pub(crate) fn project(tx: &Tx<'_>, event: &Event) -> Result<(), StoreError> {
    match event {
        Event::TenantMade { tenant } => directory::tenant_made(tx, tenant),
        Event::UserCreated { user } => directory::user_created(tx, user),
        Event::UserDeleted { user, at } => {
            crate::sign_in::signed_out(tx, *user)?;
            directory::user_deleted(tx, *user, *at)?;
            schedules::principal_gone(tx, *user, *at)
        }
        Event::UserChanged { after, .. } => directory::user_changed(tx, after),
        Event::UserPurged { user, at } => directory::user_purged(tx, *user, *at),
        Event::GroupChanged { after, .. } => directory::group_changed(tx, after),
        Event::GroupPurged { group, at } => directory::group_purged(tx, *group, *at),
        Event::UserRestored { user, .. } => {
            directory::user_restored(tx, *user)?;
            schedules::directory_roles_stay_over(tx, *user)
        }
        Event::AccountDisabled { user, at } => {
            crate::sign_in::signed_out(tx, *user)?;
            directory::account_set(tx, *user, AccountState::Disabled)?;
            schedules::principal_gone(tx, *user, *at)
        }
        Event::AccountEnabled { user, .. } => {
            directory::account_set(tx, *user, AccountState::Enabled)
        }
        Event::GroupRestored { group, .. } => directory::group_restored(tx, *group),
        Event::ScheduleRestored { from, schedule, .. } => schedules::restored(tx, *from, schedule),
        Event::GroupCreated { group } => directory::group_created(tx, group),
        Event::GroupDeleted { group, at } => {
            directory::group_deleted(tx, *group, *at)?;
            schedules::group_gone(tx, *group, *at)?;
            schedules::principal_gone(tx, (*group).into(), *at)
        }
        Event::GroupManaged { group, at } => directory::group_managed(tx, *group, *at),
        Event::DirectoryRoleAssigned {
            principal,
            role,
            at,
        } => schedules::granted(tx, &schedules::of_old_record(*principal, *role, *at)),
        Event::UnitCreated { unit } => units::created(tx, unit),
        Event::UnitChanged { after, .. } => units::changed(tx, after),
        Event::UnitDeleted { unit, at } => units::deleted(tx, *unit, *at),
        Event::UnitMemberAdded { unit, member } => units::member_added(tx, *unit, *member),
        Event::UnitMemberRemoved { unit, member } => units::member_removed(tx, *unit, *member),
        Event::RoleDefined { role } => role_definitions::made(tx, role),
        Event::RoleRedefined { after, .. } => role_definitions::changed(tx, after),
        Event::RoleUndefined { definition, at } => role_definitions::gone(tx, *definition, *at),
        Event::PolicyChanged {
            role,
            version,
            at,
            before: _,
            after,
        } => {
            policies::changed(tx, *role, *version, *at, after)?;
            policies::approvers(tx, *role, after)
        }
        Event::ScheduleGranted { request, schedule } => {
            schedules::granted(tx, schedule)?;
            request
                .as_ref()
                .map_or(Ok(()), |request| requests::kept(tx, request))
        }
        Event::ScheduleSuperseded {
            request,
            superseded,
            schedule,
            ended,
            at,
        } => {
            schedules::superseded(tx, *superseded, schedule, *at, request.id)?;
            schedules::ended(tx, ended, *at, Some(request.id))?;
            requests::kept(tx, request)
        }
        Event::RequestOpened { request } => requests::kept(tx, request),
        Event::RequestDecided {
            request,
            schedule,
            superseded,
            at,
        } => {
            match (schedule, superseded) {
                (Some(schedule), Some(superseded)) => {
                    schedules::superseded(tx, *superseded, schedule, *at, request.id)?;
                }
                (Some(schedule), None) => schedules::granted(tx, schedule)?,
                (None, _) => {}
            }
            requests::decided(tx, request)
        }
        Event::RequestCanceled { request, ended, at } => {
            schedules::ended(tx, ended.as_slice(), *at, Some(request.id))?;
            requests::decided(tx, request)
        }
        Event::RequestLapsed { request, .. } => requests::lapsed(tx, *request),
        Event::SchedulesEnded { request, ended, at } => {
            schedules::ended(tx, ended, *at, request.as_ref().map(|request| request.id))?;
            request
                .as_ref()
                .map_or(Ok(()), |request| requests::kept(tx, request))
        }
        Event::ScheduleLapsed { id, .. } => schedules::lapsed(tx, *id),
        Event::ExpiryReminderDue { id, reminder, .. } => schedules::reminded(tx, *id, *reminder),
        Event::Package { entry } => packages::project(tx, entry),
        Event::SettingsChanged { after, .. } => directory::settings_changed(tx, after),
        Event::SignIn { entry, .. } => programs::project(tx, entry),
        // These say that something was tried, set, issued, read, shown or moved; the audit log is where they are kept.
        Event::AttemptRefused { .. }
        | Event::PasswordSet { .. }
        | Event::TokenIssued { .. }
        | Event::AuditRead { .. }
        | Event::ClockMoved { .. } => Ok(()),
    }
}
