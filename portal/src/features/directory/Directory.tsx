/** Everybody and every group: long lists, paged by the server and drawn as far as they are seen. */
import './directory.css';
import { Input } from '@fluentui/react-components';
import { PeopleTeamRegular, SearchRegular } from '@fluentui/react-icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { groups, users } from '../../api/queries';
import type { Group, User } from '../../api/types';
import { t } from '../../i18n';
import { Empty, Head, RowSkeletons, Segmented, useTitle } from '../../parts/layout';
import { GroupMark, PrincipalMark } from '../../parts/marks';
import { Failed } from '../../parts/messages';
import { kindOf } from '../groups/Groups';

interface Row {
  id: string;
  name: string;
  detail: string;
  more: string;
}

const ROW = 60;

function List({ rows, total, kind, hasMore, onMore }: { rows: Row[]; total: number; kind: 'user' | 'group'; hasMore: boolean; onMore: () => void }) {
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
            {kind === 'group' ? <GroupMark name={row.name} /> : <PrincipalMark name={row.name} size={36} />}
            <span className="row-words">
              {kind === 'group' ? (
                <Link to="/groups/$id/{-$tab}" params={{ id: row.id, tab: 'overview' }} className="row-title">
                  {row.name}
                </Link>
              ) : (
                <Link to="/directory/users/$id" params={{ id: row.id }} className="row-title">
                  {row.name}
                </Link>
              )}
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

export default function Directory() {
  useTitle(t('nav.directory'));
  const { show, q = '' } = useSearch({ from: '/directory' });
  const navigate = useNavigate({ from: '/directory' });
  const [text, setText] = useState(q);
  useEffect(() => {
    const timer = setTimeout(() => void navigate({ search: (was) => ({ ...was, q: text === '' ? undefined : text }), replace: true, resetScroll: false }), 250);
    return () => clearTimeout(timer);
  }, [text, navigate]);
  const asUsers = useInfiniteQuery({ ...users(q), enabled: show === undefined });
  const asGroups = useInfiniteQuery({ ...groups(q), enabled: show === 'groups' });
  const query = show === undefined ? asUsers : asGroups;
  const rows = show === undefined ? (asUsers.data?.pages ?? []).flatMap((page) => page.value.map(userRow)) : (asGroups.data?.pages ?? []).flatMap((page) => page.value.map(groupRow));
  const total = query.data?.pages[0]?.['@odata.count'] ?? rows.length;
  return (
    <>
      <Head title={t('nav.directory')}>{query.data === undefined ? '\u00a0' : t(show === undefined ? 'directory.people' : 'directory.groups', { count: total })}</Head>
      <div className="tools section">
        <Segmented
          label={t('directory.what')}
          value={show ?? 'users'}
          options={[
            { value: 'users', label: t('directory.usersTab') },
            { value: 'groups', label: t('nav.groups') },
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
        <Empty icon={q === '' ? PeopleTeamRegular : SearchRegular} line={q === '' ? t('directory.none') : t('search.none', { text: q })} />
      ) : (
        <List key={show ?? 'users'} rows={rows} total={total} kind={show === undefined ? 'user' : 'group'} hasMore={query.hasNextPage && !query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />
      )}
    </>
  );
}
