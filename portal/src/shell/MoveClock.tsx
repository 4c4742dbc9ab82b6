/** Moves the demonstration's clock forward, so that an end can be watched. It never goes back. */
import { Button } from '@fluentui/react-components';
import { useState } from 'react';
import { post } from '../api/client';
import { accessChanged } from '../api/queries';
import { t } from '../i18n';
import { announce } from '../parts/announce';
import { Refusal } from '../parts/messages';
import { Sheet } from '../parts/Sheet';
import { learn, useNow } from '../time/clock';
import { DAY, HOUR, MINUTE, toIso } from '../time/duration';
import { full, fromField, length, toField } from '../time/format';

const steps = [5 * MINUTE, 30 * MINUTE, 2 * HOUR, 8 * HOUR, DAY, 7 * DAY, 30 * DAY];

export default function MoveClock({ onClose }: { onClose: () => void }) {
  const now = useNow();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [to, setTo] = useState('');
  const move = async (by: number) => {
    setBusy(true);
    setError(undefined);
    try {
      const before = Date.now();
      const { now: then } = await post<{ now: string }>('/demo/clock', { advance: toIso(Math.ceil(by / 1000) * 1000) });
      learn(then, before, Date.now());
      await accessChanged();
      announce(t('demo.moved', { when: full(then) }));
    } catch (failed) {
      setError(failed);
    } finally {
      setBusy(false);
    }
  };
  const wanted = to === '' ? undefined : fromField(to);
  return (
    <Sheet title={t('demo.title')} onClose={onClose}>
      <div className="fields">
        <p>
          {t('demo.now')} <strong className="num">{full(now)}</strong>
        </p>
        <p className="secondary">{t('demo.forward')}</p>
        <div className="chips">
          {steps.map((step) => (
            <button key={step} type="button" className="chip" disabled={busy} onClick={() => void move(step)}>
              + {length(step)}
            </button>
          ))}
        </div>
        <div className="field-row">
          <label>
            <span className="strong">{t('demo.to')}</span>
            <br />
            <input className="native" type="datetime-local" min={toField(now)} value={to} onChange={(event) => setTo(event.target.value)} />
          </label>
          <Button disabled={busy || wanted === undefined || wanted <= now} onClick={() => wanted !== undefined && void move(wanted - now)}>
            {t('demo.move')}
          </Button>
        </div>
        {error === undefined ? null : <Refusal title={t('demo.notMoved')} error={error} />}
      </div>
    </Sheet>
  );
}
