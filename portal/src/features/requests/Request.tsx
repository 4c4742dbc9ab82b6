/** One request, from asked to ended. */
import './request.css';
import { Button } from '@fluentui/react-components';
import { CheckmarkRegular, ClockRegular, DismissRegular, HistoryRegular, HourglassRegular, KeyRegular, MailRegular, SendRegular } from '@fluentui/react-icons';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { act } from '../../api/client';
import { requestsAt, sameHeld } from '../../api/held';
import { accessChanged, approval, directoryObject, me, myRoles, policies, request as requestQuery } from '../../api/queries';
import type { Approval, MyRoles, ScheduleRequest } from '../../api/types';
import { t } from '../../i18n';
import { announce } from '../../parts/announce';
import { HeldLink } from '../../parts/HeldLink';
import { Head, Section, useTitle } from '../../parts/layout';
import { Refusal } from '../../parts/messages';
import { Loaded } from '../../parts/Query';
import { Sheet } from '../../parts/Sheet';
import { Status } from '../../parts/status';
import { TimeRing } from '../../parts/time';
import { Timeline, type Step } from '../../parts/Timeline';
import { useNow } from '../../time/clock';
import { DAY, HOUR } from '../../time/duration';
import { date, length, millis, until } from '../../time/format';
import { accessNoun, and, asked, askedLength, requestStanding, spanOf } from '../../words';
import EndDialog from '../roles/EndDialog';
import { requestTitle } from './MyRequests';
import { Named } from '../../parts/named';

/** The steps of a request, at an instant. */
export function stepsOf({ request, approved, roles, approvers, mine, now }: { request: ScheduleRequest; approved: Approval | undefined; roles: MyRoles | undefined; approvers: string[]; mine: boolean; now: number }): Step[] {
  const span = askedLength(request);
  const who = request.principal?.displayName ?? t('request.somebody');
  const steps: Step[] = [
    {
      key: 'asked',
      when: request.createdDateTime,
      icon: SendRegular,
      tone: 'live',
      what: span === undefined
        ? t(mine ? 'timeline.youAskedPlain' : 'timeline.askedPlain', { who })
        : t(mine ? 'timeline.youAsked' : 'timeline.asked', { who, length: length(span), role: accessNoun(request.accessId) }),
      detail: request.justification ? `“${request.justification}”` : undefined,
    },
  ];
  const pending = request.status === 'PendingApproval' || request.status === 'PendingAdminDecision';
  const stage = approved?.stages[0];
  if (approved !== undefined) {
    steps.push({
      key: 'told',
      when: request.createdDateTime,
      icon: MailRegular,
      tone: 'live',
      what: approvers.length === 0 ? t('timeline.approvers') : t('timeline.told', { count: approvers.length, names: and(approvers) }),
      detail: t('timeline.firstCounts'),
    });
  }
  if (stage !== undefined && stage.reviewResult !== 'NotReviewed' && stage.reviewedDateTime !== null) {
    const yes = stage.reviewResult === 'Approved';
    const by = stage.reviewedBy?.displayName ?? stage.reviewedBy?.user?.displayName ?? t('request.somebody');
    steps.push({
      key: 'decided',
      when: stage.reviewedDateTime,
      icon: yes ? CheckmarkRegular : DismissRegular,
      tone: yes ? 'live' : 'stop',
      what: t(yes ? 'timeline.approved' : 'timeline.denied', { name: by }),
      aside: t('timeline.waited', { length: length(millis(stage.reviewedDateTime) - millis(request.createdDateTime)) }),
      detail: stage.justification === '' ? undefined : `“${stage.justification}”`,
    });
  } else if (request.status === 'Denied') {
    steps.push({ key: 'lapsed', when: millis(request.createdDateTime) + DAY, icon: HistoryRegular, tone: 'idle', what: t('timeline.unanswered') });
  }
  if (request.status === 'Canceled') {
    steps.push({ key: 'canceled', when: request.completedDateTime ?? undefined, around: '', icon: DismissRegular, tone: 'idle', what: t('timeline.canceled') });
    return steps;
  }
  if (request.status === 'Failed') {
    steps.push({ key: 'failed', when: request.completedDateTime ?? undefined, around: '', icon: DismissRegular, tone: 'stop', what: t('timeline.failed') });
    return steps;
  }
  if (request.status === 'Denied') return steps;
  if (pending) {
    steps.push({ key: 'waits', when: undefined, around: t('timeline.now'), icon: HourglassRegular, tone: 'wait', what: t(request.status === 'PendingApproval' ? 'timeline.waits' : 'timeline.waitsAdmin'), detail: t('timeline.waiting', { length: length(now - millis(request.createdDateTime)) }) });
    if (request.status === 'PendingApproval') {
      steps.push({ key: 'end', when: millis(request.createdDateTime) + DAY, icon: ClockRegular, tone: 'idle', what: t('timeline.wouldEnd'), future: true });
    }
    return steps;
  }
  if (request.action !== 'selfActivate') return steps;
  const { start, end } = spanOf(request);
  const role = [...(roles?.active ?? []), ...(roles?.ended ?? [])].find((one) => one.scheduleId === request.targetScheduleId);
  const ends = role?.endDateTime ? millis(role.endDateTime) : end;
  if (start !== undefined) {
    const future = start > now;
    steps.push({ key: 'effect', when: start, icon: KeyRegular, tone: future ? 'idle' : 'live', future, what: t(future ? 'timeline.starts' : 'timeline.inEffect'), detail: span === undefined ? undefined : t('timeline.counts', { length: length(span) }) });
  }
  if (ends !== undefined) {
    const over = ends <= now;
    const early = over && end !== undefined && ends < end - 1_000;
    steps.push({ key: 'ends', when: ends, icon: over ? HistoryRegular : ClockRegular, tone: 'idle', future: !over, what: t(over ? (early ? 'timeline.endedEarly' : 'timeline.ended') : 'timeline.ends') });
  }
  return steps;
}

