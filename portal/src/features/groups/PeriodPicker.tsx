/** From when until when, within what the settings allow. */
import { t } from '../../i18n';
import { DAY } from '../../time/duration';
import { date, fromField, length, toField } from '../../time/format';

/** A period as it is typed: none for now and for no end. */
export interface Period {
  start: number | undefined;
  end: number | undefined;
}

const quick = [30, 91, 180, 365].map((days) => days * DAY);

export function PeriodPicker({ value, onChange, max, now, withStart = true }: { value: Period; onChange: (value: Period) => void; max: number | undefined; now: number; withStart?: boolean }) {
  const start = value.start ?? now;
  const latest = max === undefined ? undefined : start + max;
  const chips = quick.filter((one) => max === undefined || one <= max);
  const tooLate = latest !== undefined && (value.end === undefined || value.end > latest + 60_000);
  const set = (end: number | undefined) => onChange({ ...value, end });
  return (
    <div className="fields" style={{ gap: 12 }}>
      <div className="chips" role="group" aria-label={t('period.howLong')}>
        <span className="strong" style={{ marginInlineEnd: 'auto' }}>
          {t('period.howLong')}
        </span>
        {chips.map((one) => {
          const on = value.end !== undefined && Math.abs(value.end - start - one) < 120_000;
          return (
            <button key={one} type="button" className="chip" aria-pressed={on} onClick={() => set(start + one)}>
              {on ? '✓ ' : ''}
              {length(one)}
            </button>
          );
        })}
        {max === undefined ? (
          <button type="button" className="chip" aria-pressed={value.end === undefined} onClick={() => set(undefined)}>
            {value.end === undefined ? '✓ ' : ''}
            {t('time.noEnd')}
          </button>
        ) : null}
      </div>
      <div className="period-fields">
        {withStart ? (
          <label>
            <span>{t('period.from')}</span>
            <input className="native" type="datetime-local" min={toField(now)} value={value.start === undefined ? '' : toField(value.start)} onChange={(event) => onChange({ ...value, start: event.target.value === '' ? undefined : fromField(event.target.value) })} />
            <span className="caption">{value.start === undefined ? t('period.now') : '\u00a0'}</span>
          </label>
        ) : null}
        <label>
          <span>{t('period.until')}</span>
          <input className="native" type="datetime-local" min={toField(start)} value={value.end === undefined ? '' : toField(value.end)} aria-invalid={tooLate} onChange={(event) => set(event.target.value === '' ? undefined : fromField(event.target.value))} />
          <span className={tooLate ? 'length-wrong' : 'caption'}>
            {latest === undefined ? (value.end === undefined ? t('time.noEnd') : '\u00a0') : t('period.latest', { when: date(latest) })}{' '}
            {tooLate && latest !== undefined ? (
              <button type="button" className="button-link" onClick={() => set(latest)}>
                {t('period.useLatest')}
              </button>
            ) : null}
          </span>
        </label>
      </div>
    </div>
  );
}

/** What is sent for a period. */
export function scheduleOf({ start, end }: Period): object {
  return {
    ...(start === undefined ? {} : { startDateTime: new Date(start).toISOString() }),
    expiration: end === undefined ? { type: 'noExpiration' } : { type: 'afterDateTime', endDateTime: new Date(end).toISOString() },
  };
}
