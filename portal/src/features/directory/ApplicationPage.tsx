/** An application: who owns it, how it signs in, until when its secrets last, and what it may ask for. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { application as applicationQuery, applicationOwners, programOf } from '../../api/queries';
import type { Application } from '../../api/types';
import { t } from '../../i18n';
import { Section, Title, useTitle } from '../../parts/layout';
import { PrincipalMark } from '../../parts/marks';
import { Loaded } from '../../parts/Query';
import { Status } from '../../parts/status';
import { useMinute } from '../../time/clock';
import { DAY } from '../../time/duration';
import { date, millis, until } from '../../time/format';
import { Named } from '../../parts/named';

function Secrets({ application }: { application: Application }) {
  const now = useMinute();
  const secrets = application.passwordCredentials ?? [];
  return (
    <Section title={t('application.secrets')} count={secrets.length}>
      {secrets.length === 0 ? (
        <div className="card">
          <p className="row secondary">{t('application.noSecrets')}</p>
        </div>
      ) : (
        <ul className="card">
          {secrets.map((secret) => {
            const left = secret.endDateTime === null ? Infinity : millis(secret.endDateTime) - now;
            return (
              <li key={secret.keyId} className="row">
                <span className="row-words">
                  <span className="row-title"><Named of={secret.displayName ?? secret.keyId} /></span>
                </span>
                <Status is={left <= 0 ? 'ended' : left < 14 * DAY ? 'soon' : 'notice'}>{left <= 0 ? t('application.over') : until(secret.endDateTime, now)}</Status>
              </li>
            );
          })}
        </ul>
      )}
    </Section>
  );
}

function Owners({ id }: { id: string }) {
  const owners = useQuery({ ...applicationOwners(id), retry: false }).data;
  if (owners === undefined) return null;
  return (
    <Section title={t('table.owners')} count={owners.length}>
      {owners.length === 0 ? (
        <div className="card">
          <p className="row secondary">{t('application.noOwners')}</p>
        </div>
      ) : (
        <ul className="card">
          {owners.map((one) => (
            <li key={one.id} className="row">
              <PrincipalMark name={one.displayName} size={36} />
              <span className="row-words">
                <Link to="/directory/users/$id" params={{ id: one.id }} className="row-title">
                  <Named of={one.displayName ?? one.id} />
                </Link>
                <br />
                <span className="secondary">{one.userPrincipalName}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

export default function ApplicationPage() {
  const { id } = useParams({ from: '/directory/applications/$id' });
  const query = useQuery(applicationQuery(id));
  const program = useQuery({ ...programOf(query.data?.appId ?? ''), enabled: query.isSuccess, retry: false }).data;
  useTitle(query.data?.displayName, t('nav.directory'));
  return (
    <Loaded query={query} place>
      {(application) => {
        const addresses = [application.web, application.spa, application.publicClient].flatMap((one) => one?.redirectUris ?? []);
        return (
          <>
            <div className="head">
              <div className="head-words">
                <Title><Named of={application.displayName} /></Title>
                <p>{t('directory.application')}</p>
              </div>
            </div>
            <div className="columns">
              <div>
                <Owners id={id} />
                <Secrets application={application} />
              </div>
              <aside className="panel section" aria-label={t('application.facts')}>
                <h2>{t('application.facts')}</h2>
                <dl className="facts" style={{ marginTop: 12 }}>
                  <div>
                    <dt>{t('application.clientId')}</dt>
                    <dd className="mono">{application.appId}</dd>
                  </div>
                  {application.createdDateTime === null ? null : (
                    <div>
                      <dt>{t('application.made')}</dt>
                      <dd>{date(application.createdDateTime)}</dd>
                    </div>
                  )}
                  {program === undefined || program === null ? null : (
                    <div>
                      <dt>{t('application.itself')}</dt>
                      <dd>{t(program.accountEnabled ? 'application.enabled' : 'application.disabled', { count: program.granted.length })}</dd>
                    </div>
                  )}
                  <div>
                    <dt>{t('application.addresses')}</dt>
                    <dd>
                      {addresses.length === 0 ? (
                        t('application.noAddresses')
                      ) : (
                        <ul>
                          {addresses.map((one) => (
                            <li key={one} className="mono">
                              {one}
                            </li>
                          ))}
                        </ul>
                      )}
                    </dd>
                  </div>
                </dl>
              </aside>
            </div>
          </>
        );
      }}
    </Loaded>
  );
}
