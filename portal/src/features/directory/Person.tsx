/** Somebody: all they have and may activate, by which way, and what they did. */
import { InfoRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { unitOf } from '../../api/held';
import { access, difference, unit as unitQuery, user as userQuery } from '../../api/queries';
import type { Holding } from '../../api/types';
import { Say, t } from '../../i18n';
import { HeldLink } from '../../parts/HeldLink';
import { Empty, Section, Title, useTitle } from '../../parts/layout';
import { GroupMark, PrincipalMark } from '../../parts/marks';
import { Loaded } from '../../parts/Query';
import { Status } from '../../parts/status';
import { At } from '../../parts/time';
import { serverNow, useMinute } from '../../time/clock';
import { DAY } from '../../time/duration';
import { until } from '../../time/format';
import { accessName } from '../../words';
import { Name } from '../audit/sentences';
import { Named } from '../../parts/named';

function Row({ holding, lost = false }: { holding: Holding; lost?: boolean }) {
  const now = useMinute();
  const own = holding.chain[0];
  const scope = unitOf(holding.scope);
  const unit = useQuery({ ...unitQuery(scope ?? ''), enabled: scope !== undefined, retry: false }).data?.displayName;
  const via = holding.chain.find((one) => one.groupId !== holding.groupId && one.accessId !== 'role')?.groupId;
  return (
    <li className="row">
      <GroupMark name={holding.groupDisplayName} />
      <span className="row-words">
        <HeldLink held={holding} className="row-title">
          <Named of={holding.groupDisplayName ?? holding.groupId} />
        </HeldLink>
        <br />
        <span className="secondary">
          {accessName(holding.accessId)}
          {unit === undefined ? null : ` · ${unit}`}
          {via === undefined ? null : (
            <>
              {' · '}
              <Say of="access.through" group={<Name id={via} />} />
            </>
          )}
          {own?.request?.justification ? ` · “${own.request.justification}”` : ''}
        </span>
      </span>
      {lost ? (
        <Status is="ended">{t(holding.state === 'eligible' ? 'status.eligible' : 'roles.active')}</Status>
      ) : holding.state === 'eligible' ? (
        <Status is="eligible">{t('status.eligible')}</Status>
      ) : own?.assignmentType === 'activated' ? (
        <Status is="active">{t('status.activated')}</Status>
      ) : (
        <Status is="standing">{t('status.assigned')}</Status>
      )}
      <span className="secondary num request-when" style={{ width: 140 }}>
        {lost ? (own?.endDateTime ? <At when={own.endDateTime} /> : null) : until(own?.endDateTime, now)}
      </span>
    </li>
  );
}

export default function Person() {
  const { id } = useParams({ from: '/directory/users/$id' });
  const query = useQuery(userQuery(id));
  const held = useQuery({ ...access({ user: id }), retry: false });
  const [since] = useState(() => new Date(serverNow() - 30 * DAY).toISOString());
  const lost = useQuery({ ...difference({ from: since, to: undefined, principalId: id }), retry: false }).data?.filter((one) => one.change === 'lost') ?? [];
  useTitle(query.data?.displayName ?? undefined, t('nav.directory'));
  return (
    <Loaded query={query} place>
      {(who) => (
        <>
          <div className="head" style={{ flexWrap: 'nowrap', justifyContent: 'flex-start', gap: 16 }}>
            <PrincipalMark name={who.displayName} size={48} />
            <div className="head-words">
              <Title><Named of={who.displayName} /></Title>
              <p>{[who.jobTitle, who.userPrincipalName].filter(Boolean).join(' · ')}</p>
              <p>
                <Link to="/access" search={{ person: id }}>
                  {t('person.had')}
                </Link>
                {' · '}
                <Link to="/audit" search={{ person: id }}>
                  {t('person.audit')}
                </Link>
              </p>
            </div>
          </div>
          <div className="section">
            <Loaded query={held}>
              {(holdings) => {
                const has = holdings.filter((one) => one.state === 'active');
                const may = holdings.filter((one) => one.state === 'eligible');
                if (holdings.length + lost.length === 0) return <Empty icon={InfoRegular} line={t('person.nothing')} sentence={t('person.nothingWhy')} />;
                return (
                  <>
                    {has.length === 0 ? null : (
                      <Section title={t('person.has')} count={has.length}>
                        <ul className="card">
                          {has.map((one) => (
                            <Row key={`${one.groupId} ${one.accessId} ${one.scope ?? ''} ${one.chain[0]?.scheduleId}`} holding={one} />
                          ))}
                        </ul>
                      </Section>
                    )}
                    {may.length === 0 ? null : (
                      <Section title={t('person.may')} count={may.length}>
                        <ul className="card">
                          {may.map((one) => (
                            <Row key={`${one.groupId} ${one.accessId} ${one.scope ?? ''} ${one.chain[0]?.scheduleId}`} holding={one} />
                          ))}
                        </ul>
                      </Section>
                    )}
                    {lost.length === 0 ? null : (
                      <Section title={t('person.had30')} count={lost.length}>
                        <ul className="card">
                          {lost.map((one) => (
                            <Row key={`${one.groupId} ${one.accessId} ${one.scope ?? ''} ${one.state}`} holding={{ ...one, chain: one.before[0] ?? [] }} lost />
                          ))}
                        </ul>
                      </Section>
                    )}
                  </>
                );
              }}
            </Loaded>
          </div>
        </>
      )}
    </Loaded>
  );
}
