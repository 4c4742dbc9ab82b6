/** What waits for my decision: a queue made for deciding (R-F1). */
import './approve.css';
import { Button, Checkbox, Textarea } from '@fluentui/react-components';
import { ArrowLeftRegular, CheckmarkCircleRegular, CheckmarkRegular, PeopleTeamRegular, ShieldRegular, WarningRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useId, useMemo, useRef, useState, type ReactNode } from 'react';
import { patch, Refused } from '../../api/client';
import { approvalsAt, sameHeld } from '../../api/held';
import { accessPackage, decidePackage } from '../../api/packages';
import { accessChanged, approval, approvals, directoryObject, me, people, user } from '../../api/queries';
import type { ScheduleRequest } from '../../api/types';
import { t } from '../../i18n';
import { announce } from '../../parts/announce';
import { Leads, Picture } from '../packages/LeadsTo';
import { Empty, Title, useTitle } from '../../parts/layout';
import { groupIcon, PrincipalMark } from '../../parts/marks';
import { Message, Refusal } from '../../parts/messages';
import { Loaded } from '../../parts/Query';
import { Status } from '../../parts/status';
import { useMinute } from '../../time/clock';
import { DAY, HOUR, MINUTE } from '../../time/duration';
import { ago, date, length, millis, point } from '../../time/format';
import { accessName, and, askedLength, requestStanding } from '../../words';
import { Named, WhoExactly } from '../../parts/named';

const name = (request: ScheduleRequest) => request.principal?.displayName ?? request.principalId;
const groupName = (request: ScheduleRequest) => request.group?.displayName ?? request.groupId;
const span = (request: ScheduleRequest) => askedLength(request) ?? 0;
/** What somebody asks, as a headline: a package without saying how long lasts as its policy says. */
const headline = (request: ScheduleRequest) => {
  const values = { name: name(request), group: groupName(request), length: length(span(request)) };
  if ((request.action as string) === 'userUpdate') return t('approve.asksLonger', values);
  return t(span(request) === 0 ? 'approve.asksPlain' : 'approve.asks', values);
};
/** Who asks, told from another of the same name (T-44). */
function Requestor({ of: request }: { of: ScheduleRequest }) {
  const told = request.principal?.userPrincipalName;
  const known = useQuery({ ...directoryObject(request.principalId), enabled: !told, retry: false }).data;
  return <WhoExactly id={request.principalId} signsInAs={told ?? (known && 'userPrincipalName' in known ? known.userPrincipalName : undefined)} />;
}
/** What a package gives, where one may see that. */
function PackageLeads({ id }: { id: string }) {
  const one = useQuery({ ...accessPackage(id), retry: false }).data;
  return one === undefined ? null : <Picture one={one} />;
}

