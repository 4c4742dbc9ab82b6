/** Every request about the group: what waits, who asked for what, and the decisions that only administrators take (R-F5, R-D5). */
import { Button, Field, Textarea } from '@fluentui/react-components';
import { SendClockRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { act, post } from '../../api/client';
import { requestsAt, unitOf } from '../../api/held';
import { accessChanged, groupRequests, policies, unit } from '../../api/queries';
import type { Managed, ScheduleRequest } from '../../api/types';
import { t } from '../../i18n';
import { announce } from '../../parts/announce';
import { Empty, Section } from '../../parts/layout';
import { PrincipalMark } from '../../parts/marks';
import { Refusal } from '../../parts/messages';
import { Loaded } from '../../parts/Query';
import { Sheet } from '../../parts/Sheet';
import { Status } from '../../parts/status';
import { At } from '../../parts/time';
import { useMinute } from '../../time/clock';
import { DAY } from '../../time/duration';
import { length } from '../../time/format';
import { askedLength, requestStanding } from '../../words';
import { PeriodPicker, scheduleOf, type Period } from './PeriodPicker';
import '../../parts/length.css';
import './wizard.css';
import { Named } from '../../parts/named';

function Decide({ request, onClose }: { request: ScheduleRequest; onClose: () => void }) {
  const now = useMinute();
  const settings = useQuery(policies(request.groupId, request.accessId)).data?.find((one) => one.access === request.accessId)?.settings;
  const [period, setPeriod] = useState<Period>({ start: undefined, end: now + 180 * DAY });
  const [why, setWhy] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const name = request.principal?.displayName ?? '';
  const decide = async (decision: 'approve' | 'deny') => {
    setBusy(true);
    setError(undefined);
    try {
      await post(`/ephor/v1/scheduleRequests/${request.id}/decide`, { decision, justification: why, ...(decision === 'approve' ? { scheduleInfo: scheduleOf(period) } : {}) });
      announce(t(decision === 'approve' ? 'approve.approved' : 'approve.denied', { count: 1, name }));
      onClose();
      await accessChanged();
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  };
  return (
    <Sheet title={t(request.action === 'selfRenew' ? 'decide.renew' : 'decide.extend', { name })} onClose={onClose}>
      <div className="fields">
        <blockquote className="panel quote" style={{ margin: 0 }}>
          {request.justification || t('request.noReason')}
        </blockquote>
        <PeriodPicker value={period} onChange={setPeriod} max={settings?.eligibleEnds === false ? undefined : settings?.eligibleMax} now={now} withStart={false} />
        <Field label={t('approve.why')} required>
          <Textarea value={why} rows={2} maxLength={500} onChange={(_, data) => setWhy(data.value)} />
        </Field>
        {error === undefined ? null : <Refusal title={t('approve.not', { name })} error={error} />}
      </div>
      <div className="sheet-actions">
        <Button disabledFocusable={busy || why.trim() === ''} onClick={() => void decide('deny')}>
          {t('approve.deny')}
        </Button>
        <Button appearance="primary" disabledFocusable={busy || why.trim() === ''} onClick={() => void decide('approve')}>
          {t('decide.approve')}
        </Button>
      </div>
    </Sheet>
  );
}

function Row({ request, onDecide, onCancel }: { request: ScheduleRequest; onDecide: () => void; onCancel: () => void }) {
  const now = useMinute();
  const [standing, words] = requestStanding(request, now);
  const span = askedLength(request);
  const scope = unitOf(request.scope);
  const over = useQuery({ ...unit(scope ?? ''), enabled: scope !== undefined, retry: false }).data?.displayName;
  return (
    <li className="row">
      <PrincipalMark name={request.principal?.displayName} kind={request.principal?.['@odata.type']?.endsWith('group') === true ? 'group' : 'user'} />
      <span className="row-words">
        <Link to="/requests/$id" params={{ id: request.id }} className="row-title">
          <Named of={request.principal?.displayName ?? request.principalId} />
        </Link>{' '}
        <span>{t(`request.action.${(request.action ?? 'adminAssign') as 'adminAssign'}`)}</span>
        {span === undefined ? null : <span className="secondary"> · {length(span)}</span>}
        {over === undefined ? null : <span className="secondary"> · {over}</span>}
        <br />
        <span className="secondary">{request.justification}</span>
      </span>
      <Status is={standing}>{words}</Status>
      {request.status === 'PendingAdminDecision' ? <Button onClick={onDecide}>{t('home.decide')}</Button> : null}
      {request.status === 'PendingApproval' ? <Button onClick={onCancel}>{t('requests.stop')}</Button> : null}
      <span className="secondary request-when">
        <At when={request.createdDateTime} />
      </span>
    </li>
  );
}

export default function GroupRequests({ group }: { group: Managed }) {
  const query = useQuery(groupRequests(group.id, group.of));
  const [deciding, setDeciding] = useState<ScheduleRequest>();
  const [stopping, setStopping] = useState<ScheduleRequest>();
  const [error, setError] = useState<unknown>();
  const [most, setMost] = useState(50);
  const stop = async (request: ScheduleRequest) => {
    setError(undefined);
    try {
      await act(`/v1.0${requestsAt(request.accessId, 'assignment')}/${request.id}/cancel`);
      announce(t('request.nowCanceled'));
      setStopping(undefined);
      await accessChanged();
    } catch (failed) {
      setError(failed);
    }
  };
  return (
    <>
      <Loaded query={query}>
        {(all) => {
          const waiting = all.filter((one) => one.status.startsWith('Pending'));
          const rest = all.filter((one) => !one.status.startsWith('Pending'));
          if (all.length === 0) return <Empty icon={SendClockRegular} line={t('group.noRequests')} sentence={t('group.noRequestsWhy')} />;
          const list = (rows: ScheduleRequest[]) => (
            <ul className="card">
              {rows.map((one) => (
                <Row key={one.id} request={one} onDecide={() => setDeciding(one)} onCancel={() => setStopping(one)} />
              ))}
            </ul>
          );
          return (
            <>
              {waiting.length === 0 ? null : (
                <Section title={t('requests.waiting')} count={waiting.length}>
                  {list(waiting)}
                </Section>
              )}
              {rest.length === 0 ? null : (
                <Section title={t('requests.earlier')} count={rest.length}>
                  {list(rest.slice(0, most))}
                  {rest.length > most ? (
                    <div style={{ padding: '16px 0' }}>
                      <Button onClick={() => setMost(most + 100)}>{t('action.more')}</Button>
                    </div>
                  ) : null}
                </Section>
              )}
            </>
          );
        }}
      </Loaded>
      {deciding === undefined ? null : <Decide request={deciding} onClose={() => setDeciding(undefined)} />}
      {stopping === undefined ? null : (
        <Sheet title={t('requests.stopTitle', { name: stopping.principal?.displayName ?? '' })} onClose={() => setStopping(undefined)}>
          <p>{t('requests.stopWhat')}</p>
          {error === undefined ? null : <Refusal title={t('request.notCanceled')} error={error} />}
          <div className="sheet-actions">
            <Button onClick={() => setStopping(undefined)}>{t('request.keep')}</Button>
            <Button appearance="primary" onClick={() => void stop(stopping)}>
              {t('requests.stop')}
            </Button>
          </div>
        </Sheet>
      )}
    </>
  );
}
