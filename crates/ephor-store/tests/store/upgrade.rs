//! A database that an earlier Ephor made is brought up to date with all that is in it (F-07).

use ephor_core::directory_role::DirectoryRole;
use ephor_core::event::Event;
use ephor_core::group::Access;
use ephor_core::id::{GrantId, PrincipalId, RequestId};
use ephor_core::notice::{NoticeAbout, NoticeKind, Told};
use ephor_core::package::Package;
use ephor_core::policy::{Policy, Rules};
use ephor_core::principal::UserPrincipalName;
use ephor_core::query::{Comparison, Literal, PackageRequestField, PackageRows, Predicate, Query};
use ephor_core::request::Outcome;
use ephor_core::role::{ObjectId, Role};
use ephor_core::schedule::{Expiration, GrantOrigin};
use ephor_core::text::MailNickname;
use ephor_core::time::Length;
use ephor_store::testing::{self, Engine};
use ephor_store::{MailQuery, Store};
use uuid::Uuid;

use crate::world::{World, clock, nine, read, record};

/// The last version whose tables knew of groups alone.
const OF_GROUPS: i64 = 6;
const NEVER: i64 = i64::MAX;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// SQL with ids as `{17}` and values as JSON in `'…'`, in the engine's own words.
fn sql(engine: &Engine, text: &str) -> String {
    let mut sql = text.to_owned();
    for number in (1..=99).rev() {
        let hex = format!("{number:032x}");
        let bytes = match engine {
            Engine::Sqlite => format!("x'{hex}'"),
            Engine::Postgres { .. } => format!("'\\x{hex}'::BYTEA"),
        };
        sql = sql.replace(&format!("{{{number}}}"), &bytes);
    }
    sql
}

