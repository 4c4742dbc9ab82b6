/** Header, navigation and the sheet that places lie on. */
import './shell.css';
import { Button, Tooltip } from '@fluentui/react-components';
import {
  AddCircleRegular,
  BoxFilled,
  BoxMultipleRegular,
  BoxRegular,
  bundleIcon,
  CheckmarkStarburstFilled,
  CheckmarkStarburstRegular,
  ClockRegular,
  ContactCardGroupRegular,
  DocumentSearchFilled,
  DocumentSearchRegular,
  HistoryRegular,
  HomeFilled,
  HomeRegular,
  KeyFilled,
  KeyRegular,
  MoreHorizontalRegular,
  PeopleTeamFilled,
  PeopleTeamRegular,
  SearchRegular,
  SendClockFilled,
  SendClockRegular,
  SettingsRegular,
  ShieldKeyholeRegular,
  type FluentIcon,
} from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useMatches, useNavigate, useRouterState, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { abilities, approvals, demonstration, me } from '../api/queries';
import { t, type MessageKey } from '../i18n';
import { Announcer } from '../parts/announce';
import { Logo, PrincipalMark } from '../parts/marks';
import { Message } from '../parts/messages';
import { hereNow, signInAddress, useSessionEnded } from '../session';
import { useDrawn } from '../time/drawn';
import { useMinute } from '../time/clock';
import { full, header, time } from '../time/format';
import { crumbs } from './crumbs';
import { Endings } from './Endings';

const ActivateDialog = lazy(() => import('../features/activate/ActivateDialog'));
const Search = lazy(() => import('./Search'));
const MoveClock = lazy(() => import('./MoveClock'));
const PersonMenu = lazy(() => import('./PersonMenu'));

interface Place {
  to: '/' | '/roles' | '/my-access' | '/requests' | '/approvals' | '/groups' | '/catalogs' | '/directory-roles' | '/directory' | '/audit' | '/access' | '/settings';
  label: MessageKey;
  icon: FluentIcon;
}

const Home = bundleIcon(HomeFilled, HomeRegular);
const Roles = bundleIcon(KeyFilled, KeyRegular);
const Requests = bundleIcon(SendClockFilled, SendClockRegular);
const Approve = bundleIcon(CheckmarkStarburstFilled, CheckmarkStarburstRegular);
const Packages = bundleIcon(BoxFilled, BoxRegular);
const Groups = bundleIcon(PeopleTeamFilled, PeopleTeamRegular);
const AuditIcon = bundleIcon(DocumentSearchFilled, DocumentSearchRegular);

const forMe: Place[] = [
  { to: '/', label: 'nav.home', icon: Home },
  { to: '/roles', label: 'nav.roles', icon: Roles },
  { to: '/my-access', label: 'nav.packages', icon: Packages },
  { to: '/requests', label: 'nav.requests', icon: Requests },
  { to: '/approvals', label: 'nav.approve', icon: Approve },
];
const catalogs: Place = { to: '/catalogs', label: 'nav.catalogs', icon: BoxMultipleRegular };
const manage: Place[] = [
  { to: '/groups', label: 'nav.groups', icon: Groups },
  { to: '/directory-roles', label: 'nav.directoryRoles', icon: ShieldKeyholeRegular },
  { to: '/directory', label: 'nav.directory', icon: ContactCardGroupRegular },
  { to: '/audit', label: 'nav.audit', icon: AuditIcon },
  { to: '/access', label: 'nav.access', icon: HistoryRegular },
];
const lookUp: Place[] = [
  { to: '/groups', label: 'nav.groups', icon: Groups },
  { to: '/audit', label: 'nav.myAudit', icon: AuditIcon },
];

function useWaiting(drawn: boolean): number {
  const query = useQuery({ ...approvals(), enabled: drawn });
  return query.data?.filter((one) => one.status === 'PendingApproval').length ?? 0;
}

