/** What matters now, for whoever comes: what is mine, what waits, what ends soon, what looks wrong. */
import '../roles/roles.css';
import './home.css';
import { Button } from '@fluentui/react-components';
import { CheckmarkRegular, ChevronRightRegular, DismissRegular, KeyRegular, PersonRegular, WarningRegular } from '@fluentui/react-icons';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';
import { myPackageRequests, myPackages } from '../../api/packages';
import { abilities, approvals, demonstration, groupRoles, managedGroups, me, myRequests, myRoles, people, policies } from '../../api/queries';
import type { MyRoles, Role, ScheduleRequest } from '../../api/types';
import { t } from '../../i18n';
import { useDeciders } from '../../parts/deciders';
import { Empty, Head, RowSkeletons, Section, useTitle } from '../../parts/layout';
import { GroupMark, PrincipalMark } from '../../parts/marks';
import { Loaded } from '../../parts/Query';
import { Status } from '../../parts/status';
import { prefer, usePreferences } from '../../preferences';
import { useEdges, useMinute, useNow } from '../../time/clock';
import { DAY } from '../../time/duration';
import { ago, edgesOf, length, millis, point, time, until } from '../../time/format';
import { askedLength, or, roleKey, spanOf } from '../../words';
import { assignmentEnd } from '../packages/period';
import { ActiveRole } from '../roles/ActiveRole';
import type { Later } from '../roles/LaterDialog';
import { shownActive, Terms, useActivate } from '../roles/MyRoles';
import { requestTitle } from '../requests/MyRequests';
import { Named, WhoExactly } from '../../parts/named';

const LaterDialog = lazy(() => import('../roles/LaterDialog'));

function greeting(now: number): 'home.morning' | 'home.afternoon' | 'home.evening' | 'home.night' {
  const hour = Number(time(now).slice(0, 2));
  return hour < 5 ? 'home.night' : hour < 12 ? 'home.morning' : hour < 18 ? 'home.afternoon' : 'home.evening';
}

/** The first sentence: how things stand for me. */
export function standing({ active, waiting, now }: { active: readonly Role[]; waiting: number; now: number }): string {
  const timed = active.filter((role) => role.assignmentType === 'activated' && role.endDateTime !== null && millis(role.endDateTime) > now);
  const first = timed.map((role) => millis(role.endDateTime!)).sort((one, other) => one - other)[0];
  const parts = [timed.length === 0 ? t('home.noRole') : t('home.roles', { count: timed.length })];
  if (first !== undefined) parts.push(t(timed.length === 1 ? 'home.ends' : 'home.firstEnds', { length: length(first - now) }));
  parts.push(waiting === 0 ? t('home.nothingWaits') : t('home.waits', { count: waiting }));
  return parts.join(' ');
}

function Favourite({ role }: { role: Role }) {
  const activate = useActivate();
  const name = role.groupDisplayName ?? role.groupId;
  return (
    <li className="row">
      <GroupMark name={name} />
      <span className="row-words">
        <span className="row-title"><Named of={name} /></span>
        <br />
        <Terms role={role} />
      </span>
      <Button onClick={() => activate([role])} aria-label={t('roles.activateNamed', { name })}>
        {t('roles.activate')}
      </Button>
    </li>
  );
}

/** Whose answer a request waits for. */
function WaitsFor({ request }: { request: ScheduleRequest }) {
  const policy = useQuery(policies(request.groupId, request.accessId)).data?.find((one) => one.access === request.accessId);
  const names = useDeciders(policy, request.principalId);
  return names.length === 0 ? null : <>{t('home.waitsFor', { names: or(names) })}</>;
}

