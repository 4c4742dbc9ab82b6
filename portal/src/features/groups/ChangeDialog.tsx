/** Changes one assignment: another period, longer, back again, or gone; says beforehand what that does. */
import { Button, Field, Textarea } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../../api/client';
import { about, requestsAt } from '../../api/held';
import { accessChanged, policies } from '../../api/queries';
import type { Role } from '../../api/types';
import { t } from '../../i18n';
import { announce } from '../../parts/announce';
import { Refusal } from '../../parts/messages';
import { Sheet } from '../../parts/Sheet';
import { useMinute } from '../../time/clock';
import { DAY } from '../../time/duration';
import { millis, until } from '../../time/format';
import { accessNoun } from '../../words';
import { PeriodPicker, scheduleOf, type Period } from './PeriodPicker';
import '../../parts/length.css';
import './wizard.css';

/** What is done to which assignment. */
export interface Change {
  role: Role;
  action: 'adminUpdate' | 'adminExtend' | 'adminRenew' | 'adminRemove';
}

export function ChangeDialog({ role, action, onClose }: Change & { onClose: () => void }) {
  const now = useMinute();
  const settings = useQuery(policies(role.groupId, role.accessId)).data?.find((one) => one.access === role.accessId)?.settings;
  const eligible = role.assignmentType === 'eligible';
  const max = settings === undefined ? DAY : (eligible ? settings.eligibleEnds : settings.activeEnds) ? (eligible ? settings.eligibleMax : settings.activeMax) : undefined;
  const old = role.endDateTime === null ? undefined : millis(role.endDateTime);
  const [period, setPeriod] = useState<Period>({
    start: undefined,
    end: action === 'adminUpdate' ? old : (action === 'adminExtend' && old !== undefined ? old : now) + 30 * DAY,
  });
  const [why, setWhy] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const name = role.principalDisplayName ?? role.principalId;
  const removes = action === 'adminRemove';
  const send = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await post(`/v1.0${requestsAt(role.accessId, eligible ? 'eligibility' : 'assignment')}`, {
        action,
        principalId: role.principalId,
        ...about(role),
        ...(why.trim() === '' ? {} : { justification: why }),
        ...(removes || action === 'adminExtend' ? { targetScheduleId: role.scheduleId } : {}),
        ...(removes ? {} : { scheduleInfo: scheduleOf(period) }),
      });
      announce(t(`change.done.${action}`, { name }));
      onClose();
      await accessChanged();
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  };
  return (
    <Sheet title={t(`change.title.${action}`, { name })} onClose={onClose}>
      <div className="fields">
        <p>
          {removes
            ? t(eligible ? 'change.removeEligible' : 'change.removeActive', { name, group: role.groupDisplayName ?? '' })
            : t('change.now', { name, role: accessNoun(role.accessId), until: until(role.endDateTime, now) })}
        </p>
        {removes ? null : <PeriodPicker value={period} onChange={setPeriod} max={max} now={now} withStart={false} />}
        <Field label={t('field.reason')} hint={!eligible && settings?.activeReason === true && !removes ? undefined : t('field.optional')}>
          <Textarea value={why} rows={2} maxLength={500} onChange={(_, data) => setWhy(data.value)} />
        </Field>
        {error === undefined ? null : <Refusal title={t('change.not', { name })} error={error} />}
      </div>
      <div className="sheet-actions">
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button appearance="primary" disabledFocusable={busy} onClick={() => void send()}>
          {busy ? t('state.sending') : t(`change.do.${action}`, { name })}
        </Button>
      </div>
    </Sheet>
  );
}
