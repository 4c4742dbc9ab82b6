/** Who has the group now and had it these days, how often it is activated, how it is handed out, and what needs a look. */
import { Button } from '@fluentui/react-components';
import { CheckmarkRegular, InfoRegular, WarningRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Refused } from '../../api/client';
import type { Policy } from '../../api/policy';
import { groupRequests, groupRoles, people, policies } from '../../api/queries';
import type { Managed, Role, ScheduleRequest } from '../../api/types';
import { Say, t } from '../../i18n';
import type { GroupSearch } from '../../router';
import { Gantt } from '../../parts/Gantt';
import { lanesOf, perWeek, weekNumber } from '../../parts/lanes';
import { Empty, Section, Segmented } from '../../parts/layout';
import { PrincipalMark } from '../../parts/marks';
import { Loaded } from '../../parts/Query';
import { useEdges } from '../../time/clock';
import { DAY } from '../../time/duration';
import { edgesOf, dayOf, length, millis, startOfDay } from '../../time/format';
import { and, askedWith, or } from '../../words';
import { TabLink } from './GroupPage';
import { useNames } from '../../parts/PeoplePicker';
import { Named } from '../../parts/named';

/** A policy in a sentence. */
export function PolicySentence({ policy }: { policy: Policy }) {
  const { settings } = policy;
  const names = useNames(settings.approvers.map((one) => one.id));
  const asks = askedWith(settings);
  const values = { max: length(settings.activationMax), asks: asks ?? '' };
  const who = <strong>{t(policy.access === 'role' ? 'role.eligible' : policy.access === 'owner' ? 'role.owners' : 'role.members')}</strong>;
  return (
    <p>
      <Say of={asks === undefined ? 'handed.plain' : 'handed.asks'} values={values} who={who} />{' '}
      {settings.approval ? t('handed.approves', { names: or(names) }) : t('handed.nobody')}
    </p>
  );
}

