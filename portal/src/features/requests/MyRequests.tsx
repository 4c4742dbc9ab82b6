/** What I have asked for, newest first (R-E4). */
import '../roles/roles.css';
import { SendClockRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { myRequests, myRoles } from '../../api/queries';
import type { ScheduleRequest } from '../../api/types';
import { t } from '../../i18n';
import { Empty, Head, Section, useTitle } from '../../parts/layout';
import { GroupMark } from '../../parts/marks';
import { Loaded } from '../../parts/Query';
import { Status } from '../../parts/status';
import { At } from '../../parts/time';
import { useNow } from '../../time/clock';
import { length } from '../../time/format';
import { askedLength, requestStanding } from '../../words';

/** What a request asks for, in few words: `prod-db-admins for 2 h`. */
export function requestTitle(request: ScheduleRequest): string {
  const name = request.group?.displayName ?? request.groupId;
  if (request.action === 'selfDeactivate') return t('request.ended', { name });
  if (request.action === 'selfExtend') return t('request.extend', { name });
  if (request.action === 'selfRenew') return t('request.renew', { name });
  const span = askedLength(request);
  return span === undefined ? name : t('request.for', { name, length: length(span) });
}

function Row({ request }: { request: ScheduleRequest }) {
  const now = useNow();
  const roles = useQuery(myRoles()).data;
  const role = [...(roles?.active ?? []), ...(roles?.ended ?? [])].find((one) => one.scheduleId === request.targetScheduleId && request.action === 'selfActivate');
  const [standing, words] = requestStanding(request, now, role);
  return (
    <li className="row">
      <GroupMark name={request.group?.displayName} />
      <span className="row-words">
        <Link to="/requests/$id" params={{ id: request.id }} className="row-title">
          {requestTitle(request)}
        </Link>
        <br />
        <span className="secondary">{request.justification ?? ''}</span>
      </span>
      <Status is={standing}>{words}</Status>
      <span className="secondary request-when">
        <At when={request.createdDateTime} />
      </span>
    </li>
  );
}

export default function MyRequests() {
  useTitle(t('nav.requests'));
  const query = useQuery(myRequests());
  return (
    <>
      <Head title={t('nav.requests')}>{t('requests.what')}</Head>
      <div className="section">
        <Loaded query={query}>
          {(requests) => {
            const waiting = requests.filter((one) => one.status.startsWith('Pending'));
            const rest = requests.filter((one) => !one.status.startsWith('Pending'));
            if (requests.length === 0) {
              return (
                <Empty icon={SendClockRegular} line={t('requests.none')} sentence={t('requests.noneWhy')}>
                  <Link to="/roles">{t('nav.roles')}</Link>
                </Empty>
              );
            }
            return (
              <>
                {waiting.length === 0 ? null : (
                  <Section title={t('requests.waiting')} count={waiting.length}>
                    <ul className="card">
                      {waiting.map((one) => (
                        <Row key={one.id} request={one} />
                      ))}
                    </ul>
                  </Section>
                )}
                {rest.length === 0 ? null : (
                  <Section title={t('requests.earlier')}>
                    <ul className="card">
                      {rest.map((one) => (
                        <Row key={one.id} request={one} />
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
  );
}