function Bars({ past, current, now }: { past: ScheduleRequest[]; current: ScheduleRequest; now: number }) {
  const [table, setTable] = useState(false);
  const from = now - 90 * DAY;
  const longest = Math.max(HOUR, ...past.map(span), span(current));
  const x = (when: number) => 26 + Math.max(0, Math.min(1, (when - from) / (now - from))) * 264;
  const h = (size: number) => Math.max(3, (size / longest) * 80);
  return (
    <figure className="bars">
      {table ? (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t('table.when')}</th>
              <th scope="col">{t('table.howLong')}</th>
              <th scope="col">{t('table.status')}</th>
            </tr>
          </thead>
          <tbody>
            {past.map((one) => (
              <tr key={one.id}>
                <td>{date(one.createdDateTime)}</td>
                <td>{length(span(one))}</td>
                <td>{requestStanding(one, now)[1]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <svg viewBox="0 0 320 116" role="img" aria-label={t('approve.barsFinding', { count: past.length, longest: length(Math.max(0, ...past.map(span))), asked: length(span(current)) })}>
          <line x1="26" x2="310" y1="10" y2="10" className="grid" />
          <line x1="26" x2="310" y1="50" y2="50" className="grid" />
          <line x1="26" x2="310" y1="90" y2="90" className="base" />
          <text x="0" y="14">{length(longest)}</text>
          <text x="0" y="54">{length(longest / 2)}</text>
          {past.map((one) => (
            <rect key={one.id} x={x(millis(one.createdDateTime)) - 3} y={90 - h(span(one))} width="7" height={h(span(one))} rx="1.5" className={one.status === 'Denied' ? 'denied' : 'was'} />
          ))}
          <rect x="298" y={90 - h(span(current))} width="10" height={h(span(current))} rx="1.5" className="this" />
          <text x="26" y="108">{point(from, now)}</text>
          <text x="310" y="108" textAnchor="end" className="this-text">
            {t('approve.thisOne')}
          </text>
        </svg>
      )}
      <figcaption className="secondary">
        {t('approve.pastCount', { count: past.length })}{' '}
        {past.length === 0 ? null : (
          <button type="button" className="button-link" onClick={() => setTable(!table)}>
            {t(table ? 'chart.asPicture' : 'approve.seeThem')}
          </button>
        )}
      </figcaption>
    </figure>
  );
}

/** What is worth knowing before deciding: warnings first, at most five. */
export function worthKnowing({ request, past, holders, now }: { request: ScheduleRequest; past: ScheduleRequest[]; holders: string[] | undefined; now: number }): { warns: boolean; line: string; detail?: string }[] {
  const facts: { warns: boolean; line: string; detail?: string }[] = [];
  const lengths = past.map(span).filter((one) => one > 0);
  const most = Math.max(0, ...lengths);
  if (request.accessId === 'package') facts.push({ warns: false, line: t('know.package'), detail: t('know.packageDetail') });
  else if (lengths.length === 0) facts.push({ warns: true, line: t('know.first'), detail: t('know.firstDetail') });
  else if (span(request) > most) facts.push({ warns: true, line: t('know.longest'), detail: t('know.longestDetail', { count: lengths.length, max: length(most) }) });
  else facts.push({ warns: false, line: t('know.usual'), detail: t('know.usualDetail', { count: lengths.length, max: length(most) }) });
  const denied = past.filter((one) => one.status === 'Denied').length;
  if (denied > 0) facts.push({ warns: true, line: t('know.denied', { count: denied }) });
  if (request.group?.isAssignableToRole === true) facts.push({ warns: true, line: t('know.leads'), detail: t('know.leadsDetail') });
  if (request.accessId === 'role') facts.push({ warns: true, line: t('know.role'), detail: t('know.roleDetail') });
  if (request.accessId === 'owner') facts.push({ warns: true, line: t('know.owner'), detail: t('know.ownerDetail') });
  const start = request.scheduleInfo?.startDateTime;
  if (start !== null && start !== undefined && millis(start) > now) facts.push({ warns: false, line: t('know.later', { when: point(start, now) }) });
  if (holders !== undefined) {
    facts.push(
      holders.length === 0
        ? { warns: false, line: t('know.nobody') }
        : { warns: false, line: t('know.holders', { count: holders.length }), detail: and(holders.slice(0, 3)) },
    );
  }
  if (request.ticketInfo?.ticketNumber) facts.push({ warns: false, line: t('know.ticket', { ticket: `${request.ticketInfo.ticketSystem ?? ''} ${request.ticketInfo.ticketNumber}` }) });
  return facts.sort((one, other) => Number(other.warns) - Number(one.warns)).slice(0, 5);
}

function Decide({ requests, onDecided, onRefused, lead }: { requests: ScheduleRequest[]; onDecided: () => void; onRefused?: () => void; lead?: ReactNode }) {
  const [why, setWhy] = useState('');
  const [busy, setBusy] = useState(false);
  const [missing, setMissing] = useState(false);
  const [refused, setRefused] = useState<{ request: ScheduleRequest; error: unknown; by: string | undefined }[]>([]);
  const box = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const now = useMinute();
  const [only] = requests;
  const one = requests.length === 1 && only !== undefined ? only : undefined;
  const decide = async (result: 'Approve' | 'Deny') => {
    if (why.trim() === '') {
      setMissing(true);
      box.current?.focus();
      return;
    }
    setBusy(true);
    setRefused([]);
    const not: typeof refused = [];
    let done = 0;
    for (const request of requests) {
      try {
        if (request.accessId === 'package') await decidePackage(request.id, result, why);
        else await patch(`/v1.0${approvalsAt(request.accessId)}/${request.id}/stages/${request.id}`, { reviewResult: result, justification: why });
        done += 1;
      } catch (error) {
        let by: string | undefined;
        if (error instanceof Refused && error.status === 409) {
          const told = await import('../../api/queries').then(({ client }) => client.fetchQuery({ ...approval(request), staleTime: 0 })).catch(() => undefined);
          by = told?.stages[0]?.reviewedBy?.displayName ?? undefined;
        }
        not.push({ request, error, by });
      }
    }
    setBusy(false);
    setRefused(not);
    if (not.length > 0) onRefused?.();
    if (done > 0) announce(t(result === 'Approve' ? 'approve.approved' : 'approve.denied', { count: done, name: one === undefined ? '' : name(one) }));
    await accessChanged();
    if (not.length === 0) onDecided();
  };
  return (
    <div className="decide">
      {refused.map(({ request, error, by }) =>
        error instanceof Refused && error.status === 409 ? (
          <Message key={request.id} tone="idle" focus title={by === undefined ? t('approve.beaten') : t('approve.beatenBy', { name: by })} actions={<Button onClick={onDecided}>{t('approve.next')}</Button>}>
            <p>{t('approve.firstCounts')}</p>
          </Message>
        ) : (
          <Refusal key={request.id} title={t('approve.not', { name: name(request) })} error={error} actions={<Link to="/approvals">{t('approve.back')}</Link>} />
        ),
      )}
      {lead}
      <div>
        <label className="strong" htmlFor={id}>
          {t('approve.why')}
        </label>
        <Textarea
          id={id}
          ref={box}
          className="decide-why"
          value={why}
          rows={2}
          maxLength={500}
          placeholder={t('approve.sentence')}
          aria-describedby={`${id}-hint`}
          aria-invalid={missing && why.trim() === ''}
          onChange={(_, data) => setWhy(data.value)}
        />
        <p id={`${id}-hint`} className={missing && why.trim() === '' ? 'decide-missing' : 'caption'}>
          {missing && why.trim() === '' ? t('approve.whyMissing') : one === undefined ? t('approve.allSee') : t('approve.sees', { name: name(one) })}
        </p>
      </div>
      <div className="decide-do">
        <span className="secondary decide-until">{one === undefined || one.accessId === 'package' ? '' : t('approve.unanswered', { when: point(millis(one.createdDateTime) + DAY, now) })}</span>
        <Button size="large" disabledFocusable={busy} onClick={() => void decide('Deny')}>
          {one === undefined ? t('approve.denyMany', { count: requests.length }) : t('approve.deny')}
        </Button>
        <Button size="large" appearance="primary" disabledFocusable={busy} onClick={() => void decide('Approve')}>
          {busy ? t('state.sending') : one === undefined ? t('approve.approveMany', { count: requests.length }) : span(one) === 0 ? t('approve.approve') : t('approve.approveFor', { length: length(span(one)) })}
        </Button>
      </div>
    </div>
  );
}

function Pane({ request, all, place, count, onDecided }: { request: ScheduleRequest; all: ScheduleRequest[]; place: number; count: number; onDecided: () => void }) {
  const now = useMinute();
  const who = useQuery({ ...user(request.principalId), retry: false }).data;
  const mine = useQuery(me()).data?.id;
  const holding = useQuery({ ...people(request.groupId, request.accessId === 'owner' ? 'owners' : 'members'), enabled: request.accessId === 'member' || request.accessId === 'owner', retry: false }).data;
  const past = useMemo(
    () => all.filter((one) => one.id !== request.id && one.principalId === request.principalId && sameHeld(one, request) && now - millis(one.createdDateTime) < 90 * DAY),
    [all, request, now],
  );
  const holders = holding?.filter((one) => one.id !== request.principalId).map((one) => one.displayName ?? '');
  const facts = worthKnowing({ request, past, holders, now });
  const heading = useRef<HTMLHeadingElement>(null);
  const waits = request.status === 'PendingApproval';
  // What was refused is told where it was decided, though it waits no more.
  const [refused, setRefused] = useState(false);
  const [standing, words] = requestStanding(request, now);
  const decided = useQuery({ ...approval(request), enabled: !waits, retry: false }).data?.stages[0];
  const Icon = groupIcon(request.group?.displayName);
  useTitle(headline(request), t('nav.approve'));
  useEffect(() => heading.current?.focus({ preventScroll: true }), [request.id]);
  const start = request.scheduleInfo?.startDateTime;
  return (
    <section className="pane" aria-label={t('approve.pane')}>
      <div className="pane-body">
        <p className="pane-back">
          <Link to="/approvals" aria-label={t('approve.back')}>
            <ArrowLeftRegular aria-hidden fontSize={24} />
          </Link>
          <span className="strong">{waits ? t('approve.place', { place, count }) : t('approve.decided')}</span>
        </p>
        <div className="pane-head">
          <PrincipalMark name={name(request)} size={48} />
          <div className="row-words">
            <h2 ref={heading} tabIndex={-1}>
              {headline(request)}
            </h2>
            <Requestor of={request} />
            <p className="secondary">
              {[who?.jobTitle, accessName(request.accessId), start ? t('approve.from', { when: point(start, now) }) : t('approve.whenApproved')].filter(Boolean).join(' · ')}
            </p>
          </div>
        </div>
        <blockquote className="panel pane-quote">
          <p className="quote">{request.justification || t('request.noReason')}</p>
          <p className="secondary">
            {request.ticketInfo?.ticketNumber ? `${request.ticketInfo.ticketSystem ?? ''} ${request.ticketInfo.ticketNumber} · ` : ''}
            {ago(request.createdDateTime, now)}
          </p>
        </blockquote>
        <div className="pane-columns">
          <div>
            <h3>{t('approve.worth')}</h3>
            <ul className="worth">
              {facts.map((fact) => (
                <li key={fact.line} className={fact.warns ? 'warns' : 'fine'}>
                  {fact.warns ? <WarningRegular aria-label={t('approve.warning')} /> : <CheckmarkCircleRegular aria-hidden />}
                  <span>
                    {fact.line}
                    {fact.detail === undefined ? null : <span className="secondary worth-detail">{fact.detail}</span>}
                  </span>
                </li>
              ))}
            </ul>
          </div>
          {request.accessId === 'package' ? null : <div>
            <h3>{t('approve.ninety')}</h3>
            <Bars past={past} current={request} now={now} />
          </div>}
        </div>
        {request.answers === undefined || request.answers.length === 0 ? null : (
          <>
            <h3>{t('approve.answers')}</h3>
            <dl className="facts side">
              {request.answers.map((one) => (
                <div key={one.question} style={{ display: 'contents' }}>
                  <dt>{one.question}</dt>
                  <dd className="quote">{one.answer}</dd>
                </div>
              ))}
            </dl>
          </>
        )}
        <h3>{t('approve.leads')}</h3>
        {request.accessId === 'package' ? <PackageLeads id={request.groupId} /> : <ol className="leads">
          <li className="lead here">
            <Icon aria-hidden /> <Named of={groupName(request)} />
          </li>
          {request.group?.description ? <li className="lead">{request.group.description}</li> : null}
          {request.group?.isAssignableToRole === true ? (
            <li className="lead warns">
              <ShieldRegular aria-hidden /> {t('approve.leadsRoles')}
            </li>
          ) : null}
          {request.accessId === 'role' ? null : <Leads groupId={request.groupId} />}
        </ol>}
      </div>
      {(waits && mine !== request.principalId) || refused ? (
        <Decide key={request.id} requests={[request]} onDecided={onDecided} onRefused={() => setRefused(true)} />
      ) : waits ? (
        <div className="decide">
          <Message tone="stop" title={t('approve.own')} actions={<Link to="/approvals">{t('approve.back')}</Link>}>
            <p>{t('approve.ownWhy')}</p>
          </Message>
        </div>
      ) : (
        <div className="decide">
          <Status is={standing}>{words}</Status>
          {decided?.reviewedDateTime ? (
            <p>
              {t(decided.reviewResult === 'Approved' ? 'timeline.approved' : 'timeline.denied', { name: decided.reviewedBy?.displayName ?? '' })} · {point(decided.reviewedDateTime, now)}
              <span className="secondary quote worth-detail">{decided.justification}</span>
            </p>
          ) : null}
        </div>
      )}
    </section>
  );
}

function Queue({ all }: { all: ScheduleRequest[] }) {
  const now = useMinute();
  const { id } = useParams({ strict: false }) as { id?: string };
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const waiting = useMemo(() => all.filter((one) => one.status === 'PendingApproval').sort((one, other) => one.createdDateTime.localeCompare(other.createdDateTime)), [all]);
  const decided = useMemo(() => all.filter((one) => one.status !== 'PendingApproval').slice(0, 20), [all]);
  const wide = window.matchMedia('(min-width: 1024px)').matches;
  const open = id === undefined ? (wide ? (waiting[0] ?? undefined) : undefined) : all.find((one) => one.id === id);
  const place = waiting.findIndex((one) => one.id === open?.id);
  const picked = waiting.filter((one) => chosen.has(one.id));
  const go = (to: ScheduleRequest | undefined) => void (to === undefined ? navigate({ to: '/approvals' }) : navigate({ to: '/approvals/$id', params: { id: to.id } }));
  const toggle = (request: ScheduleRequest) => {
    const next = new Set(chosen);
    if (!next.delete(request.id)) next.add(request.id);
    setChosen(next);
  };
  useTitle(t('nav.approve'));
  const opened = open?.id;
  useEffect(() => {
    // The request that is shown has its address, so that what happens to it is told there.
    if (id === undefined && opened !== undefined) void navigate({ to: '/approvals/$id', params: { id: opened }, replace: true });
  }, [id, opened, navigate]);
  const oldest = waiting[0];
  const next = () => {
    setChosen(new Set());
    const rest = waiting.filter((one) => one.id !== open?.id && !chosen.has(one.id));
    go(rest[Math.min(Math.max(place, 0), rest.length - 1)]);
  };
  return (
    <div className={id === undefined ? 'full queue-place' : 'full queue-place opened'}>
      <div className="queue">
        <div className="queue-head">
          <Title>{t('nav.approve')}</Title>
          <p className="secondary">{oldest === undefined ? t('approve.none') : t('approve.count', { count: waiting.length, length: length(Math.max(MINUTE, now - millis(oldest.createdDateTime))) })}</p>
        </div>
        {waiting.length === 0 ? (
          <Empty icon={CheckmarkRegular} tone="live" line={t('approve.none')} sentence={t('approve.noneWhy')} />
        ) : (
          <ul
            aria-label={t('approve.queue')}
            onKeyDown={(event) => {
              if (event.ctrlKey || event.metaKey || event.altKey) return;
              const key = event.key.toLowerCase();
              if (key === 'j') go(waiting[Math.min(place + 1, waiting.length - 1)]);
              else if (key === 'k') go(waiting[Math.max(place - 1, 0)]);
              else if (key === 'x' && open !== undefined) toggle(open);
              else return;
              event.preventDefault();
            }}
          >
            {waiting.map((one) => (
              <li key={one.id} className={one.id === open?.id ? 'queue-row open' : 'queue-row'}>
                <Checkbox checked={chosen.has(one.id)} onChange={() => toggle(one)} aria-label={t('approve.choose', { name: name(one), group: groupName(one) })} />
                <Link to="/approvals/$id" params={{ id: one.id }} aria-current={one.id === open?.id ? 'true' : undefined} className="queue-link">
                  <PrincipalMark name={name(one)} size={36} />
                  <span className="row-words">
                    <span className="queue-line">
                      <span className="strong"><Named of={name(one)} /></span>
                      <span className="caption num">{ago(one.createdDateTime, now)}</span>
                    </span>
                    <Requestor of={one} />
                    <span className="queue-what">
                      <span className="strong"><Named of={groupName(one)} /></span> {span(one) === 0 ? '' : t('approve.for', { length: length(span(one)) })}
                      {one.scheduleInfo?.startDateTime ? ` ${t('approve.from', { when: point(one.scheduleInfo.startDateTime, now) })}` : ''}
                    </span>
                    <span className="secondary queue-why">{one.justification}</span>
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        )}
        {decided.length === 0 ? null : (
          <details className="queue-decided">
            <summary>{t('approve.earlier', { count: decided.length })}</summary>
            <ul>
              {decided.map((one) => (
                <li key={one.id}>
                  <Link to="/approvals/$id" params={{ id: one.id }}>
                    <Named of={name(one)} />, <Named of={groupName(one)} />
                  </Link>{' '}
                  <span className="secondary">{requestStanding(one, now)[1]}</span>
                </li>
              ))}
            </ul>
          </details>
        )}
        {waiting.length === 0 ? null : (
          <p className="queue-keys caption">
            <kbd>J</kbd> <kbd>K</kbd> {t('approve.keysMove')} <kbd>X</kbd> {t('approve.keysSelect')}
          </p>
        )}
      </div>
      {picked.length > 1 ? (
        <section className="pane" aria-label={t('approve.pane')}>
          <div className="pane-body">
            <h2>{t('approve.many', { count: picked.length })}</h2>
            <ul className="card" style={{ marginTop: 16 }}>
              {picked.map((one) => (
                <li key={one.id} className="row">
                  <PrincipalMark name={name(one)} />
                  <span className="row-words">
                    <span className="row-title">{headline(one)}</span>
                    <br />
                    <Requestor of={one} />
                    <span className="secondary">{one.justification}</span>
                  </span>
                </li>
              ))}
            </ul>
          </div>
          <Decide requests={picked} onDecided={next} />
        </section>
      ) : open === undefined ? (
        <section className="pane pane-empty">
          {id === undefined ? (
            waiting.length === 0 ? null : <Empty icon={PeopleTeamRegular} line={t('approve.choose1')} />
          ) : (
            <Empty icon={PeopleTeamRegular} line={t('error.notThere')} sentence={t('approve.goneWhy')}>
              <Link to="/approvals">{t('approve.back')}</Link>
            </Empty>
          )}
        </section>
      ) : (
        <Pane key={open.id} request={open} all={all} place={place + 1} count={waiting.length} onDecided={next} />
      )}
    </div>
  );
}

export default function Approvals() {
  const query = useQuery(approvals());
  return <Loaded query={query} place>{(all) => <Queue all={all} />}</Loaded>;
}

