/** How much happened over time; the marked span filters. Each end is a slider by keyboard, and two fields do the same. */
import './histogram.css';
import { useRef, useState, type PointerEvent } from 'react';
import { t } from '../i18n';
import { DAY } from '../time/duration';
import { dayShort, full, point } from '../time/format';

/** One column: how many were done and refused from `start` on. */
export interface Column {
  start: number;
  done: number;
  refused: number;
}

/** Sorts instants into columns. */
export function columnsOf(entries: readonly { at: number; refused: boolean }[], from: number, to: number, count: number): Column[] {
  const size = (to - from) / count;
  const columns = Array.from({ length: count }, (_, at) => ({ start: from + at * size, done: 0, refused: 0 }));
  for (const { at, refused } of entries) {
    const column = columns[Math.floor((at - from) / size)];
    if (column === undefined) continue;
    if (refused) column.refused += 1;
    else column.done += 1;
  }
  return columns;
}

const W = 1120;
const H = 96;

export function Histogram({ columns, from, to, chosen, onChoose, table }: { columns: Column[]; from: number; to: number; chosen: readonly [number, number] | undefined; onChoose: (span: readonly [number, number] | undefined) => void; table: boolean }) {
  const [drag, setDrag] = useState<{ anchor: number; head: number; moved: boolean }>();
  const svg = useRef<SVGSVGElement>(null);
  const size = (to - from) / columns.length;
  const most = Math.max(1, ...columns.map((one) => one.done + one.refused));
  const x = (when: number) => ((when - from) / (to - from)) * W;
  const snap = (event: PointerEvent) => {
    const box = svg.current?.getBoundingClientRect();
    if (box === undefined) return from;
    const at = from + ((event.clientX - box.left) / box.width) * (to - from);
    return Math.max(from, Math.min(to, from + Math.round((at - from) / size) * size));
  };
  const span = drag?.moved === true ? ([Math.min(drag.anchor, drag.head), Math.max(drag.anchor, drag.head)] as const) : chosen;
  const done = columns.reduce((sum, one) => sum + one.done, 0);
  const refused = columns.reduce((sum, one) => sum + one.refused, 0);
  if (table) {
    return (
      <div className="table-wrap" style={{ maxHeight: 260, overflowY: 'auto' }} tabIndex={0} role="region" aria-label={t('chart.asTable')}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t('table.from')}</th>
              <th scope="col" className="end">
                {t('audit.done')}
              </th>
              <th scope="col" className="end">
                {t('audit.refusedShort')}
              </th>
            </tr>
          </thead>
          <tbody>
            {columns
              .filter((one) => one.done + one.refused > 0)
              .map((one) => (
                <tr key={one.start}>
                  <td className="num">{full(one.start)}</td>
                  <td className="end num">{one.done}</td>
                  <td className="end num">{one.refused}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    );
  }
  const days = [];
  const stride = Math.max(1, Math.round((to - from) / DAY / 8)) * DAY;
  for (let at = from; at < to; at += stride) days.push(at);
  const handle = (which: 0 | 1) => {
    if (span === undefined) return null;
    const value = span[which];
    const move = (to_: number) => {
      const next: [number, number] = [span[0], span[1]];
      next[which] = Math.max(which === 0 ? from : span[0] + size, Math.min(which === 0 ? span[1] - size : to, to_));
      onChoose(next);
    };
    return (
      <g
        role="slider"
        tabIndex={0}
        aria-label={t(which === 0 ? 'audit.spanFrom' : 'audit.spanTo')}
        aria-valuemin={from}
        aria-valuemax={to}
        aria-valuenow={value}
        aria-valuetext={point(value, to)}
        className="handle"
        onKeyDown={(event) => {
          const by = { ArrowLeft: -1, ArrowRight: 1, PageDown: -4, PageUp: 4 }[event.key];
          if (by !== undefined) move(value + by * size);
          else if (event.key === 'Home') move(from);
          else if (event.key === 'End') move(to);
          else return;
          event.preventDefault();
        }}
        onPointerDown={(event) => {
          event.stopPropagation();
          svg.current?.setPointerCapture(event.pointerId);
          setDrag({ anchor: span[which === 0 ? 1 : 0], head: value, moved: true });
        }}
      >
        <line x1={x(value)} x2={x(value)} y1="0" y2={H} />
        <rect x={x(value) - 5} y={H / 2 - 12} width="10" height="24" rx="5" />
        <rect x={x(value) - 14} y="0" width="28" height={H} className="grab" />
      </g>
    );
  };
  return (
    <div className="histogram">
      <svg
        ref={svg}
        viewBox={`0 0 ${W} ${H + 22}`}
        preserveAspectRatio="none"
        role="group"
        aria-label={t('audit.histogram', { done, refused })}
        onPointerDown={(event) => {
          const at = snap(event);
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ anchor: at, head: at, moved: false });
        }}
        onPointerMove={(event) => {
          if (drag === undefined) return;
          const at = snap(event);
          setDrag({ ...drag, head: at, moved: drag.moved || at !== drag.anchor });
        }}
        onPointerUp={() => {
          if (drag === undefined) return;
          setDrag(undefined);
          if (drag.moved && drag.anchor !== drag.head) onChoose([Math.min(drag.anchor, drag.head), Math.max(drag.anchor, drag.head)]);
          else onChoose(undefined);
        }}
      >
        {span === undefined ? null : <rect x={x(span[0])} width={x(span[1]) - x(span[0])} y="0" height={H} className="span" />}
        <line x1="0" x2={W} y1={H} y2={H} className="base" />
        {columns.map((one) => {
          const inside = span === undefined || (one.start >= span[0] - 1 && one.start < span[1] - 1);
          const height = (one.done / most) * (H - 8);
          const top = (one.refused / most) * (H - 8);
          return (
            <g key={one.start} className={inside ? 'in' : ''}>
              {one.done > 0 ? <rect x={x(one.start) + 2} width={W / columns.length - 4} y={H - height} height={height} rx="2" className="done" /> : null}
              {one.refused > 0 ? <rect x={x(one.start) + 2} width={W / columns.length - 4} y={H - height - Math.max(3, top) - 1} height={Math.max(3, top)} rx="1.5" className="refused" /> : null}
            </g>
          );
        })}
        {handle(0)}
        {handle(1)}
      </svg>
      <div className="histogram-days caption" aria-hidden>
        {days.map((day) => (
          <span key={day} style={{ insetInlineStart: `${((day - from) / (to - from)) * 100}%` }}>
            {dayShort(day)}
          </span>
        ))}
      </div>
    </div>
  );
}
