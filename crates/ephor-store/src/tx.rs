//! Transactions as closures see them: facts and lists to read, and one door to write through.

use std::borrow::Cow;
use std::ops::Deref;

use ephor_core::authority::{Line, Standing};
use ephor_core::caller::{Actor, Caller};
use ephor_core::credential::Holdings;
use ephor_core::directory_role::{CustomRole, DirectoryRole, RoleDefinition};
use ephor_core::event::Event;
use ephor_core::group::{Access, Group};
use ephor_core::holding::Link;
use ephor_core::id::{
    GrantId, GroupId, IdSource, PrincipalId, RequestId, RoleDefinitionId, ScheduleId, UnitId,
};
use ephor_core::notice::Notice;
use ephor_core::policy::{ContextClass, Policy};
use ephor_core::principal::{Principal, PrincipalRef, User, UserPrincipalName};
use ephor_core::query::{
    GroupField, Page, PrincipalField, Query, RequestField, ScheduleField, ScheduleView, Scope,
    UnitField, UserField,
};
use ephor_core::request::ScheduleRequest;
use ephor_core::restoration::CutShort;
use ephor_core::role::{DirectoryScope, ObjectId, Role, RoleKind};
use ephor_core::schedule::{ExpiryReminder, Schedule, ScheduleKind};
use ephor_core::tenant::Tenant;
use ephor_core::text::MailNickname;
use ephor_core::time::{Instant, Length};
use ephor_core::unit::Unit;

use crate::audit::Head;
use crate::mails::{self, Mail, MailQuery, MailState};
use crate::moment::{BEHIND_MAX, Moment};
use crate::query::holdings::RoleOf;
use crate::query::{
    directory, holdings, membership, policies, requests, roles, schedules, secrets, units,
};
use crate::sql::{Conn, Row, Value};
use crate::{Remembered, StoreError, answers, audit, outbox, record, skeletons};

/// An entry of the audit log as it is read back.
#[derive(Debug, Clone)]
pub struct AuditEntry {
    /// Its place in the chain, from 1, without gaps.
    pub sequence: i64,
    /// When it was recorded.
    pub at: Instant,
    /// Who, and how they came: JSON as recorded (`actor`, `issuance`, `factor`, `client`, `address`, …).
    pub caller: serde_json::Value,
    /// What happened.
    pub event: Event,
    /// Its hash, in hex.
    pub hash: String,
}

/// Which audit entries to list.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// About this group.
    pub group: Option<GroupId>,
    /// About this directory role.
    pub definition: Option<RoleDefinitionId>,
    /// About this principal, or done by them.
    pub principal: Option<PrincipalId>,
    /// Recorded at or after.
    pub from: Option<Instant>,
    /// Recorded before.
    pub to: Option<Instant>,
    /// With a smaller sequence number than this: the next page of a list that is newest first.
    pub before: Option<i64>,
    /// With a larger sequence number than this, and then oldest first.
    pub after: Option<i64>,
    /// How many.
    pub limit: u32,
}

/// A message that waits to go outside.
#[derive(Debug, Clone)]
pub struct OutboxMessage {
    /// Its number.
    pub id: i64,
    /// The audit entry it tells of.
    pub sequence: i64,
    /// What happened.
    pub event: Event,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was recorded.
    pub at: Instant,
    /// Who did it.
    pub actor: Actor,
}

/// A signing key, private part included: never in the audit log, never in an answer.
#[derive(Clone)]
pub struct SigningKey {
    /// Its id (`kid`).
    pub id: String,
    /// PKCS#8, DER.
    pub private: Vec<u8>,
    /// The public part: an uncompressed point of P-256.
    pub public: Vec<u8>,
    /// When it was made.
    pub created_at: Instant,
}

/// A read transaction: one consistent view, one `now`.
pub struct ReadTx<'a> {
    conn: &'a Conn,
    moment: Moment,
}

/// What the store itself does in a transaction: the only way from here to SQL.
impl<'a> ReadTx<'a> {
    pub(crate) const fn new(conn: &'a Conn, moment: Moment) -> Self {
        Self { conn, moment }
    }

    /// The same view, asked about another instant: for history only.
    pub(crate) const fn as_of(&self, at: Instant) -> Self {
        Self {
            conn: self.conn,
            moment: Moment {
                now: at,
                behind: self.moment.behind,
            },
        }
    }