#[test]
fn what_there_was_before_directory_roles_is_there_after() {
    for engine in testing::engines() {
        let place = engine.place();
        place.at_version(OF_GROUPS);
        let mut world = World::default();
        let (admin, ada, gone) = (world.user("Admin"), world.user("Ada"), world.user("Gone"));
        let group = world.group("Admins");
        let [admin, ada, gone] = [(1, admin), (2, ada), (3, gone)].map(|(number, mut user)| {
            user.id = PrincipalId::from_uuid(id(number));
            user
        });
        let group = ephor_core::group::Group {
            id: ephor_core::id::GroupId::from_uuid(id(9)),
            ..group
        };
        let json = |value: serde_json::Value| value.to_string().replace('\'', "''");
        let document = |value| json(value);
        let now = nine().micros();
        let day = Length::days(1).as_micros();
        let mut seed = format!(
            "INSERT INTO tenant VALUES (1, '{}');",
            document(serde_json::to_value(world.tenant()).unwrap())
        );
        for (number, user) in [(1, &admin), (2, &ada), (3, &gone)] {
            let deleted = if number == 3 {
                (now - day).to_string()
            } else {
                "NULL".into()
            };
            seed += &format!(
                "INSERT INTO users (id, display_name, display_name_key, user_principal_name,
                     user_principal_name_key, account_enabled, user_type_key, created_at, deleted_at, document)
                 VALUES ({{{number}}}, 'n', 'n', 'n{number}', 'n{number}', 1, 'member', {now}, {deleted}, '{}');",
                document(serde_json::to_value(user).unwrap())
            );
        }
        let rules = document(serde_json::to_value(Rules::default()).unwrap());
        let after = document(serde_json::to_value(Expiration::Never).unwrap());
        let (month, soon) = (now + 30 * day, now + day);
        seed += &format!(
            "INSERT INTO groups (id, display_name, display_name_key, mail_nickname_key, mail_enabled,
                 security_enabled, role_assignable, synchronised, is_unified, is_dynamic, visibility_key,
                 created_at, managed_since, document)
             VALUES ({{9}}, 'Admins', 'admins', 'admins', 0, 1, 0, 0, 0, 0, 'private', {now}, {now}, '{}');
             INSERT INTO directory_role_assignments (principal_id, role, starts_at, ends_at)
             VALUES ({{1}}, 0, {now}, {NEVER}), ({{3}}, 0, {now}, {ended});
             INSERT INTO schedules (group_id, access, kind, grant_id, principal_id, principal_kind, origin,
                 used_grant_id, starts_at, ends_at, granted_ends_at, expiration, created_at, giver, giver_id)
             VALUES ({{9}}, 0, 0, {{21}}, {{2}}, 0, 0, NULL, {now}, {month}, {month}, '{after}', {now}, 0, {{1}}),
                    ({{9}}, 0, 1, {{22}}, {{2}}, 0, 1, {{21}}, {now}, {soon}, {soon}, '{after}', {now}, 0, {{2}});
             INSERT INTO requests (id, kind, action, group_id, access, principal_id, expiration, created_at,
                 actor, actor_id, outcome, outcome_at, approval)
             VALUES ({{31}}, 0, 6, {{9}}, 0, {{2}}, '{after}', {now}, 0, {{2}}, 3, {month}, 0);
             INSERT INTO policies VALUES ({{9}}, 1, 3, '{rules}', {now}, 0, {{1}});
             INSERT INTO policy_approvers VALUES ({{9}}, 1, {{2}});
             INSERT INTO mails (sequence, recipient, recipient_key, kind, group_id, subject, plain, html,
                 message_id, thread_id, list_id, created_at, state, due_at, attempts)
             VALUES (1, 'ada@contoso.example', 'ada@contoso.example', 'assigned', {{9}}, 's', 'p', 'h',
                 'm', 't', 'l', {now}, 3, {now}, 0);",
            document(serde_json::to_value(&group).unwrap()),
            ended = now + 1,
        );
        place.tamper(&sql(&engine, &seed));

        let clock = clock();
        clock.advance(Length::hours(1));
        let store = Store::open(&place.options(clock)).unwrap();
        let member = Role::of(group.id, Access::Member);
        let (admin, ada_id, gone, group_id) = (admin.id, ada.id, gone.id, group.id);
        let found = read(&store, move |tx| {
            let global = DirectoryRole::GlobalAdministrator;
            Ok((
                [
                    tx.has_directory_role(admin, global)?,
                    tx.has_directory_role(gone, global)?,
                    tx.holds(group_id, Access::Member, ada_id)?,
                ],
                tx.role_schedules(member, ada_id)?,
                tx.pending_requests(member, ada_id)?,
                tx.policy(Role::of(group_id, Access::Owner))?,
                tx.protected_approved_by(group_id)?,
                tx.links_of_object(ObjectId::Group(group_id), tx.now())?,
                tx.list_mails(&MailQuery {
                    limit: 10,
                    ..MailQuery::default()
                })?,
                tx.cut_short_with_user(gone)?,
            ))
        });
        let ([is_admin, was_admin, holds], schedules, pending, policy, approves, links, mails, cut) =
            found;
        let name = engine.name();
        assert_eq!((is_admin, was_admin, holds), (true, false, true), "{name}");
        assert_eq!(schedules.len(), 2, "{name}");
        let GrantOrigin::Activated { using } = schedules[1].origin else {
            panic!("{name}: {:?}", schedules[1]);
        };
        assert_eq!(
            (using.role, using.grant),
            (member, GrantId::from_uuid(id(21)))
        );
        assert_eq!(pending.len(), 1, "{name}");
        assert_eq!(pending[0].id, RequestId::from_uuid(id(31)));
        assert!(matches!(
            pending[0].outcome,
            Outcome::PendingAdminDecision { .. }
        ));
        assert_eq!(policy.version, 3, "{name}");
        assert_eq!(
            Policy {
                version: 1,
                modified: None,
                ..policy.clone()
            },
            Policy::default_of(policy.role)
        );
        assert_eq!(approves, []);
        assert_eq!(links.len(), 2, "{name}");
        let about = mails
            .iter()
            .map(|mail| (mail.notice.kind, mail.notice.about));
        assert_eq!(
            about.collect::<Vec<_>>(),
            [(
                Told::Access(NoticeKind::Assigned),
                NoticeAbout::Role(ObjectId::Group(group_id))
            )],
            "{name}"
        );
        assert_eq!(
            cut,
            [],
            "{name}: what went with a deletion does not come back"
        );

        // It goes on from there.
        record(
            &store,
            vec![Event::UserDeleted {
                user: admin,
                at: nine().plus(Length::hours(1)).unwrap(),
            }],
        );
        let left = read(&store, move |tx| {
            tx.has_directory_role(admin, DirectoryRole::GlobalAdministrator)
        });
        assert!(!left, "{name}");
    }
}

