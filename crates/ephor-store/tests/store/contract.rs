//! What both engines promise alike: what is recorded is read back.

use ephor_core::authority::Ground;
use ephor_core::caller::{Actor, Caller, Factor};
use ephor_core::directory_role::DirectoryRole;
use ephor_core::event::Event;
use ephor_core::group::Access;
use ephor_core::id::{IdSource, TokenId};
use ephor_core::policy::{Policy, Rules};
use ephor_core::principal::AccountState;
use ephor_core::query::{Query, ScheduleView, Scope};
use ephor_core::request::RequestStatus;
use ephor_core::role::{Role, RoleKind};
use ephor_core::schedule::{GrantOrigin, ScheduleKind};
use ephor_core::time::{Length, Span};
use ephor_store::{AuditQuery, Remembered, SigningKey, StoreError, Verification, testing};

use crate::world::{
    Fail, World, clock, created, ended, granted, group_ref, hours, made, nine, read, record,
    shifted, try_record, user_ref, write,
};

#[test]
fn r_e5_access_is_there_from_its_start_and_gone_at_its_end() {
    for engine in testing::engines() {
        let clock = clock();
        let store = engine.store(clock.clone());
        let mut world = World::default();
        let (ada, admins) = (world.user("Ada"), world.group("Admins"));
        let (start, end) = (
            nine().plus(hours(1)).unwrap(),
            nine().plus(hours(3)).unwrap(),
        );
        let schedule = world.schedule(
            ScheduleKind::Active,
            admins.id,
            Access::Member,
            user_ref(ada.id),
            Span::new(start, Some(end)),
        );
        record(
            &store,
            vec![
                world.tenant_made(),
                created(&ada),
                made(&admins),
                granted(&schedule),
            ],
        );
        for (now, has) in [
            (nine(), false),
            (shifted(start, -1), false),
            (start, true),
            (shifted(start, 1), true),
            (shifted(end, -1), true),
            (end, false),
            (shifted(end, 1), false),
        ] {
            clock.set(now);
            let (group, user) = (admins.id, ada.id);
            let held = read(&store, move |tx| tx.holds(group, Access::Member, user));
            assert_eq!(held, has, "{} at {now}", engine.name());
        }
        let found = store.verify_audit().wait().unwrap();
        assert!(
            matches!(found, Verification::Sound { entries: 4, .. }),
            "{found:?}"
        );
    }
}

#[test]
fn the_directory_is_read_back_as_it_was_recorded() {
    for engine in testing::engines() {
        let store = engine.store(clock());
        let mut world = World::default();
        let tenant = world.tenant();
        let (ada, mut bo) = (world.user("Ada"), world.user("Bo Rémi"));
        bo.account = AccountState::Disabled;
        bo.mail = Some(ephor_core::text::ShortText::new("bo@contoso.example").unwrap());
        let admins = world.group("Admins");
        record(
            &store,
            vec![
                Event::TenantMade {
                    tenant: tenant.clone(),
                },
                created(&ada),
                created(&bo),
                made(&admins),
                Event::GroupManaged {
                    group: admins.id,
                    at: nine(),
                },
                Event::DirectoryRoleAssigned {
                    principal: ada.id,
                    role: DirectoryRole::GlobalAdministrator,
                    at: nine(),
                },
            ],
        );
        let (ada_id, bo_id, admins_id) = (ada.id, bo.id, admins.id);
        read(&store, move |tx| {
            assert_eq!(tx.tenant()?, Some(tenant));
            assert_eq!(tx.user(ada_id)?, Some(ada.clone()));
            let shouted = ada
                .user_principal_name
                .as_str()
                .to_uppercase()
                .parse()
                .unwrap();
            assert_eq!(tx.user_by_name(&shouted)?, Some(ada));
            let group = tx.group(admins_id)?.unwrap();
            assert_eq!(group.managed_since, Some(nine()));
            let principal = tx.principal(bo_id)?.unwrap();
            assert_eq!(principal.reference, user_ref(bo_id));
            assert_eq!(principal.account, AccountState::Disabled);
            assert_eq!(principal.mail.as_deref(), Some("bo@contoso.example"));
            assert_eq!(principal.display_name.as_str(), "Bo Rémi");
            let principal = tx.principal(admins_id.into())?.unwrap();
            assert_eq!(principal.reference, group_ref(admins_id));
            assert_eq!(principal.user_principal_name, None);
            let all = tx.principals(&[admins_id.into(), ada_id, bo_id])?;
            assert_eq!(all.len(), 3);
            assert_eq!(tx.groups(&[admins_id])?.len(), 1);
            assert!(tx.principals(&[])?.is_empty() && tx.groups(&[])?.is_empty());
            assert!(tx.has_directory_role(ada_id, DirectoryRole::GlobalAdministrator)?);
            assert!(!tx.has_directory_role(bo_id, DirectoryRole::GlobalAdministrator)?);
            Ok(())
        });
    }
}

