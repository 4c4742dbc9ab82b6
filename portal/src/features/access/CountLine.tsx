/** How many had it over time, with a handle for each of the two compared instants. */
import { useRef, useState, type PointerEvent } from 'react';
import type { Role } from '../../api/types';
import { t } from '../../i18n';
import { DAY, HOUR } from '../../time/duration';
import { dayShort, full, millis, point } from '../../time/format';

/** From `at` on, `count` had it. */
export interface Point {
  at: number;
  count: number;
}

/** How many distinct principals had the role actively, from `from` to `to`. */
export function countsOf(roles: readonly Role[], from: number, to: number): Point[] {
  const steps = new Map<number, Map<string, number>>();
  const step = (at: number, who: string, by: number) => {
    const moment = steps.get(at) ?? new Map<string, number>();
    moment.set(who, (moment.get(who) ?? 0) + by);
    steps.set(at, moment);
  };
  for (const role of roles) {
    if (role.assignmentType === 'eligible') continue;
    const start = Math.max(from, millis(role.startDateTime));
    const end = role.endDateTime === null ? Infinity : millis(role.endDateTime);
    if (end <= start || start > to) continue;
    step(start, role.principalId, 1);
    if (end <= to) step(end, role.principalId, -1);
  }
  const open = new Map<string, number>();
  const points: Point[] = [{ at: from, count: 0 }];
  for (const at of [...steps.keys()].sort((one, other) => one - other)) {
    for (const [who, by] of steps.get(at)!) open.set(who, (open.get(who) ?? 0) + by);
    const count = [...open.values()].filter((one) => one > 0).length;
    if (at === from) points[0] = { at, count };
    else points.push({ at, count });
  }
  return points;
}

const W = 1120;
const H = 90;

export function CountLine({ points, from, to, now, then, and, onSearch }: { points: Point[]; from: number; to: number; now: number; then: number; and: number | undefined; onSearch: (change: { then?: string | undefined; and?: string | undefined }) => void }) {
  const [table, setTable] = useState(false);
  const [drag, setDrag] = useState<{ which: 'then' | 'and'; at: number }>();
  const svg = useRef<SVGSVGElement>(null);
  const most = Math.max(2, ...points.map((one) => one.count));
  const x = (when: number) => ((when - from) / (to - from)) * W;
  const y = (count: number) => H - (count / most) * (H - 14);
  let path = `M0 ${y(points[0]?.count ?? 0)}`;
  for (const one of points.slice(1)) path += `H${x(one.at)}V${y(one.count)}`;
  path += `H${x(Math.min(now, to))}`;
  const days = [];
  const stride = Math.max(1, Math.round((to - from) / DAY / 8)) * DAY;
  for (let day = from; day < to; day += stride) days.push(day);
  const at = (event: PointerEvent) => {
    const box = svg.current?.getBoundingClientRect();
    return box === undefined ? now : Math.max(from, Math.min(now, from + ((event.clientX - box.left) / box.width) * (to - from)));
  };
  const set = (which: 'then' | 'and', when: number) => onSearch({ [which]: which === 'and' && when >= now - 60_000 ? undefined : new Date(Math.max(from, Math.min(now, Math.round(when / 60_000) * 60_000))).toISOString() });
  const handle = (which: 'then' | 'and') => {
    const value = drag?.which === which ? drag.at : which === 'then' ? then : (and ?? now);
    const label = t(which === 'then' ? 'access.then' : and === undefined ? 'audit.nowTitle' : 'access.compare');
    const place = Math.max(0, Math.min(100, ((value - from) / (to - from)) * 100));
    return (
      <span
        key={which}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={from}
        aria-valuemax={now}
        aria-valuenow={value}
        aria-valuetext={point(value, now)}
        className="count-handle"
        style={{ insetInlineStart: `${place}%` }}
        onKeyDown={(event) => {
          const by = { ArrowLeft: -HOUR, ArrowRight: HOUR, PageDown: -DAY, PageUp: DAY }[event.key];
          if (by !== undefined) set(which, value + by);
          else if (event.key === 'Home') set(which, from);
          else if (event.key === 'End') set(which, now);
          else return;
          event.preventDefault();
        }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ which, at: value });
        }}
        onPointerMove={(event) => drag?.which === which && setDrag({ which, at: at(event) })}
        onPointerUp={() => {
          if (drag?.which === which) set(which, drag.at);
          setDrag(undefined);
        }}
      >
        <span className="count-pill">{label}</span>
      </span>
    );
  };
  return (
    <figure className="count">
      {table ? (
        <div className="table-wrap" style={{ maxHeight: 220, overflowY: 'auto' }} tabIndex={0} role="region" aria-label={t('access.line')}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('table.from')}</th>
                <th scope="col" className="end">
                  {t('access.people')}
                </th>
              </tr>
            </thead>
            <tbody>
              {points.map((one) => (
                <tr key={one.at}>
                  <td className="num">{full(one.at)}</td>
                  <td className="end num">{one.count}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <div className="count-plot">
          <svg ref={svg} viewBox={`0 0 ${W} ${H}`} preserveAspectRatio="none" role="img" aria-label={t('access.lineFinding', { most: Math.max(0, ...points.map((one) => one.count)), now: points.at(-1)?.count ?? 0 })}>
            <line x1="0" x2={W} y1={y(most)} y2={y(most)} className="grid" />
            <path d={`${path}V${H}H0Z`} className="area" />
            <path d={path} className="edge" />
            <line x1="0" x2={W} y1={H} y2={H} className="base" />
          </svg>
          <span className="count-most caption num">{t('access.most', { count: most })}</span>
          {handle('then')}
          {handle('and')}
        </div>
      )}
      <div className="histogram-days caption" aria-hidden style={{ marginTop: 4 }}>
        {table
          ? null
          : days.map((day) => (
              <span key={day} style={{ position: 'absolute', insetInlineStart: `${((day - from) / (to - from)) * 100}%` }}>
                {dayShort(day)}
              </span>
            ))}
      </div>
      <button type="button" className="button-link count-table" onClick={() => setTable(!table)}>
        {t(table ? 'chart.asPicture' : 'chart.asTable')}
      </button>
    </figure>
  );
}
