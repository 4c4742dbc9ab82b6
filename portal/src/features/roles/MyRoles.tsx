/** What I may activate, what I have, what has ended (R-E1). */
import './roles.css';
import { Button, Checkbox, Input } from '@fluentui/react-components';
import { HistoryRegular, KeyRegular, SearchRegular, StarFilled, StarRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { sameHeld } from '../../api/held';
import { myRequests, myRoles, policies } from '../../api/queries';
import type { Held, MyRoles as Roles, Role } from '../../api/types';
import { t } from '../../i18n';
import { Empty, Head, Section, useTitle } from '../../parts/layout';
import { GroupMark } from '../../parts/marks';
import { Loaded } from '../../parts/Query';
import { Status } from '../../parts/status';
import { At } from '../../parts/time';
import { prefer, preferences, usePreferences } from '../../preferences';
import { useMinute, useNow } from '../../time/clock';
import { DAY, MINUTE } from '../../time/duration';
import { length, millis, until } from '../../time/format';
import { accessName, roleKey, terms } from '../../words';
import { ActiveRole } from './ActiveRole';
import type { Later } from './LaterDialog';
import { Named } from '../../parts/named';

const LaterDialog = lazy(() => import('./LaterDialog'));

/** A tab is the one shown only if the address says just that. */
const OWN_TAB = { exact: true, includeSearch: true, explicitUndefined: true } as const;

/** Marks a role as a favourite, or no more. */
function favour(key: string): void {
  const { favourites } = preferences();
  prefer({ favourites: favourites.includes(key) ? favourites.filter((one) => one !== key) : [...favourites, key] });
}

/** What activating it asks, once that is known. */
export function Terms({ role }: { role: Role }) {
  const policy = useQuery(policies(role.groupId, role.accessId)).data?.find((one) => one.access === role.accessId);
  const access = role.accessId === 'member' ? '' : `${accessName(role.accessId)} · `;
  const via = role.memberType === 'group' ? ` · ${t('roles.viaGroup')}` : '';
  return (
    <span className="secondary">
      {access}
      {policy === undefined ? <span className="skeleton" style={{ width: 140, height: 10, display: 'inline-block' }} /> : terms(policy.settings)}
      {via}
    </span>
  );
}

/** Opens the activate dialog for roles. */
export function useActivate(): (roles: readonly Held[]) => void {
  const navigate = useNavigate();
  return (roles) => void navigate({ to: '.', search: (search: object) => ({ ...search, activate: roles.map(roleKey).join(',') }), resetScroll: false });
}

function Eligible({ role, chosen, onChoose, pending, onLater }: { role: Role; chosen: boolean; onChoose: (on: boolean) => void; pending: string | undefined; onLater: (later: Later) => void }) {
  const now = useMinute();
  const activate = useActivate();
  const { favourites } = usePreferences();
  const key = roleKey(role);
  const name = role.groupDisplayName ?? role.groupId;
  const favourite = favourites.includes(key);
  const soon = role.endDateTime !== null && millis(role.endDateTime) - now < 14 * DAY;
  const may = role.actions.includes('activate');
  return (
    <li className="row role">
      <span className="role-choose">
        <Checkbox checked={chosen} disabled={!may} onChange={(_, data) => onChoose(data.checked === true)} aria-label={t('roles.choose', { name })} />
      </span>
      <GroupMark name={name} />
      <span className="row-words">
        <span className="row-title"><Named of={name} /></span>
        <br />
        <Terms role={role} />
      </span>
      <span className="role-until secondary">
        {soon ? (
          <>
            <Status is="soon">{t('roles.eligibleSoon', { length: length(millis(role.endDateTime!) - now) })}</Status>
            {role.actions.includes('extend') ? (
              <button type="button" className="button-link" onClick={() => onLater({ role, action: 'selfExtend' })}>
                {t('roles.extend')}
              </button>
            ) : null}
          </>
        ) : (
          until(role.endDateTime, now)
        )}
      </span>
      <Button
        className="role-star"
        appearance="transparent"
        icon={favourite ? <StarFilled className="star-on" /> : <StarRegular />}
        aria-pressed={favourite}
        aria-label={t('roles.favourite', { name })}
        onClick={() => favour(key)}
      />
      <span className="role-do">
        {pending !== undefined ? (
          <Link to="/requests/$id" params={{ id: pending }}>
            <Status is="pending">{t('status.pending')}</Status>
          </Link>
        ) : (
          <Button disabled={!may} onClick={() => activate([role])} aria-label={t('roles.activateNamed', { name })}>
            {t('roles.activate')}
          </Button>
        )}
      </span>
    </li>
  );
}

function Ended({ role, onLater }: { role: Role; onLater: (later: Later) => void }) {
  const name = role.groupDisplayName ?? role.groupId;
  return (
    <li className="row role">
      <GroupMark name={name} />
      <span className="row-words">
        <span className="row-title"><Named of={name} /></span>
        <br />
        <span className="secondary">{`${accessName(role.accessId)} · ${t(`roles.kind.${role.assignmentType}`)}`}</span>
      </span>
      <Status is="ended">
        {t('roles.endedAt')} <At when={role.endDateTime ?? role.startDateTime} />
      </Status>
      {role.actions.includes('renew') ? (
        <Button onClick={() => onLater({ role, action: 'selfRenew' })}>{t('roles.renew')}</Button>
      ) : null}
    </li>
  );
}

/** What somebody has, and what ended less than a minute ago: it says so before it goes. */
export function shownActive(roles: Roles, now: number): Role[] {
  const lately = roles.ended.filter((role) => role.assignmentType === 'activated' && role.endDateTime !== null && millis(role.endDateTime) > now - MINUTE);
  const active = roles.active.filter((role) => role.endDateTime === null || millis(role.endDateTime) > now - MINUTE);
  return [...active, ...lately.filter((role) => !active.some((other) => other.scheduleId === role.scheduleId || (roleKey(other) === roleKey(role) && (other.endDateTime === null || millis(other.endDateTime) > now))))];
}

function matches(role: Role, text: string): boolean {
  return (role.groupDisplayName ?? '').toLowerCase().includes(text.trim().toLowerCase());
}

function Lists({ roles }: { roles: Roles }) {
  const { tab, q = '' } = useSearch({ from: '/roles' });
  const navigate = useNavigate({ from: '/roles' });
  const activate = useActivate();
  const { favourites } = usePreferences();
  const requests = useQuery(myRequests()).data ?? [];
  const now = useNow();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [later, setLater] = useState<Later>();
  // What ended a moment ago stays for a minute and says so.
  const running = shownActive(roles, now);
  const activated = running.filter((role) => role.assignmentType === 'activated');
  const has = new Set(running.filter((role) => role.endDateTime === null || millis(role.endDateTime) > now).map(roleKey));
  const can = roles.eligible.filter((role) => !has.has(roleKey(role)));
  const pendingOf = (role: Role) =>
    requests.find((one) => one.status === 'PendingApproval' && sameHeld(one, role))?.id;
  const choose = (role: Role, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(roleKey(role));
    else next.delete(roleKey(role));
    setChosen(next);
  };
  const found = can.filter((role) => matches(role, q));
  const front = found.filter((role) => favourites.includes(roleKey(role)));
  const others = found.filter((role) => !favourites.includes(roleKey(role)));
  const picked = can.filter((role) => chosen.has(roleKey(role)));
  const row = (role: Role) => (
    <Eligible key={role.scheduleId} role={role} chosen={chosen.has(roleKey(role))} onChoose={(on) => choose(role, on)} pending={pendingOf(role)} onLater={setLater} />
  );
  return (
    <>
      <nav className="tabs" aria-label={t('roles.tabs')}>
        <Link to="/roles" search={{ tab: undefined, q: undefined }} activeOptions={OWN_TAB} aria-current={tab === undefined ? 'page' : undefined}>
          {t('roles.can')} · <span className="num">{can.length}</span>
        </Link>
        <Link to="/roles" search={{ tab: 'active' }} activeOptions={OWN_TAB} aria-current={tab === 'active' ? 'page' : undefined}>
          {t('roles.active')} · <span className="num">{has.size}</span>
        </Link>
        <Link to="/roles" search={{ tab: 'ended' }} activeOptions={OWN_TAB} aria-current={tab === 'ended' ? 'page' : undefined}>
          {t('roles.ended')}
        </Link>
      </nav>
      {tab === 'ended' ? null : tab === undefined && activated.length > 0 ? (
        <div className="phone-only">
          <Section title={t('roles.activeNow')}>
            <ul className="card">{activated.map((role) => <ActiveRole key={role.scheduleId} role={role} />)}</ul>
          </Section>
        </div>
      ) : null}
      {tab === 'active' ? (
        <div className="section">
          {running.length === 0 ? (
            <Empty icon={KeyRegular} line={t('roles.noneActive')} sentence={t('roles.noneActiveWhy')} />
          ) : (
            <ul className="card">{running.map((role) => <ActiveRole key={role.scheduleId} role={role} />)}</ul>
          )}
        </div>
      ) : null}
      {tab === 'ended' ? (
        <div className="section">
          {roles.ended.length === 0 ? (
            <Empty icon={HistoryRegular} line={t('roles.noneEnded')} sentence={t('roles.noneEndedWhy')} />
          ) : (
            <ul className="card">{roles.ended.map((role) => <Ended key={role.scheduleId} role={role} onLater={setLater} />)}</ul>
          )}
        </div>
      ) : null}
      {tab === undefined ? (
        can.length === 0 ? (
          <div className="section">
            <Empty icon={KeyRegular} line={t(roles.eligible.length === 0 ? 'roles.none' : 'roles.allActive')} sentence={t(roles.eligible.length === 0 ? 'roles.noneWhy' : 'roles.allActiveWhy')} />
          </div>
        ) : (
          <>
            <div className="role-tools">
              <Input
                contentBefore={<SearchRegular />}
                type="search"
                aria-label={t('roles.search', { count: can.length })}
                placeholder={t('roles.search', { count: can.length })}
                value={q}
                onChange={(_, data) => void navigate({ search: (search) => ({ ...search, q: data.value === '' ? undefined : data.value }), replace: true })}
              />
              <span className="role-picked" role="status">
                {picked.length === 0 ? null : (
                  <>
                    <span className="secondary">{t('state.selected', { count: picked.length })}</span>
                    <Button appearance="primary" onClick={() => activate(picked)}>
                      {t('roles.activateMany', { count: picked.length })}
                    </Button>
                  </>
                )}
              </span>
            </div>
            {found.length === 0 ? (
              <Empty icon={SearchRegular} line={t('roles.noMatch', { text: q })}>
                <Button onClick={() => void navigate({ search: (search) => ({ ...search, q: undefined }) })}>{t('action.clear')}</Button>
              </Empty>
            ) : null}
            {front.length > 0 ? (
              <Section title={t('roles.favourites')}>
                <ul className="card">{front.map(row)}</ul>
              </Section>
            ) : null}
            {others.length > 0 ? (
              front.length > 0 ? (
                <Section title={t('roles.others')}>
                  <ul className="card">{others.map(row)}</ul>
                </Section>
              ) : (
                <ul className="card section">{others.map(row)}</ul>
              )
            ) : null}
          </>
        )
      ) : null}
      {later === undefined ? null : <Suspense><LaterDialog {...later} onClose={() => setLater(undefined)} /></Suspense>}
    </>
  );
}

export default function MyRoles() {
  useTitle(t('nav.roles'));
  const query = useQuery(myRoles());
  const here = query.isSuccess;
  useEffect(() => {
    // What `npm run speed` looks for.
    if (here) requestAnimationFrame(() => performance.mark('ephor.usable'));
  }, [here]);
  return (
    <>
      <Head title={t('nav.roles')} />
      <Loaded query={query}>{(roles) => <Lists roles={roles} />}</Loaded>
    </>
  );
}