#[test]
fn a_caller_stands_on_what_is_true_now() {
    for engine in testing::engines() {
        let clock = clock();
        let store = engine.store(clock.clone());
        let mut world = World::default();
        let (ada, mut off) = (world.user("Ada"), world.user("Off"));
        off.account = AccountState::Disabled;
        let admins = world.group("Admins");
        let noon = nine().plus(hours(3)).unwrap();
        let ownership = world.schedule(
            ScheduleKind::Active,
            admins.id,
            Access::Owner,
            user_ref(ada.id),
            Span::new(nine(), Some(noon)),
        );
        record(
            &store,
            vec![
                created(&ada),
                created(&off),
                made(&admins),
                granted(&ownership),
            ],
        );
        let (ada_id, off_id, group) = (ada.id, off.id, admins.id);
        let grounds = move |caller: Caller| {
            read(&store, move |tx| {
                let standing = tx.standing(&caller, None, Some(group), Some(ada_id), None)?;
                Ok(Ground::all()
                    .filter(|g| standing.has(*g))
                    .collect::<Vec<_>>())
            })
        };
        assert_eq!(
            grounds(Caller::person(ada_id)),
            [Ground::ActiveOwner, Ground::Oneself, Ground::Anyone]
        );
        assert_eq!(grounds(Caller::person(off_id)), []);
        assert_eq!(grounds(Caller::operator()), [Ground::Operator]);
        assert_eq!(grounds(Caller::system()), []);
        clock.set(noon);
        assert_eq!(
            grounds(Caller::person(ada_id)),
            [Ground::Oneself, Ground::Anyone]
        );
    }
}

#[test]
fn r_d8_schedules_and_requests_are_read_back_and_an_end_takes_only_its_own() {
    for engine in testing::engines() {
        let clock = clock();
        let store = engine.store(clock.clone());
        let mut world = World::default();
        let (ada, admins) = (world.user("Ada"), world.group("Admins"));
        let noon = nine().plus(hours(3)).unwrap();
        let mut grant = |kind| {
            world.schedule(
                kind,
                admins.id,
                Access::Member,
                user_ref(ada.id),
                Span::new(nine(), Some(noon)),
            )
        };
        let eligible = grant(ScheduleKind::Eligible);
        let assigned = grant(ScheduleKind::Active);
        let mut activated = grant(ScheduleKind::Active);
        activated.origin = GrantOrigin::Activated { using: eligible.id };
        record(
            &store,
            vec![
                created(&ada),
                made(&admins),
                granted(&eligible),
                granted(&assigned),
                granted(&activated),
            ],
        );
        let (user, group) = (ada.id, admins.id);
        let all = vec![eligible.clone(), assigned.clone(), activated.clone()];
        let found = read(&store, move |tx| {
            tx.role_schedules(Role::of(group, Access::Member), user)
        });
        assert_eq!(found, all);
        let id = activated.created_using.unwrap();
        let request = read(&store, move |tx| tx.request(id)).unwrap();
        let Event::ScheduleGranted {
            request: Some(recorded),
            ..
        } = granted(&activated)
        else {
            unreachable!("a grant was made");
        };
        assert_eq!(request, *recorded);

        let ten = nine().plus(hours(1)).unwrap();
        clock.set(ten);
        record(&store, vec![ended(&activated, ten)]);
        let gone = activated.id;
        read(&store, move |tx| {
            assert!(
                tx.holds(group, Access::Member, user)?,
                "the assignment still gives it"
            );
            assert_eq!(tx.schedule(ScheduleKind::Active, gone)?, None);
            let ended = tx.ended_schedules(user, ten)?;
            assert_eq!(ended.len(), 1);
            assert_eq!(ended[0].span, Span::new(nine(), Some(ten)));
            assert!(tx.request(id)?.is_some(), "history stays");
            Ok(())
        });
        assert!(
            try_record(
                &store,
                vec![ended(&world.membership(group, user_ref(user)), ten)]
            )
            .is_err()
        );
    }
}

