/** Who has and had a role, over days: lanes of bars, walked by the arrow keys, or a table. */
import './gantt.css';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { t } from '../i18n';
import { DAY, HOUR } from '../time/duration';
import { dayShort, full, length, point, startOfDay, time } from '../time/format';
import { accessName } from '../words';
import { leading, type Bar, type Lane } from './lanes';
import { PrincipalMark } from './marks';
import { Status, type Standing } from './status';
import { Named } from './named';

const words: Record<Bar['kind'], Standing> = { now: 'active', ended: 'ended', standing: 'standing', asked: 'pending', scheduled: 'scheduled' };

function says(bar: Bar, now: number): string {
  switch (bar.kind) {
    case 'asked':
      return t('gantt.asked', { length: length((bar.end ?? now) - bar.start) });
    case 'scheduled':
      return t('gantt.scheduled', { when: point(bar.start, now) });
    case 'ended':
      return t('gantt.ended', { when: point(bar.end ?? now, now) });
    default:
      return bar.end === undefined ? t('time.noEnd') : t('time.until', { when: point(bar.end, now) });
  }
}

function sentence(name: string, bar: Bar, now: number): string {
  const from = point(bar.start, now);
  const to = bar.end === undefined ? t('time.noEnd') : point(bar.end, now);
  return `${name}, ${accessName(bar.access)}: ${t(`gantt.kind.${bar.kind}`)}, ${from} – ${to}`;
}

/** Bars of a lane at their places: `x` and `width` in parts of the window; nothing is thinner than can be seen. */
export function placed(bar: Bar, from: number, to: number): { left: number; width: number } {
  const left = Math.max(0, (bar.start - from) / (to - from));
  const right = Math.min(1, ((bar.end ?? Infinity) - from) / (to - from));
  return { left, width: Math.max(0, right - left) };
}