function NavLink({ place, badge }: { place: Place; badge?: number }) {
  const Icon = place.icon;
  const count = badge ?? 0;
  return (
    <li>
      <Tooltip content={t(place.label)} relationship="inaccessible" positioning="after" withArrow>
        <Link to={place.to} activeOptions={{ exact: place.to === '/', includeSearch: false }} activeProps={{ 'aria-current': 'page' }} className="nav-link">
          <Icon aria-hidden className="nav-icon" />
          <span className="nav-label">{t(place.label)}</span>
          {count > 0 ? (
            <span className="badge num">
              {count}
              <span className="visually-hidden"> {t('nav.waiting', { count })}</span>
            </span>
          ) : null}
        </Link>
      </Tooltip>
    </li>
  );
}

function NavGroup({ label, places, waiting }: { label: string; places: Place[]; waiting: number }) {
  return (
    <div className="nav-group">
      <p className="nav-title">{label}</p>
      <ul>
        {places.map((place) => (
          <NavLink key={place.to} place={place} {...(place.to === '/approvals' ? { badge: waiting } : {})} />
        ))}
      </ul>
    </div>
  );
}

function Clock() {
  const now = useMinute();
  const demo = useQuery(demonstration());
  const [open, setOpen] = useState(false);
  const shown = (
    <>
      <ClockRegular aria-hidden />
      <span className="num wide">{header(now)}</span>
      <span className="num narrow">{time(now)}</span>
    </>
  );
  if (demo.data !== true) {
    return (
      <Tooltip content={full(now)} relationship="description">
        <span className="clock" tabIndex={0} role="note" aria-label={t('shell.serverTime', { when: full(now) })}>
          {shown}
        </span>
      </Tooltip>
    );
  }
  return (
    <>
      <button type="button" className="clock movable" onClick={() => setOpen(true)} aria-haspopup="dialog" aria-label={t('demo.clock', { when: full(now) })}>
        {shown}
        <AddCircleRegular aria-hidden />
      </button>
      {open ? (
        <Suspense>
          <MoveClock onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}

function Breadcrumb() {
  const matches = useMatches();
  const trail = crumbs(matches);
  return (
    <nav aria-label={t('shell.trail')} className="crumbs">
      <ol>
        {trail.map((crumb, at) => (
          <li key={crumb.to}>
            {at < trail.length - 1 ? <Link to={crumb.to}>{crumb.label}</Link> : <span aria-current="page">{crumb.label}</span>}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** The session ended while the page was open: it stays, for something may be typed in it. */
function SessionEnded() {
  if (!useSessionEnded()) return null;
  return (
    <Message
      tone="idle"
      title={t('error.sessionEnded')}
      actions={
        <Button as="a" appearance="primary" href={signInAddress(hereNow())}>
          {t('action.signIn')}
        </Button>
      }
    >
      <p>{t('error.sessionEndedWhy')}</p>
    </Message>
  );
}

/** The page around every place. */
export function Shell() {
  const who = useQuery(me());
  // What only the navigation shows comes after the place.
  const drawn = useDrawn();
  const may = useQuery({ ...abilities(), enabled: drawn });
  const waiting = useWaiting(drawn);
  const [searching, setSearching] = useState(false);
  const [more, setMore] = useState(false);
  const [menu, setMenu] = useState(false);
  const navigate = useNavigate();
  const { activate } = useSearch({ strict: false }) as { activate?: string };
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => setMore(false), [path]);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setSearching(true);
      }
    };
    window.addEventListener('keydown', pressed);
    // The dialog that most people come for is there before they press.
    const idle = setTimeout(() => void import('../features/activate/ActivateDialog').catch(() => undefined), 1_500);
    return () => {
      window.removeEventListener('keydown', pressed);
      clearTimeout(idle);
    };
  }, []);
  const looksAfter = may.data?.manages === true || may.data?.audits === true;
  const places = [...(looksAfter ? manage : lookUp)];
  if (may.data?.packages === true) places.splice(looksAfter ? 2 : 1, 0, catalogs);
  const tenant = who.data?.userPrincipalName?.split('@')[1]?.split('.')[0];
  const bar: Place[] = [forMe[0]!, { ...forMe[1]!, label: 'nav.rolesShort' }, { ...forMe[4]!, label: 'nav.approveShort' }];
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={() => document.getElementById('main')?.focus()}>
        {t('shell.skip')}
      </a>
      <header className="header">
        <Link to="/" className="brand" aria-label="Ephor">
          <Logo />
          <span className="brand-name">Ephor</span>
          {tenant === undefined ? null : <span className="tenant">{tenant.charAt(0).toUpperCase() + tenant.slice(1)}</span>}
        </Link>
        <Breadcrumb />
        <div className="header-end">
          <button type="button" className="search-box" onClick={() => setSearching(true)} aria-haspopup="dialog">
            <SearchRegular aria-hidden />
            <span>{t('search.prompt')}</span>
            <kbd>Ctrl K</kbd>
          </button>
          <Clock />
          <button type="button" className="person" onClick={() => setMenu(true)} aria-haspopup="dialog" aria-label={t('shell.person', { name: who.data?.displayName ?? '' })}>
            <PrincipalMark name={who.data?.displayName} size={28} />
          </button>
        </div>
      </header>
      <nav className="nav" aria-label={t('shell.nav')}>
        <NavGroup label={t('nav.forMe')} places={forMe} waiting={waiting} />
        <NavGroup label={t(looksAfter ? 'nav.manage' : 'nav.lookUp')} places={places} waiting={0} />
        <ul className="nav-foot">
          <NavLink place={{ to: '/settings', label: 'nav.settings', icon: SettingsRegular }} />
        </ul>
      </nav>
      <main id="main" tabIndex={-1} className="sheet">
        <div className="place">
          <SessionEnded />
          <Suspense>
            <Outlet />
          </Suspense>
        </div>
      </main>
      <nav className="bottom" aria-label={t('shell.bottom')}>
        {bar.map((place) => {
          const Icon = place.icon;
          return (
            <Link key={place.to} to={place.to} activeOptions={{ exact: place.to === '/', includeSearch: false }} activeProps={{ 'aria-current': 'page' }}>
              <span className="bottom-icon">
                <Icon aria-hidden />
                {place.to === '/approvals' && waiting > 0 ? (
                  <span className="dot num">
                    {waiting}
                    <span className="visually-hidden"> {t('nav.waiting', { count: waiting })}</span>
                  </span>
                ) : null}
              </span>
              {t(place.label)}
            </Link>
          );
        })}
        <button type="button" aria-expanded={more} onClick={() => setMore(!more)}>
          <span className="bottom-icon">
            <MoreHorizontalRegular aria-hidden />
          </span>
          {t('nav.more')}
        </button>
      </nav>
      {more ? (
        <div className="more-sheet appears">
          <nav aria-label={t('nav.more')}>
            <ul>
              <NavLink place={forMe[2]!} />
              <NavLink place={forMe[3]!} />
              {places.map((place) => (
                <NavLink key={place.to} place={place} />
              ))}
              <NavLink place={{ to: '/settings', label: 'nav.settings', icon: SettingsRegular }} />
              <li>
                <Button appearance="subtle" icon={<SearchRegular />} onClick={() => (setMore(false), setSearching(true))}>
                  {t('search.prompt')}
                </Button>
              </li>
            </ul>
          </nav>
        </div>
      ) : null}
      <Announcer />
      <Endings />
      <Suspense>
        {searching ? <Search onClose={() => setSearching(false)} /> : null}
        {menu ? <PersonMenu onClose={() => setMenu(false)} /> : null}
        {activate === undefined ? null : (
          <ActivateDialog
            roles={activate}
            onClose={() => void navigate({ to: '.', search: (search: object) => ({ ...search, activate: undefined }), replace: true })}
          />
        )}
      </Suspense>
    </div>
  );
}