#[test]
fn what_is_ahead_and_taken_away_never_comes() {
    for engine in testing::engines() {
        let clock = clock();
        let store = engine.store(clock.clone());
        let mut world = World::default();
        let (ada, admins) = (world.user("Ada"), world.group("Admins"));
        let noon = nine().plus(hours(3)).unwrap();
        let ahead = world.schedule(
            ScheduleKind::Active,
            admins.id,
            Access::Member,
            user_ref(ada.id),
            Span::new(noon, None),
        );
        record(&store, vec![created(&ada), made(&admins), granted(&ahead)]);
        record(&store, vec![ended(&ahead, shifted(nine(), 1))]);
        let (user, group, id) = (ada.id, admins.id, ahead.id);
        for now in [nine(), shifted(nine(), 1), noon, shifted(noon, 1)] {
            clock.set(now);
            read(&store, move |tx| {
                assert!(!tx.holds(group, Access::Member, user)?);
                assert!(
                    tx.role_schedules(Role::of(group, Access::Member), user)?
                        .is_empty()
                );
                assert_eq!(tx.schedule(ScheduleKind::Active, id)?, None);
                assert_eq!(tx.next_end()?, None);
                Ok(())
            });
        }
    }
}

#[test]
fn r_b4_with_a_user_or_a_group_goes_all_that_it_had_and_gave() {
    for engine in testing::engines() {
        let clock = clock();
        let store = engine.store(clock.clone());
        let mut world = World::default();
        let (ada, bo) = (world.user("Ada"), world.user("Bo"));
        let (outer, inner, other) = (
            world.group("Outer"),
            world.group("Inner"),
            world.group("Other"),
        );
        let ada_inner = world.membership(inner.id, user_ref(ada.id));
        let inner_outer = world.membership(outer.id, group_ref(inner.id));
        let bo_outer = world.membership(outer.id, user_ref(bo.id));
        let bo_other = world.membership(other.id, user_ref(bo.id));
        record(
            &store,
            vec![
                created(&ada),
                created(&bo),
                made(&outer),
                made(&inner),
                made(&other),
                granted(&ada_inner),
                granted(&inner_outer),
                granted(&bo_outer),
                granted(&bo_other),
            ],
        );
        let ten = nine().plus(hours(1)).unwrap();
        clock.set(ten);
        record(
            &store,
            vec![Event::GroupDeleted {
                group: inner.id,
                at: ten,
            }],
        );
        let (ada_id, bo_id, outer_id, inner_id, other_id) =
            (ada.id, bo.id, outer.id, inner.id, other.id);
        read(&store, move |tx| {
            assert_eq!(tx.group(inner_id)?, None);
            assert!(!tx.holds(inner_id, Access::Member, ada_id)?);
            assert!(!tx.holds(outer_id, Access::Member, inner_id.into())?);
            assert!(tx.holds(outer_id, Access::Member, bo_id)?);
            Ok(())
        });
        write(&store, move |tx| {
            Ok(tx.keep_password_hash(bo_id, "$argon2id$x")?)
        })
        .unwrap();
        record(
            &store,
            vec![Event::UserDeleted {
                user: bo_id,
                at: ten,
            }],
        );
        read(&store, move |tx| {
            assert_eq!(tx.user(bo_id)?, None);
            assert_eq!(tx.principal(bo_id)?, None);
            assert_eq!(tx.password_hash(bo_id)?, None);
            assert!(!tx.holds(other_id, Access::Member, bo_id)?);
            assert_eq!(
                tx.holders_as_of(other_id, Access::Member, nine())?,
                [user_ref(bo_id)]
            );
            Ok(())
        });
        // The name is free again.
        let mut heir = world.user("Bo");
        heir.id = ephor_core::id::PrincipalId::from_uuid(world.guid());
        record(&store, vec![created(&heir)]);
        let name = heir.user_principal_name.clone();
        assert_eq!(
            read(&store, move |tx| tx.user_by_name(&name)).map(|user| user.id),
            Some(heir.id)
        );
    }
}

