/** Says when an access of the person's is soon over and when it is, and reads again at that second. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { client, myRoles } from '../api/queries';
import { t } from '../i18n';
import { announce } from '../parts/announce';
import { useNow } from '../time/clock';
import { MINUTE } from '../time/duration';

const MARKS = [15, 5, 1];

/** Nothing to see: it listens to the clock. */
export function Endings() {
  const now = useNow();
  const before = useRef(now);
  const roles = useQuery(myRoles()).data;
  useEffect(() => {
    const was = before.current;
    before.current = now;
    // A clock that was moved says nothing of what it passed over.
    if (roles === undefined || now <= was) return;
    for (const role of roles.active) {
      if (role.endDateTime === null) continue;
      const end = Date.parse(role.endDateTime);
      const name = role.groupDisplayName ?? '';
      if (was < end && end <= now) {
        announce(t('say.ended', { name }));
        setTimeout(() => void client.invalidateQueries({ queryKey: ['my-roles'] }), 300);
      } else if (now - was < 5_000) {
        for (const minutes of MARKS) {
          const mark = end - minutes * MINUTE;
          if (was < mark && mark <= now) announce(t('say.endsIn', { name, count: minutes }));
        }
      }
    }
    for (const role of [...roles.eligible, ...roles.active]) {
      const start = Date.parse(role.startDateTime);
      if (was < start && start <= now) void client.invalidateQueries({ queryKey: ['my-roles'] });
    }
  }, [now, roles]);
  return null;
}