/** Who has activated what now, whichever group it is in: the first to end first. */
function ActiveEverywhere() {
  const groups = useQuery(managedGroups()).data;
  const ids = useMemo(() => (groups ?? []).slice(0, 40).map((group) => group.id), [groups]);
  const found = useQueries({ queries: ids.map((id) => ({ ...groupRoles(id), retry: false })) });
  const activated = found
    .flatMap((one, at) => (one.data ?? []).map((role) => ({ ...role, groupDisplayName: groups?.[at]?.displayName ?? '' })))
    .filter((role) => role.state === 'active' && role.assignmentType === 'activated' && role.endDateTime !== null);
  const now = useEdges(edgesOf(activated));
  const active = activated
    .filter((role) => millis(role.endDateTime!) > now && millis(role.startDateTime) <= now)
    .sort((one, other) => millis(one.endDateTime!) - millis(other.endDateTime!));
  if (groups === undefined || found.some((one) => one.isPending)) {
    return (
      <Section title={t('home.everywhere')}>
        <RowSkeletons />
      </Section>
    );
  }
  return (
    <Section title={t('home.everywhere')} count={active.length} more={<Link to="/groups">{t('nav.groups')}</Link>}>
      {active.length === 0 ? (
        <div className="card">
          <p className="row secondary">{t('home.nobodyNow')}</p>
        </div>
      ) : (
        <ul className="card">
          {active.slice(0, 6).map((role) => (
            <li key={role.scheduleId} className="row">
              <PrincipalMark name={role.principalDisplayName} size={36} />
              <span className="row-words">
                <span className="row-title"><Named of={role.principalDisplayName} /></span>
                <br />
                <Link to="/groups/$id/{-$tab}" params={{ id: role.groupId, tab: 'overview' }} className="secondary">
                  <Named of={role.groupDisplayName} />
                </Link>
              </span>
              <Status is="active">{until(role.endDateTime, now)}</Status>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function OnTheWay({ roles, onLater }: { roles: MyRoles; onLater: (later: Later) => void }) {
  const now = useMinute();
  const requests = useQuery(myRequests()).data ?? [];
  const open = requests.filter((one) => one.status.startsWith('Pending') || (one.status === 'Granted' && (spanOf(one).start ?? 0) > now));
  const packages = (useQuery(myPackageRequests()).data ?? []).filter((one) => one.state === 'pendingApproval' || one.state === 'scheduled');
  const endingPackages = (useQuery(myPackages()).data ?? []).flatMap((one) => {
    const end = assignmentEnd(one);
    return end === undefined || end <= now || end - now > 14 * DAY ? [] : [{ id: one.id, name: one.accessPackage.displayName, end }];
  });
  const ending = roles.eligible.filter((role) => role.endDateTime !== null && millis(role.endDateTime) - now < 14 * DAY);
  return (
    <Section title={t('home.onTheWay')}>
      {open.length + ending.length + packages.length + endingPackages.length === 0 ? (
        <div className="card">
          <p className="row secondary">{t('home.nothingOnTheWay')}</p>
        </div>
      ) : (
        <ul className="card">
          {open.map((one) => (
            <li key={one.id} className="way">
              <p className="way-line">
                <Status is={one.status === 'Granted' ? 'scheduled' : 'pending'}>{t(one.status === 'Granted' ? 'status.scheduledShort' : one.status === 'PendingApproval' ? 'status.pending' : 'status.pendingAdmin')}</Status>
                <span className="secondary num">{one.status === 'Granted' ? point(spanOf(one).start ?? now, now) : ago(one.createdDateTime, now)}</span>
              </p>
              <Link to="/requests/$id" params={{ id: one.id }} className="row-title">
                {requestTitle(one)}
              </Link>
              <p className="secondary">
                {one.status === 'Granted' ? t('home.byItself') : t('home.asked', { when: point(one.createdDateTime, now) })} {one.status === 'PendingApproval' ? <WaitsFor request={one} /> : null}
              </p>
            </li>
          ))}
          {packages.map((one) => (
            <li key={one.id} className="way">
              <p className="way-line">
                <Status is={one.state === 'scheduled' ? 'scheduled' : 'pending'}>{t(one.state === 'scheduled' ? 'status.scheduledShort' : 'status.pending')}</Status>
                <span className="secondary num">{ago(one.createdDateTime, now)}</span>
              </p>
              <Link to="/my-access" search={{ tab: 'requests' }} className="row-title">
                <Named of={one.accessPackage.displayName} />
              </Link>
              <p className="secondary">{t('packages.one')}</p>
            </li>
          ))}
          {endingPackages.map((one) => (
            <li key={one.id} className="way">
              <p className="way-line">
                <Status is="soon">{t('packages.endsSoon')}</Status>
                <span className="secondary num">{t('time.in', { length: length(one.end - now) })}</span>
              </p>
              <Link to="/my-access" className="row-title">
                <Named of={one.name} />
              </Link>
              <p className="secondary">{t('packages.one')}</p>
            </li>
          ))}
          {ending.map((role) => (
            <li key={role.scheduleId} className="way">
              <p className="way-line">
                <Status is="soon">{t('home.eligibilityEnds')}</Status>
                <span className="secondary num">{t('time.in', { length: length(millis(role.endDateTime!) - now) })}</span>
              </p>
              <p className="row-title"><Named of={role.groupDisplayName} /></p>
              <p className="secondary">
                {t('home.canUntil', { when: point(role.endDateTime!, now) })}{' '}
                {role.actions.includes('extend') ? (
                  <button type="button" className="button-link" onClick={() => onLater({ role, action: 'selfExtend' })}>
                    {t('roles.extend')}
                  </button>
                ) : null}
              </p>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function WaitsForMe() {
  const now = useMinute();
  const waiting = (useQuery(approvals()).data ?? []).filter((one) => one.status === 'PendingApproval').sort((one, other) => one.createdDateTime.localeCompare(other.createdDateTime));
  if (waiting.length === 0) return null;
  return (
    <Section title={t('home.waitsForYou')} count={waiting.length} more={<Link to="/approvals">{t('nav.approve')}</Link>}>
      <ul className="card">
        {waiting.slice(0, 5).map((one) => (
          <li key={one.id} className="row">
            <PrincipalMark name={one.principal?.displayName} size={36} />
            <span className="row-words">
              <span className="row-title">{askedLength(one) === undefined ? t('approve.asksPlain', { name: one.principal?.displayName ?? '', group: one.group?.displayName ?? '' }) : t('home.request', { name: one.principal?.displayName ?? '', group: one.group?.displayName ?? '', length: length(askedLength(one) ?? 0) })}</span>
              <br />
              <WhoExactly id={one.principalId} signsInAs={one.principal?.userPrincipalName} />
              <span className="secondary">
                {one.justification ? `“${one.justification}” · ` : ''}
                {ago(one.createdDateTime, now)}
              </span>
            </span>
            <Link to="/approvals/$id" params={{ id: one.id }} className="decide-link" aria-label={t('home.decideNamed', { name: one.principal?.displayName ?? '' })}>
              <Button tabIndex={-1} as="a">
                {t('home.decide')}
              </Button>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** What an administrator should look at: found from what the API says now. */
function LooksWrong() {
  const groups = useQuery(managedGroups()).data;
  const ids = useMemo(() => (groups ?? []).slice(0, 40).map((group) => group.id), [groups]);
  const owners = useQueries({ queries: ids.map((id) => ({ ...people(id, 'owners'), retry: false })) });
  const rules = useQueries({ queries: ids.map((id) => ({ ...policies(id), retry: false })) });
  if (groups === undefined || owners.some((one) => one.isPending) || rules.some((one) => one.isPending)) {
    return (
      <Section title={t('home.looksWrong')}>
        <RowSkeletons rows={1} />
      </Section>
    );
  }
  const found = ids.flatMap((id, at) => {
    const group = groups[at];
    const name = group?.displayName ?? id;
    const member = rules[at]?.data?.find((one) => one.access === 'member')?.settings;
    return [
      ...(owners[at]?.data?.length === 0 ? [{ id: `${id} owner`, group: id, tab: 'overview' as const, icon: PersonRegular, line: t('wrong.noOwner', { name }), detail: t('wrong.noOwnerWhy') }] : []),
      ...(group?.isAssignableToRole === true && member !== undefined && !member.approval
        ? [{ id: `${id} approval`, group: id, tab: 'settings' as const, icon: WarningRegular, line: t('wrong.noApproval', { name }), detail: t('wrong.noApprovalWhy') }]
        : []),
      ...(member !== undefined && !member.approval && !member.reason && member.signIn === 'nothing'
        ? [{ id: `${id} nothing`, group: id, tab: 'settings' as const, icon: WarningRegular, line: t('wrong.asksNothing', { name }), detail: t('wrong.asksNothingWhy') }]
        : []),
    ];
  });
  return (
    <Section title={t('home.looksWrong')} count={found.length === 0 ? undefined : found.length}>
      {found.length === 0 ? (
        <div className="card">
          <Empty icon={CheckmarkRegular} tone="live" line={t('wrong.none')} sentence={t('wrong.noneWhy')} />
        </div>
      ) : (
        <ul className="card">
          {found.slice(0, 6).map((one) => (
            <li key={one.id}>
              <Link to="/groups/$id/{-$tab}" params={{ id: one.group, tab: one.tab }} className="row wrong-row">
                <one.icon aria-hidden fontSize={20} />
                <span className="row-words">
                  <span className="row-title">{one.line}</span>
                  <br />
                  <span className="secondary">{one.detail}</span>
                </span>
                <ChevronRightRegular aria-hidden />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Tour() {
  const { tourDone } = usePreferences();
  const demo = useQuery(demonstration()).data === true;
  const may = useQuery(abilities()).data;
  if (!demo || tourDone) return null;
  const cards = [
    { to: '/roles' as const, title: t('tour.activate'), text: t('tour.activateText') },
    { to: '/approvals' as const, title: t('tour.approve'), text: t('tour.approveText') },
    may?.manages === true ? { to: '/groups' as const, title: t('tour.groups'), text: t('tour.groupsText') } : { to: '/requests' as const, title: t('tour.requests'), text: t('tour.requestsText') },
  ];
  return (
    <section className="tour panel" aria-label={t('tour.title')}>
      <div className="section-head">
        <h2>{t('tour.title')}</h2>
        <span className="more">
          <Button appearance="subtle" icon={<DismissRegular />} onClick={() => prefer({ tourDone: true })}>
            {t('tour.done')}
          </Button>
        </span>
      </div>
      <ul className="tour-cards">
        {cards.map((card) => (
          <li key={card.to}>
            <Link to={card.to} className="strong">
              {card.title}
            </Link>
            <p className="secondary">{card.text}</p>
          </li>
        ))}
        <li>
          <span className="strong">{t('tour.clock')}</span>
          <p className="secondary">{t('tour.clockText')}</p>
        </li>
      </ul>
    </section>
  );
}

function Mine({ roles }: { roles: MyRoles }) {
  const now = useNow();
  const { favourites } = usePreferences();
  const [later, setLater] = useState<Later>();
  const active = shownActive(roles, now).filter((role) => role.assignmentType === 'activated');
  const has = new Set(active.filter((role) => role.endDateTime === null || millis(role.endDateTime) > now).map(roleKey));
  const can = roles.eligible.filter((role) => !has.has(roleKey(role)));
  const starred = can.filter((role) => favourites.includes(roleKey(role)));
  const shown = starred.length > 0 ? starred : can.slice(0, 4);
  return (
    <>
      {active.length === 0 ? null : (
        <Section title={t('roles.activeNow')} count={active.length} more={<Link to="/roles">{t('home.allRoles')}</Link>}>
          <ul className="card">
            {active.map((role) => (
              <ActiveRole key={role.scheduleId} role={role} />
            ))}
          </ul>
        </Section>
      )}
      <div className="columns">
        <Section
          title={t(starred.length > 0 ? 'home.favourites' : 'home.youCan')}
          more={
            can.length === 0 ? undefined : <Link to="/roles">{t('home.canCount', { count: can.length })}</Link>
          }
        >
          {shown.length === 0 ? (
            <div className="card">
              <Empty icon={KeyRegular} line={t(roles.eligible.length === 0 ? 'roles.none' : 'roles.allActive')} sentence={t(roles.eligible.length === 0 ? 'roles.noneWhy' : 'roles.allActiveWhy')} />
            </div>
          ) : (
            <ul className="card">
              {shown.map((role) => (
                <Favourite key={role.scheduleId} role={role} />
              ))}
            </ul>
          )}
        </Section>
        <OnTheWay roles={roles} onLater={setLater} />
      </div>
      {later === undefined ? null : <Suspense><LaterDialog {...later} onClose={() => setLater(undefined)} /></Suspense>}
    </>
  );
}

export default function Home() {
  useTitle(t('nav.home'));
  const now = useMinute();
  const who = useQuery(me()).data;
  const roles = useQuery(myRoles());
  const may = useQuery(abilities()).data;
  const waiting = (useQuery(approvals()).data ?? []).filter((one) => one.status === 'PendingApproval').length;
  const name = who?.givenName ?? who?.displayName?.split(' ')[0];
  const actions = roles.data !== undefined && roles.data.eligible.length > 0 && may?.administers !== true ? (
    <Link to="/roles" className="primary-link">
      <Button appearance="primary" size="large" icon={<KeyRegular />} as="a" tabIndex={-1}>
        {t('home.activate')}
      </Button>
    </Link>
  ) : undefined;
  return (
    <>
      <Head title={name === undefined ? t('nav.home') : t(greeting(now), { name })} actions={actions}>
        {roles.data === undefined ? '\u00a0' : standing({ active: roles.data.active, waiting, now })}
      </Head>
      <Tour />
      {may?.administers === true ? (
        <div className="halves">
          {waiting > 0 ? <WaitsForMe /> : null}
          <ActiveEverywhere />
          <LooksWrong />
        </div>
      ) : (
        <WaitsForMe />
      )}
      <Loaded query={roles}>{(mine) => (may?.administers === true && mine.eligible.length === 0 && mine.active.every((role) => role.assignmentType !== 'activated') ? null : <Mine roles={mine} />)}</Loaded>
    </>
  );
}