#[test]
fn r_c1_a_policy_is_the_default_until_it_is_changed_and_then_what_was_said_last() {
    for engine in testing::engines() {
        let store = engine.store(clock());
        let mut world = World::default();
        let admins = world.group("Admins");
        let group = admins.id;
        let changed = |version, before: &Rules, after: &Rules| Event::PolicyChanged {
            role: Role::of(group, Access::Member),
            version,
            at: nine(),
            before: Box::new(before.clone()),
            after: Box::new(after.clone()),
        };
        let first = Rules::default();
        let mut second = first.clone();
        second.activation.enablement = ephor_core::policy::EnablementRule::of([]);
        record(&store, vec![made(&admins), changed(2, &first, &second)]);
        record(
            &store,
            vec![changed(3, &second, &first), changed(4, &first, &second)],
        );
        read(&store, move |tx| {
            let policy = tx.policy(Role::of(group, Access::Member))?;
            assert_eq!((policy.version, &policy.rules), (4, &second));
            let modified = policy.modified.unwrap();
            assert_eq!((modified.at, modified.by), (nine(), Actor::Operator));
            assert_eq!(
                tx.policy(Role::of(group, Access::Owner))?,
                Policy::default_of(Role::of(group, Access::Owner))
            );
            Ok(())
        });
    }
}

#[test]
fn what_the_clock_ended_is_noted_once_and_changes_no_answer() {
    for engine in testing::engines() {
        let clock = clock();
        let store = engine.store(clock.clone());
        let mut world = World::default();
        let (ada, admins) = (world.user("Ada"), world.group("Admins"));
        let end = nine().plus(hours(1)).unwrap();
        let short = world.schedule(
            ScheduleKind::Active,
            admins.id,
            Access::Member,
            user_ref(ada.id),
            Span::new(nine(), Some(end)),
        );
        let long = world.membership(admins.id, user_ref(ada.id));
        record(
            &store,
            vec![
                created(&ada),
                made(&admins),
                granted(&short),
                granted(&long),
            ],
        );
        read(&store, move |tx| {
            assert_eq!(tx.next_end()?, Some(end));
            assert!(tx.unlapsed(10)?.is_empty());
            Ok(())
        });
        clock.set(end);
        let unlapsed = read(&store, |tx| tx.unlapsed(10));
        assert_eq!(unlapsed, std::slice::from_ref(&short));
        record(
            &store,
            vec![Event::ScheduleLapsed {
                id: short.id,
                kind: short.kind,
                principal: short.principal,
                ended_at: end,
            }],
        );
        let user = ada.id;
        read(&store, move |tx| {
            assert!(tx.unlapsed(10)?.is_empty());
            assert_eq!(tx.next_end()?, None);
            assert_eq!(tx.ended_schedules(user, end)?, [short]);
            Ok(())
        });
    }
}

