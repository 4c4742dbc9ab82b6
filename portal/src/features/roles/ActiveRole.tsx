/** One access that is mine now: what is left of it, and the way to end it. */
import './roles.css';
import { Button, Tooltip } from '@fluentui/react-components';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import type { Role } from '../../api/types';
import { t } from '../../i18n';
import { groupIcon } from '../../parts/marks';
import { Status } from '../../parts/status';
import { TimeLeft, TimeRing } from '../../parts/time';
import { useNow } from '../../time/clock';
import { MINUTE } from '../../time/duration';
import { millis, point, seconds, time } from '../../time/format';
import { accessName } from '../../words';
import { useActivate } from './MyRoles';
import { Named } from '../../parts/named';

const EndDialog = lazy(() => import('./EndDialog'));

/** The least that an access lasts, unless the tenant says otherwise (R-D3). */
const FLOOR = 5 * MINUTE;

export function ActiveRole({ role }: { role: Role }) {
  const now = useNow();
  const activate = useActivate();
  const [ending, setEnding] = useState(false);
  const again = useRef<HTMLButtonElement>(null);
  const end = useRef<HTMLButtonElement>(null);
  const name = role.groupDisplayName ?? role.groupId;
  const Icon = groupIcon(name);
  const over = role.endDateTime !== null && millis(role.endDateTime) <= now;
  const wasOver = useRef(over);
  useEffect(() => {
    // Whoever stood on "End now" stands on "Activate again" when the second comes.
    if (over && !wasOver.current && (document.activeElement === end.current || document.activeElement === document.body)) again.current?.focus();
    wasOver.current = over;
  }, [over]);
  const activated = role.assignmentType === 'activated';
  const from = millis(role.startDateTime) + FLOOR;
  const early = activated && !role.actions.includes('deactivate') && now < from;
  return (
    <li className="row active-role">
      <TimeRing start={role.startDateTime} end={role.endDateTime}>
        <Icon fontSize={20} aria-hidden />
      </TimeRing>
      <span className="row-words">
        <span className="row-title"><Named of={name} /></span>
        <br />
        {over ? (
          <Status is="ended">{t('status.endedAt', { when: seconds(role.endDateTime!) })}</Status>
        ) : (
          <span className="secondary">{`${accessName(role.accessId)} · ${t(`roles.kind.${role.assignmentType}`)}`}</span>
        )}
      </span>
      {over ? (
        <Button ref={again} onClick={() => activate([role])}>
          {t('roles.again')}
        </Button>
      ) : (
        <>
          <span className="active-left">
            {role.endDateTime === null ? (
              <Status is="standing">{t('status.activeNoEnd')}</Status>
            ) : (
              <>
                <TimeLeft start={role.startDateTime} end={role.endDateTime} />
                <br />
                <span className="secondary num">{t('roles.endsAt', { when: point(role.endDateTime, now) })}</span>
              </>
            )}
          </span>
          {activated ? (
            early ? (
              <Tooltip content={t('roles.endableFrom', { when: time(from) })} relationship="description">
                <Button ref={end} className="active-early" disabledFocusable>
                  {t('roles.end')}
                </Button>
              </Tooltip>
            ) : (
              <Button ref={end} onClick={() => setEnding(true)} aria-label={t('roles.endNamed', { name })}>
                {t('roles.end')}
              </Button>
            )
          ) : null}
        </>
      )}
      <Suspense>{ending ? <EndDialog role={role} onClose={() => setEnding(false)} /> : null}</Suspense>
    </li>
  );
}
