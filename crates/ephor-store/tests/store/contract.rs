//! What both engines promise alike: what is recorded is read back, and who has access is what the spans say.

use crate::world::{
    World, clock, created, granted, hours, made, nine, read, record, shifted, user_ref,
};
use ephor_core::event::Event;
use ephor_core::group::Access;
use ephor_core::time::Span;
use ephor_store::{Verification, testing};

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
            ephor_core::schedule::ScheduleKind::Active,
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
        let listed = read(&store, |tx| {
            tx.list_audit(&ephor_store::AuditQuery {
                limit: 10,
                ..Default::default()
            })
        });
        assert_eq!(listed.len(), 4);
        assert_eq!(listed[0].event, granted(&schedule));
        assert!(matches!(listed[3].event, Event::TenantMade { .. }));
    }
}
