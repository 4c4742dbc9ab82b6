/** Everybody, every group, administrative unit and application: long lists, paged by the server and drawn as far as they are seen. */
import './directory.css';
import { Input } from '@fluentui/react-components';
import { PeopleTeamRegular, SearchRegular } from '@fluentui/react-icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { allUnits, applications, groups, users } from '../../api/queries';
import type { Application, Group, Unit, User } from '../../api/types';
import { t } from '../../i18n';
import { Empty, Head, RowSkeletons, Segmented, useTitle } from '../../parts/layout';
import { GroupMark, PrincipalMark } from '../../parts/marks';
import { Failed } from '../../parts/messages';
import { date } from '../../time/format';
import { kindOf } from '../groups/Groups';
import { Named } from '../../parts/named';

interface Row {
  id: string;
  name: string;
  detail: string;
  more: string;
}

const ROW = 60;

type Kind = 'users' | 'groups' | 'units' | 'applications';

/** The way to the page of one. */
function To({ kind, row }: { kind: Kind; row: Row }) {
  const { id, name } = row;
  switch (kind) {
    case 'users':
      return <Link to="/directory/users/$id" params={{ id }} className="row-title"><Named of={name} /></Link>;
    case 'groups':
      return <Link to="/groups/$id/{-$tab}" params={{ id, tab: 'overview' }} className="row-title"><Named of={name} /></Link>;
    case 'units':
      return <Link to="/directory/units/$id" params={{ id }} className="row-title"><Named of={name} /></Link>;
    case 'applications':
      return <Link to="/directory/applications/$id" params={{ id }} className="row-title"><Named of={name} /></Link>;
  }
}

function List({ rows, total, kind, hasMore, onMore }: { rows: Row[]; total: number; kind: Kind; hasMore: boolean; onMore: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useEffect(() => setTop(box.current?.offsetTop ?? 0), []);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => document.getElementById('main'), estimateSize: () => ROW, overscan: 12, scrollMargin: top });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= rows.length - 40) onMore();
  }, [hasMore, last, rows.length, onMore]);
  return (
    <div ref={box} role="list" aria-label={t('nav.directory')} className="card directory" style={{ height: virtual.getTotalSize() + 2, position: 'relative' }}>
      {items.map((item) => {
        const row = rows[item.index]!;
        return (
          <div key={row.id} role="listitem" aria-setsize={total} aria-posinset={item.index + 1} className="row" style={{ position: 'absolute', insetInline: 0, height: ROW, transform: `translateY(${item.start - top}px)` }}>
            {kind === 'users' ? <PrincipalMark name={row.name} size={36} /> : kind === 'applications' ? <PrincipalMark kind="servicePrincipal" size={36} /> : <GroupMark name={row.name} />}
            <span className="row-words">
              <To kind={kind} row={row} />
              <br />
              <span className="secondary directory-detail">{row.detail}</span>
            </span>
            <span className="secondary directory-more">{row.more}</span>
          </div>
        );
      })}
    </div>
  );
}

const userRow = (one: User & { id: string }): Row => ({ id: one.id, name: one.displayName ?? '', detail: one.userPrincipalName ?? '', more: one.jobTitle ?? '' });
const groupRow = (one: Group & { id: string }): Row => ({ id: one.id, name: one.displayName ?? '', detail: one.description ?? '', more: kindOf(one) });

const unitRow = (one: Unit): Row => ({ id: one.id, name: one.displayName, detail: one.description ?? '', more: one.isMemberManagementRestricted === true ? t('unit.restricted') : '' });
const applicationRow = (one: Application): Row => ({ id: one.id, name: one.displayName, detail: one.appId, more: one.createdDateTime === null ? '' : date(one.createdDateTime) });

const counted = { users: 'directory.people', groups: 'directory.groups', units: 'directory.unitsCount', applications: 'directory.applicationsCount' } as const;

export default function Directory() {
  useTitle(t('nav.directory'));
  const { show, q = '' } = useSearch({ from: '/directory' });
  const navigate = useNavigate({ from: '/directory' });
  const [text, setText] = useState(q);
  useEffect(() => {
    const timer = setTimeout(() => void navigate({ search: (was) => ({ ...was, q: text === '' ? undefined : text }), replace: true, resetScroll: false }), 250);
    return () => clearTimeout(timer);
  }, [text, navigate]);
  const kind: Kind = show ?? 'users';
  const asUsers = useInfiniteQuery({ ...users(q), enabled: kind === 'users' });
  const asGroups = useInfiniteQuery({ ...groups(q), enabled: kind === 'groups' });
  const asUnits = useInfiniteQuery({ ...allUnits(q), enabled: kind === 'units' });
  const asApplications = useInfiniteQuery({ ...applications(q), enabled: kind === 'applications' });
  const query = { users: asUsers, groups: asGroups, units: asUnits, applications: asApplications }[kind];
  const rows =
    kind === 'users'
      ? (asUsers.data?.pages ?? []).flatMap((page) => page.value.map(userRow))
      : kind === 'groups'
        ? (asGroups.data?.pages ?? []).flatMap((page) => page.value.map(groupRow))
        : kind === 'units'
          ? (asUnits.data?.pages ?? []).flatMap((page) => page.value.map(unitRow))
          : (asApplications.data?.pages ?? []).flatMap((page) => page.value.map(applicationRow));
  const total = query.data?.pages[0]?.['@odata.count'] ?? rows.length;
  return (
    <>
      <Head title={t('nav.directory')}>{query.data === undefined ? '\u00a0' : t(counted[kind], { count: total })}</Head>
      <div className="tools section">
        <Segmented
          label={t('directory.what')}
          value={kind}
          options={[
            { value: 'users', label: t('directory.usersTab') },
            { value: 'groups', label: t('nav.groups') },
            { value: 'units', label: t('directory.unitsTab') },
            { value: 'applications', label: t('directory.applicationsTab') },
          ]}
          onChange={(value) => void navigate({ search: (was) => ({ ...was, show: value === 'users' ? undefined : value }), replace: true })}
        />
        <Input contentBefore={<SearchRegular />} type="search" aria-label={t('directory.search')} placeholder={t('directory.search')} value={text} onChange={(_, data) => setText(data.value)} />
      </div>
      {query.isPending ? (
        <RowSkeletons rows={8} />
      ) : query.isError ? (
        <Failed error={query.error} retry={() => void query.refetch()} />
      ) : rows.length === 0 ? (
        <Empty icon={q === '' ? PeopleTeamRegular : SearchRegular} line={q === '' ? t(kind === 'users' || kind === 'groups' ? 'directory.none' : 'directory.noneOfThem') : t('search.none', { text: q })} />
      ) : (
        <List key={kind} rows={rows} total={total} kind={kind} hasMore={query.hasNextPage && !query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />
      )}
    </>
  );
}