function Shown({ request }: { request: ScheduleRequest }) {
  const now = useNow();
  const mine = useQuery(me()).data?.id === request.principalId;
  const roles = useQuery(myRoles()).data;
  const needsApproval = request.approvalId !== null && request.approvalId !== undefined;
  const approved = useQuery({ ...approval(request), enabled: needsApproval, retry: false }).data;
  const policy = useQuery({ ...policies(request.groupId, request.accessId), retry: false }).data?.find((one) => one.access === request.accessId);
  const approverIds = needsApproval ? (policy?.settings.approvers ?? []) : [];
  const names = useQueries({ queries: approverIds.map(({ id }) => directoryObject(id)) }).flatMap((one) => (one.data ? [one.data.displayName ?? ''] : []));
  const [ending, setEnding] = useState(false);
  const [canceling, setCanceling] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const role = roles?.active.find((one) => one.scheduleId === request.targetScheduleId && request.action === 'selfActivate');
  const [standing, words] = requestStanding(request, now, role);
  const { start } = spanOf(request);
  const open = request.status.startsWith('Pending') || (request.status === 'Granted' && start !== undefined && start > now);
  const steps = stepsOf({ request, approved, roles, approvers: names, mine, now });
  const eligibility = roles?.eligible.find((one) => sameHeld(one, request));
  useTitle(requestTitle(request), t('nav.requests'));
  const cancel = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const kind = request.about ?? 'assignment';
      await act(`/v1.0${requestsAt(request.accessId, kind)}/${request.id}/cancel`);
      announce(t('request.nowCanceled'));
      setCanceling(false);
      await accessChanged();
    } catch (failed) {
      setError(failed);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <div className="request-head">
        {role !== undefined && role.endDateTime !== null && millis(role.endDateTime) > now ? (
          <TimeRing start={role.startDateTime} end={role.endDateTime} size={104}>
            <span className="request-ring">
              <span className="strong num">{length(millis(role.endDateTime) - now, millis(role.endDateTime) - now < HOUR)}</span>
              <br />
              <span className="caption">{t('request.left')}</span>
            </span>
          </TimeRing>
        ) : null}
        <div className="row-words">
          <Head
            title={requestTitle(request)}
            actions={
              open && mine ? (
                <Button onClick={() => setCanceling(true)}>{t('request.cancel')}</Button>
              ) : role?.actions.includes('deactivate') === true ? (
                <Button onClick={() => setEnding(true)}>{t('roles.end')}</Button>
              ) : undefined
            }
          />
          <div className="request-status">
            <Status is={standing}>{words}</Status>
          </div>
        </div>
      </div>
      <div className="columns">
        <Section title={t('request.happened')}>
          <Timeline steps={steps} />
        </Section>
        <aside className="panel section" aria-label={t('request.askedFor')}>
          <h2>{t('request.askedFor')}</h2>
          <dl className="facts" style={{ marginTop: 12 }}>
            <div>
              <dt>{t('field.reason')}</dt>
              <dd className="quote">{request.justification || t('request.noReason')}</dd>
            </div>
            {request.ticketInfo?.ticketNumber ? (
              <div>
                <dt>{t('field.ticket')}</dt>
                <dd>{`${request.ticketInfo.ticketSystem ?? ''} ${request.ticketInfo.ticketNumber}`}</dd>
              </div>
            ) : null}
            <div>
              <dt>{request.accessId === 'role' ? t('role.directory') : t('request.group')}</dt>
              <dd>
                <HeldLink held={request}><Named of={request.group?.displayName ?? request.groupId} /></HeldLink>
                {request.group?.description ? <div className="secondary">{request.group.description}</div> : null}
              </dd>
            </div>
            {policy === undefined ? null : (
              <div>
                <dt>{t('request.judgedBy')}</dt>
                <dd>
                  {policy.modified === null
                    ? t('request.default', { max: length(policy.settings.activationMax), asks: asked(policy.settings) ?? t('request.asksNothing') })
                    : t('request.settings', { when: date(policy.modified), max: length(policy.settings.activationMax), asks: asked(policy.settings) ?? t('request.asksNothing') })}
                </dd>
              </div>
            )}
            {eligibility === undefined ? null : (
              <div>
                <dt>{t('request.eligibility')}</dt>
                <dd>{until(eligibility.endDateTime, now)}</dd>
              </div>
            )}
            <div>
              <dt>{t('request.id')}</dt>
              <dd className="mono">{request.id}</dd>
            </div>
          </dl>
        </aside>
      </div>
      {ending && role !== undefined ? <EndDialog role={role} onClose={() => setEnding(false)} /> : null}
      {canceling ? (
        <Sheet title={t('request.cancelTitle')} onClose={() => setCanceling(false)}>
          <p>{t('request.cancelWhat')}</p>
          {error === undefined ? null : <Refusal title={t('request.notCanceled')} error={error} />}
          <div className="sheet-actions">
            <Button onClick={() => setCanceling(false)}>{t('request.keep')}</Button>
            <Button appearance="primary" disabledFocusable={busy} onClick={() => void cancel()}>
              {t('request.cancel')}
            </Button>
          </div>
        </Sheet>
      ) : null}
    </>
  );
}

export default function Request() {
  const { id } = useParams({ from: '/requests/$id' });
  const query = useQuery(requestQuery(id));
  return (
    <Loaded query={query} place>{(request) => <Shown request={request} />}</Loaded>
  );
}

