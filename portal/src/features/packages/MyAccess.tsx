/** The access packages that I have, could ask for, and asked for (R-G3, R-G4). */
import './packages.css';
import '../roles/roles.css';
import { Button, Input } from '@fluentui/react-components';
import { BoxRegular, SearchRegular, SendClockRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { cancelPackageRequest, myPackageRequests, myPackages, offeredPackages, type AccessPackage, type PackageAssignment, type PackageRequest } from '../../api/packages';
import { accessChanged } from '../../api/queries';
import { t } from '../../i18n';
import { announce } from '../../parts/announce';
import { Empty, Head, useTitle } from '../../parts/layout';
import { Refusal } from '../../parts/messages';
import { Loaded } from '../../parts/Query';
import { Status } from '../../parts/status';
import { At } from '../../parts/time';
import { useMinute } from '../../time/clock';
import { DAY } from '../../time/duration';
import { length, millis, until } from '../../time/format';
import { Gives, HeldRoles, PackageMark, assignmentEnd, packageStanding, assignmentStanding } from './shown';
import { Named } from '../../parts/named';

const AskDialog = lazy(() => import('./AskDialog'));
const ExtendDialog = lazy(() => import('./KeepDialogs'));
const GiveBackDialog = lazy(() => import('./KeepDialogs').then(({ GiveBackDialog }) => ({ default: GiveBackDialog })));

const OWN_TAB = { exact: true, includeSearch: true, explicitUndefined: true } as const;

/** Whether somebody has it now or will without doing more. */
export const isLive = (assignment: PackageAssignment, now: number) => {
  const end = assignmentEnd(assignment);
  return assignment.state !== 'expired' && (end === undefined || end > now);
};

function Had({ assignment, onExtend, onGiveBack }: { assignment: PackageAssignment; onExtend: () => void; onGiveBack: () => void }) {
  const now = useMinute();
  const end = assignmentEnd(assignment);
  const live = isLive(assignment, now);
  const name = assignment.accessPackage.displayName;
  const may = assignment.assignmentPolicy?.requestorSettings;
  const soon = live && end !== undefined && end - now < 14 * DAY;
  const [standing, words] = assignmentStanding(assignment, now);
  return (
    <li className="package">
      <div className="package-line">
        <PackageMark />
        <span className="row-words">
          <span className="row-title"><Named of={name} /></span>
          <br />
          <span className="secondary">{assignment.accessPackage.description}</span>
        </span>
        <span className="package-end">
          <Status is={soon ? 'soon' : standing}>{soon ? t('packages.endsIn', { length: length(end - now) }) : words}</Status>
          <span className="secondary num">{live ? until(end, now) : end === undefined ? '' : <At when={end} />}</span>
        </span>
        {live ? (
          <span className="package-do">
            {may?.enableTargetsToSelfUpdateAccess === true && end !== undefined ? (
              <Button onClick={onExtend} aria-label={t('packages.extendNamed', { name })}>
                {t('roles.extend')}
              </Button>
            ) : null}
            {may?.enableTargetsToSelfRemoveAccess === true ? (
              <Button onClick={onGiveBack} aria-label={t('packages.giveBackNamed', { name })}>
                {t('packages.giveBack')}
              </Button>
            ) : null}
          </span>
        ) : null}
      </div>
      {live ? <HeldRoles assignment={assignment} /> : null}
    </li>
  );
}

function Mine() {
  const now = useMinute();
  const query = useQuery(myPackages());
  const [extends_, setExtends] = useState<PackageAssignment>();
  const [gives, setGives] = useState<PackageAssignment>();
  return (
    <Loaded query={query}>
      {(all) => {
        const live = all.filter((one) => isLive(one, now));
        const over = all.filter((one) => !isLive(one, now));
        const row = (one: PackageAssignment) => <Had key={one.id} assignment={one} onExtend={() => setExtends(one)} onGiveBack={() => setGives(one)} />;
        return (
          <>
            {live.length === 0 ? (
              <Empty icon={BoxRegular} line={t('packages.none')} sentence={t('packages.noneWhy')}>
                <Link to="/my-access" search={{ tab: 'ask' }}>
                  {t('packages.find')}
                </Link>
              </Empty>
            ) : (
              <ul className="card">{live.map(row)}</ul>
            )}
            {over.length === 0 ? null : (
              <section className="section">
                <h2 style={{ marginBottom: 12 }}>{t('packages.over')}</h2>
                <ul className="card">{over.map(row)}</ul>
              </section>
            )}
            <Suspense>
              {extends_ === undefined ? null : <ExtendDialog assignment={extends_} onClose={() => setExtends(undefined)} />}
              {gives === undefined ? null : <GiveBackDialog assignment={gives} onClose={() => setGives(undefined)} />}
            </Suspense>
          </>
        );
      }}
    </Loaded>
  );
}

function Offered({ one, has, waits, onAsk }: { one: AccessPackage; has: boolean; waits: PackageRequest | undefined; onAsk: () => void }) {
  return (
    <li className="package">
      <div className="package-line">
        <PackageMark />
        <span className="row-words">
          <span className="row-title"><Named of={one.displayName} /></span>
          <br />
          <span className="secondary">{[one.description, one.catalog?.displayName].filter(Boolean).join(' · ')}</span>
        </span>
        {has ? (
          <Status is="active">{t('packages.have')}</Status>
        ) : waits === undefined ? (
          <Button onClick={onAsk} aria-label={t('packages.askNamed', { name: one.displayName })}>
            {t('packages.ask')}
          </Button>
        ) : (
          <Status is={packageStanding(waits.state)[0]}>{packageStanding(waits.state)[1]}</Status>
        )}
      </div>
      <Gives roles={one.resourceRoleScopes ?? []} />
    </li>
  );
}

function Find() {
  const now = useMinute();
  const { q = '', ask } = useSearch({ from: '/my-access' });
  const navigate = useNavigate({ from: '/my-access' });
  const query = useQuery(offeredPackages());
  const mine = useQuery(myPackages()).data ?? [];
  const requests = useQuery(myPackageRequests()).data ?? [];
  const to = (id: string | undefined) => void navigate({ search: (was) => ({ ...was, ask: id }), resetScroll: false });
  return (
    <Loaded query={query}>
      {(all) => {
        const found = all.filter((one) => `${one.displayName} ${one.description ?? ''} ${one.catalog?.displayName ?? ''}`.toLowerCase().includes(q.trim().toLowerCase()));
        const asked = all.find((one) => one.id === ask);
        return (
          <>
            {all.length === 0 ? (
              <Empty icon={BoxRegular} line={t('packages.nothingOffered')} sentence={t('packages.nothingOfferedWhy')} />
            ) : (
              <>
                <div className="tools">
                  <Input
                    contentBefore={<SearchRegular />}
                    type="search"
                    aria-label={t('packages.search', { count: all.length })}
                    placeholder={t('packages.search', { count: all.length })}
                    value={q}
                    style={{ width: 320, maxWidth: '100%' }}
                    onChange={(_, data) => void navigate({ search: (was) => ({ ...was, q: data.value === '' ? undefined : data.value }), replace: true })}
                  />
                </div>
                {found.length === 0 ? (
                  <Empty icon={SearchRegular} line={t('search.none', { text: q })} />
                ) : (
                  <ul className="card">
                    {found.map((one) => (
                      <Offered
                        key={one.id}
                        one={one}
                        has={mine.some((other) => other.accessPackage.id === one.id && isLive(other, now))}
                        waits={requests.find((other) => other.accessPackage.id === one.id && ['pendingApproval', 'scheduled', 'submitted'].includes(other.state))}
                        onAsk={() => to(one.id)}
                      />
                    ))}
                  </ul>
                )}
              </>
            )}
            <Suspense>{asked === undefined ? null : <AskDialog one={asked} onClose={() => to(undefined)} />}</Suspense>
          </>
        );
      }}
    </Loaded>
  );
}

function Asked({ request }: { request: PackageRequest }) {
  const now = useMinute();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [standing, words] = packageStanding(request.state);
  const start = request.schedule.startDateTime;
  const open = request.state === 'pendingApproval' || (request.state === 'scheduled' && start !== null && start !== undefined && millis(start) > now);
  const name = request.accessPackage.displayName;
  const cancel = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await cancelPackageRequest(request.id);
      announce(t('request.nowCanceled'));
      await accessChanged();
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  };
  return (
    <li className="package">
      <div className="package-line">
        <PackageMark />
        <span className="row-words">
          <span className="row-title">{t(`packages.asked.${request.requestType as 'userAdd'}`, { name })}</span>
          <br />
          <span className="secondary">
            {[request.justification, ...request.answers.map((one) => `${one.answeredQuestion.text ?? ''} ${one.value}`)].filter(Boolean).join(' · ')}
          </span>
        </span>
        <Status is={standing}>{words}</Status>
        <span className="secondary request-when">
          <At when={request.createdDateTime} />
        </span>
        {open ? (
          <Button disabledFocusable={busy} onClick={() => void cancel()} aria-label={t('packages.cancelNamed', { name })}>
            {t('request.cancel')}
          </Button>
        ) : null}
      </div>
      {error === undefined ? null : <Refusal title={t('request.notCanceled')} error={error} />}
    </li>
  );
}