export function Gantt({ lanes, days, now, onOpen, table }: { lanes: Lane[]; days: 1 | 7 | 30; now: number; onOpen: (request: string) => void; table: boolean }) {
  const today = startOfDay(now);
  const from = today - (days - 1) * DAY;
  const to = today + DAY;
  const [at, setAt] = useState<readonly [number, number]>([0, 0]);
  const [tip, setTip] = useState<string>();
  const grid = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => lanes.map((lane) => ({ ...lane, bars: lane.bars.filter((bar) => (bar.end ?? Infinity) > from && bar.start < to) })), [lanes, from, to]);
  useEffect(() => {
    if (document.activeElement instanceof HTMLElement && grid.current?.contains(document.activeElement)) {
      grid.current.querySelector<HTMLElement>(`[data-at="${at[0]} ${at[1]}"]`)?.focus();
    }
  }, [at]);
  if (table) {
    return (
      <div className="table-wrap" tabIndex={0} role="region" aria-label={t('chart.asTable')}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t('table.who')}</th>
              <th scope="col">{t('table.as')}</th>
              <th scope="col">{t('table.status')}</th>
              <th scope="col">{t('table.from')}</th>
              <th scope="col">{t('table.until')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.flatMap((lane) =>
              lane.bars.map((bar) => (
                <tr key={bar.id}>
                  <td><Named of={lane.name} /></td>
                  <td>{accessName(bar.access)}</td>
                  <td>{t(`gantt.kind.${bar.kind}`)}</td>
                  <td className="num">{full(bar.start)}</td>
                  <td className="num">{bar.end === undefined ? t('time.noEnd') : full(bar.end)}</td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
    );
  }
  const walk = (event: KeyboardEvent, lane: number, bar: number) => {
    const step = (by: number): readonly [number, number] => {
      for (let next = lane + by; next >= 0 && next < shown.length; next += by) {
        const bars = shown[next]!.bars;
        if (bars.length > 0) return [next, Math.min(bar, bars.length - 1)];
      }
      return [lane, bar];
    };
    const bars = shown[lane]!.bars;
    if (event.key === 'ArrowRight') setAt([lane, Math.min(bar + 1, bars.length - 1)]);
    else if (event.key === 'ArrowLeft') setAt([lane, Math.max(bar - 1, 0)]);
    else if (event.key === 'ArrowDown') setAt(step(1));
    else if (event.key === 'ArrowUp') setAt(step(-1));
    else return;
    event.preventDefault();
  };
  const marks = days === 1 ? Array.from({ length: 6 }, (_, index) => today + index * 4 * HOUR) : Array.from({ length: days === 7 ? 7 : 6 }, (_, index) => from + index * (days === 7 ? 1 : 5) * DAY);
  const place = (when: number) => `${((when - from) / (to - from)) * 100}%`;
  const first = shown.findIndex((lane) => lane.bars.length > 0);
  const stop = shown[at[0]]?.bars[at[1]] === undefined ? ([first, 0] as const) : at;
  const kinds = [...new Set(shown.flatMap((lane) => lane.bars.map((bar) => bar.kind)))];
  return (
    <div className="gantt" ref={grid} role="group" aria-label={t('gantt.label')}>
      <div className="gantt-scale caption" aria-hidden>
        <span />
        <div className="gantt-marks">
          {marks.filter((mark) => (mark - now) / (to - from) > 0.035 || (now - mark) / (to - from) > 0.1).map((mark) => (
            <span key={mark} style={{ insetInlineStart: place(mark) }} className={days > 1 && mark === today ? 'today' : ''}>
              {days === 1 ? time(mark) : dayShort(mark)}
            </span>
          ))}
          <span className="gantt-now num" style={{ insetInlineStart: place(now) }}>
            {time(now)}
          </span>
        </div>
        <span />
      </div>
      <div className="gantt-lanes">
        {shown.map((lane, laneAt) => {
          const lead = leading(lane);
          return (
            <div key={lane.id} className="gantt-lane" role="group" aria-label={lane.name}>
              <span className="who gantt-who">
                <PrincipalMark name={lane.name} />
                <span className="gantt-name"><Named of={lane.name} /></span>
              </span>
              <div className="gantt-track">
                {marks.slice(1).map((mark) => (
                  <i key={mark} className="gantt-line" style={{ insetInlineStart: place(mark) }} />
                ))}
                {lane.bars.map((bar, barAt) => {
                  const { left, width } = placed(bar, from, to);
                  const label = sentence(lane.name, bar, now);
                  return (
                    <button
                      key={bar.id}
                      type="button"
                      data-at={`${laneAt} ${barAt}`}
                      tabIndex={stop[0] === laneAt && stop[1] === barAt ? 0 : -1}
                      className={`bar ${bar.kind}`}
                      aria-label={label}
                      style={{ insetInlineStart: `${left * 100}%`, width: `max(8px, ${width * 100}%)` }}
                      onKeyDown={(event) => walk(event, laneAt, barAt)}
                      onFocus={() => (setAt([laneAt, barAt]), setTip(label))}
                      onBlur={() => setTip(undefined)}
                      onMouseEnter={() => setTip(label)}
                      onMouseLeave={() => setTip(undefined)}
                      onClick={() => bar.request !== undefined && onOpen(bar.request)}
                    />
                  );
                })}
                <i className="gantt-now-line" style={{ insetInlineStart: place(now) }} />
              </div>
              <span className="gantt-end">{lead === undefined ? null : <Status is={words[lead.kind]}>{says(lead, now)}</Status>}</span>
            </div>
          );
        })}
      </div>
      <div className="gantt-foot caption">
        <span className="gantt-tip" role="status">
          {tip}
        </span>
        <span className="gantt-legend" aria-hidden>
          {kinds.map((kind) => (
            <span key={kind}>
              <i className={`bar still ${kind}`} /> {t(`gantt.kind.${kind}`)}
            </span>
          ))}
        </span>
      </div>
    </div>
  );
}
