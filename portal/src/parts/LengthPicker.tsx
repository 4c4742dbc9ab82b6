/** How long: a slider up to what the policy allows, and a value that can be typed. On the phone four big choices. */
import './length.css';
import { useEffect, useId, useState } from 'react';
import { t } from '../i18n';
import { fromTyped, HOUR, MINUTE } from '../time/duration';
import { length, spokenLength } from '../time/format';

/** The step of the slider up to `max`. */
export function stepFor(max: number): number {
  return max <= HOUR ? 5 * MINUTE : 30 * MINUTE;
}

/** Where the scale is written on: both ends and whole hours between, no more than five. */
export function marksFor(min: number, max: number): number[] {
  const hours = Math.floor(max / HOUR);
  const every = [1, 2, 3, 4, 6, 8, 12].find((step) => hours / step <= 4) ?? 24;
  const between = [];
  for (let hour = every; hour * HOUR < max; hour += every) if (hour * HOUR > min) between.push(hour * HOUR);
  return [min, ...between.filter((mark) => max - mark > (max - min) * 0.12 && mark - min > (max - min) * 0.12), max];
}

interface Props {
  label: string;
  value: number;
  max: number;
  onChange: (value: number) => void;
  hint?: React.ReactNode;
  /** What the value means beside itself: `until 16:32`. */
  means?: string;
  /** Whose maximum it is, for the refusal. */
  problem?: React.ReactNode;
}

export function LengthPicker({ label, value, max, onChange, hint, means, problem }: Props) {
  const id = useId();
  const [typed, setTyped] = useState(length(value));
  const [other, setOther] = useState(false);
  useEffect(() => setTyped(length(value)), [value]);
  const step = stepFor(max);
  const min = Math.min(step, max);
  const place = Math.max(0, Math.min(1, (value - min) / Math.max(1, max - min)));
  const take = () => {
    const read = fromTyped(typed);
    if (read === undefined) setTyped(length(value));
    else onChange(read);
  };
  const quick = [30 * MINUTE, HOUR, 4 * HOUR].filter((one) => one <= max);
  const isQuick = quick.includes(value) && !other;
  return (
    <div className="length">
      <div className="length-head">
        <label className="strong" htmlFor={`${id}-typed`}>
          {label}
        </label>
        <span className="length-value">
          <input
            id={`${id}-typed`}
            className="length-typed num"
            value={typed}
            aria-describedby={`${id}-hint`}
            aria-invalid={value > max}
            onChange={(event) => setTyped(event.target.value)}
            onBlur={take}
            onKeyDown={(event) => event.key === 'Enter' && take()}
          />
          {means === undefined ? null : <span className="secondary num">{means}</span>}
        </span>
      </div>
      <div className="length-quick" role="group" aria-label={label}>
        {quick.map((one) => (
          <button key={one} type="button" className="chip" aria-pressed={isQuick && one === value} onClick={() => (setOther(false), onChange(one))}>
            {isQuick && one === value ? '✓ ' : ''}
            {length(one)}
          </button>
        ))}
        <button type="button" className="chip" aria-pressed={!isQuick} onClick={() => setOther(true)}>
          {t('length.other')}
        </button>
      </div>
      <div className={isQuick ? 'length-scale quick' : 'length-scale'}>
        <input
          type="range"
          className="length-range"
          aria-label={label}
          aria-valuetext={means === undefined ? spokenLength(value) : `${spokenLength(value)}, ${means}`}
          min={min}
          max={max}
          step={step}
          value={Math.min(value, max)}
          style={{ '--place': `${place * 100}%` } as React.CSSProperties}
          onChange={(event) => onChange(Number(event.target.value))}
          onKeyDown={(event) => {
            const by = event.key === 'PageUp' ? 4 : event.key === 'PageDown' ? -4 : 0;
            if (by === 0) return;
            event.preventDefault();
            onChange(Math.max(min, Math.min(max, value + by * step)));
          }}
        />
        <div className="length-marks caption num" aria-hidden>
          {marksFor(min, max).map((mark) => (
            <span key={mark} style={{ insetInlineStart: `${((mark - min) / Math.max(1, max - min)) * 100}%` }}>
              {length(mark)}
            </span>
          ))}
        </div>
      </div>
      <p id={`${id}-hint`} className={value > max ? 'length-wrong' : 'secondary'} role={value > max ? 'alert' : undefined}>
        {value > max ? (
          <>
            {t('length.tooLong', { asked: length(value), max: length(max) })}{' '}
            <button type="button" className="button-link" onClick={() => onChange(max)}>
              {t('length.use', { max: length(max) })}
            </button>
          </>
        ) : (
          (problem ?? hint)
        )}
      </p>
    </div>
  );
}