function Requests() {
  const query = useQuery(myPackageRequests());
  return (
    <Loaded query={query}>
      {(all) =>
        all.length === 0 ? (
          <Empty icon={SendClockRegular} line={t('packages.noRequests')} sentence={t('packages.noRequestsWhy')} />
        ) : (
          <ul className="card">
            {all.map((one) => (
              <Asked key={one.id} request={one} />
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

export default function MyAccess() {
  const { tab } = useSearch({ from: '/my-access' });
  const waits = useQuery(myPackageRequests()).data?.filter((one) => one.state === 'pendingApproval').length ?? 0;
  useTitle(t('nav.packages'));
  const tabs = [
    { tab: undefined, label: t('packages.tab.mine') },
    { tab: 'ask' as const, label: t('packages.tab.ask') },
    { tab: 'requests' as const, label: t('packages.tab.requests'), count: waits },
  ];
  return (
    <>
      <Head title={t('nav.packages')}>{t('packages.what')}</Head>
      <nav className="tabs" aria-label={t('packages.tabs')}>
        {tabs.map((one) => (
          <Link key={one.label} to="/my-access" search={{ tab: one.tab }} activeOptions={OWN_TAB} activeProps={{}} aria-current={tab === one.tab ? 'page' : undefined}>
            {one.label}
            {one.count === undefined || one.count === 0 ? null : <span className="num"> · {one.count}</span>}
          </Link>
        ))}
      </nav>
      <div className="section">{tab === 'ask' ? <Find /> : tab === 'requests' ? <Requests /> : <Mine />}</div>
    </>
  );
}