    /// Which engine, and its version.
    pub(crate) fn engine(&self) -> Result<String, StoreError> {
        self.conn.engine()
    }

    /// Runs a statement and says how many rows it changed.
    pub(crate) fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<u64, StoreError> {
        self.conn.execute(sql, params, self.moment.now)
    }

    /// Hands over each row.
    pub(crate) fn each(
        &self,
        sql: &str,
        params: &[Value<'_>],
        mut each: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.conn.query(sql, params, self.moment.now, &mut each)
    }

    /// All rows, read by `read`.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut rows = Vec::new();
        self.each(sql, params, |row| {
            rows.push(read(row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// The row, where there is one.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut found = None;
        self.each(sql, params, |row| {
            found = Some(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }
}

impl ReadTx<'_> {
    /// The present: read once, the same for the whole transaction, never earlier than any `now` before.
    pub fn now(&self) -> Instant {
        self.moment.now
    }

    /// How far the clock is behind the time floor.
    pub fn clock_behind(&self) -> Length {
        self.moment.behind
    }

    /// [`StoreError::ClockBehind`] where the clock is more than two seconds behind: nothing is granted then
    /// (T-17); ending access goes on.
    pub fn may_grant(&self) -> Result<(), StoreError> {
        if self.moment.behind > BEHIND_MAX {
            return Err(StoreError::ClockBehind {
                behind: self.moment.behind,
            });
        }
        Ok(())
    }

    /// The tenant, with its settings; `None` only while it is being made.
    pub fn tenant(&self) -> Result<Option<Tenant>, StoreError> {
        directory::tenant(self)
    }

    /// The grounds `caller` stands on at `now`: as owner of `group`, towards `principal` (Oneself), and over
    /// units that `object` is directly in. Whoever is deleted or disabled stands on none. Roles are looked up
    /// only where `line` names some.
    pub fn standing(
        &self,
        caller: &Caller,
        line: Option<&Line>,
        group: Option<GroupId>,
        principal: Option<PrincipalId>,
        object: Option<PrincipalId>,
    ) -> Result<Standing, StoreError> {
        let towards = roles::Towards {
            group,
            principal,
            object,
        };
        roles::standing(self, caller, line, &towards)
    }

    /// Whether somebody holds a directory role over the whole directory now, directly or through a group.
    pub fn has_directory_role(
        &self,
        principal: PrincipalId,
        role: DirectoryRole,
    ) -> Result<bool, StoreError> {
        let held = roles::of_principal(self, principal)?;
        Ok(held.contains(&(role.definition_id(), DirectoryScope::Directory)))
    }

    /// The directory roles that somebody holds now, directly or through groups, and over what.
    pub fn directory_roles_of(
        &self,
        principal: PrincipalId,
    ) -> Result<Vec<(RoleDefinitionId, DirectoryScope)>, StoreError> {
        roles::of_principal(self, principal)
    }

    /// All that protects an account from lesser administrators now (R-A7).
    pub fn holdings(&self, user: PrincipalId) -> Result<Holdings, StoreError> {
        roles::holdings(self, user)
    }

    /// A directory role, built in or the tenant's own.
    pub fn role_definition(
        &self,
        id: RoleDefinitionId,
    ) -> Result<Option<RoleDefinition>, StoreError> {
        roles::definition(self, id)
    }

    /// The tenant's own directory roles.
    pub fn custom_roles(&self) -> Result<Vec<CustomRole>, StoreError> {
        roles::custom(self)
    }

    /// Who is named by a grant of this directory role over the whole directory that is in force now.
    pub fn directory_role_holders(
        &self,
        definition: RoleDefinitionId,
    ) -> Result<Vec<PrincipalId>, StoreError> {
        roles::holders_of(self, definition)
    }

    /// Whether anybody has this directory role or could activate it, now or later.
    pub fn is_role_granted(&self, definition: RoleDefinitionId) -> Result<bool, StoreError> {
        roles::is_granted(self, definition)
    }

    /// The role-assignable groups and directory roles for which the members of `group` approve: by a policy
    /// that names it, or one that it is a member of or eligible for through any nesting (T-05).
    pub fn protected_approved_by(&self, group: GroupId) -> Result<Vec<ObjectId>, StoreError> {
        roles::protected_approved_by(self, group)
    }

    /// Those of `group` and the groups in it, through any nesting, whose members nobody here decides on: a rule
    /// does, or another directory (T-05).
    pub fn decided_elsewhere(&self, group: GroupId) -> Result<Vec<GroupId>, StoreError> {
        roles::decided_elsewhere(self, group)
    }

    /// How many role-assignable groups there are (R-A2).
    pub fn role_assignable_groups(&self) -> Result<u64, StoreError> {
        directory::role_assignable_groups(self)
    }

    /// An administrative unit that isn't deleted.
    pub fn unit(&self, id: UnitId) -> Result<Option<Unit>, StoreError> {
        units::unit(self, id)
    }

    /// Administrative units, a page of them.
    pub fn list_units(&self, query: &Query<UnitField>) -> Result<Page<Unit>, StoreError> {
        units::list(self, query)
    }

    /// What is directly in a unit, a page of it.
    pub fn list_unit_members(
        &self,
        unit: UnitId,
        query: &Query<PrincipalField>,
    ) -> Result<Page<Principal>, StoreError> {
        units::list_members(self, unit, query)
    }

    /// Whether something is directly in a unit.
    pub fn is_in_unit(&self, unit: UnitId, member: PrincipalId) -> Result<bool, StoreError> {
        units::has_member(self, unit, member)
    }

    /// The units that something is directly in.
    pub fn units_of(&self, member: PrincipalId) -> Result<Vec<Unit>, StoreError> {
        units::of_member(self, member)
    }

    /// A user that isn't deleted.
    pub fn user(&self, id: PrincipalId) -> Result<Option<User>, StoreError> {
        directory::user(self, id)
    }

    /// A user that isn't deleted, by name.
    pub fn user_by_name(&self, name: &UserPrincipalName) -> Result<Option<User>, StoreError> {
        directory::user_by_name(self, name)
    }

    /// A user other than `except`, not deleted, whose name looks like this one (T-44).
    pub fn user_like(
        &self,
        name: &UserPrincipalName,
        except: Option<PrincipalId>,
    ) -> Result<Option<User>, StoreError> {
        skeletons::user_like(self, name, except)
    }

    /// A Microsoft 365 group other than `except`, not deleted, whose nickname looks like this one (T-44).
    pub fn group_like(
        &self,
        nickname: &MailNickname,
        except: Option<GroupId>,
    ) -> Result<Option<Group>, StoreError> {
        skeletons::group_like(self, nickname.as_str(), except)
    }

    /// A group that isn't deleted.
    pub fn group(&self, id: GroupId) -> Result<Option<Group>, StoreError> {
        directory::group(self, id)
    }

    /// A principal that isn't deleted.
    pub fn principal(&self, id: PrincipalId) -> Result<Option<Principal>, StoreError> {
        directory::principal(self, id)
    }

    /// Those of these principals that aren't deleted: for expanding a page of rows in one statement.
    pub fn principals(&self, ids: &[PrincipalId]) -> Result<Vec<Principal>, StoreError> {
        directory::principals(self, ids)
    }

    /// Those of these groups that aren't deleted: for expanding a page of rows in one statement.
    pub fn groups(&self, ids: &[GroupId]) -> Result<Vec<Group>, StoreError> {
        directory::groups(self, ids)
    }

    /// Users, a page of them.
    pub fn list_users(&self, query: &Query<UserField>) -> Result<Page<User>, StoreError> {
        directory::list_users(self, query)
    }

    /// Groups, a page of them.
    pub fn list_groups(&self, query: &Query<GroupField>) -> Result<Page<Group>, StoreError> {
        directory::list_groups(self, query)
    }

    /// Who has this role of the group now, directly; each principal once, however many grants they have.
    pub fn list_holders(
        &self,
        group: GroupId,
        access: Access,
        query: &Query<PrincipalField>,
    ) -> Result<Page<Principal>, StoreError> {
        membership::list_holders(self, group, access, query)
    }

    /// Dynamic groups whose rules are worked off.
    pub fn groups_that_follow_a_rule(&self) -> Result<Vec<Group>, StoreError> {
        directory::groups_that_follow_a_rule(self)
    }

    /// The groups that this principal is an active member of now; each once.
    pub fn list_member_of(
        &self,
        principal: PrincipalId,
        query: &Query<GroupField>,
    ) -> Result<Page<Group>, StoreError> {
        membership::list_member_of(self, principal, query)
    }

    /// The groups that this principal is in now, through any number of groups (up to 16 deep, cycles cut);
    /// each once, itself left out.
    pub fn list_transitive_member_of(
        &self,
        principal: PrincipalId,
        query: &Query<GroupField>,
    ) -> Result<Page<Group>, StoreError> {
        membership::list_transitive_member_of(self, principal, query)
    }

    /// Who is a member now through any number of groups (up to 16 deep, cycles cut); each once, the group
    /// itself left out.
    pub fn list_transitive_members(
        &self,
        group: GroupId,
        query: &Query<PrincipalField>,
    ) -> Result<Page<Principal>, StoreError> {
        membership::list_transitive(self, group, query)
    }

    /// Whether `principal` has this role of the group now, directly: one indexed statement.
    pub fn holds(
        &self,
        group: GroupId,
        access: Access,
        principal: PrincipalId,
    ) -> Result<bool, StoreError> {
        membership::holds(self, group, access, principal)
    }

    /// The groups that `principal` is an owner of now.
    pub fn owned_groups(&self, principal: PrincipalId) -> Result<Vec<GroupId>, StoreError> {
        membership::owned_groups(self, principal)
    }

    /// The groups that `principal` is a direct member of now, each with when that ends; `None` for never.
    pub fn memberships(
        &self,
        principal: PrincipalId,
    ) -> Result<Vec<(GroupId, Option<Instant>)>, StoreError> {
        membership::memberships(self, principal)
    }

    /// Who had this role of the group at `at`, directly.
    pub fn holders_as_of(
        &self,
        group: GroupId,
        access: Access,
        at: Instant,
    ) -> Result<Vec<PrincipalRef>, StoreError> {
        membership::holders_as_of(self, group, access, at)
    }

    /// What was given of this group or directory role and in force at `at`, eligible and active, with who gave it and on which
    /// request.
    pub fn links_of_object(&self, object: ObjectId, at: Instant) -> Result<Vec<Link>, StoreError> {
        holdings::of_object(self, object, at)
    }

    /// What this principal had and could activate at `at`, directly, with who gave it and on which request.
    pub fn links_of_principal(
        &self,
        principal: PrincipalId,
        at: Instant,
    ) -> Result<Vec<Link>, StoreError> {
        holdings::of_principal(self, principal, at)
    }

    /// The roles of which a principal had something at one of two instants and not, or by another grant, at
    /// the other: `limit` of them, after the first `skip`, in the order in which they were first given.
    pub fn roles_that_differ(
        &self,
        from: Instant,
        to: Instant,
        skip: u32,
        limit: u32,
    ) -> Result<Vec<RoleOf>, StoreError> {
        holdings::roles_that_differ_in_history(self, from, to, skip, limit)
    }

    /// What of one role a principal had at `at`.
    pub fn links_of_role(&self, role: RoleOf, at: Instant) -> Result<Vec<Link>, StoreError> {
        holdings::of_role(self, role, at)
    }

    /// All that `principal` has of this role, eligible and active, now and ahead.
    pub fn role_schedules(
        &self,
        role: Role,
        principal: PrincipalId,
    ) -> Result<Vec<Schedule>, StoreError> {
        schedules::of_role(self, role, principal)
    }

    /// A schedule that is in force or ahead.
    pub fn schedule(
        &self,
        kind: ScheduleKind,
        id: ScheduleId,
    ) -> Result<Option<Schedule>, StoreError> {
        schedules::by_id(self, kind, id)
    }

    /// A directory role's schedule that is in force or ahead, by the last part of its id.
    pub fn directory_schedule(
        &self,
        kind: ScheduleKind,
        grant: GrantId,
    ) -> Result<Option<Schedule>, StoreError> {
        schedules::of_directory(self, kind, grant)
    }

    /// Schedules or instances, a page of them.
    pub fn list_schedules(
        &self,
        kind: ScheduleKind,
        view: ScheduleView,
        of: RoleKind,
        scope: Scope,
        query: &Query<ScheduleField>,
    ) -> Result<Page<Schedule>, StoreError> {
        schedules::list(self, kind, view, of, &scope, query)
    }

    /// Schedules of `principal` that ended at or after `since`, by the clock or by people: newest end first.
    pub fn ended_schedules(
        &self,
        principal: PrincipalId,
        since: Instant,
    ) -> Result<Vec<Schedule>, StoreError> {
        schedules::ended(self, principal, since)
    }

    /// Schedules of a group, whoever's, that ended at or after `since`: newest end first, a page of them.
    pub fn ended_schedules_of_group(
        &self,
        group: GroupId,
        since: Instant,
        skip: u32,
        top: u32,
    ) -> Result<Page<Schedule>, StoreError> {
        schedules::ended_of_group(self, group, since, skip, top)
    }

    /// A request.
    pub fn request(&self, id: RequestId) -> Result<Option<ScheduleRequest>, StoreError> {
        requests::by_id(self, id)
    }

    /// The newest request that made, changed or ended this schedule, or asks to.
    pub fn newest_request_about(
        &self,
        kind: ScheduleKind,
        schedule: ScheduleId,
    ) -> Result<Option<RequestId>, StoreError> {
        requests::newest_about(self, kind, schedule)
    }

    /// Requests, a page of them.
    pub fn list_requests(
        &self,
        kind: ScheduleKind,
        of: RoleKind,
        scope: Scope,
        query: &Query<RequestField>,
    ) -> Result<Page<ScheduleRequest>, StoreError> {
        requests::list(self, kind, of, &scope, query)
    }

    /// Requests about this principal and role that wait for a decision.
    pub fn pending_requests(
        &self,
        role: Role,
        principal: PrincipalId,
    ) -> Result<Vec<ScheduleRequest>, StoreError> {
        requests::pending(self, role, principal)
    }

    /// Requests whose waiting the clock ended and that were not yet written down as lapsed.
    pub fn unlapsed_requests(&self, limit: u32) -> Result<Vec<ScheduleRequest>, StoreError> {
        requests::unlapsed(self, limit)
    }

    /// Eligibilities for this role, in force or ahead, of groups that `principal` is a member of now (R-E6).
    pub fn ways(&self, role: Role, principal: PrincipalId) -> Result<Vec<Schedule>, StoreError> {
        schedules::ways(self, role, principal)
    }

    /// Activations that run and were made from eligibilities of `principal` for this role, whoever's.
    pub fn activations_from(
        &self,
        role: Role,
        principal: PrincipalId,
    ) -> Result<Vec<Schedule>, StoreError> {
        schedules::made_from(self, role, principal)
    }

    /// Activations that run and were made through an eligibility of the group `through`: by `holder`, or by
    /// anybody (R-E6).
    pub fn activations_through(
        &self,
        through: GroupId,
        holder: Option<PrincipalId>,
    ) -> Result<Vec<Schedule>, StoreError> {
        schedules::through_group(self, through, holder)
    }

    /// The other accounts of the same person (same `employeeId`).
    pub fn linked_accounts(&self, user: PrincipalId) -> Result<Vec<PrincipalId>, StoreError> {
        directory::linked_accounts(self, user)
    }

    /// Requests about this group, or for this principal, that wait for a decision.
    pub fn waiting_requests(
        &self,
        group: Option<GroupId>,
        principal: Option<PrincipalId>,
    ) -> Result<Vec<ScheduleRequest>, StoreError> {
        requests::waiting(self, group, principal)
    }

    /// Groups deleted since `since`, not for good, and when; the latest first.
    pub fn deleted_groups(
        &self,
        since: Instant,
        query: &Query<GroupField>,
    ) -> Result<Page<(Group, Instant)>, StoreError> {
        directory::deleted_groups(self, since, query)
    }

    /// Users deleted since `since`, not for good, and when; the latest first.
    pub fn deleted_users(
        &self,
        since: Instant,
        query: &Query<UserField>,
    ) -> Result<Page<(User, Instant)>, StoreError> {
        directory::deleted_users(self, since, query)
    }

    /// A deleted group, and when it was deleted.
    pub fn deleted_group(&self, id: GroupId) -> Result<Option<(Group, Instant)>, StoreError> {
        directory::deleted_group(self, id)
    }

    /// A deleted user, and when they were deleted.
    pub fn deleted_user(&self, id: PrincipalId) -> Result<Option<(User, Instant)>, StoreError> {
        directory::deleted_user(self, id)
    }

    /// What a deletion or a disabling ended and would come back with this group: whatever else it rests on
    /// is there.
    pub fn cut_short_with_group(&self, group: GroupId) -> Result<Vec<CutShort>, StoreError> {
        schedules::history_cut_short_with_group(self, group)
    }

    /// What a deletion or a disabling ended and would come back with this user.
    pub fn cut_short_with_user(&self, user: PrincipalId) -> Result<Vec<CutShort>, StoreError> {
        schedules::history_cut_short_with_user(self, user)
    }

    /// The policy of a role: as stored, or the defaults (`Policy::default_of`) where nothing was changed yet.
    pub fn policy(&self, role: Role) -> Result<Policy, StoreError> {
        policies::of_role(self, role)
    }

    /// How many roles ask for this authentication context when they are activated.
    pub fn policies_that_ask_for(&self, context: ContextClass) -> Result<usize, StoreError> {
        policies::that_ask_for(self, context)
    }

    /// The newest `limit` audit entries that fit, newest first.
    pub fn list_audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, StoreError> {
        audit::list(self, query)
    }

    /// The newest `limit` changes of the policies of a group or directory role before the entry `before`,
    /// newest first.
    pub fn policy_changes(
        &self,
        object: ObjectId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        audit::policy_changes(self, object, before, limit)
    }

    /// Schedules that ended by the clock and were not yet written down as lapsed: oldest end first.
    pub fn unlapsed(&self, limit: u32) -> Result<Vec<Schedule>, StoreError> {
        schedules::unlapsed(self, limit)
    }

    /// A schedule whatever its span: for telling of what is over.
    pub fn schedule_from_history(
        &self,
        kind: ScheduleKind,
        id: ScheduleId,
    ) -> Result<Option<Schedule>, StoreError> {
        schedules::from_history(self, kind, id)
    }

    /// Assignments for which this reminder of their end is due and was not yet written down.
    pub fn schedules_to_remind(
        &self,
        reminder: ExpiryReminder,
        limit: u32,
    ) -> Result<Vec<Schedule>, StoreError> {
        schedules::to_remind(self, reminder, limit)
    }

    /// The newest `limit` mails that fit, newest first.
    pub fn list_mails(&self, query: &MailQuery) -> Result<Vec<Mail>, StoreError> {
        mails::list(self, query)
    }

    /// When the next mail that waits is due.
    pub fn next_mail_due(&self) -> Result<Option<Instant>, StoreError> {
        mails::next_due(self)
    }

    /// When the next outbox message is due.
    pub fn next_outbox_due(&self) -> Result<Option<Instant>, StoreError> {
        outbox::next_due(self)
    }

    /// The next instant at which the clock ends something that is in force or ahead.
    pub fn next_end(&self) -> Result<Option<Instant>, StoreError> {
        schedules::next_end(self)
    }

    /// The signing keys, newest first.
    pub fn signing_keys(&self) -> Result<Vec<SigningKey>, StoreError> {
        secrets::signing_keys(self)
    }

    /// The Argon2id hash (PHC string) of a user's password, where they have one.
    pub fn password_hash(&self, user: PrincipalId) -> Result<Option<String>, StoreError> {
        secrets::password_hash(self, user)
    }
}

/// A write transaction: all that a [`ReadTx`] can, and the one door for change.
pub struct Tx<'a> {
    pub(crate) read: ReadTx<'a>,
    pub(crate) caller: Cow<'a, Caller>,
    pub(crate) ids: &'a mut (dyn IdSource + Send),
    pub(crate) progress: &'a mut Progress,
    /// Who asked, as the audit log writes it: made once, with the first event.
    pub(crate) caller_text: Option<String>,
}

/// What a batch carries from one closure to the next; put back with the savepoint where one fails.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    pub(crate) head: Head,
    /// By how much a demonstration's clock was moved.
    pub(crate) offset: i64,
    /// Whether there is anything to commit.
    pub(crate) wrote: bool,
}

impl<'a> Deref for Tx<'a> {
    type Target = ReadTx<'a>;

    fn deref(&self) -> &ReadTx<'a> {
        &self.read
    }
}

impl Tx<'_> {
    /// Who asked for this transaction.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Says more of who asked: what their session says of them in this transaction.
    pub fn refine_caller(&mut self, caller: Caller) {
        self.caller = Cow::Owned(caller);
        self.caller_text = None;
    }

    /// Where fresh ids come from.
    pub fn ids(&mut self) -> &mut dyn IdSource {
        self.ids
    }

    /// THE door: appends each event to the audit log under the transaction's caller, projects it into rows,
    /// and fills the outbox.
    pub fn record(&mut self, events: &[Event]) -> Result<(), StoreError> {
        self.progress.wrote = true;
        for event in events {
            record::record(self, event)?;
        }
        Ok(())
    }

    /// Housekeeping, no fact about access: keeps a signing key.
    pub fn keep_signing_key(&mut self, key: &SigningKey) -> Result<(), StoreError> {
        self.progress.wrote = true;
        secrets::keep_signing_key(self, key)
    }

    /// Housekeeping: keeps the Argon2id hash (PHC string) of a user's password. Never in the audit log.
    pub fn keep_password_hash(&mut self, user: PrincipalId, hash: &str) -> Result<(), StoreError> {
        self.progress.wrote = true;
        secrets::keep_password_hash(self, user, hash)
    }

    /// Housekeeping: what was answered to `caller` under `key`, if it was this request, and not yet forgotten.
    pub fn remembered(
        &self,
        caller: &str,
        key: &str,
        request: &[u8; 32],
    ) -> Result<Option<Remembered>, StoreError> {
        answers::remembered(self, caller, key, request)
    }

    /// Housekeeping: keeps an answer until `until`, for when the same request comes again (F-19).
    pub fn remember(
        &mut self,
        caller: &str,
        key: &str,
        request: &[u8; 32],
        answer: &str,
        until: Instant,
    ) -> Result<(), StoreError> {
        self.progress.wrote = true;
        answers::remember(self, caller, key, request, answer, until)
    }

    /// A demonstration's clock: moves this store's time forward, now and in every later opening. To be used
    /// together with recording `Event::ClockMoved`.
    pub fn move_clock(&mut self, by: Length) -> Result<(), StoreError> {
        let moved = self.progress.offset.saturating_add(by.as_micros());
        self.progress.offset = moved;
        self.progress.wrote = true;
        Ok(())
    }

    /// Housekeeping: takes up to `limit` outbox messages that are due, and holds them until `until`.
    pub fn lease_outbox(
        &mut self,
        limit: u32,
        until: Instant,
    ) -> Result<Vec<OutboxMessage>, StoreError> {
        self.progress.wrote = true;
        outbox::lease(self, limit, until)
    }

    /// Housekeeping: an outbox message was delivered.
    pub fn settle_outbox(&mut self, id: i64) -> Result<(), StoreError> {
        self.progress.wrote = true;
        outbox::settle(self, id)
    }

    /// Housekeeping: a delivery failed; try again at `at`.
    pub fn postpone_outbox(&mut self, id: i64, at: Instant, error: &str) -> Result<(), StoreError> {
        self.progress.wrote = true;
        outbox::postpone(self, id, at, error)
    }

    /// Housekeeping: writes a mail about audit entry `sequence`; says whether it was not there yet. Each
    /// recipient gets one.
    pub fn keep_mail(
        &mut self,
        sequence: i64,
        notice: &Notice,
        state: MailState,
    ) -> Result<bool, StoreError> {
        self.progress.wrote = true;
        mails::keep(self, sequence, notice, state)
    }

    /// Housekeeping: takes up to `limit` mails that are due, and holds them until `until`.
    pub fn lease_mails(&mut self, limit: u32, until: Instant) -> Result<Vec<Mail>, StoreError> {
        self.progress.wrote = true;
        mails::lease(self, limit, until)
    }

    /// Housekeeping: a mail was sent, or is given up.
    pub fn settle_mail(
        &mut self,
        number: i64,
        state: MailState,
        error: Option<&str>,
    ) -> Result<(), StoreError> {
        self.progress.wrote = true;
        mails::settle(self, number, state, error)
    }

    /// Housekeeping: a mail could not be sent; try again at `at`.
    pub fn postpone_mail(
        &mut self,
        number: i64,
        at: Instant,
        error: &str,
    ) -> Result<(), StoreError> {
        self.progress.wrote = true;
        mails::postpone(self, number, at, error)
    }

    /// Housekeeping: gives up mails that were written at or before `written` and still wait; says how many.
    pub fn give_up_mails(&mut self, written: Instant) -> Result<u64, StoreError> {
        self.progress.wrote = true;
        mails::give_up(self, written)
    }
}
