/** Time left, drawn each second from the server's clock. */
import { Tooltip } from '@fluentui/react-components';
import { memo, type ReactNode } from 'react';
import { t } from '../i18n';
import { useMinute, useNow } from '../time/clock';
import { HOUR, MINUTE } from '../time/duration';
import { full, length, millis, point, spokenLength, type When } from '../time/format';

/** The last quarter of an hour of an activation is soon, but never more than its last quarter. */
export function isSoon(start: number, end: number, now: number): boolean {
  return end - now <= Math.min(15 * MINUTE, (end - start) / 4);
}

/** An instant in short words; the whole of it where one looks closely. */
export const At = memo(function At({ when, as }: { when: When; as?: (when: When, now: number) => string }) {
  const now = useMinute();
  return (
    <Tooltip content={full(when)} relationship="description">
      <time dateTime={new Date(millis(when)).toISOString()} className="num">
        {(as ?? point)(when, now)}
      </time>
    </Tooltip>
  );
});

/** What is left until `end`, in words; seconds when it is soon over. */
export function TimeLeft({ start, end }: { start: When; end: When }) {
  const now = useNow();
  const left = millis(end) - now;
  const soon = isSoon(millis(start), millis(end), now);
  return (
    <span role="timer" aria-live="off" aria-label={t('time.left', { length: spokenLength(left) })} className={soon ? 'left soon' : 'left'}>
      {left <= 0 ? t('time.over') : length(left, left < HOUR)}
    </span>
  );
}

const R = 20.5;
const AROUND = 2 * Math.PI * R;

/** The part of the time that is left, beside the words for it. */
export function TimeRing({ start, end, size = 44, children }: { start: When; end: When | null | undefined; size?: number; children?: ReactNode }) {
  const now = useNow();
  const [from, to] = [millis(start), end === null || end === undefined ? undefined : millis(end)];
  const part = to === undefined ? 1 : Math.max(0, Math.min(1, (to - now) / Math.max(1, to - from)));
  const state = to !== undefined && to <= now ? 'idle' : to !== undefined && isSoon(from, to, now) ? 'soon' : 'live';
  const thin = size > 60 ? { strokeWidth: 2.6 } : undefined;
  return (
    <span className={`ring ${state}`} style={{ width: size, height: size }}>
      <svg className="arc" viewBox="0 0 44 44" aria-hidden>
        <circle className="track" cx="22" cy="22" r={R} style={thin} />
        <circle className="part" cx="22" cy="22" r={R} style={thin} strokeDasharray={`${part * AROUND} ${AROUND}`} strokeLinecap="round" />
      </svg>
      {children}
    </span>
  );
}