#[test]
fn a_requests_status_and_a_schedules_view_follow_the_clock() {
    for engine in testing::engines() {
        let clock = clock();
        let store = engine.store(clock.clone());
        let mut world = World::default();
        let (ada, admins) = (world.user("Ada"), world.group("Admins"));
        let start = nine().plus(hours(1)).unwrap();
        let schedule = world.schedule(
            ScheduleKind::Active,
            admins.id,
            Access::Member,
            user_ref(ada.id),
            Span::new(start, Some(start.plus(hours(1)).unwrap())),
        );
        record(
            &store,
            vec![created(&ada), made(&admins), granted(&schedule)],
        );
        for (now, status, schedules, instances) in [
            (nine(), RequestStatus::Granted, 1, 0),
            (shifted(start, -1), RequestStatus::Granted, 1, 0),
            (start, RequestStatus::Provisioned, 1, 1),
            (
                start.plus(hours(1)).unwrap(),
                RequestStatus::Provisioned,
                0,
                0,
            ),
        ] {
            clock.set(now);
            let group = admins.id;
            let request = schedule.created_using.unwrap();
            read(&store, move |tx| {
                let request = tx.request(request)?.unwrap();
                assert_eq!(request.status(tx.now()), status);
                for (view, count) in [
                    (ScheduleView::Schedules, schedules),
                    (ScheduleView::Instances, instances),
                ] {
                    let page = tx.list_schedules(
                        ScheduleKind::Active,
                        view,
                        RoleKind::Group,
                        Scope::Group(group),
                        &Query::default(),
                    )?;
                    assert_eq!(page.rows.len(), count, "{view:?} at {now}");
                }
                Ok(())
            });
        }
    }
}

#[test]
fn only_notices_go_out_and_each_until_it_is_settled() {
    for engine in testing::engines() {
        let clock = clock();
        let store = engine.store(clock.clone());
        let mut world = World::default();
        let (ada, admins) = (world.user("Ada"), world.group("Admins"));
        let grant = world.membership(admins.id, user_ref(ada.id));
        record(&store, vec![created(&ada), made(&admins), granted(&grant)]);
        let lease = || {
            write(&store, |tx| {
                let until = tx.now().plus(Length::seconds(30)).unwrap();
                Ok(tx.lease_outbox(10, until)?)
            })
            .unwrap()
        };
        let first = lease();
        assert_eq!(first.len(), 1, "making users and groups is no notice");
        assert_eq!((first[0].sequence, first[0].attempts), (3, 1));
        assert_eq!(first[0].event, granted(&grant));
        assert!(lease().is_empty(), "it is held");
        clock.advance(Length::seconds(30));
        let second = lease();
        assert_eq!(second[0].attempts, 2);
        let id = second[0].id;
        let later = nine().plus(hours(1)).unwrap();
        write(&store, move |tx| {
            Ok(tx.postpone_outbox(id, later, "no route")?)
        })
        .unwrap();
        clock.advance(Length::minutes(10));
        assert!(lease().is_empty());
        clock.set(later);
        assert_eq!(lease().len(), 1);
        write(&store, move |tx| Ok(tx.settle_outbox(id)?)).unwrap();
        clock.advance(hours(5));
        assert!(lease().is_empty());
    }
}

#[test]
fn secrets_are_kept_and_stay_out_of_the_log() {
    for engine in testing::engines() {
        let store = engine.store(clock());
        let mut world = World::default();
        let ada = world.user("Ada");
        let user = ada.id;
        record(&store, vec![created(&ada)]);
        write(&store, move |tx| {
            for (id, created_at) in [("old", nine()), ("new", shifted(nine(), 1))] {
                tx.keep_signing_key(&SigningKey {
                    id: id.into(),
                    private: vec![1, 2, 3],
                    public: vec![4],
                    created_at,
                })?;
            }
            tx.keep_password_hash(user, "$argon2id$first")?;
            Ok(tx.keep_password_hash(user, "$argon2id$second")?)
        })
        .unwrap();
        read(&store, move |tx| {
            let keys: Vec<_> = tx.signing_keys()?.into_iter().map(|key| key.id).collect();
            assert_eq!(keys, ["new", "old"]);
            assert_eq!(tx.password_hash(user)?.as_deref(), Some("$argon2id$second"));
            let log = tx.list_audit(&AuditQuery {
                limit: 100,
                ..AuditQuery::default()
            })?;
            assert_eq!(log.len(), 1);
            Ok(())
        });
    }
}