/// The last version in which packages were found by their documents alone.
const OF_DOCUMENTS: i64 = 10;

/// T-05: what was in packages before their roles and approvers had tables of their own is found by them after.
#[test]
fn packages_of_before_their_roles_had_a_table_are_found_by_what_they_give() {
    for engine in testing::engines() {
        let place = engine.place();
        place.at_version(OF_DOCUMENTS);
        let now = nine();
        let uuid = |number| id(number).to_string();
        let package = format!(
            r#"{{"id":"{}","catalog":"{}","displayName":"Admins","description":null,"hidden":"off","roles":[{{"resource":"{}","group":"{}","role":"eligibleMember","createdAt":"{now}"}}],"incompatiblePackages":[],"incompatibleGroups":[],"createdAt":"{now}","modifiedAt":"{now}"}}"#,
            uuid(41),
            uuid(40),
            uuid(42),
            uuid(10),
        );
        let read_back: Package = serde_json::from_str(&package).unwrap();
        assert_eq!(
            serde_json::to_string(&read_back).unwrap(),
            package,
            "as it was written, so it is"
        );
        let policy = format!(
            r#"{{"id":"{}","package":"{}","targets":[{{"groupMembers":{{"id":"{}","description":null}}}}],"approval":{{"stages":[{{"primary":[{{"groupMembers":{{"id":"{}","description":null}}}}]}}]}}}}"#,
            uuid(43),
            uuid(41),
            uuid(11),
            uuid(9),
        );
        let request = |outcome: &str| {
            format!(r#"{{"id":"x","action":"adminAdd","justification":null,"outcome":{outcome}}}"#)
        };
        let done = request(&format!(
            r#"{{"done":{{"startsAt":"{now}","at":"{now}","delivered":"whole"}}}}"#
        ));
        let denied = request(&format!(r#"{{"denied":{{"at":"{now}"}}}}"#));
        let at = now.micros();
        let tenant = serde_json::to_string(&World::default().tenant()).unwrap();
        let mut seed = format!("INSERT INTO tenant VALUES (1, '{tenant}');");
        for (number, assignable) in [(9, 0), (10, 1), (11, 0)] {
            seed += &format!(
                "INSERT INTO groups (id, display_name, display_name_key, mail_nickname_key, mail_enabled,
                     security_enabled, role_assignable, synchronised, is_unified, is_dynamic, visibility_key,
                     created_at, managed_since, document)
                 VALUES ({{{number}}}, 'g', 'g', 'g{number}', 0, 1, {assignable}, 0, 0, 0, 'private', {at}, {at}, '{{}}');"
            );
        }
        seed += &format!(
            "INSERT INTO catalog_resources (id, catalog_id, object_id, document) VALUES ({{42}}, {{40}}, {{10}}, '{{}}');
             INSERT INTO access_packages (id, catalog_id, document) VALUES ({{41}}, {{40}}, '{package}');
             INSERT INTO package_policies (id, package_id, document) VALUES ({{43}}, {{41}}, '{policy}');
             INSERT INTO package_requests (id, package_id, target_id, created_at, document)
             VALUES ({{51}}, {{41}}, {{2}}, {at}, '{done}'), ({{52}}, {{41}}, {{2}}, {at}, '{denied}');"
        );
        place.tamper(&sql(&engine, &seed));
        let store = Store::open(&place.options(clock())).unwrap();
        let (approvers, guarded, askers) = (9, 10, 11);
        let group = |number| ephor_core::id::GroupId::from_uuid(id(number));
        let found = read(&store, move |tx| {
            let count = |state: &str| -> Result<_, ephor_store::StoreError> {
                let query = Query {
                    filter: Some(Predicate::Compare(
                        PackageRequestField::State,
                        Comparison::Eq,
                        Literal::Text(state.into()),
                    )),
                    top: 1,
                    count: true,
                    ..Query::default()
                };
                let all = PackageRows::Seen {
                    catalogs: None,
                    own: None,
                };
                let counted = Query { skip: 9, ..query };
                Ok(tx.list_package_requests(&all, now, &counted)?.count)
            };
            Ok((
                tx.protected_approved_by(group(approvers))?,
                tx.protected_approved_by(group(askers))?,
                count("delivered")?,
                count("denied")?,
                count("pendingApproval")?,
            ))
        });
        let wanted = vec![ObjectId::Group(group(guarded))];
        assert_eq!(
            found,
            (wanted, Vec::new(), Some(1), Some(1), Some(0)),
            "{}",
            engine.name()
        );
    }
}

/// What stands in the audit log is hashed as it was written: it must be read, and found, as it is.
#[test]
fn events_of_before_directory_roles_are_read() {
    let group = "7f105c7d-2dc5-4532-97cd-4e7ae6534c07";
    let (ada, grant) = (
        "491718de-357e-4da8-8b43-5c8e74616796",
        "3c821fbf-5910-4163-a7ff-0d388687ffb2",
    );
    let rules = serde_json::to_value(Rules::default()).unwrap();
    let schedule = format!("{group}_member_{grant}");
    let texts = [
        serde_json::json!({"event": "policyChanged", "group": group, "access": "owner", "version": 2,
            "at": "2026-03-02T08:00:00Z", "before": rules, "after": rules}),
        serde_json::json!({"event": "scheduleLapsed", "id": schedule, "kind": "active",
            "principal": {"id": ada, "kind": "user"}, "endedAt": "2026-03-02T08:00:00Z"}),
        serde_json::json!({"event": "requestLapsed", "request": grant, "group": group, "principal": ada,
            "at": "2026-03-02T08:00:00Z"}),
        serde_json::json!({"event": "attemptRefused", "attempt": {"operation": "group.delete", "group": group,
            "principal": ada}, "refusal": {"code": "denied", "sentence": "no"}}),
    ];
    for text in texts {
        let event: Event = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(
            event.group().map(|id| id.to_string()).as_deref(),
            Some(group),
            "{text}"
        );
        assert_eq!(event.definition(), None, "{text}");
        assert_eq!(text["event"], event.name());
    }
}

/// T-44: a name that was made before names had skeletons can't be imitated after.
#[test]
fn t44_names_from_before_have_their_skeletons_once_the_store_is_opened() {
    for engine in testing::engines() {
        let place = engine.place();
        place.at_version(10);
        let mut world = World::default();
        let (admin, group) = (world.user("Admin"), world.group("Corner"));
        let json = |value: serde_json::Value| value.to_string().replace('\'', "''");
        let (admin_id, group_id) = (admin.id.uuid().as_u128(), group.id.uuid().as_u128());
        let bytes = |id: u128| match engine {
            Engine::Sqlite => format!("x'{id:032x}'"),
            Engine::Postgres { .. } => format!("'\\x{id:032x}'::BYTEA"),
        };
        place.tamper(&format!(
            "INSERT INTO tenant VALUES (1, '{}');
             INSERT INTO users (id, display_name, display_name_key, user_principal_name,
                 user_principal_name_key, account_enabled, user_type_key, created_at, document)
             VALUES ({}, 'n', 'n', '{}', '{}', 1, 'member', 0, '{}');
             INSERT INTO groups (id, display_name, display_name_key, mail_nickname_key, mail_enabled,
                 security_enabled, role_assignable, synchronised, is_unified, is_dynamic, visibility_key,
                 created_at, document)
             VALUES ({}, 'n', 'n', 'corner', 1, 1, 0, 0, 1, 0, 'public', 0, '{}');",
            json(serde_json::to_value(world.tenant()).unwrap()),
            bytes(admin_id),
            admin.user_principal_name,
            admin.user_principal_name.key(),
            json(serde_json::to_value(&admin).unwrap()),
            bytes(group_id),
            json(serde_json::to_value(&group).unwrap()),
        ));
        for _ in 0..2 {
            let store = Store::open(&place.options(clock())).unwrap();
            let name = admin.user_principal_name.as_str().replace('m', "rn");
            assert_ne!(name, admin.user_principal_name.as_str());
            let name: UserPrincipalName = name.parse().unwrap();
            let own = admin.id;
            let (like, own, group) = read(&store, move |tx| {
                Ok((
                    tx.user_like(&name, None)?,
                    tx.user_like(&name, Some(own))?,
                    tx.group_like(&MailNickname::new("comer").unwrap(), None)?,
                ))
            });
            assert_eq!(
                like.map(|user| user.id),
                Some(admin.id),
                "{}",
                engine.name()
            );
            assert_eq!(own, None, "one does not look like somebody else to oneself");
            assert!(group.is_some(), "{}", engine.name());
        }
    }
}