function Weeks({ requests, now }: { requests: ScheduleRequest[]; now: number }) {
  const [table, setTable] = useState(false);
  const today = startOfDay(now);
  const weekday = (new Date(today + 12 * 3_600_000).getUTCDay() + 6) % 7;
  const weeks = perWeek(requests, now, today - weekday * DAY);
  const counts = weeks.map((one) => one.count);
  const most = Math.max(2, ...counts);
  const top = most % 2 === 0 ? most : most + 1;
  const sorted = [...counts].sort((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const finding = t('weeks.finding', { now: counts.at(-1) ?? 0, median });
  return (
    <Section
      title={t('weeks.title')}
      count={finding}
      more={
        <button type="button" className="button-link" onClick={() => setTable(!table)}>
          {t(table ? 'chart.asPicture' : 'chart.asTable')}
        </button>
      }
    >
      {table ? (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t('weeks.week')}</th>
              <th scope="col" className="end">
                {t('weeks.count')}
              </th>
            </tr>
          </thead>
          <tbody>
            {weeks.map((one) => (
              <tr key={one.start}>
                <td>{t('weeks.from', { n: weekNumber(one.start), when: dayOf(one.start) })}</td>
                <td className="end num">{one.count}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <svg viewBox="0 0 346 190" className="weeks" role="img" aria-label={`${t('weeks.title')}: ${finding}`}>
          {[0, 0.5, 1].map((part) => (
            <g key={part}>
              <line x1="22" x2="346" y1={164 - part * 150} y2={164 - part * 150} />
              <text x="0" y={168 - part * 150}>
                {top * part}
              </text>
            </g>
          ))}
          {weeks.map((one, at) => (
            <g key={one.start}>
              <rect x={30 + at * 26.6} width="16" y={164 - (one.count / top) * 150} height={(one.count / top) * 150} rx="2" className={at === weeks.length - 1 ? 'present' : ''} />
              <text x={38 + at * 26.6} y="184" textAnchor="middle">
                {weekNumber(one.start)}
              </text>
            </g>
          ))}
        </svg>
      )}
    </Section>
  );
}

/** What somebody who looks after the group should see to. */
export function needsLook({ roles, requests, owners, now }: { roles: Role[]; requests: ScheduleRequest[]; owners: number | undefined; now: number }): { warns: boolean; line: string; detail: string }[] {
  const found: { warns: boolean; line: string; detail: string }[] = [];
  if (owners === 0) found.push({ warns: true, line: t('look.noOwner'), detail: t('look.noOwnerWhy') });
  const standing = roles.filter((role) => role.state === 'active' && role.assignmentType === 'assigned' && role.endDateTime === null && role.accessId !== 'owner');
  if (standing.length > 0) found.push({ warns: true, line: t('look.standing', { count: standing.length }), detail: and(standing.slice(0, 3).map((role) => role.principalDisplayName ?? '')) });
  for (const role of roles) {
    const since = now - millis(role.startDateTime);
    if (role.state !== 'eligible' || since < 30 * DAY) continue;
    const used = requests.some((one) => one.action === 'selfActivate' && one.principalId === role.principalId && one.accessId === role.accessId);
    if (!used) found.push({ warns: false, line: t('look.never', { name: role.principalDisplayName ?? '' }), detail: t('look.eligibleFor', { length: length(since) }) });
  }
  return found;
}

function Full({ group, roles }: { group: Managed; roles: Role[] }) {
  const now = useEdges(edgesOf(roles));
  const navigate = useNavigate();
  const { range = '7', table = false } = useSearch({ strict: false }) as GroupSearch;
  const requests = useQuery(groupRequests(group.id, group.of)).data ?? [];
  const rules = useQuery(policies(group.id, group.of)).data ?? [];
  const owners = useQuery({ ...people(group.id, 'owners'), enabled: group.of === undefined }).data;
  const days = window.innerWidth < 640 ? 1 : (Number(range) as 1 | 7 | 30);
  const lanes = lanesOf(roles, requests, now, startOfDay(now) - (days - 1) * DAY);
  const active = roles.filter((role) => role.state === 'active' && millis(role.startDateTime) <= now && (role.endDateTime === null || millis(role.endDateTime) > now));
  const activated = active.filter((role) => role.assignmentType === 'activated').length;
  const look = owners === undefined && group.of === undefined ? [] : needsLook({ roles, requests, owners: owners?.length, now });
  const search = (change: { range?: '1' | '7' | '30'; table?: boolean | undefined }) => void navigate({ to: '.', search: (was: object) => ({ ...was, ...change }), replace: true, resetScroll: false });
  const eligible = (access: string) => roles.filter((role) => role.state === 'eligible' && role.accessId === access).length;
  return (
    <>
      <div className="section-head">
        <h2>{t('overview.have', { count: active.length })}</h2>
        <span className="secondary">{t('overview.by', { activated, standing: active.length - activated })}</span>
        <span className="more tools" style={{ margin: '0 0 0 auto' }}>
          <span className="wide-only">
            <Segmented
              label={t('overview.range')}
              value={range}
              options={[
                { value: '1', label: t('time.days', { count: 1 }) },
                { value: '7', label: t('time.days', { count: 7 }) },
                { value: '30', label: t('time.days', { count: 30 }) },
              ]}
              onChange={(value) => search({ range: value })}
            />
          </span>
          <Button appearance="subtle" onClick={() => search({ table: table ? undefined : true })}>
            {t(table ? 'chart.asPicture' : 'chart.asTable')}
          </Button>
        </span>
      </div>
      {lanes.length === 0 ? (
        <div className="card">
          <Empty icon={InfoRegular} line={t('overview.none')} sentence={t('overview.noneWhy')} />
        </div>
      ) : (
        <Gantt lanes={lanes} days={days} now={now} table={table} onOpen={(id) => void navigate({ to: '/requests/$id', params: { id } })} />
      )}
      <div className="group-columns">
        <Weeks requests={requests} now={now} />
        <Section
          title={t('handed.title')}
          more={
            <TabLink group={group} tab="settings">
              {t('group.settings')}
            </TabLink>
          }
        >
          <div className="handed">
            {rules.map((policy) => (
              <PolicySentence key={policy.access} policy={policy} />
            ))}
            <p className="secondary">{group.of === 'role' ? t('handed.eligibleRole', { count: eligible('role') }) : t('handed.eligible', { members: eligible('member'), owners: eligible('owner') })}</p>
          </div>
        </Section>
        <Section title={t('look.title')} count={look.length === 0 ? undefined : look.length}>
          {look.length === 0 ? (
            <p className="status live bare">
              <CheckmarkRegular aria-hidden /> {t('look.nothing')}
            </p>
          ) : (
            <ul className="worth looks">
              {look.slice(0, 5).map((one) => (
                <li key={one.line} className={one.warns ? 'warns' : ''}>
                  {one.warns ? <WarningRegular aria-label={t('approve.warning')} /> : <InfoRegular aria-hidden />}
                  <span>
                    <span className="row-title">{one.line}</span>
                    <br />
                    <span className="secondary">{one.detail}</span>
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Section>
      </div>
    </>
  );
}

/** What those see who don't look after the group: how it is handed out, and whom to ask. */
function Short({ group }: { group: Managed }) {
  const rules = useQuery({ ...policies(group.id, group.of), retry: false }).data ?? [];
  const owners = useQuery({ ...people(group.id, 'owners'), enabled: group.of === undefined, retry: false }).data ?? [];
  return (
    <div className="group-columns">
      <Section title={t('handed.title')}>
        <div className="handed">
          {rules.map((policy) => (
            <PolicySentence key={policy.access} policy={policy} />
          ))}
        </div>
      </Section>
      <Section title={t('overview.ask')}>
        {owners.length === 0 ? (
          <p className="secondary">{t('overview.askAdmins')}</p>
        ) : (
          <ul className="card">
            {owners.map((one) => (
              <li key={one.id} className="row">
                <PrincipalMark name={one.displayName} size={36} />
                <span className="row-words">
                  <span className="row-title"><Named of={one.displayName} /></span>
                  <br />
                  <span className="secondary">{one.mail ?? one.userPrincipalName}</span>
                </span>
              </li>
            ))}
          </ul>
        )}
      </Section>
    </div>
  );
}

export default function Overview({ group }: { group: Managed }) {
  const query = useQuery({ ...groupRoles(group.id, group.of), retry: false });
  if (query.error instanceof Refused && query.error.status === 403) return <Short group={group} />;
  return <Loaded query={query}>{(roles) => <Full group={group} roles={roles} />}</Loaded>;
}