#[test]
fn every_event_without_rows_of_its_own_is_kept_in_the_log() {
    for engine in testing::engines() {
        let store = engine.store(clock());
        let mut world = World::default();
        let ada = world.user("Ada");
        let token = Event::TokenIssued {
            user: ada.id,
            token: TokenId::from_uuid(world.ids.fresh()),
            factor: Factor::Multi,
            lifetime: hours(1),
        };
        let moved = Event::ClockMoved { by: hours(2) };
        record(&store, vec![created(&ada), token.clone(), moved.clone()]);
        let user = ada.id;
        read(&store, move |tx| {
            let about = |query| tx.list_audit(&AuditQuery { limit: 10, ..query });
            let events = |entries: Vec<ephor_store::AuditEntry>| {
                entries
                    .into_iter()
                    .map(|entry| entry.event)
                    .collect::<Vec<_>>()
            };
            assert_eq!(
                events(about(AuditQuery::default())?)[..2],
                [moved, token.clone()]
            );
            let hers = events(about(AuditQuery {
                principal: Some(user),
                ..AuditQuery::default()
            })?);
            assert_eq!((hers.len(), &hers[0]), (2, &token));
            let older = about(AuditQuery {
                before: Some(2),
                ..AuditQuery::default()
            })?;
            assert_eq!(older.len(), 1);
            let none = about(AuditQuery {
                to: Some(nine()),
                ..AuditQuery::default()
            })?;
            assert!(none.is_empty());
            Ok(())
        });
    }
}

#[test]
fn one_row_is_of_one_role_or_it_is_refused() {
    let store = testing::Engine::Sqlite.store(clock());
    let mut world = World::default();
    let (ada, admins, other) = (
        world.user("Ada"),
        world.group("Admins"),
        world.group("Other"),
    );
    let eligible = world.membership(other.id, user_ref(ada.id));
    let mut activated = world.membership(admins.id, user_ref(ada.id));
    activated.origin = GrantOrigin::Activated { using: eligible.id };
    let fault = try_record(&store, vec![granted(&activated)])
        .unwrap_err()
        .store();
    assert!(matches!(fault, StoreError::Damaged(_)), "{fault}");
    let health = store.health().wait().unwrap();
    assert_eq!(health.audit_entries, 0, "nothing of it stays");
    assert!(health.engine.starts_with("SQLite 3."), "{}", health.engine);
    assert!(health.schema >= 1);
}

/// F-19: an answer comes again for the same request, goes with its transaction, and is forgotten in time.
#[test]
fn f19_an_answer_is_kept_with_its_effect_and_for_a_while() {
    for engine in testing::engines() {
        let clock = clock();
        let store = engine.store(clock.clone());
        let ask = |request: [u8; 32]| {
            store
                .write("ask", Caller::operator(), move |tx| {
                    tx.remembered("ada", "key", &request).map_err(Fail::from)
                })
                .wait()
                .unwrap()
        };
        let keep = |fails: bool| {
            store
                .write::<(), Fail, _>("keep", Caller::operator(), move |tx| {
                    let until = tx.now().plus(Length::hours(24)).unwrap();
                    tx.remember("ada", "key", &[1; 32], "first", until)?;
                    if fails {
                        Err(Fail::from(StoreError::Busy))
                    } else {
                        Ok(())
                    }
                })
                .wait()
        };
        assert!(keep(true).is_err());
        assert_eq!(ask([1; 32]), None);
        keep(false).unwrap();
        assert_eq!(ask([1; 32]), Some(Remembered::Same("first".into())));
        assert_eq!(ask([2; 32]), Some(Remembered::Other));
        clock.advance(Length::hours(24));
        assert_eq!(ask([1; 32]), None);
    }
}
